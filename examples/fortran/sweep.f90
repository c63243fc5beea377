! A sweep over a parameter, of which runs that are a success already are read and not solved again.
program sweep
  use, intrinsic :: iso_fortran_env, only: real64
  use metalab
  implicit none
  integer, parameter :: sizes(2) = [64, 128]
  real(real64) :: peaks(2)
  integer :: k

  do k = 1, size(sizes)
    peaks(k) = peak(sizes(k))
  end do
  do k = 1, size(sizes)
    print '(i4, f7.4)', sizes(k), peaks(k)
  end do

contains

  function peak(n)
    integer, intent(in) :: n
    real(real64) :: peak
    type(metalab_options) :: options
    type(metalab_capture) :: run
    type(metalab_run) :: earlier

    call options%store('runs')
    call options%experiment('sweep:1')
    call options%param('n', n)
    call options%if_success(METALAB_IF_SUCCESS_SKIP)
    call run%open(options)
    if (run%skipped()) then
      call earlier%open(options)
      call earlier%metric('peak', peak)
      return
    end if
    print '(a, i0)', 'solving ', n
    peak = 1 / real(n, real64)
    call run%metric('peak', peak)
    call run%close()
  end function
end program
