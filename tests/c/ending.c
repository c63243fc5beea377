/* How a process ends: signals, exits, forks, dlclose. Many cases die on purpose; tests/ending.rs
 * looks at how, and at what is recovered. SIGNAL and SIGNALS in the environment are numbers. */
#include "check.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef FAKE_RUNTIME
/* A symbol that says that a language's runtime owns the process. */
void FAKE_RUNTIME(void);
void FAKE_RUNTIME(void) {}
#endif

static int number(const char *name) {
  const char *text = getenv(name);
  return text == NULL ? 0 : atoi(text);
}

static metalab_capture_t *open_asking(const char *run_id, uint32_t signals) {
  metalab_options_t *options = options_for("ending:1");
  metalab_capture_t *c = NULL;
  OK(metalab_options_run_id(options, run_id));
  OK(metalab_options_signals(options, signals));
  OK(metalab_capture_open(options, &c));
  metalab_options_free(options);
  if (c == NULL) {
    exit(1);
  }
  OK(metalab_capture_metric_step(c, "s", 7, 1.0));
  return c;
}

/* The run that the driver looks for, with the signals that it says. */
static metalab_capture_t *open_one(void) { return open_asking("run", (uint32_t)number("SIGNALS")); }

static void end(metalab_capture_t *c) {
  OK(metalab_capture_finish(c));
  metalab_capture_free(c);
}

static void say(const char *text) {
  if (write(STDOUT_FILENO, text, strlen(text)) < 0) {
    _exit(99);
  }
}

static volatile int *nowhere = (volatile int *)16;

static void install(int signal, void (*handler)(int), int flags) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = handler;
  action.sa_flags = flags;
  CHECK(sigaction(signal, &action, NULL) == 0);
}

/* --- Deaths */

static void raised(void) {
  /* A shell has some ignored in the background. */
  install(number("SIGNAL"), SIG_DFL, 0);
  open_one();
  raise(number("SIGNAL"));
  say("still there\n");
}

static void sent(void) {
  install(number("SIGNAL"), SIG_DFL, 0);
  open_one();
  kill(getpid(), number("SIGNAL"));
  sleep(5);
}

static void fault(void) {
  open_one();
  *nowhere = 1;
}

static void aborted(void) {
  open_one();
  abort();
}

static void *fault_in_thread(void *argument) {
  OK(metalab_capture_metric_step(argument, "s", 8, 1.0));
  *nowhere = 1;
  return NULL;
}

static void thread_fault(void) {
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, fault_in_thread, open_one()) == 0);
  pthread_join(thread, NULL);
}

static volatile char sink;

static int recurse(int depth) {
  volatile char block[4096];
  if (depth < 0) {
    return 0;
  }
  memset((char *)block, depth, sizeof block);
  sink = block[depth % 4096];
  return recurse(depth + 1) + block[0];
}

static void stack_overflow(void) {
  open_one();
  sink = (char)recurse(0);
}

static void killed(void) {
  open_one();
  kill(getpid(), SIGKILL);
}

static void killed_after_stop(void) {
  metalab_capture_t *c = open_one();
  raise(SIGTERM);
  CHECK(metalab_capture_should_stop(c));
  kill(getpid(), SIGKILL);
}

static void failed_then_killed(void) {
  metalab_capture_t *c = open_one();
  OK(metalab_capture_fail(c, "Diverged", "residual grew", NULL));
  kill(getpid(), SIGKILL);
}

static void exits(void) {
  open_one();
  exit(number("STATUS"));
}

static void returns(void) { open_one(); }

static void leaves(void) {
  open_one();
  _exit(3);
}

static metalab_capture_t *ended_late;

static void end_late(void) {
  /* The note of exit is forgotten with the run's end. */
  OK(metalab_capture_finish(ended_late));
}

static void finished_at_exit(void) {
  CHECK(atexit(end_late) == 0);
  ended_late = open_one();
  exit(0);
}

