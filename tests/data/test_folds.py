"""Leave one group out: who is in which group and split, counted by loops over people."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest

from fer_core.data import decode, open_data
from fer_core.data.folds import KNOWN_PERSON, deal, fold_splits, groups_of, subject_keys
from fer_core.data.preparation import prepare
from fer_core.labels import label_set
from fer_core.recipe import RecipeError, check_recipe
from fer_core.sections import Data
from tests.drawn import LABELS, manifest


def _plan(fold=0, groups=4, **options):
    return Data(groups=groups, test_group=fold, drop_twins=False, **options)


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    """Nine people; p0 and p7 lack a label."""
    path = manifest(tmp_path_factory.mktemp("people"), subjects=9, per_subject=6)
    table = pd.read_csv(path)
    lack = table["subject"].isin(["p0", "p7"]) & (table["label"] == LABELS[0])
    table[~lack].assign(split="train").to_csv(path, index=False)  # a split that folds do not ask
    data = open_data(path)
    return data, decode(data, 24, grey=True)


def _prepared(people, plan):
    data, decoded = people
    return prepare(data, decoded, LABELS, plan, 0)


def _who(people, rows):
    return set(people[0].table["subject"].iloc[rows])


def test_everyone_is_tested_once_and_the_next_group_validates(people):
    folds = [_prepared(people, _plan(fold)) for fold in range(4)]
    tested = [_who(people, np.flatnonzero(one.split == "test")) for one in folds]
    assert sorted(who for some in tested for who in some) == sorted(f"p{number}" for number in range(9))
    assert sorted(map(len, tested)) == [2, 2, 2, 3]
    for fold, one in enumerate(folds):
        assert _who(people, one.validation) == tested[(fold + 1) % 4]
        assert _who(people, one.train) == set().union(*tested) - tested[fold] - tested[(fold + 1) % 4]
        assert one.report["fold"] == {
            "groups": 4, "test_group": fold,
            "subjects": {"train": len(_who(people, one.train)), "validation": len(tested[(fold + 1) % 4]),
                         "test": len(tested[fold])},
        }  # fmt: skip
        assert one.report["held_out"] is None


def test_the_training_seed_moves_nobody_and_the_sample_seed_does(people):
    data, decoded = people
    one, other = (prepare(data, decoded, LABELS, _plan(1), seed) for seed in (0, 5))
    assert np.array_equal(one.train, other.train) and one.split.equals(other.split)
    moved = prepare(data, decoded, LABELS, _plan(1, sample_seed=1), 0)
    assert _who(people, moved.train) != _who(people, one.train)


def test_those_who_have_every_label_are_dealt_first(people):
    plans = [_plan(fold, groups=7, balance="subject_and_class") for fold in range(7)]
    tested = []
    for plan in plans:
        one = _prepared(people, plan)
        rows = np.flatnonzero(one.split == "test")
        tested.append(_who(people, rows))
        assert set(Counter(one.labels[rows]).values()) == {2}  # six pictures each, two of a label
    assert sorted(map(len, tested)) == [1] * 7  # p0 and p7 lack a label: seven are left, one for each group
    assert set().union(*tested) == {f"p{number}" for number in range(9)} - {"p0", "p7"}
    with pytest.raises(ValueError, match="7 subjects have every label, too few for 8 groups; ask for fewer"):
        _prepared(people, _plan(groups=8, balance="subject_and_class"))


def test_the_datas_own_groups_are_taken_where_there_are_so_many(people):
    table = people[0].table.copy()
    number = table["subject"].str[1:].astype(int)
    kept = np.zeros(len(table), dtype=int)
    plan = _plan(groups=3)
    assert groups_of(table.assign(group=(number % 3) * 5 + 1), kept, 3, plan).tolist() == (number % 3).tolist()
    words = table.assign(group=[("north", "east", "west")[one % 3] for one in number])
    assert groups_of(words, kept, 3, plan).tolist() == [(1, 0, 2)[one % 3] for one in number]  # by name
    dealt = groups_of(table, kept, 3, plan)
    assert groups_of(table.assign(group=number % 4), kept, 3, plan).tolist() == dealt.tolist()  # as many others
    unnamed = table.assign(group=number % 3, subject=None)
    assert groups_of(unnamed, kept, 3, plan).tolist() == (number % 3).tolist()
    torn = table.assign(group=np.arange(len(table)) % 3)
    with pytest.raises(ValueError, match="subject p. stands in several groups of the column 'group'"):
        groups_of(torn, kept, 3, plan)


def test_a_picture_that_cannot_be_used_stands_with_its_subject(people):
    table = people[0].table
    numbers = np.where(np.arange(len(table)) % 5 == 0, -1, 0)
    group = groups_of(table, numbers, 3, _plan())
    for who, some in pd.Series(group).groupby(table["subject"].to_numpy()):
        assert some.nunique() == 1 and some.iloc[0] >= 0, who
    numbers[(table["subject"] == "p3").to_numpy()] = -1
    gone = groups_of(table, numbers, 3, _plan())
    assert set(gone[(table["subject"] == "p3").to_numpy()]) == {-1}
    assert fold_splits(gone, _plan()).isna().sum() == (table["subject"] == "p3").sum()


def test_dealing_is_a_shuffle_of_the_names_and_differs_by_one_at_most():
    names = pd.Series(["c", "a", "b", "d", "a", None, "e"])
    found = deal(names, 3, 0)
    assert found[1] == found[4] and found[5] == -1
    assert sorted(
        Counter({who: found[row] for row, who in enumerate(names) if isinstance(who, str)}.values()).values()
    ) == [1, 2, 2]
    assert {tuple(deal(names, 3, seed)) for seed in range(20)} != {tuple(found)}
    with pytest.raises(ValueError, match="5 subjects cannot be dealt into 6 groups; ask for fewer groups"):
        deal(names, 6, 0)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (["data.test_group=0"], "test_group needs groups"),
        (["data.groups=9", "data.test_group=9"], "test_group must be below groups, 9, got 9"),
        (["data.groups=1"], "data.groups: .* greater than or equal to 2"),
        (["data.groups=9", "data.test_group=-1"], "data.test_group: .* greater than or equal to 0"),
    ],
)
def test_mistakes_of_a_recipe(changes, sentence):
    with pytest.raises(RecipeError, match=sentence):
        check_recipe({}, "r", changes)


def test_mistakes_that_only_the_data_shows(people):
    data, decoded = people
    with pytest.raises(ValueError, match=r"data.groups is 9 and no group to test is named: set data.test_group .* or"):
        _prepared(people, Data(groups=9))
    with pytest.raises(ValueError, match="9 subjects cannot be dealt into 10 groups"):
        _prepared(people, _plan(groups=10))
    table = data.table.copy()
    table.loc[3, "subject"] = None
    with pytest.raises(ValueError, match=f"needs the subject of every sample, 1 of {len(table)} have none"):
        groups_of(table, np.zeros(len(table), dtype=int), 3, _plan())


def test_of_two_groups_one_tests_and_the_other_gives_a_share_to_validate():
    dataset = open_data("people:subjects=12,sessions=1,frames=2,size=32")
    decoded = decode(dataset, 24, True)
    plan = Data(labels="drowsiness", groups=2, test_group=1, validation_share=0.2)
    prepared = prepare(dataset, decoded, label_set("drowsiness"), plan, seed=0)
    who = [set(dataset.table["subject"].iloc[rows]) for rows in (prepared.train, prepared.validation)]
    tested = set(dataset.table["subject"][(prepared.split == "test").to_numpy()])
    assert len(tested) == 6
    assert who[0] and who[1] and not who[0] & who[1] and not (who[0] | who[1]) & tested


def test_people_who_are_known_train_but_are_not_tested():
    dataset = open_data("people:subjects=9,sessions=1,frames=2,size=32,groups=3")
    decoded = decode(dataset, 24, True)
    plan = Data(labels="drowsiness", groups=3, test_group=0)
    everybody = frozenset(subject_keys(dataset))
    free = prepare(dataset, decoded, label_set("drowsiness"), plan, seed=0)
    tested = sorted(set(subject_keys(dataset)[np.flatnonzero(free.split == "test")]))
    some = prepare(dataset, decoded, label_set("drowsiness"), plan, seed=0, known=frozenset(tested[:1]))
    assert some.report["test"] == free.report["test"] - 6
    assert some.report["excluded"][KNOWN_PERSON] == 6
    np.testing.assert_array_equal(some.train, free.train)
    with pytest.raises(ValueError, match="nobody of .* can be tested"):
        prepare(dataset, decoded, label_set("drowsiness"), plan, seed=0, known=everybody)
