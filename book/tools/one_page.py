"""All pages of the built site as one document, for printing: links lead within it.

The pages come in the order of `_toc.yml`, after a title page and a list of contents. The home
page and the page about reading offline are left out: on paper they have nothing to say.
"""

import html
import posixpath
import re
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from book.ext.epub import LEFT_OUT, without_dead_links
from book.ext.light import site_address
from book.ext.theme import read_parts
from book.tools.notebooks import ROOT

DRAWING = ROOT / "book" / "assets" / "unrolled.svg"
STYLE = ROOT / "book" / "assets" / "pdf.css"
SHEETS = ("_static/book-math.css",)  # of the built site
GLOSSARY = "book/pages/glossary"
LICENCE = '<a href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>'
UNKNOWN = "000"  # stands for a page number while none is known, and takes as much room
TAG = re.compile(r"<[a-zA-Z][^>]*>")
TARGET = re.compile(r'(?<=\s)(id|href|xlink:href|src|aria-labelledby)="([^"]*)"')
HEADING = re.compile(
    r'<section[^>]*\sid="([^"]+)"[^>]*>(?:\s*<span id="[^"]*"></span>)*\s*<h([12])>(.*?)</h\2>',
    re.S,
)


class MissingPage(ValueError):
    """A page of `_toc.yml` that the built site does not have."""


@dataclass
class Entry:
    """A line of the contents and of the outline, and where it leads."""

    title: str
    anchor: str
    level: int  # 0 for a part, 1 for a page, 2 for a section
    listed: bool = True  # in the contents; the outline has every entry
    children: list = field(default_factory=list)


@dataclass(frozen=True)
class Book:
    """The name of the book and its pages: what is printed."""

    title: str
    author: str
    year: str
    address: str
    parts: list  # as book.ext.theme.read_parts gives them
    site: Path

    def pages(self):
        return [page["name"] for part in self.parts for page in part["pages"]]


def read_book(root=ROOT, site=None):
    settings = yaml.safe_load(Path(root, "_config.yml").read_text(encoding="utf-8"))
    parts = read_parts(root)
    for part in parts:
        part["pages"] = [page for page in part["pages"] if page["name"] not in LEFT_OUT]
    return Book(
        title=settings["title"],
        author=settings["author"],
        year=str(settings["copyright"]),
        address=site_address(root),
        parts=parts,
        site=Path(site or Path(root, "_build", "html")),
    )


def article(book, name):
    """What a page says, without the frame of the site."""
    path = book.site / f"{name}.html"
    if not path.exists():
        raise MissingPage(f"{path} is missing: build the site first (make book)")
    page = path.read_text(encoding="utf-8")
    body = page[page.index("<article>") + len("<article>") : page.rindex("</article>")]
    body = re.sub(r"<script\b.*?</script>", "", body, flags=re.S)
    return body.replace(' loading="lazy"', "")


def key(name):
    return name.replace("/", "-")


def anchor(name, fragment=""):
    return f"{key(name)}--{fragment}" if fragment else key(name)


def goal(book, name, address):
    """Where a link on page `name` leads in the one document, or None if it has no such place."""
    if re.match(r"[a-z]+:", address):
        return address
    path, _, fragment = address.partition("#")
    whole = posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) if path else name
    page = whole.removesuffix(".html")
    if page in book.pages():
        return "#" + anchor(page, fragment)
    if page == "index":
        return "#contents"
    if page.startswith("glossary/") and GLOSSARY in book.pages():
        return "#" + anchor(GLOSSARY, "term-" + posixpath.basename(page))
    return book.address + whole if book.address else None


def moved(book, name, attribute, value):
    if attribute in ("id", "aria-labelledby"):
        return f'{attribute}="{anchor(name, value)}"'
    if attribute == "src":
        whole = posixpath.normpath(posixpath.join(posixpath.dirname(name), value))
        return f'src="{value if value.startswith("data:") else whole}"'
    found = goal(book, name, html.unescape(value))
    return "" if found is None else f'{attribute}="{html.escape(found)}"'


def rename(book, name, body):
    """The article with its identifiers and links as the one document needs them."""

    def in_tag(tag):
        text = TARGET.sub(lambda found: moved(book, name, found[1], found[2]), tag[0])
        return re.sub(r"url\(#([^)]+)\)", lambda found: f"url(#{anchor(name, found[1])})", text)

    return TAG.sub(in_tag, body)


