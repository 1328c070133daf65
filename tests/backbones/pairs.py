"""Every backbone, narrow where it can be, with every head and loss that a recipe allows beside it."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from fer_core.assembly import Model, build_loss
from fer_core.catalogue import BACKBONES, HEADS, LOSSES
from fer_core.recipe import Recipe, RecipeError, check_recipe

SMALL = {
    "compact": {"stem": 8, "widths": [8, 16], "blocks": [1, 2]},
    "deviation": {
        "encoder": {"kind": "compact", "stem": 8, "widths": [8, 16], "blocks": [1, 1], "embedding": 8},
        "identity": None,
    },
    "masking": {"widths": [4, 8, 12, 16], "blocks": [1, 2, 1, 1]},
    "vgg16": {"hidden": 8},
    "vgg19": {"hidden": 8},
}
"""What keeps tests quick; all else stands at its default."""


def smallest(kind: str) -> int:
    """Rows and columns of the smallest pictures that a recipe allows; 16 are the least of any."""
    return max(16, BACKBONES[kind].options(**SMALL.get(kind, {})).smallest)


def recipe(kind: str, **sections: object) -> Recipe:
    """A backbone's recipe at the smallest legal input."""
    options = {"kind": kind, **SMALL.get(kind, {}), **sections.pop("options", {})}
    return check_recipe({"name": kind, "preprocessing": {"size": smallest(kind)}, "backbone": options, **sections})


def allowed() -> Iterator[tuple[str, Recipe]]:
    """Each backbone and head with the first loss, and with or without the mid-level branch, that a recipe allows."""
    for kind in BACKBONES.names():
        for head in HEADS.names():
            for loss in LOSSES.names():
                for options in ({}, {"mid": True}):
                    try:
                        yield kind, recipe(kind, head=head, loss=loss, options=options)
                    except RecipeError:
                        continue
                    break
                else:
                    continue
                break


def step(model: Model, whole: Recipe) -> torch.Tensor:
    """One step of SGD on two pictures; their gradients are kept, and they are returned."""
    side = whole.preprocessing.size
    images = torch.rand(2, 3, side, side, generator=torch.Generator().manual_seed(0))
    images = images.contiguous(memory_format=torch.channels_last)
    model.train().zero_grad()
    build_loss(whole)(model(images), torch.eye(len(whole.labels))[:2]).backward()
    # BatchNorm over two values, as the smallest inputs leave them, makes gradients that a plain step would not survive.
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    torch.optim.SGD([one for one in model.parameters() if one.requires_grad], lr=1e-3).step()
    return images
