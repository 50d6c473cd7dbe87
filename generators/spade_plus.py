"""SPADE+, the baseline of OASIS (Schönfeld et al., ICLR 2021, sec. 3): SPADE without feature matching, with an average.

It has no code or weights of its own; the paper defines it. Images come from an exponential moving average of the
generator. The recipes named as data sets have the perceptual loss, "...-no-vgg" do not (Table 1); of the multi-modal
ones (Table 2), "...-style" has SPADE's style encoder, "...-noise" 3D noise: a vector of 64 numbers, repeated over the
layout and concatenated before it, at the input and in every norm. All other values are SPADE's.

The paper says nothing of betas (here those of SPADE's code), of edges (as in SPADE), nor of the batch statistics of the
average; they are taken as in OASIS' code: averaged, then renewed by 51 batches.
"""

from __future__ import annotations

import dataclasses

import torch
from torch import Tensor

from generators import spade
from generators._base import Stages
from generators._errors import GeneratorError
from generators._recipe import Recipe
from generators._registry import register
from generators._spade_decoder import Upsampling
from generators.layers.noise import draw_noise, spread_noise

SOURCE = "Schönfeld et al. 2021, sec. 3, 'SPADE+': no feature matching, average with 0.9999; the rest as SPADE"


def _plus(recipe: Recipe) -> Recipe:
    """Return the training of SPADE+ that goes with one of SPADE."""
    return dataclasses.replace(
        recipe,
        source=SOURCE,
        loss_weights={term: weight for term, weight in recipe.loss_weights.items() if term != "feature_matching"},
        ema_decay=0.9999,
        ema_whole_state=True,
        ema_refresh=51,
    )


CITYSCAPES, ADE20K, COCO = _plus(spade.CITYSCAPES), _plus(spade.ADE20K), _plus(spade.COCO)

QUICK = dataclasses.replace(
    _plus(spade.QUICK),
    source="ours: minutes on two CPU cores; SPADE's quick recipe without feature matching, with a shorter average",
    ema_decay=0.99,
)


def _without_vgg(recipe: Recipe) -> Recipe:
    return dataclasses.replace(recipe, loss_weights={k: v for k, v in recipe.loss_weights.items() if k != "vgg"})


def _with(recipe: Recipe, **model: int) -> Recipe:
    return dataclasses.replace(recipe, model={**recipe.model, **model})


@register(
    "spade_plus",
    title="SPADE+",
    task="layout",
    paper="Schönfeld et al., You Only Need Adversarial Supervision for Semantic Image Synthesis, ICLR 2021",
    conditions=("layout", "edges"),
    recipes={
        "cityscapes": CITYSCAPES,
        "ade20k": ADE20K,
        "ade20k_outdoors": ADE20K,
        "coco_stuff": COCO,
        "cityscapes-no-vgg": _without_vgg(CITYSCAPES),
        "ade20k-no-vgg": _without_vgg(ADE20K),
        "ade20k_outdoors-no-vgg": _without_vgg(ADE20K),
        "coco_stuff-no-vgg": _without_vgg(COCO),
        "ade20k-style": _with(ADE20K, z_dim=256),
        "ade20k-noise": _with(ADE20K, noise_channels=64),
        "ade20k-noise-no-vgg": _without_vgg(_with(ADE20K, noise_channels=64)),
        "quick": QUICK,
        "quick-style": _with(QUICK, z_dim=256),
        "quick-noise": _with(QUICK, noise_channels=16),
    },
    objective=spade.SpadeObjective,
)
class SpadePlus(spade.Spade):
    """SPADE's generator, deterministic, from a style, or with 3D noise.

    Args:
        num_labels: Channels of the one-hot layout, the unknown label included.
        edges: Whether an instance-edge channel follows the layout.
        size: Height and width of the image.
        width: Channels before the last convolution (ngf).
        upsampling: "more" for 256x512, "normal" for 256x256, as published; "most" for larger images.
        hidden: Width inside the SPADE norms.
        z_dim: Dimensions of the style vector; 256 is the variant with an encoder.
        noise_channels: Dimensions of the 3D noise; 64 is the variant with noise.

    Raises:
        GeneratorError: The size is no multiple of what the upsampling makes, or both a style and noise are asked for.
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
        if z_dim and noise_channels:
            raise GeneratorError(
                f"SPADE+ draws images from a style or from 3D noise; got z_dim={z_dim} and "
                f"noise_channels={noise_channels}. Leave one of them 0."
            )
        super().__init__(num_labels, edges, size, width, upsampling, hidden, z_dim, noise_channels)

    @property
    def noise_maps(self) -> bool:
        """Whether noise may be a map: 3D noise may, a style may not."""
        return bool(self.noise_channels)

    def stages(self, cond: Tensor, noise: Tensor | None = None) -> Stages:
        """Compute "image" from cond (N, C, H, W) and what the variant draws from.

        Args:
            cond: One-hot layout, then edges.
            noise: Nothing; a style (N, z_dim); or 3D noise, vectors (N, noise_channels) or a map (N, noise_channels, H,
                W).
        """
        if not self.noise_channels:
            return super().stages(cond, noise)
        if noise is None:
            raise ValueError("SPADE+ with 3D noise needs noise; draw it with sample_noise")
        return super().stages(torch.cat((spread_noise(noise.to(cond), self.size), cond), dim=1))

    def sample_noise(self, n: int, rng: torch.Generator | None = None) -> Tensor | None:
        """Draw n styles, or n vectors of 3D noise, from the standard normal; None in the deterministic variant."""
        return draw_noise(n, self.noise_channels, rng) if self.noise_channels else super().sample_noise(n, rng)
