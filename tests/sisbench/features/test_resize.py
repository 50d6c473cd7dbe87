from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from torch import Tensor

from generators import ensure_torchvision
from sisbench.features._resize import imagenet_normalised, resize_clean, resize_pil, resize_tf1
from tests.sisbench.features._noise import noise


def torch_fidelity_resize(image: Tensor, size: tuple[int, int]) -> Tensor:
    ensure_torchvision()
    from torch_fidelity.interpolate_compat_tensorflow import interpolate_bilinear_2d_like_tensorflow1x

    resized: Tensor = interpolate_bilinear_2d_like_tensorflow1x(image.float(), size, align_corners=False)
    return resized


sides = st.integers(1, 40)


@settings(max_examples=40, deadline=None)
@given(sides, sides, sides, sides)
def test_tf1_is_torch_fidelitys_to_the_bit(height: int, width: int, to_height: int, to_width: int) -> None:
    image = noise(2, height, width)
    assert torch.equal(resize_tf1(image, (to_height, to_width)), torch_fidelity_resize(image, (to_height, to_width)))


@pytest.mark.parametrize("size", [(256, 512), (256, 256), (300, 1)])
def test_tf1_at_the_sizes_of_protocols(size: tuple[int, int]) -> None:
    image = noise(1, *size)
    assert torch.equal(resize_tf1(image, (299, 299)), torch_fidelity_resize(image, (299, 299)))


def test_tf1_by_hand() -> None:
    column = torch.tensor([10, 20, 40], dtype=torch.uint8).view(1, 1, 3, 1)
    # source = target / 2: 0, 1/2, 1, 3/2, 2, and 5/2 clamped
    assert resize_tf1(column, (6, 1)).flatten().tolist() == [10, 15, 20, 30, 40, 40]


def test_pil_is_pillow_and_leaves_equal_sizes_alone() -> None:
    image = noise(2, 20, 30)
    found = resize_pil(image, (9, 14), Image.Resampling.BICUBIC)
    expected = [
        Image.fromarray(one.permute(1, 2, 0).numpy()).resize((14, 9), Image.Resampling.BICUBIC) for one in image
    ]
    assert [one.permute(1, 2, 0).flatten().tolist() for one in found] == [list(x.tobytes()) for x in expected]
    assert resize_pil(image, (20, 30), Image.Resampling.BICUBIC) is image


@pytest.mark.filterwarnings("ignore:'mode' parameter is deprecated:DeprecationWarning")  # of some releases of Pillow
def test_clean_is_clean_fids_to_the_bit() -> None:
    from cleanfid import resize

    image = torch.cat([noise(1, 40, 56), noise(1, 40, 56) // 128 * 255])
    expected = [resize.build_resizer("clean")(one.permute(1, 2, 0).numpy()) for one in image]
    found = resize_clean(image, (299, 299)).permute(0, 2, 3, 1)
    assert all(torch.equal(a, torch.from_numpy(b)) for a, b in zip(found, expected, strict=True))


def test_clean_overshoots_nowhere_and_rounds_nothing() -> None:
    edge = torch.zeros(1, 3, 8, 8, dtype=torch.uint8)
    edge[..., 4:] = 255
    found = resize_clean(edge, (8, 21))
    assert (found.min(), found.max()) == (0, 255)
    assert not torch.equal(found, found.round())
    assert torch.equal(found[:, :, 0], found[:, :, 5])


def test_imagenet_normalisation_by_hand() -> None:
    image = torch.tensor([0, 51, 255], dtype=torch.uint8).view(1, 3, 1, 1)
    expected = [-0.485 / 0.229, (0.2 - 0.456) / 0.224, (1 - 0.406) / 0.225]
    assert imagenet_normalised(image).flatten().tolist() == pytest.approx(expected, rel=1e-6)
