"""Tables as pictures."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from sisbench.errors import InputError
from sisbench.tables.formats.png import png
from sisbench.tables.model import Cell
from tests.sisbench.tables.example import example, hostile, large, published


def pixels(content: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(content)) as image:
        assert image.format == "PNG"
        assert image.info == {}  # neither date nor software
        return np.asarray(image)


def test_ink_stays_within_the_margins() -> None:
    shown = pixels(png(example()))
    assert shown.ndim == 2
    assert shown.min() == 0
    frame = np.concatenate([shown[:24].ravel(), shown[-24:].ravel(), shown[:, :24].ravel(), shown[:, -24:].ravel()])
    assert frame.min() == 255


def test_best_is_bold_and_worst_is_underlined() -> None:
    ink = {}
    for mark in (None, "best", "worst"):
        cells = {("a", "fid"): Cell(published("88.8"), mark=mark)}  # type: ignore[arg-type]
        ink[mark] = int((pixels(png(example(cells=cells))) < 128).sum())
    assert ink["best"] > ink[None]
    assert ink["worst"] > ink[None] + 50  # the rule, two pixels high


def test_any_text_can_be_drawn() -> None:
    assert pixels(png(hostile())).size


def test_a_table_too_large_for_a_picture() -> None:
    with pytest.raises(InputError, match=r"'large' as a picture would have \d+ x \d+ pixels; no side .*--where"):
        png(large(1000, 2))
