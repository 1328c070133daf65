"""Grids on an engine: every job a `fer train` process of its own, resumable, one row per run, failures apart.

A process per run costs its start and buys that a run which is killed, or runs out of memory, takes nothing with it.
"""

from fer_core.sweep.performing import Setting, perform
from fer_core.sweep.sweeping import sweep

__all__ = ["Setting", "perform", "sweep"]
