"""Wall time from the command to its end, of what must not wait for torch: `sisbench --help` and `import sisbench`."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time

from benchmarks._measure import machine, spread, write_results

COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "import sisbench": [sys.executable, "-c", "import sisbench"],
    "sisbench --help": [sys.executable, "-m", "sisbench", "--help"],
    "sisbench run --help": [sys.executable, "-m", "sisbench", "run", "--help"],
}
FIGURE = 0.4
"""Seconds that `sisbench --help` may take."""


def main() -> None:
    """Measure and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10, help="runs of each command, in turns, after one that warms up")
    options = parser.parse_args()
    about = machine(threads=1, packages=("click",))
    seconds: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(options.runs + 1):
        for name, command in COMMANDS.items():
            start = time.perf_counter()
            subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
            seconds[name].append(time.perf_counter() - start)
    found = {name: spread(values[1:]) for name, values in seconds.items()}
    table = [["command", "median s", "min", "max"]]
    table += [
        [f"`{name}`", *(f"{values[key]:.3f}" for key in ("median", "min", "max"))] for name, values in found.items()
    ]
    result = {"machine": about, "figure": FIGURE, "seconds": found}
    print(write_results("startup", "Start-up", result, table))
    print(f"`sisbench --help`: {found['sisbench --help']['median']:.2f} s (to reach: under {FIGURE} s).")


if __name__ == "__main__":
    main()
