!> Captures a simulation's run into a store of the Python package metalab, and reads it back.
!>
!> Needs libmetalab; `use metalab` is all that a program has to say.
module metalab
  use metalab_constants_m
  use metalab_capture_m, only: metalab_capture
  use metalab_emitter_m, only: metalab_arrays, metalab_mapping, metalab_snapshots
  use metalab_functions_m
  use metalab_loaded_m, only: metalab_loaded
  use metalab_options_m, only: metalab_options
  use metalab_series_m, only: metalab_series
  use metalab_store_m, only: metalab_points, metalab_run, metalab_store, metalab_table
  use metalab_stream_m, only: metalab_stream
  use metalab_support_m, only: metalab_last_error
  use metalab_values_m, only: metalab_values
  implicit none
  public
end module
