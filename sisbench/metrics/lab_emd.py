"""Earth mover's distance between colour histograms in CIE Lab (after Fig. 3 of the OASIS short paper).

The paper names the distance (Rubner et al., IJCV 2000) and the space, but neither bins nor aggregation nor code, so its
bars can be compared in order only. Here: 64 equal bins for each of L in [0, 100], a and b in [-128, 128], values
outside clipped; one-dimensional optimal transport per channel, exact, in units of Lab; the mean of the three channels.

- `lab_emd` (`_l`, `_a`, `_b`): of each generated image to the real one of its layout, averaged over the set.
- `lab_emd_pooled`: one histogram over all images of each set; does not reward fidelity to the layout.
- `lab_emd_joint`: paired, joint histograms of 4 x 4 x 4 bins with the Euclidean distance between their centres.
- `lab_emd_class`: pooled over the pixels of each class, averaged over classes.

The conversion runs on the CPU in float64 wherever the images are (torch has no cube root), so bins are the same on
every device. Of all 16 777 216 colours, bins agree with scikit-image's conversion.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from sisbench.metrics import register
from sisbench.metrics._base import Estimate, Metric, check_images, joined
from sisbench.metrics._histograms import ClassHistograms, class_histogram, class_offsets, emd, pooled

BINS = 64
LOW = (0.0, -128.0, -128.0)
WIDTHS = (100 / BINS, 256 / BINS, 256 / BINS)
"""Lower ends of L, a, b, and bin widths in Lab units."""
_WIDTHS = torch.tensor(WIDTHS, dtype=torch.float64)
JOINT_BINS = 4
_MERGED = BINS // JOINT_BINS  # bins of a channel in one of the joint histogram


def _linear() -> Tensor:
    """Linear light of the 256 sRGB values (IEC 61966-2-1)."""
    value = torch.arange(256, dtype=torch.float64) / 255
    return torch.where(value > 0.04045, ((value + 0.055) / 1.055) ** 2.4, value / 12.92)


_LINEAR = _linear()
_WHITE = torch.tensor([[0.95047], [1.0], [1.08883]], dtype=torch.float64)  # D65, 2 degree observer
_XYZ = (
    torch.tensor(
        [[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]],
        dtype=torch.float64,
    )
    / _WHITE
)


def rgb_to_lab(image: Tensor) -> Tensor:
    """Convert sRGB to CIE Lab, with the constants of scikit-image.

    Args:
        image: uint8 (3, H, W).

    Returns:
        float64 (3, H, W), on the CPU: L in 0..100, a and b within -108..99.

    >>> rgb_to_lab(torch.tensor([255, 0, 0], dtype=torch.uint8).view(3, 1, 1)).flatten()
    tensor([53.2406, 80.0923, 67.2028], dtype=torch.float64)
    """
    xyz = (_XYZ @ _LINEAR.index_select(0, image.cpu().flatten().int()).view(3, -1)).numpy()
    root = np.cbrt(xyz)
    dark = np.flatnonzero(xyz <= 0.008856)
    root.put(dark, 7.787 * xyz.take(dark) + 16 / 116)
    x, y, z = torch.from_numpy(root)
    lab = torch.from_numpy(xyz)  # no longer needed: new memory takes longer than the arithmetic
    torch.sub(y, z, out=lab[2]).mul_(200)
    torch.sub(x, y, out=lab[1]).mul_(500)
    torch.mul(y, 116, out=lab[0]).sub_(16)
    return lab.view(image.shape)


def lab_bins(image: Tensor) -> Tensor:
    """Return the bin of every pixel in L, a and b: int32 (3, H, W), 0..63, on the CPU, of an image uint8 (3, H, W).

    >>> lab_bins(torch.full((3, 1, 1), 255, dtype=torch.uint8)).flatten()  # white: L = 100 belongs to the last bin
    tensor([63, 31, 32], dtype=torch.int32)
    """
    lab = rgb_to_lab(image)
    for channel, low, width in zip(lab, LOW, WIDTHS, strict=True):
        channel.sub_(low).div_(width)
    return lab.int().clamp_(0, BINS - 1)


def lab_histograms(bins: Tensor) -> Tensor:
    """Count the bins of `lab_bins`, (3, ...), in each channel: int64 (3, 64)."""
    return torch.stack([torch.bincount(channel.flatten(), minlength=BINS) for channel in bins])


def channel_emd(differences: Tensor) -> tuple[Tensor, Tensor]:
    """Return `emd` of L, a, b, float64 (..., 3), for differences of `lab_histograms` (..., 3, 64), and its gradient."""
    return emd(differences, _WIDTHS.to(differences.device))


def joint_histogram(bins: Tensor) -> Tensor:
    """Count the bins of `lab_bins` in 4 x 4 x 4 cells: int64 (64,), L slowest."""
    lightness, a, b = bins.flatten(1) >> _MERGED.bit_length() - 1
    return torch.bincount((lightness * JOINT_BINS + a) * JOINT_BINS + b, minlength=JOINT_BINS**3)


def _joint_centres() -> Tensor:
    """Centres of the cells in Lab units, float64 (64, 3)."""
    steps = torch.arange(JOINT_BINS, dtype=torch.float64) + 0.5
    axes = [low + width * _MERGED * steps for low, width in zip(LOW, WIDTHS, strict=True)]
    return torch.cartesian_prod(*axes)


_COSTS = torch.cdist(_joint_centres(), _joint_centres(), compute_mode="donot_use_mm_for_euclid_dist")


def joint_emd(fake: Tensor, real: Tensor) -> float:
    """Earth mover's distance between joint histograms, in Lab units, by POT's network simplex.

    The distance between bin centres obeys the triangle inequality, so mass that both histograms have in a cell stays
    where it is, and only what differs is transported.

    Args:
        fake: Counts of the 64 cells, integer (64,).
        real: Counts of equal sum.

    >>> counts = torch.zeros(64, dtype=torch.int64)
    >>> counts[0] = 10
    >>> joint_emd(counts, counts.roll(1))  # neighbours in b: 256 / 4 apart
    64.0
    """
    difference = fake.cpu().long() - real.cpu().long()
    surplus, deficit = (difference > 0).nonzero().flatten(), (difference < 0).nonzero().flatten()
    if not len(surplus):
        return 0.0
    import ot

    masses = difference[surplus].double().numpy(), -difference[deficit].double().numpy()
    moved = ot.emd2(*masses, _COSTS[surplus][:, deficit].numpy())
    return float(moved) / int(fake.sum())


@register("lab_emd")
class LabEmd(Metric):
    """Colour distances of pairs and of whole sets.

    Keeps 784 bytes per pair: the differences of its histograms, which the pooled distance and its influences are made
    of, its pixels, and its joint distance.

    Args:
        options: Those of `torchmetrics.Metric`.
    """

    needs = "pixels"
    outputs = ("lab_emd", "lab_emd_l", "lab_emd_a", "lab_emd_b", "lab_emd_pooled", "lab_emd_joint")
    higher_is_better = False
    differences: list[Tensor] | Tensor
    pixels: list[Tensor] | Tensor
    joint: list[Tensor] | Tensor

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        for state in ("differences", "pixels", "joint"):
            self.add_state(state, default=[], dist_reduce_fx="cat")

    def update(self, fake: Tensor, real: Tensor) -> None:
        """Take in image pairs, both uint8 (N, 3, H, W)."""
        check_images(fake, real)
        for x, y in zip(fake, real, strict=True):
            x_bins, y_bins = lab_bins(x), lab_bins(y)
            self.append(
                differences=(lab_histograms(x_bins) - lab_histograms(y_bins)).int()[None].to(self.device),
                pixels=torch.tensor([x[0].numel()], device=self.device),
                joint=torch.tensor(
                    [joint_emd(joint_histogram(x_bins), joint_histogram(y_bins))],
                    dtype=torch.float64,
                    device=self.device,
                ),
            )

    def estimates(self) -> dict[str, Estimate]:
        """Return the distances, in Lab units.

        Raises:
            InputError: No image.
        """
        differences, pixels = joined(self.differences, "lab_emd"), joined(self.pixels, "lab_emd")
        channels = channel_emd(differences)[0] / pixels[:, None]  # (n, 3)
        total, gradient = channel_emd(differences.sum(0))
        shares = (differences * gradient).sum((1, 2)) / 3
        estimates = [Estimate.mean(values) for values in (channels.mean(1), *channels.T)]
        estimates += [pooled(total.mean(), shares, pixels), Estimate.mean(joined(self.joint, "lab_emd"))]
        return dict(zip(self.outputs, estimates, strict=True))


@register("lab_emd_class")
class LabEmdClass(ClassHistograms):
    """Colour distance over the pixels of a class, averaged over classes; 768 bytes per image and class it shows."""

    outputs = ("lab_emd_class",)
    quantity = "lab_emd"

    def counts(self, fake: Tensor, real: Tensor, truth: Tensor) -> tuple[Tensor, Tensor]:
        """Count one pair: differences of histograms, int64 (C, 3, 64), and pixels by class."""
        offsets = class_offsets(truth.cpu(), self.num_classes, BINS)
        x, y = (
            torch.stack([class_histogram(offsets, channel, self.num_classes, BINS) for channel in lab_bins(image)], 1)
            for image in (fake, real)
        )
        return x - y, y[:, 0].sum(-1)

    def distance(self, histograms: Tensor) -> tuple[Tensor, Tensor]:
        """Mean of the three channels' distances times pixels, (C,), and its gradient, (C, 3, 64)."""
        total, gradient = channel_emd(histograms)
        return total.mean(-1), gradient / 3
