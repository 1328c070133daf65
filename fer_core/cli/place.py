"""`fer place`: new or mixed samples in a map that is already there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fer_core.cli.answers import Answer
from fer_core.cli.harness import command, program

if TYPE_CHECKING:
    import pandas as pd

    from fer_core.features import FeatureTable
    from fer_core.projection import Placed

app = program("Place new or mixed samples in a map that is already there.")


@command(app)
def place(
    source: Annotated[
        str,
        typer.Argument(metavar="FILE|RUN", help="What the map was made from: a table, or a run with features."),
    ],
    space: Annotated[str, typer.Option(help="The feature space of the map.")],
    on: Annotated[str, typer.Option("--map", help="A file of fer project --out, or of a run pca, tsne or umap.")],
    out: Annotated[Path, typer.Option(help="A .parquet file.")],
    features: Annotated[
        str | None, typer.Option(metavar="FILE|RUN", help="New samples: another table with that space.")
    ] = None,
    mixed: Annotated[
        str | None, typer.Option(help="same or other: pairs of the same or of other people, mixed in the space.")
    ] = None,
    between: Annotated[str, typer.Option(help="Labels that are mixed with each other.")] = "Asleep-Drowsy,Drowsy-Awake",
    share: Annotated[float, typer.Option(help="Mixed samples as a share of the table's.")] = 0.1,
    alpha: Annotated[float, typer.Option(help="Of the Beta distribution of lambda.")] = 0.75,
    k: Annotated[int, typer.Option("--k", help="Neighbours that place a sample.")] = 15,
    seed: Annotated[int, typer.Option(help="Of pairs and lambdas.")] = 0,
    split: Annotated[str | None, typer.Option(help="Rows of this split only; of a run, its table of it.")] = None,
) -> Answer:
    """Write where samples lie in a map (x, y) by their neighbours in its space, and how far that can be trusted.

    Mixed samples (paper A, Fig. 4) also get their place on the line between their parents (line_x, line_y).

    Raises:
        FileNotFoundError: no such file or run, no stored features, or no folder to write to.
        ValueError: neither --features nor --mixed, no such space or map, a map of other rows, or no pairs.
    """
    from fer_core.tables import write_parquet
    from fer_core.vectors import find_vectors

    if (features is None) == (mixed is None):
        raise ValueError("say what to place: new samples with --features FILE, or --mixed same|other")
    if out.suffix.lower() != ".parquet":
        raise ValueError(f"{out.name} must end in .parquet")
    if not out.absolute().parent.is_dir():
        raise FileNotFoundError(f"there is no folder {out.parent} to write {out.name} into")
    if seed < 0:
        raise ValueError(f"seed must be 0 or more, got {seed}")
    stored = find_vectors(source, [space], split)
    mapped = _map(source, space, on)
    if features is not None:
        placed = _new(find_vectors(features, [space]), stored, mapped, space, k)
    else:
        placed = _mixed(stored, mapped, _options(str(mixed), between, share, alpha), k, seed)
    write_parquet(out, placed)
    document: dict[str, Any] = {
        "space": space,
        "map": on,
        "source": stored.source,
        "stored": len(stored),
        "n": len(placed),
        "k": k,
        "seed": None if mixed is None else seed,
        "distance": float(placed["distance"].median()),
        "confidence": float(placed["confidence"].median()),
        "spread": float(placed["spread"].median()),
        "beyond": float((placed["confidence"] == 0).mean()),
        "gap": None if mixed is None else float(placed["gap"].median()),
        "out": out,
    }
    return Answer(document, _text(document))


def _map(source: str, space: str, on: str) -> pd.DataFrame:
    from fer_core.projection import METHODS, stored_projection
    from fer_core.runs import find_run
    from fer_core.tables import read_parquet

    if on not in METHODS:
        found = read_parquet(Path(on).expanduser())
    else:
        kept = stored_projection(find_run(source), space, on)
        if kept is None:
            raise ValueError(f"{source} keeps no map of {space} by {on}; make one with fer project --store")
        found = kept
    if found.attrs.get("space") != space:
        raise ValueError(f"{on} is a map of {found.attrs.get('space', 'an unknown space')}, not of {space}")
    return found


def _options(partners: str, between: str, share: float, alpha: float) -> Any:
    from pydantic import ValidationError

    from fer_core.catalogue.mixings import PairsOptions

    pairs = tuple(tuple(word.strip() for word in pair.split("-")) for pair in between.split(",") if pair.strip())
    given = {"partners": partners, "at": "v_state", "share": share, "alpha": alpha, "between": pairs}
    try:
        return PairsOptions.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        name = {"partners": "mixed"}.get(str(first["loc"][0]), str(first["loc"][0]))
        raise ValueError(f"--{name}: {first['msg']}") from None


def _new(new: FeatureTable, stored: FeatureTable, mapped: pd.DataFrame, space: str, k: int) -> pd.DataFrame:
    from fer_core.features import COLUMNS
    from fer_core.projection import place_in

    found = place_in(new.space(space), stored, mapped, k)
    return _columns(new.samples[[name for name in COLUMNS if name in new.samples]].copy(), found)


def _mixed(stored: FeatureTable, mapped: pd.DataFrame, options: Any, k: int, seed: int) -> pd.DataFrame:
    import pandas as pd

    from fer_core.mixing.pairing import PlannedPairs
    from fer_core.projection import place_mixed
    from fer_core.seeds import PAIRS, stream

    stored.column("label")
    blend = PlannedPairs(options).pairs(stream(seed, PAIRS), stored.samples)
    found = place_mixed(blend, stored, mapped, k=k)
    told: dict[str, Any] = {"main": blend.main, "partner": blend.partner, "lam": blend.lam}
    for name in ("sample", "label", "subject"):
        if name in stored.samples:
            column = stored.samples[name].to_numpy(dtype=object)
            told |= {f"main_{name}": column[blend.main], f"partner_{name}": column[blend.partner]}
    line = {"line_x": found.line[:, 0], "line_y": found.line[:, 1], "gap": found.gap}
    return _columns(pd.DataFrame({**told, **line}), found.placed)


def _columns(samples: pd.DataFrame, found: Placed) -> pd.DataFrame:
    x, y = found.points.T
    return samples.assign(x=x, y=y, distance=found.distance, confidence=found.confidence, spread=found.spread)


def _text(document: dict[str, Any]) -> str:
    what = "new" if document["gap"] is None else "mixed"
    lines = [
        f"{document['n']:,} {what} samples in the map of {document['stored']:,} by {document['k']} neighbours in "
        f"{document['space']} ({document['map']})",
        f"the middle one: {document['distance']:.2f} times as far from them as a stored sample, neighbours spread over "
        f"{document['spread']:.3f} of the map's radius; {document['beyond']:.1%} lie farther than any stored sample",
    ]
    if document["gap"] is not None:
        lines.append(f"from the line between its parents: {document['gap']:.3f} of the map's radius")
    return "\n".join([*lines, f"Written: {document['out']}"])
