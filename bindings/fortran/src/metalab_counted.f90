!> A handle of the library that variables share when they are copied.
module metalab_counted_m
  use, intrinsic :: iso_c_binding, only: c_associated, c_null_ptr, c_ptr
  implicit none
  private
  public :: counted

  abstract interface
    subroutine free_function(handle) bind(c)
      import :: c_ptr
      implicit none
      type(c_ptr), value :: handle
    end subroutine
  end interface

  !> The number of copies of a handle, and how it is freed. Never deallocated, since compilers differ in which copies
  !> they finalize: a few bytes for each handle.
  type :: shared_names
    integer :: count = 1
    logical :: is_open = .true.
    logical :: has_stdio = .false.
    procedure(free_function), pointer, nopass :: free => null()
  end type

  !> A handle that copies share. The assignment of a type that extends it calls `share` and copies the rest.
  type :: counted
    !> The handle of the C interface.
    type(c_ptr) :: handle = c_null_ptr
    type(shared_names), pointer :: names => null()
  contains
    procedure :: is_open => counted_is_open
    !> Takes a handle over. free: the function that frees it.
    procedure :: own => counted_own
    !> Makes this a copy that shares the handle of `other`.
    procedure :: share => counted_share
    !> Gives the handle up. The last copy frees it, unless another one has released it.
    procedure :: forget => counted_forget
    !> Frees the handle, whether or not there are other copies.
    procedure :: release => counted_release
    final :: counted_final
  end type

contains

  !> Returns true if it is open: it was opened, and no copy was closed.
  recursive pure function counted_is_open(self) result(is_open)
    class(counted), intent(in) :: self
    logical :: is_open

    is_open = .false.
    if (associated(self%names)) is_open = self%names%is_open
  end function

  recursive subroutine counted_own(self, handle, free)
    class(counted), intent(inout) :: self
    type(c_ptr), intent(in) :: handle
    procedure(free_function) :: free

    call self%release()
    self%handle = handle
    if (.not. c_associated(handle)) return
    allocate (self%names)
    self%names%free => free
  end subroutine

  recursive subroutine counted_share(self, other)
    class(counted), intent(inout) :: self
    class(counted), intent(in) :: other

    if (associated(self%names, other%names)) return
    call self%forget()
    self%handle = other%handle
    self%names => other%names
    if (.not. associated(self%names)) return
    !$omp atomic
    self%names%count = self%names%count + 1
  end subroutine

  recursive subroutine counted_forget(self)
    class(counted), intent(inout) :: self
    integer :: count

    if (associated(self%names)) then
      !$omp atomic capture
      self%names%count = self%names%count - 1
      count = self%names%count
      !$omp end atomic
      if (count == 0) call free_once(self)
    end if
    nullify (self%names)
    self%handle = c_null_ptr
  end subroutine

  recursive subroutine counted_release(self)
    class(counted), intent(inout) :: self

    if (associated(self%names)) call free_once(self)
    call self%forget()
  end subroutine

  recursive subroutine free_once(self)
    class(counted), intent(inout) :: self

    if (.not. self%names%is_open) return
    self%names%is_open = .false.
    call self%names%free(self%handle)
  end subroutine

  recursive subroutine counted_final(self)
    type(counted), intent(inout) :: self

    call self%forget()
  end subroutine
end module
