"""JSON files that tell when a number in them was edited: strict reading, and a digest of their canonical form.

The digest guards against slips and damage, not against forgers, who can compute it too: 'sisbench verify' scores the
images again. Canonical form: keys sorted, no spaces, ASCII, floats by `repr`, which reads back to the same bits.
"""

from __future__ import annotations

import hashlib
import json
import math
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from sisbench.errors import InputError

_KEY = "digest"


def seal(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return a JSON object with its digest as a further entry, as it reads back (texts for keys, lists for tuples).

    Raises:
        ValueError: A number is not finite.
        TypeError: Something that JSON does not have.
    """
    plain = json.loads(json.dumps(value, allow_nan=False))
    return {**plain, _KEY: digest(plain)}


def digest(value: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical form of a JSON object without its digest, in hexadecimal."""
    content = {key: entry for key, entry in value.items() if key != _KEY}
    return hashlib.sha256(
        json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()
    ).hexdigest()


def require_seal(value: Mapping[str, Any], path: Path) -> str:
    """Return the digest of a JSON object that was read from a file.

    Raises:
        InputError: It has none, or that of another content.
    """
    said, found = value.get(_KEY), digest(value)
    if said == found:
        return found
    recorded = f"records the digest {said[:12]}..." if isinstance(said, str) else "records no digest"
    raise InputError(
        f"{path} {recorded}, but its content has {found[:12]}...: the numbers were edited or damaged after they were "
        "written. Take the original file, or run again."
    )


def load(path: Path, what: str, advice: str) -> Any:
    """Read a JSON file strictly: UTF-8, every number finite, every name once.

    Args:
        path: The file.
        what: What it should be, with its article ("a run record").
        advice: What to do where it is something else, one sentence.

    Raises:
        InputError: It cannot be read, is no JSON, holds NaN, Infinity or a number beyond floating point, or an object
            in it has a name twice: readers differ in which of the two values counts.
    """
    try:
        return json.loads(
            path.read_bytes().decode(),
            parse_constant=_refuse,
            parse_float=_finite,
            parse_int=_integer,
            object_pairs_hook=_object,
        )
    except (OSError, ValueError, RecursionError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or error
        raise InputError(f"{path} cannot be read as {what} ({reason}). {advice}") from error


def _refuse(number: str) -> NoReturn:
    shown = number if len(number) < 24 else f"{number[:20]}..."
    raise ValueError(f"it holds {shown} where finite numbers are expected")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        _refuse(text)
    return number


def _integer(text: str) -> int:
    number = int(text)
    if abs(number) > sys.float_info.max:
        _refuse(text)
    return number


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{twice!r} stands twice in one object")
    return found
