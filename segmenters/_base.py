"""What every segmenter is: uint8 images in, a class per pixel out, at the size of the images or of their labels.

The class owns everything between the two: scaling, normalising, resizing back. A caller never learns which statistics
or which input size a network wants, and two networks are exchanged by their names alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from segmenters._errors import SegmenterError

Size = tuple[int, int]
"""Height and width."""


@dataclass(frozen=True)
class Loaded:
    """The file that a segmenter was filled from.

    Attributes:
        path: Where it lies; of a release in several files, the first.
        sha256: Its digest, in hexadecimal; of several files, the digest of their digests as text, in their order.
        metadata: Text that the file carries about itself (safetensors only).
    """

    path: Path
    sha256: str
    metadata: Mapping[str, str]


class Segmenter(nn.Module):
    """A network that labels every pixel of an image.

    Subclasses implement `logits`; their state dict is the official key layout, nothing added: the statistics below are
    buffers that are not stored. An architecture that reads images in several ways lists them in `readings` and
    implements all but the plain one in `evidences`.

    Args:
        num_classes: Classes that the network tells apart; label maps hold 0 .. num_classes - 1.
        mean: Channel means of RGB in [0, 1] that the network was trained with.
        std: Channel deviations of RGB in [0, 1] that the network was trained with.
        input_scale: Factor by which images are resized (bilinear) before the network.

    Attributes:
        readings: Ways in which an image is read, by name, the default first.
        parts: Modules that the official release keeps in files of their own, in the order of `Loaded.sha256`.
        reading: The way that is in use.
        loaded: The file that the segmenter was filled from; None for untrained weights.
        class_names: Names of the classes where the network comes with them; see `segmenters.by_name`.

    Raises:
        SegmenterError: A count or factor that is not positive.
    """

    readings: ClassVar[tuple[str, ...]] = ("single",)
    parts: ClassVar[tuple[str, ...]] = ()

    mean: Tensor
    std: Tensor

    def __init__(
        self,
        num_classes: int,
        mean: tuple[float, float, float],
        std: tuple[float, float, float],
        input_scale: float = 1.0,
    ) -> None:
        super().__init__()
        if num_classes < 1:
            raise SegmenterError(f"num_classes is {num_classes}; a segmenter needs at least 1. Pass a positive number.")
        if not 0 < input_scale < float("inf"):
            raise SegmenterError(f"input_scale is {input_scale}; it must be positive. 1 leaves images as they are.")
        self.num_classes, self.input_scale = num_classes, input_scale
        self.reading = self.readings[0]
        self.loaded: Loaded | None = None
        self.class_names: tuple[str, ...] | None = None
        self.register_buffer("mean", torch.tensor(mean).view(3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(3, 1, 1), persistent=False)

    def logits(self, normalised: Tensor) -> Tensor:
        """Run the network.

        Args:
            normalised: Float (N, 3, h, w), what `normalise` gives; any h and w of at least 1.

        Returns:
            Class scores before the softmax, float (N, num_classes, h', w'), on a grid that covers the image.
        """
        raise NotImplementedError

    def normalise(self, rgb: Tensor) -> Tensor:
        """Return what the network was trained on, of RGB in [0, 1], both float (N, 3, h, w)."""
        return (rgb - self.mean) / self.std

    def input_size(self, size: Size) -> Size:
        """Return the height and width that the network sees of an image of this size, in the plain reading."""
        height, width = size
        return max(1, round(height * self.input_scale)), max(1, round(width * self.input_scale))

    def scores(self, image: Tensor, size: Size | None = None) -> Tensor:
        """Return class scores of the plain reading, resized bilinearly; differentiable, for training.

        Args:
            image: uint8 (N, 3, H, W), RGB.
            size: Height H' and width W' of the scores; None: those of the image.

        Returns:
            Class scores before the softmax, float32 (N, num_classes, H', W'). With an `input_scale` they are the scores
            of the network resized back (bilinear); their arg-max is that of the resized log-probabilities, because the
            two differ by a number that all classes of a pixel share.

        Raises:
            SegmenterError: Anything but a batch of RGB bytes, or a size that is not positive.
        """
        return self._scores(image, (size,))[0]

    def evidences(self, image: Tensor, sizes: Sequence[Size | None]) -> list[Tensor]:
        """Return that of which labels are the arg-max, by the reading in use, at several sizes: here the scores.

        Args:
            image: uint8 (N, 3, H, W), RGB.
            sizes: Height H' and width W' of each result; None: those of the image.

        Returns:
            Float32 (N, num_classes, H', W') for each size, all from one run of the network.

        Raises:
            SegmenterError: Anything but a batch of RGB bytes, or a size that is not positive.
        """
        return self._scores(image, sizes)

    def evidence(self, image: Tensor, size: Size | None = None) -> Tensor:
        """Return `evidences` at one size."""
        return self.evidences(image, (size,))[0]

    def _scores(self, image: Tensor, sizes: Sequence[Size | None]) -> list[Tensor]:
        """Scores of the plain reading at several sizes, from one run."""
        targets = [self._check_input(image, size) for size in sizes]
        own = (image.shape[-2], image.shape[-1])
        seen = self.input_size(own)
        x = image.to(self.mean.dtype) / 255
        if seen != own:  # averages over the source where it shrinks, as Pillow does
            x = F.interpolate(x, seen, mode="bilinear", align_corners=False, antialias=self.input_scale < 1)
        scores = self.logits(self.normalise(x))
        return [resize_scores(scores, target) for target in targets]

    @torch.no_grad()
    def log_probabilities(self, image: Tensor, size: Size | None = None) -> Tensor:
        """Return log-probabilities, float32 (N, num_classes, H', W'), of uint8 images (N, 3, H, W).

        Raises:
            SegmenterError: The images are no batch of RGB bytes, or the segmenter is in training mode.
        """
        self._check_eval()
        return F.log_softmax(self.evidence(image, size), dim=1)

    @torch.no_grad()
    def forward(self, image: Tensor, size: Size | None = None) -> Tensor:
        """Label every pixel.

        Args:
            image: uint8 (N, 3, H, W), RGB.
            size: Height H' and width W' of the label maps, those of the labels they are compared with; None: those of
                the image. What is resized to it, and how, is what the original of the architecture does: see its class.

        Returns:
            Class per pixel, int64 (N, H', W'), 0 .. num_classes - 1.

        Raises:
            SegmenterError: The images are no batch of RGB bytes, or the segmenter is in training mode.
        """
        return self.label_maps(image, (size,))[0]

    @torch.no_grad()
    def label_maps(self, image: Tensor, sizes: Sequence[Size | None]) -> list[Tensor]:
        """Label every pixel at several sizes, from one run of the network.

        Args:
            image: uint8 (N, 3, H, W), RGB.
            sizes: Sizes of the label maps; see `forward`.

        Returns:
            What `forward` gives for each size.

        Raises:
            SegmenterError: The images are no batch of RGB bytes, or the segmenter is in training mode.
        """
        self._check_eval()
        targets = [self._check_input(image, size) for size in sizes]
        if len(image) == 0:
            return [torch.zeros((0, *target), dtype=torch.int64, device=image.device) for target in targets]
        # Several scales of several images would be many large maps at once.
        parts = image.split(1) if self.reading == "multi-scale" else (image,)
        labels = [[scores.argmax(dim=1) for scores in self.evidences(part, sizes)] for part in parts]
        return [torch.cat(maps) for maps in zip(*labels, strict=True)]

    def _check_eval(self) -> None:
        # Batch statistics would make the label map of an image depend on its batch: a score nobody could repeat.
        if self.training:
            raise SegmenterError(
                "the segmenter is in training mode; its label maps would depend on the batch. Call .eval()."
            )

    def _check_input(self, image: Tensor, size: Size | None) -> Size:
        """Return the size of the result; anything but a batch of RGB bytes and a positive size is refused."""
        if image.dtype != torch.uint8 or image.ndim != 4 or image.shape[1] != 3 or 0 in image.shape[2:]:
            raise SegmenterError(
                f"a segmenter got {image.dtype} of shape {tuple(image.shape)}; it takes torch.uint8 of shape "
                "(N, 3, H, W), RGB. Convert the images first (one image: image[None])."
            )
        height, width = image.shape[-2:] if size is None else size
        if height < 1 or width < 1:
            raise SegmenterError(f"label maps of {height}x{width} were asked for; height and width are at least 1.")
        return int(height), int(width)


def resize_scores(scores: Tensor, size: Size) -> Tensor:
    """Resize maps (N, C, h, w) bilinearly to a height and width; scores are smooth, and nothing is averaged."""
    if tuple(scores.shape[-2:]) == size:
        return scores
    return F.interpolate(scores, size, mode="bilinear", align_corners=False)
