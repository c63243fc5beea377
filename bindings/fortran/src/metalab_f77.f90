!> For code that can't use the module: external procedures with names of six letters, which
!> fixed-form FORTRAN 77 can call. Handles are integers; 0 means no run, and calls with it do
!> nothing. Trailing blanks of strings are removed; a blank string means none. IERR becomes a
!> METALAB_... status, 0 for success; MLERR returns the message of the latest error.
!>
!> Types that a compiler's flags make larger than 64 bits (128 for COMPLEX*16) are refused.
!>
!> Call MLOPTS, MLOPEN, MLSER and MLCLOS from one thread at a time, and the others from any.
module metalab_handles_m
  use metalab_constants_m
  use metalab_capture_m, only: metalab_capture
  use metalab_options_m, only: metalab_options
  use metalab_series_m, only: metalab_series
  implicit none
  private
  public :: options_of, run_of, series_of, new_number, find_slot, forget_options, forget_run
  public :: all_options, all_runs, all_series, series_runs, set_options, set_runs, set_series

  integer, parameter :: max_options = 64, max_runs = 256, max_series = 8192

  type(metalab_options), target, save :: all_options(max_options)
  type(metalab_capture), target, save :: all_runs(max_runs)
  type(metalab_series), target, save :: all_series(max_series)
  !> Their current handles; 0 for none.
  integer, save :: set_options(max_options) = 0, set_runs(max_runs) = 0, set_series(max_series) = 0
  !> The runs of the series.
  integer, save :: series_runs(max_series) = 0
  integer, save :: uses = 0

contains

  !> A new handle, and its place in the table, which is the handle's remainder; 0 if the table is full.
  recursive subroutine new_number(table, number, slot)
    integer, intent(inout) :: table(:)
    integer, intent(out) :: number, slot

    number = 0
    do slot = 1, size(table)
      if (table(slot) /= 0) cycle
      uses = modulo(uses + 1, huge(uses) / size(table) - 1)
      number = slot + size(table) * uses
      table(slot) = number
      return
    end do
    slot = 0
  end subroutine

  !> Where in the table the handle is; 0 if it is not.
  pure recursive function find_slot(table, number) result(slot)
    integer, intent(in) :: table(:), number
    integer :: slot

    slot = 0
    if (number <= 0) return
    slot = modulo(number - 1, size(table)) + 1
    if (table(slot) /= number) slot = 0
  end function

  recursive function options_of(number) result(options)
    integer, intent(in) :: number
    type(metalab_options), pointer :: options
    integer :: slot

    nullify (options)
    slot = find_slot(set_options, number)
    if (slot > 0) options => all_options(slot)
  end function

  !> The run if there is one, and otherwise the status.
  recursive function run_of(number, error) result(run)
    integer, intent(in) :: number
    integer, intent(out) :: error
    type(metalab_capture), pointer :: run
    integer :: slot

    nullify (run)
    slot = find_slot(set_runs, number)
    if (slot > 0) run => all_runs(slot)
    error = merge(METALAB_NO_CAPTURE, METALAB_ERR_HANDLE, number == 0)
  end function

  recursive function series_of(number, error) result(series)
    integer, intent(in) :: number
    integer, intent(out) :: error
    type(metalab_series), pointer :: series
    integer :: slot

    nullify (series)
    slot = find_slot(set_series, number)
    if (slot > 0) series => all_series(slot)
    error = merge(METALAB_NO_CAPTURE, METALAB_ERR_HANDLE, number == 0)
  end function

  recursive subroutine forget_options(number)
    integer, intent(in) :: number
    integer :: slot

    slot = find_slot(set_options, number)
    if (slot == 0) return
    call all_options(slot)%clear()
    set_options(slot) = 0
  end subroutine

  !> Forgets a run that is closed, and its series.
  recursive subroutine forget_run(number)
    integer, intent(in) :: number
    integer :: slot

    where (series_runs == number) set_series = 0
    slot = find_slot(set_runs, number)
    if (slot > 0) set_runs(slot) = 0
  end subroutine
end module

!> Creates an empty options object.
recursive subroutine mlopts(iopt, ierr)
  use metalab_constants_m
  use metalab_handles_m
  implicit none
  integer, intent(out) :: iopt, ierr
  integer :: slot

  call new_number(set_options, iopt, slot)
  ierr = merge(METALAB_OK, METALAB_ERR_MEMORY, slot > 0)
end subroutine

!> Frees options. 0 is fine.
recursive subroutine mloptf(iopt)
  use metalab_handles_m
  implicit none
  integer, intent(in) :: iopt

  call forget_options(iopt)
end subroutine

!> Sets an option that is a string: KEY is STORE, EXPERIMENT, RUN_ID, TAG, NOTE, CODE_HASH, WORKER, JOURNAL,
!> NAMELIST (the path of a namelist file, whose variables become params), PARAMS, CONTEXT or METADATA (JSON objects).
recursive subroutine mlsetc(iopt, key, text, ierr)
  use metalab_constants_m
  use metalab_handles_m
  use metalab_options_m, only: metalab_options
  implicit none
  integer, intent(in) :: iopt
  character(len=*), intent(in) :: key, text
  integer, intent(out) :: ierr
  type(metalab_options), pointer :: options

  options => options_of(iopt)
  ierr = METALAB_ERR_HANDLE
  if (.not. associated(options)) return
  select case (key)
  case ('STORE')
    call options%store(text, ierr)
  case ('EXPERIMENT')
    call options%experiment(text, ierr)
  case ('RUN_ID')
    call options%run_id(text, ierr)
  case ('TAG')
    call options%add_tag(text, ierr)
  case ('NOTE')
    call options%note(text, ierr)
  case ('CODE_HASH')
    call options%code_hash(text, ierr)
  case ('WORKER')
    call options%worker(text, ierr)
  case ('JOURNAL')
    call options%journal(text, ierr)
  case ('NAMELIST')
    call options%namelist(text, ierr)
  case ('PARAMS')
    call options%params_json(text, ierr)
  case ('CONTEXT')
    call options%context_json(text, ierr)
  case ('METADATA')
    call options%metadata_json(text, ierr)
  case default
    ierr = METALAB_ERR_VALUE
  end select
