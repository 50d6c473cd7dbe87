"""What ECGAN's contrastive loss costs of a training step at paper size.

A step is that of the training loop, both networks and their optimisers; the perceptual loss is left out, whose weights
need not be at hand (with it, a step takes longer and the share is less). The term is its forward pass, the backward
pass to the features and the projection, and the writing of its memory, which is full. Edges of the photo are taken from
memory, as from the second epoch on; the table also says what computing them takes. All in one process, in turns.
"""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

import generators
from benchmarks import _layouts
from benchmarks._measure import machine, spread, write_results
from generators._ecgan_contrast import PixelContrast
from generators._ecgan_labels import draw_pixels
from generators._ecgan_objective import EcganObjective
from sisbench.pipeline import make_fabric

FIGURE = 0.15
"""Share of a step that is not to be exceeded."""


class Bench:
    """A network with its objective, a batch, and a full memory.

    Args:
        recipe: Of ECGAN.
        size: Height and width; None is the recipe's.
        batch: Samples of a step.
        device: "cpu" or "cuda".
    """

    def __init__(self, recipe: str, size: tuple[int, int] | None, batch: int, device: str) -> None:
        stated = generators.info("ecgan").recipes[recipe]
        weights = {name: weight for name, weight in stated.loss_weights.items() if name != "vgg"}
        self.recipe = dataclasses.replace(stated, loss_weights=weights, batch_size=batch, init="xavier", init_gain=0.7)
        space = recipe.partition("-")[0] if recipe.partition("-")[0] in _layouts.SPACES else "cityscapes"
        size = size or stated.size or (128, 256)
        maps = _layouts.streets(space, size, batch)
        self.cond = torch.cat([_layouts.seen_by("ecgan", recipe, space, one) for one in maps]).to(device)
        self.real = torch.rand(batch, 3, *size, generator=torch.Generator().manual_seed(0)).to(device) * 2 - 1
        self.network = _layouts.built("ecgan", recipe, space, size)
        self.objective = EcganObjective(self.network, self.recipe)
        self.fabric = make_fabric(device)
        parts = self.objective.encoder()
        assert isinstance(parts, nn.ModuleDict)
        contrast = parts["contrast"]
        assert isinstance(contrast, PixelContrast)
        self.contrast = contrast
        contrast.memory.copy_(nn.functional.normalize(torch.randn_like(contrast.memory), dim=2))
        contrast.seen.fill_(contrast.memory.shape[1])

    def steps(self, count: int) -> list[float]:
        """Train so many steps after a first one; return the processor seconds of each (wall seconds on a GPU)."""
        stamps: list[float] = []

        def batches(start: int) -> Iterator[tuple[Tensor, Tensor]]:
            while True:
                stamps.append(self._now())
                yield self.cond, self.real

        recipe = dataclasses.replace(self.recipe, epochs=0, decay_epochs=0, steps=count + 2, decay_steps=0)
        with tempfile.TemporaryDirectory() as folder:
            arguments: dict[str, Any] = {"seed": 0, "checkpoint_seconds": 1e9}
            generators.train(self.fabric, self.network, self.objective, batches, recipe, Path(folder), **arguments)
        return [after - before for before, after in itertools.pairwise(stamps)][1:]

    def terms(self, count: int) -> list[float]:
        """Compute the term so many times after a first one; return the seconds of each."""
        with torch.no_grad():
            features = self.network.train().stages(self.cond)["features"]
        labels = self.cond[:, : self.network.num_labels].argmax(dim=1)

        def term() -> None:
            leaf = features.requires_grad_()
            self.contrast(leaf, draw_pixels(labels, self.objective.anchors, self.objective.unlabeled)).backward()
            leaf.grad = None

        return self._repeated(term, count)

    def edges(self, count: int) -> list[float]:
        """Compute the edges of a photo so many times."""
        photo = self.real[0].cpu()
        return self._repeated(lambda: self.objective.edges.compute(photo), count)

    def _repeated(self, call: Callable[[], object], count: int) -> list[float]:
        stamps = []
        for _ in range(count + 2):
            stamps.append(self._now())
            call()
        return [after - before for before, after in itertools.pairwise(stamps)][1:]

    def _now(self) -> float:
        if self.fabric.device.type == "cuda":
            torch.cuda.synchronize()
            return time.perf_counter()
        return time.process_time()


def main() -> None:
    """Measure and write the results."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--recipes", default="cityscapes-contrastive,ade20k-contrastive", help="comma-separated")
    parser.add_argument("--size", help="HxW in place of the recipes' own")
    parser.add_argument("--batch", type=int, default=1, help="samples of a step")
    parser.add_argument("--repeats", type=int, default=3, help="timed steps")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu", choices=["cpu", "cuda"])
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    about = machine(options.threads, ("torch", "scikit-image")) | {"device": options.device}
    given = tuple(map(int, options.size.split("x"))) if options.size else None
    size = (given[0], given[1]) if given else None
    rows: list[dict[str, Any]] = []
    for recipe in options.recipes.split(","):
        bench = Bench(recipe, size, options.batch, options.device)
        steps, terms, edges = bench.steps(options.repeats), bench.terms(options.repeats), bench.edges(options.repeats)
        rows.append(
            {
                "recipe": recipe,
                "size": "x".join(map(str, bench.real.shape[2:])),
                "batch_size": options.batch,
                "step": spread(steps),
                "contrastive": spread(terms),
                "edges_of_a_photo": spread(edges),
                "share": spread(terms)["median"] / spread(steps)["median"],
            }
        )
        text = report(about, rows)  # after each: an interrupted run leaves what it has
    print(text)
    for row in rows:
        print(f"{row['recipe']}: {100 * row['share']:.2f} % of a step (to reach: under {100 * FIGURE:.0f} %)")


def report(about: dict[str, Any], rows: list[dict[str, Any]]) -> str:
    """Write the results; return them as text."""
    table = [["recipe", "size", "batch", "s a step", "ms the term (range)", "share", "ms edges of a photo"]]
    for row in rows:
        ms = {name: 1e3 * row["contrastive"][name] for name in ("median", "min", "max")}
        table.append(
            [
                row["recipe"],
                row["size"],
                str(row["batch_size"]),
                f"{row['step']['median']:.2f}",
                f"{ms['median']:.1f} ({ms['min']:.1f}-{ms['max']:.1f})",
                f"{100 * row['share']:.2f} %",
                f"{1e3 * row['edges_of_a_photo']['median']:.1f}",
            ]
        )
    title = "ECGAN's contrastive loss in a training step (processor time; on a GPU wall time)"
    return write_results("ecgan_contrast", title, {"machine": about, "figures": {"share": FIGURE}, "rows": rows}, table)


if __name__ == "__main__":
    main()
