"""Digests of files whose publishers give none: those of the first file that was fetched, added or used.

Trust on first use: nobody vouches for the first file, but from then on a damaged or replaced one is noticed. The pins
of a folder lie in it, in `sisbench-pins.json`, so that they are copied along with the files.
"""

from __future__ import annotations

import json
from pathlib import Path

from filelock import FileLock

from sisbench.errors import InputError
from sisbench.files import write_json

PINS = "sisbench-pins.json"
"""Name of the file of pins: {file name: {"sha256": digest, "origin": how the first file came}}."""


def pinned(path: Path) -> str | None:
    """Return the digest that a file must have, or had when it was pinned; None if it never was.

    Args:
        path: The file of weights; need not exist.

    Raises:
        InputError: The pins of its folder cannot be read.
    """
    entry = _read(path.parent / PINS).get(path.name)
    return None if entry is None else entry["sha256"]


def pin(path: Path, digest: str, origin: str) -> None:
    """Record the digest of a file; a pin that is there stays.

    Args:
        path: The file of weights.
        digest: Its SHA-256, in hexadecimal.
        origin: How it came ("fetched from URL").

    Raises:
        InputError: The pins of its folder cannot be read or written.
    """
    pins = path.parent / PINS
    try:
        with FileLock(path.parent / f".{PINS}.lock"):
            known = _read(pins)
            if path.name not in known:
                write_json(pins, {**known, path.name: {"sha256": digest, "origin": origin}})
    except OSError as error:  # of the lock: its folder is read-only
        raise InputError(f"cannot write {pins}: {error.strerror}. Use a folder that is writable.") from error


def _read(pins: Path) -> dict[str, dict[str, str]]:
    try:
        known = json.loads(pins.read_text(encoding="utf-8"))
        if not all(isinstance(entry["sha256"], str) for entry in known.values()):
            raise ValueError("a digest is no text")
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError, AttributeError, KeyError, TypeError) as error:
        raise InputError(
            f"{pins} cannot be read as the digests of the files beside it ({error}); expected what sisbench wrote. "
            "Restore it, or delete it if you trust the files: they are then pinned anew."
        ) from error
    return dict(known)
