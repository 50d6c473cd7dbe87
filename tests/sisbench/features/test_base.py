from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

import pytest
import torch
from torch import Tensor, nn

from sisbench import features
from sisbench.errors import InputError
from sisbench.features import FeatureNet
from sisbench.features._base import Trunk, combined_digest
from tests.sisbench.features._noise import noise


class Means(Trunk):
    """Mean of every channel, and how often which heads were asked for."""

    heads = MappingProxyType({"pooled": 3, "range": 2})

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Identity()
        self.asked: list[list[str]] = []

    def forward(self, image: Tensor, heads: Sequence[str]) -> dict[str, Tensor]:
        self.asked.append(list(heads))
        flat = image.float().flatten(1)
        found = {"pooled": image.float().mean((2, 3))}
        if "range" in heads:
            found["range"] = torch.stack([flat.min(1).values, flat.max(1).values], 1)
        return found


@pytest.fixture
def trunk() -> Means:
    return Means()


@pytest.fixture
def network(trunk: Means) -> FeatureNet:
    return FeatureNet("means", "d" * 64, trunk, "cpu")


def test_a_call_gives_the_feature_vector(network: FeatureNet, trunk: Means) -> None:
    image = noise(2, 5, 4)
    found = network(image)
    assert (found.dtype, network.dim) == (torch.float64, 3)
    assert found.tolist() == pytest.approx(image.double().mean((2, 3)).numpy(), rel=1e-6)
    assert trunk.asked == [["pooled"]]


def test_several_heads_come_from_one_forward(network: FeatureNet, trunk: Means) -> None:
    network.add_head("first", 1, lambda pooled: pooled[:, :1].float(), "e" * 64)
    image = noise(2, 5, 4)
    found = network.extract(image, ["first", "range", "pooled"])
    assert list(found) == ["first", "range", "pooled"]
    assert all(value.dtype == torch.float64 for value in found.values())
    assert torch.equal(found["pooled"], network(image))
    assert torch.allclose(found["first"], found["pooled"][:, :1])
    assert found["range"].tolist() == [[int(one.min()), int(one.max())] for one in image]
    assert trunk.asked[0] == ["pooled", "range"]
    assert network.extract(image, []) == {}


def test_an_attached_head_sees_float64_features(network: FeatureNet, trunk: Means) -> None:
    seen: list[Tensor] = []

    def remember(pooled: Tensor) -> Tensor:
        seen.append(pooled)
        return pooled.sum(1, keepdim=True)

    network.add_head("sum", 1, remember, "e" * 64)
    assert dict(network.heads) == {"pooled": 3, "range": 2, "sum": 1}
    image = noise(1, 4, 4)
    assert list(network.extract(image, ["sum"])) == ["sum"]
    assert torch.equal(seen[0], network(image))
    assert seen[0].dtype == torch.float64
    assert trunk.asked[0] == ["pooled"]
    with pytest.raises(ValueError, match="'sum' already"):
        network.add_head("sum", 1, remember, "e" * 64)
    with pytest.raises(ValueError, match="'range' already"):
        network.add_head("range", 2, remember, "e" * 64)


def test_every_head_has_a_digest_of_its_own(network: FeatureNet) -> None:
    network.add_head("a", 1, lambda pooled: pooled[:, :1], "1" * 64)
    network.add_head("b", 1, lambda pooled: pooled[:, :1], "1" * 64)
    digests = [network.head_digest(head) for head in network.heads]
    assert digests[0] == network.digest
    assert len(set(digests)) == 4
    retrained = FeatureNet("means", network.digest, Means(), "cpu")
    retrained.add_head("a", 1, lambda pooled: pooled[:, :1], "2" * 64)
    assert retrained.head_digest("a") != network.head_digest("a")
    other = FeatureNet("means", "f" * 64, Means(), "cpu")
    assert other.head_digest("range") != network.head_digest("range")
    with pytest.raises(InputError, match="closest: 'range'"):
        network.head_digest("rage")


def test_unknown_head(network: FeatureNet) -> None:
    with pytest.raises(InputError, match="'logit' is not a head of the means network"):
        network.extract(noise(1, 4, 4), ["pooled", "logit"])


def test_training_mode_is_refused(network: FeatureNet, trunk: Means) -> None:
    trunk.layer.train()
    with pytest.raises(RuntimeError, match="training mode"):
        network(noise(1, 4, 4))


@pytest.mark.parametrize("bad", [noise(1, 8, 8).float(), noise(1, 8, 8)[0], noise(1, 8, 8)[:, :1], noise(0, 8, 8)])
def test_bad_images(network: FeatureNet, bad: Tensor) -> None:
    with pytest.raises(InputError, match=r"the means network got .* expected torch\.uint8 of shape \(N, 3, H, W\)"):
        network(bad)


def test_the_networks_of_the_folder_are_found() -> None:
    assert {"inception", "inception-torch", "inception-clean", "effnet", "dinov2", "alexnet-places365"} <= set(
        features.names()
    )
    with pytest.raises(InputError, match="closest: 'inception'"):
        features.create("inceptionv3")


def test_a_digest_tells_its_parts_apart() -> None:
    assert combined_digest("a", "b") != combined_digest("b", "a")
    assert len(combined_digest("a")) == 64
