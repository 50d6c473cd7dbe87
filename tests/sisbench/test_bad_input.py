"""Every kind of bad image and bad set of images, through the command that reads them: a clear error or a warning."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner, Result
from PIL import Image

from sisbench.cli import main
from tests.sisbench.test_images import png_of_16_bit_colours

RNG = np.random.default_rng(3)
PHOTO = RNG.integers(0, 256, (16, 24, 3), dtype=np.uint8)


@pytest.fixture
def sets(tmp_path: Path) -> tuple[Path, Path]:
    """Three generated images and three photos under the same keys."""
    for name in ("fake", "real"):
        (tmp_path / name).mkdir()
        for key in ("a", "b", "c"):
            Image.fromarray(RNG.integers(0, 256, PHOTO.shape, dtype=np.uint8)).save(tmp_path / name / f"{key}.png")
    return tmp_path / "fake", tmp_path / "real"


def evaluate(fake: Path, real: Path, *options: str, metrics: str = "psnr") -> Result:
    arguments = ["--fake", str(fake), "--real", str(real), "--metrics", metrics, "--cache", str(real.parent / "cache")]
    return CliRunner().invoke(main, ["evaluate", *arguments, *options])


def refused(result: Result, *parts: str) -> None:
    """Exit code 2, nothing on standard output, and a message with these parts."""
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    for part in parts:
        assert part in result.stderr


def accepted(result: Result) -> None:
    assert result.exit_code == 0, result.output
    assert "psnr" in result.stdout


def test_good_sets_are_scored(sets: tuple[Path, Path]) -> None:
    accepted(evaluate(*sets))


class TestSets:
    def test_an_empty_folder(self, sets: tuple[Path, Path], tmp_path: Path) -> None:
        (tmp_path / "empty").mkdir()
        refused(evaluate(tmp_path / "empty", sets[1]), "empty holds no images", "PNG files named by the keys")
        refused(evaluate(sets[0], tmp_path / "empty"), "empty holds no images")

    def test_a_folder_that_is_not_there(self, sets: tuple[Path, Path], tmp_path: Path) -> None:
        refused(evaluate(tmp_path / "absent", sets[1]), "absent, which does not exist")

    def test_one_image(self, sets: tuple[Path, Path]) -> None:
        for folder in sets:
            for key in "bc":
                (folder / f"{key}.png").unlink()
        result = evaluate(*sets, metrics="psnr,fd_effnet")
        accepted(result)
        assert "n/a  fd_effnet: needs at least 2 images, got 1" in result.stdout

    def test_unequal_counts_and_unmatched_names(self, sets: tuple[Path, Path]) -> None:
        for number in range(14):
            shutil.copy(sets[1] / "a.png", sets[1] / f"more{number:02}.png")
        shutil.copy(sets[0] / "a.png", sets[0] / "other.png")
        result = evaluate(*sets)
        refused(result, "of 17 samples 14 have no image; 1 images have no sample", "... and 4 more")
        assert result.stderr.count("no image for more") == 10
        assert "no sample for other" in result.stderr

    def test_mixed_sizes(self, sets: tuple[Path, Path]) -> None:
        Image.fromarray(PHOTO[:8]).save(sets[0] / "b.png")
        refused(evaluate(*sets), "b.png: is torch.uint8 of shape (3, 8, 24)", "height 16 and width 24", "never resized")

    def test_photos_of_any_size_are_resized(self, sets: tuple[Path, Path]) -> None:
        Image.fromarray(PHOTO[:9, :7]).save(sets[1] / "b.png")
        accepted(evaluate(*sets))

    def test_two_files_of_one_key(self, sets: tuple[Path, Path]) -> None:
        (sets[0] / "again").mkdir()
        shutil.copy(sets[0] / "a.png", sets[0] / "again" / "a.png")
        refused(evaluate(*sets), "a.png: has the same key 'a' as")

    def test_a_file_that_is_no_image(self, sets: tuple[Path, Path]) -> None:
        (sets[0] / "notes.txt").write_text("not an image")
        refused(evaluate(*sets), "notes.txt: is no PNG file", "Move other files elsewhere")
        (sets[0] / "notes.txt").rename(sets[1] / "notes.txt")
        refused(evaluate(*sets), "notes.txt: is no PNG, JPEG or WebP file")

    def test_a_loop_of_links(self, sets: tuple[Path, Path]) -> None:
        (sets[0] / "round").symlink_to(sets[0])
        accepted(evaluate(*sets))

    @pytest.mark.parametrize("key", ["with space", "straße 日本", "-x", "a'b"])
    def test_names_of_any_kind(self, sets: tuple[Path, Path], key: str) -> None:
        for folder in sets:
            (folder / "b.png").rename(folder / f"{key}.png")
        accepted(evaluate(*sets))

    def test_archives_and_lists(self, sets: tuple[Path, Path], tmp_path: Path) -> None:
        with zipfile.ZipFile(tmp_path / "fake.zip", "w") as archive:
            for path in sets[0].iterdir():
                archive.write(path, f"below/{path.name}")
        (tmp_path / "real.txt").write_text("".join(f"real/{key}.png\n" for key in "abc"))
        assert evaluate(tmp_path / "fake.zip", tmp_path / "real.txt").stdout == evaluate(*sets).stdout

    def test_a_truncated_archive(self, sets: tuple[Path, Path], tmp_path: Path) -> None:
        with zipfile.ZipFile(tmp_path / "fake.zip", "w") as archive:
            for path in sets[0].iterdir():
                archive.write(path, path.name)
        whole = (tmp_path / "fake.zip").read_bytes()
        (tmp_path / "fake.zip").write_bytes(whole[: len(whole) // 2])
        refused(evaluate(tmp_path / "fake.zip", sets[1]), "fake.zip", "neither a folder nor a readable zip archive")


class TestFiles:
    """One bad file among the generated images; the same file as a photo."""

    def put(self, sets: tuple[Path, Path], content: bytes | Image.Image, name: str = "b.png", side: int = 0) -> None:
        (sets[side] / "b.png").unlink()
        if isinstance(content, bytes):
            (sets[side] / name).write_bytes(content)
        else:
            content.save(sets[side] / name)

    @pytest.mark.parametrize("side", [0, 1])
    def test_truncated(self, sets: tuple[Path, Path], side: int) -> None:
        content = (sets[side] / "b.png").read_bytes()
        self.put(sets, content[: len(content) // 2], side=side)
        refused(evaluate(*sets), "b.png: is no readable image", "It may be truncated: fetch or make it again")

    @pytest.mark.parametrize("side", [0, 1])
    @pytest.mark.parametrize("content", [b"", b"no image at all", b"\x89PNG\r\n\x1a\n"])
    def test_empty_and_foreign(self, sets: tuple[Path, Path], side: int, content: bytes) -> None:
        self.put(sets, content, side=side)
        refused(evaluate(*sets), "b.png: is no readable image", *([] if content else ["the file is empty"]))

    def test_grey_becomes_three_equal_channels(self, sets: tuple[Path, Path]) -> None:
        self.put(sets, Image.fromarray(PHOTO[..., 0]))
        accepted(evaluate(*sets))

    def test_opaque_alpha_is_dropped_and_transparent_refused(self, sets: tuple[Path, Path]) -> None:
        opaque = np.dstack([PHOTO, np.full(PHOTO.shape[:2], 255, np.uint8)])
        self.put(sets, Image.fromarray(opaque))
        accepted(evaluate(*sets))
        opaque[3, 4, 3] = 254
        self.put(sets, Image.fromarray(opaque))
        refused(evaluate(*sets), "b.png: has transparent pixels where a photo is expected")

    def test_sixteen_bits(self, sets: tuple[Path, Path]) -> None:
        self.put(sets, png_of_16_bit_colours(16, 24))
        refused(evaluate(*sets), "b.png: is a PNG of 16 bits per channel")
        self.put(sets, Image.fromarray(PHOTO[..., 0].astype(np.uint16)))
        refused(evaluate(*sets), "b.png: is a PNG of 16 bits per channel")

    def test_cmyk(self, sets: tuple[Path, Path]) -> None:
        self.put(sets, Image.fromarray(PHOTO).convert("CMYK"), "b.jpg", side=1)
        accepted(evaluate(*sets))

    def test_animated(self, sets: tuple[Path, Path]) -> None:
        first, second = Image.fromarray(PHOTO), Image.fromarray(255 - PHOTO)
        (sets[0] / "b.png").unlink()
        first.save(sets[0] / "b.png", save_all=True, append_images=[second])
        refused(evaluate(*sets), "b.png: is an animation of 2 frames")

    @pytest.mark.filterwarnings("default")  # the command shows warnings on the error stream
    def test_turned_by_exif(self, sets: tuple[Path, Path]) -> None:
        exif = Image.Exif()
        exif[0x0112] = 8
        (sets[1] / "b.png").unlink()
        Image.fromarray(PHOTO).save(sets[1] / "b.jpg", exif=exif)
        result = evaluate(*sets)
        accepted(result)
        assert "warning:" in result.stderr
        assert "has the EXIF orientation 8, which is not followed" in result.stderr

    @pytest.mark.filterwarnings("default")
    def test_jpeg_fakes_warn(self, sets: tuple[Path, Path]) -> None:
        self.put(sets, Image.fromarray(PHOTO), "b.JPG")
        result = evaluate(*sets)
        accepted(result)
        assert "warning: 1 of 3 generated images are JPEG or WebP files" in result.stderr

    def test_a_link_to_itself(self, sets: tuple[Path, Path]) -> None:
        (sets[0] / "b.png").unlink()
        (sets[0] / "b.png").symlink_to("b.png")
        refused(evaluate(*sets), "b.png")


class TestOptions:
    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ([], "give either '--fake'"),
            (["--fake", "x", "--resampled", "y"], "got both"),
            (["--fake", "x"], "real images are missing"),
            (["--fake", "x", "--dataset", "tinytwon"], "closest: 'tinytown'"),
            (["--fake", "x", "--dataset", "tinytown", "--layouts", "z"], "'--layouts' goes with '--real'"),
            (["--fake", "x", "--real", "y", "--root", "z"], "give one of the two"),
            (["--fake", "x", "--real", "y", "--protocol", "tinytown-v1"], "is for tinytown, and no data set was named"),
            (["--fake", "x", "--real", "y", "--metrics", " , "], "expected a list of one name or more"),
            (["--fake", "x", "--real", "y", "--output", "scores.csv"], "ends in '.json'"),
            (["--fake", "x", "--real", "y", "--output", "x"], "ends in '.json'"),
            (["--fake", "nowhere", "--real", "y"], "a set of generated images was looked for in nowhere"),
            (["--resampled", "x", "--real", "y"], "'--real' says nothing of re-sampled images"),
        ],
    )
    def test_combinations_that_make_no_sense(
        self, options: list[str], message: str, sets: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(sets[0].parent)
        sets[0].rename("x")
        sets[1].rename("y")
        refused(CliRunner().invoke(main, ["evaluate", *options]), message)

    def test_label_maps_need_their_label_space(self, sets: tuple[Path, Path]) -> None:
        refused(evaluate(*sets, "--layouts", str(sets[1])), "without their label space")

    def test_an_unknown_metric(self, sets: tuple[Path, Path]) -> None:
        refused(evaluate(*sets, metrics="psnrr"), "'psnrr' is not a metric; closest: 'psnr'")

    def test_a_place_that_cannot_be_written(self, sets: tuple[Path, Path]) -> None:
        (sets[0].parent / "file").write_text("")
        refused(evaluate(*sets, "--output", str(sets[0].parent / "file" / "scores.json")), "cannot write")

    @pytest.mark.skipif(torch.cuda.is_available(), reason="the device is there")
    def test_a_device_that_is_not_there(self, sets: tuple[Path, Path]) -> None:
        refused(evaluate(*sets, "--device", "cuda"), "the device 'cuda' was asked for")
