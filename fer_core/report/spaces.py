"""What a run's feature spaces know of a person, and how they look on a plane."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from fer_core import colours
from fer_core.leakage.stored import stored_leakage
from fer_core.report.case import Case
from fer_core.report.charts import Dot, cloud, dots, legend
from fer_core.report.markup import Html, element, figure, interval, joined, number, table
from fer_core.report.parts import Section, missing
from fer_core.tables import read_parquet

METHODS = ("tsne", "umap", "pca")
"""Which of a space's maps is drawn: the first that is stored."""
POINTS = 1500
"""Drawn of each map; of more, every second, third ... row."""
_WHO = {"unseen": "strangers", "seen": "people it learned from"}


def leakage(case: Case) -> Section:
    """How well people are found again by each space, beside dimension and effective rank."""
    run = shlex.quote(case.run.name)
    stored = stored_leakage(case.run.path)
    spaces = {name: one for name, one in (stored.get("spaces") or {}).items() if isinstance(one, Mapping)}
    if not spaces:
        return missing(
            "No identity leakage is stored with this run: a training stores it where its recipe names people under "
            f"evaluation.leakage. Of stored features it is measured by: {case.on_space('fer leakage')}"
        )
    # A run without stored features is embedded first, on the same strangers.
    if (case.run.path / "features").is_dir():
        commands = {name: f"fer leakage {run} --space {name}" for name in spaces}
    else:
        embedding = f"fer embed {run} --data {shlex.quote(str(stored.get('source') or 'DATA'))} --out features.parquet"
        commands = {name: f"{embedding} && fer leakage features.parquet --space {name}" for name in spaces}
    again = " ; ".join(commands.values())
    rows: list[list[object]] = []
    marks: list[Dot] = []
    for name, both in spaces.items():
        for who, words in _WHO.items():
            one = both.get(who)
            if not one:
                continue
            said = f"{one['accuracy']:.3f}"
            marks.append(
                Dot(f"{name}, {words}", one["accuracy"], one["ci95"], colours.of_space(name), one["chance"], said)
            )
            check = one.get("verification") or {}
            rows.append(
                [
                    name,
                    words,
                    number(one["accuracy"]),
                    interval(one["ci95"]),
                    number(one["chance"]),
                    number(check.get("auc")),
                    f"{one['subjects']:,}",
                    joined([f"{one['dimension']}, ", number(one["effective_rank"], 1)]),
                ]
            )
    header = ["space", "who", "found again", "95 % interval", "chance", "AUC", "people", "dimension, effective rank"]
    unseen = {name: both["unseen"] for name, both in spaces.items() if both.get("unseen")}
    told = "; ".join(f"{name} {one['accuracy']:.3f} (chance {one['chance']:.3f})" for name, one in unseen.items())
    chart = dots(marks, "share of people found again (rank-1 identification)", f"People found again: {told}.", (0, 1))
    caption = (
        "How often can a person be found again by the features? Lower is better; dotted: chance. Bars: 95 % intervals "
        "over people. Figures of few dimensions are low by themselves: rank and dimension stand beside them."
    )
    trials = next((one["trials"] for one in unseen.values() if "trials" in one), None)
    state = next((one["state"] for one in unseen.values() if "state" in one), None)
    origin = " · ".join(
        [
            f"run {case.run.name}",
            f"strangers {stored.get('data')}{' (synthetic)' if stored.get('synthetic') else ''}",
            f"n = {stored.get('n'):,}" if isinstance(stored.get("n"), int) else "n unknown",
            *([f"state {state}"] if state else []),
            *([f"{trials} trials"] if trials else []),
            "gallery and probe from different sessions",
            f"macro-F1 on the strangers {stored['macro_f1']:.3f}" if "macro_f1" in stored else "macro-F1 unknown",
        ]
    )
    body = [
        figure(chart, caption, origin, again),
        table(header, rows, "Identity leakage of each space; AUC: the same person or not, by two samples", left=2),
    ]
    if any(both.get("seen") for both in spaces.values()):
        body.append(element("p", "Figures of people it learned from are measured by the training itself, at its end."))
    return Section(joined(body), tuple((f"leakage of {name}", one) for name, one in commands.items()))


