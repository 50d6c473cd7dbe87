"""Training steps a second of every method's quick recipe on tinytown.

What is timed is the training that `sisbench run` does, batches, losses and both networks, without its start: it tells
when each ten steps are done. Processor time is the same work where others use the machine too.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import torch

import generators
from benchmarks._measure import in_fresh_process, machine, spread, write_results
from sisbench.job import Overrides, plan
from sisbench.pipeline import make_fabric
from sisbench.preparation import prepare
from sisbench.training import initialised, train

RECIPE = "quick"
TEN = 10
"""Steps between reports of a training."""


def methods() -> list[str]:
    """Methods that train."""
    return [name for name in generators.names() if generators.info(name).generator.trains]


def child(method: str, tens: int) -> None:
    """Train one method in this process, and print the seconds of every step, as means of ten."""
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    job = plan(method, "tinytown", recipe=RECIPE, overrides=Overrides(steps=TEN * (tens + 1)))
    stamps: list[tuple[float, float]] = []

    def told(stage: str, done: int, total: int) -> None:
        if stage == "train" and done and done % TEN == 0:
            stamps.append((time.perf_counter(), time.process_time()))

    fabric = make_fabric("cpu")
    with tempfile.TemporaryDirectory() as folder:
        prepare(job, Path(folder), fabric, told)
        train(job, initialised(job), Path(folder), fabric, checkpoint_seconds=1e9, progress=told)
    passed = [
        [(after - before) / TEN for before, after in zip(*pair, strict=True)] for pair in itertools.pairwise(stamps)
    ]
    print(json.dumps({"seconds": [wall for wall, _ in passed], "cpu_seconds": [cpu for _, cpu in passed]}))


def measure(method: str, options: argparse.Namespace) -> dict[str, Any]:
    """Train a method in processes of its own."""
    arguments = ["--child", method, str(options.tens)]
    runs = [
        in_fresh_process("benchmarks.training_steps", *arguments, threads=options.threads)
        for _ in range(options.rounds)
    ]
    seconds, cpu = ([value for run in runs for value in run[name]] for name in ("seconds", "cpu_seconds"))
    recipe = generators.info(method).recipes[RECIPE]
    return {
        "method": method,
        "batch_size": recipe.batch_size,
        "recipe_steps": recipe.total_steps,
        "seconds": spread(seconds),
        "cpu_seconds": spread(cpu),
        "steps_per_second": 1 / statistics.median(seconds),
        "cpu_minutes_of_the_recipe": recipe.total_steps * statistics.median(cpu) / 60,
    }


def main() -> None:
    """Measure everything and write the results."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--methods", help="comma-separated; default: all that train")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="threads of each process")
    parser.add_argument("--rounds", type=int, default=2, help="processes for each method")
    parser.add_argument("--tens", type=int, default=3, help="timed tens of steps in each process")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        method, tens = options.child
        child(method, int(tens))
        return

    about = machine(options.threads)
    rows = [measure(method, options) for method in (options.methods.split(",") if options.methods else methods())]
    table = [
        ["method", "batch", "steps a second", "ms a step (range)", "CPU ms a step", "steps of the recipe", "CPU min"]
    ]
    for row in rows:
        s = row["seconds"]
        table.append(
            [
                row["method"],
                str(row["batch_size"]),
                f"{row['steps_per_second']:.2f}",
                f"{1e3 * s['median']:.0f} ({1e3 * s['min']:.0f}-{1e3 * s['max']:.0f})",
                f"{1e3 * row['cpu_seconds']['median']:.0f}",
                str(row["recipe_steps"]),
                f"{row['cpu_minutes_of_the_recipe']:.1f}",
            ]
        )
    title = "Training steps of the quick recipes on tinytown, 128x256"
    print(write_results("training_steps", title, {"machine": about, "rows": rows}, table))


if __name__ == "__main__":
    main()
