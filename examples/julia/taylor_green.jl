# Decay of the Taylor-Green vortex, captured as a metalab run. Its kinetic energy is known:
# exp(-4 nu t) / 4. The program ends with status 1 when the computed one is not near that.
#
#     julia --project=bindings/julia examples/julia/taylor_green.jl --n 64 --nu 0.02 --steps 500 --seed 42 --store ./experiments
#
# The capture is a quiet one: no call's failure stops the simulation, and without a run every call
# does nothing. What could not be stored is said at the end.
using Metalab
using Printf

include("flow.jl")
using .Flows

const SHELLS = 16

c_exp(x) = ccall((:exp, Flows.libm), Float64, (Float64,), x)

function usage()
    println(stderr, """
        usage: taylor_green.jl [--n CELLS (32 to 4096)] [--nu VISCOSITY] [--dt TIME] [--disturbance SIZE] [--steps COUNT]
               [--snapshot-every STEPS] [--seed SEED] [--store LOCATOR] [--history FILE]""")
    exit(2)
end

function parse_arguments(arguments)
    p = (n=64, nu=0.02, dt=0.01, disturbance=1e-3, steps=500, snapshot_every=100, seed=UInt64(42),
         store="./experiments", history="taylor_green.csv")
    iseven(length(arguments)) || usage()
    for (argument, text) in Iterators.partition(arguments, 2)
        name = Symbol(replace(argument[min(3, end):end], '-' => '_'))
        startswith(argument, "--") && haskey(p, name) || usage()
        value = p[name] isa String ? text : tryparse(typeof(p[name]), text)
        value === nothing && usage()
        p = merge(p, NamedTuple{(name,)}((value,)))
    end
    good = 2 * SHELLS <= p.n <= 4096 && p.nu > 0 && p.dt > 0 && p.disturbance >= 0 && p.steps >= 1 && p.snapshot_every >= 1
    return good ? p : usage()
end

# The same seed with and without a capture.
root_seed(rec, name, seed) = isopen(rec) ? Metalab.derive_seed(rec, name) : Metalab.derive_seed(seed, name)

# White is zero.
function draw(rec, f)
    field = vorticity!(zeros(f.n, f.n), f)
    most = maximum(abs, field)
    figure!(rec, "vorticity", field; colormap=:diverging, origin=:lower, range=(-most, most))
end

function simulate(rec, p)
    f = Flow(p.n, p.nu, p.disturbance, root_seed(rec, "disturbance", p.seed))
    cell_reynolds = max_speed(f) * f.h / p.nu
    if cell_reynolds > 2.0
        add_warning!(rec, "central differences may oscillate at this cell Reynolds number"; cell_reynolds=cell_reynolds, limit=2.0)
    end
    log!(rec, :info, "the vortex is set up")

    energy_series = series(rec, "kinetic_energy"; unit="U^2", description="mean of |u|^2 / 2")
    error_series = series(rec, "energy_error"; description="relative to exp(-4 nu t) / 4")
    cfl_series = series(rec, "cfl"; description="largest (|u| + |v|) dt / h")
    divergence_series = series(rec, "divergence"; unit="U/L", description="largest |div u|")
    iterations_series = series(rec, "poisson_iterations"; description="of the step before")
    fields = snapshots(rec, "vorticity", Float64, (p.n, p.n))

    history = open(p.history, "w")
    println(history, "step,time,kinetic_energy,exact")

    energy, exact, relative, cfl_violation = 0.0, 0.0, 0.0, NaN
    iterations_before = 0
    for step in 0:p.steps
        energy = kinetic_energy(f)
        exact = 0.25 * c_exp(-4.0 * p.nu * f.time)
        relative = energy / exact - 1.0
        cfl = max_speed(f) * p.dt / f.h
        if cfl > 1.0 && isnan(cfl_violation)
            cfl_violation = f.time
        end
        energy_series(step, energy)
        error_series(step, relative)
        cfl_series(step, cfl)
        divergence_series(step, max_divergence(f))
        iterations_series(step, f.poisson_iterations - iterations_before)
        iterations_before = f.poisson_iterations
        @printf(history, "%d,%.17g,%.17g,%.17g\n", step, f.time, energy, exact)
        if step % p.snapshot_every == 0
            @printf("step %6d  t %7.3f  energy %.9f  exact %.9f\n", step, f.time, energy, exact)
            # The vorticity goes straight into the file that will be the artifact, which was made ready before.
            field = fields(step)
            vorticity!(field, f)
            seal!(field; metadata=(time=f.time,))
        end
        step == p.steps && break
        if should_stop(rec)
            println("told to stop after step $step")
            break
        end
        advance!(f, p.dt)
    end
    close(fields)
    close(history)
    solve_pressure!(f, p.dt)

    # Twice the leading error of the discrete Laplacian, and the energy of the disturbance.
    tolerance = 4.0 * p.nu * f.time * f.h * f.h / 6.0 + p.disturbance * p.disturbance
    passed = abs(relative) <= tolerance
    metrics!(rec; kinetic_energy_final=energy, energy_error_final=relative,
             cfl_violation_time=cfl_violation,      # NaN: it never happened
             poisson_iterations_total=f.poisson_iterations, energy_check_passed=passed, scheme="staggered grid, RK3")

    data!(rec, "energy_spectrum", spectrum(f, SHELLS); metadata=(axis="k <= |k| < k + 1", unit="U^2"))
    data!(rec, "energy_check", (exact=exact, tolerance=tolerance, passed=passed))
    artifact!(rec, "setup", (domain="[0, 2 pi)^2, periodic", initial="-cos x cos y"))
    # Rows before columns, the way readers of images and of numpy's arrays see them.
    rows(field) = PermutedDimsArray(field, (2, 1))
    artifact!(rec, "final_state", (u=rows(f.u), v=rows(f.v), p=rows(f.p)))
    draw(rec, f)
    file!(rec, "history", p.history; mode=:move)

    @printf("energy %.9f, exact %.9f, error %.3e, tolerance %.3e: %s\n", energy, exact, relative, tolerance, passed ? "passed" : "FAILED")
    add_note!(rec, "Compared with the analytic decay of the kinetic energy.")
    passed || fail!(rec, "EnergyCheckError", "the kinetic energy is not the analytic one")
    return passed
end

function main(arguments)
    p = parse_arguments(arguments)
    passed = capture(p.store; experiment="taylor_green:1.0", description="Decay of the Taylor-Green vortex",
                     params=(n=p.n, nu=p.nu, dt=p.dt, disturbance=p.disturbance, steps=p.steps, snapshot_every=p.snapshot_every),
                     seed=p.seed, quiet=true) do rec
        capture_stdio!(rec)
        subscribe!(rec, "solver", :info)
        add_tag!(rec, "example")
        simulate(rec, p)
    end
    return passed ? 0 : 1
end

exit(main(ARGS))
