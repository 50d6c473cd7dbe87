"""The losses of SIMS: of the synthesis network the paper's, of the two networks that place segments ours."""

from __future__ import annotations

import math
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from generators._base import Generator, Stages
from generators._hindsight_objective import HindsightObjective
from generators._recipe import Recipe
from generators._sims_canvas import pair_windows
from generators._sims_networks import IDENTITY, SIDE, Ordering, Transformation, warped
from generators._sims_segments import Segments, enlarged, filled, find, sample, touching

MOST = 16
"""Segments, and pairs of segments, of which the placing networks learn in one step."""
TURN, GROW, SHIFT = math.pi / 12, 0.25, 0.25
"""How far a segment is put out of its place: radians, logarithm of its scale, share of its window's half side."""


class SimsObjective(HindsightObjective):
    """Regression of the photo from a canvas made of the photo itself; no network is trained against G.

    Terms beside those of `HindsightObjective`, which with one image are plain means ("l1", "vgg", "texture"):

    - "semantic": cross-entropy of the semantic head against the layout that was asked for.
    - "transformation": segments of the photo are turned, scaled and shifted at random; mean absolute difference between
      them, moved back by the transformation network, and what they were (mask, and photo inside it).
    - "ordering": cross-entropy of the ordering network on neighbouring segments. In front is the one that has more
      pixels where both would lie if each were filled row by row and column by column: a car fills the notch it cuts out
      of the road, and not the other way round.

    Args:
        generator: Has `synthesise`, `canvases_of_photos`, `transformation` and `ordering`.
        recipe: Loss weights, and which VGG-19 with which weights of its layers.
        vgg_weights: File of that VGG-19, needed when "vgg" has a weight.
    """

    def __init__(self, generator: Generator, recipe: Recipe, vgg_weights: Path | None = None) -> None:
        super().__init__(generator, recipe, vgg_weights)
        transformation, ordering = generator.get_submodule("transformation"), generator.get_submodule("ordering")
        assert isinstance(transformation, Transformation)
        assert isinstance(ordering, Ordering)
        transformation.begin()
        self._placing = [(transformation, ordering)]  # in a list: they are G's

    def stages(self, generator: Generator, cond: Tensor, real: Tensor) -> Stages:
        """Run G on canvases that are made of the photos."""
        from generators.sims import Sims

        assert isinstance(generator, Sims)
        layouts = cond[:, : self.num_labels].argmax(1).cpu()
        scenes = [find(layout) for layout in layouts]
        return {**generator.from_photos(cond, real, layouts, scenes), "scenes": scenes}

    def generator_terms(self, cond: Tensor, real: Tensor, stages: Stages) -> dict[str, Tensor]:
        """Loss terms of G."""
        terms = super().generator_terms(cond, real, stages)
        (transformation, ordering), scenes = self._placing[0], stages["scenes"]
        if self.weight("semantic"):
            terms["semantic"] = F.cross_entropy(stages["semantic"], cond[:, : self.num_labels].argmax(1))
        if self.weight("transformation"):
            photos = ((real + 1) / 2).cpu()
            windows = torch.cat([whole_windows(scene, photo) for scene, photo in zip(scenes, photos, strict=True)])
            terms["transformation"] = alignment_loss(transformation, _some(windows).to(real.device))
        if self.weight("ordering"):
            pairs = [pair_windows(scene, touching(scene)) for scene in scenes]
            masks, labels = (torch.cat(parts) for parts in zip(*pairs, strict=True))
            places = _some(torch.arange(len(masks)))
            terms["ordering"] = ordering_loss(ordering, masks[places].to(real.device), labels[places].to(real.device))
        return terms


def whole_windows(segments: Segments, photo: Tensor) -> Tensor:
    """Return photo and mask of all segments in their enlarged boxes, float (S, 4, SIDE, SIDE); black around them.

    Args:
        segments: Of the photo's layout.
        photo: RGB in [0, 1], (3, H, W).
    """
    count = torch.arange(len(segments))
    here, boxes, cells = torch.zeros_like(count), enlarged(segments.boxes), (SIDE, SIDE)
    owners = sample(segments.numbers[None], here, boxes, cells, -1)
    mask = (owners == count[:, None, None]).float()[:, None]
    return torch.cat((sample(photo[None], here, boxes, cells) * mask, mask), dim=1)


def alignment_loss(transformation: Transformation, windows: Tensor) -> Tensor:
    """Mean absolute difference of segments (K, 4, SIDE, SIDE) from themselves, put out of place and moved back.

    Without a segment it is 0, and still reaches the network: data-parallel training waits for each gradient.
    """
    if not len(windows):
        windows = windows.new_zeros(1, 4, SIDE, SIDE)
    displaced = warped(windows, random_affine(len(windows)).to(windows))
    back = transformation(windows[:, 3:], displaced[:, 3:], displaced[:, :3])
    return (warped(displaced, back) - windows).abs().mean()


def ordering_loss(ordering: Ordering, masks: Tensor, labels: Tensor) -> Tensor:
    """Binary cross-entropy of pairs, masks (P, 2, SIDE, SIDE) and labels (P, 2); undecided pairs ask for one half.

    Without a pair it is 0, and still reaches the network.
    """
    if not len(masks):
        nothing: Tensor = ordering(masks.new_zeros(1, 2, SIDE, SIDE), labels.new_zeros(1, 2)).sum() * 0
        return nothing
    hulls = filled(masks > 0)
    both = hulls[:, 0] & hulls[:, 1]
    first, second = ((masks[:, k] * both).sum((1, 2)) for k in (0, 1))
    target = ((first - second).sign() + 1) / 2
    return F.binary_cross_entropy_with_logits(ordering(masks, labels), target)


def random_affine(n: int) -> Tensor:
    """Draw affine parameters (n, 2, 3) around the identity, from torch's generator."""
    turn, grow, down, right = (torch.rand(4, n) * 2 - 1).mul_(torch.tensor([[TURN], [GROW], [SHIFT], [SHIFT]]))
    scale = grow.exp()
    rows = torch.stack(
        (scale * turn.cos(), -scale * turn.sin(), right, scale * turn.sin(), scale * turn.cos(), down), dim=1
    )
    return rows.view(n, 2, 3)


def identity(n: int) -> Tensor:
    """Return the parameters (n, 2, 3) that leave everything in its place."""
    return torch.tensor(IDENTITY).view(1, 2, 3).repeat(n, 1, 1)


def _some(rows: Tensor) -> Tensor:
    """Draw up to `MOST` rows."""
    return rows[torch.randperm(len(rows))[:MOST]]
