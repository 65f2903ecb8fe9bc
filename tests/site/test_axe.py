"""axe finds nothing on any page, light or dark, with each live figure running and focused."""

import pytest

from book.tools.audit import axe, pages

GALLERY = "book/pages/gallery.html"


@pytest.mark.parametrize("scheme, rules", [("light", axe.TAGS), ("dark", axe.COLOURS)])
def test_axe_finds_nothing(site_folder, site_url, visit, scheme, rules):
    """One page of the browser goes through all of the site; `make audit` does phones too."""
    page = visit("index.html", scheme=scheme).page
    found = []
    for name in pages.all_pages(site_folder):
        page.goto(site_url + name, wait_until="load")
        found += [f"{name}, {place}: {words}" for place, words in axe.audit(page, rules)]
    assert not found, f"{len(found)} places:\n" + "\n".join(found[:40])


def test_axe_meets_every_live_figure(site_folder, visit):
    page = visit(GALLERY).page
    started = axe.start_figures(page)
    assert len(started) == len(set(started)) == page.locator("[data-figure]").count() > 0
    for name in started:
        page.locator(f"#{name}").locator(axe.CONTROLS).first.focus()
        assert page.evaluate(f"document.activeElement.closest('figure').id === '{name}'")


FAULTS = """() => {
  const live = document.querySelector(".live-figure"), input = live.querySelector("input");
  const long = [...document.querySelectorAll("article p")].filter((p) => p.innerText.length > 200);
  long[0].style = "color: #aaa; background: #fff";
  long[1].outerHTML = "<h5>Too deep</h5>";
  input.ariaLabel = "";
  input.closest("label").replaceWith(input);
  input.setAttribute("aria-labeledby", "none");
  live.querySelector("button").textContent = "";
}"""
BROKEN = {"color-contrast", "heading-order", "label", "aria-valid-attr", "button-name"}


def test_axe_sees_faults(visit):
    """A page that is broken on purpose is not passed over."""
    page = visit("chapters/05-lstm.html").page
    axe.start_figures(page)
    page.evaluate(FAULTS)
    assert {words.split(":")[0] for words in axe.violations(page)} >= BROKEN
