"""A run that has everything a report can show, with names that try to write into it. Synthetic: drawn from a seed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
from safetensors.numpy import save

from fer_core.features import FeatureTable
from fer_core.ood import Reference, fit, store_reference
from fer_core.pretrained.store import digest
from fer_core.projection import project, store_projection
from fer_core.robustness.measuring import Robustness, store
from fer_core.runs import Run
from tests.stored_runs import stored_run

HOSTILE = "<script>alert('x')</script>"
LABELS = ("anger", f"fear{HOSTILE}", "neutral & more")
SUBJECTS = [f"p{row % 6}{HOSTILE}" for row in range(60)]


def answers(seed: int, count: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """True labels, and probabilities that are right in about three of four."""
    rng = np.random.default_rng(seed)
    true = np.arange(count) % 3
    shares = rng.dirichlet(np.ones(3), count)
    shares[np.arange(count), true] += rng.random(count) * 1.5
    return true, shares / shares.sum(axis=1, keepdims=True)


def full_run(home: Path, name: str = "whole", synthetic: bool = True, seed: int = 0) -> Run:
    """A run with predictions, curves, leakage, erasure, robustness, maps and a card."""
    run = stored_run(
        home / name,
        {"validation": answers(seed)},
        labels=LABELS,
        subjects=SUBJECTS,
        commit="abc123",
        device="cpu (test)",
        selected_on="validation",
        best={"epoch": 2},
        excluded=1,
    )
    told = {
        **run.evaluated["validation"],
        "source": "drawn.zip",
        "faces": "whole",
        "synthetic": synthetic,
        "excluded": 4,
    }
    data = {"name": "drawn", "source": "drawn.zip", "fingerprint": "f", "synthetic": synthetic, "twins_dropped": 2,
            "excluded": {f"unreadable {HOSTILE}": 3}, "train": 90}  # fmt: skip
    run.update(evaluated={"validation": told}, data=data)
    (run.path / "card.md").write_text(
        f"# whole\n\nA **drawn** run, `{HOSTILE}`.\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 |\n"
    )
    curves = {"epoch": [1, 2, 3], "loss": [1.0, 0.7, 0.5], "validation_loss": [1.1, 0.9, float("nan")],
              "validation_accuracy": [0.4, 0.7, 0.69], "validation_macro_f1": [0.3, 0.6, 0.6]}  # fmt: skip
    pd.DataFrame(curves).to_csv(run.path / "history.csv", index=False)
    leak = {"accuracy": 0.4, "ci95": [0.3, 0.5], "chance": 0.1, "subjects": 10, "n": 80, "dimension": 4,
            "effective_rank": 2.5, "state": "neutral", "trials": 100}  # fmt: skip
    both = {"unseen": leak, "seen": None}
    document = {"data": "strangers", "synthetic": True, "n": 80, "macro_f1": 0.5, "spaces": {"v_state": both}}
    (run.path / "leakage.json").write_text(json.dumps(document))
    side = {"accuracy": 0.4, "ci95": [0.3, 0.5], "chance": 0.1, "macro_f1": 0.6, "variance": 1.0, "effective_rank": 2.5}
    after = {**side, "accuracy": 0.12, "variance": 0.7}
    erased = {"space": "v_state", "fit": "folds=5", "n": 80, "seed": 0, "before": side, "after": after, "control": None}
    (run.path / "erasure-v_state.json").write_text(json.dumps(erased))
    (run.path / "erasure-torn.json").write_text("{")
    store(run, _robustness())
    vectors = np.random.default_rng(0).normal(size=(60, 4)).astype(np.float32)
    samples = pd.DataFrame({"label": [LABELS[row % 3] for row in range(60)], "subject": SUBJECTS})
    store_projection(run, project(FeatureTable(samples, {"v_state": vectors}, "drawn"), "v_state", "pca")[0])
    (run.path / "weights.safetensors").write_bytes(save({"w": np.zeros(2, np.float32)}))
    store_reference(run, _usual(run, vectors))
    return Run(run.path)


def _usual(run: Run, vectors: np.ndarray) -> Reference:
    tried = [
        {"group": "non-faces", "name": "all", "n": 40, "auroc": 0.97, "outside": 0.8, "median": 3.1, "synthetic": True},
        {"group": "data", "name": HOSTILE, "n": 20, "auroc": 0.61, "outside": 0.2, "median": 1.2, "synthetic": False},
    ]
    facts = {"run": run.name, "data": "drawn", "source": "drawn.zip", "split": "validation", "n": 60, "seed": 0,
             "space": "v_state", "limit": 60, "folds": 5, "dealt_by": "subject", "shrinkage": 0.1, "tried": tried,
             "synthetic": True, "weights": digest(run.path / "weights.safetensors")}  # fmt: skip
    return Reference(fit(vectors, np.arange(60) % 3), np.linspace(0.5, 2.5, 101), facts)


def _robustness() -> Robustness:
    kinds = ["blur", "dark"]
    rows = [{"kind": kind, "strength": level, "accuracy": 0.6 - 0.1 * level} for kind in kinds for level in (1, 2)]
    loss = {"robust": 0.45, "drop": 0.15, "drop_ci95": [0.1, 0.2]}
    summary = {"n": 60, "clean": {"accuracy": 0.6}, **loss, "kinds": dict.fromkeys(kinds, loss)}
    facts = {"run": "whole", "data": "drawn", "split": "validation", "strengths": [1, 2], "seed": 0, "synthetic": True}
    return Robustness(pd.DataFrame(rows), summary, facts)
