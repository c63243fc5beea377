// A run with an index, and the index made anew, in C++. usage: rebuild LOCATOR
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <metalab.hpp>
#include <stdexcept>

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  {
    using namespace std::chrono_literals;
    metalab::capture run(metalab::options().store(argv[1]).experiment("rebuild:1.0").code_hash("").index_wait(60s));
    run.metric("nan", std::nan(""));
    run.finish();
  }
  std::size_t told = 0;
  const std::size_t runs = metalab::index_rebuild(argv[1], {}, [&](std::size_t, std::size_t) { ++told; });
  std::printf("rebuilt %zu, told %zu times\n", runs, told);
  try {
    metalab::index_rebuild(argv[1], "rebuild:1.0", [](std::size_t, std::size_t) { return false; });
  } catch (const metalab::error& error) {
    std::printf("%s\n", metalab_status_name(error.code().value()));
  }
  const auto goes_on = [](std::size_t, std::size_t) { return true; };
  const auto quiet = metalab::index_rebuild<metalab::quiet>(argv[1], {}, goes_on);
  std::printf("%zu again\n", quiet.status == metalab::status::ok ? quiet.value : 0);
  try {
    metalab::index_rebuild(argv[1], {}, [](std::size_t, std::size_t) { throw std::runtime_error("mine"); });
  } catch (const std::runtime_error& error) {
    std::printf("%s\n", error.what());
  }
}
