// An exception that leaves metalab::run and that nobody catches: the run has ended before the program does.
#include "check.hpp"

#include <stdexcept>

int main(int, char** argv) {
  metalab::run(options_for(argv[1], "uncaught:1"), [](metalab::capture& run) {
    run.metric("steps", 3);
    throw std::domain_error("negative volume");
  });
}
