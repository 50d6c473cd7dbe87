"""Fixture of the cross-view scores: images and logits, and what the official evaluation made of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from sisbench import metrics
from tests.golden._fixture import Comparison, compare, config_of, read

SCORES_RTOL = 1e-9  # of probabilities from a float32 softmax; one in float64 is 1e-7 away
PIXELS_RTOL = 1e-9  # SSIM, PSNR and SD in float64
PIXELS = ("ssim", "psnr", "sd")


def handles(metadata: dict[str, str]) -> bool:
    """Whether the file is the one of the cross-view scores."""
    return bool(config_of(metadata).get("kind") == "crossview-metrics")


def replay(path: Path) -> list[Comparison]:
    """Compare every expected number; accuracies, which the fixture has in percent, as fractions."""
    config, tensors = read(path)
    expected = config["expected"]
    fake, real = (tensors[f"logits_{side}"].softmax(1) for side in ("fake", "real"))

    found: dict[str, float] = {}
    wanted: dict[str, float] = {}
    for column, name in (("all", "crossview_accuracy"), ("conf", "crossview_accuracy_confident")):
        values = compute(name, fake, real)
        for hit, output in zip(("top1", "top5"), values, strict=True):
            found[output], wanted[output] = values[output], expected["accuracy"][f"{hit}_{column}"] / 100
    found |= compute("crossview_kl", fake, real)
    wanted |= {"crossview_kl": expected["kl"]["mean"], "crossview_kl_std": expected["kl"]["std"]}
    for side, probabilities in (("fake", fake), ("real", real)):
        values = compute("crossview_is", probabilities)
        for variant in ("all", "top1", "top5"):
            found[f"is_{variant} of {side}"] = values[f"is_{variant}"]
            wanted[f"is_{variant} of {side}"] = expected[f"inception_{side}"][variant]
    results = [scalar(name, found[name], wanted[name], SCORES_RTOL) for name in wanted]

    sums = dict.fromkeys(PIXELS, 0.0)
    for number in range(3):
        values = compute("crossview_pixels", tensors[f"img{number}_fake"][None], tensors[f"img{number}_real"][None])
        for name in PIXELS:
            value = values[f"crossview_{name}"]
            sums[name] += value
            results.append(scalar(f"img{number} {name}", value, expected[f"img{number}"][name], PIXELS_RTOL))
    for name, total in sums.items():
        results.append(scalar(f"img_mean {name}", total / 3, expected["img_mean"][name], PIXELS_RTOL))
    return results


def compute(name: str, *batch: Tensor) -> dict[str, float]:
    """Return the values of a metric of one batch."""
    metric: Any = metrics.get(name)()
    metric.update(*batch)
    return {output: value.value for output, value in metric.compute().items()}


def scalar(name: str, got: float, expected: float, rtol: float) -> Comparison:
    """Compare two numbers."""
    return compare(name, torch.tensor(got, dtype=torch.float64), torch.tensor(expected, dtype=torch.float64), 0.0, rtol)
