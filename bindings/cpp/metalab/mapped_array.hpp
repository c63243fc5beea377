// An array that the solver computes into, and that is the artifact.
#ifndef METALAB_MAPPED_ARRAY_HPP
#define METALAB_MAPPED_ARRAY_HPP

#include "array.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <limits>
#include <memory>
#include <utility>

#if __has_include(<version>)
#include <version>
#endif
#if defined(__cpp_lib_span)
#include <span>
#endif
#if defined(__cpp_lib_mdspan)
#include <mdspan>
#endif

namespace metalab {
inline namespace METALAB_ABI {
namespace detail {

struct free_memory {
  void operator()(void* memory) const noexcept { std::free(memory); }
};
using plain_memory = std::unique_ptr<void, free_memory>;

inline constexpr std::size_t mapping_alignment = 64;

// The extents' product times the size of an element, or the greatest size where it is more.
inline std::size_t bytes_of(const shape& extents, std::size_t element) noexcept {
  std::size_t total = element;
  for (const std::uint64_t extent : extents) {
    if (extent != 0 && total > std::numeric_limits<std::size_t>::max() / extent) {
      return std::numeric_limits<std::size_t>::max();
    }
    total *= static_cast<std::size_t>(extent);
  }
  return total;
}

}  // namespace detail

/// An array in the file of a future artifact: zero-filled, aligned to 64 bytes, and writable until it is
/// sealed. Move-only; made by `map` of a capture.
///
/// `seal` makes the file an artifact, `abandon` removes it; after either, the elements can no longer be
/// accessed. The destructor seals; if that fails, the run's health says so. During stack unwinding, the
/// destructor seals the array unfinished as it is: the artifact then has `"incomplete": true` in its
/// metadata, as after a crash.
///
/// If the run ends first, it keeps the array as an incomplete artifact; the elements may then still be
/// read, but no longer written. If the run is skipped, or could not be opened or mapped quietly, the array
/// is plain memory of the same shape that is not stored, so that the solver can continue. If there is no
/// memory either, `data` is null and `size` is 0.
///
/// Indices are not checked. Any thread may write elements; `seal` must come after all writes.
template <class T, class Policy>
class basic_mapped_array {
  static_assert(detail::is_element_v<T>, "metalab: the store has no element type like this");

 public:
  using result = typename Policy::result;
  using value_type = T;
  using iterator = T*;
  using const_iterator = const T*;

  /// An empty one that stores nothing.
  basic_mapped_array() noexcept = default;
  /// Takes over what the C interface has mapped, if it has.
  basic_mapped_array(metalab_mapping_t* mapping, void* data, const metalab::shape& extents, metalab::order layout,
                     metalab::status mapped) noexcept
      : handle_(mapping),
        data_(static_cast<T*>(data)),
        shape_(extents),
        order_(layout),
        status_(mapped),
        exceptions_(std::uncaught_exceptions()) {
    std::size_t bytes = shape_.valid() ? detail::bytes_of(shape_, sizeof(T)) : 0;
    if (handle_ == nullptr) {
      bytes = use_plain_memory(bytes);
    }
    size_ = bytes / sizeof(T);
    measure();
  }
  basic_mapped_array(basic_mapped_array&& other) noexcept { take(other); }
  basic_mapped_array& operator=(basic_mapped_array&& other) noexcept {
    if (this != &other) {
      close();
      take(other);
    }
    return *this;
  }
  ~basic_mapped_array() { close(); }

  T* data() noexcept { return data_; }
  const T* data() const noexcept { return data_; }
  /// The number of elements.
  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  const metalab::shape& shape() const noexcept { return shape_; }
  metalab::order order() const noexcept { return order_; }
  /// How many elements lie between neighbours along each dimension.
  const metalab::strides& strides() const noexcept { return strides_; }

  T* begin() noexcept { return data_; }
  T* end() noexcept { return data_ + size_; }
  const T* begin() const noexcept { return data_; }
  const T* end() const noexcept { return data_ + size_; }

  /// An element by its place in memory.
  T& operator[](std::size_t place) noexcept { return data_[place]; }
  const T& operator[](std::size_t place) const noexcept { return data_[place]; }
  /// An element by one index for each dimension.
  template <class... Index>
  T& operator()(Index... index) noexcept {
    return data_[place_of(index...)];
  }
  template <class... Index>
  const T& operator()(Index... index) const noexcept {
    return data_[place_of(index...)];
  }

#if defined(__cpp_lib_span)
  std::span<T> as_span() noexcept { return {data_, size_}; }
  std::span<const T> as_span() const noexcept { return {data_, size_}; }
#endif
#if defined(__cpp_lib_mdspan)
  /// The array as an mdspan: `layout_right` for C order, `layout_left` for Fortran order. Another
  /// rank or layout than the array has is an error, or an mdspan of no elements.
  template <std::size_t Rank, class Layout = std::layout_right>
  auto as_mdspan() {
    using extents_type = std::dextents<std::size_t, Rank>;
    std::array<std::size_t, Rank> extents{};
    constexpr bool is_c = std::is_same_v<Layout, std::layout_right>;
    static_assert(is_c || std::is_same_v<Layout, std::layout_left>, "metalab: layout_right or layout_left");
    if (Rank != shape_.size() || (Rank > 1 && is_c != (order_ == metalab::order::c))) {
      Policy::settle({metalab::status::value, "the array has another rank or order than the mdspan"});
    } else if (data_ != nullptr) {
      for (std::size_t i = 0; i != Rank; ++i) {
        extents[i] = static_cast<std::size_t>(shape_[i]);
      }
    }
    return std::mdspan<T, extents_type, Layout>(data_, extents);
  }
#endif

  /// Adds to the artifact's metadata.
  result set_metadata(const json_object& metadata) {
    if (handle_ == nullptr) {
      return Policy::settle(ended());
    }
    return Policy::settle(detail::try_call(
        [&](const char* json) { return metalab_mapping_set_metadata(handle_, json); },
        detail::c_string(metadata.text())));
  }

  /// Makes the file an artifact. The elements can no longer be accessed. Returns at once; a background
  /// thread computes the checksum and the hash.
  result seal() noexcept(Policy::is_quiet) {
    metalab_mapping_t* const handle = forget();
    return Policy::settle(handle != nullptr ? detail::attempt(metalab_mapping_seal(handle)) : ended());
  }
  /// Removes the file.
  result abandon() noexcept(Policy::is_quiet) {
    metalab_mapping_t* const handle = forget();
    return Policy::settle(handle != nullptr ? detail::attempt(metalab_mapping_abandon(handle)) : ended());
  }

  /// Returns true if there is a file that can become an artifact.
  explicit operator bool() const noexcept { return handle_ != nullptr; }
  /// The status of mapping; `closed` once it is sealed or abandoned.
  metalab::status status() const noexcept { return status_; }
  metalab_mapping_t* handle() const noexcept { return handle_; }

 private:
  template <class... Index>
  std::size_t place_of(Index... index) const noexcept {
    static_assert((std::is_integral_v<Index> && ...), "metalab: indices are integers");
    std::size_t place = 0;
    std::size_t dimension = 0;
    ((place += static_cast<std::size_t>(index) * static_cast<std::size_t>(strides_[dimension++])), ...);
    return place;
  }

  void measure() noexcept {
    const std::size_t rank = shape_.size();
    std::int64_t steps[max_dimensions] = {};
    std::uint64_t step = 1;
    for (std::size_t i = 0; i != rank; ++i) {
      const std::size_t dimension = order_ == metalab::order::c ? rank - 1 - i : i;
      steps[dimension] = static_cast<std::int64_t>(step);
      step *= shape_[dimension];
    }
    for (std::size_t i = 0; i != rank; ++i) {
      strides_.push(steps[i]);
    }
  }

  // How many bytes there now are.
  std::size_t use_plain_memory(std::size_t bytes) noexcept {
    data_ = nullptr;
    if (bytes == 0 || bytes > std::numeric_limits<std::size_t>::max() - detail::mapping_alignment) {
      return 0;
    }
    std::size_t space = bytes + detail::mapping_alignment;
    plain_.reset(std::calloc(space, 1));
    void* memory = plain_.get();
    if (memory == nullptr || std::align(detail::mapping_alignment, bytes, memory, space) == nullptr) {
      return 0;
    }
    data_ = static_cast<T*>(memory);
    return bytes;
  }

  metalab_mapping_t* forget() noexcept {
    plain_.reset();
    data_ = nullptr;
    size_ = 0;
    if (handle_ != nullptr) {
      status_ = metalab::status::closed;
    }
    return std::exchange(handle_, nullptr);
  }
  detail::attempt ended() const noexcept {
    if (status_ == metalab::status::closed) {
      return {status_, "the mapped array is sealed or abandoned"};
    }
    return METALAB_NO_CAPTURE;
  }

  void take(basic_mapped_array& other) noexcept {
    plain_ = std::move(other.plain_);
    data_ = other.data_;
    size_ = other.size_;
    shape_ = other.shape_;
    strides_ = other.strides_;
    order_ = other.order_;
    status_ = other.status_;
    exceptions_ = other.exceptions_;
    handle_ = other.forget();
    other.status_ = metalab::status::no_capture;
  }

  void close() noexcept {
    metalab_mapping_t* const handle = forget();
    if (handle == nullptr) {
      return;
    }
    if (std::uncaught_exceptions() > exceptions_) {
      detail::ignore(metalab_mapping_set_metadata(handle, "{\"incomplete\": true}"));
    }
    detail::ignore(metalab_mapping_seal(handle));
  }

  metalab_mapping_t* handle_ = nullptr;
  T* data_ = nullptr;
  std::size_t size_ = 0;
  metalab::shape shape_;
  metalab::strides strides_;
  metalab::order order_ = metalab::order::c;
  metalab::status status_ = metalab::status::no_capture;
  int exceptions_ = 0;
  detail::plain_memory plain_;
};

#if defined(__cpp_exceptions)
template <class T>
using mapped_array = basic_mapped_array<T, throwing>;
#endif
template <class T>
using quiet_mapped_array = basic_mapped_array<T, quiet>;

}  // inline namespace
}  // namespace metalab

#endif
