"""A running camera: what it shows is judged as it comes; once it stops, its recording is the clip that is looked at."""

from __future__ import annotations

import streamlit as st

from app import colours, markup, session
from app.charts.frame import percent
from app.components import clip_course, clip_verdict, figure, mishap
from app.services import camera, clip_origin, clips, live
from app.services.clip_watching import Watching
from app.services.clips import NOBODY, UNKNOWN, clock
from app.services.live import Live

WANTED = {"width": {"ideal": 640}, "height": {"ideal": 480}, "frameRate": {"ideal": 15}}
STOPPING = 10.0
"""Seconds within which a recording is put together."""


def show(key: str, run: str) -> None:
    """Draws the camera and, while it runs, the timeline so far.

    Args:
        key: Begins every session key used here.
        run: A usable run.
    """
    why = live.missing() or camera.forbidden(st.context.url)
    if why:
        st.warning(markup.plain(why), icon=":material/videocam_off:")
        return
    from streamlit_webrtc import WebRtcMode, webrtc_streamer

    running = session.live()
    fresh = running is None or (running.run != run and not running.busy)
    if running is None or fresh:
        running = Live(run)
        session.hold_live(running)
    picture, said = st.columns([2, 3], gap="large")
    with picture:
        context = webrtc_streamer(
            f"{key}_camera",
            WebRtcMode.SENDRECV,
            # No server of others helps the browser to find this one: nothing leaves this network.
            rtc_configuration={"iceServers": []},
            media_stream_constraints={"video": WANTED, "audio": False},
            video_frame_callback=running.put,
            desired_playing_state=False if running.over else None,
            media_toggle_controls=False,
        )
    picture.caption(
        f"At most {live.RATE:g} pictures a second and {live.LONGEST / 60:.0f} minutes. The pictures go straight from "
        "your browser to this machine, to nobody else. When you stop, the recording becomes the clip below and is "
        "watched once more, exactly as `fer clip` watches a file."
    )
    going = context.state.playing or context.state.signalling
    if fresh and going:
        # What it showed was forgotten; it must not begin to record anew by itself.
        running.stop()
        st.rerun()
    if running.begun and not going:
        running.stop(STOPPING)
    # The browser says that it plays before the first picture is here: nothing else would draw again.
    if running.busy or (going and not running.over):
        st.session_state[f"{key}.notice"] = None
        with said:
            _now(key)
    elif running.over and not going:
        _take(key, running)


def _take(key: str, running: Live) -> None:
    """What the camera left: its recording, or a sentence."""
    session.hold_live(None)
    running.look_in()
    if running.error is not None:
        st.session_state[f"{key}.notice"] = f"{running.error[:1].upper()}{running.error[1:]}."
    if running.recorded is not None:
        session.hold_clip(Watching(running.recorded, running.run))
    st.rerun()


@st.fragment(run_every=1.0)
@mishap.shown()
def _now(key: str) -> None:
    running = session.live()
    if running is None or running.over:
        st.rerun()
    samples = running.samples
    if samples is None or not len(samples.time):
        st.info(f"{running.stage} …", icon=":material/hourglass_top:")
        return
    timeline, openness = clips.timed(samples, *clip_verdict.asked())
    # The second that runs is not over, and is judged on too little.
    last = max(0, len(timeline.seconds) - 2)
    row = timeline.seconds.iloc[last]
    alarm = bool(timeline.alarms) and timeline.alarms[-1]["end"] > last
    state = str(row["state"])
    colour = colours.QUIET if state in (NOBODY, UNKNOWN) else colours.of_label(state)
    pieces = [f"<b>At {clock(last)} the model says</b>", markup.chip(state, colour)]
    pieces += [markup.chip("alarm", colours.WRONG)] if alarm else []
    pieces += [f"eyes {percent(row['openness'])} open"] if row["openness"] >= 0 else []
    st.html(markup.row(pieces))
    drawing, rows = clip_course.drawn(timeline, openness, samples.labels, last, f"n = {last + 1:,} seconds so far")
    figure.show(
        f"{key}_now",
        drawing,
        f"Timeline of a running camera, {clock(last + 1)} so far: {timeline.sentence}",
        clip_origin.of_live(running.run, last + 1, len(samples.time), timeline.options),
        rows,
    )
