!> Incompressible flow in a doubly periodic square of side 2 pi, on a staggered grid:
!>
!>     du/dt + div(u u) = -grad p + nu laplacian u,    div u = 0
!>
!> Cell (column i, row j) is h wide; u sits on its left face (x = (i - 1) h), v on its lower face
!> (y = (j - 1) h), p in its middle. Central differences in space (Harlow and Welch, 1965),
!> third-order Runge-Kutta in time. The numerics know nothing of runs: they log by name, and whoever
!> subscribes to "solver" or "solver.poisson" receives it.
module flow_m
  use, intrinsic :: iso_fortran_env, only: int64, real64
  use metalab
  implicit none
  private
  public :: flow, exponent_form

  real(real64), parameter :: tau = 6.283185307179586_real64

  type :: flow
    integer :: n = 0
    real(real64) :: h, nu, time = 0
    real(real64), allocatable :: u(:, :), v(:, :), p(:, :)
    integer(int64) :: poisson_iterations = 0
    real(real64), allocatable, private :: u0(:, :), v0(:, :), rate_u(:, :), rate_v(:, :)
    real(real64), allocatable, private :: source(:, :), direction(:, :), image(:, :)
  contains
    procedure :: init
    procedure :: advance
    !> Makes p the pressure that belongs to u and v.
    procedure :: solve_pressure => rates
    !> Mean of |u|^2 / 2.
    procedure :: kinetic_energy
    !> Largest |u| + |v| of a cell.
    procedure :: max_speed
    procedure :: max_divergence
    !> On the cells' lower left corners.
    procedure :: vorticity
    !> energy(k + 1): of k <= |k| < k + 1.
    procedure :: spectrum
  end type

