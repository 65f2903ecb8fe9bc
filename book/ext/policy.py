"""Each page says what may run in it and what it may load: a content security policy.

The site is served by a host that sets no headers, so that the policy is the first element of
each page's head. It allows the inline scripts that stand on the page, by their hash, and no
others. An inline event handler or something loaded from another host would be refused by
browsers, so it ends the build with a warning that names it.
"""

import base64
import hashlib
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

from sphinx.util import logging

MARK = '<meta http-equiv="Content-Security-Policy"'
RULES = {
    # Firefox fetches the next chapter (rel="next") beforehand, and asks this rule alone.
    "default-src": ["'self'"],
    "script-src": ["'self'"],
    # Formulas and live figures set sizes and places with style attributes.
    "style-src": ["'self'", "'unsafe-inline'"],
    "img-src": ["'self'", "data:", "blob:"],
    "font-src": ["'self'", "data:"],
    "media-src": ["'self'"],
    "connect-src": ["'self'"],
    "worker-src": ["'self'"],
    "manifest-src": ["'self'"],
    "frame-src": ["'none'"],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "form-action": ["'self'"],
}
# Kinds of script that browsers run; any other is a block of data.
RUN = {"", "text/javascript", "application/javascript", "module", "importmap", "speculationrules"}
LOADING = {
    "src": {"audio", "embed", "iframe", "img", "input", "script", "source", "track", "video"},
    "href": {"link", "image", "use"},
    "data": {"object"},
    "action": {"form"},
    "poster": {"video"},
}
NAMED_ONLY = {"canonical", "license", "author", "me"}  # links of this kind load nothing
log = logging.getLogger(__name__)


class Page(HTMLParser):
    """The inline scripts of a page, and what the policy would refuse."""

    def __init__(self, text):
        super().__init__()
        self.scripts, self.refused, self.inside = [], [], False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        have = {name: value or "" for name, value in attributes}
        for name, value in have.items():
            if name.startswith("on"):
                self.refuse(tag, name, value, "an inline event handler")
            elif loads(tag, name, have) and urlsplit(value.strip()).netloc:
                self.refuse(tag, name, value, "another host")
            elif name in ("href", "src", "action") and value.strip().lower().startswith("javasc"):
                self.refuse(tag, name, value, "a script in an address")
        self.inside = tag == "script" and "src" not in have and have.get("type", "").lower() in RUN
        if self.inside:
            self.scripts.append("")

    def refuse(self, tag, name, value, why):
        self.refused.append(f'<{tag} {name}="{value[:80]}">: {why}')

    def handle_data(self, data):
        if self.inside:
            self.scripts[-1] += data

    def handle_endtag(self, tag):
        self.inside = False


def loads(tag, name, have):
    """Whether the browser fetches by itself what the attribute names."""
    if tag == "link" and NAMED_ONLY & set(have.get("rel", "").lower().split()):
        return False
    return tag in LOADING.get(name.removeprefix("xlink:"), ())


def source_of(script):
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def policy(scripts=()):
    """The policy of a page with these inline scripts."""
    hashes = sorted({source_of(script) for script in scripts})
    rules = RULES | {"script-src": [*RULES["script-src"], *hashes]}
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in rules.items())


def protect(text):
    """The page with its policy, and what the policy would refuse, one sentence each."""
    page = Page(text)
    meta = f'{MARK} content="{policy(page.scripts)}">'
    if "<head>" not in text:
        return text, [*page.refused, "no <head> to put the policy in"]
    return text.replace("<head>", f"<head>\n{meta}", 1), page.refused


def write(app, exception):
    """Pages that have their policy were not written anew in this build."""
    if exception is not None or app.builder.name != "html":
        return
    folder = Path(app.outdir)
    for path in sorted(folder.rglob("*.html")):
        text = path.read_text(encoding="utf-8")
        name = path.relative_to(folder).as_posix()
        if MARK in text or name.startswith("_static/"):
            continue
        guarded, refused = protect(text)
        for what in refused:
            log.warning("%s: %s, which its policy refuses", name, what, type="policy")
        if not refused:  # else the next build looks at the page again
            path.write_text(guarded, encoding="utf-8")


def setup(app):
    app.connect("build-finished", write, priority=700)  # when all pages are there
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
