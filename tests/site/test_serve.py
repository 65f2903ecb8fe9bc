"""The local server: compressed, typed, fresh, bound to this machine, without a worker."""

import gzip
import http.client
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from book.tools import serve as server
from book.tools.serve import serve

ROOT = Path(__file__).parents[2]
LONG = "<p>the same words again</p>\n" * 200


@pytest.fixture
def folder(tmp_path):
    site = tmp_path / "html"
    (site / "chapters").mkdir(parents=True)
    (site / "index.html").write_text(LONG)
    (site / "404.html").write_text("no such page")
    (site / "chapters" / "index.html").write_text("chapters")
    (site / "service-worker.js").write_text("// worker")
    for name in (
        "a.js",
        "a.css",
        "a.svg",
        "a.woff2",
        "a.webmanifest",
        "a.json",
        "a.png",
        "a.ipynb",
    ):
        (site / name).write_text("x")
    (tmp_path / "secret.txt").write_text("secret")
    return site


def ask(url, target, method="GET", **headers):
    """(status, headers, body) as they come, without following or unpacking anything."""
    line = http.client.HTTPConnection(urlsplit(url).netloc, timeout=5)
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    line.putrequest(method, target, skip_accept_encoding=True)
    for name, value in names.items():
        line.putheader(name, value)
    line.endheaders()
    answer = line.getresponse()
    body = answer.read()
    line.close()
    return answer.status, answer.headers, body


def test_text_is_compressed_for_those_who_can(folder):
    with serve(folder) as url:
        status, headers, body = ask(url, "/", accept_encoding="gzip, br")
        assert (status, headers["Content-Encoding"]) == (200, "gzip")
        assert len(body) < 300 and gzip.decompress(body).decode() == LONG
        status, headers, body = ask(url, "/")
        assert "Content-Encoding" not in headers and body.decode() == LONG


@pytest.mark.parametrize(
    "name, kind",
    {
        "index.html": "text/html; charset=utf-8",
        "a.js": "text/javascript; charset=utf-8",
        "a.css": "text/css; charset=utf-8",
        "a.svg": "image/svg+xml",
        "a.png": "image/png",
        "a.woff2": "font/woff2",
        "a.json": "application/json",
        "a.webmanifest": "application/manifest+json",
        "a.ipynb": "application/x-ipynb+json",
    }.items(),
)
def test_files_have_their_types(folder, name, kind):
    with serve(folder) as url:
        assert ask(url, f"/{name}")[1]["Content-Type"] == kind


def test_a_file_is_sent_again_only_when_it_changed(folder):
    with serve(folder) as url:
        _, headers, _ = ask(url, "/index.html", accept_encoding="gzip")
        assert headers["Cache-Control"] == "no-cache"
        same = {"if_none_match": headers["ETag"], "accept_encoding": "gzip"}
        assert ask(url, "/index.html", **same)[0] == 304
        (folder / "index.html").write_text(LONG + "new")
        status, _, body = ask(url, "/index.html", **same)
        assert status == 200 and gzip.decompress(body).endswith(b"new")


def test_what_is_missing_gets_the_page_for_it(folder):
    with serve(folder) as url:
        status, headers, body = ask(url, "/chapters/nothing.html")
        assert (status, body) == (404, b"no such page")
        assert headers["Content-Type"].startswith("text/html")
        assert ask(url, "/chapters/")[2] == b"chapters"
        assert ask(url, "/index.html", "HEAD")[2] == b""


@pytest.mark.parametrize("target", ["/../secret.txt", "/%2e%2e/secret.txt", "/a/../../secret.txt"])
def test_nothing_outside_the_folder_is_served(folder, target):
    with serve(folder) as url:
        assert ask(url, target)[0] == 404


def test_the_worker_is_offered_only_when_asked_for(folder):
    with serve(folder) as url:
        status, _, body = ask(url, "/service-worker.js")
        assert (status, body) == (204, b"")
    with serve(folder, offline=True) as url:
        assert ask(url, "/service-worker.js")[2] == b"// worker"


def test_the_published_path_leads_to_the_same_files(folder):
    path = server.published_path()
    assert path.startswith("/") and path.endswith("/") and len(path) > 1
    with serve(folder) as url:
        assert ask(url, f"{path}chapters/")[2] == b"chapters"


def test_only_this_machine_is_answered(folder):
    with serve(folder) as url:
        assert urlsplit(url).hostname == "127.0.0.1"
        bound = socket.socket()
        bound.settimeout(1)
        assert bound.connect_ex(("127.0.0.2", urlsplit(url).port)) != 0
        bound.close()


def test_when_it_stops_no_connection_stays(folder):
    with serve(folder) as url:
        line = http.client.HTTPConnection(urlsplit(url).netloc, timeout=5)
        line.request("GET", "/a.js")
        assert line.getresponse().read() == b"x"
    with pytest.raises((http.client.HTTPException, OSError)):
        line.request("GET", "/a.js")
        line.getresponse()
    line.close()


def test_a_port_in_use_is_named(folder, monkeypatch):
    monkeypatch.setattr(server, "HTML", folder)
    with serve(folder) as url, pytest.raises(SystemExit, match=r"port \d+ cannot be used"):
        server.main(["--port", str(urlsplit(url).port)])


def test_make_serve_uses_it():
    assert "@.venv/bin/python -m book.tools.serve\n" in (ROOT / "Makefile").read_text()
