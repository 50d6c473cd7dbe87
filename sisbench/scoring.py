"""Score generated images against the real ones, in one pass.

Every image is decoded once and goes once through each network that a metric needs, whatever the number of metrics and
protocols. Batches are fixed slices of the sorted keys, so the numbers do not depend on where the images come from, in
which order, or whether the real side was cached. A network that is missing makes its own metrics `n/a`, with the
reason, and no others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import overload

import torch
from torch import Tensor

from sisbench import datasets, protocols
from sisbench._device import usable
from sisbench._pass import compare_with_each_other, compare_with_reals
from sisbench.cache import Cache
from sisbench.card import ANY, Card, Protocol
from sisbench.data import Samples
from sisbench.errors import InputError
from sisbench.evaluation import Evaluation as Evaluation
from sisbench.evaluation import NotAvailable as NotAvailable
from sisbench.fakes import Fakes, common_size, opened
from sisbench.folders import ImageFolder as ImageFolder
from sisbench.folders import SampleFolder
from sisbench.reals import FolderReals, MemoryReals, Reals, SplitReals

RealImages = Samples | Path | str | Tensor | Mapping[str, Tensor]
"""The split of a data set; a folder, zip archive or list of photos, resized to the generated images; images (N, 3, H,
W), or (3, H, W) by key, of the same size."""

Several = list[Protocol] | list[str] | tuple[Protocol | str, ...]
"""Protocols that one pass serves."""


@overload
def evaluate(
    fakes: Fakes,
    reals: RealImages,
    protocol: Protocol | str | None = None,
    *,
    layouts: Path | str | None = None,
    dataset: str | None = None,
    device: torch.device | str = "cpu",
    cache_dir: Path | None = None,
    metrics: Sequence[str] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Evaluation: ...


@overload
def evaluate(
    fakes: Fakes,
    reals: RealImages,
    protocol: Several,
    *,
    layouts: Path | str | None = None,
    dataset: str | None = None,
    device: torch.device | str = "cpu",
    cache_dir: Path | None = None,
    metrics: Sequence[str] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Evaluation]: ...


def evaluate(
    fakes: Fakes,
    reals: RealImages,
    protocol: Protocol | str | Several | None = None,
    *,
    layouts: Path | str | None = None,
    dataset: str | None = None,
    device: torch.device | str = "cpu",
    cache_dir: Path | None = None,
    metrics: Sequence[str] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Evaluation | list[Evaluation]:
    """Score generated images under one protocol or several, in one pass.

    >>> dark, light = torch.zeros(2, 3, 8, 8, dtype=torch.uint8), torch.full((2, 3, 8, 8), 255, dtype=torch.uint8)
    >>> evaluate(dark, light, metrics=["psnr"]).results["psnr"].value
    0.0

    Args:
        fakes: Generated images; see `fakes.Fakes`.
        reals: Real images; see `RealImages`.
        protocol: All choices; None is that of the data set's card, or "folders-v1" where there is none.
        layouts: Folder, zip archive or list of label maps of real photos in a folder.
        dataset: Name of the data set of images that are not `Samples`: its card says what label maps mean.
        device: Where networks run.
        cache_dir: Folder that keeps findings on the real images for later calls; None keeps nothing.
        metrics: Names of metrics, or ["all"]; None takes those of the protocol.
        progress: Called with (images done, images in all) after every step.

    Returns:
        The evaluation; a list of them where a sequence of protocols was given.

    Raises:
        InputError: An unknown metric, real images that do not fit the protocol, missing or unknown keys, images of
            another kind or size, a damaged file.
    """
    card = datasets.get(dataset).card if dataset else reals.card if isinstance(reals, Samples) else None
    chosen = _protocols(protocol, card)
    images = opened(fakes)
    side = _real_side(reals, images, chosen, layouts, card)
    evaluations = compare_with_reals(images, side, chosen, usable(device), Cache(cache_dir), metrics, progress)
    return evaluations if isinstance(protocol, list | tuple) else evaluations[0]


def evaluate_samples(
    samples: Path | str | Tensor | Mapping[str, Tensor],
    protocol: Protocol | str | None = None,
    *,
    dataset: str | None = None,
    keys: Sequence[str] | None = None,
    device: torch.device | str = "cpu",
    metrics: Sequence[str] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Evaluation:
    """Score how much several images of the same layout differ from each other.

    Args:
        samples: A folder or zip archive (see `folders.SampleFolder`); images (N, S, 3, H, W), S for each of N layouts;
            or (S, 3, H, W) by key. uint8, or floating point in [-1, 1].
        protocol: All choices; None is "diversity-v1", which takes any S.
        dataset: Name of the data set, for the record.
        keys: Keys of all layouts that must be there, where they are known.
        device: Where networks run.
        metrics: Names of metrics; None takes those of the protocol.
        progress: Called with (layouts done, layouts in all) after every step.

    Raises:
        InputError: Another number of images than the protocol has, missing or unknown keys, images of unequal sizes.
    """
    (chosen,) = _protocols(protocol or protocols.DIVERSITY, None)
    if chosen.images_per_layout == 1:
        raise InputError(
            f"protocol {chosen.name!r} has one image per layout and compares it with a photo. Use 'evaluate', or a "
            "protocol of diversity ('sisbench list protocols')."
        )
    return compare_with_each_other(
        SampleFolder(Path(samples)) if isinstance(samples, str | Path) else samples,
        chosen,
        datasets.get(dataset).card if dataset else None,
        keys,
        usable(device),
        metrics,
        progress,
    )


def _protocols(protocol: Protocol | str | Several | None, card: Card | None) -> list[Protocol]:
    if protocol is None:
        return [protocols.get(card.default_protocol if card else protocols.FOLDERS)]
    named: list[Protocol | str] = [protocol] if isinstance(protocol, str | Protocol) else [*protocol]
    if not named:
        raise InputError("no protocol was named; give at least one, or None for the default one.")
    return [protocols.get(entry) if isinstance(entry, str) else entry for entry in named]


def _real_side(
    reals: RealImages,
    fakes: Mapping[str, Tensor] | Iterable[tuple[str, Tensor]],
    chosen: Sequence[Protocol],
    layouts: Path | str | None,
    card: Card | None,
) -> Reals:
    """Open the real images, at the size and with the resampling of the protocols."""
    for protocol in chosen:
        if protocol.images_per_layout != 1:
            raise InputError(
                f"protocol {protocol.name!r} compares several images of one layout with each other, not with photos. "
                "Use 'evaluate_samples' ('sisbench evaluate --resampled')."
            )
    if isinstance(reals, Samples):
        if layouts is not None or card != reals.card:
            raise InputError(
                f"the samples of {reals.card.name} have label maps and a label space of their own; leave 'layouts' and "
                "'dataset' out, which are for photos in folders."
            )
        _require_fit(reals, chosen)
        return SplitReals(reals)
    if len(filters := {protocol.image_resample for protocol in chosen}) > 1:
        raise InputError(
            f"protocols {', '.join(p.name for p in chosen)} resize photos by {' and '.join(sorted(filters))}; one pass "
            "reads them once. Evaluate them one by one."
        )
    if not isinstance(reals, str | Path | Tensor | Mapping):
        raise InputError(
            f"real images are of type {type(reals).__name__}; expected a path, a tensor (N, 3, H, W), a mapping of key "
            "to image, or the Samples of a data set. Turn arrays into tensors (torch.from_numpy)."
        )
    size = _size(fakes, reals, chosen, card)
    if isinstance(reals, str | Path):
        where = None if layouts is None else Path(layouts)
        return FolderReals(Path(reals), size, chosen[0].image_resample, where, card)
    if layouts is not None:
        raise InputError("label maps go with photos in files; give both as folders, or score a data set's split.")
    return MemoryReals(reals, size, card)


def _size(
    fakes: Mapping[str, Tensor] | Iterable[tuple[str, Tensor]],
    reals: RealImages,
    chosen: Sequence[Protocol],
    card: Card | None,
) -> tuple[int, int]:
    """Return the one size of the protocols; where they leave it open, that of the images."""
    for protocol in chosen:
        if card is None and all(scoring.dataset != ANY for scoring in protocol.scorings):
            raise InputError(
                f"protocol {protocol.name!r} is for {', '.join(s.dataset for s in protocol.scorings)}, and no data set "
                "was named. Name it ('--dataset'), or choose a protocol for any images ('sisbench list protocols')."
            )
    sizes = {protocol.scoring(*([card.name] if card else [])).size for protocol in chosen} - {None}
    if len(sizes) > 1:
        raise InputError(
            f"protocols {', '.join(p.name for p in chosen)} compare images of unequal sizes {sorted(map(str, sizes))}; "
            "a set of images has one size. Evaluate them one by one."
        )
    if sizes:
        (size,) = sizes
        assert size is not None
        return size
    if isinstance(fakes, Mapping):
        return common_size(fakes)
    if isinstance(reals, Tensor) and reals.ndim == 4:
        height, width = reals.shape[-2:]
        return height, width
    if isinstance(reals, Mapping):
        return common_size(reals)
    raise InputError(
        "a stream of generated images does not tell its size before it runs, and the protocol leaves it open. "
        "Name a protocol with a size, or give the images as a folder or a mapping."
    )


def _require_fit(samples: Samples, chosen: Sequence[Protocol]) -> None:
    """Raise an InputError unless the samples are what the protocols score against."""
    for protocol in chosen:
        for what, got, expected in (
            ("split", samples.split, protocol.real_split),
            ("size", samples.size, protocol.scoring(samples.card.name).size or samples.size),
            ("resampling", samples.resample, protocol.image_resample),
            ("size to be loaded at", samples.load_size, protocol.load_size),
            ("quantisation of real photos", samples.real_quantisation, protocol.real_quantisation),
        ):
            if got != expected:
                raise InputError(
                    f"protocol {protocol.name!r} has the {what} {expected}, but the samples have {got}. "
                    "Read them with the protocol's choices, or choose another protocol."
                )
