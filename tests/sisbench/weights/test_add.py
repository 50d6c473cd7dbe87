"""Files that the user has, taken into the folder of weights."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sisbench import weights
from sisbench.errors import InputError
from sisbench.weights import Unavailable
from tests.sisbench.weights.known import CONTENT, PINNED, PREFIXED, digest, publish, publish_both, state, visible


@pytest.fixture(autouse=True)
def own(empty_machine: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    publish_both(monkeypatch)
    monkeypatch.setenv("SISBENCH_WEIGHTS", str(tmp_path / "own"))
    return tmp_path / "own"


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    (tmp_path / "downloads").mkdir()
    return tmp_path / "downloads" / "any name"


def test_add(own: Path, mine: Path) -> None:
    mine.write_bytes(CONTENT)
    assert weights.add(PREFIXED, mine) == own / "net.pth" == weights.find(PREFIXED)
    assert visible(own) == ["net.pth"]
    assert mine.read_bytes() == CONTENT


def test_add_pins_what_has_no_published_digest(own: Path, mine: Path) -> None:
    mine.write_bytes(state(1))
    weights.add(PINNED, mine)
    pins = json.loads((own / "sisbench-pins.json").read_text())
    assert pins == {"places.pth.tar": {"sha256": digest(state(1)), "origin": "added"}}
    mine.write_bytes(state(2))
    with pytest.raises(Unavailable, match=rf"{mine} is not places\.pth\.tar.*expected {digest(state(1))} .pinned"):
        weights.add(PINNED, mine)
    assert (own / "places.pth.tar").read_bytes() == state(1)


def test_add_in_place_pins_and_copies_nothing(own: Path) -> None:
    own.mkdir()
    (own / "places.pth.tar").write_bytes(state(1))
    before = (own / "places.pth.tar").stat()
    weights.add(PINNED, own / "places.pth.tar")
    after = (own / "places.pth.tar").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert "places.pth.tar" in json.loads((own / "sisbench-pins.json").read_text())


def test_add_replaces_a_damaged_file(own: Path, mine: Path) -> None:
    own.mkdir()
    (own / "net.pth").write_bytes(b"damaged")
    mine.write_bytes(CONTENT)
    weights.add(PREFIXED, mine)
    assert (own / "net.pth").read_bytes() == CONTENT


def test_add_another_file(own: Path, mine: Path) -> None:
    mine.write_bytes(state(2))
    with pytest.raises(Unavailable, match=rf"{mine} is not net\.pth.*expected {digest(CONTENT)[:8]} .published"):
        weights.add(PREFIXED, mine)
    assert not own.exists()


def test_add_what_holds_no_weights(own: Path, mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine.write_bytes(b"published, but no weights")
    publish(monkeypatch, PREFIXED, filename="net.pth", sha256=digest(mine.read_bytes()))
    with pytest.raises(InputError, match=rf"{mine} cannot be read as weights"):
        weights.add(PREFIXED, mine)
    assert not own.exists()


@pytest.mark.parametrize("name", ["nowhere", "."])
def test_add_nothing(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"is not a file\. Check the path"):
        weights.add(PREFIXED, tmp_path / name)


def test_a_file_that_changes_while_it_is_copied(own: Path, mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine.write_bytes(CONTENT)

    def copy(source: Path, target: Path) -> None:
        target.write_bytes(b"something else")

    monkeypatch.setattr("shutil.copyfile", copy)
    with pytest.raises(InputError, match="changed while it was copied; nothing was added"):
        weights.add(PREFIXED, mine)
    assert visible(own) == []


def test_no_room_for_a_copy(own: Path, mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine.write_bytes(CONTENT)

    def copy(source: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfile", copy)
    with pytest.raises(InputError, match=r"cannot write .*net\.pth: No space left"):
        weights.add(PREFIXED, mine)
    assert visible(own) == []