static void *emit_for_ever(void *argument) {
  char name[32];
  for (int step = 0;; ++step) {
    snprintf(name, sizeof name, "m%d", step % 100);
    if (metalab_capture_metric_step(argument, name, step, 1.0) != METALAB_OK ||
        metalab_capture_log(argument, METALAB_LEVEL_INFO, "line", 4) != METALAB_OK) {
      break;
    }
  }
  return NULL;
}

static void exits_while_busy(void) {
  metalab_capture_t *c = open_one();
  pthread_t threads[2];
  for (int index = 0; index < 2; ++index) {
    CHECK(pthread_create(&threads[index], NULL, emit_for_ever, c) == 0);
  }
  usleep(50000);
  exit(3);
}

static void faults_while_exiting(void) { *nowhere = 1; }

static void fault_at_exit(void) {
  /* Runs after what notes the status: handlers run in reverse order. */
  CHECK(atexit(faults_while_exiting) == 0);
  open_one();
  exit(0);
}

/* --- A handler of the program's own, from before */

static void say_and_leave(int signal) {
  (void)signal;
  say("handled\n");
  _exit(7);
}

static void handled_and_left(void) {
  install(number("SIGNAL"), say_and_leave, 0);
  open_one();
  raise(number("SIGNAL"));
}

static void say_and_exit(int signal) {
  (void)signal;
  say("handled\n");
  exit(8);
}

static void handled_and_exited(void) {
  install(number("SIGNAL"), say_and_exit, 0);
  open_one();
  raise(number("SIGNAL"));
}

static void say_and_die(int number) {
  say("handled\n");
  signal(number, SIG_DFL);
  raise(number);
}

static void handled_and_died(void) {
  install(SIGSEGV, say_and_die, 0);
  open_one();
  *nowhere = 1;
}

static void say_once(int signal) {
  (void)signal;
  say("handled\n");
}

static void handled_once(void) {
  install(SIGSEGV, say_once, SA_RESETHAND | SA_ONSTACK);
  open_one();
  *nowhere = 1;
}

static char *page;
static volatile sig_atomic_t repaired;

static void repair(int signal, siginfo_t *info, void *context) {
  (void)signal;
  if (context == NULL || (char *)info->si_addr != page) {
    _exit(98);
  }
  ++repaired;
  mprotect(page, 4096, PROT_READ | PROT_WRITE);
}

/* A handler that makes good what was wrong: the process was not killed by that. */
static void handled_and_repaired(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = repair;
  action.sa_flags = SA_SIGINFO;
  CHECK(sigaction(SIGSEGV, &action, NULL) == 0);
  page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(page != MAP_FAILED);
  open_one();
  page[0] = 1;
  CHECK(repaired == 1);
  kill(getpid(), SIGKILL);
}

static sigjmp_buf back;

static void jump(int signal) {
  (void)signal;
  siglongjmp(back, 1);
}

static void handled_by_jump(void) {
  metalab_capture_t *c;
  install(SIGSEGV, jump, 0);
  c = open_one();
  for (volatile int round = 0; round < 3; ++round) {
    if (sigsetjmp(back, 1) == 0) {
      *nowhere = 1;
    }
  }
  end(c);
}

/* --- A handler of the program's own, from after */

static struct sigaction below;

static void say_and_chain(int signal, siginfo_t *info, void *context) {
  say("handled\n");
  if (below.sa_flags & SA_SIGINFO) {
    below.sa_sigaction(signal, info, context);
  } else if (below.sa_handler != SIG_DFL && below.sa_handler != SIG_IGN) {
    below.sa_handler(signal);
  }
}

static void say_and_chain_badly(int signal) {
  say("handled\n");
  /* Called like by a program that has ours from signal(), which knows of no second argument. */
  below.sa_handler(signal);
}

static void put_over(int signal) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = say_and_chain;
  action.sa_flags = SA_SIGINFO;
  CHECK(sigaction(signal, &action, &below) == 0);
}

static void chained_from_above(void) {
  open_one();
  put_over(SIGSEGV);
  *nowhere = 1;
}

