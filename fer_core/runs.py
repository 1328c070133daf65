"""A run: one directory that holds everything needed to reload, compare, explain and reproduce it. Torch-free.

``run.json`` is the truth about a run; ``recipe.yaml`` is kept as plain data and never parsed as a recipe here.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from fer_core.features import FeatureTable, stored_features
from fer_core.labels import suggestion
from fer_core.pretrained.frozen import frozen_why_not
from fer_core.processes import alive
from fer_core.tables import read_parquet, write_parquet
from fer_core.tables import write_text as write_text

SHIPPED = Path(__file__).resolve().parents[1] / "checkpoints"
"""Runs that come with the software."""
NOT_RUNS = frozenset({"pretrained", "studies"})


def runs_home() -> Path:
    """Where new runs go: ``$FER_RUNS``, else ``./runs``."""
    named = os.environ.get("FER_RUNS")
    return Path(named).expanduser() if named else Path("runs")


class Run:
    """A run's directory, read when asked."""

    def __init__(self, path: Path) -> None:
        """A run that is already on disk.

        Args:
            path: The directory; it must hold a ``run.json``.

        Raises:
            FileNotFoundError: it holds none.
        """
        self.path = Path(path)
        if not (self.path / "run.json").is_file():
            raise FileNotFoundError(f"{path} is no run: it holds no run.json")

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r})"

    @property
    def name(self) -> str:
        """The directory's name."""
        return self.path.name

    @cached_property
    def info(self) -> Mapping[str, Any]:
        """``run.json``; empty where it is damaged."""
        try:
            found = json.loads((self.path / "run.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    @cached_property
    def recipe(self) -> Mapping[str, Any]:
        """``recipe.yaml`` as plain data; empty where it is damaged."""
        try:
            found = yaml.safe_load((self.path / "recipe.yaml").read_text(encoding="utf-8"))
        except (OSError, ValueError, yaml.YAMLError):
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def status(self) -> str:
        """``finished``, ``running``, ``stopped`` (its process is gone), ``failed`` or ``broken`` (unreadable)."""
        stated = self.info.get("status")
        if stated == "running":
            return "running" if alive(self.info) else "stopped"
        return stated if stated in ("finished", "failed") else "broken"

    @property
    def why_not(self) -> str | None:
        """Why the run cannot predict, in one sentence; None where it can."""
        status = self.status
        if status == "broken":
            return "its run.json is damaged"
        if status == "failed":
            return f"its training failed ({self.info.get('error', 'no reason stored')})"
        if status != "finished":
            return f"its training is {status}" + ("; resume it with fer train --resume" if status == "stopped" else "")
        if self.info.get("kind") == "identity":
            return "it is an identity encoder, which tells people apart and no states (fer pretrain)"
        if not self.recipe:
            return "its recipe.yaml is missing or damaged"
        if not (self.path / "weights.safetensors").is_file():
            return "its weights.safetensors is missing"
        return frozen_why_not(self.info.get("frozen", {}))

    @property
    def usable(self) -> bool:
        """Whether the run may predict: finished and whole."""
        return self.why_not is None

    @property
    def labels(self) -> tuple[str, ...]:
        """The K labels in the model's order."""
        return tuple(self.info.get("labels", ()))

    @property
    def preprocessing(self) -> Mapping[str, Any]:
        """From a picture to the network's input."""
        return self.info.get("preprocessing", {})

    @property
    def views(self) -> int:
        """How many views of each face the run asks; see `inference.VIEWS`."""
        return int(self.recipe.get("evaluation", {}).get("views", 1))

    @property
    def shipped(self) -> bool:
        """Whether it comes with the software."""
        return self.path.resolve().parent == SHIPPED

    @property
    def synthetic(self) -> bool:
        """Whether it learned from people who do not exist."""
        return bool(self.info.get("data", {}).get("synthetic", False))

    def history(self) -> pd.DataFrame:
        """One row per epoch; empty before the first is done."""
        try:
            return pd.read_csv(self.path / "history.csv")
        except (OSError, ValueError):
            return pd.DataFrame()

    @property
    def evaluated(self) -> Mapping[str, Mapping[str, Any]]:
        """Split -> how its stored predictions were made (n, excluded, data, fingerprint, faces, views)."""
        return self.info.get("evaluated", {})

    def predictions(self, split: str | None = None) -> pd.DataFrame:
        """Stored predictions, one row per sample.

        Args:
            split: One evaluated split; None for all.

        Raises:
            FileNotFoundError: nothing was evaluated.
            ValueError: that split was not; the sentence names those that were.
        """
        path = self.path / "predictions.parquet"
        if not path.is_file():
            raise FileNotFoundError(f"run {self.name} has no stored predictions")
        table = read_parquet(path)
        if split is None:
            return table
        there = table["split"].dropna().unique().tolist()
        if split not in there:
            raise ValueError(f"run {self.name} has no predictions of split '{split}'; there are: {', '.join(there)}")
        return table[table["split"] == split].reset_index(drop=True)

    def training_pictures(self) -> pd.DataFrame:
        """``hash dhash used subject`` (`data.folds.subject_keys`) of the training split; empty where not stored."""
        path = self.path / "training.parquet"
        return read_parquet(path) if path.is_file() else pd.DataFrame({"hash": [], "dhash": [], "used": []})

    def robustness(self) -> pd.DataFrame:
        """Stored accuracy under disturbances, a row per kind and strength; how it was made is in its ``attrs``.

        Raises:
            FileNotFoundError: ``fer robustness`` has not stored any.
        """
        return read_parquet(self.path / "robustness.parquet")

    def features(self, split: str | None = None, spaces: Sequence[str] | None = None) -> FeatureTable:
        """Stored vectors of a split, see `features.stored_features`; `embedding.store_features` keeps them."""
        return stored_features(self.path / "features", split, spaces)

    def card(self) -> str:
        """The run's card in Markdown; empty where there is none."""
        try:
            return (self.path / "card.md").read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return ""

    def flattered(self, data: str | None, split: str | None) -> dict[str, bool]:
        """Whether figures on a split of a data set flatter: the run learned from it, or it chose the epoch."""
        own = split is not None and data == self.info.get("data", {}).get("name")
        return {"in_sample": own and split == "train", "selected_on": own and split == self.info.get("selected_on")}

    def provenance(self, split: str | None = None) -> dict[str, Any]:
        """What every figure made from this run must say; ``split`` is the one it shows, None where it shows none."""
        about = self.evaluated.get(split or "", {})
        data = self.info.get("data", {})
        return {
            "run": self.name,
            "data": about.get("data", data.get("name")),
            "fingerprint": about.get("fingerprint", data.get("fingerprint")),
            "split": split,
            "n": about.get("n"),
            **self.flattered(data.get("name"), split),
            "seed": self.info.get("seed"),
            "views": about.get("views"),
            "faces": about.get("faces"),
            "synthetic": bool(about.get("synthetic", self.synthetic)),
            "device": self.info.get("device"),
        }

    def update(self, **fields: Any) -> None:
        """Changes fields of ``run.json``, whole or not at all."""
        info = {**self.info, **fields}
        write_text(self.path / "run.json", json.dumps(info, indent=1, ensure_ascii=False, allow_nan=False) + "\n")
        self.__dict__.pop("info", None)

    def store_predictions(self, table: pd.DataFrame) -> None:
        """Replaces the stored predictions of the splits in ``table``; keeps the others."""
        path = self.path / "predictions.parquet"
        if path.is_file():
            kept = read_parquet(path)
            kept = kept[~kept["split"].isin(table["split"].unique())]
            table = pd.concat([kept, table], ignore_index=True) if len(kept) else table
        write_parquet(path, table)


def create_run(path: Path, recipe: str, info: Mapping[str, Any]) -> Run:
    """A new run's directory with its recipe and first ``run.json``.

    Args:
        path: Must not hold a run.
        recipe: YAML text.
        info: First content of ``run.json``.

    Raises:
        FileExistsError: there is something at ``path``.
    """
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise FileExistsError(f"{path} is not empty; a run is never overwritten: choose another --out, or --resume")
    path.mkdir(parents=True, exist_ok=True)
    write_text(path / "recipe.yaml", recipe)
    write_text(path / "run.json", json.dumps(info, indent=1, ensure_ascii=False) + "\n")
    return Run(path)


def free_path(name: str) -> Path:
    """``<runs>/<name>``, or ``<name>-2`` ... where that is taken."""
    home = runs_home()
    taken = [home / name, *(home / f"{name}-{number}" for number in range(2, 10_000))]
    return next(path for path in taken if not path.exists())


def list_runs() -> list[Run]:
    """Every run of `runs_home` (newest first), then the shipped ones by name."""
    own = _runs_in(runs_home())
    own.sort(key=lambda run: (run.path / "run.json").stat().st_mtime, reverse=True)
    return own + sorted(_runs_in(SHIPPED), key=lambda run: run.name)


def find_run(name: str | Path) -> Run:
    """A run by name or path; own runs before shipped ones.

    Raises:
        FileNotFoundError: there is none; the sentence names those there are.
    """
    text = str(name)
    if os.sep in text or text.startswith((".", "~")):
        path = Path(text).expanduser()
        if (path / "run.json").is_file():
            return Run(path)
    else:
        for home in (runs_home(), SHIPPED, Path()):
            if text and (home / text / "run.json").is_file():
                return Run(home / text)
    names = list(dict.fromkeys(run.name for run in list_runs()))
    there = suggestion(text, names) if names else "; there are none yet: train one with fer train"
    raise FileNotFoundError(f"no run '{text}'{there}")


def delete_run(run: Run) -> None:
    """Removes a run's directory.

    Raises:
        ValueError: it is shipped, or being trained.
    """
    if run.shipped:
        raise ValueError(f"run {run.name} comes with the software and is not deleted")
    if run.status == "running":
        raise ValueError(f"run {run.name} is being trained by process {run.info.get('pid')}; stop that first")
    shutil.rmtree(run.path)


def _runs_in(home: Path) -> list[Run]:
    if not home.is_dir():
        return []
    return [Run(path) for path in sorted(home.iterdir()) if path.name not in NOT_RUNS and (path / "run.json").is_file()]
