"""Graded exercises: one source a sheet, checked in the notebook and marked outside it.

``python -m exercises build`` makes the student notebooks, ``python -m exercises grade`` marks them.
"""
