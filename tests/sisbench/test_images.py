"""Conversions: truncation, exact ids, PIL's resampling, and files of the wrong kind."""

import io
import random
import struct
import zipfile
import zlib

import numpy as np
import pytest
import torch
from PIL import Image

from sisbench import datasets, images
from sisbench.errors import InputError
from sisbench.files import Tree

RNG = np.random.default_rng(5)
PHOTO = RNG.integers(0, 256, (20, 31, 3), dtype=np.uint8)


def save(path, pixels, mode=None, **options):
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    (image.convert(mode) if mode else image).save(path, **options)
    return path


class TestQuantise:
    def test_fractions_are_cut_off_for_every_level(self):
        level = torch.arange(255, dtype=torch.float64)
        for fraction in (0.01, 0.25, 0.5, 0.75, 0.99):
            y = 2 * (level + fraction) / 255 - 1
            assert torch.equal(images.quantise(y), level.to(torch.uint8))

    def test_agrees_with_the_arithmetic_of_the_official_code(self):
        y = torch.linspace(-1.2, 1.2, 100_001)
        expected = np.clip((y.numpy() + 1) / 2.0 * 255.0, 0, 255).astype(np.uint8)
        assert np.array_equal(images.quantise(y).numpy(), expected)

    def test_ends_and_beyond(self):
        assert images.quantise(torch.tensor([-9.0, -1.0, 1.0, 9.0])).tolist() == [0, 0, 255, 255]

    def test_low_precision_is_widened_first(self):
        y = torch.tensor([-0.5, 0.5], dtype=torch.bfloat16)
        assert torch.equal(images.quantise(y), images.quantise(y.float()))

    @pytest.mark.parametrize("bad", [float("nan"), float("inf")])
    def test_a_diverged_generator_is_no_image(self, bad):
        with pytest.raises(InputError, match="not finite"):
            images.quantise(torch.tensor([0.0, bad]))

    def test_there_and_back_loses_one_level_at_most(self):
        level = torch.arange(256, dtype=torch.uint8)
        loss = level.int() - images.quantise(images.to_pm1(level)).int()
        assert set(loss.tolist()) == {0, 1}
        assert int(loss.sum()) == 63  # a fact of float32 that the docstring states

    def test_pm1_is_the_usual_normalisation(self):
        level = torch.arange(256, dtype=torch.uint8)
        expected = (level.numpy().astype(np.float64) / 255 - 0.5) / 0.5
        assert images.to_pm1(level).dtype == torch.float32
        assert np.abs(images.to_pm1(level).numpy() - expected).max() < 1e-7


def png_of_16_bit_colours(height, width):
    """The bytes of an RGB PNG file with 16 bits per channel, which PIL cannot write."""

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    rows = b"".join(b"\0" + bytes(6 * width) for _ in range(height))
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


