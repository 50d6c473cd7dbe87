"""Draw blocktown, and take the mean colour of each class: `python -m sisbench_example_plugin.draw FOLDER`.

Every scene is a function of its number, so the files of the package can be made again.
"""

from __future__ import annotations

import io
import sys
import zipfile
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors.torch import save_file

from sisbench_example_plugin.blocktown import CARD

HEIGHT, WIDTH = CARD.native_size
SKY, GRASS, ROAD, HOUSE, TREE, WINDOW = range(CARD.num_labels)

Pixels = NDArray[np.uint8]


def scene(number: int) -> tuple[Pixels, Pixels]:
    """Draw one scene: photo (H, W, 3) and label map (H, W)."""
    rng = np.random.default_rng(number)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    horizon, road = int(rng.integers(26, 36)), int(rng.integers(44, 52))
    layout = np.where(y < horizon, SKY, GRASS).astype(np.uint8)
    layout[(y >= road) & (y < road + 9)] = ROAD
    for _ in range(rng.integers(2, 5)):
        left, width, height = rng.integers(0, WIDTH - 24), rng.integers(14, 24), rng.integers(12, 22)
        layout[horizon + 4 - height : horizon + 4, left : left + width] = HOUSE
        layout[horizon - height + 8 : horizon - height + 10, left + 4 : left + 6] = WINDOW
    for _ in range(rng.integers(2, 6)):
        column, radius = rng.integers(6, WIDTH - 6), rng.integers(4, 8)
        layout[(x - column) ** 2 + (y - horizon) ** 2 < radius**2] = TREE
    colors = np.array([label.color for label in CARD.labels]) + rng.integers(-12, 13, (CARD.num_labels, 3))
    grain = rng.integers(-6, 7, (HEIGHT // 4, WIDTH // 4)).repeat(4, 0).repeat(4, 1)
    photo = (colors[layout] + grain[..., None] - y[..., None] // 4).clip(0, 255).astype(np.uint8)
    return photo, layout


def numbers(split: str) -> range:
    """Numbers of the scenes of a split."""
    start = 0 if split == "train" else 1000
    return range(start, start + CARD.counts[split])


def mean_colors() -> torch.Tensor:
    """Mean colour of each scored class over the train split, float32 (5, 3) in [-1, 1]."""
    scenes = [scene(number) for number in numbers("train")]
    photos, layouts = (np.stack(parts) for parts in zip(*scenes, strict=True))
    means = [photos[layouts == label.id].mean(0) / 127.5 - 1 for label in CARD.train_classes]
    return torch.tensor(np.stack(means), dtype=torch.float32)


def write(folder: Path) -> None:
    """Write the archive and the weights of the segmenter into a folder."""
    with zipfile.ZipFile(folder / "blocktown.zip", "w") as archive:
        for split in CARD.counts:
            for number in numbers(split):
                for kind, pixels in zip(("photos", "labels"), scene(number), strict=True):
                    stream = io.BytesIO()
                    Image.fromarray(pixels).save(stream, "PNG", optimize=True)
                    # without the time of day: the same scenes make the same archive
                    entry = zipfile.ZipInfo(f"{split}/{kind}/{number:04d}.png", (2020, 1, 1, 0, 0, 0))
                    archive.writestr(entry, stream.getvalue())
    save_file({"colors": mean_colors()}, folder / "nearest_color-blocktown.safetensors")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
