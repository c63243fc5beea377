// The PostgreSQL index of a store.
#ifndef METALAB_INDEX_HPP
#define METALAB_INDEX_HPP

#include "text.hpp"

#include <cstddef>

namespace metalab {

/// Makes the index of a store anew from its files; see metalab_index_rebuild.
///
/// Without a locator the store is that of the environment, without an experiment (`name:version`) it
/// is all of it. `progress(done, total)` is called now and then, counts runs, and must not throw.
/// Answers with how many runs the index has, or throws `metalab::error`; as
/// `index_rebuild<metalab::quiet>` it answers with a `metalab::outcome`. Any thread, any process.
template <class Policy = detail::default_policy, class Progress>
typename Policy::template value<std::size_t> index_rebuild(text locator, text experiment, Progress progress) {
  std::size_t runs = 0;
  const metalab_progress_t tell = [](void* user, std::size_t done, std::size_t total) {
    (*static_cast<Progress*>(user))(done, total);
  };
  const detail::attempt answer = detail::try_call(
      [&](const char* l, const char* e) { return metalab_index_rebuild(l, e, tell, &progress, &runs); },
      detail::c_string(locator), detail::c_string(experiment));
  return Policy::template give<std::size_t>(runs, answer);
}

/// As above, without being told how far it is.
template <class Policy = detail::default_policy>
typename Policy::template value<std::size_t> index_rebuild(text locator = {}, text experiment = {}) {
  return index_rebuild<Policy>(locator, experiment, [](std::size_t, std::size_t) {});
}

}  // namespace metalab

#endif
