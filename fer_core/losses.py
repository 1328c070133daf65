"""Losses: one number from named logits and soft targets. Chosen by `fer_core.catalogue.LOSSES`."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor
from torch.nn import functional

from fer_core.catalogue.losses import CrossEntropyOptions


def soft_cross_entropy(logits: Tensor, targets: Tensor, label_smoothing: float = 0.0) -> Tensor:
    """Mean over rows of ``-sum_k q_k log softmax(logits)_k`` with ``q = (1 - s) * targets + s / K``.

    Args:
        logits: ``(M, K)``.
        targets: ``(M, K)``, rows sum to 1.
        label_smoothing: s in [0, 1). Szegedy et al. 2016, section 7. https://arxiv.org/abs/1512.00567

    Returns:
        ``()`` in float32, also under autocast.
    """
    return functional.cross_entropy(logits.float(), targets, label_smoothing=label_smoothing)


class SoftCrossEntropy:
    """`soft_cross_entropy` of the only logits a head returns."""

    def __init__(self, options: CrossEntropyOptions) -> None:
        self.options = options

    def __call__(self, logits: Mapping[str, Tensor], targets: Tensor) -> Tensor:
        """``()`` mean over rows.

        Raises:
            ValueError: the head returns several logits; that needs a loss that weighs them.
        """
        if set(logits) != {"main"}:
            raise ValueError(
                f"cross_entropy judges one output named 'main', this head returns {', '.join(sorted(logits))}"
            )
        return soft_cross_entropy(logits["main"], targets, self.options.label_smoothing)
