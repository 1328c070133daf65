"""`fer data person`: one synthetic person set up by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fer_core.cli.answers import Answer, table


def person(
    out: Annotated[Path | None, typer.Option(help="Write the picture: a PNG.")] = None,
    number: Annotated[int, typer.Option(min=0, help="Whom: 0 is p0000.")] = 0,
    session: Annotated[int, typer.Option(min=0, help="In which session: hair, clothes, light, camera.")] = 0,
    state: Annotated[str, typer.Option(help="A state of drowsiness or an expression.")] = "Awake",
    at: Annotated[float, typer.Option(min=0, help="Seconds into the recording.")] = 1.4,
    seed: Annotated[int, typer.Option(min=0, help="Another seed gives other people.")] = 0,
    size: Annotated[int, typer.Option(min=32, max=1024, help="Pixels a side.")] = 320,
    factors: Annotated[
        str, typer.Option("--set", help="Factors of one's own, e.g. lid_left=0.1,lid_right=0.1,yaw=0.3,glasses=1.")
    ] = "",
) -> Answer:
    """Draw one person who does not exist, any factor set by hand, and tell all that is true of the picture.

    Raises:
        FileNotFoundError: there is no folder to write into.
        ValueError: an unknown state or factor, or a value that cannot be drawn.
    """
    from fer_core.data.people.portrait import Portrait, read_changes
    from fer_core.data.people.sheet import write_png

    wanted = Portrait(number, session, state, at, seed, size, read_changes(factors))
    if out is not None and not out.absolute().parent.is_dir():
        raise FileNotFoundError(f"there is no folder {out.parent} to write {out.name} into")
    picture, truth = wanted.draw()
    true = truth.document()
    document = {
        "person": number,
        "session": session,
        "state": state,
        "at": at,
        "seed": seed,
        "size": size,
        "synthetic": True,
        "factors": wanted.factors(),
        "truth": true,
        "picture": out,
    }
    if out is not None:
        write_png(out, picture)
    rows = [[name, value if isinstance(value, str) else _written(value)] for name, value in true.items()]
    written = f"\nWritten: {out}" if out is not None else ""
    return Answer(document, f"A synthetic person, p{number:04d}: nobody.\n\n{table(['true of it', ''], rows)}{written}")


def _written(value: float | list[float]) -> str:
    return ", ".join(f"{one:.3f}" for one in (value if isinstance(value, list) else [value]))
