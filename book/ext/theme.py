"""The book's own theme: one layout, one style sheet, few scripts, all served with the site.

The layout is `book/theme/layout.html`. Its style sheet is made here from the files in
`book/assets/css`, in the order of their names, with the style of the live figures.
"""

import hashlib
import re
from pathlib import Path

import rcssmin
import yaml
from docutils import nodes
from sphinx.environment.adapters.toctree import document_toc

from book.ext import light
from book.ext.light import CHAPTER

BOOK = Path(__file__).parents[1]
THEME = BOOK / "theme"
SHEETS = BOOK / "assets" / "css"
FIGURES = BOOK.parent / "rnnbook" / "widgets" / "shared.css"
# Before the first paint, so that a dark page does not flash white; its hash is in the policy.
FIRST = (
    'try{var t=localStorage.getItem("theme")}catch(e){}'
    'document.documentElement.dataset.theme=t||(matchMedia("(prefers-color-scheme: dark)")'
    '.matches?"dark":"light")'
)
# A page this light can ask for the text's font before its first line, which then stays in place;
# a chapter would be seen later for it.
EARLY_FONT = "document.fonts.load('1em \"Book Serif\"')"
LATER = ("previews.js", "offline.js")  # on every page, once that has loaded
# What formulas come with, be it later by a script.
FORMULAS = ('class="katex', 'data-figure="quiz"', 'class="review-place"')
# What only pages with such an element need: a style sheet of css/parts, and scripts in order.
NEEDED = {
    'data-figure="': ("", ["live.js"]),
    'data-figure="quiz"': ("quiz.css", ["store.js"]),
    'class="recall"': ("recall.css", ["store.js", "recall.js"]),
    'class="review-place"': ("recall.css", ["store.js", "recall.js", "review.js"]),
    'class="keep-place"': ("recall.css", ["store.js", "progress.js"]),
    'class="sheet-done"': ("recall.css", ["store.js", "progress.js"]),
    'data-episode="': ("listen.css", ["listen.js"]),
    'class="resources': ("resources.css", []),
    'class="cheat-sheet': ("cheat.css", []),
}
# What docutils and myst-nb write and HTML does not know any more, or never did.
SUMMARY, PARAGRAPH = re.compile(r"<summary.*?</summary>", re.S), re.compile(r"<(/?)p\b")
NAME = ' aria-label="Toggle hidden content"'  # the words in it say more
DATED = re.compile(r' role="(?:doc-biblioentry|list)"')
KINDS = {"chapters/": "chapter", "glossary/": "term"}


def style_sheet():
    """All styles of the book as one minified text."""
    parts = [path.read_text(encoding="utf-8") for path in [*sorted(SHEETS.glob("*.css")), FIGURES]]
    return rcssmin.cssmin("\n".join(parts))


def part(name):
    """The styles that only some pages need."""
    path = SHEETS / "parts" / name if name != "quiz.css" else FIGURES.parents[1] / "quiz" / name
    return rcssmin.cssmin(path.read_text(encoding="utf-8"))


def needed(body):
    """The style sheets and scripts of what stands on a page, each once."""
    found = [what for mark, what in NEEDED.items() if mark in body]
    sheets = dict.fromkeys(sheet for sheet, _ in found if sheet)
    return list(sheets), list(dict.fromkeys(name for _, names in found for name in names))


def with_formulas(sheet):
    """The style sheet of pages with formulas: one request instead of two."""
    katex = (BOOK / "vendor" / "katex" / "katex.min.css").read_text(encoding="utf-8")
    return katex.replace("url(fonts/", "url(katex/fonts/") + sheet


def located(sheet, root):
    """The style sheet for a page at that depth: its fonts lie under `_static`."""
    return re.sub(r'url\((["\']?)(fonts|katex)/', rf"url(\1{root}_static/\2/", sheet)


def stamped(name, text):
    """The name of an asset with a stamp of its content, so that browsers keep it for long."""
    return f"{name}?v={hashlib.sha256(text.encode()).hexdigest()[:8]}"


def read_parts(folder):
    """The parts of the book with their pages, from `_toc.yml`."""
    path = Path(folder, "_toc.yml")
    toc = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}
    return [
        {"caption": part["caption"], "pages": [entry_of(page) for page in part["chapters"]]}
        for part in toc.get("parts", [])
    ]


def entry_of(page):
    chapter = CHAPTER.match(page["file"])
    return {
        "name": page["file"],
        "title": page.get("title"),
        "number": int(chapter[1]) if chapter else None,
    }


