"""`fer weights import`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fer_core.cli.answers import Answer
from fer_core.cli.weights.wording import taken_in


def take_in(
    name: Annotated[str, typer.Argument(help="A name of fer weights list.")],
    file: Annotated[Path, typer.Argument(help="The published file, as its authors made it (.pth, .pt).")],
    replace: Annotated[bool, typer.Option("--replace", help="Take the place of what is here.")] = False,
) -> Answer:
    """Take a published file that you have into the store: loaded safely, every tensor checked, nothing run.

    Raises:
        FileNotFoundError: no such file.
        FileExistsError: these weights are here already.
        ValueError: no such name, not the published file, or it does not fit our backbone.
    """
    from fer_core.pretrained.importing import import_weights
    from fer_core.pretrained.known import known

    row = known(name)
    return Answer(*taken_in(row, import_weights(row, file, replace)))
