"""Pages of the reference that are made of the comments of the bindings: for Fortran, Julia and R.

Nothing but the sources is needed: no compiler, no Julia, no R. `scripts/docs.sh` makes the pages with the site.
"""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def pages():
    """The pages by their places in the site."""
    return {
        "reference/fortran.md": fortran(),
        "reference/julia.md": julia(),
        "reference/r.md": r(),
    }


def fence(language, text):
    return f"```{language}\n{text.strip(chr(10))}\n```\n"


# --- Fortran: the comments that begin with `!>`, for whom a program can use.

FORTRAN = ROOT / "bindings/fortran/src"
FORTRAN_HEAD = """# The Fortran module

`use metalab` brings all of it. This page is made of the comments in `bindings/fortran/src`; [the guide](../languages/fortran.md)
is the way in. Arguments in brackets are optional. With `stat`, a call returns a `METALAB_...` status in it, and the message in
`errmsg`; without, an error is a line of the run's log and the program goes on. The header of C has
[what each status means](c.md).
"""

# The types in the order in which a program meets them.
TYPES = [
    "metalab_options", "metalab_capture", "metalab_series", "metalab_arrays", "metalab_mapping", "metalab_snapshots",
    "metalab_stream", "metalab_values", "metalab_store", "metalab_table", "metalab_run", "metalab_points", "metalab_loaded",
]  # fmt: skip
# Bindings that the modules have for each other.
INNER = {
    "own", "share", "forget", "release", "deferred", "options%begin", "options%settle", "options%refuse", "options%is_open",
}  # fmt: skip


def joined(text):
    """The lines of a source, continued ones as one."""
    return re.sub(r"&[ \t]*\n[ \t]*&?", "", text).splitlines()


def commented(lines):
    """The lines that are no comment, each with its number and the lines of the comment before it."""
    comment = []
    for number, line in enumerate(lines):
        text = line.strip()
        if text.startswith("!>"):
            comment.append(text[2:].removeprefix(" "))
        else:
            yield number, text, comment
            comment = []


def procedures(lines):
    """The procedures of a source: their arguments and which of them are optional, their comment, what they return."""
    found = {}
    for number, text, comment in commented(lines):
        begins = re.match(r"(?:(?:recursive|pure|elemental|impure) +)*(subroutine|function) +(\w+) *\(([^)]*)\)", text)
        if begins:
            kind, name, arguments = begins.groups()
            optional = set()
            for inner in lines[number + 1 :]:
                declared = re.match(r"\s*[\w(].*\boptional\b.*?:: *(.*)$", inner)
                if declared:
                    optional |= {one.split("(")[0].strip() for one in declared[1].split(",")}
                if re.match(r"\s*(end (subroutine|function)|contains)\b", inner):
                    break
            names = [one.strip() for one in arguments.split(",") if one.strip()]
            found[name.lower()] = (kind, names, optional, comment)
    return found


def called(name, procedure, of=None):
    """How a procedure is called: `call run%metric(name, value, [stat])`."""
    kind, names, optional, _ = procedure
    if of:
        names, name = names[1:], f"{of}%{name}"
    said = ", ".join(f"[{one}]" if one in optional else one for one in names)
    return f"call {name}({said})" if kind == "subroutine" else f"result = {name}({said})"


def remark(lines):
    """A comment as Markdown: lines with four more blanks are code."""
    text, code = [], []
    for line in [*lines, ""]:
        if line.startswith("    "):
            code.append(line[4:])
            continue
        if code and not line:
            text.append(fence("fortran", "\n".join(code)))
            code = []
        text.append(re.sub(r"(?<!`)([<\[*])(?!`)", r"\\\1", line) if "`" not in line else line)
    return "\n".join(text).strip() + "\n"


