// Arrays of the standard library, and of types that look like those of Eigen, Kokkos, xtensor and
// mdspan. The elements are 10 * row + column; the caller of cargo's test reads them in the files.
#include "check.hpp"

#include <array>
#include <complex>
#include <cstddef>
#include <vector>

#if __has_include(<version>)
#include <version>
#endif
#if defined(__cpp_lib_span)
#include <span>
#endif

namespace like_eigen {

// A column-major matrix, or a block of one.
struct matrix {
  enum { IsRowMajor = 0, IsVectorAtCompileTime = 0 };
  const double* first;
  std::ptrdiff_t height, width, outer;

  const double* data() const { return first; }
  std::ptrdiff_t rows() const { return height; }
  std::ptrdiff_t cols() const { return width; }
  std::ptrdiff_t size() const { return height * width; }
  std::ptrdiff_t innerStride() const { return 1; }
  std::ptrdiff_t outerStride() const { return outer; }
};

struct transposed : matrix {
  enum { IsRowMajor = 1 };
  std::ptrdiff_t rows() const { return width; }
  std::ptrdiff_t cols() const { return height; }
};

struct vector {
  enum { IsRowMajor = 0, IsVectorAtCompileTime = 1 };
  const double* first;
  std::ptrdiff_t length, inner;

  const double* data() const { return first; }
  std::ptrdiff_t rows() const { return length; }
  std::ptrdiff_t cols() const { return 1; }
  std::ptrdiff_t size() const { return length; }
  std::ptrdiff_t innerStride() const { return inner; }
  std::ptrdiff_t outerStride() const { return length * inner; }
};

struct vector3 {
  enum { IsRowMajor = 0, IsVectorAtCompileTime = 1, SizeAtCompileTime = 3 };
  double coefficients[3];

  const double* data() const { return coefficients; }
  std::ptrdiff_t rows() const { return 3; }
  std::ptrdiff_t cols() const { return 1; }
  std::ptrdiff_t size() const { return 3; }
  std::ptrdiff_t innerStride() const { return 1; }
  std::ptrdiff_t outerStride() const { return 3; }
};

struct tensor {
  enum { Layout = 0 };
  const double* first;
  std::array<std::ptrdiff_t, 3> sizes;

  const double* data() const { return first; }
  std::ptrdiff_t size() const { return sizes[0] * sizes[1] * sizes[2]; }
  std::ptrdiff_t rank() const { return 3; }
  std::ptrdiff_t dimension(std::size_t i) const { return sizes[i]; }
};

// No memory behind it: an expression.
struct sum {
  std::ptrdiff_t rows() const { return 1; }
  std::ptrdiff_t cols() const { return 1; }
};

// A number of half precision, which numeric_limits tells.
struct half {
  std::uint16_t x;
};

}  // namespace like_eigen

template <>
class std::numeric_limits<like_eigen::half> {
 public:
  static constexpr bool is_specialized = true;
  static constexpr int digits = 11;
  static constexpr int max_exponent = 16;
};

namespace like_kokkos {

struct host_space {
  using memory_space = host_space;
};
struct device_space {
  using memory_space = device_space;
};

template <class Space>
struct view {
  enum { rank = 2 };
  using memory_space = Space;
  using host_mirror_space = host_space;
  const float* first;
  std::size_t extents[2];
  std::size_t steps[2];

  const float* data() const { return first; }
  std::size_t size() const { return extents[0] * extents[1]; }
  std::size_t extent(std::size_t i) const { return extents[i]; }
  std::size_t stride(std::size_t i) const { return steps[i]; }
};

// Strides only into a buffer.
struct dynamic_view {
  const float* first;
  const float* data() const { return first; }
  std::size_t size() const { return 6; }
  unsigned rank() const { return 2; }
  std::size_t extent(std::size_t i) const { return i == 0 ? 2 : 3; }
  void stride(std::size_t* all) const {
    all[0] = 1;
    all[1] = 2;
    all[2] = 6;
  }
};

struct complex {
  using value_type = double;
  double parts[2];
  double real() const { return parts[0]; }
  double imag() const { return parts[1]; }
};

}  // namespace like_kokkos

