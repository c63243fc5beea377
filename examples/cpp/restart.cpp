// A solver that goes on from its latest snapshot when it is started again.
#include <metalab.hpp>

#include <algorithm>
#include <cstdio>
#include <vector>

int main() {
  constexpr std::size_t n = 64;
  constexpr int steps = 100;
  auto options = metalab::options{}.store("runs").experiment("restart:1").param("n", n);

  std::vector<double> u(n), next(n);
  u[n / 2] = 1;
  int last = 0;
  auto before = metalab::earlier(options);  // is there an earlier attempt?
  if (before) {
    if (const auto snapshot = before->latest<double>("u")) {  // its last snapshot, if it had come to one
      std::copy(snapshot->begin(), snapshot->end(), u.begin());
      last = static_cast<int>(snapshot->step());
      options.restart(last + 1);
    }
  }
  std::printf("from step %d\n", last + 1);

  metalab::capture run(options);
  const auto fields = run.snapshots<double>("u", {n});
  for (int step = last + 1; step <= steps; ++step) {
    for (std::size_t i = 1; i < n - 1; ++i) {
      next[i] = u[i] + 0.25 * (u[i - 1] - 2 * u[i] + u[i + 1]);
    }
    u.swap(next);
    run.metric("peak", *std::max_element(u.begin(), u.end()), step);
    if (step % 50 == 0) {
      auto field = fields.begin(step);
      std::copy(u.begin(), u.end(), field.data());
      field.seal();
    }
    if (step == 70 && last == 0) {
      run.cancel("the time is up");
      break;
    }
  }
  run.finish();

  if (before) {
    before->refresh();
    std::printf("%d steps\n", static_cast<int>(before->last_step().value()));
  }
}