end subroutine

!> Sets an option that is an integer: KEY is SEED, REPLICATE, IF_SUCCESS (0: run again, 1: refuse, 2: skip),
!> SIGNALS (1: record fatal ones, 2: handle those that request a stop, 3: both), DURABLE (0 or 1),
!> or RESTART (the first step that will be emitted again).
recursive subroutine mlseti(iopt, key, ivalue, ierr)
  use metalab_constants_m
  use metalab_handles_m
  use metalab_options_m, only: metalab_options
  implicit none
  integer, intent(in) :: iopt, ivalue
  character(len=*), intent(in) :: key
  integer, intent(out) :: ierr
  type(metalab_options), pointer :: options

  options => options_of(iopt)
  ierr = METALAB_ERR_HANDLE
  if (.not. associated(options)) return
  select case (key)
  case ('SEED')
    call options%seed(ivalue, ierr)
  case ('REPLICATE')
    call options%replicate(ivalue, ierr)
  case ('IF_SUCCESS')
    call options%if_success(ivalue, ierr)
  case ('SIGNALS')
    call options%signals(ivalue, ierr)
  case ('DURABLE')
    call options%durable(ivalue /= 0, ierr)
  case ('RESTART')
    call options%restart(ivalue, ierr)
  case default
    ierr = METALAB_ERR_VALUE
  end select
end subroutine

!> Sets an option that is a duration in seconds, double precision: KEY is FLUSH_INTERVAL, REFRESH_INTERVAL,
!> ATTACH_PATIENCE, SAMPLE, STOP_BEFORE or INDEX_WAIT.
recursive subroutine mlsetd(iopt, key, dvalue, ierr)
  use, intrinsic :: iso_fortran_env, only: real64
  use metalab_constants_m
  use metalab_handles_m
  use metalab_options_m, only: metalab_options
  implicit none
  integer, intent(in) :: iopt
  character(len=*), intent(in) :: key
  double precision, intent(in) :: dvalue
  integer, intent(out) :: ierr
  type(metalab_options), pointer :: options
  real(real64) :: seconds

  options => options_of(iopt)
  ierr = METALAB_ERR_HANDLE
  if (.not. associated(options)) return
  seconds = real(dvalue, real64)
  select case (key)
  case ('FLUSH_INTERVAL')
    call options%flush_interval(seconds, ierr)
  case ('REFRESH_INTERVAL')
    call options%refresh_interval(seconds, ierr)
  case ('ATTACH_PATIENCE')
    call options%attach_patience(seconds, ierr)
  case ('SAMPLE')
    call options%sample(seconds, ierr)
  case ('STOP_BEFORE')
    call options%stop_before(seconds, ierr)
  case ('INDEX_WAIT')
    call options%index_wait(seconds, ierr)
  case default
    ierr = METALAB_ERR_VALUE
  end select
end subroutine

!> A parameter that is an integer.
recursive subroutine mlpari(iopt, name, value, ierr)
  use metalab_constants_m
  use metalab_handles_m
  use metalab_options_m, only: metalab_options
  implicit none
  integer, intent(in) :: iopt
  character(len=*), intent(in) :: name
  integer, intent(in) :: value
  integer, intent(out) :: ierr
  type(metalab_options), pointer :: options

  options => options_of(iopt)
  ierr = METALAB_ERR_HANDLE
  if (associated(options)) call options%param(name, value, ierr)
end subroutine

!> A parameter that is a double precision number.
recursive subroutine mlpard(iopt, name, value, ierr)
  use, intrinsic :: iso_fortran_env, only: real64
  use metalab_constants_m
  use metalab_handles_m
  use metalab_options_m, only: metalab_options
  implicit none
  integer, intent(in) :: iopt
  character(len=*), intent(in) :: name
  double precision, intent(in) :: value
  integer, intent(out) :: ierr
  type(metalab_options), pointer :: options

  options => options_of(iopt)
  ierr = METALAB_ERR_HANDLE
  if (associated(options)) call options%param(name, real(value, real64), ierr)
end subroutine

!> A parameter that is a logical.
recursive subroutine mlparl(iopt, name, value, ierr)
  use metalab_constants_m
  use metalab_handles_m
  use metalab_options_m, only: metalab_options
  implicit none
  integer, intent(in) :: iopt
  character(len=*), intent(in) :: name
  logical, intent(in) :: value
  integer, intent(out) :: ierr
  type(metalab_options), pointer :: options

  options => options_of(iopt)
  ierr = METALAB_ERR_HANDLE
  if (associated(options)) call options%param(name, value, ierr)
end subroutine

!> A parameter that is a string.
recursive subroutine mlparc(iopt, name, value, ierr)
  use metalab_constants_m
  use metalab_handles_m
  use metalab_options_m, only: metalab_options
  implicit none
  integer, intent(in) :: iopt
  character(len=*), intent(in) :: name
  character(len=*), intent(in) :: value
  integer, intent(out) :: ierr
  type(metalab_options), pointer :: options

  options => options_of(iopt)
  ierr = METALAB_ERR_HANDLE
  if (associated(options)) call options%param(name, value, ierr)
end subroutine

