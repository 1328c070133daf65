"""The lists of occluded and turned faces that RAN published: which pictures of a data set's test split, coded how.

Three data sets are named in them, each in its own coding, which a row's name gives away:

- RAF-DB: ``test_0003_aligned 3 4`` and ``0/test_0004_aligned.jpg``; the code is RAF-DB's less one.
- FERPlus: ``1_fer0034656.png 8 0``, ``0/fer0032226.jpg`` (though the pictures are .png) and ``7/fer0032220 6``; codes
  in the order of FERPlus's vote columns.
- AffectNet: ``val/0/<hash>/``, ``0/<hash>.jpg``, ``7/<hash>/8.jpg`` and ``7/<hash> 1``; AffectNet's own codes.

In an occlusion list the last number tells kinds of occlusion apart; what it stands for was never published, so it is
kept as ``list_type`` without a meaning.

Source: Wang et al. 2020, "Region Attention Networks for Pose and Occlusion Robust Facial Expression Recognition",
https://github.com/kaiwang960112/Challenge-condition-FER-dataset; used by paper D, section 4.1.4.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from fer_core.data.files import text_stream
from fer_core.labels import AFFECTNET_CODES, FERPLUS_CODES, RAFDB_CODES

_RAN_RAFDB: Mapping[int, str] = {code - 1: label for code, label in RAFDB_CODES.items()}

_FORMS: tuple[tuple[str, Mapping[int, str], re.Pattern[str]], ...] = tuple(
    (family, codes, re.compile(form, re.IGNORECASE))
    for family, codes, form in (
        # RAF-DB's own list, "test_0003.jpg 4", codes otherwise and must not fit.
        ("RAF-DB", _RAN_RAFDB, r"(?P<name>(?:test|train)_\d+)_aligned\s+(?P<code>\d{1,9})\s+(?P<type>\d+)"),
        ("RAF-DB", _RAN_RAFDB, r"(?P<code>\d{1,9})/(?P<name>(?:test|train)_\d+)_aligned\.\w+"),
        ("FERPlus", FERPLUS_CODES, r"(?P<code>\d{1,9})_(?P<name>fer\d{7})\.\w+\s+\d+\s+(?P<type>\d+)"),
        ("FERPlus", FERPLUS_CODES, r"(?P<code>\d{1,9})/(?P<name>fer\d{7})(?:\.\w+)?(?:\s+\d+)?"),
        (
            "AffectNet",
            AFFECTNET_CODES,
            r"(?:\w+/)?(?P<code>\d{1,9})/(?P<name>[0-9a-f]{56})(?:/(?:\d+\.\w+)?|\.\w+)?(?:\s+\d+)?",
        ),
    )
)

_NAME = re.compile(r"(?:test|train)_\d+|fer\d{7}|[0-9a-f]{56}", re.IGNORECASE)


@dataclass(frozen=True)
class Listed:
    """One row of a list."""

    row: int
    """As an editor counts."""
    text: str
    """As it stands there."""
    name: str
    """The picture's own, lower-case, without folder, ``_aligned`` and ending."""
    label: str
    type: str | None
    """The list's own code of the occlusion; None where it has none."""


def read_list(content: bytes, file: str) -> tuple[str, tuple[Listed, ...]]:
    """A list's data set and its rows, repeated ones included; blank rows are passed over.

    Args:
        content: The list.
        file: For the error sentences.

    Raises:
        ValueError: a row in none of the known forms, of another data set than the first, or with an unknown code; or
            no row at all.
    """
    family, rows = "", []
    for number, line in enumerate(text_stream(content).read().splitlines(), start=1):
        text = line.strip()
        if not text:
            continue
        one, listed = _row(number, text, f"{file} row {number}")
        if family and one != family:
            raise ValueError(f"{file} row {number}: {text[:60]!r} names a picture of {one}, the rows above of {family}")
        family = one
        rows.append(listed)
    if not rows:
        raise ValueError(f"{file} has no rows; expected a list such as rafdb_occlusion_list.txt")
    return family, tuple(rows)


def name_of(text: str) -> str | None:
    """The picture that a path or a row of a list names, as `Listed.name`; None where it names none of these."""
    found = _NAME.search(text)
    return found.group().lower() if found else None


def _row(number: int, text: str, where: str) -> tuple[str, Listed]:
    for family, codes, form in _FORMS:
        found = form.fullmatch(text)
        if found is None:
            continue
        code = int(found["code"])
        if code not in codes:
            raise ValueError(
                f"{where}: the code must be {min(codes)} to {max(codes)} for {family}, got {code} in {text!r}"
            )
        return family, Listed(number, text, found["name"].lower(), codes[code], found.groupdict().get("type"))
    raise ValueError(
        f"{where}: {text[:80]!r} is no row of a list of RAF-DB, FERPlus or AffectNet (expected e.g. "
        "'test_0003_aligned 3 4', '1_fer0034656.png 8 0' or '0/<hash>.jpg')"
    )
