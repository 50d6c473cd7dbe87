"""What the galleries show: which samples, which columns, and the best and worst images of every run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

from sisbench.evaluation import Value
from sisbench.report import pictures
from sisbench.report.collect import Run
from sisbench.report.pictures import Picture, RunPictures

EXTREMES = 4
"""Images at either end of a run's ranking that the page holds."""

ColumnKind = Literal["layout", "real", "image", "variant", "semantics", "stage"]


class Column(NamedTuple):
    """One kind of picture of every sample.

    Attributes:
        kind: What it shows.
        label: Heading.
        run: Number of the run that it belongs to; None for layouts and photos.
    """

    kind: ColumnKind
    label: str
    run: int | None


class Ranked(NamedTuple):
    """One image of a ranking: its key and its share in the number."""

    key: str
    value: float


class Extremes(NamedTuple):
    """The ends of a run's ranking by one output, each starting with the most extreme image."""

    best: tuple[Ranked, ...]
    worst: tuple[Ranked, ...]


@dataclass(frozen=True)
class Gallery:
    """Samples of one split, for all runs on it.

    Attributes:
        dataset: Name of the data set.
        split: Name of the split.
        columns: All columns.
        cells: By key, the pictures by number of their column.
        shown: Keys of the rows; further keys of `cells` are there for the rankings alone.
        total: Samples of which any run has an image.
        size: Height and width at which the data set is compared; None where it is not known.
        reason: Why there are no layouts and photos; empty where there are.
    """

    dataset: str
    split: str
    columns: tuple[Column, ...]
    cells: Mapping[str, Mapping[int, Picture]]
    shown: tuple[str, ...]
    total: int
    size: tuple[int, int] | None
    reason: str


@dataclass
class _Builder:
    """Columns as they are met, and the pictures that were put into them."""

    columns: list[Column] = field(default_factory=list)
    cells: dict[str, dict[int, Picture]] = field(default_factory=dict)

    def put(self, column: Column, of: Mapping[str, Picture], keys: Sequence[str]) -> None:
        for key in keys:
            if key in of:
                if column not in self.columns:
                    self.columns.append(column)
                self.cells.setdefault(key, {})[self.columns.index(column)] = of[key]


def extremes(run: Run, images: Mapping[str, Picture], count: int = EXTREMES) -> dict[str, Extremes]:
    """Rank a run's images by every output that has values for each.

    Args:
        run: The run.
        images: Its images by key; those that are missing are left out of the ranking.
        count: Images at either end.

    Returns:
        By output. An image is at one end only: of few images, either end has less than half of them.
    """
    if run.shares is None or count < 1:
        return {}
    found = {}
    for output, column in run.shares.columns.items():
        if not isinstance(run.record.evaluation.results.get(output), Value):
            continue
        better = 1 if run.record.evaluation.higher_is_better.get(output, True) else -1
        ranked = sorted(
            (Ranked(key, value) for key, value in zip(run.shares.keys, column, strict=True) if key in images),
            key=lambda one: (-better * one.value, one.key),
        )
        ends = min(count, len(ranked) // 2)
        found[output] = Extremes(tuple(ranked[:ends]), tuple(reversed(ranked[len(ranked) - ends :])))
    return found


def plan(
    runs: Sequence[Run],
    found: Sequence[RunPictures],
    rankings: Sequence[Mapping[str, Extremes]],
    count: int,
    root: Path | None = None,
) -> list[Gallery]:
    """Choose what to show.

    Args:
        runs: All runs.
        found: The pictures of each.
        rankings: The rankings of each.
        count: Most samples of one gallery.
        root: Place of the data set, where it was named.

    Returns:
        One gallery for each split of a data set that any run has images of.
    """
    splits: dict[tuple[str, str], list[int]] = {}
    for number, run in enumerate(runs):
        if found[number].images:
            splits.setdefault((run.dataset, run.split), []).append(number)
    return [_gallery(*split, members, runs, found, rankings, count, root) for split, members in splits.items()]


def _gallery(
    dataset: str,
    split: str,
    members: list[int],
    runs: Sequence[Run],
    found: Sequence[RunPictures],
    rankings: Sequence[Mapping[str, Extremes]],
    count: int,
    root: Path | None,
) -> Gallery:
    card, behind, reason = pictures.layouts_and_photos(dataset, split, root)
    counts: dict[str, int] = {}
    for number in members:
        for key in found[number].images:
            counts[key] = counts.get(key, 0) + 1
    shown = choose(counts, len(members), count)
    ranked = {
        number: {one.key for ends in rankings[number].values() for side in ends for one in side} for number in members
    }
    every = sorted({*shown, *(key for keys in ranked.values() for key in keys)})
    builder = _Builder()
    label = "source" if any(layout.kind == "photo" for layout, _ in behind.values()) else "layout"
    builder.put(Column("layout", label, None), {key: layout for key, (layout, _) in behind.items()}, every)
    photos = {key: photo for key, (_, photo) in behind.items() if photo is not None}
    builder.put(Column("real", "real", None), photos, every)
    for number in members:
        images = found[number]
        wanted = sorted({*shown, *ranked[number]})
        builder.put(Column("image", runs[number].label, number), images.images, wanted)
        builder.put(Column("semantics", "semantic map", number), images.semantics, shown)
        for stage, of in images.stages.items():
            builder.put(Column("stage", stage, number), of, shown)
        for variant in sorted({name for of in images.variants.values() for name in of}):
            of = {key: by[variant] for key, by in images.variants.items() if variant in by}
            first = {key: picture for key, picture in of.items() if picture == images.images[key]}
            rest = {key: picture for key, picture in of.items() if key not in first}
            builder.put(Column("variant", f"noise {variant}", number), rest, shown)
    size = card.size if card is not None else None
    return Gallery(dataset, split, tuple(builder.columns), builder.cells, tuple(shown), len(counts), size, reason)


def choose(counts: Mapping[str, int], runs: int, limit: int) -> list[str]:
    """Choose evenly spaced samples, those that all runs have first.

    >>> choose({"a": 2, "b": 2, "c": 2, "d": 2}, runs=2, limit=2)
    ['a', 'c']
    >>> choose({"a": 1, "b": 2, "c": 1}, runs=2, limit=2)
    ['a', 'b']
    """
    common = sorted(key for key, n in counts.items() if n == runs)
    others = sorted(key for key, n in counts.items() if n != runs)
    chosen = _spread(common, limit)
    return sorted([*chosen, *_spread(others, limit - len(chosen))])


def _spread(keys: list[str], limit: int) -> list[str]:
    count = min(limit, len(keys))
    return [keys[i * len(keys) // count] for i in range(count)]
