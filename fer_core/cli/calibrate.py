"""`fer calibrate`: is a run as sure as it is right?"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from fer_core.cli.answers import Answer, few_people, table
from fer_core.cli.harness import command, program

app = program("Ask whether a run is as sure as it is right.")


@command(app)
def calibrate(
    run: Annotated[str, typer.Argument(help="A run's name or path.")],
    split: Annotated[
        str, typer.Option(help="The stored predictions that temperature and threshold are fitted on.")
    ] = "validation",
    judge_on: Annotated[
        str | None,
        typer.Option(
            help="Another stored split, or folds: each part of --split judged by the others; default: test where it is "
            "stored, else folds."
        ),
    ] = None,
    folds: Annotated[int, typer.Option(help="How many parts; a subject's samples stay together.")] = 5,
    accuracy: Annotated[float, typer.Option(help="The accuracy wished of the answers that are given.")] = 0.9,
    seed: Annotated[int, typer.Option(min=0, help="Of the folds and the intervals.")] = 0,
) -> Answer:
    """Temperature, reliability and abstention from a run's stored predictions.

    A temperature above 1 says that the run is too sure. It is never judged on the samples that fitted it, and nothing
    is stored: the run keeps answering as before.

    Raises:
        FileNotFoundError: no such run, or it has no stored predictions.
        ValueError: no such split, too many folds, or a wish outside (0, 1].
    """
    from fer_core.calibration import calibrate as ask
    from fer_core.runs import find_run

    found = ask(find_run(run), split, judge_on, folds, accuracy, seed)
    return Answer(found, _text(found))


def _text(found: dict[str, Any]) -> str:
    fitted, judged = found["fitted_on"], found["judged_on"]
    how = f"{judged['folds']} parts, each with what the others give" if judged["folds"] else judged["split"]
    origin = [
        f"run {found['run']}",
        f"data {found['data']}" + (" (synthetic)" if found["synthetic"] else ""),
        f"split {judged['split']}",
        f"n {judged['n']:,}",
        f"seed {found['seed']}",
        f"{found['views']} view{'s' if found['views'] != 1 else ''}",
    ]
    before, after, wish = found["before"], found["after"], found["wish"]
    spread = ""
    if found["temperatures"]:
        spread = f" ({min(found['temperatures']):.3f} to {max(found['temperatures']):.3f} in the folds)"
    meaning = "too sure" if found["temperature"] > 1 else "not sure enough"
    lines = [
        " · ".join(origin),
        f"temperature {found['temperature']:.3f}{spread}, fitted on {fitted['split']} (n {fitted['n']:,}): "
        f"the run is {meaning}.",
        f"Temperature and threshold are judged where they were not fitted: on {how}.",
    ]
    if found["at_limit"]:
        lines.append("That is the end of the range looked at: nearly every answer is right, or none tells anything.")
    if fitted["selected_on"]:
        lines.append(f"The {fitted['split']} split also selected the epoch: its accuracy is a little flattering.")
    if found["subjects"]:
        lines.append(few_people(found["subjects"]))
    lines += [
        "",
        table(["", "before", "after"], _figures(before, after)),
        *([] if after["ece"] < before["ece"] else ["The temperature does not lower the calibration error (ECE) here."]),
        "",
        "reliability: are answers given with so much confidence right so often? (before, after)",
        table(["confidence", "n", "mean", "accuracy", "n", "mean", "accuracy"], _bins(before, after)),
        "",
        "abstention: the surest answers only (before)",
        table(["coverage", "accuracy", "confidence at least"], _coverage(before["abstention"]["curve"])),
        "",
    ]
    if wish["threshold"] is None:
        lines.append(f"No threshold makes {wish['accuracy']:.0%} of the answers on {fitted['split']} right.")
    else:
        kept = "none" if wish["attained"] is None else f"{wish['attained']:.4f} of them right"
        lines.append(
            f"For {wish['accuracy']:.0%} right, answer where the confidence is at least {wish['threshold']:.4f}: "
            f"{wish['coverage']:.1%} answered ({wish['answered']:,} of {judged['n']:,}), {kept}."
        )
    return "\n".join(lines)


def _figures(before: dict[str, Any], after: dict[str, Any]) -> list[list[object]]:
    def row(name: str, *keys: str) -> list[object]:
        values: list[Any] = [before, after]
        for key in keys:
            values = [value[key] for value in values]
        return [name, *(None if value is None else round(value, 4) for value in values)]

    return [
        row("accuracy", "accuracy"),
        row("ECE", "ece"),
        ["  95 % interval", *("{:.4f} to {:.4f}".format(*one["ci95_ece"]) for one in (before, after))],
        row("negative log-likelihood", "nll"),
        row("Brier score", "brier"),
        row("confidence where right, mean", "confidence", "right", "mean"),
        row("confidence where right, median", "confidence", "right", "median"),
        row("confidence where wrong, mean", "confidence", "wrong", "mean"),
        row("confidence where wrong, median", "confidence", "wrong", "median"),
        row("area under accuracy by coverage", "abstention", "area"),
    ]


def _bins(before: dict[str, Any], after: dict[str, Any]) -> list[list[object]]:
    rows: list[list[object]] = []
    for one, two in zip(before["reliability"], after["reliability"], strict=True):
        if one["count"] or two["count"]:
            cells: list[object] = [f"{one['lower']:.2f} to {one['upper']:.2f}"]
            for each in (one, two):
                known = each["count"] > 0
                cells += [int(each["count"]), *(round(float(each[key]), 3) if known else None for key in _SHOWN)]
            rows.append(cells)
    return rows


_SHOWN = ("confidence", "accuracy")


def _coverage(curve: list[dict[str, Any]]) -> list[list[object]]:
    """Every other point of the curve, its end among them."""
    shown = curve[::-1][::2][::-1]
    return [[f"{one['coverage']:.1%}", round(float(one["accuracy"]), 4), f"{one['threshold']:.3f}"] for one in shown]
