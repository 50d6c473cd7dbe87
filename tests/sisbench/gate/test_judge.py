"""What has become of a number: direction, tolerance, and what is and is not one measurement."""

from __future__ import annotations

import dataclasses
import math
import random
from pathlib import Path

import pytest

from sisbench.errors import InputError
from sisbench.evaluation import NotAvailable, Value
from sisbench.gate import Matched, check
from sisbench.gate.findings import Judged, Move, Result
from sisbench.gate.judge import judge
from sisbench.gate.rules import Tolerances, parse_option
from sisbench.gate.subjects import Subject
from tests.records import Result as Given
from tests.sisbench.gate.factories import subject
from tests.sisbench.test_compare import evaluation

KEYS = tuple(f"town_{i}" for i in range(4))


def judged(results: dict[str, Given], *options: str, before: dict[str, Given] | None = None) -> Judged:
    return judge(subject(before), subject(results), Tolerances([parse_option(option) for option in options]))


def move(pair: Judged, output: str) -> Move:
    (found,) = (one for one in pair.moves if one.output == output)
    return found


def measured(columns: dict[str, list[float]], path: str = "x.json", **provenance: str) -> Subject:
    """A file of 'sisbench evaluate' with the numbers of its images."""
    return Subject(Path(path), "x", evaluation(columns, **provenance), None, True)


@pytest.mark.parametrize(
    ("output", "value", "options", "verdict"),
    [
        ("psnr", 16.0, (), "unchanged"),
        ("psnr", 16.0 * (1 + 1e-12), ("psnr=0",), "unchanged"),  # rounding of sums
        ("psnr", 16.0 * (1 + 1e-7), ("psnr=0",), "improved"),
        ("psnr", 16.0 * (1 - 1e-7), ("psnr=0",), "regressed"),
        ("psnr", 15.991, (), "within"),
        ("psnr", 15.989, (), "regressed"),
        ("psnr", 16.009, (), "within"),
        ("psnr", 16.011, (), "improved"),
        ("psnr", 16.0 * 0.99, (), "regressed"),  # 1 %
        ("fd_effnet", 170.09, (), "within"),
        ("fd_effnet", 170.11, (), "regressed"),  # lower is better
        ("fd_effnet", 169.89, (), "improved"),
        ("fd_effnet", 173.3, ("fd_effnet=2%",), "within"),
        ("fd_effnet", 173.5, ("fd_effnet=2%",), "regressed"),
        ("miou", 0.399, (), "within"),
        ("miou", 0.3989, (), "regressed"),
        ("miou", 0.35, ("m*=0.1",), "within"),
        ("miou", "the segmenter is not here. Fetch it.", (), "lost"),
        ("fid", 30.0, (), "gained"),
        ("fid", "another reason. Fetch it.", (), "n/a"),
    ],
)
def test_one_number(output: str, value: Given, options: tuple[str, ...], verdict: str) -> None:
    pair = judged({output: value}, *options)
    assert move(pair, output).verdict == verdict
    assert {one.verdict for one in pair.moves if one.output != output} == {
        "unchanged",
        *(["n/a"] if output != "fid" else []),
    }
    assert bool(pair.failures(strict=False)) == (verdict in ("regressed", "lost"))
    assert bool(pair.failures(strict=True)) == (verdict in ("regressed", "lost", "improved"))


def test_a_number_at_its_bound_is_within() -> None:
    assert move(judged({"psnr": 14.0}, "psnr=2", before={"psnr": 16.0}), "psnr").verdict == "within"


def test_a_baseline_of_zero_or_below() -> None:
    for was, now, verdict in ((0.0, 0.0, "unchanged"), (0.0, 0.00005, "within"), (-0.001, 0.001, "regressed")):
        assert move(judged({"kid": now}, before={"kid": was}), "kid").verdict == verdict


def test_outputs_of_one_side_alone() -> None:
    one, other = subject(), subject({"ssim": 0.5})
    assert move(judge(one, other, Tolerances()), "ssim").verdict == "gained"
    assert move(judge(other, one, Tolerances()), "ssim").verdict == "lost"
    assert move(judge(other, one, Tolerances()), "ssim").after is None


