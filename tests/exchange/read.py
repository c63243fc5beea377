"""What tests/exchange.rs asks of a store, read by json and numpy alone. usage: read.py STORE"""

import json
import math
import pathlib
import struct
import sys

import numpy as np


def shown(value):
    if isinstance(value, (bool, np.bool_)):
        return "T" if value else "F"
    if isinstance(value, complex):
        return f"{shown(value.real)} {shown(value.imag)}"
    if isinstance(value, float):
        return "NaN" if math.isnan(value) else struct.pack(">d", value).hex().upper()
    return str(value)


def show_array(name, array):
    print(" ".join([name, "x".join(str(extent) for extent in array.shape)] + [shown(one) for one in array.ravel().tolist()]))


(record,) = (pathlib.Path(sys.argv[1]) / "exchange_1.0" / "runs").glob("*.json")
root, run_id = record.parent.parent, record.stem
record = json.loads(record.read_text())
results = root / "results" / run_id
print("status", record["status"])
print("notes", record["notes"])
for name in ("n", "big", "dt", "name", "flag"):
    print("param", name, shown(record["params_resolved"][name]))
for name in ("energy", "nan", "inf", "neg", "big", "done", "solver"):
    print("metric", name, shown(record["metrics"][name]))
last = -1
for name in ("real", "whole", "flag", "text"):
    for step, value in json.loads((results / f"{name}.json").read_text())["data"]:
        print(name, step, shown(value) + ("." if name == "text" else ""))
        last = max(last, step)
print("last", last)
for name in ("matrix", "rows", "ints", "complex", "flags", "empty"):
    with np.load(root / "artifacts" / run_id / f"{name}.npz") as file:
        (key,) = file.files
        show_array(name, file[key])
vector = json.loads((results / "vector.json").read_text())
show_array("vector", np.array(vector["data"], vector["dtype"]).reshape(vector["shape"]))
assert json.loads((results / "table.json").read_text())["data"] == {"a": [1, 2, 3], "b": {"c": None, "d": "x"}}
print("a line", shown((root / "logs" / f"{run_id}_run.log").read_text().endswith("a line\n")))
