/*
 * A solver that uses everything and looks at what every call answers, whatever fails below it. It
 * says each answer in a line `WHAT NUMBER STATUS`, so that a driver can compare that with the store.
 *
 * Cases: attempt1 and attempt2, resumed after the first, many, moved and spooled, of which each finishes; run, which
 * finishes; killed, which kills itself where run would finish; recover; durable, which flushes twice.
 */
#include "check.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ROUNDS = 12, STEPS = 10, BURST = 20000, SPOOLED = 3000000 };

static const uint64_t shape[1] = {512};
static double field[512];
static int logged[4096], lines;

/* Says an answer, which must be one that a broken disk can be a reason for. */
static int said(const char *what, long number, metalab_status_t status) {
  char text[128];
  int size = snprintf(text, sizeof text, "%s %ld %d\n", what, number, (int)status);
  CHECK(write(STDOUT_FILENO, text, (size_t)size) == size);
  switch (status) {
    case METALAB_OK:
    case METALAB_NO_CAPTURE:
    case METALAB_ERR_IO:
    case METALAB_ERR_FULL:
    case METALAB_ERR_ACCESS:
    case METALAB_ERR_MEMORY:
    case METALAB_ERR_INCOMPLETE:
      break;
    default:
      FAIL("%s %ld: %s: %s", what, number, metalab_status_name(status), metalab_last_error());
  }
  if (status > METALAB_NO_CAPTURE) {
    CHECK(metalab_last_error()[0] != 0);
    if (getenv("FAULTY_SAYS_WHY") != NULL) {
      fprintf(stderr, "%s %ld: %s\n", what, number, metalab_last_error());
    }
  }
  return status == METALAB_OK;
}

static void a_line(metalab_capture_t *c, int round) {
  static const metalab_level_t levels[] = {METALAB_LEVEL_DEBUG, METALAB_LEVEL_INFO, METALAB_LEVEL_WARNING,
                                           METALAB_LEVEL_ERROR, METALAB_LEVEL_CRITICAL};
  char text[64];
  snprintf(text, sizeof text, "line %d of %ld.", round, (long)getpid());
  logged[lines++] = said("line", round, metalab_capture_log(c, levels[round % 5], text, METALAB_NUL));
}

/* A text that is too long for one record of the journal. */
static char *long_text(char with, size_t size) {
  char *text = malloc(size + 3);
  if (text == NULL) {
    exit(1);
  }
  memset(text, with, size + 2);
  text[0] = text[size + 1] = '"';
  text[size + 2] = 0;
  return text;
}

static void some_artifacts(metalab_capture_t *c, int round) {
  metalab_array_t array = {sizeof(metalab_array_t), field, METALAB_DTYPE_FLOAT64, METALAB_ORDER_C, 1, shape, NULL};
  metalab_mapping_t *mapping = NULL;
  void *data = NULL;
  char name[32], text[32], path[4096];
  FILE *source;
#define NAMED(what) (snprintf(name, sizeof name, what "%d", round), name)
  snprintf(text, sizeof text, "[%d]", round);
  said("json", round, metalab_capture_data_json(c, NAMED("json"), text, METALAB_NUL, NULL));
  said("array", round, metalab_capture_data_array(c, NAMED("array"), &array, NULL));
  said("bytes", round, metalab_capture_artifact_bytes(c, NAMED("bytes"), text, strlen(text), "k", "txt", NULL));
  said("npz", round, metalab_capture_artifact_array(c, NAMED("npz"), &array, NULL));
  said("figure", round,
       metalab_capture_figure_pixels(c, NAMED("figure"), (const uint8_t *)"abcd", 2, 2, 1, 0, NULL));
  metalab_status_t mapped = metalab_capture_map_array(c, NAMED("map"), METALAB_DTYPE_FLOAT64, METALAB_ORDER_C, 1,
                                                      shape, NULL, &mapping, &data);
  if (mapped == METALAB_OK) {
    for (int index = 0; index < 512; ++index) {
      ((double *)data)[index] = round;
    }
    mapped = metalab_mapping_seal(mapping);
  }
  said("map", round, mapped);
  /* The source is outside of what fails, and written anew: linking it changes nothing of an earlier round. */
  snprintf(path, sizeof path, "%s/../source%d.dat", store, round);
  source = fopen(path, "w");
  CHECK(source != NULL && fputs(text, source) >= 0 && fclose(source) == 0);
  static const metalab_file_mode_t modes[] = {METALAB_FILE_COPY, METALAB_FILE_LINK, METALAB_FILE_MOVE};
  said("file", round, metalab_capture_file(c, NAMED("file"), path, modes[round / 3 % 3], NULL, NULL));
}

