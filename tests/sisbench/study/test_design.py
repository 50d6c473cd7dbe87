from __future__ import annotations

import itertools
from collections import Counter, defaultdict

import pytest

from sisbench.errors import InputError
from sisbench.study.design import Shown, Trial, plan, shuffled
from tests.sisbench.study.samples import keys

METHODS = ("lggan", "spade", "crn", "sims")

GRID = [  # methods, layouts, trials, vigilance, raters: blocks that fit the layouts, that do not, odd and even
    *((2, 8, 8, 2, 3), (2, 8, 5, 1, 7), (2, 7, 4, 0, 5), (2, 48, 20, 5, 5), (2, 9, 9, 9, 4)),
    *((3, 8, 10, 3, 4), (3, 5, 15, 5, 2), (4, 12, 6, 2, 9), (4, 12, 25, 4, 6)),
]


def by_rater(trials: list[Trial]) -> dict[int, list[Trial]]:
    found = defaultdict(list)
    for trial in trials:
        found[trial.rater].append(trial)
    return found


def pair_of(trial: Trial) -> frozenset[str | None]:
    return frozenset((trial.first.method, trial.second.method))


def spread(counts: Counter[object], wanted: int) -> int:
    """Difference of the largest and the smallest count, of `wanted` things."""
    assert len(counts) <= wanted
    return max(counts.values()) - (min(counts.values()) if len(counts) == wanted else 0)


@pytest.mark.parametrize("seed", [0, 1, 17])
@pytest.mark.parametrize("numbers", GRID)
def test_balance(numbers: tuple[int, int, int, int, int], seed: int) -> None:
    n_methods, layouts, trials, vigilance, raters = numbers
    methods = METHODS[:n_methods]
    planned = plan(methods, keys(layouts), trials=trials, vigilance=vigilance, raters=raters, seed=seed)
    pairs = list(itertools.combinations(methods, 2))
    asked = [trial for trial in planned if not trial.vigilance]
    assert len({trial.id for trial in planned}) == len(planned) == raters * (trials + vigilance)
    assert sorted(by_rater(planned)) == list(range(1, raters + 1))
    for group in (asked, *by_rater(asked).values()):
        assert spread(Counter(map(pair_of, group)), len(pairs)) <= 1
        for a, b in pairs:
            shown = [trial for trial in group if pair_of(trial) == {a, b}]
            ahead = sum(trial.first.method == a for trial in shown)
            assert abs(2 * ahead - len(shown)) <= 1
    for group in by_rater(asked).values():
        assert len({(pair_of(trial), trial.layout) for trial in group}) == trials
    for a, b in pairs:
        shown = [trial for trial in asked if pair_of(trial) == {a, b}]
        assert spread(Counter(trial.layout for trial in shown), layouts) <= 1


def test_every_layout_is_shown_both_ways() -> None:
    planned = plan(METHODS[:2], keys(8), trials=8, vigilance=0, raters=6, seed=3)
    ahead = Counter(trial.layout for trial in planned if trial.first.method == "lggan")
    assert set(ahead.values()) == {3}


@pytest.mark.parametrize("real", [False, True])
def test_vigilance_pairs(real: bool) -> None:
    planned = plan(METHODS[:3], keys(20), trials=20, vigilance=5, raters=4, seed=0, real=real)
    for group in by_rater(planned).values():
        places = [place for place, trial in enumerate(group) if trial.vigilance]
        assert [place // 5 for place in places] == [0, 1, 2, 3, 4]  # one in each fifth
        probes = [group[place] for place in places]
        assert len({trial.layout for trial in probes}) == 5
        assert sum(trial.intact == "first" for trial in probes) in (2, 3)
        for trial in probes:
            assert (trial.first.degraded, trial.second.degraded) in ((True, False), (False, True))
            assert trial.first.method == trial.second.method
        sources = {trial.first.method for trial in probes}
        assert sources == ({None} if real else set(METHODS[:3]))
    assert len({tuple(trial.vigilance for trial in group) for group in by_rater(planned).values()}) > 1


def test_the_right_answer() -> None:
    intact, spoilt = Shown("a"), Shown("a", degraded=True)
    assert Trial("t", 1, "k", intact, spoilt).intact == "first"
    assert Trial("t", 1, "k", spoilt, intact).intact == "second"
    assert not Trial("t", 1, "k", intact, Shown("b")).vigilance


def test_a_seed_is_a_study() -> None:
    numbers = {"trials": 8, "vigilance": 2, "raters": 2}
    one, same, other = (plan(METHODS[:2], keys(9), seed=seed, **numbers) for seed in (5, 5, 6))
    assert one == same
    assert [trial.layout for trial in one] != [trial.layout for trial in other]
    assert not {trial.id for trial in one} & {trial.id for trial in other}


def test_shuffled_is_a_permutation_that_never_changes() -> None:
    assert shuffled("abcdef", 0, "x") == ["b", "a", "d", "e", "f", "c"]
    orders = {tuple(shuffled("abc", seed)) for seed in range(100)}
    assert len(orders) == 6


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"methods": ["a"]}, "1 method; it compares two or more"),
        ({"layouts": ["x"]}, "1 layout; no interval follows"),
        ({"trials": 0}, r"0 trials per rater of 1 pair of methods and 6 layouts .*Ask for 1 to 6 trials"),
        ({"trials": 7}, "7 trials per rater"),
        ({"methods": ["a", "b", "c"], "trials": 2}, "of 3 pairs .*Ask for 3 to 18"),
        ({"vigilance": 5}, r"5 vigilance pairs among 4 trials .*Ask for 4 or fewer"),
        ({"vigilance": -1}, "-1 vigilance pairs make no study"),
        ({"raters": 0}, "0 raters"),
    ],
)
def test_numbers_that_do_not_fit(change: dict[str, object], message: str) -> None:
    arguments = {"methods": ["a", "b"], "layouts": keys(6), "trials": 4, "vigilance": 1, "raters": 1, "seed": 0}
    with pytest.raises(InputError, match=f"(?s){message}"):
        plan(**(arguments | change))  # type: ignore[arg-type]
