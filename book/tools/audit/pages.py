"""The pages of the built site."""

import re

from book.tools.serve import HTML

NOINDEX = re.compile(r'<meta[^>]*name="robots"[^>]*noindex')


def all_pages(folder=HTML):
    """Every page of the site, as an address within it."""
    found = [path.relative_to(folder).as_posix() for path in folder.rglob("*.html")]
    return sorted(name for name in found if not name.startswith("_static/"))


def is_indexable(name, folder=HTML):
    """Whether search engines may list a page."""
    return not NOINDEX.search((folder / name).read_text(encoding="utf-8"))


def asked(names, folder=HTML):
    """The pages that are meant by ``names``: an address, or how one ends without ``.html``."""
    known = all_pages(folder)
    if not known:
        raise SystemExit("_build/html holds no site; build it first: make book")
    chosen = []
    for name in names:
        stem = name.removesuffix(".html")
        fits = [page for page in known if f"/{page}".endswith(f"/{stem}.html")]
        if not fits:
            raise SystemExit(f"no page {name}; there are: {', '.join(known)}")
        chosen += fits
    return chosen or known
