"""Keep pages light and whole: our own assets, deferred scripts, lazy pictures, no other host.

Also: a build that ended with a warning is not taken for finished by the next one.
"""

import hashlib
import re
import shutil
from pathlib import Path

import yaml
from sphinx.util import logging

BOOK = Path(__file__).parents[1]
STATIC = {
    "vendor/katex/katex.min.css": "katex/katex.min.css",
    "vendor/katex/fonts": "katex/fonts",
    "vendor/fonts/source-serif-4-roman.woff2": "fonts/source-serif-4-roman.woff2",
    "vendor/fonts/source-serif-4-italic.woff2": "fonts/source-serif-4-italic.woff2",
    "vendor/icons/icons.woff2": "icons/icons.woff2",
    "assets/live.js": "live.js",
}
# What the theme brings and no page asks for.
UNUSED = ("scripts/fontawesome.js*", "vendor/fontawesome", "**/*.map", "**/*.LICENSE.txt")
# Scripts that inline scripts of the theme and of Sphinx need at once.
AT_ONCE = {"documentation_options.js", "doctools.js"}
STYLE = "assets/css/book.css"
log = logging.getLogger(__name__)


def fingerprint():
    """Changes with the extensions, so that pages made by older ones are made again."""
    code = b"".join(path.read_bytes() for path in sorted((BOOK / "ext").glob("*.py")))
    return hashlib.sha256(code).hexdigest()


def site_address(root):
    """The address that GitHub Pages gives to the repository named in _config.yml."""
    path = Path(root, "_config.yml")
    settings = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}
    url = settings.get("repository", {}).get("url", "")
    match = re.fullmatch(r"https://github\.com/([\w.-]+)/([\w.-]+)", url)
    return f"https://{match[1].lower()}.github.io/{match[2]}/" if match else ""


def derive_site(app, config):
    """Canonical addresses follow from the repository, which is named once."""
    config.html_baseurl = config.html_baseurl or site_address(app.confdir or app.srcdir)


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


def defer_scripts(app, pagename, templatename, context, doctree):
    for script in context.get("script_files", []):
        attributes = getattr(script, "attributes", {})
        name = Path(str(getattr(script, "filename", None) or "")).name.split("?")[0]
        if name and name not in AT_ONCE and "async" not in attributes:
            attributes.setdefault("defer", "defer")


def lazy_images(app, pagename, templatename, context, doctree):
    body = context.get("body")
    if body:
        context["body"] = re.sub(r"<img (?![^>]*\bloading=)", '<img loading="lazy" ', body)


def check_icons(app, exception):
    """Each icon that a page shows must have a rule in our own style sheet."""
    if exception is not None or app.builder.format != "html":
        return
    have = set(re.findall(r"\.fa-([a-z-]+)::before", (BOOK / STYLE).read_text(encoding="utf-8")))
    for page in sorted(Path(app.outdir).rglob("*.html")):
        used = set(re.findall(r'class="[^"]*\bfa-([a-z-]+)', page.read_text(encoding="utf-8")))
        for name in sorted(used - have - {"solid", "lg"}):
            log.warning("%s shows the icon fa-%s, for which %s has no rule", page.name, name, STYLE)


def finish(app, exception):
    if app.builder.format != "html":
        return
    static = Path(app.outdir, "_static")
    for pattern in UNUSED:
        for path in static.glob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def forget_failed_build(app, exception):
    """After a warning the next build reads everything again, and so warns again."""
    if exception is not None or app._warncount:
        Path(app.doctreedir, "environment.pickle").unlink(missing_ok=True)


def setup(app):
    # Jupyter Book sets this for an extension that the book does without.
    app.add_config_value("comments_config", {}, "html")
    app.add_config_value("book_extensions", fingerprint(), "env", [str])
    app.connect("config-inited", derive_site)
    app.connect("builder-inited", place_assets)
    app.connect("html-page-context", defer_scripts, priority=900)
    app.connect("html-page-context", lazy_images, priority=900)
    app.connect("build-finished", check_icons)
    app.connect("build-finished", finish)
    app.connect("build-finished", forget_failed_build, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