static void chained_badly(void) {
  open_one();
  CHECK(sigaction(SIGSEGV, NULL, &below) == 0);
  install(SIGSEGV, say_and_chain_badly, 0);
  *nowhere = 1;
}

/* The handler above calls ours: putting ours above it again would never end. */
static void opened_again_below(void) {
  metalab_capture_t *first = open_asking("first", METALAB_SIGNALS_FATAL | METALAB_SIGNALS_STOP);
  metalab_capture_t *second;
  put_over(SIGSEGV);
  end(first);
  second = open_asking("second", METALAB_SIGNALS_FATAL);
  open_one();
  CHECK(second != NULL);
  *nowhere = 1;
}

static void left_from_above(void) {
  open_one();
  install(SIGSEGV, say_and_leave, 0);
  *nowhere = 1;
}

/* --- What is put back */

#define COUNT 32

static void read_actions(struct sigaction *actions) {
  for (int signal = 1; signal < COUNT; ++signal) {
    sigaction(signal, NULL, &actions[signal]);
    /* SA_RESTORER, which the C library sets on whatever is set through it. */
    actions[signal].sa_flags &= ~0x04000000;
  }
}

static int differences(const struct sigaction *one, const struct sigaction *other) {
  int count = 0;
  for (int signal = 1; signal < COUNT; ++signal) {
    int same = one[signal].sa_handler == other[signal].sa_handler &&
               one[signal].sa_flags == other[signal].sa_flags;
    for (int member = 1; same && member < COUNT; ++member) {
      same = sigismember(&one[signal].sa_mask, member) == sigismember(&other[signal].sa_mask, member);
    }
    count += !same;
  }
  return count;
}

static void nothing(int signal) { (void)signal; }

static void put_back(void) {
  struct sigaction before[COUNT], asked[COUNT], now[COUNT];
  stack_t stack_before, stack_now;
  metalab_capture_t *fatal, *stop, *none, *both;
  install(SIGINT, SIG_DFL, 0);
  install(SIGPIPE, SIG_DFL, 0);
  install(SIGBUS, nothing, SA_NODEFER | SA_RESTART);
  install(SIGUSR1, nothing, 0);
  install(SIGHUP, SIG_IGN, 0);
  install(SIGQUIT, nothing, 0);
  read_actions(before);
  CHECK(sigaltstack(NULL, &stack_before) == 0);
  for (int round = 0; round < 3; ++round) {
    none = open_asking("none", 0);
    read_actions(now);
    CHECK(differences(before, now) == 0);
    fatal = open_asking("fatal", METALAB_SIGNALS_FATAL);
    read_actions(asked);
    /* Six faults, and the others but for SIGHUP, SIGQUIT and SIGUSR1. */
    CHECK(differences(before, asked) == 6 + 12 - 3);
    stop = open_asking("stop", METALAB_SIGNALS_STOP);
    read_actions(now);
    CHECK(differences(asked, now) == 1);
    both = open_asking("both", METALAB_SIGNALS_FATAL | METALAB_SIGNALS_STOP);
    end(stop);
    end(fatal);
    read_actions(now);
    CHECK(differences(before, now) == 6 + 12 - 3 + 1);
    end(both);
    read_actions(now);
    CHECK(differences(before, now) == 0);
    CHECK(sigaltstack(NULL, &stack_now) == 0);
    CHECK(stack_before.ss_flags == stack_now.ss_flags);
    end(none);
  }
}

/* --- Told to stop */

static volatile sig_atomic_t handled;

static void count(int signal) {
  (void)signal;
  ++handled;
}

static void stopped(void) {
  metalab_capture_t *c = open_one();
  int64_t step = 0;
  for (; step < 1000 && !metalab_capture_should_stop(c); ++step) {
    OK(metalab_capture_metric_step(c, "step", step, 1.0));
    if (step == 10) {
      raise(number("SIGNAL"));
    }
  }
  CHECK(step == 11);
  CHECK(metalab_capture_should_stop(c));
  OK(metalab_capture_finish(c));
  CHECK(!metalab_capture_should_stop(c));
  metalab_capture_free(c);
  CHECK(!metalab_capture_should_stop(c));
}

