"""Several maps of one face beside each other: of every label, method, layer or branch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import Tensor

from fer_core.explain.branches import branches
from fer_core.explain.maps import Explanation, explain_face
from fer_core.explain.methods import METHODS
from fer_core.labels import suggestion

if TYPE_CHECKING:
    from fer_core.assembly import Model

KINDS: Mapping[str, str] = {
    "labels": "the evidence for each label",
    "methods": "what each method says of one label",
    "layers": "one label from the first layer to the last",
    "branches": "what each part of the network contributes to one label",
}
"""What can stand side by side."""


@dataclass(frozen=True)
class Panel:
    """One of several maps."""

    name: str
    """The label, method, layer or branch."""
    explained: Explanation

    @property
    def unit(self) -> str:
        """What its values count."""
        return METHODS[self.explained.method].unit


def side_by_side(
    model: Model,
    images: Tensor,
    kind: str,
    target: int,
    layer: str | None = None,
    method: str = "gradcam",
    *,
    branch: str | None = None,
    signed: bool = False,
) -> tuple[Panel, ...]:
    """The maps of one face, all alike but for what is compared.

    Args:
        model: From `assembly`.
        images: ``(n, 3, H, W)`` normalised: the face's crops.
        kind: A name in `KINDS`.
        target: The explained label, where labels are not what is compared.
        layer: See `explain_many`; branches are compared at the layer of the same name, or at their last.
        method: See `explain_many`.
        branch: See `explain_many`.
        signed: See `explain_many`.

    Returns:
        One panel or more. Methods that a branch has no map of are left out; of a method that knows no label there is
        one map for all labels.

    Raises:
        ValueError: an unknown kind, or see `explain_many`.
    """
    if kind not in KINDS:
        raise ValueError(f"cannot compare '{kind}'{suggestion(kind, KINDS)}")

    def one(name: str, target: int, layer: str | None, method: str, branch: str | None) -> Panel:
        return Panel(name, explain_face(model, images, target, layer, method, branch=branch, signed=signed))

    # A mistake of the caller is a mistake, whatever is compared.
    first = one(METHODS[method].title if method in METHODS else method, target, layer, method, branch)
    parts = branches(model)
    groups = parts[first.explained.branch].layers
    if kind == "labels":
        if not METHODS[method].by_label:
            return (first,)
        return tuple(one(label, place, layer, method, branch) for place, label in enumerate(model.labels))
    if kind == "layers":
        return tuple(one(name, target, name, method, branch) for name in groups)
    if kind == "methods":
        paired = len(first.explained.layers) > 1
        fitting = [name for name, about in METHODS.items() if about.by_label or not paired]
        return tuple(one(METHODS[name].title, target, layer, name, branch) for name in fitting)
    found = []
    for name, part in parts.items():
        fitting = [here for here in part.layers if layer and here.rpartition(".")[2] == layer.rpartition(".")[2]]
        if METHODS[method].by_label or all(len(group) == 1 for group in part.layers.values()):
            found.append(one(name, target, fitting[-1] if fitting else None, method, name))
    return tuple(found)


def scales(shown: Sequence[Panel]) -> Mapping[str, float]:
    """The value at the end of the one scale of each unit: the largest magnitude of its panels; 1 where all are 0.

    Args:
        shown: Panels of one face.
    """
    ends: dict[str, float] = {}
    for one in shown:
        ends[one.unit] = max(ends.get(one.unit, 0.0), one.explained.peak)
    return {unit: end or 1.0 for unit, end in ends.items()}
