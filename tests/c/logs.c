/* Log lines, loggers, and what the process itself prints. */
#include "check.h"

#include <unistd.h>

static void levels(void) {
  metalab_capture_t *c = open_run("logs:1", "levels");
  OK(metalab_capture_log(c, METALAB_LEVEL_DEBUG, "at debug", METALAB_NUL));
  OK(metalab_capture_log(c, METALAB_LEVEL_INFO, "at info, cut here", 7));
  OK(metalab_capture_log(c, METALAB_LEVEL_WARNING, "at warning", METALAB_NUL));
  OK(metalab_capture_log(c, METALAB_LEVEL_ERROR, "at error", METALAB_NUL));
  OK(metalab_capture_log(c, METALAB_LEVEL_CRITICAL, "at critical", METALAB_NUL));
  OK(metalab_capture_log(c, METALAB_LEVEL_INFO, "two\nlines", METALAB_NUL));
  OK(metalab_capture_log(c, METALAB_LEVEL_INFO, "%s %d %n \xe2\x9c\x93", METALAB_NUL));
  OK(metalab_capture_finish(c));
  metalab_capture_free(c);
}

/* Composed as by printf, also where the text is longer than what the stack has for it. */
static void formatted(void) {
  metalab_capture_t *c = open_run("logs:1", "printf");
  char text[2000];
  memset(text, 'x', sizeof text - 1);
  text[sizeof text - 1] = 0;
  OK(metalab_capture_logf(c, METALAB_LEVEL_INFO, "residual %.2e at step %d, 100 %%", 0.00125, 7));
  OK(metalab_capture_logf(c, METALAB_LEVEL_ERROR, "%s|%s", text, "end"));
  CHECK(metalab_capture_logf(c, (metalab_level_t)77, "%d", 1) == METALAB_ERR_VALUE);
  CHECK(metalab_capture_logf(NULL, METALAB_LEVEL_INFO, "%d", 1) == METALAB_NO_CAPTURE);
  OK(metalab_capture_finish(c));
  CHECK(metalab_capture_logf(c, METALAB_LEVEL_INFO, "%d", 1) == METALAB_ERR_CLOSED);
  metalab_capture_free(c);
}

static void long_lines(void) {
  metalab_capture_t *c = open_run("logs:1", "long");
  size_t size = 100 << 10;
  char *text = malloc(size + 1);
  CHECK(text != NULL);
  for (size_t index = 0; index < size; ++index) {
    text[index] = (char)('a' + index % 23);
  }
  text[size] = 0;
  OK(metalab_capture_log(c, METALAB_LEVEL_INFO, "before", METALAB_NUL));
  OK(metalab_capture_log(c, METALAB_LEVEL_INFO, text, METALAB_NUL));
  OK(metalab_capture_log(c, METALAB_LEVEL_ERROR, text, size));
  /* Characters of three bytes, so that some lie across the pieces in which a long line travels. */
  for (size_t index = 0; index + 3 <= size; index += 3) {
    memcpy(text + index, "\xe2\x9c\x93", 3);
  }
  OK(metalab_capture_log(c, METALAB_LEVEL_INFO, text, size / 3 * 3));
  OK(metalab_capture_log(c, METALAB_LEVEL_INFO, "after", METALAB_NUL));
  OK(metalab_capture_finish(c));
  metalab_capture_free(c);
  free(text);
}

