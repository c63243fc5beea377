! What the Fortran module costs: a point through it and through the C interface; filling an array in
! its artifact's file and a plain one. usage: fortran DIRECTORY
!
! Lines as those of bench.h: group, case, unit, median, least, and "-" for what is not measured.
program bench
  use, intrinsic :: iso_c_binding
  use, intrinsic :: iso_fortran_env, only: int64, output_unit, real64
  use metalab
  use metalab_c_m, only: c_capture_series, c_series_point
  implicit none
  ! Short loops, so that few of them are interrupted.
  integer, parameter :: calls = 50000, rounds = 201, repetitions = 21
  integer, parameter :: elements = 8 * 1024 * 1024, few = 512 * 1024
  type(metalab_options) :: options
  type(metalab_capture) :: run
  type(metalab_series) :: series
  type(c_ptr) :: c_series
  character(len=512) :: directory
  character(kind=c_char), target :: name(2) = ['c', c_null_char]
  real(real64), allocatable :: input(:)
  real(real64) :: points(2, rounds), over(rounds), names(rounds)
  real(real64) :: first(2, repetitions), again(2, rounds)
  integer :: k

  call get_command_argument(1, directory)
  call options%store(trim(directory) // '/store')
  call options%experiment('bench:1')
  call run%open(options)
  if (.not. run%is_open()) stop 1
  series = run%series('energy', 'J')
  c_series = c_null_ptr
  if (c_capture_series(run%handle, c_loc(name(1)), c_null_ptr, c_null_ptr, c_series) /= METALAB_OK) stop 1
  do k = 0, rounds
    call time_points(max(k, 1))
  end do
  over = points(1, :) - points(2, :)
  call report('fortran_over_c', 'series_point', 'ns', over)
  call report('fortran_point', 'series_point', 'ns', points(1, :))
  call report('fortran_point', 'c_call', 'ns', points(2, :))
  call report('fortran_point', 'metric_step', 'ns', names)

  allocate (input(elements + 2))
  do k = 1, elements + 2
    input(k) = sin(1e-3_real64 * k)
  end do
  do k = 0, repetitions
    call time_mapped(max(k, 1))
    call time_plain(max(k, 1))
  end do
  call time_again()
  call report('fortran_fill_4_MiB', 'mapped', 'ms', again(1, :))
  call report('fortran_fill_4_MiB', 'plain', 'ms', again(2, :))
  call report('fortran_first_fill_64_MiB', 'snapshot', 'ms', first(1, :))
  call report('fortran_first_fill_64_MiB', 'plain', 'ms', first(2, :))
  call run%close()

contains

  real(real64) function seconds()
    integer(int64) :: count, rate

    call system_clock(count, rate)
    seconds = count / real(rate, real64)
  end function

  ! By turns the one and the other first.
  subroutine time_points(k)
    integer, intent(in) :: k
    integer(int64) :: step
    real(real64) :: start

    if (modulo(k, 2) == 0) then
      points(1, k) = through_the_module()
      points(2, k) = through_c()
    else
      points(2, k) = through_c()
      points(1, k) = through_the_module()
    end if
    start = seconds()
    do step = 1, calls
      call run%metric('by_name', 1e-3_real64 * step, step)
    end do
    names(k) = 1e9_real64 * (seconds() - start) / calls
    call run%flush()
  end subroutine

  !> Nanoseconds of a call; what was emitted goes to its file before the next case is timed.
  real(real64) function through_the_module()
    integer(int64) :: step
    real(real64) :: start

    start = seconds()
    do step = 1, calls
      call series%point(step, 1e-3_real64 * step)
    end do
    through_the_module = 1e9_real64 * (seconds() - start) / calls
    call run%flush()
  end function

  real(real64) function through_c()
    integer(int64) :: step
    integer(c_int32_t) :: worst
    real(real64) :: start

    worst = 0
    start = seconds()
    do step = 1, calls
      worst = ior(worst, c_series_point(c_series, step, 1e-3_real64 * step))
    end do
    through_c = 1e9_real64 * (seconds() - start) / calls
    if (worst /= METALAB_OK) stop 1
    call run%flush()
  end function

  subroutine time_mapped(k)
    integer, intent(in) :: k
    type(metalab_mapping) :: mapping
    real(real64), pointer, contiguous :: field(:)
    integer :: stat

    call begin(k, field, mapping, stat)
    if (stat /= METALAB_OK) stop 1
    first(1, k) = filled(field, elements)
    call mapping%seal(field)
    ! Sealing goes on beside the solver; it is not to disturb the other.
    call run%flush()
  end subroutine

  subroutine begin(k, field, mapping, stat)
    integer, intent(in) :: k
    real(real64), pointer, contiguous, intent(out) :: field(:)
    type(metalab_mapping), intent(inout) :: mapping
    integer, intent(out) :: stat
    type(metalab_snapshots), save :: snapshots
    logical, save :: is_declared = .false.

    if (.not. is_declared) snapshots = run%snapshots('field', METALAB_DTYPE_FLOAT64, [elements])
    is_declared = .true.
    call snapshots%begin(k, field, mapping, stat)
  end subroutine

  subroutine time_plain(k)
    integer, intent(in) :: k
    real(real64), allocatable :: field(:)

    allocate (field(elements))
    first(2, k) = filled(field, elements)
  end subroutine

  ! Arrays that are there already, by turns.
  subroutine time_again()
    type(metalab_mapping) :: mapping
    real(real64), pointer, contiguous :: mapped(:)
    real(real64), allocatable :: plain(:)
    integer :: k, stat

    call run%map('again', mapped, [few], mapping, stat=stat)
    if (stat /= METALAB_OK) stop 1
    allocate (plain(few))
    do k = 0, rounds
      again(1, max(k, 1)) = filled(mapped, few)
      again(2, max(k, 1)) = filled(plain, few)
    end do
    call mapping%seal(mapped)
  end subroutine

  !> Milliseconds.
  real(real64) function filled(field, count)
    integer, intent(in) :: count
    real(real64), intent(out) :: field(count)
    real(real64) :: start
    integer :: k

    start = seconds()
    do k = 1, count
      field(k) = 0.25_real64 * (input(k) + 2 * input(k + 1) + input(k + 2))
    end do
    filled = 1e3_real64 * (seconds() - start)
  end function

  subroutine report(group, case, unit, values)
    character(len=*), intent(in) :: group, case, unit
    real(real64), intent(inout) :: values(:)
    real(real64) :: smaller
    character(len=*), parameter :: tab = achar(9)
    integer :: k, l

    do k = 2, size(values)
      do l = k, 2, -1
        if (values(l) >= values(l - 1)) exit
        smaller = values(l)
        values(l) = values(l - 1)
        values(l - 1) = smaller
      end do
    end do
    print '(6a, g0.6, a, g0.6, 6a)', group, tab, case, tab, unit, tab, values((size(values) + 1) / 2), tab, values(1), &
        tab, '-', tab, '-', tab, '-'
    flush (output_unit)
  end subroutine
end program
