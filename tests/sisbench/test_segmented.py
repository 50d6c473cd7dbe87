"""What the figures of label maps are made of: whose images, which layouts, label maps that are there or read now."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import segmenters
from sisbench import datasets, images, protocols
from sisbench.data import Samples
from sisbench.errors import InputError
from sisbench.evaluation import Value
from sisbench.metrics.miou import confusion
from sisbench.plots._gallery import class_colors
from sisbench.reals import truth_of
from sisbench.segmented import Segmented
from tests.records import make_record, write_run

SIZE = (128, 256)
DATASET = datasets.get("tinytown")


@pytest.fixture(scope="module")
def samples() -> Samples:
    return Samples(DATASET, datasets.locate(DATASET), "val", limit=3)


@pytest.fixture
def folder(samples: Samples, tmp_path: Path) -> Path:
    """Darker photos, as anybody's images."""
    for sample in samples:
        images.save_png(tmp_path / "mine" / f"{sample.key}_leftImg8bit.png", sample.image // 2)
    return tmp_path / "mine"


def run(place: Path, method: str = "lggan", **more: object) -> Path:
    record = make_record(method, results={"miou": Value(0.5, 0.1, 4)}, **more)  # type: ignore[arg-type]
    return write_run(place, record, size=SIZE)


def test_images_of_a_folder(folder: Path, samples: Samples) -> None:
    found = Segmented([folder], None, "tinytown", None)
    assert found.card == DATASET.card
    assert found.protocol.name == DATASET.card.default_protocol
    assert found.keys == tuple(sorted(samples.keys))
    assert found.caption == f"tinytown val, protocol {found.protocol.name}, 3 layouts of 120"
    (method,), key, sample = found.methods, samples.keys[0], samples[0]
    assert method.label == "mine"
    assert np.array_equal(found.photo(key), sample.image.permute(1, 2, 0).numpy())
    assert np.array_equal(found.image(method, key), (sample.image // 2).permute(1, 2, 0).numpy())
    truth = truth_of(sample.layout, samples.card)
    assert np.array_equal(found.truth(key), truth.numpy())
    segmenter = segmenters.create("drn_d_22_quarter.tinytown", input_scale=2.0)  # as tinytown-v1 says
    for source, image in ((method, sample.image // 2), (None, sample.image)):
        labels = segmenter(image[None])
        assert np.array_equal(found.labels(source, key), labels[0].numpy())
        assert np.array_equal(found.confusion(source, key), confusion(labels, truth[None], 19)[0].numpy())


def test_a_protocol_with_a_truth_of_another_size(folder: Path, samples: Samples) -> None:
    found = Segmented([folder], "tinytown-up", "tinytown", None)
    key = samples.keys[1]
    assert found.truth(key).shape == found.labels(found.methods[0], key).shape == (256, 512)
    assert np.array_equal(found.truth(key)[::2, ::2], truth_of(samples[1].layout, samples.card).numpy())


def test_label_maps_of_a_run_are_taken_as_they_are(tmp_path: Path) -> None:
    place = run(tmp_path / "a")
    key = Segmented([place], None, None, None).keys[0]
    (place / "semantics").mkdir()
    labels = np.random.default_rng(0).integers(0, 19, SIZE, dtype=np.uint8)
    picture = Image.fromarray(labels)
    picture.putpalette(class_colors(DATASET.card).tobytes())
    picture.save(place / "semantics" / f"{key}.png")
    found = Segmented([place], None, None, None)
    assert np.array_equal(found.labels(found.methods[0], key), labels)
    other = Segmented([place], "tinytown-native", None, None)  # those are of another protocol
    assert not np.array_equal(other.labels(other.methods[0], key), labels)


@pytest.mark.parametrize(
    ("picture", "message"),
    [
        (np.zeros((*SIZE, 3), np.uint8), "is a picture of kind 'RGB'; expected a label map"),
        (np.zeros((8, 8), np.uint8), "is a label map of 8x8 pixels .*; expected 256x128"),
        (np.full(SIZE, 77, np.uint8), "with classes up to 77; expected 256x128 and classes below 19"),
    ],
)
def test_pictures_that_are_no_label_maps(tmp_path: Path, picture: np.ndarray, message: str) -> None:
    place = run(tmp_path / "a")
    key = Segmented([place], None, None, None).keys[0]
    (place / "semantics").mkdir()
    Image.fromarray(picture).save(place / "semantics" / f"{key}.png")
    found = Segmented([place], None, None, None)
    with pytest.raises(InputError, match=message):
        found.labels(found.methods[0], key)


def test_runs_and_folders_side_by_side(tmp_path: Path, folder: Path) -> None:
    place = run(tmp_path / "a")
    found = Segmented([place, folder, place], None, "tinytown", None)
    assert [method.label for method in found.methods] == ["lggan", "mine"]
    assert set(found.keys) <= {path.stem.removesuffix("_leftImg8bit") for path in folder.iterdir()}


def test_methods_of_one_name_are_numbered(tmp_path: Path) -> None:
    found = Segmented([run(tmp_path / "a"), run(tmp_path / "b")], None, None, None)
    assert [method.label for method in found.methods] == ["lggan (1)", "lggan (2)"]


def test_what_does_not_fit(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = run(tmp_path / "a")
    with pytest.raises(
        InputError, match=r"mine holds no record. Give the folder of a run, or with '--dataset' a folder"
    ):
        Segmented([folder], None, None, None)
    with pytest.raises(InputError, match="nowhere does not exist"):
        Segmented([tmp_path / "nowhere"], None, "tinytown", None)
    with pytest.raises(InputError, match="data sets: cityscapes, tinytown; expected one"):
        Segmented([place], None, "cityscapes", None)
    with pytest.raises(InputError, match="names no segmenter for tinytown"):
        Segmented([folder], protocols.FOLDERS, "tinytown", None)
    other = run(tmp_path / "b", protocol="tinytown-native")
    with pytest.raises(InputError, match="the runs are of the protocols tinytown-native, tinytown-v1; expected one"):
        Segmented([place, other], None, None, None)
    bare = write_run(tmp_path / "c", make_record(), images=False)
    with pytest.raises(InputError, match=r"were looked for in .*c/images, which is no folder"):
        Segmented([bare], None, None, None)
    several = run(tmp_path / "d", images_per_layout=2)
    with pytest.raises(InputError, match="is of several images of each layout; expected one"):
        Segmented([several], None, None, None)
    strangers = tmp_path / "strangers"
    images.save_png(strangers / "x.png", torch.zeros(3, *SIZE, dtype=torch.uint8))
    with pytest.raises(InputError, match="images are named x, layouts boulevard_"):
        Segmented([strangers], None, "tinytown", None)
    small = tmp_path / "small"
    images.save_png(small / "x.png", torch.zeros(3, 8, 8, dtype=torch.uint8))
    with pytest.raises(InputError, match="have 8x8 pixels; expected 256x128, as protocol"):
        Segmented([small], None, "tinytown", None)

    def missing(name: str, *_: object, **__: object) -> None:
        raise segmenters.WeightsMissing(name, "not here. Put them there.")

    monkeypatch.setattr(segmenters, "create", missing)
    found = Segmented([folder], None, "tinytown", None)
    with pytest.raises(InputError, match=r"drn_d_22_quarter.tinytown: not here. Put them there."):
        found.labels(None, found.keys[0])
