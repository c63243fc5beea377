// Reading a store back: runs as tables, and of each run its facts, series, logs and arrays.
#ifndef METALAB_STORE_HPP
#define METALAB_STORE_HPP

#include "array.hpp"
#include "json.hpp"
#include "options.hpp"
#include "text.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#if __has_include(<version>)
#include <version>
#endif
#if defined(__cpp_lib_span)
#include <span>
#endif
#if defined(__cpp_lib_ranges)
#include <ranges>
#endif

namespace metalab {
inline namespace METALAB_ABI {

/// The status of a run. `dead`: its process is dead, but its record still says "running".
enum class run_status : metalab_run_status_t {
  running = METALAB_RUN_RUNNING,
  success = METALAB_RUN_SUCCESS,
  failed = METALAB_RUN_FAILED,
  cancelled = METALAB_RUN_CANCELLED,
  dead = METALAB_RUN_DEAD,
  other = METALAB_RUN_OTHER
};

/// Contiguous elements that another object owns: a range, from which a `std::span` can be made.
template <class T>
class elements {
 public:
  using value_type = T;

  constexpr elements() noexcept = default;
  constexpr elements(const T* data, std::size_t size) noexcept : data_(data), size_(size) {}

  constexpr const T* data() const noexcept { return data_; }
  constexpr std::size_t size() const noexcept { return size_; }
  constexpr bool empty() const noexcept { return size_ == 0; }
  constexpr const T* begin() const noexcept { return data_; }
  constexpr const T* end() const noexcept { return data_ + size_; }
  constexpr const T& operator[](std::size_t place) const noexcept { return data_[place]; }
  constexpr const T& front() const noexcept { return data_[0]; }
  constexpr const T& back() const noexcept { return data_[size_ - 1]; }
#if defined(__cpp_lib_span)
  constexpr std::span<const T> as_span() const noexcept { return {data_, size_}; }
#endif

 private:
  const T* data_ = nullptr;
  std::size_t size_ = 0;
};

namespace detail {

// The value of an integer as this type, if it has it.
template <class T>
std::optional<T> fitting(std::int64_t value) noexcept {
  const T converted = static_cast<T>(value);
  if constexpr (std::is_integral_v<T>) {
    if (static_cast<std::int64_t>(converted) != value || (converted < T{}) != (value < 0)) {
      return std::nullopt;
    }
  }
  return converted;
}

}  // namespace detail

/// A column: values of one type, some of which may be missing. It is a view, valid as long as its table or
/// points.
class column {
 public:
  column() noexcept = default;
  explicit column(const metalab_column_t& of) noexcept : column_(of) {}

  std::string_view name() const noexcept { return column_.name != nullptr ? column_.name : ""; }
  /// METALAB_COLUMN_...
  metalab_column_type_t type() const noexcept { return column_.column_type; }
  std::size_t size() const noexcept { return column_.count; }
  bool empty() const noexcept { return column_.count == 0; }

  /// Returns true if this row has a value.
  bool has(std::size_t row) const noexcept {
    return row < column_.count && column_.column_type != METALAB_COLUMN_EMPTY &&
           (column_.valid == nullptr || column_.valid[row] != 0);
  }

  /// Returns all values if they are of the type: `double`, `std::int64_t` (integers and times) or
  /// `std::uint8_t` (booleans). A missing value is NaN or zero there.
  template <class T>
  std::optional<elements<T>> values() const noexcept {
    static_assert(std::is_same_v<T, double> || std::is_same_v<T, std::int64_t> || std::is_same_v<T, std::uint8_t>,
                  "metalab: columns are of double, std::int64_t or std::uint8_t; texts come one by one");
    if (!is_of<T>()) {
      return std::nullopt;
    }
    return elements<T>(static_cast<const T*>(column_.values), column_.count);
  }

  /// Returns the value in a row, if there is one of this kind. Integers can be read as `double`, and
  /// booleans as integers; a float cannot be read as an integer. Strings are read as `std::string_view`.
  template <class T>
  std::optional<T> get(std::size_t row) const noexcept {
    if (!has(row)) {
      return std::nullopt;
    }
    if constexpr (std::is_same_v<T, std::string_view>) {
      if (column_.column_type != METALAB_COLUMN_TEXT) {
        return std::nullopt;
      }
      const std::int64_t start = column_.offsets[row];
      return std::string_view(column_.text + start, static_cast<std::size_t>(column_.offsets[row + 1] - start));
    } else {
      static_assert(std::is_arithmetic_v<T>, "metalab: a value is a number, or a std::string_view");
      switch (column_.column_type) {
        case METALAB_COLUMN_BOOL: return static_cast<T>(at<std::uint8_t>(row));
        case METALAB_COLUMN_INT:
        case METALAB_COLUMN_TIME: return detail::fitting<T>(at<std::int64_t>(row));
        case METALAB_COLUMN_FLOAT:
          if constexpr (std::is_floating_point_v<T>) {
            return static_cast<T>(at<double>(row));
          } else {
            return std::nullopt;
          }
        default: return std::nullopt;
      }
    }
  }

 private:
  template <class T>
  bool is_of() const noexcept {
    if constexpr (std::is_same_v<T, double>) {
      return column_.column_type == METALAB_COLUMN_FLOAT;
    } else if constexpr (std::is_same_v<T, std::int64_t>) {
      return column_.column_type == METALAB_COLUMN_INT || column_.column_type == METALAB_COLUMN_TIME;
    } else {
      return column_.column_type == METALAB_COLUMN_BOOL;
    }
  }
  template <class T>
  T at(std::size_t row) const noexcept {
    return static_cast<const T*>(column_.values)[row];
  }
  metalab_column_t column_ = METALAB_COLUMN_INIT;
};

namespace detail {

// Owns a handle of a reader.
template <class T, void (*Free)(T*)>
class reader_handle {
 public:
  reader_handle() noexcept = default;
  reader_handle(reader_handle&& other) noexcept : token_(std::exchange(other.token_, nullptr)) {}
  reader_handle& operator=(reader_handle&& other) noexcept {
    if (this != &other) {
      Free(token_);
      token_ = std::exchange(other.token_, nullptr);
    }
    return *this;
  }
  ~reader_handle() { Free(token_); }

  T* get() const noexcept { return token_; }
  T** out() noexcept { return &token_; }

 private:
  T* token_ = nullptr;
};

template <class Policy, class Call, class... Texts>
typename Policy::template value<json> json_of(const Call& call, const Texts&... texts) {
  owned_text out;
  const attempt answer = try_call([&](auto... names) { return call(names..., out.out()); }, texts...);
  return Policy::template give<json>(json(out.str()), answer);
}

// A value that the run may not have: nothing is no error.
template <class Policy, class T>
typename Policy::template value<std::optional<T>> maybe(T value, const attempt& answer) {
  if (answer.how == status::not_found) {
    return Policy::template give<std::optional<T>>(std::nullopt, METALAB_OK);
  }
  std::optional<T> found;
  if (answer.how == status::ok) {
    found = std::move(value);
  }
  return Policy::template give<std::optional<T>>(std::move(found), answer);
}

}  // namespace detail

/// Runs as columns: a range of them. Move-only; columns are valid as long as it is.
template <class Policy>
class basic_table {
 public:
  basic_table() noexcept = default;

  /// How many runs it has.
  std::size_t rows() const noexcept { return rows_; }
  /// How many columns it has.
  std::size_t size() const noexcept { return columns_; }
  bool empty() const noexcept { return rows_ == 0; }

  /// Returns a column by index; an empty one if there are fewer.
  metalab::column operator[](std::size_t place) const noexcept {
    metalab_column_t found = METALAB_COLUMN_INIT;
    detail::ignore(metalab_table_column(handle_.get(), place, &found));
    return metalab::column(found);
  }

  /// Returns a column by name: "run_id", "params.n", "metrics.energy". Empty if no run has it.
  std::optional<metalab::column> column(const text& name) const {
    metalab_column_t found = METALAB_COLUMN_INIT;
    const detail::attempt answer = detail::try_call(
        [&](const char* n) { return metalab_table_find(handle_.get(), n, &found); }, detail::c_string(name));
    return answer.how == status::ok ? std::optional<metalab::column>(found) : std::nullopt;
  }

  /// The records that could not be read and have no row: a JSON array of messages.
  typename Policy::template value<json> problems() const {
    return detail::json_of<Policy>([&](char** out) { return metalab_table_problems_json(handle_.get(), out); });
  }

  /// Exports the table through the Arrow C data interface: a record batch with a child for each column. Missing
  /// values are null. Numbers and strings are not copied.
  ///
  ///     ArrowSchema schema;
  ///     ArrowArray array;
  ///     table.to_arrow(&schema, &array);
  ///     auto batch = arrow::ImportRecordBatch(&array, &schema);   // releases both
  ///
  /// The structures are the caller's and need not be initialised; they are written only if the call succeeds. The
  /// caller, or whoever imports them, has to call the `release` of each. They stay valid until then, also without
  /// this object. Null pointers are `status::null`. Any thread.
  typename Policy::result to_arrow(ArrowSchema* schema, ArrowArray* array) const {
    return Policy::settle(metalab_table_arrow(handle_.get(), schema, array));
  }

  class iterator {
   public:
    using difference_type = std::ptrdiff_t;
    using value_type = metalab::column;
    iterator(const basic_table* of, std::size_t place) noexcept : of_(of), place_(place) {}
    metalab::column operator*() const noexcept { return (*of_)[place_]; }
    iterator& operator++() noexcept {
      ++place_;
      return *this;
    }
    bool operator==(const iterator& other) const noexcept { return place_ == other.place_; }
    bool operator!=(const iterator& other) const noexcept { return place_ != other.place_; }

   private:
    const basic_table* of_;
    std::size_t place_;
  };
  iterator begin() const noexcept { return {this, 0}; }
  iterator end() const noexcept { return {this, columns_}; }

 private:
  template <class>
  friend class basic_store;

  detail::reader_handle<metalab_table_t, metalab_table_free> handle_;
  std::size_t rows_ = 0;
  std::size_t columns_ = 0;
};

/// A series as columns of step and value. Move-only; its columns are valid as long as it is, or until the
/// next `poll` for a followed series.
template <class Policy>
class basic_points {
 public:
  basic_points() noexcept = default;

  std::size_t size() const noexcept { return steps_.size(); }
  bool empty() const noexcept { return steps_.empty(); }
  elements<std::int64_t> steps() const noexcept { return steps_; }
  /// The values, of whichever type they are.
  const column& values() const noexcept { return values_; }
  /// Returns the values if they are of the type: `double`, `std::int64_t` or `std::uint8_t`.
  template <class T>
  std::optional<elements<T>> values() const noexcept {
    return values_.template values<T>();
  }
  /// Returns true if the series has ended: no points will be added.
  bool ended() const noexcept { return ended_; }

  /// Adds the new points to a followed series, and returns how many there are. They are the last ones of
  /// the columns.
  typename Policy::template value<std::size_t> poll() {
    std::size_t count = 0;
    const detail::attempt answer = metalab_points_poll(handle_.get(), &count, &ended_);
    look();
    return Policy::template give<std::size_t>(count, answer);
  }

  /// Returns at most `most` points that draw the same curve: the first, last, smallest and largest of
  /// buckets. Not for a followed series.
  typename Policy::template value<basic_points> thinned(std::size_t most) const {
    basic_points thin;
    const detail::attempt answer = metalab_points_thin(handle_.get(), most, thin.handle_.out());
    thin.ended_ = true;
    thin.look();
    return Policy::template give<basic_points>(std::move(thin), answer);
  }

  /// Name, unit, description and axis: a JSON object.
  typename Policy::template value<json> about() const {
    return detail::json_of<Policy>([&](char** out) { return metalab_points_about_json(handle_.get(), out); });
  }

  /// Exports the series as `table::to_arrow` exports a table: the columns are "step" and "value". Of a followed
  /// series these are the points so far; later ones are not added. Any thread.
  typename Policy::result to_arrow(ArrowSchema* schema, ArrowArray* array) const {
    return Policy::settle(metalab_points_arrow(handle_.get(), schema, array));
  }

 private:
  template <class>
  friend class basic_stored_run;

  void look() noexcept {
    std::size_t count = 0;
    const std::int64_t* steps = nullptr;
    metalab_column_t values = METALAB_COLUMN_INIT;
    if (handle_.get() != nullptr && metalab_points_columns(handle_.get(), &count, &steps, &values) == METALAB_OK) {
      steps_ = {steps, count};
      values_ = column(values);
    }
  }

  detail::reader_handle<metalab_points_t, metalab_points_free> handle_;
  elements<std::int64_t> steps_;
  column values_;
  bool ended_ = false;
};

/// An array that was read: a range of its elements in the order of `order()`. Move-only; the elements are
/// read-only and are freed with it.
template <class T, class Policy>
class basic_stored_array {
  static_assert(detail::is_element_v<T>, "metalab: the store has no element type like this");

 public:
  using value_type = T;
  basic_stored_array() noexcept = default;

  const T* data() const noexcept { return elements_.data(); }
  std::size_t size() const noexcept { return elements_.size(); }
  bool empty() const noexcept { return elements_.empty(); }
  const T* begin() const noexcept { return elements_.begin(); }
  const T* end() const noexcept { return elements_.end(); }
  const T& operator[](std::size_t place) const noexcept { return elements_[place]; }
#if defined(__cpp_lib_span)
  std::span<const T> as_span() const noexcept { return elements_.as_span(); }
#endif
  metalab::order order() const noexcept { return order_; }
  /// The extents, slowest first where `order` is c.
  elements<std::uint64_t> extents() const noexcept { return extents_; }
  /// The step of a snapshot.
  std::int64_t step() const noexcept { return step_; }

  /// Compares the elements with the checksum in their file.
  typename Policy::result verify() const { return Policy::settle(metalab_loaded_verify(handle_.get())); }

 private:
  template <class>
  friend class basic_stored_run;

  // Takes the array of the C interface, if it is of this type.
  detail::attempt take(const detail::attempt& answer, const metalab_array_t& array) noexcept {
    if (answer.how != status::ok) {
      return answer;
    }
    if (array.dtype != detail::dtype_number<T>()) {
      return {status::value, "the array in the store has elements of another type"};
    }
    order_ = metalab::order{array.order};
    extents_ = {array.shape, array.ndim};
    std::size_t count = 1;
    for (const std::uint64_t extent : extents_) {
      count *= static_cast<std::size_t>(extent);
    }
    elements_ = {static_cast<const T*>(array.data), count};
    return answer;
  }

  detail::reader_handle<metalab_loaded_t, metalab_loaded_free> handle_;
  elements<T> elements_;
  elements<std::uint64_t> extents_;
  metalab::order order_ = metalab::order::c;
  std::int64_t step_ = 0;
};

/// A run of a store, as it was when it was opened or last refreshed. Move-only. Any threads may call it,
/// except for moving and destroying.
template <class Policy>
class basic_stored_run {
 public:
  using result = typename Policy::result;
  template <class T>
  using value = typename Policy::template value<T>;

  basic_stored_run() noexcept = default;
  explicit operator bool() const noexcept { return handle_.get() != nullptr; }
  /// The handle of the C interface, or null. It stays with this object.
  metalab_run_t* handle() const noexcept { return handle_.get(); }

  /// Reads the run again, if it has changed.
  result refresh() { return Policy::settle(metalab_run_refresh(handle_.get())); }

  /// The status of the run.
  run_status status() const noexcept {
    metalab_run_status_t found = METALAB_RUN_OTHER;
    detail::ignore(metalab_run_status(handle_.get(), &found));
    return run_status{found};
  }

  /// Its id; empty if there is no run.
  std::string id() const { return fact("run_id"); }
  /// The experiment's id.
  std::string experiment() const { return fact("experiment_id"); }

  /// Returns a parameter, if the run has it: a number, or `std::string`. Members of objects are separated
  /// by dots: "solver.tolerance". A value of another kind is `status::value`.
  template <class T>
  value<std::optional<T>> param(const text& name) const {
    return field<T>("params.", name);
  }
  /// Returns a plain metric, if the run has it, also one that is only in its journal.
  template <class T>
  value<std::optional<T>> metric(const text& name) const {
    return field<T>("metrics.", name);
  }

  /// Returns the highest step of the series and snapshots, if there is one. Series with a step unit of
  /// their own (`set_step_unit`) do not count.
  value<std::optional<std::int64_t>> last_step() const {
    std::int64_t step = 0;
    const detail::attempt answer = metalab_run_last_step(handle_.get(), &step);
    return detail::maybe<Policy>(step, answer);
  }

  /// Returns the whole series, sorted by step, up to the last call that has returned; empty if the run has
  /// none of that name.
  value<std::optional<basic_points<Policy>>> series(const text& name) const {
    basic_points<Policy> points;
    const detail::attempt answer = detail::try_call(
        [&](const char* n) { return metalab_run_series(handle_.get(), n, points.handle_.out()); },
        detail::c_string(name));
    points.ended_ = true;
    points.look();
    return detail::maybe<Policy>(std::move(points), answer);
  }

  /// Returns the axis of a series of this run that was read whole: for each point, the value of the axis at
  /// the same step. The value is missing if the axis has no such step. Empty if no axis was set, or if the
  /// run does not have the axis.
  value<std::optional<basic_points<Policy>>> axis(const basic_points<Policy>& of) const {
    basic_points<Policy> points;
    const detail::attempt answer(metalab_points_axis(of.handle_.get(), handle_.get(), points.handle_.out()));
    points.ended_ = true;
    points.look();
    return detail::maybe<Policy>(std::move(points), answer);
  }

  /// Follows a series, which need not have a point yet: `poll` adds the new points.
  value<basic_points<Policy>> follow(const text& name) const {
    basic_points<Policy> points;
    const detail::attempt answer = detail::try_call(
        [&](const char* n) { return metalab_run_follow(handle_.get(), n, points.handle_.out()); },
        detail::c_string(name));
    points.look();
    return Policy::template give<basic_points<Policy>>(std::move(points), answer);
  }

  /// Returns an array of an artifact, mapped if it is stored as it is in memory. `key` selects one of
  /// several.
  template <class T>
  value<basic_stored_array<T, Policy>> array(const text& artifact, const text& key = {}) const {
    basic_stored_array<T, Policy> loaded;
    const detail::attempt answer = load(
        loaded,
        [&](const char* a, const char* k, metalab_loaded_t** out, metalab_array_t* array) {
          return metalab_run_array(handle_.get(), a, k, out, array);
        },
        detail::c_string(artifact), detail::c_string(key));
    return Policy::template give<basic_stored_array<T, Policy>>(std::move(loaded), answer);
  }
  /// The names of the arrays of an artifact, which are the keys for `array`, in file order: a JSON array of
  /// strings.
  value<json> array_names(const text& artifact) const {
    return detail::json_of<Policy>(
        [&](const char* a, char** out) { return metalab_run_array_names_json(handle_.get(), a, out); },
        detail::c_string(artifact));
  }
  /// Structured data that are an array.
  template <class T>
  value<basic_stored_array<T, Policy>> result_array(const text& name) const {
    basic_stored_array<T, Policy> loaded;
    const detail::attempt answer = load(
        loaded,
        [&](const char* n, metalab_loaded_t** out, metalab_array_t* array) {
          return metalab_run_result_array(handle_.get(), n, out, array);
        },
        detail::c_string(name));
    return Policy::template give<basic_stored_array<T, Policy>>(std::move(loaded), answer);
  }
  /// Returns the latest snapshot of an array; its `step()` is the step. A restarted solver continues from
  /// it. Empty if the run has none, as that of a process that died early.
  template <class T>
  value<std::optional<basic_stored_array<T, Policy>>> latest(const text& name) const {
    basic_stored_array<T, Policy> loaded;
    const detail::attempt answer = load(
        loaded,
        [&](const char* n, metalab_loaded_t** out, metalab_array_t* array) {
          return metalab_run_latest(handle_.get(), n, &loaded.step_, out, array);
        },
        detail::c_string(name));
    return detail::maybe<Policy>(std::move(loaded), answer);
  }

  /// Structured data that are a document: a JSON object of "data" and "metadata".
  value<json> result_json(const text& name) const {
    return detail::json_of<Policy>(
        [&](const char* n, char** out) { return metalab_run_result_json(handle_.get(), n, out); },
        detail::c_string(name));
  }
  /// The metadata of structured data, whether a document or an array: a JSON object.
  value<json> result_metadata(const text& name) const {
    return detail::json_of<Policy>(
        [&](const char* n, char** out) { return metalab_run_result_metadata_json(handle_.get(), n, out); },
        detail::c_string(name));
  }
  /// The run's record: a JSON object.
  value<json> record() const {
    return detail::json_of<Policy>([&](char** out) { return metalab_run_record_json(handle_.get(), out); });
  }
  /// The names of series, results, artifacts and logs: a JSON object of arrays.
  value<json> names() const {
    return detail::json_of<Policy>([&](char** out) { return metalab_run_names_json(handle_.get(), out); });
  }
  /// The artifacts, with their paths: a JSON array.
  value<json> artifacts() const {
    return detail::json_of<Policy>([&](char** out) { return metalab_run_artifacts_json(handle_.get(), out); });
  }
  /// Compares the file of an artifact with the hash recorded when it was sealed.
  result verify(const text& artifact) const {
    return Policy::settle(detail::try_call(
        [&](const char* a) { return metalab_run_artifact_verify(handle_.get(), a); }, detail::c_string(artifact)));
  }
  /// Returns a log from a byte offset on; empty at its end. Add the size to the offset for the next call.
  value<std::string> log(std::uint64_t offset = 0, const text& name = "run",
                         std::size_t most = std::size_t{1} << 20) const {
    detail::owned_text out;
    std::size_t size = 0;
    const detail::attempt answer = detail::try_call(
        [&](const char* n) { return metalab_run_log(handle_.get(), n, offset, most, out.out(), &size); },
        detail::c_string(name));
    return Policy::template give<std::string>(out.str(), answer);
  }

 private:
  template <class>
  friend class basic_store;
  template <class P>
  friend typename P::template value<std::optional<basic_stored_run<P>>> earlier(const options& what);

  std::string fact(const char* field) const {
    detail::owned_text out;
    detail::ignore(metalab_run_text(handle_.get(), field, out.out()));
    return out.str();
  }

  template <class T>
  value<std::optional<T>> field(const char* prefix, const text& name) const {
    const std::string full = prefix + std::string(name.view());
    if constexpr (std::is_same_v<T, std::string>) {
      detail::owned_text out;
      const detail::attempt answer = detail::try_call(
          [&](const char* f) { return metalab_run_text(handle_.get(), f, out.out()); }, detail::c_string(full));
      return detail::maybe<Policy>(out.str(), answer);
    } else if constexpr (std::is_floating_point_v<T>) {
      double number = 0;
      const detail::attempt answer = detail::try_call(
          [&](const char* f) { return metalab_run_number(handle_.get(), f, &number); }, detail::c_string(full));
      return detail::maybe<Policy>(static_cast<T>(number), answer);
    } else {
      static_assert(std::is_integral_v<T>, "metalab: a parameter or metric is a number or a std::string");
      std::int64_t number = 0;
      detail::attempt answer = detail::try_call(
          [&](const char* f) { return metalab_run_integer(handle_.get(), f, &number); }, detail::c_string(full));
      const std::optional<T> converted = detail::fitting<T>(number);
      if (answer.how == metalab::status::ok && !converted) {
        answer = {metalab::status::value, "the integer in the store does not fit into the type that is asked for"};
      }
      return detail::maybe<Policy>(converted.value_or(T{}), answer);
    }
  }

  template <class T, class Call, class... Texts>
  static detail::attempt load(basic_stored_array<T, Policy>& loaded, const Call& call, const Texts&... texts) {
    metalab_array_t array = METALAB_ARRAY_INIT;
    const detail::attempt answer = detail::try_call(
        [&](auto... names) { return call(names..., loaded.handle_.out(), &array); }, texts...);
    return loaded.take(answer, array);
  }

  detail::reader_handle<metalab_run_t, metalab_run_free> handle_;
};

/// A store opened for reading. It writes nothing and takes no locks: others may write to the store
/// meanwhile.
///
///     metalab::store runs("runs");
///     auto run = runs.run("heat:1", id);
///     if (auto u = run.latest<double>("u")) { ... }
///
/// Errors: as `store`, calls throw `metalab::error`; as `quiet_store`, they return a `metalab::outcome`.
/// Any threads may call it, except for moving and destroying.
template <class Policy>
class basic_store {
 public:
  template <class T>
  using value = typename Policy::template value<T>;

  basic_store() noexcept = default;
  /// Opens a store by its locator; without one, that of METALAB_STORE. For a quiet store, check `status`
  /// afterwards.
  explicit basic_store(const text& locator) {
    const detail::attempt opened = detail::try_call(
        [&](const char* l) { return metalab_store_open(l, handle_.out()); }, detail::c_string(locator));
    status_ = opened.how;
    Policy::settle(opened);
  }

  explicit operator bool() const noexcept { return handle_.get() != nullptr; }
  /// The status of opening.
  metalab::status status() const noexcept { return status_; }
  /// The handle of the C interface, or null. It stays with this object.
  metalab_store_t* handle() const noexcept { return handle_.get(); }

  /// The ids of the experiments: a JSON array.
  value<json> experiments() const {
    return detail::json_of<Policy>([&](char** out) { return metalab_store_experiments_json(handle_.get(), out); });
  }

  /// Returns the runs that match a filter such as "params.n > 256 and status = failed", newest first; of
  /// all experiments if none is named; at most `limit` of them if it is not 0. See metalab_store_runs for
  /// filters.
  value<basic_table<Policy>> runs(const text& filter = {}, const text& experiment = {},
                                  std::size_t limit = 0) const {
    basic_table<Policy> table;
    const detail::attempt answer = detail::try_call(
        [&](const char* f, const char* e) {
          return metalab_store_runs(handle_.get(), e, f, limit, table.handle_.out());
        },
        detail::c_string(filter), detail::c_string(experiment));
    if (answer.how == metalab::status::ok) {
      detail::ignore(metalab_table_size(table.handle_.get(), &table.rows_, &table.columns_));
    }
    return Policy::template give<basic_table<Policy>>(std::move(table), answer);
  }

  /// The run of this id; `status::not_found` if there is none.
  value<basic_stored_run<Policy>> run(const text& experiment, const text& run_id) const {
    basic_stored_run<Policy> found;
    const detail::attempt answer = open(experiment, run_id, found);
    return Policy::template give<basic_stored_run<Policy>>(std::move(found), answer);
  }

  /// The run of this id, if there is one.
  value<std::optional<basic_stored_run<Policy>>> find(const text& experiment, const text& run_id) const {
    basic_stored_run<Policy> found;
    const detail::attempt answer = open(experiment, run_id, found);
    return detail::maybe<Policy>(std::move(found), answer);
  }

  /// The newest run of an experiment, or of all, if there is one.
  value<std::optional<basic_stored_run<Policy>>> newest(const text& experiment = {}) const {
    return find(experiment, {});
  }

 private:
  detail::attempt open(const text& experiment, const text& run_id, basic_stored_run<Policy>& found) const {
    return detail::try_call(
        [&](const char* e, const char* r) { return metalab_store_run(handle_.get(), e, r, found.handle_.out()); },
        detail::c_string(experiment), detail::c_string(run_id));
  }

  detail::reader_handle<metalab_store_t, metalab_store_free> handle_;
  metalab::status status_ = metalab::status::no_capture;
};

/// Returns the run that a capture with these options would open, if it is in the store. A resumed sweep reads
/// the results of a skipped run with it, and a restarted solver those of its earlier attempt.
///
///     if (auto before = metalab::earlier(options)) { ... }
///
/// `earlier<metalab::quiet>` returns a `metalab::outcome` and throws no exceptions. Any thread.
template <class Policy = detail::default_policy>
typename Policy::template value<std::optional<basic_stored_run<Policy>>> earlier(const options& what) {
  basic_stored_run<Policy> found;
  metalab_options_t* raw = nullptr;
  detail::attempt answer = metalab_options_new(&raw);
  if (answer.how == status::ok) {
    answer = what.apply(raw);
  }
  if (answer.how == status::ok) {
    answer = metalab_options_run(raw, found.handle_.out());
  }
  metalab_options_free(raw);
  return detail::maybe<Policy>(std::move(found), answer);
}

using store = basic_store<detail::default_policy>;
using quiet_store = basic_store<quiet>;
using stored_run = basic_stored_run<detail::default_policy>;
using quiet_stored_run = basic_stored_run<quiet>;
using table = basic_table<detail::default_policy>;
using points = basic_points<detail::default_policy>;
template <class T>
using stored_array = basic_stored_array<T, detail::default_policy>;

}  // inline namespace
}  // namespace metalab

#if defined(__cpp_lib_ranges)
// Its iterators outlive it: they are pointers.
template <class T>
inline constexpr bool std::ranges::enable_borrowed_range<metalab::elements<T>> = true;
#endif

#endif
