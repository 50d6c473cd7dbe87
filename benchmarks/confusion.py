"""Confusion matrices of maps of 2048x1024: NumPy's histogram2d, its bincount, and ours, image by image in turns.

The maps are street layouts of the embedded data set enlarged eight times, as train ids; predictions are the same with a
fifth of all blocks of 8x8 pixels wrong. `noise` has no two neighbours alike but by chance, the worst case for counting
by runs. `bincount alone` gets the cell of every pixel ready-made, which nobody has: one reading, and counting.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from benchmarks._measure import machine, write_results
from sisbench import datasets
from sisbench.card import IGNORED
from sisbench.metrics.miou import confusion

CLASSES = 19
SIDES = (1024, 2048)
DISTINCT = 12
"""Maps held in memory; more of them take turns."""

FIGURES = {"histogram2d": 5.0, "bincount": 1.1}
"""What is to be reached: times as fast as histogram2d; at most so many times the time of bincount alone."""

Map = NDArray[np.int64]


def street(number: int) -> tuple[Map, Map]:
    """Return predicted and true classes of one street scene."""
    dataset = datasets.get("tinytown")
    items = dataset.index(datasets.locate(dataset), "val")
    with Image.open(items[number * len(items) // DISTINCT].layout.open()) as layout:
        ids = np.asarray(layout.resize((SIDES[1], SIDES[0]), Image.Resampling.NEAREST))
    truth = np.array(dataset.card.train_id_table())[ids]
    rng = np.random.default_rng(number)
    blocks = (SIDES[0] // 8, SIDES[1] // 8)
    wrong, guess = (
        np.kron(a, np.ones((8, 8), int)) for a in (rng.random(blocks) < 0.2, rng.integers(0, CLASSES, blocks))
    )
    return np.where((wrong == 1) | (truth == IGNORED), guess, truth), truth


def noise(number: int) -> tuple[Map, Map]:
    """Return predicted and true classes drawn pixel by pixel."""
    rng = np.random.default_rng(number)
    return rng.integers(0, CLASSES, SIDES), rng.integers(0, CLASSES, SIDES)


def histogram2d(predicted: Map, truth: Map, cells: Map) -> Map:
    """Count by NumPy's two-dimensional histogram."""
    counted = truth != IGNORED
    ends = ((0, CLASSES), (0, CLASSES))
    return np.histogram2d(truth[counted], predicted[counted], bins=CLASSES, range=ends)[0].astype(np.int64)


def cells_of(predicted: Map, truth: Map) -> Map:
    """Return the cell of the matrix that each pixel counts in, flat; ignored pixels count behind the last."""
    return np.where(truth == IGNORED, CLASSES**2, truth * CLASSES + predicted).ravel()


def bincount(predicted: Map, truth: Map, cells: Map) -> Map:
    """Count cells that are computed first."""
    return bincount_alone(predicted, truth, cells_of(predicted, truth))


def bincount_alone(predicted: Map, truth: Map, cells: Map) -> Map:
    """Count cells."""
    return np.bincount(cells, minlength=CLASSES**2)[: CLASSES**2].reshape(CLASSES, CLASSES)


def ours(predicted: Map, truth: Map, cells: Map) -> Map:
    """Count as mIoU does."""
    return confusion(torch.from_numpy(predicted)[None], torch.from_numpy(truth)[None], CLASSES)[0].numpy()


FORMS: dict[str, Callable[[Map, Map, Map], Map]] = {
    "histogram2d": histogram2d,
    "cells, then bincount": bincount,
    "bincount alone": bincount_alone,
    "ours": ours,
}


def measure(draw: Callable[[int], tuple[Map, Map]], maps: int) -> dict[str, Any]:
    """Count all maps in every form; return seconds, processor seconds and bytes a second of each, and whether equal."""
    pairs = [draw(number) for number in range(min(maps, DISTINCT))]
    inputs = [(predicted, truth, cells_of(predicted, truth)) for predicted, truth in pairs]
    seconds, processor, equal = dict.fromkeys(FORMS, 0.0), dict.fromkeys(FORMS, 0.0), True
    for number in range(-1, maps):  # the first round warms up
        arrays = inputs[number % len(inputs)]
        found = {}
        for name, form in FORMS.items():
            wall, cpu = time.perf_counter(), time.process_time()
            found[name] = form(*arrays)
            if number >= 0:
                seconds[name] += time.perf_counter() - wall
                processor[name] += time.process_time() - cpu
        equal &= all(np.array_equal(one, found["ours"]) for one in found.values())
    read = {name: 8 * maps * SIDES[0] * SIDES[1] * (1 if name == "bincount alone" else 2) for name in FORMS}
    forms = {
        name: {
            "seconds": seconds[name],
            "cpu_seconds": processor[name],
            "gb_per_second": read[name] / seconds[name] / 1e9,
        }
        for name in FORMS
    }
    return {"forms": forms, "equal": equal}


def bandwidth() -> float:
    """Return how many GB a second one thread reads, summing an array that no cache holds."""
    array, best = np.zeros(2**26, np.int64), float("inf")
    for _ in range(5):
        start = time.perf_counter()
        array.sum()
        best = min(best, time.perf_counter() - start)
    return array.nbytes / best / 1e9


def main() -> None:
    """Measure everything and write the results."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--maps", type=int, default=500, help="maps of each kind")
    options = parser.parse_args()
    torch.set_num_threads(1)
    about = machine(1, ("torch", "numpy", "numba"))
    reads = bandwidth()
    kinds = {"street": measure(street, options.maps), "noise": measure(noise, options.maps)}
    cpu = {name: form["cpu_seconds"] for name, form in kinds["street"]["forms"].items()}
    reached = {
        "histogram2d": cpu["histogram2d"] / cpu["ours"],
        "bincount": cpu["ours"] / cpu["bincount alone"],
        "equal": all(kind["equal"] for kind in kinds.values()),
    }
    result = {
        "machine": about,
        "figures": FIGURES,
        "reached": reached,
        "maps": options.maps,
        "reading_gb_per_second": reads,
        "kinds": kinds,
    }
    table = [["maps", "form", "ms a map", "processor ms", "GB/s read"]]
    for kind, found in kinds.items():
        for name, form in found["forms"].items():
            wall, processor = (1000 * form[key] / options.maps for key in ("seconds", "cpu_seconds"))
            table.append([kind, name, f"{wall:.2f}", f"{processor:.2f}", f"{form['gb_per_second']:.1f}"])
    title = f"Confusion matrices of {options.maps} maps of {SIDES[1]}x{SIDES[0]} pixels, {CLASSES} classes"
    print(write_results("confusion", title, result, table))
    print(
        f"Street scenes: {reached['histogram2d']:.0f} times as fast as histogram2d (to reach: "
        f"{FIGURES['histogram2d']:.0f}), {reached['bincount']:.2f} times the time of bincount alone (allowed: "
        f"{FIGURES['bincount']}). All counts equal: {reached['equal']}. One thread sums memory at {reads:.0f} GB/s."
    )


if __name__ == "__main__":
    main()
