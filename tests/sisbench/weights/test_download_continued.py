"""A download that goes on where another one ended, on a server that may have changed its mind."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sisbench.weights._download import download
from sisbench.weights._http import DownloadError
from tests.sisbench.weights.downloading import QUICK, SIZE, begun, get
from tests.sisbench.weights.server import (
    CONTENT,
    Behaviour,
    Handler,
    Server,
    answer,
    hang_up,
    status,
)


def test_another_file_starts_again(server: Server, part: Path) -> None:
    begun(server, part)
    server.content, server.etag = CONTENT[::-1], '"second"'
    get(server, part)
    assert part.read_bytes() == CONTENT[::-1]
    assert server.asked == [("/net.pth", "bytes=50000-")]  # If-Range makes it one request


def test_another_file_in_the_middle_of_a_download(server: Server, part: Path) -> None:
    def change(handler: Handler) -> None:
        hang_up(50_000)(handler)
        server.content, server.etag = CONTENT[::-1], '"second"'

    server.script = [change]
    get(server, part)
    assert part.read_bytes() == CONTENT[::-1]


def test_a_server_that_ignores_ranges(server: Server, part: Path) -> None:
    begun(server, part)
    server.script = [answer(CONTENT, Content_Length=SIZE, ETag='"first"')]
    seen = get(server, part)
    assert part.read_bytes() == CONTENT
    assert seen[0] == (0, SIZE)


@pytest.mark.parametrize(
    ("etag", "span"),
    [
        ('"second"', f"bytes 50000-{SIZE - 1}/{SIZE}"),
        ('"first"', f"bytes 40000-{SIZE - 1}/{SIZE}"),
        ('"first"', f"bytes 50000-{SIZE}/{SIZE + 1}"),
        ('"first"', "bytes 50000-60000/*"),
        ('"first"', "nonsense"),
    ],
    ids=["tag", "offset", "size", "unknown size", "nonsense"],
)
def test_a_part_of_something_else_is_not_appended(server: Server, part: Path, etag: str, span: str) -> None:
    begun(server, part)
    rest = CONTENT[50_000:]
    server.script = [answer(rest, 206, Content_Length=len(rest), ETag=etag, Content_Range=span)]
    get(server, part)
    assert part.read_bytes() == CONTENT
    assert [span for _, span in server.asked] == ["bytes=50000-", None]


def test_a_part_that_nobody_asked_for(server: Server, part: Path) -> None:
    server.script = [answer(b"xx", 206, Content_Length=2, Content_Range=f"bytes 0-1/{SIZE}")]
    with pytest.raises(DownloadError, match="answers 206, expected the file"):
        get(server, part)


def test_a_file_that_became_shorter(server: Server, part: Path) -> None:
    begun(server, part)
    server.script = [status(416)]
    get(server, part)
    assert part.read_bytes() == CONTENT
    assert [span for _, span in server.asked] == ["bytes=50000-", None]


def test_the_date_of_a_file_serves_as_well(server: Server, part: Path) -> None:
    date = "Sat, 01 Jan 2022 00:00:00 GMT"
    server.etag = date  # `If-Range` carries either
    server.script = [answer(CONTENT[:50_000], Content_Length=SIZE, Last_Modified=date, ETag='W/"weak"')]
    get(server, part)
    assert part.read_bytes() == CONTENT
    assert [span for _, span in server.asked] == [None, "bytes=50000-"]


@pytest.mark.parametrize("headers", [{}, {"ETag": 'W/"weak"'}], ids=["none", "weak"])
def test_without_a_validator_a_file_starts_again(server: Server, part: Path, headers: dict[str, str]) -> None:
    server.script = [answer(CONTENT[:50_000], Content_Length=SIZE, **headers)]
    get(server, part)
    assert part.read_bytes() == CONTENT
    assert [span for _, span in server.asked] == [None, None]


@pytest.mark.parametrize("note", ["", "{}", "[]", '{"url": 1}', "null"])
def test_a_part_with_a_damaged_note_starts_again(server: Server, part: Path, note: str) -> None:
    begun(server, part)
    part.with_name("net.pth.part.json").write_text(note)
    get(server, part)
    assert part.read_bytes() == CONTENT
    assert server.asked == [("/net.pth", None)]


def test_a_part_of_another_address_starts_again(server: Server, part: Path) -> None:
    begun(server, part)
    download(f"{server.url}/other.pth", part, QUICK, lambda done, total: None)
    assert part.read_bytes() == CONTENT
    assert server.asked == [("/other.pth", None)]


def test_a_part_longer_than_its_file_starts_again(server: Server, part: Path) -> None:
    begun(server, part)
    part.write_bytes(bytes(SIZE + 1))
    get(server, part)
    assert part.read_bytes() == CONTENT


def test_an_interrupted_process_leaves_what_it_takes_to_continue(server: Server, part: Path) -> None:
    def interrupt(done: int, total: int | None) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download(f"{server.url}/net.pth", part, QUICK, interrupt)
    kept = part.stat().st_size
    assert kept > 0
    note = json.loads(part.with_name("net.pth.part.json").read_text())
    assert note == {"url": f"{server.url}/net.pth", "size": SIZE, "validator": '"first"'}
    get(server, part)
    assert part.read_bytes() == CONTENT
    assert server.asked[1:] == ([("/net.pth", f"bytes={kept}-")] if kept < SIZE else [])


def test_no_length(server: Server, part: Path) -> None:
    server.script = [answer(CONTENT)]
    seen = get(server, part)
    assert part.read_bytes() == CONTENT
    assert seen[-1] == (SIZE, None)


def test_chunks(server: Server, part: Path) -> None:
    def chunked(content: bytes, end: bytes) -> Behaviour:
        body = b"%x\r\n%s\r\n" % (len(content), content) + end
        return answer(body, Transfer_Encoding="chunked")

    server.script = [chunked(CONTENT[:1000], b""), chunked(CONTENT, b"0\r\n\r\n")]
    get(server, part)
    assert part.read_bytes() == CONTENT
    assert len(server.asked) == 2


def test_a_length_that_is_too_large_is_a_broken_connection(server: Server, part: Path) -> None:
    server.usual = answer(CONTENT, Content_Length=SIZE + 10)
    with pytest.raises(DownloadError, match=f"ended after {SIZE} of {SIZE + 10} bytes"):
        get(server, part)
