"""Trees on disk and in archives answer alike; written files are whole or absent."""

import errno
import hashlib
import json
import zipfile
from pathlib import Path

import pytest

from sisbench.errors import InputError
from sisbench.files import File, Tree, atomic, sha256, write_bytes, write_json

NAMES = ["top/a/one.png", "top/a/two.txt", "top/b/c/three.png", "top/four.png"]


@pytest.fixture(params=["folder", "archive"])
def tree(request, tmp_path):
    if request.param == "archive":
        with zipfile.ZipFile(tmp_path / "data.zip", "w") as archive:
            archive.writestr("top/a/", "")
            for name in [*NAMES, "top/a/._one.png", "__MACOSX/top/a/one.png", ".DS_Store"]:
                archive.writestr(name, name)
        return Tree(tmp_path / "data.zip")
    for name in [*NAMES, "top/a/._one.png", ".DS_Store", ".git/config"]:
        path = tmp_path / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return Tree(tmp_path / "data")


def test_names_are_sorted_filtered_and_without_litter(tree):
    assert tree.names() == sorted(NAMES)
    assert tree.names("top/a/") == ["top/a/one.png", "top/a/two.txt"]
    assert tree.names("top/", (".png",)) == ["top/a/one.png", "top/b/c/three.png", "top/four.png"]
    assert tree.names("top/f") == ["top/four.png"]
    assert tree.names("nowhere/") == []


def test_folders_are_direct_children(tree):
    assert tree.folders() == ["top"]
    assert tree.folders("top") == ["a", "b"]
    assert tree.folders("top/b") == ["c"]
    assert tree.folders("nowhere") == []


def test_files_are_read_in_place(tree):
    file = tree.file("top/b/c/three.png")
    assert file.read() == b"top/b/c/three.png"
    assert file.open().read(3) == b"top"
    assert str(file).endswith("/top/b/c/three.png")
    assert tree.has("top/four.png")
    assert not tree.has("top/five.png")
    with pytest.raises(InputError, match=r"cannot read .*five\.png"):
        tree.file("top/five.png").read()


def test_links_are_followed_and_loops_end(tmp_path):
    real, root = tmp_path / "real", tmp_path / "root"
    (real / "val").mkdir(parents=True)
    (real / "val/x.png").write_text("x")
    root.mkdir()
    (root / "one").symlink_to(real)
    (root / "two").symlink_to(real)  # the same folder twice is no loop
    (real / "val/back").symlink_to(root)
    (root / "self").symlink_to(root / "self")
    assert Tree(root).names() == ["one/val/x.png", "self", "two/val/x.png"]
    assert Tree(root).folders() == ["one", "two"]


def test_a_broken_link_is_reported_when_read(tmp_path):
    (tmp_path / "gone.png").symlink_to(tmp_path / "nowhere.png")
    tree = Tree(tmp_path)
    assert tree.names() == ["gone.png"]
    with pytest.raises(InputError, match=r"gone\.png"):
        tree.file("gone.png").read()


def test_only_what_is_asked_for_is_walked(tmp_path, monkeypatch):
    (tmp_path / "wanted").mkdir()
    (tmp_path / "wanted/x").write_text("x")
    (tmp_path / "huge").mkdir()
    from sisbench import files

    seen = []
    entries = files._entries
    monkeypatch.setattr(files, "_entries", lambda folder: seen.append(folder.name) or entries(folder))
    tree = Tree(tmp_path)
    assert tree.names("wanted/") == tree.names("wanted/x") == ["wanted/x"]
    assert seen == ["wanted"]


def test_a_folder_that_cannot_be_listed_is_named(tmp_path, monkeypatch):
    def refuse(folder):
        raise PermissionError(errno.EACCES, "Permission denied", str(folder))

    monkeypatch.setattr("sisbench.files.os.scandir", refuse)
    with pytest.raises(InputError, match=r"cannot list .*Permission denied"):
        Tree(tmp_path).names()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 truncated"])
def test_a_file_that_is_no_archive(tmp_path, content):
    (tmp_path / "data.zip").write_bytes(content)
    with pytest.raises(InputError, match=r"Toy: .*data\.zip is neither a folder nor a readable zip .*Draw it\."):
        Tree(tmp_path / "data.zip", "Toy", "Draw it.")


def test_a_missing_root_says_where_and_how(tmp_path):
    with pytest.raises(InputError, match=r"Toy was looked for in .*nothing, which does not exist\. Draw it\."):
        Tree(tmp_path / "nothing", "Toy", "Draw it.")


def test_a_damaged_member_is_named(tmp_path):
    path = tmp_path / "data.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.png", b"A" * 100)
    content = bytearray(path.read_bytes())
    content[60] ^= 255
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"cannot read .*x\.png: Bad CRC-32"):
        Tree(path).file("x.png").read()


