"""Edits of photos: what is painted, what stays byte for byte, what is scored, and every wrong turn."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner, Result
from PIL import Image
from torch import Tensor

import generators
from sisbench import datasets, decoding, images, protocols, scoring
from sisbench.card import IGNORED
from sisbench.cli import main
from sisbench.data import Sample, Samples, training_batches
from sisbench.editing import Edit, generate_edited, label_ids, parse_region
from sisbench.errors import InputError
from sisbench.evaluation import Value
from sisbench.generation import IMAGES, REGIONS, SHEET, generate, hole_of, write_samples_sheet
from sisbench.job import Job, Overrides, plan
from sisbench.pipeline import claim, make_fabric
from sisbench.reading import Reader, View, open_segmenter
from sisbench.reals import truth_of
from sisbench.regions import OBJECTS, draw, of_sample
from sisbench.training import initialised, loaded

SIZE = (128, 256)
CARD = datasets.get("tinytown").card


def tiny(method: str, protocol: str | None = None) -> Job:
    return plan(method, "tinytown", protocol=protocol, overrides=Overrides(width=2), limit=3)


class Made:
    """A run of a tiny editing generator with random weights, and its samples."""

    def __init__(self, folder: Path, method: str = "sesame_edit", protocol: str | None = None) -> None:
        self.folder, self.job = folder, tiny(method, protocol)
        claim(self.job, folder)
        network = initialised(self.job)
        generators.xavier_init(network, 0.7)
        torch.save(network.state_dict(), folder / "generator.pth")
        self.samples: Samples = self.job.samples("val")
        self.state = loaded(self.job, folder).state_dict()

    def edit(self, text: str, label: str | None = None, **how: Any) -> Path:
        card = self.job.card
        chosen = None if label is None else label_ids(label, card, "--label")[0]
        edit = Edit(parse_region(text, card, self.job.size), chosen, **how)
        return generate_edited(self.job, self.state, self.samples, self.folder, make_fabric("cpu"), edit)

    def with_label(self, name: str) -> tuple[Sample, Tensor]:
        """The first sample with a label, and where it is."""
        ids = torch.tensor(label_ids(name, self.job.card, "--edit"))
        for sample in (self.samples[i] for i in range(len(self.samples))):
            if bool((found := torch.isin(sample.layout, ids)).any()):
                return sample, found
        raise AssertionError(f"no sample has {name}")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return Made(tmp_path_factory.mktemp("editing") / "run")


def image_of(target: Path, key: str) -> Tensor:
    return images.decode_photo(target / IMAGES / f"{key}.png")


def require_only(image: Tensor, photo: Tensor, region: Tensor) -> None:
    """Outside of a region the image is the photo, byte for byte; inside it is something else."""
    assert torch.equal(image[:, ~region], photo[:, ~region])
    assert not torch.equal(image[:, region], photo[:, region])


# Regions


def test_a_class_is_painted_and_the_rest_stays_byte_for_byte(made: Made) -> None:
    sample, where = made.with_label("road")
    target = made.edit("class:road", keys=(sample.key,))
    assert target == made.folder / "edited" / "class-road"
    require_only(image_of(target, sample.key), sample.image, where)
    written = torch.from_numpy(np.array(decoding.stored(target / REGIONS / f"{sample.key}.png"))) != 0
    assert torch.equal(written, where)
    assert torch.equal(images.decode_ids(target / "layouts" / f"{sample.key}.png"), sample.layout)
    sheet = images.decode_photo(target / SHEET)
    assert sheet.shape == (3, 128, 4 * 256)


def test_an_instance_and_a_box(made: Made) -> None:
    sample = made.samples[0]
    assert sample.instance is not None
    number = int(sample.instance.max())
    target = made.edit(f"instance:{number}", keys=(sample.key,))
    require_only(image_of(target, sample.key), sample.image, sample.instance == number)
    target = made.edit("box:10,20,30,40", keys=(sample.key,))
    box = torch.zeros(SIZE, dtype=torch.bool)
    box[20:60, 10:40] = True
    assert target.name == "box-10_20_30_40"
    require_only(image_of(target, sample.key), sample.image, box)


def test_a_region_grows_and_shows_one_label(made: Made) -> None:
    sample, where = made.with_label("road")
    target = made.edit("class:road", "building", grow=2, keys=(sample.key,))
    assert target.name == "class-road-to-building-grown-2"
    layout = images.decode_ids(target / "layouts" / f"{sample.key}.png")
    (building,) = label_ids("building", made.job.card, "--label")
    assert torch.equal(layout, sample.layout.masked_fill(where, building))  # the margin keeps its labels
    grown = torch.zeros(SIZE, dtype=torch.bool)
    for y, x in where.nonzero().tolist():
        grown[max(0, y - 2) : y + 3, max(0, x - 2) : x + 3] = True
    require_only(image_of(target, sample.key), sample.image, grown)
    kept = made.edit("class:road", grow=2, keys=(sample.key,))
    assert not torch.equal(image_of(target, sample.key), image_of(kept, sample.key))  # the label is seen


def test_label_maps_of_ones_own_and_where_they_differ(made: Made, tmp_path: Path) -> None:
    sample = made.samples[1]
    layout = sample.layout.clone()
    (car,) = label_ids("car", made.job.card, "--label")
    layout[80:100, 50:90] = car
    images.save_ids(tmp_path / "maps" / f"{sample.key}.png", layout)
    target = made.edit("changed", layouts=tmp_path / "maps")
    assert [path.stem for path in (target / IMAGES).iterdir()] == [sample.key]
    require_only(image_of(target, sample.key), sample.image, layout != sample.layout)


def test_photos_of_ones_own(made: Made, tmp_path: Path) -> None:
    sample = made.samples[2]
    images.save_png(tmp_path / "photos" / "mine.png", sample.image)
    images.save_ids(tmp_path / "maps" / "mine.png", sample.layout)
    folders: dict[str, Any] = {"photos": tmp_path / "photos", "layouts": tmp_path / "maps"}
    target = made.edit("box:0,0,64,64", "sky", **folders)
    box = torch.zeros(SIZE, dtype=torch.bool)
    box[:64, :64] = True
    require_only(image_of(target, "mine"), sample.image, box)
    with pytest.raises(InputError, match="needs instance maps"):
        made.edit("instance:26001", **folders)
    with pytest.raises(InputError, match="compares label maps of one's own with those of the data set"):
        made.edit("changed", **folders)
    images.save_png(tmp_path / "photos" / "mine.png", sample.image[:, :100])
    with pytest.raises(InputError, match=r"mine.png: the photo is 256x100, and the network paints 256x128"):
        made.edit("box:0,0,64,64", "sky", **folders)
    images.save_png(tmp_path / "photos" / "other.png", sample.image)
    with pytest.raises(InputError, match="other"):
        made.edit("box:0,0,64,64", "sky", **folders)
    with pytest.raises(InputError, match="Name them with '--layouts'"):
        made.edit("box:0,0,64,64", photos=tmp_path / "photos")


def test_edits_are_kept_until_something_of_them_changes(made: Made, tmp_path: Path) -> None:
    sample = made.samples[1]
    maps = tmp_path / "twice"
    layout = sample.layout.clone()
    layout[80:100, 50:90] = 26
    images.save_ids(maps / f"{sample.key}.png", layout)
    path = made.edit("changed", layouts=maps) / IMAGES / f"{sample.key}.png"
    images.save_png(path, torch.zeros(3, *SIZE, dtype=torch.uint8))
    made.edit("changed", layouts=maps)
    assert not images.decode_photo(path).any()
    layout[80:100, 50:60] = sample.layout[80:100, 50:60]
    images.save_ids(maps / f"{sample.key}.png", layout)
    made.edit("changed", layouts=maps)
    require_only(images.decode_photo(path), sample.image, layout != sample.layout)


def test_a_method_of_whole_images_has_its_image_pasted(tmp_path: Path) -> None:
    pasted = Made(tmp_path / "spade", "spade")
    sample, where = pasted.with_label("road")
    target = pasted.edit("class:road", "building", keys=(sample.key,))
    require_only(image_of(target, sample.key), sample.image, where)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sky", "'--edit' got 'sky'; expected 'class:NAME'"),
        ("class:", "'--edit' got 'class:'"),
        ("instance:car", "'--edit' got 'instance:car'"),
        ("class:carr", r"'carr' is not a class of .*; closest: 'car'"),
        ("box:1,2,3", "expected X,Y,WIDTH,HEIGHT in pixels"),
        ("box:1,2,3,x", "expected X,Y,WIDTH,HEIGHT in pixels"),
        ("box:250,0,7,10", "which are 256x128"),
        ("box:0,0,0,10", "not empty"),
        ("region:nowhere.png", "the region nowhere.png is no file"),
    ],
)
def test_regions_that_are_none(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse_region(text, CARD, SIZE)


@pytest.mark.parametrize(
    ("picture", "message"),
    [
        (np.zeros(SIZE, dtype=np.uint8), "black all over"),
        (np.full((64, 128), 255, dtype=np.uint8), "is 128x64; the images are 256x128"),
        (np.full((*SIZE, 3), 255, dtype=np.uint8), "'RGB'; expected one of one channel.*where the photo is kept"),
    ],
)
def test_masks_that_are_none(tmp_path: Path, picture: Any, message: str) -> None:
    Image.fromarray(picture).save(tmp_path / "mask.png")
    with pytest.raises(InputError, match=message):
        parse_region(f"region:{tmp_path / 'mask.png'}", CARD, SIZE)


def test_a_class_that_a_scene_or_every_scene_lacks(made: Made) -> None:
    key = made.samples.keys[0]
    with pytest.raises(InputError, match=f"{key} has no pixel of instance 999. Choose another region"):
        made.edit("instance:999", keys=(key,))
    with pytest.raises(InputError, match="every scene has no pixel of class tunnel"):
        made.edit("class:tunnel")
    with pytest.raises(InputError, match=r"there are no scenes nobody; expected keys such as"):
        made.edit("class:road", keys=("nobody",))


def test_a_method_of_another_task_is_refused(made: Made) -> None:
    job = dataclasses.replace(made.job, info=generators.info("pix2pix"))
    with pytest.raises(InputError, match="pix2pix makes a view from a photo of another one"):
        edit = Edit(parse_region("class:road", CARD, SIZE))
        generate_edited(job, made.state, made.samples, made.folder, make_fabric("cpu"), edit)


def test_label_maps_that_do_not_fit(made: Made, tmp_path: Path) -> None:
    key = made.samples.keys[0]
    images.save_ids(tmp_path / "a" / "nobody.png", made.samples[0].layout)
    with pytest.raises(InputError, match="holds label maps of no sample: nobody"):
        made.edit("class:road", layouts=tmp_path / "a")
    images.save_ids(tmp_path / "b" / f"{key}.png", made.samples[0].layout[:64])
    with pytest.raises(InputError, match=rf"{key}.png: the label map is 256x64; expected 256x128. Draw it"):
        made.edit("class:road", layouts=tmp_path / "b")
    images.save_ids(tmp_path / "c" / f"{key}.png", torch.full(SIZE, 99))
    with pytest.raises(InputError, match=r"label ids 99 .* are outside the label space"):
        made.edit("class:road", layouts=tmp_path / "c")


# Training and evaluation


def test_training_conditions_have_regions_and_photos_flipped_alike(made: Made) -> None:
    options: dict[str, Any] = {"seed": 5, "batch_size": 2, "scheme": OBJECTS, "encoding": made.job.encoding}
    batches = list(islice(training_batches(made.samples, **options), 4))
    again = next(training_batches(made.samples, **options, start_step=3))
    assert all(torch.equal(a, b) for a, b in zip(batches[3], again, strict=True))
    for cond, real in batches:
        parts = generators.EditingGenerator.parts(cond)
        assert torch.equal(parts.photo, torch.where(parts.hole > 0, torch.zeros(()), real))
        assert (parts.hole.sum((1, 2, 3)) > 0).all()
        assert parts.semantics.shape[1] == made.job.card.layout_channels
    unflipped = next(training_batches(made.samples, **{**options, "flip": 0.0}))
    flipped = next(training_batches(made.samples, **{**options, "flip": 1.0}))
    assert all(torch.equal(a.flip(-1), b) for a, b in zip(unflipped, flipped, strict=True))


def test_evaluated_images_are_photos_but_for_their_regions(made: Made) -> None:
    count = generate(made.job, made.state, made.samples, made.folder, make_fabric("cpu"))
    assert count == 3
    for sample in (made.samples[i] for i in range(3)):
        region = of_sample(OBJECTS, sample.key, sample.layout, sample.instance, CARD)
        hole = hole_of(made.job, sample)
        assert hole is not None
        assert torch.equal(region, hole)
        require_only(image_of(made.folder, sample.key), sample.image, region)
        written = np.array(decoding.stored(made.folder / REGIONS / f"{sample.key}.png")) != 0
        assert torch.equal(torch.from_numpy(written), region)
    manifest = json.loads((made.folder / "images.json").read_text())
    assert manifest["regions"] == OBJECTS
    write_samples_sheet(made.job, made.samples, made.folder)
    assert images.decode_photo(made.folder / SHEET).shape == (3, 2 * 128, 2 * (4 * 256 + 4))


def test_label_maps_count_in_the_regions_alone(made: Made) -> None:
    protocol, card = protocols.get("edit-v1"), made.job.card
    choice = protocol.scoring("tinytown").segmentation
    assert choice is not None
    view, cpu = View.of(choice), torch.device("cpu")
    samples = [made.samples[i] for i in range(3)]
    (read,) = Reader(view, open_segmenter(view, card, cpu), cpu).read(
        torch.stack([s.image for s in samples]), [None], []
    )
    right = counted = 0
    for sample, labels in zip(samples, read, strict=True):
        truth = truth_of(sample.layout, card)
        counts = of_sample(OBJECTS, sample.key, sample.layout, sample.instance, CARD) & (truth != IGNORED)
        right += int((labels.long() == truth)[counts].sum())
        counted += int(counts.sum())
    photos = {sample.key: sample.image for sample in samples}
    found = scoring.evaluate(photos, made.samples, protocol, metrics=["miou", "psnr"])
    accuracy = found.results["accuracy"]
    assert isinstance(accuracy, Value)
    assert accuracy.value == pytest.approx(right / counted)
    assert found.real["accuracy"] == accuracy
    assert found.provenance["regions"] == OBJECTS
    whole = scoring.evaluate(photos, made.samples, "tinytown-v1", metrics=["miou"])
    assert "regions" not in whole.provenance
    assert whole.results["accuracy"] != accuracy


def test_regions_are_scored_on_a_split_and_in_a_pass_of_their_own(made: Made) -> None:
    photos = {made.samples.keys[i]: made.samples[i].image for i in range(3)}
    with pytest.raises(InputError, match="score regions and whole images; one pass does either"):
        scoring.evaluate(photos, made.samples, ["edit-v1", "tinytown-v1"])
    with pytest.raises(InputError, match="follow from the label and instance maps of a data set"):
        scoring.evaluate(photos, photos, "edit-v1", dataset="tinytown")


def test_a_protocol_of_whole_images_is_none_for_a_method_that_edits() -> None:
    assert tiny("sesame_edit").protocol.name == "edit-v1"
    with pytest.raises(InputError, match="paints a region of a photo, and protocol 'tinytown-v1' scores whole images"):
        tiny("sesame_edit", "tinytown-v1")


def test_a_method_of_whole_images_can_be_scored_under_a_protocol_of_editing(tmp_path: Path) -> None:
    pasted = Made(tmp_path / "spade", "spade", "edit-v1")
    generate(pasted.job, pasted.state, pasted.samples, pasted.folder, make_fabric("cpu"))
    sample = pasted.samples[0]
    region = draw(OBJECTS, sample.layout, sample.instance, "evaluate", sample.key)
    require_only(image_of(pasted.folder, sample.key), sample.image, region)


# The command line


def sisbench(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [*map(str, arguments)])


@pytest.fixture
def command(made: Made) -> Callable[..., Result]:
    job = ("--method", "sesame_edit", "--dataset", "tinytown", "--width", "2", "--limit", "3", "--device", "cpu")
    return lambda *more: sisbench("generate", *job, "--output", made.folder, *more)


def test_the_command_edits(made: Made, command: Callable[..., Result]) -> None:
    key = made.samples.keys[0]
    result = command("--edit", "class:road", "--label", "sidewalk", "--grow", "1", "--key", key)
    assert result.exit_code == 0, result.output
    assert result.stdout == f"images {made.folder / 'edited' / 'class-road-to-sidewalk-grown-1'}\n"
    assert (made.folder / "edited" / "class-road-to-sidewalk-grown-1" / IMAGES / f"{key}.png").is_file()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--label", "road"), "say how '--edit' works, which is missing"),
        (("--grow", "2"), "say how '--edit' works, which is missing"),
        (("--key", "a"), "say how '--resample' works, which is missing"),
        (("--edit", "class:road", "--resample", "global"), "two ways to make a part of an image anew"),
        (("--edit", "class:road", "--label", "rod"), "closest: 'road'"),
        (("--edit", "somewhere"), "'--edit' got 'somewhere'"),
        (("--edit", "class:road", "--layouts", "nowhere"), "nowhere"),
    ],
)
def test_options_that_make_no_sense(command: Callable[..., Result], options: tuple[str, ...], message: str) -> None:
    result = command(*options)
    assert result.exit_code == 2, result.output
    assert message in result.output
