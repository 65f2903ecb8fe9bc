"""The floors of the package: a module imports only from floors below, and all stay small."""

import ast

import rnnbook
from book.tools.notebooks import ROOT, Problem

FLOORS = {
    "door": -1,
    **dict.fromkeys(("hardware", "claims", "plot", "data", "tasks", "bptt"), 0),
    **dict.fromkeys(("cells", "scan"), 1),
    **dict.fromkeys(("layers", "attention", "crf"), 2),
    "models": 3,
    **dict.fromkeys(("train", "decode", "stream"), 4),
    **dict.fromkeys(("probe", "widgets", "quiz"), 5),
}
FILE_LINES, FUNCTION_LINES, PUBLIC_NAMES, PACKAGE_LINES = 250, 25, 30, 3420


def package_imports(tree, package, inside):
    """The modules of the package that ``tree`` imports; ``inside``: its own dotted place."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                first, _, rest = alias.name.partition(".")
                if first == package:
                    yield rest.split(".")[0] or "__init__"
        elif isinstance(node, ast.ImportFrom):
            base = inside[: len(inside) - node.level + 1] if node.level else []
            parts = base + (node.module.split(".") if node.module else [])
            if parts[:1] == [package]:
                yield from parts[1:2] or [alias.name for alias in node.names]


def floors(root=ROOT):
    """A module imports only from floors below its own."""
    package = root / "rnnbook"
    for path in sorted(package.rglob("*.py")):
        module = path.relative_to(package).with_suffix("").parts[0]
        if module == "__init__":
            continue
        place = f"rnnbook/{path.relative_to(package)}"
        if module not in FLOORS:
            yield Problem(place, "has no floor; give it one in book/tools/floors.py")
            continue
        inside = ["rnnbook", *path.relative_to(package).parent.parts]
        for other in package_imports(ast.parse(path.read_text()), "rnnbook", inside):
            if other != module and FLOORS.get(other, 99) >= FLOORS[module]:
                floor = FLOORS.get(other, "top")
                message = f"floor {FLOORS[module]} imports {other} of floor {floor}, not below it"
                yield Problem(place, message)


def lines(node, source):
    """Lines of a module or function without blank lines and docstrings."""
    first, last = getattr(node, "lineno", 1), getattr(node, "end_lineno", len(source))
    hidden = set()
    for part in ast.walk(node):
        body = getattr(part, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            text = body[0].value
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                hidden.update(range(text.lineno, text.end_lineno + 1))
    kept = [n for n in range(first, last + 1) if n not in hidden and source[n - 1].strip()]
    return len(kept)


def sizes(root=ROOT):
    """Files of at most 250 lines, functions of at most 25."""
    for folder in ("rnnbook", "book/tools", "book/ext", "exercises"):
        for path in sorted((root / folder).rglob("*.py")):
            if path.name == "wrong.py":
                continue
            source = path.read_text().splitlines()
            tree = ast.parse("\n".join(source))
            place = path.relative_to(root).as_posix()
            if (count := lines(tree, source)) > FILE_LINES:
                yield Problem(place, f"{count} lines; at most {FILE_LINES}")
            for node in ast.walk(tree):
                if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    continue
                if (count := lines(node, source)) > FUNCTION_LINES:
                    yield Problem(place, f"{node.name} has {count} lines, at most {FUNCTION_LINES}")


def package_size(root=ROOT):
    """At most 3,420 lines in the package, data sets and live figures aside."""
    aside = [root / "rnnbook" / name for name in ("data", "widgets", "quiz")]
    files = (root / "rnnbook").rglob("*.py")
    files = [path for path in files if not set(aside) & set(path.parents)]
    total = sum(lines(ast.parse(p.read_text()), p.read_text().splitlines()) for p in files)
    if total > PACKAGE_LINES:
        yield Problem("rnnbook", f"{total} lines; at most {PACKAGE_LINES}")


def public_names():
    """At most 30 names in ``rnnbook.__all__``."""
    if (count := len(rnnbook.__all__)) > PUBLIC_NAMES:
        yield Problem("rnnbook.__all__", f"{count} names; at most {PUBLIC_NAMES}")


ALL = [floors, sizes, package_size, public_names]
