"""`fer mix`: two faces mixed as a recipe's training would mix them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fer_core.cli.answers import Answer, table
from fer_core.cli.harness import command, program

if TYPE_CHECKING:
    from fer_core.contracts import FaceBox
    from fer_core.faces import FaceFinder
    from fer_core.mixture import Face
    from fer_core.sections import Preprocessing

app = program("Mix two faces as a recipe's training would.")


@command(app)
def mix(
    first: Annotated[Path, typer.Argument(metavar="A", help="A picture; its largest face is mixed.")],
    second: Annotated[Path, typer.Argument(metavar="B", help="Another one.")],
    recipe: Annotated[str, typer.Option(help="A recipe's name or path: its mixing is asked.")],
    out: Annotated[Path, typer.Option(help="The figure to write, a .png file.")],
    lam: Annotated[float | None, typer.Option(help="A's share, 0 to 1; default: drawn by the seed.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Draws shares, regions and types.")] = 0,
    run: Annotated[str | None, typer.Option(help="A run that says what it sees while A becomes B.")] = None,
    label_a: Annotated[str | None, typer.Option(help="A's label; needs --label-b.")] = None,
    label_b: Annotated[str | None, typer.Option(help="B's label.")] = None,
    changes: Annotated[
        list[str] | None, typer.Option("--set", help="Change the recipe: mixing.guided=true ...")
    ] = None,
    faces: Annotated[str, typer.Option(help="auto, detect or whole (each picture is a face).")] = "auto",
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
) -> Answer:
    """Write a figure of A, B and their mixture; tell the plan, the soft label and, with a run, the prediction along
    lambda. Faces are cut as the run sees them, without one as the recipe does.

    Raises:
        FileNotFoundError: no such picture, recipe, run or folder to write to.
        ValueError: an unreadable picture, no face, a recipe that mixes nothing, or an unusable run.
    """
    from fer_core.recipe import load_recipe

    _check_out(out)
    wanted = load_recipe(recipe, changes or [])

    from PIL import Image

    from fer_core.assembly import load_model, pick_device
    from fer_core.faces import FaceFinder
    from fer_core.mixing.plans import plan_to_json
    from fer_core.mixture import along, labels_of, mix_two, plan_of, sheet
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
    said = None
    if model is not None:
        shares, probabilities = along(a, b, mixture, model, preprocessing)
        said = [
            {"lam": float(share), "probabilities": dict(zip(model.labels, map(float, row), strict=True))}
            for share, row in zip(shares, probabilities, strict=True)
        ]
    Image.fromarray(sheet(a, b, mixture, (f"A: {first.name}", f"B: {second.name}", told))).save(out, format="PNG")
    document = {
        "recipe": wanted.name,
        "mixing": wanted.mixing.plain(),
        "run": None if found is None else found.name,
        "seed": seed,
        "a": {"path": str(first), "box": place_a.box, "detection": place_a.detection},
        "b": {"path": str(second), "box": place_b.box, "detection": place_b.detection},
        "lam": mixture.share,
        "at": mixture.plan.terms[0].at,
        "soft_label": soft,
        "plan": plan_to_json((mixture.plan,)),
        "prediction": said,
        "out": out,
    }
    return Answer(document, "\n".join([f"{wanted.mixing.kind}: {told}", *_lines(said), f"Written to {out}"]))


def _lines(said: list[dict[str, Any]] | None) -> list[str]:
    if said is None:
        return []
    rows = []
    for one in said:
        label = max(one["probabilities"], key=one["probabilities"].get)
        rows.append([f"{one['lam']:.2f}", label, f"{one['probabilities'][label]:.2f}"])
    return [table(["share of A", "the model says", "probability"], rows)]


def _face(path: Path, mode: str, finder: FaceFinder, preprocessing: Preprocessing) -> tuple[Face, FaceBox]:
    from fer_core.faces import locate
    from fer_core.mixture import crop_of
    from fer_core.pictures import find_pictures, open_picture

    sources = find_pictures([path])
    if len(sources) != 1:
        raise ValueError(f"mix takes one picture for each face, {path} holds {len(sources)}")
    try:
        picture = open_picture(sources[0].read())
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None  # which of the two
    found = locate(picture, mode, finder)
    if not found:
        raise ValueError(f"no face found in {path}; --faces whole takes the whole picture as the face")
    return crop_of(picture, found[0], preprocessing), found[0]


def _check_out(out: Path) -> None:
    """Before the work, not after it."""
    if out.suffix.lower() != ".png":
        raise ValueError(f"--out must end in .png, got '{out}'")
    if not out.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {out.parent} to write {out.name} to")
