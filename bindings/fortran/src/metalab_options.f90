!> Options for opening a capture.
module metalab_options_m
  use, intrinsic :: iso_c_binding
  use, intrinsic :: iso_fortran_env, only: compiler_version, int8, int16, int32, int64, real32, real64
  use metalab_c_m
  use metalab_constants_m
  use metalab_support_m
  implicit none
  private
  public :: metalab_options

  !> Options for opening a capture: one call for each thing that is said. What is not said comes
  !> from the environment or from a default.
  !>
  !>     type(metalab_options) :: options
  !>     call options%experiment('heat:1.0')
  !>     call options%param('n', 256)
  !>     call run%open(options)
  !>
  !> What is wrong is answered where `stat` is given, else when the capture is opened. A copy is
  !> another name of the same.
  type :: metalab_options
    private
    type(c_ptr) :: handle = c_null_ptr
    type(shared_names), pointer :: names => null()
    !> The first error that nobody was told of.
    integer :: error = METALAB_OK
    character(len=:), allocatable :: message
  contains
    !> Where the store is: a path, or "file:///absolute/path". METALAB_STORE; else ./experiments.
    procedure :: store => options_store
    !> The experiment: "name:version". METALAB_EXPERIMENT; else the name of the executable.
    procedure :: experiment => options_experiment
    !> What the experiment is about, for its manifest.
    procedure :: experiment_description => options_experiment_description
    !> Adds a tag of the experiment, for its manifest.
    procedure :: add_experiment_tag => options_experiment_tag
    !> The id of the run. METALAB_RUN_ID; else it follows from what the run depends on.
    procedure :: run_id => options_run_id
    !> Adds a tag of the run. METALAB_TAGS.
    procedure :: add_tag => options_tag
    !> A note on the run. METALAB_NOTES.
    procedure :: note => options_note
    !> What the code is known by; empty for nothing. METALAB_CODE_HASH; else the build id of the executable.
    procedure :: code_hash => options_code_hash
    !> Which worker of the run this is, as in "rank:3". METALAB_WORKER.
    procedure :: worker => options_worker
    !> What the program was compiled with. The module says its own compiler.
    procedure :: compiler => options_compiler
    !> Where journals are kept while runs go on. METALAB_JOURNAL.
    procedure :: journal => options_journal
    !> Parameters, as a JSON object. METALAB_PARAMS.
    procedure :: params_json => options_params_json
    !> What else the run depends on, as a JSON object. METALAB_CONTEXT.
    procedure :: context_json => options_context_json
    !> What identifies nothing, as a JSON object. METALAB_METADATA.
    procedure :: metadata_json => options_metadata_json
    !> How many runs the experiment will have, for its manifest. METALAB_PLANNED_RUNS.
    procedure :: planned_runs => options_planned_runs
    !> Which replicate of the seed the run is. METALAB_REPLICATE.
    procedure :: replicate => options_replicate
    !> How soon log lines reach their file, in seconds. METALAB_FLUSH_SECONDS; else 0.05.
    procedure :: flush_interval => options_flush_interval
    !> How often the record of the running run is refreshed, in seconds; 0 for never. METALAB_REFRESH_SECONDS;
    !> else 10.
    procedure :: refresh_interval => options_refresh_interval
    !> What to do when the run is a success already: a METALAB_IF_SUCCESS_... . METALAB_IF_SUCCESS.
    procedure :: if_success => options_if_success
    !> Which signals the run takes: METALAB_SIGNALS_FATAL, METALAB_SIGNALS_STOP, METALAB_SIGNALS_INTERRUPT (Ctrl-C), or
    !> a sum of these. METALAB_SIGNALS.
    procedure :: signals => options_signals
    !> What the process is in its run: METALAB_ROLE_AUTO, METALAB_ROLE_OWNER, METALAB_ROLE_WORKER
    !> or METALAB_ROLE_RANKS. METALAB_ROLE.
    procedure :: role => options_role
    !> Which of how many processes of the run this is, from 0, where no launcher says so.
    procedure :: rank => options_rank
    !> How many seconds a worker waits for the owner of the run. METALAB_ATTACH_SECONDS; else 30.
    procedure :: attach_patience => options_attach_patience
    !> Goes on with an earlier attempt at the run: the first step that will be emitted again.
    !> METALAB_RESTART_STEP.
    generic :: restart => restart_int32, restart_int64
    !> How often the process is sampled, in seconds; 0 for never. METALAB_SAMPLE_SECONDS; else 0.
    procedure :: sample => options_sample
    !> With true, the end of the run waits for the disk. METALAB_DURABLE.
    procedure :: durable => options_durable
    !> When the time of the process is up, in seconds since the epoch; 0 for never.
    !> METALAB_END_TIME; else that of the SLURM job.
    procedure :: end_time => options_end_time
    !> How many seconds before the end of its time the run is to stop. METALAB_STOP_BEFORE.
    procedure :: stop_before => options_stop_before
    procedure :: index_wait => options_index_wait
    !> The root seed, of which `derive_seed` makes others. METALAB_SEED; else 0.
    generic :: seed => options_seed_int32, options_seed_int64
    !> A parameter: an integer (8 to 64 bits), real (32 or 64), logical, logical(c_bool) or character.
    generic :: param => param_int32, param_int64, param_real32, param_real64, param_logical, param_text, &
        param_int8, param_int16, param_bool
    !> Forgets everything. `final` does the same where the variable ends, which those of a main
    !> program don't.
    procedure :: clear => options_clear
    !> The handle of the C interface, and the error that waits to be told.
    procedure :: c_handle => options_handle
    procedure :: deferred => options_deferred
    generic :: assignment(=) => options_assign
    procedure, private :: options_assign, options_seed_int32, options_seed_int64
    procedure, private :: restart_int32, restart_int64
    procedure, private :: param_int8, param_int16, param_bool
    procedure, private :: param_int32, param_int64, param_real32, param_real64, param_logical, param_text
    !> Has there be a handle.
    procedure :: begin => options_begin
    procedure, private :: settle => options_settle
    procedure, private :: refuse => options_refuse
    procedure, private :: defer => options_defer
    final :: options_final
  end type

