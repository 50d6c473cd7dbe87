from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from scipy.signal import convolve2d
from torch import Tensor

from sisbench.errors import InputError
from sisbench.metrics.crossview_pixels import CrossviewPixels, crossview_psnr, crossview_sd, crossview_ssim
from sisbench.metrics.psnr import psnr

MEASURES = {"ssim": crossview_ssim, "psnr": crossview_psnr, "sd": crossview_sd}


def waves(phase: float) -> Tensor:
    """An image uint8 (1, 3, 16, 16) of the worked example."""
    c, y, x = torch.meshgrid(*(torch.arange(n, dtype=torch.float64) for n in (3, 16, 16)), indexing="ij")
    return (127.5 + 100 * torch.sin(0.5 * x + 0.31 * y + 0.7 * c + phase) + 0.5).floor().to(torch.uint8)[None]


def test_worked_example() -> None:
    a, b = waves(0), waves(0.25)
    assert (int(a.sum()), int(b.sum())) == (96467, 95848)
    expected = {"ssim": 0.980479130536, "psnr": 29.205743169117, "sd": 20.383869176173}
    for name, measure in MEASURES.items():
        assert measure(a, b).item() == pytest.approx(expected[name], abs=1e-11), name
    assert psnr(a, b).item() == pytest.approx(23.219138953395, abs=1e-11)


def test_identical_images() -> None:
    a = waves(0)
    assert crossview_ssim(a, a).item() == pytest.approx(1, abs=1e-15)
    assert crossview_psnr(a, a).item() == crossview_sd(a, a).item() == pytest.approx(88.130803608679, abs=1e-12)


def test_psnr_is_shifted_against_the_textbook() -> None:
    a, b = waves(0), waves(1)
    shift = 20 * math.log10(255 / 128)
    assert crossview_psnr(a, b).item() == pytest.approx(psnr(a, b).item() + shift, abs=1e-12)


def test_agrees_with_a_plain_restatement() -> None:
    generator = torch.Generator().manual_seed(0)
    real = torch.randint(0, 256, (1, 3, 19, 14), generator=generator, dtype=torch.uint8)
    fake = (real.int() + torch.randint(-9, 10, real.shape, generator=generator)).clamp(0, 255).to(torch.uint8)
    weights = torch.exp(-((torch.arange(11, dtype=torch.float64) - 5) ** 2) / 4.5)
    window = (weights[:, None] * weights / weights.sum() ** 2).numpy()
    x, y = (
        sum(w * image[0, c].double() for c, w in enumerate((0.299, 0.587, 0.114))).numpy() for image in (fake, real)
    )
    mx, my, xx, yy, xy = (convolve2d(plane, window, "full") for plane in (x, y, x * x, y * y, x * y))
    numerator = (2 * mx * my + 6.5025) * (2 * (xy - mx * my) + 58.5225)
    ssim = numerator / ((mx**2 + my**2 + 6.5025) * (xx - mx**2 + yy - my**2 + 58.5225))
    assert ssim.shape == (29, 24)
    assert crossview_ssim(fake, real).item() == pytest.approx(ssim.mean(), abs=1e-12)
    error = 0.0
    for i in range(1, 18):
        for j in range(1, 13):
            for f, r in zip(fake[0].double() / 255, real[0].double() / 255, strict=True):
                error += abs(abs(float(f[i, j - 1] - f[i, j])) - abs(float(r[i, j - 1] - r[i, j])))
                error += abs(abs(float(f[i - 1, j] - f[i, j])) - abs(float(r[i - 1, j] - r[i, j])))
    error *= 128**2 / real.numel()
    assert crossview_sd(fake, real).item() == pytest.approx(10 * math.log10(255**2 / error), abs=1e-11)


@pytest.mark.golden
def test_agrees_with_the_official_evaluation(golden_folder: Path) -> None:
    with safe_open(golden_folder / "crossview-metrics.safetensors", "pt") as file:
        expected = json.loads(file.metadata()["config"])["expected"]
        for i in range(3):
            fake, real = (file.get_tensor(f"img{i}_{side}")[None] for side in ("fake", "real"))
            for name, measure in MEASURES.items():
                assert measure(fake, real).item() == pytest.approx(expected[f"img{i}"][name], rel=1e-9), (i, name)


def test_the_accumulator_takes_means() -> None:
    metric = CrossviewPixels()
    metric.update(torch.cat([waves(0), waves(0)]), torch.cat([waves(0.25), waves(0.5)]))
    for name, value in metric.compute().items():
        measure = MEASURES[name.removeprefix("crossview_")]
        first, second = measure(waves(0), waves(0.25)).item(), measure(waves(0), waves(0.5)).item()
        assert value == (pytest.approx((first + second) / 2), pytest.approx(abs(first - second) / 2), 2)


def test_images_below_the_window_have_a_value() -> None:
    # The window also stands outside, so any image has all its places.
    tiny = waves(0)[..., :3, :3]
    assert crossview_ssim(tiny, tiny).item() == pytest.approx(1, abs=1e-15)


def test_bad_images() -> None:
    image = torch.zeros(1, 3, 8, 8, dtype=torch.uint8)
    with pytest.raises(InputError, match="8x2; it needs 3x3"):
        crossview_sd(image[..., :2], image[..., :2])
    with pytest.raises(InputError, match=r"generated images are torch\.float64"):
        CrossviewPixels().update(image.double(), image)
