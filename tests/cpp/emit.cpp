// Metrics, series, data, the record: what the caller of cargo's test then reads in the store.
#include "check.hpp"

#include <array>
#include <chrono>
#include <cmath>
#include <complex>
#include <limits>
#include <map>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace user {

struct particle {
  double x;
  double mass;
};

struct cloud {
  std::vector<double> x;
  std::vector<int> kind;
};

struct report {
  std::string words;
};

}  // namespace user

template <>
struct metalab::serializer<user::particle> {
  static metalab::json serialize(const user::particle& one) {
    return metalab::to_json(std::map<std::string, double>{{"x", one.x}, {"mass", one.mass}});
  }
};

template <>
struct metalab::serializer<user::cloud> {
  static metalab::named_arrays serialize(const user::cloud& all) { return {{"x", all.x}, {"kind", all.kind}}; }
};

template <>
struct metalab::serializer<user::report> {
  static metalab::blob serialize(const user::report& one) { return {"# " + one.words, "report", "md"}; }
};

namespace {

void emit_metrics(metalab::capture& run) {
  run.metric("double", 0.1);
  run.metric("float", 0.5f);
  run.metric("int", -3);
  run.metric("size", std::size_t{40});
  run.metric("wide", std::numeric_limits<std::uint64_t>::max());
  run.metric("bool", true);
  run.metric("text", "steady");
  run.metric(std::string("string"), std::string("text with \"quotes\""));
  run.metric(std::string_view("view-and-more", 4), std::string_view("view"));
  run.metric("nan", std::nan(""));
  run.metric("last", 1);
  run.metric("last", 2);
  run.metrics({{"loss", 0.25}, {"epoch", 10}, {"converged", false}, {"method", "cg"}});
  run.metrics(std::map<std::string, double>{{"mapped_a", 1.5}, {"mapped_b", 2.5}});

  run.metric("stepped", 0.5, 1);
  run.metric("stepped", 3, 2L);
  run.metric("stepped", true, std::uint8_t{3});
  run.metric("stepped", "late", std::int64_t{4});
  run.metrics({{"step_a", 1.0}, {"step_b", 2}}, std::size_t{5});
  run.metrics(std::map<std::string, double>{{"step_a", 1.25}}, 6);
  CHECK_THROWS(metalab::status::value, run.metric("stepped", 1.0, std::numeric_limits<std::uint64_t>::max()));

  const metalab::series residual = run.series("residual", "Pa", "of the momentum equation");
  CHECK(residual && residual.status() == metalab::status::ok);
  residual(0, 1.0);
  residual.point(std::size_t{1}, 1);
  const std::vector<std::int64_t> steps{2, 3};
  const std::array<double, 2> values{0.25, 0.125};
  residual.points(steps, values);
  run.series("whole").points(steps, std::vector<std::int64_t>{1, std::numeric_limits<std::int64_t>::max()});
  CHECK_THROWS(metalab::status::value, residual.points(steps, std::vector<double>{1.0}));
  const metalab::series copy = residual;
  std::thread([&] { copy(4, 0.0625); }).join();
}

void emit_data(metalab::capture& run) {
  run.data("number", 3);
  run.data("text", "words");
  run.data("scores", std::map<std::string, double>{{"TP53", 0.8}, {"BRCA1", 0.6}});
  run.data("pairs", {{"alpha", 0.5}, {"solver", "cg"}});
  run.data("json", metalab::json("[1, {\"a\": null}]"), {{"source", "hand"}});
  run.data("vector", std::vector<double>{1.0, 2.0, 3.0}, {{"unit", "m"}});
  const int matrix[2][3] = {{1, 2, 3}, {4, 5, 6}};
  run.data("matrix", matrix);
  run.data("particle", user::particle{1.5, 2.0});
  run.data("words", std::vector<std::string>{"a", "b"});
  CHECK_THROWS(metalab::status::json, run.data("bad", metalab::json("{")));
  CHECK_THROWS(metalab::status::json, run.data("bad", 1, "not an object"));
}

void emit_artifacts(metalab::capture& run) {
  run.artifact("note", "plain words", {{"lang", "en"}});
  run.artifact("config", {{"n", 64}, {"dt", 0.1}});
  run.artifact("raw", metalab::bytes{"\x00\x01\x02", 3, "mesh", "bin"});
  run.artifact("particle", user::particle{1.5, 2.0});
  run.artifact("particles", std::vector<user::particle>{{1.0, 2.0}, {3.0, 4.0}});
  run.artifact("cloud", user::cloud{{1.0, 2.0}, {7, 8, 9}});
  run.artifact("report", user::report{"Results"});
}

}  // namespace

void test_emit(const std::string& store) {
  metalab::options what = options_for(store, "emit:2");
  what.description("all kinds of values")
      .add_experiment_tag("cpp")
      .param("n", 64)
      .param("dt", 0.1)
      .param("adaptive", true)
      .param("scheme", std::string("upwind"))
      .param("wide", std::numeric_limits<std::uint64_t>::max())
      .params({{"layers", 3}, {"width", 1.0}})
      .context("{\"dataset\": \"d1\"}")
      .metadata({{"campaign", "spring"}})
      .add_tag("one")
      .note("first")
      .replicate(2)
      .worker("rank:3")
      .sample(std::chrono::milliseconds(20))
      .flush_interval(std::chrono::milliseconds(10))
      .refresh_interval(std::chrono::seconds(1))
      .durable();
  // Options are values: the copy opens the same run.
  const metalab::options same = what;

  metalab::options too_often = what;
  too_often.sample(std::chrono::microseconds(1));
  CHECK_THROWS(metalab::status::value, metalab::capture{too_often});

  metalab::capture run(same);
  CHECK(run && !run.skipped() && run.status() == metalab::status::ok);
  CHECK(run.run_id() ==
        metalab::run_id("emit:2", {{"dataset", "d1"}},
                        {{"n", 64},
                         {"dt", 0.1},
                         {"adaptive", true},
                         {"scheme", "upwind"},
                         {"wide", std::numeric_limits<std::uint64_t>::max()},
                         {"layers", 3},
                         {"width", 1.0}},
                        metalab::seeds{7, 2}));
  CHECK(run.derive_seed("noise") == metalab::derive_seed(metalab::seeds{7, 2}, "noise"));

  emit_metrics(run);
  emit_data(run);
  emit_artifacts(run);
  run.add_warning("time step halved", {{"step", 12}, {"dt", 0.05}});
  run.add_note("second");
  metalab::with_current([](auto& current) { current.metric("nobody's", 1); });
  metalab::set_current(run);
  const bool is_there = metalab::with_current([](auto& current) {
    current.metric("by a library", 1);
    return static_cast<bool>(current);
  });
  CHECK(is_there);
  run.add_tag("two");
  run.flush();
  CHECK(contains(run.metrics_json(), "\"loss\""));
  CHECK(contains(run.artifacts_json(), "\"cloud\""));
  CHECK(contains(run.results_json(), "\"scores\""));
  CHECK(!run.summary_json().empty());
  CHECK(!run.health_json().empty());
  run.flush(metalab::durability::durable);

  metalab::capture moved(std::move(run));
  CHECK(!run && moved);
  run.metric("to a moved-from capture", 1);
  moved.metric("to a moved capture", 1);
  run = std::move(moved);
  CHECK(run && !moved);
  run.finish();
  run.finish();
  CHECK_THROWS(metalab::status::closed, run.metric("late", 1));
}
