"""CC-FPSE's layers at paper size: plain PyTorch, and ours, side by side.

- `convolution`: predict the weights of a conditional convolution, and convolve with them. `unfold` holds predicted
  weights, windows and products, each nine times the input; `by tap` predicts and applies one tap after the other;
  `ours` does so tile by tile (`generators/layers/predicted_weights.py`). Forward, and forward and backward.
- `first convolutions`: of a block's condition, layout and features, five of them with 128 channels each. `convolutions`
  convolves the concatenation five times, `ours` looks up the layout's part.
- `network`: `plain` is `plain/ccfpse.py`, `ours` a forward pass, `another style` one more image of a prepared layout.

Each form runs in processes of its own, forms alternate. Layouts are streets of tinytown.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks import _layouts
from benchmarks._measure import Cost, in_fresh_process, machine, spread, write_results
from benchmarks.plain.ccfpse import plain, unfolded
from generators._ccfpse_condition import Condition, Layout
from generators.ccfpse import CCFPSE
from generators.layers.conditional_conv import conditional_conv

HIDDEN = 128
RECIPES = ("cityscapes", "ade20k")
FIGURES = {
    "convolution": {"times_as_fast": 2.0, "times_less_memory": 3.0, "difference": 1e-5},
    "network": {"times_as_fast": 1.15, "times_less_memory": 4.0},
}
"""What is to be reached by ours, beside the first form of each."""

SIZES = {"up_3": (128, 256, 512), "up_2": (256, 128, 256), "up_1": (512, 64, 128)}
"""Inputs of the first conditional convolution of blocks at the Cityscapes setting: channels, height, width."""

Prepared = tuple[Callable[[], Any], Callable[[], list[Tensor]]]
"""What is measured, and what it computed."""


def convolution(form: str, block: str, training: bool) -> Prepared:
    """One conditional convolution, with random weights that keep its output near 1."""
    channels, height, width = SIZES[block]
    rng = torch.Generator().manual_seed(0)
    x = torch.randn(1, channels, height, width, generator=rng)
    features = torch.randn(1, HIDDEN, height, width, generator=rng).relu_()
    kernels = torch.randn(9 * channels, HIDDEN, 3, 3, generator=rng) / (HIDDEN * 9) ** 0.5 / 3
    bias = torch.randn(9 * channels, generator=rng) / 10
    if form != "unfold":
        x, features = (maps.contiguous(memory_format=torch.channels_last) for maps in (x, features))
    forms: dict[str, Callable[..., Tensor]] = {
        "unfold": lambda x, f, k, b: unfolded(x, F.conv2d(f, k, b, padding=1)),
        "by tap": _by_tap,
        "ours": conditional_conv,
    }
    results: list[Tensor] = []

    def forward() -> None:
        with torch.no_grad():
            results[:] = [forms[form](x, features, kernels, bias)]

    def learn() -> None:
        leaves = [value.detach().requires_grad_() for value in (x, features, kernels, bias)]
        out = forms[form](*leaves)
        out.square().mean().backward()
        results[:] = [out.detach(), *(leaf.grad for leaf in leaves if leaf.grad is not None)]

    return (learn if training else forward), lambda: results


def _by_tap(x: Tensor, features: Tensor, kernels: Tensor, bias: Tensor) -> Tensor:
    height, width = x.shape[2:]
    padded, total = F.pad(x, (1, 1, 1, 1)), torch.zeros_like(x)
    for tap in range(9):
        weight = F.conv2d(features, kernels[tap::9], bias[tap::9], padding=1)
        down, right = divmod(tap, 3)
        total = total + weight * padded[:, :, down : down + height, right : right + width]
    return total


def first_convolutions(form: str, recipe: str) -> Prepared:
    """First convolutions of the last block, which has the image's size."""
    layout, rng = _condition(recipe), torch.Generator().manual_seed(0)
    size = (layout.shape[2], layout.shape[3])
    features = torch.randn(1, 64, *size, generator=rng).contiguous(memory_format=torch.channels_last)
    torch.manual_seed(0)
    convs = [nn.Conv2d(layout.shape[1] + 64, HIDDEN, 3, padding=1) for _ in range(5)]
    results: list[Tensor] = []

    def call() -> None:
        with torch.no_grad():
            if form == "ours":
                read = Condition(Layout(layout), features).reader(convs)
                results[:] = [part[:, 1:-1, 1:-1].permute(0, 3, 1, 2) for part in read(0, size[0])]
            else:
                both = torch.cat((layout, features), dim=1)
                results[:] = [F.relu(conv(both)) for conv in convs]

    return call, lambda: results


def _painted(made: Callable[[Tensor | None], Tensor], cond: Tensor, noise: Tensor | None) -> Tensor:
    """Make one more image of a layout that is prepared."""
    return made(noise)


def network(form: str, recipe: str) -> Prepared:
    """Whole forward pass, or one more image of a layout."""
    cond = _condition(recipe)
    built = _layouts.built("ccfpse", recipe, recipe, (cond.shape[2], cond.shape[3]))
    assert isinstance(built, CCFPSE)
    _layouts.settle(built, cond)
    noise = built.sample_noise(1, torch.Generator().manual_seed(0))
    forward: Callable[..., Tensor] = plain(built) if form == "plain" else built
    if form == "plain":
        del built
    elif form == "another style":
        forward = functools.partial(_painted, built.of_layout(cond))
    results: list[Tensor] = []

    def call() -> None:
        with torch.no_grad():
            results[:] = [forward(cond, noise)]

    return call, lambda: results


