/* A number at a step: by handle and by name, against the stores that it needs, a line of text that is
 * flushed, and the system call alone. usage: metric DIRECTORY */
#include "bench.h"
#include "floor.h"

#include <stdatomic.h>

/* Short loops, so that few of them are interrupted. */
enum { CALLS = 100000, SLOW_CALLS = 1000, EACH = 1000000, SLOW_EACH = 100000, REPETITIONS = 61, THREADS = 2, CASES = 6 };

static metalab_capture_t *run;
static metalab_series_t *series;
static struct floor_file floors[THREADS];
static _Thread_local struct floor_file *stores = &floors[0];
static FILE *text;
static int raw;

static inline bool by_handle(int64_t step) { return metalab_series_point(series, step, 1e-3 * (double)step) == METALAB_OK; }

static inline bool by_name(int64_t step) {
  return metalab_capture_metric_step(run, "residual", step, 1e-3 * (double)step) == METALAB_OK;
}

static inline bool three_words(int64_t step) { return floor_point(stores, step, 1e-3 * (double)step); }

/* The same behind a call, as those of a library are. */
static __attribute__((noinline)) bool point_called(struct floor_file *file, int64_t step, double value) {
  return floor_point(file, step, value);
}

static inline bool three_words_called(int64_t step) { return point_called(stores, step, 1e-3 * (double)step); }

static inline bool flushed_text(int64_t step) {
  return fprintf(text, "energy,%lld,%.17g\n", (long long)step, 1e-3 * (double)step) > 0 && fflush(text) == 0;
}

static inline bool raw_write(int64_t step) {
  struct {
    uint64_t id, time;
    int64_t step;
    double value;
  } const record = {1, 2, step, 1e-3 * (double)step};
  return write(raw, &record, sizeof record) == sizeof record;
}

/* One loop per case, so that the call in it is a direct one. */
#define LOOPS(call)                                                                        \
  static bool call##_loop(int64_t first, int64_t stride, int64_t calls) {                  \
    bool good = true;                                                                      \
    for (int64_t k = 0; k < calls; ++k) good &= call(first + k * stride);                  \
    return good;                                                                           \
  }                                                                                        \
  static bool call##_each(int64_t first, uint64_t *each, int64_t calls) {                  \
    bool good = true;                                                                      \
    for (int64_t k = 0; k < calls; ++k) {                                                  \
      const uint64_t from = ticks();                                                       \
      good &= call(first + k);                                                             \
      each[k] = ticks() - from;                                                            \
    }                                                                                      \
    return good;                                                                           \
  }
LOOPS(by_handle)
LOOPS(by_name)
LOOPS(three_words)
LOOPS(three_words_called)
LOOPS(flushed_text)
LOOPS(raw_write)

static const struct {
  const char *name;
  int64_t calls;
  bool (*loop)(int64_t first, int64_t stride, int64_t calls);
  bool (*each)(int64_t first, uint64_t *each, int64_t calls);
} cases[CASES] = {
    {"series_handle", CALLS, by_handle_loop, by_handle_each},
    {"floor_three_words", CALLS, three_words_loop, three_words_each},
    {"by_name", CALLS, by_name_loop, by_name_each},
    {"floor_three_words_called", CALLS, three_words_called_loop, three_words_called_each},
    {"fprintf_fflush", SLOW_CALLS, flushed_text_loop, flushed_text_each},
    {"write_32_bytes", SLOW_CALLS, raw_write_loop, raw_write_each},
};

static int64_t next_step[CASES];

/* Emitted values go to their file before the next case is timed. */
static void settle(void) {
  must(metalab_capture_flush(run, METALAB_FLUSH_VISIBLE), "flush");
  for (int k = 0; k < THREADS; ++k) floor_rewind(&floors[k]);
  if (ftruncate(fileno(text), 0) != 0 || fseek(text, 0, SEEK_SET) != 0) die("text file", "cannot be emptied");
  if (ftruncate(raw, 0) != 0 || lseek(raw, 0, SEEK_SET) != 0) die("raw file", "cannot be emptied");
}

static atomic_int waiting;

struct job {
  int which, thread;
  double begin, end;
  bool good;
};

static void *work(void *argument) {
  struct job *job = argument;
  pin(job->thread);
  stores = &floors[job->thread];
  const int64_t first = next_step[job->which] + job->thread;
  atomic_fetch_sub(&waiting, 1);
  while (atomic_load(&waiting) > 0) {
  }
  job->begin = seconds();
  job->good = cases[job->which].loop(first, THREADS, cases[job->which].calls);
  job->end = seconds();
  return NULL;
}

/* Nanoseconds of one thread's call while `threads` of them call as often. */
static double time_case(int which, int threads) {
  struct job jobs[THREADS];
  pthread_t ids[THREADS];
  atomic_store(&waiting, threads);
  for (int k = 0; k < threads; ++k) {
    jobs[k] = (struct job){which, k, 0.0, 0.0, false};
    if (pthread_create(&ids[k], NULL, work, &jobs[k]) != 0) die("pthread_create", "failed");
  }
  double begin = 0.0, end = 0.0;
  for (int k = 0; k < threads; ++k) {
    pthread_join(ids[k], NULL);
    if (!jobs[k].good) die(cases[which].name, "a call failed");
    if (k == 0 || jobs[k].begin < begin) begin = jobs[k].begin;
    if (k == 0 || jobs[k].end > end) end = jobs[k].end;
  }
  next_step[which] += (int64_t)CALLS * THREADS;
  settle();
  return 1e9 * (end - begin) / (double)cases[which].calls;
}

int main(int argc, char **argv) {
  if (argc != 2) die("usage", "metric DIRECTORY");
  char path[4096];
  path_in(path, argv[1], "metric.txt");
  text = fopen(path, "w");
  path_in(path, argv[1], "metric.raw");
  raw = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);
  if (text == NULL || raw < 0) die(argv[1], "cannot be written to");
  for (int k = 0; k < THREADS; ++k) floors[k] = floor_open(argv[1], "metric.floor", (size_t)EACH * FLOOR_POINT);
  run = open_run(argv[1], 1);
  must(metalab_capture_series(run, "energy", "J", NULL, &series), "series");

  for (int threads = 1; threads <= THREADS; ++threads) {
    double values[CASES][REPETITIONS];
    for (int which = 0; which < CASES; ++which) time_case(which, threads);
    for (int k = 0; k < REPETITIONS; ++k)
      for (int which = 0; which < CASES; ++which) values[which][k] = time_case(which, threads);
    if (threads > 1) {
      for (int which = 0; which < CASES; ++which)
        report("metric_2_threads", cases[which].name, "ns", values[which], REPETITIONS);
      continue;
    }
    pin(0);
    const double tick = nanoseconds_per_tick();
    const uint64_t empty = empty_ticks();
    uint64_t *each = malloc(EACH * sizeof *each);
    if (each == NULL) die("malloc", "no memory");
    memset(each, 0, EACH * sizeof *each);
    for (int which = 0; which < CASES; ++which) {
      const int64_t calls = cases[which].calls == CALLS ? EACH : SLOW_EACH;
      if (!cases[which].each(next_step[which], each, calls)) die(cases[which].name, "a call failed");
      next_step[which] += calls;
      settle();
      report_calls("metric_1_thread", cases[which].name, values[which], REPETITIONS, each, (size_t)calls, empty, tick);
    }
    free(each);
  }
  fclose(text);
  close(raw);
  close_run(run);
  return 0;
}