def type_bound(lines, known):
    """The bindings of a type: by name, the procedures that stand for it, and the comment. Private ones, too.

    known: the procedures of the source, of which another source may have ones of the same names.
    """
    bound = {}
    for _, text, comment in commented(lines):
        binding = re.match(r"(generic|procedure) *((?:, *\w+ *)*):: *([\w=()]+) *=> *(\w+)(.*)$", text)
        if binding and "(" not in binding[3]:
            first = bound.setdefault(binding[3], ([], comment, "private" in binding[2], known))
            first[0].extend(re.findall(r"\w+", binding[4] + binding[5]))
    return bound


def fortran():
    sources = {path: joined(path.read_text()) for path in sorted(FORTRAN.glob("*.f90")) if path.stem != "metalab_c"}
    known, types = {}, {}
    for path, lines in sources.items():
        own = procedures(lines)
        if path.stem != "metalab_f77":
            known.update(own)
        for number, text, comment in commented(lines):
            begins = re.match(r"type *(?:, *extends\((\w+)\) *)?(?:, *\w+ *)*:: *(\w+)$", text)
            if begins:
                end = next(at for at in range(number, len(lines)) if lines[at].strip() == "end type")
                types[begins[2]] = (begins[1], comment, type_bound(lines[number:end], own))
    page = [FORTRAN_HEAD]
    for name in TYPES:
        base, comment, bound = types[name]
        # Names of a base are the type's own to whoever uses it.
        while base:
            base, _, inherited = types[base]
            bound = {**bound, **{key: value for key, value in inherited.items() if key not in bound}}
        page.append(f"\n## {name}\n\n{remark(comment)}")
        variable = {"metalab_capture": "run"}.get(name, name.removeprefix("metalab_"))
        generic = {one for targets, *_ in bound.values() if len(targets) > 1 for one in targets}
        entries = []
        for method, (targets, remarks, is_private, own) in bound.items():
            if is_private or method in generic or {method, f"{variable}%{method}"} & INNER:
                continue
            # A generic name may lead to another name.
            remarks = remarks or next((bound[one][1] for one in targets if one in bound), [])
            targets = [bound[one][0][0] if one in bound else one for one in targets]
            found = [(own if one.lower() in own else known)[one.lower()] for one in targets]
            forms = {tuple(form[1]): form for form in reversed(found)}
            calls = [called(method, form, variable) for form in reversed(forms.values())]
            remarks = remarks or found[0][3]
            if not remarks and not entries:
                raise ValueError(f"{name}: {method} has no comment")
            # Without a comment of its own it belongs to the one before it.
            if remarks:
                entries.append(([], [], remark(remarks)))
            entries[-1][0].append(method)
            entries[-1][1].extend(calls)
        for methods, calls, said in entries:
            heading = f"{name.removeprefix('metalab_')}%{', '.join(methods)}"
            page.append("\n### " + heading + "\n\n" + fence("fortran", "\n".join(calls)) + "\n" + said)
    page.append("\n## Functions\n")
    lines = sources[FORTRAN / "metalab_functions.f90"]
    public = sum((re.findall(r"\w+", line.split("::")[1]) for line in lines if line.strip().startswith("public ::")), [])
    interfaces = {}
    for number, line in enumerate(lines):
        begins = re.match(r"\s*interface (\w+)$", line)
        if begins:
            comment = []
            for above in reversed(lines[:number]):
                if not above.strip().startswith("!>"):
                    break
                comment.insert(0, above.strip()[2:].removeprefix(" "))
            interfaces[begins[1]] = (re.findall(r"\w+", lines[number + 1].replace("module procedure", ""))[0], comment)
    for name in sorted(public):
        target, comment = interfaces.get(name, (name, None))
        procedure = known[target.lower()]
        page.append(f"\n### {name}\n\n{fence('fortran', called(name, procedure))}\n{remark(comment or procedure[3])}")
    constants = re.findall(r"public :: (METALAB_\w+) = (\S+)", (FORTRAN / "metalab_constants.f90").read_text())
    page.append("\n## Constants\n\n| name | value |\n| --- | --- |\n")
    page.extend(f"| `{name}` | {value} |\n" for name, value in constants)
    return "".join(page)


