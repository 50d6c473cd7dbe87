from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import Image

from sisbench import datasets, images, scored
from sisbench.cli.evaluate import evaluate
from sisbench.data import Samples
from sisbench.errors import InputError
from sisbench.evaluation import Evaluation


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real images of the split as if they were generated, one of them a JPEG."""
    dataset = datasets.get("tinytown")
    root = tmp_path_factory.mktemp("fakes")
    samples = Samples(dataset, datasets.locate(dataset), "val")
    for sample in samples:
        images.save_png(root / f"{sample.key}_leftImg8bit.png", sample.image)
    png = root / f"{samples.keys[0]}_leftImg8bit.png"
    Image.open(png).save(png.with_suffix(".jpg"), quality=95)
    png.unlink()
    return root


@pytest.mark.filterwarnings("default")  # the command shows warnings on the error stream
def test_it_prints_a_table_and_writes_json(folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "new" / "scores.json"
    options = ["--dataset", "tinytown", "--metrics", "psnr, ssim", "--cache", str(tmp_path), "--output", str(output)]
    result = CliRunner().invoke(evaluate, ["--fake", str(folder), *options], catch_exceptions=False)
    assert result.exit_code == 0
    assert "tinytown val, protocol tinytown-v1, 120 generated images" in result.stdout
    assert "psnr ↑" in result.stdout
    assert "warning: 1 of 120 generated images are JPEG or WebP files" in result.stderr
    evaluation = Evaluation.from_json(json.loads(output.read_text()))
    assert list(evaluation.results) == ["psnr", "ssim"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--dataset", "tinytwon"], "closest: 'tinytown'"),
        (["--dataset", "tinytown", "--protocol", "oasis"], "closest: 'oasis-2021'"),
        (["--dataset", "tinytown", "--protocol", "oasis-2021"], "does not cover data set 'tinytown'"),
    ],
)
def test_bad_requests(folder: Path, options: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        CliRunner().invoke(evaluate, ["--fake", str(folder), *options], catch_exceptions=False)


def test_help_teaches() -> None:
    result = CliRunner().invoke(evaluate, ["--help"])
    assert "KEY_leftImg8bit.png" in result.stdout
    assert "sisbench evaluate --fake results/ --dataset tinytown" in result.stdout


@pytest.mark.filterwarnings("ignore:1 of 120")
def test_numbers_by_class_on_request(folder: Path, tmp_path: Path) -> None:
    options = ["--fake", str(folder), "--dataset", "tinytown", "--metrics", "lbp_class", "--cache", str(tmp_path)]
    short = CliRunner().invoke(evaluate, options, catch_exceptions=False)
    long = CliRunner().invoke(evaluate, [*options, "--per-class"], catch_exceptions=False)
    assert "lbp_chi2 by class" not in short.stdout
    assert long.stdout.startswith(short.stdout)
    assert "\nlbp_chi2 by class " in long.stdout
    assert "\nroad " in long.stdout


@pytest.mark.filterwarnings("ignore:1 of 120")
def test_a_protocol_named_twice_is_one(folder: Path, tmp_path: Path) -> None:
    options = ["--dataset", "tinytown", "--metrics", "psnr", "--cache", str(tmp_path)]
    twice = ["--protocol", "tinytown-v1", "--protocol", "tinytown-v1"]
    result = CliRunner().invoke(evaluate, ["--fake", str(folder), *options, *twice], catch_exceptions=False)
    assert result.stdout.count("protocol tinytown-v1") == 1


def test_a_bad_place_for_the_results_is_told_before_the_work(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for output, message in (("file/scores.json", "cannot write"), ("scores.v2", "ends in '.json'")):
        options = ["--fake", str(folder), "--dataset", "tinytown", "--output", str(tmp_path / output)]
        result = CliRunner().invoke(evaluate, options)
        assert isinstance(result.exception, InputError)
        assert message in str(result.exception)
        assert result.stdout == ""
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize(
    "options",
    [
        ["--fake", "images", "--dataset", "tinytown", "--protocol", "tinytown-native"],
        ["--fake", "images", "--dataset", "tinytown", "--metrics", "psnr"],
        ["--fake", "images", "--real", "photos"],
        ["--resampled", "images", "--dataset", "tinytown"],
    ],
)
def test_all_presets_take_nothing_beside_them(options: list[str]) -> None:
    with pytest.raises(InputError, match="'--protocol all-miou' is every preset of mIoU of a data set"):
        CliRunner().invoke(evaluate, ["--protocol", "all-miou", *options], catch_exceptions=False)


def test_all_presets_in_a_table_and_a_file(tmp_path: Path) -> None:
    dataset = datasets.get("tinytown")
    samples = Samples(dataset, datasets.locate(dataset), "val", size=(32, 64), limit=2)
    for item, sample in zip(samples.items, samples, strict=True):
        assert item.image is not None
        images.save_png(tmp_path / "results/x/best/image" / f"{sample.key}_leftImg8bit.png", sample.image)
        (tmp_path / "photos").mkdir(exist_ok=True)
        (tmp_path / "photos" / Path(item.image.name).name).write_bytes(item.image.read())
        for place in ("layouts", "results/x/best/label"):
            (tmp_path / place).mkdir(exist_ok=True, parents=True)
            (tmp_path / place / Path(item.layout.name).name).write_bytes(item.layout.read())
    options = ["--real", str(tmp_path / "photos"), "--layouts", str(tmp_path / "layouts"), "--dataset", "tinytown"]
    options += ["--protocol", "all-miou", "--output", str(tmp_path / "all.json"), "--cache", str(tmp_path / "cache")]
    result = CliRunner().invoke(evaluate, ["--fake", str(tmp_path / "results"), *options], catch_exceptions=False)
    assert result.exit_code == 0
    assert f"result folder of OASIS: 2 images in {tmp_path / 'results/x/best/image'}" in result.stderr
    assert "tinytown-up " in result.stdout
    assert "takes images of 256x128 pixels; these are 64x32" in result.stdout
    stored = scored.read(tmp_path / "all.json")
    assert set(stored.evaluations) == {"tinytown-up", "tinytown-64-ms"}
    assert "miou_union" in stored.evaluations["tinytown-up"].real
