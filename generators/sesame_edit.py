"""SESAME's generator for editing (Ntavelis et al., ECCV 2020): it paints a region of a photo to fit a layout.

Adding, manipulating and erasing are one task: the user gives the layout that the region is to have. Outside of the
region the image is the photo.

The released scripts train without skip connections and not `wide`; no fixture has the other forms, and they are not
here. Instance edges have no place in the generator's input. What neither paper nor code says is ours, and the recipes
say so: which regions a training draws (`Recipe.regions`), that the photo is 0 in the region, and that all losses see
the composed image.
"""

from __future__ import annotations

import dataclasses

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generators._base import Generator, Stages
from generators._editing import EditingGenerator
from generators._errors import GeneratorError
from generators._patch_objective import PatchObjective
from generators._recipe import Recipe
from generators._registry import register
from generators.layers.blocks import SpadeBlock, xavier_init
from generators.layers.norms import CondPyramid
from generators.layers.sesame_discriminator import SesameDiscriminator
from generators.sesame import PAPER

RESIDUAL_DILATIONS = (1, 2, 2, 2)
SPADE_DILATIONS = (2, 2, 2, 2, 1)
"""By block, first to last."""

CITYSCAPES = Recipe(
    source="Ntavelis et al. 2020 and the released editing scripts: SPADE's losses and rates, batch 4, 100 + 100 "
    "epochs, no instance edges; regions are ours ('objects-v1'), theirs are not stated",
    size=(256, 512),
    discriminator={"width": 64, "layers": 4, "scales": 2},
    loss_weights={"gan": 1.0, "feature_matching": 10.0, "vgg": 10.0},
    batch_size=4,
    epochs=100,
    decay_epochs=100,
    lr_g=1e-4,
    lr_d=4e-4,
    betas=(0.0, 0.9),
    regions="objects-v1",
)
ADE20K = dataclasses.replace(CITYSCAPES, size=(256, 256))

QUICK = Recipe(
    source="ours: minutes on two CPU cores; losses, rates and length of SPADE's quick recipe, four regions a step to "
    "learn from; chosen by principle, not by scores; no published counterpart",
    model={"width": 8, "hidden": 16},
    discriminator={"width": 16, "layers": 3, "scales": 2},
    loss_weights={"gan": 1.0, "feature_matching": 10.0, "l1": 100.0, "texture": 50.0},
    batch_size=1,
    steps=650,
    decay_steps=300,
    lr_g=2e-3,
    lr_d=5e-4,
    betas=(0.5, 0.99),
    fresh_fakes=False,
    init_gain=0.7,
    regions="four-objects-v1",
)


class SesameEditObjective(PatchObjective):
    """SPADE's losses of the composed image, against the SESAME discriminator on layout and region."""

    def build_discriminator(self, generator: Generator, recipe: Recipe) -> nn.Module:
        """Build and initialise D; its condition is layout and region."""
        discriminator = SesameDiscriminator(generator.cond_channels, **recipe.discriminator)  # 3 less, 3 of the image
        xavier_init(discriminator, recipe.init_gain)
        return discriminator

    def generator_terms(self, cond: Tensor, real: Tensor, stages: Stages) -> dict[str, Tensor]:
        """Loss terms of G."""
        return super().generator_terms(cond[:, :-3], real, stages)

    def discriminator_terms(self, cond: Tensor, real: Tensor, stages: Stages) -> dict[str, Tensor]:
        """Loss terms of D."""
        return super().discriminator_terms(cond[:, :-3], real, stages)


class _NormedConv(nn.Sequential):
    """Convolution without bias, then instance norm."""

    def __init__(self, conv: nn.Conv2d) -> None:
        super().__init__(conv, nn.InstanceNorm2d(conv.out_channels))


class _ResidualBlock(nn.Module):
    """Two reflect-padded convolutions of one dilation, added to the input."""

    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        first, second = (_NormedConv(nn.Conv2d(channels, channels, 3, dilation=dilation, bias=False)) for _ in range(2))
        pads = (nn.ReflectionPad2d(dilation), nn.ReflectionPad2d(dilation))
        self.conv_block = nn.Sequential(pads[0], first, nn.ReLU(), pads[1], second)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv_block(x)  # type: ignore[no-any-return]


@register(
    "sesame_edit",
    title="SESAME (editing)",
    task="edit",
    paper=PAPER,
    conditions=("layout",),
    recipes={"cityscapes": CITYSCAPES, "ade20k": ADE20K, "quick": QUICK},
    objective=SesameEditObjective,
)
class SesameEdit(EditingGenerator):
    """A dilated bottleneck at a quarter of the size: residual blocks of photo, layout and region, then SPADE blocks.

    Args:
        num_labels: Channels of the one-hot layout, the unknown label included.
        edges: Whether an instance-edge channel follows the layout; no published model has one.
        size: Height and width of the image.
        width: Channels of the first and the last layer (ngf).
        hidden: Width inside the SPADE norms.

    Raises:
        GeneratorError: The size is no multiple of 4, or smaller than 16.
    """

    def __init__(self, num_labels: int, edges: bool, size: tuple[int, int], width: int = 64, hidden: int = 128) -> None:
        super().__init__(num_labels, edges, size)
        if size[0] % 4 or size[1] % 4 or min(size) < 16:
            raise GeneratorError(
                f"SESAME's editing generator halves its input twice and makes sizes that are multiples of 4, at least "
                f"16; got {size[0]}x{size[1]}. Choose another size."
            )
        inner, channels = 4 * width, self.cond_channels - 3
        self.init_block = nn.Sequential(
            nn.ReflectionPad2d(3), _NormedConv(nn.Conv2d(self.cond_channels, width, 7, bias=False)), nn.ReLU()
        )
        self.downlayers = nn.Sequential(
            *(
                nn.Sequential(_NormedConv(nn.Conv2d(fin, 2 * fin, 3, stride=2, padding=1, bias=False)), nn.ReLU())
                for fin in (width, 2 * width)
            )
        )
        self.resnet_core = nn.Sequential(*(_ResidualBlock(inner, dilation) for dilation in RESIDUAL_DILATIONS))
        self.spade_core = nn.ModuleList(
            SpadeBlock(inner, inner, channels, hidden, dilation=dilation) for dilation in SPADE_DILATIONS
        )
        self.uplayers = nn.ModuleList(SpadeBlock(fin, fin // 2, channels, hidden) for fin in (inner, 2 * width))
        self.conv_img = nn.Conv2d(width, 3, 3, padding=1)

    def stages(self, cond: Tensor, noise: Tensor | None = None) -> Stages:
        """Compute "painted", (N, 3, H, W) in [-1, 1], and "image", the photo with the region out of it."""
        edit = self.parts(cond)
        layout = cond[:, :-3]
        x = self.resnet_core(self.downlayers(self.init_block(torch.cat((edit.photo, layout), dim=1))))
        pyramid = CondPyramid(layout)
        if x.device.type == "cpu":  # as in SpadeDecoder
            x, pyramid = x.contiguous(memory_format=torch.channels_last), pyramid.channels_last()
        for block in self.spade_core:
            x = block(x, pyramid)
        for block in self.uplayers:
            x = block(F.interpolate(x, scale_factor=2, mode="nearest"), pyramid)
        painted = torch.tanh(self.conv_img(F.leaky_relu(x, 0.2)))
        return {"image": torch.where(edit.hole > 0, painted, edit.photo), "painted": painted}
