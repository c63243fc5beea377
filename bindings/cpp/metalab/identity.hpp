// Run ids, fingerprints and seeds without a run: the same as the Python package computes.
#ifndef METALAB_IDENTITY_HPP
#define METALAB_IDENTITY_HPP

#include "json.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace metalab {
inline namespace METALAB_ABI {

/// The seeds of a run's random numbers.
struct seeds {
  std::uint64_t root_seed = 0;
  std::optional<std::uint64_t> replicate_index;

  std::string json() const {
    std::string out = "{\"root_seed\": ";
    detail::append_integer(out, root_seed);
    out += ", \"replicate_index\": ";
    detail::append_json(out, replicate_index);
    out += '}';
    return out;
  }
};

namespace detail {

template <class Policy, class Call>
typename Policy::template value<std::string> read_text(const Call& call) {
  owned_text out;
  const attempt answer = call(out.out());
  return Policy::template give<std::string>(out.str(), answer);
}

}  // namespace detail

/// The canonical text of a JSON value: sorted keys, no blanks, ASCII, floats as strings.
/// This and the following throw `metalab::error`; as `canonical_json<metalab::quiet>` they
/// return a `metalab::outcome`.
template <class Policy = detail::default_policy>
typename Policy::template value<std::string> canonical_json(text json) {
  return detail::read_text<Policy>([&](char** out) { return metalab_canonical_json(json.data(), json.size(), out); });
}

/// The first 16 hexadecimal digits of the SHA-256 of the canonical text.
template <class Policy = detail::default_policy>
typename Policy::template value<std::string> fingerprint(text json) {
  return detail::read_text<Policy>([&](char** out) { return metalab_fingerprint(json.data(), json.size(), out); });
}

/// The id of a run with this experiment (`name:version`), context, parameters, seed and code hash.
template <class Policy = detail::default_policy>
typename Policy::template value<std::string> run_id(text experiment, const json_object& context,
                                                    const json_object& params, const seeds& seed,
                                                    text code_hash = {}) {
  return detail::read_text<Policy>([&](char** out) {
    return detail::try_call(
        [&](const char* e, const char* c, const char* p, const char* s, const char* h) {
          return metalab_run_id(e, c, p, s, h, out);
        },
        detail::c_string(experiment), detail::c_string(context.text()), detail::c_string(params.text()),
        detail::c_string(seed.json()), detail::c_string(code_hash));
  });
}

/// The seed of this name, derived from a run's.
template <class Policy = detail::default_policy>
typename Policy::template value<std::uint64_t> derive_seed(const seeds& seed, text name) {
  std::uint64_t derived = 0;
  const detail::attempt answer =
      detail::try_call([&](const char* s, const char* n) { return metalab_derive_seed(s, n, &derived); },
                       detail::c_string(seed.json()), detail::c_string(name));
  return Policy::template give<std::uint64_t>(derived, answer);
}

}  // inline namespace
}  // namespace metalab

#endif
