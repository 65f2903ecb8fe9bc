"""Every built page: quiet, whole, readable on a phone, with links that lead somewhere."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest
import yaml

from book.tools.serve import published_path

ROOT = Path(__file__).parents[2]
TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
FILES = [TOC["root"], *(c["file"] for part in TOC["parts"] for c in part["chapters"])]
PAGES = [f"{name}.html" for name in FILES]
CHAPTERS = [name for name in FILES if name.startswith("chapters/")]
WITH_FORMULAS = [*CHAPTERS, "book/pages/notation"]
BLUE = {"light": "rgb(0, 76, 140)", "dark": "rgb(108, 176, 238)"}

# Text that a reader sees, without code and without the TeX that MathML carries along.
SEEN = """() => {
  const walker = document.createTreeWalker(document.querySelector("article"), 4), found = [];
  while (walker.nextNode()) {
    const inside = walker.currentNode.parentElement;
    if (!inside.closest("code, pre, script, style, annotation, svg")) {
      found.push(walker.currentNode.data);
    }
  }
  return found.join("\\n");
}"""


class Links(HTMLParser):
    """The ids of a page, its links and what it loads."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.links, self.loads = set(), [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        have = dict(attributes)
        if have.get("id"):
            self.ids.add(have["id"])
        if tag == "a" and have.get("href"):
            self.links.append(have["href"])
        loaded = have.get("href") if tag == "link" else have.get("src")
        if loaded and have.get("rel") not in ("canonical", "next", "prev"):
            self.loads.append(loaded)


@pytest.fixture(scope="module")
def parsed(site_folder):
    """path -> Links, for every HTML file of the site."""
    return {
        path.relative_to(site_folder).as_posix(): Links(path.read_text(encoding="utf-8"))
        for path in sorted(site_folder.rglob("*.html"))
        if "_static" not in path.parts
    }


