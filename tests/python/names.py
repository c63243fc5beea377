"""Finds data, series and artifacts by their names as the Python package does: names.py EXPERIMENT NAMES.

NAMES is a JSON list; the entry of a name at an even place has the name as its data, the others are series
whose value is the place. Prints what is not found, and ends with status 1 then.
"""

import json
import pathlib
import sys

failures = 0


def check(condition, *what):
    global failures
    if not condition:
        failures += 1
        print("not so:", *what)


def get_result(results, name):
    """FileStore.get_result."""
    path = results / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def list_results(results):
    """FileStore.list_results."""
    return [path.stem for path in results.glob("*.json")]


def get_artifact(artifacts, name):
    """Run.artifact."""
    manifest = json.loads((artifacts / "_manifest.json").read_text(encoding="utf-8"))
    found = next(entry for entry in manifest["artifacts"] if entry["name"] == name)
    return json.loads(pathlib.Path(found["uri"]).read_text(encoding="utf-8"))


def main(experiment, names):
    root = pathlib.Path(experiment)
    results, artifacts = root / "results" / "run", root / "artifacts" / "run"
    listed = list_results(results)
    check(len(set(listed)) == len(listed), "a name is listed twice")
    for number, name in enumerate(json.loads(pathlib.Path(names).read_text(encoding="utf-8"))):
        entry = get_result(results, name)
        wanted = name if number % 2 == 0 else [[0, number]]
        check(entry is not None and entry["data"] == wanted, "data", repr(name), entry)
        check(get_artifact(artifacts, name) == name, "artifact", repr(name))
        check(name.replace("/", "\u2215") in listed, "listed", repr(name))
    for name in listed:
        check(get_result(results, name) is not None, "data under the listed name", repr(name))
    for path in root.rglob("*"):
        check(path.resolve().is_relative_to(root.resolve()) and path.exists(), "a link of ours", path)


if __name__ == "__main__":
    main(*sys.argv[1:])
    sys.exit(1 if failures else 0)
