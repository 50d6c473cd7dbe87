"""A small U-Net from layout to photo, trained with a hinge loss against a patch discriminator, and the L1 distance.

A method is a `Generator`, the `Objective` that trains it, and recipes. sisbench brings the training loop.
"""

from __future__ import annotations

from pathlib import Path

import torch
from generators import Generator, GeneratorError, Objective, Recipe, Stages, register, xavier_init
from torch import Tensor, nn
from torch.nn import functional as F

QUICK = Recipe(
    source="ours: half a minute on one core; chosen by eye on blocktown",
    model={"width": 16},
    discriminator={"width": 16},
    loss_weights={"gan": 1.0, "l1": 20.0},
    batch_size=2,
    steps=200,
    decay_steps=100,
    lr_g=2e-3,
    lr_d=1e-3,
    betas=(0.5, 0.99),
    init_gain=0.7,
)


class Patches(nn.Module):
    """Layout and image to one judgement for each patch of 22x22 pixels.

    Args:
        channels: Channels of condition and image together.
        width: Channels of the first layer.
    """

    def __init__(self, channels: int, width: int = 32) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(channels, width, 4, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(width, 2 * width, 4, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(2 * width, 1, 4, padding=1),
        )

    def forward(self, cond: Tensor, image: Tensor) -> Tensor:
        """Judge (N, C, H, W) and (N, 3, H, W): (N, 1, H / 4 - 1, W / 4 - 1), above 0 for real."""
        judged: Tensor = self.layers(torch.cat([cond, image], 1))
        return judged


class HingeAndL1(Objective):
    """Terms "gan" (hinge) and "l1" of G, "fake" and "real" of D.

    Args:
        generator: The network to be trained.
        recipe: Loss weights, and the width of D.
        vgg_weights: Not used: no term is perceptual.
    """

    def __init__(self, generator: Generator, recipe: Recipe, vgg_weights: Path | None = None) -> None:
        super().__init__(generator, recipe, vgg_weights)
        self.discriminator = Patches(generator.cond_channels + 3, **recipe.discriminator)
        xavier_init(self.discriminator, recipe.init_gain)

    def discriminator_module(self) -> nn.Module:
        """Return D."""
        return self.discriminator

    def generator_terms(self, cond: Tensor, real: Tensor, stages: Stages) -> dict[str, Tensor]:
        """Loss terms of G; one of weight 0 is not computed."""
        terms = {}
        if self.weight("gan"):
            terms["gan"] = -self.discriminator(cond, stages["image"]).mean()
        if self.weight("l1"):
            terms["l1"] = F.l1_loss(stages["image"], real)
        return terms

    def discriminator_terms(self, cond: Tensor, real: Tensor, stages: Stages) -> dict[str, Tensor]:
        """Loss terms of D."""
        return {
            "fake": F.relu(1 + self.discriminator(cond, stages["image"])).mean(),
            "real": F.relu(1 - self.discriminator(cond, real)).mean(),
        }


@register(
    "tiny_unet",
    title="Tiny U-Net",
    task="layout",
    paper="none: an example of a plug-in",
    conditions=("layout", "edges"),
    recipes={"quick": QUICK},
    objective=HingeAndL1,
)
class TinyUNet(Generator):
    """Two halvings, two doublings, and a shortcut at each size.

    Args:
        num_labels: Channels of the one-hot layout, the unknown label included.
        edges: Whether an instance-edge channel follows the layout.
        size: Height and width of the image, multiples of 4.
        width: Channels at full size.

    Raises:
        GeneratorError: The size is no multiple of 4.
    """

    def __init__(self, num_labels: int, edges: bool, size: tuple[int, int], width: int = 16) -> None:
        if size[0] % 4 or size[1] % 4:
            raise GeneratorError(
                f"tiny_unet cannot be built for {size[0]}x{size[1]}: it halves twice. Choose multiples of 4."
            )
        super().__init__(num_labels, edges, size)
        self.enter = nn.Conv2d(self.cond_channels, width, 3, padding=1)
        self.down = nn.Conv2d(width, 2 * width, 4, stride=2, padding=1)
        self.bottom = nn.Conv2d(2 * width, 4 * width, 4, stride=2, padding=1)
        self.up = nn.Conv2d(4 * width + 2 * width, 2 * width, 3, padding=1)
        self.leave = nn.Conv2d(2 * width + width, width, 3, padding=1)
        self.to_rgb = nn.Conv2d(width, 3, 3, padding=1)

    def stages(self, cond: Tensor, noise: Tensor | None = None) -> Stages:
        """Compute "image" from cond (N, C, H, W); the method draws no noise."""
        full = F.leaky_relu(self.enter(cond), 0.2)
        half = F.leaky_relu(self.down(full), 0.2)
        quarter = F.leaky_relu(self.bottom(half), 0.2)
        half = F.leaky_relu(self.up(torch.cat([F.interpolate(quarter, scale_factor=2.0), half], 1)), 0.2)
        full = F.leaky_relu(self.leave(torch.cat([F.interpolate(half, scale_factor=2.0), full], 1)), 0.2)
        return {"image": torch.tanh(self.to_rgb(full))}
