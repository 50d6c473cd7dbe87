"""Generated images of several methods, and the label maps that a protocol's segmenter reads off them.

Label maps that 'sisbench run --save semantics' left are taken as they are; others are read off the images when they are
asked for. Figures draw these (`plots._labelled.LabelledImages`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

import segmenters
from sisbench import datasets, decoding, images, protocols, scored
from sisbench.card import Card, Protocol
from sisbench.data import Samples
from sisbench.errors import InputError, counted, first
from sisbench.fakes import common_size
from sisbench.folders import ImageFolder
from sisbench.metrics.miou import confusion, mean_iou
from sisbench.reading import Reader, View, open_segmenter
from sisbench.reals import truth_of
from sisbench.scored import Stored
from sisbench.views import evaluated_samples

Labels = NDArray[np.uint8]
"""Train ids, (h, w); 255 where nothing counts."""

_ADVICE = "Give the folder of a run, or with '--dataset' a folder or zip archive of generated images"


@dataclass(frozen=True)
class Method:
    """Images of one method.

    Attributes:
        label: Its name.
        images: By key.
        stored: Label maps of a run, by key; empty where there are none.
    """

    label: str
    images: ImageFolder
    stored: Mapping[str, Path]


class Segmented:
    """Images of several methods on the same layouts.

    Attributes:
        card: Facts of the data set.
        protocol: Whose segmenter reads the images.
        methods: In the order of the files.
        keys: Of the layouts that every method has an image of, sorted.

    Args:
        files: Run folders, or folders and zip archives of images.
        protocol: Name; None is that of the runs, else of the data set's card.
        dataset: Data set of images that are no run's; None is that of the runs.
        root: Place of the data set.

    Raises:
        InputError: Something is not there, runs are of different data sets or protocols, images have no layouts in
            common, or the protocol names no segmenter.
    """

    def __init__(self, files: Sequence[Path], protocol: str | None, dataset: str | None, root: str | None) -> None:
        runs = {path: stored for path in files if (stored := _run(path, dataset is not None)) is not None}
        names = {_fact(stored, "dataset") for stored in runs.values()} | ({dataset} if dataset else set())
        if len(names) != 1:
            found = ", ".join(sorted(names)) or "none"
            raise InputError(
                f"the images are of these data sets: {found}; expected one. {_ADVICE}; draw data sets one by one."
            )
        data = datasets.get(names.pop())
        self.card, self.protocol = data.card, _protocol(protocol, runs, data.card)
        choice = self.protocol.scoring(self.card.name).segmentation
        if choice is None:
            raise InputError(
                f"protocol {self.protocol.name!r} names no segmenter for {self.card.name}. Name one that does with "
                "'--protocol' ('sisbench list protocols')."
            )
        self._choice = choice
        self.methods = _named_apart([self._method(path, runs.get(path)) for path in dict.fromkeys(files)])
        self._samples = self._split(data, root)
        self._places = {key: place for place, key in enumerate(self._samples.keys)}
        common = set(self._places).intersection(*(method.images for method in self.methods))
        if not common:
            theirs, ours = first(sorted(self.methods[0].images), 3), first(sorted(self._places), 3)
            raise InputError(
                f"no layout of {self.card.title} has an image of every method: images are named {', '.join(theirs)}, "
                f"layouts {', '.join(ours)}. {_ADVICE}, named by the keys of the layouts."
            )
        self.keys = tuple(sorted(common))
        self._reader: Reader | None = None

    @property
    def caption(self) -> str:
        """What is shown, for the foot of a figure."""
        count = counted(len(self.keys), "layout")
        part = "" if len(self.keys) == len(self._places) else f" of {len(self._places)}"
        return f"{self.card.name} {self._samples.split}, protocol {self.protocol.name}, {count}{part}"

    def photo(self, key: str) -> NDArray[np.uint8]:
        """Return the photo of a layout at the size of the generated images, (H, W, 3)."""
        return _picture(self._samples[self._places[key]].image)

    def image(self, method: Method, key: str) -> NDArray[np.uint8]:
        """Return the image of a method, (H, W, 3)."""
        return _picture(method.images[key])

    def truth(self, key: str) -> Labels:
        """Return the true label map, at the size at which the protocol compares it."""
        place, size = self._places[key], self._choice.truth_size
        if size is None:
            layout = self._samples[place].layout
        else:
            stored = self._samples.layout(place)
            layout = stored if size == "native" else images.resize_ids(stored, size)
        return truth_of(layout, self.card).numpy().astype(np.uint8)

    def labels(self, method: Method | None, key: str) -> Labels:
        """Return the label map that the segmenter reads off a method's image, or off the photo where it is None."""
        if method is not None and key in method.stored:
            picture = decoding.stored(method.stored[key])
            if picture.mode not in ("L", "P"):
                raise InputError(
                    f"{method.stored[key]}: is a picture of kind {picture.mode!r}; expected a label map, as 'sisbench "
                    "run --save semantics' writes it. Remove the folder: label maps are then read off the images."
                )
            return self._checked(np.array(picture, dtype=np.uint8), key, str(method.stored[key]))
        image = self._samples[self._places[key]].image if method is None else method.images[key]
        native = self._samples.layout(self._places[key]).shape if self._asks_native else image.shape[-2:]
        ((found,),) = self._opened().read(image[None], [self._choice.truth_size], [(native[0], native[1])])
        return found.cpu().numpy().astype(np.uint8)

    def confusion(self, method: Method | None, key: str) -> NDArray[np.int64]:
        """Return the pixels of a layout by true and predicted class, (C, C); see `labels`."""
        counts: NDArray[np.int64] = self._confusion(method, key).numpy()
        return counts

    def iou(self, method: Method | None, key: str) -> float | None:
        """Return the mean IoU of one image, 0 to 1, over the classes in its label map or the true one.

        None where no pixel has a scored class. The mean of these over images is not the mIoU.
        """
        counts = self._confusion(method, key)
        return mean_iou(counts) if counts.any() else None

    def _confusion(self, method: Method | None, key: str) -> Tensor:
        predicted, truth = (torch.from_numpy(x)[None].long() for x in (self.labels(method, key), self.truth(key)))
        return confusion(predicted, truth, len(self.card.train_classes))[0]

    @property
    def _asks_native(self) -> bool:
        return "native" in (self._choice.input_size, self._choice.truth_size)

    def _checked(self, labels: Labels, key: str, where: str) -> Labels:
        expected = self.truth(key).shape
        classes = len(self.card.train_classes)
        if labels.shape != expected or labels.max(initial=0) >= classes:
            raise InputError(
                f"{where}: is a label map of {labels.shape[1]}x{labels.shape[0]} pixels with classes up to "
                f"{labels.max(initial=0)}; expected {expected[1]}x{expected[0]} and classes below {classes}. Remove "
                "the folder: label maps are then read off the images."
            )
        return labels

    def _opened(self) -> Reader:
        """Return the segmenter, created when it is first needed."""
        if self._reader is None:
            view, device = View.of(self._choice), torch.device("cpu")
            try:
                segmenter = open_segmenter(view, self.card, device)
            except segmenters.SegmenterError as error:
                raise InputError(str(error)) from error
            self._reader = Reader(view, segmenter, device)
        return self._reader

    def _method(self, path: Path, run: Stored | None) -> Method:
        if run is None:
            return Method(path.stem if path.suffix == ".zip" else path.name, ImageFolder(path), {})
        folder = run.path.parent
        if run.record is not None and run.record.spec.get("images_per_layout", 1) != 1:
            raise InputError(f"{run.path} is of several images of each layout; expected one. {_ADVICE}.")
        place = folder / "images"
        if not place.is_dir():
            raise InputError(f"the images of {run.path} were looked for in {place}, which is no folder. {_ADVICE}.")
        semantics = folder / "semantics"
        of_protocol = semantics.is_dir() and self.protocol.name in run.evaluations
        stored = {file.stem: file for file in sorted(semantics.glob("*.png"))} if of_protocol else {}
        return Method(run.label, ImageFolder(place), stored)

    def _split(self, data: datasets.Dataset, root: str | None) -> Samples:
        sizes = {common_size(method.images) for method in self.methods}
        fixed = self.protocol.scoring(self.card.name).size
        if len(sizes | ({fixed} if fixed else set())) > 1:
            told = ", ".join(sorted(f"{width}x{height}" for height, width in sizes))
            expected = f"{fixed[1]}x{fixed[0]}, as protocol {self.protocol.name!r} says" if fixed else "one size"
            raise InputError(f"the images have {told} pixels; expected {expected}. {_ADVICE} of that size.")
        tree = datasets.locate(data, Path(root) if root else None)
        return evaluated_samples(data, tree, self.protocol, sizes.pop())


