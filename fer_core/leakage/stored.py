"""What a training measured of its own spaces: a run's ``leakage.json``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

LEAKAGE = "leakage.json"
"""In the run's directory."""


def stored_leakage(folder: Path) -> dict[str, Any]:
    """What `strangers.judge_strangers` wrote into a run's directory; empty where it wrote nothing.

    Args:
        folder: The run's directory.
    """
    try:
        found: dict[str, Any] = json.loads((folder / LEAKAGE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found
