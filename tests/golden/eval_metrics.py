"""Fixture of the arithmetic of metrics: two 8x8 images, label maps, waves and features, and what was made of them.

Colour and texture were worked out with scikit-image, SciPy and POT, mIoU with the rules of DRN, deeplab-pytorch and
CSAIL, MS-SSIM with pytorch-msssim, the Fréchet distance by the nuclear norm. Some numbers are references: quantities
that no metric of ours has, rebuilt here from our own parts to hold these against (W1 without bins, the mean of
per-image mIoU, covariances divided by n, MS-SSIM with the wrong range), or with the rounding of another route. The
numbers of torchmetrics' MS-SSIM are not replayed: it is another quantity, which the tests of `ms_ssim` pin.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from sisbench.metrics._histograms import chi_square, emd
from sisbench.metrics.frechet import Gaussian, frechet_distance
from sisbench.metrics.lab_emd import (
    BINS,
    WIDTHS,
    LabEmdClass,
    channel_emd,
    joint_emd,
    joint_histogram,
    lab_bins,
    lab_histograms,
    rgb_to_lab,
)
from sisbench.metrics.lbp import OFFSETS, LBPClass, gray, lbp256, lbp_histograms
from sisbench.metrics.miou import class_counts, class_iou, confusion, mean_iou
from sisbench.metrics.miou_rules import MeanIoURules
from sisbench.metrics.ms_ssim import ms_ssim
from sisbench.metrics.ssim import plane_ssim
from tests.golden._fixture import Comparison, compare, read_json
from tests.sisbench.metrics.waves import X, Y

RTOL = 1e-12  # float64 arithmetic of a few hundred numbers
LAB_ATOL = 5.1e-7  # stored to 6 decimals
CSAIL_RTOL = 1e-10  # CSAIL adds 1e-10 to counts of pixels
EIGENVALUES_RTOL = 1e-7  # null eigenvalues of a product of covariances add the square roots of their rounding
SINGLE_ATOL = 2e-6  # images or window in float32
FORMULA = (
    "192x192 float64, y,x indices; ch0=.5+.5sin(.05x+.03y+p); ch1=.5+.5cos(.07x-.02y+.5p); "
    "ch2=.5+.25sin(.011 x p)+.25cos(.09y); X p=(0.3,1.0), Y p=(0.6,1.1)"
)
PARTS = {"rgb_A", "rgb_B", "lab_pixels", "label_map", "per_class", "miou", "miou2", "msssim", "fid_small"}


def handles(metadata: dict[str, str]) -> bool:
    """Whether the file is the one of the arithmetic of metrics."""
    return metadata.keys() >= PARTS


def replay(path: Path) -> list[Comparison]:
    """Compare every number of the file that is one of ours or can be rebuilt from our parts."""
    fixture = read_json(path)
    a, b = (numbers(fixture, f"rgb_{image}", dtype=torch.uint8).permute(2, 0, 1).contiguous() for image in "AB")
    return [
        *_colour(fixture, a, b),
        *_texture(fixture, a, b),
        *_classes(fixture, a, b),
        *_miou(fixture),
        *_ms_ssim(fixture),
        *_frechet(fixture),
    ]


def entry(fixture: dict[str, Any], *keys: str) -> Any:
    """Return an entry of the fixture.

    Raises:
        KeyError: It is not there.
    """
    found: Any = fixture
    for key in keys:
        if not isinstance(found, dict) or key not in found:
            raise KeyError("/".join(keys))
        found = found[key]
    return found


def numbers(fixture: dict[str, Any], *keys: str, dtype: torch.dtype = torch.float64) -> Tensor:
    """Return an entry as a tensor; null is NaN.

    Raises:
        KeyError: It is not there, or is no array of numbers.
    """
    try:
        array = np.array(entry(fixture, *keys), dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise KeyError(f"{'/'.join(keys)} as an array of numbers: {error}") from error
    return torch.from_numpy(array).to(dtype)


def exact(got: Tensor, fixture: dict[str, Any], *keys: str) -> Comparison:
    """Compare integers with the entry of their name."""
    return compare("/".join(keys), got, numbers(fixture, *keys, dtype=torch.int64), 0.0)


def close(
    got: Tensor | float, fixture: dict[str, Any], *keys: str, rtol: float = RTOL, atol: float = 0.0
) -> Comparison:
    """Compare floats with the entry of their name, within `atol` where it is given."""
    found = torch.as_tensor(got, dtype=torch.float64)
    return compare("/".join(keys), found, numbers(fixture, *keys), atol, 0.0 if atol else rtol)


def _colour(fixture: dict[str, Any], a: Tensor, b: Tensor) -> list[Comparison]:
    colours = numbers(fixture, "lab_pixels", "rgb", dtype=torch.uint8)
    lab = rgb_to_lab(colours.T[:, None].contiguous())[:, 0].T
    results = [close(lab, fixture, "lab_pixels", "lab", atol=LAB_ATOL)]

    a_bins, b_bins = lab_bins(a), lab_bins(b)
    coarse = {image: lab_histograms(bins).view(3, 8, -1).sum(2) for image, bins in (("A", a_bins), ("B", b_bins))}
    results += [exact(counts, fixture, f"lab_hist8_{image}") for image, counts in coarse.items()]
    widths = torch.tensor(WIDTHS, dtype=torch.float64) * (BINS // 8)
    distances = {
        "lab_emd_bins8": emd(coarse["A"] - coarse["B"], widths)[0] / a[0].numel(),
        "lab_emd_bins64": channel_emd(lab_histograms(a_bins) - lab_histograms(b_bins))[0] / a[0].numel(),
    }
    for name, distance in distances.items():
        results.append(close(distance, fixture, name, "L_a_b"))
        results.append(close(distance.mean(), fixture, name, "mean"))
    joint = joint_emd(joint_histogram(a_bins), joint_histogram(b_bins))
    sorted_lab = [rgb_to_lab(image).flatten(1).sort(1).values for image in (a, b)]
    w1 = (sorted_lab[0] - sorted_lab[1]).abs().mean(1)
    return [
        *results,
        close(joint, fixture, "lab_joint_emd_4x4x4"),
        close(w1, fixture, "lab_w1_no_histogram"),
    ]


def _texture(fixture: dict[str, Any], a: Tensor, b: Tensor) -> list[Comparison]:
    offsets = "lbp256_offsets_bit0_to_7_drow_dcol"
    results = [exact(torch.tensor(OFFSETS), fixture, offsets)]
    for image, pixels in (("A", a), ("B", b)):
        results += [
            exact(gray(pixels), fixture, f"gray8_{image}"),
            exact(lbp256(gray(pixels)), fixture, f"lbp256_{image}_interior"),
            exact(lbp_histograms(pixels)[1], fixture, f"skimage_uniform_P8R1_hist10_{image}_interior"),
        ]
    for name, f, r in zip(("lbp256", "skimage_uniform"), lbp_histograms(a), lbp_histograms(b), strict=True):
        results.append(close(chi_square(f, r)[0] / f.sum(), fixture, f"{name}_chi2_half"))
    return results


def _classes(fixture: dict[str, Any], a: Tensor, b: Tensor) -> list[Comparison]:
    truth = numbers(fixture, "label_map", dtype=torch.int64)
    num_classes = int(truth.max()) + 1
    colour, texture = LabEmdClass(num_classes), LBPClass(num_classes)
    differences, pixels = colour.counts(a, b, truth)
    histograms, inner = texture.counts(a, b, truth)
    emds = channel_emd(differences)[0]  # not the metric's own distance, which is the mean of L, a and b
    chi2 = texture.distance(histograms)[0]
    results = []
    for c in range(num_classes):
        place = ("per_class", str(c))
        results += [
            exact(pixels[c], fixture, *place, "n"),
            close(emds[c] / pixels[c], fixture, *place, "lab_emd64"),
            exact(inner[c], fixture, *place, "n_interior"),
            close(chi2[c] / inner[c], fixture, *place, "lbp256_chi2_half"),
        ]
    return results


def _miou(fixture: dict[str, Any]) -> list[Comparison]:
    num_classes = int(numbers(fixture, "miou", "n_classes"))
    predicted, truth = (numbers(fixture, "miou", side, dtype=torch.int64)[None] for side in ("pred", "gt"))
    predicted2, truth2 = (numbers(fixture, "miou2", side, dtype=torch.int64)[None] for side in ("pred", "gt"))
    first, second = confusion(predicted, truth, num_classes)[0], confusion(predicted2, truth2, num_classes)[0]
    results = [exact(first, fixture, "miou", "confusion_rows_gt")]
    union = class_counts(first)[1]
    expected = numbers(fixture, "miou", "iou")
    defined = ~expected.isnan()
    results.append(compare("miou/iou", class_iou(first)[union > 0], expected[defined], 0.0, RTOL))
    results.append(compare("miou/iou is defined", union > 0, defined, 0.0))

    rules = MeanIoURules(num_classes)
    rules.update(predicted, truth)
    values = {output: value.value for output, value in rules.compute().items()}
    for key, output, rtol in (
        ("drn_nanmean_union", "miou_union", RTOL),
        ("deeplab_gt_present_only", "miou_truth", RTOL),
        ("csail_absent_is_zero", "miou_all", CSAIL_RTOL),
        ("deeplab_pixacc", "accuracy_exclude", RTOL),
        ("csail_pixacc", "accuracy_exclude", CSAIL_RTOL),
        ("pixacc_counting_ignored_as_wrong", "accuracy_count_wrong", RTOL),
        ("deeplab_mean_acc", "mean_accuracy", RTOL),
        ("deeplab_fwiou", "fwiou", RTOL),
    ):
        results.append(close(values[output], fixture, "miou", key, rtol=rtol))
    return [
        *results,
        exact(first.sum(), fixture, "miou", "valid_pixels"),
        close(mean_iou(first + second), fixture, "miou2", "global_two_images_nanmean"),
        close((mean_iou(first) + mean_iou(second)) / 2, fixture, "miou2", "mean_of_per_image_nanmeans"),
    ]


def _ms_ssim(fixture: dict[str, Any]) -> list[Comparison]:
    if (formula := entry(fixture, "msssim", "formula")) != FORMULA:
        raise KeyError(f"msssim/formula as known here: {formula!r}")
    as_bytes = [(255 * image).round().to(torch.uint8) for image in (X, Y)]
    found = {
        "pytorch_msssim_data_range1": ms_ssim(X, Y, data_range=1, window_dtype=torch.float32),
        "pytorch_msssim_wrong_data_range255_on_unit_images": ms_ssim(X, Y, data_range=255, window_dtype=torch.float32),
        "uint8_data_range255": ms_ssim(*as_bytes, window_dtype=torch.float32),
    }
    planes = [255 * image.flatten(0, 1) for image in (X, Y)]
    return [
        *(close(values, fixture, "msssim", key) for key, values in found.items()),
        close(ms_ssim(X.float(), Y.float(), data_range=1), fixture, "msssim", "float32", atol=SINGLE_ATOL),
        close(plane_ssim(*planes).view(-1, 3).mean(1), fixture, "msssim", "ssim_data_range1", atol=SINGLE_ATOL),
    ]


def _frechet(fixture: dict[str, Any]) -> list[Comparison]:
    x, y = numbers(fixture, "fid_small", "X"), numbers(fixture, "fid_small", "Y")
    distance = frechet_distance(Gaussian.from_samples(x), Gaussian.from_samples(y))
    by_n = [Gaussian.from_moments(side.mean(0), side.T.cov(correction=0)) for side in (x, y)]
    itself = frechet_distance(Gaussian.from_samples(x), Gaussian.from_samples(x))
    return [
        close(distance, fixture, "fid_small", "nuclear"),
        close(distance, fixture, "fid_small", "eigvals", rtol=EIGENVALUES_RTOL),
        close(itself, fixture, "fid_small", "self", atol=RTOL * float(x.T.cov().trace())),
        close(frechet_distance(*by_n), fixture, "fid_small", "biased_cov_variant_ddof0", rtol=EIGENVALUES_RTOL),
    ]
