"""compose() against the direct formula of every paper. The mixings of later orders are written out here as plans."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from fer_core.catalogue.mixings import MixupOptions, NoneOptions
from fer_core.contracts import Blend, PassPlan, TermPlan
from fer_core.mixing.compose import compose
from fer_core.mixing.mixup import Mixup
from fer_core.mixing.none import Plain
from tests.mixing.sample_table import Table


@pytest.fixture
def table():
    return Table()


def test_plain_rows_come_back_unchanged_in_the_order_asked(table):
    rows = np.array([5, 0, 7])
    (view,) = compose(Plain(NoneOptions()).plan(np.random.default_rng(0), Blend.plain(rows)), table)
    assert torch.equal(view.images, table.pixels[rows] * 2 - 1)
    assert torch.equal(view.terms[0].targets, table.labels[rows])
    assert torch.equal(view.frozen["v_id"], table.v_id[rows])
    assert view.terms[0].weight == 1


@pytest.mark.parametrize("per_row", [False, True])
def test_mixup_equals_its_formula(table, per_row):
    rows = np.array([3, 9, 1, 4, 11])
    mixup = Mixup(MixupOptions(alpha=0.7, per_row=per_row))
    plan = mixup.plan(np.random.default_rng(4), Blend.plain(rows))
    (view,) = compose(plan, table)
    blend = plan[0].pictures
    for place in range(len(rows)):
        lam, main, partner = blend.lam[place], blend.main[place], blend.partner[place]
        expected = lam * table.pixels[main] + (1 - lam) * table.pixels[partner]
        torch.testing.assert_close(view.images[place], (expected * 2 - 1).float())
        torch.testing.assert_close(
            view.terms[0].targets[place], (lam * table.labels[main] + (1 - lam) * table.labels[partner]).float()
        )
        torch.testing.assert_close(
            view.frozen["v_id"][place], (lam * table.v_id[main] + (1 - lam) * table.v_id[partner]).float()
        )
    assert sorted(blend.partner) == sorted(rows)
    assert len(set(blend.lam)) == (len(rows) if per_row else 1)


def test_mixup_draws_lambda_from_beta():
    mixup = Mixup(MixupOptions(alpha=0.4, per_row=True))
    lam = mixup.plan(np.random.default_rng(0), Blend.plain(np.arange(20_000)))[0].pictures.lam
    # Beta(a, a): mean 1/2, variance 1 / (4 (2 a + 1))
    assert abs(lam.mean() - 0.5) < 0.01
    assert abs(lam.var() - 1 / (4 * 1.8)) < 0.005


def test_mixup_refuses_rows_that_are_already_blended():
    blended = Blend(np.array([0]), np.array([1]), np.array([0.5]))
    with pytest.raises(ValueError, match="already blended"):
        Mixup(MixupOptions()).plan(np.random.default_rng(0), blended)


def test_mixaugment_reads_and_augments_every_row_once(table):
    """Paper B, eq. 3: the mixed batch with weight 1 and the real batch with weight 2."""
    rows = np.arange(6)
    mixed = Blend(rows, rows[::-1].copy(), np.full(6, 0.3))
    real = Blend.plain(rows)
    plan = (PassPlan(mixed, (TermPlan("mixed", 1.0, mixed),)), PassPlan(real, (TermPlan("real", 2.0, real),)))
    first, second = compose(plan, table)
    assert len(table.read) == 1 and sorted(table.read[0]) == list(range(6))
    torch.testing.assert_close(first.images[0], 0.3 * second.images[0] + 0.7 * second.images[5])


def test_regions_come_from_the_partner_and_weigh_by_lam(table):
    """Paper D: upper half of x_B pasted, label weight 1/2."""
    plan = Blend(np.array([2, 3]), np.array([6, 7]), np.array([0.5, 0.5]), np.array([[0, 0, 1, 0.5]] * 2))
    (view,) = compose((PassPlan(plan, (TermPlan("mixed", 1.0, plan),)),), table)
    images = (view.images + 1) / 2
    torch.testing.assert_close(images[:, :, :4], table.pixels[[6, 7], :, :4])
    torch.testing.assert_close(images[:, :, 4:], table.pixels[[2, 3], :, 4:])
    torch.testing.assert_close(view.terms[0].targets, (table.labels[[2, 3]] + table.labels[[6, 7]]) / 2)


def test_cutout_fills_a_region_and_keeps_the_label(table):
    rows = np.array([1, 8])
    plan = Blend(rows, rows, np.ones(2), np.array([[0.5, 0.25, 1, 0.75]] * 2), fill=0.5)
    (view,) = compose((PassPlan(plan, (TermPlan("main", 1.0, plan),)),), table)
    images = (view.images + 1) / 2
    assert torch.all(images[:, :, 2:6, 3:] == 0.5)
    torch.testing.assert_close(images[:, :, :2], table.pixels[rows, :, :2])
    assert torch.equal(view.terms[0].targets, table.labels[rows])


def test_a_term_in_a_space_names_positions_within_its_pass(table):
    """Paper A, Fig. 5b: V_state of both computed apart, then mixed; the partner is in the pass because the plan shows
    it."""
    shown = Blend.plain(np.array([4, 10, 6]))
    blend = Blend(np.array([6, 4]), np.array([10, 6]), np.array([0.25, 0.75]))
    (view,) = compose((PassPlan(shown, (TermPlan("state", 1.0, blend, at="v_state"),)),), table)
    (term,) = view.terms
    assert term.main.tolist() == [2, 0] and term.partner.tolist() == [1, 2] and term.at == "v_state"
    torch.testing.assert_close(term.targets[0], (0.25 * table.labels[6] + 0.75 * table.labels[10]).float())
    missing = Blend(np.array([0]), np.array([4]), np.array([0.5]))
    with pytest.raises(ValueError, match="row 0 at v_state"):
        compose((PassPlan(shown, (TermPlan("state", 1.0, missing, at="v_state"),)),), table)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"lam": np.array([1.5])}, "lam must lie in"),
        ({"lam": np.array([0.5, 0.5])}, "share one shape"),
        ({"region": np.zeros((1, 3))}, r"region must be \(M, 4\)"),
    ],
)
def test_a_blend_refuses_nonsense(change, sentence):
    fields = {"main": np.array([0]), "partner": np.array([1]), "lam": np.array([0.5])}
    with pytest.raises(ValueError, match=sentence):
        Blend(**{**fields, **change})


def test_blends_join_and_take():
    plain, mixed = Blend.plain(np.array([3, 4])), Blend(np.array([0]), np.array([1]), np.array([0.5]))
    both = plain.join(mixed)
    assert len(both) == 3 and both.take(np.array([2, 0])).lam.tolist() == [0.5, 1]
    with pytest.raises(ValueError, match="cannot share"):
        plain.join(Blend(np.array([0]), np.array([1]), np.array([0.5]), np.zeros((1, 4))))
