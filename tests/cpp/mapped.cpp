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

void test_snapshots(const std::string& store) {
  metalab::snapshots<double> fields;
  CHECK(!fields && fields.begin(1).empty() && fields.status() == metalab::status::no_capture);
  metalab::capture run(options_for(store, "snapshots"));
  const int nx = 2;
  auto declared = run.snapshots<double>("u", {nx, 3}, metalab::order::f, {{"unit", "K"}});
  CHECK(declared && declared.status() == metalab::status::ok && declared.shape()[1] == 3);
  fields = std::move(declared);
  CHECK(fields && !declared && declared.begin(1).empty());
  for (std::size_t step = 0; step != 40; step += 10) {
    auto field = fields.begin(step);
    CHECK(field && field.size() == 6 && field.strides()[1] == 2);
    CHECK(reinterpret_cast<std::uintptr_t>(field.data()) % 64 == 0);
    CHECK(std::all_of(field.begin(), field.end(), [](double cell) { return cell == 0.0; }));
    field(1, 2) = static_cast<double>(step);
    field.set_metadata({{"time", 0.5 * static_cast<double>(step)}});
    field.seal();
  }
  fields.begin(-5)[0] = 5.0;  // sealed at its end
  auto given_up = fields.begin(50);
  given_up.abandon();
  CHECK_THROWS(metalab::status::value, fields.begin(~std::uint64_t{0}));
  CHECK_THROWS(metalab::status::value, run.snapshots<double>("unfit", {1, -1}));
  CHECK_THROWS(metalab::status::name, run.snapshots<double>("", {1}));
  auto outliving = fields.begin(60);
  outliving[0] = 6.0;
  fields = {};
  outliving.seal();
  auto ended = run.snapshots<float>("ended", 4);
  run.finish();
  CHECK_THROWS(metalab::status::closed, ended.begin(1));

  metalab::quiet_capture nothing;
  const auto plain = nothing.snapshots<float>("u", {5});
  auto memory = plain.begin(1);
  CHECK(!plain && !memory && memory.size() == 5 && memory[4] == 0.0f);
  CHECK(memory.seal() == metalab::status::no_capture);
  metalab::quiet_capture calm(options_for(store, "quiet_snapshots"));
  const auto unnamed = calm.snapshots<float>("", {5});
  CHECK(unnamed.status() == metalab::status::name && unnamed.begin(1).size() == 5);
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
  test_snapshots(store);
}
