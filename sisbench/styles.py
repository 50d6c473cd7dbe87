"""Styles that are encoded from the very photos that are to be predicted, as CC-FPSE's released test scripts do.

A method with a style encoder draws the style of an image from the standard normal, unless its recipe says "posterior"
(`Recipe.style`). Then each image has the style of the photo that it is scored against: it has seen part of the truth.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

import generators
from sisbench import images
from sisbench.errors import InputError
from sisbench.job import Job

ENCODER = "encoder.pth"
_OF_GENERATOR, _OF_ENCODER = "_net_G", "_net_E"


def style_encoder(
    job: Job, folder: Path, network: generators.Generator | None = None
) -> tuple[nn.Module | None, dict[str, Any]]:
    """Return the encoder that a job takes styles from, if it does, and what the record says of it.

    Its weights are those that the run has trained, or of given weights the file beside them (EPOCH_net_E.pth).

    Args:
        job: The run.
        folder: Its folder.
        network: Its generator, if it is at hand.

    Raises:
        InputError: The method has no encoder in this recipe, or its weights are not there.
        generators.GeneratorError: They are damaged, or of another encoder.
    """
    if job.recipe.style == "prior":
        return None, {}
    weights = {name: value for name, value in job.recipe.loss_weights.items() if name != "vgg"}
    recipe = dataclasses.replace(job.recipe, loss_weights=weights)
    encoder = job.info.objective(network or job.generator(), recipe).encoder()
    if encoder is None:
        raise InputError(
            f"{job.info.name} ({job.recipe_name}) encodes no styles. Choose a recipe that does, such as one with a "
            "style vector (z_dim)."
        )
    path = _beside(job.weights) if job.weights is not None else folder / ENCODER
    if not path.is_file():
        raise InputError(
            f"the style encoder's weights {path} do not exist: recipe {job.recipe_name!r} takes the style of each "
            f"image from the photo. Put them there (official ones are called EPOCH{_OF_ENCODER}.pth and lie beside the "
            "generator's), or choose the recipe of the data set, which draws styles."
        )
    state = generators.read_state(path)
    generators.load_state(encoder, state, str(path))
    return encoder.eval(), {"sha256": generators.state_digest(state)}


def _beside(weights: Path) -> Path:
    """Name the encoder's file beside the generator's."""
    name = weights.name
    return weights.with_name(name.replace(_OF_GENERATOR, _OF_ENCODER) if _OF_GENERATOR in name else ENCODER)


@torch.no_grad()
def posterior(encoder: nn.Module, photo: Tensor, noise: Tensor) -> Tensor:
    """Return a style of a photo: mean + deviation * noise.

    Args:
        encoder: Gives mean and log variance, each (1, Z).
        photo: uint8 (3, H, W).
        noise: (1, Z), of the standard normal.
    """
    mu, logvar = encoder(images.to_pm1(photo)[None].to(noise))
    style: Tensor = mu + noise * (logvar / 2).exp()
    return style
