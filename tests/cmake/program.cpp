// The same in C++.
#include <metalab.hpp>

#include <cstdio>
#include <exception>

int main(int count, char** arguments) {
  if (count != 2) {
    return 2;
  }
  try {
    metalab::options what;
    what.store(arguments[1]).experiment("consumer_cpp:1");
    metalab::run(what, [](metalab::capture& run) { run.metric("answer", 42.0); });
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "%s\n", failure.what());
    return 1;
  }
  return 0;
}
