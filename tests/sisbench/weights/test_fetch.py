"""Files brought to this machine: checked before they have their name, one process at a time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from sisbench import weights
from sisbench.errors import InputError
from sisbench.weights import Patience, Unavailable, _fetch
from tests.sisbench.weights.known import CONTENT, PINNED, PREFIXED, digest, publish_both, state, visible
from tests.sisbench.weights.server import Server, answer, hang_up, redirect, stall, status

QUICK = Patience(timeout=0.3, tries=2, backoff=0.001)


@pytest.fixture(autouse=True)
def published(server: Server, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish_both(monkeypatch, server.url)
    server.content = CONTENT


@pytest.fixture
def own(empty_machine: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SISBENCH_WEIGHTS", str(tmp_path / "own"))
    return tmp_path / "own"


def test_a_fetched_file_is_found(server: Server, own: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    path = weights.fetch(PREFIXED, progress=lambda done, total: seen.append((done, total)))
    assert path == own / "net.pth" == weights.find(PREFIXED)
    assert path.read_bytes() == CONTENT
    assert visible(own) == ["net.pth"]
    assert seen[-1] == (len(CONTENT), len(CONTENT))


def test_without_a_folder_it_goes_to_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SISBENCH_WEIGHTS")
    assert weights.fetch(PREFIXED) == tmp_path / "home" / ".cache" / "sisbench" / "weights" / "net.pth"


def test_what_is_here_is_not_fetched(server: Server) -> None:
    weights.fetch(PREFIXED)
    weights.fetch(PREFIXED)
    weights.fetch("lpips-alex-v0.1")
    assert len(server.asked) == 1


def test_what_is_here_is_copied_into_a_given_folder(server: Server, tmp_path: Path) -> None:
    weights.fetch(PREFIXED)
    assert weights.fetch(PREFIXED, tmp_path / "given") == tmp_path / "given" / "net.pth"
    assert weights.fetch("lpips-alex-v0.1", tmp_path / "given").name == "lpips-alex-v0.1.pth"
    assert len(server.asked) == 1
    assert (tmp_path / "given" / "net.pth").read_bytes() == CONTENT


def test_what_comes_meanwhile_is_copied_into_a_given_folder(
    server: Server, own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked, here = [], _fetch._good_copy

    def another_process_adds_it(*arguments: Any) -> Path | None:
        looked.append(here(*arguments))
        own.mkdir(exist_ok=True)
        (own / "net.pth").write_bytes(CONTENT)
        return looked[-1]

    monkeypatch.setattr(_fetch, "_good_copy", another_process_adds_it)
    assert weights.fetch(PREFIXED, tmp_path / "given") == tmp_path / "given" / "net.pth"
    assert looked == [None, own / "net.pth"]
    assert (tmp_path / "given" / "net.pth").read_bytes() == CONTENT
    assert not server.asked


def test_a_damaged_file_is_replaced(server: Server, own: Path) -> None:
    own.mkdir()
    (own / "net.pth").write_bytes(b"damaged")
    told: list[str] = []
    weights.fetch(PREFIXED, notify=told.append)
    assert (own / "net.pth").read_bytes() == CONTENT
    assert len(told) == 1
    assert "not the published file" in told[0]


@pytest.mark.parametrize(
    "wrong", [CONTENT[:-1], CONTENT[:-1] + b"x", b"<html>Please log in</html>"], ids=["cut", "one byte", "page"]
)
def test_a_wrong_file_leaves_nothing(server: Server, own: Path, wrong: bytes) -> None:
    server.content = wrong
    message = rf"net\.pth is not net\.pth: its {len(wrong)} bytes have the SHA-256 {digest(wrong)}, expected "
    with pytest.raises(Unavailable, match=f"{message}{digest(CONTENT)[:8]} .published.*Nothing was kept"):
        weights.fetch(PREFIXED)
    assert visible(own) == []
    server.content, server.etag = CONTENT, '"second"'
    assert weights.fetch(PREFIXED).read_bytes() == CONTENT


def test_a_length_that_is_too_small_is_a_wrong_file(server: Server, own: Path) -> None:
    server.usual = answer(CONTENT, Content_Length=len(CONTENT) - 10)
    with pytest.raises(Unavailable, match=f"its {len(CONTENT) - 10} bytes have the SHA-256"):
        weights.fetch(PREFIXED)
    assert visible(own) == []


def test_a_damaged_part_is_noticed(server: Server, own: Path) -> None:
    server.script = [hang_up(1000)]
    with pytest.raises(Unavailable, match="1000 bytes are kept; the same command continues"):
        weights.fetch(PREFIXED, patience=Patience(tries=1))
    (own / "net.pth.part").write_bytes(bytes(1000))
    with pytest.raises(Unavailable, match="have the SHA-256"):
        weights.fetch(PREFIXED)
    assert visible(own) == []
    assert weights.fetch(PREFIXED).read_bytes() == CONTENT


def test_an_interrupted_fetch_continues(server: Server, own: Path) -> None:
    server.script = [hang_up(1000)]
    with pytest.raises(Unavailable):
        weights.fetch(PREFIXED, patience=Patience(tries=1))
    assert visible(own) == ["net.pth.part", "net.pth.part.json"]
    with pytest.raises(Unavailable, match="neither in"):
        weights.find(PREFIXED)
    weights.fetch(PREFIXED)
    assert server.asked[-1] == ("/net.pth", "bytes=1000-")
    assert visible(own) == ["net.pth"]


@pytest.mark.parametrize(
    ("script", "reason"),
    [([status(404)], "answers 404"), ([status(503)] * 2, "answers 503"), ([redirect("/net.pth")] * 20, "in circles")],
)
def test_a_failure_says_what_else_to_do(server: Server, script: list[object], reason: str) -> None:
    server.script = script  # type: ignore[assignment]
    advice = r"--mirror; a copy of the file is taken in by 'sisbench weights add inception-2015-12-05 FILE'\."
    with pytest.raises(Unavailable, match=f"{reason}.*{advice}"):
        weights.fetch(PREFIXED, patience=QUICK)


# Files without a published digest


def test_the_first_file_is_pinned(server: Server, own: Path) -> None:
    server.content = state(1)
    path = weights.fetch(PINNED)
    pins = json.loads((own / "sisbench-pins.json").read_text())
    url = f"{server.url}/places.pth.tar"
    assert pins == {"places.pth.tar": {"sha256": digest(state(1)), "origin": f"fetched from {url}"}}
    path.unlink()
    server.content, server.etag = state(2), '"second"'
    with pytest.raises(Unavailable, match=rf"expected {digest(state(1))} \(pinned when the file was first used\)"):
        weights.fetch(PINNED)
    assert not path.exists()
    server.content, server.etag = state(1), '"first"'
    assert weights.fetch(PINNED) == path


@pytest.mark.parametrize("wrong", [state()[:-1], b"<html>Please log in</html>", b""], ids=["cut", "page", "nothing"])
def test_what_cannot_be_weights_is_not_pinned(server: Server, own: Path, wrong: bytes) -> None:
    server.content = wrong
    with pytest.raises(InputError, match=rf"{server.url}/places\.pth\.tar cannot be read as weights"):
        weights.fetch(PINNED)
    assert visible(own) == []


# Mirrors, and no network


@pytest.mark.parametrize("end", ["", "/"])
def test_a_mirror_is_asked_in_place_of_the_origin(server: Server, monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    publish_both(monkeypatch)
    weights.fetch(PREFIXED, mirror=f"{server.url}/mirror{end}")
    monkeypatch.setenv("SISBENCH_MIRROR", f"{server.url}/other{end}")
    server.content = state(3)
    weights.fetch("drn_d_105.cityscapes")
    assert [path for path, _ in server.asked] == ["/mirror/net.pth", "/other/drn-d-105_ms_cityscapes.pth"]


def test_a_mirror_without_the_file_is_not_replaced_by_the_origin(server: Server) -> None:
    server.script = [status(404)]
    with pytest.raises(Unavailable, match=r"/mirror/net\.pth: the server answers 404"):
        weights.fetch(PREFIXED, mirror=f"{server.url}/mirror")
    assert len(server.asked) == 1


def test_what_no_host_gives_is_not_tried(server: Server) -> None:
    with pytest.raises(Unavailable, match=r"cannot be fetched\. No host gives the file itself.*fyu/drn"):
        weights.fetch("drn_d_105.cityscapes")


@pytest.mark.parametrize("value", ["1", "true"])
def test_offline(server: Server, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("SISBENCH_OFFLINE", value)
    message = r"net\.pth is not here, and downloads are forbidden.*'sisbench weights add inception-2015-12-05 FILE'"
    with pytest.raises(Unavailable, match=message):
        weights.fetch(PREFIXED)
    monkeypatch.setenv("SISBENCH_OFFLINE", "0")
    with pytest.raises(Unavailable, match=message):
        weights.fetch(PREFIXED, offline=True)
    assert server.asked == []
    weights.fetch(PREFIXED)
    monkeypatch.setenv("SISBENCH_OFFLINE", value)
    assert weights.fetch(PREFIXED) == weights.find(PREFIXED)


# Places that cannot be written


def test_a_folder_that_cannot_be_made(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"cannot write into .*Name a folder that is writable with --folder"):
        weights.fetch(PREFIXED, tmp_path / "file" / "folder")
    assert server.asked == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder(server: Server, own: Path) -> None:
    own.mkdir(mode=0o500)
    with pytest.raises(InputError, match="cannot write into"):
        weights.fetch(PREFIXED)


# Several at once

FETCH = """
import dataclasses, sys
from pathlib import Path
from sisbench import weights
from sisbench.weights import _registry
name, url, digest, folder = sys.argv[1:]
_registry._WEIGHTS[name] = dataclasses.replace(weights.get(name), filename="net.pth", url=url, sha256=digest)
print(weights.fetch(name, Path(folder), notify=lambda message: print(message, flush=True)))
"""


def test_processes_share_one_download(server: Server, own: Path) -> None:
    arguments = [PREFIXED, f"{server.url}/net.pth", digest(CONTENT), str(own)]
    own.mkdir()
    with FileLock(own / ".net.pth.lock"):  # so that all of them are there before the first begins
        processes = [
            subprocess.Popen([sys.executable, "-c", FETCH, *arguments], stdout=subprocess.PIPE, text=True)
            for _ in range(3)
        ]
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "waiting for another process that fetches net.pth\n"
    for process in processes:
        output, _ = process.communicate(timeout=30)
        assert output == f"{own / 'net.pth'}\n"
    assert len(server.asked) == 1
    assert (own / "net.pth").read_bytes() == CONTENT


def test_a_process_that_was_killed_hinders_nobody(server: Server, own: Path) -> None:
    server.script = [stall(1000)]
    arguments = [PREFIXED, f"{server.url}/net.pth", digest(CONTENT), str(own)]
    with subprocess.Popen([sys.executable, "-c", FETCH, *arguments]) as process:
        part, waited = own / "net.pth.part", threading.Event()
        while not (part.is_file() and part.stat().st_size == 1000):
            assert process.poll() is None
            waited.wait(0.01)
        process.kill()
    assert weights.fetch(PREFIXED).read_bytes() == CONTENT
    assert server.asked == [("/net.pth", None), ("/net.pth", "bytes=1000-")]
