"""`fer explain`: which part of a face speaks for a label, and whether to believe the map that says so."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fer_core.cli.answers import Answer
from fer_core.cli.harness import command, program

app = program("Show which part of a face speaks for a label.")


@command(app)
def explain(
    run: Annotated[str, typer.Option(help="A run's name or path.")],
    out: Annotated[Path, typer.Option(help="The figure to write, a .png file.")],
    image: Annotated[Path | None, typer.Argument(help="One picture; none with --average.")] = None,
    method: Annotated[
        str,
        typer.Option(
            help="gradcam, gradcam++, hirescam, layercam, xgradcam, elementwise, eigengradcam, eigencam, fem. "
            "Not Score-CAM and Ablation-CAM, which ask the network once for each channel."
        ),
    ] = "gradcam",
    layer: Annotated[str | None, typer.Option(help="A layer of the model; default: the last one with a map.")] = None,
    branch: Annotated[
        str | None,
        typer.Option(help="decision; v_face, v_id, difference of a deviation; high, mid of a fusion."),
    ] = None,
    target: Annotated[str | None, typer.Option(help="The label to explain; default: the one the model says.")] = None,
    faces: Annotated[str, typer.Option(help="auto, detect or whole (the picture is a face).")] = "auto",
    face: Annotated[int, typer.Option(min=1, help="Which face, 1 is the largest.")] = 1,
    signed: Annotated[bool, typer.Option("--signed", help="Show evidence against the label, too.")] = False,
    compare: Annotated[
        str | None, typer.Option(help="Several maps on one scale: labels, methods, layers, branches or masks.")
    ] = None,
    faithfulness: Annotated[
        bool, typer.Option("--faithfulness", help="Deletion and insertion by the map, beside random rankings.")
    ] = False,
    randomised: Annotated[
        bool, typer.Option("--randomised", help="How similar the map stays with weights drawn anew.")
    ] = False,
    average: Annotated[
        str | None, typer.Option(metavar="DATA", help="The mean map of each label of a data set instead of one face.")
    ] = None,
    split: Annotated[str | None, typer.Option(help="With --average: train, validation, test or all.")] = None,
    limit: Annotated[int, typer.Option(help="With --average: at most so many pictures of each label.")] = 20,
    mix: Annotated[
        Path | None, typer.Option(metavar="B", help="Mix the face with one of picture B; both labels' maps.")
    ] = None,
    mix_face: Annotated[int, typer.Option(min=1, help="With --mix: which face of B, 1 is the largest.")] = 1,
    recipe: Annotated[str, typer.Option(help="With --mix: a recipe; its mixing is asked.")] = "fermixnet",
    beside: Annotated[str | None, typer.Option(help="With --mix: a second run that is shown the same mixture.")] = None,
    label_a: Annotated[str | None, typer.Option(help="With --mix: A's label; default: what the run says.")] = None,
    label_b: Annotated[str | None, typer.Option(help="With --mix: B's label; default: what the run says.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of everything drawn.")] = 0,
    opacity: Annotated[float, typer.Option(min=0, max=1, help="Of the map over the face.")] = 0.5,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
) -> Answer:
    """Write a figure of one face and its heat map, in units of the logit; or of several maps, a class, a mixed face.

    Raises:
        FileNotFoundError: no such picture, data, run, recipe or folder to write to.
        ValueError: an unreadable picture, no such face, label, layer, branch or method, options that do not go
            together, or an unusable run.
    """
    from fer_core.cli.explain.asked import Asked

    asked = Asked.checked(run, out, method, layer, branch, target, faces, face, signed, seed, opacity, device)
    _fit_together(image, compare, faithfulness or randomised, average, mix)
    if average is not None:
        from fer_core.cli.explain.average import explain_average

        return explain_average(asked, average, split, limit)
    if image is None:
        raise ValueError("name a picture to explain, or a data set with --average DATA")
    if mix is not None:
        from fer_core.cli.explain.mixture import explain_mixture

        return explain_mixture(asked, image, (mix, mix_face), recipe, beside, (label_a, label_b))
    from fer_core.cli.explain.face import explain_one

    return explain_one(asked, image, compare, faithfulness, randomised)


def _fit_together(image: Path | None, compare: str | None, tested: bool, average: str | None, mix: Path | None) -> None:
    if average is not None and image is not None:
        raise ValueError(f"--average takes the pictures of its data set; leave {image} out, or --average")
    if average is not None and mix is not None:
        raise ValueError("take either --average or --mix")
    if (compare is not None or tested) and (average is not None or mix is not None):
        raise ValueError("--compare, --faithfulness and --randomised are for one face, without --average and --mix")
