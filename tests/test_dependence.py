"""What penalties measure, against its formulas written slowly: sums over pairs, triples and quadruples of rows."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import nn

from fer_core.penalties import dependence, given, spread


def _drawn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def _one_hot(rows, classes, seed=0):
    numbers = torch.randint(classes, (rows,), generator=torch.Generator().manual_seed(seed))
    return nn.functional.one_hot(numbers, classes).float()


def _kernel(rows, kind):
    rows = rows.double().numpy()
    squares = [[float(((one - other) ** 2).sum()) for other in rows] for one in rows]
    if kind == "linear":
        return np.array([[float(one @ other) for other in rows] for one in rows])
    off = sorted(squares[i][j] for i in range(len(rows)) for j in range(len(rows)) if i != j)
    median = off[(len(off) - 1) // 2]
    return np.array([[math.exp(-one / (2 * median)) for one in line] for line in squares])


def _biased(k, ell):
    """Gretton et al. 2005: E[k l] + E[k] E[l] - 2 E[E[k | x] E[l | x]], every expectation a sum over rows."""
    m, rows = len(k), range(len(k))
    both = sum(k[i, j] * ell[i, j] for i in rows for j in rows) / m**2
    apart = sum(k[i, j] for i in rows for j in rows) * sum(ell[i, j] for i in rows for j in rows) / m**4
    mixed = sum(k[i, j] * ell[i, q] for i in rows for j in rows for q in rows) / m**3
    return both + apart - 2 * mixed


def _unbiased(k, ell):
    """Song et al. 2012, eq. 5: the same over rows that differ, here over all pairs, triples and quadruples."""
    m, rows = len(k), range(len(k))
    both = sum(k[i, j] * ell[i, j] for i in rows for j in rows if i != j) / (m * (m - 1))
    mixed = [k[i, j] * ell[i, q] for i in rows for j in rows for q in rows if len({i, j, q}) == 3]
    apart = [k[i, j] * ell[q, r] for i in rows for j in rows for q in rows for r in rows if len({i, j, q, r}) == 4]
    return both + sum(apart) / len(apart) - 2 * sum(mixed) / len(mixed)


@pytest.mark.parametrize("kind", ["linear", "rbf"])
@pytest.mark.parametrize("debiased", [False, True])
def test_dependence_is_hsic_over_the_root_of_both_own(kind, debiased):
    first, second = _drawn(9, 3), _drawn(9, 5, seed=1)
    second[:, 0] += first[:, 1]
    k, ell, measure = _kernel(first, kind), _kernel(second, kind), _unbiased if debiased else _biased
    slow = measure(k, ell) / math.sqrt(measure(k, k) * measure(ell, ell))
    assert float(dependence(first, second, kind, debiased)) == pytest.approx(slow, abs=1e-5)


@pytest.mark.parametrize("kind", ["linear", "rbf"])
def test_dependence_is_one_of_the_same_and_zero_of_independent_rows(kind):
    turn, _ = torch.linalg.qr(_drawn(8, 8, seed=3))
    rows = _drawn(200, 8)
    for debiased in (False, True):
        assert float(dependence(rows, 3 * rows @ turn + 1, kind, debiased)) == pytest.approx(1, abs=1e-3)
        assert float(dependence(torch.zeros(200, 8), rows, kind, debiased)) == pytest.approx(0, abs=0.05)
    found = [float(dependence(_drawn(64, 40, seed=n), _drawn(64, 40, seed=99 + n), kind)) for n in range(20)]
    assert abs(np.mean(found)) < 0.02
    # What `debiased` is for: chance alone would be penalised, the more the higher the rank.
    assert float(dependence(_drawn(64, 40), _drawn(64, 40, seed=99), kind, debiased=False)) > 0.3
    # A full grid: every value of the one meets every value of the other.
    one, other = torch.meshgrid(torch.arange(6.0), torch.arange(6.0), indexing="ij")
    assert float(dependence(one.reshape(-1, 1), other.reshape(-1, 1), kind, False)) == pytest.approx(0, abs=1e-5)


def test_only_rbf_sees_what_no_line_does():
    rows = torch.linspace(-1, 1, 101).reshape(-1, 1)
    assert abs(float(dependence(rows, rows**2, "linear"))) < 0.02 < 0.2 < float(dependence(rows, rows**2, "rbf"))


def test_states_are_explained_by_their_means_or_by_least_squares():
    targets, values = _one_hot(40, 3), _drawn(40, 5)
    left = given(values, targets)
    for label in range(3):
        rows = targets[:, label] == 1
        torch.testing.assert_close(left[rows], values[rows] - values[rows].mean(0), atol=1e-6, rtol=1e-5)
    soft = torch.softmax(_drawn(40, 3, seed=2), 1)
    best = np.linalg.lstsq(soft.double().numpy(), values.double().numpy(), rcond=None)[0]
    slow = values.double().numpy() - soft.double().numpy() @ best
    np.testing.assert_allclose(given(values, soft).numpy(), slow, atol=1e-5)
    missing = torch.cat([targets, torch.zeros(40, 1)], 1)  # a class that is not in the batch
    torch.testing.assert_close(given(values, missing), left)


def test_spread_is_vicreg_in_the_unit_of_the_mean_deviation():
    space = _drawn(50, 4) @ _drawn(4, 4, seed=1)
    rows = space.double().numpy()
    rows = rows - rows.mean(0)
    rows = rows / math.sqrt(np.mean([np.sum(rows[:, d] ** 2) / 49 for d in range(4)]) + 1e-8)
    variance = sum(max(0.0, 1 - math.sqrt(np.sum(rows[:, d] ** 2) / 49 + 1e-4)) for d in range(4)) / 4
    pairs = [(d, e) for d in range(4) for e in range(4) if d != e]
    covariance = sum((np.sum(rows[:, d] * rows[:, e]) / 49) ** 2 for d, e in pairs) / 4
    assert float(spread(space)) == pytest.approx(variance + covariance / 25, rel=1e-4)
    assert float(spread(1000 * space)) == pytest.approx(float(spread(space)), rel=1e-3)
    even = torch.cat([torch.eye(4), -torch.eye(4)])
    assert abs(float(spread(even))) < 1e-6 < float(spread(space))
    assert 0.5 < float(spread(torch.zeros(8, 4))) <= 1
    flat = (_drawn(64, 1) * torch.ones(1, 8)).requires_grad_()
    (slope,) = torch.autograd.grad(spread(flat + 0.1 * _drawn(64, 8, seed=2)), flat)
    assert torch.isfinite(slope).all() and slope.abs().max() > 0
