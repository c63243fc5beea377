/* A bar of metal that cools, in MPI, whose processes stop at the same step when one of them is told to: by
 * SIGTERM, as a scheduler sends it, perhaps to a few of them only. Each process exchanges the ends of its
 * part with its neighbours in every step, so that one that left the loop alone would leave them waiting.
 *
 * mpicc stop_together.c -o stop_together -lmetalab
 * usage: mpirun -n 4 stop_together STORE agreed|allreduce [RANK STEP]
 *   agreed      the processes agree through the run: no call of MPI more than without
 *   allreduce   they agree through MPI, for codes that have a reduction in each step anyway
 *   RANK STEP   for trying it: this process sends itself SIGTERM at that step */
#include <inttypes.h>
#include <metalab.h>
#include <mpi.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { POINTS = 1000, MOST_STEPS = 100000000 };

static void exchange(double *bar, int left, int right) {
  MPI_Sendrecv(&bar[1], 1, MPI_DOUBLE, left, 0, &bar[POINTS + 1], 1, MPI_DOUBLE, right, 0, MPI_COMM_WORLD,
               MPI_STATUS_IGNORE);
  MPI_Sendrecv(&bar[POINTS], 1, MPI_DOUBLE, right, 1, &bar[0], 1, MPI_DOUBLE, left, 1, MPI_COMM_WORLD,
               MPI_STATUS_IGNORE);
}

static void cool(double *bar, double *next) {
  for (int k = 1; k <= POINTS; ++k) next[k] = bar[k] + 0.25 * (bar[k - 1] - 2.0 * bar[k] + bar[k + 1]);
  memcpy(&bar[1], &next[1], POINTS * sizeof *bar);
}

/* Returns true if any process is told to stop: the same answer in all of them. */
static bool any_should_stop(const metalab_capture_t *run) {
  int stop = metalab_capture_should_stop(run);
  MPI_Allreduce(MPI_IN_PLACE, &stop, 1, MPI_INT, MPI_LOR, MPI_COMM_WORLD);
  return stop != 0;
}

int main(int argc, char **argv) {
  MPI_Init(&argc, &argv);
  int rank = 0, size = 1;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  if (argc < 3) {
    fprintf(stderr, "usage: %s STORE agreed|allreduce [RANK STEP]\n", argv[0]);
    MPI_Abort(MPI_COMM_WORLD, 2);
  }
  const bool is_agreed = strcmp(argv[2], "agreed") == 0;
  const int told = argc > 4 ? atoi(argv[3]) : -1;
  const int64_t told_at = argc > 4 ? atoll(argv[4]) : 0;

  metalab_options_t *options = NULL;
  metalab_capture_t *run = NULL;
  metalab_options_new(&options);
  metalab_options_store(options, argv[1]);
  metalab_options_experiment(options, "bar:1");
  metalab_options_signals(options, METALAB_SIGNALS_STOP);
  if (metalab_capture_open(options, &run) != METALAB_OK) fprintf(stderr, "%s\n", metalab_last_error());
  metalab_options_free(options);

  const int left = rank > 0 ? rank - 1 : MPI_PROC_NULL, right = rank + 1 < size ? rank + 1 : MPI_PROC_NULL;
  static double bar[POINTS + 2], next[POINTS + 2];
  for (int k = 1; k <= POINTS; ++k) bar[k] = 1.0;
  int64_t step = 0;
  for (; step < MOST_STEPS; ++step) {
    if (rank == told && step == told_at) raise(SIGTERM);
    if (is_agreed ? metalab_capture_should_stop_at(run, step) : any_should_stop(run)) break;
    exchange(bar, left, right);
    cool(bar, next);
  }
  /* Here the state is written, from which the next job goes on. */
  metalab_capture_metric_i64(run, "steps", step);
  metalab_capture_finish(run);
  metalab_capture_free(run);
  printf("rank %d stopped before step %" PRId64 "\n", rank, step);
  MPI_Finalize();
  return 0;
}
