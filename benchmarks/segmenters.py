"""Segmenters: image to label map, the networks as plain lists of layers and ours, side by side.

Both forms get the same bytes and the same random weights, and give the same label map; neither speed nor memory depends
on training. A second table sets a multi-scale reading beside its scales, each labelled by itself. Each form runs in
processes of its own, forms alternate. Wall time is what a user waits for; processor time is the same work where others
use the machine too.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

import segmenters
from benchmarks._measure import Cost, in_fresh_process, machine, spread, write_results
from benchmarks._plain_segmenters import NETWORKS
from segmenters import Segmenter


@dataclass(frozen=True)
class Case:
    """What is labelled: a network with so many classes, an image of this size, read in this way."""

    arch: str
    classes: int
    size: tuple[int, int]
    reading: str

    def __str__(self) -> str:
        return f"{self.arch} {self.reading} {self.size[1]}x{self.size[0]}"


CASES = (
    Case("drn_d_105", 19, (256, 512), "single"),
    Case("drn_d_105", 19, (1024, 2048), "single"),
    Case("upernet_resnet101", 150, (256, 256), "single"),
    Case("upernet_resnet101", 150, (512, 672), "single"),
    Case("deeplabv2_resnet101", 182, (256, 256), "msc"),
    Case("deeplabv2_resnet101", 182, (480, 640), "msc"),
)
SEVERAL = (
    Case("drn_d_105", 19, (256, 512), "multi-scale"),
    Case("upernet_resnet101", 150, (256, 256), "multi-scale"),
    Case("deeplabv2_resnet101", 182, (256, 256), "msc"),
)
FORMS = {"plain": "ours", "its scales": "at once"}
"""The form that is compared with, and ours: of one reading, and of several scales."""

FIGURES = {"time": 1.0, "multi-scale": 1.0}
"""What is to be reached: times as fast as the plain form, and as the scales one after another."""


def image(size: tuple[int, int]) -> Tensor:
    """Random bytes (1, 3, H, W)."""
    return torch.randint(0, 256, (1, 3, *size), generator=torch.Generator().manual_seed(0)).byte()


def sizes_of(case: Case) -> list[tuple[int, int]]:
    """Height and width of everything that a reading of several scales reads."""
    height, width = case.size
    if case.arch.startswith("upernet"):  # of a square image: multiples of 32
        return [(side, side) for side in (320, 384, 480, 544, 608)]
    scales = (1, 0.5, 0.75) if case.reading == "msc" else (1, 0.5, 0.75, 1.25, 1.5, 1.75)
    return [(int(height * scale), int(width * scale)) for scale in scales]


def labelling(form: str, case: Case) -> Callable[[], Tensor]:
    """Return what is measured: from bytes to a label map."""
    torch.manual_seed(0)
    segmenter: Segmenter = segmenters.create(case.arch, case.classes, reading=case.reading)
    x = image(case.size)
    if form == "plain":
        state, network = segmenter.state_dict(), NETWORKS[case.arch]
        return lambda: network(state, segmenter.normalise(x / 255), case.size).argmax(dim=1)
    if form == "its scales":
        segmenter.reading = "single"
        inputs = [image(size) for size in sizes_of(case)]
        return lambda: torch.stack([segmenter(each, case.size) for each in inputs])
    return lambda: segmenter(x)


def child(form: str, number: int, several: bool, repeats: int, output: Path) -> None:
    """Measure one form of one case in this process, and keep its label maps."""
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    label = labelling(form, (SEVERAL if several else CASES)[number])
    found: list[Tensor] = []

    def call() -> None:
        with torch.no_grad():
            found[:] = [label()]

    start = time.process_time()
    cost = Cost.of(call, repeats)
    cpu = (time.process_time() - start) / (repeats + 1)
    torch.save(found[0], output)
    print(json.dumps({"seconds": cost.seconds, "cpu_seconds": cpu, "peak_bytes": cost.peak_bytes}))


def compare(number: int, several: bool, rounds: int, repeats: int, threads: int) -> dict[str, Any]:
    """Measure both forms of one case, in turns."""
    forms = ("its scales", "at once") if several else ("plain", "ours")
    found: dict[str, list[dict[str, Any]]] = {form: [] for form in forms}
    labels: dict[str, Tensor] = {}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(rounds):
            for form in forms:
                file = Path(folder) / "labels.pt"
                arguments = ["--child", form, str(number), str(int(several)), str(repeats), str(file)]
                found[form].append(in_fresh_process("benchmarks.segmenters", *arguments, threads=threads))
                labels[form] = torch.load(file, weights_only=True)
    seconds = {form: [value for run in runs for value in run["seconds"]] for form, runs in found.items()}
    cpu = {form: [run["cpu_seconds"] for run in runs] for form, runs in found.items()}
    peak = {form: statistics.median(run["peak_bytes"] for run in runs) for form, runs in found.items()}
    theirs, ours = forms
    row = {
        "case": str((SEVERAL if several else CASES)[number]),
        "forms": {
            form: {
                "seconds": spread(seconds[form]),
                "cpu_seconds": spread(cpu[form]),
                "peak_mb": peak[form] / 2**20,
            }
            for form in forms
        },
        "time_ratio": statistics.median(seconds[theirs]) / statistics.median(seconds[ours]),
        "cpu_ratio": min(cpu[theirs]) / min(cpu[ours]),
        "memory_ratio": peak[theirs] / peak[ours],
    }
    if not several:
        row["other_labels"] = (labels[theirs] != labels[ours]).double().mean().item()
    return row


def main() -> None:
    """Measure everything and write the results."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="threads of each process")
    parser.add_argument("--rounds", type=int, default=2, help="processes for each form and case")
    parser.add_argument("--repeats", type=int, default=2, help="timed calls in each process")
    parser.add_argument("--child", nargs=5, metavar=("FORM", "NUMBER", "SEVERAL", "REPEATS", "FILE"), help="internal")
    options = parser.parse_args()
    if options.child:
        form, number, several, repeats, file = options.child
        child(form, int(number), several == "1", int(repeats), Path(file))
        return

    about = machine(options.threads)
    runs = [(number, several) for several in (False, True) for number in range(len(SEVERAL if several else CASES))]
    rows = [compare(*run, options.rounds, options.repeats, options.threads) for run in runs]
    reached = {
        "time": min(row["time_ratio"] for row in rows if "plain" in row["forms"]),
        "cpu": min(row["cpu_ratio"] for row in rows if "plain" in row["forms"]),
        "multi-scale": min(row["time_ratio"] for row in rows if "its scales" in row["forms"]),
        "multi-scale cpu": min(row["cpu_ratio"] for row in rows if "its scales" in row["forms"]),
    }
    result = {"machine": about, "figures": FIGURES, "reached": reached, "rows": rows}
    header = ["network, reading, image", "form", "seconds (range)", "times as fast", "processor seconds", "times"]
    table = [[*header, "peak MB", "other labels"]]
    for row in rows:
        for form, cost in row["forms"].items():
            s, first = cost["seconds"], form in FORMS
            table.append(
                [
                    row["case"],
                    form,
                    f"{s['median']:.2f} ({s['min']:.2f}-{s['max']:.2f})",
                    "1" if first else f"{row['time_ratio']:.2f}",
                    f"{cost['cpu_seconds']['min']:.2f}",
                    "1" if first else f"{row['cpu_ratio']:.2f}",
                    f"{cost['peak_mb']:.0f}",
                    "" if first or "other_labels" not in row else f"{100 * row['other_labels']:.3f} %",
                ]
            )
    print(write_results("segmenters", "Segmenters, one image to its label map", result, table))
    print(
        f"{reached['time']:.2f} times as fast as the plain form ({reached['cpu']:.2f} in processor time; to reach: "
        f"{FIGURES['time']:.0f}), several scales {reached['multi-scale']:.2f} times as fast as one by one "
        f"({reached['multi-scale cpu']:.2f}; to reach: {FIGURES['multi-scale']:.0f})."
    )


if __name__ == "__main__":
    main()
