"""The short texts of cards and quizzes as HTML: Markdown with formulas between dollar signs."""

import html
from functools import cache

from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

from book.ext import katex


def on_page(tex):
    """A formula for a page that has KaTeX's style sheet and fonts."""
    return katex.render(tex)


def in_notebook(tex):
    """A formula for a place without a style sheet: MathML, which the browser sets itself."""
    return katex.render(tex, output="mathml")


def in_anki(tex):
    r"""A formula for Anki, which sets what stands between \( and \) itself."""
    return rf"\({html.escape(tex)}\)"


@cache
def reader(formula):
    markdown = MarkdownIt("commonmark").use(dollarmath_plugin, double_inline=False)
    markdown.add_render_rule(
        "math_inline", lambda self, tokens, at, options, env: formula(tokens[at].content)
    )
    return markdown


def inline(text, formula=on_page):
    """One paragraph as HTML, without the <p> around it. Raises katex.FormulaError."""
    return reader(formula).renderInline(text.strip())


def code(text):
    """Lines of code as they stand."""
    return html.escape(text.rstrip("\n"))
