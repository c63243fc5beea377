! Written by generate.py; do not edit.
!> Metadata, parameters and data of keys and values: no JSON by hand.
module metalab_values_m
  use, intrinsic :: iso_c_binding
  use, intrinsic :: iso_fortran_env, only: int8, int16, int32, int64, real32, real64
  use metalab_c_m
  use metalab_constants_m
  use metalab_counted_m
  use metalab_support_m
  implicit none
  private
  public :: metalab_values

  !> Keys and values that become JSON, for every argument that takes JSON.
  !>
  !>     type(metalab_values) :: setup
  !>     call setup%set('tolerance', 1d-8)
  !>     call setup%set('grid', [64, 64])
  !>     call setup%begin('solver')
  !>     call setup%set('name', 'cg')
  !>     call setup%end()
  !>     call run%data_json('setup', setup%json())
  !>
  !> `stat` need not be checked: the procedure that receives `json()` reports the first value that could not be set,
  !> and an object that was not ended. A copy shares the values.
  type, extends(counted) :: metalab_values
  contains
    !> Sets a value of an object: an integer (8 to 64 bits), real (32 or 64), logical, logical(c_bool) or character, or
    !> an array of integers or reals. An earlier value of the key is replaced. NaN and infinities are kept.
    generic :: set => set_int8, set_int16, set_int32, set_int64, set_real32, set_real64, &
        set_logical, set_bool, set_text
    generic :: set => set_int8s, set_int16s, set_int32s, set_int64s, set_real32s, set_real64s
    !> Appends a value to an array that was begun.
    generic :: add => add_int8, add_int16, add_int32, add_int64, add_real32, add_real64, &
        add_logical, add_bool, add_text
    generic :: add => add_int8s, add_int16s, add_int32s, add_int64s, add_real32s, add_real64s
    !> Sets null: there is no value. Without a key, appends it.
    procedure :: set_null => values_set_null
    !> Sets a value that is JSON, such as `json()` of other values. Without a key, appends it.
    procedure :: set_json => values_set_json
    !> Begins an object: what is set before `end` are its members. Without a key, an element of an array.
    procedure :: begin => values_begin
    !> Begins an array: what is added before `end` are its elements. Without a key, an element of an array.
    procedure :: begin_array => values_begin_array
    !> Ends the object or array that was begun last.
    procedure :: end => values_end
    !> Returns the values as JSON.
    procedure :: json => values_json
    !> Removes all values and forgets failures.
    procedure :: clear => values_clear
    !> Frees the values; those of a procedure are freed at its end.
    procedure :: free => values_free
    generic :: assignment(=) => values_assign
    procedure, private :: values_assign, values_start
    procedure, private :: set_int8, set_int16, set_int32, set_int64, set_real32, set_real64, &
        set_logical, set_bool, set_text
    procedure, private :: set_int8s, set_int16s, set_int32s, set_int64s, set_real32s, set_real64s
    procedure, private :: add_int8, add_int16, add_int32, add_int64, add_real32, add_real64, &
        add_logical, add_bool, add_text
    procedure, private :: add_int8s, add_int16s, add_int32s, add_int64s, add_real32s, add_real64s
  end type

