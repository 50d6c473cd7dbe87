from __future__ import annotations

import numpy as np
import ot
import pytest
import torch
from skimage.color import rgb2lab
from torch import Tensor

from sisbench.errors import InputError
from sisbench.metrics.lab_emd import (
    LabEmd,
    LabEmdClass,
    channel_emd,
    joint_emd,
    joint_histogram,
    lab_bins,
    lab_histograms,
    rgb_to_lab,
)
from tests.sisbench.metrics.influences import assert_influences_are_those_of_the_jackknife
from tests.sisbench.metrics.worked_pair import TRUTH, A, B


def draw(n: int, seed: int, height: int = 12, width: int = 14) -> tuple[Tensor, Tensor, Tensor]:
    """Images that differ in colour from pair to pair, and label maps of 3 classes with ignored pixels."""
    generator = torch.Generator().manual_seed(seed)
    real = torch.randint(0, 256, (n, 3, height, width), generator=generator)
    tint = torch.randint(-140, -20, (n, 3, 1, 1), generator=generator)
    truth = torch.randint(0, 3, (n, height, width), generator=generator)
    truth[torch.rand(truth.shape, generator=generator) < 0.1] = 255
    return (real + tint).clamp(0, 255).to(torch.uint8), real.to(torch.uint8), truth


def test_colours_of_the_standard() -> None:
    colours = [(0, 0, 0), (255, 255, 255), (255, 0, 0), (0, 255, 0), (0, 0, 255), (128, 128, 128), (12, 200, 77)]
    expected = [
        (0.0, 0.0, 0.0),
        (100.0, -0.002455, 0.004653),
        (53.240588, 80.092308, 67.202751),
        (87.735099, -86.18303, 83.179703),
        (32.295673, 79.185591, -107.8573),
        (53.585013, -0.001473, 0.002791),
        (70.815745, -66.543544, 48.873178),
    ]
    lab = rgb_to_lab(torch.tensor(colours, dtype=torch.uint8).T[:, None].contiguous())[:, 0].T
    assert lab.flatten().tolist() == pytest.approx(np.ravel(expected).tolist(), abs=5.1e-7)


def test_conversion_and_bins_agree_with_scikit_image() -> None:
    # Every 5th level of each channel and the darkest ones, where the cube root ends; all 2^24 colours agreed once.
    levels = torch.tensor(sorted({*range(0, 256, 5), *range(12), 255}), dtype=torch.uint8)
    image = torch.stack(torch.meshgrid(levels, levels, levels, indexing="ij")).flatten(2)
    expected = rgb2lab(image.permute(1, 2, 0).numpy()).transpose(2, 0, 1)
    assert np.abs(rgb_to_lab(image).numpy() - expected).max() < 1e-12
    for found, values, low, high in zip(lab_bins(image), expected, (0, -128, -128), (100, 128, 128), strict=True):
        counts = np.histogram(values.clip(low, high), 64, (low, high))[0]
        assert torch.bincount(found.flatten(), minlength=64).tolist() == counts.tolist()


def test_worked_numbers() -> None:
    a, b = lab_bins(A), lab_bins(B)
    emd = channel_emd(lab_histograms(a) - lab_histograms(b))[0] / 64
    assert emd.tolist() == pytest.approx([6.3232421875, 13.5, 11.375], rel=1e-12)
    assert joint_emd(joint_histogram(a), joint_histogram(b)) == pytest.approx(20.180707891584916, rel=1e-12)
    metric = LabEmd()
    metric.update(A[None], B[None])
    values = {output: value.value for output, value in metric.compute().items()}
    assert values == {
        "lab_emd": pytest.approx(10.3994140625, rel=1e-12),
        "lab_emd_l": pytest.approx(6.3232421875, rel=1e-12),
        "lab_emd_a": pytest.approx(13.5, rel=1e-12),
        "lab_emd_b": pytest.approx(11.375, rel=1e-12),
        "lab_emd_pooled": pytest.approx(10.3994140625, rel=1e-12),  # of one image, the same
        "lab_emd_joint": pytest.approx(20.180707891584916, rel=1e-12),
    }


def test_worked_numbers_by_class() -> None:
    counts, pixels = LabEmdClass(4).counts(A, B, TRUTH)
    assert pixels.tolist() == [24, 24, 8, 8]
    found = channel_emd(counts)[0] / pixels[:, None]
    expected = [
        [7.096354166666679, 16.33333333333333, 14.666666666666686],
        [7.682291666666669, 18.833333333333336, 14.833333333333332],
        [14.6484375, 30.0, 29.0],
        [11.5234375, 10.5, 16.5],
    ]
    assert found.flatten().tolist() == pytest.approx(np.ravel(expected).tolist(), rel=1e-12)


