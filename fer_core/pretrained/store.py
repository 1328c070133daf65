"""The store of pre-trained weights on disk: where a known file lies, and whether it is what it says. Torch-free.

The store holds ``<name>-<first 8 digits of its SHA-256>.safetensors``, in the names of our backbones; a file under its
publisher's own name (torchvision's) is read where it lies, in the store or in torch's cache.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from pathlib import Path
from typing import Any

from fer_core.labels import suggestion
from fer_core.pretrained.known import KNOWN, Known, known_for

SHIPPED = Path(__file__).resolve().parents[2] / "checkpoints" / "pretrained"
DIGITS = 8
"""Of the SHA-256 in a stored file's name, as in torchvision's names."""


def store_home() -> Path:
    """Where imported weights are written: ``$FER_WEIGHTS``, else ``checkpoints/pretrained``."""
    named = os.environ.get("FER_WEIGHTS")
    return Path(named).expanduser() if named else SHIPPED


def places() -> tuple[Path, ...]:
    """Where weights are looked for: the store, ``checkpoints/pretrained``, torch's and facenet-pytorch's cache."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")) / "torch"
    torch_home = Path(os.environ.get("TORCH_HOME", cache)).expanduser()
    found = (store_home(), SHIPPED, torch_home / "hub" / "checkpoints", torch_home / "checkpoints")
    return tuple(dict.fromkeys(found))


def digest(path: Path) -> str:
    """The SHA-256 of a file, 64 hexadecimal digits."""
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def stored(row: Known) -> Path | None:
    """The file that stands for a row on this machine: an imported one first; None where there is none.

    Raises:
        ValueError: the store holds two of it.
    """
    pattern = re.compile(re.escape(row.name) + rf"-[0-9a-f]{{{DIGITS}}}\.safetensors")
    for place in places():
        if place.is_dir():
            found = sorted(path for path in place.iterdir() if pattern.fullmatch(path.name))
            if len(found) > 1:
                names = " and ".join(path.name for path in found)
                raise ValueError(f"{place} holds {names} for {row.name}; remove all but one")
            if found:
                return found[0]
    return next((place / row.file for place in places() if (place / row.file).is_file()), None)


def promised(path: Path) -> str:
    """The first digits of the SHA-256 a file must have, by its name or by the table; empty where nobody knows."""
    if path.suffix == ".safetensors":
        found = re.search(rf"-([0-9a-f]{{{DIGITS}}})$", path.stem)
        return found[1] if found else ""
    return next((row.sha256 for row in KNOWN.values() if row.file == path.name and row.sha256), "")


def unchanged(path: Path) -> str:
    """The SHA-256 of a file that is still what its name promises.

    Raises:
        ValueError: it is not.
    """
    found = digest(path)
    if not found.startswith(promised(path)):
        raise ValueError(
            f"{path} has changed: its SHA-256 begins with {found[:DIGITS]}, not {promised(path)[:DIGITS]}; "
            "remove it and fetch or import it again"
        )
    return found


def state_of(row: Known, recompute: bool = False) -> dict[str, Any]:
    """What is on this machine of a row.

    Args:
        row: Known weights.
        recompute: Read the whole file and compare its SHA-256 with what its name promises.

    Returns:
        ``path`` (None: not here), ``state`` (``missing``; ``here``, or when recomputed ``equal``, ``changed`` or
        ``unknown`` where nobody published a SHA-256), ``sha256`` (recomputed) and ``imported`` (source file, its
        SHA-256, date), each None where it does not apply.
    """
    path = stored(row)
    answer: dict[str, Any] = {"path": path, "state": "missing" if path is None else "here", "sha256": None}
    answer["imported"] = None
    if path is not None and path.suffix == ".safetensors":
        about = described(path)
        answer["imported"] = {key: about.get(key) for key in ("source_file", "source_sha256", "imported")}
    if path is not None and recompute:
        answer["sha256"] = digest(path)
        expected = promised(path)
        same = "equal" if answer["sha256"].startswith(expected) else "changed"
        answer["state"] = same if expected else "unknown"
    return answer


def described(path: Path) -> dict[str, Any]:
    """The metadata of a stored file; empty where it is damaged."""
    try:
        with path.open("rb") as opened:
            header = json.loads(opened.read(int.from_bytes(opened.read(8), "little")))
            return {key: json.loads(value) for key, value in header.get("__metadata__", {}).items()}
    except (OSError, ValueError, AttributeError, MemoryError, OverflowError):
        return {}


def where(architecture: str, weights: str) -> Path:
    """The file that ``backbone.weights`` names.

    Args:
        architecture: The backbone.
        weights: What it was trained on, by a row of `KNOWN` (``imagenet``, ``vggface2``, ``msceleb`` ...), or a path.

    Raises:
        FileNotFoundError: a known file is not on this machine (with the command that gets it), or no file at the path.
        ValueError: neither a known word for this backbone nor a path.
    """
    row = known_for(architecture, weights)
    if row is not None:
        found = stored(row)
        if found is None:
            raise FileNotFoundError(absent(row))
        return found
    path = Path(weights).expanduser()
    if path.is_file():
        return path
    if path.suffix or os.sep in weights:
        raise FileNotFoundError(f"no weights at {path}")
    words = [one.trained_on for one in KNOWN.values() if architecture in one.architectures]
    hint = suggestion(weights, words) if words else "; none are known for it, so give the path of a file"
    raise ValueError(f"backbone {architecture} has no weights '{weights}'{hint}")


def absent(row: Known) -> str:
    """One sentence: a known file is missing, and how to get it."""
    searched = ", ".join(str(place) for place in places())
    cure = f"fer weights fetch {row.name}" if row.url else f"fer weights import {row.name} FILE"
    return f"weights {row.name} ({row.file}) are not on this machine (searched {searched}); get them with: {cure}"
