"""What every metric is: a `torchmetrics.Metric` whose results carry a standard error.

State is declared with its reduction and is float64 or integer. Merging, pickling, moving between devices and
synchronising over `torch.distributed` follow from the declaration; no metric writes distributed code.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

import torch
from torch import Tensor

from generators import ensure_torchvision
from sisbench.errors import InputError
from sisbench.evaluation import Value

ensure_torchvision()  # torchmetrics imports it
import torchmetrics  # noqa: E402


@dataclass(frozen=True)
class Estimate:
    """A number of a set of images, and what every image contributes to it.

    Attributes:
        value: The number; finite.
        influence: float64 (n,), of every image in the order they were taken in: to first order, the number of another
            draw of images differs from that of the whole population by the mean of their influences. Of a mean it is
            `x_i - mean`. It sums to 0. The standard error is `sqrt(sum(influence^2) / (n (n - 1)))`, and
            `value + influence` are pseudo-values: their mean is the number, and their differences between two methods
            on the same layouts give the error of the difference.
            None for numbers that no image has a share in (unpaired sets); then `stderr` is given.
        stderr: Standard error where there is no influence.
        n: Number of images where there is no influence.
    """

    value: float
    influence: Tensor | None
    stderr: float | None = None
    n: int = 0

    @classmethod
    def mean(cls, values: Tensor) -> Estimate:
        """Take the mean of one number per image (n,); exact sums, so the order of the images changes no bit."""
        values = values.double()
        mean = math.fsum(values.tolist()) / len(values)
        return cls(mean, values - mean)

    def score(self) -> Value:
        """Return the number with its standard error; None as error of a single image."""
        if self.influence is None:
            return Value(self.value, self.stderr, self.n)
        n = len(self.influence)
        if n < 2:
            return Value(self.value, None, n)
        total = math.fsum(self.influence.double().square().tolist())
        return Value(self.value, math.sqrt(total / (n * (n - 1))), n)


class Metric(torchmetrics.Metric):
    """Base of all metrics; a subclass declares its state in the constructor, and implements `update` and `estimates`.

    Attributes:
        needs: What `update` receives (see `sisbench.metrics`).
        outputs: Names of the values that `compute` returns, in table order.
        higher_is_better: Direction of all outputs.
        one_sided: Whether it judges images on their own, so that the real images have a score too. `update` then gets
            one side, and the true label maps where it needs "labels".
        minimum: Smallest number of images that a value exists for.
        optimum: What identical sets get, by output, where it is neither 1 (higher is better) nor 0 (lower is better);
            None where it depends on the set.
        absent: Why one of `outputs` may be missing from `estimates`, where the images give it no value.
    """

    needs: ClassVar[str]
    outputs: ClassVar[tuple[str, ...]]
    higher_is_better: bool
    one_sided: ClassVar[bool] = False
    minimum: ClassVar[int] = 1
    optimum: ClassVar[Mapping[str, float | None]] = MappingProxyType({})
    absent: ClassVar[str] = "these images give it no value"

    is_differentiable = False
    full_state_update = False

    def update(self, *batch: Any) -> None:
        """Take in one batch; see `needs` for what it is."""
        raise NotImplementedError

    def estimates(self) -> dict[str, Estimate]:
        """Return an estimate for each of `outputs`.

        Raises:
            InputError: Fewer images than `minimum`.
        """
        raise NotImplementedError

    def compute(self) -> dict[str, Value]:
        """Return a value for each of `outputs`.

        Raises:
            InputError: Fewer images than `minimum`.
        """
        return {output: estimate.score() for output, estimate in self.estimates().items()}

    def per_class(self) -> dict[str, dict[int, Value]]:
        """Return values by class index, for quantities that have them; classes without a value are left out."""
        return {}

    def append(self, **parts: Tensor) -> None:
        """Append a batch to states that are lists."""
        for state, part in parts.items():
            held = getattr(self, state)
            assert isinstance(held, list)  # a tensor only inside a synchronised compute
            held.append(part)


class MeanOfValues(Metric):
    """A metric that is the mean of one number per image (or layout); the `update` of a subclass appends to `values`.

    Keeps the 8 bytes of every number, since the standard error and comparisons of two runs need them.

    Args:
        options: Those of `torchmetrics.Metric`.
    """

    values: list[Tensor] | Tensor

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.add_state("values", default=[], dist_reduce_fx="cat")

    def estimates(self) -> dict[str, Estimate]:
        """Return the mean.

        Raises:
            InputError: Nothing was taken in.
        """
        (output,) = self.outputs
        return {output: Estimate.mean(joined(self.values, output))}


class PerImageMean(MeanOfValues):
    """A metric that is the mean of one number per image pair; a subclass implements `measure`.

    Args:
        options: Those of `torchmetrics.Metric`.
    """

    needs = "pixels"

    def measure(self, fake: Tensor, real: Tensor) -> Tensor:
        """Return one number per image pair, float64 (N,), for uint8 images (N, 3, H, W)."""
        raise NotImplementedError

    def update(self, fake: Tensor, real: Tensor) -> None:
        """Take in image pairs, both uint8 (N, 3, H, W)."""
        self.append(values=self.measure(fake, real))


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
