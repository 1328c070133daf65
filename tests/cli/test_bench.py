"""`fer bench`: that it answers with sane keys. How fast a machine is, is no matter of tests."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from fer_core.benchmarks import people
from fer_core.benchmarks.rates import take_turns


def test_people_are_measured_beside_png(fer: Callable) -> None:
    ran = fer("bench", "people", "--size", 32, "--pictures", 3, "--rounds", 2, "--json")
    assert ran.code == 0, ran.err
    document = ran.document
    assert (document["size"], document["pictures"], document["rounds"]) == (32, 3, 2)
    assert {"1", str(document["machine"]["cores"])} == set(document["threads"])
    for one in document["threads"].values():
        assert 0 < one["slowest"] <= one["pictures_per_second"] <= one["fastest"]
        assert min(one["pictures_per_core_second"], one["png_decodes_per_second"], one["ratio"]) > 0
    all_cores = document["threads"][str(document["machine"]["cores"])]
    assert {key: document[key] for key in ("pictures_per_second", "png_decodes_per_second", "ratio")} == {
        key: all_cores[key] for key in ("pictures_per_second", "png_decodes_per_second", "ratio")
    }


def test_without_a_name_all_benches_run(fer: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    quick = partial(people.people_rates, 32, 2, 1)
    monkeypatch.setattr(people, "people_rates", lambda *_: quick())
    assert fer("bench", "--json").document["people"]["pictures"] == 2
    text = fer("bench").out
    assert text.startswith("people: ") and "drawn per core second" in text


@pytest.mark.parametrize(
    "arguments", [["peopel"], ["people", "--size", "20"], ["people", "--pictures", "0"], ["people", "--rounds", "0"]]
)
def test_mistakes_exit_with_two(fer: Callable, arguments: list[str]) -> None:
    ran = fer("bench", *arguments, "--json")
    assert ran.code == 2 and ran.out == "" and "Traceback" not in ran.err


def test_workloads_take_turns_and_the_first_turn_does_not_count() -> None:
    done: list[str] = []
    found = take_turns({"a": lambda: done.append("a"), "b": lambda: done.append("b")}, units=2, rounds=3)
    assert "".join(done) == "abababab"
    assert {name: len(one.per_second) for name, one in found.items()} == {"a": 3, "b": 3}
    with pytest.raises(ValueError, match="units and rounds must be 1 or more, got 0 and 1"):
        take_turns({}, 0, 1)
