! A run with an index, and the index made anew, in Fortran. usage: rebuild LOCATOR
module rebuild_m
  use, intrinsic :: iso_fortran_env, only: int64
  implicit none
  integer :: times = 0
contains
  function count_them(done, total) result(goes_on)
    integer(int64), intent(in) :: done, total
    logical :: goes_on

    times = times + 1
    goes_on = done <= total
  end function

  function stop_at_once(done, total) result(goes_on)
    integer(int64), intent(in) :: done, total
    logical :: goes_on

    goes_on = done > total
  end function
end module

program rebuild
  use, intrinsic :: ieee_arithmetic, only: ieee_quiet_nan, ieee_value
  use, intrinsic :: iso_fortran_env, only: real64
  use metalab
  use rebuild_m
  implicit none
  type(metalab_options) :: options
  type(metalab_capture) :: run
  character(len=1024) :: store
  integer :: runs, stat

  call get_command_argument(1, store)
  call options%store(store)
  call options%experiment('rebuild:1.0')
  call options%code_hash('')
  call options%index_wait(60.0_real64)
  call run%open(options)
  call run%metric('nan', ieee_value(0.0_real64, ieee_quiet_nan))
  call run%finish()

  call metalab_index_rebuild(store, progress=count_them, runs=runs)
  print '(a, i0, a, i0, a)', 'rebuilt ', runs, ', told ', times, ' times'
  call metalab_index_rebuild(store, 'rebuild:1.0', stop_at_once, stat=stat)
  print '(a)', metalab_status_name(stat)
  call metalab_index_rebuild(store, runs=runs)
  print '(i0, a)', runs, ' again'
end program
