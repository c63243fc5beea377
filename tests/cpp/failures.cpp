// How runs fail: exceptions passing through, errors told, refused and skipped runs.
#include "check.hpp"

#include <exception>
#include <fstream>
#include <stdexcept>
#include <utility>

namespace solver {

struct divergence : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace solver

namespace {

void test_exception_passing_through(const std::string& store) {
  try {
    metalab::capture run(options_for(store, "unwound"));
    run.metric("before", 1);
    throw std::runtime_error("nobody tells the run");
  } catch (const std::runtime_error&) {
  }
}

// One that is built and ends while another exception is on its way is not failed by it.
struct finishes_in_a_destructor {
  std::string store;
  ~finishes_in_a_destructor() {
    try {
      metalab::capture run(options_for(store, "within"));
      run.metric("done", true);
    } catch (const metalab::error&) {
      ++failures;
    }
  }
};

void test_unwinding_elsewhere(const std::string& store) {
  try {
    const finishes_in_a_destructor guard{store};
    throw std::logic_error("elsewhere");
  } catch (const std::logic_error&) {
  }
}

void test_run(const std::string& store) {
  bool reached = false;
  try {
    metalab::run(options_for(store, "thrown"), [](metalab::capture& run) {
      run.metric("before", 1);
      try {
        throw solver::divergence("residual is NaN");
      } catch (...) {
        std::throw_with_nested(std::invalid_argument("step 12 failed"));
      }
    });
  } catch (const std::invalid_argument& same) {
    reached = std::string(same.what()) == "step 12 failed";
  }
  CHECK(reached);

  try {
    metalab::run(options_for(store, "thrown_int"), [](metalab::capture&) { throw 42; });
    CHECK(false);
  } catch (const int same) {
    CHECK(same == 42);
  }

  const auto answer = metalab::run(options_for(store, "answered"), [](auto& run) {
    run.metric("answer", 42);
    return 42;
  });
  CHECK(answer == 42);
  CHECK(metalab::run(options_for(store, "answered_nothing"), [](auto&) {}));

  bool called = false;
  const bool has_run = metalab::run(options_for(store, "answered").if_success(metalab::if_success::skip),
                                    [&](metalab::capture&) { called = true; });
  CHECK(!has_run && !called);
}

void test_told(const std::string& store) {
  metalab::capture run(options_for(store, "told"));
  run.fail(solver::divergence("told by hand"));
  run.fail("second", "does not count");
  run.finish();

  metalab::capture cancelled(options_for(store, "cancelled"));
  cancelled.cancel("user asked");
  cancelled.finish();
}

void test_refused_and_skipped(const std::string& store) {
  const metalab::options what = options_for(store, "twice");
  metalab::capture(what).metric("first", 1);

  metalab::options refusing = what;
  refusing.if_success(metalab::if_success::refuse);
  CHECK_THROWS(metalab::status::exists, metalab::capture{refusing});

  metalab::options skipping = what;
  skipping.if_success(metalab::if_success::skip);
  metalab::capture run(skipping);
  CHECK(!run && run.skipped() && run.status() == metalab::status::skip);
  run.metric("second", 2);
  run.info("nobody hears");
  run.data("d", 1);
  CHECK(run.run_id().empty());
  const metalab::series nowhere = run.series("s");
  CHECK(!nowhere);
  nowhere(1, 2.0);
  auto field = run.map<double>("field", {2, 3});
  CHECK(!field && field.size() == 6 && field(1, 2) == 0.0);
  field(1, 2) = 5.0;
  CHECK(field[5] == 5.0);
  field.set_metadata({{"a", 1}});
  field.seal();
  metalab::ostream out(run.stream("s", "text", "txt"));
  out << "lost" << std::flush;
  CHECK(out.good());
  out.seal();
  run.fail("nobody", "minds");
  run.finish();
}

void test_errors(const std::string& store) {
  const std::string in_the_way = store + "/a_file";
  std::ofstream(in_the_way) << "x";
  CHECK_THROWS(metalab::status::json, metalab::capture{options_for(store, "e").params("{\"a\": }")});
  CHECK_THROWS(metalab::status::value, metalab::capture{options_for(store, "e").flush_interval(std::chrono::milliseconds(-1))});
  CHECK_THROWS(metalab::status::value, metalab::capture{options_for(store, "e").add_tag(std::string("a\0b", 3))});
  CHECK_THROWS(metalab::status::null, metalab::capture{options_for(store, "e").add_tag(nullptr)});
  bool told = false;
  try {
    const metalab::capture impossible(options_for(in_the_way, "e"));
  } catch (const metalab::error& said) {
    told = metalab::failed(said.status()) && contains(said.what(), "a_file");
  }
  CHECK(told);

  metalab::capture run(options_for(store, "errors"));
  CHECK_THROWS(metalab::status::name, run.metric(std::string("a\0b", 3), 1));
  CHECK(contains(metalab::last_error(), "metalab_capture_metric_i64: name") && contains(metalab::last_error(), "NUL"));
  CHECK_THROWS(metalab::status::name, run.set_axis("loss", std::string("a\0b", 3)));
  CHECK(contains(metalab::last_error(), "axis has a NUL inside"));
  CHECK_THROWS(metalab::status::value, run.add_tag(std::string(300, 'x') + std::string("\0b", 2)));
  CHECK(contains(metalab::last_error(), "tag has a NUL inside, at byte 300"));
  CHECK_THROWS(metalab::status::value, run.file("f", std::string("a\0b", 3)));
  CHECK(contains(metalab::last_error(), "path has a NUL inside"));
  CHECK_THROWS(metalab::status::name, run.metric("", 1));
  CHECK(!contains(metalab::last_error(), "NUL inside"));
  CHECK_THROWS(metalab::status::name, run.artifact(std::string(5000, 'n'), 1));
  const char* const nothing = nullptr;
  CHECK_THROWS(metalab::status::null, run.metric(nothing, 1));
  CHECK_THROWS(metalab::status::null, run.metric("m", nothing));
  CHECK_THROWS(metalab::status::not_found, run.file("f", store + "/does-not-exist"));
  CHECK_THROWS(metalab::status::value, run.map<double>("f", {-1, 2}));
  CHECK_THROWS(metalab::status::value, run.metrics({{"fine", 1}, {"stepped", 2}}, ~std::uint64_t{0}));
  // All of a list are tried.
  CHECK_THROWS(metalab::status::name, run.metrics({{"", 1}, {"after", 2}}));
  CHECK(contains(run.metrics_json(), "after"));
  run.finish();
}

void test_recovery(const std::string& store) {
  // An earlier refusal does not hide what a recovery has set aside.
  { const metalab::capture run(options_for(store, "emptied").run_id("lost")); }
  std::ofstream(store + "/emptied_1/runs/lost.json").close();
  CHECK(metalab::quiet_capture(options_for(store, std::string("a\0b", 3))).status() == metalab::status::value);
  CHECK(contains(metalab::last_error(), "id has a NUL inside"));
  CHECK(metalab::quiet_capture().file("f", std::string("a\0b", 3)) == metalab::status::value);
  CHECK(contains(metalab::last_error(), "file: path has a NUL inside"));
  CHECK(metalab::recover(store, "emptied:1") == 0 && contains(metalab::last_error(), "lost.json"));

  CHECK(metalab::recover(store) == 0);
  CHECK(metalab::recover(store, "handles:1", store + "/no-journal") == 0);
  CHECK_THROWS(metalab::status::not_found, metalab::recover(store + "/not-there"));
  CHECK(metalab::recover<metalab::quiet>(store + "/not-there").status == metalab::status::not_found);
  CHECK(metalab::recover_host("node17", store) == 0);
  CHECK(metalab::recover_host("node17", store, "handles:1", store + "/no-journal") == 0);
  CHECK_THROWS(metalab::status::value, metalab::recover_host("", store));
}

void test_index(const std::string& store) {
  CHECK_THROWS(metalab::status::value, metalab::index_rebuild(store));
  std::size_t told = 0;
  const auto progress = [&](std::size_t, std::size_t) { ++told; };
  const auto answer = metalab::index_rebuild<metalab::quiet>("postgresql://h/db", "handles:1", progress);
  CHECK(answer.status == metalab::status::value && told == 0);
  using namespace std::chrono_literals;
  CHECK_THROWS(metalab::status::value, metalab::capture(options_for(store, "index").index_wait(-1s)));
  // Files as always, where the server is away.
  const std::string locator = "postgresql://127.0.0.1:9/db?file_root=" + store;
  metalab::capture run(options_for(store, "index").store(locator).index_wait(100ms));
  run.metric("x", 1);
  run.finish();
  CHECK(contains(run.health_json(), "\"behind\""));
  CHECK(contains(run.health_json(), "\"ok\": true"));
}

void test_handles(const std::string& store) {
  metalab::capture run(options_for(store, "handles"));
  metalab::capture adopted = metalab::capture::adopt(run.release());
  CHECK(!run && adopted);
  metalab::quiet_capture calm(std::move(adopted));
  CHECK(!adopted && calm);
  CHECK(calm.metric("", 1) == metalab::status::name);
  CHECK(calm.metric("x", 1) == metalab::status::ok);
  CHECK(calm.finish() == metalab::status::ok);
}

}  // namespace

void test_failures(const std::string& store) {
  test_exception_passing_through(store);
  test_unwinding_elsewhere(store);
  test_run(store);
  test_told(store);
  test_refused_and_skipped(store);
  test_errors(store);
  test_handles(store);
  test_recovery(store);
  test_index(store);
}
