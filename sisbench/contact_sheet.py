"""A contact sheet of a data set: what its photos, label maps, instance edges and aerial views look like.

One row per sample, at the size of the samples; under the rows the colours of the labels that occur.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from sisbench import images
from sisbench.card import Card, Label
from sisbench.data import Sample, Samples
from sisbench.datasets import Item
from sisbench.encode import ids_present, instance_edges
from sisbench.views import ViewSample

_GAP = 6
_LINE = 16
_LEGEND_COLUMN = 140
_PAPER = (255, 255, 255)
_INK = (40, 40, 40)


@dataclass(frozen=True)
class _Row:
    """One sample: what is written above it, its pictures (uint8 `(3, H, W)`) by title, the labels in its layouts."""

    caption: str
    pictures: dict[str, Tensor]
    labels: set[int]

    @property
    def width(self) -> int:
        return _GAP + sum(picture.shape[-1] + _GAP for picture in self.pictures.values())


def contact_sheet(samples: Samples) -> Tensor:
    """Draw all samples, one row each.

    Args:
        samples: What to draw; limit it to what a screen holds.

    Returns:
        uint8, `(3, height, width)`.

    Raises:
        InputError: A file is damaged.
    """
    rows = [_row(samples[index], item, samples) for index, item in enumerate(samples.items)]
    present = set().union(*(row.labels for row in rows))
    legend = [label for label in samples.card.labels if label.id in present]
    width = max(row.width for row in rows)
    row_height = _LINE + samples.size[0] + _GAP
    columns = max(1, (width - _GAP) // _LEGEND_COLUMN)
    legend_top = _LINE + len(rows) * row_height + _GAP
    legend_lines = -(-len(legend) // columns)
    sheet = Image.new("RGB", (width, legend_top + legend_lines * _LINE + _GAP), _PAPER)
    draw = ImageDraw.Draw(sheet)
    _draw_titles(draw, rows[0])
    for number, row in enumerate(rows):
        _draw_row(sheet, draw, row, top=_LINE + number * row_height)
    _draw_legend(draw, legend, legend_top, columns)
    return images.from_pil(sheet)


def colorize(layout: Tensor, card: Card) -> Tensor:
    """Return a layout in the colours of its card.

    Args:
        layout: Label ids, int64, `(..., H, W)`, 0 to 255.
        card: Facts of the data set.

    Returns:
        uint8, `(..., 3, H, W)`; ids that the card does not name are black.
    """
    palette = torch.tensor(card.palette(), dtype=torch.uint8, device=layout.device)
    return palette[layout].movedim(-1, -3)


def _row(sample: Sample, item: Item, samples: Samples) -> _Row:
    if isinstance(sample, ViewSample):
        return _views_row(sample, samples)
    labels = set(ids_present(sample.layout))
    pictures = {"photo": sample.image, "layout": colorize(sample.layout, samples.card)}
    if sample.instance is not None:
        pictures["instance edges"] = (255 * instance_edges(sample.instance)).to(torch.uint8).expand(3, -1, -1)
    if item.aerial is not None:
        pictures["aerial photo"] = images.decode_photo(item.aerial, _fit(images.size_of(item.aerial), samples.size[0]))
    if item.aerial_layout is not None:
        size = _fit(images.size_of(item.aerial_layout), samples.size[0])
        layout = images.decode_ids(item.aerial_layout, size)
        labels |= set(ids_present(layout))
        pictures["aerial layout"] = colorize(layout, samples.card)
    caption = sample.key if sample.category is None else f"{sample.key}   category: {sample.category}"
    return _Row(caption, pictures, labels)


def _views_row(sample: ViewSample, samples: Samples) -> _Row:
    """A sample of a cross-view task: what is seen, then what is to be made, its semantics and its groups."""
    pictures = {
        "source photo": sample.source,
        "photo": sample.image,
        "semantics": sample.semantics,
        "layout": colorize(sample.layout, samples.card),
    }
    return _Row(sample.key, pictures, set(ids_present(sample.layout)))


def _fit(size: tuple[int, int], height: int) -> tuple[int, int]:
    """Scale a size to the height of a row, with its own aspect ratio."""
    return height, max(1, round(size[1] * height / size[0]))


def _draw_titles(draw: ImageDraw.ImageDraw, row: _Row) -> None:
    left = _GAP
    for title, picture in row.pictures.items():
        _write(draw, left, 0, title)
        left += picture.shape[-1] + _GAP


def _draw_row(sheet: Image.Image, draw: ImageDraw.ImageDraw, row: _Row, top: int) -> None:
    _write(draw, _GAP, top, row.caption)
    left = _GAP
    for picture in row.pictures.values():
        sheet.paste(images.to_pil(picture), (left, top + _LINE))
        left += picture.shape[-1] + _GAP


def _draw_legend(draw: ImageDraw.ImageDraw, legend: list[Label], top: int, columns: int) -> None:
    for number, label in enumerate(legend):
        line, column = divmod(number, columns)
        x, y = _GAP + column * _LEGEND_COLUMN, top + line * _LINE
        draw.rectangle((x, y + 2, x + 11, y + 13), label.color, _INK)
        _write(draw, x + 16, y, f"{label.id} {label.name}")


def _write(draw: ImageDraw.ImageDraw, left: int, top: int, text: str) -> None:
    draw.text((left, top + 2), text, _INK, ImageFont.load_default())
