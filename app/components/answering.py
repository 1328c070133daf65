"""Asks the run about every held picture that it has not seen yet, with progress; keeps what is done."""

from __future__ import annotations

import time
from collections.abc import Mapping

import streamlit as st

from app import session
from app.services import device, predicting, runs
from app.services.predicting import Answer, FacesMode


def show(key: str, run: str, faces: FacesMode) -> Mapping[str, Answer]:
    """What the run says, by the pictures' keys.

    A click meanwhile interrupts the work and loses nothing: the next drawing of the page goes on where it stopped.

    Args:
        key: Unique on the page.
        run: A usable run.
        faces: How faces are found.

    Raises:
        ValueError: the run cannot predict.
    """
    store = session.answers(run, runs.stamped(run), faces)
    missing = [picture for picture in session.held() if picture.key not in store]
    if not missing:
        return store
    begin = (
        "Waking the model; the first picture takes some seconds longer" if not device.torch_is_loaded() else "Looking"
    )
    with st.container(key=f"{key}_progress"):
        bar = st.progress(0.0, text=begin)
    started = time.monotonic()
    for done, (picture, answer) in enumerate(predicting.answers(run, missing, faces), start=1):
        store[picture.key] = answer
        left = (time.monotonic() - started) / done * (len(missing) - done)
        bar.progress(done / len(missing), text=f"{done} of {len(missing)} pictures · about {left:.0f} s left")
    bar.empty()
    return store
