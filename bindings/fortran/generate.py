#!/usr/bin/env python3
"""Writes the sources that repeat themselves: the declarations of the C interface, from
include/metalab.h, and the procedures that exist once for each type and rank.

usage: generate.py            writes src/metalab_c.f90, metalab_constants.f90, metalab_emitter.f90 and metalab_loaded.f90
       generate.py --check    answers 1, and says which, if they are not what it would write
"""

import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
HEADER = HERE.parent.parent / "include" / "metalab.h"
SOURCES = HERE / "src"
NOTICE = "! Written by generate.py; do not edit."
WIDTH = 100


def folded(line, indent):
    """A statement in lines of bearable length, broken after commas."""
    lines = []
    rest = " " * indent + line
    while len(rest) > WIDTH:
        at = rest.rfind(", ", 0, WIDTH - 2)
        lines.append(rest[: at + 1] + " &")
        rest = " " * (indent + 4) + rest[at + 2 :]
    return "\n".join(lines + [rest])


# --- The C interface

# What C's types are here, for arguments by value and for what functions answer.
VALUES = {
    "metalab_status_t": "integer(c_int32_t)",
    "metalab_run_status_t": "integer(c_int32_t)",
    "int32_t": "integer(c_int32_t)",
    "uint32_t": "integer(c_int32_t)",
    "int": "integer(c_int)",
    "int64_t": "integer(c_int64_t)",
    "uint64_t": "integer(c_int64_t)",
    "size_t": "integer(c_size_t)",
    "double": "real(c_double)",
    "bool": "logical(c_bool)",
}
# The constants that programs need, all of a kind.
CONSTANTS = re.compile(
    r"^#define (METALAB_(?:OK|SKIP|NO_CAPTURE|ABI_VERSION|STDOUT|STDERR|\w+_MAX"
    r"|(?:ERR|DTYPE|IF_SUCCESS|LEVEL|FILE|COLORMAP|SIGNALS|FLUSH|ORDER|ROLE|RESTART|RUN|COLUMN)_\w+)) (\d+)$",
    re.M,
)


def declaration(parameter, following):
    """How a parameter of C is declared here."""
    kind, name = re.match(r"(.*?)(\w+)$", parameter.strip()).groups()
    kind = re.sub(r"\bstruct ", "", kind).strip()
    if kind == "const void *" or (kind == "const char *" and following and f"{name}_len" in following):
        return name, f"character(kind=c_char), intent(in) :: {name}(*)"
    if kind == "const char *const *":
        return name, f"type(c_ptr), intent(in) :: {name}(*)"
    arrays = {"uint64_t": "integer(c_int64_t)", "int64_t": "integer(c_int64_t)", "double": "real(c_double)",
              "uint8_t": "integer(c_int8_t)"}
    for element, fortran in arrays.items():
        if kind == f"const {element} *":
            return name, f"{fortran}, intent(in) :: {name}(*)"
    if kind == "const metalab_array_t *":
        return name, f"type(c_array), intent(in) :: {name}{'(*)' if name == 'arrays' else ''}"
    written = {"metalab_array_t *": "type(c_array)", "metalab_column_t *": "type(c_column)"}
    if kind in written:
        return name, f"{written[kind]}, intent(inout) :: {name}"
    if kind == "const metalab_field_style_t *":
        return name, f"type(c_field_style), intent(in) :: {name}"
    if kind.endswith("**"):
        # Written only where the call succeeds: not intent(out).
        return name, f"type(c_ptr), intent(inout) :: {name}"
    if kind.endswith("*"):
        plain = kind.removeprefix("const ").removesuffix("*").strip()
        if plain in VALUES:
            return name, f"{VALUES[plain]}, intent(inout) :: {name}"
        return name, f"type(c_ptr), value :: {name}"
    if kind == "metalab_progress_t":
        return name, f"type(c_funptr), value :: {name}"
    plain = VALUES.get(kind) or ("integer(c_int32_t)" if kind.startswith("metalab_") else None)
    if plain is None:
        raise SystemExit(f"generate.py: no declaration for {parameter!r}")
    return name, f"{plain}, value :: {name}"


