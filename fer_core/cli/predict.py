"""`fer predict`: what a run says about the faces in pictures."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fer_core.cli.answers import DONE, MISTAKE, Answer, table
from fer_core.cli.harness import command, program

if TYPE_CHECKING:
    from fer_core.contracts import PicturePrediction

app = program("Say what a run sees in the faces of pictures.")


@command(app)
def predict(
    pictures: Annotated[list[Path], typer.Argument(help="Pictures, folders or zips.")],
    run: Annotated[str, typer.Option(help="A run's name or path.")],
    faces: Annotated[str, typer.Option(help="auto, detect or whole (each picture is a face).")] = "auto",
    views: Annotated[
        int | None, typer.Option(help="1; 2: also mirrored; 10: both also turned four ways; default: as evaluated.")
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
) -> Answer:
    """Find the faces in pictures and print what a run says about each; boxes are in pixels of the upright picture.

    Raises:
        FileNotFoundError: no such run.
        ValueError: an unusable run, or an unknown way to look for faces.
    """
    from tqdm import tqdm

    from fer_core.pictures import find_pictures
    from fer_core.predictor import Predictor
    from fer_core.runs import find_run

    predictor = Predictor(find_run(run), device)
    sources = find_pictures(pictures)
    said = predictor.predict(sources, faces, views)
    answers = [_plain(one) for one in tqdm(said, total=len(sources), unit="picture", disable=None, leave=False)]
    document = {"run": predictor.run.name, "labels": predictor.labels, "images": answers}
    if any(one["error"] is None for one in answers):
        return Answer(document, _text(answers), DONE)
    path, error = answers[0]["path"], answers[0]["error"]
    first = error if Path(path).name in error else f"{path}: {error}"
    complaint = first if len(answers) == 1 else f"none of {len(answers)} files can be read; the first: {first}"
    return Answer(document, _text(answers), MISTAKE, complaint)


def _plain(picture: PicturePrediction) -> dict[str, Any]:
    return {
        "path": picture.path,
        "width": picture.width,
        "height": picture.height,
        "faces": [
            {
                "box": [round(edge, 2) for edge in one.face.box],
                "detection": one.face.detection,
                "label": one.label,
                "probabilities": one.probabilities,
                # Only of runs that keep something to compare with.
                **({} if one.usual is None else {"usual": asdict(one.usual)}),
            }
            for one in picture.faces
        ],
        "error": picture.error,
    }


def _text(images: list[dict[str, Any]]) -> str:
    rows: list[list[object]] = []
    for image in images:
        if image["error"] is None and not image["faces"]:
            rows.append([image["path"], None, "no face found", None, None, None])
        for number, face in enumerate(image["faces"], start=1):
            share = f"{face['probabilities'][face['label']]:.2f}"
            left, top, right, bottom = (round(edge) for edge in face["box"])
            known = face.get("usual")
            usual = None if known is None else "yes" if known["inside"] else f"no ({known['distance']:.2f})"
            rows.append([image["path"], number, face["label"], share, f"{left}, {top} to {right}, {bottom}", usual])
    unread = [f"{image['path']}: {image['error']}" for image in images if image["error"] is not None]
    header = ["picture", "face", "the model says", "share", "box in pixels", "usual for it"]
    if all(row[-1] is None for row in rows):
        header, rows = header[:-1], [row[:-1] for row in rows]
    parts = [table(header, rows)] if rows else []
    return "\n\n".join([*parts, *(["\n".join(["Cannot be read:", *unread])] if unread else [])])
