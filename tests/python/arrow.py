"""Tables and series through the Arrow C data interface, by ctypes, checked with pyarrow.

usage: arrow.py LIBRARY STORE
"""

import ctypes
import gc
import math
import sys

import pyarrow as pa

SCHEMA_SIZE, ARRAY_SIZE = 72, 80
library = ctypes.CDLL(sys.argv[1])
library.metalab_last_error.restype = ctypes.c_char_p


def must(function, *arguments):
    status = getattr(library, function)(*arguments)
    assert status == 0, (function, status, library.metalab_last_error())


def batch(function, handle):
    schema, array = ctypes.create_string_buffer(SCHEMA_SIZE), ctypes.create_string_buffer(ARRAY_SIZE)
    must(function, handle, schema, array)
    return pa.RecordBatch._import_from_c(ctypes.addressof(array), ctypes.addressof(schema))


def table(store, filter):
    found = ctypes.c_void_p()
    must("metalab_store_runs", store, None, filter, ctypes.c_size_t(0), ctypes.byref(found))
    exported = batch("metalab_table_arrow", found)
    library.metalab_table_free(found)
    exported.validate(full=True)
    return exported


store = ctypes.c_void_p()
must("metalab_store_open", sys.argv[2].encode(), ctypes.byref(store))
runs = table(store, b"order by run_id")
run = ctypes.c_void_p()
must("metalab_store_run", store, None, b"b", ctypes.byref(run))
types = {field.name: str(field.type) for field in runs.schema}
assert types["run_id"] == types["tags"] == types["params.mixed"] == "string", types
assert types["started_at"] == types["finished_at"] == "timestamp[us, tz=UTC]", types
assert (types["duration_ms"], types["params.n"], types["params.x"]) == ("int64", "int64", "double"), types
assert (types["params.flag"], types["params.none"]) == ("bool", "null"), types
column = {name: runs.column(name).to_pylist() for name in runs.schema.names}
assert column["run_id"] == ["a", "b", "c"]
assert column["params.n"] == [1, 2, None] and column["params.flag"] == [True, None, False]
assert column["params.x"] == [0.5, None, None]
assert column["metrics.nan"][::2] == [None, None] and math.isnan(column["metrics.nan"][1])
assert column["params.mixed"] == ["1", "é", "true"] and column["params.none"] == [None, None, None]
assert column["tags"] == ["[]", '["t"]', "[]"]
assert all(begun.year >= 2024 for begun in column["started_at"])
empty = table(store, b"params.n > 5")
assert empty.num_rows == 0 and empty.schema.names[0] == "run_id"

points = ctypes.c_void_p()
must("metalab_run_series", run, b"loss", ctypes.byref(points))
library.metalab_run_free(run)
library.metalab_store_free(store)
series = batch("metalab_points_arrow", points)
library.metalab_points_free(points)
series.validate(full=True)
assert series.column("step").to_pylist() == list(range(1000))
assert series.column("value").to_pylist() == [step * 0.5 for step in range(1000)]

# A column lives longer than what it came from; what is dropped is released.
kept = runs.column("params.mixed")
before = pa.total_allocated_bytes()
del runs, series, empty
gc.collect()
assert kept.to_pylist() == ["1", "é", "true"] and pa.total_allocated_bytes() <= before
print("good")