static void stopped_with_handler(void) {
  install(number("SIGNAL"), count, 0);
  stopped();
  CHECK(handled == 1);
  raise(number("SIGNAL"));
  CHECK(handled == 2);
}

/* The first Ctrl-C asks, the second one ends the process. */
static void interrupted_twice(void) {
  /* A shell has what it starts in the background ignore it. */
  install(SIGINT, SIG_DFL, 0);
  metalab_capture_t *c = open_one();
  raise(SIGINT);
  CHECK(metalab_capture_should_stop(c));
  raise(SIGINT);
}

static void stopped_though_ignored(void) {
  install(number("SIGNAL"), SIG_IGN, 0);
  stopped();
  raise(number("SIGNAL"));
}

static void never_asked(void) {
  metalab_capture_t *c = open_asking("run", METALAB_SIGNALS_STOP);
  raise(SIGTERM);
  end(c);
}

static void stopped_and_failed(void) {
  metalab_capture_t *c = open_asking("run", METALAB_SIGNALS_STOP);
  raise(SIGTERM);
  CHECK(metalab_capture_should_stop(c));
  OK(metalab_capture_fail(c, "Diverged", "residual grew", NULL));
  end(c);
}

/* A sweep that was told to stop: its next run is told at once, and others of the process too. */
static void stopped_for_good(void) {
  metalab_capture_t *other = open_asking("other", 0), *c = open_one();
  raise(SIGTERM);
  CHECK(metalab_capture_should_stop(c) && metalab_capture_should_stop(other));
  end(c);
  end(other);
  c = open_asking("next", METALAB_SIGNALS_STOP);
  CHECK(metalab_capture_should_stop(c));
  end(c);
  /* Nobody takes it any more. */
  raise(SIGTERM);
}

static metalab_capture_t *requested;

static void request(int signal) {
  (void)signal;
  if (metalab_capture_request_stop(requested) != METALAB_OK) {
    _exit(97);
  }
}

static void *request_in_thread(void *argument) {
  OK(metalab_capture_request_stop(argument));
  return NULL;
}