# --- Julia: the documentation strings.

JULIA = ROOT / "bindings/julia/src"
JULIA_HEAD = """# The Julia package

This page is made of the documentation strings in `bindings/julia/src`, which `?name` shows in Julia, too.
[The guide](../languages/julia.md) is the way in. Names with `Metalab.` before them are not exported.
"""
DOCSTRING = re.compile(
    r'''^"""\n(.*?)^"""$|^"([^"\n][^\n]*)"\n(?:function |struct |mutable struct |const )?([\w.!]+(?:\([^()\n]*\))?)''', re.MULTILINE | re.DOTALL
)
# Names that the package has for itself.
JULIA_INNER = {"library_file", "log_enabled", "Element", "Numeric", "JSONValue"}
JULIA_PARTS = {
    "library.jl": "The library", "errors.jl": "Errors", "capture.jl": "Runs", "run.jl": "Runs", "current.jl": "The current run", "metrics.jl": "Metrics and series",
    "artifacts.jl": "Data and artifacts", "mapped.jl": "Arrays in their files", "snapshots.jl": "Snapshots", "stream.jl": "Streams",
    "figures.jl": "Figures", "logging.jl": "The log", "ending.jl": "Stopping and recovery", "index.jl": "The index",
    "identity.jl": "Identity", "state.jl": "What a run holds", "store.jl": "Reading back", "stored.jl": "Runs of a store",
    "table.jl": "Tables of runs", "points.jl": "Series of a store",
}  # fmt: skip


def julia():
    module = (JULIA / "Metalab.jl").read_text()
    order = [name for name in re.findall(r'^include\("(\w+\.jl)"\)', module, re.MULTILINE) if name in JULIA_PARTS]
    order += sorted(path.name for path in JULIA.glob("*.jl") if path.name not in [*order, "Metalab.jl", "LibMetalab.jl"])
    exported = re.findall(r"[\w!]+", " ".join(re.findall(r"^export (.*)$", module, re.MULTILINE)))
    page, parts, documented = [JULIA_HEAD], {}, set()
    for name in order:
        for long, short, defined in DOCSTRING.findall((JULIA / name).read_text()):
            signature, _, rest = long.partition("\n\n") if long else (f"    {defined}", "", short)
            if not signature.startswith("    "):
                raise ValueError(f"{name}: a documentation string has to begin with how it is called: {signature}")
            heading = re.match(r"[\w!.]+", signature.strip())[0]
            documented.add(heading)
            if not long and heading not in exported and "." not in heading:
                if heading in JULIA_INNER:
                    continue
                heading, signature = f"Metalab.{heading}", signature.replace(heading, f"Metalab.{heading}", 1)
            signature = "\n".join(line[4:] for line in signature.splitlines())
            parts.setdefault(JULIA_PARTS.get(name, "More"), []).append((heading, signature, rest.replace('\\"', '"').replace("\\$", "$").replace("\\\\", "\\")))
    missing = [name for name in exported if name not in documented]
    if missing:
        raise ValueError(f"Julia exports what has no documentation string: {', '.join(missing)}")
    headings = {heading for entries in parts.values() for heading, _, _ in entries}

    def link(reference):
        name = reference[1].removesuffix("()")
        known = name if name in headings else f"Metalab.{name}"
        return f"[`{reference[1]}`](#{anchor(known)})" if known in headings else f"`{reference[1]}`"

    said = set()
    for part, entries in parts.items():
        page.append(f"\n## {part}\n")
        for heading, signature, rest in entries:
            title = f"\n### `{heading}`\n" if heading in said else f"\n### `{heading}` {{: #{anchor(heading)} }}\n"
            said.add(heading)
            rest = re.sub(r"\[`([^`]+)`\]\(@ref\)", link, indented(rest, "julia"))
            page.append(f"{title}\n{fence('julia', signature)}\n{rest.strip()}\n")
    return "".join(page)


