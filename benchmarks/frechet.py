"""The matrix term of the Fréchet distance, tr (S_1 S_2)^(1/2), from centred float64 features: rivals and ours.

`sqrtm` is `scipy.linalg.sqrtm` of the product of the covariances (Heusel et al., pytorch-fid before 2023, OASIS);
`eigenvalues` sums the roots of `numpy.linalg.eigvals` of the product (torch-fidelity and torchmetrics do so with their
libraries' routine). Both get the covariances ready made, which is to their advantage. `ours` starts from the centred
features where n <= d, and from the triangles of a QR decomposition otherwise (`Gaussian.from_samples`, not timed).
`ours and influences` is what a metric runs: the distance and the influence of every image. Forms take turns in one
process; the difference is of the matrix term, relative.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.linalg
import torch
from torch import Tensor

from benchmarks._measure import machine, spread, write_results
from sisbench.metrics.frechet import Gaussian, frechet_distance, leave_one_out

DIM = 2048
SIZES = ((500, 500), (500, 2975), (2000, 2000), (2500, 2500))
FIGURES = {"sqrtm": 100.0, "eigenvalues": 20.0, "difference": 1e-6}
"""What is to be reached at n = 500: times as fast as each rival, largest relative difference of the matrix term."""


def features(n: int, seed: int) -> Tensor:
    """Rectified Gaussian features with a spectrum i^-0.8, float64 (n, `DIM`)."""
    rng = torch.Generator().manual_seed(seed)
    scale = torch.arange(1, DIM + 1) ** -0.4
    basis = torch.linalg.qr(torch.randn(DIM, DIM, generator=torch.Generator().manual_seed(0)))[0]
    return ((torch.randn(n, DIM, generator=rng) * scale) @ basis.T * 10 + 0.5).clamp(min=0).double()


def compare(n: int, m: int, rounds: int, rival_rounds: int) -> dict[str, Any]:
    """Time every form on n and m images, in turns."""
    p, q = (Gaussian.from_samples(features(size, seed)) for size, seed in ((n, 1), (m, 2)))
    first, second = ((g.root.T @ g.root).numpy() for g in (p, q))
    rest = float((p.mean - q.mean).square().sum() + p.root.square().sum() + q.root.square().sum())

    def by_eigenvalues() -> float:
        return float(np.sqrt(np.linalg.eigvals(first @ second).astype(complex)).real.sum())

    forms: dict[str, Callable[[], float]] = {
        "sqrtm": lambda: float(np.trace(scipy.linalg.sqrtm(first @ second)).real),
        "eigenvalues": by_eigenvalues,
        "ours": lambda: (rest - frechet_distance(p, q)) / 2,
        "ours, and without each image": lambda: (rest - leave_one_out(p, q, False)[0]) / 2,
    }
    seconds: dict[str, list[float]] = {form: [] for form in forms}
    values: dict[str, float] = {}
    forms["ours"]()  # libraries warm up
    for turn in range(rounds):
        for form, call in forms.items():
            if turn >= rival_rounds and not form.startswith("ours"):
                continue
            start = time.perf_counter()
            values[form] = call()
            seconds[form].append(time.perf_counter() - start)
    median = {form: statistics.median(found) for form, found in seconds.items()}
    return {
        "n": [n, m],
        "seconds": {form: spread(found) for form, found in seconds.items()},
        "ratios": {form: median[form] / median["ours"] for form in forms},
        "difference": {form: abs(values[form] / values["ours"] - 1) for form in forms},
    }


def main() -> None:
    """Measure and write the results."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--threads", type=int, default=2, help="threads of all forms (set OMP_NUM_THREADS alike)")
    parser.add_argument("--rounds", type=int, default=10, help="timed calls of ours")
    parser.add_argument("--rival-rounds", type=int, default=2, help="timed calls of the others")
    parser.add_argument("--sizes", type=int, default=len(SIZES), help="how many of the sizes, from the smallest")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    about = machine(options.threads, packages=("torch", "numpy", "scipy"))
    rows = [compare(n, m, options.rounds, options.rival_rounds) for n, m in SIZES[: options.sizes]]
    table = [["images", "form", "seconds (range)", "times ours", "relative difference"]]
    for row in rows:
        for form, s in row["seconds"].items():
            table.append(
                [
                    " vs ".join(map(str, row["n"])),
                    form,
                    f"{s['median']:.3f} ({s['min']:.3f}-{s['max']:.3f})",
                    f"{row['ratios'][form]:.1f}",
                    "" if form == "ours" else f"{row['difference'][form]:.0e}",
                ]
            )
    reached = {
        "sqrtm": rows[0]["ratios"]["sqrtm"],
        "eigenvalues": rows[0]["ratios"]["eigenvalues"],
        "difference": max(max(row["difference"].values()) for row in rows),
    }
    result = {"machine": about, "figures": FIGURES, "reached": reached, "rows": rows}
    print(write_results("frechet", f"Matrix term of the Fréchet distance, d = {DIM}", result, table))
    print(
        f"At n = 500: {reached['sqrtm']:.0f} times as fast as sqrtm (to reach: {FIGURES['sqrtm']:.0f}), "
        f"{reached['eigenvalues']:.0f} times as eigenvalues (to reach: {FIGURES['eigenvalues']:.0f}); "
        f"largest difference {reached['difference']:.0e} (allowed: {FIGURES['difference']:.0e})."
    )


if __name__ == "__main__":
    main()
