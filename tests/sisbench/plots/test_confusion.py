from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from sisbench.errors import InputError
from sisbench.plots.confusion import MOST, matrix


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts]


def names(figure: Figure) -> list[str]:
    return [label.get_text() for label in figure.axes[0].get_yticklabels()]


def test_shares_of_the_true_pixels() -> None:
    counts = np.array([[6, 2, 0], [1, 1, 0], [0, 0, 0]])
    figure = matrix([("mine", counts)], ["road", "sky", "nowhere"], ["caption"])
    assert names(figure) == ["road", "sky"]  # no pixel of the third one anywhere
    assert texts(figure) == ["75", "25", "50", "50"]
    drawn = figure.axes[0].images[0].get_array()
    assert drawn is not None
    assert np.allclose(drawn**2, [[0.75, 0.25], [0.5, 0.5]])
    assert figure.axes[0].get_title("left") == "mine"


def test_a_class_that_only_images_show_has_a_place() -> None:
    figure = matrix([("mine", np.array([[9, 1], [0, 0]]))], ["road", "sky"], [])
    assert names(figure) == ["road", "sky"]
    assert texts(figure) == ["90", "10"]


def test_many_classes_are_summed_up() -> None:
    counts = np.diag(np.arange(1, MOST + 6))
    figure = matrix([("a", counts), ("a", counts)], [f"class {i}" for i in range(MOST + 5)], [])
    assert names(figure) == [*(f"class {i}" for i in range(5, MOST + 5)), "others"]
    assert len(figure.axes) == 2
    assert texts(figure) == ["100"] * (MOST + 1)


def test_nothing_to_show() -> None:
    with pytest.raises(InputError, match="no pixel of the layouts has a scored class"):
        matrix([("mine", np.zeros((2, 2), dtype=np.int64))], ["road", "sky"], [])
