"""One step of every cell equals its twin: torch.nn's, or a loop in NumPy from the paper."""

import numpy as np
import pytest
import torch
from hypothesis import given
from torch import nn

from rnnbook import GRU, LSTM, RNN, cells, layers
from rnnbook.models import Classifier, Tagger
from tests.twins import SEEDS, SIZES, examples, flat, gradients, random_like, same, stir

# ---------------------------------------------------------------- torch.nn has a twin


def torch_weights(cell, twin):
    """Give ``twin`` the weights of ``cell``, the bias split over its two."""
    with torch.no_grad():
        twin.weight_ih.copy_(cell.W_xh)
        twin.weight_hh.copy_(cell.W_hh)
        twin.bias_ih.copy_(cell.b_h / 3)
        twin.bias_hh.copy_(cell.b_h * 2 / 3)
        if isinstance(cell, cells.GRUCell):
            twin.bias_ih[cell.block("n")] = cell.b_h[cell.block("n")]
            twin.bias_hh[cell.block("n")] = cell.b_hn
    return twin


TORCH = {
    "tanh": (cells.ElmanCell, {}, lambda D, H: nn.RNNCell(D, H)),
    "ReLU": (cells.ElmanCell, {"unit": "ReLU"}, lambda D, H: nn.RNNCell(D, H, nonlinearity="relu")),
    "LSTM": (cells.LSTMCell, {}, nn.LSTMCell),
    "GRU": (cells.GRUCell, {}, nn.GRUCell),
}


@pytest.mark.parametrize("name", TORCH)
@examples(15)
@given(sizes=SIZES, seed=SEEDS)
def test_a_cell_equals_that_of_torch_forwards_and_backwards(name, sizes, seed):
    B, _, D, H = sizes
    torch.manual_seed(seed)
    kind, options, make = TORCH[name]
    cell = stir(kind(D, H, **options))
    twin = torch_weights(cell, make(D, H).double())
    x_BD = torch.randn(B, D, dtype=torch.float64, requires_grad=True)
    state = random_like(cell.start(B, like=x_BD))
    ours, theirs = flat(cell(x_BD, state)), flat(twin(x_BD, state))
    same(ours, theirs)
    inputs = [x_BD, *flat(state)]
    weights = [twin.weight_ih, twin.weight_hh, twin.bias_ih]
    weights += [twin.bias_hh] if name == "GRU" else []
    found, wanted = (
        gradients(ours, [*inputs, *cell.parameters()]),
        gradients(theirs, inputs + weights),
    )
    if name == "GRU":
        wanted[-1] = wanted[-1][cell.block("n")]
    same(found, wanted)


def twin_of_three_gates(form, cell):
    """nn.LSTMCell that computes a form without forget gate: f = 1, or f = 1 - i."""
    H, twin = cell.H, nn.LSTMCell(cell.D, cell.H).double()
    names = ("weight_ih", "weight_hh", "bias_ih")
    with torch.no_grad():
        twin.bias_hh.zero_()
        for theirs, ours in zip((getattr(twin, n) for n in names), cell.parameters()):
            i, g, o = ours.chunk(3)
            full = {"1997": torch.full_like(i, 50.0 if ours.ndim == 1 else 0.0), "coupled": -i}
            theirs.copy_(torch.cat([i, full[form], g, o]))
    return twin, [getattr(twin, n) for n in names], H


@pytest.mark.parametrize("form", ["1997", "coupled"])
@examples(15)
@given(sizes=SIZES, seed=SEEDS)
def test_an_lstm_with_three_gates_is_one_of_torch_whose_forget_gate_is_bound(form, sizes, seed):
    B, _, D, H = sizes
    torch.manual_seed(seed)
    cell = stir(cells.LSTMCell(D, H, form=form))
    twin, weights, H = twin_of_three_gates(form, cell)
    x_BD = torch.randn(B, D, dtype=torch.float64, requires_grad=True)
    state = random_like(cell.start(B, like=x_BD))
    ours, theirs = cell(x_BD, state), twin(x_BD, state)
    same(ours, theirs)
    inputs = [x_BD, *state]
    found = gradients(ours, [*inputs, *cell.parameters()])
    wanted = gradients(theirs, inputs + weights)
    for k in range(3, 6):
        i, f, g, o = wanted[k].chunk(4)
        wanted[k] = torch.cat([i - f if form == "coupled" else i, g, o])
    same(found, wanted)


