"""LGGAN for cross-view image translation (Tang et al., CVPR 2020, Tables 1 and 2).

A network of its own beside LGGAN of semantic image synthesis, as the released code has it: no classification of the
class features, whose images are added up and not fused by a convolution; no SPADE norms; two discriminators, one that
sees the source photo and one that sees the colour map. The paper describes one model for both tasks, with the
classification module and its loss, fusion by a convolution, and instance norm and ReLU before the weight map's softmax;
this file follows the code, which made the released checkpoints (`<epoch>_net_G.pth`). They are scored on the fused
image, which the code calls `fake_B`.

Which network steps first is not documented. It is D here, from one forward for both, as in SelectionGAN, whose
settings this code shares.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generators._base import Generator, Objective, Stages
from generators._crossview import COLOURS, PHOTO, CrossViewGenerator
from generators._errors import GeneratorError
from generators._recipe import Recipe
from generators._registry import register
from generators.layers.blocks import ResidualBlock, initialise
from generators.layers.class_filter import add_planes, class_planes, local_l1
from generators.layers.losses import checkerboard_loss, total_variation
from generators.layers.patchgan import PatchGAN, bce
from generators.layers.perceptual import VGGLoss, require_vgg
from generators.layers.texture import texture_energies, texture_loss

BLOCKS = 9

DAYTON = Recipe(
    source="Tang et al. 2020, sec. 4.1; official code for lengths, decay, crops, batch and loss weights",
    size=(256, 256),
    discriminator={"width": 64, "layers": 3},
    loss_weights={"gan": 1.0, "l1": 100.0, "local_l1": 100.0, "vgg": 10.0, "tv": 1e-6},
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
DAYTON_64 = dataclasses.replace(DAYTON, size=(64, 64), batch_size=16, epochs=50, decay_epochs=50, load_size=(72, 72))
QUICK = Recipe(
    source="ours: minutes on two CPU cores; no published counterpart",
    model={"width": 8},
    discriminator={"width": 16, "layers": 3},
    loss_weights={"gan": 1.0, "l1": 50.0, "local_l1": 5.0, "tv": 1e-6, "texture": 20.0, "checkerboard": 10.0},
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
    init_gain=0.7,
)


class DiscriminatorPair(nn.Module):
    """D1 judges an image beside the source photo, D2 beside the colour map; norms by each image's own statistics."""

    def __init__(self, width: int = 64, layers: int = 3) -> None:
        super().__init__()
        self.D1 = PatchGAN(2 * PHOTO, width, layers, "instance-tracked")
        self.D2 = PatchGAN(COLOURS + PHOTO, width, layers, "instance-tracked")

    def forward(self, cond: Tensor, image: Tensor) -> tuple[Tensor, Tensor]:
        """Return the logits of both, (N, 1, h, w)."""
        source, semantics, _ = CrossViewGenerator.parts(cond)
        by_source: Tensor = self.D1(torch.cat((source, image), dim=1))
        by_semantics: Tensor = self.D2(torch.cat((semantics, image), dim=1))
        return by_source, by_semantics


