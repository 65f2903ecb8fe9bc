"""What every chapter keeps to, each rule a function of a notebook and its name.

A rule yields a Problem for each breach. OUTPUTS are the rules that ``make run`` applies before it
stores a notebook; ALL is what ``make check`` and the tests apply to the stored one, and what
``python -m book.tools.rules 05-lstm`` applies to one chapter.
"""

import ast
import re
import statistics
import sys

from book.tools import prose
from book.tools.notebooks import (
    VIEW,
    Problem,
    find,
    has_picture,
    has_widget,
    is_code,
    output_text,
    read,
    tags,
    taught,
)

LINES, MEDIAN, WIDTH, IMPORT_LINES, TEXT_LINES = 25, 7, 79, 6, 15
CELLS, ALT_WORDS = 12, 8
KNOWN_TAGS = {
    *("setup", "remove-cell", "badges", "caption", "live", "trained", "sampled", "timing"),
    *("nbval-ignore-output", "hide-input", "quiz"),
}
PLACES = "home|root|tmp|usr|var|opt|mnt|work|content|Users|private|workspace|__w"
ABSOLUTE = re.compile(rf"(?<![\w./:~-])/(?:{PLACES})/[\w.-]+|\b[A-Za-z]:\\\w+")
ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]{6,}|\b0x[0-9a-fA-F]{9,}")
WARNING = re.compile(r"\b\w*Warning:|\bwarnings\.warn\b")
PROGRESS = re.compile(r"\r|\d%\||it/s\]")


def at(name, nb, cell, message):
    """A problem of one cell, named by its number and id."""
    return Problem(f"{name}, cell {nb.cells.index(cell)} ({cell.get('id', 'no id')})", message)


def code_length(nb, name):
    """At most 25 lines in a code cell, half of the cells at most 7."""
    for cell in taught(nb):
        if (lines := len(cell.source.splitlines())) > LINES:
            yield at(name, nb, cell, f"{lines} lines of code; at most {LINES}, split the idea")
    lengths = [len(cell.source.splitlines()) for cell in taught(nb)]
    if lengths and statistics.median(lengths) > MEDIAN:
        middle = statistics.median(lengths)
        yield Problem(name, f"the median code cell has {middle:g} lines; at most {MEDIAN}")


def code_width(nb, name):
    """Lines of code have at most 79 characters."""
    for cell in filter(is_code, nb.cells):
        for number, line in enumerate(cell.source.splitlines(), start=1):
            if len(line) > WIDTH:
                yield at(name, nb, cell, f"line {number} has {len(line)} characters, not {WIDTH}")


def enough_cells(nb, name):
    """A chapter computes: at least 12 code cells."""
    if (count := len(taught(nb))) < CELLS:
        yield Problem(name, f"{count} code cells; at least {CELLS}")


def syntax(cell):
    """The syntax tree of a cell, empty where it is not plain Python (checked by ruff)."""
    try:
        return ast.parse(cell.source)
    except SyntaxError:
        return ast.Module([], [])


def imports(nb, name):
    """One visible import cell, the first, of at most six lines and without ``*``."""
    for position, cell in enumerate(taught(nb)):
        kinds = [isinstance(node, (ast.Import, ast.ImportFrom)) for node in ast.walk(syntax(cell))]
        if "import *" in cell.source:
            yield at(name, nb, cell, "imports *; name what is used")
        if position and any(kinds):
            yield at(name, nb, cell, "imports again; all imports stand in the first code cell")
        if position == 0:
            yield from import_cell(nb, name, cell)


def import_cell(nb, name, cell):
    body = syntax(cell).body
    if not body or not all(isinstance(node, (ast.Import, ast.ImportFrom)) for node in body):
        yield at(name, nb, cell, "the first code cell must hold the imports and nothing else")
    if (lines := len(list(filter(str.strip, cell.source.splitlines())))) > IMPORT_LINES:
        yield at(name, nb, cell, f"{lines} lines of imports; at most {IMPORT_LINES}")
    if {"remove-cell", "hide-input"} & set(tags(cell)):
        yield at(name, nb, cell, "the import cell must be visible")


