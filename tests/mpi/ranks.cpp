// An MPI program whose ranks are one run. Usage: ranks STORE [all|alone]; in the first case rank 2
// is killed and the job with it, in the second the others go on without it.
#include <mpi.h>

#include <metalab.hpp>

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

int main(int argc, char** argv) {
  if (argc < 2) {
    return 2;
  }
  const std::string mode = argc > 2 ? argv[2] : "";
  MPI_Init(&argc, &argv);
  int rank = 0;
  int size = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  {
    // The same in every rank, and nothing about ranks: the launcher says it.
    metalab::capture run(metalab::options().store(argv[1]).experiment("mpi:1").param("n", 64).code_hash(""));
    if (run.rank() != rank || run.size() != size) {
      return 3;
    }
    run.reduce("residual");
    auto residual = run.series("residual", "K");
    run.metric("share", 64 / size);
    run.info("rank " + std::to_string(rank) + " computes");
    for (std::int64_t step = 0; step < 100; ++step) {
      residual(step, static_cast<double>(step * 10 + rank));
      if (mode == "" && step % 10 == 0) {
        MPI_Barrier(MPI_COMM_WORLD);
      }
      if (rank == 2 && step == 50 && mode != "") {
        run.map<double>("half", {4})[0] = 2.5;
        std::raise(SIGKILL);
      }
    }
    if (mode == "all") {
      // Waits for rank 2, in vain, as a solver would: the launcher ends the job.
      MPI_Barrier(MPI_COMM_WORLD);
    }
    run.artifact("field", std::vector<double>{rank + 0.5, 1.0});
    run.metric("steps", 100);
    run.finish();
  }
  if (mode == "alone") {
    // Finalizing would wait for the dead.
    std::_Exit(0);
  }
  MPI_Finalize();
  return 0;
}
