! The run of tests/exchange.rs, written in Fortran. usage: write STORE
program write_run
  use, intrinsic :: ieee_arithmetic, only: ieee_negative_inf, ieee_positive_inf, ieee_quiet_nan, ieee_value
  use, intrinsic :: iso_fortran_env, only: int32, int64, real64
  use metalab
  implicit none
  type(metalab_options) :: options
  type(metalab_capture) :: run
  real(real64) :: matrix(2, 3), rows(3, 2), reals(0:4), nan, inf, neg
  integer(int64) :: whole(0:2)
  character(len=4) :: text(0:2)
  complex(real64) :: complexes(2)
  character(len=1024) :: store, errmsg
  integer :: i, j, step, stat

  nan = ieee_value(1d0, ieee_quiet_nan)
  inf = ieee_value(1d0, ieee_positive_inf)
  neg = ieee_value(1d0, ieee_negative_inf)
  reals = [0.5_real64, nan, inf, neg, 1 / 3._real64]
  whole = [-huge(1_int64), 9007199254740993_int64, 0_int64]
  text = ['a   ', '    ', 'é b']

  call get_command_argument(1, store)
  call options%store(store)
  call options%experiment('exchange:1.0')
  call options%param('n', 4)
  call options%param('big', 9007199254740993_int64)
  call options%param('dt', 0.001_real64)
  call options%param('name', 'five')
  call options%param('flag', .true.)
  call options%code_hash('')
  call options%note('a note')
  call run%open(options, stat, errmsg)
  if (stat /= METALAB_OK) then
    print '(a)', trim(errmsg)
    stop 1
  end if
  call run%metric('energy', 0.5_real64)
  call run%metric('nan', nan)
  call run%metric('inf', inf)
  call run%metric('neg', neg)
  call run%metric('big', huge(1_int64))
  call run%metric('done', .true.)
  call run%metric('solver', 'cg é')
  do step = 0, 4
    call run%metric('real', reals(step), step)
  end do
  do step = 0, 2
    call run%metric('whole', whole(step), step)
    call run%metric('flag', step /= 1, step)
    call run%metric('text', text(step), step)
  end do
  do j = 1, 3
    do i = 1, 2
      matrix(i, j) = 10 * (i - 1) + (j - 1)
      rows(j, i) = matrix(i, j)
    end do
  end do
  complexes(1) = (1, 2)
  complexes(2) = cmplx(nan, -0.5_real64, real64)
  call run%artifact('matrix', matrix)
  call run%artifact('rows', rows, reverse=.true.)
  call run%artifact('ints', [-1_int32, 0_int32, 7_int32])
  call run%artifact('complex', complexes)
  call run%artifact('flags', [.true., .false., .true.])
  call run%artifact('empty', matrix(1:0, :))
  call run%data('vector', [1._real64, nan, neg])
  call run%data_json('table', '{"a": [1, 2, 3], "b": {"c": null, "d": "x"}}')
  call run%info('a line')
  call run%close(stat, errmsg)
  if (stat /= METALAB_OK) then
    print '(a)', trim(errmsg)
    stop 1
  end if
end program
