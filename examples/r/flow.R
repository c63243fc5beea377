# Incompressible flow in a doubly periodic square of side 2 pi, on a staggered grid:
#
#     du/dt + div(u u) = -grad p + nu laplacian u,    div u = 0
#
# Cell [i, j] is h wide, i along x and j along y; u sits on its left face, v on its lower face, p in
# its middle. Central differences in space (Harlow and Welch, 1965), third-order Runge-Kutta in time.
# Every sum is taken in the order of the C and C++ programs, so that the results are theirs to the
# last bit. The numerics know nothing of runs: they log by name, and whoever subscribes to "solver"
# or "solver.poisson" receives it.

# Whole numbers from 0 to 2^64 - 1, as four pieces of 16 bits, the lowest first.
carry <- function(pieces) {
  for (k in 1:3) {
    high <- pieces[k] %/% 65536
    pieces[k] <- pieces[k] - high * 65536
    pieces[k + 1] <- pieces[k + 1] + high
  }
  pieces[4] <- pieces[4] %% 65536
  pieces
}

pieces_of_digits <- function(digits) {
  pieces <- c(0, 0, 0, 0)
  for (digit in utf8ToInt(digits) - 48) pieces <- carry(pieces * 10 + c(digit, 0, 0, 0))
  pieces
}

pieces_of_hex <- function(hex) as.double(rev(strtoi(substring(hex, c(1, 5, 9, 13), c(4, 8, 12, 16)), 16L)))

times <- function(a, b) {
  product <- c(0, 0, 0, 0)
  for (k in 1:4) product[k:4] <- carry(product + c(rep(0, k - 1), a[k] * b)[1:4])[k:4]
  product
}

# a ^ (a >> bits)
xor_shifted <- function(a, bits) {
  skip <- bits %/% 16
  rest <- bits %% 16
  above <- c(a[(skip + 1):4], rep(0, skip + 1))
  shifted <- above[1:4] %/% 2^rest + (above[2:5] %% 2^rest) * 2^(16 - rest)
  as.double(bitwXor(a, shifted)) # integers would overflow
}

# Uniform numbers in [0, 1) (splitmix64).
uniform_numbers <- function(digits, count) {
  state <- pieces_of_digits(digits)
  step <- pieces_of_hex("9e3779b97f4a7c15")
  numbers <- numeric(count)
  for (k in seq_len(count)) {
    state <- carry(state + step)
    z <- times(xor_shifted(state, 30), pieces_of_hex("bf58476d1ce4e5b9"))
    z <- times(xor_shifted(z, 27), pieces_of_hex("94d049bb133111eb"))
    z <- xor_shifted(z, 31)
    # The upper 53 bits.
    numbers[k] <- (z[4] * 2^37 + z[3] * 2^21 + z[2] * 2^5 + z[1] %/% 2048) * 2^-53
  }
  numbers
}

east <- function(f) f[c(2:nrow(f), 1), ]
west <- function(f) f[c(nrow(f), 1:(nrow(f) - 1)), ]
north <- function(f) f[, c(2:ncol(f), 1)]
south <- function(f) f[, c(ncol(f), 1:(ncol(f) - 1))]

# In four sums, as the C and C++ programs have it; R's own sum() has another precision.
dot <- function(a, b) {
  products <- a * b
  length(products) <- 4 * ceiling(length(products) / 4)
  products[is.na(products)] <- 0
  dim(products) <- c(4, length(products) / 4)
  sums <- c(0, 0, 0, 0)
  for (k in seq_len(ncol(products))) sums <- sums + products[, k]
  (sums[1] + sums[2]) + (sums[3] + sums[4])
}

# The Taylor-Green vortex, with a random divergence-free disturbance whose streamfunction is at most
# `disturbance` large.
flow_init <- function(n, nu, disturbance, seed) {
  modes <- 8
  tau <- 6.283185307179586
  h <- tau / n
  random <- matrix(uniform_numbers(seed, 3 * modes), 3)
  kx <- 2 + floor(3 * random[1, ]) # none of them is a mode of the vortex itself
  ky <- floor(9 * random[2, ]) - 4
  phase <- tau * random[3, ]
  # The velocity is the discrete curl of a streamfunction, so that its discrete divergence is zero.
  # The factor makes the vortex's amplitude one on this grid.
  amplitude <- 0.5 * h / sin(0.5 * h)
  x <- matrix((0:(n - 1)) * h, n, n)
  y <- t(x)
  sum <- matrix(0, n, n)
  for (m in seq_len(modes)) sum <- sum + cos(kx[m] * x + ky[m] * y + phase[m])
  psi <- disturbance * sum / modes - amplitude * cos(x) * cos(y)
  f <- new.env()
  f$n <- n
  f$h <- h
  f$nu <- nu
  f$time <- 0
  f$u <- (north(psi) - psi) / h
  f$v <- (psi - east(psi)) / h
  f$p <- matrix(0, n, n)
  f$poisson_iterations <- 0L # so far
  f
}

# -h^2 laplacian(f)
negative_laplacian <- function(f) 4 * f - west(f) - east(f) - south(f) - north(f)

