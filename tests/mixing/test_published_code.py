"""Mixup and CutMix against timm and torchvision, given the same lambda, partner and rectangle.

Both pair rows by their place in the batch, so each of our pairs goes through them as a batch of two.
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from timm.data import mixup as timm_mixup
from torchvision.transforms import v2

from fer_core.catalogue.mixings import CutMixOptions, MixupOptions
from fer_core.contracts import Blend
from fer_core.mixing.compose import compose
from fer_core.mixing.cutmix import CutMix
from fer_core.mixing.mixup import Mixup
from fer_core.mixing.regions import area, squares
from tests.mixing.sample_table import Table

ROWS = np.array([3, 9, 1, 4, 11])
HEIGHT, WIDTH = 8, 6


def _pixels(region):
    """Left, top, right, bottom in whole pixels, by Python's round."""
    left, top, right, bottom = (float(edge) for edge in region)
    return round(left * WIDTH), round(top * HEIGHT), round(right * WIDTH), round(bottom * HEIGHT)


def _by_torchvision(pictures, labels, lam, box=None):
    params = {"labels": labels, "batch_size": 2, "lam": lam, "lam_adjusted": lam, "box": box}
    transform = v2.MixUp(num_classes=4) if box is None else v2.CutMix(num_classes=4)
    return transform.transform(pictures, params)[0], transform.transform(labels, params)[0]


def _by_timm(pictures, labels, lam, box=None):
    mixer = timm_mixup.Mixup(label_smoothing=0, num_classes=4, correct_lam=False)
    mixer._params_per_batch = lambda: (lam, box is not None)
    if box is not None:
        left, top, right, bottom = box
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(timm_mixup, "rand_bbox", lambda *_, **__: (top, bottom, left, right))
            mixed, soft = mixer(pictures.clone(), labels)
    else:
        mixed, soft = mixer(pictures.clone(), labels)
    return mixed[0], soft[0]


@pytest.mark.parametrize("theirs", [_by_torchvision, _by_timm])
@pytest.mark.parametrize("per_row", [False, True])
@pytest.mark.parametrize(("mixing", "options"), [(Mixup, MixupOptions), (CutMix, CutMixOptions)])
def test_pictures_and_labels_equal_theirs(mixing, options, per_row, theirs):
    table = Table()
    covered = 0
    for seed in range(6):
        plan = mixing(options(alpha=1, per_row=per_row)).plan(np.random.default_rng(seed), Blend.plain(ROWS))
        (view,) = compose(plan, table)
        blend = plan[0].pictures
        for place, (main, partner, lam) in enumerate(zip(blend.main, blend.partner, blend.lam, strict=True)):
            box = None if blend.region is None else _pixels(blend.region[place])
            pair = torch.tensor([main, partner])
            # timm and torchvision are given class numbers; torch is not asked for anything random.
            picture, soft = theirs(table.pixels[pair], table.labels[pair].argmax(1), float(lam), box)
            torch.testing.assert_close((view.images[place] + 1) / 2, picture)
            torch.testing.assert_close(view.terms[0].targets[place], soft)
            covered += main != partner
    assert covered > 10


@pytest.mark.parametrize(("height", "width"), [(16, 16), (8, 24)])
def test_timms_rectangle_and_corrected_lambda_are_ours_where_its_sides_are_even_pixels(monkeypatch, height, width):
    for eighths in range(0, 9, 2):
        lam = 1 - (eighths / 8) ** 2
        for y in range(0, height, 3):
            for x in range(width):
                drawn = iter((y, x))
                random = SimpleNamespace(randint=lambda *_, drawn=drawn, **__: next(drawn))
                monkeypatch.setattr(timm_mixup, "np", SimpleNamespace(random=random, sqrt=np.sqrt, clip=np.clip))
                (top, bottom, left, right), corrected = timm_mixup.cutmix_bbox_and_lam((2, 3, height, width), lam)
                mine = squares(np.array([x / width]), np.array([y / height]), np.sqrt([1 - lam]))
                np.testing.assert_allclose(
                    mine[0] * [width, height, width, height], [left, top, right, bottom], atol=1e-9
                )
                np.testing.assert_allclose(1 - area(mine)[0], corrected, atol=1e-9)


def test_torchvisions_own_draw_of_a_rectangle_weighs_as_ours_does():
    table = Table()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        drawn = [v2.CutMix(num_classes=4).make_params([table.pixels]) for _ in range(50)]
    boxes = np.array([one["box"] for one in drawn]) / [WIDTH, HEIGHT, WIDTH, HEIGHT]
    np.testing.assert_allclose(1 - area(boxes), [one["lam_adjusted"] for one in drawn], atol=1e-12)
