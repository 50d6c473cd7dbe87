from __future__ import annotations

import itertools

import pytest
import pytorch_msssim
import torch
from torch import Tensor

from sisbench.errors import InputError
from sisbench.metrics.ms_ssim import MultiScaleSSIM, ms_ssim, pairwise_ms_ssim
from tests.sisbench.metrics.waves import X, Y


def rough(shape: tuple[int, ...], seed: int) -> Tensor:
    """Smooth images with noise, uint8."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand(shape[0], 3, 5, 6, generator=generator)
    smooth = torch.nn.functional.interpolate(coarse, shape[-2:], mode="bilinear", align_corners=False)
    return ((smooth + 0.1 * torch.randn(smooth.shape, generator=generator)).clamp(0, 1) * 255).to(torch.uint8)


def test_worked_numbers() -> None:
    found = ms_ssim(X, Y, data_range=1, window_dtype=torch.float32)
    assert found.tolist() == pytest.approx([0.962499160390757, 0.9953885267135388], abs=1e-13)
    as_bytes = [(255 * image).round().to(torch.uint8) for image in (X, Y)]
    found = ms_ssim(*as_bytes, window_dtype=torch.float32)
    assert found.tolist() == pytest.approx([0.9624045715566782, 0.9952963128369277], abs=1e-13)


def test_the_exact_window_differs_in_the_seventh_digit() -> None:
    difference = (ms_ssim(X, Y, data_range=1) - ms_ssim(X, Y, data_range=1, window_dtype=torch.float32)).abs()
    assert 1e-9 < float(difference.max()) < 5e-7
    window = torch.exp(-((torch.arange(11, dtype=torch.float64) - 5) ** 2) / 4.5)
    window = (window / window.sum()).expand(3, 1, 1, 11)
    expected = pytorch_msssim.ms_ssim(X, Y, data_range=1, size_average=False, win=window)
    assert ms_ssim(X, Y, data_range=1).tolist() == pytest.approx(expected.tolist(), abs=1e-13)


@pytest.mark.parametrize(("height", "width"), [(161, 161), (176, 203), (190, 165)])
def test_agrees_with_pytorch_msssim(height: int, width: int) -> None:
    # Odd sides are padded before they are halved.
    x, y = rough((2, 3, height, width), seed=height), rough((2, 3, height, width), seed=width + 1000)
    expected = pytorch_msssim.ms_ssim(x.double(), y.double(), data_range=255, size_average=False)
    assert ms_ssim(x, y, window_dtype=torch.float32).tolist() == pytest.approx(expected.tolist(), abs=1e-13)


def test_terms_below_zero_count_as_zero() -> None:
    x = rough((1, 3, 164, 164), seed=0)
    assert ms_ssim(x, 255 - x).item() == 0


def test_torchmetrics_defines_another_quantity() -> None:
    # Imports torchvision, which on its own may fail beside a CPU torch: only after sisbench.
    from torchmetrics.functional.image import multiscale_structural_similarity_index_measure

    found = multiscale_structural_similarity_index_measure(X, Y, data_range=1.0, reduction="none")
    assert found.tolist() == pytest.approx([0.9627058043703687, 0.9953316794180496], abs=1e-8)
    assert ms_ssim(X, Y, data_range=1).tolist() == pytest.approx([0.96249916, 0.99538853], abs=1e-6)


def test_pairs_are_in_order_and_equal_to_single_calls() -> None:
    images = rough((4, 3, 170, 165), seed=1)
    expected = [
        ms_ssim(images[i : i + 1], images[j : j + 1], window_dtype=torch.float32).item()
        for i, j in itertools.combinations(range(4), 2)
    ]
    assert pairwise_ms_ssim(images).tolist() == expected


def test_the_metric_averages_pairs_then_layouts() -> None:
    samples = torch.stack([rough((3, 3, 164, 164), seed=2), rough((3, 3, 164, 164), seed=3)])
    samples[1, 1:] = samples[1, :1]  # a layout without diversity
    metric = MultiScaleSSIM()
    metric.update(samples)
    value, stderr, n = metric.compute()["ms_ssim"]
    pairs = [
        pytorch_msssim.ms_ssim(samples[0, i : i + 1].double(), samples[0, j : j + 1].double())
        for i, j in ((0, 1), (0, 2), (1, 2))
    ]
    first = float(sum(pairs) / 3)
    assert (value, stderr, n) == (pytest.approx((first + 1) / 2), pytest.approx((1 - first) / 2), 2)


def test_bad_input() -> None:
    image = rough((1, 3, 170, 164), seed=4)
    with pytest.raises(InputError, match="170x160; both sides must exceed 160"):
        ms_ssim(image[..., :160], image[..., :160])
    with pytest.raises(InputError, match="expected one shape"):
        ms_ssim(image, image[..., :162])
    with pytest.raises(InputError, match=r"shape \(1, 1, 3, 170, 164\).*at least 2 images for each layout"):
        MultiScaleSSIM().update(image[None])
    with pytest.raises(InputError, match="160x164"):
        MultiScaleSSIM().update(image[None, :, :, :160].expand(1, 2, -1, -1, -1))
    with pytest.raises(InputError, match=r"samples are torch\.float64"):
        MultiScaleSSIM().update(X[None])