static void requests(void) {
  metalab_capture_t *c = open_one(), *other = open_asking("other", 0);
  pthread_t thread;
  CHECK(!metalab_capture_should_stop(c));
  if (number("SIGNAL") != 0) {
    requested = c;
    install(number("SIGNAL"), request, 0);
    raise(number("SIGNAL"));
  } else {
    CHECK(pthread_create(&thread, NULL, request_in_thread, c) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
  }
  CHECK(metalab_capture_should_stop(c));
  CHECK(!metalab_capture_should_stop(other));
  end(c);
  end(other);
}

static void not_open(void) {
  metalab_capture_t *c = open_one();
  double seconds = -5.0;
  CHECK(!metalab_capture_should_stop(NULL));
  CHECK(!metalab_capture_should_stop_at(NULL, 1) && !metalab_capture_should_stop_at(UNTOUCHED, 1));
  CHECK(strstr(metalab_last_error(), "metalab_capture_should_stop_at") != NULL);
  CHECK(!metalab_capture_should_stop(UNTOUCHED));
  CHECK(!metalab_capture_should_stop((void *)&seconds));
  NOTHING(metalab_capture_request_stop(NULL));
  CHECK(metalab_capture_request_stop(UNTOUCHED) == METALAB_ERR_HANDLE);
  NOTHING(metalab_capture_seconds_left(NULL, &seconds));
  FAILS(METALAB_ERR_HANDLE, "capture", metalab_capture_seconds_left(UNTOUCHED, &seconds));
  FAILS(METALAB_ERR_NULL, "seconds_out", metalab_capture_seconds_left(c, NULL));
  CHECK(seconds == -5.0);
  OK(metalab_capture_finish(c));
  CHECK(metalab_capture_request_stop(c) == METALAB_ERR_CLOSED);
  CHECK(!metalab_capture_should_stop(c));
  OK(metalab_capture_seconds_left(c, &seconds));
  CHECK(isinf(seconds));
  metalab_capture_free(c);
  CHECK(metalab_capture_request_stop(c) == METALAB_ERR_CLOSED);
  FAILS(METALAB_ERR_CLOSED, "capture", metalab_capture_seconds_left(c, &seconds));
}

static void wrong_options(void) {
  metalab_options_t *options = options_for("ending:1");
  FAILS(METALAB_ERR_VALUE, "which 8", metalab_options_signals(options, 8));
  FAILS(METALAB_ERR_NULL, "options", metalab_options_signals(NULL, 1));
  FAILS(METALAB_ERR_VALUE, "seconds", metalab_options_stop_before(options, -1.0));
  FAILS(METALAB_ERR_VALUE, "seconds", metalab_options_stop_before(options, (double)NAN));
  FAILS(METALAB_ERR_VALUE, "seconds", metalab_options_stop_before(options, (double)INFINITY));
  FAILS(METALAB_ERR_NULL, "options", metalab_options_stop_before(NULL, 1.0));
  FAILS(METALAB_ERR_NULL, "options", metalab_options_end_time(NULL, 1));
  metalab_options_free(options);
}

/* Time: an option, then the environment, then SLURM. */
static void time_left(void) {
  metalab_options_t *options = options_for("ending:1");
  metalab_capture_t *c = NULL;
  double seconds = 0.0;
  char text[32];
  const int64_t now = (int64_t)time(NULL);
  OK(metalab_options_run_id(options, "run"));
  OK(metalab_capture_open(options, &c));
  OK(metalab_capture_seconds_left(c, &seconds));
  CHECK(isinf(seconds) && seconds > 0.0 && !metalab_capture_should_stop(c));
  end(c);

  setenv("SLURM_JOB_END_TIME", "soon", 1);
  OK(metalab_capture_open(options, &c));
  OK(metalab_capture_seconds_left(c, &seconds));
  CHECK(isinf(seconds));
  end(c);
  snprintf(text, sizeof text, "%lld", (long long)(now + 5000));
  setenv("SLURM_JOB_END_TIME", text, 1);
  OK(metalab_capture_open(options, &c));
  OK(metalab_capture_seconds_left(c, &seconds));
  CHECK(seconds > 4000.0 && seconds <= 5001.0);
  CHECK(!metalab_capture_should_stop(c));
  end(c);

  snprintf(text, sizeof text, "%lld", (long long)(now + 3000));
  setenv("METALAB_END_TIME", text, 1);
  setenv("METALAB_STOP_BEFORE", "60.5", 1);
  OK(metalab_capture_open(options, &c));
  OK(metalab_capture_seconds_left(c, &seconds));
  CHECK(seconds > 2000.0 && seconds <= 3001.0);
  CHECK(!metalab_capture_should_stop(c));
  end(c);
  setenv("METALAB_STOP_BEFORE", "4000", 1);
  OK(metalab_capture_open(options, &c));
  CHECK(metalab_capture_should_stop(c));
  end(c);

  /* Again, for the record: by options. */
  OK(metalab_options_end_time(options, now - 10));
  OK(metalab_options_stop_before(options, 0.0));
  OK(metalab_capture_open(options, &c));
  OK(metalab_capture_seconds_left(c, &seconds));
  CHECK(seconds <= -9.0 && !metalab_capture_should_stop(c));
  end(c);
  OK(metalab_options_end_time(options, 0));
  OK(metalab_options_stop_before(options, 10.0));
  OK(metalab_capture_open(options, &c));
  OK(metalab_capture_seconds_left(c, &seconds));
  CHECK(isinf(seconds) && !metalab_capture_should_stop(c));
  end(c);
  OK(metalab_options_end_time(options, now + 20));
  OK(metalab_options_stop_before(options, 1000.0));
  OK(metalab_capture_open(options, &c));
  CHECK(metalab_capture_should_stop(c));
  end(c);

  setenv("METALAB_END_TIME", "soon", 1);
  metalab_options_free(options);
  options = options_for("ending:1");
  FAILS(METALAB_ERR_VALUE, "METALAB_END_TIME", metalab_capture_open(options, &c));
  unsetenv("METALAB_END_TIME");
  setenv("METALAB_STOP_BEFORE", "-1", 1);
  FAILS(METALAB_ERR_VALUE, "METALAB_STOP_BEFORE", metalab_capture_open(options, &c));
  unsetenv("METALAB_STOP_BEFORE");
  setenv("METALAB_SIGNALS", "fatal, all", 1);
  FAILS(METALAB_ERR_VALUE, "METALAB_SIGNALS", metalab_capture_open(options, &c));
  metalab_options_free(options);
}

/* METALAB_SIGNALS decides: the driver looks at the end. */
static void by_environment(void) {
  metalab_options_t *options = options_for("ending:1");
  metalab_capture_t *c = NULL;
  OK(metalab_options_run_id(options, "run"));
  OK(metalab_capture_open(options, &c));
  metalab_options_free(options);
  raise(SIGTERM);
  CHECK(metalab_capture_should_stop(c));
  *nowhere = 1;
}

static void in_a_runtime(void) {
  struct sigaction before[COUNT], now[COUNT];
  metalab_options_t *options = options_for("ending:1");
  metalab_capture_t *c = UNTOUCHED;
  read_actions(before);
  OK(metalab_options_run_id(options, "run"));
  OK(metalab_options_signals(options, METALAB_SIGNALS_FATAL));
  FAILS(METALAB_ERR_UNSUPPORTED, getenv("RUNTIME"), metalab_capture_open(options, &c));
  CHECK(c == NULL);
  OK(metalab_options_signals(options, 0));
  OK(metalab_capture_open(options, &c));
  end(c);
  metalab_options_free(options);
  setenv("METALAB_SIGNALS", "fatal,stop", 1);
  options = options_for("ending:1");
  OK(metalab_options_run_id(options, "run"));
  OK(metalab_capture_open(options, &c));
  read_actions(now);
  CHECK(differences(before, now) == 0);
  end(c);
  metalab_options_free(options);
}

static void when_disabled(void) {
  struct sigaction before[COUNT], now[COUNT];
  double seconds = 0.0;
  metalab_capture_t *c = NULL;
  read_actions(before);
  setenv("METALAB_DISABLED", "1", 1);
  setenv("METALAB_SIGNALS", "fatal,stop", 1);
  OK(metalab_capture_open(NULL, &c));
  read_actions(now);
  CHECK(differences(before, now) == 0);
  OK(metalab_capture_seconds_left(c, &seconds));
  CHECK(isinf(seconds));
  CHECK(!metalab_capture_should_stop(c));
  OK(metalab_capture_request_stop(c));
  CHECK(metalab_capture_should_stop(c));
  end(c);
}

/* --- Children */

static int wait_for(pid_t child) {
  int status = 0;
  for (int waited = 0; waited < 6000; ++waited) {
    if (waitpid(child, &status, WNOHANG) == child) {
      return status;
    }
    usleep(5000);
  }
  FAIL("the child hangs");
  kill(child, SIGKILL);
  waitpid(child, &status, 0);
  return status;
}

/* A child that has our handlers by fork ends as it would have, and notes nothing for its parent. */
static void child_with_handlers(void) {
  metalab_capture_t *c = open_one(), *own;
  const int signals[3] = {SIGSEGV, SIGTERM, SIGUSR1};
  double seconds;
  for (int index = 0; index < 3; ++index) {
    pid_t child = fork();
    int status;
    if (child == 0) {
      CHECK(!metalab_capture_should_stop(c));
      CHECK(metalab_capture_request_stop(c) == METALAB_ERR_CLOSED);
      FAILS(METALAB_ERR_CLOSED, "fork", metalab_capture_seconds_left(c, &seconds));
      if (failures == 0) {
        raise(signals[index]);
      }
      _exit(1);
    }
    status = wait_for(child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == signals[index]);
    child = fork();
    if (child == 0) {
      /* exit runs what notes the status. */
      exit(5);
    }
    status = wait_for(child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 5);
    child = fork();
    if (child == 0) {
      /* One that opens a run takes part again. */
      own = open_asking("own", METALAB_SIGNALS_STOP);
      CHECK(!metalab_capture_should_stop(own));
      raise(SIGTERM);
      CHECK(metalab_capture_should_stop(own));
      end(own);
      fflush(NULL);
      if (failures == 0) {
        raise(SIGTERM);
      }
      _exit(1);
    }
    status = wait_for(child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
  }
  CHECK(!metalab_capture_should_stop(c));
  fflush(NULL);
  if (failures != 0) {
    _exit(1);
  }
  kill(getpid(), SIGKILL);
}

/* The child goes on when its parent is dead; the driver ends it. */
static void child_outlives(void) {
  int ready[2];
  char byte;
  pid_t child;
  open_one();
  CHECK(pipe(ready) == 0);
  child = fork();
  if (child == 0) {
    char text[32];
    FILE *file;
    close(0), close(1), close(2);
    file = fopen(in_store("child"), "w");
    snprintf(text, sizeof text, "%d\n", (int)getpid());
    if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0 || write(ready[1], "x", 1) != 1) {
      _exit(1);
    }
    sleep(300);
    _exit(0);
  }
  CHECK(read(ready[0], &byte, 1) == 1);
  kill(getpid(), SIGKILL);
}

static void told_by_parent(void) {
  metalab_capture_t *alive = open_asking("alive", 0);
  size_t recovered = 77;
  int status;
  pid_t child, killed;
  child = fork();
  if (child == 0) {
    open_asking("exited", 0);
    _exit(3);
  }
  status = wait_for(child);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 3);
  killed = fork();
  if (killed == 0) {
    metalab_capture_t *c = open_asking("killed", METALAB_SIGNALS_STOP);
    raise(SIGTERM);
    CHECK(metalab_capture_should_stop(c));
    kill(getpid(), SIGKILL);
  }
  FAILS(METALAB_ERR_VALUE, "wait_status", metalab_recover_child(store, NULL, NULL, killed, 0x137f, &recovered));
  FAILS(METALAB_ERR_NOT_FOUND, "not-there",
        metalab_recover_child(in_store("not-there"), NULL, NULL, killed, 0, &recovered));
  CHECK(recovered == 77);
  /* Opening "killed" may have recovered "exited", beside the solver, without its parent's word. */
  OK(metalab_recover_child(store, "ending:1", NULL, killed, wait_for(killed), &recovered));
  CHECK(recovered == 1);
  OK(metalab_recover_child(store, NULL, NULL, killed, SIGKILL, &recovered));
  CHECK(recovered == 0);
  OK(metalab_recover_child(store, NULL, NULL, 1, SIGKILL, NULL));
  end(alive);
}

