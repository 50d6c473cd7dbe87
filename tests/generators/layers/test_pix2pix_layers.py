"""The layers of pix2pix: U-Net, PatchGAN, pixel discriminator, batch norm by the batch, dropout by given numbers."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from generators import parameter_count
from generators.layers.batch_norm import BatchNorm, use_batch_statistics
from generators.layers.dropout import Dropout
from generators.layers.patchgan import PatchGAN, PixelGAN, bce
from generators.layers.unet import NormName, UNet
from tests.generators.pinned import TOLERANCE, summary, waves
from tests.generators.test_paper_sizes import layout
from tests.golden._key_hash import refill_all

# Batch norm


def moved(norm: nn.BatchNorm2d) -> nn.BatchNorm2d:
    refill_all(norm)
    return norm


def test_it_is_torchs_in_training_and_in_evaluation() -> None:
    ours, theirs, x = moved(BatchNorm(3)), moved(nn.BatchNorm2d(3)), waves(2, 3, 4, 5)
    for training in (True, False):
        torch.testing.assert_close(ours.train(training)(x), theirs.train(training)(x), rtol=0, atol=0)
    torch.testing.assert_close(ours.state_dict(), theirs.state_dict(), rtol=0, atol=0)


def test_by_its_batch_it_is_torchs_in_training_and_leaves_the_running_statistics() -> None:
    norm, x = moved(BatchNorm(3)), waves(4, 3, 2, 2)
    before = {key: value.clone() for key, value in norm.state_dict().items()}
    use_batch_statistics(norm)
    found = norm.eval()(x)
    torch.testing.assert_close(norm.state_dict(), before, rtol=0, atol=0)
    torch.testing.assert_close(found, moved(nn.BatchNorm2d(3)).train()(x), rtol=0, atol=0)


@pytest.mark.parametrize("by_batch", [False, True])
def test_a_single_value_is_normalised_by_the_running_statistics_which_stay(by_batch: bool) -> None:
    norm, x = moved(BatchNorm(3)), waves(1, 3, 1, 1)
    if by_batch:
        use_batch_statistics(norm)
    before = {key: value.clone() for key, value in norm.state_dict().items()}
    expected = moved(nn.BatchNorm2d(3)).eval()(x)
    for training in (True, False):
        torch.testing.assert_close(norm.train(training)(x), expected, rtol=0, atol=0)
    torch.testing.assert_close(norm.state_dict(), before, rtol=0, atol=0)
    assert norm.train()(x).requires_grad


# Dropout


def test_given_numbers_decide_in_the_order_of_the_calls() -> None:
    drop = Dropout(False, torch.tensor([[1.0, 0, 1, 0, 0], [0, 1, 1, 1, 0]]))
    assert drop(torch.ones(2, 2, 1, 2) * 3)[:, :, 0].tolist() == [[[6, 0], [6, 0]], [[0, 6], [6, 6]]]
    assert drop(torch.ones(2, 1, 1, 1)).flatten().tolist() == [0, 0]


def test_without_numbers_the_mode_decides() -> None:
    x = torch.ones(1, 1, 100, 100)
    assert Dropout(False)(x) is x
    found = Dropout(True)(x)
    assert set(found.unique().tolist()) == {0.0, 2.0}
    assert found.mean().item() == pytest.approx(1, abs=0.05)


# U-Net


@pytest.mark.parametrize(("levels", "places"), [(5, []), (6, [4]), (8, [6, 5, 4])])
def test_dropout_is_on_the_levels_of_eightfold_width_but_not_on_the_innermost(levels: int, places: list[int]) -> None:
    side = 2**levels
    network, seen = UNet(3, 3, 1, levels), []

    class Noted(Dropout):
        def __call__(self, x: Tensor) -> Tensor:
            seen.append((x.shape[1], side // x.shape[2]))
            return x

    with torch.no_grad():
        network.eval()(torch.zeros(1, 3, side, side), Noted(False))
    assert seen == [(8, 2**level) for level in places]
    assert network.dropped_values((side, side)) == sum(8 * (side // 2**level) ** 2 for level in places)
    assert UNet(3, 3, 1, levels, dropout=False).dropped_values((side, side)) == 0


def test_it_has_five_levels_at_least() -> None:
    assert UNet(3, 3, 1, 4).levels == 5
    assert parameter_count(UNet(3, 3, 2, 4)) == parameter_count(UNet(3, 3, 2, 5))


@torch.no_grad()
def test_the_feature_is_what_the_last_convolution_sees() -> None:
    network = UNet(3, 5, 2, 5).eval()
    feature, image = network(waves(1, 3, 32, 64))
    assert feature.shape == (1, 4, 16, 32)
    assert feature.min() == 0
    assert torch.equal(image, torch.tanh(network.model["3"](feature)))
    assert image.shape == (1, 5, 32, 64)


def test_convolutions_have_a_bias_before_an_instance_norm_alone() -> None:
    norms: tuple[NormName, ...] = ("batch", "instance", "instance-tracked")
    for norm in norms:
        keys = set(UNet(3, 3, 2, 5, norm).state_dict())
        assert ("model.0.bias" in keys) == (norm != "batch")
        assert ("model.1.model.1.bias" in keys) == (norm != "batch")
        assert ("model.1.model.2.running_mean" in keys) == (norm != "instance")
        assert ("model.1.model.2.weight" in keys) == (norm == "batch")
        assert "model.3.bias" in keys


@torch.no_grad()
@pytest.mark.parametrize("norm", ["instance", "instance-tracked"])
def test_instance_norms_use_running_statistics_where_they_have_any(norm: NormName) -> None:
    torch.manual_seed(0)
    network, x = UNet(3, 3, 2, 5, norm, dropout=False), waves(2, 3, 64, 64)
    image = network.train()(x)[1]
    torch.testing.assert_close(network.eval()(x)[1], image, rtol=0, atol=0) if norm == "instance" else None
    assert (norm == "instance") == torch.equal(network.eval()(x)[1], image)


# Discriminators


@torch.no_grad()
def test_patches_of_the_published_discriminator() -> None:
    assert PatchGAN(6, 2)(torch.zeros(1, 6, 256, 256)).shape == (1, 1, 30, 30)
    assert PatchGAN(6, 2)(torch.zeros(1, 6, 70, 70)).shape == (1, 1, 6, 6)


@pytest.mark.parametrize(("layers", "last", "width"), [(1, 5, 2), (2, 8, 4), (3, 11, 8), (4, 14, 8), (5, 17, 8)])
def test_other_numbers_of_layers(layers: int, last: int, width: int) -> None:
    network = PatchGAN(6, 1, layers)
    convolutions = [module for module in network.modules() if isinstance(module, nn.Conv2d)]
    assert [conv.stride[0] for conv in convolutions] == [2] * layers + [1, 1]
    assert f"model.{last}.bias" in network.state_dict()
    assert convolutions[-1].in_channels == width


def test_biases_of_the_discriminators() -> None:
    def biased(network: nn.Module) -> list[bool]:
        return [m.bias is not None for m in network.modules() if isinstance(m, nn.Conv2d)]

    assert biased(PatchGAN(6, 1)) == [True, False, False, False, True]
    assert biased(PatchGAN(6, 1, bias=True)) == [True] * 5
    assert biased(PatchGAN(6, 1, norm="instance")) == [True] * 5
    assert biased(PixelGAN(6, 1)) == [True, False, False]
    assert biased(PixelGAN(6, 1, norm="instance-tracked")) == [True] * 3


def test_cross_entropy_by_hand() -> None:
    logits = torch.tensor([[[[0.0, 2.0]]]])
    likely = 1 / (1 + math.exp(-2))
    expected = (math.log(2) - 0.9 * math.log(likely) - 0.1 * math.log(1 - likely)) / 2
    assert bce(logits, 0.9).item() == pytest.approx(expected)
    assert bce(logits, 0.0).item() == pytest.approx((math.log(2) - math.log(1 - likely)) / 2)


# Sizes of the papers


def test_parameters() -> None:
    with torch.device("meta"):
        assert parameter_count(UNet(3, 3)) == 54_413_955
        assert parameter_count(UNet(6, 3)) == 54_417_027
        assert parameter_count(UNet(3, 3, 4)) == 213_675
        assert parameter_count(PatchGAN(6)) == 2_768_705
        assert parameter_count(PatchGAN(6, norm="instance-tracked")) == 2_767_809


@pytest.mark.golden
def test_keys_and_shapes_are_those_of_official_checkpoints(golden_folder: Path) -> None:
    with torch.device("meta"):
        wrapped = nn.ModuleDict({"model": UNet(3, 3)})
        for name, network in (("pix2pix-unet256-G", wrapped), ("pix2pix-D", PatchGAN(6))):
            state = json.loads((golden_folder / "keys" / f"{name}.json").read_text())["state"]
            assert layout(network) == {key: (tuple(shape), dtype) for key, (shape, dtype) in state.items()}


# Pinned outputs; see test_pinned


@torch.no_grad()
def test_the_pinned_networks() -> None:
    x = waves(2, 6, 64, 64)
    found = {}
    for name, network in (
        ("unet", UNet(6, 3, 2, 6)),
        ("unet, instance", UNet(6, 3, 2, 6, "instance-tracked")),
        ("patchgan", PatchGAN(6, 2)),
        ("patchgan, instance", PatchGAN(6, 2, norm="instance-tracked")),
        ("pixelgan", PixelGAN(6, 2)),
    ):
        refill_all(network)
        output = network.eval()(x)
        found[name] = summary(output[1] if isinstance(output, tuple) else output)
    assert found == {name: pytest.approx(values, abs=TOLERANCE) for name, values in PINNED.items()}


PINNED: dict[str, list[float]] = {
    "unet": [-0.017229, 0.178245, 0.013638, 0.001208, -0.196914, -0.133011],
    "unet, instance": [-0.013133, 0.198551, -0.043963, -0.00137, -0.244525, -0.115544],
    "patchgan": [0.145784, 0.086644, 0.13836, 0.064432, 0.13703, 0.212991],
    "patchgan, instance": [0.120813, 0.079369, 0.102687, 0.079461, 0.187233, 0.169009],
    "pixelgan": [-0.133397, 0.045462, -0.18532, -0.136654, -0.062438, -0.115387],
}
