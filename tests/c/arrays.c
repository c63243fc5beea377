/*
 * Arrays of every type, order and layout, figures, and the rest of what Python reads back.
 *
 * The values follow from the index alone; tests/python/read_back.py computes the same.
 */
#include "check.h"

#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

struct type {
  metalab_dtype_t number;
  const char *name;
  size_t size;
};

static const struct type types[] = {
    {METALAB_DTYPE_BOOL, "bool", 1},        {METALAB_DTYPE_INT8, "int8", 1},          {METALAB_DTYPE_INT16, "int16", 2},
    {METALAB_DTYPE_INT32, "int32", 4},      {METALAB_DTYPE_INT64, "int64", 8},        {METALAB_DTYPE_UINT8, "uint8", 1},
    {METALAB_DTYPE_UINT16, "uint16", 2},    {METALAB_DTYPE_UINT32, "uint32", 4},      {METALAB_DTYPE_UINT64, "uint64", 8},
    {METALAB_DTYPE_FLOAT32, "float32", 4},  {METALAB_DTYPE_FLOAT64, "float64", 8},    {METALAB_DTYPE_COMPLEX64, "complex64", 8},
    {METALAB_DTYPE_COMPLEX128, "complex128", 16}, {METALAB_DTYPE_FLOAT16, "float16", 2}, {METALAB_DTYPE_STRING + 5, "S5", 5},
};
#define TYPES (sizeof types / sizeof *types)

static double real(uint64_t index, int is_single) {
  switch (index) {
    case 2: return NAN;
    case 3: return INFINITY;
    case 4: return -INFINITY;
    case 5: return -0.0;
    case 6: return is_single ? 1.401298464324817e-45 : 5e-324;
    case 7: return is_single ? 3.4028234663852886e38 : 1.7976931348623157e308;
    default: return (double)index / 3.0 - 2.0;
  }
}

static uint64_t whole(uint64_t index, size_t size, int is_signed) {
  uint64_t most = size == 8 ? UINT64_MAX : (UINT64_C(1) << (8 * size)) - 1;
  uint64_t least = is_signed ? most / 2 + 1 : 0;
  switch (index) {
    case 0: return least;
    case 1: return is_signed ? most / 2 : most;
    default: return index * 7 - (is_signed ? 80 : 0);
  }
}

/* Writes the element with this index in C order, whatever the alignment. */
static void put(const struct type *type, void *at, uint64_t index) {
  float single[2] = {(float)real(index, 1), (float)real(index + 1, 1)};
  double twice[2] = {real(index, 0), real(index + 1, 0)};
  uint64_t bits;
  uint8_t truth = index % 2;
  uint16_t half = (uint16_t)(index * 2731);
  char text[16] = "";
  switch (type->number) {
    case METALAB_DTYPE_BOOL: memcpy(at, &truth, 1); break;
    case METALAB_DTYPE_FLOAT32: memcpy(at, single, 4); break;
    case METALAB_DTYPE_FLOAT64: memcpy(at, twice, 8); break;
    case METALAB_DTYPE_COMPLEX64: memcpy(at, single, 8); break;
    case METALAB_DTYPE_COMPLEX128: memcpy(at, twice, 16); break;
    case METALAB_DTYPE_FLOAT16: memcpy(at, &half, 2); break;
    case METALAB_DTYPE_STRING + 5:
      if (index > 0) {
        snprintf(text, sizeof text, "\xC3\xA9%u", (unsigned)index % 1000);
      }
      memcpy(at, text, 5);
      break;
    default:
      bits = whole(index, type->size, type->number <= METALAB_DTYPE_INT64);
      memcpy(at, &bits, type->size); /* the low bytes come first on every machine that we test on */
  }
}

/* Strides without gaps. */
static void dense(const struct type *type, metalab_order_t order, size_t ndim, const uint64_t *shape,
                  int64_t *strides) {
  int64_t stride = (int64_t)type->size;
  for (size_t step = 0; step < ndim; ++step) {
    size_t dim = order == METALAB_ORDER_C ? ndim - 1 - step : step;
    strides[dim] = stride;
    stride *= shape[dim] > 0 ? (int64_t)shape[dim] : 1;
  }
}

static void fill(const struct type *type, unsigned char *base, size_t ndim, const uint64_t *shape,
                 const int64_t *strides) {
  uint64_t count = 1;
  for (size_t dim = 0; dim < ndim; ++dim) {
    count *= shape[dim];
  }
  for (uint64_t index = 0; index < count; ++index) {
    uint64_t rest = index;
    int64_t offset = 0;
    for (size_t dim = ndim; dim-- > 0;) {
      offset += (int64_t)(rest % shape[dim]) * strides[dim];
      rest /= shape[dim];
    }
    put(type, base + offset, index);
  }
}

