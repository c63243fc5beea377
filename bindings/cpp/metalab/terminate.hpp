// Exceptions that nobody catches, as a run's error.
#ifndef METALAB_TERMINATE_HPP
#define METALAB_TERMINATE_HPP

#include "capture.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#if defined(__cpp_exceptions)
namespace metalab {
inline namespace METALAB_ABI {
namespace detail {

// The runs that std::terminate is to fail. Never destroyed: terminate may come after main.
class terminations {
 public:
  static terminations& instance() {
    static terminations* const one = new terminations;
    return *one;
  }

  void add(metalab_capture_t* run) {
    const std::lock_guard<std::mutex> hold(lock_);
    if (runs_.empty() && std::get_terminate() != handle) {
      previous_.store(std::set_terminate(handle));
    }
    runs_.push_back(run);
  }

  void remove(metalab_capture_t* run) noexcept {
    const std::lock_guard<std::mutex> hold(lock_);
    const auto found = std::find(runs_.begin(), runs_.end(), run);
    if (found != runs_.end()) {
      runs_.erase(found);
    }
    // A handler that came later stays, and may call ours.
    if (runs_.empty() && std::get_terminate() == handle) {
      std::set_terminate(previous_.load());
    }
  }

 private:
  [[noreturn]] static void handle() {
    terminations& all = instance();
    // A failure in here calls this handler again.
    if (!all.entered_.exchange(true)) {
      all.fail_runs();
    }
    // A handler that came over ours, and under that of a later guard, may call ours.
    static thread_local bool is_passed_on = false;
    const std::terminate_handler previous = all.previous_.load();
    if (previous != nullptr && previous != handle && !is_passed_on) {
      is_passed_on = true;
      previous();
    }
    std::abort();
  }

  void fail_runs() {
    failure what{"std::terminate", "std::terminate was called without an exception", {}};
    if (std::current_exception() != nullptr) {
      what = describe_current_exception();
      what.traceback = "nobody caught it: std::terminate" + (what.traceback.empty() ? "" : "\n" + what.traceback);
    }
    // Whoever holds the lock may be what was terminated.
    for (int tries = 0; tries != 1000; ++tries) {
      const std::unique_lock<std::mutex> hold(lock_, std::try_to_lock);
      if (hold.owns_lock()) {
        for (metalab_capture_t* const run : runs_) {
          ignore(metalab_capture_fail(run, what.type.c_str(), what.message.c_str(),
                                      what.traceback.empty() ? nullptr : what.traceback.c_str()));
        }
        return;
      }
      std::this_thread::yield();
    }
  }

  std::mutex lock_;
  std::vector<metalab_capture_t*> runs_;
  std::atomic<std::terminate_handler> previous_{nullptr};
  std::atomic<bool> entered_{false};
};

}  // namespace detail

/// While it lives, an exception that nobody catches, and any other `std::terminate`, becomes the
/// run's error, with its type and `what()`; then the program's own terminate handler is called. The
/// run is recovered later, as after any death.
///
///     metalab::capture run(options);
///     const metalab::terminate_guard guard(run);
///
/// Best in `main`, right after the run. The handler is the process's, put in place by the first guard
/// and taken away by the last, unless another has come over it. Any thread.
class terminate_guard {
 public:
  template <class Policy>
  explicit terminate_guard(const basic_capture<Policy>& run) : run_(run.handle()) {
    if (run_ != nullptr) {
      detail::terminations::instance().add(run_);
    }
  }
  ~terminate_guard() {
    if (run_ != nullptr) {
      detail::terminations::instance().remove(run_);
    }
  }
  terminate_guard(const terminate_guard&) = delete;
  terminate_guard& operator=(const terminate_guard&) = delete;

 private:
  metalab_capture_t* run_;
};

}  // inline namespace
}  // namespace metalab
#endif

#endif
