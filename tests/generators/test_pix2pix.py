"""Pix2pix and Pix2pix++: both networks, the plain form, parameters, official keys, pinned outputs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

import generators
from benchmarks.plain import pix2pix as plain_form
from generators import GeneratorError
from generators._encoder_decoder import EncoderDecoder
from generators.pix2pix import Pix2Pix
from tests.generators.pinned import TOLERANCE, cond, summary, waves
from tests.generators.test_paper_sizes import layout
from tests.generators.tiny import Case
from tests.golden._key_hash import refill_all

NETWORKS = ("encoder-decoder", "unet")
SIZE = (64, 64)


def built(method: str = "pix2pix", **options: Any) -> Pix2Pix:
    network = Case(method, "quick", {"levels": None, **options}).generator()
    assert isinstance(network, Pix2Pix)
    return network.eval()


def of_paper(method: str, size: tuple[int, int] = (256, 256), **options: Any) -> generators.Generator:
    with torch.device("meta"):
        return generators.create(method, num_labels=6, edges=False, size=size, **options)


@torch.no_grad()
@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("method", ["pix2pix", "pix2pix_plus"])
def test_it_is_what_the_layer_list_says(method: str, network: str) -> None:
    ours, given = built(method, network=network), Case(method, "quick").cond()
    ours.train()(given)  # statistics that are not the initial ones
    assert (ours.eval()(given) - plain_form.plain(ours)(given, None)).abs().max() < 1e-5


@torch.no_grad()
def test_the_plain_form_trains_alike() -> None:
    ours = built(width=2)
    theirs = plain_form.taken_over(plain_form.EncoderDecoder(3, 2, 6, [3]), ours.model)
    theirs.to(memory_format=torch.channels_last)  # dropout draws in the order of the memory
    x, images = waves(2, 3, *SIZE), []
    for network in (ours.model, theirs):
        torch.manual_seed(0)
        images.append(network.train()(x)[0])
    torch.testing.assert_close(images[0], images[1], rtol=0, atol=1e-6)


def test_an_unknown_network_is_refused() -> None:
    with pytest.raises(GeneratorError, match="no network 'resnet'; choose 'encoder-decoder' or 'unet'"):
        built(network="resnet")


@pytest.mark.parametrize(
    ("method", "network", "expected"),
    [
        ("pix2pix", "encoder-decoder", 39_081_987),
        ("pix2pix", "unet", 54_413_955),
        ("pix2pix_plus", "encoder-decoder", 39_085_059),
    ],
)
def test_parameters(method: str, network: str, expected: int) -> None:
    assert generators.parameter_count(of_paper(method, network=network)) == expected


@pytest.mark.parametrize("recipe", ["dayton", "dayton-64", "cvusa"])
def test_parameters_of_the_discriminator(recipe: str) -> None:
    info = generators.info("pix2pix")
    with torch.device("meta"):
        network = info.objective(of_paper("pix2pix"), info.recipes[recipe]).discriminator_module()
    assert network is not None
    assert generators.parameter_count(network) == 2_769_601


def test_at_64_rows_two_blocks_of_the_innermost_width_are_missing() -> None:
    large, small = EncoderDecoder(3, width=1, levels=8), EncoderDecoder(3, width=1, levels=6)

    def widths(network: EncoderDecoder, side: str) -> list[int]:
        blocks = [network.get_submodule(f"{side}{k}.conv") for k in range(1, network.levels + 1)]
        return [conv.get_parameter("bias").numel() for conv in blocks]

    assert widths(large, "e") == [1, 2, 4, 8, 8, 8, 8, 8]
    assert widths(large, "d") == [8, 8, 8, 8, 4, 2, 1, 3]
    assert widths(small, "e") == [1, 2, 4, 8, 8, 8]
    assert widths(small, "d") == [8, 8, 4, 2, 1, 3]


@pytest.mark.golden
def test_the_unet_has_the_keys_of_official_checkpoints(golden_folder: Path) -> None:
    state = json.loads((golden_folder / "keys" / "pix2pix-unet256-G.json").read_text())["state"]
    expected = {key: (tuple(shape), dtype) for key, (shape, dtype) in state.items()}
    assert layout(of_paper("pix2pix", network="unet")) == expected


def test_a_checkpoint_with_prefixes_and_without_counters_is_taken(tmp_path: Path) -> None:
    ours, other = built(network="unet"), built(network="unet")
    refill_all(ours)
    state = {f"module.{key}": value for key, value in ours.state_dict().items() if "num_batches" not in key}
    torch.save(state, tmp_path / "latest_net_G.pth")
    generators.load_state(other, generators.read_state(tmp_path / "latest_net_G.pth"), "latest_net_G.pth")
    given = Case("pix2pix", "quick").cond()
    assert torch.equal(ours(given), other(given))


def test_the_other_network_is_named() -> None:
    with pytest.raises(GeneratorError, match="a variant of this method with other layers"):
        generators.load_state(built(), built(network="unet").state_dict(), "latest_net_G.pth")


# Pinned outputs; see test_pinned

GAINS = {"encoder-decoder": 5.0, "unet": 2.0}
"""Gains of the weights that let signals through."""


def views(labels: int = 6) -> torch.Tensor:
    """A condition of the coordinates: a photo, a map, stripes of labels."""
    return torch.cat((waves(2, 6, *SIZE), cond(labels, False, SIZE)), dim=1)


@torch.no_grad()
@pytest.mark.parametrize("method", ["pix2pix", "pix2pix_plus"])
@pytest.mark.parametrize("network", NETWORKS)
def test_the_pinned_generator(method: str, network: str) -> None:
    ours = built(method, network=network)
    refill_all(ours, gain=GAINS[network])
    assert summary(ours(views())) == pytest.approx(PINNED[f"{method}, {network}"], abs=TOLERANCE)


PINNED: dict[str, list[float]] = {
    "pix2pix, encoder-decoder": [-0.157163, 0.280082, -0.121389, -0.082494, 0.251272, -0.520644],
    "pix2pix, unet": [-0.189406, 0.38006, -0.428326, 0.045085, -0.09925, -0.295547],
    "pix2pix_plus, encoder-decoder": [-0.189499, 0.402903, -0.519852, -0.082494, 0.071978, -0.866704],
    "pix2pix_plus, unet": [-0.227279, 0.454442, -0.478265, 0.15545, -0.458377, -0.369564],
}
