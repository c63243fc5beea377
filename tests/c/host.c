/* Hosts that do to us what hosts do: tests/host.rs has what is right. */
#define _GNU_SOURCE
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <fenv.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static metalab_capture_t *open_named(const char *run_id) {
  metalab_options_t *options = NULL;
  metalab_capture_t *c = NULL;
  OK(metalab_options_new(&options));
  OK(metalab_options_store(options, store));
  OK(metalab_options_experiment(options, "host:1"));
  OK(metalab_options_run_id(options, run_id));
  OK(metalab_capture_open(options, &c));
  metalab_options_free(options);
  return c;
}

static metalab_capture_t *begin(void) { return open_named("run"); }

static void points(metalab_capture_t *c, int64_t from, int64_t to) {
  for (int64_t step = from; step < to; ++step) {
    OK(metalab_capture_metric_step(c, "s", step, (double)step));
  }
}

enum { OWN = 40 };

/* Closes every descriptor that there is, and gets the numbers for files of its own. */
static void take_numbers(int own[OWN]) {
  char name[64];
  for (int fd = 3; fd < 256; ++fd) {
    close(fd);
  }
  for (int number = 0; number < OWN; ++number) {
    snprintf(name, sizeof name, "own%d", number);
    own[number] = open(name, O_RDWR | O_CREAT | O_TRUNC, 0644);
    CHECK(own[number] >= 0 && write(own[number], "HOST", 4) == 4);
    CHECK(lseek(own[number], 0, SEEK_SET) == 0);
  }
}

/* A daemon closes every descriptor that it finds, and gets the numbers for its own files. */
static void closes(void) {
  int own[OWN];
  char content[64];
  metalab_capture_t *c = begin();
  metalab_stream_t *stream = NULL;
  OK(metalab_capture_stream(c, "stream", "text", "txt", NULL, &stream));
  OK(metalab_stream_write(stream, "before ", 7));
  points(c, 0, 100);
  OK(metalab_capture_log(c, METALAB_LEVEL_ERROR, "line before", METALAB_NUL));
  OK(metalab_capture_flush(c, METALAB_FLUSH_VISIBLE));
  take_numbers(own);
  points(c, 100, 200000);
  OK(metalab_capture_metric_step(c, "a name that is new", 0, 1));
  OK(metalab_capture_log(c, METALAB_LEVEL_ERROR, "line after", METALAB_NUL));
  OK(metalab_stream_write(stream, "after", 5));
  OK(metalab_stream_seal(stream));
  OK(metalab_capture_flush(c, METALAB_FLUSH_DURABLE));
  OK(metalab_capture_finish(c));
  metalab_capture_free(c);
  for (int number = 0; number < OWN; ++number) {
    ssize_t size = pread(own[number], content, sizeof content, 0);
    CHECK(size == 4 && memcmp(content, "HOST", 4) == 0);
  }
}

/* The same while the standard streams are captured: what is printed afterwards is printed, and lands in no
 * file of the host's. The thread of the capture waits by then. */
static void closes_printing(void) {
  int own[OWN];
  char content[64];
  struct stat is, was;
  CHECK(fstat(1, &was) == 0);
  metalab_capture_t *c = begin();
  OK(metalab_capture_stdio(c, METALAB_STDOUT));
  /* A descriptor that a thread opens, uses and closes at this moment has no protection: the threads that gather
   * the provenance and make files ahead have ended by then, on a busy machine too. */
  OK(metalab_capture_flush(c, METALAB_FLUSH_VISIBLE));
  usleep(2000000);
  take_numbers(own);
  for (int line = 0; line < 3; ++line) {
    printf("printed %d\n", line);
    CHECK(fflush(stdout) == 0);
    usleep(100000);
  }
  printf("printed last\n");
  metalab_status_t status = metalab_capture_finish(c);
  CHECK(status == METALAB_OK || status == METALAB_ERR_INCOMPLETE);
  metalab_capture_free(c);
  for (int number = 0; number < OWN; ++number) {
    CHECK(lseek(own[number], 0, SEEK_CUR) == 0);
    ssize_t size = pread(own[number], content, sizeof content, 0);
    CHECK(size == 4 && memcmp(content, "HOST", 4) == 0);
  }
  /* No pipe of ours is left there. */
  CHECK(fstat(1, &is) == 0 && write(1, "after\n", 6) == 6);
  CHECK(!S_ISFIFO(is.st_mode) || is.st_ino == was.st_ino);
}