namespace like_xtensor {

struct view {
  const double* storage;
  std::array<std::size_t, 2> extents;
  std::array<std::ptrdiff_t, 2> steps;
  std::size_t offset;

  const double* data() const { return storage; }
  std::size_t data_offset() const { return offset; }
  std::size_t size() const { return extents[0] * extents[1]; }
  const std::array<std::size_t, 2>& shape() const { return extents; }
  const std::array<std::ptrdiff_t, 2>& strides() const { return steps; }
};

}  // namespace like_xtensor

namespace like_mdspan {

struct mdspan {
  using reference = const double&;
  const double* handle;
  int rows, columns, row_step, column_step;
  bool strided = true;

  const double* data_handle() const { return handle; }
  static constexpr std::size_t rank() { return 2; }
  int extent(std::size_t r) const { return r == 0 ? rows : columns; }
  bool is_strided() const { return strided; }
  int stride(std::size_t r) const { return r == 0 ? row_step : column_step; }
};

// Reading through it computes: what the handle points to are not the values.
struct scaled {
  using reference = double;
  const double* data_handle() const { return nullptr; }
  static constexpr std::size_t rank() { return 1; }
  int extent(std::size_t) const { return 0; }
  int stride(std::size_t) const { return 1; }
};

}  // namespace like_mdspan

namespace {

using metalab::detail::is_array_v;
static_assert(!is_array_v<like_eigen::sum>);
static_assert(!is_array_v<like_mdspan::scaled>);
static_assert(!is_array_v<std::vector<std::string>>);
static_assert(!is_array_v<std::vector<bool>>);
static_assert(!is_array_v<std::vector<long double>> || sizeof(long double) == sizeof(double));
static_assert(metalab::detail::is_host_accessible_v<like_kokkos::view<like_kokkos::host_space>>);
static_assert(!metalab::detail::is_host_accessible_v<like_kokkos::view<like_kokkos::device_space>>);

void test_descriptions() {
  const double some[6] = {};
  const metalab::array_view by_columns(some, {2, 3}, {1, 2});
  CHECK(by_columns.order() == metalab::order::f && by_columns.get().strides == nullptr);
  const metalab::array_view by_rows(some, {2, 3}, {3, 1});
  CHECK(by_rows.order() == metalab::order::c && by_rows.get().strides == nullptr);
  const metalab::array_view backwards(some + 5, {6}, {-1});
  CHECK(backwards.get().strides != nullptr && backwards.get().strides[0] == -8);
  const metalab::array_view flat(some, {1, 6, 1}, {0, 1, 0});
  CHECK(flat.get().strides == nullptr && flat.order() == metalab::order::c);
  const metalab::array_view unequal(some, {2, 3}, {1});
  CHECK(!unequal.valid());
  const metalab::array_view negative(some, {-2});
  CHECK(!negative.valid());
  const metalab::array_view too_many(some, std::vector<int>(33, 1));
  CHECK(!too_many.valid());
  const metalab::array_view single(some, metalab::shape());
  CHECK(single.valid() && single.get().ndim == 0);
  CHECK(metalab::as_array(std::vector<std::byte>(2)).dtype() == metalab::dtype::uint8);
  CHECK(metalab::as_array(std::vector<long>(2)).dtype() ==
        (sizeof(long) == 8 ? metalab::dtype::int64 : metalab::dtype::int32));
  CHECK(metalab::as_array(std::vector<std::complex<float>>(2)).dtype() == metalab::dtype::complex64);
  CHECK(!metalab::as_array(like_mdspan::mdspan{some, 2, 3, 3, 1, false}).valid());
  CHECK(metalab::as_array(std::vector<like_eigen::half>(2)).dtype() == metalab::dtype::float16);
#if defined(__FLT16_MANT_DIG__) && (defined(__clang__) || __GNUC__ >= 13)
  CHECK(metalab::as_array(std::vector<_Float16>(2)).dtype() == metalab::dtype::float16);
#endif
  const char letters[2][3] = {{'a', 'b', 'c'}, {'d', 0, 0}};
  CHECK(metalab::array_view::strings(letters[0], 3, 2).get().dtype == METALAB_DTYPE_STRING + 3);
  CHECK(!metalab::array_view::strings(letters[0], 0, 2).valid());
  CHECK(!metalab::array_view::strings(letters[0], 65536, 2).valid());
}

}  // namespace