static const uint64_t cube[3] = {2, 3, 4}, line[1] = {5}, empty[2] = {3, 0}, none[3] = {0, 2, 3};
static const uint64_t field[2] = {300, 400};
static const struct {
  const char *name;
  size_t ndim;
  const uint64_t *shape;
} shapes[] = {{"2x3x4", 3, cube}, {"5", 1, line}, {"", 0, NULL}, {"3x0", 2, empty}, {"0x2x3", 3, none},
              {"300x400", 2, field}};
#define SHAPES (sizeof shapes / sizeof *shapes)

/* How the elements lie in the memory that is handed over. */
enum layout { DENSE, GAPS, BACKWARDS, LAYOUTS };
static const char *const layout_names[LAYOUTS] = {"dense", "gaps", "backwards"};

static void one_array(metalab_capture_t *c, const struct type *type, metalab_order_t order, size_t shape,
                      enum layout layout) {
  size_t ndim = shapes[shape].ndim, count = 1;
  const uint64_t *extents = shapes[shape].shape;
  int64_t strides[3] = {0, 0, 0};
  char name[96];
  for (size_t dim = 0; dim < ndim; ++dim) {
    count *= (size_t)(extents[dim] > 0 ? extents[dim] : 1);
  }
  /* Odd gaps: elements need not be aligned. */
  size_t pitch = layout == DENSE ? type->size : type->size * 2 + 1;
  unsigned char *memory = malloc(count * pitch), *base = memory;
  metalab_array_t array = {sizeof(metalab_array_t), NULL, METALAB_DTYPE_INT8, METALAB_ORDER_C, 0, NULL, NULL};
  CHECK(memory != NULL);
  memset(memory, 0xAB, count * pitch);
  dense(type, order, ndim, extents, strides);
  for (size_t dim = 0; dim < ndim && layout != DENSE; ++dim) {
    strides[dim] = strides[dim] / (int64_t)type->size * (int64_t)pitch;
    if (layout == BACKWARDS && extents[dim] > 0) {
      base += (int64_t)(extents[dim] - 1) * strides[dim];
      strides[dim] = -strides[dim];
    }
  }
  fill(type, base, ndim, extents, strides);
  array.data = base;
  array.dtype = type->number;
  array.order = order;
  array.ndim = ndim;
  array.shape = extents;
  array.strides = layout == DENSE ? NULL : strides;
  snprintf(name, sizeof name, "%s %s %s %s", type->name, order == METALAB_ORDER_C ? "C" : "F",
           shapes[shape].name, layout_names[layout]);
  OK(metalab_capture_artifact_array(c, name, &array, NULL));
  OK(metalab_capture_data_array(c, name, &array, "{\"k\": [1]}"));
  memset(memory, 0xCD, count * pitch);
  free(memory);
}

static void one_mapping(metalab_capture_t *c, const struct type *type, metalab_order_t order, size_t shape) {
  int64_t strides[3] = {0, 0, 0};
  char name[96];
  metalab_mapping_t *mapping = NULL;
  void *data = NULL;
  snprintf(name, sizeof name, "mapped %s %s %s", type->name, order == METALAB_ORDER_C ? "C" : "F",
           shapes[shape].name);
  OK(metalab_capture_map_array(c, name, type->number, order, shapes[shape].ndim, shapes[shape].shape,
                               "{\"before\": 1, \"_hidden\": 2}", &mapping, &data));
  dense(type, order, shapes[shape].ndim, shapes[shape].shape, strides);
  fill(type, data, shapes[shape].ndim, shapes[shape].shape, strides);
  OK(metalab_mapping_set_metadata(mapping, "{\"after\": 2}"));
  OK(metalab_mapping_seal(mapping));
}

