! Opens a run of a library that has another ABI version than the module was written for.
program mismatch
  use metalab
  implicit none
  type(metalab_capture) :: run
  character(len=200) :: errmsg
  integer :: stat

  call run%open(stat=stat, errmsg=errmsg)
  print '(i0, 1x, a)', stat, trim(errmsg)
  ! Said on the error unit, since nobody asks.
  call run%open()
  call run%metric('x', 1)
  call run%close()
end program