void test_arrays(const std::string& store) {
  test_descriptions();

  metalab::capture run(options_for(store, "arrays"));
  double by_rows[12];
  double by_columns[12];
  float singles[12];
  for (int i = 0; i != 3; ++i) {
    for (int j = 0; j != 4; ++j) {
      by_rows[4 * i + j] = by_columns[i + 3 * j] = 10 * i + j;
      singles[4 * i + j] = static_cast<float>(10 * i + j);
    }
  }

  run.artifact("vector", std::vector<double>{1.0, 2.0, 3.0}, {{"unit", "m"}});
  run.artifact("array", std::array<std::int16_t, 3>{1, 2, 3});
  run.artifact("points", std::vector<std::array<double, 2>>{{1.0, 2.0}, {3.0, 4.0}, {5.0, 6.0}});
  const std::uint8_t grid[2][3] = {{1, 2, 3}, {4, 5, 6}};
  run.artifact("c_array", grid);
  run.artifact("flags", std::vector<bool>{true, false, true});
  run.artifact("complex", std::vector<std::complex<double>>{{1.0, -1.0}, {2.0, 0.5}});
  run.artifact("other_complex", std::vector<like_kokkos::complex>{{{1.0, -1.0}}});
  run.artifact("empty", std::vector<double>());
#if defined(__cpp_lib_span)
  run.artifact("span", std::span<const double>(by_rows, 12));
#else
  run.artifact("span", metalab::array_view(by_rows, 12));
#endif

  run.artifact("eigen", like_eigen::matrix{by_columns, 3, 4, 3});
  run.artifact("eigen_block", like_eigen::matrix{by_columns + 1, 2, 2, 3});
  run.artifact("eigen_transposed", like_eigen::transposed{{by_columns, 3, 4, 3}});
  run.artifact("eigen_row", like_eigen::vector{by_columns + 1, 4, 3});
  run.artifact("eigen_points", std::vector<like_eigen::vector3>{{{1.0, 2.0, 3.0}}, {{4.0, 5.0, 6.0}}});
  run.artifact("eigen_tensor", like_eigen::tensor{by_columns, {3, 2, 2}});
  run.artifact("kokkos", like_kokkos::view<like_kokkos::host_space>{singles, {3, 2}, {4, 2}});
  run.artifact("kokkos_dynamic", like_kokkos::dynamic_view{singles});
  run.artifact("xtensor", like_xtensor::view{by_rows, {2, 2}, {4, -2}, 7});
  run.artifact("halves", std::vector<like_eigen::half>{{0x3C00}, {0xC000}, {0x0001}});
  const char patches[2][8] = {"inlet", "outlet"};
  run.artifact("patches", metalab::array_view::strings(patches[0], 8, 2));
  run.data("patches", metalab::array_view::strings(patches[0], 8, 2));
  run.artifact("mdspan", like_mdspan::mdspan{by_columns, 3, 4, 1, 3});
  run.artifact("viewed", metalab::array_view(by_columns, {3, 4}, metalab::order::f));
  run.data("viewed_data", metalab::array_view(by_columns, {3, 4}, metalab::order::f));
  run.arrays("state", {{"u", like_eigen::matrix{by_columns, 3, 4, 3}}, {"t", std::vector<double>{0.5}}},
             {{"time", 0.5}});
  CHECK_THROWS(metalab::status::value, run.artifact("unequal", metalab::array_view(by_rows, {2, 3}, {1})));
  CHECK_THROWS(metalab::status::name, run.arrays("nul", {{std::string_view("a\0b", 3), grid}}));

  metalab::field_style style;
  style.colormap = metalab::colormap::magma;
  style.origin_lower = true;
  style.range = {0.0, 23.0};
  style.scale = 4;
  run.figure("field", like_eigen::matrix{by_columns, 3, 4, 3}, style, {{"shows", "test"}});
  const std::vector<std::uint8_t> rgb(2 * 2 * 3, 128);
  run.figure("pixels", metalab::pixels{rgb.data(), 2, 2});
  run.figure_bytes("encoded", "<svg/>", 6, "svg");
  CHECK_THROWS(metalab::status::value, run.figure("flat", std::vector<double>(3)));
  run.finish();
}