contains

  recursive subroutine values_set_null(self, key, stat, errmsg)
    class(metalab_values), intent(inout) :: self
    character(len=*), intent(in), optional :: key
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%values_start()
    call report(c_values_set_null(self%handle, pointer_to(key, room)), stat, errmsg)
  end subroutine

  recursive subroutine values_set_json(self, json, key, stat, errmsg)
    class(metalab_values), intent(inout) :: self
    character(len=*), intent(in) :: json
    character(len=*), intent(in), optional :: key
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%values_start()
    call report(c_values_set_json(self%handle, pointer_to(key, room), json, len_trim(json, c_size_t)), stat, errmsg)
  end subroutine

  recursive subroutine values_begin(self, key, stat, errmsg)
    class(metalab_values), intent(inout) :: self
    character(len=*), intent(in), optional :: key
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%values_start()
    call report(c_values_begin_object(self%handle, pointer_to(key, room)), stat, errmsg)
  end subroutine

  recursive subroutine values_begin_array(self, key, stat, errmsg)
    class(metalab_values), intent(inout) :: self
    character(len=*), intent(in), optional :: key
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%values_start()
    call report(c_values_begin_array(self%handle, pointer_to(key, room)), stat, errmsg)
  end subroutine

  recursive subroutine values_end(self, stat, errmsg)
    class(metalab_values), intent(inout) :: self
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%values_start()
    call report(c_values_end(self%handle), stat, errmsg)
  end subroutine

  recursive function values_json(self) result(json)
    class(metalab_values), intent(in) :: self
    character(len=:), allocatable :: json

    if (self%is_open()) then
      json = copied(c_values_json(self%handle))
    else
      json = '{}'
    end if
  end function

  recursive subroutine values_clear(self, stat, errmsg)
    class(metalab_values), intent(inout) :: self
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%values_start()
    call report(c_values_clear(self%handle), stat, errmsg)
  end subroutine

  recursive subroutine values_free(self)
    class(metalab_values), intent(inout) :: self

    call self%release()
  end subroutine

  recursive subroutine values_assign(self, other)
    class(metalab_values), intent(inout) :: self
    class(metalab_values), intent(in) :: other

    call self%share(other)
  end subroutine

  !> Makes a handle where there is none.
  recursive subroutine values_start(self)
    class(metalab_values), intent(inout) :: self
    type(c_ptr) :: handle

    if (self%is_open()) return
    handle = c_null_ptr
    if (c_values_new(handle) == METALAB_OK) call self%own(handle, c_values_free)
  end subroutine

  !> Reports what a call returned. Who does not ask for it is told by the procedure that receives the values.
  recursive subroutine report(status, stat, errmsg)
    integer(c_int32_t), intent(in) :: status
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (present(stat)) stat = int(status)
    if (present(errmsg) .and. status /= METALAB_OK) errmsg = last_error()
  end subroutine

  recursive subroutine set_int8(self, key, value, stat, errmsg)
    class(metalab_values), intent(inout) :: self
    character(len=*), intent(in) :: key
    integer(int8), intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%values_start()
    call report(c_values_set_i64(self%handle, pointer_to(key, room), int(value, c_int64_t)), &
        stat, errmsg)
  end subroutine

  recursive subroutine add_int8(self, value, stat, errmsg)
    class(metalab_values), intent(inout) :: self
    integer(int8), intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%values_start()
    call report(c_values_set_i64(self%handle, c_null_ptr, int(value, c_int64_t)), stat, errmsg)
  end subroutine

  recursive subroutine set_int16(self, key, value, stat, errmsg)
    class(metalab_values), intent(inout) :: self
    character(len=*), intent(in) :: key
    integer(int16), intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%values_start()
    call report(c_values_set_i64(self%handle, pointer_to(key, room), int(value, c_int64_t)), &
        stat, errmsg)
  end subroutine

  recursive subroutine add_int16(self, value, stat, errmsg)
    class(metalab_values), intent(inout) :: self
    integer(int16), intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%values_start()
    call report(c_values_set_i64(self%handle, c_null_ptr, int(value, c_int64_t)), stat, errmsg)
  end subroutine

  recursive subroutine set_int32(self, key, value, stat, errmsg)
    class(metalab_values), intent(inout) :: self
    character(len=*), intent(in) :: key
    integer(int32), intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%values_start()
    call report(c_values_set_i64(self%handle, pointer_to(key, room), int(value, c_int64_t)), &
        stat, errmsg)
  end subroutine

  recursive subroutine add_int32(self, value, stat, errmsg)
    class(metalab_values), intent(inout) :: self
    integer(int32), intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%values_start()
    call report(c_values_set_i64(self%handle, c_null_ptr, int(value, c_int64_t)), stat, errmsg)
  end subroutine

  recursive subroutine set_int64(self, key, value, stat, errmsg)
    class(metalab_values), intent(inout) :: self
    character(len=*), intent(in) :: key
    integer(int64), intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%values_start()
    call report(c_values_set_i64(self%handle, pointer_to(key, room), value), stat, errmsg)
  end subroutine

  recursive subroutine add_int64(self, value, stat, errmsg)
    class(metalab_values), intent(inout) :: self
    integer(int64), intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%values_start()
    call report(c_values_set_i64(self%handle, c_null_ptr, value), stat, errmsg)
  end subroutine

  recursive subroutine set_real32(self, key, value, stat, errmsg)
    class(metalab_values), intent(inout) :: self
    character(len=*), intent(in) :: key
    real(real32), intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%values_start()
    call report(c_values_set_f64(self%handle, pointer_to(key, room), real(value, c_double)), &
        stat, errmsg)
  end subroutine

  recursive subroutine add_real32(self, value, stat, errmsg)
    class(metalab_values), intent(inout) :: self
    real(real32), intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%values_start()
    call report(c_values_set_f64(self%handle, c_null_ptr, real(value, c_double)), stat, errmsg)
  end subroutine

  recursive subroutine set_real64(self, key, value, stat, errmsg)
    class(metalab_values), intent(inout) :: self
    character(len=*), intent(in) :: key
    real(real64), intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%values_start()
    call report(c_values_set_f64(self%handle, pointer_to(key, room), value), stat, errmsg)
  end subroutine

  recursive subroutine add_real64(self, value, stat, errmsg)
    class(metalab_values), intent(inout) :: self
    real(real64), intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%values_start()
    call report(c_values_set_f64(self%handle, c_null_ptr, value), stat, errmsg)
  end subroutine

  recursive subroutine set_logical(self, key, value, stat, errmsg)
    class(metalab_values), intent(inout) :: self
    character(len=*), intent(in) :: key
    logical, intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%values_start()
    call report(c_values_set_bool(self%handle, pointer_to(key, room), merge(1_c_int32_t, &
        0_c_int32_t, value)), stat, errmsg)
  end subroutine

  recursive subroutine add_logical(self, value, stat, errmsg)
    class(metalab_values), intent(inout) :: self
    logical, intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%values_start()
    call report(c_values_set_bool(self%handle, c_null_ptr, merge(1_c_int32_t, 0_c_int32_t, &
        value)), stat, errmsg)
  end subroutine

  recursive subroutine set_bool(self, key, value, stat, errmsg)
    class(metalab_values), intent(inout) :: self
    character(len=*), intent(in) :: key
    logical(c_bool), intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%values_start()
    call report(c_values_set_bool(self%handle, pointer_to(key, room), merge(1_c_int32_t, &
        0_c_int32_t, logical(value))), stat, errmsg)
  end subroutine

  recursive subroutine add_bool(self, value, stat, errmsg)
    class(metalab_values), intent(inout) :: self
    logical(c_bool), intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%values_start()
    call report(c_values_set_bool(self%handle, c_null_ptr, merge(1_c_int32_t, 0_c_int32_t, &
        logical(value))), stat, errmsg)
  end subroutine

  recursive subroutine set_text(self, key, value, stat, errmsg)
    class(metalab_values), intent(inout) :: self
    character(len=*), intent(in) :: key
    character(len=*), intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%values_start()
    call report(c_values_set_text(self%handle, pointer_to(key, room), value, len_trim(value, &
        c_size_t)), stat, errmsg)
  end subroutine

  recursive subroutine add_text(self, value, stat, errmsg)
    class(metalab_values), intent(inout) :: self
    character(len=*), intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%values_start()
    call report(c_values_set_text(self%handle, c_null_ptr, value, len_trim(value, c_size_t)), &
        stat, errmsg)
  end subroutine

  recursive subroutine set_int8s(self, key, value, stat, errmsg)
    class(metalab_values), intent(inout) :: self
    character(len=*), intent(in) :: key
    integer(int8), intent(in) :: value(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%values_start()
    call report(c_values_set_i64_array(self%handle, pointer_to(key, room), size(value, &
        kind=c_size_t), int(value, c_int64_t)), stat, errmsg)
  end subroutine

  recursive subroutine add_int8s(self, value, stat, errmsg)
    class(metalab_values), intent(inout) :: self
    integer(int8), intent(in) :: value(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%values_start()
    call report(c_values_set_i64_array(self%handle, c_null_ptr, size(value, kind=c_size_t), &
        int(value, c_int64_t)), stat, errmsg)
  end subroutine

  recursive subroutine set_int16s(self, key, value, stat, errmsg)
    class(metalab_values), intent(inout) :: self
    character(len=*), intent(in) :: key
    integer(int16), intent(in) :: value(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%values_start()
    call report(c_values_set_i64_array(self%handle, pointer_to(key, room), size(value, &
        kind=c_size_t), int(value, c_int64_t)), stat, errmsg)
  end subroutine

  recursive subroutine add_int16s(self, value, stat, errmsg)
    class(metalab_values), intent(inout) :: self
    integer(int16), intent(in) :: value(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%values_start()
    call report(c_values_set_i64_array(self%handle, c_null_ptr, size(value, kind=c_size_t), &
        int(value, c_int64_t)), stat, errmsg)
  end subroutine

  recursive subroutine set_int32s(self, key, value, stat, errmsg)
    class(metalab_values), intent(inout) :: self
    character(len=*), intent(in) :: key
    integer(int32), intent(in) :: value(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%values_start()
    call report(c_values_set_i64_array(self%handle, pointer_to(key, room), size(value, &
        kind=c_size_t), int(value, c_int64_t)), stat, errmsg)
  end subroutine

  recursive subroutine add_int32s(self, value, stat, errmsg)
    class(metalab_values), intent(inout) :: self
    integer(int32), intent(in) :: value(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%values_start()
    call report(c_values_set_i64_array(self%handle, c_null_ptr, size(value, kind=c_size_t), &
        int(value, c_int64_t)), stat, errmsg)
  end subroutine

  recursive subroutine set_int64s(self, key, value, stat, errmsg)
    class(metalab_values), intent(inout) :: self
    character(len=*), intent(in) :: key
    integer(int64), intent(in) :: value(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%values_start()
    call report(c_values_set_i64_array(self%handle, pointer_to(key, room), size(value, &
        kind=c_size_t), value), stat, errmsg)
  end subroutine

  recursive subroutine add_int64s(self, value, stat, errmsg)
    class(metalab_values), intent(inout) :: self
    integer(int64), intent(in) :: value(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%values_start()
    call report(c_values_set_i64_array(self%handle, c_null_ptr, size(value, kind=c_size_t), &
        value), stat, errmsg)
  end subroutine

  recursive subroutine set_real32s(self, key, value, stat, errmsg)
    class(metalab_values), intent(inout) :: self
    character(len=*), intent(in) :: key
    real(real32), intent(in) :: value(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%values_start()
    call report(c_values_set_f64_array(self%handle, pointer_to(key, room), size(value, &
        kind=c_size_t), real(value, c_double)), stat, errmsg)
  end subroutine

  recursive subroutine add_real32s(self, value, stat, errmsg)
    class(metalab_values), intent(inout) :: self
    real(real32), intent(in) :: value(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%values_start()
    call report(c_values_set_f64_array(self%handle, c_null_ptr, size(value, kind=c_size_t), &
        real(value, c_double)), stat, errmsg)
  end subroutine

  recursive subroutine set_real64s(self, key, value, stat, errmsg)
    class(metalab_values), intent(inout) :: self
    character(len=*), intent(in) :: key
    real(real64), intent(in) :: value(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%values_start()
    call report(c_values_set_f64_array(self%handle, pointer_to(key, room), size(value, &
        kind=c_size_t), value), stat, errmsg)
  end subroutine

  recursive subroutine add_real64s(self, value, stat, errmsg)
    class(metalab_values), intent(inout) :: self
    real(real64), intent(in) :: value(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%values_start()
    call report(c_values_set_f64_array(self%handle, c_null_ptr, size(value, kind=c_size_t), &
        value), stat, errmsg)
  end subroutine

end module