def internal(page, link):
    """(page, anchor) that a link leads to within the site, or None."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return None
    path = urlsplit(urljoin(f"http://site/{page}", link)).path
    path = path.removeprefix(published_path()).removeprefix("/")
    anchor = unquote(parts.fragment).split("?")[0]  # after that stand a live figure's settings
    return unquote(path) or "index.html", anchor


def test_every_internal_link_leads_somewhere(parsed, site_folder):
    broken = []
    for page, content in parsed.items():
        for link in content.links:
            goal = internal(page, link)
            if goal is None:
                continue
            path, anchor = goal
            if not (site_folder / path).is_file():
                broken.append(f"{page}: {link} leads to no file")
            elif anchor and path in parsed and anchor not in parsed[path].ids:
                broken.append(f"{page}: {link} leads to no anchor")
    assert not broken, "\n".join(broken)


def test_pages_load_from_their_own_site_only(parsed):
    foreign = [
        f"{page}: {link}"
        for page, content in parsed.items()
        for link in content.loads
        if urlsplit(link).netloc
    ]
    assert not foreign, "\n".join(foreign)


def test_only_pages_with_live_figures_load_their_runtime(parsed, site_folder):
    for page in parsed:
        text = (site_folder / page).read_text(encoding="utf-8")
        loads = re.search(r'data-then="[^"]*\blive\.js', text) is not None
        assert loads == ("data-figure=" in text), page


def test_fontawesome_and_mathjax_are_gone(site_folder):
    assert not list(site_folder.rglob("fontawesome.js"))
    for path in site_folder.rglob("*.html"):
        assert "mathjax@" not in path.read_text(encoding="utf-8").lower(), path


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page", [*PAGES, "search.html"])
def test_page_is_quiet(visit, page, scheme):
    opened = visit(page, scheme=scheme)
    opened.page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    opened.page.wait_for_timeout(150)
    assert not opened.problems, "\n".join(opened.problems)


@pytest.mark.parametrize("page", [*PAGES, "search.html"])
def test_phone_does_not_scroll_sideways(visit, page):
    opened = visit(page, width=360, height=780)
    width = opened.page.evaluate("document.documentElement.scrollWidth")
    wide = opened.page.evaluate(
        """() => [...document.querySelectorAll("main *")]
             .filter((e) => !e.closest(".katex svg, .katex .hide-tail")) // cut off by their boxes
             .filter((e) => e.getBoundingClientRect().left < -1).map((e) => e.className)"""
    )
    assert width <= 360, f"{page} is {width} px wide on a screen of 360"
    assert not wide, f"{page} has parts left of the screen: {wide[:5]}"


def test_an_address_leads_to_its_place(visit, site_folder):
    """Although what is far from the screen has no size of its own yet."""
    text = (site_folder / "chapters/10-gradients.html").read_text(encoding="utf-8")
    places = re.findall(r'id="((?:equation-eq|ex|sec)-[^"]*)"', text)[::2]
    assert len(places) > 4
    for place in places:
        page = visit(f"chapters/10-gradients.html#{place}", width=390, height=800).page
        page.wait_for_timeout(500)
        box = page.locator(f"[id='{place}']").bounding_box()
        at_end = "scrollY + innerHeight > document.documentElement.scrollHeight - 5"
        assert -20 <= box["y"] <= 300 or page.evaluate(at_end), place


@pytest.mark.parametrize("page", PAGES)
def test_no_formula_is_left_unset(visit, page):
    opened = visit(page)
    seen = opened.page.evaluate(SEEN)
    left = re.findall(r".{0,30}(?:\\\(|\\\[|\$[^$\n]+\$|\\(?:frac|sigma|mathbf)\b).{0,30}", seen)
    assert not left, f"{page} shows raw TeX: {left[:3]}"
    assert opened.page.locator(".katex-error").count() == 0


@pytest.mark.parametrize("name", WITH_FORMULAS)
def test_formulas_are_html_and_mathml(visit, name):
    page = visit(f"{name}.html").page
    count = page.locator(".katex").count()
    assert count > 0, f"{name} has no formula"
    assert page.locator(".katex .katex-html").count() == count
    assert page.locator(".katex math").count() == count
    family = page.evaluate("document.fonts.check('16px KaTeX_Math')")
    assert family, "the fonts of the formulas did not load"


def stored_lines(name):
    """The first printed line of each shown cell of a chapter."""
    notebook = json.loads((ROOT / f"{name}.ipynb").read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        tags = cell["metadata"].get("tags", [])
        if {"remove-cell", "remove-output"} & set(tags):
            continue
        for output in cell.get("outputs", []):
            text = output.get("text") or output.get("data", {}).get("text/plain", "")
            only_text = "text" in output or set(output.get("data", {})) == {"text/plain"}
            lines = [line for line in "".join(text).splitlines() if line.strip()]
            if lines and only_text:
                yield lines[0]


@pytest.mark.parametrize("name", CHAPTERS)
def test_chapter_shows_what_its_cells_printed(visit, name):
    page = visit(f"{name}.html").page
    shown = " ".join(page.locator("article").inner_text().split())
    hidden = " ".join(page.locator("article").text_content().split())
    lines = list(stored_lines(name))
    assert lines, f"{name} has no stored output: run `make run`"
    for line in lines:
        words = " ".join(line.split())
        assert words in shown or words in hidden, f"{name} does not show {line!r}"


@pytest.mark.parametrize("name", CHAPTERS)
def test_figures_have_a_name_and_a_caption(visit, name):
    page = visit(f"{name}.html").page
    figures = page.locator("figure.book-figure:not(.live)")
    assert figures.count() > 0, f"{name} has no figure"
    for figure in figures.all():
        label = figure.locator("svg[role=img]").first.get_attribute("aria-label")
        assert len(label.split()) >= 8, label
        assert figure.locator("figcaption").text_content().strip()
    assert page.locator("article img:not(.still img)").count() == 0, (
        "a figure is not part of the page"
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_inks_follow_light_and_dark(visit, scheme):
    page = visit("index.html", scheme=scheme).page
    arrow = page.locator(".part-picture [stroke='var(--ink-blue)']").first
    assert arrow.evaluate("e => getComputedStyle(e).stroke") == BLUE[scheme]


def test_switch_turns_the_page_dark(visit):
    page = visit("index.html", scheme="light").page
    arrow = page.locator(".part-picture [stroke='var(--ink-blue)']").first
    seen = set()
    for _ in range(3):
        page.locator("#switch-theme").click()
        seen.add(arrow.evaluate("e => getComputedStyle(e).stroke"))
    assert seen == set(BLUE.values())
