/* Decay of the Taylor-Green vortex, captured as a metalab run. Its kinetic energy is known:
 * exp(-4 nu t) / 4. The program ends with status 1 when the computed one is not near that.
 *
 *     cc -O2 -ffp-contract=off taylor_green.c flow.c -lmetalab -lm -o taylor_green
 *     ./taylor_green --n 64 --nu 0.02 --steps 500 --seed 42 --store ./experiments
 *
 * No call's failure stops the simulation, so most answers are dropped: without a capture every
 * call does nothing, and what could not be stored is said at the end. */
#include "flow.h"

#include <inttypes.h>
#include <math.h>
#include <metalab.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHELLS = 16 };

struct parameters {
  size_t n;
  double nu, dt, disturbance;
  int64_t steps, snapshot_every;
  uint64_t seed;
  const char *store, *history;
};

static struct parameters parse(int argc, char **argv) {
  struct parameters p = {64, 0.02, 0.01, 1e-3, 500, 100, 42, "./experiments", "taylor_green.csv"};
  bool good = argc % 2 == 1;
  for (int k = 1; good && k < argc; k += 2) {
    const char *name = argv[k], *value = argv[k + 1];
    char *end = "";
    if (strcmp(name, "--n") == 0) p.n = strtoull(value, &end, 10);
    else if (strcmp(name, "--nu") == 0) p.nu = strtod(value, &end);
    else if (strcmp(name, "--dt") == 0) p.dt = strtod(value, &end);
    else if (strcmp(name, "--disturbance") == 0) p.disturbance = strtod(value, &end);
    else if (strcmp(name, "--steps") == 0) p.steps = strtoll(value, &end, 10);
    else if (strcmp(name, "--snapshot-every") == 0) p.snapshot_every = strtoll(value, &end, 10);
    else if (strcmp(name, "--seed") == 0) p.seed = strtoull(value, &end, 10);
    else if (strcmp(name, "--store") == 0) p.store = value;
    else if (strcmp(name, "--history") == 0) p.history = value;
    else good = false;
    good = good && *value != '\0' && *value != '-' && *end == '\0';
  }
  good = good && p.n >= 2 * SHELLS && p.n <= 4096 && p.nu > 0.0 && p.dt > 0.0 && p.disturbance >= 0.0 &&
         p.steps >= 1 && p.snapshot_every >= 1;
  if (!good) {
    fprintf(stderr, "usage: %s [--n CELLS (32 to 4096)] [--nu VISCOSITY] [--dt TIME] [--disturbance SIZE] [--steps COUNT]\n"
                    "       [--snapshot-every STEPS] [--seed SEED] [--store LOCATOR] [--history FILE]\n", argv[0]);
    exit(2);
  }
  return p;
}

/* NULL, after a word on stderr, where there can be no capture. */
static metalab_capture_t *open_run(const struct parameters *p) {
  metalab_options_t *options = NULL;
  metalab_capture_t *run = NULL;
  const bool opened = metalab_options_new(&options) == METALAB_OK &&
                      metalab_options_store(options, p->store) == METALAB_OK &&
                      metalab_options_experiment(options, "taylor_green:1.0") == METALAB_OK &&
                      metalab_options_experiment_description(options, "Decay of the Taylor-Green vortex") == METALAB_OK &&
                      metalab_options_param_i64(options, "n", (int64_t)p->n) == METALAB_OK &&
                      metalab_options_param_f64(options, "nu", p->nu) == METALAB_OK &&
                      metalab_options_param_f64(options, "dt", p->dt) == METALAB_OK &&
                      metalab_options_param_f64(options, "disturbance", p->disturbance) == METALAB_OK &&
                      metalab_options_param_i64(options, "steps", p->steps) == METALAB_OK &&
                      metalab_options_param_i64(options, "snapshot_every", p->snapshot_every) == METALAB_OK &&
                      metalab_options_seed(options, p->seed) == METALAB_OK &&
                      metalab_options_signals(options, METALAB_SIGNALS_FATAL | METALAB_SIGNALS_STOP) == METALAB_OK &&
                      metalab_options_compiler(options, METALAB_COMPILER) == METALAB_OK &&
                      metalab_capture_open(options, &run) == METALAB_OK;
  if (!opened) fprintf(stderr, "taylor_green: going on without a capture: %s\n", metalab_last_error());
  metalab_options_free(options);
  return run;
}

/* The same seed with and without a capture. */
static uint64_t derive_seed(const metalab_capture_t *run, const char *name, uint64_t root) {
  uint64_t seed = root;
  if (metalab_capture_derive_seed(run, name, &seed) != METALAB_OK) {
    metalab_values_t *seeds = NULL;
    metalab_values_new(&seeds);
    metalab_values_set_u64(seeds, "root_seed", root);
    metalab_values_set_null(seeds, "replicate_index");
    metalab_derive_seed(metalab_values_json(seeds), name, &seed);
    metalab_values_free(seeds);
  }
  return seed;
}

