"""The built site on localhost and a real browser to read it with."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from book.tools.serve import serve

ROOT = Path(__file__).parents[2]
HTML = ROOT / "_build" / "html"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def site_folder():
    """The built site; the build takes seconds when nothing changed."""
    done = subprocess.run(
        [sys.executable, "-m", "book.tools.site"], cwd=ROOT, capture_output=True, text=True
    )
    if done.returncode:
        pytest.fail(f"the website was not built:\n{done.stderr[-3000:]}")
    return HTML


@pytest.fixture(scope="session")
def site_url(site_folder):
    """Where the site is served: `http://127.0.0.1:PORT/`."""
    with serve(site_folder) as url:
        yield url


def no_browser(why):
    if os.environ.get("RNNBOOK_CI") == "1":
        pytest.fail(f"{why}; with RNNBOOK_CI=1 the browser tests may not be left out")
    pytest.skip(f"{why}: install Chromium, or name one in RNNBOOK_BROWSER")


@pytest.fixture(scope="session")
def browser():
    """Chromium, from RNNBOOK_BROWSER or the path."""
    found = [os.environ.get("RNNBOOK_BROWSER"), *map(shutil.which, BROWSERS)]
    path = next((name for name in found if name), None)
    if path is None:
        no_browser("no Chromium was found")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        no_browser("playwright is not installed")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=SWITCHES)
        yield chromium
        chromium.close()


@dataclass
class Visit:
    """An opened page and what went wrong on it: console errors, failed or foreign requests."""

    page: object
    problems: list = field(default_factory=list)


@pytest.fixture
def visit(browser, site_url):
    """visit("chapters/05-lstm.html", width=360, scheme="dark") opens a page of the site."""
    contexts = []

    def open_page(name, width=1280, height=900, scheme="light"):
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme
        )
        contexts.append(context)
        opened = Visit(context.new_page())
        listen(opened, site_url)
        opened.page.goto(site_url + name, wait_until="load")
        return opened

    yield open_page
    for context in contexts:
        context.close()


def listen(opened, site_url):
    """Note every error and every request that leaves the site."""
    page, note = opened.page, opened.problems.append
    ours = (site_url, "data:", "blob:")

    def on_console(message):
        if message.type in ("error", "warning"):
            note(f"console {message.type}: {message.text}")

    def on_request(request):
        if not request.url.startswith(ours):
            note(f"request to another host: {request.url}")

    def on_response(response):
        if response.status >= 400:
            note(f"{response.status} for {response.url}")

    page.on("console", on_console)
    page.on("pageerror", lambda error: note(f"script error: {error}"))
    page.on("request", on_request)
    page.on("response", on_response)
