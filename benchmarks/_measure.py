"""What the benchmarks share: fresh processes, peak memory, what was measured on, and result files."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Cost:
    """What a call costs in a process of its own.

    Attributes:
        seconds: Wall time of each repeated call, after a first one that warms up.
        peak_bytes: Growth of the resident set above the loaded inputs during the first call, which includes whatever
            the libraries allocate once.
    """

    seconds: list[float]
    peak_bytes: int

    @classmethod
    def of(cls, call: Callable[[], object], repeats: int) -> Cost:
        """Measure a call in this process; its inputs are loaded, and it has not run yet."""
        before = _resident_bytes()
        _forget_peak()
        call()
        peak = _peak_bytes() - before
        seconds = []
        for _ in range(repeats):
            start = time.perf_counter()
            call()
            seconds.append(time.perf_counter() - start)
        return cls(seconds, peak)


def alternate(forms: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, dict[str, list[float]]]:
    """Time forms of one computation in turns in this process, after a first round that warms up.

    Every second round goes backwards. What else the machine does then strikes neighbours in time alike, so that the
    ratio of two forms in one round is steadier than either of their times.

    Returns:
        By form, "seconds" and "cpu_seconds" of each round.
    """
    found: dict[str, dict[str, list[float]]] = {form: {"seconds": [], "cpu_seconds": []} for form in forms}
    for number in range(-1, rounds):
        for form in list(forms)[:: 1 if number % 2 else -1]:
            wall, cpu = time.perf_counter(), time.process_time()
            forms[form]()
            if number >= 0:
                found[form]["seconds"].append(time.perf_counter() - wall)
                found[form]["cpu_seconds"].append(time.process_time() - cpu)
    return found


def in_turns(theirs: Sequence[float], ours: Sequence[float]) -> float:
    """How many times as fast ours is: the median over the rounds of what `alternate` gives."""
    return statistics.median(one / other for one, other in zip(theirs, ours, strict=True))


def in_fresh_process(module: str, *arguments: str, threads: int) -> dict[str, Any]:
    """Run `python -m module arguments` with so many threads; return the JSON object that it prints last."""
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, env=environment, cwd=Path(__file__).parents[1], stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout.splitlines()[-1])  # type: ignore[no-any-return]


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, least and greatest of repeated measurements."""
    return {"median": statistics.median(values), "min": min(values), "max": max(values), "n": len(values)}


def machine(threads: int, packages: Sequence[str] = ("torch",)) -> dict[str, Any]:
    """Describe what was measured on, by kind and not by name."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "threads": threads,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{package: importlib.metadata.version(package) for package in packages},
        "load_before": round(os.getloadavg()[0], 2),
    }


def write_results(name: str, title: str, result: Mapping[str, Any], table: Sequence[Sequence[str]]) -> str:
    """Write `results/NAME.json` and `results/NAME.md`; return the latter.

    Args:
        name: Name of the files.
        title: Headline of the table.
        result: Everything that was measured; `machine` describes what it was measured on.
        table: Rows of cells, the header first.
    """
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n")
    header, *rows = (f"| {' | '.join(row)} |" for row in table)
    where = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in result["machine"].items())
    lines = [f"# {title}", "", header, "|---" * len(table[0]) + "|", *rows, "", f"Measured on: {where}.", ""]
    text = "\n".join(lines)
    (RESULTS / f"{name}.md").write_text(text)
    return text


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "unknown"


def _resident_bytes() -> int:
    """Resident set now; where the system does not tell, its peak so far."""
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[1]) * resource.getpagesize() if statm.exists() else _peak_bytes()


def _forget_peak() -> None:
    """Let the peak start anew, where the system can: loading may have needed more than is resident now."""
    clear = Path("/proc/self/clear_refs")
    if clear.exists():
        clear.write_text("5")


def _peak_bytes() -> int:
    """Peak of the resident set since the process began or the peak was forgotten."""
    status = Path("/proc/self/status")
    if status.exists():
        peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(peak.split()[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
