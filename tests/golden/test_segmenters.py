"""The families of segmenters, with fixtures of our own making: depths, widths, classes and sizes that no file has.

That the networks are the official ones, `test_replay.py` says where the official outputs are at hand, and
`tests/segmenters/test_pinned.py` everywhere.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from segmenters.deeplabv2 import DeepLabV2
from segmenters.drn import DRN, BasicBlock, Bottleneck
from segmenters.upernet import Decoder, Encoder, UPerNet
from tests.golden import deeplabv2, drn, mmseg, upernet
from tests.golden._fixture import UnreadableFixtureError, replay
from tests.golden._segmenters import Stored, statistics

SEED, GAIN = 5, 2.0
Made = tuple[nn.Module, dict[str, str], dict[str, Tensor]]


def image(height: int, width: int) -> Tensor:
    return torch.randn(2, 3, height, width, generator=torch.Generator().manual_seed(0))


def fill(network: nn.Module) -> None:
    """The recipe, for a network that is no fixture yet."""
    state = {key: drn.refill(key, tuple(x.shape), SEED, GAIN) for key, x in network.state_dict().items()}
    network.load_state_dict(state)
    network.eval()


def drn_of(block: type[BasicBlock | Bottleneck]) -> Made:
    network = DRN(block, (1, 2, 1, 2), (4, 4, 8, 8, 12, 16, 20, 24, 28), num_classes=7)
    fill(network)
    x = image(20, 28)
    stage = network.base[:3](x)
    coarse = network.seg(network.base(x))
    logprob = network.up(coarse).log_softmax(dim=1)  # 24 x 32, as the official network leaves it
    labels = logprob.argmax(dim=1).byte()
    outputs = {"logits_stride8": coarse, "logprob": logprob, "argmax": labels, "stats.base.2": statistics(stage)}
    return network, {"arch": "drn_d_9"}, {"input": x, **outputs}


def upernet_of(block: type[BasicBlock | Bottleneck], dilated: bool) -> Made:
    planes, scales = (4, 6, 8, 10), (1, 3)
    encoder = Encoder(block, (1, 2, 2, 1), dilated, planes, (3, 5, 6))
    decoder = Decoder(7, [width * block.expansion for width in planes], width=9, ppm_width=4, scales=scales)
    network = UPerNet(encoder, decoder, 7, 8 if dilated else 32)
    fill(network)
    x = image(64, 96)
    features = network.encoder(x)
    logits = network.decoder(features)
    probabilities = nn.functional.interpolate(logits, (31, 50), mode="bilinear").softmax(dim=1)
    config = {
        "decoder": "upernet",
        "encoder": "resnet6dilated" if dilated else "resnet6",
        "segSize": "[31, 50]",
        "pool_scales": json.dumps(scales),
    }
    outputs = {
        "logprob_stride4": logits.log_softmax(dim=1),
        "argmax": probabilities.argmax(dim=1).byte(),
        "pmax": probabilities.amax(dim=1),
        "prob_class0": probabilities[:, 0].contiguous(),
        "stats.encoder.layer4": statistics(features[-1]),
    }
    return network, config, {"input": x, **outputs}


def deeplabv2_of() -> Made:
    network = DeepLabV2((1, 2, 1, 1), 7, widths=(4, 8, 12, 16, 20), rates=(2, 3))
    fill(network)
    x = image(33, 41)
    scores = network.logits(x)
    full = nn.functional.interpolate(scores, (33, 41), mode="bilinear")
    outputs = {
        "logits_single_scale": network.base(x),
        "logits_msc": scores,
        "argmax": full.argmax(dim=1).byte(),
        "stats.base.layer2": statistics(network.base[:2](x)),
    }
    return network, {"atrous_rates": "[2, 3]", "msc_scales": "[0.5, 0.75]"}, {"input": x, **outputs}


MADE: dict[str, Callable[[], Made]] = {
    "DRN, basic blocks": lambda: drn_of(BasicBlock),
    "DRN, bottlenecks": lambda: drn_of(Bottleneck),
    "UPerNet, basic blocks": lambda: upernet_of(BasicBlock, dilated=False),
    "UPerNet, dilated": lambda: upernet_of(BasicBlock, dilated=True),
    "UPerNet, dilated bottlenecks": lambda: upernet_of(Bottleneck, dilated=True),
    "DeepLabV2": deeplabv2_of,
}


def write(path: Path, made: Made) -> Path:
    network, config, tensors = made
    state = {key: list(x.shape) for key, x in network.state_dict().items()}
    if isinstance(network, UPerNet):  # the official batch normalisation has more buffers
        state |= {"encoder.bn1._tmp_running_mean": [3], "encoder.bn1._running_iter": [1]}
    keys = json.dumps([[key, shape, "float32"] for key, shape in state.items()])
    tensors = {key: x.contiguous() for key, x in tensors.items()}
    save_file(tensors, path, {**config, "seed": str(SEED), "gain": str(GAIN), "keys": keys})
    return path


@torch.no_grad()
@pytest.mark.parametrize("name", MADE)
def test_other_sizes_replay_and_a_wrong_number_shows(tmp_path: Path, name: str) -> None:
    network, config, tensors = MADE[name]()
    path = write(tmp_path / "fixture.safetensors", (network, config, tensors))
    rows = replay(path)
    assert [row for row in rows if not row[1] <= row[2]] == []
    assert {tensor.removesuffix(".sum_abs") for tensor, _, _ in rows} == tensors.keys() - {"input"}
    for changed in tensors.keys() - {"input", "argmax"}:
        wrong = {**tensors, changed: tensors[changed] * 1.001}
        rows = replay(write(path, (network, config, wrong)))
        assert {tensor.removesuffix(".sum_abs") for tensor, error, allowed in rows if error > allowed} == {changed}
    wrong = {**tensors, "argmax": tensors["argmax"].clone()}
    wrong["argmax"][0, :5, :5] += 1
    rows = replay(write(path, (network, config, wrong)))
    assert [tensor for tensor, error, allowed in rows if error > allowed] == ["argmax"]


@torch.no_grad()
def test_another_geometry_under_the_same_keys_shows(tmp_path: Path) -> None:
    network, config, tensors = upernet_of(BasicBlock, dilated=True)
    rows = replay(write(tmp_path / "fixture.safetensors", (network, {**config, "encoder": "resnet6"}, tensors)))
    assert not all(error <= allowed for _, error, allowed in rows)


@torch.no_grad()
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"msc_scales": "[0.5]"}, r"reads the scales \(0\.5,\); the official ones are \(0\.5, 0\.75\)"),
        ({"unheard-of": None}, "lacks what its family needs: KeyError"),
    ],
)
def test_what_no_family_computes_is_unreadable(tmp_path: Path, change: dict[str, str | None], message: str) -> None:
    network, config, tensors = deeplabv2_of()
    config |= {key: value for key, value in change.items() if value is not None}
    tensors |= {key: torch.ones(1) for key, value in change.items() if value is None}
    with pytest.raises(UnreadableFixtureError, match=message):
        replay(write(tmp_path / "fixture.safetensors", (network, config, tensors)))


def test_mmsegmentation_of_other_sizes(tmp_path: Path) -> None:
    if importlib.util.find_spec("mmseg") is None:
        pytest.skip("mmsegmentation is not installed: replaying its networks was not tested")
    from segmenters._mmcv_lite import ensure_mmseg
    from segmenters._mmseg import MmsegModel, read_configuration

    ensure_mmseg()
    read = read_configuration("upernet_r18_4xb4-160k_ade20k-512x512")
    head, auxiliary = read.model.decode_head, read.model.auxiliary_head
    head.channels, auxiliary.channels, head.num_classes, auxiliary.num_classes = 12, 6, 4, 4
    model = MmsegModel(read, "mmseg:test").eval().model
    fill(model)
    x = image(64, 64)[:1]
    with torch.no_grad():
        logits, further = model(x, mode="tensor"), model.auxiliary_head(model.extract_feat(x))
    full = nn.functional.interpolate(logits, (20, 30), mode="bilinear")
    tensors = {"logits_stride4": logits, "aux_logits_stride16": further, "argmax": full.argmax(dim=1).byte()}
    made = (model, {"backbone": "ResNetV1c-18", "out_size": "[20, 30]"}, {"input": x, **tensors})
    rows = replay(write(tmp_path / "fixture.safetensors", made))
    assert [(tensor, error <= allowed) for tensor, error, allowed in rows] == [(key, True) for key in sorted(tensors)]


def test_each_fixture_has_one_family() -> None:
    for name, family in (("DRN, basic blocks", drn), ("UPerNet, dilated", upernet), ("DeepLabV2", deeplabv2)):
        network, config, _ = MADE[name]()
        metadata = {**config, "keys": json.dumps([[key, [], ""] for key in network.state_dict()])}
        assert [f for f in (drn, upernet, deeplabv2, mmseg) if f.handles(metadata)] == [family]


def test_the_weight_recipe_of_a_segmenter() -> None:
    """The self-check that the fixtures come with; the upsampling of DRN is a constant."""
    assert drn.refill("seg.bias", [19])[:3].tolist() == pytest.approx([-0.120437, -0.084329, -0.128328], abs=1e-6)
    assert drn.refill("up.weight", [3, 1, 16, 16]).sum((1, 2, 3)).tolist() == pytest.approx([64] * 3)


def test_statistics_of_an_output_that_later_layers_overwrite(tmp_path: Path) -> None:
    """ReLUs work in place: statistics are taken when a module returns."""
    network = nn.Sequential(nn.Identity(), nn.ReLU(inplace=True))
    stored = Stored({}, {}, {"stats.0": torch.zeros(5), "input": torch.zeros(1)})
    with stored.watching(network) as found:
        network(torch.tensor([-2.0, 4.0]))
    assert found["stats.0"].tolist() == pytest.approx([1.0, 18**0.5, -2.0, 4.0, 6.0])
