! Written by generate.py; do not edit.
!> Arrays that are read: one procedure for each type and rank.
module metalab_loaded_m
  use, intrinsic :: iso_c_binding
  use, intrinsic :: iso_fortran_env, only: int8, int16, int32, int64, real32, real64
  use metalab_c_m
  use metalab_constants_m
  use metalab_support_m
  use metalab_reader_m
  implicit none
  private
  public :: metalab_loaded

  !> An array that was read from a store by `array`, `data` or `latest` of a `metalab_run`.
  type, extends(reader_base) :: metalab_loaded
  contains
    !> Copies the array into an allocatable of the same type and rank; indices are those of numpy, plus one. Rank 1 to
    !> 7; integers of 8 to 64 bits, reals or complex numbers of 32 or 64, logical or logical(c_bool). Characters: a
    !> scalar, or rank 1.
    generic :: get => get_int32_1, get_int32_2, get_int32_3, get_int32_4, get_int32_5, &
        get_int32_6, get_int32_7
    generic :: get => get_int64_1, get_int64_2, get_int64_3, get_int64_4, get_int64_5, &
        get_int64_6, get_int64_7
    generic :: get => get_float32_1, get_float32_2, get_float32_3, get_float32_4, get_float32_5, &
        get_float32_6, get_float32_7
    generic :: get => get_float64_1, get_float64_2, get_float64_3, get_float64_4, get_float64_5, &
        get_float64_6, get_float64_7
    generic :: get => get_complex64_1, get_complex64_2, get_complex64_3, get_complex64_4, &
        get_complex64_5, get_complex64_6, get_complex64_7
    generic :: get => get_complex128_1, get_complex128_2, get_complex128_3, get_complex128_4, &
        get_complex128_5, get_complex128_6, get_complex128_7
    generic :: get => get_int8_1, get_int8_2, get_int8_3, get_int8_4, get_int8_5, get_int8_6, &
        get_int8_7
    generic :: get => get_int16_1, get_int16_2, get_int16_3, get_int16_4, get_int16_5, &
        get_int16_6, get_int16_7
    generic :: get => get_bool_1, get_bool_2, get_bool_3, get_bool_4, get_bool_5, get_bool_6, &
        get_bool_7
    generic :: get => get_logical_1, get_logical_2, get_logical_3, get_logical_4, get_logical_5, &
        get_logical_6, get_logical_7
    generic :: get => get_text_0, get_text_1
    !> Points to the elements in the mapped file: read only, and valid until `close`. Returns METALAB_ERR_UNSUPPORTED
    !> if the array is stored by rows, as in C, C++ and Python.
    generic :: map => map_int32_1, map_int32_2, map_int32_3, map_int32_4, map_int32_5, &
        map_int32_6, map_int32_7
    generic :: map => map_int64_1, map_int64_2, map_int64_3, map_int64_4, map_int64_5, &
        map_int64_6, map_int64_7
    generic :: map => map_float32_1, map_float32_2, map_float32_3, map_float32_4, map_float32_5, &
        map_float32_6, map_float32_7
    generic :: map => map_float64_1, map_float64_2, map_float64_3, map_float64_4, map_float64_5, &
        map_float64_6, map_float64_7
    generic :: map => map_complex64_1, map_complex64_2, map_complex64_3, map_complex64_4, &
        map_complex64_5, map_complex64_6, map_complex64_7
    generic :: map => map_complex128_1, map_complex128_2, map_complex128_3, map_complex128_4, &
        map_complex128_5, map_complex128_6, map_complex128_7
    generic :: map => map_int8_1, map_int8_2, map_int8_3, map_int8_4, map_int8_5, map_int8_6, &
        map_int8_7
    generic :: map => map_int16_1, map_int16_2, map_int16_3, map_int16_4, map_int16_5, &
        map_int16_6, map_int16_7
    generic :: map => map_bool_1, map_bool_2, map_bool_3, map_bool_4, map_bool_5, map_bool_6, &
        map_bool_7
    !> Compares a mapped array with the checksum in its file.
    procedure :: verify => loaded_verify
    procedure, private :: get_int32_1, get_int32_2, get_int32_3, get_int32_4, get_int32_5, &
        get_int32_6, get_int32_7
    procedure, private :: get_int64_1, get_int64_2, get_int64_3, get_int64_4, get_int64_5, &
        get_int64_6, get_int64_7
    procedure, private :: get_float32_1, get_float32_2, get_float32_3, get_float32_4, &
        get_float32_5, get_float32_6, get_float32_7
    procedure, private :: get_float64_1, get_float64_2, get_float64_3, get_float64_4, &
        get_float64_5, get_float64_6, get_float64_7
    procedure, private :: get_complex64_1, get_complex64_2, get_complex64_3, get_complex64_4, &
        get_complex64_5, get_complex64_6, get_complex64_7
    procedure, private :: get_complex128_1, get_complex128_2, get_complex128_3, get_complex128_4, &
        get_complex128_5, get_complex128_6, get_complex128_7
    procedure, private :: get_int8_1, get_int8_2, get_int8_3, get_int8_4, get_int8_5, get_int8_6, &
        get_int8_7
    procedure, private :: get_int16_1, get_int16_2, get_int16_3, get_int16_4, get_int16_5, &
        get_int16_6, get_int16_7
    procedure, private :: get_bool_1, get_bool_2, get_bool_3, get_bool_4, get_bool_5, get_bool_6, &
        get_bool_7
    procedure, private :: get_logical_1, get_logical_2, get_logical_3, get_logical_4, &
        get_logical_5, get_logical_6, get_logical_7
    procedure, private :: get_text_0, get_text_1
    procedure, private :: map_int32_1, map_int32_2, map_int32_3, map_int32_4, map_int32_5, &
        map_int32_6, map_int32_7
    procedure, private :: map_int64_1, map_int64_2, map_int64_3, map_int64_4, map_int64_5, &
        map_int64_6, map_int64_7
    procedure, private :: map_float32_1, map_float32_2, map_float32_3, map_float32_4, &
        map_float32_5, map_float32_6, map_float32_7
    procedure, private :: map_float64_1, map_float64_2, map_float64_3, map_float64_4, &
        map_float64_5, map_float64_6, map_float64_7
    procedure, private :: map_complex64_1, map_complex64_2, map_complex64_3, map_complex64_4, &
        map_complex64_5, map_complex64_6, map_complex64_7
    procedure, private :: map_complex128_1, map_complex128_2, map_complex128_3, map_complex128_4, &
        map_complex128_5, map_complex128_6, map_complex128_7
    procedure, private :: map_int8_1, map_int8_2, map_int8_3, map_int8_4, map_int8_5, map_int8_6, &
        map_int8_7
    procedure, private :: map_int16_1, map_int16_2, map_int16_3, map_int16_4, map_int16_5, &
        map_int16_6, map_int16_7
    procedure, private :: map_bool_1, map_bool_2, map_bool_3, map_bool_4, map_bool_5, map_bool_6, &
        map_bool_7
  end type

