from __future__ import annotations

import json
import math

import pytest
import torch
from skimage.metrics import peak_signal_noise_ratio

from sisbench.errors import InputError
from sisbench.metrics.psnr import CEILING_DB, PSNR, psnr


def test_by_hand() -> None:
    black = torch.zeros(1, 3, 4, 4, dtype=torch.uint8)
    assert psnr(black, black + 1).item() == pytest.approx(20 * math.log10(255))  # MSE 1
    assert psnr(black + 255, black).item() == pytest.approx(0, abs=1e-12)  # MSE 255^2, no wrap-around


def test_agrees_with_scikit_image() -> None:
    generator = torch.Generator().manual_seed(0)
    fake, real = torch.randint(0, 256, (2, 4, 3, 17, 23), generator=generator, dtype=torch.uint8)
    expected = [peak_signal_noise_ratio(y, x, data_range=255) for x, y in zip(fake.numpy(), real.numpy(), strict=True)]
    assert psnr(fake, real).tolist() == pytest.approx(expected, abs=1e-12)


def test_identical_images_stay_finite() -> None:
    image = torch.arange(2 * 3 * 8 * 8).view(2, 3, 8, 8).to(torch.uint8)
    metric = PSNR()
    metric.update(image, image)
    value = metric.compute()["psnr"]
    assert value == (CEILING_DB, 0, 2)
    json.dumps(value, allow_nan=False)


def test_one_image_has_no_standard_error() -> None:
    image = torch.zeros(1, 3, 4, 4, dtype=torch.uint8)
    metric = PSNR()
    metric.update(image, image + 1)
    assert metric.compute()["psnr"].stderr is None


def test_bad_images() -> None:
    image = torch.zeros(1, 3, 16, 16, dtype=torch.uint8)
    with pytest.raises(InputError, match=r"torch\.int64"):
        psnr(image, image.long())
    with pytest.raises(InputError, match="before any image"), pytest.warns(UserWarning, match="before the ``update``"):
        PSNR().compute()
