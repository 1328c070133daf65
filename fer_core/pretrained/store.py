"""The store of pre-trained weights on disk: where a known file lies, and whether it is what it says. Torch-free.

The store holds ``<name>-<first 8 digits of its SHA-256>.safetensors`` (see `digest`), in the names of our backbones; a
file under its publisher's own name (torchvision's) is read where it lies, in the store or in torch's cache.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from pathlib import Path
from typing import Any, BinaryIO

from fer_core.labels import suggestion
from fer_core.pretrained.known import KNOWN, Known, known_for

SHIPPED = Path(__file__).resolve().parents[2] / "checkpoints" / "pretrained"
DIGITS = 8
"""Of the SHA-256 in a stored file's name, as in torchvision's names."""
MOST_HEADER = 100 * 1000 * 1000
"""Bytes; the limit of the safetensors library."""


def store_home() -> Path:
    """Where imported weights are written: ``$FER_WEIGHTS``, else ``checkpoints/pretrained``."""
    named = os.environ.get("FER_WEIGHTS")
    return Path(named).expanduser() if named else SHIPPED


def open_store() -> Path:
    """`store_home`, made where it is not there yet.

    Raises:
        NotADirectoryError: something else is there.
    """
    home = store_home()
    if home.exists() and not home.is_dir():
        raise NotADirectoryError(f"the store of weights must be a folder, {home} is none; set FER_WEIGHTS to another")
    home.mkdir(parents=True, exist_ok=True)
    return home


def places() -> tuple[Path, ...]:
    """Where weights are looked for: the store, ``checkpoints/pretrained``, torch's and facenet-pytorch's cache."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")) / "torch"
    torch_home = Path(os.environ.get("TORCH_HOME", cache)).expanduser()
    found = (store_home(), SHIPPED, torch_home / "hub" / "checkpoints", torch_home / "checkpoints")
    return tuple(dict.fromkeys(found))


def digest(path: Path) -> str:
    """The SHA-256 that names a file, 64 hexadecimal digits.

    Of a ``.safetensors`` it is that of the tensors alone (name, type, shape and values, by name), so that the same
    weights have one SHA-256 whenever and by whatever version they were imported. Of any other file, of all of it.
    """
    with path.open("rb") as opened:
        tensors = _header(opened) if path.suffix == ".safetensors" else None
        if tensors is None:
            opened.seek(0)
            return hashlib.file_digest(opened, "sha256").hexdigest()
        start, found = opened.tell(), hashlib.sha256()
        for name in sorted(tensors.keys() - {"__metadata__"}):
            about = tensors[name]
            begin, end = about["data_offsets"]
            found.update(json.dumps([name, about["dtype"], about["shape"]]).encode())
            opened.seek(start + begin)
            found.update(opened.read(end - begin))
        return found.hexdigest()


def _header(opened: BinaryIO) -> dict[str, Any] | None:
    """What stands before the tensors of a ``.safetensors``; None where it is damaged."""
    try:
        size = int.from_bytes(opened.read(8), "little")
        found = json.loads(opened.read(min(size, MOST_HEADER)))
        for name, about in found.items():
            begin, end = (0, 0) if name == "__metadata__" else about["data_offsets"]
            if not isinstance(about, dict) or not 0 <= begin <= end or (name != "__metadata__" and not about["dtype"]):
                return None
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return found if isinstance(found, dict) else None


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
        found = re.fullmatch(rf"(.+)-([0-9a-f]{{{DIGITS}}})", path.stem)
        # Other people's files may end in eight digits too, a date for one.
        return found[2] if found and (found[1] in KNOWN or described(path).get("name") == found[1]) else ""
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
    answer = file_state(path, recompute)
    answer["imported"] = None
    if path is not None and path.suffix == ".safetensors":
        about = described(path)
        answer["imported"] = {key: about.get(key) for key in ("source_file", "source_sha256", "imported")}
    return answer


def file_state(path: Path | None, recompute: bool = False) -> dict[str, Any]:
    """``path``, ``state`` and ``sha256`` of a file of the store, as `state_of` gives them; None: it is not here."""
    answer: dict[str, Any] = {"path": path, "state": "missing" if path is None else "here", "sha256": None}
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
            header = _header(opened) if path.suffix == ".safetensors" else None
        return {key: json.loads(value) for key, value in (header or {}).get("__metadata__", {}).items()}
    except (OSError, ValueError, TypeError):
        return {}


def where(architecture: str, weights: str) -> Path:
    """The file that ``backbone.weights`` names.

    Args:
        architecture: The backbone.
        weights: What it was trained on, by a row of `KNOWN` (``imagenet``, ``vggface2``, ``msceleb`` ...), the name of
            an encoder of ours (`fer pretrain`), or a path.

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
    own = _own(weights)
    if own is not None:
        return own
    path = Path(weights).expanduser()
    if path.is_file():
        return path
    if path.suffix or os.sep in weights:
        raise FileNotFoundError(f"no weights at {path}")
    words = [one.trained_on for one in KNOWN.values() if architecture in one.architectures]
    words += [name for name, path in own_encoders().items() if architecture in described(path)["architectures"]]
    hint = suggestion(weights, words) if words else "; none are known for it, so give the path of a file"
    raise ValueError(f"backbone {architecture} has no weights '{weights}'{hint}")


def own_encoders() -> dict[str, Path]:
    """Identity encoders that `fer pretrain` left in the store: name -> file.

    Raises:
        ValueError: a place holds two of one name.
    """
    pattern = re.compile(rf"(.+)-[0-9a-f]{{{DIGITS}}}\.safetensors")
    found: dict[str, Path] = {}
    for place in places():
        for path in sorted(place.iterdir()) if place.is_dir() else ():
            named = pattern.fullmatch(path.name)
            if named and named[1] not in KNOWN and described(path).get("name") == named[1]:
                first = found.setdefault(named[1], path)
                if first != path and first.parent == place:
                    raise ValueError(f"{place} holds {first.name} and {path.name} for {named[1]}; remove one")
    return found


def _own(name: str) -> Path | None:
    return own_encoders().get(name) if re.fullmatch(r"[\w.-]+", name) else None


def absent(row: Known) -> str:
    """One sentence: a known file is missing, and how to get it."""
    searched = ", ".join(str(place) for place in places())
    return f"weights {row.name} ({row.file}) are not on this machine (searched {searched}); {how_to_get(row)}"


def how_to_get(row: Known) -> str:
    """The command that brings known weights to this machine."""
    command = f"fer weights fetch {row.name}" if row.url else f"fer weights import {row.name} FILE"
    return f"get them with: {command}"
