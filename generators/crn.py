"""CRN, cascaded refinement networks (Chen and Koltun, ICCV 2017): one image of a layout, or nine at once.

Facts: the paper, and the values of the official code. Parameters are named as the variables of the official TensorFlow
checkpoints, with dots (`generators._tensorflow`); docs/weights.md says how such a checkpoint becomes a file for us.

The published network of 256 rows makes nine images of a layout. Which of them later papers evaluated is not documented;
where one image is wanted, ours is the first (index 0). The tables' 84M parameters match none of the published networks.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generators._base import Generator, Stages
from generators._errors import GeneratorError
from generators._hindsight_objective import HindsightObjective
from generators._recipe import Recipe
from generators._registry import register
from generators._tensorflow import translated
from generators.layers.normed_conv import NormedConv
from generators.layers.vgg_features import LAYERS_256P, LAYERS_512P, MATCONVNET, TORCHVISION

COARSE = ("g_4_", "g_8_", "g_16_", "g_32_", "g_64_", "g_128_", "g_256_")
"""Prefixes of the modules that the networks of 512 and 1024 rows have in common with that of 256."""

CITYSCAPES = Recipe(
    source="Chen and Koltun 2017, sec. 3 and 4; official 256p script for layer weights, Adam and length",
    size=(256, 512),
    model={"images": 9},
    loss_weights={"l1": 1.0, "vgg": 1.0},
    vgg_weights=MATCONVNET,
    vgg_layers=LAYERS_256P,
    batch_size=1,
    epochs=200,
    lr_g=1e-4,
    betas=(0.9, 0.999),  # Adam's defaults
    flip=0.0,
)
CITYSCAPES_512P = dataclasses.replace(
    CITYSCAPES,
    source="Chen and Koltun 2017, sec. 3 and 4; official 512p script, which goes on from the network of 256 rows and "
    "takes tone-enhanced photos in the place of the data set's",
    size=(512, 1024),
    model={"images": 1},
    vgg_layers=LAYERS_512P,
    epochs=20,
    start=COARSE,
)
CITYSCAPES_1024P = dataclasses.replace(
    CITYSCAPES_512P,
    source="Chen and Koltun 2017, sec. 3 and 4; official 1024p script, which goes on from the network of 512 rows, "
    "trains its two finest modules alone, and takes tone-enhanced photos in the place of the data set's",
    size=(1024, 2048),
    epochs=5,
    start_epochs=5,
)
ADE20K = dataclasses.replace(
    CITYSCAPES,
    source="ours: the 256p training of Chen and Koltun 2017 on square images. SPADE's authors, whose rows of CRN the "
    "tables have, trained the public code and do not say how",
    size=(256, 256),
)


def _with_torchvision(recipe: Recipe) -> Recipe:
    """Return the training with the VGG-19 that everybody can download in the place of the published one."""
    source = f"ours: torchvision's VGG-19 in the place of MatConvNet's; else {recipe.source}"
    return dataclasses.replace(recipe, source=source, vgg_weights=TORCHVISION)


QUICK = Recipe(
    source="ours: minutes on two CPU cores; pixel and texture terms in the place of the perceptual loss; chosen by "
    "measurement on tinytown, no published counterpart",
    model={"width": 32},
    loss_weights={"l1": 1.0, "texture": 400.0},
    batch_size=1,
    steps=1000,
    decay_steps=500,
    lr_g=2e-3,
    betas=(0.9, 0.99),
    init_gain=1.0,
)
QUICK_DIVERSE = dataclasses.replace(
    QUICK, source=f"{QUICK.source}; nine images of a layout", model={"width": 32, "images": 9}
)


@register(
    "crn",
    title="CRN",
    task="layout",
    paper="Chen and Koltun, Photographic Image Synthesis with Cascaded Refinement Networks, ICCV 2017",
    conditions=("classes",),
    recipes={
        "cityscapes": CITYSCAPES,
        "cityscapes-512p": CITYSCAPES_512P,
        "cityscapes-1024p": CITYSCAPES_1024P,
        "ade20k": ADE20K,
        "coco_stuff": ADE20K,
        "cityscapes-torchvision": _with_torchvision(CITYSCAPES),
        "ade20k-torchvision": _with_torchvision(ADE20K),
        "coco_stuff-torchvision": _with_torchvision(ADE20K),
        "quick": QUICK,
        "quick-diverse": QUICK_DIVERSE,
    },
    objective=HindsightObjective,
)
class Crn(Generator):
    """Modules from 4 to 7 rows on, each twice the size of the one before, that see the layout at their own size.

    Args:
        num_labels: Channels of the one-hot layout.
        edges: Whether an instance-edge channel follows the layout; none does in the published networks.
        size: Height and width of the image.
        width: Channels of modules below 128 rows, 1024 as published. Those of 128 and 256 rows have half of it, of 512
            an eighth, from 1024 on a 32nd.
        images: Images of a layout.
        widths: Channels of every module, coarsest first, in the place of that rule.

    Raises:
        GeneratorError: The size cannot be halved down to 4 to 7 rows, or another number of widths is given.
    """

    def __init__(
        self,
        num_labels: int,
        edges: bool,
        size: tuple[int, int],
        width: int = 1024,
        images: int = 1,
        widths: Sequence[int] | None = None,
    ) -> None:
        super().__init__(num_labels, edges, size)
        self.images, self.rows = images, _rows(size)
        channels = [_channels(width, rows) for rows in self.rows] if widths is None else list(widths)
        if len(channels) != len(self.rows):
            raise GeneratorError(
                f"CRN of {size[0]}x{size[1]} has {len(self.rows)} modules, of {', '.join(map(str, self.rows))} rows; "
                f"got {len(channels)} widths"
            )
        below = 0
        for rows, here in zip(self.rows, channels, strict=True):
            self.add_module(f"g_{rows}_conv1", NormedConv(below + self.cond_channels, here))
            self.add_module(f"g_{rows}_conv2", NormedConv(here, here))
            below = here
        self.add_module(f"g_{self.rows[-1]}_conv100", nn.Conv2d(below, 3 * images, 1))

    @classmethod
    def images_of_a_layout(cls, options: Mapping[str, Any]) -> int:
        """As many as the last layer makes."""
        return int(options.get("images", 1))

    def stages(self, cond: Tensor, noise: Tensor | None = None) -> Stages:
        """Compute "images", (N, images, 3, H, W), beyond [-1, 1] too, and "image", one of them cut to [-1, 1].

        Args:
            cond: Layout, (N, C, H, W).
            noise: Index of the image that is wanted of each layout, (N,) integers; None is the first of each.
        """
        layouts = [cond]
        while len(layouts) < len(self.rows):
            layouts.append(F.avg_pool2d(layouts[-1], 2))
        x = layouts.pop()
        for rows in self.rows:
            if rows != self.rows[0]:
                layout = layouts.pop()
                x = F.interpolate(x, size=layout.shape[2:], mode="bilinear", align_corners=True)
                x = torch.cat((x, layout), dim=1)
            x = self.get_submodule(f"g_{rows}_conv2")(self.get_submodule(f"g_{rows}_conv1")(x))
        x = self.get_submodule(f"g_{self.rows[-1]}_conv100")(x)
        # all red channels, then all green ones, then all blue ones; the official code's image is (y + 1) / 2 * 255
        images = x.view(len(x), 3, self.images, *x.shape[2:]).transpose(1, 2)
        index = torch.zeros(len(x), dtype=torch.int64) if noise is None else noise
        chosen = images[torch.arange(len(x), device=x.device), index.to(x.device)]
        return {"image": chosen.clamp(-1, 1), "images": images}

    def sample_noise(self, n: int, rng: torch.Generator | None = None) -> Tensor | None:
        """Draw which of its images is wanted of each of n layouts, (n,) integers; None where there is but one."""
        return torch.randint(self.images, (n,), generator=rng) if self.images > 1 else None

    def noise_of(self, number: int, rng: torch.Generator) -> Tensor | None:
        """Return the index itself, (1,): image 3 of a layout is the network's image 3."""
        if number >= self.images > 1:
            raise GeneratorError(f"CRN has {self.images} images of a layout; there is no number {number} (from 0)")
        return torch.tensor([number]) if self.images > 1 else None

    def adapt_state(self, state: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """Take the official TensorFlow checkpoint's variables for what they are here."""
        return translated(state)


def _rows(size: tuple[int, int]) -> list[int]:
    """Rows of the modules, coarsest first."""
    height, width = size
    rows = [height]
    while rows[-1] >= 8 and rows[-1] % 2 == 0:
        rows.append(rows[-1] // 2)
    if not 4 <= rows[-1] < 8 or width % 2 ** (len(rows) - 1):
        raise GeneratorError(
            f"CRN cannot make images of {height}x{width}: it doubles the size from 4 to 7 rows on, so the height is 4 "
            "to 7 times a power of two that divides the width. Choose such a size, such as 256x512."
        )
    return rows[::-1]


def _channels(width: int, rows: int) -> int:
    divisor = next(d for limit, d in ((128, 1), (512, 2), (1024, 8), (float("inf"), 32)) if rows < limit)
    return max(1, width // divisor)
