"""SAFM's position descriptor of a 256x512 map: all pairs of points compared, and ours.

The map has 60 instances that leave no pixel out (cells around random points), the worst case of so many, or is a street
of tinytown in the label space of Cityscapes. All pairs is the official computation, instance by instance, on arrays of
float32: distance and direction of every pixel from every contour pixel, rings by comparison, counts by bin. Ours is
measured as it is counted, and as it is found again in memory and on disk; one thread, a process for each form.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from benchmarks import _layouts
from benchmarks._measure import Cost, in_fresh_process, machine, spread, write_results
from generators._safm_cache import Descriptors
from generators._safm_descriptor import CHANNELS, RINGS, SECTORS, outer_contour

SIZE = (256, 512)
INSTANCES = 60
FIRST = {"cells": 1, "street": 1000}
"""Smallest id of an instance, by map."""

FIGURES = {"times_as_fast": 20, "seconds": 0.2}
"""What is to be reached on the cells."""

AT_ONCE = 1 << 22
"""Pairs that are compared together; all of a large instance would not fit into memory."""


def cells() -> NDArray[np.int64]:
    """Every pixel belongs to the nearest of 60 random points."""
    y, x = np.random.default_rng(0).random((2, INSTANCES)) * np.array(SIZE)[:, None]
    rows, columns = np.ogrid[: SIZE[0], : SIZE[1]]
    found: NDArray[np.int64] = ((rows[..., None] - y) ** 2 + (columns[..., None] - x) ** 2).argmin(axis=-1) + 1
    return found


def street() -> NDArray[np.int64]:
    """The first world of tinytown."""
    instance = _layouts.streets("cityscapes", SIZE, 1)[0].instance
    assert instance is not None
    found: NDArray[np.int64] = instance.numpy()
    return found


def all_pairs(ids: NDArray[np.int64], first: int) -> Tensor:
    """Return the descriptor as the official code computes it, float32 (72, H, W)."""
    found = torch.zeros(CHANNELS, *ids.shape)
    edges = torch.logspace(math.log10(0.125), math.log10(2), RINGS)
    for value in np.unique(ids[ids >= first]):
        mask = ids == value
        contour = outer_contour(mask)
        points, seen = (torch.from_numpy(np.argwhere(where)).float() for where in (mask, contour))
        largest = torch.cat(
            [(part[:, None] - seen).square().sum(2).sqrt().amax(1) for part in _parts(points, seen)]
        ).max()
        counts = []
        for part in _parts(points, seen):
            difference = part[:, None] - seen
            r = 2 * difference.square().sum(2).sqrt() / largest
            ring = (edges >= r[..., None]).sum(2)
            theta = torch.atan2(difference[..., 0], -difference[..., 1])
            theta = torch.where(theta < 0, theta + 2 * math.pi, theta)
            sector = (theta / (2 * math.pi / SECTORS)).floor().long()
            bins = torch.where(ring > 0, (ring - 1) * SECTORS + sector, CHANNELS)
            counts.append(torch.zeros(len(part), CHANNELS + 1).scatter_add_(1, bins, torch.ones(bins.shape)))
        counted = torch.cat(counts)[:, :CHANNELS]
        found[:, torch.from_numpy(mask)] = (counted / counted.sum(1, keepdim=True).clamp(min=1)).T
    return found


def _parts(points: Tensor, seen: Tensor) -> tuple[Tensor, ...]:
    return points.split(max(1, AT_ONCE // len(seen)))


def ours(ids: NDArray[np.int64], first: int) -> Tensor:
    """Return the descriptor as `generators.safm` computes it."""
    return Descriptors(first).of(torch.from_numpy(ids)[None])[0]


def _found_again(ids: NDArray[np.int64], first: int, form: str) -> Callable[[], Tensor]:
    """Compute once; return what finds it in memory or on disk."""
    folder = tempfile.TemporaryDirectory()
    kept = Descriptors(first)
    kept.folder = Path(folder.name) if form == "disk" else None
    kept.of(torch.from_numpy(ids)[None])

    def again() -> Tensor:
        place = kept
        if form == "disk":
            place = Descriptors(first)
            place.folder = Path(folder.name)
        found = place.of(torch.from_numpy(ids)[None])[0]
        assert place.computed == (form == "memory"), "it was not found"
        return found

    return again


MAPS: dict[str, Callable[[], NDArray[np.int64]]] = {"cells": cells, "street": street}
FORMS = ("all pairs", "ours", "memory", "disk")


def child(name: str, form: str, repeats: int, ids_file: Path, output: Path) -> None:
    """Measure one form on one map in this process, and keep what it computed."""
    torch.set_num_threads(1)
    ids, first = np.load(ids_file), FIRST[name]
    computing: dict[str, Callable[[], Tensor]] = {
        "all pairs": lambda: all_pairs(ids, first),
        "ours": lambda: ours(ids, first),
    }
    call = computing.get(form) or _found_again(ids, first, form)
    results: list[Tensor] = []
    cost = Cost.of(lambda: results.__setitem__(slice(None), [call()]), repeats)
    np.save(output, results[0].contiguous().numpy())
    print(json.dumps({"seconds": cost.seconds, "peak_bytes": cost.peak_bytes}))


def compare(name: str, rounds: int, repeats: int) -> dict[str, Any]:
    """Measure every form on one map, in turns, and whether the results are equal."""
    seconds: dict[str, list[float]] = {form: [] for form in FORMS}
    peaks: dict[str, list[float]] = {form: [] for form in FORMS}
    equal: dict[str, bool] = {}
    with tempfile.TemporaryDirectory() as folder:
        ids_file = Path(folder, "ids.npy")
        np.save(ids_file, MAPS[name]())
        for _ in range(rounds):
            for form in FORMS:
                file = Path(folder, f"{form}.npy")
                times = max(1, repeats // 5) if form == "all pairs" else repeats
                arguments = ["--child", name, form, str(times), str(ids_file), str(file)]
                found = in_fresh_process("benchmarks.safm_descriptor", *arguments, threads=1)
                seconds[form] += found["seconds"]
                peaks[form].append(found["peak_bytes"])
                equal[form] = bool((np.load(file) == np.load(Path(folder, "all pairs.npy"))).all())
        ids = np.load(ids_file)
    plain = statistics.median(seconds["all pairs"])
    owned = ids[ids >= FIRST[name]]
    return {
        "map": name,
        "instances": len(np.unique(owned)),
        "pixels": len(owned),
        "forms": {
            form: {
                "seconds": spread(seconds[form]),
                "peak_mb": statistics.median(peaks[form]) / 2**20,
                "times_as_fast": plain / statistics.median(seconds[form]),
                "equal": equal[form],
            }
            for form in FORMS
        },
    }


def main() -> None:
    """Measure everything and write the results."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=2, help="processes for each form and map")
    parser.add_argument("--repeats", type=int, default=5, help="timed calls in each process")
    parser.add_argument("--child", nargs=5, metavar=("MAP", "FORM", "REPEATS", "IDS", "FILE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        name, form, repeats, ids_file, output = options.child
        child(name, form, int(repeats), Path(ids_file), Path(output))
        return
    about = machine(1, ("torch", "numpy", "numba"))
    rows = [compare(name, options.rounds, options.repeats) for name in MAPS]
    table = [["map", "instances", "pixels in them", "form", "ms (range)", "times as fast", "peak MB", "equal"]]
    for row in rows:
        for form, cost in row["forms"].items():
            s = {key: 1e3 * value for key, value in cost["seconds"].items()}
            times = f"{s['median']:.0f} ({s['min']:.0f}-{s['max']:.0f})"
            speed, peak, same = (
                f"{cost['times_as_fast']:.0f}",
                f"{cost['peak_mb']:.0f}",
                "yes" if cost["equal"] else "NO",
            )
            table.append([row["map"], str(row["instances"]), str(row["pixels"]), form, times, speed, peak, same])
    found = rows[0]["forms"]["ours"]
    reached = {"times_as_fast": found["times_as_fast"], "seconds": found["seconds"]["median"], "equal": found["equal"]}
    result = {"machine": about, "figures": FIGURES, "reached": reached, "rows": rows}
    print(write_results("safm_descriptor", "SAFM's position descriptor of a 256x512 map", result, table))
    print(
        f"Cells: {reached['times_as_fast']:.0f} times as fast as all pairs (to reach: {FIGURES['times_as_fast']}), "
        f"{reached['seconds']:.3f} s (to reach: {FIGURES['seconds']}), {'equal' if reached['equal'] else 'NOT EQUAL'}."
    )


if __name__ == "__main__":
    main()
