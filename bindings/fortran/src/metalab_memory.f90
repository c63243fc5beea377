!> Arrays as C sees them, and memory that C gives.
module metalab_memory_m
  use, intrinsic :: iso_c_binding
  use, intrinsic :: iso_fortran_env, only: int64, real64
  use metalab_c_m
  use metalab_constants_m
  use metalab_support_m
  implicit none
  private
  public :: array_view, blank_view, view_of_bytes, bytes_of_texts, view_of_texts, view_of_dims, dims_fit, distance
  public :: ARTIFACT, DATA, put_array, put_arrays, put_figure
  public :: arrays_base, add_view, add_bytes
  public :: mapping_base, map_memory, is_of_another
  public :: snapshots_base, declare_snapshots, begin_memory

  !> How an array is stored: as an artifact, or as data.
  integer, parameter :: ARTIFACT = 1, DATA = 2

  integer, parameter :: max_rank = 7

  !> Where an array's elements lie.
  type :: array_view
    type(c_ptr) :: data = c_null_ptr
    integer :: dtype = 0
    integer :: rank = 0
    !> False for an array that is not allocated.
    logical :: is_there = .false.
    integer(c_int64_t) :: shape(max_rank) = 0
    integer(c_int64_t) :: strides(max_rank) = 0
  end type

  type :: named_array
    character(len=:), allocatable :: name
    type(array_view) :: view
    logical :: reverse = .false.
    !> The copy that the view is of, if it is of one.
    logical(c_bool), allocatable :: bytes(:)
  end type

  !> The part of `metalab_arrays` that is the same for all types and ranks.
  type :: arrays_base
    private
    type(named_array), allocatable :: members(:)
  contains
    !> The number of arrays.
    procedure :: count => arrays_count
    !> Removes all arrays.
    procedure :: clear => arrays_clear
  end type

  !> The part of `metalab_mapping` that is the same for all types and ranks.
  type :: mapping_base
    private
    type(c_ptr) :: handle = c_null_ptr
    type(c_ptr) :: capture = c_null_ptr
    !> Where the array begins.
    type(c_ptr) :: data = c_null_ptr
    !> Memory of ours, where the library had none to give. Complex numbers are as well aligned
    !> as anything is.
    complex(real64), pointer :: plain(:) => null()
  contains
    !> Returns true if there is an array that has neither been sealed nor abandoned.
    procedure :: is_open => mapping_is_open
    !> Returns true if the array is in its artifact's file, false if it is in ordinary memory.
    procedure :: is_mapped => mapping_is_mapped
    !> Adds the members of a JSON object to the array's metadata.
    procedure :: set_metadata => mapping_set_metadata
    procedure :: seal_only => mapping_seal
    procedure :: abandon_only => mapping_abandon
  end type

  !> The part of `metalab_snapshots` that is the same for all types and ranks.
  type :: snapshots_base
    private
    type(c_ptr) :: handle = c_null_ptr
    type(c_ptr) :: capture = c_null_ptr
    integer :: dtype = 0
    integer :: rank = 0
    integer(int64) :: extents(max_rank) = 0
  contains
    !> Stops preparing files. Snapshots that were begun can still be sealed.
    procedure :: free => snapshots_free
  end type

