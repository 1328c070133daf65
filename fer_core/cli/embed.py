"""`fer embed`: every feature space of a run as a table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from fer_core.cli.answers import Answer
from fer_core.cli.harness import command, program

app = program("Write a run's features of a data set as a table.")


@command(app)
def embed(
    run: Annotated[str, typer.Argument(help="A run's name or path.")],
    data: Annotated[str, typer.Option(help="A labelled data set in any supported format.")],
    out: Annotated[Path | None, typer.Option(help="A .parquet file.")] = None,
    store: Annotated[
        bool, typer.Option("--store", help="Keep the table with the run, as features/<split>.parquet.")
    ] = False,
    split: Annotated[
        str | None,
        typer.Option(help="train, validation, test or all; default: test, or all where the data names no split."),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(help="Only so many samples, each label with its share; default: all.")
    ] = None,
    state_limit: Annotated[
        int | None, typer.Option(help="At most so many samples of each label; default: all.")
    ] = None,
    faces: Annotated[str, typer.Option(help="auto, detect or whole (the pictures are face crops).")] = "auto",
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    seed: Annotated[int, typer.Option(help="Of which samples the limits leave.")] = 0,
) -> Answer:
    """Write every feature space of a run on a data set to parquet: a row per sample, a list column per space.

    Columns: sample, label, subject, session, split, predicted, run, and the spaces.

    Raises:
        FileNotFoundError: no such run or data, or no folder to write to.
        ValueError: neither --out nor --store, no such split, nothing to embed, an unusable run.
    """
    from fer_core.runs import find_run

    found = find_run(run)
    if out is None and not store:
        raise ValueError("where to? name a file with --out FILE.parquet, or keep the table with the run: --store")
    if out is not None and store:
        raise ValueError("take either --out or --store")
    if store and found.shipped:
        raise ValueError(f"run {found.name} comes with the software and is not changed; use --out")
    from fer_core.data import open_data
    from fer_core.embedding import embed as write
    from fer_core.embedding import features_path

    dataset = open_data(data)
    path = out or features_path(found, split or ("test" if dataset.splits else "all"))
    made = write(found, dataset, path, split, limit, state_limit, faces, device, seed)
    document = {**made, "out": path, "stored": store, "bytes": path.stat().st_size}
    return Answer(document, _text(document))


def _text(document: dict[str, Any]) -> str:
    spaces = ", ".join(f"{name} ({width})" for name, width in document["spaces"].items())
    synthetic = ", synthetic" if document["synthetic"] else ""
    lines = [
        f"{document['run']} on {document['data']}, {document['split']}{synthetic}: n {document['n']:,} of "
        f"{document['of']:,}, excluded {document['excluded']:,}",
        f"spaces: {spaces}",
        *(["The run learned from this split."] if document["in_sample"] else []),
        f"Written: {document['out']} ({document['bytes'] / 1e6:.2f} MB)",
    ]
    return "\n".join(lines)
