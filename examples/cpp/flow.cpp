// The numerics know nothing of runs. They log by name, and whoever subscribes to "solver" or
// "solver.poisson" receives it.
#include "flow.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <metalab.hpp>

namespace {

constexpr double tau = 6.283185307179586;

// Uniform numbers in [0, 1) (splitmix64).
class uniform {
 public:
  explicit uniform(std::uint64_t seed) : state_(seed) {}
  double operator()() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1p-53;
  }

 private:
  std::uint64_t state_;
};

double dot(const flow::field& a, const flow::field& b) {
  // Four sums, because one would wait for each addition.
  std::array<double, 4> sum{};
  for (std::size_t k = 0; k < a.size(); ++k) sum[k % 4] += a[k] * b[k];
  return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

}  // namespace

flow::flow(std::size_t n, double nu, double disturbance, std::uint64_t seed)
    : n_(n), h_(tau / static_cast<double>(n)), nu_(nu) {
  for (field* one : {&u_, &v_, &p_, &u0_, &v0_, &rate_u_, &rate_v_, &residual_, &direction_, &image_}) one->resize(n * n);

  struct mode {
    double kx, ky, phase;
  };
  std::array<mode, 8> modes;
  uniform random(seed);
  for (mode& one : modes) {
    one.kx = 2.0 + std::floor(3.0 * random());  // none of them is a mode of the vortex itself
    one.ky = std::floor(9.0 * random()) - 4.0;
    one.phase = tau * random();
  }
  // The velocity is the discrete curl of a streamfunction, so that its discrete divergence is
  // zero. The factor makes the vortex's amplitude one on this grid.
  const double amplitude = 0.5 * h_ / std::sin(0.5 * h_);
  field& psi = residual_;
  for (std::size_t j = 0; j < n; ++j) {
    for (std::size_t i = 0; i < n; ++i) {
      const double x = static_cast<double>(i) * h_, y = static_cast<double>(j) * h_;
      double sum = 0.0;
      for (const mode& one : modes) sum += std::cos(one.kx * x + one.ky * y + one.phase);
      psi[j * n + i] = disturbance * sum / static_cast<double>(modes.size()) - amplitude * std::cos(x) * std::cos(y);
    }
  }
  for (std::size_t j = 0; j < n; ++j) {
    const std::size_t north = (j + 1) % n;
    for (std::size_t i = 0; i < n; ++i) {
      const std::size_t east = (i + 1) % n;
      u_[j * n + i] = (psi[north * n + i] - psi[j * n + i]) / h_;
      v_[j * n + i] = (psi[j * n + i] - psi[j * n + east]) / h_;
    }
  }
}

// image = -h^2 laplacian(of)
void flow::negative_laplacian(const field& of, field& image) const {
  for (std::size_t j = 0; j < n_; ++j) {
    const double* row = &of[j * n_];
    const double* south = &of[(j + n_ - 1) % n_ * n_];
    const double* north = &of[(j + 1) % n_ * n_];
    for (std::size_t i = 0; i < n_; ++i) {
      const double west = row[i == 0 ? n_ - 1 : i - 1], east = row[i == n_ - 1 ? 0 : i + 1];
      image[j * n_ + i] = 4.0 * row[i] - west - east - south[i] - north[i];
    }
  }
}

// Solves laplacian(p) = source by conjugate gradients, from the p that is there. The source is in
// residual_, and overwritten.
void flow::solve_poisson() {
  const std::int64_t limit = 10 * static_cast<std::int64_t>(n_);
  for (double& source : residual_) source *= -h_ * h_;
  const double target = 1e-14 * dot(residual_, residual_);

  negative_laplacian(p_, image_);
  for (std::size_t k = 0; k < p_.size(); ++k) direction_[k] = residual_[k] -= image_[k];
  double norm = dot(residual_, residual_);
  std::int64_t iterations = 0;
  while (norm > target && iterations < limit) {
    negative_laplacian(direction_, image_);
    const double length = norm / dot(direction_, image_);
    for (std::size_t k = 0; k < p_.size(); ++k) p_[k] += length * direction_[k];
    for (std::size_t k = 0; k < p_.size(); ++k) residual_[k] -= length * image_[k];
    const double previous = norm;
    norm = dot(residual_, residual_);
    for (std::size_t k = 0; k < p_.size(); ++k) direction_[k] = residual_[k] + norm / previous * direction_[k];
    ++iterations;
  }

  const bool first = poisson_iterations_ == 0, converged = norm <= target;
  poisson_iterations_ += iterations;
  const auto level = !converged ? metalab::level::warning : first ? metalab::level::info : metalab::level::debug;
  if (metalab::log_enabled("solver.poisson", level)) {
    char line[128];
    std::snprintf(line, sizeof line, "%s after %lld iterations, residual %.3e", converged ? "converged" : "gave up",
                  static_cast<long long>(iterations), std::sqrt(norm));
    metalab::log("solver.poisson", level, line);
  }
}

