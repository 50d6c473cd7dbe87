"""The real side of an evaluation: photos, and their label maps where there are any."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from sisbench import images
from sisbench.card import Card
from sisbench.data import Samples
from sisbench.encode import ids_outside
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
    """

    image: Tensor
    layout: Tensor | None


class Reals:
    """Real images by sorted key, at one size.

    Attributes:
        keys: Their keys, sorted.
        size: Height and width.
        card: Facts of their data set, where they have one.
        split: Name of the split, or "folder" or "memory".
        layouts: Whether there are label maps.
    """

    keys: tuple[str, ...]
    size: tuple[int, int]
    card: Card | None = None
    split: str
    layouts: bool = False

    def __len__(self) -> int:
        return len(self.keys)

    def pair(self, index: int) -> Pair:
        """Return the real image of a key's place."""
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
        self.card, self.split = samples.card, samples.split
        self._order = sorted(range(len(samples)), key=samples.keys.__getitem__)
        self.keys = tuple(samples.keys[i] for i in self._order)

    def pair(self, index: int) -> Pair:
        """Return the sample of a key's place."""
        sample = self._samples[self._order[index]]
        return Pair(sample.image, sample.layout)

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

    def pair(self, index: int) -> Pair:
        """Decode the files of a key's place."""
        key = self.keys[index]
        photo = images.decode_photo(self._photos.file(key), self.size, self._resample)
        return Pair(photo, self._layout(key) if self.layouts else None)

    def digest(self) -> str:
        """SHA-256 over keys and file contents, whatever the size decoded to."""
        with ThreadPoolExecutor() as pool:
            return hashlib.sha256("\n".join(pool.map(self._item_digest, self.keys)).encode()).hexdigest()

    def _item_digest(self, key: str) -> str:
        files = [self._photos.file(key), *([self._layouts[key]] if self.layouts else [])]
        return " ".join([key, *(hashlib.sha256(file.read()).hexdigest() for file in files)])

    def _layout(self, key: str) -> Tensor:
        assert self.card is not None
        file = self._layouts[key]
        layout = images.decode_ids(file, self.size)
        if bad := ids_outside(layout, self.card.num_labels, self.card.unknown_label):
            raise InputError(
                f"{file}: label ids {', '.join(map(str, bad))} are outside the label space 0 to "
                f"{self.card.num_labels - 1} of {self.card.title}. Check that this is a map of label ids."
            )
        return layout


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

    def pair(self, index: int) -> Pair:
        """Return the image of a key's place."""
        return Pair(self._images[self.keys[index]].cpu(), None)

    def digest(self) -> str:
        """SHA-256 over keys and pixels."""
        found = hashlib.sha256()
        for key in self.keys:
            found.update(f"{key} {self.size}\n".encode())
            found.update(self._images[key].cpu().contiguous().numpy().tobytes())
        return found.hexdigest()


def truth_of(layout: Tensor, card: Card) -> Tensor:
    """Return the train ids, int64, of label ids of any shape."""
    return torch.tensor(card.train_id_table())[layout]
