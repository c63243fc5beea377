// C++ exceptions as a run's error: what type, what message, caused by what.
#ifndef METALAB_FAILURE_HPP
#define METALAB_FAILURE_HPP

#include <cstdlib>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <typeinfo>

#if __has_include(<cxxabi.h>)
#include <cxxabi.h>
#define METALAB_HAS_CXXABI 1
#else
#define METALAB_HAS_CXXABI 0
#endif

namespace metalab {
inline namespace METALAB_ABI {

/// The error of a run, as stored in its record. `traceback` is empty if there is none.
struct failure {
  std::string type;
  std::string message;
  std::string traceback;
};

namespace detail {

inline std::string readable(const char* type_name) {
#if METALAB_HAS_CXXABI
  int answer = 0;
  const std::unique_ptr<char, void (*)(void*)> name(abi::__cxa_demangle(type_name, nullptr, nullptr, &answer),
                                                    std::free);
  if (answer == 0 && name != nullptr) {
    return name.get();
  }
#endif
  return type_name;
}

inline std::string type_of(const std::exception& exception) {
#if defined(__cpp_rtti)
  std::string name = readable(typeid(exception).name());
  // std::throw_with_nested throws a class of its own that derives from the one it was given.
  for (const std::string_view wrapper : {"std::_Nested_exception<", "std::__nested<"}) {
    if (name.compare(0, wrapper.size(), wrapper) == 0 && name.back() == '>') {
      return name.substr(wrapper.size(), name.size() - wrapper.size() - 1);
    }
  }
  return name;
#else
  static_cast<void>(exception);
  return "std::exception";
#endif
}

#if defined(__cpp_exceptions)
// The exceptions nested inside, innermost last.
inline void append_causes(std::string& out, const std::exception& exception) {
  try {
    std::rethrow_if_nested(exception);
  } catch (const std::exception& cause) {
    out += (out.empty() ? "caused by " : "\ncaused by ") + type_of(cause) + ": " + cause.what();
    append_causes(out, cause);
  } catch (...) {
    out += out.empty() ? "caused by an exception of unknown type" : "\ncaused by an exception of unknown type";
  }
}
#endif

}  // namespace detail

/// The exception's dynamic type, its `what()`, and in `traceback` the exceptions that are nested
/// in it (`std::throw_with_nested`).
inline failure describe(const std::exception& exception) {
  failure described{detail::type_of(exception), exception.what(), {}};
#if defined(__cpp_exceptions)
  detail::append_causes(described.traceback, exception);
#endif
  return described;
}

#if defined(__cpp_exceptions)
/// The exception that is being handled: to be called in a `catch` block.
inline failure describe_current_exception() {
  const std::exception_ptr current = std::current_exception();
  if (current == nullptr) {
    // Not C++'s: a thread being cancelled, for one, which must not be caught here.
    return {"unknown", "not a C++ exception", {}};
  }
  try {
    std::rethrow_exception(current);
  } catch (const std::exception& exception) {
    return describe(exception);
  } catch (...) {
#if METALAB_HAS_CXXABI
    const std::type_info* const type = abi::__cxa_current_exception_type();
    if (type != nullptr) {
      return {detail::readable(type->name()), "not a std::exception", {}};
    }
#endif
    return {"unknown", "not a std::exception", {}};
  }
}
#endif

}  // inline namespace
}  // namespace metalab

#endif
