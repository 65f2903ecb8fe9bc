"""Models: a recurrent layer with what stands before and behind it.

Each returns (output, state); the state continues the sequence in the next call.
"""

from torch import nn


class LanguageModel(nn.Module):
    """Scores for the next symbol after every symbol. Taught in chapter 1.

    layer: a recurrent layer. V: size of the vocabulary. Called with indices x_BT;
    returns (logits_BTV, state).
    """

    def __init__(self, layer, V):
        super().__init__()
        self.embed = nn.Embedding(V, layer.D)
        self.layer = layer
        self.read_out = nn.Linear(layer.H, V)

    def forward(self, x_BT, state=None):
        V = self.embed.num_embeddings
        if x_BT.ndim != 2 or x_BT.is_floating_point() or x_BT.shape[1] == 0:
            raise ValueError(
                f"input is {x_BT.dtype} of shape {tuple(x_BT.shape)}; expected whole-number "
                "indices of shape (B, T) with at least one time step"
            )
        if x_BT.numel() and not 0 <= int(x_BT.min()) <= int(x_BT.max()) < V:
            raise ValueError(
                f"indices run from {int(x_BT.min())} to {int(x_BT.max())}; expected "
                f"0 to {V - 1}: encode the text with the vocabulary of the model"
            )
        y_BTH, state = self.layer(self.embed(x_BT), state)
        return self.read_out(y_BTH), state


class Tagger(nn.Module):
    """K scores (or numbers) at every step: (B, T, D) to (B, T, K)."""

    def __init__(self, layer, K):
        super().__init__()
        self.layer, self.read_out = layer, nn.Linear(layer.H, K)

    def forward(self, x_BTD, state=None):
        y_BTH, state = self.layer(x_BTD, state)
        return self.read_out(y_BTH), state


class Classifier(Tagger):
    """K scores (or numbers) for the whole sequence, read from the last step: (B, K)."""

    def forward(self, x_BTD, state=None):
        y_BTH, state = self.layer(x_BTD, state)
        return self.read_out(y_BTH[:, -1]), state
