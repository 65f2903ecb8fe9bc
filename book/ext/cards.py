"""Pictures made when the site is built: a card for each page, and the icons of the site.

A card is shown where a link to the page is shared. It is drawn again only when its words or this
file change; the words are kept inside the picture.
"""

import hashlib
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, PngImagePlugin
from sphinx.util import logging

from book.ext.light import CHAPTER

FONT = Path(__file__).parents[1] / "vendor" / "fonts" / "source-serif-4-roman.woff2"
CARD_SIZE = (1200, 630)
MARGIN = 84
INKS = {
    "blue": "#004C8C",
    "vermilion": "#D95F02",
    "green": "#1B9E77",
    "orchid": "#C774B4",
    "black": "#222222",
}
SURFACES = {"light": "#ffffff", "dark": "#14181d"}
QUIET = "#595e63"
ICON_SIZES = (32, 180, 192, 512)
FINE = 4  # shapes are drawn larger by this factor, then reduced
LIMIT = 40_000  # bytes of a card
log = logging.getLogger(__name__)


@cache
def font(size, weight=400):
    made = ImageFont.truetype(str(FONT), size)
    made.set_variation_by_axes([weight])
    return made


# ---- Cards --------------------------------------------------------------------------------


def card_name(pagename):
    return pagename.replace("/", "-") + ".png"


def lines_of(text, face, width):
    """The words in as few lines as fit."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and face.getlength(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def fitting(text, width, most=3):
    """The largest face, and the lines in it, with which the title keeps to three lines."""
    for size in range(92, 40, -4):
        face = font(size, 600)
        lines = lines_of(text, face, width)
        if len(lines) <= most and max(map(face.getlength, lines)) <= width:
            return face, lines
    return face, lines[:most]


def arrow(draw, start, end, ink, width, head):
    """A straight arrow along one axis."""
    (x0, y0), (x1, y1) = start, end
    along = ((x1 > x0) - (x1 < x0), (y1 > y0) - (y1 < y0))
    back = (x1 - head * along[0], y1 - head * along[1])
    across = (along[1] * head * 0.6, along[0] * head * 0.6)
    draw.line([start, back], fill=ink, width=width)
    wings = [(back[0] + k * across[0], back[1] + k * across[1]) for k in (1, -1)]
    draw.polygon([end, *wings], fill=ink)


@cache
def chain(steps=5, side=96, reach=56):
    """The network unrolled: one box a step, the state handed on from left to right."""
    width, height = CARD_SIZE[0] - 2 * MARGIN, side + 2 * reach + 2
    image = Image.new("RGB", (width * FINE, height * FINE), SURFACES["light"])
    draw, pitch, space = ImageDraw.Draw(image), width / steps, 8

    def line(*points, ink, width, head):
        scaled = [(x * FINE, y * FINE) for x, y in points]
        arrow(draw, *scaled, ink, width * FINE, head * FINE)

    for left in (step * pitch for step in range(steps)):
        box = [left + 2, reach, left + side, reach + side]
        scaled = [value * FINE for value in box]
        draw.rounded_rectangle(scaled, 14 * FINE, outline=INKS["black"], width=4 * FINE)
        middle, half = left + side / 2, reach + side / 2
        for low, high in ((height, reach + side + space), (reach - space, 0)):
            line((middle, low), (middle, high), ink=QUIET, width=3, head=15)
        ends = (left + side + space, half), (left + pitch - space, half)
        line(*ends, ink=INKS["blue"], width=7, head=20)
    return image.resize((width, height), Image.Resampling.LANCZOS)


def kicker(pagename, project):
    """What stands over the title: which chapter it is, or of which book."""
    chapter = CHAPTER.match(pagename)
    return f"Chapter {int(chapter[1])} · {project}" if chapter else project


def draw_card(title, over):
    image = Image.new("RGB", CARD_SIZE, SURFACES["light"])
    draw = ImageDraw.Draw(image)
    for place, ink in enumerate(INKS.values()):
        width = CARD_SIZE[0] / len(INKS)
        draw.rectangle([place * width, 0, (place + 1) * width, 11], fill=ink)
    draw.text((MARGIN, 66), over, font=font(34), fill=QUIET)
    face, lines = fitting(title, CARD_SIZE[0] - 2 * MARGIN)
    for place, line in enumerate(lines):
        draw.text(
            (MARGIN, (128 if over else 96) + place * face.size * 1.1),
            line,
            font=face,
            fill=INKS["black"],
        )
    image.paste(chain(), (MARGIN, 396))
    return image.quantize(64, dither=Image.Dither.NONE)


def is_drawn(path, words):
    """Whether the picture at `path` was made of these words."""
    try:
        with Image.open(path) as image:
            return image.info.get("Comment") == words
    except (OSError, SyntaxError):
        return False


def save_card(path, title, over):
    """Draw the card if its words changed. Returns whether it was drawn."""
    stamp = hashlib.sha256(Path(__file__).read_bytes() + FONT.read_bytes()).hexdigest()[:8]
    words = f"{over} | {title} | {stamp}"
    if is_drawn(path, words):
        return False
    notes = PngImagePlugin.PngInfo()
    notes.add_itxt("Comment", words)
    draw_card(title, over).save(path, optimize=True, pnginfo=notes)
    if path.stat().st_size > LIMIT:
        log.warning("card %s has %d bytes, over %d", path.name, path.stat().st_size, LIMIT)
    return True


def write_cards(app):
    folder = Path(app.outdir, "_static", "cards")
    folder.mkdir(parents=True, exist_ok=True)
    for name, title in app.env.titles.items():
        over = kicker(name, app.config.html_title) if name != app.config.root_doc else ""
        save_card(folder / card_name(name), title.astext(), over)
    kept = {card_name(name) for name in app.env.titles}
    for path in folder.glob("*.png"):
        if path.name not in kept:
            path.unlink()


# ---- Icons --------------------------------------------------------------------------------


def icon(size, margin=0.0):
    """The favicon's picture, a box with a loop, on a white square of `size` pixels."""
    whole = size * FINE
    image = Image.new("RGB", (whole, whole), SURFACES["light"])
    draw, scale = ImageDraw.Draw(image), whole * (1 - 2 * margin) / 32

    def frame(x0, y0, x1, y1, radius, fill=None):
        """A rounded rectangle in the units of favicon.svg, its line centred as SVG does."""
        corners = [x0 - 1.5, y0 - 1.5, x1 + 1.5, y1 + 1.5]
        box = [margin * whole + value * scale for value in corners]
        draw.rounded_rectangle(
            box, (radius + 1.5) * scale, fill=fill, outline=INKS["blue"], width=round(3 * scale)
        )

    frame(3, 6, 29, 19, 4)
    frame(9, 13, 23, 25, 3, fill=SURFACES["light"])
    return image.resize((size, size), Image.Resampling.LANCZOS).quantize(32)


def write_icons(app):
    """Home screens cut a circle out of the icon with a margin; the others fill their square."""
    folder = Path(app.outdir, "_static", "icons")
    folder.mkdir(parents=True, exist_ok=True)
    for size in ICON_SIZES:
        icon(size, margin=0.06 if size > 32 else 0).save(folder / f"{size}.png", optimize=True)
    icon(512, margin=0.2).save(folder / "maskable.png", optimize=True)


def write(app, exception):
    if exception is None and app.builder.name == "html":
        write_cards(app)
        write_icons(app)


def setup(app):
    app.connect("build-finished", write)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
