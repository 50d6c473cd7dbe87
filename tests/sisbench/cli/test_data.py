"""`sisbench data render` and `panels`: what a user types, what is printed, exit codes."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sisbench import datasets
from sisbench.cli import main
from sisbench.cli.data import data
from sisbench.data_check import check
from sisbench.errors import Problems
from sisbench.files import Tree

ray_tracer = pytest.mark.skipif(
    importlib.util.find_spec("embreex") is None,
    reason="the ray tracer is not installed: pip install 'sisbench[render]'",
)


def call(*arguments: str | Path) -> Result:
    """Run the command inside the group, which turns errors into exit codes."""
    return CliRunner().invoke(main, ["data", *map(str, arguments)])


def render(*arguments: str | Path) -> Result:
    return call("render", "tinytown", "--jobs", "1", *arguments)


@ray_tracer
@pytest.mark.parametrize("space", ["cityscapes", "ade20k", "coco_stuff"])
def test_worlds_are_rendered(tmp_path: Path, space: str) -> None:
    town = tmp_path / "town"
    options = ("--worlds", "1", "--first", "36", "--size", "32x64", "--views", "aerial, ground", "--space", space)
    result = render("--output", town, *options, "--archive", tmp_path / "town.zip")
    assert result.exit_code == 0, result.output
    assert result.stdout == f"{town}: 1 world, packed in {tmp_path / 'town.zip'}\n"
    again = render("--output", town, *options)
    assert again.stdout == f"{town}: 1 world\n"
    if space in datasets.names():
        for root in (town, tmp_path / "town.zip"):
            items = datasets.get(space).index(Tree(root), "val")
            assert len(items) == 1
            assert all(item.image and item.layout for item in items)


@ray_tracer
def test_a_finished_folder_is_what_the_reader_expects(tmp_path: Path) -> None:
    """Everything but the numbers of the card fits: pairing, ids, instances, digests."""
    town = tmp_path / "town"
    render("--output", town, "--worlds", "2", "--first", "35", "--size", "32x64")  # one of each split
    dataset = datasets.get("tinytown")
    with pytest.raises(Problems) as caught:
        check(dataset, Tree(town))
    assert not [p for p in caught.value.problems if "the card says" not in p and "the card counts" not in p]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--size", "31x64"), "the size '31x64' has a height of 31"),
        (("--size", "huge"), "the size 'huge' is not of the form HxW"),
        (("--views", "ground,panoramic"), "'panoramic' is not a view; closest: 'panorama'"),
        (("--views", ","), "no view was named"),
        (("--space", "coco"), "'coco' is not a label space; closest: 'coco_stuff'"),
        (("--worlds", "0"), "asked for 0 worlds"),
        (("--worlds", "-4"), "asked for 0 worlds"),
        (("--first", "-1"), "from number -1"),
    ],
)
def test_bad_input_is_refused(tmp_path: Path, options: tuple[str, ...], said: str) -> None:
    result = render("--output", tmp_path / "town", *options)
    assert result.exit_code == 2
    assert said in result.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", [("render",), ("panels", "--style", "dayton")])
@pytest.mark.parametrize(
    ("name", "said"), [("tinytwon", "closest: 'tinytown'"), ("cityscapes", "only tinytown is. Name that.")]
)
def test_other_data_sets_are_not_rendered(tmp_path: Path, command: tuple[str, ...], name: str, said: str) -> None:
    result = call(*command, name, "--output", tmp_path / "town")
    assert result.exit_code == 2
    assert said in result.output


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    result = render("--output", tmp_path / "file" / "town", "--size", "32x64")
    assert result.exit_code == 2
    assert "Not a directory" in result.output


@ray_tracer
def test_panels_of_a_rendering(tmp_path: Path) -> None:
    town, out = tmp_path / "town", tmp_path / "panels"
    render("--output", town, "--worlds", "1", "--size", "256x256", "--views", "ground,aerial")
    result = call("panels", "tinytown", "--root", town, "--style", "dayton", "--layout", "lggan", "--output", out)
    assert result.exit_code == 0, result.output
    assert result.stdout == f"{out}: 1 train\n"
    refused = call("panels", "tinytown", "--root", town, "--style", "cvusa", "--output", out)
    assert refused.exit_code == 2
    assert "there is no panorama view" in refused.output


def test_commands_are_listed() -> None:
    assert {"check", "panels", "prepare", "render", "show"} == set(data.commands)
