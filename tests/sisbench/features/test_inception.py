from __future__ import annotations

import io
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from generators import ensure_torchvision
from sisbench import features, weights
from sisbench.features import Unavailable
from sisbench.features.inception import Inception, prepare_clean, prepare_tf1, prepare_torch
from tests.golden._key_hash import refill
from tests.sisbench.features._noise import noise, relative_error

State = dict[str, Tensor]
NAMES = ("inception", "inception-torch", "inception-clean")


@pytest.fixture(scope="module")
def state() -> State:
    """A state of the official keys and shapes, refilled from them; batch norms matter in it."""
    torchvision = ensure_torchvision()
    with torch.device("meta"):
        network = torchvision.models.Inception3(num_classes=1008, aux_logits=False, init_weights=False)
    return {key: refill(key, list(value.shape), gain=2.0) for key, value in network.state_dict().items()}


@pytest.fixture
def published(state: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The published file is not part of the project: one of the same keys and shapes stands in."""
    path = tmp_path / "weights-inception.pth"
    torch.save(state, path)
    monkeypatch.setattr(weights, "find", {"inception-2015-12-05": path}.__getitem__)
    return path


def test_it_agrees_with_torch_fidelity(state: State) -> None:
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    copy = io.BytesIO()
    torch.save(state, copy)
    copy.seek(0)
    extractor = FeatureExtractorInceptionV3("", ["2048", "logits_unbiased"], feature_extractor_weights_path=copy)
    image = noise(2, 40, 56)
    pooled, logits = extractor(image)
    found = Inception(state, prepare_tf1).eval()(image, ["pooled", "logits"])
    assert relative_error(found["pooled"], pooled) < 1e-5
    assert relative_error(found["logits"], logits) < 1e-5
    assert set(Inception(state, prepare_tf1).eval()(image[:1], ["pooled"])) == {"pooled"}


def test_from_its_file(published: Path) -> None:
    image = noise(2, 48, 96)
    networks = {name: features.create(name) for name in NAMES}
    found = {name: network.extract(image, ["pooled", "logits"]) for name, network in networks.items()}
    for heads in found.values():
        assert {head: tuple(value.shape) for head, value in heads.items()} == {"pooled": (2, 2048), "logits": (2, 1008)}
        assert all(value.dtype == torch.float64 and value.isfinite().all() for value in heads.values())
        assert not torch.equal(heads["pooled"][0], heads["pooled"][1])
    for a, b in [(0, 1), (0, 2), (1, 2)]:
        assert relative_error(found[NAMES[a]]["pooled"], found[NAMES[b]]["pooled"]) > 1e-3
    assert len({network.digest for network in networks.values()}) == 3


def test_the_networks_hold_no_batch_norm(state: State) -> None:
    assert not any(isinstance(module, nn.BatchNorm2d) for module in Inception(state, prepare_tf1).modules())


@pytest.mark.parametrize(
    ("prepare", "black", "white"),
    [(prepare_tf1, -1, 127 / 128), (prepare_torch, -1, 1), (prepare_clean, -1, 127 / 128)],
)
def test_scales_by_hand(prepare: type[nn.Module], black: float, white: float) -> None:
    for byte, value in ((0, black), (255, white)):
        found = prepare(torch.full((1, 3, 7, 5), byte, dtype=torch.uint8))
        assert (found.shape, found.dtype) == ((1, 3, 299, 299), torch.float32)
        assert found.min().item() == pytest.approx(value, abs=1e-6)
        assert found.max().item() == pytest.approx(value, abs=1e-6)


def test_torch_has_half_pixel_centres() -> None:
    row = torch.tensor([0, 255], dtype=torch.uint8).view(1, 1, 1, 2).expand(1, 3, 1, 2)
    found = prepare_torch(row)[0, 0, 0]
    assert found[149].item() == pytest.approx(0, abs=1e-6)  # the middle of 299 lies between both
    assert torch.allclose(found, -found.flip(0), atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_without_its_weights(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for variable in ("SISBENCH_WEIGHTS", "TORCH_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(variable, raising=False)
    with pytest.raises(Unavailable, match="6726825d"):
        features.create(name)
