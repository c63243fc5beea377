// Arrays of the real Eigen, Boost, Armadillo, Blitz, xtensor and Kokkos: seen as numpy would have them.
// The elements are 10 * row + column, or 100, 10 and 1 times the indices.
#include "check.hpp"

#include <array>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <valarray>
#include <vector>

#if defined(WITH_EIGEN)
#include <Eigen/Dense>
#include <unsupported/Eigen/CXX11/Tensor>
#endif
#if defined(WITH_BOOST)
#include <boost/multi_array.hpp>
#include <boost/numeric/ublas/matrix.hpp>
#include <boost/numeric/ublas/vector.hpp>
#endif
#if defined(WITH_ARMADILLO)
#define ARMA_DONT_USE_WRAPPER
#include <armadillo>
#endif
#if defined(WITH_BLITZ)
#include <blitz/array.h>
#endif
#if defined(WITH_XTENSOR)
#include <xtensor/xarray.hpp>
#include <xtensor/xview.hpp>
#endif

namespace {

double weight(std::size_t rank, std::size_t dimension) {
  double result = 1.0;
  for (std::size_t i = dimension + 1; i < rank; ++i) {
    result *= 10.0;
  }
  return result;
}

// Returns true if the array has these extents, and at every index the value that the index gives.
template <class T>
bool is_numbered(const metalab::array_view& view, const std::vector<std::uint64_t>& extents) {
  if (!view.valid() || view.shape().size() != extents.size()) {
    return false;
  }
  const metalab_array_t raw = view.get();
  std::size_t count = 1;
  std::vector<std::int64_t> steps(extents.size());
  for (std::size_t i = 0; i != extents.size(); ++i) {
    if (raw.shape[i] != extents[i]) {
      return false;
    }
    count *= extents[i];
  }
  std::int64_t step = sizeof(T);
  for (std::size_t k = 0; k != extents.size(); ++k) {
    const std::size_t i = raw.order == METALAB_ORDER_F ? k : extents.size() - 1 - k;
    steps[i] = raw.strides != nullptr ? raw.strides[i] : step;
    step *= static_cast<std::int64_t>(extents[i]);
  }
  for (std::size_t flat = 0; flat != count; ++flat) {
    std::size_t rest = flat;
    double wanted = 0.0;
    const char* at = static_cast<const char*>(raw.data);
    for (std::size_t k = extents.size(); k-- != 0;) {
      const std::size_t index = rest % extents[k];
      rest /= extents[k];
      wanted += weight(extents.size(), k) * static_cast<double>(index);
      at += steps[k] * static_cast<std::int64_t>(index);
    }
    if (static_cast<double>(*reinterpret_cast<const T*>(at)) != wanted) {
      return false;
    }
  }
  return true;
}

template <class T>
constexpr bool is_refused_v = !metalab::detail::is_array_v<T> && !metalab::detail::is_complex_v<T> &&
                              (metalab::detail::has_dimensions_v<T> || metalab::detail::has_no_dtype<T>() ||
                               !metalab::detail::has_json<T>());

}  // namespace

