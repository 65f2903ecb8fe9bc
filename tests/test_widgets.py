"""The live figures: JavaScript and Python compute the same, and what is stored stays small."""

import json
import math
import re
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from py_mini_racer import MiniRacer
from traitlets import TraitError

from rnnbook import plot
from rnnbook.widgets import GradientFlow, LSTMCell, Unrolling, arithmetic
from rnnbook.widgets.gradient_flow import MATRICES, recurrent_matrix
from tests.widgets.engine import run

FIGURES = [Unrolling, LSTMCell, GradientFlow]
VIEW = "application/vnd.jupyter.widget-view+json"
SEEDS = st.integers(0, 9999)


# ---- Arithmetic -------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(SEEDS)
def test_random_numbers_are_the_same_in_both_languages(seed):
    ours = arithmetic.normals(51, seed)
    assert ours.tolist() == run("lstm_cell", "normals(51, seed)", seed=seed)


def test_random_numbers_are_normal():
    z = arithmetic.normals(20_000, 0)
    assert abs(z.mean()) < 0.03 and abs(z.std() - 1) < 0.02
    assert abs((np.abs(z) < 1).mean() - 0.683) < 0.01


@settings(max_examples=50, deadline=None)
@given(st.floats(-60, 60))
def test_tanh_and_sigmoid(x):
    assert run("lstm_cell", "[tanh(x), sigmoid(x)]", x=x) == [
        float(arithmetic.tanh(x)),
        float(arithmetic.sigmoid(x)),
    ]
    assert float(arithmetic.tanh(x)) == pytest.approx(math.tanh(x), rel=4e-16, abs=1e-300)
    assert float(arithmetic.sigmoid(x)) == pytest.approx(1 / (1 + math.exp(-x)), abs=5e-16)


@pytest.mark.parametrize("matrix", MATRICES)
def test_radius_and_singular_value_against_numpy(matrix):
    for seed in range(5):
        W = recurrent_matrix(matrix, 1.3, 16, seed)
        eigenvalues = np.abs(np.linalg.eigvals(W))
        assert arithmetic.spectral_radius(W) == pytest.approx(eigenvalues.max(), rel=1e-5)
        sigma, _ = arithmetic.largest_singular_value(W)
        assert sigma == pytest.approx(np.linalg.norm(W, 2), rel=1e-9)


# ---- What is stored ---------------------------------------------------------------


@pytest.mark.parametrize("figure", FIGURES)
def test_script_is_one_module_with_a_render_function(figure):
    source = figure().get_state()["_esm"]
    assert source.count("export default") == 1
    assert not re.search(r"^\s*import\b|\bimport\(|\bfetch\(", source, re.M)
    assert (
        "</script" not in source
        and "innerHTML" not in source
        and "http" not in (source.replace("http://www.w3.org/2000/svg", ""))
    )
    with MiniRacer() as context:
        module = source.replace("export default", "const figure =")
        found = context.eval(module + "; typeof figure.render")
    assert found == "function"


@pytest.mark.parametrize("figure", FIGURES)
def test_state_and_still_are_small(figure):
    widget = figure()
    assert len(json.dumps(widget.get_state())) < 60_000
    data, _ = widget._repr_mimebundle_()
    assert data[VIEW]["model_id"] == widget.model_id
    assert data["image/svg+xml"].lstrip().startswith("<?xml")
    assert len(data["image/svg+xml"]) < 40_000
    assert data["text/plain"].startswith("Live figure: ") and len(widget.alt.split()) >= 8


@pytest.mark.parametrize("figure", FIGURES)
def test_still_is_the_same_each_time(figure):
    assert figure()._still_svg() == figure()._still_svg()


def test_still_shows_the_settings():
    assert GradientFlow()._still_svg() != GradientFlow(drive=0.0)._still_svg()
    assert LSTMCell()._still_svg() != LSTMCell(b_f=0.0)._still_svg()
    assert Unrolling()._still_svg() != Unrolling(memory=False)._still_svg()


def test_inks_in_the_style_are_those_of_plot():
    style = LSTMCell().get_state()["_css"]
    for name in ("blue", "vermilion", "green", "orchid", "black"):
        assert f"--{name}: var(--ink-{name}, {getattr(plot, name.upper())})" in style


def test_errors_say_what_is_wrong():
    with pytest.raises(TypeError, match=r"no setting 'gian'; expected one of .*gain"):
        GradientFlow(gian=1.0)
    with pytest.raises(TraitError, match="gain"):
        GradientFlow(gain=7.0)
    with pytest.raises(TraitError, match="matrix"):
        GradientFlow(matrix="sparse")
    with pytest.raises(TraitError, match="25 characters; expected at most 24"):
        Unrolling(text="a" * 25)


def test_importing_the_package_loads_no_widget_library():
    loaded = "{'anywidget', 'ipywidgets'} & set(sys.modules)"
    code = f"import sys, rnnbook, rnnbook.widgets; print({loaded})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
