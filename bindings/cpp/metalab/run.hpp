// A run around a function.
#ifndef METALAB_RUN_HPP
#define METALAB_RUN_HPP

#include "capture.hpp"

#include <optional>
#include <type_traits>
#include <utility>

namespace metalab {
inline namespace METALAB_ABI {
namespace detail {

template <class Policy, class Body>
auto call_body(basic_capture<Policy>& run, Body&& body) {
  using answer_type = decltype(std::forward<Body>(body)(run));
  if constexpr (std::is_void_v<answer_type>) {
    std::forward<Body>(body)(run);
    run.finish();
    return true;
  } else {
    std::optional<std::decay_t<answer_type>> answer(std::forward<Body>(body)(run));
    run.finish();
    return answer;
  }
}

}  // namespace detail

/// Opens a run, calls `body(run)`, and finishes:
///
///     metalab::run(options, [&](metalab::capture& run) { solve(run); });
///
/// An exception that leaves the body is written into the run as its error, with type, message and
/// nested exceptions, and goes on to the caller. Returns what the body returns, as an
/// optional, or with `true` where that is nothing; with nothing, or `false`, where the run is
/// skipped. `run<metalab::quiet>` gives the body a quiet capture, and calls it also where the run
/// could not be opened.
template <class Policy = detail::default_policy, class Body>
auto run(const options& what, Body&& body) {
  basic_capture<Policy> opened(what);
  using answer_type = decltype(detail::call_body(opened, std::forward<Body>(body)));
  if (opened.skipped()) {
    return answer_type();
  }
#if defined(__cpp_exceptions)
  try {
    return detail::call_body(opened, std::forward<Body>(body));
  } catch (...) {
    basic_capture<quiet> failing(std::move(opened));
    failing.fail(describe_current_exception());
    // Now: where nobody catches the exception, the program ends without destructors.
    failing.finish();
    throw;
  }
#else
  return detail::call_body(opened, std::forward<Body>(body));
#endif
}

}  // inline namespace
}  // namespace metalab

#endif
