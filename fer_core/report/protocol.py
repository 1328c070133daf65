"""A reviewer's fixed protocol: the same questions of every run, each with its command and its stored number."""

from __future__ import annotations

import contextlib
import shlex
from dataclasses import dataclass
from typing import Any

from fer_core.leakage.stored import stored_leakage
from fer_core.ood.reference import usual
from fer_core.origin import how_held
from fer_core.report.case import Case
from fer_core.report.erasing import stored_erasures
from fer_core.report.markup import command, element, joined, table
from fer_core.report.mistakes import by_person
from fer_core.report.parts import Section

NOT_MEASURED = "not measured"
FEW = 10
"""Of a person with fewer samples no accuracy is judged."""


@dataclass(frozen=True)
class Check:
    """One question of the protocol."""

    question: str
    found: str
    """From stored results; `NOT_MEASURED` where there are none."""
    meaning: str
    """What a good answer is."""
    command: str

    @property
    def measured(self) -> bool:
        """Whether anything is stored."""
        return self.found != NOT_MEASURED


def checks(case: Case) -> list[Check]:
    """The protocol, always the same questions in the same order.

    Args:
        case: A run and a split.
    """
    return [*_whole(case), *_scores(case), *_fairness(case), *_confidence(case), *_beyond(case), *_identity(case)]


def protocol(case: Case) -> Section:
    """The checks as a table."""
    found = checks(case)
    rows = [
        [
            joined([one.question, command(one.command)]),
            element("strong", one.found) if one.measured else element("em", one.found),
            one.meaning,
        ]
        for one in found
    ]
    count = sum(one.measured for one in found)
    head = element(
        "p", f"{count} of {len(found)} checks have a stored number for this run. The list is the same for every run."
    )
    body = table(["check, and its command", "stored result", "what to look for"], rows, case.origin, left=3)
    return Section(
        joined([head, element("div", body, class_="protocol")]), tuple((one.question, one.command) for one in found)
    )


def _whole(case: Case) -> list[Check]:
    run, info = shlex.quote(case.run.name), case.run.info
    data = info.get("data") or {}
    marks = [str(info[key]) for key in ("commit", "device") if info.get(key)]
    held = how_held(case.run.provenance(case.split)) if case.split else NOT_MEASURED
    excluded = case.told.get("excluded")
    return [
        Check("Do the weights give the stored predictions?", NOT_MEASURED,
              "Equal: no label differs, no probability by more than 0.001.", f"fer runs verify {run}"),
        Check("Is it said what made it?", ", ".join([*marks, f"seed {info.get('seed')}"]) if marks else NOT_MEASURED,
              "Commit, device and seed are there.", f"fer report {run} --sections provenance"),
        Check("Was the judged split kept from the training?", f"{case.split}: {held}" if case.split else NOT_MEASURED,
              "Held-out, and the epoch not selected on it.", case.evaluating),
        Check("Were samples left out of the judged split?", NOT_MEASURED if excluded is None else f"{int(excluded):,}",
              "Few, and each with a reason.", case.evaluating),
        Check("Do copies of judged samples stand in the training split?", _twins(case, data),
              "Accuracy without twins is close to accuracy.", f"fer data audit {shlex.quote(case.source)}"),
    ]  # fmt: skip


def _twins(case: Case, data: dict[str, Any]) -> str:
    if case.judged is None or case.judged.summary["twins"] is None:
        return NOT_MEASURED
    found = case.judged.summary
    without = found["accuracy_without_twins"]
    said = f"{found['twins']:,} twins, {data.get('twins_dropped', 0):,} dropped from training"
    return said if without is None else f"{said}; accuracy {found['accuracy']:.4f}, without twins {without:.4f}"


def _scores(case: Case) -> list[Check]:
    accuracy = floor = recall = NOT_MEASURED
    if case.judged is not None:
        found, always = case.judged.summary, case.judged.baseline
        accuracy = "{:.4f} [{:.4f}, {:.4f}]".format(found["accuracy"], *found["ci95"])
        gain = found["accuracy"] - always["accuracy"]
        floor = f"{gain:+.4f} against always “{always['label']}” ({always['accuracy']:.4f})"
        known = {label: one["recall"] for label, one in found["per_class"].items() if one["recall"] is not None}
        worst = min(known, key=lambda label: known[label])
        recall = f"{worst} {known[worst]:.4f} of {found['per_class'][worst]['support']:,}"
    return [
        Check("How often is it right?", accuracy, "The interval, not the number, is the claim.", case.evaluating),
        Check("Is that more than the most frequent answer gives?", floor, "Clearly above 0.", case.evaluating),
        Check("Which label is found worst?", recall, "No label is given up.", case.evaluating),
    ]


