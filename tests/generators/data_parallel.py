"""What every process of `test_data_parallel.py` does: `python -m torch.distributed.run ... -m <this> FOLDER`.

Alone (without the launcher) it does the same with the whole batches.
"""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn
from torch.optim.optimizer import register_optimizer_step_pre_hook

import generators
from generators import Generator, Recipe
from generators._patch_objective import PatchObjective
from tests.generators.tiny import Case, random_cond, random_image

BATCH, SIZE = 4, (32, 64)
CASE = Case("lggan", "quick", {"upsampling": "normal"}, size=SIZE)
FINE = Case("pix2pixhd", "quick-local", size=SIZE)


class Plain(Generator):
    """A generator that looks at one sample at a time, so that the gradient of a batch is the mean over its parts."""

    def __init__(self, num_labels: int, edges: bool, size: tuple[int, int]) -> None:
        super().__init__(num_labels, edges, size)
        self.layers = nn.Sequential(nn.Conv2d(self.cond_channels, 8, 5, padding=2), nn.ReLU(), nn.Conv2d(8, 3, 1))

    def stages(self, cond: Tensor, noise: Tensor | None = None) -> dict[str, Any]:
        return {"image": torch.tanh(self.layers(cond))}


def batches(start: int, rank: int, processes: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Return this process's consecutive share of batches that are a function of the step."""
    share, step = BATCH // processes, start
    mine = slice(rank * share, (rank + 1) * share)
    while True:
        yield random_cond(6, True, SIZE, BATCH, step)[mine], random_image(BATCH, SIZE, step)[mine]
        step += 1


def train(fabric: Fabric, network: Generator, objective: generators.Objective, folder: Path) -> dict[str, Tensor]:
    """Train three steps; return the gradients that the optimisers saw, by step, side and position."""
    gradients: dict[str, Tensor] = {}
    calls = 0

    def record(optimizer: torch.optim.Optimizer, *_: Any) -> None:
        nonlocal calls
        for i, parameter in enumerate(optimizer.param_groups[0]["params"]):
            gradients[f"{calls // 2}/{'gd'[calls % 2]}/{i}"] = parameter.grad.clone()
        calls += 1

    hook = register_optimizer_step_pre_hook(record)
    train_recipe(fabric, network, objective, dataclasses.replace(CASE.recipe, steps=3, decay_steps=0), folder)
    hook.remove()
    return gradients


def train_recipe(
    fabric: Fabric, network: Generator, objective: generators.Objective, recipe: Recipe, folder: Path
) -> None:
    """Train on batches of `BATCH`."""
    folder.mkdir(exist_ok=True)
    recipe = dataclasses.replace(recipe, batch_size=BATCH)
    generators.train(
        fabric,
        network,
        objective,
        lambda start: batches(start, fabric.global_rank, fabric.world_size),
        recipe,
        folder,
        seed=3,
        log_every=1,
    )


def main(folder: Path) -> None:
    processes = int(os.environ.get("WORLD_SIZE", "1"))
    fabric = Fabric(accelerator="cpu", devices=processes, strategy="ddp" if processes > 1 else "auto")
    fabric.launch()
    found: dict[str, Any] = {}

    network = CASE.generator()
    objective = CASE.objective(network)
    found["lggan gradients"] = train(fabric, network, objective, folder / "lggan")
    found["lggan"] = dict(network.named_parameters()) | dict(objective.named_parameters())

    torch.manual_seed(0)
    plain = Plain(6, True, SIZE)
    recipe = dataclasses.replace(CASE.recipe, loss_weights={"gan": 1.0, "feature_matching": 10.0, "l1": 10.0})
    found["plain gradients"] = train(fabric, plain, PatchObjective(plain, recipe), folder / "plain")
    fine = FINE.generator()
    recipe = dataclasses.replace(FINE.recipe, start_steps=1, steps=3, decay_steps=0)
    train_recipe(fabric, fine, FINE.objective(fine), recipe, folder / "fine")
    found["fine"] = dict(fine.named_parameters())
    torch.save(found, folder / f"rank{fabric.global_rank}.pt")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
