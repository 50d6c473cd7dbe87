"""Cross-view methods at paper size: an image by plain PyTorch and by ours, and a step of the training.

Both forms of a method have the same random weights and see the same pair of tinytown, enlarged; they take turns in one
process, and what is told is the median of their ratios. The training step is one of `generators.train`: both networks,
all losses but the perceptual one, whose weights are not at hand everywhere, and the optimisers. It has a batch of one
unless `--batch` says otherwise.
"""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import itertools
import json
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

import generators
from benchmarks import _layouts
from benchmarks._measure import alternate, in_fresh_process, in_turns, machine, spread, write_results
from benchmarks.forward import methods
from sisbench.job import Job, Overrides, plan
from sisbench.pipeline import make_fabric
from sisbench.preparation import Pairs
from sisbench.training import initialised
from sisbench.views import condition_of

FIGURES = {"times as fast": 1.0, "difference": 1e-5}
"""What is to be reached: no slower than the plain form, and images that agree."""


def job_of(method: str, recipe: str) -> Job:
    """Return a training of the recipe, on tinytown's pairs at its size."""
    job = plan(method, "tinytown", direction="a2g", recipe=recipe, overrides=Overrides(), scored=False)
    weights = {term: weight for term, weight in job.recipe.loss_weights.items() if term != "vgg"}
    return dataclasses.replace(job, recipe=dataclasses.replace(job.recipe, loss_weights=weights))


def forward(method: str, recipe: str, rounds: int, device: str) -> dict[str, Any]:
    """Make an image in both forms, in turns."""
    job = job_of(method, recipe)
    network = initialised(job)
    generators.xavier_init(network, 0.7)
    cond = condition_of(job.training_samples()[0], job.card, job.encoding)[None]
    if job.recipe.load_size and job.recipe.size:
        cond = cond[..., : job.recipe.size[0], : job.recipe.size[1]].contiguous()
    _layouts.settle(network, cond)
    network.to(device)
    cond = cond.to(device)
    plain = importlib.import_module(f"benchmarks.plain.{method}").plain(network)
    images: dict[str, Tensor] = {}

    def call(form: str) -> None:
        with torch.no_grad():
            images[form] = plain(cond, None) if form == "plain" else network(cond)
        if device == "cuda":
            torch.cuda.synchronize()

    found = alternate({form: lambda form=form: call(form) for form in ("plain", "ours")}, rounds)
    return {
        "seconds": {form: spread(times["seconds"]) for form, times in found.items()},
        "cpu_seconds": {form: spread(times["cpu_seconds"]) for form, times in found.items()},
        "times_as_fast": in_turns(found["plain"]["seconds"], found["ours"]["seconds"]),
        "times_less_cpu": in_turns(found["plain"]["cpu_seconds"], found["ours"]["cpu_seconds"]),
        "difference": (images["plain"] - images["ours"]).abs().max().item(),
        "parameters": generators.parameter_count(network),
    }


def training(method: str, recipe: str, steps: int, batch: int, device: str) -> dict[str, Any]:
    """Train for some steps after a first one."""
    job = job_of(method, recipe)
    network = initialised(job)
    chosen = dataclasses.replace(job.recipe.resolved(1), steps=steps + 1, decay_steps=0, batch_size=batch, start=())
    generators.initialise(network, chosen)
    objective = job.info.objective(network, chosen)
    size = chosen.size or job.size
    pairs = Pairs(job.training_samples(), job.encoding)
    drawn = [pairs[index] for index in range(batch)]
    cond, photos = (torch.stack(parts)[..., : size[0], : size[1]] for parts in zip(*drawn, strict=True))
    stamps: list[tuple[float, float]] = []

    def told(step: int, terms: Any) -> None:
        stamps.append((time.perf_counter(), time.process_time()))

    with tempfile.TemporaryDirectory() as folder:
        generators.train(
            make_fabric(device),
            network,
            objective,
            lambda start: itertools.repeat((cond, photos / 127.5 - 1)),
            chosen,
            Path(folder),
            seed=0,
            log_every=1,
            checkpoint_seconds=1e9,
            report=told,
            training_set=pairs,
        )
    passed = [[after - before for before, after in zip(*pair, strict=True)] for pair in itertools.pairwise(stamps)]
    return {"batch": batch, "seconds": spread([x for x, _ in passed]), "cpu_seconds": spread([x for _, x in passed])}


def main() -> None:
    """Measure everything and write the results."""
    crossview = [name for name in methods() if generators.info(name).generator.crossview]
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--methods", default=",".join(crossview), help="comma-separated; default: all")
    parser.add_argument("--recipes", default="dayton,dayton-unet", help="comma-separated; a method takes those it has")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="threads of each process")
    parser.add_argument("--rounds", type=int, default=7, help="timed images of each form")
    parser.add_argument("--steps", type=int, default=2, help="timed steps of the training; 0 trains nothing")
    parser.add_argument("--batch", type=int, default=1, help="samples of a step")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu", choices=["cpu", "cuda"])
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        torch.set_num_threads(options.threads)
        method, recipe = options.child
        row = {"method": method, "recipe": recipe, **forward(method, recipe, options.rounds, options.device)}
        if options.steps:
            row["training"] = training(method, recipe, options.steps, options.batch, options.device)
        print(json.dumps(row))
        return

    about = machine(options.threads) | {"device": options.device}
    rows = []
    for method in options.methods.split(","):
        for recipe in options.recipes.split(","):
            if recipe in generators.info(method).recipes:
                chosen = [f"--{name}={getattr(options, name)}" for name in ("rounds", "steps", "batch", "device")]
                arguments = ["--child", method, recipe, *chosen, f"--threads={options.threads}"]
                rows.append(in_fresh_process("benchmarks.crossview", *arguments, threads=options.threads))
                text = report(about, rows)  # after each: an interrupted run leaves what it has
    print(text)


def report(about: dict[str, Any], rows: list[dict[str, Any]]) -> str:
    """Write the results; return them as text."""
    header = ["method, recipe", "parameters", "plain ms", "ours ms", "times as fast", "times less CPU", "difference"]
    table = [[*header, "training step, s", "CPU s", "batch"]]
    for row in rows:
        plain, ours = (row["seconds"][form]["median"] for form in ("plain", "ours"))
        step = row.get("training")
        table.append(
            [
                f"{row['method']} {row['recipe']}",
                f"{row['parameters']:,}",
                f"{1e3 * plain:.0f}",
                f"{1e3 * ours:.0f}",
                f"{row['times_as_fast']:.2f}",
                f"{row['times_less_cpu']:.2f}",
                f"{row['difference']:.0e}",
                *(
                    [f"{step['seconds']['median']:.2f}", f"{step['cpu_seconds']['median']:.2f}", str(step["batch"])]
                    if step
                    else ["", "", ""]
                ),
            ]
        )
    least = {name: min(row[name] for row in rows) for name in ("times_as_fast", "times_less_cpu")}
    reached = {**least, "difference": max(row["difference"] for row in rows)}
    result = {"machine": about, "figures": FIGURES, "reached": reached, "rows": rows}
    median = statistics.median(row["times_less_cpu"] for row in rows)
    return (
        write_results("crossview", "Cross-view methods at paper size, one image and one training step", result, table)
        + f"\nSlowest: {least['times_as_fast']:.2f} times as fast, {least['times_less_cpu']:.2f} times less processor "
        f"time (median {median:.2f}; to reach: {FIGURES['times as fast']}).\n"
    )


if __name__ == "__main__":
    main()
