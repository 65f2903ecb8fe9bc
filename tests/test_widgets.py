"""The live figures: JavaScript and Python compute the same, and what is stored stays small."""

import atexit
import json
import math
import re
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from py_mini_racer import MiniRacer
from traitlets import TraitError

from rnnbook import plot
from rnnbook.widgets import GradientFlow, LSTMCell, Unrolling, arithmetic, base
from rnnbook.widgets.gradient_flow import MATRICES, UNITS, gradient_flow, recurrent_matrix
from rnnbook.widgets.lstm_cell import half_life, lstm_trace
from rnnbook.widgets.unrolling import difference, letter_weights, read

FIGURES = [Unrolling, LSTMCell, GradientFlow]
VIEW = "application/vnd.jupyter.widget-view+json"
SEEDS = st.integers(0, 9999)


def engine(name):
    """A JavaScript engine that has evaluated the arithmetic of one figure."""
    context = MiniRacer()
    atexit.register(context.close)  # later is too late: Python 3.13 would wait for ever
    context.eval(base.script(name).split("// ---- The view")[0])
    return context


ENGINES = {name: engine(name) for name in ("gradient_flow", "lstm_cell", "unrolling")}


def run(name, expression, **values):
    """The value of a JavaScript expression over ``values``; numbers that are not finite as null."""
    names = ", ".join(values)
    call = f"JSON.stringify((({names}) => {expression})"
    return json.loads(
        ENGINES[name].eval(
            f"{call}(...{json.dumps(list(values.values()))}), "
            "(k, v) => ArrayBuffer.isView(v) ? Array.from(v) : v)"
        )
    )


def numbers(values):
    return np.array([-math.inf if v is None else v for v in values])


# ---- Arithmetic ------------------------------------------------------------------


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


# ---- Gradient flow ---------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(
    gain=st.floats(0.2, 3),
    drive=st.sampled_from([0.0, 0.1, 0.7, 1.0, 3.0]),
    unit=st.sampled_from(list(UNITS)),
    matrix=st.sampled_from(MATRICES),
    seed=SEEDS,
    H=st.sampled_from([5, 16]),
    T=st.sampled_from([20, 100]),
)
def test_gradient_flow_is_the_same_in_both_languages(**setting):
    ours, theirs = gradient_flow(**setting), run("gradient_flow", "gradientFlow(s)", s=setting)
    norms = numbers(theirs["logNorm"])
    assert np.array_equal(np.isinf(norms), np.isinf(ours["log_norm"]))
    finite = np.isfinite(norms)
    assert np.abs(norms[finite] - ours["log_norm"][finite]).max() < 1e-9
    assert theirs["radius"] == pytest.approx(ours["radius"], rel=1e-9)
    assert theirs["sigma"] == pytest.approx(ours["sigma"], rel=1e-9)


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("matrix", MATRICES)
def test_gradient_flow_against_autograd(unit, matrix):
    """The norm of dh_T/dh_{T-k}, from autograd's Jacobian and numpy's spectral norm."""
    H, T, seed, drive = 6, 12, 3, 0.7
    W = torch.tensor(recurrent_matrix(matrix, 1.2, H, seed))
    x = drive * torch.tensor(arithmetic.normals(T * H, 2 * seed + 2)).reshape(T, H)
    phi = {"tanh": torch.tanh, "ReLU": torch.relu, "linear": lambda a: a}[unit]

    def forward(h, start):
        for x_t in x[start:]:
            h = phi(W @ h + x_t)
        return h

    flow = gradient_flow(1.2, drive, unit, matrix, H, T, seed)
    h = torch.zeros(H, dtype=torch.double)
    for t in range(T):
        jacobian = torch.autograd.functional.jacobian(lambda h, t=t: forward(h, t), h)
        norm = np.linalg.norm(jacobian.numpy(), 2)
        got = 10 ** flow["log_norm"][T - t]
        assert got == pytest.approx(norm, rel=1e-5), (unit, matrix, t)
        h = phi(W @ h + x[t])


def test_default_view_is_a_counter_example_to_the_rule():
    flow = GradientFlow().flow()
    assert flow["radius"] > 1.1 and flow["log_norm"][-1] < -3
    still = GradientFlow(drive=0.0).flow()
    assert still["log_norm"][-1] > 3
    chain = GradientFlow(matrix="non-normal", gain=1.0, unit="linear").flow()
    assert chain["radius"] < 0.8 and chain["log_norm"].max() > 3


