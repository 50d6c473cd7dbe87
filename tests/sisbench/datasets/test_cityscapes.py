"""Cityscapes: the card against published facts, and a faithful tree at full size."""

import dataclasses
import shutil
from pathlib import Path

import pytest
import torch

from sisbench import datasets
from sisbench.card import IGNORED
from sisbench.data import Samples
from sisbench.data_check import check
from sisbench.encode import OASIS, SPADE, condition
from sisbench.errors import Problems
from sisbench.files import Tree
from sisbench.images import decode_ids, size_of
from tests.trees import cityscapes_tree, moved, packed, tinytown_tree

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


# What follows is of folders and names alone: scenes of tinytown in the size in which they are stored.
SMALL = dataclasses.replace(
    datasets.get("cityscapes"), card=dataclasses.replace(CARD, counts={"train": 12, "val": 12}, native_size=(128, 256))
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return tinytown_tree(tmp_path_factory.mktemp("whole"))


@pytest.fixture
def root(whole, tmp_path):
    return shutil.copytree(whole, tmp_path / "cityscapes", ignore=shutil.ignore_patterns("aerial", "gtAerial"))


def test_the_archives_are_read_in_place(root):
    unpacked = Samples(SMALL, Tree(root), "val").digest()
    archives = {"leftImg8bit": "leftImg8bit_trainvaltest.zip", "gtFine": "gtFine_trainvaltest.zip"}
    (root / "README").write_text("of both archives")
    packed(root, archives)
    assert sorted(path.name for path in root.iterdir()) == ["README", *sorted(archives.values())]
    tree = datasets.locate(SMALL, root)
    assert Samples(SMALL, tree, "val").digest() == unpacked
    assert check(SMALL, tree).samples == {"train": 12, "val": 12}


def flat(root):
    kinds = {"leftImg8bit": "img", "labelIds": "label", "instanceIds": "inst"}

    def place(name):
        kind = kinds[Path(name).stem.rpartition("_")[2]]
        return f"{name.split('/')[1]}_{kind}/{Path(name).name}"

    return moved(root, place)


def test_the_flat_layout_holds_the_same_samples(root):
    official = Samples(SMALL, Tree(root), "val")
    keys, digest = official.keys, official.digest()
    flat(root)
    assert sorted(path.name for path in root.iterdir())[:3] == ["train_img", "train_inst", "train_label"]
    samples = Samples(SMALL, Tree(root), "val")
    assert (samples.keys, samples.digest()) == (keys, digest)
    assert SMALL.listing(Tree(root), "val").layout == "flat"
    assert check(SMALL, Tree(root)).notes == ("train: flat layout", "val: flat layout")


def test_suffixes_in_capitals(root):
    for path in list(root.rglob("*.png")) + list(root.rglob("*.webp")):
        path.rename(path.with_suffix(path.suffix.upper()))
    assert len(SMALL.index(Tree(root), "val")) == 12
    assert len(SMALL.index(Tree(flat(root)), "val")) == 12


@pytest.mark.parametrize(
    ("ending", "what"), [("labelTrainIds", "train ids"), ("trainIds", "train ids"), ("color", "colours")]
)
def test_other_maps_in_place_of_label_ids_are_named(root, ending, what):
    for path in (root / "gtFine/val").glob("*/*_labelIds.png"):
        path.rename(path.with_name(path.name.replace("labelIds", ending)))
    with pytest.raises(Problems, match="official layout") as caught:
        SMALL.index(Tree(root), "val")
    (problem,) = caught.value.problems
    assert f"_gtFine_{ending}.png, which holds {what} in place of label ids" in problem


def test_spade_takes_edges_and_oasis_does_not():
    layout, instance = torch.tensor([[0, 7, 33]]), torch.tensor([[0, 7, 33001]])
    assert condition(layout, instance, CARD, SPADE).shape == (36, 1, 3)
    oasis = condition(layout, None, CARD, OASIS)
    assert oasis.shape == (35, 1, 3)
    assert oasis.argmax(0).tolist() == [[0, 7, 33]]  # "unlabeled" is a label, 0 in both
