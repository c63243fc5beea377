! The variables of namelist files, as a Fortran program writes and reads them, are params of the run.
program deck
  use, intrinsic :: iso_fortran_env, only: int64, real64
  use check
  use metalab
  implicit none

  type :: solver_type
    character(len=8) :: kind = 'cg'
    real(real64) :: tolerance = 1e-6_real64
  end type

  character(len=512) :: store
  character(len=:), allocatable :: text
  character(len=200) :: errmsg
  integer :: n, unit, stat
  real(real64) :: dt
  real :: weights(5)
  logical :: periodic
  complex(real64) :: shift
  type(solver_type) :: solver
  type(metalab_options) :: options
  type(metalab_capture) :: run
  type(metalab_run) :: back
  namelist /grid/ n, dt, weights, periodic
  namelist /solve/ shift, solver

  call get_command_argument(1, store)
  n = 64
  dt = 0.1_real64
  weights = [0.0, 0.0, 0.0, 1.5, 1.5]
  periodic = .true.
  open (newunit=unit, file=trim(store) // '/heat.nml', delim='quote')
  write (unit, nml=grid)
  ! Written by hand: flang writes a structure without the names of its components.
  write (unit, '(a)') "&solve shift = (1.5, -2.0), solver%kind = 'cg      ', solver%tolerance = 1e-6 /"
  rewind (unit)
  shift = 0
  solver%kind = ''
  read (unit, nml=grid)
  read (unit, nml=solve)
  close (unit)
  call expect(abs(shift - (1.5_real64, -2.0_real64)) < epsilon(dt) .and. solver%kind == 'cg', 'read by Fortran')
  call options%store(trim(store))
  call options%experiment('deck:1')
  call options%namelist(trim(store) // '/heat.nml', stat)
  call expect_status(stat, METALAB_OK, 'namelist')
  call options%param('n', 3)
  call run%open(options, stat)
  call expect_status(stat, METALAB_OK, 'open')
  call run%close()

  call back%open(options)
  n = 0
  call back%param('grid.n', n)
  call expect(n == 64, 'an integer')
  call back%param('n', n)
  call expect(n == 3, 'a param beside the file')
  dt = 0
  call back%param('grid.dt', dt)
  call expect(abs(dt - 0.1_real64) < epsilon(dt), 'a real')
  periodic = .false.
  call back%param('grid.periodic', periodic)
  call expect(periodic, 'a logical')
  call back%param('solve.solver.kind', text)
  call expect(text == 'cg' .and. len(text) == 2, 'a component that is a string')
  text = back%text('params_resolved')
  call expect(index(text, '"shift":[1.5,-2.0]') > 0, 'a complex number')
  call expect(index(text, '"weights":[0.0,0.0,0.0,1.5,1.5]') > 0, 'an array with repeats')
  call back%close()

  errmsg = ''
  call options%namelist('missing.nml', stat, errmsg)
  call expect_status(stat, METALAB_ERR_NOT_FOUND, 'a file that is missing')
  call expect(index(errmsg, 'missing.nml') > 0, trim(errmsg))
  open (newunit=unit, file=trim(store) // '/wrong.nml')
  write (unit, '(a)') '&grid n = 1', 'm = 2'
  close (unit)
  call options%namelist(trim(store) // '/wrong.nml', stat, errmsg)
  call expect_status(stat, METALAB_ERR_VALUE, 'a file that is not a namelist')
  call expect(index(errmsg, 'group grid: it has no end') > 0, trim(errmsg))
  call finish_checks()
end program
