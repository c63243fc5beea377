// An MPI program that ends in each way that a program can, on four ranks. Usage: deaths STORE WAY, where WAY is
// a row of the table in docs/how-to/mpi.md.
#include <mpi.h>

#include <metalab.hpp>

#include <fenv.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <new>
#include <stdexcept>
#include <string>

namespace {

constexpr std::int64_t steps = 10;
constexpr std::int64_t last = 5;

/// Ends rank `rank` after step `last`, as `way` says; returns where the others go on.
void end(const std::string& way, int rank, metalab::capture& run) {
  if (way == "exception" && rank == 2) {
    throw std::runtime_error("the mesh is tangled");
  }
  if (way == "out of memory" && rank == 1) {
    const rlimit none{0, 0};
    setrlimit(RLIMIT_AS, &none);
    volatile char* all = static_cast<char*>(::operator new(std::size_t{1} << 40));
    all[0] = 1;
  }
  if (way == "fail, MPI_Abort" && rank == 3) {
    run.fail("NegativeVolume", "element 17 has a negative volume, code 3");
    MPI_Abort(MPI_COMM_WORLD, 3);
  }
  if (way == "MPI_Abort" && rank == 1) {
    std::cerr << "the time step is 0" << std::endl;
    MPI_Abort(MPI_COMM_WORLD, 3);
  }
  if (way == "exit" && rank == 2) {
    std::exit(2);
  }
  if (way == "_exit" && rank == 2) {
    _exit(4);
  }
  if (way == "SIGSEGV" && rank == 1) {
    volatile int* nothing = nullptr;
    *nothing = 1;
  }
  if (way == "abort" && rank == 3) {
    std::abort();
  }
  if (way == "division by 0" && rank == 3) {
    feenableexcept(FE_DIVBYZERO);
    volatile double zero = 0;
    volatile double infinite = 1 / zero;
    (void)infinite;
  }
  if (way == "SIGKILL" && rank == 2) {
    raise(SIGKILL);
  }
  if (way == "SIGTERM" && rank == 2) {
    raise(SIGTERM);
  }
  if (way == "SIGTERM to mpirun" && rank == 0) {
    kill(getppid(), SIGTERM);
  }
  if (way == "the owner alone" && rank == 0) {
    raise(SIGKILL);
  }
  if (way == "a worker alone" && rank == 2) {
    raise(SIGKILL);
  }
  if (way == "cancel" && rank == 1) {
    run.cancel("not needed any more");
  }
  if (way == "stop" && rank == 2) {
    run.request_stop();
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    return 2;
  }
  const std::string way = argv[2];
  MPI_Init(&argc, &argv);
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  const bool alone = way == "the owner alone" || way == "a worker alone";
  {
    metalab::capture run(metalab::options()
                             .store(argv[1])
                             .experiment("mpi:1")
                             .code_hash("")
                             .handle_signals(metalab::signal_set::fatal));
    run.capture_stdio(metalab::stdio::err);
    // All are in the run before the first one dies.
    MPI_Barrier(MPI_COMM_WORLD);
    std::int64_t step = 0;
    for (; step < steps || way == "stop"; ++step) {
      if (run.should_stop_at(step)) {
        break;
      }
      run.metric("x", step, step);
      if (step == last) {
        end(way, rank, run);
      }
      if (!alone) {
        MPI_Barrier(MPI_COMM_WORLD);
      }
    }
    // The launcher ends the others while they wait.
    if (way == "SIGTERM to mpirun") {
      sleep(60);
    }
    if (way == "no end") {
      MPI_Finalize();
      std::exit(0);
    }
    run.finish();
  }
  if (alone) {
    // Finalizing would wait for the dead.
    std::_Exit(0);
  }
  MPI_Finalize();
  return 0;
}
