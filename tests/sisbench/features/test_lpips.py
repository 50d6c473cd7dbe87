from __future__ import annotations

import importlib.util
import itertools
import warnings
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from generators import ensure_torchvision
from sisbench import weights
from sisbench.errors import InputError
from sisbench.features import lpips
from sisbench.features.lpips import LPIPS, NETS
from tests.sisbench.features._noise import noise

each_net = pytest.mark.parametrize("net", sorted(NETS))


def linear_file(net: str) -> Path:
    """The real linear weights, in the package that publishes them."""
    spec = importlib.util.find_spec("lpips")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "weights" / "v0.1" / f"{net}.pth"


def linear_state(net: str) -> dict[str, Tensor]:
    state: dict[str, Tensor] = torch.load(linear_file(net), map_location="cpu", weights_only=True)
    return state


def peer(net: str) -> Any:
    """The original, on a trunk of random weights."""
    ensure_torchvision()
    import lpips as original

    torch.manual_seed(0)
    with warnings.catch_warnings():  # it calls torchvision with arguments of old
        warnings.simplefilter("ignore", UserWarning)
        return original.LPIPS(net=net, pnet_rand=True, verbose=False)


def trunk_state(original: Any) -> dict[str, Tensor]:
    """The peer's trunk under the keys of torchvision."""
    return {f"features.{key.split('.', 1)[1]}": value for key, value in original.net.state_dict().items()}


def build(net: str) -> tuple[LPIPS, Any]:
    original = peer(net)
    return LPIPS(net, "d" * 64, trunk_state(original), linear_state(net), "cpu"), original


@pytest.fixture(scope="module")
def alex() -> LPIPS:
    return build("alex")[0]


def samples() -> Tensor:
    """Four images: noise, the same darker, half the same, and the first again."""
    image = noise(3, 64, 80)
    image[1] = image[0] // 2
    image[2, :, :32] = image[0, :, :32]
    return torch.cat([image, image[:1]])


@each_net
def test_it_agrees_with_the_lpips_package(net: str) -> None:
    ours, original = build(net)
    image = samples()
    scaled = image.float() / 127.5 - 1
    with torch.no_grad():
        expected = [
            original(scaled[i : i + 1], scaled[j : j + 1]).item() for i, j in itertools.combinations(range(4), 2)
        ]
    found = ours.pairwise(image)
    assert found.dtype == torch.float64
    assert found.tolist() == pytest.approx(expected, abs=1e-6)
    assert found[2] == 0  # the first image and its copy, exactly
    assert min(expected[:2]) > 0.01

    embedded = ours.embed(image)
    assert len(embedded) == len(NETS[net].taps)
    distances = [
        sum((maps[i].double() - maps[j].double()).square().sum().item() for maps in embedded)
        for i, j in itertools.combinations(range(4), 2)
    ]
    assert found.tolist() == pytest.approx(distances, abs=1e-6)


@each_net
def test_the_smallest_image(net: str) -> None:
    ours, _ = build(net)
    side = NETS[net].shortest
    assert ours.pairwise(noise(2, side, side + 3)).isfinite().all()
    with pytest.raises(InputError, match=f"images of {side + 5}x{side - 1}; .* at least {side}"):
        ours.pairwise(noise(2, side + 5, side - 1))


@settings(max_examples=10, deadline=None)
@given(st.permutations(range(5)))
def test_the_order_of_the_images_permutes_the_pairs(alex: LPIPS, order: list[int]) -> None:
    image = noise(5, 32, 40)
    pairs = list(itertools.combinations(range(5), 2))
    found = dict(zip(pairs, alex.pairwise(image).tolist(), strict=True))
    again = alex.pairwise(image[order]).tolist()
    for (i, j), distance in zip(pairs, again, strict=True):
        a, b = sorted((order[i], order[j]))
        assert distance == pytest.approx(found[a, b], rel=1e-5)


def test_every_image_goes_through_the_trunk_once(alex: LPIPS, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    handle = alex._stages[0].register_forward_hook(lambda _module, inputs, _output: seen.append(len(inputs[0])))
    alex.pairwise(noise(9, 32, 32))
    handle.remove()
    assert sum(seen) == 9
    assert max(seen) <= lpips.IMAGES_PER_CALL


def test_from_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = peer("squeeze")
    trunk = tmp_path / "squeezenet.pth"
    torch.save({**trunk_state(original), "classifier.1.weight": torch.zeros(1)}, trunk)
    places = {"squeezenet1_1-imagenet": trunk, "lpips-squeeze-v0.1": linear_file("squeeze")}
    monkeypatch.setattr(weights, "find", places.__getitem__)
    network = lpips.create("squeeze")
    assert len(network.digest) == 64
    expected = LPIPS("squeeze", "", trunk_state(original), linear_state("squeeze"), "cpu").pairwise(samples())
    assert torch.equal(network.pairwise(samples()), expected)
    torch.save(trunk_state(original) | {"unused": torch.zeros(1)}, trunk)
    assert lpips.create("squeeze").digest != network.digest


@each_net
def test_the_registered_files_are_there_to_find(net: str) -> None:
    assert {NETS[net].trunk, f"lpips-{net}-v0.1"} <= set(weights.names())


def test_bad_input(alex: LPIPS) -> None:
    with pytest.raises(InputError, match=r"lpips-alex network got torch\.float32"):
        alex.embed(noise(1, 64, 64).float())
    with pytest.raises(InputError, match="got 1 image"):
        alex.pairwise(noise(1, 64, 64))
    with pytest.raises(InputError, match="closest: 'alex'"):
        lpips.create("alexnet")
    trunk = trunk_state(peer("alex"))
    negative = linear_state("alex")
    negative["lin2.model.1.weight"] = negative["lin2.model.1.weight"] - 1
    with pytest.raises(InputError, match="expected 5 without negative"):
        LPIPS("alex", "", trunk, negative, "cpu")
    with pytest.raises(InputError, match="are 7 with weights"):
        LPIPS("alex", "", trunk, linear_state("squeeze"), "cpu")
