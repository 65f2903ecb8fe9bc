"""Measure the built site from outside: Lighthouse, axe, the HTML checker, what a visit loads.

``make audit``, or ``python -m book.tools.audit [PAGE...] [--only PART...] [--runs N]``.
"""
