// Byte streams, std::ostream into an artifact, files.
#include "check.hpp"

#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <utility>

namespace {

// While it lives, files grow to 64 KiB and no further, as if the disk were full then.
class small_files {
 public:
  small_files() {
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit small = before_;
    small.rlim_cur = 65536;
    setrlimit(RLIMIT_FSIZE, &small);
  }
  ~small_files() { setrlimit(RLIMIT_FSIZE, &before_); }
  small_files(const small_files&) = delete;
  small_files& operator=(const small_files&) = delete;

 private:
  rlimit before_{};
};

void test_lost_writes(metalab::capture& run) {
  const auto terminated = std::signal(SIGXFSZ, SIG_IGN);
  const std::string large(100000, '#');

  metalab::ostream holed(run.stream("holed", "text", "txt"));
  holed << "kept";
  {
    const small_files limit;
    for (int i = 0; i != 10000; ++i) {
      holed << "ten bytes\n";
    }
  }
  CHECK(holed.bad());
  CHECK_THROWS(metalab::status::full, holed.seal());
  CHECK_THROWS(metalab::status::closed, holed.seal());

  metalab::byte_stream bytes = run.stream("holed_bytes", "text", "txt");
  {
    const small_files limit;
    CHECK_THROWS(metalab::status::full, bytes.write(large));
  }
  bytes.write("after the hole");
  metalab::byte_stream moved = std::move(bytes);
  CHECK_THROWS(metalab::status::full, moved.seal());
  CHECK(contains(metalab::last_error(), "incomplete"));
  std::signal(SIGXFSZ, terminated);
}

}  // namespace

void test_streams(const std::string& store) {
  metalab::capture run(options_for(store, "streams"));

  metalab::byte_stream bytes = run.stream("bytes", "mesh", "bin", {{"parts", 2}});
  CHECK(bytes && bytes.status() == metalab::status::ok);
  bytes.write("one,");
  metalab::byte_stream moved = std::move(bytes);
  moved.write("two", 3);
  moved.set_metadata({{"order", "left"}});
  moved.seal();
  CHECK_THROWS(metalab::status::closed, moved.write("three"));

  {
    metalab::ostream table(run.stream("table", "text", "csv"));
    table << "x,y\n";
    for (int i = 0; i != 2000; ++i) {
      table << i << ',' << 2 * i << '\n';
    }
    const std::string large(20000, '#');
    table << large << std::flush;
    CHECK(table.good());
    // Sealed here.
  }
  metalab::ostream sealed(run.stream("sealed", "text", "txt"));
  sealed << "words";
  sealed.seal();
  sealed << "after the seal" << std::flush;
  CHECK(sealed.bad());

  metalab::ostream given_up(run.stream("given_up", "text", "txt"));
  given_up << "words";
  given_up.abandon();

  try {
    metalab::ostream half_made(run.stream("half_made", "text", "txt"));
    half_made << "first line\n";
    throw std::runtime_error("in the middle");
  } catch (const std::runtime_error&) {
  }

  test_lost_writes(run);

  const std::filesystem::path original = std::filesystem::path(store) / "original.dat";
  std::ofstream(original) << "content";
  run.file("copied", original);
  CHECK(std::filesystem::exists(original));
  run.file("linked", original, metalab::file_mode::link, "restart", {{"step", 3}});
  run.file("moved", original, metalab::file_mode::move);
  CHECK(!std::filesystem::exists(original));
  run.finish();
}
