"""Trainings of X-Fork's family on Dayton and CVUSA, as far as its methods share them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from generators._recipe import Recipe

_PAPER = "Regmi and Borji 2018, sec. 4 (length, batch size, flips); official Torch7 code for the rest"
_ADAPTED = "; here photos are enlarged by bicubic resizing, there by bilinear"


def recipes(
    loss_weights: Mapping[str, float], code_batch: int, quick: Recipe, model: Mapping[str, object] | None = None
) -> dict[str, Recipe]:
    """Return a method's recipes by name.

    "dayton", "dayton-64" and "cvusa" are trained as the paper says and used in evaluation mode. "...-code" has the
    batch size that the code has by default. "...-train-mode" differs in how images are made: in training mode, ten at a
    time, as the official test scripts make them; "...-torch7" has a network of BGR besides, for weights of such.

    Args:
        loss_weights: Weights of the terms.
        code_batch: Batch size that the method's code has by default.
        quick: Recipe for small machines.
        model: Constructor arguments of the generator in all but the quick recipe.
    """
    dayton = Recipe(
        source=_PAPER + _ADAPTED,
        size=(256, 256),
        load_size=(286, 286),
        crop_from=1,
        replacement=True,
        model=dict(model or {}),
        discriminator={"width": 64, "layers": 3},
        loss_weights=loss_weights,
        batch_size=4,
        epochs=35,
        lr_g=2e-4,
        lr_d=2e-4,
        betas=(0.5, 0.999),
        flip=0.5,
        fresh_fakes=False,
        discriminator_first=True,
        init="pix2pix",
        init_gain=0.02,
    )
    small = dataclasses.replace(
        dayton,
        source=f"{_PAPER}; at 64x64 the code of the '++' methods takes photos at this size, without a random crop",
        size=(64, 64),
        load_size=None,
        crop_from=0,
        batch_size=16,
        epochs=100,
    )
    cvusa = dataclasses.replace(
        dayton, source=f"{_PAPER}; the batch size on CVUSA is not stated: Dayton's{_ADAPTED}", epochs=30
    )
    trainings = {"dayton": dayton, "dayton-64": small, "cvusa": cvusa}
    found = dict(trainings)
    for name, recipe in trainings.items():
        source = f"{recipe.source}. Batch size: the code's default in place of the paper's {recipe.batch_size}"
        found[f"{name}-code"] = dataclasses.replace(recipe, source=source, batch_size=code_batch)
    for name, recipe in (*trainings.items(), ("quick", quick)):
        found[f"{name}-train-mode"] = _as_tested(recipe)
    for name, recipe in trainings.items():
        found[f"{name}-torch7"] = _as_tested(recipe, bgr=True)
    return found | {"quick": quick}


def _as_tested(recipe: Recipe, **options: bool) -> Recipe:
    """Return the training of a network whose images are made as in the official test scripts."""
    source = f"{recipe.source}. Images in training mode, as in the official test scripts"
    return dataclasses.replace(recipe, source=source, model={**recipe.model, "test_mode": "train", **options})
