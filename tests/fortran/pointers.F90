! Pointers to mapped arrays of every type and rank are null after `seal` and `abandon`.
#define ROUND(KIND,DTYPE,RANK,N) block; KIND, pointer, contiguous :: a RANK; call run%map(new_name(), a, N, m); call expect(associated(a), 'mapped'); call m%seal(a, stat); call expect(stat == METALAB_OK .and. .not. associated(a), 'sealed'); call run%map(new_name(), a, N, m); call m%abandon(a, stat); call expect(stat == METALAB_OK .and. .not. associated(a), 'abandoned'); call nothing%map('plain', a, N, m, stat=stat); call expect(associated(a), 'plain memory'); call m%seal(a, stat); call expect(.not. associated(a), 'plain memory sealed'); s = run%snapshots(new_name(), DTYPE, N); call s%begin(1, a, m); call expect(associated(a), 'begun'); call m%seal(a, stat); call expect(stat == METALAB_OK .and. .not. associated(a), 'snapshot sealed'); call s%free(); end block
#define RANKS(KIND,DTYPE) ROUND(KIND,DTYPE,(:),n1); ROUND(KIND,DTYPE,(:,:),n2); ROUND(KIND,DTYPE,(:,:,:),n3); ROUND(KIND,DTYPE,(:,:,:,:),n4)
program pointers
  use, intrinsic :: iso_fortran_env, only: int32, int64, real32, real64
  use check
  use metalab
  implicit none
  integer, parameter :: n1(1) = [2], n2(2) = [2, 3], n3(3) = [2, 3, 1], n4(4) = [2, 3, 1, 2]
  character(len=512) :: store
  integer :: count, stat
  type(metalab_options) :: options
  type(metalab_capture) :: run, nothing
  type(metalab_mapping) :: m
  type(metalab_snapshots) :: s

  call get_command_argument(1, store)
  count = 0
  call options%store(trim(store))
  call options%experiment('pointers:1')
  call run%open(options)
  RANKS(integer(int32), METALAB_DTYPE_INT32)
  RANKS(integer(int64), METALAB_DTYPE_INT64)
  RANKS(real(real32), METALAB_DTYPE_FLOAT32)
  RANKS(real(real64), METALAB_DTYPE_FLOAT64)
  RANKS(complex(real32), METALAB_DTYPE_COMPLEX64)
  RANKS(complex(real64), METALAB_DTYPE_COMPLEX128)
  call others()
  call after_the_end()
  call finish_checks()

contains

  function new_name() result(name)
    character(len=4) :: name

    count = count + 1
    write (name, '(a, i3.3)') 'a', count
  end function

  !> A pointer to another array is refused, and stays as it is.
  subroutine others()
    type(metalab_mapping) :: first, second
    real(real64), pointer, contiguous :: u(:), v(:), mine(:)
    character(len=100) :: errmsg

    call run%map('u', u, [3], first)
    call run%map('v', v, [3], second)
    allocate (mine(3))
    errmsg = ''
    call first%seal(v, stat, errmsg)
    call expect_status(stat, METALAB_ERR_VALUE, 'the pointer of another mapping')
    call expect(index(errmsg, 'seal: array: it is not the one of the mapping') > 0, trim(errmsg))
    call second%abandon(mine, stat)
    call expect_status(stat, METALAB_ERR_VALUE, 'a pointer of the program')
    call expect(associated(u) .and. associated(v) .and. associated(mine), 'refused pointers stay')
    call expect(first%is_open() .and. second%is_open(), 'refused mappings stay open')
    call first%seal(u, stat)
    call expect_status(stat, METALAB_OK, 'its own pointer')
    call second%seal(v, stat)
    call expect(.not. associated(u) .and. .not. associated(v), 'both are null')
    deallocate (mine)
    call run%map('none', u, [0], first)
    call first%seal(u, stat)
    call expect(stat == METALAB_OK .and. .not. associated(u), 'an array without elements')
  end subroutine

  !> The memory is there until it is sealed, also after the run has ended.
  subroutine after_the_end()
    type(metalab_mapping) :: late
    real(real64), pointer, contiguous :: u(:)

    call run%map('late', u, [1000], late)
    call run%finish(stat)
    call expect_status(stat, METALAB_OK, 'finish')
    u = 1
    call expect(sum(u) > 999, 'the memory is there')
    call late%seal(u, stat)
    call expect(stat /= METALAB_OK .and. .not. associated(u), 'null after the end of the run')
    call run%close(stat)
  end subroutine
end program
