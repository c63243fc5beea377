! All runs of a store, the best first.
program compare
  use, intrinsic :: iso_fortran_env, only: int64, real64
  use metalab
  implicit none
  type(metalab_store) :: store
  type(metalab_table) :: table
  integer(int64), allocatable :: n(:)
  real(real64), allocatable :: peak(:)
  character(len=16), allocatable :: status(:)
  integer :: k

  call store%open('runs')
  call store%runs(table, 'metrics.peak exists order by metrics.peak')
  call table%column('params.n', n)
  call table%column('metrics.peak', peak)
  call table%column('status', status)
  do k = 1, table%rows()
    print '(i4, f8.4, 1x, a)', n(k), peak(k), trim(status(k))
  end do
end program
