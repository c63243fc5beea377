#!/usr/bin/env python3
"""Writes the sources that repeat themselves: the declarations of the C interface, from
include/metalab.h, and the procedures that exist once for each type and rank.

usage: generate.py            writes them in src
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
        if path.name not in MODULES:
            used |= set(re.findall(r"\bc_\w+", path.read_text()))
    for name, module in MODULES.items():
        if module is not c_module:
            used |= set(re.findall(r"\bc_\w+", module()))
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

    if (associated(array)) then
      if (size(array) > 0) then
        if (is_of_another(self, '{how}', c_loc(array), stat, errmsg)) return
      end if
    end if
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


# The types of single values: what C's function for them ends in, and what it is passed.
SCALARS = {
    "int8": ("integer(int8)", "_i64", "int(value, c_int64_t)"),
    "int16": ("integer(int16)", "_i64", "int(value, c_int64_t)"),
    "int32": ("integer(int32)", "_i64", "int(value, c_int64_t)"),
    "int64": ("integer(int64)", "_i64", "value"),
    "real32": ("real(real32)", "", "real(value, c_double)"),
    "real64": ("real(real64)", "", "value"),
    "logical": ("logical", "_bool", "merge(1_c_int32_t, 0_c_int32_t, value)"),
    "bool": ("logical(c_bool)", "_bool", "merge(1_c_int32_t, 0_c_int32_t, logical(value))"),
    "text": ("character(len=*)", "_text", "value, len_trim(value, c_size_t)"),
}
# An error is looked at behind a branch: these are called for each value.
RETURNED = """\
    if (present(stat)) stat = int(status)
    if (status /= METALAB_OK) call failed(status, self%{capture}, present(stat), errmsg)"""


def metric(kind):
    fortran, suffix, passed = SCALARS[kind]
    head = f"""\
    class(metalab_emitter), intent(in) :: self
    character(len=*), intent(in) :: name
    {fortran}, intent(in) :: value"""
    tail = f"""\
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room
    integer(c_int32_t) :: status
"""
    returned = RETURNED.format(capture="handle")
    return f"""
  recursive subroutine metric_{kind}(self, name, value, step, stat, errmsg)
{head}
    integer(int32), intent(in), optional :: step
{tail}
    if (present(step)) then
      call self%metric(name, value, int(step, int64), stat, errmsg)
      return
    end if
    status = c_capture_metric{suffix}(self%handle, pointer_to(name, room), {passed})
{returned}
  end subroutine

  recursive subroutine metric_{kind}_at(self, name, value, step, stat, errmsg)
{head}
    integer(int64), intent(in) :: step
{tail}
    status = c_capture_metric_step{suffix}(self%handle, pointer_to(name, room), step, &
        {passed})
{returned}
  end subroutine
"""


def point(kind, step):
    fortran, suffix, passed = SCALARS[kind]
    at = "step" if step == "int64" else "int(step, c_int64_t)"
    return f"""
  recursive subroutine point_{kind}_{step}(self, step, value, stat, errmsg)
    class(metalab_series), intent(in) :: self
    integer({step}), intent(in) :: step
    {fortran}, intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(c_int32_t) :: status

    status = c_series_point{suffix}(self%handle, {at}, {passed})
{RETURNED.format(capture="capture")}
  end subroutine
