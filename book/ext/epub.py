"""The book as an ePub: Sphinx's builder with the book's outline, stills and plain colours.

Not one of the site's extensions: `book.tools.epub` adds it. What a reader's device may not know
is replaced here: CSS variables in pictures by colours, live figures by their stills, and pages
that only a browser can use are left out.
"""

import html
import re
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path

from docutils import nodes
from sphinx.builders.epub3 import Epub3Builder
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

from book.ext import light, svg
from book.ext.figures import book_figure, is_element
from book.ext.gallery import GALLERY
from book.ext.theme import read_parts

BOOK = Path(__file__).parents[1]
THEME, SHEET = BOOK / "epub", BOOK / "assets" / "epub.css"
LEFT_OUT = {f"book/pages/{name}" for name in ("offline", "listen", "review", "progress")}
ASTRAY = re.compile(
    rf'<a [^>]*href="[./\w-]*({"|".join(name.rpartition("/")[2] for name in sorted(LEFT_OUT))})'
    r'\.xhtml[^"]*"[^>]*>(.*?)</a>',
    re.S,
)
COVER = "_static/cover.png"
SURFACE, TEXT = 0xFF, 0x1D  # light pages; figures mix their greys of these two
COLOURS = {name: colour for colour, name in svg.INKS.items()} | {
    "var(--fig-fg)": "#1d1f21",
    "var(--fig-bg)": "#ffffff",
    "var(--surface)": "#ffffff",
}
MIX = re.compile(r"color-mix\(in srgb, var\(--fig-fg\) (\d+)%, var\(--fig-bg\)\)")
REPAIRS = [
    (re.compile(pattern, re.S), replacement)
    for pattern, replacement in (
        (r"<script\b.*?</script>", ""),
        (r'<p class="continue" hidden></p>', ""),
        (r'<details class="[^"]*\bhide\b[^>]*>\s*<summary.*?</summary>(.*?)</details>', r"\1"),
        (r'<span class="sd-summary-state-marker.*?</span>', ""),
        (r"<svg (?![^>]*xmlns=)", '<svg xmlns="http://www.w3.org/2000/svg" '),
        ("<mo>\u2061</mo>(?=</m)", ""),  # a function applied to nothing, as in T_max
        (r' role="doc-biblioentry"', ""),
        ("&nbsp;", "&#160;"),
    )
]
ACCESS = """<meta property="schema:accessMode">textual</meta>
    <meta property="schema:accessMode">visual</meta>
    <meta property="schema:accessModeSufficient">textual</meta>
    <meta property="schema:accessibilityFeature">alternativeText</meta>
    <meta property="schema:accessibilityFeature">MathML</meta>
    <meta property="schema:accessibilityFeature">structuralNavigation</meta>
    <meta property="schema:accessibilityFeature">tableOfContents</meta>
    <meta property="schema:accessibilityHazard">none</meta>
    <meta property="schema:accessibilitySummary">Figures have alternative text.</meta>
  """
log = logging.getLogger(__name__)


def grey(share):
    """The grey that a mix of text and surface gives, `share` percent of it text."""
    level = round(SURFACE + (TEXT - SURFACE) * share / 100)
    return f"#{level:02x}{level:02x}{level:02x}"


def plain_colours(text):
    """Colours of the light page in place of CSS variables."""
    text = MIX.sub(lambda found: grey(int(found[1])), text)
    for name, colour in COLOURS.items():
        text = text.replace(name, colour)
    return text


def as_xhtml(body):
    """The body of a page without what XML, ePub or a page of paper does not allow."""
    for pattern, replacement in REPAIRS:
        body = pattern.sub(replacement, body)
    return without_dead_links(plain_colours(body))


def without_dead_links(body):
    """A link to a page that is left out, or to a place in a live figure, remains as words."""
    body = ASTRAY.sub(r"\2", body)
    there = set(re.findall(r'\sid="([^"]+)"', body))

    def kept(link):
        return link[0] if link[1] in there else link[2]

    return re.sub(r'<a [^>]*href="#([^"]+)"[^>]*>(.*?)</a>', kept, body, flags=re.S)


def depth(link):
    """How deep a line of a page's own contents stands: 1 for its title."""
    found, node = 0, link
    while node is not None:
        found += isinstance(node, nodes.bullet_list)
        node = node.parent
    return found


