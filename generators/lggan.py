"""LGGAN (Tang et al., CVPR 2020): class-specific local images and a global image, fused by a learned weight map.

Both published configurations of semantic image synthesis. Where paper and released code differ this file follows the
code, which made the released checkpoints:

- the weight map ends in a plain 1x1 convolution and softmax (the paper: instance norm and ReLU before it);
- spectral norm only inside the SPADE blocks and D (the paper: everywhere), Adam's second beta 0.9 (the paper: 0.999);
- ADE20K has one generator for each of the channels 0..50 and one for the sum of the rest (the paper: one per class);
- the class target of the local pixel loss is each class's own mask. The released code uses the mask of channel 26 (car)
  for channel 27 (truck) as well, plainly by accident; this is not reproduced.
"""

from __future__ import annotations

import dataclasses
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generators._base import Stages
from generators._errors import GeneratorError
from generators._patch_objective import PatchObjective
from generators._recipe import Recipe
from generators._registry import register
from generators._spade_decoder import SpadeDecoder, Upsampling
from generators.layers.blocks import ResidualBlock
from generators.layers.class_filter import ClassPlanes, class_planes, fuse_planes, local_l1
from generators.layers.norms import CondPyramid

CITYSCAPES = Recipe(
    source="Tang et al. 2020, sec. 4 and supplement 6.1; official code for betas, batch and loss weights",
    size=(256, 512),
    model={"upsampling": "more"},
    discriminator={"width": 64, "layers": 4, "scales": 2},
    loss_weights={"gan": 1.0, "feature_matching": 10.0, "vgg": 10.0, "class": 1.0, "local_l1": 1.0},
    batch_size=8,
    epochs=100,
    decay_epochs=100,
    lr_g=1e-4,
    lr_d=4e-4,
    betas=(0.0, 0.9),
)
ADE20K = dataclasses.replace(
    CITYSCAPES,
    size=(256, 256),
    model={"upsampling": "normal", "local_classes": 51, "local_rest": True},
    batch_size=24,
)
QUICK = Recipe(
    source="ours: minutes on two CPU cores; chosen by measurement on tinytown, no published counterpart",
    model={"width": 8, "hidden": 16, "upsampling": "more"},
    discriminator={"width": 16, "layers": 3, "scales": 2},
    loss_weights={
        "gan": 1.0,
        "feature_matching": 10.0,
        "l1": 100.0,
        "texture": 50.0,
        "checkerboard": 10.0,
        "class": 1.0,
        "local_l1": 1.0,
    },
    batch_size=1,
    steps=650,
    decay_steps=300,
    lr_g=2e-3,
    lr_d=5e-4,
    betas=(0.5, 0.99),
    fresh_fakes=False,
    init_gain=0.7,
)


class LGGANObjective(PatchObjective):
    """LGGAN's losses: SPADE's on the fused, the global and the local image, and two on the class-specific features.

    "class" is the cross-entropy of classifying each present class's pooled features (sec. 3.2), "local_l1" the pixel
    loss of the class images.
    """

    judged = ("image", "global", "local")

    def generator_terms(self, cond: Tensor, real: Tensor, stages: Stages) -> dict[str, Tensor]:
        """Loss terms of G."""
        terms = super().generator_terms(cond, real, stages)
        if self.weight("class"):
            terms["class"] = class_loss(stages["class_logits"], stages["class_present"])
        if self.weight("local_l1"):
            samples = zip(stages["class_planes"], stages["classes"], real, strict=True)
            terms["local_l1"] = torch.stack([local_l1(*sample) for sample in samples]).mean()
        return terms


def class_loss(logits: Tensor, present: Tensor) -> Tensor:
    """Cross-entropy of class i's features against i, averaged over the classes that are present.

    Args:
        logits: (N, K, K), the second axis being the class whose features they are of.
        present: (N, K) bool.
    """
    n, k, _ = logits.shape
    target = torch.arange(k, device=logits.device).expand(n, k)
    losses = F.cross_entropy(logits.flatten(0, 1), target.flatten(), reduction="none")
    valid = present.flatten().to(losses.dtype)
    return (losses * valid).sum() / valid.sum().clamp(min=1)


