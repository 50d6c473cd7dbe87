"""Zhai et al. (CVPR 2017): the layout of the ground view, transferred from the aerial photo.

The published code predicts a layout and makes no photo. How the images were made that the tables score is not
documented beyond their being synthesised from the predicted layout, and no weights were released, so a generator on top
of it would be a guess: the tables' rows stay as published, and nothing measured here stands beside them. What can be
built faithfully is the transfer network, which is this method. Its image is ours: at every pixel the mean colour that
the predicted shares of labels have over the training photos. It shows what was predicted, and scores can read it.

From the facts of the code: convolutions without padding as in VGG with batch norm, features of all four groups at the
grid of the last, 1x1 layers to labels there; and an attention of every target cell over all source cells, computed from
both places and the content of the photo. Readings of ours, where nothing is known: activations are ReLU, layers of 1x1
have no norm, features are taken before a group's pooling, resized with corners not aligned. The published grid of 8x40
is that of a 224x1232 panorama; images of other sizes take cells of about that size.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generators._base import Generator, Objective, Stages
from generators._crossview import PHOTO, CrossViewGenerator
from generators._errors import GeneratorError
from generators._prepared import TrainingSet
from generators._recipe import Recipe
from generators._registry import register

GROUPS = ((2, 1), (2, 2), (3, 4), (3, 8))
"""Convolutions of a group, and its width in units of the first group's; all but the last end in a pooling."""
CELL = (28, 31)
"""Height and width of a target cell in pixels: 224x1232 in 8x40."""

CVUSA = Recipe(
    source="Zhai et al. 2017; official code for layers, regularisation, rates and length. At the size of the tables' "
    "comparison, where the ground photo is a quarter of the panorama, hence of the grid: the code's own was 224x1232",
    size=(256, 256),
    model={"cells": (8, 10)},
    loss_weights={"layout": 1.0, "l2": 5e-4},
    batch_size=16,
    epochs=10,
    lr_g=1e-3,
    betas=(0.9, 0.999),
    lr_drop=(5000, 0.7),
    flip=0.0,
    fresh_fakes=False,
    init_gain=1.0,
)
DAYTON = dataclasses.replace(
    CVUSA, source=f"ours: the training on CVUSA ({CVUSA.source}); the paper has no other data set"
)
QUICK = dataclasses.replace(
    CVUSA,
    source="ours: minutes on two CPU cores; no published counterpart",
    size=None,
    model={"width": 8, "hidden": 32, "source_size": (160, 160), "cells": (8, 8)},
    batch_size=4,
    epochs=0,
    steps=400,
    lr_g=1e-2,
    lr_drop=(100, 0.7),
    flip=0.5,
)


class ZhaiObjective(Objective):
    """Cross-entropy of the predicted layout of every cell; a regression of layouts, with no network against it.

    Terms: "layout", against the shares of labels in a cell; "l2", half the sum of squares of all weights but those of
    the attention.
    """

    def __init__(self, generator: Generator, recipe: Recipe, vgg_weights: Path | None = None) -> None:
        super().__init__(generator, recipe, vgg_weights)
        self._regularised = [layer.weight for layer in generator.modules() if isinstance(layer, nn.Conv2d)]

    def discriminator_module(self) -> None:
        """There is none."""
        return

    def generator_terms(self, cond: Tensor, real: Tensor, stages: Stages) -> dict[str, Tensor]:
        """Loss terms of G."""
        terms = {}
        if self.weight("layout"):
            layout = CrossViewGenerator.parts(cond).layout
            terms["layout"] = layout_loss(stages["logits"], layout)
        if self.weight("l2"):
            terms["l2"] = 0.5 * torch.stack([weight.square().sum() for weight in self._regularised]).sum()
        return terms

    def finish(self, generator: Generator, training_set: TrainingSet | None, seed: int) -> None:
        """Take the mean colour of every label over the training set."""
        assert isinstance(generator, Zhai)
        if training_set is None:
            raise GeneratorError("Zhai et al. has the mean colours of labels from the training set; give it to train.")
        counts = torch.zeros(generator.num_labels, dtype=torch.float64)
        sums = torch.zeros(generator.num_labels, 3, dtype=torch.float64)
        for index in range(len(training_set)):
            cond, photo = training_set[index]
            layout = CrossViewGenerator.parts(cond[None]).layout[0].double()
            counts += layout.sum((1, 2))
            sums += torch.einsum("khw,chw->kc", layout, photo.to(layout))  # sums of integers: exact
        everywhere = sums.sum(0) / counts.sum().clamp(min=1)
        means = torch.where(counts[:, None] > 0, sums / counts[:, None].clamp(min=1), everywhere)
        generator.colours.copy_(means / 127.5 - 1)


