// The scenario of tests/scenario.rs in C++. usage: scenario STORE
#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <metalab.hpp>
#include <optional>
#include <string>
#include <vector>

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  using texts = std::map<std::string, std::optional<std::string>>;
  const std::map<std::string, metalab::json> table = {
      {"a", metalab::to_json(std::vector<int>{1, 2, 3})},
      {"b", metalab::to_json(texts{{"c", std::nullopt}, {"d", "x"}})}};
  metalab::capture run(metalab::options()
                           .store(argv[1])
                           .experiment("scenario:1.0")
                           .param("n", 4)
                           .param("dt", 0.001)
                           .param("name", "five")
                           .seed(42)
                           .code_hash("")
                           .add_tag("a")
                           .add_tag("b")
                           .note("same in every language"));

  run.metric("energy", 0.5);
  run.metric("nan", std::numeric_limits<double>::quiet_NaN());
  run.metric("inf", std::numeric_limits<double>::infinity());
  run.metric("count", 7);
  run.metric("converged", true);
  run.metric("solver", "cg \xc3\xa9");
  const auto residual = run.series("residual", "K", "of the solver");
  for (std::int64_t step = 0; step < 10; ++step) {
    residual(step, 1.0 / static_cast<double>(step + 1));
    run.metric("iterations", step * step, step);
  }

  run.data("table", table);
  run.data("vector", std::vector<double>{1.0, 2.0, 3.0});
  run.artifact("config", table);
  double matrix[2][3];
  for (int i = 0; i < 2; ++i) {
    for (int j = 0; j < 3; ++j) matrix[i][j] = 10.0 * i + j;
  }
  run.artifact("matrix", metalab::array_view(&matrix[0][0], {2, 3}));
  const std::array<double, 4> x = {0.0, 1.0, 2.0, 3.0};
  const std::array<std::int32_t, 2> k = {1, 2};
  run.arrays("pair", {{"x", x}, {"k", k}});
  auto field = run.map<double>("field", {4, 5});
  for (std::size_t i = 0; i < 4; ++i) {
    for (std::size_t j = 0; j < 5; ++j) field(i, j) = static_cast<double>(i + 10 * j);
  }
  field.seal();
  run.artifact("blob", metalab::blob{"bytes\n", "text", "txt"});

  run.debug("line one");
  run.info("line two");
  run.warning("w\xc3\xb6rd");
  run.finish();
}
