"""Segments of a layout: its connected components, the windows around them, and how two of them are compared.

The official pipeline does this in MATLAB; what it does not tell is ours: components are 8-connected (MATLAB's default),
those below 32 pixels are left out, which have no texture to copy, masks and contexts are compared in 16x16 cells of
their boxes.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

SMALLEST = 32
"""Pixels of a component; smaller ones are left to the synthesis network."""
CELLS = 16
"""Side of the grid in which masks and contexts are compared."""
MOST = 2**15 - 1
"""Segments of a layout at most, so that their numbers take 16 bits; the larger ones are kept."""
OUTSIDE = 255
"""Label of what lies beyond the image, in contexts."""


@dataclass(frozen=True)
class Segments:
    """Components of one layout, larger ones first; of equal ones the upper, then the left one.

    Attributes:
        numbers: Which segment a pixel belongs to, int64 (H, W); -1 where it is in none.
        labels: Label of each, int64 (S,).
        boxes: Top, left, height and width of each, int64 (S, 4).
    """

    numbers: Tensor
    labels: Tensor
    boxes: Tensor

    def __len__(self) -> int:
        return len(self.labels)


def components(layout: Tensor) -> Tensor:
    """Number the 8-connected components of equal labels: each pixel gets the lowest pixel index of its component.

    Args:
        layout: Integers, (H, W).

    Returns:
        int64, (H, W).

    Example:
        >>> components(torch.tensor([[1, 0, 1], [0, 1, 1]]))
        tensor([[0, 1, 0],
                [1, 0, 0]])
    """
    height, width = layout.shape
    begins = torch.ones_like(layout, dtype=torch.bool)
    begins[:, 1:] = layout[:, 1:] != layout[:, :-1]
    runs = begins.flatten().cumsum(0).view(height, width) - 1  # stretches of a row, in the order of their first pixels
    links = [torch.zeros(2, 0, dtype=torch.int64)]
    for right in (-1, 0, 1):
        above, below = slice(max(0, -right), width - max(0, right)), slice(max(0, right), width + min(0, right))
        upper, lower = runs[:-1, above], runs[1:, below]
        same = layout[:-1, above] == layout[1:, below]
        same[:, 1:] &= (
            (upper[:, 1:] != upper[:, :-1]) | (lower[:, 1:] != lower[:, :-1]) | ~same[:, :-1]
        )  # once is enough
        links.append(torch.stack((upper[same], lower[same])))
    a, b = torch.cat(links, dim=1)
    root = torch.arange(int(runs[-1, -1]) + 1)
    while True:  # hook the higher of two roots to the lower, then shorten all paths
        lowest = torch.minimum(root[a], root[b])
        new = root.scatter_reduce(0, root[a], lowest, "amin").scatter_reduce(0, root[b], lowest, "amin")
        while not torch.equal(new, new[new]):
            new = new[new]
        if torch.equal(new, root):
            first = begins.flatten().nonzero()[:, 0]
            return first[root[runs]]
        root = new


def find(layout: Tensor) -> Segments:
    """Return the segments of a layout, (H, W)."""
    width = layout.shape[1]
    roots, place, areas = components(layout).flatten().unique(return_inverse=True, return_counts=True)
    order = areas.argsort(descending=True, stable=True)
    order = order[areas[order] >= SMALLEST][:MOST]
    rank = torch.full_like(roots, -1)
    rank[order] = torch.arange(len(order))
    numbers = rank[place].view(layout.shape)
    inside = numbers.flatten() >= 0
    pixel, owner = inside.nonzero()[:, 0], numbers.flatten()[inside]
    rows, columns = pixel // width, pixel % width
    none = torch.zeros(len(order), dtype=torch.int64)
    top, left = (none.scatter_reduce(0, owner, x, "amin", include_self=False) for x in (rows, columns))
    bottom, right = (none.scatter_reduce(0, owner, x, "amax", include_self=False) for x in (rows, columns))
    boxes = torch.stack((top, left, bottom - top + 1, right - left + 1), dim=1)
    return Segments(numbers, layout.flatten()[roots[order]].long(), boxes)


def enlarged(boxes: Tensor) -> Tensor:
    """Return boxes with an eighth of their size added on each side, a pixel at least: the windows of contexts."""
    margin = (boxes[:, 2:] // 8).clamp(min=1)
    return torch.cat((boxes[:, :2] - margin, boxes[:, 2:] + 2 * margin), dim=1)


def sample(planes: Tensor, which: Tensor, boxes: Tensor, cells: tuple[int, int], outside: int = 0) -> Tensor:
    """Read the centres of the cells of windows, by nearest neighbour.

    Args:
        planes: (P, ..., H, W).
        which: Plane of each window, (K,).
        boxes: Top, left, height, width of each window, (K, 4); it may reach beyond the plane.
        cells: Rows and columns of the grid.
        outside: Value beyond the plane.

    Returns:
        (K, ..., rows, columns).
    """
    height, width = planes.shape[-2:]
    centres = [(2 * torch.arange(n) + 1)[None] for n in cells]
    y = boxes[:, :1] + torch.div(centres[0] * boxes[:, 2:3], 2 * cells[0], rounding_mode="floor")
    x = boxes[:, 1:2] + torch.div(centres[1] * boxes[:, 3:4], 2 * cells[1], rounding_mode="floor")
    beyond = ((y < 0) | (y >= height))[:, :, None] | ((x < 0) | (x >= width))[:, None, :]
    rows, columns = y.clamp(0, height - 1)[:, :, None], x.clamp(0, width - 1)[:, None, :]
    found = planes.movedim((-2, -1), (1, 2))[which[:, None, None], rows, columns]
    shape = beyond.shape + (1,) * (found.ndim - 3)
    return found.masked_fill(beyond.view(shape), outside).movedim((1, 2), (-2, -1))


def describe(layout: Tensor, segments: Segments) -> tuple[Tensor, Tensor]:
    """Return masks and contexts of the segments of a layout, each uint8 (S, CELLS, CELLS).

    A mask is 1 where a cell of the segment's box is in the segment; a context is the labels of the enlarged box.
    """
    here, side = torch.zeros(len(segments), dtype=torch.int64), (CELLS, CELLS)
    owners = sample(segments.numbers[None], here, segments.boxes, side, -1)
    contexts = sample(layout[None].to(torch.uint8), here, enlarged(segments.boxes), side, OUTSIDE)
    return (owners == torch.arange(len(segments))[:, None, None]).to(torch.uint8), contexts


def borders(owners: Tensor) -> Tensor:
    """Return where a pixel's left, right, upper or lower neighbour belongs to another owner; bool (H, W)."""
    found = torch.zeros_like(owners, dtype=torch.bool)
    across, down = owners[:, 1:] != owners[:, :-1], owners[1:] != owners[:-1]
    found[:, 1:] |= across
    found[:, :-1] |= across
    found[1:] |= down
    found[:-1] |= down
    return found


def touching(segments: Segments) -> Tensor:
    """Return the pairs of segments with neighbouring pixels, lower number first, each once; int64 (P, 2)."""
    n = segments.numbers
    sides = torch.cat(
        [torch.stack((a.flatten(), b.flatten()), dim=1) for a, b in ((n[:, 1:], n[:, :-1]), (n[1:], n[:-1]))]
    )
    sides = sides[(sides[:, 0] != sides[:, 1]) & (sides.min(1).values >= 0)]
    pairs: Tensor = sides.sort(dim=1).values.unique(dim=0)
    return pairs


def filled(masks: Tensor) -> Tensor:
    """Return masks (..., h, w) with what lies between two of their pixels in a row or a column."""
    x = masks.to(torch.uint8)
    rows = x.cummax(-1).values & x.flip(-1).cummax(-1).values.flip(-1)
    columns = x.cummax(-2).values & x.flip(-2).cummax(-2).values.flip(-2)
    return (rows | columns).bool()
