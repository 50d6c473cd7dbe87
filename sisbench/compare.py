"""Paired comparison of two evaluations on the same layouts.

Two methods that draw the same layouts have errors in common: a hard layout is hard for both. The error of their
difference is therefore that of the image-by-image differences, mostly much smaller than the two standard errors added
up. With pseudo-values a_i and b_i of image i (see `metrics.Estimate`), d_i = b_i - a_i:

    B - A = mean(d),    stderr^2 = sum (d_i - mean(d))^2 / (n (n - 1)),    z = (B - A) / stderr.

The test is the normal approximation of z (for a mean over images the paired t-test without Student's correction, for
other numbers the delta method), two-sided; the interval is B - A +- 1.96 standard errors. It speaks about other draws
of layouts, not about other trainings of the same method.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, Literal

from sisbench.errors import InputError, counted, unknown_name
from sisbench.evaluation import Evaluation, NotAvailable, Value
from sisbench.report_text import aligned, by_reason, format_score, task
from sisbench.scored import EXACT, Stored, require_same_task

LEVEL = 0.05
"""Two-sided significance level of the verdicts; the intervals cover 1 - LEVEL."""
_QUANTILE = NormalDist().inv_cdf(1 - LEVEL / 2)
_FEW = 30
_LIST = "sisbench list metrics"


@dataclass(frozen=True)
class Difference:
    """One output of two evaluations.

    Attributes:
        output: Its name.
        higher_is_better: Its direction.
        a: Number of A.
        b: Number of B.
        stderr: Standard error of b - a.
    """

    output: str
    higher_is_better: bool
    a: Value
    b: Value
    stderr: float

    @property
    def value(self) -> float:
        """The difference b - a."""
        return self.b.value - self.a.value

    @property
    def interval(self) -> tuple[float, float]:
        """Bounds of the difference at 95 %."""
        return self.value - _QUANTILE * self.stderr, self.value + _QUANTILE * self.stderr

    @property
    def z(self) -> float | None:
        """The difference in standard errors; None where all images differ by one and the same amount."""
        if abs(self.value) <= EXACT * max(abs(self.a.value), abs(self.b.value)):
            return 0.0  # rounding, which need not be random
        return self.value / self.stderr if self.stderr > 0 else None

    @property
    def p(self) -> float:
        """Probability of a difference at least as large, if there were none in the population."""
        return 0.0 if self.z is None else math.erfc(abs(self.z) / math.sqrt(2))

    @property
    def verdict(self) -> Literal["better", "worse", "no difference"]:
        """What B is, compared with A."""
        if self.p >= LEVEL:
            return "no difference"
        return "better" if (self.value > 0) == self.higher_is_better else "worse"

    def to_json(self) -> dict[str, Any]:
        """Return a JSON value."""
        return {
            "output": self.output,
            "higher_is_better": self.higher_is_better,
            "a": self.a._asdict(),
            "b": self.b._asdict(),
            "difference": self.value,
            "stderr": self.stderr,
            "interval": list(self.interval),
            "z": self.z,
            "p": self.p,
            "b_is": self.verdict,
        }


@dataclass(frozen=True)
class Comparison:
    """Two evaluations under one protocol, output by output.

    Attributes:
        n: Number of layouts.
        provenance: What both rest on.
        differences: In table order.
        skipped: Outputs that cannot be compared, with the reason.
    """

    n: int
    provenance: Mapping[str, str]
    differences: tuple[Difference, ...]
    skipped: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        """Return a JSON value."""
        return {
            "n": self.n,
            "provenance": dict(self.provenance),
            "test": "paired, two-sided, normal approximation; not corrected for the number of outputs",
            "level": LEVEL,
            "differences": [difference.to_json() for difference in self.differences],
            "not_compared": dict(self.skipped),
        }


def compare(a: Evaluation, b: Evaluation, outputs: Sequence[str] | None = None) -> Comparison:
    """Compare two evaluations of the same layouts, image by image.

    Args:
        a: The evaluation that is compared with.
        b: The other one, better or worse.
        outputs: Names of outputs; None takes all.

    Raises:
        InputError: Other layouts, protocol or networks; fewer than two images; an unknown output; nothing to compare.
    """
    require_same_task(a, b, ("A", "B"))
    _require_same_keys(a, b)
    known = list(dict.fromkeys((*a.results, *b.results)))
    for output in outputs or ():
        if output not in known:
            raise unknown_name("an output of these evaluations", output, known, _LIST)
    place = {key: i for i, key in enumerate(b.keys)}
    order = [place[key] for key in a.keys]
    differences, skipped = [], {}
    for output in known if outputs is None else dict.fromkeys(outputs):
        score_a, score_b = a.results.get(output), b.results.get(output)
        if isinstance(score_a, Value) and isinstance(score_b, Value) and output in a.per_image.keys() & b.per_image:
            column = b.per_image[output]
            stderr = _stderr(a.per_image[output], [column[i] for i in order])
            differences.append(Difference(output, a.higher_is_better[output], score_a, score_b, stderr))
        else:
            skipped[output] = _absence(score_a, score_b)
    if not differences:
        reasons = "; ".join(by_reason(skipped)) or "they have no outputs"
        raise InputError(
            f"A and B have no number in common that can be compared: {reasons.removesuffix('.')}. Evaluate both again."
        )
    return Comparison(len(a.keys), a.provenance, tuple(differences), skipped)


def compare_stored(a: Stored, b: Stored, outputs: Sequence[str] | None = None) -> dict[str, Comparison]:
    """Compare the evaluations of two files, with their images' numbers, under each protocol that both have.

    Raises:
        InputError: As `compare`; or no protocol in common.
    """
    common = [protocol for protocol in a.evaluations if protocol in b.evaluations]
    if not common:
        raise InputError(
            f"{a.path} is of protocol {', '.join(a.evaluations)} and {b.path} of {', '.join(b.evaluations)}; numbers "
            "compare only under one protocol. Evaluate both under the same one ('--protocol')."
        )
    pairs = {protocol: (a.evaluations[protocol], b.evaluations[protocol]) for protocol in common}
    known = {protocol: {*one.results, *other.results} for protocol, (one, other) in pairs.items()}
    for output in outputs or ():
        if not any(output in names for names in known.values()):
            raise unknown_name("an output of these files", output, set().union(*known.values()), _LIST)
    asked = {p: None if outputs is None else [o for o in outputs if o in known[p]] for p in common}
    return {p: compare(*pairs[p], asked[p]) for p in common if asked[p] != []}


def table(comparison: Comparison) -> str:
    """Return the comparison as text: one row per output, and below it how to read it."""
    rows: list[tuple[str, ...]] = [("metric", "A", "B", "B - A ± std. error", f"{1 - LEVEL:.0%} interval", "p", "B is")]
    for d in comparison.differences:
        low, high = (format_score(Value(x, d.stderr, d.a.n)).partition(" ±")[0] for x in d.interval)
        p = "< 0.001" if d.p < 0.001 else f"{d.p:.3f}"
        difference = format_score(Value(d.value, d.stderr, d.a.n))
        arrow = "↑" if d.higher_is_better else "↓"
        cells = (format_score(d.a), format_score(d.b), difference, f"{low} to {high}", p, d.verdict)
        rows.append((f"{d.output} {arrow}", *cells))
    title = f"{task(comparison.provenance)}, {counted(comparison.n, 'layout')}, paired"
    return "\n".join([title, "", *aligned(rows), "", *_notes(comparison)])


def _notes(comparison: Comparison) -> list[str]:
    """How to read the table, and what it lacks."""
    notes = [
        f"p: two-sided, normal approximation to the paired differences. B is better or worse where p < {LEVEL:g}; 'no "
        "difference' says that none was shown."
    ]
    if comparison.n < _FEW:
        notes.append(f"{comparison.n} layouts are few for a normal approximation.")
    tests = len(comparison.differences)
    if tests > 1:
        notes.append(
            f"{tests} outputs were tested and p is not corrected for that. Below {LEVEL / tests:.2g} (Bonferroni) a "
            "difference holds whatever the others show."
        )
    return notes + [f"not compared  {line}" for line in by_reason(comparison.skipped)]


def _stderr(a: Sequence[float], b: Sequence[float]) -> float:
    """Standard error of the mean of b - a."""
    differences = [y - x for x, y in zip(a, b, strict=True)]
    n = len(differences)
    mean = math.fsum(differences) / n
    return math.sqrt(math.fsum((d - mean) ** 2 for d in differences) / (n * (n - 1)))


def _absence(a: Value | NotAvailable | None, b: Value | NotAvailable | None) -> str:
    """Why an output cannot be compared."""
    for side, score, other in (("A", a, b), ("B", b, a)):
        if score is None:
            return f"not among the numbers of {side}"
        if isinstance(score, NotAvailable):
            return f"n/a in {'A and B' if score == other else side}: {score.reason}"
    return "no image has a share in it (unpaired)"


def _require_same_keys(a: Evaluation, b: Evaluation) -> None:
    if len(a.keys) < 2 or set(a.keys) != set(b.keys):
        only_a, only_b = sorted(set(a.keys).difference(b.keys)), sorted(set(b.keys).difference(a.keys))
        if not (only_a or only_b):
            raise InputError(
                f"a comparison was asked for of {len(a.keys)} layouts; its standard error needs at least 2. "
                "Evaluate more images."
            )
        parts = [
            f"{len(keys)} are in {side} alone ({', '.join(keys[:10])}{', ...' if len(keys) > 10 else ''})"
            for side, keys in (("A", only_a), ("B", only_b))
            if keys
        ]
        raise InputError(
            f"A has {len(a.keys)} layouts and B {len(b.keys)}; they are compared image by image and need the same: "
            f"{' and '.join(parts)}. Evaluate both on one set."
        )
