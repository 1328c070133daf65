"""Random streams by name: one seed in the recipe, one independent stream for each thing that is random.

Switching one stream off (mixing, say) leaves the others as they were, so two runs differ by what was changed only.
Streams are re-derived from ``(seed, name, index)``, never carried on: an epoch drawn after a resume equals the epoch
that an uninterrupted run draws.
"""

from __future__ import annotations

import zlib

import numpy as np

INITIALISATION = "initialisation"
ORDER = "order"
TRANSFORMS = "transforms"
MIXING = "mixing"
PAIRS = "pairs"
DROPOUT = "dropout"
PENALTY = "penalty"
SPLIT = "split"
SAMPLE = "sample"
GROUPS = "groups"
BOOTSTRAP = "bootstrap"


def stream(seed: int, name: str, *index: int) -> np.random.Generator:
    """A generator that depends on nothing but its arguments.

    Args:
        seed: The recipe's seed, 0 or more.
        name: What is drawn, e.g. ``order``.
        index: Where in the run, e.g. the epoch.
    """
    return np.random.default_rng(np.random.SeedSequence([seed, zlib.crc32(name.encode()), *index]))


def torch_seed(seed: int, name: str, *index: int) -> int:
    """An integer seed for a torch generator, from the same streams."""
    return int(stream(seed, name, *index).integers(2**63 - 1))
