"""Reads back with numpy and Python's json what tests/c/arrays.c wrote: read_back.py CASE STORE.

Prints what is not as it should be, and ends with status 1 then.
"""

import hashlib
import json
import math
import os
import re
import struct
import sys
import tarfile
import zipfile
import zlib

import numpy as np

failures = 0


def check(condition, *what):
    global failures
    if not condition:
        failures += 1
        print("not so:", *what)


# The values that follow from the index: as in arrays.c.

def expected(dtype, shape):
    dtype = np.dtype(dtype)
    count = int(np.prod(shape, dtype=np.int64))
    index = np.arange(count + 1)
    if dtype.kind == "b":
        return (index[:count] % 2 == 1).reshape(shape)
    if dtype == np.float16:
        return (index[:count] * 2731).astype(np.uint16).view(np.float16).reshape(shape)
    if dtype.kind == "S":
        texts = [f"é{i}".encode() if i > 0 else b"" for i in index[:count]]
        return np.array(texts, dtype).reshape(shape)
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        values = [int(i) * 7 - (80 if dtype.kind == "i" else 0) for i in index[:count]]
        for at, value in ((0, info.min), (1, info.max)):
            if at < count:
                values[at] = value
        return np.array(values, dtype).reshape(shape)
    single = dtype in (np.float32, np.complex64)
    real = index / 3.0 - 2.0
    special = {
        2: np.nan,
        3: np.inf,
        4: -np.inf,
        5: -0.0,
        6: 1.401298464324817e-45 if single else 5e-324,
        7: 3.4028234663852886e38 if single else 1.7976931348623157e308,
    }
    for at, value in special.items():
        if at < len(real):
            real[at] = value
    if dtype.kind == "f":
        return real[:count].astype(dtype).reshape(shape)
    values = np.empty(count, dtype)
    values.real = real[:count]
    values.imag = real[1:]
    return values.reshape(shape)


def same(a, b):
    """Equal in type, shape and value; NaN is NaN, and zeros have their sign."""
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    if a.dtype.kind == "c":
        return same(a.real, b.real) and same(a.imag, b.imag)
    if a.dtype.kind != "f":
        return np.array_equal(a, b)
    number = ~np.isnan(b)
    return np.array_equal(a, b, equal_nan=True) and np.array_equal(
        np.signbit(a)[number], np.signbit(b)[number]
    )


# Files of the store.

