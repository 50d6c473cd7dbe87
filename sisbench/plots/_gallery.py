"""Rows of pictures under common headings, with the colours of the classes that occur."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from sisbench.card import IGNORED, Card
from sisbench.plots._labelled import LabelledImages
from sisbench.plots._style import INK, MUTED
from sisbench.plots._text import caption, drawable, short_name

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

_COLUMN = 1.7
"""Inches of a picture, without the space around."""
_GAP, _HEAD, _LINE = 0.06, 0.24, 0.16
"""Inches between pictures, above the first row, and of a line of text."""
_HANDLE, _CHARACTER, _MOST_CLASSES = 0.34, 0.062, 30
"""Of the legend: inches of the symbol with its space and of a character, and how many classes it names."""


class Picture(NamedTuple):
    """One cell.

    Attributes:
        pixels: (H, W, 3).
        below: A line of text.
    """

    pixels: NDArray[np.uint8]
    below: str = ""


def rows(
    seen: LabelledImages, keys: Sequence[str], notes: Mapping[str, Sequence[str]]
) -> tuple[list[list[Picture]], set[int]]:
    """Return a row for each key: photo, truth, the photo's label map, and image and label map of every method.

    Args:
        seen: The images.
        keys: Of the rows.
        notes: By key, a line for the photo's label map, then for each method's; none for keys that are not there.

    Returns:
        The rows, and the train ids that occur in their label maps.
    """
    import numpy as np

    colors = class_colors(seen.card)
    found, classes = [], set[int]()

    def drawn(labels: NDArray[np.uint8], below: str = "") -> Picture:
        classes.update(np.unique(labels).tolist())
        return Picture(colors[labels], below)

    for key in keys:
        below = iter(notes.get(key, ()))
        row = [Picture(seen.photo(key), key), drawn(seen.truth(key))]
        row.append(drawn(seen.labels(None, key), next(below, "")))
        for method in seen.methods:
            row += [Picture(seen.image(method, key)), drawn(seen.labels(method, key), next(below, ""))]
        found.append(row)
    return found, classes


def headings(seen: LabelledImages) -> list[str]:
    """Return the headings of `rows`."""
    ours = [text for method in seen.methods for text in (short_name(method.label), "its label map")]
    return ["photo", "true label map", "photo's label map", *ours]


def class_colors(card: Card) -> NDArray[np.uint8]:
    """Return 256 colours by train id; ignored pixels are black."""
    import numpy as np

    table = np.zeros((256, 3), dtype=np.uint8)
    for label in card.train_classes:
        table[label.train_id] = label.color
    return table


def gallery(
    cells: Sequence[Sequence[Picture]], titles: Sequence[str], card: Card, classes: set[int], lines: Sequence[str]
) -> Figure:
    """Draw the figure.

    Args:
        cells: Rows of equal length.
        titles: Heading of every column.
        card: Whose classes they are.
        classes: Train ids that the legend explains; 255 is what no score counts.
        lines: Below the figure.
    """
    from matplotlib.figure import Figure

    height, width = cells[0][0].pixels.shape[:2]
    tall = _COLUMN * height / width
    row = tall + _GAP + (_LINE if any(cell.below for line in cells for cell in line) else 0)
    names = _legend(card, classes)
    across = len(titles) * (_COLUMN + _GAP) + _GAP
    beside = max(1, int(across / (_HANDLE + _CHARACTER * max(map(len, names)))))
    body = _HEAD + len(cells) * row
    figure = Figure(figsize=(across, body + _LINE * -(-len(names) // beside) + 2 * _GAP))
    caption(figure, lines)  # below, where the figure grows for it
    whole = float(figure.get_size_inches()[1])
    for place, line in enumerate(cells):
        bottom = 1 - (_HEAD + place * row + tall) / whole
        for number, cell in enumerate(line):
            left = (_GAP + number * (_COLUMN + _GAP)) / across
            axes = figure.add_axes((left, bottom, _COLUMN / across, tall / whole))
            axes.imshow(cell.pixels, aspect="auto", interpolation="nearest")
            axes.set_axis_off()
            middle = left + _COLUMN / across / 2
            if place == 0:
                figure.text(middle, 1 - 0.8 * _HEAD / whole, titles[number], ha="center", fontsize=8, color=INK)
            below = bottom - 0.75 * _LINE / whole
            figure.text(middle, below, drawable(cell.below), ha="center", fontsize=6.5, color=MUTED)
    _draw_legend(figure, names, beside, (_GAP / across, 1 - body / whole))
    return figure


def _legend(card: Card, classes: set[int]) -> dict[str, tuple[int, int, int]]:
    """Return names and colours to explain: those that occur, in the order of the classes."""
    shown = [label for label in card.train_classes if label.train_id in classes]
    names = {drawable(label.name): label.color for label in shown[:_MOST_CLASSES]}
    return names | ({"not scored": (0, 0, 0)} if IGNORED in classes else {})


def _draw_legend(
    figure: Figure, names: Mapping[str, tuple[int, int, int]], beside: int, corner: tuple[float, float]
) -> None:
    from matplotlib.patches import Patch

    figure.legend(
        handles=[
            Patch(facecolor=[channel / 255 for channel in color], edgecolor=INK, linewidth=0.4, label=name)
            for name, color in names.items()
        ],
        loc="upper left",
        bbox_to_anchor=corner,
        ncols=beside,
        frameon=False,
        fontsize=7,
        labelcolor=INK,
        borderpad=0,
        borderaxespad=0,
        handlelength=1.0,
        handleheight=1.0,
        labelspacing=0.45,
        columnspacing=1.0,
        handletextpad=0.4,
    )