def _named_apart(methods: Sequence[Method]) -> tuple[Method, ...]:
    """Number the methods of one name."""
    labels = [method.label for method in methods]
    return tuple(
        dataclasses.replace(method, label=f"{method.label} ({labels[: place + 1].count(method.label)})")
        if labels.count(method.label) > 1
        else method
        for place, method in enumerate(methods)
    )


def _run(path: Path, may_be_images: bool) -> Stored | None:
    """Return the record of a run; None for images that are no run's."""
    is_run = (path / scored.RECORD).is_file() or path.suffix == ".json"
    if may_be_images and not is_run and path.exists():
        return None
    if not is_run:
        held = "holds no record" if path.is_dir() else "is no run" if path.exists() else "does not exist"
        raise InputError(f"{path} {held}. {_ADVICE}.")
    stored = scored.read(path)
    if stored.record is None:
        raise InputError(f"{path} holds numbers, and no images beside them. {_ADVICE}.")
    return stored


def _fact(stored: Stored, name: Literal["dataset", "protocol"]) -> str:
    assert stored.record is not None  # `_run` has looked
    spec: Mapping[str, Any] = stored.record.spec
    return str(spec[name])


def _protocol(name: str | None, runs: Mapping[Path, Stored], card: Card) -> Protocol:
    names = {_fact(stored, "protocol") for stored in runs.values()}
    if name is None and len(names) > 1:
        raise InputError(
            f"the runs are of the protocols {', '.join(sorted(names))}; expected one. Name one with '--protocol'."
        )
    return protocols.get(name or next(iter(names), card.default_protocol))


def _picture(image: Tensor) -> NDArray[np.uint8]:
    array: NDArray[np.uint8] = image.permute(1, 2, 0).numpy()
    return array
