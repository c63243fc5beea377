"""Reads the demo's run as a user of numpy would: usage demo.py STORE."""

import json
import math
import pathlib
import sys

import numpy

root = pathlib.Path(sys.argv[1]) / "taylor_green_1.0"
records = [json.loads(path.read_text()) for path in (root / "runs").glob("*.json")]
assert len(records) == 1, f"two runs with equal options are one run: {len(records)}"
record = records[0]
run_id = record["run_id"]
assert record["status"] == "success", record["error"]
params, metrics = record["params_resolved"], record["metrics"]
assert params["n"] == 64 and params["steps"] == 500, params
assert metrics["energy_check_passed"] is True
assert math.isnan(metrics["cfl_violation_time"])

# The physics: the energy decays as exp(-4 nu t) / 4.
series = json.loads((root / "results" / run_id / "kinetic_energy.json").read_text())
points = numpy.array(series["data"], dtype=float)
assert series["metadata"]["type"] == "stepped_metric" and list(points.shape) == series["shape"]
steps, energy = points[:, 0], points[:, 1]
assert (numpy.diff(steps) == 1).all() and steps[-1] == params["steps"]
analytic = numpy.exp(-4.0 * params["nu"] * params["dt"] * steps) / 4.0
assert numpy.abs(energy / analytic - 1.0).max() < 1e-2

manifest = json.loads((root / "artifacts" / run_id / "_manifest.json").read_text())
artifacts = {entry["name"]: entry for entry in manifest["artifacts"]}
assert sorted(artifacts) == sorted(entry["name"] for entry in record["artifacts"])
for name, entry in artifacts.items():
    path = pathlib.Path(entry["uri"])
    assert path.stat().st_size == entry["size_bytes"], name
    if entry["format"] == "npz":
        with numpy.load(path) as arrays:
            assert all(numpy.isfinite(arrays[key]).all() for key in arrays.files), name

# Snapshots that the solver computed in place, each with its step.
snapshots = {name: entry for name, entry in artifacts.items() if name.startswith("vorticity.")}
assert len(snapshots) >= 5, sorted(artifacts)
for name, entry in snapshots.items():
    field = numpy.load(entry["uri"])["arr"]
    assert field.shape == (64, 64) and entry["metadata"]["step"] == int(name.split(".")[1])
    assert entry["metadata"]["snapshot_of"] == "vorticity"
    assert math.isclose(entry["metadata"]["time"], params["dt"] * entry["metadata"]["step"], abs_tol=1e-12)
    assert abs(field.sum()) < 1e-8 * numpy.abs(field).sum() + 1e-9, "the circulation is zero"

picture = pathlib.Path(artifacts["vorticity"]["uri"]).read_bytes()
assert picture.startswith(b"\x89PNG\r\n\x1a\n")

log = (root / "logs" / f"{run_id}_run.log").read_text()
assert "[solver.poisson]" in log and "Subscribed to logger: solver" in log
assert (root / "logs" / f"{run_id}_stdout.log").read_text().strip()
assert list((root / "experiments").glob("taylor_green_1.0_*.json"))
assert not (root / ".journal").exists(), "a run that ended well leaves no journal"
print(f"the demo's run {run_id} reads back: {len(artifacts)} artifacts, {len(points)} points a series")
