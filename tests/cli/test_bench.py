"""`fer bench`: that it answers with sane keys. How fast a machine is, is no matter of tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import pytest
import yaml
from torch import Tensor

from fer_core.backbones.deviation import Deviation
from fer_core.benchmarks import app as waits
from fer_core.benchmarks import deviation, people
from fer_core.benchmarks.rates import take_turns
from fer_core.contracts import Features
from fer_core.recipe import check_recipe
from tests.encoders import DEVIATION


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
    tiny = partial(deviation.deviation_rates, check_recipe(DEVIATION), 1, 16)
    monkeypatch.setattr(deviation, "deviation_rates", lambda *_: tiny())

    def no_browser(*_: object) -> None:
        raise FileNotFoundError("no Chromium here")

    monkeypatch.setattr(waits, "app_times", no_browser)
    document = fer("bench", "--json").document
    assert document["app"] == {"left_out": "no Chromium here"}
    assert document["people"]["pictures"] == 2 and document["deviation"]["steps"] == 1
    text = fer("bench").out
    assert (
        text.startswith("app: left out, no Chromium here\n\ndeviation: ")
        and "\n\npeople: " in text
        and "drawn per core second" in text
    )


def test_the_deviation_module_is_measured_beside_its_encoder_alone(
    fer: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forward, filled = Deviation.forward, []

    def watched(self: Deviation, images: Tensor, frozen: Mapping[str, Tensor] | None = None) -> Features:
        filled.append(bool(frozen))
        return forward(self, images, frozen)

    monkeypatch.setattr(Deviation, "forward", watched)
    recipe = tmp_path / "tiny.yaml"
    recipe.write_text(yaml.safe_dump(DEVIATION))  # its identity weights are nowhere: none are read
    asked = ["bench", "deviation", "--recipe", recipe, "--steps", 3, "--pictures", 20, "--set", "penalty.kind=reversal"]
    ran = fer(*asked, "--json")
    assert ran.code == 0, ran.err
    assert filled == [True, False, True] * (1 + 3)  # with, unfilled, penalised
    document = ran.document
    assert (document["steps"], document["batch_size"], document["pictures"]) == (3, 16, 20)
    assert list(document["seconds_per_step"]) == ["without", "with", "unfilled", "penalised"]
    assert document["ratio"] == document["ratios"]["with"] > 0 and min(document["seconds_per_step"].values()) > 0
    assert document["filling"]["pictures_per_second"] == pytest.approx(20 / document["filling"]["seconds"])
    text = fer(*asked[:-2]).out
    assert "with it, V_id filled" in text and "with it and the penalty" not in text


def test_without_the_module_is_the_encoder_with_the_same_head() -> None:
    changed = ["mixing.kind=pairs", "mixing.at=v_state", "penalty.kind=reversal", "optimiser.lr=0.3", "head.hidden=5"]
    recipe = check_recipe(DEVIATION, "tiny", changed)
    one, other = deviation.both(recipe)
    assert one.backbone.kind == "deviation" and one.backbone.options.identity is None
    assert other.backbone == one.backbone.options.part
    assert (one.head.options.space, other.head.options.space) == ("v_state", "v_face")
    assert one.head.options.hidden == other.head.options.hidden == 5
    assert one.optimiser == other.optimiser == recipe.optimiser and one.optimisation == other.optimisation
    assert {one.mixing.kind, other.mixing.kind, one.penalty.kind, other.penalty.kind} == {"none"}


@pytest.mark.parametrize(
    "arguments",
    [
        ["peopel"],
        ["people", "--size", "20"],
        ["people", "--pictures", "0"],
        ["people", "--rounds", "0"],
        ["deviation", "--recipe", "expression"],
        ["deviation", "--pictures", "63"],
        ["deviation", "--threads", "0"],
        ["deviation", "--steps", "0"],
    ],
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
