"""Where a clip comes from: a file, a person who is drawn, a camera; and how far watching it has come."""

from __future__ import annotations

import streamlit as st

from app import markup, session
from app.components import choice, clip_live, clip_snapshots, image_source, sides
from app.services import clip_watching, clips
from app.services.clip_watching import Watching
from app.services.runs import stamped
from app.services.uploads import megabytes

FILE, SNAPSHOTS, LIVE = WAYS = ("A clip", "Camera, picture by picture", "Live camera")


def show(key: str, run: str) -> Watching | None:
    """Draws the sources; returns the clip that was watched by the run, or None where there is none yet.

    Args:
        key: Begins every session key used here.
        run: A usable run.
    """
    way = choice.switch("bring", "Where the face comes from", WAYS, bare=True)
    if way == FILE:
        _files(key, run)
    elif way == SNAPSHOTS:
        clip_snapshots.show(key, run)
    else:
        clip_live.show(key, run)
    notice = st.session_state.get(f"{key}.notice")
    if notice:
        st.error(markup.plain(notice), icon=":material/error:")
    watching = session.clip()
    if watching is None:
        return None
    if (watching.run, watching.changed) != (run, stamped(run)):
        watching = Watching(watching.held, run)
        session.hold_clip(watching)
    if watching.busy:
        _progress(key)
        return None
    watching.look_in()
    if watching.error is not None:
        st.error(markup.plain(f"{watching.error[:1].upper()}{watching.error[1:]}."), icon=":material/error:")
        return None
    return watching


def _files(key: str, run: str) -> None:
    files, beside = sides.show(f"{key}_source", [1.6, 1], gap="medium")
    with files:
        name = f"{key}.file.{session.upload_round()}"
        st.file_uploader("A clip from a phone or a camera", key=name, on_change=_take, args=(key, name, run))
        st.caption(
            f"At most {clip_watching.LONGEST / 60:.0f} minutes and {clips.MAX_BYTES // 10**6} MB; `fer clip` has no "
            "limit."
        )
    with beside:
        st.markdown('<div class="lab-label">Or instead</div>', unsafe_allow_html=True)
        st.button(
            "Draw a person",
            key=f"{key}.draw",
            icon=":material/draw:",
            on_click=take_drawn,
            args=(key, run),
            width="stretch",
            help="A synthetic person who does not exist, is awake for 10 seconds, drowsy for 4 and asleep for 6; drawn "
            "on this machine. Of five such people the run drowsiness warned of one while that one was still awake; "
            "this is one of the other four.",
        )


def take_drawn(key: str, run: str) -> None:
    """Has the synthetic person drawn and watched.

    Args:
        key: As given to `show`.
        run: A usable run.
    """
    st.session_state[f"{key}.notice"] = None
    session.hold_clip(Watching(clips.drawn(), run))


def privacy(key: str) -> None:
    """What happens to the clip, how much is held, and the button that forgets it.

    Args:
        key: Begins every session key used here.
    """
    size = megabytes(session.bytes_held())
    with st.container(border=True, key=f"{key}_note"):
        words, button = st.columns([3.6, 1], vertical_alignment="center")
        words.markdown(
            ":material/lock: **Your clip stays in this machine's memory**, never on the network, gone soon after this "
            "tab closes. While it is read or recorded it lies in a temporary file, which is deleted at once. "
            f"Held now: **{size:.1f} MB**."
        )
        button.button(
            "Forget my clip",
            key=f"{key}.forget",
            icon=":material/delete:",
            width="stretch",
            on_click=session.forget,
            disabled=not session.bytes_held(),
        )


@st.fragment(run_every=1.0)
def _progress(key: str) -> None:
    watching = session.clip()
    if watching is None or not watching.busy:
        st.rerun()
    share, line = watching.look_in()
    with st.container(key=f"{key}_progress"):
        st.progress(share, text=line)
        st.button("Stop", key=f"{key}.stop", icon=":material/stop:", on_click=session.hold_clip, args=(None,))


def _take(key: str, name: str, run: str) -> None:
    file = st.session_state.get(name)
    if file is None:
        return
    st.session_state[f"{key}.notice"] = None
    try:
        session.hold_clip(Watching(clips.take(file.name, file.getvalue()), run))
    except ValueError as fault:
        st.session_state[f"{key}.notice"] = f"{str(fault)[:1].upper()}{str(fault)[1:]}"
    image_source.drop(file)
    session.next_round()
