"""Every view that a figure offers shows what Python computes, opened as a link."""

import pytest

from book.tools.gallery import address
from rnnbook.widgets.base import limit_of
from tests.site.displayed import DISPLAYED, FIGURES, differences

PAGE = "book/pages/gallery.html"
EVERY = [
    pytest.param(figure, settings, id=f"{figure.__name__}: {label}")
    for figure in FIGURES
    for label, settings in figure.views.items()
]

every_figure = pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.__name__)


def opened(page, figure):
    """The running figure of a class on the gallery page."""
    live = page.locator(f"#{figure.front_end} .live-figure[data-live=on]")
    live.wait_for(timeout=20_000)
    return live


@pytest.mark.parametrize("figure, settings", EVERY)
def test_a_link_to_a_view_shows_what_python_computes(visit, figure, settings):
    seen = visit(PAGE + address(figure, settings))
    live = opened(seen.page, figure)
    wrong = list(differences(live.evaluate(DISPLAYED), figure(**settings).shown()))
    assert not wrong, "\n".join(wrong)
    assert not seen.problems, "\n".join(seen.problems)
    top = live.bounding_box()["y"]
    assert 0 <= top < 600, f"the link leaves the figure at {top:.0f} px of a screen of 900"


@every_figure
def test_the_links_on_the_page_lead_to_the_views(visit, figure):
    """Clicked one after the other they leave nothing of the view before."""
    page = visit(PAGE).page
    links = page.locator(f'a[href="#{figure.front_end}"], a[href^="#{figure.front_end}?"]')
    page.locator(f"#{figure.front_end}").scroll_into_view_if_needed()
    live = opened(page, figure)
    hrefs = links.evaluate_all("links => links.map(link => link.getAttribute('href'))")
    for label, settings in [*figure.views.items()][::-1]:
        target = address(figure, settings)
        assert target in hrefs, f"no link to {label!r} ({target}); there are {hrefs}"
        links.nth(hrefs.index(target)).evaluate("link => link.click()")
        page.wait_for_function("hash => location.hash === hash", arg=target)
        page.evaluate("new Promise(requestAnimationFrame)")
        wrong = list(differences(live.evaluate(DISPLAYED), figure(**settings).shown()))
        assert not wrong, f"{label}:\n" + "\n".join(wrong)


@every_figure
def test_views_are_worth_a_link(figure):
    """At least three, the first as the figure starts, each other one different and carriable."""
    views = list(figure.views.values())
    assert len(views) >= 3 and views[0] == {}, figure.views
    start = figure()
    for label, settings in figure.views.items():
        assert set(settings) <= set(start.limits), f"a link cannot carry all of {label!r}"
        changed = any(getattr(start, name) != value for name, value in settings.items())
        assert changed or settings == {}, f"{label!r} is the figure as it starts"
    assert len({str(sorted(view.items())) for view in views}) == len(views), figure.views


@every_figure
def test_a_bad_address_leaves_the_figure_as_it_starts(visit, figure):
    """Another's link may be old, cut, or made up: what does not fit is passed over."""
    start = figure()
    bad = {}
    for name in start.limits:
        limits = limit_of(start.traits()[name])
        if isinstance(limits, dict) and "max" in limits:
            bad[name] = limits["max"] * 2 + 1000
        elif not isinstance(getattr(start, name), str) or limits:
            bad[name] = "no such thing"
    query = "&".join(f"{name}={value}" for name, value in {**bad, "nosuch": "1"}.items())
    seen = visit(f"{PAGE}#{figure.front_end}?{query}")
    live = opened(seen.page, figure)
    wrong = list(differences(live.evaluate(DISPLAYED), start.shown()))
    assert not wrong, "\n".join(wrong)
    assert not seen.problems, "\n".join(seen.problems)
