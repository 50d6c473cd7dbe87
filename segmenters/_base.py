"""What every segmenter is: uint8 images in, a class per pixel out, at the size of the images.

The class owns everything between the two: scaling, normalising, resizing back. A caller never learns which statistics
or which input size a network wants, and two networks are exchanged by their names alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from segmenters._errors import SegmenterError


@dataclass(frozen=True)
class Loaded:
    """The file that a segmenter was filled from.

    Attributes:
        path: Where it lies.
        sha256: Its digest, in hexadecimal.
        metadata: Text that the file carries about itself (safetensors only).
    """

    path: Path
    sha256: str
    metadata: Mapping[str, str]


class Segmenter(nn.Module):
    """A network that labels every pixel of an image.

    Subclasses implement `logits`; their state dict is the official key layout, nothing added: the statistics below are
    buffers that are not stored.

    Args:
        num_classes: Classes that the network tells apart; label maps hold 0 .. num_classes - 1.
        mean: Channel means of RGB in [0, 1] that the network was trained with.
        std: Channel deviations of RGB in [0, 1] that the network was trained with.
        input_scale: Factor by which images are resized (bilinear) before the network.

    Raises:
        SegmenterError: A count or factor that is not positive.
    """

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
        self.loaded: Loaded | None = None  # the file it was filled from, for records
        self.register_buffer("mean", torch.tensor(mean).view(3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(3, 1, 1), persistent=False)

    def logits(self, normalised: Tensor) -> Tensor:
        """Run the network.

        Args:
            normalised: Float (N, 3, h, w), `(rgb / 255 - mean) / std`; any h and w of at least 1.

        Returns:
            Class scores before the softmax, float (N, num_classes, h, w).
        """
        raise NotImplementedError

    def scores(self, image: Tensor) -> Tensor:
        """Return class scores at the size of the image; differentiable, for training.

        Args:
            image: uint8 (N, 3, H, W), RGB.

        Returns:
            Class scores before the softmax, float32 (N, num_classes, H, W). With an `input_scale` they are the scores
            of the network resized back (bilinear); their arg-max is that of the resized log-probabilities, because the
            two differ by a number that all classes of a pixel share.

        Raises:
            SegmenterError: Anything but a batch of RGB bytes.
        """
        if image.dtype != torch.uint8 or image.ndim != 4 or image.shape[1] != 3 or 0 in image.shape[2:]:
            raise SegmenterError(
                f"a segmenter got {image.dtype} of shape {tuple(image.shape)}; it takes torch.uint8 of shape "
                "(N, 3, H, W), RGB. Convert the images first (one image: image[None])."
            )
        height, width = image.shape[-2:]
        size = (max(1, round(height * self.input_scale)), max(1, round(width * self.input_scale)))
        x = image.to(self.mean.dtype) / 255
        if size != (height, width):  # averages over the source where it shrinks, as Pillow does
            x = F.interpolate(x, size, mode="bilinear", align_corners=False, antialias=self.input_scale < 1)
        scores = self.logits((x - self.mean) / self.std)
        if size != (height, width):  # scores are smooth already
            scores = F.interpolate(scores, (height, width), mode="bilinear", align_corners=False)
        return scores

    @torch.no_grad()
    def log_probabilities(self, image: Tensor) -> Tensor:
        """Return log-probabilities, float32 (N, num_classes, H, W), of uint8 images (N, 3, H, W).

        Raises:
            SegmenterError: The images are no batch of RGB bytes, or the segmenter is in training mode.
        """
        self._check_eval()
        return F.log_softmax(self.scores(image), dim=1)

    @torch.no_grad()
    def forward(self, image: Tensor) -> Tensor:
        """Label every pixel.

        Args:
            image: uint8 (N, 3, H, W), RGB.

        Returns:
            Class per pixel, int64 (N, H, W), 0 .. num_classes - 1.

        Raises:
            SegmenterError: The images are no batch of RGB bytes, or the segmenter is in training mode.
        """
        self._check_eval()
        return self.scores(image).argmax(dim=1)

    def _check_eval(self) -> None:
        # Batch statistics would make the label map of an image depend on its batch: a score nobody could repeat.
        if self.training:
            raise SegmenterError(
                "the segmenter is in training mode; its label maps would depend on the batch. Call .eval()."
            )
