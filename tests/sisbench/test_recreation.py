"""Photos made anew: what the discriminator reads, what the generator paints, what is left on disk."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from PIL import Image

import generators
from sisbench import images
from sisbench.cli import main
from sisbench.errors import InputError
from sisbench.recreation import Recreator, recreate
from tests.sisbench.oasis_run import tiny_job, write_run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recreation") / "run"
    write_run(folder)
    return folder


def ids_of(path: Path) -> list[list[int]]:
    with Image.open(path) as picture:
        ids: list[list[int]] = np.asarray(picture).tolist()
        return ids


def size_of(path: Path) -> tuple[int, int]:
    with Image.open(path) as picture:
        return picture.size


def test_a_layout_is_the_best_label_that_counts(run: Path) -> None:
    recreator = Recreator(run)
    photo = tiny_job().samples("val")[0].image
    discriminator = recreator._discriminator
    with torch.no_grad():
        logits = discriminator(images.to_pm1(photo)[None])[0]
    labels = recreator.read(photo)
    assert labels.shape == (128, 256)
    assert torch.equal(labels, logits[2:].argmax(dim=0) + 1)  # neither "fake" nor the label that no loss counts
    assert labels.min() >= 1


def test_an_image_is_that_of_the_layout_with_its_own_noise(run: Path) -> None:
    recreator, job = Recreator(run), tiny_job()
    layout = job.samples("val")[0].layout
    cond = torch.nn.functional.one_hot(layout, 35).permute(2, 0, 1)[None].float()
    rng = torch.Generator().manual_seed(generators.derive_seed(job.seed, "recreate", "a", 1))
    network = recreator._generator
    with torch.no_grad():
        expected = images.quantise(network(cond, network.sample_noise(1, rng))[0])
    assert torch.equal(recreator.paint(layout, "a", 1), expected)
    assert not torch.equal(recreator.paint(layout, "a", 0), expected)


def test_what_is_left_on_disk(run: Path, tmp_path: Path) -> None:
    keys = recreate(run, tmp_path, count=2, versions=2)
    samples = tiny_job().samples("val")
    assert keys == [samples.keys[0], samples.keys[1]]
    for key in keys:
        names = sorted(path.name for path in (tmp_path / key).iterdir())
        assert names == ["00.png", "01.png", "photo.png", "predicted.png", "truth.png"]
        sample = samples[samples.keys.index(key)]
        assert torch.equal(images.decode_photo(tmp_path / key / "photo.png"), sample.image)
        assert ids_of(tmp_path / key / "truth.png") == sample.layout.tolist()
        assert ids_of(tmp_path / key / "predicted.png") == Recreator(run).read(sample.image).tolist()
    facts = json.loads((tmp_path / "recreations.json").read_text())
    assert (facts["keys"], facts["versions"], facts["truth"], facts["dataset"]) == (keys, 2, True, "tinytown")


def test_photos_of_any_folder_and_size(run: Path, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    noise = np.random.default_rng(0).integers(0, 256, (90, 200, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "photos" / "holiday.png")
    assert recreate(run, tmp_path / "out", photos=tmp_path / "photos", versions=1) == ["holiday"]
    assert sorted(path.name for path in (tmp_path / "out" / "holiday").iterdir()) == [
        "00.png",
        "photo.png",
        "predicted.png",
    ]
    assert size_of(tmp_path / "out" / "holiday" / "photo.png") == (256, 128)


def test_the_command_and_its_figure(run: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["recreate", str(run), "-o", str(tmp_path / "anew"), "--count", "2"])
    assert result.exit_code == 0, result.output
    figure = tmp_path / "figure.png"
    result = CliRunner().invoke(main, ["plot", "recreations", str(tmp_path / "anew"), "-o", str(figure)])
    assert result.exit_code == 0, result.output
    assert size_of(figure)[0] > 1000
    first = figure.read_bytes()
    CliRunner().invoke(main, ["plot", "recreations", str(tmp_path / "anew"), "-o", str(figure)])
    assert figure.read_bytes() == first


def test_keys_that_are_no_photos(run: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no photos nowhere"):
        recreate(run, tmp_path, keys=["nowhere"])


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda folder: (folder / "spec.json").unlink(), "no folder of a run"),
        (lambda folder: (folder / "spec.json").write_text("{"), r"spec\.json is damaged"),
        (lambda folder: (folder / "spec.json").write_text("[]"), r"spec\.json is damaged"),
        (lambda folder: (folder / "discriminator.pth").unlink(), "holds no discriminator"),
        (lambda folder: (folder / "generator.pth").unlink(), "holds no trained weights"),
    ],
)
def test_folders_that_are_no_such_run(run: Path, tmp_path: Path, spoil: object, message: str) -> None:
    folder = shutil.copytree(run, tmp_path / "run")
    assert callable(spoil)
    spoil(folder)
    with pytest.raises(InputError, match=message):
        Recreator(folder)


def test_a_run_of_a_method_whose_discriminator_labels_no_pixels(run: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(run, tmp_path / "run")
    spec = json.loads((folder / "spec.json").read_text())
    spec["method"] = "lggan"
    spec["resolved_recipe"].update({"model": {}, "discriminator": {}})
    (folder / "spec.json").write_text(json.dumps(spec))
    with pytest.raises(InputError, match="a run of lggan, whose discriminator labels no pixels"):
        Recreator(folder)


@pytest.mark.parametrize(
    "content", [None, "{", '{"keys": 3}', '{"dataset": "tinytown", "method": "x", "keys": ["../a"], "versions": 1}']
)
def test_folders_that_hold_no_recreations(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "recreations.json").write_text(content)
    result = CliRunner().invoke(main, ["plot", "recreations", str(tmp_path), "-o", str(tmp_path / "x.png")])
    assert result.exit_code == 2
    assert "sisbench recreate" in result.output
