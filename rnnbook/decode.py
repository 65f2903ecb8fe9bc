"""Write with a language model, one symbol at a time.

``draw`` and ``search`` know nothing of characters: they work on scores and on a function
``step(symbols_B, state)`` that returns the scores (B, V) of the next symbols and the new state.
"""

import math

import torch
from torch import Tensor, nn

from . import door


@torch.no_grad()
@door.checked
def sample(
    model: nn.Module,
    text,
    prompt: str,
    length: int = 200,
    temperature: float = 1.0,
    seed: int = 0,
    top_k: int | None = None,
    top_p: float | None = None,
):
    """The prompt and ``length`` characters that the model draws after it.

    text: whose alphabet the model was trained on. temperature: 0 takes the most probable
    character (greedy), 1 draws from the model's own distribution. top_k: draw from the k most
    probable characters alone. top_p: from the fewest whose probabilities sum to p or more
    (nucleus). Taught in chapters 1 and 15.
    Raises ValueError for an empty prompt, an unknown character, and numbers out of range.
    """
    check(temperature, top_k, top_p)
    door.within("length", length, 0)
    step, state, logits_1V = begin(model, text, prompt)
    generator, written = torch.Generator().manual_seed(seed), []
    while len(written) < length:
        written.append(draw(logits_1V, temperature, top_k, top_p, generator))
        logits_1V, state = step(written[-1], state)
    return prompt + text.decode(torch.cat(written) if written else [])


@torch.no_grad()
@door.checked
def beam(
    model: nn.Module,
    text,
    prompt: str,
    length: int = 40,
    width: int = 4,
    length_penalty: float = 0.0,
    end: str | None = None,
):
    """The most probable continuations that beam search finds, best first: (text, score) pairs.

    Up to ``width`` of them; a continuation ends after ``length`` characters or with ``end``. Of
    width 1 and without ``end`` this is the greedy choice.
    The score is its log-probability in nats, divided by ((5 + n) / 6) ** length_penalty for n
    characters (wu2016). Taught in chapter 15.
    Raises ValueError for an empty prompt, an unknown character, and numbers out of range.
    """
    door.within("length", length, 0)
    door.within("width", width, 1)
    door.within("length_penalty", length_penalty)
    if end is not None and len(end) != 1:
        raise ValueError(f"end is {end!r}; expected one character, or None for no end")
    stop = None if end is None else int(text.encode(end)[-1])
    step, state, logits_1V = begin(model, text, prompt)
    found = search(step, logits_1V, state, length, width, length_penalty, stop)
    return [(prompt + text.decode(symbols), score) for symbols, score in found]


def begin(model, text, prompt):
    """The step function of a language model, and its state and scores after the prompt."""
    if not prompt:
        raise ValueError("the prompt is empty; give at least one character to start from")
    where = next(model.parameters()).device
    model.eval()

    def step(symbols_B, state):
        logits_BTV, state = model(symbols_B[:, None].to(where), state)
        return logits_BTV[:, -1].cpu(), state

    logits_1TV, state = model(text.encode(prompt)[None].to(where), None)
    return step, state, logits_1TV[:, -1].cpu()


def draw(logits_BV, temperature=1.0, top_k=None, top_p=None, generator=None):
    """Indices (B,) of symbols drawn from scores; the options are those of ``sample``."""
    check(temperature, top_k, top_p)
    refuse_nan(logits_BV)
    if temperature == 0:
        return logits_BV.argmax(1)
    logits_BV = logits_BV.double() / temperature
    if top_k is not None:
        best_BK, order_BK = logits_BV.topk(min(top_k, logits_BV.shape[1]))
        logits_BV = torch.full_like(logits_BV, -math.inf).scatter(1, order_BK, best_BK)
    p_BV = logits_BV.softmax(1)
    if top_p is not None:
        sorted_BV, order_BV = p_BV.sort(1, descending=True)
        before_BV = sorted_BV.cumsum(1) - sorted_BV  # what the more probable ones sum to
        sorted_BV = sorted_BV.masked_fill(before_BV >= top_p, 0)
        p_BV = torch.zeros_like(p_BV).scatter(1, order_BV, sorted_BV)
    return torch.multinomial(p_BV, 1, generator=generator)[:, 0]


def search(step, logits_1V, state, length, width, length_penalty=0.0, end=None):
    """Beam search: (symbols, score) of up to ``width`` continuations, best first.

    logits_1V, state: what is known before the first symbol. end: the index that ends one.
    """
    alive, log_p, done = [[]], torch.zeros(1, dtype=torch.float64), []
    logits_BV = logits_1V
    for n in range(length):
        refuse_nan(logits_BV)
        total = log_p[:, None] + logits_BV.double().log_softmax(1)
        V = total.shape[1]
        best, flat = total.flatten().topk(min(2 * width, total.numel()))
        pairs = [(p, *divmod(i, V)) for p, i in zip(best.tolist(), flat.tolist())]
        done += [(alive[b] + [v], p) for p, b, v in pairs if v == end]
        pairs = [pair for pair in pairs if pair[2] != end][:width]
        alive = [alive[b] + [v] for _, b, v in pairs]
        log_p = torch.tensor([p for p, _, _ in pairs], dtype=torch.float64)
        if not alive or n + 1 == length:
            break
        rows = torch.tensor([b for _, b, _ in pairs])
        logits_BV, state = step(torch.tensor([v for *_, v in pairs]), chosen(state, rows))
    done += list(zip(alive, log_p.tolist()))
    scored = [(symbols, p / ((5 + len(symbols)) / 6) ** length_penalty) for symbols, p in done]
    return sorted(scored, key=lambda pair: -pair[1])[:width]


def refuse_nan(logits):
    """Raise ValueError for scores that are no numbers."""
    if logits.isnan().any():
        raise ValueError("the model's scores are not numbers; its training has gone wrong")


def chosen(state, rows):
    """The state with the sequences ``rows`` of its batch, in tensors, tuples and lists."""
    if state is None:
        return None
    if isinstance(state, Tensor):
        return state[rows.to(state.device)]
    return type(state)(chosen(part, rows) for part in state)


def check(temperature, top_k, top_p):
    door.within("temperature", temperature, 0)
    if top_k is not None:
        door.within("top_k", top_k, 1)
    if top_p is not None and not 0 < top_p <= 1:
        raise ValueError(f"top_p is {top_p}; expected more than 0 and at most 1")
