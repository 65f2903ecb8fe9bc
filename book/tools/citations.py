"""Check that every entry of the bibliography is cited and every citation has an entry.

`python -m book.tools.citations` prints what is wrong and exits 1, or says that all is well.
Nothing is executed and no site is built.
"""

import ast
import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
BIBLIOGRAPHY = "book/references.bib"
ENTRY = re.compile(r"^@(\w+)\s*\{\s*([^,\s]+)\s*,", re.MULTILINE)
NAMED = re.compile(r"\b[a-z]{2,}(?:19|20)\d\d[a-z]*\b")
RESOURCES = "book/study/resources.yml"  # its page cites what it names
RESOURCE = re.compile(r"^ +(?:- )?cite: (\S+)$", re.MULTILINE)
CITATION = re.compile(r"\{cite(?::[a-z]+)?\}`([^`]+)`")


def entries(text):
    """The keys of a .bib file, in order; a key given twice occurs twice."""
    return [key for kind, key in ENTRY.findall(text) if kind.lower() not in ("comment", "string")]


def cited(text):
    """The keys that a piece of MyST markdown cites."""
    keys = set()
    for group in CITATION.findall(text):
        # {cite:p}`see <prefix>`-forms are not used; several keys are parted by commas.
        keys |= {key.strip() for key in group.split(",") if key.strip()}
    return keys


def pages(root):
    """(name, markdown) of every page of the book."""
    for path in sorted(Path(root, "chapters").glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "markdown":
                name = f"chapters/{path.name}, cell {cell.get('id', '?')}"
                yield name, "".join(cell["source"])
    for path in [Path(root, "index.md"), *sorted(Path(root, "book", "pages").glob("*.md"))]:
        if path.exists():
            yield str(path.relative_to(root)), path.read_text(encoding="utf-8")
    path = Path(root, RESOURCES)
    if path.exists():
        keys = RESOURCE.findall(path.read_text(encoding="utf-8"))
        yield RESOURCES, f"{{cite}}`{','.join(keys)}`"


def named(root):
    """(place, key) of every work that a docstring of the package names by its key."""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    for path in sorted(Path(root, "rnnbook").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            text = ast.get_docstring(node) if isinstance(node, kinds) else None
            name = getattr(node, "name", "module")
            for key in NAMED.findall(text or ""):
                yield f"{path.relative_to(root)}, {name}", key


def problems(root=ROOT):
    """What is wrong, one sentence each."""
    keys = entries(Path(root, BIBLIOGRAPHY).read_text(encoding="utf-8"))
    said = [
        f"{BIBLIOGRAPHY}: the key {key} is given {keys.count(key)} times"
        for key in sorted(set(keys))
        if keys.count(key) > 1
    ]
    used = set()
    for name, text in pages(root):
        for key in sorted(cited(text)):
            used.add(key)
            if key not in keys:
                said.append(f"{name}: cites {key}, which {BIBLIOGRAPHY} does not have")
    for place, key in named(root):
        if key not in keys:
            said.append(f"{place}: names {key}, which {BIBLIOGRAPHY} does not have")
    for key in sorted(set(keys) - used):
        said.append(f"{BIBLIOGRAPHY}: no page cites {key}")
    return said


def main():
    found = problems()
    print("\n".join(found) if found else "citations: every entry cited, every citation found")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