def test_a_replaced_archive_is_opened_again(tmp_path):
    path = tmp_path / "data.zip"
    for content in ("old", "newer"):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("x", content)
        assert File(path, "x").read() == content.encode()


def test_writing_makes_folders_and_leaves_no_litter(tmp_path):
    path = tmp_path / "a/b/value.json"
    write_json(path, {"x": 1.5})
    write_json(path, {"x": 2.5})
    assert json.loads(path.read_text()) == {"x": 2.5}
    assert path.read_text().endswith("}\n")
    assert [p.name for p in path.parent.iterdir()] == ["value.json"]
    assert sha256(path) == hashlib.sha256(path.read_bytes()).hexdigest()


def test_nan_is_refused_and_nothing_written(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "value.json", float("nan"))
    assert list(tmp_path.iterdir()) == []


def test_a_failing_block_keeps_the_old_file(tmp_path):
    path = tmp_path / "value"
    write_bytes(path, b"old")
    with pytest.raises(RuntimeError, match="midway"), atomic(path) as temporary:
        temporary.write_bytes(b"half")
        raise RuntimeError("midway")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_one_message_and_leaves_nothing(tmp_path, monkeypatch):
    def full(self, content):
        self.touch()
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(InputError, match=r"cannot write .*image\.png: No space left on device"):
        write_bytes(tmp_path / "image.png", b"content")
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_place_of_a_folder(tmp_path):
    (tmp_path / "runs").write_text("a file")
    with pytest.raises(InputError, match="cannot write"):
        write_bytes(tmp_path / "runs/record.json", b"{}")


class TestArchivesInAFolder:
    @pytest.fixture
    def folder(self, tmp_path):
        root = tmp_path / "data"
        (root / "own").mkdir(parents=True)
        (root / "own/a.jpg").write_text("unpacked")
        for archive, names in (("One.ZIP", ["own/a.jpg", "own/a.png", "README"]), ("two.zip", ["far/b.png", "README"])):
            with zipfile.ZipFile(root / archive, "w") as opened:
                for name in names:
                    opened.writestr(name, f"{archive} {name}")
        return root

    def test_they_are_left_alone_unless_asked_for(self, folder):
        tree = Tree(folder)
        assert tree.names("far/") == tree.names("own/", (".png",)) == []
        assert tree.folders() == ["own"]
        assert not tree.has_folder("far")

    def test_what_the_folder_lacks_is_found_in_them(self, folder):
        tree = Tree(folder, archives=True)
        assert tree.names("far/") == ["far/b.png"]
        assert tree.folders() == ["far", "own"]
        assert tree.has_folder("far")
        assert tree.has("far/b.png")
        assert not tree.has("far/c.png")
        file = tree.file("far/b.png")
        assert file == File(folder / "two.zip", "far/b.png")
        assert file.read() == b"two.zip far/b.png"

    def test_unpacked_files_come_first(self, folder):
        tree = Tree(folder, archives=True)
        assert tree.file("own/a.jpg").read() == b"unpacked"
        assert tree.names("own/", (".jpg",)) == ["own/a.jpg"]
        assert tree.names("own/", (".png",)) == ["own/a.png"]  # the folder has none of these
        assert tree.file("own/a.png").read() == b"One.ZIP own/a.png"

    def test_of_equal_names_the_first_archive_s(self, folder):
        assert Tree(folder, archives=True).file("README").read() == b"One.ZIP README"

    def test_a_damaged_archive_matters_only_if_it_is_needed(self, folder):
        (folder / "zzz.zip").write_bytes(b"PK damaged")
        tree = Tree(folder, archives=True)
        assert tree.names("own/", (".jpg",)) == ["own/a.jpg"]
        assert tree.has_folder("own")
        assert tree.file("own/a.jpg").read() == b"unpacked"
        with pytest.raises(
            InputError, match=r"zzz\.zip is no readable zip archive .*, and .*data itself does not hold"
        ):
            tree.names("far/")


def test_a_fingerprint_changes_with_the_content(tmp_path):
    path = tmp_path / "x"
    path.write_text("one")
    before = File(tmp_path, "x").fingerprint()
    assert File(tmp_path, "x").fingerprint() == before
    path.write_text("other")
    assert File(tmp_path, "x").fingerprint() != before
    found = []
    for content in ("one", "two"):
        with zipfile.ZipFile(tmp_path / "data.zip", "w") as archive:
            archive.writestr("x", content)
        found.append(File(tmp_path / "data.zip", "x").fingerprint())
    assert found[0] != found[1]
    with pytest.raises(InputError, match=r"cannot read .*gone"):
        File(tmp_path, "gone").fingerprint()
