"""Reads with numpy and Python's json what the programs of tests/fortran wrote: fortran.py STORE."""

import json
import pathlib
import sys

import numpy as np

store = pathlib.Path(sys.argv[1])


class Run:
    def __init__(self, experiment):
        self.directory = store / experiment
        (path,) = (self.directory / "runs").glob("*.json")
        self.record = json.loads(path.read_text())
        self.id = self.record["run_id"]
        self.artifacts = {one["name"]: one for one in self.record["artifacts"]}

    def file(self, name):
        return pathlib.Path(self.artifacts[name]["uri"])

    def arrays(self, name):
        with np.load(self.file(name)) as file:
            return {key: file[key] for key in file.files}

    def array(self, name):
        arrays = self.arrays(name)
        assert list(arrays) == ["arr"], (name, list(arrays))
        return arrays["arr"]

    def result(self, name):
        return json.loads((self.directory / "results" / self.id / f"{name}.json").read_text())

    def data(self, name):
        entry = self.result(name)
        assert tuple(entry["shape"]) == np.shape(entry["data"]), name
        return entry["data"], entry["dtype"]

    def log(self, which="run"):
        lines = (self.directory / "logs" / f"{self.id}_{which}.log").read_text().splitlines()
        return [line[20:] for line in lines] if which == "run" else lines


def same(array, wanted, name):
    wanted = np.asarray(wanted)
    assert array.dtype == wanted.dtype and array.shape == wanted.shape, (name, array.dtype, array.shape, wanted.dtype)
    assert np.array_equal(array, wanted), (name, array, wanted)


def values():
    run = Run("values_1")
    record = run.record
    assert record["status"] == "success" and record["error"] is None
    assert record["metrics"] == {"int32": 7, "int64": -9007199254740993, "real32": 0.5, "real64": 1e-300,
                                 "logical": True, "cg": "cg", "m1": 1.0, "mm2": 2.0, "by_copy": 1}, record["metrics"]
    types = {name: type(value) for name, value in record["metrics"].items()}
    assert types["int32"] is int and types["m1"] is float and types["logical"] is bool
    assert record["params_resolved"] == {"i": 1, "i64": 9007199254740993, "r": 0.5, "d": 1e-3, "l": True, "c": "text",
                                         "list": [1, 2], "ranks": 1}
    assert record["tags"] == ["a", "b"] and record["notes"] == "first\nsecond"
    assert record["warnings"] == [{"message": "coarse", "limit": 2}]
    extra = record["provenance"]["extra"]
    assert extra["compiler"] == "by hand" and "Fortran" in Run("arrays_1").record["provenance"]["extra"]["compiler"]
    assert extra["seeds"] == {"root_seed": 42, "replicate_index": 3}
    assert extra["context"] == {"mesh": "fine"} and extra["metadata"] == {"who": "me"}
    (manifest,) = (run.directory / "experiments").glob("*.json")
    assert '"of Fortran"' in manifest.read_text()

    def points(name):
        return run.result(name)["data"]

    assert points("s_int32") == [[k, k] for k in range(4)]
    assert points("s_int64") == [[k, k] for k in range(4)]
    assert points("s_real32") == [[k, k / 2] for k in range(4)]
    assert points("s_real64") == [[k, k / 4] for k in range(4)]
    assert points("s_logical") == [[k, k % 2 == 0] for k in range(4)]
    assert points("s_text") == [[k, "abcd"[k]] for k in range(4)]
    assert points("n1") == [[5, 1], [6, 3]] and points("nn2") == [[5, 2], [6, 4]]
    wanted = []
    for k in (0, 6):
        wanted += [[k, 1], [k + 1, 2], [k + 2, 0.5], [k + 3, 0.25], [k + 4, k == 0], [k + 5, "x"]]
    assert points("residual") == wanted + [[100, 1], [101, 2]]
    metadata = run.result("residual")["metadata"]
    assert metadata["unit"] == "K" and metadata["description"] == "of the solver"

    table = run.result("table")
    assert table["data"]["a"][:2] == [1, 2] and np.isnan(table["data"]["a"][2]) and table["metadata"]["unit"] == "K"
    assert json.loads(run.file("setup").read_text()) == {"n": 4}
    assert run.file("bytes").read_bytes() == b"ends in blanks  " and run.artifacts["bytes"]["metadata"]["k"] == 1
    assert run.file("plain").read_bytes() == b"" and run.file("plain").suffix == ".binary"
    assert run.file("table").read_bytes() == b"x,y\n1, " and run.artifacts["table"]["metadata"]["rows"] == 1
    assert "given_up" not in run.artifacts
    assert run.artifacts["copied"]["kind"] == "restart" and run.file("copied").read_text() == "content\n"
    assert run.artifacts["moved"]["metadata"]["step"] == 3 and not pathlib.Path(f"{store}.txt").exists()
    logger = f"[metalab.run.{run.id[:8]}]"
    assert run.log() == [
        f"[INFO   ] {logger} by level", f"[DEBUG  ] {logger} fine", f"[INFO   ] {logger} wörd",
        f"[WARNING] {logger} careful", f"[ERROR  ] {logger} wrong", f"[CRITICAL] {logger} very wrong",
        f"[DEBUG  ] {logger} Subscribed to logger: solver (level=WARNING)", "[WARNING] [solver.newton] slow",
    ], run.log()
    assert run.log("stdout") == ["printed"]
    assert run.result("whole")["data"] == [[1, 2**63 - 1], [2, 0], [3, -9007199254740993]]
    same(run.array("patches"), np.array([[b"inlet", b"wand"], [b"outlet", b""]], "S8"), "patches")
    assert run.data("patches") == (["inlet", "outlet"], "<U8")


