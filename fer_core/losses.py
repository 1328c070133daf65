"""Losses: one number from named logits and soft targets. Chosen by `fer_core.catalogue.LOSSES`."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor
from torch.nn import functional

from fer_core.catalogue.losses import CrossEntropyOptions, FusionLossOptions, MarginOptions


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


class FusionLoss:
    """``beta L^h + (1 - beta) L^m``: the cross-entropy of each branch by itself, not of their summed decision.

    Paper: Huang et al., "FERMixNet", section 3.4, eq. 7 to 9. One of eq. 9's two brackets per call: the weights alpha
        and 1 - alpha of the mixed and the main pictures belong to the mixing's terms. A head with one branch is judged
        by ``cross_entropy``, the paper's beta = 1.
    """

    def __init__(self, options: FusionLossOptions) -> None:
        self.options = options

    def __call__(self, logits: Mapping[str, Tensor], targets: Tensor) -> Tensor:
        """``()`` mean over rows.

        Raises:
            ValueError: the head returns other logits than ``high`` and ``mid``.
        """
        if set(logits) != {"high", "mid"}:
            raise ValueError(
                f"the loss fusion judges outputs named 'high' and 'mid', this head returns {', '.join(sorted(logits))}"
            )
        high, mid = (
            soft_cross_entropy(logits[branch], targets, self.options.label_smoothing) for branch in ("high", "mid")
        )
        return self.options.beta * high + (1 - self.options.beta) * mid


class MarginLoss:
    """Cross-entropy of ``s (cos - m y)``: every row's right class must win by a margin.

    Paper: Wang et al. 2018, "CosFace", eq. 4. https://arxiv.org/abs/1801.09414
    """

    def __init__(self, options: MarginOptions) -> None:
        self.options = options

    def __call__(self, logits: Mapping[str, Tensor], targets: Tensor) -> Tensor:
        """``()`` mean over rows; ``logits["main"]`` are s times the cosines ``(M, K)``."""
        scaled = logits["main"].float() - self.options.scale * self.options.margin * targets
        return soft_cross_entropy(scaled, targets)