static void loggers(void) {
  metalab_capture_t *one = open_run("logs:1", "one"), *two = open_run("logs:1", "two");
  CHECK(!metalab_log_enabled("lib", METALAB_LEVEL_CRITICAL));
  OK(metalab_log("lib", METALAB_LEVEL_CRITICAL, "nobody listens", METALAB_NUL));

  OK(metalab_capture_subscribe(one, "lib", METALAB_LEVEL_INFO));
  OK(metalab_capture_subscribe(two, "lib.solver", METALAB_LEVEL_DEBUG));
  CHECK(metalab_log_enabled("lib", METALAB_LEVEL_INFO));
  CHECK(!metalab_log_enabled("lib", METALAB_LEVEL_DEBUG));
  CHECK(metalab_log_enabled("lib.solver", METALAB_LEVEL_DEBUG));
  CHECK(!metalab_log_enabled("library", METALAB_LEVEL_CRITICAL));
  CHECK(!metalab_log_enabled("li", METALAB_LEVEL_CRITICAL));
  OK(metalab_log("lib", METALAB_LEVEL_INFO, "lib info", METALAB_NUL));
  OK(metalab_log("lib", METALAB_LEVEL_DEBUG, "lib debug", METALAB_NUL));
  OK(metalab_log("lib.solver", METALAB_LEVEL_DEBUG, "solver debug", METALAB_NUL));
  OK(metalab_log("lib.solver.inner", METALAB_LEVEL_ERROR, "inner error, cut", 11));
  OK(metalab_log("library", METALAB_LEVEL_CRITICAL, "another library", METALAB_NUL));

  /* Twice in the hierarchy is once in the log. */
  OK(metalab_capture_subscribe(one, "lib.solver", METALAB_LEVEL_DEBUG));
  OK(metalab_log("lib.solver", METALAB_LEVEL_WARNING, "only once", METALAB_NUL));
  /* Again, with another level. */
  OK(metalab_capture_subscribe(one, "lib.solver", METALAB_LEVEL_ERROR));
  OK(metalab_capture_subscribe(one, "lib", METALAB_LEVEL_ERROR));
  OK(metalab_log("lib.solver", METALAB_LEVEL_WARNING, "below the new level", METALAB_NUL));

  OK(metalab_capture_unsubscribe(one, "lib"));
  OK(metalab_capture_unsubscribe(one, "lib"));
  OK(metalab_capture_unsubscribe(one, "never"));
  OK(metalab_log("lib", METALAB_LEVEL_CRITICAL, "unsubscribed", METALAB_NUL));

  OK(metalab_capture_subscribe(one, "", METALAB_LEVEL_WARNING));
  OK(metalab_log("anything.at.all", METALAB_LEVEL_WARNING, "everything", METALAB_NUL));
  OK(metalab_log("", METALAB_LEVEL_WARNING, "of the root", METALAB_NUL));
  OK(metalab_capture_finish(one));
  CHECK(!metalab_log_enabled("anything.at.all", METALAB_LEVEL_CRITICAL));
  OK(metalab_log("lib.solver", METALAB_LEVEL_INFO, "one has ended", METALAB_NUL));
  metalab_capture_free(one);
  metalab_capture_free(two);
  CHECK(!metalab_log_enabled("lib.solver", METALAB_LEVEL_CRITICAL));
}

/* An error reaches the file at once, not at the next flush. */
static void errors_at_once(void) {
  metalab_options_t *options = options_for("logs:1");
  metalab_capture_t *c = NULL;
  int waited = 0;
  OK(metalab_options_run_id(options, "urgent"));
  OK(metalab_options_flush_interval(options, 600.0));
  OK(metalab_capture_open(options, &c));
  metalab_options_free(options);
  usleep(300000);
  OK(metalab_capture_log(c, METALAB_LEVEL_ERROR, "urgent", METALAB_NUL));
  while (count_in("logs_1/logs/urgent_run.log", "urgent\n") < 1 && ++waited < 2000) {
    usleep(5000);
  }
  CHECK(waited < 2000);
  OK(metalab_capture_finish(c));
  metalab_capture_free(c);
}

static void printed(void) {
  metalab_capture_t *c = open_run("logs:1", "printed"), *other = open_run("logs:1", "other");
  printf("before\n");
  fflush(stdout);
  OK(metalab_capture_stdio(c, METALAB_STDOUT | METALAB_STDERR));
  FAILS(METALAB_ERR_BUSY, "", metalab_capture_stdio(other, METALAB_STDOUT));
  FAILS(METALAB_ERR_BUSY, "", metalab_capture_stdio(c, METALAB_STDERR));
  printf("to stdout\n");
  fflush(stdout);
  fprintf(stderr, "to stderr\n");
  CHECK(write(STDOUT_FILENO, "by write\n", 9) == 9);
  CHECK(system("echo from a child; echo child error >&2") == 0);
  CHECK(write(STDOUT_FILENO, "10%\r50%\r100%\n", 13) == 13);
  CHECK(write(STDOUT_FILENO, "no newline", 10) == 10);
  OK(metalab_capture_stdio_end(c));
  printf("\nafter\n");
  fflush(stdout);
  OK(metalab_capture_stdio_end(c));
  OK(metalab_capture_stdio(other, METALAB_STDOUT));
  printf("for the other\n");
  fflush(stdout);
  OK(metalab_capture_finish(other));
  printf("at the end\n");
  fflush(stdout);
  OK(metalab_capture_finish(c));
  metalab_capture_free(c);
  metalab_capture_free(other);
}

static const struct test_case cases[] = {
    {"levels", levels},   {"formatted", formatted}, {"long_lines", long_lines}, {"loggers", loggers},
    {"printed", printed}, {"errors_at_once", errors_at_once},
};
MAIN(cases)
