"""`fer data`: what is in a data set, what is wrong with it, and how its faces are cut."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fer_core.cli.answers import Answer, table
from fer_core.cli.harness import command, group

if TYPE_CHECKING:
    import numpy as np

    from fer_core.data import Dataset

app = group("Look at a data set before trusting it: describe, audit, framing.")

Data = Annotated[str, typer.Argument(help="A manifest, a FER2013 csv, a folder of class folders, or a zip of these.")]

SHOWN = 10
"""Rows of a list that people see; --json has them all."""


@command(app)
def describe(data: Data) -> Answer:
    """Count samples per split, label, subject and session, and picture sizes.

    Raises:
        FileNotFoundError: there is no such data.
        ValueError: it is in no supported format, or not one picture can be read.
    """
    from fer_core.data import open_data
    from fer_core.data.describe import describe as count

    found = count(open_data(data))
    return Answer(found, "\n\n".join([_headline(found), _label_table(found), _people(found)]))


@command(app)
def audit(data: Data) -> Answer:
    """Find unreadable files, twins and look-alikes within and across splits, contradicting labels, shared subjects.

    Raises:
        FileNotFoundError: there is no such data.
        ValueError: it is in no supported format, or not one picture can be read.
    """
    from fer_core.data import open_data
    from fer_core.data.audit import audit as examine

    found = examine(open_data(data))
    parts = [_count(found), _unreadable(found), _blank(found), _duplicates(found), *_leaks(found)]
    parts += [_contradictions(found), _shared(found)]
    return Answer(found, "\n\n".join(part for part in parts if part))


@command(app)
def framing(
    data: Data,
    sample: Annotated[int, typer.Option(min=30, help="Pictures to look at: 1,500 give medians to about 0.002.")] = 1500,
    split: Annotated[str, typer.Option(help="Where they come from: train, validation, test or all.")] = "all",
    seed: Annotated[int, typer.Option(min=0, help="Which pictures are drawn.")] = 0,
) -> Answer:
    """Measure where the detector sees faces in a data set's crops, so that photos can be cut to the same framing.

    Raises:
        FileNotFoundError: there is no such data.
        ValueError: it is in no supported format, has no such split, or shows too few faces.
    """
    from fer_core.data import open_data
    from fer_core.faces import FaceFinder, measure_framing
    from fer_core.seeds import stream

    dataset = open_data(data).select(split)
    drawn = stream(seed, "framing").permutation(len(dataset))[:sample]
    unreadable: list[str] = []
    found = measure_framing(dataset.name, _pictures(dataset, drawn, unreadable), FaceFinder())
    if found.landmarks is None:
        raise ValueError(f"the detector gave no landmarks for {dataset.name}")
    document = {"data": data, "split": split, "seed": seed, "unreadable": unreadable, **vars(found)}
    points = ("eye at left", "eye at right", "nose", "mouth at left", "mouth at right")
    rows = [
        [name, *(f"{value:.4f}" for value in (*point, *spread))]
        for name, point, spread in zip(points, found.landmarks.tolist(), found.spread.tolist(), strict=True)
    ]
    left, top, right, bottom = found.box
    return Answer(
        document,
        f"{dataset.name}: one face in {found.n:,} of {found.looked_at:,} crops; fractions of the crop's side.\n\n"
        f"{table(['median', 'x', 'y', 'deviation x', 'deviation y'], rows)}\n\n"
        f"box: left {left:.4f}, top {top:.4f}, right {right:.4f}, bottom {bottom:.4f}",
    )


def _pictures(dataset: Dataset, rows: np.ndarray, unreadable: list[str]) -> Iterator[np.ndarray]:
    """The pictures of some rows; what cannot be read is named in ``unreadable``."""
    from tqdm import tqdm

    from fer_core.pictures import open_picture

    for row in tqdm(rows.tolist(), desc="looking for faces", unit="picture", file=sys.stderr, disable=None):
        try:
            yield open_picture(dataset.read(row))
        except (ValueError, OSError):
            unreadable.append(str(dataset.table["path"].iloc[row]))


def _count(found: Mapping[str, Any]) -> str:
    unread = found["n"] - found["readable"]
    read = "all can be read" if not unread else f"{unread:,} cannot be read"
    return f"{found['name']} ({found['data']}): {found['n']:,} pictures, {read}."


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
    return f"{_count(found)}\n{size}{drawn}"


def _label_table(found: Mapping[str, Any]) -> str:
    splits = found["splits"]
    rows: list[list[object]] = [
        [label, *(split["labels"][label] for split in splits.values()), total]
        for label, total in found["labels"].items()
    ]
    if found["unlabelled"]:
        rows.append(["(no label)", *(split["unlabelled"] for split in splits.values()), found["unlabelled"]])
    rows.append(["all", *(split["n"] for split in splits.values()), found["n"]])
    names = [_name(split) for split in splits]
    # One column would only repeat the sums.
    keep = slice(None) if len(splits) > 1 else slice(0, 2)
    return table(["label", *names, "all"][keep], [row[keep] for row in rows])


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
    return "\n".join(lines + _more(len(fewest), "subjects, those with the fewest pictures first"))


def _unreadable(found: Mapping[str, Any]) -> str:
    unreadable = found["unreadable"]
    lines = [one["reason"] for one in unreadable[:SHOWN]]
    return "\n".join(["Cannot be read:", *lines, *_more(len(unreadable), "files")]) if unreadable else ""


def _blank(found: Mapping[str, Any]) -> str:
    blank = found["blank"]
    return "\n".join(["Blank:", *blank[:SHOWN], *_more(len(blank), "pictures")]) if blank else ""


def _duplicates(found: Mapping[str, Any]) -> str:
    exact, near = found["exact"], found["near"]
    rows: list[list[object]] = [["groups", exact["groups"], near["groups"]]]
    rows.append(["pictures in them", exact["pictures"], near["pictures"]])
    rows.append(["groups with contradicting labels", exact["conflicting"], near["conflicting"]])
    for split in found["splits"]:
        where = f"{_name(split)}, another there too"
        rows.append([f"pictures in {where}", exact["within"][split], near["within"][split]])
    for one, other in zip(exact["across"], near["across"], strict=True):
        for here, there in (one["splits"], one["splits"][::-1]):
            where = f"{_name(here)}, another in {_name(there)}"
            rows.append([f"pictures in {where}", one["pictures"][here], other["pictures"][here]])
    note = (
        f"Exact twins agree in every pixel; {exact['copies']:,} pictures are superfluous copies. Look-alikes are"
        "\nthe same photo in another crop, brightness or compression, or neighbouring frames of a video; their"
        "\nlast rows count only pictures without an exact twin there."
    )
    if near["mirrored_pairs"]:
        note += f"\n{near['mirrored_pairs']:,} of {near['pairs']:,} look-alike pairs are mirror images."
    return f"{table(['', 'exact twins', 'look-alikes'], rows)}\n{note}"


def _leaks(found: Mapping[str, Any]) -> list[str]:
    lines = []
    for exact, near in zip(found["exact"]["across"], found["near"]["across"], strict=True):
        learned, judged = exact["splits"]
        same, alike = exact["pictures"][judged], near["pictures"][judged]
        if learned == "train" and judged != "none" and same + alike:
            total = found["splits"][judged]
            lines.append(
                f"{same + alike:,} of {total:,} {judged} pictures ({(same + alike) / total:.1%}) also stand in train, "
                f"{same:,} of them exactly: a model scores higher there than on new photos."
            )
    return ["\n".join(lines)] if lines else []


def _contradictions(found: Mapping[str, Any]) -> str:
    groups = [one for one in found["duplicate_groups"] if one["conflict"]]
    rows = [[one["kind"], _labels_of(one), one["pictures"][0]["path"]] for one in groups[:SHOWN]]
    if not rows:
        return ""
    lines = ["Contradicting labels:", table(["kind", "labels", "first picture"], rows)]
    return "\n".join(lines + _more(len(groups), "groups"))


def _labels_of(one: Mapping[str, Any]) -> str:
    labels = [picture["label"] for picture in one["pictures"] if picture["label"] is not None]
    return ", ".join(f"{label} {labels.count(label)}" for label in dict.fromkeys(labels))


def _shared(found: Mapping[str, Any]) -> str:
    shared = found["shared_subjects"]
    if not shared:
        return ""
    splits = list(found["splits"])
    rows = [[one["subject"], *(one["pictures"].get(split) for split in splits)] for one in shared[:SHOWN]]
    lines = ["Subjects in several splits:", table(["subject", *map(_name, splits)], rows)]
    return "\n".join(lines + _more(len(shared), "subjects"))


def _range(spread: Mapping[str, Any]) -> str:
    low, high = spread["min"], spread["max"]
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _more(total: int, what: str) -> list[str]:
    return [f"({SHOWN} of {total:,} {what}; --json lists all)"] if total > SHOWN else []


def _name(split: str) -> str:
    return "(no split)" if split == "none" else split
