! Written by generate.py; do not edit.
!> The C interface of metalab: what the other modules need of include/metalab.h.
module metalab_c_m
  use, intrinsic :: iso_c_binding
  implicit none
  private

  integer(c_size_t), parameter :: pointer = storage_size(0_c_intptr_t) / 8

  !> metalab_array_t
  type, bind(c), public :: c_array
    integer(c_size_t) :: struct_size = 5 * pointer + 8
    type(c_ptr) :: data = c_null_ptr
    integer(c_int32_t) :: dtype = 0
    integer(c_int32_t) :: order = 0
    integer(c_size_t) :: ndim = 0
    type(c_ptr) :: shape = c_null_ptr
    type(c_ptr) :: strides = c_null_ptr
  end type

  !> metalab_column_t
  type, bind(c), public :: c_column
    integer(c_size_t) :: struct_size = 8 * pointer
    type(c_ptr) :: name = c_null_ptr
    integer(c_int32_t) :: column_type = 0
    integer(c_size_t) :: count = 0
    type(c_ptr) :: values = c_null_ptr
    type(c_ptr) :: offsets = c_null_ptr
    type(c_ptr) :: text = c_null_ptr
    type(c_ptr) :: valid = c_null_ptr
  end type

  !> metalab_field_style_t
  type, bind(c), public :: c_field_style
    integer(c_size_t) :: struct_size = 2 * pointer + 32
    integer(c_int32_t) :: colormap = 0
    integer(c_int32_t) :: logarithmic = 0
    integer(c_int32_t) :: origin_lower = 0
    integer(c_int32_t) :: has_range = 0
    real(c_double) :: vmin = 0
    real(c_double) :: vmax = 0
    integer(c_size_t) :: scale = 0
  end type

  public :: c_version, c_abi_version, c_status_name, c_last_error, c_string_free, c_options_new, &
      c_options_free, c_options_store, c_options_experiment, c_options_experiment_description, &
      c_options_planned_runs, c_options_add_experiment_tag, c_options_run_id, &
      c_options_params_json, c_options_namelist, c_options_param_f64, c_options_param_i64, &
      c_options_param_bool, c_options_param_text, c_options_context_json, &
      c_options_metadata_json, c_options_add_tag, c_options_note, c_options_seed, &
      c_options_replicate, c_options_code_hash, c_options_worker, c_options_compiler, &
      c_options_sample, c_options_flush_interval, c_options_refresh_interval, c_options_journal, &
      c_options_if_success, c_options_durable, c_values_new, c_values_set_f64, c_values_set_i64, &
      c_values_set_bool, c_values_set_text, c_values_set_null, c_values_set_json, &
      c_values_set_f64_array, c_values_set_i64_array, c_values_begin_object, &
      c_values_begin_array, c_values_end, c_values_clear, c_values_json, c_values_free, &
      c_capture_open, c_capture_run_id, c_capture_derive_seed, c_capture_add_warning, &
      c_capture_add_note, c_capture_add_tag, c_capture_fail, c_capture_cancel, c_capture_flush, &
      c_capture_finish, c_capture_free, c_recover, c_recover_host, c_options_role, &
      c_options_rank, c_options_ranks_param, c_options_attach_patience, c_options_restart, &
      c_capture_rank, c_capture_reduce, c_capture_metric, c_capture_metric_i64, &
      c_capture_metric_bool, c_capture_metric_text, c_capture_metrics, c_capture_metric_step, &
      c_capture_metric_step_i64, c_capture_metric_step_bool, c_capture_metric_step_text, &
      c_capture_metrics_step, c_capture_series, c_capture_set_axis, c_series_point, &
      c_series_point_i64, c_series_point_bool, c_series_point_text, c_series_points, &
      c_series_points_i64, c_capture_set_step_unit, c_capture_data_json, c_capture_data_array, &
      c_capture_artifact_json, c_capture_artifact_bytes, c_capture_artifact_array, &
      c_capture_artifact_arrays, c_capture_map_array, c_mapping_set_metadata, c_mapping_seal, &
      c_mapping_abandon, c_capture_stream, c_stream_write, c_stream_set_metadata, c_stream_seal, &
      c_stream_abandon, c_capture_snapshots, c_snapshots_begin, c_snapshots_free, c_capture_file, &
      c_capture_figure_bytes, c_capture_figure_pixels, c_capture_figure_field, c_capture_log, &
      c_log, c_log_enabled, c_capture_subscribe, c_capture_unsubscribe, c_capture_stdio, &
      c_capture_stdio_end, c_options_signals, c_options_end_time, c_options_stop_before, &
      c_capture_should_stop, c_capture_should_stop_at, c_capture_request_stop, &
      c_capture_seconds_left, c_recover_child, c_capture_metrics_json, c_capture_artifacts_json, &
      c_capture_results_json, c_capture_summary_json, c_capture_health_json, &
      c_options_index_wait, c_index_rebuild, c_canonical_json, c_fingerprint, c_run_id, &
      c_derive_seed, c_store_open, c_store_free, c_store_experiments_json, c_store_runs, &
      c_table_size, c_table_column, c_table_find, c_table_problems_json, c_table_free, &
      c_store_run, c_options_run, c_run_free, c_run_refresh, c_run_status, c_run_record_json, &
      c_run_names_json, c_run_number, c_run_integer, c_run_text, c_run_last_step, c_run_log, &
      c_run_result_json, c_run_result_metadata_json, c_run_artifacts_json, c_run_artifact_verify, &
      c_run_series, c_run_follow, c_points_poll, c_points_columns, c_points_thin, c_points_axis, &
      c_points_about_json, c_points_free, c_run_array, c_run_array_names_json, &
      c_run_result_array, c_run_latest, c_loaded_verify, c_loaded_free
  public :: c_strlen

  interface
    function c_version() &
        result(answer) bind(c, name='metalab_version')
      import
      implicit none
      type(c_ptr) :: answer
    end function
    function c_abi_version() &
        result(answer) bind(c, name='metalab_abi_version')
      import
      implicit none
      integer(c_int32_t) :: answer
    end function
    function c_status_name(status) &
        result(answer) bind(c, name='metalab_status_name')
      import
      implicit none
      integer(c_int32_t), value :: status
      type(c_ptr) :: answer
    end function
    function c_last_error() &
        result(answer) bind(c, name='metalab_last_error')
      import
      implicit none
      type(c_ptr) :: answer
    end function
    subroutine c_string_free(text) &
        bind(c, name='metalab_string_free')
      import
      implicit none
      type(c_ptr), value :: text
    end subroutine
    function c_options_new(options_out) &
        result(answer) bind(c, name='metalab_options_new')
      import
      implicit none
      type(c_ptr), intent(inout) :: options_out
      integer(c_int32_t) :: answer
    end function
    subroutine c_options_free(options) &
        bind(c, name='metalab_options_free')
      import
      implicit none
      type(c_ptr), value :: options
    end subroutine
    function c_options_store(options, locator) &
        result(answer) bind(c, name='metalab_options_store')
      import
      implicit none
      type(c_ptr), value :: options
      type(c_ptr), value :: locator
      integer(c_int32_t) :: answer
    end function
    function c_options_experiment(options, id) &
        result(answer) bind(c, name='metalab_options_experiment')
      import
      implicit none
      type(c_ptr), value :: options
      type(c_ptr), value :: id
      integer(c_int32_t) :: answer
    end function
    function c_options_experiment_description(options, description) &
        result(answer) bind(c, name='metalab_options_experiment_description')
      import
      implicit none
      type(c_ptr), value :: options
      type(c_ptr), value :: description
      integer(c_int32_t) :: answer
    end function
    function c_options_planned_runs(options, runs) &
        result(answer) bind(c, name='metalab_options_planned_runs')
      import
      implicit none
      type(c_ptr), value :: options
      integer(c_int64_t), value :: runs
      integer(c_int32_t) :: answer
    end function
    function c_options_add_experiment_tag(options, tag) &
        result(answer) bind(c, name='metalab_options_add_experiment_tag')
      import
      implicit none
      type(c_ptr), value :: options
      type(c_ptr), value :: tag
      integer(c_int32_t) :: answer
    end function
    function c_options_run_id(options, run_id) &
        result(answer) bind(c, name='metalab_options_run_id')
      import
      implicit none
      type(c_ptr), value :: options
      type(c_ptr), value :: run_id
      integer(c_int32_t) :: answer
    end function
    function c_options_params_json(options, json, json_len) &
        result(answer) bind(c, name='metalab_options_params_json')
      import
      implicit none
      type(c_ptr), value :: options
      character(kind=c_char), intent(in) :: json(*)
      integer(c_size_t), value :: json_len
      integer(c_int32_t) :: answer
    end function
    function c_options_namelist(options, path) &
        result(answer) bind(c, name='metalab_options_namelist')
      import
      implicit none
      type(c_ptr), value :: options
      type(c_ptr), value :: path
      integer(c_int32_t) :: answer
    end function
    function c_options_param_f64(options, name, value) &
        result(answer) bind(c, name='metalab_options_param_f64')
      import
      implicit none
      type(c_ptr), value :: options
      type(c_ptr), value :: name
      real(c_double), value :: value
      integer(c_int32_t) :: answer
    end function
    function c_options_param_i64(options, name, value) &
        result(answer) bind(c, name='metalab_options_param_i64')
      import
      implicit none
      type(c_ptr), value :: options
      type(c_ptr), value :: name
      integer(c_int64_t), value :: value
      integer(c_int32_t) :: answer
    end function
    function c_options_param_bool(options, name, value) &
        result(answer) bind(c, name='metalab_options_param_bool')
      import
      implicit none
      type(c_ptr), value :: options
      type(c_ptr), value :: name
      integer(c_int32_t), value :: value
      integer(c_int32_t) :: answer
    end function
    function c_options_param_text(options, name, value) &
        result(answer) bind(c, name='metalab_options_param_text')
      import
      implicit none
      type(c_ptr), value :: options
      type(c_ptr), value :: name
      type(c_ptr), value :: value
      integer(c_int32_t) :: answer
    end function
    function c_options_context_json(options, json, json_len) &
        result(answer) bind(c, name='metalab_options_context_json')
      import
      implicit none
      type(c_ptr), value :: options
      character(kind=c_char), intent(in) :: json(*)
      integer(c_size_t), value :: json_len
      integer(c_int32_t) :: answer
    end function
    function c_options_metadata_json(options, json, json_len) &
        result(answer) bind(c, name='metalab_options_metadata_json')
      import
      implicit none
      type(c_ptr), value :: options
      character(kind=c_char), intent(in) :: json(*)
      integer(c_size_t), value :: json_len
      integer(c_int32_t) :: answer
    end function
    function c_options_add_tag(options, tag) &
        result(answer) bind(c, name='metalab_options_add_tag')
      import
      implicit none
      type(c_ptr), value :: options
      type(c_ptr), value :: tag
      integer(c_int32_t) :: answer
    end function
    function c_options_note(options, note) &
        result(answer) bind(c, name='metalab_options_note')
      import
      implicit none
      type(c_ptr), value :: options
      type(c_ptr), value :: note
      integer(c_int32_t) :: answer
    end function
    function c_options_seed(options, root_seed) &
        result(answer) bind(c, name='metalab_options_seed')
      import
      implicit none
      type(c_ptr), value :: options
      integer(c_int64_t), value :: root_seed
      integer(c_int32_t) :: answer
    end function
    function c_options_replicate(options, replicate_index) &
        result(answer) bind(c, name='metalab_options_replicate')
      import
      implicit none
      type(c_ptr), value :: options
      integer(c_int64_t), value :: replicate_index
      integer(c_int32_t) :: answer
    end function
    function c_options_code_hash(options, hash) &
        result(answer) bind(c, name='metalab_options_code_hash')
      import
      implicit none
      type(c_ptr), value :: options
      type(c_ptr), value :: hash
      integer(c_int32_t) :: answer
    end function
    function c_options_worker(options, worker_id) &
        result(answer) bind(c, name='metalab_options_worker')
      import
      implicit none
      type(c_ptr), value :: options
      type(c_ptr), value :: worker_id
      integer(c_int32_t) :: answer
    end function
    function c_options_compiler(options, text) &
        result(answer) bind(c, name='metalab_options_compiler')
      import
      implicit none
      type(c_ptr), value :: options
      type(c_ptr), value :: text
      integer(c_int32_t) :: answer
    end function
    function c_options_sample(options, seconds) &
        result(answer) bind(c, name='metalab_options_sample')
      import
      implicit none
      type(c_ptr), value :: options
      real(c_double), value :: seconds
      integer(c_int32_t) :: answer
    end function
    function c_options_flush_interval(options, seconds) &
        result(answer) bind(c, name='metalab_options_flush_interval')
      import
      implicit none
      type(c_ptr), value :: options
      real(c_double), value :: seconds
      integer(c_int32_t) :: answer
    end function
    function c_options_refresh_interval(options, seconds) &
        result(answer) bind(c, name='metalab_options_refresh_interval')
      import
      implicit none
      type(c_ptr), value :: options
      real(c_double), value :: seconds
      integer(c_int32_t) :: answer
    end function
    function c_options_journal(options, directory) &
        result(answer) bind(c, name='metalab_options_journal')
      import
      implicit none
      type(c_ptr), value :: options
      type(c_ptr), value :: directory
      integer(c_int32_t) :: answer
    end function
    function c_options_if_success(options, policy) &
        result(answer) bind(c, name='metalab_options_if_success')
      import
      implicit none
      type(c_ptr), value :: options
      integer(c_int32_t), value :: policy
      integer(c_int32_t) :: answer
    end function
    function c_options_durable(options, durable) &
        result(answer) bind(c, name='metalab_options_durable')
      import
      implicit none
      type(c_ptr), value :: options
      integer(c_int32_t), value :: durable
      integer(c_int32_t) :: answer
    end function
    function c_values_new(values_out) &
        result(answer) bind(c, name='metalab_values_new')
      import
      implicit none
      type(c_ptr), intent(inout) :: values_out
      integer(c_int32_t) :: answer
    end function
    function c_values_set_f64(values, key, value) &
        result(answer) bind(c, name='metalab_values_set_f64')
      import
      implicit none
      type(c_ptr), value :: values
      type(c_ptr), value :: key
      real(c_double), value :: value
      integer(c_int32_t) :: answer
    end function
    function c_values_set_i64(values, key, value) &
        result(answer) bind(c, name='metalab_values_set_i64')
      import
      implicit none
      type(c_ptr), value :: values
      type(c_ptr), value :: key
      integer(c_int64_t), value :: value
      integer(c_int32_t) :: answer
    end function
    function c_values_set_bool(values, key, value) &
        result(answer) bind(c, name='metalab_values_set_bool')
      import
      implicit none
      type(c_ptr), value :: values
      type(c_ptr), value :: key
      integer(c_int32_t), value :: value
      integer(c_int32_t) :: answer
    end function
    function c_values_set_text(values, key, value, value_len) &
        result(answer) bind(c, name='metalab_values_set_text')
      import
      implicit none
      type(c_ptr), value :: values
      type(c_ptr), value :: key
      character(kind=c_char), intent(in) :: value(*)
      integer(c_size_t), value :: value_len
      integer(c_int32_t) :: answer
    end function
    function c_values_set_null(values, key) &
        result(answer) bind(c, name='metalab_values_set_null')
      import
      implicit none
      type(c_ptr), value :: values
      type(c_ptr), value :: key
      integer(c_int32_t) :: answer
    end function
    function c_values_set_json(values, key, json, json_len) &
        result(answer) bind(c, name='metalab_values_set_json')
      import
      implicit none
      type(c_ptr), value :: values
      type(c_ptr), value :: key
      character(kind=c_char), intent(in) :: json(*)
      integer(c_size_t), value :: json_len
      integer(c_int32_t) :: answer
    end function
    function c_values_set_f64_array(values, key, count, list) &
        result(answer) bind(c, name='metalab_values_set_f64_array')
      import
      implicit none
      type(c_ptr), value :: values
      type(c_ptr), value :: key
      integer(c_size_t), value :: count
      real(c_double), intent(in) :: list(*)
      integer(c_int32_t) :: answer
    end function
    function c_values_set_i64_array(values, key, count, list) &
        result(answer) bind(c, name='metalab_values_set_i64_array')
      import
      implicit none
      type(c_ptr), value :: values
      type(c_ptr), value :: key
      integer(c_size_t), value :: count
      integer(c_int64_t), intent(in) :: list(*)
      integer(c_int32_t) :: answer
    end function
    function c_values_begin_object(values, key) &
        result(answer) bind(c, name='metalab_values_begin_object')
      import
      implicit none
      type(c_ptr), value :: values
      type(c_ptr), value :: key
      integer(c_int32_t) :: answer
    end function
    function c_values_begin_array(values, key) &
        result(answer) bind(c, name='metalab_values_begin_array')
      import
      implicit none
      type(c_ptr), value :: values
      type(c_ptr), value :: key
      integer(c_int32_t) :: answer
    end function
    function c_values_end(values) &
        result(answer) bind(c, name='metalab_values_end')
      import
      implicit none
      type(c_ptr), value :: values
      integer(c_int32_t) :: answer
    end function
    function c_values_clear(values) &
        result(answer) bind(c, name='metalab_values_clear')
      import
      implicit none
      type(c_ptr), value :: values
      integer(c_int32_t) :: answer
    end function
    function c_values_json(values) &
        result(answer) bind(c, name='metalab_values_json')
      import
      implicit none
      type(c_ptr), value :: values
      type(c_ptr) :: answer
    end function
    subroutine c_values_free(values) &
        bind(c, name='metalab_values_free')
      import
      implicit none
      type(c_ptr), value :: values
    end subroutine
    function c_capture_open(options, capture_out) &
        result(answer) bind(c, name='metalab_capture_open')
      import
      implicit none
      type(c_ptr), value :: options
      type(c_ptr), intent(inout) :: capture_out
      integer(c_int32_t) :: answer
    end function
    function c_capture_run_id(capture, run_id_out) &
        result(answer) bind(c, name='metalab_capture_run_id')
      import
      implicit none
      type(c_ptr), value :: capture
      type(c_ptr), intent(inout) :: run_id_out
      integer(c_int32_t) :: answer
    end function
    function c_capture_derive_seed(capture, name, seed_out) &
        result(answer) bind(c, name='metalab_capture_derive_seed')
      import
      implicit none
      type(c_ptr), value :: capture
      type(c_ptr), value :: name
      integer(c_int64_t), intent(inout) :: seed_out
      integer(c_int32_t) :: answer
    end function
    function c_capture_add_warning(capture, message, details_json) &
        result(answer) bind(c, name='metalab_capture_add_warning')
      import
      implicit none
      type(c_ptr), value :: capture
      type(c_ptr), value :: message
      type(c_ptr), value :: details_json
      integer(c_int32_t) :: answer
    end function
    function c_capture_add_note(capture, note) &
        result(answer) bind(c, name='metalab_capture_add_note')
      import
      implicit none
      type(c_ptr), value :: capture
      type(c_ptr), value :: note
      integer(c_int32_t) :: answer
    end function
    function c_capture_add_tag(capture, tag) &
        result(answer) bind(c, name='metalab_capture_add_tag')
      import
      implicit none
      type(c_ptr), value :: capture
      type(c_ptr), value :: tag
      integer(c_int32_t) :: answer
    end function
    function c_capture_fail(capture, type, message, traceback) &
        result(answer) bind(c, name='metalab_capture_fail')
      import
      implicit none
      type(c_ptr), value :: capture
      type(c_ptr), value :: type
      type(c_ptr), value :: message
      type(c_ptr), value :: traceback
      integer(c_int32_t) :: answer
    end function
    function c_capture_cancel(capture, reason) &
        result(answer) bind(c, name='metalab_capture_cancel')
      import
      implicit none
      type(c_ptr), value :: capture
      type(c_ptr), value :: reason
      integer(c_int32_t) :: answer
    end function
    function c_capture_flush(capture, how) &
        result(answer) bind(c, name='metalab_capture_flush')
      import
      implicit none
      type(c_ptr), value :: capture
      integer(c_int32_t), value :: how
      integer(c_int32_t) :: answer
    end function
    function c_capture_finish(capture) &
        result(answer) bind(c, name='metalab_capture_finish')
      import
      implicit none
      type(c_ptr), value :: capture
      integer(c_int32_t) :: answer
    end function
    subroutine c_capture_free(capture) &
        bind(c, name='metalab_capture_free')
      import
      implicit none
      type(c_ptr), value :: capture
    end subroutine
    function c_recover(locator, experiment_id, journal, recovered_out) &
        result(answer) bind(c, name='metalab_recover')
      import
      implicit none
      type(c_ptr), value :: locator
      type(c_ptr), value :: experiment_id
      type(c_ptr), value :: journal
      integer(c_size_t), intent(inout) :: recovered_out
      integer(c_int32_t) :: answer
    end function
    function c_recover_host(locator, experiment_id, journal, host, recovered_out) &
        result(answer) bind(c, name='metalab_recover_host')
      import
      implicit none
      type(c_ptr), value :: locator
      type(c_ptr), value :: experiment_id
      type(c_ptr), value :: journal
      type(c_ptr), value :: host
      integer(c_size_t), intent(inout) :: recovered_out
      integer(c_int32_t) :: answer
    end function
    function c_options_role(options, role) &
        result(answer) bind(c, name='metalab_options_role')
      import
      implicit none
      type(c_ptr), value :: options
      integer(c_int32_t), value :: role
      integer(c_int32_t) :: answer
    end function
    function c_options_rank(options, rank, size) &
        result(answer) bind(c, name='metalab_options_rank')
      import
      implicit none
      type(c_ptr), value :: options
      integer(c_int64_t), value :: rank
      integer(c_int64_t), value :: size
      integer(c_int32_t) :: answer
    end function
    function c_options_ranks_param(options, name) &
        result(answer) bind(c, name='metalab_options_ranks_param')
      import
      implicit none
      type(c_ptr), value :: options
      type(c_ptr), value :: name
      integer(c_int32_t) :: answer
    end function
    function c_options_attach_patience(options, seconds) &
        result(answer) bind(c, name='metalab_options_attach_patience')
      import
      implicit none
      type(c_ptr), value :: options
      real(c_double), value :: seconds
      integer(c_int32_t) :: answer
    end function
    function c_options_restart(options, step) &
        result(answer) bind(c, name='metalab_options_restart')
      import
      implicit none
      type(c_ptr), value :: options
      integer(c_int64_t), value :: step
      integer(c_int32_t) :: answer
    end function
    function c_capture_rank(capture, rank_out, size_out) &
        result(answer) bind(c, name='metalab_capture_rank')
      import
      implicit none
      type(c_ptr), value :: capture
      integer(c_int64_t), intent(inout) :: rank_out
      integer(c_int64_t), intent(inout) :: size_out
      integer(c_int32_t) :: answer
    end function
    function c_capture_reduce(capture, name) &
        result(answer) bind(c, name='metalab_capture_reduce')
      import
      implicit none
      type(c_ptr), value :: capture
      type(c_ptr), value :: name
      integer(c_int32_t) :: answer
    end function
    function c_capture_metric(capture, name, value) &
        result(answer) bind(c, name='metalab_capture_metric')
      import
      implicit none
      type(c_ptr), value :: capture
      type(c_ptr), value :: name
      real(c_double), value :: value
      integer(c_int32_t) :: answer
    end function
    function c_capture_metric_i64(capture, name, value) &
        result(answer) bind(c, name='metalab_capture_metric_i64')
      import
      implicit none
      type(c_ptr), value :: capture
      type(c_ptr), value :: name
      integer(c_int64_t), value :: value
      integer(c_int32_t) :: answer
    end function
    function c_capture_metric_bool(capture, name, value) &
        result(answer) bind(c, name='metalab_capture_metric_bool')
      import
      implicit none
      type(c_ptr), value :: capture
      type(c_ptr), value :: name
      integer(c_int32_t), value :: value
      integer(c_int32_t) :: answer
    end function
    function c_capture_metric_text(capture, name, value, value_len) &
        result(answer) bind(c, name='metalab_capture_metric_text')
      import
      implicit none
      type(c_ptr), value :: capture
      type(c_ptr), value :: name
      character(kind=c_char), intent(in) :: value(*)
      integer(c_size_t), value :: value_len
      integer(c_int32_t) :: answer
    end function
    function c_capture_metrics(capture, count, names, values) &
        result(answer) bind(c, name='metalab_capture_metrics')
      import
      implicit none
      type(c_ptr), value :: capture
      integer(c_size_t), value :: count
      type(c_ptr), intent(in) :: names(*)
      real(c_double), intent(in) :: values(*)
      integer(c_int32_t) :: answer
    end function
    function c_capture_metric_step(capture, name, step, value) &
        result(answer) bind(c, name='metalab_capture_metric_step')
      import
      implicit none
      type(c_ptr), value :: capture
      type(c_ptr), value :: name
      integer(c_int64_t), value :: step
      real(c_double), value :: value
      integer(c_int32_t) :: answer
    end function
    function c_capture_metric_step_i64(capture, name, step, value) &
        result(answer) bind(c, name='metalab_capture_metric_step_i64')
      import
      implicit none
      type(c_ptr), value :: capture
      type(c_ptr), value :: name
      integer(c_int64_t), value :: step
      integer(c_int64_t), value :: value
      integer(c_int32_t) :: answer
    end function
    function c_capture_metric_step_bool(capture, name, step, value) &
        result(answer) bind(c, name='metalab_capture_metric_step_bool')
      import
      implicit none
      type(c_ptr), value :: capture
      type(c_ptr), value :: name
      integer(c_int64_t), value :: step
      integer(c_int32_t), value :: value
      integer(c_int32_t) :: answer
    end function
    function c_capture_metric_step_text(capture, name, step, value, value_len) &
        result(answer) bind(c, name='metalab_capture_metric_step_text')
      import
      implicit none
      type(c_ptr), value :: capture
      type(c_ptr), value :: name
      integer(c_int64_t), value :: step
      character(kind=c_char), intent(in) :: value(*)
      integer(c_size_t), value :: value_len
      integer(c_int32_t) :: answer
    end function
    function c_capture_metrics_step(capture, count, names, step, values) &
        result(answer) bind(c, name='metalab_capture_metrics_step')
      import
      implicit none
      type(c_ptr), value :: capture
      integer(c_size_t), value :: count
      type(c_ptr), intent(in) :: names(*)
      integer(c_int64_t), value :: step
      real(c_double), intent(in) :: values(*)
      integer(c_int32_t) :: answer
    end function
    function c_capture_series(capture, name, unit, description, series_out) &
        result(answer) bind(c, name='metalab_capture_series')
      import
      implicit none
      type(c_ptr), value :: capture
      type(c_ptr), value :: name
      type(c_ptr), value :: unit
      type(c_ptr), value :: description
      type(c_ptr), intent(inout) :: series_out
      integer(c_int32_t) :: answer
    end function
    function c_capture_set_axis(capture, name, axis) &
        result(answer) bind(c, name='metalab_capture_set_axis')
      import
      implicit none
      type(c_ptr), value :: capture
      type(c_ptr), value :: name
      type(c_ptr), value :: axis
      integer(c_int32_t) :: answer
    end function
    function c_series_point(series, step, value) &
        result(answer) bind(c, name='metalab_series_point')
      import
      implicit none
      type(c_ptr), value :: series
      integer(c_int64_t), value :: step
      real(c_double), value :: value
      integer(c_int32_t) :: answer
    end function
    function c_series_point_i64(series, step, value) &
        result(answer) bind(c, name='metalab_series_point_i64')
      import
      implicit none
      type(c_ptr), value :: series
      integer(c_int64_t), value :: step
      integer(c_int64_t), value :: value
      integer(c_int32_t) :: answer
    end function
    function c_series_point_bool(series, step, value) &
        result(answer) bind(c, name='metalab_series_point_bool')
      import
      implicit none
      type(c_ptr), value :: series
      integer(c_int64_t), value :: step
      integer(c_int32_t), value :: value
      integer(c_int32_t) :: answer
    end function
    function c_series_point_text(series, step, value, value_len) &
        result(answer) bind(c, name='metalab_series_point_text')
      import
      implicit none
      type(c_ptr), value :: series
      integer(c_int64_t), value :: step
      character(kind=c_char), intent(in) :: value(*)
      integer(c_size_t), value :: value_len
      integer(c_int32_t) :: answer
    end function
    function c_series_points(series, count, steps, values) &
        result(answer) bind(c, name='metalab_series_points')
      import
      implicit none
      type(c_ptr), value :: series
      integer(c_size_t), value :: count
      integer(c_int64_t), intent(in) :: steps(*)
      real(c_double), intent(in) :: values(*)
      integer(c_int32_t) :: answer
    end function
    function c_series_points_i64(series, count, steps, values) &
        result(answer) bind(c, name='metalab_series_points_i64')
      import
      implicit none
      type(c_ptr), value :: series
      integer(c_size_t), value :: count
      integer(c_int64_t), intent(in) :: steps(*)
      integer(c_int64_t), intent(in) :: values(*)
      integer(c_int32_t) :: answer
    end function
    function c_capture_set_step_unit(capture, name, unit) &
        result(answer) bind(c, name='metalab_capture_set_step_unit')
      import
      implicit none
      type(c_ptr), value :: capture
      type(c_ptr), value :: name
      type(c_ptr), value :: unit
      integer(c_int32_t) :: answer
    end function
    function c_capture_data_json(capture, name, json, json_len, metadata_json) &
        result(answer) bind(c, name='metalab_capture_data_json')
      import
      implicit none
      type(c_ptr), value :: capture
      type(c_ptr), value :: name
      character(kind=c_char), intent(in) :: json(*)
      integer(c_size_t), value :: json_len
      type(c_ptr), value :: metadata_json
      integer(c_int32_t) :: answer
    end function
    function c_capture_data_array(capture, name, data, metadata_json) &
        result(answer) bind(c, name='metalab_capture_data_array')
      import
      implicit none
      type(c_ptr), value :: capture
      type(c_ptr), value :: name
      type(c_array), intent(in) :: data
      type(c_ptr), value :: metadata_json
      integer(c_int32_t) :: answer
    end function
    function c_capture_artifact_json(capture, name, json, json_len, metadata_json) &
        result(answer) bind(c, name='metalab_capture_artifact_json')
      import
      implicit none
      type(c_ptr), value :: capture
      type(c_ptr), value :: name
      character(kind=c_char), intent(in) :: json(*)
      integer(c_size_t), value :: json_len
      type(c_ptr), value :: metadata_json
      integer(c_int32_t) :: answer
    end function
    function c_capture_artifact_bytes(capture, name, bytes, size, kind, format, metadata_json) &
        result(answer) bind(c, name='metalab_capture_artifact_bytes')
      import
      implicit none
      type(c_ptr), value :: capture
      type(c_ptr), value :: name
      character(kind=c_char), intent(in) :: bytes(*)
      integer(c_size_t), value :: size
      type(c_ptr), value :: kind
      type(c_ptr), value :: format
      type(c_ptr), value :: metadata_json
      integer(c_int32_t) :: answer
    end function
    function c_capture_artifact_array(capture, name, data, metadata_json) &
        result(answer) bind(c, name='metalab_capture_artifact_array')
      import
      implicit none
      type(c_ptr), value :: capture
      type(c_ptr), value :: name
      type(c_array), intent(in) :: data
      type(c_ptr), value :: metadata_json
      integer(c_int32_t) :: answer
    end function
    function c_capture_artifact_arrays(capture, name, count, array_names, arrays, metadata_json) &
        result(answer) bind(c, name='metalab_capture_artifact_arrays')
      import
      implicit none
      type(c_ptr), value :: capture
      type(c_ptr), value :: name
      integer(c_size_t), value :: count
      type(c_ptr), intent(in) :: array_names(*)
      type(c_array), intent(in) :: arrays(*)
      type(c_ptr), value :: metadata_json
      integer(c_int32_t) :: answer
    end function
    function c_capture_map_array(capture, name, dtype, order, ndim, shape, metadata_json, &
        mapping_out, data_out) &
        result(answer) bind(c, name='metalab_capture_map_array')
      import
      implicit none
      type(c_ptr), value :: capture
      type(c_ptr), value :: name
      integer(c_int32_t), value :: dtype
      integer(c_int32_t), value :: order
      integer(c_size_t), value :: ndim
      integer(c_int64_t), intent(in) :: shape(*)
      type(c_ptr), value :: metadata_json
      type(c_ptr), intent(inout) :: mapping_out
      type(c_ptr), intent(inout) :: data_out
      integer(c_int32_t) :: answer
    end function
    function c_mapping_set_metadata(mapping, metadata_json) &
        result(answer) bind(c, name='metalab_mapping_set_metadata')
      import
      implicit none
      type(c_ptr), value :: mapping
      type(c_ptr), value :: metadata_json
      integer(c_int32_t) :: answer
    end function
    function c_mapping_seal(mapping) &
        result(answer) bind(c, name='metalab_mapping_seal')
      import
      implicit none
      type(c_ptr), value :: mapping
      integer(c_int32_t) :: answer
    end function
    function c_mapping_abandon(mapping) &
        result(answer) bind(c, name='metalab_mapping_abandon')
      import
      implicit none
      type(c_ptr), value :: mapping
      integer(c_int32_t) :: answer
    end function
    function c_capture_stream(capture, name, kind, format, metadata_json, stream_out) &
        result(answer) bind(c, name='metalab_capture_stream')
      import
      implicit none
      type(c_ptr), value :: capture
      type(c_ptr), value :: name
      type(c_ptr), value :: kind
      type(c_ptr), value :: format
      type(c_ptr), value :: metadata_json
      type(c_ptr), intent(inout) :: stream_out
      integer(c_int32_t) :: answer
    end function
    function c_stream_write(stream, bytes, size) &
        result(answer) bind(c, name='metalab_stream_write')
      import
      implicit none
      type(c_ptr), value :: stream
      character(kind=c_char), intent(in) :: bytes(*)
      integer(c_size_t), value :: size
      integer(c_int32_t) :: answer
    end function
    function c_stream_set_metadata(stream, metadata_json) &
        result(answer) bind(c, name='metalab_stream_set_metadata')
      import
      implicit none
      type(c_ptr), value :: stream
      type(c_ptr), value :: metadata_json
      integer(c_int32_t) :: answer
    end function
    function c_stream_seal(stream) &
        result(answer) bind(c, name='metalab_stream_seal')
      import
      implicit none
      type(c_ptr), value :: stream
      integer(c_int32_t) :: answer
    end function
    function c_stream_abandon(stream) &
        result(answer) bind(c, name='metalab_stream_abandon')
      import
      implicit none
      type(c_ptr), value :: stream
      integer(c_int32_t) :: answer
    end function
    function c_capture_snapshots(capture, name, dtype, order, ndim, shape, metadata_json, &
        snapshots_out) &
        result(answer) bind(c, name='metalab_capture_snapshots')
      import
      implicit none
      type(c_ptr), value :: capture
      type(c_ptr), value :: name
      integer(c_int32_t), value :: dtype
      integer(c_int32_t), value :: order
      integer(c_size_t), value :: ndim
      integer(c_int64_t), intent(in) :: shape(*)
      type(c_ptr), value :: metadata_json
      type(c_ptr), intent(inout) :: snapshots_out
      integer(c_int32_t) :: answer
    end function
    function c_snapshots_begin(snapshots, step, mapping_out, data_out) &
        result(answer) bind(c, name='metalab_snapshots_begin')
      import
      implicit none
      type(c_ptr), value :: snapshots
      integer(c_int64_t), value :: step
      type(c_ptr), intent(inout) :: mapping_out
      type(c_ptr), intent(inout) :: data_out
      integer(c_int32_t) :: answer
    end function
    subroutine c_snapshots_free(snapshots) &
        bind(c, name='metalab_snapshots_free')
      import
      implicit none
      type(c_ptr), value :: snapshots
    end subroutine
    function c_capture_file(capture, name, path, mode, kind, metadata_json) &
        result(answer) bind(c, name='metalab_capture_file')
      import
      implicit none
      type(c_ptr), value :: capture
      type(c_ptr), value :: name
      type(c_ptr), value :: path
      integer(c_int32_t), value :: mode
      type(c_ptr), value :: kind
      type(c_ptr), value :: metadata_json
      integer(c_int32_t) :: answer
    end function
    function c_capture_figure_bytes(capture, name, bytes, size, format, metadata_json) &
        result(answer) bind(c, name='metalab_capture_figure_bytes')
      import
      implicit none
      type(c_ptr), value :: capture
      type(c_ptr), value :: name
      character(kind=c_char), intent(in) :: bytes(*)
      integer(c_size_t), value :: size
      type(c_ptr), value :: format
      type(c_ptr), value :: metadata_json
      integer(c_int32_t) :: answer
    end function
    function c_capture_figure_pixels(capture, name, pixels, width, height, channels, row_stride, &
        metadata_json) &
        result(answer) bind(c, name='metalab_capture_figure_pixels')
      import
      implicit none
      type(c_ptr), value :: capture
      type(c_ptr), value :: name
      integer(c_int8_t), intent(in) :: pixels(*)
      integer(c_int32_t), value :: width
      integer(c_int32_t), value :: height
      integer(c_int32_t), value :: channels
      integer(c_size_t), value :: row_stride
      type(c_ptr), value :: metadata_json
      integer(c_int32_t) :: answer
    end function
    function c_capture_figure_field(capture, name, field, style, metadata_json) &
        result(answer) bind(c, name='metalab_capture_figure_field')
      import
      implicit none
      type(c_ptr), value :: capture
      type(c_ptr), value :: name
      type(c_array), intent(in) :: field
      type(c_field_style), intent(in) :: style
      type(c_ptr), value :: metadata_json
      integer(c_int32_t) :: answer
    end function
    function c_capture_log(capture, level, text, text_len) &
        result(answer) bind(c, name='metalab_capture_log')
      import
      implicit none
      type(c_ptr), value :: capture
      integer(c_int32_t), value :: level
      character(kind=c_char), intent(in) :: text(*)
      integer(c_size_t), value :: text_len
      integer(c_int32_t) :: answer
    end function
    function c_log(logger, level, text, text_len) &
        result(answer) bind(c, name='metalab_log')
      import
      implicit none
      type(c_ptr), value :: logger
      integer(c_int32_t), value :: level
      character(kind=c_char), intent(in) :: text(*)
      integer(c_size_t), value :: text_len
      integer(c_int32_t) :: answer
    end function
    function c_log_enabled(logger, level) &
        result(answer) bind(c, name='metalab_log_enabled')
      import
      implicit none
      type(c_ptr), value :: logger
      integer(c_int32_t), value :: level
      logical(c_bool) :: answer
    end function
    function c_capture_subscribe(capture, logger, level) &
        result(answer) bind(c, name='metalab_capture_subscribe')
      import
      implicit none
      type(c_ptr), value :: capture
      type(c_ptr), value :: logger
      integer(c_int32_t), value :: level
      integer(c_int32_t) :: answer
    end function
    function c_capture_unsubscribe(capture, logger) &
        result(answer) bind(c, name='metalab_capture_unsubscribe')
      import
      implicit none
      type(c_ptr), value :: capture
      type(c_ptr), value :: logger
      integer(c_int32_t) :: answer
    end function
    function c_capture_stdio(capture, streams) &
        result(answer) bind(c, name='metalab_capture_stdio')
      import
      implicit none
      type(c_ptr), value :: capture
      integer(c_int32_t), value :: streams
      integer(c_int32_t) :: answer
    end function
    function c_capture_stdio_end(capture) &
        result(answer) bind(c, name='metalab_capture_stdio_end')
      import
      implicit none
      type(c_ptr), value :: capture
      integer(c_int32_t) :: answer
    end function
    function c_options_signals(options, which) &
        result(answer) bind(c, name='metalab_options_signals')
      import
      implicit none
      type(c_ptr), value :: options
      integer(c_int32_t), value :: which
      integer(c_int32_t) :: answer
    end function
    function c_options_end_time(options, unix_seconds) &
        result(answer) bind(c, name='metalab_options_end_time')
      import
      implicit none
      type(c_ptr), value :: options
      integer(c_int64_t), value :: unix_seconds
      integer(c_int32_t) :: answer
    end function
    function c_options_stop_before(options, seconds) &
        result(answer) bind(c, name='metalab_options_stop_before')
      import
      implicit none
      type(c_ptr), value :: options
      real(c_double), value :: seconds
      integer(c_int32_t) :: answer
    end function
    function c_capture_should_stop(capture) &
        result(answer) bind(c, name='metalab_capture_should_stop')
      import
      implicit none
      type(c_ptr), value :: capture
      logical(c_bool) :: answer
    end function
    function c_capture_should_stop_at(capture, step) &
        result(answer) bind(c, name='metalab_capture_should_stop_at')
      import
      implicit none
      type(c_ptr), value :: capture
      integer(c_int64_t), value :: step
      logical(c_bool) :: answer
    end function
    function c_capture_request_stop(capture) &
        result(answer) bind(c, name='metalab_capture_request_stop')
      import
      implicit none
      type(c_ptr), value :: capture
      integer(c_int32_t) :: answer
    end function
    function c_capture_seconds_left(capture, seconds_out) &
        result(answer) bind(c, name='metalab_capture_seconds_left')
      import
      implicit none
      type(c_ptr), value :: capture
      real(c_double), intent(inout) :: seconds_out
      integer(c_int32_t) :: answer
    end function
    function c_recover_child(locator, experiment_id, journal, pid, wait_status, recovered_out) &
        result(answer) bind(c, name='metalab_recover_child')
      import
      implicit none
      type(c_ptr), value :: locator
      type(c_ptr), value :: experiment_id
      type(c_ptr), value :: journal
      integer(c_int64_t), value :: pid
      integer(c_int), value :: wait_status
      integer(c_size_t), intent(inout) :: recovered_out
      integer(c_int32_t) :: answer
    end function
    function c_capture_metrics_json(capture, json_out) &
        result(answer) bind(c, name='metalab_capture_metrics_json')
      import
      implicit none
      type(c_ptr), value :: capture
      type(c_ptr), intent(inout) :: json_out
      integer(c_int32_t) :: answer
    end function
    function c_capture_artifacts_json(capture, json_out) &
        result(answer) bind(c, name='metalab_capture_artifacts_json')
      import
      implicit none
      type(c_ptr), value :: capture
      type(c_ptr), intent(inout) :: json_out
      integer(c_int32_t) :: answer
    end function
    function c_capture_results_json(capture, json_out) &
        result(answer) bind(c, name='metalab_capture_results_json')
      import
      implicit none
      type(c_ptr), value :: capture
      type(c_ptr), intent(inout) :: json_out
      integer(c_int32_t) :: answer
    end function
    function c_capture_summary_json(capture, json_out) &
        result(answer) bind(c, name='metalab_capture_summary_json')
      import
      implicit none
      type(c_ptr), value :: capture
      type(c_ptr), intent(inout) :: json_out
      integer(c_int32_t) :: answer
    end function
    function c_capture_health_json(capture, json_out) &
        result(answer) bind(c, name='metalab_capture_health_json')
      import
      implicit none
      type(c_ptr), value :: capture
      type(c_ptr), intent(inout) :: json_out
      integer(c_int32_t) :: answer
    end function
    function c_options_index_wait(options, seconds) &
        result(answer) bind(c, name='metalab_options_index_wait')
      import
      implicit none
      type(c_ptr), value :: options
      real(c_double), value :: seconds
      integer(c_int32_t) :: answer
    end function
    function c_index_rebuild(locator, experiment_id, progress, user_data, runs_out) &
        result(answer) bind(c, name='metalab_index_rebuild')
      import
      implicit none
      type(c_ptr), value :: locator
      type(c_ptr), value :: experiment_id
      type(c_funptr), value :: progress
      type(c_ptr), value :: user_data
      integer(c_size_t), intent(inout) :: runs_out
      integer(c_int32_t) :: answer
    end function
    function c_canonical_json(json, json_len, canonical_out) &
        result(answer) bind(c, name='metalab_canonical_json')
      import
      implicit none
      character(kind=c_char), intent(in) :: json(*)
      integer(c_size_t), value :: json_len
      type(c_ptr), intent(inout) :: canonical_out
      integer(c_int32_t) :: answer
    end function
    function c_fingerprint(json, json_len, fingerprint_out) &
        result(answer) bind(c, name='metalab_fingerprint')
      import
      implicit none
      character(kind=c_char), intent(in) :: json(*)
      integer(c_size_t), value :: json_len
      type(c_ptr), intent(inout) :: fingerprint_out
      integer(c_int32_t) :: answer
    end function
    function c_run_id(experiment_id, context_json, params_json, seed_json, code_hash, run_id_out) &
        result(answer) bind(c, name='metalab_run_id')
      import
      implicit none
      type(c_ptr), value :: experiment_id
      type(c_ptr), value :: context_json
      type(c_ptr), value :: params_json
      type(c_ptr), value :: seed_json
      type(c_ptr), value :: code_hash
      type(c_ptr), intent(inout) :: run_id_out
      integer(c_int32_t) :: answer
    end function
    function c_derive_seed(seed_json, name, seed_out) &
        result(answer) bind(c, name='metalab_derive_seed')
      import
      implicit none
      type(c_ptr), value :: seed_json
      type(c_ptr), value :: name
      integer(c_int64_t), intent(inout) :: seed_out
      integer(c_int32_t) :: answer
    end function
    function c_store_open(locator, store_out) &
        result(answer) bind(c, name='metalab_store_open')
      import
      implicit none
      type(c_ptr), value :: locator
      type(c_ptr), intent(inout) :: store_out
      integer(c_int32_t) :: answer
    end function
    subroutine c_store_free(store) &
        bind(c, name='metalab_store_free')
      import
      implicit none
      type(c_ptr), value :: store
    end subroutine
    function c_store_experiments_json(store, json_out) &
        result(answer) bind(c, name='metalab_store_experiments_json')
      import
      implicit none
      type(c_ptr), value :: store
      type(c_ptr), intent(inout) :: json_out
      integer(c_int32_t) :: answer
    end function
    function c_store_runs(store, experiment, filter, limit, table_out) &
        result(answer) bind(c, name='metalab_store_runs')
      import
      implicit none
      type(c_ptr), value :: store
      type(c_ptr), value :: experiment
      type(c_ptr), value :: filter
      integer(c_size_t), value :: limit
      type(c_ptr), intent(inout) :: table_out
      integer(c_int32_t) :: answer
    end function
    function c_table_size(table, runs_out, columns_out) &
        result(answer) bind(c, name='metalab_table_size')
      import
      implicit none
      type(c_ptr), value :: table
      integer(c_size_t), intent(inout) :: runs_out
      integer(c_size_t), intent(inout) :: columns_out
      integer(c_int32_t) :: answer
    end function
    function c_table_column(table, index, column_out) &
        result(answer) bind(c, name='metalab_table_column')
      import
      implicit none
      type(c_ptr), value :: table
      integer(c_size_t), value :: index
      type(c_column), intent(inout) :: column_out
      integer(c_int32_t) :: answer
    end function
    function c_table_find(table, name, column_out) &
        result(answer) bind(c, name='metalab_table_find')
      import
      implicit none
      type(c_ptr), value :: table
      type(c_ptr), value :: name
      type(c_column), intent(inout) :: column_out
      integer(c_int32_t) :: answer
    end function
    function c_table_problems_json(table, json_out) &
        result(answer) bind(c, name='metalab_table_problems_json')
      import
      implicit none
      type(c_ptr), value :: table
      type(c_ptr), intent(inout) :: json_out
      integer(c_int32_t) :: answer
    end function
    subroutine c_table_free(table) &
        bind(c, name='metalab_table_free')
      import
      implicit none
      type(c_ptr), value :: table
    end subroutine
    function c_store_run(store, experiment, run_id, run_out) &
        result(answer) bind(c, name='metalab_store_run')
      import
      implicit none
      type(c_ptr), value :: store
      type(c_ptr), value :: experiment
      type(c_ptr), value :: run_id
      type(c_ptr), intent(inout) :: run_out
      integer(c_int32_t) :: answer
    end function
    function c_options_run(options, run_out) &
        result(answer) bind(c, name='metalab_options_run')
      import
      implicit none
      type(c_ptr), value :: options
      type(c_ptr), intent(inout) :: run_out
      integer(c_int32_t) :: answer
    end function
    subroutine c_run_free(run) &
        bind(c, name='metalab_run_free')
      import
      implicit none
      type(c_ptr), value :: run
    end subroutine
    function c_run_refresh(run) &
        result(answer) bind(c, name='metalab_run_refresh')
      import
      implicit none
      type(c_ptr), value :: run
      integer(c_int32_t) :: answer
    end function
    function c_run_status(run, status_out) &
        result(answer) bind(c, name='metalab_run_status')
      import
      implicit none
      type(c_ptr), value :: run
      integer(c_int32_t), intent(inout) :: status_out
      integer(c_int32_t) :: answer
    end function
    function c_run_record_json(run, json_out) &
        result(answer) bind(c, name='metalab_run_record_json')
      import
      implicit none
      type(c_ptr), value :: run
      type(c_ptr), intent(inout) :: json_out
      integer(c_int32_t) :: answer
    end function
    function c_run_names_json(run, json_out) &
        result(answer) bind(c, name='metalab_run_names_json')
      import
      implicit none
      type(c_ptr), value :: run
      type(c_ptr), intent(inout) :: json_out
      integer(c_int32_t) :: answer
    end function
    function c_run_number(run, field, value_out) &
        result(answer) bind(c, name='metalab_run_number')
      import
      implicit none
      type(c_ptr), value :: run
      type(c_ptr), value :: field
      real(c_double), intent(inout) :: value_out
      integer(c_int32_t) :: answer
    end function
    function c_run_integer(run, field, value_out) &
        result(answer) bind(c, name='metalab_run_integer')
      import
      implicit none
      type(c_ptr), value :: run
      type(c_ptr), value :: field
      integer(c_int64_t), intent(inout) :: value_out
      integer(c_int32_t) :: answer
    end function
    function c_run_text(run, field, text_out) &
        result(answer) bind(c, name='metalab_run_text')
      import
      implicit none
      type(c_ptr), value :: run
      type(c_ptr), value :: field
      type(c_ptr), intent(inout) :: text_out
      integer(c_int32_t) :: answer
    end function
    function c_run_last_step(run, step_out) &
        result(answer) bind(c, name='metalab_run_last_step')
      import
      implicit none
      type(c_ptr), value :: run
      integer(c_int64_t), intent(inout) :: step_out
      integer(c_int32_t) :: answer
    end function
    function c_run_log(run, log, offset, most, text_out, size_out) &
        result(answer) bind(c, name='metalab_run_log')
      import
      implicit none
      type(c_ptr), value :: run
      type(c_ptr), value :: log
      integer(c_int64_t), value :: offset
      integer(c_size_t), value :: most
      type(c_ptr), intent(inout) :: text_out
      integer(c_size_t), intent(inout) :: size_out
      integer(c_int32_t) :: answer
    end function
    function c_run_result_json(run, name, json_out) &
        result(answer) bind(c, name='metalab_run_result_json')
      import
      implicit none
      type(c_ptr), value :: run
      type(c_ptr), value :: name
      type(c_ptr), intent(inout) :: json_out
      integer(c_int32_t) :: answer
    end function
    function c_run_result_metadata_json(run, name, json_out) &
        result(answer) bind(c, name='metalab_run_result_metadata_json')
      import
      implicit none
      type(c_ptr), value :: run
      type(c_ptr), value :: name
      type(c_ptr), intent(inout) :: json_out
      integer(c_int32_t) :: answer
    end function
    function c_run_artifacts_json(run, json_out) &
        result(answer) bind(c, name='metalab_run_artifacts_json')
      import
      implicit none
      type(c_ptr), value :: run
      type(c_ptr), intent(inout) :: json_out
      integer(c_int32_t) :: answer
    end function
    function c_run_artifact_verify(run, name) &
        result(answer) bind(c, name='metalab_run_artifact_verify')
      import
      implicit none
      type(c_ptr), value :: run
      type(c_ptr), value :: name
      integer(c_int32_t) :: answer
    end function
    function c_run_series(run, name, points_out) &
        result(answer) bind(c, name='metalab_run_series')
      import
      implicit none
      type(c_ptr), value :: run
      type(c_ptr), value :: name
      type(c_ptr), intent(inout) :: points_out
      integer(c_int32_t) :: answer
    end function
    function c_run_follow(run, name, points_out) &
        result(answer) bind(c, name='metalab_run_follow')
      import
      implicit none
      type(c_ptr), value :: run
      type(c_ptr), value :: name
      type(c_ptr), intent(inout) :: points_out
      integer(c_int32_t) :: answer
    end function
    function c_points_poll(points, count_out, ended_out) &
        result(answer) bind(c, name='metalab_points_poll')
      import
      implicit none
      type(c_ptr), value :: points
      integer(c_size_t), intent(inout) :: count_out
      logical(c_bool), intent(inout) :: ended_out
      integer(c_int32_t) :: answer
    end function
    function c_points_columns(points, count_out, steps_out, values_out) &
        result(answer) bind(c, name='metalab_points_columns')
      import
      implicit none
      type(c_ptr), value :: points
      integer(c_size_t), intent(inout) :: count_out
      type(c_ptr), intent(inout) :: steps_out
      type(c_column), intent(inout) :: values_out
      integer(c_int32_t) :: answer
    end function
    function c_points_thin(points, most, thinned_out) &
        result(answer) bind(c, name='metalab_points_thin')
      import
      implicit none
      type(c_ptr), value :: points
      integer(c_size_t), value :: most
      type(c_ptr), intent(inout) :: thinned_out
      integer(c_int32_t) :: answer
    end function
    function c_points_axis(points, run, axis_out) &
        result(answer) bind(c, name='metalab_points_axis')
      import
      implicit none
      type(c_ptr), value :: points
      type(c_ptr), value :: run
      type(c_ptr), intent(inout) :: axis_out
      integer(c_int32_t) :: answer
    end function
    function c_points_about_json(points, json_out) &
        result(answer) bind(c, name='metalab_points_about_json')
      import
      implicit none
      type(c_ptr), value :: points
      type(c_ptr), intent(inout) :: json_out
      integer(c_int32_t) :: answer
    end function
    subroutine c_points_free(points) &
        bind(c, name='metalab_points_free')
      import
      implicit none
      type(c_ptr), value :: points
    end subroutine
    function c_run_array(run, artifact, key, loaded_out, array_out) &
        result(answer) bind(c, name='metalab_run_array')
      import
      implicit none
      type(c_ptr), value :: run
      type(c_ptr), value :: artifact
      type(c_ptr), value :: key
      type(c_ptr), intent(inout) :: loaded_out
      type(c_array), intent(inout) :: array_out
      integer(c_int32_t) :: answer
    end function
    function c_run_array_names_json(run, artifact, json_out) &
        result(answer) bind(c, name='metalab_run_array_names_json')
      import
      implicit none
      type(c_ptr), value :: run
      type(c_ptr), value :: artifact
      type(c_ptr), intent(inout) :: json_out
      integer(c_int32_t) :: answer
    end function
    function c_run_result_array(run, name, loaded_out, array_out) &
        result(answer) bind(c, name='metalab_run_result_array')
      import
      implicit none
      type(c_ptr), value :: run
      type(c_ptr), value :: name
      type(c_ptr), intent(inout) :: loaded_out
      type(c_array), intent(inout) :: array_out
      integer(c_int32_t) :: answer
    end function
    function c_run_latest(run, name, step_out, loaded_out, array_out) &
        result(answer) bind(c, name='metalab_run_latest')
      import
      implicit none
      type(c_ptr), value :: run
      type(c_ptr), value :: name
      integer(c_int64_t), intent(inout) :: step_out
      type(c_ptr), intent(inout) :: loaded_out
      type(c_array), intent(inout) :: array_out
      integer(c_int32_t) :: answer
    end function
    function c_loaded_verify(loaded) &
        result(answer) bind(c, name='metalab_loaded_verify')
      import
      implicit none
      type(c_ptr), value :: loaded
      integer(c_int32_t) :: answer
    end function
    subroutine c_loaded_free(loaded) &
        bind(c, name='metalab_loaded_free')
      import
      implicit none
      type(c_ptr), value :: loaded
    end subroutine
    !> Of the C library.
    function c_strlen(text) result(answer) bind(c, name='strlen')
      import
      implicit none
      type(c_ptr), value :: text
      integer(c_size_t) :: answer
    end function
  end interface
end module
