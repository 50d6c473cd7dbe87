"""Figures of what a generator computes on the way: rows, columns, classes, and folders that hold no such pictures."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from matplotlib.figure import Figure
from PIL import Image

from sisbench import datasets
from sisbench.cli import main
from sisbench.errors import InputError
from sisbench.plots import stages

CARD = datasets.get("tinytown").card
ROAD, CAR, SKY = 7, 26, 23
KEYS = ("a", "b", "c")
SIZE = (4, 8)


def grey(value: int) -> np.ndarray:
    return np.full((*SIZE, 3), value, dtype=np.uint8)


def ids(key: str) -> np.ndarray:
    """Sky above road; in "b" a car on the right."""
    found = np.full(SIZE, SKY, dtype=np.uint8)
    found[2:] = ROAD
    if key == "b":
        found[:, 6:] = CAR
    return found


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """The folder of a run with pictures, of which each is grey in a tone of its own."""
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "spec.json").write_text(json.dumps({"method": "lggan", "dataset": "tinytown"}))
    places = ("features_10", "features_2", "global", "local", "weight_global", "weight_local", "class_images", "zebra")
    for key in KEYS:
        for tone, name in enumerate(places):
            save(folder / "stages" / name / f"{key}.png", grey(10 * tone + 5))
        save(folder / "images" / f"{key}.png", grey(200))
        save(folder / "stages" / "label_map" / f"{key}.png", ids(key))
        for label in ("road", "sky", "car") if key == "b" else ("road", "sky"):
            save(folder / "stages" / f"class-{label}" / f"{key}.png", grey(150))
    return folder


def save(path: Path, pixels: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def draw(folder: Path, **options: Any) -> Figure:
    chosen = {"key": (), "count": None, "stage": (), "label": (), **options}
    return stages.command([folder], **chosen).figure


def panels(figure: Figure) -> list[np.ndarray]:
    return [np.asarray(axes.images[0].get_array()) for axes in figure.axes]


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.texts if text.get_text()]


def below(figure: Figure) -> list[str]:
    """Class and key below the first picture of a row."""
    return [text for text in texts(figure) if text.endswith(tuple(f", {key}" for key in KEYS))]


def test_a_row_is_a_layout_with_its_branches_and_the_image(run: Path) -> None:
    figure = draw(run, key=("c",))
    titles = ["label map", "local", "weight local", "global", "weight global", "image", "class images", "zebra"]
    titles += ["features 2", "features 10"]  # by number
    assert [text for text in texts(figure) if text in titles] == titles
    shown = panels(figure)
    assert [int(panel[0, 0, 0]) for panel in shown[1:]] == [35, 55, 25, 45, 200, 65, 75, 15, 5]
    colors = {label.id: label.color for label in CARD.labels}
    assert shown[0][0, 0].tolist() == list(colors[SKY])
    assert shown[0][3, 0].tolist() == list(colors[ROAD])
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["road", "sky"]
    assert any(text.startswith("lggan, tinytown") for text in texts(figure))


def test_layouts_and_columns_can_be_chosen(run: Path) -> None:
    assert [text for text in texts(draw(run, count=2.0)) if text in KEYS] == ["a", "b"]
    assert [text for text in texts(draw(run, key=("c", "a"))) if text in KEYS] == ["c", "a"]
    chosen = draw(run, key=("a",), stage=("image", "weight_local", "class-sky"))
    assert [int(panel[0, 0, 0]) for panel in panels(chosen)[1:]] == [200, 55, 150]


def test_a_row_of_a_class_shows_its_image_and_the_features_inside_of_its_mask(run: Path) -> None:
    figure = draw(run, label=("car", "road"))
    shown = panels(figure)
    assert below(figure) == ["car, b", "road, a"]  # one of the layouts that have it
    titles = ["label map", "image", "of the class", "features 2", "features 10"]
    assert [text for text in texts(figure) if text in titles] == titles
    label_map, image, own, first, second = shown[:5]
    car, sky = ({label.id: label.color for label in CARD.labels}[index] for index in (CAR, SKY))
    assert label_map[0, 7].tolist() == list(car)
    assert label_map[0, 0].tolist() == [255 - (255 - channel) // 4 for channel in sky]
    assert (image == 200).all() and (own == 150).all()
    for panel, tone in ((first, 15), (second, 5)):
        assert (panel[:, 6:] == tone).all() and (panel[:, :6] == 0).all()
    two = draw(run, label=("road",), count=2.0)
    assert below(two) == ["road, a", "road, b"]
    named = draw(run, label=("road",), key=("c", "b"))
    assert below(named) == ["road, c", "road, b"]


def test_of_several_images_the_first_is_shown(run: Path) -> None:
    for name in ("local", "weight_local"):
        for key in KEYS:
            save(run / "stages" / name / key / "00.png", grey(99))
    assert [int(panel[0, 0, 0]) for panel in panels(draw(run, key=("a",), stage=("local", "global")))[1:]] == [99, 25]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"key": ("d",)}, "no pictures of the layouts d; expected keys such as 'a'"),
        ({"stage": ("lokal",)}, "no pictures lokal; there are class-car, "),
        ({"label": ("tram",)}, "no pictures of a class 'tram'; there are of road, sky, car"),
        ({"label": ("car",), "key": ("a",)}, "no layout of '--key' has pixels of 'car'"),
        ({"count": 0.5}, "'--count' is 0.5"),
    ],
)
def test_choices_that_are_not_there(run: Path, options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        draw(run, **options)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (shutil.rmtree, "no folder of a run: it has no spec.json"),
        (lambda run: (run / "spec.json").write_text("{"), r"spec\.json is damaged"),
        (lambda run: (run / "spec.json").write_text('{"method": "lggan"}'), r"spec\.json is damaged"),
        (lambda run: shutil.rmtree(run / "stages"), "holds no pictures of stages .*'--save stages'"),
        (lambda run: shutil.rmtree(run / "stages" / "label_map"), "holds no pictures of stages .*'--save stages'"),
        (lambda run: (run / "stages" / "local" / "a.png").unlink(), "local/a.png is not there. .*'--save stages'"),
        (lambda run: (run / "images" / "a.png").unlink(), "images/a.png is not there"),
        (lambda run: (run / "stages" / "local" / "a.png").write_bytes(b"no"), r"a\.png"),
    ],
)
def test_folders_without_such_pictures(run: Path, spoil: Callable[[Path], object], message: str) -> None:
    spoil(run)
    with pytest.raises(InputError, match=message):
        draw(run, key=("a",) if (run / "stages").exists() else ())


def test_one_run_at_a_time(run: Path) -> None:
    with pytest.raises(InputError, match="2 folders were given; expected that of one run"):
        stages.command([run, run], (), None, (), ())


def test_the_command_from_a_generator_to_a_figure(tmp_path: Path) -> None:
    made, figure = tmp_path / "made", tmp_path / "figure.png"
    options = ["--method", "lggan", "--dataset", "tinytown", "--width", "2", "--steps", "0", "--limit", "2"]
    for command in (["train"], ["generate", "--save", "stages"]):
        result = CliRunner().invoke(main, [*command, *options, "--output", str(made)])
        assert result.exit_code == 0, result.output
    result = CliRunner().invoke(main, ["plot", "stages", str(made), "-o", str(figure)])
    assert result.exit_code == 0, result.output
    with Image.open(figure) as picture:
        assert picture.width > 1500
    first = figure.read_bytes()
    CliRunner().invoke(main, ["plot", "stages", str(made), "-o", str(figure)])
    assert figure.read_bytes() == first
    result = CliRunner().invoke(main, ["plot", "stages", str(made), "--label", "road", "-o", str(figure)])
    assert result.exit_code == 0, result.output
    result = CliRunner().invoke(main, ["plot", "stages", str(tmp_path), "-o", str(figure)])
    assert result.exit_code == 2
    assert "no folder of a run" in result.output
