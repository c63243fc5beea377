! Arrays much larger than the stack, in every way that there is. usage: large STORE
program large
  use, intrinsic :: iso_fortran_env, only: int32, int64, real32, real64
  use check
  use metalab
  implicit none
  integer, parameter :: n = 2000
  type(metalab_options) :: options
  type(metalab_capture) :: run
  type(metalab_arrays) :: several
  type(metalab_mapping) :: mapping
  type(metalab_series) :: series
  real(real64), allocatable, target :: u(:, :)
  logical, allocatable :: mask(:, :)
  integer(int32), allocatable :: pixels(:, :, :)
  real(real64), pointer, contiguous :: field(:, :)
  character(len=512) :: store
  integer(int64), allocatable :: steps(:)
  integer :: i, j, stat

  call get_command_argument(1, store)
  call options%store(store)
  call options%experiment('large:1')
  call run%open(options, stat)
  call expect_status(stat, METALAB_OK, 'open')
  allocate (u(n, n), mask(n, n), pixels(3, n, n), steps(n * n))
  do j = 1, n
    do i = 1, n
      u(i, j) = i + j / real(n, real64)
      mask(i, j) = i > j
      pixels(:, i, j) = mod(i + j, 256)
      steps(i + n * (j - 1)) = i
    end do
  end do
  call run%artifact('whole', u, stat=stat)
  call expect_status(stat, METALAB_OK, 'whole')
  call run%artifact('part', u(1:n:2, n:1:-1), stat=stat)
  call expect_status(stat, METALAB_OK, 'part')
  call run%artifact('reverse', u(2:n, :), reverse=.true., stat=stat)
  call expect_status(stat, METALAB_OK, 'reverse')
  call run%artifact('mask', mask(:, 2:n), stat=stat)
  call expect_status(stat, METALAB_OK, 'mask')
  call several%add('u', u(2:n, :))
  call several%add('mask', mask)
  call run%artifact('several', several, stat=stat)
  call expect_status(stat, METALAB_OK, 'several')
  call run%figure('field', u(:, 2:n), stat=stat)
  call expect_status(stat, METALAB_OK, 'figure')
  call run%figure('pixels', pixels, stat=stat)
  call expect_status(stat, METALAB_OK, 'pixels')
  call run%map('mapped', field, [n, n], mapping, stat=stat)
  call expect_status(stat, METALAB_OK, 'map')
  call fill(field)
  call mapping%seal(field, stat)
  call expect_status(stat, METALAB_OK, 'seal')
  series = run%series('long')
  call series%points(steps(1:size(steps):2), pack_values(), stat)
  call expect_status(stat, METALAB_OK, 'points')
  call run%close(stat)
  call expect_status(stat, METALAB_OK, 'close')
  call run%map('plain', field, [n, n], mapping)
  call fill(field)
  call mapping%seal(field)
  call finish_checks()

contains

  subroutine fill(array)
    real(real64), intent(out) :: array(:, :)
    integer :: k, l

    do l = 1, size(array, 2)
      do k = 1, size(array, 1)
        array(k, l) = k - l
      end do
    end do
  end subroutine

  function pack_values() result(values)
    real(real64), allocatable :: values(:)

    allocate (values((size(steps) + 1) / 2))
    values = 1
  end function
end program
