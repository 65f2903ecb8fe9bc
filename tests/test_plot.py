"""Figures: the five inks with their doubles, names at line ends, the same bytes every time."""

import io

import numpy as np
import pytest

from rnnbook import plot


def svg(figure):
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None})
    return out.getvalue()


def test_known_arms_keep_their_ink_and_every_line_a_look_of_its_own():
    figure = plot.curves({"LSTM": [1, 2], "theory": [2, 3], "RNN": [3, 4]}, "step", "loss")
    lines = figure.axes[0].lines
    assert [line.get_color() for line in lines][::2] == [plot.VERMILION, plot.BLUE]
    assert len({(str(line.get_linestyle()), line.get_marker()) for line in lines}) == 3
    assert len({line.get_color() for line in lines}) == 3


def test_names_stand_at_the_line_ends_as_text():
    drawn = svg(plot.curves({"RNN": ([0, 5], [1, 9])}, "lag / steps", "norm", log="y"))
    assert ">RNN</text>" in drawn and ">lag / steps</text>" in drawn
    assert "dc:date" not in drawn


def test_the_same_figure_has_the_same_bytes():
    one, two = (svg(plot.heat(np.eye(3), "unit", "step", signed=True)) for _ in range(2))
    assert one == two


def test_a_band_shows_the_spread():
    figure = plot.curves({"RNN": [1, 2, 3]}, "x", "y", spread={"RNN": ([0, 1, 2], [2, 3, 4])})
    assert len(figure.axes[0].collections) == 1


def test_signed_heat_is_white_at_zero():
    figure = plot.heat([[-1.0, 0.0, 4.0]], "x", "y", signed=True)
    (image,) = figure.axes[0].images
    assert image.get_clim() == (-4.0, 4.0)
    assert image.cmap(0.5)[:3] == pytest.approx((1, 1, 1), abs=0.01)


def test_more_than_two_panels_are_refused():
    with pytest.raises(ValueError, match="expected 1 or 2"):
        plot.figure(panels=3)


def styles(figure):
    return [
        (line.get_color(), str(line._dash_pattern), line.get_marker())
        for line in figure.axes[0].lines
    ]


@pytest.mark.parametrize("points", [3, 20])
def test_more_lines_than_inks_still_look_different(points):
    names = ["RNN", "GRU", "MinGRU", *"abcdefghijk"]
    found = styles(plot.curves({name: range(points) for name in names}, "x", "y"))
    assert len(set(found)) == len(names)
    assert [color for color, *_ in found[1:3]] == [plot.GREEN, plot.GREEN]
    with pytest.raises(ValueError, match="30 lines"):
        plot.curves({str(n): [1] for n in range(30)}, "x", "y")


def test_lines_whose_ink_was_chosen_keep_the_look_of_that_ink():
    ink = {"one": plot.VERMILION, "two": plot.VERMILION}
    one, two, lstm = styles(
        plot.curves({**dict.fromkeys(ink, [1, 2]), "LSTM": [2, 3]}, "x", "y", ink=ink)
    )
    assert one == two != lstm and lstm[0] == plot.VERMILION


class Table:
    rows = [
        {"cell": cell, "T": T, "seed": seed, "valid_loss": value}
        for cell, T, seed, value in [
            *[("GRU", 9, 0, 3.0), ("GRU", 9, 1, 5.0), ("GRU", 2, 0, 1.0), ("GRU", 2, 1, 1.5)],
            *[("gated", 2, 0, 7.0), ("gated", 9, 0, 8.0)],
        ]
    ]


def test_a_table_is_drawn_as_means_between_the_least_and_the_largest():
    figure = plot.curves(Table, x="T", y="valid_loss", by="cell", labels={"T": "T / steps"})
    (ax,) = figure.axes
    assert [list(line.get_xdata()) for line in ax.lines] == [[2, 9], [2, 9]]
    assert [list(line.get_ydata()) for line in ax.lines] == [[1.25, 4.0], [7.0, 8.0]]
    assert [line.get_color() for line in ax.lines] == [plot.GREEN, plot.BLUE]
    band = {tuple(corner) for corner in ax.collections[0].get_paths()[0].vertices}
    assert band == {(2, 1), (2, 1.5), (9, 3), (9, 5)}
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("T / steps", "valid loss")
    assert [text.get_text() for text in ax.texts] == ["GRU", "gated"]
    with pytest.raises(ValueError, match="no column 'loss'; there are cell, T"):
        plot.curves(Table, x="T", y="loss", by="cell")
