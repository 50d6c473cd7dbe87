"""Replay of the fixtures of CSAIL's UPerNet: weights refilled by name, encoder and decoder under their prefixes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import torch

from segmenters.upernet import BasicBlock, Bottleneck, Decoder, Encoder, UPerNet
from tests.golden._fixture import Comparison
from tests.golden._segmenters import Shapes, Stored, count

UNUSED = ("_tmp_running_mean", "_tmp_running_var", "_running_iter")
"""Buffers of the official batch normalisation that its evaluation does not read."""


def handles(config: Mapping[str, str]) -> bool:
    """Whether a fixture with this metadata is one of CSAIL's UPerNet."""
    return config.get("decoder") == "upernet" and '"encoder.conv1.weight"' in config.get("keys", "")


@torch.no_grad()
def replay(path: Path) -> list[Comparison]:
    """Run the network of a fixture and compare everything it stores."""
    stored = Stored.read(path)
    network = build(stored.shapes, stored.config).eval()
    stored.fill(network, ignored=UNUSED)
    normalised = stored.tensors["input"]
    with stored.watching(network) as found:
        logits = network.logits(normalised)
    probabilities = network.probabilities(logits, stored.size("segSize"))
    highest, labels = probabilities.max(dim=1)
    found |= {
        "logprob_stride4": logits.log_softmax(dim=1),
        "pmax": highest,
        "prob_class0": probabilities[:, 0],
        "argmax": labels.byte(),
    }
    return stored.compare(found)


def build(shapes: Shapes, config: Mapping[str, str]) -> UPerNet:
    """Build the network that keys, shapes and the name of the encoder describe."""

    def width(key: str) -> int:
        return int(shapes[f"{key}.weight"][0])

    block = Bottleneck if "encoder.layer1.0.conv3.weight" in shapes else BasicBlock
    stages = [f"encoder.layer{stage}" for stage in range(1, 5)]
    depths = [count(shapes, f"{stage}.") for stage in stages]
    planes = [width(f"{stage}.0.conv1") for stage in stages]
    stem = [width(f"encoder.conv{index}") for index in range(1, 4)]
    dilated = config["encoder"].endswith("dilated")
    encoder = Encoder(block, tuple(depths), dilated, tuple(planes), tuple(stem))  # type: ignore[arg-type]
    classes = width("decoder.conv_last.1")
    channels = [size * block.expansion for size in planes]
    scales = json.loads(config.get("pool_scales", "[1, 2, 3, 6]"))
    decoder = Decoder(classes, channels, width("decoder.ppm_last_conv.0"), width("decoder.ppm_conv.0.0"), scales)
    return UPerNet(encoder, decoder, classes, 8 if dilated else 32)