def arrays():
    run = Run("arrays_1")
    i4 = np.array([[10 * i + j for j in (1, 2, 3)] for i in (1, 2, 3, 4)], np.int32)
    r8 = np.array([[i + j / 10 for j in range(1, 6)] for i in range(1, 7)])
    mask = np.array([[True, True], [False, True], [False, False]])

    def counted(shape, scale=1.0, dtype=np.float64):
        # Fortran's reshape: the first index runs fastest.
        return (np.arange(1, np.prod(shape) + 1) * scale).astype(dtype).reshape(shape, order="F")

    wanted = {
        "i4": i4,
        "i8": counted((2, 3, 4), 10**10, np.int64),
        "r4": np.array([0.5, 1, 1.5, 2, 2.5], np.float32),
        "r8": r8,
        "r4d": counted((2, 3, 2, 2)),
        "r5": counted((1, 2, 3, 1, 2)),
        "r6": counted((1, 2, 1, 2, 1, 2)),
        "r7": counted((2, 1, 2, 1, 2, 1, 3)),
        "c4": counted((2, 2), 1 - 1j, np.complex64),
        "c8": np.array([1 + 0.5j, 2 + 0.5j, 3 + 0.5j]),
        "mask": mask,
        "none": np.array([], bool),
        "column": r8[:, 1],
        "row": r8[1, :],
        "every_second": r8[::2, ::-2],
        "mask_part": mask[::2],
        "expression": 2 * r8,
        "reverse": i4.T,
        "reverse_part": r8[::2, 1:4].T,
        "one": r8[2:3, 3:4],
        "empty": r8[2:1],
    }
    for name, array in wanted.items():
        same(run.array(name), array, name)
    assert run.array("r8").flags.f_contiguous and run.array("reverse").flags.c_contiguous
    assert run.artifacts["i4"]["metadata"]["unit"] == "K"
    several = run.arrays("several")
    assert list(several) == ["i4", "mask", "part", "reverse"]
    for name, array in {"i4": i4, "mask": mask, "part": r8[::5], "reverse": r8.T}.items():
        same(several[name], array, name)
    assert run.artifacts["several"]["metadata"]["step"] == 1
    for name, array in {"i4": i4, "r4": wanted["r4"], "mask": mask, "row": r8[1, :]}.items():
        data, dtype = run.data(name)
        same(np.array(data, dtype), array, name)
    assert run.result("c8")["dtype"] == "complex128"

    field = run.artifacts["field"]
    assert field["kind"] == "image" and (field["metadata"]["vmin"], field["metadata"]["vmax"]) == (-7, 7)

    def size(name):
        content = run.file(name).read_bytes()
        assert content.startswith(b"\x89PNG")
        return int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big")

    assert size("field") == (10, 12) and size("pixels") == (2, 2)
    width, height = size("ints")
    assert height == 3 * 128 and width > 4 * 128, "the indices are reversed: 3 rows of 4, and a colour bar"
    assert run.file("svg").read_text() == "<svg/>"


