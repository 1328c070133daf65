"""Two faces mixed outside a training: the plan, the pixels, and what a model says along lambda."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from fer_core.assembly import build_model
from fer_core.between import along, likeness
from fer_core.catalogue import MIXINGS
from fer_core.contracts import FaceBox, Features
from fer_core.framing import FRAMINGS
from fer_core.meetings import patterns_of, plan_of, shares_of
from fer_core.mixing.fermix import PATTERNS, type_of
from fer_core.mixture import Face, crop_of, labels_of, mix_two, sheet, synthetic_person
from fer_core.parts import Choice
from fer_core.recipe import check_recipe
from fer_core.sections import Preprocessing

PREPROCESSING = Preprocessing(size=16)
UPRIGHT = np.array([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]])
MIXING = [name for name in MIXINGS.names() if name != "none"]


def _recipe(kind, **options):
    """A recipe with this mixing; V_state is not asked of its network, since these tests bring their own."""
    backbone = {"kind": "compact", "stem": 4, "widths": [6], "blocks": [1]}
    recipe = check_recipe({"name": "two", "backbone": backbone})
    return replace(recipe, mixing=Choice(kind, MIXINGS[kind].options(**options)))


def _faces(grey=False):
    pixels = np.random.default_rng(1).integers(0, 256, (2, 16, 16) if grey else (2, 16, 16, 3), dtype=np.uint8)
    return Face(pixels[0], UPRIGHT), Face(pixels[1], UPRIGHT)


def test_mixup_mixes_a_and_b_by_the_share_asked_for():
    a, b = _faces()
    mixture = mix_two(a, b, _recipe("mixup"), PREPROCESSING, lam=0.3)
    expected = 0.3 * a.crop.astype(float) + 0.7 * b.crop
    assert np.abs(mixture.picture - expected).max() <= 0.5 + 1e-3
    assert mixture.soft_label("fear", "anger") == {"fear": 0.3, "anger": 0.7}
    assert mixture.soft_label("fear", "fear") == {"fear": 1.0}
    assert np.array_equal(mix_two(a, b, _recipe("mixup"), PREPROCESSING, lam=1).picture, a.crop)
    assert np.array_equal(mix_two(a, b, _recipe("mixup"), PREPROCESSING, lam=0).picture, b.crop)


@pytest.mark.parametrize("kind", MIXING)
def test_every_mixing_mixes_a_with_b_and_a_seed_repeats_it(kind):
    a, b = _faces()
    options = {"at": "image"} if kind == "pairs" else {}
    recipe = _recipe(kind, **options)
    changed = 0
    for seed in range(8):
        mixture = mix_two(a, b, recipe, PREPROCESSING, seed)
        again = mix_two(a, b, recipe, PREPROCESSING, seed)
        assert np.array_equal(mixture.picture, again.picture) and mixture.share == again.share
        assert mixture.picture.shape == (16, 16, 3) and sum(mixture.soft_label().values()) == pytest.approx(1)
        assert mixture.blend.main.tolist() == [0] and len(mixture.plan.terms) == 1
        assert mixture.blend.partner.tolist() == ([0] if kind == "cutout" else [1])
        changed += not np.array_equal(mixture.picture, a.crop)
    assert changed >= 4  # a lambda near 1 leaves the pixels as they are


def test_regions_are_pasted_at_the_places_of_the_plan_also_into_grey_faces():
    a, b = _faces(grey=True)
    low = UPRIGHT + [0, 0.15]  # the nose at 3/4 of the height
    kinds = set()
    for seed in range(12):
        mixture = mix_two(
            Face(a.crop, low), b, _recipe("fermix", patterns=["horizontal"], guided=True), PREPROCESSING, seed
        )
        upper = bool((mixture.blend.sides[0] == [[0, -1]]).all())
        top, rest = (b.crop, a.crop) if upper else (a.crop, b.crop)
        assert np.array_equal(mixture.picture[:12, :, 0], top[:12])
        assert np.array_equal(mixture.picture[12:, :, 2], rest[12:])
        kinds.add(upper)
    assert kinds == {True, False}


def test_what_cannot_be_mixed_is_said():
    with pytest.raises(ValueError, match="recipe two mixes nothing"):
        plan_of(_recipe("none"))
    with pytest.raises(ValueError, match=r"lam must lie in \[0, 1\], got 1.5"):
        plan_of(_recipe("mixup"), lam=1.5)
    for kind in ("fermix", "cutmix", "cutout"):
        with pytest.raises(ValueError, match=f"{kind} takes its share from the region"):
            plan_of(_recipe(kind), lam=0.5)
    assert plan_of(_recipe("mixup", p_mix=0.01, training="either")).pictures.partner.tolist() == [1]


@pytest.mark.parametrize("kind", ["mixup", "fermix"])
def test_a_model_is_asked_along_lambda_or_about_the_one_region(kind):
    a, b = _faces()
    recipe = _recipe(kind)
    model = build_model(recipe).eval()
    mixture = mix_two(a, b, recipe, PREPROCESSING, 2)
    course = along(a, b, mixture, model, PREPROCESSING)
    shares, said = course.lam, course.probabilities
    expected = [*np.linspace(0, 1, 11), mixture.share] if kind == "mixup" else [mixture.share]
    np.testing.assert_allclose(shares, expected)
    np.testing.assert_allclose(said.sum(1), 1, atol=1e-6)

    def alone(pixels):
        images = (torch.from_numpy(pixels).permute(2, 0, 1)[None] / 255 - 0.5) / 0.25
        with torch.inference_mode():
            return torch.softmax(model.decide(model(images.float())), 1)[0].numpy()

    if kind == "mixup":
        for place, lam in ((0, 0.0), (3, 0.3), (10, 1.0)):
            mixed = lam * a.crop.astype(np.float64) + (1 - lam) * b.crop
            np.testing.assert_allclose(said[place], alone(mixed), atol=1e-4)
    else:
        np.testing.assert_allclose(said[0], alone(mixture.picture.astype(np.float64)), atol=1e-4)


class Deviation(torch.nn.Module):
    """V_state = V_face - V_id; V_id is the picture's own where none is given."""

    layers = ()

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.face, self.id = torch.nn.Linear(768, 4), torch.nn.Linear(768, 4)

    def forward(self, images, frozen=None):
        flat = images.flatten(1)
        own = (frozen or {}).get("v_id")
        v_id = torch.tanh(self.id(flat)) if own is None else own
        v_face = torch.tanh(self.face(flat))
        return Features({"v_face": v_face, "v_id": v_id, "v_state": v_face - v_id}, {})


