"""State a claim in a cell, together with the figures that carry it."""

import inspect


class ClaimError(AssertionError):
    """A claim of the book does not hold for the figures that were measured."""


def claim(id, holds, **figures):
    """Assert ``holds(**figures)`` and show one line with the figures.

    id: the row of the ledger of claims (book/claims.csv), such as "A6".
    holds: a function of exactly the named figures that returns true or false. It sees the
        figures as they are stored, with four significant digits.
    figures: numbers, arrays, tensors, or (nested) lists and dicts of them.

    The figures travel in the metadata of the cell's output, from which the page "What this
    book shows" is made. Raises ClaimError when the claim does not hold, TypeError when the
    figures are not numbers or do not fit ``holds``.
    """
    stored = {name: _plain(value, name) for name, value in figures.items()}
    wanted = list(inspect.signature(holds).parameters)
    if sorted(wanted) != sorted(stored):
        raise TypeError(
            f"claim {id}: the predicate takes {wanted}, the figures given are "
            f"{list(stored)}; name exactly the same ones"
        )
    line = "; ".join(f"{name} {_short(value)}" for name, value in stored.items())
    if not holds(**stored):
        raise ClaimError(f"claim {id} does not hold: {line}")
    _show(f"claim {id} holds: {line}", {"claim": {"id": id, "figures": stored}})


def _plain(value, name):
    """A JSON value with four significant digits."""
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, dict):
        return {str(k): _plain(v, name) for k, v in value.items()}
    if isinstance(value, (list, tuple, range)):
        return [_plain(v, name) for v in value]
    if isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return float(f"{value:.4g}")
    raise TypeError(
        f"figure {name!r} holds a {type(value).__name__}; expected a number, an array, "
        "or a list or dict of numbers"
    )


def _short(value):
    if isinstance(value, dict):
        return ", ".join(f"{k}: {_short(v)}" for k, v in value.items())
    if isinstance(value, list):
        return " ".join(_short(v) for v in value)
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _show(line, metadata):
    try:
        from IPython import get_ipython
        from IPython.display import display
    except ImportError:
        get_ipython = None
    if get_ipython is None or get_ipython() is None:
        print(line)
    else:
        display({"text/plain": line}, raw=True, metadata=metadata)