def interface(answer, name, parameters):
    parameters = [] if parameters == "void" else [one.strip() for one in parameters.split(",")]
    followers = parameters[1:] + [None]
    declared = [declaration(one, following) for one, following in zip(parameters, followers)]
    arguments = ", ".join(one for one, _ in declared)
    short = "c_" + name.removeprefix("metalab_")
    lines, kind = [], "subroutine"
    tail = f"bind(c, name='{name}')"
    if answer != "void":
        kind, tail = "function", f"result(answer) {tail}"
    lines.append(folded(f"{kind} {short}({arguments}) &", 4) + f"\n        {tail}")
    lines.append("      import")
    lines.append("      implicit none")
    lines += ["      " + one for _, one in declared]
    if answer != "void":
        fortran = "type(c_ptr)" if answer.endswith("*") else VALUES[answer]
        lines.append(f"      {fortran} :: answer")
    lines.append(f"    end {kind}")
    return "\n".join(lines)


def c_module():
    header = HEADER.read_text()
    bare = re.sub(r"/\*.*?\*/", "", header, flags=re.S)
    functions = re.findall(r"^((?:const )?\w+ ?\*?)(metalab_\w+)\(([^()]*)\);", bare, re.M)
    used = set()
    for path in SOURCES.glob("*.f90"):
        if path.name != "metalab_c.f90":
            used |= set(re.findall(r"\bc_\w+", path.read_text()))
    used |= set(re.findall(r"\bc_\w+", emitter_module() + loaded_module()))
    interfaces = []
    for answer, name, parameters in functions:
        short = "c_" + name.removeprefix("metalab_")
        if short in used:
            interfaces.append((short, interface(answer.strip(), name, " ".join(parameters.split()))))
    public = folded("public :: " + ", ".join(short for short, _ in interfaces), 2)
    return C_MODULE.format(notice=NOTICE, public=public,
                           interfaces="\n".join(text for _, text in interfaces))


def constants_module():
    constants = [f"  integer, parameter, public :: {name} = {value}"
                 for name, value in CONSTANTS.findall(HEADER.read_text())]
    return f"""\
{NOTICE}
!> Statuses and enumerations, as include/metalab.h has them.
module metalab_constants_m
  implicit none
  private

{chr(10).join(constants)}
end module
"""


C_MODULE = """\
{notice}
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

{public}
  public :: c_strlen

  interface
{interfaces}
    !> Of the C library.
    function c_strlen(text) result(answer) bind(c, name='strlen')
      import
      implicit none
      type(c_ptr), value :: text
      integer(c_size_t) :: answer
    end function
  end interface
end module
"""

# --- Types and ranks

TYPES = {
    "int32": ("integer(int32)", "METALAB_DTYPE_INT32", 4),
    "int64": ("integer(int64)", "METALAB_DTYPE_INT64", 8),
    "float32": ("real(real32)", "METALAB_DTYPE_FLOAT32", 4),
    "float64": ("real(real64)", "METALAB_DTYPE_FLOAT64", 8),
    "complex64": ("complex(real32)", "METALAB_DTYPE_COMPLEX64", 8),
    "complex128": ("complex(real64)", "METALAB_DTYPE_COMPLEX128", 16),
}
# Those of fewer bytes, which are emitted and read, but not mapped to be computed in.
SMALL = {
    "int8": ("integer(int8)", "METALAB_DTYPE_INT8", 1),
    "int16": ("integer(int16)", "METALAB_DTYPE_INT16", 2),
    "bool": ("logical(c_bool)", "METALAB_DTYPE_BOOL", 1),
}
ALL = TYPES | SMALL
RANKS = range(1, 8)
MAPPED_RANKS = range(1, 5)
REAL = ("int32", "int64", "float32", "float64")


def colons(rank):
    return ", ".join(":" * rank)


def generic(name, specifics):
    # One statement for each type keeps them short.
    return "\n".join(folded(f"generic :: {name} => " + ", ".join(group), 4) for group in specifics)


def private(specifics):
    return "\n".join(folded("procedure, private :: " + ", ".join(group), 4) for group in specifics)


def every(prefix, types, ranks, suffix=""):
    return [[f"{prefix}_{kind}_{rank}{suffix}" for rank in ranks] for kind in types]


