"""A linear recurrence is the same by loop, scan and convolution, with its gradients."""

import weakref

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from torch.autograd import gradcheck
from torch.utils._python_dispatch import TorchDispatchMode

from rnnbook import scan
from tests.twins import SEEDS, examples, gradients, same

TIMES = [1, 2, 3, 5, 8, 97]
STEPS = st.sampled_from([(), (2,), (2, 3), (4, 1, 3)])


def case(T, step, seed, is_complex, with_start, constant=False):
    """Random a within the unit circle, b and h_0 (or None)."""
    torch.manual_seed(seed)
    dtype = torch.complex128 if is_complex else torch.float64
    a = torch.randn((*([] if constant else [T]), *step), dtype=dtype)
    a = (a / a.abs().clamp(min=1)).requires_grad_()
    b = torch.randn(T, *step, dtype=dtype, requires_grad=True)
    return a, b, torch.randn(step, dtype=dtype, requires_grad=True) if with_start else None


def with_gradients(function, a, b, h_0):
    h = function(a, b, h_0)
    return [h, *gradients([h], [t for t in (a, b, h_0) if t is not None])]


def plainly(a, b, h_0):
    """Number by number, in Python."""
    T, flat_b, rows = len(b), b.reshape(len(b), -1), []
    flat_a, h = a.reshape(T, -1), [0] * flat_b.shape[1] if h_0 is None else h_0.reshape(-1).tolist()
    for t in range(T):
        h = [x * y + z for x, y, z in zip(flat_a[t].tolist(), h, flat_b[t].tolist())]
        rows.append(h)
    return torch.tensor(rows, dtype=b.dtype).reshape(b.shape)


@examples(25)
@given(st.sampled_from(TIMES[:-1]), STEPS, SEEDS, st.booleans(), st.booleans())
def test_the_loop_is_the_definition(T, step, seed, is_complex, with_start):
    tensors = case(T, step, seed, is_complex, with_start)
    same([scan.loop(*tensors)], [plainly(*tensors)])
    assert gradcheck(scan.loop, tensors, fast_mode=True)


@pytest.mark.parametrize("T", TIMES)
@pytest.mark.parametrize("is_complex", [False, True])
@pytest.mark.parametrize("with_start", [False, True])
@examples(5)
@given(STEPS, SEEDS)
@example((), 0)
@example((4, 1, 3), 1)
def test_the_scan_equals_the_loop_forwards_and_backwards(T, is_complex, with_start, step, seed):
    tensors = case(T, step, seed, is_complex, with_start)
    same(with_gradients(scan.scan, *tensors), with_gradients(scan.loop, *tensors))


@examples(40)
@given(st.integers(1, 60), SEEDS)
def test_the_scan_is_right_at_every_length(T, seed):
    tensors = case(T, (3,), seed, seed % 2 == 0, True)
    same(with_gradients(scan.scan, *tensors), with_gradients(scan.loop, *tensors))


@pytest.mark.parametrize("T", TIMES)
@pytest.mark.parametrize("is_complex", [False, True])
@pytest.mark.parametrize("with_start", [False, True])
@examples(5)
@given(STEPS, SEEDS)
@example((4, 1, 3), 1)
def test_the_convolution_equals_the_loop_forwards_and_backwards(
    T, is_complex, with_start, step, seed
):
    a, b, h_0 = case(T, step, seed, is_complex, with_start, constant=True)

    def loop(a, b, h_0):
        return scan.loop(a.expand(b.shape), b, h_0)

    same(with_gradients(scan.convolve, a, b, h_0), with_gradients(loop, a, b, h_0), atol=1e-9)
    if len(step) > 1:  # a may lack axes that b has
        a = a.detach()[0].requires_grad_()
        wanted = with_gradients(loop, a, b, h_0)
        same(with_gradients(scan.convolve, a, b, h_0), wanted, atol=1e-9)


@pytest.mark.parametrize("T", [1, 2, 3, 5, 8])
@pytest.mark.parametrize("is_complex", [False, True])
def test_the_backward_pass_by_hand_equals_finite_differences(T, is_complex):
    assert gradcheck(scan.scan, case(T, (2, 3), 0, is_complex, True))
    a, b, _ = case(T, (2, 3), 1, is_complex, False)
    assert gradcheck(scan.scan, (a, b))
    for keep in range(3):  # only one of the three asks for a gradient
        tensors = [t.detach() for t in case(T, (3,), 2, is_complex, True)]
        tensors[keep].requires_grad_()
        assert gradcheck(scan.scan, tensors)


