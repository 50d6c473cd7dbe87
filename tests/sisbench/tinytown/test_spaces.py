"""Label spaces: every kind has its label, and instance maps tell objects apart as each data set does."""

import numpy as np
import pytest

from sisbench import datasets
from sisbench.datasets._coco_stuff_labels import NEVER_ANNOTATED
from sisbench.errors import InputError
from sisbench.tinytown import spaces
from sisbench.tinytown.cameras import VIEWS
from sisbench.tinytown.kinds import KINDS, NUMBERS

NAMES = ("ade20k", "cityscapes", "coco_stuff")


def test_the_three_spaces():
    assert spaces.names() == list(NAMES)
    with pytest.raises(InputError, match="'cityscape' is not a label space; closest: 'cityscapes'"):
        spaces.get("cityscape")


@pytest.mark.parametrize("name", NAMES)
class TestEvery:
    def test_kind_has_one_label(self, name):
        space = spaces.get(name)
        named = [kind for kinds in space.kinds.values() for kind in kinds]
        assert sorted(named) == sorted(KINDS)
        assert set(space.kinds) <= {label.name for label in space.labels}

    def test_label_with_instances_exists(self, name):
        space = spaces.get(name)
        assert space.things <= {label.name for label in space.labels}
        assert {"person", "car", "bicycle", "bus"} <= space.things

    def test_file_has_a_name_of_its_own(self, name):
        space = spaces.get(name)
        names = [
            file
            for view in VIEWS
            for split in ("train", "val")
            for world in (3, 15)
            for file in vars(space.paths(view, split, "park", world)).values()
        ]
        assert len(set(names)) == len(names) == 4 * 2 * 2 * 3
        assert all("{" not in file and not file.startswith("/") for file in names)

    def test_colours_are_those_of_the_labels(self, name):
        space = spaces.get(name)
        for label in space.labels:
            assert tuple(space.palette[label.id]) == label.color


def label(name, kind):
    return int(spaces.get(name).table[NUMBERS[kind]])


@pytest.mark.parametrize(
    ("kind", "cityscapes", "ade20k", "coco_stuff"),
    [  # ids as the data sets publish them
        ("sky", 23, 3, 156),
        ("road", 7, 7, 148),
        ("crosswalk", 7, 7, 148),
        ("curb", 8, 12, 139),
        ("tree", 21, 5, 168),
        ("person", 24, 13, 0),
        ("rider", 25, 13, 0),
        ("bag", 24, 116, 30),
        ("car", 26, 21, 2),
        ("excavator", 27, 84, 7),
        ("caravan", 29, 103, 7),
        ("trailer", 30, 84, 7),
        ("tram", 31, 0, 6),
        ("motorcycle", 32, 117, 3),
        ("bicycle", 33, 128, 1),
        ("river", 6, 61, 147),
        ("crane", 4, 0, 255),
        ("rail track", 10, 0, 146),
        ("traffic light", 19, 137, 9),
    ],
)
def test_labels(kind, cityscapes, ade20k, coco_stuff):
    assert label("cityscapes", kind) == cityscapes
    assert label("ade20k", kind) == ade20k
    assert label("coco_stuff", kind) == coco_stuff


# A street of two cars and a rider on a bicycle; the man who carries a bag is one object of two kinds.
KIND = np.array(
    [[NUMBERS[k] for k in row] for row in (("sky", "tree", "car", "car"), ("rider", "bicycle", "person", "bag"))],
    np.uint8,
)
OBJECT = np.array([[0, 3, 40, 7], [9, 8, 12, 12]], np.uint16)


@pytest.mark.parametrize(
    ("name", "layout", "instance"),
    [
        ("cityscapes", [[23, 21, 26, 26], [25, 33, 24, 24]], [[23, 21, 26001, 26000], [25000, 33000, 24000, 24000]]),
        # objects 7, 8, 9, 12 (person), 12 (bag), 40 in the order of their numbers
        ("ade20k", [[3, 5, 21, 21], [13, 128, 13, 116]], [[0, 0, 6, 1], [3, 2, 4, 5]]),
        ("coco_stuff", [[156, 168, 2, 2], [0, 1, 0, 30]], [[156, 168, 261, 256], [258, 257, 259, 260]]),
    ],
)
def test_maps(name, layout, instance):
    labels, numbers = spaces.get(name).maps(KIND, OBJECT)
    assert labels.dtype == np.uint8
    assert numbers.dtype == np.uint16
    assert labels.tolist() == layout
    assert numbers.tolist() == instance


@pytest.mark.parametrize("name", NAMES)
def test_a_view_without_things(name):
    kind = np.full((2, 3), NUMBERS["grass"], np.uint8)
    labels, numbers = spaces.get(name).maps(kind, np.ones((2, 3), np.uint16))
    assert (labels == label(name, "grass")).all()
    assert (numbers == (0 if name == "ade20k" else labels)).all()


def test_more_than_a_thousand_of_a_label_are_a_group():
    kind = np.full((1, 1003), NUMBERS["person"], np.uint8)
    _, numbers = spaces.get("cityscapes").maps(kind, np.arange(1, 1004, dtype=np.uint16)[None])
    assert numbers[0, 999] == 24999
    assert (numbers[0, 1000:] == 24).all()


def test_coco_stuff_has_no_label_that_was_never_annotated():
    assert not set(spaces.get("coco_stuff").table.tolist()) & set(NEVER_ANNOTATED)


def test_cityscapes_instances_are_those_that_the_loader_expects():
    factor = datasets.get("cityscapes").instance_factor
    labels, numbers = spaces.get("cityscapes").maps(KIND, OBJECT)
    assert (np.where(numbers >= factor, numbers // factor, numbers) == labels).all()
