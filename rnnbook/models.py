"""Models: a recurrent layer with what stands before and behind it.

Each is called with its input, optionally the state to start from and the lengths (B,) of the
sequences, and returns (output, state); the state continues the sequences in the next call.
"""

import torch
from torch import Tensor, nn

from . import door
from .layers import mask_of

POOLINGS = ("last", "mean", "max", "attention")


class Model(nn.Module):
    """An optional embedding, a layer, and a read-out of K numbers; V: size of the vocabulary."""

    @door.checked
    def __init__(self, layer: nn.Module, K: int, V: int | None = None):
        super().__init__()
        door.within("K", K, 1)
        if not hasattr(layer, "H"):
            raise TypeError(
                f"layer is a {type(layer).__name__}; expected a layer of this package, such as "
                "from_torch makes of one of torch.nn"
            )
        self.embed = None
        if V is not None:
            self.embed = nn.Embedding(door.within("V", V, 1), layer.D)
        self.layer = layer
        self.read_out = nn.Linear(getattr(layer, "size", layer.H), K)

    def read(self, x, state, lengths):
        """The outputs of the layer (B, T, size) and its state."""
        if not isinstance(x, Tensor):
            wanted = "numbers (B, T, D)" if self.embed is None else "indices (B, T)"
            raise TypeError(f"input is {door.short(x)}; expected a tensor of {wanted}")
        if self.embed is not None:
            check_indices(x, self.embed.weight)
            x = self.embed(x.long())
        options = {} if lengths is None else {"lengths": lengths}
        return self.layer(x, state, **options)


class Tagger(Model):
    """K scores (or numbers) at every step: (B, T, D), or indices (B, T) with V, to (B, T, K).

    Taught in chapters 1 and 14.
    """

    def forward(self, x, state=None, lengths=None):
        y_BTH, state = self.read(x, state, lengths)
        return self.read_out(y_BTH), state


class LanguageModel(Tagger):
    """Scores for the next symbol after every symbol. Taught in chapter 1.

    layer: a recurrent layer. V: size of the vocabulary. Called with indices x_BT;
    returns (logits_BTV, state). Raises ValueError for a layer of two directions, which would
    see the symbols that it should predict.
    """

    @door.checked
    def __init__(self, layer: nn.Module, V: int):
        super().__init__(layer, door.within("V", V, 1), V)
        if getattr(layer, "bidirectional", False):
            raise ValueError(
                "a bidirectional layer reads the symbols that a language model should predict; "
                "build the layer with bidirectional=False"
            )


class Classifier(Model):
    """K scores (or numbers) for the whole sequence: (B, K). Taught in chapters 5 and 13.

    pooling: what is read out. "last": the last step of each sequence, of a backward cell its
    last too, which is the first step. "mean", "max": over the steps. "attention": a weighted
    mean with learned weights softmax(v tanh(W y_t)).
    """

    @door.checked
    def __init__(self, layer: nn.Module, K: int, pooling: str = "last", V: int | None = None):
        super().__init__(layer, K, V)
        self.pooling = door.choice("pooling", pooling, POOLINGS)
        if pooling == "attention":
            size = self.read_out.in_features
            self.score = nn.Sequential(nn.Linear(size, size), nn.Tanh(), nn.Linear(size, 1, False))

    def forward(self, x, state=None, lengths=None):
        y_BTH, state = self.read(x, state, lengths)
        return self.read_out(self.pool(y_BTH, lengths)), state

    def pool(self, y_BTH, lengths):
        """One vector (B, H) for each sequence, blind to what stands behind its end."""
        B, T = y_BTH.shape[:2]
        ends_B = torch.full((B,), T) if lengths is None else torch.as_tensor(lengths)
        ends_B = ends_B.to(y_BTH.device)
        if self.pooling == "last":
            last_BH = y_BTH[torch.arange(B, device=y_BTH.device), ends_B - 1]
            if not getattr(self.layer, "bidirectional", False):
                return last_BH
            half = y_BTH.shape[2] // 2
            return torch.cat([last_BH[:, :half], y_BTH[:, 0, half:]], dim=1)
        away_BT1 = ~mask_of(ends_B, T)[:, :, None]
        if self.pooling == "max":
            return y_BTH.masked_fill(away_BT1, -torch.inf).amax(1)
        if self.pooling == "mean":
            return y_BTH.masked_fill(away_BT1, 0).sum(1) / ends_B[:, None]
        weight_BT1 = self.score(y_BTH).masked_fill(away_BT1, -torch.inf).softmax(1)
        return (weight_BT1 * y_BTH).sum(1)


def check_indices(x_BT, W_VD):
    """Raise ValueError unless x_BT holds rows of W_VD, whole numbers from 0 to V - 1, (B, T)."""
    V = len(W_VD)
    if x_BT.device != W_VD.device:
        raise ValueError(f"indices are on {x_BT.device}; expected {W_VD.device}; use .to(...)")
    if x_BT.ndim != 2 or not door.integral(x_BT) or x_BT.shape[1] == 0:
        raise ValueError(
            f"input is {x_BT.dtype} of shape {tuple(x_BT.shape)}; expected whole-number "
            "indices of shape (B, T) with at least one time step"
        )
    if x_BT.numel() and not 0 <= int(x_BT.min()) <= int(x_BT.max()) < V:
        raise ValueError(
            f"indices run from {int(x_BT.min())} to {int(x_BT.max())}; expected "
            f"0 to {V - 1}: encode the text with the vocabulary of the model"
        )
