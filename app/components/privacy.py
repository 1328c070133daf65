"""What happens to the pictures, how much is held, and the button that forgets them."""

from __future__ import annotations

import streamlit as st

from app import session
from app.components import sides
from app.services.uploads import megabytes


def show(key: str) -> None:
    """Draws the note.

    Args:
        key: Begins every session key used here.
    """
    held = session.held()
    size = megabytes(session.bytes_held())
    with st.container(border=True, key=f"{key}_note"):
        words, button = sides.show(f"{key}_privacy", [3.6, 1], gap="small", vertical="center")
        words.markdown(
            ":material/lock: **Your pictures stay in this machine's memory**: never on its disk, never on the network, "
            f"gone soon after this tab closes. Held now: **{size:.1f} MB**, "
            f"{len(held)} picture{'' if len(held) == 1 else 's'}."
        )
        button.button(
            "Forget my pictures",
            key=f"{key}.forget",
            icon=":material/delete:",
            width="stretch",
            on_click=session.forget,
            disabled=not held,
        )
