"""Penalties: what a feature space may not know. Chosen by `fer_core.catalogue.PENALTIES`; beyond all four papers.

A penalty is called with the features of a pass and its view, and returns two numbers ``()``: what is added to the
total, with gradient, and what it measured, detached. It computes in float32 whatever the training's precision.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from fer_core.catalogue.penalties import IndependenceOptions, NoPenaltyOptions, ReversalOptions
from fer_core.contracts import Features, View

SMALL = 1e-12
"""Above what rounding leaves of a constant space's kernel, squared twice; far below any that varies."""
COVARIANCE = 1 / 25
"""Weight of VICReg's covariance term beside its variance term: mu = 25 and nu = 1 (Bardes et al. 2022, section 4.2)."""


def nothing(options: NoPenaltyOptions, dimensions: Mapping[str, int]) -> None:
    """No penalty."""


class Independence(nn.Module):
    """``weight * dependence + spread_weight * spread``: V_state may not vary with V_id but through the state.

    Both spaces are residualised on the rows' soft targets before they are compared, so that class means, which both may
    have, cost nothing. The dependence is the centred kernel alignment of `dependence`; ``spread`` is `spread`.

    Source: Gretton et al. 2005, "Measuring Statistical Dependence with Hilbert-Schmidt Norms",
        https://doi.org/10.1007/11564089_7; Kornblith et al. 2019, "Similarity of Neural Network Representations
        Revisited" (the normalisation), https://arxiv.org/abs/1905.00414; Székely and Rizzo 2014, "Partial distance
        correlation" (the debiased centring), https://arxiv.org/abs/1310.2926.
    """

    def __init__(self, options: IndependenceOptions, dimensions: Mapping[str, int]) -> None:
        """A penalty without parameters.

        Args:
            options: Space, weights, kernel and estimate.
            dimensions: D of each space the backbone returns.

        Raises:
            ValueError: the backbone has no such space, or no ``v_id``.
        """
        super().__init__()
        self.options = options
        _checked(options.space, dimensions)

    def forward(self, features: Features, view: View) -> tuple[Tensor, Tensor]:
        """The weighted sum, and the dependence alone; zeros for batches too small to tell (`tells`)."""
        options = self.options
        space, identity, targets = judged(features, view, options.space)
        with torch.autocast(space.device.type, enabled=False):
            if not tells(targets):
                return space.new_zeros(()), space.new_zeros(())
            one, other = given(space, targets), given(identity, targets)
            found = dependence(one, other, options.kernel, options.estimate == "debiased", options.bandwidth)
            total = options.weight * found
            if options.spread_weight:
                total = total + options.spread_weight * spread(space)
        return total, found.detach()


class Reversal(nn.Module):
    """A small network learns to tell V_id from the space's direction; what feeds the space learns to prevent it.

    The adversary minimises ``1 - cos(prediction, V_id given the state)``, which is 1 for who knows nothing; the space
    receives ``-weight`` times that gradient, and the total ``-weight`` times that loss. Directions only, since people
    are looked up by cosine: a shorter V_state hides nothing. Its parameters are trained by the model's optimiser at
    ``speed`` times its rate, kept for a resume, and left out of the run's weights. ``optimisation.clip_norm`` counts
    them.

    Source: Ganin and Lempitsky 2015, "Unsupervised Domain Adaptation by Backpropagation", eq. 4 to 8, with a constant
        lambda, and one adversary for everybody instead of a classifier of domains. https://arxiv.org/abs/1409.7495
    """

    def __init__(self, options: ReversalOptions, dimensions: Mapping[str, int]) -> None:
        """A fresh adversary, drawn from torch's global generator.

        Args:
            options: Space, weight, the adversary's size and speed.
            dimensions: D of each space the backbone returns.

        Raises:
            ValueError: the backbone has no such space, or no ``v_id``.
        """
        super().__init__()
        self.options = options
        self.speed = options.speed
        _checked(options.space, dimensions)
        self.adversary = nn.Sequential(
            nn.Linear(dimensions[options.space], options.hidden),
            nn.ReLU(),
            nn.Linear(options.hidden, options.hidden),
            nn.ReLU(),
            nn.Linear(options.hidden, dimensions["v_id"]),
        )
        self._root = dimensions[options.space] ** 0.5

    def forward(self, features: Features, view: View) -> tuple[Tensor, Tensor]:
        """What the network minimises, and the adversary's loss in [0, 2]; zeros for batches too small (`tells`)."""
        space, identity, targets = judged(features, view, self.options.space)
        with torch.autocast(space.device.type, enabled=False):
            if not tells(targets):
                return space.new_zeros(()), space.new_zeros(())
            # No shorter than a thousandth: at zero a direction has no gradient worth following.
            direction = functional.normalize(reversed_gradient(space, self.options.weight), dim=1, eps=1e-3)
            predicted = self.adversary(self._root * direction)
            found = (1 - functional.cosine_similarity(predicted, given(identity, targets), dim=1)).mean()
        measured = found.detach()
        # The value is the network's; the gradients are the adversary's descent and the network's ascent.
        return found - measured - self.options.weight * measured, measured


