/* Values are stored exactly or refused at once: tests/values.rs checks the store. */
#define _GNU_SOURCE
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <fenv.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

/* The program's settings of its arithmetic do not change our conversions. */

static const double numbers[] = {0.1, 1e23, 1.0 / 3.0, 5e-324, 2.2250738585072011e-308, -9.999999999999999e22};
static const char parameters[] =
    "{\"a\": 0.1, \"b\": [1e23, 123456789012345678901234567890.5], \"c\": {\"d\": 5e-324, \"e\": -3.3e-5}}";

static void emit_numbers(void) {
  enum { COUNT = sizeof numbers / sizeof *numbers };
  metalab_options_t *options = options_for("values:1");
  metalab_capture_t *c = NULL;
  char *text = NULL, *fingerprint = NULL;
  char path[4096];
  float singles[4] = {0.1f, 1e-45f, 1e38f, -3.3e-40f};
  uint16_t halves[4] = {0x0001, 0x3555, 0x7BFF, 0x8001};
  uint64_t shape[2] = {2, 2}, all[1] = {COUNT};
  metalab_array_t array = {sizeof(metalab_array_t), numbers, METALAB_DTYPE_FLOAT64, METALAB_ORDER_C, 1, all, NULL};
  metalab_array_t single = {sizeof(metalab_array_t), singles, METALAB_DTYPE_FLOAT32, METALAB_ORDER_C, 2, shape, NULL};
  metalab_array_t half = {sizeof(metalab_array_t), halves, METALAB_DTYPE_FLOAT16, METALAB_ORDER_C, 2, shape, NULL};
  OK(metalab_options_params_json(options, parameters, METALAB_NUL));
  OK(metalab_options_param_f64(options, "f", numbers[2]));
  OK(metalab_options_context_json(options, parameters, METALAB_NUL));
  OK(metalab_capture_open(options, &c));
  metalab_options_free(options);
  OK(metalab_capture_reduce(c, "r"));
  for (int index = 0; index < COUNT; ++index) {
    OK(metalab_capture_metric_step(c, "s", index, numbers[index]));
    OK(metalab_capture_metric_step(c, "r", index % 2, numbers[index]));
  }
  OK(metalab_capture_metric(c, "m", numbers[0]));
  OK(metalab_capture_data_array(c, "d", &array, parameters));
  OK(metalab_capture_data_array(c, "f", &single, NULL));
  OK(metalab_capture_data_array(c, "h", &half, NULL));
  OK(metalab_capture_data_json(c, "j", parameters, METALAB_NUL, NULL));
  OK(metalab_capture_figure_field(c, "p", &single, NULL, NULL));
  OK(metalab_capture_add_warning(c, "w", parameters));
  OK(metalab_capture_flush(c, METALAB_FLUSH_VISIBLE));
  OK(metalab_fingerprint(parameters, METALAB_NUL, &fingerprint));
  OK(metalab_canonical_json(parameters, METALAB_NUL, &text));
  snprintf(path, sizeof path, "%s/seen", store);
  FILE *seen = fopen(path, "w");
  fprintf(seen, "%s\n%s\n", fingerprint, text);
  fclose(seen);
  metalab_string_free(fingerprint);
  metalab_string_free(text);
  OK(metalab_capture_finish(c));
  metalab_capture_free(c);
}

static void nearest(void) { emit_numbers(); }

static void rounding(int mode) {
  CHECK(fesetround(mode) == 0);
  emit_numbers();
  CHECK(fegetround() == mode);
}

static void upward(void) { rounding(FE_UPWARD); }
static void downward(void) { rounding(FE_DOWNWARD); }
static void toward_zero(void) { rounding(FE_TOWARDZERO); }

/* Subnormal numbers count as zero, as they do in a program that is linked with -ffast-math. */
static void flushed(void) {
#if defined(__x86_64__)
  unsigned before = __builtin_ia32_stmxcsr(), after;
  __builtin_ia32_ldmxcsr(before | 0x8040);
  emit_numbers();
  after = __builtin_ia32_stmxcsr();
  CHECK((after & 0x8040) == 0x8040);
#else
  emit_numbers();
#endif
}

/* JSON as deep as can be is taken in every place, and a level more in none. */

