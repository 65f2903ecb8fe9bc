"""The page "What this book shows", made from book/claims.csv and the claim cells.

A cell tagged `claim:A6` ends in a call of `rnnbook.claim`, whose figures travel in the
metadata of its output. Each such cell gets an anchor and a tick that leads to its row; each
row leads back to the cell. What does not match is a warning that names it.
"""

import csv
import html
import json
import re
from pathlib import Path

from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

PAGE = "book/pages/claims"
TABLE = "book/claims.csv"
PREFIX = "claim:"
PROPER = {"lstm": "LSTM", "gru": "GRU", "bptt": "BPTT", "jordan": "Jordan"}
log = logging.getLogger(__name__)


class claim_tick(nodes.General, nodes.Element):
    """The mark on a claim cell that leads to the claim's row."""


class claim_code(nodes.General, nodes.Element):
    """The code of a claim cell, folded under the claim in words."""


class claim_table(nodes.General, nodes.Element):
    """The claims of one chapter, with what was measured."""


def read_rows(root):
    with open(Path(root, TABLE), encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def claim_ids(cell):
    tags = cell.get("metadata", {}).get("tags", [])
    return [tag.removeprefix(PREFIX) for tag in tags if tag.startswith(PREFIX)]


def stored_claims(cell):
    """id -> figures, as the outputs of the cell keep them."""
    found = {}
    for output in cell.get("outputs", []):
        claim = output.get("metadata", {}).get("claim")
        if claim:
            found[claim["id"]] = claim.get("figures", {})
    return found


def measured(notebook):
    """id -> figures (None where the cell has no stored claim), in the order of the cells."""
    found = {}
    for cell in notebook["cells"]:
        stored = stored_claims(cell)
        for name in claim_ids(cell):
            found[name] = stored.get(name)
    return found


def chapters(root):
    """slug -> measured claims, for the chapters that exist."""
    found = {}
    for path in sorted(Path(root, "chapters").glob("*.ipynb")):
        found[path.stem] = measured(json.loads(path.read_text(encoding="utf-8")))
    return found


def problems(rows, found):
    """What does not match between the table and the claim cells, one sentence each."""
    said = []
    owner = {row["id"]: row["chapter"] for row in rows}
    for slug, claims in found.items():
        for name, figures in claims.items():
            if name not in owner:
                said.append(f"{slug}: the tag claim:{name} has no row in {TABLE}")
            elif owner[name] != slug:
                said.append(f"{slug}: claim {name} belongs to {owner[name]} in {TABLE}")
            if figures is None:
                said.append(f"{slug}: the cell of claim {name} has no stored claim; run `make run`")
    for name, slug in owner.items():
        if slug in found and name not in found[slug]:
            said.append(f"{slug}: no cell is tagged claim:{name}, which {TABLE} promises")
    return said


def number(value):
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        text = f"{value:.3g}"
        if "e" in text:
            digits, power = text.split("e")
            return f"{digits} × 10<sup>{int(power)}</sup>".replace("-", "−")
        return text.replace("-", "−")
    return str(value).replace("-", "−")


def readable(value):
    """A figure for people: a number, up to eight numbers, or a range."""
    if isinstance(value, dict):
        return "; ".join(f"{html.escape(str(k))}: {readable(v)}" for k, v in value.items())
    if isinstance(value, list):
        flat = [item for item in value if not isinstance(item, (list, dict))]
        if len(flat) == len(value) and len(value) > 8:
            return f"{len(value)} values from {number(min(value))} to {number(max(value))}"
        return ", ".join(readable(item) for item in value)
    return number(value)


def figures_html(figures):
    parts = [
        f"<div><dt>{html.escape(name.replace('_', ' '))}</dt><dd>{readable(value)}</dd></div>"
        for name, value in figures.items()
    ]
    return f'<dl class="figures">{"".join(parts)}</dl>'


def name_of(slug):
    order, _, words = slug.partition("-")
    words = words.replace("-", " ").capitalize()
    for plain, proper in PROPER.items():
        words = re.sub(rf"\b{plain}\b", proper, words, flags=re.IGNORECASE)
    return f"{int(order)} · {words}"


class ClaimsDirective(SphinxDirective):
    """The tables of all chapters, then what is to come."""

    def run(self):
        root = self.env.srcdir
        rows, found = read_rows(root), chapters(root)
        self.env.note_dependency(str(Path(root, TABLE)))
        for slug in found:
            self.env.note_dependency(str(Path(root, "chapters", f"{slug}.ipynb")))
        for problem in problems(rows, found):
            log.warning(problem, location=self.get_location(), type="claims")
        sections = [self.chapter(slug, rows, found[slug]) for slug in found]
        return [*[s for s in sections if s], self.to_come(rows, found)]

    def section(self, title, name):
        section = nodes.section(ids=[name], names=[name])
        section += nodes.title("", title)
        return section

    def chapter(self, slug, rows, claims):
        mine = [row for row in rows if row["chapter"] == slug and claims.get(row["id"])]
        if not mine:
            return None
        section = self.section(name_of(slug), f"claims-{slug}")
        shown = [(row, claims[row["id"]]) for row in mine]
        section += claim_table(slug=slug, rows=shown)
        return section

    def to_come(self, rows, found):
        section = self.section("To come", "claims-to-come")
        section["classes"].append("to-come")
        by_chapter = {}
        for row in rows:
            if row["chapter"] not in found:
                by_chapter.setdefault(row["chapter"], []).append(row["claim"])
        items = "".join(
            f"<dt>{name_of(slug)}</dt>" + "".join(f"<dd>{html.escape(c)}</dd>" for c in said)
            for slug, said in sorted(by_chapter.items())
        )
        section += nodes.paragraph("", "Chapters that are planned, and what each has to show.")
        section += nodes.raw("", f'<dl class="planned">{items}</dl>', format="html")
        return section


class MarkClaims(SphinxTransform):
    """Give each claim cell an anchor, the claim in words with the code folded, and a tick."""

    default_priority = 870

    def apply(self, **kwargs):
        said = None
        for cell in list(self.document.findall(nodes.container)):
            if cell.get("nb_element") != "cell_code":
                continue
            names = claim_ids({"metadata": cell.get("cell_metadata", {})})
            if names and said is None:
                self.env.note_dependency(str(Path(self.env.srcdir, TABLE)))
                said = {row["id"]: row["claim"] for row in read_rows(self.env.srcdir)}
            for name in names:
                cell["ids"].append(f"claim-{name}")
                cell["classes"].append("claim")
                cell += claim_tick(claim=name)
            if names:
                words = [(name, said.get(name, "")) for name in names]
                code = cell.children[0]
                cell.replace(code, claim_code("", code, words=words))


def visit_code(self, node):
    words = " ".join(
        f"<b>Claim {html.escape(name)}.</b> {html.escape(claim)}." for name, claim in node["words"]
    )
    if self.builder.name == "epub":  # where nothing can be unfolded
        self.body.append(f'<div class="claim-code"><p>{words}</p>')
        return
    show = '<span class="show">Show the check</span>'
    self.body.append(f'<details class="claim-code"><summary>{words} {show}</summary>')


def depart_code(self, node):
    self.body.append("</div>" if self.builder.name == "epub" else "</details>")


def visit_tick(self, node):
    page = self.builder.get_relative_uri(self.builder.current_docname, PAGE)
    name = html.escape(node["claim"])
    self.body.append(
        f'<a class="claim-tick" href="{page}#claim-{name}" '
        f'title="What this book shows: claim {name}">✓ {name}</a>'
    )
    raise nodes.SkipNode


def visit_table(self, node):
    chapter = self.builder.get_relative_uri(
        self.builder.current_docname, f"chapters/{node['slug']}"
    )
    head = "<thead><tr><th>Claim</th><th>Measured</th></tr></thead>"
    self.body.append(f'<table class="claims">{head}<tbody>')
    for row, figures in node["rows"]:
        name, claim, measure = (html.escape(row[key]) for key in ("id", "claim", "measure"))
        self.body.append(
            f'<tr id="claim-{name}"><td><a class="claim-id" href="{chapter}#claim-{name}" '
            f'title="The cell that shows it">{name}</a> {claim}. '
            f'<span class="measure">{measure}.</span></td>'
            f"<td>{figures_html(figures)}</td></tr>"
        )
    self.body.append("</tbody></table>")
    raise nodes.SkipNode


def setup(app):
    app.add_node(claim_tick, html=(visit_tick, None))
    app.add_node(claim_code, html=(visit_code, depart_code))
    app.add_node(claim_table, html=(visit_table, None))
    app.add_directive("claims", ClaimsDirective)
    app.add_transform(MarkClaims)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
