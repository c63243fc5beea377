! What tests/exchange.rs asks of a store, read in Fortran. usage: read STORE
program read_run
  use, intrinsic :: ieee_arithmetic, only: ieee_is_nan
  use, intrinsic :: iso_fortran_env, only: int32, int64, real64
  use metalab
  implicit none
  type(metalab_store) :: store
  type(metalab_run) :: run
  type(metalab_loaded) :: found
  integer(int64), allocatable :: steps(:), whole(:)
  real(real64), allocatable :: reals(:), matrix(:, :)
  complex(real64), allocatable :: complexes(:)
  logical, allocatable :: flags(:)
  integer(int32), allocatable :: ints(:)
  character(len=8), allocatable :: texts(:)
  character(len=:), allocatable :: text
  character(len=1024) :: place
  integer(int64) :: number
  real(real64) :: real_number
  logical :: flag
  integer :: k

  call get_command_argument(1, place)
  call store%open(place)
  call store%run(run)
  if (run%status() == METALAB_RUN_SUCCESS) print '(a)', 'status success'
  print '(2a)', 'notes ', run%text('notes')
  call run%param('n', number)
  print '(a, i0)', 'param n ', number
  call run%param('big', number)
  print '(a, i0)', 'param big ', number
  call run%param('dt', real_number)
  print '(2a)', 'param dt ', shown(real_number)
  call run%param('name', text)
  print '(2a)', 'param name ', text
  call run%param('flag', flag)
  print '(a, l1)', 'param flag ', flag
  call show_metric('energy')
  call show_metric('nan')
  call show_metric('inf')
  call show_metric('neg')
  call run%metric('big', number)
  print '(a, i0)', 'metric big ', number
  call run%metric('done', flag)
  print '(a, l1)', 'metric done ', flag
  call run%metric('solver', text)
  print '(2a)', 'metric solver ', text
  call run%series('real', steps, reals)
  print '(a, i0, 1x, a)', ('real ', steps(k), shown(reals(k)), k = 1, size(steps))
  call run%series('whole', steps, whole)
  print '(a, i0, 1x, i0)', ('whole ', steps(k), whole(k), k = 1, size(steps))
  call run%series('flag', steps, flags)
  print '(a, i0, 1x, l1)', ('flag ', steps(k), flags(k), k = 1, size(steps))
  call run%series('text', steps, texts)
  do k = 1, size(steps)
    print '(a, i0, 1x, 2a)', 'text ', steps(k), trim(texts(k)), '.'
  end do
  print '(a, i0)', 'last ', run%last_step()
  call show_matrix('matrix')
  call show_matrix('rows')
  call run%array('ints', found)
  call found%get(ints)
  print '(a, i0, *(1x, i0))', 'ints ', size(ints), ints
  call run%array('complex', found)
  call found%get(complexes)
  print '(a, i0, *(1x, a))', 'complex ', size(complexes), &
      (shown(real(complexes(k), real64)), shown(aimag(complexes(k))), k = 1, size(complexes))
  call run%array('flags', found)
  call found%get(flags)
  print '(a, i0, *(1x, l1))', 'flags ', size(flags), flags
  call show_matrix('empty')
  call run%data('vector', found)
  call found%get(reals)
  print '(a, i0, *(1x, a))', 'vector ', size(reals), (shown(reals(k)), k = 1, size(reals))
  if (index(run%data_json('table'), '"d": "x"') == 0) print '(a)', 'table'
  print '(a, l1)', 'a line ', index(run%log(), 'a line' // new_line('a')) > 0

contains

  function shown(value)
    real(real64), intent(in) :: value
    character(len=:), allocatable :: shown
    character(len=16) :: bits

    write (bits, '(z16.16)') transfer(value, 0_int64)
    shown = bits
    if (ieee_is_nan(value)) shown = 'NaN'
  end function

  subroutine show_metric(name)
    character(len=*), intent(in) :: name
    real(real64) :: value

    call run%metric(name, value)
    print '(4a)', 'metric ', name, ' ', shown(value)
  end subroutine

  subroutine show_matrix(name)
    character(len=*), intent(in) :: name
    integer :: i, j

    call run%array(name, found)
    call found%get(matrix)
    print '(2a, i0, a, i0, *(1x, a))', name, ' ', size(matrix, 1), 'x', size(matrix, 2), &
        ((shown(matrix(i, j)), j = 1, size(matrix, 2)), i = 1, size(matrix, 1))
  end subroutine
end program