static char *nested(size_t depth, const char *before, const char *after) {
  size_t size = strlen(before);
  char *text = calloc(2 * depth + size + strlen(after) + 2, 1);
  CHECK(text != NULL);
  memcpy(text, before, size);
  memset(text + size, '[', depth);
  text[size + depth] = '1';
  memset(text + size + depth + 1, ']', depth);
  strcpy(text + size + 2 * depth + 1, after);
  return text;
}

/* Each place in which a program gives JSON, in a call whose name and status are as wanted. */
#define PLACES(CALL)                                                                                       \
  CALL(metalab_capture_data_json(c, "data", array, METALAB_NUL, NULL))                                     \
  CALL(metalab_capture_data_json(c, "entry", "1", METALAB_NUL, object))                                    \
  CALL(metalab_capture_data_array(c, "values", &view, object))                                             \
  CALL(metalab_capture_artifact_json(c, "document", array, METALAB_NUL, object))                           \
  CALL(metalab_capture_artifact_bytes(c, "bytes", "y", 1, "k", "bin", object))                             \
  CALL(metalab_capture_artifact_array(c, "array", &view, object))                                          \
  CALL(metalab_capture_figure_bytes(c, "figure", "y", 1, "svg", object))                                   \
  CALL(metalab_capture_file(c, "file", "/proc/self/exe", METALAB_FILE_COPY, NULL, object))                 \
  CALL(metalab_capture_add_warning(c, "warning", object))                                                      \
  CALL(metalab_mapping_set_metadata(mapping, object))                                                      \
  CALL(metalab_capture_snapshots(c, "snapshots", METALAB_DTYPE_FLOAT64, METALAB_ORDER_C, 1, shape, object, &fields)) \
  CALL(metalab_options_params_json(options, object, METALAB_NUL))                                          \
  CALL(metalab_options_context_json(options, object, METALAB_NUL))                                         \
  CALL(metalab_options_metadata_json(options, object, METALAB_NUL))

static metalab_capture_t *open_deep(size_t depth, const char *run_id) {
  metalab_options_t *options = options_for("values:1");
  metalab_capture_t *c = NULL;
  char *object = nested(depth - 1, "{\"a\": ", "}");
  OK(metalab_options_params_json(options, object, METALAB_NUL));
  OK(metalab_options_context_json(options, object, METALAB_NUL));
  OK(metalab_options_metadata_json(options, object, METALAB_NUL));
  OK(metalab_options_run_id(options, run_id));
  OK(metalab_capture_open(options, &c));
  metalab_options_free(options);
  free(object);
  return c;
}

static metalab_capture_t *emit_deep(const char *run_id) {
  metalab_capture_t *c = open_deep(METALAB_JSON_DEPTH_MAX, run_id);
  metalab_options_t *options = options_for("values:1");
  metalab_mapping_t *mapping = NULL;
  metalab_snapshots_t *fields = NULL;
  static const double value = 1.0;
  uint64_t shape[1] = {1};
  metalab_array_t view = {sizeof(metalab_array_t), &value, METALAB_DTYPE_FLOAT64, METALAB_ORDER_C, 1, shape, NULL};
  void *data = NULL;
  char *deepest = nested(METALAB_JSON_DEPTH_MAX - 1, "{\"a\": ", "}");
  OK(metalab_capture_map_array(c, "mapping", METALAB_DTYPE_FLOAT64, METALAB_ORDER_C, 1, shape, deepest, &mapping, &data));
  free(deepest);
  for (int more = 1; more >= 0; --more) {
    char *object = nested(METALAB_JSON_DEPTH_MAX - 1 + (size_t)more, "{\"a\": ", "}");
    char *array = nested(METALAB_JSON_DEPTH_MAX + (size_t)more, "", "");
#define REFUSED(call) FAILS(METALAB_ERR_JSON, "100 deep", call);
#define TAKEN(call) OK(call);
    if (more) {
      PLACES(REFUSED)
    } else {
      PLACES(TAKEN)
    }
    free(object);
    free(array);
  }
  OK(metalab_snapshots_begin(fields, 3, &mapping, &data));
  *(double *)data = 42;
  metalab_snapshots_free(fields);
  metalab_options_free(options);
  return c;
}

