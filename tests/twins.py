"""What the tests of cells, layers and models share: random sizes, gradients, comparisons."""

import torch
from hypothesis import settings
from hypothesis import strategies as st

from rnnbook import cells

# Four sizes, pairwise different, so that no axis can be mistaken for another.
SIZES = st.lists(st.integers(1, 6), min_size=4, max_size=4, unique=True)
SEEDS = st.integers(0, 999)


def examples(count):
    """How many random cases a test draws; the same ones in every run."""
    return settings(max_examples=count, deadline=None, derandomize=True, database=None)


def flat(state):
    """The tensors of a state, or of a list of states, in one list."""
    states = state if isinstance(state, list) else [state]
    return [part for one in states for part in cells.parts(one)]


def stir(module, scale=0.5):
    """``module`` in float64 with every parameter drawn anew; complex ones too."""
    module = module.double()
    with torch.no_grad():
        for p in module.parameters():
            p.copy_(scale * torch.randn_like(p))
    return module


def random_like(state):
    """A random state of the same kind, ready for a gradient."""
    if isinstance(state, list):
        return [random_like(one) for one in state]
    if isinstance(state, tuple):
        return tuple(random_like(part) for part in state)
    return torch.randn_like(state).requires_grad_()


def gradients(outputs, inputs):
    """Gradients of the sum of all outputs, each number weighted at random; 0 where unused."""
    draw, loss = torch.Generator().manual_seed(7), 0.0
    for output in outputs:
        weight = torch.randn(output.shape, generator=draw, dtype=torch.float64)
        loss = (
            loss + (weight * (output.real + output.imag if output.is_complex() else output)).sum()
        )
    grads = torch.autograd.grad(loss, list(inputs), allow_unused=True)
    return [torch.zeros_like(i) if g is None else g for g, i in zip(grads, inputs)]


def same(ours, theirs, rtol=1e-9, atol=1e-10):
    """Both hold the same tensors, number by number."""
    ours, theirs = list(ours), list(theirs)
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs):
        torch.testing.assert_close(a, b, rtol=rtol, atol=atol)
