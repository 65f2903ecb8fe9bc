"""What every live figure shares: script, style, text alternative and still picture."""

import io
import math
import re
from functools import cache
from pathlib import Path

import anywidget
import matplotlib
import traitlets

from rnnbook import plot

HERE = Path(__file__).parent


@cache
def script(name):
    """The front end of one figure: the shared files and its own as one ES module."""
    parts = ("arithmetic", "shared", name)
    return "\n".join((HERE / f"{part}.js").read_text(encoding="utf-8") for part in parts)


def is_setting(trait, owner):
    """Numbers, words, check marks and short lists of numbers; not weights."""
    if isinstance(trait, traitlets.List):
        values = getattr(owner, trait.name)
        return len(values) <= 64 and all(isinstance(v, (int, float)) for v in values)
    return isinstance(
        trait, (traitlets.Bool, traitlets.Int, traitlets.Float, traitlets.Unicode, traitlets.Enum)
    )


def limit_of(trait):
    """A list of options, a range {min, max}, or None where any value will do."""
    if isinstance(trait, traitlets.Enum):
        return list(trait.values)
    bounds = {name: getattr(trait, name, None) for name in ("min", "max")}
    return {name: v for name, v in bounds.items() if v is not None and abs(v) < math.inf} or None


class LiveFigure(anywidget.AnyWidget):
    """A figure the reader can change, which needs no kernel once it is stored.

    A subclass names its JavaScript file in ``front_end``, its traits and a text
    alternative in ``alt``; says in ``title`` and ``about`` what it is and what can be seen;
    lists in ``views`` settings worth seeing; tells with ``shown()`` the values that the page
    displays, by their data-name; and draws ``still()``, for places where no script runs.
    Raises TypeError for an unknown setting and traitlets.TraitError for a value outside
    its range.
    """

    front_end = None
    title = ""
    about = ""
    views = {"As it starts": {}}
    alt = traitlets.Unicode("").tag(sync=True)
    first = traitlets.Unicode("").tag(sync=True)  # what to try first here, if not the usual
    limits = traitlets.Dict().tag(sync=True)

    def __init_subclass__(cls, **kwargs):
        if "front_end" in vars(cls):  # and not in the classes that traitlets derives
            cls._esm = script(cls.front_end)
            cls._css = (HERE / "shared.css").read_text(encoding="utf-8")
        super().__init_subclass__(**kwargs)

    def __init__(self, **settings):
        for name in settings:
            if not self.has_trait(name):
                known = ", ".join(sorted(type(self).class_own_traits()))
                raise TypeError(
                    f"{type(self).__name__} has no setting {name!r}; expected one of {known}"
                )
        super().__init__(**settings)
        self.limits = self._limits()

    def _limits(self):
        """What the page may set, and so what a link may carry: a key's options or range."""
        common = {"alt", "first", "limits", *anywidget.AnyWidget.class_trait_names()}
        return {
            name: limit_of(trait)
            for name, trait in sorted(self.traits(sync=True).items())
            if not name.startswith("_") and name not in common and is_setting(trait, self)
        }

    # ipywidgets 7 would show itself through this method and leave the still out.
    _ipython_display_ = None

    def _repr_mimebundle_(self, **kwargs):
        data, metadata = super()._repr_mimebundle_(**kwargs)
        still = {"image/svg+xml": self._still_svg(), "text/plain": f"Live figure: {self.alt}"}
        return {**data, **still}, metadata

    def shown(self):
        """The values that the page displays for the present settings: data-name -> text."""
        raise NotImplementedError(f"{type(self).__name__} does not say what it shows")

    def still(self):
        """The matplotlib figure shown where no script runs, for the present settings."""
        raise NotImplementedError(f"{type(self).__name__} draws no still picture")

    def _still_svg(self):
        stream = io.StringIO()
        with matplotlib.rc_context(plot.RC):
            self.still().savefig(stream, format="svg", metadata={"Date": None})
        return re.sub(r"(\.\d\d)\d+", r"\1", stream.getvalue())
