"""What the search knows: an entry for each page, section, equation, symbol, term and so on.

An entry has a kind, a place (page and anchor), a title, a text that is shown around a match, and
words that find it without being shown, such as names in code.
"""

import re
from typing import NamedTuple

from docutils import nodes

from book.ext import claims, passages
from book.ext.light import CHAPTER
from book.ext.spoken import plain
from book.ext.terms import GLOSSARY, page_of, terms

NOTATION = "book/pages/notation"
# Names in code that mean something on their own: `gradient_flow`, `W_hh`, `LanguageModel`.
NAME = re.compile(r"\b(?:[A-Za-z]\w*_\w+|[A-Z]+[a-z]\w*|[A-Z]{3,}\b)")
CONSTANTS = {"True", "False", "None"}


class Entry(NamedTuple):
    """One result that the search can give."""

    kind: str
    page: str
    anchor: str
    title: str
    text: str
    words: str = ""


def entries(app):
    """All entries of the book, page by page, then terms and sources."""
    reader = passages.Reader(app)
    for page, doctree in passages.doctrees(app).items():
        yield from sections(app, page, doctree, reader)
        yield from equations(page, doctree, reader)
        yield from exercises(page, doctree, reader)
        yield from figures(page, doctree, reader)
        if page == NOTATION:
            yield from symbols(page, doctree, reader)
        if page == claims.PAGE:
            yield from claimed(app, page)
    yield from glossary(app, reader)
    yield from sources(app, reader)


# ---- Pages and sections -----------------------------------------------------------


def sections(app, page, doctree, reader):
    for section in passages.sections(doctree):
        kind, title = "section", section.title
        if section.depth == 0:
            kind = "chapter" if CHAPTER.match(page) else "page"
        if page == GLOSSARY or is_list_of_claims(page, section):
            blocks = []
        else:
            blocks = list(shown(section.blocks))
        anchor = section.anchor if section.depth else ""
        number = passages.heading(app, page).partition(",")[0] if kind == "chapter" else ""
        yield Entry(
            kind,
            page,
            anchor,
            title,
            reader.text(*blocks),
            f"{number} {code_names(section)}".strip(),
        )


def is_list_of_claims(page, section):
    return page == claims.PAGE and section.depth > 0


def shown(blocks):
    """The blocks whose text belongs to the section: no code, no figures, no exercises."""
    inside = False
    for block in blocks:
        inside = inside or bool(passages.exercise_of(block))
        hidden = passages.is_code(block) or isinstance(block, (passages.book_figure, nodes.table))
        badges = "badges" in block.get("classes", []) if isinstance(block, nodes.Element) else False
        if not (inside or hidden or badges):
            yield block


def code_names(section):
    """The names that occur in the section's code, each once."""
    code = " ".join(
        block.astext()
        for cell in section.blocks
        if passages.is_code(cell)
        for block in cell.findall(nodes.literal_block)
        if block.get("language") == "python"
    )
    code = re.sub(r"\"[^\"\n]*\"|'[^'\n]*'|#.*", " ", code)
    return " ".join(sorted(set(NAME.findall(code)) - CONSTANTS))


# ---- What has a number or a name --------------------------------------------------


def equations(page, doctree, reader):
    """Numbered equations, with the sentence that leads to them."""
    for block in doctree.findall(nodes.math_block):
        if block.get("label"):
            number = reader.numbers.get(block["label"], "")
            formula = plain(block.astext()).rstrip(".,;")
            title = f"Equation {number}"
            label = block["label"].removeprefix("eq-").replace("-", " ")
            anchor, text = block["ids"][0], f"{formula}. {lead_to(block, reader)}"
            yield Entry("equation", page, anchor, title, text.strip(), label)


def lead_to(block, reader):
    """The last sentence of the paragraph before an equation."""
    siblings = block.parent.children
    before = [n for n in siblings[: siblings.index(block)] if isinstance(n, nodes.paragraph)]
    return re.split(r"(?<=[.?!])\s", reader.text(before[-1]))[-1] if before else ""


def exercises(page, doctree, reader):
    for paragraph in doctree.findall(passages.exercise_of):
        label, rest = passages.exercise_of(paragraph), paragraph.deepcopy()
        name = next(iter(rest.findall(nodes.strong)))
        rest.remove(name)
        words = label.removeprefix("ex-").replace("-", " ")
        title = re.sub(r"^\d+\.\s*|\.$", "", name.astext())
        yield Entry("exercise", page, label, title, reader.text(rest), f"exercise {words}")


def figure_anchor(number):
    return f"figure-{number}"


def figures(page, doctree, reader):
    """Figures by the first sentence of their caption, or by their heading where they have none."""
    for number, (figure, caption) in enumerate(passages.figures(doctree), start=1):
        text = reader.text(caption) if caption else heading_above(figure)
        title, *rest = re.split(r"(?<=[.!?;:])\s", text, maxsplit=1)
        kind = "live figure interactive" if figure["live"] else "figure"
        words = f"{kind} {figure.get('alt', '')}"
        yield Entry(
            "figure", page, figure_anchor(number), title.rstrip(".;:"), "".join(rest), words
        )


def heading_above(node):
    """The title of the section that a node stands in."""
    sections = (n for n in passages.parents(node) if isinstance(n, nodes.section))
    return next(next(iter(section.findall(nodes.title))).astext() for section in sections)


def symbol_anchor(name):
    return "symbol-" + re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def symbol_rows(doctree):
    """(row, name) for the rows of the tables under the heading "Symbols"."""
    for section in passages.sections(doctree):
        if section.title == "Symbols":
            for table in section.blocks:
                for body in table.findall(nodes.tbody):
                    for row in body.children:
                        yield row, row[0].astext().strip()


def symbols(page, doctree, reader):
    for row, tex in symbol_rows(doctree):
        sign, code, shape, meaning = (reader.text(entry) for entry in row.children)
        details = ", ".join(filter(None, [code and f"in code {code}", shape and f"shape {shape}"]))
        text = f"{meaning}; {details}" if details else meaning
        yield Entry("symbol", page, symbol_anchor(tex), sign, text, f"{code} {meaning}")


def claimed(app, page):
    """The claims that a chapter of the book shows."""
    found = claims.chapters(app.srcdir)
    for row in claims.read_rows(app.srcdir):
        if found.get(row["chapter"], {}).get(row["id"]):
            anchor, text = f"claim-{row['id']}", f"{row['claim']}. {row['measure']}."
            yield Entry("claim", page, anchor, f"Claim {row['id']}", text, row["id"])


# ---- Terms and sources ------------------------------------------------------------


def glossary(app, reader):
    for term in terms(app).values():
        yield Entry("term", page_of(term.name), "", term.name, reader.text(term.definition))


def sources(app, reader):
    for key, citation in passages.citations(app).items():
        text = passages.entry(citation)
        page, anchor = citation.bibliography_key.docname, citation.citation_id
        yield Entry("source", page, anchor, reader.cited[key], text, key)
