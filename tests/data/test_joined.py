"""Several data sets as one: rows, paths, splits, people, twins, pictures and a whole training."""

from __future__ import annotations

import shutil
from collections import Counter

import numpy as np
import pandas as pd
import pytest
import yaml

from fer_core.data import SEPARATOR, decode, open_data
from fer_core.data.audit import audit
from fer_core.data.preparation import prepare
from fer_core.evaluation import evaluate, verify
from fer_core.recipe import check_recipe
from fer_core.runs import Run
from fer_core.sections import Data
from fer_core.training import train
from tests.drawn import LABELS, class_folders, manifest

RECIPE = {
    "name": "joined",
    "data": {"labels": list(LABELS)},
    "preprocessing": {"size": 16, "grey": True},
    "backbone": {"kind": "compact", "stem": 4, "widths": [4], "blocks": [1]},
    "optimisation": {"epochs": 1, "batch_size": 16},
}


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """``a``: three labels, train, validation and test. ``b``: two labels under other names, train and test."""
    root = tmp_path_factory.mktemp("two")
    a = class_folders(root / "a", {"train": 8, "validation": 3, "test": 2}, seed=1)
    b = class_folders(root / "b", {"train": 10, "test": 4}, seed=2, labels=("happy", "sadness"))
    shutil.copy(a / "test/sadness/000.png", b / "train/happy/twin.png")
    return a, b


def test_rows_know_their_source_and_labels_meet_by_name(two):
    a, b = map(open_data, two)
    joined = open_data([str(one) for one in two])
    assert (joined.name, joined.source) == ("a + b", f"{two[0]} + {two[1]}") and not joined.synthetic
    assert len(joined) == len(a) + len(b) and joined.labels == LABELS
    assert Counter(joined.table["source"]) == {"a": len(a), "b": len(b)}
    assert list(joined.table["label"]) == [*a.table["label"], *b.table["label"]]
    assert list(joined.table["split"]) == [*a.table["split"], *b.table["split"]]
    # Folders and numbers are the same in both: every path has its source in front.
    assert list(joined.table["path"]) == [*("a/" + a.table["path"]), *("b/" + b.table["path"])]
    for row in (0, len(a) - 1, len(a), len(joined) - 1):
        part, own = (a, row) if row < len(a) else (b, row - len(a))
        assert np.array_equal(joined.picture(row), part.picture(own)) and joined.read(row) == part.read(own)
    assert joined.labels == open_data(f"{two[0]}{SEPARATOR}{two[1]}").labels
    assert open_data([str(two[0])]).name == "a"


def test_paths_that_differ_stay_and_two_of_one_name_get_numbers(tmp_path):
    one = class_folders(tmp_path / "x" / "faces", {"train": 1})
    other = manifest(tmp_path / "y" / "faces", subjects=2, per_subject=3)
    joined = open_data([str(one), str(other)])
    assert set(joined.table["source"]) == {"faces", "faces-2"}
    assert {"train/sadness/000.png", "faces/p0_0.png"} <= set(joined.table["path"])


def test_a_source_without_splits_is_all_train_and_subjects_of_one_name_are_two_people(tmp_path):
    paths = [
        manifest(tmp_path / name, subjects=3 + place, per_subject=3, seed=place) for place, name in enumerate("mn")
    ]
    joined = open_data([str(one) for one in paths])
    assert set(joined.table["split"]) == {"train"}
    people = {f"{name}/p{number}" for name in "mn" for number in range(3)} | {"p3"}
    assert set(joined.table["subject"]) == people
    drawn = [f"people:subjects=2,frames=1,size=32,first={first}" for first in (0, 1)]
    synthetic = open_data(drawn)
    assert synthetic.synthetic and set(synthetic.table["subject"]) == {"p0000", "p0001", "p0002"}
    mixed = open_data([drawn[0], str(paths[0])])
    assert not mixed.synthetic and set(mixed.table["subject"]) == {"p0000", "p0001", "p0", "p1", "p2"}


def test_pictures_come_from_each_sources_own_cache_in_any_order(two, monkeypatch):
    parts = [decode(open_data(one), 20, grey=True) for one in two]

    def never(*_):
        raise AssertionError("decoded again")

    monkeypatch.setattr("fer_core.data.store._fill", never)
    joined = decode(open_data([str(one) for one in two]), 20, grey=True)
    whole = np.concatenate([one.pixels for one in parts])
    assert joined.pixels.shape == whole.shape and len(joined.pixels) == len(whole)
    rows = np.random.default_rng(0).permutation(len(whole))
    for chosen in (rows, rows[:0], rows[:1], slice(3, 40, 7), whole[:, 0, 0] > 90):
        assert np.array_equal(joined.pixels[chosen], whole[chosen])
    for row in (0, -1, len(parts[0].pixels), len(parts[0].pixels) - 1):
        assert np.array_equal(joined.pixels[row], whole[row])
    assert np.array_equal(np.asarray(joined.pixels), whole)
    assert list(joined.about["hash"]) == [one for part in parts for one in part.about["hash"]]
    assert [one["fingerprint"] for one in joined.sources] == [one.fingerprint for one in parts]
    turned = decode(open_data([str(one) for one in two[::-1]]), 20, grey=True)
    assert turned.fingerprint == joined.fingerprint not in [one.fingerprint for one in parts]


