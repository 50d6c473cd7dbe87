"""What is checked and what it is checked against: evaluations in files, found and matched."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from sisbench import per_image, scored
from sisbench.errors import InputError, Problems, first
from sisbench.evaluation import Evaluation
from sisbench.record import RunRecord
from sisbench.report_text import task

_RECORD = "record.json"


class Identity(NamedTuple):
    """What a baseline and its record have in common. Recipe and seed are None where no run's record tells them."""

    method: str
    dataset: str
    protocol: str
    recipe: str | None
    seed: int | None

    def __str__(self) -> str:
        settings = [
            f"{name} {value}" for name, value in (("recipe", self.recipe), ("seed", self.seed)) if value is not None
        ]
        return ", ".join([f"{self.method} on {self.dataset}", f"protocol {self.protocol}", *settings])


@dataclass(frozen=True)
class Subject:
    """One evaluation.

    Attributes:
        path: Its file, as it was found below what the user gave.
        label: Name of the method, of a run's record; else the stem of the file.
        evaluation: Its numbers; with those of every image where their file is there.
        record: The record that it is part of; None for a file of 'sisbench evaluate --output'.
        sealed: Whether the file has a digest, so that an edited number would have been refused.
    """

    path: Path
    label: str
    evaluation: Evaluation
    record: RunRecord | None
    sealed: bool

    @property
    def identity(self) -> Identity:
        """What it is matched by."""
        facts, spec = self.evaluation.provenance, {} if self.record is None else self.record.spec
        return Identity(
            self.label, facts.get("dataset", ""), facts.get("protocol", ""), spec.get("recipe"), spec.get("seed")
        )

    @property
    def task(self) -> str:
        """Data set, split and protocol in words."""
        return task(self.evaluation.provenance)


@dataclass(frozen=True)
class Matched:
    """Baselines with their records.

    Attributes:
        pairs: Baseline and record, in the order of the baselines.
        missing: Baselines that no record was found for.
        extra: Records that no baseline was found for.
    """

    pairs: tuple[tuple[Subject, Subject], ...]
    missing: tuple[Subject, ...]
    extra: tuple[Subject, ...]


def is_collection(path: Path) -> bool:
    """Whether a path is a folder of several evaluations, and not a file or the folder of one run."""
    return path.is_dir() and not (path / _RECORD).is_file()


def read(path: Path, option: str) -> list[Subject]:
    """Read a file, the folder of a run, or all evaluations below a folder.

    In a folder every `record.json` counts, and every other .json file that is not in a run's folder; a file that is no
    evaluation is an error, since a gate that skips what it cannot read checks less than it says.

    Args:
        path: File or folder.
        option: Where the path was given ("--record"), for messages.

    Raises:
        InputError: Nothing is there, a file is damaged or edited, a number is not finite, two files are of one run.
    """
    if not path.exists():
        raise InputError(
            f"'{option} {path}' does not exist; expected a run folder, its {_RECORD}, a JSON file of 'sisbench "
            "evaluate --output', or a folder of these. Check the path; '--update' writes a first baseline."
        )
    files = sorted(_files(path)) if is_collection(path) else [path]
    if not files:
        raise InputError(
            f"'{option} {path}' is a folder without any evaluation; expected at least one {_RECORD}. Check the path: "
            "the run may have ended before it wrote its record."
        )
    subjects = [subject for file in files for subject in _read(file)]
    _require_unique(subjects, option)
    return subjects


def outputs_of(subjects: Sequence[Subject]) -> list[str]:
    """Return the names of all outputs, each once."""
    return list(dict.fromkeys(output for subject in subjects for output in subject.evaluation.results))


def match(baselines: Sequence[Subject], records: Sequence[Subject], by_identity: bool) -> Matched:
    """Find the record of every baseline.

    Args:
        baselines: What is checked against.
        records: What is checked.
        by_identity: Match by all of the identity, as in folders; else by the protocol alone, as of two files.

    Raises:
        InputError: Two files of other protocols or of other methods.
    """

    def key(subject: Subject) -> tuple[object, ...]:
        return subject.identity if by_identity else (subject.identity.protocol,)

    found = {key(record): record for record in records}
    pairs = tuple((one, found[key(one)]) for one in baselines if key(one) in found)
    keys = {key(one) for one in baselines}
    if not by_identity:
        _require_same_method(pairs, baselines, records)
    return Matched(
        pairs,
        tuple(one for one in baselines if key(one) not in found),
        tuple(record for record in records if key(record) not in keys),
    )


def _require_same_method(
    pairs: Sequence[tuple[Subject, Subject]], baselines: Sequence[Subject], records: Sequence[Subject]
) -> None:
    if not pairs:
        was, now = (", ".join(s.identity.protocol for s in side) for side in (baselines, records))
        raise InputError(
            f"{baselines[0].path} is of protocol {was} and {records[0].path} of {now}; a gate compares under one "
            "protocol. Evaluate again under that of the baseline ('--protocol')."
        )
    for one, other in pairs:
        if one.record is not None and other.record is not None and one.label != other.label:
            raise InputError(
                f"{one.path} is of the method {one.label} and {other.path} of {other.label}; a gate compares a method "
                "with its own past. Give the record of the same method; 'sisbench compare' compares methods."
            )


def _files(root: Path) -> Iterator[Path]:
    """Records and other JSON files below a folder; of a run's folder, the record alone."""

    def refuse(error: OSError) -> None:
        raise InputError(f"cannot list {error.filename}: {error.strerror}. Check its permissions.") from error

    for folder, inner, names in os.walk(root, onerror=refuse):
        visible = [_RECORD] if _RECORD in names else [n for n in names if n.endswith(".json") and n[0] != "."]
        inner[:] = [] if _RECORD in names else [name for name in inner if name[0] != "."]
        yield from (Path(folder, name) for name in visible)


def _read(path: Path) -> list[Subject]:
    stored = scored.read(path)
    if per_image.beside(stored.path).is_file():
        stored = scored.with_per_image(stored)
    value = json.loads(stored.path.read_bytes())  # an object, or `scored.read` had refused it
    record = RunRecord.from_json(value, stored.path) if "schema" in value else None
    sealed = "digest" in value
    return [Subject(stored.path, stored.label, one, record, sealed) for one in stored.evaluations.values()]


def _require_unique(subjects: Sequence[Subject], option: str) -> None:
    files: dict[Identity, list[Path]] = {}
    for subject in subjects:
        files.setdefault(subject.identity, []).append(subject.path)
    twice = [f"{identity}: {', '.join(map(str, paths))}" for identity, paths in files.items() if len(paths) > 1]
    if twice:
        raise Problems(
            f"below '{option}' there are several evaluations of one method, data set, protocol, recipe and seed:",
            first(twice),
            "Leave one of each in the folder, or check them one by one with FILE in place of the folder.",
        )


def closest(missing: Subject, extra: Sequence[Subject]) -> str:
    """Return how the record that could have been meant differs from a baseline without one; empty where none could."""
    wanted = missing.identity
    for record in extra:
        if (found := record.identity)[:3] == wanted[:3]:
            parts = [f"{f} {a} in place of {b}" for f, a, b in zip(found._fields, found, wanted, strict=True) if a != b]
            return f"{record.path} has {' and '.join(parts)}"
    return ""
