"""`fer mix`: two faces mixed as a recipe's training would mix them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fer_core.cli.answers import Answer, table
from fer_core.cli.harness import command, program

if TYPE_CHECKING:
    import numpy as np

    from fer_core.between import Course
    from fer_core.contracts import FaceBox
    from fer_core.faces import FaceFinder
    from fer_core.mixture import Face
    from fer_core.sections import Preprocessing

app = program("Mix two faces as a recipe's training would.")


@command(app)
def mix(
    first: Annotated[
        Path,
        typer.Argument(
            metavar="A",
            help="A picture, its largest face is mixed; or a synthetic person: people:p0003/s0/fear/00003.png.",
        ),
    ],
    second: Annotated[Path, typer.Argument(metavar="B", help="Another one.")],
    recipe: Annotated[str, typer.Option(help="A recipe's name or path: its mixing is asked.")],
    out: Annotated[Path | None, typer.Option(help="The figure to write, a .png file; default: none.")] = None,
    lam: Annotated[float | None, typer.Option(help="A's share, 0 to 1; default: drawn by the seed.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Draws shares, regions and types.")] = 0,
    run: Annotated[str | None, typer.Option(help="A run that says what it sees while A becomes B.")] = None,
    label_a: Annotated[str | None, typer.Option(help="A's label; needs --label-b.")] = None,
    label_b: Annotated[str | None, typer.Option(help="B's label.")] = None,
    changes: Annotated[
        list[str] | None, typer.Option("--set", help="Change the recipe: mixing.guided=true ...")
    ] = None,
    steps: Annotated[int, typer.Option(min=2, max=1001, help="With a run: lambdas from 0 to 1.")] = 11,
    faces: Annotated[str, typer.Option(help="auto, detect or whole (each picture is a face).")] = "auto",
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
) -> Answer:
    """Mix A and B: the plan, the soft label and, with a run, what it says of the mixture and along lambda, and how near
    the mixture lies to both faces in each feature space. Faces are cut as the run sees them, without one as the recipe
    does.

    Raises:
        FileNotFoundError: no such picture, recipe, run or folder to write to.
        ValueError: an unreadable picture, no face, a recipe that mixes nothing, or an unusable run.
    """
    from fer_core.recipe import load_recipe

    if out is not None:
        _check_out(out)
    wanted = load_recipe(recipe, changes or [])

    from PIL import Image

    from fer_core.assembly import load_model, pick_device
    from fer_core.between import along
    from fer_core.faces import FaceFinder
    from fer_core.meetings import plan_of, shares_of
    from fer_core.mixing.plans import plan_to_json
    from fer_core.mixture import labels_of, mix_two, sheet
    from fer_core.runs import find_run
    from fer_core.sections import Preprocessing

    names = labels_of(label_a, label_b, wanted.labels)
    plan_of(wanted, seed, lam)  # a recipe that mixes nothing is refused before any face is looked for
    found = None if run is None else find_run(run)
    model = None if found is None else load_model(found, pick_device(device))
    preprocessing = wanted.preprocessing if found is None else Preprocessing.model_validate(dict(found.preprocessing))
    finder = FaceFinder(str(pick_device(device)))
    (a, place_a), (b, place_b) = (_face(one, faces, finder, preprocessing) for one in (first, second))
    mixture = mix_two(a, b, wanted, preprocessing, seed, lam)
    soft = mixture.soft_label(*names)
    told = ", ".join(f"{label} {share:.2f}" for label, share in soft.items())
    asked: dict[str, Any] = {"prediction": None, "said": None, "spaces": None, "ends": (None, None)}
    if model is not None:
        asked = _asked(along(a, b, mixture, model, preprocessing, steps), model.labels, mixture.blend.partial)
    answers = asked.pop("ends")
    if out is not None:
        Image.fromarray(sheet(a, b, mixture, (f"A: {first.name}", f"B: {second.name}", told))).save(out, format="PNG")
    document = {
        "recipe": wanted.name,
        "mixing": wanted.mixing.plain(),
        "run": None if found is None else found.name,
        "seed": seed,
        "a": {"path": str(first), "box": place_a.box, "detection": place_a.detection, "said": answers[0]},
        "b": {"path": str(second), "box": place_b.box, "detection": place_b.detection, "said": answers[1]},
        "lam": mixture.share,
        "drawn": shares_of(wanted, seed),
        "at": mixture.plan.terms[0].at,
        "soft_label": soft,
        "plan": plan_to_json((mixture.plan,)),
        **asked,
        "out": out,
    }
    written = [] if out is None else [f"Written to {out}"]
    return Answer(document, "\n".join([f"{wanted.mixing.kind}: {told}", *_lines(asked), *written]))


def _asked(course: Course, labels: Sequence[str], partial: bool) -> dict[str, Any]:
    """What the run says along lambda and of the mixture itself, and where the mixture lies in each space."""
    from fer_core.between import likeness

    said = [dict(zip(labels, map(float, row), strict=True)) for row in course.probabilities]
    grid = zip(course.lam, said, strict=True) if partial else zip(course.lam[:-1], said[:-1], strict=True)
    near = likeness(course).groupby("space", sort=False).tail(1)
    return {
        "prediction": [{"lam": float(lam), "probabilities": one} for lam, one in grid],
        "said": said[-1],
        "ends": [dict(zip(labels, map(float, row), strict=True)) for row in course.ends],
        "spaces": near.drop(columns="lam").to_dict("records"),
    }


def _lines(asked: dict[str, Any]) -> list[str]:
    if asked["said"] is None:
        return []
    rows = []
    for one in asked["prediction"]:
        label = max(one["probabilities"], key=one["probabilities"].get)
        rows.append([f"{one['lam']:.2f}", label, f"{one['probabilities'][label]:.2f}"])
    label = max(asked["said"], key=asked["said"].get)
    near = [[one["space"], f"{one['cosine_a']:.3f}", f"{one['cosine_b']:.3f}"] for one in asked["spaces"]]
    return [
        table(["share of A", "the model says", "probability"], rows),
        f"of the mixture: {label} {asked['said'][label]:.2f}",
        table(["space", "cosine to A", "cosine to B"], near),
    ]


def _face(path: Path, mode: str, finder: FaceFinder, preprocessing: Preprocessing) -> tuple[Face, FaceBox]:
    from fer_core.faces import locate
    from fer_core.mixture import crop_of

    picture = _picture(path)
    found = locate(picture, mode, finder)
    if not found:
        raise ValueError(f"no face found in {path}; --faces whole takes the whole picture as the face")
    return crop_of(picture, found[0], preprocessing), found[0]


def _picture(path: Path) -> np.ndarray:
    from fer_core.data.people import SCHEME
    from fer_core.mixture import synthetic_person
    from fer_core.pictures import find_pictures, open_picture

    if str(path).startswith(SCHEME):
        return synthetic_person(str(path))
    sources = find_pictures([path])
    if len(sources) != 1:
        raise ValueError(f"mix takes one picture for each face, {path} holds {len(sources)}")
    try:
        return open_picture(sources[0].read())
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None  # which of the two


def _check_out(out: Path) -> None:
    """Before the work, not after it."""
    if out.suffix.lower() != ".png":
        raise ValueError(f"--out must end in .png, got '{out}'")
    if not out.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {out.parent} to write {out.name} to")
