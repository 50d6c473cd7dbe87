"""What every segmenter promises: bytes in, a class per pixel out, whatever the network."""

from __future__ import annotations

import tempfile
from pathlib import Path

import torch
from torch import Tensor

import segmenters
from segmenters import Segmenter, SegmenterError, WeightsMissing
from sisbench.contracts._base import NotApplicable, Suite, Violation, require

NUM_CLASSES, HEIGHT, WIDTH = 5, 12, 20
"""Neither side is a multiple of 8."""


def declares_what_it_is(name: str) -> None:
    """It has a summary, a paper, and weights with origin, licence and classes."""
    info = segmenters.info(name)
    require(bool(info.summary), "its builder has no docstring")
    require(bool(info.paper), "it has no paper")
    tags = [weights.tag for weights in info.weights]
    require(len(set(tags)) == len(tags), f"a tag stands twice: {', '.join(tags)}")
    for weights in info.weights:
        for what in ("tag", "file", "label_space", "origin", "licence"):
            require(bool(getattr(weights, what)), f"the weights {weights.tag!r} have no {what}")
        require(weights.num_classes > 0 and weights.input_scale > 0, f"the weights {weights.tag!r} have no classes")


def labels_every_pixel(name: str) -> None:
    """It gives int64 classes below the number of classes, for every pixel of images of any size."""
    for classes, sizes in ((1, ((HEIGHT, WIDTH),)), (NUM_CLASSES, ((HEIGHT, WIDTH), (1, 1), (64, 33)))):
        network = _make(name, classes)
        for height, width in sizes:
            labels = network(_images(2, height, width))
            shape = (2, height, width)
            require(tuple(labels.shape) == shape, f"label maps have shape {tuple(labels.shape)}, not {shape}")
            require(labels.dtype == torch.int64, f"label maps are {labels.dtype}, not int64")
            low, high = int(labels.min()), int(labels.max())
            require(0 <= low <= high < classes, f"labels reach from {low} to {high} with {classes} classes")


def scores_every_class(name: str) -> None:
    """Scores are finite, one for each class and pixel, at every input scale, and can be trained."""
    for scale in (1.0, 2.0, 0.5):
        scores = segmenters.create(name, NUM_CLASSES, input_scale=scale).scores(_images())
        shape = (2, NUM_CLASSES, HEIGHT, WIDTH)
        require(tuple(scores.shape) == shape, f"scores have shape {tuple(scores.shape)}, not {shape}")
        require(bool(scores.isfinite().all()), f"scores at input scale {scale} are not finite")
        require(scores.requires_grad, "scores carry no gradient: it cannot be trained")


def is_deterministic(name: str) -> None:
    """A label map is a function of its image: the same again, and the same in any batch."""
    network = _make(name)
    with torch.no_grad():
        together = network.scores(_images(3))
        require(torch.equal(together, network.scores(_images(3))), "a second call gives other scores")
        for i in range(3):
            apart = float((network.scores(_images(3)[i : i + 1])[0] - together[i]).abs().max())
            limit = 1e-4 * max(1.0, float(together.abs().max()))
            require(apart <= limit, f"scores of an image alone and in a batch of 3 differ by {apart:.3g}")


def other_images_are_refused(name: str) -> None:
    """Anything but a batch of RGB bytes is refused with a SegmenterError, as is training mode."""
    grey = torch.zeros(1, 1, HEIGHT, WIDTH, dtype=torch.uint8)
    network = _make(name)
    for what, image in (("floats", _images().float()), ("one image", _images()[0]), ("grey images", grey)):
        _require_refused(network, image, what)
    _require_refused(network.train(), _images(), "images in training mode")


def state_holds_the_network_alone(name: str) -> None:
    """Its state holds the network and nothing added: no statistics of images."""
    added = sorted({"mean", "std"} & set(_make(name).state_dict()))
    require(not added, f"its state holds {', '.join(added)}: files of weights would not fit")


def state_makes_the_same_network(name: str) -> None:
    """A state that is saved and loaded makes the same network; one for other classes is refused."""
    torch.manual_seed(0)
    network = segmenters.create(name, NUM_CLASSES)
    if not network.state_dict():
        raise NotApplicable("it has no state")
    with tempfile.TemporaryDirectory(prefix="sisbench-contract-") as folder, torch.no_grad():
        path = Path(folder, "segmenter.pth")
        torch.save(network.state_dict(), path)
        other = segmenters.create(name, NUM_CLASSES, weights=path)
        require(torch.equal(network.scores(_images()), other.scores(_images())), "loaded weights give other scores")
        try:
            segmenters.create(name, NUM_CLASSES + 1, weights=path)
        except SegmenterError:
            return
    raise Violation(f"weights for {NUM_CLASSES} classes are taken for {NUM_CLASSES + 1}")


def known_weights_load(name: str) -> None:
    """The weights that it is known with load and label images."""
    missing = []
    tags = [f"{name}.{weights.tag}" for weights in segmenters.info(name).weights]
    for tag in tags:
        try:
            network = segmenters.create(tag)
        except WeightsMissing as error:
            missing.append(str(error))
            continue
        require(network.loaded is not None, f"{tag} does not say which file it was filled from")
        labels = network(_images())
        require(0 <= int(labels.min()) <= int(labels.max()) < network.num_classes, f"{tag} gives labels out of range")
    if len(missing) == len(tags):
        raise NotApplicable(missing[0] if missing else "it is known with no weights")


def _make(name: str, classes: int = NUM_CLASSES) -> Segmenter:
    torch.manual_seed(0)
    return segmenters.create(name, classes)


def _images(n: int = 2, height: int = HEIGHT, width: int = WIDTH) -> Tensor:
    rng = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (n, 3, height, width), dtype=torch.uint8, generator=rng)


def _require_refused(network: Segmenter, image: Tensor, what: str) -> None:
    try:
        network(image)
    except SegmenterError:
        return
    raise Violation(f"{what} are taken")


SUITE = Suite(
    (
        declares_what_it_is,
        labels_every_pixel,
        scores_every_class,
        is_deterministic,
        other_images_are_refused,
        state_holds_the_network_alone,
        state_makes_the_same_network,
        known_weights_load,
    ),
    lambda name: [name],
)
