/* Defects on purpose, which a checker has to find within the library; otherwise it checks nothing. */
#include "check.h"

#include <pthread.h>

/* Compilers see through the plain calls. */
static void (*volatile release)(void *) = free;

static void use_after_free(void) {
  metalab_capture_t *c = open_run("broken:1", "freed");
  char *text = malloc(64);
  CHECK(text != NULL);
  memset(text, 'x', 64);
  release(text);
  (void)!metalab_capture_log(c, METALAB_LEVEL_INFO, text, 64);
  metalab_capture_free(c);
}

static void beyond_the_end(void) {
  metalab_capture_t *c = open_run("broken:1", "beyond");
  char *bytes = malloc(64);
  CHECK(bytes != NULL);
  memset(bytes, 'x', 64);
  (void)!metalab_capture_artifact_bytes(c, "a", bytes, 65, "k", "f", NULL);
  release(bytes);
  metalab_capture_free(c);
}

static void leak(void) {
  metalab_capture_t *c = open_run("broken:1", "leak");
  char *text = NULL;
  for (int index = 0; index < 20; ++index) {
    OK(metalab_capture_metrics_json(c, &text));
  }
  text = NULL;
  metalab_capture_free(c);
}

static char raced[64];
static int is_read;

static void *write_over(void *argument) {
  (void)argument;
  for (unsigned round = 0; !__atomic_load_n(&is_read, __ATOMIC_RELAXED); ++round) {
    /* Not by memset, which a compiler may put in place without telling the sanitizer. */
    raced[round % 64] = (char)('a' + round % 26);
  }
  return NULL;
}

/* A text that another thread writes while the library reads it. */
static void race(void) {
  metalab_capture_t *c = open_run("broken:1", "race");
  pthread_t writer;
  CHECK(pthread_create(&writer, NULL, write_over, NULL) == 0);
  for (int round = 0; round < 1000; ++round) {
    OK(metalab_capture_log(c, METALAB_LEVEL_INFO, raced, sizeof raced));
  }
  __atomic_store_n(&is_read, 1, __ATOMIC_RELAXED);
  CHECK(pthread_join(writer, NULL) == 0);
  metalab_capture_free(c);
}

static const struct test_case cases[] = {
    {"use_after_free", use_after_free},
    {"beyond_the_end", beyond_the_end},
    {"leak", leak},
    {"race", race},
};
MAIN(cases)