def _condition(recipe: str) -> Tensor:
    size = (256, 512) if recipe == "cityscapes" else (256, 256)
    return _layouts.seen_by("ccfpse", recipe, recipe, _layouts.streets(recipe, size, 1)[0])


def subjects() -> dict[str, tuple[Callable[[str], Prepared], tuple[str, ...]]]:
    """Return what is measured by name: what prepares a form, and its forms."""
    found: dict[str, tuple[Callable[[str], Prepared], tuple[str, ...]]] = {}
    forms = ("unfold", "by tap", "ours")
    for block in SIZES:
        found[f"convolution, {block}"] = (lambda form, block=block: convolution(form, block, training=False)), forms
    found["convolution, up_3, training"] = (lambda form: convolution(form, "up_3", training=True)), forms
    for recipe in RECIPES:
        of_recipe = functools.partial(first_convolutions, recipe=recipe)
        found[f"first convolutions, {recipe}"] = of_recipe, ("convolutions", "ours")
    for recipe in RECIPES:
        of_recipe = functools.partial(network, recipe=recipe)
        found[f"network, {recipe}"] = of_recipe, ("plain", "ours", "another style")
    return found


def child(subject: str, form: str, repeats: int, output: Path) -> None:
    """Measure one form in this process, and keep what it computed."""
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    call, results = subjects()[subject][0](form)
    cpu: list[float] = []

    def timed() -> None:
        start = time.process_time()
        call()
        cpu.append(time.process_time() - start)

    cost = Cost.of(timed, repeats)
    torch.save([value.contiguous() for value in results()], output)
    print(json.dumps({"seconds": cost.seconds, "cpu_seconds": cpu[1:], "peak_bytes": cost.peak_bytes}))


def compare(subject: str, rounds: int, repeats: int, threads: int) -> dict[str, Any]:
    """Measure the forms of a subject, in turns, and how far their results are apart."""
    forms = subjects()[subject][1]
    found: dict[str, list[dict[str, Any]]] = {form: [] for form in forms}
    outputs: dict[str, list[Tensor]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(rounds):
            for form in forms:
                file = Path(folder) / "output.pt"
                arguments = ["--child", subject, form, str(repeats), str(file)]
                found[form].append(in_fresh_process("benchmarks.ccfpse", *arguments, threads=threads))
                outputs[form] = torch.load(file, weights_only=True)
    costs: dict[str, dict[str, Any]] = {}
    for form, runs in found.items():
        seconds = [value for run in runs for value in run["seconds"]]
        processor = min(value for run in runs for value in run["cpu_seconds"])
        peak = statistics.median(run["peak_bytes"] for run in runs)
        costs[form] = {"seconds": spread(seconds), "cpu_seconds": processor, "peak_mb": peak / 2**20}
    first = costs[forms[0]]
    for form, cost in costs.items():
        cost["times_as_fast"] = first["seconds"]["median"] / cost["seconds"]["median"]
        cost["times_less_cpu"] = first["cpu_seconds"] / cost["cpu_seconds"]
        cost["times_less_memory"] = first["peak_mb"] / cost["peak_mb"]
        cost["difference"] = _difference(outputs[form], outputs[forms[0]])
    return {"subject": subject, "forms": costs}


def _difference(values: list[Tensor], expected: list[Tensor]) -> float:
    """Largest difference of a result; of gradients, which follow it, relative to the largest value of the tensor."""
    found = [(values[0] - expected[0]).abs().max().item()]
    found += [((a - b).abs().max() / b.abs().max()).item() for a, b in zip(values[1:], expected[1:], strict=True)]
    return max(found)


def main() -> None:
    """Measure everything and write the results."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--subjects", default="", help="only those whose name has this in it")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="threads of each process")
    parser.add_argument("--rounds", type=int, default=2, help="processes for each form")
    parser.add_argument("--repeats", type=int, default=2, help="timed calls in each process")
    parser.add_argument("--child", nargs=4, metavar=("SUBJECT", "FORM", "REPEATS", "FILE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        subject, form, repeats, file = options.child
        child(subject, form, int(repeats), Path(file))
        return

    about = machine(options.threads)
    chosen = [name for name in subjects() if options.subjects in name]
    rows = [compare(name, options.rounds, options.repeats, options.threads) for name in chosen]
    table = [["what", "form", "seconds (range)", "times as fast", "CPU s", "times", "peak MB", "times less", "apart"]]
    lines = []
    for row in rows:
        for form, cost in row["forms"].items():
            s = cost["seconds"]
            table.append(
                [
                    row["subject"],
                    form,
                    f"{s['median']:.2f} ({s['min']:.2f}-{s['max']:.2f})",
                    f"{cost['times_as_fast']:.2f}",
                    f"{cost['cpu_seconds']:.2f}",
                    f"{cost['times_less_cpu']:.2f}",
                    f"{cost['peak_mb']:.0f}",
                    f"{cost['times_less_memory']:.1f}",
                    f"{cost['difference']:.0e}",
                ]
            )
        if goal := FIGURES.get(row["subject"].partition(",")[0]):
            cost = row["forms"]["ours"]
            lines.append(
                f"{row['subject']}: " + ", ".join(f"{k} {cost[k]:.3g} (to reach: {v:g})" for k, v in goal.items())
            )
    result = {"machine": about, "figures": FIGURES, "rows": rows}
    print(write_results("ccfpse", "CC-FPSE's layers at paper size, one image", result, table), *lines, sep="\n")


if __name__ == "__main__":
    main()