!> Opens a run. IOPT: 0 for options from the environment. IRUN is 0 if IERR is not 0.
recursive subroutine mlopen(iopt, irun, ierr)
  use metalab_constants_m
  use metalab_handles_m
  use metalab_options_m, only: metalab_options
  implicit none
  integer, intent(in) :: iopt
  integer, intent(out) :: irun, ierr
  type(metalab_options), pointer :: options
  integer :: slot

  irun = 0
  options => options_of(iopt)
  ierr = METALAB_ERR_HANDLE
  if (iopt /= 0 .and. .not. associated(options)) return
  call new_number(set_runs, irun, slot)
  ierr = METALAB_ERR_MEMORY
  if (slot == 0) return
  if (associated(options)) then
    call all_runs(slot)%open(options, ierr)
  else
    call all_runs(slot)%open(stat=ierr)
  end if
  if (ierr == METALAB_OK) return
  call forget_run(irun)
  irun = 0
end subroutine

!> Ends a run and frees it, with its series.
recursive subroutine mlclos(irun, ierr)
  use metalab_capture_m, only: metalab_capture
  use metalab_handles_m
  implicit none
  integer, intent(in) :: irun
  integer, intent(out) :: ierr
  type(metalab_capture), pointer :: run

  run => run_of(irun, ierr)
  if (.not. associated(run)) return
  call run%close(ierr)
  call forget_run(irun)
end subroutine

!> Returns true if the run is to stop.
recursive subroutine mlstop(irun, lstop)
  use metalab_capture_m, only: metalab_capture
  use metalab_handles_m
  implicit none
  integer, intent(in) :: irun
  logical, intent(out) :: lstop
  type(metalab_capture), pointer :: run
  integer :: error

  lstop = .false.
  run => run_of(irun, error)
  if (associated(run)) lstop = run%should_stop()
end subroutine

!> The message of the latest failure; blank if there was none.
recursive subroutine mlerr(text)
  use metalab_support_m, only: last_error
  implicit none
  character(len=*), intent(out) :: text

  text = last_error()
end subroutine

!> A metric that is an integer.
recursive subroutine mlmeti(irun, name, value, ierr)
  use metalab_capture_m, only: metalab_capture
  use metalab_handles_m
  implicit none
  integer, intent(in) :: irun
  character(len=*), intent(in) :: name
  integer, intent(in) :: value
  integer, intent(out) :: ierr
  type(metalab_capture), pointer :: run

  run => run_of(irun, ierr)
  if (associated(run)) call run%metric(name, value, stat=ierr)
end subroutine

!> A metric that is a real.
recursive subroutine mlmetr(irun, name, value, ierr)
  use metalab_capture_m, only: metalab_capture
  use metalab_handles_m
  implicit none
  integer, intent(in) :: irun
  character(len=*), intent(in) :: name
  real, intent(in) :: value
  integer, intent(out) :: ierr
  type(metalab_capture), pointer :: run

  run => run_of(irun, ierr)
  if (associated(run)) call run%metric(name, value, stat=ierr)
end subroutine

!> A metric that is a double precision number.
recursive subroutine mlmetd(irun, name, value, ierr)
  use, intrinsic :: iso_fortran_env, only: real64
  use metalab_capture_m, only: metalab_capture
  use metalab_handles_m
  implicit none
  integer, intent(in) :: irun
  character(len=*), intent(in) :: name
  double precision, intent(in) :: value
  integer, intent(out) :: ierr
  type(metalab_capture), pointer :: run

  run => run_of(irun, ierr)
  if (associated(run)) call run%metric(name, real(value, real64), stat=ierr)
end subroutine

!> A metric that is a logical.
recursive subroutine mlmetl(irun, name, value, ierr)
  use metalab_capture_m, only: metalab_capture
  use metalab_handles_m
  implicit none
  integer, intent(in) :: irun
  character(len=*), intent(in) :: name
  logical, intent(in) :: value
  integer, intent(out) :: ierr
  type(metalab_capture), pointer :: run

  run => run_of(irun, ierr)
  if (associated(run)) call run%metric(name, value, stat=ierr)
end subroutine

!> A metric that is a string.
recursive subroutine mlmetc(irun, name, value, ierr)
  use metalab_capture_m, only: metalab_capture
  use metalab_handles_m
  implicit none
  integer, intent(in) :: irun
  character(len=*), intent(in) :: name
  character(len=*), intent(in) :: value
  integer, intent(out) :: ierr
  type(metalab_capture), pointer :: run

  run => run_of(irun, ierr)
  if (associated(run)) call run%metric(name, value, stat=ierr)
end subroutine

!> A metric at a step that is an integer.
recursive subroutine mlstpi(irun, name, istep, value, ierr)
  use metalab_capture_m, only: metalab_capture
  use metalab_handles_m
  implicit none
  integer, intent(in) :: irun
  character(len=*), intent(in) :: name
  integer, intent(in) :: istep
  integer, intent(in) :: value
  integer, intent(out) :: ierr
  type(metalab_capture), pointer :: run

  run => run_of(irun, ierr)
  if (associated(run)) call run%metric(name, value, istep, ierr)
end subroutine

!> A metric at a step that is a real.
recursive subroutine mlstpr(irun, name, istep, value, ierr)
  use metalab_capture_m, only: metalab_capture
  use metalab_handles_m
  implicit none
  integer, intent(in) :: irun
  character(len=*), intent(in) :: name
  integer, intent(in) :: istep
  real, intent(in) :: value
  integer, intent(out) :: ierr
  type(metalab_capture), pointer :: run

  run => run_of(irun, ierr)
  if (associated(run)) call run%metric(name, value, istep, ierr)
end subroutine

!> A metric at a step that is a double precision number.
recursive subroutine mlstpd(irun, name, istep, value, ierr)
  use, intrinsic :: iso_fortran_env, only: real64
  use metalab_capture_m, only: metalab_capture
  use metalab_handles_m
  implicit none
  integer, intent(in) :: irun
  character(len=*), intent(in) :: name
  integer, intent(in) :: istep
  double precision, intent(in) :: value
  integer, intent(out) :: ierr
  type(metalab_capture), pointer :: run

  run => run_of(irun, ierr)
  if (associated(run)) call run%metric(name, real(value, real64), istep, ierr)