def projections(case: Case) -> Section:
    """Stored maps of each space, by label and by person, with figures that say how far to trust them."""
    run = shlex.quote(case.run.name)
    found = stored_maps(case.run.path / "projections")
    if not found:
        return missing(
            "No maps of feature spaces are stored with this run.",
            case.on_space("fer project", "--method tsne --store"),
        )
    body: list[Html] = []
    rows: list[list[object]] = []
    commands = []
    for space, maps in found.items():
        method = next((one for one in METHODS if one in maps), next(iter(maps)))
        commands.append((f"map of {space}", f"fer project {run} --space {space} --method {method} --store"))
        body.append(_map(case, space, method, maps[method], commands[-1][1]))
        rows += [[f"{space}, {name}", *_quality(one.attrs)] for name, one in maps.items()]
    header = ["map", "trustworthiness", "purity by state", "purity by person", "silhouette by state", "by person"]
    about = (
        "How far the maps can be trusted; purity: share of a point's 15 neighbours like it (in the space; by chance)"
    )
    body.append(table(header, rows, about))
    return Section(joined(body), tuple(commands))


def stored_maps(folder: Path) -> dict[str, dict[str, pd.DataFrame]]:
    """Space -> method -> its stored map, the spaces of the deviation network first.

    Args:
        folder: ``projections`` of a run; may be missing.

    Raises:
        ValueError: a file is damaged.
    """
    found: dict[str, dict[str, pd.DataFrame]] = {}
    for path in sorted(folder.glob("*.parquet")):
        space, _, method = path.stem.rpartition("-")
        one = read_parquet(path)
        if space and {"x", "y"} <= set(one.columns):
            found.setdefault(space, {})[method] = one
    order = list(colours.SPACES)
    return dict(
        sorted(found.items(), key=lambda pair: (order.index(pair[0]) if pair[0] in order else len(order), pair[0]))
    )


def _map(case: Case, space: str, method: str, points: pd.DataFrame, again: str) -> Html:
    step = max(1, -(-len(points) // POINTS))
    shown = points.iloc[::step]
    places = shown[["x", "y"]].to_numpy(dtype=float)
    drawn = []
    for column, by in (("label", "state"), ("subject", "person")):
        if column not in shown or shown[column].isna().all():
            continue
        groups = shown[column].astype(object).where(shown[column].notna(), "unknown").astype(str)
        names = [one for one in case.run.labels if (groups == one).any()] if column == "label" else []
        names += sorted(set(groups) - set(names))
        if column == "label":
            inks = [colours.of_label(one, tuple(names)) for one in names]
            keys = legend(names, inks)
        else:
            cycle = (*colours.SPARE, *colours.LABELS.values())
            inks = [cycle[place % len(cycle)] for place in range(len(names))]
            keys = element(
                "p", f"{len(names):,} people" + (", colours repeat" if len(names) > len(cycle) else ""), class_="legend"
            )
        picture = cloud(
            places, groups.tolist(), inks, names, f"{method} map of {space}, {len(shown):,} samples by {by}."
        )
        drawn.append(element("div", picture, keys))
    facts, made = points.attrs, points.attrs.get("made") or {}
    origin = " · ".join(
        [
            f"run {case.run.name}",
            f"data {made.get('data') or 'unknown'}",
            f"split {made.get('split') or 'unknown'}",
            f"{len(shown):,} of {len(points):,} samples drawn",
            f"{method}, seed {facts.get('seed')}",
            f"dimension {facts.get('dimension')}",
            "synthetic faces" if made.get("synthetic") else "faces not said to be synthetic",
        ]
    )
    caption = joined(
        [element("strong", space), f", {method}: the same points by state and by person. Only nearness means anything."]
    )
    return figure(element("div", *drawn, class_="maps"), caption, origin, again)


def _quality(facts: Mapping[Any, Any]) -> list[object]:
    purity, silhouette = facts.get("knn_purity") or {}, facts.get("silhouette") or {}
    cells: list[object] = [number(facts.get("trustworthiness"), 3)]
    for column in ("label", "subject"):
        here, space, chance = (number((purity.get(column) or {}).get(key), 3) for key in ("map", "space", "chance"))
        cells.append(joined([here, " (", space, "; ", chance, ")"]))
    return cells + [number((silhouette.get(column) or {}).get("map"), 3) for column in ("label", "subject")]
