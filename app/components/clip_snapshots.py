"""Single pictures from the camera, one after another, as a clip that grows."""

from __future__ import annotations

import streamlit as st

from app import colours, markup, session
from app.components import image_source, sides
from app.services import camera
from app.services.clip_watching import Watching

SHOWN = 10
"""Pictures of the sequence, the newest."""


def show(key: str, run: str) -> None:
    """Draws the camera and the pictures that were taken; each new one has the whole sequence judged.

    Args:
        key: Begins every session key used here.
        run: A usable run.
    """
    why = camera.forbidden(st.context.url)
    if why:
        st.warning(markup.plain(why), icon=":material/videocam_off:")
        return
    pictures = session.snapshots()
    shot, beside = sides.show(f"{key}_snapshots", [1.1, 1], gap="medium")
    with shot:
        name = f"{key}.shot.{session.upload_round()}"
        st.camera_input(
            "First some pictures with open eyes, then with closed ones",
            key=name,
            on_change=_take,
            args=(key, name, run),
            disabled=len(pictures) >= camera.MOST,
        )
    with beside:
        st.markdown(
            f"**{len(pictures)} of at most {camera.MOST} pictures.** Each stands for a second of a clip that is judged "
            "like any other. Closed eyes in one picture may have blinked; three such pictures in a row raise the "
            "alarm, and from four on the model says Asleep. Blinks themselves cannot be seen this way."
        )
        last, all_of_them = st.columns(2)
        last.button(
            "Remove the last",
            key=f"{key}.undo",
            icon=":material/undo:",
            on_click=_keep,
            args=(run, len(pictures) - 1),
            disabled=not pictures,
            width="stretch",
        )
        all_of_them.button(
            "Forget them all",
            key=f"{key}.clear",
            icon=":material/delete:",
            on_click=_keep,
            args=(run, 0),
            disabled=not pictures,
            width="stretch",
        )
        if pictures:
            st.html(markup.tiles(camera.tiles(pictures, SHOWN), colours.QUIET))
            if len(pictures) > SHOWN:
                st.caption(f"The newest {SHOWN} of {len(pictures)}.")


def _take(key: str, name: str, run: str) -> None:
    file = st.session_state.get(name)
    if file is None:
        return
    st.session_state[f"{key}.notice"] = None
    try:
        session.snapshots().append(camera.taken(file.getvalue()))
        _keep(run, len(session.snapshots()))
    except ValueError as fault:
        st.session_state[f"{key}.notice"] = f"{str(fault)[:1].upper()}{str(fault)[1:]}"
    image_source.drop(file)
    session.next_round()


def _keep(run: str, count: int) -> None:
    """The first pictures of the sequence, as the clip that is looked at."""
    pictures = session.snapshots()
    del pictures[count:]
    watched = session.clip()
    if pictures:
        session.hold_clip(Watching(camera.joined(pictures), run))
    elif watched is not None and watched.held.origin == "snapshots":
        session.hold_clip(None)
