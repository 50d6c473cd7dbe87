"""Maps of noise: what is drawn anew, what is kept, and that it depends on nothing but the seed."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from generators import GeneratorError
from generators.layers.noise import draw_noise, pixels_of, resample_noise, spread_noise

SIZE = (4, 6)


def rng(seed: int = 1) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def old() -> Tensor:
    return draw_noise(2, 3, rng(0))


def region() -> Tensor:
    where = torch.zeros(SIZE, dtype=torch.bool)
    where[1:3, 2:5] = True
    return where


def test_vectors_are_repeated_over_the_pixels() -> None:
    noise = spread_noise(old(), SIZE)
    assert noise.shape == (2, 3, *SIZE)
    assert torch.equal(noise, old()[:, :, None, None].repeat(1, 1, *SIZE))
    assert spread_noise(noise, SIZE) is noise


def test_a_generator_determines_what_is_drawn() -> None:
    assert torch.equal(draw_noise(2, 3, rng()), torch.randn(2, 3, generator=rng()))
    assert not torch.equal(draw_noise(2, 3, rng(1)), draw_noise(2, 3, rng(2)))


def test_globally_every_image_gets_one_new_vector() -> None:
    assert torch.equal(resample_noise(old(), SIZE, rng()), spread_noise(draw_noise(2, 3, rng()), SIZE))


def test_a_region_gets_one_new_vector_and_the_rest_keeps_its_own() -> None:
    noise, where = resample_noise(old(), SIZE, rng(), region()), region()
    assert torch.equal(noise[:, :, ~where], spread_noise(old(), SIZE)[:, :, ~where])
    assert torch.equal(noise[:, :, where], spread_noise(draw_noise(2, 3, rng()), SIZE)[:, :, where])


def test_each_image_may_have_a_region_of_its_own() -> None:
    where = torch.stack((region(), ~region()))
    noise = resample_noise(old(), SIZE, rng(), where)
    for image, part, kept, new in zip(noise, where, old(), draw_noise(2, 3, rng()), strict=True):
        assert torch.equal(image[:, part], new[:, None].expand(-1, int(part.sum())))
        assert torch.equal(image[:, ~part], kept[:, None].expand(-1, int((~part).sum())))


def test_pixelwise_every_pixel_gets_its_own() -> None:
    noise, where = resample_noise(old(), SIZE, rng(), region(), pixelwise=True), region()
    assert torch.equal(noise[:, :, ~where], spread_noise(old(), SIZE)[:, :, ~where])
    assert torch.equal(noise[:, :, where], torch.randn(2, 3, *SIZE, generator=rng())[:, :, where])
    assert noise[0, 0, where].unique().numel() == int(where.sum())


@pytest.mark.parametrize("pixelwise", [False, True])
def test_a_map_can_be_changed_again_and_the_part_does_not_move_what_is_drawn(pixelwise: bool) -> None:
    once = resample_noise(old(), SIZE, rng(2), region(), pixelwise)
    twice = resample_noise(once, SIZE, rng(3), ~region(), pixelwise)
    assert torch.equal(twice[:, :, region()], once[:, :, region()])
    everywhere = resample_noise(old(), SIZE, rng(3), None, pixelwise)
    assert torch.equal(twice[:, :, ~region()], everywhere[:, :, ~region()])


def test_an_empty_region_changes_nothing() -> None:
    assert torch.equal(
        resample_noise(old(), SIZE, rng(), torch.zeros(SIZE, dtype=torch.bool)), spread_noise(old(), SIZE)
    )


def test_pixels_of_classes() -> None:
    layout = torch.tensor([[[0, 1], [2, 2]], [[1, 1], [0, 0]]])
    cond = torch.nn.functional.one_hot(layout, 3).permute(0, 3, 1, 2).float()
    assert torch.equal(pixels_of(cond, [2]), layout == 2)
    assert torch.equal(pixels_of(cond, (0, 2)), layout != 1)


@pytest.mark.parametrize("where", [torch.zeros(6, 4, dtype=torch.bool), torch.zeros(SIZE), torch.zeros(3, *SIZE) > 0])
def test_a_region_of_another_shape_or_kind_is_refused(where: Tensor) -> None:
    with pytest.raises(GeneratorError, match=r"expected torch\.bool of shape \(4, 6\) or \(2, 4, 6\)"):
        resample_noise(old(), SIZE, rng(), where)


@pytest.mark.parametrize("shape", [(2, 3, 6, 4), (2, 3, 4)])
def test_noise_of_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(GeneratorError, match="does not cover 4x6 pixels"):
        spread_noise(torch.zeros(shape), SIZE)
