! Written by generate.py; do not edit.
!> A series of a capture, fed by handle.
module metalab_series_m
  use, intrinsic :: iso_c_binding
  use, intrinsic :: iso_fortran_env, only: int8, int16, int32, int64, real32, real64
  use metalab_c_m
  use metalab_constants_m
  use metalab_memory_m, only: distance
  use metalab_support_m
  implicit none
  private
  public :: metalab_series, declare_series

  !> A stepped metric whose points are emitted by handle, which is the fastest way: no name is looked up. Returned by a
  !> capture's `series`. It is valid while the run is open, and may be copied.
  type :: metalab_series
    private
    type(c_ptr) :: handle = c_null_ptr
    type(c_ptr) :: capture = c_null_ptr
  contains
    !> Emits a value at a step: an integer (8 to 64 bits), real (32 or 64), logical, logical(c_bool) or character.
    !> Steps may be in any order, and repeated.
    generic :: point => point_int8_int32, point_int8_int64
    generic :: point => point_int16_int32, point_int16_int64
    generic :: point => point_int32_int32, point_int32_int64
    generic :: point => point_int64_int32, point_int64_int64
    generic :: point => point_real32_int32, point_real32_int64
    generic :: point => point_real64_int32, point_real64_int64
    generic :: point => point_logical_int32, point_logical_int64
    generic :: point => point_bool_int32, point_bool_int64
    generic :: point => point_text_int32, point_text_int64
    !> Emits an array of values (real64 or int64) at an array of steps of the same size.
    generic :: points => points_real64, points_int64
    procedure, private :: points_real64, points_int64
    procedure, private :: point_int8_int32, point_int8_int64
    procedure, private :: point_int16_int32, point_int16_int64
    procedure, private :: point_int32_int32, point_int32_int64
    procedure, private :: point_int64_int32, point_int64_int64
    procedure, private :: point_real32_int32, point_real32_int64
    procedure, private :: point_real64_int32, point_real64_int64
    procedure, private :: point_logical_int32, point_logical_int64
    procedure, private :: point_bool_int32, point_bool_int64
    procedure, private :: point_text_int32, point_text_int64
  end type

