"""Label map files of a data set: read and, where they are something else, told what they are.

What is mistaken for a map of label ids is most often its picture in colours, or a map of train ids. Both are
recognised, by the palettes of the data sets and by the values, and named with what to use in their place.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import torch
from PIL import Image
from torch import Tensor

from sisbench import datasets, decoding, images
from sisbench.card import IGNORED, UNKNOWN, Card
from sisbench.decoding import Source
from sisbench.encode import ids_outside, ids_present
from sisbench.errors import InputError
from sisbench.files import File, Tree

_MOST_COLORS = 1024
"""Pictures of label maps have fewer: a palette, and what a resizing has mixed."""

_BLACK = (0, 0, 0)
"""What pictures show where nothing was labelled, in every palette."""

_IN_PALETTE = 0.9
"""Share of the pixels that must have a palette's colours (a picture that was resized has others along its edges)."""


def read(source: Source, card: Card, size: tuple[int, int] | None = None) -> Tensor:
    """Read a label map.

    Args:
        source: A grey PNG file of 8 or 16 bits.
        card: Facts of its data set.
        size: Height and width to resize to by nearest; None keeps the stored size.

    Returns:
        int64, `(H, W)`: label ids that have a channel.

    Raises:
        InputError: The file is damaged or of another kind, or ids are outside the label space.
    """
    layout = decode(source, card, size)
    if ids_outside(layout, card.num_labels, card.unknown_label):
        stored = layout if size is None else decode(source, card)
        allowed = {*range(card.num_labels), *([UNKNOWN] if card.unknown_label else [])}
        raise InputError(f"{source}: {foreign(stored, allowed, card, f'outside the label space {_space(card)}')}")
    return layout


def decode(source: Source, card: Card, size: tuple[int, int] | None = None) -> Tensor:
    """Read a label map as `read` does, whatever its ids are.

    Raises:
        InputError: The file is damaged or of another kind; if it holds colours, the message says whose.
    """
    try:
        return images.decode_ids(source, size)
    except InputError as error:
        if told := _told_by_colors(source, card):
            raise InputError(told) from error
        raise


def foreign(layout: Tensor, allowed: set[int], card: Card, where: str) -> str:
    """Say which ids of a label map are not allowed, in how many pixels, and what the map seems to be.

    Args:
        layout: Label ids, int64, of any shape.
        allowed: Ids that may stand in it; others do.
        card: Facts of the data set.
        where: How to call the others ("outside the label space").
    """
    counts = torch.bincount(layout.flatten())
    wrong = {label: int(counts[label]) for label in ids_present(layout) if label not in allowed}
    named = [f"{label} ({n} pixel{'s' if n > 1 else ''})" for label, n in list(wrong.items())[:8]]
    more = ", ..." if len(wrong) > 8 else ""
    return f"label ids {', '.join(named)}{more} are {where} of {card.title}. {_advice(layout, card)}"


def _advice(layout: Tensor, card: Card) -> str:
    """Say what a map of foreign ids seems to be.

    Train ids show themselves by 255, which most label spaces lack, or by labels that should be absent.
    """
    present = set(ids_present(layout))
    last = len(card.train_classes) - len(card.absent) - 1
    shown = present & set(card.absent) if card.unknown_label else present & {IGNORED}
    if shown and max(present - {IGNORED}, default=0) <= last:
        return f"These look like train ids (0 to {last}, {IGNORED} for ignored): name the maps of label ids instead."
    return "Check that this is a map of label ids."


def _space(card: Card) -> str:
    return f"0 to {card.num_labels - 1}{f' (and {UNKNOWN}, unknown)' if card.unknown_label else ''}"


def _told_by_colors(source: Source, card: Card) -> str | None:
    """Say whose colours a picture has; None if it is none, or has colours of no data set."""
    try:
        picture = decoding.stored(source)
    except InputError:
        return None
    if picture.mode not in ("P", "RGB", "RGBA"):
        return None
    owner = _owner(picture.convert("RGB"), card)
    if owner is None:
        return None
    message = f"{source}: is a colour map in the palette of {owner.title} where a grey PNG of label ids is expected."
    if beside := _ids_beside(source):
        return f"{message} Name the map of ids that lies beside it: {beside}."
    if picture.mode == "P":
        indices = torch.tensor(sorted(set(picture.tobytes())))
        if not ids_outside(indices, card.num_labels, card.unknown_label):
            return f"{message} If the indices into its palette are the ids, save these as a grey PNG."
    return f"{message} Name the maps of ids that it was drawn from, or convert its colours to ids."


def _owner(picture: Image.Image, card: Card) -> Card | None:
    """Return the data set whose palette most pixels of an RGB picture have, this one first."""
    counts = {color: n for n, color in picture.getcolors(_MOST_COLORS) or []}
    for owner in (card, *_other_cards(card)):
        palette = {label.color for label in owner.labels} | {_BLACK}
        known = {color: n for color, n in counts.items() if color in palette}
        if known.keys() - {_BLACK} and sum(known.values()) >= _IN_PALETTE * sum(counts.values()):
            return owner
    return None


def _other_cards(card: Card) -> Iterator[Card]:
    for name in datasets.names():
        with contextlib.suppress(InputError):  # a broken plug-in is not what failed here
            if name != card.name:
                yield datasets.get(name).card


def _ids_beside(source: Source) -> Source | None:
    """Return the map of ids that a data set stores beside a picture in colours, where it is there."""
    name = Path(source.name).name
    if "_color" not in name:
        return None
    ids = name.replace("_color", "_labelIds")
    if isinstance(source, Path):
        return source.with_name(ids) if source.with_name(ids).is_file() else None
    file = File(source.tree, str(PurePosixPath(source.name).with_name(ids)))
    return file if Tree(file.tree).has(file.name) else None
