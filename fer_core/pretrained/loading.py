"""Pre-trained weights in the names of our backbones: the one function that backbones call."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from fer_core.pretrained.names import our_names
from fer_core.pretrained.store import unchanged, where
from fer_core.weights import load_weights

_NESTS = ("state_dict", "model_state_dict", "net", "model")
"""Where published files keep their state dict, if not at the top: the FER community, Lightning, the RMN's authors."""


def load_pretrained(backbone: nn.Module, architecture: str, weights: str, fresh: Sequence[str] = ()) -> None:
    """Fills a backbone with `pretrained_state`, every tensor or none.

    Call it before the backbone gets anything of its own (a mid-level branch).

    Args:
        backbone: By the names that `pretrained_state` gives.
        architecture: See `pretrained_state`.
        weights: See `pretrained_state`.
        fresh: Beginnings of names that may keep their random start.

    Raises:
        FileNotFoundError: see `pretrained_state`.
        ValueError: see `pretrained_state`; or the tensors do not fit.
    """
    state = pretrained_state(architecture, weights)
    expected = backbone.state_dict()
    misfit = why_not(state, {key: tuple(value.shape) for key, value in expected.items()}, fresh)
    if misfit:
        raise ValueError(f"weights {weights} do not fit {architecture}: {misfit}")
    backbone.load_state_dict(state, strict=False)


def why_not(
    state: Mapping[str, Tensor], expected: Mapping[str, tuple[int, ...]], fresh: Sequence[str] = ()
) -> str | None:
    """Why a state dict does not fit, naming the first tensors; None where each fits.

    Args:
        state: What is there.
        expected: Shapes by name.
        fresh: Beginnings of names that may be missing, all of a kind together.
    """
    spared = tuple(one for one in fresh if not any(key.startswith(one) for key in state))
    missing = [key for key in expected if key not in state and not key.startswith(spared)]
    unexpected = [key for key in state if key not in expected]
    wrong = [key for key in state if key in expected and tuple(state[key].shape) != tuple(expected[key])]
    broken = [key for key, value in state.items() if not value.isfinite().all()]
    said = []
    for what, names in (("missing", missing), ("unexpected", unexpected), ("not finite", broken)):
        if names:
            said.append(f"{len(names)} {what} ({', '.join(names[:3])}{' ...' if len(names) > 3 else ''})")
    if wrong:
        first = wrong[0]
        shapes = f"{tuple(state[first].shape)}, not {tuple(expected[first])}"
        said.append(f"{len(wrong)} of another shape ({first}: {shapes})")
    return "; ".join(said) or None


def pretrained_state(architecture: str, weights: str) -> dict[str, Tensor]:
    """A state dict that a backbone starts from, in the backbone's own names and without a classifier.

    Backbones call `load_pretrained`, which also says in words what does not fit. How a published file's names become
    ours is a row of `names.RULES`; an architecture without a row keeps the published names (only ``module.`` goes).

    Args:
        architecture: The backbone's name in the table: ``facenet``, ``resnet18`` ...
        weights: What they were trained on, as `known.KNOWN` lists it (``imagenet``, ``vggface2``, ``msceleb`` ...), or
            the path of a published or imported file. Nothing is downloaded.

    Raises:
        FileNotFoundError: not on this machine; the sentence names the command that gets it.
        ValueError: the file has changed, is damaged, or cannot be loaded safely; or no such weights are known.
    """
    path = where(architecture, weights)
    unchanged(path)
    if path.suffix == ".safetensors":
        state, metadata = load_weights(path)
        made_for = metadata.get("architectures")
        if made_for is None:  # another program's file
            return our_names(architecture, state)
        if architecture not in made_for:
            raise ValueError(f"{path} holds weights of {made_for[0]}, not of {architecture}")
        return state
    return our_names(architecture, read_foreign(path))


def read_foreign(path: Path) -> dict[str, Tensor]:
    """The state dict in a published ``.pth``, loaded without running anything in it.

    Args:
        path: A file of ``torch.save``: a state dict, or one inside ``state_dict``, ``model_state_dict``, ``net`` or
            ``model``.

    Returns:
        Names without ``module.``, which data parallelism put before them.

    Raises:
        ValueError: it holds no state dict, or more than tensors and plain values.
    """
    try:
        with warnings.catch_warnings(action="ignore"):  # about pickles of other versions: the answer is one sentence
            found: Any = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises whatever the broken zip or pickle made it stumble over
        raise ValueError(f"{path} is no state dict that can be loaded safely ({type(error).__name__})") from error
    nest = next(
        (found[key] for key in _NESTS if isinstance(found, Mapping) and isinstance(found.get(key), Mapping)), found
    )
    tensors = nest if isinstance(nest, Mapping) else {}
    state = {str(key).removeprefix("module."): value for key, value in tensors.items() if isinstance(value, Tensor)}
    if not state:
        raise ValueError(f"{path} holds no state dict")
    return state
