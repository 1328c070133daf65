"""How fast synthetic people are drawn, beside the same pictures decoded from PNG."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import Any

import numpy as np

from fer_core.benchmarks.rates import Rates, cores, machine, take_turns
from fer_core.data import open_data
from fer_core.pictures import open_picture

LINE = "people:subjects=8,sessions=2,frames=4"
"""Whom is drawn: 192 pictures of 16 recordings in three states, hats, glasses and beards as they come."""


def people_rates(size: int = 160, pictures: int = 96, rounds: int = 5) -> dict[str, Any]:
    """Pictures drawn per second and PNG files of them decoded per second, on one thread and on all cores.

    Backgrounds and compiled code are there before anything is counted, as they are for all but the first pictures of a
    data set.

    Args:
        size: Pixels a side.
        pictures: How many are drawn and decoded in each round.
        rounds: How many rounds; each measures everything, and the medians are taken.

    Returns:
        ``size pictures rounds`` and the ``machine``; ``threads``: for each number of threads ``pictures_per_second``,
        its ``slowest`` and ``fastest`` round, ``pictures_per_core_second`` (of processor time, whoever else is busy),
        ``png_decodes_per_second`` and their ``ratio`` (drawn per decoded); some of all cores once more at the top.

    Raises:
        ValueError: a size that cannot be drawn, or no pictures or rounds.
    """
    if pictures < 1:
        raise ValueError(f"pictures must be 1 or more, got {pictures}")
    dataset = open_data(f"{LINE},size={size}")
    rows = np.linspace(0, len(dataset) - 1, pictures).astype(int).tolist()
    encoded = [dataset.read(row) for row in rows]
    before = machine()
    counts = sorted({1, cores()})
    pools = {count: ThreadPoolExecutor(count) for count in counts}
    works: dict[str, Callable[[], object]] = {}
    for count, pool in pools.items():
        works[f"draw {count}"] = _each(pool, dataset.picture, rows)
        works[f"decode {count}"] = _each(pool, open_picture, encoded)
    found = take_turns(works, pictures, rounds)
    for pool in pools.values():
        pool.shutdown()
    threads = {str(count): _told(found[f"draw {count}"], found[f"decode {count}"]) for count in counts}
    most = threads[str(counts[-1])]
    return {
        "size": size,
        "pictures": pictures,
        "rounds": rounds,
        **{name: most[name] for name in ("pictures_per_second", "png_decodes_per_second", "ratio")},
        "threads": threads,
        "machine": before,
    }


def _each(pool: ThreadPoolExecutor, work: Callable[[Any], object], items: Sequence[Any]) -> Callable[[], object]:
    return lambda: list(pool.map(work, items))


def _told(drawn: Rates, decoded: Rates) -> dict[str, float]:
    return {
        "pictures_per_second": median(drawn.per_second),
        "slowest": min(drawn.per_second),
        "fastest": max(drawn.per_second),
        "pictures_per_core_second": median(drawn.per_core_second),
        "png_decodes_per_second": median(decoded.per_second),
        # Of neighbours in time: what slows one slows the other.
        "ratio": median(one / other for one, other in zip(drawn.per_second, decoded.per_second, strict=True)),
    }
