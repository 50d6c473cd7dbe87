"""Result folders of SPADE and OASIS, in small faithful trees: what is found from where, and what is refused."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from sisbench import datasets, evaluate
from sisbench.contact_sheet import colorize
from sisbench.data import Samples
from sisbench.errors import InputError, Problems
from sisbench.evaluation import Value
from sisbench.folders import ImageFolder
from sisbench.images import save_png
from sisbench.result_folders import Found, find
from tests.trees import ade20k_tree, cityscapes_tree, coco_stuff_tree


@pytest.fixture(scope="module")
def samples() -> Samples:
    dataset = datasets.get("tinytown")
    return Samples(dataset, datasets.locate(dataset), "val", limit=3)


def photo_name(key: str) -> str:
    """Base name of a photo of the Cityscapes layout, without its suffix: what both codes write."""
    return f"{key}_leftImg8bit"


@pytest.fixture
def spade(samples: Samples, tmp_path: Path) -> Path:
    """What SPADE's test.py leaves: two folders of pictures and a web page."""
    top = tmp_path / "results"
    test = top / "tinytown_pretrained" / "test_latest"
    for sample in samples:
        for place, picture in (
            ("input_label", colorize(sample.layout, samples.card)),
            ("synthesized_image", sample.image),
        ):
            save_png(test / "images" / place / f"{photo_name(sample.key)}.png", picture)
    (test / "index.html").write_text("<html></html>")
    return top


@pytest.fixture
def oasis(samples: Samples, tmp_path: Path) -> Path:
    """What OASIS's test.py leaves; its label maps are coloured."""
    top = tmp_path / "results"
    for sample in samples:
        for place, picture in (("label", colorize(sample.layout, samples.card)), ("image", sample.image)):
            save_png(top / "oasis_tinytown" / "best" / place / f"{photo_name(sample.key)}.png", picture)
    return top


@pytest.mark.parametrize(
    "below", ["", "tinytown_pretrained", "tinytown_pretrained/test_latest", "tinytown_pretrained/test_latest/images"]
)
def test_spade_from_any_folder(spade: Path, samples: Samples, below: str) -> None:
    images = "tinytown_pretrained/test_latest/images/synthesized_image"
    found = ImageFolder(spade / below)
    assert sorted(found) == sorted(samples.keys)
    assert found.found == f"result folder of SPADE: 3 images in {spade / images}"
    assert find(spade / below) == Found("SPADE", images.removeprefix(below).strip("/"))


@pytest.mark.parametrize("below", ["", "oasis_tinytown", "oasis_tinytown/best"])
def test_oasis_from_any_folder(oasis: Path, samples: Samples, below: str) -> None:
    found = ImageFolder(oasis / below)
    assert sorted(found) == sorted(samples.keys)
    assert found.found == f"result folder of OASIS: 3 images in {oasis / 'oasis_tinytown/best/image'}"


def test_the_folder_of_the_images_itself(spade: Path, samples: Samples) -> None:
    place = spade / "tinytown_pretrained/test_latest/images/synthesized_image"
    found = ImageFolder(place)
    assert found.found == f"result folder of SPADE: 3 images in {place}"
    assert sorted(found) == sorted(samples.keys)


def test_the_images_of_a_split_are_scored_under_their_photos_names(tmp_path: Path) -> None:
    dataset = datasets.get("cityscapes")
    tree = datasets.locate(dataset, cityscapes_tree(tmp_path / "data", train=0, val=2))
    samples = Samples(dataset, tree, "val")
    for item, sample in zip(samples.items, samples, strict=True):
        assert item.image is not None
        save_png(tmp_path / "results/x/20000/image" / Path(item.image.name).name, sample.image)
        save_png(tmp_path / "results/x/20000/label" / Path(item.image.name).name, colorize(sample.layout, samples.card))
    psnr = evaluate(tmp_path / "results", samples, "oasis-2021", metrics=["psnr"]).results["psnr"]
    assert isinstance(psnr, Value)
    assert (psnr.value, psnr.n) == (100.0, 2)


