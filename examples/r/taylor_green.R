# Decay of the Taylor-Green vortex, captured as a metalab run. Its kinetic energy is known:
# exp(-4 nu t) / 4. The program ends with status 1 when the computed one is not near that.
#
#     Rscript taylor_green.R --n 64 --nu 0.02 --steps 500 --seed 42 --store ./experiments
#
# An error ends the program, and the run as "failed".
library(metalab)

arguments <- commandArgs(trailingOnly = FALSE)
directory <- dirname(sub("^--file=", "", grep("^--file=", arguments, value = TRUE)[[1]]))
source(file.path(directory, "flow.R"))

shells <- 16

usage <- function() {
  cat(file = stderr(), sep = "", "usage: taylor_green.R [--n CELLS (32 to 4096)] [--nu VISCOSITY] [--dt TIME] ",
    "[--disturbance SIZE] [--steps COUNT]\n       [--snapshot-every STEPS] [--seed SEED] [--store LOCATOR] [--history FILE]\n")
  quit(status = 2)
}

parse <- function(words) {
  p <- list(n = "64", nu = "0.02", dt = "0.01", disturbance = "1e-3", steps = "500", snapshot_every = "100", seed = "42",
    store = "./experiments", history = "taylor_green.csv")
  if (length(words) %% 2 != 0) usage()
  for (k in seq_along(words)[c(TRUE, FALSE)]) {
    name <- gsub("-", "_", sub("^--", "", words[[k]]), fixed = TRUE)
    if (!startsWith(words[[k]], "--") || !(name %in% names(p)) || grepl("^(-|$)", words[[k + 1]])) usage()
    p[[name]] <- words[[k + 1]]
  }
  for (name in c("n", "steps", "snapshot_every")) p[[name]] <- suppressWarnings(as.integer(p[[name]]))
  for (name in c("nu", "dt", "disturbance")) p[[name]] <- suppressWarnings(as.double(p[[name]]))
  good <- !anyNA(unlist(p)) && grepl("^[0-9]+$", p$seed) && p$n >= 2 * shells && p$n <= 4096 && p$nu > 0 && p$dt > 0 &&
    p$disturbance >= 0 && p$steps >= 1 && p$snapshot_every >= 1
  if (good) p else usage()
}

# The vorticity goes straight into the file that will be the artifact. A field of the store has a row
# for each y, as in C.
snapshot <- function(snapshots, f, step) {
  field <- snapshots(step)
  field[] <- t(flow_vorticity(f))
  capture_seal(field, metadata = list(time = f$time))
}

figure <- function(run, f) {
  vorticity <- flow_vorticity(f)
  range <- max(abs(vorticity)) * c(-1, 1) # the same below and above zero, so that white is zero
  capture_field(run, "vorticity", t(vorticity), colormap = "diverging", range = range, origin = "lower")
}

simulate <- function(run, p) {
  capture_stdio(run, "stdout")
  capture_subscribe(run, "solver", "info")
  capture_add_tag(run, "example")

  f <- flow_init(p$n, p$nu, p$disturbance, capture_derive_seed(run, "disturbance", as = "digits"))
  cell_reynolds <- flow_max_speed(f) * f$h / p$nu
  if (cell_reynolds > 2) {
    capture_add_warning(run, "central differences may oscillate at this cell Reynolds number",
      list(cell_reynolds = cell_reynolds, limit = 2))
  }
  capture_log(run, "the vortex is set up")

  energy_series <- capture_series(run, "kinetic_energy", "U^2", "mean of |u|^2 / 2")
  error_series <- capture_series(run, "energy_error", NULL, "relative to exp(-4 nu t) / 4")
  cfl_series <- capture_series(run, "cfl", NULL, "largest (|u| + |v|) dt / h")
  divergence_series <- capture_series(run, "divergence", "U/L", "largest |div u|")
  iterations_series <- capture_series(run, "poisson_iterations", NULL, "of the step before")

  snapshots <- capture_snapshots(run, "vorticity", c(f$n, f$n))
  history <- file(p$history, "w")
  writeLines("step,time,kinetic_energy,exact", history)

  cfl_violation <- NaN
  iterations_before <- 0L
  step <- 0L
  repeat {
    energy <- flow_kinetic_energy(f)
    exact <- 0.25 * exp(-4 * p$nu * f$time)
    error <- energy / exact - 1
    cfl <- flow_max_speed(f) * p$dt / f$h
    if (cfl > 1 && is.nan(cfl_violation)) cfl_violation <- f$time
    energy_series(step, energy)
    error_series(step, error)
    cfl_series(step, cfl)
    divergence_series(step, flow_max_divergence(f))
    iterations_series(step, f$poisson_iterations - iterations_before)
    iterations_before <- f$poisson_iterations
    cat(sprintf("%d,%.17g,%.17g,%.17g\n", step, f$time, energy, exact), file = history)
    if (step %% p$snapshot_every == 0) {
      cat(sprintf("step %6d  t %7.3f  energy %.9f  exact %.9f\n", step, f$time, energy, exact))
      snapshot(snapshots, f, step)
    }
    if (step == p$steps) break
    if (capture_should_stop(run)) {
      cat(sprintf("told to stop after step %d\n", step))
      break
    }
    flow_advance(f, p$dt)
    step <- step + 1L
  }
  flow_pressure(f, p$dt)

  # Twice the leading error of the discrete Laplacian, and the energy of the disturbance.
  tolerance <- 4 * p$nu * f$time * f$h * f$h / 6 + p$disturbance * p$disturbance
  passed <- abs(error) <= tolerance
  run |>
    capture_metrics(
      kinetic_energy_final = energy, energy_error_final = error,
      cfl_violation_time = cfl_violation, # NaN if it never happened
      poisson_iterations_total = f$poisson_iterations, energy_check_passed = passed, scheme = "staggered grid, RK3"
    ) |>
    capture_data("energy_spectrum", flow_spectrum(f, shells), list(axis = "k <= |k| < k + 1", unit = "U^2")) |>
    capture_data("energy_check", list(exact = exact, tolerance = tolerance, passed = passed)) |>
    capture_artifact("setup", list(domain = "[0, 2 pi)^2, periodic", initial = "-cos x cos y")) |>
    capture_artifact("final_state", list(u = t(f$u), v = t(f$v), p = t(f$p)))
  figure(run, f)
  close(history)
  capture_file(run, "history", p$history, mode = "move")

  cat(sprintf("energy %.9f, exact %.9f, error %.3e, tolerance %.3e: %s\n", energy, exact, error, tolerance,
    if (passed) "passed" else "FAILED"))
  capture_add_note(run, "Compared with the analytic decay of the kinetic energy.")
  if (!passed) capture_fail(run, "the kinetic energy is not the analytic one", type = "EnergyCheckError")
  passed
}

p <- parse(commandArgs(trailingOnly = TRUE))
passed <- with_capture(p$store,
  experiment = "taylor_green:1.0", description = "Decay of the Taylor-Green vortex",
  params = p[c("n", "nu", "dt", "disturbance", "steps", "snapshot_every")], seed = p$seed,
  simulate(run, p)
)
quit(status = if (passed) 0 else 1)
