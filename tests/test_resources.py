"""The page of resources: its entries, and what the directive says of a bad one."""

import re
import subprocess
import sys
from datetime import date
from itertools import chain
from urllib.parse import urlsplit

import pytest
import yaml
from pybtex.database import parse_file, parse_string

from book.ext import resources
from book.tools.notebooks import ROOT

GROUPS = resources.read(ROOT)
ENTRIES = list(chain.from_iterable(group["entries"] for group in GROUPS))
WORKS = parse_file(ROOT / resources.BIBLIOGRAPHY).entries
PAGE = (ROOT / "book/pages/resources.md").read_text(encoding="utf-8")
OPEN = ("/10.1073/", "/10.3115/")  # the Proceedings of the NAS and the ACL's, free to all
BY_NAME = pytest.mark.parametrize("entry", ENTRIES, ids=resources.name_of)
CONF = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
extensions = ["myst_nb", "sphinxcontrib.bibtex", "book.ext.resources"]
bibtex_bibfiles = ["book/references.bib"]
bibtex_reference_style = "author_year"
exclude_patterns = ["out"]
"""
INDEX = "# Home\n\nSee [it](#resource-a-talk).\n\n```{resources}\n```\n\n```{bibliography}\n```\n"
BIB = (
    "@misc{a2000, author={Doe, Ann}, title={On {RNNs}}, year={2000}, doi={10.1/a}}\n"
    "@misc{b2001, author={Roe, Bo}, title={Lost}, year={2001}}\n"
)
GOOD = [
    {"cite": "a2000", "level": "in depth", "why": "It is *short*.", "free": "https://a.org/f"},
    {"title": "A talk", "by": "Ann Doe", "year": 2001, "url": "https://a.org/t",
     "level": "research", "why": "It is long.", "paid": True},
]  # fmt: skip


def address(entry):
    return entry["url"] if "url" in entry else resources.link_of(WORKS[entry["cite"]])


def test_the_page_has_a_choice_of_each_kind():
    assert 40 <= len(ENTRIES) <= 60
    names = " ".join(group["group"] for group in GROUPS).lower()
    for kind in ("papers", "books", "courses", "articles", "code", "tools"):
        assert kind in names
    for group in GROUPS:
        assert set(group) == {"group", "sentence", "entries"}
        assert group["sentence"].endswith(".")
        assert 3 <= len(group["entries"]) <= 10, group["group"]
    assert {entry["level"] for entry in ENTRIES} == set(resources.LEVELS)


@BY_NAME
def test_an_entry_is_well_formed_and_gives_its_reason(entry):
    assert list(resources.problems(entry, WORKS)) == []
    assert 60 <= len(entry["why"]) <= 300
    assert entry["why"].endswith((".", ".)"))
    assert "—" not in entry["why"]


@BY_NAME
def test_a_year_is_plausible(entry):
    year = WORKS[entry["cite"]].fields["year"] if "cite" in entry else entry["year"]
    assert year in resources.LASTING or 1980 <= int(year) <= date.today().year


@BY_NAME
def test_an_address_is_plain(entry):
    for url in filter(None, (address(entry), entry.get("free"))):
        parts = urlsplit(url)
        assert parts.scheme == "https"
        assert "." in parts.netloc
        assert not parts.query or parts.netloc == "openreview.net", "a tracking parameter?"
        assert not parts.fragment


@BY_NAME
def test_where_a_publisher_may_ask_for_payment_the_entry_says_so(entry):
    place = urlsplit(address(entry))
    is_open = place.path.startswith(OPEN)
    assert entry.get("paid") or is_open or place.netloc != "doi.org"


def test_each_address_and_each_work_is_named_once():
    addresses = [url for e in ENTRIES for url in (address(e), e.get("free")) if url]
    assert len(addresses) == len(set(addresses))
    anchors = [resources.anchor(entry) for entry in ENTRIES]
    assert len(anchors) == len(set(anchors))


def test_papers_stand_in_the_bibliography_and_nothing_of_it_is_said_twice():
    papers = [e for g in GROUPS if g["group"].startswith("Papers") for e in g["entries"]]
    assert all("cite" in entry for entry in papers)
    known = {resources.title_of(work).lower() for work in WORKS.values()}
    assert not [e["title"] for e in ENTRIES if "title" in e and e["title"].lower() in known]


def test_the_first_three_for_each_reader_are_entries_of_the_page():
    wanted = re.findall(r"\(#(resource-[\w-]+)\)", PAGE)
    assert len(wanted) == 9
    assert set(wanted) <= {resources.anchor(entry) for entry in ENTRIES}


def test_chapters_named_by_an_entry_exist():
    for entry in ENTRIES:
        for path in re.findall(r"\]\(([^)]+)\)", entry["why"]):
            assert (ROOT / "book/pages" / path).is_file(), path


def test_the_page_shows_links_facts_and_citations(tmp_path):
    status, words, page = build(tmp_path, GOOD)
    assert status == 0, words
    assert '<dt id="resource-a2000"><a class="reference external"' in page
    assert 'href="https://doi.org/10.1/a">On RNNs</a>' in page
    assert re.search(r'Doe \[<a class="reference internal" href="#[^>]*>2000</a>\]', page)
    assert '<a class="reference external" href="https://a.org/f">free copy</a>' in page
    assert "Ann Doe, 2001" in page
    assert '<span class="resource-level">research</span> · may ask for payment' in page
    assert "It is <em>short</em>." in page
    assert page.count('<div class="citation"') == 1, "a work is cited, so the references list it"


def test_a_bad_entry_is_told_and_left_out(tmp_path):
    status, words, page = build(tmp_path, [GOOD[0] | {"cite": "c2002"}, {"by": "Bo"}, GOOD[1]])
    assert status != 0
    assert f"{resources.FILE}, c2002: book/references.bib has no entry c2002" in words
    assert f"{resources.FILE}, an entry without a title: why is missing" in words
    assert page.count("<dt") == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, None),
        ({"cite": "b2001"}, "book/references.bib has neither url nor doi for b2001"),
        ({"level": "hard"}, "level 'hard'; expected one of first steps, in depth, research"),
        ({"title": "Twice"}, "title does not belong here"),
        ({"year": "soon"}, "year 'soon'; expected a number or one of every year, kept up to date"),
        ({"free": "http://a.org"}, "free 'http://a.org'; expected an address with https"),
    ],
)
def test_what_is_wrong_with_an_entry_is_said(change, said):
    found = list(resources.problems(GOOD[0] | change, parse_string(BIB, "bibtex").entries))
    assert said in found if said else found == []


def build(folder, entries):
    """A site of one page with these entries: (status, warnings, the page as HTML)."""
    (folder / "book/study").mkdir(parents=True)
    groups = [{"group": "Papers", "sentence": "Two works.", "entries": entries}]
    (folder / resources.FILE).write_text(yaml.safe_dump(groups))
    (folder / resources.BIBLIOGRAPHY).write_text(BIB)
    (folder / "conf.py").write_text(CONF)
    (folder / "index.md").write_text(INDEX)
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "-n", "--keep-going", "-b", "html"]
    done = subprocess.run(
        [*command, str(folder), str(folder / "out")], capture_output=True, text=True
    )
    return done.returncode, done.stderr, (folder / "out/index.html").read_text()
