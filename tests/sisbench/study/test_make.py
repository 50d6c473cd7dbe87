from __future__ import annotations

import base64
import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from sisbench.errors import InputError, Problems
from sisbench.study.key import Key
from sisbench.study.make import LAYOUT, REALISM, Made, Sources, find, make
from tests.sisbench.study.samples import folder, keys, layout_folder

NUMBERS: dict[str, Any] = {"trials": 4, "vigilance": 1, "raters": 2}


def sources(root: Path, n: int = 5, **options: Any) -> Sources:
    return find({"lggan": folder(root / "a", keys(n), 1), "spade": folder(root / "b", keys(n), 2)}, **options)


def pictures_in(made: Made) -> list[np.ndarray[Any, Any]]:
    found = re.findall(r'<script type="image/webp" id="image-\d+">([^<]+)<', made.page.read_text())
    return [np.asarray(Image.open(io.BytesIO(base64.b64decode(one))).convert("RGB")) for one in found]


def test_same_seed_same_bytes(tmp_path: Path) -> None:
    several = sources(tmp_path)
    one, same, other = (
        make(several, tmp_path / f"{n}.html", seed=s, **NUMBERS) for n, s in (("x", 1), ("y", 1), ("z", 2))
    )
    assert one.page.read_bytes() == same.page.read_bytes()
    assert one.key_file.read_bytes() == same.key_file.read_bytes()
    assert one.page.read_bytes() != other.page.read_bytes()
    assert one.key_file == tmp_path / "x.key.json"
    assert Key.read(one.key_file) == one.key


def test_the_page_does_not_tell(tmp_path: Path) -> None:
    made = make(sources(tmp_path), tmp_path / "s.html", **NUMBERS)
    page = made.page.read_text()
    for secret in ("lggan", "spade", "scene_0", "vigilance", "degraded", "sisbench/", str(tmp_path)):
        assert secret not in re.sub(r"sisbench-study/", "", page)
    assert "http:" not in page
    assert "https:" not in page


def test_every_shown_picture_is_there_once(tmp_path: Path) -> None:
    made = make(sources(tmp_path), tmp_path / "s.html", **NUMBERS)
    shown = {(trial.layout, side) for trial in made.key.trials for side in (trial.first, trial.second)}
    found = pictures_in(made)
    assert len(found) == made.images == len(shown)
    original = np.asarray(Image.open(tmp_path / "a" / f"{made.key.trials[0].layout}.png"))
    assert any(np.array_equal(original, one) for one in found)


def test_pictures_lie_where_the_trials_point(tmp_path: Path) -> None:
    made = make(sources(tmp_path), tmp_path / "s.html", **NUMBERS)
    found = pictures_in(made)
    trial = next(trial for trial in made.key.trials if not trial.vigilance)
    match = re.search(rf'\["{trial.id}",null,(\d+),(\d+)\]', made.page.read_text())
    assert match
    for number, side in zip(match.groups(), (trial.first, trial.second), strict=True):
        place = tmp_path / {"lggan": "a", "spade": "b"}[side.method or ""] / f"{trial.layout}.png"
        assert np.array_equal(found[int(number)], np.asarray(Image.open(place)))


def test_another_image_is_another_study(tmp_path: Path) -> None:
    one = make(sources(tmp_path), tmp_path / "s.html", **NUMBERS).key.study
    shown = make(sources(tmp_path), tmp_path / "s.html", **NUMBERS).key.trials[0].layout
    folder(tmp_path / "a", [shown], 3)
    other = find({"lggan": tmp_path / "a", "spade": tmp_path / "b"})
    with pytest.raises(InputError, match="is the key of another study, whose answers nobody could score"):
        make(other, tmp_path / "s.html", **NUMBERS)
    assert make(other, tmp_path / "t.html", **NUMBERS).key.study != one


def test_layouts_questions_and_photos(tmp_path: Path) -> None:
    maps = layout_folder(tmp_path / "maps", keys(7), size=(64, 32))
    photos = folder(tmp_path / "photos", keys(9), 5, size=(64, 32))
    plain = make(sources(tmp_path), tmp_path / "plain.html", **NUMBERS)
    shown = make(sources(tmp_path, layouts=maps, real=photos), tmp_path / "shown.html", **NUMBERS)
    assert (plain.key.question, shown.key.question) == (REALISM, LAYOUT)
    probes = [trial for trial in shown.key.trials if trial.vigilance]
    assert {trial.first.method for trial in probes} == {None}
    assert {one.shape for one in pictures_in(shown)} == {(16, 32, 3)}
    asked = make(
        sources(tmp_path), tmp_path / "asked.html", question="  Which </script> &  one? ", seconds=1, **NUMBERS
    )
    assert (asked.key.question, asked.key.seconds) == ("Which </script> & one?", 1)
    assert "</script> &" not in asked.page.read_text()


