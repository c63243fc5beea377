/* The library that is found is of the version of its header, and captures a run. */
#include <metalab.h>
#include <stdio.h>
#include <string.h>

int main(void) {
  metalab_capture_t *run = NULL;
  if (strcmp(metalab_version(), METALAB_VERSION) != 0 || metalab_capture_open(NULL, &run) != METALAB_OK) {
    fprintf(stderr, "libmetalab %s: %s\n", metalab_version(), metalab_last_error());
    return 1;
  }
  return metalab_capture_finish(run) == METALAB_OK ? 0 : 1;
}
