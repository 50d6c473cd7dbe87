"""What a record must be to become one of the leaderboards; `promotion` copies those that are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sisbench import datasets, per_image, protocols, scored
from sisbench.errors import InputError
from sisbench.evaluation import Value
from sisbench.record import RunRecord

LARGEST = 5_000_000
"""Bytes of a file of the leaderboards, at most: they are part of every clone and every installation."""

FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,149}")
"""What is a file name on every system: no separator, no hidden file, no '..', not too long with a suffix."""

_NAMED = ("method", "dataset", "recipe", "protocol")


def reasons_against(record: RunRecord, path: Path, allow_dirty: bool, shared: bool) -> Iterator[str]:
    """Say why a record is not fit to be promoted.

    Args:
        record: The record.
        path: Its file; that of per-image numbers lies beside it.
        allow_dirty: Whether the code may have had changes that no commit holds.
        shared: Whether it would become one of the leaderboards that everybody has.
    """
    spec, provenance, evaluation = record.spec, record.provenance, record.evaluation
    if record.digest is None:
        yield "it is of schema 1, whose numbers nothing protects from edits; run again with this version of sisbench"
    if not any(isinstance(score, Value) for score in evaluation.results.values()):
        yield "it holds no number, only n/a; see 'sisbench doctor' for what is missing"
    if provenance.get("complete") is not True:
        yield f"it covers {evaluation.n} images and not the whole split; run again without '--limit'"
    nameless = [f for f in _NAMED if not isinstance(spec.get(f), str) or not FILE_NAME.fullmatch(spec[f])]
    for field in nameless:
        yield f"its {field} is {spec.get(field)!r}, which is no part of a file name (letters, digits, '._+-')"
    if not nameless:
        yield from _of_this_version(spec, evaluation.provenance)
    yield from _code(provenance.get("git"), allow_dirty)
    if (plugins := provenance.get("plugins")) and shared:
        names = ", ".join(plugins) if isinstance(plugins, dict) else repr(plugins)
        yield f"it was made with plug-ins ({names}), which others may not have; keep it elsewhere with '--to DIR'"
    if type(spec.get("seed")) is not int:
        yield f"its seed is {spec.get('seed')!r}, not a whole number; run again"
    try:
        scored.with_per_image(scored.read(path))
    except InputError as error:
        yield str(error)
    for file in (path, per_image.beside(path)):
        if file.is_file() and file.stat().st_size > LARGEST:
            yield f"{file.name} has {file.stat().st_size / 1e6:.1f} MB, and a file may have {LARGEST / 1e6:.0f} MB"


def _of_this_version(spec: Any, facts: Any) -> Iterator[str]:
    """Compare names and digests of card and protocol with those of this version, in both places that have them."""
    for field, digest, registered in (
        ("dataset", "card_sha256", lambda name: datasets.get(name).card),
        ("protocol", "protocol_sha256", protocols.get),
    ):
        name, recorded = spec.get(field), spec.get(digest)
        if facts.get(field) != name or facts.get(digest) != recorded:
            yield f"its evaluation is not of the {field} of its run ({facts.get(field)!r}, {name!r}); run again"
            continue
        try:
            known = registered(name).digest()
        except InputError as error:
            yield str(error)
            continue
        if known != recorded:
            yield (
                f"its {field} {name!r} has the digest {str(recorded)[:12]}..., and {known[:12]}... in this version of "
                "sisbench; run again with this version"
            )


def _code(git: Any, allow_dirty: bool) -> Iterator[str]:
    if isinstance(git, dict) and git.get("dirty") and not allow_dirty:
        yield (
            "its code had changes that no commit holds, so nobody can repeat it; run again from a clean tree, or say "
            "'--allow-dirty'"
        )
