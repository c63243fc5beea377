// A sweep over a parameter, of which runs that are a success already are read and not solved again.
#include <metalab.hpp>

#include <cstdio>

double peak_of(int n) {
  const auto options = metalab::options{}.store("runs").experiment("sweep:1").param("n", n).if_success(
      metalab::if_success::skip);
  metalab::capture run(options);
  if (run.skipped()) {
    return metalab::earlier(options)->metric<double>("peak").value();
  }
  std::printf("solving %d\n", n);
  const double peak = 1.0 / n;
  run.metric("peak", peak);
  return peak;
}

int main() {
  const double peaks[] = {peak_of(64), peak_of(128)};
  std::printf("64 %.4f\n128 %.4f\n", peaks[0], peaks[1]);
}
