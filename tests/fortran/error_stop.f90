! A program that stops with an error while its run is open.
program error_stop
  use, intrinsic :: iso_c_binding
  implicit none
  interface
    integer(c_int32_t) function metalab_capture_open(options, capture) bind(c)
      import :: c_int32_t, c_ptr
      type(c_ptr), value :: options
      type(c_ptr) :: capture
    end function
  end interface
  type(c_ptr) :: run

  if (metalab_capture_open(c_null_ptr, run) /= 0) stop 1
  error stop 4
end program
