"""Whether a face is of the kind that the model was judged on: an answer about a stranger thing is worth less."""

from __future__ import annotations

import streamlit as st

from app import colours, markup
from app.components import provenance
from app.services import usual
from app.services.predicting import Prediction
from app.services.usual import Usual

HELP = (
    "How far the face's features lie from those of the pictures that the model was validated on, beside how far these "
    "lie from each other (out-of-distribution distance). Nearer is more usual. It does not say whether the answer is "
    "right."
)


def word(found: Usual) -> str:
    """The answer in few words.

    Args:
        found: Of one face.
    """
    return "✓ inside 95 %" if found.inside else "✗ outside 95 %"


def show(key: str, run: str, face: Prediction) -> None:
    """Draws the question and its answer.

    Args:
        key: Begins every session key used here.
        run: The run that answered.
        face: One face.
    """
    facts = usual.compared_with(run)
    found = face.usual
    if found is None or facts is None:
        command = markup.plain(usual.storing(run))
        st.caption(f"Usual for this model? Unknown: the run keeps nothing to compare with. {command} measures it.")
        return
    chip = markup.chip(word(found), colours.RIGHT if found.inside else colours.WRONG)
    st.html(markup.row([f"<b>Usual for this model?</b>{chip}"]))
    nearer = f"{found.percentile:.0f} % of the {facts['n']:,} {facts['split']} pictures lie nearer to their kind"
    st.caption(
        f"{nearer}."
        if found.inside
        else f"{nearer}: unlike what the model was judged on, so do not lean on its answer.",
        help=HELP,
    )
    provenance.show(f"{key}_origin", usual.of_distance(run, facts, found))
