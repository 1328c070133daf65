"""Where figures of a run come from, in one line, and the command that makes them again. Torch-free.

Pages and reports say it in the same words.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from fer_core.runs import Run


def of_split(run: Run, split: str, n: int | None = None) -> str:
    """Of figures made from a run's stored predictions of one split.

    Args:
        run: Whose.
        split: An evaluated one.
        n: How many samples the figures are of; None takes how many were judged.
    """
    told = run.provenance(split)
    n = told["n"] if n is None else n
    parts = [
        f"run {told['run']}",
        f"data {told['data'] or 'unknown'}",
        f"split {split}",
        f"n = {n:,}" if n is not None else "n unknown",
        how_held(told),
        f"seed {told['seed']}",
        people(run, told["synthetic"]),
        views(told["views"]),
    ]
    return " · ".join(parts)


def of_training(run: Run) -> str:
    """Of figures made from a run's history."""
    told = run.provenance(run.info.get("selected_on"))
    parts = [
        f"run {told['run']}",
        f"data {told['data'] or 'unknown'}",
        f"seed {told['seed']}",
        people(run, told["synthetic"]),
    ]
    return " · ".join([*parts, *([f"trained on {told['device']}"] if told["device"] else [])])


def evaluating(run: Run, split: str) -> str:
    """The command that judges a split again, as it was judged."""
    told = run.provenance(split)
    name, data = shlex.quote(run.name), shlex.quote(source_of(run, split))
    command = f"fer evaluate {name} --data {data} --split {shlex.quote(split)}"
    for option in ("faces", "views"):
        if told[option]:
            command += f" --{option} {told[option]}"
    return command + " --json"


def source_of(run: Run, split: str | None = None) -> str:
    """The data as commands name it: those that a split was judged on, else those of the training; ``DATA`` if unknown.

    Args:
        run: Whose.
        split: An evaluated one; None takes the training's data.
    """
    about = run.evaluated.get(split or "", {})
    return str(about.get("source") or (run.info.get("data") or {}).get("source") or about.get("data") or "DATA")


def how_held(told: Mapping[str, Any]) -> str:
    """Whether a split was kept from the training.

    Args:
        told: `Run.provenance`, or anything with its ``in_sample`` and ``selected_on``.
    """
    if told.get("in_sample"):
        return "in-sample (the run learned from it)"
    return "held-out, but the best epoch was selected on it" if told.get("selected_on") else "held-out"


def people(run: Run, synthetic: bool) -> str:
    """Whether people exist who are shown, in few words.

    Args:
        run: Whose data.
        synthetic: Whether nobody exists of those who were judged.
    """
    if synthetic:
        return "synthetic faces"
    if partly_synthetic(run):
        return "synthetic and real faces"
    return "real faces" if run.info.get("data") else "faces of unknown kind"


def partly_synthetic(run: Run) -> bool:
    """Whether some of the data sets that a run is made of, not all, show people who do not exist."""
    parts = (run.info.get("data") or {}).get("sources") or ()
    return not run.synthetic and any(one.get("synthetic") for one in parts)


def views(count: int | None) -> str:
    """How many views of each face were averaged."""
    return "views unknown" if not count else f"{count} view{'s' if count > 1 else ''} a face"
