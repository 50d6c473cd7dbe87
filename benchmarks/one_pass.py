"""One pass for all numbers, against the slowest network alone and against the usual libraries one after another.

500 pairs of 256x512 PNG files (scenes of tinytown enlarged, flipped and re-lit; the generated ones are distorted
copies) are scored by `sisbench.evaluate`: pixel, colour, texture and feature metrics in one pass, decoding included.
Beside it run, on the same files:

- `network`: the Inception forward on the same images, decoded beforehand; the slowest network of the pass. Side by
  side, one thread a batch, as the pass runs it; and plain, with all threads in each batch.
- `peers`: torch-fidelity (FID, KID, IS, precision and recall), torchmetrics (PSNR), scikit-image (SSIM; Lab histograms
  with SciPy's exact 1-D transport and POT; LBP), the cross-view formulas in NumPy and SciPy, each over all files by
  itself; and for diversity pytorch-msssim and lpips on every pair of images of a layout.

Weights are random where the published files are not at hand: they cost the same time.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import torch
from PIL import Image

from benchmarks._measure import machine, write_results
from benchmarks._peers import PEERS, diversity_peers
from benchmarks._random_weights import random_weights
from sisbench import datasets, evaluate, features, weights
from sisbench.data import Samples
from sisbench.fakes import in_order
from sisbench.folders import ImageFolder
from sisbench.scoring import evaluate_samples

SIZE = (256, 512)
METRICS = (
    *("fid", "kid", "is", "precision_recall"),
    *("psnr", "ssim", "sd", "crossview_pixels", "lab_emd", "lbp"),
)
DIVERSITY = ("ms_ssim", "lpips_alex")
FIGURES = {"over_network": 1.2, "over_peers": 2.0}


def write_images(folder: Path, count: int, layouts: int, samples: int) -> None:
    """Write `real/`, `fake/` and, for diversity, `samples/KEY/`."""
    dataset = datasets.get("tinytown")
    tree = datasets.locate(dataset)
    scenes = [s.image for split in ("train", "val") for s in Samples(dataset, tree, split)]
    rng = np.random.default_rng(0)
    for number in range(count):
        image = Image.fromarray(scenes[number % len(scenes)].permute(1, 2, 0).numpy()).resize(
            (SIZE[1], SIZE[0]), Image.Resampling.BICUBIC
        )
        real = np.asarray(image).astype(np.float64)[:, :: -1 if number // len(scenes) % 2 else 1]
        real = np.clip(real * (0.8 + 0.4 * rng.random()), 0, 255)
        _save(folder / "real" / f"{number:04d}.png", real)
        _save(folder / "fake" / f"{number:04d}.png", _distorted(real, rng))
        if number < layouts:
            for sample in range(samples):
                _save(folder / "samples" / f"{number:04d}" / f"{sample:02d}.png", _distorted(real, rng))


def _distorted(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    gain = 0.7 + 0.6 * rng.random(3)
    return np.asarray(np.clip(image * gain + rng.normal(0, 12, image.shape), 0, 255))


def _save(path: Path, image: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(image.astype(np.uint8)).save(path, compress_level=1)


@contextlib.contextmanager
def found_weights(files: dict[str, Path]) -> Iterator[None]:
    """Let the networks find these files in place of the published ones."""
    find = weights.find
    with mock.patch.object(weights, "find", lambda name: files.get(name) or find(name)):
        yield


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds of a call, and what it returned."""
    start = time.perf_counter()
    result = call()
    return time.perf_counter() - start, result


def decoded_batches(folder: Path) -> list[torch.Tensor]:
    """Decode all images, in the pass's own batches."""
    batches = []
    for side in ("fake", "real"):
        images = ImageFolder(folder / side)
        decoded = in_order(images, sorted(images), SIZE)
        while batch := list(itertools.islice(decoded, 8)):
            batches.append(torch.stack(batch))
    return batches


