// Outcomes: what every call of the C interface returns, as an enum, an error code and an exception.
#ifndef METALAB_STATUS_HPP
#define METALAB_STATUS_HPP

#include <metalab.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>

/// The namespace of the ABI, which no program names: headers of two ABIs can meet in one program.
#define METALAB_ABI abi_1

/// Types that libraries with hidden visibility share: an exception of one is caught in another.
#if defined(__GNUC__)
#define METALAB_SHARED __attribute__((visibility("default")))
#else
#define METALAB_SHARED
#endif

namespace metalab {
inline namespace METALAB_ABI {

/// How a call ended. The values are the C interface's `METALAB_*` statuses; a newer library may
/// return one that has no name here.
enum class status : metalab_status_t {
  ok = METALAB_OK,
  skip = METALAB_SKIP,                    ///< open: the run has already succeeded, and is skipped
  no_capture = METALAB_NO_CAPTURE,        ///< there is no open run behind this object: nothing was done
  null = METALAB_ERR_NULL,                ///< a required pointer is null
  utf8 = METALAB_ERR_UTF8,                ///< a string is not UTF-8
  name = METALAB_ERR_NAME,                ///< a name is empty, too long, or has a NUL inside
  value = METALAB_ERR_VALUE,              ///< an argument is out of range
  json = METALAB_ERR_JSON,                ///< a string is not JSON, or not the required kind
  closed = METALAB_ERR_CLOSED,            ///< the run has ended, or the array or stream is sealed
  handle = METALAB_ERR_HANDLE,            ///< not a handle of this kind
  exists = METALAB_ERR_EXISTS,            ///< open: the run has already succeeded, and is refused
  busy = METALAB_ERR_BUSY,                ///< another process or capture writes the run
  io = METALAB_ERR_IO,                    ///< the system reported an input or output error
  full = METALAB_ERR_FULL,                ///< the disk is full, or the quota is exhausted
  access = METALAB_ERR_ACCESS,            ///< permission denied, or a read-only file system
  not_found = METALAB_ERR_NOT_FOUND,      ///< a file that was named does not exist
  memory = METALAB_ERR_MEMORY,            ///< out of memory or address space
  unsupported = METALAB_ERR_UNSUPPORTED,  ///< not supported by this build or system
  panic = METALAB_ERR_PANIC,              ///< a defect of the library, caught before it reached the caller
  incomplete = METALAB_ERR_INCOMPLETE,    ///< finish or flush: something could not be written
  stopped = METALAB_ERR_STOPPED,          ///< a callback asked to stop
  damaged = METALAB_ERR_DAMAGED           ///< a file of the store is damaged, or not what its name says
};

/// True for the statuses that report an error. `skip` and `no_capture` do not: the options request the
/// first, and the second follows from it.
constexpr bool failed(status answer) noexcept {
  return answer != status::ok && answer != status::skip && answer != status::no_capture;
}

namespace detail {

// The message of this wrapper's own refusal on this thread, or null if the core has the last word.
inline thread_local const char* refusal = nullptr;

class METALAB_SHARED category_type final : public std::error_category {
 public:
  const char* name() const noexcept override { return "metalab"; }
  std::string message(int code) const override { return metalab_status_name(metalab_status_t{code}); }
  // The portable condition that a status stands for: `code == std::errc::no_space_on_device`.
  std::error_condition default_error_condition(int code) const noexcept override {
    switch (status{metalab_status_t{code}}) {
      case status::null:
      case status::name:
      case status::value:
      case status::json: return std::errc::invalid_argument;
      case status::utf8: return std::errc::illegal_byte_sequence;
      case status::closed:
      case status::handle: return std::errc::bad_file_descriptor;
      case status::exists: return std::errc::file_exists;
      case status::busy: return std::errc::device_or_resource_busy;
      case status::io:
      case status::damaged:
      case status::incomplete: return std::errc::io_error;
      case status::full: return std::errc::no_space_on_device;
      case status::access: return std::errc::permission_denied;
      case status::not_found: return std::errc::no_such_file_or_directory;
      case status::memory: return std::errc::not_enough_memory;
      case status::unsupported: return std::errc::not_supported;
      case status::stopped: return std::errc::operation_canceled;
      default: return std::error_condition(code, *this);
    }
  }
};

// The outcome of a call, and the reason if this wrapper refused it.
struct attempt {
  attempt(metalab_status_t answer) noexcept : how(status{answer}) {}
  attempt(status refused, const char* because) noexcept : how(refused), why(because) {}

  status how;
  const char* why = nullptr;
};

// For the statuses that only C callers' attributes insist on.
inline void ignore(metalab_status_t) noexcept {}

}  // namespace detail

/// The category of the error codes that statuses convert to. Its messages are the names of the statuses;
/// `last_error` describes the error.
METALAB_SHARED inline const std::error_category& category() noexcept {
  static const detail::category_type instance;
  return instance;
}

/// Makes `std::error_code code = metalab::status::full;` work. A status that is not a failure becomes a
/// code that is false.
inline std::error_code make_error_code(status answer) noexcept {
  return {failed(answer) ? static_cast<int>(answer) : 0, category()};
}

/// Returns the message of this thread's last failing call. Never null; valid until this thread's next
/// failing call.
inline const char* last_error() noexcept {
  return detail::refusal != nullptr ? detail::refusal : metalab_last_error();
}

/// The exception of the throwing form: a status and a sentence that names the argument or the file.
class METALAB_SHARED error : public std::runtime_error {
 public:
  error(metalab::status answer, const std::string& message) : std::runtime_error(message), status_(answer) {}
  error(metalab::status answer, const char* message) : std::runtime_error(message), status_(answer) {}

  metalab::status status() const noexcept { return status_; }
  std::error_code code() const noexcept { return make_error_code(status_); }

 private:
  metalab::status status_;
};

/// Result of the quiet form where the throwing form returns a value: `value` is
/// default-constructed when `status` is not `ok`.
template <class T>
struct outcome {
  T value{};
  metalab::status status = metalab::status::ok;

  explicit operator bool() const noexcept { return status == metalab::status::ok; }
  const T& operator*() const& noexcept { return value; }
  T&& operator*() && noexcept { return std::move(value); }
  const T* operator->() const noexcept { return &value; }
};

/// The quiet form: every call returns a `status`, nothing throws (except `std::bad_alloc` if a call
/// composes JSON). Statuses may be ignored: what could not be stored is also in the run's health.
struct quiet {
  using result = status;
  template <class T>
  using value = outcome<T>;
  static constexpr bool is_quiet = true;

  static status settle(const detail::attempt& call) noexcept {
    if (failed(call.how)) {
      detail::refusal = call.why;
    }
    return call.how;
  }
  template <class T>
  static outcome<T> give(T value, const detail::attempt& call) {
    return {std::move(value), settle(call)};
  }
};

#if defined(__cpp_exceptions)
namespace detail {

#if defined(__GNUC__)
// Kept out of line, so that what surrounds a call stays small enough to be inlined.
[[gnu::noinline, gnu::cold]]
#endif
[[noreturn]] inline void
raise(status how, const char* why) {
  refusal = why;
  throw error(how, last_error());
}

}  // namespace detail

/// The throwing form: a call that fails throws `error`. Calls on a run that is skipped do nothing
/// and do not throw.
struct throwing {
  using result = void;
  template <class T>
  using value = T;
  static constexpr bool is_quiet = false;

  static void settle(const detail::attempt& call) {
    if (failed(call.how)) {
      detail::raise(call.how, call.why);
    }
  }
  template <class T>
  static T give(T value, const detail::attempt& call) {
    settle(call);
    return value;
  }
};

namespace detail {
using default_policy = throwing;
}
#else
namespace detail {
using default_policy = quiet;
}
#endif

/// The version of the library that is loaded, such as "0.1.0".
inline const char* version() noexcept { return metalab_version(); }

namespace detail {

// Null where the library that was loaded is one that this program can talk to.
inline const char* abi_mismatch() {
  static const std::string message = [] {
    const std::uint32_t loaded = metalab_abi_version();
    if (loaded == METALAB_ABI_VERSION) {
      return std::string();
    }
    return "this program was compiled against metalab " METALAB_VERSION ", ABI " +
           std::to_string(METALAB_ABI_VERSION) + "; the library loaded is metalab " + metalab_version() +
           ", ABI " + std::to_string(loaded);
  }();
  return message.empty() ? nullptr : message.c_str();
}

}  // namespace detail
}  // inline namespace
}  // namespace metalab

template <>
struct std::is_error_code_enum<metalab::status> : std::true_type {};

#endif
