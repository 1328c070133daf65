"""A study laid beside a published table: ours, published, their difference, an interval, and why they may differ.

Ours is named rows with values (`Measured`): a sweep gives them (`rows_of_study`), and so may anything else that was
measured, once or more often. Published numbers stay as printed. Torch-free.
"""

from __future__ import annotations

from fer_core.beside.laying import lay_beside
from fer_core.beside.measured import Comparison, Laid, Measured
from fer_core.beside.sweeps import beside_study, facts_of, rows_of_study

__all__ = ["Comparison", "Laid", "Measured", "beside_study", "facts_of", "lay_beside", "rows_of_study"]
