"""Where in a face the evidence for a label lies: Grad-CAM and its kin, in the logit's own units.

A map's values are the activation-weighted values themselves, not stretched to [0, 1]: a logit scaled by 1e-6 has a map
scaled by 1e-6, so a map without evidence looks like one. The formulas are those of pytorch-grad-cam 1.5.7; the way
through the model is ours, because the package's own writes ``.grad``, leaves the model in eval mode and, on a model
shared by threads, silently mixes up their activations.

Paper: Selvaraju et al., Grad-CAM, ICCV 2017, https://arxiv.org/abs/1610.02391; the others' papers stand in `METHODS`.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from fer_core.labels import suggestion

if TYPE_CHECKING:
    from torch.utils.hooks import RemovableHandle

    from fer_core.assembly import Model


@dataclass(frozen=True)
class Method:
    """One way to weigh a layer's activations."""

    formula: str
    """The class of pytorch-grad-cam that holds the formula; empty where we compute it."""
    about: str
    by_label: bool = True
    """False where the map does not depend on the label."""


METHODS: Mapping[str, Method] = {
    "gradcam": Method("GradCAM", "Each channel weighs as much as its mean gradient. https://arxiv.org/abs/1610.02391"),
    "gradcam++": Method(
        "GradCAMPlusPlus", "As Grad-CAM, positive gradients only, by pixel. https://arxiv.org/abs/1710.11063"
    ),
    "hirescam": Method("HiResCAM", "Gradient times activation, pixel by pixel. https://arxiv.org/abs/2011.08891"),
    "layercam": Method(
        "LayerCAM", "As HiResCAM with positive gradients only. https://doi.org/10.1109/TIP.2021.3089943"
    ),
    "xgradcam": Method("XGradCAM", "Channels weigh by their share of the score. https://arxiv.org/abs/2008.02312"),
    "eigencam": Method("", "The activations' main direction; knows no label. https://arxiv.org/abs/2008.00299", False),
}


