"""Cityscapes: the card against published facts, and a faithful tree at full size."""

import pytest

from sisbench import datasets
from sisbench.card import IGNORED
from sisbench.images import decode_ids, size_of
from tests.trees import cityscapes_tree

CARD = datasets.get("cityscapes").card

# cityscapesScripts: the 19 scored classes in the order of their train ids.
TRAIN_IDS = (7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33)
NAMES = (
    "road sidewalk building wall fence pole|traffic light|traffic sign|vegetation terrain sky person rider car truck "
    "bus train motorcycle bicycle"
)


def test_the_label_space_is_the_official_one():
    assert [label.id for label in CARD.labels] == list(range(34))
    assert tuple(label.id for label in CARD.train_classes) == TRAIN_IDS
    names = [name for part in NAMES.split("|") for name in ([part] if "traffic" in part else part.split())]
    assert [label.name for label in CARD.train_classes] == names
    table = CARD.train_id_table()
    assert [table[i] for i in TRAIN_IDS] == list(range(19))
    assert all(table[i] == IGNORED for i in range(256) if i not in TRAIN_IDS)
    assert CARD.palette()[7] == (128, 64, 128)
    assert CARD.palette()[26] == (0, 0, 142)


def test_sizes_and_counts_are_the_published_ones():
    assert CARD.layout_channels == 35  # SPADE: 35 channels, then the edge channel
    assert not CARD.unknown_label
    assert CARD.instances
    assert (CARD.size, CARD.native_size) == ((256, 512), (1024, 2048))
    assert dict(CARD.counts) == {"train": 2975, "val": 500}


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    return datasets.locate(datasets.get("cityscapes"), cityscapes_tree(tmp_path_factory.mktemp("city"), 2, 1))


def test_the_official_tree_is_read(tree):
    dataset = datasets.get("cityscapes")
    assert [item.key for item in dataset.index(tree, "train")] == ["aachen_000000_000019", "bochum_000001_000038"]
    (item,) = dataset.index(tree, "val")
    assert item.key == "frankfurt_000000_000019"
    assert list(item.files()) == ["photo", "label map", "instance map"]
    assert {size_of(file) for file in item.files().values()} == {(1024, 2048)}
    instance, layout = decode_ids(item.instance), decode_ids(item.layout)
    assert instance.max() > 20000  # 16 bits
    assert (instance.where(instance < 1000, instance // 1000) == layout).all()
