"""Synthetic problems with a known answer and a known trivial baseline.

Every task yields batches (x_BTD, y, first) for ever, with lengths behind them where sequences
differ; ``first`` is always true, since each batch starts anew.
"""

from .grammar import a_n_b_n, dyck, embedded_reber, letters, reber
from .memory import adding, copy, lag, noise, parity, permuted_digits, recall, register, xor
from .task import Task
