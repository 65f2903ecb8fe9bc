"""How pages are found and shown elsewhere: tags, structured data, cards, sitemap, 404 page."""

import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from docutils import nodes
from PIL import Image
from sphinx import addnodes

from book.ext import cards, meta
from book.ext.light import site_address
from book.tools.serve import serve
from tests.site.test_pages import CHAPTERS, PAGES

ROOT = Path(__file__).parents[2]
BASE = site_address(ROOT)
OUT = ("search.html", "404.html")  # not for search engines
SPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
CONF = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
extensions = ["myst_parser", "book.ext.cards", "book.ext.meta"]
html_theme, templates_path, html_title = "alabaster", ["templates"], "A & B"
html_baseurl = "BASE"
"""
LAYOUT = '{% extends "!layout.html" %}{% block extrahead %}{{ meta_tags }}{% endblock %}'
HOME = (
    "# Home\n\nA first sentence about the book. A second one that says more of it.\n\n"
    "```{toctree}\npage\n```\n"
)


class Head(HTMLParser):
    """The tags of a page's head: named contents, links, structured data."""

    def __init__(self, text):
        super().__init__()
        self.meta, self.links, self.data, self.inside = {}, {}, "", False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        have = dict(attributes)
        if tag == "meta" and "content" in have:
            self.meta.setdefault(have.get("name") or have.get("property"), have["content"])
        if tag == "link":
            self.links.setdefault(have["rel"], have["href"])
        self.inside = have.get("type") == "application/ld+json"

    def handle_data(self, data):
        self.data += data if self.inside else ""

    def handle_endtag(self, tag):
        self.inside = False


@pytest.fixture(scope="module")
def heads(site_folder):
    names = [*PAGES, *OUT]
    return {name: Head((site_folder / name).read_text(encoding="utf-8")) for name in names}


# ---- Pages --------------------------------------------------------------------------------


def size_of(path):
    with Image.open(path) as image:
        return image.size


def address(page):
    return BASE + ("" if page == "index.html" else page)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_says_what_it_is(heads, site_folder, page):
    head = heads[page]
    assert 50 <= len(head.meta["description"]) <= 160
    assert not re.search(r"[\\$\0]|\*\*|\]\(", head.meta["description"])
    assert head.links["canonical"] == head.meta["og:url"] == address(page)
    for name in ("og:title", "og:site_name", "og:type", "twitter:title", "twitter:image:alt"):
        assert head.meta[name], name
    assert head.meta["twitter:card"] == "summary_large_image"
    assert head.meta["og:image"] == head.meta["twitter:image"]
    card = site_folder / head.meta["og:image"].removeprefix(BASE)
    assert size_of(card) == (1200, 630)
    assert card.stat().st_size < 40_000
    icon = (site_folder / page).parent / head.links["apple-touch-icon"]
    assert size_of(icon) == (180, 180)


def test_no_two_pages_share_their_words(heads):
    for name in ("description", "og:title", "og:image", "og:url"):
        words = [heads[page].meta[name] for page in PAGES]
        assert len(set(words)) == len(words), name


def test_only_search_and_missing_pages_are_kept_out(heads):
    out = {page for page, head in heads.items() if head.meta.get("robots") == "noindex"}
    assert out == set(OUT)
    assert "canonical" not in heads["404.html"].links


def test_structured_data(heads):
    home = json.loads(heads["index.html"].data)
    assert (home["@context"], home["@type"], home["@id"]) == ("https://schema.org", "Course", BASE)
    assert home["license"].startswith("https://creativecommons.org/licenses/by/4.0")
    parts = {part["url"]: part for part in home["hasPart"]}
    assert list(parts) == [f"{BASE}{name}.html" for name in CHAPTERS]
    for name in CHAPTERS:
        chapter = json.loads(heads[f"{name}.html"].data)
        assert chapter["@type"] == "LearningResource" and chapter["isPartOf"]["@id"] == BASE
        assert chapter["position"] == int(name.split("/")[1][:2])
        assert chapter["name"] == heads[f"{name}.html"].meta["og:title"]
        part = parts[chapter["url"]]
        assert part.items() <= chapter.items()
        assert {"description", "learningResourceType", "license", "inLanguage", "author"} <= set(
            chapter
        )


