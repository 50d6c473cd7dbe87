"""The reader of layouts on made-up ones: which is found, how files pair, what a missing kind of file does."""

import zipfile

import pytest

from sisbench.datasets._layouts import Layout, Part, scan
from sisbench.files import Tree

FOLDERS = Layout(
    "in folders",
    (
        Part("photo", ("photos/{split}", "{split}"), suffixes=(".jpg", ".png")),
        Part("label map", ("maps/{split}",), "_ids", others={"_color_ids.png": "colours"}),
        Part("instance map", ("things/{split}",), optional=True),
    ),
    marks=("photos", "maps"),
    splits={"val": "validation"},
)
NAMES = Layout(
    "by names",
    (Part("photo", ("",), suffixes=(".jpg",), contains="_{split}_"), Part("label map", ("",), contains="_{split}_")),
    marks=("_train_", "_val_"),
    by_name=True,
)
LAYOUTS = (FOLDERS, NAMES)


@pytest.fixture
def put(tmp_path):
    def write(*names, root=tmp_path / "data"):
        for name in names:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(name)
        return root

    return write


def listed(root, split="val", layouts=LAYOUTS):
    return scan(Tree(root, archives=True), split, layouts)


def files(root, **options):
    listing = listed(root, **options)
    assert listing.problems == ()
    return {item.key: {what: file.name for what, file in item.files().items()} for item in listing.items}


def test_a_split_may_have_another_name_and_an_ending_is_taken_off(put):
    root = put("photos/validation/x/a.jpg", "maps/validation/x/a_ids.png", "maps/validation/x/a_color_ids.png")
    assert files(root) == {"a": {"photo": "photos/validation/x/a.jpg", "label map": "maps/validation/x/a_ids.png"}}
    assert listed(root).layout == "in folders"
    assert listed(root, layouts=[FOLDERS]).layout == ""  # nothing to tell apart


def test_the_first_place_that_holds_such_files_is_taken(put):
    root = put("validation/a.jpg", "photos/validation/notes.txt", "maps/validation/a_ids.png")
    assert files(root)["a"]["photo"] == "validation/a.jpg"
    put("photos/validation/a.jpg")
    assert files(root)["a"]["photo"] == "photos/validation/a.jpg"


def test_an_optional_kind_is_missing_altogether_or_not_at_all(put):
    root = put(*(f"photos/validation/{k}.jpg" for k in "ab"), *(f"maps/validation/{k}_ids.png" for k in "ab"))
    assert [item.instance for item in listed(root).items] == [None, None]
    put("things/validation/a.png")
    listing = listed(root)
    assert [item.key for item in listing.items] == ["a"]
    (problem,) = listing.problems
    assert problem == f"{root}/photos/validation/b.jpg: no instance map; expected {root}/things/validation/b.png"


def test_names_are_looked_at_when_no_folder_tells(put):
    root = put("one/A_val_1.jpg", "two/three/A_val_1.png", "one/A_train_1.jpg", "two/A_train_1.PNG", "one/A_val_2.txt")
    assert files(root) == {"A_val_1": {"photo": "one/A_val_1.jpg", "label map": "two/three/A_val_1.png"}}
    assert files(root, split="train")["A_train_1"]["label map"] == "two/A_train_1.PNG"
    assert listed(root).layout == "by names"
    put("inner/photos/validation/a.jpg", "inner/maps/validation/a_ids.png")
    assert list(files(root)) == ["a"]  # one level down, but found by its folders


def test_one_name_in_two_folders(put):
    root = put("one/A_val_1.jpg", "two/A_val_1.jpg", "two/A_val_1.png")
    (problem,) = listed(root).problems
    assert problem == f"{root}/two/A_val_1.jpg: a second photo of one sample, beside one/A_val_1.jpg"


def test_of_two_layouts_the_first_is_taken(put):
    root = put("photos/validation/a_val_b.jpg", "maps/validation/a_val_b_ids.png", "maps/validation/a_val_b.png")
    assert listed(root, layouts=LAYOUTS).layout == "in folders"
    other = Layout("other", NAMES.parts, marks=("maps",))
    assert listed(root, layouts=(other, FOLDERS)).layout == "other"


def test_a_kind_that_is_missing_altogether_is_one_problem(put):
    root = put("photos/validation/a.jpg", "photos/validation/b.jpg", "maps/validation/a_color_ids.png")
    listing = listed(root)
    assert listing.items == ()
    assert list(listing.problems) == [
        f"{root}/maps/validation: no file named *_ids.png; 1 files have other names, such as "
        "maps/validation/a_color_ids.png, which holds colours"
    ]
    assert "no file named *.jpg or *.png (nor in 'train/'); the folder is missing" in listed(root, "train").problems[0]


def test_no_layout_at_all(put):
    root = put("elsewhere/a.jpg")
    assert list(listed(root).problems) == [
        f"{root}: holds no folder 'photos', 'maps' (in folders layout), no names with '_train_', '_val_' (by names "
        "layout); found elsewhere"
    ]


def test_kinds_may_lie_in_different_archives(put):
    root = put("photos/validation/a.jpg")
    for archive, name in (("maps.zip", "maps/validation/a_ids.png"), ("things.zip", "things/validation/a.png")):
        with zipfile.ZipFile(root / archive, "w") as opened:
            opened.writestr(name, "")
    (item,) = listed(root).items
    assert item.image.tree == root
    assert (item.layout.tree, item.instance.tree) == (root / "maps.zip", root / "things.zip")
