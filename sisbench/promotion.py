"""Promotion: a record of a run on this machine becomes one of the leaderboards, byte for byte, or is refused.

What is promoted can be checked by others: it covers the whole split, was measured under the protocol and card of this
version by code of a commit, and lies there with the numbers of every image.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sisbench import datasets, per_image, protocols, scored
from sisbench.errors import InputError, Problems
from sisbench.evaluation import Value
from sisbench.files import write_bytes
from sisbench.record import RunRecord
from sisbench.tables._place import leaderboards

LARGEST = 5_000_000
"""Bytes of a file of the leaderboards, at most: they are part of every clone and every installation."""

_RECORD = "record.json"
_NAMED = ("method", "dataset", "recipe", "protocol")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,149}")
"""What is a file name on every system: no separator, no hidden file, no '..', not too long with a suffix."""


@dataclass(frozen=True)
class Promotion:
    """A record that may be promoted, and where to.

    Attributes:
        source: The record that was given.
        target: Its place in the leaderboards; the file of per-image numbers lies beside it.
        there: Whether it is there already.
    """

    source: Path
    target: Path
    there: bool

    def carry_out(self) -> None:
        """Copy both files, each atomically; the record last, so that one that is there is whole.

        Raises:
            InputError: A file cannot be read or written.
        """
        for source, target in reversed(_pair(self.source, self.target)):
            write_bytes(target, _content(source))


def default_folder() -> Path:
    """Folder of the promoted records in a source tree.

    Raises:
        InputError: sisbench is installed and not run from its source tree.
    """
    root = leaderboards()
    if not (root.parent / "pyproject.toml").is_file():
        raise InputError(
            f"the leaderboards in {root} are part of an installed package and would be lost at its next update; "
            "expected a source tree. Say where the record should go with '--to DIR'."
        )
    return root / "records"


def promote(records: Sequence[Path], to: Path, name: str | None = None, allow_dirty: bool = False) -> list[Promotion]:
    """Validate records and copy them; none is copied unless all are fit.

    Args:
        records: Folders of runs, or their records.
        to: Folder of the records; each data set has a folder in it.
        name: File name without a suffix, of a single record; None makes one of method, recipe, protocol, seed and
            digest.
        allow_dirty: Whether the code may have had changes that no commit holds.

    Returns:
        What was done, in the order of the records; those that were there already are left alone.

    Raises:
        InputError: A record cannot be read, or a file cannot be written; a name is for one record, is no file name, or
            is that of another record; a record is there under another name.
        Problems: A record is not fit to be promoted; the message has all reasons.
    """
    if name is not None and len(records) > 1:
        raise InputError(
            f"one name, {name!r}, was given for {len(records)} records; expected one record. Promote them one by one, "
            "or leave out '--name'."
        )
    plans = [_plan(record, to, name, allow_dirty) for record in records]
    for plan, other in itertools.combinations(plans, 2):
        if plan.target == other.target:
            raise InputError(
                f"{plan.source} and {other.source} are the same record ({plan.target.name}); expected each once. Leave "
                "one out."
            )
    for plan in plans:
        if not plan.there:
            plan.carry_out()
    return plans


def _plan(path: Path, to: Path, name: str | None, allow_dirty: bool) -> Promotion:
    """Validate a record and find its place."""
    source = path / _RECORD if path.is_dir() else path
    record = RunRecord.read(source)
    if problems := list(_problems(record, source, allow_dirty)):
        raise Problems(f"{source} cannot be promoted:", problems)
    chosen = name if name is not None else _name(record)
    if not _NAME.fullmatch(chosen):
        raise InputError(
            f"{source} cannot be promoted as {chosen!r}, which is no file name; expected up to 150 letters, digits and "
            "'._+-'. Choose another one with '--name'."
        )
    return _placed(source, to / record.spec["dataset"] / f"{chosen}.json", record)


def _placed(source: Path, target: Path, record: RunRecord) -> Promotion:
    """Look at what is there already."""
    if target.parent.is_dir():
        for other in sorted(target.parent.glob("*.json")):
            if other != target and RunRecord.read(other).digest == record.digest:
                raise InputError(
                    f"{source} is promoted already, as {other}; expected one file for each record. Leave it as it is, "
                    "or remove that file first."
                )
    copies = [(one, other) for one, other in _pair(source, target) if other.exists()]
    for one, other in copies:
        if _content(one) != _content(other):
            raise InputError(
                f"{other} exists and differs from {one}; a promoted record is never overwritten. Choose another name "
                "with '--name'."
            )
    return Promotion(source, target, there=len(copies) == 2)


def _problems(record: RunRecord, path: Path, allow_dirty: bool) -> Iterator[str]:
    spec, provenance, evaluation = record.spec, record.provenance, record.evaluation
    if record.digest is None:
        yield "it is of schema 1, whose numbers nothing protects from edits; run again with this version of sisbench"
    if not any(isinstance(score, Value) for score in evaluation.results.values()):
        yield "it holds no number, only n/a; see 'sisbench doctor' for what is missing"
    if provenance.get("complete") is not True:
        yield f"it covers {evaluation.n} images and not the whole split; run again without '--limit'"
    nameless = [f for f in _NAMED if not isinstance(spec.get(f), str) or not _NAME.fullmatch(spec[f])]
    for field in nameless:
        yield f"its {field} is {spec.get(field)!r}, which is no part of a file name (letters, digits, '._+-')"
    if not nameless:
        yield from _of_this_version(spec, evaluation.provenance)
    yield from _code(provenance.get("git"), allow_dirty)
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


def _name(record: RunRecord) -> str:
    spec = record.spec
    assert record.digest is not None  # `_problems` refuses those without
    return f"{spec['method']}-{spec['recipe']}-{spec['protocol']}-seed{spec['seed']}-{record.digest[:8]}"


def _pair(source: Path, target: Path) -> list[tuple[Path, Path]]:
    return [(source, target), (per_image.beside(source), per_image.beside(target))]


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}. Check its permissions.") from error
