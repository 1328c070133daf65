"""`fer ensemble`: several runs asked as one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fer_core.cli.answers import Answer, few_people, table
from fer_core.cli.harness import command, program

if TYPE_CHECKING:
    from fer_core.alignment import Judged
    from fer_core.runs import Run

app = program("Ask several runs as one: their probabilities summed.")


@command(app)
def ensemble(
    runs: Annotated[list[str], typer.Argument(help="Two or more runs with the same labels.")],
    choose: Annotated[
        str,
        typer.Option(help="all: sum every run; or a stored split: sum the runs whose sum is right most often there."),
    ] = "all",
    split: Annotated[
        str | None,
        typer.Option(help="What is judged; default: test where every run has it stored, else validation."),
    ] = None,
    data: Annotated[
        str | None, typer.Option(help="Judge on this labelled data set instead of the stored predictions.")
    ] = None,
    faces: Annotated[str, typer.Option(help="With --data: auto, detect or whole.")] = "auto",
    views: Annotated[int | None, typer.Option(help="With --data: 1, 2 or 10; default: each run's own.")] = None,
    device: Annotated[str, typer.Option(help="With --data: auto, cpu or cuda.")] = "auto",
) -> Answer:
    """Sum the probabilities of several runs, of all or of the best subset, and judge the sum beside each run.

    Samples and labels are matched by name. A split that chose the runs is flattering, and is called so.

    Raises:
        FileNotFoundError: no such run or data, or a run has no stored predictions.
        ValueError: fewer than two runs, other labels, other data, no such split.
    """
    from fer_core.alignment import stored
    from fer_core.ensemble import ensemble as ask
    from fer_core.runs import find_run

    if data is None and (views is not None or faces != "auto" or device != "auto"):
        raise ValueError("--views, --faces and --device go with --data; stored predictions stay as they are")
    found = [find_run(one) for one in runs]
    choosing = None if choose == "all" else stored(found, choose)
    if data is not None:
        judged = _evaluated(found, data, split, faces, views, device)
    else:
        default = "test" if all("test" in run.evaluated for run in found) else "validation"
        judged = stored(found, split or default)
    document = ask(judged, choosing)
    return Answer(document, _text(document))


def _evaluated(
    runs: Sequence[Run], data: str, split: str | None, faces: str, views: int | None, device: str
) -> list[Judged]:
    from fer_core.alignment import Judged, distinct_names
    from fer_core.data import open_data
    from fer_core.evaluation import evaluate

    names, dataset = distinct_names(runs), open_data(data)
    judged = []
    for name, run in zip(names, runs, strict=True):
        result = evaluate(run, dataset, split, faces, views, device)
        facts = {**result.facts, "seed": run.info.get("seed")}
        facts |= run.flattered(dataset.name, result.facts["split"])
        judged.append(Judged(name, run.labels, result.predictions, facts))
    return judged


def _text(found: dict[str, Any]) -> str:
    about = next(iter(found["origin"].values()))
    left = [f"{count:,} of {name}" for name, count in found["left_out"].items() if count]
    whole, choice = found["ensemble"], found["choice"]
    lines = [
        f"sum of {', '.join(found['chosen'])} · data {about['data']}{' (synthetic)' if about['synthetic'] else ''} · "
        f"split {found['split']} · n {found['n']:,}"
        + (f" (left out, not judged by all: {', '.join(left)})" if left else ""),
    ]
    if choice:
        how = "all" if choice["search"] == "exhaustive" else "adding one run after the other,"
        lines.append(
            f"chosen on {choice['split']} (n {choice['n']:,}) from {len(found['runs'])} runs, {how} "
            f"{choice['subsets_tried']:,} subsets tried; accuracy there {choice['accuracy']:.4f}, which flatters."
        )
    if found["selected_on"]:
        lines.append(
            f"{found['overlap']:,} of these {found['n']:,} samples chose the runs: the figures below are flattering; "
            "judge another split."
        )
    epochs = [name for name, one in found["origin"].items() if one["selected_on"]]
    if epochs:
        lines.append(f"The {found['split']} split selected the epoch of {', '.join(epochs)}.")
    kept = ("average_accuracy", "macro_f1", "ece")
    if found["subjects"]:
        lines.append(few_people(found["subjects"]))
    rows: list[list[object]] = [
        [
            name,
            round(one["accuracy"], 4),
            "{:.4f} to {:.4f}".format(*one["ci95"]),
            *(round(one[key], 4) for key in kept),
            found["origin"].get(name, {}).get("seed"),
            found["origin"].get(name, {}).get("views"),
            "" if one.get("chosen", True) else "left out",
        ]
        for name, one in (("the sum", whole), *found["members"].items())
    ]
    header = ["", "accuracy", "95 % interval", "average", "macro-F1", "ECE", "seed", "views", ""]
    classes = [
        [label, *(None if one[key] is None else round(one[key], 4) for key in _SCORES), one["support"]]
        for label, one in whole["per_class"].items()
    ]
    return "\n".join([*lines, "", table(header, rows), "", table(["label", *_SCORES, "support"], classes)])


_SCORES = ("precision", "recall", "f1")
