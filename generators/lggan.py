"""LGGAN (Tang et al., CVPR 2020): class-specific local images and a global image, fused by a learned weight map.

Both published configurations of semantic image synthesis, and the setups S1 to S5 of the ablation (Table 3, right).
Where paper and released code differ the recipes named as data sets follow the code, which made the published numbers
and the released checkpoints; the recipes "...-paper" have what the text says:

- the weight map ends in a plain 1x1 convolution and softmax in the code, with instance norm and ReLU between them in
  the text;
- spectral norm is on the convolutions of the SPADE blocks and on the normed ones of D in the code, on all layers of
  both in the text; Adam's second beta is 0.9 in the code, 0.999 in the text;
- ADE20K has one generator for each of the channels 0..50 and one for the sum of the rest in the code, one for every
  class in the text.

The target of each class's pixel loss is the photo inside of its own mask. The released code takes the mask of channel
26 (car) for channel 27 (truck) as well, plainly by accident; "cityscapes-released" is the training with it.
"""

from __future__ import annotations

from typing import ClassVar, cast, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generators._base import Stages
from generators._errors import GeneratorError
from generators._lggan_objective import LGGANObjective
from generators._lggan_recipes import RECIPES, Setup
from generators._registry import register
from generators._spade_decoder import SpadeDecoder, Upsampling
from generators.layers.blocks import ResidualBlock
from generators.layers.class_filter import ClassPlanes, add_planes, class_planes, fuse_planes, own_images
from generators.layers.norms import CondPyramid
from generators.layers.spectral import normalise_everything, weight_of

SHOWN_CHANNELS = (30, 31, 32, 50, 51, 52)
"""Of 64, numbered from 1, whose class-specific maps Fig. 6 shows; in narrower networks those at the same places."""


