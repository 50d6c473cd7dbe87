"""Samples of cross-view tasks: the photo of one view, and photo and semantics of the other, which is to be made.

Methods see the source photo, the target view's semantics in colours, and its layout by LGGAN's six groups of classes.
The panels of one file, photos and maps, are resized alike, bicubic, as the code of SelectionGAN and LGGAN does it:
blended colours stay, and where grey values of groups were blended, a pixel is of no group. Label maps in files of their
own are resized by nearest before they are coloured, as everywhere else.
"""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from sisbench import decoding, images, layout_files, panel_layouts, panels
from sisbench.card import Card, Protocol
from sisbench.data import CACHE_BYTES, Sample, Samples, draw
from sisbench.datasets import Dataset, Item
from sisbench.datasets._views import GREYS, GROUPS, NO_GROUP, group_ids
from sisbench.encode import Encoding, condition
from sisbench.errors import InputError
from sisbench.files import Tree


@dataclass(frozen=True)
class ViewSample(Sample):
    """One decoded sample of a cross-view task; `image` is the photo of the target view.

    Attributes:
        source: Photo of the source view, uint8 (3, H, W).
        semantics: Semantics of the target view in colours, uint8 (3, H, W); black where there is none.
    """

    source: Tensor
    semantics: Tensor


class Pictures(NamedTuple):
    """A sample, or a batch of them, in 8 bits: (..., 3, H, W), the groups as grey values (..., 1, H, W)."""

    source: Tensor
    target: Tensor
    semantics: Tensor
    groups: Tensor


class ViewSamples(Samples):
    """The samples of one split of a cross-view task.

    Args:
        dataset: A data set of a direction (`Dataset.directed`).
        tree: Its files.
        split: A split on the card.
        size: Height and width; None is the card's.
        limit: Take at most so many, evenly spaced over the sorted keys; None takes all.
        resample: Filter of photos and maps.
        load_size: Height and width that they are resized to before a window of the size is cut from all of them, at an
            offset that follows from the sample's key (`window`); None takes whole photos.
        real_quantisation: What becomes of the target photo (`Protocol.real_quantisation`).

    Raises:
        InputError: Files are missing or do not pair, or do not hold what the direction needs.
    """

    def __init__(
        self,
        dataset: Dataset,
        tree: Tree,
        split: str,
        size: tuple[int, int] | None = None,
        limit: int | None = None,
        resample: images.Resample = "bicubic",
        load_size: tuple[int, int] | None = None,
        real_quantisation: Literal["none", "truncate"] = "none",
    ) -> None:
        super().__init__(dataset, tree, split, size, limit, resample)
        self.load_size, self.real_quantisation = load_size, real_quantisation
        self._dataset = dataset
        height, width = self.size
        self.fits_in_memory = len(self.items) * height * width * 10 <= CACHE_BYTES
        self._decoded: dict[int, Pictures] = {}
        self._panels = (
            panel_layouts.layout_of(dataset, tree, self.items) if dataset.views and dataset.views.panels else None
        )
        if self._panels is not None:
            panel_layouts.require_direction(dataset, self._panels)

    def __getitem__(self, index: int) -> ViewSample:
        index = range(len(self))[index]
        item, found = self.items[index], self.pictures(index)
        return ViewSample(
            item.key,
            found.target.clone(),
            group_layout(found.groups),
            None,
            item.category,
            found.source,
            found.semantics,
        )

    def layout(self, index: int) -> Tensor:
        """Return the layout of groups of a sample, int64 (H, W), at the size of the samples."""
        return group_layout(self.pictures(index).groups)

    def digest(self) -> str:
        """SHA-256 over keys, contents of all files and the order of their panels, whatever the size decoded to."""
        with ThreadPoolExecutor() as pool:
            parts = [*pool.map(_item_digest, self.items), *(self._panels.order if self._panels else ())]
            parts += [f"loaded at {self.load_size}"] if self.load_size else []
            parts += [self.real_quantisation] if self.real_quantisation != "none" else []
            return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def pictures(self, index: int) -> Pictures:
        """Return the pictures of a sample, at the size of the samples."""
        if index in self._decoded:
            return self._decoded[index]
        item = self.items[index]
        size = self.load_size or self.size
        found = self._of_panels(item) if item.panels else self._of_files(item, size)
        found = Pictures(*(resized(picture, size, self.resample) for picture in found))
        if self.load_size is not None:
            found = cut(found, self.size, 0, "evaluate", item.key)
        if self.real_quantisation == "truncate":
            found = found._replace(target=images.quantise(images.to_pm1(found.target)))
        if self.fits_in_memory and torch.utils.data.get_worker_info() is None:
            self._decoded[index] = found
        return found

    def _of_panels(self, item: Item) -> Pictures:
        """Cut the panels of a file."""
        layout = self._panels
        assert layout is not None
        source, target = panel_layouts.ends(self._dataset)
        wanted = (source, target, f"{target} semantics", f"{target} groups")
        first, second, semantics, *groups = panels.read(item, layout, wanted)
        maps = panels.maps(item, layout, target, semantics, groups[0] if groups else None)
        return Pictures(first, second, maps.semantics, maps.groups[None])

    def _of_files(self, item: Item, size: tuple[int, int]) -> Pictures:
        """Read the files of both views; the target's label map gives colours and groups."""
        assert self._dataset.undirected is not None
        ground, aerial = (item.image, item.layout), (item.aerial, item.aerial_layout)
        (source, _), (target, labels) = (aerial, ground) if self._dataset.direction == "a2g" else (ground, aerial)
        if source is None or target is None or labels is None:
            raise InputError(f"{item.layout}: has no aerial view, photo and label map. Fetch the data again.")
        if images.size_of(target) != images.size_of(labels):
            raise InputError(f"{target}: has another size than its label map {labels}. Fetch the data again.")
        card = self._dataset.undirected.card
        ids = layout_files.read(labels, card, size)
        palette = torch.tensor(card.palette(), dtype=torch.uint8)
        groups = torch.tensor(group_ids(card.labels))[ids]
        first, second = (images.decode_photo(file, size, self.resample) for file in (source, target))
        return Pictures(first, second, palette[ids].permute(2, 0, 1), panels.as_grey(groups)[None])


