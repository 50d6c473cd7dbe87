"""A leaderboard and its runs as one HTML file that opens from disk. Reads records and pictures; never torch.

from sisbench import report

built = report.build([Path("runs")])
report.write(Path("report.html"), built)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sisbench.errors import InputError, counted
from sisbench.files import write_bytes
from sisbench.report import galleries, page, pictures
from sisbench.report.collect import Run, collect
from sisbench.report.galleries import Gallery
from sisbench.report.images import SIZES, SMALLEST, Batch, Encoded, encode_all
from sisbench.report.pictures import Picture, RunPictures

__all__ = ["IMAGES", "MAX_MB", "Built", "build", "write"]

IMAGES, MAX_MB = 100, 40.0
"""Samples of a gallery and size of the page, where a user names none."""

_SPARE = 20_000
"""Bytes that are kept for notes on pictures that turn out to be unreadable."""


@dataclass(frozen=True)
class Built:
    """A page.

    Attributes:
        html: The whole file.
        notes: What a reader must know, which the page says too.
        runs: Number of runs.
        pictures: Number of pictures in it.
    """

    html: bytes
    notes: tuple[str, ...]
    runs: int
    pictures: int


@dataclass(frozen=True)
class _Source:
    """What pages of any number of samples are built from."""

    runs: tuple[Run, ...]
    found: tuple[RunPictures, ...]
    notes: tuple[str, ...]
    root: Path | None


def build(
    paths: Sequence[Path],
    *,
    title: str = "Semantic image synthesis",
    images: int = IMAGES,
    max_mb: float = MAX_MB,
    root: Path | None = None,
    told: Callable[[int, int], None] = lambda done, total: None,
) -> Built:
    """Build the page of some runs.

    The page is a function of the files alone: the same files give the same bytes. Where it would be larger than
    `max_mb`, pictures are made smaller first, down to 96 pixels of width; then samples are halved; the page says so.

    Args:
        paths: Records, run folders, or folders that hold them.
        title: Heading.
        images: Most samples of one gallery; 0 leaves all pictures out.
        max_mb: Largest size of the file, in megabytes (10^6 bytes).
        root: Folder or archive of the data set, where layouts and photos are; None looks where all commands look.
        told: Called with the number of pictures done, and of all.

    Raises:
        InputError: There is no record, one is damaged, or the page is too large even without pictures.
    """
    collected = collect(paths)
    _require_one_data_set(collected.runs, root)
    found = tuple(pictures.of_run(run) for run in collected.runs)
    problems = (line for of in found for line in of.problems)
    source = _Source(collected.runs, found, (*collected.notes, *problems), root)
    count = images
    while True:
        limits = "" if count == images else _fewer(count, images, max_mb)
        built = _page(source, title, count, limits, int(max_mb * 1e6), told)
        if built is not None:
            return built
        count //= 2


def write(path: Path, built: Built) -> None:
    """Write a page atomically.

    Raises:
        InputError: The file cannot be written.
    """
    write_bytes(path, built.html)


def _page(
    source: _Source, title: str, count: int, limits: str, limit: int, told: Callable[[int, int], None]
) -> Built | None:
    """Return the page with so many samples; None if it does not fit at any size of its pictures."""
    runs, found = source.runs, source.found
    rankings = [galleries.extremes(run, of.images) if count else {} for run, of in zip(runs, found, strict=True)]
    planned = galleries.plan(runs, found, rankings, count, source.root) if count else []
    places, sources = _flat(planned)
    notes = [*source.notes, *_not_at_hand(planned), *([limits] if limits else [])]
    blank = page.Shown(planned, rankings, dict.fromkeys(places, Encoded("A")), None)
    room = limit - len(page.render(title, runs, blank, notes)) - (_SPARE if places else 0)
    if room < 0 and not count:
        raise InputError(
            f"the page is {(limit - room) / 1e6:.2f} MB without any picture, and {limit / 1e6:g} MB were allowed. Name "
            "fewer runs, or a larger '--max-mb'."
        )
    sizes = SMALLEST if limits else SIZES  # twice the samples did not fit at any size: half of them may at a small one
    batch: Batch | None = encode_all(sources, room, told, sizes) if room >= 0 else None
    if batch is None:
        return None
    notes += list(dict.fromkeys(one.problem for one in batch.pictures if one.problem))
    encoded = dict(zip(places, batch.pictures, strict=True))
    shown = page.Shown(planned, rankings, encoded, batch.size if places else None)
    return Built(page.render(title, runs, shown, notes), tuple(notes), len(runs), len(places))


def _flat(planned: Sequence[Gallery]) -> tuple[list[tuple[int, str, int]], list[Picture]]:
    """Return every cell of the galleries: its place (gallery, key, column) and its picture."""
    cells = [
        ((number, key, column), picture)
        for number, gallery in enumerate(planned)
        for key, columns in gallery.cells.items()
        for column, picture in columns.items()
    ]
    return [place for place, _ in cells], [picture for _, picture in cells]


def _require_one_data_set(runs: Sequence[Run], root: Path | None) -> None:
    names = sorted({run.dataset for run in runs})
    if root is not None and len(names) > 1:
        raise InputError(
            f"one place of data was given, {root}, and the runs are of {len(names)} data sets ({', '.join(names)}). "
            "Leave '--root' out and set $SISBENCH_DATA to the folder that holds them all."
        )


def _not_at_hand(planned: Sequence[Gallery]) -> list[str]:
    return [f"{g.dataset} {g.split}: layouts and real images are not at hand: {g.reason}" for g in planned if g.reason]


def _fewer(count: int, asked: int, max_mb: float) -> str:
    kept = f"at most {counted(count, 'sample')} of each data set" if count else "no images"
    return f"To stay below {max_mb:g} MB the page shows {kept}, where {asked} were asked for."