def test_black_and_white_are_in_the_outer_bins() -> None:
    black = torch.zeros(3, 1, 1, dtype=torch.uint8)
    assert lab_bins(black).flatten().tolist() == [0, 32, 32]
    assert lab_bins(black + 255).flatten().tolist() == [63, 31, 32]


def test_joint_distance_moves_only_what_differs() -> None:
    # The whole problem, common mass and empty cells included, has the same optimum.
    generator = torch.Generator().manual_seed(0)
    centres = [[12.5, 37.5, 62.5, 87.5], [-96, -32, 32, 96], [-96, -32, 32, 96]]
    points = np.stack(np.meshgrid(*centres, indexing="ij"), -1).reshape(-1, 3)
    costs = np.linalg.norm(points[:, None] - points, axis=-1)
    for _ in range(10):
        f, r = (torch.bincount(torch.randint(0, 64, (99,), generator=generator), minlength=64) for _ in range(2))
        expected = ot.emd2(f.numpy() / 99, r.numpy() / 99, costs)
        assert joint_emd(f, r) == pytest.approx(expected, rel=1e-12)
    assert joint_emd(f, f) == 0


def test_a_shift_of_grey_by_hand() -> None:
    # Grey 128 has L 53.585 (bin 34), grey 0 bin 0, a and b of both near 0: black at bin 32, grey below it in a.
    grey = torch.full((1, 3, 4, 4), 128, dtype=torch.uint8)
    metric = LabEmd()
    metric.update(grey, torch.zeros_like(grey))
    values = metric.compute()
    assert (values["lab_emd_l"].value, values["lab_emd_a"].value, values["lab_emd_b"].value) == (34 * 1.5625, 4, 0)


def test_pooled_ignores_which_image_is_which() -> None:
    fake, _, _ = draw(6, seed=1)
    metric = LabEmd()
    metric.update(fake, fake.flip(0))
    values = metric.compute()
    assert values["lab_emd_pooled"].value == 0
    assert values["lab_emd"].value > 1
    assert values["lab_emd_joint"].value > 1


def test_influences_agree_with_the_jackknife() -> None:
    fake, real, truth = draw(30, seed=2)
    # Apart from second order, the rest is bins whose CDF difference changes its sign when one image is left out.
    assert_influences_are_those_of_the_jackknife(LabEmd, (fake, real), rel=0.1)
    assert_influences_are_those_of_the_jackknife(lambda: LabEmdClass(3), (fake, real, truth), rel=0.1)


def test_classes_pool_over_images_and_need_enough_pixels() -> None:
    fake, real, truth = draw(9, seed=3, height=30, width=30)
    truth[:, 1:] = 1
    truth[:, 0, :3] = 2
    truth[3:, 0, :3] = 0
    metric = LabEmdClass(4)
    for i in range(9):
        metric.update(fake[i : i + 1], real[i : i + 1], truth[i : i + 1])
    values = metric.per_class()["lab_emd"]
    assert list(values) == [1]  # the others have fewer than 1000 pixels, 3 none
    expected = LabEmd()  # of the pixels of the class, as one image
    expected.update(*(image.transpose(0, 1)[:, truth == 1][None, :, None] for image in (fake, real)))
    assert values[1].value == pytest.approx(expected.compute()["lab_emd"].value, rel=1e-12)
    assert metric.compute()["lab_emd_class"] == values[1]


def test_memory_is_that_of_the_classes_that_are_shown() -> None:
    fake, real, truth = draw(2, seed=4)
    metric = LabEmdClass(19)
    metric.update(fake, real, truth)
    assert isinstance(metric.histograms, list)
    assert [(x.shape, x.dtype) for x in metric.histograms] == [((3, 3, 64), torch.int32)] * 2


def test_bad_input() -> None:
    fake, real, truth = draw(2, seed=5)
    with pytest.raises(InputError, match=r"generated images are torch\.float32"):
        LabEmd().update(fake.float(), real)
    with pytest.raises(InputError, match="compared pixel by pixel"):
        LabEmdClass(3).update(fake[..., :4], real, truth)
    with pytest.raises(InputError, match="expected 0 to 1"):
        LabEmdClass(2).update(fake, real, truth)
    metric = LabEmdClass(3)
    metric.update(fake, real, truth)
    with pytest.raises(InputError, match="no class with 1000 pixels"):
        metric.compute()
    with pytest.raises(InputError, match="before any image"):
        LabEmdClass(3).per_class()
