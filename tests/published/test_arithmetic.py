"""What the papers' numbers say about each other, recomputed here by hand or by `fer_core.metrics`."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fer_core.metrics import macro_f1, per_class
from fer_core.published import find_table, impossible_shares, is_share, matrix_of, number, papers, table_keys
from tests.conftest import SHARED_DATA


def _value(key, row, column):
    table = find_table(key)
    return number(table.row(row).values[table.place(column)])


@pytest.mark.parametrize(
    ("key", "summed", "folds"),
    [("deviation-5a", 0.554, 0.535), ("deviation-5b", 0.578, 0.569)],
)
def test_paper_as_matrices_give_the_printed_precisions_and_recalls_but_another_f1(key, summed, folds):
    table, cells = find_table(key), matrix_of(find_table(key))
    scores = per_class(cells)
    for place, label in enumerate(table.matrix.labels):
        tp, support, called = cells[place, place], cells[place].sum(), cells[:, place].sum()
        assert (scores["recall"][place], scores["precision"][place]) == (tp / support, tp / called)
        assert _value(key, label, "recall") == pytest.approx(tp / support, abs=5.1e-4)
        assert _value(key, "precision", label) == pytest.approx(tp / called, abs=5.1e-4)
        assert scores["f1"][place] == pytest.approx(2 * tp / (support + called))
    assert round(macro_f1(cells), 3) == summed
    # The number in the corner is no score of this matrix: it is the mean of nine fold scores, which Table 4 repeats.
    assert _value(key, "F1", "recall") == folds != summed
    assert [row.values for row in find_table("deviation-4").rows if row.values == (folds,)]


def test_paper_as_groups_hold_the_matrices_but_for_two_misprints():
    groups = np.array([row.values for row in find_table("deviation-2").rows])
    rows = matrix_of(find_table("deviation-5a")).sum(1)
    assert rows.tolist() == matrix_of(find_table("deviation-5b")).sum(1).tolist() == [52_837, 52_838, 52_837]
    must = {misprint.column: misprint.must_be for misprint in find_table("deviation-2").misprints}
    names = [column.name for column in find_table("deviation-2").columns]
    for place, name in enumerate(names):
        left = rows[place] - groups[:-1, place].sum()
        assert left == must.get(name, groups[-1, place]), name
    assert set(must) == {"Drowsy", "Awake"}
    assert {one.n for one in find_table("deviation-3").columns} == {int(rows.sum())}


def test_paper_a_prints_the_same_score_wherever_it_repeats_it():
    best = [row.values[0] for row in find_table("deviation-4").rows]
    assert [row.values[0] for row in find_table("deviation-6").rows] == best[1:]
    assert [row.values[1] for row in find_table("deviation-7").rows][1:] == best[1:]
    assert find_table("deviation-7").rows[0].values[0] == best[0] == find_table("deviation-3").row("w/ DM").values[0]


def test_paper_bs_angry_row_is_impossible_and_needs_78_91():
    table = find_table("mixaugment-5")
    supports = [row.values[6] for row in table.rows]
    assert sum(supports) == 3068
    called = {}
    for way in ("vanilla", "MixAugment"):
        called[way] = 0
        for row, support in zip(table.rows, supports, strict=True):
            precision, recall, f1 = (row.values[table.place(f"{word} {way}")] for word in ("precision", "recall", "F1"))
            fits = abs(2 * precision * recall / (precision + recall) - f1) < 0.015
            assert fits == ((row.name, way) != ("anger", "MixAugment"))
            right = round(recall * support / 100)
            assert round(100 * right / support, 2) == recall  # every recall is a share of its class
            called[way] += round(100 * right / precision)
    assert called == {"vanilla": 3068, "MixAugment": 3068 + 155 - 147}
    recall, f1 = 71.60, 75.08
    right, support = 116, 162
    assert math.floor(100 * f1 * recall / (2 * recall - f1)) / 100 == table.misprints[0].must_be == 78.91
    judged = [one for one in range(right, 400) if round(200 * right / (support + one), 2) == f1]
    assert [round(100 * right / one, 2) for one in judged] == [78.91]
    assert table.misprints[0].printed == _value("mixaugment-5", "anger", "F1 MixAugment") == 75.08


def test_paper_bs_classes_do_not_give_the_accuracies_of_its_table_3():
    table = find_table("mixaugment-5")
    for way, row, share, average in (
        ("vanilla", "Vanilla", 83.96, 73.70),
        ("MixAugment", "MixAugment 0.1", 84.75, 75.13),
    ):
        recalls = [one.values[table.place(f"recall {way}")] for one in table.rows]
        right = sum(round(recall * one.values[6] / 100) for recall, one in zip(recalls, table.rows, strict=True))
        assert round(100 * right / 3068, 2) == share != _value("mixaugment-3", row, "accuracy")
        assert round(sum(recalls) / 7, 2) == average != _value("mixaugment-3", row, "average accuracy")
    f1s = [one.values[table.place("F1 MixAugment")] for one in table.rows]
    assert round(sum(f1s) / 7, 2) == _value("mixaugment-3", "MixAugment 0.1", "F1-score")


def test_paper_b_repeats_its_best_rows_and_gains_less_than_it_says():
    for repeated, key, row in (
        ("Vanilla", "mixaugment-2", "Vanilla"),
        ("Vanilla", "mixaugment-3", "Vanilla"),
        ("Mixup", "mixaugment-2", "Mixup 0.1"),
        ("MixAugment", "mixaugment-3", "MixAugment 0.1"),
    ):
        assert find_table("mixaugment-6").row(repeated).values == find_table(key).row(row).values
    vanilla, mixup, mixaugment, _ = (np.array(row.values) for row in find_table("mixaugment-6").rows)
    assert (mixup - vanilla).round(2).tolist() == [0.75, 0.26, 0.92]  # "at least 0.3%"
    assert (mixaugment - mixup).round(2).tolist() == [0.98, 1.79, 0.94]  # "at least 1%"
    assert (mixaugment - vanilla).min().round(2) >= 1.7  # "at least 1.7%", true


@pytest.mark.parametrize(
    ("percent", "n", "share"),
    [
        (72.97, 400, False),  # paper D, FED-RO: 72.75 or 73.00
        (72.75, 400, True),
        (82.59, 88, False),  # paper D, Table 2: 81.82 or 82.95
        (82.95, 88, True),
        (72.41, 3589, True),  # 2599 / 3589 = 72.416: cut
        (72.42, 3589, True),  # rounded
        (72.43, 3589, False),
        (73.4, 3589, True),  # one decimal: 2633 to 2636 are
        (61.14, 985, False),  # paper D, Table 7: lines of the list
        (61.14, 983, True),  # its pictures
        (0.0, 7, True),
        (100.0, 7, True),
        (63.22, 4000, True),  # 2529 / 4000 = 63.225: a half, cut
    ],
)
def test_shares_of_n_pictures(percent, n, share):
    assert is_share(percent, n) is share
    decimals = next(digits for digits in (0, 1, 2) if round(percent, digits) == percent)
    step = 10**decimals
    ways = {
        way / step
        for count in range(n + 1)
        for way in (count * 100 * step // n, (2 * count * 100 * step + n) // (2 * n))
    }
    assert (percent in ways) is share


def test_impossible_accuracies_of_the_papers_own_are_exactly_the_listed_misprints():
    for key in table_keys():
        table = find_table(key)
        own = {one for one in impossible_shares(table) if not table.row(one[0]).reported}
        assert own <= {(one.row, one.column) for one in table.misprints}, key
    found = {(key, *one) for key in table_keys() for one in impossible_shares(find_table(key))}
    assert {
        ("fermixnet-5", "FERMixNet", "accuracy"),
        ("fermixnet-5", "RAN", "accuracy"),
        ("fermixnet-2", "Vertical", "Occ-RAF-DB-C"),
        ("fermixnet-7", "FERMixNet", "AffectNet 45"),
        ("mixaugment-2", "Mixup 1", "accuracy"),
        ("mixaugment-2", "Mixup 1, dropout", "accuracy"),
        ("mixaugment-6", "MixAugment + Flipping", "accuracy"),
    } <= found


def test_paper_ds_types_of_occlusion_add_up_but_for_the_baseline():
    table = find_table("fermixnet-2")
    counts = [column.n for column in table.columns]
    assert counts == [498, 149, 88] and sum(counts) == 735
    sums = {}
    for row in table.rows:
        values = [82.95 if value == 82.59 else value for value in row.values]
        sums[row.name] = sum(round(value * n / 100) for value, n in zip(values, counts, strict=True))
    together = {name: round(100 * right / 735, 2) for name, right in sums.items()}
    assert together == {"Baseline": 83.27, "Horizontal": 84.22, "Vertical": 84.35, "Corner": 83.95}
    for name in ("horizontal", "vertical", "corner"):
        assert _value("fermixnet-4", name, "Occ-RAF-DB") == together[name.capitalize()]
    assert _value("fermixnet-4", "none", "Occ-RAF-DB") == _value("fermixnet-1", "none", "Occ-RAF-DB") == 82.99


def test_paper_d_repeats_its_rows_and_counts_its_parameters():
    best = find_table("fermixnet-3").row("horizontal 40, vertical 40, corner 20").values
    assert best == find_table("fermixnet-4").row("FERMix").values == find_table("fermixnet-1").row("FERMix").values[2:]
    both = find_table("fermixnet-1").row("FERMixNet").values
    assert both[2] == _value("fermixnet-6", "FERMixNet", "Occ-RAF-DB")
    assert both[3] == _value("fermixnet-8a", "FERMixNet", "RAF-DB") == _value("fermixnet-fig7", "alpha 0.5", "accuracy")
    assert (both[0], find_table("fermixnet-1").rows[0].values[0]) == (
        round(11_247_694 / 1e6, 2),
        round(11_180_103 / 1e6, 2),
    )
    chances = [training.set[-3:] for _, training in find_table("fermixnet-3").jobs()]
    assert all(sum(float(word.partition("=")[2]) for word in one) == pytest.approx(1) for one in chances)


def test_n_is_what_the_lists_hold():
    held = {row.name: row.values for row in find_table("fermixnet-sets").rows}
    used = 0
    for key in table_keys():
        for column in find_table(key).columns:
            printed, listed = held.get(column.data, (None, None))
            if column.n is not None and printed is not None:
                assert column.n == (printed if listed is None else listed), (key, column.name)
                assert (column.n_printed or printed) == printed
                used += 1
    assert used > 20


LISTS = {
    "Occlusion-RAF-DB": "ran_lists/RAF_DB_dir/rafdb_occlusion_list.txt",
    "Occlusion-FERPlus": "ran_lists/FERplus_dir/jianfei_occlusion_list.txt",
    "Occlusion-AffectNet": "ran_lists/AffectNet_dir/occlusion_affectnet_list.txt",
    "Pose-RAF-DB 30": "ran_lists/RAF_DB_dir/val_raf_db_list.txt",
    "Pose-RAF-DB 45": "ran_lists/RAF_DB_dir/val_raf_db_list_45.txt",
    "Pose-FERPlus 30": "ran_lists/FERplus_dir/pose_30_ferplus_list.txt",
    "Pose-FERPlus 45": "ran_lists/FERplus_dir/pose_45_ferplus_list.txt",
    "Pose-AffectNet 30": "ran_lists/AffectNet_dir/pose_30_affectnet_list.txt",
    "Pose-AffectNet 45": "ran_lists/AffectNet_dir/pose_45_affectnet_list.txt",
    "AffectNet-8": "ran_lists/AffectNet_dir/simple_sample/val_affectnet8part_list.txt",
    "FERPlus": "ran_lists/FERplus_dir/dlib_ferplus_val_center_crop_range_list.txt",
}


@pytest.mark.skipif(not (SHARED_DATA / "lists.zip").is_file(), reason="the real lists are not on this machine")
def test_the_counts_are_those_of_the_real_lists():
    import zipfile

    with zipfile.ZipFile(SHARED_DATA / "lists.zip") as lists:
        for name, path in LISTS.items():
            lines = [line for line in lists.read(path).decode().splitlines() if line.strip()]
            assert len(lines) == _value("fermixnet-sets", name, "in the lists"), name
        coded = [
            line.split() for line in lists.read("rafdb_lists/EmoLabel/list_patition_label.txt").decode().splitlines()
        ]
    assert sum(row[0].startswith("test") for row in coded) == _value("fermixnet-sets", "RAF-DB", "in the lists")
    # RAF-DB codes the classes in the order of paper B's Table 5: surprise fear disgust happiness sadness anger neutral
    support = [sum(row[0].startswith("test") and row[1] == str(code) for row in coded) for code in range(1, 8)]
    assert support == [row.values[6] for row in find_table("mixaugment-5").rows]


def test_paper_cs_misprints_follow_from_its_own_numbers():
    validation = next(
        one for one in papers()["masking"].misprints if one.where == "section IV-A" and "3859" in str(one.printed)
    )
    assert 35_887 - 28_709 - 3_589 == int(validation.must_be) == 3589
    two, three = find_table("masking-2"), find_table("masking-3")
    assert two.row("ResMaskingNet").values[1] == three.row("ResMaskingNet").values[1]
    assert number(three.row("Human Accuracy").values[1]) == 65 and number(">4.60") is None
    accuracies = [row.values[1] for row in two.rows]
    assert accuracies == sorted(accuracies)
