"""What a user may ask for, and what is said otherwise."""

import pytest

from sisbench.errors import InputError
from sisbench.tinytown.rendering import Rendering, rendering

VIEWS = ["ground", "aerial"]


def test_sizes_of_views():
    asked = rendering("128x256", ["panorama", "ground", "aerial", "oblique"], "cityscapes")
    assert asked == Rendering(128, 256, ("ground", "aerial", "oblique", "panorama"), "cityscapes")
    assert [asked.size(view) for view in asked.views] == [(128, 256), (128, 128), (128, 256), (128, 512)]
    assert asked.facts()["views"] == "ground 128x256, aerial 128x128, oblique 128x256, panorama 128x512"


@pytest.mark.parametrize("size", [" 128X256 ", "128×256"])
def test_sizes_may_be_written_so(size):
    assert rendering(size, VIEWS, "cityscapes").size("ground") == (128, 256)


@pytest.mark.parametrize(
    ("size", "said"),
    [
        ("128", "'128' is not of the form HxW"),
        ("128x", "is not of the form HxW"),
        ("-128x256", "is not of the form HxW"),
        ("128x256x3", "is not of the form HxW"),
        ("", "'' is not of the form HxW"),
        ("large", "is not of the form HxW"),
        ("128x255", "has a width of 255; expected an even number from 32 to 4096"),
        ("127x256", "has a height of 127"),
        ("0x256", "has a height of 0"),
        ("30x64", "has a height of 30"),
        ("128x4098", "has a width of 4098"),
        ("128x999999999", "has a width of 999999999"),
        ("128x9999999999", "is not of the form HxW"),
    ],
)
def test_sizes_that_are_not_sensible(size, said):
    with pytest.raises(InputError, match=said):
        rendering(size, VIEWS, "cityscapes")


def test_names_that_nothing_has():
    with pytest.raises(InputError, match="'areal' is not a view; closest: 'aerial'"):
        rendering("128x256", ["areal"], "cityscapes")
    with pytest.raises(InputError, match="'ade' is not a label space; closest: 'ade20k'"):
        rendering("128x256", VIEWS, "ade")
    with pytest.raises(InputError, match="no view was named; there are ground, aerial, oblique, panorama"):
        rendering("128x256", [], "cityscapes")
