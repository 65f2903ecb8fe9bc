"""Run this cell first: the checks are written with what it defines."""

import copy
import inspect
import time

import numpy as np

SEED = 0  # of your class; some questions draw their numbers from it, so leave it as it is
WORTH = {}  # points of each question
SCORE = {}  # question: {check: points earned}
PART = []  # grows when a check comes to where your teacher's marking goes on


def as_numbers(value):
    """``value`` as an array of plain numbers."""
    value = value.detach().cpu().numpy() if hasattr(value, "detach") else value
    try:
        return np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        kind = type(value).__name__
        raise AssertionError(f"Numbers were expected, and a {kind} came.") from None


def alike(got, expected, tolerance=1e-6):
    """Whether two arrays have one shape and equal values, up to the tolerance."""
    got, expected = as_numbers(got), as_numbers(expected)
    if got.shape != expected.shape or not np.isfinite(got).all():
        return False
    size = 1 + np.abs(expected).max(initial=0)
    return bool(np.abs(got - expected).max(initial=0) <= tolerance * size)


def has_shape(got, shape, what="The result"):
    """Assert that ``got`` is an array of this shape and has no NaN."""
    got, shape = as_numbers(got), tuple(map(int, shape))
    assert got.shape == shape, f"{what} should have shape {shape}, not {got.shape}."
    assert np.isfinite(got).all(), f"{what} has NaN or infinity in it."


def earns(worth, question, seconds=5):
    """Run the check below at once and print whether it earns its points."""

    def run(check):
        PART.clear()
        started = time.monotonic()
        try:
            arguments = [_answer(name) for name in inspect.signature(check).parameters]
            check(*arguments)
            earned, says = worth, " (marking compares more)" if PART else ""
        except AssertionError as error:
            earned, says = 0, f": {error}"
        except Exception as error:  # what the answer itself raises
            earned, says = 0, f": {type(error).__name__}: {error}"
        took = time.monotonic() - started
        if took > seconds:
            says += f" (this took {took:.0f} s; marking stops a call after {seconds})"
        SCORE.setdefault(question, {})[check.__name__] = earned
        mark = "✓" if earned else "✗"
        print(f"{mark} {earned} of {worth} · {check.__name__.replace('_', ' ')}{says}")

    return run


def _answer(name):
    """The reader's answer of this name; a function gets copies of its arguments."""
    if name in ("rng", "seed"):
        return np.random.default_rng() if name == "rng" else SEED
    value = globals().get(name)
    assert value is not None and value is not ..., f"`{name}` is not written yet."
    if not callable(value):
        return value

    def ask(*arguments):
        result = value(*copy.deepcopy(arguments))
        assert result is not None, f"`{name}` returns nothing. Is your answer written?"
        return result

    return ask


def show_score():
    """Print the points so far, question by question."""
    for number, (question, worth) in enumerate(WORTH.items(), 1):
        earned = sum(SCORE.get(question, {}).values())
        unchecked = "" if question in SCORE else ", no check has run"
        bar = "█" * earned + "·" * (worth - earned)
        print(f"{number}. {question:<22} {bar} {earned} of {worth}{unchecked}")
    total = sum(sum(checks.values()) for checks in SCORE.values())
    print(f"{total} of {sum(WORTH.values())} points")
