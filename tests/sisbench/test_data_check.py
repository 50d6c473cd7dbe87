"""Verification of a data set on disk: everything wrong is found at once, and whole data pass."""

import dataclasses
import pickle
import shutil
import zipfile
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from sisbench import datasets
from sisbench.cli import main
from sisbench.cli.data import data
from sisbench.data_check import check
from sisbench.errors import InputError, Problems
from sisbench.files import Tree
from tests.trees import ade20k_tree, cityscapes_tree, tinytown_tree

# The card of the unpacked slice: one world of each category and split.
DATASET = dataclasses.replace(
    datasets.get("tinytown"), card=dataclasses.replace(datasets.get("tinytown").card, counts={"train": 12, "val": 12})
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return tinytown_tree(tmp_path_factory.mktemp("whole"))


@pytest.fixture
def root(whole, tmp_path):
    return shutil.copytree(whole, tmp_path / "data")


def problems(root, dataset=DATASET, splits=()):
    with pytest.raises(Problems) as caught:
        check(dataset, Tree(root), splits)
    return list(caught.value.problems)


def edit(path, change):
    pixels = np.array(Image.open(path))
    change(pixels)
    Image.fromarray(pixels).save(path)


def test_whole_data_pass(whole):
    seen = []
    verdict = check(DATASET, Tree(whole), progress=lambda done, total: seen.append((done, total)))
    assert verdict.samples == {"train": 12, "val": 12}
    assert verdict.files == 24 * 5
    assert {7, 11, 23, 26} <= set(verdict.labels) <= set(range(34))
    assert seen == [(done, 24) for done in range(1, 25)]


def test_the_faithful_cityscapes_tree_passes(tmp_path):
    cityscapes = datasets.get("cityscapes")
    dataset = dataclasses.replace(cityscapes, card=dataclasses.replace(cityscapes.card, counts={"train": 1, "val": 1}))
    assert check(dataset, Tree(cityscapes_tree(tmp_path, 1, 1))).files == 6


def test_everything_is_reported_at_once(root):
    def first(pattern):
        return min(root.glob(pattern))

    first("leftImg8bit/train/plaza/*").unlink()
    truncated = first("leftImg8bit/val/park/*")
    truncated.write_bytes(truncated.read_bytes()[:200])
    small = first("gtFine/val/rural/*labelIds.png")
    Image.open(small).resize((128, 64), Image.Resampling.NEAREST).save(small)
    edit(first("gtFine/val/forest/*labelIds.png"), lambda ids: ids.__setitem__((0, 0), 34))
    edit(first("gtFine/val/plaza/*instanceIds.png"), lambda ids: ids.__setitem__((0, slice(0, 3)), 26001))
    aerial = first("aerial/val/park/*")
    Image.open(aerial).resize((64, 64)).save(aerial)
    first("gtAerial/val/parking/*").write_bytes(b"")
    found = problems(root)
    expected = [
        ("plaza", "no photo; expected"),
        ("split 'train'", "11 complete samples; the card counts 12"),
        (str(truncated), "is no readable image"),
        (str(small), "is 128x64; the card says 256x128"),
        ("forest", "label ids 34 (1 pixel) are not on the card (0 to 33)"),
        ("forest", "disagree with the label map in 1 pixels"),
        ("plaza", "instance ids 26001 disagree with the label map in 3 pixels"),
        (str(aerial), "is 64x64, but its label map 128x128"),
        ("gtAerial/val/parking", "is empty"),
    ]
    for place, text in expected:
        assert sum(place in problem and text in problem for problem in found) == 1, (place, text)
    assert len(found) == len(expected)


def test_one_split_may_be_asked_for(root):
    shutil.rmtree(root / "gtFine/train")
    assert check(DATASET, Tree(root), ("val",)).samples == {"val": 12}
    assert all("train" in problem for problem in problems(root))
    with pytest.raises(InputError, match="'test' is not a split of tinytown"):
        check(DATASET, Tree(root), ("test",))


def test_a_wrong_folder_is_one_problem_and_the_counts(tmp_path):
    found = problems(tmp_path)
    assert len(found) == 3
    assert "holds no folder 'leftImg8bit'" in found[0]


def test_the_error_travels_between_processes(tmp_path):
    with pytest.raises(Problems) as caught:
        check(DATASET, Tree(tmp_path))
    copy = pickle.loads(pickle.dumps(caught.value))
    assert str(copy) == str(caught.value)
    assert copy.problems == caught.value.problems


class TestDigests:
    """Data that come with SHA256SUMS are held to it, also where a file decodes."""

    def listed(self, root):
        lines = [
            f"{sha256(path.read_bytes()).hexdigest()}  ./{path.relative_to(root).as_posix()}\n"
            for path in sorted(root.rglob("*.*"))
        ]
        (root / "SHA256SUMS").write_text("".join(lines))
        return root

    def test_whole_data_pass(self, root):
        assert check(DATASET, Tree(self.listed(root))).files == 24 * 5

    def test_a_file_that_differs_is_named(self, root):
        self.listed(root)
        photo = min(root.glob("leftImg8bit/train/plaza/*"))
        Image.open(photo).save(photo, quality=50)
        (found,) = problems(root)
        assert found.startswith(f"{photo}: its SHA-256 is ")
        assert "SHA256SUMS says" in found
        assert check(DATASET, Tree(root), ("val",)).samples == {"val": 12}  # of one split, its files alone

    def test_a_file_that_no_sample_needs_is_looked_at_too(self, root):
        (root / "notes.txt").write_text("a")
        self.listed(root)
        (root / "notes.txt").unlink()
        (found,) = problems(root)
        assert f"cannot read {root / 'notes.txt'}" in found

    def test_a_list_of_something_else(self, root):
        (root / "SHA256SUMS").write_text("nothing\n")
        (found,) = problems(root)
        assert found.startswith(f"{root / 'SHA256SUMS'}: line 1 is 'nothing'; expected a SHA-256 and a name")


class TestDamagedArchive:
    @pytest.fixture
    def archive(self, tmp_path):
        return Path(shutil.copy(datasets.get("tinytown").root(), tmp_path / "town.zip"))

    def flip(self, archive, name):
        with zipfile.ZipFile(archive) as opened:
            entry = opened.getinfo(name)
        content = bytearray(archive.read_bytes())
        content[entry.header_offset + 30 + len(name) + entry.compress_size // 2] ^= 0x55
        archive.write_bytes(content)

    @pytest.mark.parametrize("folder", ["leftImg8bit", "gtFine", "aerial", "gtAerial"])
    def test_the_entry_is_named(self, archive, folder):
        with zipfile.ZipFile(archive) as opened:
            name = next(name for name in opened.namelist() if name.startswith(f"tinytown/{folder}/val/park"))
        self.flip(archive, name)
        found = problems(archive, datasets.get("tinytown"))
        assert found
        assert all(str(archive / name) in problem for problem in found)

    def test_an_entry_that_no_sample_needs_is_named(self, archive):
        self.flip(archive, "tinytown/LICENSE")
        (found,) = problems(archive, datasets.get("tinytown"))
        assert f"cannot read {archive}/tinytown/LICENSE: Bad CRC-32" in found

    @pytest.mark.parametrize("kept", [0, 10, 0.5, 0.999])
    def test_an_archive_that_was_cut_off(self, archive, kept):
        content = archive.read_bytes()
        archive.write_bytes(content[: int(kept * len(content)) if kept < 1 else kept])
        result = CliRunner().invoke(main, ["data", "check", "tinytown", "--root", str(archive)])
        assert result.exit_code == 2
        assert f"{archive} is neither a folder nor a readable zip archive" in result.output


class TestCommand:
    def test_the_embedded_data_are_right(self):
        result = CliRunner().invoke(data, ["check", "tinytown", "--split", "val"])
        assert result.exit_code == 0
        assert "tinytown: 120 val; 600 files and 28 labels are right" in result.stdout

    def test_the_list_that_selects_samples_is_told(self, tmp_path, monkeypatch):
        monkeypatch.setenv("SISBENCH_CACHE", str(tmp_path / "cache"))
        root = ade20k_tree(tmp_path / "ade20k")
        options = ["ade20k_outdoors", "--root", str(root), "--split", "val"]
        checked = CliRunner().invoke(data, ["check", *options])
        shown = CliRunner().invoke(data, ["show", *options, "--output", str(tmp_path / "sheet.png")])
        selection = datasets.get("ade20k_outdoors").listing(Tree(root), "val").selection
        assert (checked.exit_code, shown.exit_code) == (0, 0)
        counts, layout, told, lacking = checked.stdout.splitlines()
        assert counts == f"ade20k_outdoors: 2 val; 4 files and 4 labels are right ({root})"
        assert (layout, told) == ("  val: official layout", f"  val: {selection}")
        assert lacking == "  val: no instance maps, which methods with instance ids need"
        assert shown.stdout.splitlines()[1] == f"  {selection}"
        assert (tmp_path / "sheet.png").is_file()

    def test_problems_are_an_error(self, whole):
        result = CliRunner().invoke(data, ["check", "tinytown", "--root", str(whole)])
        assert isinstance(result.exception, Problems)
        assert result.exception.problems[0].endswith("12 complete samples; the card counts 360")
