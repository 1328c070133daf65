"""The only place that builds models from recipes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from fer_core.catalogue import BACKBONES, HEADS, LOSSES, MIXINGS, PENALTIES
from fer_core.contracts import Features, Loss, Mixing
from fer_core.preprocessing import luminance, standardised
from fer_core.pretrained.frozen import frozen_path, frozen_why_not
from fer_core.pretrained.store import where
from fer_core.recipe import Recipe, check_recipe
from fer_core.seeds import INITIALISATION, PENALTY, torch_seed
from fer_core.start import take_over
from fer_core.weights import load_weights

if TYPE_CHECKING:
    from fer_core.runs import Run


class Model(nn.Module):
    """A backbone and a head."""

    def __init__(self, backbone: nn.Module, head: nn.Module, labels: Sequence[str]) -> None:
        """A model from its parts.

        Args:
            backbone: By the `Backbone` contract.
            head: By the `Head` contract.
            labels: K names in the order of the logits.
        """
        super().__init__()
        self.backbone = backbone
        self.head = head
        self.labels = tuple(labels)

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of the submodules worth explaining, in forward order."""
        return tuple(self.backbone.layers)  # type: ignore[arg-type]

    def layer(self, name: str) -> nn.Module:
        """The submodule of a name in `layers`.

        Raises:
            ValueError: no such layer.
        """
        if name not in self.layers:
            raise ValueError(f"no layer '{name}'; choose one of {', '.join(self.layers)}")
        return self.backbone.get_submodule(name)

    def features(self, images: Tensor, frozen: Mapping[str, Tensor] | None = None) -> Features:
        """Spaces and maps of ``(N, 3, H, W)`` normalised pictures."""
        return self.backbone(images, frozen)

    def frozen(self, images: Tensor) -> Mapping[str, Tensor]:
        """Spaces ``(N, D)`` that no training changes, of ``(N, 3, H, W)`` normalised pictures: ``v_id``, or none.

        What is computed here once may be given to `features` and `forward` for any view of the same pictures.
        """
        frozen = getattr(self.backbone, "frozen", None)
        return {} if frozen is None else frozen(images)

    def forward(self, images: Tensor, frozen: Mapping[str, Tensor] | None = None) -> Mapping[str, Tensor]:
        """Named logits ``(N, K)`` of ``(N, 3, H, W)`` normalised pictures."""
        return self.head(self.features(images, frozen))

    def decide(self, logits: Mapping[str, Tensor]) -> Tensor:
        """``(N, K)``: the logits whose softmax is the model's answer."""
        return self.head.decide(logits)  # type: ignore[operator]


def build_model(recipe: Recipe) -> Model:
    """A model at its start: what no run or file gives depends on the recipe's seed only.

    Torch's global generator is left as it was.

    Raises:
        FileNotFoundError: the run or file it starts from is not there.
        ValueError: it cannot be started from; says why.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(torch_seed(recipe.seed, INITIALISATION))
        backbone = BACKBONES.build(recipe.backbone)
        head = HEADS.build(recipe.head, dimensions=backbone.dimensions, classes=len(recipe.labels))
        model = Model(backbone, head, recipe.labels)
        if recipe.start.run is not None:
            take_over(model, recipe)
    return model.to(memory_format=torch.channels_last)


def build_loss(recipe: Recipe) -> Loss:
    """The recipe's loss."""
    return LOSSES.build(recipe.loss)


def build_mixing(recipe: Recipe) -> Mixing:
    """The recipe's mixing."""
    return MIXINGS.build(recipe.mixing)


def build_penalty(recipe: Recipe, model: Model) -> nn.Module | None:
    """The recipe's penalty on the model's features, at its start; None where there is none or it weighs nothing.

    Torch's global generator is left as it was.
    """
    if not recipe.penalty.options.acts:
        return None
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(torch_seed(recipe.seed, PENALTY))
        return PENALTIES.build(recipe.penalty, dimensions=model.backbone.dimensions)


