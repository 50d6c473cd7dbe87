"""Scores of preference studies, and which of them stands in a cell of a paper's table of preferences.

A row asks for a pair of methods, a column for a data set. A study stands there if it names both, and if people were
asked as in the other studies of the column: one question, one time limit, one rule of who counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from sisbench.errors import InputError
from sisbench.study.interval import Proportion
from sisbench.study.outcome import Outcome
from sisbench.study.score import Preference
from sisbench.tables._place import leaderboards
from sisbench.tables.defined import DefinedRow, Pair, Position
from sisbench.tables.model import Column, Measured

NO_STUDY = "no preference study"
FOLDER = "studies"
"""Of the promoted scores, in the leaderboards."""


@dataclass(frozen=True)
class Study:
    """Scores of a study and where they were found.

    Attributes:
        outcome: The scores.
        path: The file.
        origin: "promoted" for a file of the leaderboards, "local" for one that was named.
    """

    outcome: Outcome
    path: Path
    origin: Literal["promoted", "local"]

    @property
    def shown_path(self) -> Path:
        """How tables call the file: a promoted one relative to the leaderboards, so that it is alike everywhere."""
        return self.path.relative_to(leaderboards()) if self.origin == "promoted" else self.path


def collect(files: Sequence[Path], promoted: bool, problems: list[str]) -> list[Study]:
    """Read scores; a study that is found twice counts once, as promoted rather than local.

    Args:
        files: What `sisbench study score --output` wrote.
        promoted: Whether the scores of the leaderboards are among them.
        problems: Takes a message for every file of the leaderboards that holds no scores.

    Raises:
        InputError: One of `files` holds no scores.
    """
    found: dict[str, Study] = {}
    for path in sorted((leaderboards() / FOLDER).glob("*.json")) if promoted else ():
        try:
            study = Study(Outcome.read(path), path, "promoted")
            found.setdefault(study.outcome.digest, study)
        except InputError as error:
            problems.append(str(error))
    for path in files:
        study = Study(Outcome.read(path), path, "local")
        found.setdefault(study.outcome.digest, study)
    return list(found.values())


class Preferences:
    """What studies say in one column of a table.

    Args:
        column: The column.
        rows: Rows of the table.
        studies: All studies.

    Attributes:
        protocol: How people were asked in the studies of this column; empty where there is none. Of studies that were
            asked otherwise, the preferred one decides.
    """

    def __init__(self, column: Column, rows: Iterable[DefinedRow], studies: Sequence[Study]) -> None:
        self._column = column
        ranked = _preferred(studies)
        self._answers = {row.row.key: _answers(row.pair, column.dataset, ranked) for row in rows if row.pair}
        there = _preferred(one.study for of_row in self._answers.values() for one in of_row if one.share)
        self.protocol = there[0].outcome.conditions if there else ""

    def measured(self, row: DefinedRow) -> tuple[Measured | None, str, Sequence[Path]]:
        """Return what stands in the cell of a row, else why nothing does, and all files that fit if several do."""
        if row.pair is None:
            return None, row.unmeasured, ()
        answers = self._answers[row.row.key]
        fitting = [one for one in answers if one.share and one.study.outcome.conditions == self.protocol]
        if not fitting:
            reasons = [
                one.reason or f"of {one.study.outcome.conditions}; the column: {self.protocol}" for one in answers
            ]
            return None, "\n".join(dict.fromkeys(reasons)) or NO_STUDY, ()
        paths = [one.study.shown_path for one in fitting]
        return _measured(fitting[0], self._column), "", paths if len(paths) > 1 else ()


class _Answer(NamedTuple):
    """What one study says of a pair.

    Attributes:
        study: The study.
        share: Share of the answers that favour the method whose preference is asked for; None where there is none.
        reason: Why there is none; else empty.
    """

    study: Study
    share: Proportion | None
    reason: str


def _preferred(studies: Iterable[Study]) -> list[Study]:
    """Promoted studies first, then those with more answers; the digest breaks ties."""
    return sorted(studies, key=lambda s: (s.origin != "promoted", -s.outcome.answers, s.outcome.digest))


def _answers(pair: Pair, dataset: str, studies: Iterable[Study]) -> list[_Answer]:
    """Answers of the studies of a pair, on a data set or on one that they do not name."""
    found = []
    for study in studies:
        of_pair = [(one, pair.position(one.method, one.against)) for one in study.outcome.preferences]
        of_pair = [(one, position) for one, position in of_pair if position is not None]
        if of_pair and study.outcome.dataset in (None, dataset):
            found.append(_answer(study, of_pair))
    return found


def _answer(study: Study, of_pair: Sequence[tuple[Preference, Position | None]]) -> _Answer:
    (one, position), *others = of_pair
    if study.outcome.dataset is None:
        return _Answer(study, None, f"{study.shown_path} names no data set; make the study with '--dataset'")
    if others:
        pairs = ", ".join(f"{each.method} vs. {each.against}" for each, _ in of_pair)
        return _Answer(study, None, f"{study.shown_path} has several pairs that fit: {pairs}")
    if one.share is None:
        return _Answer(study, None, f"n/a in {study.shown_path}: no answers")
    return _Answer(study, one.share.turned() if position == "turned" else one.share, "")


def _measured(answer: _Answer, column: Column) -> Measured:
    study, share = answer.study, answer.share
    assert share is not None
    return Measured(
        value=share.value * column.scale,
        stderr=None if share.stderr is None else share.stderr * column.scale,
        n=share.n,
        protocol=study.outcome.conditions,
        record=study.shown_path,
        origin=study.origin,
        weights="study",
        recipe="",
        seed=None,
        complete=True,
        digest=study.outcome.digest,
        bounds=(share.low * column.scale, share.high * column.scale),
    )
