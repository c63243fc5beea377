// Arrays that the solver computes into.
#include "check.hpp"

#include <algorithm>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#if __has_include(<version>)
#include <version>
#endif

namespace {

void unwind_through_a_mapped_array(metalab::capture& run) {
  try {
    auto half_made = run.map<double>("half_made", {4});
    half_made[0] = 1.0;
    throw std::runtime_error("in the middle");
  } catch (const std::runtime_error&) {
  }
}

}  // namespace

void test_mapped(const std::string& store) {
  metalab::capture run(options_for(store, "mapped"));
  const int nx = 3;
  const std::size_t ny = 4;

  auto by_rows = run.map<double>("by_rows", {nx, ny}, metalab::order::c, {{"unit", "K"}});
  CHECK(by_rows && by_rows.size() == 12 && !by_rows.empty());
  CHECK(reinterpret_cast<std::uintptr_t>(by_rows.data()) % 64 == 0);
  CHECK(std::all_of(by_rows.begin(), by_rows.end(), [](double cell) { return cell == 0.0; }));
  CHECK(by_rows.strides()[0] == 4 && by_rows.strides()[1] == 1);
  for (int i = 0; i != nx; ++i) {
    for (std::size_t j = 0; j != ny; ++j) {
      by_rows(i, j) = 10.0 * i + static_cast<double>(j);
    }
  }
  CHECK(by_rows[5] == 11.0 && by_rows.shape()[1] == 4);
  by_rows.set_metadata({{"step", 12}});
  by_rows.seal();
  CHECK(!by_rows && by_rows.data() == nullptr && by_rows.size() == 0);
  CHECK_THROWS(metalab::status::closed, by_rows.seal());

  {
    auto by_columns = run.map<float>("by_columns", std::vector<int>{nx, static_cast<int>(ny)}, metalab::order::f);
    CHECK(by_columns.strides()[0] == 1 && by_columns.strides()[1] == 3);
    std::thread([&] {
      for (int i = 0; i != nx; ++i) {
        for (std::size_t j = 0; j != ny; ++j) {
          by_columns(i, j) = static_cast<float>(10 * i) + static_cast<float>(j);
        }
      }
    }).join();
    CHECK(by_columns[4] == 11.0f);
#if defined(__cpp_lib_span)
    CHECK(by_columns.as_span().size() == 12 && by_columns.as_span()[4] == 11.0f);
#endif
    // A mapped array of its own accord is an array to others as well.
    run.artifact("copied", by_columns);
    // Sealed here.
  }

  auto moved = [&] {
    auto local = run.map<std::int32_t>("moved", 5);
    local[4] = 4;
    return local;
  }();
  metalab::mapped_array<std::int32_t> other;
  CHECK(!other && other.empty());
  other = std::move(moved);
  CHECK(other && !moved && other[4] == 4);
  other = {};

  auto given_up = run.map<double>("given_up", {2, 2, 2});
  given_up(1, 1, 1) = 1.0;
  given_up.abandon();
  CHECK(!given_up);
  unwind_through_a_mapped_array(run);

  auto outliving = run.map<double>("outliving", {2});
  outliving[0] = 1.0;
  run.finish();
  CHECK(outliving[0] == 1.0);
  CHECK_THROWS(metalab::status::closed, outliving.seal());
}
