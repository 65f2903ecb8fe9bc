"""Fit a model, keep a log of what happened, score it, and sweep over settings and seeds."""

from .checkpoint import CheckpointError
from .forcing import unroll
from .log import Log
from .loop import NaNLossError, fit
from .pieces import detach
from .runs import Runs
from .scores import evaluate, loss_of
from .sweeping import SweepError, run_grid, sweep
