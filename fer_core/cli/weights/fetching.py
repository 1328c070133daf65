"""`fer weights fetch`."""

from __future__ import annotations

from typing import Annotated

import typer

from fer_core.cli.answers import Answer
from fer_core.cli.weights.wording import taken_in


def fetch(
    name: Annotated[str, typer.Argument(help="A name of fer weights list.")],
    replace: Annotated[bool, typer.Option("--replace", help="Take the place of what is here.")] = False,
) -> Answer:
    """Download known weights from their publisher, check their SHA-256, and take them into the store.

    Nothing that broke off or differs is used; a download that broke off is gone on with the next time.

    Raises:
        ValueError: no such name, or no direct address is known.
        FileExistsError: they are here already.
    """
    from fer_core.pretrained.fetching import fetch_weights
    from fer_core.pretrained.known import known

    row = known(name)
    return Answer(*taken_in(row, fetch_weights(row, replace)))