static void arrays(void) {
  metalab_capture_t *c = open_run("arrays:1", "arrays");
  for (size_t type = 0; type < TYPES; ++type) {
    for (metalab_order_t order = METALAB_ORDER_C; order <= METALAB_ORDER_F; ++order) {
      for (size_t shape = 0; shape + 1 < SHAPES; ++shape) {
        for (int layout = DENSE; layout < LAYOUTS; ++layout) {
          one_array(c, &types[type], order, shape, (enum layout)layout);
        }
        one_mapping(c, &types[type], order, shape);
      }
    }
  }
  /* More than the pieces in which strided arrays are gathered. */
  for (int layout = DENSE; layout < LAYOUTS; ++layout) {
    one_array(c, &types[10], METALAB_ORDER_C, SHAPES - 1, (enum layout)layout);
    one_array(c, &types[10], METALAB_ORDER_F, SHAPES - 1, (enum layout)layout);
  }
  one_mapping(c, &types[10], METALAB_ORDER_F, SHAPES - 1);

  /* All types in one archive. */
  unsigned char memory[TYPES][24 * 16];
  metalab_array_t all[TYPES];
  const char *names[TYPES];
  int64_t strides[3];
  for (size_t type = 0; type < TYPES; ++type) {
    metalab_array_t array = {sizeof(metalab_array_t), NULL, METALAB_DTYPE_INT8, METALAB_ORDER_C, 3, cube, NULL};
    array.data = memory[type];
    array.dtype = types[type].number;
    array.order = type % 2 == 0 ? METALAB_ORDER_C : METALAB_ORDER_F;
    dense(&types[type], array.order, 3, cube, strides);
    fill(&types[type], memory[type], 3, cube, strides);
    all[type] = array;
    names[type] = types[type].name;
  }
  OK(metalab_capture_artifact_arrays(c, "all types", TYPES, names, all, "{\"u\": \"m\", \"_x\": 1}"));
  OK(metalab_capture_artifact_arrays(c, "no arrays", 0, NULL, NULL, NULL));
  OK(metalab_capture_finish(c));
  metalab_capture_free(c);
}

/* Every type and order as snapshots, which have no element that is not written. */
static void snapshots(void) {
  metalab_capture_t *c = open_run("arrays:1", "snapshots");
  static const int64_t taken[4] = {0, 12, 123456789, -3};
  for (size_t type = 0; type < TYPES; ++type) {
    for (metalab_order_t order = METALAB_ORDER_C; order <= METALAB_ORDER_F; ++order) {
      char name[96];
      int64_t strides[3] = {0, 0, 0};
      metalab_snapshots_t *fields = NULL;
      snprintf(name, sizeof name, "%s %s", types[type].name, order == METALAB_ORDER_C ? "C" : "F");
      OK(metalab_capture_snapshots(c, name, types[type].number, order, 3, cube,
                                   "{\"unit\": \"K\", \"step\": \"ours\"}", &fields));
      dense(&types[type], order, 3, cube, strides);
      for (int index = 0; index < 4; ++index) {
        metalab_mapping_t *mapping = NULL;
        void *data = NULL;
        OK(metalab_snapshots_begin(fields, taken[index], &mapping, &data));
        fill(&types[type], data, 3, cube, strides);
        OK(metalab_mapping_seal(mapping));
      }
      metalab_snapshots_free(fields);
    }
  }
  OK(metalab_capture_finish(c));
  metalab_capture_free(c);
}

static void figures(void) {
  metalab_capture_t *c = open_run("arrays:1", "figures");
  static const uint32_t channels[3] = {1, 3, 4};
  char name[64];
  for (int index = 0; index < 3; ++index) {
    for (int gap = 0; gap < 2; ++gap) {
      size_t row = 7 * channels[index], stride = gap ? row + 5 : 0;
      unsigned char pixels[5 * (7 * 4 + 5)];
      memset(pixels, 0xAB, sizeof pixels);
      for (size_t y = 0; y < 5; ++y) {
        for (size_t x = 0; x < row; ++x) {
          pixels[y * (stride > 0 ? stride : row) + x] = (unsigned char)(y * 31 + x * 7);
        }
      }
      snprintf(name, sizeof name, "pixels %u %d", (unsigned)channels[index], gap);
      OK(metalab_capture_figure_pixels(c, name, pixels, 7, 5, channels[index], stride, NULL));
    }
  }
  OK(metalab_capture_figure_bytes(c, "bytes", "<svg/>", 6, "svg", "{\"title\": \"t\"}"));

  static const double values[6] = {0.0, 1.0, 2.0, 3.0, 4.0, NAN};
  static const uint64_t shape[2] = {2, 3};
  metalab_array_t plane = {sizeof(metalab_array_t), values, METALAB_DTYPE_FLOAT64, METALAB_ORDER_C, 2, shape, NULL};
  metalab_field_style_t style = METALAB_FIELD_STYLE_INIT;
  style.colormap = METALAB_COLORMAP_GRAY;
  style.scale = 2;
  OK(metalab_capture_figure_field(c, "field", &plane, &style, NULL));
  style.origin_lower = 1;
  OK(metalab_capture_figure_field(c, "field lower", &plane, &style, NULL));
  style.origin_lower = 0;
  style.has_range = 1;
  style.vmin = 1.0;
  style.vmax = 3.0;
  OK(metalab_capture_figure_field(c, "field range", &plane, &style, "{\"vmax\": \"mine\"}"));
  OK(metalab_capture_figure_field(c, "field default", &plane, NULL, NULL));
  OK(metalab_capture_finish(c));
  metalab_capture_free(c);
}

