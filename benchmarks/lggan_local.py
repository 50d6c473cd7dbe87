"""LGGAN's local branch, from features to the local image before tanh: every form of class filtering, side by side.

`literal` is how the official forward computes it: a masked copy of the features for each class (35 on Cityscapes, 52 on
ADE20K), a 7x7 convolution of each, all alive at once, then the fusing convolution. `one by one` frees each copy before
it makes the next. `grouped` is ours (`generators/layers/class_filter.py`). Each form runs in processes of its own;
forms alternate.
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
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from benchmarks import _layouts
from benchmarks._measure import Cost, in_fresh_process, machine, spread, write_results
from generators.layers.class_filter import class_planes, fuse_planes
from sisbench import datasets
from sisbench.data import Samples

CHANNELS = 64
FIGURES = {"time": 8.0, "memory": 4.0, "training": 3.0, "difference": 1e-5}
"""What is to be reached on the street layouts: times as fast and times less memory forward, times as fast forward and
backward, largest difference."""


class Setting(NamedTuple):
    """The local branch of a data set: classes with a branch of their own or in common, and the size of images."""

    classes: int
    size: tuple[int, int]


SETTINGS = {"cityscapes": Setting(35, (256, 512)), "ade20k": Setting(52, (256, 256))}
"""On ADE20K the labels from 51 on share the last branch, as in the released code."""

Inputs = dict[str, Tensor]


def layout(space: str, name: str) -> Tensor:
    """Return the branch of every pixel, (H, W): of "street K", a layout of tinytown, or of "blocks".

    On Cityscapes streets are validation layouts enlarged twice, on ADE20K worlds rendered in its label space. "blocks"
    is the worst case of any form that relies on compact classes: all classes in random blocks of 16x16 pixels.
    """
    classes, (height, width) = SETTINGS[space]
    if name == "blocks":
        rng = torch.Generator().manual_seed(0)
        blocks = torch.randint(0, classes, (height // 16, width // 16), generator=rng)
        return blocks.repeat_interleave(16, 0).repeat_interleave(16, 1)
    number = int(name.split()[1])
    if space != "cityscapes":
        return _layouts.streets(space, (height, width), number + 1)[number].layout.clamp(max=classes - 1)
    dataset = datasets.get("tinytown")
    samples = Samples(dataset, datasets.locate(dataset), "val")
    ids = samples[number * len(samples) // 3].layout
    return ids.repeat_interleave(2, 0).repeat_interleave(2, 1)


def inputs(space: str) -> Inputs:
    """Random features and weights of a paper-size branch, scaled so that no tanh saturates."""
    classes, size = SETTINGS[space]
    rng = torch.Generator().manual_seed(0)
    return {
        "features": torch.randn(CHANNELS, *size, generator=rng).relu_(),
        "weight": torch.randn(classes, 3, CHANNELS, 7, 7, generator=rng) / (CHANNELS * 49) ** 0.5,
        "bias": torch.randn(classes, 3, generator=rng) * 0.1,
        "fuse_weight": torch.randn(3, 3 * classes, 3, 3, generator=rng) / (3 * classes * 9) ** 0.5,
        "fuse_bias": torch.randn(3, generator=rng) * 0.1,
    }


def literal(x: Inputs, classes: Tensor) -> Tensor:
    """As the official forward: all masked copies, then all convolutions, then the fusion."""
    masked = [x["features"] * (classes == index) for index in range(len(x["weight"]))]
    images = [_class_image(x, features, index) for index, features in enumerate(masked)]
    return F.conv2d(torch.cat(images, dim=1), x["fuse_weight"], x["fuse_bias"], padding=1)


def one_by_one(x: Inputs, classes: Tensor) -> Tensor:
    """The same work, a copy at a time."""
    images = [_class_image(x, x["features"] * (classes == index), index) for index in range(len(x["weight"]))]
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


def child(form: str, space: str, name: str, work: str, repeats: int, folder: Path) -> None:
    """Measure one form on one layout in this process, and keep what it computed."""
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    x, classes = inputs(space), torch.load(folder / "layout.pt", weights_only=True)
    results: list[Tensor] = []

    def forward() -> None:
        with torch.no_grad():
            results[:] = [FORMS[form](x, classes)]

    def training() -> None:
        leaves = {key: value.detach().requires_grad_() for key, value in x.items()}
        image = FORMS[form](leaves, classes)
        image.square().mean().backward()
        results[:] = [image.detach(), *(leaf.grad for leaf in leaves.values() if leaf.grad is not None)]

    cpu: list[float] = []

    def call() -> None:
        start = time.process_time()
        {"forward": forward, "training": training}[work]()
        cpu.append(time.process_time() - start)

    cost = Cost.of(call, repeats)
    torch.save([value.clone() for value in results], folder / f"{form}.pt")
    print(json.dumps({"seconds": cost.seconds, "cpu_seconds": cpu[1:], "peak_bytes": cost.peak_bytes}))


def compare(space: str, name: str, work: str, rounds: int, repeats: int, threads: int) -> dict[str, Any]:
    """Measure every form on one layout, in turns, and how far the results are apart."""
    found: dict[str, list[dict[str, Any]]] = {form: [] for form in FORMS}
    outputs: dict[str, list[Tensor]] = {}
    classes = layout(space, name)
    with tempfile.TemporaryDirectory() as folder:
        torch.save(classes, Path(folder, "layout.pt"))
        for _ in range(rounds):
            for form in FORMS:
                arguments = ["--child", form, space, name, work, str(repeats), folder]
                found[form].append(in_fresh_process("benchmarks.lggan_local", *arguments, threads=threads))
                outputs[form] = torch.load(Path(folder, f"{form}.pt"), weights_only=True)
    forms = {
        form: {
            "seconds": spread([value for run in runs for value in run["seconds"]]),
            "cpu_seconds": spread([value for run in runs for value in run["cpu_seconds"]]),
            "peak_mb": statistics.median(run["peak_bytes"] for run in runs) / 2**20,
        }
        for form, runs in found.items()
    }
    theirs, ours = forms["literal"], forms["grouped"]
    return {
        "setting": space,
        "layout": name,
        "work": work,
        "classes_present": len(classes.unique()),
        "forms": forms,
        "time_ratio": theirs["seconds"]["median"] / ours["seconds"]["median"],
        "cpu_ratio": theirs["cpu_seconds"]["min"] / ours["cpu_seconds"]["min"],
        "memory_ratio": theirs["peak_mb"] / ours["peak_mb"],
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
    parser.add_argument("--settings", default=",".join(SETTINGS), help=f"comma-separated: {', '.join(SETTINGS)}")
    parser.add_argument("--child", nargs=6, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        form, space, name, work, repeats, folder = options.child
        child(form, space, name, work, int(repeats), Path(folder))
        return

    about = machine(options.threads)
    if unknown := set(options.settings.split(",")) - set(SETTINGS):
        parser.error(f"--settings are of {', '.join(SETTINGS)}; got {', '.join(sorted(unknown))}")
    rows, text = [], ""
    for space in options.settings.split(","):
        for name, work in [*((name, "forward") for name in LAYOUTS), ("street 0", "training")]:
            rows.append(compare(space, name, work, options.rounds, options.repeats, options.threads))
            text = report(about, rows)  # after each: an interrupted run leaves what it has
    print(text)


def report(about: dict[str, Any], rows: list[dict[str, Any]]) -> str:
    """Write the results; return them as text, and what was reached on streets."""
    reached = {}
    for space in dict.fromkeys(row["setting"] for row in rows):
        mine = [row for row in rows if row["setting"] == space and row["layout"] in STREETS]
        forward = [row for row in mine if row["work"] == "forward"]
        reached[space] = {
            "time": min(row["time_ratio"] for row in forward),
            "cpu_time": min(row["cpu_ratio"] for row in forward),
            "memory": min(row["memory_ratio"] for row in forward),
            "difference": max(row["max_difference"]["grouped"] for row in forward),
            **{f"training_{key}": row[f"{key}_ratio"] for row in mine for key in ("time", "cpu") if row not in forward},
        }
    header = [
        "setting",
        "layout",
        "work",
        "classes",
        "form",
        "seconds (range)",
        "times as fast",
        "CPU seconds",
        "times",
    ]
    table = [[*header, "peak MB", "max difference"]]
    for row in rows:
        theirs = row["forms"]["literal"]
        for form, cost in row["forms"].items():
            s, cpu = cost["seconds"], cost["cpu_seconds"]["min"]
            table.append(
                [
                    row["setting"],
                    row["layout"],
                    row["work"],
                    str(row["classes_present"]),
                    form,
                    f"{s['median']:.2f} ({s['min']:.2f}-{s['max']:.2f})",
                    f"{theirs['seconds']['median'] / s['median']:.1f}",
                    f"{cpu:.2f}",
                    f"{theirs['cpu_seconds']['min'] / cpu:.1f}",
                    f"{cost['peak_mb']:.0f}",
                    "" if form == "literal" else f"{row['max_difference'][form]:.0e}",
                ]
            )
    result = {"machine": about, "figures": FIGURES, "reached": reached, "rows": rows}
    text = write_results("lggan_local", f"LGGAN's local branch: {CHANNELS} channels", result, table)
    for space, values in reached.items():
        text += (
            f"{space}, streets: {values['time']:.1f} times as fast (to reach: {FIGURES['time']:.0f}), "
            f"{values['memory']:.1f} times less memory (to reach: {FIGURES['memory']:.0f}), "
            f"forward and backward {values.get('training_time', float('nan')):.1f} times as fast (to reach: "
            f"{FIGURES['training']:.0f}), largest difference {values['difference']:.0e} (allowed: "
            f"{FIGURES['difference']:.0e}).\n"
        )
    return text


if __name__ == "__main__":
    main()
