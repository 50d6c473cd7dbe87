"""Promotion: a record of a run on this machine becomes one of the leaderboards, byte for byte, or is refused.

What is promoted can be checked by others: it covers the whole split, was measured under the protocol and card of this
version by code of a commit, and lies there with the numbers of every image. Scores of preference studies are promoted
likewise, if they are whole and name their data set.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sisbench import per_image
from sisbench.errors import InputError, Problems
from sisbench.files import write_bytes
from sisbench.promotable import FILE_NAME, reasons_against
from sisbench.record import RunRecord
from sisbench.study.outcome import Outcome, is_scores
from sisbench.tables._place import leaderboards
from sisbench.tables.preferences import FOLDER as STUDIES

_RECORD = "record.json"


@dataclass(frozen=True)
class Promotion:
    """A record, or the scores of a study, that may be promoted, and where to.

    Attributes:
        copies: Every file that was given and its place in the leaderboards: the record, then its per-image numbers.
        there: Whether all are there already.
    """

    copies: tuple[tuple[Path, Path], ...]
    there: bool

    @property
    def source(self) -> Path:
        """The record that was given."""
        return self.copies[0][0]

    @property
    def target(self) -> Path:
        """Its place in the leaderboards."""
        return self.copies[0][1]

    def carry_out(self) -> None:
        """Copy the files, each atomically; the record last, so that one that is there is whole.

        Raises:
            InputError: A file cannot be read or written.
        """
        for source, target in reversed(self.copies):
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
    return root / "measured"


def promote(
    records: Sequence[Path], to: Path | None = None, name: str | None = None, allow_dirty: bool = False
) -> list[Promotion]:
    """Validate records and copy them; none is copied unless all are fit.

    Args:
        records: Folders of runs, their records, or scores of studies.
        to: Folder of the records, each data set in a folder of its own, and of the scores; None is the leaderboards of
            the source tree, which take no record that rests on plug-ins: others may not have them.
        name: File name without a suffix, of a single record; None makes one of method, recipe, protocol, seed and
            digest, for scores of data set and digest.
        allow_dirty: Whether the code may have had changes that no commit holds.

    Returns:
        What was done, in the order of the records; those that were there already are left alone.

    Raises:
        InputError: A record cannot be read, or a file cannot be written; a name is for one record, is no file name, or
            is that of another record; a record is there under another name; sisbench is installed and `to` is None.
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


def _plan(path: Path, to: Path | None, name: str | None, allow_dirty: bool) -> Promotion:
    """Validate a record and find its place."""
    source = path / _RECORD if path.is_dir() else path
    if is_scores(source):
        return _plan_study(source, to, name)
    record = RunRecord.read(source)
    problems = list(reasons_against(record, source, allow_dirty, shared=to is None))
    if problems:
        raise Problems(f"{source} cannot be promoted:", problems)
    target = _target((to or default_folder()) / record.spec["dataset"], source, name, _name(record))
    _refuse_twice(source, target, record.digest, lambda other: RunRecord.read(other).digest)
    return _placed((source, target), (per_image.beside(source), per_image.beside(target)))


def _plan_study(source: Path, to: Path | None, name: str | None) -> Promotion:
    """Validate scores of a study and find their place."""
    outcome = Outcome.read(source)
    dataset = outcome.dataset or ""
    problems = [] if outcome.answers else ["it holds no answers"]
    if not FILE_NAME.fullmatch(dataset):
        problems.append(
            f"its data set is {outcome.dataset!r}, so it has no column in a table; make the study with '--dataset'"
        )
    if problems:
        raise Problems(f"{source} cannot be promoted:", problems)
    folder = to or default_folder().parent / STUDIES
    target = _target(folder, source, name, f"study-{dataset}-{outcome.digest[:8]}")
    _refuse_twice(
        source, target, outcome.digest, lambda other: Outcome.read(other).digest if is_scores(other) else None
    )
    return _placed((source, target))


def _target(folder: Path, source: Path, name: str | None, default: str) -> Path:
    chosen = name if name is not None else default
    if not FILE_NAME.fullmatch(chosen):
        raise InputError(
            f"{source} cannot be promoted as {chosen!r}, which is no file name; expected up to 150 letters, digits and "
            "'._+-'. Choose another one with '--name'."
        )
    return folder / f"{chosen}.json"


def _refuse_twice(source: Path, target: Path, digest: str | None, digest_of: Callable[[Path], str | None]) -> None:
    """Raise an InputError if the same is there under another name."""
    for other in sorted(target.parent.glob("*.json")):
        if other != target and digest_of(other) == digest:
            raise InputError(
                f"{source} is promoted already, as {other}; expected one file for each record. Leave it as it is, "
                "or remove that file first."
            )


def _placed(*copies: tuple[Path, Path]) -> Promotion:
    """Look at what is there already."""
    there = [(one, other) for one, other in copies if other.exists()]
    for one, other in there:
        if _content(one) != _content(other):
            raise InputError(
                f"{other} exists and differs from {one}; a promoted record is never overwritten. Choose another name "
                "with '--name'."
            )
    return Promotion(copies, len(there) == len(copies))


def _name(record: RunRecord) -> str:
    spec = record.spec
    assert record.digest is not None  # `_problems` refuses those without
    return f"{spec['method']}-{spec['recipe']}-{spec['protocol']}-seed{spec['seed']}-{record.digest[:8]}"


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}. Check its permissions.") from error
