"""`fer look`: what a model sees of one face, as it is or disturbed, and what it says of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fer_core.cli.answers import Answer, table
from fer_core.cli.harness import command, program

if TYPE_CHECKING:
    from fer_core.predictor import Predictor
    from fer_core.sight import Sight

app = program("What a model sees of one face, as it is or disturbed.")


@command(app)
def look(
    picture: Annotated[Path, typer.Argument(metavar="PICTURE", help="A picture with a face.")],
    run: Annotated[str, typer.Option(help="A run's name or path.")],
    disturb: Annotated[
        str, typer.Option(help="Disturbances and their strengths of 1 to 5, e.g. blur=3,dark=2; default: none.")
    ] = "",
    alone: Annotated[
        str | None,
        typer.Option(help="Kinds with commas, or all: what each by itself, at each strength, leaves of the answer."),
    ] = None,
    faces: Annotated[str, typer.Option(help="auto, detect or whole (the picture is a face).")] = "auto",
    face: Annotated[int, typer.Option(min=1, help="Which face, 1 is the largest.")] = 1,
    seed: Annotated[int, typer.Option(min=0, help="Of where things lie and which way the face turns.")] = 0,
    out: Annotated[Path | None, typer.Option(help="Write crop and heat map: a .png file.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
) -> Answer:
    """Cut a face to the size that the network reads, disturb it there, and tell what the model says before and after,
    with the peak of the heat map (Grad-CAM) of what it says after.

    Raises:
        FileNotFoundError: no such picture or run, or no folder to write to.
        ValueError: an unreadable picture, no such face, kind or strength, an unusable run, or one that judges eyes.
    """
    from fer_core.disturbances import kind_of
    from fer_core.disturbances.together import ORDER, read_strengths

    strengths = read_strengths(disturb)
    asked = None if alone is None else [one.strip() for one in alone.split(",") if one.strip()]
    kinds = [*ORDER] if asked == ["all"] else asked
    for kind in kinds or []:
        kind_of(kind)
    if out is not None and out.suffix.lower() != ".png":
        raise ValueError(f"--out must end in .png, got '{out}'")
    if out is not None and not out.absolute().parent.is_dir():
        raise FileNotFoundError(f"there is no folder {out.parent} to write {out.name} to")

    from fer_core.cli.explain.asked import chosen, one_picture
    from fer_core.explain import explain_face
    from fer_core.pictures import find_pictures, open_picture
    from fer_core.predictor import Predictor
    from fer_core.runs import find_run
    from fer_core.sight import alone as left_by
    from fer_core.sight import answer, sight_of

    predictor = Predictor(find_run(run), device)
    found = chosen(one_picture(predictor, picture, faces), face)
    sight = sight_of(predictor, open_picture(find_pictures([picture])[0].read()), found.face)
    clean, pixels = answer(predictor, sight.pixels), sight.under(strengths, seed)
    said = answer(predictor, pixels)
    before, after = (max(one, key=one.__getitem__) for one in (clean, said))
    about = explain_face(predictor.model, predictor.images(pixels), predictor.labels.index(after))
    document: dict[str, Any] = {
        "run": predictor.run.name,
        "path": str(picture),
        "width": sight.width,
        "height": sight.height,
        "face": face,
        "box": sight.face.box,
        "detection": sight.face.detection,
        "size": predictor.size,
        "grey": sight.crop.ndim == 2,
        "views": predictor.views,
        "seed": seed,
        "label": before,
        "probabilities": clean,
        "disturbances": strengths,
        "disturbed": {"label": after, "probabilities": said},
        "map": {"target": after, "method": about.method, "layers": about.layers, "peak": about.peak, "unit": "logit"},
        "alone": None if kinds is None else left_by(predictor, sight, before, kinds, seed),
        "out": out,
    }
    if out is not None:
        from PIL import Image

        from fer_core.heatmap import plate

        words = f"run {predictor.run.name} · {picture.name}, face {face} · {_words(strengths)}"
        drawn = plate(pixels, about.map, title=f"{after} {said[after]:.2f}", caption=words)
        Image.fromarray(drawn).save(out, format="PNG")
    return Answer(document, _text(document, sight, predictor))


def _text(document: dict[str, Any], sight: Sight, predictor: Predictor) -> str:
    clean, after, size = document["probabilities"], document["disturbed"], predictor.size
    kind = "grey values" if document["grey"] else "coloured pixels"
    lines = [
        f"{document['run']} sees {size} x {size} {kind} of {sight.width} x {sight.height}: "
        f"{document['label']} {clean[document['label']]:.3f}",
    ]
    if document["disturbances"]:
        lines.append(
            f"under {_words(document['disturbances'])}: {after['label']} {after['probabilities'][after['label']]:.3f}"
        )
    rows = [[label, f"{clean[label]:.3f}", f"{after['probabilities'][label]:.3f}"] for label in clean]
    lines += [table(["label", "as it is", "disturbed"], rows)]
    lines.append(f"heat map for {after['label']}: peak {document['map']['peak']:.4g} logit units")
    if document["alone"]:
        left = [[kind, *(f"{one:.3f}" for one in values)] for kind, values in document["alone"].items()]
        lines += ["", table([f"left of {document['label']}, alone at strength", "1", "2", "3", "4", "5"], left)]
    if document["out"]:
        lines.append(f"Written to {document['out']}")
    return "\n".join(lines)


def _words(strengths: dict[str, int]) -> str:
    return ", ".join(f"{kind} {strength}" for kind, strength in strengths.items()) or "undisturbed"