end subroutine

!> A metric at a step that is a logical.
recursive subroutine mlstpl(irun, name, istep, value, ierr)
  use metalab_capture_m, only: metalab_capture
  use metalab_handles_m
  implicit none
  integer, intent(in) :: irun
  character(len=*), intent(in) :: name
  integer, intent(in) :: istep
  logical, intent(in) :: value
  integer, intent(out) :: ierr
  type(metalab_capture), pointer :: run

  run => run_of(irun, ierr)
  if (associated(run)) call run%metric(name, value, istep, ierr)
end subroutine

!> A metric at a step that is a string.
recursive subroutine mlstpc(irun, name, istep, value, ierr)
  use metalab_capture_m, only: metalab_capture
  use metalab_handles_m
  implicit none
  integer, intent(in) :: irun
  character(len=*), intent(in) :: name
  integer, intent(in) :: istep
  character(len=*), intent(in) :: value
  integer, intent(out) :: ierr
  type(metalab_capture), pointer :: run

  run => run_of(irun, ierr)
  if (associated(run)) call run%metric(name, value, istep, ierr)
end subroutine

!> Declares a series, whose points MLPNTI, MLPNTR and MLPNTD emit. UNIT, DESCR: blank for none.
recursive subroutine mlser(irun, name, unit, descr, iser, ierr)
  use metalab_constants_m
  use metalab_capture_m, only: metalab_capture
  use metalab_handles_m
  implicit none
  integer, intent(in) :: irun
  character(len=*), intent(in) :: name, unit, descr
  integer, intent(out) :: iser, ierr
  type(metalab_capture), pointer :: run
  integer :: slot

  iser = 0
  run => run_of(irun, ierr)
  if (.not. associated(run)) return
  call new_number(set_series, iser, slot)
  ierr = METALAB_ERR_MEMORY
  if (slot == 0) return
  if (len_trim(unit) > 0 .and. len_trim(descr) > 0) then
    all_series(slot) = run%series(name, unit, descr, stat=ierr)
  else if (len_trim(unit) > 0) then
    all_series(slot) = run%series(name, unit=unit, stat=ierr)
  else if (len_trim(descr) > 0) then
    all_series(slot) = run%series(name, description=descr, stat=ierr)
  else
    all_series(slot) = run%series(name, stat=ierr)
  end if
  series_runs(slot) = irun
  if (ierr == METALAB_OK) return
  set_series(slot) = 0
  iser = 0
end subroutine

!> A point of a series that is an integer.
recursive subroutine mlpnti(iser, istep, value, ierr)
  use metalab_handles_m
  use metalab_series_m, only: metalab_series
  implicit none
  integer, intent(in) :: iser, istep
  integer, intent(in) :: value
  integer, intent(out) :: ierr
  type(metalab_series), pointer :: series

  series => series_of(iser, ierr)
  if (associated(series)) call series%point(istep, value, ierr)
end subroutine

!> A point of a series that is a real.
recursive subroutine mlpntr(iser, istep, value, ierr)
  use metalab_handles_m
  use metalab_series_m, only: metalab_series
  implicit none
  integer, intent(in) :: iser, istep
  real, intent(in) :: value
  integer, intent(out) :: ierr
  type(metalab_series), pointer :: series

  series => series_of(iser, ierr)
  if (associated(series)) call series%point(istep, value, ierr)
end subroutine

!> A point of a series that is a double precision number.
recursive subroutine mlpntd(iser, istep, value, ierr)
  use, intrinsic :: iso_fortran_env, only: real64
  use metalab_handles_m
  use metalab_series_m, only: metalab_series
  implicit none
  integer, intent(in) :: iser, istep
  double precision, intent(in) :: value
  integer, intent(out) :: ierr
  type(metalab_series), pointer :: series

  series => series_of(iser, ierr)
  if (associated(series)) call series%point(istep, real(value, real64), ierr)
end subroutine

!> An artifact: an array of integers with NDIM (1 to 7) dimensions IDIMS, declared with the dimensions
!> LDIMS (0: the same). META: a JSON object, or blank.
recursive subroutine mlarti(irun, name, a, ndim, idims, ldims, meta, ierr)
  use, intrinsic :: iso_c_binding
  use, intrinsic :: iso_fortran_env, only: int64
  use metalab_constants_m
  use metalab_capture_m, only: metalab_capture
  use metalab_handles_m
  use metalab_memory_m
  implicit none
  integer, intent(in) :: irun, ndim, idims(*), ldims(*)
  character(len=*), intent(in) :: name, meta
  integer, intent(in), target :: a(*)
  integer, intent(out) :: ierr
  type(metalab_capture), pointer :: run
  type(array_view) :: view
  integer(int64) :: count

  run => run_of(irun, ierr)
  if (.not. associated(run)) return
  ierr = METALAB_ERR_VALUE
  if (.not. dims_fit(ndim, idims, ldims)) return
  view = view_of_dims(merge(METALAB_DTYPE_INT32, METALAB_DTYPE_INT64, storage_size(a) == 32), &
      storage_size(a) / 8, ndim, idims, ldims, count)
  if (count > 0) view%data = c_loc(a(1))
  if (len_trim(meta) > 0) then
    call put_array(run%handle, ARTIFACT, name, view, meta, stat=ierr)
  else
    call put_array(run%handle, ARTIFACT, name, view, stat=ierr)
  end if
end subroutine

