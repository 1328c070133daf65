"""`fer sweep`: a grid of trainings, one row per run."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from fer_core.cli.answers import DONE, FAILED, Answer, table
from fer_core.cli.harness import command, program

app = program("Train every row of a grid, on every seed; go on where it was stopped.")


@command(app)
def sweep(
    grid: Annotated[str, typer.Argument(help="A grid's name or the path of its YAML file.")],
    data: Annotated[str | None, typer.Option(help="A data set; replaces that of every row.")] = None,
    out: Annotated[Path | None, typer.Option(help="The sweep's folder; default: its name among the runs.")] = None,
    study: Annotated[list[str] | None, typer.Option(help="Only this study of the grid; may be repeated.")] = None,
    changes: Annotated[
        list[str] | None, typer.Option("--set", help="section.key=value for every row, after its own; may be repeated.")
    ] = None,
    engine: Annotated[str, typer.Option(help="local (processes on this machine) or ray.")] = "local",
    workers: Annotated[int | None, typer.Option(help="Runs at once; default: one per core, one on a GPU.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    dry: Annotated[bool, typer.Option("--list", help="Check the grid and list its runs; train nothing.")] = False,
) -> Answer:
    """Train a grid. Finished runs are left alone, stopped and failed ones tried again; a failure stops no other run.

    Raises:
        FileNotFoundError: no such grid.
        ValueError: the grid or a recipe of it has mistakes, or its folder holds runs of other settings.
    """
    from fer_core.grid import load_grid
    from fer_core.runs import runs_home

    checked = load_grid(grid, study or [], changes or [])
    if dry:
        jobs: list[dict[str, Any]] = [
            {
                "study": job.study, "row": job.row, "seed": job.seed, "fold": job.fold, "recipe": job.base,
                "set": list(job.overrides),
            }
            for job in checked.wanted
        ]  # fmt: skip
        header = ["study", "row", "seed", "fold", "recipe", "set"]
        cells = [[*(job[key] for key in header[:-1]), " ".join(job["set"])] for job in jobs]
        text = table([*header[:-1], "--set"], cells)
        return Answer({"name": checked.name, "jobs": jobs}, text)
    from fer_core.sweep import sweep as run_all

    stored = run_all(checked, out or runs_home() / checked.name, data, engine, workers, device)
    runs, summary = stored.table.to_dict("records"), stored.summary()
    studies = {job.study for job in checked.wanted}  # what other studies of the file left there is not asked about
    failed = [one for one in runs if one["status"] != "finished" and one["study"] in studies]
    document = {"name": checked.name, "out": stored.path, "runs": runs, "summary": summary, "failed": len(failed)}
    lines = [_text(summary), "", f"{stored.path}/sweep.parquet: {len(runs)} runs, {len(failed)} not finished"]
    lines += [f"  {_name(one)}: {one['error']}" for one in failed]
    lines += [
        f"  {one['study']} {one['row']} seed {lost['seed']} counts nowhere: fold {', '.join(map(str, lost['folds']))} "
        "did not finish"
        for one in summary
        for lost in one.get("incomplete", ())
        if one["study"] in studies
    ]
    complaint = f"{len(failed)} of {len(runs)} runs did not finish; the first: {failed[0]['error']}" if failed else None
    return Answer(document, "\n".join(lines), FAILED if failed else DONE, complaint)


def _name(run: Mapping[Hashable, Any]) -> str:
    fold = run.get("fold")
    name = f"{run['study']} {run['row']} seed {run['seed']}"
    return name if fold is None or fold != fold else f"{name} fold {fold:.0f}"  # NaN beside studies with folds


def _text(summary: list[dict[str, Any]]) -> str:
    folded = any("folds" in one for one in summary)
    header = ["study", "row", "runs", "n", "accuracy", "macro-F1", "robust accuracy"]
    rows = []
    for one in summary:
        figures = [one.get(f"{key}_folds", one.get(key)) for key in ("accuracy", "macro_f1", "robust_accuracy")]
        rows.append([one["study"], one["row"], one["runs"], one["n"], *map(_figure, figures)])
        rows[-1] += [one.get("folds"), _figure(one.get("macro_f1_summed"))] if folded else []
    if not folded:
        return table(header, rows)
    said = (
        "Figures of a row with folds are means of its folds' figures; the last column is of their summed predictions."
    )
    return "\n".join([table([*header, "folds", "macro-F1 summed"], rows), "", said])


def _figure(value: dict[str, float | None] | None) -> str:
    if value is None or value["mean"] is None:
        return "-"
    if value["low"] is None or value["high"] is None:
        return f"{value['mean']:.4f}"
    return f"{value['mean']:.4f} [{value['low']:.4f}, {value['high']:.4f}]"