@register(
    "lggan",
    title="LGGAN",
    task="layout",
    paper="Tang et al., Local Class-Specific and Global Image-Level GANs for Semantic-Guided Scene Generation, "
    "CVPR 2020",
    conditions=("layout", "edges"),
    recipes={"cityscapes": CITYSCAPES, "ade20k": ADE20K, "quick": QUICK},
    objective=LGGANObjective,
)
class LGGAN(SpadeDecoder):
    """Shared encoder; SPADE decoder (global), class-filtered generators (local), weight map; their weighted sum.

    The channel widths of the official code, all tied to one number (64 there).

    Args:
        num_labels: Channels of the one-hot layout, the unknown label included.
        edges: Whether an instance-edge channel follows the layout.
        size: Height and width of the image; multiples of 16.
        width: Channels of the first layers.
        upsampling: Of the global branch: "more" for 256x512, "normal" for 256x256, as published.
        hidden: Width inside the SPADE norms.
        local_classes: Layout channels with a local generator of their own; None for all of them.
        local_rest: Whether the remaining channels share one more local generator, which is not classified.

    Raises:
        GeneratorError: The size is no multiple of what the branches make, or there are more local classes than labels.
    """

    unused_parameters: ClassVar[tuple[str, ...]] = ("fc.",)

    def __init__(
        self,
        num_labels: int,
        edges: bool,
        size: tuple[int, int],
        width: int = 64,
        upsampling: Upsampling = "normal",
        hidden: int = 128,
        local_classes: int | None = None,
        local_rest: bool = False,
    ) -> None:
        super().__init__(num_labels, edges, size, width, upsampling, hidden)
        self.local_classes = num_labels if local_classes is None else local_classes
        self.branches = self.local_classes + int(local_rest)
        if self.branches > num_labels:
            raise GeneratorError(f"{self.branches} local generators need as many labels; the layout has {num_labels}")
        if size[0] % 16 or size[1] % 16:
            raise GeneratorError(
                f"LGGAN's encoder halves the size four times; {size[0]}x{size[1]} is no multiple of 16"
            )

        w = width
        self.fc = nn.Conv2d(self.cond_channels, 16 * w, 3, padding=1)  # in the checkpoints, used by no output
        self.conv1 = nn.Conv2d(self.cond_channels, w, 7, padding=3, padding_mode="reflect")
        self.conv2 = nn.Conv2d(w, 2 * w, 3, stride=2, padding=1)
        self.conv3 = nn.Conv2d(2 * w, 4 * w, 3, stride=2, padding=1)
        self.conv4 = nn.Conv2d(4 * w, 8 * w, 3, stride=2, padding=1)
        self.conv5 = nn.Conv2d(8 * w, 16 * w, 3, stride=2, padding=1)

        for i in range(1, 10):
            self.add_module(f"resnet_blocks{i}", ResidualBlock(4 * w))
        self.deconv3_local = _upconv(4 * w, 2 * w)
        self.deconv4_local = _upconv(2 * w, w)
        for i in range(self.branches):
            self.add_module(f"deconv5_{i}", nn.Conv2d(w, 3, 7))
        self.deconv9 = nn.Conv2d(3 * self.branches, 3, 3, padding=1)
        self.fc2 = nn.Linear(w, self.local_classes)

        self.deconv3_attention = _upconv(4 * w, 2 * w)
        self.deconv4_attention = _upconv(2 * w, w)
        self.deconv5_attention = nn.Conv2d(w, 2, 1)

    def stages(self, cond: Tensor, noise: Tensor | None = None) -> Stages:
        """Compute the three images and the weight map.

        Args:
            cond: (N, C, H, W), one-hot layout first.
            noise: Ignored; the method is deterministic.

        Returns:
            "image", "global", "local": (N, 3, H, W) in [-1, 1]; "weight_local", "weight_global": (N, 1, H, W), sum 1;
            "classes": local generator of each pixel, (N, H, W); "class_planes": the class-specific images, one
            `ClassPlanes` a sample; in training mode also "class_logits" (N, K, K) and "class_present" (N, K).
        """
        shared, deepest = self._encode(cond)
        start = F.interpolate(deepest, size=self.start_size, mode="nearest")
        global_image = self.decode(start, CondPyramid(cond))

        features = self._features(shared)
        classes = self.classes(cond)
        planes = self._class_planes(features, classes)
        local_image = torch.tanh(torch.cat([fuse_planes(p, self.deconv9.weight, _bias(self.deconv9)) for p in planes]))

        weights = torch.softmax(self._weight_logits(shared), dim=1)
        weight_local, weight_global = weights[:, :1], weights[:, 1:]
        stages: Stages = {
            "image": weight_local * local_image + weight_global * global_image,
            "global": global_image,
            "local": local_image,
            "weight_local": weight_local,
            "weight_global": weight_global,
            "classes": classes,
            "class_planes": planes,
        }
        if self.training:
            stages["class_logits"], stages["class_present"] = self.classify(features, classes)
        return stages

    def classes(self, cond: Tensor) -> Tensor:
        """Local generator of each pixel, (N, H, W) int64; `branches` where a pixel has no label.

        Raises:
            GeneratorError: The layout is not one-hot. Class filtering without overlap is what makes this fast.
        """
        layout = cond[:, : self.num_labels]
        ids = torch.arange(self.num_labels, dtype=layout.dtype, device=layout.device)
        total, label = torch.einsum("nchw,kc->knhw", layout, torch.stack((torch.ones_like(ids), ids)))
        label = label.long().clamp(0, self.num_labels - 1)
        at_label = layout.gather(1, label[:, None])[:, 0]
        if not bool(((at_label == total) & ((total == 0) | (total == 1))).all()):
            raise GeneratorError(
                "LGGAN needs a one-hot layout: every pixel 1 in at most one label channel, 0 elsewhere"
            )
        rest = self.branches - 1 if self.branches > self.local_classes else self.branches
        label = torch.where(label < self.local_classes, label, rest)
        return torch.where(total == 0, self.branches, label)

    def classify(self, features: Tensor, classes: Tensor) -> tuple[Tensor, Tensor]:
        """Classify each class's filtered features, averaged over the whole image as the official code does.

        Args:
            features: (N, C, H, W).
            classes: (N, H, W).

        Returns:
            Logits (N, K, K), the second axis being the class that was filtered, and which of the K are present, (N, K).
        """
        height, width = classes.shape[1:]
        masks = F.one_hot(classes, self.branches + 1)[..., : self.local_classes].flatten(1, 2)  # (N, HW, K)
        pooled = masks.to(features.dtype).transpose(1, 2) @ features.flatten(2).transpose(1, 2) / (height * width)
        return self.fc2(pooled), masks.any(dim=1)

    def _encode(self, cond: Tensor) -> tuple[Tensor, Tensor]:
        """Features at a quarter of the size, (N, 4w, H/4, W/4), and at a sixteenth, (N, 16w, H/16, W/16)."""
        x = F.relu(F.instance_norm(self.conv1(cond)))
        x = F.relu(F.instance_norm(self.conv2(x)))
        shared = F.relu(F.instance_norm(self.conv3(x)))
        x = F.relu(F.instance_norm(self.conv4(shared)))
        return shared, F.relu(F.instance_norm(self.conv5(x)))

    def local_features(self, cond: Tensor) -> Tensor:
        """Features that the classes filter, f' in eq. 1, (N, width, H, W)."""
        return self._features(self._encode(cond)[0])

    def _features(self, shared: Tensor) -> Tensor:
        x = shared
        for i in range(1, 10):
            x = self.get_submodule(f"resnet_blocks{i}")(x)
        x = F.relu(F.instance_norm(self.deconv3_local(x)))
        return F.relu(F.instance_norm(self.deconv4_local(x)))

    def _class_planes(self, features: Tensor, classes: Tensor) -> list[ClassPlanes]:
        heads = [self.get_submodule(f"deconv5_{i}") for i in range(self.branches)]
        weight = torch.stack([head.get_parameter("weight") for head in heads])
        bias = torch.stack([head.get_parameter("bias") for head in heads])
        return [class_planes(f, c, weight, bias) for f, c in zip(features, classes, strict=True)]

    def _weight_logits(self, shared: Tensor) -> Tensor:
        x = F.relu(F.instance_norm(self.deconv3_attention(shared)))
        x = F.relu(F.instance_norm(self.deconv4_attention(x)))
        logits: Tensor = self.deconv5_attention(x)  # channel 0 is the local image's weight
        return logits


def _upconv(fin: int, fout: int) -> nn.ConvTranspose2d:
    return nn.ConvTranspose2d(fin, fout, 3, stride=2, padding=1, output_padding=1)


def _bias(conv: nn.Conv2d) -> Tensor:
    return conv.get_parameter("bias")