def _fairness(case: Case) -> list[Check]:
    said = NOT_MEASURED
    if case.judged is not None and case.judged.table["subject"].notna().any():
        people = by_person(case.judged)
        enough = people[people["n"] >= FEW]
        if len(enough):
            said = (
                f"{enough['accuracy'].iloc[0]:.4f} worst, {enough['accuracy'].median():.4f} median of "
                f"{len(enough):,} people with at least {FEW} samples"
            )
    wanted = "The worst person is not far below the median."
    return [Check("Who is read worst?", said, wanted, case.reporting("persons"))]


def _confidence(case: Case) -> list[Check]:
    run = shlex.quote(case.run.name)
    again = f"fer calibrate {run} --split {case.split} --judge-on folds" if case.split else f"fer calibrate {run}"
    ece = wrong = NOT_MEASURED
    if case.judged is not None:
        found = case.judged.summary
        ece = "{:.4f} [{:.4f}, {:.4f}]".format(found["ece"], *found["ci95_ece"])
        sure = case.judged.confidence >= 0.9
        lost = int((sure & ~case.judged.right).sum())
        wrong = f"{lost:,} of {int(sure.sum()):,} answers" + (f", {lost / sure.sum():.4f}" if sure.any() else "")
    return [
        Check("Is it as sure as it is right? (ECE)", ece, "Near 0.", again),
        Check(
            "How often is it wrong with 90 % confidence or more?",
            wrong,
            "At most one in ten.",
            case.reporting("mistakes"),
        ),
    ]


def _beyond(case: Case) -> list[Check]:
    run, source = shlex.quote(case.run.name), shlex.quote(case.source)
    lost = strange = NOT_MEASURED
    with contextlib.suppress(FileNotFoundError):  # not measured is an answer of the protocol
        summary = case.run.robustness().attrs.get("summary") or {}
        lost = "{:.4f} lost [{:.4f}, {:.4f}]".format(summary["drop"], *summary["drop_ci95"]) if summary else lost
    reference = usual(case.run)
    if reference is not None:
        tried = reference.facts.get("tried") or []
        said = "; ".join(f"{one['group']} {one['name']} {one['auroc']:.4f}" for one in tried if one["group"] != "blur")
        strange = f"AUROC {said}" if said else f"threshold {reference.threshold:.4f} in {reference.space}"
    seeds = "one seed" if case.run.info.get("seed") is not None else NOT_MEASURED
    return [
        Check("What is left on covered, blurred, dark or turned faces?", lost, "Little is lost.",
              f"fer robustness {run} --data {source} --store"),
        Check("Does it notice pictures of another kind?", strange, "AUROC near 1 on non-faces and other data.",
              f"fer ood {run} --data {source}"),
        Check("How many seeds is this?", seeds, "Several, with their spread: one may be lucky.", "fer sweep --help"),
    ]  # fmt: skip


def _identity(case: Case) -> list[Check]:
    spaces = stored_leakage(case.run.path).get("spaces") or {}
    known = {name: both["unseen"] for name, both in spaces.items() if isinstance(both, dict) and both.get("unseen")}
    said = "; ".join(f"{name} {one['accuracy']:.4f} (chance {one['chance']:.4f})" for name, one in known.items())
    taken = "; ".join(
        f"{one['space']} {one['before']['accuracy']:.4f} → {one['after']['accuracy']:.4f}"
        for one in stored_erasures(case.run.path)
    )
    return [
        Check("How well are strangers found again by its features?", said or NOT_MEASURED,
              "The space that decides is near chance.", case.on_space("fer leakage")),
        Check("What is left after identity is erased?", taken or NOT_MEASURED,
              "Leakage falls, the state stays readable.", case.on_space("fer erase", "--folds 5 --store")),
    ]  # fmt: skip
