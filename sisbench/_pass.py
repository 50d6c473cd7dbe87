"""The pass over all images: decode, run each network once, update the metrics, collect what they found."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor

from sisbench import images, regions
from sisbench import metrics as metric_registry
from sisbench._feeds import Batch, Setting, make_feeds, make_sample_feeds
from sisbench._results import collect
from sisbench._slots import resolve
from sisbench._workers import run
from sisbench.cache import Cache
from sisbench.card import IGNORED, Card, Protocol, Scoring, Size
from sisbench.errors import InputError, counted
from sisbench.evaluation import Evaluation
from sisbench.fakes import Ranges, as_bytes, in_order, number_key, require_keys
from sisbench.folders import SampleFolder
from sisbench.reals import Reals, SplitReals, truth_of

BATCH_SIZE = 8
"""Images per step. A constant: rounding inside a network may depend on it."""

ALL = "all"
"""In place of names: every metric that takes such images."""

Progress = Callable[[int, int], None]
"""Told of work done: images (or layouts) done, and in all."""

SampleSets = SampleFolder | Tensor | Mapping[str, Tensor]


def compare_with_reals(
    fakes: Mapping[str, Tensor] | Iterable[tuple[str, Tensor]],
    reals: Reals,
    protocols: Sequence[Protocol],
    device: torch.device,
    cache: Cache,
    names: Sequence[str] | None,
    progress: Progress | None,
) -> list[Evaluation]:
    """Score generated images against the real ones of the same keys, under all protocols at once."""
    card, n = reals.card, len(reals)
    wanted = [resolve(_names(names, p, False), _scoring(p, card), card, reals.layouts, n) for p in protocols]
    digest = reals.digest()
    facts = {**_facts(card, reals.split, reals.size), "samples_sha256": digest}
    facts |= {"selection": reals.selection} if reals.selection else {}
    scheme = _scheme(reals, protocols)
    facts |= {"regions": scheme} if scheme else {}
    origin = {
        "format": 2,
        "reals": digest,
        "card": card.digest() if card else None,
        "size": list(reals.size),
        "resample": protocols[0].image_resample,
        "torch": torch.__version__,
        "device": device.type,
    }
    origin |= {"regions": scheme} if scheme else {}
    tell = progress or (lambda *_: None)
    with _exact():
        setting = Setting(card, reals.size, n, device, cache, origin)
        slots = [slot for want in wanted for slot in want.slots.values()]
        sizes = set[Size]().union(*(slot.truth_sizes for slot in slots))
        feeds, reasons = make_feeds(slots, setting)
        run(feeds, _batches(fakes, reals, sizes, scheme), device, lambda batch: tell(batch.start + len(batch.fake), n))
        return collect(protocols, wanted, feeds, reasons, facts, reals.keys)


def compare_with_each_other(
    samples: SampleSets,
    protocol: Protocol,
    card: Card | None,
    keys: Sequence[str] | None,
    device: torch.device,
    names: Sequence[str] | None,
    progress: Progress | None,
) -> Evaluation:
    """Score several images of each layout against each other."""
    if isinstance(samples, Tensor):
        if samples.ndim != 5:
            raise InputError(
                f"re-sampled images are a tensor of shape {tuple(samples.shape)}; expected (N, S, 3, H, W), S images "
                "of each of N layouts. Stack them so."
            )
        samples = {number_key(i): stack for i, stack in enumerate(samples)}
    order = sorted(samples)
    if keys is not None:
        require_keys(order, sorted(keys), "image set", "layout")
    if not order:
        raise InputError("there are no re-sampled images; expected two or more for each layout.")
    scoring = _scoring(protocol, card)
    want = resolve(_names(names, protocol, True), scoring, card, False, len(order))
    tell = progress or (lambda *_: None)
    with _exact():
        feeds, reasons = make_sample_feeds(list(want.slots.values()), device)
        sets = _SampleSets(samples, order, scoring.size, protocol)
        done = itertools.count(1)
        run(feeds, sets, device, lambda _: tell(next(done), len(order)))
        assert sets.size is not None
        facts = {**_facts(card, "re-sampled", sets.size), "images_per_layout": str(sets.count)}
        return collect([protocol], [want], feeds, reasons, facts, order)[0]


class _SampleSets:
    """The images of one layout after another, uint8 (S, 3, H, W); all of one size and number.

    Attributes:
        size: Height and width, once the first layout was read.
        count: S, likewise.
    """

    def __init__(
        self,
        samples: SampleFolder | Mapping[str, Tensor],
        order: Sequence[str],
        size: tuple[int, int] | None,
        protocol: Protocol,
    ) -> None:
        self._samples, self._order, self._protocol = samples, order, protocol
        self._ranges = Ranges("re-sampled")
        self.size, self.count = size, protocol.images_per_layout

    def __iter__(self) -> Iterator[Tensor]:
        for key in self._order:
            stack = torch.stack([self._checked(name, image) for name, image in self._images(key)])
            self.count = self.count or len(stack)
            if len(stack) != self.count or self.count < 2:
                expected = self.count if self.count > 1 else "two or more"
                raise InputError(
                    f"layout {key!r} has {counted(len(stack), 'image')}; protocol {self._protocol.name!r} compares "
                    f"{expected} of each layout. Give all layouts that many."
                )
            yield stack
        self._ranges.judge()

    def _images(self, key: str) -> Iterator[tuple[str, Tensor]]:
        if isinstance(self._samples, SampleFolder):
            yield from ((str(file), images.decode_photo(file)) for file in self._samples[key])
        else:
            for number, image in enumerate(self._samples[key]):
                yield f"image {number} of layout {key!r}", image

    def _checked(self, name: str, image: Tensor) -> Tensor:
        found = as_bytes(name, self._ranges.seen(image), self.size)
        self.size = self.size or (found.shape[-2], found.shape[-1])
        return found.cpu()


def _names(names: Sequence[str] | None, protocol: Protocol, of_samples: bool) -> list[str]:
    """Return names of metrics without doubles; an unknown or unfit one is told before the work, not after."""
    if isinstance(names, str) or (names is not None and not names):
        raise InputError(
            f"metrics were given as {names!r}; expected a list of one name or more, such as ['fid', 'miou'] or "
            f"['{ALL}']. See 'sisbench list metrics', or leave them out for those of the protocol."
        )
    chosen = list(protocol.metrics if names is None else names)
    every = metric_registry.names() if ALL in chosen else []  # only then: listing imports every plug-in
    fit = [name for name in every if _takes_samples(name) == of_samples]
    chosen = [*fit, *(name for name in chosen if name != ALL)]
    for name in chosen:
        if _takes_samples(name) != of_samples:
            where = "real images ('--fake')" if of_samples else "several images of each layout ('--resampled')"
            raise InputError(f"metric {name!r} compares generated images with {where}; give these, or leave it out.")
    return list(dict.fromkeys(chosen))


def _takes_samples(metric: str) -> bool:
    return metric_registry.get(metric).needs.startswith("samples:")


def _scoring(protocol: Protocol, card: Card | None) -> Scoring:
    return protocol.scoring(card.name) if card else protocol.scoring()


def _facts(card: Card | None, split: str, size: tuple[int, int]) -> dict[str, str]:
    named = {"dataset": card.name, "card_sha256": card.digest()} if card else {"dataset": "images"}
    return {**named, "split": split, "size": "x".join(map(str, size))}


def _batches(
    fakes: Mapping[str, Tensor] | Iterable[tuple[str, Tensor]], reals: Reals, sizes: Collection[Size], scheme: str
) -> Iterator[Batch]:
    """Yield slices of the sorted keys; the next one is decoded meanwhile, real images by a thread for each core."""
    stream = in_order(fakes, reals.keys, reals.size)
    starts = range(0, len(reals), BATCH_SIZE)

    @torch.no_grad()  # threads do not inherit it, and a mapping may run a generator
    def load(start: int) -> Batch:
        places = range(start, min(start + BATCH_SIZE, len(reals)))
        fake = torch.stack([next(stream) for _ in places])
        pairs = list(readers.map(lambda place: reals.pair(place, sizes), places))
        layouts = [pair.layout for pair in pairs if pair.layout is not None]
        real, card = torch.stack([pair.image for pair in pairs]), reals.card
        if not layouts or card is None:
            return Batch(start, fake.cpu(), real, None)
        truth = truth_of(torch.stack(layouts), card)
        truths = {s: [truth_of(pair.layouts[s], card).to(torch.uint8) for pair in pairs] for s in sizes}
        if scheme:  # label maps count in their regions alone
            holes = [
                regions.of_sample(scheme, reals.keys[place], layout, pair.instance, card)
                for place, layout, pair in zip(places, layouts, pairs, strict=True)
            ]
            truth = truth.masked_fill(~torch.stack(holes), IGNORED)
        return Batch(start, fake.cpu(), real, truth, truths)

    with ThreadPoolExecutor(min(BATCH_SIZE, os.cpu_count() or 1)) as readers, ThreadPoolExecutor(1) as ahead:
        if isinstance(fakes, Mapping):
            coming = ahead.submit(load, starts[0])
            for start in starts:
                batch = coming.result()
                if start + BATCH_SIZE < len(reals):
                    coming = ahead.submit(load, start + BATCH_SIZE)
                yield batch
        else:  # a stream belongs to the thread of its caller: it may run a generator
            for start in starts:
                yield load(start)
    next(stream, None)  # lets a stream find out that it is too long


def _scheme(reals: Reals, protocols: Sequence[Protocol]) -> str:
    """Return the scheme of the regions that alone count; empty where whole images do.

    Raises:
        InputError: The protocols disagree, or the real images are of no data set whose maps say what the regions are.
    """
    schemes = {protocol.regions for protocol in protocols}
    if len(schemes) > 1:
        raise InputError(
            f"protocols {', '.join(p.name for p in protocols)} score regions and whole images; one pass does either. "
            "Evaluate them one by one."
        )
    (scheme,) = schemes
    if scheme and not isinstance(reals, SplitReals):
        raise InputError(
            f"protocol {protocols[0].name!r} scores regions, which follow from the label and instance maps of a data "
            "set. Score the split of one ('--dataset', without '--real'), or choose another protocol."
        )
    return scheme


@contextlib.contextmanager
def _exact() -> Iterator[None]:
    """Full float32 precision and repeatable algorithms inside the block; the caller's settings after it."""
    precision = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    try:
        with torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False):
            yield
    finally:
        torch.set_float32_matmul_precision(precision)
