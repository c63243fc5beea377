!> Stores that are read: experiments, tables of runs, and of each run its facts, series, logs and arrays.
module metalab_store_m
  use, intrinsic :: iso_c_binding
  use, intrinsic :: iso_fortran_env, only: int32, int64, real32, real64
  use metalab_c_m
  use metalab_constants_m
  use metalab_support_m
  use metalab_options_m
  use metalab_reader_m
  use metalab_loaded_m
  implicit none
  private
  public :: metalab_store, metalab_table, metalab_run, metalab_points

  !> A store that is read. Nothing is written or locked, so other processes may write to the store at the same time.
  !>
  !>     type(metalab_store) :: store
  !>     type(metalab_table) :: table
  !>     real(real64), allocatable :: loss(:)
  !>     call store%open('runs')
  !>     call store%runs(table, 'params.n > 128 order by metrics.loss')
  !>     call table%column('metrics.loss', loss)
  !>
  !> Errors: as with `metalab_capture`, but without `stat` an error is written to the error unit. Every call on a
  !> reader that is not open returns METALAB_ERR_NULL.
  !>
  !> A copy refers to the same reader. It is freed when any copy is closed, or when the last copy is finalized.
  type, extends(reader_base) :: metalab_store
  contains
    !> Opens a store. locator: the path of a collection or of an experiment's directory, or a postgresql:// locator,
    !> whose files are read. METALAB_STORE if absent.
    procedure :: open => store_open
    !> Reads the runs that match a filter into a table, newest first. The filter is described at metalab_store_runs in
    !> the header of C: 'params.n > 256 and status = failed', optionally followed by 'order by metrics.loss desc'.
    !> experiment: all if absent. limit: the largest number of runs.
    procedure :: runs => store_runs
    !> Opens a run by its id, or the newest run if no id is given. Returns METALAB_ERR_NOT_FOUND if there is none.
    procedure :: run => store_run
    !> The ids of the experiments: a JSON array.
    procedure :: experiments_json => store_experiments_json
  end type

  !> Runs as columns: 'run_id', 'experiment_id', 'status', 'started_at', 'finished_at' (microseconds
  !> since 1970, UTC), 'duration_ms', 'tags', 'params.NAME' and 'metrics.NAME'.
  type, extends(reader_base) :: metalab_table
  contains
    !> The number of runs.
    procedure :: rows => table_rows
    !> The number of columns.
    procedure :: columns => table_columns
    !> The name of a column, counted from 1; empty if there are fewer columns.
    procedure :: column_name => table_column_name
    !> The values of a column: real64 (for any numbers), int64, logical, or character long enough for all of them.
    !> is_there: which runs have a value; the others have NaN, 0, .false. or blanks. Returns
    !> METALAB_ERR_NOT_FOUND if no run has one.
    generic :: column => column_real64, column_int64, column_logical, column_text
    !> A message for each record that could not be read and has no row: a JSON array.
    procedure :: problems_json => table_problems_json
    procedure, private :: column_real64, column_int64, column_logical, column_text, find => table_find
  end type

  !> A run of a store, as it was when it was opened or last refreshed. It may have ended, be running, or be dead.
  !>
  !>     call run%open(options, stat)          ! the run that a capture with these options would be
  !>     last = run%last_step()
  !>     call run%latest('u', found, step)
  !>     call found%get(u)
  type, extends(reader_base) :: metalab_run
  contains
    !> Opens the run that a capture with the same options would be. After METALAB_SKIP this is the run that was
    !> skipped; before a restart it is the earlier attempt. Returns METALAB_ERR_NOT_FOUND if there is none.
    procedure :: open => run_open
    !> Reads the run again, if it has changed.
    procedure :: refresh => run_refresh
    !> The status of the run: a METALAB_RUN_... constant, such as METALAB_RUN_SUCCESS or METALAB_RUN_DEAD.
    procedure :: status => run_status
    !> The id of the run or of its experiment.
    procedure :: run_id => run_id
    procedure :: experiment_id => run_experiment_id
    !> A field of the run's record, such as 'notes' or 'started_at'. Values that are not strings are returned as JSON.
    procedure :: text => run_text
    !> A parameter by its name: an integer, real, logical or allocatable character. Members of objects are separated by
    !> dots: 'solver.tolerance'. Returns METALAB_ERR_NOT_FOUND if the run has no such parameter.
    generic :: param => param_int32, param_int64, param_real32, param_real64, param_logical, param_text
    !> A metric by its name, like `param`. Metrics that only the run's journal has are found, too.
    generic :: metric => metric_int32, metric_int64, metric_real32, metric_real64, metric_logical, metric_text
    !> The highest step of any series or snapshot; -1 if there is none.
    procedure :: last_step => run_last_step
    !> A whole series, sorted by step, including the last call that has returned. values: real64 (for any numbers),
    !> int64, logical, or character long enough for all of them. is_there: which points have a value; the others have
    !> NaN, 0, .false. or blanks. axis: for each point, the value of the series that `set_axis` has set, or NaN if that
    !> has no value at the step; not allocated if the series has no axis. most: the largest number of points, at least
    !> 4; `thin` says which are kept.
    !>
    !>     call run%series('loss', steps, values, axis=time, most=1000)
    !>     call run%series('loss', points)        ! as a type(metalab_points)
    generic :: series => series_real64, series_int64, series_logical, series_text, series_points
    !> The axis of a whole series of this run: real64 values, one for each point, or a type(metalab_points). is_there:
    !> which points have a value; the others have NaN. Returns METALAB_ERR_NOT_FOUND if the series has no axis, or if
    !> the run does not have the axis.
    generic :: axis => axis_real64, axis_points
    !> Follows a series while the run goes on.
    procedure :: follow => run_follow
    !> Loads an array of an artifact; `found%get` or `found%map` returns its elements. key: the name of the array if
    !> the artifact has several.
    procedure :: array => run_array
    !> The names of the arrays of an artifact, in the order of the file: a JSON array.
    procedure :: array_names_json => run_array_names_json
    !> Loads structured data that are an array.
    procedure :: data => run_data
    !> Loads the latest snapshot of an array, and returns its step. Returns METALAB_ERR_NOT_FOUND if there is none.
    procedure :: latest => run_latest
    !> Structured data as a JSON object of "data" and "metadata".
    procedure :: data_json => run_data_json
    !> The metadata of structured data, also of an array: a JSON object.
    procedure :: data_metadata_json => run_data_metadata_json
    !> The run's record, the names of all it has, or its artifacts with their paths, as JSON.
    procedure :: record_json => run_record_json
    procedure :: names_json => run_names_json
    procedure :: artifacts_json => run_artifacts_json
    !> At most 1 MiB of a log, from a byte offset; empty at the end of the log. name: 'run' if absent.
    procedure :: log => run_log
    !> Compares an artifact's file with the hash that was recorded when it was sealed.
    procedure :: verify => run_verify
    procedure, private :: param_int32, param_int64, param_real32, param_real64, param_logical, param_text
    procedure, private :: metric_int32, metric_int64, metric_real32, metric_real64, metric_logical, metric_text
    procedure, private :: series_real64, series_int64, series_logical, series_text, series_points
    procedure, private :: axis_real64, axis_points
  end type

  !> A series: a whole one that `series` or `axis` of a run has read, or one that `follow` has begun to follow.
  type, extends(reader_base) :: metalab_points
  contains
    !> Adds the points that were emitted since the last call. count: how many. ended: true if there will be no more.
    procedure :: poll => points_poll
    !> The points so far, in the order in which they were read. is_there: which points have a value; the others
    !> have NaN, 0, .false. or blanks.
    generic :: get => get_real64, get_int64, get_logical, get_text
    !> At most `most` points (at least 4) of a whole series, which draw the same curve: the first, last, smallest and
    !> largest of equal parts. All points are kept if the values are strings.
    procedure :: thin => points_thin
    !> The description of the series: a JSON object of "name", "unit", "description", "axis" and "part_of".
    procedure :: about_json => points_about_json
    procedure, private :: get_real64, get_int64, get_logical, get_text
  end type