!> An artifact: an array of reals with NDIM (1 to 7) dimensions IDIMS, declared with the dimensions
!> LDIMS (0: the same). META: a JSON object, or blank.
recursive subroutine mlartr(irun, name, a, ndim, idims, ldims, meta, ierr)
  use, intrinsic :: iso_c_binding
  use, intrinsic :: iso_fortran_env, only: int64
  use metalab_constants_m
  use metalab_capture_m, only: metalab_capture
  use metalab_handles_m
  use metalab_memory_m
  implicit none
  integer, intent(in) :: irun, ndim, idims(*), ldims(*)
  character(len=*), intent(in) :: name, meta
  real, intent(in), target :: a(*)
  integer, intent(out) :: ierr
  type(metalab_capture), pointer :: run
  type(array_view) :: view
  integer(int64) :: count

  run => run_of(irun, ierr)
  if (.not. associated(run)) return
  ierr = METALAB_ERR_VALUE
  if (.not. dims_fit(ndim, idims, ldims)) return
  view = view_of_dims(merge(METALAB_DTYPE_FLOAT32, METALAB_DTYPE_FLOAT64, storage_size(a) == 32), &
      storage_size(a) / 8, ndim, idims, ldims, count)
  if (count > 0) view%data = c_loc(a(1))
  if (len_trim(meta) > 0) then
    call put_array(run%handle, ARTIFACT, name, view, meta, stat=ierr)
  else
    call put_array(run%handle, ARTIFACT, name, view, stat=ierr)
  end if
end subroutine

!> An artifact: an array of double precision numbers with NDIM (1 to 7) dimensions IDIMS, declared with the dimensions
!> LDIMS (0: the same). META: a JSON object, or blank.
recursive subroutine mlartd(irun, name, a, ndim, idims, ldims, meta, ierr)
  use, intrinsic :: iso_c_binding
  use, intrinsic :: iso_fortran_env, only: int64
  use metalab_constants_m
  use metalab_capture_m, only: metalab_capture
  use metalab_handles_m
  use metalab_memory_m
  implicit none
  integer, intent(in) :: irun, ndim, idims(*), ldims(*)
  character(len=*), intent(in) :: name, meta
  double precision, intent(in), target :: a(*)
  integer, intent(out) :: ierr
  type(metalab_capture), pointer :: run
  type(array_view) :: view
  integer(int64) :: count

  run => run_of(irun, ierr)
  if (.not. associated(run)) return
  ierr = METALAB_ERR_VALUE
  if (.not. dims_fit(ndim, idims, ldims)) return
  view = view_of_dims(merge(METALAB_DTYPE_FLOAT64, 0, storage_size(a) == 64), &
      storage_size(a) / 8, ndim, idims, ldims, count)
  if (count > 0) view%data = c_loc(a(1))
  if (len_trim(meta) > 0) then
    call put_array(run%handle, ARTIFACT, name, view, meta, stat=ierr)
  else
    call put_array(run%handle, ARTIFACT, name, view, stat=ierr)
  end if
end subroutine

!> An artifact: an array of complex numbers with NDIM (1 to 7) dimensions IDIMS, declared with the dimensions
!> LDIMS (0: the same). META: a JSON object, or blank.
recursive subroutine mlartc(irun, name, a, ndim, idims, ldims, meta, ierr)
  use, intrinsic :: iso_c_binding
  use, intrinsic :: iso_fortran_env, only: int64
  use metalab_constants_m
  use metalab_capture_m, only: metalab_capture
  use metalab_handles_m
  use metalab_memory_m
  implicit none
  integer, intent(in) :: irun, ndim, idims(*), ldims(*)
  character(len=*), intent(in) :: name, meta
  complex, intent(in), target :: a(*)
  integer, intent(out) :: ierr
  type(metalab_capture), pointer :: run
  type(array_view) :: view
  integer(int64) :: count

  run => run_of(irun, ierr)
  if (.not. associated(run)) return
  ierr = METALAB_ERR_VALUE
  if (.not. dims_fit(ndim, idims, ldims)) return
  view = view_of_dims(merge(METALAB_DTYPE_COMPLEX64, METALAB_DTYPE_COMPLEX128, storage_size(a) == 64), &
      storage_size(a) / 8, ndim, idims, ldims, count)
  if (count > 0) view%data = c_loc(a(1))
  if (len_trim(meta) > 0) then
    call put_array(run%handle, ARTIFACT, name, view, meta, stat=ierr)
  else
    call put_array(run%handle, ARTIFACT, name, view, stat=ierr)
  end if
end subroutine

!> An artifact: an array of double precision complex numbers with NDIM (1 to 7) dimensions IDIMS, declared with the dimensions
!> LDIMS (0: the same). META: a JSON object, or blank.
recursive subroutine mlartz(irun, name, a, ndim, idims, ldims, meta, ierr)
  use, intrinsic :: iso_c_binding
  use, intrinsic :: iso_fortran_env, only: int64
  use metalab_constants_m
  use metalab_capture_m, only: metalab_capture
  use metalab_handles_m
  use metalab_memory_m
  implicit none
  integer, intent(in) :: irun, ndim, idims(*), ldims(*)
  character(len=*), intent(in) :: name, meta
  complex(kind(0d0)), intent(in), target :: a(*)
  integer, intent(out) :: ierr
  type(metalab_capture), pointer :: run
  type(array_view) :: view
  integer(int64) :: count

  run => run_of(irun, ierr)
  if (.not. associated(run)) return
  ierr = METALAB_ERR_VALUE
  if (.not. dims_fit(ndim, idims, ldims)) return
  view = view_of_dims(merge(METALAB_DTYPE_COMPLEX128, 0, storage_size(a) == 128), &
      storage_size(a) / 8, ndim, idims, ldims, count)
  if (count > 0) view%data = c_loc(a(1))
  if (len_trim(meta) > 0) then
    call put_array(run%handle, ARTIFACT, name, view, meta, stat=ierr)
  else
    call put_array(run%handle, ARTIFACT, name, view, stat=ierr)
  end if
end subroutine

