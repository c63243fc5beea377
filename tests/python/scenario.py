"""Compares what the programs of tests/scenario wrote: scenario.py STORE...

The first store is checked against the scenario, the others against the first: equal but for times,
ids, hosts, paths and the hashes of files. numpy reads the same arrays from all.
"""

import json
import math
import pathlib
import sys

import numpy as np

CONFIG = {"a": [1, 2, 3], "b": {"c": None, "d": "x"}}
# Keys that say when, where and by which program a run was made.
VOLATILE = {"started_at", "finished_at", "duration_ms", "host", "uri", "artifact_id", "content_hash", "size_bytes",
            "extra", "operation", "submitted_at"}
ARRAYS = ("matrix", "pair", "field")


def lasting(value):
    """A document without what differs from run to run; NaN is equal to itself here."""
    if isinstance(value, dict):
        return {key: lasting(item) for key, item in value.items() if key not in VOLATILE}
    if isinstance(value, list):
        return [lasting(item) for item in value]
    return "NaN" if isinstance(value, float) and math.isnan(value) else value


def typed(value):
    """With types, since 7 == 7.0 and True == 1."""
    if isinstance(value, dict):
        return {key: typed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [typed(item) for item in value]
    return (type(value).__name__, value)


class Store:
    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.root = self.path / "scenario_1.0"
        (record,) = (self.root / "runs").glob("*.json")
        self.record = json.loads(record.read_text())
        self.id = self.record["run_id"]
        self.artifacts = {one["name"]: one for one in self.record["artifacts"]}
        self.results = {one.stem: json.loads(one.read_text()) for one in (self.root / "results" / self.id).iterdir()}

    def files(self):
        """What files there are. Locks, and the manifest's name, which has a time in it, differ."""
        names = set()
        for path in self.root.rglob("*"):
            name = path.relative_to(self.root).as_posix()
            if path.is_file() and not name.startswith((".locks/", "experiments/")):
                names.add(name)
        return names

    def content(self, name):
        path = pathlib.Path(self.artifacts[name]["uri"])
        assert path.parent == self.root / "artifacts" / self.id, path
        return path.read_bytes()

    def arrays(self, name):
        with np.load(self.artifacts[name]["uri"]) as file:
            return {key: file[key] for key in file.files}

    def log(self):
        lines = (self.root / "logs" / f"{self.id}_run.log").read_text().splitlines()
        return [line[20:] for line in lines]

    def manifest(self):
        (path,) = (self.root / "experiments").glob("*.json")
        return json.loads(path.read_text())


def same_arrays(got, wanted, what):
    assert list(got) == list(wanted), (what, list(got))
    for name, array in wanted.items():
        array = np.asarray(array)
        assert got[name].dtype == array.dtype and got[name].shape == array.shape, (what, name, got[name])
        assert np.array_equal(got[name], array), (what, name, got[name])


def check_scenario(store):
    record = store.record
    assert record["experiment_id"] == "scenario:1.0" and record["status"] == "success" and record["error"] is None
    assert typed(record["params_resolved"]) == typed({"n": 4, "dt": 0.001, "name": "five"})
    assert record["provenance"]["extra"]["seeds"]["root_seed"] == 42 and record["provenance"]["code_hash"] is None
    assert record["tags"] == ["a", "b"] and record["notes"] == "same in every language"
    metrics = {"energy": 0.5, "nan": math.nan, "inf": math.inf, "count": 7, "converged": True, "solver": "cg é"}
    assert typed(lasting(record["metrics"])) == typed(lasting(metrics)), record["metrics"]
    residual, iterations = store.results["residual"], store.results["iterations"]
    assert residual["data"] == [[step, 1 / (step + 1)] for step in range(10)]
    assert residual["metadata"]["unit"] == "K" and residual["metadata"]["description"] == "of the solver"
    assert typed(iterations["data"]) == typed([[step, step * step] for step in range(10)])
    assert typed(store.results["table"]["data"]) == typed(CONFIG)
    vector = store.results["vector"]
    assert vector["data"] == [1, 2, 3] and vector["dtype"] == "float64" and vector["shape"] == [3]
    assert set(store.results) == {"residual", "iterations", "table", "vector"}
    assert set(store.artifacts) == {"config", "matrix", "pair", "field", "blob"}
    same_arrays(store.arrays("matrix"), {"arr": [[10.0 * i + j for j in range(3)] for i in range(2)]}, "matrix")
    same_arrays(store.arrays("pair"), {"x": [0.0, 1.0, 2.0, 3.0], "k": np.array([1, 2], np.int32)}, "pair")
    same_arrays(store.arrays("field"), {"arr": [[i + 10.0 * j for j in range(5)] for i in range(4)]}, "field")
    blob = store.artifacts["blob"]
    assert store.content("blob") == b"bytes\n" and (blob["kind"], blob["format"]) == ("text", "txt")
    logger = f"[metalab.run.{store.id[:8]}]"
    assert store.log() == [f"[DEBUG  ] {logger} line one", f"[INFO   ] {logger} line two",
                           f"[WARNING] {logger} wörd"], store.log()


def compare(store, first):
    def equal(got, wanted, what):
        assert typed(lasting(got)) == typed(lasting(wanted)), (store.path.name, what, got, wanted)

    assert store.id == first.id, (store.path.name, "the id follows from the parameters")
    assert store.files() == first.files(), (store.path.name, store.files() ^ first.files())
    equal(store.record, first.record, "the record")
    extra, first_extra = (one.record["provenance"]["extra"] for one in (store, first))
    equal(extra["seeds"], first_extra["seeds"], "the seeds")
    for name, entry in first.results.items():
        equal(store.results[name], entry, name)
    for name in first.artifacts:
        if name in ARRAYS:
            wanted = first.arrays(name)
            same_arrays(store.arrays(name), wanted, (store.path.name, name))
        elif store.artifacts[name]["format"] == "json":
            equal(json.loads(store.content(name)), json.loads(first.content(name)), name)
        else:
            assert store.content(name) == first.content(name), (store.path.name, name)
    assert store.log() == first.log(), (store.path.name, store.log())
    equal(store.manifest(), first.manifest(), "the manifest")


stores = [Store(path) for path in sys.argv[1:]]
check_scenario(stores[0])
for store in stores[1:]:
    compare(store, stores[0])
print("equal:", ", ".join(store.path.name for store in stores))
