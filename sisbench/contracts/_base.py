"""What a contract is, and how one is looked at: no test framework, so that it can run on anybody's machine."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sisbench.evaluation import Value


class Violation(AssertionError):
    """An entry does not keep a contract; the message says what was found and what is promised."""


class NotApplicable(Exception):
    """A contract says nothing about an entry, or cannot be looked at on this machine; the message says why."""


@dataclass(frozen=True)
class Outcome:
    """What came of one contract.

    Attributes:
        promise: The contract, one line.
        status: Whether it is kept.
        reason: Why not, or why it does not apply; empty if it is kept.
    """

    promise: str
    status: Literal["ok", "failed", "n/a"]
    reason: str = ""


@dataclass(frozen=True)
class Suite:
    """The contracts of one kind of entry.

    Attributes:
        contracts: Each looks at one subject; the first line of its docstring is what it promises.
        subjects: From a name to what the contracts look at (a method is looked at in each of its recipes).
    """

    contracts: tuple[Callable[[Any], None], ...]
    subjects: Callable[[str], list[Any]]

    def run(self, name: str) -> Iterator[Outcome]:
        """Look at every contract of an entry; one that fails stops no other."""
        try:
            subjects = self.subjects(name)
        except (Exception, SystemExit) as error:
            yield Outcome("What it declares can be read", "failed", f"it raises {type(error).__name__}: {error}")
            return
        for contract in self.contracts:
            yield _outcome(contract, subjects)


def _outcome(contract: Callable[[Any], None], subjects: list[Any]) -> Outcome:
    promise = (contract.__doc__ or "").partition("\n")[0].rstrip(".")
    reasons = []
    for subject in subjects:
        where = f"{subject}: " if len(subjects) > 1 else ""
        try:
            contract(subject)
        except NotApplicable as reason:
            reasons.append(f"{where}{reason}")
        except Violation as violation:
            return Outcome(promise, "failed", f"{where}{violation}")
        except (Exception, SystemExit) as error:  # an entry may raise anything; that is a finding, not an end
            return Outcome(promise, "failed", f"{where}it raises {type(error).__name__}: {error}")
    return Outcome(promise, "n/a", reasons[0]) if reasons and len(reasons) == len(subjects) else Outcome(promise, "ok")


def require(kept: bool, violation: str) -> None:
    """Raise a `Violation` unless a condition holds."""
    if not kept:
        raise Violation(violation)


def require_close(found: Mapping[str, Value], expected: Mapping[str, Value], when: str) -> None:
    """Raise a `Violation` unless two results agree up to the order in which floats were added up.

    Values may differ by 1e-10 of themselves, standard errors by 1e-8, numbers of images not at all.
    """
    require(list(found) == list(expected), f"{when} it gives {list(found)}, otherwise {list(expected)}")
    for output, (value, stderr, n) in expected.items():
        other = found[output]
        same = math.isclose(other.value, value, rel_tol=1e-10, abs_tol=1e-14) and other.n == n
        if same and stderr is not None and other.stderr is not None:
            same = math.isclose(other.stderr, stderr, rel_tol=1e-8, abs_tol=1e-12)
        require(
            same and (stderr is None) == (other.stderr is None),
            f"{when} {output} is {other}, otherwise {(value, stderr, n)}",
        )