class Network(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = Deviation()
        self.classifier = torch.nn.Linear(4, 3)
        self.head = self.read
        self.read.__func__.reads = ("v_state",)

    def read(self, features):
        return {"main": self.classifier(features.spaces["v_state"])}

    def features(self, images, frozen=None):
        return self.backbone(images, frozen)

    def decide(self, logits):
        return logits["main"]


@pytest.mark.parametrize("at", ["image", "v_state"])
def test_identities_come_from_the_unmixed_faces(at):
    a, b = _faces()
    model, recipe = Network().eval(), _recipe("pairs", at=at)
    mixture = mix_two(a, b, recipe, PREPROCESSING, lam=0.4)
    assert (mixture.picture is None) == (at == "v_state") and mixture.plan.terms[0].at == at
    course = along(a, b, mixture, model, PREPROCESSING)
    shares, said = course.lam, course.probabilities
    assert course.lam[-1] == 0.4 and set(course.spaces) == ({"v_state"} if at == "v_state" else set(course.parents))
    flat = [(torch.from_numpy(one.crop).permute(2, 0, 1).flatten() / 255 - 0.5) / 0.25 for one in (a, b)]
    with torch.inference_mode():
        v_id = [torch.tanh(model.backbone.id(one)) for one in flat]
        for lam, row in zip(shares, said, strict=True):
            if at == "image":
                face = torch.tanh(model.backbone.face(lam * flat[0] + (1 - lam) * flat[1]))
            else:
                face = lam * torch.tanh(model.backbone.face(flat[0])) + (1 - lam) * torch.tanh(
                    model.backbone.face(flat[1])
                )
            state = face - (lam * v_id[0] + (1 - lam) * v_id[1])
            expected = torch.softmax(model.classifier(state.float()), 0)
            np.testing.assert_allclose(row, expected.numpy(), atol=1e-5)
    near = likeness(course).set_index(["space", "lam"]).loc["v_state"]
    # At lambda 0 the mixture is B, at 1 it is A.
    assert near["cosine_b"].iloc[0] == pytest.approx(1) and near["distance_b"].iloc[0] == pytest.approx(0, abs=1e-6)
    assert near["cosine_a"].iloc[-2] == pytest.approx(1) and near["distance_a"].iloc[-2] == pytest.approx(0, abs=1e-6)
    one, other = course.spaces["v_state"][-1], course.parents["v_state"][1]
    assert near["distance_b"].iloc[-1] == pytest.approx(np.sqrt(((one - other) ** 2).sum()))


def test_a_space_without_length_has_no_cosine_and_too_few_steps_are_refused():
    a, b = _faces()
    model, recipe = Network().eval(), _recipe("pairs", at="v_state")
    torch.nn.init.zeros_(model.backbone.face.weight), torch.nn.init.zeros_(model.backbone.face.bias)
    torch.nn.init.zeros_(model.backbone.id.weight), torch.nn.init.zeros_(model.backbone.id.bias)
    mixture = mix_two(a, b, recipe, PREPROCESSING, lam=0.4)
    near = likeness(along(a, b, mixture, model, PREPROCESSING, steps=2))
    assert len(near) == 3 and near["cosine_a"].isna().all() and (near["distance_a"] == 0).all()
    with pytest.raises(ValueError, match="steps must be 2 or more"):
        along(a, b, mixture, model, PREPROCESSING, steps=1)


@pytest.mark.parametrize("kind", ["mixup", "cutmix", "fermix", "pairs"])
def test_shares_are_those_of_the_steps(kind):
    recipe = _recipe(kind)
    drawn = shares_of(recipe, 5, most=50)
    assert len(drawn) == 50 and drawn[0] == plan_of(recipe, 5).terms[0].blend.lam[0]
    assert set(drawn) == {0.5, 0.75} if kind == "fermix" else len(set(drawn)) > 40


def test_patterns_are_the_first_different_regions_of_the_seed():
    names = ["horizontal", "vertical", "corner", "diagonal"]
    every = patterns_of(_recipe("fermix", patterns=names), 3, most=20)
    assert len(every) == 10 and {type_of(one.pictures) for one in every} == {
        name for types in PATTERNS.values() for name in types
    }
    assert type_of(every[0].pictures) == type_of(
        patterns_of(_recipe("fermix", patterns=names, guided=True), 3)[0].pictures
    )
    found = patterns_of(_recipe("cutmix"), 3, most=5)
    assert len({one.pictures.region.tobytes() for one in found}) == 5
    assert found[0].pictures.region.tolist() == plan_of(_recipe("cutmix"), 3).pictures.region.tolist()
    assert type_of(found[0].pictures) is None
    assert patterns_of(_recipe("mixup"), 3) == () and patterns_of(_recipe("none"), 3) == ()


def test_synthetic_people_are_faces_too():
    one = synthetic_person("people:p0003/s0/fear/00003.png")
    assert one.shape == (320, 320, 3) and one.std() > 20
    assert not np.array_equal(one, synthetic_person("people:p0004/s0/fear/00003.png"))
    with pytest.raises(FileNotFoundError, match="no picture of a synthetic person"):
        synthetic_person("people:p0003/fear")


def test_a_crop_knows_where_its_landmarks_went():
    picture = np.random.default_rng(0).integers(0, 256, (120, 160, 3), dtype=np.uint8)
    plan = Preprocessing(size=32, framing="fer2013", grey=True)
    usual = FRAMINGS["fer2013"].landmarks
    # A face just as the framing wants it, 80 pixels wide, its crop's corner at (30, 20), turned by nothing.
    found = FaceBox((37.5, 19.0, 101.7, 102.6), 0.99, (usual * 80 + [30, 20]).astype(np.float32))
    face = crop_of(picture, found, plan)
    assert face.crop.shape == (32, 32) and face.crop.dtype == np.uint8
    np.testing.assert_allclose(face.landmarks, usual, atol=1e-3)
    whole = crop_of(picture, FaceBox((0, 0, 160, 120)), plan)
    np.testing.assert_allclose(whole.landmarks, usual)
    assert np.isnan(crop_of(picture, FaceBox((0, 0, 160, 120)), Preprocessing(framing="facenet")).landmarks).all()
    with pytest.raises(ValueError, match="into 2 eyes"):
        crop_of(picture, found, Preprocessing(framing="eye"))


def test_labels_are_both_named_or_neither():
    known = ("anger", "happiness")
    assert labels_of(None, None, known) == ("A", "B")
    assert labels_of("Happy", "angry", known) == ("happiness", "anger")
    with pytest.raises(ValueError, match="of both faces, or of none"):
        labels_of("happy", None, known)
    with pytest.raises(ValueError, match="unknown label 'hapiness'; did you mean 'happiness'"):
        labels_of("angry", "hapiness", known)


def test_the_sheet_shows_three_faces_or_the_two_that_are_not_mixed_as_pictures():
    a, b = _faces()
    wide = sheet(a, b, mix_two(a, b, _recipe("mixup"), PREPROCESSING, lam=0.5), ("A", "B", "both"), side=64)
    pair = sheet(a, b, mix_two(a, b, _recipe("pairs"), PREPROCESSING), ("A", "B", ""), side=64)
    assert wide.shape[0] == pair.shape[0] and wide.shape[1] == pair.shape[1] + 64 + 5
    assert np.array_equal(wide[5:69, 5:69], pair[5:69, 5:69])
