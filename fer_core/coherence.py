"""Whether the sections of a recipe fit each other. Torch-free, like the recipe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fer_core.framing import FRAMINGS
from fer_core.labels import suggestion
from fer_core.parts import Choice
from fer_core.sections import Preprocessing


def contradictions(fields: Mapping[str, Any]) -> list[str]:
    """What no section of a recipe can see alone, one sentence each.

    Args:
        fields: Every section by name, checked by itself; None where it has mistakes of its own.
    """
    mistakes = []
    preprocessing, optimisation, schedule = fields["preprocessing"], fields["optimisation"], fields["schedule"]
    if preprocessing and preprocessing.framing not in FRAMINGS:
        mistakes.append(
            f"unknown preprocessing.framing '{preprocessing.framing}'{suggestion(preprocessing.framing, FRAMINGS)}"
        )
    if optimisation and schedule and schedule.kind == "onecycle" and optimisation.patience:
        mistakes.append(
            "optimisation.patience: early stopping would cut a onecycle schedule short of its low rates; "
            "set patience to 0 or choose another schedule"
        )
    if (
        optimisation
        and schedule
        and optimisation.select == "last"
        and (optimisation.patience or schedule.kind == "plateau")
    ):
        mistakes.append(
            "optimisation.select 'last' watches no validation figure; early stopping and the plateau schedule need one"
        )
    mistakes += _too_small(preprocessing, fields["backbone"])
    begin, backbone = fields["start"], fields["backbone"]
    if begin and begin.run and getattr(backbone and backbone.options, "weights", None):
        mistakes.append("start.run replaces what backbone.weights gives; set one of the two to null")
    mistakes += _penalised(backbone, fields["penalty"])
    return mistakes + _spaces(*(fields[name] for name in ("backbone", "head", "loss", "mixing")))


def _too_small(preprocessing: Preprocessing | None, backbone: Choice | None) -> list[str]:
    """Whether the backbone has work for all of its layers in pictures of this size."""
    if not (preprocessing and backbone) or preprocessing.size >= backbone.options.smallest:
        return []
    return [
        f"preprocessing.size {preprocessing.size} is too small for backbone {backbone.kind}, "
        f"which needs pictures of at least {backbone.options.smallest} pixels"
    ]


def _penalised(backbone: Choice | None, penalty: Choice | None) -> list[str]:
    """Whether the penalty finds V_id, and the space that shall not know it."""
    space = getattr(penalty and penalty.options, "space", None)
    if not (backbone and penalty) or space is None:
        return []
    there: tuple[str, ...] = backbone.options.spaces
    if "v_id" not in there:
        return [
            f"penalty.kind '{penalty.kind}' reads V_id, which backbone {backbone.kind} does not return; deviation does"
        ]
    if space == "v_id":
        return ["penalty.space: V_id is frozen, no penalty changes it; set it to v_state or v_face"]
    if space not in there:
        return [f"penalty.space: backbone {backbone.kind} returns no space '{space}'{suggestion(space, there)}"]
    return []


def _spaces(backbone: Choice | None, head: Choice | None, loss: Choice | None, mixing: Choice | None) -> list[str]:
    """Whether backbone, head, loss and mixing speak of the same spaces."""
    if not (backbone and head and loss):
        return []
    mistakes = []
    if (head.kind == "fusion") != (loss.kind == "fusion"):
        mistakes.append(f"head.kind '{head.kind}' and loss.kind '{loss.kind}': fusion is of both or of neither")
    there: tuple[str, ...] = backbone.options.spaces
    reads = {key: value for key, value in head.options.model_dump().items() if key in ("space", "high", "mid")}
    has_mid = getattr(backbone.options, "mid", None)
    for key, space in reads.items():
        if space == "mid" and "mid" not in there:
            cure = "set backbone.mid to true" if has_mid is not None else "resnet18 with backbone.mid true does"
            mistakes.append(f"the head reads the space 'mid', which backbone {backbone.kind} does not return; {cure}")
        elif space not in there:
            mistakes.append(
                f"head.{key}: backbone {backbone.kind} returns no space '{space}'{suggestion(space, there)}"
            )
    if has_mid and "mid" not in reads.values():
        mistakes.append("backbone.mid adds a branch that the head does not read; set head.kind to fusion")
    at = getattr(mixing and mixing.options, "at", "image")
    if at != "image" and at not in reads.values():
        mistakes.append(f"mixing.at: the head does not read '{at}', so nothing would be blended there; set it to image")
    return mistakes
