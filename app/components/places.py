"""Where things live on this machine, for who sits at it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app.services import places


def show(key: str) -> None:
    """Draws the table; visitors from another machine are not told its folders.

    Args:
        key: Of the table.
    """
    if st.context.ip_address is not None:
        return
    with st.expander("Where data and runs live", icon=":material/folder:"):
        rows = [
            {"what": one.what, "folder": str(one.path), "size": _size(one), "moved by": one.setting or "comes with it"}
            for one in places.places()
        ]
        st.dataframe(pd.DataFrame(rows), hide_index=True, key=key)


def _size(place: places.Place) -> str:
    if not place.there:
        return "not there yet"
    size = f"{place.size / 1e9:.1f} GB" if place.size >= 1e9 else f"{place.size / 1e6:.1f} MB"
    return size if place.whole else f"more than {size}"
