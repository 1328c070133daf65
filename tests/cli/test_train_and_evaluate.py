"""`fer train` and `fer evaluate` as scripts call them."""

from __future__ import annotations

import pytest
import yaml

from tests.drawn import LABELS, class_folders

RECIPE = {
    "name": "small",
    "data": {"labels": list(LABELS)},
    "preprocessing": {"size": 16, "grey": True},
    "backbone": {"kind": "compact", "stem": 4, "widths": [4], "blocks": [1]},
    "optimisation": {"epochs": 1, "batch_size": 16},
}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    root = tmp_path_factory.mktemp("cli")
    class_folders(root / "data", {"train": 10, "validation": 4, "test": 3})
    (root / "small.yaml").write_text(yaml.safe_dump(RECIPE))
    return root


def test_train_then_evaluate(fer, place):
    trained = fer(
        "train", place / "small.yaml", "--data", place / "data", "--out", place / "run", "--threads", 1, "--json"
    )
    assert trained.code == 0, trained.err
    assert trained.document["status"] == "finished" and trained.document["best"]["epoch"] == 1
    assert "epoch 1 of 1" in trained.err
    judged = fer("evaluate", trained.document["run"], "--data", place / "data", "--json")
    assert judged.code == 0, judged.err
    document = judged.document
    keys = {
        "n",
        "excluded",
        "labels",
        "accuracy",
        "accuracy_without_twins",
        "ci95",
        "average_accuracy",
        "macro_f1",
        "per_class",
    }
    assert keys | {"confusion", "ece", "confidence"} <= set(document)
    assert document["n"] == 9 and document["split"] == "test" and document["labels"] == list(LABELS)
    assert set(document["per_class"]["sadness"]) == {"precision", "recall", "f1", "support"}
    assert set(document["confidence"]) == {"right", "wrong"}
    assert sum(map(sum, document["confusion"])) == 9
    assert (
        fer("evaluate", place / "run", "--data", place / "data", "--split", "all", "--views", 2, "--json").document["n"]
        == 51
    )
    assert "rows true" in fer("evaluate", place / "run", "--data", place / "data").out
    assert fer("train", place / "small.yaml", "--data", place / "data", "--out", place / "run").code == 2


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["train", "nosuch"], "no recipe 'nosuch'"),
        (["train", "{small}", "--set", "optimisation.epoch=3", "--data", "{data}"], "did you mean 'epochs'"),
        (["train", "{small}"], "nothing to train on"),
        (["train", "{small}", "--data", "/nowhere"], "no data at /nowhere"),
        (["train", "{small}", "--data", "{data}", "--device", "tpu"], "device must be auto, cpu or cuda"),
        (["train", "{small}", "--data", "{data}", "--threads", "0"], "threads must be 1 or more"),
        (["evaluate", "nosuch", "--data", "{data}"], "no run 'nosuch'"),
    ],
)
def test_mistakes_of_the_caller_get_one_sentence_and_exit_2(fer, place, arguments, sentence):
    filled = [one.format(small=place / "small.yaml", data=place / "data") for one in arguments]
    ran = fer(*filled, "--json")
    assert ran.code == 2 and ran.out == ""
    assert sentence in ran.err and "Traceback" not in ran.err


def test_a_split_that_is_not_there_names_those_that_are(fer, place, tmp_path):
    fer("train", place / "small.yaml", "--data", place / "data", "--out", tmp_path / "run", "--threads", 1)
    only = class_folders(tmp_path / "only", {"train": 2})
    ran = fer("evaluate", tmp_path / "run", "--data", only, "--json")
    assert ran.code == 2 and "no split 'test'; there are: train, all" in ran.err
    for option, value in (("--views", 3), ("--faces", "guess")):
        assert fer("evaluate", tmp_path / "run", "--data", place / "data", option, value).code == 2


@pytest.mark.parametrize(
    "changes",
    [
        ["mixing.kind=fermix"],
        ["mixing.kind=fermix", "mixing.patterns=[corner]", "mixing.training=either"],
        ["mixing.kind=mixaugment"],
        ["mixing.kind=cutmix", "mixing.training=co", "mixing.per_row=true"],
        ["mixing.kind=cutout", "mixing.training=co"],
    ],
    ids=lambda changes: "-".join(one.partition("=")[2] for one in changes),
)
def test_every_mixing_trains_by_set(fer, place, tmp_path, changes):
    """The shipped recipe, its network made small, on the drawn pictures."""
    small = [f"data.labels=[{', '.join(LABELS)}]", "backbone.widths=[4]", "backbone.blocks=[1]", "backbone.stem=4"]
    small += ["preprocessing.size=16", "optimisation.epochs=1", "optimisation.batch_size=8"]
    sets = [part for one in (*changes, *small) for part in ("--set", one)]
    ran = fer(
        "train", "expression", "--data", place / "data", "--out", tmp_path / "run", "--threads", 1, *sets, "--json"
    )
    assert ran.code == 0, ran.err
    assert ran.document["status"] == "finished"
    written = yaml.safe_load((tmp_path / "run" / "recipe.yaml").read_text())["mixing"]
    assert written["kind"] == changes[0].partition("=")[2]
