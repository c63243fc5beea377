/* Incompressible flow in a doubly periodic square of side 2 pi, on a staggered grid:
 *
 *     du/dt + div(u u) = -grad p + nu laplacian u,    div u = 0
 *
 * Cell (row j, column i) is h wide; u sits on its left face (x = i h), v on its lower face
 * (y = j h), p in its middle. Fields are n x n, row after row. Central differences in space
 * (Harlow and Welch, 1965), third-order Runge-Kutta in time. */
#ifndef FLOW_H
#define FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct flow {
  size_t n;
  double h, nu, time;
  double *u, *v, *p;
  int64_t poisson_iterations; /* so far */
  int64_t poisson_failures;   /* solves that ended without converging */
  double *work;
} flow;

/* The Taylor-Green vortex, with a random divergence-free disturbance whose streamfunction is at
 * most `disturbance` large. False where there is no memory. */
bool flow_init(flow *f, size_t n, double nu, double disturbance, uint64_t seed);
void flow_free(flow *f);

void flow_advance(flow *f, double dt);
/* Makes p the pressure that belongs to u and v. */
void flow_pressure(flow *f, double dt);

double flow_kinetic_energy(const flow *f);                  /* mean of |u|^2 / 2 */
double flow_max_speed(const flow *f);                       /* largest |u| + |v| of a cell */
double flow_max_divergence(const flow *f);
void flow_vorticity(const flow *f, double *vorticity);      /* on the cells' lower left corners */
void flow_spectrum(const flow *f, size_t shells, double *energy); /* energy[k]: of k <= |k| < k + 1 */

#endif
