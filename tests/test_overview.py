"""The page "in ten minutes": its length, its links and its six pictures."""

import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from book.tools import overview

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "book" / "pages" / "overview.md").read_text(encoding="utf-8")
FENCE = re.compile(r"^```(.*?)\n(.*?)^```$", re.M | re.S)
PICTURES = sorted(overview.FOLDER.glob("overview-*.svg"))
INKS = {"#004c8c", "#d95f02", "#1b9e77", "#c774b4", "#222222"}
PRESENT = r"\.\./\.\./chapters/(\d\d)-[\w-]+\.ipynb"
CONF = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
extensions = ["myst_parser", "book.ext.katex", "book.ext.notebooks", "book.ext.figures",
              "book.ext.pictures"]
"""


def paragraphs():
    """The running text, without front matter, headings, pictures and code."""
    text = FENCE.sub("", PAGE.split("---\n", 2)[2])
    return [part for part in text.split("\n\n") if part.strip() and not part.startswith(("#", "("))]


def test_the_text_has_the_length_of_ten_minutes():
    text = re.sub(r"\]\([^)]*\)", "]", " ".join(paragraphs()))
    assert 900 <= len(text.split()) <= 1200


def test_every_chapter_is_linked_and_every_paragraph_leads_to_one():
    written = {path.name[:2] for path in (ROOT / "chapters").glob("*.ipynb")}
    assert set(re.findall(PRESENT, PAGE)) == written
    for target in re.findall(r"\]\((\S+?\.(?:ipynb|md))\)", PAGE):
        assert (ROOT / "book" / "pages" / target).exists(), target
    body = PAGE.split("## Twelve questions")[0]
    unlinked = [part for part in paragraphs() if part in body and not re.search(PRESENT, part)]
    assert unlinked == []


def test_the_page_shows_each_of_the_six_pictures_once_with_a_caption():
    shown = re.findall(r"^```\{picture\} (\S+)\n(.+?)```", PAGE, re.M | re.S)
    assert sorted(name for name, _ in shown) == [path.stem for path in PICTURES]
    assert len(shown) == 6
    for name, caption in shown:
        assert 1 <= len(re.findall(r"[.!?](?=\s)", caption)) <= 2, name


def test_the_page_ends_in_a_quiz_and_a_deck():
    assert PAGE.rstrip().endswith("```{deck} starter\n```")
    assert "```{quiz} overview\n```" in PAGE


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.stem)
def test_a_picture_is_legible_labelled_and_in_the_inks(path):
    root = ET.parse(path).getroot()
    assert 340 <= float(root.get("viewBox").split()[2]) <= 640
    assert len(root.get("aria-label").split()) >= 8
    assert root.get("aria-label") not in PAGE
    assert float(root.get("font-size")) / float(root.get("viewBox").split()[2]) * 260 > 12
    for element in root.iter():
        assert element.get("id") is None, "an id may occur twice on the page"
        for name in ("fill", "stroke"):
            colour = (element.get(name) or "none").lower()
            assert colour in INKS | {"none", "currentcolor"}, colour
        assert not re.search(r"fill|stroke|color", element.get("style", ""))
        assert element is root or element.get("font-size") is None


@pytest.mark.parametrize("name", overview.PICTURES)
def test_a_stored_picture_is_what_the_script_draws(name):
    stored = (overview.FOLDER / f"overview-{name}.svg").read_text(encoding="utf-8")
    assert stored == overview.PICTURES[name](), "run: python -m book.tools.overview"


def build(folder, source, **pictures):
    """The messages and the page of a site with this one page."""
    (folder / "book" / "figures").mkdir(parents=True, exist_ok=True)
    for name, text in pictures.items():
        (folder / "book" / "figures" / f"{name}.svg").write_text(text)
    (folder / "conf.py").write_text(CONF)
    (folder / "index.md").write_text(source)
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "html", str(folder), str(folder / "out")]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stderr, (folder / "out" / "index.html").read_text()


def test_a_picture_stands_in_the_page_and_follows_its_file(tmp_path):
    source = "# Home\n\n```{picture} loop\nA *short* caption.\n```\n"
    words, page = build(tmp_path, source, loop=overview.loop())
    assert words == ""
    assert '<figure class="book-figure drawn"><div class="picture">' in page
    assert re.search(r"</svg></div><figcaption>\s*<p>A <em>short</em> caption.</p>", page)
    assert 'aria-label="Four equal boxes' in page
    assert "var(--ink-blue)" in page and "#004c8c" not in page.lower()
    words, page = build(tmp_path, source, loop=overview.after())
    assert 'aria-label="Three rows' in page


BARE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"></svg>'


def test_a_picture_with_a_fault_is_a_warning_that_names_it(tmp_path):
    source = "# Home\n" + "".join(
        f"\n```{{picture}} {name}\nA caption.\n```\n" for name in ("gone", "bare", "torn")
    )
    words, page = build(tmp_path, source, bare=BARE, torn=BARE[:-4])
    for line, said in (
        (3, "there is no readable book/figures/gone.svg"),
        (7, "bare.svg has no aria-label"),
        (11, "torn.svg is not well-formed SVG"),
    ):
        assert re.search(rf"index\.md:{line}: WARNING: picture: {re.escape(said)}", words), words
    assert "<figure" not in page