def view(kind, rank):
    fortran, dtype, size = ALL[kind]
    first = ", ".join(["1"] * rank)
    strides = []
    for k in range(1, rank + 1):
        second = ", ".join("2" if i == k else "1" for i in range(1, rank + 1))
        strides.append(
            f"    if (size(array, {k}) > 1) view%strides({k}) = distance(view%data, c_loc(array({second})))")
    return f"""
  recursive function view_{kind}_{rank}(array) result(view)
    {fortran}, intent(in), target, optional :: array({colons(rank)})
    type(array_view) :: view

    if (.not. present(array)) return
    view = blank_view({dtype}, {size}, shape(array, int64))
    if (any(view%shape(:{rank}) == 0)) return
    view%data = c_loc(array({first}))
""" + "\n".join(strides) + "\n  end function\n"


def bytes_of(rank):
    extents = ", ".join(f"size(array, {k})" for k in range(1, rank + 1))
    bytes = folded(f"logical(c_bool), intent(out) :: bytes({extents})", 4)
    return f"""
  recursive subroutine bytes_of_{rank}(array, bytes)
    logical, intent(in) :: array({colons(rank)})
{bytes}

    bytes = logical(array, c_bool)
  end subroutine

  recursive subroutine logicals_{rank}(array, bytes, extents, error)
    logical, intent(in), optional :: array({colons(rank)})
    logical(c_bool), allocatable, intent(out) :: bytes(:)
    integer(int64), intent(out) :: extents({rank})
    integer, intent(out) :: error
    integer :: status

    error = METALAB_ERR_NULL
    if (.not. present(array)) return
    extents = shape(array, int64)
    allocate (bytes(size(array, kind=int64)), stat=status)
    error = merge(METALAB_OK, METALAB_ERR_MEMORY, status == 0)
    if (status == 0) call bytes_of_{rank}(array, bytes)
  end subroutine
"""


def put(what, kind, rank):
    copied = {"logical": "logical", "text": "character(len=*)"}
    fortran = copied.get(kind) or ALL[kind][0]
    target = "" if kind in copied else ", target"
    if kind == "text":
        local = ("\n    character(kind=c_char), allocatable, target :: bytes(:)"
                 "\n    integer(int64) :: count\n    integer :: status")
        body = f"""\
    count = size(array, kind=int64)
    allocate (bytes(count * len(array)), stat=status)
    if (status /= 0) then
      call fail_memory(self%handle, stat, errmsg)
      return
    end if
    call bytes_of_texts(array, count, bytes)
    call put_array(self%handle, {what.upper()}, name, view_of_texts(bytes, len(array), shape(array, int64)), &
        metadata, reverse, stat, errmsg)"""
    elif kind not in copied:
        local = ""
        body = folded(f"call put_array(self%handle, {what.upper()}, name, view_{kind}_{rank}(array), metadata, "
                      "reverse, stat, errmsg)", 4)
    else:
        local = ("\n    logical(c_bool), allocatable, target :: bytes(:)"
                 f"\n    integer(int64) :: extents({rank})\n    integer :: error")
        body = f"""\
    call logicals_{rank}(array, bytes, extents, error)
    if (error /= METALAB_OK) then
      call fail_array(error, self%handle, name, stat, errmsg)
      return
    end if
    call put_array(self%handle, {what.upper()}, name, view_of_bytes(bytes, extents), metadata, reverse, stat, errmsg)"""
    return f"""
  recursive subroutine {what}_{kind}_{rank}(self, name, array, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    {fortran}, intent(in){target} :: array({colons(rank)})
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg{local}

{body}
  end subroutine
"""


def put_text(what):
    return f"""
  recursive subroutine {what}_text_0(self, name, text, metadata, stat, errmsg)
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
    call put_array(self%handle, {what.upper()}, name, view_of_texts(bytes, length, none), metadata, stat=stat, &
        errmsg=errmsg)
  end subroutine
"""