contains

  recursive subroutine loaded_verify(self, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call settle_reader(c_loaded_verify(self%handle), stat, errmsg)
  end subroutine

  recursive subroutine no_memory(stat, errmsg)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call settle_value(METALAB_ERR_MEMORY, c_null_ptr, 'get: no memory for the array', stat, errmsg)
  end subroutine

  recursive subroutine get_text_0(self, text, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    character(len=:), allocatable, intent(out) :: text
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    character(kind=c_char), allocatable, target :: bytes(:)
    integer(int64) :: extents(0)
    integer :: i, length

    if (.not. fits(self, METALAB_DTYPE_STRING, 0, extents, stat, errmsg)) return
    allocate (bytes(text_length(self)))
    if (size(bytes) > 0) call take(self, size(bytes), c_loc(bytes))
    length = size(bytes)
    do while (length > 0)
      if (bytes(length) /= c_null_char) exit
      length = length - 1
    end do
    allocate (character(len=length) :: text)
    do i = 1, length
      text(i:i) = bytes(i)
    end do
  end subroutine

  !> Texts with blanks in the place of the NULs at their ends.
  recursive subroutine get_text_1(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    character(len=*), allocatable, intent(out) :: array(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    character(kind=c_char), allocatable, target :: bytes(:, :)
    integer(int64) :: n(1), k
    integer :: error, length, i

    if (.not. fits(self, METALAB_DTYPE_STRING, 1, n, stat, errmsg)) return
    length = text_length(self)
    if (.not. has_room(len(array), int(length, int64), stat, errmsg)) return
    allocate (array(n(1)), stat=error)
    if (error == 0) allocate (bytes(length, n(1)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(bytes) > 0) call take(self, length, c_loc(bytes))
    do k = 1, n(1)
      array(k) = ''
      do i = 1, length
        if (bytes(i, k) /= c_null_char) array(k)(i:i) = bytes(i, k)
      end do
    end do
  end subroutine

  recursive subroutine get_int32_1(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int32), allocatable, intent(out), target :: array(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(1)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_INT32, 1, n, stat, errmsg)) return
    allocate (array(n(1)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 4, c_loc(array))
  end subroutine

  recursive subroutine get_int32_2(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int32), allocatable, intent(out), target :: array(:, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(2)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_INT32, 2, n, stat, errmsg)) return
    allocate (array(n(1), n(2)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 4, c_loc(array))
  end subroutine

  recursive subroutine get_int32_3(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int32), allocatable, intent(out), target :: array(:, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(3)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_INT32, 3, n, stat, errmsg)) return
    allocate (array(n(1), n(2), n(3)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 4, c_loc(array))
  end subroutine

  recursive subroutine get_int32_4(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int32), allocatable, intent(out), target :: array(:, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(4)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_INT32, 4, n, stat, errmsg)) return
    allocate (array(n(1), n(2), n(3), n(4)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 4, c_loc(array))
  end subroutine

  recursive subroutine get_int32_5(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int32), allocatable, intent(out), target :: array(:, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(5)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_INT32, 5, n, stat, errmsg)) return
    allocate (array(n(1), n(2), n(3), n(4), n(5)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 4, c_loc(array))
  end subroutine

  recursive subroutine get_int32_6(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int32), allocatable, intent(out), target :: array(:, :, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(6)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_INT32, 6, n, stat, errmsg)) return
    allocate (array(n(1), n(2), n(3), n(4), n(5), n(6)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 4, c_loc(array))
  end subroutine

  recursive subroutine get_int32_7(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int32), allocatable, intent(out), target :: array(:, :, :, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(7)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_INT32, 7, n, stat, errmsg)) return
    allocate (array(n(1), n(2), n(3), n(4), n(5), n(6), n(7)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 4, c_loc(array))
  end subroutine

  recursive subroutine get_int64_1(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int64), allocatable, intent(out), target :: array(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(1)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_INT64, 1, n, stat, errmsg)) return
    allocate (array(n(1)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 8, c_loc(array))
  end subroutine

  recursive subroutine get_int64_2(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int64), allocatable, intent(out), target :: array(:, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(2)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_INT64, 2, n, stat, errmsg)) return
    allocate (array(n(1), n(2)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 8, c_loc(array))
  end subroutine

  recursive subroutine get_int64_3(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int64), allocatable, intent(out), target :: array(:, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(3)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_INT64, 3, n, stat, errmsg)) return
    allocate (array(n(1), n(2), n(3)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 8, c_loc(array))
  end subroutine

  recursive subroutine get_int64_4(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int64), allocatable, intent(out), target :: array(:, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(4)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_INT64, 4, n, stat, errmsg)) return
    allocate (array(n(1), n(2), n(3), n(4)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 8, c_loc(array))
  end subroutine

  recursive subroutine get_int64_5(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int64), allocatable, intent(out), target :: array(:, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(5)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_INT64, 5, n, stat, errmsg)) return
    allocate (array(n(1), n(2), n(3), n(4), n(5)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 8, c_loc(array))
  end subroutine

  recursive subroutine get_int64_6(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int64), allocatable, intent(out), target :: array(:, :, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(6)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_INT64, 6, n, stat, errmsg)) return
    allocate (array(n(1), n(2), n(3), n(4), n(5), n(6)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 8, c_loc(array))
  end subroutine

  recursive subroutine get_int64_7(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int64), allocatable, intent(out), target :: array(:, :, :, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(7)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_INT64, 7, n, stat, errmsg)) return
    allocate (array(n(1), n(2), n(3), n(4), n(5), n(6), n(7)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 8, c_loc(array))
  end subroutine

  recursive subroutine get_float32_1(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    real(real32), allocatable, intent(out), target :: array(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(1)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_FLOAT32, 1, n, stat, errmsg)) return
    allocate (array(n(1)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 4, c_loc(array))
  end subroutine

  recursive subroutine get_float32_2(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    real(real32), allocatable, intent(out), target :: array(:, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(2)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_FLOAT32, 2, n, stat, errmsg)) return
    allocate (array(n(1), n(2)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 4, c_loc(array))
  end subroutine

  recursive subroutine get_float32_3(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    real(real32), allocatable, intent(out), target :: array(:, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(3)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_FLOAT32, 3, n, stat, errmsg)) return
    allocate (array(n(1), n(2), n(3)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 4, c_loc(array))
  end subroutine

  recursive subroutine get_float32_4(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    real(real32), allocatable, intent(out), target :: array(:, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(4)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_FLOAT32, 4, n, stat, errmsg)) return
    allocate (array(n(1), n(2), n(3), n(4)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 4, c_loc(array))
  end subroutine

  recursive subroutine get_float32_5(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    real(real32), allocatable, intent(out), target :: array(:, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(5)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_FLOAT32, 5, n, stat, errmsg)) return
    allocate (array(n(1), n(2), n(3), n(4), n(5)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 4, c_loc(array))
  end subroutine

  recursive subroutine get_float32_6(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    real(real32), allocatable, intent(out), target :: array(:, :, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(6)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_FLOAT32, 6, n, stat, errmsg)) return
    allocate (array(n(1), n(2), n(3), n(4), n(5), n(6)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 4, c_loc(array))
  end subroutine

  recursive subroutine get_float32_7(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    real(real32), allocatable, intent(out), target :: array(:, :, :, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(7)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_FLOAT32, 7, n, stat, errmsg)) return
    allocate (array(n(1), n(2), n(3), n(4), n(5), n(6), n(7)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 4, c_loc(array))
  end subroutine

  recursive subroutine get_float64_1(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    real(real64), allocatable, intent(out), target :: array(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(1)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_FLOAT64, 1, n, stat, errmsg)) return
    allocate (array(n(1)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 8, c_loc(array))
  end subroutine

  recursive subroutine get_float64_2(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    real(real64), allocatable, intent(out), target :: array(:, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(2)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_FLOAT64, 2, n, stat, errmsg)) return
    allocate (array(n(1), n(2)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 8, c_loc(array))
  end subroutine

  recursive subroutine get_float64_3(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    real(real64), allocatable, intent(out), target :: array(:, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(3)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_FLOAT64, 3, n, stat, errmsg)) return
    allocate (array(n(1), n(2), n(3)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 8, c_loc(array))
  end subroutine

  recursive subroutine get_float64_4(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    real(real64), allocatable, intent(out), target :: array(:, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(4)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_FLOAT64, 4, n, stat, errmsg)) return
    allocate (array(n(1), n(2), n(3), n(4)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 8, c_loc(array))
  end subroutine

  recursive subroutine get_float64_5(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    real(real64), allocatable, intent(out), target :: array(:, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(5)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_FLOAT64, 5, n, stat, errmsg)) return
    allocate (array(n(1), n(2), n(3), n(4), n(5)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 8, c_loc(array))
  end subroutine

  recursive subroutine get_float64_6(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    real(real64), allocatable, intent(out), target :: array(:, :, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(6)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_FLOAT64, 6, n, stat, errmsg)) return
    allocate (array(n(1), n(2), n(3), n(4), n(5), n(6)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 8, c_loc(array))
  end subroutine

  recursive subroutine get_float64_7(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    real(real64), allocatable, intent(out), target :: array(:, :, :, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(7)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_FLOAT64, 7, n, stat, errmsg)) return
    allocate (array(n(1), n(2), n(3), n(4), n(5), n(6), n(7)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 8, c_loc(array))
  end subroutine

  recursive subroutine get_complex64_1(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    complex(real32), allocatable, intent(out), target :: array(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(1)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_COMPLEX64, 1, n, stat, errmsg)) return
    allocate (array(n(1)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 8, c_loc(array))
  end subroutine

  recursive subroutine get_complex64_2(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    complex(real32), allocatable, intent(out), target :: array(:, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(2)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_COMPLEX64, 2, n, stat, errmsg)) return
    allocate (array(n(1), n(2)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 8, c_loc(array))
  end subroutine

  recursive subroutine get_complex64_3(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    complex(real32), allocatable, intent(out), target :: array(:, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(3)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_COMPLEX64, 3, n, stat, errmsg)) return
    allocate (array(n(1), n(2), n(3)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 8, c_loc(array))
  end subroutine

  recursive subroutine get_complex64_4(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    complex(real32), allocatable, intent(out), target :: array(:, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(4)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_COMPLEX64, 4, n, stat, errmsg)) return
    allocate (array(n(1), n(2), n(3), n(4)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 8, c_loc(array))
  end subroutine

  recursive subroutine get_complex64_5(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    complex(real32), allocatable, intent(out), target :: array(:, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(5)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_COMPLEX64, 5, n, stat, errmsg)) return
    allocate (array(n(1), n(2), n(3), n(4), n(5)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 8, c_loc(array))
  end subroutine

  recursive subroutine get_complex64_6(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    complex(real32), allocatable, intent(out), target :: array(:, :, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(6)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_COMPLEX64, 6, n, stat, errmsg)) return
    allocate (array(n(1), n(2), n(3), n(4), n(5), n(6)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 8, c_loc(array))
  end subroutine

  recursive subroutine get_complex64_7(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    complex(real32), allocatable, intent(out), target :: array(:, :, :, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(7)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_COMPLEX64, 7, n, stat, errmsg)) return
    allocate (array(n(1), n(2), n(3), n(4), n(5), n(6), n(7)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 8, c_loc(array))
  end subroutine

  recursive subroutine get_complex128_1(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    complex(real64), allocatable, intent(out), target :: array(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(1)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_COMPLEX128, 1, n, stat, errmsg)) return
    allocate (array(n(1)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 16, c_loc(array))
  end subroutine

  recursive subroutine get_complex128_2(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    complex(real64), allocatable, intent(out), target :: array(:, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(2)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_COMPLEX128, 2, n, stat, errmsg)) return
    allocate (array(n(1), n(2)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 16, c_loc(array))
  end subroutine

  recursive subroutine get_complex128_3(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    complex(real64), allocatable, intent(out), target :: array(:, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(3)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_COMPLEX128, 3, n, stat, errmsg)) return
    allocate (array(n(1), n(2), n(3)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 16, c_loc(array))
  end subroutine

  recursive subroutine get_complex128_4(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    complex(real64), allocatable, intent(out), target :: array(:, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(4)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_COMPLEX128, 4, n, stat, errmsg)) return
    allocate (array(n(1), n(2), n(3), n(4)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 16, c_loc(array))
  end subroutine

  recursive subroutine get_complex128_5(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    complex(real64), allocatable, intent(out), target :: array(:, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(5)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_COMPLEX128, 5, n, stat, errmsg)) return
    allocate (array(n(1), n(2), n(3), n(4), n(5)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 16, c_loc(array))
  end subroutine

  recursive subroutine get_complex128_6(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    complex(real64), allocatable, intent(out), target :: array(:, :, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(6)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_COMPLEX128, 6, n, stat, errmsg)) return
    allocate (array(n(1), n(2), n(3), n(4), n(5), n(6)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 16, c_loc(array))
  end subroutine

  recursive subroutine get_complex128_7(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    complex(real64), allocatable, intent(out), target :: array(:, :, :, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(7)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_COMPLEX128, 7, n, stat, errmsg)) return
    allocate (array(n(1), n(2), n(3), n(4), n(5), n(6), n(7)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 16, c_loc(array))
  end subroutine

  recursive subroutine get_int8_1(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int8), allocatable, intent(out), target :: array(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(1)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_INT8, 1, n, stat, errmsg)) return
    allocate (array(n(1)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 1, c_loc(array))
  end subroutine

  recursive subroutine get_int8_2(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int8), allocatable, intent(out), target :: array(:, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(2)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_INT8, 2, n, stat, errmsg)) return
    allocate (array(n(1), n(2)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 1, c_loc(array))
  end subroutine

  recursive subroutine get_int8_3(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int8), allocatable, intent(out), target :: array(:, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(3)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_INT8, 3, n, stat, errmsg)) return
    allocate (array(n(1), n(2), n(3)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 1, c_loc(array))
  end subroutine

  recursive subroutine get_int8_4(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int8), allocatable, intent(out), target :: array(:, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(4)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_INT8, 4, n, stat, errmsg)) return
    allocate (array(n(1), n(2), n(3), n(4)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 1, c_loc(array))
  end subroutine

  recursive subroutine get_int8_5(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int8), allocatable, intent(out), target :: array(:, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(5)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_INT8, 5, n, stat, errmsg)) return
    allocate (array(n(1), n(2), n(3), n(4), n(5)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 1, c_loc(array))
  end subroutine

  recursive subroutine get_int8_6(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int8), allocatable, intent(out), target :: array(:, :, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(6)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_INT8, 6, n, stat, errmsg)) return
    allocate (array(n(1), n(2), n(3), n(4), n(5), n(6)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 1, c_loc(array))
  end subroutine

  recursive subroutine get_int8_7(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int8), allocatable, intent(out), target :: array(:, :, :, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(7)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_INT8, 7, n, stat, errmsg)) return
    allocate (array(n(1), n(2), n(3), n(4), n(5), n(6), n(7)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 1, c_loc(array))
  end subroutine

  recursive subroutine get_int16_1(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int16), allocatable, intent(out), target :: array(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(1)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_INT16, 1, n, stat, errmsg)) return
    allocate (array(n(1)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 2, c_loc(array))
  end subroutine

  recursive subroutine get_int16_2(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int16), allocatable, intent(out), target :: array(:, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(2)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_INT16, 2, n, stat, errmsg)) return
    allocate (array(n(1), n(2)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 2, c_loc(array))
  end subroutine

  recursive subroutine get_int16_3(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int16), allocatable, intent(out), target :: array(:, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(3)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_INT16, 3, n, stat, errmsg)) return
    allocate (array(n(1), n(2), n(3)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 2, c_loc(array))
  end subroutine

  recursive subroutine get_int16_4(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int16), allocatable, intent(out), target :: array(:, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(4)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_INT16, 4, n, stat, errmsg)) return
    allocate (array(n(1), n(2), n(3), n(4)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 2, c_loc(array))
  end subroutine

  recursive subroutine get_int16_5(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int16), allocatable, intent(out), target :: array(:, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(5)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_INT16, 5, n, stat, errmsg)) return
    allocate (array(n(1), n(2), n(3), n(4), n(5)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 2, c_loc(array))
  end subroutine

  recursive subroutine get_int16_6(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int16), allocatable, intent(out), target :: array(:, :, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(6)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_INT16, 6, n, stat, errmsg)) return
    allocate (array(n(1), n(2), n(3), n(4), n(5), n(6)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 2, c_loc(array))
  end subroutine

  recursive subroutine get_int16_7(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int16), allocatable, intent(out), target :: array(:, :, :, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(7)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_INT16, 7, n, stat, errmsg)) return
    allocate (array(n(1), n(2), n(3), n(4), n(5), n(6), n(7)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 2, c_loc(array))
  end subroutine

  recursive subroutine get_bool_1(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    logical(c_bool), allocatable, intent(out), target :: array(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(1)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_BOOL, 1, n, stat, errmsg)) return
    allocate (array(n(1)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 1, c_loc(array))
  end subroutine

  recursive subroutine get_bool_2(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    logical(c_bool), allocatable, intent(out), target :: array(:, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(2)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_BOOL, 2, n, stat, errmsg)) return
    allocate (array(n(1), n(2)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 1, c_loc(array))
  end subroutine

  recursive subroutine get_bool_3(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    logical(c_bool), allocatable, intent(out), target :: array(:, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(3)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_BOOL, 3, n, stat, errmsg)) return
    allocate (array(n(1), n(2), n(3)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 1, c_loc(array))
  end subroutine

  recursive subroutine get_bool_4(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    logical(c_bool), allocatable, intent(out), target :: array(:, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(4)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_BOOL, 4, n, stat, errmsg)) return
    allocate (array(n(1), n(2), n(3), n(4)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 1, c_loc(array))
  end subroutine

  recursive subroutine get_bool_5(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    logical(c_bool), allocatable, intent(out), target :: array(:, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(5)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_BOOL, 5, n, stat, errmsg)) return
    allocate (array(n(1), n(2), n(3), n(4), n(5)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 1, c_loc(array))
  end subroutine

  recursive subroutine get_bool_6(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    logical(c_bool), allocatable, intent(out), target :: array(:, :, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(6)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_BOOL, 6, n, stat, errmsg)) return
    allocate (array(n(1), n(2), n(3), n(4), n(5), n(6)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 1, c_loc(array))
  end subroutine

  recursive subroutine get_bool_7(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    logical(c_bool), allocatable, intent(out), target :: array(:, :, :, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(7)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_BOOL, 7, n, stat, errmsg)) return
    allocate (array(n(1), n(2), n(3), n(4), n(5), n(6), n(7)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(array) > 0) call take(self, 1, c_loc(array))
  end subroutine

  recursive subroutine get_logical_1(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    logical, allocatable, intent(out) :: array(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(c_int8_t), allocatable, target :: bytes(:)
    integer(int64) :: n(1)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_BOOL, 1, n, stat, errmsg)) return
    allocate (array(n(1)), bytes(n(1)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(bytes) > 0) call take(self, 1, c_loc(bytes))
    array = bytes /= 0_c_int8_t
  end subroutine

  recursive subroutine get_logical_2(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    logical, allocatable, intent(out) :: array(:, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(c_int8_t), allocatable, target :: bytes(:, :)
    integer(int64) :: n(2)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_BOOL, 2, n, stat, errmsg)) return
    allocate (array(n(1), n(2)), bytes(n(1), n(2)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(bytes) > 0) call take(self, 1, c_loc(bytes))
    array = bytes /= 0_c_int8_t
  end subroutine

  recursive subroutine get_logical_3(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    logical, allocatable, intent(out) :: array(:, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(c_int8_t), allocatable, target :: bytes(:, :, :)
    integer(int64) :: n(3)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_BOOL, 3, n, stat, errmsg)) return
    allocate (array(n(1), n(2), n(3)), bytes(n(1), n(2), n(3)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(bytes) > 0) call take(self, 1, c_loc(bytes))
    array = bytes /= 0_c_int8_t
  end subroutine

  recursive subroutine get_logical_4(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    logical, allocatable, intent(out) :: array(:, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(c_int8_t), allocatable, target :: bytes(:, :, :, :)
    integer(int64) :: n(4)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_BOOL, 4, n, stat, errmsg)) return
    allocate (array(n(1), n(2), n(3), n(4)), bytes(n(1), n(2), n(3), n(4)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(bytes) > 0) call take(self, 1, c_loc(bytes))
    array = bytes /= 0_c_int8_t
  end subroutine

  recursive subroutine get_logical_5(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    logical, allocatable, intent(out) :: array(:, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(c_int8_t), allocatable, target :: bytes(:, :, :, :, :)
    integer(int64) :: n(5)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_BOOL, 5, n, stat, errmsg)) return
    allocate (array(n(1), n(2), n(3), n(4), n(5)), bytes(n(1), n(2), n(3), n(4), n(5)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(bytes) > 0) call take(self, 1, c_loc(bytes))
    array = bytes /= 0_c_int8_t
  end subroutine

  recursive subroutine get_logical_6(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    logical, allocatable, intent(out) :: array(:, :, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(c_int8_t), allocatable, target :: bytes(:, :, :, :, :, :)
    integer(int64) :: n(6)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_BOOL, 6, n, stat, errmsg)) return
    allocate (array(n(1), n(2), n(3), n(4), n(5), n(6)), bytes(n(1), n(2), n(3), n(4), n(5), n(6)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(bytes) > 0) call take(self, 1, c_loc(bytes))
    array = bytes /= 0_c_int8_t
  end subroutine

  recursive subroutine get_logical_7(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    logical, allocatable, intent(out) :: array(:, :, :, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(c_int8_t), allocatable, target :: bytes(:, :, :, :, :, :, :)
    integer(int64) :: n(7)
    integer :: error

    if (.not. fits(self, METALAB_DTYPE_BOOL, 7, n, stat, errmsg)) return
    allocate (array(n(1), n(2), n(3), n(4), n(5), n(6), n(7)), bytes(n(1), n(2), n(3), n(4), n(5), n(6), n(7)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(bytes) > 0) call take(self, 1, c_loc(bytes))
    array = bytes /= 0_c_int8_t
  end subroutine

  recursive subroutine map_int32_1(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int32), pointer, contiguous, intent(out) :: array(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(1)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_INT32, 1, n, stat, errmsg)) return
    if (stored_in_place(self, 1, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_int32_2(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int32), pointer, contiguous, intent(out) :: array(:, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(2)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_INT32, 2, n, stat, errmsg)) return
    if (stored_in_place(self, 2, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_int32_3(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int32), pointer, contiguous, intent(out) :: array(:, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(3)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_INT32, 3, n, stat, errmsg)) return
    if (stored_in_place(self, 3, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_int32_4(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int32), pointer, contiguous, intent(out) :: array(:, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(4)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_INT32, 4, n, stat, errmsg)) return
    if (stored_in_place(self, 4, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_int32_5(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int32), pointer, contiguous, intent(out) :: array(:, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(5)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_INT32, 5, n, stat, errmsg)) return
    if (stored_in_place(self, 5, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_int32_6(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int32), pointer, contiguous, intent(out) :: array(:, :, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(6)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_INT32, 6, n, stat, errmsg)) return
    if (stored_in_place(self, 6, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_int32_7(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int32), pointer, contiguous, intent(out) :: array(:, :, :, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(7)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_INT32, 7, n, stat, errmsg)) return
    if (stored_in_place(self, 7, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_int64_1(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int64), pointer, contiguous, intent(out) :: array(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(1)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_INT64, 1, n, stat, errmsg)) return
    if (stored_in_place(self, 1, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_int64_2(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int64), pointer, contiguous, intent(out) :: array(:, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(2)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_INT64, 2, n, stat, errmsg)) return
    if (stored_in_place(self, 2, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_int64_3(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int64), pointer, contiguous, intent(out) :: array(:, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(3)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_INT64, 3, n, stat, errmsg)) return
    if (stored_in_place(self, 3, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_int64_4(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int64), pointer, contiguous, intent(out) :: array(:, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(4)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_INT64, 4, n, stat, errmsg)) return
    if (stored_in_place(self, 4, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_int64_5(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int64), pointer, contiguous, intent(out) :: array(:, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(5)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_INT64, 5, n, stat, errmsg)) return
    if (stored_in_place(self, 5, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_int64_6(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int64), pointer, contiguous, intent(out) :: array(:, :, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(6)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_INT64, 6, n, stat, errmsg)) return
    if (stored_in_place(self, 6, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_int64_7(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int64), pointer, contiguous, intent(out) :: array(:, :, :, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(7)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_INT64, 7, n, stat, errmsg)) return
    if (stored_in_place(self, 7, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_float32_1(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    real(real32), pointer, contiguous, intent(out) :: array(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(1)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_FLOAT32, 1, n, stat, errmsg)) return
    if (stored_in_place(self, 1, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_float32_2(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    real(real32), pointer, contiguous, intent(out) :: array(:, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(2)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_FLOAT32, 2, n, stat, errmsg)) return
    if (stored_in_place(self, 2, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_float32_3(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    real(real32), pointer, contiguous, intent(out) :: array(:, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(3)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_FLOAT32, 3, n, stat, errmsg)) return
    if (stored_in_place(self, 3, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_float32_4(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    real(real32), pointer, contiguous, intent(out) :: array(:, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(4)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_FLOAT32, 4, n, stat, errmsg)) return
    if (stored_in_place(self, 4, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_float32_5(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    real(real32), pointer, contiguous, intent(out) :: array(:, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(5)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_FLOAT32, 5, n, stat, errmsg)) return
    if (stored_in_place(self, 5, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_float32_6(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    real(real32), pointer, contiguous, intent(out) :: array(:, :, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(6)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_FLOAT32, 6, n, stat, errmsg)) return
    if (stored_in_place(self, 6, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_float32_7(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    real(real32), pointer, contiguous, intent(out) :: array(:, :, :, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(7)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_FLOAT32, 7, n, stat, errmsg)) return
    if (stored_in_place(self, 7, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_float64_1(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    real(real64), pointer, contiguous, intent(out) :: array(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(1)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_FLOAT64, 1, n, stat, errmsg)) return
    if (stored_in_place(self, 1, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_float64_2(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    real(real64), pointer, contiguous, intent(out) :: array(:, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(2)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_FLOAT64, 2, n, stat, errmsg)) return
    if (stored_in_place(self, 2, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_float64_3(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    real(real64), pointer, contiguous, intent(out) :: array(:, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(3)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_FLOAT64, 3, n, stat, errmsg)) return
    if (stored_in_place(self, 3, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_float64_4(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    real(real64), pointer, contiguous, intent(out) :: array(:, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(4)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_FLOAT64, 4, n, stat, errmsg)) return
    if (stored_in_place(self, 4, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_float64_5(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    real(real64), pointer, contiguous, intent(out) :: array(:, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(5)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_FLOAT64, 5, n, stat, errmsg)) return
    if (stored_in_place(self, 5, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_float64_6(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    real(real64), pointer, contiguous, intent(out) :: array(:, :, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(6)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_FLOAT64, 6, n, stat, errmsg)) return
    if (stored_in_place(self, 6, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_float64_7(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    real(real64), pointer, contiguous, intent(out) :: array(:, :, :, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(7)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_FLOAT64, 7, n, stat, errmsg)) return
    if (stored_in_place(self, 7, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_complex64_1(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    complex(real32), pointer, contiguous, intent(out) :: array(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(1)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_COMPLEX64, 1, n, stat, errmsg)) return
    if (stored_in_place(self, 1, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_complex64_2(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    complex(real32), pointer, contiguous, intent(out) :: array(:, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(2)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_COMPLEX64, 2, n, stat, errmsg)) return
    if (stored_in_place(self, 2, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_complex64_3(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    complex(real32), pointer, contiguous, intent(out) :: array(:, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(3)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_COMPLEX64, 3, n, stat, errmsg)) return
    if (stored_in_place(self, 3, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_complex64_4(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    complex(real32), pointer, contiguous, intent(out) :: array(:, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(4)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_COMPLEX64, 4, n, stat, errmsg)) return
    if (stored_in_place(self, 4, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_complex64_5(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    complex(real32), pointer, contiguous, intent(out) :: array(:, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(5)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_COMPLEX64, 5, n, stat, errmsg)) return
    if (stored_in_place(self, 5, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_complex64_6(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    complex(real32), pointer, contiguous, intent(out) :: array(:, :, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(6)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_COMPLEX64, 6, n, stat, errmsg)) return
    if (stored_in_place(self, 6, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_complex64_7(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    complex(real32), pointer, contiguous, intent(out) :: array(:, :, :, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(7)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_COMPLEX64, 7, n, stat, errmsg)) return
    if (stored_in_place(self, 7, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_complex128_1(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    complex(real64), pointer, contiguous, intent(out) :: array(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(1)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_COMPLEX128, 1, n, stat, errmsg)) return
    if (stored_in_place(self, 1, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_complex128_2(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    complex(real64), pointer, contiguous, intent(out) :: array(:, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(2)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_COMPLEX128, 2, n, stat, errmsg)) return
    if (stored_in_place(self, 2, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_complex128_3(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    complex(real64), pointer, contiguous, intent(out) :: array(:, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(3)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_COMPLEX128, 3, n, stat, errmsg)) return
    if (stored_in_place(self, 3, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_complex128_4(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    complex(real64), pointer, contiguous, intent(out) :: array(:, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(4)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_COMPLEX128, 4, n, stat, errmsg)) return
    if (stored_in_place(self, 4, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_complex128_5(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    complex(real64), pointer, contiguous, intent(out) :: array(:, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(5)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_COMPLEX128, 5, n, stat, errmsg)) return
    if (stored_in_place(self, 5, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_complex128_6(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    complex(real64), pointer, contiguous, intent(out) :: array(:, :, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(6)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_COMPLEX128, 6, n, stat, errmsg)) return
    if (stored_in_place(self, 6, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_complex128_7(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    complex(real64), pointer, contiguous, intent(out) :: array(:, :, :, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(7)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_COMPLEX128, 7, n, stat, errmsg)) return
    if (stored_in_place(self, 7, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_int8_1(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int8), pointer, contiguous, intent(out) :: array(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(1)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_INT8, 1, n, stat, errmsg)) return
    if (stored_in_place(self, 1, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_int8_2(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int8), pointer, contiguous, intent(out) :: array(:, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(2)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_INT8, 2, n, stat, errmsg)) return
    if (stored_in_place(self, 2, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_int8_3(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int8), pointer, contiguous, intent(out) :: array(:, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(3)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_INT8, 3, n, stat, errmsg)) return
    if (stored_in_place(self, 3, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_int8_4(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int8), pointer, contiguous, intent(out) :: array(:, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(4)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_INT8, 4, n, stat, errmsg)) return
    if (stored_in_place(self, 4, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_int8_5(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int8), pointer, contiguous, intent(out) :: array(:, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(5)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_INT8, 5, n, stat, errmsg)) return
    if (stored_in_place(self, 5, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_int8_6(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int8), pointer, contiguous, intent(out) :: array(:, :, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(6)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_INT8, 6, n, stat, errmsg)) return
    if (stored_in_place(self, 6, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_int8_7(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int8), pointer, contiguous, intent(out) :: array(:, :, :, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(7)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_INT8, 7, n, stat, errmsg)) return
    if (stored_in_place(self, 7, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_int16_1(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int16), pointer, contiguous, intent(out) :: array(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(1)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_INT16, 1, n, stat, errmsg)) return
    if (stored_in_place(self, 1, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_int16_2(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int16), pointer, contiguous, intent(out) :: array(:, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(2)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_INT16, 2, n, stat, errmsg)) return
    if (stored_in_place(self, 2, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_int16_3(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int16), pointer, contiguous, intent(out) :: array(:, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(3)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_INT16, 3, n, stat, errmsg)) return
    if (stored_in_place(self, 3, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_int16_4(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int16), pointer, contiguous, intent(out) :: array(:, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(4)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_INT16, 4, n, stat, errmsg)) return
    if (stored_in_place(self, 4, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_int16_5(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int16), pointer, contiguous, intent(out) :: array(:, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(5)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_INT16, 5, n, stat, errmsg)) return
    if (stored_in_place(self, 5, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_int16_6(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int16), pointer, contiguous, intent(out) :: array(:, :, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(6)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_INT16, 6, n, stat, errmsg)) return
    if (stored_in_place(self, 6, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_int16_7(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer(int16), pointer, contiguous, intent(out) :: array(:, :, :, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(7)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_INT16, 7, n, stat, errmsg)) return
    if (stored_in_place(self, 7, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_bool_1(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    logical(c_bool), pointer, contiguous, intent(out) :: array(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(1)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_BOOL, 1, n, stat, errmsg)) return
    if (stored_in_place(self, 1, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_bool_2(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    logical(c_bool), pointer, contiguous, intent(out) :: array(:, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(2)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_BOOL, 2, n, stat, errmsg)) return
    if (stored_in_place(self, 2, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_bool_3(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    logical(c_bool), pointer, contiguous, intent(out) :: array(:, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(3)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_BOOL, 3, n, stat, errmsg)) return
    if (stored_in_place(self, 3, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_bool_4(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    logical(c_bool), pointer, contiguous, intent(out) :: array(:, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(4)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_BOOL, 4, n, stat, errmsg)) return
    if (stored_in_place(self, 4, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_bool_5(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    logical(c_bool), pointer, contiguous, intent(out) :: array(:, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(5)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_BOOL, 5, n, stat, errmsg)) return
    if (stored_in_place(self, 5, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_bool_6(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    logical(c_bool), pointer, contiguous, intent(out) :: array(:, :, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(6)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_BOOL, 6, n, stat, errmsg)) return
    if (stored_in_place(self, 6, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

  recursive subroutine map_bool_7(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    logical(c_bool), pointer, contiguous, intent(out) :: array(:, :, :, :, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n(7)
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, METALAB_DTYPE_BOOL, 7, n, stat, errmsg)) return
    if (stored_in_place(self, 7, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine

end module
