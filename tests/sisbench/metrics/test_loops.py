"""The compiled loops against the array operations that stand in for them on accelerators."""

from __future__ import annotations

from typing import Any

import numba
import pytest
import torch

from sisbench.metrics import _loops, crossview_pixels, lbp, psnr, sd, ssim


def _images(height: int, width: int, seed: int = 0) -> torch.Tensor:
    return torch.randint(0, 256, (2, height, width), dtype=torch.uint8, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("size", [(11, 11), (11, 40), (33, 12), (64, 96)])
def test_ssim_equals_the_form_for_accelerators(size: tuple[int, int]) -> None:
    fake, real = _images(*size).unbind()
    for x, y in ((fake, real), (fake, fake), (fake.double() / 3, real.double())):
        torch.testing.assert_close(
            ssim.plane_ssim(x[None], y[None]), ssim._plane_ssim(x[None], y[None]), rtol=1e-12, atol=1e-12
        )


def test_ssim_takes_planes_that_are_not_contiguous() -> None:
    fake, real = _images(30, 24).unbind()
    expected = ssim.plane_ssim(fake.T.contiguous()[None], real.T.contiguous()[None])
    assert torch.equal(ssim.plane_ssim(fake.T[None], real.T[None]), expected)


@pytest.mark.parametrize("size", [(3, 3), (3, 50), (41, 4), (64, 96)])
def test_patterns_equal_the_form_for_accelerators_in_every_bit(size: tuple[int, int]) -> None:
    noise, coarse = _images(*size).unbind()
    flat = torch.full(size, 93, dtype=torch.uint8)  # rounding decides, place by place
    for image in (noise, coarse // 64 * 64, flat, noise.T):
        for ours, theirs in zip(lbp._both(image), lbp._both_by_arrays(image), strict=True):
            assert torch.equal(ours, theirs)


def test_sums_of_errors_are_exact_in_both_forms() -> None:
    fake, real = (torch.cat([_images(9, 14, seed), _images(9, 14, seed + 1)])[None, :3] for seed in (0, 2))
    wide = fake.int() - real.int()
    assert psnr._squared_error(fake, real).item() == wide.square().sum()
    assert psnr.mean_squared_error(fake, real).item() == wide.square().double().mean()
    for x, y in ((fake, real), (fake.transpose(2, 3), real.transpose(2, 3))):
        together = sd._sharpness_error(x, y).item()
        assert _loops.sharpness_error(x[0].contiguous().numpy(), y[0].contiguous().numpy(), True) == together
        apart = crossview_pixels._sharpness_error(x, y).item()
        inner = [crossview_pixels._without_end(image)[0].numpy() for image in (x, y)]
        assert _loops.sharpness_error(*inner, False) == apart
        assert apart != together


def test_without_a_folder_for_the_cache_functions_are_compiled_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def njit(**options: Any) -> Any:
        if options.get("cache"):
            raise RuntimeError("cannot cache function: no locator available")
        return lambda function: ("compiled", function)

    monkeypatch.setattr(numba, "njit", njit)
    assert _loops.compiled(len) == ("compiled", len)