def test_a_split_of_joined_data_reads_the_right_pictures(two):
    joined = open_data([str(one) for one in two])
    test = joined.select("test")
    assert Counter(test.table["source"]) == {"a": 6, "b": 8} and len(test.parts) == 2
    pixels, whole = decode(test, 20, grey=True).pixels, decode(joined, 20, grey=True).pixels
    assert np.array_equal(np.asarray(pixels), whole[joined.rows("test")])
    validation = joined.select("validation")  # only one of them has it
    assert set(validation.table["source"]) == {"a"} and len(validation.parts) == 1
    assert decode(validation, 20, grey=True).pixels.shape == (9, 20, 20)
    with pytest.raises(ValueError, match="a \\+ b has no split 'dev'; there are: train, validation, test, all"):
        joined.select("dev")


def test_twins_cross_sources_and_each_source_without_validation_gives_its_share(two):
    joined = open_data([str(one) for one in two])
    prepared = prepare(joined, decode(joined, 20, grey=True), LABELS, Data(validation_share=0.2), 0)
    left = set(joined.table["path"].iloc[prepared.distributed]) - set(joined.table["path"].iloc[prepared.train])
    held = prepared.report["held_out"]
    source = joined.table["source"].to_numpy()
    assert Counter(source[prepared.validation]) == {"a": 9, "b": held["n"]} and held["n"] == 4
    assert np.bincount(prepared.labels[prepared.validation][source[prepared.validation] == "b"]).tolist() == [2, 2]
    assert prepared.report["twins_dropped"] == 1 and left == {"b/train/happy/twin.png"}
    assert set(joined.table["path"][prepared.twin]) == {"a/test/sadness/000.png"}
    counted = {one["name"]: (one["train"], one["validation"], one["test"]) for one in prepared.report["sources"]}
    assert counted["a"] == (24, 9, 6) and counted["b"][1:] == (4, 8)
    assert sum(one["train"] for one in prepared.report["sources"]) == len(prepared.train)


def test_one_source_may_lack_a_class_but_not_all_of_them(two):
    joined = open_data([str(one) for one in two])
    decoded = decode(joined, 20, grey=True)
    assert prepare(joined, decoded, LABELS, Data(), 0).report["train_per_label"]["neutral"] == 8
    with pytest.raises(ValueError, match="a \\+ b has no usable training picture of anger"):
        prepare(joined, decoded, (*LABELS, "anger"), Data(), 0)


def test_distributions_of_one_source_stay_and_the_other_has_its_labels(tmp_path):
    one, other = (manifest(tmp_path / name, subjects=2, per_subject=6, seed=ord(name)) for name in "uv")
    table = pd.read_csv(one)
    for label, share in zip(LABELS, (0.5, 0.25, 0.25), strict=True):
        table[f"p_{label}"] = share
    table.to_csv(one, index=False)
    joined = open_data([str(one), str(other)])
    prepared = prepare(joined, decode(joined, 20, grey=True), LABELS, Data(validation_share=0.5), 0)
    assert np.allclose(prepared.targets[:12], [0.5, 0.25, 0.25])
    assert np.array_equal(prepared.targets[12:].argmax(1), prepared.labels[12:]) and prepared.targets[12:].max() == 1


def test_a_training_on_two_sources_from_the_command_line(fer, two, tmp_path):
    sources = [str(one) for one in two]
    recipe = tmp_path / "r.yaml"
    recipe.write_text(yaml.safe_dump({**RECIPE, "data": {**RECIPE["data"], "source": "/nowhere"}}))
    named = [part for one in sources for part in ("--data", one)]
    trained = fer("train", recipe, *named, "--out", tmp_path / "run", "--threads", 1, "--json")
    assert trained.code == 0, trained.err
    run = Run(tmp_path / "run")
    data = run.info["data"]
    assert data["source"] == SEPARATOR.join(sources) and not data["synthetic"]
    assert [(one["name"], one["source"], one["synthetic"], one["samples"]) for one in data["sources"]] == [
        ("a", sources[0], False, 39),
        ("b", sources[1], False, 29),
    ]
    assert "- From b: 18 to train on, 2 to select on, 8 to test on" in run.card()
    assert verify(run)["equal"]
    judged = evaluate(run, open_data(data["source"]), "test", faces="whole")
    assert judged.facts["n"] == 14 and set(judged.predictions["sample"].str[0]) == {"a", "b"}
    pd.testing.assert_frame_equal(judged.predictions, run.predictions("test"))


def test_an_interrupted_training_on_two_sources_of_a_recipe_goes_on_with_both(two, tmp_path, monkeypatch):
    recipe = check_recipe({**RECIPE, "data": {**RECIPE["data"], "source": [str(one) for one in two]}})
    assert check_recipe(yaml.safe_load(recipe.dump())).plain() == recipe.plain()
    monkeypatch.setattr("fer_core.training.evaluate_training_data", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        train(recipe, None, tmp_path / "run", threads=1)
    monkeypatch.undo()
    with pytest.raises(ValueError, match="begun on other data"):
        train(recipe, str(two[0]), tmp_path / "run", resume=True, threads=1)
    assert train(recipe, None, tmp_path / "run", resume=True, threads=1).status == "finished"


def test_twins_between_data_sets_are_found_by_the_audit(two):
    found = audit(open_data([str(one) for one in two]))
    assert found["exact"]["groups"] == 1 and found["exact"]["across"]


def test_mistakes_get_sentences(two):
    with pytest.raises(ValueError, match="is named twice"):
        open_data([str(two[0]), str(two[0])])
    with pytest.raises(FileNotFoundError, match="no data at /nowhere"):
        open_data([str(two[0]), "/nowhere"])
    with pytest.raises(ValueError, match="name at least one data set"):
        open_data([])
    assert open_data(f"{two[0]}").parts == ()
