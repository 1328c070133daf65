"""A run beside another run, and beside what papers printed."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from fer_core.beside import Comparison, Laid, Measured, facts_of, lay_beside
from fer_core.compare import compare
from fer_core.published import PublishedTable, Training, find_table, papers, table_keys
from fer_core.recipe import check_recipe, load_recipe
from fer_core.report.case import Case
from fer_core.report.charts import Dot, dots
from fer_core.report.markup import Html, element, figure, interval, joined, note, number, table
from fer_core.report.parts import Section, missing, unjudged

_NAMES = {"accuracy": "accuracy", "average_accuracy": "average accuracy", "macro_f1": "macro-F1"}


def beside(case: Case) -> Section:
    """Another run on the samples that both judged: differences with paired intervals, McNemar's test."""
    name = shlex.quote(case.run.name)
    if case.other is None:
        return missing("No other run was laid beside this one.", f"fer report {name} --beside RUN")
    if case.judged is None:
        return unjudged(case)
    again = f"fer compare {shlex.quote(case.other.name)} {name} --split {case.split}"
    found = compare([case.other, case.run], str(case.split))
    one, test = found["pairs"][0], found["pairs"][0]["mcnemar"]
    first, second = found["runs"]
    rows = [
        [run, *(number(figures[key]) for key in ("accuracy", "average_accuracy", "macro_f1", "ece")),
         found["origin"][run]["seed"], found["origin"][run]["views"]]
        for run, figures in found["figures"].items()
    ]  # fmt: skip
    differences = one["differences"]
    chart = dots(
        [
            Dot(_NAMES[key], it["difference"], it["ci95"], tick=0.0, said=f"{it['difference']:+.3f}")
            for key, it in differences.items()
        ],
        f"{second} minus {first}",
        f"Accuracy of {second} minus {first}: {differences['accuracy']['difference']:+.3f}.",
    )
    caption = joined(
        [
            f"Both right {one['both_right']:,}, both wrong {one['both_wrong']:,}, only {first} right "
            f"{one['only_first']:,}, only {second} right {one['only_second']:,}; McNemar's exact test ",
            *(["p = ", number(test["p"])] if test["p"] >= 1e-4 else ["p < 0.0001"]),
            ". Bars: paired 95 % intervals; one that leaves out 0 is more than chance on these samples.",
        ]
    )
    left = ", ".join(f"{count:,} of {run}" for run, count in found["left_out"].items() if count)
    origin = (
        f"runs {first}, {second} · {case.origin.split(' · ', 1)[1]} · {found['n']:,} samples that both judged"
        + (f" (left out: {left})" if left else "")
        + f" · bootstrap seed {found['seed']}"
    )
    recall = [
        [
            label,
            *(number(it[key]) for key in ("first", "second")),
            number(it["difference"], 4, True),
            f"{it['support']:,}",
        ]
        for label, it in one["recall"].items()
    ]
    body = [
        figure(chart, caption, origin, again),
        table(["run", "accuracy", "average accuracy", "macro-F1", "ECE", "seed", "views"], rows, "Both runs"),
        table(["recall", first, second, "difference", "samples"], recall, "Recall by label"),
    ]
    return Section(joined(body), ((f"beside {first}", again),))


def published(case: Case) -> Section:
    """What the papers printed for the training that this run's recipe names."""
    if case.judged is None:
        return unjudged(case)
    laid = list(_laid(case))
    recipe = case.run.recipe.get("name")
    if not laid:
        return missing(
            f"No published table has a row that recipe {recipe} of this run trains; fer published lists all."
        )
    body: list[Html] = [note("Published numbers stand as printed. Read what differs before comparing.")]
    for printed, found in laid:
        paper = papers()[printed.paper]
        caption = f"{printed.number} of {paper.authors}: {printed.title} (paper {paper.key}, section {printed.section})"
        rows = [_cells(cell) for cell in found.cells]
        header = ["row", "column", "here", "95 % interval", "published", "difference", "same pictures"]
        body.append(table(header, rows, caption, left=2))
        body += [element("p", remark) for remark in found.remarks]
    again = [f"fer published {printed.key}" for printed, _ in laid]
    body.append(element("p", f"{case.origin} · again: {' ; '.join(again)}", class_="origin"))
    return Section(
        joined(body), tuple((f"published {printed.key}", f"fer published {printed.key}") for printed, _ in laid)
    )


def _cells(cell: Laid) -> list[object]:
    digits = 3 if cell.unit == "fraction" else 2
    unit = {"percent": " %", "millions": " million"}.get(cell.unit, "")
    ends = None if cell.low is None or cell.high is None else [cell.low, cell.high]
    return [
        cell.row,
        cell.column,
        joined([number(cell.ours, digits), unit]),
        interval(ends, digits),
        joined([number(cell.published, digits), unit, " (misprinted)" if cell.misprint else ""]),
        number(cell.difference, digits, True),
        "yes" if cell.same_pictures else "no",
    ]


def _laid(case: Case) -> Iterator[tuple[PublishedTable, Comparison]]:
    """Every published table that trains a row as this run was trained, with that row laid beside it."""
    for key in table_keys():
        printed = find_table(key)
        job = _job(case.run.recipe, printed)
        if job is None:
            continue
        name, training = job
        facts = {name: facts_of(load_recipe(training.recipe, training.set))}
        try:
            yield printed, lay_beside(printed, [_measured(case, name)], facts)
        except ValueError:  # the row prints no figure that a run of one split has
            continue


def _job(recipe: Mapping[str, Any], printed: PublishedTable) -> tuple[str, Training] | None:
    """The table's training that this run is: the same recipe, alike in everything that the table's trainings change."""
    jobs = [(name, one) for name, one in printed.jobs() if one.recipe == recipe.get("name")]
    changed = {entry.partition("=")[0] for _, one in jobs for entry in one.set} - {"data.source"}
    for name, one in jobs:
        meant = load_recipe(one.recipe, one.set).plain()
        if all(_at(recipe, key) == _at(meant, key) for key in changed):
            return name, one
    return None


def _at(recipe: Mapping[str, Any], key: str) -> Any:
    found: Any = recipe
    for step in key.split("."):
        found = found.get(step) if isinstance(found, Mapping) else None
    return found


def _measured(case: Case, name: str) -> Measured:
    judged, told = case.judged, case.told
    if judged is None:
        raise ValueError(f"run {case.run.name} has no stored predictions")
    found = judged.summary
    ends = {"accuracy": "ci95", "average_accuracy": "ci95_average_accuracy", "macro_f1": "ci95_macro_f1"}
    values = {key: (float(found[key]),) for key in ends}
    if isinstance(case.run.info.get("parameters"), int):
        values["parameters"] = (float(case.run.info["parameters"]),)
    return Measured(
        name=name,
        values=values,
        seeds=(int(case.run.info.get("seed") or 0),),
        data=str(told.get("data")),
        split=case.split,
        n=found["n"],
        chose_epoch=bool(case.run.provenance(case.split)["selected_on"]),
        single={key: (found[one][0], found[one][1]) for key, one in ends.items()},
        facts=_facts(case.run.recipe),
    )


def _facts(recipe: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        return facts_of(check_recipe(recipe))
    except ValueError:  # a recipe of an earlier version: nothing is said of its size and budget
        return {}
