"""Print the whole book as one PDF: ``python -m book.tools.pdf``, from the built website.

Chromium prints one document that holds every page of the site (book.tools.one_page), twice: the
first sheets tell on which page each chapter stands, the second have that in their contents. No
script runs, so live figures are the stills that they bring. pypdf adds outline and metadata.
"""

import argparse
import logging
import os
import shutil
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

from book.tools import one_page
from book.tools.notebooks import ROOT

PDF = ROOT / "_build" / "pdf" / "rnnbook.pdf"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SWITCHES = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
ADDRESS = "http://book.invalid/"  # answered from the folder of the site; nothing is fetched
DOCUMENT = ADDRESS + "printed.html"
MINUTES = 10
NO_BROWSER = (
    "No Chromium was found, and it prints the book. Install one (on Debian and Ubuntu: apt install "
    "chromium) or name it: RNNBOOK_BROWSER=/path/to/chromium make pdf"
)


class PrintError(RuntimeError):
    """The book could not be printed."""


def find_browser():
    """Chromium, from RNNBOOK_BROWSER or the path."""
    named = os.environ.get("RNNBOOK_BROWSER")
    found = shutil.which(named) if named else next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        raise PrintError(f"RNNBOOK_BROWSER={named} is no program" if named else NO_BROWSER)
    return found


def answer(route, site, document):
    """Answer a request from the folder of the site; everything else is refused."""
    url = route.request.url
    path = site / unquote(urlsplit(url).path.lstrip("/"))
    if url == DOCUMENT:
        route.fulfill(body=document, content_type="text/html; charset=utf-8")
    elif url.startswith(ADDRESS) and path.is_file():
        route.fulfill(path=path)
    else:
        route.abort()


def print_document(browser, site, document, target):
    """One printing, without scripts; PrintError names what the document asked for in vain."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(MINUTES * 60_000)
    missing = []
    page.on("requestfailed", lambda request: missing.append(request.url))
    page.route("**/*", lambda route: answer(route, site, document))
    page.goto(DOCUMENT, wait_until="load")
    if missing:
        raise PrintError(f"the site lacks {', '.join(missing)}: build it again (make book)")
    page.pdf(path=target, prefer_css_page_size=True, print_background=True, tagged=True)
    context.close()


def sheets(reader):
    """anchor -> index of the sheet that it stands on."""
    return {
        name.lstrip("/"): reader.get_destination_page_number(place)
        for name, place in reader.named_destinations.items()
    }


def add_outline(writer, entries, places, parent=None):
    for entry in entries:
        if entry.anchor not in places:
            raise PrintError(f"the PDF has no place {entry.anchor!r} for {entry.title!r}")
        item = writer.add_outline_item(
            title=entry.title, page_number=places[entry.anchor], parent=parent
        )
        add_outline(writer, entry.children, places, item)


def finish(printed, target, book, entries):
    """The printed sheets with outline and metadata."""
    from pypdf import PdfReader, PdfWriter

    reader = PdfReader(printed)
    writer = PdfWriter(clone_from=reader)
    add_outline(writer, entries, sheets(reader))
    writer.pdf_header = reader.pdf_header
    writer.page_mode = "/UseOutlines"
    writer.add_metadata({"/Title": book.title, "/Author": book.author, "/Subject": "CC BY 4.0"})
    writer.write(target)
    return len(reader.pages)


def make(book, target, executable):
    """Print `book` into `target` and return its number of sheets."""
    from playwright.sync_api import sync_playwright
    from pypdf import PdfReader

    # Chromium's tagged files count their objects in a way that pypdf remarks upon, and reads.
    logging.getLogger("pypdf").setLevel(logging.ERROR)
    target.parent.mkdir(parents=True, exist_ok=True)
    printed = target.with_suffix(".printed.pdf")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=SWITCHES)
        document, _ = one_page.compose(book)
        print_document(browser, book.site, document, printed)
        numbers = {name: sheet + 1 for name, sheet in sheets(PdfReader(printed)).items()}
        document, entries = one_page.compose(book, numbers)
        print_document(browser, book.site, document, printed)
        browser.close()
    count = finish(printed, target, book, entries)
    printed.unlink()
    return count


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--site", type=Path, help="the built website (default: _build/html)")
    parser.add_argument("--output", type=Path, default=PDF, help="default: _build/pdf/rnnbook.pdf")
    options = parser.parse_args()
    try:
        count = make(one_page.read_book(site=options.site), options.output, find_browser())
    except (PrintError, one_page.MissingPage) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{options.output}: {count} pages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
