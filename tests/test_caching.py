"""Several processes and threads that want the same pictures: one decodes, the others wait."""

import threading

import numpy as np
import pytest

from fer_core.caching import filling
from fer_core.data import open_data, store


@pytest.fixture()
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("FER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_runs_that_start_together_decode_once(cache, monkeypatch):
    data = open_data("people:subjects=2,sessions=1,states=drowsiness,frames=1,size=32")
    reads: list[int] = []
    start = threading.Barrier(4)
    read = store._read

    def counted(*given):
        reads.append(threading.get_ident())
        return read(*given)

    monkeypatch.setattr(store, "_read", counted)
    found: list[store.Decoded] = []

    def want():
        start.wait()
        found.append(store.decode(data, 24))

    threads = [threading.Thread(target=want) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(found) == 4 and len(reads) == 1
    assert all(np.array_equal(one.pixels, found[0].pixels) for one in found)


def test_a_damaged_place_is_filled_again(cache):
    data = open_data("people:subjects=2,sessions=1,states=drowsiness,frames=1,size=32")
    before = store.decode(data, 24)
    pixels = np.array(before.pixels)
    (cache / before.key / "about.parquet").write_bytes(b"half")
    assert np.array_equal(store.decode(data, 24).pixels, pixels)


def test_one_that_fails_lets_the_next_in(cache):
    with pytest.raises(RuntimeError), filling(cache / "place"):
        raise RuntimeError("killed")
    with filling(cache / "place"):
        pass
