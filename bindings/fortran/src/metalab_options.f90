! Written by generate.py; do not edit.
!> Options for opening a run: one procedure for each of them, and for each type of parameter.
module metalab_options_m
  use, intrinsic :: iso_c_binding
  use, intrinsic :: iso_fortran_env, only: int8, int16, int32, int64, real32, real64
  use metalab_c_m
  use metalab_deferred_m
  use metalab_support_m
  implicit none
  private
  public :: metalab_options

  !> Options for opening a run: one call for each option. An option that is not set comes from the environment or has
  !> its default.
  !>
  !>     type(metalab_options) :: options
  !>     call options%experiment('heat:1.0')
  !>     call options%param('n', 256)
  !>     call run%open(options)
  !>
  !> An error is reported through `stat` if it is present; otherwise when the run is opened. A copy refers to the same
  !> options.
  type, extends(options_base) :: metalab_options
  contains
    !> A parameter: an integer (8 to 64 bits), real (32 or 64), logical, logical(c_bool) or character.
    generic :: param => param_int8, param_int16, param_int32, param_int64, param_real32, &
        param_real64, param_logical, param_bool, param_text
    !> Where the store is: a path, or "file:///absolute/path". METALAB_STORE; else ./experiments.
    procedure :: store => set_store
    !> The experiment: "name:version". METALAB_EXPERIMENT; else the name of the executable.
    procedure :: experiment => set_experiment
    !> Describes the experiment, for its manifest.
    procedure :: experiment_description => set_experiment_description
    !> Adds a tag of the experiment, for its manifest.
    procedure :: add_experiment_tag => set_add_experiment_tag
    !> The id of the run. METALAB_RUN_ID; else it follows from what the run depends on.
    procedure :: run_id => set_run_id
    !> Adds a tag of the run. METALAB_TAGS.
    procedure :: add_tag => set_add_tag
    !> A note on the run. METALAB_NOTES.
    procedure :: note => set_note
    !> Identifies the version of the code; empty for none. METALAB_CODE_HASH; else the build id of the executable.
    procedure :: code_hash => set_code_hash
    !> The worker of the run that this process is, as in "rank:3". METALAB_WORKER.
    procedure :: worker => set_worker
    !> The name of a parameter that is the number of the program's processes. METALAB_RANKS_PARAM.
    procedure :: ranks_param => set_ranks_param
    !> The compiler that built the program. Set to that of the module unless it is given.
    procedure :: compiler => set_compiler
    !> The directory of the journals while runs go on. METALAB_JOURNAL.
    procedure :: journal => set_journal
    !> The variables of a namelist file as parameters: 'grid.n' for '&grid n = 64 /'. Names become lower case. The
    !> file is read by this call.
    procedure :: namelist => set_namelist
    !> Parameters, as a JSON object. METALAB_PARAMS.
    procedure :: params_json => set_params_json
    !> Sets what else the run depends on: a JSON object. METALAB_CONTEXT.
    procedure :: context_json => set_context_json
    !> Metadata that do not identify the run, as a JSON object. METALAB_METADATA.
    procedure :: metadata_json => set_metadata_json
    !> How many runs the experiment will have, for its manifest. METALAB_PLANNED_RUNS.
    procedure :: planned_runs => set_planned_runs
    !> The number of this replicate of the seed, from 0. METALAB_REPLICATE.
    procedure :: replicate => set_replicate
    !> The longest time until log lines are in their file, in seconds. METALAB_FLUSH_SECONDS; else 0.05.
    procedure :: flush_interval => set_flush_interval
    !> The time between updates of the record of a running run, in seconds; 0 for none. METALAB_REFRESH_SECONDS;
    !> else 10.
    procedure :: refresh_interval => set_refresh_interval
    !> Sets how to treat a run that has already succeeded: a METALAB_IF_SUCCESS_... . METALAB_IF_SUCCESS.
    procedure :: if_success => set_if_success
    !> The signals that the run handles: METALAB_SIGNALS_FATAL, METALAB_SIGNALS_STOP, METALAB_SIGNALS_INTERRUPT
    !> (Ctrl-C), or a sum of these. METALAB_SIGNALS.
    procedure :: signals => set_signals
    !> The role of the process in its run: METALAB_ROLE_AUTO, METALAB_ROLE_OWNER, METALAB_ROLE_WORKER
    !> or METALAB_ROLE_RANKS. METALAB_ROLE.
    procedure :: role => set_role
    !> How many seconds a worker waits for the owner of the run. METALAB_ATTACH_SECONDS; else 30.
    procedure :: attach_patience => set_attach_patience
    !> The time between samples of the process, in seconds; 0 for none. METALAB_SAMPLE_SECONDS; else 0.
    procedure :: sample => set_sample
    !> If true, the end of the run waits for the disk. METALAB_DURABLE.
    procedure :: durable => set_durable
    !> How many seconds before the end of its time the run is to stop. METALAB_STOP_BEFORE.
    procedure :: stop_before => set_stop_before
    !> The longest time that the end of the run waits for the index in PostgreSQL, in seconds; 5 unless it is set.
    procedure :: index_wait => set_index_wait
    !> The number of this process among those of the run, from 0, and how many there are, where no launcher says so.
    procedure :: rank => rank_of_size
    !> Continues an earlier attempt at the run: the first step that will be emitted again. METALAB_RESTART_STEP.
    generic :: restart => restart_int32, restart_int64
    !> The end of the process's time, in seconds since the epoch; 0 for none. METALAB_END_TIME; else that of the SLURM
    !> job.
    procedure :: end_time => end_time_at
    !> The root seed, from which `derive_seed` makes others. METALAB_SEED; else 0.
    generic :: seed => seed_int32, seed_int64
    procedure, private :: restart_int32, restart_int64, seed_int32, seed_int64
    procedure, private :: param_int8, param_int16, param_int32, param_int64, param_real32, &
        param_real64, param_logical, param_bool, param_text
  end type

