"""Coverage of 95 % intervals: how often value +- 1.96 standard errors holds the expectation of the value at this n.

Each entry draws a new set of images' worth of inputs and gives the metrics of it, with their standard errors; the
expectation is the mean over all draws. Inputs are simulated, since no data set can be drawn anew hundreds of times, and
made to be hard where real ones are: features that are not negative, with heavy tails and a spectrum like that of
Inception, generated images that share their layout with a real one, layouts whose classes are in few of the images.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor

from benchmarks._measure import RESULTS, machine, write_results
from sisbench.metrics import Estimate, Metric, Value
from sisbench.metrics.fid import FID
from sisbench.metrics.inception_score import InceptionScore
from sisbench.metrics.kid import KID
from sisbench.metrics.miou import MeanIoU
from sisbench.metrics.precision_recall import PrecisionRecall

N = 500
REQUIRED = ("fid", "kid", "miou", "mean")
"""Outputs whose intervals are to cover 93 to 97 %."""

TAILS = {"as measured": 0.5, "heavy": 0.6}
"""Deviations of log-normal features. Of EfficientNet-Lite0 on 144 photos of tinytown, the median feature has skewness
2.2 and excess kurtosis 5.5; the former has 1.8 and 5.9, the latter 2.3 and 10.3. "heavy" is there to see where
intervals begin to fail: nothing is required of it."""

EXEMPT = ("equal", "heavy")
"""Words in the names of entries that nothing is required of."""


def required(entry: str, output: str) -> bool:
    """Whether the intervals of an output are to cover 93 to 97 %; those of "fid" in the dimensions that it has."""
    if any(word in entry for word in EXEMPT):
        return False
    return output in REQUIRED and (output != "fid" or "d = 2048" in entry)


Draw = Callable[[torch.Generator], Mapping[str, Value]]
"""Draws a set of images and gives its scores by output."""


@dataclass(frozen=True)
class Coverage:
    """What repeated draws of one score found.

    Attributes:
        draws: Number of draws.
        mean: Mean of the values.
        deviation: Their standard deviation: what the standard error estimates.
        stderr: Root of the mean squared standard error.
        covered: Share of the intervals that hold the mean.
    """

    draws: int
    mean: float
    deviation: float
    stderr: float
    covered: float

    @classmethod
    def of(cls, values: Sequence[Value]) -> Coverage:
        """Summarise values with their standard errors."""
        mean = statistics.fmean(value.value for value in values)
        errors = [value.stderr for value in values if value.stderr is not None]
        covered = [abs(value.value - mean) < 1.96 * error for value, error in zip(values, errors, strict=True)]
        return cls(
            len(values),
            mean,
            statistics.stdev(value.value for value in values),
            math.sqrt(statistics.fmean(error**2 for error in errors)),
            sum(covered) / len(covered),
        )


def simulate(draw: Draw, draws: int, seed: int = 0) -> dict[str, Coverage]:
    """Repeat a draw; return the coverage of each of its outputs."""
    rng = torch.Generator().manual_seed(seed)
    found = [draw(rng) for _ in range(draws)]
    return {output: Coverage.of([values[output] for values in found]) for output in found[0]}


def feature_pairs(
    metrics: Sequence[Callable[[], Metric]],
    d: int,
    correlation: float,
    difference: float,
    tails: str = "rectified",
    n: int = N,
) -> Draw:
    """Features of generated and real images, float64 (n, d), of Gaussians with a spectrum i^-0.8 in a random basis.

    Args:
        metrics: What to compute of the same draw.
        d: Dimensions.
        correlation: Of the Gaussian behind a generated image with that behind the real one of its layout.
        difference: 0 where both sides have one distribution; else generated images vary less (by up to that part of
            the variance in the weakest directions) and the means of their features are moved.
        tails: "rectified": features are max(0, 0.5 + Gaussian), deviation 1; otherwise log-normal, 0.4 exp(s Gaussian)
            with the s of `TAILS`.
        n: Images of each side.
    """
    fixed = torch.Generator().manual_seed(1)
    basis = torch.linalg.qr(torch.randn(d, d, generator=fixed))[0]
    spectrum = torch.arange(1, d + 1) ** -0.8
    scale = (spectrum / spectrum.mean()).sqrt()
    narrower = scale * (1 - difference * torch.linspace(0, 1, d)).sqrt()
    moved = 0.3 * difference * torch.randn(d, generator=fixed)

    def features(latent: Tensor, deviation: Tensor, move: Tensor | float) -> Tensor:
        gaussian = (latent * deviation) @ basis.T
        if tails == "rectified":
            return (gaussian + 0.5 + move).clamp(min=0).double()
        return (0.4 * torch.exp(TAILS[tails] * gaussian + move)).double()

    def draw(rng: torch.Generator) -> dict[str, Value]:
        layout, own = torch.randn(2, n, d, generator=rng)
        mixed = correlation * layout + math.sqrt(1 - correlation**2) * own
        return _scores(metrics, features(mixed, narrower, moved), features(layout, scale, 0.0))

    return draw


def label_maps(n: int = N, classes: int = 19, pixels: int = 400) -> Draw:
    """Label maps (n, 1, pixels) of a segmenter and true ones.

    Half of the classes are in most layouts, the others in 3 to 30 % of them; how much of a layout a class fills varies
    by its Dirichlet share, how many of its pixels are missed by class and by image.
    """
    presence = torch.cat([torch.linspace(0.9, 0.5, classes // 2), torch.linspace(0.3, 0.03, classes - classes // 2)])
    missed = torch.linspace(0.1, 0.5, classes)

    def draw(rng: torch.Generator) -> dict[str, Value]:
        there = torch.rand(n, classes, generator=rng) < presence
        there[:, 0] = True
        share = -torch.rand(n, classes, generator=rng).log() * there
        truth = torch.multinomial(share, pixels, replacement=True, generator=rng)
        quality = torch.rand(n, 1, generator=rng) * 1.5
        wrong = torch.rand(n, pixels, generator=rng) < (missed[truth] * quality).clamp(max=0.95)
        other = torch.multinomial(share + 0.02 * presence, pixels, replacement=True, generator=rng)
        return _scores([partial(MeanIoU, classes)], torch.where(wrong, other, truth)[:, None], truth[:, None])

    return draw


def skewed_values(n: int = N) -> Draw:
    """One number per image: log-normal, as an error is, and beta-like with a floor, as a similarity is."""

    def draw(rng: torch.Generator) -> dict[str, Value]:
        normal = torch.randn(n, generator=rng, dtype=torch.float64)
        return {
            "mean": Estimate.mean(torch.exp(0.7 * normal)).score(),
            "mean (bounded)": Estimate.mean(torch.sigmoid(2 * normal - 2)).score(),
        }

    return draw


def class_scores(n: int = N, classes: int = 1008) -> Draw:
    """Class scores of images, float64 (n, classes): a few of fifty directions each, and noise."""
    directions = 1.5 * torch.randn(50, classes, generator=torch.Generator().manual_seed(1), dtype=torch.float64)

    def draw(rng: torch.Generator) -> dict[str, Value]:
        weights = torch.randn(n, 50, generator=rng, dtype=torch.float64).abs() ** 2 / 5
        noise = torch.randn(n, classes, generator=rng, dtype=torch.float64)
        return _scores([InceptionScore], weights @ directions + noise)

    return draw


def _scores(metrics: Sequence[Callable[[], Metric]], *batch: Tensor) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for create in metrics:
        metric = create()
        metric.update(*batch)
        found |= metric.compute()
    return found


PAIRED = tuple(partial(metric, paired=True) for metric in (FID, KID, PrecisionRecall))
APART = tuple(partial(metric, paired=False) for metric in (FID, KID, PrecisionRecall))
ENTRIES: dict[str, tuple[Callable[[], Draw], int]] = {
    "features, d = 2048, pairs, rectified": (partial(feature_pairs, PAIRED, 2048, 0.6, 0.3), 400),
    "features, d = 2048, pairs, as measured": (partial(feature_pairs, PAIRED, 2048, 0.6, 0.3, "as measured"), 400),
    "features, d = 2048, pairs, heavy": (partial(feature_pairs, PAIRED, 2048, 0.6, 0.3, "heavy"), 400),
    "features, d = 2048, independent, rectified": (partial(feature_pairs, APART, 2048, 0.0, 0.3), 400),
    "features, d = 64, pairs, rectified": (partial(feature_pairs, PAIRED, 64, 0.6, 0.3), 600),
    "features, d = 64, pairs, as measured": (partial(feature_pairs, PAIRED, 64, 0.6, 0.3, "as measured"), 600),
    "features, d = 64, pairs, heavy": (partial(feature_pairs, PAIRED, 64, 0.6, 0.3, "heavy"), 600),
    "features, d = 64, independent, rectified": (partial(feature_pairs, APART, 64, 0.0, 0.3), 600),
    "features, d = 64, equal distributions, rectified": (partial(feature_pairs, APART, 64, 0.0, 0.0), 600),
    "label maps, 19 classes": (label_maps, 1000),
    "one number per image": (skewed_values, 4000),
    "class scores, 1008 classes": (class_scores, 400),
}
"""What is simulated, and how often; each entry is made when its turn comes."""


def main() -> None:
    """Simulate and write the results."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--only", default="", help="entries whose name contains this; results of others stay")
    parser.add_argument("--scale", type=float, default=1.0, help="times as many draws")
    options = parser.parse_args()
    about = machine(int(os.environ.get("OMP_NUM_THREADS", torch.get_num_threads())))
    for name, (create, draws) in ENTRIES.items():
        if options.only in name:
            found = simulate(create(), round(draws * options.scale))
            rows = [
                {"draw": name, "output": output, "n": N, "required": required(name, output), **vars(coverage)}
                for output, coverage in found.items()
            ]
            print(_write(about, name, rows), flush=True)


def _write(about: dict[str, Any], name: str, rows: list[dict[str, Any]]) -> str:
    """Put the rows of an entry in place of its old ones, in the order of `ENTRIES`; return the table."""
    file = RESULTS / "coverage.json"
    if file.exists():
        rows = rows + [row for row in json.loads(file.read_text())["rows"] if row["draw"] != name]
    rows = [row for entry in ENTRIES for row in rows if row["draw"] == entry]
    table = [["draw", "output", "mean", "deviation", "standard error / deviation", "covered", "draws", "required"]]
    for row in rows:
        noise = math.sqrt(0.95 * 0.05 / row["draws"])
        table.append(
            [
                row["draw"],
                row["output"],
                f"{row['mean']:.4g}",
                f"{row['deviation']:.3g}",
                f"{row['stderr'] / row['deviation']:.2f}" if row["deviation"] else "no deviation",
                f"{100 * row['covered']:.1f} ± {100 * noise:.1f} %",
                str(row["draws"]),
                "93-97 %" if row["required"] else "",
            ]
        )
    title = f"Coverage of 95 % intervals at n = {N} (± standard error by the number of draws)"
    return write_results("coverage", title, {"machine": about, "rows": rows}, table)


if __name__ == "__main__":
    main()