def judged(features: Features, view: View, space: str) -> tuple[Tensor, Tensor, Tensor]:
    """The rows of a view's first term: its space ``(M, D)``, V_id ``(M, D')``, both float32, and targets ``(M, K)``.

    Where the term blends in a space, the rows are blended here by the same lambda, V_id too, as it is with pictures.
    """
    term = view.terms[0]
    pair = (features.spaces[space].float(), features.spaces["v_id"].detach().float())
    if term.at != "image":
        lam = torch.ones_like(term.targets[:, 0]) if term.lam is None else term.lam
        share = lam.float().unsqueeze(1)
        pair = (_blended(pair[0], share, term.main, term.partner), _blended(pair[1], share, term.main, term.partner))
    return *pair, term.targets.float()


def tells(targets: Tensor) -> bool:
    """Whether a batch ``(M, K)`` leaves anything once its states are explained: at least K + 4 rows."""
    return targets.shape[0] >= targets.shape[1] + 4


def given(values: Tensor, targets: Tensor) -> Tensor:
    """``(M, D)`` minus what the soft targets ``(M, K)`` explain of it by least squares: class means, where one-hot.

    Rows of targets sum to 1, so the mean is among what they explain.
    """
    exact = targets.double()
    onto = exact @ torch.linalg.pinv(exact.T @ exact, hermitian=True) @ exact.T  # classes may be missing in a batch
    return values - onto.to(values.dtype) @ values


def dependence(
    first: Tensor, second: Tensor, kernel: str = "rbf", debiased: bool = True, bandwidth: float = 1.0
) -> Tensor:
    """``() = <K, L> / (|K| |L|)`` of centred kernel matrices: HSIC(X, Y) / sqrt(HSIC(X, X) HSIC(Y, Y)).

    1 where one is the other turned or scaled (with ``linear``, CKA). Independent rows give 0 up to chance if debiased;
    otherwise up to about the root of both effective ranks' product over M. A constant space depends on nothing: 0.

    Args:
        first: ``(M, D)``, M of 4 or more.
        second: ``(M, D')``.
        kernel: ``linear`` or ``rbf``.
        debiased: Diagonals do not count and centring allows for it (U-centring).
        bandwidth: Of the second one's rbf kernel, in units of the median distance.
    """
    centre = _u_centred if debiased else _centred
    one, other = centre(_kernel(first, kernel)), centre(_kernel(second, kernel, bandwidth))
    return (one * other).mean() / ((one * one).mean() * (other * other).mean() + SMALL).sqrt()


def spread(space: Tensor) -> Tensor:
    """``()``: 0 where all D directions vary alike and none with another, so that the effective rank is D.

    VICReg's variance and covariance terms of the rows ``(M, D)`` in the unit of their mean standard deviation, so that
    the length of V_state is free.

    Source: Bardes, Ponce and LeCun 2022, "VICReg", eq. 1 to 4 with gamma = 1. https://arxiv.org/abs/2105.04906
    """
    centred = space - space.mean(0)
    centred = centred / (centred.var(0).mean() + 1e-8).sqrt()
    covariance = centred.T @ centred / (len(space) - 1)
    own = covariance.diagonal()
    between = ((covariance**2).sum() - (own**2).sum()) / space.shape[1]
    return functional.relu(1 - (own + 1e-4).sqrt()).mean() + COVARIANCE * between


def reversed_gradient(values: Tensor, weight: float) -> Tensor:
    """``values``; a gradient that comes back is multiplied by ``-weight``."""
    fixed = values.detach()
    return fixed - weight * (values - fixed)


def _kernel(rows: Tensor, kernel: str, bandwidth: float = 1.0) -> Tensor:
    if kernel == "linear":
        return rows @ rows.T
    squares = (rows * rows).sum(1)
    distances = (squares[:, None] + squares - 2 * rows @ rows.T).clamp(min=0)
    away = ~torch.eye(len(rows), dtype=torch.bool, device=rows.device)
    median = distances.detach()[away].median().clamp(min=SMALL)
    return torch.exp(-distances / (2 * bandwidth**2 * median))


def _centred(kernel: Tensor) -> Tensor:
    return kernel - kernel.mean(0) - kernel.mean(1, keepdim=True) + kernel.mean()


def _u_centred(kernel: Tensor) -> Tensor:
    """Székely and Rizzo 2014, eq. 2.2: sums without the diagonal, over M - 2 and (M - 1)(M - 2)."""
    count = len(kernel)
    away = 1 - torch.eye(count, dtype=kernel.dtype, device=kernel.device)
    kernel = kernel * away
    rows = kernel.sum(1) / (count - 2)
    return (kernel - rows - rows[:, None] + kernel.sum() / ((count - 1) * (count - 2))) * away


def _blended(values: Tensor, share: Tensor, main: Tensor | None, partner: Tensor | None) -> Tensor:
    return share * values[main] + (1 - share) * values[partner]


def _checked(space: str, dimensions: Mapping[str, int]) -> None:
    for name in (space, "v_id"):
        if name not in dimensions:
            raise ValueError(f"the penalty reads '{name}', this backbone has {', '.join(sorted(dimensions))}")
