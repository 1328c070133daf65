"""Whether the model may have learned from the very picture that it is shown."""

from __future__ import annotations

import streamlit as st

from app import colours, markup, session
from app.services import seen
from app.services.seen import Seen
from app.services.uploads import Held

HELP = (
    "Compared with hashes that the run keeps of its whole training pictures, not with the pictures themselves. An "
    "exact twin is the same pixel for pixel. A near twin has almost the same coarse pattern of light and dark, also "
    "mirrored: mostly the same photo saved anew, but two drawn or closely aligned faces can come as near. Cut, turned "
    "or retouched copies are not found."
)
_WORDS = {"exact": "yes: an exact twin", "near": "perhaps: a near twin", "not found": "not found"}


def show(run: str, held: Held) -> None:
    """Draws the question and its answer.

    Args:
        run: The run.
        held: A picture that can be read.
    """
    store, name = session.lab(), ("seen", run, held.key)
    if name not in store:
        store[name] = seen.seen(run, held.data or b""), 100
    found: Seen | None = store[name][0]
    if found is None:
        st.caption("Was this picture in its training? Unknown: the run keeps no hashes of what it learned from.")
        return
    colour = None if found.verdict == "not found" else colours.WRONG
    st.html(markup.row(["<b>Was this picture in its training?</b>", markup.chip(_WORDS[found.verdict], colour)]))
    st.caption(sentence(markup.plain(run), found), help=HELP)


def sentence(run: str, found: Seen) -> str:
    """The answer with its numbers.

    Args:
        run: The run's name.
        found: Of one picture.
    """
    among = f"the {found.of:,} training pictures of {run}"
    left_out = "" if found.used or found.verdict == "not found" else " It was left out there as repeated or unusable."
    if found.verdict == "exact":
        return f"The same pixels stand among {among}: its answer here says nothing about new faces.{left_out}"
    if found.blank:
        return f"Not among {among} pixel for pixel; it is too uniform for the perceptual hash."
    nearest = f"the nearest of {among} differs in {found.bits} of 64 bits"
    if found.verdict == "near":
        return f"{found.near:,} within {seen.NEAR} bits: {nearest}.{left_out}"
    return f"By the perceptual hash, {nearest}; up to {seen.NEAR} would be a near twin."
