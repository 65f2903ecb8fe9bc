"""What a model reads: the data, or its own predictions.

Scheduled sampling (bengio2015scheduled): in training each input is, with a probability that
grows, the model's own previous prediction, as it will be when the model runs freely.
"""

import math

import torch

from rnnbook.hardware import device

# The probability that an input comes from the data, by the progress p of a run, 0 to 1. The
# second is k / (k + exp(i / k)) of bengio2015scheduled with k = exp(5), spread over the run.
DECAYS = {
    "linear": lambda p: 1 - p,
    "inverse sigmoid": lambda p: 1 / (1 + math.exp(10 * p - 5)),
}


def forward(model, piece, state, forcing=1.0, **reading):
    """The model's output and its state after a piece; ``reading`` goes to ``unroll``."""
    x, lengths = piece.x.to(device()), piece.lengths
    if forcing < 1:
        check_feeding(model, piece, reading.get("feed"))
        return unroll(model, x, state, forcing, **reading)
    if lengths is None:
        return model(x, state)
    # Layers want at least one step: a sequence that has ended reads on, and nothing is asked.
    return model(x, state, lengths=lengths.clamp(min=1))


def unroll(model, x, state=None, forcing=0.0, prompt=1, generator=None, feed=None):
    """Outputs (B, T, K) and state of ``model`` when it reads its own predictions.

    Each input after the first ``prompt`` ones (at least one) comes from ``x`` with probability
    ``forcing``, drawn for each sequence and step, else from the model's previous output: a
    symbol drawn from its distribution where x are indices (B, T), else the output itself,
    (B, T, D). No gradient flows through such an input. feed: a function that makes an input
    (B,) or (B, D) of an output (B, K) instead. Source: bengio2015scheduled.
    Taught in chapter 12.
    """
    B, T = x.shape[:2]
    forced_BT = torch.rand(B, T, generator=generator) < forcing
    forced_BT[:, : max(1, prompt)] = True
    u_BT = torch.rand(B, T, generator=generator).to(x.device)
    forced_BT, x_now, outputs = forced_BT.to(x.device), x[:, 0], []
    for t in range(T):
        output, state = model(x_now[:, None], state)
        outputs.append(output)
        if t + 1 < T:
            own = predicted(output[:, -1].detach(), x, u_BT[:, t], feed)
            here = forced_BT[:, t + 1].view(B, *[1] * (x.ndim - 2))
            x_now = torch.where(here, x[:, t + 1], own)
    return torch.cat(outputs, dim=1), state


def predicted(output_BK, x, u_B, feed):
    """The next input that an output stands for; u_B: uniform random numbers."""
    if feed is not None:
        return feed(output_BK)
    if x.is_floating_point():
        return output_BK
    below_BK = output_BK.softmax(1).cumsum(1) < u_B[:, None]
    return below_BK.sum(1).clamp(max=output_BK.shape[1] - 1)


def check_feeding(model, piece, feed):
    """Raise ValueError unless the model's predictions can be its next inputs."""
    x, y = piece.x, piece.y
    problem = None
    if any(getattr(part, "bidirectional", False) for part in model.modules()):
        problem = "the model reads in both directions, so it has no next input"
    elif not piece.per_step:
        problem = "there is no target at every step"
    elif feed is None and (x.is_floating_point() == piece.whole or x.shape != y.shape):
        problem = (
            f"the inputs are {x.dtype} {tuple(x.shape)}, the targets {y.dtype} {tuple(y.shape)}"
        )
    elif feed is None and piece.whole and x.shape[1] > 1:
        asked = y[:, :-1] != -100
        same = (y[:, :-1] == x[:, 1:])[asked].float()
        if len(same) and same.mean() < 0.5:
            problem = "the targets are not the next inputs"
    if problem:
        raise ValueError(
            f"forcing below 1 feeds predictions back as inputs, but {problem}; expected a model "
            "that predicts its own next input, or feed=, a function from output to input"
        )
