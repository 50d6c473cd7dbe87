"""From label and instance maps to what a generator sees: one-hot layout, and perhaps a channel of instance edges.

The layout is scattered to 0/1 planes in float32, an edge channel comes last, and both are made at the network's input
size, after the maps were resized by nearest. Methods differ in two choices, an `Encoding`: SPADE, pix2pixHD and LGGAN
take instance edges where a data set has instances, OASIS takes none; and of data sets that mark unlabelled pixels
(ADE20K by 0, COCO-Stuff by 255) SPADE puts that channel behind the labels, OASIS before them. So ADE20K has 151
channels, other = 150 or 0; COCO-Stuff 183 and edges, or 183; Cityscapes 35 and edges, or 35, ids as they are in both.
SPADE's descendants say that they do as SPADE, and their codes leave ADE20K's values as they are stored: a channel for
each value in its order, which on all other data sets is SPADE's. CRN and SIMS see no ids but the scored classes, and
one channel for all else (void): 20 channels of Cityscapes. SAFM sees instance ids too, whatever the data set.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from sisbench.card import UNKNOWN, Card
from sisbench.errors import InputError

Unlabeled = Literal["first", "last", "value"]
"""Where the channel of unlabelled pixels is: before the labels, behind them, or in the place of its value."""


@dataclass(frozen=True)
class Encoding:
    """How a method sees label and instance maps.

    Attributes:
        edges: Whether a channel of instance edges follows the layout, where the data set has instances.
        unlabeled: Where the channel of unlabelled pixels is, where the data set marks them (`Card.unlabeled_id`).
        instances: Whether a last channel has the instance ids as they are; of data sets without, the label ids.
        classes: Whether a channel of the layout stands for a scored class, not for an id (`class_channels`).
        needs_instances: Whether label ids do not do in the place of instance ids.
    """

    edges: bool = True
    unlabeled: Unlabeled = "last"
    instances: bool = False
    classes: bool = False
    needs_instances: bool = False

    @classmethod
    def of(cls, conditions: Sequence[str], instances: bool = False) -> Encoding:
        """Return the encoding of a method by the parts of its condition, in channel order (`generators.Info`).

        >>> Encoding.of(("layout", "edges")) == SPADE, Encoding.of(("unlabeled", "layout")) == OASIS
        (True, True)
        >>> Encoding.of(("classes",)) == CRN
        True
        """
        unlabeled: Unlabeled = "first" if "unlabeled" in conditions else "value" if "values" in conditions else "last"
        needed = "instances" in conditions
        return cls("edges" in conditions, unlabeled, instances or needed, "classes" in conditions, needed)

    def layout_channels(self, card: Card) -> int:
        """Channels of the one-hot layout of a data set."""
        return len(card.train_classes) + 1 if self.classes else card.layout_channels

    def has_edges(self, card: Card) -> bool:
        """Whether conditions of a data set have a channel of instance edges."""
        return self.edges and card.instances

    def reads_instances(self, card: Card) -> bool:
        """Whether conditions of a data set cannot be made without instance maps."""
        return self.has_edges(card) or self.needs_instances or (self.instances and card.instances)


SPADE = Encoding()
"""SPADE and its descendants: unlabelled pixels behind the labels, then instance edges."""

OASIS = Encoding(edges=False, unlabeled="first")
"""OASIS: unlabelled pixels before the labels, no instances."""

CRN = Encoding(edges=False, classes=True)
"""CRN and SIMS: scored classes, then void, no instances."""


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
    _require_ids(layout, num_labels, unknown)
    channel = layout.masked_fill(layout == UNKNOWN, num_labels) if unknown else layout
    return _planes(layout, num_labels + unknown).scatter_(-3, channel.unsqueeze(-3), 1.0)


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


def channels_of(card: Card, unlabeled: Unlabeled = "last") -> tuple[int, ...]:
    """Return the values of label maps in the order of the channels that stand for them.

    >>> from sisbench import datasets
    >>> coco = datasets.get("coco_stuff").card
    >>> channels_of(coco)[-2:], channels_of(coco, "first")[:2]
    ((181, 255), (255, 0))
    """
    labels = [label for label in range(card.num_labels) if label != card.unlabeled_id]
    if card.unlabeled_id is not None:
        labels.insert(0 if unlabeled == "first" else len(labels), card.unlabeled_id)
    return tuple(sorted(labels) if unlabeled == "value" else labels)


def class_channels(card: Card) -> tuple[int, ...]:
    """Return the channel of each of 256 values of a label map in a layout of classes.

    The classes that scores count, in their order, then void, one channel for all else. CRN's code reads classes off the
    colours of the label images and not off ids, so a label in the colour of a class counts as that class: "polegroup"
    of Cityscapes, which no score counts, is a "pole". It follows from what a card says of its labels, hence it is an
    encoding, the same for whichever method and data set, and no table within a method.

    >>> from sisbench import datasets
    >>> channels = class_channels(datasets.get("cityscapes").card)  # road; pole and polegroup; unlabeled
    >>> channels[7], channels[17], channels[18], channels[0]
    (0, 5, 5, 19)
    """
    classes = card.train_classes
    by_color = {label.color: channel for channel, label in enumerate(classes)}
    channels = [len(classes)] * (UNKNOWN + 1)
    for label in card.labels:
        channels[label.id] = by_color.get(label.color, len(classes))
    for channel, label in enumerate(classes):  # two classes may share a colour
        channels[label.id] = channel
    return tuple(channels)


def condition(layout: Tensor, instance: Tensor | None, card: Card, encoding: Encoding = SPADE) -> Tensor:
    """Return what a generator sees.

    Args:
        layout: Label ids, int64, `(N, H, W)` or `(H, W)`.
        instance: Instance ids of the same shape; read for instance edges and for a channel of ids.
        card: Facts of the data set.
        encoding: Choices of the method.

    Returns:
        float32, `(N, C, H, W)` or `(C, H, W)`: one-hot layout (`Encoding.layout_channels`), then, if method and data
        set have them, the instance edges, then, if the method wants them, the instance ids.

    Raises:
        InputError: An id has no channel, or the instance map is missing or of another shape.
    """
    labels = encoding.layout_channels(card)
    edges = encoding.has_edges(card)
    if encoding.reads_instances(card) and (instance is None or instance.shape != layout.shape):
        got = "none" if instance is None else f"shape {tuple(instance.shape)}"
        raise InputError(
            f"{card.title} conditions on instance maps: expected one of shape {tuple(layout.shape)}, got {got}. "
            "Add the instance maps to the data, or choose a method that takes none."
        )
    cond = _planes(layout, labels + edges + encoding.instances)
    _require_ids(layout, card.num_labels, card.unknown_label)
    if encoding.instances:
        cond.select(-3, -1).copy_(_exact(layout if instance is None else instance))
    if encoding.classes:
        layout = torch.tensor(class_channels(card), device=layout.device)[layout]
    elif card.unlabeled_id is not None:
        channels = channels_of(card, encoding.unlabeled)
        table = torch.zeros(UNKNOWN + 1, dtype=torch.int64, device=layout.device)
        table[torch.tensor(channels, device=layout.device)] = torch.arange(len(channels), device=layout.device)
        layout = table[layout]
    cond.narrow(-3, 0, labels).scatter_(-3, layout.unsqueeze(-3), 1.0)
    if edges:
        assert instance is not None
        _mark_edges(cond.narrow(-3, labels, 1), instance)
    return cond


def _exact(ids: Tensor) -> Tensor:
    """Return ids that float32 holds exactly."""
    if ids.numel() and int(ids.max()) >= 2**24:
        raise InputError(
            f"the instance id {int(ids.max())} is too large: a method with instance features takes ids below {2**24}. "
            "Number the instances of each image anew."
        )
    return ids


def _planes(ids: Tensor, channels: int) -> Tensor:
    return torch.zeros(*ids.shape[:-2], channels, *ids.shape[-2:], dtype=torch.float32, device=ids.device)


def _require_ids(layout: Tensor, num_labels: int, unknown: bool) -> None:
    """Raise an InputError if an id has no channel."""
    if bad := ids_outside(layout, num_labels, unknown):
        raise InputError(
            f"label ids {', '.join(map(str, bad))} are outside the label space 0 to {num_labels - 1}"
            f"{f' (and {UNKNOWN}, unknown)' if unknown else ''}. Check that these are the label maps of this data set."
        )


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
