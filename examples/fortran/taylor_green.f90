! Decay of the Taylor-Green vortex, captured as a metalab run. Its kinetic energy is known:
! exp(-4 nu t) / 4. The program ends with status 1 when the computed one is not near that.
!
!     ./taylor_green --n 64 --nu 0.02 --steps 500 --seed 42 --store ./experiments
!
! No call's failure stops the simulation: without a capture every call does nothing, and what could
! not be stored is said at the end. Fields are f(x, y) here; `reverse` has them read as rows and
! columns, as those of the same solver in C and C++.
program taylor_green
  use, intrinsic :: ieee_arithmetic, only: ieee_is_nan, ieee_quiet_nan, ieee_value
  use, intrinsic :: iso_fortran_env, only: error_unit, int64, real64
  use flow_m
  use metalab
  implicit none
  integer, parameter :: shells = 16

  type :: parameters
    integer :: n = 64
    real(real64) :: nu = 0.02_real64, dt = 0.01_real64, disturbance = 1e-3_real64
    integer(int64) :: steps = 500, snapshot_every = 100, seed = 42
    character(len=1024) :: store = './experiments', history = 'taylor_green.csv'
  end type

  type(parameters) :: p
  type(metalab_capture) :: run
  logical :: passed

  call parse(p)
  call open_run(p, run)
  call run%stdio(METALAB_STDOUT)
  call run%subscribe('solver', METALAB_LEVEL_INFO)
  call run%add_tag('example')
  call simulate(run, p, passed)
  call run%close()
  if (.not. passed) stop 1

