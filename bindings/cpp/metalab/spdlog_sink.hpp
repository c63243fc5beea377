// spdlog's messages in a run's log. Needs spdlog 1.x; nothing else here does.
#ifndef METALAB_SPDLOG_SINK_HPP
#define METALAB_SPDLOG_SINK_HPP

#include "../metalab.hpp"

#include <spdlog/details/null_mutex.h>
#include <spdlog/sinks/base_sink.h>

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace metalab {
inline namespace METALAB_ABI {

/// A sink that hands spdlog's messages to metalab. Made with a capture, every message becomes a
/// line of that run's log, `[logger] message` where the logger has a name. Made without one, it
/// becomes a line of metalab's logger of the same name, and reaches the runs that are subscribed
/// to that: `run.subscribe("solver")`.
///
/// The message is passed on as it is: time, level and thread are the log's own, so patterns have
/// no effect. `trace` becomes debug, and a byte that is not UTF-8 a backslash, x and two digits. The sink keeps
/// no hold on the run: what comes after its end is dropped. It throws nothing but `std::bad_alloc`, which
/// spdlog's loggers handle; `status` has the last failure.
///
///     auto logger = std::make_shared<spdlog::logger>(
///         "solver", std::make_shared<metalab::spdlog_sink_mt>(run));
template <class Mutex>
class spdlog_sink final : public spdlog::sinks::base_sink<Mutex> {
 public:
  /// To the runs that are subscribed to the logger's name.
  spdlog_sink() = default;
  /// To this run.
  template <class Policy>
  explicit spdlog_sink(basic_capture<Policy>& run) noexcept : capture_(run.handle()), is_direct_(true) {}

  /// The last failure, or `ok`.
  metalab::status status() {
    const std::lock_guard<Mutex> lock(this->mutex_);
    return status_;
  }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    const std::string_view payload(message.payload.data(), message.payload.size());
    const std::string_view logger(message.logger_name.data(), message.logger_name.size());
    metalab::level how{};
    switch (message.level) {
      case spdlog::level::trace:
      case spdlog::level::debug: how = level::debug; break;
      case spdlog::level::info: how = level::info; break;
      case spdlog::level::warn: how = level::warning; break;
      case spdlog::level::err: how = level::error; break;
      case spdlog::level::critical: how = level::critical; break;
      default: return;
    }
    if (!is_direct_) {
      keep(metalab::log(logger, how, detail::as_utf8(payload, clean_)));
    } else if (logger.empty()) {
      keep(log_direct(how, detail::as_utf8(payload, clean_)));
    } else {
      line_.assign("[").append(logger).append("] ").append(payload);
      keep(log_direct(how, detail::as_utf8(line_, clean_)));
    }
  }
  void flush_() override {
    if (is_direct_) {
      keep(quiet::settle(metalab_capture_flush(capture_, METALAB_FLUSH_VISIBLE)));
    }
  }

 private:
  metalab::status log_direct(level how, std::string_view line) noexcept {
    return quiet::settle(
        metalab_capture_log(capture_, static_cast<metalab_level_t>(how), line.data(), line.size()));
  }
  void keep(metalab::status how) noexcept {
    if (failed(how)) {
      status_ = how;
    }
  }

  metalab_capture_t* capture_ = nullptr;
  bool is_direct_ = false;
  metalab::status status_ = metalab::status::ok;
  std::string line_;
  std::string clean_;
};

/// For loggers that several threads use.
using spdlog_sink_mt = spdlog_sink<std::mutex>;
/// For loggers that one thread uses.
using spdlog_sink_st = spdlog_sink<spdlog::details::null_mutex>;

}  // inline namespace
}  // namespace metalab

#endif
