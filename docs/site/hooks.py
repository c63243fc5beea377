"""Puts pages that are outside of docs/, or made of the sources, into the site, and has links to them lead there."""

import posixpath
import re
import sys
from pathlib import Path

from mkdocs.structure.files import File

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(Path(__file__).parent))

import references  # noqa: E402

# Where a page is in the repository, and where it is in the site.
PAGES = {
    "bindings/cpp/README.md": "languages/cpp.md",
    "bindings/fortran/README.md": "languages/fortran.md",
    "bindings/julia/README.md": "languages/julia.md",
    "bindings/r/README.md": "languages/r.md",
    "examples/README.md": "languages/examples.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
}
# Files that are no pages of the site, and the pages that stand for them.
INSTEAD = {"README.md": "docs/index.md", "include/metalab.h": "docs/reference/c.md"}

FENCE = re.compile(r"^ *```", re.MULTILINE)
LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)\s]+)\)")
WHY = re.compile(r'^( *```\w+) not-run="[^"]*"$', re.MULTILINE)


def on_files(files, config):
    for source, page in PAGES.items():
        files.append(File.generated(config, page, abs_src_path=str(ROOT / source)))
    for page, text in references.pages().items():
        files.append(File.generated(config, page, content=text))
    return files


def on_page_markdown(markdown, page, config, files):
    here = {page: source for source, page in PAGES.items()}.get(page.file.src_uri, "docs/" + page.file.src_uri)
    pieces = re.split(r"(^ *```.*?^ *```$)", WHY.sub(r"\1", markdown), flags=re.MULTILINE | re.DOTALL)
    # Code has brackets of its own.
    pieces[::2] = [LINK.sub(lambda link: moved(link, here, page.file.src_uri), piece) for piece in pieces[::2]]
    return "".join(pieces)


def moved(link, here, page):
    """A link of a page, as it has to be in the site."""
    words, target = link.groups()
    if "://" in target or target.startswith("#"):
        return link.group()
    path, _, anchor = target.partition("#")
    path = posixpath.normpath(posixpath.join(posixpath.dirname(here), path))
    path = INSTEAD.get(path, path)
    if (ROOT / path / "README.md").is_file() and path + "/README.md" in PAGES:
        path += "/README.md"
    if path.startswith("docs/") and path != here:
        to = path.removeprefix("docs/")
    elif path in PAGES:
        to = PAGES[path]
    elif not path.startswith("docs"):
        # A file of the sources: the words stay, and the link goes. tests/readme.rs sees that it is there.
        return words
    else:
        return link.group()
    to = posixpath.relpath(to, posixpath.dirname(page) or ".")
    return f"[{words}]({to}{'#' + anchor if anchor else ''})"
