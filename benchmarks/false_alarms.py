"""False alarms of the gate: an unchanged run, repeated with other threads, batches, orders and instruction sets.

The run is the one that guards this project (`tests/gate`). Every second repeat makes its images anew; the others score
the stored images as a stream in a random order. No repeat may move a number beyond its tolerance, in either direction.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import torch

import sisbench
from benchmarks._measure import in_fresh_process, machine, write_results
from sisbench import _pass
from sisbench.evaluation import Evaluation
from sisbench.folders import ImageFolder
from sisbench.gate.judge import Move, judge
from sisbench.gate.rules import Tolerances, parse, read_toml
from sisbench.gate.subjects import Subject
from sisbench.job import Job, Overrides
from sisbench.pipeline import run

GATE = Path(__file__).parents[1] / "tests" / "gate"
LIMIT = 16

RULES = {
    "defaults": Tolerances(),
    "interval": Tolerances([("*", parse("interval", "all"))]),
    "tests/gate/tolerances.toml": Tolerances(read_toml(GATE / "tolerances.toml")),
}

PROCESSORS: Mapping[str, Mapping[str, str]] = {
    "as it is": {},
    "AVX2": {"ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2", "MKL_ENABLE_INSTRUCTIONS": "AVX2"},
    "SSE 4": {"ATEN_CPU_CAPABILITY": "default", "ONEDNN_MAX_CPU_ISA": "SSE41", "MKL_ENABLE_INSTRUCTIONS": "SSE4_2"},
    "SSE 4 in convolutions": {"ONEDNN_MAX_CPU_ISA": "SSE41"},
}
"""Environments that make the libraries calculate as older processors would."""


@dataclass
class Tally:
    """What repeats have come to under one rule.

    Attributes:
        checks: Repeats.
        alarms: Those with a number beyond its tolerance.
        share: Largest move, as a share of what was allowed.
    """

    checks: int = 0
    alarms: int = 0
    share: float = 0.0

    def add(self, moves: tuple[Move, ...]) -> None:
        """Count one repeat."""
        self.checks += 1
        self.alarms += any(move.verdict in ("regressed", "improved", "lost", "gained") for move in moves)
        for move in moves:
            if move.change is not None and move.allowed:
                self.share = max(self.share, abs(move.change) / move.allowed)


def the_job(limit: int) -> Job:
    """Return the fixed run, on the first so many layouts."""
    weights = GATE / "generator.pth"
    overrides = Overrides(steps=None, batch_size=None, width=1, without=())
    return sisbench.plan("lggan", "tinytown", weights_file=weights, overrides=overrides, limit=limit)


def repeats(count: int, limit: int, first: int = 0, threads: Sequence[int] = (1, 2, 3)) -> dict[str, Tally]:
    """Repeat the run so many times and check each against an undisturbed one.

    Args:
        count: Number of repeats.
        limit: Number of layouts.
        first: Number of the first repeat, from which its threads, batch and order derive.
        threads: Numbers of threads, in turn.
    """
    tallies = {rule: Tally() for rule in RULES}
    with tempfile.TemporaryDirectory() as name:
        folder, job = Path(name), the_job(limit)
        baseline = _subject(run(job, folder / "baseline", device="cpu"))
        for number in range(first, first + count):
            record = _subject(_repeat(job, folder, number, threads[number % len(threads)]))
            for rule, tolerances in RULES.items():
                tallies[rule].add(judge(baseline, record, tolerances).moves)
    return tallies


def _repeat(job: Job, folder: Path, number: int, threads: int) -> Evaluation | sisbench.RunRecord | None:
    """Run or score once more, in other batches and on other threads; odd repeats score stored images in disorder."""
    draw, before = random.Random(number), torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        with mock.patch.object(_pass, "BATCH_SIZE", draw.choice((1, 2, 3, 5, 8, 16))):
            if number % 2 == 0:
                return run(job, folder / str(number), device="cpu")
            samples = job.samples(job.protocol.real_split)
            return sisbench.evaluate(_stream(folder / "baseline" / "images", draw), samples, job.protocol)
    finally:
        torch.set_num_threads(before)


def _stream(images: Path, draw: random.Random) -> Iterator[tuple[str, torch.Tensor]]:
    stored = ImageFolder(images)
    for key in draw.sample(sorted(stored), len(stored)):
        yield key, stored[key]


def _subject(found: Evaluation | sisbench.RunRecord | None) -> Subject:
    assert found is not None
    record = None if isinstance(found, Evaluation) else found
    evaluation = found if isinstance(found, Evaluation) else found.evaluation
    return Subject(Path("record.json"), "lggan", evaluation, record, sealed=True)


def main() -> None:
    """Repeat and write the results."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--repeats", type=int, default=100, help="over all instruction sets")
    parser.add_argument("--first", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.first is not None:
        print(json.dumps({rule: vars(tally) for rule, tally in repeats(options.repeats, LIMIT, options.first).items()}))
        return
    about, rows = machine(1), []
    each = -(-options.repeats // len(PROCESSORS))
    for place, (processor, environment) in enumerate(PROCESSORS.items()):
        with mock.patch.dict(os.environ, environment):
            arguments = ("--repeats", str(each), "--first", str(place * each))
            found: dict[str, Any] = in_fresh_process("benchmarks.false_alarms", *arguments, threads=1)
        rows += [{"processor": processor, "rule": rule, **tally} for rule, tally in found.items()]
    table = [["instructions", "tolerances", "repeats", "false alarms", "largest move, of what is allowed"]]
    for row in rows:
        table.append([row["processor"], row["rule"], str(row["checks"]), str(row["alarms"]), f"{row['share']:.2%}"])
    title = f"False alarms of the gate: one unchanged run of {LIMIT} layouts, repeated"
    print(write_results("false_alarms", title, {"machine": about, "rows": rows}, table))


if __name__ == "__main__":
    main()