static void deep(void) {
  char *summary = NULL;
  metalab_capture_t *c = emit_deep("deep");
  OK(metalab_capture_summary_json(c, &summary));
  CHECK(gave(summary, "\"message\": \"warning\""));
  OK(metalab_capture_finish(c));
  metalab_capture_free(c);
}

/* The process dies, and its journal can be read. */
static void deep_and_dead(void) {
  emit_deep("dead");
  raise(SIGKILL);
}

static void recovers(void) {
  size_t count = 0;
  OK(metalab_recover(store, NULL, NULL, &count));
  CHECK(count == 1);
}

/* Threads with as small a stack as there are. */

static metalab_capture_t *shared;

static void *with_a_small_stack(void *argument) {
  static const double values[4] = {1, 2, 3, 4};
  static double large[3][5000];
  uint64_t shape[2] = {2, 2}, wide[2] = {3, 5000};
  metalab_array_t view = {sizeof(metalab_array_t), values, METALAB_DTYPE_FLOAT64, METALAB_ORDER_C, 2, shape, NULL};
  metalab_array_t pooled = {sizeof(metalab_array_t), large, METALAB_DTYPE_FLOAT64, METALAB_ORDER_C, 2, wide, NULL};
  char *object = nested(METALAB_JSON_DEPTH_MAX - 1, "{\"a\": ", "}"), *text = NULL;
  char *array = nested(METALAB_JSON_DEPTH_MAX, "", "");
  char *objects = calloc(METALAB_JSON_DEPTH_MAX, 8);
  metalab_mapping_t *mapping = NULL;
  metalab_capture_t *c = shared;
  metalab_options_t *options = NULL;
  void *data = NULL;
  (void)argument;
  for (int depth = 0; depth < METALAB_JSON_DEPTH_MAX; ++depth) {
    strcat(objects, "{\"k\":");
  }
  strcat(objects, "1");
  for (int depth = 0; depth < METALAB_JSON_DEPTH_MAX; ++depth) {
    strcat(objects, "}");
  }
  OK(metalab_capture_data_json(c, "array", array, METALAB_NUL, object));
  OK(metalab_capture_data_json(c, "objects", objects, METALAB_NUL, objects));
  OK(metalab_capture_artifact_json(c, "document", objects, METALAB_NUL, objects));
  OK(metalab_capture_add_warning(c, "warning", objects));
  OK(metalab_capture_map_array(c, "mapped", METALAB_DTYPE_FLOAT64, METALAB_ORDER_C, 2, shape, objects, &mapping, &data));
  OK(metalab_mapping_set_metadata(mapping, objects));
  OK(metalab_mapping_seal(mapping));
  OK(metalab_capture_figure_field(c, "field", &view, NULL, "{\"unit\": \"m\"}"));
  OK(metalab_capture_figure_field(c, "pooled", &pooled, NULL, objects));
  OK(metalab_capture_figure_pixels(c, "pixels", (const uint8_t *)values, 2, 2, 3, 0, objects));
  OK(metalab_canonical_json(objects, METALAB_NUL, &text));
  metalab_string_free(text);
  OK(metalab_fingerprint(objects, METALAB_NUL, &text));
  metalab_string_free(text);
  OK(metalab_options_new(&options));
  OK(metalab_options_params_json(options, objects, METALAB_NUL));
  metalab_options_free(options);
  OK(metalab_capture_flush(c, METALAB_FLUSH_VISIBLE));
  OK(metalab_capture_summary_json(c, &text));
  metalab_string_free(text);
  OK(metalab_capture_results_json(c, &text));
  metalab_string_free(text);
  OK(metalab_capture_finish(c));
  free(objects);
  free(array);
  free(object);
  return NULL;
}

static void small_stack(void) {
  pthread_attr_t attributes;
  pthread_t thread;
  shared = open_run("values:1", "small");
  pthread_attr_init(&attributes);
  CHECK(pthread_attr_setstacksize(&attributes, 64 << 10) == 0);
  CHECK(pthread_create(&thread, &attributes, with_a_small_stack, NULL) == 0);
  pthread_join(thread, NULL);
  metalab_capture_free(shared);
}

/* Names of arrays in one file. */

