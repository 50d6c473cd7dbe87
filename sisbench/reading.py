"""The label maps that a protocol's segmenter reads off images: at which size it sees them, and at which it answers."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

import segmenters
from sisbench import images
from sisbench.card import Card, Protocol, Resampling, Segmentation, Size

SCORES_PER_CALL = 2**22 * 19
"""Class scores that a segmenter makes at once (Cityscapes: two images of 1024x2048), which bounds its memory."""

FAR_UNDER = 0.5
"""Share of the mIoU that weights are known for, on real images, below which a segmenter looks wrong. Images of another
size than it was made for cost less than that, wrong weights, labels or channels more."""

Sides = tuple[int, int]
"""Height and width."""


@segmenters.register_family(
    "oasis-d:", summary="the discriminator of a run, trained with OASIS", paper="Schönfeld et al., ICLR 2021"
)
def _discriminator(run: str) -> segmenters.Segmenter:
    from sisbench.oasis_d import open_discriminator  # loads the zoo, which no other segmenter needs

    return open_discriminator(run)


@dataclass(frozen=True)
class View:
    """How a segmenter sees images; see `card.Segmentation`. Equal views of one segmenter are one run of its network."""

    segmenter: str
    reading: str
    input_scale: float
    input_size: Size
    input_resample: Resampling
    weights: str = ""

    @classmethod
    def of(cls, choice: Segmentation) -> View:
        """Return the view of a protocol: its rules of counting and the size of the truth are none of it."""
        resample: Resampling = "bicubic" if choice.input_size is None else choice.input_resample
        return cls(choice.segmenter, _reading(choice), choice.input_scale, choice.input_size, resample, choice.weights)


def open_segmenter(view: View, card: Card, device: torch.device) -> segmenters.Segmenter:
    """Create the segmenter of a view; views that differ in the size or filter of their input can share it.

    One that comes with the names of its classes labels images with the data set's, whatever order its own have.

    Args:
        view: The view.
        card: The data set whose classes are scored.
        device: Where it runs.

    Raises:
        segmenters.SegmenterError: It cannot run on this machine, does not fit the data set, or has no fixed weights.
    """
    classes = card.train_classes
    num_classes = None if segmenters.prefix_of(view.segmenter) else len(classes)
    file = Path(view.weights) if view.weights else None
    found = segmenters.create(view.segmenter, num_classes, file, input_scale=view.input_scale, reading=view.reading)
    if found.loaded is None:
        raise segmenters.SegmenterError(f"{view.segmenter} names no weights; a protocol names them ('arch.tag').")
    if found.class_names is not None:
        never = [label.name for label in classes if label.id in card.absent]
        found = segmenters.by_name(found, [label.name for label in classes], never)
    elif found.num_classes != len(classes):
        raise segmenters.SegmenterError(
            f"{view.segmenter} tells {found.num_classes} classes apart and does not name them; {card.name} scores "
            f"{len(classes)}. Use weights that carry the names of their classes."
        )
    return found.to(device)


def scored_by(protocol: Protocol, dataset: str, segmenter: str, weights: Path | None = None) -> Protocol:
    """Return a protocol with a segmenter of the user's in place of its own; everything else stays.

    It is another protocol, and its name says so ("oasis-2021+mmseg:CONFIG"). The SHA-256 of the weights stands in what
    every evaluation rests on.

    Args:
        protocol: A protocol.
        dataset: The data set; the others of the protocol are left out.
        segmenter: "arch.tag", "arch" with a file, "mmseg:CONFIG" with a file, or "oasis-d:RUN".
        weights: The file. One that 'sisbench segmenter train' wrote says by which factor images are resized.

    Raises:
        InputError: The protocol does not cover the data set.
        segmenters.SegmenterError: The segmenter is unknown or has no such weights.
    """
    scoring = protocol.scoring(dataset)
    scale, prefix = 1.0, segmenters.prefix_of(segmenter)
    if not prefix:
        tag = segmenter.partition(".")[2]
        scale = next((known.input_scale for known in segmenters.info(segmenter).weights if known.tag == tag), 1.0)
        scale = _trained_scale(weights, scale) if weights else scale
    choice = scoring.segmentation or Segmentation(segmenter)
    choice = dataclasses.replace(
        choice, segmenter=segmenter, weights=str(weights or ""), input_scale=scale, reading="default"
    )
    scoring = dataclasses.replace(scoring, dataset=dataset, segmentation=choice)
    named = prefix + Path(segmenter.removeprefix(prefix)).stem if prefix else segmenter
    return dataclasses.replace(
        protocol,
        name=f"{protocol.name}+{named}",
        source=f"{protocol.name}, with a segmenter of the user's choice",
        scorings=(scoring,),
    )


class Reader:
    """A segmenter, as a protocol uses it.

    Attributes:
        sha256: Digest of its weights, and of its configuration where it has one.

    Args:
        view: How it sees images.
        segmenter: What `open_segmenter` returned for the view.
        device: Where it runs.
    """

    def __init__(self, view: View, segmenter: segmenters.Segmenter, device: torch.device) -> None:
        assert segmenter.loaded is not None
        self.view, self._segmenter, self._device = view, segmenter, device
        configuration = segmenter.loaded.metadata.get("configuration")
        self.sha256 = segmenter.loaded.sha256 + (f", configuration {configuration}" if configuration else "")

    def read(self, batch: Tensor, sizes: Sequence[Size], natives: Sequence[Sides] = ()) -> list[list[Tensor]]:
        """Read label maps.

        Args:
            batch: uint8 (N, 3, H, W).
            sizes: Sizes of the label maps that are wanted.
            natives: Sizes of each sample's files, where the view or a wanted size is "native".

        Returns:
            For each size, the label map of each image: classes, int16 (h, w).
        """
        found: list[list[Tensor]] = [[] for _ in sizes]
        own = (batch.shape[-2], batch.shape[-1])
        for window in self._windows(len(batch), own, sizes):
            native = natives[window.start] if natives else own
            seen = self._seen(batch[window], _sides(self.view.input_size, own, native))
            labels = self._segmenter.label_maps(seen, [_sides(size, own, native) for size in sizes])
            for maps, part in zip(found, labels, strict=True):
                maps += part.short().unbind()
        return found

    def doubt(self, dataset: str, miou: float) -> str:
        """Return a warning if the segmenter looks wrong, by its score on real images; else an empty text.

        Args:
            dataset: Name of the data set.
            miou: Mean IoU of its real images, over classes in prediction or truth.
        """
        tag = self.view.segmenter.partition(".")[2]
        known = [weights for weights in segmenters.info(self.view.segmenter).weights if weights.tag == tag]
        scores = [score for weights in known for score in weights.real_scores if score.dataset == dataset]
        scores += _trained_scores(self._segmenter, dataset)
        scores.sort(key=lambda score: score.reading != self.view.reading)
        if not scores or miou >= FAR_UNDER * scores[0].miou:
            return ""
        like = scores[0]
        size = "their own sizes" if like.size is None else f"{like.size[1]}x{like.size[0]}"
        return (
            f"wrong-looking segmenter (score on real images {miou:.3f}, expected about {like.miou:.3f}): the mIoU of "
            f"{self.view.segmenter} on real images is below {FAR_UNDER:.0%} of what its weights are known for "
            f"({like.reading}, {dataset} {like.split} at {size}: {like.source}). Check the weights, the label maps and "
            "the size of the images; scores of generated images say little here."
        )

    def _windows(self, n: int, own: Sides, sizes: Sequence[Size]) -> Iterator[slice]:
        """Yield parts of a batch that go through the network together; native sizes are those of one image each."""
        asked = {self.view.input_size, *sizes}
        if "native" in asked:
            step = 1
        else:
            seen = _pixels(_sides(self.view.input_size, own, own)) * self.view.input_scale**2
            most = max(seen, *(_pixels(_sides(size, own, own)) for size in sizes))
            step = max(1, int(SCORES_PER_CALL / (most * self._segmenter.num_classes)))
        yield from (slice(start, min(start + step, n)) for start in range(0, n, step))

    def _seen(self, part: Tensor, size: Sides) -> Tensor:
        if tuple(part.shape[-2:]) != size:
            resized = [images.resize_photo(image, size, self.view.input_resample) for image in part.cpu()]
            part = torch.stack(resized)
        return part.to(self._device)


def _reading(choice: Segmentation) -> str:
    """Return the name of the reading that "default" stands for."""
    if choice.reading != "default":
        return choice.reading
    try:
        return segmenters.info(choice.segmenter).readings[0]
    except segmenters.SegmenterError:  # whoever creates it is told
        return choice.reading


def _trained_scale(weights: Path, otherwise: float) -> float:
    """Return the input scale that 'sisbench segmenter train' wrote into a file of weights, if it did."""
    try:
        with safe_open(weights, framework="pt") as stream:
            return float(json.loads((stream.metadata() or {})["facts"])["input_scale"])
    except (OSError, SafetensorError, KeyError, TypeError, ValueError):  # nobody's file but ours has it
        return otherwise


def _trained_scores(segmenter: segmenters.Segmenter, dataset: str) -> list[segmenters.RealScore]:
    """Return the score on real images that 'sisbench segmenter train' wrote into the file of its weights."""
    try:
        facts = json.loads(segmenter.loaded.metadata["facts"]) if segmenter.loaded else {}
        if facts["dataset"] != dataset:
            return []
        source = "score of the training, in the file of the weights"
        return [segmenters.RealScore(float(facts["real_miou"]), segmenter.readings[0], dataset, "val", None, source)]
    except (KeyError, TypeError, ValueError):  # nobody's file but ours has them
        return []


def _sides(size: Size, own: Sides, native: Sides) -> Sides:
    """Return a size as height and width: None is the image's own."""
    return own if size is None else native if size == "native" else size


def _pixels(sides: Sides) -> int:
    return sides[0] * sides[1]
