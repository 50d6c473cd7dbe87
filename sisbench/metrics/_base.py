"""What every metric is: a `torchmetrics.Metric` whose results carry a standard error.

State is declared with its reduction and is float64 or integer. Merging, pickling, moving between devices and
synchronising over `torch.distributed` follow from the declaration; no metric writes distributed code.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

import torch
from torch import Tensor

from generators import ensure_torchvision
from sisbench.errors import InputError
from sisbench.evaluation import Value

ensure_torchvision()  # torchmetrics imports it
import torchmetrics  # noqa: E402


class Metric(torchmetrics.Metric):
    """Base of all metrics.

    Attributes:
        needs: What `update` receives: "pixels", "labels" or "feature:NETWORK" (see `sisbench.metrics`).
        outputs: Names of the values that `compute` returns, in table order.
        higher_is_better: Direction of all outputs.
        minimum: Smallest number of images that a value exists for.
    """

    needs: ClassVar[str]
    outputs: ClassVar[tuple[str, ...]]
    higher_is_better: bool
    minimum: ClassVar[int] = 1

    is_differentiable = False
    full_state_update = False

    def update(self, fake: Any, real: Any) -> None:
        """Take in one batch; see `needs` for what the two are."""
        raise NotImplementedError

    def compute(self) -> dict[str, Value]:
        """Return a value for each of `outputs`.

        Raises:
            InputError: Fewer images than `minimum`.
        """
        raise NotImplementedError

    def per_class(self) -> dict[str, dict[int, Value]]:
        """Return values by class index, for quantities that have them; classes without a value are left out."""
        return {}


class PerImageMean(Metric):
    """A metric that is the mean of one number per image pair; a subclass implements `measure`.

    Keeps the 8 bytes of every image's number, since the standard error and comparisons of two runs need them.

    Args:
        options: Those of `torchmetrics.Metric`.
    """

    needs = "pixels"
    values: list[Tensor] | Tensor

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.add_state("values", default=[], dist_reduce_fx="cat")

    def measure(self, fake: Tensor, real: Tensor) -> Tensor:
        """Return one number per image pair, float64 (N,), for uint8 images (N, 3, H, W)."""
        raise NotImplementedError

    def update(self, fake: Tensor, real: Tensor) -> None:
        """Take in image pairs, both uint8 (N, 3, H, W)."""
        assert isinstance(self.values, list)  # a tensor only inside a synchronised compute
        self.values.append(self.measure(fake, real))

    def compute(self) -> dict[str, Value]:
        """Return the mean over images and its standard error."""
        (output,) = self.outputs
        return {output: mean_value(joined(self.values, output))}


def joined(state: list[Tensor] | Tensor, what: str) -> Tensor:
    """Return a concatenated state as one tensor (it is one already after a synchronisation).

    Raises:
        InputError: Nothing was taken in.
    """
    if isinstance(state, Tensor):
        return state
    if not state:
        raise InputError(f"{what} was asked for before any image was taken in; it needs at least 1. Call update first.")
    return torch.cat(state)


def mean_value(values: Tensor) -> Value:
    """Return the mean of one number per image and its standard error, std / sqrt(n).

    Sums are exact (`math.fsum`), so the order of the images cannot change a bit of the result.

    Args:
        values: (N,), N >= 1.
    """
    numbers: list[float] = values.double().tolist()
    n = len(numbers)
    mean = math.fsum(numbers) / n
    if n < 2:
        return Value(mean, None, n)
    variance = math.fsum((x - mean) ** 2 for x in numbers) / (n - 1)
    return Value(mean, math.sqrt(variance / n), n)


def check_images(fake: Tensor, real: Tensor) -> None:
    """Raise an InputError unless both are uint8 images (N, 3, H, W) of one shape."""
    for side, image in (("generated", fake), ("real", real)):
        if image.dtype != torch.uint8 or image.ndim != 4 or image.shape[1] != 3:
            raise InputError(
                f"the {side} images are {image.dtype} of shape {tuple(image.shape)}; expected torch.uint8 of shape "
                "(N, 3, H, W). Quantise them first (sisbench.images.quantise)."
            )
    if fake.shape != real.shape:
        raise InputError(
            f"generated images of shape {tuple(fake.shape)} stand against real ones of shape {tuple(real.shape)}; "
            "they are compared pixel by pixel. Bring both to the size of the protocol."
        )
