/* Arrays that are written every so many steps. */
#include "check.h"

#include <sys/wait.h>
#include <unistd.h>

enum { COUNT = 1000 };

static const uint64_t shape[2] = {40, COUNT / 40};

static metalab_snapshots_t *declare(metalab_capture_t *c, const char *name) {
  metalab_snapshots_t *snapshots = NULL;
  OK(metalab_capture_snapshots(c, name, METALAB_DTYPE_FLOAT64, METALAB_ORDER_C, 2, shape, NULL, &snapshots));
  CHECK(snapshots != NULL);
  return snapshots;
}

/* Computes one and leaves it open; every element is zero at first. */
static metalab_mapping_t *compute(metalab_snapshots_t *snapshots, int64_t step, double first) {
  metalab_mapping_t *mapping = NULL;
  void *data = NULL;
  OK(metalab_snapshots_begin(snapshots, step, &mapping, &data));
  CHECK(mapping != NULL && data != NULL && ((uintptr_t)data & 63) == 0);
  for (int index = 0; index < COUNT && data != NULL; ++index) {
    CHECK(((double *)data)[index] == 0.0);
    ((double *)data)[index] = first + index;
  }
  return mapping;
}

/* More than are made ahead, of two fields whose files have one size. */
static void many(void) {
  metalab_capture_t *c = open_run("snapshots:1", "many");
  metalab_snapshots_t *u = declare(c, "u"), *v = declare(c, "v");
  for (int step = 0; step < 200; ++step) {
    OK(metalab_mapping_seal(compute(u, step, step)));
    metalab_mapping_t *open = compute(v, step, -step);
    if (step % 10 == 3) {
      OK(metalab_mapping_abandon(open));
    } else {
      OK(metalab_mapping_seal(open));
    }
  }
  OK(metalab_capture_flush(c, METALAB_FLUSH_VISIBLE));
  CHECK(count_in("snapshots_1/artifacts/many/_manifest.json", "\"snapshot_of\": \"u\"") == 200);
  CHECK(count_in("snapshots_1/artifacts/many/_manifest.json", "\"snapshot_of\": \"v\"") == 180);
  OK(metalab_capture_finish(c));
  metalab_snapshots_free(u);
  metalab_capture_free(c);
  metalab_snapshots_free(v);
}

static void one_step_twice(void) {
  metalab_capture_t *c = open_run("snapshots:1", "twice");
  metalab_snapshots_t *u = declare(c, "u");
  OK(metalab_mapping_seal(compute(u, 7, 1.0)));
  OK(metalab_mapping_seal(compute(u, 7, 2.0)));
  /* The one that is sealed later stays, whichever was begun first. */
  metalab_mapping_t *later = compute(u, 8, 3.0), *earlier = compute(u, 8, 4.0);
  OK(metalab_mapping_set_metadata(later, "{\"later\": true}"));
  OK(metalab_mapping_seal(earlier));
  OK(metalab_mapping_seal(later));
  metalab_mapping_t *left = compute(u, 9, 5.0);
  metalab_snapshots_free(u);
  OK(metalab_mapping_set_metadata(left, "{\"step\": 10}"));
  OK(metalab_capture_finish(c));
  metalab_capture_free(c);
  FAILS(METALAB_ERR_CLOSED, "", metalab_mapping_seal(left));
}

static void ends(void) {
  metalab_capture_t *c = open_run("snapshots:1", "ends");
  metalab_snapshots_t *u = declare(c, "u"), *v = declare(c, "v");
  metalab_mapping_t *mapping = UNTOUCHED;
  void *data = UNTOUCHED;
  metalab_mapping_t *begun = compute(v, 1, 1.0);
  FAILS(METALAB_ERR_NULL, "mapping_out", metalab_snapshots_begin(u, 1, NULL, &data));
  FAILS(METALAB_ERR_NULL, "data_out", metalab_snapshots_begin(u, 1, &mapping, NULL));
  FAILS(METALAB_ERR_HANDLE, "snapshots", metalab_snapshots_begin((metalab_snapshots_t *)begun, 1, &mapping, &data));
  FAILS(METALAB_ERR_HANDLE, "snapshots", metalab_snapshots_begin(UNTOUCHED, 1, &mapping, &data));
  metalab_snapshots_free(v);
  metalab_snapshots_free(v);
  FAILS(METALAB_ERR_CLOSED, "snapshots", metalab_snapshots_begin(v, 1, &mapping, &data));
  OK(metalab_mapping_seal(begun));
  OK(metalab_capture_finish(c));
  FAILS(METALAB_ERR_CLOSED, "closed", metalab_snapshots_begin(u, 2, &mapping, &data));
  metalab_snapshots_t *late = UNTOUCHED;
  FAILS(METALAB_ERR_CLOSED, "closed",
        metalab_capture_snapshots(c, "w", METALAB_DTYPE_INT8, METALAB_ORDER_C, 2, shape, NULL, &late));
  metalab_capture_free(c);
  FAILS(METALAB_ERR_CLOSED, "", metalab_snapshots_begin(u, 2, &mapping, &data));
  metalab_snapshots_free(u);
  CHECK(mapping == UNTOUCHED && data == UNTOUCHED && late == UNTOUCHED);
}

static void forked(void) {
  metalab_capture_t *c = open_run("snapshots:1", "parent");
  metalab_snapshots_t *u = declare(c, "u");
  metalab_mapping_t *open = compute(u, 1, 1.0);
  pid_t child = fork();
  if (child == 0) {
    metalab_mapping_t *mapping = UNTOUCHED;
    void *data = UNTOUCHED;
    FAILS(METALAB_ERR_CLOSED, "fork", metalab_snapshots_begin(u, 2, &mapping, &data));
    CHECK(mapping == UNTOUCHED && data == UNTOUCHED);
    metalab_snapshots_free(u);
    metalab_capture_free(c);
    metalab_capture_t *own = open_run("snapshots:1", "child");
    metalab_snapshots_t *v = declare(own, "v");
    OK(metalab_mapping_seal(compute(v, 2, 2.0)));
    metalab_capture_free(own);
    metalab_snapshots_free(v);
    _exit(failures == 0 ? 0 : 1);
  }
  int status = 1;
  CHECK(child > 0 && waitpid(child, &status, 0) == child && status == 0);
  OK(metalab_mapping_seal(open));
  OK(metalab_mapping_seal(compute(u, 2, 2.0)));
  metalab_snapshots_free(u);
  OK(metalab_capture_finish(c));
  metalab_capture_free(c);
}

static const struct test_case cases[] = {
    {"many", many},
    {"one_step_twice", one_step_twice},
    {"ends", ends},
    {"forked", forked},
};
MAIN(cases)