class TestDecodePhoto:
    def test_pixels_are_the_stored_ones(self, tmp_path):
        photo = images.decode_photo(save(tmp_path / "x.png", PHOTO))
        assert photo.dtype == torch.uint8
        assert np.array_equal(photo.numpy(), PHOTO.transpose(2, 0, 1))
        assert photo.is_contiguous()

    @pytest.mark.parametrize("resample", ["bicubic", "bilinear"])
    def test_resizing_is_pil(self, tmp_path, resample):
        path = save(tmp_path / "x.png", PHOTO)
        expected = Image.fromarray(PHOTO).resize((13, 9), Image.Resampling[resample.upper()])
        assert np.array_equal(
            images.decode_photo(path, (9, 13), resample).numpy(), np.asarray(expected).transpose(2, 0, 1)
        )

    def test_a_file_in_an_archive(self, tmp_path):
        path = save(tmp_path / "x.png", PHOTO)
        with zipfile.ZipFile(tmp_path / "data.zip", "w") as archive:
            archive.write(path, "a/x.png")
        file = Tree(tmp_path / "data.zip").file("a/x.png")
        assert torch.equal(images.decode_photo(file), images.decode_photo(path))
        assert images.size_of(file) == images.size_of(path) == (20, 31)

    @pytest.mark.parametrize("mode", ["L", "P", "1", "CMYK"])
    def test_other_modes_become_rgb(self, tmp_path, mode):
        suffix = "jpg" if mode == "CMYK" else "png"
        path = save(tmp_path / f"x.{suffix}", PHOTO, mode)
        expected = np.asarray(Image.open(path).convert("RGB")).transpose(2, 0, 1)
        assert np.array_equal(images.decode_photo(path).numpy(), expected)

    def test_opaque_alpha_is_dropped(self, tmp_path):
        path = save(tmp_path / "x.png", PHOTO, "RGBA")
        assert np.array_equal(images.decode_photo(path).numpy(), PHOTO.transpose(2, 0, 1))

    def test_transparent_pixels_are_refused(self, tmp_path):
        pixels = np.dstack([PHOTO, np.full(PHOTO.shape[:2], 255, np.uint8)])
        pixels[0, 0, 3] = 254
        with pytest.raises(InputError, match=r"x\.png: has transparent pixels"):
            images.decode_photo(save(tmp_path / "x.png", pixels))
        palette = save(tmp_path / "p.png", PHOTO, "P", transparency=bytes(range(256)))
        with pytest.raises(InputError, match=r"p\.png: has transparent pixels"):
            images.decode_photo(palette)

    def test_sixteen_bits_are_refused(self, tmp_path):
        with pytest.raises(InputError, match=r"x\.png: is a PNG of 16 bits per channel"):
            images.decode_photo(save(tmp_path / "x.png", PHOTO[..., 0].astype(np.uint16)))

    def test_sixteen_bits_of_colour_are_refused(self, tmp_path):
        # PIL opens such a file as 8-bit RGB without a word.
        path = tmp_path / "x.png"
        path.write_bytes(png_of_16_bit_colours(3, 2))
        with Image.open(path) as opened:
            assert opened.mode == "RGB"
        with pytest.raises(InputError, match=r"x\.png: is a PNG of 16 bits per channel"):
            images.decode_photo(path)

    @pytest.mark.parametrize("suffix", [".png", ".webp"])
    def test_an_animation_is_refused(self, tmp_path, suffix):
        frames = [Image.fromarray(PHOTO), Image.fromarray(255 - PHOTO)]
        path = tmp_path / f"x{suffix}"
        frames[0].save(path, save_all=True, append_images=frames[1:])
        with pytest.raises(InputError, match=r"is an animation of 2 frames where one photo is expected"):
            images.decode_photo(path)

    def test_an_orientation_tag_does_not_turn_the_photo(self, tmp_path):
        exif = Image.Exif()
        exif[0x0112] = 6  # "rotate by 90 degrees to show"
        path = save(tmp_path / "x.jpg", PHOTO, exif=exif)
        with pytest.warns(UserWarning, match=r"x\.jpg: has the EXIF orientation 6, which is not followed"):
            assert images.decode_photo(path).shape == (3, 20, 31)
        assert images.size_of(path) == (20, 31)


class TestDecodeIds:
    def test_all_8_bit_values(self, tmp_path):
        ids = np.arange(256, dtype=np.uint8).reshape(8, 32)
        decoded = images.decode_ids(save(tmp_path / "x.png", ids))
        assert decoded.dtype == torch.int64
        assert np.array_equal(decoded.numpy(), ids)

    def test_all_16_bit_values(self, tmp_path):
        ids = np.arange(65536, dtype=np.uint16).reshape(256, 256)
        assert np.array_equal(images.decode_ids(save(tmp_path / "x.png", ids)).numpy(), ids)

    @pytest.mark.parametrize("size", [(8, 16), (7, 11), (40, 62), (33, 90)])
    @pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
    def test_resizing_is_pil_nearest(self, tmp_path, size, dtype):
        ids = RNG.integers(0, np.iinfo(dtype).max, (20, 31), dtype=dtype)
        expected = Image.fromarray(ids.astype(np.int32)).resize(size[::-1], Image.Resampling.NEAREST)
        decoded = images.decode_ids(save(tmp_path / "x.png", ids), size)
        assert np.array_equal(decoded.numpy(), np.asarray(expected))

    def test_half_the_size_takes_the_pixel_right_below_the_centre(self, tmp_path):
        ids = np.arange(16, dtype=np.uint8).reshape(4, 4)
        assert images.decode_ids(save(tmp_path / "x.png", ids), (2, 2)).tolist() == [[5, 7], [13, 15]]

    @pytest.mark.parametrize(
        ("mode", "kind"),
        [
            ("RGB", "colour PNG of 8"),
            ("RGBA", "colour with alpha"),
            ("P", "palette"),
            ("LA", "grey with"),
            ("1", "of 1 b"),
        ],
    )
    def test_other_kinds_of_png_are_refused(self, tmp_path, mode, kind):
        with pytest.raises(InputError, match=rf"x\.png: is a .*{kind}.*grey PNG of ids"):
            images.decode_ids(save(tmp_path / "x.png", PHOTO, mode))

    def test_a_jpg_is_refused(self, tmp_path):
        with pytest.raises(InputError, match=r"x\.jpg: is no PNG"):
            images.decode_ids(save(tmp_path / "x.jpg", PHOTO, "L"))


