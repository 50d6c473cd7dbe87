"""Data loading from PNG files of Cityscapes' size: how busy it keeps the cores, and how long its consumer waits.

The files are written first: scenes of the embedded data set enlarged eight times, with noise that makes the photos as
large as Cityscapes' (2.3 MB). `training` is `sisbench.data.training_batches` at 512x256 with the samples decoded anew
each time, as in a split that does not fit in memory; `evaluation` is how a pass reads real images and their label maps.
The consumer sleeps for a time that stands for the work of an accelerator: none, half, as much and twice as much as a
batch takes to load. Cores that others use are missing in what is busy and not in what is wanted, which counts threads
that wait for a core too.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import torch
from PIL import Image

from benchmarks._measure import in_fresh_process, machine, write_results
from sisbench import _pass, data, datasets, images
from sisbench.data import Samples, training_batches
from sisbench.datasets import Item
from sisbench.reals import SplitReals

BATCH = 8
SIZE = (1024, 2048)
STEPS = (0.5, 1.0, 2.0)
"""Work of the consumer, in times that a batch takes to load."""

FIGURE = 0.9
"""Share of the cores' time that loading is to use, or to ask for where others use them."""


def write_tree(root: Path, count: int, distinct: int) -> float:
    """Write samples in Cityscapes' official layout, from some number on links to the first ones.

    Returns:
        Mean size of a photo, in MB.
    """
    tinytown = datasets.get("tinytown")
    items = tinytown.index(datasets.locate(tinytown), "val")
    sizes = [_write_sample(root, number, items[number % len(items)]) for number in range(min(count, distinct))]
    for path in list(root.rglob("*.png")):
        for number in range(int(path.name.split("_")[1]) + distinct, count, distinct):
            path.with_name(f"city_{number:06d}_{path.name.split('_', 2)[2]}").hardlink_to(path)
    return sum(sizes) / len(sizes) / 1e6


def _write_sample(root: Path, number: int, item: Item) -> int:
    assert item.image is not None
    assert item.instance is not None
    stem = f"city/city_{number:06d}_000019"
    photo = images.decode_photo(item.image, SIZE).permute(1, 2, 0).numpy().astype(np.int16)
    photo += np.random.default_rng(number).integers(-1, 2, photo.shape, dtype=np.int16)
    ids = {"labelIds": images.decode_ids(item.layout, SIZE), "instanceIds": images.decode_ids(item.instance, SIZE)}
    files = {f"leftImg8bit/val/{stem}_leftImg8bit.png": Image.fromarray(photo.clip(0, 255).astype(np.uint8))}
    for kind, dtype in (("labelIds", np.uint8), ("instanceIds", np.uint16)):
        files[f"gtFine/val/{stem}_gtFine_{kind}.png"] = Image.fromarray(ids[kind].numpy().astype(dtype))
    for name, picture in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        picture.save(root / name)
    return (root / next(iter(files))).stat().st_size


def batches(kind: str, root: Path, workers: int, count: int) -> Iterator[Any]:
    """Yield so many batches of samples that are decoded when they are asked for; the tree holds as many or more."""
    cityscapes = datasets.get("cityscapes")
    with mock.patch.object(data, "CACHE_BYTES", 0):
        samples = Samples(cityscapes, datasets.locate(cityscapes, root), "val")
    if kind == "training":
        endless = training_batches(samples, BATCH, seed=0, workers=workers)
        yield from (next(endless) for _ in range(count))
        return
    reals = SplitReals(samples)
    fakes = {key: torch.zeros(3, *samples.size, dtype=torch.uint8) for key in reals.keys}
    yield from itertools.islice(_pass._batches(fakes, reals, ()), count)


def child(kind: str, root: Path, workers: int, count: int, step: float) -> None:
    """Load batches in this process, sleep after each; print seconds in all, of waiting, of running and of queueing.

    The first batch, for which there is no time to load it ahead, does not count.
    """
    torch.set_num_threads(1)
    next(batches(kind, root, 0, 1))  # what is loaded and compiled once
    coming, waited = batches(kind, root, workers, count + 1), 0.0
    next(coming)
    (ran, queued), start = _schedule(), time.perf_counter()
    for _ in range(count):
        time.sleep(step)
        asked = time.perf_counter()
        next(coming)
        waited += time.perf_counter() - asked
    seconds = time.perf_counter() - start
    ran, queued = (after - before for after, before in zip(_schedule(), (ran, queued), strict=True))
    print(json.dumps({"seconds": seconds, "waited": waited, "ran": ran, "queued": queued}))


