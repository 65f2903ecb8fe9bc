"""Reading without a network: what the service worker keeps, and fonts for pages on the disk.

The worker is `book/assets/service-worker.js`, served from the root of the site with two lines
before it: the version, a hash of all that was built, and what every page shares. Browsers refuse
font files to pages that are opened from the disk; `_static/disk-fonts.js` carries them as text.
"""

import base64
import hashlib
import json
import re
from collections import Counter
from pathlib import Path

ASSETS = Path(__file__).parents[1] / "assets"
LIST = "_static/offline-files.json"
CONTROL = "book/pages/offline.html"
# Not part of a copy for reading: made for other programs, or for places with a network.
LEFT_OUT = re.compile(
    r"\.|notebooks/|_static/(cards|icons|podcast)/|_static/(disk-fonts\.js|offline-files\.json)"
    r"|_static/rnnbook\.apkg|podcast\.xml|service-worker\.js|sitemap\.xml|robots\.txt|objects\.inv|404\.html|.*\.(map|ipynb)$"
)
STAMPED = re.compile(r'(?:href|src)="(?:\.{1,2}/)*(_static/[^"]+\?v=[0-9a-f]+)"')
FACE = re.compile(r"@font-face\s*\{(.*?)\}", re.S)
STYLES = {"_static/book-math.css": "_static/"}
# Which classes of a formula need which font beside these two.
PLAIN_FONTS = {"KaTeX_Main-Regular", "KaTeX_Math-Italic"}
FONTS_OF = {
    "mathbf": "KaTeX_Main-Bold",
    "textbf": "KaTeX_Main-Bold",
    "mathit": "KaTeX_Main-Italic",
    "textit": "KaTeX_Main-Italic",
    "boldsymbol": "KaTeX_Math-BoldItalic",
    "amsrm": "KaTeX_AMS-Regular",
    "mathbb": "KaTeX_AMS-Regular",
    "mathcal": "KaTeX_Caligraphic-Regular",
    "mathfrak": "KaTeX_Fraktur-Regular",
    "mathscr": "KaTeX_Script-Regular",
    "mathsf": "KaTeX_SansSerif-Regular",
    "textsf": "KaTeX_SansSerif-Regular",
    "mathtt": "KaTeX_Typewriter-Regular",
    "texttt": "KaTeX_Typewriter-Regular",
    "size1": "KaTeX_Size1-Regular",
    "small-op": "KaTeX_Size1-Regular",
    "delim-size1": "KaTeX_Size1-Regular",
    "size2": "KaTeX_Size2-Regular",
    "large-op": "KaTeX_Size2-Regular",
    "size3": "KaTeX_Size3-Regular",
    "size4": "KaTeX_Size4-Regular",
    "delim-size4": "KaTeX_Size4-Regular",
}
CLASSES = re.compile(r'class="([^"]*)"')


def html_pages(folder):
    """name -> text of every page."""
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*.html"))
        if "_static" not in path.relative_to(folder).parts
    }


# ---- Fonts --------------------------------------------------------------------------------


def faces(folder):
    """Each font of the style sheets as {file, family, style, weight}."""
    found = []
    for sheet, place in STYLES.items():
        text = (folder / sheet).read_text(encoding="utf-8") if (folder / sheet).exists() else ""
        for body in FACE.findall(text):
            words = dict(re.findall(r"font-(family|style|weight)\s*:\s*\"?([^;\"}]+)", body))
            file = re.search(r"url\(\"?([^\")]+\.woff2)", body)
            if file and (folder / place / file[1]).exists():
                found.append({"file": place + file[1], "style": "normal", "weight": "400"} | words)
    return found


def used_faces(folder, pages):
    """The faces of the text, and those that the formulas of these pages show."""
    classes = set()
    for text in pages.values():
        if 'class="katex' in text:
            classes.update(*(found.split() for found in set(CLASSES.findall(text))))
    wanted = {FONTS_OF[name] for name in classes & FONTS_OF.keys()}
    wanted |= PLAIN_FONTS if "katex" in classes else set()
    return [
        face
        for face in faces(folder)
        if not face["family"].startswith("KaTeX") or Path(face["file"]).stem in wanted
    ]


def disk_fonts(folder, used):
    """A classic script that carries the fonts: no page on the disk may load a font file."""
    rows = []
    for face in used:
        data = base64.b64encode((folder / face["file"]).read_bytes()).decode()
        rows.append([*(face[name].strip() for name in ("family", "style", "weight")), data])
    body = (ASSETS / "disk-fonts.js").read_text(encoding="utf-8")
    return f"const FONTS = {json.dumps(rows)};\n{body}"


# ---- The worker ---------------------------------------------------------------------------


def readable_files(folder, pages, used):
    """The files of a whole copy for reading, with their sizes."""
    found, fonts = {}, {face["file"] for face in used}
    text = "".join(pages.values())
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        idle = path.suffix == ".woff2" and name not in fonts
        idle |= path.suffix == ".css" and name not in text
        if path.is_file() and not idle and not LEFT_OUT.match(name):
            found[name] = path.stat().st_size
    return found


def version_of(folder, files):
    """Changes when anything that a reader may keep changes, or the worker does."""
    digest = hashlib.sha256((ASSETS / "service-worker.js").read_bytes())
    for name in files:
        digest.update(name.encode() + b"\0" + (folder / name).read_bytes())
    return digest.hexdigest()[:12]


def shared(folder, pages, used):
    """What the worker fetches at once: what pages have in common, the start, and its control."""
    counts = Counter(name for text in pages.values() for name in set(STAMPED.findall(text)))
    files = [name for name, count in counts.items() if count > 1]
    files += [face["file"] for face in used]
    files += [LIST, "_static/favicon.svg", "_static/book-math.css", "index.html", CONTROL]
    return sorted({name for name in files if (folder / name.split("?")[0]).exists()})


def write(app, exception):
    if exception is not None or app.builder.name != "html":
        return
    folder = Path(app.outdir)
    pages = html_pages(folder)
    used = used_faces(folder, pages)
    (folder / "_static" / "disk-fonts.js").write_text(disk_fonts(folder, used), encoding="utf-8")
    files = readable_files(folder, pages, used)
    version = version_of(folder, files)
    listed = {"version": version, "files": files}
    (folder / LIST).write_text(json.dumps(listed, separators=(",", ":")), encoding="utf-8")
    head = f'const VERSION = "{version}";\n'
    head += f"const SHARED = {json.dumps(shared(folder, pages, used), indent=1)};\n"
    worker = (ASSETS / "service-worker.js").read_text(encoding="utf-8")
    (folder / "service-worker.js").write_text(head + worker, encoding="utf-8")


def setup(app):
    app.connect("build-finished", write, priority=800)  # when all files are as they will be
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