static void told_of_exit(void) {
  size_t recovered = 77;
  pid_t child = fork();
  if (child == 0) {
    open_asking("run", 0);
    _exit(3);
  }
  OK(metalab_recover_child(store, NULL, NULL, child, wait_for(child), &recovered));
  CHECK(recovered == 1);
}

static void *open_and_raise(void *argument) {
  (void)argument;
  return open_asking("in-thread", METALAB_SIGNALS_FATAL);
}

/* The thread that opened the run has gone, with its alternate stack. */
static void opened_in_thread(void) {
  pthread_t thread;
  void *first, *second;
  CHECK(pthread_create(&thread, NULL, open_and_raise, NULL) == 0);
  CHECK(pthread_join(thread, &first) == 0);
  second = open_one();
  end(first);
  CHECK(second != NULL);
  *nowhere = 1;
}

/* More runs than fit in the table's first part. */
static void many_runs(void) {
  metalab_capture_t *runs[40];
  char run_id[32];
  for (int round = 0; round < 2; ++round) {
    for (int index = 0; index < 40; ++index) {
      snprintf(run_id, sizeof run_id, "many%d", index);
      runs[index] = open_asking(run_id, METALAB_SIGNALS_FATAL);
    }
    OK(metalab_capture_request_stop(runs[39]));
    for (int index = 0; index < 40; ++index) {
      CHECK(metalab_capture_should_stop(runs[index]) == (index == 39));
      if (round == 0) {
        end(runs[index]);
      }
    }
  }
  *nowhere = 1;
}