def load_model(run: Run, device: torch.device | str = "cpu") -> Model:
    """A finished run's model in eval mode.

    Raises:
        ValueError: the run cannot be used (unfinished, damaged, or its weights do not fit its recipe); says why.
    """
    if not run.usable:
        raise ValueError(f"run {run.name} cannot be used: {run.why_not}")
    return model_of(run, device)


def model_of(run: Run, device: torch.device | str = "cpu") -> Model:
    """`load_model` without asking whether the training has ended: its last act judges the exported weights.

    Raises:
        ValueError: the weights are damaged or do not fit the recipe, or a frozen part has changed.
    """
    frozen = run.info.get("frozen", {})
    broken = frozen_why_not(frozen, whole=True)
    if broken:
        raise ValueError(f"run {run.name} cannot be used: {broken}")
    identity = frozen_path(str(frozen["v_id"]["file"])) if "v_id" in frozen else None
    recipe = without_pretrained(run.recipe, run.name, identity)
    state, _ = load_weights(run.path / "weights.safetensors")
    model = build_model(recipe)
    try:
        model.load_state_dict(state)
    except RuntimeError as error:
        first = str(error).strip().splitlines()
        raise ValueError(
            f"the weights of run {run.name} do not fit its recipe: {' '.join(first[1:2] or first[:1]).strip()}"
        ) from None
    return model.eval().to(device)


def without_pretrained(plain: Mapping[str, Any], source: str, identity: Path | None = None) -> Recipe:
    """A run's recipe without the files or run its training began from: the run's own weights replace them.

    Args:
        plain: The recipe as plain data.
        source: Named in errors.
        identity: File of the frozen Identity Model, which no run holds itself; None: a random one.
    """
    plain = {key: value for key, value in plain.items() if key != "start"}
    backbone = plain.get("backbone")
    if isinstance(backbone, Mapping) and backbone.get("weights") is not None:
        plain = {**plain, "backbone": {**backbone, "weights": None}}
    if isinstance(backbone, Mapping) and "identity" in backbone:
        plain = {**plain, "backbone": {**backbone, "identity": None if identity is None else str(identity)}}
    return check_recipe(plain, source)


def without_start(recipe: Recipe) -> Recipe:
    """A recipe whose weights come from a resume file, but whose frozen Identity Model still from its own."""
    word = getattr(recipe.backbone.options, "identity", None)
    identity = None if word is None else where(recipe.backbone.options.part.kind, word)
    return without_pretrained(recipe.plain(), recipe.name, identity)


def normaliser(preprocessing: Mapping[str, Any], device: torch.device | str = "cpu") -> Any:
    """The function from crops to the network's input.

    Args:
        preprocessing: A run's ``preprocessing`` section.
        device: Where the result lies.

    Returns:
        ``(N, S, S, 3)`` or grey ``(N, S, S)`` uint8 -> ``(N, 3, S, S)`` float32 normalised.
    """
    mean = torch.tensor(preprocessing["mean"], device=device).reshape(3, 1, 1)
    std = torch.tensor(preprocessing["std"], device=device).reshape(3, 1, 1)

    def normalise(crops: np.ndarray) -> Tensor:
        if crops.ndim == 4 and preprocessing["grey"]:
            crops = luminance(crops)
        pixels = torch.from_numpy(np.array(crops)).to(device)
        pixels = pixels.unsqueeze(1) if pixels.ndim == 3 else pixels.permute(0, 3, 1, 2)
        images = pixels.float() / 255
        # Runs from before this setting do not name it.
        images = standardised(images) if preprocessing.get("standardise", False) else images
        return ((images - mean) / std).contiguous(memory_format=torch.channels_last)

    return normalise


def pick_device(name: str) -> torch.device:
    """``auto``, ``cpu`` or ``cuda`` as a device.

    Raises:
        ValueError: another word, or a GPU that is not there.
    """
    if name not in ("auto", "cpu", "cuda"):
        raise ValueError(f"device must be auto, cpu or cuda, got '{name}'")
    if name == "cuda" and not torch.cuda.is_available():
        raise ValueError("no GPU that torch can use is on this machine; use --device cpu or auto")
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")
