"""CC-FPSE (Liu, Yin, Shao, Wang, Li, NeurIPS 2019): convolutions whose weights are predicted from the layout.

The recipes named as data sets follow the released code: a style encoded from the photo starts the generator, Adam's
second beta is 0.9 (the papers of the family print 0.999: recipes "...-paper"), and COCO-Stuff's checkpoint is that of
epoch 100. Its training script asks for 100 epochs and 100 more of decay, and whether the latter were run is not said:
"coco_stuff-decay" runs them.

The released test scripts encode the style of each image from the very photo that is to be predicted, so the published
numbers (Cityscapes 65.5 mIoU, 54.3 FID) are likely of images that have seen the truth's style. Recipes "...-posterior"
do the same; all others draw the style from the standard normal.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.spectral_norm import SpectralNorm

from generators._base import Generator, Stages
from generators._ccfpse_block import CCBlock, Halves
from generators._ccfpse_condition import Condition, Layout
from generators._ccfpse_objective import CCFPSEObjective
from generators._errors import GeneratorError
from generators._recipe import Recipe
from generators._registry import register
from generators._spade_decoder import UPSAMPLINGS
from generators.layers.norms import spectral_norm

CITYSCAPES = Recipe(
    source="Liu et al. 2019, sec. 4; released scripts for epochs, loss weights, batch (16 GPUs of one image) and style",
    size=(256, 512),
    model={"upsampling": "more", "z_dim": 256},
    discriminator={"width": 64},
    loss_weights={"gan": 1.0, "feature_matching": 20.0, "vgg": 10.0, "kl": 0.05},
    batch_size=16,
    epochs=100,
    decay_epochs=100,
    lr_g=1e-4,
    lr_d=4e-4,
    betas=(0.0, 0.9),
)
ADE20K = dataclasses.replace(
    CITYSCAPES,
    size=(256, 256),
    # the released code feeds ADE20K's ids as they are: 0 is "other", before the classes
    model={"upsampling": "normal", "z_dim": 256, "unknown_first": True},
)
COCO = dataclasses.replace(
    CITYSCAPES,
    source="Liu et al. 2019, sec. 4; released scripts, whose test reads the checkpoint of epoch 100",
    size=(256, 256),
    model={"upsampling": "normal", "z_dim": 256},
    decay_epochs=0,
)
COCO_DECAY = dataclasses.replace(
    COCO, source="released training script as it stands: 100 epochs, and 100 of decay", decay_epochs=100
)


def _as_printed(recipe: Recipe) -> Recipe:
    """Return a training with Adam's second beta as the papers of the family print it."""
    return dataclasses.replace(recipe, source=f"{recipe.source}; beta 0.999 as printed", betas=(0.0, 0.999))


QUICK = Recipe(
    source="ours: minutes on two CPU cores, hence a pixel and a texture loss beside the others; rates, widths and "
    "weights as in SPADE's quick recipe, no published counterpart",
    model={"width": 8, "hidden": 16, "upsampling": "more"},
    discriminator={"width": 16},
    loss_weights={"gan": 1.0, "feature_matching": 10.0, "l1": 100.0, "texture": 50.0, "kl": 0.05},
    batch_size=1,
    steps=350,
    decay_steps=200,
    lr_g=2e-3,
    lr_d=5e-4,
    betas=(0.5, 0.99),
    fresh_fakes=False,
    init_gain=0.7,
)
QUICK_STYLE = dataclasses.replace(QUICK, model={**QUICK.model, "z_dim": 256})


def _posterior(recipe: Recipe) -> Recipe:
    """Return a training whose images have the style of the photo that they are to predict, as in the test scripts."""
    return dataclasses.replace(recipe, style="posterior")


POWER_ITERATIONS = 15
"""Of spectral norms before the first step; torch's newer form takes as many."""

BLOCKS = ("head_0", "G_middle_0", "G_middle_1", "up_0", "up_1", "up_2", "up_3")


@dataclass(frozen=True)
class PreparedLayout:
    """What CC-FPSE computes of layouts alone: every weight that its convolutions have for them.

    Attributes:
        blocks: By block, what its halves need.
        n: Number of layouts.
    """

    blocks: tuple[Halves, ...]
    n: int


