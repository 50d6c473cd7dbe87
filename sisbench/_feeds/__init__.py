"""What runs on the images of an evaluation: each needed network once, and behind it the metrics that it feeds.

A feed takes the same fixed batches in the same order every time, so its numbers depend on nothing else. What it finds
on the real images alone is kept in the cache: the features of a data set, and the scores of a segmenter on it, are
computed once, not once per method.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Sequence

import torch

import segmenters
from sisbench._feeds._base import Batch as Batch
from sisbench._feeds._base import Feed as Feed
from sisbench._feeds._base import Found as Found
from sisbench._feeds._base import Setting as Setting
from sisbench._feeds._base import Task as Task
from sisbench._feeds.features import FeatureFeed
from sisbench._feeds.labels import LabelFeed
from sisbench._feeds.pixels import PixelFeed
from sisbench._feeds.samples import SampleFeed
from sisbench._slots import Slot
from sisbench.features import Unavailable
from sisbench.reading import Reader, View, open_segmenter


def make_feeds(slots: Sequence[Slot], setting: Setting) -> tuple[list[Feed], dict[Slot, str]]:
    """Create the feeds of metrics that compare generated images with real ones.

    There is one for each network; of a segmenter, one for each way in which it sees the images.

    Returns:
        The feeds, and for slots without one the reason.
    """

    @functools.cache
    def segmenter(view: View) -> segmenters.Segmenter:
        assert setting.card is not None  # `_slots` gives label metrics to images of a data set alone
        return open_segmenter(view, setting.card, setting.device)

    def build(source: str, network: str, view: View | None, group: Sequence[Slot]) -> Feed:
        match source:
            case "pixels":
                return PixelFeed(group, setting)
            case "labels" if view is not None:
                shared = dataclasses.replace(view, input_size=None, input_resample="bicubic")
                return LabelFeed(Reader(view, segmenter(shared), setting.device), group, setting)
            case "feature":
                return FeatureFeed(network, group, setting)
        raise ValueError(f"nothing provides {source!r}")

    return _make(slots, build)


def make_sample_feeds(slots: Sequence[Slot], device: torch.device) -> tuple[list[Feed], dict[Slot, str]]:
    """Create the feeds of metrics that compare several images of a layout; see `make_feeds`."""
    return _make(slots, lambda source, network, view, group: SampleFeed(network, group, device))


def _make(
    slots: Sequence[Slot], build: Callable[[str, str, View | None, Sequence[Slot]], Feed]
) -> tuple[list[Feed], dict[Slot, str]]:
    groups: dict[tuple[str, str, View | None], list[Slot]] = {}
    for slot in dict.fromkeys(slots):
        groups.setdefault((slot.source, slot.network, slot.view), []).append(slot)
    feeds: list[Feed] = []
    reasons: dict[Slot, str] = {}
    for key, group in groups.items():
        try:
            feeds.append(build(*key, group))
        except (Unavailable, segmenters.SegmenterError) as error:
            reasons |= dict.fromkeys(group, str(error))
    return feeds, reasons