# ---------------------------------------------------------------- written from the papers


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def normed(z, gain, bias=0.0):
    """Ba et al. 2016, equation 4, with the small number of torch.nn under the root."""
    centred = z - sum(z) / len(z)
    return gain * centred / np.sqrt(sum(centred**2) / len(z) + 1e-5) + bias


def gate_sums(p, rows, x, h):
    """W x + U h + b of each gate by name, one sequence alone."""
    H = len(p["b_h"]) // len(rows)
    return {
        row: p["W_xh"][k * H : (k + 1) * H] @ x
        + p["W_hh"][k * H : (k + 1) * H] @ h
        + p["b_h"][k * H : (k + 1) * H]
        for k, row in enumerate(rows)
    }


def elman(p, x, state):
    return (np.tanh(p["W_xh"] @ x + p["W_hh"] @ state[0] + p["b_h"]),)


def linear(p, x, state):
    return (p["W_xh"] @ x + p["W_hh"] @ state[0] + p["b_h"],)


def lstm(p, x, state, rows="ifgo"):
    """Hochreiter and Schmidhuber 1997; Gers et al. 2000; Greff et al. 2017 (CIFG)."""
    h, c = state
    a = gate_sums(p, rows, x, h)
    i = sigmoid(a["i"])
    f = sigmoid(a["f"]) if "f" in rows else 1.0
    c = f * c + i * np.tanh(a["g"])
    return sigmoid(a["o"]) * np.tanh(c), c


def lstm_1997(p, x, state):
    return lstm(p, x, state, rows="igo")


def coupled(p, x, state):
    h, c = state
    a = gate_sums(p, "igo", x, h)
    i = sigmoid(a["i"])
    c = (1 - i) * c + i * np.tanh(a["g"])
    return sigmoid(a["o"]) * np.tanh(c), c


def peephole(p, x, state):
    """Gers and Schmidhuber 2000: the input and forget gate see c_{t-1}, the output gate c_t."""
    h, c = state
    a = gate_sums(p, "ifgo", x, h)
    of_i, of_f, of_o = p["more.0"]
    new = sigmoid(a["f"] + of_f * c) * c + sigmoid(a["i"] + of_i * c) * np.tanh(a["g"])
    return sigmoid(a["o"] + of_o * new) * np.tanh(new), new


def layer_norm(p, x, state):
    """Ba et al. 2016, equations 20 to 22."""
    h, c = state
    a = normed(p["W_hh"] @ h, p["more.1"]) + normed(p["W_xh"] @ x, p["more.0"]) + p["b_h"]
    i, f, g, o = np.split(a, 4)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(normed(c, p["more.2"], p["more.3"])), c


def jordan(p, x, state, decay=0.3):
    """Jordan 1986: state units that keep a share of themselves and take in the last output."""
    y, s = state
    s = decay * s + y
    return p["W_hy"] @ np.tanh(p["W_xh"] @ x + p["W_sh"] @ s + p["b_h"]) + p["b_y"], s


def gru(p, x, state, before=False):
    """Cho et al. 2014 and Chung et al. 2014, with z as the share that is kept."""
    (h,), H = state, len(state[0])
    a = gate_sums(p, "rzn", x, h)
    r, z = sigmoid(a["r"]), sigmoid(a["z"])
    W_n, U_n, b_n = (p[name][2 * H :] for name in ("W_xh", "W_hh", "b_h"))
    seen = U_n @ (r * h) if before else r * (U_n @ h + p["b_hn"])
    return (z * h + (1 - z) * np.tanh(W_n @ x + seen + b_n),)


def gru_before(p, x, state):
    return gru(p, x, state, before=True)


def mingru(p, x, state):
    """Feng et al. 2024, section 3.1: z is the share that is written, the candidate is linear."""
    (h,), H = state, len(state[0])
    z = sigmoid(p["W_xh"][:H] @ x + p["b_h"][:H])
    return ((1 - z) * h + z * (p["W_xh"][H:] @ x + p["b_h"][H:]),)


