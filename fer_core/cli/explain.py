"""`fer explain`: which part of a face speaks for a label."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fer_core.cli.answers import Answer
from fer_core.cli.harness import command, program

if TYPE_CHECKING:
    from fer_core.contracts import PicturePrediction, Prediction
    from fer_core.predictor import Predictor

app = program("Show which part of a face speaks for a label.")


@command(app)
def explain(
    image: Annotated[Path, typer.Argument(help="One picture.")],
    run: Annotated[str, typer.Option(help="A run's name or path.")],
    out: Annotated[Path, typer.Option(help="The figure to write, a .png file.")],
    method: Annotated[
        str, typer.Option(help="gradcam, gradcam++, hirescam, layercam, xgradcam, eigencam.")
    ] = "gradcam",
    layer: Annotated[str | None, typer.Option(help="A layer of the model; default: the last one with a map.")] = None,
    target: Annotated[str | None, typer.Option(help="The label to explain; default: the one the model says.")] = None,
    faces: Annotated[str, typer.Option(help="auto, detect or whole (the picture is a face).")] = "auto",
    face: Annotated[int, typer.Option(min=1, help="Which face, 1 is the largest.")] = 1,
    signed: Annotated[bool, typer.Option("--signed", help="Show evidence against the label, too.")] = False,
    opacity: Annotated[float, typer.Option(min=0, max=1, help="Of the map over the face.")] = 0.5,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
) -> Answer:
    """Write a figure of one face and its heat map, in units of the logit.

    Raises:
        FileNotFoundError: no such picture, run or folder to write to.
        ValueError: an unreadable picture, no such face, label, layer or method, or an unusable run.
    """
    from PIL import Image

    from fer_core.explain import METHODS, explain_face
    from fer_core.heatmap import plate
    from fer_core.labels import canonical, suggestion
    from fer_core.predictor import Predictor
    from fer_core.runs import find_run

    _check_out(out)
    if method not in METHODS:
        raise ValueError(f"unknown method '{method}'{suggestion(method, METHODS)}")
    if target is not None and not METHODS[method].by_label:
        raise ValueError(f"{method} knows no label; leave --target out or choose another method")
    found = find_run(run)
    wanted = None if target is None else canonical(target)
    if wanted is not None and wanted not in found.labels:
        raise ValueError(f"run {found.name} does not know the label '{target}'{suggestion(wanted, found.labels)}")
    predictor = Predictor(found, device)
    picture = _one_picture(predictor, image, faces)
    chosen = _chosen(picture, face)
    crop = chosen.crop
    if crop is None:
        raise RuntimeError("the predictor gave no crop to explain")
    # What the model says may be the mean of two views; the map explains that label, not the one of this view alone.
    position = found.labels.index(wanted or chosen.label)
    about = explain_face(predictor.model, predictor.images(crop), position, layer, method, signed=signed)
    label = None if about.target is None else found.labels[about.target]
    shown = f"{label} {chosen.probabilities[label]:.2f}" if label else f"{chosen.label}, by no label in particular"
    origin = f"{method} at {' + '.join(about.layers)} · run {found.name} · {image.name}, face {face}"
    sheet = plate(crop, about.map, title=shown, caption=origin, opacity=opacity, signed=signed)
    Image.fromarray(sheet).save(out, format="PNG")
    document = {
        "run": found.name,
        "path": str(image),
        "face": face,
        "box": chosen.face.box,
        "detection": chosen.face.detection,
        "label": chosen.label,
        "probabilities": chosen.probabilities,
        "target": label,
        "method": method,
        "layers": about.layers,
        "signed": signed,
        "unit": "logit",
        "peak": about.peak,
        "mean": float(about.map.mean()),
        "out": out,
    }
    return Answer(document, f"{shown}: peak {about.peak:.4g} logit ({origin})\nWritten to {out}")


def _check_out(out: Path) -> None:
    """Before the work, not after it."""
    if out.suffix.lower() != ".png":
        raise ValueError(f"--out must end in .png, got '{out}'")
    if not out.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {out.parent} to write {out.name} to")


def _one_picture(predictor: Predictor, image: Path, faces: str) -> PicturePrediction:
    from fer_core.pictures import find_pictures

    sources = find_pictures([image])
    if len(sources) != 1:
        raise ValueError(f"explain takes one picture, {image} holds {len(sources)}")
    (picture,) = predictor.predict(sources, faces=faces)
    if picture.error:
        raise ValueError(f"{image}: {picture.error}")
    return picture


def _chosen(picture: PicturePrediction, face: int) -> Prediction:
    if not picture.faces:
        raise ValueError(f"no face found in {picture.path}; --faces whole takes the whole picture as the face")
    if face > len(picture.faces):
        raise ValueError(f"--face must lie in 1 ... {len(picture.faces)} for {picture.path}, got {face}")
    return picture.faces[face - 1]
