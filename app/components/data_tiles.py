"""Pictures of a data set as tiles, or one sentence why they cannot be shown."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app import markup
from app.services import portraits


def show(source: str, shown: Sequence[tuple[str, str, str]], colour: str) -> None:
    """Draws the pictures; they are read for this page and stored nowhere.

    Args:
        source: DATA.
        shown: Sample's path, alternative text, caption.
        colour: Of the thin frame.
    """
    try:
        addresses = portraits.tiles(source, [path for path, _, _ in shown])
    except (ValueError, OSError) as error:
        st.info(markup.plain(f"These pictures cannot be shown: {error}."), icon=":material/folder_off:")
        return
    cells = [(address, alt, caption) for address, (_, alt, caption) in zip(addresses, shown, strict=True)]
    st.html(markup.tiles(cells, colour))
