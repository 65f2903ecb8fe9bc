"""axe over a page and over each of its live figures, running and with a control focused."""

from functools import cache
from importlib.resources import files

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = ["wcag2aa"]  # all that can differ between a light and a dark page
RUN = """async ([scope, tags]) => {
  const found = await axe.run(scope || document, {
    runOnly: { type: "tag", values: tags }, resultTypes: ["violations"],
  });
  return found.violations.map(({ id, help, nodes }) => {
    const places = nodes.slice(0, 3).map(({ target }) => target.flat().join(" "));
    return `${id}: ${help} (${nodes.length} x, ${places.join(", ")})`;
  });
}"""
CONTROLS = ".live-figure :is(input, select, textarea, button, [tabindex='0']):not([disabled])"


@cache
def script():
    return (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


def violations(page, scope=None, rules=TAGS):
    """What axe finds in the page, or in what the CSS selector ``scope`` names."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(script())
    return page.evaluate(RUN, [scope, rules])


def start_figures(page):
    """Scroll to every live figure of a page until it runs; gives their ids."""
    started = []
    for figure in page.locator("figure.live").all():
        figure.scroll_into_view_if_needed()
        figure.locator(".live-figure[data-live=on]").wait_for(timeout=20_000)
        started.append(figure.get_attribute("id"))
    return started


def audit(page, rules=TAGS):
    """Violations of a page as (place, words); every live figure has a control focused once."""
    figures = start_figures(page)
    page.evaluate("scrollTo(0, 0)")
    found = [("page", words) for words in violations(page, rules=rules)]
    for name in figures:
        page.locator(f"#{name}").locator(CONTROLS).first.focus()
        found += [(name, words) for words in violations(page, f"#{name}", rules)]
    return found
