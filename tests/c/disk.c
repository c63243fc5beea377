/* Disks that are full or can't be written, paths that can't be. The store is on a small disk. */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { KIB = 1024 };

static char block[64 * KIB];

/* Leaves `spare` bytes of the disk, about; 0 for none. */
static void fill(size_t spare) {
  int filler = open(in_store("filler"), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  off_t size;
  CHECK(filler >= 0);
  for (size_t piece = sizeof block; piece >= 512; piece /= 2) {
    while (write(filler, block, piece) > 0) {
    }
    CHECK(errno == ENOSPC);
  }
  size = lseek(filler, 0, SEEK_END);
  CHECK(ftruncate(filler, size > (off_t)spare ? size - (off_t)spare : 0) == 0);
  close(filler);
}

/* Frees it again. Threads that emit look whether there is room every 10 ms. */
static void clear(void) {
  static const struct timespec pause = {0, 15 * 1000 * 1000};
  CHECK(unlink(in_store("filler")) == 0);
  nanosleep(&pause, NULL);
}

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* A run that is there before the disk gets full; the driver compares its files. */
static void earlier(void) {
  metalab_capture_t *c = open_run("disk:1", "earlier");
  OK(metalab_capture_metric(c, "m", 1.0));
  OK(metalab_capture_metric_step(c, "s", 1, 1.0));
  OK(metalab_capture_log(c, METALAB_LEVEL_INFO, "earlier", METALAB_NUL));
  OK(metalab_capture_data_json(c, "d", "[1]", METALAB_NUL, NULL));
  OK(metalab_capture_artifact_json(c, "a", "[1]", METALAB_NUL, NULL));
  OK(metalab_capture_finish(c));
  metalab_capture_free(c);
}

static int has(metalab_capture_t *c, const char *part) {
  char *text = NULL;
  int found;
  OK(metalab_capture_health_json(c, &text));
  found = text != NULL && strstr(text, part) != NULL;
  metalab_string_free(text);
  return found;
}

/* Finishes a run that has lost something, in reasonable time. */
static void finish_incomplete(metalab_capture_t *c) {
  double start = seconds();
  FAILS(METALAB_ERR_INCOMPLETE, "", metalab_capture_finish(c));
  FAILS(METALAB_ERR_INCOMPLETE, "", metalab_capture_finish(c));
  CHECK(has(c, "\"ok\": false"));
  metalab_capture_free(c);
  CHECK(seconds() - start < 20.0);
}

static void full_open(void) {
  metalab_options_t *options = options_for("disk:1");
  metalab_capture_t *c = UNTOUCHED;
  OK(metalab_options_run_id(options, "open"));
  /* From no room at all to room for a part of what opening needs. */
  for (size_t spare = 0; spare <= 128 * KIB; spare += 16 * KIB) {
    fill(spare);
    c = UNTOUCHED;
    if (spare > 0 && metalab_capture_open(options, &c) == METALAB_OK) {
      /* There was room for opening. */
      metalab_capture_free(c);
      continue;
    }
    if (spare == 0) {
      FAILS(METALAB_ERR_FULL, "", metalab_capture_open(options, &c));
    }
    CHECK(c == NULL);
    NOTHING(metalab_capture_metric(c, "x", 1.0));
  }
  /* The same for a run that is there: it is not lost. */
  OK(metalab_options_run_id(options, "earlier"));
  fill(0);
  FAILS(METALAB_ERR_FULL, "", metalab_capture_open(options, &c));
  clear();
  CHECK(count_in("disk_1/runs/earlier.json", "\"status\": \"success\"") == 1);
  OK(metalab_options_run_id(options, "open"));
  OK(metalab_capture_open(options, &c));
  OK(metalab_capture_finish(c));
  metalab_capture_free(c);
  metalab_options_free(options);
}

static void full_points(void) {
  metalab_capture_t *c = open_run("disk:1", "points");
  metalab_series_t *series = NULL;
  metalab_status_t status = METALAB_OK;
  int64_t accepted = 0;
  OK(metalab_capture_series(c, "s", NULL, NULL, &series));
  /* A run that has emitted something has room set aside. */
  OK(metalab_capture_metric(c, "begun", 1.0));
  OK(metalab_capture_flush(c, METALAB_FLUSH_VISIBLE));
  fill(64 * KIB);
  while (status == METALAB_OK && accepted < 10000000) {
    status = metalab_series_point(series, accepted, (double)accepted);
    accepted += status == METALAB_OK;
  }
  CHECK(status == METALAB_ERR_FULL);
  CHECK(strncmp(metalab_last_error(), "metalab_series_point: ", 22) == 0);
  CHECK(accepted > 1000);
  double start = seconds();
  for (int64_t more = 0; more < 2000; ++more) {
    status = metalab_series_point(series, accepted + more, 0.0);
    CHECK(status == METALAB_ERR_FULL || status == METALAB_OK);
  }
  CHECK(seconds() - start < 10.0);
  CHECK(has(c, "\"ok\": false"));
  CHECK(!has(c, "\"points\": 0"));
  FAILS(METALAB_ERR_INCOMPLETE, "refused", metalab_capture_flush(c, METALAB_FLUSH_VISIBLE));
  clear();
  /* There is room again: the run goes on, and what was accepted is kept. */
  OK(metalab_series_point(series, -1, -1.0));
  finish_incomplete(c);
  printf("%lld\n", (long long)accepted);
}

static void full_metrics(void) {
  metalab_capture_t *c = open_run("disk:1", "metrics");
  metalab_status_t status = METALAB_OK;
  int64_t accepted = 0;
  /* A run that has emitted something has room set aside. */
  OK(metalab_capture_metric_i64(c, "m", -1));
  OK(metalab_capture_flush(c, METALAB_FLUSH_VISIBLE));
  fill(0);
  while (status == METALAB_OK && accepted < 10000000) {
    status = metalab_capture_metric_i64(c, "m", accepted);
    accepted += status == METALAB_OK;
  }
  CHECK(status == METALAB_ERR_FULL);
  CHECK(has(c, "\"ok\": false") && !has(c, "\"metrics\": 0"));
  clear();
  finish_incomplete(c);
  printf("%lld\n", (long long)accepted - 1);
}

static void full_log(void) {
  metalab_capture_t *c = open_run("disk:1", "log");
  metalab_status_t status = METALAB_OK;
  char line[200];
  int accepted = 0;
  OK(metalab_capture_log(c, METALAB_LEVEL_INFO, "first", METALAB_NUL));
  OK(metalab_capture_flush(c, METALAB_FLUSH_VISIBLE));
  fill(0);
  while (status == METALAB_OK && accepted < 1000000) {
    snprintf(line, sizeof line, "line %d %0150d", accepted, 0);
    status = metalab_capture_log(c, METALAB_LEVEL_INFO, line, strlen(line));
    accepted += status == METALAB_OK;
  }
  CHECK(status == METALAB_ERR_FULL);
  CHECK(strncmp(metalab_last_error(), "metalab_capture_log: ", 21) == 0);
  CHECK(has(c, "\"ok\": false") && !has(c, "\"logs\": 0"));
  clear();
  finish_incomplete(c);
  /* The accepted values have waited for the disk. */
  printf("%d\n", accepted);
}

/* More lines than memory is to hold, of two threads, while the log can't be written and the journal, on
 * another disk, can. */
enum { LINES = 90000, TALKERS = 2 };

static metalab_capture_t *talks;

static void *talk(void *which) {
  char line[400];
  int talker = *(const int *)which;
  for (int number = 0; number < LINES; ++number) {
    snprintf(line, sizeof line, "talker %d says %d %0150d", talker, number, 0);
    OK(metalab_capture_log(talks, METALAB_LEVEL_INFO, line, METALAB_NUL));
  }
  return NULL;
}

static metalab_capture_t *talk_to_full_log(const char *run_id) {
  metalab_options_t *options = options_for("disk:1");
  static const int which[TALKERS] = {0, 1};
  pthread_t threads[TALKERS];
  char path[4096];
  snprintf(path, sizeof path, "%s/../journals", store);
  OK(metalab_options_journal(options, path));
  OK(metalab_options_run_id(options, run_id));
  OK(metalab_capture_open(options, &talks));
  metalab_options_free(options);
  OK(metalab_capture_log(talks, METALAB_LEVEL_INFO, "first", METALAB_NUL));
  OK(metalab_capture_flush(talks, METALAB_FLUSH_VISIBLE));
  fill(0);
  for (int talker = 0; talker < TALKERS; ++talker) {
    CHECK(pthread_create(&threads[talker], NULL, talk, (void *)&which[talker]) == 0);
  }
  for (int talker = 0; talker < TALKERS; ++talker) {
    CHECK(pthread_join(threads[talker], NULL) == 0);
  }
  metalab_status_t flushed = metalab_capture_flush(talks, METALAB_FLUSH_VISIBLE);
  CHECK(flushed == METALAB_ERR_FULL || flushed == METALAB_ERR_INCOMPLETE);
  CHECK(has(talks, "write the log"));
  return talks;
}

static void long_log(void) {
  metalab_capture_t *c = talk_to_full_log("long");
  clear();
  OK(metalab_capture_log(c, METALAB_LEVEL_INFO, "last", METALAB_NUL));
  OK(metalab_capture_flush(c, METALAB_FLUSH_VISIBLE));
  CHECK(has(c, "\"ok\": true"));
  OK(metalab_capture_log(c, METALAB_LEVEL_INFO, "after", METALAB_NUL));
  OK(metalab_capture_finish(c));
  metalab_capture_free(c);
  printf("%d\n", LINES);
}

static void long_log_too_late(void) {
  metalab_capture_t *c = talk_to_full_log("too_late");
  OK(metalab_capture_log(c, METALAB_LEVEL_INFO, "last", METALAB_NUL));
  finish_incomplete(c);
  clear();
  printf("%d\n", LINES);
}

/* In another process: what is in a journal on another disk. */
static void recover_journals(void) {
  char path[4096];
  size_t recovered = 0;
  snprintf(path, sizeof path, "%s/../journals", store);
  OK(metalab_recover(store, "disk:1", path, &recovered));
  CHECK(recovered == 1);
}

static void full_artifacts(void) {
  static const uint64_t shape[1] = {128 * KIB};
  metalab_capture_t *c = open_run("disk:1", "artifacts");
  metalab_array_t array = {sizeof(metalab_array_t), NULL, METALAB_DTYPE_INT8, METALAB_ORDER_C, 1, shape, NULL};
  metalab_mapping_t *mapping = UNTOUCHED, *kept = NULL;
  metalab_stream_t *stream = NULL;
  metalab_status_t status = METALAB_OK;
  void *data = UNTOUCHED, *kept_data = NULL;
  char path[4096];
  char *memory = calloc(1, shape[0]), *json = malloc(shape[0] + 3);
  FILE *source;
  size_t written = 0;
  CHECK(memory != NULL && json != NULL);
  memset(json, '1', shape[0] + 2);
  json[0] = json[shape[0] + 1] = '"';
  json[shape[0] + 2] = 0;
  array.data = memory;
  OK(metalab_capture_map_array(c, "kept", METALAB_DTYPE_INT8, METALAB_ORDER_C, 1, shape, NULL, &kept, &kept_data));
  OK(metalab_capture_stream(c, "stream", "k", "bin", NULL, &stream));
  OK(metalab_capture_flush(c, METALAB_FLUSH_VISIBLE));
  snprintf(path, sizeof path, "%s/../source", store); /* on another disk */
  source = fopen(path, "w");
  CHECK(source != NULL && fwrite(memory, 1, shape[0], source) == shape[0] && fclose(source) == 0);
  fill(0);
  fill(64 * KIB);
  FAILS(METALAB_ERR_FULL, "", metalab_capture_artifact_bytes(c, "x", memory, shape[0], "k", "f", NULL));
  FAILS(METALAB_ERR_FULL, "", metalab_capture_artifact_json(c, "x", json, METALAB_NUL, NULL));
  FAILS(METALAB_ERR_FULL, "", metalab_capture_artifact_array(c, "x", &array, NULL));
  FAILS(METALAB_ERR_FULL, "", metalab_capture_file(c, "x", path, METALAB_FILE_COPY, NULL, NULL));
  FAILS(METALAB_ERR_FULL, "", metalab_capture_figure_bytes(c, "x", memory, shape[0], "png", NULL));
  FAILS(METALAB_ERR_FULL, "", metalab_capture_data_array(c, "x", &array, NULL));
  FAILS(METALAB_ERR_FULL, "", metalab_capture_data_json(c, "x", json, METALAB_NUL, NULL));
  FAILS(METALAB_ERR_FULL, "",
        metalab_capture_map_array(c, "x", METALAB_DTYPE_INT8, METALAB_ORDER_C, 1, shape, NULL, &mapping, &data));
  CHECK(mapping == UNTOUCHED && data == UNTOUCHED);
  while (status == METALAB_OK && written < 64) {
    status = metalab_stream_write(stream, memory, 4 * KIB);
    written += status == METALAB_OK;
  }
  CHECK(status == METALAB_ERR_FULL);
  fill(0);
  /* A mapping has its bytes from the beginning: filling it takes none, and is no SIGBUS. */
  memset(kept_data, 7, shape[0]);
  OK(metalab_mapping_seal(kept));
  clear();
  /* All of that was told to the caller: the run itself has lost nothing, and refused arguments
   * have left no files. */
  OK(metalab_stream_seal(stream));
  OK(metalab_capture_artifact_bytes(c, "x", memory, shape[0], "k", "f", NULL));
  CHECK(remove(path) == 0);
  free(memory);
  free(json);
  OK(metalab_capture_finish(c));
  CHECK(has(c, "\"ok\": true"));
  metalab_capture_free(c);
}

/* Values for which the disk has no room wait in the journal until there is some. `rounds` of everything. */
static long fill_and_free(metalab_capture_t *c, int rounds, int *accepted) {
  metalab_series_t *series = NULL;
  metalab_mapping_t *mapping = NULL;
  metalab_stream_t *stream = NULL;
  static const uint64_t shape[1] = {1000};
  void *data = NULL;
  char text[64];
  long refused = 0;
  OK(metalab_capture_series(c, "s", NULL, NULL, &series));
  OK(metalab_capture_map_array(c, "map", METALAB_DTYPE_INT8, METALAB_ORDER_C, 1, shape, NULL, &mapping, &data));
  OK(metalab_capture_stream(c, "stream", "k", "bin", NULL, &stream));
  OK(metalab_capture_artifact_bytes(c, "before", "1", 1, "k", "txt", NULL));
  OK(metalab_capture_flush(c, METALAB_FLUSH_VISIBLE));
  fill(0);
  for (int round = 0; round < rounds; ++round) {
    int all = 1;
    for (int step = 0; step < 10; ++step) {
      all &= metalab_series_point(series, round * 10 + step, 1.0) == METALAB_OK;
    }
    all &= metalab_capture_metric_i64(c, "m", round) == METALAB_OK;
    snprintf(text, sizeof text, "line %d.", round);
    all &= metalab_capture_log(c, METALAB_LEVEL_INFO, text, METALAB_NUL) == METALAB_OK;
    snprintf(text, sizeof text, "d%d", round % 20);
    all &= metalab_capture_data_json(c, text, "[1]", METALAB_NUL, NULL) == METALAB_OK;
    *accepted += all;
    refused += !all;
  }
  memset(data, 3, shape[0]);
  metalab_status_t sealed = metalab_mapping_seal(mapping);
  /* If the journal could not take even that, the array is kept as one that nobody sealed. */
  CHECK(sealed == METALAB_OK || (refused > 0 && sealed == METALAB_ERR_FULL));
  /* No journal has room for what is a file of its own: the caller is told, and keeps it. */
  FAILS(METALAB_ERR_FULL, "", metalab_stream_write(stream, block, sizeof block));
  FAILS(METALAB_ERR_FULL, "", metalab_capture_artifact_bytes(c, "during", block, sizeof block, "k", "txt", NULL));
  metalab_status_t flushed = metalab_capture_flush(c, METALAB_FLUSH_VISIBLE);
  CHECK(flushed == METALAB_ERR_FULL || flushed == METALAB_ERR_INCOMPLETE);
  CHECK(has(c, "\"ok\": false"));
  clear();
  OK(metalab_stream_write(stream, block, sizeof block));
  OK(metalab_stream_seal(stream));
  OK(metalab_capture_artifact_bytes(c, "after", "2", 1, "k", "txt", NULL));
  OK(metalab_capture_log(c, METALAB_LEVEL_INFO, "there is room", METALAB_NUL));
  return refused;
}

static void freed(void) {
  metalab_capture_t *c = open_run("disk:1", "freed");
  int accepted = 0;
  CHECK(fill_and_free(c, 100, &accepted) == 0);
  OK(metalab_capture_flush(c, METALAB_FLUSH_VISIBLE));
  CHECK(has(c, "\"ok\": true"));
  CHECK(count_in("disk_1/logs/freed_run.log", "] line 99.\n") == 1);
  CHECK(count_in("disk_1/results/freed/d19.json", "\"data\": [") == 1);
  CHECK(count_in("disk_1/artifacts/freed/_manifest.json", "\"map\"") == 1);
  OK(metalab_capture_finish(c));
  metalab_capture_free(c);
  printf("%d\n", accepted);
}

/* The same with more than the journal has room for, too. */
static void freed_late(void) {
  metalab_capture_t *c = open_run("disk:1", "late");
  int accepted = 0;
  CHECK(fill_and_free(c, 4000, &accepted) > 0);
  CHECK(accepted > 100);
  metalab_status_t flushed = metalab_capture_flush(c, METALAB_FLUSH_VISIBLE);
  CHECK(flushed == METALAB_ERR_FULL || flushed == METALAB_ERR_INCOMPLETE);
  CHECK(!has(c, "\"points\": 0,"));
  finish_incomplete(c);
  printf("%d\n", accepted);
}

/* Puts a file in the place of the store's directory `path`, so that nothing can be written there. */
static void block_directory(const char *path) {
  char directory[4096], away[4200];
  snprintf(directory, sizeof directory, "%s", in_store(path));
  snprintf(away, sizeof away, "%s.away", directory);
  CHECK(rename(directory, away) == 0);
  int file = open(directory, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
  CHECK(file >= 0 && close(file) == 0);
}

static void give_back(const char *path) {
  char directory[4096], away[4200];
  snprintf(directory, sizeof directory, "%s", in_store(path));
  snprintf(away, sizeof away, "%s.away", directory);
  CHECK(unlink(directory) == 0 && rename(away, directory) == 0);
}

static void full_finish(void) {
  metalab_capture_t *c = open_run("disk:1", "finish");
  OK(metalab_capture_metric(c, "m", 5.0));
  for (int64_t step = 0; step < 1000; ++step) {
    OK(metalab_capture_metric_step(c, "s", step, (double)step));
  }
  OK(metalab_capture_data_json(c, "d", "[1]", METALAB_NUL, NULL));
  OK(metalab_capture_artifact_bytes(c, "a", "bytes", 5, "k", "txt", NULL));
  OK(metalab_capture_log(c, METALAB_LEVEL_INFO, "logged", METALAB_NUL));
  OK(metalab_capture_flush(c, METALAB_FLUSH_VISIBLE));
  OK(metalab_capture_metric(c, "m", 6.0));
  fill(0);
  /* The end of a run gives back what its journal kept ready, which may be enough for everything.
     So its results have no directory either. */
  block_directory("disk_1/results/finish");
  finish_incomplete(c);
  give_back("disk_1/results/finish");
  clear();
}

/* The run ends well, and its record can't be written. */
static void unwritten_record(void) {
  metalab_capture_t *c = open_run("disk:1", "unwritten");
  OK(metalab_capture_metric(c, "m", 6.0));
  OK(metalab_capture_flush(c, METALAB_FLUSH_VISIBLE));
  block_directory("disk_1/runs");
  finish_incomplete(c);
  give_back("disk_1/runs");
  CHECK(count_in("disk_1/runs/unwritten.json", "\"status\": \"running\"") == 1);
}

/* In another process: what a full disk kept out of the store is in the journal still. */
static void recover(void) {
  size_t recovered = 0;
  OK(metalab_recover(store, "disk:1", NULL, &recovered));
  CHECK(recovered == 1);
}

static void read_only(void) {
  metalab_options_t *options = options_for("disk:1");
  metalab_capture_t *c = UNTOUCHED;
  OK(metalab_options_run_id(options, "denied"));
  FAILS(METALAB_ERR_ACCESS, store, metalab_capture_open(options, &c));
  CHECK(c == NULL);
  /* A run that is there, and an experiment that is not. */
  OK(metalab_options_run_id(options, "earlier"));
  FAILS(METALAB_ERR_ACCESS, store, metalab_capture_open(options, &c));
  OK(metalab_options_if_success(options, METALAB_IF_SUCCESS_RERUN));
  OK(metalab_options_experiment(options, "other:1"));
  FAILS(METALAB_ERR_ACCESS, store, metalab_capture_open(options, &c));
  /* A journal that can be written doesn't help. */
  char path[4096];
  snprintf(path, sizeof path, "%s/..", store);
  OK(metalab_options_journal(options, path));
  FAILS(METALAB_ERR_ACCESS, store, metalab_capture_open(options, &c));
  metalab_options_free(options);
}

/* Nothing to recover, and what can't be. */
static void recover_arguments(void) {
  size_t recovered = 77;
  FAILS(METALAB_ERR_UTF8, "locator", metalab_recover(NOT_UTF8, NULL, NULL, &recovered));
  FAILS(METALAB_ERR_UTF8, "experiment_id", metalab_recover(store, NOT_UTF8, NULL, &recovered));
  FAILS(METALAB_ERR_UTF8, "journal", metalab_recover(store, NULL, NOT_UTF8, &recovered));
  FAILS(METALAB_ERR_NAME, "experiment id", metalab_recover(store, ":", NULL, &recovered));
  FAILS(METALAB_ERR_VALUE, "s3", metalab_recover("s3://x", NULL, NULL, &recovered));
  FAILS(METALAB_ERR_NOT_FOUND, "missing", metalab_recover(in_store("missing"), NULL, NULL, &recovered));
  FAILS(METALAB_ERR_NULL, "host", metalab_recover_host(store, NULL, NULL, NULL, &recovered));
  FAILS(METALAB_ERR_UTF8, "host", metalab_recover_host(store, NULL, NULL, NOT_UTF8, &recovered));
  FAILS(METALAB_ERR_VALUE, "host", metalab_recover_host(store, NULL, NULL, "", &recovered));
  FAILS(METALAB_ERR_UTF8, "locator", metalab_recover_host(NOT_UTF8, NULL, NULL, "node17", &recovered));
  FAILS(METALAB_ERR_NOT_FOUND, "missing",
        metalab_recover_host(in_store("missing"), NULL, NULL, "node17", &recovered));
  FAILS(METALAB_ERR_UTF8, "locator", metalab_index_rebuild(NOT_UTF8, NULL, NULL, NULL, &recovered));
  FAILS(METALAB_ERR_UTF8, "experiment_id", metalab_index_rebuild(store, NOT_UTF8, NULL, NULL, &recovered));
  FAILS(METALAB_ERR_NAME, "experiment id", metalab_index_rebuild(store, ":", NULL, NULL, &recovered));
  FAILS(METALAB_ERR_VALUE, "without an index", metalab_index_rebuild(store, NULL, NULL, NULL, &recovered));
  FAILS(METALAB_ERR_VALUE, "file_root", metalab_index_rebuild("postgresql://h/db", NULL, NULL, NULL, &recovered));
  CHECK(recovered == 77);
  earlier();
  OK(metalab_recover(store, NULL, NULL, NULL));
  /* Nothing was left alone: what failed before is no remark on it. */
  CHECK(metalab_last_error()[0] == '\0');
  FAILS(METALAB_ERR_VALUE, "host", metalab_recover_host(store, NULL, NULL, "", &recovered));
  OK(metalab_recover_host(store, NULL, NULL, "node17", NULL));
  CHECK(metalab_last_error()[0] == '\0');
  OK(metalab_recover(store, "disk:1", NULL, &recovered));
  CHECK(recovered == 0);
  metalab_capture_t *c = open_run("disk:1", "alive");
  OK(metalab_recover(store, "disk:1", NULL, &recovered));
  CHECK(recovered == 0);
  OK(metalab_capture_metric(c, "m", 1.0));
  OK(metalab_capture_finish(c));
  metalab_capture_free(c);
  CHECK(count_in("disk_1/runs/alive.json", "\"status\": \"success\"") == 1);
}

static void paths(void) {
  metalab_options_t *options = options_for("disk:1");
  metalab_capture_t *c = NULL;
  char path[4096];
  FILE *file;
  snprintf(path, sizeof path, "%s/missing/parents/of", store);
  OK(metalab_options_store(options, path));
  OK(metalab_capture_open(options, &c));
  OK(metalab_capture_finish(c));
  metalab_capture_free(c);
  CHECK(count_in("missing/parents/of/disk_1/_meta.json", "disk:1") == 1);

  snprintf(path, sizeof path, "file://%s/by url", store);
  OK(metalab_options_store(options, path));
  OK(metalab_capture_open(options, &c));
  metalab_capture_free(c);
  CHECK(count_in("by url/disk_1/_meta.json", "disk:1") == 1);

  file = fopen(in_store("file"), "w");
  CHECK(file != NULL && fputs("a file", file) >= 0 && fclose(file) == 0);
  static const char *const under[] = {"file", "file/below", "file/far/below"};
  for (int index = 0; index < 3; ++index) {
    c = UNTOUCHED;
    OK(metalab_options_store(options, in_store(under[index])));
    FAILS(METALAB_ERR_IO, in_store("file"), metalab_capture_open(options, &c));
    CHECK(c == NULL);
  }
  /* A file where the experiment's directory would be, and where the journal would be. */
  OK(metalab_options_store(options, store));
  OK(metalab_options_journal(options, in_store("file")));
  FAILS(METALAB_ERR_IO, in_store("file"), metalab_capture_open(options, &c));
  metalab_options_free(options);
  options = options_for("file");
  snprintf(path, sizeof path, "%s/file_1", store);
  CHECK(rename(in_store("file"), path) == 0);
  FAILS(METALAB_ERR_IO, path, metalab_capture_open(options, &c));
  CHECK(count_in("file_1", "a file") == 1);

  /* A record and a _meta.json that are no JSON are set aside, not overwritten, and the run goes on. */
  c = open_run("broken:1", "r");
  OK(metalab_capture_finish(c));
  metalab_capture_free(c);
  file = fopen(in_store("broken_1/runs/r.json"), "w");
  CHECK(file != NULL && fputs("{broken", file) >= 0 && fclose(file) == 0);
  c = open_run("broken:1", "r");
  OK(metalab_capture_finish(c));
  metalab_capture_free(c);
  CHECK(count_in("broken_1/runs/.r.json.damaged-1", "{broken") == 1);
  CHECK(count_in("broken_1/runs/r.json", "damaged-1") > 0);
  file = fopen(in_store("broken_1/_meta.json"), "w");
  CHECK(file != NULL && fputs("broken too", file) >= 0 && fclose(file) == 0);
  c = open_run("broken:1", "other");
  OK(metalab_capture_finish(c));
  metalab_capture_free(c);
  CHECK(count_in("broken_1/._meta.json.damaged-1", "broken too") == 1);
  CHECK(count_in("broken_1/_meta.json", "broken:1") == 1);
  metalab_options_free(options);
}

static const struct test_case cases[] = {
    {"earlier", earlier},           {"full_open", full_open},     {"full_points", full_points},
    {"full_metrics", full_metrics}, {"full_log", full_log},       {"full_artifacts", full_artifacts},
    {"long_log", long_log},         {"long_log_too_late", long_log_too_late},
    {"recover_journals", recover_journals},
    {"freed", freed},               {"freed_late", freed_late},
    {"full_finish", full_finish},   {"unwritten_record", unwritten_record}, {"recover", recover},         {"read_only", read_only},
    {"paths", paths},               {"recover_arguments", recover_arguments},
};
MAIN(cases)
