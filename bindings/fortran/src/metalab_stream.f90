!> An artifact that is written piece by piece.
module metalab_stream_m
  use, intrinsic :: iso_c_binding
  use metalab_c_m
  use metalab_constants_m
  use metalab_support_m
  implicit none
  private
  public :: metalab_stream, open_stream

  !> An artifact of unknown length. Returned by a capture's `stream`. Call `seal` or `abandon` to end it.
  type :: metalab_stream
    private
    type(c_ptr) :: handle = c_null_ptr
    type(c_ptr) :: capture = c_null_ptr
  contains
    !> Appends bytes unchanged, including trailing blanks.
    procedure :: write => stream_write
    !> Appends a line: the string without trailing blanks, and a newline.
    procedure :: write_line => stream_write_line
    !> Adds the members of a JSON object to the artifact's metadata.
    procedure :: set_metadata => stream_set_metadata
    !> Ends the stream and makes it an artifact.
    procedure :: seal => stream_seal
    !> Ends the stream and discards what was written.
    procedure :: abandon => stream_abandon
  end type

contains

  recursive function open_stream(capture, name, kind, format, metadata, stat, errmsg) result(stream)
    type(c_ptr), intent(in) :: capture
    character(len=*), intent(in) :: name, kind, format
    character(len=*), intent(in), optional :: metadata
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(metalab_stream) :: stream
    type(c_text), target :: name_room, kind_room, format_room, metadata_room
    integer(c_int32_t) :: status

    stream%capture = capture
    status = c_capture_stream(capture, pointer_to(name, name_room), pointer_to(kind, kind_room), &
        pointer_to(format, format_room), pointer_to(metadata, metadata_room), stream%handle)
    call settle(status, capture, stat, errmsg)
  end function

  recursive subroutine stream_write(self, bytes, stat, errmsg)
    class(metalab_stream), intent(in) :: self
    character(len=*), intent(in) :: bytes
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call settle(c_stream_write(self%handle, bytes, len(bytes, c_size_t)), self%capture, stat, errmsg)
  end subroutine

  recursive subroutine stream_write_line(self, text, stat, errmsg)
    class(metalab_stream), intent(in) :: self
    character(len=*), intent(in) :: text
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%write(trim(text) // new_line(text), stat, errmsg)
  end subroutine

  recursive subroutine stream_set_metadata(self, metadata, stat, errmsg)
    class(metalab_stream), intent(in) :: self
    character(len=*), intent(in) :: metadata
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call settle(c_stream_set_metadata(self%handle, pointer_to(metadata, room)), self%capture, stat, errmsg)
  end subroutine

  recursive subroutine stream_seal(self, stat, errmsg)
    class(metalab_stream), intent(inout) :: self
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call settle(c_stream_seal(self%handle), self%capture, stat, errmsg)
    self%handle = c_null_ptr
  end subroutine

  recursive subroutine stream_abandon(self, stat, errmsg)
    class(metalab_stream), intent(inout) :: self
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call settle(c_stream_abandon(self%handle), self%capture, stat, errmsg)
    self%handle = c_null_ptr
  end subroutine
end module
