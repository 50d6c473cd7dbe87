from __future__ import annotations

from pathlib import Path

import pytest

from sisbench import sealed
from sisbench.errors import InputError, Problems
from sisbench.study.answers import Answer, Sheet
from sisbench.study.design import Choice, Trial
from sisbench.study.interval import Observation, proportion
from sisbench.study.key import Key
from sisbench.study.score import score
from sisbench.study.text import table
from tests.sisbench.study.samples import make_key, prefer


def answered(key: Key, rater: int, **answers: Choice) -> Sheet:
    """Answers of a rater by the id of the trial."""
    trials = {trial.id: trial for trial in key.trials}
    return Sheet(Path("a.json"), rater, tuple(Answer(trials[i], choice, 1500) for i, choice in answers.items()))


def all_of(key: Key, rater: int, method: str) -> Sheet:
    asked = [trial for trial in key.trials if trial.rater == rater]
    return Sheet(Path("a.json"), rater, tuple(Answer(trial, prefer(method)(trial), 2000) for trial in asked))


def test_one_method_always_wins() -> None:
    key = make_key(("lggan", "spade", "crn"), layouts=8, trials=9, vigilance=2)
    scores = score(key, [all_of(key, rater, "spade") for rater in (1, 2, 3)])
    found = {(one.method, one.against): one.share for one in scores.preferences}
    assert list(found) == [("lggan", "spade"), ("lggan", "crn"), ("spade", "crn")]
    assert {pair: share and share.value for pair, share in found.items()} == {
        ("lggan", "spade"): 0,
        ("spade", "crn"): 1,
        ("lggan", "crn"): pytest.approx(4 / 9),  # the first image: of nine trials, one order has one more
    }
    assert all(share is not None and share.n == 9 for share in found.values())


def test_counts_by_hand() -> None:
    key = make_key(layouts=4, trials=4, vigilance=0, raters=2)
    asked = [trial for trial in key.trials if trial.rater == 1]

    def side(trial: Trial, method: str) -> Choice:
        return "first" if trial.first.method == method else "second"

    choices = {trial.id: side(trial, "lggan" if place < 3 else "spade") for place, trial in enumerate(asked)}
    scores = score(key, [answered(key, 1, **choices)])
    (only,) = scores.preferences
    expected = [Observation(1, trial.layout, place < 3) for place, trial in enumerate(asked)]
    assert only.share == proportion(expected)
    assert only.share.value == 0.75
    assert "one rater: the intervals speak about other layouts" in table(scores)
    assert "no file of rater 2" in table(scores)


def test_careless_raters_do_not_count() -> None:
    key = make_key(vigilance=4)
    asked = [trial for trial in key.trials if trial.rater == 2]
    wrong: dict[Choice, Choice] = {"first": "second", "second": "first"}
    probes = [trial for trial in asked if trial.vigilance]
    careless = {trial.id: wrong[trial.intact] if trial in probes[:2] else "first" for trial in asked}
    careless |= {trial.id: trial.intact for trial in probes[2:]}
    sheets = [all_of(key, 1, "spade"), answered(key, 2, **careless)]
    strict, mild = score(key, sheets), score(key, sheets, threshold=0.5)
    assert [rater.excluded for rater in strict.raters] == ["", "2 of 4 vigilance pairs right, 75 % needed"]
    assert (strict.raters[1].right, strict.raters[1].vigilance, strict.raters[1].first) == (2, 4, 1)
    assert [one.share.n for one in strict.preferences if one.share] == [8]
    assert [one.share.n for one in mild.preferences if one.share] == [16]
    assert "rater 2 does not count: 2 of 4" in table(strict)


def test_who_stopped_early() -> None:
    key = make_key()
    asked = [trial for trial in key.trials if trial.rater == 1]
    first_probe = next(place for place, trial in enumerate(asked) if trial.vigilance)
    before = answered(key, 1, **dict.fromkeys((t.id for t in asked[:first_probe]), "first"))
    with pytest.raises(Problems, match=r"(?s)no answer is left.*rater 1: (no answers|stopped before the first)"):
        score(key, [before])
    part = answered(key, 1, **{t.id: prefer("spade")(t) for t in asked[:7]})
    scores = score(key, [part, Sheet(Path("b.json"), 2, ())])
    assert "rater 1 left 3 questions open" in table(scores)
    assert scores.raters[1].excluded == "no answers"
    assert (scores.raters[1].first, scores.raters[1].seconds) == (None, None)


def test_nobody_is_left() -> None:
    key = make_key()
    probe = next(trial for trial in key.trials if trial.rater == 1 and trial.vigilance)
    wrong = answered(key, 1, **{probe.id: "second" if probe.intact == "first" else "first"})
    with pytest.raises(Problems, match=r"(?s)no answer is left.*rater 1: 0 of 1.*Collect answers of other raters"):
        score(key, [wrong])
    with pytest.raises(Problems, match="rater 1: answered vigilance pairs alone"):
        score(key, [answered(key, 1, **{probe.id: probe.intact})])


@pytest.mark.parametrize("threshold", [-0.1, 1.5, float("nan")])
def test_thresholds_are_shares(threshold: float) -> None:
    with pytest.raises(InputError, match="expected a share from 0 to 1"):
        score(make_key(), [], threshold)


def test_a_favoured_position_is_found() -> None:
    key = make_key(layouts=30, trials=30, vigilance=0, raters=4)
    scores = score(key, [all_of(key, rater, "nobody") for rater in range(1, 5)])
    assert scores.first_image.value == 1
    assert scores.biased
    assert "raters favoured a position" in table(scores)
    assert [one.share.value for one in scores.preferences if one.share] == [0.5]  # balanced, so the bias cancels
    assert not score(key, [all_of(key, rater, "spade") for rater in range(1, 5)]).biased


def test_pairs_that_nobody_answered() -> None:
    key = make_key(("a", "b", "c"), trials=3, vigilance=0, raters=1)
    trial = next(t for t in key.trials if {t.first.method, t.second.method} == {"a", "b"})
    scores = score(key, [answered(key, 1, **{trial.id: "first"})])
    assert [one.share is None for one in scores.preferences] == [False, True, True]
    assert "n/a  b vs. c: no answers" in table(scores)
    value = scores.to_json()["preferences"][2]
    assert (value["value"], value["n"]) == (None, 0)


def test_json() -> None:
    key = make_key()
    scores = score(key, [all_of(key, rater, "spade") for rater in (1, 2, 3)])
    value = scores.to_json()
    assert value["digest"] == sealed.digest(value)
    assert value["study"] == key.study
    (row,) = value["preferences"]
    assert (row["metric"], row["method"], row["against"], row["value"]) == ("preference", "lggan", "spade", 0)
    assert 0 == row["low"] < row["high"] < 100
