"""Parts of a model that can be explained apart: the two encoders of a deviation, the two branches of a fusion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fer_core.backbones.deviation import FROZEN
from fer_core.heads import FusionHead
from fer_core.labels import suggestion

if TYPE_CHECKING:
    from fer_core.assembly import Model

DECISION = "decision"
FACE = "face"
"""Name of the deviation module's submodule that gives V_face."""


@dataclass(frozen=True)
class Branch:
    """One part of a model."""

    about: str
    layers: Mapping[str, tuple[str, ...]]
    """Names a caller may choose, in forward order -> the model's layers whose maps are summed."""
    output: str | None = None
    """The named logits that are explained; None: those of the decision."""

    def chosen(self, layer: str | Sequence[str] | None) -> tuple[tuple[str, ...], ...]:
        """The groups of model layers behind one name, several, or (None) the last.

        Raises:
            ValueError: an unknown name, or none at all.
        """
        known = tuple(self.layers)
        wanted = known[-1:] if layer is None else (layer,) if isinstance(layer, str) else tuple(layer)
        unknown = [name for name in wanted if name not in known]
        if unknown or not wanted:
            raise ValueError(f"no layer '{unknown[0]}'{suggestion(unknown[0], known)}" if unknown else "name a layer")
        return tuple(self.layers[name] for name in known if name in wanted)


def branches(model: Model) -> Mapping[str, Branch]:
    """What can be explained of a model, by name; the decision always, and first.

    Of ``V_state = V_face - V_id`` (paper A, section 2.1): ``v_face`` and ``v_id`` are the evidence that reaches the
    logit through either encoder, the minus before V_id included, so a positive value of ``v_id`` says that taking this
    part of the identity away speaks for the label; ``difference`` is the sum of both at one depth. Of FERMixNet's two
    branches (paper D, section 3.4): ``high`` and ``mid`` explain each branch's own logits.

    Args:
        model: From `assembly`.
    """
    names = tuple(model.layers)
    alone = {name: (name,) for name in names}
    found = {DECISION: Branch("the logit that decides", alone)}
    head = getattr(model, "head", None)
    inner = [name.partition(".")[2] for name in names if name.startswith(f"{FROZEN}.")]
    if inner and "v_state" in head.reads:  # type: ignore[union-attr]
        faces, people = ({f"{part}.{name}": (f"{part}.{name}",) for name in inner} for part in (FACE, FROZEN))
        found["v_face"] = Branch("evidence through V_face, what the face shows", faces)
        found["v_id"] = Branch("evidence through V_id, who it is, taken away", people)
        pairs = {name: (f"{FROZEN}.{name}", f"{FACE}.{name}") for name in inner}
        found["difference"] = Branch("both together: V_face minus V_id", pairs)
    if isinstance(head, FusionHead) and "mid" in names:
        place = names.index("mid")
        high = {name: one for name, one in alone.items() if name != "mid"}
        low = {name: one for name, one in alone.items() if names.index(name) <= place}
        found["high"] = Branch("the high-level branch's own logit", high, "high")
        found["mid"] = Branch("the mid-level branch's own logit", low, "mid")
    return found


def branch_of(model: Model, name: str | None) -> Branch:
    """One branch of a model; None is the decision.

    Raises:
        ValueError: the model has no such branch; names those it has.
    """
    known = branches(model)
    if (name or DECISION) not in known:
        raise ValueError(f"no branch '{name}'{suggestion(str(name), known)}")
    return known[name or DECISION]
