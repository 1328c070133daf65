"""What a run writes down about itself: origin, exclusions, end, card."""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from fer_core import __version__
from fer_core.data import Dataset, Decoded
from fer_core.data.folds import subject_keys
from fer_core.data.preparation import Prepared
from fer_core.evaluation import stored_report
from fer_core.leakage.stored import stored_leakage
from fer_core.processes import process_facts
from fer_core.recipe import Recipe, check_recipe
from fer_core.runs import Run, write_text

_PACKAGES = ("torch", "torchvision", "numpy", "pandas", "facenet-pytorch", "pillow", "opencv-python-headless")


def begin_info(
    recipe: Recipe, dataset: Dataset, decoded: Decoded, prepared: Prepared, device: torch.device
) -> dict[str, Any]:
    """The first ``run.json``: status running, and everything that made the run."""
    return {
        "status": "running",
        **process_facts(),
        "started": _now(),
        "fer": __version__,
        "commit": _commit(),
        "versions": {"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}},
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else f"cpu ({platform.machine()})",
        "threads": torch.get_num_threads(),
        "seed": recipe.seed,
        "labels": list(recipe.labels),
        "preprocessing": recipe.preprocessing.model_dump(mode="json"),
        "selected_on": None if recipe.optimisation.select == "last" else "validation",
        "data": {
            "source": dataset.source,
            "name": dataset.name,
            "fingerprint": decoded.fingerprint,
            "synthetic": dataset.synthetic,
            "left_out": {one.reason: one.n for one in dataset.everything_left_out},
            **prepared.report,
        },
    }


def end_info() -> dict[str, Any]:
    """What the last update of ``run.json`` adds."""
    return {"status": "finished", "finished": _now(), "error": None, "pid": None, "pid_born": None}


def check_resumable(run: Run, recipe: Recipe, info: Mapping[str, Any]) -> None:
    """Refuses to go on with something else than what was begun.

    Raises:
        ValueError: recipe or data differ; names what.
    """
    # Options that came after the run was begun have their defaults, which change nothing.
    old, new = _flat(check_recipe(run.recipe, run.name).plain()), _flat(recipe.plain())
    differ = sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key) and key != "data.source")
    if differ:
        shown = ", ".join(f"{key} ({old.get(key)!r}, now {new.get(key)!r})" for key in differ[:5])
        raise ValueError(
            f"run {run.name} was begun with another recipe: {shown}; "
            "resume with the same settings or choose another --out"
        )
    before, now = run.info.get("data", {}).get("fingerprint"), info["data"]["fingerprint"]
    if before != now:
        raise ValueError(f"run {run.name} was begun on other data (fingerprint {before}, now {now})")


def training_pictures(dataset: Dataset, decoded: Decoded, prepared: Prepared) -> pd.DataFrame:
    """Exact and perceptual hashes of the training split, and whom it shows (`data.folds.subject_keys`).

    So a run can tell later what, and whom, it may have seen.
    """
    rows = prepared.distributed
    hashes = np.array([int(one, 16) for one in decoded.about["hash"].iloc[rows]], dtype=np.uint64)
    dhash = decoded.about["dhash"].iloc[rows].to_numpy(dtype=np.uint64)
    return pd.DataFrame(
        {
            "hash": hashes,
            "dhash": dhash,
            "used": np.isin(rows, prepared.train),
            "subject": pd.Series(subject_keys(dataset)[rows], dtype=object),
        }
    )


def write_card(run: Run) -> None:
    """``card.md``: what the model is, what it learned from, how it was judged, what it must not be used for."""
    info, data = run.info, run.info["data"]
    lines = [
        f"# {run.recipe.get('name', run.name)}",
        "",
        str(run.recipe.get("about", "")),
        "",
        f"- Labels: {', '.join(run.labels)}",
        f"- Data: {data['name']}{' (synthetic)' if data['synthetic'] else ''}, fingerprint `{data['fingerprint']}`; "
        f"{data['train']} pictures to train on, {data['validation']} to select the epoch on"
        + (f", {data['test']} to test on" if data["test"] else ""),
        *[
            f"- From {one['name']}{' (synthetic)' if one['synthetic'] else ''}: {one['train']} to train on, "
            f"{one['validation']} to select on, {one['test']} to test on"
            for one in data.get("sources", ())
        ],
        f"- Left out of training: {data['twins_dropped']} pictures whose exact twin is in an evaluated split"
        + _sampled(data),
        f"- Trained on: {info['device']}, {info['threads']} threads, seed {info['seed']}, "
        f"epoch {int(info['best'].get('epoch', 0))} kept"
        + (f" (best on {info['selected_on']})" if info["selected_on"] else " (the last)"),
        *_began(info),
        "",
        "| split | n | accuracy (95 % interval) | without twins | average accuracy | macro-F1 | ECE |",
        "|---|---|---|---|---|---|---|",
    ]
    for split in run.evaluated:
        report = stored_report(run, split)
        low, high = report["ci95"]
        without = report["accuracy_without_twins"]
        lines.append(
            f"| {split} | {report['n']} | {report['accuracy']:.4f} ({low:.4f} to {high:.4f}) | "
            f"{'' if without is None else f'{without:.4f}'} | {report['average_accuracy']:.4f} | "
            f"{report['macro_f1']:.4f} | {report['ece']:.4f} |"
        )
    pair = {split: stored_report(run, split)["auc"] for split in run.evaluated}
    known = [f"{value:.4f} on {split}" for split, value in pair.items() if value is not None]
    if known:
        lines += ["", f"Area under the curve of {run.labels[1]} against {run.labels[0]}: {', '.join(known)}."]
    flattering = f" The {info['selected_on']} split also selected the epoch, so its figures are a little flattering."
    lines += [
        "",
        "Measured on the exported weights"
        + (f", {next(iter(run.evaluated.values()))['views']} views per picture" if run.evaluated else "")
        + "."
        + (flattering if info["selected_on"] else ""),
        *_by_source(run),
        *_found_again(run),
        "",
        "The model says what a face looks like to it, not what a person feels. It must not be used to judge, rank, "
        "monitor or decide about people.",
        "",
    ]
    write_text(run.path / "card.md", "\n".join(lines))


