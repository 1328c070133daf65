"""`fer data lids`: real faces with closed and half-closed lids."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from fer_core.cli.answers import Answer, table


def lids(
    data: Annotated[list[str], typer.Argument(help="Pictures of real people whose eyes are open, one face each.")],
    out: Annotated[Path, typer.Option(help="The folder to write: JPEG files and manifest.csv.")],
    limit: Annotated[int | None, typer.Option(min=1, help="Faces of each data set at most.")] = None,
    each: Annotated[int | None, typer.Option(min=1, help="Faces of each person at most.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Chooses pictures, draws lids.")] = 0,
) -> Answer:
    """Lower the lids of real faces: each face awake, with half-closed and with closed eyes.

    All three pictures of a face are cut, shrunk and compressed alike; faces whose eyes are not clearly open are left
    out and counted.

    Raises:
        FileNotFoundError: there is no such data.
        FileExistsError: the folder holds something.
        ValueError: data that cannot be read, or two data sets of one name.
    """
    from fer_core.data import open_data
    from fer_core.data.lids import build
    from fer_core.eyes import EyeReader

    found = build([open_data(one) for one in data], out, EyeReader().openness, limit, each, seed)
    return Answer(found, _text(found))


def _text(found: dict[str, Any]) -> str:
    lines = [f"{found['out']}: {found['n']:,} pictures.", ""]
    rows: list[list[object]] = [
        [label, one["n"], one["found"], _share(one["read"]), _share(one["read_closed"])]
        for label, one in found["labels"].items()
    ]
    lines.append(table(["label", "pictures", "face found", "openness read", "eyes read closed"], rows))
    for name, one in found["sources"].items():
        lost = ", ".join(f"{count:,} {why}" for why, count in one["left_out"].items())
        lines.append(
            f"{name}: {one['faces']:,} faces of {one['pictures']:,} pictures, {one['people']:,} people"
            + ("" if one["shut"] is None else f"; of all eyes closed {one['shut']:.1%} read as closed")
            + (f"; left out: {lost}" if lost else "")
        )
    return "\n".join(lines)


def _share(value: float | None) -> str | None:
    return None if value is None else f"{value:.3f}"
