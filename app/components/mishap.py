"""The one place where a mistake of the caller becomes a sentence on the page. Anything else is a bug and stays loud."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from app import markup


@contextmanager
def shown() -> Iterator[None]:
    """Whatever is drawn inside ends with one sentence where the caller or the disk made a mistake."""
    try:
        yield
    except (ValueError, FileNotFoundError) as error:
        sentence = str(error) or f"something is wrong, and the program only knows its name: {type(error).__name__}"
        st.error(markup.plain(sentence[:1].upper() + sentence[1:]), icon=":material/error:")
