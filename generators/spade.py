"""SPADE / GauGAN (Park et al., CVPR 2019), with and without the style encoder, in the official key layout.

Where paper and code differ, the recipes named as data sets follow the code, which made the published numbers and the
released checkpoints; the recipes "...-paper" have what the text says:

- Adam's second beta is 0.9 in the code and 0.999 in the text (the authors confirmed the code's);
- Cityscapes is trained in batches of 16 by the code's default and of 32 by the text.

The text has spectral norm on all layers of both networks. It is on the convolutions of G's residual blocks and on the
normed ones of D, and keys and shapes of the released checkpoints leave no choice in that.
"""

from __future__ import annotations

import dataclasses
import itertools
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generators._base import Generator, Stages
from generators._patch_objective import PatchObjective
from generators._recipe import Recipe
from generators._registry import register
from generators._spade_decoder import SpadeDecoder, Upsampling
from generators.layers.blocks import xavier_init
from generators.layers.losses import kl_loss
from generators.layers.norms import CondPyramid, spectral_norm

CITYSCAPES = Recipe(
    source="Park et al. 2019, sec. 4 and appendix A; official code for betas, batch and loss weights",
    size=(256, 512),
    model={"upsampling": "more"},
    discriminator={"width": 64, "layers": 4, "scales": 2},
    loss_weights={"gan": 1.0, "feature_matching": 10.0, "vgg": 10.0, "kl": 0.05},  # kl: with a style encoder
    batch_size=16,  # default of the official Cityscapes loader; the paper says 32
    epochs=100,
    decay_epochs=100,
    lr_g=1e-4,
    lr_d=4e-4,
    betas=(0.0, 0.9),
)
ADE20K = dataclasses.replace(CITYSCAPES, size=(256, 256), model={"upsampling": "normal"}, batch_size=32)
COCO = dataclasses.replace(
    ADE20K,
    epochs=100,
    decay_epochs=0,
    source="Park et al. 2019, appendix A: 100 epochs, batch 32; the text names no decay for COCO-Stuff",
)
FLICKR = dataclasses.replace(
    COCO,
    epochs=50,
    source="Park et al. 2019, appendix A: Flickr Landscapes, 50 epochs, batch 32; layouts of COCO-Stuff's labels",
)


def _as_printed(recipe: Recipe) -> Recipe:
    """Return a training with the values of the paper's text."""
    return dataclasses.replace(
        recipe,
        source="Park et al. 2019, sec. 4 and appendix A, as printed: betas 0 and 0.999, batch 32",
        batch_size=32,
        betas=(0.0, 0.999),
    )


def _with_style(recipe: Recipe) -> Recipe:
    """Return the variational training of the same paper (sec. 3): a style of 256 numbers, encoded from the photo."""
    return dataclasses.replace(recipe, model={**recipe.model, "z_dim": 256})


QUICK = Recipe(
    source="ours: minutes on two CPU cores; chosen by measurement on tinytown, no published counterpart",
    model={"width": 8, "hidden": 16, "upsampling": "more"},
    discriminator={"width": 16, "layers": 3, "scales": 2},
    loss_weights={"gan": 1.0, "feature_matching": 10.0, "l1": 100.0, "texture": 50.0, "kl": 0.05},
    batch_size=1,
    steps=650,
    decay_steps=300,
    lr_g=2e-3,
    lr_d=5e-4,
    betas=(0.5, 0.99),
    fresh_fakes=False,
    init_gain=0.7,
)


