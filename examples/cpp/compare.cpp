// All runs of a store, the best first.
#include <metalab.hpp>

#include <cstdio>
#include <string>

int main() {
  const metalab::store store("runs");
  const metalab::table table = store.runs("metrics.peak exists order by metrics.peak");
  for (std::size_t row = 0; row != table.rows(); ++row) {
    const auto n = table.column("params.n")->get<int>(row);
    const auto peak = table.column("metrics.peak")->get<double>(row);
    const auto status = table.column("status")->get<std::string_view>(row);
    std::printf("%d %.4f %s\n", n.value(), peak.value(), std::string(*status).c_str());
  }
}
