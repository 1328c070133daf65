"""Where in a face the evidence for a label lies: Grad-CAM and its kin, in the logit's own units.

A map's values are the activation-weighted values themselves, not stretched to [0, 1]: a logit scaled by 1e-6 has a map
scaled by 1e-6, so a map without evidence looks like one. The formulas are those of pytorch-grad-cam 1.5.7; the way
through the model is ours, because the package's own writes ``.grad``, leaves the model in eval mode and, on a model
shared by threads, silently mixes up their activations.

Paper: Selvaraju et al., Grad-CAM, ICCV 2017, https://arxiv.org/abs/1610.02391; the others' papers stand in
    `methods.METHODS`.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from fer_core.explain.branches import DECISION, branch_of
from fer_core.explain.methods import METHODS, map_of
from fer_core.labels import suggestion

if TYPE_CHECKING:
    from torch.utils.hooks import RemovableHandle

    from fer_core.assembly import Model


@dataclass(frozen=True)
class Explanation:
    """One map for one picture."""

    map: np.ndarray = field(repr=False)
    """``(H, W)`` float32 at the input's resolution, in the method's ``unit``; >= 0 unless signed."""
    method: str
    layers: tuple[str, ...]
    target: int | None
    """Position of the explained label; None where the method knows no label."""
    signed: bool = False
    branch: str = DECISION
    """Which part of the model is explained: see `branches.branches`."""
    grid: tuple[int, int] = (1, 1)
    """Rows and columns of the coarsest layer: finer than this the map is an enlargement."""

    @property
    def peak(self) -> float:
        """The largest magnitude in the map; 0 where there is no evidence."""
        return float(np.abs(self.map).max(initial=0.0))


_LOCKS: weakref.WeakKeyDictionary[nn.Module, threading.RLock] = weakref.WeakKeyDictionary()
_LOCKS_GUARD = threading.Lock()


def lock_of(model: nn.Module) -> threading.RLock:
    """The one lock of a model: whoever changes its mode or hooks holds it."""
    with _LOCKS_GUARD:
        return _LOCKS.setdefault(model, threading.RLock())


def explain(
    model: Model,
    images: Tensor,
    target: int | None = None,
    layer: str | Sequence[str] | None = None,
    method: str = "gradcam",
    *,
    branch: str | None = None,
    signed: bool = False,
    lock: AbstractContextManager[object] | None = None,
) -> Explanation:
    """The map of one picture; see `explain_many`.

    Args:
        model: From `assembly`.
        images: ``(1, 3, H, W)`` or ``(3, H, W)`` normalised.
        target: The label's position; None takes the label the model decides for.
        layer: See `explain_many`.
        method: A name in `METHODS`.
        branch: See `explain_many`.
        signed: Keep evidence against the label, as negative values.
        lock: See `explain_many`.

    Raises:
        ValueError: see `explain_many`; or more than one picture.
    """
    batch = images[None] if images.ndim == 3 else images
    if batch.shape[0] != 1:
        raise ValueError(f"explain takes one picture, got {batch.shape[0]}; explain_many takes several")
    targets = None if target is None else [target]
    return explain_many(model, batch, targets, layer, method, branch=branch, signed=signed, lock=lock)[0]


def explain_many(
    model: Model,
    images: Tensor,
    targets: Sequence[int] | None = None,
    layer: str | Sequence[str] | None = None,
    method: str = "gradcam",
    *,
    branch: str | None = None,
    signed: bool = False,
    lock: AbstractContextManager[object] | None = None,
) -> list[Explanation]:
    """The maps of several pictures in one pass; the model comes back as it was, ``.grad`` included.

    Args:
        model: From `assembly`. May be shared by threads and frozen.
        images: ``(N, 3, H, W)`` normalised.
        targets: N label positions; None takes the label the model decides for, picture by picture.
        layer: Names among the branch's layers, in any order: the mean of their maps; None takes the branch's last, as
            Grad-CAM.
        method: A name in `METHODS`.
        branch: A name in `branches.branches` of the model; None explains the decision.
        signed: Keep evidence against the label, as negative values; else they are cut off at 0.
        lock: Held meanwhile; None takes `lock_of` the model.

    Returns:
        N explanations.

    Raises:
        ValueError: an unknown method, branch or layer, targets that do not fit the pictures or the labels, a layer
            without a map, or one that the decision does not depend on.
    """
    if method not in METHODS:
        raise ValueError(f"unknown method '{method}'{suggestion(method, METHODS)}")
    if images.ndim != 4:
        raise ValueError(f"images must be (N, 3, H, W), got {tuple(images.shape)}")
    if targets is not None and len(targets) != images.shape[0]:
        raise ValueError(f"targets must name one label per picture: {images.shape[0]} pictures, {len(targets)} targets")
    part = branch_of(model, branch)
    groups = part.chosen(layer)
    if not METHODS[method].by_label and any(len(group) > 1 for group in groups):
        raise ValueError(
            f"{method} knows no label, so branch '{branch}' has no difference to show; choose another method"
        )
    names = tuple(name for name in model.layers if any(name in group for group in groups))
    with lock_of(model) if lock is None else lock, eval_mode(model), torch.inference_mode(mode=False):
        seen = _pass(model, images, targets, names, part.output, needs_gradient=METHODS[method].by_label)
        maps = {name: _map_of_layer(model, method, name, seen) for name in names}
    size = (int(images.shape[2]), int(images.shape[3]))
    # What several parts say together is their sum; several depths say the same thing again, so theirs is a mean.
    sums = [np.sum([enlarged(maps[name], size) for name in group], axis=0, dtype=np.float32) for group in groups]
    mean = np.stack(sums).mean(axis=0)
    mean = mean if signed else np.maximum(mean, 0)
    chosen: Sequence[int | None] = seen.targets if METHODS[method].by_label else [None] * len(mean)
    grid = min(((values.shape[1], values.shape[2]) for values in maps.values()), key=lambda one: one[0] * one[1])
    return [
        Explanation(values, method, names, target, signed, branch or DECISION, grid)
        for values, target in zip(mean, chosen, strict=True)
    ]


def explain_face(
    model: Model,
    images: Tensor,
    target: int,
    layer: str | Sequence[str] | None = None,
    method: str = "gradcam",
    *,
    branch: str | None = None,
    signed: bool = False,
) -> Explanation:
    """The map of one face over all its crops, side by side as `Prediction.crop` shows them; see `explain_many`."""
    told = explain_many(model, images, [target] * len(images), layer, method, branch=branch, signed=signed)
    rows, columns = told[0].grid
    return replace(told[0], map=np.concatenate([one.map for one in told], axis=1), grid=(rows, columns * len(told)))


@dataclass
class _Seen:
    """What one pass left behind, by layer name."""

    activations: dict[str, Tensor] = field(default_factory=dict)
    """``(N, C, h, w)`` each."""
    gradients: dict[str, Tensor] = field(default_factory=dict)
    """``(N, C, h, w)`` each; a layer that the score does not depend on is missing."""
    targets: list[int] = field(default_factory=list)


def _pass(
    model: Model,
    images: Tensor,
    targets: Sequence[int] | None,
    names: Sequence[str],
    output: str | None,
    needs_gradient: bool,
) -> _Seen:
    """Forward, and backward from the targets' logits to the pictures: parameters' ``.grad`` stay untouched."""
    parameter = next(model.parameters())
    # A picture that wants a gradient lets one through branches whose parameters are frozen.
    pictures = images.detach().clone().to(parameter.device, torch.float32).requires_grad_()
    seen, here = _Seen(), threading.get_ident()
    handles: list[RemovableHandle] = []
    try:
        for name in names:
            handles.append(model.layer(name).register_forward_hook(_recorder(seen, name, here)))
        with torch.set_grad_enabled(needs_gradient), torch.autocast(parameter.device.type, enabled=False):
            answers = model(pictures)
            logits = model.decide(answers)
            seen.targets = _checked_targets(targets, logits)
            logits = logits if output is None else answers[output]
            if needs_gradient:
                chosen = logits[torch.arange(len(logits)), torch.tensor(seen.targets, device=logits.device)]
                torch.autograd.grad(chosen.sum(), pictures, allow_unused=True)
    finally:
        for handle in handles:
            handle.remove()
    return seen


def _recorder(seen: _Seen, name: str, thread: int) -> Callable[[nn.Module, object, object], None]:
    def record(module: nn.Module, inputs: object, output: object) -> None:
        if threading.get_ident() != thread:  # somebody else predicts with the shared model meanwhile
            return
        if not isinstance(output, Tensor) or output.ndim != 4:
            raise ValueError(f"layer '{name}' returns no map (N, C, h, w) to explain")
        if name in seen.activations:
            raise ValueError(f"layer '{name}' runs more than once in a pass, so its map would be ambiguous")
        seen.activations[name] = output.detach().clone()  # a following in-place ReLU would overwrite it
        if output.requires_grad:
            output.register_hook(lambda gradient: seen.gradients.__setitem__(name, gradient.detach()))

    return record


def _map_of_layer(model: nn.Module, method: str, name: str, seen: _Seen) -> np.ndarray:
    """``(N, h, w)`` float32 on the layer's own grid, signed."""
    if name not in seen.activations:
        raise ValueError(f"layer '{name}' did not run in this pass")
    if METHODS[method].by_label and name not in seen.gradients:
        raise ValueError(
            f"no gradient reaches layer '{name}': the decision does not depend on it, or it is cut off from it"
        )
    gradients = seen.gradients[name].cpu().numpy() if METHODS[method].by_label else None
    return map_of(method, model, seen.activations[name].cpu().numpy(), gradients)


def enlarged(values: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """``(N, h, w)`` float32 -> ``(N, H, W)``, bilinear.

    Args:
        values: Maps on a layer's grid.
        size: H, W.
    """
    maps = torch.from_numpy(values)[:, None]
    return functional.interpolate(maps, size, mode="bilinear", align_corners=False)[:, 0].numpy()


def _checked_targets(targets: Sequence[int] | None, logits: Tensor) -> list[int]:
    if targets is None:
        return [int(position) for position in logits.argmax(dim=1)]
    outside = [target for target in targets if not 0 <= target < logits.shape[1]]
    if outside:
        raise ValueError(f"targets must lie in 0 ... {logits.shape[1] - 1}, got {outside[0]}")
    return [int(target) for target in targets]


@contextmanager
def eval_mode(model: nn.Module) -> Iterator[None]:
    """Eval mode inside; afterwards every submodule is in the mode it was in."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training
