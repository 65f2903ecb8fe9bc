"""A Jordan and an Elman network that must keep a bit without saying it."""

import numpy as np
import traitlets

from rnnbook import plot

from .arithmetic import fixed, tanh
from .base import LiveFigure

# Hand-set weights of four hidden units: one that holds the bit, one that echoes what is
# shown, and a pair that is silent until it is asked. WRITE drowns whatever a memory feeds
# back; HOLD keeps a bit at the fixed point of h = tanh(HOLD h); READ reads a memory.
WRITE, HOLD, READ = 100.0, 2.0, 3.0
W_XH = np.array([[WRITE, 0], [WRITE, 0], [0, WRITE], [0, WRITE]])
B_H = np.array([0, 0, -WRITE, -WRITE])
W_HH = np.array([[HOLD, 0, 0, 0], [0, 0, 0, 0], [READ, 0, 0, 0], [-READ, 0, 0, 0]])
W_SH = np.array([READ, 0, READ, -READ])
SHOWN = [0, 1, *[0] * 7]


def read_out(loudness):
    """W_hy (4,): how loudly the bit is said between showing and asking; 1 at both."""
    quiet = 1 - loudness
    return np.array([loudness, quiet, quiet / 2, -quiet / 2])


def input_rows(x):
    """x_TD (T, 2): the bits shown and a column that is 1 at the last step, which asks."""
    x_TD = np.zeros((len(x) + 1, 2))
    x_TD[:-1, 0], x_TD[-1, 1] = x, 1
    return x_TD


def targets(x, loudness):
    """What should be said: the bit while it is shown and when asked, else loudness times it."""
    bit, said = 0, []
    for shown in x:
        bit = shown or bit
        said.append(float(shown) if shown else loudness * bit)
    return np.array([*said, float(bit)])


def elman(x, loudness):
    """h_t = tanh(W_xh x_t + W_hh h_{t-1} + b_h), y_t = W_hy h_t: the holding unit and y."""
    h, held, said = np.zeros(4), [], []
    for x_t in input_rows(x):
        h = tanh(W_XH @ x_t + W_HH @ h + B_H)
        held.append(h[0])
        said.append(read_out(loudness) @ h)
    return {"h": np.array(held), "y": np.array(said)}


def jordan(x, loudness, decay, forced=False):
    """s_t = decay s_{t-1} + y_{t-1}, h_t = tanh(W_xh x_t + W_sh s_t + b_h), y_t = W_hy h_t.

    The same W_xh, b_h and W_hy as the Elman network. forced: the targets come back in place
    of the outputs. Returns the state unit s (T,) and y (T,).
    """
    s, y, units, said = 0.0, 0.0, [], []
    for x_t, target in zip(input_rows(x), targets(x, loudness)):
        s = decay * s + y
        now = float(read_out(loudness) @ tanh(W_XH @ x_t + W_SH * s + B_H))
        y = target if forced else now
        units.append(s)
        said.append(now)
    return {"s": np.array(units), "y": np.array(said)}


def judged(said, bit):
    """What an answer amounts to: half the size of the bit is taken for knowing it."""
    if bit == 0:
        return "nothing was shown"
    return "remembered" if said * bit > 0.5 else "wrong" if said * bit < -0.5 else "forgotten"


class JordanElman(LiveFigure):
    """One bit, shown early and asked for at the end, in a Jordan and an Elman network.

    x: the bits shown at steps 1 to 9, 0 for none; step 10 asks. decay: what the Jordan
    network's state unit keeps of itself. loudness: how loudly the bit is said meanwhile.
    forced: the targets come back to the Jordan network in place of its outputs.
    step: the step whose sums are written out, counted from 1.
    """

    front_end = "jordan_elman"
    title = "A Jordan network beside an Elman network"
    about = "A network that feeds back its output forgets what it does not say."
    views = {
        "Silent in between: Jordan forgets": {},
        "A slow decay bridges the silence": {"decay": 0.95, "step": 10},
        "It whispers and so remembers": {"loudness": 0.2, "step": 10},
        "It cannot change its mind": {
            "decay": 0.9,
            "loudness": 1.0,
            "x": [1, 0, 0, 0, 0, -1, 0, 0, 0],
            "step": 7,
        },
        "Whispering too softly": {"loudness": 0.1, "step": 10},
        "The same with teacher forcing": {"loudness": 0.1, "forced": True, "step": 10},
    }
    x = traitlets.List(traitlets.Int(min=-1, max=1), SHOWN, minlen=9, maxlen=9).tag(sync=True)
    decay = traitlets.Float(0.5, min=0.0, max=0.95).tag(sync=True)
    loudness = traitlets.Float(0.0, min=0.0, max=1.0).tag(sync=True)
    forced = traitlets.Bool(False).tag(sync=True)
    step = traitlets.Int(4, min=1, max=10).tag(sync=True)
    alt = traitlets.Unicode(
        "Two networks unrolled over ten steps as rows of bars: what each says and what its "
        "memory holds. The bit shown at step 2 stays in the Elman network's hidden unit and "
        "fades from the Jordan network's state, which is made of its own outputs."
    ).tag(sync=True)

    def runs(self):
        """The dicts of ``elman`` and ``jordan`` and the targets for the present settings."""
        rest = self.loudness, self.decay, self.forced
        return elman(self.x, self.loudness), jordan(self.x, *rest), targets(self.x, self.loudness)

    def shown(self):
        one, two, target = self.runs()
        t, last = self.step - 1, len(self.x)
        back = target if self.forced else two["y"]
        values = {
            "memory": one["h"][t],
            "elman_says": one["y"][t],
            "state": two["s"][t],
            "jordan_says": two["y"][t],
            "state_before": two["s"][t - 1] if t else 0.0,
            "back": back[t - 1] if t else 0.0,
            "elman_asked": one["y"][last],
            "jordan_asked": two["y"][last],
        }
        words = {name: fixed(value, 3) for name, value in values.items()}
        bit = target[last]
        words |= {"bit": f"+{fixed(bit, 0)}" if bit > 0 else fixed(bit, 0)}
        words |= {"elman_judged": judged(values["elman_asked"], bit)}
        words |= {"jordan_judged": judged(values["jordan_asked"], bit)}
        words |= {
            "chain": "1" if self.forced else str(last + 1),
            "step": f"{self.step} of {last + 1}",
        }
        return words | {"decay": fixed(self.decay), "loudness": fixed(self.loudness)}

    def still(self):
        one, two, target = self.runs()
        fig = plot.Figure(figsize=(6.4, 4.2), layout="constrained")
        edges = np.arange(len(target) + 1) + 0.5
        rows = (
            ("bit shown", [*self.x, 0], plot.BLACK),
            ("Elman says", one["y"], plot.BLUE),
            ("its memory h", one["h"], plot.BLUE),
            ("Jordan says", two["y"], plot.BLUE),
            ("its state s", two["s"], plot.BLUE),
            ("target", target, plot.BLACK),
        )
        for ax, (name, values, ink) in zip(fig.subplots(len(rows), 1, sharex=True), rows):
            ax.stairs(values, edges, fill=True, color=ink)
            ax.axhline(0, color=plot.BLACK, linewidth=0.5)
            bound = max(1, np.abs(values).max())
            ax.set_ylim(-bound, bound)
            ax.set_yticks([])
            ax.set_ylabel(name, rotation=0, ha="right", va="center")
        ax.set(xlabel="time step (asked at the last one)", xticks=range(1, len(target) + 1))
        return fig
