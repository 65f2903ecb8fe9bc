"""Copies for reading without a network, in a real browser whose server then stops."""

import json
import shutil
import threading
import time
from contextlib import ExitStack
from types import SimpleNamespace

import pytest

from book.ext import offline
from book.tools import serve as server
from book.tools.serve import serve
from tests.site.test_pages import CHAPTERS, PAGES

CONTROL = "book/pages/offline.html"
KEPT = """async (address) => {
  for (const name of await caches.keys())
    if (await (await caches.open(name)).match(address, { ignoreSearch: true })) return true;
  return false;
}"""
CACHES = "() => caches.keys()"
WORKERS = "() => navigator.serviceWorker.getRegistrations().then((all) => all.length)"
REFUSE_STORAGE = """
for (const name of ["localStorage", "caches"])
  Object.defineProperty(window, name, { get() { throw new DOMException("no", "SecurityError"); } });
"""


class Reader:
    """A browser window with a memory of its own, and a server that can be stopped."""

    def __init__(self, context, folder, offered):
        self.page, self.server = context.new_page(), ExitStack()
        self.url = self.server.enter_context(serve(folder, offline=offered))
        self.problems = []
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("console", self.note)

    def note(self, message):
        if message.type == "error":
            self.problems.append(message.text)

    def open(self, name):
        return self.page.goto(self.url + name, wait_until="load")

    def until_kept(self, name):
        self.until(KEPT, self.url + name)

    def until(self, script, *arguments):
        """wait_for_function would need what the policy refuses; this asks again and again."""
        for _ in range(100):
            if self.page.evaluate(script, *arguments):
                return
            self.page.wait_for_timeout(100)
        raise AssertionError(f"never came true: {script} {arguments}")

    def press(self, name):
        self.page.locator(f'[data-offline="{name}"]').click(timeout=10_000)

    def state(self):
        return self.page.locator('[data-offline="state"]').inner_text()

    def until_state(self, words):
        self.until(
            "(words) => document.querySelector('[data-offline=state]').textContent.includes(words)",
            words,
        )


@pytest.fixture
def reader(browser, site_folder):
    """reader() opens a window; `offered` says whether the server offers the worker."""
    opened = []

    def make(folder=site_folder, offered=True, script=None):
        context = browser.new_context()
        if script:
            context.add_init_script(script)
        opened.append((context, Reader(context, folder, offered)))
        return opened[-1][1]

    yield make
    for context, each in opened:
        each.server.close()
        context.close()


def test_visited_pages_stay_when_the_server_is_gone(reader):
    who = reader()
    who.open("chapters/05-lstm.html")
    who.page.locator("[data-figure]").first.scroll_into_view_if_needed()
    who.page.locator(".live-figure").first.wait_for()
    who.until_kept("chapters/05-lstm.html")
    who.until_kept("_static/figures/lstm_cell.js")
    who.until("() => navigator.serviceWorker.controller !== null")
    who.open("book/pages/notation.html#axes")
    who.until_kept("book/pages/notation.html")
    who.server.close()

    who.open("chapters/05-lstm.html")
    assert "Long short-term memory" in who.page.locator("h1").inner_text()
    who.page.locator("[data-figure]").first.scroll_into_view_if_needed()
    who.page.locator(".live-figure").first.wait_for()
    assert who.page.evaluate("document.fonts.check('16px KaTeX_Main')")
    size = who.page.evaluate("getComputedStyle(document.body).fontFamily")
    assert "Book Serif" in size, "the style sheet did not come"
    who.open("book/pages/notation.html?from=elsewhere")
    assert "Notation" in who.page.locator("h1").inner_text()
    answer = who.open("chapters/10-gradients.html")
    assert answer.status == 503 and "not on your device" in who.page.inner_text("body")


def test_the_first_visit_is_enough(reader):
    who = reader()
    who.open("chapters/01-sequences.html")
    who.until_kept("chapters/01-sequences.html")
    who.server.close()
    who.page.reload()
    assert "Sequences" in who.page.locator("h1").inner_text()
    assert who.open("").status == 200, "the start is kept from the first visit on"


def test_the_whole_book_is_kept(reader):
    who = reader()
    who.open(CONTROL)
    who.until_state("On. Kept on this device: ")
    who.press("keep")
    who.until_state("The whole book is kept")
    who.server.close()
    for name in [*PAGES, "search.html"]:
        assert who.open(name).status == 200, name
    for name in CHAPTERS:
        who.open(f"{name}.html")
        for figure in who.page.locator("[data-figure]").all():
            figure.scroll_into_view_if_needed()
            figure.locator(".live-figure").wait_for()
    who.open(CONTROL)
    who.until_state("The whole book is kept")
    assert not who.page.locator('[data-offline="keep"]').is_visible()


def test_what_does_not_arrive_is_said(reader, site_folder, tmp_path):
    folder = shutil.copytree(site_folder, tmp_path / "html")
    who = reader(folder)
    who.open(CONTROL)
    who.until_state("On. Kept")
    (folder / "chapters" / "10-gradients.html").unlink()
    who.press("keep")
    who.until_state("1 of ")
    assert "did not arrive" in who.state()
    assert not who.page.evaluate(KEPT, f"{who.url}chapters/10-gradients.html")


def test_turned_off_nothing_is_left_and_it_stays_off(reader):
    who = reader()
    who.open(CONTROL)
    who.until_state("On. Kept")
    who.press("off")
    who.until_state("Off. Nothing is kept")
    assert who.page.evaluate(CACHES) == [] and who.page.evaluate(WORKERS) == 0
    who.open("index.html")
    who.open(CONTROL)
    who.until_state("Off. Nothing is kept")
    assert who.page.evaluate(CACHES) == [] and who.page.evaluate(WORKERS) == 0
    who.press("on")
    who.until_state("On. Kept")
    assert who.page.evaluate(WORKERS) == 1
    who.press("off")
    who.until_state("Off.")
    who.server.close()
    with pytest.raises(Exception, match="ERR_CONNECTION_REFUSED"):
        who.open("index.html")


