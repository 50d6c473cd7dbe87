"""A download that the disk does not take."""

from __future__ import annotations

import resource
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sisbench.weights._download import forget
from sisbench.weights._http import DownloadError
from tests.sisbench.weights.downloading import SIZE, begun, get
from tests.sisbench.weights.server import (
    CONTENT,
    Server,
)


def test_no_room_is_known_before_a_byte_is_written(server: Server, part: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(part.parent)._replace(free=SIZE - 1)
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage)
    with pytest.raises(DownloadError, match=rf"{SIZE} bytes are to come and .* has room for {SIZE - 1}"):
        get(server, part)
    assert not part.exists()


def test_room_is_needed_for_the_rest_alone(server: Server, part: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun(server, part)
    usage = shutil.disk_usage(part.parent)._replace(free=SIZE - 50_000)
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage)
    get(server, part)
    assert part.read_bytes() == CONTENT


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """What a full disk does, done by the operating system."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_fills_up(server: Server, part: Path) -> None:
    with files_of_at_most(80_000), pytest.raises(DownloadError, match=r"cannot be written \(File too large\).*kept"):
        get(server, part)
    assert part.read_bytes() == CONTENT[:80_000]
    get(server, part)
    assert part.read_bytes() == CONTENT
    assert server.asked == [("/net.pth", None), ("/net.pth", "bytes=80000-")]


def test_a_place_that_cannot_be_written(server: Server, part: Path) -> None:
    part.mkdir()
    with pytest.raises(DownloadError, match="cannot be written"):
        get(server, part)


def test_forget(server: Server, part: Path) -> None:
    begun(server, part)
    forget(part)
    forget(part)
    assert list(part.parent.glob("net*")) == []