class StyleEncoder(nn.Module):
    """Image to mean and log variance of its style (SPADE's netE).

    Args:
        width: Channels of the first layer; the generator's width in the official code.
        z_dim: Dimensions of the style.
        deep: A sixth layer, which the official code has for images at least 256 wide; the input is resized to 256x256.
    """

    def __init__(self, width: int = 64, z_dim: int = 256, deep: bool = True) -> None:
        super().__init__()
        widths = [3, width, 2 * width, 4 * width, 8 * width, 8 * width] + ([8 * width] if deep else [])
        self.layers = len(widths) - 1
        for i, (fin, fout) in enumerate(itertools.pairwise(widths), start=1):
            conv = spectral_norm(nn.Conv2d(fin, fout, 3, stride=2, padding=1, bias=False))
            self.add_module(f"layer{i}", nn.Sequential(conv, nn.InstanceNorm2d(fout)))
        side = 256 // 2**self.layers
        self.fc_mu = nn.Linear(8 * width * side * side, z_dim)
        self.fc_var = nn.Linear(8 * width * side * side, z_dim)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Encode (N, 3, H, W) in [-1, 1]; return mu and logvar, each (N, z_dim)."""
        x = image
        if tuple(x.shape[2:]) != (256, 256):
            x = F.interpolate(x, size=(256, 256), mode="bilinear", align_corners=False)
        for i in range(1, self.layers + 1):
            x = F.leaky_relu(self.get_submodule(f"layer{i}")(x), 0.2)
        x = x.flatten(1)
        return self.fc_mu(x), self.fc_var(x)


class SpadeObjective(PatchObjective):
    """SPADE's losses; with a style encoder also "kl", and images are drawn from the real image's style."""

    def __init__(self, generator: Generator, recipe: Recipe, vgg_weights: Path | None = None) -> None:
        super().__init__(generator, recipe, vgg_weights)
        self.style: StyleEncoder | None = None
        if isinstance(generator, Spade) and generator.z_dim:
            self.style = StyleEncoder(generator.width, generator.z_dim)
            xavier_init(self.style, recipe.init_gain)

    def encoder(self) -> nn.Module | None:
        """Return the style encoder, if there is one."""
        return self.style

    def stages(self, generator: Generator, cond: Tensor, real: Tensor) -> Stages:
        """Run G on the style of the real image (z = mu + eps * exp(logvar / 2))."""
        if self.style is None:
            return super().stages(generator, cond, real)
        mu, logvar = self.style(real)
        z = mu + torch.randn_like(mu) * torch.exp(0.5 * logvar)
        return {**generator.stages(cond, z), "mu": mu, "logvar": logvar}

    def generator_terms(self, cond: Tensor, real: Tensor, stages: Stages) -> dict[str, Tensor]:
        """Loss terms of G and E."""
        terms = super().generator_terms(cond, real, stages)
        if "mu" in stages and self.weight("kl"):
            terms["kl"] = kl_loss(stages["mu"], stages["logvar"])
        return terms


@register(
    "spade",
    title="SPADE",
    task="layout",
    paper="Park et al., Semantic Image Synthesis with Spatially-Adaptive Normalization, CVPR 2019",
    conditions=("layout", "edges"),
    recipes={
        "cityscapes": CITYSCAPES,
        "ade20k": ADE20K,
        "ade20k_outdoors": ADE20K,
        "coco_stuff": COCO,
        "flickr_landscapes": FLICKR,
        "cityscapes-paper": _as_printed(CITYSCAPES),
        "ade20k-paper": _as_printed(ADE20K),
        "coco_stuff-paper": _as_printed(COCO),
        "cityscapes-style": _with_style(CITYSCAPES),
        "ade20k-style": _with_style(ADE20K),
        "coco_stuff-style": _with_style(COCO),
        "quick": QUICK,
        "quick-style": _with_style(QUICK),
    },
    objective=SpadeObjective,
)
class Spade(SpadeDecoder):
    """SPADE blocks from the downsampled layout, or from a style vector, to the image.

    Args:
        num_labels: Channels of the one-hot layout, the unknown label included.
        edges: Whether an instance-edge channel follows the layout.
        size: Height and width of the image.
        width: Channels before the last convolution (ngf).
        upsampling: "more" for 256x512, "normal" for 256x256, as published; "most" for larger images.
        hidden: Width inside the SPADE norms.
        z_dim: Dimensions of the style vector; 0 starts from the layout (the published checkpoints), 256 is the
            variational variant.
        noise_channels: Channels of 3D noise before the layout; SPADE has none.

    Raises:
        GeneratorError: The size is no multiple of what the upsampling makes.
    """

    def __init__(
        self,
        num_labels: int,
        edges: bool,
        size: tuple[int, int],
        width: int = 64,
        upsampling: Upsampling = "normal",
        hidden: int = 128,
        z_dim: int = 0,
        noise_channels: int = 0,
    ) -> None:
        super().__init__(num_labels, edges, size, width, upsampling, hidden, noise_channels)
        self.width, self.z_dim = width, z_dim
        height, start_width = self.start_size
        if z_dim:
            self.fc: nn.Module = nn.Linear(z_dim, 16 * width * height * start_width)
        else:
            self.fc = nn.Conv2d(self.input_channels, 16 * width, 3, padding=1)

    def stages(self, cond: Tensor, noise: Tensor | None = None) -> Stages:
        """Compute "image" from cond (N, C, H, W) and, in the variational variant, noise (N, z_dim)."""
        if self.z_dim:
            if noise is None:
                raise ValueError("the variational SPADE needs a style vector; draw one with sample_noise")
            x = self.fc(noise).view(-1, 16 * self.width, *self.start_size)
        else:
            x = self.fc(F.interpolate(cond, size=self.start_size, mode="nearest"))
        return {"image": self.decode(x, CondPyramid(cond))}

    def sample_noise(self, n: int, rng: torch.Generator | None = None) -> Tensor | None:
        """Draw n styles from the standard normal; None in the deterministic variant."""
        return torch.randn(n, self.z_dim, generator=rng) if self.z_dim else None