def _item_digest(item: Item) -> str:
    files = item.files().items()
    return " ".join([item.key, *(f"{what} {hashlib.sha256(file.read()).hexdigest()}" for what, file in files)])


def open_samples(
    dataset: Dataset,
    tree: Tree,
    split: str,
    size: tuple[int, int] | None = None,
    limit: int | None = None,
    resample: images.Resample = "bicubic",
) -> Samples:
    """Open a split, of a cross-view task or of another; arguments and errors are those of `Samples`."""
    kind = ViewSamples if dataset.direction else Samples
    return kind(dataset, tree, split, size, limit, resample)


def evaluated_samples(
    dataset: Dataset, tree: Tree, protocol: Protocol, size: tuple[int, int] | None = None, limit: int | None = None
) -> Samples:
    """Open the split that a protocol scores, with its choices.

    Raises:
        InputError: As `Samples`; or the protocol is of cross-view tasks alone and the data set of another one.
    """
    split, resample = protocol.real_split, protocol.image_resample
    if dataset.direction:
        return ViewSamples(dataset, tree, split, size, limit, resample, protocol.load_size, protocol.real_quantisation)
    if protocol.load_size is not None or protocol.real_quantisation != "none":
        raise InputError(
            f"protocol {protocol.name!r} reads photos as cross-view codes do, and {dataset.card.name} has no direction."
            " Give one ('--direction'), or choose another protocol."
        )
    return Samples(dataset, tree, split, size, limit, resample)


def condition_of(sample: Sample, card: Card, encoding: Encoding) -> Tensor:
    """Return what a generator sees of a sample, float32 (C, H, W): of a cross-view one `view_condition`."""
    if isinstance(sample, ViewSample):
        return view_condition(sample.source, sample.semantics, sample.layout)
    return condition(sample.layout, sample.instance, card, encoding)


def view_condition(source: Tensor, semantics: Tensor, layout: Tensor) -> Tensor:
    """Return what a cross-view generator sees (`generators.View`).

    Args:
        source: Photo of the source view, uint8 (..., 3, H, W).
        semantics: Semantics of the target view in colours, uint8 (..., 3, H, W).
        layout: Layout of the target view by groups, int64 (..., H, W); `NO_GROUP` has no channel.

    Returns:
        float32 (..., 6 + groups, H, W): both pictures in [-1, 1], then the one-hot layout.
    """
    planes = torch.stack([layout == group.id for group in GROUPS], dim=-3).float()
    return torch.cat((images.to_pm1(source), images.to_pm1(semantics), planes), dim=-3)


def group_layout(grey: Tensor) -> Tensor:
    """Return the groups of a picture of their grey values, uint8 (..., 1, H, W): int64 (..., H, W), or `NO_GROUP`."""
    table = torch.full((256,), NO_GROUP, dtype=torch.int64, device=grey.device)
    table[list(GREYS)] = torch.arange(len(GREYS), device=grey.device)
    return table[grey.squeeze(-3).long()]


def window(room: tuple[int, int], crop_from: int, *seed: object) -> tuple[int, int]:
    """Draw the offset of a window, top and left.

    Args:
        room: By how much the picture is higher and wider than the window.
        crop_from: Smallest offset of as many as there is room; 0 is drawn where there is none.
        *seed: What the draw depends on.
    """
    top, left = (crop_from + draw(f"crop {axis}", *seed) % n if n else 0 for axis, n in enumerate(room))
    return top, left


def cut(pictures: Pictures, size: tuple[int, int], crop_from: int, *seed: object) -> Pictures:
    """Cut one window from all pictures of a sample (`window`)."""
    (height, width), (tall, wide) = size, pictures.source.shape[-2:]
    top, left = window((tall - height, wide - width), crop_from, *seed)
    return Pictures(*(picture[..., top : top + height, left : left + width] for picture in pictures))


def resized(picture: Tensor, size: tuple[int, int], resample: images.Resample = "bicubic") -> Tensor:
    """Resize a picture by Pillow: uint8 (3, H, W) or (1, H, W)."""
    if tuple(picture.shape[-2:]) == size:
        return picture
    if picture.shape[0] == 3:
        return images.resize_photo(picture, size, resample)
    grey = Image.fromarray(picture[0].numpy()).resize((size[1], size[0]), decoding.FILTERS[resample])
    return torch.from_numpy(np.array(grey))[None]
