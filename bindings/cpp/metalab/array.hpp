// Arrays in the caller's memory: element type, shape, strides, and how to see them in the types of
// the standard library, Eigen, Kokkos, xtensor and their like. None of those headers is included:
// a type is recognised by the members that it has.
#ifndef METALAB_ARRAY_HPP
#define METALAB_ARRAY_HPP

#include "json.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>

/// Makes clang warn if a view outlives what it views.
#if defined(__has_cpp_attribute)
#if __has_cpp_attribute(clang::lifetimebound)
#define METALAB_LIFETIMEBOUND [[clang::lifetimebound]]
#endif
#endif
#if !defined(METALAB_LIFETIMEBOUND)
#define METALAB_LIFETIMEBOUND
#endif

namespace metalab {
inline namespace METALAB_ABI {

/// The element types that a store can hold.
enum class dtype : metalab_dtype_t {
  boolean = METALAB_DTYPE_BOOL,
  int8 = METALAB_DTYPE_INT8,
  int16 = METALAB_DTYPE_INT16,
  int32 = METALAB_DTYPE_INT32,
  int64 = METALAB_DTYPE_INT64,
  uint8 = METALAB_DTYPE_UINT8,
  uint16 = METALAB_DTYPE_UINT16,
  uint32 = METALAB_DTYPE_UINT32,
  uint64 = METALAB_DTYPE_UINT64,
  float32 = METALAB_DTYPE_FLOAT32,
  float64 = METALAB_DTYPE_FLOAT64,
  complex64 = METALAB_DTYPE_COMPLEX64,
  complex128 = METALAB_DTYPE_COMPLEX128,
  float16 = METALAB_DTYPE_FLOAT16
};

/// The index that varies fastest in memory: the last (c) or the first (fortran).
enum class order : metalab_order_t { c = METALAB_ORDER_C, f = METALAB_ORDER_F };

/// Maximum number of dimensions of an array.
inline constexpr std::size_t max_dimensions = 32;

namespace detail {

// std::complex, and types laid out like it: real() and imag() are numbers of the value type. Those of
// an Eigen vector are vectors.
template <class T, class = void>
inline constexpr bool is_complex_v = false;
template <class T>
inline constexpr bool is_complex_v<T, std::void_t<typename T::value_type, decltype(std::declval<const T&>().real()),
                                                  decltype(std::declval<const T&>().imag())>> =
    std::is_floating_point_v<typename T::value_type> && sizeof(T) == 2 * sizeof(typename T::value_type) &&
    std::is_trivially_copyable_v<T> &&
    std::is_same_v<bare_t<decltype(std::declval<const T&>().real())>, typename T::value_type> &&
    std::is_same_v<bare_t<decltype(std::declval<const T&>().imag())>, typename T::value_type>;

// Numbers of IEEE half precision: the compiler's own, and classes that say it of themselves, as
// Eigen::half does.
template <class T, class = void>
inline constexpr bool is_half_v = false;
template <class T>
inline constexpr bool is_half_v<
    T, std::enable_if_t<std::is_class_v<T> && std::is_trivially_copyable_v<T> && std::is_default_constructible_v<T> &&
                        sizeof(T) == 2>> = std::numeric_limits<T>::is_specialized &&
                                           std::numeric_limits<T>::digits == 11 &&
                                           std::numeric_limits<T>::max_exponent == 16;
#if defined(__FLT16_MANT_DIG__) && (defined(__clang__) || __GNUC__ >= 13)
template <>
inline constexpr bool is_half_v<_Float16, void> = true;
#endif

// The number of the element type, or 0 where the store has none for it.
template <class T>
constexpr metalab_dtype_t dtype_number() noexcept {
  if constexpr (std::is_same_v<T, bool>) {
    return sizeof(bool) == 1 ? METALAB_DTYPE_BOOL : 0;
  } else if constexpr (std::is_same_v<T, std::byte>) {
    return METALAB_DTYPE_UINT8;
  } else if constexpr (std::is_integral_v<T> && (std::is_same_v<T, char> || !is_character_v<T>)) {
    constexpr bool is_signed = std::is_signed_v<T>;
    switch (sizeof(T)) {
      case 1: return is_signed ? METALAB_DTYPE_INT8 : METALAB_DTYPE_UINT8;
      case 2: return is_signed ? METALAB_DTYPE_INT16 : METALAB_DTYPE_UINT16;
      case 4: return is_signed ? METALAB_DTYPE_INT32 : METALAB_DTYPE_UINT32;
      case 8: return is_signed ? METALAB_DTYPE_INT64 : METALAB_DTYPE_UINT64;
      default: return 0;
    }
  } else if constexpr (std::is_floating_point_v<T>) {
    switch (std::numeric_limits<T>::digits) {
      case 11: return METALAB_DTYPE_FLOAT16;
      case 24: return METALAB_DTYPE_FLOAT32;
      case 53: return METALAB_DTYPE_FLOAT64;
      default: return 0;
    }
  } else if constexpr (is_half_v<T>) {
    return METALAB_DTYPE_FLOAT16;
  } else if constexpr (is_complex_v<T>) {
    switch (std::numeric_limits<typename T::value_type>::digits) {
      case 24: return METALAB_DTYPE_COMPLEX64;
      case 53: return METALAB_DTYPE_COMPLEX128;
      default: return 0;
    }
  } else {
    return 0;
  }
}

template <class T>
inline constexpr bool is_element_v = dtype_number<T>() != 0;

// A list of extents or strides: at most 32, from braces, containers, or one integer.
template <class Number>
class dimensions {
 public:
  struct item {
    template <class T, std::enable_if_t<std::is_integral_v<T>, int> = 0>
    constexpr item(T from) noexcept : value(static_cast<Number>(from)), fits(in_range(from)) {}
    template <class T>
    static constexpr bool in_range(T from) noexcept {
      if constexpr (std::is_unsigned_v<Number>) {
        return fits_uint64(from);
      } else {
        return fits_int64(from);
      }
    }
    Number value;
    bool fits;
  };

  constexpr dimensions() noexcept = default;
  template <class T, std::enable_if_t<std::is_integral_v<T>, int> = 0>
  constexpr dimensions(T single) noexcept {
    push(single);
  }
  constexpr dimensions(std::initializer_list<item> items) noexcept {
    for (const item& one : items) {
      push(one);
    }
  }
  template <class Container, std::enable_if_t<std::is_integral_v<element_of_range_t<Container>>, int> = 0>
  constexpr dimensions(const Container& items) noexcept {
    for (const auto& one : items) {
      push(one);
    }
  }

  constexpr void push(item one) noexcept {
    if (!one.fits || size_ == max_dimensions) {
      valid_ = false;
      return;
    }
    values_[size_++] = one.value;
  }

  constexpr std::size_t size() const noexcept { return size_; }
  constexpr Number operator[](std::size_t index) const noexcept { return values_[index]; }
  constexpr const Number* data() const noexcept { return values_; }
  constexpr const Number* begin() const noexcept { return values_; }
  constexpr const Number* end() const noexcept { return values_ + size_; }
  /// False where an item was out of range or there were too many. Using such a list is
  /// `status::value`.
  constexpr bool valid() const noexcept { return valid_; }

 private:
  Number values_[max_dimensions] = {};
  std::size_t size_ = 0;
  bool valid_ = true;
};

}  // namespace detail

/// The extents of an array: `{nx, ny}`, a container of integers, or one integer for one dimension.
using shape = detail::dimensions<std::uint64_t>;
/// The strides in elements (not bytes), one for each dimension. They may be negative.
using strides = detail::dimensions<std::int64_t>;

/// An array in the caller's memory. It owns nothing; a call that receives it reads it before it returns.
class array_view {
 public:
  /// Contiguous elements. `data` may be null when an extent is 0.
  template <class T, std::enable_if_t<detail::is_element_v<T>, int> = 0>
  array_view(const T* data, const metalab::shape& extents, metalab::order layout = metalab::order::c) noexcept
      : data_(data), dtype_(detail::dtype_number<T>()), order_(layout), shape_(extents) {}

  /// Elements with strides, counted in elements.
  template <class T, std::enable_if_t<detail::is_element_v<T>, int> = 0>
  array_view(const T* data, const metalab::shape& extents, const metalab::strides& steps) noexcept
      : data_(data), dtype_(detail::dtype_number<T>()), shape_(extents),
        valid_(steps.valid() && steps.size() == shape_.size()), strided_(true) {
    if (valid_) {
      settle(steps, static_cast<std::int64_t>(sizeof(T)));
    }
  }

  /// Strings of `length` bytes each, as in `char names[3][16]`; shorter ones are padded with NULs. They are
  /// numpy's "S" in an artifact, and strings as data. `length` is 1 to 65535.
  static array_view strings(const char* data, std::size_t length, const metalab::shape& extents,
                            metalab::order layout = metalab::order::c) noexcept {
    array_view view(data, extents, layout);
    view.valid_ = length > 0 && length <= 65535;
    view.dtype_ = view.valid_ ? METALAB_DTYPE_STRING + static_cast<metalab_dtype_t>(length) : 0;
    return view;
  }

  /// One of the enumerators, or METALAB_DTYPE_STRING and the bytes of a string.
  metalab::dtype dtype() const noexcept { return metalab::dtype{dtype_}; }
  metalab::order order() const noexcept { return order_; }
  const metalab::shape& shape() const noexcept { return shape_; }
  /// False if the shape or strides were out of range or unequal in number.
  bool valid() const noexcept { return valid_ && shape_.valid(); }

  /// Returns the array as the C interface takes it. It points into this object.
  metalab_array_t get() const noexcept {
    metalab_array_t array = METALAB_ARRAY_INIT;
    array.data = data_;
    array.dtype = dtype_;
    array.order = static_cast<metalab_order_t>(order_);
    array.ndim = shape_.size();
    array.shape = shape_.data();
    array.strides = strided_ ? byte_strides_ : nullptr;
    return array;
  }

 private:
  // Strides that say no more than "contiguous" are dropped, so that the array can be stored as one
  // piece; others are stored in the order that reads the memory forwards.
  void settle(const metalab::strides& steps, std::int64_t element) noexcept {
    const std::size_t rank = shape_.size();
    bool is_c = true;
    bool is_f = true;
    std::uint64_t expected_c = 1;
    std::uint64_t expected_f = 1;
    for (std::size_t i = 0; i != rank; ++i) {
      const std::size_t from_back = rank - 1 - i;
      is_c = is_c && (shape_[from_back] == 1 || steps[from_back] == static_cast<std::int64_t>(expected_c));
      is_f = is_f && (shape_[i] == 1 || steps[i] == static_cast<std::int64_t>(expected_f));
      expected_c *= shape_[from_back];
      expected_f *= shape_[i];
      byte_strides_[i] = steps[i] * element;
    }
    strided_ = !is_c && !is_f;
    order_ = is_c ? metalab::order::c : metalab::order::f;
    if (strided_ && magnitude(steps, 0) >= magnitude(steps, rank - 1)) {
      order_ = metalab::order::c;
    }
  }
  static std::uint64_t magnitude(const metalab::strides& steps, std::size_t index) noexcept {
    const auto bits = static_cast<std::uint64_t>(steps[index]);
    return steps[index] < 0 ? std::uint64_t{0} - bits : bits;
  }

  const void* data_;
  metalab_dtype_t dtype_;
  metalab::order order_ = metalab::order::c;
  metalab::shape shape_;
  bool valid_ = true;
  bool strided_ = false;
  std::int64_t byte_strides_[max_dimensions];
};

namespace detail {

template <class T>
using pointee_t = std::remove_cv_t<std::remove_pointer_t<T>>;

// data() as a member, with the type of the elements. A pointer that is __restrict (Blitz) is none for
// is_pointer; what only looks like a pointer (to a device's memory) does not become a void*.
template <class T, class = void>
struct data_of {
  using element = void;
};
template <class T>
struct data_of<T, std::enable_if_t<std::is_convertible_v<decltype(std::declval<const T&>().data()), const volatile void*> &&
                                   std::is_lvalue_reference_v<decltype(*std::declval<const T&>().data())>>> {
  using element = bare_t<decltype(*std::declval<const T&>().data())>;
  static const element* get(const T& array) { return array.data(); }
};

// data_handle() of an mdspan, where it is a plain pointer and reading through it gives the values.
template <class T, class = void>
struct handle_of : data_of<T> {};
template <class T>
struct handle_of<T, std::enable_if_t<std::is_void_v<typename data_of<T>::element> &&
                                     std::is_pointer_v<bare_t<decltype(std::declval<const T&>().data_handle())>> &&
                                     std::is_lvalue_reference_v<typename T::reference>>> {
  using element = pointee_t<bare_t<decltype(std::declval<const T&>().data_handle())>>;
  static const element* get(const T& array) { return array.data_handle(); }
};

// The number of dimensions: rank() of mdspan and newer Kokkos, the enumerator of older Kokkos.
template <class T, class = void>
struct rank_of {
  static constexpr bool exists = false;
};
template <class T>
struct rank_of<T, std::void_t<decltype(static_cast<std::size_t>(std::declval<const T&>().rank()))>> {
  static constexpr bool exists = true;
  static std::size_t get(const T& array) { return static_cast<std::size_t>(array.rank()); }
};
template <class T>
struct rank_of<T, std::enable_if_t<std::is_enum_v<decltype(T::rank)> || std::is_integral_v<decltype(T::rank)>>> {
  static constexpr bool exists = true;
  static std::size_t get(const T&) { return static_cast<std::size_t>(T::rank); }
};

template <class T, class = void>
inline constexpr bool has_extents_v = false;
template <class T>
inline constexpr bool has_extents_v<
    T, std::void_t<decltype(static_cast<std::uint64_t>(std::declval<const T&>().extent(std::size_t{})))>> =
    rank_of<T>::exists;

// The strides: one at a time, or (Kokkos::DynRankView) all into a buffer with one to spare.
template <class T, class = void>
struct strides_in_buffer {
  static constexpr bool exists = false;
};
template <class T>
struct strides_in_buffer<
    T, std::void_t<decltype(std::declval<const T&>().stride(static_cast<std::size_t*>(nullptr)))>> {
  static constexpr bool exists = true;
  static void get(const T& array, std::size_t rank, strides& steps) {
    std::size_t all[max_dimensions + 1] = {};
    array.stride(all);
    for (std::size_t i = 0; i != rank; ++i) {
      steps.push(all[i]);
    }
  }
};
template <class T, class = void>
struct strides_of : strides_in_buffer<T> {};
template <class T>
struct strides_of<
    T, std::enable_if_t<std::is_integral_v<decltype(std::declval<const T&>().stride(std::size_t{}))>>> {
  static constexpr bool exists = true;
  static void get(const T& array, std::size_t rank, strides& steps) {
    for (std::size_t i = 0; i != rank; ++i) {
      steps.push(array.stride(i));
    }
  }
};

// mdspan has no stride() to call where there are no dimensions.
template <class T, class = void>
inline constexpr bool is_single_v = false;
template <class T>
inline constexpr bool is_single_v<T, std::enable_if_t<T::rank() == 0>> = true;

// mdspan, Kokkos::View, Kokkos::DynRankView.
template <class T>
inline constexpr bool is_strided_view_v =
    has_extents_v<T> && strides_of<T>::exists && is_element_v<typename handle_of<T>::element>;

// A Kokkos view that lives where the host cannot read has a mirror in another space.
template <class T, class = void>
inline constexpr bool is_host_accessible_v = true;
template <class T>
inline constexpr bool
    is_host_accessible_v<T, std::void_t<typename T::memory_space, typename T::host_mirror_space>> =
        std::is_same_v<typename T::memory_space, typename T::host_mirror_space::memory_space>;

template <class T, class = void>
inline constexpr bool knows_whether_strided_v = false;
template <class T>
inline constexpr bool knows_whether_strided_v<T, std::void_t<decltype(std::declval<const T&>().is_strided())>> = true;

// Eigen's matrices, arrays, vectors, maps, blocks, and transposes of them.
template <class T, class = void>
inline constexpr bool is_eigen_v = false;
template <class T>
inline constexpr bool
    is_eigen_v<T, std::void_t<decltype(std::declval<const T&>().rows()), decltype(std::declval<const T&>().cols()),
                              decltype(std::declval<const T&>().innerStride()),
                              decltype(std::declval<const T&>().outerStride()), decltype(bool(T::IsRowMajor))>> =
        is_element_v<typename data_of<T>::element>;

template <class T, class = void>
inline constexpr bool is_vector_v = false;
template <class T>
inline constexpr bool is_vector_v<T, std::void_t<decltype(T::IsVectorAtCompileTime)>> =
    static_cast<bool>(T::IsVectorAtCompileTime);

// Eigen::Tensor and maps of it: contiguous in the order that Layout has (1: row-major).
template <class T, class = void>
inline constexpr bool is_eigen_tensor_v = false;
template <class T>
inline constexpr bool
    is_eigen_tensor_v<T, std::void_t<decltype(static_cast<std::uint64_t>(std::declval<const T&>().dimension(0))),
                                     decltype(static_cast<int>(T::Layout))>> =
        rank_of<T>::exists && is_element_v<typename data_of<T>::element>;

// xtensor's containers and views, and what has data() and shape() like them.
template <class T, class = void>
inline constexpr bool is_shaped_v = false;
template <class T>
inline constexpr bool
    is_shaped_v<T, std::enable_if_t<std::is_integral_v<element_of_range_t<bare_t<decltype(std::declval<const T&>().shape())>>>>> =
        is_element_v<typename data_of<T>::element>;

template <class T, class = void>
inline constexpr bool has_strides_v = false;
template <class T>
inline constexpr bool has_strides_v<
    T, std::enable_if_t<std::is_integral_v<element_of_range_t<bare_t<decltype(std::declval<const T&>().strides())>>>>> =
    true;

template <class T, class = void>
inline constexpr bool has_data_offset_v = false;
template <class T>
inline constexpr bool has_data_offset_v<T, std::void_t<decltype(std::declval<const T&>().data_offset())>> = true;

// Boost.MultiArray, its references and views: extents and strides behind pointers, indices from any base.
template <class T, class = void>
inline constexpr bool is_multi_array_v = false;
template <class T>
inline constexpr bool is_multi_array_v<
    T, std::enable_if_t<std::is_integral_v<pointee_t<decltype(std::declval<const T&>().shape())>> &&
                        std::is_integral_v<pointee_t<decltype(std::declval<const T&>().strides())>> &&
                        std::is_integral_v<pointee_t<decltype(std::declval<const T&>().index_bases())>> &&
                        std::is_pointer_v<decltype(std::declval<const T&>().origin())>>> =
    is_element_v<pointee_t<decltype(std::declval<const T&>().origin())>>;

// Armadillo's matrices, vectors and cubes: contiguous by columns.
template <class T, class = void>
inline constexpr bool is_armadillo_v = false;
template <class T>
inline constexpr bool is_armadillo_v<
    T, std::enable_if_t<std::is_pointer_v<decltype(std::declval<const T&>().memptr())> &&
                        std::is_integral_v<bare_t<decltype(std::declval<const T&>().n_rows)>> &&
                        std::is_integral_v<bare_t<decltype(std::declval<const T&>().n_cols)>>>> =
    is_element_v<pointee_t<decltype(std::declval<const T&>().memptr())>>;

template <class T, class = void>
inline constexpr bool has_slices_v = false;
template <class T>
inline constexpr bool has_slices_v<T, std::void_t<decltype(std::declval<const T&>().n_slices)>> = true;

// arma::Col and arma::Row.
template <class T, class = void>
inline constexpr bool is_armadillo_vector_v = false;
template <class T>
inline constexpr bool is_armadillo_vector_v<T, std::void_t<decltype(bool(T::is_col)), decltype(bool(T::is_row))>> =
    bool(T::is_col) || bool(T::is_row);

// Boost.uBLAS: a dense storage behind data(), which is itself an array.
template <class T, class = void>
struct ublas_storage {
  using element = void;
};
template <class T>
struct ublas_storage<T, std::enable_if_t<std::is_pointer_v<decltype(std::declval<const T&>().data().begin())> &&
                                         std::is_same_v<typename T::storage_category, typename T::closure_type::storage_category> &&
                                         std::is_same_v<typename T::array_type, bare_t<decltype(std::declval<const T&>().data())>>>> {
  using element = pointee_t<decltype(std::declval<const T&>().data().begin())>;
};

// ublas::matrix: the data of a dense one are as many as rows times columns.
template <class T, class = void>
inline constexpr bool is_ublas_matrix_v = false;
template <class T>
inline constexpr bool is_ublas_matrix_v<
    T, std::void_t<decltype(std::declval<const T&>().size1()), decltype(std::declval<const T&>().size2()),
                   typename T::orientation_category>> = is_element_v<typename ublas_storage<T>::element>;

template <class T, class = void>
inline constexpr bool is_ublas_vector_v = false;
template <class T>
inline constexpr bool is_ublas_vector_v<
    T, std::void_t<decltype(std::declval<const T&>().size()), typename T::vector_temporary_type>> =
    is_element_v<typename ublas_storage<T>::element>;

// std::valarray, known by what only it has.
template <class T, class = void>
inline constexpr bool is_valarray_v = false;
template <class T>
inline constexpr bool is_valarray_v<
    T, std::enable_if_t<std::is_same_v<decltype(std::declval<const T&>()[std::size_t{}]), const typename T::value_type&> &&
                        std::is_same_v<decltype(std::declval<const T&>().sum()), typename T::value_type>,
                        std::void_t<decltype(std::declval<const T&>().cshift(1)),
                                    decltype(std::declval<const T&>().size())>>> = is_element_v<typename T::value_type>;

// Elements that are small arrays themselves add dimensions: std::array, C arrays, Eigen's vectors
// of fixed size.
template <class T, class = void>
struct element_layout {
  using element = T;
  static constexpr bool exists = is_element_v<T>;
  static void extend(shape&) noexcept {}
};
template <class T, std::size_t N>
struct element_layout<T[N]> {
  using inner = element_layout<T>;
  using element = typename inner::element;
  static constexpr bool exists = inner::exists;
  static void extend(shape& extents) noexcept {
    extents.push(N);
    inner::extend(extents);
  }
};
template <class T, std::size_t N>
struct element_layout<std::array<T, N>, std::enable_if_t<sizeof(std::array<T, N>) == N * sizeof(T)>>
    : element_layout<T[N]> {};
template <class T>
struct element_layout<T, std::enable_if_t<is_eigen_v<T> && is_vector_v<T> &&
                                          (sizeof(T) == static_cast<std::size_t>(T::SizeAtCompileTime) *
                                                            sizeof(typename data_of<T>::element))>>
    : element_layout<typename data_of<T>::element[static_cast<std::size_t>(T::SizeAtCompileTime)]> {};

template <class T, class = void>
struct contiguous {
  static constexpr bool exists = false;
};
template <class T>
struct contiguous<T, std::void_t<decltype(std::data(std::declval<const T&>())),
                                 decltype(static_cast<std::uint64_t>(std::size(std::declval<const T&>())))>> {
  using layout = element_layout<pointee_t<decltype(std::data(std::declval<const T&>()))>>;
  static constexpr bool exists =
      std::is_pointer_v<decltype(std::data(std::declval<const T&>()))> && layout::exists;
};

// A type with more to its shape than size() is no list of its elements, whatever data() it has: an
// expression, a sparse matrix, a part of an array.
template <class T, class = void>
inline constexpr bool has_rows_v = false;
template <class T>
inline constexpr bool has_rows_v<
    T, std::void_t<decltype(std::declval<const T&>().rows()), decltype(std::declval<const T&>().cols())>> = true;
template <class T, class = void>
inline constexpr bool has_sizes_v = false;
template <class T>
inline constexpr bool has_sizes_v<
    T, std::void_t<decltype(std::declval<const T&>().size1()), decltype(std::declval<const T&>().size2())>> = true;
template <class T, class = void>
inline constexpr bool has_counts_v = false;
template <class T>
inline constexpr bool has_counts_v<
    T, std::void_t<decltype(std::declval<const T&>().n_rows), decltype(std::declval<const T&>().n_cols)>> = true;
template <class T, class = void>
inline constexpr bool has_shape_v = false;
template <class T>
inline constexpr bool has_shape_v<T, std::void_t<decltype(std::declval<const T&>().shape())>> = true;
template <class T>
inline constexpr bool has_dimensions_v =
    has_extents_v<T> || has_rows_v<T> || has_sizes_v<T> || has_counts_v<T> || has_shape_v<T> || rank_of<T>::exists;

template <class T>
inline constexpr bool is_array_v =
    is_strided_view_v<T> || is_eigen_v<T> || is_eigen_tensor_v<T> || is_multi_array_v<T> || is_armadillo_v<T> ||
    is_ublas_matrix_v<T> || is_ublas_vector_v<T> || is_shaped_v<T> || is_valarray_v<T> ||
    (contiguous<T>::exists && !has_dimensions_v<T>);

// An array or range whose elements are numbers that the store has no type for: long double, 128-bit integers.
// Written as JSON they would be rounded without a word.
template <class T>
constexpr bool has_no_dtype() {
  if constexpr (is_number_v<typename handle_of<T>::element>) {
    return !is_element_v<typename handle_of<T>::element>;
  } else if constexpr (is_range_v<T> && !is_map_v<T> && !is_text_v<T>) {
    using element = element_of_range_t<T>;
    if constexpr (is_number_v<element>) {
      return !is_element_v<element>;
    } else {
      return has_no_dtype<element>();
    }
  } else {
    return false;
  }
}

template <class T>
array_view see_strided_view(const T& array) {
  static_assert(is_host_accessible_v<T>,
                "metalab: the host cannot read this view's memory; copy it to a host mirror first");
  shape extents;
  strides steps;
  if constexpr (!is_single_v<T>) {
    bool strided = true;
    if constexpr (knows_whether_strided_v<T>) {
      strided = array.is_strided();
    }
    if (strided) {
      const std::size_t rank = rank_of<T>::get(array);
      for (std::size_t i = 0; i != rank; ++i) {
        extents.push(array.extent(i));
      }
      strides_of<T>::get(array, rank, steps);
    } else {
      steps.push(0);  // one stride too many: an array that is not valid
    }
  }
  return array_view(handle_of<T>::get(array), extents, steps);
}

template <class T>
array_view see_eigen(const T& array) {
  const auto rows = array.rows();
  const auto columns = array.cols();
  const auto inner = array.innerStride();
  const auto outer = array.outerStride();
  if constexpr (is_vector_v<T>) {
    return array_view(data_of<T>::get(array), shape{rows * columns}, strides{inner});
  } else if constexpr (bool(T::IsRowMajor)) {
    return array_view(data_of<T>::get(array), shape{rows, columns}, strides{outer, inner});
  } else {
    return array_view(data_of<T>::get(array), shape{rows, columns}, strides{inner, outer});
  }
}

template <class T>
array_view see_eigen_tensor(const T& array) {
  const std::size_t rank = rank_of<T>::get(array);
  shape extents;
  for (std::size_t i = 0; i != rank; ++i) {
    extents.push(array.dimension(i));
  }
  return array_view(data_of<T>::get(array), extents, static_cast<int>(T::Layout) == 1 ? order::c : order::f);
}

template <class T>
array_view see_shaped(const T& array) {
  const auto* data = data_of<T>::get(array);
  if constexpr (has_data_offset_v<T>) {
    data += array.data_offset();
  }
  if constexpr (has_strides_v<T>) {
    return array_view(data, shape(array.shape()), strides(array.strides()));
  } else {
    return array_view(data, shape(array.shape()));
  }
}

template <class T>
array_view see_multi_array(const T& array) {
  shape extents;
  strides steps;
  // The first element is where every index has its base.
  const auto* first = array.origin();
  for (std::size_t i = 0; i != static_cast<std::size_t>(array.num_dimensions()); ++i) {
    extents.push(array.shape()[i]);
    steps.push(array.strides()[i]);
    first += array.index_bases()[i] * array.strides()[i];
  }
  return array_view(first, extents, steps);
}

template <class T>
array_view see_armadillo(const T& array) {
  if constexpr (has_slices_v<T>) {
    return array_view(array.memptr(), shape{array.n_rows, array.n_cols, array.n_slices}, order::f);
  } else if constexpr (is_armadillo_vector_v<T>) {
    return array_view(array.memptr(), shape{array.n_elem});
  } else {
    return array_view(array.memptr(), shape{array.n_rows, array.n_cols}, order::f);
  }
}

template <class T>
array_view see_ublas_matrix(const T& array) {
  const bool is_line = array.size1() < 2 || array.size2() < 2;
  const bool by_rows = is_line || &array(0, 1) - &array(0, 0) == 1;
  return array_view(array.data().begin(), shape{array.size1(), array.size2()}, by_rows ? order::c : order::f);
}

template <class T>
array_view see_valarray(const T& array) {
  const auto size = array.size();
  return array_view(size == 0 ? nullptr : &array[0], shape{size});
}

template <class T>
array_view see_contiguous(const T& array) {
  using layout = typename contiguous<T>::layout;
  shape extents{std::size(array)};
  layout::extend(extents);
  return array_view(reinterpret_cast<const typename layout::element*>(std::data(array)), extents);
}

}  // namespace detail

/// Returns a view of a value of another library, or of a contiguous container, as an array. Recognised are
///  - `std::mdspan` and its predecessors, `Kokkos::View` on the host (`extent`, `stride`, `rank`);
///  - Eigen's dense types with memory of their own or of others (a vector has one dimension), and
///    `Eigen::Tensor`; an expression must be evaluated first;
///  - xtensor's containers and views, and other types with `data()`, `shape()` and, if not
///    contiguous in C order, `strides()` in elements;
///  - `boost::multi_array`, its references and views; `blitz::Array`; dense `arma::Mat`, `Col`, `Row`
///    (one dimension) and `Cube`; dense uBLAS vectors and matrices;
///  - `std::vector`, `std::array`, `std::span`, `std::valarray`, C arrays, and anything else that `std::data`
///    and `std::size` accept; elements that are `std::array`, C arrays or fixed-size Eigen vectors
///    become further dimensions.
/// Column-major arrays are stored as such: nothing is transposed. Elements are numbers, `bool`,
/// `std::byte`, or complex numbers of single or double precision.
template <class T, std::enable_if_t<detail::is_array_v<T>, int> = 0>
array_view as_array(const T& array) {
  if constexpr (detail::is_strided_view_v<T>) {
    return detail::see_strided_view(array);
  } else if constexpr (detail::is_eigen_v<T>) {
    return detail::see_eigen(array);
  } else if constexpr (detail::is_eigen_tensor_v<T>) {
    return detail::see_eigen_tensor(array);
  } else if constexpr (detail::is_multi_array_v<T>) {
    return detail::see_multi_array(array);
  } else if constexpr (detail::is_armadillo_v<T>) {
    return detail::see_armadillo(array);
  } else if constexpr (detail::is_ublas_matrix_v<T>) {
    return detail::see_ublas_matrix(array);
  } else if constexpr (detail::is_ublas_vector_v<T>) {
    return array_view(array.data().begin(), shape{array.size()});
  } else if constexpr (detail::is_shaped_v<T>) {
    return detail::see_shaped(array);
  } else if constexpr (detail::is_valarray_v<T>) {
    return detail::see_valarray(array);
  } else {
    return detail::see_contiguous(array);
  }
}
inline array_view as_array(const array_view& array) { return array; }

/// An array and its name in a file of several. The name is copied; the array is viewed and must outlive
/// this object.
struct named_array {
  template <class T>
  named_array(text as, const T& array METALAB_LIFETIMEBOUND) : name(as.view()), view(as_array(array)) {}

  std::string name;
  array_view view;
};

}  // inline namespace
}  // namespace metalab

#endif
