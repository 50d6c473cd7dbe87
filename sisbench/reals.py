"""The real side of an evaluation: photos, and their label maps where there are any."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import torch
from torch import Tensor

from sisbench import images, layout_files
from sisbench.card import Card, Size
from sisbench.data import Samples
from sisbench.errors import InputError
from sisbench.fakes import Ranges, as_bytes, number_key, require_keys
from sisbench.files import File
from sisbench.folders import ImageFolder
from sisbench.listing import listed


class Pair(NamedTuple):
    """One real image.

    Attributes:
        image: uint8 (3, H, W).
        layout: Label ids, int64 (H, W); None where there are no label maps.
        layouts: The same at other sizes, for those that were asked for.
        instance: Instance ids, int64 (H, W), of a data set that has them.
    """

    image: Tensor
    layout: Tensor | None
    layouts: Mapping[Size, Tensor] = MappingProxyType({})
    instance: Tensor | None = None


class Reals:
    """Real images by sorted key, at one size.

    Attributes:
        keys: Their keys, sorted.
        size: Height and width.
        card: Facts of their data set, where they have one.
        split: Name of the split, or "folder" or "memory".
        layouts: Whether there are label maps.
        selection: Which list selects them from the split, where one does.
    """

    keys: tuple[str, ...]
    size: tuple[int, int]
    card: Card | None = None
    split: str
    layouts: bool = False
    selection: str = ""

    def __len__(self) -> int:
        return len(self.keys)

    def pair(self, index: int, sizes: Collection[Size] = ()) -> Pair:
        """Return the real image of a key's place.

        Args:
            index: Place.
            sizes: Other sizes at which its label map is wanted, where there is one.
        """
        raise NotImplementedError

    def digest(self) -> str:
        """SHA-256 over keys and contents."""
        raise NotImplementedError


class SplitReals(Reals):
    """The split of a data set.

    Args:
        samples: The split.
    """

    layouts = True

    def __init__(self, samples: Samples) -> None:
        self._samples, self.size = samples, samples.size
        self.card, self.split, self.selection = samples.card, samples.split, samples.selection
        self._order = sorted(range(len(samples)), key=samples.keys.__getitem__)
        self.keys = tuple(samples.keys[i] for i in self._order)

    def pair(self, index: int, sizes: Collection[Size] = ()) -> Pair:
        """Return the sample of a key's place."""
        place = self._order[index]
        sample = self._samples[place]
        layouts = _resized(self._samples.layout(place), sizes) if sizes else {}
        return Pair(sample.image, sample.layout, layouts, sample.instance)

    def digest(self) -> str:
        """Digest of the samples."""
        return self._samples.digest()


class FolderReals(Reals):
    """Photos in files, resized to the size of the generated images; label maps in files beside them.

    Args:
        root: Folder, zip archive or list of the photos.
        size: Height and width to resize to.
        resample: Filter of the photos; label maps are resized by nearest.
        layouts: Folder, zip archive or list of label maps, under the same keys.
        card: Facts of the label maps.

    Raises:
        InputError: Nothing is there, or label maps without a card.
        Problems: Files that are no images; photos and label maps that do not pair.
    """

    split = "folder"

    def __init__(
        self,
        root: Path,
        size: tuple[int, int],
        resample: images.Resample = "bicubic",
        layouts: Path | None = None,
        card: Card | None = None,
    ) -> None:
        self.size, self._resample, self.card = size, resample, card
        self._photos = ImageFolder(root, "real")
        self.keys = tuple(sorted(self._photos))
        self.layouts = layouts is not None
        self._layouts: dict[str, File] = {}
        if layouts is not None:
            if card is None:
                raise InputError("label maps were given without their label space; name their data set ('--dataset').")
            self._layouts = listed(layouts, "layout")
            require_keys(self._layouts, self.keys, "label map", "photo")

    def pair(self, index: int, sizes: Collection[Size] = ()) -> Pair:
        """Decode the files of a key's place."""
        key = self.keys[index]
        photo = images.decode_photo(self._photos.file(key), self.size, self._resample)
        if not self.layouts:
            return Pair(photo, None)
        stored = self._layout(key)
        return Pair(photo, images.resize_ids(stored, self.size), _resized(stored, sizes))

    def digest(self) -> str:
        """SHA-256 over keys and file contents, whatever the size decoded to."""
        with ThreadPoolExecutor() as pool:
            return hashlib.sha256("\n".join(pool.map(self._item_digest, self.keys)).encode()).hexdigest()

    def _item_digest(self, key: str) -> str:
        files = [self._photos.file(key), *([self._layouts[key]] if self.layouts else [])]
        return " ".join([key, *(hashlib.sha256(file.read()).hexdigest() for file in files)])

    def _layout(self, key: str) -> Tensor:
        assert self.card is not None
        return layout_files.read(self._layouts[key], self.card)


class MemoryReals(Reals):
    """Real images in memory.

    Args:
        reals: Images (N, 3, H, W), or (3, H, W) by key: uint8, or floating point in [-1, 1].
        size: Height and width that they must have.
        card: Facts of their data set, where they have one.

    Raises:
        InputError: Other shapes, types or ranges.
    """

    split = "memory"

    def __init__(self, reals: Tensor | Mapping[str, Tensor], size: tuple[int, int], card: Card | None = None) -> None:
        self.card = card
        named = reals if isinstance(reals, Mapping) else {number_key(i): image for i, image in enumerate(reals)}
        ranges = Ranges("real")
        self._images = {k: as_bytes(f"real image {k!r}", ranges.seen(image), size) for k, image in named.items()}
        ranges.judge()
        self.size, self.keys = size, tuple(sorted(self._images))
        if not self.keys:
            raise InputError("there are no real images; expected one for every generated image.")

    def pair(self, index: int, sizes: Collection[Size] = ()) -> Pair:
        """Return the image of a key's place."""
        del sizes
        return Pair(self._images[self.keys[index]].cpu(), None)

    def digest(self) -> str:
        """SHA-256 over keys and pixels."""
        found = hashlib.sha256()
        for key in self.keys:
            found.update(f"{key} {self.size}\n".encode())
            found.update(self._images[key].cpu().contiguous().numpy().tobytes())
        return found.hexdigest()


def _resized(layout: Tensor, sizes: Collection[Size]) -> dict[Size, Tensor]:
    """Return a label map, as stored, at each of several sizes."""
    return {s: layout if s is None or s == "native" else images.resize_ids(layout, s) for s in sizes}


def truth_of(layout: Tensor, card: Card) -> Tensor:
    """Return the train ids, int64, of label ids of any shape."""
    return torch.tensor(card.train_id_table())[layout]
