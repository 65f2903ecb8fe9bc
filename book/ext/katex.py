r"""Formulas are set when the site is built, by KaTeX inside Python, as HTML and MathML.

No script for mathematics is sent to the reader. A formula that KaTeX cannot read is a
warning that names its place and shows it, and with `-W` a failed build. Equations are
numbered within the chapter, `(5.3)`, with the chapter's own number.
"""

import atexit
import html
import json
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

from docutils import nodes
from sphinx.domains.math import MathDomain
from sphinx.util import logging

from book.ext.light import CHAPTER

OPTIONS = {"throwOnError": True, "strict": "ignore", "trust": False}
# Where it was, in a notebook: myst-nb counts lines as cell * 10000 + line.
CELL_LINES = 10_000
STOPS = tuple(",.;:!?)’”")
NEGATIVE = re.compile(r"(?<![\w-])height:-[\d.]+em;?")
NAMED = re.compile(r"(<mi>\w+</mi><mo>\u2061</mo>)</msub>")
SOURCE = re.compile(r"<annotation .*?</annotation>", re.S)
SHORT = 3  # pieces between which a line may break
log = logging.getLogger(__name__)


class FormulaError(ValueError):
    """A formula that KaTeX could not read."""


@cache
def engine(process):
    """The engine of this process: a forked one gets its own."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    program = Path(__file__).with_name("katex_engine.py")
    command = [sys.executable, "-X", "utf8", program]
    started = subprocess.Popen(command, encoding="utf-8", **pipes)
    atexit.register(started.communicate)  # closes what it reads, and so ends it
    return started


def answer(tex, options):
    """What KaTeX makes of a formula: {html} or {error}."""
    talk = engine(os.getpid())
    talk.stdin.write(json.dumps([tex, options]) + "\n")
    talk.stdin.flush()
    return json.loads(talk.stdout.readline())


@cache
def render(tex, display=False, output="htmlAndMathml"):
    """The formula as HTML with MathML beside it; FormulaError if KaTeX cannot read it."""
    options = dict(OPTIONS, displayMode=display, output=output)
    found = answer(tex, options)
    if "error" in found:
        raise FormulaError(found["error"].removeprefix("KaTeX parse error: "))
    # What KaTeX writes and HTML does not know: heights below zero, three children in <msub>.
    markup = NEGATIVE.sub("", found["html"])
    if output == "htmlAndMathml":  # the source of the formula serves nobody on a page
        markup = SOURCE.sub("", markup)
    return NAMED.sub(r"<mrow>\1</mrow></msub>", markup)


def tex_of(node):
    """What to set: the text of the node, with lines of one block aligned as Sphinx does."""
    tex = node.astext().strip()
    if isinstance(node, nodes.math):
        return tex
    # KaTeX would number these by itself; numbers are ours.
    tex = re.sub(r"\\(begin|end)\{(align|gather|alignat|equation)\}", r"\\\1{\2*}", tex)
    blocks = [block for block in re.split(r"\n\s*\n", tex) if block.strip()]
    if len(blocks) > 1:
        return r"\begin{gathered}" + r"\\".join(blocks) + r"\end{gathered}"
    if r"\\" in tex and r"\begin{" not in tex:
        return r"\begin{split}" + tex + r"\end{split}"
    return tex


def place(node):
    """`(path, cell and line)` of a node, for people."""
    while node is not None and not getattr(node, "line", None):
        node = node.parent
    if node is None:
        return ""
    source = str(getattr(node, "source", "") or "")
    if source.endswith(".ipynb") and node.line >= CELL_LINES:
        cell, line = divmod(node.line, CELL_LINES)
        return f"cell {cell}, line {line}"
    return f"line {node.line}"


def formula(translator, node, display):
    output = "mathml" if translator.builder.name == "epub" else "htmlAndMathml"
    try:
        return render(tex_of(node), display, output)
    except FormulaError as error:
        log.warning(
            "formula not understood (%s): %s in %r",
            place(node),
            error,
            node.astext(),
            location=node,
            type="katex",
        )
        return f"<code>{html.escape(node.astext())}</code>"


def take_stops(app, doctree, docname):
    """Give a formula the punctuation that follows it, so that no line begins with that."""
    for node in list(doctree.findall(nodes.math)):
        siblings = node.parent.children
        # By identity: two texts of the same words are equal, and the first is not always meant.
        following = next(i for i, one in enumerate(siblings) if one is node) + 1
        after = siblings[following] if following < len(siblings) else None
        if isinstance(after, nodes.Text) and str(after)[:1] in STOPS:
            node["stop"] = str(after)[:1]
            node.parent[following] = nodes.Text(str(after)[1:])


def visit_inline(translator, node):
    set_formula, stop = formula(translator, node, display=False), node.get("stop", "")
    # A long formula must still be free to break, so only short ones are kept with their stop.
    whole = " whole" if stop and set_formula.count("katex-base") <= SHORT else ""
    kind = f"math notranslate{whole}"
    translator.body.append(translator.starttag(node, "span", "", CLASS=kind))
    translator.body.append(set_formula + html.escape(stop) + "</span>")
    raise nodes.SkipNode


def visit_block(translator, node):
    kind = "math-block numbered" if node.get("number") else "math-block"
    translator.body.append(translator.starttag(node, "div", CLASS=f"{kind} notranslate"))
    translator.body.append('<div class="formula">')
    translator.body.append(formula(translator, node, display=True) + "</div>")
    if node.get("number"):
        translator.body.append(f'<span class="eqno">({node["number"]})')
        translator.add_permalink_ref(node, "Link to this equation")
        translator.body.append("</span>")
    translator.body.append("</div>\n")
    raise nodes.SkipNode


class ChapterMath(MathDomain):
    """Equation numbers that carry the number of their chapter."""

    def note_equation(self, docname, labelid, location=None):
        super().note_equation(docname, labelid, location)
        chapter = CHAPTER.match(docname)
        if chapter:
            count = self.equations[labelid][1]
            self.equations[labelid] = (docname, f"{int(chapter[1])}.{count}")


def setup(app):
    app.add_html_math_renderer("katex", (visit_inline, None), (visit_block, None))
    app.add_domain(ChapterMath, override=True)
    app.connect("doctree-resolved", take_stops)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
