"""Position descriptors that were computed before, by the content of the instance maps: in memory, and on disk.

A training meets every layout in every epoch, flipped and not, and both networks' steps need its descriptor. What is
kept are the counts of pixels that have an instance: a few megabytes of a street in memory, some 0.2 MB on disk, where
the descriptor itself takes 38. Files can be deleted at any time, and one that is damaged is as good as none. They are
written under a temporary name and renamed, so processes may share a folder.
"""

from __future__ import annotations

import hashlib
import os
import warnings
import zlib
from collections import OrderedDict
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from generators._safm_descriptor import CHANNELS, Counts, count, owned

VERSION = 1
"""Of the files; part of every name."""


class Descriptors:
    """Descriptors of instance maps, computed once for each.

    Copies share the memory; a pickle starts without.

    Args:
        first: Smallest id of an instance (see `_safm_descriptor.count`).
        memory: Bytes of counts that are kept in memory; the ones that were not asked for the longest go first.

    Attributes:
        folder: Where counts are kept on disk; None keeps none.
        computed: How many maps were counted, neither memory nor disk having had them.
        held: Bytes of the counts in memory.
    """

    def __init__(self, first: int, memory: int = 1 << 28) -> None:
        self.first, self.memory = first, memory
        self.folder: Path | None = None
        self.computed, self.held = 0, 0
        self._kept: OrderedDict[str, NDArray[np.integer]] = OrderedDict()

    def of(self, ids: Tensor) -> Tensor:
        """Return the descriptors of instance maps.

        Args:
            ids: Instance ids, (N, H, W), on any device.

        Returns:
            float32 (N, 72, H, W) on the same device, channels last in memory.
        """
        n, height, width = ids.shape
        found = np.zeros((n, height * width, CHANNELS), np.float32)
        for one, rows in zip(ids.cpu().to(torch.int64).numpy(), found, strict=True):
            self.counts(one).fill(rows)
        return torch.from_numpy(found).view(n, height, width, CHANNELS).permute(0, 3, 1, 2).to(ids.device)

    def counts(self, ids: NDArray[np.int64]) -> Counts:
        """Return the counts of one map, (H, W)."""
        name, pixels = self._name(ids), owned(ids, self.first)
        if name not in self._kept:
            found = self._read(name, len(pixels))
            if found is None:
                found = _small(count(ids, self.first).counts)
                self.computed += 1
                self._write(name, found)
            self._kept[name] = found
            self.held += found.nbytes
            while self.held > self.memory and len(self._kept) > 1:
                self.held -= self._kept.popitem(last=False)[1].nbytes
        self._kept.move_to_end(name)
        return Counts(pixels, self._kept[name])

    def _name(self, ids: NDArray[np.int64]) -> str:
        digest = hashlib.sha256(f"{VERSION} {self.first} {ids.shape} ".encode())
        digest.update(ids.astype("<i4").tobytes())  # ids come in float32 and are exact below 2**24
        return digest.hexdigest()

    def _read(self, name: str, pixels: int) -> NDArray[np.integer] | None:
        if self.folder is None:
            return None
        try:
            digest, kind, payload = (self.folder / f"{name}.counts").read_bytes().split(b" ", 2)
            if digest != hashlib.sha256(payload).hexdigest().encode():
                return None
            return np.frombuffer(zlib.decompress(payload), kind.decode()).reshape(CHANNELS, pixels).T
        except (OSError, ValueError, TypeError, zlib.error):  # not there, or damaged
            return None

    def _write(self, name: str, counts: NDArray[np.integer]) -> None:
        if self.folder is None:
            return
        payload = zlib.compress(counts.T.tobytes(), 1)  # bin by bin: neighbours have similar counts
        digest = hashlib.sha256(payload).hexdigest().encode()
        temporary = self.folder / f".{name}.{os.getpid()}.part"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            try:
                temporary.write_bytes(b" ".join((digest, counts.dtype.str.encode(), payload)))
                temporary.replace(self.folder / f"{name}.counts")
            finally:
                temporary.unlink(missing_ok=True)
        except OSError as error:  # the descriptor is there all the same
            warnings.warn(f"position descriptors are computed anew each time: {error}", stacklevel=2)
            self.folder = None

    def __deepcopy__(self, memo: object) -> Descriptors:
        return self

    def __reduce__(self) -> tuple[type[Descriptors], tuple[int, int]]:
        return Descriptors, (self.first, self.memory)


def _small(counts: NDArray[np.integer]) -> NDArray[np.integer]:
    """Return counts in the smallest type that holds them."""
    most = counts.max(initial=0)
    kind = next(kind for kind in ("<u1", "<u2", "<i4") if most <= np.iinfo(kind).max)
    return counts.astype(kind)
