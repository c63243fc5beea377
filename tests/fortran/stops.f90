! Ends in the middle of a run as its argument says: error_stop, error_stop_text, stop or return.
program stops
  use, intrinsic :: iso_fortran_env, only: real64
  use metalab
  implicit none
  type(metalab_capture) :: run
  type(metalab_mapping) :: mapping
  real(real64), pointer, contiguous :: field(:)
  character(len=32) :: how
  integer :: step, stat

  call get_command_argument(1, how)
  call run%open(stat=stat)
  if (stat /= METALAB_OK) stop 99
  call run%map('field', field, [10], mapping)
  do step = 0, 41
    call run%metric('residual', real(step, real64), step)
    field(mod(step, 10) + 1) = step
  end do
  call run%info('in the middle')
  select case (how)
  case ('error_stop')
    error stop 3
  case ('error_stop_text')
    error stop 'the pressure is negative'
  case ('stop')
    stop
  end select
end program
