// Runs whose process died.
#ifndef METALAB_RECOVER_HPP
#define METALAB_RECOVER_HPP

#include "text.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

namespace metalab {
inline namespace METALAB_ABI {

/// Recovers the runs of a store whose process died: what they had emitted goes into the store, and they end
/// as failed. Running runs are left alone. Opening a run does the same for its experiment.
///
/// Without a locator, the environment names the store; without an experiment (`name:version`), all are
/// examined; without a journal, the default directory is used. Returns how many runs were recovered, or
/// throws `metalab::error`; as `recover<metalab::quiet>` it returns a `metalab::outcome`. If runs were left
/// alone because of their host, `last_error` lists these hosts. Any thread, any process, also several at once.
template <class Policy = detail::default_policy>
typename Policy::template value<std::size_t> recover(text locator = {}, text experiment = {},
                                                     const std::filesystem::path& journal = {}) {
  std::size_t recovered = 0;
  detail::refusal = nullptr;  // the core has the last word: what it left alone or set aside
  const std::string directory = journal.string();
  const detail::attempt answer = detail::try_call(
      [&](const char* l, const char* e, const char* j) { return metalab_recover(l, e, j, &recovered); },
      detail::c_string(locator), detail::c_string(experiment),
      detail::c_string(directory.empty() ? text() : text(directory)));
  return Policy::template give<std::size_t>(recovered, answer);
}

/// Recovers as `recover` does, and also the runs of processes on `host`. Call it when the host is gone, or
/// none of its processes uses this store. A process that still runs there stops writing, and its `finish`
/// returns an error.
template <class Policy = detail::default_policy>
typename Policy::template value<std::size_t> recover_host(text host, text locator = {}, text experiment = {},
                                                          const std::filesystem::path& journal = {}) {
  std::size_t recovered = 0;
  detail::refusal = nullptr;  // the core has the last word: what it left alone or set aside
  const std::string directory = journal.string();
  const detail::attempt answer = detail::try_call(
      [&](const char* h, const char* l, const char* e, const char* j) {
        return metalab_recover_host(l, e, j, h, &recovered);
      },
      detail::c_string(host), detail::c_string(locator), detail::c_string(experiment),
      detail::c_string(directory.empty() ? text() : text(directory)));
  return Policy::template give<std::size_t>(recovered, answer);
}

/// Recovers the runs of one process of this host that its parent has waited for: they end as failed, with
/// the exit status or signal that the parent knows. `wait_status` is the status from `waitpid`.
template <class Policy = detail::default_policy>
typename Policy::template value<std::size_t> recover_child(std::int64_t pid, int wait_status, text locator = {},
                                                           text experiment = {},
                                                           const std::filesystem::path& journal = {}) {
  std::size_t recovered = 0;
  const std::string directory = journal.string();
  const detail::attempt answer = detail::try_call(
      [&](const char* l, const char* e, const char* j) {
        return metalab_recover_child(l, e, j, pid, wait_status, &recovered);
      },
      detail::c_string(locator), detail::c_string(experiment),
      detail::c_string(directory.empty() ? text() : text(directory)));
  return Policy::template give<std::size_t>(recovered, answer);
}

}  // inline namespace
}  // namespace metalab

#endif