def words(markup):
    """A heading as plain text."""
    spoken = re.sub(
        r'<a class="headerlink.*?</a>|<span class="katex-mathml">.*?</span>', "", markup
    )
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", spoken)).split())


def outline(book, articles):
    """The parts with their pages and those with their sections."""
    entries = []
    for number, part in enumerate(book.parts, start=1):
        top = Entry(part["caption"], f"part-{number}", 0)
        for page in part["pages"]:
            found = [
                (i, level, words(text))
                for i, level, text in HEADING.findall(articles[anchor(page["name"])])
            ]
            title = next((text for _, level, text in found if level == "1"), page["title"])
            chapter = Entry(numbered(page, title), anchor(page["name"]), 1)
            shown = page["number"] is not None
            chapter.children = [
                Entry(text, i, 2, shown) for i, level, text in found if level == "2"
            ]
            top.children.append(chapter)
        entries.append(top)
    return entries


def numbered(page, title):
    """`5 Long short-term memory` for a chapter."""
    if page["number"] is None:
        return title
    return f"{page['number']} " + title.removeprefix(f"Chapter {page['number']} ")


def lines(entries, numbers):
    """The contents as nested lists with page numbers."""
    items = []
    for entry in entries:
        if entry.listed:
            number = numbers.get(entry.anchor, UNKNOWN)
            below = f"<ol>{lines(entry.children, numbers)}</ol>" if entry.children else ""
            items.append(
                f'<li class="level-{entry.level}"><a href="#{entry.anchor}">'
                f'<span>{html.escape(entry.title)}</span><span class="number">{number}</span></a>'
                f"{below}</li>"
            )
    return "\n".join(items)


def front(book, entries, numbers):
    """The title page and the contents."""
    drawing = re.sub(r' id="title"| aria-labelledby="title"', "", DRAWING.read_text("utf-8"))
    place = f'<p><a href="{book.address}">{book.address}</a></p>' if book.address else ""
    return f"""<header class="title-page"><h1>{html.escape(book.title)}</h1>
<p class="author">{html.escape(book.author)}</p>{drawing}<div class="imprint">
<p>© {book.year} the authors. Text {LICENCE}, code BSD 3-Clause.</p>{place}</div></header>
<nav id="contents" class="printed-contents"><h1>Contents</h1>
<ol>{lines(entries, numbers)}</ol></nav>"""


def running_heads(entries):
    """Each page of the book names its chapter at the top of its sheets."""
    rules = []
    for part in entries:
        for page in part.children:
            title = page.title.replace("\\", "").replace('"', "'")
            head = f'@top-left {{ content: "{title}" }} @top-right {{ content: "{part.title}" }}'
            rules.append(
                f"@page {page.anchor} {{ {head} }} #{page.anchor} {{ page: {page.anchor} }}"
            )
    return "\n".join(rules)


def part_of(part, articles):
    """A sheet that names a part, then its pages."""
    names = "".join(
        f'<li><a href="#{page.anchor}">{html.escape(page.title)}</a></li>' for page in part.children
    )
    pages = "".join(
        f'<main id="{page.anchor}"><article>{articles[page.anchor]}</article></main>'
        for page in part.children
    )
    sheet = f"<h1>{html.escape(part.title)}</h1><ol>{names}</ol>"
    return f'<section class="part-page" id="{part.anchor}">{sheet}</section>{pages}'


def compose(book, numbers=None):
    """The document as HTML and its outline; `numbers` are the sheets that anchors stand on."""
    articles = {anchor(name): rename(book, name, article(book, name)) for name in book.pages()}
    entries = outline(book, articles)
    parts = "".join(part_of(part, articles) for part in entries)
    body = without_dead_links(front(book, entries, numbers or {}) + parts)
    sheets = "".join(f'<link rel="stylesheet" href="{sheet}">' for sheet in SHEETS)
    style = STYLE.read_text(encoding="utf-8") + running_heads(entries)
    document = (
        f'<!DOCTYPE html><html lang="en" data-theme="light"><head><meta charset="utf-8">'
        f"<title>{html.escape(book.title)}</title>{sheets}<style>{style}</style></head>"
        f'<body class="printed">{body}</body></html>'
    )
    return document, entries