def prepare(app):
    if app.builder.name != "html":
        return
    static = Path(app.outdir, "_static")
    static.mkdir(parents=True, exist_ok=True)
    plain = style_sheet()
    app.book_styles = plain, with_formulas(plain)
    # Pages carry their styles; the file is for previews of formulas, the PDF, the offline copy.
    (static / "book-math.css").write_text(app.book_styles[1], encoding="utf-8")
    app.book_scripts = {}
    for path in sorted((BOOK / "assets").glob("*.js")):
        text = path.read_text(encoding="utf-8")
        if path.name != "service-worker.js":  # that one stands at the root of the site
            (static / path.name).write_text(text, encoding="utf-8")
            app.book_scripts[path.name] = stamped(path.name, text)
    app.book_parts = read_parts(app.srcdir)
    titles = app.env.titles
    app.book_titles = lambda name: titles[name].astext() if name in titles else name


def sections(app, pagename):
    """A chapter's sections as a list of links, or nothing for fewer than two."""
    if kind_of(app, pagename) != "chapter" or pagename not in app.env.tocs:
        return ""
    toc = document_toc(app.env, pagename, app.tags)
    inner = next(iter(toc.findall(nodes.bullet_list)), None)
    inner = next(iter(inner[0].findall(nodes.bullet_list)), None) if inner else None
    if inner is None or len(inner) < 2:
        return ""
    for item in inner:
        for deeper in list(item.findall(nodes.bullet_list)):
            deeper.parent.remove(deeper)
    return app.builder.render_partial(inner)["fragment"]


def sentence_of(app, pagename):
    """What the page is about, in a sentence."""
    return getattr(app.env, "book_descriptions", {}).get(pagename, "")


def neighbours(app, pagename):
    """The pages before and after in the order of `_toc.yml`."""
    names = [entry["name"] for part in app.book_parts for entry in part["pages"]]
    names = [app.config.root_doc, *names]
    at = names.index(pagename) if pagename in names else None
    around = (None, None) if at is None else (at - 1 if at else None, at + 1)
    found = [names[k] if k is not None and k < len(names) else None for k in around]
    goals = [name and goal(app, pagename, name) for name in found]
    return dict(zip(("prev", "next"), goals, strict=True))


def goal(app, pagename, name):
    """Where 'previous' or 'next' leads, with a sentence about it."""
    link = app.builder.get_relative_uri(pagename, name)
    return {"link": link, "title": app.book_titles(name), "sentence": sentence_of(app, name)}


def kind_of(app, pagename):
    """What the page is: the home page, a chapter, a term, or another page."""
    if pagename == app.config.root_doc:
        return "home"
    return next((kind for start, kind in KINDS.items() if pagename.startswith(start)), "page")


def fill(app, pagename, templatename, context, doctree):
    if app.builder.name != "html":
        return
    body = context.get("body", "")
    formulas, root = any(mark in body for mark in FORMULAS), context.get("content_root", "./")
    sheets, scripts = needed(body)
    style = app.book_styles[formulas] + "".join(part(name) for name in sheets)
    context.update(
        neighbours(app, pagename),
        first_script=FIRST,
        early_font=EARLY_FONT,
        page_kind=kind_of(app, pagename),
        formulas=formulas,
        # In the page itself: on a slow line a request more would delay the first paint.
        page_style=located(style, root),
        page_script=app.book_scripts["site.js"],
        later_scripts=[app.book_scripts[name] for name in [*scripts, *LATER]],
        page_sections=sections(app, pagename),
        parts=app.book_parts,
        podcast="book/pages/listen" in app.env.found_docs,
        source_url=light.repository(app.srcdir),
        report_url=light.report_address(app.srcdir, pagename),
        content_root=root,
    )
    context.setdefault("meta_tags", "")


def finish_body(app, pagename, templatename, context, doctree):
    """Pictures load when they come near; tables scroll inside themselves."""
    body = context.get("body")
    if body:
        body = re.sub(r"<img (?![^>]*\bloading=)", '<img loading="lazy" ', body)
        body = SUMMARY.sub(
            lambda match: PARAGRAPH.sub(r"<\1span", match[0]).replace(NAME, ""), body
        )
        body = DATED.sub("", body)
        context["body"] = re.sub(
            r'<table class="docutils.*?</table>',
            r'<div class="scroll">\g<0></div>',
            body,
            flags=re.S,
        )


def setup(app):
    app.add_html_theme("rnnbook", str(THEME))
    app.connect("builder-inited", prepare)
    app.connect("html-page-context", fill, priority=850)
    app.connect("html-page-context", finish_body, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
