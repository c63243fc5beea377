/* The least that a C program does with the library: one run with one metric, in the store that is
 * its first argument. */
#include <metalab.h>
#include <stdio.h>

static int succeeded(metalab_status_t status) {
  if (status != METALAB_OK) {
    fprintf(stderr, "%s: %s\n", metalab_status_name(status), metalab_last_error());
  }
  return status == METALAB_OK;
}

int main(int count, char **arguments) {
  metalab_options_t *options = NULL;
  metalab_capture_t *capture = NULL;
  int ok = count == 2 && succeeded(metalab_options_new(&options)) &&
           succeeded(metalab_options_store(options, arguments[1])) &&
           succeeded(metalab_options_experiment(options, "consumer_c:1")) &&
           succeeded(metalab_capture_open(options, &capture)) &&
           succeeded(metalab_capture_metric(capture, "answer", 42.0)) &&
           succeeded(metalab_capture_finish(capture));
  metalab_options_free(options);
  metalab_capture_free(capture);
  return ok ? 0 : 1;
}