class LGGANCrossViewObjective(Objective):
    """The losses of the cross-view code, on the fused, the global and the local image.

    Terms of G: "gan", cross-entropy against both D; "l1"; "local_l1", of the class images (`local_l1`); "vgg"; "tv".
    The quick recipe has "texture" and "checkerboard" besides, which are ours. D's terms are halved.
    """

    judged = ("fused", "global", "local")

    def __init__(self, generator: Generator, recipe: Recipe, vgg_weights: Path | None = None) -> None:
        super().__init__(generator, recipe, vgg_weights)
        self.discriminators = DiscriminatorPair(**recipe.discriminator)
        initialise(self.discriminators, recipe)
        self._upsamplers = [layer for layer in generator.modules() if isinstance(layer, nn.ConvTranspose2d)]
        # in a list: neither trained nor saved with the objective
        self.vgg: list[VGGLoss] = [require_vgg(vgg_weights)] if self.weight("vgg") else []

    def discriminator_module(self) -> nn.Module:
        """Return both D."""
        return self.discriminators

    def generator_terms(self, cond: Tensor, real: Tensor, stages: Stages) -> dict[str, Tensor]:
        """Loss terms of G."""
        terms: dict[str, Tensor] = {}
        images = [stages[name] for name in self.judged]
        if self.weight("gan"):
            terms["gan"] = torch.stack([self._against(cond, image, 1.0) for image in images]).sum()
        if self.weight("l1"):
            terms["l1"] = torch.stack([F.l1_loss(image, real) for image in images]).sum()
        if self.weight("local_l1"):
            samples = zip(stages["class_planes"], stages["classes"], real, strict=True)
            terms["local_l1"] = torch.stack([local_l1(*sample) for sample in samples]).mean()
        if self.vgg and self.weight("vgg"):
            network = self.vgg[0].to(real.device)
            terms["vgg"] = torch.stack([network(image, real) for image in images]).sum()
        if self.weight("tv"):
            terms["tv"] = torch.stack([total_variation(image) for image in images]).sum()
        if self.weight("texture"):
            energies = texture_energies(real)
            terms["texture"] = torch.stack([texture_loss(texture_energies(image), energies) for image in images]).sum()
        if self.weight("checkerboard"):
            terms["checkerboard"] = checkerboard_loss(self._upsamplers)
        return terms

    def discriminator_terms(self, cond: Tensor, real: Tensor, stages: Stages) -> dict[str, Tensor]:
        """Loss terms of both D; the real image counts once for every fake."""
        fakes = [self._against(cond, stages[name], 0.0) for name in self.judged]
        return {
            "fake": 0.5 * torch.stack(fakes).sum(),
            "real": 0.5 * len(fakes) * self._against(cond, real, 1.0),
        }

    def _against(self, cond: Tensor, image: Tensor, target: float) -> Tensor:
        """Cross-entropy of both judgements."""
        by_source, by_semantics = self.discriminators(cond, image)
        return bce(by_source, target) + bce(by_semantics, target)


