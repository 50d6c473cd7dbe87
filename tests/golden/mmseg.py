"""Replay of the fixtures of mmsegmentation's UPerNet through our adapter, weights refilled by name.

The network is built from the library's own configuration for the depth of the backbone, with the widths and classes of
the fixture.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F

from segmenters import SegmenterError
from segmenters._mmcv_lite import ensure_mmseg
from segmenters._mmseg import MmsegModel, read_configuration
from tests.golden._fixture import Comparison, UnreadableFixtureError
from tests.golden._segmenters import Shapes, Stored

NEEDS = "mmseg"
"""Package without which no fixture of this family can be replayed."""


def handles(config: Mapping[str, str]) -> bool:
    """Whether a fixture with this metadata is one of mmsegmentation's UPerNet."""
    return all(f'"{key}.weight"' in config.get("keys", "") for key in ("backbone.stem.0", "decode_head.conv_seg"))


@torch.no_grad()
def replay(path: Path) -> list[Comparison]:
    """Run the network of a fixture and compare everything it stores; without the library, none can be read."""
    stored = Stored.read(path)
    try:
        ensure_mmseg()
    except SegmenterError as error:
        raise UnreadableFixtureError(f"{path} cannot be replayed: {error}") from error
    segmenter = MmsegModel(configuration(stored.shapes, stored.config), f"mmseg:{path.stem}").eval()
    stored.fill(segmenter.model)
    normalised = stored.tensors["input"]
    with stored.watching(segmenter.model) as found:
        found["logits_stride4"] = segmenter.logits(normalised)
    found["aux_logits_stride16"] = segmenter.model.auxiliary_head(segmenter.model.extract_feat(normalised))
    # In one step, unlike the library's whole inference, which goes by way of the size of its input.
    full = F.interpolate(found["logits_stride4"], stored.size("out_size"), mode="bilinear", align_corners=False)
    found["argmax"] = full.argmax(dim=1).byte()
    return stored.compare(found)


def configuration(shapes: Shapes, config: Mapping[str, str]) -> Any:
    """Return mmsegmentation's configuration for ADE20K, with the sizes that keys and shapes say."""
    depth = config["backbone"].removeprefix("ResNetV1c-")
    read = read_configuration(f"upernet_r{depth}_4xb4-160k_ade20k-512x512")
    head, auxiliary = read.model.decode_head, read.model.auxiliary_head
    head.num_classes = auxiliary.num_classes = shapes["decode_head.conv_seg.weight"][0]
    head.channels = shapes["decode_head.conv_seg.weight"][1]
    auxiliary.channels = shapes["auxiliary_head.conv_seg.weight"][1]
    return read
