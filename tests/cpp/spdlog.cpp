// spdlog's messages in runs' logs, and log lines composed with {fmt}: a program of its own, because
// it needs both libraries.
#define METALAB_USE_FMT
#include "check.hpp"

#include <metalab/spdlog_sink.hpp>
#include <spdlog/spdlog.h>

#include <memory>
#include <thread>
#include <vector>

int main(int count, char** arguments) {
  if (count != 2) {
    std::fprintf(stderr, "usage: %s STORE\n", arguments[0]);
    return 2;
  }
  metalab::capture run(options_for(arguments[1], "spdlog"));

  const auto direct = std::make_shared<metalab::spdlog_sink_mt>(run);
  spdlog::logger named("solver", direct);
  named.set_level(spdlog::level::trace);
  named.set_pattern("patterns have no effect: %v");
  named.trace("as fine as trace");
  named.debug("fine");
  named.info("step {} of {}", 1, 2);
  named.warn("careful");
  named.error("wrong");
  named.critical("very wrong");
  named.info("temp\xE9rature");
  std::vector<std::thread> threads;
  for (int i = 0; i != 4; ++i) {
    threads.emplace_back([&] { named.info("from a thread"); });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  named.flush();
  CHECK(direct->status() == metalab::status::ok);
  spdlog::logger("", std::make_shared<metalab::spdlog_sink_st>(run)).info("without a name");

  run.subscribe("newton", metalab::level::info);
  spdlog::logger subscribed("newton.inner", std::make_shared<metalab::spdlog_sink_st>());
  subscribed.set_level(spdlog::level::trace);
  subscribed.debug("too fine");
  subscribed.info("to who subscribed");

  run.info("formatted {:.2f} {}", 1.0 / 3.0, "text");
  run.log(metalab::level::error, "formatted {} at length {}", std::string(600, 'x'), 7);
  run.debug("braces {} are text where nothing is to be formatted");
  metalab::quiet_capture calm(std::move(run));
  CHECK(calm.warning("quietly {}", 1) == metalab::status::ok);
  CHECK(calm.finish() == metalab::status::ok);

  named.info("after the end");
  CHECK(direct->status() == metalab::status::closed);
  return failures == 0 ? 0 : 1;
}