def add(kind, rank):
    if kind == "logical":
        return f"""
  recursive subroutine add_logical_{rank}(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    logical, intent(in) :: array({colons(rank)})
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    logical(c_bool), allocatable :: bytes(:)
    integer(int64) :: extents({rank})
    integer :: error

    call logicals_{rank}(array, bytes, extents, error)
    if (error /= METALAB_OK) then
      call fail_array(error, c_null_ptr, name, stat, errmsg)
      return
    end if
    call add_bytes(self, name, bytes, extents, reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine
"""
    fortran = ALL[kind][0]
    return f"""
  recursive subroutine add_{kind}_{rank}(self, name, array, reverse, stat, errmsg)
    class(metalab_arrays), intent(inout) :: self
    character(len=*), intent(in) :: name
    {fortran}, pointer, intent(in) :: array({colons(rank)})
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (.not. associated(array)) then
      call fail_unassociated(name, stat, errmsg)
      return
    end if
    call add_view(self, name, view_{kind}_{rank}(array), reverse)
    if (present(stat)) stat = METALAB_OK
  end subroutine
"""


def map_array(kind, rank):
    fortran, dtype, size = TYPES[kind]
    text = ""
    for index in ("int64", "int32"):
        if index == "int64":
            call = f"""\
    call map_memory(self%handle, name, {dtype}, {size}, {rank}, extents, mapping, data, metadata, reverse, &
        stat, errmsg)
    nullify (array)
    if (c_associated(data)) call c_f_pointer(data, array, extents)"""
            local = "\n    type(c_ptr) :: data"
        else:
            call = f"""\
    call map_{kind}_{rank}_int64(self, name, array, int(extents, int64), mapping, metadata, reverse, stat, &
        errmsg)"""
            local = ""
        text += f"""
  recursive subroutine map_{kind}_{rank}_{index}(self, name, array, extents, mapping, metadata, reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    {fortran}, pointer, contiguous, intent(out) :: array({colons(rank)})
    integer({index}), intent(in) :: extents(:)
    type(metalab_mapping), intent(inout) :: mapping
    character(len=*), intent(in), optional :: metadata
    logical, intent(in), optional :: reverse
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg{local}

{call}
  end subroutine
"""
    return text


def end_mapping(how, kind, rank):
    return f"""
  recursive subroutine {how}_{kind}_{rank}(self, array, stat, errmsg)
    class(metalab_mapping), intent(inout) :: self
    {TYPES[kind][0]}, pointer, contiguous, intent(inout) :: array({colons(rank)})
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%{how}_only(stat, errmsg)
    nullify (array)
  end subroutine
"""


def begin(kind, rank):
    fortran, dtype, size = TYPES[kind]
    text = ""
    for index in ("int64", "int32"):
        if index == "int64":
            call = f"""\
    call begin_memory(self, step, {dtype}, {size}, extents, mapping, data, stat, errmsg)
    nullify (array)
    if (c_associated(data)) call c_f_pointer(data, array, extents)"""
            local = f"\n    integer(int64) :: extents({rank})\n    type(c_ptr) :: data"
        else:
            call = f"    call begin_{kind}_{rank}_int64(self, int(step, int64), array, mapping, stat, errmsg)"
            local = ""
        text += f"""
  recursive subroutine begin_{kind}_{rank}_{index}(self, step, array, mapping, stat, errmsg)
    class(metalab_snapshots), intent(in) :: self
    integer({index}), intent(in) :: step
    {fortran}, pointer, contiguous, intent(out) :: array({colons(rank)})
    type(metalab_mapping), intent(inout) :: mapping
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg{local}

{call}
  end subroutine
"""
    return text


def figure(kind):
    return f"""
  recursive subroutine figure_{kind}(self, name, field, colormap, range, logarithmic, origin_lower, scale, metadata, &
      reverse, stat, errmsg)
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    {TYPES[kind][0]}, intent(in), target :: field(:, :)
    integer, intent(in), optional :: colormap, scale
    real(real64), intent(in), optional :: range(2)
    logical, intent(in), optional :: logarithmic, origin_lower, reverse
    character(len=*), intent(in), optional :: metadata
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call put_figure(self%handle, name, view_{kind}_2(field), colormap, range, logarithmic, origin_lower, scale, &
        metadata, reverse, stat, errmsg)
  end subroutine
"""


