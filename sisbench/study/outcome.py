"""Scores of a study, read back from the file that `sisbench study score --output` wrote."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sisbench import sealed
from sisbench.errors import InputError, Problems, first
from sisbench.study.interval import Proportion
from sisbench.study.score import KIND, SCHEMA, Preference

_ADVICE = "Give the JSON file that 'sisbench study score --output' wrote."


@dataclass(frozen=True)
class Outcome:
    """What a study found.

    Attributes:
        study: Digest of its key.
        question: What raters were asked.
        seconds: How long each pair was visible; None is as long as raters liked.
        dataset: Name of the card; None where the study was made without one.
        threshold: Share of the vigilance pairs that raters had to answer rightly.
        preferences: One for each pair of methods.
        digest: Digest of the file's content.
    """

    study: str
    question: str
    seconds: float | None
    dataset: str | None
    threshold: float
    preferences: tuple[Preference, ...]
    digest: str

    @property
    def conditions(self) -> str:
        """What another study must have in common to stand beside this one: question, time, and who counted."""
        time = "without a time limit" if self.seconds is None else f"{self.seconds:g} s a pair"
        return f"study '{self.question}', {time}, {100 * self.threshold:g} % of vigilance pairs"

    @property
    def answers(self) -> int:
        """Number of answers, of all pairs."""
        return sum(one.share.n for one in self.preferences if one.share is not None)

    @classmethod
    def read(cls, path: Path) -> Outcome:
        """Read scores.

        Raises:
            InputError: The file is missing, damaged, edited, of a newer schema or something else.
            Problems: It was sealed, but its content is not as `Scores.to_json` writes it.
        """
        value = sealed.load(path, "the scores of a study", _ADVICE)
        if not isinstance(value, dict) or value.get("kind") != KIND:
            raise InputError(f"{path} does not hold the scores of a study. {_ADVICE}")
        if value.get("schema") != SCHEMA:
            raise InputError(
                f"{path} has schema {value.get('schema')!r}; this version of sisbench reads schema {SCHEMA}. Score the "
                "answers again with this version."
            )
        digest = sealed.require_seal(value, path)
        if problems := list(_problems(value)):
            raise Problems(f"{path} does not hold the scores of a study as 'study score' writes them:", first(problems))
        preferences = tuple(Preference(one["method"], one["against"], _share(one)) for one in value["preferences"])
        facts = {name: value[name] for name in ("study", "question", "seconds", "dataset", "threshold")}
        return cls(**facts, preferences=preferences, digest=digest)


def is_scores(path: Path) -> bool:
    """Whether a JSON file says that it holds the scores of a study; one that cannot be read does not.

    What is wrong with it is for its reader to say.
    """
    try:
        value = sealed.load(path, "", "")
    except InputError:
        return False
    return isinstance(value, dict) and value.get("kind") == KIND


def _share(one: Mapping[str, Any]) -> Proportion | None:
    if one["n"] == 0:
        return None
    value, low, high = (one[name] / 100 for name in ("value", "low", "high"))
    stderr = None if one["stderr"] is None else one["stderr"] / 100
    return Proportion(value, low, high, stderr, one["n"], one["raters"], one["layouts"])


def _problems(value: Mapping[str, Any]) -> Iterator[str]:
    """Say what is wrong; the file's numbers are finite, as `sealed.load` sees to that."""
    for name in ("study", "question"):
        if not _is_name(value.get(name)):
            yield f"its {name} is {value.get(name)!r}, not a text"
    if value.get("dataset", 0) is not None and not _is_name(value.get("dataset")):
        yield f"its dataset is {value.get('dataset')!r}, neither a text nor null"
    if value.get("seconds", 0) is not None and not _within(value.get("seconds"), math.ulp(0.0), math.inf):
        yield f"its seconds is {value.get('seconds')!r}, neither a time nor null"
    if not _within(value.get("threshold"), 0, 1):
        yield f"its threshold is {value.get('threshold')!r}, not a share from 0 to 1"
    preferences = value.get("preferences")
    if not isinstance(preferences, list) or not preferences:
        yield "it has no list of preferences"
        return
    seen: set[frozenset[str]] = set()
    for place, one in enumerate(preferences, start=1):
        if not isinstance(one, dict) or not all(_is_name(one.get(name)) for name in ("method", "against")):
            yield f"preference {place} names no two methods"
            continue
        pair = frozenset((one["method"], one["against"]))
        if len(pair) == 1 or pair in seen:
            yield f"preference {place} is of a pair that is none or stands there twice"
        seen.add(pair)
        if not _is_share(one):
            yield f"preference {place} has numbers that are no share of answers with its interval"


def _is_share(one: Mapping[str, Any]) -> bool:
    """Whether a preference has the numbers of `n` answers, or of none."""
    counts = [one.get(name) for name in ("n", "raters", "layouts")]
    low, value, high, stderr = (one.get(name, "") for name in ("low", "value", "high", "stderr"))
    if counts == [0, 0, 0]:
        return low is value is high is stderr is None
    return (
        all(type(count) is int and count > 0 for count in counts)
        and all(_within(number, 0, 100) for number in (low, value, high))
        and low <= value <= high
        and (stderr is None or _within(stderr, 0, math.inf))
    )


def _is_name(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _within(value: object, least: float, most: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most
