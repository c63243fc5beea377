// Artifacts of a length that nobody knows yet: a stream of bytes, and a std::ostream into one.
#ifndef METALAB_STREAM_HPP
#define METALAB_STREAM_HPP

#include "json.hpp"

#include <array>
#include <cstddef>
#include <exception>
#include <ostream>
#include <streambuf>
#include <string_view>
#include <utility>

namespace metalab {
inline namespace METALAB_ABI {

/// An artifact that is written piece by piece. Move-only; made by `stream` of a capture.
///
/// `seal` makes it an artifact, `abandon` removes it. The destructor seals it; if that fails, the run's
/// health says so. The artifact has `"incomplete": true` in its metadata if a write failed, which `seal`
/// reports again, if the destructor runs during stack unwinding, or if the run ends first. Any threads may
/// write, one at a time. In a skipped run it does nothing.
template <class Policy>
class basic_byte_stream {
 public:
  using result = typename Policy::result;

  basic_byte_stream() noexcept = default;
  explicit basic_byte_stream(metalab_stream_t* handle, metalab::status opened = metalab::status::ok) noexcept
      : handle_(handle), status_(opened), exceptions_(std::uncaught_exceptions()) {}
  basic_byte_stream(basic_byte_stream&& other) noexcept { take(other); }
  basic_byte_stream& operator=(basic_byte_stream&& other) noexcept {
    if (this != &other) {
      close();
      take(other);
    }
    return *this;
  }
  ~basic_byte_stream() { close(); }

  result write(const void* data, std::size_t size) noexcept(Policy::is_quiet) {
    return Policy::settle(try_write(data, size));
  }
  result write(std::string_view text) noexcept(Policy::is_quiet) { return write(text.data(), text.size()); }

  /// Adds to the artifact's metadata.
  result set_metadata(const json_object& metadata) {
    if (handle_ == nullptr) {
      return Policy::settle(ended());
    }
    return Policy::settle(
        detail::try_call([&](const char* json) { return metalab_stream_set_metadata(handle_, json); },
                         detail::c_string(metadata.text())));
  }

  /// Makes the bytes written an artifact. If a write failed, returns its status, and the artifact is incomplete.
  result seal() noexcept(Policy::is_quiet) { return Policy::settle(try_seal()); }
  /// Discards the bytes written.
  result abandon() noexcept(Policy::is_quiet) {
    metalab_stream_t* const handle = forget();
    return Policy::settle(handle != nullptr ? detail::attempt(metalab_stream_abandon(handle)) : ended());
  }
  /// Writes, and leaves it to the caller to settle how that went.
  detail::attempt try_write(const void* data, std::size_t size) noexcept {
    const detail::attempt written =
        handle_ != nullptr ? detail::attempt(metalab_stream_write(handle_, data, size)) : ended();
    if (!failed(lost_)) {
      lost_ = written.how;
    }
    return written;
  }
  /// Seals, and leaves it to the caller to settle how that went.
  detail::attempt try_seal(bool is_whole = true) noexcept {
    metalab_stream_t* const handle = forget();
    if (handle == nullptr) {
      return ended();
    }
    if (!is_whole || failed(lost_)) {
      detail::ignore(metalab_stream_set_metadata(handle, "{\"incomplete\": true}"));
    }
    const detail::attempt sealed = metalab_stream_seal(handle);
    if (!failed(sealed.how) && failed(lost_)) {
      return {lost_, "a write into the artifact failed: it is sealed as incomplete"};
    }
    return sealed;
  }

  /// Returns true if there is a file that can become an artifact.
  explicit operator bool() const noexcept { return handle_ != nullptr; }
  /// The status of opening it; `closed` once it is sealed or abandoned.
  metalab::status status() const noexcept { return status_; }
  metalab_stream_t* handle() const noexcept { return handle_; }

 private:
  metalab_stream_t* forget() noexcept {
    if (handle_ != nullptr) {
      status_ = metalab::status::closed;
    }
    return std::exchange(handle_, nullptr);
  }
  detail::attempt ended() const noexcept {
    if (status_ == metalab::status::closed) {
      return {status_, "the stream is sealed or abandoned"};
    }
    return METALAB_NO_CAPTURE;
  }
  void take(basic_byte_stream& other) noexcept {
    status_ = std::exchange(other.status_, metalab::status::no_capture);
    exceptions_ = other.exceptions_;
    lost_ = other.lost_;
    handle_ = std::exchange(other.handle_, nullptr);
  }
  void close() noexcept { static_cast<void>(try_seal(std::uncaught_exceptions() <= exceptions_)); }

  metalab_stream_t* handle_ = nullptr;
  metalab::status status_ = metalab::status::no_capture;
  int exceptions_ = 0;
  // Of the first write that failed.
  metalab::status lost_ = metalab::status::ok;
};

namespace detail {

// Collects small writes, passes large ones on.
template <class Policy>
class byte_streambuf final : public std::streambuf {
 public:
  explicit byte_streambuf(basic_byte_stream<Policy>&& stream) noexcept : stream_(std::move(stream)) { rewind(); }
  byte_streambuf(const byte_streambuf&) = delete;
  byte_streambuf& operator=(const byte_streambuf&) = delete;
  ~byte_streambuf() override { drain(); }

  basic_byte_stream<Policy>& stream() noexcept { return stream_; }

  attempt drain() noexcept {
    const auto size = static_cast<std::size_t>(pptr() - pbase());
    rewind();
    return size == 0 ? attempt(METALAB_OK) : stream_.try_write(buffer_.data(), size);
  }

 protected:
  int_type overflow(int_type byte) override {
    if (failed(drain().how)) {
      return traits_type::eof();
    }
    if (!traits_type::eq_int_type(byte, traits_type::eof())) {
      *pptr() = traits_type::to_char_type(byte);
      pbump(1);
    }
    return traits_type::not_eof(byte);
  }
  std::streamsize xsputn(const char* data, std::streamsize size) override {
    if (size < static_cast<std::streamsize>(buffer_.size() / 2)) {
      return std::streambuf::xsputn(data, size);
    }
    const bool passed =
        !failed(drain().how) && !failed(stream_.try_write(data, static_cast<std::size_t>(size)).how);
    return passed ? size : 0;
  }
  int sync() override { return failed(drain().how) ? -1 : 0; }

 private:
  void rewind() noexcept { setp(buffer_.data(), buffer_.data() + buffer_.size()); }

  basic_byte_stream<Policy> stream_;
  std::array<char, 8192> buffer_;
};

}  // namespace detail

/// A std::ostream into an artifact:
///
///     metalab::ostream table(run.stream("table", "text", "csv"));
///     table << "x,y\n";
///
/// A write that fails sets `badbit`, as with any stream. The destructor flushes and ends the artifact as
/// that of `basic_byte_stream` does; `seal` returns the status, also that of an earlier write that failed.
template <class Policy>
class basic_ostream : public std::ostream {
 public:
  using result = typename Policy::result;

  explicit basic_ostream(basic_byte_stream<Policy> stream) : std::ostream(nullptr), buffer_(std::move(stream)) {
    rdbuf(&buffer_);
  }

  /// Flushes, and makes the bytes written an artifact.
  result seal() {
    const bool is_drained = !failed(buffer_.drain().how);
    const detail::attempt sealed = buffer_.stream().try_seal();
    if (!is_drained) {
      setstate(std::ios_base::badbit);
    }
    return Policy::settle(sealed);
  }
  /// Discards the bytes written.
  result abandon() { return buffer_.stream().abandon(); }

 private:
  detail::byte_streambuf<Policy> buffer_;
};

template <class Policy>
basic_ostream(basic_byte_stream<Policy>) -> basic_ostream<Policy>;

using quiet_byte_stream = basic_byte_stream<quiet>;
using quiet_ostream = basic_ostream<quiet>;
#if defined(__cpp_exceptions)
using byte_stream = basic_byte_stream<throwing>;
using ostream = basic_ostream<throwing>;
#endif

}  // inline namespace
}  // namespace metalab

#endif
