"""LGGAN's trainings: the published ones, the text's where it differs from the code, and the setups of the ablation."""

from __future__ import annotations

import dataclasses
from typing import Literal, get_args

from generators._recipe import Recipe

Setup = Literal["S1", "S2", "S3", "S4", "S5"]
"""Rows of Table 3 (right), by the paper's names."""

CITYSCAPES = Recipe(
    source="Tang et al. 2020, sec. 4 and supplement 6.1; official code for betas, batch and loss weights",
    size=(256, 512),
    model={"upsampling": "more"},
    discriminator={"width": 64, "layers": 4, "scales": 2},
    loss_weights={"gan": 1.0, "feature_matching": 10.0, "vgg": 10.0, "class": 1.0, "local_l1": 1.0},
    batch_size=8,
    epochs=100,
    decay_epochs=100,
    lr_g=1e-4,
    lr_d=4e-4,
    betas=(0.0, 0.9),
)
ADE20K = dataclasses.replace(
    CITYSCAPES,
    size=(256, 256),
    model={"upsampling": "normal", "local_classes": 51, "local_rest": True},
    batch_size=24,
)
QUICK = Recipe(
    source="ours: minutes on two CPU cores; chosen by measurement on tinytown, no published counterpart",
    model={"width": 8, "hidden": 16, "upsampling": "more"},
    discriminator={"width": 16, "layers": 3, "scales": 2},
    loss_weights={
        "gan": 1.0,
        "feature_matching": 10.0,
        "l1": 100.0,
        "texture": 50.0,
        "checkerboard": 10.0,
        "class": 1.0,
        "local_l1": 1.0,
    },
    batch_size=1,
    steps=650,
    decay_steps=300,
    lr_g=2e-3,
    lr_d=5e-4,
    betas=(0.5, 0.99),
    fresh_fakes=False,
    init_gain=0.7,
)


_ADDED: dict[Setup, str] = {
    "S1": "the global image alone",
    "S2": "and a local image, the sum of the class images (eq. 3)",
    "S3": "and a local image, a convolution of the class images (eq. 4)",
    "S4": "as S3, with the classification loss",
    "S5": "as S4, with the weight map: the whole model",
}


def _ablated(recipe: Recipe, setup: Setup) -> Recipe:
    """Return the training of a setup of Table 3 (right): without the losses of what it does not have."""
    if setup == "S5":
        return recipe
    without = {"S1": ("class", "local_l1"), "S2": ("class",), "S3": ("class",)}.get(setup, ())
    fusion = (
        "" if setup == "S1" else "; global and local image by halves, as a line of the code does that is commented out"
    )
    return dataclasses.replace(
        recipe,
        source=f"{recipe.source}; setup {setup} of Table 3 (right), which is of Cityscapes: {_ADDED[setup]}{fusion}",
        model={**recipe.model, "setup": setup},
        loss_weights={term: weight for term, weight in recipe.loss_weights.items() if term not in without},
    )


def _as_printed(recipe: Recipe) -> Recipe:
    """Return the training with what the text says: norms of all layers, a generator for every class, Adam's betas."""
    return dataclasses.replace(
        recipe,
        source="Tang et al. 2020, sec. 3.2 and supplement 6.1, as printed; official code for batch and loss weights",
        model={"upsampling": recipe.model["upsampling"], "printed": True},
        betas=(0.0, 0.999),
    )


RELEASED = dataclasses.replace(
    CITYSCAPES,
    source=f"{CITYSCAPES.source}; with the mask of cars for trucks in the local pixel loss, as in the released code",
    loss_weights={
        ("local_l1_released" if term == "local_l1" else term): weight
        for term, weight in CITYSCAPES.loss_weights.items()
    },
)

RECIPES = {
    "cityscapes": CITYSCAPES,
    "ade20k": ADE20K,
    "cityscapes-paper": _as_printed(CITYSCAPES),
    "ade20k-paper": _as_printed(ADE20K),
    "cityscapes-released": RELEASED,
    **{
        f"{name}-{setup.lower()}": _ablated(recipe, setup)
        for name, recipe in (("cityscapes", CITYSCAPES), ("ade20k", ADE20K), ("quick", QUICK))
        for setup in get_args(Setup)
    },
    "quick": QUICK,
}
"""By name; a setup is part of it, S5 being the method itself."""
