"""A run of a tiny OASIS that looks trained: both networks are there, and their weights are random."""

from __future__ import annotations

from pathlib import Path

import torch

import generators
from sisbench.job import Job, Overrides, plan
from sisbench.pipeline import claim
from sisbench.training import initialised


def tiny_job(method: str = "oasis", recipe: str | None = None) -> Job:
    return plan(method, "tinytown", recipe=recipe, overrides=Overrides(width=2), limit=3)


@torch.no_grad()
def write_run(folder: Path) -> Job:
    job = tiny_job()
    claim(job, folder)
    network = initialised(job)
    generators.xavier_init(network, 0.7)
    objective = job.info.objective(network, job.recipe)
    discriminator = objective.discriminator_module()
    assert discriminator is not None
    cond = torch.zeros(1, network.num_labels, *network.size)
    cond[:, 7] = 1
    for _ in range(3):  # the random vectors of spectral norm find their layers
        discriminator.train()(network.train()(cond, network.sample_noise(1)))
    torch.save(network.state_dict(), folder / "generator.pth")
    torch.save(discriminator.state_dict(), folder / "discriminator.pth")
    return job
