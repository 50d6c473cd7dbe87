"""LPIPS of all pairs of S images: the lpips package called on every pair, and ours, side by side.

The trunk has random weights, the linear layers are the published ones. Both get the same byte images in memory. Each
form runs in processes of its own, forms alternate.
"""

from __future__ import annotations

import argparse
import importlib.util
import itertools
import json
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from benchmarks._measure import Cost, in_fresh_process, machine, spread, write_results
from generators import ensure_torchvision
from sisbench.features.lpips import LPIPS

NETS = ("alex", "vgg")
FORMS = ("lpips package", "ours")
FIGURES = {"time": 2.0, "difference": 1e-6}
"""What is to be reached: times as fast, largest difference of a distance."""


def network(form: str, net: str) -> Callable[[Tensor], Tensor]:
    """Return a function from images (S, 3, H, W) to the distances of all pairs."""
    ensure_torchvision()
    import lpips

    torch.manual_seed(0)
    original = lpips.LPIPS(net=net, pnet_rand=True, verbose=False)
    if form == "ours":
        trunk = {f"features.{key.split('.', 1)[1]}": value for key, value in original.net.state_dict().items()}
        spec = importlib.util.find_spec("lpips")
        assert spec is not None
        assert spec.origin is not None
        file = Path(spec.origin).parent / "weights" / "v0.1" / f"{net}.pth"
        return LPIPS(net, "", trunk, torch.load(file, map_location="cpu", weights_only=True), "cpu").pairwise

    def every_pair(samples: Tensor) -> Tensor:
        scaled = samples.float() / 127.5 - 1
        pairs = itertools.combinations(scaled.split(1), 2)
        return torch.cat([original(a, b).flatten() for a, b in pairs])

    return every_pair


def child(form: str, net: str, samples: int, repeats: int) -> None:
    """Measure one form on one network in this process."""
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    distances = network(form, net)
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (samples, 3, 256, 256), generator=generator).byte()
    found: list[Tensor] = []

    def call() -> None:
        with torch.no_grad():
            found[:] = [distances(images)]

    start = time.process_time()
    cost = Cost.of(call, repeats)
    cpu = (time.process_time() - start) / (repeats + 1)
    values = found[0].tolist()
    print(json.dumps({"seconds": cost.seconds, "cpu_seconds": cpu, "peak_bytes": cost.peak_bytes, "values": values}))


def compare(net: str, samples: int, rounds: int, repeats: int, threads: int) -> dict[str, Any]:
    """Measure both forms on one network, in turns, and how far the distances are apart."""
    runs: dict[str, list[dict[str, Any]]] = {form: [] for form in FORMS}
    for _ in range(rounds):
        for form in FORMS:
            arguments = ["--child", form, net, str(samples), str(repeats)]
            runs[form].append(in_fresh_process("benchmarks.lpips", *arguments, threads=threads))
    seconds = {form: [value for run in runs[form] for value in run["seconds"]] for form in FORMS}
    theirs, ours = (runs[form][0]["values"] for form in FORMS)
    return {
        "net": net,
        "samples": samples,
        "forms": {
            form: {
                "seconds": spread(seconds[form]),
                "cpu_seconds": statistics.median(run["cpu_seconds"] for run in runs[form]),
                "peak_mb": statistics.median(run["peak_bytes"] for run in runs[form]) / 2**20,
            }
            for form in FORMS
        },
        "time_ratio": statistics.median(seconds["lpips package"]) / statistics.median(seconds["ours"]),
        "difference": max(abs(a - b) for a, b in zip(theirs, ours, strict=True)),
    }


def main() -> None:
    """Measure everything and write the results."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="threads of each process")
    parser.add_argument("--rounds", type=int, default=2, help="processes for each form and network")
    parser.add_argument("--repeats", type=int, default=2, help="timed calls in each process")
    parser.add_argument("--samples", type=int, default=10, help="images of one layout")
    parser.add_argument("--child", nargs=4, metavar=("FORM", "NET", "SAMPLES", "REPEATS"), help="internal")
    options = parser.parse_args()
    if options.child:
        form, net, samples, repeats = options.child
        child(form, net, int(samples), int(repeats))
        return

    about = machine(options.threads, ("torch", "lpips"))
    rows = [compare(net, options.samples, options.rounds, options.repeats, options.threads) for net in NETS]
    reached = {
        "time": min(row["time_ratio"] for row in rows),
        "difference": max(row["difference"] for row in rows),
    }
    result = {"machine": about, "figures": FIGURES, "reached": reached, "rows": rows}
    table = [["net", "form", "seconds (range)", "times as fast", "processor s", "peak MB", "max difference"]]
    for row in rows:
        for form, cost in row["forms"].items():
            s = cost["seconds"]
            table.append(
                [
                    row["net"],
                    form,
                    f"{s['median']:.2f} ({s['min']:.2f}-{s['max']:.2f})",
                    f"{row['time_ratio']:.1f}" if form == "ours" else "1",
                    f"{cost['cpu_seconds']:.2f}",
                    f"{cost['peak_mb']:.0f}",
                    f"{row['difference']:.0e}" if form == "ours" else "",
                ]
            )
    print(write_results("lpips", f"LPIPS of all pairs of {options.samples} images of 256x256", result, table))
    print(
        f"{reached['time']:.1f} times as fast (to reach: {FIGURES['time']:.0f}), largest difference "
        f"{reached['difference']:.0e} (allowed: {FIGURES['difference']:.0e})."
    )


if __name__ == "__main__":
    main()
