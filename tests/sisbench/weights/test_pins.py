from __future__ import annotations

import json
from multiprocessing import get_context
from pathlib import Path

import pytest

from sisbench.errors import InputError
from sisbench.weights._pins import PINS, pin, pinned


def test_a_pin_is_read_back(tmp_path: Path) -> None:
    assert pinned(tmp_path / "a.pth") is None
    pin(tmp_path / "a.pth", "aa", "added")
    pin(tmp_path / "b.pth", "bb", "first use")
    assert pinned(tmp_path / "a.pth") == "aa"
    assert pinned(tmp_path / "b.pth") == "bb"
    assert pinned(tmp_path / "nowhere" / "a.pth") is None


def test_a_pin_stays(tmp_path: Path) -> None:
    pin(tmp_path / "a.pth", "aa", "added")
    pin(tmp_path / "a.pth", "cc", "added")
    assert pinned(tmp_path / "a.pth") == "aa"


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"a.pth": "aa"}', '{"a.pth": {}}', '{"a.pth": {"sha256": 1}}', "\xff"]
)
def test_damaged_pins_are_not_ignored(tmp_path: Path, text: str) -> None:
    (tmp_path / PINS).write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError, match=r"cannot be read as the digests.*Restore it, or delete it"):
        pinned(tmp_path / "a.pth")
    with pytest.raises(InputError, match="cannot be read as the digests"):
        pin(tmp_path / "a.pth", "aa", "added")
    assert (tmp_path / PINS).read_bytes() == text.encode("latin-1")


def _pin_many(folder: Path, worker: int) -> None:
    for index in range(20):
        pin(folder / f"{worker}-{index}.pth", f"{worker}{index}", "first use")


def test_processes_lose_no_pin_of_each_other(tmp_path: Path) -> None:
    context = get_context("spawn")
    workers = [context.Process(target=_pin_many, args=(tmp_path, worker)) for worker in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(json.loads((tmp_path / PINS).read_text())) == 40
