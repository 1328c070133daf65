"""`fer data audit`: what is wrong with a data set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fer_core.cli.answers import Answer, table
from fer_core.cli.data.wording import SHOWN, Data, headcount, more, split_name


def audit(data: Data) -> Answer:
    """Find unreadable files, twins and look-alikes within and across splits, contradicting labels, shared subjects.

    Raises:
        FileNotFoundError: there is no such data.
        ValueError: it is in no supported format, or not one picture can be read.
    """
    from fer_core.data import open_data
    from fer_core.data.audit import audit as examine

    found = examine(open_data(data))
    parts = [headcount(found), _unreadable(found), _blank(found), _duplicates(found), *_leaks(found)]
    parts += [_contradictions(found), _shared(found)]
    return Answer(found, "\n\n".join(part for part in parts if part))


def _unreadable(found: Mapping[str, Any]) -> str:
    unreadable = found["unreadable"]
    lines = [one["reason"] for one in unreadable[:SHOWN]]
    return "\n".join(["Cannot be read:", *lines, *more(len(unreadable), "files")]) if unreadable else ""


def _blank(found: Mapping[str, Any]) -> str:
    blank = found["blank"]
    return "\n".join(["Blank:", *blank[:SHOWN], *more(len(blank), "pictures")]) if blank else ""


def _duplicates(found: Mapping[str, Any]) -> str:
    exact, near = found["exact"], found["near"]
    rows: list[list[object]] = [["groups", exact["groups"], near["groups"]]]
    rows.append(["pictures in them", exact["pictures"], near["pictures"]])
    rows.append(["groups with contradicting labels", exact["conflicting"], near["conflicting"]])
    for split in found["splits"]:
        where = f"{split_name(split)}, another there too"
        rows.append([f"pictures in {where}", exact["within"][split], near["within"][split]])
    for one, other in zip(exact["across"], near["across"], strict=True):
        for here, there in (one["splits"], one["splits"][::-1]):
            where = f"{split_name(here)}, another in {split_name(there)}"
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
    return "\n".join(lines + more(len(groups), "groups"))


def _labels_of(one: Mapping[str, Any]) -> str:
    labels = [picture["label"] for picture in one["pictures"] if picture["label"] is not None]
    return ", ".join(f"{label} {labels.count(label)}" for label in dict.fromkeys(labels))


def _shared(found: Mapping[str, Any]) -> str:
    shared = found["shared_subjects"]
    if not shared:
        return ""
    splits = list(found["splits"])
    rows = [[one["subject"], *(one["pictures"].get(split) for split in splits)] for one in shared[:SHOWN]]
    lines = ["Subjects in several splits:", table(["subject", *map(split_name, splits)], rows)]
    return "\n".join(lines + more(len(shared), "subjects"))
