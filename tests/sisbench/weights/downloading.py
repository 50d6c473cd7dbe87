"""What the tests of the download share."""

from __future__ import annotations

from pathlib import Path

import pytest

from sisbench.weights._download import Patience, download
from sisbench.weights._http import DownloadError
from tests.sisbench.weights.server import CONTENT, Server, hang_up

SIZE = len(CONTENT)
QUICK = Patience(timeout=0.3, tries=3, backoff=0.001)


def get(server: Server, part: Path, patience: Patience = QUICK) -> list[tuple[int, int | None]]:
    seen: list[tuple[int, int | None]] = []
    download(f"{server.url}/net.pth", part, patience, lambda done, total: seen.append((done, total)))
    return seen


def begun(server: Server, part: Path, size: int = 50_000) -> None:
    """Leave the first bytes of the file behind, as a process that was killed does."""
    server.script = [hang_up(size)]
    with pytest.raises(DownloadError):
        get(server, part, Patience(tries=1))
    assert part.read_bytes() == CONTENT[:size]
    server.asked.clear()
    server.sent = 0