class Stills(SphinxPostTransform):
    """A live figure is its still picture, and one without a still is not there."""

    default_priority = 15  # after the pictures were put into the page (12)
    formats = ("html",)

    def run(self, **kwargs):
        for figure in list(self.document.findall(book_figure)):
            if figure["live"]:
                self.keep_still(figure)
        if self.env.docname == GALLERY.removesuffix(".ipynb"):
            self.drop_cells()
        for box in list(self.document.findall(nodes.container)):
            if "badges" in box.get("classes", ()):
                box.parent.remove(box)

    def drop_cells(self):
        """The calls that draw the gallery's figures are of use only where they run."""
        for cell in list(self.document.findall(lambda node: is_element(node, "cell_code"))):
            cell.parent.remove(cell)

    def keep_still(self, figure):
        stills = [box for box in figure.children if "still" in box.get("classes", ())]
        if figure.get("name") == "quiz":
            figure.replace_self(self.where_the_quiz_is())
            return
        if not stills:
            figure.parent.remove(figure)
            return
        for raw in list(figure.findall(nodes.raw)):
            if "live-place" in raw.astext():
                raw.parent.remove(raw)

    def where_the_quiz_is(self):
        """A quiz asks and answers on the site only."""
        address = f"{light.site_address(self.app.srcdir)}{self.env.docname}.html#quiz"
        link = nodes.reference("", "on the site of the book", refuri=address)
        return nodes.paragraph("", "", nodes.Text("They are asked "), link, nodes.Text("."))


class BookEpub(Epub3Builder):
    """Sphinx's builder, with one style sheet, and parts above the chapters in the outline."""

    def copy_static_files(self, *_):
        static = Path(self.outdir, "_static")
        shutil.rmtree(static, ignore_errors=True)  # what extensions put there for the site
        static.mkdir(parents=True)
        shutil.copyfile(SHEET, static / "epub.css")
        shutil.copyfile(self.config.book_epub_cover, Path(self.outdir, COVER))

    def get_toc(self):
        """Pages in the order of `_toc.yml`, and the sections of chapters."""
        root = self.config.root_doc
        self.refnodes = [self.line(1, self.env.titles[root].astext(), root)]
        for part in read_parts(self.srcdir):
            for page in part["pages"]:
                if page["name"] not in LEFT_OUT:
                    self.refnodes += self.lines_of(page)

    def line(self, level, text, page, anchor=""):
        address = page + self.out_suffix + anchor.replace(":", "-")
        return {"level": level, "refuri": html.escape(address), "text": html.escape(text)}

    def lines_of(self, page):
        """A page and, if it is a chapter, its sections."""
        name, number = page["name"], page["number"]
        title = self.env.titles[name].astext()
        yield self.line(2, title if number is None else f"{number} {title}", name)
        for link in self.env.tocs[name].findall(nodes.reference):
            if number is not None and link["anchorname"] and depth(link) == 2:
                yield self.line(3, link.astext(), name, link["anchorname"])

    def with_parts(self, refnodes):
        """The outline with a line for each part before its first page, where it leads."""
        starts = {
            next(p["name"] for p in part["pages"] if p["name"] not in LEFT_OUT) + self.out_suffix: (
                part["caption"]
            )
            for part in read_parts(self.srcdir)
        }
        for node in refnodes:
            if node["refuri"] in starts:
                yield {**node, "level": 1, "text": html.escape(starts[node["refuri"]])}
            yield node

    def build_navlist(self, navnodes):
        return super().build_navlist(list(self.with_parts(navnodes)))

    def build_navpoints(self, nodes):
        """The outline for old readers, which allows a page one place: without the parts."""
        home, *others = nodes
        return super().build_navpoints([home, *({**n, "level": n["level"] - 1} for n in others)])

    def toc_metadata(self, level, navpoints):
        return super().toc_metadata(level, navpoints) | {"uid": self.config.epub_identifier}

    def build_content(self):
        super().build_content()
        path = Path(self.outdir, "content.opf")
        text = path.read_text(encoding="utf-8")
        text = text.replace("</metadata>", f"  {ACCESS}</metadata>")
        text = re.sub(r'<item id="[^"]*" href="([^"]*)"[^>]*/>', self.with_properties, text)
        path.write_text(text, encoding="utf-8")

    def with_properties(self, item):
        """A line of the manifest that says what its file contains."""
        path = Path(self.outdir, item[1])
        found = []
        if item[1] == COVER:
            found = ["cover-image"]
        elif path.suffix == ".xhtml" and path.exists() and "properties=" not in item[0]:
            page = path.read_text(encoding="utf-8")
            found = [name for name, tag in (("mathml", "<math"), ("svg", "<svg")) if tag in page]
        return item[0].replace(" />", f' properties="{" ".join(found)}"/>') if found else item[0]


def fill(app, pagename, templatename, context, doctree):
    if "body" not in context or pagename in LEFT_OUT:
        return
    context["body"] = as_xhtml(context["body"])
    try:
        ET.fromstring(f"<body>{context['body']}</body>")
    except ET.ParseError as error:
        line = context["body"].splitlines()[error.position[0] - 1]
        log.warning("%s is not well-formed XHTML: %s in %.160r", pagename, error, line, type="epub")


def setup(app):
    app.add_config_value("book_epub_cover", "", "env", [str])
    app.add_html_theme("rnnbook-epub", str(THEME))
    app.add_builder(BookEpub, override=True)
    app.add_post_transform(Stills)
    app.connect("html-page-context", fill, priority=990)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
