"""Replay of the fixtures of DeepLabV2 and its multi-scale wrapper, weights refilled by name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import torch
import torch.nn.functional as F

from segmenters.deeplabv2 import SCALES, DeepLabV2
from tests.golden._fixture import Comparison, UnreadableFixtureError
from tests.golden._segmenters import Shapes, Stored, count


def handles(config: Mapping[str, str]) -> bool:
    """Whether a fixture with this metadata is one of DeepLabV2."""
    return '"base.aspp.c0.weight"' in config.get("keys", "")


@torch.no_grad()
def replay(path: Path) -> list[Comparison]:
    """Run the network of a fixture and compare everything it stores."""
    stored = Stored.read(path)
    scales = tuple(json.loads(stored.config.get("msc_scales", json.dumps(SCALES))))
    if scales != SCALES:
        raise UnreadableFixtureError(f"{path} reads the scales {scales}; the official ones are {SCALES}")
    network = build(stored.shapes, stored.config).eval()
    stored.fill(network)
    normalised = stored.tensors["input"]
    network.reading = "single"
    with stored.watching(network) as found:
        found["logits_single_scale"] = network.logits(normalised)
    network.reading = "msc"
    found["logits_msc"] = network.logits(normalised)
    full = F.interpolate(found["logits_msc"], normalised.shape[-2:], mode="bilinear", align_corners=False)
    found["argmax"] = full.argmax(dim=1).byte()
    return stored.compare(found)


def build(shapes: Shapes, config: Mapping[str, str]) -> DeepLabV2:
    """Build the network that keys, shapes and the rates of the ASPP describe."""
    depths = [count(shapes, f"base.layer{stage}.") for stage in range(2, 6)]
    widths = [shapes["base.layer1.conv1.conv.weight"][0]]
    widths += [shapes[f"base.layer{stage}.block1.increase.conv.weight"][0] for stage in range(2, 6)]
    classes = shapes["base.aspp.c0.weight"][0]
    rates = json.loads(config.get("atrous_rates", "[6, 12, 18, 24]"))
    return DeepLabV2(tuple(depths), classes, widths=tuple(widths), rates=rates)  # type: ignore[arg-type]
