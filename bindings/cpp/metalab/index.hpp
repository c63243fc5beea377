// The PostgreSQL index of a store.
#ifndef METALAB_INDEX_HPP
#define METALAB_INDEX_HPP

#include "text.hpp"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <type_traits>
#include <utility>

namespace metalab {
inline namespace METALAB_ABI {
namespace detail {

// Passes progress from the C interface, which no exception may cross, to the caller.
template <class Progress>
struct told {
  explicit told(Progress progress) : tell(std::move(progress)) {}

  Progress tell;
#if defined(__cpp_exceptions)
  std::exception_ptr thrown;
#endif

  bool goes_on(std::size_t done, std::size_t total) {
    if constexpr (std::is_void_v<std::invoke_result_t<Progress&, std::size_t, std::size_t>>) {
      tell(done, total);
      return true;
    } else {
      return static_cast<bool>(tell(done, total));
    }
  }

  static std::int32_t call(void* user, std::size_t done, std::size_t total) {
    auto& self = *static_cast<told*>(user);
#if defined(__cpp_exceptions)
    try {
      return self.goes_on(done, total) ? 0 : 1;
    } catch (...) {
      self.thrown = std::current_exception();
      return 1;
    }
#else
    return self.goes_on(done, total) ? 0 : 1;
#endif
  }
};

}  // namespace detail

/// Rebuilds the index of a store from its files; see metalab_index_rebuild.
///
/// Without a locator, the environment names the store; without an experiment (`name:version`), all are
/// indexed. `progress(done, total)` is called from time to time with numbers of runs. If it returns
/// `false`, the work stops (`status::stopped`); an exception from it stops the work and is rethrown.
/// Returns the number of runs in the index, or throws `metalab::error`; as `index_rebuild<metalab::quiet>`
/// it returns a `metalab::outcome`. Any thread, any process.
template <class Policy = detail::default_policy, class Progress>
typename Policy::template value<std::size_t> index_rebuild(text locator, text experiment, Progress progress) {
  std::size_t runs = 0;
  detail::told<Progress> told(std::move(progress));
  const detail::attempt answer = detail::try_call(
      [&](const char* l, const char* e) {
        return metalab_index_rebuild(l, e, &detail::told<Progress>::call, &told, &runs);
      },
      detail::c_string(locator), detail::c_string(experiment));
#if defined(__cpp_exceptions)
  if (told.thrown) {
    std::rethrow_exception(told.thrown);
  }
#endif
  return Policy::template give<std::size_t>(runs, answer);
}

/// Rebuilds the index as above, without a progress callback.
template <class Policy = detail::default_policy>
typename Policy::template value<std::size_t> index_rebuild(text locator = {}, text experiment = {}) {
  return index_rebuild<Policy>(locator, experiment, [](std::size_t, std::size_t) {});
}

}  // inline namespace
}  // namespace metalab

#endif
