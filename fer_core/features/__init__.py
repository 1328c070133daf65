"""Feature tables: one row per sample, one list column per feature space; ours or made by others. Torch-free.

In parquet a space is a list column; in csv it is the columns ``<space>_0 ... <space>_<D-1>``. A zip that holds one such
table reads like the table.
"""

from fer_core.features.reading import FORMATS, read_features, stored_features
from fer_core.features.table import COLUMNS, MET, FeatureTable
from fer_core.features.writing import stream_features, write_features

__all__ = [
    "COLUMNS",
    "FORMATS",
    "MET",
    "FeatureTable",
    "read_features",
    "stored_features",
    "stream_features",
    "write_features",
]
