"""A, B and what becomes of them, with the soft label."""

from __future__ import annotations

from streamlit.delta_generator import DeltaGenerator

from app import colours, markup, session
from app.components import sides
from app.components.mixing_controls import Wish
from app.services import mixing_lab
from app.services.mixing_lab import Mixed, Portrait


def read(wish: Wish) -> Mixed:
    """Both faces, read once per session, and their mixture.

    Args:
        wish: What the controls say.

    Raises:
        ValueError: a face cannot be read, or the mixing does not fit the recipe.
    """
    seen = mixing_lab.preprocessing(wish.setting)
    faces = [_face(one, seen.model_dump_json(), seen) for one in (wish.first, wish.second)]
    return mixing_lab.mixed(wish.setting, faces[0], faces[1], wish.labels)


def show(told: Mixed, wish: Wish, known: tuple[str, ...]) -> DeltaGenerator:
    """Draws the three pictures and the soft label; returns the place for what a model says of the mixture.

    Args:
        told: Of both.
        wish: What the controls say.
        known: The run's labels, for their colours.
    """
    share, at = told.mixture.share, told.mixture.plan.terms[0].at
    names = wish.labels or (wish.first.label or "A", wish.second.label or "B")
    colour = [colours.of_label(one, known) if one in known else colours.QUIET for one in names]
    sign = "→" if told.mixture.blend.fill is not None else "="
    made = told.type or ("V_state mixed" if at != "image" else mixing_lab.METHODS[wish.setting.method])
    note = f"{share:.3f} of A" if told.mixture.blend.fill is None else "A's label stays"
    picture = told.mixture.picture
    result = None if picture is None else mixing_lab.shown(picture)
    where = "features are mixed, there is no picture of it" if picture is None else f"the mixture: {made}, {note}"
    cards = [
        (mixing_lab.shown(told.first.crop), f"face A: {wish.first.name}", "A", wish.first.name, colour[0]),
        (mixing_lab.shown(told.second.crop), f"face B: {wish.second.name}", "B", wish.second.name, colour[1]),
        (result, where, made, note, colours.ACCENT),
    ]
    left, right = sides.show("mixing_pictures", [1.9, 1], vertical="center")
    left.html(markup.mixture(cards, ["+", sign]))
    parts = [
        (label, part, colours.of_label(label, known) if label in known else (colours.ACCENT, colours.QUIET)[place])
        for place, (label, part) in enumerate(told.soft.items())
    ]
    right.html('<div class="lab-label">What the mixture is taught as (soft label)</div>' + markup.shares(parts))
    return right.container()


def _face(portrait: Portrait, written: str, seen: mixing_lab.Preprocessing) -> mixing_lab.Face:
    """Of a visitor's picture kept with the session, so that a moved control does not look for the face again."""
    if portrait.held is None:
        return mixing_lab.face(portrait, seen)
    name, store = ("face", portrait.key, written), session.lab()
    if name not in store:
        found = mixing_lab.face(portrait, seen)
        store[name] = (found, found.crop.nbytes)
    return store[name][0]
