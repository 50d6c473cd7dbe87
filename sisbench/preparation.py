"""What a method makes of the training set before it trains (a memory bank), in the run's folder; most make nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import Tensor

import generators
from sisbench.data import Samples
from sisbench.encode import Encoding
from sisbench.job import Job
from sisbench.views import condition_of

if TYPE_CHECKING:
    from lightning_fabric import Fabric

    from sisbench.generation import Progress

PREPARED = "prepared"

Tell = Callable[[str], None]
"""Told a line of text."""


class Pairs:
    """The samples of a split as methods see them: condition and photo.

    Args:
        samples: The split.
        encoding: How the method sees label and instance maps.
    """

    def __init__(self, samples: Samples, encoding: Encoding) -> None:
        self._samples, self._encoding = samples, encoding

    def __len__(self) -> int:
        return len(self._samples)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        sample = self._samples[index]
        return condition_of(sample, self._samples.card, self._encoding), sample.image

    def digest(self) -> str:
        """SHA-256 over keys and file contents."""
        return self._samples.digest()


def prepare(job: Job, folder: Path, fabric: Fabric, progress: Progress, tell: Tell = lambda line: None) -> None:
    """Build what the method needs of the training set, as far as it is missing; for most methods, nothing.

    The first process builds, the others wait. Size and time are told before and after.

    Raises:
        InputError, generators.GeneratorError: Bad training data, or a folder that is damaged or of something else.
    """
    if not job.info.generator.prepares:
        return
    network, place = job.generator(), folder / PREPARED
    if fabric.is_global_zero:
        start = time.monotonic()
        pairs = Pairs(job.samples("train"), job.encoding)
        size = network.prepared_bytes(len(pairs)) / 1e6
        tell(f"preparing {network.prepares} of {len(pairs)} training samples: about {size:.3g} MB in {place}")
        network.prepare(pairs, place, lambda done, total: progress("prepare", done, total))
        size = equip(network, folder)["bytes"] / 1e6
        tell(f"prepared in {time.monotonic() - start:.1f} s: {size:.3g} MB")
    fabric.barrier()


def equip(network: generators.Generator, folder: Path) -> dict[str, Any]:
    """Give a network what was prepared for it in the folder of its run, if it needs anything.

    Returns:
        What the record says of it; nothing for a method that needs nothing.

    Raises:
        generators.GeneratorError: It is not there, damaged, or of something else.
    """
    return dict(network.use_prepared(folder / PREPARED)) if network.prepares else {}
