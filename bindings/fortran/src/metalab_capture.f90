!> The capture of a run.
module metalab_capture_m
  use, intrinsic :: iso_c_binding
  use, intrinsic :: iso_fortran_env, only: error_unit, int32, int64, output_unit, real64
  use, intrinsic :: ieee_arithmetic, only: ieee_positive_inf, ieee_value
  use metalab_c_m
  use metalab_constants_m
  use metalab_support_m
  use metalab_emitter_m
  use metalab_options_m
  use metalab_series_m
  use metalab_stream_m
  implicit none
  private
  public :: metalab_capture

  !> A run that is being captured.
  !>
  !>     type(metalab_capture) :: run
  !>     call run%open(options)
  !>     call run%metric('residual', 1e-9_real64)
  !>     call run%close()
  !>
  !> Errors: if `stat` is present, it becomes a METALAB_... status, and `errmsg` the message. Otherwise an error
  !> becomes a line of the run's log, and the program continues; `open` and `close` have no log and write to the error
  !> unit. If no run is open, calls do nothing and return METALAB_NO_CAPTURE, which is not an error.
  !>
  !> Trailing blanks of strings are removed, except by `artifact_bytes`, `figure_bytes` and a stream's `write`.
  !>
  !> A copy refers to the same run. The run ends when any copy is closed, or when the last copy is finalized. So a
  !> function may return a run, and a type may have one as a component.
  !>
  !> Any thread may emit. Call `finish` and `close` when the other threads have stopped emitting.
  type, extends(metalab_emitter) :: metalab_capture
    private
    logical :: is_skipped = .false.
  contains
    !> Opens a run and waits until it is in the store. options: if absent, all come from the environment. Returns
    !> METALAB_SKIP if the run has already succeeded and the options request to skip it in this case.
    procedure :: open => capture_open
    !> Returns true if the run has already succeeded and was not opened.
    procedure :: skipped => capture_skipped
    !> Emits several metrics at once. There must be as many values as names.
    generic :: metrics => metrics_plain, metrics_at
    !> Declares a stepped metric, whose points are then emitted by handle.
    procedure :: series => capture_series
    !> Structured data: a JSON document, which Python returns as run.data(name).
    procedure :: data_json => capture_data_json
    !> An artifact: a JSON document.
    procedure :: artifact_json => capture_artifact_json
    !> An artifact: bytes, stored unchanged. kind: the kind of artifact ("file"). format: the file's extension
    !> ("binary").
    procedure :: artifact_bytes => capture_artifact_bytes
    !> An artifact of unknown length, written piece by piece.
    procedure :: stream => capture_stream
    !> An artifact: a file that exists. mode: METALAB_FILE_COPY, METALAB_FILE_LINK or
    !> METALAB_FILE_MOVE. A directory becomes an archive, NAME.tar, and NAME, a JSON document that lists its
    !> files with their hashes.
    procedure :: file => capture_file
    !> A figure: an image that is encoded already. format: "png", "svg", "pdf", "jpg".
    procedure :: figure_bytes => capture_figure_bytes
    !> A figure: pixels(channels, width, height) from 0 to 255, rows from the top; 1, 3 or 4
    !> channels.
    generic :: figure => figure_pixels
    !> Writes a line (or several) to the run's log. level: a METALAB_LEVEL_... .
    procedure :: log => capture_log
    procedure :: debug => capture_debug
    procedure :: info => capture_info
    procedure :: warning => capture_log_warning
    procedure :: error => capture_error
    procedure :: critical => capture_critical
    !> Sends the lines of a named logger, and of the loggers below it, to the run's log.
    procedure :: subscribe => capture_subscribe
    !> Ends what `subscribe` began.
    procedure :: unsubscribe => capture_unsubscribe
    !> Copies the process's standard output and error to logs of the run. streams: METALAB_STDOUT, METALAB_STDERR, or
    !> their sum; both if absent.
    procedure :: stdio => capture_stdio
    !> Ends what `stdio` began. So does the end of the run.
    procedure :: stdio_end => capture_stdio_end
    !> Adds a tag, a line to the notes, a warning (details: a JSON object) to the run's record.
    procedure :: add_tag => capture_tag
    procedure :: add_note => capture_note
    procedure :: add_warning => capture_warning
    !> Marks the run as "failed" at its end. type: the kind of failure, in one word. The first failure is kept.
    procedure :: fail => capture_fail
    !> Marks the run as "cancelled" at its end, unless it fails.
    procedure :: cancel => capture_cancel
    !> Returns true if the run is to stop. Use it as a condition of the solver's loop.
    procedure :: should_stop => capture_should_stop
    !> Returns true if the run is to stop at this step. All processes of the run stop at the same step.
    generic :: should_stop_at => should_stop_at_i32, should_stop_at_i64
    procedure, private :: should_stop_at_i32 => capture_should_stop_at_i32
    procedure, private :: should_stop_at_i64 => capture_should_stop_at_i64
    !> Makes `should_stop` return true from now on.
    procedure :: request_stop => capture_request_stop
    !> Seconds until the end of the process's time; infinity if it has none.
    procedure :: seconds_left => capture_seconds_left
    !> The run's id; empty if there is no run.
    procedure :: run_id => capture_run_id
    !> A seed for a part of the code, derived from the run's seed. It has 64 bits, so it may be negative.
    procedure :: derive_seed => capture_derive_seed
    !> The number of this process in the run, from 0, and how many processes the run has; 0 and 1 if unknown.
    procedure :: rank => capture_rank
    procedure :: size => capture_size
    !> Requests that a metric be reduced over all processes of the run at its end, to name.min, name.max and so on.
    !> Each process that emits the metric must call it.
    procedure :: reduce => capture_reduce
    !> Plots a series against another one instead of the step.
    procedure :: set_axis => capture_set_axis
    !> Declares the unit of a series' steps if they are not the run's steps. A restart then keeps all points of the
    !> series.
    procedure :: set_step_unit => capture_set_step_unit
    !> The metrics, artifacts, results or a summary of the run so far, as JSON.
    procedure :: metrics_json => capture_metrics_json
    procedure :: artifacts_json => capture_artifacts_json
    procedure :: results_json => capture_results_json
    procedure :: summary_json => capture_summary_json
    !> The problems that the library met in the background, as JSON.
    procedure :: health_json => capture_health_json
    !> Waits until everything that was emitted is visible to readers, or, if durable is true, on the disk.
    procedure :: flush => capture_flush
    !> Ends the run. Returns METALAB_ERR_INCOMPLETE if something could not be written.
    procedure :: finish => capture_finish
    !> Ends the run if it has not ended, and frees it. Call it for variables of a main program, which are not
    !> finalized: a run that is not closed ends as "failed".
    procedure :: close => capture_close
    generic :: assignment(=) => capture_assign
    procedure, private :: capture_assign, figure_pixels, metrics_plain, metrics_at
    final :: capture_final
  end type

