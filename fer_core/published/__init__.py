"""The four papers' tables as data: every printed number, what it counts, what is wrong with it, how it is trained here.

A table's key is ``<paper>-<number>``: ``deviation-3``, ``mixaugment-3``, ``masking-2``, ``fermixnet-1``,
``fermixnet-fig8``. Numbers are as printed; misprints stand beside them.
"""

from __future__ import annotations

from fer_core.published.arithmetic import impossible_shares, is_share, matrix_of, number
from fer_core.published.loading import PublishedError, check_table, find_table, papers, table_keys
from fer_core.published.metrics import METRICS
from fer_core.published.schema import Cell, Column, Misprint, Paper, PublishedTable, Row, Training

__all__ = [
    "METRICS",
    "Cell",
    "Column",
    "Misprint",
    "Paper",
    "PublishedError",
    "PublishedTable",
    "Row",
    "Training",
    "check_table",
    "find_table",
    "impossible_shares",
    "is_share",
    "matrix_of",
    "number",
    "papers",
    "table_keys",
]
