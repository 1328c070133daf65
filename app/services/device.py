"""What this machine computes with, found without importing torch."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import streamlit as st


@dataclass(frozen=True)
class Device:
    """Where models run."""

    name: str
    cores: int
    memory: float | None
    """Gigabytes of main memory; None where unknown."""
    accelerator: str | None


@st.cache_data(ttl=300, max_entries=1, show_spinner=False)
def device() -> Device:
    """The processor's cores this process may use, the memory, and the first accelerator that the driver names."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    accelerator = _accelerator()
    return Device(accelerator or "CPU", cores, _memory(), accelerator)


def torch_is_loaded() -> bool:
    """Whether a model was used since the app started; the first use takes some seconds longer."""
    return "torch" in sys.modules


def _memory() -> float | None:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    kilobytes = next((line.split()[1] for line in lines if line.startswith("MemTotal")), None)
    return None if kilobytes is None else int(kilobytes) / 2**20


def _accelerator() -> str | None:
    program = shutil.which("nvidia-smi")
    if program is None:
        return None
    try:
        answer = subprocess.run(
            [program, "--query-gpu=name", "--format=csv,noheader"],
            capture_output=True,
            text=True,
            timeout=5,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    names = answer.stdout.strip().splitlines()
    return names[0] if names else None
