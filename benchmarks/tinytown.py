"""What rendering tinytown costs, and what of it depends on the processor.

CPU seconds of one process, by category: a 512x256 ground frame with maps, a world of the shipped size (256x128 ground
and 128x128 aerial, with maps and encoded files); the peak of memory; then the same worlds again with the SIMD paths of
NumPy and of the compiled shaders switched off, and from several processes at once, compared pixel by pixel.
"""

from __future__ import annotations

import argparse
import collections
import concurrent.futures
import io
import json
import multiprocessing
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks._measure import in_fresh_process, machine, write_results

FRAME, SHIPPED = 1.0, 0.5
"""CPU seconds to reach, in the worst category."""

MEMORY = 1000
"""Megabytes to stay under."""

PACKAGES = ("embreex", "trimesh", "numba", "numpy", "pillow")


def world_cost(number: int) -> dict[str, Any]:
    """CPU seconds of one world's steps."""
    from sisbench.tinytown.render import render
    from sisbench.tinytown.worlds import world

    clock = time.process_time
    start = clock()
    made = world(number)
    mesh = made.mesh  # built when it is first asked for
    built = clock()
    cameras = made.cameras
    render(mesh, made.weather.light, made.air, cameras["ground"], 256, 512, 1)
    framed = clock()
    for view, width in (("ground", 256), ("aerial", 128)):
        frame = render(mesh, made.weather.light, made.air, cameras[view], 128, width, 1)
        Image.fromarray(frame.photo).save(io.BytesIO(), "webp", quality=90)
        for ids in (frame.kind, frame.instance):
            Image.fromarray(ids).save(io.BytesIO(), "png")
    done = clock()
    return {
        "category": made.category,
        "triangles": len(mesh.world),
        "building": built - start,
        "frame": framed - start,
        "shipped": built - start + done - framed,
    }


def digest(number: int) -> dict[str, Any]:
    """Photos and maps of one world, as bytes in hexadecimal."""
    from sisbench.tinytown.render import render
    from sisbench.tinytown.worlds import world

    made = world(number)
    found = {}
    for view, width in (("ground", 256), ("aerial", 128), ("oblique", 256), ("panorama", 512)):
        frame = render(made.mesh, made.weather.light, made.air, made.cameras[view], 128, width, 1)
        found[view] = {name: getattr(frame, name).tobytes().hex() for name in ("photo", "kind", "instance")}
    return found


def worker(task: str, numbers: list[int]) -> None:
    """Run a task in this process and print JSON."""
    if task == "cost":
        for number in range(480, 492):  # loads the compiled shaders and the shapes that objects share
            world_cost(number)
        costs = [world_cost(number) for number in numbers]
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
        print(json.dumps({"worlds": costs, "peak_mb": peak}))
    else:
        print(json.dumps({str(number): digest(number) for number in numbers}))


def by_category(costs: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Mean of every number over the worlds of a category."""
    groups = collections.defaultdict(list)
    for cost in costs:
        groups[cost.pop("category")].append(cost)
    return {
        name: {key: float(np.mean([cost[key] for cost in group])) for key in group[0]}
        for name, group in sorted(groups.items())
    }


def without_simd(numbers: list[int]) -> dict[str, Any]:
    """Render in a process where NumPy and the compiler use no instructions beyond the baseline."""
    from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

    off = " ".join(name for name in __cpu_dispatch__ if __cpu_features__.get(name))
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "NPY_DISABLE_CPU_FEATURES": off,
        "NUMBA_CPU_NAME": "generic",
        "NUMBA_CPU_FEATURES": "",
    }
    command = [sys.executable, "-m", "benchmarks.tinytown", "--worker", "digest", *map(str, numbers)]
    done = subprocess.run(command, env=environment, cwd=Path(__file__).parents[1], capture_output=True, check=True)
    return {"disabled": off, "worlds": json.loads(done.stdout.splitlines()[-1])}


def differences(first: dict[str, Any], second: dict[str, Any]) -> dict[str, int]:
    """Compare two sets of worlds: label and instance pixels that differ, photo values that differ, the largest step."""
    counts = {"label pixels": 0, "instance pixels": 0, "photo values": 0, "largest": 0, "of photo values": 0}
    for number, views in first.items():
        for view, maps in views.items():
            pairs = {
                name: [np.frombuffer(bytes.fromhex(side[number][view][name]), kind) for side in (first, second)]
                for name, kind in (("kind", np.uint8), ("instance", np.uint16), ("photo", np.uint8))
            }
            counts["label pixels"] += int((pairs["kind"][0] != pairs["kind"][1]).sum())
            counts["instance pixels"] += int((pairs["instance"][0] != pairs["instance"][1]).sum())
            step = np.abs(pairs["photo"][0].astype(int) - pairs["photo"][1])
            counts["photo values"] += int((step > 0).sum())
            counts["largest"] = max(counts["largest"], int(step.max()))
            counts["of photo values"] += step.size
            assert len(maps) == len(pairs)
    return counts


def main() -> None:
    """Measure and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=4, help="worlds of each category that are timed")
    parser.add_argument("--compared", type=int, default=24, help="worlds that are compared")
    parser.add_argument("--worker", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        worker(options.worker[0], [int(number) for number in options.worker[1:]])
        return
    about = machine(threads=1, packages=PACKAGES)
    timed = [str(number) for number in range(12 * options.each)]
    costs = in_fresh_process("benchmarks.tinytown", "--worker", "cost", *timed, threads=1)
    table = by_category(costs["worlds"])
    numbers = list(range(options.compared))
    base = in_fresh_process("benchmarks.tinytown", "--worker", "digest", *map(str, numbers), threads=1)
    plain = without_simd(numbers)
    with concurrent.futures.ProcessPoolExecutor(3, mp_context=multiprocessing.get_context("spawn")) as pool:
        spread = dict(zip(map(str, numbers), pool.map(digest, numbers), strict=True))
    compared = {
        "repeated in 3 processes": differences(base, spread),
        "without SIMD": differences(base, plain["worlds"]),
    }
    worst = {key: max(row[key] for row in table.values()) for key in ("building", "frame", "shipped")}
    mean = {key: float(np.mean([row[key] for row in table.values()])) for key in worst}
    result = {
        "machine": about,
        "figures": {"frame": FRAME, "shipped": SHIPPED, "memory_mb": MEMORY},
        "categories": table,
        "worst": worst,
        "mean": mean,
        "peak_mb": costs["peak_mb"],
        "compared": compared,
        "disabled": plain["disabled"],
    }
    rows = [["category", "triangles", "building", "512x256 frame", "world of the shipped size"]]
    rows += [
        [name, f"{row['triangles']:,.0f}", *(f"{row[key]:.2f}" for key in ("building", "frame", "shipped"))]
        for name, row in table.items()
    ]
    rows.append(["mean", "", *(f"{mean[key]:.2f}" for key in ("building", "frame", "shipped"))])
    print(write_results("tinytown", "Rendering tinytown (CPU seconds, building included)", result, rows))
    print(f"worst category: frame {worst['frame']:.2f} s (at most {FRAME}), world {worst['shipped']:.2f} s ({SHIPPED})")
    print(f"peak memory {costs['peak_mb']:.0f} MB (under {MEMORY})")
    for name, found in compared.items():
        print(f"{name}: {found}")


if __name__ == "__main__":
    main()
