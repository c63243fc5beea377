#!/usr/bin/env python3
"""Makes a wheel of an unpacked binary tarball.

usage: packaging/wheel/build.py TREE OUT     SOURCE_DATE_EPOCH is the time of every file
"""

import base64
import hashlib
import os
import pathlib
import re
import sys
import time
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
SUMMARY = "libmetalab, its headers and mlab: capture of simulation runs from C, C++, Fortran, Julia and R"
# In the wheel the shared library is one file: pip would make copies of links.
SHARED = re.compile(r"^libmetalab\.so(\.\d+)*$")


def tags(platform):
    """What pip compares with its machine: x86_64-linux-glibc2.28 is manylinux_2_28_x86_64."""
    found = re.fullmatch(r"(\w+?)-linux-(?:glibc(\d+)\.(\d+)|(musl))", platform)
    if not found:
        sys.exit(f"build: no wheel is made for {platform}")
    processor, major, minor, musl = found.groups()
    return f"musllinux_1_2_{processor}" if musl else f"manylinux_{major}_{minor}_{processor}"


class Wheel:
    """A zip file whose bytes follow from what is put in, and the record of it."""

    def __init__(self, path, seconds):
        self.zip = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9)
        self.time = time.gmtime(max(seconds, 315532800))[:6]
        self.record = []

    def add(self, name, content, executable=False):
        entry = zipfile.ZipInfo(name, self.time)
        entry.external_attr = (0o100755 if executable else 0o100644) << 16
        entry.create_system = 3
        entry.compress_type = zipfile.ZIP_DEFLATED
        self.zip.writestr(entry, content)
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        self.record.append(f"{name},sha256={digest},{len(content)}")

    def close(self, info):
        name = f"{info}/RECORD"
        self.record.append(f"{name},,")
        self.add(name, ("\n".join(self.record) + "\n").encode())
        self.zip.close()


def soname(tree):
    """The link that the library's soname names: libmetalab.so.1."""
    links = [path for path in (tree / "lib").iterdir() if path.is_symlink() and path.name != "libmetalab.so"]
    assert len(links) == 1, links
    return links[0].name


def carried(tree):
    """The files of the tree that go into the package, by their paths in it."""
    for path in sorted(tree.rglob("*")):
        inside = path.relative_to(tree)
        is_left_out = inside.parts[0] == "bin" or SHARED.match(path.name) or "doc" in inside.parts[:2]
        if path.is_file() and not is_left_out:
            yield inside.as_posix(), path


def main():
    tree, out = map(pathlib.Path, sys.argv[1:])
    version, platform = re.fullmatch(r"libmetalab-([\d.]+)-(.*)", tree.name).groups()
    tag = f"py3-none-{tags(platform)}"
    library = soname(tree)
    name = f"libmetalab-{version}"
    path = out / f"{name}-{tag}.whl"
    wheel = Wheel(path, int(os.environ.get("SOURCE_DATE_EPOCH", "315532800")))

    def fill(text):
        return text.replace("@VERSION@", version).replace("@LIBRARY@", library)

    for source in sorted((HERE / "libmetalab").glob("*.py")):
        wheel.add(f"libmetalab/{source.name}", fill(source.read_text()).encode())
    for inside, file in carried(tree):
        content = file.read_bytes()
        if file.name == "metalab-config.cmake":
            # The file that is there has the soname for its name.
            full = (tree / "lib" / library).resolve().name
            content = content.replace(full.encode(), library.encode())
        # R runs its package's configure, which pip unpacks as it is said to be here.
        wheel.add(f"libmetalab/{inside}", content, executable=bool(file.stat().st_mode & 0o100))
    wheel.add(f"libmetalab/lib/{library}", (tree / "lib" / library).read_bytes(), executable=True)
    # The file that -lmetalab finds: a word to the linker.
    wheel.add("libmetalab/lib/libmetalab.so", f"INPUT({library})\n".encode())
    wheel.add(f"{name}.data/scripts/mlab", (tree / "bin" / "mlab").read_bytes(), executable=True)

    info = f"{name}.dist-info"
    headers = [
        "Metadata-Version: 2.4",
        "Name: libmetalab",
        f"Version: {version}",
        f"Summary: {SUMMARY}",
        "License-Expression: MIT",
        "License-File: LICENSE",
        "License-File: THIRD-PARTY.txt",
        "Requires-Python: >=3.8",
        "Description-Content-Type: text/markdown",
        "Classifier: Operating System :: POSIX :: Linux",
        "Classifier: Topic :: Scientific/Engineering",
    ]
    wheel.add(f"{info}/METADATA", ("\n".join(headers) + "\n\n" + (HERE / "README.md").read_text()).encode())
    wheel.add(f"{info}/WHEEL", f"Wheel-Version: 1.0\nGenerator: libmetalab\nRoot-Is-Purelib: false\nTag: {tag}\n".encode())
    for licence in ("LICENSE", "THIRD-PARTY.txt"):
        wheel.add(f"{info}/licenses/{licence}", (tree / "share/doc/metalab" / licence).read_bytes())
    wheel.add(f"{info}/sboms/libmetalab.cdx.json", (tree / "share/doc/metalab/sbom.cdx.json").read_bytes())
    wheel.close(info)
    print(path)


if __name__ == "__main__":
    main()
