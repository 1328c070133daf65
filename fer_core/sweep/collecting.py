"""What the runs of a sweep left behind, gathered into few tables."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

from fer_core.grid import Grid, Job
from fer_core.leakage.stored import LEAKAGE
from fer_core.runs import Run
from fer_core.sweep.performing import Setting
from fer_core.tables import write_parquet


def collect(
    grid: Grid, setting: Setting, failures: Mapping[str, str], known: dict[str, dict[str, Any]] | None = None
) -> pd.DataFrame:
    """Writes ``sweep.parquet`` and all predictions, learning curves and disturbed accuracies from what the runs hold.

    Args:
        grid: Gives the order of the rows.
        setting: Where the runs lie.
        failures: Folder -> why a run failed without saying so itself.
        known: Folder -> its row, of runs that have finished and change no more; filled here, so that a sweep of
            hundreds of runs does not score all of them again after each.

    Returns:
        The sweep's table, one row per wanted job and per run that is there; see `row_of`.
    """
    rows: list[dict[str, Any]] = []
    parts: dict[str, list[pd.DataFrame]] = {"predictions": [], "history": [], "robustness": []}
    wanted = {job.folder for job in grid.wanted}
    for job in grid.jobs:
        path = setting.run_path(job)
        run = Run(path) if (path / "run.json").is_file() else None
        if run is None and job.folder not in wanted:
            continue  # another study of the file that nobody has asked for yet
        kept = {} if known is None else known
        row = kept.get(job.folder) or row_of(job, run, setting, failures.get(job.folder))
        rows.append(row)
        if run is None or run.status != "finished":
            continue
        if job.folder not in failures and (job.robustness is None or "robust_accuracy" in row):
            kept[job.folder] = row
        held = {"predictions": run.predictions(), "history": run.history()}
        if job.robustness is not None and (path / "robustness.parquet").is_file():
            held["robustness"] = run.robustness()
        for kind, one in held.items():
            named = one.assign(study=job.study, row=job.row, seed=job.seed)
            parts[kind].append(named if job.fold is None else named.assign(fold=job.fold))
    table = pd.DataFrame(rows)
    write_parquet(setting.out / "sweep.parquet", table)
    for kind, some in parts.items():
        if some:
            write_parquet(setting.out / f"{kind}.parquet", pd.concat(some, ignore_index=True))
    return table


def row_of(job: Job, run: Run | None, setting: Setting, failure: str | None) -> dict[str, Any]:
    """One row of ``sweep.parquet``.

    Args:
        job: What was to be trained.
        run: What is there; None: nothing.
        setting: Where and how.
        failure: Why it failed, where its ``run.json`` does not know.

    Returns:
        ``study row seed recipe overrides run status error``, and of a finished run ``split n accuracy ci95_low
        ci95_high accuracy_without_twins average_accuracy macro_f1 ece`` (of its test split, where it has none of
        validation), ``best_epoch epochs steps pictures parameters seconds data train fingerprint synthetic device
        threads commit``, and where the grid asks for it ``robust_accuracy robust_clean robust_n`` (mean over all
        disturbances, and the clean pictures among the same). ``pictures`` counts pictures forwarded in training.
        A study with folds adds ``fold folds labels confusion`` (JSON), a run with ``leakage.json`` for each of its
        feature spaces ``identification_<space>`` (of people the run has not learned from), ``people_<space>`` (how many
        they are), ``effective_rank_<space>`` and ``identification_seen_<space>``.
    """
    status = "waiting" if run is None else run.status
    row: dict[str, Any] = {
        "study": job.study,
        "row": job.row,
        "seed": job.seed,
        **({} if job.fold is None else {"fold": job.fold, "folds": job.folds}),
        "recipe": job.base,
        "overrides": json.dumps(list(job.overrides)),
        "run": str(setting.run_path(job).relative_to(setting.out)),
        "status": "failed" if failure and status != "finished" else status,
        "error": failure or (run.info.get("error") if run is not None else None),
    }
    if run is None or status != "finished":
        return row
    from fer_core.evaluation import stored_report

    split = "test" if "test" in run.evaluated else "validation"
    report, history, info = stored_report(run, split), run.history(), run.info
    row |= {"split": split, "n": report["n"], "ci95_low": report["ci95"][0], "ci95_high": report["ci95"][1]}
    row |= {key: report[key] for key in ("accuracy", "accuracy_without_twins", "average_accuracy", "macro_f1", "ece")}
    row |= {
        "best_epoch": int(info["best"]["epoch"]),
        "epochs": len(history),
        "steps": int(history["steps"].sum()),
        "pictures": int(history["pictures"].sum()),
        "parameters": info["parameters"],
        "seconds": float(history["seconds"].sum()),
        "data": info["data"]["name"],
        "train": info["data"]["train"],
        "fingerprint": info["data"]["fingerprint"],
        "synthetic": info["data"]["synthetic"],
        **{key: info.get(key) for key in ("device", "threads", "commit")},
    }
    if job.fold is not None:
        row |= {"labels": json.dumps(list(run.labels)), "confusion": json.dumps(report["confusion"])}
    return row | _robust(job, run) | _identified(run)


def _identified(run: Run) -> dict[str, Any]:
    """How often people are known again by each feature space, where the training has measured it."""
    try:
        stored = json.loads((run.path / LEAKAGE).read_text(encoding="utf-8"))
        spaces = stored["spaces"]
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError):
        raise ValueError(f"{run.path / LEAKAGE} is damaged; delete it, or train the run again") from None
    row: dict[str, Any] = {} if stored.get("macro_f1") is None else {"strangers_macro_f1": stored["macro_f1"]}
    for space, who in spaces.items():
        unseen, seen = who.get("unseen") or {}, who.get("seen") or {}
        row |= {
            f"identification_{space}": unseen.get("accuracy"),
            f"people_{space}": unseen.get("subjects"),
            f"effective_rank_{space}": unseen.get("effective_rank"),
            f"identification_seen_{space}": seen.get("accuracy"),
        }
    return row


def _robust(job: Job, run: Run) -> dict[str, Any]:
    if job.robustness is None or not (run.path / "robustness.parquet").is_file():
        return {}
    summary = run.robustness().attrs["summary"]
    return {
        "robust_accuracy": summary["robust"],
        "robust_clean": summary["clean"]["accuracy"],
        "robust_n": summary["n"],
    }
