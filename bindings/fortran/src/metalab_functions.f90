!> Functions that need no run: logging by name, identity, recovery, the index.
module metalab_functions_m
  use, intrinsic :: iso_c_binding
  use, intrinsic :: iso_fortran_env, only: int32, int64
  use metalab_c_m
  use metalab_constants_m
  use metalab_support_m
  implicit none
  private
  public :: metalab_log, metalab_log_enabled, metalab_version, metalab_status_name
  public :: metalab_canonical_json, metalab_fingerprint, metalab_run_id, metalab_derive_seed
  public :: metalab_recover, metalab_recover_host, metalab_recover_child, metalab_index_rebuild, metalab_progress

  abstract interface
    !> Called with the number of runs that are done and of all runs. Returns .false. to stop.
    function metalab_progress(done, total) result(goes_on)
      import :: int64
      implicit none
      integer(int64), intent(in) :: done, total
      logical :: goes_on
    end function
  end interface

  !> The context that the library passes back to tell().
  type :: told
    procedure(metalab_progress), pointer, nopass :: progress => null()
  end type

  !> A seed for a part of the code, derived from a root seed. It has 64 bits, so it may be negative.
  interface metalab_derive_seed
    module procedure derive_seed_int32, derive_seed_int64
  end interface

  !> The id of a run with these params and context (JSON objects), unless the options set another one.
  interface metalab_run_id
    module procedure run_id_int32, run_id_int64
  end interface

