"""What comes of a contract, whatever an entry raises."""

from __future__ import annotations

import sys

import pytest

from sisbench.contracts import NotApplicable, Outcome, Suite, Violation
from sisbench.contracts._base import require_close
from sisbench.evaluation import Value


def keeps(subject: str) -> None:
    """It is good."""
    if subject == "bad":
        raise Violation("it is bad")
    if subject == "absent":
        raise NotApplicable("it is not here")
    if subject == "broken":
        raise KeyError("lost")
    if subject == "leaving":
        sys.exit(0)


@pytest.mark.parametrize(
    ("subjects", "status", "reason"),
    [
        (["good"], "ok", ""),
        (["absent"], "n/a", "it is not here"),
        (["absent", "good"], "ok", ""),
        (["absent", "bad"], "failed", "bad: it is bad"),
        (["bad"], "failed", "it is bad"),
        (["good", "broken"], "failed", "broken: it raises KeyError: 'lost'"),
        (["leaving"], "failed", "it raises SystemExit: 0"),
    ],
)
def test_outcomes(subjects: list[str], status: str, reason: str) -> None:
    (found,) = Suite((keeps,), lambda name: subjects).run("thing")
    assert (found.promise, found.status, found.reason) == ("It is good", status, reason)


def test_what_cannot_be_read_fails_before_any_contract() -> None:
    def unreadable(name: str) -> list[str]:
        raise AttributeError(name)

    assert list(Suite((keeps,), unreadable).run("thing")) == [
        Outcome("What it declares can be read", "failed", "it raises AttributeError: thing")
    ]


@pytest.mark.parametrize(
    ("found", "kept"),
    [
        (Value(1.0, 0.1, 4), True),
        (Value(1.0 + 1e-12, 0.1 + 1e-10, 4), True),
        (Value(1.0 + 1e-9, 0.1, 4), False),
        (Value(1.0, 0.1 + 1e-8, 4), False),
        (Value(1.0, None, 4), False),
        (Value(1.0, 0.1, 5), False),
    ],
)
def test_results_agree_up_to_the_order_of_sums(found: Value, kept: bool) -> None:
    if kept:
        require_close({"x": found}, {"x": Value(1.0, 0.1, 4)}, "in parts")
        return
    with pytest.raises(Violation, match="in parts x is "):
        require_close({"x": found}, {"x": Value(1.0, 0.1, 4)}, "in parts")
