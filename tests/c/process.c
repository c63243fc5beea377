/* The library leaves its process untouched, and bears what a process may do: fork. */
#include "check.h"

#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef NSIG
#define NSIG 65
#endif

static const double values[2] = {1.0, 2.0};
static const uint64_t two[1] = {2};

/* Emits one of everything. */
static void emit(metalab_capture_t *c) {
  metalab_array_t array = {sizeof(metalab_array_t), values, METALAB_DTYPE_FLOAT64, METALAB_ORDER_C, 1, two, NULL};
  metalab_series_t *series = NULL;
  metalab_mapping_t *mapping = NULL;
  void *data = NULL;
  OK(metalab_capture_metric(c, "m", 1.5));
  OK(metalab_capture_series(c, "s", NULL, NULL, &series));
  OK(metalab_series_point(series, 1, 1.0));
  OK(metalab_capture_data_array(c, "d", &array, NULL));
  OK(metalab_capture_artifact_array(c, "a", &array, NULL));
  OK(metalab_capture_map_array(c, "map", METALAB_DTYPE_FLOAT64, METALAB_ORDER_C, 1, two, NULL, &mapping, &data));
  OK(metalab_mapping_seal(mapping));
  OK(metalab_capture_log(c, METALAB_LEVEL_INFO, "line", METALAB_NUL));
}

static void untouched_process(void) {
  struct sigaction before[NSIG], after;
  sigset_t mask_before, mask_after;
  char locale_before[256];
  char cwd_before[1024], cwd_after[1024];
  mode_t umask_before, umask_after;
  metalab_capture_t *c;
  for (int round = 0; round < 2; ++round) {
    /* Once with the C locale, once with another. */
    if (round == 1 && setlocale(LC_ALL, "C.UTF-8") == NULL) {
      continue;
    }
    for (int number = 1; number < NSIG; ++number) {
      sigaction(number, NULL, &before[number]);
    }
    pthread_sigmask(SIG_SETMASK, NULL, &mask_before);
    snprintf(locale_before, sizeof locale_before, "%s", setlocale(LC_ALL, NULL));
    umask(umask_before = umask(0));
    CHECK(getcwd(cwd_before, sizeof cwd_before) != NULL);
    c = open_run("process:1", "untouched");
    emit(c);
    OK(metalab_capture_flush(c, METALAB_FLUSH_DURABLE));
    for (int end = 0; end < 2; ++end) {
      for (int number = 1; number < NSIG; ++number) {
        if (sigaction(number, NULL, &after) != 0) {
          continue;
        }
        if (after.sa_handler != before[number].sa_handler || after.sa_flags != before[number].sa_flags) {
          FAIL("signal %d has another handler", number);
        }
      }
      pthread_sigmask(SIG_SETMASK, NULL, &mask_after);
      CHECK(memcmp(&mask_before, &mask_after, sizeof mask_before) == 0);
      CHECK(strcmp(setlocale(LC_ALL, NULL), locale_before) == 0);
      umask(umask_after = umask(0));
      CHECK(umask_before == umask_after);
      CHECK(getcwd(cwd_after, sizeof cwd_after) != NULL && strcmp(cwd_before, cwd_after) == 0);
      OK(metalab_capture_finish(c));
    }
    metalab_capture_free(c);
  }
}

static volatile sig_atomic_t handled;
static pthread_t main_thread;
static volatile sig_atomic_t elsewhere;

static void handle(int number) {
  (void)number;
  ++handled;
  if (!pthread_equal(pthread_self(), main_thread)) {
    ++elsewhere;
  }
}

/* Signals of the process go to its own threads, and calls that they interrupt are not errors. */
static void signals(void) {
  struct sigaction action;
  metalab_capture_t *c;
  timer_t timer;
  struct sigevent event;
  struct itimerspec every = {{0, 200000}, {0, 200000}};
  main_thread = pthread_self();
  memset(&action, 0, sizeof action);
  action.sa_handler = handle;
  sigaction(SIGUSR1, &action, NULL);
  memset(&event, 0, sizeof event);
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGUSR1;
  CHECK(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
  CHECK(timer_settime(timer, 0, &every, NULL) == 0);
  for (int round = 0; round < 5; ++round) {
    c = open_run("process:1", "signals");
    for (int index = 0; index < 50; ++index) {
      emit(c);
    }
    OK(metalab_capture_flush(c, METALAB_FLUSH_DURABLE));
    OK(metalab_capture_finish(c));
    metalab_capture_free(c);
  }
  timer_delete(timer);
  CHECK(handled > 0);
  CHECK(elsewhere == 0);
}

/* Ends a forked child: its checks count as the parent's. */
static void end_child(void) {
  fflush(NULL);
  _exit(failures == 0 ? 0 : 1);
}

static void await(pid_t child) {
  int status = 0;
  for (int waited = 0; waited < 6000; ++waited) {
    pid_t got = waitpid(child, &status, WNOHANG);
    if (got == child) {
      if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        FAIL("the child ended with status %x", (unsigned)status);
      }
      return;
    }
    usleep(5000);
  }
  FAIL("the child hangs");
  kill(child, SIGKILL);
  waitpid(child, &status, 0);
}