# ---- LSTM cell -------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(
    b_f=st.floats(-2, 6),
    b_i=st.floats(-6, 4),
    b_o=st.floats(-4, 4),
    x=st.lists(st.integers(-1, 1), min_size=5, max_size=24),
)
def test_lstm_is_the_same_in_both_languages(b_f, b_i, b_o, x):
    ours = lstm_trace(x, b_f, b_i, b_o)
    theirs = run("lstm_cell", "lstmTrace(x, b_f, b_i, b_o)", x=x, b_f=b_f, b_i=b_i, b_o=b_o)
    assert set(ours) == set(theirs)
    for key, values in ours.items():
        assert np.abs(values - numbers(theirs[key])).max() < 1e-12, key
    assert run("lstm_cell", "halfLife(b)", b=b_f) == pytest.approx(half_life(b_f), rel=1e-12)


def test_lstm_against_torch():
    cell = torch.nn.LSTMCell(1, 1, dtype=torch.double)
    plain = torch.nn.RNNCell(1, 1, dtype=torch.double)
    b_f, b_i, b_o = 2.5, -1.0, 0.5
    with torch.no_grad():
        for weight in [*cell.parameters(), *plain.parameters()]:
            weight.zero_()
        cell.weight_ih[:, 0] = torch.tensor([4.0, 6.0, 2.0, 0.0])  # i f g o
        cell.bias_ih[:] = torch.tensor([b_i, b_f, 0.0, b_o])
        plain.weight_ih[0, 0], plain.weight_hh[0, 0] = 1.0, 0.8
        x, state, other = LSTMCell().x, None, None
        trace = lstm_trace(x, b_f, b_i, b_o)
        for t, value in enumerate(x):
            x_BD = torch.tensor([[float(value)]], dtype=torch.double)
            state, other = cell(x_BD, state), plain(x_BD, other)
            assert trace["h"][t] == pytest.approx(state[0].item(), abs=1e-12)
            assert trace["c"][t] == pytest.approx(state[1].item(), abs=1e-12)
            assert trace["plain"][t] == pytest.approx(other.item(), abs=1e-12)


@pytest.mark.parametrize("b_f, steps", [(0, 1.0), (1, 2.2), (2, 5.5), (4, 38)])
def test_half_life_as_the_chapter_quotes_it(b_f, steps):
    assert float(f"{half_life(b_f):.2g}") == steps


# ---- Unrolling -------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(
    text=st.text("abcxyz Q'-9", max_size=24),
    before=st.text("abcxyz ", max_size=24),
    memory=st.booleans(),
)
def test_unrolling_is_the_same_in_both_languages(text, before, memory):
    W_xh, W_hh = letter_weights()
    arguments = {"a": text, "b": before, "x": W_xh, "h": W_hh, "m": memory}
    theirs = run("unrolling", "[readText(a, x, h, m), difference(a, b, x, h, m)]", **arguments)
    states = read(text, W_xh, W_hh, memory)
    assert np.abs(np.array(theirs[0]).reshape(states.shape) - states).max(initial=0) < 1e-12
    gap = difference(text, before, W_xh, W_hh, memory)
    assert len(theirs[1]) == len(gap)
    assert np.abs(np.array(theirs[1]) - gap).max(initial=0) < 1e-12


def test_unrolling_against_torch():
    W_xh, W_hh = letter_weights()
    cell = torch.nn.RNN(29, 6, bias=False, batch_first=True, dtype=torch.double)
    with torch.no_grad():
        cell.weight_ih_l0[:] = torch.tensor(W_xh, dtype=torch.double)
        cell.weight_hh_l0[:] = torch.tensor(W_hh, dtype=torch.double)
        index = torch.tensor(["abcdefghijklmnopqrstuvwxyz '".index(c) for c in "dread and butter"])
        out, _ = cell(torch.nn.functional.one_hot(index, 29).double()[None])
    assert np.abs(out[0].numpy() - read("dread and butter", W_xh, W_hh)).max() < 1e-12


def test_an_early_letter_is_remembered_for_about_ten_steps():
    gap = Unrolling().difference()
    assert gap[0] > 1.5 and gap[6] > 0.3 * gap[0] and gap[15] < 0.05 * gap[0]
    forgetful = Unrolling(memory=False).difference()
    assert forgetful[0] > 0.5 and forgetful[1:].max() == 0


# ---- What is stored --------------------------------------------------------------


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