def test_a_network_that_hangs_is_not_waited_for(reader, monkeypatch):
    who, answering = reader(), server.Handler.do_GET
    who.open("chapters/05-lstm.html")
    who.until_kept("chapters/05-lstm.html")
    free = threading.Event()
    monkeypatch.setattr(server.Handler, "do_GET", lambda self: free.wait(60) and answering(self))
    started = time.perf_counter()
    who.open("chapters/05-lstm.html")
    assert 3 < time.perf_counter() - started < 20
    assert "Long short-term memory" in who.page.locator("h1").inner_text()
    free.set()


def test_other_sites_of_the_host_keep_theirs(reader):
    who = reader()
    who.open(CONTROL)
    who.page.evaluate("caches.open('rnnbook of another site')")
    who.until_state("On. Kept")
    who.press("off")
    who.until_state("Off.")
    assert who.page.evaluate(CACHES) == ["rnnbook of another site"]


def test_errors_are_not_kept(reader):
    who = reader()
    who.open("index.html")
    who.until("() => navigator.serviceWorker.controller !== null")
    answer = who.open("chapters/nothing.html")
    assert answer.status == 404
    who.open("index.html")
    who.page.wait_for_timeout(300)
    assert not who.page.evaluate(KEPT, f"{who.url}chapters/nothing.html")


def test_nothing_is_installed_where_it_is_not_offered(reader):
    who = reader(offered=False)
    who.open(CONTROL)
    who.until_state("This server does not offer")
    assert who.page.evaluate(WORKERS) == 0 and who.page.evaluate(CACHES) == []
    assert who.problems == []


def test_refused_storage_is_no_error(reader):
    who = reader(script=REFUSE_STORAGE)
    who.open(CONTROL)
    who.until_state("This browser does not let the site keep pages")
    assert who.problems == []


def write_again(folder):
    app = SimpleNamespace(builder=SimpleNamespace(name="html"), outdir=str(folder))
    offline.write(app, None)
    return json.loads((folder / offline.LIST).read_text())


def test_a_new_version_replaces_the_old_one(reader, site_folder, tmp_path):
    folder = shutil.copytree(site_folder, tmp_path / "html")
    who = reader(folder)
    who.open(CONTROL)
    who.until_state("On. Kept")
    who.press("keep")
    who.until_state("The whole book")
    before = who.page.evaluate(CACHES)
    for name in ("index.html", "chapters/05-lstm.html"):
        page = folder / name
        page.write_text(page.read_text().replace("</h1>", " corrected</h1>"))
    version = write_again(folder)["version"]
    who.open("index.html")
    assert "corrected" in who.page.locator("h1").inner_text(), "pages come from the network first"
    # When the new worker takes over, the open page renews what was kept as a whole.
    who.until(f"() => localStorage.getItem('rnnbook-offline') === 'whole {version}'")
    who.until("() => caches.keys().then((all) => all.length === 2)")
    assert len(before) == 2 and set(who.page.evaluate(CACHES)) != set(before)
    who.server.close()
    who.open("chapters/05-lstm.html")
    assert "corrected" in who.page.locator("h1").inner_text()


def test_the_version_follows_every_file(site_folder, tmp_path):
    folder = shutil.copytree(site_folder, tmp_path / "html")
    first = write_again(folder)
    assert write_again(folder) == first
    for name in ("index.html", "_static/site.js", "_static/fonts/source-serif-4-roman.woff2"):
        (folder / name).write_bytes((folder / name).read_bytes() + b" ")
        second = write_again(folder)
        assert second["version"] != first["version"], name
        first = second


def test_the_list_names_what_is_there(site_folder):
    files = json.loads((site_folder / offline.LIST).read_text())["files"]
    for name, size in files.items():
        assert (site_folder / name).stat().st_size == size, name
    assert set(PAGES) <= files.keys() and "search.html" in files
    left = ("404.html", "_static/disk-fonts.js", "service-worker.js", "_static/cards/index.png")
    assert not set(left) & files.keys()
    assert not [name for name in files if name.endswith(".ipynb")]


@pytest.mark.parametrize("fonts", ["refused", "allowed"])
def test_pages_on_the_disk_have_their_fonts(browser, site_folder, tmp_path, fonts):
    """Where a browser refuses font files, as without them, the script brings the same fonts."""
    folder = shutil.copytree(site_folder, tmp_path / "html")
    if fonts == "refused":
        for path in folder.rglob("*.woff2"):
            path.unlink()
    wide = """() => document.fonts.ready.then(() => [...document.querySelectorAll(
      "h1, article p em, .katex-html")].slice(0, 40).map((e) => e.getBoundingClientRect().width))"""
    with serve(site_folder) as url:
        found = []
        for start in (url, f"{folder.as_uri()}/"):
            page = browser.new_page()
            page.goto(f"{start}chapters/10-gradients.html", wait_until="load")
            page.wait_for_timeout(500)
            found.append(page.evaluate(wide))
            loaded = "[...document.fonts].filter((f) => f.status === 'loaded').map((f) => f.family)"
            families = set(page.evaluate(loaded))
            page.close()
        assert {"Book Serif", "KaTeX_Main", "KaTeX_Math"} <= families
        assert found[0] == found[1] and len(found[0]) == 40
