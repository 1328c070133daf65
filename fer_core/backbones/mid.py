"""FERMixNet's mid-level branch, for any backbone of stages."""

from __future__ import annotations

from torch import Tensor, nn


def mid_branch(channels: int) -> nn.Sequential:
    """``ReLU(Conv6(F))`` on the map F of the last stage but one (conv4_x of a ResNet), ``(N, C, H, W)`` to the same.

    Conv6 is a 1x1 convolution of stride 1 that keeps the channels: each output is a detector of one small region, and
    `pooled` asks whether it is anywhere in the face.

    Args:
        channels: C of the map.

    Paper: Huang et al., "FERMixNet: An Occlusion Robust Facial Expression Recognition Model with Facial Mixing
        Augmentation and Mid-Level Representation Learning", section 3.3, eq. 6: F_mid = GMP(ReLU(Conv6(F))). That the
        convolution has a bias is our reading: 11,247,694 parameters for the 11.25 million printed.
    """
    return nn.Sequential(nn.Conv2d(channels, channels, 1), nn.ReLU())


def pooled(maps: Tensor) -> Tensor:
    """``(N, C)``: the global maximum of ``(N, C, H, W)``."""
    return maps.amax((2, 3))