def anchor(name):
    return name.replace("!", "-bang").replace(".", "-")


def indented(text, language):
    """Markdown whose code of four blanks is in fences."""
    made, code, before = [], [], ""
    for line in [*text.splitlines(), "end"]:
        if line.startswith("    ") and (code or not before.strip()):
            code.append(line[4:])
        elif code and not line.strip():
            code.append("")
        else:
            if code:
                made.append(fence(language, "\n".join(code).rstrip()))
                code = []
            made.append(line)
        before = line
    return "\n".join(made[:-1])


# --- R: the pages of its help.

R = ROOT / "bindings/r/man"
R_HEAD = """# The R package

This page is made of the package's help, which `?capture_metric` shows in R, too. [The guide](../languages/r.md) is the way in.
"""
R_ORDER = ["with_capture", "capture_metric", "capture_data", "capture_array", "capture_stream", "capture_figure", "capture_log"]


class Rd:
    """A page of R's help, as a tree: texts, and macros with their arguments."""

    # Macros whose arguments are no markup, and how many arguments the others have.
    VERBATIM = {"code", "usage", "examples", "preformatted", "env", "file", "pkg", "eqn", "dontrun", "alias", "name", "keyword", "docType"}
    ARGUMENTS = {"item": 2, "section": 2, "tab": 0, "cr": 0, "dots": 0, "tabular": 2, "ldots": 0, "R": 0}

    def __init__(self, text, name):
        self.text, self.at, self.name = text, 0, name

    def parse(self, is_verbatim=False):
        """The pieces up to the brace that ends an argument, or the end of the text."""
        pieces, plain, depth = [], "", 0
        while self.at < len(self.text):
            one = self.text[self.at]
            if one == "}" and depth == 0:
                break
            macro = re.compile(r"\\([a-zA-Z]+)").match(self.text, self.at)
            if one == "\\" and not macro:
                plain += self.text[self.at + 1]
                self.at += 2
            elif macro and not (is_verbatim and macro[1] not in ("link", "dots", "dontrun", "code", "method")):
                if plain:
                    pieces.append(plain)
                plain = ""
                pieces.append(self.macro(macro))
            elif one == "%":
                self.at = (self.text.find("\n", self.at) + 1) or len(self.text)
            else:
                depth += (one == "{") - (one == "}")
                plain += one
                self.at += 1
        return [*pieces, plain] if plain else pieces

    def macro(self, match):
        name, arguments = match[1], []
        self.at = match.end()
        option = re.compile(r"\[[^\]]*\]").match(self.text, self.at) if name == "link" else None
        if option:
            self.at = option.end()
        for _ in range(self.ARGUMENTS.get(name, 1)):
            blanks = re.compile(r"\s*\{").match(self.text, self.at)
            if not blanks:
                if name == "item":
                    break
                raise ValueError(f"{self.name}: \\{name} has no argument")
            self.at = blanks.end()
            arguments.append(self.parse(name in self.VERBATIM))
            self.at += 1
        return (name, arguments)


def r():
    trees = {}
    for path in R.glob("*.Rd"):
        parsed = [piece for piece in Rd(path.read_text(), path.name).parse() if not isinstance(piece, str)]
        trees[next(plain(arguments[0]) for macro, arguments in parsed if macro == "name")] = parsed
    aliases = {plain(arguments[0]): name for name, tree in trees.items() for macro, arguments in tree if macro == "alias"}
    exported = re.findall(r"^export\((.*)\)$", (R.parent / "NAMESPACE").read_text(), re.MULTILINE)
    missing = [name for name in re.findall(r"\w+", " ".join(exported)) if name not in aliases]
    if missing:
        raise ValueError(f"R exports what has no help: {', '.join(missing)}")
    names = [name for name in R_ORDER if name in trees] + sorted(name for name in trees if name not in R_ORDER)
    names.sort(key=lambda name: name == "metalab-package")
    return R_HEAD + "".join(help_page(name, trees[name], aliases) for name in names)