def test_layouts_and_photos_of_a_data_set(tmp_path: Path) -> None:
    from sisbench import datasets

    tinytown = datasets.get("tinytown")
    names = [item.key for item in tinytown.index(datasets.locate(tinytown), "val")][:4]
    methods = {name: folder(tmp_path / name, names, tint) for tint, name in enumerate(("a", "b"))}
    found = find(methods, dataset="tinytown")
    assert found.real is not None
    assert found.layouts is not None
    made = make(found, tmp_path / "s.html", **NUMBERS)
    assert made.key.dataset == "tinytown"
    colors = {tuple(color) for one in pictures_in(made) for color in one.reshape(-1, 3).tolist()}
    assert (128, 64, 128) in colors  # road
    with pytest.raises(Problems, match="the layouts and 'a' are not of the same layouts"):
        find({name: folder(tmp_path / name, ["elsewhere"]) for name in ("a", "b")}, dataset="tinytown")


def test_photos_of_a_direction_are_those_of_the_target(tmp_path: Path) -> None:
    from sisbench import datasets
    from tests.panel_trees import panel_tree

    tinytown = datasets.get("tinytown")
    names = [item.key for item in tinytown.index(datasets.locate(tinytown), "val")][:4]
    methods = {name: folder(tmp_path / name, names, tint) for tint, name in enumerate(("a", "b"))}
    for direction, aerial in (("a2g", False), ("g2a", True)):
        found = find(methods, dataset=f"tinytown_{direction}")
        assert found.real is not None
        assert ("_aerial" in found.real[names[0]].name) == aerial
        assert found.layouts is None
    root = panel_tree(tmp_path, "dayton", "lggan")
    of_dayton = {name: folder(tmp_path / f"d{name}", ["park_000002.a2g"], 1) for name in ("a", "b")}
    with pytest.raises(InputError, match="are parts of panel files"):
        find(of_dayton, dataset="dayton_a2g", root=root)


@pytest.mark.parametrize("methods", [{}, {"a": "a"}])
def test_fewer_than_two_methods(tmp_path: Path, methods: dict[str, str]) -> None:
    with pytest.raises(InputError, match="it compares two or more"):
        find({name: tmp_path / folder for name, folder in methods.items()})


def test_sources_that_do_not_fit(tmp_path: Path) -> None:
    a, b = folder(tmp_path / "a", keys(4)), folder(tmp_path / "b", keys(3))
    with pytest.raises(InputError, match="'x' and 'y' are both"):
        find({"x": a, "y": tmp_path / "b" / ".." / "a"})
    with pytest.raises(Problems, match="'scene_003': in 'x', not in 'y'"):
        find({"x": a, "y": b})
    c = folder(tmp_path / "c", keys(4), 1)
    with pytest.raises(Problems, match="the layouts and 'x' are not of the same layouts, 1 of their keys"):
        find({"x": a, "y": c}, layouts=layout_folder(tmp_path / "maps", keys(3)))
    with pytest.raises(InputError, match="not a data set"):
        find({"x": a, "y": c}, dataset="tinytwon")
    small = folder(tmp_path / "small", keys(4), 1, size=(16, 8))
    with pytest.raises(InputError, match=r"differ in size: 'x' 32 x 16, 'y' 16 x 8"):
        make(find({"x": a, "y": small}), tmp_path / "s.html", **NUMBERS)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"output": "study.htm"}, r"expected a name that ends in \.html"),
        ({"seconds": 0}, "visible for 0 seconds"),
        ({"seconds": float("nan")}, "visible for nan seconds"),
        ({"question": " "}, "the question '' has 0 characters"),
        ({"question": "x" * 201}, "has 201 characters; expected 1 to 200"),
        ({"question": "a\0b"}, "has 3 characters; expected 1 to 200 that print"),
        ({"max_megabytes": 0.001}, r"the page would have 0 MB; expected 0.001 MB at most"),
        ({"trials": 9}, "9 trials per rater"),
    ],
)
def test_arguments_that_do_not_fit(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    output = tmp_path / change.pop("output", "study.html")
    with pytest.raises(InputError, match=message):
        make(sources(tmp_path), output, **(NUMBERS | change))
    assert not list(tmp_path.glob("*.json"))
    assert not list(tmp_path.glob("*.htm*"))


def test_a_file_that_is_no_key_is_kept(tmp_path: Path) -> None:
    (tmp_path / "s.key.json").write_text("{}")
    with pytest.raises(InputError, match="is not the key of a study"):
        make(sources(tmp_path), tmp_path / "s.html", **NUMBERS)
    assert (tmp_path / "s.key.json").read_text() == "{}"


def test_lossy_pages_are_smaller(tmp_path: Path) -> None:
    several = sources(tmp_path)
    whole, lossy = (make(several, tmp_path / f"{q}.html", quality=q, **NUMBERS).megabytes for q in (None, 20))
    assert lossy < whole
