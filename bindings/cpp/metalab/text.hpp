// Texts on their way to the C interface, which wants them NUL-terminated.
#ifndef METALAB_TEXT_HPP
#define METALAB_TEXT_HPP

#include "status.hpp"

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>

namespace metalab {
inline namespace METALAB_ABI {

/// A text argument: UTF-8, read during the call only. Made from a literal, `std::string`,
/// `std::string_view`, or whatever converts to the last. A default-constructed one, and one made
/// from a null `const char*`, is "no text": allowed where an argument is optional, an error
/// (`status::null`) elsewhere.
class text {
 public:
  constexpr text() noexcept = default;
  constexpr text(const char* terminated) noexcept : data_(terminated), size_(METALAB_NUL), terminated_(true) {}
  text(const std::string& value) noexcept : data_(value.c_str()), size_(value.size()), terminated_(true) {}
  constexpr text(std::string_view value) noexcept
      : data_(value.data() != nullptr ? value.data() : ""), size_(value.size()) {}
  template <class T, std::enable_if_t<std::is_convertible_v<const T&, std::string_view> &&
                                          !std::is_convertible_v<const T&, const char*> &&
                                          !std::is_base_of_v<std::string, T>,
                                      int> = 0>
  constexpr text(const T& value) noexcept(noexcept(std::string_view(value))) : text(std::string_view(value)) {}

  /// Returns true if there is a string.
  constexpr explicit operator bool() const noexcept { return data_ != nullptr; }
  /// The first byte, or null.
  constexpr const char* data() const noexcept { return data_; }
  /// Bytes, or `METALAB_NUL` where the text ends at its NUL.
  constexpr std::size_t size() const noexcept { return size_; }
  /// Returns true if a NUL follows the last byte.
  constexpr bool terminated() const noexcept { return terminated_; }
  /// The text as a view; empty where there is none.
  constexpr std::string_view view() const noexcept {
    return data_ == nullptr ? std::string_view()
                            : (size_ == METALAB_NUL ? std::string_view(data_) : std::string_view(data_, size_));
  }

 private:
  const char* data_ = nullptr;
  std::size_t size_ = 0;
  bool terminated_ = false;
};

namespace detail {

// A text with a NUL behind it: the caller's own where it has one, a copy on the stack up to 255
// bytes, a copy on the heap beyond that.
class c_string {
 public:
  explicit c_string(const text& value) noexcept {
    if (!value) {
      return;
    }
    const std::size_t size = value.size();
    if (size == METALAB_NUL) {
      text_ = value.data();
      return;
    }
    if (size != 0 && std::memchr(value.data(), '\0', size) != nullptr) {
      copy_with_nul(value.data(), size);
      return;
    }
    if (value.terminated()) {
      text_ = value.data();
      return;
    }
    char* copy = size < sizeof small_ ? small_ : allocated(size + 1);
    if (copy != nullptr) {
      std::memcpy(copy, value.data(), size);
      copy[size] = '\0';
      text_ = copy;
    }
  }
  c_string(const c_string&) = delete;
  c_string& operator=(const c_string&) = delete;

  const char* get() const noexcept { return text_; }
  /// `memory` if there was none for a copy.
  metalab::status status() const noexcept { return status_; }

 private:
  char* allocated(std::size_t size) noexcept {
    large_.reset(new (std::nothrow) char[size]);
    if (large_ == nullptr) {
      status_ = metalab::status::memory;
    }
    return large_.get();
  }

  // A NUL inside, where the text would end in C, becomes that of modified UTF-8: the core refuses it, and
  // names the argument.
  void copy_with_nul(const char* from, std::size_t size) noexcept {
    char* to = allocated(2 * size + 1);
    if (to == nullptr) {
      return;
    }
    text_ = to;
    for (const char* end = from + size; from != end; ++from) {
      if (*from == '\0') {
        *to++ = '\xC0';
        *to++ = '\x80';
      } else {
        *to++ = *from;
      }
    }
    *to = '\0';
  }

  const char* text_ = nullptr;
  metalab::status status_ = metalab::status::ok;
  std::unique_ptr<char[]> large_;
  char small_[256];
};

inline attempt check_texts() noexcept { return METALAB_OK; }
template <class... Rest>
attempt check_texts(const c_string& first, const Rest&... rest) noexcept {
  if (first.status() == status::ok) {
    return check_texts(rest...);
  }
  return {first.status(), "no memory for a text"};
}

// Calls the C interface with the texts, if there was memory for them.
template <class Call, class... Texts>
attempt try_call(const Call& call, const Texts&... texts) noexcept {
  const attempt checked = check_texts(texts...);
  return checked.how == status::ok ? attempt(call(texts.get()...)) : checked;
}

// Owns a string of the C interface until it is copied out.
class owned_text {
 public:
  owned_text() noexcept = default;
  owned_text(const owned_text&) = delete;
  owned_text& operator=(const owned_text&) = delete;
  ~owned_text() { metalab_string_free(text_); }

  char** out() noexcept { return &text_; }
  std::string str() const { return text_ != nullptr ? std::string(text_) : std::string(); }

 private:
  char* text_ = nullptr;
};

}  // namespace detail
}  // inline namespace
}  // namespace metalab

#endif
