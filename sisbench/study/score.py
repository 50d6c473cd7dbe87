"""Preference percentages from the answers of a study."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sisbench import sealed
from sisbench.errors import InputError, Problems
from sisbench.study.answers import Answer, Sheet
from sisbench.study.interval import Observation, Proportion, proportion
from sisbench.study.key import Key

KIND = "sisbench study scores"
SCHEMA = 1
THRESHOLD = 0.75
"""Share of the vigilance pairs that a rater must answer rightly, unless another one is named."""


@dataclass(frozen=True)
class Preference:
    """How often one method was preferred to another.

    Attributes:
        method: The method that is preferred in `share` of the answers.
        against: The other one.
        share: The proportion; None where no answer is left.
    """

    method: str
    against: str
    share: Proportion | None


@dataclass(frozen=True)
class Rater:
    """What one rater did.

    Attributes:
        number: Number of the rater.
        answered: Answers given, vigilance pairs included.
        asked: Trials of the rater.
        right: Vigilance pairs answered rightly.
        vigilance: Vigilance pairs answered.
        first: Share of the other answers that chose the first image; None where there is none.
        seconds: Median time of an answer.
        excluded: Why the answers do not count; empty where they do.
    """

    number: int
    answered: int
    asked: int
    right: int
    vigilance: int
    first: float | None
    seconds: float | None
    excluded: str


@dataclass(frozen=True)
class Scores:
    """The outcome of a study.

    Attributes:
        key: Of the study.
        threshold: Share of the vigilance pairs that raters had to answer rightly.
        preferences: One for each pair of methods.
        raters: Everyone whose answers were given.
        first_image: Share of the counted answers that chose the first image. It is 50 % but for chance where position
            does not matter: each method stands first as often as second.
    """

    key: Key
    threshold: float
    preferences: tuple[Preference, ...]
    raters: tuple[Rater, ...]
    first_image: Proportion

    @property
    def biased(self) -> bool:
        """Whether raters favoured a position: the interval of `first_image` does not hold 50 %."""
        return not self.first_image.low <= 0.5 <= self.first_image.high

    def to_json(self) -> dict[str, Any]:
        """Return the JSON value with its digest; shares are in per cent (docs/study.md states every field)."""
        value = {
            "kind": KIND,
            "schema": SCHEMA,
            "study": self.key.study,
            "question": self.key.question,
            "seconds": self.key.seconds,
            "dataset": self.key.dataset,
            "threshold": self.threshold,
            "preferences": [
                {"metric": "preference", "method": one.method, "against": one.against, **_percent(one.share)}
                for one in self.preferences
            ],
            "first_image": {**_percent(self.first_image), "biased": self.biased},
            "raters": [asdict(rater) for rater in self.raters],
        }
        return sealed.seal(value)


def score(key: Key, sheets: Sequence[Sheet], threshold: float = THRESHOLD) -> Scores:
    """Score a study.

    Args:
        key: Its key.
        sheets: Answers, one sheet per rater.
        threshold: Raters who answer a smaller share of their vigilance pairs rightly do not count, nor do those who
            answered none of those that they had.

    Raises:
        InputError: The threshold is no share.
        Problems: No rater is left.
    """
    if not 0 <= threshold <= 1:
        raise InputError(f"the threshold of the vigilance pairs is {threshold}; expected a share from 0 to 1.")
    raters = tuple(_rater(sheet, key, threshold) for sheet in sheets)
    counted = [
        answer
        for sheet, rater in zip(sheets, raters, strict=True)
        if not rater.excluded
        for answer in sheet.answers
        if not answer.trial.vigilance
    ]
    if not counted:
        raise Problems(
            "no answer is left to score:",
            [f"rater {rater.number}: {rater.excluded or 'answered vigilance pairs alone'}" for rater in raters],
            "Collect answers of other raters, or lower '--threshold' and say so beside the number.",
        )
    preferences = tuple(_preference(counted, *pair) for pair in itertools.combinations(key.methods, 2))
    sides = [Observation(a.trial.rater, a.trial.layout, a.choice == "first") for a in counted]
    return Scores(key, threshold, preferences, raters, proportion(sides))


def _preference(answers: Sequence[Answer], method: str, against: str) -> Preference:
    observations = []
    for answer in answers:
        shown = {"first": answer.trial.first.method, "second": answer.trial.second.method}
        if set(shown.values()) == {method, against}:
            won = shown[answer.choice] == method
            observations.append(Observation(answer.trial.rater, answer.trial.layout, won))
    return Preference(method, against, proportion(observations) if observations else None)


def _rater(sheet: Sheet, key: Key, threshold: float) -> Rater:
    asked = [trial for trial in key.trials if trial.rater == sheet.rater]
    vigilance = [answer for answer in sheet.answers if answer.trial.vigilance]
    others = [answer for answer in sheet.answers if not answer.trial.vigilance]
    right = sum(answer.choice == answer.trial.intact for answer in vigilance)
    excluded = ""
    if not sheet.answers:
        excluded = "no answers"
    elif not vigilance and any(trial.vigilance for trial in asked):
        excluded = "stopped before the first vigilance pair"
    elif vigilance and right < threshold * len(vigilance):
        excluded = f"{right} of {len(vigilance)} vigilance pairs right, {100 * threshold:g} % needed"
    return Rater(
        sheet.rater,
        len(sheet.answers),
        len(asked),
        right,
        len(vigilance),
        sum(answer.choice == "first" for answer in others) / len(others) if others else None,
        statistics.median(answer.milliseconds for answer in sheet.answers) / 1000 if sheet.answers else None,
        excluded,
    )


def _percent(share: Proportion | None) -> dict[str, Any]:
    if share is None:
        return {"value": None, "low": None, "high": None, "stderr": None, "n": 0, "raters": 0, "layouts": 0}
    scaled = {name: getattr(share, name) for name in ("value", "low", "high", "stderr")}
    return {
        **{name: None if value is None else 100 * value for name, value in scaled.items()},
        **{"n": share.n, "raters": share.raters, "layouts": share.layouts},
    }
