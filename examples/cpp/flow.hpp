// Incompressible flow in a doubly periodic square of side 2 pi, on a staggered grid:
//
//     du/dt + div(u u) = -grad p + nu laplacian u,    div u = 0
//
// Cell (row j, column i) is h wide; u sits on its left face (x = i h), v on its lower face
// (y = j h), p in its middle. Fields are n x n, row after row. Central differences in space
// (Harlow and Welch, 1965), third-order Runge-Kutta in time.
#ifndef FLOW_HPP
#define FLOW_HPP

#include <cstddef>
#include <cstdint>
#include <vector>

class flow {
 public:
  using field = std::vector<double>;

  // The Taylor-Green vortex, with a random divergence-free disturbance whose streamfunction is at
  // most `disturbance` large.
  flow(std::size_t n, double nu, double disturbance, std::uint64_t seed);

  void advance(double dt);
  // Makes p the pressure that belongs to u and v.
  void solve_pressure(double dt) { rates(dt); }

  double time() const { return time_; }
  double h() const { return h_; }
  const field& u() const { return u_; }
  const field& v() const { return v_; }
  const field& p() const { return p_; }
  std::int64_t poisson_iterations() const { return poisson_iterations_; }  // so far

  double kinetic_energy() const;               // mean of |u|^2 / 2
  double max_speed() const;                    // largest |u| + |v| of a cell
  double max_divergence() const;
  void vorticity(double* values) const;        // on the cells' lower left corners
  field spectrum(std::size_t shells) const;    // [k]: the energy of k <= |k| < k + 1

 private:
  void rates(double dt);
  void solve_poisson();
  void negative_laplacian(const field& of, field& image) const;

  std::size_t n_;
  double h_, nu_, time_ = 0.0;
  field u_, v_, p_;
  field u0_, v0_, rate_u_, rate_v_, residual_, direction_, image_;
  std::int64_t poisson_iterations_ = 0;
};

#endif
