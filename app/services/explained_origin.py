"""Where the figures of the page Explain come from, and the commands that make their numbers again."""

from __future__ import annotations

import shlex
from dataclasses import replace

from app.services.explained_classes import Averaged, Mixture
from app.services.explaining import Choice, Offer
from app.services.provenance import Provenance, people
from app.services.uploads import Held
from fer_core.runs import find_run


def of_face(
    name: str, held: Held, face: int, faces: str, choice: Choice | None, options: str, facts: list[str]
) -> Provenance:
    """Of figures about one face.

    Args:
        name: The run.
        held: The picture.
        face: Which of its faces, 1 is the largest.
        faces: How faces were found.
        choice: The map; None where the figure shows no label's.
        options: What the command is asked beside the map.
        facts: What else must be said.
    """
    run = find_run(name)
    how = [] if choice is None else [_how(choice)]
    parts = [f"run {run.name}", *how, *facts, _kind(held), f"learned from {people(run, run.synthetic)}", "1 view"]
    command = f"fer explain {shlex.quote(held.name)} --run {shlex.quote(name)} --faces {faces} --face {face}"
    if choice is not None:
        command += _options(choice)
        command += f" --target {shlex.quote(choice.target)}" if choice.target else ""
    return Provenance(" · ".join(parts), f"{command} {options} --out map.png --json".replace("  ", " "))


def as_asked(choice: Choice, offer: Offer) -> Choice:
    """The choice as a command takes it: a method that knows no label is given none.

    Args:
        choice: What the page shows.
        offer: What the run has.
    """
    return choice if choice.method in offer.by_label else replace(choice, target="")


def of_average(name: str, told: Averaged, choice: Choice, limit: int) -> Provenance:
    """Of mean maps.

    Args:
        name: The run.
        told: The means.
        choice: How they were made.
        limit: At most so many pictures of each label.
    """
    run, facts = find_run(name), told.facts
    held_out = (
        "in-sample (the run learned from it)"
        if facts["in_sample"]
        else "held-out, but the best epoch was selected on it"
        if facts["selected_on"]
        else "held-out"
    )
    parts = [
        f"run {run.name}",
        _how(choice),
        f"data {facts['data']}",
        f"split {facts['split']}",
        f"n = {facts['n']:,} of {facts['of']:,}",
        held_out,
        f"seed {facts['seed']}",
        "synthetic faces" if facts["synthetic"] else people(run, False),
        "each picture explained for its own label",
    ]
    command = (
        f"fer explain --average {shlex.quote(told.source)} --split {facts['split']} --limit {limit} "
        f"--run {shlex.quote(name)} --faces {told.faces}{_options(choice)} --out map.png --json"
    )
    return Provenance(" · ".join(parts), command)


def of_mixture(
    first: tuple[Held, int],
    second: tuple[Held, int],
    faces: str,
    recipe: str,
    told: list[Mixture],
    choice: Choice,
    seed: int,
) -> Provenance:
    """Of both labels of a mixed face.

    Args:
        first: A: the picture, and which of its faces.
        second: B, likewise.
        faces: How faces were found.
        recipe: Whose mixing was asked.
        told: What one run or two said.
        choice: How the maps were made.
        seed: Drew regions and shares.
    """
    held, face = first
    other, number = second
    runs = " and ".join(one.run for one in told)
    share = f"share of A {told[0].share:.2f}"
    kinds = sorted({_kind(held), _kind(other)})
    parts = [f"run {runs}", f"mixed by {recipe}", share, f"seed {seed}", *kinds, "1 view"]
    beside = f" --beside {shlex.quote(told[1].run)}" if len(told) > 1 else ""
    signed = " --signed" if choice.signed else ""
    command = (
        f"fer explain {shlex.quote(held.name)} --face {face} --mix {shlex.quote(other.name)} "
        f"--mix-face {number} --recipe {recipe} "
        f"--run {shlex.quote(told[0].run)}{beside} --faces {faces} --label-a {shlex.quote(told[0].labels[0])} "
        f"--label-b {shlex.quote(told[0].labels[1])} --method {choice.method} --seed {seed}{signed} "
        "--out map.png --json"
    )
    return Provenance(" · ".join(parts), command)


def _how(choice: Choice) -> str:
    part = "" if choice.branch == "decision" else f" of {choice.branch}"
    return f"{choice.method}{part} at {choice.layer}" + (", signed" if choice.signed else "")


def _options(choice: Choice) -> str:
    words = f" --method {shlex.quote(choice.method)} --layer {shlex.quote(choice.layer)} --branch {choice.branch}"
    return words + (" --signed" if choice.signed else "")


def _kind(held: Held) -> str:
    return "synthetic face" if held.origin == "synthetic" else "a visitor's picture"
