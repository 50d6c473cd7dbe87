"""One file over HTTP, resumable: what has arrived is kept, and continued if the server still holds the same file.

Nothing here knows about weights or digests. The bytes go to a partial file; beside it, in JSON, stand the address, the
size, and the validator by which the server is asked whether its file is still the same (`If-Range`, RFC 9110 section
13.1.5). A server that ignores the question, or has another file, sends the whole of it, and the partial file starts
again. A file without a size or a validator cannot be continued.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from sisbench.files import write_json
from sisbench.weights._http import DownloadError, Transient, request

Progress = Callable[[int, int | None], None]
"""Is told the bytes that have arrived, and those of the whole file if the server says how many."""

_BLOCK = 1 << 20
_LONGEST_WAIT = 60.0


@dataclass(frozen=True)
class Patience:
    """How long to wait for a server.

    Attributes:
        timeout: Seconds without a byte after which a connection counts as broken.
        tries: Attempts in a row that bring nothing new, before giving up.
        backoff: Seconds before the second attempt; doubled before each further one, up to a minute.
    """

    timeout: float = 30.0
    tries: int = 5
    backoff: float = 1.0


@dataclass(frozen=True)
class _State:
    """What is known of the file of which a part is here."""

    url: str
    size: int
    validator: str


def download(url: str, part: Path, patience: Patience, progress: Progress) -> None:
    """Complete a partial file, or start it.

    Args:
        url: Where the file is, http or https.
        part: The partial file; it is whole when this returns, and keeps what has arrived when this raises.
        patience: How long to wait.
        progress: Is told how far it is.

    Raises:
        DownloadError: The server does not give the file, or the disk does not take it.
    """
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise DownloadError(f"cannot fetch {url}: expected an address such as https://host/file, or one with http.")
    furthest, failures = _size(part), 0
    while True:
        try:
            _attempt(url, part, patience.timeout, progress)
            return
        except Transient as error:
            if error.stale:
                forget(part)
            size = _size(part)
            failures = 1 if size > furthest else failures + 1
            furthest = max(furthest, size)
            if failures >= patience.tries:
                kept = f" {size} bytes are kept; the same command continues." if _read_state(part, url) else ""
                raise DownloadError(
                    f"cannot fetch {url}: {error}. Attempts that brought nothing new: {failures}.{kept}"
                ) from error
            time.sleep(min(_LONGEST_WAIT, max(error.wait, patience.backoff * 2 ** (failures - 1))))


def forget(part: Path) -> None:
    """Remove a partial file and what is known of it."""
    part.unlink(missing_ok=True)
    _state_file(part).unlink(missing_ok=True)


def _attempt(url: str, part: Path, timeout: float, progress: Progress) -> None:
    """Ask once, and take in what comes."""
    state = _read_state(part, url)
    offset = _size(part) if state else 0
    if state and offset == state.size:
        return
    headers = {"User-Agent": "sisbench", "Accept-Encoding": "identity"}
    if state and offset:
        headers |= {"Range": f"bytes={offset}-", "If-Range": state.validator}
    with request(url, headers, timeout) as response:
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise DownloadError(f"cannot fetch {url}: the server sends it compressed, expected the file as it is.")
        total: int | None
        if response.status == http.HTTPStatus.PARTIAL_CONTENT and state and offset:
            total = state.size
            if not _continues(response, state, offset):
                raise Transient("the server holds another file than when the download began", stale=True)
        elif response.status == http.HTTPStatus.OK:
            offset, total = 0, response.length
            _start(part, url, response)
        else:
            raise DownloadError(f"cannot fetch {url}: the server answers {response.status}, expected the file.")
        _check_room(part, url, (total or 0) - offset)
        _receive(response, part, url, offset, total, progress)


def _continues(response: http.client.HTTPResponse, state: _State, offset: int) -> bool:
    """Whether a partial answer is the rest of the file that was begun."""
    told = response.headers.get("ETag" if state.validator.startswith('"') else "Last-Modified")
    span = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", response.headers.get("Content-Range", ""))
    rest = (offset, state.size - 1, state.size)
    return told in (None, state.validator) and span is not None and tuple(map(int, span.groups())) == rest


def _start(part: Path, url: str, response: http.client.HTTPResponse) -> None:
    """Begin a file anew, and note what it takes to continue it."""
    with _writing(part, url):
        forget(part)
    etag = response.headers.get("ETag", "")
    validator = etag if etag.startswith('"') else response.headers.get("Last-Modified")  # a weak tag is no validator
    if response.length is not None and validator:
        write_json(_state_file(part), asdict(_State(url, response.length, validator)))


def _check_room(part: Path, url: str, missing: int) -> None:
    free = shutil.disk_usage(part.parent).free
    if missing > free:
        raise DownloadError(
            f"cannot fetch {url}: {missing} bytes are to come and {part.parent} has room for {free}. "
            "Make room, or name another folder with --folder."
        )


def _receive(
    response: http.client.HTTPResponse, part: Path, url: str, offset: int, total: int | None, progress: Progress
) -> None:
    """Append what comes; an answer that ends early is transient."""
    done = offset
    with _writing(part, url):
        stream = part.open("ab", buffering=0)  # unbuffered: closing it writes nothing, hence cannot fail
    with stream:
        progress(done, total)
        while block := response.read1(_BLOCK):
            with _writing(part, url):
                rest = memoryview(block)
                while rest:
                    rest = rest[stream.write(rest) :]
            done += len(block)
            progress(done, total)
        with _writing(part, url):
            os.fsync(stream.fileno())
    if total is not None and done < total:
        raise Transient(f"the connection ended after {done} of {total} bytes")


@contextlib.contextmanager
def _writing(part: Path, url: str) -> Iterator[None]:
    """Tell failures of the disk from those of the network, which are of the same type."""
    try:
        yield
    except OSError as error:
        raise DownloadError(
            f"cannot fetch {url}: {part} cannot be written ({error.strerror}). What has arrived is kept: make room and "
            "issue the same command again, or name another folder with --folder."
        ) from error


def _read_state(part: Path, url: str) -> _State | None:
    """Return what is known of a partial file; None if it cannot be continued."""
    try:
        state = _State(**json.loads(_state_file(part).read_text(encoding="utf-8")))
        return state if state.url == url and _size(part) <= state.size else None
    except (OSError, ValueError, TypeError):  # there is none, or it is damaged: the file starts again
        return None


def _state_file(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def _size(part: Path) -> int:
    return part.stat().st_size if part.is_file() else 0