static void documents(void) {
  metalab_capture_t *c = open_run("arrays:1", "documents");
  metalab_series_t *series = NULL;
  metalab_stream_t *stream = NULL;
  char name[16];
  FILE *file;
  OK(metalab_capture_metric(c, "nan", NAN));
  OK(metalab_capture_metric(c, "inf", INFINITY));
  OK(metalab_capture_metric(c, "minus inf", -INFINITY));
  OK(metalab_capture_metric(c, "tenth", 0.1));
  OK(metalab_capture_metric(c, "e16", 1e16));
  OK(metalab_capture_metric(c, "1e-5", 1e-5));
  OK(metalab_capture_metric(c, "minus zero", -0.0));
  OK(metalab_capture_metric_i64(c, "least", INT64_MIN));
  OK(metalab_capture_metric_text(c, "text", "\xc3\xa9 \xf0\x9f\x98\x80 \x01 \" \\ /", METALAB_NUL));
  OK(metalab_capture_series(c, "odd", NULL, NULL, &series));
  OK(metalab_series_point(series, 3, NAN));
  OK(metalab_series_point(series, 1, INFINITY));
  OK(metalab_series_point(series, 2, -INFINITY));
  OK(metalab_series_point(series, 0, 0.1));
  /* Long enough for every way in which a series is kept. */
  OK(metalab_capture_series(c, "long", "m/s", "a speed", &series));
  for (int64_t step = 0; step < 200000; ++step) {
    metalab_status_t status = metalab_series_point(series, (step * 7919) % 200000, (double)step / 3.0);
    if (status != METALAB_OK) {
      FAIL("point %d: %s", (int)step, metalab_last_error());
    }
  }
  OK(metalab_capture_data_json(c, "extreme", "{\"b\": [NaN, Infinity, -Infinity, 1e400, -0.0, 12345678901234567890], \"a\": \"\\u00e9\"}",
                               METALAB_NUL, "{\"m\": null}"));
  OK(metalab_capture_data_json(c, "document", "{\"b\": [NaN, Infinity, -Infinity, -0.0, 1e16, 123], \"a\": \"\\u00e9\"}",
                               METALAB_NUL, "{\"m\": null}"));
  OK(metalab_capture_artifact_json(c, "json", "{\"z\": 1, \"a\": [1.0, {}, [], null, true]}", METALAB_NUL, NULL));
  OK(metalab_capture_artifact_bytes(c, "bytes", "\0\xff" "bytes", 7, "mesh", "vtk", "{\"_own\": 1, \"cells\": 3}"));
  OK(metalab_capture_artifact_bytes(c, "nothing", NULL, 0, "mesh", "vtk", NULL));
  OK(metalab_capture_artifact_bytes(c, "again", "first", 5, "text", "txt", NULL));
  OK(metalab_capture_artifact_bytes(c, "again", "second", 6, "text", "dat", NULL));
  OK(metalab_capture_stream(c, "stream", "table", "csv", NULL, &stream));
  for (int row = 0; row < 1000; ++row) {
    snprintf(name, sizeof name, "%d,%d\n", row, row * row);
    OK(metalab_stream_write(stream, name, strlen(name)));
  }
  OK(metalab_stream_seal(stream));
  static const struct {
    const char *name, *file;
    metalab_file_mode_t mode;
  } files[] = {{"copied", "copied.tar.gz", METALAB_FILE_COPY},
               {"linked", "linked", METALAB_FILE_LINK},
               {"moved", "moved.txt", METALAB_FILE_MOVE}};
  for (int index = 0; index < 3; ++index) {
    file = fopen(in_store(files[index].file), "w");
    CHECK(file != NULL && fputs(files[index].name, file) >= 0 && fclose(file) == 0);
    OK(metalab_capture_file(c, files[index].name, in_store(files[index].file), files[index].mode,
                            index == 1 ? "input" : NULL, NULL));
  }
  CHECK(read_file(in_store("moved.txt")) == NULL);
  CHECK(mkdir(in_store("tree"), 0777) == 0);
  file = fopen(in_store("tree/in it"), "w");
  CHECK(file != NULL && fputs("tree", file) >= 0 && fclose(file) == 0);
  OK(metalab_capture_file(c, "tree", in_store("tree"), METALAB_FILE_MOVE, NULL, "{\"step\": 1}"));
  CHECK(access(in_store("tree"), F_OK) != 0);
  CHECK(remove(in_store("copied.tar.gz")) == 0);
  CHECK(remove(in_store("linked")) == 0);
  OK(metalab_capture_finish(c));
  metalab_capture_free(c);
}

static const struct test_case cases[] = {
    {"arrays", arrays},
    {"snapshots", snapshots},
    {"figures", figures},
    {"documents", documents},
};
MAIN(cases)