!> An artifact: an array of logicals with NDIM (1 to 7) dimensions IDIMS, declared with the dimensions
!> LDIMS (0: the same). META: a JSON object, or blank.
recursive subroutine mlartl(irun, name, a, ndim, idims, ldims, meta, ierr)
  use, intrinsic :: iso_c_binding
  use, intrinsic :: iso_fortran_env, only: int64
  use metalab_constants_m
  use metalab_capture_m, only: metalab_capture
  use metalab_handles_m
  use metalab_memory_m
  implicit none
  integer, intent(in) :: irun, ndim, idims(*), ldims(*)
  character(len=*), intent(in) :: name, meta
  logical, intent(in) :: a(*)
  integer, intent(out) :: ierr
  type(metalab_capture), pointer :: run
  type(array_view) :: view
  logical(c_bool), allocatable, target :: bytes(:)
  integer(int64) :: count, i

  run => run_of(irun, ierr)
  if (.not. associated(run)) return
  ierr = METALAB_ERR_VALUE
  if (.not. dims_fit(ndim, idims, ldims)) return
  view = view_of_dims(METALAB_DTYPE_BOOL, 1, ndim, idims, ldims, count)
  allocate (bytes(count), stat=ierr)
  if (ierr /= 0) then
    ierr = METALAB_ERR_MEMORY
    return
  end if
  do i = 1, count
    bytes(i) = logical(a(i), c_bool)
  end do
  if (count > 0) view%data = c_loc(bytes(1))
  if (len_trim(meta) > 0) then
    call put_array(run%handle, ARTIFACT, name, view, meta, stat=ierr)
  else
    call put_array(run%handle, ARTIFACT, name, view, stat=ierr)
  end if
end subroutine

!> Structured data: an array of integers with NDIM (1 to 7) dimensions IDIMS, declared with the dimensions
!> LDIMS (0: the same). META: a JSON object, or blank.
recursive subroutine mldati(irun, name, a, ndim, idims, ldims, meta, ierr)
  use, intrinsic :: iso_c_binding
  use, intrinsic :: iso_fortran_env, only: int64
  use metalab_constants_m
  use metalab_capture_m, only: metalab_capture
  use metalab_handles_m
  use metalab_memory_m
  implicit none
  integer, intent(in) :: irun, ndim, idims(*), ldims(*)
  character(len=*), intent(in) :: name, meta
  integer, intent(in), target :: a(*)
  integer, intent(out) :: ierr
  type(metalab_capture), pointer :: run
  type(array_view) :: view
  integer(int64) :: count

  run => run_of(irun, ierr)
  if (.not. associated(run)) return
  ierr = METALAB_ERR_VALUE
  if (.not. dims_fit(ndim, idims, ldims)) return
  view = view_of_dims(merge(METALAB_DTYPE_INT32, METALAB_DTYPE_INT64, storage_size(a) == 32), &
      storage_size(a) / 8, ndim, idims, ldims, count)
  if (count > 0) view%data = c_loc(a(1))
  if (len_trim(meta) > 0) then
    call put_array(run%handle, DATA, name, view, meta, stat=ierr)
  else
    call put_array(run%handle, DATA, name, view, stat=ierr)
  end if
end subroutine

!> Structured data: an array of reals with NDIM (1 to 7) dimensions IDIMS, declared with the dimensions
!> LDIMS (0: the same). META: a JSON object, or blank.
recursive subroutine mldatr(irun, name, a, ndim, idims, ldims, meta, ierr)
  use, intrinsic :: iso_c_binding
  use, intrinsic :: iso_fortran_env, only: int64
  use metalab_constants_m
  use metalab_capture_m, only: metalab_capture
  use metalab_handles_m
  use metalab_memory_m
  implicit none
  integer, intent(in) :: irun, ndim, idims(*), ldims(*)
  character(len=*), intent(in) :: name, meta
  real, intent(in), target :: a(*)
  integer, intent(out) :: ierr
  type(metalab_capture), pointer :: run
  type(array_view) :: view
  integer(int64) :: count

  run => run_of(irun, ierr)
  if (.not. associated(run)) return
  ierr = METALAB_ERR_VALUE
  if (.not. dims_fit(ndim, idims, ldims)) return
  view = view_of_dims(merge(METALAB_DTYPE_FLOAT32, METALAB_DTYPE_FLOAT64, storage_size(a) == 32), &
      storage_size(a) / 8, ndim, idims, ldims, count)
  if (count > 0) view%data = c_loc(a(1))
  if (len_trim(meta) > 0) then
    call put_array(run%handle, DATA, name, view, meta, stat=ierr)
  else
    call put_array(run%handle, DATA, name, view, stat=ierr)
  end if
end subroutine

!> Structured data: an array of double precision numbers with NDIM (1 to 7) dimensions IDIMS, declared with the dimensions
!> LDIMS (0: the same). META: a JSON object, or blank.
recursive subroutine mldatd(irun, name, a, ndim, idims, ldims, meta, ierr)
  use, intrinsic :: iso_c_binding
  use, intrinsic :: iso_fortran_env, only: int64
  use metalab_constants_m
  use metalab_capture_m, only: metalab_capture
  use metalab_handles_m
  use metalab_memory_m
  implicit none
  integer, intent(in) :: irun, ndim, idims(*), ldims(*)
  character(len=*), intent(in) :: name, meta
  double precision, intent(in), target :: a(*)
  integer, intent(out) :: ierr
  type(metalab_capture), pointer :: run
  type(array_view) :: view
  integer(int64) :: count

  run => run_of(irun, ierr)
  if (.not. associated(run)) return
  ierr = METALAB_ERR_VALUE
  if (.not. dims_fit(ndim, idims, ldims)) return
  view = view_of_dims(merge(METALAB_DTYPE_FLOAT64, 0, storage_size(a) == 64), &
      storage_size(a) / 8, ndim, idims, ldims, count)
  if (count > 0) view%data = c_loc(a(1))
  if (len_trim(meta) > 0) then
    call put_array(run%handle, DATA, name, view, meta, stat=ierr)
  else
    call put_array(run%handle, DATA, name, view, stat=ierr)
  end if
