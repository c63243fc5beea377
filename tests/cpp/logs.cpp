// Log lines: by level, by logger, and out of std::cout.
#include "check.hpp"

#include <iostream>
#include <sstream>
#include <thread>
#include <vector>

namespace {

void test_tee(metalab::capture& run) {
  std::ostringstream shown;
  std::ostream& screen = shown;
  std::streambuf* const own = screen.rdbuf();
  {
    const metalab::tee copy(run, screen, metalab::level::warning);
    screen << "teed " << 1 << '\n' << "second\r\nthird" << std::flush;
    std::vector<std::thread> threads;
    for (int i = 0; i != 4; ++i) {
      threads.emplace_back([&] { screen.rdbuf()->sputn("\nfrom a thread", 14); });
    }
    for (std::thread& thread : threads) {
      thread.join();
    }
    CHECK(screen.rdbuf() != own);
  }
  CHECK(screen.rdbuf() == own);
  screen << "\nnot logged\n";
  CHECK(contains(shown.str(), "teed 1\nsecond\r\nthird\nfrom a thread\nfrom a thread"));
  CHECK(contains(shown.str(), "not logged"));

  metalab::log_streambuf only_log(run.handle(), metalab::level::debug);
  std::ostream log(&only_log);
  log << "a line of " << 2 << " parts\n" << "unended";
}

void test_tee_of_other_encodings(metalab::capture& run) {
  std::ostringstream screen;
  const metalab::tee copy(run, screen);
  screen << "temp\xE9rature 300 K\n"
         << "\xE2\x82\xAC \xF0\x9F\x8C\x80 \xC3\n"
         << "\xC0\xAF \xED\xA0\x80 \xF4\x90\x80\x80 \xE2\x82|\n";
  // Cut at 65536, in the middle of a character.
  screen << std::string(65535, 'x') << "\xC3\xA9 the rest\n";
  screen << std::string(65536, 'y') << "\n";
  screen << std::string(65530, 'z') + "\xE2\x82\xAC\xF0\x9F\x8C\x80 the rest\n";
}

void test_utf8() {
  std::string room;
  CHECK(metalab::detail::as_utf8("", room).empty());
  // Of every length and at both ends of what each first byte allows.
  for (const char* const sound : {"\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
                                  "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    CHECK(metalab::detail::as_utf8(sound, room).data() == sound);
  }
  CHECK(metalab::detail::as_utf8("\xFF", room) == "\\xff");
  CHECK(metalab::detail::as_utf8("a\xE0\x9F\xBF", room) == "a\\xe0\\x9f\\xbf");
  CHECK(metalab::detail::as_utf8("\xF0\x8F\xBF\xBF" "b", room) == "\\xf0\\x8f\\xbf\\xbfb");
}

}  // namespace

void test_logs(const std::string& store) {
  metalab::capture run(options_for(store, "logs"));
  run.log(metalab::level::info, "by level");
  run.debug("fine {}");
  run.info(std::string("as a string"));
  run.warning("careful");
  run.error("wrong");
  run.critical("very wrong");

  CHECK(!metalab::log_enabled("solver.newton", metalab::level::info));
  run.subscribe("solver", metalab::level::info);
  CHECK(metalab::log_enabled("solver.newton", metalab::level::info));
  CHECK(!metalab::log_enabled("solver.newton", metalab::level::debug));
  CHECK(metalab::log("solver.newton", metalab::level::info, "converged") == metalab::status::ok);
  CHECK(metalab::log("solver", metalab::level::debug, "too fine") == metalab::status::ok);
  CHECK(metalab::log("other", metalab::level::error, "not subscribed") == metalab::status::ok);
  run.unsubscribe("solver");
  CHECK(!metalab::log_enabled("solver", metalab::level::critical));
  CHECK(metalab::log("solver", metalab::level::error, "after unsubscribing") == metalab::status::ok);

  test_tee(run);
  test_utf8();
  test_tee_of_other_encodings(run);

#if defined(METALAB_FORMAT_NAMESPACE)
  run.info("formatted {:.2f} {}", 1.0 / 3.0, "text");
  run.log(metalab::level::error, "formatted {} at length {}", std::string(600, 'x'), 7);
#else
  run.info("formatted 0.33 text");
  run.error("formatted " + std::string(600, 'x') + " at length 7");
#endif
  run.finish();

  // A tee does not mind that the run is over.
  std::ostringstream screen;
  const metalab::tee late(run, screen);
  screen << "late\n";
  CHECK(screen.good() && screen.str() == "late\n");
}
