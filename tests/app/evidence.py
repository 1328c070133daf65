"""What the page Results shows beside a run's own predictions, small: a rival, curves of robustness, folds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from fer_core.grid import Job, load_grid
from fer_core.labels import EXPRESSIONS
from fer_core.runs import Run, create_run
from fer_core.studies import StoredStudy
from fer_core.sweep import Setting
from fer_core.sweep.collecting import collect
from fer_core.tables import prediction_table, probabilities_of, write_parquet
from tests.app import world

STATES = ("Asleep", "Drowsy", "Awake")


def rival_of(run: Run, home: Path, name: str = "rival") -> Run:
    """A run on the same pictures that answers other ones right: each row has its neighbour's probabilities."""
    other = world.add_run(home, name, Path(run.info["data"]["source"]))
    table = other.predictions("validation")
    shares = np.roll(probabilities_of(table, EXPRESSIONS), 1, axis=0)
    samples = table.rename(columns={"sample": "path"})
    other.store_predictions(prediction_table(samples, shares, EXPRESSIONS, table["twin"].to_numpy()))
    return other


def robust(run: Run) -> None:
    """Curves as `fer robustness` stores them, whose numbers are made up."""
    rows = [
        {"kind": kind, "strength": strength, "quantity": 0.1 * strength, "n": 14, "accuracy": 0.7 - loss * strength,
         "low": 0.5 - loss * strength, "high": 0.9 - loss * strength, "macro_f1": 0.5, "confidence": 0.6, "flips": 0.1}
        for kind, loss in (("upper", 0.02), ("blur", 0.05))
        for strength in range(1, 6)
    ]  # fmt: skip
    table = pd.DataFrame(rows)
    kinds = {kind: {"robust": 0.6, "drop": drop, "drop_ci95": [drop - 0.02, drop + 0.02]}
             for kind, drop in (("upper", 0.06), ("blur", 0.15))}  # fmt: skip
    clean = {"n": 14, "accuracy": 0.7, "low": 0.5, "high": 0.9}
    summary = {"n": 14, "clean": clean, "robust": 0.595, "drop": 0.105, "drop_ci95": [0.08, 0.13], "kinds": kinds}
    table.attrs = {"facts": {"data": "drawn-faces", "split": "validation", "of": 14, "seed": 0}, "summary": summary}
    write_parquet(run.path / "robustness.parquet", table)


def cross_validated(home: Path) -> tuple[StoredStudy, list[Job]]:
    """Three folds of one recipe as a sweep leaves them, their answers from a seed; and their jobs."""
    rng = np.random.default_rng(5)
    place = home / "deviation-folds"
    place.mkdir()
    text = (
        "name: deviation-compact\nseeds: [2]\nrecipe: deviation-compact\nfolds: 3\nrows: [{name: deviation-compact}]\n"
    )
    (place / "grid.yaml").write_text(text)
    grid, setting = load_grid(place / "grid.yaml"), Setting(place)
    for job in grid.jobs:
        n = 20 + 7 * job.fold
        names = [f"f{job.fold}/{row}.png" for row in range(n)]
        true = rng.choice(STATES, n, p=(0.6, 0.3, 0.1))
        samples = pd.DataFrame({"path": names, "label": true, "session": "s0", "split": "test"})
        samples["subject"] = [f"p{job.fold}{row % 2}" for row in range(n)]
        about = {"n": n, "excluded": 0}
        run = create_run(
            setting.run_path(job),
            job.recipe.dump(),
            {"status": "finished", "labels": list(STATES), "best": {"epoch": 1}, "parameters": 1, "device": "cpu",
             "data": {"name": "people", "source": "people:", "train": 9, "fingerprint": "f", "synthetic": True},
             "seed": 2, "evaluated": {"test": about}},
        )  # fmt: skip
        shares = rng.dirichlet(np.ones(3), n)
        run.store_predictions(prediction_table(samples, shares, STATES, np.zeros(n, bool)))
        pd.DataFrame({"epoch": [1], "steps": [1], "pictures": [9], "seconds": [1.0]}).to_csv(
            run.path / "history.csv", index=False
        )
    collect(grid, setting, {})
    return StoredStudy(place), list(grid.jobs)
