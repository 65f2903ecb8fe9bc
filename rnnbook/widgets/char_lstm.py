"""A character LSTM as the live figure ``writer`` carries it, in int8; what it writes."""

from dataclasses import dataclass

import numpy as np

from .arithmetic import uniforms

NEWLINE = "\n"


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


@dataclass(frozen=True)
class Network:
    """A character LSTM whose matrices are int8, each row with a scale of its own.

    chars: the V letters. W_xh: (4H, V), a column a letter, with the embedding multiplied in.
    W_hh: (4H, H). W_hy: (V, H). s_*: the scales of their rows. b_h: (4H,). b_y: (V,).
    Blocks of rows in the order i f g o, as in ``rnnbook.cells.lstm_step``.
    """

    chars: str
    b_h: np.ndarray
    b_y: np.ndarray
    s_xh: np.ndarray
    s_hh: np.ndarray
    s_hy: np.ndarray
    W_xh: np.ndarray
    W_hh: np.ndarray
    W_hy: np.ndarray

    @property
    def H(self):
        return self.W_hh.shape[1]

    def start(self):
        """The zero state (h, c)."""
        return np.zeros(self.H), np.zeros(self.H)

    def step(self, index, state):
        """The state (h, c) after one more letter."""
        h_H, c_H = state
        a_G = self.s_hh * (self.W_hh @ h_H) + self.s_xh * self.W_xh[:, index] + self.b_h
        i_H, f_H, g_H, o_H = np.split(a_G, 4)
        c_H = sigmoid(f_H) * c_H + sigmoid(i_H) * np.tanh(g_H)
        return sigmoid(o_H) * np.tanh(c_H), c_H

    def scores(self, h_H):
        """The score (V,) of each letter to come."""
        return self.s_hy * (self.W_hy @ h_H) + self.b_y


def rows_as_int8(W):
    """A matrix as int8 and the float32 scale of each row: W is nearly scale * int8."""
    W = np.asarray(W, dtype=np.float64)
    scale = (np.abs(W).max(1) / 127).astype(np.float32)
    return np.round(W / scale[:, None]).astype(np.int8), scale


def pack(chars, W_xh, W_hh, W_hy, b_h, b_y):
    """The bytes of a network: H, V, letters, zeros to a multiple of 4, float32, int8."""
    V, H = W_hy.shape
    matrices, scales = zip(*map(rows_as_int8, (W_xh, W_hh, W_hy)))
    head = bytes([H, V]) + chars.encode("ascii")
    head += bytes(-len(head) % 4)
    numbers = [np.asarray(v, dtype="<f4").tobytes() for v in (b_h, b_y, *scales)]
    return b"".join([head, *numbers, *(W.tobytes() for W in matrices)])


def unpack(stored):
    """The Network behind the bytes of ``pack``, in float64."""
    H, V = stored[0], stored[1]
    chars, at, parts = stored[2 : 2 + V].decode("ascii"), 2 + V, []
    at += -at % 4
    shapes = ((4 * H,), (V,), (4 * H,), (4 * H,), (V,), (4 * H, V), (4 * H, H), (V, H))
    for shape in shapes:
        kind = "<f4" if len(shape) == 1 else "i1"
        size = int(np.prod(shape))
        part = np.frombuffer(stored, dtype=kind, count=size, offset=at).reshape(shape)
        parts.append(part.astype(np.float64))
        at += part.nbytes
    return Network(chars, *parts)


def weights_of(z_V, temperature, top_k):
    """Unnormalised probabilities (V,) that a letter is drawn with; temperature 0: the best."""
    order = np.argsort(-z_V, kind="stable")
    kept = order[: 1 if temperature == 0 else top_k or None]
    weights = np.zeros_like(z_V)
    weights[kept] = np.exp((z_V[kept] - z_V[order[0]]) / (temperature or 1))
    return weights


def write(network, start, count, temperature=1.0, top_k=0, seed=0):
    """Read ``start``, then draw ``count`` letters, each with one number of ``uniforms(seed)``.

    Letters that the network does not know are left out of ``start``; nothing stands for a
    new line. Returns a dict: text (the beginning and what was written), h and c (a row for
    each letter of it), z (scores of the letter to come, a row for each drawn letter and one
    more) and p (the probability (V,) with which the letter after the last is drawn).
    """
    chars, random = network.chars, uniforms(seed)
    text = [chars.index(letter) for letter in start if letter in chars] or [chars.index(NEWLINE)]
    begun, state, states, z = len(text), network.start(), [], []
    for at in range(begun + count):
        state = network.step(text[at], state)
        states.append(state)
        if at + 1 < begun:
            continue
        z.append(network.scores(state[0]))
        weights = weights_of(z[-1], temperature, top_k)
        sums = np.cumsum(weights)
        if at + 1 < begun + count:
            text.append(int(np.searchsorted(sums, next(random) * sums[-1], side="right")))
    h, c = (np.array(part) for part in zip(*states))
    return {
        "text": "".join(chars[k] for k in text),
        "h": h,
        "c": c,
        "z": np.array(z),
        "p": weights / sums[-1],
    }


def bits_per_letter(z_TV, text, chars):
    """The mean of -log2 p over the letters of a text, p from scores at temperature 1."""
    p_TV = np.exp(z_TV - z_TV.max(1, keepdims=True))
    p_TV /= p_TV.sum(1, keepdims=True)
    return float(np.mean([-np.log2(p_V[chars.index(k)]) for p_V, k in zip(p_TV, text)]))