contains

  !> The Taylor-Green vortex, with a random divergence-free disturbance whose streamfunction is at
  !> most `disturbance` large. stat: not 0 where there is no memory.
  subroutine init(f, n, nu, disturbance, seed, stat)
    class(flow), intent(inout) :: f
    integer, intent(in) :: n
    real(real64), intent(in) :: nu, disturbance
    integer(int64), intent(in) :: seed
    integer, intent(out) :: stat
    integer, parameter :: modes = 8
    real(real64) :: kx(modes), ky(modes), phase(modes), amplitude, x, y, sum
    integer(int64) :: state
    integer :: i, j, m

    f%n = n
    f%h = tau / n
    f%nu = nu
    allocate (f%u(n, n), f%v(n, n), f%p(n, n), f%u0(n, n), f%v0(n, n), f%rate_u(n, n), f%rate_v(n, n), &
        f%source(n, n), f%direction(n, n), f%image(n, n), stat=stat)
    if (stat /= 0) return
    f%p = 0
    state = seed
    do m = 1, modes
      kx(m) = 2 + floor(3 * uniform(state))   ! none of them is a mode of the vortex itself
      ky(m) = floor(9 * uniform(state)) - 4
      phase(m) = tau * uniform(state)
    end do
    ! The velocity is the discrete curl of a streamfunction, so that its discrete divergence is
    ! zero. The factor makes the vortex's amplitude one on this grid.
    amplitude = 0.5_real64 * f%h / sin(0.5_real64 * f%h)
    associate (psi => f%source)
      do j = 1, n
        do i = 1, n
          x = (i - 1) * f%h
          y = (j - 1) * f%h
          sum = 0
          do m = 1, modes
            sum = sum + cos(kx(m) * x + ky(m) * y + phase(m))
          end do
          psi(i, j) = disturbance * sum / modes - amplitude * cos(x) * cos(y)
        end do
      end do
      do j = 1, n
        do i = 1, n
          f%u(i, j) = (psi(i, after(j, n)) - psi(i, j)) / f%h
          f%v(i, j) = (psi(i, j) - psi(after(i, n), j)) / f%h
        end do
      end do
    end associate
  end subroutine

  pure integer function after(i, n)
    integer, intent(in) :: i, n

    after = merge(1, i + 1, i == n)
  end function

  pure integer function before(i, n)
    integer, intent(in) :: i, n

    before = merge(n, i - 1, i == 1)
  end function

  !> A uniform number in [0, 1), and the next state (splitmix64).
  real(real64) function uniform(state)
    integer(int64), intent(inout) :: state
    integer(int64) :: z

    state = plus(state, [31765, 32586, 31161, 40503])   ! 9e3779b97f4a7c15
    z = times(ieor(state, shiftr(state, 30)), [58809, 7396, 18285, 48984])   ! bf58476d1ce4e5b9
    z = times(ieor(z, shiftr(z, 27)), [4587, 4913, 18875, 38096])   ! 94d049bb133111eb
    z = ieor(z, shiftr(z, 31))
    uniform = scale(real(shiftr(z, 11), real64), -53)
  end function

  !> Sum and product modulo 2^64, of a number and one in digits of 16 bits, the lowest first:
  !> integers that overflow are no Fortran.
  pure integer(int64) function plus(a, b)
    integer(int64), intent(in) :: a
    integer, intent(in) :: b(0:3)
    integer(int64) :: digits(0:3)
    integer :: k

    do k = 0, 3
      digits(k) = ibits(a, 16 * k, 16) + b(k)
    end do
    plus = carried(digits)
  end function

  pure integer(int64) function times(a, b)
    integer(int64), intent(in) :: a
    integer, intent(in) :: b(0:3)
    integer(int64) :: digits(0:3)
    integer :: i, k

    digits = 0
    do k = 0, 3
      do i = 0, k
        digits(k) = digits(k) + ibits(a, 16 * i, 16) * b(k - i)
      end do
    end do
    times = carried(digits)
  end function

  pure integer(int64) function carried(digits)
    integer(int64), intent(in) :: digits(0:3)
    integer(int64) :: sum
    integer :: k

    carried = 0
    sum = 0
    do k = 0, 3
      sum = shiftr(sum, 16) + digits(k)
      carried = ior(carried, shiftl(ibits(sum, 0, 16), 16 * k))
    end do
  end function

  pure real(real64) function dot(a, b, count)
    integer, intent(in) :: count
    real(real64), intent(in) :: a(0:count - 1), b(0:count - 1)
    ! Four sums, because one would wait for each addition.
    real(real64) :: sum(0:3)
    integer :: k, last

    sum = 0
    last = count - modulo(count, 4)
    do k = 0, last - 1, 4
      sum = sum + a(k:k + 3) * b(k:k + 3)
    end do
    do k = last, count - 1
      sum(k - last) = sum(k - last) + a(k) * b(k)
    end do
    dot = (sum(0) + sum(1)) + (sum(2) + sum(3))
  end function

  !> image = -h^2 laplacian(field)
  pure subroutine negative_laplacian(field, image, n)
    integer, intent(in) :: n
    real(real64), intent(in) :: field(n, n)
    real(real64), intent(out) :: image(n, n)
    integer :: i, j, south, north

    do j = 1, n
      south = before(j, n)
      north = after(j, n)
      do i = 1, n
        image(i, j) = 4 * field(i, j) - field(before(i, n), j) - field(after(i, n), j) - field(i, south) - &
            field(i, north)
      end do
    end do
  end subroutine

  !> Solves laplacian(p) = source by conjugate gradients, from the p that is there. `source` is
  !> overwritten with the residual.
  subroutine solve_poisson(f)
    class(flow), intent(inout) :: f
    real(real64) :: target, norm, previous, length
    integer(int64) :: iterations, limit
    integer :: count, level
    logical :: is_first, has_converged
    character(len=80) :: line

    limit = 10 * f%n
    count = f%n * f%n
    f%source = f%source * (-f%h * f%h)
    target = 1e-14_real64 * dot(f%source, f%source, count)

    call negative_laplacian(f%p, f%image, f%n)
    f%source = f%source - f%image
    f%direction = f%source
    norm = dot(f%source, f%source, count)
    iterations = 0
    do while (norm > target .and. iterations < limit)
      call negative_laplacian(f%direction, f%image, f%n)
      length = norm / dot(f%direction, f%image, count)
      f%p = f%p + length * f%direction
      f%source = f%source - length * f%image
      previous = norm
      norm = dot(f%source, f%source, count)
      f%direction = f%source + norm / previous * f%direction
      iterations = iterations + 1
    end do

    is_first = f%poisson_iterations == 0
    has_converged = norm <= target
    f%poisson_iterations = f%poisson_iterations + iterations
    level = METALAB_LEVEL_DEBUG
    if (is_first) level = METALAB_LEVEL_INFO
    if (.not. has_converged) level = METALAB_LEVEL_WARNING
    if (metalab_log_enabled('solver.poisson', level)) then
      write (line, '(2a, i0, 2a)') trim(merge('converged', 'gave up  ', has_converged)), ' after ', iterations, &
          ' iterations, residual ', exponent_form(sqrt(norm))
      call metalab_log('solver.poisson', level, line)
    end if
  end subroutine

  !> A number in the form of C's %.3e.
  function exponent_form(number) result(text)
    real(real64), intent(in) :: number
    character(len=:), allocatable :: text
    character(len=16) :: form
    integer :: at

    write (form, '(es16.3e2)') number
    text = trim(adjustl(form))
    at = index(text, 'E')
    if (at > 0) text(at:at) = 'e'
  end function

  !> Computes du/dt and dv/dt, with the pressure that keeps the flow free of divergence.
  subroutine rates(f, dt)
    class(flow), intent(inout) :: f
    real(real64), intent(in) :: dt
    real(real64), parameter :: half = 0.5_real64, quarter = 0.25_real64
    real(real64) :: diffusion, u_east, u_west, v_north, v_south, corner, corner_north, corner_east
    integer :: i, j, w, e, s, t, n

    n = f%n
    diffusion = f%nu / (f%h * f%h)
    associate (u => f%u, v => f%v, p => f%p, h => f%h, rate_u => f%rate_u, rate_v => f%rate_v)
      do j = 1, n
        s = before(j, n)
        t = after(j, n)
        do i = 1, n
          w = before(i, n)
          e = after(i, n)
          u_east = half * (u(i, j) + u(e, j))
          u_west = half * (u(w, j) + u(i, j))
          v_north = half * (v(i, j) + v(i, t))
          v_south = half * (v(i, s) + v(i, j))
          ! u v on the cell's corners: lower left, upper left, lower right
          corner = quarter * (u(i, s) + u(i, j)) * (v(w, j) + v(i, j))
          corner_north = quarter * (u(i, j) + u(i, t)) * (v(w, t) + v(i, t))
          corner_east = quarter * (u(e, s) + u(e, j)) * (v(i, j) + v(e, j))
          rate_u(i, j) = diffusion * (u(w, j) + u(e, j) + u(i, s) + u(i, t) - 4 * u(i, j)) - &
              (u_east * u_east - u_west * u_west + corner_north - corner) / h
          rate_v(i, j) = diffusion * (v(w, j) + v(e, j) + v(i, s) + v(i, t) - 4 * v(i, j)) - &
              (corner_east - corner + v_north * v_north - v_south * v_south) / h
        end do
      end do
      ! Taking what divergence there is along keeps the solver's errors from adding up.
      do j = 1, n
        t = after(j, n)
        do i = 1, n
          e = after(i, n)
          f%source(i, j) = (rate_u(e, j) - rate_u(i, j) + rate_v(i, t) - rate_v(i, j)) / h + &
              (u(e, j) - u(i, j) + v(i, t) - v(i, j)) / (h * dt)
        end do
      end do
      call solve_poisson(f)
      do j = 1, n
        s = before(j, n)
        do i = 1, n
          rate_u(i, j) = rate_u(i, j) - (p(i, j) - p(before(i, n), j)) / h
          rate_v(i, j) = rate_v(i, j) - (p(i, j) - p(i, s)) / h
        end do
      end do
    end associate
  end subroutine

  subroutine advance(f, dt)
    class(flow), intent(inout) :: f
    real(real64), intent(in) :: dt
    real(real64), parameter :: keep(3) = [0.0_real64, 3.0_real64 / 4, 1.0_real64 / 3]
    real(real64) :: a, b
    integer :: stage

    f%u0 = f%u
    f%v0 = f%v
    do stage = 1, 3
      a = keep(stage)
      b = 1 - a
      call rates(f, dt)
      f%u = a * f%u0 + b * (f%u + dt * f%rate_u)
      f%v = a * f%v0 + b * (f%v + dt * f%rate_v)
    end do
    f%time = f%time + dt
  end subroutine

  real(real64) function kinetic_energy(f)
    class(flow), intent(in) :: f
    integer :: count

    count = f%n * f%n
    kinetic_energy = 0.5_real64 * (dot(f%u, f%u, count) + dot(f%v, f%v, count)) / count
  end function

  real(real64) function max_speed(f)
    class(flow), intent(in) :: f

    max_speed = maxval(abs(f%u) + abs(f%v))
  end function

  real(real64) function max_divergence(f)
    class(flow), intent(in) :: f
    integer :: i, j, t

    max_divergence = 0
    do j = 1, f%n
      t = after(j, f%n)
      do i = 1, f%n
        max_divergence = max(max_divergence, &
            abs(f%u(after(i, f%n), j) - f%u(i, j) + f%v(i, t) - f%v(i, j)) / f%h)
      end do
    end do
  end function

  subroutine vorticity(f, field)
    class(flow), intent(in) :: f
    real(real64), intent(out) :: field(:, :)
    integer :: i, j, s

    do j = 1, f%n
      s = before(j, f%n)
      do i = 1, f%n
        field(i, j) = (f%v(i, j) - f%v(before(i, f%n), j) - f%u(i, j) + f%u(i, s)) / f%h
      end do
    end do
  end subroutine

  subroutine spectrum(f, energy)
    class(flow), intent(in) :: f
    real(real64), intent(out) :: energy(0:)
    real(real64) :: cosine(0:f%n - 1), sine(0:f%n - 1), u_re, u_im, v_re, v_im, pair, count
    integer :: shells, kx, ky, shell, angle, i, j, m

    shells = size(energy)
    count = real(f%n * f%n, real64)
    do m = 0, f%n - 1
      cosine(m) = cos(m * f%h)
      sine(m) = sin(m * f%h)
    end do
    energy = 0
    do kx = 0, shells - 1
      do ky = 1 - shells, shells - 1
        shell = int(sqrt(real(kx * kx + ky * ky, real64)))
        if (shell >= shells) cycle
        u_re = 0
        u_im = 0
        v_re = 0
        v_im = 0
        do j = 1, f%n
          do i = 1, f%n
            angle = modulo(kx * (i - 1) + ky * (j - 1), f%n)
            u_re = u_re + f%u(i, j) * cosine(angle)
            u_im = u_im + f%u(i, j) * sine(angle)
            v_re = v_re + f%v(i, j) * cosine(angle)
            v_im = v_im + f%v(i, j) * sine(angle)
          end do
        end do
        ! A real field's modes come in conjugate pairs.
        pair = merge(0.5_real64, 1.0_real64, kx == 0)
        energy(shell) = energy(shell) + pair * (u_re * u_re + u_im * u_im + v_re * v_re + v_im * v_im) / (count * count)
      end do
    end do
  end subroutine
end module
