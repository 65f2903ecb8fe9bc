"""The pages of the glossary's terms, and the links from the chapters to them."""

import re
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import expect

from book.ext.terms import Finder, slug
from book.ext.theme import EARLY_FONT

TEACHING = (
    *("chapters/01-sequences", "chapters/05-lstm", "chapters/10-gradients"),
    "book/pages/overview",
)
HEADINGS = {"h1", "h2", "h3", "h4", "pre", "code", "figure", "figcaption", "summary", "math"}


class Links(HTMLParser):
    """The links of a page with what they stand in, its ids and its definition."""

    def __init__(self, text):
        super().__init__()
        self.open, self.links, self.ids, self.definition = [], [], set(), ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        have = dict(attributes)
        self.ids.add(have.get("id"))
        if tag == "a" and have.get("href"):
            inside = {name for name, _ in self.open}
            self.links.append((have["href"], set((have.get("class") or "").split()), inside))
        if tag not in ("img", "br", "meta", "link", "input", "hr"):
            self.open.append((tag, have.get("class") or ""))

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if ("div", "definition") in self.open:
            self.definition += data


@pytest.fixture(scope="module")
def terms(site_folder):
    """The names of the terms as the glossary page shows them."""
    text = (site_folder / "book/pages/glossary.html").read_text(encoding="utf-8")
    return re.findall(r'<dt id="term-[^"]*"><a class="[^"]*term-page[^"]*"[^>]*>([^<]+)</a>', text)


@pytest.fixture(scope="module")
def pages(site_folder):
    folders = ("glossary", "chapters", "exercises/student")
    found = [page for folder in folders for page in site_folder.glob(f"{folder}/*.html")]
    found += [*site_folder.glob("book/pages/*.html"), site_folder / "index.html"]
    return {
        path.relative_to(site_folder).as_posix(): Links(path.read_text(encoding="utf-8"))
        for path in found
    }


def test_every_term_has_a_page_with_its_definition(terms, pages):
    assert len(terms) >= 90
    for name in terms:
        page = pages[f"glossary/{slug(name)}.html"]
        assert len(page.definition.split()) >= 4, name
    assert len(terms) == sum(name.startswith("glossary/") for name in pages)


def test_every_link_of_a_term_page_leads_somewhere(pages):
    for name, page in pages.items():
        if not name.startswith("glossary/"):
            continue
        inner = [link for link, _, tags in page.links if "article" in tags]
        for link in inner:
            goal = urlsplit(urljoin(f"http://site/{name}", link))
            path = goal.path.removeprefix("/")
            assert path in pages, f"{name}: {link}"
            assert not goal.fragment or goal.fragment in pages[path].ids, f"{name}: {link}"


def test_a_term_page_leads_back_to_the_sections_that_use_it(pages):
    links = {link for link, *_ in pages["glossary/jacobian.html"].links}
    assert "../chapters/10-gradients.html#the-product-that-carries-a-gradient" in links
    assert "../book/pages/notation.html#layout" in links
    assert not any("01-sequences.html#" in link for link in links)


def test_every_term_is_used_by_a_chapter(site_folder):
    """A term that is found nowhere goes by another name there: it lacks a form in `terms.py`."""
    found = site_folder.glob("glossary/*.html")
    unused = {page.stem for page in found if "No chapter uses it yet" in page.read_text("utf-8")}
    assert unused <= {"vocabulary"}  # that is for the notation page, which gives its letter


def test_a_term_page_asks_for_its_font_before_its_first_line(pages, site_folder, visit):
    for name in filter(re.compile("glossary/").match, pages):
        head = (site_folder / name).read_text("utf-8").partition("<body")[0]
        assert head.index("@font-face") < head.index(EARLY_FONT), name
    page = visit("glossary/candidate.html").page
    assert page.evaluate(f"{EARLY_FONT}.then((faces) => faces.length)"), "no font of that name"


def test_a_word_of_every_day_is_no_use_of_a_term(pages):
    links = {link for link, *_ in pages["glossary/gain.html"].links}
    assert any(link.startswith("../chapters/10-gradients.html#") for link in links)
    for everyday in ("01-sequences", "08-batching"):  # 8 has a variable of that name, for a ratio
        assert not any(link.startswith(f"../chapters/{everyday}.html#") for link in links)


@pytest.mark.parametrize("name", TEACHING)
def test_a_page_that_teaches_links_each_term_once_and_in_prose(pages, name):
    links = [(link, tags) for link, kinds, tags in pages[f"{name}.html"].links
             if "term" in kinds]  # fmt: skip
    goals = [link for link, _ in links]
    assert len(goals) >= 5
    assert len(goals) == len(set(goals)), "a term is linked twice"
    for link, tags in links:
        assert not tags & HEADINGS, f"{link} stands in {tags & HEADINGS}"


def test_a_term_page_is_read_and_left_again(visit):
    opened = visit("glossary/cell-state.html")
    page = opened.page
    expect(page.get_by_role("heading", level=1)).to_have_text("Cell state")
    assert page.evaluate("document.fonts.check('16px KaTeX_Math')"), "the formula is not set"
    page.get_by_role("link", name="1997: add instead of rewriting").first.click()
    page.wait_for_url("**/chapters/05-lstm.html#add-instead-of-rewriting")
    assert not opened.problems, "\n".join(opened.problems)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("two forget gates and a gate", ["forget gate", "gate"]),
        ("At every time-step the read out", ["time step", "read-out"]),
        ("orthogonal\nmatrices, half-lives", ["orthogonal matrix", "half-life"]),
        ("Chrono initialization", ["chrono initialisation"]),
        ("batches; vocabularies", ["batch", "vocabulary"]),
        ("gateway, batched, a seeded run", []),
        ("a timestep", []),
    ],
)
def test_terms_are_found_in_their_forms(text, found):
    finder = Finder(
        ["gate", "forget gate", "time step", "read-out", "orthogonal matrix", "half-life", "batch",
         "chrono initialisation", "vocabulary", "seed"]
    )  # fmt: skip
    assert [name for name, _, _ in finder(text)] == found
