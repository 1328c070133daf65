"""`fer report`: what is stored with a run, as one HTML file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fer_core.cli.answers import Answer
from fer_core.cli.harness import command, program

app = program("Write what is stored with a run as one HTML file that opens anywhere.")


@command(app)
def report(
    run: Annotated[str, typer.Argument(help="A run's name or path.")],
    out: Annotated[Path | None, typer.Option(help="An .html file; default: RUN-report.html here.")] = None,
    sections: Annotated[
        str | None,
        typer.Option(
            help="Of summary, protocol, provenance, confusion, classes, persons, calibration, mistakes, robustness, "
            "learning, leakage, erasure, projections, ood, compare, published, commands, card, with commas; default: "
            "all."
        ),
    ] = None,
    beside: Annotated[str | None, typer.Option(help="Another run, compared on the samples that both judged.")] = None,
    split: Annotated[
        str | None, typer.Option(help="Which stored predictions; default: test, else validation, else train.")
    ] = None,
    names: Annotated[
        bool, typer.Option("--names", help="Name people and samples although some of the people may exist.")
    ] = False,
) -> Answer:
    """Write a run's report: scores with intervals, mistakes, provenance, and the command that makes each figure again.

    Nothing is measured anew; what is not stored is named, with the command that measures it. No picture is in the file.

    Raises:
        FileNotFoundError: no such run, or no folder to write to.
        ValueError: no such section or split, a damaged run, or runs that cannot be compared.
    """
    from fer_core.report import check_out, save
    from fer_core.report import report as write
    from fer_core.runs import find_run

    found = find_run(run)
    wanted = None if sections is None else [word for word in (part.strip() for part in sections.split(",")) if word]
    path = Path(f"{found.name}-report.html") if out is None else out
    check_out(path)
    written = write(found, wanted, None if beside is None else find_run(beside), split, names)
    size = save(written, path)
    document = {
        "run": found.name,
        "out": path,
        "sections": written.sections,
        "absent": written.absent,
        "split": written.split,
        "bytes": size,
    }
    lines = [f"{path}: {len(written.sections)} sections of run {found.name}, {size:,} bytes"]
    if written.absent:
        lines.append(f"Not stored with the run, and said so there: {', '.join(written.absent)}")
    return Answer(document, "\n".join(lines))
