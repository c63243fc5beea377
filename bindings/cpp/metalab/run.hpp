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
/// An exception that leaves the body becomes the run's error, with type, message and nested exceptions, and
/// is rethrown. Returns the result of the body as an optional, which is empty if the run is skipped; for a
/// body that returns void, `true`, or `false` if the run is skipped. `run<metalab::quiet>` passes a quiet
/// capture to the body, and also calls it if the run could not be opened.
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
