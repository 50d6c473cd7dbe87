"""Facts of a data set (`Card`) and choices of an evaluation (`Protocol`), as frozen literals.

Both are data: `dataclasses.asdict` of either is JSON, and its digest goes into every record. A card states facts and
may gain fields; a protocol that was released is never edited: a change is a new name.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sisbench.errors import InputError

_PLACE = "place"
"""Marks a field that says where something lies, which no digest depends on."""

IGNORED = 255
"""Train id of pixels that no score counts (the Cityscapes convention)."""

UNKNOWN = 255
"""Value of unlabelled pixels in label maps of data sets with an unknown label."""


ANY = "any"
"""In place of a data set's name: a protocol that covers images of any origin."""

Size = tuple[int, int] | Literal["native"] | None
"""Height and width; or the size of each sample's own label map file; or, None, the size of the images."""

Resampling = Literal["bicubic", "bilinear", "bilinear-corners"]
"""Filters of Pillow; "bilinear-corners" is that of torch with `align_corners=True`, rounded to 8 bits."""


@dataclass(frozen=True)
class Label:
    """One entry of a label space.

    Attributes:
        id: Value stored in the label maps.
        name: The data set's own name of the class.
        color: RGB, 0..255, the data set's own palette.
        train_id: Class index used by the scores, `IGNORED` when no score counts it.
    """

    id: int
    name: str
    color: tuple[int, int, int]
    train_id: int = IGNORED


@dataclass(frozen=True)
class Card:
    """Facts of a data set.

    Attributes:
        name: Name on the command line.
        title: Name in text and tables.
        source: Paper or page that the facts come from.
        licence: Terms of the data.
        obtain: What a user does to get the data, one sentence.
        labels: The label space, by id.
        num_labels: Channels of the one-hot layout without the unknown label; ids run from 0 to num_labels - 1.
        unknown_label: Whether value 255 of a label map is a class of its own, channel `num_labels`.
        instances: Whether instance maps exist, hence an edge channel for methods that want one.
        size: Height and width at which methods are trained and scored.
        native_size: Height and width of the files; None where they differ from sample to sample.
        counts: Number of samples by split; None where it depends on a list that the user brings.
        eval_split: The split that evaluations use.
        default_protocol: Protocol used when none is named.
        categories: Scene categories, if the data set has them.
        unlabeled: The label of unlabelled pixels, where methods disagree on its channel (see `unlabeled_id`).
        absent: Labels that no map holds, although they have a channel and a class.
    """

    name: str
    title: str
    source: str
    licence: str
    obtain: str
    labels: tuple[Label, ...]
    num_labels: int
    unknown_label: bool
    instances: bool
    size: tuple[int, int]
    native_size: tuple[int, int] | None
    counts: Mapping[str, int | None]
    eval_split: str
    default_protocol: str
    categories: tuple[str, ...] = ()
    unlabeled: int | None = None
    absent: tuple[int, ...] = ()

    @property
    def layout_channels(self) -> int:
        """Channels of the one-hot layout, the unknown label included."""
        return self.num_labels + int(self.unknown_label)

    @property
    def unlabeled_id(self) -> int | None:
        """Value of unlabelled pixels: SPADE gives it the last channel, OASIS the first; None if it has no own place."""
        return UNKNOWN if self.unknown_label else self.unlabeled

    @property
    def train_classes(self) -> tuple[Label, ...]:
        """The scored classes, ordered by train id."""
        return tuple(sorted((x for x in self.labels if x.train_id != IGNORED), key=lambda x: x.train_id))

    def train_id_table(self) -> tuple[int, ...]:
        """Return 256 train ids, indexed by label id; ids outside the space map to `IGNORED`."""
        table = [IGNORED] * 256
        for label in self.labels:
            table[label.id] = label.train_id
        return tuple(table)

    def palette(self) -> tuple[tuple[int, int, int], ...]:
        """Return 256 colours, indexed by label id; ids outside the space are black."""
        table = [(0, 0, 0)] * 256
        for label in self.labels:
            table[label.id] = label.color
        return tuple(table)

    def digest(self) -> str:
        """SHA-256 of what the card states; fields at their defaults do not count."""
        return _digest(self)