static void keys(void) {
  static const char *const refused[] = {"/abs/u", "\\abs", "../../evil", "..", "a/../..", "a\\..\\b", "C:\\x", "c:x", "x.npy", ""};
  static const char *const taken[] = {"patch/density", "a b", "\xCE\xB1", "u.npy.x", "Ab", "aB", "a..b", ".x", "10:x", "file"};
  enum { REFUSED = sizeof refused / sizeof *refused, TAKEN = sizeof taken / sizeof *taken, MANY = 70000 };
  static char names[MANY][16];
  static const char *pointers[MANY];
  static metalab_array_t many[MANY];
  static const double value = 1.0;
  metalab_capture_t *c = open_run("values:1", "keys");
  for (int index = 0; index < MANY; ++index) {
    snprintf(names[index], sizeof names[index], "v%d", index);
    pointers[index] = names[index];
    many[index] = (metalab_array_t){sizeof(metalab_array_t), &value, METALAB_DTYPE_FLOAT64, METALAB_ORDER_C, 0, NULL, NULL};
  }
  for (int index = 0; index < REFUSED; ++index) {
    FAILS(METALAB_ERR_NAME, "array name", metalab_capture_artifact_arrays(c, "x", 1, &refused[index], many, NULL));
  }
  OK(metalab_capture_artifact_arrays(c, "taken", TAKEN, taken, many, NULL));
  OK(metalab_capture_artifact_arrays(c, "many", MANY, pointers, many, NULL));
  OK(metalab_capture_finish(c));
  metalab_capture_free(c);
}

/* Files, on file systems that refuse what does not matter. Calls of the library come here. */

static int refused_attributes, refused_links;

int fchmod(int file, mode_t mode) {
  if (refused_attributes) {
    errno = EPERM;
    return -1;
  }
  return (int)syscall(SYS_fchmod, file, mode);
}

int futimens(int file, const struct timespec times[2]) {
  if (refused_attributes) {
    errno = EPERM;
    return -1;
  }
  return (int)syscall(SYS_utimensat, file, NULL, times, 0);
}

int linkat(int from_directory, const char *from, int to_directory, const char *to, int flags) {
  if (refused_links != 0) {
    errno = refused_links;
    return -1;
  }
  return (int)syscall(SYS_linkat, from_directory, from, to_directory, to, flags);
}

static void files(void) {
  static const int errors[] = {EXDEV, EMLINK, EPERM, EACCES, EINVAL, ENOSYS, EOPNOTSUPP};
  static const metalab_file_mode_t modes[] = {METALAB_FILE_COPY, METALAB_FILE_LINK, METALAB_FILE_MOVE};
  static const char long_name[] = "history.an-extension-that-is-far-too-long-for-a-format";
  char name[64];
  metalab_capture_t *c = open_run("values:1", "files");
  /* A pipe that nobody writes to, and what is no file at all. */
  CHECK(mkfifo("pipe.csv", 0600) == 0);
  CHECK(symlink("pipe.csv", "to-pipe.csv") == 0);
  CHECK(symlink("nowhere.csv", "dangling.csv") == 0);
  for (int mode = 0; mode < 3; ++mode) {
    FAILS(METALAB_ERR_VALUE, "pipe.csv", metalab_capture_file(c, "x", "pipe.csv", modes[mode], NULL, NULL));
    FAILS(METALAB_ERR_VALUE, "to-pipe.csv", metalab_capture_file(c, "x", "to-pipe.csv", modes[mode], NULL, NULL));
    FAILS(METALAB_ERR_NOT_FOUND, "dangling.csv", metalab_capture_file(c, "x", "dangling.csv", modes[mode], NULL, NULL));
  }
  CHECK(access("pipe.csv", F_OK) == 0);
  /* Through a symbolic link. */
  write_file("run1.csv", "1,2\n");
  for (int mode = 0; mode < 3; ++mode) {
    CHECK(symlink("run1.csv", "latest.csv") == 0);
    snprintf(name, sizeof name, "linked %d", mode);
    OK(metalab_capture_file(c, name, "latest.csv", modes[mode], NULL, NULL));
    CHECK((access("latest.csv", F_OK) == 0) == (modes[mode] != METALAB_FILE_MOVE));
    unlink("latest.csv");
  }
  CHECK(access("run1.csv", F_OK) == 0);
  /* A name that is longer than a file's may be. */
  write_file(long_name, "long\n");
  OK(metalab_capture_file(c, "long", long_name, METALAB_FILE_COPY, NULL, NULL));
  write_file("dot.", "dot\n");
  OK(metalab_capture_file(c, "dot", "dot.", METALAB_FILE_COPY, NULL, NULL));
  /* No links. */
  for (size_t index = 0; index < sizeof errors / sizeof *errors; ++index) {
    refused_links = errors[index];
    snprintf(name, sizeof name, "not linked %zu", index);
    OK(metalab_capture_file(c, name, "run1.csv", METALAB_FILE_LINK, NULL, NULL));
  }
  refused_links = 0;
  OK(metalab_capture_file(c, "is linked", "run1.csv", METALAB_FILE_LINK, NULL, NULL));
  /* No modes and times. */
  refused_attributes = 1;
  OK(metalab_capture_file(c, "plain", "run1.csv", METALAB_FILE_COPY, NULL, "{\"a\": 1}"));
  refused_attributes = 0;
  OK(metalab_capture_file(c, "whole", "run1.csv", METALAB_FILE_COPY, NULL, "{\"a\": 1}"));
  OK(metalab_capture_finish(c));
  metalab_capture_free(c);
}