def _schedule() -> tuple[float, float]:
    """Seconds in which the threads of this process and its children ran, and were ready to run and got no core."""
    ran = queued = 0
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    for process in ("self", *children):
        for path in Path(f"/proc/{process}/task").glob("*/schedstat"):
            with contextlib.suppress(FileNotFoundError):  # a thread that ended meanwhile
                on_core, in_queue, _ = map(int, path.read_text().split())
                ran, queued = ran + on_core, queued + in_queue
    return ran / 1e9, queued / 1e9


def measure(kind: str, root: Path, workers: int, count: int, cores: int, step: float = 0.0) -> dict[str, Any]:
    """Measure one way of loading in a process of its own."""
    arguments = ["--child", kind, str(root), str(workers), str(count), str(step)]
    found = in_fresh_process("benchmarks.loading", *arguments, threads=1)
    return {
        "kind": kind,
        "workers": workers,
        "step": step,
        **found,
        "images_per_second": BATCH * count / found["seconds"],
        "busy": found["ran"] / found["seconds"] / cores,
        "wanted": (found["ran"] + found["queued"]) / found["seconds"] / cores,
        "waiting": found["waited"] / found["seconds"],
    }


def main() -> None:
    """Measure everything and write the results."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--images", type=int, default=32, help="different samples")
    parser.add_argument("--batches", type=int, default=24, help="batches of each measurement")
    parser.add_argument("--child", nargs=5, metavar=("KIND", "ROOT", "WORKERS", "BATCHES", "STEP"), help="internal")
    options = parser.parse_args()
    if options.child:
        kind, root, workers, count, step = options.child
        child(kind, Path(root), int(workers), int(count), float(step))
        return

    cores = len(os.sched_getaffinity(0))
    about = machine(1, ("torch", "pillow", "numpy"))
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(Path(__file__).parents[1]):
        megabytes = write_tree(Path(folder), BATCH * (options.batches + 1), options.images)
        rows = [measure("training", Path(folder), n, options.batches, cores) for n in dict.fromkeys((0, 1, cores))]
        rows.append(measure("evaluation", Path(folder), 0, options.batches, cores))
        for row in rows[-2:]:
            for share in STEPS:
                step = share * row["seconds"] / options.batches
                found = measure(row["kind"], Path(folder), row["workers"], options.batches, cores, step)
                rows.append({**found, "least_waiting": max(0.0, 1 - share)})
    reached = {row["kind"]: row["wanted"] for row in rows if row["step"] == 0}  # with workers on all cores
    result = {"machine": about, "figure": FIGURE, "reached": reached, "photo_mb": megabytes, "rows": rows}
    table = [
        [
            "loading",
            "workers",
            "consumer works, s a batch",
            "images/s",
            "cores busy",
            "wanted",
            "consumer waits",
            "at least",
        ]
    ]
    for row in rows:
        least = f"{row['least_waiting']:.0%}" if "least_waiting" in row else ""
        table.append(
            [
                row["kind"],
                str(row["workers"]),
                f"{row['step']:.2f}",
                f"{row['images_per_second']:.1f}",
                f"{row['busy']:.0%}",
                f"{row['wanted']:.0%}",
                f"{row['waiting']:.0%}",
                least,
            ]
        )
    title = (
        f"Loading of photos, label and instance maps of {SIZE[1]}x{SIZE[0]} ({megabytes:.1f} MB a photo), {cores} cores"
    )
    print(write_results("loading", title, result, table))
    wanted = ", ".join(f"{kind} {share:.0%}" for kind, share in reached.items())
    print(f"Cores wanted by loading alone: {wanted} (to reach: {FIGURE:.0%}).")


if __name__ == "__main__":
    main()