static void *prints_on(void *nothing) {
  static char line[] = "to nobody, while another thread ends the capture\n";
  for (;;) {
    fputs(line, stdout);
  }
  return nothing;
}

/* Nobody reads what is printed, and a thread stands in printf, with the lock of stdout. */
static void unread(void) {
  int pipes[2];
  pthread_t thread;
  struct timespec began, ended;
  metalab_capture_t *c = begin();
  CHECK(pipe(pipes) == 0 && dup2(pipes[1], 1) == 1);
  OK(metalab_capture_stdio(c, METALAB_STDOUT));
  CHECK(pthread_create(&thread, NULL, prints_on, NULL) == 0);
  usleep(300000);
  alarm(20);
  clock_gettime(CLOCK_MONOTONIC, &began);
  metalab_status_t status = metalab_capture_finish(c);
  clock_gettime(CLOCK_MONOTONIC, &ended);
  CHECK(status == METALAB_OK || status == METALAB_ERR_INCOMPLETE);
  CHECK(ended.tv_sec - began.tv_sec < 8);
  _exit(failures != 0);
}

static volatile sig_atomic_t signals;

static void count(int signal) {
  (void)signal;
  ++signals;
}

/* Files may not grow beyond a limit: that is an error, and no signal, whoever takes it. */
static void limited(int handled) {
  metalab_capture_t *c = begin();
  struct rlimit limit = {200 << 10, RLIM_INFINITY};
  static char bytes[1 << 20];
  metalab_stream_t *stream = NULL;
  uint64_t shape[1] = {1 << 20};
  metalab_mapping_t *mapping = NULL;
  void *data = NULL;
  sigset_t mask;
  if (handled) {
    signal(SIGXFSZ, count);
  }
  CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
  OK(metalab_capture_stream(c, "stream", "text", "txt", NULL, &stream));
  FAILS(METALAB_ERR_FULL, "stream", metalab_stream_write(stream, bytes, sizeof bytes));
  OK(metalab_stream_abandon(stream));
  FAILS(METALAB_ERR_FULL, "b.txt", metalab_capture_artifact_bytes(c, "b", bytes, sizeof bytes, "k", "txt", NULL));
  FAILS(METALAB_ERR_FULL, "allocate",
        metalab_capture_map_array(c, "m", METALAB_DTYPE_FLOAT64, METALAB_ORDER_C, 1, shape, NULL, &mapping, &data));
  metalab_status_t refused = METALAB_OK;
  for (int64_t step = 0; step < 300000; ++step) {
    metalab_status_t status = metalab_capture_metric_step(c, "s", step, 1.0);
    refused = status == METALAB_OK ? refused : status;
  }
  CHECK(refused == METALAB_OK || refused == METALAB_ERR_FULL);
  CHECK(metalab_capture_finish(c) == METALAB_ERR_INCOMPLETE);
  metalab_capture_free(c);
  CHECK(signals == 0);
  pthread_sigmask(SIG_BLOCK, NULL, &mask);
  CHECK(!sigismember(&mask, SIGXFSZ));
  /* The host's own files are the host's business. */
  if (handled) {
    int own = open("own", O_WRONLY | O_CREAT, 0644);
    CHECK(pwrite(own, "x", 1, 300 << 10) == -1 && errno == EFBIG && signals == 1);
  }
}

static metalab_capture_t *shared;
static int begun;

