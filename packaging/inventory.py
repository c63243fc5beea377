#!/usr/bin/env python3
"""Lists what is inside a build: an SBOM in CycloneDX's JSON, and the licences with their texts.

usage: packaging/inventory.py --target TRIPLE --sbom FILE --licences FILE

It asks `cargo metadata` what the library and the command are made of, for that target, without what only
builds or tests need. The texts are those that each crate ships. SOURCE_DATE_EPOCH is the time that the SBOM
names.
"""

import argparse
import datetime
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import uuid

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAMS = ("metalab", "metalab-cli")
LICENCE_FILE = re.compile(r"^(licen[cs]e|copying|copyright|notice|unlicense)", re.IGNORECASE)


def run(*command):
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


def metadata(target):
    text = run("cargo", "metadata", "--locked", "--format-version=1", f"--filter-platform={target}")
    return json.loads(text)


def linked(graph):
    """The ids of the packages whose code is in what is built, and for each the ids that it uses."""
    nodes = {node["id"]: node for node in graph["resolve"]["nodes"]}
    names = {package["id"]: package for package in graph["packages"]}
    uses = {}
    left = [key for key, package in names.items() if package["name"] in PROGRAMS and package["source"] is None]
    while left:
        key = left.pop()
        if key in uses:
            continue
        # A macro runs in the compiler: what it is made of is not in what it makes.
        kinds = {kind for part in names[key]["targets"] for kind in part["kind"]}
        edges = [] if "proc-macro" in kinds else nodes[key]["deps"]
        wanted = [edge["pkg"] for edge in edges if any(kind["kind"] is None for kind in edge["dep_kinds"])]
        uses[key] = sorted(one for one in wanted if not is_macro(names[one]))
        left.extend(uses[key])
    return {key: names[key] for key in uses}, uses


def is_macro(package):
    return any("proc-macro" in part["kind"] for part in package["targets"])


def licence(package):
    # Before SPDX expressions, crates wrote "MIT/Apache-2.0".
    return (package["license"] or "").replace("/", " OR ") or f"see {package['license_file']}"


def checksums():
    """The SHA-256 of each crate, as Cargo.lock has it."""
    found = {}
    for block in (ROOT / "Cargo.lock").read_text().split("[[package]]"):
        fields = dict(re.findall(r'^(name|version|checksum) = "([^"]*)"$', block, re.MULTILINE))
        if "checksum" in fields:
            found[fields["name"], fields["version"]] = fields["checksum"]
    return found


def purl(package):
    return f"pkg:cargo/{package['name']}@{package['version']}"


def rust():
    words = run("rustc", "--version", "--verbose")
    return re.search(r"^release: (.*)$", words, re.MULTILINE).group(1)


def component(package, sums):
    entry = {
        "type": "library",
        "bom-ref": purl(package),
        "name": package["name"],
        "version": package["version"],
        "licenses": [{"expression": licence(package)}],
        "purl": purl(package),
    }
    if package["description"]:
        entry["description"] = " ".join(package["description"].split())
    checksum = sums.get((package["name"], package["version"]))
    if checksum:
        entry["hashes"] = [{"alg": "SHA-256", "content": checksum}]
    if package["repository"]:
        entry["externalReferences"] = [{"type": "vcs", "url": package["repository"]}]
    return entry


def sbom(packages, uses, target):
    sums = checksums()
    main = next(package for package in packages.values() if package["name"] == PROGRAMS[0])
    ours = {key for key, package in packages.items() if package["source"] is None}
    order = sorted(packages, key=lambda key: purl(packages[key]))
    standard = {
        "type": "framework",
        "bom-ref": f"pkg:generic/rust-std@{rust()}",
        "name": "rust-std",
        "version": rust(),
        "description": "The standard library of Rust, and the crates in it",
        "licenses": [{"expression": "MIT OR Apache-2.0"}],
        "purl": f"pkg:generic/rust-std@{rust()}",
    }
    components = [component(packages[key], sums) for key in order if packages[key] is not main] + [standard]
    depends = [{"ref": purl(packages[key]), "dependsOn": sorted(purl(packages[one]) for one in uses[key])} for key in order]
    for entry in depends:
        if entry["ref"] in {purl(packages[key]) for key in ours}:
            entry["dependsOn"].append(standard["bom-ref"])
    when = datetime.datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", "0")), datetime.timezone.utc)
    content = json.dumps([components, depends, target], sort_keys=True)
    number = uuid.UUID(bytes=hashlib.sha256(content.encode()).digest()[:16], version=4)
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{number}",
        "version": 1,
        "metadata": {
            "timestamp": when.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": component(main, sums) | {"name": "libmetalab"},
            "properties": [{"name": "target", "value": target}],
        },
        "components": components,
        "dependencies": depends,
    }


def texts(package):
    """The licence files of a crate."""
    place = pathlib.Path(package["manifest_path"]).parent
    files = {path for path in place.iterdir() if path.is_file() and LICENCE_FILE.match(path.name)}
    if package["license_file"]:
        files.add(place / package["license_file"])
    return [(path.name, path.read_text(errors="replace").strip()) for path in sorted(files)]


def licences(packages):
    """Each text once, with the crates that ship it."""
    by_text, without, lines = {}, [], []
    foreign = sorted((package for package in packages.values() if package["source"]), key=purl)
    for package in foreign:
        who = f"{package['name']} {package['version']}"
        lines.append(f"{who}: {licence(package)}")
        found = texts(package)
        for name, text in found:
            by_text.setdefault(text, []).append(f"{who} ({name})")
        if not found:
            without.append(f"{who}: {licence(package)}; by {', '.join(package['authors']) or 'its contributors'}")
    parts = [
        "What is inside libmetalab and mlab beside their own code, which is under the MIT licence (LICENSE).\n",
        f"The standard library of Rust {rust()}: MIT OR Apache-2.0, copyright of the Rust project's contributors.\n",
        "\n".join(lines) + "\n",
    ]
    if without:
        parts.append("These crates ship no file with the text, and are under one of the licences below:\n\n" + "\n".join(without) + "\n")
    for text, who in sorted(by_text.items(), key=lambda item: item[1]):
        parts.append("=" * 80 + "\n" + "\n".join(who) + "\n" + "-" * 80 + "\n\n" + text + "\n")
    return "\n".join(parts)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--target", required=True)
    parser.add_argument("--sbom", type=pathlib.Path, required=True)
    parser.add_argument("--licences", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    packages, uses = linked(metadata(arguments.target))
    arguments.sbom.write_text(json.dumps(sbom(packages, uses, arguments.target), indent=2) + "\n")
    arguments.licences.write_text(licences(packages))


if __name__ == "__main__":
    sys.exit(main())
