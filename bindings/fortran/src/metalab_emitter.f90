! Written by generate.py; do not edit.
!> Emits metrics and arrays: one procedure for each type and rank.
module metalab_emitter_m
  use, intrinsic :: iso_c_binding
  use, intrinsic :: iso_fortran_env, only: int8, int16, int32, int64, real32, real64
  use metalab_c_m
  use metalab_constants_m
  use metalab_counted_m
  use metalab_memory_m
  use metalab_support_m
  implicit none
  private
  public :: metalab_arrays, metalab_emitter, metalab_mapping, metalab_snapshots

  !> Named arrays that become one artifact, which Python loads as a dict:
  !>
  !>     type(metalab_arrays) :: state
  !>     call state%add('u', u)
  !>     call state%add('p', p)
  !>     call run%artifact('state', state)
  !>
  !> Arrays are not copied: each must be a target or pointer, and must exist until `artifact` is called. Logicals are
  !> copied.
  type, extends(arrays_base) :: metalab_arrays
  contains
    !> Adds an array under a name. reverse: stores its dimensions in reverse order.
    generic :: add => add_int32_1, add_int32_2, add_int32_3, add_int32_4, add_int32_5, &
        add_int32_6, add_int32_7
    generic :: add => add_int64_1, add_int64_2, add_int64_3, add_int64_4, add_int64_5, &
        add_int64_6, add_int64_7
    generic :: add => add_float32_1, add_float32_2, add_float32_3, add_float32_4, add_float32_5, &
        add_float32_6, add_float32_7
    generic :: add => add_float64_1, add_float64_2, add_float64_3, add_float64_4, add_float64_5, &
        add_float64_6, add_float64_7
    generic :: add => add_complex64_1, add_complex64_2, add_complex64_3, add_complex64_4, &
        add_complex64_5, add_complex64_6, add_complex64_7
    generic :: add => add_complex128_1, add_complex128_2, add_complex128_3, add_complex128_4, &
        add_complex128_5, add_complex128_6, add_complex128_7
    generic :: add => add_int8_1, add_int8_2, add_int8_3, add_int8_4, add_int8_5, add_int8_6, &
        add_int8_7
    generic :: add => add_int16_1, add_int16_2, add_int16_3, add_int16_4, add_int16_5, &
        add_int16_6, add_int16_7
    generic :: add => add_bool_1, add_bool_2, add_bool_3, add_bool_4, add_bool_5, add_bool_6, &
        add_bool_7
    generic :: add => add_logical_1, add_logical_2, add_logical_3, add_logical_4, add_logical_5, &
        add_logical_6, add_logical_7
    procedure, private :: add_int32_1, add_int32_2, add_int32_3, add_int32_4, add_int32_5, &
        add_int32_6, add_int32_7
    procedure, private :: add_int64_1, add_int64_2, add_int64_3, add_int64_4, add_int64_5, &
        add_int64_6, add_int64_7
    procedure, private :: add_float32_1, add_float32_2, add_float32_3, add_float32_4, &
        add_float32_5, add_float32_6, add_float32_7
    procedure, private :: add_float64_1, add_float64_2, add_float64_3, add_float64_4, &
        add_float64_5, add_float64_6, add_float64_7
    procedure, private :: add_complex64_1, add_complex64_2, add_complex64_3, add_complex64_4, &
        add_complex64_5, add_complex64_6, add_complex64_7
    procedure, private :: add_complex128_1, add_complex128_2, add_complex128_3, add_complex128_4, &
        add_complex128_5, add_complex128_6, add_complex128_7
    procedure, private :: add_int8_1, add_int8_2, add_int8_3, add_int8_4, add_int8_5, add_int8_6, &
        add_int8_7
    procedure, private :: add_int16_1, add_int16_2, add_int16_3, add_int16_4, add_int16_5, &
        add_int16_6, add_int16_7
    procedure, private :: add_bool_1, add_bool_2, add_bool_3, add_bool_4, add_bool_5, add_bool_6, &
        add_bool_7
    procedure, private :: add_logical_1, add_logical_2, add_logical_3, add_logical_4, &
        add_logical_5, add_logical_6, add_logical_7
  end type

  !> An array that the solver computes in the file that becomes the artifact; see `map`. Call `seal` or `abandon` to
  !> end it. Pass the pointer to either: it is nullified. Fortran does not let the library find other pointers to
  !> the array (`other => array`): nullify them, since the memory is gone. The end of the run leaves the memory valid
  !> until `seal` or `abandon`.
  type, extends(mapping_base) :: metalab_mapping
  contains
    generic :: seal => seal_only
    generic :: seal => seal_int32_1, seal_int32_2, seal_int32_3, seal_int32_4
    generic :: seal => seal_int64_1, seal_int64_2, seal_int64_3, seal_int64_4
    generic :: seal => seal_float32_1, seal_float32_2, seal_float32_3, seal_float32_4
    generic :: seal => seal_float64_1, seal_float64_2, seal_float64_3, seal_float64_4
    generic :: seal => seal_complex64_1, seal_complex64_2, seal_complex64_3, seal_complex64_4
    generic :: seal => seal_complex128_1, seal_complex128_2, seal_complex128_3, seal_complex128_4
    generic :: abandon => abandon_only
    generic :: abandon => abandon_int32_1, abandon_int32_2, abandon_int32_3, abandon_int32_4
    generic :: abandon => abandon_int64_1, abandon_int64_2, abandon_int64_3, abandon_int64_4
    generic :: abandon => abandon_float32_1, abandon_float32_2, abandon_float32_3, abandon_float32_4
    generic :: abandon => abandon_float64_1, abandon_float64_2, abandon_float64_3, abandon_float64_4
    generic :: abandon => abandon_complex64_1, abandon_complex64_2, abandon_complex64_3, &
        abandon_complex64_4
    generic :: abandon => abandon_complex128_1, abandon_complex128_2, abandon_complex128_3, &
        abandon_complex128_4
    procedure, private :: seal_int32_1, seal_int32_2, seal_int32_3, seal_int32_4
    procedure, private :: seal_int64_1, seal_int64_2, seal_int64_3, seal_int64_4
    procedure, private :: seal_float32_1, seal_float32_2, seal_float32_3, seal_float32_4
    procedure, private :: seal_float64_1, seal_float64_2, seal_float64_3, seal_float64_4
    procedure, private :: seal_complex64_1, seal_complex64_2, seal_complex64_3, seal_complex64_4
    procedure, private :: seal_complex128_1, seal_complex128_2, seal_complex128_3, seal_complex128_4
    procedure, private :: abandon_int32_1, abandon_int32_2, abandon_int32_3, abandon_int32_4
    procedure, private :: abandon_int64_1, abandon_int64_2, abandon_int64_3, abandon_int64_4
    procedure, private :: abandon_float32_1, abandon_float32_2, abandon_float32_3, abandon_float32_4
    procedure, private :: abandon_float64_1, abandon_float64_2, abandon_float64_3, abandon_float64_4
    procedure, private :: abandon_complex64_1, abandon_complex64_2, abandon_complex64_3, &
        abandon_complex64_4
    procedure, private :: abandon_complex128_1, abandon_complex128_2, abandon_complex128_3, &
        abandon_complex128_4
  end type

  !> An array that the solver writes every so many steps, each time into the file of a new artifact, which the library
  !> prepares in advance; see `snapshots`. Call `free` to end it.
  type, extends(snapshots_base) :: metalab_snapshots
  contains
    !> Begins the snapshot of a step: the artifact "name.00000500" for step 500. `array` points to its zeros. Seal
    !> `mapping` when the array is complete. Without a run, or without disk space, `array` points to ordinary memory.
    generic :: begin => begin_int32_1_int64, begin_int32_1_int32, begin_int32_2_int64, &
        begin_int32_2_int32, begin_int32_3_int64, begin_int32_3_int32, begin_int32_4_int64, &
        begin_int32_4_int32
    generic :: begin => begin_int64_1_int64, begin_int64_1_int32, begin_int64_2_int64, &
        begin_int64_2_int32, begin_int64_3_int64, begin_int64_3_int32, begin_int64_4_int64, &
        begin_int64_4_int32
    generic :: begin => begin_float32_1_int64, begin_float32_1_int32, begin_float32_2_int64, &
        begin_float32_2_int32, begin_float32_3_int64, begin_float32_3_int32, &
        begin_float32_4_int64, begin_float32_4_int32
    generic :: begin => begin_float64_1_int64, begin_float64_1_int32, begin_float64_2_int64, &
        begin_float64_2_int32, begin_float64_3_int64, begin_float64_3_int32, &
        begin_float64_4_int64, begin_float64_4_int32
    generic :: begin => begin_complex64_1_int64, begin_complex64_1_int32, &
        begin_complex64_2_int64, begin_complex64_2_int32, begin_complex64_3_int64, &
        begin_complex64_3_int32, begin_complex64_4_int64, begin_complex64_4_int32
    generic :: begin => begin_complex128_1_int64, begin_complex128_1_int32, &
        begin_complex128_2_int64, begin_complex128_2_int32, begin_complex128_3_int64, &
        begin_complex128_3_int32, begin_complex128_4_int64, begin_complex128_4_int32
    procedure, private :: begin_int32_1_int64, begin_int32_1_int32, begin_int32_2_int64, &
        begin_int32_2_int32, begin_int32_3_int64, begin_int32_3_int32, begin_int32_4_int64, &
        begin_int32_4_int32
    procedure, private :: begin_int64_1_int64, begin_int64_1_int32, begin_int64_2_int64, &
        begin_int64_2_int32, begin_int64_3_int64, begin_int64_3_int32, begin_int64_4_int64, &
        begin_int64_4_int32
    procedure, private :: begin_float32_1_int64, begin_float32_1_int32, begin_float32_2_int64, &
        begin_float32_2_int32, begin_float32_3_int64, begin_float32_3_int32, &
        begin_float32_4_int64, begin_float32_4_int32
    procedure, private :: begin_float64_1_int64, begin_float64_1_int32, begin_float64_2_int64, &
        begin_float64_2_int32, begin_float64_3_int64, begin_float64_3_int32, &
        begin_float64_4_int64, begin_float64_4_int32
    procedure, private :: begin_complex64_1_int64, begin_complex64_1_int32, &
        begin_complex64_2_int64, begin_complex64_2_int32, begin_complex64_3_int64, &
        begin_complex64_3_int32, begin_complex64_4_int64, begin_complex64_4_int32
    procedure, private :: begin_complex128_1_int64, begin_complex128_1_int32, &
        begin_complex128_2_int64, begin_complex128_2_int32, begin_complex128_3_int64, &
        begin_complex128_3_int32, begin_complex128_4_int64, begin_complex128_4_int32
  end type

  !> The part of a capture that is the same for each type and rank.
  type, extends(counted) :: metalab_emitter
  contains
    !> A metric: a single value, or a point of a stepped metric if `step` is present. An integer (8 to 64 bits), real
    !> (32 or 64), logical, logical(c_bool) or character.
    generic :: metric => metric_int8, metric_int8_at
    generic :: metric => metric_int16, metric_int16_at
    generic :: metric => metric_int32, metric_int32_at
    generic :: metric => metric_int64, metric_int64_at
    generic :: metric => metric_real32, metric_real32_at
    generic :: metric => metric_real64, metric_real64_at
    generic :: metric => metric_logical, metric_logical_at
    generic :: metric => metric_bool, metric_bool_at
    generic :: metric => metric_text, metric_text_at
    !> An artifact: an array, stored as .npz, which Python loads as a numpy array of the same shape. Rank 1 to 7;
    !> integers of 8 to 64 bits, reals or complex numbers of 32 or 64, logical or logical(c_bool); contiguous or not;
    !> not copied. Also characters, an array or a scalar, which become strings (numpy's "S") without trailing blanks.
    !>
    !> metadata: a JSON object. reverse: stores the indices in reverse order, without a copy, so that array(i, j) is
    !> array[j, i] in Python.
    generic :: artifact => artifact_int32_1, artifact_int32_2, artifact_int32_3, &
        artifact_int32_4, artifact_int32_5, artifact_int32_6, artifact_int32_7
    generic :: artifact => artifact_int64_1, artifact_int64_2, artifact_int64_3, &
        artifact_int64_4, artifact_int64_5, artifact_int64_6, artifact_int64_7
    generic :: artifact => artifact_float32_1, artifact_float32_2, artifact_float32_3, &
        artifact_float32_4, artifact_float32_5, artifact_float32_6, artifact_float32_7
    generic :: artifact => artifact_float64_1, artifact_float64_2, artifact_float64_3, &
        artifact_float64_4, artifact_float64_5, artifact_float64_6, artifact_float64_7
    generic :: artifact => artifact_complex64_1, artifact_complex64_2, artifact_complex64_3, &
        artifact_complex64_4, artifact_complex64_5, artifact_complex64_6, artifact_complex64_7
    generic :: artifact => artifact_complex128_1, artifact_complex128_2, artifact_complex128_3, &
        artifact_complex128_4, artifact_complex128_5, artifact_complex128_6, artifact_complex128_7
    generic :: artifact => artifact_int8_1, artifact_int8_2, artifact_int8_3, artifact_int8_4, &
        artifact_int8_5, artifact_int8_6, artifact_int8_7
    generic :: artifact => artifact_int16_1, artifact_int16_2, artifact_int16_3, &
        artifact_int16_4, artifact_int16_5, artifact_int16_6, artifact_int16_7
    generic :: artifact => artifact_bool_1, artifact_bool_2, artifact_bool_3, artifact_bool_4, &
        artifact_bool_5, artifact_bool_6, artifact_bool_7
    generic :: artifact => artifact_logical_1, artifact_logical_2, artifact_logical_3, &
        artifact_logical_4, artifact_logical_5, artifact_logical_6, artifact_logical_7
    generic :: artifact => artifact_text_1, artifact_text_2, artifact_text_3, artifact_text_4, &
        artifact_text_5, artifact_text_6, artifact_text_7
    generic :: artifact => artifact_text_0
    !> Structured data: like `artifact`, but stored as text. Use it for the data of a table or plot.
    generic :: data => data_int32_1, data_int32_2, data_int32_3, data_int32_4, data_int32_5, &
        data_int32_6, data_int32_7
    generic :: data => data_int64_1, data_int64_2, data_int64_3, data_int64_4, data_int64_5, &
        data_int64_6, data_int64_7
    generic :: data => data_float32_1, data_float32_2, data_float32_3, data_float32_4, &
        data_float32_5, data_float32_6, data_float32_7
    generic :: data => data_float64_1, data_float64_2, data_float64_3, data_float64_4, &
        data_float64_5, data_float64_6, data_float64_7
    generic :: data => data_complex64_1, data_complex64_2, data_complex64_3, data_complex64_4, &
        data_complex64_5, data_complex64_6, data_complex64_7
    generic :: data => data_complex128_1, data_complex128_2, data_complex128_3, &
        data_complex128_4, data_complex128_5, data_complex128_6, data_complex128_7
    generic :: data => data_int8_1, data_int8_2, data_int8_3, data_int8_4, data_int8_5, &
        data_int8_6, data_int8_7
    generic :: data => data_int16_1, data_int16_2, data_int16_3, data_int16_4, data_int16_5, &
        data_int16_6, data_int16_7
    generic :: data => data_bool_1, data_bool_2, data_bool_3, data_bool_4, data_bool_5, &
        data_bool_6, data_bool_7
    generic :: data => data_logical_1, data_logical_2, data_logical_3, data_logical_4, &
        data_logical_5, data_logical_6, data_logical_7
    generic :: data => data_text_1, data_text_2, data_text_3, data_text_4, data_text_5, &
        data_text_6, data_text_7
    generic :: data => data_text_0
    !> An artifact that is computed in place: `array` points to zeros in the file that becomes the artifact. Seal
    !> `mapping` when the array is complete. Without a run, or without disk space, `array` points to ordinary memory,
    !> so that the solver can continue.
    generic :: map => map_int32_1_int64, map_int32_1_int32, map_int32_2_int64, map_int32_2_int32, &
        map_int32_3_int64, map_int32_3_int32, map_int32_4_int64, map_int32_4_int32
    generic :: map => map_int64_1_int64, map_int64_1_int32, map_int64_2_int64, map_int64_2_int32, &
        map_int64_3_int64, map_int64_3_int32, map_int64_4_int64, map_int64_4_int32
    generic :: map => map_float32_1_int64, map_float32_1_int32, map_float32_2_int64, &
        map_float32_2_int32, map_float32_3_int64, map_float32_3_int32, map_float32_4_int64, &
        map_float32_4_int32
    generic :: map => map_float64_1_int64, map_float64_1_int32, map_float64_2_int64, &
        map_float64_2_int32, map_float64_3_int64, map_float64_3_int32, map_float64_4_int64, &
        map_float64_4_int32
    generic :: map => map_complex64_1_int64, map_complex64_1_int32, map_complex64_2_int64, &
        map_complex64_2_int32, map_complex64_3_int64, map_complex64_3_int32, &
        map_complex64_4_int64, map_complex64_4_int32
    generic :: map => map_complex128_1_int64, map_complex128_1_int32, map_complex128_2_int64, &
        map_complex128_2_int32, map_complex128_3_int64, map_complex128_3_int32, &
        map_complex128_4_int64, map_complex128_4_int32
    !> Declares an array that is written every so many steps. dtype: the type of the pointer that is passed to `begin`,
    !> as in METALAB_DTYPE_FLOAT64. extents: one for each dimension (1 to 4).
    generic :: snapshots => snapshots_int64, snapshots_int32
    procedure, private :: snapshots_int64, snapshots_int32
    !> A figure: rows and columns drawn with a METALAB_COLORMAP_... as PNG. range: the values of
    !> the first and last colour; those of the field if absent. scale: pixels of a cell's side; if
    !> absent, enough to see, and a colour bar with the range and "unit" of the metadata.
    generic :: figure => figure_int32, figure_int64, figure_float32, figure_float64
    generic :: artifact => artifact_arrays
    procedure, private :: artifact_arrays
    procedure, private :: artifact_int32_1, artifact_int32_2, artifact_int32_3, artifact_int32_4, &
        artifact_int32_5, artifact_int32_6, artifact_int32_7
    procedure, private :: artifact_int64_1, artifact_int64_2, artifact_int64_3, artifact_int64_4, &
        artifact_int64_5, artifact_int64_6, artifact_int64_7
    procedure, private :: artifact_float32_1, artifact_float32_2, artifact_float32_3, &
        artifact_float32_4, artifact_float32_5, artifact_float32_6, artifact_float32_7
    procedure, private :: artifact_float64_1, artifact_float64_2, artifact_float64_3, &
        artifact_float64_4, artifact_float64_5, artifact_float64_6, artifact_float64_7
    procedure, private :: artifact_complex64_1, artifact_complex64_2, artifact_complex64_3, &
        artifact_complex64_4, artifact_complex64_5, artifact_complex64_6, artifact_complex64_7
    procedure, private :: artifact_complex128_1, artifact_complex128_2, artifact_complex128_3, &
        artifact_complex128_4, artifact_complex128_5, artifact_complex128_6, artifact_complex128_7
    procedure, private :: artifact_int8_1, artifact_int8_2, artifact_int8_3, artifact_int8_4, &
        artifact_int8_5, artifact_int8_6, artifact_int8_7
    procedure, private :: artifact_int16_1, artifact_int16_2, artifact_int16_3, artifact_int16_4, &
        artifact_int16_5, artifact_int16_6, artifact_int16_7
    procedure, private :: artifact_bool_1, artifact_bool_2, artifact_bool_3, artifact_bool_4, &
        artifact_bool_5, artifact_bool_6, artifact_bool_7
    procedure, private :: artifact_logical_1, artifact_logical_2, artifact_logical_3, &
        artifact_logical_4, artifact_logical_5, artifact_logical_6, artifact_logical_7
    procedure, private :: artifact_text_1, artifact_text_2, artifact_text_3, artifact_text_4, &
        artifact_text_5, artifact_text_6, artifact_text_7
    procedure, private :: artifact_text_0
    procedure, private :: data_int32_1, data_int32_2, data_int32_3, data_int32_4, data_int32_5, &
        data_int32_6, data_int32_7
    procedure, private :: data_int64_1, data_int64_2, data_int64_3, data_int64_4, data_int64_5, &
        data_int64_6, data_int64_7
    procedure, private :: data_float32_1, data_float32_2, data_float32_3, data_float32_4, &
        data_float32_5, data_float32_6, data_float32_7
    procedure, private :: data_float64_1, data_float64_2, data_float64_3, data_float64_4, &
        data_float64_5, data_float64_6, data_float64_7
    procedure, private :: data_complex64_1, data_complex64_2, data_complex64_3, data_complex64_4, &
        data_complex64_5, data_complex64_6, data_complex64_7
    procedure, private :: data_complex128_1, data_complex128_2, data_complex128_3, &
        data_complex128_4, data_complex128_5, data_complex128_6, data_complex128_7
    procedure, private :: data_int8_1, data_int8_2, data_int8_3, data_int8_4, data_int8_5, &
        data_int8_6, data_int8_7
    procedure, private :: data_int16_1, data_int16_2, data_int16_3, data_int16_4, data_int16_5, &
        data_int16_6, data_int16_7
    procedure, private :: data_bool_1, data_bool_2, data_bool_3, data_bool_4, data_bool_5, &
        data_bool_6, data_bool_7
    procedure, private :: data_logical_1, data_logical_2, data_logical_3, data_logical_4, &
        data_logical_5, data_logical_6, data_logical_7
    procedure, private :: data_text_1, data_text_2, data_text_3, data_text_4, data_text_5, &
        data_text_6, data_text_7
    procedure, private :: data_text_0
    procedure, private :: map_int32_1_int64, map_int32_1_int32, map_int32_2_int64, &
        map_int32_2_int32, map_int32_3_int64, map_int32_3_int32, map_int32_4_int64, &
        map_int32_4_int32
    procedure, private :: map_int64_1_int64, map_int64_1_int32, map_int64_2_int64, &
        map_int64_2_int32, map_int64_3_int64, map_int64_3_int32, map_int64_4_int64, &
        map_int64_4_int32
    procedure, private :: map_float32_1_int64, map_float32_1_int32, map_float32_2_int64, &
        map_float32_2_int32, map_float32_3_int64, map_float32_3_int32, map_float32_4_int64, &
        map_float32_4_int32
    procedure, private :: map_float64_1_int64, map_float64_1_int32, map_float64_2_int64, &
        map_float64_2_int32, map_float64_3_int64, map_float64_3_int32, map_float64_4_int64, &
        map_float64_4_int32
    procedure, private :: map_complex64_1_int64, map_complex64_1_int32, map_complex64_2_int64, &
        map_complex64_2_int32, map_complex64_3_int64, map_complex64_3_int32, &
        map_complex64_4_int64, map_complex64_4_int32
    procedure, private :: map_complex128_1_int64, map_complex128_1_int32, map_complex128_2_int64, &
        map_complex128_2_int32, map_complex128_3_int64, map_complex128_3_int32, &
        map_complex128_4_int64, map_complex128_4_int32
    procedure, private :: figure_int32, figure_int64, figure_float32, figure_float64
    procedure, private :: metric_int8, metric_int8_at
    procedure, private :: metric_int16, metric_int16_at
    procedure, private :: metric_int32, metric_int32_at
    procedure, private :: metric_int64, metric_int64_at
    procedure, private :: metric_real32, metric_real32_at
    procedure, private :: metric_real64, metric_real64_at
    procedure, private :: metric_logical, metric_logical_at
    procedure, private :: metric_bool, metric_bool_at
    procedure, private :: metric_text, metric_text_at
  end type

contains

  recursive subroutine artifact_arrays(self, name, arrays, metadata, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    type(metalab_arrays), intent(in) :: arrays
    character(len=*), intent(in), optional :: metadata
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_arrays(self%handle, name, arrays, metadata, stat, errmsg)
  end subroutine

  recursive function snapshots_int64(self, name, dtype, extents, metadata, reverse, stat, errmsg) result(snapshots)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer, intent(in) :: dtype
    integer(int64), intent(in) :: extents(:)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(metalab_snapshots) :: snapshots

    call declare_snapshots(self%handle, name, dtype, extents, snapshots, metadata, reverse, stat, errmsg)
  end function

  recursive function snapshots_int32(self, name, dtype, extents, metadata, reverse, stat, errmsg) result(snapshots)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer, intent(in) :: dtype
    integer(int32), intent(in) :: extents(:)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(metalab_snapshots) :: snapshots

    snapshots = snapshots_int64(self, name, dtype, int(extents, int64), metadata, reverse, stat, errmsg)
  end function

  recursive function view_int32_1(array) result(view)
    integer(int32), intent(in), target, optional :: array(:)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_INT32, 4, shape(array, int64))
    if (any(view%shape(:1) == 0)) return
    view%data = c_loc(array(1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2)))
  end function

  recursive function view_int32_2(array) result(view)
    integer(int32), intent(in), target, optional :: array(:, :)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_INT32, 4, shape(array, int64))
    if (any(view%shape(:2) == 0)) return
    view%data = c_loc(array(1, 1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2, 1)))
    if (size(array, 2) > 1) view%strides(2) = distance(view%data, c_loc(array(1, 2)))
  end function

  recursive function view_int32_3(array) result(view)
    integer(int32), intent(in), target, optional :: array(:, :, :)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_INT32, 4, shape(array, int64))
    if (any(view%shape(:3) == 0)) return
    view%data = c_loc(array(1, 1, 1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2, 1, 1)))
    if (size(array, 2) > 1) view%strides(2) = distance(view%data, c_loc(array(1, 2, 1)))
    if (size(array, 3) > 1) view%strides(3) = distance(view%data, c_loc(array(1, 1, 2)))
  end function

  recursive function view_int32_4(array) result(view)
    integer(int32), intent(in), target, optional :: array(:, :, :, :)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_INT32, 4, shape(array, int64))
    if (any(view%shape(:4) == 0)) return
    view%data = c_loc(array(1, 1, 1, 1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2, 1, 1, 1)))
    if (size(array, 2) > 1) view%strides(2) = distance(view%data, c_loc(array(1, 2, 1, 1)))
    if (size(array, 3) > 1) view%strides(3) = distance(view%data, c_loc(array(1, 1, 2, 1)))
    if (size(array, 4) > 1) view%strides(4) = distance(view%data, c_loc(array(1, 1, 1, 2)))
  end function

  recursive function view_int32_5(array) result(view)
    integer(int32), intent(in), target, optional :: array(:, :, :, :, :)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_INT32, 4, shape(array, int64))
    if (any(view%shape(:5) == 0)) return
    view%data = c_loc(array(1, 1, 1, 1, 1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2, 1, 1, 1, 1)))
    if (size(array, 2) > 1) view%strides(2) = distance(view%data, c_loc(array(1, 2, 1, 1, 1)))
    if (size(array, 3) > 1) view%strides(3) = distance(view%data, c_loc(array(1, 1, 2, 1, 1)))
    if (size(array, 4) > 1) view%strides(4) = distance(view%data, c_loc(array(1, 1, 1, 2, 1)))
    if (size(array, 5) > 1) view%strides(5) = distance(view%data, c_loc(array(1, 1, 1, 1, 2)))
  end function

  recursive function view_int32_6(array) result(view)
    integer(int32), intent(in), target, optional :: array(:, :, :, :, :, :)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_INT32, 4, shape(array, int64))
    if (any(view%shape(:6) == 0)) return
    view%data = c_loc(array(1, 1, 1, 1, 1, 1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2, 1, 1, 1, 1, 1)))
    if (size(array, 2) > 1) view%strides(2) = distance(view%data, c_loc(array(1, 2, 1, 1, 1, 1)))
    if (size(array, 3) > 1) view%strides(3) = distance(view%data, c_loc(array(1, 1, 2, 1, 1, 1)))
    if (size(array, 4) > 1) view%strides(4) = distance(view%data, c_loc(array(1, 1, 1, 2, 1, 1)))
    if (size(array, 5) > 1) view%strides(5) = distance(view%data, c_loc(array(1, 1, 1, 1, 2, 1)))
    if (size(array, 6) > 1) view%strides(6) = distance(view%data, c_loc(array(1, 1, 1, 1, 1, 2)))
  end function

  recursive function view_int32_7(array) result(view)
    integer(int32), intent(in), target, optional :: array(:, :, :, :, :, :, :)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_INT32, 4, shape(array, int64))
    if (any(view%shape(:7) == 0)) return
    view%data = c_loc(array(1, 1, 1, 1, 1, 1, 1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2, 1, 1, 1, 1, 1, 1)))
    if (size(array, 2) > 1) view%strides(2) = distance(view%data, c_loc(array(1, 2, 1, 1, 1, 1, 1)))
    if (size(array, 3) > 1) view%strides(3) = distance(view%data, c_loc(array(1, 1, 2, 1, 1, 1, 1)))
    if (size(array, 4) > 1) view%strides(4) = distance(view%data, c_loc(array(1, 1, 1, 2, 1, 1, 1)))
    if (size(array, 5) > 1) view%strides(5) = distance(view%data, c_loc(array(1, 1, 1, 1, 2, 1, 1)))
    if (size(array, 6) > 1) view%strides(6) = distance(view%data, c_loc(array(1, 1, 1, 1, 1, 2, 1)))
    if (size(array, 7) > 1) view%strides(7) = distance(view%data, c_loc(array(1, 1, 1, 1, 1, 1, 2)))
  end function

  recursive function view_int64_1(array) result(view)
    integer(int64), intent(in), target, optional :: array(:)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_INT64, 8, shape(array, int64))
    if (any(view%shape(:1) == 0)) return
    view%data = c_loc(array(1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2)))
  end function

  recursive function view_int64_2(array) result(view)
    integer(int64), intent(in), target, optional :: array(:, :)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_INT64, 8, shape(array, int64))
    if (any(view%shape(:2) == 0)) return
    view%data = c_loc(array(1, 1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2, 1)))
    if (size(array, 2) > 1) view%strides(2) = distance(view%data, c_loc(array(1, 2)))
  end function

  recursive function view_int64_3(array) result(view)
    integer(int64), intent(in), target, optional :: array(:, :, :)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_INT64, 8, shape(array, int64))
    if (any(view%shape(:3) == 0)) return
    view%data = c_loc(array(1, 1, 1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2, 1, 1)))
    if (size(array, 2) > 1) view%strides(2) = distance(view%data, c_loc(array(1, 2, 1)))
    if (size(array, 3) > 1) view%strides(3) = distance(view%data, c_loc(array(1, 1, 2)))
  end function

  recursive function view_int64_4(array) result(view)
    integer(int64), intent(in), target, optional :: array(:, :, :, :)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_INT64, 8, shape(array, int64))
    if (any(view%shape(:4) == 0)) return
    view%data = c_loc(array(1, 1, 1, 1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2, 1, 1, 1)))
    if (size(array, 2) > 1) view%strides(2) = distance(view%data, c_loc(array(1, 2, 1, 1)))
    if (size(array, 3) > 1) view%strides(3) = distance(view%data, c_loc(array(1, 1, 2, 1)))
    if (size(array, 4) > 1) view%strides(4) = distance(view%data, c_loc(array(1, 1, 1, 2)))
  end function

  recursive function view_int64_5(array) result(view)
    integer(int64), intent(in), target, optional :: array(:, :, :, :, :)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_INT64, 8, shape(array, int64))
    if (any(view%shape(:5) == 0)) return
    view%data = c_loc(array(1, 1, 1, 1, 1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2, 1, 1, 1, 1)))
    if (size(array, 2) > 1) view%strides(2) = distance(view%data, c_loc(array(1, 2, 1, 1, 1)))
    if (size(array, 3) > 1) view%strides(3) = distance(view%data, c_loc(array(1, 1, 2, 1, 1)))
    if (size(array, 4) > 1) view%strides(4) = distance(view%data, c_loc(array(1, 1, 1, 2, 1)))
    if (size(array, 5) > 1) view%strides(5) = distance(view%data, c_loc(array(1, 1, 1, 1, 2)))
  end function

  recursive function view_int64_6(array) result(view)
    integer(int64), intent(in), target, optional :: array(:, :, :, :, :, :)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_INT64, 8, shape(array, int64))
    if (any(view%shape(:6) == 0)) return
    view%data = c_loc(array(1, 1, 1, 1, 1, 1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2, 1, 1, 1, 1, 1)))
    if (size(array, 2) > 1) view%strides(2) = distance(view%data, c_loc(array(1, 2, 1, 1, 1, 1)))
    if (size(array, 3) > 1) view%strides(3) = distance(view%data, c_loc(array(1, 1, 2, 1, 1, 1)))
    if (size(array, 4) > 1) view%strides(4) = distance(view%data, c_loc(array(1, 1, 1, 2, 1, 1)))
    if (size(array, 5) > 1) view%strides(5) = distance(view%data, c_loc(array(1, 1, 1, 1, 2, 1)))
    if (size(array, 6) > 1) view%strides(6) = distance(view%data, c_loc(array(1, 1, 1, 1, 1, 2)))
  end function

  recursive function view_int64_7(array) result(view)
    integer(int64), intent(in), target, optional :: array(:, :, :, :, :, :, :)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_INT64, 8, shape(array, int64))
    if (any(view%shape(:7) == 0)) return
    view%data = c_loc(array(1, 1, 1, 1, 1, 1, 1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2, 1, 1, 1, 1, 1, 1)))
    if (size(array, 2) > 1) view%strides(2) = distance(view%data, c_loc(array(1, 2, 1, 1, 1, 1, 1)))
    if (size(array, 3) > 1) view%strides(3) = distance(view%data, c_loc(array(1, 1, 2, 1, 1, 1, 1)))
    if (size(array, 4) > 1) view%strides(4) = distance(view%data, c_loc(array(1, 1, 1, 2, 1, 1, 1)))
    if (size(array, 5) > 1) view%strides(5) = distance(view%data, c_loc(array(1, 1, 1, 1, 2, 1, 1)))
    if (size(array, 6) > 1) view%strides(6) = distance(view%data, c_loc(array(1, 1, 1, 1, 1, 2, 1)))
    if (size(array, 7) > 1) view%strides(7) = distance(view%data, c_loc(array(1, 1, 1, 1, 1, 1, 2)))
  end function

  recursive function view_float32_1(array) result(view)
    real(real32), intent(in), target, optional :: array(:)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_FLOAT32, 4, shape(array, int64))
    if (any(view%shape(:1) == 0)) return
    view%data = c_loc(array(1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2)))
  end function

  recursive function view_float32_2(array) result(view)
    real(real32), intent(in), target, optional :: array(:, :)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_FLOAT32, 4, shape(array, int64))
    if (any(view%shape(:2) == 0)) return
    view%data = c_loc(array(1, 1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2, 1)))
    if (size(array, 2) > 1) view%strides(2) = distance(view%data, c_loc(array(1, 2)))
  end function

  recursive function view_float32_3(array) result(view)
    real(real32), intent(in), target, optional :: array(:, :, :)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_FLOAT32, 4, shape(array, int64))
    if (any(view%shape(:3) == 0)) return
    view%data = c_loc(array(1, 1, 1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2, 1, 1)))
    if (size(array, 2) > 1) view%strides(2) = distance(view%data, c_loc(array(1, 2, 1)))
    if (size(array, 3) > 1) view%strides(3) = distance(view%data, c_loc(array(1, 1, 2)))
  end function

  recursive function view_float32_4(array) result(view)
    real(real32), intent(in), target, optional :: array(:, :, :, :)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_FLOAT32, 4, shape(array, int64))
    if (any(view%shape(:4) == 0)) return
    view%data = c_loc(array(1, 1, 1, 1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2, 1, 1, 1)))
    if (size(array, 2) > 1) view%strides(2) = distance(view%data, c_loc(array(1, 2, 1, 1)))
    if (size(array, 3) > 1) view%strides(3) = distance(view%data, c_loc(array(1, 1, 2, 1)))
    if (size(array, 4) > 1) view%strides(4) = distance(view%data, c_loc(array(1, 1, 1, 2)))
  end function

  recursive function view_float32_5(array) result(view)
    real(real32), intent(in), target, optional :: array(:, :, :, :, :)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_FLOAT32, 4, shape(array, int64))
    if (any(view%shape(:5) == 0)) return
    view%data = c_loc(array(1, 1, 1, 1, 1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2, 1, 1, 1, 1)))
    if (size(array, 2) > 1) view%strides(2) = distance(view%data, c_loc(array(1, 2, 1, 1, 1)))
    if (size(array, 3) > 1) view%strides(3) = distance(view%data, c_loc(array(1, 1, 2, 1, 1)))
    if (size(array, 4) > 1) view%strides(4) = distance(view%data, c_loc(array(1, 1, 1, 2, 1)))
    if (size(array, 5) > 1) view%strides(5) = distance(view%data, c_loc(array(1, 1, 1, 1, 2)))
  end function

  recursive function view_float32_6(array) result(view)
    real(real32), intent(in), target, optional :: array(:, :, :, :, :, :)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_FLOAT32, 4, shape(array, int64))
    if (any(view%shape(:6) == 0)) return
    view%data = c_loc(array(1, 1, 1, 1, 1, 1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2, 1, 1, 1, 1, 1)))
    if (size(array, 2) > 1) view%strides(2) = distance(view%data, c_loc(array(1, 2, 1, 1, 1, 1)))
    if (size(array, 3) > 1) view%strides(3) = distance(view%data, c_loc(array(1, 1, 2, 1, 1, 1)))
    if (size(array, 4) > 1) view%strides(4) = distance(view%data, c_loc(array(1, 1, 1, 2, 1, 1)))
    if (size(array, 5) > 1) view%strides(5) = distance(view%data, c_loc(array(1, 1, 1, 1, 2, 1)))
    if (size(array, 6) > 1) view%strides(6) = distance(view%data, c_loc(array(1, 1, 1, 1, 1, 2)))
  end function

  recursive function view_float32_7(array) result(view)
    real(real32), intent(in), target, optional :: array(:, :, :, :, :, :, :)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_FLOAT32, 4, shape(array, int64))
    if (any(view%shape(:7) == 0)) return
    view%data = c_loc(array(1, 1, 1, 1, 1, 1, 1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2, 1, 1, 1, 1, 1, 1)))
    if (size(array, 2) > 1) view%strides(2) = distance(view%data, c_loc(array(1, 2, 1, 1, 1, 1, 1)))
    if (size(array, 3) > 1) view%strides(3) = distance(view%data, c_loc(array(1, 1, 2, 1, 1, 1, 1)))
    if (size(array, 4) > 1) view%strides(4) = distance(view%data, c_loc(array(1, 1, 1, 2, 1, 1, 1)))
    if (size(array, 5) > 1) view%strides(5) = distance(view%data, c_loc(array(1, 1, 1, 1, 2, 1, 1)))
    if (size(array, 6) > 1) view%strides(6) = distance(view%data, c_loc(array(1, 1, 1, 1, 1, 2, 1)))
    if (size(array, 7) > 1) view%strides(7) = distance(view%data, c_loc(array(1, 1, 1, 1, 1, 1, 2)))
  end function

  recursive function view_float64_1(array) result(view)
    real(real64), intent(in), target, optional :: array(:)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_FLOAT64, 8, shape(array, int64))
    if (any(view%shape(:1) == 0)) return
    view%data = c_loc(array(1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2)))
  end function

  recursive function view_float64_2(array) result(view)
    real(real64), intent(in), target, optional :: array(:, :)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_FLOAT64, 8, shape(array, int64))
    if (any(view%shape(:2) == 0)) return
    view%data = c_loc(array(1, 1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2, 1)))
    if (size(array, 2) > 1) view%strides(2) = distance(view%data, c_loc(array(1, 2)))
  end function

  recursive function view_float64_3(array) result(view)
    real(real64), intent(in), target, optional :: array(:, :, :)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_FLOAT64, 8, shape(array, int64))
    if (any(view%shape(:3) == 0)) return
    view%data = c_loc(array(1, 1, 1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2, 1, 1)))
    if (size(array, 2) > 1) view%strides(2) = distance(view%data, c_loc(array(1, 2, 1)))
    if (size(array, 3) > 1) view%strides(3) = distance(view%data, c_loc(array(1, 1, 2)))
  end function

  recursive function view_float64_4(array) result(view)
    real(real64), intent(in), target, optional :: array(:, :, :, :)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_FLOAT64, 8, shape(array, int64))
    if (any(view%shape(:4) == 0)) return
    view%data = c_loc(array(1, 1, 1, 1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2, 1, 1, 1)))
    if (size(array, 2) > 1) view%strides(2) = distance(view%data, c_loc(array(1, 2, 1, 1)))
    if (size(array, 3) > 1) view%strides(3) = distance(view%data, c_loc(array(1, 1, 2, 1)))
    if (size(array, 4) > 1) view%strides(4) = distance(view%data, c_loc(array(1, 1, 1, 2)))
  end function

  recursive function view_float64_5(array) result(view)
    real(real64), intent(in), target, optional :: array(:, :, :, :, :)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_FLOAT64, 8, shape(array, int64))
    if (any(view%shape(:5) == 0)) return
    view%data = c_loc(array(1, 1, 1, 1, 1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2, 1, 1, 1, 1)))
    if (size(array, 2) > 1) view%strides(2) = distance(view%data, c_loc(array(1, 2, 1, 1, 1)))
    if (size(array, 3) > 1) view%strides(3) = distance(view%data, c_loc(array(1, 1, 2, 1, 1)))
    if (size(array, 4) > 1) view%strides(4) = distance(view%data, c_loc(array(1, 1, 1, 2, 1)))
    if (size(array, 5) > 1) view%strides(5) = distance(view%data, c_loc(array(1, 1, 1, 1, 2)))
  end function

  recursive function view_float64_6(array) result(view)
    real(real64), intent(in), target, optional :: array(:, :, :, :, :, :)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_FLOAT64, 8, shape(array, int64))
    if (any(view%shape(:6) == 0)) return
    view%data = c_loc(array(1, 1, 1, 1, 1, 1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2, 1, 1, 1, 1, 1)))
    if (size(array, 2) > 1) view%strides(2) = distance(view%data, c_loc(array(1, 2, 1, 1, 1, 1)))
    if (size(array, 3) > 1) view%strides(3) = distance(view%data, c_loc(array(1, 1, 2, 1, 1, 1)))
    if (size(array, 4) > 1) view%strides(4) = distance(view%data, c_loc(array(1, 1, 1, 2, 1, 1)))
    if (size(array, 5) > 1) view%strides(5) = distance(view%data, c_loc(array(1, 1, 1, 1, 2, 1)))
    if (size(array, 6) > 1) view%strides(6) = distance(view%data, c_loc(array(1, 1, 1, 1, 1, 2)))
  end function

  recursive function view_float64_7(array) result(view)
    real(real64), intent(in), target, optional :: array(:, :, :, :, :, :, :)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_FLOAT64, 8, shape(array, int64))
    if (any(view%shape(:7) == 0)) return
    view%data = c_loc(array(1, 1, 1, 1, 1, 1, 1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2, 1, 1, 1, 1, 1, 1)))
    if (size(array, 2) > 1) view%strides(2) = distance(view%data, c_loc(array(1, 2, 1, 1, 1, 1, 1)))
    if (size(array, 3) > 1) view%strides(3) = distance(view%data, c_loc(array(1, 1, 2, 1, 1, 1, 1)))
    if (size(array, 4) > 1) view%strides(4) = distance(view%data, c_loc(array(1, 1, 1, 2, 1, 1, 1)))
    if (size(array, 5) > 1) view%strides(5) = distance(view%data, c_loc(array(1, 1, 1, 1, 2, 1, 1)))
    if (size(array, 6) > 1) view%strides(6) = distance(view%data, c_loc(array(1, 1, 1, 1, 1, 2, 1)))
    if (size(array, 7) > 1) view%strides(7) = distance(view%data, c_loc(array(1, 1, 1, 1, 1, 1, 2)))
  end function

  recursive function view_complex64_1(array) result(view)
    complex(real32), intent(in), target, optional :: array(:)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_COMPLEX64, 8, shape(array, int64))
    if (any(view%shape(:1) == 0)) return
    view%data = c_loc(array(1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2)))
  end function

  recursive function view_complex64_2(array) result(view)
    complex(real32), intent(in), target, optional :: array(:, :)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_COMPLEX64, 8, shape(array, int64))
    if (any(view%shape(:2) == 0)) return
    view%data = c_loc(array(1, 1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2, 1)))
    if (size(array, 2) > 1) view%strides(2) = distance(view%data, c_loc(array(1, 2)))
  end function

  recursive function view_complex64_3(array) result(view)
    complex(real32), intent(in), target, optional :: array(:, :, :)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_COMPLEX64, 8, shape(array, int64))
    if (any(view%shape(:3) == 0)) return
    view%data = c_loc(array(1, 1, 1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2, 1, 1)))
    if (size(array, 2) > 1) view%strides(2) = distance(view%data, c_loc(array(1, 2, 1)))
    if (size(array, 3) > 1) view%strides(3) = distance(view%data, c_loc(array(1, 1, 2)))
  end function

  recursive function view_complex64_4(array) result(view)
    complex(real32), intent(in), target, optional :: array(:, :, :, :)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_COMPLEX64, 8, shape(array, int64))
    if (any(view%shape(:4) == 0)) return
    view%data = c_loc(array(1, 1, 1, 1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2, 1, 1, 1)))
    if (size(array, 2) > 1) view%strides(2) = distance(view%data, c_loc(array(1, 2, 1, 1)))
    if (size(array, 3) > 1) view%strides(3) = distance(view%data, c_loc(array(1, 1, 2, 1)))
    if (size(array, 4) > 1) view%strides(4) = distance(view%data, c_loc(array(1, 1, 1, 2)))
  end function

  recursive function view_complex64_5(array) result(view)
    complex(real32), intent(in), target, optional :: array(:, :, :, :, :)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_COMPLEX64, 8, shape(array, int64))
    if (any(view%shape(:5) == 0)) return
    view%data = c_loc(array(1, 1, 1, 1, 1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2, 1, 1, 1, 1)))
    if (size(array, 2) > 1) view%strides(2) = distance(view%data, c_loc(array(1, 2, 1, 1, 1)))
    if (size(array, 3) > 1) view%strides(3) = distance(view%data, c_loc(array(1, 1, 2, 1, 1)))
    if (size(array, 4) > 1) view%strides(4) = distance(view%data, c_loc(array(1, 1, 1, 2, 1)))
    if (size(array, 5) > 1) view%strides(5) = distance(view%data, c_loc(array(1, 1, 1, 1, 2)))
  end function

  recursive function view_complex64_6(array) result(view)
    complex(real32), intent(in), target, optional :: array(:, :, :, :, :, :)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_COMPLEX64, 8, shape(array, int64))
    if (any(view%shape(:6) == 0)) return
    view%data = c_loc(array(1, 1, 1, 1, 1, 1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2, 1, 1, 1, 1, 1)))
    if (size(array, 2) > 1) view%strides(2) = distance(view%data, c_loc(array(1, 2, 1, 1, 1, 1)))
    if (size(array, 3) > 1) view%strides(3) = distance(view%data, c_loc(array(1, 1, 2, 1, 1, 1)))
    if (size(array, 4) > 1) view%strides(4) = distance(view%data, c_loc(array(1, 1, 1, 2, 1, 1)))
    if (size(array, 5) > 1) view%strides(5) = distance(view%data, c_loc(array(1, 1, 1, 1, 2, 1)))
    if (size(array, 6) > 1) view%strides(6) = distance(view%data, c_loc(array(1, 1, 1, 1, 1, 2)))
  end function

  recursive function view_complex64_7(array) result(view)
    complex(real32), intent(in), target, optional :: array(:, :, :, :, :, :, :)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_COMPLEX64, 8, shape(array, int64))
    if (any(view%shape(:7) == 0)) return
    view%data = c_loc(array(1, 1, 1, 1, 1, 1, 1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2, 1, 1, 1, 1, 1, 1)))
    if (size(array, 2) > 1) view%strides(2) = distance(view%data, c_loc(array(1, 2, 1, 1, 1, 1, 1)))
    if (size(array, 3) > 1) view%strides(3) = distance(view%data, c_loc(array(1, 1, 2, 1, 1, 1, 1)))
    if (size(array, 4) > 1) view%strides(4) = distance(view%data, c_loc(array(1, 1, 1, 2, 1, 1, 1)))
    if (size(array, 5) > 1) view%strides(5) = distance(view%data, c_loc(array(1, 1, 1, 1, 2, 1, 1)))
    if (size(array, 6) > 1) view%strides(6) = distance(view%data, c_loc(array(1, 1, 1, 1, 1, 2, 1)))
    if (size(array, 7) > 1) view%strides(7) = distance(view%data, c_loc(array(1, 1, 1, 1, 1, 1, 2)))
  end function

  recursive function view_complex128_1(array) result(view)
    complex(real64), intent(in), target, optional :: array(:)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_COMPLEX128, 16, shape(array, int64))
    if (any(view%shape(:1) == 0)) return
    view%data = c_loc(array(1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2)))
  end function

  recursive function view_complex128_2(array) result(view)
    complex(real64), intent(in), target, optional :: array(:, :)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_COMPLEX128, 16, shape(array, int64))
    if (any(view%shape(:2) == 0)) return
    view%data = c_loc(array(1, 1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2, 1)))
    if (size(array, 2) > 1) view%strides(2) = distance(view%data, c_loc(array(1, 2)))
  end function

  recursive function view_complex128_3(array) result(view)
    complex(real64), intent(in), target, optional :: array(:, :, :)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_COMPLEX128, 16, shape(array, int64))
    if (any(view%shape(:3) == 0)) return
    view%data = c_loc(array(1, 1, 1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2, 1, 1)))
    if (size(array, 2) > 1) view%strides(2) = distance(view%data, c_loc(array(1, 2, 1)))
    if (size(array, 3) > 1) view%strides(3) = distance(view%data, c_loc(array(1, 1, 2)))
  end function

  recursive function view_complex128_4(array) result(view)
    complex(real64), intent(in), target, optional :: array(:, :, :, :)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_COMPLEX128, 16, shape(array, int64))
    if (any(view%shape(:4) == 0)) return
    view%data = c_loc(array(1, 1, 1, 1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2, 1, 1, 1)))
    if (size(array, 2) > 1) view%strides(2) = distance(view%data, c_loc(array(1, 2, 1, 1)))
    if (size(array, 3) > 1) view%strides(3) = distance(view%data, c_loc(array(1, 1, 2, 1)))
    if (size(array, 4) > 1) view%strides(4) = distance(view%data, c_loc(array(1, 1, 1, 2)))
  end function

  recursive function view_complex128_5(array) result(view)
    complex(real64), intent(in), target, optional :: array(:, :, :, :, :)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_COMPLEX128, 16, shape(array, int64))
    if (any(view%shape(:5) == 0)) return
    view%data = c_loc(array(1, 1, 1, 1, 1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2, 1, 1, 1, 1)))
    if (size(array, 2) > 1) view%strides(2) = distance(view%data, c_loc(array(1, 2, 1, 1, 1)))
    if (size(array, 3) > 1) view%strides(3) = distance(view%data, c_loc(array(1, 1, 2, 1, 1)))
    if (size(array, 4) > 1) view%strides(4) = distance(view%data, c_loc(array(1, 1, 1, 2, 1)))
    if (size(array, 5) > 1) view%strides(5) = distance(view%data, c_loc(array(1, 1, 1, 1, 2)))
  end function

  recursive function view_complex128_6(array) result(view)
    complex(real64), intent(in), target, optional :: array(:, :, :, :, :, :)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_COMPLEX128, 16, shape(array, int64))
    if (any(view%shape(:6) == 0)) return
    view%data = c_loc(array(1, 1, 1, 1, 1, 1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2, 1, 1, 1, 1, 1)))
    if (size(array, 2) > 1) view%strides(2) = distance(view%data, c_loc(array(1, 2, 1, 1, 1, 1)))
    if (size(array, 3) > 1) view%strides(3) = distance(view%data, c_loc(array(1, 1, 2, 1, 1, 1)))
    if (size(array, 4) > 1) view%strides(4) = distance(view%data, c_loc(array(1, 1, 1, 2, 1, 1)))
    if (size(array, 5) > 1) view%strides(5) = distance(view%data, c_loc(array(1, 1, 1, 1, 2, 1)))
    if (size(array, 6) > 1) view%strides(6) = distance(view%data, c_loc(array(1, 1, 1, 1, 1, 2)))
  end function

  recursive function view_complex128_7(array) result(view)
    complex(real64), intent(in), target, optional :: array(:, :, :, :, :, :, :)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_COMPLEX128, 16, shape(array, int64))
    if (any(view%shape(:7) == 0)) return
    view%data = c_loc(array(1, 1, 1, 1, 1, 1, 1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2, 1, 1, 1, 1, 1, 1)))
    if (size(array, 2) > 1) view%strides(2) = distance(view%data, c_loc(array(1, 2, 1, 1, 1, 1, 1)))
    if (size(array, 3) > 1) view%strides(3) = distance(view%data, c_loc(array(1, 1, 2, 1, 1, 1, 1)))
    if (size(array, 4) > 1) view%strides(4) = distance(view%data, c_loc(array(1, 1, 1, 2, 1, 1, 1)))
    if (size(array, 5) > 1) view%strides(5) = distance(view%data, c_loc(array(1, 1, 1, 1, 2, 1, 1)))
    if (size(array, 6) > 1) view%strides(6) = distance(view%data, c_loc(array(1, 1, 1, 1, 1, 2, 1)))
    if (size(array, 7) > 1) view%strides(7) = distance(view%data, c_loc(array(1, 1, 1, 1, 1, 1, 2)))
  end function

  recursive function view_int8_1(array) result(view)
    integer(int8), intent(in), target, optional :: array(:)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_INT8, 1, shape(array, int64))
    if (any(view%shape(:1) == 0)) return
    view%data = c_loc(array(1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2)))
  end function

  recursive function view_int8_2(array) result(view)
    integer(int8), intent(in), target, optional :: array(:, :)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_INT8, 1, shape(array, int64))
    if (any(view%shape(:2) == 0)) return
    view%data = c_loc(array(1, 1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2, 1)))
    if (size(array, 2) > 1) view%strides(2) = distance(view%data, c_loc(array(1, 2)))
  end function

  recursive function view_int8_3(array) result(view)
    integer(int8), intent(in), target, optional :: array(:, :, :)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_INT8, 1, shape(array, int64))
    if (any(view%shape(:3) == 0)) return
    view%data = c_loc(array(1, 1, 1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2, 1, 1)))
    if (size(array, 2) > 1) view%strides(2) = distance(view%data, c_loc(array(1, 2, 1)))
    if (size(array, 3) > 1) view%strides(3) = distance(view%data, c_loc(array(1, 1, 2)))
  end function

  recursive function view_int8_4(array) result(view)
    integer(int8), intent(in), target, optional :: array(:, :, :, :)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_INT8, 1, shape(array, int64))
    if (any(view%shape(:4) == 0)) return
    view%data = c_loc(array(1, 1, 1, 1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2, 1, 1, 1)))
    if (size(array, 2) > 1) view%strides(2) = distance(view%data, c_loc(array(1, 2, 1, 1)))
    if (size(array, 3) > 1) view%strides(3) = distance(view%data, c_loc(array(1, 1, 2, 1)))
    if (size(array, 4) > 1) view%strides(4) = distance(view%data, c_loc(array(1, 1, 1, 2)))
  end function

  recursive function view_int8_5(array) result(view)
    integer(int8), intent(in), target, optional :: array(:, :, :, :, :)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_INT8, 1, shape(array, int64))
    if (any(view%shape(:5) == 0)) return
    view%data = c_loc(array(1, 1, 1, 1, 1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2, 1, 1, 1, 1)))
    if (size(array, 2) > 1) view%strides(2) = distance(view%data, c_loc(array(1, 2, 1, 1, 1)))
    if (size(array, 3) > 1) view%strides(3) = distance(view%data, c_loc(array(1, 1, 2, 1, 1)))
    if (size(array, 4) > 1) view%strides(4) = distance(view%data, c_loc(array(1, 1, 1, 2, 1)))
    if (size(array, 5) > 1) view%strides(5) = distance(view%data, c_loc(array(1, 1, 1, 1, 2)))
  end function

  recursive function view_int8_6(array) result(view)
    integer(int8), intent(in), target, optional :: array(:, :, :, :, :, :)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_INT8, 1, shape(array, int64))
    if (any(view%shape(:6) == 0)) return
    view%data = c_loc(array(1, 1, 1, 1, 1, 1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2, 1, 1, 1, 1, 1)))
    if (size(array, 2) > 1) view%strides(2) = distance(view%data, c_loc(array(1, 2, 1, 1, 1, 1)))
    if (size(array, 3) > 1) view%strides(3) = distance(view%data, c_loc(array(1, 1, 2, 1, 1, 1)))
    if (size(array, 4) > 1) view%strides(4) = distance(view%data, c_loc(array(1, 1, 1, 2, 1, 1)))
    if (size(array, 5) > 1) view%strides(5) = distance(view%data, c_loc(array(1, 1, 1, 1, 2, 1)))
    if (size(array, 6) > 1) view%strides(6) = distance(view%data, c_loc(array(1, 1, 1, 1, 1, 2)))
  end function

  recursive function view_int8_7(array) result(view)
    integer(int8), intent(in), target, optional :: array(:, :, :, :, :, :, :)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_INT8, 1, shape(array, int64))
    if (any(view%shape(:7) == 0)) return
    view%data = c_loc(array(1, 1, 1, 1, 1, 1, 1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2, 1, 1, 1, 1, 1, 1)))
    if (size(array, 2) > 1) view%strides(2) = distance(view%data, c_loc(array(1, 2, 1, 1, 1, 1, 1)))
    if (size(array, 3) > 1) view%strides(3) = distance(view%data, c_loc(array(1, 1, 2, 1, 1, 1, 1)))
    if (size(array, 4) > 1) view%strides(4) = distance(view%data, c_loc(array(1, 1, 1, 2, 1, 1, 1)))
    if (size(array, 5) > 1) view%strides(5) = distance(view%data, c_loc(array(1, 1, 1, 1, 2, 1, 1)))
    if (size(array, 6) > 1) view%strides(6) = distance(view%data, c_loc(array(1, 1, 1, 1, 1, 2, 1)))
    if (size(array, 7) > 1) view%strides(7) = distance(view%data, c_loc(array(1, 1, 1, 1, 1, 1, 2)))
  end function

  recursive function view_int16_1(array) result(view)
    integer(int16), intent(in), target, optional :: array(:)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_INT16, 2, shape(array, int64))
    if (any(view%shape(:1) == 0)) return
    view%data = c_loc(array(1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2)))
  end function

  recursive function view_int16_2(array) result(view)
    integer(int16), intent(in), target, optional :: array(:, :)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_INT16, 2, shape(array, int64))
    if (any(view%shape(:2) == 0)) return
    view%data = c_loc(array(1, 1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2, 1)))
    if (size(array, 2) > 1) view%strides(2) = distance(view%data, c_loc(array(1, 2)))
  end function

  recursive function view_int16_3(array) result(view)
    integer(int16), intent(in), target, optional :: array(:, :, :)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_INT16, 2, shape(array, int64))
    if (any(view%shape(:3) == 0)) return
    view%data = c_loc(array(1, 1, 1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2, 1, 1)))
    if (size(array, 2) > 1) view%strides(2) = distance(view%data, c_loc(array(1, 2, 1)))
    if (size(array, 3) > 1) view%strides(3) = distance(view%data, c_loc(array(1, 1, 2)))
  end function

  recursive function view_int16_4(array) result(view)
    integer(int16), intent(in), target, optional :: array(:, :, :, :)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_INT16, 2, shape(array, int64))
    if (any(view%shape(:4) == 0)) return
    view%data = c_loc(array(1, 1, 1, 1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2, 1, 1, 1)))
    if (size(array, 2) > 1) view%strides(2) = distance(view%data, c_loc(array(1, 2, 1, 1)))
    if (size(array, 3) > 1) view%strides(3) = distance(view%data, c_loc(array(1, 1, 2, 1)))
    if (size(array, 4) > 1) view%strides(4) = distance(view%data, c_loc(array(1, 1, 1, 2)))
  end function

  recursive function view_int16_5(array) result(view)
    integer(int16), intent(in), target, optional :: array(:, :, :, :, :)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_INT16, 2, shape(array, int64))
    if (any(view%shape(:5) == 0)) return
    view%data = c_loc(array(1, 1, 1, 1, 1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2, 1, 1, 1, 1)))
    if (size(array, 2) > 1) view%strides(2) = distance(view%data, c_loc(array(1, 2, 1, 1, 1)))
    if (size(array, 3) > 1) view%strides(3) = distance(view%data, c_loc(array(1, 1, 2, 1, 1)))
    if (size(array, 4) > 1) view%strides(4) = distance(view%data, c_loc(array(1, 1, 1, 2, 1)))
    if (size(array, 5) > 1) view%strides(5) = distance(view%data, c_loc(array(1, 1, 1, 1, 2)))
  end function

  recursive function view_int16_6(array) result(view)
    integer(int16), intent(in), target, optional :: array(:, :, :, :, :, :)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_INT16, 2, shape(array, int64))
    if (any(view%shape(:6) == 0)) return
    view%data = c_loc(array(1, 1, 1, 1, 1, 1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2, 1, 1, 1, 1, 1)))
    if (size(array, 2) > 1) view%strides(2) = distance(view%data, c_loc(array(1, 2, 1, 1, 1, 1)))
    if (size(array, 3) > 1) view%strides(3) = distance(view%data, c_loc(array(1, 1, 2, 1, 1, 1)))
    if (size(array, 4) > 1) view%strides(4) = distance(view%data, c_loc(array(1, 1, 1, 2, 1, 1)))
    if (size(array, 5) > 1) view%strides(5) = distance(view%data, c_loc(array(1, 1, 1, 1, 2, 1)))
    if (size(array, 6) > 1) view%strides(6) = distance(view%data, c_loc(array(1, 1, 1, 1, 1, 2)))
  end function

  recursive function view_int16_7(array) result(view)
    integer(int16), intent(in), target, optional :: array(:, :, :, :, :, :, :)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_INT16, 2, shape(array, int64))
    if (any(view%shape(:7) == 0)) return
    view%data = c_loc(array(1, 1, 1, 1, 1, 1, 1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2, 1, 1, 1, 1, 1, 1)))
    if (size(array, 2) > 1) view%strides(2) = distance(view%data, c_loc(array(1, 2, 1, 1, 1, 1, 1)))
    if (size(array, 3) > 1) view%strides(3) = distance(view%data, c_loc(array(1, 1, 2, 1, 1, 1, 1)))
    if (size(array, 4) > 1) view%strides(4) = distance(view%data, c_loc(array(1, 1, 1, 2, 1, 1, 1)))
    if (size(array, 5) > 1) view%strides(5) = distance(view%data, c_loc(array(1, 1, 1, 1, 2, 1, 1)))
    if (size(array, 6) > 1) view%strides(6) = distance(view%data, c_loc(array(1, 1, 1, 1, 1, 2, 1)))
    if (size(array, 7) > 1) view%strides(7) = distance(view%data, c_loc(array(1, 1, 1, 1, 1, 1, 2)))
  end function

  recursive function view_bool_1(array) result(view)
    logical(c_bool), intent(in), target, optional :: array(:)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_BOOL, 1, shape(array, int64))
    if (any(view%shape(:1) == 0)) return
    view%data = c_loc(array(1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2)))
  end function

  recursive function view_bool_2(array) result(view)
    logical(c_bool), intent(in), target, optional :: array(:, :)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_BOOL, 1, shape(array, int64))
    if (any(view%shape(:2) == 0)) return
    view%data = c_loc(array(1, 1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2, 1)))
    if (size(array, 2) > 1) view%strides(2) = distance(view%data, c_loc(array(1, 2)))
  end function

  recursive function view_bool_3(array) result(view)
    logical(c_bool), intent(in), target, optional :: array(:, :, :)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_BOOL, 1, shape(array, int64))
    if (any(view%shape(:3) == 0)) return
    view%data = c_loc(array(1, 1, 1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2, 1, 1)))
    if (size(array, 2) > 1) view%strides(2) = distance(view%data, c_loc(array(1, 2, 1)))
    if (size(array, 3) > 1) view%strides(3) = distance(view%data, c_loc(array(1, 1, 2)))
  end function

  recursive function view_bool_4(array) result(view)
    logical(c_bool), intent(in), target, optional :: array(:, :, :, :)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_BOOL, 1, shape(array, int64))
    if (any(view%shape(:4) == 0)) return
    view%data = c_loc(array(1, 1, 1, 1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2, 1, 1, 1)))
    if (size(array, 2) > 1) view%strides(2) = distance(view%data, c_loc(array(1, 2, 1, 1)))
    if (size(array, 3) > 1) view%strides(3) = distance(view%data, c_loc(array(1, 1, 2, 1)))
    if (size(array, 4) > 1) view%strides(4) = distance(view%data, c_loc(array(1, 1, 1, 2)))
  end function

  recursive function view_bool_5(array) result(view)
    logical(c_bool), intent(in), target, optional :: array(:, :, :, :, :)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_BOOL, 1, shape(array, int64))
    if (any(view%shape(:5) == 0)) return
    view%data = c_loc(array(1, 1, 1, 1, 1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2, 1, 1, 1, 1)))
    if (size(array, 2) > 1) view%strides(2) = distance(view%data, c_loc(array(1, 2, 1, 1, 1)))
    if (size(array, 3) > 1) view%strides(3) = distance(view%data, c_loc(array(1, 1, 2, 1, 1)))
    if (size(array, 4) > 1) view%strides(4) = distance(view%data, c_loc(array(1, 1, 1, 2, 1)))
    if (size(array, 5) > 1) view%strides(5) = distance(view%data, c_loc(array(1, 1, 1, 1, 2)))
  end function

  recursive function view_bool_6(array) result(view)
    logical(c_bool), intent(in), target, optional :: array(:, :, :, :, :, :)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_BOOL, 1, shape(array, int64))
    if (any(view%shape(:6) == 0)) return
    view%data = c_loc(array(1, 1, 1, 1, 1, 1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2, 1, 1, 1, 1, 1)))
    if (size(array, 2) > 1) view%strides(2) = distance(view%data, c_loc(array(1, 2, 1, 1, 1, 1)))
    if (size(array, 3) > 1) view%strides(3) = distance(view%data, c_loc(array(1, 1, 2, 1, 1, 1)))
    if (size(array, 4) > 1) view%strides(4) = distance(view%data, c_loc(array(1, 1, 1, 2, 1, 1)))
    if (size(array, 5) > 1) view%strides(5) = distance(view%data, c_loc(array(1, 1, 1, 1, 2, 1)))
    if (size(array, 6) > 1) view%strides(6) = distance(view%data, c_loc(array(1, 1, 1, 1, 1, 2)))
  end function

  recursive function view_bool_7(array) result(view)
    logical(c_bool), intent(in), target, optional :: array(:, :, :, :, :, :, :)
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view(METALAB_DTYPE_BOOL, 1, shape(array, int64))
    if (any(view%shape(:7) == 0)) return
    view%data = c_loc(array(1, 1, 1, 1, 1, 1, 1))
    if (size(array, 1) > 1) view%strides(1) = distance(view%data, c_loc(array(2, 1, 1, 1, 1, 1, 1)))
    if (size(array, 2) > 1) view%strides(2) = distance(view%data, c_loc(array(1, 2, 1, 1, 1, 1, 1)))
    if (size(array, 3) > 1) view%strides(3) = distance(view%data, c_loc(array(1, 1, 2, 1, 1, 1, 1)))
    if (size(array, 4) > 1) view%strides(4) = distance(view%data, c_loc(array(1, 1, 1, 2, 1, 1, 1)))
    if (size(array, 5) > 1) view%strides(5) = distance(view%data, c_loc(array(1, 1, 1, 1, 2, 1, 1)))
    if (size(array, 6) > 1) view%strides(6) = distance(view%data, c_loc(array(1, 1, 1, 1, 1, 2, 1)))
    if (size(array, 7) > 1) view%strides(7) = distance(view%data, c_loc(array(1, 1, 1, 1, 1, 1, 2)))
  end function

  recursive subroutine bytes_of_1(array, bytes)
    logical, intent(in) :: array(:)
    logical(c_bool), intent(out) :: bytes(size(array, 1))

    bytes = logical(array, c_bool)
  end subroutine

  recursive subroutine logicals_1(array, bytes, extents, error)
    logical, intent(in), optional :: array(:)
    logical(c_bool), allocatable, intent(out) :: bytes(:)
    integer(int64), intent(out) :: extents(1)
    integer, intent(out) :: error
    integer :: status

    error = METALAB_ERR_NULL
    if (.not. present(array)) return
    extents = shape(array, int64)
    allocate (bytes(size(array, kind=int64)), stat=status)
    error = merge(METALAB_OK, METALAB_ERR_MEMORY, status == 0)
    if (status == 0) call bytes_of_1(array, bytes)
  end subroutine

  recursive subroutine bytes_of_2(array, bytes)
    logical, intent(in) :: array(:, :)
    logical(c_bool), intent(out) :: bytes(size(array, 1), size(array, 2))

    bytes = logical(array, c_bool)
  end subroutine

  recursive subroutine logicals_2(array, bytes, extents, error)
    logical, intent(in), optional :: array(:, :)
    logical(c_bool), allocatable, intent(out) :: bytes(:)
    integer(int64), intent(out) :: extents(2)
    integer, intent(out) :: error
    integer :: status

    error = METALAB_ERR_NULL
    if (.not. present(array)) return
    extents = shape(array, int64)
    allocate (bytes(size(array, kind=int64)), stat=status)
    error = merge(METALAB_OK, METALAB_ERR_MEMORY, status == 0)
    if (status == 0) call bytes_of_2(array, bytes)
  end subroutine

  recursive subroutine bytes_of_3(array, bytes)
    logical, intent(in) :: array(:, :, :)
    logical(c_bool), intent(out) :: bytes(size(array, 1), size(array, 2), size(array, 3))

    bytes = logical(array, c_bool)
  end subroutine

  recursive subroutine logicals_3(array, bytes, extents, error)
    logical, intent(in), optional :: array(:, :, :)
    logical(c_bool), allocatable, intent(out) :: bytes(:)
    integer(int64), intent(out) :: extents(3)
    integer, intent(out) :: error
    integer :: status

    error = METALAB_ERR_NULL
    if (.not. present(array)) return
    extents = shape(array, int64)
    allocate (bytes(size(array, kind=int64)), stat=status)
    error = merge(METALAB_OK, METALAB_ERR_MEMORY, status == 0)
    if (status == 0) call bytes_of_3(array, bytes)
  end subroutine

  recursive subroutine bytes_of_4(array, bytes)
    logical, intent(in) :: array(:, :, :, :)
    logical(c_bool), intent(out) :: bytes(size(array, 1), size(array, 2), size(array, 3), &
        size(array, 4))

    bytes = logical(array, c_bool)
  end subroutine

  recursive subroutine logicals_4(array, bytes, extents, error)
    logical, intent(in), optional :: array(:, :, :, :)
    logical(c_bool), allocatable, intent(out) :: bytes(:)
    integer(int64), intent(out) :: extents(4)
    integer, intent(out) :: error
    integer :: status

    error = METALAB_ERR_NULL
    if (.not. present(array)) return
    extents = shape(array, int64)
    allocate (bytes(size(array, kind=int64)), stat=status)
    error = merge(METALAB_OK, METALAB_ERR_MEMORY, status == 0)
    if (status == 0) call bytes_of_4(array, bytes)
  end subroutine

  recursive subroutine bytes_of_5(array, bytes)
    logical, intent(in) :: array(:, :, :, :, :)
    logical(c_bool), intent(out) :: bytes(size(array, 1), size(array, 2), size(array, 3), &
        size(array, 4), size(array, 5))

    bytes = logical(array, c_bool)
  end subroutine

  recursive subroutine logicals_5(array, bytes, extents, error)
    logical, intent(in), optional :: array(:, :, :, :, :)
    logical(c_bool), allocatable, intent(out) :: bytes(:)
    integer(int64), intent(out) :: extents(5)
    integer, intent(out) :: error
    integer :: status

    error = METALAB_ERR_NULL
    if (.not. present(array)) return
    extents = shape(array, int64)
    allocate (bytes(size(array, kind=int64)), stat=status)
    error = merge(METALAB_OK, METALAB_ERR_MEMORY, status == 0)
    if (status == 0) call bytes_of_5(array, bytes)
  end subroutine

  recursive subroutine bytes_of_6(array, bytes)
    logical, intent(in) :: array(:, :, :, :, :, :)
    logical(c_bool), intent(out) :: bytes(size(array, 1), size(array, 2), size(array, 3), &
        size(array, 4), size(array, 5), size(array, 6))

    bytes = logical(array, c_bool)
  end subroutine

  recursive subroutine logicals_6(array, bytes, extents, error)
    logical, intent(in), optional :: array(:, :, :, :, :, :)
    logical(c_bool), allocatable, intent(out) :: bytes(:)
    integer(int64), intent(out) :: extents(6)
    integer, intent(out) :: error
    integer :: status

    error = METALAB_ERR_NULL
    if (.not. present(array)) return
    extents = shape(array, int64)
    allocate (bytes(size(array, kind=int64)), stat=status)
    error = merge(METALAB_OK, METALAB_ERR_MEMORY, status == 0)
    if (status == 0) call bytes_of_6(array, bytes)
  end subroutine

  recursive subroutine bytes_of_7(array, bytes)
    logical, intent(in) :: array(:, :, :, :, :, :, :)
    logical(c_bool), intent(out) :: bytes(size(array, 1), size(array, 2), size(array, 3), &
        size(array, 4), size(array, 5), size(array, 6), size(array, 7))

    bytes = logical(array, c_bool)
  end subroutine

  recursive subroutine logicals_7(array, bytes, extents, error)
    logical, intent(in), optional :: array(:, :, :, :, :, :, :)
    logical(c_bool), allocatable, intent(out) :: bytes(:)
    integer(int64), intent(out) :: extents(7)
    integer, intent(out) :: error
    integer :: status

    error = METALAB_ERR_NULL
    if (.not. present(array)) return
    extents = shape(array, int64)
    allocate (bytes(size(array, kind=int64)), stat=status)
    error = merge(METALAB_OK, METALAB_ERR_MEMORY, status == 0)
    if (status == 0) call bytes_of_7(array, bytes)
  end subroutine

  recursive subroutine artifact_int32_1(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int32), intent(in), target :: array(:)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_int32_1(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine artifact_int32_2(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int32), intent(in), target :: array(:, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_int32_2(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine artifact_int32_3(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int32), intent(in), target :: array(:, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_int32_3(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine artifact_int32_4(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int32), intent(in), target :: array(:, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_int32_4(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine artifact_int32_5(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int32), intent(in), target :: array(:, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_int32_5(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine artifact_int32_6(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int32), intent(in), target :: array(:, :, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_int32_6(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine artifact_int32_7(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int32), intent(in), target :: array(:, :, :, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_int32_7(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine artifact_int64_1(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int64), intent(in), target :: array(:)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_int64_1(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine artifact_int64_2(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int64), intent(in), target :: array(:, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_int64_2(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine artifact_int64_3(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int64), intent(in), target :: array(:, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_int64_3(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine artifact_int64_4(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int64), intent(in), target :: array(:, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_int64_4(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine artifact_int64_5(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int64), intent(in), target :: array(:, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_int64_5(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine artifact_int64_6(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int64), intent(in), target :: array(:, :, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_int64_6(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine artifact_int64_7(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int64), intent(in), target :: array(:, :, :, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_int64_7(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine artifact_float32_1(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real32), intent(in), target :: array(:)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_float32_1(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine artifact_float32_2(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real32), intent(in), target :: array(:, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_float32_2(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine artifact_float32_3(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real32), intent(in), target :: array(:, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_float32_3(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine artifact_float32_4(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real32), intent(in), target :: array(:, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_float32_4(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine artifact_float32_5(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real32), intent(in), target :: array(:, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_float32_5(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine artifact_float32_6(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real32), intent(in), target :: array(:, :, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_float32_6(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine artifact_float32_7(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real32), intent(in), target :: array(:, :, :, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_float32_7(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine artifact_float64_1(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real64), intent(in), target :: array(:)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_float64_1(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine artifact_float64_2(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real64), intent(in), target :: array(:, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_float64_2(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine artifact_float64_3(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real64), intent(in), target :: array(:, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_float64_3(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine artifact_float64_4(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real64), intent(in), target :: array(:, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_float64_4(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine artifact_float64_5(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real64), intent(in), target :: array(:, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_float64_5(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine artifact_float64_6(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real64), intent(in), target :: array(:, :, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_float64_6(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine artifact_float64_7(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real64), intent(in), target :: array(:, :, :, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_float64_7(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine artifact_complex64_1(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    complex(real32), intent(in), target :: array(:)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_complex64_1(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine artifact_complex64_2(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    complex(real32), intent(in), target :: array(:, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_complex64_2(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine artifact_complex64_3(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    complex(real32), intent(in), target :: array(:, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_complex64_3(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine artifact_complex64_4(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    complex(real32), intent(in), target :: array(:, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_complex64_4(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine artifact_complex64_5(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    complex(real32), intent(in), target :: array(:, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_complex64_5(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine artifact_complex64_6(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    complex(real32), intent(in), target :: array(:, :, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_complex64_6(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine artifact_complex64_7(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    complex(real32), intent(in), target :: array(:, :, :, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_complex64_7(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine artifact_complex128_1(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    complex(real64), intent(in), target :: array(:)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_complex128_1(array), metadata, reverse, &
        stat, errmsg)
  end subroutine

  recursive subroutine artifact_complex128_2(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    complex(real64), intent(in), target :: array(:, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_complex128_2(array), metadata, reverse, &
        stat, errmsg)
  end subroutine

  recursive subroutine artifact_complex128_3(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    complex(real64), intent(in), target :: array(:, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_complex128_3(array), metadata, reverse, &
        stat, errmsg)
  end subroutine

  recursive subroutine artifact_complex128_4(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    complex(real64), intent(in), target :: array(:, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_complex128_4(array), metadata, reverse, &
        stat, errmsg)
  end subroutine

  recursive subroutine artifact_complex128_5(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    complex(real64), intent(in), target :: array(:, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_complex128_5(array), metadata, reverse, &
        stat, errmsg)
  end subroutine

  recursive subroutine artifact_complex128_6(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    complex(real64), intent(in), target :: array(:, :, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_complex128_6(array), metadata, reverse, &
        stat, errmsg)
  end subroutine

  recursive subroutine artifact_complex128_7(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    complex(real64), intent(in), target :: array(:, :, :, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_complex128_7(array), metadata, reverse, &
        stat, errmsg)
  end subroutine

  recursive subroutine artifact_int8_1(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int8), intent(in), target :: array(:)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_int8_1(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine artifact_int8_2(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int8), intent(in), target :: array(:, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_int8_2(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine artifact_int8_3(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int8), intent(in), target :: array(:, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_int8_3(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine artifact_int8_4(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int8), intent(in), target :: array(:, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_int8_4(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine artifact_int8_5(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int8), intent(in), target :: array(:, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_int8_5(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine artifact_int8_6(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int8), intent(in), target :: array(:, :, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_int8_6(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine artifact_int8_7(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int8), intent(in), target :: array(:, :, :, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_int8_7(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine artifact_int16_1(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int16), intent(in), target :: array(:)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_int16_1(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine artifact_int16_2(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int16), intent(in), target :: array(:, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_int16_2(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine artifact_int16_3(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int16), intent(in), target :: array(:, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_int16_3(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine artifact_int16_4(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int16), intent(in), target :: array(:, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_int16_4(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine artifact_int16_5(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int16), intent(in), target :: array(:, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_int16_5(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine artifact_int16_6(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int16), intent(in), target :: array(:, :, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_int16_6(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine artifact_int16_7(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int16), intent(in), target :: array(:, :, :, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_int16_7(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine artifact_bool_1(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    logical(c_bool), intent(in), target :: array(:)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_bool_1(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine artifact_bool_2(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    logical(c_bool), intent(in), target :: array(:, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_bool_2(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine artifact_bool_3(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    logical(c_bool), intent(in), target :: array(:, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_bool_3(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine artifact_bool_4(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    logical(c_bool), intent(in), target :: array(:, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_bool_4(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine artifact_bool_5(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    logical(c_bool), intent(in), target :: array(:, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_bool_5(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine artifact_bool_6(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    logical(c_bool), intent(in), target :: array(:, :, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_bool_6(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine artifact_bool_7(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    logical(c_bool), intent(in), target :: array(:, :, :, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, ARTIFACT, name, view_bool_7(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine artifact_logical_1(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    logical, intent(in) :: array(:)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    logical(c_bool), allocatable, target :: bytes(:)
    integer(int64) :: extents(1)
    integer :: error

    call logicals_1(array, bytes, extents, error)
    if (error /= METALAB_OK) then
      call fail_array(error, self%handle, name, stat, errmsg)
      return
    end if
    call put_array(self%handle, ARTIFACT, name, view_of_bytes(bytes, extents), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine artifact_logical_2(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    logical, intent(in) :: array(:, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    logical(c_bool), allocatable, target :: bytes(:)
    integer(int64) :: extents(2)
    integer :: error

    call logicals_2(array, bytes, extents, error)
    if (error /= METALAB_OK) then
      call fail_array(error, self%handle, name, stat, errmsg)
      return
    end if
    call put_array(self%handle, ARTIFACT, name, view_of_bytes(bytes, extents), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine artifact_logical_3(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    logical, intent(in) :: array(:, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    logical(c_bool), allocatable, target :: bytes(:)
    integer(int64) :: extents(3)
    integer :: error

    call logicals_3(array, bytes, extents, error)
    if (error /= METALAB_OK) then
      call fail_array(error, self%handle, name, stat, errmsg)
      return
    end if
    call put_array(self%handle, ARTIFACT, name, view_of_bytes(bytes, extents), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine artifact_logical_4(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    logical, intent(in) :: array(:, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    logical(c_bool), allocatable, target :: bytes(:)
    integer(int64) :: extents(4)
    integer :: error

    call logicals_4(array, bytes, extents, error)
    if (error /= METALAB_OK) then
      call fail_array(error, self%handle, name, stat, errmsg)
      return
    end if
    call put_array(self%handle, ARTIFACT, name, view_of_bytes(bytes, extents), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine artifact_logical_5(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    logical, intent(in) :: array(:, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    logical(c_bool), allocatable, target :: bytes(:)
    integer(int64) :: extents(5)
    integer :: error

    call logicals_5(array, bytes, extents, error)
    if (error /= METALAB_OK) then
      call fail_array(error, self%handle, name, stat, errmsg)
      return
    end if
    call put_array(self%handle, ARTIFACT, name, view_of_bytes(bytes, extents), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine artifact_logical_6(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    logical, intent(in) :: array(:, :, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    logical(c_bool), allocatable, target :: bytes(:)
    integer(int64) :: extents(6)
    integer :: error

    call logicals_6(array, bytes, extents, error)
    if (error /= METALAB_OK) then
      call fail_array(error, self%handle, name, stat, errmsg)
      return
    end if
    call put_array(self%handle, ARTIFACT, name, view_of_bytes(bytes, extents), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine artifact_logical_7(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    logical, intent(in) :: array(:, :, :, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    logical(c_bool), allocatable, target :: bytes(:)
    integer(int64) :: extents(7)
    integer :: error

    call logicals_7(array, bytes, extents, error)
    if (error /= METALAB_OK) then
      call fail_array(error, self%handle, name, stat, errmsg)
      return
    end if
    call put_array(self%handle, ARTIFACT, name, view_of_bytes(bytes, extents), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine artifact_text_1(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    character(len=*), intent(in) :: array(:)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    character(kind=c_char), allocatable, target :: bytes(:)
    integer(int64) :: count
    integer :: status

    count = size(array, kind=int64)
    allocate (bytes(count * len(array)), stat=status)
    if (status /= 0) then
      call fail_memory(self%handle, stat, errmsg)
      return
    end if
    call bytes_of_texts(array, count, bytes)
    call put_array(self%handle, ARTIFACT, name, view_of_texts(bytes, len(array), shape(array, int64)), &
        metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine artifact_text_2(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    character(len=*), intent(in) :: array(:, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    character(kind=c_char), allocatable, target :: bytes(:)
    integer(int64) :: count
    integer :: status

    count = size(array, kind=int64)
    allocate (bytes(count * len(array)), stat=status)
    if (status /= 0) then
      call fail_memory(self%handle, stat, errmsg)
      return
    end if
    call bytes_of_texts(array, count, bytes)
    call put_array(self%handle, ARTIFACT, name, view_of_texts(bytes, len(array), shape(array, int64)), &
        metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine artifact_text_3(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    character(len=*), intent(in) :: array(:, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    character(kind=c_char), allocatable, target :: bytes(:)
    integer(int64) :: count
    integer :: status

    count = size(array, kind=int64)
    allocate (bytes(count * len(array)), stat=status)
    if (status /= 0) then
      call fail_memory(self%handle, stat, errmsg)
      return
    end if
    call bytes_of_texts(array, count, bytes)
    call put_array(self%handle, ARTIFACT, name, view_of_texts(bytes, len(array), shape(array, int64)), &
        metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine artifact_text_4(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    character(len=*), intent(in) :: array(:, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    character(kind=c_char), allocatable, target :: bytes(:)
    integer(int64) :: count
    integer :: status

    count = size(array, kind=int64)
    allocate (bytes(count * len(array)), stat=status)
    if (status /= 0) then
      call fail_memory(self%handle, stat, errmsg)
      return
    end if
    call bytes_of_texts(array, count, bytes)
    call put_array(self%handle, ARTIFACT, name, view_of_texts(bytes, len(array), shape(array, int64)), &
        metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine artifact_text_5(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    character(len=*), intent(in) :: array(:, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    character(kind=c_char), allocatable, target :: bytes(:)
    integer(int64) :: count
    integer :: status

    count = size(array, kind=int64)
    allocate (bytes(count * len(array)), stat=status)
    if (status /= 0) then
      call fail_memory(self%handle, stat, errmsg)
      return
    end if
    call bytes_of_texts(array, count, bytes)
    call put_array(self%handle, ARTIFACT, name, view_of_texts(bytes, len(array), shape(array, int64)), &
        metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine artifact_text_6(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    character(len=*), intent(in) :: array(:, :, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    character(kind=c_char), allocatable, target :: bytes(:)
    integer(int64) :: count
    integer :: status

    count = size(array, kind=int64)
    allocate (bytes(count * len(array)), stat=status)
    if (status /= 0) then
      call fail_memory(self%handle, stat, errmsg)
      return
    end if
    call bytes_of_texts(array, count, bytes)
    call put_array(self%handle, ARTIFACT, name, view_of_texts(bytes, len(array), shape(array, int64)), &
        metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine artifact_text_7(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    character(len=*), intent(in) :: array(:, :, :, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    character(kind=c_char), allocatable, target :: bytes(:)
    integer(int64) :: count
    integer :: status

    count = size(array, kind=int64)
    allocate (bytes(count * len(array)), stat=status)
    if (status /= 0) then
      call fail_memory(self%handle, stat, errmsg)
      return
    end if
    call bytes_of_texts(array, count, bytes)
    call put_array(self%handle, ARTIFACT, name, view_of_texts(bytes, len(array), shape(array, int64)), &
        metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine artifact_text_0(self, name, text, metadata, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    character(len=*), intent(in) :: text
    character(len=*), intent(in), optional :: metadata
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    character(kind=c_char), allocatable, target :: bytes(:)
    integer(int64) :: none(0)
    integer :: length, i

    length = max(1, len_trim(text))
    allocate (bytes(length))
    bytes = c_null_char
    do i = 1, len_trim(text)
      bytes(i) = text(i:i)
    end do
    call put_array(self%handle, ARTIFACT, name, view_of_texts(bytes, length, none), metadata, stat=stat, &
        errmsg=errmsg)
  end subroutine

  recursive subroutine data_int32_1(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int32), intent(in), target :: array(:)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_int32_1(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_int32_2(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int32), intent(in), target :: array(:, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_int32_2(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_int32_3(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int32), intent(in), target :: array(:, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_int32_3(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_int32_4(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int32), intent(in), target :: array(:, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_int32_4(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_int32_5(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int32), intent(in), target :: array(:, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_int32_5(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_int32_6(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int32), intent(in), target :: array(:, :, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_int32_6(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_int32_7(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int32), intent(in), target :: array(:, :, :, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_int32_7(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_int64_1(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int64), intent(in), target :: array(:)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_int64_1(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_int64_2(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int64), intent(in), target :: array(:, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_int64_2(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_int64_3(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int64), intent(in), target :: array(:, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_int64_3(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_int64_4(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int64), intent(in), target :: array(:, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_int64_4(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_int64_5(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int64), intent(in), target :: array(:, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_int64_5(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_int64_6(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int64), intent(in), target :: array(:, :, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_int64_6(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_int64_7(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int64), intent(in), target :: array(:, :, :, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_int64_7(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_float32_1(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real32), intent(in), target :: array(:)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_float32_1(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_float32_2(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real32), intent(in), target :: array(:, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_float32_2(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_float32_3(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real32), intent(in), target :: array(:, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_float32_3(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_float32_4(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real32), intent(in), target :: array(:, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_float32_4(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_float32_5(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real32), intent(in), target :: array(:, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_float32_5(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_float32_6(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real32), intent(in), target :: array(:, :, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_float32_6(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_float32_7(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real32), intent(in), target :: array(:, :, :, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_float32_7(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_float64_1(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real64), intent(in), target :: array(:)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_float64_1(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_float64_2(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real64), intent(in), target :: array(:, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_float64_2(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_float64_3(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real64), intent(in), target :: array(:, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_float64_3(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_float64_4(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real64), intent(in), target :: array(:, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_float64_4(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_float64_5(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real64), intent(in), target :: array(:, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_float64_5(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_float64_6(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real64), intent(in), target :: array(:, :, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_float64_6(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_float64_7(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real64), intent(in), target :: array(:, :, :, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_float64_7(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_complex64_1(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    complex(real32), intent(in), target :: array(:)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_complex64_1(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine data_complex64_2(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    complex(real32), intent(in), target :: array(:, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_complex64_2(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine data_complex64_3(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    complex(real32), intent(in), target :: array(:, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_complex64_3(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine data_complex64_4(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    complex(real32), intent(in), target :: array(:, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_complex64_4(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine data_complex64_5(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    complex(real32), intent(in), target :: array(:, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_complex64_5(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine data_complex64_6(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    complex(real32), intent(in), target :: array(:, :, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_complex64_6(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine data_complex64_7(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    complex(real32), intent(in), target :: array(:, :, :, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_complex64_7(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine data_complex128_1(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    complex(real64), intent(in), target :: array(:)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_complex128_1(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine data_complex128_2(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    complex(real64), intent(in), target :: array(:, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_complex128_2(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine data_complex128_3(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    complex(real64), intent(in), target :: array(:, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_complex128_3(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine data_complex128_4(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    complex(real64), intent(in), target :: array(:, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_complex128_4(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine data_complex128_5(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    complex(real64), intent(in), target :: array(:, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_complex128_5(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine data_complex128_6(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    complex(real64), intent(in), target :: array(:, :, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_complex128_6(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine data_complex128_7(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    complex(real64), intent(in), target :: array(:, :, :, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_complex128_7(array), metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine data_int8_1(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int8), intent(in), target :: array(:)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_int8_1(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_int8_2(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int8), intent(in), target :: array(:, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_int8_2(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_int8_3(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int8), intent(in), target :: array(:, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_int8_3(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_int8_4(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int8), intent(in), target :: array(:, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_int8_4(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_int8_5(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int8), intent(in), target :: array(:, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_int8_5(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_int8_6(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int8), intent(in), target :: array(:, :, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_int8_6(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_int8_7(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int8), intent(in), target :: array(:, :, :, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_int8_7(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_int16_1(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int16), intent(in), target :: array(:)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_int16_1(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_int16_2(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int16), intent(in), target :: array(:, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_int16_2(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_int16_3(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int16), intent(in), target :: array(:, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_int16_3(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_int16_4(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int16), intent(in), target :: array(:, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_int16_4(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_int16_5(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int16), intent(in), target :: array(:, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_int16_5(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_int16_6(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int16), intent(in), target :: array(:, :, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_int16_6(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_int16_7(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int16), intent(in), target :: array(:, :, :, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_int16_7(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_bool_1(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    logical(c_bool), intent(in), target :: array(:)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_bool_1(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_bool_2(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    logical(c_bool), intent(in), target :: array(:, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_bool_2(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_bool_3(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    logical(c_bool), intent(in), target :: array(:, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_bool_3(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_bool_4(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    logical(c_bool), intent(in), target :: array(:, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_bool_4(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_bool_5(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    logical(c_bool), intent(in), target :: array(:, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_bool_5(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_bool_6(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    logical(c_bool), intent(in), target :: array(:, :, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_bool_6(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_bool_7(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    logical(c_bool), intent(in), target :: array(:, :, :, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_array(self%handle, DATA, name, view_bool_7(array), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_logical_1(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    logical, intent(in) :: array(:)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    logical(c_bool), allocatable, target :: bytes(:)
    integer(int64) :: extents(1)
    integer :: error

    call logicals_1(array, bytes, extents, error)
    if (error /= METALAB_OK) then
      call fail_array(error, self%handle, name, stat, errmsg)
      return
    end if
    call put_array(self%handle, DATA, name, view_of_bytes(bytes, extents), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_logical_2(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    logical, intent(in) :: array(:, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    logical(c_bool), allocatable, target :: bytes(:)
    integer(int64) :: extents(2)
    integer :: error

    call logicals_2(array, bytes, extents, error)
    if (error /= METALAB_OK) then
      call fail_array(error, self%handle, name, stat, errmsg)
      return
    end if
    call put_array(self%handle, DATA, name, view_of_bytes(bytes, extents), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_logical_3(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    logical, intent(in) :: array(:, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    logical(c_bool), allocatable, target :: bytes(:)
    integer(int64) :: extents(3)
    integer :: error

    call logicals_3(array, bytes, extents, error)
    if (error /= METALAB_OK) then
      call fail_array(error, self%handle, name, stat, errmsg)
      return
    end if
    call put_array(self%handle, DATA, name, view_of_bytes(bytes, extents), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_logical_4(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    logical, intent(in) :: array(:, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    logical(c_bool), allocatable, target :: bytes(:)
    integer(int64) :: extents(4)
    integer :: error

    call logicals_4(array, bytes, extents, error)
    if (error /= METALAB_OK) then
      call fail_array(error, self%handle, name, stat, errmsg)
      return
    end if
    call put_array(self%handle, DATA, name, view_of_bytes(bytes, extents), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_logical_5(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    logical, intent(in) :: array(:, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    logical(c_bool), allocatable, target :: bytes(:)
    integer(int64) :: extents(5)
    integer :: error

    call logicals_5(array, bytes, extents, error)
    if (error /= METALAB_OK) then
      call fail_array(error, self%handle, name, stat, errmsg)
      return
    end if
    call put_array(self%handle, DATA, name, view_of_bytes(bytes, extents), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_logical_6(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    logical, intent(in) :: array(:, :, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    logical(c_bool), allocatable, target :: bytes(:)
    integer(int64) :: extents(6)
    integer :: error

    call logicals_6(array, bytes, extents, error)
    if (error /= METALAB_OK) then
      call fail_array(error, self%handle, name, stat, errmsg)
      return
    end if
    call put_array(self%handle, DATA, name, view_of_bytes(bytes, extents), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_logical_7(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    logical, intent(in) :: array(:, :, :, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    logical(c_bool), allocatable, target :: bytes(:)
    integer(int64) :: extents(7)
    integer :: error

    call logicals_7(array, bytes, extents, error)
    if (error /= METALAB_OK) then
      call fail_array(error, self%handle, name, stat, errmsg)
      return
    end if
    call put_array(self%handle, DATA, name, view_of_bytes(bytes, extents), metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_text_1(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    character(len=*), intent(in) :: array(:)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    character(kind=c_char), allocatable, target :: bytes(:)
    integer(int64) :: count
    integer :: status

    count = size(array, kind=int64)
    allocate (bytes(count * len(array)), stat=status)
    if (status /= 0) then
      call fail_memory(self%handle, stat, errmsg)
      return
    end if
    call bytes_of_texts(array, count, bytes)
    call put_array(self%handle, DATA, name, view_of_texts(bytes, len(array), shape(array, int64)), &
        metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_text_2(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    character(len=*), intent(in) :: array(:, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    character(kind=c_char), allocatable, target :: bytes(:)
    integer(int64) :: count
    integer :: status

    count = size(array, kind=int64)
    allocate (bytes(count * len(array)), stat=status)
    if (status /= 0) then
      call fail_memory(self%handle, stat, errmsg)
      return
    end if
    call bytes_of_texts(array, count, bytes)
    call put_array(self%handle, DATA, name, view_of_texts(bytes, len(array), shape(array, int64)), &
        metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_text_3(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    character(len=*), intent(in) :: array(:, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    character(kind=c_char), allocatable, target :: bytes(:)
    integer(int64) :: count
    integer :: status

    count = size(array, kind=int64)
    allocate (bytes(count * len(array)), stat=status)
    if (status /= 0) then
      call fail_memory(self%handle, stat, errmsg)
      return
    end if
    call bytes_of_texts(array, count, bytes)
    call put_array(self%handle, DATA, name, view_of_texts(bytes, len(array), shape(array, int64)), &
        metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_text_4(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    character(len=*), intent(in) :: array(:, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    character(kind=c_char), allocatable, target :: bytes(:)
    integer(int64) :: count
    integer :: status

    count = size(array, kind=int64)
    allocate (bytes(count * len(array)), stat=status)
    if (status /= 0) then
      call fail_memory(self%handle, stat, errmsg)
      return
    end if
    call bytes_of_texts(array, count, bytes)
    call put_array(self%handle, DATA, name, view_of_texts(bytes, len(array), shape(array, int64)), &
        metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_text_5(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    character(len=*), intent(in) :: array(:, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    character(kind=c_char), allocatable, target :: bytes(:)
    integer(int64) :: count
    integer :: status

    count = size(array, kind=int64)
    allocate (bytes(count * len(array)), stat=status)
    if (status /= 0) then
      call fail_memory(self%handle, stat, errmsg)
      return
    end if
    call bytes_of_texts(array, count, bytes)
    call put_array(self%handle, DATA, name, view_of_texts(bytes, len(array), shape(array, int64)), &
        metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_text_6(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    character(len=*), intent(in) :: array(:, :, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    character(kind=c_char), allocatable, target :: bytes(:)
    integer(int64) :: count
    integer :: status

    count = size(array, kind=int64)
    allocate (bytes(count * len(array)), stat=status)
    if (status /= 0) then
      call fail_memory(self%handle, stat, errmsg)
      return
    end if
    call bytes_of_texts(array, count, bytes)
    call put_array(self%handle, DATA, name, view_of_texts(bytes, len(array), shape(array, int64)), &
        metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_text_7(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    character(len=*), intent(in) :: array(:, :, :, :, :, :, :)
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    character(kind=c_char), allocatable, target :: bytes(:)
    integer(int64) :: count
    integer :: status

    count = size(array, kind=int64)
    allocate (bytes(count * len(array)), stat=status)
    if (status /= 0) then
      call fail_memory(self%handle, stat, errmsg)
      return
    end if
    call bytes_of_texts(array, count, bytes)
    call put_array(self%handle, DATA, name, view_of_texts(bytes, len(array), shape(array, int64)), &
        metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine data_text_0(self, name, text, metadata, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    character(len=*), intent(in) :: text
    character(len=*), intent(in), optional :: metadata
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    character(kind=c_char), allocatable, target :: bytes(:)
    integer(int64) :: none(0)
    integer :: length, i

    length = max(1, len_trim(text))
    allocate (bytes(length))
    bytes = c_null_char
    do i = 1, len_trim(text)
      bytes(i) = text(i:i)
    end do
    call put_array(self%handle, DATA, name, view_of_texts(bytes, length, none), metadata, stat=stat, &
        errmsg=errmsg)
  end subroutine

  recursive subroutine add_int32_1(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    integer(int32), pointer, intent(in) :: array(:)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_int32_1(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_int32_2(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    integer(int32), pointer, intent(in) :: array(:, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_int32_2(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_int32_3(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    integer(int32), pointer, intent(in) :: array(:, :, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_int32_3(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_int32_4(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    integer(int32), pointer, intent(in) :: array(:, :, :, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_int32_4(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_int32_5(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    integer(int32), pointer, intent(in) :: array(:, :, :, :, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_int32_5(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_int32_6(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    integer(int32), pointer, intent(in) :: array(:, :, :, :, :, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_int32_6(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_int32_7(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    integer(int32), pointer, intent(in) :: array(:, :, :, :, :, :, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_int32_7(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_int64_1(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    integer(int64), pointer, intent(in) :: array(:)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_int64_1(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_int64_2(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    integer(int64), pointer, intent(in) :: array(:, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_int64_2(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_int64_3(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    integer(int64), pointer, intent(in) :: array(:, :, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_int64_3(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_int64_4(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    integer(int64), pointer, intent(in) :: array(:, :, :, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_int64_4(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_int64_5(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    integer(int64), pointer, intent(in) :: array(:, :, :, :, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_int64_5(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_int64_6(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    integer(int64), pointer, intent(in) :: array(:, :, :, :, :, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_int64_6(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_int64_7(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    integer(int64), pointer, intent(in) :: array(:, :, :, :, :, :, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_int64_7(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_float32_1(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    real(real32), pointer, intent(in) :: array(:)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_float32_1(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_float32_2(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    real(real32), pointer, intent(in) :: array(:, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_float32_2(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_float32_3(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    real(real32), pointer, intent(in) :: array(:, :, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_float32_3(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_float32_4(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    real(real32), pointer, intent(in) :: array(:, :, :, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_float32_4(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_float32_5(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    real(real32), pointer, intent(in) :: array(:, :, :, :, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_float32_5(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_float32_6(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    real(real32), pointer, intent(in) :: array(:, :, :, :, :, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_float32_6(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_float32_7(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    real(real32), pointer, intent(in) :: array(:, :, :, :, :, :, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_float32_7(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_float64_1(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    real(real64), pointer, intent(in) :: array(:)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_float64_1(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_float64_2(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    real(real64), pointer, intent(in) :: array(:, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_float64_2(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_float64_3(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    real(real64), pointer, intent(in) :: array(:, :, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_float64_3(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_float64_4(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    real(real64), pointer, intent(in) :: array(:, :, :, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_float64_4(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_float64_5(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    real(real64), pointer, intent(in) :: array(:, :, :, :, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_float64_5(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_float64_6(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    real(real64), pointer, intent(in) :: array(:, :, :, :, :, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_float64_6(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_float64_7(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    real(real64), pointer, intent(in) :: array(:, :, :, :, :, :, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_float64_7(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_complex64_1(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    complex(real32), pointer, intent(in) :: array(:)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_complex64_1(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_complex64_2(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    complex(real32), pointer, intent(in) :: array(:, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_complex64_2(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_complex64_3(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    complex(real32), pointer, intent(in) :: array(:, :, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_complex64_3(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_complex64_4(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    complex(real32), pointer, intent(in) :: array(:, :, :, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_complex64_4(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_complex64_5(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    complex(real32), pointer, intent(in) :: array(:, :, :, :, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_complex64_5(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_complex64_6(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    complex(real32), pointer, intent(in) :: array(:, :, :, :, :, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_complex64_6(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_complex64_7(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    complex(real32), pointer, intent(in) :: array(:, :, :, :, :, :, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_complex64_7(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_complex128_1(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    complex(real64), pointer, intent(in) :: array(:)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_complex128_1(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_complex128_2(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    complex(real64), pointer, intent(in) :: array(:, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_complex128_2(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_complex128_3(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    complex(real64), pointer, intent(in) :: array(:, :, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_complex128_3(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_complex128_4(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    complex(real64), pointer, intent(in) :: array(:, :, :, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_complex128_4(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_complex128_5(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    complex(real64), pointer, intent(in) :: array(:, :, :, :, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_complex128_5(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_complex128_6(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    complex(real64), pointer, intent(in) :: array(:, :, :, :, :, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_complex128_6(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_complex128_7(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    complex(real64), pointer, intent(in) :: array(:, :, :, :, :, :, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_complex128_7(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_int8_1(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    integer(int8), pointer, intent(in) :: array(:)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_int8_1(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_int8_2(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    integer(int8), pointer, intent(in) :: array(:, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_int8_2(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_int8_3(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    integer(int8), pointer, intent(in) :: array(:, :, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_int8_3(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_int8_4(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    integer(int8), pointer, intent(in) :: array(:, :, :, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_int8_4(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_int8_5(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    integer(int8), pointer, intent(in) :: array(:, :, :, :, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_int8_5(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_int8_6(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    integer(int8), pointer, intent(in) :: array(:, :, :, :, :, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_int8_6(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_int8_7(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    integer(int8), pointer, intent(in) :: array(:, :, :, :, :, :, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_int8_7(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_int16_1(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    integer(int16), pointer, intent(in) :: array(:)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_int16_1(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_int16_2(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    integer(int16), pointer, intent(in) :: array(:, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_int16_2(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_int16_3(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    integer(int16), pointer, intent(in) :: array(:, :, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_int16_3(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_int16_4(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    integer(int16), pointer, intent(in) :: array(:, :, :, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_int16_4(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_int16_5(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    integer(int16), pointer, intent(in) :: array(:, :, :, :, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_int16_5(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_int16_6(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    integer(int16), pointer, intent(in) :: array(:, :, :, :, :, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_int16_6(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_int16_7(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    integer(int16), pointer, intent(in) :: array(:, :, :, :, :, :, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_int16_7(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_bool_1(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    logical(c_bool), pointer, intent(in) :: array(:)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_bool_1(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_bool_2(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    logical(c_bool), pointer, intent(in) :: array(:, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_bool_2(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_bool_3(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    logical(c_bool), pointer, intent(in) :: array(:, :, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_bool_3(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_bool_4(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    logical(c_bool), pointer, intent(in) :: array(:, :, :, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_bool_4(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_bool_5(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    logical(c_bool), pointer, intent(in) :: array(:, :, :, :, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_bool_5(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_bool_6(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    logical(c_bool), pointer, intent(in) :: array(:, :, :, :, :, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_bool_6(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_bool_7(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    logical(c_bool), pointer, intent(in) :: array(:, :, :, :, :, :, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_bool_7(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_logical_1(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    logical, intent(in) :: array(:)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    logical(c_bool), allocatable :: bytes(:)
    integer(int64) :: extents(1)
    integer :: error

    call logicals_1(array, bytes, extents, error)
    if (error /= METALAB_OK) then
      call fail_array(error, c_null_ptr, name, stat, errmsg)
      return
    end if
    call add_bytes(self, name, bytes, extents, reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_logical_2(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    logical, intent(in) :: array(:, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    logical(c_bool), allocatable :: bytes(:)
    integer(int64) :: extents(2)
    integer :: error

    call logicals_2(array, bytes, extents, error)
    if (error /= METALAB_OK) then
      call fail_array(error, c_null_ptr, name, stat, errmsg)
      return
    end if
    call add_bytes(self, name, bytes, extents, reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_logical_3(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    logical, intent(in) :: array(:, :, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    logical(c_bool), allocatable :: bytes(:)
    integer(int64) :: extents(3)
    integer :: error

    call logicals_3(array, bytes, extents, error)
    if (error /= METALAB_OK) then
      call fail_array(error, c_null_ptr, name, stat, errmsg)
      return
    end if
    call add_bytes(self, name, bytes, extents, reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_logical_4(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    logical, intent(in) :: array(:, :, :, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    logical(c_bool), allocatable :: bytes(:)
    integer(int64) :: extents(4)
    integer :: error

    call logicals_4(array, bytes, extents, error)
    if (error /= METALAB_OK) then
      call fail_array(error, c_null_ptr, name, stat, errmsg)
      return
    end if
    call add_bytes(self, name, bytes, extents, reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_logical_5(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    logical, intent(in) :: array(:, :, :, :, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    logical(c_bool), allocatable :: bytes(:)
    integer(int64) :: extents(5)
    integer :: error

    call logicals_5(array, bytes, extents, error)
    if (error /= METALAB_OK) then
      call fail_array(error, c_null_ptr, name, stat, errmsg)
      return
    end if
    call add_bytes(self, name, bytes, extents, reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_logical_6(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    logical, intent(in) :: array(:, :, :, :, :, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    logical(c_bool), allocatable :: bytes(:)
    integer(int64) :: extents(6)
    integer :: error

    call logicals_6(array, bytes, extents, error)
    if (error /= METALAB_OK) then
      call fail_array(error, c_null_ptr, name, stat, errmsg)
      return
    end if
    call add_bytes(self, name, bytes, extents, reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine add_logical_7(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    logical, intent(in) :: array(:, :, :, :, :, :, :)
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    logical(c_bool), allocatable :: bytes(:)
    integer(int64) :: extents(7)
    integer :: error

    call logicals_7(array, bytes, extents, error)
    if (error /= METALAB_OK) then
      call fail_array(error, c_null_ptr, name, stat, errmsg)
      return
    end if
    call add_bytes(self, name, bytes, extents, reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine

  recursive subroutine map_int32_1_int64(self, name, array, extents, mapping, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int32), pointer, contiguous, intent(out) :: array(:)
    integer(int64), intent(in) :: extents(:)
    type(metalab_mapping), intent(inout) :: mapping
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_ptr) :: data

    call map_memory(self%handle, name, METALAB_DTYPE_INT32, 4, 1, extents, mapping, data, metadata, reverse, &
        stat, errmsg)
    nullify (array)
    if (c_associated(data)) call c_f_pointer(data, array, extents)
  end subroutine

  recursive subroutine map_int32_1_int32(self, name, array, extents, mapping, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int32), pointer, contiguous, intent(out) :: array(:)
    integer(int32), intent(in) :: extents(:)
    type(metalab_mapping), intent(inout) :: mapping
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call map_int32_1_int64(self, name, array, int(extents, int64), mapping, metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine map_int32_2_int64(self, name, array, extents, mapping, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int32), pointer, contiguous, intent(out) :: array(:, :)
    integer(int64), intent(in) :: extents(:)
    type(metalab_mapping), intent(inout) :: mapping
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_ptr) :: data

    call map_memory(self%handle, name, METALAB_DTYPE_INT32, 4, 2, extents, mapping, data, metadata, reverse, &
        stat, errmsg)
    nullify (array)
    if (c_associated(data)) call c_f_pointer(data, array, extents)
  end subroutine

  recursive subroutine map_int32_2_int32(self, name, array, extents, mapping, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int32), pointer, contiguous, intent(out) :: array(:, :)
    integer(int32), intent(in) :: extents(:)
    type(metalab_mapping), intent(inout) :: mapping
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call map_int32_2_int64(self, name, array, int(extents, int64), mapping, metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine map_int32_3_int64(self, name, array, extents, mapping, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int32), pointer, contiguous, intent(out) :: array(:, :, :)
    integer(int64), intent(in) :: extents(:)
    type(metalab_mapping), intent(inout) :: mapping
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_ptr) :: data

    call map_memory(self%handle, name, METALAB_DTYPE_INT32, 4, 3, extents, mapping, data, metadata, reverse, &
        stat, errmsg)
    nullify (array)
    if (c_associated(data)) call c_f_pointer(data, array, extents)
  end subroutine

  recursive subroutine map_int32_3_int32(self, name, array, extents, mapping, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int32), pointer, contiguous, intent(out) :: array(:, :, :)
    integer(int32), intent(in) :: extents(:)
    type(metalab_mapping), intent(inout) :: mapping
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call map_int32_3_int64(self, name, array, int(extents, int64), mapping, metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine map_int32_4_int64(self, name, array, extents, mapping, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int32), pointer, contiguous, intent(out) :: array(:, :, :, :)
    integer(int64), intent(in) :: extents(:)
    type(metalab_mapping), intent(inout) :: mapping
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_ptr) :: data

    call map_memory(self%handle, name, METALAB_DTYPE_INT32, 4, 4, extents, mapping, data, metadata, reverse, &
        stat, errmsg)
    nullify (array)
    if (c_associated(data)) call c_f_pointer(data, array, extents)
  end subroutine

  recursive subroutine map_int32_4_int32(self, name, array, extents, mapping, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int32), pointer, contiguous, intent(out) :: array(:, :, :, :)
    integer(int32), intent(in) :: extents(:)
    type(metalab_mapping), intent(inout) :: mapping
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call map_int32_4_int64(self, name, array, int(extents, int64), mapping, metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine map_int64_1_int64(self, name, array, extents, mapping, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int64), pointer, contiguous, intent(out) :: array(:)
    integer(int64), intent(in) :: extents(:)
    type(metalab_mapping), intent(inout) :: mapping
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_ptr) :: data

    call map_memory(self%handle, name, METALAB_DTYPE_INT64, 8, 1, extents, mapping, data, metadata, reverse, &
        stat, errmsg)
    nullify (array)
    if (c_associated(data)) call c_f_pointer(data, array, extents)
  end subroutine

  recursive subroutine map_int64_1_int32(self, name, array, extents, mapping, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int64), pointer, contiguous, intent(out) :: array(:)
    integer(int32), intent(in) :: extents(:)
    type(metalab_mapping), intent(inout) :: mapping
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call map_int64_1_int64(self, name, array, int(extents, int64), mapping, metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine map_int64_2_int64(self, name, array, extents, mapping, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int64), pointer, contiguous, intent(out) :: array(:, :)
    integer(int64), intent(in) :: extents(:)
    type(metalab_mapping), intent(inout) :: mapping
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_ptr) :: data

    call map_memory(self%handle, name, METALAB_DTYPE_INT64, 8, 2, extents, mapping, data, metadata, reverse, &
        stat, errmsg)
    nullify (array)
    if (c_associated(data)) call c_f_pointer(data, array, extents)
  end subroutine

  recursive subroutine map_int64_2_int32(self, name, array, extents, mapping, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int64), pointer, contiguous, intent(out) :: array(:, :)
    integer(int32), intent(in) :: extents(:)
    type(metalab_mapping), intent(inout) :: mapping
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call map_int64_2_int64(self, name, array, int(extents, int64), mapping, metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine map_int64_3_int64(self, name, array, extents, mapping, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int64), pointer, contiguous, intent(out) :: array(:, :, :)
    integer(int64), intent(in) :: extents(:)
    type(metalab_mapping), intent(inout) :: mapping
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_ptr) :: data

    call map_memory(self%handle, name, METALAB_DTYPE_INT64, 8, 3, extents, mapping, data, metadata, reverse, &
        stat, errmsg)
    nullify (array)
    if (c_associated(data)) call c_f_pointer(data, array, extents)
  end subroutine

  recursive subroutine map_int64_3_int32(self, name, array, extents, mapping, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int64), pointer, contiguous, intent(out) :: array(:, :, :)
    integer(int32), intent(in) :: extents(:)
    type(metalab_mapping), intent(inout) :: mapping
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call map_int64_3_int64(self, name, array, int(extents, int64), mapping, metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine map_int64_4_int64(self, name, array, extents, mapping, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int64), pointer, contiguous, intent(out) :: array(:, :, :, :)
    integer(int64), intent(in) :: extents(:)
    type(metalab_mapping), intent(inout) :: mapping
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_ptr) :: data

    call map_memory(self%handle, name, METALAB_DTYPE_INT64, 8, 4, extents, mapping, data, metadata, reverse, &
        stat, errmsg)
    nullify (array)
    if (c_associated(data)) call c_f_pointer(data, array, extents)
  end subroutine

  recursive subroutine map_int64_4_int32(self, name, array, extents, mapping, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int64), pointer, contiguous, intent(out) :: array(:, :, :, :)
    integer(int32), intent(in) :: extents(:)
    type(metalab_mapping), intent(inout) :: mapping
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call map_int64_4_int64(self, name, array, int(extents, int64), mapping, metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine map_float32_1_int64(self, name, array, extents, mapping, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real32), pointer, contiguous, intent(out) :: array(:)
    integer(int64), intent(in) :: extents(:)
    type(metalab_mapping), intent(inout) :: mapping
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_ptr) :: data

    call map_memory(self%handle, name, METALAB_DTYPE_FLOAT32, 4, 1, extents, mapping, data, metadata, reverse, &
        stat, errmsg)
    nullify (array)
    if (c_associated(data)) call c_f_pointer(data, array, extents)
  end subroutine

  recursive subroutine map_float32_1_int32(self, name, array, extents, mapping, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real32), pointer, contiguous, intent(out) :: array(:)
    integer(int32), intent(in) :: extents(:)
    type(metalab_mapping), intent(inout) :: mapping
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call map_float32_1_int64(self, name, array, int(extents, int64), mapping, metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine map_float32_2_int64(self, name, array, extents, mapping, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real32), pointer, contiguous, intent(out) :: array(:, :)
    integer(int64), intent(in) :: extents(:)
    type(metalab_mapping), intent(inout) :: mapping
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_ptr) :: data

    call map_memory(self%handle, name, METALAB_DTYPE_FLOAT32, 4, 2, extents, mapping, data, metadata, reverse, &
        stat, errmsg)
    nullify (array)
    if (c_associated(data)) call c_f_pointer(data, array, extents)
  end subroutine

  recursive subroutine map_float32_2_int32(self, name, array, extents, mapping, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real32), pointer, contiguous, intent(out) :: array(:, :)
    integer(int32), intent(in) :: extents(:)
    type(metalab_mapping), intent(inout) :: mapping
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call map_float32_2_int64(self, name, array, int(extents, int64), mapping, metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine map_float32_3_int64(self, name, array, extents, mapping, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real32), pointer, contiguous, intent(out) :: array(:, :, :)
    integer(int64), intent(in) :: extents(:)
    type(metalab_mapping), intent(inout) :: mapping
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_ptr) :: data

    call map_memory(self%handle, name, METALAB_DTYPE_FLOAT32, 4, 3, extents, mapping, data, metadata, reverse, &
        stat, errmsg)
    nullify (array)
    if (c_associated(data)) call c_f_pointer(data, array, extents)
  end subroutine

  recursive subroutine map_float32_3_int32(self, name, array, extents, mapping, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real32), pointer, contiguous, intent(out) :: array(:, :, :)
    integer(int32), intent(in) :: extents(:)
    type(metalab_mapping), intent(inout) :: mapping
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call map_float32_3_int64(self, name, array, int(extents, int64), mapping, metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine map_float32_4_int64(self, name, array, extents, mapping, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real32), pointer, contiguous, intent(out) :: array(:, :, :, :)
    integer(int64), intent(in) :: extents(:)
    type(metalab_mapping), intent(inout) :: mapping
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_ptr) :: data

    call map_memory(self%handle, name, METALAB_DTYPE_FLOAT32, 4, 4, extents, mapping, data, metadata, reverse, &
        stat, errmsg)
    nullify (array)
    if (c_associated(data)) call c_f_pointer(data, array, extents)
  end subroutine

  recursive subroutine map_float32_4_int32(self, name, array, extents, mapping, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real32), pointer, contiguous, intent(out) :: array(:, :, :, :)
    integer(int32), intent(in) :: extents(:)
    type(metalab_mapping), intent(inout) :: mapping
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call map_float32_4_int64(self, name, array, int(extents, int64), mapping, metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine map_float64_1_int64(self, name, array, extents, mapping, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real64), pointer, contiguous, intent(out) :: array(:)
    integer(int64), intent(in) :: extents(:)
    type(metalab_mapping), intent(inout) :: mapping
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_ptr) :: data

    call map_memory(self%handle, name, METALAB_DTYPE_FLOAT64, 8, 1, extents, mapping, data, metadata, reverse, &
        stat, errmsg)
    nullify (array)
    if (c_associated(data)) call c_f_pointer(data, array, extents)
  end subroutine

  recursive subroutine map_float64_1_int32(self, name, array, extents, mapping, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real64), pointer, contiguous, intent(out) :: array(:)
    integer(int32), intent(in) :: extents(:)
    type(metalab_mapping), intent(inout) :: mapping
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call map_float64_1_int64(self, name, array, int(extents, int64), mapping, metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine map_float64_2_int64(self, name, array, extents, mapping, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real64), pointer, contiguous, intent(out) :: array(:, :)
    integer(int64), intent(in) :: extents(:)
    type(metalab_mapping), intent(inout) :: mapping
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_ptr) :: data

    call map_memory(self%handle, name, METALAB_DTYPE_FLOAT64, 8, 2, extents, mapping, data, metadata, reverse, &
        stat, errmsg)
    nullify (array)
    if (c_associated(data)) call c_f_pointer(data, array, extents)
  end subroutine

  recursive subroutine map_float64_2_int32(self, name, array, extents, mapping, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real64), pointer, contiguous, intent(out) :: array(:, :)
    integer(int32), intent(in) :: extents(:)
    type(metalab_mapping), intent(inout) :: mapping
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call map_float64_2_int64(self, name, array, int(extents, int64), mapping, metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine map_float64_3_int64(self, name, array, extents, mapping, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real64), pointer, contiguous, intent(out) :: array(:, :, :)
    integer(int64), intent(in) :: extents(:)
    type(metalab_mapping), intent(inout) :: mapping
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_ptr) :: data

    call map_memory(self%handle, name, METALAB_DTYPE_FLOAT64, 8, 3, extents, mapping, data, metadata, reverse, &
        stat, errmsg)
    nullify (array)
    if (c_associated(data)) call c_f_pointer(data, array, extents)
  end subroutine

  recursive subroutine map_float64_3_int32(self, name, array, extents, mapping, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real64), pointer, contiguous, intent(out) :: array(:, :, :)
    integer(int32), intent(in) :: extents(:)
    type(metalab_mapping), intent(inout) :: mapping
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call map_float64_3_int64(self, name, array, int(extents, int64), mapping, metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine map_float64_4_int64(self, name, array, extents, mapping, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real64), pointer, contiguous, intent(out) :: array(:, :, :, :)
    integer(int64), intent(in) :: extents(:)
    type(metalab_mapping), intent(inout) :: mapping
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_ptr) :: data

    call map_memory(self%handle, name, METALAB_DTYPE_FLOAT64, 8, 4, extents, mapping, data, metadata, reverse, &
        stat, errmsg)
    nullify (array)
    if (c_associated(data)) call c_f_pointer(data, array, extents)
  end subroutine

  recursive subroutine map_float64_4_int32(self, name, array, extents, mapping, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real64), pointer, contiguous, intent(out) :: array(:, :, :, :)
    integer(int32), intent(in) :: extents(:)
    type(metalab_mapping), intent(inout) :: mapping
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call map_float64_4_int64(self, name, array, int(extents, int64), mapping, metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine map_complex64_1_int64(self, name, array, extents, mapping, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    complex(real32), pointer, contiguous, intent(out) :: array(:)
    integer(int64), intent(in) :: extents(:)
    type(metalab_mapping), intent(inout) :: mapping
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_ptr) :: data

    call map_memory(self%handle, name, METALAB_DTYPE_COMPLEX64, 8, 1, extents, mapping, data, metadata, reverse, &
        stat, errmsg)
    nullify (array)
    if (c_associated(data)) call c_f_pointer(data, array, extents)
  end subroutine

  recursive subroutine map_complex64_1_int32(self, name, array, extents, mapping, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    complex(real32), pointer, contiguous, intent(out) :: array(:)
    integer(int32), intent(in) :: extents(:)
    type(metalab_mapping), intent(inout) :: mapping
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call map_complex64_1_int64(self, name, array, int(extents, int64), mapping, metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine map_complex64_2_int64(self, name, array, extents, mapping, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    complex(real32), pointer, contiguous, intent(out) :: array(:, :)
    integer(int64), intent(in) :: extents(:)
    type(metalab_mapping), intent(inout) :: mapping
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_ptr) :: data

    call map_memory(self%handle, name, METALAB_DTYPE_COMPLEX64, 8, 2, extents, mapping, data, metadata, reverse, &
        stat, errmsg)
    nullify (array)
    if (c_associated(data)) call c_f_pointer(data, array, extents)
  end subroutine

  recursive subroutine map_complex64_2_int32(self, name, array, extents, mapping, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    complex(real32), pointer, contiguous, intent(out) :: array(:, :)
    integer(int32), intent(in) :: extents(:)
    type(metalab_mapping), intent(inout) :: mapping
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call map_complex64_2_int64(self, name, array, int(extents, int64), mapping, metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine map_complex64_3_int64(self, name, array, extents, mapping, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    complex(real32), pointer, contiguous, intent(out) :: array(:, :, :)
    integer(int64), intent(in) :: extents(:)
    type(metalab_mapping), intent(inout) :: mapping
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_ptr) :: data

    call map_memory(self%handle, name, METALAB_DTYPE_COMPLEX64, 8, 3, extents, mapping, data, metadata, reverse, &
        stat, errmsg)
    nullify (array)
    if (c_associated(data)) call c_f_pointer(data, array, extents)
  end subroutine

  recursive subroutine map_complex64_3_int32(self, name, array, extents, mapping, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    complex(real32), pointer, contiguous, intent(out) :: array(:, :, :)
    integer(int32), intent(in) :: extents(:)
    type(metalab_mapping), intent(inout) :: mapping
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call map_complex64_3_int64(self, name, array, int(extents, int64), mapping, metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine map_complex64_4_int64(self, name, array, extents, mapping, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    complex(real32), pointer, contiguous, intent(out) :: array(:, :, :, :)
    integer(int64), intent(in) :: extents(:)
    type(metalab_mapping), intent(inout) :: mapping
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_ptr) :: data

    call map_memory(self%handle, name, METALAB_DTYPE_COMPLEX64, 8, 4, extents, mapping, data, metadata, reverse, &
        stat, errmsg)
    nullify (array)
    if (c_associated(data)) call c_f_pointer(data, array, extents)
  end subroutine

  recursive subroutine map_complex64_4_int32(self, name, array, extents, mapping, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    complex(real32), pointer, contiguous, intent(out) :: array(:, :, :, :)
    integer(int32), intent(in) :: extents(:)
    type(metalab_mapping), intent(inout) :: mapping
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call map_complex64_4_int64(self, name, array, int(extents, int64), mapping, metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine map_complex128_1_int64(self, name, array, extents, mapping, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    complex(real64), pointer, contiguous, intent(out) :: array(:)
    integer(int64), intent(in) :: extents(:)
    type(metalab_mapping), intent(inout) :: mapping
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_ptr) :: data

    call map_memory(self%handle, name, METALAB_DTYPE_COMPLEX128, 16, 1, extents, mapping, data, metadata, reverse, &
        stat, errmsg)
    nullify (array)
    if (c_associated(data)) call c_f_pointer(data, array, extents)
  end subroutine

  recursive subroutine map_complex128_1_int32(self, name, array, extents, mapping, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    complex(real64), pointer, contiguous, intent(out) :: array(:)
    integer(int32), intent(in) :: extents(:)
    type(metalab_mapping), intent(inout) :: mapping
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call map_complex128_1_int64(self, name, array, int(extents, int64), mapping, metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine map_complex128_2_int64(self, name, array, extents, mapping, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    complex(real64), pointer, contiguous, intent(out) :: array(:, :)
    integer(int64), intent(in) :: extents(:)
    type(metalab_mapping), intent(inout) :: mapping
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_ptr) :: data

    call map_memory(self%handle, name, METALAB_DTYPE_COMPLEX128, 16, 2, extents, mapping, data, metadata, reverse, &
        stat, errmsg)
    nullify (array)
    if (c_associated(data)) call c_f_pointer(data, array, extents)
  end subroutine

  recursive subroutine map_complex128_2_int32(self, name, array, extents, mapping, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    complex(real64), pointer, contiguous, intent(out) :: array(:, :)
    integer(int32), intent(in) :: extents(:)
    type(metalab_mapping), intent(inout) :: mapping
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call map_complex128_2_int64(self, name, array, int(extents, int64), mapping, metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine map_complex128_3_int64(self, name, array, extents, mapping, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    complex(real64), pointer, contiguous, intent(out) :: array(:, :, :)
    integer(int64), intent(in) :: extents(:)
    type(metalab_mapping), intent(inout) :: mapping
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_ptr) :: data

    call map_memory(self%handle, name, METALAB_DTYPE_COMPLEX128, 16, 3, extents, mapping, data, metadata, reverse, &
        stat, errmsg)
    nullify (array)
    if (c_associated(data)) call c_f_pointer(data, array, extents)
  end subroutine

  recursive subroutine map_complex128_3_int32(self, name, array, extents, mapping, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    complex(real64), pointer, contiguous, intent(out) :: array(:, :, :)
    integer(int32), intent(in) :: extents(:)
    type(metalab_mapping), intent(inout) :: mapping
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call map_complex128_3_int64(self, name, array, int(extents, int64), mapping, metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine map_complex128_4_int64(self, name, array, extents, mapping, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    complex(real64), pointer, contiguous, intent(out) :: array(:, :, :, :)
    integer(int64), intent(in) :: extents(:)
    type(metalab_mapping), intent(inout) :: mapping
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_ptr) :: data

    call map_memory(self%handle, name, METALAB_DTYPE_COMPLEX128, 16, 4, extents, mapping, data, metadata, reverse, &
        stat, errmsg)
    nullify (array)
    if (c_associated(data)) call c_f_pointer(data, array, extents)
  end subroutine

  recursive subroutine map_complex128_4_int32(self, name, array, extents, mapping, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    complex(real64), pointer, contiguous, intent(out) :: array(:, :, :, :)
    integer(int32), intent(in) :: extents(:)
    type(metalab_mapping), intent(inout) :: mapping
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call map_complex128_4_int64(self, name, array, int(extents, int64), mapping, metadata, reverse, stat, &
        errmsg)
  end subroutine

  recursive subroutine seal_int32_1(self, array, stat, errmsg)
    class(metalab_mapping), intent(inout) :: self
    integer(int32), pointer, contiguous, intent(inout) :: array(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (associated(array)) then
      if (size(array) > 0) then
        if (is_of_another(self, 'seal', c_loc(array), stat, errmsg)) return
      end if
    end if
    call self%seal_only(stat, errmsg)
    nullify (array)
  end subroutine

  recursive subroutine seal_int32_2(self, array, stat, errmsg)
    class(metalab_mapping), intent(inout) :: self
    integer(int32), pointer, contiguous, intent(inout) :: array(:, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (associated(array)) then
      if (size(array) > 0) then
        if (is_of_another(self, 'seal', c_loc(array), stat, errmsg)) return
      end if
    end if
    call self%seal_only(stat, errmsg)
    nullify (array)
  end subroutine

  recursive subroutine seal_int32_3(self, array, stat, errmsg)
    class(metalab_mapping), intent(inout) :: self
    integer(int32), pointer, contiguous, intent(inout) :: array(:, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (associated(array)) then
      if (size(array) > 0) then
        if (is_of_another(self, 'seal', c_loc(array), stat, errmsg)) return
      end if
    end if
    call self%seal_only(stat, errmsg)
    nullify (array)
  end subroutine

  recursive subroutine seal_int32_4(self, array, stat, errmsg)
    class(metalab_mapping), intent(inout) :: self
    integer(int32), pointer, contiguous, intent(inout) :: array(:, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (associated(array)) then
      if (size(array) > 0) then
        if (is_of_another(self, 'seal', c_loc(array), stat, errmsg)) return
      end if
    end if
    call self%seal_only(stat, errmsg)
    nullify (array)
  end subroutine

  recursive subroutine seal_int64_1(self, array, stat, errmsg)
    class(metalab_mapping), intent(inout) :: self
    integer(int64), pointer, contiguous, intent(inout) :: array(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (associated(array)) then
      if (size(array) > 0) then
        if (is_of_another(self, 'seal', c_loc(array), stat, errmsg)) return
      end if
    end if
    call self%seal_only(stat, errmsg)
    nullify (array)
  end subroutine

  recursive subroutine seal_int64_2(self, array, stat, errmsg)
    class(metalab_mapping), intent(inout) :: self
    integer(int64), pointer, contiguous, intent(inout) :: array(:, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (associated(array)) then
      if (size(array) > 0) then
        if (is_of_another(self, 'seal', c_loc(array), stat, errmsg)) return
      end if
    end if
    call self%seal_only(stat, errmsg)
    nullify (array)
  end subroutine

  recursive subroutine seal_int64_3(self, array, stat, errmsg)
    class(metalab_mapping), intent(inout) :: self
    integer(int64), pointer, contiguous, intent(inout) :: array(:, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (associated(array)) then
      if (size(array) > 0) then
        if (is_of_another(self, 'seal', c_loc(array), stat, errmsg)) return
      end if
    end if
    call self%seal_only(stat, errmsg)
    nullify (array)
  end subroutine

  recursive subroutine seal_int64_4(self, array, stat, errmsg)
    class(metalab_mapping), intent(inout) :: self
    integer(int64), pointer, contiguous, intent(inout) :: array(:, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (associated(array)) then
      if (size(array) > 0) then
        if (is_of_another(self, 'seal', c_loc(array), stat, errmsg)) return
      end if
    end if
    call self%seal_only(stat, errmsg)
    nullify (array)
  end subroutine

  recursive subroutine seal_float32_1(self, array, stat, errmsg)
    class(metalab_mapping), intent(inout) :: self
    real(real32), pointer, contiguous, intent(inout) :: array(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (associated(array)) then
      if (size(array) > 0) then
        if (is_of_another(self, 'seal', c_loc(array), stat, errmsg)) return
      end if
    end if
    call self%seal_only(stat, errmsg)
    nullify (array)
  end subroutine

  recursive subroutine seal_float32_2(self, array, stat, errmsg)
    class(metalab_mapping), intent(inout) :: self
    real(real32), pointer, contiguous, intent(inout) :: array(:, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (associated(array)) then
      if (size(array) > 0) then
        if (is_of_another(self, 'seal', c_loc(array), stat, errmsg)) return
      end if
    end if
    call self%seal_only(stat, errmsg)
    nullify (array)
  end subroutine

  recursive subroutine seal_float32_3(self, array, stat, errmsg)
    class(metalab_mapping), intent(inout) :: self
    real(real32), pointer, contiguous, intent(inout) :: array(:, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (associated(array)) then
      if (size(array) > 0) then
        if (is_of_another(self, 'seal', c_loc(array), stat, errmsg)) return
      end if
    end if
    call self%seal_only(stat, errmsg)
    nullify (array)
  end subroutine

  recursive subroutine seal_float32_4(self, array, stat, errmsg)
    class(metalab_mapping), intent(inout) :: self
    real(real32), pointer, contiguous, intent(inout) :: array(:, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (associated(array)) then
      if (size(array) > 0) then
        if (is_of_another(self, 'seal', c_loc(array), stat, errmsg)) return
      end if
    end if
    call self%seal_only(stat, errmsg)
    nullify (array)
  end subroutine

  recursive subroutine seal_float64_1(self, array, stat, errmsg)
    class(metalab_mapping), intent(inout) :: self
    real(real64), pointer, contiguous, intent(inout) :: array(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (associated(array)) then
      if (size(array) > 0) then
        if (is_of_another(self, 'seal', c_loc(array), stat, errmsg)) return
      end if
    end if
    call self%seal_only(stat, errmsg)
    nullify (array)
  end subroutine

  recursive subroutine seal_float64_2(self, array, stat, errmsg)
    class(metalab_mapping), intent(inout) :: self
    real(real64), pointer, contiguous, intent(inout) :: array(:, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (associated(array)) then
      if (size(array) > 0) then
        if (is_of_another(self, 'seal', c_loc(array), stat, errmsg)) return
      end if
    end if
    call self%seal_only(stat, errmsg)
    nullify (array)
  end subroutine

  recursive subroutine seal_float64_3(self, array, stat, errmsg)
    class(metalab_mapping), intent(inout) :: self
    real(real64), pointer, contiguous, intent(inout) :: array(:, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (associated(array)) then
      if (size(array) > 0) then
        if (is_of_another(self, 'seal', c_loc(array), stat, errmsg)) return
      end if
    end if
    call self%seal_only(stat, errmsg)
    nullify (array)
  end subroutine

  recursive subroutine seal_float64_4(self, array, stat, errmsg)
    class(metalab_mapping), intent(inout) :: self
    real(real64), pointer, contiguous, intent(inout) :: array(:, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (associated(array)) then
      if (size(array) > 0) then
        if (is_of_another(self, 'seal', c_loc(array), stat, errmsg)) return
      end if
    end if
    call self%seal_only(stat, errmsg)
    nullify (array)
  end subroutine

  recursive subroutine seal_complex64_1(self, array, stat, errmsg)
    class(metalab_mapping), intent(inout) :: self
    complex(real32), pointer, contiguous, intent(inout) :: array(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (associated(array)) then
      if (size(array) > 0) then
        if (is_of_another(self, 'seal', c_loc(array), stat, errmsg)) return
      end if
    end if
    call self%seal_only(stat, errmsg)
    nullify (array)
  end subroutine

  recursive subroutine seal_complex64_2(self, array, stat, errmsg)
    class(metalab_mapping), intent(inout) :: self
    complex(real32), pointer, contiguous, intent(inout) :: array(:, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (associated(array)) then
      if (size(array) > 0) then
        if (is_of_another(self, 'seal', c_loc(array), stat, errmsg)) return
      end if
    end if
    call self%seal_only(stat, errmsg)
    nullify (array)
  end subroutine

  recursive subroutine seal_complex64_3(self, array, stat, errmsg)
    class(metalab_mapping), intent(inout) :: self
    complex(real32), pointer, contiguous, intent(inout) :: array(:, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (associated(array)) then
      if (size(array) > 0) then
        if (is_of_another(self, 'seal', c_loc(array), stat, errmsg)) return
      end if
    end if
    call self%seal_only(stat, errmsg)
    nullify (array)
  end subroutine

  recursive subroutine seal_complex64_4(self, array, stat, errmsg)
    class(metalab_mapping), intent(inout) :: self
    complex(real32), pointer, contiguous, intent(inout) :: array(:, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (associated(array)) then
      if (size(array) > 0) then
        if (is_of_another(self, 'seal', c_loc(array), stat, errmsg)) return
      end if
    end if
    call self%seal_only(stat, errmsg)
    nullify (array)
  end subroutine

  recursive subroutine seal_complex128_1(self, array, stat, errmsg)
    class(metalab_mapping), intent(inout) :: self
    complex(real64), pointer, contiguous, intent(inout) :: array(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (associated(array)) then
      if (size(array) > 0) then
        if (is_of_another(self, 'seal', c_loc(array), stat, errmsg)) return
      end if
    end if
    call self%seal_only(stat, errmsg)
    nullify (array)
  end subroutine

  recursive subroutine seal_complex128_2(self, array, stat, errmsg)
    class(metalab_mapping), intent(inout) :: self
    complex(real64), pointer, contiguous, intent(inout) :: array(:, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (associated(array)) then
      if (size(array) > 0) then
        if (is_of_another(self, 'seal', c_loc(array), stat, errmsg)) return
      end if
    end if
    call self%seal_only(stat, errmsg)
    nullify (array)
  end subroutine

  recursive subroutine seal_complex128_3(self, array, stat, errmsg)
    class(metalab_mapping), intent(inout) :: self
    complex(real64), pointer, contiguous, intent(inout) :: array(:, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (associated(array)) then
      if (size(array) > 0) then
        if (is_of_another(self, 'seal', c_loc(array), stat, errmsg)) return
      end if
    end if
    call self%seal_only(stat, errmsg)
    nullify (array)
  end subroutine

  recursive subroutine seal_complex128_4(self, array, stat, errmsg)
    class(metalab_mapping), intent(inout) :: self
    complex(real64), pointer, contiguous, intent(inout) :: array(:, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (associated(array)) then
      if (size(array) > 0) then
        if (is_of_another(self, 'seal', c_loc(array), stat, errmsg)) return
      end if
    end if
    call self%seal_only(stat, errmsg)
    nullify (array)
  end subroutine

  recursive subroutine abandon_int32_1(self, array, stat, errmsg)
    class(metalab_mapping), intent(inout) :: self
    integer(int32), pointer, contiguous, intent(inout) :: array(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (associated(array)) then
      if (size(array) > 0) then
        if (is_of_another(self, 'abandon', c_loc(array), stat, errmsg)) return
      end if
    end if
    call self%abandon_only(stat, errmsg)
    nullify (array)
  end subroutine

  recursive subroutine abandon_int32_2(self, array, stat, errmsg)
    class(metalab_mapping), intent(inout) :: self
    integer(int32), pointer, contiguous, intent(inout) :: array(:, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (associated(array)) then
      if (size(array) > 0) then
        if (is_of_another(self, 'abandon', c_loc(array), stat, errmsg)) return
      end if
    end if
    call self%abandon_only(stat, errmsg)
    nullify (array)
  end subroutine

  recursive subroutine abandon_int32_3(self, array, stat, errmsg)
    class(metalab_mapping), intent(inout) :: self
    integer(int32), pointer, contiguous, intent(inout) :: array(:, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (associated(array)) then
      if (size(array) > 0) then
        if (is_of_another(self, 'abandon', c_loc(array), stat, errmsg)) return
      end if
    end if
    call self%abandon_only(stat, errmsg)
    nullify (array)
  end subroutine

  recursive subroutine abandon_int32_4(self, array, stat, errmsg)
    class(metalab_mapping), intent(inout) :: self
    integer(int32), pointer, contiguous, intent(inout) :: array(:, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (associated(array)) then
      if (size(array) > 0) then
        if (is_of_another(self, 'abandon', c_loc(array), stat, errmsg)) return
      end if
    end if
    call self%abandon_only(stat, errmsg)
    nullify (array)
  end subroutine

  recursive subroutine abandon_int64_1(self, array, stat, errmsg)
    class(metalab_mapping), intent(inout) :: self
    integer(int64), pointer, contiguous, intent(inout) :: array(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (associated(array)) then
      if (size(array) > 0) then
        if (is_of_another(self, 'abandon', c_loc(array), stat, errmsg)) return
      end if
    end if
    call self%abandon_only(stat, errmsg)
    nullify (array)
  end subroutine

  recursive subroutine abandon_int64_2(self, array, stat, errmsg)
    class(metalab_mapping), intent(inout) :: self
    integer(int64), pointer, contiguous, intent(inout) :: array(:, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (associated(array)) then
      if (size(array) > 0) then
        if (is_of_another(self, 'abandon', c_loc(array), stat, errmsg)) return
      end if
    end if
    call self%abandon_only(stat, errmsg)
    nullify (array)
  end subroutine

  recursive subroutine abandon_int64_3(self, array, stat, errmsg)
    class(metalab_mapping), intent(inout) :: self
    integer(int64), pointer, contiguous, intent(inout) :: array(:, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (associated(array)) then
      if (size(array) > 0) then
        if (is_of_another(self, 'abandon', c_loc(array), stat, errmsg)) return
      end if
    end if
    call self%abandon_only(stat, errmsg)
    nullify (array)
  end subroutine

  recursive subroutine abandon_int64_4(self, array, stat, errmsg)
    class(metalab_mapping), intent(inout) :: self
    integer(int64), pointer, contiguous, intent(inout) :: array(:, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (associated(array)) then
      if (size(array) > 0) then
        if (is_of_another(self, 'abandon', c_loc(array), stat, errmsg)) return
      end if
    end if
    call self%abandon_only(stat, errmsg)
    nullify (array)
  end subroutine

  recursive subroutine abandon_float32_1(self, array, stat, errmsg)
    class(metalab_mapping), intent(inout) :: self
    real(real32), pointer, contiguous, intent(inout) :: array(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (associated(array)) then
      if (size(array) > 0) then
        if (is_of_another(self, 'abandon', c_loc(array), stat, errmsg)) return
      end if
    end if
    call self%abandon_only(stat, errmsg)
    nullify (array)
  end subroutine

  recursive subroutine abandon_float32_2(self, array, stat, errmsg)
    class(metalab_mapping), intent(inout) :: self
    real(real32), pointer, contiguous, intent(inout) :: array(:, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (associated(array)) then
      if (size(array) > 0) then
        if (is_of_another(self, 'abandon', c_loc(array), stat, errmsg)) return
      end if
    end if
    call self%abandon_only(stat, errmsg)
    nullify (array)
  end subroutine

  recursive subroutine abandon_float32_3(self, array, stat, errmsg)
    class(metalab_mapping), intent(inout) :: self
    real(real32), pointer, contiguous, intent(inout) :: array(:, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (associated(array)) then
      if (size(array) > 0) then
        if (is_of_another(self, 'abandon', c_loc(array), stat, errmsg)) return
      end if
    end if
    call self%abandon_only(stat, errmsg)
    nullify (array)
  end subroutine

  recursive subroutine abandon_float32_4(self, array, stat, errmsg)
    class(metalab_mapping), intent(inout) :: self
    real(real32), pointer, contiguous, intent(inout) :: array(:, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (associated(array)) then
      if (size(array) > 0) then
        if (is_of_another(self, 'abandon', c_loc(array), stat, errmsg)) return
      end if
    end if
    call self%abandon_only(stat, errmsg)
    nullify (array)
  end subroutine

  recursive subroutine abandon_float64_1(self, array, stat, errmsg)
    class(metalab_mapping), intent(inout) :: self
    real(real64), pointer, contiguous, intent(inout) :: array(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (associated(array)) then
      if (size(array) > 0) then
        if (is_of_another(self, 'abandon', c_loc(array), stat, errmsg)) return
      end if
    end if
    call self%abandon_only(stat, errmsg)
    nullify (array)
  end subroutine

  recursive subroutine abandon_float64_2(self, array, stat, errmsg)
    class(metalab_mapping), intent(inout) :: self
    real(real64), pointer, contiguous, intent(inout) :: array(:, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (associated(array)) then
      if (size(array) > 0) then
        if (is_of_another(self, 'abandon', c_loc(array), stat, errmsg)) return
      end if
    end if
    call self%abandon_only(stat, errmsg)
    nullify (array)
  end subroutine

  recursive subroutine abandon_float64_3(self, array, stat, errmsg)
    class(metalab_mapping), intent(inout) :: self
    real(real64), pointer, contiguous, intent(inout) :: array(:, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (associated(array)) then
      if (size(array) > 0) then
        if (is_of_another(self, 'abandon', c_loc(array), stat, errmsg)) return
      end if
    end if
    call self%abandon_only(stat, errmsg)
    nullify (array)
  end subroutine

  recursive subroutine abandon_float64_4(self, array, stat, errmsg)
    class(metalab_mapping), intent(inout) :: self
    real(real64), pointer, contiguous, intent(inout) :: array(:, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (associated(array)) then
      if (size(array) > 0) then
        if (is_of_another(self, 'abandon', c_loc(array), stat, errmsg)) return
      end if
    end if
    call self%abandon_only(stat, errmsg)
    nullify (array)
  end subroutine

  recursive subroutine abandon_complex64_1(self, array, stat, errmsg)
    class(metalab_mapping), intent(inout) :: self
    complex(real32), pointer, contiguous, intent(inout) :: array(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (associated(array)) then
      if (size(array) > 0) then
        if (is_of_another(self, 'abandon', c_loc(array), stat, errmsg)) return
      end if
    end if
    call self%abandon_only(stat, errmsg)
    nullify (array)
  end subroutine

  recursive subroutine abandon_complex64_2(self, array, stat, errmsg)
    class(metalab_mapping), intent(inout) :: self
    complex(real32), pointer, contiguous, intent(inout) :: array(:, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (associated(array)) then
      if (size(array) > 0) then
        if (is_of_another(self, 'abandon', c_loc(array), stat, errmsg)) return
      end if
    end if
    call self%abandon_only(stat, errmsg)
    nullify (array)
  end subroutine

  recursive subroutine abandon_complex64_3(self, array, stat, errmsg)
    class(metalab_mapping), intent(inout) :: self
    complex(real32), pointer, contiguous, intent(inout) :: array(:, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (associated(array)) then
      if (size(array) > 0) then
        if (is_of_another(self, 'abandon', c_loc(array), stat, errmsg)) return
      end if
    end if
    call self%abandon_only(stat, errmsg)
    nullify (array)
  end subroutine

  recursive subroutine abandon_complex64_4(self, array, stat, errmsg)
    class(metalab_mapping), intent(inout) :: self
    complex(real32), pointer, contiguous, intent(inout) :: array(:, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (associated(array)) then
      if (size(array) > 0) then
        if (is_of_another(self, 'abandon', c_loc(array), stat, errmsg)) return
      end if
    end if
    call self%abandon_only(stat, errmsg)
    nullify (array)
  end subroutine

  recursive subroutine abandon_complex128_1(self, array, stat, errmsg)
    class(metalab_mapping), intent(inout) :: self
    complex(real64), pointer, contiguous, intent(inout) :: array(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (associated(array)) then
      if (size(array) > 0) then
        if (is_of_another(self, 'abandon', c_loc(array), stat, errmsg)) return
      end if
    end if
    call self%abandon_only(stat, errmsg)
    nullify (array)
  end subroutine

  recursive subroutine abandon_complex128_2(self, array, stat, errmsg)
    class(metalab_mapping), intent(inout) :: self
    complex(real64), pointer, contiguous, intent(inout) :: array(:, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (associated(array)) then
      if (size(array) > 0) then
        if (is_of_another(self, 'abandon', c_loc(array), stat, errmsg)) return
      end if
    end if
    call self%abandon_only(stat, errmsg)
    nullify (array)
  end subroutine

  recursive subroutine abandon_complex128_3(self, array, stat, errmsg)
    class(metalab_mapping), intent(inout) :: self
    complex(real64), pointer, contiguous, intent(inout) :: array(:, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (associated(array)) then
      if (size(array) > 0) then
        if (is_of_another(self, 'abandon', c_loc(array), stat, errmsg)) return
      end if
    end if
    call self%abandon_only(stat, errmsg)
    nullify (array)
  end subroutine

  recursive subroutine abandon_complex128_4(self, array, stat, errmsg)
    class(metalab_mapping), intent(inout) :: self
    complex(real64), pointer, contiguous, intent(inout) :: array(:, :, :, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (associated(array)) then
      if (size(array) > 0) then
        if (is_of_another(self, 'abandon', c_loc(array), stat, errmsg)) return
      end if
    end if
    call self%abandon_only(stat, errmsg)
    nullify (array)
  end subroutine

  recursive subroutine begin_int32_1_int64(self, step, array, mapping, stat, errmsg)
    class(metalab_snapshots), intent(in) :: self
    integer(int64), intent(in) :: step
    integer(int32), pointer, contiguous, intent(out) :: array(:)
    type(metalab_mapping), intent(inout) :: mapping
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: extents(1)
    type(c_ptr) :: data

    call begin_memory(self, step, METALAB_DTYPE_INT32, 4, extents, mapping, data, stat, errmsg)
    nullify (array)
    if (c_associated(data)) call c_f_pointer(data, array, extents)
  end subroutine

  recursive subroutine begin_int32_1_int32(self, step, array, mapping, stat, errmsg)
    class(metalab_snapshots), intent(in) :: self
    integer(int32), intent(in) :: step
    integer(int32), pointer, contiguous, intent(out) :: array(:)
    type(metalab_mapping), intent(inout) :: mapping
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call begin_int32_1_int64(self, int(step, int64), array, mapping, stat, errmsg)
  end subroutine

  recursive subroutine begin_int32_2_int64(self, step, array, mapping, stat, errmsg)
    class(metalab_snapshots), intent(in) :: self
    integer(int64), intent(in) :: step
    integer(int32), pointer, contiguous, intent(out) :: array(:, :)
    type(metalab_mapping), intent(inout) :: mapping
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: extents(2)
    type(c_ptr) :: data

    call begin_memory(self, step, METALAB_DTYPE_INT32, 4, extents, mapping, data, stat, errmsg)
    nullify (array)
    if (c_associated(data)) call c_f_pointer(data, array, extents)
  end subroutine

  recursive subroutine begin_int32_2_int32(self, step, array, mapping, stat, errmsg)
    class(metalab_snapshots), intent(in) :: self
    integer(int32), intent(in) :: step
    integer(int32), pointer, contiguous, intent(out) :: array(:, :)
    type(metalab_mapping), intent(inout) :: mapping
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call begin_int32_2_int64(self, int(step, int64), array, mapping, stat, errmsg)
  end subroutine

  recursive subroutine begin_int32_3_int64(self, step, array, mapping, stat, errmsg)
    class(metalab_snapshots), intent(in) :: self
    integer(int64), intent(in) :: step
    integer(int32), pointer, contiguous, intent(out) :: array(:, :, :)
    type(metalab_mapping), intent(inout) :: mapping
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: extents(3)
    type(c_ptr) :: data

    call begin_memory(self, step, METALAB_DTYPE_INT32, 4, extents, mapping, data, stat, errmsg)
    nullify (array)
    if (c_associated(data)) call c_f_pointer(data, array, extents)
  end subroutine

  recursive subroutine begin_int32_3_int32(self, step, array, mapping, stat, errmsg)
    class(metalab_snapshots), intent(in) :: self
    integer(int32), intent(in) :: step
    integer(int32), pointer, contiguous, intent(out) :: array(:, :, :)
    type(metalab_mapping), intent(inout) :: mapping
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call begin_int32_3_int64(self, int(step, int64), array, mapping, stat, errmsg)
  end subroutine

  recursive subroutine begin_int32_4_int64(self, step, array, mapping, stat, errmsg)
    class(metalab_snapshots), intent(in) :: self
    integer(int64), intent(in) :: step
    integer(int32), pointer, contiguous, intent(out) :: array(:, :, :, :)
    type(metalab_mapping), intent(inout) :: mapping
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: extents(4)
    type(c_ptr) :: data

    call begin_memory(self, step, METALAB_DTYPE_INT32, 4, extents, mapping, data, stat, errmsg)
    nullify (array)
    if (c_associated(data)) call c_f_pointer(data, array, extents)
  end subroutine

  recursive subroutine begin_int32_4_int32(self, step, array, mapping, stat, errmsg)
    class(metalab_snapshots), intent(in) :: self
    integer(int32), intent(in) :: step
    integer(int32), pointer, contiguous, intent(out) :: array(:, :, :, :)
    type(metalab_mapping), intent(inout) :: mapping
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call begin_int32_4_int64(self, int(step, int64), array, mapping, stat, errmsg)
  end subroutine

  recursive subroutine begin_int64_1_int64(self, step, array, mapping, stat, errmsg)
    class(metalab_snapshots), intent(in) :: self
    integer(int64), intent(in) :: step
    integer(int64), pointer, contiguous, intent(out) :: array(:)
    type(metalab_mapping), intent(inout) :: mapping
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: extents(1)
    type(c_ptr) :: data

    call begin_memory(self, step, METALAB_DTYPE_INT64, 8, extents, mapping, data, stat, errmsg)
    nullify (array)
    if (c_associated(data)) call c_f_pointer(data, array, extents)
  end subroutine

  recursive subroutine begin_int64_1_int32(self, step, array, mapping, stat, errmsg)
    class(metalab_snapshots), intent(in) :: self
    integer(int32), intent(in) :: step
    integer(int64), pointer, contiguous, intent(out) :: array(:)
    type(metalab_mapping), intent(inout) :: mapping
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call begin_int64_1_int64(self, int(step, int64), array, mapping, stat, errmsg)
  end subroutine

  recursive subroutine begin_int64_2_int64(self, step, array, mapping, stat, errmsg)
    class(metalab_snapshots), intent(in) :: self
    integer(int64), intent(in) :: step
    integer(int64), pointer, contiguous, intent(out) :: array(:, :)
    type(metalab_mapping), intent(inout) :: mapping
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: extents(2)
    type(c_ptr) :: data

    call begin_memory(self, step, METALAB_DTYPE_INT64, 8, extents, mapping, data, stat, errmsg)
    nullify (array)
    if (c_associated(data)) call c_f_pointer(data, array, extents)
  end subroutine

  recursive subroutine begin_int64_2_int32(self, step, array, mapping, stat, errmsg)
    class(metalab_snapshots), intent(in) :: self
    integer(int32), intent(in) :: step
    integer(int64), pointer, contiguous, intent(out) :: array(:, :)
    type(metalab_mapping), intent(inout) :: mapping
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call begin_int64_2_int64(self, int(step, int64), array, mapping, stat, errmsg)
  end subroutine

  recursive subroutine begin_int64_3_int64(self, step, array, mapping, stat, errmsg)
    class(metalab_snapshots), intent(in) :: self
    integer(int64), intent(in) :: step
    integer(int64), pointer, contiguous, intent(out) :: array(:, :, :)
    type(metalab_mapping), intent(inout) :: mapping
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: extents(3)
    type(c_ptr) :: data

    call begin_memory(self, step, METALAB_DTYPE_INT64, 8, extents, mapping, data, stat, errmsg)
    nullify (array)
    if (c_associated(data)) call c_f_pointer(data, array, extents)
  end subroutine

  recursive subroutine begin_int64_3_int32(self, step, array, mapping, stat, errmsg)
    class(metalab_snapshots), intent(in) :: self
    integer(int32), intent(in) :: step
    integer(int64), pointer, contiguous, intent(out) :: array(:, :, :)
    type(metalab_mapping), intent(inout) :: mapping
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call begin_int64_3_int64(self, int(step, int64), array, mapping, stat, errmsg)
  end subroutine

  recursive subroutine begin_int64_4_int64(self, step, array, mapping, stat, errmsg)
    class(metalab_snapshots), intent(in) :: self
    integer(int64), intent(in) :: step
    integer(int64), pointer, contiguous, intent(out) :: array(:, :, :, :)
    type(metalab_mapping), intent(inout) :: mapping
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: extents(4)
    type(c_ptr) :: data

    call begin_memory(self, step, METALAB_DTYPE_INT64, 8, extents, mapping, data, stat, errmsg)
    nullify (array)
    if (c_associated(data)) call c_f_pointer(data, array, extents)
  end subroutine

  recursive subroutine begin_int64_4_int32(self, step, array, mapping, stat, errmsg)
    class(metalab_snapshots), intent(in) :: self
    integer(int32), intent(in) :: step
    integer(int64), pointer, contiguous, intent(out) :: array(:, :, :, :)
    type(metalab_mapping), intent(inout) :: mapping
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call begin_int64_4_int64(self, int(step, int64), array, mapping, stat, errmsg)
  end subroutine

  recursive subroutine begin_float32_1_int64(self, step, array, mapping, stat, errmsg)
    class(metalab_snapshots), intent(in) :: self
    integer(int64), intent(in) :: step
    real(real32), pointer, contiguous, intent(out) :: array(:)
    type(metalab_mapping), intent(inout) :: mapping
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: extents(1)
    type(c_ptr) :: data

    call begin_memory(self, step, METALAB_DTYPE_FLOAT32, 4, extents, mapping, data, stat, errmsg)
    nullify (array)
    if (c_associated(data)) call c_f_pointer(data, array, extents)
  end subroutine

  recursive subroutine begin_float32_1_int32(self, step, array, mapping, stat, errmsg)
    class(metalab_snapshots), intent(in) :: self
    integer(int32), intent(in) :: step
    real(real32), pointer, contiguous, intent(out) :: array(:)
    type(metalab_mapping), intent(inout) :: mapping
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call begin_float32_1_int64(self, int(step, int64), array, mapping, stat, errmsg)
  end subroutine

  recursive subroutine begin_float32_2_int64(self, step, array, mapping, stat, errmsg)
    class(metalab_snapshots), intent(in) :: self
    integer(int64), intent(in) :: step
    real(real32), pointer, contiguous, intent(out) :: array(:, :)
    type(metalab_mapping), intent(inout) :: mapping
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: extents(2)
    type(c_ptr) :: data

    call begin_memory(self, step, METALAB_DTYPE_FLOAT32, 4, extents, mapping, data, stat, errmsg)
    nullify (array)
    if (c_associated(data)) call c_f_pointer(data, array, extents)
  end subroutine

  recursive subroutine begin_float32_2_int32(self, step, array, mapping, stat, errmsg)
    class(metalab_snapshots), intent(in) :: self
    integer(int32), intent(in) :: step
    real(real32), pointer, contiguous, intent(out) :: array(:, :)
    type(metalab_mapping), intent(inout) :: mapping
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call begin_float32_2_int64(self, int(step, int64), array, mapping, stat, errmsg)
  end subroutine

  recursive subroutine begin_float32_3_int64(self, step, array, mapping, stat, errmsg)
    class(metalab_snapshots), intent(in) :: self
    integer(int64), intent(in) :: step
    real(real32), pointer, contiguous, intent(out) :: array(:, :, :)
    type(metalab_mapping), intent(inout) :: mapping
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: extents(3)
    type(c_ptr) :: data

    call begin_memory(self, step, METALAB_DTYPE_FLOAT32, 4, extents, mapping, data, stat, errmsg)
    nullify (array)
    if (c_associated(data)) call c_f_pointer(data, array, extents)
  end subroutine

  recursive subroutine begin_float32_3_int32(self, step, array, mapping, stat, errmsg)
    class(metalab_snapshots), intent(in) :: self
    integer(int32), intent(in) :: step
    real(real32), pointer, contiguous, intent(out) :: array(:, :, :)
    type(metalab_mapping), intent(inout) :: mapping
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call begin_float32_3_int64(self, int(step, int64), array, mapping, stat, errmsg)
  end subroutine

  recursive subroutine begin_float32_4_int64(self, step, array, mapping, stat, errmsg)
    class(metalab_snapshots), intent(in) :: self
    integer(int64), intent(in) :: step
    real(real32), pointer, contiguous, intent(out) :: array(:, :, :, :)
    type(metalab_mapping), intent(inout) :: mapping
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: extents(4)
    type(c_ptr) :: data

    call begin_memory(self, step, METALAB_DTYPE_FLOAT32, 4, extents, mapping, data, stat, errmsg)
    nullify (array)
    if (c_associated(data)) call c_f_pointer(data, array, extents)
  end subroutine

  recursive subroutine begin_float32_4_int32(self, step, array, mapping, stat, errmsg)
    class(metalab_snapshots), intent(in) :: self
    integer(int32), intent(in) :: step
    real(real32), pointer, contiguous, intent(out) :: array(:, :, :, :)
    type(metalab_mapping), intent(inout) :: mapping
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call begin_float32_4_int64(self, int(step, int64), array, mapping, stat, errmsg)
  end subroutine

  recursive subroutine begin_float64_1_int64(self, step, array, mapping, stat, errmsg)
    class(metalab_snapshots), intent(in) :: self
    integer(int64), intent(in) :: step
    real(real64), pointer, contiguous, intent(out) :: array(:)
    type(metalab_mapping), intent(inout) :: mapping
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: extents(1)
    type(c_ptr) :: data

    call begin_memory(self, step, METALAB_DTYPE_FLOAT64, 8, extents, mapping, data, stat, errmsg)
    nullify (array)
    if (c_associated(data)) call c_f_pointer(data, array, extents)
  end subroutine

  recursive subroutine begin_float64_1_int32(self, step, array, mapping, stat, errmsg)
    class(metalab_snapshots), intent(in) :: self
    integer(int32), intent(in) :: step
    real(real64), pointer, contiguous, intent(out) :: array(:)
    type(metalab_mapping), intent(inout) :: mapping
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call begin_float64_1_int64(self, int(step, int64), array, mapping, stat, errmsg)
  end subroutine

  recursive subroutine begin_float64_2_int64(self, step, array, mapping, stat, errmsg)
    class(metalab_snapshots), intent(in) :: self
    integer(int64), intent(in) :: step
    real(real64), pointer, contiguous, intent(out) :: array(:, :)
    type(metalab_mapping), intent(inout) :: mapping
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: extents(2)
    type(c_ptr) :: data

    call begin_memory(self, step, METALAB_DTYPE_FLOAT64, 8, extents, mapping, data, stat, errmsg)
    nullify (array)
    if (c_associated(data)) call c_f_pointer(data, array, extents)
  end subroutine

  recursive subroutine begin_float64_2_int32(self, step, array, mapping, stat, errmsg)
    class(metalab_snapshots), intent(in) :: self
    integer(int32), intent(in) :: step
    real(real64), pointer, contiguous, intent(out) :: array(:, :)
    type(metalab_mapping), intent(inout) :: mapping
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call begin_float64_2_int64(self, int(step, int64), array, mapping, stat, errmsg)
  end subroutine

  recursive subroutine begin_float64_3_int64(self, step, array, mapping, stat, errmsg)
    class(metalab_snapshots), intent(in) :: self
    integer(int64), intent(in) :: step
    real(real64), pointer, contiguous, intent(out) :: array(:, :, :)
    type(metalab_mapping), intent(inout) :: mapping
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: extents(3)
    type(c_ptr) :: data

    call begin_memory(self, step, METALAB_DTYPE_FLOAT64, 8, extents, mapping, data, stat, errmsg)
    nullify (array)
    if (c_associated(data)) call c_f_pointer(data, array, extents)
  end subroutine

  recursive subroutine begin_float64_3_int32(self, step, array, mapping, stat, errmsg)
    class(metalab_snapshots), intent(in) :: self
    integer(int32), intent(in) :: step
    real(real64), pointer, contiguous, intent(out) :: array(:, :, :)
    type(metalab_mapping), intent(inout) :: mapping
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call begin_float64_3_int64(self, int(step, int64), array, mapping, stat, errmsg)
  end subroutine

  recursive subroutine begin_float64_4_int64(self, step, array, mapping, stat, errmsg)
    class(metalab_snapshots), intent(in) :: self
    integer(int64), intent(in) :: step
    real(real64), pointer, contiguous, intent(out) :: array(:, :, :, :)
    type(metalab_mapping), intent(inout) :: mapping
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: extents(4)
    type(c_ptr) :: data

    call begin_memory(self, step, METALAB_DTYPE_FLOAT64, 8, extents, mapping, data, stat, errmsg)
    nullify (array)
    if (c_associated(data)) call c_f_pointer(data, array, extents)
  end subroutine

  recursive subroutine begin_float64_4_int32(self, step, array, mapping, stat, errmsg)
    class(metalab_snapshots), intent(in) :: self
    integer(int32), intent(in) :: step
    real(real64), pointer, contiguous, intent(out) :: array(:, :, :, :)
    type(metalab_mapping), intent(inout) :: mapping
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call begin_float64_4_int64(self, int(step, int64), array, mapping, stat, errmsg)
  end subroutine

  recursive subroutine begin_complex64_1_int64(self, step, array, mapping, stat, errmsg)
    class(metalab_snapshots), intent(in) :: self
    integer(int64), intent(in) :: step
    complex(real32), pointer, contiguous, intent(out) :: array(:)
    type(metalab_mapping), intent(inout) :: mapping
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: extents(1)
    type(c_ptr) :: data

    call begin_memory(self, step, METALAB_DTYPE_COMPLEX64, 8, extents, mapping, data, stat, errmsg)
    nullify (array)
    if (c_associated(data)) call c_f_pointer(data, array, extents)
  end subroutine

  recursive subroutine begin_complex64_1_int32(self, step, array, mapping, stat, errmsg)
    class(metalab_snapshots), intent(in) :: self
    integer(int32), intent(in) :: step
    complex(real32), pointer, contiguous, intent(out) :: array(:)
    type(metalab_mapping), intent(inout) :: mapping
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call begin_complex64_1_int64(self, int(step, int64), array, mapping, stat, errmsg)
  end subroutine

  recursive subroutine begin_complex64_2_int64(self, step, array, mapping, stat, errmsg)
    class(metalab_snapshots), intent(in) :: self
    integer(int64), intent(in) :: step
    complex(real32), pointer, contiguous, intent(out) :: array(:, :)
    type(metalab_mapping), intent(inout) :: mapping
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: extents(2)
    type(c_ptr) :: data

    call begin_memory(self, step, METALAB_DTYPE_COMPLEX64, 8, extents, mapping, data, stat, errmsg)
    nullify (array)
    if (c_associated(data)) call c_f_pointer(data, array, extents)
  end subroutine

  recursive subroutine begin_complex64_2_int32(self, step, array, mapping, stat, errmsg)
    class(metalab_snapshots), intent(in) :: self
    integer(int32), intent(in) :: step
    complex(real32), pointer, contiguous, intent(out) :: array(:, :)
    type(metalab_mapping), intent(inout) :: mapping
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call begin_complex64_2_int64(self, int(step, int64), array, mapping, stat, errmsg)
  end subroutine

  recursive subroutine begin_complex64_3_int64(self, step, array, mapping, stat, errmsg)
    class(metalab_snapshots), intent(in) :: self
    integer(int64), intent(in) :: step
    complex(real32), pointer, contiguous, intent(out) :: array(:, :, :)
    type(metalab_mapping), intent(inout) :: mapping
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: extents(3)
    type(c_ptr) :: data

    call begin_memory(self, step, METALAB_DTYPE_COMPLEX64, 8, extents, mapping, data, stat, errmsg)
    nullify (array)
    if (c_associated(data)) call c_f_pointer(data, array, extents)
  end subroutine

  recursive subroutine begin_complex64_3_int32(self, step, array, mapping, stat, errmsg)
    class(metalab_snapshots), intent(in) :: self
    integer(int32), intent(in) :: step
    complex(real32), pointer, contiguous, intent(out) :: array(:, :, :)
    type(metalab_mapping), intent(inout) :: mapping
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call begin_complex64_3_int64(self, int(step, int64), array, mapping, stat, errmsg)
  end subroutine

  recursive subroutine begin_complex64_4_int64(self, step, array, mapping, stat, errmsg)
    class(metalab_snapshots), intent(in) :: self
    integer(int64), intent(in) :: step
    complex(real32), pointer, contiguous, intent(out) :: array(:, :, :, :)
    type(metalab_mapping), intent(inout) :: mapping
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: extents(4)
    type(c_ptr) :: data

    call begin_memory(self, step, METALAB_DTYPE_COMPLEX64, 8, extents, mapping, data, stat, errmsg)
    nullify (array)
    if (c_associated(data)) call c_f_pointer(data, array, extents)
  end subroutine

  recursive subroutine begin_complex64_4_int32(self, step, array, mapping, stat, errmsg)
    class(metalab_snapshots), intent(in) :: self
    integer(int32), intent(in) :: step
    complex(real32), pointer, contiguous, intent(out) :: array(:, :, :, :)
    type(metalab_mapping), intent(inout) :: mapping
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call begin_complex64_4_int64(self, int(step, int64), array, mapping, stat, errmsg)
  end subroutine

  recursive subroutine begin_complex128_1_int64(self, step, array, mapping, stat, errmsg)
    class(metalab_snapshots), intent(in) :: self
    integer(int64), intent(in) :: step
    complex(real64), pointer, contiguous, intent(out) :: array(:)
    type(metalab_mapping), intent(inout) :: mapping
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: extents(1)
    type(c_ptr) :: data

    call begin_memory(self, step, METALAB_DTYPE_COMPLEX128, 16, extents, mapping, data, stat, errmsg)
    nullify (array)
    if (c_associated(data)) call c_f_pointer(data, array, extents)
  end subroutine

  recursive subroutine begin_complex128_1_int32(self, step, array, mapping, stat, errmsg)
    class(metalab_snapshots), intent(in) :: self
    integer(int32), intent(in) :: step
    complex(real64), pointer, contiguous, intent(out) :: array(:)
    type(metalab_mapping), intent(inout) :: mapping
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call begin_complex128_1_int64(self, int(step, int64), array, mapping, stat, errmsg)
  end subroutine

  recursive subroutine begin_complex128_2_int64(self, step, array, mapping, stat, errmsg)
    class(metalab_snapshots), intent(in) :: self
    integer(int64), intent(in) :: step
    complex(real64), pointer, contiguous, intent(out) :: array(:, :)
    type(metalab_mapping), intent(inout) :: mapping
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: extents(2)
    type(c_ptr) :: data

    call begin_memory(self, step, METALAB_DTYPE_COMPLEX128, 16, extents, mapping, data, stat, errmsg)
    nullify (array)
    if (c_associated(data)) call c_f_pointer(data, array, extents)
  end subroutine

  recursive subroutine begin_complex128_2_int32(self, step, array, mapping, stat, errmsg)
    class(metalab_snapshots), intent(in) :: self
    integer(int32), intent(in) :: step
    complex(real64), pointer, contiguous, intent(out) :: array(:, :)
    type(metalab_mapping), intent(inout) :: mapping
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call begin_complex128_2_int64(self, int(step, int64), array, mapping, stat, errmsg)
  end subroutine

  recursive subroutine begin_complex128_3_int64(self, step, array, mapping, stat, errmsg)
    class(metalab_snapshots), intent(in) :: self
    integer(int64), intent(in) :: step
    complex(real64), pointer, contiguous, intent(out) :: array(:, :, :)
    type(metalab_mapping), intent(inout) :: mapping
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: extents(3)
    type(c_ptr) :: data

    call begin_memory(self, step, METALAB_DTYPE_COMPLEX128, 16, extents, mapping, data, stat, errmsg)
    nullify (array)
    if (c_associated(data)) call c_f_pointer(data, array, extents)
  end subroutine

  recursive subroutine begin_complex128_3_int32(self, step, array, mapping, stat, errmsg)
    class(metalab_snapshots), intent(in) :: self
    integer(int32), intent(in) :: step
    complex(real64), pointer, contiguous, intent(out) :: array(:, :, :)
    type(metalab_mapping), intent(inout) :: mapping
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call begin_complex128_3_int64(self, int(step, int64), array, mapping, stat, errmsg)
  end subroutine

  recursive subroutine begin_complex128_4_int64(self, step, array, mapping, stat, errmsg)
    class(metalab_snapshots), intent(in) :: self
    integer(int64), intent(in) :: step
    complex(real64), pointer, contiguous, intent(out) :: array(:, :, :, :)
    type(metalab_mapping), intent(inout) :: mapping
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: extents(4)
    type(c_ptr) :: data

    call begin_memory(self, step, METALAB_DTYPE_COMPLEX128, 16, extents, mapping, data, stat, errmsg)
    nullify (array)
    if (c_associated(data)) call c_f_pointer(data, array, extents)
  end subroutine

  recursive subroutine begin_complex128_4_int32(self, step, array, mapping, stat, errmsg)
    class(metalab_snapshots), intent(in) :: self
    integer(int32), intent(in) :: step
    complex(real64), pointer, contiguous, intent(out) :: array(:, :, :, :)
    type(metalab_mapping), intent(inout) :: mapping
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call begin_complex128_4_int64(self, int(step, int64), array, mapping, stat, errmsg)
  end subroutine

  recursive subroutine figure_int32(self, name, field, colormap, range, logarithmic, origin_lower, scale, metadata, &
      reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int32), intent(in), target :: field(:, :)
    integer, intent(in), optional :: colormap, scale
    real(real64), intent(in), optional :: range(2)
    logical, intent(in), optional :: logarithmic, origin_lower, reverse
    character(len=*), intent(in), optional :: metadata
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_figure(self%handle, name, view_int32_2(field), colormap, range, logarithmic, origin_lower, scale, &
        metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine figure_int64(self, name, field, colormap, range, logarithmic, origin_lower, scale, metadata, &
      reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int64), intent(in), target :: field(:, :)
    integer, intent(in), optional :: colormap, scale
    real(real64), intent(in), optional :: range(2)
    logical, intent(in), optional :: logarithmic, origin_lower, reverse
    character(len=*), intent(in), optional :: metadata
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_figure(self%handle, name, view_int64_2(field), colormap, range, logarithmic, origin_lower, scale, &
        metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine figure_float32(self, name, field, colormap, range, logarithmic, origin_lower, scale, metadata, &
      reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real32), intent(in), target :: field(:, :)
    integer, intent(in), optional :: colormap, scale
    real(real64), intent(in), optional :: range(2)
    logical, intent(in), optional :: logarithmic, origin_lower, reverse
    character(len=*), intent(in), optional :: metadata
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_figure(self%handle, name, view_float32_2(field), colormap, range, logarithmic, origin_lower, scale, &
        metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine figure_float64(self, name, field, colormap, range, logarithmic, origin_lower, scale, metadata, &
      reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real64), intent(in), target :: field(:, :)
    integer, intent(in), optional :: colormap, scale
    real(real64), intent(in), optional :: range(2)
    logical, intent(in), optional :: logarithmic, origin_lower, reverse
    character(len=*), intent(in), optional :: metadata
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_figure(self%handle, name, view_float64_2(field), colormap, range, logarithmic, origin_lower, scale, &
        metadata, reverse, stat, errmsg)
  end subroutine

  recursive subroutine metric_int8(self, name, value, step, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int8), intent(in) :: value
    integer(int32), intent(in), optional :: step
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room
    integer(c_int32_t) :: status

    if (present(step)) then
      call self%metric(name, value, int(step, int64), stat, errmsg)
      return
    end if
    status = c_capture_metric_i64(self%handle, pointer_to(name, room), int(value, c_int64_t))
    if (present(stat)) stat = int(status)
    if (status /= METALAB_OK) call failed(status, self%handle, present(stat), errmsg)
  end subroutine

  recursive subroutine metric_int8_at(self, name, value, step, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int8), intent(in) :: value
    integer(int64), intent(in) :: step
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room
    integer(c_int32_t) :: status

    status = c_capture_metric_step_i64(self%handle, pointer_to(name, room), step, &
        int(value, c_int64_t))
    if (present(stat)) stat = int(status)
    if (status /= METALAB_OK) call failed(status, self%handle, present(stat), errmsg)
  end subroutine

  recursive subroutine metric_int16(self, name, value, step, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int16), intent(in) :: value
    integer(int32), intent(in), optional :: step
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room
    integer(c_int32_t) :: status

    if (present(step)) then
      call self%metric(name, value, int(step, int64), stat, errmsg)
      return
    end if
    status = c_capture_metric_i64(self%handle, pointer_to(name, room), int(value, c_int64_t))
    if (present(stat)) stat = int(status)
    if (status /= METALAB_OK) call failed(status, self%handle, present(stat), errmsg)
  end subroutine

  recursive subroutine metric_int16_at(self, name, value, step, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int16), intent(in) :: value
    integer(int64), intent(in) :: step
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room
    integer(c_int32_t) :: status

    status = c_capture_metric_step_i64(self%handle, pointer_to(name, room), step, &
        int(value, c_int64_t))
    if (present(stat)) stat = int(status)
    if (status /= METALAB_OK) call failed(status, self%handle, present(stat), errmsg)
  end subroutine

  recursive subroutine metric_int32(self, name, value, step, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int32), intent(in) :: value
    integer(int32), intent(in), optional :: step
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room
    integer(c_int32_t) :: status

    if (present(step)) then
      call self%metric(name, value, int(step, int64), stat, errmsg)
      return
    end if
    status = c_capture_metric_i64(self%handle, pointer_to(name, room), int(value, c_int64_t))
    if (present(stat)) stat = int(status)
    if (status /= METALAB_OK) call failed(status, self%handle, present(stat), errmsg)
  end subroutine

  recursive subroutine metric_int32_at(self, name, value, step, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int32), intent(in) :: value
    integer(int64), intent(in) :: step
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room
    integer(c_int32_t) :: status

    status = c_capture_metric_step_i64(self%handle, pointer_to(name, room), step, &
        int(value, c_int64_t))
    if (present(stat)) stat = int(status)
    if (status /= METALAB_OK) call failed(status, self%handle, present(stat), errmsg)
  end subroutine

  recursive subroutine metric_int64(self, name, value, step, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int64), intent(in) :: value
    integer(int32), intent(in), optional :: step
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room
    integer(c_int32_t) :: status

    if (present(step)) then
      call self%metric(name, value, int(step, int64), stat, errmsg)
      return
    end if
    status = c_capture_metric_i64(self%handle, pointer_to(name, room), value)
    if (present(stat)) stat = int(status)
    if (status /= METALAB_OK) call failed(status, self%handle, present(stat), errmsg)
  end subroutine

  recursive subroutine metric_int64_at(self, name, value, step, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    integer(int64), intent(in) :: value
    integer(int64), intent(in) :: step
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room
    integer(c_int32_t) :: status

    status = c_capture_metric_step_i64(self%handle, pointer_to(name, room), step, &
        value)
    if (present(stat)) stat = int(status)
    if (status /= METALAB_OK) call failed(status, self%handle, present(stat), errmsg)
  end subroutine

  recursive subroutine metric_real32(self, name, value, step, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real32), intent(in) :: value
    integer(int32), intent(in), optional :: step
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room
    integer(c_int32_t) :: status

    if (present(step)) then
      call self%metric(name, value, int(step, int64), stat, errmsg)
      return
    end if
    status = c_capture_metric(self%handle, pointer_to(name, room), real(value, c_double))
    if (present(stat)) stat = int(status)
    if (status /= METALAB_OK) call failed(status, self%handle, present(stat), errmsg)
  end subroutine

  recursive subroutine metric_real32_at(self, name, value, step, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real32), intent(in) :: value
    integer(int64), intent(in) :: step
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room
    integer(c_int32_t) :: status

    status = c_capture_metric_step(self%handle, pointer_to(name, room), step, &
        real(value, c_double))
    if (present(stat)) stat = int(status)
    if (status /= METALAB_OK) call failed(status, self%handle, present(stat), errmsg)
  end subroutine

  recursive subroutine metric_real64(self, name, value, step, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real64), intent(in) :: value
    integer(int32), intent(in), optional :: step
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room
    integer(c_int32_t) :: status

    if (present(step)) then
      call self%metric(name, value, int(step, int64), stat, errmsg)
      return
    end if
    status = c_capture_metric(self%handle, pointer_to(name, room), value)
    if (present(stat)) stat = int(status)
    if (status /= METALAB_OK) call failed(status, self%handle, present(stat), errmsg)
  end subroutine

  recursive subroutine metric_real64_at(self, name, value, step, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    real(real64), intent(in) :: value
    integer(int64), intent(in) :: step
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room
    integer(c_int32_t) :: status

    status = c_capture_metric_step(self%handle, pointer_to(name, room), step, &
        value)
    if (present(stat)) stat = int(status)
    if (status /= METALAB_OK) call failed(status, self%handle, present(stat), errmsg)
  end subroutine

  recursive subroutine metric_logical(self, name, value, step, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    logical, intent(in) :: value
    integer(int32), intent(in), optional :: step
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room
    integer(c_int32_t) :: status

    if (present(step)) then
      call self%metric(name, value, int(step, int64), stat, errmsg)
      return
    end if
    status = c_capture_metric_bool(self%handle, pointer_to(name, room), merge(1_c_int32_t, 0_c_int32_t, value))
    if (present(stat)) stat = int(status)
    if (status /= METALAB_OK) call failed(status, self%handle, present(stat), errmsg)
  end subroutine

  recursive subroutine metric_logical_at(self, name, value, step, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    logical, intent(in) :: value
    integer(int64), intent(in) :: step
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room
    integer(c_int32_t) :: status

    status = c_capture_metric_step_bool(self%handle, pointer_to(name, room), step, &
        merge(1_c_int32_t, 0_c_int32_t, value))
    if (present(stat)) stat = int(status)
    if (status /= METALAB_OK) call failed(status, self%handle, present(stat), errmsg)
  end subroutine

  recursive subroutine metric_bool(self, name, value, step, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    logical(c_bool), intent(in) :: value
    integer(int32), intent(in), optional :: step
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room
    integer(c_int32_t) :: status

    if (present(step)) then
      call self%metric(name, value, int(step, int64), stat, errmsg)
      return
    end if
    status = c_capture_metric_bool(self%handle, pointer_to(name, room), merge(1_c_int32_t, 0_c_int32_t, logical(value)))
    if (present(stat)) stat = int(status)
    if (status /= METALAB_OK) call failed(status, self%handle, present(stat), errmsg)
  end subroutine

  recursive subroutine metric_bool_at(self, name, value, step, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    logical(c_bool), intent(in) :: value
    integer(int64), intent(in) :: step
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room
    integer(c_int32_t) :: status

    status = c_capture_metric_step_bool(self%handle, pointer_to(name, room), step, &
        merge(1_c_int32_t, 0_c_int32_t, logical(value)))
    if (present(stat)) stat = int(status)
    if (status /= METALAB_OK) call failed(status, self%handle, present(stat), errmsg)
  end subroutine

  recursive subroutine metric_text(self, name, value, step, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    character(len=*), intent(in) :: value
    integer(int32), intent(in), optional :: step
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room
    integer(c_int32_t) :: status

    if (present(step)) then
      call self%metric(name, value, int(step, int64), stat, errmsg)
      return
    end if
    status = c_capture_metric_text(self%handle, pointer_to(name, room), value, len_trim(value, c_size_t))
    if (present(stat)) stat = int(status)
    if (status /= METALAB_OK) call failed(status, self%handle, present(stat), errmsg)
  end subroutine

  recursive subroutine metric_text_at(self, name, value, step, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    character(len=*), intent(in) :: value
    integer(int64), intent(in) :: step
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room
    integer(c_int32_t) :: status

    status = c_capture_metric_step_text(self%handle, pointer_to(name, room), step, &
        value, len_trim(value, c_size_t))
    if (present(stat)) stat = int(status)
    if (status /= METALAB_OK) call failed(status, self%handle, present(stat), errmsg)
  end subroutine

end module
