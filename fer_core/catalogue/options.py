"""What the options of every backbone have in common."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from fer_core.parts import Options

Width = Annotated[int, Field(ge=1, le=4096)]


class BackboneOptions(Options):
    """What every backbone tells about itself without torch."""

    usual: ClassVar[int] = 224
    """Rows and columns of the pictures it was published for."""

    @property
    def smallest(self) -> int:
        """Rows and columns a picture must have at least: one whole cell of the last map, and work for every pooling."""
        return 32

    @property
    def spaces(self) -> tuple[str, ...]:
        """Names of the embeddings that the backbone returns."""
        return ("v_face", "mid") if getattr(self, "mid", False) else ("v_face",)
