// Runs whose handles are destroyed after main: that ends them, while a thread still emits. The store
// is METALAB_STORE's.
#include <metalab.hpp>

#include <atomic>
#include <cstdlib>
#include <string>
#include <thread>

namespace {

metalab::options run_of(const char* run_id) { return metalab::options{}.experiment("globals:1").run_id(run_id); }

metalab::quiet_capture early(run_of("early"));
metalab::quiet_capture late;

// Destroyed before the two above.
struct emits_at_the_end {
  ~emits_at_the_end() {
    early.metric("after main", true);
    late.metric("after main", true);
    late.info("from a destructor");
  }
} last_words;

thread_local metalab::quiet_capture of_thread;

// Emits in the destructor of a thread's local, where ours may be gone already.
struct emits_with_its_thread {
  ~emits_with_its_thread() {
    early.metric("with the thread", true);
    late.metric("with the thread", true);
  }
};
thread_local emits_with_its_thread with_thread;

std::atomic<bool> busy{false};

void use_locals(const char* run_id) {
  static_cast<void>(&with_thread);
  of_thread = metalab::quiet_capture(run_of(run_id));
  of_thread.metric("answer", 42);
}

}  // namespace

int main(int count, char** arguments) {
  late = metalab::quiet_capture(run_of("late"));
  std::thread(use_locals, "thread").join();
  use_locals("main-thread");
  std::thread([] {
    const auto series = late.series("busy");
    for (std::int64_t step = 0; series(step, 1.0) == metalab::status::ok; ++step) {
      late.info("busy");
      busy = true;
    }
  }).detach();
  while (!busy) {
    std::this_thread::yield();
  }
  if (count > 1 && std::string(arguments[1]) == "exit") {
    std::exit(0);
  }
  return 0;
}
