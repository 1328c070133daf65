"""One face: its map, several maps on one scale, and the tests of the map."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fer_core.cli.answers import Answer, table
from fer_core.cli.explain.asked import Asked, chosen, one_picture

if TYPE_CHECKING:
    from torch import Tensor

    from fer_core.explain import Explanation, Panel
    from fer_core.predictor import Predictor

MASKS = "masks"
"""What a masking network compares beside the kinds that every model has."""


def explain_one(asked: Asked, image: Path, compare: str | None, faithful: bool, randomised: bool) -> Answer:
    """The figure and the numbers of one face.

    Args:
        asked: The options.
        image: The picture.
        compare: What stands side by side; None: nothing.
        faithful: Whether deletion and insertion are asked.
        randomised: Whether weights are drawn anew.

    Raises:
        FileNotFoundError: no such picture.
        ValueError: see `fer explain`.
    """
    from PIL import Image

    from fer_core.explain import KINDS, explain_face
    from fer_core.heatmap import plate
    from fer_core.labels import suggestion
    from fer_core.predictor import Predictor

    if compare is not None and compare not in (*KINDS, MASKS):
        raise ValueError(f"cannot compare '{compare}'{suggestion(compare, (*KINDS, MASKS))}")
    predictor = Predictor(asked.run, asked.device)
    said = chosen(one_picture(predictor, image, asked.faces), asked.face)
    crop = said.crop
    if crop is None:
        raise RuntimeError("the predictor gave no crop to explain")
    # What the model says may be the mean of two views; the map explains that label, not the one of this view alone.
    position = predictor.labels.index(asked.target or said.label)
    images = predictor.images(crop)
    about = explain_face(
        predictor.model, images, position, asked.layer, asked.method, branch=asked.branch, signed=asked.signed
    )
    label = None if about.target is None else predictor.labels[about.target]
    shown = f"{label} {said.probabilities[label]:.2f}" if label else f"{said.label}, by no label in particular"
    origin = f"{_how(about)} · run {asked.run.name} · {image.name}, face {asked.face}"
    document: dict[str, Any] = {
        "run": asked.run.name,
        "path": str(image),
        "face": asked.face,
        "box": said.face.box,
        "detection": said.face.detection,
        "label": said.label,
        "probabilities": said.probabilities,
        "target": label,
        "method": asked.method,
        "branch": about.branch,
        "layers": about.layers,
        "signed": asked.signed,
        "unit": asked.unit,
        "peak": about.peak,
        "mean": float(about.map.mean()),
        "out": asked.out,
    }
    lines = [f"{shown}: peak {about.peak:.4g} {asked.unit} ({origin})"]
    if compare == MASKS:
        sheet = _masks(asked, predictor, images, crop, origin, document, lines)
    elif compare is not None:
        sheet = _compared(asked, predictor, images, crop, position, compare, document, lines)
    else:
        sheet = plate(
            crop, about.map, title=shown, caption=origin, unit=asked.unit, opacity=asked.opacity, signed=asked.signed
        )
    if faithful:
        document["faithfulness"] = _faithfulness(asked, predictor, images, about, position, lines)
    if randomised:
        document["randomised"] = _randomised(asked, predictor, images, about, position, lines)
    Image.fromarray(sheet).save(asked.out, format="PNG")
    return Answer(document, "\n".join([*lines, f"Written to {asked.out}"]))


def _how(about: Explanation) -> str:
    from fer_core.explain import DECISION

    part = "" if about.branch == DECISION else f" of {about.branch}"
    return f"{about.method}{part} at {' + '.join(about.layers)}"


def _compared(
    asked: Asked,
    predictor: Predictor,
    images: Tensor,
    crop: np.ndarray,
    position: int,
    kind: str,
    document: dict[str, Any],
    lines: list[str],
) -> np.ndarray:
    from fer_core.explain import scales, side_by_side
    from fer_core.heatmap import panels

    shown: tuple[Panel, ...] = side_by_side(
        predictor.model,
        images,
        kind,
        position,
        asked.layer,
        asked.method,
        branch=asked.branch,
        signed=asked.signed,
    )
    limits = scales(shown)
    document["compared"] = [
        {
            "name": one.name,
            "target": None if one.explained.target is None else predictor.labels[one.explained.target],
            "method": one.explained.method,
            "branch": one.explained.branch,
            "layers": one.explained.layers,
            "unit": one.unit,
            "peak": one.explained.peak,
            "mean": float(one.explained.map.mean()),
        }
        for one in shown
    ]
    rows = [[one.name, f"{one.explained.peak:.4g}", one.unit] for one in shown]
    lines.append(table([kind, "peak", "unit"], rows))
    return panels(
        [crop] * len(shown),
        [one.explained.map for one in shown],
        [f"{one.name}: {one.explained.peak:.3g} {one.unit}" for one in shown],
        limits=[limits[one.unit] for one in shown],
        unit=shown[0].unit,
        caption=f"{kind} · peak of each · run {asked.run.name}",
        opacity=asked.opacity,
        signed=asked.signed,
    )


def _masks(
    asked: Asked,
    predictor: Predictor,
    images: Tensor,
    crop: np.ndarray,
    origin: str,
    document: dict[str, Any],
    lines: list[str],
) -> np.ndarray:
    from fer_core.explain import masks_of
    from fer_core.heatmap import panels

    masks = masks_of(predictor.model, images)
    document["masks"] = [
        {
            "number": one.number,
            "grid": one.before.shape,
            "before": {"peak": float(one.before.max()), "mean": float(one.before.mean())},
            "weight": {"least": float(one.weight.min()), "most": float(one.weight.max())},
            "after": {"peak": float(one.after.max()), "mean": float(one.after.mean())},
        }
        for one in masks
    ]
    lines.append(
        table(
            ["mask", "before, peak", "strengthened by at most", "after, peak"],
            [
                [one.number, f"{one.before.max():.4g}", f"{one.weight.max():.4g}", f"{one.after.max():.4g}"]
                for one in masks
            ],
        )
    )
    maps, titles, limits = [], [], []
    for one in masks:
        # Before and after share a scale: what the mask adds is to be seen.
        top = float(max(one.before.max(), one.after.max())) or 1.0
        maps += [one.before, one.weight, one.after]
        titles += [
            f"map {one.number} before, to {top:.3g}",
            f"weight, to {one.weight.max():.3g}",
            f"after, to {top:.3g}",
        ]
        limits += [top, float(one.weight.max()) or 1.0, top]
    return panels(
        [crop] * len(maps),
        maps,
        titles,
        limits=limits,
        unit="activation",
        caption=origin,
        opacity=asked.opacity,
        columns=3,
    )


def _faithfulness(
    asked: Asked, predictor: Predictor, images: Tensor, about: Explanation, position: int, lines: list[str]
) -> dict[str, Any]:
    from fer_core.explain import faithfulness

    found = faithfulness(predictor.model, images, about, position, seed=asked.seed)
    told = {}
    for name, area, drawn, better in (
        ("deletion", found.deletion_area, found.random_deletion_areas, "lower"),
        ("insertion", found.insertion_area, found.random_insertion_areas, "higher"),
    ):
        told[name] = {
            "area": area,
            "random": {"mean": float(drawn.mean()), "least": float(drawn.min()), "most": float(drawn.max())},
            "curve": getattr(found, name),
            "random_curves": getattr(found, f"random_{name}"),
        }
        lines.append(
            f"{name}: area {area:.3f}, {len(drawn)} random rankings {drawn.mean():.3f} "
            f"({drawn.min():.3f} to {drawn.max():.3f}); {better} is more faithful"
        )
    return {"label": predictor.labels[position], "shares": found.shares, "seed": found.seed, **told}


def _randomised(
    asked: Asked, predictor: Predictor, images: Tensor, about: Explanation, position: int, lines: list[str]
) -> dict[str, Any]:
    from fer_core.explain import randomised_weights

    found = randomised_weights(predictor.model, images, about, position, seed=asked.seed)
    lines.append(
        f"with all weights drawn anew: rank correlation {found.final_spearman:.3f}, structural similarity "
        f"{found.final_ssim:.3f}, mean of {len(found.spearman)} draws; near 0 is good, near 1 shows the picture only"
    )
    return {
        "stages": found.stages,
        "spearman": found.spearman,
        "ssim": found.ssim,
        "final": {"spearman": found.final_spearman, "ssim": found.final_ssim},
        "draws": len(found.spearman),
        "seed": found.seed,
    }
