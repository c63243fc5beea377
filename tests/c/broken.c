/* Defects on purpose, which a checker has to find within the library; otherwise it checks nothing. */
#include "check.h"

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

static const struct test_case cases[] = {
    {"use_after_free", use_after_free},
    {"beyond_the_end", beyond_the_end},
    {"leak", leak},
};
MAIN(cases)
