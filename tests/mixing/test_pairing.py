"""Planned pairs of paper A: which are drawn, and the two ways to train on them against the formulas of its Fig. 5."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from fer_core.catalogue.losses import CrossEntropyOptions
from fer_core.catalogue.mixings import PairsOptions
from fer_core.contracts import Blend, Features
from fer_core.losses import SoftCrossEntropy
from fer_core.mixing.compose import compose
from fer_core.mixing.pairing import PlannedPairs
from fer_core.objective import Objective
from fer_core.recipe import RecipeError, load_recipe
from tests.mixing.sample_table import ROWS, Table

STATES = ("Asleep", "Drowsy", "Awake")


def _people(subjects=5, each=20, rng=None):
    """A balanced table in random order, as undersampling leaves it."""
    rows = [(state, f"p{person}") for person in range(subjects) for state in STATES for _ in range(each)]
    order = (rng or np.random.default_rng(0)).permutation(len(rows))
    return pd.DataFrame([rows[one] for one in order], columns=["label", "subject"])


def _pairs(table, seed=0, **options):
    return PlannedPairs(PairsOptions(**options)).pairs(np.random.default_rng(seed), table)


@pytest.mark.parametrize("partners", ["same", "other"])
@pytest.mark.parametrize("share", [0.1, 0.2, 0.3, 0.4])
def test_pairs_join_neighbouring_states_of_the_same_or_of_other_people(partners, share):
    table = _people()
    blend = _pairs(table, partners=partners, share=share)
    assert len(blend) == round(share * 300) and blend.region is None and np.all((blend.lam > 0) & (blend.lam < 1))
    labels, subjects = table["label"].to_numpy(), table["subject"].to_numpy()
    states = Counter(zip(labels[blend.main], labels[blend.partner], strict=True))
    assert states == {("Asleep", "Drowsy"): len(blend) // 2, ("Drowsy", "Awake"): len(blend) // 2}
    assert np.all((subjects[blend.main] == subjects[blend.partner]) == (partners == "same"))
    # No picture is drawn a second time as main before every other one was drawn.
    for half in np.split(blend.main, 2):
        assert len(set(half)) == len(half)


def test_an_odd_count_gives_the_first_pair_of_states_one_more():
    table = _people(each=1)
    labels = table["label"].to_numpy()[_pairs(table, share=0.2).main]
    assert Counter(labels) == {"Asleep": 2, "Drowsy": 1}


def test_one_pair_alone_is_of_the_first_pair_of_states():
    table = pd.DataFrame({"label": list(STATES) * 3, "subject": ["a"] * 9})
    blend = _pairs(table, share=0.1)
    assert len(blend) == 1 and table["label"][blend.main].tolist() + table["label"][blend.partner].tolist() == [
        "Asleep",
        "Drowsy",
    ]


def test_image_and_v_state_mix_the_same_pairs_with_the_same_lambdas():
    table = _people()
    for partners in ("same", "other"):
        one, other = (_pairs(table, 4, partners=partners, at=at) for at in ("image", "v_state"))
        for name in ("main", "partner", "lam"):
            assert np.array_equal(getattr(one, name), getattr(other, name))
    first, second = _pairs(table, 4), _pairs(table, 5)
    assert not np.array_equal(first.main, second.main)
    # Lambdas are drawn last: another Beta mixes the same pairs.
    wide = _pairs(table, 4, alpha=2)
    assert np.array_equal(first.main, wide.main) and np.array_equal(first.partner, wide.partner)


@pytest.mark.parametrize("alpha", [0.75, 1, 2])
def test_lambda_follows_its_beta_distribution(alpha):
    lam = _pairs(_people(40, 100), share=1, alpha=alpha).lam
    # Beta(a, a): mean 1/2, variance 1 / (4 (2 a + 1)); five standard errors of 12,000 draws.
    variance = 1 / (4 * (2 * alpha + 1))
    assert abs(lam.mean() - 0.5) < 5 * math.sqrt(variance / len(lam))
    assert abs(lam.var() - variance) < 0.01


@pytest.mark.parametrize("partners", ["same", "other"])
def test_partners_are_drawn_evenly_among_those_there_are(partners):
    table = pd.DataFrame({"label": ["Asleep"] * 2 + ["Drowsy"] * 5, "subject": ["a", "b", "a", "b", "b", "c", "a"]})
    met = Counter()
    for seed in range(150):
        blend = _pairs(table, seed, share=1, partners=partners, between=[("Asleep", "Drowsy")])
        met.update(zip(blend.main.tolist(), blend.partner.tolist(), strict=True))
    allowed = {"same": {0: (2, 6), 1: (3, 4)}, "other": {0: (3, 4, 5), 1: (2, 5, 6)}}[partners]
    assert set(met) == {(main, row) for main, rows in allowed.items() for row in rows}
    for main, rows in allowed.items():
        draws, chance = sum(met[(main, row)] for row in rows), 1 / len(rows)
        assert abs(draws - 150 * 7 / 2) <= 75  # of seven pairs three or four are each one's
        for row in rows:
            assert abs(met[(main, row)] - draws * chance) < 5 * math.sqrt(draws * chance * (1 - chance)), (main, row)


def test_rows_of_nobody_and_people_without_a_partner_are_passed_over():
    table = pd.DataFrame(
        {"label": ["Asleep", "Asleep", "Asleep", "Drowsy", "Drowsy"], "subject": ["a", "b", None, "a", None]}
    )
    blend = _pairs(table, share=1, between=[("Asleep", "Drowsy")])
    assert set(blend.main) == {0} and set(blend.partner) == {3}  # the only person who shows both


@pytest.mark.parametrize(
    ("table", "options", "sentence"),
    [
        ({"label": ["Asleep", "Drowsy"]}, {}, "need a column 'subject'"),
        ({"label": ["Asleep", "Drowsy"], "subject": [None, None]}, {}, "this data names nobody"),
        ({"label": ["Asleep"] * 9, "subject": ["a"] * 9}, {"share": 1}, "no training picture of Drowsy"),
        (
            {"label": list(STATES) * 3, "subject": ["a", "b", "c"] * 3},
            {"share": 1},
            "no pair of Asleep and Drowsy with partners of the same person: nowhere one person shows both",
        ),
        (
            {"label": list(STATES) * 3, "subject": ["a"] * 9},
            {"share": 1, "partners": "other"},
            "partners of the other person: nowhere two people show one each",
        ),
        ({"label": list(STATES), "subject": ["a"] * 3}, {"share": 0.1}, "a share of 0.1 of 3 training pictures"),
    ],
)
def test_what_cannot_be_drawn_is_said(table, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        _pairs(pd.DataFrame(table), **options)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (["between=[[drowsy, Sleepy]]"], "'Drowsy' is paired with itself"),
        (["between=[[a, b], [b, a]]"], "a pair of labels is named more than once"),
        (["between=[]"], "mixing.between"),
        (["at=v_face"], "input should be 'image' or 'v_state'"),
        (["partners=any"], "input should be 'same' or 'other'"),
        (["share=0"], "mixing.share: input should be greater than 0"),
    ],
)
def test_every_mistake_has_its_sentence(changes, sentence):
    with pytest.raises(RecipeError, match=sentence):
        load_recipe("expression", ["mixing.kind=pairs", *(f"mixing.{one}" for one in changes)])


class Deviation(nn.Module):
    """V_state = V_face - V_id, with V_face of one linear layer and BatchNorm, and V_id as it is stored."""

    def __init__(self):
        super().__init__()
        self.layer, self.norm = nn.Linear(3 * 8 * 6, 5), nn.BatchNorm1d(5)
        self.shown = []

    def forward(self, images, frozen):
        self.shown.append(len(images))
        face = self.norm(self.layer(images.flatten(1)))
        return Features({"v_face": face, "v_id": frozen["v_id"], "v_state": face - frozen["v_id"]}, {})


class Head(nn.Module):
    reads = ("v_state",)

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(5, 4)

    def forward(self, features):
        return {"main": self.layer(features.spaces["v_state"])}


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(2)
        self.backbone, self.head = Deviation(), Head()


# Two plain rows, then three pairs; row 4 stands alone and in a pair, row 7 in two pairs.
BATCH = Blend(np.array([4, 10, 0, 7, 2]), np.array([4, 10, 4, 3, 7]), np.array([1, 1, 0.3, 0.55, 0.8]))


def _literal(network, table, at):
    """Fig. 5, a row at a time; V_face comes in one pass, for BatchNorm's sake."""

    def faces(pictures):
        return network.backbone.norm(network.backbone.layer((torch.stack(pictures) * 2 - 1).flatten(1)))

    rows = list(zip(BATCH.main.tolist(), BATCH.partner.tolist(), BATCH.lam.tolist(), strict=True))
    mixed = [lam * table.pixels[i] + (1 - lam) * table.pixels[j] for i, j, lam in rows]
    shown = sorted({row for i, j, _ in rows for row in (i, j)})
    states = []
    if at == "image":
        for face, (i, j, lam) in zip(faces(mixed), rows, strict=True):
            states.append(face - (lam * table.v_id[i] + (1 - lam) * table.v_id[j]))
    else:
        own = dict(zip(shown, faces([table.pixels[row] for row in shown]), strict=True))
        for i, j, lam in rows:
            states.append(lam * (own[i] - table.v_id[i]) + (1 - lam) * (own[j] - table.v_id[j]))
    total = 0
    for state, (i, j, lam) in zip(states, rows, strict=True):
        log_share = torch.log_softmax(network.head.layer(state), 0)
        total = total - lam * (table.labels[i] @ log_share) - (1 - lam) * (table.labels[j] @ log_share)
    return total / len(rows)