def emitter_module():
    stored = list(ALL) + ["logical"]
    put_kinds = stored + ["text"]
    artifacts, data = every("artifact", put_kinds, RANKS), every("data", put_kinds, RANKS)
    artifacts.append(["artifact_text_0"])
    data.append(["data_text_0"])
    adds = every("add", stored, RANKS)
    maps = [[name + suffix for name in group for suffix in ("_int64", "_int32")]
            for group in every("map", TYPES, MAPPED_RANKS)]
    begins = [[name + suffix for name in group for suffix in ("_int64", "_int32")]
              for group in every("begin", TYPES, MAPPED_RANKS)]
    seals, abandons = every("seal", TYPES, MAPPED_RANKS), every("abandon", TYPES, MAPPED_RANKS)
    figures = [[f"figure_{kind}" for kind in REAL]]
    bodies = "".join(view(kind, rank) for kind in ALL for rank in RANKS)
    bodies += "".join(bytes_of(rank) for rank in RANKS)
    for what in ("artifact", "data"):
        bodies += "".join(put(what, kind, rank) for kind in put_kinds for rank in RANKS) + put_text(what)
    bodies += "".join(add(kind, rank) for kind in stored for rank in RANKS)
    bodies += "".join(map_array(kind, rank) for kind in TYPES for rank in MAPPED_RANKS)
    for how in ("seal", "abandon"):
        bodies += "".join(end_mapping(how, kind, rank) for kind in TYPES for rank in MAPPED_RANKS)
    bodies += "".join(begin(kind, rank) for kind in TYPES for rank in MAPPED_RANKS)
    bodies += "".join(figure(kind) for kind in REAL)
    return EMITTER_MODULE.format(
        notice=NOTICE, bodies=bodies,
        artifact=generic("artifact", artifacts), artifact_private=private(artifacts),
        data=generic("data", data), data_private=private(data),
        add=generic("add", adds), add_private=private(adds),
        map=generic("map", maps), map_private=private(maps),
        seal=generic("seal", seals), seal_private=private(seals),
        abandon=generic("abandon", abandons), abandon_private=private(abandons),
        begin=generic("begin", begins), begin_private=private(begins),
        figure=generic("figure", figures), figure_private=private(figures),
    )


EMITTER_MODULE = """\
{notice}
!> What arrays are emitted by: one procedure for each type and rank.
module metalab_emitter_m
  use, intrinsic :: iso_c_binding
  use, intrinsic :: iso_fortran_env, only: int8, int16, int32, int64, real32, real64
  use metalab_constants_m
  use metalab_support_m, only: fail_array, fail_memory, fail_unassociated
  use metalab_memory_m
  implicit none
  private
  public :: metalab_arrays, metalab_emitter, metalab_mapping, metalab_snapshots

  !> Named arrays that become one artifact, which Python gets as a dict:
  !>
  !>     type(metalab_arrays) :: state
  !>     call state%add('u', u)
  !>     call state%add('p', p)
  !>     call run%artifact('state', state)
  !>
  !> Arrays are not copied until then: they have to be targets (or pointers) and stay as long.
  !> Logicals are copied.
  type, extends(arrays_base) :: metalab_arrays
  contains
    !> Adds an array under a name. reverse: with its dimensions in the opposite order.
{add}
{add_private}
  end type

  !> An array that the solver computes in the file that becomes the artifact; see `map`. Ended by
  !> `seal` or `abandon`, one of which must be called. Given the pointer, they nullify it.
  type, extends(mapping_base) :: metalab_mapping
  contains
    generic :: seal => seal_only
{seal}
    generic :: abandon => abandon_only
{abandon}
{seal_private}
{abandon_private}
  end type

  !> An array that the solver writes every so many steps, each time into an artifact's own file,
  !> which was made ahead; see `snapshots`. `free` ends it.
  type, extends(snapshots_base) :: metalab_snapshots
  contains
    !> Makes `array` a pointer to the zeros that become the snapshot of a step: the artifact
    !> "name.00000500" for step 500. `mapping` is to be sealed. Plain memory where there can be no
    !> artifact.
{begin}
{begin_private}
  end type

  !> What arrays are given to: the part of a capture that is the same for each type and rank.
  type :: metalab_emitter
    !> The handle of the C interface.
    type(c_ptr) :: handle = c_null_ptr
  contains
    !> An artifact: an array as .npz, which Python gets as a numpy array of the same shape. Of
    !> rank 1 to 7: integer of 8 to 64 bits, real or complex of 32 or 64, logical or logical(c_bool); contiguous
    !> or not; read where it lies. Or of characters, also as a scalar, as strings of their length (numpy's "S"), without
    !> the blanks at their ends.
    !>
    !> name: of the artifact. metadata: a JSON object. reverse: the indices in reverse order, so
    !> that Python reads array(i, j) as array[j, i], without a copy.
{artifact}
    !> Structured data: as `artifact`, but stored as text. For what a table or plot shows.
{data}
    !> An artifact that is computed in place: makes `array` a pointer to zeros in the file that
    !> becomes the artifact. `mapping` is to be sealed. Where there can be none (no run, no room),
    !> it is plain memory, so that the solver goes on.
{map}
    !> Declares an array that is written every so many steps. dtype: METALAB_DTYPE_FLOAT64 and so on, for
    !> the type of the pointer that `begin` is given; extents: as many as it has dimensions (1 to 4).
    generic :: snapshots => snapshots_int64, snapshots_int32
    procedure, private :: snapshots_int64, snapshots_int32
    !> A figure: rows and columns drawn with a METALAB_COLORMAP_... as PNG. range: the values of
    !> the first and last colour; those of the field if absent. scale: pixels of a cell's side; if
    !> absent, enough to see, and a colour bar with the range and "unit" of the metadata.
{figure}
    generic :: artifact => artifact_arrays
    procedure, private :: artifact_arrays
{artifact_private}
{data_private}
{map_private}
{figure_private}
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
{bodies}
end module
"""


