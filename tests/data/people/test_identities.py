"""Who people are: nobody is another's near twin, ranges are spread, sessions change everything but the person."""

from __future__ import annotations

import numpy as np
import pytest

from fer_core.data.people import Identity, identity, session

SEEN = (
    "width", "height", "jaw", "eye_x", "eye_width", "nose_width", "nose_y", "mouth_width", "lid", "skin", "age",
    "masculine", "hair_colour",
)  # fmt: skip
"""What one sees of a person first: shape of the head and its features, colours."""
TWINS = 0.25
"""Root mean square difference in `SEEN`, in standard deviations of the people at large, under which two people would be
near twins. Typical for two people is sqrt(2); a quarter of a deviation is what a face changes by with camera and lens.
Independent draws come as near as 0.35 in 300 people, ours keep 0.5 and more."""


def table(first: int, count: int, seed: int = 0) -> np.ndarray:
    """``(count, P)`` everything about so many people."""
    return np.array([identity(number, seed) for number in range(first, first + count)])


@pytest.fixture(scope="module")
def at_large() -> np.ndarray:
    """Other people, of another seed."""
    return table(10_000, 600, seed=9)


@pytest.mark.parametrize(("first", "seed"), [(0, 0), (1_000, 0), (0, 3)])
def test_no_two_of_300_are_near_twins(at_large: np.ndarray, first: int, seed: int) -> None:
    columns = [Identity._fields.index(name) for name in SEEN]
    scaled = table(first, 300, seed)[:, columns] / at_large[:, columns].std(axis=0)
    apart = np.sqrt(((scaled[:, None] - scaled[None]) ** 2).mean(axis=-1))[np.triu_indices(300, 1)]
    assert apart.min() > 1.8 * TWINS and 1.2 < np.median(apart) < 1.6


@pytest.mark.parametrize(("first", "count"), [(0, 27), (500, 27), (7, 60)])
def test_a_range_holds_all_sorts(first: int, count: int) -> None:
    """Each half of each property that is spread has a third of the people at least."""
    found = table(first, count)
    for name in ("width", "height", "eye_x", "eye_width", "nose_width", "nose_y", "mouth_width", "skin", "masculine"):
        values = found[:, Identity._fields.index(name)]
        middle = np.median(table(20_000, 400, seed=5)[:, Identity._fields.index(name)]) if name != "skin" else 0.5
        assert 0.33 <= (values < middle).mean() <= 0.67, name
    kinds = {name: set(found[:, Identity._fields.index(name)].round(3)) for name in ("hair_kind", "beard", "glasses")}
    assert len(kinds["hair_kind"]) >= 4 and len(kinds["beard"]) >= 3 and len(kinds["glasses"]) == 2


def test_a_person_is_a_function_of_number_and_seed() -> None:
    known = identity(12, 4)
    identity.cache_clear()
    assert identity(12, 4) == known and identity(12, 5) != known and identity(13, 4) != known
    assert all(isinstance(value, float) for value in known)


def test_sessions_change_the_picture_and_not_the_person() -> None:
    who = identity(8)
    looks = [session(8, number, 0, who) for number in range(6)]
    for name in ("key", "parting", "cloth_hue", "light_x", "strength", "warmth", "distance", "exposure", "blur"):
        assert len({getattr(look, name) for look in looks}) == 6, name
    for name in ("neckline", "backdrop"):
        assert len({getattr(session(8, number, 0, who), name) for number in range(12)}) > 1
    assert session(8, 0, 0, who) == looks[0] and session(9, 0, 0, who) != looks[0] != session(8, 0, 1, who)
    assert identity(8) is who


def test_what_one_cannot_wear_is_not_worn() -> None:
    for number in range(80):
        who = identity(number)
        for sitting in range(3):
            look = session(number, sitting, 0, who)
            assert not look.glasses or who.glasses
            assert not look.tied or who.hair_kind in (3, 4)
            assert not look.fringe or who.hair_kind >= 2
            assert not look.stubble or who.masculine > 0.55


@pytest.mark.parametrize(("number", "seed"), [(-1, 0), (0, -1)])
def test_nobody_has_a_negative_number(number: int, seed: int) -> None:
    with pytest.raises(ValueError, match="a person's number and seed must be 0 or more, got"):
        identity(number, seed)
    with pytest.raises(ValueError, match="a session's number must be 0 or more, got -1"):
        session(0, -1, 0, identity(0))