@dataclass(frozen=True)
class Segmentation:
    """How generated images are segmented and scored.

    Attributes:
        segmenter: Name in `segmenters`, with the tag of its weights ("drn_d_105.cityscapes").
        input_scale: Factor by which the segmenter resizes images (bilinear) before its network, and its scores back.
        iou_classes: Which classes the mean runs over: those in prediction or truth ("union", DRN and mmsegmentation),
            those in the truth ("truth", deeplab-pytorch), or every class, absent ones as zero ("all", CSAIL).
        ignored_pixels: Whether pixels of ignored labels are left out of the pixel accuracy or count as wrong.
        reading: How the segmenter reads an image, of those it knows ("single", "multi-scale").
        input_size: Size that images are resized to, as 8-bit images, before the segmenter sees them.
        input_resample: Filter of that resizing.
        truth_size: Size at which label maps are compared: the true ones are resized to it by nearest from their files,
            the segmenter's class scores as it does itself.
        weights: File of weights for a segmenter that the user brings. Where it lies is no part of the digest; the
            SHA-256 of what it holds stands with every number.
    """

    segmenter: str
    input_scale: float = 1.0
    iou_classes: Literal["union", "truth", "all"] = "union"
    ignored_pixels: Literal["exclude", "count_wrong"] = "exclude"
    reading: str = "default"
    input_size: Size = None
    input_resample: Resampling = "bicubic"
    truth_size: Size = None
    weights: str = field(default="", metadata={_PLACE: True})


@dataclass(frozen=True)
class Scoring:
    """What a protocol fixes for one data set.

    Attributes:
        dataset: Name of the card, or `ANY` for images of any origin.
        size: Height and width of the generated images, to which real ones are resized; None is whatever they have.
        segmentation: Segmenter and arithmetic of mIoU and accuracy; None where the protocol has none.
        classifier: Network of the scores that compare class probabilities, and its output ("NETWORK/HEAD" of
            `sisbench.features`); None where the protocol has none.
    """

    dataset: str
    size: tuple[int, int] | None
    segmentation: Segmentation | None
    classifier: str | None = None


@dataclass(frozen=True)
class Protocol:
    """Every choice of an evaluation, under a name that is never reused.

    Attributes:
        name: Name on the command line and in every record.
        source: Who used it; where its facts stand.
        metrics: Metric names, in table order.
        scorings: The data sets it covers.
        real_split: Split whose real images are the reference set.
        image_resample: Resampling of real photos to the scored size.
        layout_resample: Resampling of label and instance maps (never anything but nearest).
        quantisation: From [-1, 1] to 8 bits: "truncate" is clip((y + 1) / 2 * 255) cut to an integer.
        images_per_layout: Generated images per label map; None takes as many as there are (two or more), where the
            metrics compare them with each other.
        seed: Run seed when the user gives none.
        regions: Scheme by which a region of every photo is drawn (`sisbench.regions`): it is painted, the rest of the
            image is the photo, and of label maps it alone counts. Empty where whole images are made.
        load_size: Size that photos and maps of evaluated cross-view samples are resized to, before a window of the
            scored size is cut from all of them, at an offset that follows from the sample's key; None takes them whole.
        real_quantisation: From 8 bits to 8 bits by way of [-1, 1]: "truncate" is what a code does that saves the real
            photos as it saves the generated ones (63 dark levels come back one lower); "none" takes them as read.
        note: What a reader of a table must know.
    """

    name: str
    source: str
    metrics: tuple[str, ...]
    scorings: tuple[Scoring, ...]
    real_split: str = "val"
    image_resample: Literal["bicubic", "bilinear"] = "bicubic"
    layout_resample: Literal["nearest"] = "nearest"
    quantisation: Literal["truncate"] = "truncate"
    images_per_layout: int | None = 1
    seed: int = 0
    regions: str = ""
    load_size: tuple[int, int] | None = None
    real_quantisation: Literal["none", "truncate"] = "none"
    note: str = ""

    def scoring(self, dataset: str = ANY) -> Scoring:
        """Return the choices for one data set, or for images without one.

        Raises:
            InputError: The protocol does not cover the data set.
        """
        for scoring in self.scorings:
            if scoring.dataset in (dataset, ANY):
                return scoring
        covered = ", ".join(s.dataset for s in self.scorings)
        raise InputError(
            f"protocol {self.name!r} does not cover data set {dataset!r}; it covers {covered}. "
            "See 'sisbench list protocols' for one that does."
        )

    def digest(self) -> str:
        """SHA-256 of what the protocol states; fields at their defaults do not count."""
        return _digest(self)


def _digest(literal: Any) -> str:
    """SHA-256 of what a literal states; fields at their defaults are left out, so that new ones change no digest."""
    text = json.dumps(_stated(literal), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _stated(value: Any) -> Any:
    """Return the JSON value of a literal, without the fields that are at their defaults."""
    if dataclasses.is_dataclass(value):
        fields = ((field.name, getattr(value, field.name), field) for field in dataclasses.fields(value))
        return {
            name: _stated(held)
            for name, held, field in fields
            if held != _default(field) and _PLACE not in field.metadata
        }
    if isinstance(value, Mapping):
        return {key: _stated(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [_stated(held) for held in value]
    return value


def _default(field: dataclasses.Field[Any]) -> Any:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default  # MISSING where there is none, which equals no value