end subroutine

!> Structured data: an array of complex numbers with NDIM (1 to 7) dimensions IDIMS, declared with the dimensions
!> LDIMS (0: the same). META: a JSON object, or blank.
recursive subroutine mldatc(irun, name, a, ndim, idims, ldims, meta, ierr)
  use, intrinsic :: iso_c_binding
  use, intrinsic :: iso_fortran_env, only: int64
  use metalab_constants_m
  use metalab_capture_m, only: metalab_capture
  use metalab_handles_m
  use metalab_memory_m
  implicit none
  integer, intent(in) :: irun, ndim, idims(*), ldims(*)
  character(len=*), intent(in) :: name, meta
  complex, intent(in), target :: a(*)
  integer, intent(out) :: ierr
  type(metalab_capture), pointer :: run
  type(array_view) :: view
  integer(int64) :: count

  run => run_of(irun, ierr)
  if (.not. associated(run)) return
  ierr = METALAB_ERR_VALUE
  if (.not. dims_fit(ndim, idims, ldims)) return
  view = view_of_dims(merge(METALAB_DTYPE_COMPLEX64, METALAB_DTYPE_COMPLEX128, storage_size(a) == 64), &
      storage_size(a) / 8, ndim, idims, ldims, count)
  if (count > 0) view%data = c_loc(a(1))
  if (len_trim(meta) > 0) then
    call put_array(run%handle, DATA, name, view, meta, stat=ierr)
  else
    call put_array(run%handle, DATA, name, view, stat=ierr)
  end if
end subroutine

!> Structured data: an array of double precision complex numbers with NDIM (1 to 7) dimensions IDIMS, declared with the dimensions
!> LDIMS (0: the same). META: a JSON object, or blank.
recursive subroutine mldatz(irun, name, a, ndim, idims, ldims, meta, ierr)
  use, intrinsic :: iso_c_binding
  use, intrinsic :: iso_fortran_env, only: int64
  use metalab_constants_m
  use metalab_capture_m, only: metalab_capture
  use metalab_handles_m
  use metalab_memory_m
  implicit none
  integer, intent(in) :: irun, ndim, idims(*), ldims(*)
  character(len=*), intent(in) :: name, meta
  complex(kind(0d0)), intent(in), target :: a(*)
  integer, intent(out) :: ierr
  type(metalab_capture), pointer :: run
  type(array_view) :: view
  integer(int64) :: count

  run => run_of(irun, ierr)
  if (.not. associated(run)) return
  ierr = METALAB_ERR_VALUE
  if (.not. dims_fit(ndim, idims, ldims)) return
  view = view_of_dims(merge(METALAB_DTYPE_COMPLEX128, 0, storage_size(a) == 128), &
      storage_size(a) / 8, ndim, idims, ldims, count)
  if (count > 0) view%data = c_loc(a(1))
  if (len_trim(meta) > 0) then
    call put_array(run%handle, DATA, name, view, meta, stat=ierr)
  else
    call put_array(run%handle, DATA, name, view, stat=ierr)
  end if
end subroutine

!> Structured data: an array of logicals with NDIM (1 to 7) dimensions IDIMS, declared with the dimensions
!> LDIMS (0: the same). META: a JSON object, or blank.
recursive subroutine mldatl(irun, name, a, ndim, idims, ldims, meta, ierr)
  use, intrinsic :: iso_c_binding
  use, intrinsic :: iso_fortran_env, only: int64
  use metalab_constants_m
  use metalab_capture_m, only: metalab_capture
  use metalab_handles_m
  use metalab_memory_m
  implicit none
  integer, intent(in) :: irun, ndim, idims(*), ldims(*)
  character(len=*), intent(in) :: name, meta
  logical, intent(in) :: a(*)
  integer, intent(out) :: ierr
  type(metalab_capture), pointer :: run
  type(array_view) :: view
  logical(c_bool), allocatable, target :: bytes(:)
  integer(int64) :: count, i

  run => run_of(irun, ierr)
  if (.not. associated(run)) return
  ierr = METALAB_ERR_VALUE
  if (.not. dims_fit(ndim, idims, ldims)) return
  view = view_of_dims(METALAB_DTYPE_BOOL, 1, ndim, idims, ldims, count)
  allocate (bytes(count), stat=ierr)
  if (ierr /= 0) then
    ierr = METALAB_ERR_MEMORY
    return
  end if
  do i = 1, count
    bytes(i) = logical(a(i), c_bool)
  end do
  if (count > 0) view%data = c_loc(bytes(1))
  if (len_trim(meta) > 0) then
    call put_array(run%handle, DATA, name, view, meta, stat=ierr)
  else
    call put_array(run%handle, DATA, name, view, stat=ierr)
  end if
end subroutine

!> Structured data: a JSON document.
recursive subroutine mldatj(irun, name, json, ierr)
  use metalab_capture_m, only: metalab_capture
  use metalab_handles_m
  implicit none
  integer, intent(in) :: irun
  character(len=*), intent(in) :: name, json
  integer, intent(out) :: ierr
  type(metalab_capture), pointer :: run

  run => run_of(irun, ierr)
  if (associated(run)) call run%data_json(name, json, stat=ierr)
end subroutine

!> An artifact: a JSON document.
recursive subroutine mlartj(irun, name, json, ierr)
  use metalab_capture_m, only: metalab_capture
  use metalab_handles_m
  implicit none
  integer, intent(in) :: irun
  character(len=*), intent(in) :: name, json
  integer, intent(out) :: ierr
  type(metalab_capture), pointer :: run

  run => run_of(irun, ierr)
  if (associated(run)) call run%artifact_json(name, json, stat=ierr)
