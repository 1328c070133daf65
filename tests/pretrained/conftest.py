"""A store of the test's own, and known weights of a network small enough to make."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from fer_core.catalogue import BACKBONES
from fer_core.parts import Choice
from fer_core.pretrained import known, store
from fer_core.pretrained.known import Input, Known

ROW = Known(
    ("compact",), "toys", "toys.pth", "for tests only", "nobody", "none", Input(48, (0.5, 0.5, 0.5), (0.25, 0.25, 0.25))
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The store; nothing of the machine's own is seen."""
    monkeypatch.setenv("FER_WEIGHTS", str(tmp_path / "store"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setattr(store, "SHIPPED", tmp_path / "shipped")
    monkeypatch.setitem(known.KNOWN, ROW.name, ROW)  # type: ignore[arg-type]
    return tmp_path / "store"


@pytest.fixture(scope="session")
def state() -> dict[str, Tensor]:
    """A compact network's tensors."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return BACKBONES.build(Choice("compact", BACKBONES["compact"].options())).state_dict()


@pytest.fixture
def published(state: dict[str, Tensor], tmp_path: Path) -> Path:
    """The file as its authors published it: nested, and out of data parallelism."""
    path = tmp_path / "toys.pth"
    torch.save({"epoch": 3, "net": {f"module.{key}": value for key, value in state.items()}}, path)
    return path