@register(
    "lggan_crossview",
    title="LGGAN (cross-view)",
    task="cross-view",
    paper="Tang et al., Local Class-Specific and Global Image-Level GANs for Semantic-Guided Scene Generation, "
    "CVPR 2020",
    conditions=("source", "semantics", "layout"),
    recipes={"dayton": DAYTON, "cvusa": CVUSA, "dayton-64": DAYTON_64, "quick": QUICK},
    objective=LGGANCrossViewObjective,
)
class LGGANCrossView(CrossViewGenerator):
    """Residual encoder of photo and colour map; local images by class, global image, weight map; their weighted sum.

    Args:
        num_labels: Channels of the target view's one-hot layout, each with a generator of its own; 6 as published.
        edges: Always False.
        size: Height and width of the images; multiples of 4.
        width: Channels of the first layers; 64 as published.

    Raises:
        GeneratorError: The size is no multiple of 4, or too small for the reflections.
    """

    def __init__(self, num_labels: int, edges: bool, size: tuple[int, int], width: int = 64) -> None:
        super().__init__(num_labels, edges, size)
        if any(side % 4 or side < 8 for side in size):
            raise GeneratorError(
                f"LGGAN's cross-view encoder halves the size twice and reflects it: it takes multiples of 4, at least "
                f"8; {size[0]}x{size[1]} is not."
            )
        w = width
        self.conv1 = nn.Conv2d(PHOTO + COLOURS, w, 7, padding=3, padding_mode="reflect")
        self.conv2 = nn.Conv2d(w, 2 * w, 3, stride=2, padding=1)
        self.conv3 = nn.Conv2d(2 * w, 4 * w, 3, stride=2, padding=1)
        for i in range(1, BLOCKS + 1):
            self.add_module(f"resnet_blocks{i}", ResidualBlock(4 * w))
        for branch in ("local", "global", "attention"):
            for i, fin, fout in ((3, 4 * w, 2 * w), (4, 2 * w, w)):
                conv = nn.ConvTranspose2d(fin, fout, 3, stride=2, padding=1, output_padding=1)
                self.add_module(f"deconv{i}_{branch}", conv)
        for i in range(1, num_labels + 2):  # the last of them stands in the checkpoints, used by no output
            self.add_module(f"deconv5_{i}", nn.Conv2d(w, 3, 7))
        self.deconv5_global = nn.Conv2d(w, 3, 7, padding=3, padding_mode="reflect")
        self.deconv5_attention = nn.Conv2d(w, 2, 1)

    @property
    def unused_parameters(self) -> tuple[str, ...]:  # type: ignore[override]
        """The spare class generator of the official checkpoints."""
        return (f"deconv5_{self.num_labels + 1}.",)

    @property
    def input_channels(self) -> int:
        """Channels that the first convolution sees."""
        return PHOTO + COLOURS

    def stages(self, cond: Tensor, noise: Tensor | None = None) -> Stages:
        """Compute the three images and the weight map.

        Args:
            cond: (N, 6 + num_labels, H, W).
            noise: Ignored; the method is deterministic.

        Returns:
            "image" and "global", (N, 3, H, W) in [-1, 1]; "local", the sum of the class images, and "fused", of which
            "image" is what lies in the range: likewise, but may leave it; "weight_local" and "weight_global",
            (N, 1, H, W), sum 1; "classes", class of each pixel, (N, H, W), `num_labels` where it has none;
            "class_planes", the class images, one `ClassPlanes` a sample.
        """
        source, semantics, layout = self.parts(cond)
        shared = self._encode(torch.cat((source, semantics), dim=1))
        weights = torch.softmax(self.deconv5_attention(self._decode(shared, "attention")), dim=1)
        global_image = torch.tanh(self.deconv5_global(self._decode(shared, "global")))
        classes = classes_of(layout)
        heads = [self.get_submodule(f"deconv5_{i}") for i in range(1, self.num_labels + 1)]
        weight = torch.stack([head.get_parameter("weight") for head in heads])
        bias = torch.stack([head.get_parameter("bias") for head in heads])
        features = self._decode(shared, "local")
        planes = [class_planes(f, c, weight, bias) for f, c in zip(features, classes, strict=True)]
        local_image = torch.cat([add_planes(each) for each in planes])
        weight_local, weight_global = weights[:, :1], weights[:, 1:]
        fused = weight_local * local_image + weight_global * global_image
        return {
            "image": fused.clamp(-1, 1),
            "fused": fused,
            "global": global_image,
            "local": local_image,
            "weight_local": weight_local,
            "weight_global": weight_global,
            "classes": classes,
            "class_planes": planes,
        }

    def pictures(self, cond: Tensor, noise: Tensor | None = None) -> Stages:
        """Compute global image, weights, and what lies in the range of the local one; "class": the classes' images."""
        stages = self.stages(cond)
        planes = stages["class_planes"]
        present = sorted({index for each in planes for index in each.present.tolist()})
        return {
            "local": stages["local"].clamp(-1, 1),
            "class": {index: torch.stack([each.dense(index) for each in planes]) for index in present},
            **{name: stages[name] for name in ("global", "weight_local", "weight_global")},
        }

    def _encode(self, x: Tensor) -> Tensor:
        """Features at a quarter of the size, (N, 4 * width, H / 4, W / 4)."""
        for conv in (self.conv1, self.conv2, self.conv3):
            x = F.relu(F.instance_norm(conv(x)))
        for i in range(1, BLOCKS + 1):
            x = self.get_submodule(f"resnet_blocks{i}")(x)
        return x

    def _decode(self, x: Tensor, branch: str) -> Tensor:
        """Features of a branch at full size, (N, width, H, W)."""
        for i in (3, 4):
            x = F.relu(F.instance_norm(self.get_submodule(f"deconv{i}_{branch}")(x)))
        return x


def classes_of(layout: Tensor) -> Tensor:
    """Return the class of each pixel of a layout, (N, H, W) int64; the number of classes where a pixel has none.

    Args:
        layout: (N, K, H, W), ones and zeros.

    Raises:
        GeneratorError: A pixel has two classes, or a fraction of one.
    """
    highest, label = layout.max(dim=1)
    if not bool(((highest == layout.sum(1)) & ((highest == 0) | (highest == 1))).all()):
        raise GeneratorError("LGGAN needs a one-hot layout: every pixel 1 in at most one label channel, 0 elsewhere")
    return label.where(highest == 1, layout.shape[1])
