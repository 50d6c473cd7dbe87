"""SelectionGAN's selection module at paper size: the plain form with its 440-channel map, and ours by strips.

`forward` is what makes images, `training` a forward and backward pass with the gradients of all inputs and weights.
Each form runs in processes of its own, forms alternate; both have the same weights and inputs, and no dropout, whose
random numbers are no part of the comparison.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from benchmarks._measure import Cost, in_fresh_process, machine, spread, write_results
from benchmarks.plain.selectiongan import plain_module
from generators._selectiongan_module import SelectionModule

FORMS, WORKS = ("plain", "ours"), ("forward", "training")
SIZES = {"dayton, cvusa": (1, 256, 256), "dayton-64": (16, 64, 64)}
"""Batch, height and width for a recipe: one sample of 256x256, or a batch of 64x64 of as many pixels."""
FIGURES = {"time": 1.0, "memory": 2.0, "difference": 1e-5}
"""What is to be reached at 256x256: times as fast, times less memory, largest difference of an image."""


def module() -> SelectionModule:
    """Return the module of the paper with weights that keep signals alive."""
    torch.manual_seed(0)
    built = SelectionModule().eval()
    for layer in (built.deconvolution_1, built.conv440, built.model_attention, built.model_image):
        torch.nn.init.xavier_normal_(layer.weight, 0.7)
    return built


def inputs(n: int, height: int, width: int) -> list[Tensor]:
    """Return features as U-Nets make them, and two images."""
    rng = torch.Generator().manual_seed(0)
    features = torch.randn(n, 136, height // 2, width // 2, generator=rng).relu_()
    return [features, torch.rand(n, 6, height, width, generator=rng) * 2 - 1]


def child(form: str, work: str, shape: tuple[int, int, int], repeats: int, output: Path) -> None:
    """Measure one form in this process, and keep what it computed."""
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    built = module()
    form_module = plain_module(built) if form == "plain" else built
    given = inputs(*shape)
    results: list[Tensor] = []
    cpu: list[float] = []

    def forward() -> None:
        with torch.no_grad():
            results[:] = list(form_module(*given))[:2]

    def training() -> None:
        leaves = [value.detach().requires_grad_() for value in given]
        form_module.zero_grad()
        image, uncertainty = list(form_module(*leaves))[:2]
        (image.square().mean() + uncertainty.log().mean()).backward()
        used = [p.grad for _, p in sorted(form_module.named_parameters()) if p.grad is not None]
        results[:] = [image.detach(), *(leaf.grad for leaf in leaves if leaf.grad is not None), *used]

    passes: dict[str, Callable[[], None]] = {"forward": forward, "training": training}

    def call() -> None:
        start = time.process_time()
        passes[work]()
        cpu.append(time.process_time() - start)

    cost = Cost.of(call, repeats)
    torch.save([value.clone() for value in results], output)
    print(json.dumps({"seconds": cost.seconds, "cpu_seconds": cpu[1:], "peak_bytes": cost.peak_bytes}))


def compare(recipe: str, work: str, rounds: int, repeats: int, threads: int) -> dict[str, Any]:
    """Measure both forms in turns, and how far their results are apart."""
    n, height, width = SIZES[recipe]
    runs: dict[str, list[dict[str, Any]]] = {form: [] for form in FORMS}
    outputs: dict[str, list[Tensor]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(rounds):
            for form in FORMS:
                file = Path(folder) / f"{form}.pt"
                arguments = ["--child", form, work, str(n), str(height), str(width), str(repeats), str(file)]
                runs[form].append(in_fresh_process("benchmarks.selection", *arguments, threads=threads))
                outputs[form] = torch.load(file, weights_only=True)
    forms = {
        form: {
            "seconds": spread([value for run in found for value in run["seconds"]]),
            "cpu_seconds": spread([value for run in found for value in run["cpu_seconds"]]),
            "peak_mb": statistics.median(run["peak_bytes"] for run in found) / 2**20,
        }
        for form, found in runs.items()
    }
    plain, ours = (forms[form] for form in FORMS)
    image, *rest = zip(outputs["ours"], outputs["plain"], strict=True)
    return {
        "recipe": recipe,
        "work": work,
        "shape": [n, height, width],
        "forms": forms,
        "times_as_fast": plain["seconds"]["median"] / ours["seconds"]["median"],
        "times_less_cpu": plain["cpu_seconds"]["min"] / ours["cpu_seconds"]["min"],
        "times_less_memory": plain["peak_mb"] / ours["peak_mb"],
        "difference_of_image": (image[0] - image[1]).abs().max().item(),
        "difference_of_others": max(((a - b).abs().max() / b.abs().max()).item() for a, b in rest),
    }


def main() -> None:
    """Measure everything and write the results."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="threads of each process")
    parser.add_argument("--rounds", type=int, default=3, help="processes for each form and size")
    parser.add_argument("--repeats", type=int, default=3, help="timed calls in each process")
    parser.add_argument("--child", nargs=7, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        form, work, n, height, width, repeats, file = options.child
        child(form, work, (int(n), int(height), int(width)), int(repeats), Path(file))
        return

    about = machine(options.threads)
    rows = [
        compare(recipe, work, options.rounds, options.repeats, options.threads) for recipe in SIZES for work in WORKS
    ]
    large = [row for row in rows if row["shape"][1:] == [256, 256]]
    reached = {
        "time": min(row["times_as_fast"] for row in large),
        "cpu": min(row["times_less_cpu"] for row in large),
        "memory": min(row["times_less_memory"] for row in large),
        "difference": max(row["difference_of_image"] for row in large),
    }
    table = [["recipe", "work", "batch", "form", "ms (range)", "times as fast", "CPU ms", "times", "peak MB", "times"]]
    for row in rows:
        plain = row["forms"]["plain"]
        for form, cost in row["forms"].items():
            s = cost["seconds"]
            table.append(
                [
                    row["recipe"],
                    row["work"],
                    "x".join(map(str, row["shape"])),
                    form,
                    f"{1e3 * s['median']:.0f} ({1e3 * s['min']:.0f}-{1e3 * s['max']:.0f})",
                    f"{plain['seconds']['median'] / s['median']:.2f}",
                    f"{1e3 * cost['cpu_seconds']['min']:.0f}",
                    f"{plain['cpu_seconds']['min'] / cost['cpu_seconds']['min']:.2f}",
                    f"{cost['peak_mb']:.0f}",
                    f"{plain['peak_mb'] / cost['peak_mb']:.1f}",
                ]
            )
    result = {"machine": about, "figures": FIGURES, "reached": reached, "rows": rows}
    print(write_results("selection", "SelectionGAN's selection module", result, table))
    print(
        f"At 256x256: {reached['time']:.2f} times as fast, {reached['cpu']:.2f} times less processor time (to reach: "
        f"{FIGURES['time']}), {reached['memory']:.1f} times less memory (to reach: {FIGURES['memory']}), largest "
        f"difference of an image {reached['difference']:.0e} (allowed: {FIGURES['difference']:.0e})."
    )


if __name__ == "__main__":
    main()
