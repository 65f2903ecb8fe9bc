"""Numbers that come out the same in Python and in the page, to the last bit.

A recurrent network can be chaotic: a difference in the sixteenth digit grows until two
runs have nothing in common. So the live figures and their Python twins use only
operations that IEEE 754 rounds in one way (+ - * / and the square root), in one order.
The twin of this file is ``arithmetic.js``.
"""

import math
from decimal import ROUND_HALF_UP, Decimal

import numpy as np

LN2_HIGH, LN2_LOW = 0.69314718036912381649, 1.90821492927058770002e-10


def uniforms(seed):
    """Endless random numbers in [0, 1) by the generator mulberry32."""
    a = seed & 0xFFFFFFFF
    while True:
        a = (a + 0x6D2B79F5) & 0xFFFFFFFF
        t = (a ^ a >> 15) * (1 | a) & 0xFFFFFFFF
        t = (t + ((t ^ t >> 7) * (61 | t) & 0xFFFFFFFF) & 0xFFFFFFFF) ^ t
        yield (t ^ t >> 14) / 4294967296


def normals(count, seed):
    """``count`` standard normal numbers by Box and Muller, rounded to multiples of 2^-20.

    The rounding hides that two mathematics libraries differ in the last digit of a
    logarithm or a cosine.
    """
    draw, values = uniforms(seed), []
    while len(values) < count:
        radius, angle = math.sqrt(-2 * math.log(1 - next(draw))), 2 * math.pi * next(draw)
        values += [radius * math.cos(angle), radius * math.sin(angle)]
    return np.array([math.floor(v * 1048576 + 0.5) / 1048576 for v in values[:count]])


def tanh(x):
    """The hyperbolic tangent by e^y - 1 at y = 2 |x|, a Taylor series on |y| < 0.35."""
    x = np.asarray(x, dtype=float)
    y = 2 * np.minimum(np.abs(x), 20.0)
    n = np.floor(y / LN2_HIGH + 0.5)
    r = (y - n * LN2_HIGH) - n * LN2_LOW
    series = np.ones_like(r)
    for k in range(14, 1, -1):
        series = 1 + r * series / k
    power = np.ldexp(1.0, n.astype(int))
    e = power * (r * series) + (power - 1)
    return np.where(x < 0, -(e / (e + 2)), e / (e + 2))


def sigmoid(x):
    """1 / (1 + e^-x), written with the hyperbolic tangent."""
    return 0.5 * (1 + tanh(np.asarray(x, dtype=float) / 2))


def product(A, B):
    """A @ B for matrices, added up in the order of the inner index."""
    total = np.zeros((A.shape[0], B.shape[1]))
    for j in range(A.shape[1]):
        total += A[:, j, None] * B[None, j, :]
    return total


def apply(A, v):
    """A @ v for a vector, added up in the order of the columns."""
    return product(A, v[:, None])[:, 0]


def length(v):
    """The Euclidean norm of a vector, added up in order."""
    return math.sqrt(np.cumsum(v * v)[-1])


def largest_singular_value(A, start=None, precision=1e-12, steps=200):
    """The spectral norm of A by power iteration on A A^T; returns (value, left vector).

    Starts at ``start``, by default a vector of equal entries. Stops when a step changes
    the squared value by less than ``precision`` of it.
    """
    u = np.full(A.shape[0], 1 / math.sqrt(A.shape[0])) if start is None else start
    square = 0.0
    for _ in range(steps):
        w = apply(A, apply(A.T, u))
        new = length(w)
        if new == 0:
            return 0.0, u
        u, change, square = w / new, abs(new - square), new
        if change <= precision * square:
            break
    return math.sqrt(square), u


def spectral_radius(A):
    """The largest absolute eigenvalue, as the limit of ||A^k||^(1/k) at k = 2^30.

    A is squared thirty times and scaled to a largest entry of 1 each time.
    """
    log_radius, share = 0.0, 1.0
    for _ in range(30):
        scale = np.abs(A).max()
        if scale == 0:
            return 0.0
        log_radius += share * math.log(scale)
        A, share = product(A / scale, A / scale), share / 2
    return math.exp(log_radius)


def fixed(x, digits=2):
    """A number as the figures write it: with a real minus sign and no minus before zero."""
    exact = Decimal(float(x)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    text = f"{exact:f}"  # JavaScript's toFixed rounds ties away from zero
    return (text.replace("-", "") if float(text) == 0 else text).replace("-", "\N{MINUS SIGN}")
