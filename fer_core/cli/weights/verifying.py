"""`fer weights verify`."""

from __future__ import annotations

from typing import Annotated

import typer

from fer_core.cli.answers import DONE, FAILED, Answer, table


def verify(
    name: Annotated[str | None, typer.Argument(help="A name of fer weights list; default: all that are here.")] = None,
) -> Answer:
    """Read weights again and compare their SHA-256 with what it was: equal, changed or missing.

    Raises:
        ValueError: no such name.
        FileNotFoundError: the named weights are not on this machine.
    """
    from fer_core.pretrained.known import KNOWN, known
    from fer_core.pretrained.store import absent, file_state, own_encoders, state_of

    encoders = {one: path for one, path in own_encoders().items() if name in (None, one)}
    asked = list(KNOWN.values()) if name is None else [] if name in encoders else [known(name)]
    rows = [{"name": row.name, **state_of(row, recompute=True)} for row in asked]
    rows += [{"name": one, **file_state(path, recompute=True)} for one, path in encoders.items()]
    if name is not None and rows[0]["state"] == "missing":
        raise FileNotFoundError(absent(asked[0]))
    changed = [row["name"] for row in rows if row["state"] == "changed"]
    advice = "remove the file and fetch, import or pre-train it again"
    return Answer(
        {"equal": not changed, "weights": rows},
        table(
            ["name", "state", "SHA-256", "file"],
            [[row[key] for key in ("name", "state", "sha256", "path")] for row in rows],
        ),
        code=FAILED if changed else DONE,
        complaint=f"{', '.join(changed)} changed; {advice}" if changed else None,
    )
