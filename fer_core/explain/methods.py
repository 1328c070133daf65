"""The ways to weigh a layer's activations: Grad-CAM and its kin, by the formulas of pytorch-grad-cam 1.5.7.

Its Score-CAM and Ablation-CAM are left out: they ask the network once for each channel, 192 or 256 times a face with
the shipped networks, where these ask once; what a map's pixels do to the answer is measured by `faithfulness`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module

import numpy as np


@dataclass(frozen=True)
class Method:
    """One way to weigh a layer's activations."""

    title: str
    formula: str
    """The class of pytorch-grad-cam that holds the formula; empty where we compute it."""
    about: str
    by_label: bool = True
    """False where the map does not depend on the label."""

    @property
    def unit(self) -> str:
        """What a map's values count: a gradient times an activation is a logit, an activation alone is one."""
        return "logit" if self.by_label else "activation"


METHODS: Mapping[str, Method] = {
    "gradcam": Method(
        "Grad-CAM", "GradCAM", "Each channel weighs as much as its mean gradient. https://arxiv.org/abs/1610.02391"
    ),
    "gradcam++": Method(
        "Grad-CAM++",
        "GradCAMPlusPlus",
        "As Grad-CAM, positive gradients only, by pixel. https://arxiv.org/abs/1710.11063",
    ),
    "hirescam": Method(
        "HiResCAM", "HiResCAM", "Gradient times activation, pixel by pixel. https://arxiv.org/abs/2011.08891"
    ),
    "layercam": Method(
        "LayerCAM",
        "LayerCAM",
        "As HiResCAM with positive gradients only. https://doi.org/10.1109/TIP.2021.3089943",
    ),
    "xgradcam": Method(
        "XGrad-CAM", "XGradCAM", "Channels weigh by their share of the score. https://arxiv.org/abs/2008.02312"
    ),
    "elementwise": Method(
        "Element-wise",
        "GradCAMElementWise",
        "As HiResCAM; what speaks against the label is dropped channel by channel, before the sum. "
        "https://github.com/jacobgil/pytorch-grad-cam",
    ),
    "eigengradcam": Method(
        "Eigen-Grad-CAM", "", "Main direction of gradient times activation. https://arxiv.org/abs/2008.00299"
    ),
    "eigencam": Method(
        "Eigen-CAM", "", "The activations' main direction; knows no label. https://arxiv.org/abs/2008.00299", False
    ),
    "fem": Method(
        "FEM",
        "FEM",
        "Channels weigh by how often they are unusually high; knows no label. https://hal.science/hal-02963298",
        False,
    ),
}


def map_of(name: str, model: object, activations: np.ndarray, gradients: np.ndarray | None) -> np.ndarray:
    """``(N, h, w)`` float32 on the layer's own grid, signed.

    Args:
        name: In `METHODS`.
        model: Whose layer it is; the package's classes keep it, the formulas do not ask it.
        activations: ``(N, C, h, w)``.
        gradients: ``(N, C, h, w)`` of the score by them; not read where the method knows no label.
    """
    method = METHODS[name]
    if not method.formula:
        return main_direction(activations if gradients is None or not method.by_label else gradients * activations)
    cam = getattr(import_module("pytorch_grad_cam"), method.formula, None)
    if cam is None:  # FEM stands in its module only
        cam = getattr(import_module(f"pytorch_grad_cam.{method.formula.lower()}"), method.formula)
    values: np.ndarray = cam(model, []).get_cam_image(None, None, None, activations, gradients, False)
    return values.astype(np.float32)


def main_direction(values: np.ndarray) -> np.ndarray:
    """``(N, h, w)``: centred ``(N, C, h, w)`` values along the channels' first principal direction.

    Departs: by the channels' covariance instead of a full SVD, whose left factor takes 630 MB for a 112 x 112 map; and
    the direction, free up to its sign, is turned towards larger values.
    """
    flat = values.reshape(*values.shape[:2], -1).transpose(0, 2, 1)
    centred = flat - flat.mean(axis=1, keepdims=True)
    _, directions = np.linalg.eigh(centred.transpose(0, 2, 1).astype(np.float64) @ centred)
    along = np.einsum("npc,nc->np", centred, directions[:, :, -1])
    along *= np.where(np.einsum("np,npc->n", along, centred) < 0, -1.0, 1.0)[:, None]
    return along.reshape(values.shape[0], *values.shape[2:]).astype(np.float32)
