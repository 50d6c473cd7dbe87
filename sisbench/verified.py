"""What came of scoring a record's images again: every number beside the recorded one, as data and as text."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

from sisbench.errors import counted, first
from sisbench.evaluation import Evaluation, NotAvailable, Value
from sisbench.gate.explain import Change
from sisbench.record import RunRecord
from sisbench.report_text import aligned, by_reason, task

Verdict = Literal["same", "differs", "not verified"]
Score = Value | NotAvailable
_MANY = ("standard errors", "numbers of images", "classes", "single images")


class Check(NamedTuple):
    """One number as it was recorded and as it comes out now.

    Attributes:
        name: What it is of.
        recorded: The record's number; None where that is n/a.
        now: The number of the images; None where this machine cannot compute it.
        scale: Size of the terms that the number is a sum of: what rounding is relative to.
        reason: Why there is no number now; empty where there is one.
    """

    name: str
    recorded: float | None
    now: float | None
    scale: float
    reason: str = ""

    @property
    def difference(self) -> float | None:
        """Now less recorded; None where one is absent."""
        return None if self.recorded is None or self.now is None else self.now - self.recorded

    @property
    def relative(self) -> float:
        """Absolute difference over the scale; 0 where there is none."""
        return abs(self.difference) / self.scale if self.difference else 0.0

    def verdict(self, tolerance: float) -> Verdict | None:
        """Judge the number; None where nothing was recorded.

        Args:
            tolerance: Difference that counts as rounding, relative to the scale.
        """
        if self.recorded is None:
            return None
        if self.difference is None:
            return "not verified"
        return "same" if self.relative <= tolerance else "differs"


@dataclass(frozen=True)
class Verification:
    """What came of it.

    Attributes:
        record: The record.
        path: Its file.
        images: Where the images are.
        tolerance: Difference that counts as rounding, relative.
        checks: By kind: "numbers", "real images", "standard errors", "numbers of images", "classes", "single images".
        changed: What is not as it was when the record was written: images, protocol, networks, versions, machine.
        unchecked: What could not be looked at, and why.
    """

    record: RunRecord
    path: Path
    images: Path
    tolerance: float
    checks: Mapping[str, tuple[Check, ...]]
    changed: tuple[Change, ...]
    unchecked: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """Whether any number differs; if none does, whether each that was recorded, one at least, could be computed."""
        verdicts = {check.verdict(self.tolerance) for check in self._all()} - {None}
        return "differs" if "differs" in verdicts else "same" if verdicts == {"same"} else "not verified"

    def text(self) -> str:
        """Return a report for the terminal."""
        spec = self.record.spec
        title = f"{spec.get('method')}, recipe {spec.get('recipe')}, seed {spec.get('seed')}: "
        count = counted(self.record.evaluation.n, "image")
        head = f"{title}{task(self.record.evaluation.provenance)}, {count}\nrecord  {self.path}\nimages  {self.images}"
        lost = {c.name: c.reason for c in self._all() if c.verdict(self.tolerance) == "not verified"}
        since = [f"changed  {change.what}: {change.before}, now {change.after}" for change in self.changed]
        notes = [f"not verified  {line}" for line in by_reason(lost)] + [
            f"not looked at  {why}" for why in self.unchecked
        ]
        blocks = [head, "\n".join(self._table()), "\n".join(self._summaries()), "\n".join(notes), "\n".join(since)]
        return "\n\n".join([*filter(None, blocks), self._conclusion()])

    def _all(self) -> Iterator[Check]:
        return itertools.chain.from_iterable(self.checks.values())

    def _table(self) -> list[str]:
        rows: list[tuple[str, ...]] = [("metric", "recorded", "now", "difference", "")]
        for kind, suffix in (("numbers", ""), ("real images", " (real images)")):
            for check in self.checks[kind]:
                sides = ("n/a" if x is None else f"{x:.10g}" for x in (check.recorded, check.now))
                difference = "" if check.difference is None else f"{check.difference:.2g}"
                rows.append((f"{check.name}{suffix}", *sides, difference, check.verdict(self.tolerance) or ""))
        return aligned(rows)

    def _summaries(self) -> Iterator[str]:
        """One line for each kind of numbers that are too many to print."""
        for kind in _MANY:
            pairs = [check for check in self.checks[kind] if check.difference is not None]
            if not pairs:
                continue
            worst = max(pairs, key=lambda check: check.relative)
            found = "all equal" if worst.relative == 0 else f"largest difference {worst.relative:.2g}, {worst.name}"
            differing = sum(check.verdict(self.tolerance) == "differs" for check in pairs)
            yield f"{kind}: {counted(len(pairs), 'number')}, {found}" + (f"; {differing} differ" if differing else "")

    def _conclusion(self) -> str:
        within = f"within {self.tolerance:g}, relative"
        match self.verdict:
            case "same":
                return f"Same: every recorded number comes out again ({within})."
            case "differs":
                names = list(dict.fromkeys(c.name for c in self._all() if c.verdict(self.tolerance) == "differs"))
                cause = (
                    "What changed since is listed above; '--tolerance' allows for another machine."
                    if self.changed
                    else "Nothing that is recorded changed since: the numbers were not those of these images."
                )
                return f"Differs ({within}): {', '.join(first(names))}. {cause}"
        if any(check.recorded is not None for check in self._all()):
            return f"Not verified: what could be computed is the same ({within}), the rest stands above with reasons."
        return "Not verified: the record holds no number, only the reasons why there is none."


def compared(recorded: Evaluation, now: Evaluation) -> dict[str, tuple[Check, ...]]:
    """Hold every number of an evaluation against that of another one of the same images, by kind."""
    return {
        "numbers": tuple(_pairs(recorded.results, now.results, _sizes(now))),
        "real images": tuple(_pairs(recorded.real, now.real, {})),
        "standard errors": tuple(_errors(recorded, now)),
        "numbers of images": tuple(
            Check(output, one.n, other.n, 1.0) for output, one, other in _both(recorded.results, now.results)
        ),
        "classes": tuple(
            check
            for mine, other, side in (
                (recorded.per_class, now.per_class, ""),
                (recorded.real_per_class, now.real_per_class, " (real images)"),
            )
            for quantity, scores in mine.items()
            for check in _pairs(scores, other.get(quantity, {}), {}, prefix=f"{quantity} of ", suffix=side)
        ),
        "single images": tuple(
            Check(f"{output} of {key}", one, other, size)
            for output, column in recorded.per_image.items()
            if output in now.per_image
            for size in (_size(now.per_image[output]),)
            for key, one, other in zip(recorded.keys, column, now.per_image[output], strict=True)
        ),
    }


def _pairs(
    recorded: Mapping[str, Any], now: Mapping[str, Any], sizes: Mapping[str, float], prefix: str = "", suffix: str = ""
) -> Iterator[Check]:
    for name, one in recorded.items():
        other = now.get(name, NotAvailable("this version of sisbench does not compute it"))
        before = one.value if isinstance(one, Value) else None
        after = other.value if isinstance(other, Value) else None
        scale = max(abs(before or 0.0), abs(after or 0.0), sizes.get(name, 0.0))
        reason = other.reason if isinstance(other, NotAvailable) else ""
        yield Check(f"{prefix}{name}{suffix}", before, after, scale, reason)


def _errors(recorded: Evaluation, now: Evaluation) -> Iterator[Check]:
    for side, mine, other in (("", recorded.results, now.results), (" (real images)", recorded.real, now.real)):
        for output, one, two in _both(mine, other):
            size = max(abs(one.value), abs(two.value), one.stderr or 0.0, _sizes(now).get(output, 0.0))
            if one.stderr is not None or two.stderr is not None:
                yield Check(f"{output}{side}", one.stderr, two.stderr, size)


def _both(recorded: Mapping[str, Score], now: Mapping[str, Score]) -> Iterator[tuple[str, Value, Value]]:
    for name, one in recorded.items():
        other = now.get(name)
        if isinstance(one, Value) and isinstance(other, Value):
            yield name, one, other


def _sizes(evaluation: Evaluation) -> dict[str, float]:
    """Size of the terms of each number: an estimate may be nearly 0 while the shares of the images are not."""
    return {output: _size(column) for output, column in evaluation.per_image.items()}


def _size(column: Iterable[float]) -> float:
    values = [abs(x) for x in column]
    return math.fsum(values) / len(values)
