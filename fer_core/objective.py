"""The objective of a training: model and loss as one unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn

from fer_core.contracts import Backbone, Features, Head, Loss, Term, View


class Objective(nn.Module):
    """Views in, weighted sum of the planned terms out: the one unit that data parallelism and compilation wrap.

    The loop around it knows neither mixing nor head nor loss nor penalty.
    """

    def __init__(self, model: nn.Module, loss: Loss, penalty: nn.Module | None = None) -> None:
        """A model and how it is judged.

        Args:
            model: Has ``backbone`` and ``head`` by their contracts.
            loss: Judges one term's logits.
            penalty: Judges a pass's features, see `fer_core.penalties`; what it learns is no part of the model.
        """
        super().__init__()
        self.model = model
        self.loss = loss
        self.penalties = nn.ModuleList([] if penalty is None else [penalty])

    def learned(self) -> list[dict[str, Any]]:
        """The optimiser's groups: the model's trainable parameters, and a penalty's own.

        The latter carry the penalty's ``speed``: at which multiple of the model's learning rate they learn.
        """
        groups: list[dict[str, Any]] = [{"params": [one for one in self.model.parameters() if one.requires_grad]}]
        for penalty in self.penalties:
            own = list(penalty.parameters())
            groups += [{"params": own, "speed": penalty.speed}] if own else []
        return groups

    def forward(self, views: Sequence[View]) -> tuple[Tensor, Mapping[str, Tensor]]:
        """The total ``()`` with gradient, and each term's unweighted loss ``()`` by role, detached.

        A penalty counts in every pass by the weights of its terms; ``penalty`` in the log is what it measured there.
        """
        backbone, head = cast(Backbone, self.model.backbone), cast(Head, self.model.head)
        total: Tensor | None = None
        log: dict[str, Tensor] = {}
        for view in views:
            features = backbone(view.images, view.frozen)
            whole = head(features) if any(term.at == "image" for term in view.terms) else {}
            for term in view.terms:
                logits = whole if term.at == "image" else head(blend_space(features, term, head.reads))
                value = self.loss(logits, term.targets)
                log[term.role] = value.detach()
                total = term.weight * value if total is None else total + term.weight * value
            for penalty in self.penalties if view.terms else ():
                value, log["penalty"] = penalty(features, view)
                total = cast(Tensor, total) + sum(term.weight for term in view.terms) * value
        if total is None:
            raise ValueError("a training step needs at least one term, the mixing planned none")
        return total, log


def blend_space(features: Features, term: Term, reads: Sequence[str]) -> Features:
    """The features with one space blended among the pass's rows, e.g. V_state (paper A, Fig. 5b).

    Args:
        features: Of the M pictures that the pass shows.
        term: What is blended, and where.
        reads: The head's spaces.

    Raises:
        ValueError: the backbone has no such space, or the head does not read it first.
    """
    if term.at not in features.spaces:
        raise ValueError(f"the mixing blends at '{term.at}', this backbone has {', '.join(sorted(features.spaces))}")
    if term.at != reads[0]:
        raise ValueError(
            f"the mixing blends at '{term.at}', this head reads '{reads[0]}'; set head.space to {term.at}, "
            "or what is blended would not be judged"
        )
    space = features.spaces[term.at]
    lam = term.lam.to(space.dtype).unsqueeze(1) if term.lam is not None else torch.ones(1, 1, device=space.device)
    blended = lam * space[term.main] + (1 - lam) * space[term.partner]
    return Features({**features.spaces, term.at: blended}, features.maps)
