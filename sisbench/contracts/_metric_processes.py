"""Metrics in several processes: what everything that runs under `torchrun` rests on."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
import torch.multiprocessing

from sisbench.contracts._base import require, require_close
from sisbench.contracts._metric_inputs import counts, cut, feed, inputs, make, run, size_of
from sisbench.evaluation import Value


def require_same_in_processes(names: Sequence[str], processes: int) -> None:
    """Raise a `Violation` unless several processes, joined by gloo, get the numbers of one.

    Args:
        names: Metrics, all of them looked at by one start of the processes.
        processes: How many.
    """
    start: Callable[..., Any] = torch.multiprocessing.spawn  # type: ignore[attr-defined]
    with tempfile.TemporaryDirectory(prefix="sisbench-contract-") as folder:
        start(_work, (list(names), processes, folder), nprocs=processes)
        for rank in range(processes):
            found = json.loads(Path(folder, f"{rank}.json").read_text())
            for name in names:
                values, integers = found[name]
                when = f"as process {rank} of {processes}"
                expected = run(name, inputs(name))
                require_close({output: Value(*v) for output, v in values.items()}, expected, when)
                require(integers == counts(feed(make(name), inputs(name))), f"{when} its integer states differ")


def _work(rank: int, names: list[str], processes: int, folder: str) -> None:
    """Take every n-th batch of two: unequal shares, and the last process may have one image less."""
    torch.set_num_threads(1)
    torch.distributed.init_process_group(
        "gloo", init_method=f"file://{folder}/rendezvous", rank=rank, world_size=processes
    )
    found = {}
    for name in names:
        metric, batch = make(name), inputs(name)
        for start in range(2 * rank, size_of(name), 2 * processes):
            feed(metric, cut(batch, slice(start, start + 2)))
        values = metric.compute()
        with metric.sync_context():
            found[name] = (values, counts(metric))
    Path(folder, f"{rank}.json").write_text(json.dumps(found))
    torch.distributed.destroy_process_group()
