"""The ePub: complete, well-formed, closed in itself, with outline, stills and real colours."""

import posixpath
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
import zipfile
from io import BytesIO
from types import SimpleNamespace
from urllib.parse import unquote

import pytest
import yaml
from PIL import Image

from book.ext import epub
from book.ext.theme import read_parts
from book.tools.epub import COVER_SIZE
from book.tools.notebooks import ROOT

OPF = "{http://www.idpf.org/2007/opf}"
DC = "{http://purl.org/dc/elements/1.1/}"
XHTML = "{http://www.w3.org/1999/xhtml}"
OUTSIDE = ("mimetype", "META-INF/container.xml", "content.opf")


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """name -> bytes of everything in the ePub, in its order."""
    folder = tmp_path_factory.mktemp("epub")
    command = [sys.executable, "-m", "book.tools.epub", "--output", folder]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        pytest.fail(f"the ePub was not built:\n{done.stderr[-3000:]}")
    with zipfile.ZipFile(folder / "rnnbook.epub") as archive:
        assert archive.infolist()[0].compress_type == zipfile.ZIP_STORED
        return {info.filename: archive.read(info) for info in archive.infolist()}


@pytest.fixture(scope="module")
def pages(book):
    """name -> root element of every page."""
    return {name: ET.fromstring(data) for name, data in book.items() if name.endswith(".xhtml")}


@pytest.fixture(scope="module")
def package(book):
    return ET.fromstring(book["content.opf"])


def manifest(package):
    return {item.get("href"): item for item in package.iter(f"{OPF}item")}


def test_container(book):
    assert next(iter(book)) == "mimetype"
    assert book["mimetype"].strip() == b"application/epub+zip"
    assert b'full-path="content.opf"' in book["META-INF/container.xml"]


def test_manifest_names_every_file_once(book, package):
    items = [item.get("href") for item in package.iter(f"{OPF}item")]
    assert sorted(items) == sorted(set(book) - set(OUTSIDE))
    spine = [entry.get("idref") for entry in package.iter(f"{OPF}itemref")]
    assert len(spine) == len(set(spine))
    ids = {item.get("id"): item.get("href") for item in package.iter(f"{OPF}item")}
    order = [ids[name].removesuffix(".xhtml") for name in spine]
    listed = [page["name"] for part in read_parts(ROOT) for page in part["pages"]]
    assert order == ["epub-cover", "index"] + [n for n in listed if n not in epub.LEFT_OUT]


def test_pages_are_declared_with_what_they_hold(book, package):
    for name, item in manifest(package).items():
        if name.endswith(".xhtml") and name != "nav.xhtml":
            declared = set((item.get("properties") or "").split())
            held = {
                kind for kind, tag in (("mathml", b"<math"), ("svg", b"<svg")) if tag in book[name]
            }
            assert declared == held, name


def test_metadata(package):
    settings = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    said = {
        name: package.find(f".//{DC}{name}").text
        for name in ("title", "creator", "language", "rights", "identifier", "description")
    }
    assert said["title"] == settings["title"]
    assert said["creator"] == settings["author"]
    assert said["language"] == "en-GB"
    assert "CC BY 4.0" in said["rights"] and "BSD 3-Clause" in said["rights"]
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", said["identifier"])
    assert len(said["description"]) > 50


def test_cover(book, package):
    (cover,) = (i for i in manifest(package).values() if i.get("properties") == "cover-image")
    with Image.open(BytesIO(book[cover.get("href")])) as picture:
        assert picture.size == COVER_SIZE
        assert len(picture.convert("RGB").getcolors(1000)) > 5


