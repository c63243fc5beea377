// A log line of 60 characters, against copying it with the time into a mapped file, spdlog with a
// flush after every line (what loses nothing when the program is killed), and spdlog's asynchronous
// logger (what does). usage: log DIRECTORY
#include "bench.h"
#include "floor.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <spdlog/async.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/spdlog.h>

namespace {

// Short loops, so that few of them are interrupted.
constexpr int many = 20000;
constexpr int few = 1000;
constexpr int repetitions = 41;
constexpr int timed_alone = 500000;
constexpr std::string_view line = "step 000123: residual 1.234567e-09 after 17 of 40 iterations";
static_assert(line.size() == 60);

metalab_capture_t* run;
floor_file copies;
std::shared_ptr<spdlog::logger> flushed, queued;

struct captured {
  static constexpr int lines = many;
  static bool emit() { return metalab_capture_log(run, METALAB_LEVEL_INFO, line.data(), line.size()) == METALAB_OK; }
  static void settle() { must(metalab_capture_flush(run, METALAB_FLUSH_VISIBLE), "flush"); }
};
struct copied {
  static constexpr int lines = many;
  static bool emit() { return floor_line(&copies, line.data(), line.size()); }
  static void settle() { floor_rewind(&copies); }
};
struct spdlog_flushed {
  static constexpr int lines = few;
  static bool emit() { return flushed->info(line), true; }
  static void settle() {}
};
struct spdlog_queued {
  static constexpr int lines = many;
  static bool emit() { return queued->info(line), true; }
  // A flush only joins the queue; the pool is empty when its thread has gone.
  static void settle() { queued->flush(); }
};

template <class Case>
double time_lines() {
  bool good = true;
  const double begin = seconds();
  for (int k = 0; k < Case::lines; ++k) good &= Case::emit();
  const double end = seconds();
  if (!good) die("log", "a call failed");
  Case::settle();
  usleep(20000);
  return 1e9 * (end - begin) / Case::lines;
}

template <class Case>
void time_each(std::vector<std::uint64_t>& each) {
  bool good = true;
  for (auto& taken : each) {
    const std::uint64_t from = ticks();
    good &= Case::emit();
    taken = ticks() - from;
  }
  if (!good) die("log", "a call failed");
  Case::settle();
  usleep(20000);
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 2) die("usage", "log DIRECTORY");
  const std::string directory = argv[1];
  run = open_run(argv[1], 2);
  // The same words in every line as ours has.
  const char* const pattern = "%Y-%m-%d %H:%M:%S [%-7l] [%n] %v";
  flushed = spdlog::basic_logger_mt("flushed", directory + "/flushed.log", true);
  flushed->set_pattern(pattern);
  flushed->flush_on(spdlog::level::trace);
  spdlog::init_thread_pool(8192, 1);
  queued = spdlog::basic_logger_mt<spdlog::async_factory>("queued", directory + "/queued.log", true);
  queued->set_pattern(pattern);
  copies = floor_open(argv[1], "log.floor", timed_alone * floor_line_size(line.size()));
  captured::emit();
  pin(0);

  constexpr int cases = 4;
  double values[cases][repetitions];
  for (int k = -1; k < repetitions; ++k) {
    const double taken[] = {time_lines<captured>(), time_lines<copied>(), time_lines<spdlog_flushed>(),
                            time_lines<spdlog_queued>()};
    for (int which = 0; k >= 0 && which < cases; ++which) values[which][k] = taken[which];
  }
  const double tick = nanoseconds_per_tick();
  const std::uint64_t empty = empty_ticks();
  std::vector<std::uint64_t> each(timed_alone);
  const auto tell = [&](const char* name, int which) {
    report_calls("log_60_characters", name, values[which], repetitions, each.data(), each.size(), empty, tick);
  };
  time_each<captured>(each);
  tell("metalab", 0);
  time_each<copied>(each);
  tell("floor_copy_and_coarse_clock", 1);
  time_each<spdlog_flushed>(each);
  tell("spdlog_flush_each_line", 2);
  time_each<spdlog_queued>(each);
  tell("spdlog_async", 3);
  spdlog::shutdown();
  close_run(run);
  return 0;
} catch (const std::exception& problem) {
  die("log", problem.what());
}
