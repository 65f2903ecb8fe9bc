"""The cheat sheet: printed by Chromium it is one side of A4, and its numbers are right."""

import io
import math
import re
from pathlib import Path

import pytest
from pypdf import PdfReader
from torch import nn

SOURCE = Path(__file__).parents[2] / "book" / "pages" / "cheat-sheet.md"
PAGE = "book/pages/cheat-sheet.html"
A4 = (595, 842)  # points
SMALLEST = 6.5  # points; what is still read on paper


@pytest.fixture
def sheet(visit):
    """The page as the browser prints it, and that browser's page."""
    opened = visit(PAGE)
    printed = opened.page.pdf(prefer_css_page_size=True, print_background=True)
    return PdfReader(io.BytesIO(printed)), opened.page


def test_the_cheat_sheet_prints_on_one_side_of_a4(sheet):
    printed, _ = sheet
    (side,) = printed.pages
    assert [round(float(x)) for x in side.mediabox[2:]] == pytest.approx(A4, abs=1)
    words = " ".join(side.extract_text().split())
    for first_and_last in ("Cheat sheet", "Numbers"):
        assert first_and_last in words


def test_nothing_of_the_printed_sheet_is_cut_off_or_too_small(sheet):
    _, page = sheet
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 725, "height": 1060})  # A4 within its margins
    found = page.evaluate(
        """() => [...document.querySelectorAll("article :is(p, td, th, .formula)")].map(e => ({
            words: e.textContent.slice(0, 40), size: parseFloat(getComputedStyle(e).fontSize),
            over: e.scrollWidth - e.clientWidth }))"""
    )
    assert len(found) > 50
    for one in found:
        assert one["size"] * 0.75 >= SMALLEST, one
        assert one["over"] <= 1, one


def test_counts_and_half_lives_are_right():
    words = SOURCE.read_text(encoding="utf-8")
    for kind in (nn.RNN, nn.GRU, nn.LSTM):
        count = sum(part.numel() for part in kind(32, 256).parameters())
        assert f"| {count:,} |" in words, kind
    steps = [math.log(0.5) / math.log(1 / (1 + math.exp(-bias))) for bias in range(6)]
    told = re.search(r"steps: ([\d., ]+) for \$b\$ = 0 to 5", words)[1]
    assert [float(step) for step in told.split(", ")] == pytest.approx(steps, rel=0.03)


def test_a_guess_costs_what_the_sheet_says():
    words = SOURCE.read_text(encoding="utf-8")
    told = re.findall(r"(\d\.\d\d)(?: nats| \(5\.98 bits\))? for (\d+)", words)
    assert [int(count) for _, count in told] == [2, 4, 10, 63]
    for nats, count in told:
        assert float(nats) == round(math.log(int(count)), 2)
    assert f"({math.log2(63):.2f} bits)" in words
