// The quiet form: statuses instead of exceptions, and runs that could not be opened.
#include "check.hpp"

#include <fstream>
#include <vector>

namespace {

void test_quiet_calls(const std::string& store) {
  metalab::quiet_capture run(options_for(store, "quiet"));
  CHECK(run.status() == metalab::status::ok);
  CHECK(run.metric("a", 1) == metalab::status::ok);
  CHECK(run.metric(std::string("a\0b", 3), 1) == metalab::status::name);
  CHECK(contains(metalab::last_error(), "NUL"));
  CHECK(run.data("bad", metalab::json("{")) == metalab::status::json);
  CHECK(!contains(metalab::last_error(), "NUL inside"));
  const metalab::outcome<std::string> id = run.run_id();
  CHECK(id && *id == id.value && id->size() == 16);
  CHECK(run.derive_seed("x").status == metalab::status::ok);

  const metalab::quiet_series undeclared = run.series("");
  CHECK(!undeclared && undeclared.status() == metalab::status::name);
  CHECK(undeclared(1, 2.0) == metalab::status::no_capture);

  auto unfit = run.map<double>("unfit", {1, -1});
  CHECK(!unfit && unfit.status() == metalab::status::value && unfit.size() == 0);
  auto unnamed = run.map<float>("", {4});
  CHECK(!unnamed && unnamed.status() == metalab::status::name && unnamed.size() == 4);
  CHECK(reinterpret_cast<std::uintptr_t>(unnamed.data()) % 64 == 0);
  unnamed[3] = 1.0f;
  CHECK(unnamed.seal() == metalab::status::no_capture);

  auto sealed = run.map<float>("sealed", {4});
  CHECK(sealed.seal() == metalab::status::ok && sealed.data() == nullptr);
  CHECK(sealed.seal() == metalab::status::closed);
  CHECK(sealed.set_metadata({{"a", 1}}) == metalab::status::closed);

  metalab::quiet_byte_stream stream = run.stream("stream", "text", "txt");
  CHECK(stream.write("words") == metalab::status::ok);
  CHECK(stream.seal() == metalab::status::ok);
  CHECK(stream.write("more") == metalab::status::closed);

  CHECK(metalab::fingerprint<metalab::quiet>("{").status == metalab::status::json);
  CHECK(run.finish() == metalab::status::ok);
  CHECK(run.metric("late", 1) == metalab::status::closed);
}

void test_not_opened(const std::string& store) {
  const std::string in_the_way = store + "/in_the_way";
  std::ofstream(in_the_way) << "x";
  metalab::quiet_capture run(options_for(in_the_way, "e"));
  CHECK(!run && metalab::failed(run.status()));
  CHECK(contains(metalab::last_error(), "in_the_way"));
  CHECK(run.metric("a", 1) == metalab::status::no_capture);
  CHECK(run.data("d", std::vector<double>{1.0}) == metalab::status::no_capture);
  CHECK(run.run_id().status == metalab::status::no_capture);
  auto field = run.map<double>("field", {8});
  for (double& cell : field) {
    cell = 1.0;
  }
  CHECK(field.size() == 8);
  CHECK(run.finish() == metalab::status::no_capture);

  bool called = false;
  metalab::run<metalab::quiet>(options_for(in_the_way, "e"), [&](metalab::quiet_capture& inert) {
    called = !inert && inert.metric("a", 1) == metalab::status::no_capture;
  });
  CHECK(called);
}

}  // namespace

void test_quiet(const std::string& store) {
  test_quiet_calls(store);
  test_not_opened(store);
}