contains

  subroutine parse(p)
    type(parameters), intent(out) :: p
    character(len=1024) :: name, value
    integer :: k, error

    error = modulo(command_argument_count(), 2)
    do k = 1, command_argument_count() - 1, 2
      if (error /= 0) exit
      call get_command_argument(k, name)
      call get_command_argument(k + 1, value)
      select case (name)
      case ('--n')
        read (value, *, iostat=error) p%n
      case ('--nu')
        read (value, *, iostat=error) p%nu
      case ('--dt')
        read (value, *, iostat=error) p%dt
      case ('--disturbance')
        read (value, *, iostat=error) p%disturbance
      case ('--steps')
        read (value, *, iostat=error) p%steps
      case ('--snapshot-every')
        read (value, *, iostat=error) p%snapshot_every
      case ('--seed')
        read (value, *, iostat=error) p%seed
      case ('--store')
        p%store = value
      case ('--history')
        p%history = value
      case default
        error = 1
      end select
    end do
    if (error == 0 .and. p%n >= 2 * shells .and. p%n <= 4096 .and. p%nu > 0 .and. p%dt > 0 .and. &
        p%disturbance >= 0 .and. p%steps >= 1 .and. p%snapshot_every >= 1 .and. p%seed >= 0) return
    write (error_unit, '(a)') 'usage: taylor_green [--n CELLS (32 to 4096)] [--nu VISCOSITY] [--dt TIME]', &
        '       [--disturbance SIZE] [--steps COUNT] [--snapshot-every STEPS] [--seed SEED]', &
        '       [--store LOCATOR] [--history FILE]'
    stop 2
  end subroutine

  subroutine open_run(p, run)
    type(parameters), intent(in) :: p
    type(metalab_capture), intent(inout) :: run
    type(metalab_options) :: options
    character(len=512) :: errmsg
    integer :: stat

    call options%store(p%store)
    call options%experiment('taylor_green:1.0')
    call options%experiment_description('Decay of the Taylor-Green vortex')
    call options%param('n', p%n)
    call options%param('nu', p%nu)
    call options%param('dt', p%dt)
    call options%param('disturbance', p%disturbance)
    call options%param('steps', p%steps)
    call options%param('snapshot_every', p%snapshot_every)
    call options%seed(p%seed)
    call options%signals(METALAB_SIGNALS_FATAL + METALAB_SIGNALS_STOP)
    call run%open(options, stat, errmsg)
    if (stat /= METALAB_OK) then
      write (error_unit, '(2a)') 'taylor_green: going on without a capture: ', trim(errmsg)
    end if
  end subroutine

  ! The same seed with and without a capture.
  integer(int64) function derived_seed(run, root)
    type(metalab_capture), intent(in) :: run
    integer(int64), intent(in) :: root
    integer :: stat

    derived_seed = run%derive_seed('disturbance', stat)
    if (stat /= METALAB_OK) derived_seed = metalab_derive_seed(root, 'disturbance')
  end function

  subroutine simulate(run, p, passed)
    type(metalab_capture), intent(in) :: run
    type(parameters), intent(in) :: p
    logical, intent(out) :: passed
    type(flow), target :: f
    type(metalab_series) :: energy_series, error_series, cfl_series, divergence_series, iterations_series
    type(metalab_snapshots) :: snapshots
    type(metalab_arrays) :: state
    real(real64) :: energy, exact, error, cfl, cfl_violation, tolerance, cell_reynolds, energies(shells)
    integer(int64) :: step, iterations_before
    integer :: history, stat, written

    passed = .false.
    call f%init(p%n, p%nu, p%disturbance, derived_seed(run, p%seed), stat)
    if (stat /= 0) then
      write (error_unit, '(a, i0, a, i0, a)') 'taylor_green: no memory for ', p%n, ' x ', p%n, ' cells'
      call run%fail('MemoryError', 'no memory for the fields')
      return
    end if
    cell_reynolds = f%max_speed() * f%h / p%nu
    if (cell_reynolds > 2) then
      call run%add_warning('central differences may oscillate at this cell Reynolds number', &
          '{"cell_reynolds": ' // json(cell_reynolds) // ', "limit": 2.0}')
    end if
    call run%info('the vortex is set up')

    energy_series = run%series('kinetic_energy', 'U^2', 'mean of |u|^2 / 2')
    error_series = run%series('energy_error', description='relative to exp(-4 nu t) / 4')
    cfl_series = run%series('cfl', description='largest (|u| + |v|) dt / h')
    divergence_series = run%series('divergence', 'U/L', 'largest |div u|')
    iterations_series = run%series('poisson_iterations', description='of the step before')
    snapshots = run%snapshots('vorticity', METALAB_DTYPE_FLOAT64, [p%n, p%n], reverse=.true.)

    open (newunit=history, file=p%history, action='write', status='replace', iostat=written)
    if (written == 0) write (history, '(a)', iostat=written) 'step,time,kinetic_energy,exact'

    cfl_violation = ieee_value(cfl_violation, ieee_quiet_nan)
    iterations_before = 0
    step = 0
    do
      energy = f%kinetic_energy()
      exact = 0.25_real64 * exp(-4 * p%nu * f%time)
      error = energy / exact - 1
      cfl = f%max_speed() * p%dt / f%h
      if (cfl > 1 .and. ieee_is_nan(cfl_violation)) cfl_violation = f%time
      call energy_series%point(step, energy)
      call error_series%point(step, error)
      call cfl_series%point(step, cfl)
      call divergence_series%point(step, f%max_divergence())
      call iterations_series%point(step, f%poisson_iterations - iterations_before)
      iterations_before = f%poisson_iterations
      if (written == 0) then
        write (history, '(i0, 6a)', iostat=written) step, ',', general(f%time), ',', general(energy), ',', general(exact)
      end if
      if (modulo(step, p%snapshot_every) == 0) then
        print '(a, i6, a, f7.3, a, f11.9, a, f11.9)', 'step ', step, '  t ', f%time, '  energy ', energy, '  exact ', exact
        call snapshot(snapshots, f, step)
      end if
      if (step == p%steps) exit
      if (run%should_stop()) then
        print '(a, i0)', 'told to stop after step ', step
        exit
      end if
      call f%advance(p%dt)
      step = step + 1
    end do
    call snapshots%free()
    call f%solve_pressure(p%dt)

    ! Twice the leading error of the discrete Laplacian, and the energy of the disturbance.
    tolerance = 4 * p%nu * f%time * f%h * f%h / 6 + p%disturbance * p%disturbance
    passed = abs(error) <= tolerance
    call run%metric('kinetic_energy_final', energy)
    call run%metric('energy_error_final', error)
    call run%metric('cfl_violation_time', cfl_violation)   ! NaN: it never happened
    call run%metric('poisson_iterations_total', f%poisson_iterations)
    call run%metric('energy_check_passed', passed)
    call run%metric('scheme', 'staggered grid, RK3')

    call f%spectrum(energies)
    call run%data('energy_spectrum', energies, '{"axis": "k <= |k| < k + 1", "unit": "U^2"}')
    call run%data_json('energy_check', '{"exact": ' // json(exact) // ', "tolerance": ' // json(tolerance) // &
        ', "passed": ' // trim(merge('true ', 'false', passed)) // '}')
    call run%artifact_json('setup', '{"domain": "[0, 2 pi)^2, periodic", "initial": "-cos x cos y"}')
    call state%add('u', f%u, reverse=.true.)
    call state%add('v', f%v, reverse=.true.)
    call state%add('p', f%p, reverse=.true.)
    call run%artifact('final_state', state)
    call draw(run, f)
    if (written == 0) close (history, iostat=written)
    if (written == 0) then
      call run%file('history', p%history, METALAB_FILE_MOVE)
    else
      write (error_unit, '(2a)') 'taylor_green: cannot write ', trim(p%history)
    end if

    print '(a, f11.9, a, f11.9, 6a)', 'energy ', energy, ', exact ', exact, ', error ', exponent_form(error), &
        ', tolerance ', exponent_form(tolerance), ': ', trim(merge('passed', 'FAILED', passed))
    call run%add_note('Compared with the analytic decay of the kinetic energy.')
    if (.not. passed) call run%fail('EnergyCheckError', 'the kinetic energy is not the analytic one')
  end subroutine

  ! The vorticity goes straight into the file that will be the artifact, which was made ready before.
  subroutine snapshot(snapshots, f, step)
    type(metalab_snapshots), intent(in) :: snapshots
    type(flow), intent(in) :: f
    integer(int64), intent(in) :: step
    type(metalab_mapping) :: mapping
    real(real64), pointer, contiguous :: field(:, :)

    call snapshots%begin(step, field, mapping)
    call f%vorticity(field)
    call mapping%set_metadata('{"time": ' // json(f%time) // '}')
    call mapping%seal(field)
  end subroutine

  subroutine draw(run, f)
    type(metalab_capture), intent(in) :: run
    type(flow), intent(in) :: f
    real(real64), allocatable :: field(:, :)
    real(real64) :: most

    allocate (field(f%n, f%n))
    call f%vorticity(field)
    most = maxval(abs(field))
    ! The same below and above zero, so that white is zero.
    call run%figure('vorticity', field, METALAB_COLORMAP_DIVERGING, [-most, most], origin_lower=.true., reverse=.true.)
  end subroutine

  function json(number) result(text)
    real(real64), intent(in) :: number
    character(len=:), allocatable :: text
    character(len=32) :: form

    write (form, '(es32.16e3)') number
    text = trim(adjustl(form))
  end function

  ! A number that is not negative in the form of C's %.17g.
  function general(number) result(text)
    real(real64), intent(in) :: number
    character(len=:), allocatable :: text
    character(len=32) :: form
    character(len=17) :: digits
    integer :: exponent, last

    write (form, '(es24.16e3)') number
    form = adjustl(form)
    digits = form(1:1) // form(3:18)
    read (form(20:23), *) exponent
    last = max(verify(digits, '0', back=.true.), 1)
    if (exponent < -4 .or. exponent >= 17) then
      text = digits(1:1)
      if (last > 1) text = text // '.' // digits(2:last)
      write (form, '(i3.2)') abs(exponent)
      text = text // merge('e-', 'e+', exponent < 0) // trim(adjustl(form))
    else if (exponent < 0) then
      text = '0.' // repeat('0', -exponent - 1) // digits(:last)
    else
      text = digits(:exponent + 1)
      if (last > exponent + 1) text = text // '.' // digits(exponent + 2:last)
    end if
  end function
end program
