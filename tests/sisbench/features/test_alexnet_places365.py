from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from generators import ensure_torchvision
from sisbench import features, weights
from sisbench.features import FeatureNet
from sisbench.features.alexnet_places365 import prepare
from tests.sisbench.features._noise import noise, relative_error


@pytest.fixture(scope="module")
def reference() -> nn.Module:
    torch.manual_seed(0)
    network: nn.Module = ensure_torchvision().models.alexnet(num_classes=365)
    return network.eval().requires_grad_(False)


@pytest.fixture
def network(reference: nn.Module, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FeatureNet:
    """From a file of the published layout."""
    state = {key.replace("features.", "features.module."): value for key, value in reference.state_dict().items()}
    path = tmp_path / "alexnet_places365.pth.tar"
    torch.save({"epoch": 90, "arch": "alexnet", "state_dict": state, "best_prec1": torch.tensor(47.0)}, path)
    monkeypatch.setattr(weights, "find", {"alexnet-places365": path}.__getitem__)
    return features.create("alexnet-places365")


def torchvision_preparation(image: Tensor) -> Tensor:
    ensure_torchvision()
    from torchvision import transforms

    steps = transforms.Compose(
        [
            transforms.Resize(256),
            transforms.CenterCrop(224),
            transforms.ToTensor(),
            transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
        ]
    )
    return torch.stack([steps(Image.fromarray(one.permute(1, 2, 0).numpy())) for one in image])


@pytest.mark.parametrize("size", [(256, 256), (256, 512), (300, 257), (64, 96), (97, 60), (333, 256)])
def test_images_are_prepared_as_by_torchvision(size: tuple[int, int]) -> None:
    image = noise(2, *size)
    assert torch.allclose(prepare(image), torchvision_preparation(image), atol=1e-6)


def test_both_heads(network: FeatureNet, reference: nn.Module) -> None:
    image = noise(3, 256, 300)
    found = network.extract(image, ["pooled", "places365"])
    assert {head: tuple(value.shape) for head, value in found.items()} == {"pooled": (3, 4096), "places365": (3, 365)}
    expected = reference(torchvision_preparation(image))
    assert relative_error(found["places365"], expected.softmax(1)) < 1e-5
    assert found["places365"].sum(1).tolist() == pytest.approx([1, 1, 1], abs=1e-6)
    assert torch.equal(found["places365"].float().double(), found["places365"])  # the softmax is a float32 one
    assert relative_error(reference.classifier[-1](found["pooled"].float()), expected) < 1e-5


def test_dropout_is_off(network: FeatureNet) -> None:
    image = noise(1, 256, 256)
    assert torch.equal(network(image), network(image))
    assert network.dim == 4096