def _by_source(run: Run) -> list[str]:
    """Lines of the card: recall by data set, where several were learned from."""
    lines = []
    for split, sources in run.info.get("by_source", {}).items():
        for name, one in sources.items():
            recalls = ", ".join(
                f"{label} {found['recall']:.3f} of {found['support']}"
                for label, found in one["per_class"].items()
                if found["support"]
            )
            lines.append(f"| {split} | {name} | {one['n']} | {one['macro_f1']:.4f} | {recalls} |")
    head = ["", "| split | data | n | macro-F1 | recall |", "|---|---|---|---|---|"]
    return head + lines if lines else []


def _found_again(run: Run) -> list[str]:
    """Lines of the card: how well each space finds people again, if that was measured (paper A, section 4.5)."""
    found = stored_leakage(run.path)
    if not found:
        return []
    lines = [
        "",
        f"People found again among others by one picture each from two sessions, nearest by cosine, mean of 100 draws; "
        f"strangers are {found['data']}{' (synthetic)' if found['synthetic'] else ''}, judged at macro-F1 "
        f"{found['macro_f1']:.4f} on {found['n']} pictures. Effective ranks are those of strangers in all states.",
        "",
        "| space | dimension | effective rank | strangers found again | chance | people learned from | chance |",
        "|---|---|---|---|---|---|---|",
    ]
    for space, one in found["spaces"].items():
        unseen, seen = one["unseen"], one["seen"]
        low, high = unseen["ci95"]
        own = f"{seen['accuracy']:.3f} of {seen['subjects']} | {seen['chance']:.3f}" if seen else " | "
        lines.append(
            f"| {space} | {unseen['dimension']} | {unseen['effective_rank']:.1f} | {unseen['accuracy']:.3f} "
            f"({low:.3f} to {high:.3f}) of {unseen['subjects']} | {unseen['chance']:.3f} | {own} |"
        )
    return lines


def _sampled(data: Mapping[str, Any]) -> str:
    """What undersampling, cap and limit left out; empty where they left out nothing."""
    left = {split: count for split, count in data.get("undersampled", {}).items() if count}
    parts = [
        f"; undersampled by {', '.join(f'{count} of {split}' for split, count in left.items())}" if left else "",
        f"; {data['over_cap']} above the cap of a class" if data.get("over_cap") else "",
        f"; {data['over_limit']} not drawn into the subset" if data.get("over_limit") else "",
    ]
    return "".join(parts)


def _began(info: Mapping[str, Any]) -> list[str]:
    """Lines of the card: the weights that the training began from."""
    lines = []
    for about in (info.get("pretrained"), info.get("start")):
        if about:
            name = f"run {about['run']}" if "run" in about else about["name"] or about["file"]
            lines.append(f"- Began from: {name}, SHA-256 `{about['sha256'][:16]}`")
            lines[-1] += f"; licence: {about['licence']}" if about.get("licence") else ""
            lines[-1] += f"; its pictures differed ({'; '.join(about['differs'])})" if about["differs"] else ""
    return lines


def _flat(plain: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in plain.items():
        if isinstance(value, Mapping):
            flat.update(_flat(value, f"{prefix}{key}."))
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _commit() -> str | None:
    """The checkout's commit, with ``+`` where files differ from it; None outside a checkout."""
    here = Path(__file__).parent
    try:
        head = subprocess.run(
            ["git", "rev-parse", "--short=12", "HEAD"], cwd=here, capture_output=True, text=True, check=True
        )
        changed = subprocess.run(
            ["git", "status", "--porcelain", "--", "."], cwd=here, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return head.stdout.strip() + ("+" if changed.stdout.strip() else "")