def layout_loss(logits: Tensor, layout: Tensor) -> Tensor:
    """Cross-entropy of cells against the shares of labels in them, over the share of a cell that has labels.

    Args:
        logits: (N, K, h, w).
        layout: One-hot, (N, K, H, W); resized to cells by area.
    """
    shares = F.adaptive_avg_pool2d(layout, (logits.shape[2], logits.shape[3]))
    return -(shares * logits.log_softmax(1)).sum() / shares.sum().clamp(min=1)


@register(
    "zhai",
    title="Zhai et al. (layout)",
    task="cross-view",
    paper="Zhai et al., Predicting Ground-Level Scene Layout from Aerial Imagery, CVPR 2017",
    conditions=("source", "layout"),
    recipes={"cvusa": CVUSA, "dayton": DAYTON, "quick": QUICK},
    objective=ZhaiObjective,
)
class Zhai(CrossViewGenerator):
    """Labels of a grid of source cells, moved to a grid of target cells by an attention that the photo determines.

    Args:
        num_labels: Channels of the target view's one-hot layout; it is looked at in training alone.
        edges: Always False.
        size: Height and width of the images.
        width: Channels of the first group of convolutions; 64 as published.
        hidden: Width of the 1x1 layers before the source cells' logits; 512 as published.
        source_size: Height and width that the source photo is resized to; 224x224 as published, of 17x17 cells.
        cells: Rows and columns of the target grid; None for cells of the published size.

    Raises:
        GeneratorError: The convolutions leave no source cells, or the images are no larger than cells.
    """

    colours: Tensor

    def __init__(
        self,
        num_labels: int,
        edges: bool,
        size: tuple[int, int],
        width: int = 64,
        hidden: int = 512,
        source_size: tuple[int, int] = (224, 224),
        cells: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(num_labels, edges, size)
        self.source_size = source_size[0], source_size[1]
        self.source_cells = _source_cells(source_size[0]), _source_cells(source_size[1])
        if min(self.source_cells) < 2:
            raise GeneratorError(
                "the transfer network's convolutions have no padding: of a source photo of "
                f"{source_size[0]}x{source_size[1]} they leave nothing. Give it at least 100x100."
            )
        rows, columns = cells or (round(size[0] / CELL[0]), round(size[1] / CELL[1]))
        self.target_cells = int(rows), int(columns)
        if any(not 0 < n <= side for n, side in zip(self.target_cells, size, strict=True)):
            raise GeneratorError(
                f"images of {size[0]}x{size[1]} have no grid of {rows}x{columns} cells. Give another size, or 'cells'."
            )
        self.groups = nn.ModuleList()
        fin = PHOTO
        for count, times in GROUPS:
            layers: list[nn.Module] = []
            for _ in range(count):
                layers += [nn.Conv2d(fin, times * width, 3), nn.BatchNorm2d(times * width, eps=1e-3), nn.ReLU(True)]
                fin = times * width
            self.groups.append(nn.Sequential(*layers))
        features = sum(times for _, times in GROUPS) * width
        self.labels = nn.Sequential(
            nn.Conv2d(features, hidden, 1), nn.ReLU(True), nn.Conv2d(hidden, hidden, 1), nn.ReLU(True)
        )
        self.labels.append(nn.Conv2d(hidden, num_labels, 1))
        self.content = nn.Sequential(nn.Conv2d(fin, 64, 1), nn.ReLU(True), nn.Conv2d(64, 1, 1))
        n_source = self.source_cells[0] * self.source_cells[1]
        self.attention = nn.Sequential(
            nn.Linear(4 + n_source, 128), nn.ReLU(True), nn.Linear(128, 64), nn.ReLU(True), nn.Linear(64, 1)
        )
        self.bias = nn.Parameter(torch.zeros(num_labels, self.target_cells[0], 1))
        ramp = torch.linspace(-1, 1, num_labels)  # some colours, until it has trained
        self.register_buffer("colours", torch.stack((0.9 * ramp, 0.5 + 0.4 * ramp, 0.4 * ramp - 0.5), dim=1))

    @property
    def input_channels(self) -> int:
        """Channels that the first convolution sees."""
        return PHOTO

    def stages(self, cond: Tensor, noise: Tensor | None = None) -> Stages:
        """Predict the layout.

        Args:
            cond: (N, 6 + num_labels, H, W).
            noise: Ignored; the method is deterministic.

        Returns:
            "logits", of the target cells, (N, num_labels, h, w); "transfer", the attention, (N, h w, source cells);
            "image", (N, 3, H, W) in [-1, 1]: the colour to expect at each pixel, with logits enlarged bilinearly.
        """
        features, content = self._encode(self.parts(cond).source)
        transfer = self.transfer(content)
        source = self.labels(features).flatten(2)  # (N, K, source cells)
        logits = (source @ transfer.transpose(1, 2)).unflatten(2, self.target_cells) + self.bias
        shares = F.interpolate(logits, self.size, mode="bilinear", align_corners=False).softmax(1)
        image = torch.einsum("nkhw,kc->nchw", shares, self.colours)
        return {"image": image, "logits": logits, "transfer": transfer}

    def pictures(self, cond: Tensor, noise: Tensor | None = None) -> Stages:
        """Compute the share of every label at every target cell, enlarged, (N, 1, H, W) in [0, 1], by label."""
        shares = F.interpolate(self.stages(cond)["logits"].softmax(1), self.size, mode="nearest")
        return {"share": dict(enumerate(shares.split(1, dim=1)))}

    def _encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Features of all groups at the last one's grid, (N, 15 * width, h, w), and the content, (N, h w)."""
        x = F.interpolate(x, self.source_size, mode="bilinear", align_corners=False, antialias=True)
        found = []
        for number, group in enumerate(self.groups):
            x = group(F.max_pool2d(x, 2) if number else x)
            found.append(x)
        resized = [F.interpolate(each, self.source_cells, mode="bilinear", align_corners=False) for each in found]
        return torch.cat(resized, dim=1), self.content(x).flatten(1)

    def transfer(self, content: Tensor) -> Tensor:
        """Return the attention of every target cell over the source cells, (N, target cells, source cells).

        A pair's input is both places and the content of the whole photo. The first layer is linear in the three, so
        each is taken through it once, and pairs are sums.

        Args:
            content: (N, source cells).
        """
        first, *rest = self.attention
        assert isinstance(first, nn.Linear)
        of_source, of_target, of_content = first.weight.split((2, 2, content.shape[1]), dim=1)
        source = _places(self.source_cells).to(content) @ of_source.t()
        target = _places(self.target_cells).to(content) @ of_target.t()
        whole = content @ of_content.t() + first.bias
        pairs = whole[:, None, None] + target[:, None] + source
        for layer in rest:
            pairs = layer(pairs)
        attention: Tensor = pairs.squeeze(3).softmax(2)
        return attention


def _source_cells(side: int) -> int:
    """Rows, or columns, that the convolutions leave of so many pixels."""
    for number, (count, _) in enumerate(GROUPS):
        side = (side // 2 if number else side) - 2 * count
    return side


def _places(cells: tuple[int, int]) -> Tensor:
    """Row and column of every cell, from 0 to 1, (cells, 2)."""
    rows, columns = (torch.arange(n) / max(1, n - 1) for n in cells)
    return torch.cartesian_prod(rows, columns)
