"""`fer runs`: the runs on this machine; verify one, delete one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from fer_core.cli.answers import DONE, FAILED, Answer, table
from fer_core.cli.harness import command, group

if TYPE_CHECKING:
    from fer_core.runs import Run

app = group("The runs on this machine: list (the default), verify, delete.", default="list")


@command(app, "list")
def show_runs() -> Answer:
    """List own runs, newest first, then the shipped ones."""
    from fer_core.runs import list_runs, runs_home

    rows = [_row(run) for run in list_runs()]
    header = ["run", "status", "labels", "data", "validation accuracy", "started", ""]
    text = table(header, [_cells(row) for row in rows]) if rows else f"No runs in {runs_home()} yet: fer train RECIPE"
    return Answer({"runs": rows}, text)


@command(app)
def verify(
    run: Annotated[str, typer.Argument(help="A run's name or path.")],
    data: Annotated[str | None, typer.Option(help="Where its data lies; default: where the run says.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
) -> Answer:
    """Recompute a run's stored predictions from its weights and data, and compare.

    Raises:
        FileNotFoundError: no such run, or its data is not on this machine.
        ValueError: the run cannot be used, or the data is not what it was judged on.
    """
    from fer_core.evaluation import verify as recompute
    from fer_core.runs import find_run

    found = recompute(find_run(run), device, data)
    header = ["split", "n", "labels changed", "largest difference"]
    rows = [
        [split, one["n"], one["labels_changed"], f"{one['largest_difference']:.2g}"]
        for split, one in found["splits"].items()
    ]
    if not rows:
        raise ValueError(f"run {run} has no stored predictions to verify; make some with fer evaluate")
    differs = f"run {run} does not predict what it stored"
    return Answer(
        found,
        table(header, rows) + ("\nEqual." if found["equal"] else "\nNot equal."),
        code=DONE if found["equal"] else FAILED,
        complaint=None if found["equal"] else differs,
    )


@command(app)
def delete(run: Annotated[str, typer.Argument(help="A run's name or path.")]) -> Answer:
    """Delete a run's directory. Shipped runs and runs in training stay.

    Raises:
        FileNotFoundError: no such run.
        ValueError: it is shipped, or being trained.
    """
    from fer_core.runs import delete_run, find_run

    found = find_run(run)
    delete_run(found)
    return Answer({"run": found.name, "path": found.path, "deleted": True}, f"Deleted {found.path}.")


def _row(run: Run) -> dict[str, Any]:
    data, best = run.info.get("data", {}), run.info.get("best") or {}
    return {
        "name": run.name,
        "path": run.path,
        "status": run.status,
        "usable": run.usable,
        "why_not": run.why_not,
        "shipped": run.shipped,
        "synthetic": run.synthetic,
        "labels": run.labels,
        "recipe": run.recipe.get("name"),
        "data": data.get("name"),
        "best": best,
        "evaluated": sorted(run.evaluated),
        "started": run.info.get("started"),
        "finished": run.info.get("finished"),
    }


def _cells(row: dict[str, Any]) -> list[object]:
    accuracy = row["best"].get("validation_accuracy")
    origin = "shipped" if row["shipped"] else ""
    return [
        row["name"],
        row["status"],
        len(row["labels"]) or None,
        row["data"],
        None if accuracy is None else round(accuracy, 4),
        (row["started"] or "")[:16].replace("T", " ") or None,
        origin if row["usable"] else f"{origin} not usable: {row['why_not']}".strip(),
    ]
