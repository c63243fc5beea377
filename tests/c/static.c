/*
 * A static program whose locator names a PostgreSQL server: its files are what they would be with the index.
 */
#include "check.h"

#include <unistd.h>

int main(void) {
  metalab_options_t *options = NULL;
  metalab_capture_t *run = NULL;
  char *health = NULL;
  OK(metalab_options_new(&options));
  OK(metalab_options_experiment(options, "static:1"));
  OK(metalab_options_run_id(options, "run"));
  OK(metalab_capture_open(options, &run));
  metalab_options_free(options);
  OK(metalab_capture_metric(run, "m", 1));
  OK(metalab_capture_flush(run, METALAB_FLUSH_VISIBLE));
  for (int wait = 0; wait < 1000; ++wait) {
    metalab_string_free(health);
    OK(metalab_capture_health_json(run, &health));
    if (strstr(health, "client library") != NULL) break;
    usleep(10000);
  }
  puts(health);
  metalab_string_free(health);
  OK(metalab_capture_finish(run));
  metalab_capture_free(run);
  return failures != 0;
}
