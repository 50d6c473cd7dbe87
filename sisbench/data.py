"""Decoded samples of one split, and endless training batches of them.

Every batch is a pure function of (seed, step, rank): epochs are ordered and flips drawn by an integer hash, never by a
running generator, so a resumed training sees what an undisturbed one would have seen, at no cost for the steps that
are skipped, and no library's random stream can change an order.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeVar

import torch
import torch.utils.data
from torch import Tensor

import generators
from sisbench import images, layout_files, regions
from sisbench.card import Card
from sisbench.datasets import Dataset, Item
from sisbench.encode import SPADE, Encoding, condition
from sisbench.errors import InputError
from sisbench.files import Tree

B = TypeVar("B")

CACHE_BYTES = 1 << 30
"""Decoded samples stay in memory if the whole split fits in this (tinytown: 42 MB; Cityscapes val: 590 MB; Cityscapes
train: 3.5 GB, so it is decoded again in each epoch)."""


@dataclass(frozen=True)
class Sample:
    """One decoded sample.

    Attributes:
        key: Name, unique within the split.
        image: Photo, uint8 `(3, H, W)`.
        layout: Label ids, int64 `(H, W)`.
        instance: Instance ids, int64 `(H, W)`, where there are instance maps.
        category: Scene category, where the card has categories.
    """

    key: str
    image: Tensor
    layout: Tensor
    instance: Tensor | None
    category: str | None


class _Pixels(NamedTuple):
    """A sample, or a batch of them, as small as it goes: uint8, int16, int32, bool; `(..., H, W)`."""

    image: Tensor
    layout: Tensor
    instance: Tensor | None
    hole: Tensor | None = None


class Samples(torch.utils.data.Dataset[Sample]):
    """The samples of one split, decoded and resized when asked for.

    Attributes:
        load_size: `Protocol.load_size` that they were read by; None for all but cross-view samples.
        real_quantisation: `Protocol.real_quantisation`, likewise.
        card: Facts of the data set.
        split: Name of the split.
        size: Height and width of all samples.
        items: Their files.
        keys: Their names, sorted.
        complete: Whether these are all samples of the split.
        selection: Which list selects them, where one does.
        fits_in_memory: Whether decoded samples are kept (`CACHE_BYTES`); if not, training is faster with workers.

    Args:
        dataset: The data set.
        tree: Its files.
        split: A split on its card.
        size: Height and width; None is the card's.
        limit: Take at most so many, evenly spaced over the sorted keys (hence over categories); None takes all.
        resample: Filter of the photos; label and instance maps are resized by nearest.

    Raises:
        InputError: Files are missing or do not pair. (A damaged one is found when it is decoded.)
    """

    load_size: tuple[int, int] | None = None
    real_quantisation: Literal["none", "truncate"] = "none"

    def __init__(
        self,
        dataset: Dataset,
        tree: Tree,
        split: str,
        size: tuple[int, int] | None = None,
        limit: int | None = None,
        resample: images.Resample = "bicubic",
    ) -> None:
        if limit is not None and limit < 1:
            raise InputError(f"a limit of {limit} samples leaves none; ask for 1 or more.")
        self.card, self.split, self.size, self.resample = dataset.card, split, size or dataset.card.size, resample
        listing = dataset.listing(tree, split)
        items, self.selection = list(listing.items), listing.selection
        self.complete = (limit is None or limit >= len(items)) and self.card.counts[split] in (None, len(items))
        if limit is not None and limit < len(items):
            items = [items[i * len(items) // limit] for i in range(limit)]
        self.items, self._band = tuple(items), dataset.instance_band
        self.keys = tuple(item.key for item in items)
        pixels = len(items) * self.size[0] * self.size[1]
        self.fits_in_memory = pixels * (3 + 2 + 4 * any(item.instance for item in items)) <= CACHE_BYTES
        self._cache: dict[int, _Pixels] = {}

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> Sample:
        index = range(len(self))[index]
        item, pixels = self.items[index], self._pixels(index)
        instance = None if pixels.instance is None else pixels.instance.long()
        return Sample(item.key, pixels.image.clone(), pixels.layout.long(), instance, item.category)

    def layout(self, index: int) -> Tensor:
        """Return the label ids of a sample at the size of its file, int64 `(h, w)`.

        Raises:
            InputError: The file is damaged or holds ids outside the label space.
        """
        return layout_files.read(self.items[index].layout, self.card)

    def digest(self) -> str:
        """SHA-256 over keys and file contents (photo, label map, instance map), whatever the size decoded to."""
        with ThreadPoolExecutor() as pool:
            parts = pool.map(_item_digest, self.items)
            return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def _pixels(self, index: int) -> _Pixels:
        if index in self._cache:
            return self._cache[index]
        pixels = self._decode(self.items[index])
        in_worker = torch.utils.data.get_worker_info() is not None  # where every process would hold a copy of its own
        if self.fits_in_memory and not in_worker:
            self._cache[index] = pixels
        return pixels

    def _decode(self, item: Item) -> _Pixels:
        if item.image is None:
            raise InputError(f"{item.layout}: has no photo, which training and scoring need.")
        _require_equal_sizes(item)
        layout = layout_files.read(item.layout, self.card, self.size)
        instance = images.decode_ids(item.instance, self.size, self._band).int() if item.instance else None
        return _Pixels(images.decode_photo(item.image, self.size, self.resample), layout.short(), instance)


def training_batches(
    samples: Samples,
    batch_size: int,
    seed: int,
    start_step: int = 0,
    rank: int = 0,
    world_size: int = 1,
    flip: float = 0.5,
    workers: int = 0,
    device: torch.device | str = "cpu",
    encoding: Encoding = SPADE,
    scheme: str = "",
) -> Iterator[tuple[Tensor, Tensor]]:
    """Return endless training batches.

    Each epoch visits the samples in a new order; what is left of an epoch beyond whole batches is dropped, as in the
    official trainings. With fewer samples than a batch, epochs run on into each other instead. The processes of a
    distributed training take consecutive shares of the same batch, so their number changes no batch.

    Args:
        samples: What to train on.
        batch_size: Samples per step over all processes.
        seed: Seed of orders and flips.
        start_step: The first step to return.
        rank: Number of this process.
        world_size: Number of processes; divides `batch_size`.
        flip: Probability of a horizontal flip.
        workers: Processes that decode ahead, for splits that do not fit in memory (`CACHE_BYTES`).
        device: Where batches are encoded and returned; 8-bit pixels travel there, not the one-hot layout.
        encoding: How the method sees label and instance maps.
        scheme: How regions to be painted are drawn (`regions`), for methods that edit; empty for all others.

    Returns:
        Iterator of cond, float32 `(N, C, H, W)`, and real, float32 `(N, 3, H, W)` in [-1, 1], with
        `N = batch_size / world_size`.

    Raises:
        InputError: The batch cannot be divided, or, while iterating, a file is damaged.
    """
    if batch_size < 1 or batch_size % world_size:
        raise InputError(f"a batch of {batch_size} cannot be divided among {world_size} processes; choose a multiple.")
    if not 0 <= rank < world_size or start_step < 0 or not 0 <= flip <= 1:
        raise ValueError(f"rank {rank} of {world_size}, step {start_step}, flip {flip}")
    batches = _TrainingBatches(samples, batch_size, seed, rank, world_size, flip, scheme)
    steps = itertools.count(start_step)
    return _encoded(decoded(batches, steps, workers), samples.card, encoding, torch.device(device))


class _TrainingBatches(torch.utils.data.Dataset[_Pixels | InputError]):
    """Batches by step, not encoded yet: small enough to be handed over by a worker process."""

    def __init__(
        self, samples: Samples, batch_size: int, seed: int, rank: int, world_size: int, flip: float, scheme: str
    ) -> None:
        self.samples, self.seed, self.flip, self.scheme = samples, seed, flip, scheme
        n = len(samples)
        self.epoch_length = n // batch_size * batch_size or n
        self.batch_size, self.share = batch_size, batch_size // world_size
        self.offset = rank * self.share

    def __getitem__(self, step: int) -> _Pixels | InputError:
        """Return a batch, or what is wrong with it: raised in a worker, a message would come out as a traceback."""
        try:
            return self.batch(step)
        except InputError as error:
            return error

    def batch(self, step: int) -> _Pixels:
        """Return the share of this process in the batch of a step."""
        first = step * self.batch_size + self.offset
        picks = [self._pick(position) for position in range(first, first + self.share)]
        instances = [pixels.instance for pixels in picks if pixels.instance is not None]
        holes = [pixels.hole for pixels in picks if pixels.hole is not None]
        return _Pixels(
            torch.stack([pixels.image for pixels in picks]),
            torch.stack([pixels.layout for pixels in picks]),
            torch.stack(instances) if instances else None,
            torch.stack(holes) if holes else None,
        )

    def _pick(self, position: int) -> _Pixels:
        """Return the sample at a position of the endless sequence of epochs, flipped or not."""
        epoch, place = divmod(position, self.epoch_length)
        index = epoch_order(self.seed, epoch, len(self.samples))[place]
        pixels = self.samples._pixels(index)
        if self.scheme:
            instance = pixels.instance if self.samples.card.instances else None  # as in `regions.of_sample`
            hole = regions.draw(self.scheme, pixels.layout, instance, "train", self.seed, epoch, index)
            pixels = pixels._replace(hole=hole)
        if draw("flip", self.seed, epoch, index) < self.flip * 2**64:
            return _Pixels(*(None if part is None else part.flip(-1) for part in pixels))  # type: ignore[arg-type]
        return pixels


def decoded(batches: torch.utils.data.Dataset[B | InputError], steps: Iterator[int], workers: int) -> Iterator[B]:
    """Return the batches of these steps, made ahead by so many processes; raise what is wrong with one."""
    made: Iterable[B | InputError] = map(batches.__getitem__, steps)
    if workers:
        made = torch.utils.data.DataLoader(
            batches,
            batch_size=None,
            sampler=steps,
            num_workers=workers,
            generator=torch.Generator(),  # else the loader draws from the global generator that the noise comes from
        )
    for batch in made:
        if isinstance(batch, InputError):
            raise batch
        yield batch


def _encoded(
    batches: Iterator[_Pixels], card: Card, encoding: Encoding, device: torch.device
) -> Iterator[tuple[Tensor, Tensor]]:
    for image, layout, instance, hole in batches:
        moved = None if instance is None else instance.to(device)
        cond, real = condition(layout.to(device).long(), moved, card, encoding), images.to_pm1(image.to(device))
        if hole is not None:
            cond = generators.edit_condition(cond, hole.to(device), real)
        yield cond, real


@functools.lru_cache(maxsize=4)
def epoch_order(seed: int, epoch: int, n: int) -> tuple[int, ...]:
    """Return the order of an epoch of n samples: indices sorted by their hash."""
    return tuple(sorted(range(n), key=lambda index: draw("order", seed, epoch, index)))


def draw(purpose: str, *numbers: object) -> int:
    """Return 64 well-mixed bits, the same on every machine and in every version."""
    text = f"{purpose} {' '.join(map(str, numbers))}"
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def _item_digest(item: Item) -> str:
    named = {"photo": item.image, "label map": item.layout, "instance map": item.instance}
    contents = (f"{what} {hashlib.sha256(file.read()).hexdigest()}" for what, file in named.items() if file)
    return " ".join((item.key, *contents))


def _require_equal_sizes(item: Item) -> None:
    """Raise `InputError` unless photo, label map and instance map of a sample have one size."""
    expected = images.size_of(item.layout)
    for what, file in (("photo", item.image), ("instance map", item.instance)):
        if file is not None and (found := images.size_of(file)) != expected:
            raise InputError(
                f"{file}: the {what} is {found[1]}x{found[0]}, but its label map {item.layout} is "
                f"{expected[1]}x{expected[0]}. Files of one sample have one size: fetch the data again."
            )
