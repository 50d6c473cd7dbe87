"""Score generated images against the real ones, in one pass.

Every image is decoded once and goes once through each network that a metric needs. Batches are fixed slices of the
sorted keys, so the numbers do not depend on where the images come from, in which order, or whether the real side was
cached. A network that is missing makes its own metrics `n/a`, with the reason, and no others.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import torch

from sisbench import metrics as metric_registry
from sisbench._feeds import Batch, Setting, make_feeds, merged
from sisbench.cache import Cache
from sisbench.card import Protocol, Scoring
from sisbench.data import Samples
from sisbench.errors import InputError
from sisbench.evaluation import Evaluation as Evaluation
from sisbench.evaluation import NotAvailable as NotAvailable
from sisbench.fakes import Fakes, in_order
from sisbench.fakes import ImageFolder as ImageFolder

BATCH_SIZE = 8
"""Samples per step. A constant: rounding inside a network may depend on it."""


def evaluate(
    fakes: Fakes,
    samples: Samples,
    protocol: Protocol,
    *,
    device: torch.device | str = "cpu",
    cache_dir: Path | None = None,
    metrics: Sequence[str] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Evaluation:
    """Score generated images under a protocol.

    Args:
        fakes: Images uint8 (3, H, W) by key: an `ImageFolder`, any mapping, or a stream of (key, image).
        samples: The real side: split, size and resampling of the protocol.
        protocol: All choices.
        device: Where networks run.
        cache_dir: Folder that keeps findings on the real images for later calls; None keeps nothing.
        metrics: Names of metrics; None takes those of the protocol.
        progress: Called with (images done, images in all) after every step.

    Raises:
        InputError: An unknown metric, samples that do not fit the protocol, missing or unknown keys, images of another
            kind or size, a damaged file.
    """
    scoring = _require_fit(samples, protocol)
    names = list(dict.fromkeys(protocol.metrics if metrics is None else metrics))
    for name in names:
        metric_registry.get(name)  # an unknown name is told before the work, not after
    order = sorted(range(len(samples)), key=samples.keys.__getitem__)
    digest = samples.digest()
    device = torch.device(device)
    setting = Setting(
        card=samples.card,
        scoring=scoring,
        n=len(order),
        device=device,
        cache=Cache(cache_dir),
        origin={
            "format": 1,
            "samples": digest,
            "card": samples.card.digest(),
            "protocol": protocol.digest(),
            "torch": torch.__version__,
            "device": device.type,
        },
    )
    with _exact():
        feeds, reasons = make_feeds(names, setting)
        for done, batch in _batches(fakes, samples, order, scoring.size):
            for feed in feeds:
                feed.take(batch)
            if progress is not None:
                progress(done, len(order))
        found = merged(feed.scores() for feed in feeds)
        real = merged(feed.finish() for feed in feeds)
    outputs = {output: name for name in names for output in metric_registry.get(name).outputs}
    one_sided = {name for name in names if metric_registry.get(name).needs == "labels"}
    provenance = {
        "dataset": samples.card.name,
        "card_sha256": samples.card.digest(),
        "split": samples.split,
        "samples_sha256": digest,
        "protocol": protocol.name,
        "protocol_sha256": protocol.digest(),
    }
    return Evaluation(
        n=len(order),
        results={o: found.results.get(o) or NotAvailable(reasons[name]) for o, name in outputs.items()},
        real={
            o: real.results.get(o) or NotAvailable(reasons[name]) for o, name in outputs.items() if name in one_sided
        },
        per_class=found.per_class,
        real_per_class=real.per_class,
        higher_is_better={o: metric_registry.get(name).higher_is_better for o, name in outputs.items()},
        provenance=provenance | {label: sha for feed in feeds for label, sha in feed.networks.items()},
    )


def _require_fit(samples: Samples, protocol: Protocol) -> Scoring:
    """Return the protocol's choices for a data set, if the samples are what it scores against."""
    scoring = protocol.scoring(samples.card.name)
    for what, got, expected in (
        ("split", samples.split, protocol.real_split),
        ("size", samples.size, scoring.size),
        ("resampling", samples.resample, protocol.image_resample),
        ("number of images per layout", 1, protocol.images_per_layout),
    ):
        if got != expected:
            raise InputError(
                f"protocol {protocol.name!r} has the {what} {expected}, but the samples have {got}. "
                "Read them with the protocol's choices, or choose another protocol."
            )
    return scoring


def _batches(
    fakes: Fakes, samples: Samples, order: Sequence[int], size: tuple[int, int]
) -> Iterator[tuple[int, Batch]]:
    """Yield the number of images up to and with a batch, and the batch."""
    train_ids = torch.tensor(samples.card.train_id_table())
    images = in_order(fakes, [samples.keys[i] for i in order], size)
    for start in range(0, len(order), BATCH_SIZE):
        fake = torch.stack([next(images) for _ in order[start : start + BATCH_SIZE]])
        reals = [samples[i] for i in order[start : start + BATCH_SIZE]]
        truth = train_ids[torch.stack([sample.layout for sample in reals])]
        yield start + len(reals), Batch(start, fake, torch.stack([sample.image for sample in reals]), truth)
    next(images, None)  # lets a stream find out that it is too long


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