contains

  recursive subroutine rank_of_size(self, rank, size, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    integer, intent(in) :: rank, size
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%begin()
    call self%settle(c_options_rank(self%handle, int(rank, c_int64_t), int(size, c_int64_t)), stat, errmsg)
  end subroutine

  recursive subroutine restart_int32(self, step, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    integer(int32), intent(in) :: step
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%restart(int(step, int64), stat, errmsg)
  end subroutine

  recursive subroutine restart_int64(self, step, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    integer(int64), intent(in) :: step
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%begin()
    call self%settle(c_options_restart(self%handle, step), stat, errmsg)
  end subroutine

  recursive subroutine end_time_at(self, unix_seconds, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    integer(int64), intent(in) :: unix_seconds
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%begin()
    call self%settle(c_options_end_time(self%handle, unix_seconds), stat, errmsg)
  end subroutine

  recursive subroutine seed_int32(self, seed, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    integer(int32), intent(in) :: seed
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%seed(int(seed, int64), stat, errmsg)
  end subroutine

  recursive subroutine seed_int64(self, seed, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    integer(int64), intent(in) :: seed
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%begin()
    if (seed < 0) then
      call self%refuse('seed: it is negative', stat, errmsg)
      return
    end if
    call self%settle(c_options_seed(self%handle, seed), stat, errmsg)
  end subroutine

  recursive subroutine set_store(self, locator, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    character(len=*), intent(in) :: locator
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%begin()
    call self%settle(c_options_store(self%handle, pointer_to(locator, room)), stat, errmsg)
  end subroutine

  recursive subroutine set_experiment(self, id, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    character(len=*), intent(in) :: id
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%begin()
    call self%settle(c_options_experiment(self%handle, pointer_to(id, room)), stat, errmsg)
  end subroutine

  recursive subroutine set_experiment_description(self, description, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    character(len=*), intent(in) :: description
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%begin()
    call self%settle(c_options_experiment_description(self%handle, pointer_to(description, &
        room)), stat, errmsg)
  end subroutine

  recursive subroutine set_add_experiment_tag(self, tag, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    character(len=*), intent(in) :: tag
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%begin()
    call self%settle(c_options_add_experiment_tag(self%handle, pointer_to(tag, room)), stat, errmsg)
  end subroutine

  recursive subroutine set_run_id(self, run_id, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    character(len=*), intent(in) :: run_id
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%begin()
    call self%settle(c_options_run_id(self%handle, pointer_to(run_id, room)), stat, errmsg)
  end subroutine

  recursive subroutine set_add_tag(self, tag, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    character(len=*), intent(in) :: tag
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%begin()
    call self%settle(c_options_add_tag(self%handle, pointer_to(tag, room)), stat, errmsg)
  end subroutine

  recursive subroutine set_note(self, note, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    character(len=*), intent(in) :: note
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%begin()
    call self%settle(c_options_note(self%handle, pointer_to(note, room)), stat, errmsg)
  end subroutine

  recursive subroutine set_code_hash(self, hash, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    character(len=*), intent(in) :: hash
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%begin()
    call self%settle(c_options_code_hash(self%handle, pointer_to(hash, room)), stat, errmsg)
  end subroutine

  recursive subroutine set_worker(self, worker_id, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    character(len=*), intent(in) :: worker_id
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%begin()
    call self%settle(c_options_worker(self%handle, pointer_to(worker_id, room)), stat, errmsg)
  end subroutine

  recursive subroutine set_ranks_param(self, name, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    character(len=*), intent(in) :: name
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%begin()
    call self%settle(c_options_ranks_param(self%handle, pointer_to(name, room)), stat, errmsg)
  end subroutine

  recursive subroutine set_compiler(self, text, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    character(len=*), intent(in) :: text
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%begin()
    call self%settle(c_options_compiler(self%handle, pointer_to(text, room)), stat, errmsg)
  end subroutine

  recursive subroutine set_journal(self, directory, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    character(len=*), intent(in) :: directory
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%begin()
    call self%settle(c_options_journal(self%handle, pointer_to(directory, room)), stat, errmsg)
  end subroutine

  recursive subroutine set_namelist(self, path, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    character(len=*), intent(in) :: path
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%begin()
    call self%settle(c_options_namelist(self%handle, pointer_to(path, room)), stat, errmsg)
  end subroutine

  recursive subroutine set_params_json(self, json, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    character(len=*), intent(in) :: json
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%begin()
    call self%settle(c_options_params_json(self%handle, json, len(json, c_size_t)), stat, errmsg)
  end subroutine

  recursive subroutine set_context_json(self, json, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    character(len=*), intent(in) :: json
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%begin()
    call self%settle(c_options_context_json(self%handle, json, len(json, c_size_t)), stat, errmsg)
  end subroutine

  recursive subroutine set_metadata_json(self, json, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    character(len=*), intent(in) :: json
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%begin()
    call self%settle(c_options_metadata_json(self%handle, json, len(json, c_size_t)), stat, errmsg)
  end subroutine

  recursive subroutine set_planned_runs(self, runs, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    integer, intent(in) :: runs
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%begin()
    if (runs < 0) then
      call self%refuse('planned_runs: it is negative', stat, errmsg)
      return
    end if
    call self%settle(c_options_planned_runs(self%handle, int(runs, c_int64_t)), stat, errmsg)
  end subroutine

  recursive subroutine set_replicate(self, replicate_index, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    integer, intent(in) :: replicate_index
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%begin()
    if (replicate_index < 0) then
      call self%refuse('replicate: it is negative', stat, errmsg)
      return
    end if
    call self%settle(c_options_replicate(self%handle, int(replicate_index, c_int64_t)), stat, &
        errmsg)
  end subroutine

  recursive subroutine set_flush_interval(self, seconds, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    real(real64), intent(in) :: seconds
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%begin()
    call self%settle(c_options_flush_interval(self%handle, seconds), stat, errmsg)
  end subroutine

  recursive subroutine set_refresh_interval(self, seconds, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    real(real64), intent(in) :: seconds
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%begin()
    call self%settle(c_options_refresh_interval(self%handle, seconds), stat, errmsg)
  end subroutine

  recursive subroutine set_if_success(self, policy, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    integer, intent(in) :: policy
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%begin()
    call self%settle(c_options_if_success(self%handle, int(policy, c_int32_t)), stat, errmsg)
  end subroutine

  recursive subroutine set_signals(self, signals, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    integer, intent(in) :: signals
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%begin()
    if (signals < 0) then
      call self%refuse('signals: it is negative', stat, errmsg)
      return
    end if
    call self%settle(c_options_signals(self%handle, int(signals, c_int32_t)), stat, errmsg)
  end subroutine

  recursive subroutine set_role(self, role, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    integer, intent(in) :: role
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%begin()
    call self%settle(c_options_role(self%handle, int(role, c_int32_t)), stat, errmsg)
  end subroutine

  recursive subroutine set_attach_patience(self, seconds, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    real(real64), intent(in) :: seconds
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%begin()
    call self%settle(c_options_attach_patience(self%handle, seconds), stat, errmsg)
  end subroutine

  recursive subroutine set_sample(self, seconds, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    real(real64), intent(in) :: seconds
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%begin()
    call self%settle(c_options_sample(self%handle, seconds), stat, errmsg)
  end subroutine

  recursive subroutine set_durable(self, durable, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    logical, intent(in) :: durable
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%begin()
    call self%settle(c_options_durable(self%handle, merge(1_c_int32_t, 0_c_int32_t, durable)), &
        stat, errmsg)
  end subroutine

  recursive subroutine set_stop_before(self, seconds, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    real(real64), intent(in) :: seconds
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%begin()
    call self%settle(c_options_stop_before(self%handle, seconds), stat, errmsg)
  end subroutine

  recursive subroutine set_index_wait(self, seconds, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    real(real64), intent(in) :: seconds
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%begin()
    call self%settle(c_options_index_wait(self%handle, seconds), stat, errmsg)
  end subroutine

  recursive subroutine param_int8(self, name, value, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    character(len=*), intent(in) :: name
    integer(int8), intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%begin()
    call self%settle(c_options_param_i64(self%handle, pointer_to(name, room), &
        int(value, c_int64_t)), stat, errmsg)
  end subroutine

  recursive subroutine param_int16(self, name, value, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    character(len=*), intent(in) :: name
    integer(int16), intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%begin()
    call self%settle(c_options_param_i64(self%handle, pointer_to(name, room), &
        int(value, c_int64_t)), stat, errmsg)
  end subroutine

  recursive subroutine param_int32(self, name, value, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    character(len=*), intent(in) :: name
    integer(int32), intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%begin()
    call self%settle(c_options_param_i64(self%handle, pointer_to(name, room), &
        int(value, c_int64_t)), stat, errmsg)
  end subroutine

  recursive subroutine param_int64(self, name, value, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    character(len=*), intent(in) :: name
    integer(int64), intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%begin()
    call self%settle(c_options_param_i64(self%handle, pointer_to(name, room), &
        value), stat, errmsg)
  end subroutine

  recursive subroutine param_real32(self, name, value, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    character(len=*), intent(in) :: name
    real(real32), intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%begin()
    call self%settle(c_options_param_f64(self%handle, pointer_to(name, room), &
        real(value, c_double)), stat, errmsg)
  end subroutine

  recursive subroutine param_real64(self, name, value, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    character(len=*), intent(in) :: name
    real(real64), intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%begin()
    call self%settle(c_options_param_f64(self%handle, pointer_to(name, room), &
        value), stat, errmsg)
  end subroutine

  recursive subroutine param_logical(self, name, value, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    character(len=*), intent(in) :: name
    logical, intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%begin()
    call self%settle(c_options_param_bool(self%handle, pointer_to(name, room), &
        merge(1_c_int32_t, 0_c_int32_t, value)), stat, errmsg)
  end subroutine

  recursive subroutine param_bool(self, name, value, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    character(len=*), intent(in) :: name
    logical(c_bool), intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%begin()
    call self%settle(c_options_param_bool(self%handle, pointer_to(name, room), &
        merge(1_c_int32_t, 0_c_int32_t, logical(value))), stat, errmsg)
  end subroutine

  recursive subroutine param_text(self, name, value, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    character(len=*), intent(in) :: name
    character(len=*), intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room, value_room

    call self%begin()
    call self%settle(c_options_param_text(self%handle, pointer_to(name, room), &
        pointer_to(value, value_room)), stat, errmsg)
  end subroutine

end module