@register(
    "ccfpse",
    title="CC-FPSE",
    task="layout",
    paper="Liu et al., Learning to Predict Layout-to-image Conditional Convolutions for Semantic Image Synthesis, "
    "NeurIPS 2019",
    conditions=("layout", "edges"),
    recipes={
        "cityscapes": CITYSCAPES,
        "ade20k": ADE20K,
        "coco_stuff": COCO,
        "coco_stuff-decay": COCO_DECAY,
        "cityscapes-paper": _as_printed(CITYSCAPES),
        "ade20k-paper": _as_printed(ADE20K),
        "coco_stuff-paper": _as_printed(COCO),
        "cityscapes-posterior": _posterior(CITYSCAPES),
        "ade20k-posterior": _posterior(ADE20K),
        "coco_stuff-posterior": _posterior(COCO),
        "quick": QUICK,
        "quick-style": QUICK_STYLE,
        "quick-posterior": _posterior(QUICK_STYLE),
    },
    objective=CCFPSEObjective,
)
class CCFPSE(Generator):
    """A pyramid of layout features predicts the weights of the blocks that lead from a style to the image.

    Args:
        num_labels: Channels of the one-hot layout, the unknown label included.
        edges: Whether an instance-edge channel follows the layout.
        size: Height and width of the image.
        width: Channels before the last convolution, and of the layout's features (ngf).
        upsampling: "more" for 256x512, "normal" for 256x256, as published.
        hidden: Width of what predicts weights, gates and the skip path's norms.
        z_dim: Dimensions of the style vector, 256 in the published checkpoints; 0 starts from the layout.
        unknown_first: Whether the layout's last channel, of unlabelled pixels, is read before the others.

    Raises:
        GeneratorError: The size is no multiple of what the upsampling makes, or there is no such upsampling.
    """

    unused_parameters: ClassVar[tuple[str, ...]] = tuple(
        f"{block}.{part}" for block in BLOCKS for part in CCBlock.UNUSED
    )

    def __init__(
        self,
        num_labels: int,
        edges: bool,
        size: tuple[int, int],
        width: int = 64,
        upsampling: Literal["normal", "more"] = "normal",
        hidden: int = 128,
        z_dim: int = 0,
        unknown_first: bool = False,
    ) -> None:
        super().__init__(num_labels, edges, size)
        if upsampling not in ("normal", "more"):
            raise GeneratorError(f"upsampling {upsampling!r} is not one of normal, more")
        self.width, self.z_dim, self.unknown_first = width, z_dim, unknown_first
        self.halvings = UPSAMPLINGS[upsampling]
        factor = 2**self.halvings
        if min(size) < factor or size[0] % factor or size[1] % factor:
            raise GeneratorError(
                f"CC-FPSE with {self.halvings} x2 steps ({upsampling!r}) makes sizes that are multiples of {factor}; "
                f"got {size[0]}x{size[1]}. Choose another size or another upsampling."
            )
        self.start_size = (size[0] // factor, size[1] // factor)
        if z_dim:
            self.fc: nn.Module = nn.Linear(z_dim, 16 * width * self.start_size[0] * self.start_size[1])
        else:
            self.fc = nn.Conv2d(self.cond_channels, 16 * width, 3, padding=1)

        self.labelenc1 = _label_layer(self.cond_channels, width, 3)
        for i in range(1, self.halvings + 1):
            self.add_module(f"labelenc{i + 1}", _label_layer(width, width, 3, stride=2))
            self.add_module(f"labellat{i}", _label_layer(width, width, 1))
            self.add_module(f"labeldec{i}", _label_layer(width, width, 3))
        widths = [factor * width for factor in (16, 16, 16, 16, 8, 4, 2, 1)]
        for name, (fin, fout) in zip(BLOCKS, itertools.pairwise(widths), strict=True):
            self.add_module(name, CCBlock(fin, fout, self.cond_channels + width, hidden))
        self.conv_img = nn.Conv2d(width, 3, 3, padding=1)

    def begin(self) -> None:
        """Start gains of batch norms around 1, as the official code does, and spectral norms at their vectors.

        With random vectors, as drawn by the framework, thirteen layers of layout features grow by a factor of 30 each
        in evaluation before the first step, and images of the untrained network are no numbers.
        """
        for layer in self.modules():
            if isinstance(layer, nn.BatchNorm2d) and layer.affine:
                nn.init.normal_(layer.weight, 1.0, 0.02)
            for hook in layer._forward_pre_hooks.values():
                if isinstance(hook, SpectralNorm):
                    with torch.no_grad():
                        for _ in range(POWER_ITERATIONS):
                            hook.compute_weight(layer, do_power_iteration=True)

    def stages(self, cond: Tensor, noise: Tensor | None = None) -> Stages:
        """Compute "image" from cond (N, C, H, W) and, in the variational variant, a style (N, z_dim)."""
        layout = self._layout(cond)
        x = self._start(noise, layout)
        for i, (block, condition) in enumerate(zip(self._blocks(), self._conditions(layout), strict=True)):
            x = block(self._enlarged(x, i), condition)
        return {"image": self._image(x)}

    def prepare_layout(self, cond: Tensor) -> PreparedLayout:
        """Compute what depends on layouts alone, once for as many styles as one likes; in evaluation.

        It takes as much memory as all predicted weights: about 2 GB for one layout of 256x512 at the paper's width.

        Args:
            cond: (N, C, H, W).

        Raises:
            GeneratorError: The network is in training mode, or cond is of another shape than it was built for.
        """
        self.check(cond)
        if self.training:
            raise GeneratorError(
                "layouts are prepared in evaluation: in training, batch norm and spectral norm change with each pass. "
                "Call eval() first."
            )
        with torch.no_grad():
            conditions = self._conditions(self._layout(cond))
            blocks = tuple(block.read(seen) for block, seen in zip(self._blocks(), conditions, strict=True))
        return PreparedLayout(blocks, len(cond))

    def paint(self, prepared: PreparedLayout, style: Tensor) -> Tensor:
        """Make images of prepared layouts, as `forward` does, without gradient.

        Args:
            prepared: One layout, or as many as styles.
            style: (N, z_dim).

        Returns:
            (N, 3, H, W) in [-1, 1].

        Raises:
            GeneratorError: Another number of styles, or the network has none.
        """
        if not self.z_dim or prepared.n not in (1, len(style)):
            raise GeneratorError(
                f"{prepared.n} prepared layouts and {len(style)} styles do not go together: expected one layout, or as "
                "many as styles, of a network that takes styles (z_dim)."
            )
        with torch.no_grad():
            x = self._start(style, None)
            for i, (block, halves) in enumerate(zip(self._blocks(), prepared.blocks, strict=True)):
                x = block.paint(self._enlarged(x, i), halves)
            return self._image(x)

    def of_layout(self, cond: Tensor) -> Callable[[Tensor | None], Tensor]:
        """Return what makes images of these layouts from styles; the layouts' part is computed once."""
        if not self.z_dim or self.training:
            return super().of_layout(cond)
        prepared = self.prepare_layout(cond)

        def made(noise: Tensor | None) -> Tensor:
            return self.paint(prepared, _required(noise))

        return made

    def sample_noise(self, n: int, rng: torch.Generator | None = None) -> Tensor | None:
        """Draw n styles from the standard normal; None in the deterministic variant."""
        return torch.randn(n, self.z_dim, generator=rng) if self.z_dim else None

    def _layout(self, cond: Tensor) -> Layout:
        if self.unknown_first:
            last = self.num_labels - 1
            cond = torch.cat((cond[:, last : last + 1], cond[:, :last], cond[:, last + 1 :]), dim=1)
        if cond.device.type == "cpu":  # channels last: convolutions take about half the time there
            cond = cond.contiguous(memory_format=torch.channels_last)
        return Layout(cond)

    def _start(self, style: Tensor | None, layout: Layout | None) -> Tensor:
        if self.z_dim:
            style = _required(style)
            x: Tensor = self.fc(style).view(len(style), 16 * self.width, *self.start_size)
        else:
            assert layout is not None
            x = self.fc(layout.at(self.start_size))
        return x.contiguous(memory_format=torch.channels_last) if x.device.type == "cpu" else x

    def _conditions(self, layout: Layout) -> list[Condition]:
        """Compute the layout's features from its smallest size to the image's; return what each block reads."""
        encoded = [self.labelenc1(layout.cond)]
        for i in range(1, self.halvings + 1):
            encoded.append(self.get_submodule(f"labelenc{i + 1}")(encoded[-1]))
        conditions = [Condition(layout, encoded.pop())]
        for i in range(1, self.halvings + 1):
            lateral = self.get_submodule(f"labellat{i}")(encoded.pop())
            merged = _up(conditions[-1].features) + lateral
            conditions.append(Condition(layout, self.get_submodule(f"labeldec{i}")(merged)))
        if len(conditions) < len(BLOCKS):  # both middle blocks have one size
            conditions.insert(2, conditions[1])
        return conditions

    def _enlarged(self, x: Tensor, block: int) -> Tensor:
        """Features at the size of a block."""
        same = block == 0 or (block == 2 and self.halvings < len(BLOCKS) - 1)
        return x if same else _up(x)

    def _image(self, x: Tensor) -> Tensor:
        image: Tensor = self.conv_img(F.leaky_relu(x, 0.2))
        return torch.tanh(image)

    def _blocks(self) -> list[CCBlock]:
        return [self.get_submodule(name) for name in BLOCKS]  # type: ignore[misc]


def _label_layer(fin: int, fout: int, kernel: int, stride: int = 1) -> nn.Sequential:
    """Convolution under spectral norm, batch norm, leaky ReLU, named as in the checkpoints."""
    conv = spectral_norm(nn.Conv2d(fin, fout, kernel, stride=stride, padding=kernel // 2, bias=False))
    return nn.Sequential(nn.Sequential(conv, nn.BatchNorm2d(fout)), nn.LeakyReLU(0.2))


def _up(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2, mode="nearest")


def _required(style: Tensor | None) -> Tensor:
    if style is None:
        raise ValueError("the variational CC-FPSE needs a style vector; draw one with sample_noise")
    return style