/* A flush that succeeds has made visible what was accepted before. */
static void flush(metalab_capture_t *c, int round, metalab_flush_t how) {
  if (!said("flush", round, metalab_capture_flush(c, how)) || c == NULL) {
    return;
  }
  for (int line = 0; line < lines; ++line) {
    char text[64];
    snprintf(text, sizeof text, "] line %d of %ld.\n", line, (long)getpid());
    if (logged[line] && count_in("faulty_1/logs/run_run.log", text) != 1) {
      FAIL("flushed in round %d: line %d is not in the log", round, line);
    }
  }
}

static void emit(metalab_capture_t *c) {
  metalab_series_t *series = NULL, *burst = NULL;
  metalab_stream_t *stream = NULL, *open_stream = NULL;
  metalab_mapping_t *open_mapping = NULL;
  void *data = NULL;
  char *text = long_text('x', 40000);
  /* Distinguishes this attempt's lines from those of an earlier one, whose log is kept. */
  said("process", getpid(), METALAB_OK);
  said("series", 0, metalab_capture_series(c, "points", "K", NULL, &series));
  said("series", 1, metalab_capture_series(c, "burst", NULL, NULL, &burst));
  said("stream", 0, metalab_capture_stream(c, "stream", "k", "txt", NULL, &stream));
  said("open stream", 0, metalab_capture_stream(c, "open stream", "k", "txt", NULL, &open_stream));
  if (said("open map", 0, metalab_capture_map_array(c, "open map", METALAB_DTYPE_FLOAT64, METALAB_ORDER_C, 1, shape,
                                                    NULL, &open_mapping, &data))) {
    ((double *)data)[0] = 7.0;
  }
  for (int round = 0; round < ROUNDS; ++round) {
    for (int64_t step = round * STEPS; step < (round + 1) * STEPS; ++step) {
      said("point", step, metalab_series_point(series, step, (double)step));
      said("named", step, metalab_capture_metric_step_i64(c, "named", step, step));
    }
    said("metric", round, metalab_capture_metric_i64(c, "metric", round));
    a_line(c, round);
    if (round % 3 == 0) {
      some_artifacts(c, round);
    }
    if (round == 2) {
      /* Through several segments, and out of memory into a file. */
      metalab_status_t before = METALAB_ERR_PANIC;
      for (int64_t step = 0, refused = 0; step < BURST && refused < 200; ++step) {
        metalab_status_t status = metalab_series_point(burst, step, (double)step + 0.5);
        refused += status != METALAB_OK;
        if (status != before) {
          said("burst", step, status);
          before = status;
        }
      }
    }
    if (round == 4) {
      said("long", 0, metalab_capture_data_json(c, "long", text, METALAB_NUL, NULL));
      snprintf(text, 32, "%ld ", (long)getpid());
      text[strlen(text)] = 'x';
      said("long line", 0, metalab_capture_log(c, METALAB_LEVEL_INFO, text, METALAB_NUL));
      said("note", 0, metalab_capture_add_note(c, "noted"));
      said("tag", 0, metalab_capture_add_tag(c, "tagged"));
    }
    if (round < 10) {
      said("chunk", round, metalab_stream_write(stream, "chunk\n", 6));
    }
    said("open chunk", round, metalab_stream_write(open_stream, "chunk\n", 6));
    if (round == 5) {
      flush(c, round, METALAB_FLUSH_VISIBLE);
    }
    if (round == 8) {
      flush(c, round, METALAB_FLUSH_DURABLE);
    }
    if (round == 10) {
      said("sealed stream", 0, metalab_stream_seal(stream));
    }
    usleep(500);
  }
  free(text);
}

static metalab_capture_t *open_faulty(void) {
  metalab_options_t *options = options_for("faulty:1");
  metalab_capture_t *c = NULL;
  OK(metalab_options_run_id(options, "run"));
  said("open", 0, metalab_capture_open(options, &c));
  metalab_options_free(options);
  return c;
}

static void run(void) {
  metalab_capture_t *c = open_faulty();
  emit(c);
  metalab_status_t finished = metalab_capture_finish(c);
  said("finish", 0, finished);
  if (c != NULL) {
    char *health = NULL;
    CHECK(metalab_capture_finish(c) == finished);
    OK(metalab_capture_health_json(c, &health));
    said("healthy", health != NULL && strstr(health, "\"ok\": true") != NULL, METALAB_OK);
    metalab_string_free(health);
    if (finished != METALAB_OK) {
      printf("reason: %s\n", metalab_last_error());
    }
  }
  metalab_capture_free(c);
}

static void killed(void) {
  emit(open_faulty());
  kill(getpid(), SIGKILL);
}

static void recover(void) {
  size_t recovered = 0;
  metalab_status_t status = metalab_recover(store, "faulty:1", NULL, &recovered);
  said("recover", (long)recovered, status);
}

/* Nothing is emitted between the two: what the disk has lost is lost to the second, too. The run's
 * provenance is in the record before, so that the record is not written anew between them. */
