"""What a recipe's model costs: its parameters, and the multiply-accumulates of one picture.

Counted on torch's meta device, which knows shapes only: no memory, no weights, no arithmetic.

One multiply-accumulate is one product that is added to a sum: of convolutions, transposed convolutions, fully connected
layers and other matrix products, and of BatchNorm, whose scale and shift is one for every value. Biases, activations,
poolings, sums, products of maps, interpolation and softmax are not counted. So ResNet18 with seven classes has 1.82 and
FERMixNet's 1.83 billion at 224 x 224, as paper D prints (Table 1); without BatchNorm it would be 1.81 and 1.83.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from fer_core.assembly import build_model, without_pretrained
from fer_core.catalogue import BACKBONES
from fer_core.recipe import Recipe, check_recipe


@dataclass(frozen=True)
class Costs:
    """Of one model."""

    parameters: int
    """Numbers that are stored and learned, frozen ones included; BatchNorm's running statistics are none."""
    multiply_accumulates: int
    """Of one picture in eval mode; see the top of this file."""


def costs(recipe: Recipe) -> Costs:
    """The costs of a recipe's model, at its ``preprocessing.size`` and with its number of labels.

    Raises:
        ValueError: the parts do not fit together.
    """
    side = recipe.preprocessing.size
    with torch.device("meta"):
        model = build_model(without_pretrained(recipe.plain(), recipe.name)).eval()
    counter = FlopCounterMode(display=False, custom_mapping={torch.ops.aten.native_batch_norm: _normalised})
    with torch.no_grad(), counter:
        model(torch.empty(1, 3, side, side, device="meta"))
    parameters = sum(one.numel() for one in model.parameters())
    return Costs(parameters, counter.get_total_flops() // 2)


def costs_of_backbone(name: str) -> Costs:
    """The costs of a backbone with its default options, a linear head and seven classes, at its usual size.

    Raises:
        ValueError: there is no such backbone.
    """
    size = BACKBONES[name].options().usual  # type: ignore[attr-defined]
    return costs(check_recipe({"name": name, "backbone": name, "preprocessing": {"size": size}}, name))


def _normalised(shape: Any, *others: Any, **named: Any) -> int:
    """Two operations for each value of a map ``(N, C, H, W)``: torch counts operations, we pairs of them."""
    return 2 * torch.Size(shape).numel()
