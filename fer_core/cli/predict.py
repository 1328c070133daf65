"""`fer predict`: what the model says about the faces in pictures."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fer_core.cli.answers import DONE, MISTAKE, Answer, table
from fer_core.cli.harness import command, program

if TYPE_CHECKING:
    from fer_core.contracts import PicturePrediction

app = program("What the model says about the faces in pictures.")


@command(app)
def predict(
    pictures: Annotated[list[Path], typer.Argument(help="Pictures, folders or zips.")],
    run: Annotated[str, typer.Option(help="A run's name or path.")],
    faces: Annotated[str, typer.Option(help="auto, detect, or whole (the picture is the face).")] = "auto",
    views: Annotated[
        int | None, typer.Option(help="1, or 2 for the mirrored face too; default: the run's own.")
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
) -> Answer:
    """Find the faces in pictures and say what the model sees in each; a bad file gets a sentence and stops nothing.

    Raises:
        FileNotFoundError: no such run.
        ValueError: the run cannot be used, or an option is unknown.
    """
    from tqdm import tqdm

    from fer_core.pictures import find_pictures
    from fer_core.predictor import Predictor
    from fer_core.runs import find_run

    found = find_run(run)
    sources = find_pictures(pictures)
    answers = Predictor(found, device).predict(sources, faces, views)
    bar = tqdm(answers, total=len(sources), unit="picture", file=sys.stderr, disable=None, leave=False)
    images = [_image(one) for one in bar]
    readable = any(image["error"] is None for image in images)
    document = {"run": found.name, "labels": found.labels, "images": images}
    complaint = None if readable else "no picture could be read" if len(images) != 1 else images[0]["error"]
    return Answer(document, _text(images), DONE if readable else MISTAKE, complaint)


def _image(said: PicturePrediction) -> dict[str, Any]:
    return {
        "path": said.path,
        "width": said.width,
        "height": said.height,
        "faces": [
            {
                "box": [round(edge, 2) for edge in one.face.box],
                "detection": one.face.detection,
                "label": one.label,
                "probabilities": one.probabilities,
            }
            for one in said.faces
        ],
        "error": said.error,
    }


def _text(images: list[dict[str, Any]]) -> str:
    rows: list[list[object]] = []
    for image in images:
        if image["error"] is not None or not image["faces"]:
            rows.append([image["path"], None, image["error"] or "no face found", None, None])
        for number, face in enumerate(image["faces"], start=1):
            box = " ".join(f"{edge:.0f}" for edge in face["box"])
            rows.append([image["path"], number, face["label"], round(face["probabilities"][face["label"]], 3), box])
    return table(["picture", "face", "the model says", "probability", "box (left top right bottom)"], rows)
