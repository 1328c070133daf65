"""The pictures behind rows of a feature table: synthetic people drawn again, others read where their data set lies."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import add_script_run_ctx, get_script_run_ctx

from app.services.cells import place
from app.services.uploads import address
from fer_core.data import SCHEME, SEPARATOR, Dataset, open_data
from fer_core.data.people import Drawings, read_line
from fer_core.leakage.stored import stored_leakage
from fer_core.pictures import UnreadablePicture
from fer_core.runs import find_run

SIDE = 96
"""Pixels: twice what is shown, for sharp screens."""


def source_of(name: str, made: Mapping[str, Any]) -> str:
    """The data set of a run's table, as DATA.

    Args:
        name: The run.
        made: How the table was made.

    Raises:
        FileNotFoundError: no such run.
        ValueError: neither the table nor the run says.
    """
    run = find_run(name)
    learned, strangers = run.info.get("data") or {}, stored_leakage(run.path)
    for about in (made, *(one for one in (learned, strangers) if one.get("fingerprint") == made.get("fingerprint"))):
        if about.get("source"):
            return str(about["source"])
    raise ValueError("the table does not say where its pictures lie; fer embed --store makes one that does")


def tiles(source: str, samples: Sequence[str]) -> list[str | None]:
    """All of `tiles_in_turn` at once."""
    return list(tiles_in_turn(source, samples))


def tiles_in_turn(source: str, samples: Sequence[str]) -> Iterator[str | None]:
    """Small copies of pictures, each an address; None where one cannot be read. Every core makes some.

    Args:
        source: DATA, as `source_of` gives it.
        samples: Names of pictures in it.

    Raises:
        FileNotFoundError: the data set is not on this machine.
        ValueError: it cannot be read.
    """
    places = [one if one.startswith(SCHEME) else str(place(one)) for one in source.split(SEPARATOR)]
    changed = max(0 if one.startswith(SCHEME) else Path(one).stat().st_mtime_ns for one in places)
    where, visitor = SEPARATOR.join(places), get_script_run_ctx(suppress_warning=True)

    def tile(sample: str) -> str | None:
        add_script_run_ctx(threading.current_thread(), visitor)
        return _tile(where, changed, sample)

    with ThreadPoolExecutor(max(1, min(len(samples), os.cpu_count() or 1))) as pool:
        yield from pool.map(tile, samples)


@st.cache_resource(max_entries=2, ttl="1h", show_spinner=False)
def _opened(where: str, changed: int) -> tuple[Dataset, Mapping[str, int]]:
    data = open_data(where)
    return data, {str(sample): row for row, sample in enumerate(data.table["path"])}


@st.cache_data(max_entries=3000, show_spinner=False)
def _tile(where: str, changed: int, sample: str) -> str | None:
    try:
        if where.startswith(SCHEME) and SEPARATOR not in where:
            # The name says whom and when: the table of all people need not be made, nor more pixels than are shown.
            picture = Drawings(read_line(where).seed, SIDE).picture(sample)
        else:
            data, rows = _opened(where, changed)
            if sample not in rows:
                return None
            picture = data.picture(rows[sample])
        return address(picture, SIDE, "JPEG", framed=True)
    except (UnreadablePicture, OSError, ValueError):
        return None