contains

  !> A view of contiguous elements, which are not said yet.
  recursive pure function blank_view(dtype, element_size, extents) result(view)
    integer, intent(in) :: dtype, element_size
    integer(int64), intent(in) :: extents(:)
    type(array_view) :: view
    integer :: k

    view%is_there = .true.
    view%dtype = dtype
    view%rank = size(extents)
    view%shape(:view%rank) = extents
    view%strides(1) = element_size
    do k = 2, view%rank
      view%strides(k) = view%strides(k - 1) * max(1_int64, extents(k - 1))
    end do
  end function

  recursive function view_of_bytes(bytes, extents) result(view)
    logical(c_bool), intent(in), target :: bytes(:)
    integer(int64), intent(in) :: extents(:)
    type(array_view) :: view

    view = blank_view(METALAB_DTYPE_BOOL, 1, extents)
    if (size(bytes) > 0) view%data = c_loc(bytes(1))
  end function

  !> Texts as C has them: NULs in the place of blanks at the end. The array may have any rank.
  recursive subroutine bytes_of_texts(texts, count, bytes)
    character(len=*), intent(in) :: texts(*)
    integer(int64), intent(in) :: count
    character(kind=c_char), intent(out) :: bytes(:)
    integer(int64) :: k, start
    integer :: i

    bytes = c_null_char
    do k = 1, count
      start = (k - 1) * len(texts)
      do i = 1, len_trim(texts(k))
        bytes(start + i) = texts(k)(i:i)
      end do
    end do
  end subroutine

  !> A view of texts of `length` bytes each.
  recursive function view_of_texts(bytes, length, extents) result(view)
    character(kind=c_char), intent(in), target :: bytes(:)
    integer, intent(in) :: length
    integer(int64), intent(in) :: extents(:)
    type(array_view) :: view

    view = blank_view(METALAB_DTYPE_STRING + length, length, extents)
    if (size(bytes) > 0) view%data = c_loc(bytes(1))
  end function

  !> Returns true if an array of `rank` dimensions can be a part of one that was declared with others; 0 as
  !> the first of these: the same.
  recursive pure function dims_fit(rank, dims, declared) result(fit)
    integer, intent(in) :: rank, dims(*), declared(*)
    logical :: fit

    fit = .false.
    if (rank < 1 .or. rank > max_rank) return
    fit = all(dims(:rank) >= 0)
    if (fit .and. declared(1) /= 0) fit = all(dims(:rank) <= declared(:rank))
  end function

  !> A view of an array of which only the address is known. count: from the first element to the
  !> last one, where there are any.
  recursive function view_of_dims(dtype, element_size, rank, dims, declared, count) result(view)
    integer, intent(in) :: dtype, element_size, rank, dims(*), declared(*)
    integer(int64), intent(out) :: count
    type(array_view) :: view

    if (declared(1) == 0) then
      view = blank_view(dtype, element_size, int(dims(:rank), int64))
    else
      view = blank_view(dtype, element_size, int(declared(:rank), int64))
      view%shape(:rank) = dims(:rank)
    end if
    count = 0
    if (all(view%shape(:rank) > 0)) count = 1 + sum((view%shape(:rank) - 1) * view%strides(:rank)) / element_size
  end function

  !> Bytes from one address to another.
  recursive function distance(from, to) result(bytes)
    type(c_ptr), intent(in) :: from, to
    integer(c_int64_t) :: bytes

    bytes = int(transfer(to, 0_c_intptr_t) - transfer(from, 0_c_intptr_t), c_int64_t)
  end function

  !> A view in the form that C takes; `reversed` has the indices in the opposite order, and has to
  !> stay as long.
  recursive function described(view, reversed, reverse) result(array)
    type(array_view), intent(in), target :: view
    type(array_view), intent(inout), target :: reversed
    logical, intent(in), optional :: reverse
    type(c_array) :: array
    logical :: is_reverse

    is_reverse = .false.
    if (present(reverse)) is_reverse = reverse
    array%data = view%data
    array%dtype = int(view%dtype, c_int32_t)
    array%ndim = int(view%rank, c_size_t)
    if (is_reverse) then
      reversed%shape(:view%rank) = view%shape(view%rank:1:-1)
      reversed%strides(:view%rank) = view%strides(view%rank:1:-1)
      array%order = METALAB_ORDER_C
      array%shape = c_loc(reversed%shape)
      array%strides = c_loc(reversed%strides)
    else
      array%order = METALAB_ORDER_F
      array%shape = c_loc(view%shape)
      array%strides = c_loc(view%strides)
    end if
  end function

  recursive subroutine put_array(capture, what, name, view, metadata, reverse, stat, errmsg)
    type(c_ptr), intent(in) :: capture
    integer, intent(in) :: what
    character(len=*), intent(in) :: name
    type(array_view), intent(in), target :: view
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: name_room, metadata_room
    type(array_view), target :: reversed
    integer(c_int32_t) :: status

    if (.not. view%is_there) then
      call fail_array(METALAB_ERR_NULL, capture, name, stat, errmsg)
      return
    end if
    if (what == ARTIFACT) then
      status = c_capture_artifact_array(capture, pointer_to(name, name_room), &
          described(view, reversed, reverse), pointer_to(metadata, metadata_room))
    else
      status = c_capture_data_array(capture, pointer_to(name, name_room), &
          described(view, reversed, reverse), pointer_to(metadata, metadata_room))
    end if
    call settle(status, capture, stat, errmsg)
  end subroutine

  recursive subroutine put_figure(capture, name, view, colormap, range, logarithmic, origin_lower, scale, metadata, &
      reverse, stat, errmsg)
    type(c_ptr), intent(in) :: capture
    character(len=*), intent(in) :: name
    type(array_view), intent(in), target :: view
    integer, intent(in), optional :: colormap, scale
    real(real64), intent(in), optional :: range(2)
    logical, intent(in), optional :: logarithmic, origin_lower, reverse
    character(len=*), intent(in), optional :: metadata
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: name_room, metadata_room
    type(array_view), target :: reversed
    type(c_field_style) :: style
    integer(c_int32_t) :: status

    if (.not. view%is_there) then
      call fail_array(METALAB_ERR_NULL, capture, name, stat, errmsg)
      return
    end if
    if (present(colormap)) style%colormap = int(colormap, c_int32_t)
    if (present(scale)) then
      if (scale < 0) then
        call fail_value(capture, 'figure: scale: it is negative', stat, errmsg)
        return
      end if
      style%scale = int(scale, c_int32_t)
    end if
    if (present(range)) then
      style%has_range = 1
      style%vmin = range(1)
      style%vmax = range(2)
    end if
    if (present(logarithmic)) style%logarithmic = merge(1_c_int32_t, 0_c_int32_t, logarithmic)
    if (present(origin_lower)) style%origin_lower = merge(1_c_int32_t, 0_c_int32_t, origin_lower)
    status = c_capture_figure_field(capture, pointer_to(name, name_room), described(view, reversed, reverse), &
        style, pointer_to(metadata, metadata_room))
    call settle(status, capture, stat, errmsg)
  end subroutine

  ! --- Named arrays

  recursive pure function arrays_count(self) result(count)
    class(arrays_base), intent(in) :: self
    integer :: count

    count = 0
    if (allocated(self%members)) count = size(self%members)
  end function

  recursive subroutine arrays_clear(self)
    class(arrays_base), intent(inout) :: self

    if (allocated(self%members)) deallocate (self%members)
  end subroutine

  recursive subroutine add_view(arrays, name, view, reverse)
    class(arrays_base), intent(inout) :: arrays
    character(len=*), intent(in) :: name
    type(array_view), intent(in) :: view
    logical, intent(in), optional :: reverse

    call add_member(arrays, name, view, reverse)
  end subroutine

  !> Like `add_view`, for bytes that are kept.
  recursive subroutine add_bytes(arrays, name, bytes, extents, reverse)
    class(arrays_base), intent(inout) :: arrays
    character(len=*), intent(in) :: name
    logical(c_bool), allocatable, intent(inout) :: bytes(:)
    integer(int64), intent(in) :: extents(:)
    logical, intent(in), optional :: reverse

    call add_member(arrays, name, blank_view(METALAB_DTYPE_BOOL, 1, extents), reverse)
    call move_alloc(bytes, arrays%members(size(arrays%members))%bytes)
  end subroutine

  recursive subroutine add_member(arrays, name, view, reverse)
    class(arrays_base), intent(inout) :: arrays
    character(len=*), intent(in) :: name
    type(array_view), intent(in) :: view
    logical, intent(in), optional :: reverse
    type(named_array), allocatable :: longer(:)
    integer :: count, k

    count = arrays%count()
    allocate (longer(count + 1))
    do k = 1, count
      call move_alloc(arrays%members(k)%name, longer(k)%name)
      call move_alloc(arrays%members(k)%bytes, longer(k)%bytes)
      longer(k)%view = arrays%members(k)%view
      longer(k)%reverse = arrays%members(k)%reverse
    end do
    longer(count + 1)%name = trim(name)
    longer(count + 1)%view = view
    if (present(reverse)) longer(count + 1)%reverse = reverse
    call move_alloc(longer, arrays%members)
  end subroutine

  recursive subroutine put_arrays(capture, name, arrays, metadata, stat, errmsg)
    type(c_ptr), intent(in) :: capture
    character(len=*), intent(in) :: name
    class(arrays_base), intent(in), target :: arrays
    character(len=*), intent(in), optional :: metadata
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: name_room, metadata_room
    type(c_text), allocatable, target :: rooms(:)
    type(array_view), allocatable, target :: reversed(:)
    type(c_array), allocatable :: described_arrays(:)
    type(c_ptr), allocatable :: names(:)
    integer(c_int32_t) :: status
    integer :: count, k

    count = arrays%count()
    allocate (rooms(count), reversed(count), described_arrays(count), names(count))
    do k = 1, count
      associate (member => arrays%members(k))
        names(k) = pointer_to(member%name, rooms(k))
        described_arrays(k) = described(member%view, reversed(k), member%reverse)
        if (allocated(member%bytes)) then
          if (size(member%bytes) > 0) described_arrays(k)%data = c_loc(member%bytes(1))
        end if
      end associate
    end do
    status = c_capture_artifact_arrays(capture, pointer_to(name, name_room), int(count, c_size_t), names, &
        described_arrays, pointer_to(metadata, metadata_room))
    call settle(status, capture, stat, errmsg)
  end subroutine

  ! --- Memory that the library gives

  !> Has `mapping` be an array of `rank` `extents`, which begins at `data`: in an artifact's file,
  !> or, where that can't be, in plain memory. NULL only where there is none at all.
  recursive subroutine map_memory(capture, name, dtype, element_size, rank, extents, mapping, data, metadata, reverse, &
      stat, errmsg)
    type(c_ptr), intent(in) :: capture
    character(len=*), intent(in) :: name
    integer, intent(in) :: dtype, element_size, rank
    integer(int64), intent(in) :: extents(:)
    class(mapping_base), intent(inout) :: mapping
    type(c_ptr), intent(out) :: data
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: name_room, metadata_room
    integer(c_int64_t) :: shape(max_rank)
    integer(c_int32_t) :: status, order

    data = c_null_ptr
    if (size(extents) /= rank) then
      call fail_value(capture, 'map: extents: there have to be as many as the array has dimensions', stat, errmsg)
      return
    end if
    if (any(extents < 0)) then
      call fail_value(capture, 'map: extents: one is negative', stat, errmsg)
      return
    end if
    if (mapping%is_open()) then
      call fail_value(capture, 'map: mapping: its array has not been sealed', stat, errmsg)
      return
    end if
    call in_order(extents, reverse, order, shape)
    mapping%capture = capture
    mapping%handle = c_null_ptr
    status = c_capture_map_array(capture, pointer_to(name, name_room), int(dtype, c_int32_t), order, &
        int(rank, c_size_t), shape, pointer_to(metadata, metadata_room), mapping%handle, data)
    call settle(status, capture, stat, errmsg)
    if (status /= METALAB_OK) call plain_memory(mapping, element_size, extents, data)
    mapping%data = data
  end subroutine

  recursive subroutine declare_snapshots(capture, name, dtype, extents, snapshots, metadata, reverse, stat, errmsg)
    type(c_ptr), intent(in) :: capture
    character(len=*), intent(in) :: name
    integer, intent(in) :: dtype
    integer(int64), intent(in) :: extents(:)
    class(snapshots_base), intent(inout) :: snapshots
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: name_room, metadata_room
    integer(c_int64_t) :: shape(max_rank)
    integer(c_int32_t) :: status, order
    integer :: rank

    rank = size(extents)
    if (rank < 1 .or. rank > max_rank) then
      call fail_value(capture, 'snapshots: extents: there have to be 1 to 7', stat, errmsg)
      return
    end if
    if (any(extents < 0)) then
      call fail_value(capture, 'snapshots: extents: one is negative', stat, errmsg)
      return
    end if
    call in_order(extents, reverse, order, shape)
    snapshots%capture = capture
    snapshots%dtype = dtype
    snapshots%rank = rank
    snapshots%extents(:rank) = extents
    status = c_capture_snapshots(capture, pointer_to(name, name_room), int(dtype, c_int32_t), order, &
        int(rank, c_size_t), shape, pointer_to(metadata, metadata_room), snapshots%handle)
    call settle(status, capture, stat, errmsg)
  end subroutine

  !> Like `map_memory`, for a step of snapshots; `extents` are those that were declared.
  recursive subroutine begin_memory(snapshots, step, dtype, element_size, extents, mapping, data, stat, errmsg)
    class(snapshots_base), intent(in) :: snapshots
    integer(int64), intent(in) :: step
    integer, intent(in) :: dtype, element_size
    integer(int64), intent(out) :: extents(:)
    class(mapping_base), intent(inout) :: mapping
    type(c_ptr), intent(out) :: data
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(c_int32_t) :: status

    data = c_null_ptr
    extents = 0
    if (snapshots%dtype /= dtype .or. snapshots%rank /= size(extents)) then
      call fail_value(snapshots%capture, 'begin: array: another type or rank was declared', stat, errmsg)
      return
    end if
    if (mapping%is_open()) then
      call fail_value(snapshots%capture, 'begin: mapping: its array has not been sealed', stat, errmsg)
      return
    end if
    extents = snapshots%extents(:snapshots%rank)
    mapping%capture = snapshots%capture
    mapping%handle = c_null_ptr
    status = c_snapshots_begin(snapshots%handle, step, mapping%handle, data)
    call settle(status, snapshots%capture, stat, errmsg)
    if (status /= METALAB_OK) call plain_memory(mapping, element_size, extents, data)
    mapping%data = data
  end subroutine

  recursive subroutine snapshots_free(self)
    class(snapshots_base), intent(inout) :: self

    call c_snapshots_free(self%handle)
    self%handle = c_null_ptr
  end subroutine

  !> The shape that C is told, in the order that was asked for.
  recursive pure subroutine in_order(extents, reverse, order, shape)
    integer(int64), intent(in) :: extents(:)
    logical, intent(in), optional :: reverse
    integer(c_int32_t), intent(out) :: order
    integer(c_int64_t), intent(out) :: shape(max_rank)

    order = METALAB_ORDER_F
    shape = 0
    shape(:size(extents)) = extents
    if (.not. present(reverse)) return
    if (.not. reverse) return
    order = METALAB_ORDER_C
    shape(:size(extents)) = extents(size(extents):1:-1)
  end subroutine

  recursive subroutine plain_memory(mapping, element_size, extents, data)
    class(mapping_base), intent(inout) :: mapping
    integer, intent(in) :: element_size
    integer(int64), intent(in) :: extents(:)
    type(c_ptr), intent(inout) :: data
    integer(int64) :: count, k
    integer :: status

    ! What can't be had is not asked for: the count must not overflow.
    if (product(real(extents, real64)) * element_size > 2.0_real64**62) return
    count = (product(extents) * element_size + 15) / 16
    allocate (mapping%plain(max(1_int64, count)), stat=status)
    if (status /= 0) then
      nullify (mapping%plain)
      return
    end if
    ! A loop: an array constant might become as large a temporary.
    do k = 1, size(mapping%plain, kind=int64)
      mapping%plain(k) = 0
    end do
    data = c_loc(mapping%plain(1))
  end subroutine

  recursive pure function mapping_is_open(self) result(is_open)
    class(mapping_base), intent(in) :: self
    logical :: is_open

    is_open = c_associated(self%handle) .or. associated(self%plain)
  end function

  recursive pure function mapping_is_mapped(self) result(is_mapped)
    class(mapping_base), intent(in) :: self
    logical :: is_mapped

    is_mapped = c_associated(self%handle)
  end function

  recursive subroutine mapping_set_metadata(self, metadata, stat, errmsg)
    class(mapping_base), intent(in) :: self
    character(len=*), intent(in) :: metadata
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call settle(c_mapping_set_metadata(self%handle, pointer_to(metadata, room)), self%capture, stat, errmsg)
  end subroutine

  !> Makes the array an artifact. Its memory must not be used any more.
  recursive subroutine mapping_seal(self, stat, errmsg)
    class(mapping_base), intent(inout) :: self
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call end_mapping(self, c_mapping_seal(self%handle), stat, errmsg)
  end subroutine

  !> Discards the array. Its memory must not be used any more.
  recursive subroutine mapping_abandon(self, stat, errmsg)
    class(mapping_base), intent(inout) :: self
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call end_mapping(self, c_mapping_abandon(self%handle), stat, errmsg)
  end subroutine

  !> Returns true, and reports it, if the mapping is open and its array is not the one at `data`.
  recursive function is_of_another(self, how, data, stat, errmsg) result(is_other)
    class(mapping_base), intent(in) :: self
    character(len=*), intent(in) :: how
    type(c_ptr), intent(in) :: data
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    logical :: is_other

    is_other = self%is_open() .and. .not. c_associated(self%data, data)
    if (is_other) call fail_value(self%capture, how // ': array: it is not the one of the mapping', stat, errmsg)
  end function

  recursive subroutine end_mapping(self, status, stat, errmsg)
    class(mapping_base), intent(inout) :: self
    integer(c_int32_t), intent(in) :: status
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    self%handle = c_null_ptr
    self%data = c_null_ptr
    if (associated(self%plain)) deallocate (self%plain)
    nullify (self%plain)
    call settle(status, self%capture, stat, errmsg)
  end subroutine
end module
