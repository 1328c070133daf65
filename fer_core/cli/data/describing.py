"""`fer data describe`: what is in a data set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fer_core.cli.answers import Answer, table
from fer_core.cli.data.wording import SHOWN, Data, headcount, more, split_name


def describe(data: Data) -> Answer:
    """Count samples per split, label, subject and session, and picture sizes.

    Raises:
        FileNotFoundError: there is no such data.
        ValueError: it is in no supported format, or not one picture can be read.
    """
    from fer_core.data import open_data
    from fer_core.data.describe import describe as count

    found = count(open_data(data))
    return Answer(
        found,
        "\n\n".join(
            filter(None, [_headline(found), _label_table(found), _left_out(found), _people(found), _groups(found)])
        ),
    )


def _headline(found: Mapping[str, Any]) -> str:
    sizes, common = found["sizes"], found["sizes"]["most_common"][0]
    if sizes["distinct"] == 1:
        size = f"Every picture is {common['width']} x {common['height']} pixels."
    else:
        size = (
            f"Widths {_range(sizes['width'])}, heights {_range(sizes['height'])} pixels; the most common size of "
            f"{sizes['distinct']:,} is {common['width']} x {common['height']} ({common['n']:,})."
        )
    drawn = " Its people do not exist: they are drawn." if found["synthetic"] else ""
    return f"{headcount(found)}\nFormat: {found['format']}. {size}{drawn}"


def _label_table(found: Mapping[str, Any]) -> str:
    splits = found["splits"]
    rows: list[list[object]] = [
        [label, *(split["labels"][label] for split in splits.values()), total]
        for label, total in found["labels"].items()
    ]
    if found["unlabelled"]:
        rows.append(["(no label)", *(split["unlabelled"] for split in splits.values()), found["unlabelled"]])
    rows.append(["all", *(split["n"] for split in splits.values()), found["n"]])
    names = [split_name(split) for split in splits]
    # One column would only repeat the sums.
    keep = slice(None) if len(splits) > 1 else slice(0, 2)
    return table(["label", *names, "all"][keep], [row[keep] for row in rows])


def _left_out(found: Mapping[str, Any]) -> str:
    """What the reader left out, by reason, each with its first example."""
    rows = [[one["n"], one["reason"], one["first"][0]] for one in found["left_out"]["reasons"]]
    return "Left out by the reader:\n" + table(["n", "why", "the first"], rows) if rows else ""


def _people(found: Mapping[str, Any]) -> str:
    subjects, sessions = found["subjects"], found["sessions"]
    if not subjects["n"]:
        return "It names no subjects: whether people are in several splits cannot be told."
    spread = subjects["pictures"]
    lines = [f"{subjects['n']:,} subjects with {_range(spread)} pictures each (median {spread['median']:g})."]
    if subjects["without"]:
        lines.append(f"{subjects['without']:,} pictures name no subject.")
    if sessions["n"]:
        lines.append(f"{sessions['n']:,} sessions, {_range(sessions['per_subject'])} for a subject.")
    fewest = sorted(subjects["per_subject"], key=lambda one: (one["n"], one["subject"]))
    lines.append("")
    rows = [[one["subject"], one["n"], one["sessions"] or None, *one["labels"].values()] for one in fewest[:SHOWN]]
    few_labels = len(found["labels"]) <= SHOWN
    keep = slice(None) if few_labels else slice(0, 3)
    lines.append(table(["subject", "pictures", "sessions", *found["labels"]][keep], [row[keep] for row in rows]))
    return "\n".join(lines + more(len(fewest), "subjects, those with the fewest pictures first"))


def _groups(found: Mapping[str, Any]) -> str:
    """The groups that the data name, for a cross-validation."""
    groups = found["groups"]
    if not groups:
        return ""
    rows = [[one["group"], one["subjects"], one["n"], *one["labels"].values()] for one in groups[:SHOWN]]
    few_labels = len(found["labels"]) <= SHOWN
    keep = slice(None) if few_labels else slice(0, 3)
    head = ["group", "subjects", "pictures", *found["labels"]][keep]
    return "\n".join(
        ["Groups that the data name:", table(head, [row[keep] for row in rows]), *more(len(groups), "groups")]
    )


def _range(spread: Mapping[str, Any]) -> str:
    low, high = spread["min"], spread["max"]
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"
