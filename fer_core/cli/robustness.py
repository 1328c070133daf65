"""`fer robustness`: a run on disturbed faces."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fer_core.cli.answers import Answer, table
from fer_core.cli.harness import command, program

if TYPE_CHECKING:
    import pandas as pd

    from fer_core.robustness import Robustness
    from fer_core.runs import Run

app = program("Judge a run on faces that are covered, blurred, dark, turned or coarse.")

_FORMATS = (".csv", ".parquet")


@command(app)
def robustness(
    run: Annotated[str, typer.Argument(help="A run's name or path.")],
    data: Annotated[str, typer.Option(help="A labelled data set in any supported format.")],
    split: Annotated[
        str | None,
        typer.Option(help="train, validation, test or all; default: test, or all where the data names no split."),
    ] = None,
    kinds: Annotated[
        str | None,
        typer.Option(
            help="Of upper, lower, left, right, corner, mask, sunglasses, hand, blur, dark, rotation, low-resolution, "
            "with commas; default: all."
        ),
    ] = None,
    strengths: Annotated[str, typer.Option(help="Of 1 to 5, with commas.")] = "1,2,3,4,5",
    limit: Annotated[
        int | None, typer.Option(help="Only so many samples, each label with its share; default: all.")
    ] = None,
    faces: Annotated[str, typer.Option(help="auto, detect or whole (the pictures are face crops).")] = "auto",
    views: Annotated[int | None, typer.Option(help="As fer evaluate; default: the run's own.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    seed: Annotated[int, typer.Option(help="Of the subset and of where things lie.")] = 0,
    out: Annotated[Path | None, typer.Option(help="Write the table: a .csv or .parquet file.")] = None,
    sheet: Annotated[
        Path | None, typer.Option(help="Write what the disturbances look like on rendered people: a .png file.")
    ] = None,
    keep: Annotated[
        bool | None,
        typer.Option(
            "--store/--no-store",
            help="Keep the curves with the run; default: where it is your own and every kind and strength is measured.",
        ),
    ] = None,
) -> Answer:
    """Accuracy of a run under every kind and strength of disturbance, and what is lost to the clean pictures.

    Raises:
        FileNotFoundError: no such run or data, or no folder to write to.
        ValueError: no such kind, strength or split, nothing to judge, an unusable run, or a file of another format.
    """
    from fer_core.data import open_data
    from fer_core.robustness import robustness as measure
    from fer_core.runs import find_run

    _check(out, _FORMATS)
    _check(sheet, (".png",))
    wanted = None if kinds is None else [word for word in (part.strip() for part in kinds.split(",")) if word]
    found = find_run(run)
    result = measure(found, open_data(data), split, wanted, _strengths(strengths), limit, faces, views, device, seed)
    document: dict[str, Any] = {**result.facts, **result.summary, "curves": result.table.to_dict("records")}
    document |= {"stored": _stored(found, result, keep), "out": out, "sheet": sheet}
    if out is not None:
        _write(out, result.table)
    if sheet is not None:
        from fer_core.data.people.sheet import write_png
        from fer_core.robustness import disturbance_sheet

        drawn = disturbance_sheet(found.preprocessing, result.facts["kinds"], result.facts["strengths"], seed)
        write_png(sheet, drawn)
    return Answer(document, _text(document))


def _strengths(text: str) -> list[int]:
    words = [part.strip() for part in text.split(",") if part.strip()]
    if not words or not all(word in ("1", "2", "3", "4", "5") for word in words):
        raise ValueError(f"--strengths must be numbers of 1 to 5 with commas between them, got '{text}'")
    return [int(word) for word in words]


def _check(path: Path | None, endings: tuple[str, ...]) -> None:
    """Before the work, not after it."""
    if path is None:
        return
    if path.suffix.lower() not in endings:
        raise ValueError(f"{path.name} must end in {' or '.join(endings)}")
    if not path.absolute().parent.is_dir():
        raise FileNotFoundError(f"there is no folder {path.parent} to write {path.name} into")


def _stored(run: Run, result: Robustness, keep: bool | None) -> bool:
    from fer_core.robustness import store, whole

    wanted = (not run.shipped and whole(result)) if keep is None else keep
    if wanted:
        store(run, result)
    return wanted


def _write(out: Path, curves: pd.DataFrame) -> None:
    from fer_core.runs import write_text
    from fer_core.tables import write_parquet

    if out.suffix.lower() == ".parquet":
        write_parquet(out, curves)
    else:
        write_text(out, curves.to_csv(index=False))


def _flattering(document: dict[str, Any]) -> list[str]:
    said = []
    if document["in_sample"]:
        said.append("The run learned from this split: its figures flatter.")
    if document["selected_on"]:
        said.append(f"The {document['split']} split selected the epoch: its figures are a little flattering.")
    if document["twins"]:
        said.append(f"{document['twins']} of the pictures have an exact twin in the training split as distributed.")
    return said


def _text(document: dict[str, Any]) -> str:
    clean, kinds, strengths = document["clean"], document["kinds"], document["strengths"]
    accuracy = {(row["kind"], row["strength"]): row["accuracy"] for row in document["curves"]}
    low, high = document["drop_ci95"]
    synthetic = ", synthetic" if document["synthetic"] else ""
    rows = [
        [
            kind,
            *(f"{accuracy[kind, strength]:.4f}" for strength in strengths),
            f"{one['robust']:.4f}",
            f"{one['drop']:+.4f}",
            "{:+.4f} to {:+.4f}".format(*one["drop_ci95"]),
        ]
        for kind, one in kinds.items()
    ]
    lines = [
        f"{document['run']} on {document['data']}, {document['split']}{synthetic}: n {document['n']} of "
        f"{document['of']}, {document['views']} view(s), faces {document['faces']}, seed {document['seed']}",
        *_flattering(document),
        f"clean accuracy {clean['accuracy']:.4f} (95 % interval {clean['low']:.4f} to {clean['high']:.4f})",
        f"robust accuracy {document['robust']:.4f}, the mean over {len(kinds)} kinds x {len(strengths)} strengths: "
        f"{document['drop']:.4f} lost (paired 95 % interval {low:.4f} to {high:.4f})",
        "",
        table(["accuracy at strength", *map(str, strengths), "mean", "lost", "95 % interval"], rows),
    ]
    if document["stored"]:
        lines += ["", "Stored with the run."]
    lines += [f"Written: {document[key]}" for key in ("out", "sheet") if document[key]]
    return "\n".join(lines)
