// Decay of the Taylor-Green vortex, captured as a metalab run. Its kinetic energy is known:
// exp(-4 nu t) / 4. The program ends with status 1 when the computed one is not near that.
//
//     c++ -std=c++17 -O2 -ffp-contract=off taylor_green.cpp flow.cpp -lmetalab -o taylor_green
//     ./taylor_green --n 64 --nu 0.02 --steps 500 --seed 42 --store ./experiments
//
// The capture is a quiet one: no call's failure stops the simulation, and without a run every
// call does nothing. What could not be stored is said at the end.
#include "flow.hpp"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <limits>
#include <map>
#include <metalab.hpp>
#include <string>
#include <string_view>
#include <variant>

namespace {

constexpr std::size_t shells = 16;

struct parameters {
  std::uint64_t n = 64;
  double nu = 0.02, dt = 0.01, disturbance = 1e-3;
  std::int64_t steps = 500, snapshot_every = 100;
  std::uint64_t seed = 42;
  std::string store = "./experiments", history = "taylor_green.csv";
};

bool set(const char* value, std::string& to) { return to = value, true; }

bool set(const char* value, double& to) {
  char* stop = nullptr;
  to = std::strtod(value, &stop);
  return stop != value && *stop == '\0';
}

template <class Integer>
bool set(const char* value, Integer& to) {
  const char* const end = value + std::strlen(value);
  const auto [stop, problem] = std::from_chars(value, end, to);
  return problem == std::errc() && stop == end;
}

parameters parse(int argc, char** argv) {
  parameters p;
  const std::map<std::string_view, std::variant<std::uint64_t*, std::int64_t*, double*, std::string*>> known = {
      {"--n", &p.n},         {"--nu", &p.nu},       {"--dt", &p.dt},
      {"--steps", &p.steps}, {"--seed", &p.seed},   {"--snapshot-every", &p.snapshot_every},
      {"--store", &p.store}, {"--history", &p.history}, {"--disturbance", &p.disturbance}};
  bool good = argc % 2 == 1;
  for (int k = 1; good && k < argc; k += 2) {
    const auto found = known.find(argv[k]);
    good = found != known.end() && std::visit([&](auto* to) { return set(argv[k + 1], *to); }, found->second);
  }
  good = good && p.n >= 2 * shells && p.n <= 4096 && p.nu > 0.0 && p.dt > 0.0 && p.disturbance >= 0.0 &&
         p.steps >= 1 && p.snapshot_every >= 1;
  if (!good) {
    std::cerr << "usage: " << argv[0]
              << " [--n CELLS (32 to 4096)] [--nu VISCOSITY] [--dt TIME] [--disturbance SIZE] [--steps COUNT]\n"
                 "       [--snapshot-every STEPS] [--seed SEED] [--store LOCATOR] [--history FILE]\n";
    std::exit(2);
  }
  return p;
}

metalab::quiet_capture open_run(const parameters& p) {
  metalab::quiet_capture run(metalab::options()
                                 .store(p.store)
                                 .experiment("taylor_green:1.0")
                                 .description("Decay of the Taylor-Green vortex")
                                 .params({{"n", p.n},
                                          {"nu", p.nu},
                                          {"dt", p.dt},
                                          {"disturbance", p.disturbance},
                                          {"steps", p.steps},
                                          {"snapshot_every", p.snapshot_every}})
                                 .seed(p.seed)
                                 .handle_signals(metalab::signal_set::both));
  if (!run) std::cerr << "taylor_green: going on without a capture: " << metalab::last_error() << '\n';
  return run;
}

// The same seed with and without a capture.
std::uint64_t derive_seed(const metalab::quiet_capture& run, const char* name, std::uint64_t root) {
  const auto seed = run.derive_seed(name);
  return seed ? *seed : *metalab::derive_seed<metalab::quiet>({root, {}}, name);
}

// The vorticity goes straight into the file that will be the artifact, which was made ready before.
void snapshot(const metalab::quiet_snapshots<double>& snapshots, const flow& f, std::int64_t step) {
  if (auto field = snapshots.begin(step)) {
    f.vorticity(field.data());
    field.set_metadata({{"time", f.time()}});
    field.seal();
  }
}

void draw(metalab::quiet_capture& run, const flow& f, std::uint64_t n) {
  flow::field vorticity(n * n);
  f.vorticity(vorticity.data());
  double most = 0.0;
  for (const double value : vorticity) most = std::fmax(most, std::fabs(value));
  metalab::field_style style;
  style.colormap = metalab::colormap::diverging;
  style.origin_lower = true;
  style.range = {-most, most};  // so that white is zero
  run.figure("vorticity", metalab::array_view(vorticity.data(), {n, n}), style);
}

bool simulate(metalab::quiet_capture& run, const parameters& p) {
  flow f(p.n, p.nu, p.disturbance, derive_seed(run, "disturbance", p.seed));
  const double cell_reynolds = f.max_speed() * f.h() / p.nu;
  if (cell_reynolds > 2.0) {
    run.add_warning("central differences may oscillate at this cell Reynolds number",
                    {{"cell_reynolds", cell_reynolds}, {"limit", 2.0}});
  }
  run.info("the vortex is set up");

  const auto energy_series = run.series("kinetic_energy", "U^2", "mean of |u|^2 / 2");
  const auto error_series = run.series("energy_error", {}, "relative to exp(-4 nu t) / 4");
  const auto cfl_series = run.series("cfl", {}, "largest (|u| + |v|) dt / h");
  const auto divergence_series = run.series("divergence", "U/L", "largest |div u|");
  const auto iterations_series = run.series("poisson_iterations", {}, "of the step before");
  const auto snapshots = run.snapshots<double>("vorticity", {p.n, p.n});

  std::ofstream history(p.history);
  history << std::setprecision(std::numeric_limits<double>::max_digits10) << "step,time,kinetic_energy,exact\n";

  double energy = 0.0, exact = 0.0, error = 0.0;
  double cfl_violation = std::numeric_limits<double>::quiet_NaN();
  std::int64_t iterations_before = 0;
  for (std::int64_t step = 0;; ++step) {
    energy = f.kinetic_energy();
    exact = 0.25 * std::exp(-4.0 * p.nu * f.time());
    error = energy / exact - 1.0;
    const double cfl = f.max_speed() * p.dt / f.h();
    if (cfl > 1.0 && std::isnan(cfl_violation)) cfl_violation = f.time();
    energy_series(step, energy);
    error_series(step, error);
    cfl_series(step, cfl);
    divergence_series(step, f.max_divergence());
    iterations_series(step, f.poisson_iterations() - iterations_before);
    iterations_before = f.poisson_iterations();
    history << step << ',' << f.time() << ',' << energy << ',' << exact << '\n';
    if (step % p.snapshot_every == 0) {
      std::printf("step %6lld  t %7.3f  energy %.9f  exact %.9f\n", static_cast<long long>(step), f.time(), energy, exact);
      snapshot(snapshots, f, step);
    }
    if (step == p.steps) break;
    if (run.should_stop()) {
      std::printf("told to stop after step %lld\n", static_cast<long long>(step));
      break;
    }
    f.advance(p.dt);
  }
  f.solve_pressure(p.dt);

  // Twice the leading error of the discrete Laplacian, and the energy of the disturbance.
  const double tolerance = 4.0 * p.nu * f.time() * f.h() * f.h() / 6.0 + p.disturbance * p.disturbance;
  const bool passed = std::fabs(error) <= tolerance;
  run.metrics({{"kinetic_energy_final", energy},
               {"energy_error_final", error},
               {"cfl_violation_time", cfl_violation},  // NaN: it never happened
               {"poisson_iterations_total", f.poisson_iterations()},
               {"energy_check_passed", passed},
               {"scheme", "staggered grid, RK3"}});

  run.data("energy_spectrum", f.spectrum(shells), {{"axis", "k <= |k| < k + 1"}, {"unit", "U^2"}});
  run.data("energy_check", {{"exact", exact}, {"tolerance", tolerance}, {"passed", passed}});
  run.artifact("setup", {{"domain", "[0, 2 pi)^2, periodic"}, {"initial", "-cos x cos y"}});
  const auto square = [&](const flow::field& values) { return metalab::array_view(values.data(), {p.n, p.n}); };
  run.arrays("final_state", {{"u", square(f.u())}, {"v", square(f.v())}, {"p", square(f.p())}});
  draw(run, f, p.n);
  history.close();
  if (history) {
    run.file("history", p.history, metalab::file_mode::move);
  } else {
    std::cerr << "taylor_green: cannot write " << p.history << '\n';
  }

  std::printf("energy %.9f, exact %.9f, error %.3e, tolerance %.3e: %s\n", energy, exact, error, tolerance,
              passed ? "passed" : "FAILED");
  run.add_note("Compared with the analytic decay of the kinetic energy.");
  if (!passed) run.fail("EnergyCheckError", "the kinetic energy is not the analytic one");
  return passed;
}

}  // namespace

int main(int argc, char** argv) {
  const parameters p = parse(argc, argv);
  auto run = open_run(p);
  run.capture_stdio(metalab::stdio::out);
  run.subscribe("solver", metalab::level::info);
  run.add_tag("example");
  bool passed = false;
  try {
    passed = simulate(run, p);
  } catch (const std::exception& problem) {
    run.fail(problem);
    std::cerr << "taylor_green: " << problem.what() << '\n';
  }
  const auto finished = run.finish();
  if (metalab::failed(finished)) {
    std::cerr << "taylor_green: not everything was captured: " << metalab::last_error() << '\n';
  }
  return passed ? 0 : 1;
}