def test_terms_belong_to_the_glossary(site_folder):
    glossary = address("book/pages/glossary.html")
    pages = sorted(site_folder.glob("glossary/*.html"))
    assert pages
    for path in pages:
        head = Head(path.read_text(encoding="utf-8"))
        data = json.loads(head.data)
        assert (data["@type"], data["inDefinedTermSet"]) == ("DefinedTerm", glossary)
        assert head.meta["description"].startswith(data["name"]), path


def test_sitemap_robots_and_manifest(site_folder):
    tree = ElementTree.parse(site_folder / "sitemap.xml").getroot()
    listed = [loc.text for loc in tree.iter(f"{SPACE}loc")]
    made = [path.relative_to(site_folder).as_posix() for path in site_folder.rglob("*.html")]
    assert set(listed) == {address(page) for page in made} - set(map(address, OUT))
    assert set(map(address, PAGES)) <= set(listed) and len(set(listed)) == len(listed)
    assert f"Sitemap: {BASE}sitemap.xml" in (site_folder / "robots.txt").read_text()
    manifest = json.loads((site_folder / "manifest.webmanifest").read_text())
    for icon in manifest["icons"]:
        assert icon["sizes"] == "x".join(map(str, size_of(site_folder / icon["src"])))
    assert {"any", "maskable"} == {icon["purpose"] for icon in manifest["icons"]}


# ---- Descriptions -------------------------------------------------------------------------


def paragraph(*parts):
    made = nodes.paragraph()
    made += [nodes.Text(part) if isinstance(part, str) else part for part in parts]
    return made


def page_of(*paragraphs):
    return nodes.section("", nodes.title("", "Title"), *paragraphs)


def link(domain, kind, words, explicit=False):
    made = addnodes.pending_xref(refdomain=domain, reftype=kind, refexplicit=explicit)
    made += nodes.inline("", words)
    return made


def test_a_sentence_with_a_formula_is_left_out():
    formula = nodes.math("", "h_t = 1")
    doctree = page_of(
        paragraph("Short ", formula, ". The network keeps what it has read in a state. "),
        paragraph("The state is a list of numbers, and it is small."),
    )
    assert meta.first_words(doctree) == (
        "The network keeps what it has read in a state. "
        "The state is a list of numbers, and it is small."
    )


def test_citations_and_unnamed_links_are_not_words():
    cited = link("cite", "p", "elman1990")
    unnamed, named = link("std", "ref", "ch-lstm"), link("std", "ref", "chapter 5", explicit=True)
    doctree = page_of(
        paragraph(
            "As ", unnamed, " shows. It was found in sentences ", cited, ", once and again, "
        ),
        paragraph(
            "Then came ", named, ", the cell that keeps its state for a long time ", cited, "."
        ),
    )
    words = meta.first_words(doctree)
    assert words == "Then came chapter 5, the cell that keeps its state for a long time."


def test_captions_lists_and_boxes_are_not_the_text():
    note = nodes.note("", paragraph("A box that stands first and has more than fifty characters."))
    assert meta.first_words(page_of(note, paragraph("Too short."))) == ""


def test_a_term_is_described_by_its_definition():
    body = '<h1>Lag</h1><p>How many steps lie <em>between</em> a &amp; b. Then <span class="math">x'
    assert meta.words_in(f"{body}</span> follows.</p>", "Lag") == (
        "Lag: How many steps lie between a & b."
    )
    assert meta.words_in('<p><span class="math">x</span>.</p>', "Lag").startswith("Lag: what it")


def test_long_words_are_cut_between_words():
    text = meta.first_words(page_of(paragraph("memory " * 40 + "ends.")))
    assert len(text) <= 160 and text.endswith("memory…")


def test_text_cannot_leave_its_place():
    hostile = '</script><!--"<b>&\u2028'
    block = meta.data_block({"name": hostile})
    assert block.count("<") == 2 and "\u2028" not in block
    assert json.loads(block.split(">", 1)[1].rsplit("<", 1)[0]) == {"name": hostile}
    assert meta.element("meta", content=hostile).count("<") == 1
    assert '"<' not in meta.element("meta", content=hostile)


