"""Measure what happens inside a recurrent layer; never draw.

Everything here computes in float64 on the CPU, on a copy of the layer: over a hundred steps
gradients fall below what float32 can hold.
"""

from .flow import UNITS, gradient_flow, growth, jacobians, lyapunov, spectrum, step_jacobians
from .memory import Kept
from .rest import FixedPoints, fixed_points
from .states import gates, linear_probe, memory_curve, states_of
