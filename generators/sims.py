"""SIMS, semi-parametric image synthesis (Qi et al., CVPR 2018): segments of training photos, placed and painted over.

From a memory bank of the training photos' segments, those that fit a layout's segments best are retrieved, moved by a
transformation network, ordered by an ordering network and painted on a canvas; a synthesis network makes the image of
canvas and layout. Only the synthesis network is fully known, and agrees with the official graph; how segments are
placed and what the two small networks learn from is ours, each choice with its reason where it is made
(`_sims_segments`, `_sims_canvas`, `_sims_networks`, `_sims_objective`).

Parameters of the synthesis network are named as the variables of the official TensorFlow checkpoint, with dots
(`generators._tensorflow`). That checkpoint has neither of the small networks: with it segments stay where they are
retrieved, and small ones are painted over large ones. The tables' 56M are the synthesis network's 55,671,319.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generators import _sims_bank
from generators._base import Generator, Stages
from generators._errors import GeneratorError
from generators._prepared import Report, TrainingSet
from generators._recipe import Recipe
from generators._registry import register
from generators._sims_bank import Bank
from generators._sims_canvas import Canvas, Fit, compose, practise
from generators._sims_networks import IDENTITY, Ordering, Transformation
from generators._sims_objective import SimsObjective
from generators._sims_segments import Segments
from generators._tensorflow import translated
from generators.layers.normed_conv import NormedConv
from generators.layers.vgg_features import LAYERS_512P, MATCONVNET, TORCHVISION

LEVELS = 6
_COUNTS, _FACTORS = (2, 2, 3, 3, 3, 3), (1, 2, 4, 8, 8, 8)

CITYSCAPES = Recipe(
    source="official code: loss weights, learning rates by epoch, 800 epochs; Qi et al. 2018. Ours: the weights of "
    "'transformation' and 'ordering', whose networks are ours",
    size=(256, 512),
    model={"bgr": True, "rounded": True},
    loss_weights={"l1": 1.0, "vgg": 1.0, "semantic": 10.0, "transformation": 1.0, "ordering": 1.0},
    vgg_weights=MATCONVNET,
    vgg_layers=LAYERS_512P,
    batch_size=1,
    epochs=800,
    lr_g=1e-3,
    lr_table=((1, 1e-6, 1.1), (74, 1e-3, 1.0), (113, 1e-4, 1.0)),  # min(1e-6 * 1.1^(epoch - 1), 1e-3; from 113 on 1e-4)
    betas=(0.9, 0.999),  # Adam's defaults
    flip=0.0,
)
ADE20K_OUTDOORS = dataclasses.replace(
    CITYSCAPES,
    source=f"{CITYSCAPES.source}. Known for Cityscapes; taken for the outdoor photos of ADE20K as well",
    size=(256, 256),
    model={"bgr": True},
)


def _with_torchvision(recipe: Recipe) -> Recipe:
    """Return the training with the VGG-19 that everybody can download in the place of the published one."""
    source = f"ours: torchvision's VGG-19 in the place of MatConvNet's; else {recipe.source}"
    return dataclasses.replace(recipe, source=source, vgg_weights=TORCHVISION)


QUICK = Recipe(
    source="ours: minutes on two CPU cores; pixel and texture terms in the place of the perceptual loss; chosen by "
    "measurement on tinytown, no published counterpart",
    model={"width": 8},
    loss_weights={"l1": 1.0, "texture": 64.0, "semantic": 10.0, "transformation": 10.0, "ordering": 1.0},
    batch_size=1,
    steps=500,
    decay_steps=300,
    lr_g=2e-3,
    betas=(0.9, 0.99),
    init_gain=1.0,
)
QUICK_CUT = dataclasses.replace(
    QUICK, source=f"{QUICK.source}; segments are cut to the layout", model={**QUICK.model, "fit": "layout"}
)


class _Convs(nn.Module):
    """Normed convolutions one after the other, named as in the official graph: SCOPE/SCOPE_1, SCOPE/SCOPE_2, ..."""

    def __init__(self, scope: str, fin: int, fout: int, count: int) -> None:
        super().__init__()
        for i in range(1, count + 1):
            self.add_module(f"{scope}_{i}", NormedConv(fin if i == 1 else fout, fout))

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.children():
            x = layer(x)
        return x


@register(
    "sims",
    title="SIMS (segments placed by networks of ours)",
    task="layout",
    paper="Qi et al., Semi-parametric Image Synthesis, CVPR 2018",
    conditions=("classes",),
    recipes={
        "cityscapes": CITYSCAPES,
        "ade20k_outdoors": ADE20K_OUTDOORS,
        "cityscapes-torchvision": _with_torchvision(CITYSCAPES),
        "ade20k_outdoors-torchvision": _with_torchvision(ADE20K_OUTDOORS),
        "quick": QUICK,
        "quick-cut": QUICK_CUT,
    },
    objective=SimsObjective,
)
class Sims(Generator):
    """A canvas of retrieved segments, and a U-shaped network that makes the image of layout, canvas and its mask.

    Args:
        num_labels: Channels of the one-hot layout.
        edges: Whether an instance-edge channel follows the layout; it is not looked at.
        size: Height and width of the image.
        width: Channels of the first level, 64 as published.
        halved: The published 512p network: the network runs at half the size, and two convolutions more at the whole.
            Nothing is known of its training, so no recipe has it.
        bgr: Whether canvas and image have blue first inside the network, as in the published one.
        canvas: "divided" gives the network canvases in [0, 1] always; "undivided-at-test" in [0, 255] outside training,
            which is what the official test script does to a network that was trained on [0, 1]. Which of the two made
            the published images is not known.
        fit: What gives way where a segment does not fit: "segments", the layout is edited to fit them (published), or
            "layout", they are cut to it (ours).
        rounded: Round the affine parameters to integers, as the official test on Cityscapes does.

    Raises:
        GeneratorError: The size is no multiple of 64 (128 with `halved`).
    """

    prepares: ClassVar[str] = "a memory bank of segments"

    def __init__(
        self,
        num_labels: int,
        edges: bool,
        size: tuple[int, int],
        width: int = 64,
        halved: bool = False,
        bgr: bool = False,
        canvas: Literal["divided", "undivided-at-test"] = "divided",
        fit: Fit = "segments",
        rounded: bool = False,
    ) -> None:
        super().__init__(num_labels, edges, size)
        multiple = 2**LEVELS * (2 if halved else 1)
        if size[0] % multiple or size[1] % multiple:
            raise GeneratorError(
                f"SIMS halves the size {LEVELS} times{' after a first time' if halved else ''}: it takes multiples of "
                f"{multiple}; got {size[0]}x{size[1]}. Choose another size."
            )
        self.halved, self.bgr, self.canvas, self.fit, self.rounded = halved, bgr, canvas, fit, rounded
        self.bank: Bank | None = None
        inputs, below = num_labels + 4, num_labels + 4
        for i, (count, factor) in enumerate(zip(_COUNTS, _FACTORS, strict=True), start=1):
            self.add_module(scope := f"g_encoder_conv{i}", _Convs(scope, below, below := factor * width, count))
        previous = 0
        for i in range(LEVELS, 0, -1):
            fin, fout = inputs + _FACTORS[i - 1] * width + previous, (8 if i > 1 else 4) * width
            self.add_module(scope := f"g_decoder_conv{i}", _Convs(scope, fin, fout, 2))
            previous = fout
        self.add_module(scope := "g_decoder_final", _Convs(scope, inputs + previous, 4 * width, 2))
        last = 4 * width
        if halved:
            self.add_module(scope := f"g_decoder_{size[0]}", _Convs(scope, inputs + last, 2 * width, 2))
            last = 2 * width
        self.add_module(f"g_{size[0]}_conv100", nn.Conv2d(last, 3, 1))
        self.add_module(f"g_semantic_{size[0]}_conv100", nn.Conv2d(last, num_labels, 1))
        self.transformation, self.ordering = Transformation(), Ordering(num_labels)

    @property
    def input_channels(self) -> int:
        """Layout, canvas and its mask."""
        return self.num_labels + 4

    def prepare(self, samples: TrainingSet, folder: Path, report: Report) -> None:
        """Build the memory bank: every photo, and label, place, mask and context of its segments."""
        _sims_bank.build(folder, samples, self.num_labels, self.size, report)

    def use_prepared(self, folder: Path) -> Mapping[str, Any]:
        """Read the memory bank."""
        self.bank = _sims_bank.load(folder, self.num_labels, self.size)
        return self.bank.facts

    def prepared_bytes(self, n_samples: int) -> int:
        """Photos in 8 bits and segments' numbers in 16; the segments themselves are a few percent more."""
        return n_samples * self.size[0] * self.size[1] * 5

    def stages(self, cond: Tensor, noise: Tensor | None = None) -> Stages:
        """Compute "image" from cond (N, C, H, W); "canvas" is what it was made of, "semantic" logits of its labels."""
        bank = self._require_bank()
        layouts = cond[:, : self.num_labels].argmax(1).cpu()
        canvases = [
            compose(layout, bank, self.transformation, self.ordering, self.fit, self.rounded) for layout in layouts
        ]
        return self._painted_over(cond, canvases)

    def from_photos(self, cond: Tensor, real: Tensor, layouts: Tensor, scenes: list[Segments]) -> Stages:
        """Compute the same from canvases that are made of training photos.

        Args:
            cond: (N, C, H, W).
            real: Photos, (N, 3, H, W) in [-1, 1].
            layouts: Label ids, int64 (N, H, W), on the CPU.
            scenes: Segments of each.
        """
        bank, photos = self._require_bank(), (real.cpu() + 1) / 2
        canvases = [practise(*parts, bank) for parts in zip(layouts, photos, scenes, strict=True)]
        return self._painted_over(cond, canvases)

    def synthesise(self, layout: Tensor, canvas: Tensor, painted: Tensor) -> tuple[Tensor, Tensor]:
        """Run the published network.

        Args:
            layout: One-hot, (N, C, H, W).
            canvas: (N, 3, H, W), in the network's own order of colours and scale.
            painted: 1 where the canvas is painted, (N, 1, H, W).

        Returns:
            Image, (N, 3, H, W), beyond [-1, 1] too, in the network's own order of colours; logits of the semantic head,
            (N, C, H, W).
        """
        whole = torch.cat((layout, canvas, painted), dim=1)
        height, width = (side // (2 if self.halved else 1) for side in self.size)
        inputs = _resized(whole, (height, width))
        x, pools = inputs, []
        for i in range(1, LEVELS + 1):
            x = _pooled(self.get_submodule(f"g_encoder_conv{i}")(x))
            pools.append(x)
        parts: list[Tensor] = []
        for i in range(LEVELS, 0, -1):
            here = (height >> i, width >> i)
            x = self.get_submodule(f"g_decoder_conv{i}")(
                torch.cat([_resized(inputs, here), pools[i - 1], *parts], dim=1)
            )
            x = _resized(x, (2 * here[0], 2 * here[1]))
            parts = [x]
        x = self.get_submodule("g_decoder_final")(torch.cat((inputs, x), dim=1))
        if self.halved:
            x = _resized(x, self.size)
            x = self.get_submodule(f"g_decoder_{self.size[0]}")(torch.cat((whole, x), dim=1))
        image = self.get_submodule(f"g_{self.size[0]}_conv100")(x)
        return image, self.get_submodule(f"g_semantic_{self.size[0]}_conv100")(x)

    def adapt_state(self, state: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """Take the official checkpoint's variables for what they are here, and segments as they come (see above)."""
        found = dict(translated(state))
        placing = {k: v for k, v in self.state_dict().items() if k.startswith(("transformation.", "ordering."))}
        if not any(key in found for key in placing):
            found |= {key: torch.zeros_like(value) for key, value in placing.items()}
            found["transformation.head.bias"] = torch.tensor(IDENTITY)
        return found

    def _require_bank(self) -> Bank:
        if self.bank is None:
            raise GeneratorError("SIMS has no memory bank yet; give it what it has prepared ('use_prepared').")
        return self.bank

    def _painted_over(self, cond: Tensor, canvases: list[Canvas]) -> Stages:
        """Synthesise images of canvases."""
        edited = torch.stack([canvas.layout for canvas in canvases]).to(cond.device)
        layout = F.one_hot(edited, self.num_labels).permute(0, 3, 1, 2).to(cond)
        photo = torch.stack([canvas.photo for canvas in canvases]).to(cond)
        painted = torch.stack([canvas.painted for canvas in canvases]).to(cond)
        scale = 255 if self.canvas == "undivided-at-test" and not self.training else 1
        image, semantic = self.synthesise(layout, self._turned(photo) * scale, painted)
        image = self._turned(image)
        return {
            "image": image.clamp(-1, 1),
            "images": image[:, None],
            "semantic": semantic,
            "canvas": photo * 2 - 1,
            "painted": painted,
        }

    def _turned(self, image: Tensor) -> Tensor:
        return image.flip(1) if self.bgr else image


def _resized(x: Tensor, size: tuple[int, int]) -> Tensor:
    """Bilinear, corners kept, as TensorFlow 1 resizes with `align_corners`."""
    return x if tuple(x.shape[2:]) == size else F.interpolate(x, size=size, mode="bilinear", align_corners=True)


def _pooled(x: Tensor) -> Tensor:
    """3x3 average pooling of stride 2, "SAME": of even sizes, beyond the last row and column nothing is counted."""
    return F.avg_pool2d(x, 3, 2, ceil_mode=True)