@pytest.fixture
def build(tmp_path):
    """build(text of a page) gives (status, words, head of the page) of a small site."""

    def make(text, base="https://x.example/y"):
        (tmp_path / "templates").mkdir(exist_ok=True)
        (tmp_path / "templates" / "layout.html").write_text(LAYOUT)
        (tmp_path / "conf.py").write_text(CONF.replace("BASE", base))
        (tmp_path / "index.md").write_text(HOME)
        (tmp_path / "page.md").write_text(text)
        command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html"]
        done = subprocess.run(
            [*command, str(tmp_path), str(tmp_path / "out")], capture_output=True, text=True
        )
        page = (tmp_path / "out" / "page.html").read_text(encoding="utf-8")
        return done.returncode, done.stderr, Head(page)

    make.folder = tmp_path / "out"
    return make


def test_a_description_of_its_own_wins_and_is_escaped(build):
    words = 'A page about "quotes" & <angles>, which have to arrive as they are.'
    front = f"---\ndescription: '{words}'\n---\n# On \"quotes\" & more\n\nSomething else.\n"
    status, said, head = build(front)
    assert status == 0, said
    assert head.meta["description"] == head.meta["og:description"] == words
    assert head.meta["og:title"] in ('On "quotes" & more', "On “quotes” & more")
    assert json.loads(head.data)["description"] == words
    assert head.links["canonical"] == "https://x.example/y/page.html"


def test_without_a_repository_no_address_is_made_up(build):
    status, said, head = build(
        "# Page\n\nA sentence that is long enough to describe the page.\n", base=""
    )
    assert status == 0, said
    assert not {"og:url", "og:image", "twitter:image"} & set(head.meta)
    assert "canonical" not in head.links and "@id" not in json.loads(head.data)


@pytest.mark.parametrize(
    "text, said",
    [
        ("# Page\n\n$x$\n", "page: no description could be made"),
        ("---\ndescription: Short.\n---\n# Page\n", "page: its description has 6 characters"),
    ],
)
def test_a_page_without_words_is_named(build, text, said):
    status, words, _ = build(text)
    assert status != 0 and said in words


# ---- Cards --------------------------------------------------------------------------------


def test_a_card_is_drawn_only_when_its_words_change(tmp_path):
    path = tmp_path / "card.png"
    assert cards.save_card(path, "A title", "over")
    assert not cards.save_card(path, "A title", "over")
    assert cards.save_card(path, "Another title", "over")
    path.write_bytes(b"broken")
    assert cards.save_card(path, "Another title", "over")


@pytest.mark.parametrize("title", ["GRU", "word " * 18, "Backpropagationthroughtimewithoutspaces"])
def test_titles_stay_inside_the_card(tmp_path, title):
    cards.save_card(tmp_path / "card.png", title, "Chapter 9")
    with Image.open(tmp_path / "card.png") as card:
        image = card.convert("L")
    edges = [image.crop((1200 - 40, 20, 1200, 630)), image.crop((0, 20, 40, 630))]
    assert all(edge.getextrema() == (255, 255) for edge in edges), "words touch the edge"
    assert image.crop((84, 120, 1116, 390)).getextrema()[0] < 80, "no title was drawn"
    assert image.crop((84, 386, 1116, 394)).getextrema() == (255, 255), "the title meets the chain"


def test_cards_of_pages_that_are_gone_go_too(build):
    build("# Page\n\nA sentence that is long enough to describe the page.\n")
    old = build.folder / "_static" / "cards" / "old.png"
    old.write_bytes(b"")
    build("# Page\n\nA sentence that is long enough to describe it again.\n")
    assert not old.exists() and (old.parent / "page.png").exists()


# ---- The 404 page -------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_missing_page_leads_back_from_any_depth(browser, site_folder, scheme):
    path = urlsplit(BASE).path
    with serve(site_folder) as url:
        page = browser.new_page(color_scheme=scheme, viewport={"width": 360, "height": 740})
        failed = []
        page.on("requestfailed", lambda request: failed.append(request.url))
        answer = page.goto(f"{url.rstrip('/')}{path}a/b/c/nothing.html")
        assert answer.status == 404
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 24, 29)"}[scheme]
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        links = page.eval_on_selector_all("a", "all => all.map((a) => a.href)")
        assert len(links) == 1 + len(CHAPTERS)
        for link in links:
            assert page.request.get(link).status == 200, link
        assert not failed
        page.fill("input[name=q]", "saturation")
        page.press("input[name=q]", "Enter")
        page.wait_for_url("**/search.html?q=saturation")
        assert urlsplit(page.url).path == f"{path}search.html"
        page.close()
