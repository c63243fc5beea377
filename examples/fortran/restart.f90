! A solver that goes on from its latest snapshot when it is started again.
program restart
  use, intrinsic :: iso_fortran_env, only: int64, real64
  use metalab
  implicit none
  integer, parameter :: n = 64, steps = 100
  type(metalab_options) :: options
  type(metalab_run) :: before
  type(metalab_loaded) :: found
  type(metalab_capture) :: run
  type(metalab_snapshots) :: snapshots
  type(metalab_mapping) :: mapping
  real(real64), allocatable :: u(:)
  real(real64), pointer, contiguous :: field(:)
  integer(int64) :: last
  integer :: step, stat

  call options%store('runs')
  call options%experiment('restart:1')
  call options%param('n', n)

  allocate (u(n))
  u = 0
  u(n / 2) = 1
  last = 0
  call before%open(options, stat)                   ! is there an earlier attempt?
  if (stat == METALAB_OK) call before%latest('u', found, last)
  if (found%is_open()) call found%get(u)            ! its last snapshot
  if (last > 0) call options%restart(last + 1)
  print '(a, i0)', 'from step ', last + 1

  call run%open(options)
  snapshots = run%snapshots('u', METALAB_DTYPE_FLOAT64, [n])
  do step = int(last) + 1, steps
    u(2:n - 1) = u(2:n - 1) + 0.25_real64 * (u(1:n - 2) - 2 * u(2:n - 1) + u(3:n))
    call run%metric('peak', maxval(u), step)
    if (mod(step, 50) == 0) then
      call snapshots%begin(step, field, mapping)
      field = u
      call mapping%seal(field)
    end if
    if (step == 70 .and. last == 0) exit            ! the time is up
  end do
  call snapshots%free()
  if (step < steps) call run%cancel('the time is up')
  call run%close()

  if (last > 0) then
    call before%refresh()
    print '(i0, a)', before%last_step(), ' steps'
  end if
end program
