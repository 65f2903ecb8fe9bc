"""The content security policy: what it refuses, and that the pages of the book need no more."""

import logging
import re
from types import SimpleNamespace

import pytest

from book.ext import policy
from book.tools.serve import serve
from tests.site.test_pages import PAGES

PLAIN = "<!DOCTYPE html><html><head><title>x</title></head><body>{}</body></html>"
LISTEN = """window.refused = [];
addEventListener("securitypolicyviolation", (e) => window.refused.push(e.violatedDirective));"""


@pytest.fixture
def open_page(browser):
    """open_page(address) gives the page, and the list of addresses that it asked for."""
    contexts = []

    def make(address):
        context = browser.new_context()
        contexts.append(context)
        context.add_init_script(LISTEN)
        page, asked = context.new_page(), []
        page.on("requestfinished", lambda request: asked.append(request.url))
        page.goto(address, wait_until="load")
        page.wait_for_timeout(200)
        return page, asked

    yield make
    for context in contexts:
        context.close()


PLANTED = {
    "an inline script": ("<script>window.planted = 1</script>", "script-src-elem"),
    "an event handler": ('<img src="data:," onerror="window.planted = 1">', "script-src-attr"),
    "a script from elsewhere": (
        '<script src="{other}x.js"></script>',
        "script-src-elem",
    ),
    "a picture from elsewhere": ('<img src="{other}x.png">', "img-src"),
    "a frame": ('<iframe src="{other}"></iframe>', "frame-src"),
    "a base address": ('<base href="{other}">', "base-uri"),
}


@pytest.mark.parametrize("place", ["served", "disk"])
@pytest.mark.parametrize("what", PLANTED)
def test_what_is_planted_later_does_nothing(open_page, tmp_path, what, place):
    own = "<script>window.own = 1</script>"
    text, refused = policy.protect(PLAIN.format(own))
    assert refused == []
    (tmp_path / "x.js").write_text("window.planted = 1")
    planted, directive = PLANTED[what]
    with serve(tmp_path) as url, serve(tmp_path) as other:
        page_text = text.replace("</body>", planted.format(other=other) + "</body>")
        (tmp_path / "page.html").write_text(page_text)
        start = url if place == "served" else f"{tmp_path.as_uri()}/"
        page, asked = open_page(f"{start}page.html")
        assert page.evaluate("window.own") == 1, "the page's own script did not run"
        assert page.evaluate("window.planted") is None
        assert directive in page.evaluate("window.refused")
        assert not [address for address in asked if address.startswith(other)]


def test_nothing_is_sent_to_another_host(open_page, tmp_path):
    (tmp_path / "page.html").write_text(policy.protect(PLAIN.format(""))[0])
    with serve(tmp_path) as url, serve(tmp_path) as other:
        page, asked = open_page(f"{url}page.html")
        sent = page.evaluate(
            "(other) => fetch(other, { mode: 'no-cors' }).then(() => 'sent', () => 'refused')",
            other,
        )
        assert sent == "refused" and not [name for name in asked if name.startswith(other)]


@pytest.mark.parametrize("page_name", [*PAGES, "search.html", "404.html"])
def test_pages_keep_to_their_policy(open_page, site_url, page_name):
    page, _ = open_page(site_url + page_name)
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    page.wait_for_timeout(300)
    assert page.evaluate("window.refused") == []


@pytest.mark.parametrize("page_name", [*PAGES, "search.html"])
def test_pages_on_the_disk_keep_to_their_policy(open_page, site_folder, page_name):
    page, _ = open_page(f"{site_folder.as_uri()}/{page_name}")
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    page.wait_for_timeout(300)
    assert page.evaluate("window.refused") == []
    assert page.evaluate("document.documentElement.dataset.theme") in ("light", "dark")


def test_the_policy_is_the_first_element_of_every_head(site_folder):
    for path in site_folder.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert re.search(r"<head>\s*<meta http-equiv=\"Content-Security-Policy\" ", text), path
        assert text.count("http-equiv") == 1 and "'unsafe-eval'" not in text, path
        scripts = re.search(r"script-src ([^;]*);", text)[1]
        assert "'unsafe-inline'" not in scripts and "http" not in scripts, path


def test_the_next_page_may_be_fetched_beforehand_and_nothing_be_framed():
    """Firefox does so with <link rel="next">, by the first rule; a refusal is a console error."""
    text, _ = policy.protect(PLAIN.format(""))
    content = re.search(r'content="([^"]+)"', text)[1]
    rules = dict(rule.split(" ", 1) for rule in content.split("; "))
    assert rules["default-src"] == "'self'"
    assert rules["frame-src"] == rules["object-src"] == rules["base-uri"] == "'none'"


@pytest.mark.parametrize(
    "body, said",
    [
        ('<button onclick="go()">x</button>', '<button onclick="go()">: an inline event handler'),
        ('<img src="https://other.example/x.png">', "another host"),
        ('<link rel="stylesheet" href="//other.example/x.css">', "another host"),
        ('<form action="https://other.example/">', "another host"),
        ('<svg><use xlink:href="https://other.example/x.svg"/></svg>', "another host"),
        ('<a href="javascript:go()">x</a>', "a script in an address"),
    ],
)
def test_what_browsers_would_refuse_is_named(body, said):
    _, refused = policy.protect(PLAIN.format(body))
    assert len(refused) == 1 and said in refused[0]


def test_links_and_data_are_no_loads():
    body = (
        '<a href="https://other.example/">x</a><link rel="canonical" href="https://x.example/">'
        '<script type="application/json">{"onclick": 1}</script>'
    )
    text, refused = policy.protect(PLAIN.format(body))
    assert refused == [] and "sha256" not in text


def test_a_refused_page_is_a_warning_with_its_name(tmp_path, caplog, monkeypatch):
    monkeypatch.setattr(logging.getLogger("sphinx"), "propagate", True)
    (tmp_path / "chapters").mkdir()
    page = tmp_path / "chapters" / "x.html"
    page.write_text(PLAIN.format('<p onmouseover="go()">x</p>'))
    app = SimpleNamespace(builder=SimpleNamespace(name="html"), outdir=str(tmp_path))
    for _ in range(2):  # the second build says it again
        caplog.clear()
        policy.write(app, None)
        said = caplog.messages
        assert len(said) == 1 and "chapters/x.html" in said[0] and "onmouseover" in said[0]
