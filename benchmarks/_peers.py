"""The same numbers by the libraries that people use, each over all files by itself, as one would write it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from generators import ensure_torchvision

Peer = Callable[[Path, dict[str, Path]], dict[str, float]]

GREY = np.array([0.299, 0.587, 0.114])


def pairs(folder: Path) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield generated and real image, uint8 (H, W, 3)."""
    for path in sorted((folder / "fake").iterdir()):
        yield np.asarray(Image.open(path)), np.asarray(Image.open(folder / "real" / path.name))


def torch_fidelity(folder: Path, files: dict[str, Path]) -> dict[str, float]:
    """FID, KID, IS, precision and recall in torch-fidelity's own pipeline."""
    ensure_torchvision()
    from torch_fidelity import calculate_metrics

    count = len(list((folder / "fake").iterdir()))
    found = calculate_metrics(
        input1=str(folder / "fake"),
        input2=str(folder / "real"),
        cuda=False,
        fid=True,
        kid=True,
        isc=True,
        prc=True,
        batch_size=8,
        kid_subset_size=min(1000, count),
        isc_splits=1,
        feature_extractor="inception-v3-compat",
        feature_extractor_weights_path=str(files["inception-2015-12-05"]),
        verbose=False,
    )
    names = {
        "fid": "frechet_inception_distance",
        "kid_subsets": "kernel_inception_distance_mean",
        "is": "inception_score_mean",
        "precision": "precision",
        "recall": "recall",
    }
    return {ours: float(found[theirs]) for ours, theirs in names.items() if theirs in found}


def torchmetrics_psnr(folder: Path, _: dict[str, Path]) -> dict[str, float]:
    """PSNR by torchmetrics, image by image."""
    ensure_torchvision()
    from torchmetrics.functional.image import peak_signal_noise_ratio

    values = [
        peak_signal_noise_ratio(torch.from_numpy(x.astype(np.float64)), torch.from_numpy(y.astype(np.float64)), 255.0)
        for x, y in pairs(folder)
    ]
    return {"psnr": float(torch.stack(values).mean())}


def scikit_image_ssim(folder: Path, _: dict[str, Path]) -> dict[str, float]:
    """SSIM by scikit-image."""
    from skimage.metrics import structural_similarity

    values = [
        structural_similarity(
            x.astype(np.float64),
            y.astype(np.float64),
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
            data_range=255,
            channel_axis=2,
        )
        for x, y in pairs(folder)
    ]
    return {"ssim": float(np.mean(values))}


def lab_histograms(folder: Path, _: dict[str, Path]) -> dict[str, float]:
    """LAB-histogram EMD: conversion by scikit-image, 1-D transport by SciPy, the joint one by POT."""
    import ot
    from scipy.stats import wasserstein_distance
    from skimage.color import rgb2lab

    ranges = [(0, 100), (-128, 128), (-128, 128)]
    centres = [np.linspace(low, high, 65)[:-1] + (high - low) / 128 for low, high in ranges]
    axes = [np.linspace(low, high, 5)[:-1] + (high - low) / 8 for low, high in ranges]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 3)
    cost = ot.dist(grid, grid, metric="euclidean")
    channels, joint = [], []
    for images in pairs(folder):
        lab = [np.clip(rgb2lab(image).reshape(-1, 3), *np.array(ranges).T) for image in images]
        histograms = [[np.histogram(x[:, c], 64, ranges[c])[0] for c in range(3)] for x in lab]
        channels.append([wasserstein_distance(centres[c], centres[c], *(h[c] for h in histograms)) for c in range(3)])
        masses = [np.histogramdd(x, 4, ranges)[0].ravel() / len(x) for x in lab]
        joint.append(ot.emd2(*masses, cost))
    return {"lab_emd": float(np.mean(channels)), "lab_emd_joint": float(np.mean(joint))}


def local_binary_patterns(folder: Path, _: dict[str, Path]) -> dict[str, float]:
    """LBP histograms of 256 and of 10 bins by scikit-image; chi-square distances in NumPy."""
    from skimage.feature import local_binary_pattern

    def chi2(methods: tuple[str, int], grey: list[np.ndarray]) -> float:
        method, bins = methods
        codes = [local_binary_pattern(g, 8, 1, method)[1:-1, 1:-1] for g in grey]
        p, q = (np.bincount(c.astype(int).ravel(), minlength=bins) / c.size for c in codes)
        used = p + q > 0
        return float(0.5 * np.sum((p - q)[used] ** 2 / (p + q)[used]))

    values = []
    for images in pairs(folder):
        grey = [np.rint(image @ np.array([0.2125, 0.7154, 0.0721])).astype(np.uint8) for image in images]
        values.append([chi2(("default", 256), grey), chi2(("uniform", 10), grey)])
    _, uniform = np.mean(values, axis=0)  # its 256 codes interpolate the diagonals: the work of lbp256, other numbers
    return {"lbp_uniform_chi2": float(uniform)}