def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def laid_out(path):
    """A JSON file in Python's own layout."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    value = json.loads(text)
    check(text == json.dumps(value, indent=2, sort_keys=True), "layout of", path)
    return value


def decode(name):
    return re.sub(r"%([0-9A-F]{2})", lambda match: chr(int(match[1], 16)), name)


def files_below(directory):
    for root, _, names in os.walk(directory):
        for name in names:
            yield os.path.join(root, name)


def check_descriptors(root, run_id):
    """What the record and the manifest say of artifacts is true of the files."""
    record = laid_out(os.path.join(root, "runs", run_id + ".json"))
    directory = os.path.join(root, "artifacts", run_id)
    manifest = laid_out(os.path.join(directory, "_manifest.json"))
    check(list(manifest) == ["artifacts"], "manifest")
    by_name = {entry["name"]: entry for entry in manifest["artifacts"]}
    check(len(by_name) == len(manifest["artifacts"]), "one entry per name")
    check(len(record["artifacts"]) == len(manifest["artifacts"]), "record and manifest")
    keys = {"artifact_id", "name", "kind", "format", "uri", "content_hash", "size_bytes", "metadata"}
    files = {"_manifest.json"}
    for entry in record["artifacts"]:
        name = entry["name"]
        check(set(entry) == keys, "keys of", name)
        with open(entry["uri"], "rb") as file:
            content = file.read()
        check(os.path.isabs(entry["uri"]) and os.path.dirname(entry["uri"]) == directory, "uri of", name)
        check(entry["content_hash"] == hashlib.sha256(content).hexdigest()[:16], "hash of", name)
        check(entry["size_bytes"] == len(content), "size of", name)
        check(re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", entry["artifact_id"]), "id of", name)
        check(entry["metadata"]["_run_id"] == run_id, "_run_id of", name)
        listed = dict(entry)
        listed["metadata"] = {k: v for k, v in entry["metadata"].items() if not k.startswith("_")}
        check(by_name.get(name) == listed, "manifest entry of", name)
        files.add(os.path.basename(entry["uri"]))
    check(set(os.listdir(directory)) == files, "files of the run:", sorted(set(os.listdir(directory)) ^ files))
    return {entry["name"]: entry for entry in record["artifacts"]}


def load_npz(path):
    with zipfile.ZipFile(path) as archive:
        check(archive.testzip() is None, "CRC-32 of", path)
        with open(path, "rb") as file:
            for member in archive.infolist():
                check(member.compress_type == zipfile.ZIP_STORED, "stored", path)
                file.seek(member.header_offset)
                local = file.read(30)
                name_size, extra_size = struct.unpack("<HH", local[26:30])
                start = member.header_offset + 30 + name_size + extra_size
                file.seek(start)
                magic = file.read(10)
                check(magic[:6] == b"\x93NUMPY", "magic of", path)
                data = start + 10 + struct.unpack("<H", magic[8:10])[0]
                check(data % 64 == 0, "alignment of", member.filename, "in", path)
    with np.load(path, allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}


def read_png(data):
    """Width, height, colour type, palette, and the rows as bytes."""
    check(data[:8] == b"\x89PNG\r\n\x1a\n", "PNG signature")
    at, packed, palette = 8, b"", None
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + size]
        (crc,) = struct.unpack(">I", data[at + 8 + size : at + 12 + size])
        check(zlib.crc32(kind + body) == crc, "CRC-32 of", kind)
        if kind == b"IHDR":
            width, height, depth, color, _, _, interlace = struct.unpack(">IIBBBBB", body)
            check(depth == 8 and interlace == 0, "PNG header")
        elif kind == b"PLTE":
            palette = np.frombuffer(body, np.uint8).reshape(-1, 3)
        elif kind == b"IDAT":
            packed += body
        at += 12 + size
    pixel = {0: 1, 2: 3, 3: 1, 6: 4}[color]
    raw, row_size = zlib.decompress(packed), width * pixel
    check(len(raw) == height * (row_size + 1), "PNG size")
    rows, before = [], bytearray(row_size)
    for y in range(height):
        method = raw[y * (row_size + 1)]
        row = bytearray(raw[y * (row_size + 1) + 1 : (y + 1) * (row_size + 1)])
        for x in range(row_size):
            left = row[x - pixel] if x >= pixel else 0
            up = before[x]
            corner = before[x - pixel] if x >= pixel else 0
            if method == 1:
                guess = left
            elif method == 2:
                guess = up
            elif method == 3:
                guess = (left + up) // 2
            elif method == 4:
                base = left + up - corner
                guess = min((left, up, corner), key=lambda value: abs(base - value))
            else:
                guess = 0
            row[x] = (row[x] + guess) & 255
        rows.append(bytes(row))
        before = row
    return width, height, color, palette, rows


# The cases.

def read_entry(path):
    entry = load(path)
    check(list(entry) == ["data", "dtype", "metadata", "shape"], "keys of", path)
    return entry


def arrays(root):
    descriptors = check_descriptors(root, "arrays")
    shape_of = lambda text: tuple(int(extent) for extent in text.split("x")) if text else ()
    seen = 0
    for name, entry in descriptors.items():
        if name in ("all types", "no arrays"):
            continue
        content = load_npz(entry["uri"])
        check((entry["kind"], entry["format"]) == ("numpy", "npz"), "kind of", name)
        check(list(content) == ["arr"], "keys of", name)
        array = content["arr"]
        parts = name.split(" ")
        mapped = parts[0] == "mapped"
        dtype, order, shape = parts[1:4] if mapped else parts[:3]
        shape = shape_of(shape)
        wanted = expected(dtype, shape)
        check(same(array, wanted), "array", name, array.dtype, array.shape)
        if len(shape) > 1 and array.size > 1:
            check(array.flags.f_contiguous == (order == "F"), "order of", name)
        metadata = {"before": 1, "_hidden": 2, "after": 2} if mapped else {}
        check(entry["metadata"] == {**metadata, "_run_id": "arrays"}, "metadata of", name)
        seen += 1
    check(seen == 15 * 2 * 5 * 4 + 7, "number of arrays:", seen)

    everything = load_npz(descriptors["all types"]["uri"])
    check(len(everything) == 15, "arrays in one archive")
    for position, (name, array) in enumerate(everything.items()):
        check(same(array, expected(name, (2, 3, 4))), "array", name)
        check(array.flags.f_contiguous == (position % 2 == 1), "order of", name)
    check(load_npz(descriptors["no arrays"]["uri"]) == {}, "an archive of no arrays")

    directory = os.path.join(root, "results", "arrays")
    names = os.listdir(directory)
    check(len(names) == 15 * 2 * 5 * 3 + 6, "number of entries:", len(names))
    for file in names:
        entry = read_entry(os.path.join(directory, file))
        dtype, _, shape, _ = decode(file[: -len(".json")]).split(" ")
        shape = shape_of(shape)
        wanted = expected(dtype, shape)
        if dtype == "S5":
            # Text, as JSON has it.
            dtype, wanted = "<U5", np.char.decode(wanted, "utf-8").astype("<U5").reshape(shape)
        check(entry["dtype"] == dtype and tuple(entry["shape"]) == shape, "type of", file)
        check(entry["metadata"] == {"k": [1]}, "metadata of", file)
        data = entry["data"]
        array = np.array(data, entry["dtype"]).reshape(entry["shape"])
        check(same(array, wanted), "entry", file)
        if np.prod(shape, dtype=int) <= 1000:
            laid_out(os.path.join(directory, file))
        depth = 0
        while isinstance(data, list):
            check(len(data) == shape[depth], "lists of", file)
            depth += 1
            data = data[0] if data else None
        check(depth == len(shape) or 0 in shape, "nesting of", file)


def snapshots(root):
    descriptors = check_descriptors(root, "snapshots")
    check(len(descriptors) == 15 * 2 * 4, "number of snapshots:", len(descriptors))
    for name, entry in descriptors.items():
        check((entry["kind"], entry["format"]) == ("numpy", "npz"), "kind of", name)
        of, step = name.rsplit(".", 1)
        metadata = {"unit": "K", "step": int(step), "snapshot_of": of, "_run_id": "snapshots"}
        check(entry["metadata"] == metadata, "metadata of", name, entry["metadata"])
        check(len(step.lstrip("-")) >= 8, "padding of", name)
        dtype, order = of.split(" ")
        array = load_npz(entry["uri"])["arr"]
        check(same(array, expected(dtype, (2, 3, 4))), "snapshot", name)
        check(array.flags.f_contiguous == (order == "F"), "order of", name)
    steps = {entry["metadata"]["step"] for entry in descriptors.values()}
    check(steps == {0, 12, 123456789, -3}, "steps:", steps)


def figures(root):
    descriptors = check_descriptors(root, "figures")

    def content(name, kind="image", format="png"):
        entry = descriptors[name]
        check((entry["kind"], entry["format"]) == (kind, format), "kind of", name)
        with open(entry["uri"], "rb") as file:
            return file.read()

    for channels, color in ((1, 0), (3, 2), (4, 6)):
        for gap in (0, 1):
            name = f"pixels {channels} {gap}"
            width, height, kind, _, rows = read_png(content(name))
            check((width, height, kind) == (7, 5, color), "header of", name)
            wanted = [bytes((y * 31 + x * 7) & 255 for x in range(7 * channels)) for y in range(5)]
            check(rows == wanted, "pixels of", name)
    check(content("bytes", format="svg") == b"<svg/>", "bytes")

    def colors(name):
        width, height, kind, palette, rows = read_png(content(name))
        check(kind == 3 and len(palette) == 256, "palette of", name)
        return np.stack([palette[list(row)] for row in rows])

    def cells(name):
        image = colors(name)
        check(image.shape == (4, 6, 3), "size of", name, image.shape)
        check(np.array_equal(image[0::2], image[1::2]), "scale of", name)
        check(np.array_equal(image[:, 0::2], image[:, 1::2]), "scale of", name)
        return image[::2, ::2]

    plain = cells("field")
    nan = plain[1, 2]
    check(len(set(nan)) > 1, "NaN has a colour that greys lack")
    grey = plain.reshape(6, 3)[:5]
    check((grey == grey[:, :1]).all(), "greys")
    check(np.abs(grey[:, 0].astype(int) - np.array([0, 64, 128, 191, 255])).max() <= 1, "even steps", grey[:, 0])
    check(np.array_equal(cells("field lower"), plain[::-1]), "origin")
    ranged = cells("field range").reshape(6, 3)[:5, 0].astype(int)
    check(list(ranged[[0, 1, 3, 4]]) == [0, 0, 255, 255] and abs(ranged[2] - 128) <= 1, "range", ranged)
    default = colors("field default")
    side = default.shape[0] // 2
    check(side * 3 >= 512 and default.shape[1] > side * 3, "default scale, and a bar at the right")
    field, bar = default[:, : side * 3], default[:, side * 3 :]
    check(len({tuple(color) for color in field.reshape(-1, 3)}) == 6, "default colours")
    check(len({tuple(color) for color in bar.reshape(-1, 3)}) > 250, "colours of the bar")
    metadata = {name: entry["metadata"] for name, entry in descriptors.items()}
    check(metadata["field"] == {"vmin": 0.0, "vmax": 4.0, "_run_id": "figures"}, "range that was used")
    check(metadata["field range"] == {"vmin": 1.0, "vmax": "mine", "_run_id": "figures"}, "the caller's word wins")


def is_nan(value):
    return isinstance(value, float) and math.isnan(value)


def documents(root):
    descriptors = check_descriptors(root, "documents")
    record = laid_out(os.path.join(root, "runs", "documents.json"))
    metrics = record["metrics"]
    check(is_nan(metrics.pop("nan")), "NaN")
    check(math.copysign(1, metrics["minus zero"]) == -1, "the sign of zero")
    wanted = {
        "inf": math.inf,
        "minus inf": -math.inf,
        "tenth": 0.1,
        "e16": 1e16,
        "1e-5": 1e-5,
        "minus zero": -0.0,
        "least": -(2**63),
        "text": 'é 😀 \x01 " \\ /',
    }
    check(metrics == wanted, "metrics", metrics)
    check(all(type(metrics[name]) is type(value) for name, value in wanted.items()), "types of metrics")

    results = os.path.join(root, "results", "documents")
    odd = laid_out(os.path.join(results, "odd.json"))
    check(odd["data"][:3] == [[0, 0.1], [1, math.inf], [2, -math.inf]], "odd values", odd["data"])
    check(odd["data"][3][0] == 3 and is_nan(odd["data"][3][1]), "NaN in a series")
    check(odd["shape"] == [4, 2] and odd["dtype"] is None, "form of a series")
    check(odd["metadata"] == {"type": "stepped_metric"}, "metadata of a series")
    long = read_entry(os.path.join(results, "long.json"))
    check(long["shape"] == [200000, 2], "length of a series")
    steps = [step for step, _ in long["data"]]
    check(steps == list(range(200000)), "steps of a series")
    inverse = pow(7919, -1, 200000)
    check(
        all(value == (step * inverse % 200000) / 3.0 for step, value in long["data"]), "values of a series"
    )
    check(
        long["metadata"] == {"type": "stepped_metric", "unit": "m/s", "description": "a speed"},
        "metadata of a series",
    )
    document = laid_out(os.path.join(results, "document.json"))
    numbers = document["data"]["b"]
    check(is_nan(numbers[0]) and numbers[1:] == [math.inf, -math.inf, -0.0, 1e16, 123], "document", document)
    check(document["data"]["a"] == "é" and document["metadata"] == {"m": None}, "document", document)
    check(document["dtype"] is None and document["shape"] is None, "form of a document")
    extreme = load(os.path.join(results, "extreme.json"))["data"]["b"]
    check(extreme[3] == math.inf, "a number beyond floats", extreme)
    check(extreme[5] == 12345678901234567890, "a large integer", extreme)
    check(sorted(os.listdir(results)) == ["document.json", "extreme.json", "long.json", "odd.json"], "entries")

    def content(name, kind, format, file):
        entry = descriptors[name]
        check((entry["kind"], entry["format"]) == (kind, format), "kind of", name, entry)
        check(os.path.basename(entry["uri"]) == file, "file of", name, entry["uri"])
        with open(entry["uri"], "rb") as opened:
            return opened.read()

    laid_out(descriptors["json"]["uri"])
    text = content("json", "json", "json", "json.json")
    check(json.loads(text) == {"z": 1, "a": [1.0, {}, [], None, True]}, "JSON artifact")
    check(content("bytes", "mesh", "vtk", "bytes.vtk") == b"\x00\xffbytes", "bytes")
    check(descriptors["bytes"]["metadata"] == {"_own": 1, "cells": 3, "_run_id": "documents"}, "metadata")
    check(content("nothing", "mesh", "vtk", "nothing.vtk") == b"", "no bytes")
    check(content("again", "text", "dat", "again.dat") == b"second", "replaced")
    rows = "".join(f"{row},{row * row}\n" for row in range(1000)).encode()
    check(content("stream", "table", "csv", "stream.csv") == rows, "stream")
    check(content("copied", "file", "gz", "copied.gz") == b"copied", "copied file")
    check(content("linked", "input", "binary", "linked") == b"linked", "linked file")
    check(content("moved", "file", "txt", "moved.txt") == b"moved", "moved file")
    content("tree.tar", "file", "tar", "tree.tar")
    with tarfile.open(descriptors["tree.tar"]["uri"]) as archive:
        check(archive.getnames() == ["in it"] and archive.extractfile("in it").read() == b"tree", "archive")
    listed = json.loads(content("tree", "json", "json", "tree.json"))
    check([one["path"] for one in listed["files"]] == ["in it"] and listed["tar"] == "tree.tar", "list", listed)
    check(descriptors["tree"]["metadata"]["step"] == descriptors["tree.tar"]["metadata"]["step"] == 1, "metadata")


if __name__ == "__main__":
    case, store = sys.argv[1:]
    experiment = os.path.join(store, "arrays_1")
    {"arrays": arrays, "snapshots": snapshots, "figures": figures, "documents": documents}[case](experiment)
    check(laid_out(os.path.join(experiment, "_meta.json"))["experiment_id"] == "arrays:1", "_meta.json")
    for path in files_below(experiment):
        if path.endswith(".json"):
            load(path)
    sys.exit(1 if failures else 0)
