"""Make a stored matplotlib SVG part of the page: the inks switch with light and dark.

Matplotlib writes colours into `style` attributes. The five inks become CSS custom
properties; every grey from black to white becomes the same step between the text colour
and the surface of the page; other colours (colour maps) stay as they are.
"""

import base64
import binascii
import io
import re
import xml.etree.ElementTree as ET

from PIL import Image

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
INKS = {
    "#004c8c": "var(--ink-blue)",
    "#d95f02": "var(--ink-vermilion)",
    "#1b9e77": "var(--ink-green)",
    "#c774b4": "var(--ink-orchid)",
    "#222222": "var(--ink-black)",
}
NAMES = {"black": "#000000", "white": "#ffffff"}
PAINTS = ("fill", "stroke", "stop-color", "color")
PAINT = re.compile(r"(?<![\w-])(fill|stroke|stop-color|color)\s*:\s*([^;]+)")
PLACES, FINE = ("d", "x", "y", "points"), re.compile(r"-?\d+\.\d{2,}")
FAMILIES = re.compile(r"'DejaVu Sans', 'Bitstream Vera Sans',.*?sans-serif")
PNG = "data:image/png;base64,"
REFERENCE = re.compile(r"url\(#([^)]+)\)")


class FigureError(ValueError):
    """A stored figure that is not an SVG."""


def paint(colour):
    """The colour as the page writes it."""
    value = NAMES.get(colour.strip().lower(), colour.strip().lower())
    if re.fullmatch(r"#[0-9a-f]{3}", value):
        value = "#" + "".join(2 * digit for digit in value[1:])
    if value in INKS:
        return INKS[value]
    if re.fullmatch(r"#([0-9a-f]{2})\1\1", value):
        return grey(int(value[1:3], 16))
    return colour.strip()


def grey(level):
    """A grey level 0..255 as a step between the page's text and its surface."""
    if level == 0:
        return "var(--fig-fg)"
    if level == 255:
        return "var(--fig-bg)"
    share = round(100 * (255 - level) / 255)
    return f"color-mix(in srgb, var(--fig-fg) {share}%, var(--fig-bg))"


def repaint(element):
    style = PAINT.sub(lambda m: f"{m[1]}: {paint(m[2])}", element.get("style", ""))
    # A presentation attribute cannot hold var(); a style can.
    for name in PAINTS:
        value = element.get(name)
        if value and paint(value) != value:
            del element.attrib[name]
            if not re.search(rf"(?<![\w-]){name}\s*:", style):
                style = f"{name}: {paint(value)}; {style}"
    if style:
        element.set("style", style)


def shorten(element):
    """Places to a tenth of a point, which is finer than a screen; no more than the page shows."""
    for name in PLACES:
        if element.get(name):
            element.set(name, FINE.sub(lambda m: f"{float(m[0]):.1f}", element.get(name)))
    turn = element.get("transform", "")
    if turn.startswith("rotate(-0 "):
        del element.attrib["transform"]
    elif turn.startswith("translate("):
        end = turn.index(")")
        moved = FINE.sub(lambda m: f"{float(m[0]):.1f}", turn[:end])
        element.set("transform", moved + turn[end:])
    if "font-family" in element.get("style", ""):
        element.set(
            "style", FAMILIES.sub("'DejaVu Sans', Verdana, sans-serif", element.get("style"))
        )
    if element.tag != f"{{{SVG}}}tspan" and not (element.tail or "").strip():
        element.tail = None


def pack(element):
    """A heat map's pixels, the same ones in a third of the bytes."""
    for key, value in element.attrib.items():
        if value.startswith(PNG):
            webp = io.BytesIO()
            try:
                with Image.open(io.BytesIO(base64.b64decode(value[len(PNG) :]))) as image:
                    image.save(webp, "WEBP", lossless=True, quality=100, method=6)
            except (OSError, binascii.Error) as error:
                raise FigureError(f"the stored figure holds a damaged picture: {error}") from error
            text = base64.b64encode(webp.getvalue()).decode()
            element.set(key, f"data:image/webp;base64,{text}")


def rename(element, prefix):
    """Make ids unique on the page, and every reference to them with it."""
    for key, value in list(element.attrib.items()):
        if key == "id":
            element.set(key, f"{prefix}-{value}")
        elif key in ("href", f"{{{XLINK}}}href") and value.startswith("#"):
            element.set(key, f"#{prefix}-{value[1:]}")
        elif "url(#" in value:
            element.set(key, REFERENCE.sub(rf"url(#{prefix}-\1)", value))


def strip(root):
    """Metadata says nothing to the reader, and a style element would leak to the page."""
    for parent in root.iter():
        for child in list(parent):
            if child.tag in (f"{{{SVG}}}metadata", f"{{{SVG}}}style", f"{{{SVG}}}title"):
                parent.remove(child)


def drop_unused_ids(root):
    text = ET.tostring(root, encoding="unicode")
    used = set(re.findall(r'(?:url\(|href=")#([^")]+)', text))
    for element in root.iter():
        if element.get("id") not in used:
            element.attrib.pop("id", None)


def inline(text, prefix, alt):
    """The SVG `text` as markup for the page, named `alt` for those who do not see it."""
    try:
        root = ET.fromstring(text)
    except ET.ParseError as error:
        raise FigureError(f"the stored figure is not well-formed SVG: {error}") from error
    if root.tag != f"{{{SVG}}}svg":
        raise FigureError(f"the stored figure is <{root.tag}>, not an SVG")
    ET.register_namespace("", SVG)
    ET.register_namespace("xlink", XLINK)
    strip(root)
    drop_unused_ids(root)
    for element in root.iter():
        repaint(element)
        shorten(element)
        pack(element)
        rename(element, prefix)
    for name in ("width", "height", "version"):
        root.attrib.pop(name, None)
    root.set("role", "img")
    root.set("aria-label", alt)
    return ET.tostring(root, encoding="unicode")
