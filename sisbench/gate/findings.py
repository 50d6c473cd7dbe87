"""What the gate has found, as plain data: of one number, of one pair, of a whole call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sisbench.evaluation import NotAvailable, Value
from sisbench.gate.explain import Change, diagnosis
from sisbench.gate.rules import Tolerance
from sisbench.gate.subjects import Subject
from sisbench.scored import EXACT

Verdict = Literal["regressed", "improved", "within", "unchanged", "lost", "gained", "n/a"]
Score = Value | NotAvailable | None


@dataclass(frozen=True)
class Move:
    """One output of a baseline and of its record.

    Attributes:
        output: Its name.
        higher_is_better: Its direction.
        before: The baseline's score; None where the baseline does not have the output.
        after: The record's score, likewise.
        tolerance: How far it may move.
        allowed: The same in the unit of the output; None where one side has no number.
        stderr: Standard error of the difference, where the tolerance is an interval.
        images: Of a regression, the images whose pseudo-values moved most, and how far; empty where the two evaluations
            were not compared image by image.
    """

    output: str
    higher_is_better: bool
    before: Score
    after: Score
    tolerance: Tolerance
    allowed: float | None = None
    stderr: float | None = None
    images: tuple[tuple[str, float], ...] = ()

    @property
    def change(self) -> float | None:
        """Record less baseline; None where one has no number."""
        if isinstance(self.before, Value) and isinstance(self.after, Value):
            return self.after.value - self.before.value
        return None

    @property
    def verdict(self) -> Verdict:
        """What has become of the number.

        "unchanged" is equal but for the rounding of sums, "within" has moved no further than allowed, "lost" was a
        number and is one no more, "gained" is the reverse, "n/a" is a number on neither side.
        """
        if self.change is None:
            if isinstance(self.before, Value):
                return "lost"
            return "gained" if isinstance(self.after, Value) else "n/a"
        assert isinstance(self.before, Value) and self.allowed is not None
        rounding = EXACT * abs(self.before.value)
        if abs(self.change) <= rounding:
            return "unchanged"
        if abs(self.change) <= self.allowed + rounding:
            return "within"
        return "improved" if (self.change > 0) == self.higher_is_better else "regressed"

    def to_json(self) -> dict[str, Any]:
        """Return a JSON value."""
        return {
            "output": self.output,
            "higher_is_better": self.higher_is_better,
            "baseline": _score_to_json(self.before),
            "record": _score_to_json(self.after),
            "change": self.change,
            "tolerance": str(self.tolerance),
            "allowed": self.allowed,
            "stderr": self.stderr,
            "verdict": self.verdict,
            "images": [{"key": key, "change": change} for key, change in self.images],
        }


@dataclass(frozen=True)
class Judged:
    """A baseline and its record.

    Attributes:
        baseline: What it was checked against.
        record: What was checked.
        moves: Every output, in table order.
        changes: What else differs between the two, as far as it is recorded.
        notes: What a reader must know.
    """

    baseline: Subject
    record: Subject
    moves: tuple[Move, ...]
    changes: tuple[Change, ...]
    notes: tuple[str, ...]

    def having(self, *verdicts: Verdict) -> list[Move]:
        """Return the outputs with one of the verdicts."""
        return [move for move in self.moves if move.verdict in verdicts]

    def failures(self, strict: bool) -> list[Move]:
        """Return the outputs that fail the gate; where it is strict, improvements too."""
        return self.having("regressed", "lost", *(("improved",) if strict else ()))

    @property
    def diagnosis(self) -> str:
        """Which stage the changes point to; empty where no number moved and all were measured alike."""
        moved = any(move.verdict not in ("unchanged", "n/a") for move in self.moves)
        if not moved and all(change.kind != "measurement" for change in self.changes):
            return ""
        return diagnosis(self.changes, self.baseline, self.record)

    def to_json(self, strict: bool) -> dict[str, Any]:
        """Return a JSON value."""
        return {
            **self.record.identity._asdict(),
            "n": self.record.evaluation.n,
            "baseline": str(self.baseline.path),
            "record": str(self.record.path),
            "failed": bool(self.failures(strict)),
            "outputs": [move.to_json() for move in self.moves],
            "changes": [change._asdict() for change in self.changes],
            "diagnosis": self.diagnosis,
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class Result:
    """All that a call of the gate found.

    Attributes:
        pairs: Baselines with their records.
        missing: Baselines without a record, and a hint where one is near.
        extra: Records without a baseline, which nothing is said about.
        strict: Whether improvements fail too.
        notes: What a reader must know.
    """

    pairs: tuple[Judged, ...]
    missing: tuple[tuple[Subject, str], ...]
    extra: tuple[Subject, ...]
    strict: bool
    notes: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether a number regressed or is missing; where the gate is strict, also whether one improved."""
        return bool(self.missing) or any(pair.failures(self.strict) for pair in self.pairs)

    def count(self, verdict: Verdict) -> int:
        """Return the number of outputs with a verdict."""
        return sum(len(pair.having(verdict)) for pair in self.pairs)

    def to_json(self) -> dict[str, Any]:
        """Return a JSON value; the same files give the same bytes."""
        return {
            "check": 1,
            "failed": self.failed,
            "strict": self.strict,
            "pairs": [pair.to_json(self.strict) for pair in self.pairs],
            "missing": [
                {**subject.identity._asdict(), "baseline": str(subject.path), "hint": hint}
                for subject, hint in self.missing
            ],
            "extra": [{**subject.identity._asdict(), "record": str(subject.path)} for subject in self.extra],
            "notes": list(self.notes),
        }


def _score_to_json(score: Score) -> dict[str, Any] | None:
    if isinstance(score, NotAvailable):
        return {"not_available": score.reason}
    return None if score is None else score._asdict()
