"""ADE20K: the card against published facts, its two layouts, and the oddities of its files."""

import shutil
from collections import Counter
from pathlib import Path

import pytest
import torch
from PIL import Image

from sisbench import datasets, decoding, images
from sisbench.card import IGNORED
from sisbench.data import Samples
from sisbench.encode import OASIS, SPADE, condition
from sisbench.errors import InputError, Problems
from sisbench.files import Tree
from tests.sisbench.datasets.on_disk import broken_contracts, counting
from tests.trees import ade20k_tree, moved

DATASET = datasets.get("ade20k")
CARD = DATASET.card
COUNTS = {"train": 4, "val": 3}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return ade20k_tree(tmp_path_factory.mktemp("ade20k"))


@pytest.fixture
def root(whole, tmp_path):
    return shutil.copytree(whole, tmp_path / "ADEChallengeData2016")


def by_names(root):
    """Put photos and label maps into folders that say nothing of the split."""
    return moved(root, lambda name: f"{'photos' if name.endswith('.jpg') else 'maps'}/{Path(name).name}")


def keys(root, split="val"):
    return [item.key for item in DATASET.index(Tree(root), split)]


def problems(root, split="val"):
    with pytest.raises(Problems) as caught:
        DATASET.index(Tree(root), split)
    return list(caught.value.problems)


def test_the_label_space_is_that_of_scene_parsing():
    assert [label.id for label in CARD.labels] == list(range(151))
    assert len(CARD.train_classes) == 150
    assert all(label.train_id == label.id - 1 for label in CARD.labels[1:])
    assert CARD.labels[0].train_id == IGNORED
    names = {label.id: label.name for label in CARD.labels}
    assert [names[i] for i in (1, 2, 3, 6, 14, 17, 48, 150)] == [
        "wall",
        "building",
        "sky",
        "ceiling",
        "earth",
        "mountain",
        "sink",
        "flag",
    ]
    assert CARD.palette()[1] == (120, 120, 120)
    assert CARD.palette()[3] == (6, 230, 230)
    shared = [color for color, n in Counter(label.color for label in CARD.labels).items() if n > 1]
    assert shared == [(140, 140, 140)]  # road and skyscraper, in the benchmark's own colours


def test_sizes_and_counts_are_the_published_ones():
    assert (CARD.layout_channels, CARD.instances, CARD.unlabeled_id) == (151, False, 0)
    assert (CARD.size, CARD.native_size) == ((256, 256), None)
    assert dict(CARD.counts) == {"train": 20210, "val": 2000}


def test_other_is_the_last_channel_of_spade_and_the_first_of_oasis():
    layout = torch.tensor([[0, 1, 150]])
    assert condition(layout, None, CARD, SPADE).argmax(0).tolist() == [[150, 0, 149]]
    assert condition(layout, None, CARD, OASIS).argmax(0).tolist() == [[0, 1, 150]]
    assert condition(layout, None, CARD, SPADE).shape == condition(layout, None, CARD, OASIS).shape == (151, 1, 3)


def test_every_contract_is_kept_in_both_layouts(whole, tmp_path):
    shutil.copytree(whole, tmp_path / "official/ade20k")
    by_names(shutil.copytree(whole, tmp_path / "names/ade20k"))
    for layout in ("official", "names"):
        assert broken_contracts(counting("ade20k", COUNTS), tmp_path / layout) == []


def test_both_layouts_hold_the_same_samples(root, tmp_path):
    official = Samples(DATASET, Tree(root.parent), "val")  # one level down, as the archive unpacks
    assert DATASET.listing(Tree(root), "val").layout == "official"
    other = by_names(shutil.copytree(root, tmp_path / "other"))
    named = Samples(DATASET, Tree(other), "val")
    assert DATASET.listing(Tree(other), "val").layout == "by names"
    assert official.keys == named.keys == ("ADE_val_00000001", "ADE_val_00000002", "ADE_val_00000003")
    assert official.digest() == named.digest()


def test_the_split_is_in_the_name_and_not_in_the_folder(root):
    moved(by_names(root), lambda name: f"train/{name}")
    assert keys(root) == ["ADE_val_00000001", "ADE_val_00000002", "ADE_val_00000003"]
    assert keys(root, "train") == [f"ADE_train_0000000{i}" for i in (1, 2, 3, 4)]
    (root / "train/maps/ADE_val_00000002.png").unlink()
    (problem,) = problems(root)
    assert "ADE_val_00000002.jpg: no label map" in problem


