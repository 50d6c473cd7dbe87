"""The report of many runs: seconds to build it, its size, and seconds until a browser has opened it.

The runs are made up: records with plausible numbers, images that are the photos of tinytown, blurred by another radius
for every method. Images beyond the 48 photos repeat them, shifted, so that no two are equal.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import shutil
import statistics
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from PIL import Image, ImageChops, ImageFilter

from benchmarks._measure import in_fresh_process, machine, write_results
from sisbench import datasets, per_image, report
from sisbench.evaluation import Evaluation, Value
from sisbench.record import RunRecord

FIGURES = {"build s": 30.0, "MB": 40.0, "open s": 2.0}
"""To reach: the first two for 20 methods and 100 images each, the last one for 20 methods and 500."""

METRICS = {"fd_effnet": (150.0, False), "miou": (0.5, True), "accuracy": (0.8, True), "ssim": (0.5, True)}


def main() -> None:
    """Measure and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--methods", type=int, default=20)
    parser.add_argument("--counts", type=int, nargs="+", default=[100, 500], help="images of each method")
    parser.add_argument("--repeats", type=int, default=5, help="times that a page is opened")
    parser.add_argument("--worker", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--output", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--images", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        _build(options.worker, options.output, options.images)
        return
    about = machine(threads=1, packages=("pillow", "playwright"))
    found = {}
    with tempfile.TemporaryDirectory() as scratch:
        for count in options.counts:
            folder, page = Path(scratch, str(count)), Path(scratch, f"{count}.html")
            with ProcessPoolExecutor() as pool:
                list(pool.map(_make_run, [folder] * options.methods, range(options.methods), [count] * options.methods))
            arguments = ("--worker", str(folder), "--output", str(page), "--images", str(count))
            built = in_fresh_process("benchmarks.report", *arguments, threads=1)
            opened = _open(page, options.repeats)
            shutil.rmtree(folder)
            found[f"{options.methods} methods, {count} images"] = {**built, "opened": opened}
    table = [["page", "pictures", "build s", "MB", "first paint s", "open s (median)", "open s (max)"]]
    for name, values in found.items():
        opens = [one["open"] for one in values["opened"]]
        paint = statistics.median(one["paint"] for one in values["opened"])
        numbers = (values["seconds"], values["bytes"] / 1e6, paint, statistics.median(opens), max(opens))
        table.append([name, str(values["pictures"]), *(f"{number:.2f}" for number in numbers)])
    print(write_results("report", "Report", {"machine": about, "figures": FIGURES, "pages": found}, table))


def _make_run(parent: Path, number: int, count: int) -> None:
    """Write the folder of a made-up run."""
    folder, draw = parent / f"method{number:02d}", random.Random(number)
    tinytown = datasets.get("tinytown")
    items = tinytown.index(datasets.locate(tinytown), "val")
    keys = [items[i].key if i < len(items) else f"{items[i % len(items)].key}_{i:06d}" for i in range(count)]
    for i, key in enumerate(keys):
        photo = items[i % len(items)].image
        assert photo is not None
        with Image.open(photo.open()) as image:
            blurred = image.convert("RGB").filter(ImageFilter.GaussianBlur(number / 8))
        path = folder / "images" / f"{key}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        ImageChops.offset(blurred, i // len(items) * 16, 0).save(path, compress_level=1)
    shares = {name: [base * draw.uniform(0.8, 1.2) for _ in keys] for name, (base, _) in METRICS.items()}
    evaluation = Evaluation(
        n=count,
        results={
            name: Value(math.fsum(c) / count, statistics.stdev(c) / math.sqrt(count), count)
            for name, c in shares.items()
        },
        real={"miou": Value(0.6, 0.01, count)},
        per_class={"iou": {f"class {c}": Value(draw.random(), 0.02, count) for c in range(19)}},
        real_per_class={"iou": {f"class {c}": Value(0.8, 0.02, count) for c in range(19)}},
        higher_is_better={name: higher for name, (_, higher) in METRICS.items()},
        provenance={"dataset": "tinytown", "split": "val", "protocol": "tinytown-v1"},
    )
    spec = {
        "method": f"method{number:02d}",
        "dataset": "tinytown",
        "protocol": "tinytown-v1",
        "recipe": "quick",
        "seed": 0,
    }
    record = folder / "record.json"
    RunRecord(spec, evaluation, {"complete": True}, {"train": 100.0}).write(record)
    per_image.write(per_image.beside(record), keys, shares)
    lines = [{"step": step, **{f"g/{term}": draw.random() for term in "abcdef"}} for step in range(10, 10_000, 10)]
    (folder / "losses.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def _build(folder: Path, output: Path, count: int) -> None:
    """Build a page, in a process of its own, and print what it took."""
    start = time.perf_counter()
    built = report.build([folder], images=count)
    report.write(output, built)
    seconds = time.perf_counter() - start
    assert "torch" not in sys.modules
    print(json.dumps({"seconds": seconds, "bytes": len(built.html), "pictures": built.pictures, "notes": built.notes}))


def _open(page: Path, repeats: int) -> list[dict[str, float]]:
    """Open a page in fresh windows; seconds until its first paint, and until its load event has ended."""
    from playwright.sync_api import sync_playwright

    from tests.browser import ARGUMENTS, chromium

    path, found = chromium(), []
    if path is None:
        raise SystemExit("no Chromium on this machine; install one, or set SISBENCH_CHROMIUM")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        for _ in range(repeats):
            window = browser.new_page(viewport={"width": 1280, "height": 800})
            start = time.perf_counter()
            window.goto(page.as_uri(), wait_until="load")
            wall = time.perf_counter() - start
            paint, end = window.evaluate(
                "[performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN,"
                " performance.getEntriesByType('navigation')[0].loadEventEnd]"
            )
            found.append({"paint": paint / 1e3, "navigation": end / 1e3, "open": wall})
            window.close()
        browser.close()
    return found


if __name__ == "__main__":
    main()