static void *streams(void *argument) {
  static char bytes[1 << 16];
  metalab_stream_t *stream = NULL;
  (void)argument;
  OK(metalab_capture_stream(shared, "stream", "text", "txt", NULL, &stream));
  for (int round = 0; round < 200; ++round) {
    OK(metalab_stream_write(stream, bytes, sizeof bytes));
    OK(metalab_capture_artifact_bytes(shared, "b", bytes, 10, "k", "txt", NULL));
    OK(metalab_capture_log(shared, METALAB_LEVEL_INFO, "line", METALAB_NUL));
    OK(metalab_capture_flush(shared, METALAB_FLUSH_VISIBLE));
    __atomic_store_n(&begun, 1, __ATOMIC_RELEASE);
  }
  OK(metalab_stream_seal(stream));
  pthread_testcancel();
  return "not cancelled";
}

/* Cancelled in the middle of calls of ours: that waits until the thread comes to a point of its own. */
static void cancelled(void) {
  pthread_t thread;
  void *result = NULL;
  shared = begin();
  CHECK(pthread_create(&thread, NULL, streams, NULL) == 0);
  while (!__atomic_load_n(&begun, __ATOMIC_ACQUIRE)) {
    usleep(1000);
  }
  CHECK(pthread_cancel(thread) == 0);
  CHECK(pthread_join(thread, &result) == 0 && result == PTHREAD_CANCELED);
  OK(metalab_capture_metric(shared, "m", 1));
  OK(metalab_capture_finish(shared));
  metalab_capture_free(shared);
}

/* Traps that the host has asked for are for its own arithmetic. */
static void traps(void) {
  const int all = FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW;
  uint64_t bits = 0x7ff0000000000001u;
  double values[4] = {0.0, 1e308, -1e308, 1e-310};
  float floats[4] = {1, 2, 3, 4};
  uint64_t shape[2] = {2, 2};
  metalab_array_t array = {sizeof(metalab_array_t), values, METALAB_DTYPE_FLOAT64, METALAB_ORDER_C, 2, shape, NULL};
  metalab_array_t small = {sizeof(metalab_array_t), floats, METALAB_DTYPE_FLOAT32, METALAB_ORDER_C, 2, shape, NULL};
  metalab_field_style_t style = METALAB_FIELD_STYLE_INIT;
  memcpy(values, &bits, sizeof bits);
  memcpy(floats, &(uint32_t){0x7f800001u}, 4);
  style.logarithmic = 1;
  feclearexcept(FE_ALL_EXCEPT);
  CHECK(feenableexcept(all) != -1);
  metalab_capture_t *c = begin();
  OK(metalab_capture_reduce(c, "r"));
  for (int64_t step = 0; step < 3; ++step) {
    for (int value = 0; value < 4; ++value) {
      OK(metalab_capture_metric_step(c, "r", step, values[value]));
      OK(metalab_capture_metric_step(c, "s", step, values[value]));
    }
    OK(metalab_capture_metric_step(c, "r", step, 1e308));
  }
  OK(metalab_capture_metric(c, "m", values[1]));
  OK(metalab_capture_data_array(c, "d", &array, NULL));
  OK(metalab_capture_data_array(c, "f", &small, NULL));
  OK(metalab_capture_figure_field(c, "p", &array, NULL, NULL));
  OK(metalab_capture_figure_field(c, "l", &array, &style, NULL));
  OK(metalab_capture_figure_field(c, "q", &small, NULL, NULL));
  OK(metalab_capture_data_json(c, "j", "[1e400, 1e-400, 123456789012345678901234567890.5]", METALAB_NUL, NULL));
  OK(metalab_capture_flush(c, METALAB_FLUSH_VISIBLE));
  OK(metalab_capture_finish(c));
  metalab_capture_free(c);
  CHECK(fegetexcept() == all && fetestexcept(FE_ALL_EXCEPT) == 0);
}

static void *first_call(void *capture) {
  metalab_status_t status = metalab_capture_metric(capture, "of a thread", 1);
  CHECK(status == METALAB_OK || status == METALAB_ERR_MEMORY);
  CHECK((metalab_last_error()[0] == '\0') == (status == METALAB_OK));
  return NULL;
}

