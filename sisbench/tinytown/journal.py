"""What a folder holds of a rendering, so that it can be interrupted, continued and extended.

A finished folder lists its worlds in `worlds.jsonl` and the digest of every file in `SHA256SUMS`. While it is being
filled, a hidden folder `.rendering` holds a note for every world: written before the first of its files, and again with
their digests when all are there. A world counts as done only if its files have the digests that were noted.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from sisbench.errors import InputError
from sisbench.files import File, read_checksums, sha256, write_bytes
from sisbench.tinytown import spaces
from sisbench.tinytown.rendering import Rendering, facts_of

WORLDS, SUMS, LICENSE = "worlds.jsonl", "SHA256SUMS", "LICENSE"
_NOTES = ".rendering"
_TERMS = (
    "CC0 1.0 Universal: no rights reserved (https://creativecommons.org/publicdomain/zero/1.0/legalcode). Rendered by "
    "the procedural generator of sisbench.\n"
)


@dataclass(frozen=True)
class Note:
    """What is known of a world in a folder.

    Attributes:
        world: Its line of `worlds.jsonl`.
        digests: SHA-256 of every file by name; empty while they are being written.
    """

    world: Mapping[str, Any]
    digests: Mapping[str, str] = field(default_factory=dict)

    @property
    def number(self) -> int:
        """Number of the world."""
        return int(self.world["world"])


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep other processes from rendering into a folder.

    Raises:
        InputError: One is at it.
    """
    notes = folder / _NOTES
    notes.mkdir(parents=True, exist_ok=True)
    lock = FileLock(notes / "lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise InputError(
            f"another process is rendering into {folder}. Wait for it, or name another folder with '--output'."
        ) from error
    try:
        yield
    finally:
        lock.release()


def write(folder: Path, note: Note) -> None:
    """Write a note, in place of an earlier one of the same world."""
    content = {"world": note.world, "digests": note.digests}
    write_bytes(folder / _NOTES / f"{note.number:06d}.json", json.dumps(content, allow_nan=False).encode())


def read(folder: Path, rendering: Rendering) -> dict[int, Note]:
    """Return the notes of all worlds in a folder, by number.

    Raises:
        InputError: The folder holds something else, or worlds that were rendered in another way.
    """
    notes = _listed(folder) if (folder / WORLDS).is_file() else {}
    for path in sorted((folder / _NOTES).glob("*.json")):
        try:
            content = json.loads(path.read_bytes())
            note = Note(content["world"], content["digests"])
            notes[note.number] = note
        except (ValueError, KeyError, TypeError):  # damaged by somebody: as good as none
            continue
    wanted = rendering.facts()
    for note in notes.values():
        found = facts_of(note.world)
        if different := [
            f"{what}: {found[what]}, not {wanted[what]}" for what in wanted if found[what] != wanted[what]
        ]:
            raise InputError(
                f"{folder} holds worlds that were rendered in another way ({'; '.join(different)}). Name another "
                "folder with '--output', or ask for what is there."
            )
    others = [] if notes or not folder.is_dir() else sorted(p.name for p in folder.iterdir() if p.name[0] != ".")
    if others:
        raise InputError(
            f"{folder} holds files of something else, such as {others[0]}; expected a new or empty folder, or one that "
            "this command filled. Name another one with '--output'."
        )
    return notes


def done(
    folder: Path, notes: Mapping[int, Note], progress: Callable[[int, int], None] = lambda done, total: None
) -> set[int]:
    """Return the numbers of worlds whose files are all there as they were noted.

    Args:
        folder: The folder.
        notes: What is known of its worlds.
        progress: Called with the number of worlds that were read and their total.
    """
    finished = [note for note in notes.values() if note.digests]

    def whole(note: Note) -> bool:
        paths = {folder / name: digest for name, digest in note.digests.items()}
        return all(path.is_file() and sha256(path) == digest for path, digest in paths.items())

    found = set()
    with ThreadPoolExecutor() as pool:
        for count, (note, right) in enumerate(zip(finished, pool.map(whole, finished), strict=True), start=1):
            found |= {note.number} if right else set()
            progress(count, len(finished))
    return found


def sweep(folder: Path, note: Note) -> None:
    """Remove what an interrupted process left beside the files of a world under temporary names."""
    for name in _names(note.world):
        path = folder / name
        for litter in path.parent.glob(f".{path.name}.*.part"):
            litter.unlink(missing_ok=True)


def close(folder: Path, notes: Mapping[int, Note]) -> None:
    """List the worlds of a folder, and remove what was needed to get there.

    Args:
        folder: The folder.
        notes: Of all worlds in it, with digests.
    """
    lines = [json.dumps(notes[number].world, allow_nan=False) + "\n" for number in sorted(notes)]
    digests = {name: digest for note in notes.values() for name, digest in note.digests.items()}
    for name, content in ((WORLDS, "".join(lines)), (LICENSE, _TERMS)):
        write_bytes(folder / name, content.encode())
        digests[name] = sha256(folder / name)
    write_bytes(folder / SUMS, "".join(f"{digests[name]}  ./{name}\n" for name in sorted(digests)).encode())
    shutil.rmtree(folder / _NOTES)


def _listed(folder: Path) -> dict[int, Note]:
    """Notes from the lists of a finished folder."""
    digests = read_checksums(File(folder, SUMS)) if (folder / SUMS).is_file() else {}
    notes = {}
    for line, text in enumerate((folder / WORLDS).read_text(encoding="utf-8").splitlines(), start=1):
        try:
            world = json.loads(text)
            names = _names(world)
            note = Note(world, {name: digests[name] for name in names} if names <= digests.keys() else {})
            notes[note.number] = note
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"{folder / WORLDS}: line {line} does not describe a world of this generator. Name another folder with "
                "'--output'."
            ) from error
    return notes


def _names(world: Mapping[str, Any]) -> set[str]:
    """Names of all files of a world."""
    space = spaces.get(world["space"])
    paths = [space.paths(view, world["split"], world["category"], world["world"]) for view in world["views"]]
    return {name for files in paths for name in (files.photo, files.layout, files.instance)}
