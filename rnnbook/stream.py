"""One time step after the other for a single sequence, in NumPy, with memory set aside once.

A step of PyTorch at batch size 1 spends most of its time on getting started. Here the input and
the state lie side by side in one array, so that one product serves both; all gates go through
one call of tanh, sigmoid(a) = (1 + tanh(a / 2)) / 2 with the half moved into the weights; and
nothing is allocated. That holds for RNN, LSTM (2000) and GRU (reset after); other cells take
the step of their own, in torch. Taught in chapter 22.
"""

import copy
import hashlib
from pathlib import Path

import numpy as np
import torch
from torch import nn

from . import door
from .cells import ElmanCell, GRUCell, LSTMCell, parts
from .layers import Recurrent
from .models import Classifier, Model


class Stream:
    """A layer or model that reads one input at a time and keeps its state between calls.

    source: a layer of one direction, or a LanguageModel, Tagger or Classifier (pooling "last")
    around one. The weights are copied: later training of ``source`` does not change the stream.
    Raises ValueError for layers of two directions or with zoneout, and for other poolings.
    """

    @door.checked
    def __init__(self, source: nn.Module):
        model = source if isinstance(source, Model) else None
        layer = source.layer if model else source
        if not isinstance(layer, Recurrent) or layer.bidirectional:
            raise ValueError(
                f"cannot stream {type(layer).__name__}; expected a recurrent layer that reads in "
                "one direction, since a second one would need the future"
            )
        if layer.zoneout:
            raise ValueError(f"zoneout is {layer.zoneout}, which no stream computes; expected 0")
        if isinstance(model, Classifier) and model.pooling != "last":
            raise ValueError(f"pooling {model.pooling!r} needs all steps; expected 'last'")
        self.kind = "; ".join(map(described, layer.cells))
        self.digest = digest(self.kind, source)
        self.units = [unit(cell) for cell in layer.cells]
        self.steps, self.shape = [one.step for one in self.units], (layer.D,)
        self.embed = array(model.embed.weight) if model and model.embed is not None else None
        self.read_out = (
            (array(model.read_out.weight), array(model.read_out.bias)) if model else None
        )
        start = layer.start(1, like=next(layer.parameters()))
        states = start if isinstance(start, list) else [start]
        self.first = [[array(part)[0] for part in parts(one)] for one in states]
        self.reset()

    def __reduce__(self):
        raise TypeError(
            "a stream cannot be copied or pickled, since its arrays share memory; make another "
            "one from the same source and give it the state"
        )

    def step(self, x):
        """The output (size,) or (K,) after one more input: an array (D,), or an index with V.

        Raises ValueError for an input of another size, or an index out of range.
        """
        if self.embed is not None:
            x = self._embedded(x)
        elif getattr(x, "shape", None) != self.shape:
            raise ValueError(f"input is {door.short(x)}; expected an array of shape {self.shape}")
        for one in self.steps:
            x = one(x)
        return x.copy() if self.read_out is None else self.read_out[0] @ x + self.read_out[1]

    def _embedded(self, index):
        whole = isinstance(index, (int, np.integer)) and not isinstance(index, bool)
        if not whole or not 0 <= index < len(self.embed):
            raise ValueError(
                f"input is {door.short(index)}; expected an index from 0 to {len(self.embed) - 1}"
            )
        return self.embed[index]

    @property
    def state(self):
        """A copy of the state: for each layer a list of arrays, the output first."""
        return [[part.copy() for part in one.state()] for one in self.units]

    @state.setter
    def state(self, state):
        for one, given in zip(self.units, self._fitting(state)):
            one.set_state(given)

    def reset(self):
        """Begin a new sequence, in the state that the layer begins with, zero or learned."""
        for one, first in zip(self.units, self.first):
            one.set_state(first)

    def save(self, path):
        """Write the state to an .npz file."""
        names = {f"{k}.{j}": p for k, one in enumerate(self.state) for j, p in enumerate(one)}
        with Path(path).open("wb") as file:
            np.savez(file, kind=self.kind, digest=self.digest, **names)

    def load(self, path):
        """Take up the state that ``save`` wrote.

        Raises ValueError for a file that cannot be read or belongs to other weights; the state
        then stays as it was.
        """
        try:
            with Path(path).open("rb") as raw, np.load(raw, allow_pickle=False) as file:
                stored = {name: file[name] for name in file.files}
            kind, of = str(stored["kind"]), str(stored["digest"])
        except Exception as error:  # a damaged file raises whatever its bytes lead to
            raise ValueError(f"{path} cannot be read as a saved state ({error})") from error
        if of != self.digest:
            raise ValueError(
                f"{path} holds the state of {kind} with other weights; expected {self.kind} with "
                "the weights that this stream was made from"
            )
        self.state = [
            [stored.get(f"{k}.{j}") for j in range(len(one))] for k, one in enumerate(self.state)
        ]

    def _fitting(self, state):
        """The state in arrays of the stream's own types; ValueError for other shapes."""
        have = [[np.shape(part) for part in one] for one in state]
        want = [[part.shape for part in one] for one in self.state]
        if have != want:
            raise ValueError(f"the state has the shapes {have}; expected {want}")
        return [
            [np.asarray(part, own.dtype) for part, own in zip(one, now)]
            for one, now in zip(state, self.state)
        ]


