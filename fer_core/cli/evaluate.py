"""`fer evaluate`: a run judged on a labelled data set."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from fer_core.cli.answers import Answer, table
from fer_core.cli.harness import command, program

app = program("Judge a run on a labelled data set.")


@command(app)
def evaluate(
    run: Annotated[str, typer.Argument(help="A run's name or path.")],
    data: Annotated[str, typer.Option(help="A labelled data set in any supported format.")],
    split: Annotated[
        str | None,
        typer.Option(help="train, validation, test or all; default: test, or all where the data names no split."),
    ] = None,
    faces: Annotated[str, typer.Option(help="auto, detect or whole (the pictures are face crops).")] = "auto",
    views: Annotated[
        int | None, typer.Option(help="1; 2: also mirrored; 10: both also turned four ways; default: the run's own.")
    ] = None,
    by: Annotated[
        str | None, typer.Option(help="Also each value of this column of the data apart, e.g. occlusion.")
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
) -> Answer:
    """Accuracy, macro-F1, confusion and confidence of a run on a data set, with intervals.

    Raises:
        FileNotFoundError: no such run or data.
        ValueError: no such split or column, nothing to judge, an unusable run.
    """
    from fer_core.data import open_data
    from fer_core.evaluation import evaluate as judge
    from fer_core.evaluation import report_by
    from fer_core.runs import find_run

    found = find_run(run)
    dataset = open_data(data)
    result = judge(found, dataset, split, faces, views, device)
    report = result.report()
    document = {
        **report,
        "run": found.name,
        **{key: result.facts[key] for key in _ORIGIN},
        "excluded_samples": result.excluded,
        **({} if by is None else {"by": report_by(result.predictions, dataset.table, by, result.labels)}),
    }
    return Answer(document, _text(document))


_ORIGIN = ("data", "split", "faces", "faces_detected", "views", "fingerprint", "synthetic")


def _text(document: dict[str, Any]) -> str:
    low, high = document["ci95"]
    without = document["accuracy_without_twins"]
    kind = ", synthetic" if document["synthetic"] else ""
    lines = [
        f"{document['run']} on {document['data']}, {document['split']}{kind}: n {document['n']}, "
        f"excluded {document['excluded']}, "
        f"{document['views']} view{'s' if document['views'] > 1 else ''}, "
        f"faces {document['faces']} ({document['faces_detected']} detected)",
        f"accuracy {document['accuracy']:.4f} (95 % interval {low:.4f} to {high:.4f})"
        + ("" if without is None else f", without twins {without:.4f}"),
        f"average accuracy {document['average_accuracy']:.4f}, macro-F1 {document['macro_f1']:.4f}, "
        f"ECE {document['ece']:.4f}"
        + ("" if document["auc"] is None else f", AUC of {document['labels'][1]} {document['auc']:.4f}"),
        "",
        table(
            ["label", "precision", "recall", "f1", "support"],
            [
                [
                    label,
                    *(None if one[key] is None else round(one[key], 4) for key in ("precision", "recall", "f1")),
                    one["support"],
                ]
                for label, one in document["per_class"].items()
            ],
        ),
        "",
        "confusion (rows true, columns predicted)",
        table(
            ["", *document["labels"]],
            [[label, *row] for label, row in zip(document["labels"], document["confusion"], strict=True)],
        ),
    ]
    if document["classes_without_support"]:
        lines.append(f"without support, left out of averages: {', '.join(document['classes_without_support'])}")
    if "by" in document:
        rows = [
            [value, one["n"], round(one["accuracy"], 4), round(one["average_accuracy"], 4), round(one["macro_f1"], 4)]
            for value, one in document["by"].items()
        ]
        lines += ["", table(["part", "n", "accuracy", "average accuracy", "macro-F1"], rows)]
    return "\n".join(lines)
