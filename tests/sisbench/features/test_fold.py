from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor, nn

from generators import ensure_torchvision
from sisbench.features._fold import channels_last, fold_batch_norms
from tests.sisbench.features._noise import relative_error


def disturb(network: nn.Module) -> nn.Module:
    """Give batch norms statistics and scales that matter."""
    generator = torch.Generator().manual_seed(0)

    def draw(like: Tensor) -> Tensor:
        return torch.rand(like.shape, generator=generator)

    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            assert module.running_mean is not None
            assert module.running_var is not None
            module.running_mean.copy_(draw(module.running_mean) - 0.5)
            module.running_var.copy_(draw(module.running_var) + 0.5)
            module.weight.data.copy_(draw(module.weight) + 0.5)
            module.bias.data.copy_(draw(module.bias) - 0.5)
    return network.eval()


def timm_network() -> nn.Module:
    ensure_torchvision()
    import timm

    network: nn.Module = timm.create_model("tf_efficientnet_lite0", pretrained=False)
    return network


def plain_network() -> nn.Module:
    """Convolutions with and without a norm, with and without a bias, grouped, and a norm of the input."""
    return nn.Sequential(
        nn.BatchNorm2d(3),
        nn.Conv2d(3, 8, 3),
        nn.BatchNorm2d(8),
        nn.Sequential(nn.Conv2d(8, 8, 3, groups=4, bias=False), nn.BatchNorm2d(8, eps=0.1), nn.ReLU()),
        nn.Conv2d(8, 4, 1),
    )


@pytest.mark.parametrize("build", [timm_network, plain_network])
def test_the_folded_network_is_the_same_function(build: type[nn.Module]) -> None:
    torch.manual_seed(0)
    network = disturb(build())
    folded = channels_last(fold_batch_norms(copy.deepcopy(network)))
    left = [name for name, module in folded.named_modules() if isinstance(module, nn.BatchNorm2d)]
    assert left == (["0"] if build is plain_network else [])
    x = torch.randn(2, 3, 32, 32)
    with torch.no_grad():
        assert relative_error(folded(x), network(x)) < 1e-5
    assert all(parameter.dtype == torch.float32 for parameter in folded.parameters())


def test_only_weights_of_convolutions_change_their_layout() -> None:
    network = channels_last(nn.Sequential(nn.Conv2d(3, 8, 3), nn.Flatten(), nn.Linear(8, 2)))
    assert network[0].weight.is_contiguous(memory_format=torch.channels_last)
    assert network[2].weight.is_contiguous()
