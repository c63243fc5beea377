/* The provenance in a record, and samples of the process.
 * Arguments after the store are there to be recorded. */
#include "check.h"

#include <dirent.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

static void nap(long milliseconds) {
  struct timespec time = {0, milliseconds * 1000000};
  nanosleep(&time, NULL);
}

static metalab_capture_t *open_with(double seconds) {
  metalab_options_t *options = options_for("provenance:1");
  metalab_capture_t *c = NULL;
  OK(metalab_options_run_id(options, "run"));
  OK(metalab_options_compiler(options, METALAB_COMPILER));
  if (seconds >= 0) {
    OK(metalab_options_sample(options, seconds));
  }
  OK(metalab_capture_open(options, &c));
  metalab_options_free(options);
  if (c == NULL) {
    exit(1);
  }
  return c;
}

/* Threads of this process; `metalab-probe` and the like. */
static int threads(void) {
  DIR *tasks = opendir("/proc/self/task");
  int count = 0;
  while (readdir(tasks) != NULL) {
    ++count;
  }
  closedir(tasks);
  return count - 2;
}

/* A run that goes on until everything is gathered; the caller's time limit bounds it. */
static metalab_capture_t *open_and_wait(void) {
  metalab_capture_t *c = open_with(-1);
  for (int found = 0; !found; nap(1)) {
    char *text = NULL;
    OK(metalab_capture_summary_json(c, &text));
    /* The last thing, and where there is no repository, the last but that. */
    found = strstr(text, getenv("WAIT_FOR")) != NULL;
    metalab_string_free(text);
  }
  return c;
}

static void gathered(void) {
  metalab_capture_t *c = open_and_wait();
  OK(metalab_capture_finish(c));
  metalab_capture_free(c);
}

static void killed(void) {
  open_and_wait();
  raise(SIGKILL);
}

static void killed_at_once(void) {
  open_with(-1);
  raise(SIGKILL);
}

/* How many samples of memory the run has. */
static long samples(metalab_capture_t *c) {
  char *summary = NULL;
  long count = 0;
  OK(metalab_capture_summary_json(c, &summary));
  const char *series = strstr(summary, "\"process.resident_bytes\": {");
  const char *counted = series == NULL ? NULL : strstr(series, "\"count\": ");
  if (counted != NULL) count = strtol(counted + strlen("\"count\": "), NULL, 10);
  metalab_string_free(summary);
  return count;
}

static void sampled(void) {
  metalab_capture_t *c = open_with(getenv("METALAB_SAMPLE_SECONDS") == NULL ? 0.01 : -1);
  /* Something to see: memory, and a core that is busy. */
  const size_t size = (size_t)64 << 20;
  unsigned char *memory = malloc(size);
  /* On a busy machine the sampler, which is in nobody's way, has to wait for its turn. */
  const time_t patience = time(NULL) + 60;
  do {
    const clock_t end = clock() + CLOCKS_PER_SEC / 5;
    while (clock() < end) {
      memset(memory, (int)(end & 0xff), size);
    }
    CHECK(memory[size / 2] == (end & 0xff));
  } while (samples(c) < 5 && time(NULL) < patience);
  OK(metalab_capture_finish(c));
  free(memory);
  metalab_capture_free(c);
}

static void cycles(void) {
  for (int round = 0; round < 1000 && failures == 0; ++round) {
    metalab_capture_t *c = open_with(0.01);
    OK(metalab_capture_finish(c));
    metalab_capture_free(c);
  }
  /* Those that finish did not wait for end by themselves; the caller's time limit bounds it. */
  while (threads() != 1) {
    nap(1);
  }
}

static void forked(void) {
  metalab_capture_t *c = open_with(0.01);
  for (int round = 0; round < 20; ++round) {
    pid_t child = fork();
    if (child == 0) {
      /* The threads that gather and sample are the parent's: nothing waits for them here. */
      metalab_capture_free(c);
      _exit(failures);
    }
    CHECK(child > 0);
    nap(2);
  }
  /* Patiently, too: the sampler may have to wait for its turn. */
  const time_t patience = time(NULL) + 60;
  while (samples(c) < 5 && time(NULL) < patience) {
    nap(2);
  }
  OK(metalab_capture_finish(c));
  metalab_capture_free(c);
}

static const struct test_case cases[] = {
    {"gathered", gathered}, {"killed", killed}, {"killed_at_once", killed_at_once},
    {"sampled", sampled},   {"cycles", cycles}, {"forked", forked},
};

int main(int argc, char **argv) {
  return run_case(argc > 3 ? 3 : argc, argv, cases, sizeof cases / sizeof *cases);
}
