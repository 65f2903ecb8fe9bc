"""The layers of the book, each a cell over time."""

from rnnbook import cells, door

from .recurrent import Recurrent


class RNN(Recurrent):
    """Elman's layer: h_t = tanh(W_xh x_t + W_hh h_{t-1} + b_h). Taught in chapter 1.

    unit: "tanh", "ReLU" or "linear". The other options are those of ``Recurrent``.
    """

    cell = cells.ElmanCell


class LSTM(Recurrent):
    """Long short-term memory. Taught in chapter 5.

    forget_bias: the value that the bias of the gate which keeps the cell starts from; None
    leaves it random, as torch.nn does. form: "2000" with a forget gate, "1997" without,
    "coupled", "peephole" or "layer_norm". The other options are those of ``Recurrent``.
    """

    cell = cells.LSTMCell
    # Without lengths the library has oneDNN, with them a routine that mostly takes longer.
    fastest = Recurrent.fastest | {"cpu": ("library", "by_hand", "loop")}

    @door.checked
    def __init__(self, D: int, H: int, *, forget_bias: float | None = 1.0, **options):
        super().__init__(D, H, **options)
        if forget_bias is not None and self.cells[0].keeping:
            cells.forget_bias_(self, forget_bias)


class GRU(Recurrent):
    """Gated recurrent unit; reset: "after" the recurrent product (torch.nn) or "before" it.

    The other options are those of ``Recurrent``. Taught in chapter 6.
    """

    cell = cells.GRUCell


class Jordan(Recurrent):
    """Jordan's network: its K outputs come back through state units, D, H and K given.

    decay: what a state unit keeps of itself. Taught in chapter 4.
    """

    cell = cells.JordanCell