def plain(pieces):
    """The text of pieces, without markup."""
    text = ""
    for piece in pieces:
        text += piece if isinstance(piece, str) else "..." if piece[0] == "dots" else "".join(map(plain, piece[1]))
    return text


def help_page(name, tree, aliases):
    sections = {"details": "Details", "value": "Value", "seealso": "See also"}
    title = next(plain(arguments[0]) for macro, arguments in tree if macro == "title")
    made = [f"\n## {title} {{: #{anchor(name)} }}\n"]
    for macro, arguments in tree:
        if macro == "usage":
            made.append("\n" + fence("r", plain(arguments[0])))
        elif macro == "description":
            made.append("\n" + prose(arguments[0], aliases))
        elif macro == "arguments":
            made.append("\n| argument | |\n| --- | --- |\n")
            for item in arguments[0]:
                if not isinstance(item, str):
                    said = " ".join(prose(item[1][1], aliases).split()).replace("|", "\\|")
                    made.append(f"| `{plain(item[1][0])}` | {said} |\n")
        elif macro in sections:
            made.append(f"\n**{sections[macro]}.** {prose(arguments[0], aliases)}")
        elif macro == "section":
            made.append(f"\n**{plain(arguments[0])}.** {prose(arguments[1], aliases)}")
        elif macro == "examples":
            made.append("\n" + fence("r", plain(arguments[0])))
    return "".join(made)


def prose(pieces, aliases):
    """Pieces as Markdown."""
    made = ""
    for piece in pieces:
        if isinstance(piece, str):
            made += re.sub(r"([*<\[_`])", r"\\\1", re.sub(r"\n +", "\n", piece))
            continue
        name, arguments = piece
        inner = plain(arguments[0]) if arguments else ""
        if name in ("code", "verb", "env", "file", "pkg", "eqn", "command"):
            links = [one[1][0] for one in arguments[0] if not isinstance(one, str) and one[0] == "link"]
            made += linked(f"`{inner}`", plain(links[0]) if links else "", aliases)
        elif name == "link":
            made += linked(inner, inner, aliases)
        elif name == "dQuote":
            made += f"“{inner}”"
        elif name in ("dots", "ldots"):
            made += "..."
        elif name == "preformatted":
            made += "\n\n" + fence("r", inner) + "\n"
        elif name in ("describe", "itemize"):
            items = [one[1] for one in arguments[0] if not isinstance(one, str)]
            made += "\n\n" + "".join(f"- {prose(one[0], aliases)}: {' '.join(prose(one[1], aliases).split())}\n" for one in items) + "\n"
        elif name == "tabular":
            made += "\n\n" + table(arguments[1], aliases) + "\n"
        elif name in ("emph", "strong"):
            made += f"*{inner}*"
        else:
            raise ValueError(f"R's help has \\{name}, which docs/site/references.py does not know")
    return re.sub(r"\n{3,}", "\n\n", made.strip()) + "\n" if "\n\n" in made else made.strip() + "\n" if "\n" in made else made


def linked(said, to, aliases):
    return f"[{said}](#{anchor(aliases[to])})" if to in aliases else said


def table(pieces, aliases):
    rows, row, cell = [], [], []
    for piece in [*pieces, ("cr", [])]:
        if isinstance(piece, tuple) and piece[0] in ("tab", "cr"):
            row.append(" ".join(prose(cell, aliases).split()))
            cell = []
            if piece[0] == "cr":
                if any(row):
                    rows.append(row)
                row = []
        else:
            cell.append(piece)
    return "\n".join(["| " + " | ".join(rows[0]) + " |", "|" + " --- |" * len(rows[0]), *("| " + " | ".join(row) + " |" for row in rows[1:])])
