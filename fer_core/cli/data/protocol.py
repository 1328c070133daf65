"""`fer data protocol`: a published list of test pictures becomes a data set."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from fer_core.cli.answers import Answer, table
from fer_core.cli.data.wording import SHOWN, more


def protocol(
    list_file: Annotated[
        Path,
        typer.Argument(metavar="LIST", help="A list of RAN: rafdb_occlusion_list.txt, pose_30_ferplus_list.txt ..."),
    ],
    pictures: Annotated[str, typer.Option(help="The data set that it names pictures of: RAF-DB, FERPlus, AffectNet.")],
    out: Annotated[Path, typer.Option(help="Folder of the new data set: a manifest, and pictures that were packed.")],
    types: Annotated[
        Path | None, typer.Option(help="Your occlusion types, a csv name,type: the manifest's column occlusion.")
    ] = None,
) -> Answer:
    """Lay a list of occluded or turned faces over its data set: a test split with a manifest, ready to evaluate on.

    Labels are the list's; pictures that are missing, rows that are repeated and labels that differ from the data set's
    are named.

    Raises:
        FileNotFoundError: no such list, data or types.
        FileExistsError: the folder is taken.
        ValueError: a broken row, an unknown code, or not one picture of the list is in the data.
    """
    from fer_core.data import open_data
    from fer_core.data.protocols import open_protocol, write_protocol

    found = open_protocol(list_file, open_data(pictures), types)
    manifest = write_protocol(found, out)
    report = {**found.report(), "out": str(out), "manifest": str(manifest)}
    return Answer(report, _text(report))


def _text(report: Mapping[str, Any]) -> str:
    parts = [
        f"{report['list']}: {report['rows']:,} rows of {report['of']}, n {report['n']:,} with "
        f"{report['pictures']:,} different pictures: {report['out']}",
        table(["label", "n"], [[label, n] for label, n in report["labels"].items() if n]),
    ]
    for key, what, columns in (
        ("missing", "rows have no picture", ("row", "name")),
        ("repeated", "pictures are listed more than once", ("rows", "name")),
        ("disagreements", "labels differ from the data set's; the list's is taken", ("row", "name", "list", "data")),
    ):
        rows = report[key]
        if rows:
            shown = table(columns, [[_cell(one[column]) for column in columns] for one in rows[:SHOWN]])
            parts.append("\n".join([f"{len(rows):,} {what}:", shown, *more(len(rows), "rows")]))
    occlusion = report["occlusion"]
    if occlusion:
        counts = ", ".join(f"{kind} {n:,}" for kind, n in occlusion["types"].items())
        strangers = len(occlusion["not_in_list"])
        parts.append(
            f"Occlusion types: {counts or 'none of the listed pictures'}; {occlusion['without']:,} rows without a type"
            + (f"; {strangers:,} typed pictures are not in the list" if strangers else "")
            + "."
        )
    parts.append(f"Next: fer evaluate RUN --data {report['out']}")
    return "\n\n".join(parts)


def _cell(value: Any) -> Any:
    return " ".join(map(str, value)) if isinstance(value, list) else value
