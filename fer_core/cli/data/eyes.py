"""`fer data eyes`: eye crops to learn from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from fer_core.cli.answers import Answer, table


def eyes(
    data: Annotated[
        list[str], typer.Argument(help="Eye crops labelled closed or open, or faces with a column 'openness'.")
    ],
    out: Annotated[Path, typer.Option(help="The folder to write: PNG files and manifest.csv.")],
    fold: Annotated[int, typer.Option(min=0, help="Whose people are the test split; the next fold validates.")] = 0,
    folds: Annotated[int, typer.Option(min=3, help="Groups that the people are dealt into.")] = 6,
) -> Answer:
    """Cut eyes to train on, with nobody in two splits.

    Raises:
        FileNotFoundError: there is no such data.
        FileExistsError: the folder holds something.
        ValueError: data of neither kind, without subjects, or with fewer people than folds.
    """
    from fer_core.data import open_data
    from fer_core.data.eyes import build

    found = build([open_data(one) for one in data], out, fold, folds)
    return Answer(found, _text(found))


def _text(found: dict[str, Any]) -> str:
    lines = [f"{found['out']}: {found['n']:,} eyes, fold {found['fold']} of {found['folds']}.", ""]
    rows: list[list[object]] = [
        [split, one["n"], *one["labels"].values(), len(one["subjects"])] for split, one in found["splits"].items()
    ]
    lines.append(table(["split", "eyes", "closed", "open", "people"], rows))
    for name, one in found["sources"].items():
        lost = ", ".join(f"{count:,} {why}" for why, count in one["left_out"].items())
        lines.append(
            f"{name}: {one['eyes']:,} eyes of {one['pictures']:,} pictures" + (f"; left out: {lost}" if lost else "")
        )
    return "\n".join(lines)