contains

  recursive subroutine options_store(self, locator, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    character(len=*), intent(in) :: locator
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%begin()
    call self%settle(c_options_store(self%handle, pointer_to(locator, room)), stat, errmsg)
  end subroutine

  recursive subroutine options_experiment(self, id, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    character(len=*), intent(in) :: id
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%begin()
    call self%settle(c_options_experiment(self%handle, pointer_to(id, room)), stat, errmsg)
  end subroutine

  recursive subroutine options_experiment_description(self, description, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    character(len=*), intent(in) :: description
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%begin()
    call self%settle(c_options_experiment_description(self%handle, pointer_to(description, room)), stat, errmsg)
  end subroutine

  recursive subroutine options_experiment_tag(self, tag, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    character(len=*), intent(in) :: tag
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%begin()
    call self%settle(c_options_add_experiment_tag(self%handle, pointer_to(tag, room)), stat, errmsg)
  end subroutine

  recursive subroutine options_run_id(self, run_id, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    character(len=*), intent(in) :: run_id
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%begin()
    call self%settle(c_options_run_id(self%handle, pointer_to(run_id, room)), stat, errmsg)
  end subroutine

  recursive subroutine options_tag(self, tag, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    character(len=*), intent(in) :: tag
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%begin()
    call self%settle(c_options_add_tag(self%handle, pointer_to(tag, room)), stat, errmsg)
  end subroutine

  recursive subroutine options_note(self, note, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    character(len=*), intent(in) :: note
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%begin()
    call self%settle(c_options_note(self%handle, pointer_to(note, room)), stat, errmsg)
  end subroutine

  recursive subroutine options_code_hash(self, hash, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    character(len=*), intent(in) :: hash
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%begin()
    call self%settle(c_options_code_hash(self%handle, pointer_to(hash, room)), stat, errmsg)
  end subroutine

  recursive subroutine options_worker(self, worker_id, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    character(len=*), intent(in) :: worker_id
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%begin()
    call self%settle(c_options_worker(self%handle, pointer_to(worker_id, room)), stat, errmsg)
  end subroutine

  recursive subroutine options_journal(self, directory, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    character(len=*), intent(in) :: directory
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%begin()
    call self%settle(c_options_journal(self%handle, pointer_to(directory, room)), stat, errmsg)
  end subroutine

  recursive subroutine options_params_json(self, json, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    character(len=*), intent(in) :: json
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%begin()
    call self%settle(c_options_params_json(self%handle, json, len(json, c_size_t)), stat, errmsg)
  end subroutine

  recursive subroutine options_context_json(self, json, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    character(len=*), intent(in) :: json
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%begin()
    call self%settle(c_options_context_json(self%handle, json, len(json, c_size_t)), stat, errmsg)
  end subroutine

  recursive subroutine options_metadata_json(self, json, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    character(len=*), intent(in) :: json
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%begin()
    call self%settle(c_options_metadata_json(self%handle, json, len(json, c_size_t)), stat, errmsg)
  end subroutine

  recursive subroutine options_planned_runs(self, runs, stat, errmsg)
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

  recursive subroutine options_replicate(self, replicate_index, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    integer, intent(in) :: replicate_index
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%begin()
    if (replicate_index < 0) then
      call self%refuse('replicate: it is negative', stat, errmsg)
      return
    end if
    call self%settle(c_options_replicate(self%handle, int(replicate_index, c_int64_t)), stat, errmsg)
  end subroutine

  recursive subroutine options_flush_interval(self, seconds, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    real(real64), intent(in) :: seconds
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%begin()
    call self%settle(c_options_flush_interval(self%handle, seconds), stat, errmsg)
  end subroutine

  recursive subroutine options_refresh_interval(self, seconds, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    real(real64), intent(in) :: seconds
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%begin()
    call self%settle(c_options_refresh_interval(self%handle, seconds), stat, errmsg)
  end subroutine

  recursive subroutine options_if_success(self, policy, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    integer, intent(in) :: policy
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%begin()
    call self%settle(c_options_if_success(self%handle, int(policy, c_int32_t)), stat, errmsg)
  end subroutine

  recursive subroutine options_signals(self, signals, stat, errmsg)
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

  recursive subroutine options_durable(self, durable, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    logical, intent(in) :: durable
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%begin()
    call self%settle(c_options_durable(self%handle, merge(1_c_int32_t, 0_c_int32_t, durable)), stat, errmsg)
  end subroutine

  recursive subroutine options_compiler(self, text, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    character(len=*), intent(in) :: text
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%begin()
    call self%settle(c_options_compiler(self%handle, pointer_to(text, room)), stat, errmsg)
  end subroutine

  recursive subroutine options_role(self, role, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    integer, intent(in) :: role
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%begin()
    call self%settle(c_options_role(self%handle, int(role, c_int32_t)), stat, errmsg)
  end subroutine

  recursive subroutine options_rank(self, rank, size, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    integer, intent(in) :: rank, size
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%begin()
    call self%settle(c_options_rank(self%handle, int(rank, c_int64_t), int(size, c_int64_t)), stat, errmsg)
  end subroutine

  recursive subroutine options_attach_patience(self, seconds, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    real(real64), intent(in) :: seconds
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%begin()
    call self%settle(c_options_attach_patience(self%handle, seconds), stat, errmsg)
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

  recursive subroutine options_sample(self, seconds, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    real(real64), intent(in) :: seconds
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%begin()
    call self%settle(c_options_sample(self%handle, seconds), stat, errmsg)
  end subroutine

  recursive subroutine options_end_time(self, unix_seconds, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    integer(int64), intent(in) :: unix_seconds
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%begin()
    call self%settle(c_options_end_time(self%handle, unix_seconds), stat, errmsg)
  end subroutine

  recursive subroutine options_stop_before(self, seconds, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    real(real64), intent(in) :: seconds
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%begin()
    call self%settle(c_options_stop_before(self%handle, seconds), stat, errmsg)
  end subroutine

  !> How many seconds the end of the run waits at most for the index in PostgreSQL; 5 unless it is set.
  recursive subroutine options_index_wait(self, seconds, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    real(real64), intent(in) :: seconds
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%begin()
    call self%settle(c_options_index_wait(self%handle, seconds), stat, errmsg)
  end subroutine

  recursive subroutine options_seed_int32(self, seed, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    integer(int32), intent(in) :: seed
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%seed(int(seed, int64), stat, errmsg)
  end subroutine

  recursive subroutine options_seed_int64(self, seed, stat, errmsg)
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

  recursive subroutine param_int32(self, name, value, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    character(len=*), intent(in) :: name
    integer(int32), intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%begin()
    call self%settle(c_options_param_i64(self%handle, pointer_to(name, room), int(value, c_int64_t)), stat, errmsg)
  end subroutine

  recursive subroutine param_int64(self, name, value, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    character(len=*), intent(in) :: name
    integer(int64), intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%begin()
    call self%settle(c_options_param_i64(self%handle, pointer_to(name, room), value), stat, errmsg)
  end subroutine

  recursive subroutine param_real32(self, name, value, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    character(len=*), intent(in) :: name
    real(real32), intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%begin()
    call self%settle(c_options_param_f64(self%handle, pointer_to(name, room), real(value, c_double)), stat, errmsg)
  end subroutine

  recursive subroutine param_real64(self, name, value, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    character(len=*), intent(in) :: name
    real(real64), intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%begin()
    call self%settle(c_options_param_f64(self%handle, pointer_to(name, room), value), stat, errmsg)
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

  recursive subroutine param_int8(self, name, value, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    character(len=*), intent(in) :: name
    integer(int8), intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%param(name, int(value, int32), stat, errmsg)
  end subroutine

  recursive subroutine param_int16(self, name, value, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    character(len=*), intent(in) :: name
    integer(int16), intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%param(name, int(value, int32), stat, errmsg)
  end subroutine

  recursive subroutine param_bool(self, name, value, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    character(len=*), intent(in) :: name
    logical(c_bool), intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%param(name, logical(value), stat, errmsg)
  end subroutine

  recursive subroutine param_text(self, name, value, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    character(len=*), intent(in) :: name, value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room, value_room

    call self%begin()
    call self%settle(c_options_param_text(self%handle, pointer_to(name, room), pointer_to(value, value_room)), &
        stat, errmsg)
  end subroutine

  !> Has there be a handle, which says the compiler: a module is read by no other than the one that
  !> compiled it.
  recursive subroutine options_begin(self)
    class(metalab_options), intent(inout) :: self
    type(c_text), target :: room

    if (is_shared(self%names)) return
    call forget_name(self)
    if (c_options_new(self%handle) /= METALAB_OK) return
    call first_name(self%names)
    call self%settle(c_options_compiler(self%handle, pointer_to(compiler_version() // ', Fortran', room)))
  end subroutine

  !> Answers as `settle`, but keeps an error for `open`, since there is no log yet.
  recursive subroutine options_settle(self, status, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    integer(c_int32_t), intent(in) :: status
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (present(stat)) stat = int(status)
    if (status == METALAB_OK) return
    if (present(errmsg)) errmsg = last_error()
    call self%defer(int(status), last_error(), present(stat))
  end subroutine

  recursive subroutine options_refuse(self, message, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    character(len=*), intent(in) :: message
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (present(stat)) stat = METALAB_ERR_VALUE
    if (present(errmsg)) errmsg = message
    call self%defer(METALAB_ERR_VALUE, message, present(stat))
  end subroutine

  recursive subroutine options_defer(self, error, message, told)
    class(metalab_options), intent(inout) :: self
    integer, intent(in) :: error
    character(len=*), intent(in) :: message
    logical, intent(in) :: told

    if (told .or. self%error /= METALAB_OK) return
    self%error = error
    self%message = message
  end subroutine

  recursive function options_handle(self) result(handle)
    class(metalab_options), intent(in) :: self
    type(c_ptr) :: handle

    handle = self%handle
  end function

  recursive subroutine options_deferred(self, error, message)
    class(metalab_options), intent(in) :: self
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
    class(metalab_options), intent(inout) :: self

    if (is_shared(self%names)) then
      self%names%is_open = .false.
      call c_options_free(self%handle)
    end if
    call forget_name(self)
    self%error = METALAB_OK
    if (allocated(self%message)) deallocate (self%message)
  end subroutine

  recursive subroutine forget_name(self)
    class(metalab_options), intent(inout) :: self

    if (was_last_name(self%names)) call c_options_free(self%handle)
    self%handle = c_null_ptr
  end subroutine

  !> Another name of the same options.
  recursive subroutine options_assign(self, other)
    class(metalab_options), intent(inout) :: self
    class(metalab_options), intent(in) :: other
    integer :: error
    character(len=:), allocatable :: message

    call other%deferred(error, message)
    if (associated(self%names, other%names)) return
    call forget_name(self)
    call another_name(self%names, other%names)
    self%handle = other%handle
    self%error = error
    self%message = message
  end subroutine

  recursive subroutine options_final(self)
    type(metalab_options), intent(inout) :: self

    call forget_name(self)
  end subroutine
end module