// Computes du/dt and dv/dt, with the pressure that keeps the flow free of divergence.
void flow::rates(double dt) {
  const std::size_t n = n_;
  const field &u = u_, &v = v_, &p = p_;
  const double h = h_, diffusion = nu_ / (h * h);
  for (std::size_t j = 0; j < n; ++j) {
    const std::size_t c = j * n, s = (j + n - 1) % n * n, t = (j + 1) % n * n;
    for (std::size_t i = 0; i < n; ++i) {
      const std::size_t w = i == 0 ? n - 1 : i - 1, e = i == n - 1 ? 0 : i + 1;
      const double u_east = 0.5 * (u[c + i] + u[c + e]), u_west = 0.5 * (u[c + w] + u[c + i]);
      const double v_north = 0.5 * (v[c + i] + v[t + i]), v_south = 0.5 * (v[s + i] + v[c + i]);
      // u v on the cell's corners: lower left, upper left, lower right
      const double corner = 0.25 * (u[s + i] + u[c + i]) * (v[c + w] + v[c + i]);
      const double corner_north = 0.25 * (u[c + i] + u[t + i]) * (v[t + w] + v[t + i]);
      const double corner_east = 0.25 * (u[s + e] + u[c + e]) * (v[c + i] + v[c + e]);
      rate_u_[c + i] = diffusion * (u[c + w] + u[c + e] + u[s + i] + u[t + i] - 4.0 * u[c + i]) -
                       (u_east * u_east - u_west * u_west + corner_north - corner) / h;
      rate_v_[c + i] = diffusion * (v[c + w] + v[c + e] + v[s + i] + v[t + i] - 4.0 * v[c + i]) -
                       (corner_east - corner + v_north * v_north - v_south * v_south) / h;
    }
  }
  // Taking what divergence there is along keeps the solver's errors from adding up.
  for (std::size_t j = 0; j < n; ++j) {
    const std::size_t c = j * n, t = (j + 1) % n * n;
    for (std::size_t i = 0; i < n; ++i) {
      const std::size_t e = i == n - 1 ? 0 : i + 1;
      residual_[c + i] = (rate_u_[c + e] - rate_u_[c + i] + rate_v_[t + i] - rate_v_[c + i]) / h +
                         (u[c + e] - u[c + i] + v[t + i] - v[c + i]) / (h * dt);
    }
  }
  solve_poisson();
  for (std::size_t j = 0; j < n; ++j) {
    const std::size_t c = j * n, s = (j + n - 1) % n * n;
    for (std::size_t i = 0; i < n; ++i) {
      rate_u_[c + i] -= (p[c + i] - p[c + (i == 0 ? n - 1 : i - 1)]) / h;
      rate_v_[c + i] -= (p[c + i] - p[s + i]) / h;
    }
  }
}

void flow::advance(double dt) {
  u0_ = u_;
  v0_ = v_;
  for (const double a : {0.0, 3.0 / 4.0, 1.0 / 3.0}) {
    const double b = 1.0 - a;
    rates(dt);
    for (std::size_t k = 0; k < u_.size(); ++k) {
      u_[k] = a * u0_[k] + b * (u_[k] + dt * rate_u_[k]);
      v_[k] = a * v0_[k] + b * (v_[k] + dt * rate_v_[k]);
    }
  }
  time_ += dt;
}

double flow::kinetic_energy() const { return 0.5 * (dot(u_, u_) + dot(v_, v_)) / static_cast<double>(u_.size()); }

double flow::max_speed() const {
  double most = 0.0;
  for (std::size_t k = 0; k < u_.size(); ++k) most = std::fmax(most, std::fabs(u_[k]) + std::fabs(v_[k]));
  return most;
}

double flow::max_divergence() const {
  double most = 0.0;
  for (std::size_t j = 0; j < n_; ++j) {
    const std::size_t c = j * n_, t = (j + 1) % n_ * n_;
    for (std::size_t i = 0; i < n_; ++i) {
      most = std::fmax(most, std::fabs(u_[c + (i + 1) % n_] - u_[c + i] + v_[t + i] - v_[c + i]) / h_);
    }
  }
  return most;
}

void flow::vorticity(double* values) const {
  for (std::size_t j = 0; j < n_; ++j) {
    const std::size_t c = j * n_, s = (j + n_ - 1) % n_ * n_;
    for (std::size_t i = 0; i < n_; ++i) {
      const std::size_t w = i == 0 ? n_ - 1 : i - 1;
      values[c + i] = (v_[c + i] - v_[c + w] - u_[c + i] + u_[s + i]) / h_;
    }
  }
}

flow::field flow::spectrum(std::size_t shells) const {
  const std::size_t count = n_ * n_;
  field cosine(n_), sine(n_), energy(shells);
  for (std::size_t m = 0; m < n_; ++m) {
    cosine[m] = std::cos(static_cast<double>(m) * h_);
    sine[m] = std::sin(static_cast<double>(m) * h_);
  }
  for (std::size_t kx = 0; kx < shells; ++kx) {
    for (std::size_t ky = 0; ky < 2 * shells - 1; ++ky) {  // stands for ky - (shells - 1)
      const double row = static_cast<double>(ky) - static_cast<double>(shells - 1);
      const auto shell = static_cast<std::size_t>(std::sqrt(static_cast<double>(kx * kx) + row * row));
      if (shell >= shells) continue;
      double u_re = 0.0, u_im = 0.0, v_re = 0.0, v_im = 0.0;
      for (std::size_t k = 0; k < count; ++k) {
        const std::size_t angle = (kx * (k % n_) + (ky + n_ - (shells - 1)) * (k / n_)) % n_;
        u_re += u_[k] * cosine[angle];
        u_im += u_[k] * sine[angle];
        v_re += v_[k] * cosine[angle];
        v_im += v_[k] * sine[angle];
      }
      // A real field's modes come in conjugate pairs.
      const double pair = kx == 0 ? 0.5 : 1.0;
      energy[shell] += pair * (u_re * u_re + u_im * u_im + v_re * v_re + v_im * v_im) /
                       (static_cast<double>(count) * static_cast<double>(count));
    }
  }
  return energy;
}
