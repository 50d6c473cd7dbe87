"""Every contract of segmenters and feature networks is broken by one that does one thing wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import segmenters
from segmenters import Segmenter, Weights
from sisbench import features
from sisbench.contracts import features as feature_contracts
from sisbench.contracts import segmenters as segmenter_contracts
from sisbench.features import FeatureNet, Unavailable
from sisbench.features._base import Trunk
from tests.sisbench.contracts.breaking import assert_all_seen, assert_broken, assert_kept, outcome

NAME = "probe"
DIGEST = "0" * 64


class Right(Segmenter):
    """One convolution."""

    def __init__(self, num_classes: int, input_scale: float) -> None:
        super().__init__(num_classes, (0.5, 0.5, 0.5), (0.2, 0.2, 0.2), input_scale)
        self.conv = nn.Conv2d(3, num_classes, 1)

    def logits(self, normalised: Tensor) -> Tensor:
        return self.conv(normalised)  # type: ignore[no-any-return]


class Small(Right):
    """Labels every second pixel."""

    def evidences(self, image: Tensor, sizes: Any) -> list[Tensor]:
        return [x[..., ::2, ::2] for x in super().evidences(image, sizes)]


class Bytes(Right):
    """Gives bytes."""

    def forward(self, image: Tensor) -> Tensor:
        return super().forward(image).byte()


class Generous(Right):
    """Gives a class more than it has."""

    def forward(self, image: Tensor) -> Tensor:
        return super().forward(image) + self.num_classes


class Infinite(Right):
    """Scores that are not finite."""

    def logits(self, normalised: Tensor) -> Tensor:
        return super().logits(normalised) / 0


class Frozen(Right):
    """Scores without a gradient."""

    @torch.no_grad()
    def scores(self, image: Tensor) -> Tensor:
        return super().scores(image)


class Noisy(Right):
    """Scores with noise."""

    def logits(self, normalised: Tensor) -> Tensor:
        return super().logits(normalised) * torch.rand(())


class Social(Right):
    """Scores that depend on the batch."""

    def logits(self, normalised: Tensor) -> Tensor:
        scores = super().logits(normalised)
        return scores - scores.mean(0)


class Careless(Right):
    """Takes whatever comes."""

    def _check_input(self, image: Tensor, size: Any) -> tuple[int, int]:
        return image.shape[-2], image.shape[-1]


class Trainee(Right):
    """Labels images in training mode."""

    def _check_eval(self) -> None:
        pass


class Loaded(Right):
    """Keeps the statistics of images in its state."""

    def __init__(self, num_classes: int, input_scale: float) -> None:
        super().__init__(num_classes, input_scale)
        mean, std = self.mean, self.std
        del self.mean, self.std
        self.register_buffer("mean", mean)
        self.register_buffer("std", std)


class Hidden(Right):
    """Has a number that its state does not hold."""

    def __init__(self, num_classes: int, input_scale: float) -> None:
        super().__init__(num_classes, input_scale)
        self.register_buffer("shift", torch.rand(num_classes, 1, 1), persistent=False)

    def logits(self, normalised: Tensor) -> Tensor:
        return super().logits(normalised) + self.shift


class Loose(Right):
    """Its state is the same whatever the classes."""

    def __init__(self, num_classes: int, input_scale: float) -> None:
        super().__init__(num_classes, input_scale)
        self.conv = nn.Conv2d(3, 9, 1)

    def logits(self, normalised: Tensor) -> Tensor:
        return super().logits(normalised)[:, : self.num_classes]


def known(**facts: Any) -> dict[str, Any]:
    """Weights that say all there is to say, but for what is changed."""
    right = {"tag": "town", "file": "none.pth", "num_classes": 2, "label_space": "town", "origin": "here"}
    return {"weights": (Weights(**{**right, "licence": "CC0-1.0", **facts}),)}


SEGMENTERS: list[tuple[str, Any, dict[str, Any], str]] = [
    ("declares_what_it_is", Right, {"paper": ""}, "it has no paper"),
    ("declares_what_it_is", Right, {"doc": None}, "its builder has no docstring"),
    ("declares_what_it_is", Right, known(licence=""), "the weights 'town' have no licence"),
    ("declares_what_it_is", Right, {"weights": known()["weights"] * 2}, "a tag stands twice"),
    ("labels_every_pixel", Small, {}, "label maps have shape (2, 6, 10), not (2, 12, 20)"),
    ("labels_every_pixel", Bytes, {}, "label maps are torch.uint8"),
    ("labels_every_pixel", Generous, {}, "labels reach from 1 to 1 with 1 classes"),
    ("scores_every_class", Infinite, {}, "scores at input scale 1.0 are not finite"),
    ("scores_every_class", Frozen, {}, "scores carry no gradient"),
    ("is_deterministic", Noisy, {}, "a second call gives other scores"),
    ("is_deterministic", Social, {}, "alone and in a batch of 3 differ"),
    ("other_images_are_refused", Careless, {}, "floats are taken"),
    ("other_images_are_refused", Trainee, {}, "images in training mode are taken"),
    ("state_holds_the_network_alone", Loaded, {}, "its state holds mean, std"),
    ("state_makes_the_same_network", Hidden, {}, "loaded weights give other scores"),
    ("state_makes_the_same_network", Loose, {}, "weights for 5 classes are taken for 6"),
    ("known_weights_load", Right, known(file="{folder}/other.pth"), "does not fit this segmenter"),
]


class Mean(Trunk):
    """Mean of each channel."""

    heads = MappingProxyType({"pooled": 3})

    def forward(self, image: Tensor, heads: Any) -> dict[str, Tensor]:
        return {"pooled": image.float().mean((2, 3))}


def trunk(change: Any, length: int = 3) -> Any:
    """A builder of a network whose vectors are changed."""

    class Wrong(Mean):
        heads = MappingProxyType({"pooled": length})

        def forward(self, image: Tensor, heads: Any) -> dict[str, Tensor]:
            return {"pooled": change(super().forward(image, heads)["pooled"])}

    return lambda device: FeatureNet(NAME, DIGEST, Wrong(), device)


class Careful(FeatureNet):
    """Takes floats."""

    def extract(self, image: Tensor, heads: Any) -> dict[str, Tensor]:
        return super().extract(image.byte(), heads)


FEATURES: list[tuple[str, Any, str]] = [
    ("names_itself", lambda device: FeatureNet("other", DIGEST, Mean(), device), "it is called 'other'"),
    ("names_itself", lambda device: FeatureNet(NAME, "new", Mean(), device), "its digest 'new' is no SHA-256"),
    ("names_itself", lambda device: FeatureNet(NAME, f"{torch.rand(()):064f}"[:64], Mean(), device), "digest changes"),
    ("gives_vectors", trunk(lambda x: x, 4), "'pooled' has shape (2, 3), not (2, 4)"),
    ("gives_vectors", trunk(lambda x: x / 0 - x / 0), "'pooled' is not finite"),
    ("vectors_follow_their_images", trunk(lambda x: x - x.mean(0)), "alone and in a batch of 3 differ"),
    ("vectors_follow_their_images", trunk(lambda x: 0 * x), "two images have one vector"),
    ("other_images_are_refused", lambda device: Careful(NAME, DIGEST, Mean(), device), "floats are taken"),
]


@pytest.fixture
def registered(tmp_path: Path) -> Iterator[Any]:
    """Register a segmenter or a feature network for one test."""
    torch.save({"conv.weight": torch.zeros(2, 4, 1, 1)}, tmp_path / "other.pth")

    def register_segmenter(network: Any, paper: str = "a test", weights: Any = (), doc: str | None = "A test.") -> None:
        def build(classes: int, input_scale: float) -> Segmenter:
            return network(classes, input_scale)  # type: ignore[no-any-return]

        build.__doc__ = doc
        placed = [Weights(**{**vars(w), "file": w.file.format(folder=tmp_path)}) for w in weights]
        segmenters.register(NAME, paper=paper, weights=tuple(placed))(build)

    yield {"segmenters": register_segmenter, "features": lambda build: features.register(NAME)(build)}
    for entries in (segmenters._registry._architectures, features._registry._entries):
        entries._entries.pop(NAME, None)
        entries._modules.pop(NAME, None)


def test_right_networks_keep_every_contract(registered: Any) -> None:
    registered["segmenters"](Right)
    registered["features"](trunk(lambda x: x))
    assert_kept(segmenter_contracts.SUITE, NAME)
    assert_kept(feature_contracts.SUITE, NAME)


def test_every_contract_is_seen_to_fail() -> None:
    assert_all_seen(segmenter_contracts.SUITE, SEGMENTERS)
    assert_all_seen(feature_contracts.SUITE, FEATURES)


@pytest.mark.parametrize(
    ("contract", "network", "facts", "reason"), SEGMENTERS, ids=[f"{c}-{r}" for c, *_, r in SEGMENTERS]
)
def test_a_broken_segmenter_is_found(
    registered: Any, contract: str, network: Any, facts: dict[str, Any], reason: str
) -> None:
    registered["segmenters"](network, **facts)
    assert_broken(segmenter_contracts.SUITE, contract, NAME, reason)


@pytest.mark.parametrize(("contract", "build", "reason"), FEATURES, ids=[f"{c}-{r}" for c, _, r in FEATURES])
def test_a_broken_feature_network_is_found(registered: Any, contract: str, build: Any, reason: str) -> None:
    registered["features"](build)
    assert_broken(feature_contracts.SUITE, contract, NAME, reason)


def test_weights_that_are_elsewhere_are_not_held_against_a_network(registered: Any) -> None:
    def missing(device: Any) -> FeatureNet:
        raise Unavailable("the weights of a test are nowhere")

    registered["features"](missing)
    registered["segmenters"](Right, **known())
    assert {found.status for found in feature_contracts.SUITE.run(NAME)} == {"n/a"}
    found = outcome(segmenter_contracts.SUITE, "known_weights_load", NAME)
    assert (found.status, "the published file none.pth is neither" in found.reason) == ("n/a", True)
    registered_with_none = outcome(segmenter_contracts.SUITE, "known_weights_load", "drn_d_22")
    assert registered_with_none.reason == "it is known with no weights"


@pytest.mark.parametrize("name", ["drn_d_22_quarter"])
def test_the_shipped_segmenter_keeps_every_contract(name: str) -> None:
    assert [found for found in segmenter_contracts.SUITE.run(name) if found.status != "ok"] == []