@pytest.mark.parametrize("decode", [images.decode_photo, images.decode_ids, images.size_of])
class TestDamage:
    def test_a_missing_file(self, tmp_path, decode):
        with pytest.raises(InputError, match=r"cannot read .*x\.png: No such file"):
            decode(tmp_path / "x.png")

    def test_an_empty_file(self, tmp_path, decode):
        (tmp_path / "x.png").touch()
        with pytest.raises(InputError, match=r"x\.png: is "):
            decode(tmp_path / "x.png")

    def test_a_file_that_is_no_image(self, tmp_path, decode):
        (tmp_path / "x.png").write_text("<html>404</html>" * 9)
        with pytest.raises(InputError, match=r"x\.png: is no "):
            decode(tmp_path / "x.png")

    def test_another_format(self, tmp_path, decode):
        save(tmp_path / "x.png", PHOTO[..., 0], format="TIFF")
        with pytest.raises(InputError, match=r"x\.png: is no .*PNG"):
            decode(tmp_path / "x.png")

    def test_a_folder_of_that_name(self, tmp_path, decode):
        (tmp_path / "x.png").mkdir()
        with pytest.raises(InputError, match=r"x\.png"):
            decode(tmp_path / "x.png")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_truncated_files_are_named(tmp_path, share):
    for name, decode in (("photo.png", images.decode_photo), ("ids.png", images.decode_ids)):
        path = save(tmp_path / name, PHOTO if name == "photo.png" else PHOTO[..., 0])
        content = path.read_bytes()
        path.write_bytes(content[: int(share * len(content))])
        with pytest.raises(InputError, match=rf"{name}: is no "):
            decode(path)


def test_random_damage_never_ends_in_another_error(tmp_path):
    dataset = datasets.get("tinytown")
    item = dataset.index(datasets.locate(dataset, dataset.root()), "val")[0]
    chance = random.Random(1)
    for file, decode in ((item.image, images.decode_photo), (item.instance, images.decode_ids)):
        whole, path = file.read(), tmp_path / "damaged"
        refused = 0
        for _ in range(150):
            content = bytearray(whole)
            for _ in range(chance.choice((1, 4, 40))):
                content[chance.randrange(min(len(content), chance.choice((40, 4000))))] = chance.randrange(256)
            path.write_bytes(content)
            try:
                decode(path)
            except InputError as error:
                assert "damaged" in str(error)
                refused += 1
        assert refused > 10


class TestPng:
    def test_round_trip(self, tmp_path):
        image = torch.from_numpy(PHOTO.transpose(2, 0, 1).copy())
        images.save_png(tmp_path / "a/x.png", image)
        assert torch.equal(images.decode_photo(tmp_path / "a/x.png"), image)
        assert [path.name for path in (tmp_path / "a").iterdir()] == ["x.png"]
        assert Image.open(io.BytesIO(images.encode_png(image))).format == "PNG"

    @pytest.mark.parametrize("bad", [torch.zeros(3, 4, 4), torch.zeros(1, 4, 4, dtype=torch.uint8)])
    def test_other_tensors_are_a_programming_error(self, bad):
        with pytest.raises(ValueError, match=r"expected uint8 \(3, H, W\)"):
            images.encode_png(bad)
