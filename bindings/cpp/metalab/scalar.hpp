// Single values: what a metric, a parameter or a field of metadata holds.
#ifndef METALAB_SCALAR_HPP
#define METALAB_SCALAR_HPP

#include "text.hpp"

#include <cstdint>
#include <limits>
#include <string_view>
#include <type_traits>

namespace metalab {
inline namespace METALAB_ABI {
namespace detail {

template <class T>
inline constexpr bool is_character_v =
    std::is_same_v<T, char> || std::is_same_v<T, wchar_t> || std::is_same_v<T, char16_t> ||
#if defined(__cpp_char8_t)
    std::is_same_v<T, char8_t> ||
#endif
    std::is_same_v<T, char32_t>;

template <class T>
inline constexpr bool is_number_v = std::is_arithmetic_v<T> && !is_character_v<T>;

template <class T>
inline constexpr bool is_text_v = std::is_convertible_v<const T&, std::string_view>;

template <class Integer>
constexpr bool fits_int64(Integer value) noexcept {
  using limits = std::numeric_limits<std::int64_t>;
  if constexpr (std::is_unsigned_v<Integer> && sizeof(Integer) >= sizeof(std::int64_t)) {
    return value <= static_cast<Integer>(limits::max());
  } else if constexpr (sizeof(Integer) <= sizeof(std::int64_t)) {
    return true;
  } else {
    return value >= limits::min() && value <= limits::max();
  }
}

template <class Integer>
constexpr bool fits_uint64(Integer value) noexcept {
  if constexpr (sizeof(Integer) <= sizeof(std::uint64_t)) {
    return value >= Integer{0};
  } else {
    return value >= Integer{0} && value <= static_cast<Integer>(std::numeric_limits<std::uint64_t>::max());
  }
}

}  // namespace detail

/// A number, a truth value or a text: made implicitly from any of C++'s own.
///
/// Floating-point numbers are stored as double. Integers are stored as int64_t; those beyond its
/// range keep their digits as parameters, in metadata and in JSON up to 2^64-1, and are rounded to
/// double as metrics. Characters are refused: say whether a text or a number is meant.
/// A text is viewed, not copied.
class scalar {
 public:
  enum class kind { real, integer, wide, boolean, text };

  template <class T, std::enable_if_t<detail::is_number_v<T>, int> = 0>
  constexpr scalar(T value) noexcept {
    if constexpr (std::is_same_v<T, bool>) {
      kind_ = kind::boolean;
      bits_ = value ? 1 : 0;
    } else if constexpr (std::is_floating_point_v<T>) {
      real_ = static_cast<double>(value);
    } else if (detail::fits_int64(value)) {
      kind_ = kind::integer;
      bits_ = static_cast<std::uint64_t>(value);
    } else {
      kind_ = detail::fits_uint64(value) ? kind::wide : kind::real;
      bits_ = static_cast<std::uint64_t>(value);
      real_ = static_cast<double>(value);
    }
  }
  template <class T, std::enable_if_t<detail::is_character_v<T>, int> = 0>
  scalar(T) = delete;
  template <class T, std::enable_if_t<std::is_convertible_v<const T&, metalab::text> && !std::is_arithmetic_v<T>, int> = 0>
  constexpr scalar(const T& value) noexcept : kind_(kind::text), text_(value) {}

  constexpr kind type() const noexcept { return kind_; }
  /// The number, rounded to double where it is none; 0 for a text.
  constexpr double real() const noexcept {
    return kind_ == kind::integer ? static_cast<double>(integer())
                                  : (kind_ == kind::boolean ? static_cast<double>(bits_) : real_);
  }
  constexpr std::int64_t integer() const noexcept { return static_cast<std::int64_t>(bits_); }
  constexpr std::uint64_t wide() const noexcept { return bits_; }
  constexpr bool boolean() const noexcept { return bits_ != 0; }
  constexpr const metalab::text& text() const noexcept { return text_; }

 private:
  kind kind_ = kind::real;
  double real_ = 0.0;
  std::uint64_t bits_ = 0;
  metalab::text text_;
};

/// A name and its value, as in `{{"loss", 0.1}, {"epoch", 3}}`.
struct named_scalar {
  metalab::text name;
  scalar value;
};

}  // inline namespace
}  // namespace metalab

#endif
