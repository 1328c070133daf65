"""The rows that a mixing adds to a training: drawn once, kept with the run, the same after a resume."""

from __future__ import annotations

import json
from collections.abc import Sequence

from fer_core.contracts import Blend
from fer_core.mixing.plans import blend_to_json
from fer_core.runs import Run, write_text

FILE = "pairs.json"
"""In the run's directory."""


def keep_pairs(run: Run, added: Blend, paths: Sequence[str]) -> Blend:
    """Writes the added rows to the run's ``pairs.json``, or finds them there.

    The file holds the blend as `blend_to_json` writes it, its rows counted among the run's training pictures, and the
    paths of both pictures of each pair.

    Args:
        run: A training that begins or goes on.
        added: What the mixing's ``pairs`` gave.
        paths: Of the N training pictures, in order.

    Returns:
        ``added``.

    Raises:
        ValueError: the run was begun with other pairs.
    """
    document = {
        **blend_to_json(added),
        "main_path": [str(paths[row]) for row in added.main],
        "partner_path": [str(paths[row]) for row in added.partner],
    }
    path, text = run.path / FILE, json.dumps(document)
    if path.is_file() and path.read_text(encoding="utf-8") != text:
        raise ValueError(
            f"run {run.name} was begun with other pairs than its seed draws now ({path}); "
            "train again under another name, with --out"
        )
    write_text(path, text)
    return added
