"""SelectionGAN (Tang et al., CVPR 2019): a coarse image of the other view, then a mixture of ten at every pixel.

Three networks, as in the official files: Gi paints the source photo and the colour map of the target view to a coarse
image, Gs reads the colour map back off an image, and Ga, the selection module, makes the final image from the features
of both. Released checkpoints are several files, `<epoch>_net_{Gi,Gs,Ga}.pth`; all of them together are one state here
(`generators.read_state` of their folder), and `SelectionGAN.official_state` writes them again.

The published numbers were made by networks with batch norm from images of 286 pixels cut to 256, once at random, in the
test as well; they are scored on the final image, which the official code calls `I`.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import torch
from torch import Tensor, nn

from generators._base import Generator, Objective, Stages
from generators._crossview import COLOURS, PHOTO, CrossViewGenerator
from generators._errors import GeneratorError
from generators._recipe import Recipe
from generators._registry import register
from generators._selectiongan_module import SelectionModule
from generators.layers.blocks import initialise
from generators.layers.losses import total_variation
from generators.layers.patchgan import PatchGAN, bce
from generators.layers.texture import texture_energies, texture_loss
from generators.layers.unet import UNet

FINAL_GAN, FINAL_PIXEL, FINAL_SEMANTICS = 4.0, 2.0, 2.0
"""How much the final image counts in a term where the coarse one counts 1."""

DAYTON = Recipe(
    source="Tang et al. 2019, sec. 4; official code for lengths (its readme; one of its scripts has 10 + 10 epochs), "
    "decay, crops and loss weights",
    size=(256, 256),
    discriminator={"width": 64, "layers": 3},
    loss_weights={"gan": 1.0, "pixel": 100.0, "semantics": 1.0, "tv": 1e-6},
    batch_size=4,
    epochs=20,
    decay_epochs=15,
    decay="pix2pix",
    lr_g=2e-4,
    lr_d=2e-4,
    betas=(0.5, 0.999),
    flip=0.0,
    fresh_fakes=False,
    discriminator_first=True,
    load_size=(286, 286),
    init="pix2pix",
    init_gain=0.02,
)
CVUSA = dataclasses.replace(DAYTON, epochs=15)
DAYTON_64 = dataclasses.replace(
    DAYTON, size=(64, 64), model={"levels": 5}, batch_size=16, epochs=50, decay_epochs=50, load_size=(72, 72)
)
QUICK = Recipe(
    source="ours: minutes on two CPU cores; no published counterpart",
    model={"width": 16, "hidden": 16},
    discriminator={"width": 16, "layers": 3},
    loss_weights={"gan": 1.0, "pixel": 50.0, "semantics": 1.0, "tv": 1e-6, "texture": 20.0},
    batch_size=1,
    steps=300,
    decay_steps=150,
    decay="pix2pix",
    lr_g=1e-3,
    lr_d=2e-4,
    betas=(0.5, 0.999),
    flip=0.5,
    fresh_fakes=False,
    discriminator_first=True,
    init="pix2pix",
    init_gain=0.02,
)


class SelectionGANObjective(Objective):
    """SelectionGAN's losses on the coarse and the final image, of which the final one counts more.

    Terms of G: "gan", cross-entropy against D on photo and image; "pixel", `uncertain_l1` to the real image;
    "semantics", the same of the colour maps that Gs reads off both images; "tv" of the final image; "texture" (ours, in
    the quick recipe alone). D, one for both images, has "fake" and "real". The uncertainty is not detached.
    """

    def __init__(self, generator: Generator, recipe: Recipe, vgg_weights: Path | None = None) -> None:
        super().__init__(generator, recipe, vgg_weights)
        self.discriminator = PatchGAN(2 * PHOTO, **recipe.discriminator)
        initialise(self.discriminator, recipe)

    def discriminator_module(self) -> nn.Module:
        """Return D."""
        return self.discriminator

    def generator_terms(self, cond: Tensor, real: Tensor, stages: Stages) -> dict[str, Tensor]:
        """Loss terms of G."""
        source, semantics, _ = CrossViewGenerator.parts(cond)
        coarse, final, uncertainty = stages["coarse"], stages["image"], stages["uncertainty"]
        terms = {}
        if self.weight("gan"):
            terms["gan"] = self._against(source, coarse, 1.0) + FINAL_GAN * self._against(source, final, 1.0)
        if self.weight("pixel"):
            of_final = uncertain_l1(final, real, uncertainty)
            terms["pixel"] = uncertain_l1(coarse, real, uncertainty) + FINAL_PIXEL * of_final
        if self.weight("semantics"):
            of_final = uncertain_l1(stages["semantics"], semantics, uncertainty)
            of_coarse = uncertain_l1(stages["coarse_semantics"], semantics, uncertainty)
            terms["semantics"] = of_coarse + FINAL_SEMANTICS * of_final
        if self.weight("tv"):
            terms["tv"] = total_variation(final)
        if self.weight("texture"):
            terms["texture"] = texture_loss(texture_energies(final), texture_energies(real))
        return terms

    def discriminator_terms(self, cond: Tensor, real: Tensor, stages: Stages) -> dict[str, Tensor]:
        """Loss terms of D, halved; the real image counts as much as both fakes."""
        source = CrossViewGenerator.parts(cond).source
        fake = self._against(source, stages["coarse"], 0.0) + FINAL_GAN * self._against(source, stages["image"], 0.0)
        return {"fake": 0.5 * fake, "real": 0.5 * (1 + FINAL_GAN) * self._against(source, real, 1.0)}

    def _against(self, source: Tensor, image: Tensor, target: float) -> Tensor:
        """Cross-entropy of D's judgement; one image a call, for its batch norms see what they are given."""
        return bce(self.discriminator(torch.cat((source, image), dim=1)), target)


