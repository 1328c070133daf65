"""Heads: from the spaces of a backbone to logits. Chosen by `fer_core.catalogue.HEADS`."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn

from fer_core.catalogue.heads import LinearOptions
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
        if options.space not in dimensions:
            raise ValueError(f"the backbone has no space '{options.space}'{suggestion(options.space, dimensions)}")
        self.reads = (options.space,)
        self.dropout = nn.Dropout(options.dropout)
        self.classifier = nn.Linear(dimensions[options.space], classes)

    def forward(self, features: Features) -> Mapping[str, Tensor]:
        """``{"main": (M, K)}``."""
        return {"main": self.classifier(self.dropout(features.spaces[self.reads[0]]))}

    def decide(self, logits: Mapping[str, Tensor]) -> Tensor:
        """``(M, K)``: the only logits there are."""
        return logits["main"]
