import pytest
import torch
from torch import Tensor

from segmenters._augment import augment


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def coordinates() -> tuple[Tensor, Tensor]:
    """An image and a target that both spell the position of every pixel."""
    target = torch.arange(12 * 20).view(12, 20)
    return target.to(torch.uint8).expand(3, 12, 20), target


@pytest.mark.parametrize("crop", [None, (12, 20), (5, 8)])
def test_image_and_target_move_together(coordinates: tuple[Tensor, Tensor], crop: tuple[int, int] | None) -> None:
    for seed in range(20):
        image, target = augment(*coordinates, seeded(seed), crop, jitter=0.0)
        assert target.shape == (crop or (12, 20))
        assert (image.dtype, target.dtype) == (torch.uint8, torch.int64)
        assert torch.equal(image, target.to(torch.uint8).expand_as(image))


def test_mirroring_and_crops_vary(coordinates: tuple[Tensor, Tensor]) -> None:
    targets = [augment(*coordinates, seeded(seed), (5, 8))[1] for seed in range(60)]
    mirrored = [bool(t[0, 0] > t[0, 1]) for t in targets]
    assert 15 < sum(mirrored) < 45
    assert {int(t.min()) // 20 for t in targets} == set(range(8))  # every row that a crop of 5 of 12 can start at
    assert {int(t.min()) % 20 for t in targets} == set(range(13))


def test_light_changes_pixels_within_its_bounds_and_no_label(coordinates: tuple[Tensor, Tensor]) -> None:
    grey = torch.full((3, 12, 20), 100, dtype=torch.uint8)
    for seed in range(20):
        image, target = augment(grey, coordinates[1], seeded(seed), jitter=0.2)
        assert set(target.unique().tolist()) == set(range(240))
        assert 1 <= len(image.unique()) <= 3  # one value per channel
        assert 100 * 0.9 * 0.8 - 6 <= image.min() <= image.max() <= 100 * 1.1 * 1.2 + 6


def test_a_view_is_a_function_of_its_seed(coordinates: tuple[Tensor, Tensor]) -> None:
    first, again, other = (augment(*coordinates, seeded(seed), (5, 8))[1] for seed in (3, 3, 4))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_an_impossible_crop_is_refused(coordinates: tuple[Tensor, Tensor]) -> None:
    with pytest.raises(ValueError, match=r"cannot crop \(13, 8\)"):
        augment(*coordinates, seeded(0), (13, 8))
    with pytest.raises(ValueError, match="target"):
        augment(coordinates[0], coordinates[1][:5], seeded(0))
