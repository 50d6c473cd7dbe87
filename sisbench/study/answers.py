"""Files of answers, as the page saves them: read strictly, every answer checked against the key."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sisbench.errors import InputError, Problems, counted, first
from sisbench.study.design import Choice, Trial
from sisbench.study.key import Key

COLUMNS = ("study", "rater", "trial", "choice", "milliseconds", "check")
"""Of the CSV form; the JSON form says study and rater once and has a list of the rest under "answers"."""

SCHEMA = 1
_KIND = "sisbench study answers"
_ADVICE = "Ask the rater to save the answers again, as JSON or CSV, and leave the file as it is."


@dataclass(frozen=True)
class Answer:
    """One answered trial.

    Attributes:
        trial: What was asked.
        choice: Which image was chosen.
        milliseconds: From showing the pair to the answer.
    """

    trial: Trial
    choice: Choice
    milliseconds: int


@dataclass(frozen=True)
class Sheet:
    """The answers of one rater.

    Attributes:
        path: The file.
        rater: Number of the rater.
        answers: In the order of the file; fewer than trials where the rater stopped early.
    """

    path: Path
    rater: int
    answers: tuple[Answer, ...]


def read(paths: Sequence[Path], key: Key) -> list[Sheet]:
    """Read the answers of a study, one file per rater.

    Args:
        paths: JSON or CSV files.
        key: The key of the study.

    Returns:
        Sheets by number of the rater.

    Raises:
        InputError: A file is missing or something else, is of another study, or two files are of one rater.
        Problems: Answers that the page did not write: unknown trials, repeated ones, edited or malformed values.
    """
    sheets: dict[int, Sheet] = {}
    for path in paths:
        sheet = _sheet(path, key)
        if (other := sheets.get(sheet.rater)) is not None:
            raise InputError(
                f"{other.path} and {path} are both of rater {sheet.rater}, where one file per rater is expected. Leave "
                "out the older one; if two people answered as the same rater, leave out one of them."
            )
        sheets[sheet.rater] = sheet
    return [sheets[rater] for rater in sorted(sheets)]


def check(study: str, rater: int, trial: str, choice: str, milliseconds: int) -> str:
    """Return the checksum of an answer (FNV-1a, 32 bits): it tells slips of an editor, and stops no forger.

    >>> check("s", 1, "t", "first", 900)
    '3e1ec784'
    """
    value = 0x811C9DC5
    for byte in f"{study}/{rater}/{trial}/{choice}/{milliseconds}".encode():
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return f"{value:08x}"


def _sheet(path: Path, key: Key) -> Sheet:
    study, rater, rows = _rows(path)
    if study != key.study:
        raise InputError(
            f"{path} answers the study {_short(study)}, the key is of the study {_short(key.study)}. Give the key that "
            "was made with the page that the rater used."
        )
    number = _whole(rater)
    if number is None or not 1 <= number <= key.raters:
        raise InputError(f"{path} is of rater {rater!r}; the study has raters 1 to {key.raters}. {_ADVICE}")
    trials = {trial.id: trial for trial in key.trials if trial.rater == number}
    answers: dict[str, Answer] = {}
    problems = []
    for place, row in enumerate(rows, start=1):
        found = _answer(row, trials, answers, key.study, number)
        if isinstance(found, Answer):
            answers[found.trial.id] = found
        else:
            problems.append(f"answer {place}: {found}")
    if problems:
        raise Problems(
            f"{path}: {counted(len(problems), 'answer')} of {len(rows)} are not as the page wrote them:",
            first(problems),
            _ADVICE,
        )
    return Sheet(path, number, tuple(answers.values()))


def _answer(
    row: object, trials: Mapping[str, Trial], seen: Mapping[str, Answer], study: str, rater: int
) -> Answer | str:
    """Return an answer, or what is wrong with it."""
    if not isinstance(row, dict):
        return f"is {row!r}, not an object"
    name, choice, said = row.get("trial"), row.get("choice"), row.get("check")
    milliseconds = _whole(row.get("milliseconds"))
    if not isinstance(name, str) or name not in trials:
        return f"trial {name!r} is none of rater {rater}"
    if name in seen:
        return f"trial {name!r} was answered before"
    if choice not in ("first", "second"):
        return f"choice is {choice!r}, expected 'first' or 'second'"
    if milliseconds is None:
        return f"milliseconds is {row.get('milliseconds')!r}, expected a whole number"
    if said != check(study, rater, name, choice, milliseconds):
        return f"trial {name!r} was edited: its checksum is that of another answer"
    return Answer(trials[name], choice, milliseconds)


def _rows(path: Path) -> tuple[object, object, list[Any]]:
    """Return study, rater and answers of a file, unchecked."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or error
        raise InputError(f"{path} cannot be read as answers of a study ({reason}). {_ADVICE}") from error
    return _rows_of_json(path, text) if text.lstrip().startswith("{") else _rows_of_csv(path, text)


def _rows_of_json(path: Path, text: str) -> tuple[object, object, list[Any]]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is no whole JSON file ({error}). {_ADVICE}") from error
    if value.get("kind") != _KIND or not isinstance(value.get("answers"), list):
        raise InputError(f"{path} does not hold answers of a study. {_ADVICE}")
    if value.get("schema") != SCHEMA:
        raise InputError(
            f"{path} has schema {value.get('schema')!r}; this version of sisbench reads schema {SCHEMA}. Score the "
            "study with the version that made its page."
        )
    return value.get("study"), value.get("rater"), value["answers"]


def _rows_of_csv(path: Path, text: str) -> tuple[object, object, list[Any]]:
    reader = csv.DictReader(io.StringIO(text))
    try:
        rows = list(reader)
    except csv.Error as error:
        raise InputError(f"{path} is no CSV file ({error}). {_ADVICE}") from error
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise InputError(f"{path} does not have the columns {', '.join(COLUMNS)}. {_ADVICE}")
    origins = {(row["study"], row["rater"]) for row in rows}
    if len(origins) != 1:
        raise InputError(
            f"{path} holds answers of {len(origins)} raters or studies, where those of one are expected. {_ADVICE}"
        )
    return (*origins.pop(), rows)


def _whole(value: object) -> int | None:
    """Return a whole number of at most nine digits, written as such (JSON) or as text (CSV)."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return int(value) if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value) else None


def _short(study: object) -> str:
    return f"{study[:8]}..." if isinstance(study, str) and len(study) == 64 else repr(study)