/* Signals all the time while runs come and go. */
static volatile int go_on = 1;

static void *signal_all_the_time(void *argument) {
  (void)argument;
  while (go_on) {
    kill(getpid(), SIGTERM);
    usleep(20);
  }
  return NULL;
}

static void signals_beside_runs(void) {
  metalab_capture_t *keeps;
  pthread_t thread;
  install(SIGTERM, count, 0);
  keeps = open_asking("keeps", METALAB_SIGNALS_STOP | METALAB_SIGNALS_FATAL);
  CHECK(pthread_create(&thread, NULL, signal_all_the_time, NULL) == 0);
  for (int round = 0; round < 60; ++round) {
    metalab_capture_t *c = open_asking("comes", METALAB_SIGNALS_STOP | METALAB_SIGNALS_FATAL);
    OK(metalab_capture_metric(c, "round", round));
    end(c);
  }
  go_on = 0;
  CHECK(pthread_join(thread, NULL) == 0);
  end(keeps);
  CHECK(handled > 0);
}

static void errno_is_kept(void) {
  open_one();
  errno = 1234;
  raise(SIGTERM);
  CHECK(errno == 1234);
}

static const struct test_case cases[] = {
    {"raised", raised},
    {"sent", sent},
    {"fault", fault},
    {"aborted", aborted},
    {"thread_fault", thread_fault},
    {"stack_overflow", stack_overflow},
    {"killed", killed},
    {"killed_after_stop", killed_after_stop},
    {"failed_then_killed", failed_then_killed},
    {"exits", exits},
    {"returns", returns},
    {"leaves", leaves},
    {"finished_at_exit", finished_at_exit},
    {"exits_while_busy", exits_while_busy},
    {"fault_at_exit", fault_at_exit},
    {"handled_and_left", handled_and_left},
    {"handled_and_exited", handled_and_exited},
    {"handled_and_died", handled_and_died},
    {"handled_once", handled_once},
    {"handled_and_repaired", handled_and_repaired},
    {"handled_by_jump", handled_by_jump},
    {"chained_from_above", chained_from_above},
    {"chained_badly", chained_badly},
    {"opened_again_below", opened_again_below},
    {"left_from_above", left_from_above},
    {"put_back", put_back},
    {"stopped", stopped},
    {"stopped_with_handler", stopped_with_handler},
    {"stopped_though_ignored", stopped_though_ignored},
    {"never_asked", never_asked},
    {"stopped_and_failed", stopped_and_failed},
    {"stopped_for_good", stopped_for_good},
    {"requests", requests},
    {"not_open", not_open},
    {"wrong_options", wrong_options},
    {"time_left", time_left},
    {"by_environment", by_environment},
    {"in_a_runtime", in_a_runtime},
    {"when_disabled", when_disabled},
    {"child_with_handlers", child_with_handlers},
    {"child_outlives", child_outlives},
    {"told_by_parent", told_by_parent},
    {"told_of_exit", told_of_exit},
    {"opened_in_thread", opened_in_thread},
    {"many_runs", many_runs},
    {"signals_beside_runs", signals_beside_runs},
    {"interrupted_twice", interrupted_twice},
    {"errno_is_kept", errno_is_kept},
};
MAIN(cases)
