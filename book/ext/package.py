"""The page "The package": its modules, its data and its speed, each read from the files themselves.

`{package} modules` lists the modules with the first sentence of their docstrings, `{package}
data` what `rnnbook/data/files/manifest.json` records, `{package} speed` what `make bench` stored.
Nothing is imported, so that the site is built without torch.
"""

import ast
import html
import json
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from book.tools.floors import FLOORS

MANIFEST = "rnnbook/data/files/manifest.json"
BENCH = "experiments/results/bench.json"


def modules(root):
    """(name, what it is for) of every module and folder of the package, from the bottom up."""
    for name in sorted(FLOORS, key=lambda name: (FLOORS[name], name)):
        for path in (Path(root, f"rnnbook/{name}.py"), Path(root, f"rnnbook/{name}/__init__.py")):
            if path.exists():
                text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
                first = text.split("\n\n")[0].replace("\n", " ")
                yield f"<code>{name}</code>", html.escape(first)


def data(root):
    """(name, what, licence, source) of every data set."""
    manifest = json.loads(Path(root, MANIFEST).read_text(encoding="utf-8"))
    for name, record in sorted(manifest.items()):
        texts = (record["what"], record["licence"], f"{record['source']}; {record['package']}")
        yield f"<code>{name}</code>", *map(html.escape, texts)


def stored(root):
    return json.loads(Path(root, BENCH).read_text(encoding="utf-8"))


def grouped(root, part):
    """{(device, shape, what, reference): rows} of one part of the benchmark, in its order."""
    groups = {}
    for row in stored(root)["rows"]:
        if row["part"] == part:
            key = row["device"], tuple(row["shape"]), row["what"], row.get("against", "")
            groups.setdefault(key, []).append(row)
    return groups


def speed(root, part):
    """Tables of one part: a line for each measured group, a column for each candidate.

    Groups with the same candidates share a table. Cells say how many times as fast as the
    reference a candidate is.
    """
    tables = {}
    for (device, shape, what, reference), rows in grouped(root, part).items():
        by_name = {row["name"].removeprefix("rnnbook "): row for row in rows}
        taken = by_name.pop(reference)["ms"]
        times = (f"{row['times']:.2f}" for row in by_name.values())
        line = ["×".join(map(str, shape)), reference, f"{taken:.3g} ms", *times]
        tables.setdefault((device.upper(), what, *by_name), []).append(line)
    for (device, what, *names), lines in tables.items():
        yield f"<p>{html.escape(f'{CAPTIONS[part]} {device}, {what}:')}</p>"
        yield table((*HEADS["speed"], *names), lines)


HEADS = {
    "modules": ("Module", "What it is for"),
    "data": ("Set", "What it is", "Licence", "Source"),
    "speed": ("Sizes", "Reference", "takes"),
}
CAPTIONS = {
    "layers": "Layers. Sizes: batch × time steps × inputs × units.",
    "lengths": "Layers where the sequences last from a quarter of T to T steps.",
    "others": "Forms without a twin in torch.nn, against the nearest that it has.",
    "streaming": "One step of one sequence.",
    "scans": "A linear recurrence; sizes: batch × time steps × numbers.",
}


def table(head, rows):
    """An HTML table; a wide one scrolls inside its frame."""
    top = "".join(f"<th>{html.escape(cell)}</th>" for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>" for row in rows)
    wide = len(head) > len(HEADS["data"])
    inner = f"<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"
    if not wide:
        return f'<table class="claims package">{inner}'
    return f'<div class="scroll"><table>{inner}</div>'


class PackageDirective(SphinxDirective):
    required_arguments = 1

    def run(self):
        root, what = self.env.srcdir, self.arguments[0]
        for file in (MANIFEST, BENCH):
            self.env.note_dependency(str(Path(root, file)))
        if what == "speed":
            parts = [text for part in CAPTIONS for text in speed(root, part)]
            parts.append(self.made_on(root))
        else:
            rows = {"modules": modules, "data": data}[what](root)
            parts = [table(HEADS[what], rows)]
        return [nodes.raw("", "".join(parts), format="html")]

    def made_on(self, root):
        """On which machine, and what importing costs."""
        found = stored(root)
        machine = found["machines"]["layers"]
        imports = [row for row in found["rows"] if row["part"] == "importing"]
        costs = ", ".join(f"{row['name']} {row['ms']:.0f} ms" for row in imports)
        words = (
            f"Measured on {machine['processor']}, {machine['threads']} thread, GPU: "
            f"{machine['gpu']}, torch {machine['torch']}. Beyond torch: {costs}."
        )
        return f"<p>{html.escape(words)}</p>"


def setup(app):
    app.add_directive("package", PackageDirective)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
