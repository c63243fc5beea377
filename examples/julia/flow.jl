# Incompressible flow in a doubly periodic square of side 2 pi, on a staggered grid:
#
#     du/dt + div(u u) = -grad p + nu laplacian u,    div u = 0
#
# Cell (column i, row j) is h wide; u sits on its left face, v on its lower face, p in its middle.
# Fields are n x n, as field[i, j]. Central differences in space (Harlow and Welch, 1965),
# third-order Runge-Kutta in time.
#
# The numerics know nothing of runs. They log to "solver.poisson", and whoever subscribes receives it.
module Flows

using Metalab
using Printf

export Flow, advance!, solve_pressure!, kinetic_energy, max_speed, max_divergence, vorticity!, spectrum

# C's own functions, so that the values are those of the solvers in other languages to the last bit.
const libm = Sys.isapple() ? "libSystem" : "libm.so.6"
c_cos(x) = ccall((:cos, libm), Float64, (Float64,), x)
c_sin(x) = ccall((:sin, libm), Float64, (Float64,), x)

mutable struct Flow
    n::Int
    h::Float64
    nu::Float64
    time::Float64
    u::Matrix{Float64}
    v::Matrix{Float64}
    p::Matrix{Float64}
    u0::Matrix{Float64}
    v0::Matrix{Float64}
    rate_u::Matrix{Float64}
    rate_v::Matrix{Float64}
    residual::Matrix{Float64}
    direction::Matrix{Float64}
    image::Matrix{Float64}
    poisson_iterations::Int     # so far
end

# Uniform numbers in [0, 1) (splitmix64).
mutable struct Uniform
    state::UInt64
end

function (random::Uniform)()
    z = random.state += 0x9e3779b97f4a7c15
    z = (z ⊻ (z >> 30)) * 0xbf58476d1ce4e5b9
    z = (z ⊻ (z >> 27)) * 0x94d049bb133111eb
    return Float64((z ⊻ (z >> 31)) >> 11) * 2.0^-53
end

after(i, n) = i == n ? 1 : i + 1
before(i, n) = i == 1 ? n : i - 1

"""
The Taylor-Green vortex, with a random divergence-free disturbance whose streamfunction is at most
`disturbance` large.
"""
function Flow(n, nu, disturbance, seed)
    tau = 6.283185307179586
    h = tau / n
    random = Uniform(seed)
    modes = map(1:8) do _
        kx = 2.0 + floor(3.0 * random())    # none of them is a mode of the vortex itself
        ky = floor(9.0 * random()) - 4.0
        (kx, ky, tau * random())
    end
    # The velocity is the discrete curl of a streamfunction, so that its discrete divergence is
    # zero. The factor makes the vortex's amplitude one on this grid.
    amplitude = 0.5 * h / c_sin(0.5 * h)
    psi = zeros(n, n)
    for j in 1:n, i in 1:n
        x, y = (i - 1) * h, (j - 1) * h
        sum = 0.0
        for (kx, ky, phase) in modes
            sum += c_cos(kx * x + ky * y + phase)
        end
        psi[i, j] = disturbance * sum / length(modes) - amplitude * c_cos(x) * c_cos(y)
    end
    u, v = zeros(n, n), zeros(n, n)
    for j in 1:n, i in 1:n
        u[i, j] = (psi[i, after(j, n)] - psi[i, j]) / h
        v[i, j] = (psi[i, j] - psi[after(i, n), j]) / h
    end
    rest = [zeros(n, n) for _ in 1:8]
    return Flow(n, h, nu, 0.0, u, v, rest..., 0)
end

function dot(a, b)
    # Four sums, because one would wait for each addition.
    s1 = s2 = s3 = s4 = 0.0
    @inbounds for k in 1:4:length(a)-3
        s1 += a[k] * b[k]
        s2 += a[k+1] * b[k+1]
        s3 += a[k+2] * b[k+2]
        s4 += a[k+3] * b[k+3]
    end
    rest = length(a) % 4
    @inbounds for k in length(a)-rest+1:length(a)
        product = a[k] * b[k]
        rest_of = (k - 1) % 4
        rest_of == 0 ? (s1 += product) : rest_of == 1 ? (s2 += product) : (s3 += product)
    end
    return (s1 + s2) + (s3 + s4)
end

# image = -h^2 laplacian(field)
function negative_laplacian!(image, field)
    n = size(field, 1)
    for j in 1:n
        south, north = before(j, n), after(j, n)
        @inbounds for i in 1:n
            image[i, j] = 4.0 * field[i, j] - field[before(i, n), j] - field[after(i, n), j] - field[i, south] - field[i, north]
        end
    end
end

# Solves laplacian(p) = source by conjugate gradients, from the p that is there. The source is in
# residual, and overwritten.
function solve_poisson!(f::Flow)
    residual, direction, image = f.residual, f.direction, f.image
    limit = 10 * f.n
    residual .*= -f.h * f.h
    target = 1e-14 * dot(residual, residual)

    negative_laplacian!(image, f.p)
    residual .-= image
    direction .= residual
    norm = dot(residual, residual)
    iterations = 0
    while norm > target && iterations < limit
        negative_laplacian!(image, direction)
        distance = norm / dot(direction, image)
        f.p .+= distance .* direction
        residual .-= distance .* image
        previous = norm
        norm = dot(residual, residual)
        ratio = norm / previous
        direction .= residual .+ ratio .* direction
        iterations += 1
    end

    first, converged = f.poisson_iterations == 0, norm <= target
    f.poisson_iterations += iterations
    level = !converged ? :warning : first ? :info : :debug
    if Metalab.log_enabled("solver.poisson", level)
        Metalab.log("solver.poisson", level,
                    @sprintf("%s after %d iterations, residual %.3e", converged ? "converged" : "gave up", iterations, sqrt(norm)))
    end
