"""All columns of the cross-view tables on 1,000 pairs: NumPy and scikit-image written out straight, and ours.

Both sides start from the same 8-bit images in memory and the same class probabilities: what the classifier costs is
the same for both, and stands apart. The straight form computes each image after the other, as the definitions read:
scikit-image's SSIM on zero-padded luminance (the "full" convolution), NumPy for all else. Ours is what a pass runs,
batch by batch, with the influence of every image on every number, from which standard errors follow, besides.

Images are scenes of tinytown, enlarged to 256x256, against the same scenes with noise and blur of several strengths;
probabilities are softmaxes of 365 random logits that agree in part.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from skimage.metrics import structural_similarity
from torch import Tensor

from benchmarks._measure import in_fresh_process, machine, spread, write_results
from sisbench import datasets, metrics
from sisbench.images import decode_photo

SIZE = (256, 256)
CLASSES = 365
BATCH = 8
"""Images of a step, as in a pass."""

METRICS = ("crossview_accuracy", "crossview_accuracy_confident", "crossview_is", "crossview_kl", "crossview_pixels")
TO_REACH, TO_AGREE = 3.0, 1e-9

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]


def straight(fake: Bytes, real: Bytes, seen: Floats, truth: Floats) -> dict[str, float]:
    """Compute all columns one by one.

    Args:
        fake: Generated images, (N, H, W, 3).
        real: Real images.
        seen: Class probabilities of the generated images, (N, K).
        truth: Those of the real ones.
    """
    columns = [(ssim(x, y), psnr(x, y), sd(x, y)) for x, y in zip(fake, real, strict=True)]
    ssims, psnrs, sds = np.mean(columns, axis=0)
    top, best = truth.argmax(1), np.argsort(-seen, axis=1, kind="stable")[:, :5]
    sure = truth.max(1) > 0.5
    hit1, hit5 = best[:, 0] == top, (best == top[:, None]).any(1)
    divergence = (seen * (np.log(seen) - np.log(truth))).sum(1)
    return {
        "top1": hit1.mean(),
        "top5": hit5.mean(),
        "top1_confident": hit1[sure].mean(),
        "top5_confident": hit5[sure].mean(),
        "is_all": inception(seen),
        "is_top1": inception(only_top(seen, 1)),
        "is_top5": inception(only_top(seen, 5)),
        "crossview_kl": np.exp(divergence.mean()),
        "crossview_kl_std": divergence.std(),
        "crossview_ssim": ssims,
        "crossview_psnr": psnrs,
        "crossview_sd": sds,
    }


def inception(rows: Floats) -> float:
    """Inception score of a set, one split."""
    marginal = rows.mean(0)
    return float(np.exp((rows * (np.log(rows) - np.log(marginal))).sum(1).mean()))


def only_top(rows: Floats, k: int) -> Floats:
    """Keep the k largest entries of every row, 1e-9 in the place of all others."""
    kept = np.argsort(-rows, axis=1, kind="stable")[:, :k]
    found = np.full_like(rows, 1e-9)
    np.put_along_axis(found, kept, np.take_along_axis(rows, kept, 1), 1)
    return found


def ssim(x: Bytes, y: Bytes) -> float:
    """SSIM of luminance, with windows that reach over the edge of the image, where it is black."""
    one, other = (np.pad(image @ np.array([0.299, 0.587, 0.114]), 10) for image in (x, y))
    _, full = structural_similarity(
        one, other, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=255.0, full=True
    )
    return float(full[5:-5, 5:-5].mean())


def psnr(x: Bytes, y: Bytes) -> float:
    """PSNR with errors on a scale of 128 against a peak of 255."""
    error = 128**2 * np.mean((x / 255 - y / 255) ** 2)
    return float(10 * np.log10(255**2 / max(error, 1e-4)))


def sd(x: Bytes, y: Bytes) -> float:
    """Sharpness difference: absolute gradients to the left and to above, off the border, over the whole size."""
    total = 0.0
    for channel in range(3):
        one, other = x[..., channel] / 255, y[..., channel] / 255
        for axis in (0, 1):
            difference = np.abs(np.abs(np.diff(one, axis=axis)) - np.abs(np.diff(other, axis=axis)))
            inner = difference[:-1, 1:-1] if axis == 0 else difference[1:-1, :-1]
            total += inner.sum()
    error = 128**2 * total / x.size
    return float(10 * np.log10(255**2 / max(error, 1e-4)))


def ours(fake: Tensor, real: Tensor, seen: Tensor, truth: Tensor) -> dict[str, float]:
    """Update our metrics batch by batch and compute them, with the influence of every image."""
    found: dict[str, float] = {}
    for name in METRICS:
        metric = metrics.get(name)()
        for start in range(0, len(fake), BATCH):
            part = slice(start, start + BATCH)
            if metric.needs == "pixels":
                metric.update(fake[part], real[part])
            elif getattr(metric, "one_sided", False):
                metric.update(seen[part])
            else:
                metric.update(seen[part], truth[part])
        found |= {output: estimate.value for output, estimate in metric.estimates().items()}
    return found


def inputs(n: int) -> dict[str, Tensor]:
    """Return pairs of images, uint8 (n, 3, 256, 256), and class probabilities, float64 (n, 365)."""
    data = datasets.get("tinytown")
    items = data.index(datasets.locate(data), "val")
    scenes = torch.stack([decode_photo(item.image, SIZE) for item in items[:n] if item.image is not None])
    rng = torch.Generator().manual_seed(0)
    real = scenes[torch.arange(n) % len(scenes)]
    strength = torch.linspace(2, 60, n).view(n, 1, 1, 1)
    noisy = real.float() + torch.randn(real.shape, generator=rng) * strength
    fake = torch.nn.functional.avg_pool2d(noisy, 3, 1, 1).clamp(0, 255).to(torch.uint8)
    logits = torch.randn(n, CLASSES, generator=rng).double() * 4
    other = logits * 0.7 + torch.randn(n, CLASSES, generator=rng).double() * 2
    return {"fake": fake, "real": real, "seen": other.softmax(1), "truth": logits.softmax(1)}


def measure(form: str, n: int, repeats: int) -> dict[str, Any]:
    """Time a form in this process: processor and wall seconds of each call, and its values."""
    data = inputs(n)
    compute: Any = ours
    if form == "straight":
        data = {k: np.ascontiguousarray(v.permute(0, 2, 3, 1) if v.ndim == 4 else v) for k, v in data.items()}
        compute = straight

    def call(m: int) -> Any:
        return compute(**{k: v[:m] for k, v in data.items()})

    call(16)  # compiles and allocates once
    wall, busy = [], []
    for _ in range(repeats):
        start, used = time.perf_counter(), time.process_time()
        values = call(n)
        wall.append(time.perf_counter() - start)
        busy.append(time.process_time() - used)
    return {"wall": wall, "cpu": busy, "values": {k: float(v) for k, v in values.items()}}


def difference(one: Mapping[str, float], other: Mapping[str, float]) -> dict[str, float]:
    """Relative difference of every column."""
    assert one.keys() == other.keys()
    return {name: abs(one[name] - other[name]) / max(1.0, abs(other[name])) for name in one}


def main() -> None:
    """Measure both forms, taking turns, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=1000)
    parser.add_argument("--processes", type=int, default=3, help="Fresh processes of each form.")
    parser.add_argument("--repeats", type=int, default=1, help="Calls that are timed in each.")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--form", choices=("straight", "ours"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.form:
        torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
        print(json.dumps(measure(options.form, options.pairs, options.repeats)))
        return
    about = machine(options.threads, ("torch", "numpy", "scikit-image", "numba"))
    runs: dict[str, list[dict[str, Any]]] = {"straight": [], "ours": []}
    for _ in range(options.processes):
        for form, found in runs.items():
            arguments = ("--form", form, "--pairs", str(options.pairs), "--repeats", str(options.repeats))
            found.append(in_fresh_process("benchmarks.crossview_metrics", *arguments, threads=options.threads))
    seconds = {f: {k: spread([s for r in found for s in r[k]]) for k in ("wall", "cpu")} for f, found in runs.items()}
    apart = difference(runs["ours"][0]["values"], runs["straight"][0]["values"])
    times = {k: seconds["straight"][k]["min"] / seconds["ours"][k]["min"] for k in ("wall", "cpu")}
    rows = [["form", "CPU s", "wall s", "times as fast (CPU)", "largest difference"]]
    rows.append(["NumPy and scikit-image", *_cells(seconds["straight"]), "1", ""])
    rows.append(["ours", *_cells(seconds["ours"]), f"{times['cpu']:.1f}", f"{max(apart.values()):.1e}"])
    result = {
        "machine": about,
        "pairs": options.pairs,
        "size": SIZE,
        "to_reach": {"times": TO_REACH, "difference": TO_AGREE},
        "seconds": seconds,
        "times": times,
        "difference": apart,
        "values": {form: found[0]["values"] for form, found in runs.items()},
        "reached": times["cpu"] >= TO_REACH and max(apart.values()) <= TO_AGREE,
    }
    title = f"All columns of the cross-view tables, {options.pairs} pairs of 256x256, without the classifier"
    print(write_results("crossview_metrics", title, result, rows))


def _cells(seconds: Mapping[str, Mapping[str, float]]) -> list[str]:
    return [f"{seconds[k]['min']:.2f} to {seconds[k]['max']:.2f}" for k in ("cpu", "wall")]


if __name__ == "__main__":
    main()
