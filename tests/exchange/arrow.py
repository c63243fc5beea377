"""What the table of runs and the series of a store are for pyarrow and for nanoarrow, which take them through the
Arrow C data interface and have to agree. Prints the lines of read.py that these hold. usage: arrow.py LIBRARY STORE
"""

import ctypes
import math
import struct
import sys

import nanoarrow
import pyarrow
from nanoarrow.c_array import allocate_c_array
from nanoarrow.c_schema import allocate_c_schema

library = ctypes.CDLL(sys.argv[1])
library.metalab_last_error.restype = ctypes.c_char_p


def must(function, *arguments):
    status = getattr(library, function)(*arguments)
    assert status == 0, (function, status, library.metalab_last_error())


def with_pyarrow(function, handle):
    schema, array = ctypes.create_string_buffer(72), ctypes.create_string_buffer(80)
    must(function, handle, schema, array)
    batch = pyarrow.RecordBatch._import_from_c(ctypes.addressof(array), ctypes.addressof(schema))
    batch.validate(full=True)
    return {name: batch.column(name).to_pylist() for name in batch.schema.names}


def with_nanoarrow(function, handle):
    schema = allocate_c_schema()
    array = allocate_c_array(schema)
    must(function, handle, ctypes.c_void_p(schema._addr()), ctypes.c_void_p(array._addr()))
    rows = nanoarrow.Array(array)
    names = [field.name for field in rows.schema.fields]
    return {name: rows.child(place).to_pylist() for place, name in enumerate(names)}


def shown(value):
    if isinstance(value, bool):
        return "T" if value else "F"
    if isinstance(value, float):
        return "NaN" if math.isnan(value) else struct.pack(">d", value).hex().upper()
    return str(value)


def columns(function, handle):
    ours, theirs = with_pyarrow(function, handle), with_nanoarrow(function, handle)
    assert ours.keys() == theirs.keys(), (ours.keys(), theirs.keys())
    for name in ours:
        assert list(map(shown, ours[name])) == list(map(shown, theirs[name])), (name, ours[name], theirs[name])
    return theirs


store, table, run = ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_void_p()
must("metalab_store_open", sys.argv[2].encode(), ctypes.byref(store))
must("metalab_store_runs", store, None, None, ctypes.c_size_t(0), ctypes.byref(table))
found = columns("metalab_table_arrow", table)
library.metalab_table_free(table)
print("status", found["status"][0])
for name in ("n", "big", "dt", "name", "flag"):
    print("param", name, shown(found[f"params.{name}"][0]))
for name in ("energy", "nan", "inf", "neg", "big", "done", "solver"):
    print("metric", name, shown(found[f"metrics.{name}"][0]))
must("metalab_store_run", store, None, None, ctypes.byref(run))
for name in ("real", "whole", "flag", "text"):
    points = ctypes.c_void_p()
    must("metalab_run_series", run, name.encode(), ctypes.byref(points))
    series = columns("metalab_points_arrow", points)
    library.metalab_points_free(points)
    for step, value in zip(series["step"], series["value"]):
        print(name, step, shown(value) + ("." if name == "text" else ""))
library.metalab_run_free(run)
library.metalab_store_free(store)
