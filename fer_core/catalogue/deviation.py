"""The options of the deviation backbone, a backbone of a backbone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import ValidationError, field_validator

from fer_core.catalogue.options import BackboneOptions
from fer_core.parts import Choice

ENCODERS = ("facenet", "compact")
"""Backbones whose ``v_face`` can have length 1."""


class DeviationOptions(BackboneOptions):
    """V_state = V_face - V_id: a trained Face Model minus a frozen Identity Model of the same start (paper A)."""

    usual: ClassVar[int] = 160

    encoder: Mapping[str, Any] = {"kind": "facenet"}
    """The backbone that both models are, with its options: InceptionResnetV1 in paper A (section 2.1)."""
    identity: str | None = "vggface2"
    """The weights of both models at the start, and of the Identity Model for ever: by what they were trained on, by
    the name that `fer pretrain` gave them, or a path. None: random, to count costs; no training takes it."""

    @field_validator("encoder", mode="after")
    @classmethod
    def _an_encoder(cls, value: Mapping[str, Any]) -> Mapping[str, Any]:
        return _chosen(value).plain()

    @property
    def part(self) -> Choice:
        """The encoder with its checked options."""
        return _chosen(self.encoder)

    @property
    def smallest(self) -> int:
        """The encoder's."""
        smallest: int = self.part.options.smallest
        return smallest

    @property
    def spaces(self) -> tuple[str, ...]:
        """All three are D wide."""
        return ("v_face", "v_id", "v_state")


def _chosen(value: Mapping[str, Any]) -> Choice:
    from fer_core.catalogue.backbones import BACKBONES  # which names this part

    kind = value.get("kind")
    if kind not in ENCODERS:
        raise ValueError(f"encoder.kind must be one of {', '.join(ENCODERS)}, which can give lengths of 1")
    try:
        options = BACKBONES[kind].options.model_validate({key: one for key, one in value.items() if key != "kind"})
    except ValidationError as error:
        wrong = [f"encoder.{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
        raise ValueError("; ".join(wrong)) from None
    if getattr(options, "weights", None) is not None:
        raise ValueError("encoder.weights: both models begin from backbone.identity; leave it out")
    if getattr(options, "mid", False):
        raise ValueError("encoder.mid: an encoder has one embedding; leave it out")
    if getattr(options, "embedding", 1) == 0:
        raise ValueError("encoder.embedding: both models need an embedding of length 1; set it to its size, e.g. 128")
    return Choice(kind, options)
