"""`fer compare`: runs laid side by side on the samples that all of them judged."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from fer_core.cli.answers import Answer, few_people, table
from fer_core.cli.harness import command, program

app = program("Lay runs side by side: is the difference more than chance?")

MOST_EPOCHS = 12
"""Rows of the table of learning curves that people see; --json has every epoch."""
MOST_NAMES = 5
"""Flipped samples that people see, each way."""


@command(app)
def compare(
    runs: Annotated[list[str], typer.Argument(help="Two or more runs; every further one is compared with the first.")],
    split: Annotated[str, typer.Option(help="Which stored predictions.")] = "validation",
    names: Annotated[int, typer.Option(min=0, help="How many flipped samples --json names, each way.")] = 50,
    seed: Annotated[int, typer.Option(min=0, help="Of the bootstrap.")] = 0,
) -> Answer:
    """Compare runs by their stored predictions: flips, McNemar, paired intervals, matrices, learning curves.

    Samples are matched by name. Intervals and tests treat samples as independent.

    Raises:
        FileNotFoundError: no such run, or it has no stored predictions.
        ValueError: fewer than two runs, no such split, other labels or other data.
    """
    from fer_core.compare import compare as lay
    from fer_core.runs import find_run

    found = lay([find_run(one) for one in runs], split, seed, names)
    return Answer(found, _text(found))


def _text(found: dict[str, Any]) -> str:
    about = next(iter(found["origin"].values()))
    left = [f"{count:,} of {name}" for name, count in found["left_out"].items() if count]
    lines = [
        f"runs {', '.join(found['runs'])} · data {about['data']}{' (synthetic)' if about['synthetic'] else ''} · "
        f"split {found['split']} · n {found['n']:,}"
        + (f" (left out, not judged by all: {', '.join(left)})" if left else "")
        + f" · bootstrap seed {found['seed']}",
        *_remarks(found["origin"], found["split"]),
        *([few_people(found["subjects"])] if found["subjects"] else []),
        "",
        table(
            ["run", "accuracy", "95 % interval", "average", "macro-F1", "ECE", "seed", "views"],
            [
                [
                    name,
                    round(one["accuracy"], 4),
                    "{:.4f} to {:.4f}".format(*one["ci95"]),
                    *(round(one[key], 4) for key in ("average_accuracy", "macro_f1", "ece")),
                    found["origin"][name]["seed"],
                    found["origin"][name]["views"],
                ]
                for name, one in found["figures"].items()
            ],
        ),
    ]
    for one in found["pairs"]:
        lines += ["", *_pair(one, found["labels"])]
    return "\n".join([*lines, "", *_curves(found["curves"])])


def _remarks(origin: dict[str, dict[str, Any]], split: str) -> list[str]:
    chosen = [name for name, one in origin.items() if one["selected_on"]]
    remarks = [f"The {split} split selected the epoch of {', '.join(chosen)}."] if chosen else []
    for key in ("views", "faces"):
        values = {name: one[key] for name, one in origin.items()}
        if len(set(values.values())) > 1:
            remarks.append(f"Not alike in {key}: " + ", ".join(f"{name} {value}" for name, value in values.items()))
    return remarks


def _pair(one: dict[str, Any], labels: list[str]) -> list[str]:
    first, second, test = one["first"], one["second"], one["mcnemar"]
    corrected = "" if test["holm_p"] is None else f", Holm-corrected {_p(test['holm_p'])}"
    lines = [
        f"{second} against {first}",
        f"both right {one['both_right']:,}, both wrong {one['both_wrong']:,}, only {first} {one['only_first']:,}, "
        f"only {second} {one['only_second']:,}; McNemar (exact) p {_p(test['p'])}{corrected}",
        table(
            ["difference", "", "95 % interval"],
            [
                *(
                    [name.replace("_", " "), f"{it['difference']:+.4f}", "{:+.4f} to {:+.4f}".format(*it["ci95"])]
                    for name, it in one["differences"].items()
                ),
                ["ECE", f"{one['ece_difference']:+.4f}", ""],
            ],
        ),
        "",
        table(
            ["recall", first, second, "difference", "support"],
            [
                [label, *(None if it[key] is None else round(it[key], 4) for key in _RECALL), it["support"]]
                for label, it in one["recall"].items()
            ],
        ),
        "",
        f"confusion of {second} minus {first} (rows true, columns predicted)",
        table(["", *labels], [[label, *row] for label, row in zip(labels, one["confusion_difference"], strict=True)]),
    ]
    for key, name in (("only_first", first), ("only_second", second)):
        flips = one["flips"][key]
        rows = flips["samples"][:MOST_NAMES]
        if rows:
            lines += ["", f"only {name} is right ({len(rows)} of {flips['n']:,}; --json has up to --names)"]
            lines.append(table(["sample", "true", first, second], [[row[key] for key in _FLIP] for row in rows]))
    return lines


_RECALL = ("first", "second", "difference")
_FLIP = ("sample", "label", "first", "second")


def _curves(curves: dict[str, dict[str, list[float | None]]]) -> list[str]:
    there = {name: one["validation_accuracy"] for name, one in curves.items() if one.get("validation_accuracy")}
    if not there:
        return ["No learning curves are stored with these runs."]
    longest = max(map(len, there.values()))
    step = -(-longest // MOST_EPOCHS)
    epochs = sorted({*range(step, longest + 1, step), 1, longest})
    rows: list[list[object]] = [[epoch, *(_at(values, epoch) for values in there.values())] for epoch in epochs]
    best = [max((value for value in values if value is not None), default=None) for values in there.values()]
    reached = [None if top is None else values.index(top) + 1 for top, values in zip(best, there.values(), strict=True)]
    ends = ", ".join(
        f"{name} {top:.4f} at {epoch}" for name, top, epoch in zip(there, best, reached, strict=True) if top is not None
    )
    return ["learning curves: validation accuracy by epoch", table(["epoch", *there], rows), f"highest: {ends}"]


def _at(values: list[float | None], epoch: int) -> float | None:
    value = values[epoch - 1] if epoch <= len(values) else None
    return None if value is None else round(value, 4)


def _p(value: float) -> str:
    return f"{value:.4f}" if value >= 1e-4 else f"{value:.1e}"
