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
