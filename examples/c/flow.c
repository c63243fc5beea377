/* The numerics know nothing of runs. They log by name, and whoever subscribes to "solver" or
 * "solver.poisson" receives it. */
#include "flow.h"

#include <math.h>
#include <metalab.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { U0, V0, RATE_U, RATE_V, RESIDUAL, DIRECTION, IMAGE, WORK_FIELDS };

static double *work(const flow *f, int which) { return f->work + (size_t)which * f->n * f->n; }

/* A uniform number in [0, 1), and the next state (splitmix64). */
static double uniform(uint64_t *state) {
  uint64_t z = *state += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

bool flow_init(flow *f, size_t n, double nu, double disturbance, uint64_t seed) {
  enum { MODES = 8 };
  const double tau = 6.283185307179586;
  memset(f, 0, sizeof *f);
  f->n = n;
  f->h = tau / (double)n;
  f->nu = nu;
  f->u = calloc((3 + WORK_FIELDS) * n * n, sizeof *f->u);
  if (f->u == NULL) return false;
  f->v = f->u + n * n;
  f->p = f->v + n * n;
  f->work = f->p + n * n;

  double kx[MODES], ky[MODES], phase[MODES];
  for (int m = 0; m < MODES; ++m) {
    kx[m] = 2.0 + floor(3.0 * uniform(&seed)); /* none of them is a mode of the vortex itself */
    ky[m] = floor(9.0 * uniform(&seed)) - 4.0;
    phase[m] = tau * uniform(&seed);
  }
  /* The velocity is the discrete curl of a streamfunction, so that its discrete divergence is
   * zero. The factor makes the vortex's amplitude one on this grid. */
  const double amplitude = 0.5 * f->h / sin(0.5 * f->h);
  double *psi = f->work;
  for (size_t j = 0; j < n; ++j) {
    for (size_t i = 0; i < n; ++i) {
      const double x = (double)i * f->h, y = (double)j * f->h;
      double random = 0.0;
      for (int m = 0; m < MODES; ++m) random += cos(kx[m] * x + ky[m] * y + phase[m]);
      psi[j * n + i] = disturbance * random / MODES - amplitude * cos(x) * cos(y);
    }
  }
  for (size_t j = 0; j < n; ++j) {
    const size_t north = (j + 1) % n;
    for (size_t i = 0; i < n; ++i) {
      const size_t east = (i + 1) % n;
      f->u[j * n + i] = (psi[north * n + i] - psi[j * n + i]) / f->h;
      f->v[j * n + i] = (psi[j * n + i] - psi[j * n + east]) / f->h;
    }
  }
  return true;
}

void flow_free(flow *f) {
  free(f->u);
  memset(f, 0, sizeof *f);
}

static double dot(const double *a, const double *b, size_t count) {
  /* Four sums, because one would wait for each addition. */
  double sum[4] = {0.0, 0.0, 0.0, 0.0};
  for (size_t k = 0; k < count; ++k) sum[k % 4] += a[k] * b[k];
  return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/* image = -h^2 laplacian(field) */
static void negative_laplacian(const double *field, double *image, size_t n) {
  for (size_t j = 0; j < n; ++j) {
    const double *row = field + j * n;
    const double *south = field + (j + n - 1) % n * n, *north = field + (j + 1) % n * n;
    for (size_t i = 0; i < n; ++i) {
      const double west = row[i == 0 ? n - 1 : i - 1], east = row[i == n - 1 ? 0 : i + 1];
      image[j * n + i] = 4.0 * row[i] - west - east - south[i] - north[i];
    }
  }
}

/* Solves laplacian(p) = source by conjugate gradients, from the p that is there. `source` is
 * overwritten with the residual. */
static void solve_poisson(flow *f, double *source) {
  const int64_t limit = 10 * (int64_t)f->n;
  const size_t count = f->n * f->n;
  double *residual = source, *direction = work(f, DIRECTION), *image = work(f, IMAGE);
  for (size_t k = 0; k < count; ++k) source[k] *= -f->h * f->h;
  const double target = 1e-14 * dot(source, source, count);

  negative_laplacian(f->p, image, f->n);
  for (size_t k = 0; k < count; ++k) direction[k] = residual[k] -= image[k];
  double norm = dot(residual, residual, count);
  int64_t iterations = 0;
  while (norm > target && iterations < limit) {
    negative_laplacian(direction, image, f->n);
    const double length = norm / dot(direction, image, count);
    for (size_t k = 0; k < count; ++k) f->p[k] += length * direction[k];
    for (size_t k = 0; k < count; ++k) residual[k] -= length * image[k];
    const double previous = norm;
    norm = dot(residual, residual, count);
    for (size_t k = 0; k < count; ++k) direction[k] = residual[k] + norm / previous * direction[k];
    ++iterations;
  }

  const bool first = f->poisson_iterations == 0, converged = norm <= target;
  f->poisson_iterations += iterations;
  f->poisson_failures += !converged;
  const metalab_level_t level = !converged ? METALAB_LEVEL_WARNING : first ? METALAB_LEVEL_INFO : METALAB_LEVEL_DEBUG;
  if (metalab_log_enabled("solver.poisson", level)) {
    char line[128];
    snprintf(line, sizeof line, "%s after %lld iterations, residual %.3e", converged ? "converged" : "gave up",
             (long long)iterations, sqrt(norm));
    metalab_log("solver.poisson", level, line, METALAB_NUL);
  }
}

/* Computes du/dt and dv/dt, with the pressure that keeps the flow free of divergence. */
static void rates(flow *f, double dt) {
  const size_t n = f->n;
  const double *u = f->u, *v = f->v, *p = f->p, h = f->h, diffusion = f->nu / (h * h);
  double *rate_u = work(f, RATE_U), *rate_v = work(f, RATE_V), *source = work(f, RESIDUAL);
  for (size_t j = 0; j < n; ++j) {
    const size_t c = j * n, s = (j + n - 1) % n * n, t = (j + 1) % n * n;
    for (size_t i = 0; i < n; ++i) {
      const size_t w = i == 0 ? n - 1 : i - 1, e = i == n - 1 ? 0 : i + 1;
      const double u_east = 0.5 * (u[c + i] + u[c + e]), u_west = 0.5 * (u[c + w] + u[c + i]);
      const double v_north = 0.5 * (v[c + i] + v[t + i]), v_south = 0.5 * (v[s + i] + v[c + i]);
      /* u v on the cell's corners: lower left, upper left, lower right */
      const double corner = 0.25 * (u[s + i] + u[c + i]) * (v[c + w] + v[c + i]);
      const double corner_north = 0.25 * (u[c + i] + u[t + i]) * (v[t + w] + v[t + i]);
      const double corner_east = 0.25 * (u[s + e] + u[c + e]) * (v[c + i] + v[c + e]);
      rate_u[c + i] = diffusion * (u[c + w] + u[c + e] + u[s + i] + u[t + i] - 4.0 * u[c + i]) -
                      (u_east * u_east - u_west * u_west + corner_north - corner) / h;
      rate_v[c + i] = diffusion * (v[c + w] + v[c + e] + v[s + i] + v[t + i] - 4.0 * v[c + i]) -
                      (corner_east - corner + v_north * v_north - v_south * v_south) / h;
    }
  }
  /* Taking what divergence there is along keeps the solver's errors from adding up. */
  for (size_t j = 0; j < n; ++j) {
    const size_t c = j * n, t = (j + 1) % n * n;
    for (size_t i = 0; i < n; ++i) {
      const size_t e = i == n - 1 ? 0 : i + 1;
      source[c + i] = (rate_u[c + e] - rate_u[c + i] + rate_v[t + i] - rate_v[c + i]) / h +
                      (u[c + e] - u[c + i] + v[t + i] - v[c + i]) / (h * dt);
    }
  }
  solve_poisson(f, source);
  for (size_t j = 0; j < n; ++j) {
    const size_t c = j * n, s = (j + n - 1) % n * n;
    for (size_t i = 0; i < n; ++i) {
      rate_u[c + i] -= (p[c + i] - p[c + (i == 0 ? n - 1 : i - 1)]) / h;
      rate_v[c + i] -= (p[c + i] - p[s + i]) / h;
    }
  }
}

void flow_pressure(flow *f, double dt) { rates(f, dt); }

void flow_advance(flow *f, double dt) {
  static const double keep[] = {0.0, 3.0 / 4.0, 1.0 / 3.0};
  const size_t count = f->n * f->n;
  const double *rate_u = work(f, RATE_U), *rate_v = work(f, RATE_V);
  double *u0 = work(f, U0), *v0 = work(f, V0);
  memcpy(u0, f->u, count * sizeof *u0);
  memcpy(v0, f->v, count * sizeof *v0);
  for (int stage = 0; stage < 3; ++stage) {
    const double a = keep[stage], b = 1.0 - a;
    rates(f, dt);
    for (size_t k = 0; k < count; ++k) {
      f->u[k] = a * u0[k] + b * (f->u[k] + dt * rate_u[k]);
      f->v[k] = a * v0[k] + b * (f->v[k] + dt * rate_v[k]);
    }
  }
  f->time += dt;
}

double flow_kinetic_energy(const flow *f) {
  const size_t count = f->n * f->n;
  return 0.5 * (dot(f->u, f->u, count) + dot(f->v, f->v, count)) / (double)count;
}

double flow_max_speed(const flow *f) {
  double most = 0.0;
  for (size_t k = 0; k < f->n * f->n; ++k) {
    most = fmax(most, fabs(f->u[k]) + fabs(f->v[k]));
  }
  return most;
}

double flow_max_divergence(const flow *f) {
  const size_t n = f->n;
  double most = 0.0;
  for (size_t j = 0; j < n; ++j) {
    const size_t c = j * n, t = (j + 1) % n * n;
    for (size_t i = 0; i < n; ++i) {
      most = fmax(most, fabs(f->u[c + (i + 1) % n] - f->u[c + i] + f->v[t + i] - f->v[c + i]) / f->h);
    }
  }
  return most;
}

void flow_vorticity(const flow *f, double *vorticity) {
  const size_t n = f->n;
  for (size_t j = 0; j < n; ++j) {
    const size_t c = j * n, s = (j + n - 1) % n * n;
    for (size_t i = 0; i < n; ++i) {
      const size_t w = i == 0 ? n - 1 : i - 1;
      vorticity[c + i] = (f->v[c + i] - f->v[c + w] - f->u[c + i] + f->u[s + i]) / f->h;
    }
  }
}

void flow_spectrum(const flow *f, size_t shells, double *energy) {
  const size_t n = f->n, count = n * n;
  double *cosine = work(f, U0), *sine = work(f, V0);
  for (size_t m = 0; m < n; ++m) {
    cosine[m] = cos((double)m * f->h);
    sine[m] = sin((double)m * f->h);
  }
  for (size_t k = 0; k < shells; ++k) energy[k] = 0.0;
  for (size_t kx = 0; kx < shells; ++kx) {
    for (size_t ky = 0; ky < 2 * shells - 1; ++ky) { /* stands for ky - (shells - 1) */
      const double row = (double)ky - (double)(shells - 1);
      const size_t shell = (size_t)sqrt((double)(kx * kx) + row * row);
      if (shell >= shells) continue;
      double u_re = 0.0, u_im = 0.0, v_re = 0.0, v_im = 0.0;
      for (size_t k = 0; k < count; ++k) {
        const size_t angle = (kx * (k % n) + (ky + n - (shells - 1)) * (k / n)) % n;
        u_re += f->u[k] * cosine[angle];
        u_im += f->u[k] * sine[angle];
        v_re += f->v[k] * cosine[angle];
        v_im += f->v[k] * sine[angle];
      }
      /* A real field's modes come in conjugate pairs. */
      const double pair = kx == 0 ? 0.5 : 1.0;
      energy[shell] += pair * (u_re * u_re + u_im * u_im + v_re * v_re + v_im * v_im) / ((double)count * (double)count);
    }
  }
}