static void forked(void) {
  metalab_capture_t *c = open_run("process:1", "parent"), *own = NULL;
  metalab_series_t *series = NULL;
  metalab_mapping_t *mapping = NULL;
  metalab_stream_t *stream = NULL;
  void *data = NULL;
  char *text = UNTOUCHED;
  pid_t child;
  emit(c);
  OK(metalab_capture_series(c, "s", NULL, NULL, &series));
  OK(metalab_capture_map_array(c, "left", METALAB_DTYPE_FLOAT64, METALAB_ORDER_C, 1, two, NULL, &mapping, &data));
  OK(metalab_capture_stream(c, "stream", "k", "txt", NULL, &stream));
  OK(metalab_stream_write(stream, "parent ", 7));
  child = fork();
  if (child == 0) {
    FAILS(METALAB_ERR_CLOSED, "fork", metalab_capture_metric(c, "m", 66.0));
    FAILS(METALAB_ERR_CLOSED, "fork", metalab_capture_metric(c, "new", 66.0));
    FAILS(METALAB_ERR_CLOSED, "fork", metalab_capture_log(c, METALAB_LEVEL_ERROR, "66", METALAB_NUL));
    FAILS(METALAB_ERR_CLOSED, "fork", metalab_capture_log(c, METALAB_LEVEL_INFO, "66", 2));
    FAILS(METALAB_ERR_CLOSED, "fork", metalab_series_point(series, 66, 66.0));
    FAILS(METALAB_ERR_CLOSED, "fork", metalab_capture_add_note(c, "66"));
    FAILS(METALAB_ERR_CLOSED, "fork", metalab_capture_fail(c, "66", "66", NULL));
    FAILS(METALAB_ERR_CLOSED, "fork", metalab_capture_data_json(c, "d66", "66", 2, NULL));
    FAILS(METALAB_ERR_CLOSED, "fork", metalab_capture_artifact_json(c, "a66", "66", 2, NULL));
    FAILS(METALAB_ERR_CLOSED, "fork", metalab_capture_flush(c, METALAB_FLUSH_VISIBLE));
    FAILS(METALAB_ERR_CLOSED, "fork", metalab_capture_metrics_json(c, &text));
    FAILS(METALAB_ERR_CLOSED, "fork", metalab_capture_health_json(c, &text));
    FAILS(METALAB_ERR_CLOSED, "fork", metalab_capture_subscribe(c, "x", METALAB_LEVEL_INFO));
    FAILS(METALAB_ERR_CLOSED, "fork", metalab_capture_stdio(c, METALAB_STDOUT));
    CHECK(text == UNTOUCHED);
    FAILS(METALAB_ERR_CLOSED, "", metalab_stream_write(stream, "child ", 6));
    FAILS(METALAB_ERR_CLOSED, "", metalab_stream_abandon(stream));
    FAILS(METALAB_ERR_CLOSED, "", metalab_mapping_abandon(mapping));
    FAILS(METALAB_ERR_CLOSED, "fork", metalab_capture_finish(c));
    metalab_capture_free(c);
    own = open_run("process:1", "child");
    emit(own);
    OK(metalab_capture_finish(own));
    metalab_capture_free(own);
    end_child();
  }
  ((double *)data)[0] = 3.0;
  await(child);
  OK(metalab_capture_metric(c, "m", 2.5));
  OK(metalab_series_point(series, 2, 2.0));
  OK(metalab_capture_log(c, METALAB_LEVEL_INFO, "after fork", METALAB_NUL));
  OK(metalab_stream_write(stream, "only", 4));
  OK(metalab_stream_seal(stream));
  OK(metalab_mapping_seal(mapping));
  OK(metalab_capture_finish(c));
  metalab_capture_free(c);
}

static volatile int go_on = 1;

