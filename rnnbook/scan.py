"""A linear recurrence h_t = a_t h_{t-1} + b_t, element by element, computed in several ways.

``loop`` is the definition. ``scan`` cuts the sequence into chunks that it runs side by side, so
that T steps need only about 2 sqrt(T) operations one after another; its backward pass is the
same recurrence run backwards. ``convolve`` uses the FFT where a does not change with time.
All take the time as the first axis and real or complex numbers.
"""

import math

import torch
from torch import Tensor
from torch.autograd import Function

from rnnbook import door


@door.checked
def loop(a: Tensor, b: Tensor, h_0: Tensor | None = None):
    """h_t = a_t h_{t-1} + b_t, one step after the other.

    a, b: (T, ...) of one shape. h_0: (...), zero by default. Returns h (T, ...).
    """
    check(a, b, h_0)
    h, states = torch.zeros_like(b[0]) if h_0 is None else h_0, []
    for a_t, b_t in zip(a.unbind(0), b.unbind(0)):
        h = a_t * h + b_t
        states.append(h)
    return torch.stack(states)


@door.checked
def scan(a: Tensor, b: Tensor, h_0: Tensor | None = None):
    """The same as ``loop`` in about 2 sqrt(T) operations, with a backward pass by hand.

    Two steps together are one step of the same kind: a_2 (a_1 h + b_1) + b_2 is again a factor
    times h plus a number. So what a chunk of steps does to the state that enters it can be
    found for all chunks side by side, and only the chunks run one after the other.
    Source: blelloch1990, in two levels instead of log T. Taught with minGRU in chapter 6.
    """
    check(a, b, h_0)
    return Scan.apply(a, b, torch.zeros_like(b[0]) if h_0 is None else h_0)


class Scan(Function):
    """h_t = a_t h_{t-1} + b_t; backwards dL/db_t = conj(a_{t+1}) dL/db_{t+1} + dL/dh_t."""

    @staticmethod
    def forward(ctx, a, b, h_0):
        h = b.new_empty(b.shape)
        chunked(a, b, h_0, out=h)
        ctx.save_for_backward(a, h, h_0)
        return h

    @staticmethod
    def backward(ctx, dh):
        if torch.is_grad_enabled():
            raise RuntimeError(
                "the scan's backward pass is written by hand and has no derivative of its own; "
                "use scan.loop where a second derivative is needed"
            )
        a, h, h_0 = ctx.saved_tensors
        db, da = dh.new_empty(dh.shape), dh.new_empty(dh.shape)
        db[-1] = dh[-1]
        chunked(a[1:].conj(), dh[:-1], dh[-1], out=db[:-1], backwards=True)
        torch.mul(db[1:], h[:-1].conj(), out=da[1:])
        torch.mul(db[0], h_0.conj(), out=da[0])
        return da, db, a[0].conj() * db[0]


def chunked(a, b, h, out, backwards=False):
    """Write h_t = a_t h_{t-1} + b_t into ``out``; backwards: from the last step to the first.

    As many chunks as each has steps, about; the steps left over are run one by one.
    """
    T = len(b)
    if T == 0:
        return
    chunks = math.isqrt(T)
    left = T % chunks
    whole, rest = slice(0, T - left), range(T - left, T)
    if backwards:
        whole, rest = slice(left, T), range(left - 1, -1, -1)
    a_, b_, out_ = (x[whole].unflatten(0, (chunks, -1)) for x in (a, b, out))
    order = 1 - 2 * backwards
    steps = list(zip(a_.unbind(1), b_.unbind(1), out_.unbind(1)))[::order]
    enters = entering(steps, h, order)
    for a_t, b_t, h_t in steps:
        enters = torch.addcmul(b_t, a_t, enters, out=h_t)
    h = out_[0, 0] if backwards else out_[-1, -1]
    for t in rest:
        h = torch.addcmul(b[t], a[t], h, out=out[t])


def entering(steps, h, order):
    """The state that enters each chunk, h for the first of them."""
    factor, end = steps[0][0].clone(), steps[0][1].clone()
    for a_t, b_t, _ in steps[1:]:
        torch.addcmul(b_t, a_t, end, out=end)
        factor.mul_(a_t)
    enters = torch.empty_like(end)
    for k in range(len(end))[::order]:
        enters[k] = h
        h = torch.addcmul(end[k], factor[k], h)
    return enters


@door.checked
def convolve(a: Tensor, b: Tensor, h_0: Tensor | None = None):
    """The same as ``loop`` where a does not change with time, as a convolution by FFT.

    h_t is the sum over k of a^k b_{t-k}, and of a^{t+1} h_0. a: (...), b: (T, ...).
    Returns h (T, ...). Source: gu2022.
    """
    try:
        check(a.expand(b.shape[1:]).expand(b.shape), b, h_0)
    except RuntimeError:
        raise ValueError(
            f"a has shape {tuple(a.shape)} and b {tuple(b.shape)}; expected a without the time "
            "axis of b, since it does not change; scan.scan takes one that does"
        ) from None
    T = len(b)
    t = torch.arange(T, dtype=b.real.dtype, device=b.device).reshape([T] + [1] * (b.ndim - 1))
    powers = a**t  # axes that a lacks come first and count as 1
    fft, inverse = torch.fft.rfft, torch.fft.irfft
    if b.is_complex():
        fft, inverse = torch.fft.fft, torch.fft.ifft
    h = inverse(fft(powers, 2 * T, dim=0) * fft(b, 2 * T, dim=0), 2 * T, dim=0)[:T]
    return h if h_0 is None else h + powers * (a * h_0)


def check(a, b, h_0):
    """Raise ValueError unless a and b have one shape (T, ...) and h_0 has that of a step."""
    if a.shape != b.shape or a.ndim < 1 or len(a) == 0:
        raise ValueError(
            f"a has shape {tuple(a.shape)} and b {tuple(b.shape)}; expected one shape (T, ...), "
            "time first, with at least one step"
        )
    door.matches("a", a, tuple(b.shape), like=b)
    if h_0 is not None:
        door.matches("h_0", h_0, tuple(b.shape[1:]), like=b)
