"""The two baselines without training, by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

import generators
from generators import GeneratorError
from sisbench.images import quantise

SIZE = (2, 2)


class TrainingSet:
    """Layouts of three labels, the last of which no sample has, and photos."""

    def __init__(self, *samples: tuple[list[list[int]], Tensor]) -> None:
        self.samples = samples

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        layout, photo = self.samples[index]
        return cond(layout)[0], photo

    def digest(self) -> str:
        return str([(layout, photo.tolist()) for layout, photo in self.samples])


def cond(layout: list[list[int]]) -> Tensor:
    return torch.nn.functional.one_hot(torch.tensor([layout]), 3).permute(0, 3, 1, 2).float()


def grey(*values: int) -> Tensor:
    return torch.tensor(values, dtype=torch.uint8).view(1, 2, 2).repeat(3, 1, 1)


def prepared(method: str, folder: Path, *samples: tuple[list[list[int]], Tensor]) -> generators.Generator:
    network = generators.create(method, num_labels=3, edges=False, size=SIZE)
    network.prepare(TrainingSet(*samples), folder, lambda done, total: None)
    assert network.use_prepared(folder)["samples"] == len(samples)
    return network


def test_mean_colours_are_those_of_all_pixels_of_a_class(tmp_path: Path) -> None:
    coloured = grey(10, 20, 30, 100)
    coloured[2] = 255
    network = prepared(
        "mean_colour", tmp_path / "p", ([[0, 0], [0, 1]], coloured), ([[1, 1], [1, 1]], grey(40, 40, 40, 40))
    )
    image = (network(cond([[0, 1], [2, 0]]))[0] + 1) * 127.5
    zero, one, everywhere = [20.0, 20, 255], [52.0, 52, 83], [40.0, 40, 147.5]  # by hand; label 2 is never seen
    assert image.permute(1, 2, 0).flatten(0, 1).tolist() == [pytest.approx(c) for c in (zero, one, everywhere, zero)]


def test_the_mean_over_many_shards_is_that_over_one(tmp_path: Path) -> None:
    samples = [([[0, 1], [1, 1]], grey(i, i, 2 * i, 200)) for i in range(40)]
    image = (prepared("mean_colour", tmp_path / "p", *samples)(cond([[0, 1], [1, 1]])) + 1) * 127.5
    assert len(list((tmp_path / "p").glob("*.safetensors"))) == 3
    assert image[0, 0].flatten().tolist() == pytest.approx([19.5] + [(19.5 + 39 + 200) / 3] * 3)


def test_the_nearest_neighbour_is_the_photo_with_most_pixels_right(tmp_path: Path) -> None:
    network = prepared(
        "nearest_neighbour",
        tmp_path / "p",
        ([[0, 0], [0, 0]], grey(1, 2, 3, 4)),
        ([[0, 1], [1, 1]], grey(0, 63, 128, 255)),
        ([[1, 1], [1, 0]], grey(9, 9, 9, 9)),
        ([[0, 1], [1, 1]], grey(7, 7, 7, 7)),  # as good as the second, but later
    )
    images = network(torch.cat([cond([[0, 1], [1, 2]]), cond([[0, 0], [0, 1]])]))
    assert images.abs().max() <= 1
    assert torch.equal(quantise(images[0]), grey(0, 63, 128, 255))
    assert torch.equal(quantise(images[1]), grey(1, 2, 3, 4))


def test_every_level_of_a_photo_survives_quantisation(tmp_path: Path) -> None:
    for first in range(0, 256, 4):
        photo = grey(*range(first, first + 4))
        network = prepared("nearest_neighbour", tmp_path / str(first), ([[0, 0], [0, 0]], photo))
        assert torch.equal(quantise(network(cond([[0, 0], [0, 0]]))[0]), photo)


@pytest.mark.parametrize("method", ["mean_colour", "nearest_neighbour"])
def test_what_was_not_prepared_is_not_used(method: str, tmp_path: Path) -> None:
    network = generators.create(method, num_labels=3, edges=False, size=SIZE)
    with pytest.raises(GeneratorError, match="use_prepared"):
        network(cond([[0, 0], [0, 0]]))
    with pytest.raises(GeneratorError, match="does not hold"):
        network.use_prepared(tmp_path)


@pytest.mark.parametrize("method", ["mean_colour", "nearest_neighbour"])
def test_the_size_is_told_before(method: str, tmp_path: Path) -> None:
    samples = [([[0, 1], [1, 1]], grey(1, 2, 3, 4))] * 40
    network = prepared(method, tmp_path / "p", *samples)
    content = sum(t.numel() * t.element_size() for p in [tmp_path / "p"] for t in tensors(p))
    assert network.prepared_bytes(40) == content


def tensors(folder: Path) -> list[Tensor]:
    from safetensors.torch import load_file

    return [tensor for path in folder.glob("*.safetensors") for tensor in load_file(path).values()]
