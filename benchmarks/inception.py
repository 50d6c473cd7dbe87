"""Inception features of byte images: torch-fidelity's extractor and ours, side by side.

Both get the same batch of uint8 images in memory and give 2048 features for each; reading files is not part of it. The
weights are random numbers under the official keys: neither speed nor rounding depends on training. Each form runs in
processes of its own, forms alternate. Wall time is what a user waits for; processor time is the same work where others
use the machine too.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from benchmarks._measure import Cost, in_fresh_process, machine, spread, write_results
from generators import ensure_torchvision
from sisbench.features import FeatureNet
from sisbench.features.inception import Inception, prepare_tf1

SIZES = ("256x512", "256x256")
FORMS = ("torch-fidelity", "ours")
FIGURES = {"time": 1.0, "difference": 1e-5}
"""What is to be reached: times as fast, largest difference relative to the largest feature."""


def state() -> dict[str, Tensor]:
    """Random weights, with batch norms whose statistics matter."""
    torch.manual_seed(0)
    network = ensure_torchvision().models.Inception3(num_classes=1008, aux_logits=False, init_weights=False)
    found = {key: value.clone() for key, value in network.state_dict().items()}
    for key, value in found.items():
        if key.endswith("running_mean"):
            value.normal_(std=0.1)
        if key.endswith("running_var"):
            value.uniform_(0.75, 1.25)
    return found


def images(size: str, batch: int) -> Tensor:
    """Random bytes."""
    height, width = map(int, size.split("x"))
    return torch.randint(0, 256, (batch, 3, height, width), generator=torch.Generator().manual_seed(0)).byte()


def extractor(form: str) -> Any:
    """Return a function from images to features."""
    if form == "ours":
        return FeatureNet("inception", "", Inception(state(), prepare_tf1), "cpu")
    ensure_torchvision()
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    file = io.BytesIO()
    torch.save(state(), file)
    file.seek(0)
    network = FeatureExtractorInceptionV3("inception", ["2048"], feature_extractor_weights_path=file)
    return lambda batch: network(batch)[0]


def child(form: str, size: str, batch: int, repeats: int, output: Path) -> None:
    """Measure one form on one size in this process, and keep its features."""
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    extract, batched = extractor(form), images(size, batch)
    found: list[Tensor] = []

    def call() -> None:
        with torch.no_grad():
            found[:] = [extract(batched)]

    start = time.process_time()
    cost = Cost.of(call, repeats)
    cpu = (time.process_time() - start) / (repeats + 1)
    torch.save(found[0].double(), output)
    print(json.dumps({"seconds": cost.seconds, "cpu_seconds": cpu, "peak_bytes": cost.peak_bytes}))


def compare(size: str, batch: int, rounds: int, repeats: int, threads: int) -> dict[str, Any]:
    """Measure both forms on one size, in turns, and how far the features are apart."""
    seconds: dict[str, list[float]] = {form: [] for form in FORMS}
    cpu: dict[str, list[float]] = {form: [] for form in FORMS}
    peaks: dict[str, list[float]] = {form: [] for form in FORMS}
    features: dict[str, Tensor] = {}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(rounds):
            for form in FORMS:
                file = Path(folder) / "features.pt"
                arguments = ["--child", form, size, str(batch), str(repeats), str(file)]
                found = in_fresh_process("benchmarks.inception", *arguments, threads=threads)
                seconds[form] += [value / batch for value in found["seconds"]]
                cpu[form].append(found["cpu_seconds"] / batch)
                peaks[form].append(found["peak_bytes"])
                features[form] = torch.load(file, weights_only=True)
    theirs, ours = (features[form] for form in FORMS)
    return {
        "size": size,
        "batch": batch,
        "forms": {
            form: {
                "seconds_per_image": spread(seconds[form]),
                "cpu_seconds_per_image": spread(cpu[form]),
                "peak_mb": statistics.median(peaks[form]) / 2**20,
            }
            for form in FORMS
        },
        "time_ratio": statistics.median(seconds["torch-fidelity"]) / statistics.median(seconds["ours"]),
        "cpu_ratio": statistics.median(cpu["torch-fidelity"]) / statistics.median(cpu["ours"]),
        "difference": float((ours - theirs).abs().max() / theirs.abs().max()),
    }


def main() -> None:
    """Measure everything and write the results."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="threads of each process")
    parser.add_argument("--rounds", type=int, default=3, help="processes for each form and size")
    parser.add_argument("--repeats", type=int, default=4, help="timed calls in each process")
    parser.add_argument("--batch", type=int, default=8, help="images at once")
    parser.add_argument("--child", nargs=5, metavar=("FORM", "SIZE", "BATCH", "REPEATS", "FILE"), help="internal")
    options = parser.parse_args()
    if options.child:
        form, size, batch, repeats, file = options.child
        child(form, size, int(batch), int(repeats), Path(file))
        return

    about = machine(options.threads, ("torch", "torch-fidelity"))
    rows = [compare(size, options.batch, options.rounds, options.repeats, options.threads) for size in SIZES]
    reached = {
        "time": min(row["time_ratio"] for row in rows),
        "difference": max(row["difference"] for row in rows),
    }
    result = {"machine": about, "figures": FIGURES, "reached": reached, "rows": rows}
    table = [["images", "form", "ms per image (range)", "times as fast", "processor ms", "peak MB", "max difference"]]
    for row in rows:
        for form, cost in row["forms"].items():
            ms = {key: 1000 * value for key, value in cost["seconds_per_image"].items()}
            table.append(
                [
                    row["size"],
                    form,
                    f"{ms['median']:.0f} ({ms['min']:.0f}-{ms['max']:.0f})",
                    f"{row['time_ratio']:.2f}" if form == "ours" else "1",
                    f"{1000 * cost['cpu_seconds_per_image']['median']:.0f}",
                    f"{cost['peak_mb']:.0f}",
                    f"{row['difference']:.0e}" if form == "ours" else "",
                ]
            )
    print(write_results("inception", f"Inception features, {options.batch} images at once", result, table))
    print(
        f"{reached['time']:.2f} times as fast (to reach: more than {FIGURES['time']:.0f}), largest difference "
        f"{reached['difference']:.0e} of the largest feature (allowed: {FIGURES['difference']:.0e})."
    )


if __name__ == "__main__":
    main()
