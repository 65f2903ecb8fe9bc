"""Which device to compute on: a GPU when there is one."""

import torch

_chosen = None


def device():
    """The device that this book computes on: CUDA, else MPS, else the CPU.

    Returns a ``torch.device``. ``use`` overrides the choice.
    """
    if _chosen is not None:
        return _chosen
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def use(name):
    """Compute on ``name`` ("cpu", "cuda", "cuda:1", "mps") from now on; None: choose again.

    Raises ValueError when this machine does not have such a device.
    """
    global _chosen
    if name is None:
        _chosen = None
        return device()
    try:
        torch.zeros(1, device=name)
    except (RuntimeError, AssertionError) as error:
        raise ValueError(
            f"device {name!r} cannot be used here ({error}); expected one of "
            f"{', '.join(available())}. use(None) chooses by itself."
        ) from None
    _chosen = torch.device(name)
    return _chosen


def available():
    """Names of the devices of this machine, the fastest first."""
    cuda = ["cuda"] if torch.cuda.is_available() else []
    mps = ["mps"] if torch.backends.mps.is_available() else []
    return cuda + mps + ["cpu"]
