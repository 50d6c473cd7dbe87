"""The canvas of SIMS: retrieved segments, moved into their places and painted one over the other.

At test every segment of the layout is looked for in the bank; of the ten that fit best, moved by the transformation
network, the one is painted whose moved mask agrees best with the mask asked for. For training a canvas is made of the
photo itself, with what retrieval does to it: from each of its segments remains what the best other segment's mask lets
through. Both leave a border of one pixel between segments blank, for the synthesis network to join them. What stands in
this paragraph beyond "top ten by overlap" is ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from generators._sims_bank import CANDIDATES, ITSELF, Bank
from generators._sims_networks import SIDE, Ordering, Transformation, warped
from generators._sims_segments import Segments, borders, describe, enlarged, find, sample, touching

Fit = Literal["segments", "layout"]
"""What gives way where a segment does not fit: the layout is edited to fit the segments (published), or segments are
cut to the layout (ours)."""

_WINDOW = (SIDE, SIDE)


@dataclass(frozen=True)
class Canvas:
    """What the synthesis network starts from.

    Attributes:
        photo: RGB in [0, 1], (3, H, W); 0 where nothing is painted.
        painted: 1 where something is painted, float (1, H, W).
        layout: Label ids, int64 (H, W), edited to what is painted if so asked for.
    """

    photo: Tensor
    painted: Tensor
    layout: Tensor


@dataclass(frozen=True)
class _Candidates:
    """Moved segments, one for each segment of a layout that the bank has something for.

    Attributes:
        targets: Numbers of those segments of the layout, (K,).
        chosen: Their segments in the bank, (K,).
        parameters: Affine parameters of each, (K, 2, 3).
    """

    targets: Tensor
    chosen: Tensor
    parameters: Tensor


@torch.no_grad()
def compose(
    layout: Tensor, bank: Bank, transformation: Transformation, ordering: Ordering, fit: Fit, rounded: bool
) -> Canvas:
    """Make the canvas of a layout.

    Args:
        layout: Label ids, int64 (H, W).
        bank: Segments of the training photos.
        transformation: Moves them.
        ordering: Says which of two neighbours is painted later.
        fit: What gives way where a segment does not fit.
        rounded: Round the affine parameters to integers, as the official test on Cityscapes does.
    """
    segments = find(layout)
    found = _retrieve(layout, segments, bank, transformation, rounded)
    where = {target: place for place, target in enumerate(found.targets.tolist())}
    owners, photo = torch.full_like(layout, -1), torch.zeros(3, *layout.shape)
    windows, sources = enlarged(segments.boxes), enlarged(bank.boxes[found.chosen])
    for number in rear_to_front(segments, ordering):
        if (place := where.get(number)) is None:
            continue
        top, left, height, width = windows[number].tolist()
        cut = _read(bank, found.chosen[place : place + 1], sources[place : place + 1])
        moved = warped(cut, found.parameters[place : place + 1], (height, width))[0]
        y, x = max(top, 0), max(left, 0)
        moved = moved[:, y - top : layout.shape[0] - top, x - left : layout.shape[1] - left]
        area = (slice(y, y + moved.shape[1]), slice(x, x + moved.shape[2]))
        mask = moved[3] > 0.5
        if fit == "layout":
            mask = mask & (segments.numbers[area] == number)
        owners[area][mask] = number
        photo[:, area[0], area[1]][:, mask] = (moved[:3] / moved[3].clamp(min=0.5))[:, mask]
    edited = layout
    if fit == "segments" and len(segments):
        edited = segments.labels[owners.clamp(min=0)].where(owners >= 0, layout)
    return _finished(photo, owners, edited)


@torch.no_grad()
def practise(layout: Tensor, photo: Tensor, segments: Segments, bank: Bank) -> Canvas:
    """Make the canvas of a training photo from the photo itself.

    Args:
        layout: Its label ids, int64 (H, W).
        photo: RGB in [0, 1], (3, H, W).
        segments: Of the layout.
        bank: Segments of the training photos; the one that is itself is not used.
    """
    masks, contexts = describe(layout, segments)
    owners = torch.full_like(layout, -1)
    for number, label in enumerate(segments.labels.tolist()):
        nearest = bank.retrieve(label, masks[number], contexts[number], 1, below=ITSELF)
        if len(nearest):
            top, left, height, width = segments.boxes[number].tolist()
            area = (slice(top, top + height), slice(left, left + width))
            stencil = sample(bank.numbers, bank.photo_of[nearest], bank.boxes[nearest], (height, width), -1)[0]
            owners[area][(stencil == bank.number_of[nearest]) & (segments.numbers[area] == number)] = number
    return _finished(photo * (owners >= 0), owners, layout)


@torch.no_grad()
def rear_to_front(segments: Segments, ordering: Ordering) -> list[int]:
    """Order segments for painting: each time that one which is least in front of neighbours that are left.

    Of equal ones the larger comes first, so that without an opinion small segments end on top of large ones.
    """
    n = len(segments)
    front = torch.zeros(n, n)
    pairs = touching(segments)
    if len(pairs):
        masks, labels = pair_windows(segments, pairs)
        device = ordering.head.weight.device
        lead = ordering(masks.to(device), labels.to(device)).sigmoid().cpu() - 0.5
        front[pairs[:, 0], pairs[:, 1]], front[pairs[:, 1], pairs[:, 0]] = lead.clamp(min=0), (-lead).clamp(min=0)
    lead_over_rest, order = front.sum(1), []
    for _ in range(n):
        rearmost = int((lead_over_rest == lead_over_rest.min()).nonzero()[0])
        order.append(rearmost)
        lead_over_rest = lead_over_rest - front[:, rearmost]
        lead_over_rest[rearmost] = float("inf")
    return order


def pair_windows(segments: Segments, pairs: Tensor) -> tuple[Tensor, Tensor]:
    """Return masks (P, 2, SIDE, SIDE) of pairs of segments in the box around both, and their labels (P, 2)."""
    first, second = (segments.boxes[pairs[:, k]] for k in (0, 1))
    corner = torch.minimum(first[:, :2], second[:, :2])
    end = torch.maximum(first[:, :2] + first[:, 2:], second[:, :2] + second[:, 2:])
    boxes = torch.cat((corner, end - corner), dim=1)
    owners = sample(segments.numbers[None], torch.zeros(len(pairs), dtype=torch.int64), boxes, _WINDOW, -1)
    return (owners[:, None] == pairs[:, :, None, None]).float(), segments.labels[pairs]


def target_windows(segments: Segments) -> Tensor:
    """Return the masks of all segments in their enlarged boxes, float (S, 1, SIDE, SIDE)."""
    count = torch.arange(len(segments))
    owners = sample(segments.numbers[None], torch.zeros_like(count), enlarged(segments.boxes), _WINDOW, -1)
    return (owners == count[:, None, None]).float()[:, None]


def _retrieve(
    layout: Tensor, segments: Segments, bank: Bank, transformation: Transformation, rounded: bool
) -> _Candidates:
    """Find, move and choose a segment of the bank for each segment of the layout."""
    masks, contexts = describe(layout, segments)
    lists = [
        bank.retrieve(label, masks[number], contexts[number], CANDIDATES)
        for number, label in enumerate(segments.labels.tolist())
    ]
    candidates = torch.cat([*lists, torch.zeros(0, dtype=torch.int64)])
    targets = torch.repeat_interleave(torch.arange(len(lists)), torch.tensor([len(x) for x in lists]).long())
    if not len(candidates):
        return _Candidates(targets, candidates, torch.zeros(0, 2, 3))
    cuts = _read(bank, candidates, enlarged(bank.boxes[candidates]), _WINDOW)
    wanted = target_windows(segments)[targets]
    device = transformation.head.weight.device
    parameters = transformation(*(x.to(device) for x in (wanted, cuts[:, 3:], cuts[:, :3]))).cpu()
    if rounded:
        parameters = parameters.round()
    moved, wanted = warped(cuts[:, 3:], parameters)[:, 0] > 0.5, wanted[:, 0] > 0.5
    agreement = (moved & wanted).sum((1, 2)) / (moved | wanted).sum((1, 2)).clamp(min=1)
    best = []
    for target in targets.unique().tolist():
        rows = (targets == target).nonzero()[:, 0]
        best.append(rows[(agreement[rows] == agreement[rows].max()).nonzero()[0]])
    picked = torch.cat(best)
    return _Candidates(targets[picked], candidates[picked], parameters[picked])


def _read(bank: Bank, which: Tensor, windows: Tensor, cells: tuple[int, int] | None = None) -> Tensor:
    """Cut segments out: photo in [0, 1], black around the segment, and its mask: float (K, 4, h, w).

    Without `cells` the grid is the window's own, and there is one segment.
    """
    if cells is None:
        _, _, height, width = windows[0].tolist()
        cells = (height, width)
    photos, owners = bank.photo_of[which], sample(bank.numbers, bank.photo_of[which], windows, cells, -1)
    mask = (owners == bank.number_of[which][:, None, None]).float()[:, None]
    return torch.cat((sample(bank.photos, photos, windows, cells).float() / 255 * mask, mask), dim=1)


def _finished(photo: Tensor, owners: Tensor, layout: Tensor) -> Canvas:
    """Blank the borders between segments."""
    painted = ((owners >= 0) & ~borders(owners)).float()[None]
    return Canvas(photo * painted, painted, layout)