contains

  !> Writes a line to a named logger. It reaches every capture that has subscribed to this logger or one above it. For
  !> libraries, which have no capture.
  recursive subroutine metalab_log(logger, level, text, stat, errmsg)
    character(len=*), intent(in) :: logger
    integer, intent(in) :: level
    character(len=*), intent(in) :: text
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call settle(c_log(pointer_to(logger, room), int(level, c_int32_t), text, len_trim(text, c_size_t)), c_null_ptr, &
        stat, errmsg)
  end subroutine

  !> Returns true if a line of the logger would reach a capture. Call it before composing a costly message.
  recursive function metalab_log_enabled(logger, level) result(is_enabled)
    character(len=*), intent(in) :: logger
    integer, intent(in) :: level
    logical :: is_enabled
    type(c_text), target :: room

    is_enabled = c_log_enabled(pointer_to(logger, room), int(level, c_int32_t))
  end function

  !> The version of the loaded library.
  recursive function metalab_version() result(version)
    character(len=:), allocatable :: version

    version = copied(c_version())
  end function

  !> The name of a status, as in "METALAB_ERR_NAME".
  recursive function metalab_status_name(status) result(name)
    integer, intent(in) :: status
    character(len=:), allocatable :: name

    name = copied(c_status_name(int(status, c_int32_t)))
  end function

  !> The form of a JSON document from which fingerprints are computed.
  recursive function metalab_canonical_json(json, stat, errmsg) result(canonical)
    character(len=*), intent(in) :: json
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    character(len=:), allocatable :: canonical
    type(c_ptr) :: text

    text = c_null_ptr
    call settle(c_canonical_json(json, len(json, c_size_t), text), c_null_ptr, stat, errmsg)
    canonical = taken(text)
  end function

  !> The first 16 hexadecimal digits of the SHA-256 of a JSON document's canonical form.
  recursive function metalab_fingerprint(json, stat, errmsg) result(fingerprint)
    character(len=*), intent(in) :: json
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    character(len=:), allocatable :: fingerprint
    type(c_ptr) :: text

    text = c_null_ptr
    call settle(c_fingerprint(json, len(json, c_size_t), text), c_null_ptr, stat, errmsg)
    fingerprint = taken(text)
  end function

  recursive function run_id_int32(experiment, seed, params, context, replicate, code_hash, stat, errmsg) result(run_id)
    character(len=*), intent(in) :: experiment
    integer(int32), intent(in) :: seed
    character(len=*), intent(in), optional :: params, context, code_hash
    integer, intent(in), optional :: replicate
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    character(len=:), allocatable :: run_id

    run_id = run_id_int64(experiment, int(seed, int64), params, context, replicate, code_hash, stat, errmsg)
  end function

  recursive function run_id_int64(experiment, seed, params, context, replicate, code_hash, stat, errmsg) result(run_id)
    character(len=*), intent(in) :: experiment
    integer(int64), intent(in) :: seed
    character(len=*), intent(in), optional :: params, context, code_hash
    integer, intent(in), optional :: replicate
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    character(len=:), allocatable :: run_id
    type(c_text), target :: experiment_room, params_room, context_room, seed_room, hash_room
    type(c_ptr) :: text

    text = c_null_ptr
    call settle(c_run_id(pointer_to(experiment, experiment_room), pointer_to(context, context_room), &
        pointer_to(params, params_room), pointer_to(seed_json(seed, replicate), seed_room), &
        pointer_to(code_hash, hash_room), text), c_null_ptr, stat, errmsg)
    run_id = taken(text)
  end function

  recursive function derive_seed_int32(root_seed, name, replicate, stat, errmsg) result(seed)
    integer(int32), intent(in) :: root_seed
    character(len=*), intent(in) :: name
    integer, intent(in), optional :: replicate
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: seed

    seed = derive_seed_int64(int(root_seed, int64), name, replicate, stat, errmsg)
  end function

  recursive function derive_seed_int64(root_seed, name, replicate, stat, errmsg) result(seed)
    integer(int64), intent(in) :: root_seed
    character(len=*), intent(in) :: name
    integer, intent(in), optional :: replicate
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: seed
    type(c_text), target :: name_room, seed_room

    seed = 0
    call settle(c_derive_seed(pointer_to(seed_json(root_seed, replicate), seed_room), &
        pointer_to(name, name_room), seed), c_null_ptr, stat, errmsg)
  end function

  recursive function seed_json(root_seed, replicate) result(json)
    integer(int64), intent(in) :: root_seed
    integer, intent(in), optional :: replicate
    character(len=96) :: json

    if (present(replicate)) then
      write (json, '(a, i0, a, i0, a)') '{"root_seed": ', root_seed, ', "replicate_index": ', replicate, '}'
    else
      write (json, '(a, i0, a)') '{"root_seed": ', root_seed, ', "replicate_index": null}'
    end if
  end function

  !> Recovers the runs of a store whose processes have died. store, journal: from the environment if absent.
  !> experiment: all if absent. recovered: the number of recovered runs.
  recursive subroutine metalab_recover(store, experiment, journal, recovered, stat, errmsg)
    character(len=*), intent(in), optional :: store, experiment, journal
    integer, intent(out), optional :: recovered
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: store_room, experiment_room, journal_room
    integer(c_size_t) :: count

    count = 0
    call settle(c_recover(pointer_to(store, store_room), pointer_to(experiment, experiment_room), &
        pointer_to(journal, journal_room), count), c_null_ptr, stat, errmsg)
    if (present(recovered)) recovered = int(count)
  end subroutine

  !> Like `metalab_recover`, and also for runs of processes on another host. Call it only when that host is down.
  recursive subroutine metalab_recover_host(host, store, experiment, journal, recovered, stat, errmsg)
    character(len=*), intent(in) :: host
    character(len=*), intent(in), optional :: store, experiment, journal
    integer, intent(out), optional :: recovered
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: host_room, store_room, experiment_room, journal_room
    integer(c_size_t) :: count

    count = 0
    call settle(c_recover_host(pointer_to(store, store_room), pointer_to(experiment, experiment_room), &
        pointer_to(journal, journal_room), pointer_to(host, host_room), count), c_null_ptr, stat, errmsg)
    if (present(recovered)) recovered = int(count)
  end subroutine

  !> Like `metalab_recover`, for the runs of a child process; wait_status is that of waitpid.
  recursive subroutine metalab_recover_child(pid, wait_status, store, experiment, journal, recovered, stat, errmsg)
    integer, intent(in) :: pid, wait_status
    character(len=*), intent(in), optional :: store, experiment, journal
    integer, intent(out), optional :: recovered
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: store_room, experiment_room, journal_room
    integer(c_size_t) :: count

    count = 0
    call settle(c_recover_child(pointer_to(store, store_room), pointer_to(experiment, experiment_room), &
        pointer_to(journal, journal_room), int(pid, c_int64_t), int(wait_status, c_int), count), c_null_ptr, stat, &
        errmsg)
    if (present(recovered)) recovered = int(count)
  end subroutine

  !> Rebuilds the index of a store in PostgreSQL from the store's files. store: postgresql://...?file_root=/path; from
  !> the environment if absent. experiment: all if absent. progress: returns .false. to stop (METALAB_ERR_STOPPED);
  !> runs that are indexed by then stay. runs: the number of runs in the index.
  recursive subroutine metalab_index_rebuild(store, experiment, progress, runs, stat, errmsg)
    character(len=*), intent(in), optional :: store, experiment
    procedure(metalab_progress), optional :: progress
    integer, intent(out), optional :: runs
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: store_room, experiment_room
    type(told), target :: asked
    type(c_funptr) :: teller
    integer(c_size_t) :: count

    count = 0
    teller = c_null_funptr
    if (present(progress)) then
      asked%progress => progress
      teller = c_funloc(tell)
    end if
    call settle(c_index_rebuild(pointer_to(store, store_room), pointer_to(experiment, experiment_room), teller, &
        c_loc(asked), count), c_null_ptr, stat, errmsg)
    if (present(runs)) runs = int(count)
  end subroutine

  recursive function tell(user_data, done, total) result(answer) bind(c, name='')
    type(c_ptr), value :: user_data
    integer(c_size_t), value :: done, total
    integer(c_int32_t) :: answer
    type(told), pointer :: asked

    call c_f_pointer(user_data, asked)
    answer = merge(0_c_int32_t, 1_c_int32_t, asked%progress(int(done, int64), int(total, int64)))
  end function
end module
