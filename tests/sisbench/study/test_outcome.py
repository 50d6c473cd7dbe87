"""Scores of a study, read back: whole, or refused with the place."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sisbench import sealed
from sisbench.errors import InputError, Problems
from sisbench.study.answers import read
from sisbench.study.interval import Proportion
from sisbench.study.outcome import Outcome, is_scores
from sisbench.study.score import score
from tests.sisbench.study.samples import make_key, prefer, save, sheet

PAIR = {
    **{"metric": "preference", "method": "lggan", "against": "spade", "value": 75.0, "low": 50.0, "high": 87.5},
    **{"stderr": 10.0, "n": 8, "raters": 2, "layouts": 4},
}
UNANSWERED = {**PAIR, "against": "crn", **dict.fromkeys(("value", "low", "high", "stderr")), "n": 0, "raters": 0}
UNANSWERED["layouts"] = 0


def scores(**changes: Any) -> dict[str, Any]:
    """A sealed file of scores, by hand."""
    value = {
        **{"kind": "sisbench study scores", "schema": 1, "study": "s" * 64, "question": "Which?", "seconds": None},
        **{"dataset": "cityscapes", "threshold": 0.75, "preferences": [PAIR, UNANSWERED], "raters": []},
    }
    return sealed.seal({**value, **changes})


def test_it_reads_what_was_scored(tmp_path: Path) -> None:
    key = make_key(("lggan", "spade", "crn"), trials=9)
    answers = [save(tmp_path / f"{rater}.json", sheet(key, rater, prefer("spade"))) for rater in (1, 2)]
    scored = score(key, read(answers, key))
    outcome = Outcome.read(save(tmp_path / "o.json", scored.to_json()))
    assert (outcome.study, outcome.dataset, outcome.threshold) == (key.study, "tinytown", 0.75)
    for one, written in zip(outcome.preferences, scored.preferences, strict=True):
        assert one.share is not None
        assert written.share is not None
        assert (one.method, one.against) == (written.method, written.against)
        assert one.share.value == pytest.approx(written.share.value, abs=1e-14)
        assert (one.share.n, one.share.raters) == (written.share.n, written.share.raters)
    assert outcome.answers == 18
    assert outcome.digest == scored.to_json()["digest"]


def test_shares_from_per_cent(tmp_path: Path) -> None:
    outcome = Outcome.read(save(tmp_path / "o.json", scores()))
    assert [one.share for one in outcome.preferences] == [Proportion(0.75, 0.5, 0.875, 0.1, 8, 2, 4), None]
    assert outcome.conditions == "study 'Which?', without a time limit, 75 % of vigilance pairs"
    quick = Outcome.read(save(tmp_path / "q.json", scores(seconds=0.5, dataset=None)))
    assert quick.conditions == "study 'Which?', 0.5 s a pair, 75 % of vigilance pairs"
    assert quick.dataset is None


def pair(**changes: Any) -> dict[str, Any]:
    return {"preferences": [{**PAIR, **changes}]}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"study": 3}, "its study is 3, not a text"),
        ({"question": ""}, "its question is '', not a text"),
        ({"dataset": ["x"]}, r"its dataset is \['x'\], neither a text nor null"),
        ({"seconds": 0}, "its seconds is 0, neither a time nor null"),
        ({"threshold": 75}, "its threshold is 75, not a share"),
        ({"preferences": []}, "no list of preferences"),
        ({"preferences": {}}, "no list of preferences"),
        ({"preferences": [3]}, "preference 1 names no two methods"),
        (pair(method=None), "preference 1 names no two methods"),
        (pair(against="lggan"), "preference 1 is of a pair that is none"),
        ({"preferences": [PAIR, {**PAIR, "method": "spade", "against": "lggan"}]}, "preference 2 is of a pair that"),
        (pair(value="75"), "numbers that are no share"),
        (pair(value=True, low=0, high=1), "numbers that are no share"),
        (pair(value=None), "numbers that are no share"),
        (pair(value=100.5, high=101), "numbers that are no share"),
        (pair(low=80.0), "numbers that are no share"),
        (pair(stderr=-1), "numbers that are no share"),
        (pair(n=8.0), "numbers that are no share"),
        (pair(n=0), "numbers that are no share"),
        (pair(**{**UNANSWERED, "value": 50.0}), "numbers that are no share"),
    ],
)
def test_content_that_no_study_writes(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    path = save(tmp_path / "o.json", scores(**changes))
    with pytest.raises(Problems, match=message) as caught:
        Outcome.read(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("field", ["study", "question", "dataset", "seconds", "threshold", "preferences"])
def test_fields_that_are_missing(tmp_path: Path, field: str) -> None:
    value = {name: entry for name, entry in scores().items() if name not in (field, "digest")}
    with pytest.raises(Problems, match=field):
        Outcome.read(save(tmp_path / "o.json", sealed.seal(value)))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda text: text.replace("75.0", "85.0"), "were edited or damaged"),
        (lambda text: text.replace("75.0", "NaN"), "it holds NaN"),
        (lambda text: text.replace("75.0", "1e999"), "it holds 1e999"),
        (lambda text: text[:50], "cannot be read as the scores of a study"),
        (lambda text: "[]", "does not hold the scores of a study"),
        (lambda text: json.dumps(make_key().to_json()), "does not hold the scores of a study"),
        (lambda text: json.dumps(scores(schema=2)), "has schema 2; this version of sisbench reads schema 1"),
    ],
)
def test_files_that_cannot_be_trusted(tmp_path: Path, damage: Callable[[str], str], message: str) -> None:
    path = tmp_path / "o.json"
    path.write_text(damage(json.dumps(scores())))
    with pytest.raises(InputError, match=message) as caught:
        Outcome.read(path)
    assert str(path) in str(caught.value)


def test_files_tell_what_they_are(tmp_path: Path) -> None:
    assert is_scores(save(tmp_path / "o.json", scores(schema=2)))
    assert not is_scores(save(tmp_path / "k.json", make_key().to_json()))
    assert not is_scores(tmp_path / "absent.json")
    assert not is_scores(tmp_path)