@pytest.mark.parametrize(("at", "passes"), [("image", 5), ("v_state", 6)])
def test_plain_and_mixed_rows_in_one_batch_equal_the_formulas_of_fig_5(at, passes):
    table, network = Table(), Network().train()
    plan = PlannedPairs(PairsOptions(at=at)).plan(np.random.default_rng(0), BATCH)
    (view,) = compose(plan, table)
    total, _ = Objective(network, SoftCrossEntropy(CrossEntropyOptions()))([view])
    assert network.backbone.shown == [passes]  # at v_state both pictures of a pair, each once
    literal = _literal(network, table, at)
    torch.testing.assert_close(total, literal)
    parameters = list(network.parameters())
    for mine, theirs in zip(
        torch.autograd.grad(total, parameters), torch.autograd.grad(literal, parameters), strict=True
    ):
        torch.testing.assert_close(mine, theirs)


def test_mixed_v_id_is_not_normalised_again():
    table = Table()
    table.v_id = torch.nn.functional.normalize(table.v_id, dim=1)
    (view,) = compose(PlannedPairs(PairsOptions(at="image")).plan(np.random.default_rng(0), BATCH), table)
    lengths = view.frozen["v_id"].norm(dim=1)
    torch.testing.assert_close(lengths[:2], torch.ones(2))
    assert torch.all(lengths[2:] < 0.9999)


def test_plain_rows_alone_are_a_plain_step():
    table = Table()
    for at in ("image", "v_state"):
        mixing = PlannedPairs(PairsOptions(at=at))
        (view,) = compose(mixing.plan(np.random.default_rng(0), Blend.plain(np.arange(ROWS)[::-1])), table)
        assert torch.equal(view.terms[0].targets, table.labels.flip(0)) and len(view.images) == ROWS
