"""Both labels of a mixed face, by one run or by two."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from fer_core.cli.answers import Answer, table
from fer_core.cli.explain.asked import Asked, chosen, one_picture


def explain_mixture(
    asked: Asked,
    first: Path,
    other: tuple[Path, int],
    recipe: str,
    beside: str | None,
    labels: tuple[str | None, str | None],
) -> Answer:
    """The figure and the numbers.

    Args:
        asked: The options; its run comes first and says what the labels are where they are not given.
        first: Picture A.
        other: Picture B, and which of its faces.
        recipe: Whose mixing is asked.
        beside: A second run; None for one only.
        labels: A's and B's, or None.

    Raises:
        FileNotFoundError: no such picture, recipe or run.
        ValueError: see `explain_mixed`; a label to explain, since both are.
    """
    from PIL import Image

    from fer_core.explain import explain_mixed
    from fer_core.heatmap import panels
    from fer_core.labels import canonical
    from fer_core.pictures import find_pictures, open_picture
    from fer_core.predictor import Predictor
    from fer_core.recipe import load_recipe
    from fer_core.runs import find_run

    second, number = other
    if asked.target is not None:
        raise ValueError("--mix explains both labels; leave --target out, name them with --label-a and --label-b")
    wanted = load_recipe(recipe, [])
    runs = [asked.run] if beside is None else [asked.run, find_run(beside)]
    predictors = [Predictor(run, asked.device) for run in runs]
    said = [
        chosen(one_picture(predictors[0], path, asked.faces), place)
        for path, place in ((first, asked.face), (second, number))
    ]
    pixels = [open_picture(find_pictures([path])[0].read()) for path in (first, second)]
    names = [one.label if given is None else canonical(given) for one, given in zip(said, labels, strict=True)]
    told = [
        explain_mixed(
            predictor,
            (pixels[0], said[0].face),
            (pixels[1], said[1].face),
            wanted,
            (names[0], names[1]),
            seed=asked.seed,
            method=asked.method,
            layer=asked.layer,
            branch=asked.branch,
            signed=asked.signed,
        )
        for predictor in predictors
    ]
    maps, titles, pictures, limits = [], [], list[np.ndarray](), []
    for one in told:
        # Logits of two networks are not one currency: each run has its own scale.
        end = max(two.peak for two in one.maps) or 1.0
        for label, about in zip(one.labels, one.maps, strict=True):
            maps.append(about.map)
            titles.append(f"{one.run}: {label} {one.probabilities[label]:.2f}, to {end:.3g}")
            pictures.append(one.picture)
            limits.append(end)
    sheet = panels(
        pictures,
        maps,
        titles,
        limits=limits,
        unit=asked.unit,
        caption=f"{first.name} mixed with {second.name} by {wanted.name}, seed {asked.seed}",
        opacity=asked.opacity,
        signed=asked.signed,
        side=256,
        columns=2,
    )
    Image.fromarray(sheet).save(asked.out, format="PNG")
    document = {
        "recipe": wanted.name,
        "mixing": wanted.mixing.plain(),
        "seed": asked.seed,
        "a": {"path": str(first), "label": names[0], "box": said[0].face.box},
        "b": {"path": str(second), "label": names[1], "box": said[1].face.box},
        "share": told[0].share,
        "method": asked.method,
        "signed": asked.signed,
        "unit": asked.unit,
        "runs": [
            {
                "run": one.run,
                "probabilities": one.probabilities,
                "overlap": one.overlap,
                "maps": [
                    {"label": label, "layers": about.layers, "branch": about.branch, "peak": about.peak}
                    for label, about in zip(one.labels, one.maps, strict=True)
                ],
            }
            for one in told
        ],
        "out": asked.out,
    }
    rows = [
        [one.run, *(f"{one.probabilities[label]:.3f}" for label in one.labels), f"{one.overlap:.3f}"] for one in told
    ]
    lines = [
        f"{first.name} ({names[0]}, share {told[0].share:.2f}) mixed with {second.name} ({names[1]}) by {wanted.name}",
        table(["run", names[0], names[1], "maps alike (rank correlation)"], rows),
        f"Written to {asked.out}",
    ]
    return Answer(document, "\n".join(lines))