def test_the_interval_of_the_paired_difference_by_hand() -> None:
    """Differences -1, -3, -2, -2: mean -2, standard error sqrt(2 / 12), half-width 1.96 of it = 0.800."""
    before, after = measured({"psnr": [20.0, 30.0, 25.0, 10.0]}), measured({"psnr": [19.0, 27.0, 23.0, 8.0]})
    pair = judge(before, after, Tolerances([parse_option("psnr=interval")]))
    (found,) = pair.moves
    assert found.stderr == pytest.approx(math.sqrt(2 / 12))
    assert found.allowed == pytest.approx(1.959964 * math.sqrt(2 / 12))
    assert found.verdict == "regressed" and pair.notes == ()
    wide = judge(before, after, Tolerances([parse_option("psnr=interval:99.99%")]))
    assert wide.moves[0].allowed == pytest.approx(3.890592 * math.sqrt(2 / 12)) and wide.moves[0].verdict == "regressed"


def test_an_unpaired_interval_by_hand() -> None:
    """Standard errors 0.3 and 0.4 add up to 0.5."""
    before = subject({"psnr": Value(16.0, 0.3, 4)})
    after = subject({"psnr": Value(15.1, 0.4, 4)})
    after = dataclasses.replace(after, evaluation=dataclasses.replace(after.evaluation, keys=(), per_image={}))
    pair = judge(before, after, Tolerances([parse_option("psnr=interval")]))
    assert move(pair, "psnr").allowed == pytest.approx(1.959964 * 0.5)
    assert move(pair, "psnr").verdict == "within"
    (note,) = pair.notes
    assert note.startswith("the interval of psnr is unpaired, hence wider than it could be: ")
    assert note.endswith("there is no .per_image.csv beside record.json.")


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"keys": ["a", "b", "c", "d"]}, "the two are of other images"),
        ({"samples_sha256": "6" * 64}, "what they were measured with changed, or one of them does not tell"),
    ],
)
def test_why_an_interval_is_unpaired(other: dict[str, str], reason: str) -> None:
    columns = {"psnr": [20.0, 30.0, 25.0, 10.0]}
    pair = judge(measured(columns), measured(columns, **other), Tolerances([parse_option("psnr=interval")]))
    assert pair.notes == (f"the interval of psnr is unpaired, hence wider than it could be: {reason}.",)
    assert pair.moves[0].verdict == "unchanged"


def test_an_interval_needs_a_standard_error() -> None:
    with pytest.raises(InputError, match=r"psnr is an interval, but the number has no standard error \(1 images\)"):
        judge(measured({"psnr": [20.0]}), measured({"psnr": [19.0]}), Tolerances([parse_option("psnr=interval")]))
    assert judge(measured({"psnr": [20.0]}), measured({"psnr": [19.0]}), Tolerances()).failures(False)


def test_an_interval_fires_on_a_shift_and_not_on_noise() -> None:
    """Of 400 pairs without a difference some 5 % move out of the interval, half of these for the worse."""
    draws, shares = random.Random(0), []
    for shift in (0.0, -1.0):
        fired = 0
        for _ in range(400):
            layouts = [draws.gauss(20, 5) for _ in range(40)]
            before = measured({"psnr": [x + draws.gauss(0, 1) for x in layouts]})
            after = measured({"psnr": [x + draws.gauss(shift, 1) for x in layouts]})
            fired += bool(judge(before, after, Tolerances([parse_option("psnr=interval")])).failures(False))
        shares.append(fired / 400)
    assert 0.005 <= shares[0] <= 0.05
    assert shares[1] > 0.97  # unpaired, the spread of the layouts would hide it: 1.0 against 1.96 * 1.1


def test_the_images_of_a_regression_are_named_worst_first() -> None:
    before = measured({"psnr": [20.0, 30.0, 25.0, 10.0], "fd": [1.0, 2.0, 3.0, 4.0]})
    after = measured({"psnr": [19.0, 27.0, 23.5, 10.5], "fd": [1.0, 9.0, 3.0, 4.0]})
    pair = judge(before, after, Tolerances())
    assert move(pair, "psnr").images == (("town_1", -3.0), ("town_2", -1.5), ("town_0", -1.0))
    assert move(pair, "fd").images == (("town_1", 7.0),)