end

# Computes du/dt and dv/dt, with the pressure that keeps the flow free of divergence.
function rates!(f::Flow, dt)
    n, h, u, v, p = f.n, f.h, f.u, f.v, f.p
    rate_u, rate_v, source = f.rate_u, f.rate_v, f.residual
    diffusion = f.nu / (h * h)
    for j in 1:n
        s, t = before(j, n), after(j, n)
        @inbounds for i in 1:n
            w, e = before(i, n), after(i, n)
            u_east, u_west = 0.5 * (u[i, j] + u[e, j]), 0.5 * (u[w, j] + u[i, j])
            v_north, v_south = 0.5 * (v[i, j] + v[i, t]), 0.5 * (v[i, s] + v[i, j])
            # u v on the cell's corners: lower left, upper left, lower right
            corner = 0.25 * (u[i, s] + u[i, j]) * (v[w, j] + v[i, j])
            corner_north = 0.25 * (u[i, j] + u[i, t]) * (v[w, t] + v[i, t])
            corner_east = 0.25 * (u[e, s] + u[e, j]) * (v[i, j] + v[e, j])
            rate_u[i, j] = diffusion * (u[w, j] + u[e, j] + u[i, s] + u[i, t] - 4.0 * u[i, j]) -
                           (u_east * u_east - u_west * u_west + corner_north - corner) / h
            rate_v[i, j] = diffusion * (v[w, j] + v[e, j] + v[i, s] + v[i, t] - 4.0 * v[i, j]) -
                           (corner_east - corner + v_north * v_north - v_south * v_south) / h
        end
    end
    # Taking what divergence there is along keeps the solver's errors from adding up.
    for j in 1:n
        t = after(j, n)
        @inbounds for i in 1:n
            e = after(i, n)
            source[i, j] = (rate_u[e, j] - rate_u[i, j] + rate_v[i, t] - rate_v[i, j]) / h +
                           (u[e, j] - u[i, j] + v[i, t] - v[i, j]) / (h * dt)
        end
    end
    solve_poisson!(f)
    for j in 1:n
        s = before(j, n)
        @inbounds for i in 1:n
            rate_u[i, j] -= (p[i, j] - p[before(i, n), j]) / h
            rate_v[i, j] -= (p[i, j] - p[i, s]) / h
        end
    end
end

"Makes `p` the pressure that belongs to `u` and `v`."
solve_pressure!(f::Flow, dt) = rates!(f, dt)

function advance!(f::Flow, dt)
    f.u0 .= f.u
    f.v0 .= f.v
    for a in (0.0, 3.0 / 4.0, 1.0 / 3.0)
        b = 1.0 - a
        rates!(f, dt)
        f.u .= a .* f.u0 .+ b .* (f.u .+ dt .* f.rate_u)
        f.v .= a .* f.v0 .+ b .* (f.v .+ dt .* f.rate_v)
    end
    f.time += dt
end

"The mean of |u|^2 / 2."
kinetic_energy(f::Flow) = 0.5 * (dot(f.u, f.u) + dot(f.v, f.v)) / length(f.u)

"The largest |u| + |v| of a cell."
max_speed(f::Flow) = maximum(abs(f.u[k]) + abs(f.v[k]) for k in eachindex(f.u))

max_divergence(f::Flow) =
    maximum(abs(f.u[after(i, f.n), j] - f.u[i, j] + f.v[i, after(j, f.n)] - f.v[i, j]) / f.h for j in 1:f.n, i in 1:f.n)

"The vorticity on the cells' lower left corners, as `values[row, column]`."
function vorticity!(values, f::Flow)
    n = f.n
    for i in 1:n, j in 1:n
        values[j, i] = (f.v[i, j] - f.v[before(i, n), j] - f.u[i, j] + f.u[i, before(j, n)]) / f.h
    end
    return values
end

"The energy of k <= |k| < k + 1, for each k below `shells`."
function spectrum(f::Flow, shells)
    n = f.n
    cosine, sine = [c_cos(m * f.h) for m in 0:n-1], [c_sin(m * f.h) for m in 0:n-1]
    energy = zeros(shells)
    for kx in 0:shells-1, ky in 1-shells:shells-1
        shell = floor(Int, sqrt(kx * kx + ky * ky))
        shell < shells || continue
        u_re = u_im = v_re = v_im = 0.0
        for j in 0:n-1, i in 0:n-1
            angle = mod(kx * i + ky * j, n) + 1
            u, v = f.u[i+1, j+1], f.v[i+1, j+1]
            u_re += u * cosine[angle]
            u_im += u * sine[angle]
            v_re += v * cosine[angle]
            v_im += v * sine[angle]
        end
        # A real field's modes come in conjugate pairs.
        pair = kx == 0 ? 0.5 : 1.0
        energy[shell+1] += pair * (u_re * u_re + u_im * u_im + v_re * v_re + v_im * v_im) / (Float64(n * n) * Float64(n * n))
    end
    return energy
end

end
