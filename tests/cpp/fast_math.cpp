// Composed JSON under -Ofast: a solver that diverges has NaN and infinity in its metadata.
#include "check.hpp"

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

int main(int argc, char** argv) {
  if (argc != 2) {
    return 2;
  }
  volatile double zero = 0.0;
  const double nan = zero / zero;
  const double infinity = 1.0 / zero;
  CHECK(metalab::to_json(nan).str() == "NaN");
  CHECK(metalab::to_json(std::vector<double>{infinity, -infinity, 0.5, -0.0}).str() == "[Infinity, -Infinity, 0.5, -0.0]");
  // Subnormal numbers count as zero in such a program.
  const std::uint64_t one = 1;
  double least = 0.0;
  std::memcpy(&least, &one, sizeof least);
  const std::string text = metalab::to_json(least).str();
  CHECK(text == "5e-324" || text == "4.9406564584124654e-324");
  metalab::capture run(options_for(argv[1], "fast_math:1"));
  run.metric("residual", nan);
  run.artifact("table", std::vector<double>{1.0}, {{"residual", nan}, {"bound", -infinity}});
  run.finish();
  return failures == 0 ? 0 : 1;
}
