"""Heads: from the spaces of a backbone to logits. Chosen by `fer_core.catalogue.HEADS`."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from fer_core.catalogue.heads import CosineOptions, FusionOptions, LinearOptions, StateOptions
from fer_core.contracts import Features
from fer_core.labels import suggestion


class LinearHead(nn.Module):
    """Dropout after pooling, then one fully connected layer."""

    def __init__(self, options: LinearOptions, dimensions: Mapping[str, int], classes: int) -> None:
        """A head for a backbone and K classes.

        Args:
            options: Dropout and the space to read.
            dimensions: D of each space the backbone returns.
            classes: K.

        Raises:
            ValueError: the backbone has no such space.
        """
        super().__init__()
        self.reads = (options.space,)
        self.dropout = nn.Dropout(options.dropout)
        self.classifier = nn.Linear(_dimension(options.space, dimensions), classes)

    def forward(self, features: Features) -> Mapping[str, Tensor]:
        """``{"main": (M, K)}``."""
        return {"main": self.classifier(self.dropout(features.spaces[self.reads[0]]))}

    def decide(self, logits: Mapping[str, Tensor]) -> Tensor:
        """``(M, K)``: the only logits there are."""
        return logits["main"]


class StateHead(nn.Module):
    """The State Module: Linear, ReLU, Dropout, Linear.

    "ReLU and Dropout (with a selection rate of 0.4) are applied in each layer."

    Paper: Asaeda and Takemura 2025 (paper A), section 2.2; the same head on V_face is the network without the deviation
        module (Fig. 7).
    Departs: nothing follows the last layer. A ReLU there would make all negative logits equal, and dropout there would
        erase classes at random. The rate is taken as the chance to drop a unit.
    """

    def __init__(self, options: StateOptions, dimensions: Mapping[str, int], classes: int) -> None:
        """A head for a backbone and K classes.

        Args:
            options: Hidden units, dropout and the space to read, in which planned pairs may also be blended.
            dimensions: D of each space the backbone returns.
            classes: K.

        Raises:
            ValueError: the backbone has no such space.
        """
        super().__init__()
        self.reads = (options.space,)
        self.hidden = nn.Linear(_dimension(options.space, dimensions), options.hidden)
        self.dropout = nn.Dropout(options.dropout)
        self.classifier = nn.Linear(options.hidden, classes)

    def forward(self, features: Features) -> Mapping[str, Tensor]:
        """``{"main": (M, K)}``."""
        hidden = self.hidden(features.spaces[self.reads[0]]).relu()
        return {"main": self.classifier(self.dropout(hidden))}

    def decide(self, logits: Mapping[str, Tensor]) -> Tensor:
        """``(M, K)``: the only logits there are."""
        return logits["main"]


class FusionHead(nn.Module):
    """A classifier for the high-level and one for the mid-level branch; the decision is the sum of their logits.

    Paper: Huang et al., "FERMixNet", section 3.4: the output units of both branches are "summed up as the final
        decision". That the sum is of logits, not of probabilities, is our reading of "output units".
    """

    def __init__(self, options: FusionOptions, dimensions: Mapping[str, int], classes: int) -> None:
        """A head for a backbone and K classes.

        Args:
            options: Dropout and the two spaces to read.
            dimensions: D of each space the backbone returns.
            classes: K.

        Raises:
            ValueError: the backbone has no such space.
        """
        super().__init__()
        self.reads = (options.high, options.mid)
        self.dropout = nn.Dropout(options.dropout)
        self.high = nn.Linear(_dimension(options.high, dimensions), classes)
        self.mid = nn.Linear(_dimension(options.mid, dimensions), classes)

    def forward(self, features: Features) -> Mapping[str, Tensor]:
        """``{"high": (M, K), "mid": (M, K)}``."""
        high, mid = (self.dropout(features.spaces[space]) for space in self.reads)
        return {"high": self.high(high), "mid": self.mid(mid)}

    def decide(self, logits: Mapping[str, Tensor]) -> Tensor:
        """``(M, K)``: the sum of both."""
        return logits["high"] + logits["mid"]


class CosineHead(nn.Module):
    """``s cos(v, w_k)`` for each class k.

    Paper: Wang et al. 2018, "CosFace", section 3.2 (normalised softmax). https://arxiv.org/abs/1801.09414
    """

    def __init__(self, options: CosineOptions, dimensions: Mapping[str, int], classes: int) -> None:
        """A head for a backbone and K classes.

        Args:
            options: The space to read, and s.
            dimensions: D of each space the backbone returns.
            classes: K.

        Raises:
            ValueError: the backbone has no such space.
        """
        super().__init__()
        self.reads = (options.space,)
        self.scale = options.scale
        self.directions = nn.Parameter(torch.empty(classes, _dimension(options.space, dimensions)))
        nn.init.xavier_normal_(self.directions)

    def forward(self, features: Features) -> Mapping[str, Tensor]:
        """``{"main": (M, K)}``."""
        space = functional.normalize(features.spaces[self.reads[0]], dim=1)
        return {"main": self.scale * functional.linear(space, functional.normalize(self.directions, dim=1))}

    def decide(self, logits: Mapping[str, Tensor]) -> Tensor:
        """``(M, K)``: the only logits there are."""
        return logits["main"]


def _dimension(space: str, dimensions: Mapping[str, int]) -> int:
    if space not in dimensions:
        raise ValueError(f"the backbone has no space '{space}'{suggestion(space, dimensions)}")
    return dimensions[space]