static void durable(void) {
  metalab_capture_t *c = open_faulty();
  struct stat before, after;
  said("metric", 1, metalab_capture_metric(c, "m", 1.0));
  said("json", 1, metalab_capture_data_json(c, "d", "[1]", METALAB_NUL, NULL));
  metalab_status_t shown = METALAB_OK;
  for (int tries = 0; tries < 300 && shown == METALAB_OK; ++tries) {
    shown = metalab_capture_flush(c, METALAB_FLUSH_VISIBLE);
    const char *record = "faulty_1/runs/run.json";
    if (count_in(record, "\"libraries\"") == 1 && count_in(record, "\"dirty\"") == count_in(record, "\"git\"")) {
      break;
    }
    usleep(10000);
  }
  said("visible", 0, shown);
  CHECK(stat(in_store("faulty_1/runs/run.json"), &before) == 0);
  said("first", 0, metalab_capture_flush(c, METALAB_FLUSH_DURABLE));
  said("second", 0, metalab_capture_flush(c, METALAB_FLUSH_DURABLE));
  CHECK(stat(in_store("faulty_1/runs/run.json"), &after) == 0);
  said("anew", before.st_ino != after.st_ino, METALAB_OK);
  said("finish", 0, metalab_capture_finish(c));
  metalab_capture_free(c);
}

/* One of two attempts at the run, each with things of its own and with some that the other has, too. */
static void attempt(int number) {
  metalab_capture_t *c = open_faulty();
  char text[32];
  size_t size = (size_t)snprintf(text, sizeof text, "[%d]", number);
  const char *names[] = {"both", number == 1 ? "first" : "second"};
  said("metric", number, metalab_capture_metric(c, "attempt", number));
  for (int i = 0; i < 2; i++) {
    said("json", number, metalab_capture_data_json(c, names[i], text, METALAB_NUL, NULL));
    said("bytes", number, metalab_capture_artifact_bytes(c, names[i], text, size, "text", "txt", NULL));
    char series[32];
    snprintf(series, sizeof series, "%s points", names[i]);
    said("point", number, metalab_capture_metric_step(c, series, 0, number));
  }
  said("finish", 0, metalab_capture_finish(c));
  metalab_capture_free(c);
}

/* FAULTY_COUNT series, versions of one entry, and small artifacts. */
static void many(void) {
  metalab_capture_t *c = open_faulty();
  int count = atoi(getenv("FAULTY_COUNT"));
  char text[32];
  for (int i = 0; i < count; i++) {
    snprintf(text, sizeof text, "s%d", i);
    OK(metalab_capture_metric_step(c, text, 0, i));
    int size = snprintf(text, sizeof text, "[%d]", i);
    OK(metalab_capture_data_json(c, "versions", text, (size_t)size, NULL));
  }
  said("finish", 0, metalab_capture_finish(c));
  metalab_capture_free(c);
}

/* The first attempt, which goes on from a step. */
static void resumed(void) {
  metalab_options_t *options = options_for("faulty:1");
  metalab_capture_t *c = NULL;
  OK(metalab_options_run_id(options, "run"));
  OK(metalab_options_restart(options, 1));
  said("open", 0, metalab_capture_open(options, &c));
  metalab_options_free(options);
  said("point", 1, metalab_capture_metric_step(c, "both points", 1, 2));
  said("finish", 0, metalab_capture_finish(c));
  metalab_capture_free(c);
}

/* A file is moved in, and what is said of it is too long for one record of the journal. */
static void moved(void) {
  char path[4096], *text = long_text('x', 40000);
  size_t size = strlen(text);
  char *metadata = malloc(size + 16);
  CHECK(metadata != NULL);
  snprintf(metadata, size + 16, "{\"a\": %s}", text);
  snprintf(path, sizeof path, "%s/../only.dat", store);
  FILE *source = fopen(path, "w");
  CHECK(source != NULL && fputs("the only one", source) >= 0 && fclose(source) == 0);
  metalab_capture_t *c = open_faulty();
  said("move", 0, metalab_capture_file(c, "only", path, METALAB_FILE_MOVE, NULL, metadata));
  said("finish", 0, metalab_capture_finish(c));
  metalab_capture_free(c);
  free(metadata);
  free(text);
}

/* So many points that the journal does not keep them: they are in their series' file. */
static void spooled(void) {
  metalab_capture_t *c = open_faulty();
  metalab_series_t *series = NULL;
  said("series", 0, metalab_capture_series(c, "points", NULL, NULL, &series));
  for (int64_t step = 0; step < SPOOLED; ++step) {
    OK(metalab_series_point(series, step, (double)step));
  }
  said("spooled", SPOOLED, METALAB_OK);
  said("finish", 0, metalab_capture_finish(c));
  metalab_capture_free(c);
}

static void attempt1(void) { attempt(1); }
static void attempt2(void) { attempt(2); }

static const struct test_case cases[] = {
    {"attempt1", attempt1}, {"attempt2", attempt2}, {"run", run},             {"many", many},
    {"killed", killed},     {"recover", recover},   {"durable", durable}, {"resumed", resumed}, {"moved", moved},
    {"spooled", spooled}};
MAIN(cases)
