"""From a plan to what goes through the network: pure, and equal to the direct formula of every paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from fer_core.contracts import Blend, PassPlan, Pictures, Term, View
from fer_core.mixing.regions import coverage

if TYPE_CHECKING:
    from torch import Tensor


def compose(plan: Sequence[PassPlan], pictures: Pictures) -> tuple[View, ...]:
    """The views of one training step.

    A row that stands in several places of the plan (as main and as partner, in two passes) is read and augmented once
    and looks the same everywhere in the step.

    Args:
        plan: The passes a mixing planned.
        pictures: Where pixels, labels and frozen features come from.

    Returns:
        One view per pass, in the plan's order.

    Raises:
        ValueError: a term blends in a space but names rows whose pictures its pass does not hold.
    """
    seen = _rows([one.pictures for one in plan])
    images, frozen = pictures.images(seen), pictures.frozen(seen)
    landmarks = pictures.landmarks(seen) if any(one.pictures.guided for one in plan) else None
    judged = _rows([term.blend for one in plan for term in one.terms])
    targets = pictures.targets(judged)
    return tuple(_view(one, pictures, seen, images, landmarks, frozen, judged, targets) for one in plan)


def _view(
    one: PassPlan,
    pictures: Pictures,
    seen: np.ndarray,
    images: Tensor,
    landmarks: np.ndarray | None,
    frozen: Mapping[str, Tensor],
    judged: np.ndarray,
    targets: Tensor,
) -> View:
    terms = []
    for term in one.terms:
        soft = _mix(targets, term.blend, judged)
        if term.at == "image":
            terms.append(Term(term.role, term.weight, soft))
            continue
        place = {int(row): index for index, row in enumerate(one.pictures.main)}
        try:
            main = [place[int(row)] for row in term.blend.main]
            partner = [place[int(row)] for row in term.blend.partner]
        except KeyError as missing:
            raise ValueError(
                f"term '{term.role}' blends row {missing} at {term.at}, but its pass does not show it"
            ) from None
        terms.append(
            Term(
                term.role,
                term.weight,
                soft,
                term.at,
                targets.new_tensor(main).long(),
                targets.new_tensor(partner).long(),
                _column(targets, term.blend.lam),
            )
        )
    blended = pictures.normalise(_paint(images, one.pictures, seen, landmarks))
    return View(blended, {name: _mix(value, one.pictures, seen) for name, value in frozen.items()}, tuple(terms), one)


def _rows(blends: Sequence[Blend]) -> np.ndarray:
    """Every table row that the blends read, once, ascending."""
    read = [blend.main for blend in blends] + [blend.partner[blend.lam != 1] for blend in blends]
    return np.unique(np.concatenate(read))


def _find(rows: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    return np.minimum(np.searchsorted(rows, wanted), len(rows) - 1)


def _mix(values: Tensor, blend: Blend, rows: np.ndarray) -> Tensor:
    """``lam * main + (1 - lam) * partner`` of per-row values ``(R, ...)`` whose table rows are ``rows`` (R,)."""
    main = values[_find(rows, blend.main)]
    if np.all(blend.lam == 1):
        return main
    lam = _column(values, blend.lam).reshape(-1, *[1] * (values.ndim - 1))
    return lam * main + (1 - lam) * values[_find(rows, blend.partner)]


def _paint(images: Tensor, blend: Blend, rows: np.ndarray, landmarks: np.ndarray | None) -> Tensor:
    """``(M, 3, H, W)`` pictures of a blend: every pixel mixed, or a region taken from the partner or filled."""
    if not blend.partial:
        return _mix(images, blend, rows)
    height, width = images.shape[-2:]
    faces = None if landmarks is None else landmarks[_find(rows, blend.main)]
    inside = _column(images, coverage(blend, height, width, faces)[:, None])
    main = images[_find(rows, blend.main)]
    other = blend.fill if blend.fill is not None else images[_find(rows, blend.partner)]
    return main * (1 - inside) + other * inside


def _column(like: Tensor, values: np.ndarray) -> Tensor:
    """NumPy values as a tensor of ``like``'s type on its device."""
    return like.new_tensor(values)
