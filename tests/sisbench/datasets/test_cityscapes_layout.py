"""The reader of the Cityscapes layout: pairing, suffixes, places, and every way in which files may not fit."""

import shutil
import zipfile

import pytest

from sisbench import datasets
from sisbench.errors import Problems
from sisbench.files import Tree
from tests.trees import tinytown_tree


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return tinytown_tree(tmp_path_factory.mktemp("whole"))


@pytest.fixture
def root(whole, tmp_path):
    return shutil.copytree(whole, tmp_path / "data")


def index(root, name="tinytown", split="val"):
    return datasets.get(name).index(Tree(root), split)


def problems(root, name="tinytown"):
    with pytest.raises(Problems) as caught:
        index(root, name)
    return list(caught.value.problems)


def only(root, pattern):
    (path,) = root.glob(pattern)
    return path


def test_items_pair_and_sort_by_stem(root):
    items = index(root)
    keys = [item.key for item in items]
    assert len(keys) == 12
    assert keys == sorted(keys)
    for item in items:
        assert all(item.key in file.name for file in item.files().values())
        assert list(item.files()) == ["photo", "label map", "instance map", "aerial photo", "aerial label map"]
        assert item.key.startswith(item.category)


def test_the_same_reader_without_categories_and_aerial_views(root):
    items = index(root, "cityscapes")
    assert len(items) == 12
    assert all(item.category is None and item.aerial is None for item in items)


def test_the_folders_may_lie_one_level_down_or_in_an_archive(root, tmp_path):
    keys = [item.key for item in index(root)]
    assert [item.key for item in index(root.parent)] == keys
    with zipfile.ZipFile(tmp_path / "packed.zip", "w") as archive:
        for path in root.rglob("*"):
            archive.write(path, f"top/{path.relative_to(root)}")
    items = index(tmp_path / "packed.zip")
    assert [item.key for item in items] == keys
    assert items[0].layout.read().startswith(b"\x89PNG")


def test_photos_may_be_jpg_and_folders_may_be_links(root, tmp_path):
    photo = only(root, "leftImg8bit/val/plaza/*")
    photo.rename(photo.with_suffix(".jpg"))
    linked = tmp_path / "linked"
    linked.mkdir()
    for folder in root.iterdir():
        (linked / folder.name).symlink_to(folder)
    assert len(index(linked)) == 12


def test_other_files_are_left_alone(root):
    (root / "gtFine/val/plaza/plaza_000042_000000_gtFine_color.png").write_bytes(b"")
    (root / "gtFine/val/plaza/plaza_000042_000000_gtFine_polygons.json").write_bytes(b"")
    (root / "leftImg8bit/val/plaza/._plaza_000042_000000_leftImg8bit.webp").write_bytes(b"")
    (root / "leftImg8bit/val/plaza/Thumbs.db").write_bytes(b"")
    assert len(index(root)) == 12


@pytest.mark.parametrize(
    ("pattern", "what"),
    [
        ("leftImg8bit/val/plaza/*", "no photo; expected"),
        ("gtFine/val/plaza/*labelIds.png", "no label map; expected"),
        ("gtFine/val/plaza/*instanceIds.png", "no instance map; expected"),
        ("aerial/val/plaza/*", "no aerial photo; expected"),
        ("gtAerial/val/plaza/*", "no aerial label map; expected"),
    ],
)
def test_a_missing_partner_is_named(root, pattern, what):
    path = only(root, pattern)
    path.unlink()
    (problem,) = problems(root)
    assert what in problem
    assert str(path.with_suffix("")) in problem


def test_all_problems_come_at_once(root):
    only(root, "leftImg8bit/val/plaza/*").unlink()
    only(root, "gtFine/val/park/*labelIds.png").unlink()
    only(root, "gtFine/val/park/*instanceIds.png").unlink()
    photo = only(root, "leftImg8bit/val/rural/*")
    shutil.copy(photo, photo.with_suffix(".png"))
    found = problems(root)
    assert len(found) == 4
    assert sum("park_" in problem for problem in found) == 2
    assert any("a second photo of one sample" in problem and "rural" in problem for problem in found)


def test_a_missing_folder_is_one_problem(root):
    shutil.rmtree(root / "gtFine/val")
    found = problems(root)
    assert len(found) == 2  # label maps and instance maps, not one per photo
    assert all("gtFine/val: no file named *_gtFine_" in problem for problem in found)
    assert all("the folder is missing or empty" in problem for problem in found)


def test_misnamed_files_are_shown(root):
    for path in root.glob("leftImg8bit/val/*/*"):
        path.rename(path.with_name(path.name.replace("_leftImg8bit", "")))
    (problem,) = problems(root)
    assert "12 files have other names, such as" in problem


def test_the_wrong_folder_tells_what_it_holds(tmp_path):
    (tmp_path / "photos").mkdir()
    (problem,) = problems(tmp_path)
    assert problem == f"{tmp_path}: holds no folder 'leftImg8bit'; found photos"


def test_two_candidate_folders_are_not_guessed_between(root):
    shutil.copytree(root, root.parent / "second")
    (problem,) = problems(root.parent)
    assert "it is in several sub-folders (data, second): name one of them" in problem


def test_a_folder_that_is_no_category(root):
    for top in ("leftImg8bit", "gtFine", "aerial", "gtAerial"):
        (root / top / "val/plaza").rename(root / top / "val/piazza")
    (problem,) = problems(root)
    assert "folder 'piazza' is no category; known: boulevard, " in problem
    assert len(index(root, "cityscapes")) == 12  # where the folder is a city, any name will do


def test_one_key_in_two_folders(root):
    for top in ("leftImg8bit", "gtFine"):
        shutil.copytree(root / top / "val/plaza", root / top / "val/forum")
    (problem,) = problems(root, "cityscapes")
    assert "plaza/plaza_" in problem
    assert "is also in another folder" in problem
    assert "gtFine/val/forum" in problem
