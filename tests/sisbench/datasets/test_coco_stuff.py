"""COCO-Stuff: the card against published facts, the layouts in which people have it, and the oddities of its files."""

import shutil

import numpy as np
import pytest
import torch
from PIL import Image

from sisbench import datasets, decoding
from sisbench.data import Samples, training_batches
from sisbench.data_check import check
from sisbench.encode import OASIS, SPADE, condition
from sisbench.errors import InputError, Problems
from sisbench.files import Tree
from tests.sisbench.datasets.on_disk import broken_contracts, counting
from tests.trees import coco_stuff_tree, flat_coco_stuff_tree, moved, packed

DATASET = datasets.get("coco_stuff")
CARD = DATASET.card
COUNTS = {"train": 4, "val": 3}
KEYS = ["000000000139", "000000000285", "000000000431"]

PLACES = {
    "as they unpack, maps in a folder of their own": lambda name: name,
    "by the readme of COCO-Stuff": lambda name: _under(name, "images/", "annotations/"),
    "maps in a folder called as their archive": lambda name: _under(name, "", "stuffthingmaps_trainval2017/"),
    "photos and maps in the same folders": lambda name: _under(name, "", ""),
}


def _under(name, photos, maps):
    inner = name.removeprefix("stuffthingmaps/")
    return f"{photos if inner == name else maps}{inner}"


@pytest.fixture
def official(tmp_path):
    return coco_stuff_tree(tmp_path / "coco_stuff")


@pytest.fixture
def flat(tmp_path):
    return flat_coco_stuff_tree(tmp_path / "coco_stuff")


def index(root, split="val"):
    return DATASET.index(Tree(root, archives=True), split)


def test_the_label_space_has_182_ids_of_which_171_occur():
    assert [label.id for label in CARD.labels] == [label.train_id for label in CARD.labels] == list(range(182))
    # 1-based numbers of the things that were never annotated: 12, 26, 29, 30, 45, 66, 68, 69, 71, 83, 91
    assert CARD.absent == (11, 25, 28, 29, 44, 65, 67, 68, 70, 82, 90)
    names = {label.id: label.name for label in CARD.labels}
    assert [names[i] for i in (0, 10, 11, 12, 89, 90, 91, 181)] == [
        "person",
        "fire hydrant",
        "street sign",
        "stop sign",
        "toothbrush",
        "hair brush",
        "banner",
        "wood",
    ]
    assert len({label.color for label in CARD.labels} | {(0, 0, 0)}) == 183  # no two alike, and none for unlabelled
    assert [CARD.palette()[i] for i in (0, 1, 2, 6)] == [(128, 0, 0), (0, 128, 0), (128, 128, 0), (128, 128, 128)]


def test_sizes_and_counts_are_the_published_ones():
    assert (CARD.layout_channels, CARD.instances, CARD.unlabeled_id) == (183, True, 255)
    assert (CARD.size, CARD.native_size) == ((256, 256), None)
    assert dict(CARD.counts) == {"train": 118287, "val": 5000}


def test_unlabelled_pixels_are_the_last_channel_of_spade_and_the_first_of_oasis():
    layout, instance = torch.tensor([[0, 181, 255]]), torch.tensor([[5, 5, 5]])
    spade = condition(layout, instance, CARD, SPADE)
    assert spade.shape == (184, 1, 3)
    assert spade[:183].argmax(0).tolist() == [[0, 181, 182]]
    assert spade[183].tolist() == [[0, 0, 0]]  # the instance map decides on edges, not the layout
    oasis = condition(layout, None, CARD, OASIS)
    assert oasis.shape == (183, 1, 3)
    assert oasis.argmax(0).tolist() == [[1, 182, 0]]


def test_every_contract_is_kept_with_and_without_instance_maps(tmp_path):
    coco_stuff_tree(tmp_path / "official/coco_stuff")
    flat_coco_stuff_tree(tmp_path / "flat/coco_stuff")
    for layout in ("official", "flat"):
        assert broken_contracts(counting("coco_stuff", COUNTS), tmp_path / layout) == []


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_photos_and_maps_lie_in_many_places(official, place):
    items = index(moved(official, place))
    assert [item.key for item in items] == KEYS
    assert all(item.image.name.endswith(f"{item.key}.jpg") for item in items)
    assert all(item.layout.name.endswith(f"{item.key}.png") for item in items)


def test_the_archives_are_read_in_place(official):
    unpacked = Samples(DATASET, Tree(official), "val").digest()
    archives = {
        "train2017": "train2017.zip",
        "val2017": "val2017.zip",
        "stuffthingmaps/": "stuffthingmaps_trainval2017.zip",
    }
    packed(official, archives)
    assert sorted(path.name for path in official.iterdir()) == sorted(archives.values())
    samples = Samples(DATASET, datasets.locate(DATASET, official), "val")
    assert samples.digest() == unpacked
    assert str(samples.items[0].layout).endswith("stuffthingmaps_trainval2017.zip/val2017/000000000139.png")


