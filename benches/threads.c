/* Many threads with a point each: the first call of a thread, and the disk and the memory that they
 * take while all of them are there. usage: threads DIRECTORY */
#include "bench.h"
#include "usage.h"

enum { THREADS = 1000, ALONE = 200, STACK = 64 << 10 };

static metalab_capture_t *run;
static pthread_barrier_t emitted, measured;

struct call {
  int64_t step;
  double taken; /* milliseconds */
};

static void first_call(struct call *call) {
  const double begin = seconds();
  must(metalab_capture_metric_step(run, "energy", call->step, 1.0), "metric_step");
  call->taken = 1e3 * (seconds() - begin);
}

static void *and_end(void *argument) {
  first_call(argument);
  return NULL;
}

static void *and_stay(void *argument) {
  first_call(argument);
  pthread_barrier_wait(&emitted);
  pthread_barrier_wait(&measured);
  return NULL;
}

static void start(pthread_t *thread, void *(*body)(void *), struct call *call) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, STACK);
  if (pthread_create(thread, &attributes, body, call) != 0) die("pthread_create", "failed");
  pthread_attr_destroy(&attributes);
}

static void report_first(const char *group, struct call *calls, int count) {
  static double taken[THREADS];
  for (int k = 0; k < count; ++k) taken[k] = calls[k].taken;
  report(group, "median", "ms", taken, count);
  report_one(group, "99_of_100", "ms", taken[count * 99 / 100]);
  report_one(group, "longest", "ms", taken[count - 1]);
}

int main(int argc, char **argv) {
  if (argc != 2) die("usage", "threads DIRECTORY");
  static struct call calls[THREADS];
  static pthread_t threads[THREADS];
  for (int k = 0; k < THREADS; ++k) calls[k].step = k;
  run = open_run(argv[1], 5);
  must(metalab_capture_metric_step(run, "energy", -1, 1.0), "metric_step");
  for (int k = 0; k < ALONE; ++k) {
    start(&threads[k], and_end, &calls[k]);
    pthread_join(threads[k], NULL);
  }
  report_first("first_call_of_a_thread", calls, ALONE);
  close_run(run);

  run = open_run(argv[1], 6);
  must(metalab_capture_metric_step(run, "energy", -1, 1.0), "metric_step");
  pthread_barrier_init(&emitted, NULL, THREADS + 1);
  pthread_barrier_init(&measured, NULL, THREADS + 1);
  const double disk = disk_mebibytes(argv[1]), memory = memory_mebibytes();
  for (int k = 0; k < THREADS; ++k) start(&threads[k], and_stay, &calls[k]);
  pthread_barrier_wait(&emitted);
  const double more_disk = disk_mebibytes(argv[1]) - disk, more_memory = memory_mebibytes() - memory;
  pthread_barrier_wait(&measured);
  for (int k = 0; k < THREADS; ++k) pthread_join(threads[k], NULL);
  report_first("first_call_of_1000_threads", calls, THREADS);
  report_one("1000_threads", "disk", "MiB", more_disk);
  report_one("1000_threads", "memory", "MiB", more_memory);
  close_run(run);
  return 0;
}
