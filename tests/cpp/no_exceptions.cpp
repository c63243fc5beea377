// The quiet form in a program without exceptions and without type information.
#include <metalab.hpp>

#include <cstdio>
#include <stdexcept>

#if defined(__cpp_exceptions) || defined(__cpp_rtti)
#error "to be compiled with -fno-exceptions -fno-rtti"
#endif

int main(int count, char** arguments) {
  if (count != 2) {
    std::fprintf(stderr, "usage: %s STORE\n", arguments[0]);
    return 2;
  }
  metalab::options what;
  what.store(arguments[1]).experiment("no_exceptions");
  const bool opened = metalab::run(what, [](metalab::quiet_capture& run) {
    run.metric("answer", 42);
    auto field = run.map<double>("field", {2, 2});
    field(1, 1) = 1.0;
    run.snapshots<double>("fields", {2}).begin(1)[1] = 1.0;
    run.fail(std::runtime_error("told"));
  });
  const bool refused = metalab::fingerprint("{").status == metalab::status::json;
  return opened && refused ? 0 : 1;
}
