from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.feature import local_binary_pattern
from torch import Tensor

from sisbench.errors import InputError
from sisbench.metrics._histograms import chi_square
from sisbench.metrics.lbp import LBP, LBPClass, gray, lbp256, lbp_histograms, lbp_uniform
from tests.sisbench.metrics.influences import assert_influences_are_those_of_the_jackknife
from tests.sisbench.metrics.worked_pair import TRUTH, A, B


def draw(n: int, seed: int, height: int = 14, width: int = 16) -> tuple[Tensor, Tensor, Tensor]:
    """Images whose smoothness differs from pair to pair, and label maps of 2 classes with ignored pixels."""
    generator = torch.Generator().manual_seed(seed)
    noise = torch.rand(n, 3, height, width, generator=generator)
    ramp = torch.linspace(0, 1, width).expand_as(noise)
    share = torch.rand(n, 1, 1, 1, generator=generator)
    truth = torch.randint(0, 2, (n, height, width), generator=generator)
    truth[torch.rand(truth.shape, generator=generator) < 0.1] = 255
    return (255 * (share * noise + (1 - share) * ramp)).to(torch.uint8), (255 * noise).to(torch.uint8), truth


def test_gray_is_rounded_exactly() -> None:
    generator = torch.Generator().manual_seed(0)
    image = torch.randint(0, 256, (3, 200, 500), generator=generator, dtype=torch.uint8)
    red, green, blue = image.long()
    assert torch.equal(gray(image).long(), (2125 * red + 7154 * green + 721 * blue + 5000) // 10000)
    tie = torch.tensor([4, 0, 0], dtype=torch.uint8).view(3, 1, 1)  # 0.85
    assert gray(tie).item() == 1
    assert gray(torch.tensor([0, 250, 0], dtype=torch.uint8).view(3, 1, 1)).item() == 179  # 178.85
    assert gray(torch.tensor([40, 0, 0], dtype=torch.uint8).view(3, 1, 1)).item() == 9  # 8.5: a half goes up


def test_worked_patterns() -> None:
    assert gray(A)[0].tolist() == [93, 127, 115, 140, 166, 129, 117, 156]
    assert gray(B)[7].tolist() == [213, 67, 120, 132, 186, 222, 214, 140]
    assert lbp256(gray(A)).tolist() == [
        [144, 127, 2, 20, 63, 0],
        [13, 2, 255, 140, 223, 255],
        [247, 204, 250, 247, 192, 243],
        [251, 161, 128, 115, 1, 128],
        [0, 215, 101, 130, 255, 45],
        [255, 9, 2, 157, 128, 255],
    ]
    assert lbp256(gray(B))[0].tolist() == [115, 38, 30, 255, 72, 255]
    assert lbp_histograms(A)[1].tolist() == [9, 2, 2, 1, 2, 0, 2, 4, 10, 4]
    assert lbp_histograms(B)[1].tolist() == [3, 3, 4, 2, 2, 0, 4, 5, 6, 7]


def test_worked_distances() -> None:
    metric = LBP()
    metric.update(A[None], B[None])
    assert {output: value.value for output, value in metric.compute().items()} == {
        "lbp_chi2": pytest.approx(0.7199074074074074, rel=1e-14),
        "lbp_chi2_pooled": pytest.approx(0.7199074074074074, rel=1e-14),  # of one image, the same
        "lbp_uniform_chi2": pytest.approx(0.09438832772166107, rel=1e-14),
        "lbp_uniform_chi2_pooled": pytest.approx(0.09438832772166107, rel=1e-14),
    }


def test_worked_distances_by_class() -> None:
    metric = LBPClass(4)
    counts, pixels = metric.counts(A, B, TRUTH)
    assert pixels.tolist() == [15, 15, 3, 3]
    found = metric.distance(counts)[0] / pixels
    assert found.tolist() == pytest.approx([0.9333333333333333, 0.7777777777777777, 1, 1], rel=1e-14)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32 - 1), st.integers(1, 255), st.integers(3, 40), st.integers(3, 40))
