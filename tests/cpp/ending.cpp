// How runs are told to stop, and how processes end: the latter in children.
#include "check.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace {

metalab::options ending_options(const std::string& store, const std::string& run_id) {
  return options_for(store, "ending").run_id(run_id);
}

void test_should_stop(const std::string& store) {
  using std::chrono::seconds;
  metalab::capture run(ending_options(store, "requested"));
  CHECK(!run.should_stop());
  CHECK(run.seconds_left() > 1e9);
  run.request_stop();
  CHECK(run.should_stop());
  run.finish();
  CHECK(!run.should_stop_at(1) && contains(metalab::last_error(), "metalab_capture_should_stop_at"));
  metalab::capture stepped(ending_options(store, "stepped"));
  CHECK(!stepped.should_stop_at(0));
  stepped.request_stop();
  CHECK(stepped.should_stop_at(1) && stepped.should_stop_at(2));
  stepped.finish();
  CHECK_THROWS(metalab::status::closed, run.request_stop());

  const auto soon = std::chrono::system_clock::now() + seconds(100);
  metalab::quiet_capture timed(ending_options(store, "timed").end_time(soon).stop_before(seconds(1000)));
  CHECK(timed.should_stop());
  CHECK(*timed.seconds_left() > 50.0 && *timed.seconds_left() < 101.0);
  CHECK(timed.finish() == metalab::status::ok);
  CHECK(timed.request_stop() == metalab::status::closed);
  CHECK(contains(metalab::last_error(), "has ended"));

  metalab::quiet_capture signalled(ending_options(store, "signalled").handle_signals(metalab::signal_set::both));
  CHECK(!signalled.should_stop());
  std::raise(SIGUSR1);
  CHECK(signalled.should_stop());

  CHECK_THROWS(metalab::status::value, metalab::capture{ending_options(store, "x").stop_before(seconds(-1))});
  metalab::quiet_capture nothing;
  CHECK(!nothing.should_stop() && !nothing.should_stop_at(3) && nothing.request_stop() == metalab::status::no_capture);
  CHECK(nothing.seconds_left().status == metalab::status::no_capture);
}

// Has `body` run in a child, and says how that ended.
template <class Body>
int in_child(const Body& body, pid_t& child) {
  child = fork();
  if (child == 0) {
    body();
    _exit(50);
  }
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  return status;
}

std::string record_of(const std::string& store, const std::string& run_id) {
  const std::ifstream file(store + "/ending_1/runs/" + run_id + ".json");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

[[noreturn]] void leave_by_number() { _exit(42); }

std::terminate_handler came_before = nullptr;
[[noreturn]] void pass_on() {
  came_before();
  std::abort();
}

void fail_at(int step) {
  if (step > 0) {
    throw std::domain_error("from a destructor");
  }
}

struct throws_in_its_destructor {
  int step;
  ~throws_in_its_destructor() noexcept { fail_at(step); }
};

void test_terminate(const std::string& store) {
  pid_t child = 0;
  const auto recovered = [&](int status) {
    CHECK(metalab::recover_child(child, status, store, "ending:1") == 1);
  };
  // The program's own handler has the last word.
  int status = in_child(
      [&] {
        std::set_terminate(leave_by_number);
        metalab::capture run(ending_options(store, "thrown"));
        const metalab::terminate_guard guard(run);
        std::thread([] {
          try {
            throw std::runtime_error("inner");
          } catch (...) {
            std::throw_with_nested(std::logic_error("nobody catches this"));
          }
        }).join();
      },
      child);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 42);
  recovered(status);
  std::string record = record_of(store, "thrown");
  CHECK(contains(record, "\"std::logic_error\"") && contains(record, "\"nobody catches this\""));
  CHECK(contains(record, "nobody caught it: std::terminate\\ncaused by std::runtime_error: inner"));
  CHECK(contains(record, "exited with status 42 without finishing the run"));

  // Without one it is an abort.
  status = in_child(
      [&] {
        close(STDERR_FILENO);
        metalab::quiet_capture run(ending_options(store, "destructor").handle_signals(metalab::signal_set::fatal));
        const metalab::terminate_guard guard(run);
        const throws_in_its_destructor thrown{7};
      },
      child);
  CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
  recovered(status);
  record = record_of(store, "destructor");
  CHECK(contains(record, "\"std::domain_error\"") && contains(record, "aborted (SIGABRT)"));

  status = in_child(
      [&] {
        std::set_terminate(leave_by_number);
        metalab::quiet_capture run(ending_options(store, "terminated"));
        const metalab::terminate_guard guard(run);
        std::terminate();
      },
      child);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 42);
  recovered(status);
  CHECK(contains(record_of(store, "terminated"), "std::terminate was called without an exception"));

  // A handler that calls ours, and over which a later guard has put ours again.
  status = in_child(
      [&] {
        alarm(20);
        close(STDERR_FILENO);
        metalab::quiet_capture run(ending_options(store, "between"));
        {
          const metalab::terminate_guard guard(run);
          came_before = std::set_terminate(pass_on);
        }
        const metalab::terminate_guard guard(run);
        std::terminate();
      },
      child);
  CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
  recovered(status);
  CHECK(contains(record_of(store, "between"), "std::terminate was called without an exception"));

  // A handler that was set over ours stays; with the last guard ours goes.
  const std::terminate_handler before = std::get_terminate();
  metalab::capture run(ending_options(store, "guarded"));
  {
    const metalab::terminate_guard guard(run), second(run);
    CHECK(std::get_terminate() != before);
  }
  CHECK(std::get_terminate() == before);
  {
    const metalab::terminate_guard guard(run);
    std::set_terminate(leave_by_number);
  }
  CHECK(std::get_terminate() == leave_by_number);
  std::set_terminate(before);
  const metalab::terminate_guard of_nothing{metalab::quiet_capture()};
}

}  // namespace

void test_ending(const std::string& store) {
  test_terminate(store);
  // Last: a signal to stop is for good.
  test_should_stop(store);
}
