"""Parameters and multiply-accumulates against published counts and against arithmetic by hand."""

from __future__ import annotations

import pytest

from fer_core.costs import Costs, costs, costs_of_backbone
from fer_core.recipe import check_recipe

PARAMETERS = {  # with a linear head of seven classes
    "resnet18": 11_180_103,  # 11,689,512 of torchvision less 993 classes of 513 numbers, and so on
    "resnet34": 21_797_672 - 993 * 513,
    "resnet50": 25_557_032 - 993 * 2049,
    "resnet152": 60_192_808 - 993 * 2049,  # paper C, Table II: 58.1 million
    "facenet": 27_910_327 - 8631 * 513 + 7 * 513,  # facenet-pytorch with VGGFace2's 8,631 people
    "cbam_resnet50": 28_089_624 - 993 * 2049,  # pytorchcv; CBAM, Table 4: 28.09 million
    "bam_resnet50": 25_915_099 - 993 * 2049,  # pytorchcv; BAM, Table 4: 25.92 million; paper C: 23.8
    "resattnet56": 31_810_728 - 993 * 2049,  # pytorchcv; Wang et al., Table 6: 31.9 million
    "masking": 137_796_423,  # the authors' code
}
BILLIONS = {  # pytorchcv's list for 1,000 classes, where BatchNorm and the classifier count little
    "resnet152": 11.557,
    "resattnet56": 6.3,
    "bam_resnet50": 4.197,
    "cbam_resnet50": 4.117,
}


@pytest.mark.parametrize("name", PARAMETERS)
def test_backbones_have_the_published_parameters(name: str) -> None:
    found = costs_of_backbone(name)
    assert found.parameters == PARAMETERS[name]
    assert found.multiply_accumulates / 1e9 == pytest.approx(
        BILLIONS.get(name, found.multiply_accumulates / 1e9), rel=0.01
    )


def test_ir50_has_the_published_parameters_but_for_its_embedding() -> None:
    embedding = 7 * 7 * 512 * 512 + 512 + 2 * 512  # a fully connected layer and its BatchNorm
    classifier = 7 * 513
    assert costs_of_backbone("ir50").parameters == 43_574_976 - embedding + classifier  # face.evoLVe's IR_50


@pytest.mark.parametrize(
    ("sections", "parameters", "billions"),
    [
        ({"backbone": "resnet18"}, 11_180_103, "1.82"),
        ({"backbone": {"kind": "resnet18", "mid": True}, "head": "fusion", "loss": "fusion"}, 11_247_694, "1.83"),
    ],
)
def test_fermixnets_costs_are_the_printed_ones(sections: dict, parameters: int, billions: str) -> None:
    """Paper D, section 4.5."""
    found = costs(check_recipe({"name": "d", "preprocessing": {"size": 224}, **sections}))
    assert (found.parameters, f"{found.multiply_accumulates / 1e9:.2f}") == (parameters, billions)


def test_a_small_network_by_hand() -> None:
    """Stem 3 -> 4 channels, one block 4 -> 6 that halves 16 x 16, head 6 -> 7."""
    backbone = {"kind": "compact", "stem": 4, "widths": [6], "blocks": [1]}
    found = costs(check_recipe({"name": "hand", "preprocessing": {"size": 16}, "backbone": backbone}))
    convolutions = 9 * 3 * 4 * 256 + (9 * 4 * 6 + 9 * 6 * 6 + 4 * 6) * 64
    norms = 4 * 256 + 3 * 6 * 64
    assert found.multiply_accumulates == convolutions + norms + 6 * 7
    weights = 9 * 3 * 4 + 9 * 4 * 6 + 9 * 6 * 6 + 4 * 6
    assert found.parameters == weights + 2 * (4 + 3 * 6) + 7 * 7


def test_a_transposed_convolution_counts_every_product() -> None:
    """A mask of two levels less one of one level, on C = 2 channels of 16 x 16 and 8 x 8."""

    def of(depth: int) -> Costs:
        backbone = {"kind": "masking", "stem": "small", "widths": [2], "blocks": [1], "depths": [depth]}
        return costs(check_recipe({"name": "m", "preprocessing": {"size": 16}, "backbone": backbone}))

    def block(before: int, after: int, places: int) -> int:
        return (9 * before * after + 9 * after * after + before * after + 3 * after) * places

    raised = 4 * 8 * 4 * 64 + 4 * 256  # every place of 8 channels becomes 2 x 2 of 4; BatchNorm
    more = block(4, 8, 64) + raised + block(8, 4, 256)
    assert of(2).multiply_accumulates - of(1).multiply_accumulates == more


def test_weights_are_not_asked_for() -> None:
    """A machine without the file still knows what the network costs."""
    plain, with_file = (
        check_recipe({"name": "w", "preprocessing": {"size": 32}, "backbone": {"kind": "resnet18", "weights": weights}})
        for weights in (None, "/nowhere/at-all.pth")
    )
    assert costs(plain) == costs(with_file)
