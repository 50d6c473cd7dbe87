"""Many worlds into a folder: interrupted, continued, extended, in parallel, with the same files in the end."""

import errno
import functools
import hashlib
import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("embreex", reason="the ray tracer is not installed: pip install 'sisbench[render]'")

from filelock import FileLock

from sisbench.errors import InputError
from sisbench.tinytown import job, journal
from sisbench.tinytown.archive import pack
from sisbench.tinytown.rendering import Rendering
from tests.sisbench.tinytown import hamlet

SMALL = Rendering(32, 64, ("ground", "aerial"), "cityscapes")
WORLDS = range(4, 7)
render_worlds = functools.partial(job.render_worlds, plan=hamlet.world)


def content(folder):
    """Every file of a folder, hidden ones included, by name."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    assert render_worlds(folder, WORLDS, SMALL) == 3
    return folder


@pytest.fixture
def copy(whole, tmp_path):
    return shutil.copytree(whole, tmp_path / "copy")


def rendered(folder, numbers=WORLDS, rendering=SMALL, jobs=1):
    """Render, and return the numbers of worlds that were not there."""
    seen = []
    render_worlds(folder, numbers, rendering, jobs, lambda stage, done, total: seen.append((stage, done, total)))
    steps = [step for step in seen if step[0] == "render"]
    assert steps == [("render", done, steps[0][2]) for done in range(steps[0][1], steps[0][2] + 1)]
    return steps[-1][1] - steps[0][1]


class TestFinished:
    def test_everything_is_listed(self, whole):
        names = set(content(whole))
        lines = [line.split("  ./") for line in (whole / "SHA256SUMS").read_text().splitlines()]
        assert {name for _, name in lines} == names - {"SHA256SUMS"}
        assert [name for _, name in lines] == sorted(name for _, name in lines)
        assert len(names) == 3 * 2 * 3 + 3
        for digest, name in lines:
            assert hashlib.sha256((whole / name).read_bytes()).hexdigest() == digest

    def test_worlds_are_described_in_order(self, whole):
        lines = [json.loads(line) for line in (whole / "worlds.jsonl").read_text().splitlines()]
        assert [line["world"] for line in lines] == [4, 5, 6]
        assert all((whole / view["photo"]).is_file() for line in lines for view in line["views"].values())
        assert (whole / "LICENSE").read_text().startswith("CC0 1.0 Universal")

    def test_again_renders_nothing(self, copy, whole, monkeypatch):
        monkeypatch.setattr(job, "render_world", lambda *about: pytest.fail("rendered again"))
        assert rendered(copy) == 0
        assert content(copy) == content(whole)

    def test_more_worlds_are_added(self, copy, whole, tmp_path):
        assert rendered(copy, range(5, 8)) == 1
        assert rendered(tmp_path / "at once", range(4, 8)) == 4
        assert content(copy) == content(tmp_path / "at once")

    def test_files_that_changed_are_made_again(self, copy, whole):
        photos = sorted(copy.rglob("*.webp"))
        photos[0].write_bytes(photos[1].read_bytes())
        photos[2].unlink()
        assert 1 <= rendered(copy) <= 2
        assert content(copy) == content(whole)

    def test_a_list_that_was_lost_is_made_again(self, copy, whole):
        (copy / "SHA256SUMS").unlink()
        assert rendered(copy) == 3
        assert content(copy) == content(whole)


class TestInterrupted:
    def stop(self, stage, done, total):
        if (stage, done) == ("render", 1):
            raise KeyboardInterrupt

    def test_by_the_user(self, whole, tmp_path):
        """Two processes before and two after make the same files as one, undisturbed."""
        with pytest.raises(KeyboardInterrupt):
            render_worlds(tmp_path / "town", WORLDS, SMALL, 2, self.stop)
        assert multiprocessing.active_children() == []
        assert not (tmp_path / "town/worlds.jsonl").exists()
        assert rendered(tmp_path / "town", range(4, 9), jobs=2) >= 2
        assert {name for name in content(tmp_path / "town") if name.startswith(".")} == set()
        assert rendered(tmp_path / "one", range(4, 9)) == 5
        assert content(tmp_path / "town") == content(tmp_path / "one")
        longer = content(tmp_path / "one")
        assert {n for n, data in content(whole).items() if longer[n] != data} == {"worlds.jsonl", "SHA256SUMS"}

    def test_by_a_killed_worker(self, whole, tmp_path):
        def kill(stage, done, total):
            if (stage, done) == ("render", 1):
                for child in multiprocessing.active_children():
                    os.kill(child.pid, signal.SIGKILL)

        with pytest.raises(InputError, match="was killed, perhaps for want of memory"):
            render_worlds(tmp_path / "town", range(4, 24), SMALL, 2, kill)
        assert rendered(tmp_path / "town", jobs=1) > 0
        expected, found = content(whole), content(tmp_path / "town")
        assert expected.keys() <= found.keys()
        assert {name: found[name] for name in expected if "/" in name} == {
            n: c for n, c in expected.items() if "/" in n
        }
        assert not [name for name in found if name.endswith(".part") or name.startswith(".rendering")]

    @pytest.mark.parametrize("writes", range(1, 9))
    def test_by_a_full_disk(self, whole, tmp_path, monkeypatch, writes):
        """Whichever of the first writes fails: six files of a world, and its note before and after."""
        town, left = tmp_path / "town", iter(range(writes))
        honest = Path.write_bytes

        def full(path, data):
            if next(left, None) is None:
                honest(path, data[: len(data) // 2])
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
            return honest(path, data)

        with monkeypatch.context() as patched:
            patched.setattr(Path, "write_bytes", full)
            with pytest.raises(InputError, match=r"cannot write .*: No space left on device\. Free some space"):
                render_worlds(town, WORLDS, SMALL)
        expected = content(whole)
        assert all(expected[name] == data for name, data in content(town).items() if not name.startswith("."))
        assert rendered(town) == (3 if writes < 8 else 2)
        assert content(town) == expected

    def test_what_a_killed_process_left_is_swept(self, whole, tmp_path):
        town = tmp_path / "town"
        with pytest.raises(KeyboardInterrupt):
            render_worlds(town, WORLDS, SMALL, 1, self.stop)
        (note,) = (town / ".rendering").glob("*.json")
        begun = json.loads(note.read_text()) | {"digests": {}}
        note.write_text(json.dumps(begun))
        photo = town / begun["world"]["views"]["ground"]["photo"]
        photo.write_bytes(photo.read_bytes()[:100])
        photo.with_name(f".{photo.name}.4711.part").write_bytes(b"half")
        assert rendered(town) == 3
        assert content(town) == content(whole)

    def test_a_begun_world_is_finished_also_when_it_is_no_longer_asked_for(self, whole, tmp_path):
        town = tmp_path / "town"
        with pytest.raises(KeyboardInterrupt):
            render_worlds(town, WORLDS, SMALL, 1, self.stop)
        (town / ".rendering/000004.json").write_text(
            json.dumps(json.loads((town / ".rendering/000004.json").read_text()) | {"digests": {}})
        )
        assert rendered(town, range(5, 7)) == 3
        assert content(town) == content(whole)


class TestRefused:
    @pytest.mark.parametrize(
        ("other", "said"),
        [
            (
                Rendering(64, 128, ("ground", "aerial"), "cityscapes"),
                "views: ground 32x64, aerial 32x32, not ground 64x128",
            ),
            (Rendering(32, 64, ("ground",), "cityscapes"), "views: ground 32x64, aerial 32x32, not ground 32x64"),
            (Rendering(32, 64, ("ground", "aerial"), "ade20k"), "label space: cityscapes, not ade20k"),
        ],
    )
    def test_another_rendering(self, copy, whole, other, said):
        with pytest.raises(InputError, match=said):
            render_worlds(copy, WORLDS, other)
        assert content(copy) == content(whole)

    def test_another_edition(self, copy):
        lines = (copy / "worlds.jsonl").read_text().replace('"edition": "', '"edition": "old ')
        (copy / "worlds.jsonl").write_text(lines)
        with pytest.raises(InputError, match=r"rendered in another way \(edition: old "):
            render_worlds(copy, WORLDS, SMALL)

    def test_lists_of_something_else(self, copy):
        (copy / "worlds.jsonl").write_text('{"world": 1}\n')
        with pytest.raises(InputError, match="line 1 does not describe a world of this generator"):
            render_worlds(copy, WORLDS, SMALL)

    def test_a_folder_of_other_files(self, tmp_path):
        (tmp_path / "thesis.tex").write_text("mine")
        with pytest.raises(InputError, match=r"holds files of something else, such as thesis\.tex"):
            render_worlds(tmp_path, WORLDS, SMALL)
        assert content(tmp_path) == {"thesis.tex": b"mine"}

    def test_a_file(self, tmp_path):
        (tmp_path / "town").write_text("mine")
        with pytest.raises(InputError, match="town is a file; expected a folder"):
            render_worlds(tmp_path / "town", WORLDS, SMALL)

    @pytest.mark.parametrize("numbers", [range(0), range(3, 1), range(-1, 2)])
    def test_no_worlds(self, tmp_path, numbers):
        with pytest.raises(InputError, match="expected at least one, and numbers from 0"):
            render_worlds(tmp_path / "town", numbers, SMALL)
        assert not (tmp_path / "town").exists()

    def test_a_folder_in_use(self, copy):
        (copy / ".rendering").mkdir()
        with FileLock(copy / ".rendering/lock"), pytest.raises(InputError, match="another process is rendering into"):
            render_worlds(copy, WORLDS, SMALL)

    @pytest.mark.parametrize("missing", [("embreex",), ("embreex", "trimesh")])
    def test_without_the_extra(self, tmp_path, monkeypatch, missing):
        find = job.importlib.util.find_spec
        monkeypatch.setattr(job.importlib.util, "find_spec", lambda name: None if name in missing else find(name))
        with pytest.raises(
            InputError, match=rf"rendering needs {' and '.join(missing)}.*pip install 'sisbench\[render\]'"
        ):
            render_worlds(tmp_path / "town", WORLDS, SMALL)
        assert not (tmp_path / "town").exists()


def test_a_damaged_note_is_as_good_as_none(whole, tmp_path):
    town = shutil.copytree(whole, tmp_path / "town")
    (town / ".rendering").mkdir()
    (town / ".rendering/000005.json").write_text('{"world": ')
    assert set(journal.read(town, SMALL)) == {4, 5, 6}


def test_what_is_loaded():
    """Not what workers do without, which would cost each a second; nor the extra, before it was looked for."""
    unwanted = {"torch", "pandas", "matplotlib", "embreex", "trimesh"}
    script = f"import sys, sisbench.tinytown.job\nprint(sorted({unwanted} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


class TestArchive:
    def test_it_holds_the_folder_and_is_the_same_twice(self, whole, tmp_path):
        pack(whole, tmp_path / "a.zip")
        pack(whole, tmp_path / "b.zip")
        assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
        with zipfile.ZipFile(tmp_path / "a.zip") as archive:
            found = {name.removeprefix("tinytown/"): archive.read(name) for name in archive.namelist()}
            entries = archive.infolist()
        assert found == content(whole)
        assert [entry.filename for entry in entries] == sorted(entry.filename for entry in entries)
        assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
        stored = {Path(entry.filename).suffix for entry in entries if entry.compress_type == zipfile.ZIP_STORED}
        assert stored == {".webp"}

    def test_a_file_that_is_missing_is_named_and_nothing_is_left(self, whole, tmp_path):
        town = shutil.copytree(whole, tmp_path / "town")
        lost = min(town.rglob("*.webp"))
        lost.unlink()
        with pytest.raises(InputError, match=f"cannot read {lost}"):
            pack(town, tmp_path / "a.zip")
        assert sorted(path.name for path in tmp_path.iterdir()) == ["town"]
