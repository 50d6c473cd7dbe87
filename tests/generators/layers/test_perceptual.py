"""The VGG loss with random weights: what it computes does not depend on what the network has learned."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generators import GeneratorError, ensure_torchvision
from generators.layers.perceptual import VGGLoss
from tests.generators.tiny import random_image


@pytest.fixture(scope="module")
def vgg() -> nn.Module:
    """torchvision's VGG-19; its classifier, 124 million weights that the loss never uses, stores one number."""
    with torch.device("meta"):
        network: nn.Module = ensure_torchvision().models.vgg19(weights=None)
    rng = torch.Generator().manual_seed(0)
    for name, parameter in list(network.named_parameters()):
        if name.startswith("classifier"):
            value = torch.zeros(1).expand(parameter.shape)
        else:
            fan_in = parameter[0].numel() if parameter.ndim > 1 else 100
            value = torch.randn(parameter.shape, generator=rng) * (2 / fan_in) ** 0.5
        owner, _, leaf = name.rpartition(".")
        setattr(network.get_submodule(owner), leaf, nn.Parameter(value))
    return network.eval()


@pytest.fixture(scope="module")
def weights(vgg: nn.Module, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("vgg") / "vgg19-dcbb9e9d.pth"
    torch.save(vgg.state_dict(), path)
    return path


@pytest.fixture(scope="module")
def loss(weights: Path) -> VGGLoss:
    return VGGLoss(weights)


@pytest.fixture
def images() -> tuple[Tensor, Tensor]:
    return random_image(2, (32, 48), seed=0), random_image(2, (32, 48), seed=1)


def test_it_is_the_weighted_difference_of_five_layers(
    vgg: nn.Module, loss: VGGLoss, images: tuple[Tensor, Tensor]
) -> None:
    fake, real = images
    layers = vgg.get_submodule("features")
    assert isinstance(layers, nn.Sequential)
    expected = torch.zeros(())
    # relu1_1, relu2_1, relu3_1, relu4_1, relu5_1: the images go in as they are, without ImageNet's normalisation
    for weight, last in ((1 / 32, 1), (1 / 16, 6), (1 / 8, 11), (1 / 4, 20), (1.0, 29)):
        assert isinstance(layers[last], nn.ReLU)
        with torch.no_grad():
            expected += weight * F.l1_loss(layers[: last + 1](fake), layers[: last + 1](real))
    assert loss(fake, real).item() == pytest.approx(expected.item(), rel=1e-6)


def test_equal_images_cost_nothing(loss: VGGLoss, images: tuple[Tensor, Tensor]) -> None:
    assert loss(images[0], images[0].clone()) == 0


def test_only_the_fake_image_learns(loss: VGGLoss, images: tuple[Tensor, Tensor]) -> None:
    fake, real = (image.clone().requires_grad_() for image in images)
    loss(fake, real).backward()
    assert fake.grad is not None
    assert bool(fake.grad.any())
    assert real.grad is None
    assert not any(parameter.requires_grad for parameter in loss.parameters())


def test_it_stays_in_evaluation_mode(loss: VGGLoss) -> None:
    nn.Sequential(loss).train()
    assert not any(module.training for module in loss.modules())


@pytest.mark.parametrize("what", ["missing", "another network", "no state", "damaged"])
def test_other_files_are_refused_with_what_to_do(tmp_path: Path, what: str) -> None:
    path = tmp_path / "weights.pth"
    if what == "another network":
        torch.save(nn.Linear(2, 3).state_dict(), path)
    if what == "no state":
        torch.save([1, 2], path)
    if what == "damaged":
        path.write_bytes(b"PK\x03\x04" + bytes(100))
    with pytest.raises(GeneratorError, match=r"(?s)weights\.pth.*vgg19-dcbb9e9d\.pth.*--without vgg") as caught:
        VGGLoss(path)
    assert len(str(caught.value)) < 1000
