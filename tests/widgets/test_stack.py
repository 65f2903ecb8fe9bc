"""The figure on stacks: both languages agree, and torch depends on the same inputs."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnbook.widgets.stack import (
    HALVES,
    KINDS,
    Stack,
    T,
    analyse,
    ancestors,
    nodes,
    outputs,
    ticks,
)
from tests.widgets.engine import run

STACKS = st.integers(1, 4), st.sampled_from(KINDS)


def name(node):
    return " ".join(map(str, node))


@settings(max_examples=20, deadline=None)
@given(*STACKS, st.data())
def test_both_languages_find_the_same_ways(L, kind, data):
    ways = analyse(L, kind)
    theirs = run("stack", "analyse(L, kind)", L=L, kind=kind)
    ours = {name(n): {str(s): list(way) for s, way in found.items()} for n, found in ways.items()}
    assert theirs == ours
    node = data.draw(st.sampled_from(nodes(L, kind)))
    values = {"L": L, "kind": kind, "node": node}
    assert run("stack", "outputs(L, kind, node)", **values) == outputs(L, kind, node)
    theirs = run("stack", "[...ancestors(node, kind)]", **values)
    assert set(theirs) == {name(n) for n in ancestors(node, kind)}


def reach(L, kind):
    """(T, T) booleans by autograd: whether the output of a row depends on the input of a column."""
    torch.manual_seed(0)
    x_1TD = torch.randn(1, T, 3, dtype=torch.double, requires_grad=True)
    bi = kind == "both"
    if kind == "residual":
        y_1TH = x_1TD
        for _ in range(L):
            y_1TH = y_1TH + torch.nn.RNN(3, 3, batch_first=True).double()(y_1TH)[0]
    else:
        layer = torch.nn.RNN(3, 3, num_layers=L, bidirectional=bi, batch_first=True).double()
        y_1TH, _ = layer(x_1TD)
    rows = [torch.autograd.grad(y_1TH[0, t].sum(), x_1TD, retain_graph=True)[0] for t in range(T)]
    return torch.cat(rows).abs().sum(2) > 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("L", [1, 3])
def test_outputs_depend_on_the_inputs_that_the_figure_says(L, kind):
    ways, wanted = analyse(L, kind), reach(L, kind)
    for t in range(T):
        top = {s for n, found in ways.items() if n[0] == L - 1 and n[2] == t for s in found}
        assert top == set(wanted[t].nonzero()[:, 0].tolist())
    for layer, half, s in ways:  # a first-layer cell reaches what its input reaches through it
        if layer == 0 and kind != "both":
            assert outputs(L, kind, (layer, half, s)) == wanted[:, s].nonzero()[:, 0].tolist()


@pytest.mark.parametrize("L", [1, 2, 3, 4])
def test_the_last_tick_is_a_sum_forwards_and_a_product_in_both_directions(L):
    last = {kind: max(ticks(analyse(L, kind)).values()) for kind in KINDS}
    assert last == {"forward": T + L - 1, "residual": T + L - 1, "both": T * L}


def test_residual_connections_shorten_the_ways_and_not_the_wait():
    plain, residual = (analyse(4, kind)[3, 0, T - 1][0] for kind in ("forward", "residual"))
    assert plain == (T + 3, T + 3) and residual == (T, T + 3)


def test_a_backward_half_has_read_one_input_at_the_last_step():
    assert Stack(kind="both", L=1, step=T, half="backward").shown()["inputs"] == str(T)
    assert Stack(kind="both", L=1, step=1).shown()["first"] == f"1 to {T}"
    assert Stack(step=1).shown()["first"] == "1"


def test_a_layer_above_the_top_is_the_top_and_forwards_there_is_one_half():
    assert Stack(L=2, layer=4).picked()[0] == 1
    assert Stack(half="backward").picked()[1] == 0
    assert Stack(kind="both", half="backward").picked()[1] == HALVES.index("backward")


@pytest.mark.parametrize("view", Stack.views)
def test_what_is_shown_and_drawn(view):
    figure = Stack(**Stack.views[view])
    assert all(figure.shown().values())
    assert figure.still().get_size_inches()[0] == 6.4
    assert len(figure._still_svg()) < 60_000
