"""Build the book as an ePub: ``python -m book.tools.epub``. A warning is an error.

The same sources and configuration as the website, with Sphinx's builder for ePub as
book.ext.epub changes it. Nothing but Python is needed.
"""

import argparse
import shutil
import sys
import uuid
from pathlib import Path

import yaml
from PIL import Image, ImageDraw

from book.ext import cards
from book.ext.epub import LEFT_OUT
from book.ext.light import site_address
from book.tools.notebooks import ROOT

BUILD = ROOT / "_build" / "epub"
NAME = "rnnbook"
COVER_SIZE = (1600, 2400)
EDGE = 140  # pixels between the cover's edge and what stands on it
LANGUAGE = "en-GB"
DESCRIPTION = (
    "An executable textbook on recurrent neural networks. Every chapter is a notebook: what it "
    "says is computed on the page."
)
RIGHTS = (
    "© {year} {author}. Text CC BY 4.0, https://creativecommons.org/licenses/by/4.0/; "
    "code BSD 3-Clause."
)


def cover(title, author):
    """The book's drawing under its title, on a white page with the five inks above."""
    width, height = COVER_SIZE
    image = Image.new("RGB", COVER_SIZE, cards.SURFACES["light"])
    draw = ImageDraw.Draw(image)
    for place, ink in enumerate(cards.INKS.values()):
        step = width / len(cards.INKS)
        draw.rectangle([place * step, 0, (place + 1) * step, 27], fill=ink)
    face = cards.font(190, 600)
    lines = cards.lines_of(title, face, width - 2 * EDGE)
    for place, line in enumerate(lines):
        draw.text((EDGE, 330 + place * 215), line, font=face, fill=cards.INKS["black"])
    chain = cards.chain()
    wide = width - 2 * EDGE
    size = (wide, round(chain.height * wide / chain.width))
    image.paste(chain.resize(size, Image.Resampling.LANCZOS), (EDGE, 1350))
    draw.text((EDGE, height - 270), author, font=cards.font(70), fill=cards.QUIET)
    return image.quantize(64, dither=Image.Dither.NONE)


def metadata(root, settings):
    """What a reader's library shows, as Sphinx's settings."""
    place = site_address(root) or settings["title"]
    return {
        "book_epub_cover": "",
        "epub_basename": NAME,
        "epub_theme": "rnnbook-epub",
        "epub_title": settings["title"],
        "epub_author": settings["author"],
        "epub_publisher": settings["author"],
        "epub_contributor": settings["author"],
        "epub_copyright": RIGHTS.format(year=settings["copyright"], author=settings["author"]),
        "epub_description": DESCRIPTION,
        "epub_language": LANGUAGE,
        "epub_scheme": "UUID",
        "epub_uid": "identifier",
        "epub_identifier": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, place)}",
        "epub_cover": ("_static/cover.png", "cover.html"),
        "epub_show_urls": "no",
        "epub_tocscope": "includehidden",
        "epub_tocdup": False,
        "epub_exclude_files": ["search.xhtml", *(f"{name}.xhtml" for name in LEFT_OUT)],
        "version": settings.get("version", "1"),
    }


def configure(root):
    """Sphinx's settings: those of the website, with those of the ePub."""
    from jupyter_book.config import get_final_config

    path = Path(root, "_config.yml")
    asked = {"latex_individualpages": False}
    sphinx, _ = get_final_config(user_yaml=path, sourcedir=Path(root), cli_config=asked)
    sphinx["extensions"] = [*sphinx["extensions"], "book.ext.epub"]
    return sphinx | metadata(root, yaml.safe_load(path.read_text(encoding="utf-8")))


def build(root=ROOT, target=BUILD):
    """Write `target`/rnnbook.epub from the sources in `root`; returns its path or None."""
    from sphinx.application import Sphinx
    from sphinx.util.docutils import docutils_namespace, patch_docutils

    pages, doctrees = Path(target, "pages"), Path(target, "doctrees")
    shutil.rmtree(target, ignore_errors=True)
    pages.mkdir(parents=True)
    settings = configure(root)
    settings["book_epub_cover"] = str(Path(target, "cover.png"))
    cover(settings["epub_title"], settings["epub_author"]).save(settings["book_epub_cover"])
    with patch_docutils(), docutils_namespace():
        app = Sphinx(
            str(root),
            None,
            str(pages),
            str(doctrees),
            "epub",
            settings,
            status=None,
            warningiserror=True,
            keep_going=True,
        )
        app.build(force_all=True)
    if app.statuscode:
        return None
    return Path(shutil.move(pages / f"{NAME}.epub", Path(target, f"{NAME}.epub")))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--output", type=Path, default=BUILD, help="a folder; default: _build/epub")
    path = build(target=parser.parse_args().output.resolve())
    if path is None:
        print("The ePub was not built: see the warnings.", file=sys.stderr)
        return 1
    print(f"{path}: {path.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
