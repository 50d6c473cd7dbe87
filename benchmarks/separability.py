"""How well a small network tells tinytown's categories apart: from photos, and from label maps alone.

One network, trained from nothing on the train split four times: ground photo, ground label map, aerial photo, aerial
label map (one channel per train id, one for what is ignored). If label maps gave the category away, scene scores would
only measure how well a generator follows its layout.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks._measure import machine, write_results
from sisbench import datasets
from sisbench.card import IGNORED
from sisbench.datasets import Item
from sisbench.images import decode_ids, decode_photo

HEIGHT = 64
"""Rows of the network's input: half of the files'."""

DATASET = datasets.get("tinytown")
CLASSES = len(DATASET.card.train_classes)


def photo(file: Any) -> Tensor:
    """Photo in [-1, 1], float (3, 64, W)."""
    pixels = decode_photo(file).float()[None] / 127.5 - 1
    return F.avg_pool2d(pixels, pixels.shape[-2] // HEIGHT)[0]


def layout(file: Any) -> Tensor:
    """Shares of train ids in every cell, float (20, 64, W)."""
    ids = torch.tensor(DATASET.card.train_id_table())[decode_ids(file).long()]
    one_hot = F.one_hot(ids.where(ids != IGNORED, CLASSES), CLASSES + 1).permute(2, 0, 1).float()[None]
    return F.avg_pool2d(one_hot, one_hot.shape[-2] // HEIGHT)[0]


SOURCES: dict[str, Callable[[Item], Tensor]] = {
    "ground photo": lambda item: photo(item.image),
    "ground label map": lambda item: layout(item.layout),
    "aerial photo": lambda item: photo(item.aerial),
    "aerial label map": lambda item: layout(item.aerial_layout),
}


def network(channels: int) -> nn.Module:
    """Four convolutions and a linear layer."""
    widths = (channels, 32, 64, 96, 128)
    layers: list[nn.Module] = []
    for before, after in itertools.pairwise(widths):
        layers += [nn.Conv2d(before, after, 3, 2, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.3), nn.LazyLinear(12))


def views(images: Tensor, generator: torch.Generator) -> Tensor:
    """Mirror at random, and shift by up to 6 cells."""
    mirrored = torch.rand(len(images), generator=generator) < 0.5
    images = torch.where(mirrored[:, None, None, None], images.flip(-1), images)
    shift = torch.randint(-6, 7, (2,), generator=generator).tolist()
    return torch.roll(images, shift, (-2, -1))


def accuracy(source: Callable[[Item], Tensor], epochs: int, seed: int) -> tuple[float, float]:
    """Train on the train split; return top-1 and top-5 accuracy on the validation split."""
    tree = datasets.locate(DATASET)
    data = {}
    for split in ("train", "val"):
        items = DATASET.index(tree, split)
        labels = torch.tensor([DATASET.card.categories.index(item.category or "") for item in items])
        data[split] = (torch.stack([source(item) for item in items]), labels)
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    images, labels = data["train"]
    model = network(images.shape[1])
    model(images[:2])
    optimiser = torch.optim.AdamW(model.parameters(), 3e-3, weight_decay=0.02)
    steps = epochs * (len(images) // 24)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 3e-3, total_steps=steps)
    model.train()
    for _ in range(epochs):
        for batch in torch.randperm(len(images), generator=generator).split(24)[: len(images) // 24]:
            loss = F.cross_entropy(model(views(images[batch], generator)), labels[batch], label_smoothing=0.1)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    model.eval()
    with torch.no_grad():
        images, labels = data["val"]
        ranked = (model(images) + model(images.flip(-1))).argsort(dim=1, descending=True)
    hits = ranked == labels[:, None]
    return float(hits[:, 0].float().mean()), float(hits[:, :5].any(1).float().mean())


def main() -> None:
    """Measure and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(1)  # two threads on cores that others use wait for each other
    about = machine(threads=1)
    n = DATASET.card.counts["val"]
    rows = [["seen", "top-1", "top-5"]]
    found: dict[str, Any] = {}
    for name, source in SOURCES.items():
        runs = [accuracy(source, options.epochs, seed) for seed in range(options.seeds)]
        top1, top5 = (sum(run[k] for run in runs) / len(runs) for k in (0, 1))
        found[name] = {"top1": top1, "top5": top5, "runs": runs, "top1_stderr": (top1 * (1 - top1) / n) ** 0.5}
        rows.append([name, f"{top1:.2f} ± {found[name]['top1_stderr']:.2f}", f"{top5:.2f}"])
    result = {"machine": about, "validation_images": n, "chance": 1 / 12, "epochs": options.epochs, "found": found}
    print(write_results("separability", "Categories of tinytown, by a small network (chance 0.08)", result, rows))


if __name__ == "__main__":
    main()