def test_some_archives_may_be_unpacked(official):
    packed(official, {"stuffthingmaps/": "maps.zip"})  # the folder val2017 is there, and holds photos alone
    (item, *_) = index(official)
    assert item.image.tree == official
    assert item.layout.tree == official / "maps.zip"
    with pytest.raises(Problems, match=r"no file named \*\.png"):
        DATASET.index(Tree(official), "val")


def test_255_is_a_label_of_its_own(official):
    dataset = counting("coco_stuff", COUNTS)
    verdict = check(dataset, Tree(official))
    assert verdict.labels == (0, 91, 181, 255)
    assert "val: no instance maps, which methods with instance edges need" in verdict.notes
    assert "val: official layout" in verdict.notes
    assert Samples(DATASET, Tree(official), "val")[0].layout.unique().tolist() == [0, 91, 181, 255]


def test_instance_maps_of_the_flat_layout_have_16_bits(flat):
    samples = Samples(DATASET, Tree(flat), "val")
    assert DATASET.listing(Tree(flat), "val").layout == "flat"
    assert samples.items[0].instance.name == "val_inst/000000000139.png"
    assert max(int(sample.instance.max()) for sample in samples) > 255
    cond, _ = next(training_batches(samples, 2, seed=0))
    assert cond.shape == (2, 184, 256, 256)
    assert cond[:, 183].any()


def test_methods_with_edges_ask_for_instance_maps(official):
    samples = Samples(DATASET, Tree(official), "val")
    cond, _ = next(training_batches(samples, 2, seed=0, encoding=OASIS))
    assert cond.shape == (2, 183, 256, 256)
    with pytest.raises(InputError, match=r"conditions on instance maps: .* got none\. Add the instance maps"):
        next(training_batches(samples, 2, seed=0))


def test_one_missing_instance_map_is_a_problem(flat):
    (flat / "val_inst/000000000285.png").unlink()
    with pytest.raises(Problems, match=r"000000000285\.jpg: no instance map; expected .*val_inst/000000000285\.png"):
        index(flat)


def test_a_grey_photo_is_read_as_rgb(official):
    samples = Samples(DATASET, Tree(official), "val")
    assert decoding.stored(samples.items[0].image).mode == "L"
    assert samples[0].image.shape == (3, 256, 256)


def test_train_ids_beside_the_maps_are_left_alone(official):
    for path in sorted((official / "stuffthingmaps/val2017").iterdir()):
        shutil.copy(path, path.with_name(f"{path.stem}_labelTrainIds.png"))
    assert [item.key for item in index(official)] == KEYS


def test_train_ids_alone_are_named(official):
    for path in sorted((official / "stuffthingmaps/val2017").iterdir()):
        path.rename(path.with_name(f"{path.stem}_labelTrainIds.png"))
    with pytest.raises(Problems) as caught:
        index(official)
    (problem,) = caught.value.problems
    assert "no file named *.png (nor in 'stuffthingmaps_trainval2017/val2017/', " in problem
    assert "000000000139_labelTrainIds.png, which holds train ids (171 in a row) in place of label ids" in problem


def test_train_ids_in_place_of_label_ids_are_recognised(official):
    path = official / "stuffthingmaps/val2017/000000000139.png"
    ids = np.asarray(Image.open(path)).copy()
    ids[ids == 181] = 170
    ids[:2, :3] = 11  # the stop sign of those who count without the eleven
    Image.fromarray(ids).save(path)
    with pytest.raises(Problems) as caught:
        check(counting("coco_stuff", COUNTS), Tree(official))
    (problem,) = caught.value.problems
    assert problem == (
        f"{path}: label ids 11 (6 pixels) are never in the label maps of COCO-Stuff. These look like train ids (0 to "
        "170, 255 for ignored): name the maps of label ids instead."
    )


def test_sizes_that_differ_are_told_with_both_files(official):
    path = official / "stuffthingmaps/val2017/000000000139.png"
    Image.open(path).resize((20, 10), Image.Resampling.NEAREST).save(path)
    photo = official / "val2017/000000000139.jpg"
    with pytest.raises(Problems) as caught:
        check(counting("coco_stuff", COUNTS), Tree(official))
    assert list(caught.value.problems) == [f"{photo}: is 64x48, but its label map 20x10 ({path})"]
    with pytest.raises(InputError, match=rf"{photo}: the photo is 64x48, but its label map {path} is 20x10"):
        Samples(DATASET, Tree(official), "val")[0]
