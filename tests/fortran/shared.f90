! Runs, options and stores that functions return and types have as components; arrays that are not allocated; small
! integers and C's logicals. usage: shared STORE
module solvers
  use metalab
  implicit none

  type :: solver
    type(metalab_capture) :: run
    integer :: n = 0
  end type

contains

  function options_of(store, experiment) result(options)
    character(len=*), intent(in) :: store, experiment
    type(metalab_options) :: options

    call options%store(store)
    call options%experiment(experiment)
    call options%run_id('run')
  end function

  function new_run(store, experiment) result(run)
    character(len=*), intent(in) :: store, experiment
    type(metalab_capture) :: run
    type(metalab_options) :: options

    options = options_of(store, experiment)
    call run%open(options)
  end function

  function new_solver(store, experiment) result(it)
    character(len=*), intent(in) :: store, experiment
    type(solver) :: it

    it%run = new_run(store, experiment)
    it%n = 3
  end function

  function opened(store) result(it)
    character(len=*), intent(in) :: store
    type(metalab_store) :: it

    call it%open(store)
  end function
end module

program shared
  use, intrinsic :: iso_c_binding, only: c_bool
  use, intrinsic :: iso_fortran_env, only: compiler_version, int16, int8, real64
  use check
  use metalab
  use solvers
  implicit none
  character(len=512) :: store

  call get_command_argument(1, store)
  call constructors()
  call components()
  call last_name()
  call elements()
  call finish_checks()

contains

  subroutine constructors()
    type(metalab_capture) :: run, copy
    character(len=100) :: errmsg
    integer :: stat

    run = new_run(trim(store), 'constructed:1')
    call expect(run%is_open(), 'a run that a function returned is open')
    copy = run
    call short_names(run)
    call run%metric('after', 2, stat=stat)
    call expect_status(stat, METALAB_OK, 'emit after names have ended')
    call copy%close(stat)
    call expect_status(stat, METALAB_OK, 'close by another name')
    call expect(.not. run%is_open() .and. .not. copy%is_open(), 'closed by another name')
    errmsg = ''
    call run%metric('late', 1, stat=stat, errmsg=errmsg)
    call expect_status(stat, METALAB_ERR_CLOSED, 'emit after close by another name')
    call expect(index(errmsg, 'closed') > 0, 'closed in words')
    call run%close(stat)
    call expect_status(stat, METALAB_OK, 'close twice')
  end subroutine

  subroutine short_names(run)
    type(metalab_capture), intent(in) :: run
    type(metalab_capture) :: mine
    type(solver) :: it
    integer :: stat

    mine = run
    it%run = mine
    call it%run%metric('inner', 1, stat=stat)
    call expect_status(stat, METALAB_OK, 'emit by an inner name')
  end subroutine

  subroutine components()
    type(solver) :: it, other
    type(solver), allocatable :: many(:)
    integer :: stat

    it = new_solver(trim(store), 'component:1')
    call expect(it%run%is_open() .and. it%n == 3, 'a component is open')
    other = it
    allocate (many(2))
    many(1) = it
    deallocate (many)
    call other%run%metric('a', 1, stat=stat)
    call expect_status(stat, METALAB_OK, 'emit by a component')
    call other%run%close(stat)
    call expect(.not. it%run%is_open(), 'closed by a component')
  end subroutine

  !> A run ends with its last name, also where another one was the first.
  subroutine last_name()
    type(metalab_store) :: runs
    type(metalab_run) :: back
    integer :: stat

    call leaves_a_run()
    runs = opened(trim(store))
    call runs%run(back, 'run', 'left:1', stat)
    call expect_status(stat, METALAB_OK, 'the run is read')
    call expect(back%status() == METALAB_RUN_SUCCESS, 'a run ends with its last name')
    call runs%close()
    call back%close()
  end subroutine

  subroutine leaves_a_run()
    type(metalab_capture) :: outer

    call opens_it(outer)
    call outer%metric('a', 1)
  end subroutine

  subroutine opens_it(outer)
    type(metalab_capture), intent(inout) :: outer
    type(metalab_capture) :: inner
    type(metalab_options) :: options

    options = options_of(trim(store), 'left:1')
    call inner%open(options)
    outer = inner
  end subroutine

  subroutine elements()
    type(metalab_options) :: options
    type(metalab_capture) :: run
    type(metalab_series) :: series
    type(metalab_run) :: back
    type(metalab_loaded) :: found
    real(real64), allocatable :: nothing(:, :)
    logical, allocatable :: mask(:)
    integer(int8), target :: bytes(3) = [1_int8, -2_int8, 3_int8]
    integer(int8), allocatable :: bytes_back(:)
    integer(int16), allocatable :: shorts_back(:, :)
    integer(int16) :: shorts(2, 3) = reshape([1_int16, 2_int16, 3_int16, 4_int16, 5_int16, -6_int16], [2, 3])
    logical(c_bool) :: flags(2) = [.true._c_bool, .false._c_bool]
    logical(c_bool), allocatable :: flags_back(:)
    character(len=100) :: errmsg
    integer :: stat, value

    options = options_of(trim(store), 'elements:1')
    call options%param('byte', bytes(2))
    call options%param('short', shorts(2, 3))
    call options%param('flag', flags(1))
    call run%open(options)
    if (index(compiler_version(), 'GCC') > 0) then
      call run%artifact('u', nothing, stat=stat, errmsg=errmsg)
      call expect_status(stat, METALAB_ERR_NULL, 'an array that is not allocated')
      call expect(errmsg == 'u: the array is not allocated', 'not allocated in words')
      call run%data('mask', mask, stat=stat)
      call expect_status(stat, METALAB_ERR_NULL, 'logicals that are not allocated')
    end if
    call run%artifact('bytes', bytes, stat=stat)
    call expect_status(stat, METALAB_OK, 'int8')
    call run%artifact('shorts', shorts(2:1:-1, :), stat=stat)
    call expect_status(stat, METALAB_OK, 'int16')
    call run%data('flags', flags, stat=stat)
    call expect_status(stat, METALAB_OK, 'c_bool')
    call run%metric('byte', bytes(2), stat=stat)
    call run%metric('flag', flags(1), 3, stat=stat)
    call expect_status(stat, METALAB_OK, 'a c_bool as a metric')
    series = run%series('short')
    call series%point(1, shorts(1, 1), stat)
    call expect_status(stat, METALAB_OK, 'an int16 as a point')
    call run%close()

    call back%open(options)
    call back%param('byte', value)
    call expect(value == -2, 'int8 as a parameter')
    call back%metric('byte', value)
    call expect(value == -2, 'int8 as a metric')
    call back%array('bytes', found)
    call found%get(bytes_back)
    call expect(all(bytes_back == bytes), 'int8 is read')
    call back%array('shorts', found)
    call found%get(shorts_back)
    call expect(all(shorts_back == shorts(2:1:-1, :)), 'int16 is read')
    call back%data('flags', found)
    call found%get(flags_back)
    call expect(all(flags_back .eqv. flags) .eqv. .true., 'c_bool is read')
    call found%close()
    call back%close()
  end subroutine
end program
