// A store that is read back.
#include "check.hpp"

#include <cmath>
#include <complex>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#if __has_include(<version>)
#include <version>
#endif
#if defined(__cpp_lib_ranges)
#include <algorithm>
#include <ranges>
#endif

namespace {

std::string capture_one(const std::string& store, int n) {
  metalab::options what = options_for(store, "reading");
  const std::string deck = store + "/heat.nml";
  std::filesystem::create_directories(store);
  std::ofstream(deck) << "&grid n = 64, h = 3*0.5d0 /\n";
  what.param("n", n).param("scheme", "weno").namelist(deck);
  metalab::capture run(what);
  run.metric("energy", n / 2.0);
  run.metric("below", -n);
  metalab::series loss = run.series("loss");
  for (int step = 0; step != 1000; ++step) {
    loss(step, step * 0.5);
    run.metric("time", step * 0.125, step);
  }
  run.set_axis("loss", "time");
  const std::vector<std::complex<float>> field = {{1, 2}, {3, 4}};
  run.artifact("field", field);
  run.arrays("two", {{"u", field}, {"v", field}});
  run.data("config", metalab::json("{\"a\": NaN}"), {{"from", "deck"}});
  run.info("a line");
  const std::string id = run.run_id();
  run.finish();
  return id;
}

void test_reading_runs(const std::string& place) {
  std::string last;
  for (int n : {1, 2, 3}) {
    last = capture_one(place, n);
  }
  const metalab::store store(place);
  CHECK(store && contains(store.experiments().str(), "reading:1"));
  const metalab::table table = store.runs("params.n >= 2", "reading");
  CHECK(table.rows() == 2 && table.size() >= 10 && !table.empty());
  const auto n = table.column("params.n");
  CHECK(n && n->values<std::int64_t>() && !n->values<double>());
  CHECK((*n->values<std::int64_t>())[0] == 3 && n->get<double>(1) == 2.0 && n->get<int>(1) == 2);
  CHECK(table.column("metrics.below")->get<int>(0) == -3 && !table.column("metrics.below")->get<std::size_t>(0));
  CHECK(table.column("params.scheme")->get<std::string_view>(0) == "weno");
  CHECK(!table.column("params.scheme")->get<int>(0) && !table.column("none"));
  CHECK(table.column("metrics.energy")->get<double>(0) == 1.5 && !table.column("metrics.energy")->get<int>(0));
  std::size_t count = 0;
  for (const metalab::column& column : table) {
    CHECK(column.size() == 2 && !column.name().empty());
    ++count;
  }
  CHECK(count == table.size());
  CHECK(contains(table.problems().str(), "[]"));
  CHECK_THROWS(metalab::status::value, store.runs("n >"));
  CHECK_THROWS(metalab::status::not_found, store.run("reading", "none"));
  CHECK(!store.find("reading", "none") && store.newest()->id() == last);
  CHECK_THROWS(metalab::status::not_found, metalab::store("/nowhere"));
}

void test_reading_run(const std::string& place) {
  const metalab::store store(place);
  metalab::stored_run run = *store.newest("reading");
  run.refresh();
  CHECK(run && run.status() == metalab::run_status::success && run.experiment() == "reading:1");
  CHECK(run.param<int>("n") == 3 && run.param<double>("n") == 3.0 && run.param<std::string>("scheme") == "weno");
  CHECK(run.param<int>("grid.n") == 64);
  CHECK_THROWS(metalab::status::not_found, metalab::capture(metalab::options().store(place).namelist("missing.nml")));
  CHECK(!run.param<int>("none") && run.metric<double>("energy") == 1.5);
  CHECK_THROWS(metalab::status::value, run.param<int>("scheme"));
  CHECK_THROWS(metalab::status::value, run.metric<int>("energy"));
  CHECK(run.metric<std::int8_t>("below") == -3);
  CHECK_THROWS(metalab::status::value, run.metric<std::size_t>("below"));
  CHECK_THROWS(metalab::status::value, run.metric<unsigned>("below"));
  CHECK_THROWS(metalab::status::value, run.param<int>(std::string("n\0", 2)));
  CHECK(contains(metalab::last_error(), "field has a NUL inside"));
  CHECK_THROWS(metalab::status::value, run.metric<std::string>(std::string_view("energy\0", 7)));
  CHECK(run.last_step() == 999);
  const auto loss = run.series("loss");
  CHECK(loss && loss->size() == 1000 && loss->steps().back() == 999 && loss->ended());
  CHECK(loss->values<double>()->back() == 499.5 && !loss->values<std::int64_t>());
  CHECK(loss->thinned(4).size() == 2 && contains(loss->about().str(), "loss"));
  CHECK(!run.series("none"));
  const auto time = run.axis(*loss);
  CHECK(time && time->size() == 1000 && time->steps().back() == 999 && time->values<double>()->back() == 124.875);
  CHECK(contains(loss->about().str(), "\"axis\": \"time\"") && !run.axis(*time));
#if defined(__cpp_lib_ranges)
  CHECK(std::ranges::is_sorted(loss->steps()) && std::ranges::max(*loss->values<double>()) == 499.5);
#endif
#if defined(__cpp_lib_span)
  const std::span<const std::int64_t> steps = loss->steps().as_span();
  CHECK(steps.size() == 1000);
#endif
  const auto field = run.array<std::complex<float>>("field");
  CHECK(field.size() == 2 && field[1] == std::complex<float>(3, 4) && field.extents()[0] == 2);
  field.verify();
  run.verify("field");
  CHECK_THROWS(metalab::status::value, run.array<double>("field"));
  CHECK_THROWS(metalab::status::not_found, run.array<double>("none"));
  CHECK(contains(run.result_json("config").str(), "NaN"));
  CHECK(contains(run.result_metadata("config").str(), "\"deck\""));
  CHECK_THROWS(metalab::status::not_found, run.result_metadata("none"));
  const std::string names = run.array_names("two").str();
  CHECK(contains(names, "\"u\"") && names.find("\"v\"") > names.find("\"u\"") && names[0] == '[');
  CHECK_THROWS(metalab::status::not_found, run.array_names("none"));
  CHECK(contains(run.record().str(), "\"success\"") && contains(run.names().str(), "\"config\""));
  CHECK(contains(run.artifacts().str(), place));
  const std::string log = run.log();
  CHECK(contains(log, "a line\n") && run.log(log.size()).empty());
}

// The exported structures outlive what they were exported from.
void test_reading_arrow(const std::string& place) {
  ArrowSchema schema;
  ArrowArray array;
  {
    const metalab::store store(place);
    store.runs("params.n >= 2", "reading").to_arrow(&schema, &array);
  }
  CHECK(std::string(schema.format) == "+s" && array.length == 2 && array.n_children == schema.n_children);
  bool found = false;
  for (std::int64_t k = 0; k != schema.n_children; ++k) {
    if (std::string_view(schema.children[k]->name) == "params.n") {
      found = std::string(schema.children[k]->format) == "l" &&
              static_cast<const std::int64_t*>(array.children[k]->buffers[1])[0] == 3;
    }
  }
  CHECK(found);
  array.release(&array);
  schema.release(&schema);
  {
    const metalab::store store(place);
    store.newest("reading")->series("loss")->to_arrow(&schema, &array);
  }
  CHECK(array.length == 1000 && array.n_children == 2 && std::string(schema.children[1]->name) == "value");
  CHECK(static_cast<const double*>(array.children[1]->buffers[1])[999] == 499.5);
  array.release(&array);
  schema.release(&schema);
  CHECK_THROWS(metalab::status::null, metalab::table().to_arrow(&schema, &array));
  CHECK_THROWS(metalab::status::null, metalab::points().to_arrow(&schema, &array));
  CHECK_THROWS(metalab::status::null, metalab::store(place).runs().to_arrow(nullptr, &array));
  CHECK(metalab::quiet_store(place).runs().value.to_arrow(&schema, nullptr) == metalab::status::null);
}

void test_reading_followed(const std::string& place) {
  metalab::capture run(options_for(place, "reading_live"));
  const metalab::store store(place);
  const metalab::stored_run seen = store.run("reading_live", run.run_id());
  CHECK(seen.status() == metalab::run_status::running);
  metalab::points points = seen.follow("loss");
  metalab::series loss = run.series("loss");
  for (int step = 0; step != 100; ++step) {
    loss(step, step);
    CHECK(points.poll() == 1 && !points.ended() && points.steps().back() == step);
  }
  run.finish();
  while (!points.ended()) {
    CHECK(points.poll() == 0);
  }
  CHECK(points.size() == 100 && points.values<std::int64_t>()->back() == 99);
}

// A solver that begins again goes on from its latest snapshot.
void test_reading_latest(const std::string& place) {
  std::string id;
  {
    metalab::capture run(options_for(place, "reading_steps"));
    auto snapshots = run.snapshots<double>("u", {3});
    for (int step = 0; step <= 500; step += 100) {
      auto u = snapshots.begin(step);
      u[2] = step;
      u.seal();
    }
    id = run.run_id();
  }
  metalab::store runs(place);
  auto run = runs.run("reading_steps", id);
  auto u = run.latest<double>("u");

  CHECK(u && u->step() == 500 && u->size() == 3 && (*u)[2] == 500 && run.last_step() == 500);
  CHECK(!run.latest<double>("v"));
  CHECK_THROWS(metalab::status::value, run.latest<float>("u"));
  CHECK_THROWS(metalab::status::null, metalab::stored_run().latest<double>("u"));
  const auto quietly = metalab::quiet_store(place).run("reading_steps", id);
  CHECK(quietly && (*quietly).latest<double>("u").value->step() == 500);
  CHECK((*quietly).latest<double>("v") && !(*quietly).latest<double>("v").value);
  CHECK((*quietly).latest<float>("u").status == metalab::status::value);
}

void test_quiet_reading(const std::string& place) {
  const metalab::quiet_store none("/nowhere");
  CHECK(!none && none.status() == metalab::status::not_found);
  CHECK(none.runs().status == metalab::status::null);
  const metalab::quiet_store store(place);
  const auto missing = store.find("reading", "none");
  CHECK(missing && !missing.value);
  const auto run = store.newest("reading");
  CHECK(run && run.value && run.value->param<int>("n").value == 3);
  CHECK(run.value->array<double>("field").status == metalab::status::value);
  CHECK(contains(metalab::last_error(), "another type"));
}

}  // namespace

void test_reading(const std::string& store) {
  test_reading_runs(store);
  test_reading_run(store);
  test_reading_arrow(store);
  test_reading_followed(store);
  test_reading_latest(store);
  test_quiet_reading(store);
}