/* No memory is left when a run fails: for want of memory, often. */
static void no_memory(void) {
  metalab_capture_t *c = begin();
  struct rlimit limit = {400 << 20, 400 << 20};
  pthread_attr_t small;
  pthread_t thread;
  char name[64];
  OK(metalab_capture_metric(c, "before", 1));
  points(c, 0, 1000);
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 128 << 10);
  CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
  for (size_t size = 64 << 20; size >= 16; size /= 2) {
    void *block;
    while ((block = malloc(size)) != NULL) {
      *(volatile char *)block = 1;
    }
  }
  OK(metalab_capture_fail(c, "std::bad_alloc", "no memory", NULL));
  for (int number = 0; number < 10000; ++number) {
    snprintf(name, sizeof name, "a name that is new %d", number);
    metalab_status_t status = metalab_capture_metric_step(c, name, 0, 1.0);
    CHECK(status == METALAB_OK || status == METALAB_ERR_MEMORY);
    status = metalab_capture_log(c, METALAB_LEVEL_ERROR, "out of memory", METALAB_NUL);
    CHECK(status == METALAB_OK || status == METALAB_ERR_MEMORY);
  }
  if (pthread_create(&thread, &small, first_call, c) == 0) {
    pthread_join(thread, NULL);
  }
  metalab_status_t status = metalab_capture_finish(c);
  CHECK(status == METALAB_OK || status == METALAB_ERR_INCOMPLETE);
  metalab_capture_free(c);
}

/* A run that was a success is opened again where there can be no thread for it. */
static void no_thread(void) {
  struct rlimit before, limit;
  metalab_options_t *options = NULL;
  metalab_capture_t *c = begin();
  void *block;
  unsigned long pages = 0;
  OK(metalab_capture_metric(c, "before", 1));
  points(c, 0, 10);
  OK(metalab_capture_finish(c));
  metalab_capture_free(c);
  OK(metalab_options_new(&options));
  OK(metalab_options_store(options, store));
  OK(metalab_options_experiment(options, "host:1"));
  OK(metalab_options_run_id(options, "run"));
  FILE *statm = fopen("/proc/self/statm", "r");
  CHECK(statm != NULL && fscanf(statm, "%lu", &pages) == 1 && fclose(statm) == 0);
  CHECK(getrlimit(RLIMIT_AS, &before) == 0);
  limit = before;
  limit.rlim_cur = pages * (unsigned long)sysconf(_SC_PAGESIZE) + (3 << 20);
  CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
  /* No stack of a thread, but room for what is small. */
  while ((block = malloc(2 << 20)) != NULL) {
    *(volatile char *)block = 1;
  }
  metalab_status_t status = metalab_capture_open(options, &c);
  CHECK(setrlimit(RLIMIT_AS, &before) == 0);
  CHECK(status == METALAB_ERR_MEMORY || status == METALAB_ERR_IO);
  CHECK(strstr(metalab_last_error(), "thread") != NULL);
  metalab_options_free(options);
}

static void *runs_that_end(void *are_done) {
  char name[32];
  for (int number = 0; number < 200; ++number) {
    snprintf(name, sizeof name, "run%d", number);
    metalab_capture_t *c = open_named(name);
    OK(metalab_capture_finish(c));
    metalab_capture_free(c);
  }
  atomic_store((atomic_int *)are_done, 1);
  return NULL;
}

/* Prints times while another thread captures, as R does: it takes the names of the zone from `tzname`. */
static void zone(void) {
  atomic_int are_done = 0;
  pthread_t thread;
  unsigned long times = 0, missing = 0;
  tzset();
  CHECK(pthread_create(&thread, NULL, runs_that_end, &are_done) == 0);
  for (; atomic_load(&are_done) == 0; ++times) {
    missing += *(char *volatile *)&tzname[0] == NULL;
    missing += *(char *volatile *)&tzname[1] == NULL;
  }
  CHECK(pthread_join(thread, NULL) == 0);
  if (missing > 0) {
    FAIL("%lu of %lu times the zone had no name", missing, times);
  }
}