void test_libraries(metalab::capture& run) {
  static_assert(metalab::detail::is_complex_v<std::complex<double>> && metalab::detail::is_complex_v<std::complex<float>>);
  static_assert(is_refused_v<std::vector<long double>> && is_refused_v<std::vector<std::vector<long double>>>);
  std::valarray<double> values(5);
  for (std::size_t i = 0; i != values.size(); ++i) {
    values[i] = static_cast<double>(i);
  }
  CHECK(is_numbered<double>(metalab::as_array(values), {5}));
  CHECK(metalab::as_array(std::valarray<int>()).valid());
  run.artifact("valarray", values);

  // Names that are composed on the way are kept.
  metalab::named_arrays members;
  for (int i = 0; i != 20; ++i) {
    members.push_back({"mass_fraction_of_species_" + std::to_string(i), values});
  }
  run.arrays("species", members);

#if defined(WITH_EIGEN)
  {
    Eigen::MatrixXd matrix(3, 4);
    for (int i = 0; i != 3; ++i) {
      for (int j = 0; j != 4; ++j) {
        matrix(i, j) = 10.0 * i + j;
      }
    }
    using like_complex = std::tuple<Eigen::Vector2d, Eigen::Vector2f, Eigen::RowVector2d, Eigen::Array2d>;
    static_assert(!metalab::detail::is_complex_v<std::tuple_element_t<0, like_complex>> &&
                  !metalab::detail::is_complex_v<std::tuple_element_t<1, like_complex>> &&
                  !metalab::detail::is_complex_v<std::tuple_element_t<2, like_complex>> &&
                  !metalab::detail::is_complex_v<std::tuple_element_t<3, like_complex>>);
    CHECK(is_numbered<double>(metalab::as_array(Eigen::Vector2d(0.0, 1.0)), {2}));
    CHECK(is_numbered<float>(metalab::as_array(Eigen::Vector2f(0.0f, 1.0f)), {2}));
    CHECK(is_numbered<double>(metalab::as_array(Eigen::RowVector2d(0.0, 1.0)), {2}));
    CHECK(is_numbered<double>(metalab::as_array(Eigen::Array2d(0.0, 1.0)), {2}));
    CHECK(is_numbered<double>(metalab::as_array(std::vector<Eigen::Vector2d>{{0.0, 1.0}, {10.0, 11.0}}), {2, 2}));
    CHECK(is_numbered<double>(metalab::as_array(matrix), {3, 4}));
    const Eigen::MatrixXd turned = matrix.transpose();
    CHECK(is_numbered<double>(metalab::as_array(turned.transpose()), {3, 4}));
    const Eigen::MatrixXf single = matrix.cast<float>();
    CHECK(is_numbered<float>(metalab::as_array(single.array()), {3, 4}));
    CHECK(metalab::as_array(matrix.diagonal()).shape().size() == 1);
    CHECK(metalab::as_array(matrix.row(1)).shape().size() == 1);
    CHECK(metalab::as_array(matrix.block(1, 1, 2, 2)).valid());
    double pair[2] = {0.0, 1.0};
    CHECK(is_numbered<double>(metalab::as_array(Eigen::Map<const Eigen::Vector2d>(pair)), {2}));
    static_assert(is_refused_v<decltype(-matrix)> && is_refused_v<decltype(matrix * matrix)>);
    Eigen::Tensor<float, 3, Eigen::RowMajor> tensor(2, 3, 4);
    for (int i = 0; i != 2; ++i) {
      for (int j = 0; j != 3; ++j) {
        for (int k = 0; k != 4; ++k) {
          tensor(i, j, k) = static_cast<float>(100 * i + 10 * j + k);
        }
      }
    }
    CHECK(is_numbered<float>(metalab::as_array(tensor), {2, 3, 4}));
    CHECK(metalab::as_array(Eigen::VectorXcd(3)).dtype() == metalab::dtype::complex128);
    run.artifact("eigen_vector2", Eigen::Vector2d(0.0, 1.0));
    run.data("eigen_vector2", Eigen::Vector2d(0.0, 1.0));
    run.arrays("eigen", {{"t", matrix.transpose()}, {"v", Eigen::Vector2f(0.0f, 1.0f)}});
  }
#endif
#if defined(WITH_BOOST)
  {
    boost::multi_array<double, 2> array(boost::extents[3][4]);
    boost::multi_array<double, 2> based(boost::extents[boost::multi_array_types::extent_range(1, 4)][4], boost::fortran_storage_order());
    for (int i = 0; i != 3; ++i) {
      for (int j = 0; j != 4; ++j) {
        array[i][j] = based[i + 1][j] = 10.0 * i + j;
      }
    }
    CHECK(is_numbered<double>(metalab::as_array(array), {3, 4}));
    CHECK(is_numbered<double>(metalab::as_array(based), {3, 4}));
    CHECK(is_numbered<double>(
        metalab::as_array(boost::const_multi_array_ref<double, 2>(array.data(), boost::extents[3][4])), {3, 4}));
    const auto part = array[boost::indices[boost::multi_array_types::index_range(0, 2)][boost::multi_array_types::index_range(0, 3)]];
    CHECK(is_numbered<double>(metalab::as_array(part), {2, 3}));
    namespace ublas = boost::numeric::ublas;
    ublas::vector<double> vector(3);
    ublas::matrix<double> rows(3, 4);
    ublas::matrix<double, ublas::column_major> columns(3, 4);
    for (std::size_t i = 0; i != 3; ++i) {
      vector(i) = static_cast<double>(i);
      for (std::size_t j = 0; j != 4; ++j) {
        rows(i, j) = columns(i, j) = 10.0 * static_cast<double>(i) + static_cast<double>(j);
      }
    }
    CHECK(is_numbered<double>(metalab::as_array(vector), {3}));
    CHECK(is_numbered<double>(metalab::as_array(rows), {3, 4}));
    CHECK(is_numbered<double>(metalab::as_array(columns), {3, 4}));
    static_assert(is_refused_v<decltype(ublas::prod(rows, rows))>);
    run.artifact("boost", array);
  }
#endif
#if defined(WITH_ARMADILLO)
  {
    arma::mat matrix(3, 4);
    arma::cube cube(2, 3, 4);
    for (arma::uword i = 0; i != 3; ++i) {
      for (arma::uword j = 0; j != 4; ++j) {
        matrix(i, j) = 10.0 * static_cast<double>(i) + static_cast<double>(j);
      }
    }
    for (arma::uword i = 0; i != 2; ++i) {
      for (arma::uword j = 0; j != 3; ++j) {
        for (arma::uword k = 0; k != 4; ++k) {
          cube(i, j, k) = static_cast<double>(100 * i + 10 * j + k);
        }
      }
    }
    CHECK(is_numbered<double>(metalab::as_array(matrix), {3, 4}));
    CHECK(is_numbered<double>(metalab::as_array(cube), {2, 3, 4}));
    CHECK(is_numbered<double>(metalab::as_array(arma::vec(arma::linspace(0.0, 4.0, 5))), {5}));
    CHECK(is_numbered<double>(metalab::as_array(arma::rowvec{0.0, 1.0}), {2}));
    static_assert(is_refused_v<decltype(matrix.t())> && is_refused_v<decltype(matrix.submat(0, 0, 1, 1))>);
    run.artifact("armadillo", matrix);
    run.data("armadillo", matrix);
  }
#endif
#if defined(WITH_BLITZ)
  {
    blitz::Array<double, 2> array(3, 4);
    blitz::Array<double, 2> fortran(3, 4, blitz::fortranArray);
    for (int i = 0; i != 3; ++i) {
      for (int j = 0; j != 4; ++j) {
        array(i, j) = fortran(i + 1, j + 1) = 10.0 * i + j;
      }
    }
    CHECK(is_numbered<double>(metalab::as_array(array), {3, 4}));
    CHECK(is_numbered<double>(metalab::as_array(fortran), {3, 4}));
    const blitz::Array<double, 2> backwards = array.reverse(0);
    const blitz::Array<double, 2> again = backwards(blitz::Range(2, 0, -1), blitz::Range::all());
    CHECK(is_numbered<double>(metalab::as_array(again), {3, 4}));
    run.artifact("blitz", array);
  }
#endif
#if defined(WITH_XTENSOR)
  {
    xt::xarray<double> array = xt::zeros<double>({3, 4});
    for (std::size_t i = 0; i != 3; ++i) {
      for (std::size_t j = 0; j != 4; ++j) {
        array(i, j) = 10.0 * static_cast<double>(i) + static_cast<double>(j);
      }
    }
    const xt::xarray<double, xt::layout_type::column_major> columns = array;
    CHECK(is_numbered<double>(metalab::as_array(array), {3, 4}));
    CHECK(is_numbered<double>(metalab::as_array(columns), {3, 4}));
    const auto part = xt::view(array, xt::range(0, 2), xt::range(0, 3));
    CHECK(is_numbered<double>(metalab::as_array(part), {2, 3}));
    static_assert(is_refused_v<decltype(array + array)>);
    run.artifact("xtensor", array);
  }
#endif
}

int main(int argc, char** argv) {
  if (argc != 2) {
    return 2;
  }
  metalab::capture run(options_for(argv[1], "libraries:1"));
  test_libraries(run);
  run.finish();
  return failures == 0 ? 0 : 1;
}
