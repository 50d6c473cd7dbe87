"""Files of weights brought to this machine: downloaded, or added from a copy; checked before they have their name."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from sisbench.errors import InputError
from sisbench.files import atomic, sha256
from sisbench.weights._download import Patience, Progress, download, forget
from sisbench.weights._http import DownloadError
from sisbench.weights._locate import check, copies, folder, how_to_get
from sisbench.weights._pins import pin, pinned
from sisbench.weights._readable import assert_readable
from sisbench.weights._registry import Unavailable, Weight, get

MIRROR_VARIABLE = "SISBENCH_MIRROR"
"""Environment variable: address of a folder that holds the files under their names; asked in place of their origins."""

OFFLINE_VARIABLE = "SISBENCH_OFFLINE"
"""Environment variable: anything but 0 forbids every download."""


def fetch(
    name: str,
    into: Path | None = None,
    mirror: str | None = None,
    *,
    offline: bool = False,
    patience: Patience | None = None,
    progress: Progress = lambda done, total: None,
    notify: Callable[[str], None] = lambda message: None,
) -> Path:
    """Return the verified file of a network, after a download if it is not here.

    The download goes to `FILE.part` beside the target, and is continued if it was interrupted. Processes that fetch the
    same file into the same folder wait for each other.

    Args:
        name: Name in the registry.
        into: Folder that must hold the file; a good copy elsewhere on this machine is copied into it. None: any place
            where `find` looks will do, and a download goes to `$SISBENCH_WEIGHTS`, else `~/.cache/sisbench/weights`.
        mirror: Address of a folder to ask in place of the origin. None: `$SISBENCH_MIRROR`, if set.
        offline: Whether downloads are forbidden; they also are by `$SISBENCH_OFFLINE`.
        patience: How long to wait for the server.
        progress: Is told the bytes that have arrived, and those of the whole file if known.
        notify: Is told what a user who waits should know.

    Raises:
        InputError: No file has this name, or the disk does not take it.
        Unavailable: The file cannot be had: no network, no server that gives it, or not the published one.
    """
    weight = get(name)
    target = (into or folder()) / weight.filename
    if (found := _good_copy(weight, into, notify)) is not None:
        return _placed(name, found, into)
    if offline or os.environ.get(OFFLINE_VARIABLE, "0") not in ("", "0"):
        raise Unavailable(
            f"{weight.filename} is not here, and downloads are forbidden (--offline or ${OFFLINE_VARIABLE}). "
            f"Run 'sisbench weights add {name} FILE' with a copy, or allow them."
        )
    url = _address(weight, mirror or os.environ.get(MIRROR_VARIABLE))
    part = target.with_name(f"{target.name}.part")
    with _alone(target, notify):
        if (found := _good_copy(weight, into, lambda message: None)) is not None:  # another process was faster
            return _placed(name, found, into)
        try:
            download(url, part, patience or Patience(), progress)
        except DownloadError as error:
            raise Unavailable(
                f"{error} Another source can be named with --mirror; a copy of the file is taken in by "
                f"'sisbench weights add {name} FILE'."
            ) from error
        try:
            digest = _right_digest(weight, part, target, url)
            if weight.sha256 is None:  # nothing else tells that it is whole
                assert_readable(part, url, target.suffix)
        except InputError:
            forget(part)
            raise
        part.replace(target)
        forget(part)
        if weight.sha256 is None:
            pin(target, digest, f"fetched from {url}")
    return target


def add(name: str, source: Path, into: Path | None = None) -> Path:
    """Copy a file into the folder of weights, once it is known to be the right one; return its place there.

    Args:
        name: Name in the registry.
        source: The file, under any name.
        into: Folder for the copy. None: `$SISBENCH_WEIGHTS`, else `~/.cache/sisbench/weights`.

    Raises:
        InputError: No file has this name, `source` is no file, it is another one than published or pinned, or holds no
            weights; or the copy cannot be written.
    """
    weight = get(name)
    target = (into or folder()) / weight.filename
    if not source.is_file():
        raise InputError(f"{source} is to be added as {name}, but is not a file. Check the path.")
    digest = _right_digest(weight, source, target, source)
    assert_readable(source, source, target.suffix)
    if not (target.exists() and source.samefile(target)):
        with atomic(target) as temporary:
            shutil.copyfile(source, temporary)
            if sha256(temporary) != digest:
                raise InputError(f"{source} changed while it was copied; nothing was added. Issue the command again.")
    if weight.sha256 is None:
        pin(target, digest, "added")
    return target


def _good_copy(weight: Weight, into: Path | None, notify: Callable[[str], None]) -> Path | None:
    """Return a file that is here and the right one; wrong ones are told of, and a download will precede them."""
    for path in copies(weight, into):
        try:
            check(weight, path)
        except Unavailable as error:
            notify(str(error))
        else:
            return path
    return None


def _placed(name: str, found: Path, into: Path | None) -> Path:
    """Return the place of a good file in the folder that must hold it; a file elsewhere is copied there."""
    elsewhere = into is not None and found.parent.resolve() != into.resolve()
    return add(name, found, into) if elsewhere else found


def _address(weight: Weight, mirror: str | None) -> str:
    if mirror:
        return f"{mirror.rstrip('/')}/{weight.filename}"
    if weight.direct:
        return weight.url
    raise Unavailable(f"{weight.filename} is not here, and cannot be fetched. {how_to_get(weight)}")


@contextmanager
def _alone(target: Path, notify: Callable[[str], None]) -> Iterator[None]:
    """Keep other processes from fetching the same file; the operating system frees the lock of one that dies."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(target.with_name(f".{target.name}.lock"))
        try:
            lock.acquire(timeout=0)
        except Timeout:
            notify(f"waiting for another process that fetches {target.name}")
            lock.acquire()
    except OSError as error:
        raise InputError(
            f"cannot write into {target.parent}: {error.strerror}. Name a folder that is writable with --folder."
        ) from error
    try:
        yield
    finally:
        lock.release()


def _right_digest(weight: Weight, path: Path, target: Path, source: Path | str) -> str:
    """Return the digest of a file that is to become `target`; raise if it is not what was published or pinned."""
    digest = sha256(path)
    expected = weight.sha256 or pinned(target)
    if expected is not None and not digest.startswith(expected):
        kind = "published" if weight.sha256 else "pinned when the file was first used"
        raise Unavailable(
            f"{source} is not {weight.filename}: its {path.stat().st_size} bytes have the SHA-256 {digest}, expected "
            f"{expected} ({kind}). Nothing was kept of it. Try again, or take the file from another source."
        )
    return digest
