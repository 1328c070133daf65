"""The mean map of each label of a data set."""

from __future__ import annotations

from fer_core.cli.answers import Answer, table
from fer_core.cli.explain.asked import Asked


def explain_average(asked: Asked, data: str, split: str | None, limit: int) -> Answer:
    """The figure and the numbers.

    Args:
        asked: The options.
        data: A labelled data set.
        split: As in `average_maps`.
        limit: At most so many pictures of each label.

    Raises:
        FileNotFoundError: no such data.
        ValueError: see `average_maps`; a label to explain, since each picture is explained for its own.
    """
    from PIL import Image

    from fer_core.data import open_data
    from fer_core.explain import average_maps
    from fer_core.heatmap import panels
    from fer_core.predictor import Predictor

    if asked.target is not None:
        raise ValueError("--average explains each picture for its own label; leave --target out")
    found = average_maps(
        Predictor(asked.run, asked.device),
        open_data(data),
        split,
        asked.method,
        asked.layer,
        branch=asked.branch,
        signed=asked.signed,
        limit=limit,
        faces=asked.faces,
        seed=asked.seed,
    )
    facts, classes = found.facts, found.classes
    end = max(one.peak for one in classes) or 1.0
    origin = f"run {facts['run']} · {facts['data']} {facts['split']} · n = {facts['n']}"
    sheet = panels(
        [one.picture for one in classes],
        [one.map for one in classes],
        [f"{one.label}, n = {one.n}" for one in classes],
        limits=[end] * len(classes),
        unit=asked.unit,
        caption=f"mean {facts['method']} · {origin}" + (" · synthetic" if facts["synthetic"] else ""),
        opacity=asked.opacity,
        signed=asked.signed,
    )
    Image.fromarray(sheet).save(asked.out, format="PNG")
    document = {
        **facts,
        "unit": asked.unit,
        "classes": [
            {"label": one.label, "n": one.n, "of": one.of, "peak": one.peak, "mean": float(one.map.mean())}
            for one in classes
        ],
        "out": asked.out,
    }
    rows = [[one.label, one.n, one.of, f"{one.peak:.4g}"] for one in classes]
    lines = [
        f"mean {facts['method']} at {' + '.join(facts['layers'])}, {origin}" + ", synthetic" * facts["synthetic"],
        *(["The run learned from this split."] if facts["in_sample"] else []),
        table(["label", "n", "of", f"peak, {asked.unit}"], rows),
        f"Written to {asked.out}",
    ]
    return Answer(document, "\n".join(lines))
