"""What stands at the root of the site: sitemap, robots.txt, web app manifest and the 404 page.

The sitemap names no dates of change: a checkout without history, as the one that publishes the
site, does not know them.
"""

import json
from pathlib import Path
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from jinja2 import Environment

from book.ext.cards import ICON_SIZES, SURFACES
from book.ext.light import CHAPTER
from book.ext.meta import LANGUAGE, descriptions, icon_tags
from book.ext.theme import FIRST

MISSING = Path(__file__).parents[1] / "assets" / "404.html"
NOINDEX = '<meta name="robots" content="noindex">'
HEAD = 6000  # characters within which a page says that it is not to be indexed


def pages(folder):
    """The addresses of the pages that search engines may list, the first one first."""
    found = []
    for path in sorted(folder.rglob("*.html")):
        name = path.relative_to(folder).as_posix()
        head = path.read_text(encoding="utf-8")[:HEAD]
        if not name.startswith("_static/") and NOINDEX not in head:
            found.append("" if name == "index.html" else name)
    return sorted(found)


def sitemap(folder, base):
    rows = [f"<url><loc>{escape(base + name)}</loc></url>" for name in pages(folder)]
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        + "\n".join(rows)
        + "\n</urlset>\n"
    )


def robots(base):
    """Everything may be read. The search page asks by itself not to be listed."""
    return f"User-agent: *\nDisallow:\n\nSitemap: {base}sitemap.xml\n"


def manifest(app):
    """For those who put the book on their home screen; addresses are relative to this file."""
    icons = [(size, "any", f"{size}.png") for size in ICON_SIZES if size >= 192]
    icons.append((512, "maskable", "maskable.png"))
    data = {
        "name": app.config.html_title,
        "short_name": "RNN book",
        "description": descriptions(app.env).get(app.config.root_doc, ""),
        "lang": LANGUAGE,
        "id": "./",
        "start_url": "./",
        "scope": "./",
        "display": "minimal-ui",
        "background_color": SURFACES["light"],
        "theme_color": SURFACES["light"],
        "icons": [
            {
                "src": f"_static/icons/{file}",
                "sizes": f"{size}x{size}",
                "type": "image/png",
                "purpose": purpose,
            }
            for size, purpose, file in icons
        ],
    }
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def missing(app, base):
    """The page for an address that does not exist: whole in itself, at any depth."""
    titles = app.env.titles
    chapters = [
        {"number": int(CHAPTER.match(name)[1]), "title": titles[name].astext(), "name": name}
        for name in sorted(filter(CHAPTER.match, titles))
    ]
    root = urlsplit(base).path or "/"
    template = Environment(autoescape=True).from_string(MISSING.read_text(encoding="utf-8"))
    return template.render(
        root=root,
        project=app.config.html_title,
        chapters=chapters,
        language=LANGUAGE,
        tags="\n".join([NOINDEX, *icon_tags(root)]),
        first_script=FIRST,
        surfaces=SURFACES,
    )


def write(app, exception):
    if exception is not None or app.builder.name != "html":
        return
    folder, base = Path(app.outdir), app.config.html_baseurl
    texts = {"manifest.webmanifest": manifest(app), "404.html": missing(app, base)}
    if base:
        texts |= {"robots.txt": robots(base), "sitemap.xml": sitemap(folder, base)}
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


def setup(app):
    app.connect("build-finished", write, priority=600)  # after the pictures
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
