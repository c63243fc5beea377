// Byte streams, std::ostream into an artifact, files.
#include "check.hpp"

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <utility>

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

  const std::filesystem::path original = std::filesystem::path(store) / "original.dat";
  std::ofstream(original) << "content";
  run.file("copied", original);
  CHECK(std::filesystem::exists(original));
  run.file("linked", original, metalab::file_mode::link, "restart", {{"step", 3}});
  run.file("moved", original, metalab::file_mode::move);
  CHECK(!std::filesystem::exists(original));
  run.finish();
}
