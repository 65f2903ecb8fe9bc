"""What a browser loads and complains about when somebody opens a page and reads to its end."""

from collections import Counter
from contextlib import contextmanager

from playwright.sync_api import sync_playwright

from book.tools.audit import axe, programs

SWITCHES = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
SIZES = {"phone": (360, 780), "desk": (1280, 800)}
DATA = "/_static/figures/settings-"  # the trained weights and the like of a live figure


@contextmanager
def browser():
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=programs.chromium(), args=SWITCHES)
        yield chromium
        chromium.close()


@contextmanager
def opened(chromium, size, scheme="light"):
    """An empty page of a browser without memory."""
    width, height = SIZES[size]
    context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    yield context.new_page()
    context.close()


class Traffic:
    """The requests of a page with the bytes of each as they came over the wire."""

    def __init__(self, page, site):
        self.site, self.bytes, self.address = site, Counter(), {}
        self.errors, self.foreign = [], []
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.requestWillBeSent", self.asked)
        session.on("Network.loadingFinished", self.ended)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda m: m.type == "error" and self.errors.append(m.text))

    def asked(self, event):
        url = self.address[event["requestId"]] = event["request"]["url"]
        if not url.startswith((self.site, "data:", "blob:")):
            self.foreign.append(url)

    def ended(self, event):
        self.bytes[self.address.get(event["requestId"], "")] += event["encodedDataLength"]

    def summary(self):
        sent = {url: size for url, size in self.bytes.items() if url.startswith(self.site)}
        data = sum(size for url, size in sent.items() if DATA in url)
        return {
            "requests": len(sent),
            "bytes": round(sum(sent.values())),
            "data_bytes": round(data),
        }


def load(chromium, site, name):
    """The first load at both sizes; the larger is kept; then to the end of the page."""
    kept, errors, foreign = None, [], []
    for size in SIZES:
        with opened(chromium, size) as page:
            traffic = Traffic(page, site)
            page.goto(site + name, wait_until="networkidle")
            first = traffic.summary()
            axe.start_figures(page)
            page.evaluate("scrollTo(0, document.body.scrollHeight)")
            page.wait_for_load_state("networkidle")
            kept = max(filter(None, [kept, first]), key=lambda one: one["bytes"])
            errors += traffic.errors
            foreign += traffic.foreign
    return {**kept, "console_errors": sorted(set(errors)), "foreign": sorted(set(foreign))}


def accessibility(chromium, site, name):
    """What axe finds in a page, light and dark, at both sizes."""
    found = []
    for size in SIZES:
        for scheme in ("light", "dark"):
            with opened(chromium, size, scheme) as page:
                page.goto(site + name, wait_until="load")
                found += [f"{size}, {scheme}, {place}: {words}" for place, words in axe.audit(page)]
    return {"violations": found}