def prose_between(nb, name):
    """At most two code cells in a row."""
    row = 0
    for cell in nb.cells:
        row = row + 1 if is_code(cell) and "setup" not in tags(cell) else 0
        if row == 3:
            yield at(name, nb, cell, "the third code cell in a row; say something before it")


def defined_and_called(nb, name):
    """Every function and class that a cell defines is used in the chapter."""
    trees = [(cell, syntax(cell)) for cell in taught(nb)]
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    for cell, tree in trees:
        for node in tree.body:
            if isinstance(node, kinds) and not used(node, [t for _, t in trees]):
                yield at(name, nb, cell, f"{node.name} is defined and never called")


def used(definition, trees):
    inside = set(map(id, ast.walk(definition)))
    return any(
        isinstance(node, ast.Name) and node.id == definition.name and id(node) not in inside
        for tree in trees
        for node in ast.walk(tree)
    )


def ids(nb, name):
    """Each cell has a short id of its own that was chosen, such as ``lstm-07``."""
    seen = set()
    for cell in nb.cells:
        key = cell.get("id", "")
        if not re.fullmatch(r"[a-z][a-z0-9-]{1,31}", key) or re.fullmatch(r"[0-9a-f]{8}", key):
            yield at(name, nb, cell, f"the id {key!r} is not like 'lstm-07'")
        if key in seen:
            yield at(name, nb, cell, f"a second cell has the id {key!r}")
        seen.add(key)


def known_tags(nb, name):
    """Tags are known ones, and an output goes uncompared only where it is a time."""
    for cell in nb.cells:
        have = set(tags(cell))
        for tag in sorted(have - KNOWN_TAGS):
            if not re.fullmatch(r"claim:[A-Z]\d+", tag):
                yield at(name, nb, cell, f"unknown tag {tag!r}")
        if ("nbval-ignore-output" in have) != ("timing" in have):
            yield at(name, nb, cell, "timing and nbval-ignore-output go together")
        if re.search(r"^\s*#\s*(NBVAL|PYTEST_VALIDATE)_", cell.source, re.M):
            yield at(name, nb, cell, "a comment steers nbval; use tags")


def executed(nb, name):
    """Every code cell was executed once, from the first to the last."""
    code = [cell for cell in nb.cells if is_code(cell)]
    for count, cell in enumerate(code, start=1):
        if cell.execution_count != count:
            message = f"execution count {cell.execution_count}, expected {count}; `make run`"
            yield at(name, nb, cell, message)
            return
    if not any(cell.outputs for cell in taught(nb)):
        yield Problem(name, "no stored outputs; `make run`")


def printed_outputs(nb, name):
    """Every cell that ends in an expression or prints shows something."""
    for cell in filter(is_code, nb.cells):
        calls = [node for node in ast.walk(syntax(cell)) if isinstance(node, ast.Call)]
        prints = any(getattr(call.func, "id", "") in ("print", "claim") for call in calls)
        defines = any(isinstance(n, (ast.FunctionDef, ast.ClassDef)) for n in syntax(cell).body)
        if prints and not defines and not cell.outputs:
            yield at(name, nb, cell, "prints, and has no stored output; `make run`")


def clean_outputs(nb, name):
    """No error, no warning, no progress bar, no path or address of a machine in an output."""
    for cell in filter(is_code, nb.cells):
        for output in cell.outputs:
            text = output_text(output)
            if output.output_type == "error":
                yield at(name, nb, cell, f"stored error: {text}")
            elif output.get("name") == "stderr":
                yield at(name, nb, cell, f"wrote to stderr: {text.strip()[:300]}")
            elif WARNING.search(text):
                yield at(name, nb, cell, f"a warning: {text.strip()[:300]}")
            for pattern, what in ((ADDRESS, "memory address"), (PROGRESS, "progress bar")):
                if found := pattern.search(text + output.get("data", {}).get("text/plain", "")):
                    yield at(name, nb, cell, f"{what} in the output: {found.group()!r}")


