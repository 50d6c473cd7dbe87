from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from sisbench import datasets, images
from sisbench.data import Samples
from sisbench.errors import InputError, Problems
from sisbench.reals import FolderReals, MemoryReals, Reals, SplitReals, truth_of

CARD = datasets.get("tinytown").card


@pytest.fixture(scope="module")
def samples() -> Samples:
    dataset = datasets.get("tinytown")
    return Samples(dataset, datasets.locate(dataset), "val", limit=3)


@pytest.fixture
def folders(samples: Samples, tmp_path: Path) -> tuple[Path, Path]:
    """The samples as two plain folders."""
    for sample in samples:
        images.save_png(tmp_path / "photos" / f"{sample.key}.png", sample.image)
        (tmp_path / "maps").mkdir(exist_ok=True)
        Image.fromarray(sample.layout.numpy().astype(np.uint8)).save(tmp_path / "maps" / f"{sample.key}.png")
    return tmp_path / "photos", tmp_path / "maps"


def pixels(reals: Reals) -> list[Tensor]:
    return [reals.pair(i).image for i in range(len(reals))]


def test_a_split_comes_in_the_order_of_its_keys(samples: Samples) -> None:
    reals = SplitReals(samples)
    assert reals.keys == tuple(sorted(samples.keys))
    assert (reals.card, reals.split, reals.size, reals.layouts) == (samples.card, "val", (128, 256), True)
    by_key = {sample.key: sample for sample in samples}
    for index, key in enumerate(reals.keys):
        assert torch.equal(reals.pair(index).image, by_key[key].image)
        layout = reals.pair(index).layout
        assert layout is not None
        assert torch.equal(layout, by_key[key].layout)


def test_folders_hold_the_same(samples: Samples, folders: tuple[Path, Path]) -> None:
    photos, maps = folders
    reals, split = FolderReals(photos, (128, 256), layouts=maps, card=CARD), SplitReals(samples)
    assert reals.keys == split.keys
    assert all(torch.equal(x, y) for x, y in zip(pixels(reals), pixels(split), strict=True))
    layout, expected = reals.pair(1).layout, split.pair(1).layout
    assert layout is not None
    assert expected is not None
    assert torch.equal(layout, expected)
    assert FolderReals(photos, (128, 256)).pair(0).layout is None


def test_photos_are_resized_and_maps_by_nearest(folders: tuple[Path, Path]) -> None:
    photos, maps = folders
    reals = FolderReals(photos, (32, 64), layouts=maps, card=CARD)
    first = sorted(photos.iterdir())[0]
    expected = Image.open(first).resize((64, 32), Image.Resampling.BICUBIC)
    assert np.array_equal(reals.pair(0).image.permute(1, 2, 0).numpy(), np.asarray(expected))
    nearest = Image.open(maps / first.name).resize((64, 32), Image.Resampling.NEAREST)
    layout = reals.pair(0).layout
    assert layout is not None
    assert np.array_equal(layout.numpy(), np.asarray(nearest))


def test_the_digest_follows_the_content(folders: tuple[Path, Path]) -> None:
    photos, maps = folders
    bare = FolderReals(photos, (128, 256)).digest()
    assert bare == FolderReals(photos, (8, 8)).digest()  # the size is recorded beside it
    assert bare != FolderReals(photos, (128, 256), layouts=maps, card=CARD).digest()
    first = sorted(photos.iterdir())[0]
    images.save_png(first, images.decode_photo(first) // 2)
    assert bare != FolderReals(photos, (128, 256)).digest()


def test_maps_that_do_not_fit(folders: tuple[Path, Path]) -> None:
    photos, maps = folders
    with pytest.raises(InputError, match="without their label space"):
        FolderReals(photos, (8, 8), layouts=maps)
    first = sorted(maps.iterdir())[0]
    Image.fromarray(np.full((8, 8), 77, np.uint8)).save(first)
    with pytest.raises(InputError, match=r"label ids 77 \(64 pixels\) are outside the label space 0 to 34"):
        FolderReals(photos, (8, 8), layouts=maps, card=CARD).pair(0)
    first.rename(maps / "other.png")
    with pytest.raises(Problems, match="label maps and photos do not match") as caught:
        FolderReals(photos, (8, 8), layouts=maps, card=CARD)
    assert f"no label map for {first.stem}" in str(caught.value)
    assert "no photo for other" in str(caught.value)


def test_memory(samples: Samples) -> None:
    stack = torch.stack([sample.image for sample in samples])
    reals = MemoryReals(stack, (128, 256))
    assert reals.keys == ("000000", "000001", "000002")
    assert torch.equal(torch.stack(pixels(reals)), stack)
    assert reals.digest() == MemoryReals(dict(zip(reals.keys, stack, strict=True)), (128, 256)).digest()
    assert reals.digest() != MemoryReals(stack.flip(0), (128, 256)).digest()
    with pytest.raises(InputError, match="real image '000000'"):
        MemoryReals(stack, (64, 64))
    with pytest.raises(InputError, match="no real images"):
        MemoryReals({}, (64, 64))


def test_train_ids() -> None:
    assert truth_of(torch.tensor([[7, 0], [33, 8]]), CARD).tolist() == [[0, 255], [18, 1]]