end subroutine

!> An artifact: a file or directory that exists. MODE: 0 copies it, 1 links it, 2 moves it.
recursive subroutine mlfile(irun, name, path, mode, ierr)
  use metalab_capture_m, only: metalab_capture
  use metalab_handles_m
  implicit none
  integer, intent(in) :: irun
  character(len=*), intent(in) :: name, path
  integer, intent(in) :: mode
  integer, intent(out) :: ierr
  type(metalab_capture), pointer :: run

  run => run_of(irun, ierr)
  if (associated(run)) call run%file(name, path, mode, stat=ierr)
end subroutine

!> A line of the log. LEVEL: 10 debug, 20 info, 30 warning, 40 error, 50 critical.
recursive subroutine mllog(irun, level, text, ierr)
  use metalab_capture_m, only: metalab_capture
  use metalab_handles_m
  implicit none
  integer, intent(in) :: irun
  integer, intent(in) :: level
  character(len=*), intent(in) :: text
  integer, intent(out) :: ierr
  type(metalab_capture), pointer :: run

  run => run_of(irun, ierr)
  if (associated(run)) call run%log(level, text, ierr)
end subroutine

!> Adds a tag to the run.
recursive subroutine mltag(irun, text, ierr)
  use metalab_capture_m, only: metalab_capture
  use metalab_handles_m
  implicit none
  integer, intent(in) :: irun
  character(len=*), intent(in) :: text
  integer, intent(out) :: ierr
  type(metalab_capture), pointer :: run

  run => run_of(irun, ierr)
  if (associated(run)) call run%add_tag(text, ierr)
end subroutine

!> Adds a line to the run's notes.
recursive subroutine mlnote(irun, text, ierr)
  use metalab_capture_m, only: metalab_capture
  use metalab_handles_m
  implicit none
  integer, intent(in) :: irun
  character(len=*), intent(in) :: text
  integer, intent(out) :: ierr
  type(metalab_capture), pointer :: run

  run => run_of(irun, ierr)
  if (associated(run)) call run%add_note(text, ierr)
end subroutine

!> Adds a warning to the run's record.
recursive subroutine mlwarn(irun, text, ierr)
  use metalab_capture_m, only: metalab_capture
  use metalab_handles_m
  implicit none
  integer, intent(in) :: irun
  character(len=*), intent(in) :: text
  integer, intent(out) :: ierr
  type(metalab_capture), pointer :: run

  run => run_of(irun, ierr)
  if (associated(run)) call run%add_warning(text, stat=ierr)
end subroutine

!> Marks the run as "failed" at its end. KIND: the kind of failure, in one word.
recursive subroutine mlfail(irun, kind, text, ierr)
  use metalab_capture_m, only: metalab_capture
  use metalab_handles_m
  implicit none
  integer, intent(in) :: irun
  character(len=*), intent(in) :: kind, text
  integer, intent(out) :: ierr
  type(metalab_capture), pointer :: run

  run => run_of(irun, ierr)
  if (associated(run)) call run%fail(kind, text, stat=ierr)
end subroutine

!> Marks the run as "cancelled" at its end.
recursive subroutine mlcanc(irun, text, ierr)
  use metalab_capture_m, only: metalab_capture
  use metalab_handles_m
  implicit none
  integer, intent(in) :: irun
  character(len=*), intent(in) :: text
  integer, intent(out) :: ierr
  type(metalab_capture), pointer :: run

  run => run_of(irun, ierr)
  if (associated(run)) call run%cancel(text, ierr)
end subroutine

!> Waits until everything that was emitted is visible to readers.
recursive subroutine mlflsh(irun, ierr)
  use metalab_capture_m, only: metalab_capture
  use metalab_handles_m
  implicit none
  integer, intent(in) :: irun
  integer, intent(out) :: ierr
  type(metalab_capture), pointer :: run

  run => run_of(irun, ierr)
  if (associated(run)) call run%flush(stat=ierr)
end subroutine

!> Ends the run. Call MLCLOS afterwards to free it.
recursive subroutine mlfin(irun, ierr)
  use metalab_capture_m, only: metalab_capture
  use metalab_handles_m
  implicit none
  integer, intent(in) :: irun
  integer, intent(out) :: ierr
  type(metalab_capture), pointer :: run

  run => run_of(irun, ierr)
  if (associated(run)) call run%finish(ierr)
end subroutine

!> A figure: an M x N field of double precision numbers, declared with LDA rows, drawn with the
!> colour map IMAP (0 viridis, 1 magma, 2 diverging, 3 grey).
recursive subroutine mlfigd(irun, name, a, m, n, lda, imap, ierr)
  use, intrinsic :: iso_c_binding
  use, intrinsic :: iso_fortran_env, only: int64
  use metalab_constants_m
  use metalab_capture_m, only: metalab_capture
  use metalab_handles_m
  use metalab_memory_m
  implicit none
  integer, intent(in) :: irun, m, n, lda, imap
  character(len=*), intent(in) :: name
  double precision, intent(in), target :: a(*)
  integer, intent(out) :: ierr
  type(metalab_capture), pointer :: run
  type(array_view) :: view
  integer(int64) :: count

  run => run_of(irun, ierr)
  if (.not. associated(run)) return
  ierr = METALAB_ERR_VALUE
  if (.not. dims_fit(2, [m, n], [lda, n])) return
  view = view_of_dims(merge(METALAB_DTYPE_FLOAT64, 0, storage_size(a) == 64), 8, 2, [m, n], [lda, n], count)
  if (count > 0) view%data = c_loc(a(1))
  call put_figure(run%handle, name, view, colormap=imap, stat=ierr)
end subroutine
