"""Who sees what: the balanced plan of a study, a pure function of its seed.

Every order comes from sorting by a hash of (seed, purpose, item), never from a running generator: no version of Python
can change a study.
"""

from __future__ import annotations

import hashlib
import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from sisbench.errors import InputError, counted

Choice = Literal["first", "second"]
"""Of the two images on the page: left and right, or upper and lower on an upright phone."""

_T = TypeVar("_T")


@dataclass(frozen=True)
class Shown:
    """One image of a comparison.

    Attributes:
        method: Name of the method; None is the real photo.
        degraded: Whether it was spoilt for a vigilance pair.
    """

    method: str | None
    degraded: bool = False


@dataclass(frozen=True)
class Trial:
    """One question to one rater.

    Attributes:
        id: Opaque name, unique in the study.
        rater: Number of the rater, from 1.
        layout: Key of the layout that both images are of.
        first: Image on the left.
        second: Image on the right.
    """

    id: str
    rater: int
    layout: str
    first: Shown
    second: Shown

    @property
    def vigilance(self) -> bool:
        """Whether one of the images was spoilt, so that the answer is known."""
        return self.first.degraded or self.second.degraded

    @property
    def intact(self) -> Choice:
        """The right answer of a vigilance pair."""
        return "second" if self.first.degraded else "first"


def plan(
    methods: Sequence[str],
    layouts: Sequence[str],
    *,
    trials: int,
    vigilance: int,
    raters: int,
    seed: int,
    real: bool = False,
) -> list[Trial]:
    """Plan a study.

    Each rater sees every pair of methods equally often (to within one; all raters together: to within one), every
    layout at most once per pair, and each method of a pair as often first as second (to within one; likewise). Layouts
    are taken in turn, so that all are shown equally often before one is shown again.

    Args:
        methods: Two or more names; of a pair, the one that stands earlier is the one whose preference is reported.
        layouts: Keys.
        trials: Comparisons per rater, vigilance pairs not counted.
        vigilance: Vigilance pairs per rater, each of another layout, spread over the trials.
        raters: Number of raters.
        seed: Seed of every order.
        real: Whether vigilance pairs are made from real photos; else from the methods in turn.

    Returns:
        Trials by rater, in the order in which they are shown.

    Raises:
        InputError: The numbers do not fit each other.
    """
    pairs = list(itertools.combinations(methods, 2))
    _require_feasible(len(methods), len(pairs), len(layouts), trials, vigilance, raters)
    sequences = [_Sequence(pair, shuffled(layouts, seed, "layouts", *pair), seed) for pair in pairs]
    probes = shuffled(layouts, seed, "vigilance")[:vigilance]
    sources: Sequence[str | None] = [None] if real else methods
    planned = []
    for rater in range(1, raters + 1):
        counts = Counter(turn % len(pairs) for turn in range((rater - 1) * trials, rater * trials))
        shown = [one for number, sequence in enumerate(sequences) for one in sequence.take(counts[number])]
        shown = shuffled(shown, seed, "order", rater)
        for turn, layout in enumerate(probes):
            source = sources[turn % len(sources)]
            images = [Shown(source), Shown(source, degraded=True)]
            if (turn + rater + _number(seed, "vigilance side")) % 2:
                images.reverse()
            part = range(turn * trials // vigilance, (turn + 1) * trials // vigilance)
            place = part[_number(seed, "vigilance place", rater, turn) % len(part)] + turn
            shown.insert(place, (layout, images[0], images[1]))
        planned += [Trial(_hash(seed, "trial", rater, turn)[:12], rater, *one) for turn, one in enumerate(shown)]
    return planned


class _Sequence:
    """The visits of all raters to one pair of methods, layout after layout."""

    def __init__(self, pair: tuple[str, str], layouts: Sequence[str], seed: int) -> None:
        self._pair, self._layouts, self._seed = pair, layouts, seed
        self._visits = 0
        self._lead: Counter[str | None] = Counter()  # how much more often the pair stood in order; None: overall

    def take(self, count: int) -> list[tuple[str, Shown, Shown]]:
        """Return the next visits, all of different layouts, the two orders alternating."""
        layouts = [self._layouts[(self._visits + i) % len(self._layouts)] for i in range(count)]
        starts = (1, -1) if _number(self._seed, *self._pair, self._visits) % 2 else (-1, 1)
        start = min(starts, key=lambda sign: self._imbalance(layouts, sign))
        signs = [start * (-1) ** i for i in range(count)]
        for layout, sign in zip(layouts, signs, strict=True):
            self._lead[layout] += sign
            self._lead[None] += sign
        self._visits += count
        a, b = (Shown(method) for method in self._pair)
        return [(key, a, b) if sign > 0 else (key, b, a) for key, sign in zip(layouts, signs, strict=True)]

    def _imbalance(self, layouts: Sequence[str], start: int) -> tuple[int, int]:
        """How uneven the two orders would become: first overall, then layout by layout."""
        signs = [start * (-1) ** i for i in range(len(layouts))]
        each = (abs(self._lead[layout] + sign) for layout, sign in zip(layouts, signs, strict=True))
        return abs(self._lead[None] + sum(signs)), sum(each)


def shuffled(items: Sequence[_T], *salt: object) -> list[_T]:
    """Return the items in an order that depends on their number and the salt alone."""
    order = sorted(range(len(items)), key=lambda place: _hash(*salt, place))
    return [items[place] for place in order]


def _hash(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _number(*parts: object) -> int:
    return int(_hash(*parts)[:16], 16)


def _require_feasible(methods: int, pairs: int, layouts: int, trials: int, vigilance: int, raters: int) -> None:
    if methods < 2:
        raise InputError(
            f"a preference study was asked for with {counted(methods, 'method')}; it compares two or more. Give a "
            "folder of images for each, as NAME=DIR."
        )
    if layouts < 2:
        raise InputError(
            f"a preference study was asked for on {counted(layouts, 'layout')}; no interval follows from fewer than "
            "two. Give folders with more images."
        )
    if raters < 1 or vigilance < 0:
        raise InputError(
            f"{raters} raters and {vigilance} vigilance pairs make no study. Ask for 1 or more, 0 or more."
        )
    most = -(-trials // pairs)
    if trials < pairs or most > layouts:
        raise InputError(
            f"{counted(trials, 'trial')} per rater of {counted(pairs, 'pair')} of methods and "
            f"{counted(layouts, 'layout')} do not fit: every pair is shown at least once, and a layout at most once "
            f"per pair. Ask for {pairs} to {pairs * layouts} trials."
        )
    if vigilance > min(trials, layouts):
        raise InputError(
            f"{vigilance} vigilance pairs among {counted(trials, 'trial')} on {counted(layouts, 'layout')} do not fit: "
            f"each is of another layout, and they are no more than the trials. Ask for {min(trials, layouts)} or fewer."
        )
