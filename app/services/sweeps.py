"""Folders of sweeps: which there are, and the command that makes one's numbers again."""

from __future__ import annotations

import shlex
from pathlib import Path

from fer_core.runs import runs_home
from fer_core.studies import STUDIES


def folders(holding: str) -> list[Path]:
    """Own sweeps, then shipped ones, that hold a file of this name."""
    return [
        file.parent
        for home in (runs_home(), STUDIES)
        for file in sorted(home.glob(f"*/{holding}"))
        if (file.parent / "sweep.parquet").is_file()
    ]


def again(path: Path) -> str:
    """The command for a sweep's folder.

    An own sweep's finished runs are left alone, so that its numbers come at once; a shipped one comes without its runs
    and is trained anew, among the own ones.
    """
    shipped = path.parent == STUDIES
    grid = f"checkpoints/studies/{path.name}/grid.yaml" if shipped else str(path / "grid.yaml")
    return shlex.join(["fer", "sweep", grid, *([] if shipped else ["--out", str(path)]), "--json"])
