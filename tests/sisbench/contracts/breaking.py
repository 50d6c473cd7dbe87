"""Contracts must be seen to fail: each on an entry that breaks it and that is right in what is not looked at."""

from __future__ import annotations

from typing import Any

from sisbench.contracts import Suite
from sisbench.contracts._base import Outcome


def outcome(suite: Suite, contract: str, name: str) -> Outcome:
    """What comes of one contract of an entry, by the name of its function."""
    (chosen,) = [each for each in suite.contracts if each.__name__ == contract]
    (found,) = Suite((chosen,), suite.subjects).run(name)
    return found


def assert_broken(suite: Suite, contract: str, name: str, reason: str) -> None:
    found = outcome(suite, contract, name)
    assert found.status == "failed", found
    assert reason in found.reason, found.reason


def assert_kept(suite: Suite, name: str) -> None:
    """The entry that the broken ones derive from is right, so each of them is wrong in one thing."""
    failed = [found for found in suite.run(name) if found.status == "failed"]
    assert not failed, failed


def assert_all_seen(suite: Suite, cases: Any) -> None:
    """No contract is without an entry that breaks it."""
    assert {contract.__name__ for contract in suite.contracts} == {contract for contract, *_ in cases}
