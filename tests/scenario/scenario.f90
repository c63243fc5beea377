! The scenario of tests/scenario.rs in Fortran. usage: scenario STORE
program scenario
  use, intrinsic :: ieee_arithmetic, only: ieee_positive_inf, ieee_quiet_nan, ieee_value
  use, intrinsic :: iso_fortran_env, only: int32, real64
  use metalab
  implicit none
  character(len=*), parameter :: table = '{"a": [1, 2, 3], "b": {"c": null, "d": "x"}}'
  type(metalab_options) :: options
  type(metalab_capture) :: run
  type(metalab_series) :: residual
  type(metalab_arrays) :: pair
  type(metalab_mapping) :: mapping
  real(real64), pointer, contiguous :: field(:, :)
  real(real64), target :: x(4)
  integer(int32), target :: k(2)
  real(real64) :: matrix(2, 3), zero
  character(len=1024) :: store, errmsg
  integer :: i, j, step, stat

  call get_command_argument(1, store)
  call options%store(store)
  call options%experiment('scenario:1.0')
  call options%param('n', 4)
  call options%param('dt', 0.001_real64)
  call options%param('name', 'five')
  call options%seed(42)
  call options%code_hash('')
  call options%add_tag('a')
  call options%add_tag('b')
  call options%note('same in every language')
  call run%open(options, stat, errmsg)
  if (stat /= METALAB_OK) then
    print '(a)', trim(errmsg)
    stop 1
  end if

  zero = 0
  call run%metric('energy', 0.5_real64)
  call run%metric('nan', ieee_value(zero, ieee_quiet_nan))
  call run%metric('inf', ieee_value(zero, ieee_positive_inf))
  call run%metric('count', 7)
  call run%metric('converged', .true.)
  call run%metric('solver', 'cg é')
  residual = run%series('residual', 'K', 'of the solver')
  do step = 0, 9
    call residual%point(step, 1 / real(step + 1, real64))
    call run%metric('iterations', step * step, step)
  end do

  call run%data_json('table', table)
  call run%data('vector', [1.0_real64, 2.0_real64, 3.0_real64])
  call run%artifact_json('config', table)
  do j = 1, 3
    do i = 1, 2
      matrix(i, j) = 10 * (i - 1) + (j - 1)
    end do
  end do
  call run%artifact('matrix', matrix)
  x = [0, 1, 2, 3]
  k = [1, 2]
  call pair%add('x', x)
  call pair%add('k', k)
  call run%artifact('pair', pair)
  call run%map('field', field, [4, 5], mapping)
  do j = 1, 5
    do i = 1, 4
      field(i, j) = (i - 1) + 10 * (j - 1)
    end do
  end do
  call mapping%seal(field)
  call run%artifact_bytes('blob', 'bytes' // new_line('a'), 'text', 'txt')

  call run%debug('line one')
  call run%info('line two')
  call run%warning('wörd')
  call run%close(stat, errmsg)
  if (stat /= METALAB_OK) then
    print '(a)', trim(errmsg)
    stop 1
  end if
end program