contains

  recursive subroutine capture_open(self, options, stat, errmsg)
    class(metalab_capture), intent(inout) :: self
    type(metalab_options), intent(in), optional :: options
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    character(len=:), allocatable :: message
    type(metalab_options) :: unsaid
    type(c_ptr) :: options_handle, handle
    integer(c_int32_t) :: status
    integer :: error

    if (self%is_open()) then
      call settle_value(METALAB_ERR_BUSY, self%handle, 'open: the capture is open already', stat, errmsg)
      return
    end if
    self%is_skipped = .false.
    if (c_abi_version() /= METALAB_ABI_VERSION) then
      if (present(stat)) stat = METALAB_ERR_UNSUPPORTED
      call failed_open(METALAB_ERR_UNSUPPORTED, present(stat), errmsg, abi_message())
      return
    end if
    call unsaid%begin()
    options_handle = unsaid%handle
    if (present(options)) then
      call options%deferred(error, message)
      if (error /= METALAB_OK) then
        if (present(stat)) stat = error
        call failed_open(error, present(stat), errmsg, message)
        return
      end if
      if (c_associated(options%handle)) options_handle = options%handle
    end if
    handle = c_null_ptr
    status = c_capture_open(options_handle, handle)
    call self%own(handle, c_capture_free)
    self%is_skipped = status == METALAB_SKIP
    if (present(stat)) stat = int(status)
    if (status == METALAB_OK) return
    if (status == METALAB_SKIP) then
      call failed(status, c_null_ptr, present(stat), errmsg)
    else
      call failed_open(int(status), present(stat), errmsg, last_error())
    end if
  end subroutine

  ! The program says itself what it makes of `errmsg`; without `stat` the user is told that there is no run.
  recursive subroutine failed_open(status, told, errmsg, message)
    integer, intent(in) :: status
    logical, intent(in) :: told
    character(len=*), intent(inout), optional :: errmsg
    character(len=*), intent(in) :: message

    if (present(errmsg)) errmsg = message
    if (.not. told) call failed(int(status, c_int32_t), c_null_ptr, told, message='not captured: ' // message)
  end subroutine

  recursive function abi_message() result(message)
    character(len=:), allocatable :: message
    character(len=96) :: text

    write (text, '(3a, i0, a, i0)') 'libmetalab ', copied(c_version()), ' has ABI version ', &
        c_abi_version(), ', but this program was compiled for ', METALAB_ABI_VERSION
    message = trim(text)
  end function

  recursive pure function capture_skipped(self) result(skipped)
    class(metalab_capture), intent(in) :: self
    logical :: skipped

    skipped = self%is_skipped
  end function

  !> A copy of the same run.
  recursive subroutine capture_assign(self, other)
    class(metalab_capture), intent(inout) :: self
    class(metalab_capture), intent(in) :: other

    call self%share(other)
    self%is_skipped = other%is_skipped
  end subroutine

  recursive subroutine capture_final(self)
    type(metalab_capture), intent(inout) :: self

    if (.not. associated(self%names)) return
    if (self%names%count == 1) call flush_units(self)
  end subroutine

  !> Flushes the units of the process's streams: their buffered text belongs to the run.
  recursive subroutine flush_units(self)
    class(metalab_capture), intent(inout) :: self

    if (.not. associated(self%names)) return
    if (.not. self%names%has_stdio) return
    self%names%has_stdio = .false.
    flush (output_unit)
    flush (error_unit)
  end subroutine

  ! --- Metrics

  recursive subroutine metrics_plain(self, names, values, step, stat, errmsg)
    class(metalab_capture), intent(in) :: self
    character(len=*), intent(in) :: names(:)
    real(real64), intent(in) :: values(:)
    integer(int32), intent(in), optional :: step
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (present(step)) then
      call put_metrics(self%handle, names, values, int(step, int64), stat, errmsg)
    else
      call put_metrics(self%handle, names, values, stat=stat, errmsg=errmsg)
    end if
  end subroutine

  recursive subroutine metrics_at(self, names, values, step, stat, errmsg)
    class(metalab_capture), intent(in) :: self
    character(len=*), intent(in) :: names(:)
    real(real64), intent(in) :: values(:)
    integer(int64), intent(in) :: step
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_metrics(self%handle, names, values, step, stat, errmsg)
  end subroutine

  recursive subroutine put_metrics(capture, names, values, step, stat, errmsg)
    type(c_ptr), intent(in) :: capture
    character(len=*), intent(in) :: names(:)
    real(real64), intent(in) :: values(:)
    integer(int64), intent(in), optional :: step
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), allocatable, target :: rooms(:)
    type(c_ptr), allocatable :: pointers(:)
    real(c_double), allocatable :: copy(:)
    integer(c_int32_t) :: status
    integer :: k

    if (size(names) /= size(values)) then
      call fail_value(capture, 'metrics: values: there have to be as many as names', stat, errmsg)
      return
    end if
    allocate (rooms(size(names)), pointers(size(names)), copy(size(names)))
    do k = 1, size(names)
      pointers(k) = pointer_to(names(k), rooms(k))
      copy(k) = values(k)
    end do
    if (present(step)) then
      status = c_capture_metrics_step(capture, size(names, kind=c_size_t), pointers, step, copy)
    else
      status = c_capture_metrics(capture, size(names, kind=c_size_t), pointers, copy)
    end if
    call settle(status, capture, stat, errmsg)
  end subroutine

  recursive function capture_series(self, name, unit, description, stat, errmsg) result(series)
    class(metalab_capture), intent(in) :: self
    character(len=*), intent(in) :: name
    character(len=*), intent(in), optional :: unit, description
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(metalab_series) :: series

    series = declare_series(self%handle, name, unit, description, stat, errmsg)
  end function

  ! --- Data and artifacts

  recursive subroutine capture_data_json(self, name, json, metadata, stat, errmsg)
    class(metalab_capture), intent(in) :: self
    character(len=*), intent(in) :: name, json
    character(len=*), intent(in), optional :: metadata
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: name_room, metadata_room

    call settle(c_capture_data_json(self%handle, pointer_to(name, name_room), json, len(json, c_size_t), &
        pointer_to(metadata, metadata_room)), self%handle, stat, errmsg)
  end subroutine

  recursive subroutine capture_artifact_json(self, name, json, metadata, stat, errmsg)
    class(metalab_capture), intent(in) :: self
    character(len=*), intent(in) :: name, json
    character(len=*), intent(in), optional :: metadata
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: name_room, metadata_room

    call settle(c_capture_artifact_json(self%handle, pointer_to(name, name_room), json, len(json, c_size_t), &
        pointer_to(metadata, metadata_room)), self%handle, stat, errmsg)
  end subroutine

  recursive subroutine capture_artifact_bytes(self, name, bytes, kind, format, metadata, stat, errmsg)
    class(metalab_capture), intent(in) :: self
    character(len=*), intent(in) :: name, bytes
    character(len=*), intent(in), optional :: kind, format, metadata
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: name_room, kind_room, format_room, metadata_room
    type(c_ptr) :: kind_pointer, format_pointer

    kind_pointer = pointer_to(kind, kind_room)
    if (.not. present(kind)) kind_pointer = pointer_to('file', kind_room)
    format_pointer = pointer_to(format, format_room)
    if (.not. present(format)) format_pointer = pointer_to('binary', format_room)
    call settle(c_capture_artifact_bytes(self%handle, pointer_to(name, name_room), bytes, len(bytes, c_size_t), &
        kind_pointer, format_pointer, pointer_to(metadata, metadata_room)), self%handle, stat, errmsg)
  end subroutine

  recursive function capture_stream(self, name, kind, format, metadata, stat, errmsg) result(stream)
    class(metalab_capture), intent(in) :: self
    character(len=*), intent(in) :: name
    character(len=*), intent(in) :: kind, format
    character(len=*), intent(in), optional :: metadata
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(metalab_stream) :: stream

    stream = open_stream(self%handle, name, kind, format, metadata, stat, errmsg)
  end function

  recursive subroutine capture_file(self, name, path, mode, kind, metadata, stat, errmsg)
    class(metalab_capture), intent(in) :: self
    character(len=*), intent(in) :: name, path
    integer, intent(in), optional :: mode
    character(len=*), intent(in), optional :: kind, metadata
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: name_room, path_room, kind_room, metadata_room
    integer(c_int32_t) :: how

    ! The library takes a path of any bytes, also those that stand for a NUL elsewhere.
    if (index(path, c_null_char) > 0) then
      call fail_value(self%handle, 'file: path: it has a NUL inside', stat, errmsg)
      return
    end if
    how = METALAB_FILE_COPY
    if (present(mode)) how = int(mode, c_int32_t)
    call settle(c_capture_file(self%handle, pointer_to(name, name_room), pointer_to(path, path_room), how, &
        pointer_to(kind, kind_room), pointer_to(metadata, metadata_room)), self%handle, stat, errmsg)
  end subroutine

  ! --- Figures

  recursive subroutine capture_figure_bytes(self, name, bytes, format, metadata, stat, errmsg)
    class(metalab_capture), intent(in) :: self
    character(len=*), intent(in) :: name, bytes, format
    character(len=*), intent(in), optional :: metadata
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: name_room, format_room, metadata_room

    call settle(c_capture_figure_bytes(self%handle, pointer_to(name, name_room), bytes, len(bytes, c_size_t), &
        pointer_to(format, format_room), pointer_to(metadata, metadata_room)), self%handle, stat, errmsg)
  end subroutine

  recursive subroutine figure_pixels(self, name, pixels, metadata, stat, errmsg)
    class(metalab_capture), intent(in) :: self
    character(len=*), intent(in) :: name
    integer, intent(in) :: pixels(:, :, :)
    character(len=*), intent(in), optional :: metadata
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: name_room, metadata_room
    integer(c_int8_t), allocatable :: bytes(:, :, :)
    integer :: i, j, k

    allocate (bytes(size(pixels, 1), size(pixels, 2), size(pixels, 3)))
    do k = 1, size(pixels, 3)
      do j = 1, size(pixels, 2)
        do i = 1, size(pixels, 1)
          if (pixels(i, j, k) < 0 .or. pixels(i, j, k) > 255) then
            call fail_value(self%handle, 'figure: pixels: one is not from 0 to 255', stat, errmsg)
            return
          end if
          ! Bytes have a sign here, and none there.
          bytes(i, j, k) = int(pixels(i, j, k) - merge(256, 0, pixels(i, j, k) > 127), c_int8_t)
        end do
      end do
    end do
    call settle(c_capture_figure_pixels(self%handle, pointer_to(name, name_room), bytes, &
        size(bytes, 2, c_int32_t), size(bytes, 3, c_int32_t), size(bytes, 1, c_int32_t), 0_c_size_t, &
        pointer_to(metadata, metadata_room)), self%handle, stat, errmsg)
  end subroutine

  ! --- Log

  recursive subroutine capture_log(self, level, text, stat, errmsg)
    class(metalab_capture), intent(in) :: self
    integer, intent(in) :: level
    character(len=*), intent(in) :: text
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call settle(c_capture_log(self%handle, int(level, c_int32_t), text, len_trim(text, c_size_t)), self%handle, &
        stat, errmsg)
  end subroutine

  recursive subroutine capture_debug(self, text, stat, errmsg)
    class(metalab_capture), intent(in) :: self
    character(len=*), intent(in) :: text
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%log(METALAB_LEVEL_DEBUG, text, stat, errmsg)
  end subroutine

  recursive subroutine capture_info(self, text, stat, errmsg)
    class(metalab_capture), intent(in) :: self
    character(len=*), intent(in) :: text
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%log(METALAB_LEVEL_INFO, text, stat, errmsg)
  end subroutine

  recursive subroutine capture_log_warning(self, text, stat, errmsg)
    class(metalab_capture), intent(in) :: self
    character(len=*), intent(in) :: text
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%log(METALAB_LEVEL_WARNING, text, stat, errmsg)
  end subroutine

  recursive subroutine capture_error(self, text, stat, errmsg)
    class(metalab_capture), intent(in) :: self
    character(len=*), intent(in) :: text
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%log(METALAB_LEVEL_ERROR, text, stat, errmsg)
  end subroutine

  recursive subroutine capture_critical(self, text, stat, errmsg)
    class(metalab_capture), intent(in) :: self
    character(len=*), intent(in) :: text
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%log(METALAB_LEVEL_CRITICAL, text, stat, errmsg)
  end subroutine

  recursive subroutine capture_subscribe(self, logger, level, stat, errmsg)
    class(metalab_capture), intent(in) :: self
    character(len=*), intent(in) :: logger
    integer, intent(in), optional :: level
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room
    integer(c_int32_t) :: least

    least = METALAB_LEVEL_INFO
    if (present(level)) least = int(level, c_int32_t)
    call settle(c_capture_subscribe(self%handle, pointer_to(logger, room), least), self%handle, stat, errmsg)
  end subroutine

  recursive subroutine capture_unsubscribe(self, logger, stat, errmsg)
    class(metalab_capture), intent(in) :: self
    character(len=*), intent(in) :: logger
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call settle(c_capture_unsubscribe(self%handle, pointer_to(logger, room)), self%handle, stat, errmsg)
  end subroutine

  recursive subroutine capture_stdio(self, streams, stat, errmsg)
    class(metalab_capture), intent(inout) :: self
    integer, intent(in), optional :: streams
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(c_int32_t) :: which, status

    which = METALAB_STDOUT + METALAB_STDERR
    if (present(streams)) which = int(streams, c_int32_t)
    ! What was written before does not belong to the run.
    flush (output_unit)
    flush (error_unit)
    status = c_capture_stdio(self%handle, which)
    if (status == METALAB_OK .and. associated(self%names)) self%names%has_stdio = .true.
    call settle(status, self%handle, stat, errmsg)
  end subroutine

  recursive subroutine capture_stdio_end(self, stat, errmsg)
    class(metalab_capture), intent(inout) :: self
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call flush_units(self)
    call settle(c_capture_stdio_end(self%handle), self%handle, stat, errmsg)
  end subroutine

  ! --- The record

  recursive subroutine capture_tag(self, tag, stat, errmsg)
    class(metalab_capture), intent(in) :: self
    character(len=*), intent(in) :: tag
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call settle(c_capture_add_tag(self%handle, pointer_to(tag, room)), self%handle, stat, errmsg)
  end subroutine

  recursive subroutine capture_note(self, note, stat, errmsg)
    class(metalab_capture), intent(in) :: self
    character(len=*), intent(in) :: note
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call settle(c_capture_add_note(self%handle, pointer_to(note, room)), self%handle, stat, errmsg)
  end subroutine

  recursive subroutine capture_warning(self, message, details, stat, errmsg)
    class(metalab_capture), intent(in) :: self
    character(len=*), intent(in) :: message
    character(len=*), intent(in), optional :: details
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: message_room, details_room

    call settle(c_capture_add_warning(self%handle, pointer_to(message, message_room), &
        pointer_to(details, details_room)), self%handle, stat, errmsg)
  end subroutine

  recursive subroutine capture_fail(self, type, message, traceback, stat, errmsg)
    class(metalab_capture), intent(in) :: self
    character(len=*), intent(in) :: type, message
    character(len=*), intent(in), optional :: traceback
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: type_room, message_room, traceback_room

    call settle(c_capture_fail(self%handle, pointer_to(type, type_room), pointer_to(message, message_room), &
        pointer_to(traceback, traceback_room)), self%handle, stat, errmsg)
  end subroutine

  recursive subroutine capture_cancel(self, reason, stat, errmsg)
    class(metalab_capture), intent(in) :: self
    character(len=*), intent(in), optional :: reason
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call settle(c_capture_cancel(self%handle, pointer_to(reason, room)), self%handle, stat, errmsg)
  end subroutine

  recursive function capture_should_stop(self) result(should_stop)
    class(metalab_capture), intent(in) :: self
    logical :: should_stop

    should_stop = c_capture_should_stop(self%handle)
  end function

  recursive function capture_should_stop_at_i32(self, step) result(should_stop)
    class(metalab_capture), intent(in) :: self
    integer(int32), intent(in) :: step
    logical :: should_stop

    should_stop = c_capture_should_stop_at(self%handle, int(step, int64))
  end function

  recursive function capture_should_stop_at_i64(self, step) result(should_stop)
    class(metalab_capture), intent(in) :: self
    integer(int64), intent(in) :: step
    logical :: should_stop

    should_stop = c_capture_should_stop_at(self%handle, step)
  end function

  recursive subroutine capture_request_stop(self, stat, errmsg)
    class(metalab_capture), intent(in) :: self
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call settle(c_capture_request_stop(self%handle), self%handle, stat, errmsg)
  end subroutine

  recursive function capture_seconds_left(self, stat, errmsg) result(seconds)
    class(metalab_capture), intent(in) :: self
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    real(real64) :: seconds

    seconds = ieee_value(seconds, ieee_positive_inf)
    call settle(c_capture_seconds_left(self%handle, seconds), self%handle, stat, errmsg)
  end function

  recursive function capture_run_id(self, stat, errmsg) result(run_id)
    class(metalab_capture), intent(in) :: self
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    character(len=:), allocatable :: run_id
    type(c_ptr) :: text

    text = c_null_ptr
    call settle(c_capture_run_id(self%handle, text), self%handle, stat, errmsg)
    run_id = taken(text)
  end function

  recursive function capture_derive_seed(self, name, stat, errmsg) result(seed)
    class(metalab_capture), intent(in) :: self
    character(len=*), intent(in) :: name
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: seed
    type(c_text), target :: room

    seed = 0
    call settle(c_capture_derive_seed(self%handle, pointer_to(name, room), seed), self%handle, stat, errmsg)
  end function

  recursive function capture_rank(self) result(rank)
    class(metalab_capture), intent(in) :: self
    integer :: rank
    integer(c_int64_t) :: place, count

    place = 0
    count = 1
    if (c_capture_rank(self%handle, place, count) /= METALAB_OK) place = 0
    rank = int(place)
  end function

  recursive function capture_size(self) result(size)
    class(metalab_capture), intent(in) :: self
    integer :: size
    integer(c_int64_t) :: place, count

    place = 0
    count = 1
    if (c_capture_rank(self%handle, place, count) /= METALAB_OK) count = 1
    size = int(count)
  end function

  recursive subroutine capture_reduce(self, name, stat, errmsg)
    class(metalab_capture), intent(in) :: self
    character(len=*), intent(in) :: name
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call settle(c_capture_reduce(self%handle, pointer_to(name, room)), self%handle, stat, errmsg)
  end subroutine

  recursive subroutine capture_set_axis(self, name, axis, stat, errmsg)
    class(metalab_capture), intent(in) :: self
    character(len=*), intent(in) :: name, axis
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: name_room, axis_room

    call settle(c_capture_set_axis(self%handle, pointer_to(name, name_room), pointer_to(axis, axis_room)), &
      self%handle, stat, errmsg)
  end subroutine

  recursive subroutine capture_set_step_unit(self, name, unit, stat, errmsg)
    class(metalab_capture), intent(in) :: self
    character(len=*), intent(in) :: name, unit
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: name_room, unit_room

    call settle(c_capture_set_step_unit(self%handle, pointer_to(name, name_room), pointer_to(unit, unit_room)), &
      self%handle, stat, errmsg)
  end subroutine

  recursive function capture_metrics_json(self, stat, errmsg) result(json)
    class(metalab_capture), intent(in) :: self
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    character(len=:), allocatable :: json
    type(c_ptr) :: text

    text = c_null_ptr
    call settle(c_capture_metrics_json(self%handle, text), self%handle, stat, errmsg)
    json = taken(text)
  end function

  recursive function capture_artifacts_json(self, stat, errmsg) result(json)
    class(metalab_capture), intent(in) :: self
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    character(len=:), allocatable :: json
    type(c_ptr) :: text

    text = c_null_ptr
    call settle(c_capture_artifacts_json(self%handle, text), self%handle, stat, errmsg)
    json = taken(text)
  end function

  recursive function capture_results_json(self, stat, errmsg) result(json)
    class(metalab_capture), intent(in) :: self
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    character(len=:), allocatable :: json
    type(c_ptr) :: text

    text = c_null_ptr
    call settle(c_capture_results_json(self%handle, text), self%handle, stat, errmsg)
    json = taken(text)
  end function

  recursive function capture_summary_json(self, stat, errmsg) result(json)
    class(metalab_capture), intent(in) :: self
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    character(len=:), allocatable :: json
    type(c_ptr) :: text

    text = c_null_ptr
    call settle(c_capture_summary_json(self%handle, text), self%handle, stat, errmsg)
    json = taken(text)
  end function

  recursive function capture_health_json(self, stat, errmsg) result(json)
    class(metalab_capture), intent(in) :: self
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    character(len=:), allocatable :: json
    type(c_ptr) :: text

    text = c_null_ptr
    call settle(c_capture_health_json(self%handle, text), self%handle, stat, errmsg)
    json = taken(text)
  end function

  ! --- The end

  recursive subroutine capture_flush(self, durable, stat, errmsg)
    class(metalab_capture), intent(in) :: self
    logical, intent(in), optional :: durable
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(c_int32_t) :: how

    how = METALAB_FLUSH_VISIBLE
    if (present(durable)) then
      if (durable) how = METALAB_FLUSH_DURABLE
    end if
    call settle(c_capture_flush(self%handle, how), self%handle, stat, errmsg)
  end subroutine

  recursive subroutine capture_finish(self, stat, errmsg)
    class(metalab_capture), intent(inout) :: self
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(c_int32_t) :: status

    call flush_units(self)
    status = c_capture_finish(self%handle)
    if (present(stat)) stat = int(status)
    ! The log is closed: who did not ask is told on the error unit.
    if (status /= METALAB_OK) call failed(status, c_null_ptr, present(stat), errmsg)
  end subroutine

  recursive subroutine capture_close(self, stat, errmsg)
    class(metalab_capture), intent(inout) :: self
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (self%is_open() .or. .not. associated(self%names)) then
      call self%finish(stat, errmsg)
    else if (present(stat)) then
      ! A copy was closed.
      stat = METALAB_OK
    end if
    call self%release()
    self%is_skipped = .false.
  end subroutine
end module