"""


def points(kind):
    fortran, suffix, _ = SCALARS[kind]
    return f"""
  recursive subroutine points_{kind}(self, steps, values, stat, errmsg)
    class(metalab_series), intent(in) :: self
    integer(int64), intent(in), target :: steps(:)
    {fortran}, intent(in), target :: values(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(int64), pointer, contiguous :: all_steps(:)
    {fortran}, pointer, contiguous :: all_values(:)
    integer(int64), allocatable, target :: step_copy(:)
    {fortran}, allocatable, target :: value_copy(:)
    integer(int64) :: count, k
    integer :: status

    count = size(steps, kind=int64)
    if (count /= size(values, kind=int64)) then
      call fail_value(self%capture, 'points: values: there have to be as many as steps', stat, errmsg)
      return
    end if
    ! Left to itself the compiler may put copies on the stack.
    if (count > 1) then
      if (distance(c_loc(steps(1)), c_loc(steps(2))) == 8 .and. distance(c_loc(values(1)), c_loc(values(2))) == 8) then
        call c_f_pointer(c_loc(steps(1)), all_steps, [count])
        call c_f_pointer(c_loc(values(1)), all_values, [count])
        call settle(c_series_points{suffix}(self%handle, int(count, c_size_t), all_steps, all_values), &
            self%capture, stat, errmsg)
        return
      end if
    end if
    allocate (step_copy(count), value_copy(count), stat=status)
    if (status /= 0) then
      call settle_value(METALAB_ERR_MEMORY, self%capture, 'points: no memory for a copy', stat, errmsg)
      return
    end if
    do k = 1, count
      step_copy(k) = steps(k)
      value_copy(k) = values(k)
    end do
    call settle(c_series_points{suffix}(self%handle, int(count, c_size_t), step_copy, value_copy), self%capture, &
        stat, errmsg)
  end subroutine
"""


def series_module():
    kinds = [[f"point_{kind}_{step}" for step in ("int32", "int64")] for kind in SCALARS]
    bodies = "".join(point(kind, step) for kind in SCALARS for step in ("int32", "int64"))
    bodies += "".join(points(kind) for kind in ("real64", "int64"))
    return SERIES_MODULE.format(notice=NOTICE, point=generic("point", kinds), point_private=private(kinds),
                                bodies=bodies)


SERIES_MODULE = """\
{notice}
!> A series of a capture, fed by handle.
module metalab_series_m
  use, intrinsic :: iso_c_binding
  use, intrinsic :: iso_fortran_env, only: int8, int16, int32, int64, real32, real64
  use metalab_c_m
  use metalab_constants_m
  use metalab_memory_m, only: distance
  use metalab_support_m
  implicit none
  private
  public :: metalab_series, declare_series

  !> A stepped metric whose points are emitted by handle, which is the fastest way: no name is looked up. Returned by a
  !> capture's `series`. It is valid while the run is open, and may be copied.
  type :: metalab_series
    private
    type(c_ptr) :: handle = c_null_ptr
    type(c_ptr) :: capture = c_null_ptr
  contains
    !> Emits a value at a step: an integer (8 to 64 bits), real (32 or 64), logical, logical(c_bool) or character.
    !> Steps may be in any order, and repeated.
{point}
    !> Emits an array of values (real64 or int64) at an array of steps of the same size.
    generic :: points => points_real64, points_int64
    procedure, private :: points_real64, points_int64
{point_private}
  end type

contains

  recursive function declare_series(capture, name, unit, description, stat, errmsg) result(series)
    type(c_ptr), intent(in) :: capture
    character(len=*), intent(in) :: name
    character(len=*), intent(in), optional :: unit, description
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(metalab_series) :: series
    type(c_text), target :: name_room, unit_room, description_room
    integer(c_int32_t) :: status

    series%capture = capture
    status = c_capture_series(capture, pointer_to(name, name_room), pointer_to(unit, unit_room), &
        pointer_to(description, description_room), series%handle)
    call settle(status, capture, stat, errmsg)
  end function
{bodies}
end module
"""


def param(kind):
    fortran, suffix, passed = SCALARS[kind]
    room = "type(c_text), target :: room"
    if kind == "text":
        room, passed = room + ", value_room", "pointer_to(value, value_room)"
    return f"""
  recursive subroutine param_{kind}(self, name, value, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    character(len=*), intent(in) :: name
    {fortran}, intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    {room}

    call self%begin()
    call self%settle(c_options_param{suffix or "_f64"}(self%handle, pointer_to(name, room), &
        {passed}), stat, errmsg)
  end subroutine
"""


# The options that are one value: the name, the argument, what kind of value it is, and what it says. C's function has
# the same name.
SETTERS = [
    ("store", "locator", "text", """Where the store is: a path, or "file:///absolute/path". METALAB_STORE; else ./experiments."""),
    ("experiment", "id", "text", """The experiment: "name:version". METALAB_EXPERIMENT; else the name of the executable."""),
    ("experiment_description", "description", "text", "Describes the experiment, for its manifest."),
    ("add_experiment_tag", "tag", "text", "Adds a tag of the experiment, for its manifest."),
    ("run_id", "run_id", "text", "The id of the run. METALAB_RUN_ID; else it follows from what the run depends on."),
    ("add_tag", "tag", "text", "Adds a tag of the run. METALAB_TAGS."),
    ("note", "note", "text", "A note on the run. METALAB_NOTES."),
    ("code_hash", "hash", "text",
     "Identifies the version of the code; empty for none. METALAB_CODE_HASH; else the build id of the executable."),
    ("worker", "worker_id", "text", """The worker of the run that this process is, as in "rank:3". METALAB_WORKER."""),
    ("ranks_param", "name", "text",
     "The name of a parameter that is the number of the program's processes. METALAB_RANKS_PARAM."),
    ("compiler", "text", "text", "The compiler that built the program. Set to that of the module unless it is given."),
    ("journal", "directory", "text", "The directory of the journals while runs go on. METALAB_JOURNAL."),
    ("namelist", "path", "text",
     "The variables of a namelist file as parameters: 'grid.n' for '&grid n = 64 /'. Names become lower case. The\n"
     "file is read by this call."),
    ("params_json", "json", "json", "Parameters, as a JSON object. METALAB_PARAMS."),
    ("context_json", "json", "json", "Sets what else the run depends on: a JSON object. METALAB_CONTEXT."),
    ("metadata_json", "json", "json", "Metadata that do not identify the run, as a JSON object. METALAB_METADATA."),
    ("planned_runs", "runs", "count", "How many runs the experiment will have, for its manifest. METALAB_PLANNED_RUNS."),
    ("replicate", "replicate_index", "count", "The number of this replicate of the seed, from 0. METALAB_REPLICATE."),
    ("flush_interval", "seconds", "seconds",
     "The longest time until log lines are in their file, in seconds. METALAB_FLUSH_SECONDS; else 0.05."),
    ("refresh_interval", "seconds", "seconds",
     "The time between updates of the record of a running run, in seconds; 0 for none. METALAB_REFRESH_SECONDS;\n"
     "else 10."),
    ("if_success", "policy", "enumeration",
     "Sets how to treat a run that has already succeeded: a METALAB_IF_SUCCESS_... . METALAB_IF_SUCCESS."),
    ("signals", "signals", "flags",
     "The signals that the run handles: METALAB_SIGNALS_FATAL, METALAB_SIGNALS_STOP, METALAB_SIGNALS_INTERRUPT\n"
     "(Ctrl-C), or a sum of these. METALAB_SIGNALS."),
    ("role", "role", "enumeration",
     "The role of the process in its run: METALAB_ROLE_AUTO, METALAB_ROLE_OWNER, METALAB_ROLE_WORKER\n"
     "or METALAB_ROLE_RANKS. METALAB_ROLE."),
    ("attach_patience", "seconds", "seconds",
     "How many seconds a worker waits for the owner of the run. METALAB_ATTACH_SECONDS; else 30."),
    ("sample", "seconds", "seconds",
     "The time between samples of the process, in seconds; 0 for none. METALAB_SAMPLE_SECONDS; else 0."),
    ("durable", "durable", "logical", "If true, the end of the run waits for the disk. METALAB_DURABLE."),
    ("stop_before", "seconds", "seconds",
     "How many seconds before the end of its time the run is to stop. METALAB_STOP_BEFORE."),
    ("index_wait", "seconds", "seconds",
     "The longest time that the end of the run waits for the index in PostgreSQL, in seconds; 5 unless it is set."),
]
# The kinds: the declaration, and what C is passed.
SETTER_KINDS = {
    "text": ("character(len=*)", "pointer_to({}, room)"),
    "json": ("character(len=*)", "{0}, len({0}, c_size_t)"),
    "count": ("integer", "int({}, c_int64_t)"),
    "flags": ("integer", "int({}, c_int32_t)"),
    "enumeration": ("integer", "int({}, c_int32_t)"),
    "seconds": ("real(real64)", "{}"),
    "logical": ("logical", "merge(1_c_int32_t, 0_c_int32_t, {})"),
}


def setter(name, argument, kind, _):
    fortran, passed = SETTER_KINDS[kind]
    room = "\n    type(c_text), target :: room" if kind == "text" else ""
    refused = ""
    if kind in ("count", "flags"):
        refused = f"""
    if ({argument} < 0) then
      call self%refuse('{name}: it is negative', stat, errmsg)
      return
    end if"""
    call = folded(f"call self%settle(c_options_{name}(self%handle, {passed.format(argument)}), stat, errmsg)", 4)
    return f"""
  recursive subroutine set_{name}(self, {argument}, stat, errmsg)
    class(metalab_options), intent(inout) :: self
    {fortran}, intent(in) :: {argument}
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg{room}

    call self%begin(){refused}
{call}
  end subroutine
"""


def options_module():
    kinds = [[f"param_{kind}" for kind in SCALARS]]
    setters = []
    for name, _, _, said in SETTERS:
        setters += [f"    !> {line}" for line in said.split("\n")] + [f"    procedure :: {name} => set_{name}"]
    bodies = "".join(setter(*one) for one in SETTERS) + "".join(param(kind) for kind in SCALARS)
    return OPTIONS_MODULE.format(notice=NOTICE, param=generic("param", kinds), param_private=private(kinds),
                                 setters="\n".join(setters), bodies=bodies)


OPTIONS_MODULE = """\
{notice}
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
{param}
{setters}
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
{param_private}
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
{bodies}
end module
"""


def value(verb, kind, is_array):
    """The procedure `set` or `add` for a type: C's function is the same, and `add` passes no key."""
    fortran, suffix, passed = SCALARS[kind]
    suffix = suffix or "_f64"
    if is_array:
        suffix, passed = suffix + "_array", "size(value, kind=c_size_t), " + passed
    arguments, declared, key, room = "value", "", "c_null_ptr", ""
    if verb == "set":
        arguments, key = "key, value", "pointer_to(key, room)"
        declared, room = "\n    character(len=*), intent(in) :: key", "\n    type(c_text), target :: room"
    call = folded(f"call report(c_values_set{suffix}(self%handle, {key}, {passed}), stat, errmsg)", 4)
    return f"""
  recursive subroutine {verb}_{kind}{"s" if is_array else ""}(self, {arguments}, stat, errmsg)
    class(metalab_values), intent(inout) :: self{declared}
    {fortran}, intent(in) :: value{"(:)" if is_array else ""}
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg{room}

    call self%values_start()
{call}
  end subroutine
"""


def values_module():
    numbers = [kind for kind in SCALARS if SCALARS[kind][1] in ("", "_i64")]
    forms = [(kind, False) for kind in SCALARS] + [(kind, True) for kind in numbers]
    specifics = {verb: [[f"{verb}_{kind}" for kind in SCALARS], [f"{verb}_{kind}s" for kind in numbers]]
                 for verb in ("set", "add")}
    bodies = "".join(value(verb, *form) for form in forms for verb in specifics)
    return VALUES_MODULE.format(
        notice=NOTICE, bodies=bodies,
        set=generic("set", specifics["set"]), set_private=private(specifics["set"]),
        add=generic("add", specifics["add"]), add_private=private(specifics["add"]),
    )


VALUES_MODULE = """\
{notice}
!> Metadata, parameters and data of keys and values: no JSON by hand.
module metalab_values_m
  use, intrinsic :: iso_c_binding
  use, intrinsic :: iso_fortran_env, only: int8, int16, int32, int64, real32, real64
  use metalab_c_m
  use metalab_constants_m
  use metalab_counted_m
  use metalab_support_m
  implicit none
  private
  public :: metalab_values

  !> Keys and values that become JSON, for every argument that takes JSON.
  !>
  !>     type(metalab_values) :: setup
  !>     call setup%set('tolerance', 1d-8)
  !>     call setup%set('grid', [64, 64])
  !>     call setup%begin('solver')
  !>     call setup%set('name', 'cg')
  !>     call setup%end()
  !>     call run%data_json('setup', setup%json())
  !>
  !> `stat` need not be checked: the procedure that receives `json()` reports the first value that could not be set,
  !> and an object that was not ended. A copy shares the values.
  type, extends(counted) :: metalab_values
  contains
    !> Sets a value of an object: an integer (8 to 64 bits), real (32 or 64), logical, logical(c_bool) or character, or
    !> an array of integers or reals. An earlier value of the key is replaced. NaN and infinities are kept.
{set}
    !> Appends a value to an array that was begun.
{add}
    !> Sets null: there is no value. Without a key, appends it.
    procedure :: set_null => values_set_null
    !> Sets a value that is JSON, such as `json()` of other values. Without a key, appends it.
    procedure :: set_json => values_set_json
    !> Begins an object: what is set before `end` are its members. Without a key, an element of an array.
    procedure :: begin => values_begin
    !> Begins an array: what is added before `end` are its elements. Without a key, an element of an array.
    procedure :: begin_array => values_begin_array
    !> Ends the object or array that was begun last.
    procedure :: end => values_end
    !> Returns the values as JSON.
    procedure :: json => values_json
    !> Removes all values and forgets failures.
    procedure :: clear => values_clear
    !> Frees the values; those of a procedure are freed at its end.
    procedure :: free => values_free
    generic :: assignment(=) => values_assign
    procedure, private :: values_assign, values_start
{set_private}
{add_private}
  end type

contains

  recursive subroutine values_set_null(self, key, stat, errmsg)
    class(metalab_values), intent(inout) :: self
    character(len=*), intent(in), optional :: key
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%values_start()
    call report(c_values_set_null(self%handle, pointer_to(key, room)), stat, errmsg)
  end subroutine

  recursive subroutine values_set_json(self, json, key, stat, errmsg)
    class(metalab_values), intent(inout) :: self
    character(len=*), intent(in) :: json
    character(len=*), intent(in), optional :: key
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%values_start()
    call report(c_values_set_json(self%handle, pointer_to(key, room), json, len_trim(json, c_size_t)), stat, errmsg)
  end subroutine

  recursive subroutine values_begin(self, key, stat, errmsg)
    class(metalab_values), intent(inout) :: self
    character(len=*), intent(in), optional :: key
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%values_start()
    call report(c_values_begin_object(self%handle, pointer_to(key, room)), stat, errmsg)
  end subroutine

  recursive subroutine values_begin_array(self, key, stat, errmsg)
    class(metalab_values), intent(inout) :: self
    character(len=*), intent(in), optional :: key
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_text), target :: room

    call self%values_start()
    call report(c_values_begin_array(self%handle, pointer_to(key, room)), stat, errmsg)
  end subroutine

  recursive subroutine values_end(self, stat, errmsg)
    class(metalab_values), intent(inout) :: self
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%values_start()
    call report(c_values_end(self%handle), stat, errmsg)
  end subroutine

  recursive function values_json(self) result(json)
    class(metalab_values), intent(in) :: self
    character(len=:), allocatable :: json

    if (self%is_open()) then
      json = copied(c_values_json(self%handle))
    else
      json = '{{}}'
    end if
  end function

  recursive subroutine values_clear(self, stat, errmsg)
    class(metalab_values), intent(inout) :: self
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    call self%values_start()
    call report(c_values_clear(self%handle), stat, errmsg)
  end subroutine

  recursive subroutine values_free(self)
    class(metalab_values), intent(inout) :: self

    call self%release()
  end subroutine

  recursive subroutine values_assign(self, other)
    class(metalab_values), intent(inout) :: self
    class(metalab_values), intent(in) :: other

    call self%share(other)
  end subroutine

  !> Makes a handle where there is none.
  recursive subroutine values_start(self)
    class(metalab_values), intent(inout) :: self
    type(c_ptr) :: handle

    if (self%is_open()) return
    handle = c_null_ptr
    if (c_values_new(handle) == METALAB_OK) call self%own(handle, c_values_free)
  end subroutine

  !> Reports what a call returned. Who does not ask for it is told by the procedure that receives the values.
  recursive subroutine report(status, stat, errmsg)
    integer(c_int32_t), intent(in) :: status
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg

    if (present(stat)) stat = int(status)
    if (present(errmsg) .and. status /= METALAB_OK) errmsg = last_error()
  end subroutine
{bodies}
end module
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
    metrics = [[f"metric_{kind}{suffix}" for suffix in ("", "_at")] for kind in SCALARS]
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
    bodies += "".join(metric(kind) for kind in SCALARS)
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
        metric=generic("metric", metrics), metric_private=private(metrics),
    )


EMITTER_MODULE = """\
{notice}
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
{add}
{add_private}
  end type

  !> An array that the solver computes in the file that becomes the artifact; see `map`. Call `seal` or `abandon` to
  !> end it. Pass the pointer to either: it is nullified. Fortran does not let the library find other pointers to
  !> the array (`other => array`): nullify them, since the memory is gone. The end of the run leaves the memory valid
  !> until `seal` or `abandon`.
  type, extends(mapping_base) :: metalab_mapping
  contains
    generic :: seal => seal_only
{seal}
    generic :: abandon => abandon_only
{abandon}
{seal_private}
{abandon_private}
  end type

  !> An array that the solver writes every so many steps, each time into the file of a new artifact, which the library
  !> prepares in advance; see `snapshots`. Call `free` to end it.
  type, extends(snapshots_base) :: metalab_snapshots
  contains
    !> Begins the snapshot of a step: the artifact "name.00000500" for step 500. `array` points to its zeros. Seal
    !> `mapping` when the array is complete. Without a run, or without disk space, `array` points to ordinary memory.
{begin}
{begin_private}
  end type

  !> The part of a capture that is the same for each type and rank.
  type, extends(counted) :: metalab_emitter
  contains
    !> A metric: a single value, or a point of a stepped metric if `step` is present. An integer (8 to 64 bits), real
    !> (32 or 64), logical, logical(c_bool) or character.
{metric}
    !> An artifact: an array, stored as .npz, which Python loads as a numpy array of the same shape. Rank 1 to 7;
    !> integers of 8 to 64 bits, reals or complex numbers of 32 or 64, logical or logical(c_bool); contiguous or not;
    !> not copied. Also characters, an array or a scalar, which become strings (numpy's "S") without trailing blanks.
    !>
    !> metadata: a JSON object. reverse: stores the indices in reverse order, without a copy, so that array(i, j) is
    !> array[j, i] in Python.
{artifact}
    !> Structured data: like `artifact`, but stored as text. Use it for the data of a table or plot.
{data}
    !> An artifact that is computed in place: `array` points to zeros in the file that becomes the artifact. Seal
    !> `mapping` when the array is complete. Without a run, or without disk space, `array` points to ordinary memory,
    !> so that the solver can continue.
{map}
    !> Declares an array that is written every so many steps. dtype: the type of the pointer that is passed to `begin`,
    !> as in METALAB_DTYPE_FLOAT64. extents: one for each dimension (1 to 4).
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
{metric_private}
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

  !> An array that was read from a store by `array`, `data` or `latest` of a `metalab_run`.
  type, extends(reader_base) :: metalab_loaded
  contains
    !> Copies the array into an allocatable of the same type and rank; indices are those of numpy, plus one. Rank 1 to
    !> 7; integers of 8 to 64 bits, reals or complex numbers of 32 or 64, logical or logical(c_bool). Characters: a
    !> scalar, or rank 1.
{get}
    !> Points to the elements in the mapped file: read only, and valid until `close`. Returns METALAB_ERR_UNSUPPORTED
    !> if the array is stored by rows, as in C, C++ and Python.
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


# What is written, by its file's name.
MODULES = {
    "metalab_constants.f90": constants_module,
    "metalab_c.f90": c_module,
    "metalab_emitter.f90": emitter_module,
    "metalab_options.f90": options_module,
    "metalab_series.f90": series_module,
    "metalab_loaded.f90": loaded_module,
    "metalab_values.f90": values_module,
}


def main():
    if sys.argv[1:] not in ([], ["--check"]):
        raise SystemExit(__doc__)
    stale = []
    for name, module in MODULES.items():
        path, text = SOURCES / name, module()
        if sys.argv[1:] == ["--check"]:
            if not path.exists() or path.read_text() != text:
                stale.append(name)
        else:
            path.write_text(text)
    if stale:
        raise SystemExit(f"not current: {', '.join(stale)}; run bindings/fortran/generate.py")


main()
