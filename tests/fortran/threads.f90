! Emits from OpenMP's threads, by handle and by name. usage: threads STORE
program threads
  use, intrinsic :: iso_fortran_env, only: real64
  use check
  use metalab
  implicit none
  integer, parameter :: points = 20000
  type(metalab_options) :: options
  type(metalab_capture) :: run
  type(metalab_series) :: series
  type(metalab_mapping) :: mapping
  real(real64), pointer, contiguous :: field(:)
  character(len=512) :: store
  integer :: k, stat, worst

  call get_command_argument(1, store)
  call options%store(store)
  call options%experiment('threads:1')
  call run%open(options, stat)
  call expect_status(stat, METALAB_OK, 'open')
  series = run%series('by_handle')
  call run%map('field', field, [points], mapping)
  worst = METALAB_OK
  !$omp parallel do private(stat) reduction(max: worst) num_threads(4)
  do k = 1, points
    call series%point(k, real(k, real64), stat)
    worst = max(worst, stat)
    call run%metric('by_name', k, k, stat)
    worst = max(worst, stat)
    if (mod(k, 1000) == 0) call run%info('a thousand more', stat)
    field(k) = k
  end do
  !$omp end parallel do
  call expect_status(worst, METALAB_OK, 'emitting')
  call mapping%seal(field)
  call run%close(stat)
  call expect_status(stat, METALAB_OK, 'close')
  call finish_checks()
end program