def test_uniform_patterns_are_those_of_scikit_image(seed: int, levels: int, height: int, width: int) -> None:
    # Few levels make flat areas, where the rounding of the interpolation decides.
    generator = torch.Generator().manual_seed(seed)
    low = int(torch.randint(0, 256 - levels, (1,), generator=generator))
    image = torch.randint(low, low + levels, (height, width), generator=generator, dtype=torch.uint8)
    expected = local_binary_pattern(image.numpy(), 8, 1, "uniform")[1:-1, 1:-1]
    assert np.array_equal(lbp_uniform(image).numpy(), expected)
    counts = np.bincount(expected.astype(int).ravel(), minlength=10)
    assert lbp_histograms(image.expand(3, -1, -1))[1].tolist() == counts.tolist()


def test_far_places_round_like_scikit_image() -> None:
    # Weights come from absolute places, which have fewer digits after the point from 512 on, then from 1024 and 2048.
    generator = torch.Generator().manual_seed(1)
    for shape in ((40, 2100), (2100, 40)):
        image = torch.randint(100, 103, shape, generator=generator, dtype=torch.uint8)
        expected = local_binary_pattern(image.numpy(), 8, 1, "uniform")[1:-1, 1:-1]
        assert np.array_equal(lbp_uniform(image).numpy(), expected)


def test_basic_patterns_are_counted_one_by_one() -> None:
    generator = torch.Generator().manual_seed(2)
    image = torch.randint(0, 5, (6, 7), generator=generator, dtype=torch.uint8)
    around = [(0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1), (1, 0), (1, 1)]
    expected = [
        [sum(2**k for k, (i, j) in enumerate(around) if image[y + i, x + j] >= image[y, x]) for x in range(1, 6)]
        for y in range(1, 5)
    ]
    assert lbp256(image).tolist() == expected


def test_pooled_ignores_which_image_is_which() -> None:
    fake, _, _ = draw(6, seed=3)
    metric = LBP()
    metric.update(fake, fake.flip(0))
    values = metric.compute()
    assert values["lbp_chi2_pooled"].value == values["lbp_uniform_chi2_pooled"].value == 0
    assert values["lbp_chi2"].value > 0.1
    assert values["lbp_uniform_chi2"].value > 0.01


def test_influences_agree_with_the_jackknife() -> None:
    fake, real, truth = draw(30, seed=4)
    assert_influences_are_those_of_the_jackknife(LBP, (fake, real), rel=0.05)
    assert_influences_are_those_of_the_jackknife(lambda: LBPClass(2), (fake, real, truth), rel=0.05)


def test_a_pattern_has_the_class_of_its_centre() -> None:
    fake, real, _ = draw(1, seed=5, height=40, width=40)
    truth = torch.zeros(1, 40, 40, dtype=torch.int64)
    truth[:, 1:-1, 1:-1] = 1
    metric = LBPClass(2)
    metric.update(fake, real, truth)
    f, r = (lbp_histograms(image[0])[0] for image in (fake, real))
    expected = float(chi_square(f, r)[0]) / 38**2
    assert {c: v.value for c, v in metric.per_class()["lbp_chi2"].items()} == {1: pytest.approx(expected, rel=1e-12)}
    assert metric.compute()["lbp_chi2_class"].value == pytest.approx(expected, rel=1e-12)


def test_bad_input() -> None:
    fake, real, truth = draw(2, seed=6)
    for metric, rest in ((LBP(), ()), (LBPClass(2), (truth[..., :2],))):
        with pytest.raises(InputError, match="local binary patterns got images of 14x2; they need 3x3"):
            metric.update(fake[..., :2], real[..., :2], *rest)
    with pytest.raises(InputError, match=r"real images are torch\.int16"):
        LBP().update(fake, real.short())
    with pytest.raises(InputError, match="no class with 1000 pixels"):
        metric = LBPClass(2)
        metric.update(fake, real, truth)
        metric.compute()