def cross_view_formulas(folder: Path, _: dict[str, Path]) -> dict[str, float]:
    """SSIM, PSNR and SD of the cross-view papers in NumPy and SciPy, and the textbook SD."""
    from scipy.signal import convolve2d

    offset = np.arange(11) - 5
    window = np.exp(-(offset[:, None] ** 2 + offset[None] ** 2) / (2 * 1.5**2))
    window /= window.sum()
    ssim, psnr, sd = [], [], []
    for images in pairs(folder):
        x, y = (image.transpose(2, 0, 1) / 255.0 for image in images)
        psnr.append(10 * np.log10(255**2 / max(128**2 * np.mean((x - y) ** 2), 1e-4)))
        gradients = [[np.abs(np.diff(z, axis=a)) for a in (2, 1)] for z in (x, y)]
        h = np.abs(gradients[0][0] - gradients[1][0])[:, 1:-1, :-1].sum()
        v = np.abs(gradients[0][1] - gradients[1][1])[:, :-1, 1:-1].sum()
        sd.append(10 * np.log10(255**2 / max(128**2 * (h + v) / x.size, 1e-4)))
        a, b = (255 * np.tensordot(GREY, z, 1) for z in (x, y))
        maps = [convolve2d(z, window, "full") for z in (a, b, a * a, b * b, a * b)]
        ssim.append(np.mean(_ssim_map(*maps)))
    return {
        "crossview_ssim": float(np.mean(ssim)),
        "crossview_psnr": float(np.mean(psnr)),
        "crossview_sd": float(np.mean(sd)),
    }


def _ssim_map(a: np.ndarray, b: np.ndarray, aa: np.ndarray, bb: np.ndarray, ab: np.ndarray) -> np.ndarray:
    c1, c2 = 6.5025, 58.5225
    top = (2 * a * b + c1) * (2 * (ab - a * b) + c2)
    return np.asarray(top / ((a * a + b * b + c1) * (aa - a * a + bb - b * b + c2)))


PEERS: dict[str, Peer] = {
    "torch-fidelity: FID, KID, IS, precision, recall": torch_fidelity,
    "torchmetrics: PSNR": torchmetrics_psnr,
    "scikit-image: SSIM": scikit_image_ssim,
    "scikit-image, SciPy, POT: LAB-histogram EMD": lab_histograms,
    "scikit-image: LBP": local_binary_patterns,
    "NumPy, SciPy: cross-view SSIM, PSNR, SD": cross_view_formulas,
}


def sample_pairs(folder: Path) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Yield all pairs of images of each layout, uint8 (3, H, W)."""
    for layout in sorted((folder / "samples").iterdir()):
        decoded = [torch.from_numpy(np.array(Image.open(path))).permute(2, 0, 1) for path in sorted(layout.iterdir())]
        yield from itertools.combinations(decoded, 2)


def lpips_package(folder: Path, files: dict[str, Path]) -> dict[str, float]:
    """LPIPS of every pair by the lpips package."""
    ensure_torchvision()
    import lpips

    network = lpips.LPIPS(net="alex", version="0.1", pnet_rand=True, verbose=False).eval()
    state = torch.load(files["alexnet-imagenet"], weights_only=True)
    own = network.net.state_dict()
    trunk = [value for key, value in state.items() if key.startswith("features.")]
    network.net.load_state_dict(dict(zip(own, trunk, strict=True)))
    with torch.no_grad():
        values = [network(x[None] / 127.5 - 1, y[None] / 127.5 - 1).item() for x, y in sample_pairs(folder)]
    return {"lpips_alex": float(np.mean(values))}


def pytorch_msssim(folder: Path, _: dict[str, Path]) -> dict[str, float]:
    """MS-SSIM of every pair by pytorch-msssim."""
    from pytorch_msssim import ms_ssim

    values = [ms_ssim(x[None].double(), y[None].double(), data_range=255).item() for x, y in sample_pairs(folder)]
    return {"ms_ssim": float(np.mean(values))}


def diversity_peers() -> dict[str, Peer]:
    """Peers of diversity, by name."""
    return {"lpips: LPIPS (alex) of all pairs": lpips_package, "pytorch-msssim: MS-SSIM of all pairs": pytorch_msssim}