static metalab_array_t square(const double *data, const uint64_t shape[2]) {
  metalab_array_t array = METALAB_ARRAY_INIT;
  array.data = data;
  array.dtype = METALAB_DTYPE_FLOAT64;
  array.ndim = 2;
  array.shape = shape;
  return array;
}

/* The vorticity goes straight into the file that will be the artifact, which was made ready before. */
static void snapshot(metalab_snapshots_t *snapshots, const flow *f, int64_t step) {
  metalab_mapping_t *mapping = NULL;
  void *data = NULL;
  if (metalab_snapshots_begin(snapshots, step, &mapping, &data) != METALAB_OK) return;
  flow_vorticity(f, data);
  metalab_values_t *metadata = NULL;
  metalab_values_new(&metadata);
  metalab_values_set_f64(metadata, "time", f->time);
  metalab_mapping_set_metadata(mapping, metalab_values_json(metadata));
  metalab_values_free(metadata);
  metalab_mapping_seal(mapping);
}

static void figure(metalab_capture_t *run, const flow *f, const uint64_t shape[2]) {
  double *vorticity = malloc(f->n * f->n * sizeof *vorticity);
  if (vorticity == NULL) return;
  flow_vorticity(f, vorticity);
  metalab_field_style_t style = METALAB_FIELD_STYLE_INIT;
  style.colormap = METALAB_COLORMAP_DIVERGING;
  style.origin_lower = true;
  style.has_range = true; /* the same below and above zero, so that white is zero */
  for (size_t k = 0; k < f->n * f->n; ++k) style.vmax = fmax(style.vmax, fabs(vorticity[k]));
  style.vmin = -style.vmax;
  const metalab_array_t field = square(vorticity, shape);
  metalab_capture_figure_field(run, "vorticity", &field, &style, NULL);
  free(vorticity);
}