def test_expanded_and_strided_inputs_give_the_same():
    a, b, h_0 = case(7, (2, 3), 0, True, True, constant=True)
    wanted = with_gradients(lambda a, b, h: scan.loop(a.expand(b.shape), b, h), a, b, h_0)
    same(with_gradients(lambda a, b, h: scan.scan(a.expand(b.shape), b, h), a, b, h_0), wanted)
    a, b, _ = case(6, (2, 7), 0, False, False)
    turned = [t.transpose(0, 2) for t in (a, b)]
    same([scan.scan(*turned)], [scan.loop(*turned)])


def test_zeros_and_ones_are_no_special_cases():
    b = torch.randn(9, 4, dtype=torch.float64)
    for value in (0.0, 1.0, -1.0):
        a = torch.full_like(b, value)
        same([scan.scan(a, b)], [scan.loop(a, b)])
        same([scan.convolve(a[0], b)], [scan.loop(a, b)])
    same([scan.scan(torch.ones_like(b), b)], [b.cumsum(0)])


def test_a_second_derivative_is_refused_with_the_remedy():
    a, b, h_0 = case(5, (2,), 0, False, True)
    with pytest.raises(RuntimeError, match="use scan.loop where a second derivative is needed"):
        torch.autograd.grad(scan.scan(a, b, h_0).sum(), a, create_graph=True)
    (grad,) = torch.autograd.grad(scan.loop(a, b, h_0).sum(), a, create_graph=True)
    grad.sum().backward()


def test_going_back_twice_gives_the_same_and_a_change_in_place_is_noticed():
    a, b, h_0 = case(7, (2,), 0, True, True)
    h = scan.scan(a, b, h_0)
    first = torch.autograd.grad(h.abs().sum(), (a, b, h_0), retain_graph=True)
    same(torch.autograd.grad(h.abs().sum(), (a, b, h_0)), first, rtol=0, atol=0)
    h = scan.scan(a, b, h_0)
    h.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        h.abs().sum().backward()


class Counted(TorchDispatchMode):
    """The most bytes that new storages hold at one time, those of ``known`` tensors aside."""

    def __init__(self, *known):
        super().__init__()
        self.known = {t.untyped_storage().data_ptr() for t in known}
        self.users, self.now, self.peak = {}, 0, 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        results = function(*args, **(kwargs or {}))
        for t in results if isinstance(results, (tuple, list)) else [results]:
            if isinstance(t, torch.Tensor):
                self.watch(t)
        return results

    def watch(self, tensor):
        storage = tensor.untyped_storage()
        key, size = storage.data_ptr(), storage.nbytes()
        if key in self.known or size == 0:
            return
        if key not in self.users:
            self.users[key] = 0
            self.now += size
            self.peak = max(self.peak, self.now)
        self.users[key] += 1
        weakref.finalize(tensor, self.release, key, size)

    def release(self, key, size):
        self.users[key] -= 1
        if self.users[key] == 0:
            del self.users[key]
            self.now -= size


def bytes_needed(function, T=1024, step=(4, 16)):
    """Peak of new bytes, forwards and backwards, in units of the bytes of a and b together."""
    a, b, h_0 = case(T, step, 0, False, True)
    unit = a.nbytes + b.nbytes
    with Counted(a, b, h_0) as forwards:
        h = function(a, b, h_0)
    weight = torch.ones_like(h)
    with Counted(a, b, h_0, h, weight) as backwards:
        torch.autograd.grad(h, (a, b, h_0), weight)
    return forwards.peak / unit, backwards.peak / unit


def test_the_backward_pass_of_the_scan_needs_little_memory():
    forwards, backwards = bytes_needed(scan.scan)
    assert 0.5 <= forwards < 0.7  # the states, and a little for one chunk
    assert 1 <= backwards < 1.2  # the gradients of a and b, and no more; far below twice the input


def test_the_count_of_bytes_sees_what_it_should():
    held = torch.ones(1000, dtype=torch.float64)
    with Counted(held) as count:
        x = held + 1
        y = (x * 2)[:10]  # the view keeps all
        z = held * 3
        held.add_(1)
    assert count.peak == count.now == 24000 and len(y) + len(z) == 1010
    del x, z
    assert count.now == 8000
    del y
    assert count.now == 0 and count.peak == 24000
