"""A published file becomes a file of the store: loaded safely, renamed, checked tensor by tensor, written whole."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from fer_core.catalogue import BACKBONES
from fer_core.parts import Choice
from fer_core.pretrained.known import Known
from fer_core.pretrained.loading import read_foreign, why_not
from fer_core.pretrained.names import our_names
from fer_core.pretrained.store import DIGITS, digest, open_store, stored
from fer_core.weights import save_weights


def import_weights(row: Known, file: Path, replace: bool = False) -> Path:
    """Takes a published file into the store, under the names of our backbone and without its classifier.

    Args:
        row: Which weights the file holds.
        file: As its publisher made it; it stays where it is.
        replace: Take the place of weights of that name that are already in the store.

    Returns:
        ``<store>/<name>-<first digits of its SHA-256>.safetensors``: tensors as published, and as metadata the name,
        the source's file name and SHA-256, licence, paper, expected input and date.

    Raises:
        FileNotFoundError: there is no such file.
        FileExistsError: the store holds these weights already.
        ValueError: the file is not the published one, cannot be loaded safely, or does not fit our backbone; says why.
    """
    if not file.is_file():
        raise FileNotFoundError(f"no file at {file}")
    before = refuse_second(row, replace)
    found = digest(file)
    if row.sha256 and not found.startswith(row.sha256):
        raise ValueError(
            f"{file} is not the published {row.file}: its SHA-256 begins with {found[:DIGITS]}, the published one with "
            f"{row.sha256[:DIGITS]}; a recipe can start from another file by its path"
        )
    architecture = row.architectures[0]
    state = our_names(architecture, read_foreign(file))
    misfit = why_not(state, expected_shapes(row))
    if misfit:
        raise ValueError(f"{file} does not fit {architecture}: {misfit}")
    metadata = {
        "architectures": list(row.architectures),
        "trained_on": row.trained_on,
        "source_file": file.name.removesuffix(".part"),
        "source_sha256": found,
        "licence": row.licence,
        "paper": row.paper,
        "input": asdict(row.input),
        "imported": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    final = keep(row.name, state, metadata)
    if before is not None and before != final and before.parent == final.parent:
        before.unlink()
    return final


def keep(name: str, state: Mapping[str, Tensor], metadata: Mapping[str, Any], half: bool = False) -> Path:
    """Writes a state dict into the store, whole or not at all, under a name that ends in its SHA-256.

    Args:
        name: Before the digits.
        state: Names and tensors.
        metadata: JSON-able; the name is added.
        half: See `weights.save_weights`.

    Returns:
        The file.
    """
    home = open_store()
    unnamed = home / f"{name}.unfinished.safetensors"
    try:
        save_weights(unnamed, state, {"name": name, **metadata}, half)
        final = home / f"{name}-{digest(unnamed)[:DIGITS]}.safetensors"
        os.replace(unnamed, final)
    finally:
        for left in (unnamed, unnamed.with_name(unnamed.name + ".part")):
            left.unlink(missing_ok=True)
    return final


def refuse_second(row: Known, replace: bool) -> Path | None:
    """The imported file of these weights that is already on this machine and may be replaced.

    Raises:
        FileExistsError: it may not.
    """
    before = stored(row)
    if before is None or before.suffix != ".safetensors":
        return None
    if not replace:
        raise FileExistsError(f"{row.name} is already here as {before}; --replace takes it anew")
    return before


def expected_shapes(row: Known) -> Mapping[str, tuple[int, ...]]:
    """Name and shape of every tensor of the backbone a file is for; nothing is allocated."""
    kind, options = row.backbone
    with torch.random.fork_rng(devices=[]), torch.device("meta"):
        backbone = BACKBONES.build(Choice(kind, BACKBONES[kind].options(**options)))
    return {name: tuple(value.shape) for name, value in backbone.state_dict().items()}
