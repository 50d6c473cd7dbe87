"""Outputs of our own networks, pinned when they reproduced the official ones (`python -m tests.golden`).

    python -m tests.segmenters.pinned

writes `pinned.json` anew, from networks whose weights are a function of their names. Do that after a change that is
meant to move them, and only where the golden fixtures are at hand and agree. Two things are kept of each architecture:
the layout of the full network (shapes of its state, geometry of its layers), as a digest, and what a narrow network of
the same depth makes of an image, by each reading, as the label map and statistics of what it is the arg-max of.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

import segmenters
from segmenters import Segmenter
from segmenters.deeplabv2 import DeepLabV2
from segmenters.drn import DRN, BasicBlock, Bottleneck
from segmenters.upernet import Decoder, Encoder, UPerNet
from tests.golden import drn

FILE = Path(__file__).with_name("pinned.json")
CLASSES = 7
GEOMETRY = ("kernel_size", "stride", "padding", "dilation", "groups", "eps", "ceil_mode")
SIZE = (20, 33)
"""Size of the label maps that are kept, which is not that of the image."""


def _drn(block: type[BasicBlock | Bottleneck], depths: tuple[int, int, int, int]) -> Segmenter:
    return DRN(block, depths, (4, 4, 8, 8, 12, 16, 20, 24, 28), CLASSES)


def _upernet(block: type[BasicBlock | Bottleneck], depths: tuple[int, int, int, int], dilated: bool) -> Segmenter:
    planes = (4, 6, 8, 10)
    decoder = Decoder(CLASSES, [width * block.expansion for width in planes], width=9, ppm_width=6)
    return UPerNet(Encoder(block, depths, dilated, planes, (4, 4, 6)), decoder, CLASSES, 8 if dilated else 32)


NARROW: dict[str, Callable[[], Segmenter]] = {
    "drn_d_22": lambda: _drn(BasicBlock, (2, 2, 2, 2)),
    "drn_d_105": lambda: _drn(Bottleneck, (3, 4, 23, 3)),
    "upernet_resnet18": lambda: _upernet(BasicBlock, (2, 2, 2, 2), dilated=False),
    "upernet_resnet50": lambda: _upernet(Bottleneck, (3, 4, 6, 3), dilated=False),
    "upernet_resnet101": lambda: _upernet(Bottleneck, (3, 4, 23, 3), dilated=False),
    "upernet_resnet18dilated": lambda: _upernet(BasicBlock, (2, 2, 2, 2), dilated=True),
    "upernet_resnet50dilated": lambda: _upernet(Bottleneck, (3, 4, 6, 3), dilated=True),
    "upernet_resnet101dilated": lambda: _upernet(Bottleneck, (3, 4, 23, 3), dilated=True),
    "deeplabv2_resnet101": lambda: DeepLabV2((3, 4, 23, 3), CLASSES, widths=(4, 8, 12, 16, 20)),
}


def image() -> Tensor:
    """Return an image with slopes and steps, uint8 (1, 3, 48, 80)."""
    rows, columns = torch.arange(48).view(-1, 1), torch.arange(80).view(1, -1)
    return torch.stack([rows * 10 + columns * 3, rows * 7 + 0 * columns, columns * 6 + 0 * rows]).to(torch.uint8)[None]


def narrow(arch: str) -> Segmenter:
    """Build the narrow network of an architecture, its weights made from their names."""
    network = NARROW[arch]()
    network.load_state_dict({key: drn.refill(key, tuple(x.shape)) for key, x in network.state_dict().items()})
    return network.eval()


def layout(arch: str) -> str:
    """Digest of the full network: shapes of its state, geometry of its layers."""
    with torch.device("meta"):
        network = segmenters.create(arch, CLASSES)
    lines = [f"{key} {tuple(x.shape)}" for key, x in network.state_dict().items()]
    lines += [f"{name} {_geometry(module)}" for name, module in network.named_modules() if _geometry(module)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _geometry(module: nn.Module) -> dict[str, object]:
    return {what: getattr(module, what) for what in GEOMETRY if hasattr(module, what)}


@torch.no_grad()
def outputs(arch: str) -> dict[str, Any]:
    """What the narrow network makes of the image, by reading."""
    network = narrow(arch)
    found: dict[str, Any] = {}
    for reading in network.readings:
        network.reading = reading
        # A fifth of the short sides that UPerNet reads is enough to tell.
        network.input_scale = 0.2 if isinstance(network, UPerNet) and reading == "multi-scale" else 1.0
        evidence = network.evidence(image()).double()
        found[reading] = {
            "mean": evidence.mean(dim=(0, 2, 3)).tolist(),  # of each class
            "std": evidence.std().item(),
            "min": evidence.min().item(),
            "max": evidence.max().item(),
            "labels": ["".join(map(str, row)) for row in network(image(), SIZE)[0].tolist()],
        }
    return found


def everything() -> dict[str, Any]:
    """All that is pinned, by architecture."""
    return {arch: {"layout": layout(arch), "outputs": outputs(arch)} for arch in NARROW}


if __name__ == "__main__":
    torch.set_num_threads(1)
    FILE.write_text(json.dumps(everything(), indent=1) + "\n", encoding="utf-8")