@register(
    "lggan",
    title="LGGAN",
    task="layout",
    paper="Tang et al., Local Class-Specific and Global Image-Level GANs for Semantic-Guided Scene Generation, "
    "CVPR 2020",
    conditions=("values", "edges"),
    recipes=RECIPES,
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
        setup: What there is of the method, by the rows of Table 3 (right): "S1" the global branch alone; "S2" adds the
            local branch, whose image is the sum of the class images, cut to [-1, 1]; in "S3" that is a convolution of
            them; "S4" classifies the class-specific features; "S5", the whole method, has the weight map.
        local_share: Share of the local image in S2 to S4. How they join it and the global one is not published; half
            is what a line of the code does that is commented out.
        printed: Spectral norm on all layers, and instance norm and ReLU before the weight map's softmax, as the paper
            prints; the released checkpoints are without.

    Raises:
        GeneratorError: The size is no multiple of what the branches make, there are more local classes than labels, or
            an option is not one of those above.
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
        setup: Setup = "S5",
        local_share: float = 0.5,
        printed: bool = False,
    ) -> None:
        super().__init__(num_labels, edges, size, width, upsampling, hidden)
        self.local_classes = num_labels if local_classes is None else local_classes
        self.branches = self.local_classes + int(local_rest)
        self.setup, self.local_share, self.printed = setup, local_share, printed
        if setup not in get_args(Setup):
            raise GeneratorError(f"setup {setup!r} is not one of {', '.join(get_args(Setup))}")
        if not 0 <= local_share <= 1:
            raise GeneratorError(f"the local image's share is {local_share}; expected a number from 0 to 1")
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

        if setup != "S1":
            self._add_local_branch(w)
        if setup == "S5":
            self.deconv3_attention = _upconv(4 * w, 2 * w)
            self.deconv4_attention = _upconv(2 * w, w)
            self.deconv5_attention = nn.Conv2d(w, 2, 1)
        if printed:
            normalise_everything(self)

    def _add_local_branch(self, w: int) -> None:
        for i in range(1, 10):
            self.add_module(f"resnet_blocks{i}", ResidualBlock(4 * w))
        self.deconv3_local = _upconv(4 * w, 2 * w)
        self.deconv4_local = _upconv(2 * w, w)
        for i in range(self.branches):
            self.add_module(f"deconv5_{i}", nn.Conv2d(w, 3, 7))
        if self.setup != "S2":
            self.deconv9 = nn.Conv2d(3 * self.branches, 3, 3, padding=1)
        if self.setup in ("S4", "S5"):
            self.fc2 = nn.Linear(w, self.local_classes)

    def stages(self, cond: Tensor, noise: Tensor | None = None) -> Stages:
        """Compute the three images and the weight map.

        Args:
            cond: (N, C, H, W), one-hot layout first.
            noise: Ignored; the method is deterministic.

        Returns:
            "image", "global", "local": (N, 3, H, W) in [-1, 1]; "weight_local", "weight_global": (N, 1, H, W), sum 1;
            "classes": local generator of each pixel, (N, H, W); "class_planes": the class-specific images, one
            `ClassPlanes` a sample; in training mode also "class_logits" (N, K, K) and "class_present" (N, K). S2 to S4
            have no weights, S2 and S3 no logits, S1 nothing but the image.
        """
        shared, deepest = self._encode(cond)
        start = F.interpolate(deepest, size=self.start_size, mode="nearest")
        global_image = self.decode(start, CondPyramid(cond))
        if self.setup == "S1":
            return {"image": global_image}

        classes = self.classes(cond)
        stages: Stages = {"global": global_image, "classes": classes, **self._local_branch(shared, classes)}
        local_image = stages["local"]
        if self.setup == "S5":
            weight_local, weight_global = torch.softmax(self._weight_logits(shared), dim=1).split(1, dim=1)
            stages["image"] = weight_local * local_image + weight_global * global_image
            stages |= {"weight_local": weight_local, "weight_global": weight_global}
        else:
            stages["image"] = self.local_share * local_image + (1 - self.local_share) * global_image
        return stages

    def _local_branch(self, shared: Tensor, classes: Tensor) -> Stages:
        features = self._features(shared)
        stages: Stages = {"class_planes": self._class_planes(features, classes)}
        if self.training and self.setup in ("S4", "S5"):
            stages["class_logits"], stages["class_present"] = self.classify(features, classes)
        return stages | {"local": self._local_image(stages["class_planes"])}

    def pictures(self, cond: Tensor, noise: Tensor | None = None) -> Stages:
        """Compute the images and weights of the branches, and of the classes what Fig. 6 shows and more.

        Args:
            cond: (N, C, H, W), one-hot layout first.
            noise: Ignored.

        Returns:
            Of `stages`, images and weights. "class_images": every class's image inside of its own mask, (N, 3, H, W).
            "class": by channel of the layout (or "rest") the whole image of each class that occurs, (N, 3, H, W).
            "features_30" and so on: channels of the features that classes filter, numbered from 1, (N, 1, H, W), each
            divided by its largest value; since masks are disjoint, they are the class-specific maps of all classes at
            once. In S1 there is nothing.
        """
        stages = self.stages(cond)
        names = ("local", "weight_local", "global", "weight_global")
        shown: Stages = {name: stages[name] for name in names if name in stages}
        if self.setup == "S1":
            return {}
        classes, planes = stages["classes"], stages["class_planes"]
        shown["class_images"] = torch.stack([own_images(p, c) for p, c in zip(planes, classes, strict=True)])
        occur = sorted({index for p in planes for index in p.present.tolist()})
        shown["class"] = {
            "rest" if index == self.local_classes else index: torch.stack([p.dense(index) for p in planes])
            for index in occur
        }
        features = self.local_features(cond)
        width = features.shape[1]
        for channel in sorted({(channel - 1) * width // 64 for channel in SHOWN_CHANNELS}):
            x = features[:, channel : channel + 1]
            largest = x.amax((1, 2, 3), keepdim=True)
            shown[f"features_{channel + 1}"] = x / largest.clamp(min=torch.finfo(x.dtype).tiny)
        return shown

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
        shared = _normed(self.conv3(_normed(self.conv2(_normed(self.conv1(cond))))))
        return shared, _normed(self.conv5(_normed(self.conv4(shared))))

    def local_features(self, cond: Tensor) -> Tensor:
        """Features that the classes filter, f' in eq. 1, (N, width, H, W)."""
        return self._features(self._encode(cond)[0])

    def _features(self, shared: Tensor) -> Tensor:
        x = shared
        for i in range(1, 10):
            x = self.get_submodule(f"resnet_blocks{i}")(x)
        return _normed(self.deconv4_local(_normed(self.deconv3_local(x))))

    def _class_planes(self, features: Tensor, classes: Tensor) -> list[ClassPlanes]:
        heads = [cast(nn.Conv2d, self.get_submodule(f"deconv5_{i}")) for i in range(self.branches)]
        weight = torch.stack([weight_of(head) for head in heads])
        bias = torch.stack([_bias(head) for head in heads])
        return [class_planes(f, c, weight, bias) for f, c in zip(features, classes, strict=True)]

    def _local_image(self, planes: list[ClassPlanes]) -> Tensor:
        if self.setup == "S2":
            return torch.cat([add_planes(p) for p in planes]).clamp(-1, 1)
        weight = weight_of(self.deconv9)
        return torch.tanh(torch.cat([fuse_planes(p, weight, _bias(self.deconv9)) for p in planes]))

    def _weight_logits(self, shared: Tensor) -> Tensor:
        x = _normed(self.deconv4_attention(_normed(self.deconv3_attention(shared))))
        logits: Tensor = self.deconv5_attention(x)  # channel 0 is the local image's weight
        return _normed(logits) if self.printed else logits


def _normed(x: Tensor) -> Tensor:
    return F.relu(F.instance_norm(x), inplace=True)


def _upconv(fin: int, fout: int) -> nn.ConvTranspose2d:
    return nn.ConvTranspose2d(fin, fout, 3, stride=2, padding=1, output_padding=1)


def _bias(conv: nn.Conv2d) -> Tensor:
    return conv.get_parameter("bias")
