// JSON text, and C++ values as JSON text. The dialect is Python's: NaN, Infinity and -Infinity are
// numbers, a double keeps its ".0", and integers are exact.
#ifndef METALAB_JSON_HPP
#define METALAB_JSON_HPP

#include "scalar.hpp"

#include <cfenv>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <iterator>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace metalab {
inline namespace METALAB_ABI {

/// A string that is JSON already. It is checked when it is used.
class json {
 public:
  json() = default;
  explicit json(std::string value) : text_(std::move(value)) {}
  explicit json(std::string_view value) : text_(value) {}
  explicit json(const char* value) : text_(metalab::text(value).view()) {}

  const std::string& str() const& noexcept { return text_; }
  std::string str() && noexcept { return std::move(text_); }

 private:
  std::string text_;
};

/// Defines how values of a user's type are stored: specialise it with a static `serialize`.
///
///     template <>
///     struct metalab::serializer<mesh> {
///       static metalab::json serialize(const mesh&);
///     };
///
/// `serialize` returns anything that `artifact` and `data` understand: `json`, `bytes`, `blob`, `text`,
/// `array_view`, `named_arrays`, a container of numbers, or another type with a serializer. It takes
/// precedence over the built-in rules, so it can also replace them for a type. It corresponds to the
/// serializer registry in Python. The second parameter is for `std::enable_if_t`.
template <class T, class Enable = void>
struct serializer;

namespace detail {

template <class T, class = void>
inline constexpr bool has_serializer_v = false;
template <class T>
inline constexpr bool
    has_serializer_v<T, std::void_t<decltype(serializer<T>::serialize(std::declval<const T&>()))>> = true;

template <class>
inline constexpr bool always_false_v = false;

template <class T>
using bare_t = std::remove_cv_t<std::remove_reference_t<T>>;

template <class T, class = void>
struct value_of {
  using type = bare_t<decltype(*std::begin(std::declval<const T&>()))>;
};
// The value type of a proxy such as that of std::vector<bool>.
template <class T>
struct value_of<T, std::void_t<typename T::value_type>> {
  using type = bare_t<typename T::value_type>;
};

template <class T, class = void>
struct element_of_range {
  using type = void;
};
template <class T>
struct element_of_range<
    T, std::void_t<decltype(std::begin(std::declval<const T&>()) != std::end(std::declval<const T&>())),
                   decltype(*std::begin(std::declval<const T&>()))>> : value_of<T> {};
template <class T>
using element_of_range_t = typename element_of_range<T>::type;

// A path is a range of paths: such types have no end.
template <class T>
inline constexpr bool is_range_v =
    !std::is_void_v<element_of_range_t<T>> && !std::is_same_v<element_of_range_t<T>, T>;

template <class T, class = void>
inline constexpr bool is_map_v = false;
template <class T>
inline constexpr bool is_map_v<T, std::void_t<typename T::key_type, typename T::mapped_type>> = is_range_v<T>;

template <class T, class = void>
inline constexpr bool is_optional_v = false;
template <class T>
inline constexpr bool is_optional_v<T, std::void_t<typename T::value_type, decltype(*std::declval<const T&>()),
                                                   decltype(std::declval<const T&>().has_value())>> = true;

template <class T, class = void>
inline constexpr bool is_tuple_v = false;
template <class T>
inline constexpr bool is_tuple_v<T, std::void_t<decltype(std::tuple_size<T>::value)>> = true;

template <class T>
constexpr bool has_json();

template <class Tuple, std::size_t... Index>
constexpr bool all_have_json(std::index_sequence<Index...>) {
  return (has_json<bare_t<std::tuple_element_t<Index, Tuple>>>() && ...);
}

// Returns true if values of the type have a JSON text.
template <class T>
constexpr bool has_json() {
  if constexpr (has_serializer_v<T>) {
    return has_json<bare_t<decltype(serializer<T>::serialize(std::declval<const T&>()))>>();
  } else if constexpr (std::is_same_v<T, json> || std::is_same_v<T, scalar> || std::is_same_v<T, text> ||
                       is_number_v<T> || is_text_v<T>) {
    return true;
  } else if constexpr (is_map_v<T>) {
    return (is_text_v<typename T::key_type> || std::is_integral_v<typename T::key_type>) &&
           has_json<bare_t<typename T::mapped_type>>();
  } else if constexpr (is_range_v<T>) {
    return has_json<element_of_range_t<T>>();
  } else if constexpr (is_optional_v<T>) {
    return has_json<bare_t<typename T::value_type>>();
  } else if constexpr (is_tuple_v<T>) {
    return all_have_json<T>(std::make_index_sequence<std::tuple_size_v<T>>());
  } else {
    return false;
  }
}

inline void append_text(std::string& out, std::string_view value) {
  static constexpr char digits[] = "0123456789abcdef";
  out += '"';
  for (const char c : value) {
    const unsigned byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out += "\\u00";
      out += digits[byte >> 4];
      out += digits[byte & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

template <class Integer>
void append_integer(std::string& out, Integer value) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out.append(digits, end);
}

// The default floating-point environment while this lives: no other rounding, no subnormal numbers that
// count as zero, as -ffast-math has them.
class default_arithmetic {
 public:
  explicit default_arithmetic(bool is_needed) noexcept : is_needed_(is_needed) {
    if (is_needed_) {
      std::fegetenv(&before_);
      std::fesetenv(FE_DFL_ENV);
    }
  }
  default_arithmetic(const default_arithmetic&) = delete;
  default_arithmetic& operator=(const default_arithmetic&) = delete;
  ~default_arithmetic() {
    if (is_needed_) {
      std::fesetenv(&before_);
    }
  }

 private:
  bool is_needed_;
  std::fenv_t before_;
};

inline void append_real(std::string& out, double value) {
  // The bits tell, since under -ffast-math the compiler assumes that no number is NaN or infinite.
  constexpr std::uint64_t exponent = std::uint64_t{0x7FF} << 52;
  std::uint64_t bits = 0;
  static_assert(sizeof bits == sizeof value, "metalab needs doubles of 64 bits");
  std::memcpy(&bits, &value, sizeof bits);
  const bool is_subnormal = (bits & exponent) == 0 && bits << 1 != 0;
  const default_arithmetic held(is_subnormal || std::fegetround() != FE_TONEAREST);
  if ((bits & exponent) == exponent) {
    const bool is_infinite = bits << 12 == 0;
    out += !is_infinite ? "NaN" : (bits >> 63 != 0 ? "-Infinity" : "Infinity");
    return;
  }
  char digits[40];
#if defined(__cpp_lib_to_chars)
  char* const end = std::to_chars(digits, digits + sizeof digits, value).ptr;
#else
  // The fewest digits that give the same double back, at most 17; the decimal sign is the locale's.
  const char* end = digits;
  for (int precision = 15; precision <= 17; ++precision) {
    end = digits + std::snprintf(digits, sizeof digits, "%.*g", precision, value);
    const double back = std::strtod(digits, nullptr);
    if (std::memcmp(&back, &value, sizeof value) == 0) {
      break;
    }
  }
  for (char* c = digits; c != end; ++c) {
    if (*c == ',') {
      *c = '.';
    }
  }
#endif
  const std::string_view number(digits, static_cast<std::size_t>(end - digits));
  out += number;
  if (number.find_first_of(".e") == std::string_view::npos) {
    out += ".0";
  }
}

inline void append_scalar(std::string& out, const scalar& value) {
  switch (value.type()) {
    case scalar::kind::real: return append_real(out, value.real());
    case scalar::kind::integer: return append_integer(out, value.integer());
    case scalar::kind::wide: return append_integer(out, value.wide());
    case scalar::kind::boolean: out += value.boolean() ? "true" : "false"; return;
    case scalar::kind::text: break;
  }
  if (value.text()) {
    append_text(out, value.text().view());
  } else {
    out += "null";
  }
}

template <class T>
void append_json(std::string& out, const T& value);

template <class Tuple, std::size_t... Index>
void append_tuple(std::string& out, const Tuple& value, std::index_sequence<Index...>) {
  out += '[';
  ((out += Index == 0 ? "" : ", ", append_json(out, std::get<Index>(value))), ...);
  out += ']';
}

template <class T>
void append_json(std::string& out, const T& value) {
  if constexpr (has_serializer_v<T>) {
    append_json(out, serializer<T>::serialize(value));
  } else if constexpr (std::is_same_v<T, json>) {
    out += value.str();
  } else if constexpr (std::is_same_v<T, scalar>) {
    append_scalar(out, value);
  } else if constexpr (std::is_same_v<T, text> || is_number_v<T> || is_text_v<T>) {
    append_scalar(out, scalar(value));
  } else if constexpr (is_map_v<T>) {
    const char* separator = "{";
    for (const auto& item : value) {
      out += separator;
      separator = ", ";
      if constexpr (is_text_v<typename T::key_type>) {
        append_text(out, std::string_view(item.first));
      } else {
        out += '"';
        append_integer(out, item.first);
        out += '"';
      }
      out += ": ";
      append_json(out, item.second);
    }
    out += *separator == '{' ? "{}" : "}";
  } else if constexpr (is_range_v<T>) {
    out += '[';
    const char* separator = "";
    for (const auto& item : value) {
      out += separator;
      separator = ", ";
      append_json(out, static_cast<const element_of_range_t<T>&>(item));
    }
    out += ']';
  } else if constexpr (is_optional_v<T>) {
    if (value.has_value()) {
      append_json(out, *value);
    } else {
      out += "null";
    }
  } else {
    append_tuple(out, value, std::make_index_sequence<std::tuple_size_v<T>>());
  }
}

}  // namespace detail

/// Returns a value as JSON: a number, boolean or string, or a container, map (with strings or integers as
/// keys), optional, pair or tuple of such values.
template <class T, std::enable_if_t<detail::has_json<T>(), int> = 0>
json to_json(const T& value) {
  std::string out;
  detail::append_json(out, value);
  return json(std::move(out));
}

/// A JSON object as an argument: a JSON string, or names with values such as `{{"unit", "K"}, {"levels",
/// 40}}`. Empty by default.
class json_object {
 public:
  json_object() = default;
  json_object(const char* value) : json_object(metalab::text(value)) {}
  json_object(const std::string& value) : json_object(metalab::text(value)) {}
  json_object(std::string_view value) : json_object(metalab::text(value)) {}
  json_object(json value) : given_(true), text_(std::move(value).str()) {}
  json_object(std::initializer_list<named_scalar> fields) : given_(true) {
    const char* separator = "{";
    for (const named_scalar& field : fields) {
      text_ += separator;
      separator = ", ";
      detail::append_text(text_, field.name.view());
      text_ += ": ";
      detail::append_scalar(text_, field.value);
    }
    text_ += *separator == '{' ? "{}" : "}";
  }

  explicit operator bool() const noexcept { return given_; }
  const std::string& str() const noexcept { return text_; }
  /// The text as an argument: no text where there is no object.
  metalab::text text() const noexcept { return given_ ? metalab::text(text_) : metalab::text(); }

 private:
  explicit json_object(const metalab::text& value) : given_(static_cast<bool>(value)), text_(value.view()) {}

  bool given_ = false;
  std::string text_;
};

}  // inline namespace
}  // namespace metalab

#endif
