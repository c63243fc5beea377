!> The handle that all readers have, and the arrays and columns that C gives.
module metalab_reader_m
  use, intrinsic :: iso_c_binding
  use, intrinsic :: ieee_arithmetic, only: ieee_quiet_nan, ieee_value
  use, intrinsic :: iso_fortran_env, only: int64, real64
  use metalab_c_m
  use metalab_constants_m
  use metalab_counted_m
  use metalab_support_m
  implicit none
  private
  public :: reader_base
  public :: settle_reader, begin_loaded, fits, stored_in_place, take, text_length, has_room
  public :: real_values, integer_values, logical_values, text_values, valid_values, steps_of

  integer, parameter :: max_rank = 7

  !> A handle of a reader. A copy shares it. It is freed when any copy is closed, or when the last copy is finalized.
  type, extends(counted) :: reader_base
    private
    !> Of an array that was loaded.
    type(c_array) :: view
    integer(int64) :: extents(max_rank) = 0
  contains
    !> Frees the reader and the memory to which its pointers point. Call it for variables of a main program, which are
    !> not finalized.
    procedure :: close => reader_close
    generic :: assignment(=) => reader_assign
    procedure, private :: reader_assign
  end type

contains

  recursive subroutine reader_close(self)
    class(reader_base), intent(inout) :: self

    call self%release()
  end subroutine

  recursive subroutine reader_assign(self, other)
    class(reader_base), intent(inout) :: self
    class(reader_base), intent(in) :: other

    call self%share(other)
    self%view = other%view
    self%extents = other%extents
  end subroutine

  !> Reports the status of a call on a reader. There is no log: without `stat` an error is written to the error unit.
  recursive subroutine settle_reader(status, stat, errmsg)
    integer(c_int32_t), intent(in) :: status
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (present(stat)) stat = int(status)
    if (status == METALAB_OK) return
    if (status == METALAB_ERR_CLOSED .and. .not. present(stat)) then
      call say(last_error())
    else
      call failed(status, c_null_ptr, present(stat), errmsg)
    end if
  end subroutine

  ! --- Arrays

  !> Has `self` be an array that C has loaded.
  recursive subroutine begin_loaded(self, status, handle, array, stat, errmsg)
    class(reader_base), intent(inout) :: self
    integer(c_int32_t), intent(in) :: status
    type(c_ptr), intent(in) :: handle
    type(c_array), intent(in) :: array
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(c_int64_t), pointer :: shape(:)
    integer :: k

    call settle_reader(status, stat, errmsg)
    if (status /= METALAB_OK) then
      call self%close()
      return
    end if
    call self%own(handle, c_loaded_free)
    self%view = array
    self%extents = 0
    if (array%ndim < 1 .or. array%ndim > max_rank) return
    call c_f_pointer(array%shape, shape, [array%ndim])
    do k = 1, int(array%ndim)
      self%extents(k) = shape(k)
    end do
  end subroutine

  !> Returns true if the array has elements of this type and this rank; `extents` are its.
  recursive function fits(self, dtype, rank, extents, stat, errmsg) result(fit)
    class(reader_base), intent(in) :: self
    integer, intent(in) :: dtype, rank
    integer(int64), intent(out) :: extents(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    logical :: fit
    character(len=96) :: text

    extents = 0
    fit = .false.
    if (.not. self%is_open()) then
      call settle_value(METALAB_ERR_NULL, c_null_ptr, 'get: no array was loaded', stat, errmsg)
      return
    end if
    if (int(self%view%ndim) /= rank) then
      write (text, '(2(a, i0))') 'get: array: it has ', self%view%ndim, ' dimensions in the store, and not ', rank
      call settle_value(METALAB_ERR_VALUE, c_null_ptr, trim(text), stat, errmsg)
      return
    end if
    fit = self%view%dtype == dtype
    if (dtype == METALAB_DTYPE_STRING) fit = self%view%dtype >= METALAB_DTYPE_STRING
    if (.not. fit) then
      write (text, '(2(a, i0))') 'get: array: its elements in the store are of type ', self%view%dtype, ', and not ', dtype
      call settle_value(METALAB_ERR_VALUE, c_null_ptr, trim(text), stat, errmsg)
      return
    end if
    extents = self%extents(:rank)
    if (present(stat)) stat = METALAB_OK
  end function

  !> How many bytes each text has.
  recursive pure function text_length(self) result(length)
    class(reader_base), intent(in) :: self
    integer :: length

    length = int(self%view%dtype) - METALAB_DTYPE_STRING
  end function

  !> Returns true if texts of `length` characters have room for `longest` bytes.
  recursive function has_room(length, longest, stat, errmsg) result(has)
    integer, intent(in) :: length
    integer(int64), intent(in) :: longest
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    logical :: has
    character(len=96) :: text

    has = longest <= length
    if (has) return
    write (text, '(2(a, i0))') 'get: texts: one has ', longest, ' bytes, and there is room for ', length
    call settle_value(METALAB_ERR_VALUE, c_null_ptr, trim(text), stat, errmsg)
  end function

  !> Where the elements lie, if that is the order of Fortran.
  recursive function stored_in_place(self, rank, data, stat, errmsg) result(is_in_place)
    class(reader_base), intent(in) :: self
    integer, intent(in) :: rank
    type(c_ptr), intent(out) :: data
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    logical :: is_in_place

    data = self%view%data
    is_in_place = self%view%order == METALAB_ORDER_F .or. count(self%extents(:rank) /= 1) <= 1
    if (.not. is_in_place) call settle_value(METALAB_ERR_UNSUPPORTED, c_null_ptr, &
        'map: array: it is stored by rows; get copies it', stat, errmsg)
  end function

  !> Copies the elements to `to`, in the order of Fortran. element_size: in bytes.
  recursive subroutine take(self, element_size, to)
    class(reader_base), intent(in) :: self
    integer, intent(in) :: element_size
    type(c_ptr), intent(in) :: to
    integer(c_int8_t), pointer :: source(:, :), target(:, :)
    integer(int64) :: strides(max_rank), place(max_rank), count, k, at
    integer :: rank, i

    rank = max(1, int(self%view%ndim))
    count = 1
    if (self%view%ndim > 0) count = product(self%extents(:rank))
    if (count == 0) return
    call c_f_pointer(self%view%data, source, [int(element_size, int64), count])
    call c_f_pointer(to, target, [int(element_size, int64), count])
    if (self%view%order == METALAB_ORDER_F .or. rank == 1) then
      do k = 1, count
        target(:, k) = source(:, k)
      end do
      return
    end if
    strides(1) = 1
    do i = 2, rank
      strides(i) = strides(i - 1) * self%extents(i - 1)
    end do
    place = 0
    at = 1
    ! The last index is the first to change.
    do k = 1, count
      target(:, at) = source(:, k)
      do i = rank, 1, -1
        place(i) = place(i) + 1
        at = at + strides(i)
        if (place(i) < self%extents(i)) exit
        at = at - strides(i) * self%extents(i)
        place(i) = 0
      end do
    end do
  end subroutine

  ! --- Columns

  recursive subroutine wrong_column(column, wanted, stat, errmsg)
    type(c_column), intent(in) :: column
    character(len=*), intent(in) :: wanted
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call settle_value(METALAB_ERR_VALUE, c_null_ptr, copied(column%name) // ': its values are no ' // wanted, stat, errmsg)
  end subroutine

  !> Returns a column as reals. Missing values are NaN, also those of integers.
  recursive subroutine real_values(column, values, stat, errmsg)
    type(c_column), intent(in) :: column
    real(real64), allocatable, intent(out) :: values(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    real(c_double), pointer :: reals(:)
    integer(c_int64_t), pointer :: integers(:)
    integer(c_int8_t), pointer :: valid(:)
    integer(int64) :: k

    select case (column%column_type)
    case (METALAB_COLUMN_FLOAT)
      allocate (values(column%count))
      call c_f_pointer(column%values, reals, [column%count])
      do k = 1, size(values, kind=int64)
        values(k) = reals(k)
      end do
    case (METALAB_COLUMN_INT, METALAB_COLUMN_TIME)
      allocate (values(column%count))
      call c_f_pointer(column%values, integers, [column%count])
      do k = 1, size(values, kind=int64)
        values(k) = real(integers(k), real64)
      end do
      if (c_associated(column%valid)) then
        call c_f_pointer(column%valid, valid, [column%count])
        where (valid == 0) values = ieee_value(0d0, ieee_quiet_nan)
      end if
    case (METALAB_COLUMN_EMPTY)
      allocate (values(column%count))
      values = ieee_value(0d0, ieee_quiet_nan)
    case default
      call wrong_column(column, 'numbers', stat, errmsg)
      return
    end select
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine integer_values(column, values, stat, errmsg)
    type(c_column), intent(in) :: column
    integer(int64), allocatable, intent(out) :: values(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(c_int64_t), pointer :: integers(:)
    integer(int64) :: k

    select case (column%column_type)
    case (METALAB_COLUMN_INT, METALAB_COLUMN_TIME)
      allocate (values(column%count))
      call c_f_pointer(column%values, integers, [column%count])
      do k = 1, size(values, kind=int64)
        values(k) = integers(k)
      end do
    case (METALAB_COLUMN_EMPTY)
      allocate (values(column%count))
      do k = 1, size(values, kind=int64)
        values(k) = 0
      end do
    case default
      call wrong_column(column, 'integers', stat, errmsg)
      return
    end select
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine logical_values(column, values, stat, errmsg)
    type(c_column), intent(in) :: column
    logical, allocatable, intent(out) :: values(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(c_int8_t), pointer :: bytes(:)
    integer(int64) :: k

    if (column%column_type /= METALAB_COLUMN_BOOL .and. column%column_type /= METALAB_COLUMN_EMPTY) then
      call wrong_column(column, 'logicals', stat, errmsg)
      return
    end if
    allocate (values(column%count))
    if (column%column_type == METALAB_COLUMN_BOOL) call c_f_pointer(column%values, bytes, [column%count])
    do k = 1, size(values, kind=int64)
      values(k) = .false.
      if (column%column_type == METALAB_COLUMN_BOOL) values(k) = bytes(k) /= 0
    end do
    if (present(stat)) stat = METALAB_OK
  end subroutine

  !> Texts, of which none may be longer than the caller's.
  recursive subroutine text_values(column, values, stat, errmsg)
    type(c_column), intent(in) :: column
    character(len=*), allocatable, intent(out) :: values(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(c_int64_t), pointer :: offsets(:)
    character(kind=c_char), pointer :: bytes(:)
    integer(int64) :: k
    integer :: i

    if (column%column_type == METALAB_COLUMN_EMPTY) then
      allocate (values(column%count))
      values = ''
    else if (column%column_type /= METALAB_COLUMN_TEXT) then
      call wrong_column(column, 'texts', stat, errmsg)
      return
    else
      call c_f_pointer(column%offsets, offsets, [column%count + 1])
      call c_f_pointer(column%text, bytes, [offsets(column%count + 1)])
      if (column%count > 0) then
        if (.not. has_room(len(values), maxval(offsets(2:) - offsets(:column%count)), stat, errmsg)) return
      end if
      allocate (values(column%count))
      do k = 1, column%count
        values(k) = ''
        do i = 1, int(offsets(k + 1) - offsets(k))
          values(k)(i:i) = bytes(offsets(k) + i)
        end do
      end do
    end if
    if (present(stat)) stat = METALAB_OK
  end subroutine

  !> Where a column has values.
  recursive subroutine valid_values(column, is_there)
    type(c_column), intent(in) :: column
    logical, allocatable, intent(out) :: is_there(:)
    integer(c_int8_t), pointer :: bytes(:)
    integer(int64) :: k

    allocate (is_there(column%count))
    if (c_associated(column%valid)) call c_f_pointer(column%valid, bytes, [column%count])
    do k = 1, size(is_there, kind=int64)
      is_there(k) = column%column_type /= METALAB_COLUMN_EMPTY
      if (c_associated(column%valid)) is_there(k) = bytes(k) /= 0
    end do
  end subroutine

  recursive subroutine steps_of(count, from, steps)
    integer(c_size_t), intent(in) :: count
    type(c_ptr), intent(in) :: from
    integer(int64), allocatable, intent(out) :: steps(:)
    integer(c_int64_t), pointer :: all(:)
    integer(int64) :: k

    allocate (steps(count))
    if (count == 0) return
    call c_f_pointer(from, all, [count])
    do k = 1, count
      steps(k) = all(k)
    end do
  end subroutine
end module
