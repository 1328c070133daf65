"""The classroom: the whole application behind one code, for a network whose other computers nobody vouches for.

`fer app --classroom` makes the code, prints it and hands it down in the environment; `guards` puts the `Door` before
everything else that the server answers: pages, their connection, uploads, pictures, static files.
"""

from __future__ import annotations

import functools
import os

from starlette.middleware import Middleware

from app.classroom.door import Door, plain_code

CODE = "FER_CLASSROOM_CODE"
"""Environment variable with the code; without it there is no door."""

SHORTEST = 6
"""Letters and digits that a code must have: a shorter one could be found by trying."""


def guards() -> list[Middleware]:
    """The door, where a code was given; otherwise nothing.

    Raises:
        ValueError: the code is too short to keep anybody out.
    """
    code = _code()
    if code is None:
        return []
    if len(plain_code(code)) < SHORTEST:
        raise ValueError(f"${CODE} must have at least {SHORTEST} letters and digits; `fer app --classroom` makes one")
    return [Middleware(Door, code=code)]


@functools.cache
def _code() -> str | None:
    # Taken out, so that no training that a page starts inherits it; remembered, so that a second reading of
    # app/main.py does not come without a door.
    return os.environ.pop(CODE, None)
