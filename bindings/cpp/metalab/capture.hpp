// The capture of a run: open, emit, finish.
#ifndef METALAB_CAPTURE_HPP
#define METALAB_CAPTURE_HPP

#include "content.hpp"
#include "failure.hpp"
#include "figure.hpp"
#include "log.hpp"
#include "mapped_array.hpp"
#include "options.hpp"
#include "series.hpp"
#include "snapshots.hpp"
#include "stream.hpp"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#if __has_include(<version>)
#include <version>
#endif
// Log lines composed from a format: with {fmt} where METALAB_USE_FMT says so, else with the
// standard library where it can.
#if defined(METALAB_USE_FMT)
#include <fmt/format.h>
#define METALAB_FORMAT_NAMESPACE ::fmt
#elif defined(__cpp_lib_format)
#include <format>
#define METALAB_FORMAT_NAMESPACE ::std
#endif

namespace metalab {
inline namespace METALAB_ABI {

/// How a file is added to the store.
enum class file_mode : metalab_file_mode_t {
  copy = METALAB_FILE_COPY,  ///< copied; shares blocks with the original where the file system can
  link = METALAB_FILE_LINK,  ///< a hard link: later changes to the original show in the store; or a copy
                             ///< where there can be no hard link
  move = METALAB_FILE_MOVE,  ///< the original is gone afterwards
  reference = METALAB_FILE_REFERENCE,  ///< stays where it is: a document of path, size and hash; directories too
  reference_unhashed = METALAB_FILE_REFERENCE_UNHASHED  ///< the same without reading all of it
};

/// How far a flush goes.
enum class durability : metalab_flush_t {
  visible = METALAB_FLUSH_VISIBLE,  ///< readers of the store see it
  durable = METALAB_FLUSH_DURABLE   ///< and it survives a power cut
};

/// Which of the process's standard streams.
enum class stdio : std::uint32_t {
  out = METALAB_STDOUT,
  err = METALAB_STDERR,
  both = METALAB_STDOUT | METALAB_STDERR
};

namespace detail {

enum class shelf { data, artifact };

template <class T>
inline constexpr bool is_vector_of_bool_v = false;
template <class Allocator>
inline constexpr bool is_vector_of_bool_v<std::vector<bool, Allocator>> = true;

template <class T>
inline constexpr bool is_step_v = std::is_integral_v<T> && !std::is_same_v<T, bool>;

}  // namespace detail

/// A run that is being captured. Move-only: the object owns the run, and its end ends the run.
///
///     metalab::capture run(metalab::options().store("runs").experiment("heat:2").param("n", 64));
///     run.metric("residual", 1e-9);
///     run.finish();
///
/// Errors: as `capture`, calls throw `metalab::error`; as `quiet_capture`, they return a `metalab::status`
/// that may be ignored. A capture that is empty, skipped, or could not be opened quietly has no run: calls
/// do nothing and return `status::no_capture`, which the throwing form does not treat as an error. So a
/// solver needs no `if` around its calls.
///
/// The destructor finishes the run if `finish` was not called. During stack unwinding it first marks the
/// run as failed, but cannot name the exception: `run` with a function, or `fail`, can. A process that dies
/// leaves the run to be recovered as failed.
///
/// Threads: any threads may make any calls at the same time, except moving, destroying and `release`;
/// `finish` must come after all other threads' calls.
template <class Policy>
class basic_capture {
 public:
  using policy = Policy;
  /// `void` or `metalab::status`.
  using result = typename Policy::result;
  /// `T` or `metalab::outcome<T>`.
  template <class T>
  using value = typename Policy::template value<T>;

  /// Constructs an empty capture, into which one can be moved.
  basic_capture() noexcept = default;
  /// Opens a run, and blocks until it is in the store. Check `skipped` afterwards if the options say
  /// `if_success::skip`, and `status` for a quiet capture. Leave out `compiler`: the record has the compiler and
  /// the flags of the file that opens the run.
  explicit basic_capture(const options& what, const char* compiler = METALAB_COMPILER)
      : exceptions_(std::uncaught_exceptions()) {
    const detail::attempt opened = open(what, compiler);
    status_ = opened.how;
    Policy::settle(opened);
  }
  basic_capture(basic_capture&& other) noexcept { take(other); }
  /// Constructs the same run with the other error policy: `metalab::quiet_capture calm(std::move(run));`
  template <class Other>
  explicit basic_capture(basic_capture<Other>&& other) noexcept
      : status_(other.status()), exceptions_(std::uncaught_exceptions()) {
    handle_ = other.release();
  }
  basic_capture& operator=(basic_capture&& other) noexcept {
    if (this != &other) {
      close();
      take(other);
    }
    return *this;
  }
  ~basic_capture() { close(); }

  /// Returns true if there is a run.
  explicit operator bool() const noexcept { return handle_ != nullptr; }
  /// Returns true if the run has already succeeded and is skipped.
  bool skipped() const noexcept { return status_ == metalab::status::skip; }
  /// The status of opening.
  metalab::status status() const noexcept { return status_; }
  /// The handle of the C interface, or null. It stays with this object.
  metalab_capture_t* handle() const noexcept { return handle_; }
  /// Releases the handle, to be freed with `metalab_capture_free`.
  metalab_capture_t* release() noexcept {
    status_ = metalab::status::no_capture;
    return std::exchange(handle_, nullptr);
  }
  /// Takes ownership of a handle of the C interface.
  static basic_capture adopt(metalab_capture_t* handle) noexcept {
    basic_capture run;
    run.handle_ = handle;
    run.status_ = handle != nullptr ? metalab::status::ok : metalab::status::no_capture;
    run.exceptions_ = std::uncaught_exceptions();
    return run;
  }

  // --- Metrics

  /// Emits a metric of the run: a number, boolean or string. The last value of a name is kept.
  result metric(text name, const scalar& value_of) noexcept(Policy::is_quiet) {
    return Policy::settle(try_metric(name, value_of));
  }
  /// Emits a value of a stepped metric. Equal steps keep their order.
  template <class Step, std::enable_if_t<detail::is_step_v<Step>, int> = 0>
  result metric(text name, const scalar& value_of, Step step) noexcept(Policy::is_quiet) {
    return Policy::settle(try_metric(name, value_of, step));
  }
  /// Emits several at once: `{{"loss", 0.1}, {"epoch", 3}}`. All are tried; the last failure is reported.
  result metrics(std::initializer_list<named_scalar> values) noexcept(Policy::is_quiet) {
    return settle_all(values, [&](const named_scalar& one) { return try_metric(one.name, one.value); });
  }
  template <class Step, std::enable_if_t<detail::is_step_v<Step>, int> = 0>
  result metrics(std::initializer_list<named_scalar> values, Step step) noexcept(Policy::is_quiet) {
    return settle_all(values, [&](const named_scalar& one) { return try_metric(one.name, one.value, step); });
  }
  /// Emits several at once, from a map or another range of pairs.
  template <class Range, std::enable_if_t<detail::is_range_v<Range>, int> = 0>
  result metrics(const Range& values) noexcept(Policy::is_quiet) {
    return settle_all(values, [&](const auto& one) { return try_metric(one.first, one.second); });
  }
  template <class Range, class Step, std::enable_if_t<detail::is_range_v<Range> && detail::is_step_v<Step>, int> = 0>
  result metrics(const Range& values, Step step) noexcept(Policy::is_quiet) {
    return settle_all(values, [&](const auto& one) { return try_metric(one.first, one.second, step); });
  }
  /// Declares a stepped metric, which is then emitted through the handle without looking up its name.
  basic_series<Policy> series(text name, text unit = {}, text description = {}) noexcept(Policy::is_quiet) {
    metalab_series_t* declared = nullptr;
    const detail::attempt answer = detail::try_call(
        [&](const char* n, const char* u, const char* d) {
          return metalab_capture_series(handle_, n, u, d, &declared);
        },
        detail::c_string(name), detail::c_string(unit), detail::c_string(description));
    Policy::settle(answer);
    return basic_series<Policy>(declared, answer.how);
  }

  /// Requests that a metric, plain or stepped, be reduced over all processes of the run when it ends: to
  /// `name.min`, `.max`, `.mean`, `.sum`, `.argmin`, `.argmax` (ranks) and `.count`. Each process that
  /// emits it must call this.
  result reduce(text name) noexcept(Policy::is_quiet) {
    return Policy::settle(detail::try_call(
        [&](const char* n) { return metalab_capture_reduce(handle_, n); }, detail::c_string(name)));
  }

  /// Makes readers plot the series `name` against the series `axis` instead of the step, such as the
  /// simulated time of a solver with adaptive steps. Readers join the two by step.
  result set_axis(text name, text axis) noexcept(Policy::is_quiet) {
    return Policy::settle(
        detail::try_call([&](const char* n, const char* a) { return metalab_capture_set_axis(handle_, n, a); },
                         detail::c_string(name), detail::c_string(axis)));
  }

  /// Sets what the steps of a series count if they are not the run's steps: "ms", "krylov iteration". A
  /// restart then keeps all points of the series.
  result set_step_unit(text name, text unit) noexcept(Policy::is_quiet) {
    return Policy::settle(
        detail::try_call([&](const char* n, const char* u) { return metalab_capture_set_step_unit(handle_, n, u); },
                         detail::c_string(name), detail::c_string(unit)));
  }

  // --- Data and artifacts

  /// Stores structured data, for readers to compute with: arrays keep dtype and shape; everything else is
  /// stored as JSON. Accepted are types with a `serializer`, arrays (see `as_array`), `json`, numbers,
  /// strings, and containers, maps, optionals, pairs and tuples of such.
  template <class T>
  result data(text name, const T& what, const json_object& metadata = {}) {
    return store<detail::shelf::data>(name, what, metadata);
  }
  /// `{{"alpha", 0.5}, {"solver", "cg"}}`
  result data(text name, const json_object& what, const json_object& metadata = {}) {
    return Policy::settle(store_json<detail::shelf::data>(name, what.text(), metadata));
  }

  /// Stores an artifact in a file chosen by type: arrays become .npz (kind "numpy"), strings .txt (kind
  /// "text"), `bytes` and `blob` the format that they name, and anything else that `data` accepts .json.
  template <class T>
  result artifact(text name, const T& what, const json_object& metadata = {}) {
    return store<detail::shelf::artifact>(name, what, metadata);
  }
  result artifact(text name, const json_object& what, const json_object& metadata = {}) {
    return Policy::settle(store_json<detail::shelf::artifact>(name, what.text(), metadata));
  }
  /// Stores several arrays in one .npz: `run.arrays("state", {{"u", u}, {"v", v}})`.
  result arrays(text name, std::initializer_list<named_array> members, const json_object& metadata = {}) {
    return Policy::settle(store_arrays(name, members.begin(), members.size(), metadata));
  }
  result arrays(text name, const named_arrays& members, const json_object& metadata = {}) {
    return Policy::settle(store_arrays(name, members.data(), members.size(), metadata));
  }

  /// Maps an array in the artifact's own file, for the solver to compute into: see `basic_mapped_array`. T
  /// is an element type: `run.map<double>("field", {nx, ny})`.
  template <class T>
  basic_mapped_array<T, Policy> map(text name, const shape& extents, order layout = order::c,
                                    const json_object& metadata = {}) {
    metalab_mapping_t* mapping = nullptr;
    void* first = nullptr;
    detail::attempt answer(metalab::status::value, "an extent is negative, or there are more than 32");
    if (extents.valid()) {
      answer = detail::try_call(
          [&](const char* n, const char* m) {
            return metalab_capture_map_array(handle_, n, detail::dtype_number<T>(),
                                             static_cast<metalab_order_t>(layout), extents.size(), extents.data(),
                                             m, &mapping, &first);
          },
          detail::c_string(name), detail::c_string(metadata.text()));
    }
    Policy::settle(answer);
    return basic_mapped_array<T, Policy>(mapping, first, extents, layout, answer.how);
  }

  /// Declares an array of which the solver takes snapshots: see `basic_snapshots`. `auto fields =
  /// run.snapshots<double>("u", {nx, ny});`, then `auto field = fields.begin(step);`
  template <class T>
  basic_snapshots<T, Policy> snapshots(text name, const shape& extents, order layout = order::c,
                                       const json_object& metadata = {}) {
    metalab_snapshots_t* declared = nullptr;
    detail::attempt answer(metalab::status::value, "an extent is negative, or there are more than 32");
    if (extents.valid()) {
      answer = detail::try_call(
          [&](const char* n, const char* m) {
            return metalab_capture_snapshots(handle_, n, detail::dtype_number<T>(),
                                             static_cast<metalab_order_t>(layout), extents.size(), extents.data(),
                                             m, &declared);
          },
          detail::c_string(name), detail::c_string(metadata.text()));
    }
    Policy::settle(answer);
    return basic_snapshots<T, Policy>(declared, extents, layout, answer.how);
  }

  /// Opens an artifact that is written piece by piece; see also `ostream`.
  basic_byte_stream<Policy> stream(text name, text kind = "file", text format = "binary",
                                   const json_object& metadata = {}) {
    metalab_stream_t* opened = nullptr;
    const detail::attempt answer = detail::try_call(
        [&](const char* n, const char* k, const char* f, const char* m) {
          return metalab_capture_stream(handle_, n, k, f, m, &opened);
        },
        detail::c_string(name), detail::c_string(kind), detail::c_string(format),
        detail::c_string(metadata.text()));
    Policy::settle(answer);
    return basic_byte_stream<Policy>(opened, answer.how);
  }

  /// Stores an existing file. Its kind is "file" by default; its format is the file's extension. A directory
  /// is stored as an archive, NAME.tar, and as NAME, a JSON document that lists its files with their hashes.
  result file(text name, const std::filesystem::path& path, file_mode mode = file_mode::copy, text kind = {},
              const json_object& metadata = {}) {
    const std::string place = path.string();
    // The core takes a path of any bytes, also those that stand for a NUL elsewhere.
    if (place.find('\0') != std::string::npos) {
      return Policy::settle({metalab::status::value, "file: path has a NUL inside"});
    }
    return Policy::settle(detail::try_call(
        [&](const char* n, const char* p, const char* k, const char* m) {
          return metalab_capture_file(handle_, n, p, static_cast<metalab_file_mode_t>(mode), k, m);
        },
        detail::c_string(name), detail::c_string(place), detail::c_string(kind),
        detail::c_string(metadata.text())));
  }

  // --- Figures

  /// Stores an encoded figure: format "png", "svg", "pdf" or "jpg".
  result figure_bytes(text name, const void* content, std::size_t size, text format,
                      const json_object& metadata = {}) {
    return Policy::settle(detail::try_call(
        [&](const char* n, const char* f, const char* m) {
          return metalab_capture_figure_bytes(handle_, n, content, size, f, m);
        },
        detail::c_string(name), detail::c_string(format), detail::c_string(metadata.text())));
  }
  /// Stores pixels as PNG.
  result figure(text name, const pixels& image, const json_object& metadata = {}) {
    return Policy::settle(detail::try_call(
        [&](const char* n, const char* m) {
          return metalab_capture_figure_pixels(handle_, n, image.data, image.width, image.height, image.channels,
                                               image.row_stride, m);
        },
        detail::c_string(name), detail::c_string(metadata.text())));
  }
  /// Draws an array of two dimensions, rows by columns, of real numbers as PNG with a colour map.
  template <class T, std::enable_if_t<detail::is_array_v<T> || std::is_same_v<T, array_view>, int> = 0>
  result figure(text name, const T& field, const field_style& style = {}, const json_object& metadata = {}) {
    const array_view view = as_array(field);
    if (!view.valid()) {
      return Policy::settle(unfit_array());
    }
    const metalab_array_t raw = view.get();
    const metalab_field_style_t look = style.get();
    return Policy::settle(detail::try_call(
        [&](const char* n, const char* m) { return metalab_capture_figure_field(handle_, n, &raw, &look, m); },
        detail::c_string(name), detail::c_string(metadata.text())));
  }

  // --- Log

  /// Writes a line (or several) to the run's log, visible to `tail -f` within the flush interval.
  result log(level how, text line) noexcept(Policy::is_quiet) {
    return Policy::settle(try_log(how, line));
  }
  result debug(text line) noexcept(Policy::is_quiet) { return log(level::debug, line); }
  result info(text line) noexcept(Policy::is_quiet) { return log(level::info, line); }
  result warning(text line) noexcept(Policy::is_quiet) { return log(level::warning, line); }
  result error(text line) noexcept(Policy::is_quiet) { return log(level::error, line); }
  result critical(text line) noexcept(Policy::is_quiet) { return log(level::critical, line); }

#if defined(METALAB_FORMAT_NAMESPACE)
  template <class... Args>
  using format_string = METALAB_FORMAT_NAMESPACE::format_string<Args...>;

  /// `run.info("residual {:.2e} after {} steps", residual, steps)`
  template <class First, class... Rest>
  result log(level how, format_string<First, Rest...> format, First&& first, Rest&&... rest) {
    return Policy::settle(compose(how, format, std::forward<First>(first), std::forward<Rest>(rest)...));
  }
  template <class First, class... Rest>
  result debug(format_string<First, Rest...> format, First&& first, Rest&&... rest) {
    return log(level::debug, format, std::forward<First>(first), std::forward<Rest>(rest)...);
  }
  template <class First, class... Rest>
  result info(format_string<First, Rest...> format, First&& first, Rest&&... rest) {
    return log(level::info, format, std::forward<First>(first), std::forward<Rest>(rest)...);
  }
  template <class First, class... Rest>
  result warning(format_string<First, Rest...> format, First&& first, Rest&&... rest) {
    return log(level::warning, format, std::forward<First>(first), std::forward<Rest>(rest)...);
  }
  template <class First, class... Rest>
  result error(format_string<First, Rest...> format, First&& first, Rest&&... rest) {
    return log(level::error, format, std::forward<First>(first), std::forward<Rest>(rest)...);
  }
  template <class First, class... Rest>
  result critical(format_string<First, Rest...> format, First&& first, Rest&&... rest) {
    return log(level::critical, format, std::forward<First>(first), std::forward<Rest>(rest)...);
  }
#endif

  /// Subscribes to lines of the named logger and its children at this level or above: see `metalab::log`.
  result subscribe(text logger, level from = level::debug) noexcept(Policy::is_quiet) {
    return Policy::settle(detail::try_call(
        [&](const char* n) { return metalab_capture_subscribe(handle_, n, static_cast<metalab_level_t>(from)); },
        detail::c_string(logger)));
  }
  result unsubscribe(text logger) noexcept(Policy::is_quiet) {
    return Policy::settle(detail::try_call([&](const char* n) { return metalab_capture_unsubscribe(handle_, n); },
                                           detail::c_string(logger)));
  }
  /// Copies what this process prints, from any language, until the run ends or `release_stdio` is called.
  /// This thread then flushes std::cout and std::clog, so that their buffered text belongs to the run.
  result capture_stdio(stdio which = stdio::both) noexcept(Policy::is_quiet) {
    if (handle_ != nullptr) {
      detail::prints_are_taken = true;
      // Text that was printed before does not belong to the run.
      detail::flush_printed();
    }
    const metalab_status_t answer = metalab_capture_stdio(handle_, static_cast<std::uint32_t>(which));
    if (answer == METALAB_OK) {
      detail::flush_printed_at_exit();
    }
    return Policy::settle(answer);
  }
  result release_stdio() noexcept(Policy::is_quiet) {
    detail::flush_printed();
    return Policy::settle(metalab_capture_stdio_end(handle_));
  }

  // --- State

  value<std::string> run_id() const { return read(metalab_capture_run_id); }
  /// Returns the rank of this process and the number of processes of the run; 0 and 1 if unknown.
  std::int64_t rank() const noexcept { return place().first; }
  std::int64_t size() const noexcept { return place().second; }
  /// Derives the seed of this name from the run's; it is the same in every language.
  value<std::uint64_t> derive_seed(text name) const {
    std::uint64_t seed = 0;
    const detail::attempt answer =
        detail::try_call([&](const char* n) { return metalab_capture_derive_seed(handle_, n, &seed); },
                         detail::c_string(name));
    return Policy::template give<std::uint64_t>(seed, answer);
  }
  /// Returns what was emitted so far, as JSON.
  value<std::string> metrics_json() const { return read(metalab_capture_metrics_json); }
  value<std::string> artifacts_json() const { return read(metalab_capture_artifacts_json); }
  value<std::string> results_json() const { return read(metalab_capture_results_json); }
  value<std::string> summary_json() const { return read(metalab_capture_summary_json); }
  /// Returns what could not be stored, and why.
  value<std::string> health_json() const { return read(metalab_capture_health_json); }

  // --- Told to stop

  /// Returns true if the run is asked to stop: `while (step < steps && !run.should_stop())`. It is true once
  /// a signal that the options select has arrived (`signal_set::stop`), once `request_stop` was called, or
  /// once less time is left than `options::stop_before`. After it has returned true, the run ends as
  /// cancelled, unless the run failed. A call costs a few loads from memory.
  bool should_stop() const noexcept { return metalab_capture_should_stop(handle_); }
  /// Returns true if the run is to stop at this step. All processes of the run stop at the same step,
  /// whichever of them has a reason to; all must call it for the same steps. It reads a small file about
  /// twice a second, and returns false if it cannot (see `last_error`).
  bool should_stop_at(std::int64_t step) const noexcept {
    detail::refusal = nullptr;
    return metalab_capture_should_stop_at(handle_, step);
  }
  /// Makes `should_stop` true from now on. In a signal handler, use a quiet capture.
  result request_stop() noexcept(Policy::is_quiet) {
    const metalab_status_t answer = metalab_capture_request_stop(handle_);
    // The C interface leaves no message, for the sake of signal handlers.
    return Policy::settle(answer == METALAB_ERR_CLOSED ? detail::attempt(metalab::status::closed, "the run has ended")
                                                       : detail::attempt(answer));
  }
  /// Returns the seconds until the end of the process's time, negative after it; infinity if there is no
  /// end.
  value<double> seconds_left() const {
    double seconds = 0.0;
    const detail::attempt answer = metalab_capture_seconds_left(handle_, &seconds);
    return Policy::template give<double>(seconds, answer);
  }

  // --- The record, and the end

  /// Adds a warning to the run's record (`warning` writes a log line), with details such as `{{"step",
  /// 3}}`.
  result add_warning(text message, const json_object& details = {}) {
    return Policy::settle(
        detail::try_call([&](const char* m, const char* d) { return metalab_capture_add_warning(handle_, m, d); },
                         detail::c_string(message), detail::c_string(details.text())));
  }
  /// Adds a line to the run's notes.
  result add_note(text words) {
    return Policy::settle(detail::try_call([&](const char* w) { return metalab_capture_add_note(handle_, w); },
                                           detail::c_string(words)));
  }
  result add_tag(text tag) {
    return Policy::settle(detail::try_call([&](const char* t) { return metalab_capture_add_tag(handle_, t); },
                                           detail::c_string(tag)));
  }

  /// Makes the run end as failed. The first failure is kept.
  result fail(text type, text message, text traceback = {}) noexcept(Policy::is_quiet) {
    return Policy::settle(detail::try_call(
        [&](const char* t, const char* m, const char* b) { return metalab_capture_fail(handle_, t, m, b); },
        detail::c_string(type), detail::c_string(message), detail::c_string(traceback)));
  }
  result fail(const failure& what) {
    return fail(what.type, what.message, what.traceback.empty() ? text() : text(what.traceback));
  }
  /// Makes the run end as failed, with the exception's type, message and nested exceptions.
  result fail(const std::exception& exception) { return fail(describe(exception)); }
  /// Makes the run end as cancelled.
  result cancel(text reason = {}) noexcept(Policy::is_quiet) {
    return Policy::settle(detail::try_call([&](const char* r) { return metalab_capture_cancel(handle_, r); },
                                           detail::c_string(reason)));
  }
  /// Blocks until everything emitted so far is in the store.
  result flush(durability how = durability::visible) noexcept(Policy::is_quiet) {
    return Policy::settle(metalab_capture_flush(handle_, static_cast<metalab_flush_t>(how)));
  }
  /// Ends the run and blocks until it is in the store for good. Afterwards emits return
  /// `status::closed`. `status::incomplete`: the run has ended, but something could not be written.
  result finish() noexcept(Policy::is_quiet) {
    detail::flush_printed();
    return Policy::settle(metalab_capture_finish(handle_));
  }

 private:
  std::pair<std::int64_t, std::int64_t> place() const noexcept {
    std::pair<std::int64_t, std::int64_t> found(0, 1);
    metalab_capture_rank(handle_, &found.first, &found.second);
    return found;
  }

  detail::attempt open(const options& what, const char* compiler) {
    if (const char* const mismatch = detail::abi_mismatch()) {
      return {metalab::status::unsupported, mismatch};
    }
    metalab_options_t* raw = nullptr;
    detail::attempt answer = metalab_options_new(&raw);
    if (answer.how == metalab::status::ok) {
      answer = what.apply(raw, compiler);
    }
    if (answer.how == metalab::status::ok) {
      answer = metalab_capture_open(raw, &handle_);
    }
    metalab_options_free(raw);
    return answer;
  }

  void take(basic_capture& other) noexcept {
    status_ = other.status_;
    exceptions_ = other.exceptions_;
    handle_ = other.release();
  }

  void close() noexcept {
    metalab_capture_t* const handle = std::exchange(handle_, nullptr);
    if (handle != nullptr) {
      detail::flush_printed();
    }
    if (handle != nullptr && std::uncaught_exceptions() > exceptions_) {
      detail::ignore(
          metalab_capture_fail(handle, "std::exception", "a C++ exception passed through", nullptr));
    }
    metalab_capture_free(handle);
  }

  detail::attempt try_metric(const text& name, const scalar& v) noexcept {
    return detail::try_call(
        [&](const char* n) {
          switch (v.type()) {
            case scalar::kind::real:
            case scalar::kind::wide: break;
            case scalar::kind::integer: return metalab_capture_metric_i64(handle_, n, v.integer());
            case scalar::kind::boolean: return metalab_capture_metric_bool(handle_, n, v.boolean());
            case scalar::kind::text: return metalab_capture_metric_text(handle_, n, v.text().data(), v.text().size());
          }
          return metalab_capture_metric(handle_, n, v.real());
        },
        detail::c_string(name));
  }
  template <class Step>
  detail::attempt try_metric(const text& name, const scalar& v, Step step) noexcept {
    if (!detail::fits_int64(step)) {
      return {metalab::status::value, detail::unfit_step};
    }
    const auto at = static_cast<std::int64_t>(step);
    return detail::try_call(
        [&](const char* n) {
          switch (v.type()) {
            case scalar::kind::real:
            case scalar::kind::wide: break;
            case scalar::kind::integer: return metalab_capture_metric_step_i64(handle_, n, at, v.integer());
            case scalar::kind::boolean: return metalab_capture_metric_step_bool(handle_, n, at, v.boolean());
            case scalar::kind::text:
              return metalab_capture_metric_step_text(handle_, n, at, v.text().data(), v.text().size());
          }
          return metalab_capture_metric_step(handle_, n, at, v.real());
        },
        detail::c_string(name));
  }
  template <class Range, class Emit>
  static result settle_all(const Range& values, const Emit& emit) noexcept(Policy::is_quiet) {
    detail::attempt all = METALAB_OK;
    for (const auto& one : values) {
      const detail::attempt answer = emit(one);
      if (failed(answer.how) || !failed(all.how)) {
        all = answer;
      }
    }
    return Policy::settle(all);
  }

  detail::attempt try_log(level how, const text& line) noexcept {
    return metalab_capture_log(handle_, static_cast<metalab_level_t>(how), line.data(), line.size());
  }

#if defined(METALAB_FORMAT_NAMESPACE)
  template <class... Args>
  detail::attempt compose_unguarded(level how, format_string<Args...> format, Args&&... args) {
    char line[512];
    const auto written = METALAB_FORMAT_NAMESPACE::format_to_n(line, sizeof line, format, std::forward<Args>(args)...);
    const auto size = static_cast<std::size_t>(written.size);
    if (size <= sizeof line) {
      return try_log(how, std::string_view(line, size));
    }
    // Formatting reads its arguments only, so they are still there.
    return try_log(how, METALAB_FORMAT_NAMESPACE::format(format, std::forward<Args>(args)...));
  }
  template <class... Args>
  detail::attempt compose(level how, format_string<Args...> format, Args&&... args) {
#if defined(__cpp_exceptions)
    try {
      return compose_unguarded(how, format, std::forward<Args>(args)...);
    } catch (const std::exception&) {
      return {metalab::status::value, "a log line could not be formatted"};
    }
#else
    return compose_unguarded(how, format, std::forward<Args>(args)...);
#endif
  }
#endif

  template <class Getter>
  value<std::string> read(Getter get) const {
    detail::owned_text out;
    const detail::attempt answer = get(handle_, out.out());
    return Policy::template give<std::string>(out.str(), answer);
  }

  static detail::attempt unfit_array() noexcept {
    return {metalab::status::value, "an array's shape or strides are out of range, or not equal in number"};
  }

  template <detail::shelf Shelf, class T>
  result store(const text& name, const T& what, const json_object& metadata) {
    using detail::shelf;
    if constexpr (detail::has_serializer_v<T>) {
      return store<Shelf>(name, serializer<T>::serialize(what), metadata);
    } else if constexpr (std::is_same_v<T, json>) {
      return Policy::settle(store_json<Shelf>(name, what.str(), metadata));
    } else if constexpr (std::is_same_v<T, array_view>) {
      return Policy::settle(store_array<Shelf>(name, what, metadata));
    } else if constexpr (std::is_same_v<T, bytes> || std::is_same_v<T, blob> || std::is_same_v<T, named_arrays>) {
      static_assert(Shelf == shelf::artifact, "metalab: bytes and named arrays can be artifacts, not data");
      return Policy::settle(store_content(name, what, metadata));
    } else if constexpr (detail::is_text_v<T> || std::is_same_v<T, text>) {
      if constexpr (Shelf == shelf::artifact) {
        const std::string_view view = text(what).view();
        return Policy::settle(store_content(name, bytes{view.data(), view.size(), "text", "txt"}, metadata));
      } else {
        return Policy::settle(store_json<Shelf>(name, to_json(what).str(), metadata));
      }
    } else if constexpr (detail::is_complex_v<T>) {
      return Policy::settle(store_array<Shelf>(name, array_view(&what, shape()), metadata));
    } else if constexpr (detail::is_array_v<T>) {
      return Policy::settle(store_array<Shelf>(name, as_array(what), metadata));
    } else if constexpr (detail::is_vector_of_bool_v<T>) {
      const std::unique_ptr<bool[]> flags(new bool[what.size() + 1]);
      for (std::size_t i = 0; i != what.size(); ++i) {
        flags[i] = what[i];
      }
      return Policy::settle(store_array<Shelf>(name, array_view(flags.get(), what.size()), metadata));
    } else if constexpr (detail::has_no_dtype<T>()) {
      static_assert(detail::always_false_v<T>,
                    "metalab: the store has no type for these numbers (long double, 128-bit integers); convert them to "
                    "double or to 64-bit integers, or specialise metalab::serializer");
    } else if constexpr (detail::has_dimensions_v<T>) {
      static_assert(detail::always_false_v<T>,
                    "metalab: this is an expression, a part of an array, or sparse: evaluate it into an array first "
                    "(Eigen: x.eval(); Armadillo: arma::mat(x); xtensor: xt::eval(x)), or specialise metalab::serializer");
    } else if constexpr (detail::has_json<T>()) {
      return Policy::settle(store_json<Shelf>(name, to_json(what).str(), metadata));
    } else {
      static_assert(detail::always_false_v<T>,
                    "metalab: no way to store this type is known; evaluate an expression into a container first, "
                    "view it as a metalab::array_view, or specialise metalab::serializer for it");
    }
  }

  template <detail::shelf Shelf>
  detail::attempt store_json(const text& name, const text& content, const json_object& metadata) {
    return detail::try_call(
        [&](const char* n, const char* m) {
          return Shelf == detail::shelf::data
                     ? metalab_capture_data_json(handle_, n, content.data(), content.size(), m)
                     : metalab_capture_artifact_json(handle_, n, content.data(), content.size(), m);
        },
        detail::c_string(name), detail::c_string(metadata.text()));
  }
  template <detail::shelf Shelf>
  detail::attempt store_array(const text& name, const array_view& view, const json_object& metadata) {
    if (!view.valid()) {
      return unfit_array();
    }
    const metalab_array_t raw = view.get();
    return detail::try_call(
        [&](const char* n, const char* m) {
          return Shelf == detail::shelf::data ? metalab_capture_data_array(handle_, n, &raw, m)
                                              : metalab_capture_artifact_array(handle_, n, &raw, m);
        },
        detail::c_string(name), detail::c_string(metadata.text()));
  }
  detail::attempt store_content(const text& name, const bytes& what, const json_object& metadata) {
    return detail::try_call(
        [&](const char* n, const char* k, const char* f, const char* m) {
          return metalab_capture_artifact_bytes(handle_, n, what.data, what.size, k, f, m);
        },
        detail::c_string(name), detail::c_string(what.kind), detail::c_string(what.format),
        detail::c_string(metadata.text()));
  }
  detail::attempt store_content(const text& name, const blob& what, const json_object& metadata) {
    return store_content(name, bytes{what.content.data(), what.content.size(), what.kind, what.format}, metadata);
  }
  detail::attempt store_content(const text& name, const named_arrays& what, const json_object& metadata) {
    return store_arrays(name, what.data(), what.size(), metadata);
  }
  detail::attempt store_arrays(const text& name, const named_array* members, std::size_t count,
                               const json_object& metadata) {
    std::vector<const char*> names;
    std::vector<metalab_array_t> raw;
    names.reserve(count);
    raw.reserve(count);
    for (std::size_t i = 0; i != count; ++i) {
      if (!members[i].view.valid()) {
        return unfit_array();
      }
      if (members[i].name.find('\0') != std::string::npos) {
        return {metalab::status::name, "the name of an array has a NUL inside"};
      }
      names.push_back(members[i].name.c_str());
      raw.push_back(members[i].view.get());
    }
    return detail::try_call(
        [&](const char* n, const char* m) {
          return metalab_capture_artifact_arrays(handle_, n, count, names.data(), raw.data(), m);
        },
        detail::c_string(name), detail::c_string(metadata.text()));
  }

  metalab_capture_t* handle_ = nullptr;
  metalab::status status_ = metalab::status::no_capture;
  int exceptions_ = 0;
};

/// Calls return a status.
using quiet_capture = basic_capture<quiet>;
#if defined(__cpp_exceptions)
/// Calls throw `metalab::error`.
using capture = basic_capture<throwing>;
#endif

}  // inline namespace
}  // namespace metalab

#endif
