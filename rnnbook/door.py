"""Checks at the public door: an error says what came, what was expected and what to do."""

import functools
import inspect
import numbers
import types
import typing

import numpy as np
import torch

# What a number in an annotation stands for, so that NumPy's numbers are welcome too.
WIDER = {int: numbers.Integral, float: numbers.Real, bool: (bool, np.bool_)}
WORDS = {int: "a whole number", float: "a number", str: "text", bool: "True or False"}


def checked(function):
    """Compare the arguments with the annotations of ``function`` before it runs.

    An annotation is a class, or several joined by ``|``; what carries none is not looked at.
    int and float take NumPy's numbers too, and no True or False.
    Raises TypeError that names the argument, what came and what was expected.
    """
    signature = inspect.signature(function)
    hints = {}

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        if not hints:
            hints.update(typing.get_type_hints(function))
        try:
            given = signature.bind(*args, **kwargs).arguments
        except TypeError as error:
            raise TypeError(f"{called(function, args)}: {error}") from None
        for name, value in given.items():
            if name in hints and not fits(value, hints[name]):
                raise TypeError(
                    f"{called(function, args)}: {name} is {short(value)}; "
                    f"expected {words(hints[name])}"
                )
        return function(*args, **kwargs)

    return wrapper


def called(function, args):
    """What an error calls ``function``: the class that is built, or its own name."""
    return type(args[0]).__name__ if function.__name__ == "__init__" else function.__qualname__


def fits(value, hint):
    """Whether ``value`` is what an annotation asks for."""
    if isinstance(hint, types.UnionType):
        return any(fits(value, one) for one in typing.get_args(hint))
    if hint in (int, float) and isinstance(value, (bool, np.bool_)):
        return False
    hint = typing.get_origin(hint) or hint
    return isinstance(value, WIDER.get(hint, hint))


def words(hint):
    """An annotation in words."""
    if isinstance(hint, types.UnionType):
        return " or ".join(words(one) for one in typing.get_args(hint))
    return WORDS.get(hint) or ("None" if hint is types.NoneType else f"a {hint.__name__}")


def short(value):
    """A value as an error shows it: its kind, and its size or its beginning."""
    if isinstance(value, (torch.Tensor, np.ndarray)):
        return f"a {type(value).__name__} of shape {tuple(value.shape)}"
    text = repr(value)
    text = text if len(text) <= 40 else text[:37] + "..."
    return f"{text} ({type(value).__name__})"


def integral(tensor):
    """Whether a tensor holds whole numbers; True and False are none."""
    dtype = tensor.dtype
    return not (dtype.is_floating_point or dtype.is_complex or dtype == torch.bool)


def choice(name, value, known):
    """Raise ValueError, with the known ones listed, unless ``value`` is one of them."""
    if value not in known:
        raise ValueError(
            f"{name} {value!r} is unknown; expected one of {', '.join(map(repr, known))}"
        )
    return value


def within(name, value, low=-float("inf"), high=float("inf")):
    """Raise ValueError unless ``low <= value <= high``; not a number is never within."""
    if not low <= value <= high:
        wanted = f"at least {low}" if high == float("inf") else f"{low} to {high}"
        raise ValueError(f"{name} is {value}; expected {wanted}")
    return value


def matches(name, tensor, shape, like):
    """Raise ValueError unless ``tensor`` has this shape and the dtype and device of ``like``.

    "B" and "T" in ``shape`` stand for any size of at least 1.
    """
    sizes = tuple(tensor.shape)
    fitting = len(sizes) == len(shape) and all(
        have >= 1 if isinstance(want, str) else have == want for have, want in zip(sizes, shape)
    )
    if not fitting:
        wanted = f"({', '.join(map(str, shape))})"
        if "B" in shape:
            wanted += ", with at least one of each: B sequences, T time steps"
        raise ValueError(f"{name} has shape {sizes}; expected {wanted}")
    if tensor.dtype != like.dtype or tensor.device != like.device:
        raise ValueError(
            f"{name} is {tensor.dtype} on {tensor.device}; expected {like.dtype} on "
            f"{like.device}, as what it meets there; move one with .to(...)"
        )
