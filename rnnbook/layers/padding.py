"""Sequences of different lengths in one batch: masks, reversal, packing."""

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from rnnbook import door


def checked_lengths(lengths, B, T):
    """Lengths as a tensor of whole numbers (B,) on the CPU; None stays None.

    Raises ValueError unless there are B of them, each from 1 to T.
    """
    if lengths is None:
        return None
    wanted = f"whole numbers of shape ({B},), one for each sequence"
    try:
        lengths = torch.as_tensor(lengths).cpu()
    except (TypeError, ValueError, RuntimeError):
        raise ValueError(f"lengths are {door.short(lengths)}; expected {wanted}") from None
    if not door.integral(lengths) or lengths.ndim != 1:
        came = f"{lengths.dtype} of shape {tuple(lengths.shape)}"
        raise ValueError(f"lengths are {came}; expected {wanted}")
    if len(lengths) != B:
        raise ValueError(f"{len(lengths)} lengths for {B} sequences; expected one for each")
    if not 1 <= int(lengths.min()) <= int(lengths.max()) <= T:
        raise ValueError(
            f"lengths run from {int(lengths.min())} to {int(lengths.max())}; expected 1 to "
            f"{T}, the steps that the input has: leave empty sequences out"
        )
    return lengths.long()


@door.checked
def mask_of(lengths: Tensor, T: int):
    """True where a sequence still lasts: (B, T)."""
    return torch.arange(T, device=lengths.device) < lengths[:, None]


def blank(x_BTD, lengths):
    """x_BTD with zeros behind the end of each sequence, whatever stood there."""
    if lengths is None:
        return x_BTD
    mask_BT = mask_of(lengths.to(x_BTD.device), x_BTD.shape[1])
    return x_BTD.masked_fill(~mask_BT[:, :, None], 0)


def reverse(x_BTD, lengths):
    """Each sequence back to front within its own length; the padding stays behind it."""
    if lengths is None:
        return x_BTD.flip(1)
    t_T = torch.arange(x_BTD.shape[1], device=x_BTD.device)
    last_B1 = lengths.to(x_BTD.device)[:, None] - 1
    from_BT = torch.where(t_T <= last_B1, last_B1 - t_T, t_T)
    return x_BTD.gather(1, from_BT[:, :, None].expand(x_BTD.shape))


def at_end(y_TBH, lengths):
    """What each sequence has at its last step, (B, H), from an array with the time first.

    A copy, so that a state that is kept or saved does not hold all steps in memory.
    """
    if lengths is None:
        return y_TBH[-1].clone()
    B = y_TBH.shape[1]
    return y_TBH[lengths.to(y_TBH.device) - 1, torch.arange(B, device=y_TBH.device)]


def unpack(packed, lengths):
    """A PackedSequence as x_BTD and its lengths; ValueError where these are given beside it."""
    if lengths is not None:
        raise ValueError("packed sequences know their lengths; expected lengths=None")
    return pad_packed_sequence(packed, batch_first=True)


def pack_like(y_BTH, lengths, packed):
    """y_BTH as a PackedSequence in the order of ``packed``."""
    order = packed.sorted_indices
    if order is not None:
        y_BTH, lengths = y_BTH[order], lengths[order.cpu()]
    data = pack_padded_sequence(y_BTH, lengths, batch_first=True).data
    return PackedSequence(data, packed.batch_sizes, order, packed.unsorted_indices)