# --- Reading

def allocated(rank):
    return ", ".join(f"n({k})" for k in range(1, rank + 1))


NO_MEMORY = """\
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if"""


def get(kind, rank):
    fortran, dtype, size = ALL.get(kind, ("logical", "METALAB_DTYPE_BOOL", 1))
    if kind == "logical":
        local = f"    integer(c_int8_t), allocatable, target :: bytes({colons(rank)})\n"
        fill = f"""\
    allocate (array({allocated(rank)}), bytes({allocated(rank)}), stat=error)
{NO_MEMORY}
    if (size(bytes) > 0) call take(self, {size}, c_loc(bytes))
    array = bytes /= 0_c_int8_t"""
    else:
        local = ""
        fill = f"""\
    allocate (array({allocated(rank)}), stat=error)
{NO_MEMORY}
    if (size(array) > 0) call take(self, {size}, c_loc(array))"""
    target = "" if kind == "logical" else ", target"
    return f"""
  recursive subroutine get_{kind}_{rank}(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    {fortran}, allocatable, intent(out){target} :: array({colons(rank)})
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
{local}    integer(int64) :: n({rank})
    integer :: error

    if (.not. fits(self, {dtype}, {rank}, n, stat, errmsg)) return
{fill}
  end subroutine
"""


def map_stored(kind, rank):
    fortran, dtype, size = ALL[kind]
    return f"""
  recursive subroutine map_{kind}_{rank}(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    {fortran}, pointer, contiguous, intent(out) :: array({colons(rank)})
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64) :: n({rank})
    type(c_ptr) :: data

    nullify (array)
    if (.not. fits(self, {dtype}, {rank}, n, stat, errmsg)) return
    if (stored_in_place(self, {rank}, data, stat, errmsg)) call c_f_pointer(data, array, n)
  end subroutine
"""


def loaded_module():
    gets, maps = every("get", list(ALL) + ["logical"], RANKS), every("map", ALL, RANKS)
    gets.append(["get_text_0", "get_text_1"])
    bodies = "".join(get(kind, rank) for kind in list(ALL) + ["logical"] for rank in RANKS)
    bodies += "".join(map_stored(kind, rank) for kind in ALL for rank in RANKS)
    return LOADED_MODULE.format(notice=NOTICE, bodies=bodies, get=generic("get", gets), get_private=private(gets),
                                map=generic("map", maps), map_private=private(maps))


