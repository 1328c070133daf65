"""`fer published`: the papers' tables, and a study of ours laid beside one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fer_core.cli.answers import Answer, table
from fer_core.cli.harness import command, program

if TYPE_CHECKING:
    from fer_core.beside import Comparison, Laid
    from fer_core.published import Misprint, PublishedTable, Row

app = program("The papers' published numbers, with misprints; a study laid beside them.")


@command(app)
def published(
    key: Annotated[
        str | None, typer.Argument(metavar="[TABLE]", help="A table to show, e.g. fermixnet-1, or a paper.")
    ] = None,
    beside: Annotated[str | None, typer.Option(help="A sweep to lay beside it: a folder, or a shipped study.")] = None,
    study: Annotated[str | None, typer.Option(help="Which study of the sweep; default: the one of that table.")] = None,
    lists: Annotated[
        list[str] | None,
        typer.Option("--list", help="NAME=FILE: judge the listed pictures apart, e.g. Occlusion-RAF-DB=list.txt."),
    ] = None,
) -> Answer:
    """List the published tables, show one, or lay a sweep beside it.

    Raises:
        FileNotFoundError: no such sweep or list.
        ValueError: no such table, or nothing in the sweep belongs to it.
    """
    from fer_core.published import find_table, papers

    if key is None:
        if beside is not None or study is not None or lists:
            raise ValueError("name the table that the study lies beside: fer published TABLE --beside STUDY")
        return _listed()
    if key in papers() and beside is None and study is None and not lists:
        return _paper(key)
    found = find_table(key)
    if beside is None:
        if study is not None or lists:
            raise ValueError("--study and --list speak of a sweep that lies beside the table; name it with --beside")
        return _shown(found)
    from fer_core.beside import beside_study
    from fer_core.studies import find_study

    comparison = beside_study(found, find_study(beside), study, _files(lists or []))
    return Answer({"published": _document(found), "beside": comparison}, _laid_text(found, comparison))


def _files(lists: list[str]) -> dict[str, Path]:
    found = {}
    for word in lists:
        name, equals, path = word.partition("=")
        if not (name and equals and path):
            raise ValueError(f"--list needs NAME=FILE, got '{word}'")
        found[name] = Path(path)
    return found


def _listed() -> Answer:
    from fer_core.published import find_table, papers, table_keys

    tables = [find_table(key) for key in table_keys()]
    rows = [
        {
            "table": one.key,
            "number": one.number,
            "section": one.section,
            "title": one.title,
            "rows": len(one.rows),
            "trainings": len(one.jobs()),
            "needs": sorted({word for word in (one.needs, *(row.needs for row in one.rows)) if word}),
            "misprints": len(one.misprints),
        }
        for one in tables
    ]
    header = ["table", "rows", "trainings", "misprints", "needs", "title"]
    cells = [[_joined(row[name]) for name in header] for row in rows]
    lines = [f"{one.key}: {one.authors}, {one.title}" for one in papers().values()]
    text = [
        table(header, cells),
        "",
        *lines,
        "",
        "fer published TABLE shows one; fer sweep trains: fer sweep full --list",
    ]
    known = {name: one.model_dump(mode="json") for name, one in papers().items()}
    return Answer({"papers": known, "tables": rows}, "\n".join(text))


def _paper(name: str) -> Answer:
    from fer_core.published import find_table, papers, table_keys

    paper = papers()[name]
    tables = [find_table(key) for key in table_keys() if key.startswith(f"{name}-")]
    lines = [f"Paper {paper.key}: {paper.authors}, {paper.title}", paper.where, ""]
    lines += [table(["table", "in the paper", "title"], [[one.key, one.number, one.title] for one in tables])]
    if paper.misprints:
        lines += ["", "Wrong in its running text:", *(f"- {_sentence(misprint)}" for misprint in paper.misprints)]
    return Answer({**paper.model_dump(mode="json"), "tables": [one.key for one in tables]}, "\n".join(lines))


def _joined(value: object) -> object:
    return ", ".join(value) if isinstance(value, list) else value


def _document(one: PublishedTable) -> dict[str, Any]:
    from fer_core.published import METRICS, impossible_shares

    written = one.model_dump(mode="json")
    used = {column.metric for column in one.columns} | {row.metric for row in one.rows if row.metric}
    shares = [{"row": row, "column": column} for row, column in impossible_shares(one)]
    return {**written, "definitions": {name: METRICS[name] for name in sorted(used)}, "impossible_shares": shares}


def _shown(one: PublishedTable) -> Answer:
    from fer_core.published import METRICS, papers

    paper = papers()[one.paper]
    lines = [f"{one.number} of {paper.authors}: {one.title}", f"Paper {paper.key}, section {one.section}", ""]
    lines += [table(["", *(column.name for column in one.columns), "here"], [_cells(one, row) for row in one.rows]), ""]
    for column in one.columns:
        where = " ".join(word for word in (column.data, column.split) if word)
        count = "" if column.n is None else f", n {column.n:,}"
        said = "" if column.n_printed is None else f" (the paper says {column.n_printed:,})"
        lines.append(f"{column.name}: {column.metric}, {column.unit}{'; ' if where else ''}{where}{count}{said}")
    for name in dict.fromkeys(column.metric for column in one.columns):
        lines.append(f"  {name}: {METRICS[name]}")
    lines += _trainings(one)
    lines += (
        ["", *(f"[{place}] {_sentence(mis)}" for place, mis in enumerate(one.misprints, 1))] if one.misprints else []
    )
    lines += _no_shares(one)
    lines += ["", *(f"- {note}" for note in one.notes)] if one.notes else []
    return Answer(_document(one), "\n".join(lines))


def _cells(one: PublishedTable, row: Row) -> list[object]:
    shown: list[object] = []
    for column, value in zip(one.columns, row.values, strict=True):
        marks = [
            f"[{place}]"
            for place, mis in enumerate(one.misprints, 1)
            if mis.row == row.name and mis.column in (None, column.name)
        ]
        unit = row.unit or column.unit
        text = (
            "-" if value is None else f"{value:.2f}" if unit == "percent" and isinstance(value, float) else str(value)
        )
        shown.append(" ".join([text, *marks]))
    return [row.name, *shown, _here(one, row)]


def _here(one: PublishedTable, row: Row) -> str:
    if row.reported:
        return f"reported, not trained here: {row.cited}"
    needs = row.needs or one.needs
    if needs is not None:
        return f"needs {needs}"
    return "trained" if row.ours else ""


def _trainings(one: PublishedTable) -> list[str]:
    jobs = one.jobs()
    if not jobs:
        return []
    rounds = any(column.split == "leave one group out" or column.metric == "identification" for column in one.columns)
    verb = "crossvalidate" if rounds else "train"
    lines = ["", "Trained here by:"]
    for name, training in jobs:
        changes = "".join(f" --set '{change}'" if " " in change or "[" in change else f" --set {change}" for change in
                          training.set)  # fmt: skip
        lines.append(f"  {name}: fer {verb} {training.recipe}{changes}")
    return lines


def _sentence(mis: Misprint) -> str:
    place = mis.where or ", ".join(word for word in (mis.row, mis.column) if word)
    must = "What it must be cannot be told." if mis.must_be is None else f"It must be {mis.must_be}."
    reason = f" ({mis.arithmetic})" if mis.arithmetic else ""
    return f"{place}: printed {mis.printed}. {mis.wrong.removesuffix('.')}{reason}. {must}"


def _no_shares(one: PublishedTable) -> list[str]:
    from fer_core.published import impossible_shares

    known = {(mis.row, mis.column) for mis in one.misprints}
    odd = [f"{row} on {column}" for row, column in impossible_shares(one) if (row, column) not in known]
    said = "No share of the column's pictures, however it is rounded; its own paper may have judged others"
    return ["", f"{said}: {', '.join(odd)}."] if odd else []


def _laid_text(one: PublishedTable, found: Comparison) -> str:
    header = [
        "row",
        "column",
        "ours",
        "published",
        "difference",
        "95 % interval of ours",
        "n",
        "gain",
        "published gain",
    ]
    lines = [f"{one.number}, {one.title}", "", table(header, [_laid_cells(cell) for cell in found.cells]), ""]
    over = sorted({cell.interval for cell in found.cells if cell.interval})
    lines += [f"Intervals: {', '.join(over)}."] if over else []
    lines += ["* misprinted: fer published " + one.key] if any(cell.misprint for cell in found.cells) else []
    lines += list(found.remarks)
    lines += [f"Not in the study: {', '.join(found.missing)}."] if found.missing else []
    lines += [f"Not in the table: {', '.join(found.ours_only)}."] if found.ours_only else []
    return "\n".join(lines)


def _laid_cells(cell: Laid) -> list[object]:
    digits = 3 if cell.unit == "fraction" else 2
    ends = "-" if cell.low is None or cell.high is None else f"{cell.low:.{digits}f} to {cell.high:.{digits}f}"
    gain = "-" if cell.gain is None else f"{cell.gain:+.{digits}f}"
    if cell.gain_low is not None and cell.gain_high is not None:
        gain += f" [{cell.gain_low:+.{digits}f}, {cell.gain_high:+.{digits}f}]"
    return [
        cell.row,
        cell.column,
        f"{cell.ours:.{digits}f}",
        f"{cell.published:.{digits}f}{'*' if cell.misprint else ''}",
        f"{cell.difference:+.{digits}f}",
        ends,
        "-" if cell.n is None else f"{cell.n:,}",
        gain,
        "-" if cell.published_gain is None else f"{cell.published_gain:+.{digits}f}",
    ]
