// The run of tests/exchange.rs, written in C++. usage: write STORE
#include <array>
#include <complex>
#include <cstdint>
#include <limits>
#include <metalab.hpp>
#include <string>
#include <vector>

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  constexpr double inf = std::numeric_limits<double>::infinity();
  metalab::capture run(metalab::options()
                           .store(argv[1])
                           .experiment("exchange:1.0")
                           .param("n", 4)
                           .param("big", std::int64_t{9007199254740993})
                           .param("dt", 0.001)
                           .param("name", "five")
                           .param("flag", true)
                           .code_hash("")
                           .note("a note"));
  run.metrics({{"energy", 0.5}, {"nan", nan}, {"inf", inf}, {"neg", -inf}});
  run.metric("big", std::numeric_limits<std::int64_t>::max());
  run.metric("done", true);
  run.metric("solver", "cg \xc3\xa9");
  const std::array<double, 5> real = {0.5, nan, inf, -inf, 1.0 / 3.0};
  const std::array<std::int64_t, 3> whole = {-std::numeric_limits<std::int64_t>::max(), 9007199254740993, 0};
  const std::array<std::string, 3> text = {"a", "", "\xc3\xa9 b"};
  const auto reals = run.series("real");
  for (std::size_t k = 0; k != real.size(); ++k) reals(static_cast<std::int64_t>(k), real[k]);
  for (std::size_t k = 0; k != whole.size(); ++k) {
    const auto step = static_cast<std::int64_t>(k);
    run.metric("whole", whole[k], step);
    run.metric("flag", k != 1, step);
    run.metric("text", text[k], step);
  }
  double matrix[6];
  double rows[2][3];
  for (int i = 0; i != 2; ++i) {
    for (int j = 0; j != 3; ++j) {
      matrix[i + 2 * j] = 10.0 * i + j;
      rows[i][j] = 10.0 * i + j;
    }
  }
  run.artifact("matrix", metalab::array_view(matrix, {2, 3}, metalab::order::f));
  run.artifact("rows", rows);
  run.artifact("ints", std::vector<std::int32_t>{-1, 0, 7});
  run.artifact("complex", std::vector<std::complex<double>>{{1, 2}, {nan, -0.5}});
  const bool flags[] = {true, false, true};
  run.artifact("flags", flags);
  run.artifact("empty", metalab::array_view(matrix, {0, 3}, metalab::order::f));
  run.data("vector", std::vector<double>{1, nan, -inf});
  run.data("table", metalab::json(R"({"a": [1, 2, 3], "b": {"c": null, "d": "x"}})"));
  run.info("a line");
  run.finish();
}