def lru(p, x, state):
    """Orvieto et al. 2023, section 3.3 and equation 5."""
    B, C = (p[name][..., 0] + 1j * p[name][..., 1] for name in ("W_xh", "W_hy"))
    lam = np.exp(-np.exp(p["nu"])) * (np.cos(np.exp(p["theta"])) + 1j * np.sin(np.exp(p["theta"])))
    h = lam * state[1] + np.exp(p["gamma"]) * (B @ x)
    return (C @ h).real + p["W_xy"] @ x, h


PAPERS = {
    "Elman": (cells.ElmanCell, {}, elman),
    "linear": (cells.ElmanCell, {"unit": "linear"}, linear),
    "Jordan": (cells.JordanCell, {"K": 4, "decay": 0.3}, jordan),
    "LSTM of 2000": (cells.LSTMCell, {}, lstm),
    "LSTM of 1997": (cells.LSTMCell, {"form": "1997"}, lstm_1997),
    "coupled": (cells.LSTMCell, {"form": "coupled"}, coupled),
    "peephole": (cells.LSTMCell, {"form": "peephole"}, peephole),
    "layer norm": (cells.LSTMCell, {"form": "layer_norm"}, layer_norm),
    "GRU": (cells.GRUCell, {}, gru),
    "GRU before": (cells.GRUCell, {"reset": "before"}, gru_before),
    "minGRU": (cells.MinGRUCell, {}, mingru),
    "LRU": (cells.LRUCell, {"N": 7}, lru),
}


def case(name, B, T, D, H):
    """A cell with random weights, random inputs and a random state, for one of ``PAPERS``."""
    kind, options, paper = PAPERS[name]
    cell = stir(kind(D, H, **options))
    x_BTD = torch.randn(B, T, D, dtype=torch.float64, requires_grad=True)
    return cell, x_BTD, random_like(cell.start(B, like=x_BTD)), paper


def ours(cell, x_BTD, state):
    """The outputs of all steps and the parts of the last state."""
    outputs = []
    for x_BD in x_BTD.unbind(1):
        state = cell(x_BD, state)
        outputs.append(flat(state)[0])
    return [torch.stack(outputs, 1), *flat(state)]


def from_paper(paper, p, x_BTD, parts):
    """The same in NumPy, one sequence after the other."""
    all_outputs, all_ends = [], []
    for b in range(len(x_BTD)):
        state, outputs = tuple(part[b] for part in parts), []
        for x in x_BTD[b]:
            state = paper(p, x, state)
            outputs.append(state[0])
        all_outputs.append(outputs)
        all_ends.append(state)
    return [np.array(all_outputs), *(np.array(part) for part in zip(*all_ends))]


def arrays(cell, x_BTD, state):
    """Weights, inputs and state as NumPy arrays that may be changed."""
    p = {name: w.detach().numpy().copy() for name, w in cell.named_parameters()}
    return p, x_BTD.detach().numpy().copy(), [s.detach().numpy().copy() for s in flat(state)]


@pytest.mark.parametrize("name", PAPERS)
@examples(10)
@given(sizes=SIZES, seed=SEEDS)
def test_a_cell_computes_what_its_paper_says(name, sizes, seed):
    torch.manual_seed(seed)
    cell, x_BTD, state, paper = case(name, *sizes)
    wanted = from_paper(paper, *arrays(cell, x_BTD, state))
    same(ours(cell, x_BTD, state), map(torch.from_numpy, wanted))


def slopes(loss, array, eps=1e-6):
    """Central differences of ``loss`` by every number in ``array``, real or complex."""
    numbers = array.reshape(-1).view(np.float64)  # a view: what is changed here is seen by loss
    found = np.empty_like(numbers)
    for k, number in enumerate(numbers):
        numbers[k] = number + eps
        up = loss()
        numbers[k] = number - eps
        found[k] = (up - loss()) / (2 * eps)
        numbers[k] = number
    return found