def forward_alone(batches: list[torch.Tensor], workers: int) -> Callable[[], None]:
    """Return the forward of the slowest network on all batches, nothing else.

    Args:
        batches: Decoded images.
        workers: 0 runs one batch after another, with all threads in each; otherwise so many run side by side, with one
            thread each, as the pass does it.
    """
    network, threads = features.create("inception"), torch.get_num_threads()

    def extract(batch: torch.Tensor) -> None:
        network.extract(batch, ("pooled", "logits"))

    def forward() -> None:
        if workers == 0:
            for batch in batches:
                extract(batch)
            return
        with ThreadPoolExecutor(workers, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            list(pool.map(extract, batches))
        torch.set_num_threads(threads)

    return forward


def main() -> None:
    """Measure and write the results."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="threads of torch")
    parser.add_argument("--images", type=int, default=500, help="pairs of images")
    parser.add_argument("--layouts", type=int, default=20, help="layouts whose diversity is measured")
    parser.add_argument("--samples", type=int, default=5, help="images of each of them")
    parser.add_argument("--skip-peers", action="store_true", help="measure ours only, and write nothing")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    about = machine(options.threads, ("torch", "torch-fidelity", "torchmetrics", "scikit-image", "lpips"))
    rows: list[tuple[str, str, float]] = []
    values: dict[str, dict[str, float]] = {"ours": {}, "peers": {}}

    def run(side: str, what: str, call: Callable[[], Any]) -> None:
        seconds, found = timed(call)
        rows.append((side, what, seconds))
        print(f"{side:8} {what:60} {seconds:8.1f} s", flush=True)
        values.setdefault(side, {}).update(found or {})

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_images(folder, options.images, options.layouts, options.samples)
        files = random_weights(folder / "weights")
        with found_weights(files):
            batches = decoded_batches(folder)
            run("network", "Inception alone, side by side as in the pass", forward_alone(batches, options.threads))
            run("ours", f"{len(METRICS)} metrics, one pass", lambda: _ours(folder))
            run("network", "Inception alone, again", forward_alone(batches, options.threads))
            run("plain network", "Inception alone, all threads in each batch", forward_alone(batches, 0))
            run("diversity", "MS-SSIM and LPIPS (alex)", lambda: _diversity(folder))
        if options.skip_peers:
            return
        for what, peer in PEERS.items():
            run("peers", what, lambda peer=peer: peer(folder, files))
        for what, peer in diversity_peers().items():
            run("diversity peers", what, lambda peer=peer: peer(folder, files))

    total = {side: sum(s for kind, _, s in rows if kind == side) for side in dict.fromkeys(r[0] for r in rows)}
    alone = total["network"] / 2
    result = {
        "machine": about,
        "figures": FIGURES,
        "images": options.images,
        "layouts": options.layouts,
        "samples": options.samples,
        "seconds": total,
        "reached": {
            "over_network": total["ours"] / alone,
            "over_plain_network": total["ours"] / total["plain network"],
            "over_peers": (total["peers"] + total["diversity peers"]) / (total["ours"] + total["diversity"]),
            "over_peers_without_diversity": total["peers"] / total["ours"],
            "diversity_over_peers": total["diversity peers"] / total["diversity"],
        },
        "rows": rows,
        "values": values,
    }
    table = [["side", "what", "seconds"], *([side, what, f"{seconds:.1f}"] for side, what, seconds in rows)]
    title = f"All metrics of {options.images} pairs of {SIZE[0]}x{SIZE[1]}; diversity of {options.layouts} layouts"
    print(write_results("one_pass", title, result, table))
    print({key: round(value, 2) for key, value in result["reached"].items()})


def _ours(folder: Path) -> dict[str, float]:
    found = evaluate(folder / "fake", folder / "real", metrics=list(METRICS))
    return {output: score.value for output, score in found.results.items()}  # all there: weights are at hand


def _diversity(folder: Path) -> dict[str, float]:
    found = evaluate_samples(folder / "samples", metrics=list(DIVERSITY))
    return {output: score.value for output, score in found.results.items()}


if __name__ == "__main__":
    main()
