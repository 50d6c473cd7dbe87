"""Edge maps of photos, which ECGAN learns to generate: Canny's, by scikit-image, each computed once.

Published edges come from a Canny of the authors' own: a 5x5 Gaussian of deviation 1.4, thresholds of 0.075 and 0.175 of
the largest gradient, weak pixels kept beside a strong one; computed at the photo's full size, then resized bicubically.
Here deviation and thresholds are the same. Weak pixels are kept that a chain of weak ones joins to a strong one, which
is Canny's rule; directions of gradients are interpolated, not rounded to four; and edges are computed at the size that
the network is trained at, of the photo as it sees it.
"""

from __future__ import annotations

import hashlib
import os
import warnings
from pathlib import Path

import numpy as np
import scipy.ndimage
import torch
from torch import Tensor

from generators._errors import GeneratorError

LUMINANCE = (0.299, 0.587, 0.114)  # ITU-R BT.601, as in MATLAB's conversion to grey
MEMORY_BYTES = 1 << 28
"""Edge maps that stay in memory, at a bit a pixel: 16,000 of 256x512."""
VERSION = 1
"""Of the files; part of every name."""


class EdgeTargets:
    """Edge maps of training photos, by content: computed once, then taken from memory or disk.

    A training meets every photo in every epoch, flipped and not, and both networks' steps need its edges. Files can be
    deleted at any time, and one that is damaged is as good as none; they are written under a temporary name and
    renamed, so processes may share a folder.

    Args:
        sigma: Deviation of the Gaussian, in pixels.
        low: Threshold of weak edges, as a share of the image's largest gradient.
        high: Threshold of strong edges, likewise.
        memory_bytes: Maps that are kept in memory; of more, the first.

    Attributes:
        folder: Where maps are kept on disk; None keeps none.
        computed: How many maps were computed, neither memory nor disk having had them.

    Raises:
        GeneratorError: Thresholds that are no rising shares, or scikit-image is not installed.
    """

    def __init__(self, sigma: float, low: float, high: float, memory_bytes: int = MEMORY_BYTES) -> None:
        if not (sigma > 0 and 0 < low <= high <= 1):
            raise GeneratorError(
                f"Canny's edges need a deviation above 0 and thresholds 0 < low <= high <= 1; got {sigma}, {low} and "
                f"{high}. Correct the recipe's 'objective'."
            )
        try:
            from skimage import feature
        except ImportError as error:
            raise GeneratorError(
                f"ECGAN's training needs edges of the photos by scikit-image, which cannot be imported ({error}). "
                "Install it: pip install scikit-image."
            ) from error
        self._canny = feature.canny
        self.sigma, self.low, self.high = sigma, low, high
        self.folder: Path | None = None
        self.computed = 0
        self._left = memory_bytes
        self._kept: dict[str, bytes] = {}

    def of(self, photos: Tensor) -> Tensor:
        """Return the edges of photos (N, 3, H, W) in [-1, 1]: the same shape, 1 on edges and -1 elsewhere."""
        n, _, height, width = photos.shape
        packed = [np.frombuffer(self._packed(photo), np.uint8) for photo in photos.detach().cpu()]
        maps = [torch.from_numpy(np.unpackbits(bits, count=height * width)) for bits in packed]
        return (torch.stack(maps).view(n, 1, height, width).to(photos) * 2 - 1).expand(-1, 3, -1, -1)

    def compute(self, photo: Tensor) -> Tensor:
        """Return the edges of one photo (3, H, W) in [-1, 1], bool (H, W); nothing is kept."""
        grey = torch.einsum("chw,c->hw", photo.double(), torch.tensor(LUMINANCE, dtype=torch.float64)).numpy()
        smooth = scipy.ndimage.gaussian_filter(grey, self.sigma, mode="nearest")
        gradient = np.hypot(scipy.ndimage.sobel(smooth, axis=0), scipy.ndimage.sobel(smooth, axis=1))
        largest = float(gradient[1:-1, 1:-1].max(initial=0.0))  # the border belongs to no edge
        if largest < 1e-6:  # an even surface, up to rounding
            return torch.zeros(grey.shape, dtype=torch.bool)
        low, high = self.low * largest, self.high * largest
        edges = self._canny(grey, self.sigma, low_threshold=low, high_threshold=high, mode="nearest")
        return torch.from_numpy(edges)

    def _packed(self, photo: Tensor) -> bytes:
        """Return the edges of one photo, eight pixels a byte."""
        digest = hashlib.sha256(f"{VERSION} {self.sigma} {self.low} {self.high} {tuple(photo.shape)} ".encode())
        digest.update(photo.float().contiguous().numpy().tobytes())
        name = digest.hexdigest()
        if name in self._kept:
            return self._kept[name]
        size = -(-photo.shape[1] * photo.shape[2] // 8)
        found = self._read(name, size)
        if found is None:
            found = np.packbits(self.compute(photo).numpy()).tobytes()
            self.computed += 1
            self._write(name, found)
        if self._left >= size:
            self._kept[name] = found
            self._left -= size
        return found

    def _read(self, name: str, size: int) -> bytes | None:
        try:
            content = (self.folder / f"{name}.edges").read_bytes() if self.folder else b""
        except OSError:
            return None
        digest, found = content[:32], content[32:]
        return found if len(found) == size and hashlib.sha256(found).digest() == digest else None

    def _write(self, name: str, found: bytes) -> None:
        if self.folder is None:
            return
        temporary = self.folder / f".{name}.{os.getpid()}.part"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            try:
                temporary.write_bytes(hashlib.sha256(found).digest() + found)
                temporary.replace(self.folder / f"{name}.edges")
            finally:
                temporary.unlink(missing_ok=True)
        except OSError as error:  # the edges are there all the same
            warnings.warn(f"edges of photos are not kept on disk: {error}", stacklevel=2)
            self.folder = None