static void *emit_new_names(void *argument) {
  metalab_capture_t *c = argument;
  char name[64];
  metalab_array_t array = {sizeof(metalab_array_t), values, METALAB_DTYPE_FLOAT64, METALAB_ORDER_C, 1, two, NULL};
  for (int number = 0; go_on; ++number) {
    snprintf(name, sizeof name, "m%d", number % 50000);
    OK(metalab_capture_metric(c, name, number));
    OK(metalab_capture_log(c, METALAB_LEVEL_ERROR, name, METALAB_NUL));
    if (number % 8 == 0) {
      OK(metalab_capture_artifact_array(c, "a", &array, NULL));
      usleep(300);
    }
  }
  return NULL;
}

/* fork at instants at which other threads are in the middle of calls, and hold the library's locks. */
static void forked_while_busy(void) {
  metalab_capture_t *c = open_run("process:1", "busy");
  pthread_t threads[2];
  char run_id[32];
  for (int index = 0; index < 2; ++index) {
    CHECK(pthread_create(&threads[index], NULL, emit_new_names, c) == 0);
  }
  for (int round = 0; round < 200 && failures == 0; ++round) {
    pid_t child = fork();
    if (child == 0) {
      /* The failures of the parent's other threads are not the child's. */
      failures = 0;
      FAILS(METALAB_ERR_CLOSED, "fork", metalab_capture_metric(c, "x", 1.0));
      FAILS(METALAB_ERR_CLOSED, "fork", metalab_capture_log(c, METALAB_LEVEL_ERROR, "x", METALAB_NUL));
      if (round % 20 == 0) {
        metalab_capture_t *own;
        snprintf(run_id, sizeof run_id, "child%d", round);
        own = open_run("process:1", run_id);
        OK(metalab_capture_metric(own, "x", 1.0));
        OK(metalab_capture_finish(own));
        metalab_capture_free(own);
      }
      metalab_capture_free(c);
      end_child();
    }
    await(child);
  }
  go_on = 0;
  for (int index = 0; index < 2; ++index) {
    CHECK(pthread_join(threads[index], NULL) == 0);
  }
  OK(metalab_capture_finish(c));
  metalab_capture_free(c);
}

/* The process ends by exit without ending its run: no crash, no hang. */
static void exit_without_end(void) {
  metalab_capture_t *c = open_run("process:1", "exit");
  emit(c);
}

/* A thread that ends has a place to emit from until its very end. */
static pthread_key_t last_words;

static void emit_last_words(void *argument) {
  OK(metalab_capture_metric(argument, "last", 1.0));
  OK(metalab_capture_log(argument, METALAB_LEVEL_INFO, "last words", METALAB_NUL));
}

static void *short_lived(void *argument) {
  pthread_setspecific(last_words, argument);
  OK(metalab_capture_metric_step(argument, "first", 1, 1.0));
  return NULL;
}

static void ending_threads(void) {
  metalab_capture_t *c = open_run("process:1", "threads");
  CHECK(pthread_key_create(&last_words, emit_last_words) == 0);
  for (int round = 0; round < 50; ++round) {
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, short_lived, c) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
  }
  OK(metalab_capture_finish(c));
  metalab_capture_free(c);
  CHECK(count_in("process_1/logs/threads_run.log", "last words") == 50);
}

/* A host without standard streams, as a daemon may be: what it prints gets into no file of ours. */
static void closed_streams(void) {
  metalab_capture_t *c;
  metalab_stream_t *stream = NULL;
  char said[256] = "";
  for (int stream_number = 0; stream_number < 3; ++stream_number) {
    close(stream_number);
  }
  c = open_run("process:1", "closed");
  emit(c);
  OK(metalab_capture_stream(c, "stream", "k", "txt", NULL, &stream));
  OK(metalab_stream_write(stream, "mine", 4));
  OK(metalab_capture_flush(c, METALAB_FLUSH_VISIBLE));
  for (int number = 0; number < 3; ++number) {
    if (write(number, "noise\n", 6) != -1) {
      ++failures;
      snprintf(said, sizeof said, "descriptor %d is open", number);
    }
  }
  emit(c);
  OK(metalab_stream_seal(stream));
  OK(metalab_capture_finish(c));
  metalab_capture_free(c);
  /* Nobody would hear it. */
  FILE *file = fopen(in_store("said"), "w");
  if (file != NULL) {
    fprintf(file, "%d failures %s", failures, said);
    fclose(file);
  }
}

static const struct test_case cases[] = {
    {"closed_streams", closed_streams},
    {"untouched_process", untouched_process},
    {"signals", signals},
    {"forked", forked},
    {"forked_while_busy", forked_while_busy},
    {"exit_without_end", exit_without_end},
    {"ending_threads", ending_threads},
};
MAIN(cases)
