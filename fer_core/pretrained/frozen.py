"""Frozen parts of a run: which files of the store it cannot predict without. Torch-free.

``run.json`` names them: ``{"frozen": {"v_id": {"file": "facenet-vggface2-0123abcd.safetensors", "sha256": ...}}}``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fer_core.pretrained.known import KNOWN
from fer_core.pretrained.store import described, digest, how_to_get, places, promised, store_home


def frozen_part(path: Path) -> dict[str, str]:
    """How ``run.json`` names a file of the store."""
    return {"file": path.name, "sha256": digest(path)}


def frozen_path(file: str) -> Path | None:
    """Where a frozen part lies on this machine; None where it does not."""
    return next((place / file for place in places() if (place / file).is_file()), None)


def frozen_subjects(frozen: Mapping[str, Mapping[str, Any]]) -> frozenset[str]:
    """Whom the frozen parts have learned to know, as `data.folds.subject_keys` names people; empty where none are told.

    Args:
        frozen: As in ``run.json``.
    """
    paths = [frozen_path(str(about.get("file"))) for about in frozen.values()]
    return frozenset(one for path in paths if path is not None for one in described(path).get("subjects", ()))


def frozen_why_not(frozen: Mapping[str, Mapping[str, Any]], whole: bool = False) -> str | None:
    """Why a run's frozen parts do not let it predict, in one sentence; None where they do.

    Args:
        frozen: Space -> file and SHA-256, as in ``run.json``.
        whole: Read each file and compare its SHA-256; else only whether it is there under a name that fits.
    """
    if not isinstance(frozen, Mapping) or not all(isinstance(about, Mapping) for about in frozen.values()):
        return "its run.json does not name its frozen parts as it should"
    for part, about in frozen.items():
        file, expected = str(about.get("file")), str(about.get("sha256"))
        path = frozen_path(file)
        if path is None:
            row = next((row for row in KNOWN.values() if file.startswith(f"{row.name}-")), None)
            cure = how_to_get(row) if row else f"put it into {store_home()}"
            return f"its frozen part {part} ({file}) is not on this machine; {cure}"
        found = digest(path) if whole else promised(path)
        if not expected.startswith(found) or not found:
            return (
                f"its frozen part {part} ({path}) is another one than it was trained with: "
                f"SHA-256 {found[:8] or 'unknown'}, not {expected[:8]}"
            )
    return None
