"""Does a map depend on what the network has learned? The same map with weights drawn anew."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import torch
from scipy.ndimage import gaussian_filter
from scipy.stats import rankdata
from torch import Tensor, nn

from fer_core.explain.branches import branch_of
from fer_core.explain.maps import Explanation, explain_face, lock_of
from fer_core.seeds import torch_seed

if TYPE_CHECKING:
    from fer_core.assembly import Model

RANDOMISED = "randomised weights"
DEPTHS = 3
"""Depths between the classifier and everything: enough to see where a map breaks down."""


@dataclass(frozen=True)
class Randomised:
    """How similar a map stays while the network forgets, from the classifier downwards: S steps, D draws."""

    stages: tuple[str, ...]
    """S names: what was drawn anew up to here. The last is everything."""
    spearman: np.ndarray = field(repr=False)
    """``(D, S)`` rank correlation of the signed maps' pixels in [-1, 1]; NaN where one is the same everywhere."""
    ssim: np.ndarray = field(repr=False)
    """``(D, S)`` structural similarity of the signed maps, each scaled to its peak."""
    map: np.ndarray = field(repr=False)
    """``(H, W)`` the first draw's map with everything drawn anew, cut off at 0 if the map it is held against is."""
    seed: int

    @property
    def final_spearman(self) -> float:
        """Mean over the draws with everything drawn anew; NaN where no map has a rank."""
        last = self.spearman[:, -1]
        return float(np.nanmean(last)) if np.isfinite(last).any() else float("nan")

    @property
    def final_ssim(self) -> float:
        """Likewise, the structural similarity."""
        return float(self.ssim[:, -1].mean())


def randomised_weights(
    model: Model, images: Tensor, explained: Explanation, target: int, *, draws: int = 3, seed: int = 0
) -> Randomised:
    """The map again while the weights are drawn anew, from the classifier down to everything.

    A map that stays the same shows the picture, not the model: it would look as convincing for a network that knows
    nothing. Maps are compared before anything is cut off at 0: where a network without knowledge finds only evidence
    against the label, nothing would be left to compare.

    Args:
        model: From `assembly`; a copy is changed.
        images: ``(n, 3, H, W)`` normalised: the face's crops.
        explained: What `explain_face` said about them.
        target: The label it was asked for.
        draws: D.
        seed: Draws the weights, each module as it is drawn when it is built.

    Raises:
        ValueError: less than one draw.

    Paper: Adebayo et al., "Sanity Checks for Saliency Maps", NeurIPS 2018, section 3 (cascading randomisation) and
        Fig. 2. https://arxiv.org/abs/1810.03292
    Departs: at most `DEPTHS` depths between the classifier and everything. BatchNorm forgets its statistics, too.
    """
    if draws < 1:
        raise ValueError(f"draws must be 1 or more, got {draws}")
    groups = _stages(model, explained.branch)
    first = explained.map if explained.signed else _map_again(model, images, explained, target)
    spearman, ssim = np.empty((2, draws, len(groups)))
    final = explained.map
    for draw in range(draws):
        with lock_of(model):
            changed = copy.deepcopy(model)
        for step, modules in enumerate(groups.values()):
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(torch_seed(seed, RANDOMISED, draw, step))
                for name in modules:
                    _draw_anew(changed.get_submodule(name))
            again = _map_again(changed, images, explained, target)
            spearman[draw, step] = rank_correlation(first, again)
            ssim[draw, step] = structural_similarity(first, again)
        final = again if draw == 0 else final
    shown = final if explained.signed else np.maximum(final, 0)
    return Randomised(tuple(groups), spearman, ssim, shown, seed)


def _map_again(model: Model, images: Tensor, explained: Explanation, target: int) -> np.ndarray:
    """The signed map, made as another was."""
    known = branch_of(model, explained.branch).layers
    names = [name for name, group in known.items() if set(group) <= set(explained.layers)]
    told = explain_face(model, images, target, names, explained.method, branch=explained.branch, signed=True)
    return told.map


def _stages(model: Model, branch: str) -> dict[str, tuple[str, ...]]:
    """What is drawn anew in each step, by its name: submodules of the model, cumulative."""
    depths = [
        (name, group)
        for name, group in list(branch_of(model, branch).layers.items())[::-1]
        if any(next(model.layer(one).parameters(), None) is not None for one in group)
    ]
    place = np.unique(np.rint(np.linspace(0, len(depths) - 1, min(DEPTHS, len(depths)))).astype(int))
    stages: dict[str, tuple[str, ...]] = {"classifier": ("head",)}
    begin = 0
    for end in place:
        group = tuple(f"backbone.{name}" for _, names in depths[begin : end + 1] for name in names)
        stages[f"to {depths[end][0]}"] = group
        begin = int(end) + 1
    stages["everything"] = ("",)
    return stages


def _draw_anew(module: nn.Module) -> None:
    """Every weight as when the module was built; a bare parameter by its own mean and spread."""
    known: set[int] = set()
    for part in module.modules():
        reset = getattr(part, "reset_parameters", None)
        if callable(reset):
            reset()
            known |= {id(parameter) for parameter in part.parameters(recurse=False)}
    with torch.no_grad():
        for parameter in module.parameters():
            if id(parameter) not in known:
                spread = float(parameter.std()) if parameter.numel() > 1 else 0.0
                parameter.normal_(float(parameter.mean()), spread)


def rank_correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Spearman's correlation of two maps' pixels in [-1, 1]; NaN where one is the same everywhere.

    Args:
        first: ``(H, W)``.
        second: ``(H, W)``.
    """
    ranks = [rankdata(values.ravel()) for values in (first, second)]
    if any(values.min() == values.max() for values in (first, second)):
        return float("nan")
    return float(np.corrcoef(ranks)[0, 1])


def structural_similarity(first: np.ndarray, second: np.ndarray) -> float:
    """The mean SSIM of two maps, each scaled to a peak of 1; 1 where they are the same.

    Signed maps are moved to [0, 1] first: SSIM is for brightness, and would call a map and its negative alike.

    Args:
        first: ``(H, W)``.
        second: ``(H, W)``.

    Paper: Wang et al. 2004, "Image quality assessment", eq. 13, with its Gaussian window of 1.5 pixels, K1 = 0.01 and
        K2 = 0.03. https://doi.org/10.1109/TIP.2003.819861
    """
    x, y = (values.astype(np.float64) / (np.abs(values).max() or 1.0) for values in (first, second))
    if min(x.min(), y.min()) < 0:
        x, y = (x + 1) / 2, (y + 1) / 2
    reach = max(x.max(), y.max()) - min(x.min(), y.min()) or 1.0
    small, less = (0.01 * reach) ** 2, (0.03 * reach) ** 2

    def smooth(values: np.ndarray) -> np.ndarray:
        return gaussian_filter(values, 1.5, truncate=3.5)

    mean_x, mean_y = smooth(x), smooth(y)
    var_x, var_y = smooth(x * x) - mean_x**2, smooth(y * y) - mean_y**2
    both = smooth(x * y) - mean_x * mean_y
    top = (2 * mean_x * mean_y + small) * (2 * both + less)
    return float((top / ((mean_x**2 + mean_y**2 + small) * (var_x + var_y + less))).mean())
