// The run of the program, for libraries that it uses.
#ifndef METALAB_CURRENT_HPP
#define METALAB_CURRENT_HPP

#include "capture.hpp"

#include <utility>

namespace metalab {
inline namespace METALAB_ABI {

/// Makes `run` the current run, into which libraries emit through `with_current`, until it ends.
template <class Policy>
typename Policy::result set_current(const basic_capture<Policy>& run) noexcept(Policy::is_quiet) {
  return Policy::settle(metalab_capture_set_current(run.handle()));
}

/// Calls `body(run)` with the current run of the program as a quiet capture, whose calls do nothing if
/// there is no current run. The run belongs to the program: `body` must not finish or keep it.
///
///     metalab::with_current([&](auto& run) { run.metric("krylov/iterations", count, step); });
///
/// Returns what `body` returns.
template <class Body>
decltype(auto) with_current(Body&& body) {
  struct lent {
    quiet_capture run = quiet_capture::adopt(metalab_capture_current());
    lent() = default;
    lent(const lent&) = delete;
    lent& operator=(const lent&) = delete;
    ~lent() { run.release(); }
  } current;
  return std::forward<Body>(body)(current.run);
}

}  // namespace METALAB_ABI
}  // namespace metalab

#endif