/* Strings, and integers in bulk. */

static void others(void) {
  static const char names[3][8] = {"inlet", "w\xC3\xA4nde", "12345678"}, broken[2][4] = {"a", "\xFF"};
  static const int64_t steps[3] = {0, 1, 2}, whole[3] = {INT64_MAX, INT64_MIN, 9007199254740993};
  uint64_t three[1] = {3}, two[1] = {2};
  metalab_array_t view = {sizeof(metalab_array_t), names, METALAB_DTYPE_STRING + 8, METALAB_ORDER_C, 1, three, NULL};
  metalab_array_t bytes = {sizeof(metalab_array_t), broken, METALAB_DTYPE_STRING + 4, METALAB_ORDER_C, 1, two, NULL};
  metalab_array_t none = {sizeof(metalab_array_t), names, METALAB_DTYPE_STRING, METALAB_ORDER_C, 1, three, NULL};
  metalab_capture_t *c = open_run("values:1", "others");
  metalab_series_t *series = NULL;
  OK(metalab_capture_artifact_array(c, "patches", &view, NULL));
  OK(metalab_capture_data_array(c, "patches", &view, NULL));
  OK(metalab_capture_artifact_array(c, "bytes", &bytes, NULL));
  FAILS(METALAB_ERR_UTF8, "index 1", metalab_capture_data_array(c, "bytes", &bytes, NULL));
  FAILS(METALAB_ERR_VALUE, "data->dtype 65536", metalab_capture_artifact_array(c, "none", &none, NULL));
  none.dtype = METALAB_DTYPE_STRING + 65536;
  FAILS(METALAB_ERR_VALUE, "dtype", metalab_capture_artifact_array(c, "none", &none, NULL));
  FAILS(METALAB_ERR_VALUE, "<U8", metalab_capture_figure_field(c, "none", &(metalab_array_t){sizeof(metalab_array_t), names, METALAB_DTYPE_STRING + 8, METALAB_ORDER_C, 2, (uint64_t[]){1, 3}, NULL}, NULL, NULL));
  OK(metalab_capture_series(c, "whole", NULL, NULL, &series));
  OK(metalab_series_points_i64(series, 3, steps, whole));
  OK(metalab_series_points_i64(series, 0, NULL, NULL));
  FAILS(METALAB_ERR_NULL, "values", metalab_series_points_i64(series, 1, steps, NULL));
  OK(metalab_capture_finish(c));
  FAILS(METALAB_ERR_CLOSED, "", metalab_series_points_i64(series, 3, steps, whole));
  metalab_capture_free(c);
}

static const struct test_case cases[] = {
    {"nearest", nearest},   {"upward", upward},     {"downward", downward}, {"toward_zero", toward_zero},
    {"flushed", flushed},   {"deep", deep},         {"deep_and_dead", deep_and_dead},
    {"recovers", recovers}, {"small_stack", small_stack}, {"keys", keys},   {"files", files},
    {"others", others},
};
MAIN(cases)
