"""`fer bench people`: how fast synthetic people are drawn."""

from __future__ import annotations

from typing import Annotated

import typer

from fer_core.cli.answers import Answer, table

SHOWN = ("pictures_per_second", "slowest", "fastest", "pictures_per_core_second")


def people(
    size: Annotated[int, typer.Option(min=32, max=512, help="Pixels a side.")] = 160,
    pictures: Annotated[int, typer.Option(min=1, help="Drawn and decoded in each round.")] = 96,
    rounds: Annotated[int, typer.Option(min=1, help="Counted rounds; the medians are told.")] = 5,
) -> Answer:
    """Draw synthetic people on one thread and on all cores, and decode the same pictures from PNG for comparison.

    Raises:
        ValueError: a size that cannot be drawn.
    """
    from fer_core.benchmarks.people import people_rates

    found = people_rates(size, pictures, rounds)
    here = found["machine"]
    rows: list[list[object]] = [
        [
            int(count),
            *(round(one[key], 1) for key in SHOWN),
            round(one["png_decodes_per_second"]),
            round(one["ratio"], 3),
        ]
        for count, one in found["threads"].items()
    ]
    header = ["threads", "drawn/s", "slowest", "fastest", "drawn per core second", "PNG decoded/s", "drawn per decoded"]
    load = "unknown" if here["load"][0] is None else f"{here['load'][0]:.1f}"
    text = (
        f"people of {size} x {size} pixels, medians of {rounds} rounds of {pictures} pictures; "
        f"{here['cores']} cores, load before {load}\n{table(header, rows)}"
    )
    return Answer(found, text)
