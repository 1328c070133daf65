"""`fer neighbours`: which stored samples a face resembles."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fer_core.cli.answers import DONE, MISTAKE, Answer, table
from fer_core.cli.harness import command, program

if TYPE_CHECKING:
    import numpy as np

    from fer_core.contracts import PicturePrediction
    from fer_core.features import FeatureTable
    from fer_core.predictor import Predictor

app = program("Show which stored samples a face resembles, in each feature space.")

_TOLD = ("sample", "label", "subject", "session", "split")


@command(app)
def neighbours(
    pictures: Annotated[list[Path], typer.Argument(help="Pictures, folders or zips.")],
    run: Annotated[str, typer.Option(help="A run with stored features (fer embed --store).")],
    k: Annotated[int, typer.Option("--k", help="How many neighbours.")] = 5,
    space: Annotated[str | None, typer.Option(help="One feature space; default: all.")] = None,
    split: Annotated[str | None, typer.Option(help="Of which split's features; default: the first stored.")] = None,
    faces: Annotated[str, typer.Option(help="auto, detect or whole (each picture is a face).")] = "auto",
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
) -> Answer:
    """Print the nearest stored samples of each face by cosine, space by space, and its place in every stored map.

    Raises:
        FileNotFoundError: no such run, or no stored features of it.
        ValueError: an unusable run, no such space, or an unknown way to look for faces.
    """
    from fer_core.pictures import find_pictures
    from fer_core.predictor import Predictor
    from fer_core.runs import find_run

    if k < 1:
        raise ValueError(f"--k must be 1 or more, got {k}")
    found = find_run(run)
    stored = found.features(split, None if space is None else [space])
    predictor = Predictor(found, device)
    own = tuple(predictor.model.backbone.dimensions)  # type: ignore[arg-type]
    if not set(stored.spaces) & set(own):
        raise ValueError(f"a face has no features of {', '.join(stored.spaces)}; the network gives: {', '.join(own)}")
    images = [_of(predictor, stored, one, k) for one in predictor.predict(find_pictures(pictures), faces)]
    document = {"run": found.name, "made": stored.made, "n": len(stored), "k": k, "images": images}
    failed = all(one["error"] is not None for one in images)
    complaint = f"no picture can be read; the first: {images[0]['error']}" if failed else None
    return Answer(document, _text(document), MISTAKE if failed else DONE, complaint)


def _of(predictor: Predictor, stored: FeatureTable, picture: PicturePrediction, k: int) -> dict[str, Any]:
    import numpy as np

    told = []
    for face in picture.faces:
        if face.crop is None:
            continue
        crops = np.stack(np.split(face.crop, face.crop.shape[1] // predictor.size, axis=1))
        # Of a face that is judged by its eyes, the mean of both, as its answer is.
        vectors = {name: one.mean(axis=0)[None] for name, one in predictor.spaces(crops).items()}
        spaces = {name: _in(predictor, stored, name, vectors[name], k) for name in stored.spaces if name in vectors}
        box = [round(edge, 2) for edge in face.face.box]
        told.append({"box": box, "label": face.label, "spaces": spaces})
    return {"path": picture.path, "faces": told, "error": picture.error}


def _in(predictor: Predictor, stored: FeatureTable, space: str, vectors: np.ndarray, k: int) -> dict[str, Any]:
    from fer_core.neighbours import nearest

    rows, cosines = nearest(vectors, stored, space, k)
    columns = [name for name in _TOLD if name in stored.samples]
    near = stored.samples.iloc[rows[0]][columns].to_dict("records")
    return {
        "neighbours": [{**one, "cosine": cosine} for one, cosine in zip(near, cosines[0].tolist(), strict=True)],
        "places": dict(_places(predictor, stored, space, vectors)),
    }


def _places(
    predictor: Predictor, stored: FeatureTable, space: str, vectors: np.ndarray
) -> Iterator[tuple[str, dict[str, float]]]:
    from fer_core.projection import METHODS, place_in, stored_projection

    for method in METHODS:
        mapped = stored_projection(predictor.run, space, method)
        # A map of another split's features has other rows.
        if mapped is None or mapped.attrs.get("made", {}).get("split") != stored.made.get("split"):
            continue
        found = place_in(vectors, stored, mapped)
        names = ("distance", "confidence", "spread")
        x, y = found.points[0].tolist()
        yield method, {"x": x, "y": y, **{name: float(getattr(found, name)[0]) for name in names}}


def _text(document: dict[str, Any]) -> str:
    made = document["made"]
    synthetic = ", synthetic" if made.get("synthetic") else ""
    parts = [
        f"among {document['n']:,} stored samples of {made.get('data', 'unknown data')}, "
        f"{made.get('split', 'unknown split')}{synthetic}"
    ]
    for image in document["images"]:
        if image["error"] is not None:
            parts.append(f"{image['path']}: {image['error']}")
        elif not image["faces"]:
            parts.append(f"{image['path']}: no face found")
        for number, face in enumerate(image["faces"], start=1):
            rows = [
                [space, one["sample"], one.get("label"), one.get("subject"), f"{one['cosine']:.3f}"]
                for space, about in face["spaces"].items()
                for one in about["neighbours"]
            ]
            head = f"{image['path']}, face {number}: the model says {face['label']}"
            parts.append("\n".join([head, table(["space", "sample", "label", "person", "cosine"], rows)]))
    return "\n\n".join(parts)
