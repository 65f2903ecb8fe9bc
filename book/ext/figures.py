"""A figure cell and the caption cell under it become one <figure> on the page.

The cell keeps its code and its printed lines; its picture (or, with the tag `live`, its
widget) moves below the code's frame, and the caption follows. SVG is put into the page
itself, where its inks follow light and dark.
"""

import hashlib
import html
import posixpath
import re
from pathlib import Path
from urllib.parse import quote

from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

from book.ext import svg
from book.ext.notebooks import book_caption

SVG = "image/svg+xml"
LIVE = "text/html"  # what book.ext.notebooks made of a live figure
SIZE = re.compile(r'<svg [^>]*?\bwidth="([\d.]+)pt" height="([\d.]+)pt"')
PICTURES = {SVG, "image/png", "image/jpeg"}
log = logging.getLogger(__name__)


class book_figure(nodes.General, nodes.Element):
    """A picture or a live figure, with its caption as last child."""


class still_image(nodes.image):
    """The picture of a live figure as a file, with its size `across` and `down`."""


def is_element(node, kind):
    return isinstance(node, nodes.container) and node.get("nb_element") == kind


def mimes(bundle):
    return {child.get("mime_type") for child in bundle.children if isinstance(child, nodes.Element)}


def tags(cell):
    return cell.get("cell_metadata", {}).get("tags", [])


def picture(cell):
    """The last output of the cell that is drawn rather than printed, or None."""
    wanted = {LIVE} if "live" in tags(cell) else PICTURES
    found = [
        bundle
        for bundle in cell.findall(lambda node: is_element(node, "mime_bundle"))
        if mimes(bundle) & wanted
    ]
    return found[-1] if found else None


def following(node):
    """The next sibling, past comments and targets."""
    parent = node.parent
    for sibling in parent.children[parent.index(node) + 1 :]:
        if not isinstance(sibling, (nodes.comment, nodes.target)):
            return sibling
    return None


def drop_empty_output(cell):
    for output in list(cell.findall(lambda node: is_element(node, "cell_code_output"))):
        if not output.children:
            output.parent.remove(output)
    if not cell.children:
        cell.parent.remove(cell)


def alt_of(cell, bundle):
    for image in bundle.findall(nodes.image):
        if image.get("alt"):
            return image["alt"]
    image = cell.get("cell_metadata", {}).get("mystnb", {}).get("image", {})
    return image.get("alt", "")


def still_of(bundle):
    """The picture that a live figure brings for where no script runs, if it brings one."""
    for form in bundle.children:
        if form.get("mime_type") == SVG:
            return [nodes.container("", *(c.deepcopy() for c in form.children), classes=["still"])]
    return []


class PairFigures(SphinxTransform):
    """Move each picture out of its cell and its caption into it."""

    default_priority = 880

    def apply(self, **kwargs):
        for cell in list(self.document.findall(lambda node: is_element(node, "cell_code"))):
            bundle = picture(cell)
            if bundle is not None:
                self.pair(cell, bundle)

    def pair(self, cell, bundle):
        live = "live" in tags(cell)
        figure = book_figure(live=live, alt=alt_of(cell, bundle))
        figure.source, figure.line = cell.source, cell.line
        caption = following(cell)
        parent, at = cell.parent, cell.parent.index(cell)
        bundle.parent.remove(bundle)
        if live:
            figure["name"] = self.name_of(bundle)
            figure += still_of(bundle)
        figure += bundle
        if isinstance(caption, book_caption):
            parent.remove(caption)
            figure += caption
        parent.insert(at + 1, figure)
        drop_empty_output(cell)

    def name_of(self, bundle):
        """The name of a live figure, with a number where the page has it already."""
        found = re.search(r'data-figure="(\w+)"', bundle.astext())
        name = found[1] if found else "figure"
        taken = [figure.get("name", "") for figure in self.document.findall(book_figure)]
        again = sum(other.split("-")[0] == name for other in taken)
        return f"{name}-{again + 1}" if again else name


class InlineSvg(SphinxPostTransform):
    """Replace SVG images of figures by the SVG itself, on web pages only."""

    default_priority = 12  # after myst-nb has chosen among the forms of an output (4)
    formats = ("html",)

    def run(self, **kwargs):
        for number, figure in enumerate(list(self.document.findall(book_figure))):
            for image in list(figure.findall(nodes.image)):
                image.setdefault("alt", figure["alt"])
                if image["uri"].endswith(".svg"):
                    if self.waits(image):
                        image.replace_self(still_image(**image.attributes, **self.size(image)))
                    else:
                        self.inline(number, figure, image)

    def size(self, image):
        """Width and height in pixels, so that the page does not jump."""
        path = Path(self.env.srcdir, image["uri"].lstrip("/"))
        found = SIZE.search(path.read_text(encoding="utf-8"))
        points = zip(("across", "down"), found.groups(), strict=True) if found else ()
        return {name: round(float(value) * 4 / 3) for name, value in points}

    def waits(self, image):
        """A still on a web page stays a file: few readers ever see it, and pages are lighter."""
        return self.app.builder.name == "html" and "still" in image.parent.get("classes", ())

    def inline(self, number, figure, image):
        if not figure["alt"]:
            log.warning(
                "a figure has no alternative text: set mystnb.image.alt in the cell's metadata",
                location=image,
                type="figures",
            )
        page = hashlib.sha256(self.env.docname.encode()).hexdigest()[:4]
        path = Path(self.env.srcdir, image["uri"].lstrip("/"))
        try:
            text = svg.inline(path.read_text(encoding="utf-8"), f"f{page}{number}", figure["alt"])
        except (svg.FigureError, OSError) as error:
            log.warning("figure: %s", error, location=figure, type="figures")
            return
        image.replace_self(nodes.raw("", text, format="html"))


def visit_figure(self, node):
    kind = "book-figure live" if node["live"] else "book-figure"
    name = f' id="{node["name"]}"' if node.get("name") else ""
    self.body.append(f'<figure class="{kind}"{name}><div class="picture">')


def visit_still(self, node):
    name = self.builder.images.get(node["uri"], node["uri"])
    size = "".join(
        f' {attribute}="{node[side]}"'
        for attribute, side in (("width", "across"), ("height", "down"))
        if side in node
    )
    self.body.append(
        f'<img loading="lazy" src="{posixpath.join(self.builder.imgpath, quote(name))}"'
        f' alt="{html.escape(node["alt"])}"{size}>'
    )
    raise nodes.SkipNode


def depart_figure(self, node):
    if not any(isinstance(child, book_caption) for child in node.children):
        self.body.append("</div>")
    self.body.append("</figure>\n")


def visit_caption(self, node):
    inside = isinstance(node.parent, book_figure)
    self.body.append("</div><figcaption>" if inside else '<div class="loose-caption">')


def depart_caption(self, node):
    inside = isinstance(node.parent, book_figure)
    self.body.append("</figcaption>" if inside else "</div>")


def setup(app):
    app.add_node(still_image, html=(visit_still, None))
    app.add_node(book_figure, html=(visit_figure, depart_figure))
    app.add_node(book_caption, html=(visit_caption, depart_caption))
    app.add_transform(PairFigures)
    app.add_post_transform(InlineSvg)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
