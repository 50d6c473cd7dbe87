"""Pictures of label maps: which layouts, what stands where, which colours are explained."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure

from sisbench import datasets, images
from sisbench.data import Samples
from sisbench.errors import InputError
from sisbench.plots import semantics, worst
from sisbench.plots._gallery import class_colors
from sisbench.segmented import Segmented

DATASET = datasets.get("tinytown")


@pytest.fixture(scope="module")
def samples() -> Samples:
    return Samples(DATASET, datasets.locate(DATASET), "val", limit=4)


@pytest.fixture(scope="module")
def folder(samples: Samples, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The photos as generated images; one is black."""
    root = tmp_path_factory.mktemp("images") / "mine"
    for place, sample in enumerate(samples):
        images.save_png(root / f"{sample.key}.png", torch.zeros_like(sample.image) if place == 2 else sample.image)
    return root


def panels(figure: Figure) -> list[np.ndarray]:
    return [np.asarray(axes.images[0].get_array()) for axes in figure.axes]


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.texts if text.get_text()]


def draw(folder: Path, **options: object) -> Figure:
    seen = Segmented([folder], None, "tinytown", None)
    return semantics.command(seen, **{"key": (), "count": None, **options}).figure  # type: ignore[arg-type]


def test_rows_of_chosen_layouts(folder: Path, samples: Samples) -> None:
    keys = (samples.keys[3], samples.keys[0])
    figure = draw(folder, key=keys)
    found, drawn = Segmented([folder], None, "tinytown", None), panels(figure)
    colors = class_colors(DATASET.card)
    assert len(drawn) == 10
    for row, key in zip((drawn[:5], drawn[5:]), keys, strict=True):
        labels = found.labels(None, key)
        expected = [found.photo(key), colors[found.truth(key)], colors[labels], found.photo(key), colors[labels]]
        assert all(np.array_equal(one, other) for one, other in zip(row, expected, strict=True))
    titles = ["photo", "true label map", "photo's label map", "mine", "its label map"]
    assert [text for text in texts(figure) if text in titles] == titles
    assert all(key in texts(figure) for key in keys)


def test_layouts_are_spread_evenly(folder: Path, samples: Samples) -> None:
    shown = [text for text in texts(draw(folder, count=2.0)) if text in samples.keys]
    assert shown == [sorted(samples.keys)[0], sorted(samples.keys)[2]]
    assert len(panels(draw(folder))) == 4 * 5


def test_the_legend_names_what_occurs(folder: Path, samples: Samples) -> None:
    figure = draw(folder, key=(samples.keys[0],))
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    found = Segmented([folder], None, "tinytown", None)
    there = set(np.unique(found.truth(samples.keys[0]))) | set(np.unique(found.labels(None, samples.keys[0])))
    expected = [label.name for label in DATASET.card.train_classes if label.train_id in there]
    assert names == [*expected, *(["not scored"] if 255 in there else [])]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"key": ("nowhere",)}, r"no image of the layouts 'nowhere'; expected keys such as 'boulevard_"),
        ({"count": 0.0}, r"'--count' is 0; expected a whole number of 1 or more"),
        ({"count": 1.5}, r"'--count' is 1.5; expected"),
    ],
)
def test_bad_requests(folder: Path, options: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        draw(folder, **options)


def test_the_worst_image_comes_first(folder: Path, samples: Samples) -> None:
    found = Segmented([folder], None, "tinytown", None)
    figure = worst.command(found, count=2.0).figure
    scores = {key: found.iou(found.methods[0], key) or 0.0 for key in found.keys}
    expected = sorted(scores, key=lambda key: scores[key])[:2]
    assert expected[0] == samples.keys[2]  # the black one
    assert [text for text in texts(figure) if text in samples.keys] == expected
    ious = [text for text in texts(figure) if text.startswith("IoU ") and text.endswith("%")]
    sources = [(source, key) for key in expected for source in (None, found.methods[0])]
    assert ious == [f"IoU {100 * (found.iou(source, key) or 0):.1f} %" for source, key in sources]