@pytest.mark.parametrize("name", PAPERS)
def test_the_gradient_of_a_cell_is_the_slope_of_its_paper_s_equations(name):
    torch.manual_seed(3)
    cell, x_BTD, state, paper = case(name, 2, 3, 5, 4 if name != "Jordan" else 6)
    inputs = [*cell.parameters(), x_BTD, *flat(state)]
    outputs = ours(cell, x_BTD, state)
    found = gradients(outputs, inputs)
    draw = torch.Generator().manual_seed(7)  # the weights that ``gradients`` draws
    weights = [torch.randn(o.shape, generator=draw, dtype=torch.float64).numpy() for o in outputs]
    p, x, parts = arrays(cell, x_BTD, state)

    def loss():
        results = from_paper(paper, p, x, parts)
        return sum((w * (r.real + r.imag)).sum() for w, r in zip(weights, results))

    for grad, array in zip(found, [*p.values(), x, *parts]):
        grad = torch.view_as_real(grad) if grad.is_complex() else grad
        np.testing.assert_allclose(grad.flatten().numpy(), slopes(loss, array), atol=2e-8)


def test_a_jordan_network_with_known_outputs_runs_all_steps_at_once():
    torch.manual_seed(0)
    cell = stir(cells.JordanCell(5, 6, K=4, decay=0.3))
    x_BTD = torch.randn(2, 7, 5, dtype=torch.float64)
    state, outputs, units = cell.start(2, like=x_BTD), [], []
    for x_BD in x_BTD.unbind(1):
        state = cell(x_BD, state)
        outputs.append(state[0])
        units.append(state[1])
    y_BTK, s_BTK = torch.stack(outputs, 1), torch.stack(units, 1)
    same([cell.states_of(y_BTK), cell.all_steps(x_BTD, s_BTK)], [s_BTK, y_BTK])


def test_the_gates_of_a_cell_make_up_its_step():
    torch.manual_seed(0)
    x_BD = torch.randn(2, 3, dtype=torch.float64)
    for form in cells.LSTMCell.FORMS:
        cell = stir(cells.LSTMCell(3, 5, form=form))
        h, c = random_like(cell.start(2, like=x_BD))
        gates, (new_h, new_c) = cell.gates(x_BD, (h, c)), cell(x_BD, (h, c))
        assert set(gates) == set("igo" if form == "1997" else "ifgo")
        same([gates.get("f", 1.0) * c + gates["i"] * gates["g"]], [new_c])
        seen = new_c
        if form == "layer_norm":
            seen = nn.functional.layer_norm(new_c, (5,), cell.more[2], cell.more[3])
        same([gates["o"] * seen.tanh()], [new_h])
    for cell in (cells.GRUCell(3, 5), cells.GRUCell(3, 5, reset="before"), cells.MinGRUCell(3, 5)):
        stir(cell)
        h = random_like(cell.start(2, like=x_BD))
        gates = cell.gates(x_BD, h)
        z = 1 - gates["z"] if isinstance(cell, cells.MinGRUCell) else gates["z"]
        same([z * h + (1 - z) * gates["n"]], [cell(x_BD, h)])
        assert ("r" in gates) == isinstance(cell, cells.GRUCell)
    with pytest.raises(ValueError, match="ElmanCell has no gates; LSTM, GRU and MinGRU have"):
        cells.ElmanCell(3, 5).gates(x_BD, None)


@pytest.mark.parametrize("name", PAPERS)
def test_a_mask_on_what_the_matrix_reads_leaves_all_else_alone(name):
    torch.manual_seed(0)
    cell, x_BTD, state, _ = case(name, 2, 1, 3, 5)
    x_BD, ones_BH = x_BTD[:, 0], torch.ones(2, 5, dtype=torch.float64)
    same(flat(cell.step(x_BD, state, ones_BH)), flat(cell(x_BD, state)))
    if cell.W_hh is None:
        return
    # With nothing let through the matrix might as well be 0; what is carried stays.
    masked = flat(cell.step(x_BD, state, 0 * ones_BH))
    with torch.no_grad():
        cell.W_hh.zero_()
    same(masked, flat(cell(x_BD, state)))


# ---------------------------------------------------------------- where weights start


