"""SAFM (Lv et al., CVPR 2022): a SPADE decoder that is told where in its object a pixel lies.

In the official key layout. A position descriptor of the instance map (`_safm_descriptor`) follows the layout, and
features of shape, which the layout modulates (`_safm_layers`), follow both. The network is trained against SESAME's
discriminator, together with a segmenter that the images are to be read by.

There are two forms. On Cityscapes the features of shape are computed once, at full resolution; on ADE20K and COCO-Stuff
by every norm for itself. The instance maps of ADE20K are those of its instance benchmark, which has things only.

The recipes named as data sets follow the released code. Two traits of it that no paper has are kept in them:

- on ADE20K, channels are the values of the label maps: 0 is "other", 150 the last class;
- the segmentation loss leaves out a channel: the last of Cityscapes and COCO-Stuff, "other" of ADE20K. And on ADE20K it
  also loses class 150 (flag), plainly by accident: it drops a channel that is taken for the edges. The recipe
  "ade20k-all-classes" has it.

No published table names its training beyond that, and the authors' evaluation was not released.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generators._base import Stages
from generators._errors import GeneratorError
from generators._recipe import Recipe
from generators._registry import register
from generators._safm_cache import Descriptors
from generators._safm_descriptor import CHANNELS
from generators._safm_layers import Modulating, ShapeAdaptiveNorm, ShapeNorm, ShapePyramid
from generators._safm_objective import SafmObjective
from generators._spade_decoder import SpadeDecoder, Upsampling

Modulation = Literal["once", "each-norm"]
"""Where features of shape are computed."""

CITYSCAPES = Recipe(
    source="official code of Lv et al. 2022: rates, betas, loss weights, batch (the default of its Cityscapes loader), "
    "epoch from which fakes are segmented; 100 and 100 epochs of its example; weight 1 of the segmentation is ours",
    size=(256, 512),
    model={"upsampling": "more", "modulation": "once", "first_instance": 1000},
    discriminator={"width": 64, "layers": 4, "scales": 2, "unknown": -1},
    loss_weights={
        "gan": 1.0,
        "feature_matching": 10.0,
        "vgg": 10.0,
        "segmentation_real": 1.0,
        "segmentation_fake": 1.0,
    },
    batch_size=16,
    epochs=100,
    decay_epochs=100,
    lr_g=1e-4,
    lr_d=4e-4,
    betas=(0.0, 0.9),
    late_terms=(("segmentation_fake", 60),),
)
COCO = dataclasses.replace(
    CITYSCAPES,
    source="official code of Lv et al. 2022, as on Cityscapes; batch of the one example in its description",
    size=(256, 256),
    model={"upsampling": "normal", "modulation": "each-norm", "first_instance": 1},
    batch_size=4,
    late_terms=(("segmentation_fake", 100),),
)
ADE20K = dataclasses.replace(COCO, discriminator={**COCO.discriminator, "unknown": 0, "lost": -1})
ADE20K_ALL = dataclasses.replace(
    ADE20K,
    source=f"{ADE20K.source}; ours: class 150 counts as the others",
    discriminator={**COCO.discriminator, "unknown": 0},
)
QUICK = Recipe(
    source="ours: minutes on two CPU cores; chosen by principle, as SPADE's and OASIS' quick recipes, no published "
    "counterpart",
    model={"width": 8, "hidden": 16, "modulation_width": 4, "upsampling": "more", "first_instance": 1000},
    discriminator={"width": 16, "layers": 3, "scales": 2, "segmenter_width": 8, "unknown": -1},
    loss_weights={
        "gan": 1.0,
        "feature_matching": 10.0,
        "l1": 100.0,
        "texture": 50.0,
        "segmentation_real": 1.0,
        "segmentation_fake": 1.0,
    },
    batch_size=1,
    steps=500,
    decay_steps=200,
    lr_g=2e-3,
    lr_d=5e-4,
    betas=(0.5, 0.99),
    fresh_fakes=False,
    init_gain=0.7,
    late_terms=(("segmentation_fake", 250),),
)


@register(
    "safm",
    title="SAFM",
    task="layout",
    paper="Lv et al., Semantic-shape Adaptive Feature Modulation for Semantic Image Synthesis, CVPR 2022",
    conditions=("values", "edges", "instances"),
    recipes={
        "cityscapes": CITYSCAPES,
        "ade20k": ADE20K,
        "coco_stuff": COCO,
        "ade20k-all-classes": ADE20K_ALL,
        "quick": QUICK,
    },
    objective=SafmObjective,
)
class Safm(SpadeDecoder, Modulating):
    """SPADE blocks under layout, position descriptor and features of shape.

    The condition's last channel has the instance ids; the descriptor is made of them, once for every map
    (`_safm_cache`).

    Args:
        num_labels: Channels of the one-hot layout, the unknown label included.
        edges: Whether an instance-edge channel follows the layout.
        size: Height and width of the image.
        width: Channels before the last convolution (ngf).
        upsampling: "more" for 256x512, "normal" for 256x256, as published; "most" for larger images.
        hidden: Width inside the SPADE norms.
        modulation: "once" computes features of shape at full resolution (Cityscapes), "each-norm" in every norm (ADE20K
            and COCO-Stuff).
        modulation_width: Channels of the features of shape.
        first_instance: Smallest id of an instance: 1000 on Cityscapes, whose smaller ids are labels, else 1.

    Raises:
        GeneratorError: The size is no multiple of what the upsampling makes, or another option is none.
    """

    def __init__(
        self,
        num_labels: int,
        edges: bool,
        size: tuple[int, int],
        width: int = 64,
        upsampling: Upsampling = "normal",
        hidden: int = 128,
        modulation: Modulation = "once",
        modulation_width: int = 36,
        first_instance: int = 1,
    ) -> None:
        self.modulation_width = modulation_width  # `input_channels` needs it
        norms: dict[str, Callable[[int, int, int], ShapeNorm]] = {
            "once": ShapeNorm,
            "each-norm": functools.partial(ShapeAdaptiveNorm, width=modulation_width),
        }
        if modulation not in norms:
            raise GeneratorError(f"modulation {modulation!r} is not one of {', '.join(norms)}")
        if first_instance < 1:
            raise GeneratorError(f"0 is the id of no instance; 'first_instance' is at least 1, got {first_instance}")
        super().__init__(num_labels, edges, size, width, upsampling, hidden, norm=norms[modulation])
        self.instances = True
        self.width, self.modulation = width, modulation
        self.layout_channels = num_labels + int(edges)
        self.fc = nn.Conv2d(self.layout_channels + CHANNELS, 16 * width, 3, padding=1)
        if modulation == "once":
            self.add_modulation(self.layout_channels, modulation_width)
        self.descriptors = Descriptors(first_instance)

    @classmethod
    def takes_instances(cls, options: Mapping[str, Any]) -> bool:
        """Always: the descriptor is made of them."""
        return True

    @property
    def unused_parameters(self) -> tuple[str, ...]:  # type: ignore[override]
        """The norms of the modulation, in each place where there is one."""
        return tuple(name for name, _ in self.named_parameters() if ".norm_layer." in name)

    @property
    def input_channels(self) -> int:
        """Channels that the norms see: layout and edges, descriptor, features of shape."""
        return self.num_labels + int(self.edges) + CHANNELS + self.modulation_width

    def cache_in(self, folder: Path) -> None:
        """Keep descriptors on disk."""
        self.descriptors.folder = folder

    def stages(self, cond: Tensor, noise: Tensor | None = None) -> Stages:
        """Compute "image" from cond (N, C, H, W), whose last channel has the instance ids."""
        return {"image": self.render(cond[:, :-1], self.descriptors.of(cond[:, -1]).to(cond.dtype))}

    def render(self, layout: Tensor, descriptor: Tensor) -> Tensor:
        """Compute the image, (N, 3, H, W), from layout with edges (N, L, H, W) and descriptor (N, 72, H, W)."""
        start = torch.cat(
            [F.interpolate(part, size=self.start_size, mode="nearest") for part in (layout, descriptor)], 1
        )
        shape = descriptor
        if self.modulation == "once":
            shape = torch.cat((descriptor, self.modulated(layout, descriptor)), dim=1)
        return self.decode(self.fc(start), ShapePyramid(layout, shape))