LOADED_MODULE = """\
{notice}
!> Arrays that are read: one procedure for each type and rank.
module metalab_loaded_m
  use, intrinsic :: iso_c_binding
  use, intrinsic :: iso_fortran_env, only: int8, int16, int32, int64, real32, real64
  use metalab_c_m
  use metalab_constants_m
  use metalab_support_m
  use metalab_reader_m
  implicit none
  private
  public :: metalab_loaded

  !> An array that was read from a store: `array`, `data` or `latest` of a `metalab_run` make it.
  type, extends(reader_base) :: metalab_loaded
  contains
    !> Copies the array into an allocatable of its type and rank, whose indices are those of numpy, plus one: of
    !> rank 1 to 7, an integer of 8 to 64 bits, a real or complex of 32 or 64, a logical or logical(c_bool); or of characters, as a scalar or of
    !> rank 1.
{get}
    !> Has a pointer point to the elements where their file is mapped: read only, and until `close`. Not of an array
    !> that is stored by rows, as C, C++ and Python do, which is METALAB_ERR_UNSUPPORTED.
{map}
    !> Compares a mapped array with the checksum in its file.
    procedure :: verify => loaded_verify
{get_private}
{map_private}
  end type

contains

  recursive subroutine loaded_verify(self, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call settle_reader(c_loaded_verify(self%handle), stat, errmsg)
  end subroutine

  recursive subroutine no_memory(stat, errmsg)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call settle_value(METALAB_ERR_MEMORY, c_null_ptr, 'get: no memory for the array', stat, errmsg)
  end subroutine

  recursive subroutine get_text_0(self, text, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    character(len=:), allocatable, intent(out) :: text
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    character(kind=c_char), allocatable, target :: bytes(:)
    integer(int64) :: extents(0)
    integer :: i, length

    if (.not. fits(self, METALAB_DTYPE_STRING, 0, extents, stat, errmsg)) return
    allocate (bytes(text_length(self)))
    if (size(bytes) > 0) call take(self, size(bytes), c_loc(bytes))
    length = size(bytes)
    do while (length > 0)
      if (bytes(length) /= c_null_char) exit
      length = length - 1
    end do
    allocate (character(len=length) :: text)
    do i = 1, length
      text(i:i) = bytes(i)
    end do
  end subroutine

  !> Texts with blanks in the place of the NULs at their ends.
  recursive subroutine get_text_1(self, array, stat, errmsg)
    class(metalab_loaded), intent(in) :: self
    character(len=*), allocatable, intent(out) :: array(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    character(kind=c_char), allocatable, target :: bytes(:, :)
    integer(int64) :: n(1), k
    integer :: error, length, i

    if (.not. fits(self, METALAB_DTYPE_STRING, 1, n, stat, errmsg)) return
    length = text_length(self)
    if (.not. has_room(len(array), int(length, int64), stat, errmsg)) return
    allocate (array(n(1)), stat=error)
    if (error == 0) allocate (bytes(length, n(1)), stat=error)
    if (error /= 0) then
      call no_memory(stat, errmsg)
      return
    end if
    if (size(bytes) > 0) call take(self, length, c_loc(bytes))
    do k = 1, n(1)
      array(k) = ''
      do i = 1, length
        if (bytes(i, k) /= c_null_char) array(k)(i:i) = bytes(i, k)
      end do
    end do
  end subroutine
{bodies}
end module
"""


def main():
    if sys.argv[1:] not in ([], ["--check"]):
        raise SystemExit(__doc__)
    stale = []
    written = {"metalab_constants.f90": constants_module(), "metalab_emitter.f90": emitter_module(), "metalab_loaded.f90": loaded_module(),
               "metalab_c.f90": c_module()}
    for name, text in written.items():
        path = SOURCES / name
        if sys.argv[1:] == ["--check"]:
            if not path.exists() or path.read_text() != text:
                stale.append(name)
        else:
            path.write_text(text)
    if stale:
        raise SystemExit(f"not current: {', '.join(stale)}; run bindings/fortran/generate.py")


main()
