!> The handle of options, and the error that waits until the run is opened.
module metalab_deferred_m
  use, intrinsic :: iso_c_binding
  use, intrinsic :: iso_fortran_env, only: compiler_version
  use metalab_c_m
  use metalab_constants_m
  use metalab_counted_m
  use metalab_support_m
  implicit none
  private
  public :: options_base

  !> Base of `metalab_options`: the handle and the first error, which setters of every type share.
  type, extends(counted) :: options_base
    private
    !> The first error that was not reported through `stat`.
    integer :: error = METALAB_OK
    character(len=:), allocatable :: message
  contains
    !> Resets all options and frees them. `final` does the same at the end of a procedure; variables of a main program
    !> are not finalized.
    procedure :: clear => options_clear
    !> The error that `open` reports.
    procedure :: deferred => options_deferred
    generic :: assignment(=) => options_assign
    procedure, private :: options_assign
    !> Makes a handle where there is none.
    procedure :: begin => options_begin
    !> Reports what a call returned.
    procedure :: settle => options_settle
    !> Reports a value that the library is not asked about.
    procedure :: refuse => options_refuse
    procedure, private :: defer => options_defer
  end type

contains

  !> Makes a handle where there is none, and sets the compiler: it is that of the module, since no other one can read
  !> the module.
  recursive subroutine options_begin(self)
    class(options_base), intent(inout) :: self
    type(c_text), target :: room
    type(c_ptr) :: handle

    if (self%is_open()) return
    handle = c_null_ptr
    if (c_options_new(handle) /= METALAB_OK) return
    call self%own(handle, c_options_free)
    call self%settle(c_options_compiler(self%handle, pointer_to(compiler_version() // ', Fortran', room)))
  end subroutine

  !> Reports as `settle` does, but keeps an error for `open`, since there is no log yet.
  recursive subroutine options_settle(self, status, stat, errmsg)
    class(options_base), intent(inout) :: self
    integer(c_int32_t), intent(in) :: status
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (present(stat)) stat = int(status)
    if (status == METALAB_OK) return
    if (present(errmsg)) errmsg = last_error()
    call self%defer(int(status), last_error(), present(stat))
  end subroutine

  recursive subroutine options_refuse(self, message, stat, errmsg)
    class(options_base), intent(inout) :: self
    character(len=*), intent(in) :: message
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (present(stat)) stat = METALAB_ERR_VALUE
    if (present(errmsg)) errmsg = message
    call self%defer(METALAB_ERR_VALUE, message, present(stat))
  end subroutine

  recursive subroutine options_defer(self, error, message, told)
    class(options_base), intent(inout) :: self
    integer, intent(in) :: error
    character(len=*), intent(in) :: message
    logical, intent(in) :: told

    if (told .or. self%error /= METALAB_OK) return
    self%error = error
    self%message = message
  end subroutine

  recursive subroutine options_deferred(self, error, message)
    class(options_base), intent(in) :: self
    integer, intent(out) :: error
    character(len=:), allocatable, intent(out) :: message

    error = self%error
    if (allocated(self%message)) then
      message = self%message
    else
      message = ''
    end if
  end subroutine

  recursive subroutine options_clear(self)
    class(options_base), intent(inout) :: self

    call self%release()
    self%error = METALAB_OK
    if (allocated(self%message)) deallocate (self%message)
  end subroutine

  !> A copy of the same options.
  recursive subroutine options_assign(self, other)
    class(options_base), intent(inout) :: self
    class(options_base), intent(in) :: other

    call self%share(other)
    self%error = other%error
    if (allocated(self%message)) deallocate (self%message)
    if (allocated(other%message)) self%message = other%message
  end subroutine
end module
