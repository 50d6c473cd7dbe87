"""Files of a data set, in a folder or in zip archives that are read in place; and the only writers of the project.

A reader asks a `Tree` for names and bytes and never learns which of the two it is. What a folder lacks may lie in the
archives that it holds, as they were downloaded: they are read as if they had been unpacked there. A folder is listed
only below the prefixes that are asked for (data sets lie beside gigabytes of other things), through symbolic links,
without hidden files. Whatever the project writes is written to a temporary name beside its target and renamed, so a
file that exists is whole.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import io
import json
import os
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sisbench.errors import InputError

_CHECKSUM = re.compile(r"([0-9a-f]{64}) [ *](?:\./)?(.+)")
"""A line of `sha256sum`: digest, mode of reading, name."""

_UNREADABLE = (OSError, KeyError, RuntimeError, EOFError, zipfile.BadZipFile, zlib.error)
"""What reading a folder or an archive raises: RuntimeError is an encrypted or unknown compression."""


@dataclass(frozen=True)
class File:
    """One file of a tree.

    Attributes:
        tree: Folder or zip archive.
        name: Path inside it, with forward slashes.
    """

    tree: Path
    name: str

    def read(self) -> bytes:
        """Return the content.

        Raises:
            InputError: The file is not there or cannot be read.
        """
        try:
            if self.tree.is_dir():
                return (self.tree / self.name).read_bytes()
            return _archive(self.tree).read(self.name)
        except _UNREADABLE as error:
            raise InputError(f"cannot read {self}: {error}. Check the file, or fetch the data again.") from error

    def open(self) -> io.BytesIO:
        """Return the content as a seekable stream."""
        return io.BytesIO(self.read())

    def fingerprint(self) -> str:
        """Return what changes with the content, without reading it: size and time, in an archive size and checksum.

        Raises:
            InputError: The file is not there.
        """
        try:
            if self.tree.is_dir():
                status = (self.tree / self.name).stat()
                return f"{status.st_size} {status.st_mtime_ns}"
            member = _archive(self.tree).getinfo(self.name)
            return f"{member.file_size} {member.CRC:08x}"
        except _UNREADABLE as error:
            raise InputError(f"cannot read {self}: {error}. Check the file, or fetch the data again.") from error

    def __str__(self) -> str:
        return str(self.tree / self.name)


class Tree:
    """All files below a folder or inside a zip archive.

    Args:
        root: Folder or archive.
        what: What the tree holds, for error messages ("Cityscapes").
        obtain: What a user does to get the data, one sentence.
        archives: Whether what a folder lacks is looked for in the zip archives that lie in it.

    Raises:
        InputError: Nothing is there, or it is no readable archive.
    """

    def __init__(self, root: Path, what: str = "data", obtain: str = "", archives: bool = False) -> None:
        self.root, self._look_inside = root, archives
        advice = f" {obtain}" if obtain else ""
        if not root.exists():
            raise InputError(f"{what} was looked for in {root}, which does not exist.{advice}")
        self._archived: frozenset[str] | None = None
        self._listings: dict[str, frozenset[str]] = {}
        if root.is_dir():
            return
        try:
            self._archived = _members(root)
        except _UNREADABLE as error:
            raise InputError(
                f"{what}: {root} is neither a folder nor a readable zip archive ({error}).{advice}"
            ) from error

    def names(self, prefix: str = "", suffixes: tuple[str, ...] = ("",)) -> list[str]:
        """Names that start with a prefix and end with one of the suffixes, sorted.

        Raises:
            InputError: A folder cannot be listed.
        """
        own = sorted(n for n in self._below(prefix.rpartition("/")[0]) if n.startswith(prefix) and n.endswith(suffixes))
        return own or sorted(n for n in self._packed if n.startswith(prefix) and n.endswith(suffixes))

    def folders(self, parent: str = "") -> list[str]:
        """Names of the folders that lie directly in a folder of the tree ("" is its root), sorted.

        Raises:
            InputError: The folder cannot be listed.
        """
        prefix = f"{parent}/" if parent else ""
        inner = (n.removeprefix(prefix) for n in self._archived or self._packed if n.startswith(prefix))
        found = {n.partition("/")[0] for n in inner if "/" in n}
        folder = self.root / parent
        if self._archived is None and folder.is_dir():
            found |= {entry.name for entry in _entries(folder) if _is_folder(entry)}
        return sorted(found)

    def has(self, name: str) -> bool:
        """Whether a file of this name exists."""
        if self._archived is not None:
            return name in self._archived
        return (self.root / name).is_file() or name in self._packed

    def has_folder(self, name: str) -> bool:
        """Whether a folder of this name exists; archives in the root are opened only where it has no such folder."""
        if self._archived is None and (self.root / name).is_dir():
            return True
        return any(n.startswith(f"{name}/") for n in self._archived or self._packed)

    def file(self, name: str) -> File:
        """Return a handle on a file; it is opened only when read."""
        if self._archived is None and not (self.root / name).exists() and name in self._packed:
            return File(self._packed[name], name)
        return File(self.root, name)

    @functools.cached_property
    def _packed(self) -> Mapping[str, Path]:
        """The names in the archives that lie in the folder, and where each is; of equal names the first."""
        packed: dict[str, Path] = {}
        if self._archived is not None or not self._look_inside:
            return packed
        for path in sorted(self.root / e.name for e in _entries(self.root) if e.name.lower().endswith(".zip")):
            try:
                names = _members(path)
            except _UNREADABLE as error:
                raise InputError(
                    f"{path} is no readable zip archive ({error}), and {self.root} itself does not hold everything. "
                    "Fetch the archive again, or move it elsewhere."
                ) from error
            for name in names:
                packed.setdefault(name, path)
        return packed

    def _below(self, folder: str) -> frozenset[str]:
        """All names in a folder, whatever its depth; a folder on disk is walked once."""
        if self._archived is not None:
            return self._archived
        if folder not in self._listings:
            path, prefix = self.root / folder, f"{folder}/" if folder else ""
            self._listings[folder] = frozenset(_walk(path, prefix, frozenset())) if path.is_dir() else frozenset()
        return self._listings[folder]


def _walk(folder: Path, prefix: str, parents: frozenset[tuple[int, int]]) -> Iterator[str]:
    """Yield the files below a folder; links are followed, except back to a folder that is being walked (a loop)."""
    status = folder.stat()
    identity = (status.st_dev, status.st_ino)
    if identity in parents:
        return
    for entry in _entries(folder):
        if _is_folder(entry):
            yield from _walk(folder / entry.name, f"{prefix}{entry.name}/", parents | {identity})
        else:
            yield f"{prefix}{entry.name}"


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    """Visible entries of a folder (hidden ones are litter such as `._name.png`)."""
    try:
        with os.scandir(folder) as entries:
            return [entry for entry in entries if not _hidden(entry.name)]
    except OSError as error:
        raise InputError(f"cannot list {folder}: {error}. Check its permissions.") from error


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself: keep it as a file, so that whoever needs it reads it and learns its name
        return False


def _members(path: Path) -> frozenset[str]:
    """Visible files in an archive."""
    return frozenset(name for name in _archive(path).namelist() if not name.endswith("/") and not _hidden(name))


def _hidden(name: str) -> bool:
    return name.startswith(".") or "/." in name or name.startswith("__MACOSX/")


def _archive(path: Path) -> zipfile.ZipFile:
    """Return an archive, opened once per process.

    A handle must not be shared with a forked loader (they share its offset) nor outlive a file that was replaced.
    """
    status = path.stat()
    return _open_archive(path, os.getpid(), status.st_mtime_ns, status.st_size)


@functools.lru_cache(maxsize=8)
def _open_archive(path: Path, *identity: int) -> zipfile.ZipFile:
    del identity  # only part of the cache's key
    return zipfile.ZipFile(path)


def sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def read_checksums(file: File) -> dict[str, str]:
    """Read a list of `sha256sum`: digests by the names of files, which are below the folder of the list.

    Raises:
        InputError: It cannot be read, or a line is something else.
    """
    digests = {}
    for number, line in enumerate(file.read().decode(errors="replace").splitlines(), start=1):
        if not (found := _CHECKSUM.fullmatch(line)):
            raise InputError(
                f"{file}: line {number} is {line[:80]!r}; expected a SHA-256 and a name. Fetch the data again."
            )
        digests[found[2]] = found[1]
    return digests


@contextlib.contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it into place when the block ends well, else remove it.

    Raises:
        InputError: The file cannot be written (full disk, no permission); nothing is left behind.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield temporary
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or error
        raise InputError(
            f"cannot write {path}: {reason}. Free some space, or choose a place that is writable."
        ) from error


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file atomically."""
    with atomic(path) as temporary:
        temporary.write_bytes(content)


def write_json(path: Path, value: Any) -> None:
    """Write JSON atomically, indented, with a final newline; NaN and infinity are refused."""
    write_bytes(path, (json.dumps(value, indent=2, allow_nan=False) + "\n").encode())
