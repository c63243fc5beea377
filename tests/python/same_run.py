"""Two stores hold one run each that are equal but for times, ids, hosts, paths, and the order in which
arrays lie: same_run.py STORE STORE"""

import json
import pathlib
import re
import sys

import numpy as np

# Keys that depend on who ran where and when, and on hashes of those.
OWN = {
    "artifact_id", "content_hash", "uri", "_run_id", "run_id", "run_ids", "code_hash", "duration_ms", "started_at",
    "finished_at", "submitted_at", "host", "operation",
}


def without_own(value, inside=None):
    if isinstance(value, dict):
        if inside == "provenance":
            value = {"seeds": value["extra"]["seeds"]}
        return {key: without_own(item, key) for key, item in value.items() if key not in OWN}
    if isinstance(value, list):
        return [without_own(item) for item in value]
    # NaN is equal to itself here.
    return repr(value)


def log_lines(path):
    lines = path.read_text().splitlines()
    lines = [re.sub(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? ", "", line) for line in lines]
    return [re.sub(r"\[metalab\.run\.[^\]]*\]", "[metalab.run]", line) for line in lines]


def content(path):
    if path.suffix == ".npz":
        with np.load(path) as arrays:
            return {name: (str(array.dtype), array.shape, array.tobytes()) for name, array in arrays.items()}
    if path.suffix == ".json":
        return without_own(json.loads(path.read_text()))
    if path.suffix == ".log":
        return log_lines(path)
    return path.read_bytes()


def contents(store):
    (experiment,) = pathlib.Path(store).iterdir()
    (record,) = (experiment / "runs").iterdir()
    run_id = record.stem
    found = {}
    for folder in ("runs", "results", "artifacts", "logs", "experiments"):
        for path in sorted((experiment / folder).rglob("*")):
            if path.is_file():
                name = str(path.relative_to(experiment)).replace(run_id, "RUN")
                found[re.sub(r"_\d{8}_\d{6}\.json$", ".json", name)] = content(path)
    return found


first, second = (contents(store) for store in sys.argv[1:3])
assert first.keys() == second.keys(), sorted(first.keys() ^ second.keys())
assert any(name.startswith("runs/") for name in first) and len(first) > 3, list(first)
for name in first:
    assert first[name] == second[name], f"{name} differs:\n{first[name]!r:.2000}\n{second[name]!r:.2000}"
print(len(first), "files are equal")