contains

  ! --- Stores

  recursive subroutine store_open(self, locator, stat, errmsg)
    class(metalab_store), intent(inout) :: self
    character(len=*), intent(in), optional :: locator
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room
    type(c_ptr) :: handle
    integer(c_int32_t) :: status

    handle = c_null_ptr
    status = c_store_open(pointer_to(locator, room), handle)
    call self%own(handle, c_store_free)
    call settle_reader(status, stat, errmsg)
  end subroutine

  recursive subroutine store_runs(self, table_out, filter, experiment, limit, stat, errmsg)
    class(metalab_store), intent(in) :: self
    type(metalab_table), intent(inout) :: table_out
    character(len=*), intent(in), optional :: filter, experiment
    integer, intent(in), optional :: limit
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: filter_room, experiment_room
    type(c_ptr) :: handle
    integer(c_int32_t) :: status
    integer(c_size_t) :: most

    most = 0
    if (present(limit)) most = int(max(0, limit), c_size_t)
    handle = c_null_ptr
    status = c_store_runs(self%handle, pointer_to(experiment, experiment_room), pointer_to(filter, filter_room), &
        most, handle)
    call table_out%own(handle, c_table_free)
    call settle_reader(status, stat, errmsg)
  end subroutine

  recursive subroutine store_run(self, run_out, run_id, experiment, stat, errmsg)
    class(metalab_store), intent(in) :: self
    type(metalab_run), intent(inout) :: run_out
    character(len=*), intent(in), optional :: run_id, experiment
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: run_id_room, experiment_room
    type(c_ptr) :: handle
    integer(c_int32_t) :: status

    handle = c_null_ptr
    status = c_store_run(self%handle, pointer_to(experiment, experiment_room), pointer_to(run_id, run_id_room), handle)
    call run_out%own(handle, c_run_free)
    call settle_reader(status, stat, errmsg)
  end subroutine

  recursive function store_experiments_json(self, stat, errmsg) result(json)
    class(metalab_store), intent(in) :: self
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    character(len=:), allocatable :: json
    type(c_ptr) :: text

    text = c_null_ptr
    call settle_reader(c_store_experiments_json(self%handle, text), stat, errmsg)
    json = taken(text)
  end function

  ! --- Tables

  recursive function table_rows(self) result(rows)
    class(metalab_table), intent(in) :: self
    integer :: rows
    integer(c_size_t) :: row_count, column_count

    row_count = 0
    column_count = 0
    if (c_table_size(self%handle, row_count, column_count) /= METALAB_OK) row_count = 0
    rows = int(row_count)
  end function

  recursive function table_columns(self) result(columns)
    class(metalab_table), intent(in) :: self
    integer :: columns
    integer(c_size_t) :: row_count, column_count

    row_count = 0
    column_count = 0
    if (c_table_size(self%handle, row_count, column_count) /= METALAB_OK) column_count = 0
    columns = int(column_count)
  end function

  recursive function table_column_name(self, index) result(name)
    class(metalab_table), intent(in) :: self
    integer, intent(in) :: index
    character(len=:), allocatable :: name
    type(c_column) :: column

    name = ''
    if (index < 1) return
    if (c_table_column(self%handle, int(index - 1, c_size_t), column) == METALAB_OK) name = copied(column%name)
  end function

  !> The column of a name.
  recursive function table_find(self, name, column, is_there, stat, errmsg) result(found)
    class(metalab_table), intent(in) :: self
    character(len=*), intent(in) :: name
    type(c_column), intent(inout) :: column
    logical, allocatable, intent(out), optional :: is_there(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    logical :: found
    type(c_text), target :: room
    integer(c_int32_t) :: status

    status = c_table_find(self%handle, pointer_to(name, room), column)
    call settle_reader(status, stat, errmsg)
    found = status == METALAB_OK
    if (found .and. present(is_there)) call valid_values(column, is_there)
  end function

  recursive subroutine column_real64(self, name, values, is_there, stat, errmsg)
    class(metalab_table), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real64), allocatable, intent(out) :: values(:)
    logical, allocatable, intent(out), optional :: is_there(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_column) :: column

    if (self%find(name, column, is_there, stat, errmsg)) call real_values(column, values, stat, errmsg)
  end subroutine

  recursive subroutine column_int64(self, name, values, is_there, stat, errmsg)
    class(metalab_table), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int64), allocatable, intent(out) :: values(:)
    logical, allocatable, intent(out), optional :: is_there(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_column) :: column

    if (self%find(name, column, is_there, stat, errmsg)) call integer_values(column, values, stat, errmsg)
  end subroutine

  recursive subroutine column_logical(self, name, values, is_there, stat, errmsg)
    class(metalab_table), intent(in) :: self
    character(len=*), intent(in) :: name
    logical, allocatable, intent(out) :: values(:)
    logical, allocatable, intent(out), optional :: is_there(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_column) :: column

    if (self%find(name, column, is_there, stat, errmsg)) call logical_values(column, values, stat, errmsg)
  end subroutine

  recursive subroutine column_text(self, name, values, is_there, stat, errmsg)
    class(metalab_table), intent(in) :: self
    character(len=*), intent(in) :: name
    character(len=*), allocatable, intent(out) :: values(:)
    logical, allocatable, intent(out), optional :: is_there(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_column) :: column

    if (self%find(name, column, is_there, stat, errmsg)) call text_values(column, values, stat, errmsg)
  end subroutine

  recursive function table_problems_json(self, stat, errmsg) result(json)
    class(metalab_table), intent(in) :: self
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    character(len=:), allocatable :: json
    type(c_ptr) :: text

    text = c_null_ptr
    call settle_reader(c_table_problems_json(self%handle, text), stat, errmsg)
    json = taken(text)
  end function

  ! --- Runs

  recursive subroutine run_open(self, options, stat, errmsg)
    class(metalab_run), intent(inout) :: self
    type(metalab_options), intent(in), optional :: options
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    character(len=:), allocatable :: message
    type(metalab_options) :: unsaid
    type(c_ptr) :: options_handle, handle
    integer(c_int32_t) :: status
    integer :: error

    call self%close()
    call unsaid%begin()
    options_handle = unsaid%handle
    if (present(options)) then
      call options%deferred(error, message)
      if (error /= METALAB_OK) then
        call settle_value(error, c_null_ptr, message, stat, errmsg)
        return
      end if
      if (c_associated(options%handle)) options_handle = options%handle
    end if
    handle = c_null_ptr
    status = c_options_run(options_handle, handle)
    call self%own(handle, c_run_free)
    call settle_reader(status, stat, errmsg)
  end subroutine

  recursive subroutine run_refresh(self, stat, errmsg)
    class(metalab_run), intent(in) :: self
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call settle_reader(c_run_refresh(self%handle), stat, errmsg)
  end subroutine

  recursive function run_status(self, stat, errmsg) result(how)
    class(metalab_run), intent(in) :: self
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer :: how
    integer(c_int32_t) :: found

    found = METALAB_RUN_OTHER
    call settle_reader(c_run_status(self%handle, found), stat, errmsg)
    how = int(found)
  end function

  recursive function run_text(self, field, stat, errmsg) result(value)
    class(metalab_run), intent(in) :: self
    character(len=*), intent(in) :: field
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    character(len=:), allocatable :: value
    type(c_text), target :: room
    type(c_ptr) :: text

    text = c_null_ptr
    call settle_reader(c_run_text(self%handle, pointer_to(field, room), text), stat, errmsg)
    value = taken(text)
  end function

  recursive function run_id(self, stat, errmsg) result(id)
    class(metalab_run), intent(in) :: self
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    character(len=:), allocatable :: id

    id = self%text('run_id', stat, errmsg)
  end function

  recursive function run_experiment_id(self, stat, errmsg) result(id)
    class(metalab_run), intent(in) :: self
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    character(len=:), allocatable :: id

    id = self%text('experiment_id', stat, errmsg)
  end function

  recursive subroutine number_of(run, field, value, status)
    class(metalab_run), intent(in) :: run
    character(len=*), intent(in) :: field
    real(c_double), intent(inout) :: value
    integer(c_int32_t), intent(out) :: status
    type(c_text), target :: room

    status = c_run_number(run%handle, pointer_to(field, room), value)
  end subroutine

  recursive subroutine integer_of(run, field, value, status)
    class(metalab_run), intent(in) :: run
    character(len=*), intent(in) :: field
    integer(c_int64_t), intent(inout) :: value
    integer(c_int32_t), intent(out) :: status
    type(c_text), target :: room

    status = c_run_integer(run%handle, pointer_to(field, room), value)
  end subroutine

  recursive subroutine param_real32(self, name, value, stat, errmsg)
    class(metalab_run), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real32), intent(inout) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    real(c_double) :: number
    integer(c_int32_t) :: status

    call number_of(self, 'params.' // name, number, status)
    if (status == METALAB_OK) value = real(number, real32)
    call settle_reader(status, stat, errmsg)
  end subroutine

  recursive subroutine param_real64(self, name, value, stat, errmsg)
    class(metalab_run), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real64), intent(inout) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    real(c_double) :: number
    integer(c_int32_t) :: status

    call number_of(self, 'params.' // name, number, status)
    if (status == METALAB_OK) value = number
    call settle_reader(status, stat, errmsg)
  end subroutine

  recursive subroutine param_int32(self, name, value, stat, errmsg)
    class(metalab_run), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int32), intent(inout) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(c_int64_t) :: number
    integer(c_int32_t) :: status

    call integer_of(self, 'params.' // name, number, status)
    if (status == METALAB_OK .and. abs(number) > huge(value)) then
      call settle_value(METALAB_ERR_VALUE, c_null_ptr, 'params.' // trim(name) // ': it is beyond 32 bits', stat, errmsg)
      return
    end if
    if (status == METALAB_OK) value = int(number, int32)
    call settle_reader(status, stat, errmsg)
  end subroutine

  recursive subroutine param_int64(self, name, value, stat, errmsg)
    class(metalab_run), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int64), intent(inout) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(c_int64_t) :: number
    integer(c_int32_t) :: status

    call integer_of(self, 'params.' // name, number, status)
    if (status == METALAB_OK) value = number
    call settle_reader(status, stat, errmsg)
  end subroutine

  recursive subroutine param_logical(self, name, value, stat, errmsg)
    class(metalab_run), intent(in) :: self
    character(len=*), intent(in) :: name
    logical, intent(inout) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(c_int64_t) :: number
    integer(c_int32_t) :: status

    call integer_of(self, 'params.' // name, number, status)
    if (status == METALAB_OK .and. number /= 0 .and. number /= 1) then
      call settle_value(METALAB_ERR_VALUE, c_null_ptr, 'params.' // trim(name) // ': it is no logical', stat, errmsg)
      return
    end if
    if (status == METALAB_OK) value = number == 1
    call settle_reader(status, stat, errmsg)
  end subroutine

  recursive subroutine param_text(self, name, value, stat, errmsg)
    class(metalab_run), intent(in) :: self
    character(len=*), intent(in) :: name
    character(len=:), allocatable, intent(inout) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room
    type(c_ptr) :: text
    integer(c_int32_t) :: status

    text = c_null_ptr
    status = c_run_text(self%handle, pointer_to('params.' // name, room), text)
    if (status == METALAB_OK) value = taken(text)
    call settle_reader(status, stat, errmsg)
  end subroutine

  recursive subroutine metric_real32(self, name, value, stat, errmsg)
    class(metalab_run), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real32), intent(inout) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    real(c_double) :: number
    integer(c_int32_t) :: status

    call number_of(self, 'metrics.' // name, number, status)
    if (status == METALAB_OK) value = real(number, real32)
    call settle_reader(status, stat, errmsg)
  end subroutine

  recursive subroutine metric_real64(self, name, value, stat, errmsg)
    class(metalab_run), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real64), intent(inout) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    real(c_double) :: number
    integer(c_int32_t) :: status

    call number_of(self, 'metrics.' // name, number, status)
    if (status == METALAB_OK) value = number
    call settle_reader(status, stat, errmsg)
  end subroutine

  recursive subroutine metric_int32(self, name, value, stat, errmsg)
    class(metalab_run), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int32), intent(inout) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(c_int64_t) :: number
    integer(c_int32_t) :: status

    call integer_of(self, 'metrics.' // name, number, status)
    if (status == METALAB_OK .and. abs(number) > huge(value)) then
      call settle_value(METALAB_ERR_VALUE, c_null_ptr, 'metrics.' // trim(name) // ': it is beyond 32 bits', stat, errmsg)
      return
    end if
    if (status == METALAB_OK) value = int(number, int32)
    call settle_reader(status, stat, errmsg)
  end subroutine

  recursive subroutine metric_int64(self, name, value, stat, errmsg)
    class(metalab_run), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int64), intent(inout) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(c_int64_t) :: number
    integer(c_int32_t) :: status

    call integer_of(self, 'metrics.' // name, number, status)
    if (status == METALAB_OK) value = number
    call settle_reader(status, stat, errmsg)
  end subroutine

  recursive subroutine metric_logical(self, name, value, stat, errmsg)
    class(metalab_run), intent(in) :: self
    character(len=*), intent(in) :: name
    logical, intent(inout) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(c_int64_t) :: number
    integer(c_int32_t) :: status

    call integer_of(self, 'metrics.' // name, number, status)
    if (status == METALAB_OK .and. number /= 0 .and. number /= 1) then
      call settle_value(METALAB_ERR_VALUE, c_null_ptr, 'metrics.' // trim(name) // ': it is no logical', stat, errmsg)
      return
    end if
    if (status == METALAB_OK) value = number == 1
    call settle_reader(status, stat, errmsg)
  end subroutine

  recursive subroutine metric_text(self, name, value, stat, errmsg)
    class(metalab_run), intent(in) :: self
    character(len=*), intent(in) :: name
    character(len=:), allocatable, intent(inout) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room
    type(c_ptr) :: text
    integer(c_int32_t) :: status

    text = c_null_ptr
    status = c_run_text(self%handle, pointer_to('metrics.' // name, room), text)
    if (status == METALAB_OK) value = taken(text)
    call settle_reader(status, stat, errmsg)
  end subroutine

  recursive function run_last_step(self, stat, errmsg) result(step)
    class(metalab_run), intent(in) :: self
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: step
    integer(c_int64_t) :: found
    integer(c_int32_t) :: status

    found = -1
    status = c_run_last_step(self%handle, found)
    step = found
    ! That there is none is what -1 says.
    if (status == METALAB_ERR_NOT_FOUND) status = METALAB_OK
    call settle_reader(status, stat, errmsg)
  end function

  recursive subroutine series_real64(self, name, steps, values, is_there, axis, most, stat, errmsg)
    class(metalab_run), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int64), allocatable, intent(out) :: steps(:)
    real(real64), allocatable, intent(out) :: values(:)
    logical, allocatable, intent(out), optional :: is_there(:)
    real(real64), allocatable, intent(out), optional :: axis(:)
    integer, intent(in), optional :: most
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(metalab_points) :: points

    if (chosen_points(self, name, points, axis, most, stat, errmsg)) call points%get(steps, values, is_there, stat, errmsg)
    call points%close()
  end subroutine

  recursive subroutine series_int64(self, name, steps, values, is_there, axis, most, stat, errmsg)
    class(metalab_run), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int64), allocatable, intent(out) :: steps(:)
    integer(int64), allocatable, intent(out) :: values(:)
    logical, allocatable, intent(out), optional :: is_there(:)
    real(real64), allocatable, intent(out), optional :: axis(:)
    integer, intent(in), optional :: most
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(metalab_points) :: points

    if (chosen_points(self, name, points, axis, most, stat, errmsg)) call points%get(steps, values, is_there, stat, errmsg)
    call points%close()
  end subroutine

  recursive subroutine series_logical(self, name, steps, values, is_there, axis, most, stat, errmsg)
    class(metalab_run), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int64), allocatable, intent(out) :: steps(:)
    logical, allocatable, intent(out) :: values(:)
    logical, allocatable, intent(out), optional :: is_there(:)
    real(real64), allocatable, intent(out), optional :: axis(:)
    integer, intent(in), optional :: most
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(metalab_points) :: points

    if (chosen_points(self, name, points, axis, most, stat, errmsg)) call points%get(steps, values, is_there, stat, errmsg)
    call points%close()
  end subroutine

  recursive subroutine series_text(self, name, steps, values, is_there, axis, most, stat, errmsg)
    class(metalab_run), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int64), allocatable, intent(out) :: steps(:)
    character(len=*), allocatable, intent(out) :: values(:)
    logical, allocatable, intent(out), optional :: is_there(:)
    real(real64), allocatable, intent(out), optional :: axis(:)
    integer, intent(in), optional :: most
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(metalab_points) :: points

    if (chosen_points(self, name, points, axis, most, stat, errmsg)) call points%get(steps, values, is_there, stat, errmsg)
    call points%close()
  end subroutine

  recursive subroutine series_points(self, name, points_out, stat, errmsg)
    class(metalab_run), intent(in) :: self
    character(len=*), intent(in) :: name
    type(metalab_points), intent(inout) :: points_out
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room
    type(c_ptr) :: handle
    integer(c_int32_t) :: status

    handle = c_null_ptr
    status = c_run_series(self%handle, pointer_to(name, room), handle)
    call points_out%own(handle, c_points_free)
    call settle_reader(status, stat, errmsg)
  end subroutine

  !> Reads a whole series and its axis, thinned to `most` points; returns false after an error.
  recursive function chosen_points(run, name, points_out, axis, most, stat, errmsg) result(is_there)
    class(metalab_run), intent(in) :: run
    character(len=*), intent(in) :: name
    type(metalab_points), intent(inout) :: points_out
    real(real64), allocatable, intent(out), optional :: axis(:)
    integer, intent(in), optional :: most
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    logical :: is_there
    type(metalab_points) :: whole, found
    type(c_ptr) :: handle
    integer(int64), allocatable :: steps(:)
    integer(c_int32_t) :: status

    is_there = .false.
    if (present(most)) then
      call run%series(name, whole, stat, errmsg)
      if (whole%is_open()) call whole%thin(most, points_out, stat, errmsg)
      call whole%close()
    else
      call run%series(name, points_out, stat, errmsg)
    end if
    if (.not. points_out%is_open()) return
    is_there = .true.
    if (.not. present(axis)) return
    handle = c_null_ptr
    status = c_points_axis(points_out%handle, run%handle, handle)
    ! That there is none is said by an array that is not allocated.
    if (status == METALAB_ERR_NOT_FOUND) return
    call found%own(handle, c_points_free)
    call settle_reader(status, stat, errmsg)
    if (found%is_open()) call found%get(steps, axis, stat=stat, errmsg=errmsg)
    is_there = allocated(axis)
    call found%close()
  end function

  recursive subroutine axis_points(self, points_in, axis, stat, errmsg)
    class(metalab_run), intent(in) :: self
    type(metalab_points), intent(in) :: points_in
    type(metalab_points), intent(inout) :: axis
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_ptr) :: handle
    integer(c_int32_t) :: status

    handle = c_null_ptr
    status = c_points_axis(points_in%handle, self%handle, handle)
    call axis%own(handle, c_points_free)
    call settle_reader(status, stat, errmsg)
  end subroutine

  recursive subroutine axis_real64(self, points_in, axis, is_there, stat, errmsg)
    class(metalab_run), intent(in) :: self
    type(metalab_points), intent(in) :: points_in
    real(real64), allocatable, intent(out) :: axis(:)
    logical, allocatable, intent(out), optional :: is_there(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(metalab_points) :: found
    integer(int64), allocatable :: steps(:)

    call self%axis(points_in, found, stat, errmsg)
    if (found%is_open()) call found%get(steps, axis, is_there, stat, errmsg)
    call found%close()
  end subroutine

  recursive subroutine run_follow(self, name, points_out, stat, errmsg)
    class(metalab_run), intent(in) :: self
    character(len=*), intent(in) :: name
    type(metalab_points), intent(inout) :: points_out
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room
    type(c_ptr) :: handle
    integer(c_int32_t) :: status

    handle = c_null_ptr
    status = c_run_follow(self%handle, pointer_to(name, room), handle)
    call points_out%own(handle, c_points_free)
    call settle_reader(status, stat, errmsg)
  end subroutine

  recursive subroutine points_poll(self, count, ended, stat, errmsg)
    class(metalab_points), intent(in) :: self
    integer, intent(out), optional :: count
    logical, intent(out), optional :: ended
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(c_size_t) :: new
    logical(c_bool) :: is_over

    new = 0
    is_over = .false._c_bool
    call settle_reader(c_points_poll(self%handle, new, is_over), stat, errmsg)
    if (present(count)) count = int(new)
    if (present(ended)) ended = logical(is_over)
  end subroutine

  recursive subroutine points_thin(self, most, thinned, stat, errmsg)
    class(metalab_points), intent(in) :: self
    integer, intent(in) :: most
    type(metalab_points), intent(inout) :: thinned
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_ptr) :: handle
    integer(c_int32_t) :: status

    handle = c_null_ptr
    status = c_points_thin(self%handle, int(max(0, most), c_size_t), handle)
    call thinned%own(handle, c_points_free)
    call settle_reader(status, stat, errmsg)
  end subroutine

  recursive function points_about_json(self, stat, errmsg) result(json)
    class(metalab_points), intent(in) :: self
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    character(len=:), allocatable :: json
    type(c_ptr) :: text

    text = c_null_ptr
    call settle_reader(c_points_about_json(self%handle, text), stat, errmsg)
    json = taken(text)
  end function

  recursive subroutine get_real64(self, steps, values, is_there, stat, errmsg)
    class(metalab_points), intent(in) :: self
    integer(int64), allocatable, intent(out) :: steps(:)
    real(real64), allocatable, intent(out) :: values(:)
    logical, allocatable, intent(out), optional :: is_there(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_column) :: column

    if (columns_of(self, steps, column, is_there, stat, errmsg)) call real_values(column, values, stat, errmsg)
  end subroutine

  recursive subroutine get_int64(self, steps, values, is_there, stat, errmsg)
    class(metalab_points), intent(in) :: self
    integer(int64), allocatable, intent(out) :: steps(:)
    integer(int64), allocatable, intent(out) :: values(:)
    logical, allocatable, intent(out), optional :: is_there(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_column) :: column

    if (columns_of(self, steps, column, is_there, stat, errmsg)) call integer_values(column, values, stat, errmsg)
  end subroutine

  recursive subroutine get_logical(self, steps, values, is_there, stat, errmsg)
    class(metalab_points), intent(in) :: self
    integer(int64), allocatable, intent(out) :: steps(:)
    logical, allocatable, intent(out) :: values(:)
    logical, allocatable, intent(out), optional :: is_there(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_column) :: column

    if (columns_of(self, steps, column, is_there, stat, errmsg)) call logical_values(column, values, stat, errmsg)
  end subroutine

  recursive subroutine get_text(self, steps, values, is_there, stat, errmsg)
    class(metalab_points), intent(in) :: self
    integer(int64), allocatable, intent(out) :: steps(:)
    character(len=*), allocatable, intent(out) :: values(:)
    logical, allocatable, intent(out), optional :: is_there(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_column) :: column

    if (columns_of(self, steps, column, is_there, stat, errmsg)) call text_values(column, values, stat, errmsg)
  end subroutine

  recursive function columns_of(points_in, steps, column, is_there, stat, errmsg) result(found)
    class(metalab_points), intent(in) :: points_in
    integer(int64), allocatable, intent(out) :: steps(:)
    type(c_column), intent(inout) :: column
    logical, allocatable, intent(out), optional :: is_there(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    logical :: found
    integer(c_size_t) :: count
    type(c_ptr) :: first
    integer(c_int32_t) :: status

    first = c_null_ptr
    count = 0
    status = c_points_columns(points_in%handle, count, first, column)
    call settle_reader(status, stat, errmsg)
    found = status == METALAB_OK
    if (.not. found) return
    call steps_of(count, first, steps)
    if (present(is_there)) call valid_values(column, is_there)
  end function

  recursive subroutine run_array(self, name, found, key, stat, errmsg)
    class(metalab_run), intent(in) :: self
    character(len=*), intent(in) :: name
    type(metalab_loaded), intent(inout) :: found
    character(len=*), intent(in), optional :: key
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room, key_room
    type(c_array) :: array
    type(c_ptr) :: handle
    integer(c_int32_t) :: status

    handle = c_null_ptr
    status = c_run_array(self%handle, pointer_to(name, room), pointer_to(key, key_room), handle, array)
    call begin_loaded(found, status, handle, array, stat, errmsg)
  end subroutine

  recursive subroutine run_data(self, name, found, stat, errmsg)
    class(metalab_run), intent(in) :: self
    character(len=*), intent(in) :: name
    type(metalab_loaded), intent(inout) :: found
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room
    type(c_array) :: array
    type(c_ptr) :: handle
    integer(c_int32_t) :: status

    handle = c_null_ptr
    status = c_run_result_array(self%handle, pointer_to(name, room), handle, array)
    call begin_loaded(found, status, handle, array, stat, errmsg)
  end subroutine

  recursive subroutine run_latest(self, name, found, step, stat, errmsg)
    class(metalab_run), intent(in) :: self
    character(len=*), intent(in) :: name
    type(metalab_loaded), intent(inout) :: found
    integer(int64), intent(out), optional :: step
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room
    integer(c_int64_t) :: snapshot
    type(c_array) :: array
    type(c_ptr) :: handle
    integer(c_int32_t) :: status

    handle = c_null_ptr
    snapshot = -1
    status = c_run_latest(self%handle, pointer_to(name, room), snapshot, handle, array)
    if (present(step)) step = snapshot
    call begin_loaded(found, status, handle, array, stat, errmsg)
  end subroutine

  recursive function run_data_json(self, name, stat, errmsg) result(json)
    class(metalab_run), intent(in) :: self
    character(len=*), intent(in) :: name
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    character(len=:), allocatable :: json
    type(c_text), target :: room
    type(c_ptr) :: text

    text = c_null_ptr
    call settle_reader(c_run_result_json(self%handle, pointer_to(name, room), text), stat, errmsg)
    json = taken(text)
  end function

  recursive function run_data_metadata_json(self, name, stat, errmsg) result(json)
    class(metalab_run), intent(in) :: self
    character(len=*), intent(in) :: name
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    character(len=:), allocatable :: json
    type(c_text), target :: room
    type(c_ptr) :: text

    text = c_null_ptr
    call settle_reader(c_run_result_metadata_json(self%handle, pointer_to(name, room), text), stat, errmsg)
    json = taken(text)
  end function

  recursive function run_array_names_json(self, artifact, stat, errmsg) result(json)
    class(metalab_run), intent(in) :: self
    character(len=*), intent(in) :: artifact
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    character(len=:), allocatable :: json
    type(c_text), target :: room
    type(c_ptr) :: text

    text = c_null_ptr
    call settle_reader(c_run_array_names_json(self%handle, pointer_to(artifact, room), text), stat, errmsg)
    json = taken(text)
  end function

  recursive function run_record_json(self, stat, errmsg) result(json)
    class(metalab_run), intent(in) :: self
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    character(len=:), allocatable :: json
    type(c_ptr) :: text

    text = c_null_ptr
    call settle_reader(c_run_record_json(self%handle, text), stat, errmsg)
    json = taken(text)
  end function

  recursive function run_names_json(self, stat, errmsg) result(json)
    class(metalab_run), intent(in) :: self
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    character(len=:), allocatable :: json
    type(c_ptr) :: text

    text = c_null_ptr
    call settle_reader(c_run_names_json(self%handle, text), stat, errmsg)
    json = taken(text)
  end function

  recursive function run_artifacts_json(self, stat, errmsg) result(json)
    class(metalab_run), intent(in) :: self
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    character(len=:), allocatable :: json
    type(c_ptr) :: text

    text = c_null_ptr
    call settle_reader(c_run_artifacts_json(self%handle, text), stat, errmsg)
    json = taken(text)
  end function

  recursive function run_log(self, offset, name, stat, errmsg) result(lines)
    class(metalab_run), intent(in) :: self
    integer(int64), intent(in), optional :: offset
    character(len=*), intent(in), optional :: name
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    character(len=:), allocatable :: lines
    type(c_text), target :: room
    type(c_ptr) :: text, which
    integer(c_int64_t) :: start
    integer(c_size_t) :: size

    start = 0
    if (present(offset)) start = offset
    which = pointer_to('run', room)
    if (present(name)) which = pointer_to(name, room)
    text = c_null_ptr
    size = 0
    call settle_reader(c_run_log(self%handle, which, start, 1048576_c_size_t, text, size), stat, errmsg)
    lines = taken(text)
  end function

  recursive subroutine run_verify(self, artifact, stat, errmsg)
    class(metalab_run), intent(in) :: self
    character(len=*), intent(in) :: artifact
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call settle_reader(c_run_artifact_verify(self%handle, pointer_to(artifact, room)), stat, errmsg)
  end subroutine
end module