def absolute_paths(nb, name):
    """No path of somebody's machine, in sources or outputs."""
    for cell in nb.cells:
        parts = [cell.source]
        for output in cell.get("outputs", []):
            parts += [output_text(output), *map(str, output.get("data", {}).values())]
        for found in {match.group() for part in parts for match in ABSOLUTE.finditer(part)}:
            yield at(name, nb, cell, f"absolute path {found}")


def short_outputs(nb, name):
    """At most 15 lines of text in the outputs of a cell."""
    for cell in filter(is_code, nb.cells):
        lines = sum(len(output_text(output).splitlines()) for output in cell.outputs)
        if lines > TEXT_LINES:
            yield at(name, nb, cell, f"{lines} lines of output; at most {TEXT_LINES}")


def figures(nb, name):
    """A picture has alternative text, and a caption follows each picture and live figure."""
    following = {id(a): b for a, b in zip(nb.cells, nb.cells[1:])}
    for cell in filter(is_code, nb.cells):
        live = "live" in tags(cell)
        if live != has_widget(cell):
            yield at(name, nb, cell, "the tag live and a stored live figure go together")
        if not (has_picture(cell) or live) or "quiz" in tags(cell):
            continue
        after = following.get(id(cell))
        caption = after.source if after and "caption" in tags(after) else ""
        if not re.fullmatch(r"\*[^\n]+(\n[^\n]+)*\*", caption.strip()):
            yield at(name, nb, cell, "no caption after it: one paragraph in *italics*, tag caption")
        if not live:  # a live figure carries its own text, and a still picture beside it
            yield from alternative_text(nb, name, cell, caption)


def alternative_text(nb, name, cell, caption):
    alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
    if (words := len(alt.split())) < ALT_WORDS:
        yield at(name, nb, cell, f"{words} words of alternative text; at least {ALT_WORDS}")
    if alt.strip(" .*") == caption.strip(" .*\n"):
        yield at(name, nb, cell, "the alternative text repeats the caption")
    pictures = [o for o in cell.outputs if "image/svg+xml" in o.get("data", {})]
    if len(pictures) != 1 or cell.outputs[-1] is not pictures[0]:
        yield at(name, nb, cell, "a figure cell ends in exactly one SVG")


def orphan_captions(nb, name):
    """A caption stands right under its figure."""
    for before, cell in zip([None, *nb.cells], nb.cells):
        if "caption" not in tags(cell):
            continue
        if before is None or not is_code(before) or not (has_picture(before) or has_widget(before)):
            yield at(name, nb, cell, "a caption without a figure above it")


def widget_states(nb, name):
    """Each live figure shown has its state stored, so that it works without a kernel."""
    bundle = nb.metadata.get("widgets", {}).values()
    stored = {model for part in bundle for model in part.get("state", {})}
    for cell in filter(is_code, nb.cells):
        for output in cell.outputs:
            view = output.get("data", {}).get(VIEW)
            if view and view["model_id"] not in stored:
                yield at(name, nb, cell, "the state of its live figure is not stored; `make run`")


OUTPUTS = [clean_outputs, absolute_paths, short_outputs]
ALL = [
    *(code_length, code_width, enough_cells, imports, prose_between, defined_and_called),
    *(ids, known_tags, executed, printed_outputs, *OUTPUTS, figures, orphan_captions),
    *(widget_states, *prose.ALL),
]
ABOUT_OUTPUTS = {printed_outputs, figures, orphan_captions, widget_states, prose.numbers}


def problems(paths):
    """What the rules find in these chapters. One that never ran is told so, once."""
    for path in paths:
        nb = read(path)
        ran = any(cell.execution_count for cell in nb.cells if is_code(cell))
        for rule in ALL:
            if ran or rule not in ABOUT_OUTPUTS:
                yield from rule(nb, path.name)


if __name__ == "__main__":
    found = list(problems(find(sys.argv[1:])))
    print(*found, sep="\n")
    sys.exit(1 if found else 0)
