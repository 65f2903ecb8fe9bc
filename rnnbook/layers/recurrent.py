"""A cell over time: from inputs (B, T, D) to outputs (B, T, size), in layers and directions."""

import torch
from torch import Tensor, nn
from torch.nn.functional import dropout
from torch.nn.utils.rnn import PackedSequence

from rnnbook import cells, door

from . import padding, run

MASKS = ("between", "step", "variational")
IMPLEMENTATIONS = {"loop": run.loop, "by_hand": run.by_hand, "library": run.library}


class Recurrent(nn.Module):
    """What all layers share. A subclass names its ``cell``; further options go to the cell.

    D: input features. H: hidden units. L: layers, each reading the outputs of the one below.
    bidirectional: each layer has a second cell that reads from the end to the beginning; the
    outputs of the two stand side by side.
    dropout: the share of numbers set to 0 in training. dropout_mask: where and how long:
    "between" layers as in torch.nn; "step": on the inputs of every layer and on what the
    recurrent matrix reads, a new mask at each step; "variational": there too, one mask for a
    whole sequence (gal2016). zoneout: the share of units that keep their old state (krueger2017).
    learn_start: the initial state is a parameter instead of zero.
    implementation: "loop", "by_hand" or "library", which give the same numbers; None takes the
    fastest that device and options allow, which ``chosen`` tells.

    ``cells`` holds the cells in torch.nn's order: layer by layer, forwards before backwards. A
    layer of one cell has that cell's state, one of several a list of their states.
    Raises ValueError for sizes, names and rates that cannot be, and for an implementation that
    the options rule out. Taught in chapters 4 to 8.
    """

    cell = cells.ElmanCell
    implementations = IMPLEMENTATIONS
    possible = staticmethod(run.possible)
    # In measured order (``make bench``): on a CPU, there with lengths, and on a GPU.
    fastest = {
        "cpu": ("by_hand", "library", "loop"),
        "lengths": ("by_hand", "library", "loop"),
        "gpu": ("library", "by_hand", "loop"),
    }

    @door.checked
    def __init__(
        self,
        D: int,
        H: int,
        *args,
        L: int = 1,
        bidirectional: bool = False,
        dropout: float = 0.0,
        dropout_mask: str = "between",
        zoneout: float = 0.0,
        learn_start: bool = False,
        implementation: str | None = None,
        **options,
    ):
        super().__init__()
        self.D, self.H, self.L = D, H, door.within("L", L, 1)
        self.bidirectional = bidirectional
        self.dropout = door.within("dropout", dropout, 0, 1)
        self.dropout_mask = door.choice("dropout_mask", dropout_mask, MASKS)
        self.zoneout = door.within("zoneout", zoneout, 0, 1)
        self.cells, self.size = nn.ModuleList(), D
        for _ in range(L):
            self._add_layer(*args, **options)
        self.starts = nn.ParameterList(self._zeros()) if learn_start else ()
        self._choose(implementation)

    def _add_layer(self, *args, **options):
        """One more layer: a cell for each direction, reading what the last layer gives."""
        directions = 1 + self.bidirectional
        layer = [self.cell(self.size, self.H, *args, **options) for _ in range(directions)]
        self.cells.extend(layer)
        self.size = sum(cell.size for cell in layer)

    def _zeros(self):
        """The zero state of all cells for one sequence, part by part."""
        zeros = (part for cell in self.cells for part in cells.parts(cell.start(1, cell.W_xh)))
        return [torch.view_as_real(part) if part.is_complex() else part for part in zeros]

    def _choose(self, implementation):
        """Keep which implementations the options allow, and the one that was asked for."""
        allowed = self.possible(self.cells[0])
        inside = self.zoneout or (self.dropout and self.dropout_mask != "between")
        if inside and self.cells[0].W_hh is None:
            raise ValueError(
                f"{type(self).__name__} has no recurrent matrix, so nothing to drop inside the "
                "recurrence; expected zoneout=0 and dropout_mask='between'"
            )
        self.allowed = {"loop"} if inside else allowed
        if implementation is not None:
            door.choice("implementation", implementation, self.implementations)
            if implementation not in self.allowed:
                raise ValueError(
                    f"implementation {implementation!r} cannot do what the options ask; expected "
                    f"one of {', '.join(sorted(self.allowed))}, or None for the fastest of them"
                )
        self.implementation = implementation

    @door.checked
    def chosen(self, device: str | torch.device | None = None, lengths: bool = False):
        """The name of the implementation used on ``device`` (None: where the weights are).

        lengths: whether sequences of different lengths are given with the input.
        """
        if self.implementation is not None:
            return self.implementation
        kind = torch.device(device or next(self.parameters()).device).type
        order = self.fastest["gpu" if kind != "cpu" else "lengths" if lengths else "cpu"]
        return next(name for name in order if name in self.allowed)

    @door.checked
    def forward(
        self,
        x_BTD: Tensor | PackedSequence,
        state: Tensor | tuple | list | None = None,
        lengths: Tensor | list | tuple | None = None,
    ):
        """The outputs of all steps and the state at the end of each sequence: (y, state).

        x_BTD: (B, T, D), or packed sequences, which come back packed. state: what an earlier
        call returned, or None. lengths: (B,), the steps that count in each sequence; outputs
        behind them are 0. Returns y (B, T, size) and the state.
        """
        if isinstance(x_BTD, PackedSequence):
            packed, (x_BTD, lengths) = x_BTD, padding.unpack(x_BTD, lengths)
            y_BTH, state = self.forward(x_BTD, state, lengths)
            return padding.pack_like(y_BTH, lengths, packed), state
        door.matches("input", x_BTD, ("B", "T", self.D), like=self.cells[0].W_xh)
        lengths = padding.checked_lengths(lengths, *x_BTD.shape[:2])
        states = self._states(state, x_BTD)
        x_BTD, ends = padding.blank(x_BTD, lengths), []
        directions = len(self.cells) // self.L
        for layer in range(self.L):
            x_BTD = self._dropped(x_BTD, layer)
            outputs = []
            for k in range(layer * directions, (layer + 1) * directions):
                y_BTH, end = self._direction(k, x_BTD, states[k], lengths)
                outputs.append(y_BTH)
                ends.append(end)
            x_BTD = outputs[0] if directions == 1 else torch.cat(outputs, dim=2)
        return x_BTD, ends[0] if len(ends) == 1 else ends

    def _direction(self, k, x_BTD, state, lengths):
        """Cell ``k`` over all steps; the second cell of a layer reads them from the end."""
        backwards = self.bidirectional and k % 2
        x_BTD = padding.reverse(x_BTD, lengths) if backwards else x_BTD
        options = {}
        if self.zoneout or self._inside():
            drop = self._masks(x_BTD, self.cells[k]) if self._inside() else None
            options = {"drop": drop, "zoneout": self.zoneout}
        function = self.implementations[self.chosen(x_BTD.device, lengths is not None)]
        y_BTH, end = function(self.cells[k], x_BTD, state, lengths, **options)
        y_BTH = padding.reverse(y_BTH, lengths) if backwards else y_BTH
        return padding.blank(y_BTH, lengths), end

    def _states(self, state, x_BTD):
        """One checked state for each cell: those given, the learned ones or zero."""
        B = len(x_BTD)
        if state is None:
            return self._start(B, x_BTD)
        states = [state] if len(self.cells) == 1 else state
        if not isinstance(states, list) or len(states) != len(self.cells):
            raise ValueError(
                f"the state is {door.short(state)}; expected a list of {len(self.cells)}, one "
                "for each layer and direction, as an earlier call returned it"
            )
        for cell, one in zip(self.cells, states):
            cell.check_state(one, B)
        return states

    def _start(self, B, like):
        states, learned = [], list(self.starts)
        for cell in self.cells:
            zero = cell.start(B, like)
            if learned:
                parts = [begun(learned.pop(0), part) for part in cells.parts(zero)]
                zero = tuple(parts) if isinstance(zero, tuple) else parts[0]
            states.append(zero)
        return states

    def _inside(self):
        """Whether dropout works inside the recurrence now."""
        return self.training and self.dropout > 0 and self.dropout_mask != "between"

    def _dropped(self, x_BTD, layer):
        """The input of a layer after dropout."""
        if self.dropout_mask == "between":
            drops = self.training and self.dropout > 0 and layer > 0
            return dropout(x_BTD, self.dropout) if drops else x_BTD
        if not self._inside():
            return x_BTD
        once = self.dropout_mask == "variational"
        return x_BTD * dropout(torch.ones_like(x_BTD[:, :1] if once else x_BTD), self.dropout)

    def _masks(self, x_BTD, cell):
        """A function that gives the mask on the recurrent input of the next step."""
        ones_BH = x_BTD.new_ones(len(x_BTD), cell.H)
        if self.dropout_mask == "step":
            return lambda: dropout(ones_BH, self.dropout)
        mask_BH = dropout(ones_BH, self.dropout)
        return lambda: mask_BH

    def start(self, B, like):
        """The state that B sequences begin with, of the dtype and device of ``like``."""
        states = self._start(B, like)
        return states[0] if len(states) == 1 else states

    @property
    def only(self):
        """The cell of a layer that has one; ValueError where there are several."""
        if len(self.cells) > 1:
            raise ValueError(
                f"this layer has {len(self.cells)} cells; take one of them, as layer.cells[0]"
            )
        return self.cells[0]

    def step(self, x_BD, state):
        """One time step of the only cell, from (B, D) and its state to its new state."""
        return self.only.step(x_BD, state)

    # The weights of the only cell, to read and to change (layer.W_hh *= 2).
    W_xh = property(lambda self: self.only.W_xh)
    W_hh = property(lambda self: self.only.W_hh)
    b_h = property(lambda self: self.only.b_h)

    def __setattr__(self, name, value):
        if name in ("W_xh", "W_hh", "b_h"):
            setattr(self.only, name, value)
        else:
            super().__setattr__(name, value)

    def extra_repr(self):
        more = f", L={self.L}" if self.L > 1 else ""
        more += ", bidirectional" if self.bidirectional else ""
        return f"D={self.D}, H={self.H}{more}, implementation={self.chosen()}"


def begun(learned, zero):
    """A learned start, kept as pairs of real numbers where it is complex, for a whole batch."""
    learned = torch.view_as_complex(learned) if zero.is_complex() else learned
    return learned.expand_as(zero)
