"""The contracts of sisbench, from a plug-in's own tests: one test for each contract of each entry."""

from __future__ import annotations

import pytest
from sisbench import contracts, plugins

ENTRIES = [(entry.kind, entry.name) for entry in plugins.find("sisbench-example-plugin")]


@pytest.mark.parametrize(("kind", "name"), ENTRIES)
def test_every_contract_is_kept(kind: str, name: str) -> None:
    assert [outcome for outcome in contracts.run(kind, name) if outcome.status == "failed"] == []


def test_there_is_one_entry_of_every_kind() -> None:
    assert {kind for kind, _ in ENTRIES} == {"methods", "metrics", "datasets", "protocols", "segmenters"}
