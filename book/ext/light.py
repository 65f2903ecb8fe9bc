"""Keep pages light and whole: our own assets, and no other host.

Also: a build that ended with a warning is not taken for finished by the next one.
"""

import hashlib
import re
import shutil
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlencode

import yaml
from sphinx.util import logging

BOOK = Path(__file__).parents[1]
TOOLS = BOOK / "tools"
CHAPTER = re.compile(r"^chapters/(\d+)-")  # the name of a page that is one
OVERVIEW = "book/pages/overview"  # the page that tells the whole subject
STATIC = {
    "vendor/katex/fonts": "katex/fonts",
    "vendor/fonts/source-serif-4-roman.woff2": "fonts/source-serif-4-roman.woff2",
    "vendor/fonts/source-serif-4-italic.woff2": "fonts/source-serif-4-italic.woff2",
    "vendor/ts-fsrs/ts-fsrs.min.js": "ts-fsrs.js",
    "assets/favicon.svg": "favicon.svg",
}
log = logging.getLogger(__name__)


def fingerprint():
    """Changes with the extensions, so that pages made by older ones are made again."""
    tools = [TOOLS / f"{name}.py" for name in ("markup", "study", "anki", "audio_script")]
    paths = [*(BOOK / "ext").glob("*.py"), *tools]
    code = b"".join(path.read_bytes() for path in sorted(paths))
    return hashlib.sha256(code).hexdigest()


def look():
    """Changes with the layout, styles and scripts, so that no page keeps those of before."""
    paths = [path for name in ("assets", "theme") for path in (BOOK / name).rglob("*")]
    package = BOOK.parent / "rnnbook"
    paths += [package / "widgets" / "shared.css", package / "quiz" / "quiz.css"]
    content = b"".join(path.read_bytes() for path in sorted(paths) if path.is_file())
    return hashlib.sha256(content).hexdigest()


def repository(root):
    """The address of the repository named in _config.yml, or an empty text."""
    path = Path(root, "_config.yml")
    settings = parsed(path.read_text(encoding="utf-8")) if path.exists() else {}
    return settings.get("repository", {}).get("url", "")


@lru_cache(maxsize=4)
def parsed(text):
    """Settings, read once: every page asks for them."""
    return yaml.safe_load(text)


def site_address(root):
    """The address that GitHub Pages gives to the repository."""
    match = re.fullmatch(r"https://github\.com/([\w.-]+)/([\w.-]+)", repository(root))
    return f"https://{match[1].lower()}.github.io/{match[2]}/" if match else ""


def report_address(root, docname):
    """Where a reader can say what is wrong on a page, or an empty text."""
    url = repository(root)
    query = urlencode({"title": f"[{docname}] ", "body": f"Page: {docname}\n\nWhat is wrong: "})
    return f"{url}/issues/new?{query}" if url else ""


def derive_site(app, config):
    """Canonical addresses follow from the repository, which is named once."""
    config.html_baseurl = config.html_baseurl or site_address(app.confdir or app.srcdir)


def read_on_all_cores(app, config):
    """Jupyter Book loads this extension unasked; it numbers nothing here, so nothing can clash."""
    if unasked := app.extensions.get("sphinx_multitoc_numbering"):
        unasked.parallel_read_safe = True


def place_assets(app):
    if app.builder.format != "html":
        return
    static = Path(app.outdir, "_static")
    for source, target in STATIC.items():
        origin, goal = BOOK / source, static / target
        goal.parent.mkdir(parents=True, exist_ok=True)
        if origin.is_dir():
            shutil.copytree(origin, goal, dirs_exist_ok=True)
        elif origin.exists():
            shutil.copyfile(origin, goal)
        else:
            log.warning("book/%s is missing: pages that need it will not work", source)


def forget_failed_build(app, exception):
    """After a warning the next build reads everything again, and so warns again."""
    if exception is not None or app._warncount:
        Path(app.doctreedir, "environment.pickle").unlink(missing_ok=True)


def setup(app):
    # Jupyter Book sets these for extensions that the book does without.
    app.add_config_value("comments_config", {}, "html")
    app.add_config_value("book_extensions", fingerprint(), "env", [str])
    app.add_config_value("book_look", look(), "html", [str])
    app.connect("config-inited", read_on_all_cores)
    app.connect("config-inited", derive_site)
    app.connect("builder-inited", place_assets)
    app.connect("build-finished", forget_failed_build, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
