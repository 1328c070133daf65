"""Where the mixing lab's figures come from, and the commands that make their numbers again."""

from __future__ import annotations

import shlex

from app.services.batches import Sheet, asked
from app.services.mixing_lab import LAMBDAS, METHODS, Portrait, Setting
from app.services.provenance import Provenance

__all__ = ["Provenance", "of_batch", "of_mixture"]


def of_mixture(setting: Setting, first: Portrait, second: Portrait, labels: tuple[str, str] | None) -> Provenance:
    """Of two faces mixed, and of what a run sees of them.

    Args:
        setting: The controls.
        first: A.
        second: B.
        labels: Of both, or None.
    """
    synthetic = [one.held is None or one.held.origin == "synthetic" for one in (first, second)]
    some = "one synthetic face, one of your pictures"
    people = "synthetic faces" if all(synthetic) else some if any(synthetic) else "your pictures"
    share = "lambda drawn" if setting.lam is None else f"lambda {setting.lam:g}"
    parts = [
        f"run {setting.run}" if setting.run else "no run",
        f"{METHODS[setting.method]} of 2 faces: {people}",
        share,
        f"seed {setting.seed}",
        "an illustration, not a score",
    ]
    words = ["fer", "mix", first.word, second.word, "--recipe", setting.source, *_changes(setting.changes)]
    words += [] if setting.lam is None else ["--lam", f"{setting.lam:g}"]
    words += ["--seed", str(setting.seed)]
    words += [] if setting.run is None else ["--run", setting.run, "--steps", str(LAMBDAS)]
    words += [] if labels is None else ["--label-a", labels[0], "--label-b", labels[1]]
    return Provenance(" · ".join(parts), shlex.join([*words, "--json"]))


def of_batch(setting: Setting, recipe: str, told: Sheet) -> Provenance:
    """Of a rehearsed step.

    Args:
        setting: The controls.
        recipe: As given to `batches.sheet`.
        told: The step.
    """
    source, changes, data = asked(setting, recipe)
    parts = [
        f"network: {told.network}",
        f"synthetic people {data.removeprefix('people:')}",
        f"epoch 1, step {told.step} of {told.steps}",
        f"n = {told.rows} rows",
        "in-sample: a training would learn from them",
        f"seed {setting.seed}",
    ]
    words = ["fer", "batch", source, "--data", data, *_changes(changes), "--step", str(told.step)]
    words += ["--run", str(setting.run)] if told.network.startswith("run ") else []
    return Provenance(" · ".join(parts), shlex.join([*words, "--json"]))


def _changes(changes: tuple[str, ...]) -> list[str]:
    return [word for one in changes for word in ("--set", one)]
