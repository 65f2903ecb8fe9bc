"""The printed book: order, outline, links, stills, metadata; one small book, and the whole."""

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pypdf import PdfReader

from book.ext.theme import style_sheet
from book.tools import one_page, pdf
from book.tools.notebooks import ROOT

PAGE = "<html><body><header>bar</header><main><article>{}</article></main></body></html>"
FIRST = """<section id="first"><h1><span class="chapter-number">Chapter 1 </span>First steps
<a class="headerlink" href="#first">#</a></h1><p id="here">Words, see
<a href="05-b.html#deep">deeper</a>,
<a href="../glossary/gate.html">gate</a>, <a href="#gone">nowhere</a> and
<a href="https://example.org/x">a paper</a>.</p>
<figure class="book-figure live"><div class="picture"><div class="still" hidden><svg role="img"
viewBox="0 0 90 20" width="90"><text y="12">STILL</text></svg></div>
<div class="live-place">MOVING</div>
</div></figure><details><summary>Hint</summary><p>Unfolded.</p></details>
<section id="more"><h2>More &amp; more</h2><p>Text.</p></section><script>no</script></section>"""
SECOND = """<section id="second"><h1><span class="chapter-number">Chapter 5 </span>Second</h1>
<div style="height: 250mm">Long.</div>
<section id="deep"><h2>Deep</h2><p>At the end.</p></section></section>"""
TOC = """root: index
parts:
  - caption: Start
    chapters: [{file: chapters/01-a}]
  - caption: Then
    chapters: [{file: chapters/05-b}, {file: book/pages/offline, title: Offline}]
"""


def browser():
    try:
        return pdf.find_browser()
    except pdf.PrintError as error:
        if os.environ.get("RNNBOOK_CI") == "1":
            pytest.fail(str(error))
        pytest.skip(str(error))


def elsewhere(f, *values):
    """Runs in a thread of its own: playwright may run already in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(f, *values).result()


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """Two chapters and a page that is left out."""
    root = tmp_path_factory.mktemp("book")
    site = root / "_build" / "html"
    for name, body in (("01-a", FIRST), ("05-b", SECOND)):
        path = site / "chapters" / f"{name}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(PAGE.format(body), encoding="utf-8")
    (site / "_static" / "fonts").mkdir(parents=True)
    for font in (ROOT / "book" / "vendor" / "fonts").glob("*.woff2"):
        shutil.copy(font, site / "_static" / "fonts")
    (site / "_static" / "book-math.css").write_text(style_sheet(), encoding="utf-8")
    (root / "_toc.yml").write_text(TOC)
    (root / "_config.yml").write_text('title: A book\nauthor: Somebody\ncopyright: "2026"\n')
    return one_page.read_book(root)


@pytest.fixture(scope="module")
def printed(book, tmp_path_factory):
    target = tmp_path_factory.mktemp("pdf") / "book.pdf"
    elsewhere(pdf.make, book, target, browser())
    return PdfReader(target)


def outline(reader, entries=None, level=0):
    for entry in reader.outline if entries is None else entries:
        if isinstance(entry, list):
            yield from outline(reader, entry, level + 1)
        else:
            yield level, entry.title, reader.get_destination_page_number(entry)


def text(reader, sheet):
    return " ".join(reader.pages[sheet].extract_text().split())


def test_outline_leads_to_the_sheets(printed):
    assert list(outline(printed)) == [
        (0, "Start", 2),
        (1, "1 First steps", 3),
        (2, "More & more", 3),
        (0, "Then", 4),
        (1, "5 Second", 5),
        (2, "Deep", 6),
    ]
    assert "Deep" in text(printed, 6) and "Second" in text(printed, 5)


def test_contents_carry_page_numbers(printed):
    contents = text(printed, 1)
    assert "More & more 4" in contents and "5 Second 6" in contents and "Deep 7" in contents
    assert one_page.UNKNOWN not in contents


def test_title_and_author(printed):
    assert (printed.metadata.title, printed.metadata.author) == ("A book", "Somebody")
    assert "A book" in text(printed, 0)


def test_live_figures_are_stills_and_nothing_is_folded(printed):
    said = text(printed, 3)
    assert "STILL" in said and "MOVING" not in said
    assert "Unfolded." in said and "bar" not in said.split()
    assert "(https://example.org/x)" in said


def test_sheets_are_a4_with_number_and_running_head(printed):
    for page in printed.pages:
        assert [round(float(side)) for side in page.mediabox[2:]] == [595, 842]
    assert text(printed, 5).startswith("5 Second Then 6 ")  # the margins come first


def test_links_between_chapters(printed):
    goals = [
        note.get_object()["/Dest"].lstrip("/")
        for note in printed.pages[3]["/Annots"]
        if "/Dest" in note.get_object()
    ]
    assert goals == ["chapters-05-b--deep"]
    assert pdf.sheets(printed)["chapters-05-b--deep"] == 6


def test_fonts_are_embedded(printed):
    seen = set()
    for page in printed.pages:
        for font in page["/Resources"].get("/Font", {}).values():
            font = font.get_object()
            seen.add(font["/Subtype"])
            if font["/Subtype"] == "/Type0":
                descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"]
                assert "/FontFile2" in descriptor or "/FontFile3" in descriptor, font["/BaseFont"]
            else:
                assert font["/Subtype"] == "/Type3"  # drawn in the file itself
    assert "/Type0" in seen


def test_where_links_lead(book):
    assert one_page.goal(book, "chapters/01-a", "05-b.html#deep") == "#chapters-05-b--deep"
    assert one_page.goal(book, "chapters/01-a", "../index.html") == "#contents"
    assert one_page.goal(book, "chapters/01-a", "https://x.org/") == "https://x.org/"
    assert one_page.goal(book, "chapters/01-a", "../glossary/gate.html") is None
    document, _ = one_page.compose(book)
    assert "nowhere" in document and 'href="#chapters-01-a--gone"' not in document
    assert "<script" not in document


def test_a_missing_page_is_named(book, tmp_path):
    empty = one_page.Book(book.title, "", "", "", book.parts, tmp_path)
    with pytest.raises(one_page.MissingPage, match=r"01-a\.html is missing.*make book"):
        one_page.compose(empty)


def test_what_the_site_lacks_is_named(book, tmp_path):
    site = Path(shutil.copytree(book.site, tmp_path / "site"))
    (site / "_static" / "book-math.css").unlink()
    broken = one_page.Book("A", "", "", "", book.parts, site)
    with pytest.raises(pdf.PrintError, match=r"the site lacks .*book-math\.css"):
        elsewhere(pdf.make, broken, tmp_path / "book.pdf", browser())


def test_no_browser_is_said(monkeypatch):
    monkeypatch.setattr(pdf.shutil, "which", lambda name: None)
    monkeypatch.delenv("RNNBOOK_BROWSER", raising=False)
    with pytest.raises(pdf.PrintError, match="apt install chromium.*RNNBOOK_BROWSER"):
        pdf.find_browser()
    monkeypatch.setenv("RNNBOOK_BROWSER", "/no/such")
    with pytest.raises(pdf.PrintError, match="/no/such is no program"):
        pdf.find_browser()


@pytest.mark.long
def test_the_whole_book(tmp_path):
    browser()
    done = subprocess.run([sys.executable, "-m", "book.tools.site"], cwd=ROOT, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    target = tmp_path / "rnnbook.pdf"
    command = [sys.executable, "-m", "book.tools.pdf", "--output", target]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    reader = PdfReader(target)
    titles = [title for level, title, _ in outline(reader) if level == 1]
    assert len(titles) == len(one_page.read_book().pages()) and len(reader.pages) > 50
