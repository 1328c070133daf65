"""How hard drowsiness is to tell from the truth: a tuned promise, kept by other people, too."""

from __future__ import annotations

import pytest

from fer_core.data import open_data
from fer_core.data.people.difficulty import difficulty


@pytest.mark.parametrize("line", ["people:subjects=27", "people:subjects=18,sessions=1,frames=10,first=900,seed=3"])
def test_only_who_knows_the_person_can_tell(line: str) -> None:
    """Macro-F1 across people within [0.50, 0.75], and at least 0.90 given the person's own waking face."""
    found = difficulty(open_data(line).table)
    assert 0.50 <= found.across_people <= 0.75
    assert found.own_baseline >= 0.90
    assert found.folds == 9 and found.n == len(open_data(line))


def test_what_it_cannot_say() -> None:
    with pytest.raises(ValueError, match="states=drowsiness only"):
        difficulty(open_data("people:states=expressions,frames=1,subjects=2").table)
    with pytest.raises(ValueError, match="needs two people"):
        difficulty(open_data("people:subjects=1,frames=1").table)