def test_an_archive_of_results(oasis: Path, samples: Samples, tmp_path: Path) -> None:
    archive = tmp_path / "oasis.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for path in oasis.rglob("*.png"):
            packed.write(path, path.relative_to(oasis.parent))
    found = ImageFolder(archive)
    assert sorted(found) == sorted(samples.keys)
    assert found.found == f"result folder of OASIS: 3 images in {archive / 'results/oasis_tinytown/best/image'}"


def test_several_iterations_are_listed(oasis: Path) -> None:
    for place in ("image", "label"):
        (oasis / "oasis_tinytown/20000" / place).mkdir(parents=True)
        for file in (oasis / "oasis_tinytown/best" / place).iterdir():
            (oasis / "oasis_tinytown/20000" / place / file.name).write_bytes(file.read_bytes())
    for top in (oasis, oasis / "oasis_tinytown"):
        with pytest.raises(InputError) as caught:
            ImageFolder(top)
        text = str(caught.value)
        assert f"{top} holds 2 sets of generated images: " in text
        assert f"{oasis / 'oasis_tinytown/20000/image'} (OASIS)" in text
        assert f"{oasis / 'oasis_tinytown/best/image'} (OASIS)" in text
        assert "Name the folder of one of them." in text
    assert len(ImageFolder(oasis / "oasis_tinytown/20000")) == 3


def test_results_of_both_codes_are_two_sets(spade: Path, oasis: Path) -> None:
    assert spade == oasis
    with pytest.raises(InputError, match=r"2 sets of generated images: .*\(SPADE\), .*\(OASIS\)"):
        ImageFolder(spade)


@pytest.mark.parametrize(
    ("code", "labels", "images"),
    [
        ("SPADE", "tinytown_pretrained/test_latest/images/input_label", "synthesized_image"),
        ("OASIS", "oasis_tinytown/best/label", "image"),
    ],
)
def test_the_folder_of_the_label_maps_is_refused(spade: Path, oasis: Path, code: str, labels: str, images: str) -> None:
    assert spade == oasis
    with pytest.raises(InputError) as caught:
        ImageFolder(spade / labels)
    assert f"holds the label maps of a result folder of {code}" in str(caught.value)
    assert f"Name {(spade / labels).parent / images}." in str(caught.value)


def test_other_files_among_the_images_are_still_told(spade: Path) -> None:
    place = spade / "tinytown_pretrained/test_latest/images/synthesized_image"
    (place / "notes.txt").write_text("x")
    with pytest.raises(Problems, match=r"notes\.txt: is no PNG file"):
        ImageFolder(spade)


def test_folders_of_other_origin_are_taken_as_they_are(tmp_path: Path) -> None:
    for name in ("a.png", "image/b.png", "sub/c.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new("RGB", (4, 4)).save(tmp_path / name)
    found = ImageFolder(tmp_path)
    assert sorted(found) == ["a", "b", "c"]
    assert found.found == ""
    (tmp_path / "list.txt").write_text("a.png\n")
    assert ImageFolder(tmp_path / "list.txt").found == ""
    with pytest.raises(InputError, match="does not exist"):
        ImageFolder(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("name", "tree", "folders"),
    [
        ("ade20k", ade20k_tree, "results/x/test_latest/images/synthesized_image"),
        ("ade20k", ade20k_tree, "results/x/best/image"),
        ("coco_stuff", coco_stuff_tree, "results/x/test_latest/images/synthesized_image"),
        ("coco_stuff", coco_stuff_tree, "results/x/best/image"),
    ],
)
def test_names_pair_with_the_keys_of_other_data_sets(
    name: str, tree: Callable[..., Path], folders: str, tmp_path: Path
) -> None:
    dataset = datasets.get(name)
    samples = Samples(dataset, datasets.locate(dataset, tree(tmp_path / "data", train=0, val=2)), "val")
    for item, sample in zip(samples.items, samples, strict=True):
        assert item.image is not None
        save_png(tmp_path / folders / Path(item.image.name).with_suffix(".png").name, sample.image)
        save_png(tmp_path / folders / "../label" / f"{sample.key}.png", colorize(sample.layout, samples.card))
    psnr = evaluate(tmp_path / "results", samples, "oasis-2021", metrics=["psnr"]).results["psnr"]
    assert isinstance(psnr, Value)
    assert (psnr.value, psnr.n) == (100.0, 2)
