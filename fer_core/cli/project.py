"""`fer project`: features on a plane."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from fer_core.cli.answers import Answer, table
from fer_core.cli.harness import command, program

app = program("Lay features out on a plane: PCA, t-SNE or UMAP.")


@command(app)
def project(
    source: Annotated[
        str,
        typer.Argument(metavar="FILE|RUN", help="A parquet or csv table, a zip with one, or a run with features."),
    ],
    space: Annotated[str, typer.Option(help="A feature space, or columns of numbers with commas between them.")],
    method: Annotated[str, typer.Option(help="pca, tsne or umap.")],
    out: Annotated[Path | None, typer.Option(help="A .parquet file.")] = None,
    store: Annotated[
        bool, typer.Option("--store", help="Keep the map with the run, as projections/<space>-<method>.parquet.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Of what the method draws.")] = 0,
    split: Annotated[str | None, typer.Option(help="Rows of this split only; of a run, its table of it.")] = None,
    columns: Annotated[
        str | None, typer.Option(help="Where a table names its columns otherwise: subject=Participant,label=Y.")
    ] = None,
) -> Answer:
    """Write where each sample lies on a plane (x, y), and say how far that picture can be trusted.

    t-SNE and UMAP see the first 50 principal components. A map that the run keeps already, of the same table and
    settings, is not computed again.

    Raises:
        FileNotFoundError: no such file or run, no stored features of it, or no folder to write to.
        ValueError: neither --out nor --store, no such space, method, column or split, or too few rows.
    """
    from fer_core.projection import kept, store_projection
    from fer_core.projection import project as lay
    from fer_core.runs import find_run
    from fer_core.tables import write_parquet
    from fer_core.vectors import columns_from, find_vectors

    if (out is None) == (not store):
        raise ValueError("name a file with --out FILE.parquet, or keep the map with the run: --store")
    if out is not None and out.suffix.lower() != ".parquet":
        raise ValueError(f"{out.name} must end in .parquet")
    if out is not None and not out.absolute().parent.is_dir():
        raise FileNotFoundError(f"there is no folder {out.parent} to write {out.name} into")
    run = find_run(source) if store else None
    if run is not None and run.shipped:
        raise ValueError(f"run {run.name} comes with the software and is not changed; use --out")
    found = find_vectors(source, [space], split, columns_from(columns))
    known = None if run is None else kept(run, found, space, method, seed)
    projected, figures = known or lay(found, space, method, seed)
    if out is not None:
        write_parquet(out, projected)
    elif run is not None:
        out = store_projection(run, projected)
    document = {**figures, "source": found.source, "out": out, "stored": store, "reused": known is not None}
    return Answer(document, _text(document))


def _text(document: dict[str, Any]) -> str:
    rows = [
        [
            f"neighbours of the same {name}",
            *(f"{one[key]:.3f}" for key in ("map", "space", "chance")),
        ]
        for name, one in document["knn_purity"].items()
    ] + [
        [f"silhouette by {name}", *("-" if one[key] is None else f"{one[key]:.3f}" for key in ("map", "space")), "-"]
        for name, one in document["silhouette"].items()
    ]
    return "\n".join(
        [
            f"{document['space']} of {document['source']} by {document['method']}: n {document['n']:,}, dimension "
            f"{document['dimension']}, seed {document['seed']}, "
            + ("stored before" if document["reused"] else f"{document['seconds']:.1f} s"),
            f"trustworthiness {document['trustworthiness']:.3f} (on {document['judged']:,} of the points)",
            *([table(["", "on the map", "in the space", "by chance"], rows)] if rows else []),
            *([_placing(document["placing"])] if document["placing"] else []),
            f"Written: {document['out']}",
        ]
    )


def _placing(found: dict[str, Any]) -> str:
    return (
        f"A tenth (n {found['n']}) placed by its neighbours among the others lies {found['error']:.3f} of the map's "
        f"radius from its own place; two of them lie {found['chance']:.3f} apart."
    )
