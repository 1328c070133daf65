"""`fer leakage`: how well people are found again by features."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from fer_core.cli.answers import Answer, table
from fer_core.cli.harness import command, program

app = program("How well do features tell who somebody is?")


@command(app)
def leakage(
    source: Annotated[
        str,
        typer.Argument(metavar="FILE|RUN", help="A parquet or csv table, a zip with one, or a run with features."),
    ],
    space: Annotated[str, typer.Option(help="A feature space, or columns of numbers with commas between them.")],
    state: Annotated[
        str | None, typer.Option(help="Samples of this label only, or all; default: Awake, else neutral, else all.")
    ] = None,
    trials: Annotated[int, typer.Option(help="How often a gallery and a probe of everyone are drawn.")] = 100,
    seed: Annotated[int, typer.Option(help="Of everything drawn.")] = 0,
    probe: Annotated[
        bool,
        typer.Option("--probe", help="Also neighbour and linear probes, leaving sessions and persons out."),
    ] = False,
    split: Annotated[str | None, typer.Option(help="Rows of this split only; of a run, its table of it.")] = None,
    columns: Annotated[
        str | None, typer.Option(help="Where a table names its columns otherwise: subject=Participant,label=Y.")
    ] = None,
) -> Answer:
    """Find people again in another session by their features: the share found, beside chance, rank and interval.

    Gallery and probe are one random sample of each person from different sessions; without sessions each row is
    one. The effective rank is that of all rows of the table. Where the table says whom its run has learned from, these
    people and all others are looked for apart, too.

    Raises:
        FileNotFoundError: no such file or run, or no stored features of it.
        ValueError: no such space, column, state or split, or fewer than two people with two sessions.
    """
    from fer_core.leakage import leakage_of
    from fer_core.vectors import columns_from, find_vectors

    found = find_vectors(source, [space], split, columns_from(columns))
    document = {**leakage_of(found, space, state, trials, seed, probe), "source": found.source}
    document |= {key: found.made[key] for key in _ORIGIN if key in found.made}
    return Answer(document, _text(document))


_ORIGIN = ("run", "data", "fingerprint", "split", "in_sample", "selected_on", "synthetic")


def _text(document: dict[str, Any]) -> str:
    low, high = document["ci95"]
    check, hard = document["verification"], document["verification"]["hard"]
    origin = (
        f"{document['run']} on {document['data']}, {document['split']}" if "run" in document else document["source"]
    )
    lines = [
        f"{document['space']} of {origin}{', synthetic' if document.get('synthetic') else ''}: dimension "
        f"{document['dimension']}, effective rank {document['effective_rank']:.1f} (of all {document['of']:,} rows)",
        *(["The run learned from this split."] if document.get("in_sample") else []),
        f"people found again: {document['accuracy']:.3f} (95 % interval over people {low:.3f} to {high:.3f}, "
        f"chance {document['chance']:.3f})",
        f"{document['subjects']} people, state {document['state']}, {document['n']:,} rows, {document['trials']} "
        f"trials (std {document['std']:.3f}), seed {document['seed']}; "
        + ("gallery and probe from different sessions" if document["sessions"] else "each row its own session"),
    ]
    if document["subjects_left_out"]:
        lines.append(f"left out, fewer than two sessions: {document['subjects_left_out']} people")
    if document["zero_rows"]:
        lines.append(f"all zero, never counted as right: {document['zero_rows']:,} rows")
    lines += [
        f"of whom the run has {'learned' if part == 'seen' else 'not learned'}, {one['subjects']} people among "
        f"themselves: {one['accuracy']:.3f} ({one['ci95'][0]:.3f} to {one['ci95'][1]:.3f}, chance {one['chance']:.3f})"
        for part in ("seen", "unseen")
        if (one := document[part]) is not None
    ]
    lines.append(f"verification: {_pairs(check)}")
    if hard is not None:
        lines.append(f"same person in another state against another person in the same state: {_pairs(hard)}")
    ranks = [rank for rank in (1, 2, 5, 10, 20) if rank <= len(document["cmc"])]
    lines.append("among the nearest " + ", ".join(f"{rank}: {document['cmc'][rank - 1]:.3f}" for rank in ranks))
    return "\n".join([*lines, *_probes(document.get("probe"))])


def _pairs(told: dict[str, Any]) -> str:
    low, high = told["ci95"]
    return (
        f"AUC {told['auc']:.3f} ({low:.3f} to {high:.3f}), equal error rate {told['eer']:.3f}, {told['pairs']:,} pairs"
    )


def _probes(probe: dict[str, Any] | None) -> list[str]:
    if probe is None:
        return []
    rows = [
        [what, learner, scheme.replace("_", " "), *(f"{one[key]:.3f}" for key in ("accuracy", "macro_f1"))]
        + [f"{probe[what]['chance']:.3f}"]
        for what in ("identity", "state")
        if probe[what] is not None
        for learner in ("knn", "linear")
        for scheme, one in probe[what][learner].items()
        if one is not None
    ]
    left = f", {probe['left_out']} people left out who lack a state" if probe["left_out"] else ""
    head = f"probes on {probe['rows']:,} rows of {probe['people']} people{left}"
    return ["", head, table(["names", "by", "judged on", "accuracy", "macro-F1", "commonest"], rows)]