contains

  recursive function declare_series(capture, name, unit, description, stat, errmsg) result(series)
    type(c_ptr), intent(in) :: capture
    character(len=*), intent(in) :: name
    character(len=*), intent(in), optional :: unit, description
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(metalab_series) :: series
    type(c_text), target :: name_room, unit_room, description_room
    integer(c_int32_t) :: status

    series%capture = capture
    status = c_capture_series(capture, pointer_to(name, name_room), pointer_to(unit, unit_room), &
        pointer_to(description, description_room), series%handle)
    call settle(status, capture, stat, errmsg)
  end function

  recursive subroutine point_int8_int32(self, step, value, stat, errmsg)
    class(metalab_series), intent(in) :: self
    integer(int32), intent(in) :: step
    integer(int8), intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(c_int32_t) :: status

    status = c_series_point_i64(self%handle, int(step, c_int64_t), int(value, c_int64_t))
    if (present(stat)) stat = int(status)
    if (status /= METALAB_OK) call failed(status, self%capture, present(stat), errmsg)
  end subroutine

  recursive subroutine point_int8_int64(self, step, value, stat, errmsg)
    class(metalab_series), intent(in) :: self
    integer(int64), intent(in) :: step
    integer(int8), intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(c_int32_t) :: status

    status = c_series_point_i64(self%handle, step, int(value, c_int64_t))
    if (present(stat)) stat = int(status)
    if (status /= METALAB_OK) call failed(status, self%capture, present(stat), errmsg)
  end subroutine

  recursive subroutine point_int16_int32(self, step, value, stat, errmsg)
    class(metalab_series), intent(in) :: self
    integer(int32), intent(in) :: step
    integer(int16), intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(c_int32_t) :: status

    status = c_series_point_i64(self%handle, int(step, c_int64_t), int(value, c_int64_t))
    if (present(stat)) stat = int(status)
    if (status /= METALAB_OK) call failed(status, self%capture, present(stat), errmsg)
  end subroutine

  recursive subroutine point_int16_int64(self, step, value, stat, errmsg)
    class(metalab_series), intent(in) :: self
    integer(int64), intent(in) :: step
    integer(int16), intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(c_int32_t) :: status

    status = c_series_point_i64(self%handle, step, int(value, c_int64_t))
    if (present(stat)) stat = int(status)
    if (status /= METALAB_OK) call failed(status, self%capture, present(stat), errmsg)
  end subroutine

  recursive subroutine point_int32_int32(self, step, value, stat, errmsg)
    class(metalab_series), intent(in) :: self
    integer(int32), intent(in) :: step
    integer(int32), intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(c_int32_t) :: status

    status = c_series_point_i64(self%handle, int(step, c_int64_t), int(value, c_int64_t))
    if (present(stat)) stat = int(status)
    if (status /= METALAB_OK) call failed(status, self%capture, present(stat), errmsg)
  end subroutine

  recursive subroutine point_int32_int64(self, step, value, stat, errmsg)
    class(metalab_series), intent(in) :: self
    integer(int64), intent(in) :: step
    integer(int32), intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(c_int32_t) :: status

    status = c_series_point_i64(self%handle, step, int(value, c_int64_t))
    if (present(stat)) stat = int(status)
    if (status /= METALAB_OK) call failed(status, self%capture, present(stat), errmsg)
  end subroutine

  recursive subroutine point_int64_int32(self, step, value, stat, errmsg)
    class(metalab_series), intent(in) :: self
    integer(int32), intent(in) :: step
    integer(int64), intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(c_int32_t) :: status

    status = c_series_point_i64(self%handle, int(step, c_int64_t), value)
    if (present(stat)) stat = int(status)
    if (status /= METALAB_OK) call failed(status, self%capture, present(stat), errmsg)
  end subroutine

  recursive subroutine point_int64_int64(self, step, value, stat, errmsg)
    class(metalab_series), intent(in) :: self
    integer(int64), intent(in) :: step
    integer(int64), intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(c_int32_t) :: status

    status = c_series_point_i64(self%handle, step, value)
    if (present(stat)) stat = int(status)
    if (status /= METALAB_OK) call failed(status, self%capture, present(stat), errmsg)
  end subroutine

  recursive subroutine point_real32_int32(self, step, value, stat, errmsg)
    class(metalab_series), intent(in) :: self
    integer(int32), intent(in) :: step
    real(real32), intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(c_int32_t) :: status

    status = c_series_point(self%handle, int(step, c_int64_t), real(value, c_double))
    if (present(stat)) stat = int(status)
    if (status /= METALAB_OK) call failed(status, self%capture, present(stat), errmsg)
  end subroutine

  recursive subroutine point_real32_int64(self, step, value, stat, errmsg)
    class(metalab_series), intent(in) :: self
    integer(int64), intent(in) :: step
    real(real32), intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(c_int32_t) :: status

    status = c_series_point(self%handle, step, real(value, c_double))
    if (present(stat)) stat = int(status)
    if (status /= METALAB_OK) call failed(status, self%capture, present(stat), errmsg)
  end subroutine

  recursive subroutine point_real64_int32(self, step, value, stat, errmsg)
    class(metalab_series), intent(in) :: self
    integer(int32), intent(in) :: step
    real(real64), intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(c_int32_t) :: status

    status = c_series_point(self%handle, int(step, c_int64_t), value)
    if (present(stat)) stat = int(status)
    if (status /= METALAB_OK) call failed(status, self%capture, present(stat), errmsg)
  end subroutine

  recursive subroutine point_real64_int64(self, step, value, stat, errmsg)
    class(metalab_series), intent(in) :: self
    integer(int64), intent(in) :: step
    real(real64), intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(c_int32_t) :: status

    status = c_series_point(self%handle, step, value)
    if (present(stat)) stat = int(status)
    if (status /= METALAB_OK) call failed(status, self%capture, present(stat), errmsg)
  end subroutine

  recursive subroutine point_logical_int32(self, step, value, stat, errmsg)
    class(metalab_series), intent(in) :: self
    integer(int32), intent(in) :: step
    logical, intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(c_int32_t) :: status

    status = c_series_point_bool(self%handle, int(step, c_int64_t), merge(1_c_int32_t, 0_c_int32_t, value))
    if (present(stat)) stat = int(status)
    if (status /= METALAB_OK) call failed(status, self%capture, present(stat), errmsg)
  end subroutine

  recursive subroutine point_logical_int64(self, step, value, stat, errmsg)
    class(metalab_series), intent(in) :: self
    integer(int64), intent(in) :: step
    logical, intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(c_int32_t) :: status

    status = c_series_point_bool(self%handle, step, merge(1_c_int32_t, 0_c_int32_t, value))
    if (present(stat)) stat = int(status)
    if (status /= METALAB_OK) call failed(status, self%capture, present(stat), errmsg)
  end subroutine

  recursive subroutine point_bool_int32(self, step, value, stat, errmsg)
    class(metalab_series), intent(in) :: self
    integer(int32), intent(in) :: step
    logical(c_bool), intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(c_int32_t) :: status

    status = c_series_point_bool(self%handle, int(step, c_int64_t), merge(1_c_int32_t, 0_c_int32_t, logical(value)))
    if (present(stat)) stat = int(status)
    if (status /= METALAB_OK) call failed(status, self%capture, present(stat), errmsg)
  end subroutine

  recursive subroutine point_bool_int64(self, step, value, stat, errmsg)
    class(metalab_series), intent(in) :: self
    integer(int64), intent(in) :: step
    logical(c_bool), intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(c_int32_t) :: status

    status = c_series_point_bool(self%handle, step, merge(1_c_int32_t, 0_c_int32_t, logical(value)))
    if (present(stat)) stat = int(status)
    if (status /= METALAB_OK) call failed(status, self%capture, present(stat), errmsg)
  end subroutine

  recursive subroutine point_text_int32(self, step, value, stat, errmsg)
    class(metalab_series), intent(in) :: self
    integer(int32), intent(in) :: step
    character(len=*), intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(c_int32_t) :: status

    status = c_series_point_text(self%handle, int(step, c_int64_t), value, len_trim(value, c_size_t))
    if (present(stat)) stat = int(status)
    if (status /= METALAB_OK) call failed(status, self%capture, present(stat), errmsg)
  end subroutine

  recursive subroutine point_text_int64(self, step, value, stat, errmsg)
    class(metalab_series), intent(in) :: self
    integer(int64), intent(in) :: step
    character(len=*), intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(c_int32_t) :: status

    status = c_series_point_text(self%handle, step, value, len_trim(value, c_size_t))
    if (present(stat)) stat = int(status)
    if (status /= METALAB_OK) call failed(status, self%capture, present(stat), errmsg)
  end subroutine

  recursive subroutine points_real64(self, steps, values, stat, errmsg)
    class(metalab_series), intent(in) :: self
    integer(int64), intent(in), target :: steps(:)
    real(real64), intent(in), target :: values(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64), pointer, contiguous :: all_steps(:)
    real(real64), pointer, contiguous :: all_values(:)
    integer(int64), allocatable, target :: step_copy(:)
    real(real64), allocatable, target :: value_copy(:)
    integer(int64) :: count, k
    integer :: status

    count = size(steps, kind=int64)
    if (count /= size(values, kind=int64)) then
      call fail_value(self%capture, 'points: values: there have to be as many as steps', stat, errmsg)
      return
    end if
    ! Left to itself the compiler may put copies on the stack.
    if (count > 1) then
      if (distance(c_loc(steps(1)), c_loc(steps(2))) == 8 .and. distance(c_loc(values(1)), c_loc(values(2))) == 8) then
        call c_f_pointer(c_loc(steps(1)), all_steps, [count])
        call c_f_pointer(c_loc(values(1)), all_values, [count])
        call settle(c_series_points(self%handle, int(count, c_size_t), all_steps, all_values), &
            self%capture, stat, errmsg)
        return
      end if
    end if
    allocate (step_copy(count), value_copy(count), stat=status)
    if (status /= 0) then
      call settle_value(METALAB_ERR_MEMORY, self%capture, 'points: no memory for a copy', stat, errmsg)
      return
    end if
    do k = 1, count
      step_copy(k) = steps(k)
      value_copy(k) = values(k)
    end do
    call settle(c_series_points(self%handle, int(count, c_size_t), step_copy, value_copy), self%capture, &
        stat, errmsg)
  end subroutine

  recursive subroutine points_int64(self, steps, values, stat, errmsg)
    class(metalab_series), intent(in) :: self
    integer(int64), intent(in), target :: steps(:)
    integer(int64), intent(in), target :: values(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64), pointer, contiguous :: all_steps(:)
    integer(int64), pointer, contiguous :: all_values(:)
    integer(int64), allocatable, target :: step_copy(:)
    integer(int64), allocatable, target :: value_copy(:)
    integer(int64) :: count, k
    integer :: status

    count = size(steps, kind=int64)
    if (count /= size(values, kind=int64)) then
      call fail_value(self%capture, 'points: values: there have to be as many as steps', stat, errmsg)
      return
    end if
    ! Left to itself the compiler may put copies on the stack.
    if (count > 1) then
      if (distance(c_loc(steps(1)), c_loc(steps(2))) == 8 .and. distance(c_loc(values(1)), c_loc(values(2))) == 8) then
        call c_f_pointer(c_loc(steps(1)), all_steps, [count])
        call c_f_pointer(c_loc(values(1)), all_values, [count])
        call settle(c_series_points_i64(self%handle, int(count, c_size_t), all_steps, all_values), &
            self%capture, stat, errmsg)
        return
      end if
    end if
    allocate (step_copy(count), value_copy(count), stat=status)
    if (status /= 0) then
      call settle_value(METALAB_ERR_MEMORY, self%capture, 'points: no memory for a copy', stat, errmsg)
      return
    end if
    do k = 1, count
      step_copy(k) = steps(k)
      value_copy(k) = values(k)
    end do
    call settle(c_series_points_i64(self%handle, int(count, c_size_t), step_copy, value_copy), self%capture, &
        stat, errmsg)
  end subroutine

end module
