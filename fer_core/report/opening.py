"""The first sections: what the run is and how good, and where all of it comes from."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

import yaml

from fer_core.origin import how_held, people
from fer_core.pretrained.store import digest
from fer_core.report.case import Case
from fer_core.report.charts import Dot, dots
from fer_core.report.markup import Html, command, element, facts, figure, folded, interval, joined, note, number, table
from fer_core.report.parts import Section, unjudged


def summary(case: Case) -> Section:
    """What the run is, its data, and three numbers with their intervals."""
    about = str(case.run.recipe.get("about") or "")
    opening = [element("p", about)] if about else []
    labels = facts([("Labels", ", ".join(case.run.labels)), *_judged_on(case)])
    if case.judged is None:
        without = unjudged(case)
        return Section(joined([*opening, labels, without.body]), absent=True)
    found, always = case.judged.summary, case.judged.baseline
    few = case.judged.table["subject"].nunique()
    most = f"always answering “{always['label']}”"
    tiles = [
        _tile("Accuracy", found["accuracy"], found["ci95"], most, number(always["accuracy"])),
        _tile("Macro-F1", found["macro_f1"], found["ci95_macro_f1"], most, number(always["macro_f1"])),
        _tile("Calibration error (ECE)", found["ece"], found["ci95_ece"], "perfect", "0"),
    ]
    rows = [
        Dot("accuracy", found["accuracy"], found["ci95"], tick=always["accuracy"]),
        Dot(
            "average accuracy",
            found["average_accuracy"],
            found["ci95_average_accuracy"],
            tick=1 / len(case.run.labels),
        ),
        Dot("macro-F1", found["macro_f1"], found["ci95_macro_f1"], tick=always["macro_f1"]),
    ]
    chart = dots(
        rows,
        "score",
        f"Accuracy {found['accuracy']:.3f}, average accuracy {found['average_accuracy']:.3f} and macro-F1 "
        f"{found['macro_f1']:.3f} with their 95 % intervals.",
        (0, 1),
    )
    caption = "Dots are scores, bars 95 % intervals over samples (bootstrap, seed 0); dotted: the most frequent answer."
    body = [
        *opening,
        *_cares(case, few),
        element("div", *tiles, class_="tiles"),
        figure(chart, caption, case.origin, case.evaluating),
        labels,
        *_by_source(case),
    ]
    return Section(joined(body), (("scores", case.evaluating),))


def _tile(name: str, value: float, ends: list[float], beside: str, against: object) -> Html:
    return element(
        "div",
        element("p", name, class_="name"),
        element("p", number(value), class_="value"),
        element("p", "95 % interval ", interval(ends)),
        element("p", f"{beside}: ", against),
        class_="tile",
    )


def _judged_on(case: Case) -> list[tuple[str, object]]:
    told = case.run.provenance(case.split)
    n = None if case.judged is None else f"{case.judged.summary['n']:,}"
    return [
        ("Data", told["data"]),
        ("Split", f"{case.split}, {how_held(told)}" if case.split else None),
        ("Samples", n),
        ("Faces", people(case.run, told["synthetic"])),
    ]


def _cares(case: Case, subjects: int) -> list[Html]:
    told = case.run.provenance(case.split)
    said = []
    if told["in_sample"]:
        said.append(note("The run learned from this split: its figures flatter."))
    elif told["selected_on"]:
        said.append(note("This split also chose the epoch that was kept: its figures are a little flattering."))
    if told["synthetic"]:
        said.append(note("Everybody here is synthetic: drawn by this software. Figures on real people will differ."))
    if subjects:
        who = "one person" if subjects == 1 else f"{subjects:,} people"
        said.append(note(f"The samples are of {who}: intervals that take samples as independent are too narrow."))
    return said


def _by_source(case: Case) -> list[Html]:
    """Where the data are several sets: each apart, as the training stored it."""
    parts: Mapping[str, Any] = (case.run.info.get("by_source") or {}).get(case.split or "", {})
    if not parts:
        return []
    rows = [
        [
            name,
            f"{one['n']:,}",
            number(one["macro_f1"]),
            *(number(one["per_class"][label]["recall"]) for label in one["per_class"]),
        ]
        for name, one in parts.items()
    ]
    labels = next(iter(parts.values()))["per_class"]
    header = ["data", "n", "macro-F1", *(f"recall {label}" for label in labels)]
    return [table(header, rows, "Each data set apart")]


def provenance(case: Case) -> Section:
    """Recipe, versions, device, commit, fingerprints, and what was left out."""
    info, data = case.run.info, case.run.info.get("data") or {}
    versions = info.get("versions") or {}
    best = info.get("best") or {}
    weights = case.run.path / "weights.safetensors"
    counts = ", ".join(
        f"{data[key]:,} {words}"
        for key, words in (("train", "to train on"), ("validation", "to select on"), ("test", "to test on"))
        if isinstance(data.get(key), int)
    )
    times = [str(info[key])[:16].replace("T", " ") for key in ("started", "finished") if info.get(key)]
    frozen = info.get("frozen") or {}
    run_facts = [
        ("Run", case.run.name),
        ("Status", case.run.status),
        ("Recipe", case.run.recipe.get("name")),
        ("Seed", info.get("seed")),
        ("Epoch kept", best.get("epoch")),
        ("Device", info.get("device")),
        ("Threads", info.get("threads")),
        ("Trained", " to ".join(times)),
        ("Git commit", info.get("commit")),
        ("fer", info.get("fer")),
        ("Versions", ", ".join(f"{name} {version}" for name, version in versions.items())),
        ("Parameters", f"{info['parameters']:,}" if isinstance(info.get("parameters"), int) else None),
        ("Weights, SHA-256 of the tensors", digest(weights) if weights.is_file() else None),
        *((f"Frozen part {name}", f"{one.get('file')}, SHA-256 {one.get('sha256')}") for name, one in frozen.items()),
    ]  # fmt: skip
    verify = f"fer runs verify {shlex.quote(case.run.name)}"
    data_facts = [
        ("Data", data.get("name")),
        ("Source", data.get("source")),
        ("Fingerprint", data.get("fingerprint")),
        ("Samples", counts),
        ("Judged split", case.split),
        ("Fingerprint of the judged", case.told.get("fingerprint")),
        ("Faces", case.told.get("faces")),
    ]
    rows = _exclusions(case, data)
    body = [
        element("h3", "The training"),
        facts(run_facts),
        element("h3", "The data"),
        facts(data_facts),
        table(["left out", "samples"], rows, "What was left out, and counted"),
        folded("The whole recipe", element("pre", _recipe(case))),
        element("p", "Recompute the stored predictions from the weights: ", command(verify), class_="origin"),
    ]  # fmt: skip
    return Section(joined(body), (("stored predictions, recomputed", verify),))


def _exclusions(case: Case, data: Mapping[str, Any]) -> list[list[object]]:
    rows: list[list[object]] = [
        [f"of the data: {str(reason).replace('_', ' ')}", f"{count:,}"]
        for reason, count in (data.get("excluded") or {}).items()
    ]
    rows.append(["of the training: an exact twin stands in an evaluated split", f"{data.get('twins_dropped', 0):,}"])
    rows += [
        [f"of the data: {words}", f"{data[key]:,}"]
        for key, words in (("over_cap", "above the cap"), ("over_limit", "above the limit"))
        if isinstance(data.get(key), int)
    ]
    if case.split is not None:
        rows.append([f"of {case.split}: could not be judged", f"{int(case.told.get('excluded') or 0):,}"])
    if case.judged is not None:
        rows.append([f"of {case.split}: a label that the run does not know", f"{case.judged.left_out:,}"])
    return rows


def _recipe(case: Case) -> str:
    return yaml.safe_dump(dict(case.run.recipe), sort_keys=False, allow_unicode=True) if case.run.recipe else "damaged"
