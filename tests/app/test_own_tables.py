"""Tables of strangers: what would burst, break or end the app is a sentence."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from app.services import own_tables, parquet_apart
from tests.mutations import mutations


def parquet(**columns: object) -> bytes:
    buffer = io.BytesIO()
    pd.DataFrame(columns).to_parquet(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "make", "sentence"),
    [
        ("t.pkl", lambda: b"x", "pickles and archives are not opened"),
        ("t.zip", lambda: b"x", "must be a .csv or .parquet"),
        ("t.csv", lambda: b"a\n" * 200_001, "rows, a page takes 200,000"),
        ("t.csv", lambda: b"," * 6000, "6,001 columns"),
        ("t.parquet", lambda: b"no table", "t.parquet is damaged"),
        ("t.parquet", lambda: parquet(subject=["a"] * 200_001), "t.parquet has 200,001 rows"),
    ],
)
def test_what_would_burst_is_refused(name: str, make: Callable[[], bytes], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        own_tables.take(name, make())


def test_a_file_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_tables, "MOST_MEGABYTES", 0)
    with pytest.raises(ValueError, match="use fer leakage"):
        own_tables.take("t.csv", b"subject,v_0\n")


def test_a_small_file_that_unpacks_to_much_is_refused() -> None:
    content = parquet(subject=["x" * 40_000] * 900)
    assert len(content) < 10_000
    with pytest.raises(ValueError, match=r"^t.parquet unpacks to 36 MB, a page takes 8"):
        parquet_apart.cleaned("t.parquet", content, 1000, 10, 1_000_000)


def test_a_file_that_ends_its_reader_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of this file pyarrow's reader aborts, which Python cannot catch."""
    torn = bytearray(parquet(subject=["a", "b"] * 4, v=[np.ones(3)] * 8))
    rng = np.random.default_rng(0)
    for _ in range(3):
        for place in rng.integers(len(torn) - 700, len(torn) - 8, size=4):
            torn[place] = rng.integers(256)
        with pytest.raises(ValueError, match=r"^t.parquet is damaged[^\n]*$"):
            own_tables.take("t.parquet", bytes(torn))
    monkeypatch.setattr(parquet_apart, "PATIENCE", 0.01)
    with pytest.raises(ValueError, match="seconds to open"):
        own_tables.take("t.parquet", parquet(subject=["a"]))


def test_what_is_no_csv_never_escapes_a_sentence() -> None:
    for _, content in list(mutations())[:40]:
        try:
            own_tables.read(own_tables.take("t.csv", content), {})
        except ValueError as error:
            assert "\n" not in str(error) and len(str(error)) < 400