@pytest.mark.parametrize("gates, H", [(1, 16), (4, 16), (3, 4)])
def test_initial_weights_fill_torch_s_range(gates, H):
    torch.manual_seed(0)
    weights = cells.uniform(gates, 3, H)
    assert [tuple(w.shape) for w in weights] == [(gates * H, 3), (gates * H, H), (gates * H,)]
    for weight in weights:
        assert weight.abs().max() <= H**-0.5
        assert abs(weight.std() - H**-0.5 / 3**0.5) < 0.35 * H**-0.5


def test_the_ring_and_the_turn_of_an_lru_are_as_asked():
    torch.manual_seed(0)
    cell = cells.LRUCell(3, 4, N=2000, least=0.4, most=0.8, turn=0.5)
    lam_N, gamma_N, *_ = cell.weights()
    radius, angle = lam_N.abs(), lam_N.angle()
    assert 0.4 <= radius.min() < 0.41 and 0.79 < radius.max() <= 0.8
    assert 0 < angle.min() < 0.01 and 0.49 < angle.max() <= 0.5
    assert abs((radius**2).mean() - (0.4**2 + 0.8**2) / 2) < 0.01  # uniform in area
    same([gamma_N], [(1 - radius**2).sqrt()], rtol=1e-5, atol=1e-6)
    assert abs(cell.W_xh.std() * 6**0.5 - 1) < 0.05 and abs(cell.W_hy.std() * 2000**0.5 - 1) < 0.05


ALL = {
    "RNN": lambda **o: RNN(3, 5, **o),
    "LSTM": lambda **o: LSTM(3, 5, **o),
    "1997": lambda **o: LSTM(3, 5, form="1997", **o),
    "coupled": lambda **o: LSTM(3, 5, form="coupled", **o),
    "peephole": lambda **o: LSTM(3, 5, form="peephole", **o),
    "layer norm": lambda **o: LSTM(3, 5, form="layer_norm", **o),
    "GRU": lambda **o: GRU(3, 5, **o),
    "GRU before": lambda **o: GRU(3, 5, reset="before", **o),
    "minGRU": lambda **o: layers.MinGRU(3, 5, **o),
}
RECURRENT = [name for name in ALL if name != "minGRU"]
KEEPING = [name for name in ALL if name not in ("RNN", "1997")]


def inside(name, wrap):
    """A deep layer of two directions, alone or in a model."""
    layer = ALL[name](L=2, bidirectional=True)
    wraps = {"layer": lambda m: m, "model": lambda m: Classifier(m, 2), "list": nn.Sequential}
    return wraps[wrap](layer), layer


@pytest.mark.parametrize("wrap", ["layer", "model", "list"])
@pytest.mark.parametrize("name", RECURRENT)
def test_identity_reaches_every_layer_direction_and_bias(name, wrap):
    module, layer = inside(name, wrap)
    W_xh = [cell.W_xh.clone() for cell in layer.cells]
    assert cells.identity_(module, 0.7) is module
    for cell, before in zip(layer.cells, W_xh):
        for block in cell.W_hh.split(5):
            same([block], [0.7 * torch.eye(5)])
        assert all((b == 0).all() for n, b in cell.named_parameters() if n.startswith("b_"))
        assert torch.equal(cell.W_xh, before)


@pytest.mark.parametrize("wrap", ["layer", "model", "list"])
@pytest.mark.parametrize("name", RECURRENT)
def test_orthogonal_reaches_every_layer_direction_and_block(name, wrap):
    module, layer = inside(name, wrap)
    assert cells.orthogonal_(module, 1.5) is module
    blocks = [block for cell in layer.cells for block in cell.W_hh.split(5)]
    for block in blocks:
        same([block @ block.T], [2.25 * torch.eye(5)], atol=1e-5)
    assert len({block.sum().item() for block in blocks}) == len(blocks)  # no two alike


def kept_share(cell):
    """What one step keeps of the state, measured with all weights but the biases at 0."""
    with torch.no_grad():
        for n, p in cell.named_parameters():
            if n.startswith("W") or n == "more.0" and cell.form == "peephole":
                p.zero_()
    x_BD = torch.zeros(2, cell.D, dtype=torch.float64)
    zero, one = (tuple(torch.full_like(p, v) for p in flat(cell.start(2, x_BD))) for v in (0, 1))
    zero, one = (s if len(s) > 1 else s[0] for s in (zero, one))
    return flat(cell(x_BD, one))[-1] - flat(cell(x_BD, zero))[-1]  # c of an LSTM, h of the others