def test_suffixes_in_capitals(root):
    for path in list(root.rglob("*.jpg")) + list(root.rglob("*.png")):
        path.rename(path.with_suffix(path.suffix.upper()))
    assert keys(root) == ["ADE_val_00000001", "ADE_val_00000002", "ADE_val_00000003"]
    assert keys(by_names(root), "train") == [f"ADE_train_0000000{i}" for i in (1, 2, 3, 4)]


def test_grey_and_cmyk_photos_are_read_as_rgb(root):
    samples = Samples(DATASET, Tree(root), "val")
    assert [decoding.stored(item.image).mode for item in samples.items] == ["L", "CMYK", "RGB"]
    assert [sample.image.shape for sample in samples] == [(3, 256, 256)] * 3
    grey = samples[0].image
    assert torch.equal(grey[0], grey[1])
    assert torch.equal(grey[1], grey[2])
    assert not torch.equal(samples[1].image[0], samples[1].image[2])


def test_an_orientation_tag_is_told_and_not_followed(root):
    photo = root / "images/validation/ADE_val_00000003.jpg"
    plain = images.decode_photo(photo)
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees
    photo.write_bytes(_with_exif(photo.read_bytes(), exif))
    with pytest.warns(UserWarning, match=r"ADE_val_00000003\.jpg: has the EXIF orientation 6, which is not followed"):
        assert torch.equal(images.decode_photo(photo), plain)


def _with_exif(jpeg: bytes, exif: Image.Exif) -> bytes:
    """Put a tag into a JPEG file without touching its pixels."""
    segment = exif.tobytes()
    length = (len(segment) + 2).to_bytes(2, "big")
    return jpeg[:2] + b"\xff\xe1" + length + segment + jpeg[2:]


def with_instances(root):
    """Add instance maps: in their green band, id 1 on the left."""
    for file in root.glob("annotations/*/*.png"):
        path = root / "annotations_instance" / file.parent.name / file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        picture = Image.new("RGB", decoding.stored(file).size, (3, 0, 9))
        picture.paste((3, 1, 9), (0, 0, picture.width // 2, picture.height))
        picture.save(path)
    return root


def test_instance_maps_are_the_green_band_of_pictures(root, tmp_path):
    assert Samples(DATASET, Tree(root), "val")[0].instance is None
    with_instances(root)
    sample = Samples(DATASET, Tree(root), "val")[0]
    assert sample.instance[:, 0].unique().tolist() == [1]
    assert sample.instance[:, -1].unique().tolist() == [0]
    shutil.copytree(root, tmp_path / "named/ade20k")
    assert broken_contracts(counting("ade20k", COUNTS), tmp_path / "named") == []
    for encoding in (SPADE, OASIS):
        assert condition(sample.layout, sample.instance, CARD, encoding).shape == (151, 256, 256)
    assert Samples(datasets.get("ade20k_outdoors"), Tree(root), "val")[0].instance is not None


def test_grey_or_missing_instance_maps_are_told(root):
    path = with_instances(root) / "annotations_instance/validation/ADE_val_00000001.png"
    decoding.stored(path).convert("L").save(path)
    with pytest.raises(
        InputError, match=r"ADE_val_00000001\.png: is a grey PNG of 8 bits where a colour PNG of 8 bits"
    ):
        Samples(DATASET, Tree(root), "val")[0]
    for content, message in ((b"", "is empty"), (b"GIF89a", "is no PNG")):
        path.write_bytes(content)
        with pytest.raises(InputError, match=f"{message} where a colour PNG of ids is expected"):
            images.decode_ids(path, band=1)
    path.unlink()
    (problem,) = problems(root)
    assert "ADE_val_00000001.jpg: no instance map; expected" in problem


def test_the_full_ade20k_is_told_apart(tmp_path):
    for split in ("train", "val"):
        for ending in (".jpg", "_seg.png", "_parts_1.png"):
            path = tmp_path / f"images/{'training' if split == 'train' else 'validation'}/a/abbey/ADE_{split}_1{ending}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"")
    (problem,) = problems(tmp_path)
    assert "holds the full ADE20K, with 2 files such as images/training/a/abbey/ADE_train_1_seg.png" in problem
    assert "expected its scene parsing release, ADEChallengeData2016" in problem


def test_a_wrong_folder_says_what_both_layouts_look_like(tmp_path):
    (tmp_path / "photos").mkdir()
    (problem,) = problems(tmp_path)
    assert problem == (
        f"{tmp_path}: holds no folder 'images/training', 'images/validation' (official layout), no names with "
        "'_train_', '_val_' (by names layout); found photos"
    )
