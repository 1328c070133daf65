"""One optimisation step over the views of a batch: plain descent, or sharpness-aware."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from fer_core.contracts import View
from fer_core.sections import Optimisation

_TRACKING = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.SyncBatchNorm)


def take_step(
    objective: nn.Module,
    optimiser: torch.optim.Optimizer,
    views: Sequence[View],
    plan: Optimisation,
    device: torch.device,
) -> tuple[Tensor, int]:
    """Changes the weights once by the gradient of the objective, or with ``plan.sharpness`` by that of a point nearby.

    Sharpness-aware minimisation: with g the gradient at w, the optimiser takes the step from w with the gradient at
    ``w + rho g / ||g||``. Its two passes see the same views and drop the same units; BatchNorm normalises each by its
    own batch, and only the first pass, the one at w, enters the running statistics. Nothing is kept between steps, so
    a resumed training needs nothing more than the optimiser's state.

    Paper: Foret et al. 2021, "Sharpness-Aware Minimization for Efficiently Improving Generalization", Algorithm 1 with
        p = 2; used by paper D with IR50 (Table 8). https://arxiv.org/abs/2010.01412
    Departs: weight decay is the optimiser's, so it is not part of the gradient that finds the point nearby.

    Args:
        objective: Views in, ``(total, log)`` out.
        optimiser: Of the objective's trainable weights; any.
        views: What one batch is composed to.
        plan: Precision, ``clip_norm`` (of the gradient that the optimiser is given) and ``sharpness``.
        device: Where, for autocast and for dropout's random numbers.

    Returns:
        The total loss ``()`` at the weights before the step, detached; and how many pictures went through the network.
    """
    shown = sum(len(view.images) for view in views)

    def descend() -> Tensor:
        optimiser.zero_grad(set_to_none=True)
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=plan.precision == "bf16"):
            total, _ = objective(views)
        total.backward()
        return total.detach()

    if plan.sharpness:
        with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
            total = descend()
        with _moved(objective, plan.sharpness), _statistics_kept(objective):
            descend()
        shown *= 2
    else:
        total = descend()
    if plan.clip_norm:
        nn.utils.clip_grad_norm_(objective.parameters(), plan.clip_norm)
    optimiser.step()
    return total, shown


@contextmanager
def _moved(objective: nn.Module, rho: float) -> Iterator[None]:
    """The weights at distance ``rho`` along their gradient; afterwards the very same as before."""
    learned = [one for one in objective.parameters() if one.grad is not None]
    before = [one.detach().clone() for one in learned]
    # A gradient of zero names no direction: the weights then stay where they are.
    scale = rho / (nn.utils.get_total_norm([one.grad for one in learned if one.grad is not None]) + 1e-12)
    with torch.no_grad():
        for one in learned:
            if one.grad is not None:
                one.add_(one.grad * scale)
    try:
        yield
    finally:
        with torch.no_grad():
            for one, was in zip(learned, before, strict=True):
                one.copy_(was)


@contextmanager
def _statistics_kept(objective: nn.Module) -> Iterator[None]:
    """No BatchNorm counts what passes meanwhile; each still normalises as it did."""
    layers = [one for one in objective.modules() if isinstance(one, _TRACKING) and one.track_running_stats]
    for one in layers:
        one.track_running_stats = False
    try:
        yield
    finally:
        for one in layers:
            one.track_running_stats = True
