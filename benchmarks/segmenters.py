"""Segmenters: image to label map, the networks as plain lists of layers and ours, side by side.

Both forms get the same bytes and the same random weights, and give the same label map; neither speed nor memory depends
on training. Readings of several scales stand beside their scales, each labelled by itself. Times are taken in turns in
one process, ratios are medians over the turns; memory is that of a process for each form. Wall time is what a user
waits for; processor time is the same work where others use the machine too.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

import segmenters
from benchmarks._measure import Cost, alternate, in_fresh_process, in_turns, machine, spread, write_results
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


def child(form: str, number: int, several: bool, rounds: int, output: Path) -> None:
    """Measure one case in this process: memory and label maps of one form, or the times of both in turns."""
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    case = (SEVERAL if several else CASES)[number]
    with torch.no_grad():
        if form == "both":
            forms = {name: labelling(name, case) for name in _forms(several)}
            print(json.dumps(alternate(forms, rounds)))
            return
        label = labelling(form, case)
        found: list[Tensor] = []
        cost = Cost.of(lambda: found.append(label()), repeats=0)
    torch.save(found[0], output)
    print(json.dumps({"peak_bytes": cost.peak_bytes}))


def _forms(several: bool) -> tuple[str, str]:
    return ("its scales", "at once") if several else ("plain", "ours")


def compare(number: int, several: bool, rounds: int, threads: int) -> dict[str, Any]:
    """Measure both forms of one case."""
    peak: dict[str, int] = {}
    labels: dict[str, Tensor] = {}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "labels.pt"

        def run(form: str) -> dict[str, Any]:
            arguments = ["--child", form, str(number), str(int(several)), str(rounds), str(file)]
            return in_fresh_process("benchmarks.segmenters", *arguments, threads=threads)

        times = run("both")
        for form in _forms(several):
            peak[form] = run(form)["peak_bytes"]
            labels[form] = torch.load(file, weights_only=True)
    theirs, ours = _forms(several)
    row = {
        "case": str((SEVERAL if several else CASES)[number]),
        "forms": {
            form: {
                "seconds": spread(times[form]["seconds"]),
                "cpu_seconds": spread(times[form]["cpu_seconds"]),
                "peak_mb": peak[form] / 2**20,
            }
            for form in _forms(several)
        },
        "time_ratio": in_turns(times[theirs]["seconds"], times[ours]["seconds"]),
        "cpu_ratio": in_turns(times[theirs]["cpu_seconds"], times[ours]["cpu_seconds"]),
        "memory_ratio": peak[theirs] / peak[ours],
    }
    if not several:
        row["other_labels"] = (labels[theirs] != labels[ours]).double().mean().item()
    return row


def main() -> None:
    """Measure everything and write the results."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="threads of each process")
    parser.add_argument("--rounds", type=int, default=5, help="timed calls of each form")
    parser.add_argument("--child", nargs=5, metavar=("FORM", "NUMBER", "SEVERAL", "ROUNDS", "FILE"), help="internal")
    options = parser.parse_args()
    if options.child:
        form, number, several, rounds, file = options.child
        child(form, int(number), several == "1", int(rounds), Path(file))
        return

    about = machine(options.threads)
    runs = [(number, several) for several in (False, True) for number in range(len(SEVERAL if several else CASES))]
    rows = [compare(*run, options.rounds, options.threads) for run in runs]
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
                    f"{cost['cpu_seconds']['median']:.2f}",
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