def digest(kind, source):
    """What tells this stream's weights and cells from others'."""
    found = hashlib.sha256(kind.encode())
    for weight in source.state_dict().values():
        found.update(array(weight).tobytes())
    return found.hexdigest()


def described(cell):
    """A cell in words, with all that its step depends on beside the weights."""
    more = {name: getattr(cell, name, None) for name in ("unit", "form", "reset", "decay")}
    return f"{cell} { ({name: value for name, value in more.items() if value is not None}) }"


def array(tensor):
    """A copy of a tensor as an array."""
    return tensor.detach().cpu().numpy().copy()


def unit(cell):
    """The step of a cell: in NumPy where there is one, else the cell's own."""
    if isinstance(cell, ElmanCell):
        return Elman(cell)
    if isinstance(cell, LSTMCell) and cell.form == "2000":
        return LSTM(cell)
    if isinstance(cell, GRUCell) and cell.reset == "after":
        return GRU(cell)
    return InTorch(cell)


def aligned(shape, dtype):
    """Zeros that begin where a line of the cache begins, which the product is quicker with."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    memory = np.zeros(size + 64, np.uint8)
    start = -memory.ctypes.data % 64
    return memory[start : start + size].view(dtype).reshape(shape)


class Joined:
    """Input, state and a 1 in one array, and the weights of all three in one matrix.

    xh: (D + H + 1,) with its views x and h. W: (D + H + 1, G), the bias as its last row. a: (G,),
    the pre-activations.
    """

    def __init__(self, cell):
        W = array(torch.cat([cell.W_xh, cell.W_hh, cell.b_h[:, None]], dim=1).T)
        self.W, self.xh = aligned(W.shape, W.dtype), aligned(len(W), W.dtype)
        self.W[:], self.xh[-1] = W, 1
        self.x, self.h = self.xh[: cell.D], self.xh[cell.D : -1]
        self.a = aligned(W.shape[1], W.dtype)

    def state(self):
        return [self.h]

    def set_state(self, given):
        for own, part in zip(self.state(), given):
            own[:] = part


class Elman(Joined):
    """h_t = unit(W_xh x_t + W_hh h_{t-1} + b_h)."""

    UNITS = {
        "tanh": np.tanh,
        "ReLU": lambda a, out: np.maximum(a, 0, out=out),
        "linear": np.positive,
    }

    def __init__(self, cell):
        super().__init__(cell)
        self.unit = self.UNITS[cell.unit]

    def step(self, x):
        self.x[:] = x
        np.dot(self.xh, self.W, out=self.a)
        return self.unit(self.a, out=self.h)


class LSTM(Joined):
    """c_t = f c_{t-1} + i g and h_t = o tanh(c_t), the gates in the order i f o g."""

    def __init__(self, cell):
        super().__init__(cell)
        H = cell.H
        self.W[:] = self.W.reshape(-1, 4, H)[:, [0, 1, 3, 2]].reshape(-1, 4 * H)
        self.W[:, : 3 * H] *= 0.5  # sigmoid(a) = tanh(a / 2) / 2 + 1 / 2
        self.i, self.f, self.o, self.g = self.a.reshape(4, H)
        self.gates, self.half = self.a[: 3 * H], np.array(0.5, self.a.dtype)
        self.c, self.tanh_c = np.zeros_like(self.i), np.zeros_like(self.i)

    def state(self):
        return [self.h, self.c]

    def step(self, x):
        self.x[:] = x
        a, c, g, gates, half = self.a, self.c, self.g, self.gates, self.half
        np.dot(self.xh, self.W, out=a)
        np.tanh(a, out=a)
        np.multiply(gates, half, out=gates)
        np.add(gates, half, out=gates)
        np.multiply(c, self.f, out=c)
        np.multiply(self.i, g, out=g)
        np.add(c, g, out=c)
        np.tanh(c, out=self.tanh_c)
        return np.multiply(self.o, self.tanh_c, out=self.h)


class GRU(Joined):
    """h_t = (1 - z) n + z h_{t-1}, the reset gate after the recurrent product."""

    def __init__(self, cell):
        super().__init__(cell)
        D, H = cell.D, cell.H
        self.W[:, : 2 * H] *= 0.5  # sigmoid(a) = tanh(a / 2) / 2 + 1 / 2
        W_hn = array(cell.W_hh[2 * H :].T)  # what r multiplies: this product and b_hn
        self.W_hn, self.b_hn = aligned(W_hn.shape, W_hn.dtype), array(cell.b_hn)
        self.W_hn[:], self.W[D:-1, 2 * H :] = W_hn, 0
        self.inner, self.half = np.zeros(H, W_hn.dtype), np.array(0.5, W_hn.dtype)
        self.gates, self.n = self.a[: 2 * H], self.a[2 * H :]
        self.r, self.z = self.gates[:H], self.gates[H:]

    def step(self, x):
        self.x[:] = x
        gates, n, h, inner, half = self.gates, self.n, self.h, self.inner, self.half
        np.dot(self.xh, self.W, out=self.a)
        np.dot(h, self.W_hn, out=inner)
        np.add(inner, self.b_hn, out=inner)
        np.tanh(gates, out=gates)
        np.multiply(gates, half, out=gates)
        np.add(gates, half, out=gates)
        np.multiply(self.r, inner, out=inner)
        np.add(n, inner, out=n)
        np.tanh(n, out=n)
        np.subtract(h, n, out=h)
        np.multiply(h, self.z, out=h)
        return np.add(h, n, out=h)


class InTorch:
    """The step of any other cell, as the cell takes it."""

    def __init__(self, cell):
        self.cell = copy.deepcopy(cell).cpu().requires_grad_(False)
        self.like = next(self.cell.parameters())
        self.now = self.cell.start(1, like=self.like)

    @torch.inference_mode()
    def step(self, x):
        x_1D = torch.as_tensor(x, dtype=self.like.dtype)[None]
        self.now = self.cell.step(x_1D, self.now)
        return parts(self.now)[0][0].numpy()

    def state(self):
        return [part[0].detach().numpy() for part in parts(self.now)]

    def set_state(self, given):
        now = tuple(torch.as_tensor(part)[None].clone() for part in given)
        self.now = now if isinstance(self.now, tuple) else now[0]