def uncertain_l1(fake: Tensor, real: Tensor, uncertainty: Tensor) -> Tensor:
    """Return mean(|d| / u + log u) + mean |d| of the difference d (eq. 6 and the plain term of the code).

    Args:
        fake: (N, 3, H, W).
        real: (N, 3, H, W).
        uncertainty: u, (N, 1, H, W), positive; of every channel.
    """
    difference = (fake - real).abs()
    return (difference / uncertainty).mean() + uncertainty.log().mean() + difference.mean()


@register(
    "selectiongan",
    title="SelectionGAN",
    task="cross-view",
    paper="Tang et al., Multi-Channel Attention Selection GAN with Cascaded Semantic Guidance for Cross-View Image "
    "Translation, CVPR 2019",
    conditions=("source", "semantics"),
    recipes={"dayton": DAYTON, "cvusa": CVUSA, "dayton-64": DAYTON_64, "quick": QUICK},
    objective=SelectionGANObjective,
)
class SelectionGAN(CrossViewGenerator):
    """Two U-Nets and the selection module.

    Args:
        num_labels: Channels of the target view's one-hot layout; it is not looked at.
        edges: Always False.
        size: Height and width of the images.
        width: Channels of the outermost level of Gi (64 as published).
        semantic_width: The same of Gs (4).
        hidden: Channels of the enlarged features in Ga (104).
        levels: Levels of both U-Nets; None for as many as the size has halvings, at most the 8 of 256x256. Official
            networks of 64x64 have 5.
        choices: Images to select among (10).

    Raises:
        GeneratorError: The size cannot be halved so often, or five times.
    """

    unused_parameters: ClassVar[tuple[str, ...]] = ("Ga.conv330.",)

    def __init__(
        self,
        num_labels: int,
        edges: bool,
        size: tuple[int, int],
        width: int = 64,
        semantic_width: int = 4,
        hidden: int = 104,
        levels: int | None = None,
        choices: int = 10,
    ) -> None:
        super().__init__(num_labels, edges, size)
        levels = levels or min(8, *((side & -side).bit_length() - 1 for side in size))
        if levels < 5 or any(side % 2**levels for side in size):
            multiple = 2 ** max(levels, 5)
            raise GeneratorError(
                f"SelectionGAN's networks halve images {max(levels, 5)} times, which takes multiples of {multiple}; "
                f"{size[0]}x{size[1]} is not."
            )
        self.Gi = UNet(PHOTO + COLOURS, 3, width, levels)
        self.Gs = UNet(PHOTO, COLOURS, semantic_width, levels)
        self.Ga = SelectionModule(2 * (width + semantic_width), hidden, choices)

    @property
    def input_channels(self) -> int:
        """Channels that the first convolution sees."""
        return PHOTO + COLOURS

    def stages(self, cond: Tensor, noise: Tensor | None = None) -> Stages:
        """Compute both images, the colour maps read off them, and how the final one was selected.

        Args:
            cond: (N, 6 + num_labels, H, W).
            noise: Ignored; the method is deterministic.

        Returns:
            "image" and "coarse", (N, 3, H, W) in [-1, 1]; "semantics" and "coarse_semantics", the colour maps of each,
            likewise; "uncertainty", (N, 1, H, W) in (0, 1); "attentions", (N, choices, H, W); "choices", the images
            to select among, (N, 3 choices, H, W).
        """
        stages = self._select(cond)
        return {**stages, "semantics": self.Gs(stages["image"])[1]}

    def pictures(self, cond: Tensor, noise: Tensor | None = None) -> Stages:
        """Compute the stages, every choice and its attention by itself ("choice_0", "attention_0", ...)."""
        stages = self.stages(cond)
        choices, attentions = stages.pop("choices").split(3, dim=1), stages.pop("attentions").split(1, dim=1)
        for name, parts in (("choice", choices), ("attention", attentions)):
            stages |= {f"{name}_{number}": part for number, part in enumerate(parts)}
        return stages

    def forward(self, cond: Tensor, noise: Tensor | None = None) -> Tensor:
        """Return the image, (N, 3, H, W) in [-1, 1], without the colour map that training reads off it."""
        self.check(cond)
        image: Tensor = self._select(cond)["image"]
        return image

    def _select(self, cond: Tensor) -> Stages:
        source, semantics, _ = self.parts(cond)
        image_features, coarse = self.Gi(torch.cat((source, semantics), dim=1))
        semantic_features, coarse_semantics = self.Gs(coarse)
        features = torch.cat((image_features, semantic_features), dim=1)
        del image_features, semantic_features  # outside of training nothing else holds them
        selection = self.Ga(features, torch.cat((source, coarse), dim=1))
        return {
            "image": selection.image,
            "coarse": coarse,
            "coarse_semantics": coarse_semantics,
            "uncertainty": selection.uncertainty,
            "attentions": selection.attentions,
            "choices": selection.images,
        }

    def adapt_state(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Rename a state of the official files, which hold every inner tensor of a U-Net under one name or two.

        Raises:
            GeneratorError: A network is missing, or the two names hold two tensors.
        """
        found = {key.partition(".")[0] for key in state}
        missing = [part for part in _PARTS if part not in found]
        if missing and found & {*_PARTS, "model", "conv440"}:
            raise GeneratorError(
                f"SelectionGAN is three networks, Gi, Gs and Ga; {', '.join(missing)} "
                f"{'is' if len(missing) == 1 else 'are'} missing. Give the folder that holds EPOCH_net_Gi.pth, "
                "EPOCH_net_Gs.pth and EPOCH_net_Ga.pth, or one of these files with the others beside it."
            )
        renamed: dict[str, Tensor] = {}
        for key, value in state.items():
            name = our_name(key)
            if name in renamed and not torch.equal(renamed[name], value):
                raise GeneratorError(
                    f"{key} differs from the other copy of the same tensor: this is no file of the official code, "
                    "which writes one tensor under two names."
                )
            renamed[name] = value
        return renamed

    def official_state(self) -> dict[str, dict[str, Tensor]]:
        """Return what the official files hold, by network: the inner tensors of the U-Nets under both their names."""
        files: dict[str, dict[str, Tensor]] = {part: {} for part in _PARTS}
        for key, value in self.state_dict().items():
            part, _, name = key.partition(".")
            if part == "Ga":
                files[part][name] = value
                continue
            _, position, rest = name.split(".", 2)
            for official, ours in _OURS.items():
                if ours == position:
                    files[part][f"model.{official}.{rest}"] = value
        return files


def our_name(key: str) -> str:
    """Return the name of a parameter of the official files.

    >>> our_name("Gi.model.submodule.model.1.weight"), our_name("Gs.model.up.0.bias")
    ('Gi.model.1.model.1.weight', 'Gs.model.3.bias')
    """
    return _OFFICIAL.sub(lambda match: f"{match[1]}{_OURS[match[2]]}", key)


_PARTS = ("Gi", "Gs", "Ga")
_OFFICIAL = re.compile(r"^(G[is]\.model\.)(down\.0|up\.0|submodule|model\.0)(?=\.)")
_OURS = {"down.0": "0", "submodule": "1", "model.0": "1", "up.0": "3"}
"""Places in the outermost level of a U-Net: the official code's names, and pix2pix's."""
