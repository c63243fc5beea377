!> Texts to and from C, and what becomes of an error.
module metalab_support_m
  use, intrinsic :: iso_c_binding
  use, intrinsic :: iso_fortran_env, only: error_unit
  use metalab_c_m
  use metalab_constants_m
  implicit none
  private
  public :: c_text, pointer_to, taken, copied, last_error, metalab_last_error
  public :: failed, say, fail_value, fail_memory, fail_array, fail_unassociated, settle, settle_value

  integer, parameter :: near_size = 256

  !> Room for a text as C has it. Names fit into what is near, and cost no allocation.
  type :: c_text
    character(kind=c_char) :: near(near_size)
    character(kind=c_char), allocatable :: far(:)
  end type

contains

  !> The text without trailing blanks as C has it, in `room`, which has to stay as long; NULL if
  !> it is absent. The library refuses a text with a NUL inside.
  recursive function pointer_to(text, room) result(pointer)
    character(len=*), intent(in), optional :: text
    type(c_text), intent(inout), target :: room
    type(c_ptr) :: pointer
    integer :: length, i
    logical :: has_nul

    pointer = c_null_ptr
    if (.not. present(text)) return
    length = len_trim(text)
    has_nul = .false.
    if (length < near_size) then
      do i = 1, length
        room%near(i) = text(i:i)
        has_nul = has_nul .or. text(i:i) == c_null_char
      end do
      room%near(length + 1) = c_null_char
      pointer = c_loc(room%near(1))
    else
      allocate (room%far(length + 1))
      do i = 1, length
        room%far(i) = text(i:i)
        has_nul = has_nul .or. text(i:i) == c_null_char
      end do
      room%far(length + 1) = c_null_char
      pointer = c_loc(room%far(1))
    end if
    if (has_nul) pointer = with_nul(text(:length), room)
  end function

  !> A text with a NUL inside, which would end there in C. A NUL becomes that of modified UTF-8, which the library
  !> refuses in every argument, and names the argument.
  recursive function with_nul(text, room) result(pointer)
    character(len=*), intent(in) :: text
    type(c_text), intent(inout), target :: room
    type(c_ptr) :: pointer
    integer :: length, i

    if (allocated(room%far)) deallocate (room%far)
    allocate (room%far(2 * len(text) + 1))
    length = 0
    do i = 1, len(text)
      length = length + 1
      room%far(length) = text(i:i)
      if (text(i:i) /= c_null_char) cycle
      room%far(length) = char(192)
      length = length + 1
      room%far(length) = char(128)
    end do
    room%far(length + 1) = c_null_char
    pointer = c_loc(room%far(1))
  end function

  !> A copy of a text of C.
  recursive function copied(pointer) result(text)
    type(c_ptr), intent(in) :: pointer
    character(len=:), allocatable :: text
    character(kind=c_char), pointer :: bytes(:)
    integer :: length, i

    length = 0
    if (c_associated(pointer)) length = int(c_strlen(pointer))
    allocate (character(len=length) :: text)
    if (length == 0) return
    call c_f_pointer(pointer, bytes, [length])
    do i = 1, length
      text(i:i) = bytes(i)
    end do
  end function

  !> A text that the library gave out, which is freed.
  recursive function taken(pointer) result(text)
    type(c_ptr), intent(in) :: pointer
    character(len=:), allocatable :: text

    text = copied(pointer)
    call c_string_free(pointer)
  end function

  recursive function last_error() result(text)
    character(len=:), allocatable :: text

    text = copied(c_last_error())
  end function

  !> The message of this thread's latest failure; empty if there was none.
  recursive function metalab_last_error() result(text)
    character(len=:), allocatable :: text

    text = last_error()
  end function

  !> Reports the status of a call: in `stat` and `errmsg`, or else, if it is an error, in the log of `capture`.
  recursive subroutine settle(status, capture, stat, errmsg)
    integer(c_int32_t), intent(in) :: status
    type(c_ptr), intent(in) :: capture
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (present(stat)) stat = int(status)
    if (status /= METALAB_OK) call failed(status, capture, present(stat), errmsg)
  end subroutine

  !> The part of `settle` that is not on the fast way. told: the caller has the status.
  recursive subroutine failed(status, capture, told, errmsg, message)
    integer(c_int32_t), intent(in) :: status
    type(c_ptr), intent(in) :: capture
    logical, intent(in) :: told
    character(len=*), intent(inout), optional :: errmsg
    !> Instead of the library's own.
    character(len=*), intent(in), optional :: message
    character(len=:), allocatable :: text

    if (told .and. .not. present(errmsg)) return
    if (present(message)) then
      text = message
    else if (status == METALAB_NO_CAPTURE) then
      text = 'there is no run'
    else if (status == METALAB_SKIP) then
      text = 'the run has already succeeded'
    else
      text = last_error()
    end if
    if (present(errmsg)) errmsg = text
    if (told) return
    select case (status)
    case (METALAB_NO_CAPTURE, METALAB_SKIP, METALAB_ERR_CLOSED)
      ! There is no log.
    case (METALAB_ERR_FULL)
      ! A line would take what room there is; the health document counts it.
    case default
      if (c_associated(capture)) then
        call log_failure(capture, text)
      else
        call say(text)
      end if
    end select
  end subroutine

  !> Where there is no log, and nobody asked for the status.
  recursive subroutine say(text)
    character(len=*), intent(in) :: text

    write (error_unit, '(2a)') 'metalab: ', text
  end subroutine

  recursive subroutine log_failure(capture, text)
    type(c_ptr), intent(in) :: capture
    character(len=*), intent(in) :: text
    integer(c_int32_t) :: status

    status = c_capture_log(capture, int(METALAB_LEVEL_ERROR, c_int32_t), text, len(text, c_size_t))
    ! There is nobody left to tell.
    if (status /= METALAB_OK) return
  end subroutine

  !> A value that the library is not even asked about.
  recursive subroutine fail_value(capture, message, stat, errmsg)
    type(c_ptr), intent(in) :: capture
    character(len=*), intent(in) :: message
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call settle_value(METALAB_ERR_VALUE, capture, message, stat, errmsg)
  end subroutine

  !> Like `settle`, with a message of ours.
  recursive subroutine settle_value(status, capture, message, stat, errmsg)
    integer, intent(in) :: status
    type(c_ptr), intent(in) :: capture
    character(len=*), intent(in) :: message
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (present(stat)) stat = status
    call failed(int(status, c_int32_t), capture, present(stat), errmsg, message)
  end subroutine

  recursive subroutine fail_memory(capture, stat, errmsg)
    type(c_ptr), intent(in) :: capture
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call settle_value(METALAB_ERR_MEMORY, capture, 'array: no memory for a copy of the logicals', stat, errmsg)
  end subroutine

  !> An array that is not allocated, or of which there is no memory for a copy.
  recursive subroutine fail_array(error, capture, name, stat, errmsg)
    integer, intent(in) :: error
    type(c_ptr), intent(in) :: capture
    character(len=*), intent(in) :: name
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (error == METALAB_ERR_MEMORY) then
      call fail_memory(capture, stat, errmsg)
    else
      call settle_value(error, capture, trim(name) // ': the array is not allocated', stat, errmsg)
    end if
  end subroutine

  recursive subroutine fail_unassociated(name, stat, errmsg)
    character(len=*), intent(in) :: name
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call settle_value(METALAB_ERR_NULL, c_null_ptr, trim(name) // ': the pointer is not associated', stat, errmsg)
  end subroutine
end module
