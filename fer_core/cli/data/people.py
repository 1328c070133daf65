"""`fer data people`: synthetic people looked at, written as a data set, or filmed."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fer_core.cli.answers import Answer, table

if TYPE_CHECKING:
    from fer_core.data import Dataset
    from fer_core.data.people import People
    from fer_core.data.people.film import Film


def people(
    line: Annotated[str, typer.Argument(help="people:subjects=27,sessions=2,... as everywhere DATA is asked for.")] = (
        "people:"
    ),
    sheet: Annotated[Path | None, typer.Option(help="Write a contact sheet: a PNG, one person a row.")] = None,
    rows: Annotated[int, typer.Option(min=1, max=100, help="People on the contact sheet.")] = 9,
    columns: Annotated[int, typer.Option(min=1, max=60, help="Pictures of each on the contact sheet.")] = 12,
    export: Annotated[Path | None, typer.Option(help="Write every picture and manifest.csv into this folder.")] = None,
    clip: Annotated[Path | None, typer.Option(help="Film one person: an mp4, with its truth beside it.")] = None,
    script: Annotated[str, typer.Option(help="States of the clip and their seconds.")] = "Awake:20,Drowsy:20,Asleep:10",
    person: Annotated[int | None, typer.Option(min=0, help="Whom to film; default: the line's first.")] = None,
    session: Annotated[int, typer.Option(min=0, help="In which session.")] = 0,
    fps: Annotated[float, typer.Option(min=1, max=120, help="Frames per second of the clip.")] = 25.0,
    clip_size: Annotated[int, typer.Option(min=32, max=1024, help="Pixels a side of the clip.")] = 320,
) -> Answer:
    """Draw people who do not exist: tell what is in a line of them, and how hard their states are to tell apart.

    A clip comes with its truth: NAME.json (closures of the eyes, blinks, PERCLOS) and NAME.csv (one label per second).

    Raises:
        ValueError: the line or the script has mistakes.
        FileExistsError: the folder to export into holds something.
    """
    from fer_core.data.people import open_people, read_line

    wanted, dataset = read_line(line), open_people(line)
    document: dict[str, Any] = {"data": line, "line": wanted.line(), "name": dataset.name, "synthetic": True}
    document |= {"n": len(dataset), "subjects": wanted.subjects, "sessions": wanted.sessions, "labels": dataset.labels}
    document |= _splits(dataset)
    lines = [f"{dataset.name}: {len(dataset):,} pictures of {wanted.subjects:,} people who do not exist."]
    lines.append(f"As a line with everything named: {wanted.line()}")
    # What cannot be written is told before anything is drawn.
    for place in (sheet, clip):
        if place is not None and not place.absolute().parent.is_dir():
            raise FileNotFoundError(f"there is no folder {place.parent} to write {place.name} into")
    film = None if clip is None else _film(clip, wanted, script, person, session, fps, clip_size)
    if sheet is not None:
        from fer_core.data.people.sheet import contact_sheet, write_png

        write_png(sheet, contact_sheet(dataset, columns, rows))
        document["sheet"] = sheet
        lines.append(f"Contact sheet: {sheet}")
    if export is not None:
        from fer_core.data.people.sheet import export as write

        write(dataset, export)
        document["export"] = export
        lines.append(f"Written: {export}/manifest.csv and {len(dataset):,} pictures")
    if clip is not None and film is not None:
        document["clip"] = _filmed(clip, film)
        told = document["clip"]
        lines.append(
            f"Filmed: {clip}, {told['duration']:g} s, {told['blinks']} blinks, PERCLOS {told['perclos']:.3f} (true)"
        )
    if sheet is None and export is None and clip is None:
        document["difficulty"] = _difficulty(dataset, wanted)
        lines.append(_card(document))
    return Answer(document, "\n".join(lines))


def _splits(dataset: Dataset) -> dict[str, Any]:
    splits = dataset.table["split"]
    return {"splits": {split: int((splits == split).sum()) for split in dataset.splits}}


def _film(path: Path, wanted: People, script: str, person: int | None, session: int, fps: float, size: int) -> Film:
    from fer_core.data.people.film import Film, read_script

    if path.suffix.lower() != ".mp4":
        raise ValueError(f"a clip is written as .mp4, got {path.name}")
    return Film(read_script(script), wanted.first if person is None else person, session, wanted.seed, fps, size)


def _filmed(path: Path, film: Film) -> dict[str, Any]:
    from tqdm import tqdm

    from fer_core.video import write_video

    write_video(path, tqdm(film.pictures(), total=film.frames, unit="frame", disable=None, leave=False), film.fps)
    truth = {"path": path, **film.truth()}
    _write(path.with_suffix(".json"), json.dumps({**truth, "path": str(path)}, indent=1) + "\n")
    seconds = "".join(f"{one['t']},{one['label']}\n" for one in truth["seconds"])
    _write(path.with_suffix(".csv"), "second,label\n" + seconds)
    return truth


def _write(path: Path, text: str) -> None:
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)


def _difficulty(dataset: Dataset, wanted: People) -> dict[str, Any] | None:
    """Of drowsiness across people; None for expressions and for one person alone."""
    from fer_core.data.people.difficulty import difficulty

    if wanted.states != "drowsiness" or wanted.subjects < 2 or wanted.split != "all":
        return None
    return vars(difficulty(dataset.table))


def _card(document: dict[str, Any]) -> str:
    counts = table(["split", "pictures"], [[split, n] for split, n in document["splits"].items()])
    found = document["difficulty"]
    if found is None:
        return f"\n{counts}"
    return (
        f"\n{counts}\n\nHow hard it is: a classifier ({found['classifier']}) of the TRUE lid opening, mouth and pitch, "
        f"judged on people\nit has not seen ({found['people']} people in {found['folds']} folds, n {found['n']:,}), "
        f"reaches\n"
        f"  macro-F1 {found['across_people']:.3f} across people, and\n"
        f"  macro-F1 {found['own_baseline']:.3f} when the same is taken relative to each person's own waking face.\n"
        "What a model may win by knowing the person lies between the two."
    )
