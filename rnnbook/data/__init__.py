"""Real data that ships with the package, with its checksum and one split for the whole book.

Each set is a function, and ``load(name)`` finds it by name. It has the parts ``train``,
``valid`` and ``test``, a ``licence`` and a ``source``, and yields ``batches`` for ever.

Nothing here touches the network. ``book/tools/rebuild_data.py`` in the book's repository
rebuilds each file from its source.
"""

from .history import history
from .parts import Scaler
from .sequences import Chorales, Digits, Names, Pronunciations, Strips, Tagged, Utterances
from .series import Series
from .sets import (
    SETS,
    chorales,
    cmudict,
    co2,
    digits,
    glucose,
    heartbeat,
    japanese_vowels,
    load,
    python_source,
    shakespeare,
    strips,
    sunspots,
    surnames,
)
from .store import FILES, DataError
from .text import Text

__all__ = [
    "FILES",
    "SETS",
    "Chorales",
    "DataError",
    "Digits",
    "Names",
    "Pronunciations",
    "Scaler",
    "Series",
    "Strips",
    "Tagged",
    "Text",
    "Utterances",
    "chorales",
    "cmudict",
    "co2",
    "digits",
    "glucose",
    "heartbeat",
    "history",
    "japanese_vowels",
    "load",
    "python_source",
    "shakespeare",
    "strips",
    "sunspots",
    "surnames",
]
