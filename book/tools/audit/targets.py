"""What the measured pages must reach, and what a page missed."""

SCORE, HEAVIEST = 95, 90  # performance of a page, and of the heaviest one
LCP_S = 1.8
FIRST_KB, FOLD_KB = 250, 500  # without and with the data of the live figures that are in view


def all_targets():
    return {
        "performance": SCORE,
        "performance of the heaviest page": HEAVIEST,
        "accessibility, best practices, SEO": 100,
        "LCP, s, less than": LCP_S,
        "first load without data of live figures, kB, less than": FIRST_KB,
        "first load with all in view, kB, less than": FOLD_KB,
        "axe violations, console errors, requests to other hosts, HTML errors": 0,
    }


def heaviest(pages):
    """The page whose first load is largest, None as long as no load is known."""
    loads = {name: page["visit"]["bytes"] for name, page in pages.items() if "visit" in page}
    return max(loads, key=loads.get, default=None)


def of_lighthouse(found, is_heaviest):
    least = HEAVIEST if is_heaviest else SCORE
    if found["performance"] < least:
        yield f"performance {found['performance']}, at least {least}"
    for name in ("accessibility", "best-practices", "seo"):
        if found[name] < 100:
            yield f"{name} {found[name]}, at least 100: {'; '.join(found['lost'])}"
    if found["lcp_s"] >= LCP_S:
        yield f"largest paint after {found['lcp_s']} s, less than {LCP_S}"


def of_visit(found, is_heaviest):
    own = (found["bytes"] - found["data_bytes"]) / 1000
    if own >= FIRST_KB:
        yield f"first load of {own:.0f} kB without data of live figures, less than {FIRST_KB}"
    if found["bytes"] / 1000 >= FOLD_KB:
        yield f"first load of {found['bytes'] / 1000:.0f} kB, less than {FOLD_KB}"
    yield from (f"console error: {words}" for words in found["console_errors"])
    yield from (f"request to another host: {url}" for url in found["foreign"])


def of_axe(found, is_heaviest):
    yield from (f"axe, {words}" for words in found["violations"])


def of_html(found, is_heaviest):
    yield from (f"HTML, {words}" for words in found["first"])
    if found["errors"] > len(found["first"]):
        yield f"HTML, {found['errors'] - len(found['first'])} more errors"


PARTS = {"visit": of_visit, "html": of_html, "axe": of_axe, "lighthouse": of_lighthouse}


def missed(pages, name, parts=PARTS):
    """The targets that a page misses in what was measured of it."""
    page, is_heaviest = pages[name], name == heaviest(pages)
    for part in parts:
        if part in page:
            yield from PARTS[part](page[part], is_heaviest)
