"""FaceNet: the identity network of facenet-pytorch as a backbone."""

from __future__ import annotations

from collections.abc import Mapping

from facenet_pytorch import InceptionResnetV1
from torch import Tensor
from torch.nn import functional

from fer_core.catalogue.backbones import FaceNetOptions
from fer_core.contracts import Features
from fer_core.pretrained.loading import load_pretrained

_STEM = ("conv2d_1a", "conv2d_2a", "conv2d_2b", "maxpool_3a", "conv2d_3b", "conv2d_4a", "conv2d_4b")
_GROUPS = ("repeat_1", "mixed_6a", "repeat_2", "mixed_7a", "repeat_3", "block8")


class FaceNet(InceptionResnetV1):
    """InceptionResnetV1 whose ``v_face`` ``(M, 512)`` has length 1: two faces are compared by their angle.

    23,482,624 parameters. The names of its tensors are facenet-pytorch's, so that a VGGFace2 or CASIA-WebFace file
    loads as it is, its classifier left out.

    Paper: Schroff et al. 2015, "FaceNet", section 3 (the length); Szegedy et al. 2017, "Inception-v4, Inception-ResNet
        and the Impact of Residual Connections on Learning" (the network). https://arxiv.org/abs/1503.03832
    Source: https://github.com/timesler/facenet-pytorch, release 2.5.3.
    """

    def __init__(self, options: FaceNetOptions) -> None:
        super().__init__(pretrained=None, dropout_prob=options.dropout)
        self.layers = _GROUPS
        self.dimensions: Mapping[str, int] = {"v_face": self.last_linear.out_features}
        if options.weights is not None:
            load_pretrained(self, "facenet", options.weights)

    def forward(self, images: Tensor, frozen: Mapping[str, Tensor] | None = None) -> Features:
        """Spaces and maps.

        Args:
            images: ``(N, 3, H, W)`` normalised; 160 x 160 as published, 75 x 75 at least. While training, N >= 2: the
                embedding passes a BatchNorm.
            frozen: Not read: this backbone has no frozen part.
        """
        maps = images
        for name in (*_STEM, *_GROUPS):
            maps = self.get_submodule(name)(maps)
        units = self.dropout(self.avgpool_1a(maps).flatten(1))
        # In float32 also under autocast: bfloat16 would leave lengths between 0.99 and 1.01.
        v_face = functional.normalize(self.last_bn(self.last_linear(units)).float(), dim=1)
        return Features({"v_face": v_face}, {"high": maps})