# Solves laplacian(p) = source by conjugate gradients, from the p that is there.
solve_poisson <- function(f, source) {
  limit <- 10 * f$n
  residual <- source * (-f$h * f$h)
  target <- 1e-14 * dot(residual, residual)
  p <- f$p
  residual <- residual - negative_laplacian(p)
  direction <- residual
  norm <- dot(residual, residual)
  iterations <- 0L
  while (norm > target && iterations < limit) {
    image <- negative_laplacian(direction)
    length <- norm / dot(direction, image)
    p <- p + length * direction
    residual <- residual - length * image
    previous <- norm
    norm <- dot(residual, residual)
    direction <- residual + norm / previous * direction
    iterations <- iterations + 1L
  }
  f$p <- p

  converged <- norm <= target
  level <- if (!converged) "warning" else if (f$poisson_iterations == 0L) "info" else "debug"
  f$poisson_iterations <- f$poisson_iterations + iterations
  if (metalab_log_enabled("solver.poisson", level)) {
    how <- if (converged) "converged" else "gave up"
    metalab_log("solver.poisson", sprintf("%s after %d iterations, residual %.3e", how, iterations, sqrt(norm)), level)
  }
}

# The right-hand sides, with the pressure that keeps the flow free of divergence.
rates <- function(f, dt) {
  u <- f$u
  v <- f$v
  h <- f$h
  diffusion <- f$nu / (h * h)
  u_east <- 0.5 * (u + east(u))
  u_west <- 0.5 * (west(u) + u)
  v_north <- 0.5 * (v + north(v))
  v_south <- 0.5 * (south(v) + v)
  # u v on the cell's corners: lower left, upper left, lower right
  corner <- 0.25 * (south(u) + u) * (west(v) + v)
  corner_north <- 0.25 * (u + north(u)) * (north(west(v)) + north(v))
  corner_east <- 0.25 * (south(east(u)) + east(u)) * (v + east(v))
  rate_u <- diffusion * (west(u) + east(u) + south(u) + north(u) - 4 * u) -
    (u_east * u_east - u_west * u_west + corner_north - corner) / h
  rate_v <- diffusion * (west(v) + east(v) + south(v) + north(v) - 4 * v) -
    (corner_east - corner + v_north * v_north - v_south * v_south) / h
  # Taking what divergence there is along keeps the solver's errors from adding up.
  source <- (east(rate_u) - rate_u + north(rate_v) - rate_v) / h + (east(u) - u + north(v) - v) / (h * dt)
  solve_poisson(f, source)
  p <- f$p
  list(u = rate_u - (p - west(p)) / h, v = rate_v - (p - south(p)) / h)
}

# Makes p the pressure that belongs to u and v.
flow_pressure <- function(f, dt) rates(f, dt)

flow_advance <- function(f, dt) {
  u0 <- f$u
  v0 <- f$v
  for (a in c(0, 3 / 4, 1 / 3)) {
    b <- 1 - a
    rate <- rates(f, dt)
    f$u <- a * u0 + b * (f$u + dt * rate$u)
    f$v <- a * v0 + b * (f$v + dt * rate$v)
  }
  f$time <- f$time + dt
}

# Mean of |u|^2 / 2.
flow_kinetic_energy <- function(f) 0.5 * (dot(f$u, f$u) + dot(f$v, f$v)) / (f$n * f$n)

# Largest |u| + |v| of a cell.
flow_max_speed <- function(f) max(abs(f$u) + abs(f$v))

flow_max_divergence <- function(f) max(abs(east(f$u) - f$u + north(f$v) - f$v) / f$h)

# On the cells' lower left corners.
flow_vorticity <- function(f) (f$v - west(f$v) - f$u + south(f$u)) / f$h

# The energy of k <= |k| < k + 1, for each k below `shells`.
flow_spectrum <- function(f, shells) {
  n <- f$n
  angles <- (0:(n - 1)) * f$h
  cosine <- cos(angles)
  sine <- sin(angles)
  waves <- expand.grid(row = 0:(2 * shells - 2), kx = 0:(shells - 1)) # the row stands for ky - (shells - 1)
  ky <- waves$row + n - (shells - 1)
  sums <- matrix(0, nrow(waves), 4)
  for (j in 0:(n - 1)) {
    for (i in 0:(n - 1)) {
      angle <- (waves$kx * i + ky * j) %% n + 1
      turned <- cbind(cosine[angle], sine[angle])
      sums[, 1:2] <- sums[, 1:2] + f$u[i + 1, j + 1] * turned
      sums[, 3:4] <- sums[, 3:4] + f$v[i + 1, j + 1] * turned
    }
  }
  # A real field's modes come in conjugate pairs.
  pair <- ifelse(waves$kx == 0, 0.5, 1)
  squares <- sums * sums
  parts <- pair * (squares[, 1] + squares[, 2] + squares[, 3] + squares[, 4]) / (n * n * (n * n))
  row <- waves$row - (shells - 1)
  shell <- floor(sqrt(waves$kx * waves$kx + row * row)) + 1
  energy <- numeric(shells)
  for (k in which(shell <= shells)) energy[shell[k]] <- energy[shell[k]] + parts[k]
  energy
}
