import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from generators.layers.texture import (
    FREQUENCIES,
    ORIENTATIONS,
    gabor_filters,
    texture_energies,
    texture_loss,
)

FLOOR = math.sqrt(1e-5)


def wave(frequency: float, angle: float, phase: float = 0.0, amplitude: float = 0.5) -> Tensor:
    """A grey plane wave, (1, 3, 64, 64)."""
    y, x = torch.meshgrid(torch.arange(64.0), torch.arange(64.0), indexing="ij")
    value = amplitude * torch.cos(frequency * (x * math.cos(angle) + y * math.sin(angle)) + phase)
    return value.expand(1, 3, 64, 64)


def inner(energies: Tensor) -> Tensor:
    """Means over the windows that no border touches, one a filter."""
    return energies[0, :, 2:-2, 2:-2].mean(dim=(1, 2))


def test_filters_have_no_mean() -> None:
    filters = gabor_filters()
    assert filters.shape == (2 * len(FREQUENCIES) * ORIENTATIONS, 1, 7, 7)
    assert filters.sum(dim=(1, 2, 3)).abs().max() < 1e-6


def test_a_constant_has_no_texture() -> None:
    for energies in texture_energies(torch.full((1, 3, 32, 48), -0.7)):
        assert energies.numpy() == pytest.approx(FLOOR, abs=1e-5)


@pytest.mark.parametrize("which", range(ORIENTATIONS))
def test_a_wave_is_seen_by_the_filter_of_its_frequency_and_direction(which: int) -> None:
    frequency = FREQUENCIES[0]
    energies = inner(texture_energies(wave(frequency, math.pi * which / ORIENTATIONS))[0])
    assert int(energies.argmax()) == which
    assert float(energies[which]) == pytest.approx(0.5, rel=0.1)  # its amplitude
    assert float(energies[(which + ORIENTATIONS // 2) % ORIENTATIONS]) < 0.25  # across it


def test_half_the_frequency_is_seen_one_level_down() -> None:
    energies = texture_energies(wave(FREQUENCIES[0] / 2, 0.0))
    assert inner(energies[1])[0] > 1.5 * inner(energies[0])[0]


def test_the_place_of_a_texture_does_not_matter_but_its_strength_does() -> None:
    here, there, weaker = wave(1.4, 0.0), wave(1.4, 0.0, phase=math.pi), wave(1.4, 0.0, amplitude=0.25)
    energies = texture_energies(here)
    assert F.l1_loss(here, there) > F.l1_loss(here, weaker)
    assert texture_loss(texture_energies(there), energies) < 0.1 * texture_loss(texture_energies(weaker), energies)


def test_only_the_fake_image_gets_a_gradient() -> None:  # at the smallest size that the docstring allows
    fake = torch.zeros(1, 3, 16, 16, requires_grad=True)
    real = torch.rand(1, 3, 16, 16).requires_grad_()
    loss = texture_loss(texture_energies(fake), texture_energies(real))
    loss.backward()
    assert loss > 0
    assert fake.grad is not None
    assert bool(torch.isfinite(fake.grad).all())
    assert real.grad is None


def test_loss_is_the_sum_over_levels_of_mean_differences() -> None:
    fake, real = [torch.tensor([1.0, 3.0]), torch.tensor([2.0])], [torch.tensor([0.0, 1.0]), torch.tensor([5.0])]
    assert texture_loss(fake, real).item() == (1 + 2) / 2 + 3