def test_outline_has_parts_chapters_and_sections(pages):
    top = pages["nav.xhtml"].find(f".//{XHTML}nav/{XHTML}ol")
    entries = [(e.find(f"{XHTML}a"), e.find(f"{XHTML}ol")) for e in top][1:]  # after the home page
    parts = read_parts(ROOT)
    assert [link.text for link, _ in entries] == [part["caption"] for part in parts]
    for (_, below), part in zip(entries, parts, strict=True):
        found = [e.find(f"{XHTML}a").get("href") for e in below]
        names = [p["name"] for p in part["pages"] if p["name"] not in epub.LEFT_OUT]
        assert found == [f"{name}.xhtml" for name in names]
    first = next(e for e in entries[0][1] if e.find(f"{XHTML}a").text.startswith("1 "))
    assert len(first.find(f"{XHTML}ol")) > 5


def links(pages):
    for name, root in pages.items():
        for element in root.iter():
            for attribute in ("href", "src", "{http://www.w3.org/1999/xlink}href"):
                if element.get(attribute) is not None:
                    yield name, element.tag.split("}")[-1], element.get(attribute)


def test_links_lead_somewhere_and_nothing_is_fetched(book, pages):
    ids = {name: {e.get("id") for e in root.iter() if e.get("id")} for name, root in pages.items()}
    inner = 0
    for name, tag, address in links(pages):
        if address.startswith("data:image/"):  # pixels inside an SVG
            continue
        if re.match(r"[a-z]+:", address):
            assert tag == "a" and address.startswith(("https:", "http:", "mailto:")), address
            continue
        path, _, fragment = unquote(address).partition("#")
        goal = posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) if path else name
        assert goal in book, f"{name} leads to {address}"
        assert not fragment or fragment in ids[goal], f"{name} leads to {address}"
        inner += 1
    assert inner > 100


def test_identifiers_are_unique(pages):
    for name, root in pages.items():
        found = [element.get("id") for element in root.iter() if element.get("id")]
        assert len(found) == len(set(found)), name


def test_only_what_a_reader_knows(book):
    style = book["_static/epub.css"].decode()
    assert "var(" not in style and "url(" not in style
    for name, data in book.items():
        if name.endswith(".xhtml"):
            page = data.decode()
            for stranger in (
                "<script",
                "var(--",
                "color-mix",
                "live-place",
                "badges",
                "katex-html",
            ):
                assert stranger not in page, f"{stranger} in {name}"


def test_formulas_and_stills(pages):
    page = pages["chapters/05-lstm.xhtml"]
    assert page.findall(".//{http://www.w3.org/1998/Math/MathML}math")
    figures = page.findall(f".//{XHTML}figure")
    assert any("live" in figure.get("class").split() for figure in figures)
    for figure in figures:
        pictures = [e for e in figure.iter() if e.get("role") == "img" or e.tag == f"{XHTML}img"]
        assert pictures and (pictures[0].get("aria-label") or pictures[0].get("alt"))


def test_colours():
    assert epub.plain_colours("fill: var(--ink-blue)") == "fill: #004c8c"
    assert epub.grey(100) == "#1d1d1d" and epub.grey(0) == "#ffffff"
    assert epub.plain_colours("color-mix(in srgb, var(--fig-fg) 0%, var(--fig-bg))") == "#ffffff"


def test_repairs():
    folded = '<details class="admonition hide"><summary><p>Show</p></summary><pre>x</pre></details>'
    assert epub.as_xhtml(folded) == "<pre>x</pre>"
    dead = '<p id="here"><a href="#here">kept</a> <a class="x" href="#gone">words</a></p>'
    assert epub.as_xhtml(dead) == '<p id="here"><a href="#here">kept</a> words</p>'
    assert epub.as_xhtml("<svg viewBox='0 0 1 1'/>").startswith('<svg xmlns="http')


def test_a_page_that_is_not_well_formed_is_named(monkeypatch):
    said = []
    monkeypatch.setattr(
        epub, "log", SimpleNamespace(warning=lambda text, *a, **k: said.append(text % a))
    )
    epub.fill(None, "chapters/05-lstm", "page.html", {"body": "<p>a<br>b</p>"}, None)
    assert len(said) == 1 and "chapters/05-lstm is not well-formed" in said[0]
    epub.fill(None, "index", "page.html", {"body": "<p>a<br/>b</p>"}, None)
    assert len(said) == 1
