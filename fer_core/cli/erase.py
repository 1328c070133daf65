"""`fer erase`: identity taken out of features."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from fer_core.cli.answers import Answer, table
from fer_core.cli.harness import command, program

app = program("Take who somebody is out of features, linearly.")


@command(app)
def erase(
    source: Annotated[
        str,
        typer.Argument(metavar="FILE|RUN", help="A parquet or csv table, a zip with one, or a run with features."),
    ],
    space: Annotated[str, typer.Option(help="A feature space, or columns of numbers with commas between them.")],
    fit: Annotated[str | None, typer.Option(help="Fit on people of a split, apply to everybody: split=train.")] = None,
    folds: Annotated[
        int | None,
        typer.Option(help="Deal people into so many folds, each changed by what was fitted on the others; default: 5."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="A .parquet file: the table with a column <space>_erased.")] = None,
    store: Annotated[
        bool,
        typer.Option("--store", help="Keep it with the run: in its feature table, figures as erasure-<space>.json."),
    ] = False,
    keep: Annotated[
        str | None, typer.Option(help="Column whose differences stay, or none; default: label, where there are two.")
    ] = None,
    rank: Annotated[
        int | None, typer.Option(help="Take only so many directions away, the most telling first; default: all.")
    ] = None,
    ranks: Annotated[str | None, typer.Option(help="Measure taking fewer away, too: 1,2,4,8.")] = None,
    state: Annotated[
        str | None,
        typer.Option(help="Find people again by samples of this label, or all; default: Awake, neutral, all."),
    ] = None,
    trials: Annotated[int, typer.Option(help="How often a gallery and a probe of everyone are drawn.")] = 100,
    seed: Annotated[int, typer.Option(help="Of the folds, the control and everything drawn.")] = 0,
    split: Annotated[str | None, typer.Option(help="Of a run: its table of this split.")] = None,
    columns: Annotated[
        str | None, typer.Option(help="Where a table names its columns otherwise: subject=Participant,label=Y.")
    ] = None,
) -> Answer:
    """Take identity out of a space in closed form (LEACE), keep the state, and say what is left of both.

    Fitted on some people and applied to others; what it does to those it was fitted on is said apart.

    Raises:
        FileNotFoundError: no such file or run, no stored features of it, or no folder to write to.
        ValueError: neither --out nor --store, no such space, column, split or state, or too few people.
    """
    from fer_core.erasure import erase as take_out
    from fer_core.erasure import store_erasure, write_erased
    from fer_core.runs import find_run
    from fer_core.vectors import columns_from, file_of, find_vectors

    if (out is None) == (not store):
        raise ValueError("name a file with --out FILE.parquet, or keep the column with the run: --store")
    if out is not None and out.suffix.lower() != ".parquet":
        raise ValueError(f"{out.name} must end in .parquet")
    if out is not None and not out.absolute().parent.is_dir():
        raise FileNotFoundError(f"there is no folder {out.parent} to write {out.name} into")
    path = file_of(source)
    if path is not None and store:
        raise ValueError(f"{path.name} is a file, --store keeps the column with a run; use --out")
    if path is not None and split is not None:
        raise ValueError(
            "--split names a table of a run; of a file all rows are changed, --fit split=train fits on some"
        )
    run = find_run(source) if path is None else None
    if store and run is not None and run.shipped:
        raise ValueError(f"run {run.name} comes with the software and is not changed; use --out")
    named = columns_from(columns)
    found = find_vectors(source, [space], split, named)
    erased, document = take_out(
        found, space, _split(fit), folds, keep, rank, _numbers(ranks), state, trials, seed
    )  # fmt: skip
    if out is None and run is not None:
        out = store_erasure(run, found, erased, document)
    elif out is not None:
        from_file = path or find_run(source).path / "features" / found.source
        write_erased(from_file, out, found, erased, document, named)
    document |= {"out": str(out), "stored": store}
    return Answer(document, _text(document))


def _split(fit: str | None) -> str | None:
    if fit is None:
        return None
    key, equals, name = (word.strip() for word in fit.partition("="))
    if key != "split" or not equals or not name:
        raise ValueError(f"--fit must read split=NAME, e.g. split=train, got '{fit}'")
    return name


def _numbers(text: str | None) -> list[int]:
    parts = [part.strip() for part in (text or "").split(",") if part.strip()]
    try:
        return [int(part) for part in parts]
    except ValueError:
        raise ValueError(f"--ranks must be whole numbers with commas between them, got '{text}'") from None


def _text(document: dict[str, Any]) -> str:
    origin = (
        f"{document['run']} on {document['data']}, {document['split']}" if "run" in document else document["source"]
    )
    base = document["before"]
    who = "of people it was not fitted on" if document["people"] == "unseen" else "of the people it was fitted on"
    lines = [
        f"{document['space']} of {origin}{', synthetic' if document.get('synthetic') else ''}: dimension "
        f"{document['dimension']}, {document['rank']} directions taken away",
        *(["The run learned from this split."] if document.get("in_sample") else []),
        f"fitted by {document['fit']}: {len(document['fit_subjects'])} people, {document['fit_n']:,} rows; applied to "
        f"{len(document['applied_subjects'])} people, {document['n']:,} rows; kept: {document['keep']}",
        f"{who}: {base['subjects']} people found again in state {base['state']}, {base['n']:,} rows, "
        f"{document['trials']} trials, seed {document['seed']}, chance {base['chance']:.3f}",
        "",
        table(
            ["", "found again", "95 % over people", "state macro-F1", "variance left", "effective rank"],
            [_row(name, document[name]) for name in ("before", "after", "control")]
            + [_row(f"fitted people, {name}", one) for name, one in _seen(document)],
        ),
        "control: as many random directions. state macro-F1: a linear probe that leaves persons out.",
    ]
    if any(name == "after" and one["accuracy"] < one["chance"] for name, one in _seen(document)):
        lines.append(
            "Below chance for fitted people: their mean is gone, so what is left of one session is the reverse of the "
            "others."
        )
    within = document["within_folds"]
    if within is not None:
        lines.append(
            f"among those of their fold only ({within['parts']} folds, chance {within['chance']:.3f}): found again "
            f"{within['before']['accuracy']:.3f} before, {within['after']['accuracy']:.3f} after"
        )
    if document["ranks"]:
        rows = [
            [one["rank"], *_cells(one), *(_cells(one["seen"]) if one["seen"] else (None,) * 3)]
            for one in document["ranks"]
        ]
        head = ["directions", "found again", "macro-F1", "variance left", "fitted: found", "macro-F1", "variance left"]
        lines += ["", table(head, rows)]
    return "\n".join([*lines, f"Written: {document['out']}"])


def _seen(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return list(document["seen"].items()) if document["people"] == "unseen" and document["seen"] else []


def _row(name: str, one: dict[str, Any]) -> list[object]:
    low, high = one["ci95"]
    found, score, left = _cells(one)
    return [name, found, f"{low:.3f} to {high:.3f}", score, left, f"{one['effective_rank']:.1f}"]


def _cells(one: dict[str, Any]) -> tuple[str | None, ...]:
    return tuple(None if one[key] is None else f"{one[key]:.3f}" for key in ("accuracy", "macro_f1", "variance"))
