"""One time step of each cell: pure functions, small modules, and where their weights start."""

from .initial import chrono_, forget_bias_, identity_, orthogonal_
from .modules import (
    UNITS,
    Cell,
    ElmanCell,
    GRUCell,
    JordanCell,
    LRUCell,
    LSTMCell,
    MinGRUCell,
    parts,
    uniform,
)
from .steps import (
    elman_step,
    gru_before_step,
    gru_step,
    jordan_step,
    lru_step,
    lstm_1997_step,
    lstm_coupled_step,
    lstm_layer_norm_step,
    lstm_peephole_step,
    lstm_step,
    mingru_step,
)