def test_keys_in_another_order_are_the_same_images() -> None:
    before = measured({"psnr": [20.0, 30.0, 25.0, 10.0]})
    turned = evaluation({"psnr": [7.0, 25.0, 30.0, 20.0]}, keys=[*reversed(KEYS)])
    after = dataclasses.replace(before, evaluation=turned)
    assert judge(before, after, Tolerances()).moves[0].images == (("town_3", -3.0),)
    by_interval = judge(before, after, Tolerances([parse_option("psnr=interval")])).moves[0]
    assert by_interval.stderr == pytest.approx(0.75)  # differences 0, 0, 0, -3
    assert by_interval.verdict == "within"


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"dataset": "cityscapes"}, "dataset: tinytown against cityscapes"),
        ({"protocol": "oasis-2021"}, "protocol: tinytown-v1 against oasis-2021"),
        ({"n": 5}, "number of images: 4 against 5"),
        ({"facts": {"split": "test"}}, "split: val against test"),
        ({"facts": {"images_per_layout": "10"}}, "images_per_layout: None against 10"),
    ],
)
def test_other_measurements_are_refused(facts: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=f"they differ in .*{message}.*evaluate as the baseline was"):
        judge(subject(), subject(**facts), Tolerances())  # type: ignore[arg-type]


def test_a_number_over_fewer_images_or_of_another_direction_is_refused() -> None:
    one = subject()
    fewer = dataclasses.replace(one.evaluation, results={**one.evaluation.results, "psnr": Value(16.0, 0.3, 3)})
    with pytest.raises(InputError, match="number of images of psnr: 4 against 3"):
        judge(one, dataclasses.replace(one, evaluation=fewer), Tolerances())
    turned = dataclasses.replace(one.evaluation, higher_is_better={**one.evaluation.higher_is_better, "psnr": False})
    with pytest.raises(InputError, match="better direction of psnr: higher against lower"):
        judge(one, dataclasses.replace(one, evaluation=turned), Tolerances())


def test_another_segmenter_is_no_misuse_but_is_said_even_where_no_number_moved() -> None:
    pair = judge(subject(), subject(facts={"feature:effnet": "9" * 64}), Tolerances())
    assert not pair.failures(strict=True)
    assert pair.diagnosis.startswith("The measurement itself changed")
    assert judge(subject(), subject(seed=1), Tolerances()).diagnosis == ""


def test_files_without_a_digest_are_noted() -> None:
    old = dataclasses.replace(subject(path="old.json"), sealed=False)
    assert judge(old, subject(), Tolerances()).notes == (
        "old.json has no digest, as files of older versions: an edited number in it would not be noticed.",
    )


def outcome(*pairs: tuple[Subject, Subject], missing: tuple[Subject, ...] = (), strict: bool = False) -> Result:
    return check(Matched(pairs, missing, ()), strict=strict)


def test_what_fails_the_gate() -> None:
    same, worse, better = ((subject(path="b"), subject({"psnr": p})) for p in (16.0, 15.0, 17.0))
    assert not outcome(same).failed
    assert outcome(same, worse).failed
    assert not outcome(same, better).failed
    assert outcome(same, better, strict=True).failed
    assert outcome(same, missing=(subject(path="m"),)).failed
    assert not check(Matched((same,), (), (worse[1],))).failed  # one without a baseline is a note
    assert outcome(same, worse).count("regressed") == 1
    assert outcome(same, worse).count("unchanged") == 5


def test_a_lost_number_fails() -> None:
    assert outcome((subject({"fid": 30.0}), subject())).failed
    assert not outcome((subject(), subject({"fid": NotAvailable("else. Do that.")}))).failed


def test_a_file_against_itself_is_noted() -> None:
    assert outcome((subject(path="x"), subject(path="./x"))).notes == (
        "x is baseline and record at once: it was checked against itself.",
    )
    assert outcome((subject(path="x"), subject(path="y"))).notes == ()


def test_a_tolerance_of_no_output_is_refused() -> None:
    with pytest.raises(InputError, match=r"'psnrr' is not an output of these records.*closest: 'psnr'"):
        check(Matched(((subject(), subject()),), (), ()), Tolerances([parse_option("psnrr=1")]))
