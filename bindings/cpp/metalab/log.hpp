// Log lines: levels, named loggers, and lines out of C++ streams.
#ifndef METALAB_LOG_HPP
#define METALAB_LOG_HPP

#include "text.hpp"
#include "utf8.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <mutex>
#include <ostream>
#include <streambuf>
#include <string>
#include <string_view>

namespace metalab {
inline namespace METALAB_ABI {

/// Severity of a log line.
enum class level : metalab_level_t {
  debug = METALAB_LEVEL_DEBUG,
  info = METALAB_LEVEL_INFO,
  warning = METALAB_LEVEL_WARNING,
  error = METALAB_LEVEL_ERROR,
  critical = METALAB_LEVEL_CRITICAL
};

/// Sends a line, from any thread, to every run of this process that has subscribed to the logger or a
/// parent of it ("solver" is a parent of "solver.newton"). A library can log this way without knowing of
/// any run. Never throws.
inline status log(text logger, level how, text line) noexcept {
  return quiet::settle(detail::try_call(
      [&](const char* name) { return metalab_log(name, static_cast<metalab_level_t>(how), line.data(), line.size()); },
      detail::c_string(logger)));
}

/// Returns true if a line of this logger and level would reach a run. Call it before composing a costly
/// line.
inline bool log_enabled(text logger, level how) noexcept {
  const detail::c_string name(logger);
  return name.get() != nullptr && metalab_log_enabled(name.get(), static_cast<metalab_level_t>(how));
}

namespace detail {

/// True once a capture has copied what the program prints.
inline std::atomic<bool> prints_are_taken{false};

inline void flush_one(std::streambuf* buffer) noexcept {
#if defined(__cpp_exceptions) || defined(__EXCEPTIONS) || defined(_CPPUNWIND)
  try {
#endif
    if (buffer != nullptr) {
      buffer->pubsync();
    }
#if defined(__cpp_exceptions) || defined(__EXCEPTIONS) || defined(_CPPUNWIND)
  } catch (...) {
    // It is printed later, or never, as without a run.
  }
#endif
}

/// Prints what std::cout and std::clog hold. After `std::ios::sync_with_stdio(false)` they have buffers
/// of their own, which nobody else can see into.
inline void flush_printed() noexcept {
  if (prints_are_taken.load()) {
    flush_one(std::cout.rdbuf());
    flush_one(std::clog.rdbuf());
  }
}

/// The same at exit, before the capture ends. To be called after a capture has taken in what is printed:
/// of two handlers the later one runs first.
inline void flush_printed_at_exit() noexcept {
  static const bool is_registered = std::atexit([] { flush_printed(); }) == 0;
  static_cast<void>(is_registered);
}

}  // namespace detail

/// A stream buffer that turns lines into log lines of a run, and passes every byte on to another buffer if
/// there is one. A byte that is not UTF-8 is logged as a backslash, x and two digits, and a line of more than
/// 64 KiB as several. Several threads may use it, like std::cout itself; the destructor logs an unfinished line.
/// It does not own the run: lines after its end are only passed on.
class log_streambuf final : public std::streambuf {
 public:
  explicit log_streambuf(metalab_capture_t* capture, level how = level::info, std::streambuf* next = nullptr)
      : capture_(capture), level_(how), next_(next) {}
  log_streambuf(const log_streambuf&) = delete;
  log_streambuf& operator=(const log_streambuf&) = delete;
  ~log_streambuf() override {
    if (!line_.empty()) {
      end_line();
    }
  }

 protected:
  int_type overflow(int_type byte) override {
    if (traits_type::eq_int_type(byte, traits_type::eof())) {
      return traits_type::not_eof(byte);
    }
    const char c = traits_type::to_char_type(byte);
    const std::lock_guard<std::mutex> lock(mutex_);
    add(&c, 1);
    return next_ != nullptr ? next_->sputc(c) : byte;
  }
  std::streamsize xsputn(const char* data, std::streamsize size) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    add(data, static_cast<std::size_t>(size));
    return next_ != nullptr ? next_->sputn(data, size) : size;
  }
  int sync() override {
    const std::lock_guard<std::mutex> lock(mutex_);
    return next_ != nullptr ? next_->pubsync() : 0;
  }

 private:
  // A longer line is cut, so that one without end does not fill the memory.
  static constexpr std::size_t longest_line = 65536;

  void add(const char* data, std::size_t size) {
    for (const char* const end = data + size; data != end;) {
      if (line_.size() == longest_line && *data != '\n') {
        cut_line();
      }
      const std::size_t most = std::min(static_cast<std::size_t>(end - data), longest_line - line_.size());
      // One more: the newline after the longest line.
      const std::size_t seen = std::min(static_cast<std::size_t>(end - data), most + 1);
      const auto* const newline = static_cast<const char*>(std::memchr(data, '\n', seen));
      const char* const stop = newline != nullptr ? newline : data + most;
      line_.append(data, static_cast<std::size_t>(stop - data));
      data = stop;
      if (newline != nullptr) {
        ++data;
        end_line();
      }
    }
  }
  void end_line() {
    if (!line_.empty() && line_.back() == '\r') {
      line_.pop_back();
    }
    log(line_);
    line_.clear();
  }
  // Before a character of which the rest is still to come.
  void cut_line() {
    const std::string_view line = line_;
    const std::size_t size = line.size() - detail::unfinished_size(line);
    log(line.substr(0, size));
    line_.erase(0, size);
  }
  void log(std::string_view line) {
    const std::string_view text = detail::as_utf8(line, clean_);
    detail::ignore(metalab_capture_log(capture_, static_cast<metalab_level_t>(level_), text.data(), text.size()));
  }

  metalab_capture_t* capture_;
  level level_;
  std::streambuf* next_;
  std::mutex mutex_;
  std::string line_;
  std::string clean_;
};

/// Copies the lines of a stream to a run's log for as long as it lives:
///
///     metalab::tee copy(run, std::cout);
///
/// The stream works as before, and gets its own buffer back afterwards. To capture what C code and other
/// languages print as well, use `stdio` of the capture instead.
class tee {
 public:
  template <class Capture>
  explicit tee(Capture& run, std::ostream& stream = std::cout, level how = level::info)
      : stream_(stream), original_(stream.rdbuf()), copy_(run.handle(), how, original_) {
    stream_.rdbuf(&copy_);
  }
  tee(const tee&) = delete;
  tee& operator=(const tee&) = delete;
  ~tee() { stream_.rdbuf(original_); }

 private:
  std::ostream& stream_;
  std::streambuf* original_;
  log_streambuf copy_;
};

}  // inline namespace
}  // namespace metalab

#endif