@dataclass(frozen=True)
class Explanation:
    """One map for one picture."""

    map: np.ndarray = field(repr=False)
    """``(H, W)`` float32 at the input's resolution, in units of the logit; >= 0 unless signed."""
    method: str
    layers: tuple[str, ...]
    target: int | None
    """Position of the explained label; None where the method knows no label."""
    signed: bool = False

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
        signed: Keep evidence against the label, as negative values.
        lock: See `explain_many`.

    Raises:
        ValueError: see `explain_many`; or more than one picture.
    """
    batch = images[None] if images.ndim == 3 else images
    if batch.shape[0] != 1:
        raise ValueError(f"explain takes one picture, got {batch.shape[0]}; explain_many takes several")
    targets = None if target is None else [target]
    return explain_many(model, batch, targets, layer, method, signed=signed, lock=lock)[0]


def explain_many(
    model: Model,
    images: Tensor,
    targets: Sequence[int] | None = None,
    layer: str | Sequence[str] | None = None,
    method: str = "gradcam",
    *,
    signed: bool = False,
    lock: AbstractContextManager[object] | None = None,
) -> list[Explanation]:
    """The maps of several pictures in one pass; the model comes back as it was, ``.grad`` included.

    Args:
        model: From `assembly`. May be shared by threads and frozen.
        images: ``(N, 3, H, W)`` normalised.
        targets: N label positions; None takes the label the model decides for, picture by picture.
        layer: Names among ``model.layers``, in any order: the mean of their maps; None takes the last, as Grad-CAM.
        method: A name in `METHODS`.
        signed: Keep evidence against the label, as negative values; else they are cut off at 0.
        lock: Held meanwhile; None takes `lock_of` the model.

    Returns:
        N explanations.

    Raises:
        ValueError: an unknown method or layer, targets that do not fit the pictures or the labels, a layer without a
            map, or one that the decision does not depend on.
    """
    if method not in METHODS:
        raise ValueError(f"unknown method '{method}'{suggestion(method, METHODS)}")
    if images.ndim != 4:
        raise ValueError(f"images must be (N, 3, H, W), got {tuple(images.shape)}")
    if targets is not None and len(targets) != images.shape[0]:
        raise ValueError(f"targets must name one label per picture: {images.shape[0]} pictures, {len(targets)} targets")
    names = _in_forward_order(model, layer)
    with lock_of(model) if lock is None else lock, _eval_mode(model), torch.inference_mode(mode=False):
        seen = _pass(model, images, targets, names, needs_gradient=METHODS[method].by_label)
        maps = [_map_of_layer(model, method, name, seen) for name in names]
    size = (int(images.shape[2]), int(images.shape[3]))
    mean = np.stack([_upsampled(values, size) for values in maps]).mean(axis=0)
    mean = mean if signed else np.maximum(mean, 0)
    chosen: Sequence[int | None] = seen.targets if METHODS[method].by_label else [None] * len(mean)
    return [Explanation(values, method, names, target, signed) for values, target in zip(mean, chosen, strict=True)]


def explain_face(
    model: Model,
    images: Tensor,
    target: int,
    layer: str | Sequence[str] | None = None,
    method: str = "gradcam",
    *,
    signed: bool = False,
) -> Explanation:
    """The map of one face over all its crops, side by side as `Prediction.crop` shows them; see `explain_many`."""
    told = explain_many(model, images, [target] * len(images), layer, method, signed=signed)
    return replace(told[0], map=np.concatenate([one.map for one in told], axis=1))


@dataclass
class _Seen:
    """What one pass left behind, by layer name."""

    activations: dict[str, Tensor] = field(default_factory=dict)
    """``(N, C, h, w)`` each."""
    gradients: dict[str, Tensor] = field(default_factory=dict)
    """``(N, C, h, w)`` each; a layer that the score does not depend on is missing."""
    targets: list[int] = field(default_factory=list)


def _pass(
    model: Model, images: Tensor, targets: Sequence[int] | None, names: Sequence[str], needs_gradient: bool
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
            logits = model.decide(model(pictures))
            seen.targets = _checked_targets(targets, logits)
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
    activations = seen.activations[name].cpu().numpy()
    if not METHODS[method].by_label:
        return _main_direction(activations)
    if name not in seen.gradients:
        raise ValueError(
            f"no gradient reaches layer '{name}': the decision does not depend on it, or it is cut off from it"
        )
    gradients = seen.gradients[name].cpu().numpy()
    cam = getattr(import_module("pytorch_grad_cam"), METHODS[method].formula)(model, [])
    values: np.ndarray = cam.get_cam_image(None, None, None, activations, gradients, False)
    return values.astype(np.float32)


def _main_direction(activations: np.ndarray) -> np.ndarray:
    """``(N, h, w)``: the centred activations along the channels' first principal direction.

    Departs: by the channels' covariance instead of a full SVD, whose left factor takes 630 MB for a 112 x 112 map; and
    the direction, free up to its sign, is turned towards larger activations.
    """
    flat = activations.reshape(*activations.shape[:2], -1).transpose(0, 2, 1)
    centred = flat - flat.mean(axis=1, keepdims=True)
    _, directions = np.linalg.eigh(centred.transpose(0, 2, 1).astype(np.float64) @ centred)
    along = np.einsum("npc,nc->np", centred, directions[:, :, -1])
    along *= np.where(np.einsum("np,npc->n", along, centred) < 0, -1.0, 1.0)[:, None]
    return along.reshape(activations.shape[0], *activations.shape[2:]).astype(np.float32)


def _upsampled(values: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """``(N, h, w)`` -> ``(N, H, W)``, bilinear."""
    return functional.interpolate(torch.from_numpy(values)[:, None], size, mode="bilinear", align_corners=False)[
        :, 0
    ].numpy()


def _in_forward_order(model: Model, layer: str | Sequence[str] | None) -> tuple[str, ...]:
    known = tuple(model.layers)
    wanted = known[-1:] if layer is None else (layer,) if isinstance(layer, str) else tuple(layer)
    unknown = [name for name in wanted if name not in known]
    if unknown or not wanted:
        raise ValueError(f"no layer '{unknown[0]}'{suggestion(unknown[0], known)}" if unknown else "name a layer")
    return tuple(name for name in known if name in wanted)


def _checked_targets(targets: Sequence[int] | None, logits: Tensor) -> list[int]:
    if targets is None:
        return [int(position) for position in logits.argmax(dim=1)]
    outside = [target for target in targets if not 0 <= target < logits.shape[1]]
    if outside:
        raise ValueError(f"targets must lie in 0 ... {logits.shape[1] - 1}, got {outside[0]}")
    return [int(target) for target in targets]


@contextmanager
def _eval_mode(model: nn.Module) -> Iterator[None]:
    """Eval mode inside; afterwards every submodule is in the mode it was in."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training