@pytest.mark.parametrize("wrap", ["layer", "model", "list"])
@pytest.mark.parametrize("name", KEEPING)
def test_forget_bias_sets_the_share_that_is_kept(name, wrap):
    module, layer = inside(name, wrap)
    assert cells.forget_bias_(module.double(), 2.0) is module
    for cell in layer.cells:
        same([kept_share(cell)], [torch.full((2, 5), 2.0, dtype=torch.float64).sigmoid()])


@pytest.mark.parametrize("name", KEEPING)
def test_chrono_spreads_the_time_spans_up_to_the_longest(name):
    torch.manual_seed(0)
    kind = type(ALL[name]())
    options = {"LSTM": {}, "1997": {}, "GRU": {}, "minGRU": {}}.get(name)
    options = (
        options
        if options is not None
        else {"GRU before": {"reset": "before"}}.get(name, {"form": name.replace(" ", "_")})
    )
    layer = kind(2, 400, L=2, bidirectional=True, **options).double()
    assert cells.chrono_(layer, 50.0) is layer
    drawn = []
    for cell in layer.cells:
        gate, sign = cell.keeping
        bias_H = sign * cell.b_h[cell.block(gate)].detach()
        u_H = bias_H.exp()
        assert 1 <= u_H.min() < 3 and 47 < u_H.max() <= 49
        assert abs(u_H.mean() - 25) < 3  # uniform, not its logarithm
        if "f" in cell.rows:
            same([cell.b_h[cell.block("i")]], [-bias_H])
        same([kept_share(cell)], [bias_H.sigmoid().expand(2, -1)])
        drawn.append(bias_H)
    assert not torch.equal(drawn[0], drawn[1])


def test_the_other_biases_are_left_alone():
    torch.manual_seed(0)
    for name in KEEPING:
        layer = ALL[name]()
        cell = layer.cells[0]
        before = {n: p.clone() for n, p in cell.named_parameters()}
        cells.forget_bias_(layer, 3.0)
        gate = cell.block(cell.keeping[0])
        before["b_h"][gate] = cell.b_h[gate]
        assert all(torch.equal(before[n], p) for n, p in cell.named_parameters())


def test_the_forget_bias_of_an_lstm_is_1_unless_asked_and_can_be_left_alone():
    torch.manual_seed(0)
    for cell in LSTM(2, 3, L=2, bidirectional=True).cells:
        assert (cell.b_h[3:6] == 1).all() and (cell.b_h[:3].abs() < 0.6).all()
    assert (LSTM(2, 3, forget_bias=4.0).b_h[3:6] == 4).all()
    left = LSTM(2, 50, forget_bias=None).b_h[50:100]
    assert left.abs().max() <= 50**-0.5 and left.std() > 0
    assert (LSTM(2, 3, form="coupled").b_h[:3] == -1).all()


@pytest.mark.parametrize(
    "function, module, says",
    [
        (lambda m: cells.forget_bias_(m, 1.0), RNN(2, 3), "a gate that keeps the state"),
        (lambda m: cells.forget_bias_(m, 1.0), LSTM(2, 3, form="1997"), "found LSTM, LSTMCell"),
        (lambda m: cells.chrono_(m, 9.0), Tagger(RNN(2, 3), 2), "ElmanCell"),
        (cells.identity_, layers.MinGRU(2, 3), "no cell with recurrent weights"),
        (cells.orthogonal_, layers.LRU(2, 3), "no cell with recurrent weights"),
        (cells.orthogonal_, nn.Linear(2, 3), "found Linear"),
        (lambda m: cells.chrono_(m, 1.5), LSTM(2, 3), "longest is 1.5; expected at least 2"),
    ],
)
def test_a_start_that_no_cell_can_take_is_refused_and_changes_nothing(function, module, says):
    before = {name: p.clone() for name, p in module.state_dict().items()}
    with pytest.raises(ValueError, match=says):
        function(module)
    assert all(torch.equal(before[name], p) for name, p in module.state_dict().items())