def places():
    run = Run("places_1")
    field = np.array([[i + 10.0 * j for j in range(5)] for i in range(4)])
    same(run.array("field"), field, "field")
    assert run.array("field").flags.f_contiguous
    metadata = run.artifacts["field"]["metadata"]
    assert (metadata["unit"], metadata["step"]) == ("K", 7) and "incomplete" not in metadata
    same(run.array("reverse"), field.T, "reverse")
    cube = np.zeros((2, 3, 4))
    cube[1, 2, 3] = 1
    same(run.array("cube"), cube, "cube")
    four = np.zeros((2, 3, 4, 5))
    four[1, 2, 3, 4] = 1
    same(run.array("four"), four, "four")
    same(run.array("line"), np.full(7, 0.5, np.float32), "line")
    same(run.array("ints"), np.full(7, 3, np.int32), "ints")
    same(run.array("complex"), np.full(2, 1 + 2j), "complex")
    same(run.array("left_open"), np.full(3, 2, np.float32), "left_open")
    assert run.artifacts["left_open"]["metadata"]["incomplete"] is True
    for k in range(3):
        name = f"u.{100 * k:08}"
        same(run.array(name), field + k, name)
        metadata = run.artifacts[name]["metadata"]
        assert (metadata["unit"], metadata["step"], metadata["snapshot_of"]) == ("K", 100 * k, "u"), metadata
    same(run.array("reversed.00000001"), np.array([[0, 0], [0, 0], [0, 1]], np.int32), "reversed")
    assert not {"u.00000300", "given_up", "wrong", "huge"} & set(run.artifacts)


def ends():
    errors = Run("errors_1")
    assert errors.record["status"] == "success" and errors.record["metrics"] == {"fine": 1, "text": "a\0b"}
    told = [line.split("] ", 2)[2] for line in errors.log() if "[ERROR" in line]
    assert [line.split(":")[0] for line in told] == [
        "metalab_capture_series", "metalab_capture_metric_i64", "metalab_capture_artifact_json"], told
    failed = Run("failed_1").record
    assert failed["status"] == "failed"
    error = failed["error"]
    assert (error["type"], error["message"]) == ("Diverged", "the residual grows") and "step 7" in error["traceback"]
    assert Run("cancelled_1").record["status"] == "cancelled" == Run("stopped_1").record["status"]
    block = Run("block_1").record
    assert block["status"] == "success" and block["metrics"] == {"x": 1}


def legacy():
    run = Run("legacy_1")
    record = run.record
    assert record["status"] == "failed" and record["error"]["type"] == "Diverged", record["error"]
    assert record["params_resolved"] == {"n": 10, "dt": 1e-3, "steady": False, "scheme": "upwind"}
    assert record["metrics"] == {"count": 7, "half": 0.5, "energy": 0.25, "converged": True, "solver": "sor"}
    residual = run.result("residual")
    assert residual["data"] == [[1, 1], [2, 0.5], [3, 1 / 3], [4, 4], [5, 0.5]]
    assert residual["metadata"]["unit"] == "K" and not residual["metadata"].get("description")
    assert run.result("iterations")["data"] == [[1, 1], [2, 4], [3, 9]]
    assert run.result("norm")["data"] == [[1, 0.5], [2, 1], [3, 1.5], [4, 0.25]]
    assert run.result("flag")["data"] == [[1, True]] and run.result("phase")["data"] == [[1, "start"]]
    whole = np.array([[10 * i + j for j in range(1, 5)] for i in range(1, 11)])
    part = whole[:3, :2]
    same(run.array("i"), part.astype(np.int32), "i")
    same(run.array("r"), (part / 4).astype(np.float32), "r")
    same(run.array("d"), whole / 8, "d")
    same(run.array("c"), np.array([1 + 2j, 3 + 4j], np.complex64), "c")
    same(run.array("z"), np.array([1 - 2j, 3 - 4j]), "z")
    same(run.array("l"), np.array([True, False, True]), "l")
    for name, array in {"di": part.astype(np.int32), "dr": (part / 4).astype(np.float32), "dd": part / 8,
                        "dl": np.array([True, False, True])}.items():
        data, dtype = run.data(name)
        same(np.array(data, dtype), array, name)
    assert run.artifacts["r"]["metadata"]["unit"] == "K" and "x" not in run.artifacts
    assert run.artifacts["figure"]["kind"] == "image" and run.result("table")["data"] == {"a": 1}
    assert record["tags"] == ["a"] and record["notes"] == "a note"
    assert {"message": "coarse"} in record["warnings"]
    assert any(line.endswith("from fixed form") for line in run.log())


for check in (values, arrays, places, ends, legacy):
    check()
print("what Fortran wrote reads back")
