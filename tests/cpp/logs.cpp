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
