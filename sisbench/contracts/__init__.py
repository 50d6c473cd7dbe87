"""Contracts: what every entry of a kind promises, looked at without a test framework.

One suite for each kind, the same for sisbench's own entries (in its tests) and for those of plug-ins (by `sisbench
check-plugin`, or from a plug-in's own tests).

>>> from sisbench import contracts
>>> [outcome.status for outcome in contracts.run("protocols", "tinytown-v1")]
['ok', 'ok', 'ok', 'ok']
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator

from sisbench.contracts._base import NotApplicable as NotApplicable
from sisbench.contracts._base import Outcome as Outcome
from sisbench.contracts._base import Suite as Suite
from sisbench.contracts._base import Violation as Violation
from sisbench.plugins import GROUPS


def run(kind: str, name: str) -> Iterator[Outcome]:
    """Look at every contract of an entry.

    Args:
        kind: One of `sisbench.plugins.GROUPS`.
        name: Name of the entry; its plug-in must load.

    Yields:
        What came of each contract, as soon as it is known.
    """
    yield from suite(kind).run(name)


def suite(kind: str) -> Suite:
    """Return the contracts of one kind (one of `sisbench.plugins.GROUPS`)."""
    if kind not in GROUPS:
        raise KeyError(kind)
    found: Suite = importlib.import_module(f"sisbench.contracts.{kind}").SUITE
    return found
