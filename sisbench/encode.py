"""From label and instance maps to what a generator sees: one-hot layout, then one channel of instance edges.

The convention of SPADE and pix2pixHD: the layout is scattered to 0/1 planes in float32, the edge channel comes last,
and both are made at the network's input size, after the maps were resized by nearest.
"""

from __future__ import annotations

import torch
from torch import Tensor

from sisbench.card import Card
from sisbench.errors import InputError

UNKNOWN = 255
"""Value of unlabelled pixels in label maps of data sets with an unknown label."""


def ids_present(ids: Tensor) -> list[int]:
    """Return the values that occur in a label or instance map, sorted.

    Args:
        ids: Non-negative integers, any shape. (Counting them is a thousand times faster than `torch.unique`.)
    """
    return torch.bincount(ids.flatten()).nonzero().flatten().tolist()


def ids_outside(layout: Tensor, num_labels: int, unknown: bool) -> list[int]:
    """Return the ids of a layout that no channel stands for, sorted; empty if all is well.

    Args:
        layout: Label ids, int64, any shape.
        num_labels: Ids run from 0 to `num_labels - 1`.
        unknown: Whether `UNKNOWN` is allowed too.
    """
    bad = (layout < 0) | (layout >= num_labels)
    if unknown:
        bad &= layout != UNKNOWN
    return sorted(torch.unique(layout[bad]).tolist()) if bool(bad.any()) else []


def one_hot(layout: Tensor, num_labels: int, unknown: bool = False) -> Tensor:
    """Return the one-hot layout.

    Args:
        layout: Label ids, int64, `(N, H, W)` or `(H, W)`.
        num_labels: Ids run from 0 to `num_labels - 1`.
        unknown: Whether value 255 is a class of its own, channel `num_labels`.

    Returns:
        float32 zeros and ones, `(N, C, H, W)` or `(C, H, W)`, with `C = num_labels + unknown`.

    Raises:
        InputError: An id has no channel.

    Example:
        >>> one_hot(torch.tensor([[0, 255]]), num_labels=2, unknown=True)[:, 0].tolist()
        [[1.0, 0.0], [0.0, 0.0], [0.0, 1.0]]
    """
    planes = _planes(layout, num_labels + unknown)
    _scatter(planes, layout, num_labels, unknown)
    return planes


def instance_edges(instance: Tensor) -> Tensor:
    """Return the instance edge map.

    A pixel is 1 where its instance id differs from its left, right, upper or lower neighbour, so both sides of every
    boundary are marked. Instance ids also separate regions without instances, hence classes.

    Args:
        instance: Instance ids, integers, `(N, H, W)` or `(H, W)`, at the size at which the edges are wanted.

    Returns:
        float32 zeros and ones, `(N, 1, H, W)` or `(1, H, W)`.

    Example:
        >>> instance_edges(torch.tensor([[7, 7, 26001, 26001, 26001]]))
        tensor([[[0., 1., 1., 0., 0.]]])
    """
    edges = _planes(instance, 1)
    _mark_edges(edges, instance)
    return edges


def condition(layout: Tensor, instance: Tensor | None, card: Card) -> Tensor:
    """Return what a generator sees.

    Args:
        layout: Label ids, int64, `(N, H, W)` or `(H, W)`.
        instance: Instance ids of the same shape; read only if the card has instances.
        card: Facts of the data set.

    Returns:
        float32, `(N, C, H, W)` or `(C, H, W)`: one-hot layout (`card.layout_channels`), then, if the card has
        instances, the instance edges.

    Raises:
        InputError: An id has no channel, or the instance map is missing or of another shape.
    """
    if not card.instances:
        return one_hot(layout, card.num_labels, card.unknown_label)
    if instance is None or instance.shape != layout.shape:
        got = "none" if instance is None else f"shape {tuple(instance.shape)}"
        raise InputError(
            f"{card.title} conditions on instance maps: expected one of shape {tuple(layout.shape)}, got {got}."
        )
    cond = _planes(layout, card.layout_channels + 1)
    _scatter(cond.narrow(-3, 0, card.layout_channels), layout, card.num_labels, card.unknown_label)
    _mark_edges(cond.narrow(-3, card.layout_channels, 1), instance)
    return cond


def _planes(ids: Tensor, channels: int) -> Tensor:
    return torch.zeros(*ids.shape[:-2], channels, *ids.shape[-2:], dtype=torch.float32, device=ids.device)


def _scatter(planes: Tensor, layout: Tensor, num_labels: int, unknown: bool) -> None:
    """Write ones into zero planes `(..., C, H, W)`."""
    if bad := ids_outside(layout, num_labels, unknown):
        raise InputError(
            f"label ids {', '.join(map(str, bad))} are outside the label space 0 to {num_labels - 1}"
            f"{f' (and {UNKNOWN}, unknown)' if unknown else ''}. Check that these are the label maps of this data set."
        )
    channel = layout.masked_fill(layout == UNKNOWN, num_labels) if unknown else layout
    planes.scatter_(-3, channel.unsqueeze(-3), 1.0)


def _mark_edges(plane: Tensor, instance: Tensor) -> None:
    """Write ones into a zero plane `(..., 1, H, W)`."""
    across = instance[..., :, 1:] != instance[..., :, :-1]
    down = instance[..., 1:, :] != instance[..., :-1, :]
    edges = torch.zeros_like(instance, dtype=torch.bool)
    edges[..., :, 1:] |= across
    edges[..., :, :-1] |= across
    edges[..., 1:, :] |= down
    edges[..., :-1, :] |= down
    plane.squeeze(-3).copy_(edges)