/* Emits, fills the disk, and goes on. */
static void fills(void) {
  static char bytes[1 << 16];
  char path[4096];
  metalab_capture_t *c = begin();
  uint64_t shape[1] = {1 << 17};
  metalab_mapping_t *mapping = NULL;
  void *data = NULL;
  points(c, 0, 1000);
  OK(metalab_capture_map_array(c, "m", METALAB_DTYPE_FLOAT64, METALAB_ORDER_C, 1, shape, NULL, &mapping, &data));
  sync();
  usleep(300000);
  sync();
  snprintf(path, sizeof path, "%s/filler", store);
  int filler = open(path, O_WRONLY | O_CREAT, 0644);
  for (size_t size = sizeof bytes; size >= 512; size /= 2) {
    while (write(filler, bytes, size) > 0) {
    }
  }
  fsync(filler);
  sync();
  for (int64_t step = 1000; step < 50000; ++step) {
    metalab_status_t status = metalab_capture_metric_step(c, "s", step, 1.0);
    CHECK(status == METALAB_OK || status == METALAB_ERR_FULL);
  }
  memset(data, 1, sizeof(double) << 17);
  close(filler);
  unlink(path);
  sync();
  metalab_mapping_seal(mapping);
  metalab_status_t status = metalab_capture_finish(c);
  CHECK(status == METALAB_OK || status == METALAB_ERR_INCOMPLETE);
  metalab_capture_free(c);
}

/* Emits until the power of the disk is cut, after a durable flush and without. */
static void loses_power(int phase) {
  metalab_capture_t *c = begin();
  metalab_stream_t *stream = NULL;
  points(c, 0, 1000);
  OK(metalab_capture_data_json(c, "d", "[1]", METALAB_NUL, NULL));
  OK(metalab_capture_artifact_bytes(c, "a", "abc", 3, "k", "txt", NULL));
  OK(metalab_capture_log(c, METALAB_LEVEL_INFO, "durable", METALAB_NUL));
  OK(metalab_capture_stream(c, "st", "text", "txt", NULL, &stream));
  if (phase > 0) {
    OK(metalab_capture_flush(c, METALAB_FLUSH_DURABLE));
    printf("durable\n");
    fflush(stdout);
  }
  if (phase > 1) {
    points(c, 1000, 300000);
    OK(metalab_capture_data_json(c, "e", "[2]", METALAB_NUL, NULL));
    OK(metalab_capture_flush(c, METALAB_FLUSH_VISIBLE));
  }
  if (phase > 2) {
    OK(metalab_capture_finish(c));
  }
  /* EXT4_IOC_SHUTDOWN, without a flush of the file system's journal. */
  int disk = open(getenv("DISK"), O_RDONLY | O_DIRECTORY);
  uint32_t how = 2;
  CHECK(ioctl(disk, _IOR('X', 125, uint32_t), &how) == 0);
  kill(getpid(), SIGKILL);
}

int main(int argc, char **argv) {
  const char *name = argc > 1 ? argv[1] : "";
  store = argc > 2 ? argv[2] : ".";
  if (strcmp(name, "closes") == 0) {
    closes();
  } else if (strcmp(name, "closes_printing") == 0) {
    closes_printing();
  } else if (strcmp(name, "unread") == 0) {
    unread();
  } else if (strcmp(name, "limited") == 0) {
    limited(0);
  } else if (strcmp(name, "limited_handled") == 0) {
    limited(1);
  } else if (strcmp(name, "cancelled") == 0) {
    cancelled();
  } else if (strcmp(name, "traps") == 0) {
    traps();
  } else if (strcmp(name, "no_memory") == 0) {
    no_memory();
  } else if (strcmp(name, "no_thread") == 0) {
    no_thread();
  } else if (strcmp(name, "zone") == 0) {
    zone();
  } else if (strcmp(name, "fills") == 0) {
    fills();
  } else if (strncmp(name, "power", 5) == 0) {
    loses_power(atoi(name + 5));
  } else if (strcmp(name, "again") == 0 || strcmp(name, "run") == 0) {
    if (name[0] == 'a') {
      OK(metalab_recover(store, "host:1", NULL, NULL));
    }
    metalab_capture_t *c = open_named(name);
    OK(metalab_capture_metric(c, "again", 1));
    OK(metalab_capture_finish(c));
    metalab_capture_free(c);
  } else {
    FAIL("no case %s", name);
  }
  return failures != 0;
}
