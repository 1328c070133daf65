"""`fer ood`: how usual a face is for a run."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from fer_core.cli.answers import Answer, table
from fer_core.cli.harness import command, program

app = program("Measure how far from a run's own pictures a face may lie.")


@command(app)
def ood(
    run: Annotated[str, typer.Argument(help="A run's name or path.")],
    data: Annotated[
        str | None, typer.Option(help="The data that the run was trained on; without it, what is stored is shown.")
    ] = None,
    split: Annotated[
        str | None, typer.Option(help="train, validation, test or all; default: the run's validation samples.")
    ] = None,
    against: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=DATA", help="Other pictures to tell apart, labelled or not; may be repeated."),
    ] = None,
    store: Annotated[bool, typer.Option("--store", help="Keep it with the run, as ood.safetensors.")] = False,
    space: Annotated[str | None, typer.Option(help="A feature space; default: v_face.")] = None,
    limit: Annotated[
        int | None, typer.Option(help="Only so many validation samples, each label with its share; default: all.")
    ] = None,
    faces: Annotated[
        str | None, typer.Option(help="auto, detect or whole, for validation samples; default: as the run's own.")
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    seed: Annotated[int, typer.Option(help="Of the subset, the folds and what is drawn.")] = 0,
) -> Answer:
    """Measure the distance of features to the run's validation features, and what it tells apart.

    The threshold leaves 95 % of the validation pictures inside. Tried on drawn pictures without a face, on blurred
    validation pictures, and on other data. Predictions of a run that keeps this say whether a face is usual for it.

    Raises:
        FileNotFoundError: no such run or data.
        ValueError: nothing stored and no --data, no such split or space, too few samples, an unusable run.
    """
    from fer_core.ood import store_reference, usual
    from fer_core.runs import find_run

    found = find_run(run)
    if data is None:
        if store or against:
            raise ValueError("name the run's own data: --data DATA")
        kept = usual(found)
        if kept is None:
            raise ValueError(f"run {found.name} keeps nothing to compare with; measure it: --data DATA --store")
        shown: dict[str, Any] = {**kept.facts, "stored": True}
        return Answer(shown, _text(shown))
    if store and found.shipped:
        raise ValueError(f"run {found.name} comes with the software and is not changed; leave --store out")
    from fer_core.data import open_data
    from fer_core.ood.measuring import measure

    others = {name: open_data(source) for name, source in _named(against or [])}
    reference = measure(found, open_data(data), split, others, limit, faces, device, seed, space)
    document: dict[str, Any] = {**reference.facts, "stored": store}
    if store:
        store_reference(found, reference)
    return Answer(document, _text(document))


def _named(words: list[str]) -> list[tuple[str, str]]:
    found = []
    for word in words:
        name, equals, source = word.partition("=")
        if not equals or not name.strip() or not source.strip():
            raise ValueError(f"--against must read like orl=orl_faces.zip, got '{word}'")
        found.append((name.strip(), source.strip()))
    if len({name for name, _ in found}) < len(found):
        raise ValueError("--against must give each data set a name of its own")
    return found


def _text(document: dict[str, Any]) -> str:
    rows = [
        [
            one["group"],
            one["name"] + (", synthetic" if one["synthetic"] and "synthetic" not in one["name"] else ""),
            one["n"],
            f"{one['auroc']:.3f}",
            f"{one['outside']:.1%}",
            f"{one['median']:.2f}",
        ]
        for one in document["tried"]
    ]
    synthetic = ", synthetic" if document["synthetic"] else ""
    lines = [
        f"{document['run']} on {document['data']}, {document['split']}{synthetic}: n {document['n']:,} of "
        f"{document['of']:,}, excluded {document['excluded']:,}, seed {document['seed']}",
        *(["The run learned from this split: its pictures lie too near."] if document["in_sample"] else []),
        f"{document['space']} ({document['dimension']} values), {document['folds']} folds by {document['dealt_by']}, "
        f"shrinkage {document['shrinkage']:.3f}; {document['usual']} % of these pictures lie within "
        f"{document['threshold']:.3f}",
        "",
        table(["tried on", "", "n", "AUROC", "outside", "median distance"], rows),
    ]
    if document["stored"]:
        lines += ["", f"Stored with the run; measured by: {document['command']}"]
    return "\n".join(lines)
