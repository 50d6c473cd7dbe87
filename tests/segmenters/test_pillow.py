import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from segmenters._pillow import BICUBIC, BILINEAR, resize_images, resize_maps

SIZES = [(12, 20), (24, 40), (6, 31), (1, 1)]


@pytest.mark.parametrize("method", [BILINEAR, BICUBIC])
@pytest.mark.parametrize("size", SIZES)
def test_images_are_pillows(images: Tensor, size: tuple[int, int], method: Image.Resampling) -> None:
    found = resize_images(images, size, method)
    assert (found.dtype, found.shape) == (torch.uint8, (2, 3, *size))
    for image, resized in zip(images, found, strict=True):
        picture = Image.fromarray(image.permute(1, 2, 0).numpy()).resize(size[::-1], method)
        assert np.array_equal(resized.permute(1, 2, 0).numpy(), np.asarray(picture))


@pytest.mark.parametrize("size", SIZES)
def test_maps_are_pillows_and_another_library_agrees(size: tuple[int, int]) -> None:
    maps = torch.randn(2, 5, 12, 20, generator=torch.Generator().manual_seed(0))
    found = resize_maps(maps, size)
    assert (found.dtype, found.shape) == (torch.float32, (2, 5, *size))
    expected = F.interpolate(maps, size, mode="bilinear", antialias=True)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)


def test_what_has_the_size_is_not_touched(images: Tensor) -> None:
    maps = torch.randn(2, 5, 12, 20)
    assert resize_images(images, (12, 20), BICUBIC) is images
    assert resize_maps(maps, (12, 20)) is maps


def test_channels_do_not_mix() -> None:
    maps = torch.zeros(1, 3, 8, 8)
    maps[0, 1] = 1
    found = resize_maps(maps, (5, 13))
    assert torch.equal(found[0, 1], torch.ones(5, 13))
    assert not found[0, [0, 2]].any()
