"""Runs for a report: found, read, told apart, each with what lies in its folder."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sisbench import per_image, protocols
from sisbench.errors import InputError, Problems, counted
from sisbench.evaluation import Value
from sisbench.per_image import PerImage
from sisbench.record import RunRecord

_RESAMPLED = "re-sampled"
_RECORD, _SPEC, _LOSSES = "record.json", "spec.json", "losses.jsonl"


@dataclass(frozen=True)
class Run:
    """One run of the report.

    Attributes:
        label: Its name; no two are equal under one protocol and data set.
        record: Its numbers and where they come from.
        path: The file of the record.
        folder: The run's folder; None for a record that was moved away from it, such as a promoted one.
        shares: What each image contributes to each number; None where the file is not there.
        losses: By term, (step, value) of the training; empty where there was none.
    """

    label: str
    record: RunRecord
    path: Path
    folder: Path | None
    shares: PerImage | None
    losses: Mapping[str, Sequence[tuple[int, float]]]

    @property
    def method(self) -> str:
        """Name of the method."""
        return str(self.record.spec.get("method", "unknown"))

    @property
    def dataset(self) -> str:
        """Name of the data set."""
        return str(self.record.evaluation.provenance.get("dataset", self.record.spec.get("dataset", "unknown")))

    @property
    def protocol(self) -> str:
        """Name of the protocol that the numbers were measured under."""
        return str(self.record.evaluation.provenance.get("protocol", self.record.spec.get("protocol", "unknown")))

    @property
    def split(self) -> str:
        """Split of the data set that was generated; a record of several images per layout names it by its protocol."""
        stated = str(self.record.evaluation.provenance.get("split", "unknown"))
        if stated == _RESAMPLED and self.protocol in protocols.names():
            return protocols.get(self.protocol).real_split
        return stated

    @property
    def images_per_layout(self) -> int:
        """Number of generated images of each layout, where several are compared; else 1."""
        stated = self.record.evaluation.provenance.get("images_per_layout", "1")
        return int(stated) if stated.isdecimal() else 1


@dataclass(frozen=True)
class Collected:
    """What was found.

    Attributes:
        runs: In the order in which they were named, folders of runs in the order of their names.
        notes: What a reader must know: unfinished runs, records that stand there twice, damaged side files.
    """

    runs: tuple[Run, ...]
    notes: tuple[str, ...]


def collect(paths: Sequence[Path]) -> Collected:
    """Read all runs at or below some paths.

    Args:
        paths: Records, run folders, or folders that hold, at any depth, run folders or promoted records (JSON files
            with their per-image numbers beside them; other JSON is not opened).

    Raises:
        InputError: A path does not exist or holds no record, or a record is damaged, edited or of a newer schema. All
            such records are named at once: a leaderboard without them would be another one.
    """
    notes: list[str] = []
    files: dict[Path, Path] = {}
    for path in paths:
        found = list(_records(path, notes))
        if not found:
            unfinished = f" ({'; '.join(note.removesuffix('.') for note in notes)})" if notes else ""
            raise InputError(
                f"{path} holds no record{unfinished}. Give run folders, folders of run folders, or record files that "
                "'sisbench run' or 'sisbench promote' wrote."
            )
        for file in found:
            files.setdefault(file.resolve(), file)
    records = _read_all(files.values())
    unique = _without_copies(records, notes)
    labels = _labels(unique)
    runs = [_run(label, file, record, notes) for label, (file, record) in zip(labels, unique, strict=True)]
    return Collected(tuple(runs), tuple(notes))


def _records(path: Path, notes: list[str]) -> Iterator[Path]:
    """Yield the records at or below a path; nothing is looked for below a run folder."""
    if path.is_file():
        yield path
        return
    if not path.is_dir():
        raise InputError(f"{path} does not exist. Give run folders, folders of run folders, or record files.")
    for parent, folders, names in os.walk(path):
        folder = Path(parent)
        if _RECORD in names:
            folders.clear()
            yield folder / _RECORD
        elif _SPEC in names:
            folders.clear()
            notes.append(f"{folder} is a run that has not finished: it has no {_RECORD} yet and is left out.")
        else:
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            there = set(names)
            promoted = [name for name in sorted(names) if per_image.beside(Path(name)).name in there]
            yield from (folder / name for name in promoted if name.endswith(".json"))


def _read_all(files: Iterable[Path]) -> list[tuple[Path, RunRecord]]:
    records, problems = [], []
    for file in files:
        try:
            records.append((file, RunRecord.read(file)))
        except InputError as error:
            problems.append(str(error))
    if problems:
        raise Problems(
            f"{counted(len(problems), 'record')} cannot be part of a report:", problems, "Mend them, or leave them out."
        )
    return records


def _without_copies(records: list[tuple[Path, RunRecord]], notes: list[str]) -> list[tuple[Path, RunRecord]]:
    """Leave out records that are equal to an earlier one, such as a promoted one beside its run."""
    kept: list[tuple[Path, RunRecord]] = []
    for file, record in sorted(records, key=lambda entry: entry[0].name != _RECORD):  # the one with images stays
        twin = next((path for path, other in kept if other == record), None)
        if twin is None:
            kept.append((file, record))
        else:
            notes.append(f"{file} is the same record as {twin} and is shown once.")
    order = {file: number for number, (file, _) in enumerate(records)}
    return sorted(kept, key=lambda entry: order[entry[0]])


def _labels(records: Sequence[tuple[Path, RunRecord]]) -> list[str]:
    """Name every run by its method; those that meet in one table by their place too, as much as tells them apart."""
    places = [(file.parent if file.name == _RECORD else file.with_suffix("")).absolute().parts for file, _ in records]
    labels = [str(record.spec.get("method", "unknown")) for _, record in records]
    meeting: dict[tuple[Any, ...], list[int]] = {}
    for number, (_, record) in enumerate(records):
        facts = record.evaluation.provenance
        meeting.setdefault((labels[number], facts.get("protocol"), facts.get("dataset")), []).append(number)
    for (method, *_), same in meeting.items():
        if len(same) == 1:
            continue
        depth = 1
        while len({places[i][-depth:] for i in same}) < len(same):
            depth += 1
        for i in same:
            labels[i] = f"{method} ({'/'.join(places[i][-depth:])})"
    return labels


def _run(label: str, file: Path, record: RunRecord, notes: list[str]) -> Run:
    folder = file.parent if file.name == _RECORD else None
    shares, losses = None, {}
    try:
        if (beside := per_image.beside(file)).is_file():
            shares = _belonging(per_image.read(beside), record, beside)
    except InputError as error:
        notes.append(f"{label}: {error}")
    if folder is not None and (folder / _LOSSES).is_file():
        losses = _read_losses(folder / _LOSSES, label, notes)
    return Run(label, record, file, folder, shares, losses)


def _belonging(shares: PerImage, record: RunRecord, path: Path) -> PerImage:
    """Refuse a file whose means are not the record's numbers: its best and worst images would be another run's."""
    for output, column in shares.columns.items():
        score = record.evaluation.results.get(output)
        mean, scale = math.fsum(column) / len(column), math.fsum(map(abs, column)) / len(column)
        if not isinstance(score, Value) or abs(mean - score.value) > 1e-9 * max(abs(score.value), scale):
            raise InputError(
                f"the mean of {output!r} in {path} is {mean!r}, the record has "
                f"{score.value if isinstance(score, Value) else 'n/a'}: the two files are not of one evaluation, so "
                "best and worst images are not shown. Evaluate again."
            )
    return shares


def _read_losses(path: Path, label: str, notes: list[str]) -> dict[str, list[tuple[int, float]]]:
    """Read the training's log; lines that are no numbers (a run that was killed while it wrote) are counted."""
    terms: dict[str, list[tuple[int, float]]] = {}
    bad = 0
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            entry = json.loads(line)
            step = int(entry.pop("step"))
            values = {str(term): float(value) for term, value in entry.items()}
        except (ValueError, TypeError, KeyError, AttributeError):
            bad += 1
            continue
        bad += not all(map(math.isfinite, values.values()))
        for term, value in values.items():
            if math.isfinite(value):
                terms.setdefault(term, []).append((step, value))
    if bad:
        notes.append(f"{label}: {counted(bad, 'line')} of {path.name} hold no finite numbers and are left out.")
    return terms
