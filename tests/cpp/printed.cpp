// The text in the buffers of std::cout and std::clog after sync_with_stdio(false) belongs to the run that captures it.
#include "check.hpp"

#include <cstdlib>
#include <iostream>

int main(int, char** argv) {
  std::ios::sync_with_stdio(false);
  const std::string how = argv[2];
  {
    metalab::capture run(options_for(argv[1], "printed:1"));
    std::cout << "before\n";
    run.capture_stdio();
    std::cout << "in the run\n";
    std::clog << "clog\n";
    if (how == "exit") {
      std::exit(0);
    }
    if (how == "finish") {
      run.finish();
    }
  }
  std::cout << "after\n";
}
