"""The deviation module: what a face shows, minus who it is."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from fer_core.catalogue import BACKBONES
from fer_core.catalogue.deviation import DeviationOptions
from fer_core.contracts import Features
from fer_core.pretrained.loading import load_pretrained

FROZEN = "identity"
"""Name of the submodule that no training changes and no run stores."""


class Deviation(nn.Module):
    """``V_state = V_face - V_id``, all three ``(M, D)``; V_face and V_id have length 1.

    The Identity Model is frozen: it stays in eval mode, BatchNorm's buffers included, its parameters want no gradient,
    and its tensors are left out of ``state_dict``, since a run names their file by its SHA-256. The Face Model begins
    as its copy, so that in eval mode V_state is exactly 0 before any training.

    Paper: Asaeda and Takemura 2025 (paper A), section 2.1 and Fig. 2.
    """

    def __init__(self, options: DeviationOptions) -> None:
        super().__init__()
        self.face: nn.Module = BACKBONES.build(options.part)
        if options.identity is not None:
            load_pretrained(self.face, options.part.kind, options.identity)
        self.identity = copy.deepcopy(self.face).requires_grad_(False).eval()
        dimension = self.face.dimensions["v_face"]
        self.dimensions: Mapping[str, int] = dict.fromkeys(("v_face", "v_id", "v_state"), dimension)
        inner: tuple[str, ...] = tuple(self.face.layers)
        self.layers = (*(f"identity.{name}" for name in inner), *(f"face.{name}" for name in inner))
        self.register_state_dict_post_hook(_left_out)
        self.register_load_state_dict_post_hook(_not_missed)

    def train(self, mode: bool = True) -> Deviation:
        """Only the Face Model ever leaves eval mode."""
        super().train(mode)
        self.identity.eval()
        return self

    @torch.no_grad()
    def frozen(self, images: Tensor) -> Mapping[str, Tensor]:
        """``{"v_id": (M, D)}`` of ``(M, 3, H, W)`` normalised pictures."""
        return {"v_id": self.identity(images).spaces["v_face"]}

    def forward(self, images: Tensor, frozen: Mapping[str, Tensor] | None = None) -> Features:
        """All three spaces, and the Face Model's map.

        Args:
            images: ``(N, 3, H, W)`` normalised.
            frozen: ``v_id`` of the same pictures, unaugmented: the Identity Model is then not run. Without it, it is,
                and a gradient reaches the pictures through it, too (explanations ask for that one).
        """
        face = self.face(images)
        v_face = face.spaces["v_face"]
        v_id = frozen["v_id"] if frozen and "v_id" in frozen else self.identity(images).spaces["v_face"]
        return Features({"v_face": v_face, "v_id": v_id, "v_state": v_face - v_id}, face.maps)


def _left_out(module: nn.Module, state: dict[str, Any], prefix: str, metadata: object) -> None:
    for name in [one for one in state if one.startswith(f"{prefix}{FROZEN}.")]:
        del state[name]


def _not_missed(module: nn.Module, keys: Any) -> None:
    keys.missing_keys[:] = [name for name in keys.missing_keys if FROZEN not in name.split(".")]
