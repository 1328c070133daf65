"""Weights on disk: safetensors with their metadata, and the resume file."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor


def save_weights(path: Path, state: Mapping[str, Tensor], metadata: Mapping[str, Any], half: bool = True) -> None:
    """Writes a state dict whole or not at all; equal content gives equal bytes.

    Args:
        path: ``<run>/weights.safetensors``.
        state: Names and tensors; moved to the CPU.
        metadata: JSON-able: labels, input, preprocessing.
        half: Store floating tensors as float16, but BatchNorm's running statistics as float32: a variance of 1e-6
            or below would vanish.
    """
    stored = {
        name: (value.half() if half and value.is_floating_point() and "running_" not in name else value)
        .cpu()
        .contiguous()
        for name, value in state.items()
    }
    part = path.with_name(path.name + ".part")
    part.write_bytes(_ordered(save(stored, {key: json.dumps(value) for key, value in metadata.items()})))
    os.replace(part, path)


def _ordered(content: bytes) -> bytes:
    """A safetensors file with its metadata in alphabetical order: the library writes it in another one each time."""
    size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + size])
    header["__metadata__"] = dict(sorted(header.get("__metadata__", {}).items()))
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # the format wants the tensors to begin at a multiple of 8 bytes
    return len(text).to_bytes(8, "little") + text + content[8 + size :]


def load_weights(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """A state dict in float32 and its metadata.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is not whole.
    """
    if not path.is_file():
        raise FileNotFoundError(f"no weights at {path}")
    try:
        with safe_open(path, framework="pt") as stored:
            metadata = {key: _told(value) for key, value in (stored.metadata() or {}).items()}
            state = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise ValueError(f"{path} is damaged or not whole ({error}); restore it or make it again") from None
    return {name: value.float() if value.dtype == torch.float16 else value for name, value in state.items()}, metadata


def _told(text: str) -> Any:
    """A value of the metadata; other programs' files hold words that are no JSON."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def save_resume(path: Path, state: Mapping[str, Any]) -> None:
    """Everything a killed run needs to go on, written whole or not at all."""
    part = path.with_name(path.name + ".part")
    torch.save(dict(state), part)
    os.replace(part, path)


def load_resume(path: Path) -> dict[str, Any]:
    """What `save_resume` wrote; tensors and plain values only, nothing is executed.

    Raises:
        ValueError: the file is damaged.
    """
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises whatever the broken zip or pickle made it stumble over
        raise ValueError(f"{path} is damaged ({type(error).__name__}); delete the run and train it again") from error
