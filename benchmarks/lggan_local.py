"""LGGAN's local branch, from features to the local image before tanh: every form of class filtering, side by side.

`literal` is how the official forward computes it: 35 masked copies of the features, a 7x7 convolution of each, all
alive at once, then the fusing convolution. `one by one` frees each copy before it makes the next. `grouped` is ours
(`generators/layers/class_filter.py`). Each form runs in processes of its own, forms alternate.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from benchmarks._measure import Cost, in_fresh_process, machine, spread, write_results
from generators.layers.class_filter import class_planes, fuse_planes
from sisbench import datasets
from sisbench.data import Samples

CLASSES, CHANNELS, SIZE = 35, 64, (256, 512)
FIGURES = {"time": 8.0, "memory": 4.0, "difference": 1e-5}
"""What is to be reached on the street layouts: times as fast, times less memory, largest difference."""

Inputs = dict[str, Tensor]


def layout(name: str) -> Tensor:
    """Return label ids, (256, 512): "street K", a validation layout of tinytown enlarged twice, or "blocks".

    "blocks" is the worst case of any form that relies on compact classes: all 35 in random blocks of 16x16 pixels.
    """
    if name == "blocks":
        blocks = torch.randint(0, CLASSES, (SIZE[0] // 16, SIZE[1] // 16), generator=torch.Generator().manual_seed(0))
        return blocks.repeat_interleave(16, 0).repeat_interleave(16, 1)
    dataset = datasets.get("tinytown")
    samples = Samples(dataset, datasets.locate(dataset), "val")
    ids = samples[int(name.split()[1]) * len(samples) // 3].layout
    return ids.repeat_interleave(2, 0).repeat_interleave(2, 1)


def inputs() -> Inputs:
    """Random features and weights of a paper-size branch, scaled so that no tanh saturates."""
    rng = torch.Generator().manual_seed(0)
    return {
        "features": torch.randn(CHANNELS, *SIZE, generator=rng).relu_(),
        "weight": torch.randn(CLASSES, 3, CHANNELS, 7, 7, generator=rng) / (CHANNELS * 49) ** 0.5,
        "bias": torch.randn(CLASSES, 3, generator=rng) * 0.1,
        "fuse_weight": torch.randn(3, 3 * CLASSES, 3, 3, generator=rng) / (3 * CLASSES * 9) ** 0.5,
        "fuse_bias": torch.randn(3, generator=rng) * 0.1,
    }


def literal(x: Inputs, classes: Tensor) -> Tensor:
    """As the official forward: all masked copies, then all convolutions, then the fusion."""
    masked = [x["features"] * (classes == index) for index in range(CLASSES)]
    images = [_class_image(x, features, index) for index, features in enumerate(masked)]
    return F.conv2d(torch.cat(images, dim=1), x["fuse_weight"], x["fuse_bias"], padding=1)


def one_by_one(x: Inputs, classes: Tensor) -> Tensor:
    """The same work, a copy at a time."""
    images = [_class_image(x, x["features"] * (classes == index), index) for index in range(CLASSES)]
    return F.conv2d(torch.cat(images, dim=1), x["fuse_weight"], x["fuse_bias"], padding=1)


def grouped(x: Inputs, classes: Tensor) -> Tensor:
    """Ours."""
    planes = class_planes(x["features"], classes, x["weight"], x["bias"])
    return fuse_planes(planes, x["fuse_weight"], x["fuse_bias"])


def _class_image(x: Inputs, masked: Tensor, index: int) -> Tensor:
    padded = F.pad(masked[None], (3,) * 4, mode="reflect")
    return torch.tanh(F.conv2d(padded, x["weight"][index], x["bias"][index]))


FORMS: dict[str, Callable[[Inputs, Tensor], Tensor]] = {
    "literal": literal,
    "one by one": one_by_one,
    "grouped": grouped,
}
STREETS = ("street 0", "street 1", "street 2")
LAYOUTS = (*STREETS, "blocks")


def child(form: str, name: str, work: str, repeats: int, output: Path) -> None:
    """Measure one form on one layout in this process, and keep what it computed."""
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    x, classes = inputs(), layout(name)
    results: list[Tensor] = []

    def forward() -> None:
        with torch.no_grad():
            results[:] = [FORMS[form](x, classes)]

    def training() -> None:
        leaves = {key: value.detach().requires_grad_() for key, value in x.items()}
        image = FORMS[form](leaves, classes)
        image.square().mean().backward()
        results[:] = [image.detach(), *(leaf.grad for leaf in leaves.values() if leaf.grad is not None)]

    cost = Cost.of({"forward": forward, "training": training}[work], repeats)
    torch.save([value.clone() for value in results], output)
    print(json.dumps({"seconds": cost.seconds, "peak_bytes": cost.peak_bytes}))


def compare(name: str, work: str, rounds: int, repeats: int, threads: int) -> dict[str, Any]:
    """Measure every form on one layout, in turns, and how far the results are apart."""
    seconds: dict[str, list[float]] = {form: [] for form in FORMS}
    peaks: dict[str, list[float]] = {form: [] for form in FORMS}
    outputs: dict[str, list[Tensor]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(rounds):
            for form in FORMS:
                file = Path(folder) / f"{form}.pt"
                arguments = ["--child", form, name, work, str(repeats), str(file)]
                found = in_fresh_process("benchmarks.lggan_local", *arguments, threads=threads)
                seconds[form] += found["seconds"]
                peaks[form].append(found["peak_bytes"])
                outputs[form] = torch.load(file, weights_only=True)
    median = {form: statistics.median(values) for form, values in seconds.items()}
    memory = {form: statistics.median(values) for form, values in peaks.items()}
    return {
        "layout": name,
        "work": work,
        "classes_present": len(layout(name).unique()),
        "forms": {form: {"seconds": spread(seconds[form]), "peak_mb": memory[form] / 2**20} for form in FORMS},
        "time_ratio": median["literal"] / median["grouped"],
        "memory_ratio": memory["literal"] / memory["grouped"],
        "max_difference": {form: _difference(values, outputs["literal"]) for form, values in outputs.items()},
    }


def _difference(values: list[Tensor], expected: list[Tensor]) -> float:
    """Largest difference; of gradients, relative to the largest value of the same tensor."""
    image, *gradients = zip(values, expected, strict=True)
    found = [(image[0] - image[1]).abs().max().item()]
    found += [((a - b).abs().max() / b.abs().max()).item() for a, b in gradients]
    return max(found)


def main() -> None:
    """Measure everything and write the results."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="threads of each process")
    parser.add_argument("--rounds", type=int, default=3, help="processes for each form and layout")
    parser.add_argument("--repeats", type=int, default=3, help="timed calls in each process")
    parser.add_argument("--child", nargs=5, metavar=("FORM", "LAYOUT", "WORK", "REPEATS", "FILE"), help="internal")
    options = parser.parse_args()
    if options.child:
        form, name, work, repeats, file = options.child
        child(form, name, work, int(repeats), Path(file))
        return

    about = machine(options.threads)
    runs = [(name, "forward") for name in LAYOUTS] + [("street 0", "training")]
    rows = [compare(name, work, options.rounds, options.repeats, options.threads) for name, work in runs]
    streets = [row for row in rows if row["layout"] in STREETS and row["work"] == "forward"]
    reached = {
        "time": min(row["time_ratio"] for row in streets),
        "memory": min(row["memory_ratio"] for row in streets),
        "difference": max(row["max_difference"]["grouped"] for row in streets),
    }
    result = {"machine": about, "figures": FIGURES, "reached": reached, "rows": rows}
    table = [["layout", "work", "classes", "form", "seconds (range)", "times as fast", "peak MB", "max difference"]]
    for row in rows:
        for form, cost in row["forms"].items():
            s = cost["seconds"]
            table.append(
                [
                    row["layout"],
                    row["work"],
                    str(row["classes_present"]),
                    form,
                    f"{s['median']:.2f} ({s['min']:.2f}-{s['max']:.2f})",
                    f"{row['forms']['literal']['seconds']['median'] / s['median']:.1f}",
                    f"{cost['peak_mb']:.0f}",
                    "" if form == "literal" else f"{row['max_difference'][form]:.0e}",
                ]
            )
    title = f"LGGAN's local branch: {CLASSES} classes, {CHANNELS} channels, {SIZE[0]}x{SIZE[1]}"
    print(write_results("lggan_local", title, result, table))
    print(
        f"On the streets: {reached['time']:.1f} times as fast (to reach: {FIGURES['time']:.0f}), "
        f"{reached['memory']:.1f} times less memory (to reach: {FIGURES['memory']:.0f}), "
        f"largest difference {reached['difference']:.0e} (allowed: {FIGURES['difference']:.0e})."
    )


if __name__ == "__main__":
    main()