int main(int argc, char **argv) {
  const struct parameters p = parse(argc, argv);
  metalab_capture_t *run = open_run(&p);
  metalab_capture_stdio(run, METALAB_STDOUT);
  metalab_capture_subscribe(run, "solver", METALAB_LEVEL_INFO);
  metalab_capture_add_tag(run, "example");

  flow f;
  if (!flow_init(&f, p.n, p.nu, p.disturbance, derive_seed(run, "disturbance", p.seed))) {
    fprintf(stderr, "taylor_green: no memory for %zu x %zu cells\n", p.n, p.n);
    metalab_capture_fail(run, "MemoryError", "no memory for the fields", NULL);
    metalab_capture_free(run);
    return 1;
  }
  const uint64_t shape[2] = {p.n, p.n};
  const double cell_reynolds = flow_max_speed(&f) * f.h / p.nu;
  if (cell_reynolds > 2.0) {
    metalab_values_t *details = NULL;
    metalab_values_new(&details);
    metalab_values_set_f64(details, "cell_reynolds", cell_reynolds);
    metalab_values_set_f64(details, "limit", 2.0);
    metalab_capture_add_warning(run, "central differences may oscillate at this cell Reynolds number",
                                metalab_values_json(details));
    metalab_values_free(details);
  }
  metalab_capture_log(run, METALAB_LEVEL_INFO, "the vortex is set up", METALAB_NUL);

  metalab_series_t *energy_series = NULL, *error_series = NULL, *cfl_series = NULL, *divergence_series = NULL,
                   *iterations_series = NULL;
  metalab_capture_series(run, "kinetic_energy", "U^2", "mean of |u|^2 / 2", &energy_series);
  metalab_capture_series(run, "energy_error", NULL, "relative to exp(-4 nu t) / 4", &error_series);
  metalab_capture_series(run, "cfl", NULL, "largest (|u| + |v|) dt / h", &cfl_series);
  metalab_capture_series(run, "divergence", "U/L", "largest |div u|", &divergence_series);
  metalab_capture_series(run, "poisson_iterations", NULL, "of the step before", &iterations_series);

  metalab_snapshots_t *snapshots = NULL;
  metalab_capture_snapshots(run, "vorticity", METALAB_DTYPE_FLOAT64, METALAB_ORDER_C, 2, shape, NULL, &snapshots);

  FILE *history = fopen(p.history, "w");
  if (history == NULL) fprintf(stderr, "taylor_green: cannot write %s\n", p.history);
  if (history != NULL) fputs("step,time,kinetic_energy,exact\n", history);

  double energy = 0.0, exact = 0.0, error = 0.0, cfl_violation = NAN;
  int64_t iterations_before = 0;
  for (int64_t step = 0;; ++step) {
    energy = flow_kinetic_energy(&f);
    exact = 0.25 * exp(-4.0 * p.nu * f.time);
    error = energy / exact - 1.0;
    const double cfl = flow_max_speed(&f) * p.dt / f.h;
    if (cfl > 1.0 && isnan(cfl_violation)) cfl_violation = f.time;
    metalab_series_point(energy_series, step, energy);
    metalab_series_point(error_series, step, error);
    metalab_series_point(cfl_series, step, cfl);
    metalab_series_point(divergence_series, step, flow_max_divergence(&f));
    metalab_series_point_i64(iterations_series, step, f.poisson_iterations - iterations_before);
    iterations_before = f.poisson_iterations;
    if (history != NULL) fprintf(history, "%" PRId64 ",%.17g,%.17g,%.17g\n", step, f.time, energy, exact);
    if (step % p.snapshot_every == 0) {
      printf("step %6" PRId64 "  t %7.3f  energy %.9f  exact %.9f\n", step, f.time, energy, exact);
      snapshot(snapshots, &f, step);
    }
    if (step == p.steps) break;
    if (metalab_capture_should_stop(run)) {
      printf("told to stop after step %" PRId64 "\n", step);
      break;
    }
    flow_advance(&f, p.dt);
  }
  metalab_snapshots_free(snapshots);
  flow_pressure(&f, p.dt);

  /* Twice the leading error of the discrete Laplacian, and the energy of the disturbance. */
  const double tolerance = 4.0 * p.nu * f.time * f.h * f.h / 6.0 + p.disturbance * p.disturbance;
  const bool passed = fabs(error) <= tolerance;
  const char *names[] = {"kinetic_energy_final", "energy_error_final", "cfl_violation_time"};
  const double values[] = {energy, error, cfl_violation}; /* the last is NaN: it never happened */
  metalab_capture_metrics(run, 3, names, values);
  metalab_capture_metric_i64(run, "poisson_iterations_total", f.poisson_iterations);
  metalab_capture_metric_bool(run, "energy_check_passed", passed);
  metalab_capture_metric_text(run, "scheme", "staggered grid, RK3", METALAB_NUL);

  double spectrum[SHELLS];
  flow_spectrum(&f, SHELLS, spectrum);
  const uint64_t shells = SHELLS;
  metalab_array_t line = METALAB_ARRAY_INIT;
  line.data = spectrum;
  line.dtype = METALAB_DTYPE_FLOAT64;
  line.ndim = 1;
  line.shape = &shells;
  metalab_capture_data_array(run, "energy_spectrum", &line, "{\"axis\": \"k <= |k| < k + 1\", \"unit\": \"U^2\"}");
  metalab_values_t *document = NULL;
  metalab_values_new(&document);
  metalab_values_set_f64(document, "exact", exact);
  metalab_values_set_f64(document, "tolerance", tolerance);
  metalab_values_set_bool(document, "passed", passed);
  metalab_capture_data_json(run, "energy_check", metalab_values_json(document), METALAB_NUL, NULL);
  metalab_values_clear(document);
  metalab_values_set_text(document, "domain", "[0, 2 pi)^2, periodic", METALAB_NUL);
  metalab_values_set_text(document, "initial", "-cos x cos y", METALAB_NUL);
  metalab_capture_artifact_json(run, "setup", metalab_values_json(document), METALAB_NUL, NULL);
  metalab_values_free(document);
  const char *fields[] = {"u", "v", "p"};
  const metalab_array_t arrays[] = {square(f.u, shape), square(f.v, shape), square(f.p, shape)};
  metalab_capture_artifact_arrays(run, "final_state", 3, fields, arrays, NULL);
  figure(run, &f, shape);
  if (history != NULL) {
    const bool written = !ferror(history);
    if (fclose(history) == 0 && written) metalab_capture_file(run, "history", p.history, METALAB_FILE_MOVE, NULL, NULL);
    else fprintf(stderr, "taylor_green: cannot write %s\n", p.history);
  }

  printf("energy %.9f, exact %.9f, error %.3e, tolerance %.3e: %s\n", energy, exact, error, tolerance,
         passed ? "passed" : "FAILED");
  metalab_capture_add_note(run, "Compared with the analytic decay of the kinetic energy.");
  if (!passed) metalab_capture_fail(run, "EnergyCheckError", "the kinetic energy is not the analytic one", NULL);
  const metalab_status_t finished = metalab_capture_finish(run);
  if (finished != METALAB_OK && finished != METALAB_NO_CAPTURE)
    fprintf(stderr, "taylor_green: not everything was captured: %s\n", metalab_last_error());
  metalab_capture_free(run);
  flow_free(&f);
  return passed ? 0 : 1;
}
