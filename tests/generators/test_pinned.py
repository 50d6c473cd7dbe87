"""Outputs of tiny networks, pinned, so that the architectures are guarded where the golden fixtures are not at hand.

The numbers come from these networks themselves, written down when they reproduced every golden fixture of their
official counterparts. Weights are a function of their names (`tests/golden/_key_hash.py`), inputs of their coordinates,
so a number changes only if an operation, a name or a shape does. A moved number moves every published figure: it needs
a line under "Numbers" in the CHANGELOG.
"""

from __future__ import annotations

from typing import Any

import pytest
import torch

import generators
from generators.layers.discriminators import MultiScaleDiscriminator
from generators.spade import StyleEncoder
from tests.generators.pinned import TOLERANCE, cond, summary, waves
from tests.golden._key_hash import refill_all

GENERATORS: dict[str, tuple[str, int, bool, tuple[int, int], dict[str, Any], list[float]]] = {
    "lggan as on Cityscapes": (
        "lggan",
        7,
        True,
        (64, 128),
        {"upsampling": "more"},
        [0.119084, 0.362023, 0.717957, 0.602173, 0.385271, -0.544686],
    ),
    "lggan as on ADE20K": (
        "lggan",
        9,
        False,
        (64, 64),
        {"local_classes": 5, "local_rest": True},
        [0.006696, 0.371045, -0.034489, 0.523137, 0.733977, -0.533184],
    ),
    "spade as on Cityscapes": (
        "spade",
        7,
        True,
        (64, 128),
        {"upsampling": "more"},
        [0.089077, 0.593448, 0.837747, 0.185478, 0.718932, -0.766183],
    ),
    "spade as on ADE20K": (
        "spade",
        9,
        False,
        (64, 64),
        {},
        [-0.032055, 0.50703, 0.565631, 0.648128, 0.944353, -0.277752],
    ),
    "spade with a style": (
        "spade",
        7,
        True,
        (64, 64),
        {"z_dim": 6},
        [0.206376, 0.633767, 0.848649, 0.684981, 0.958235, 0.570404],
    ),
}


@torch.no_grad()
@pytest.mark.parametrize("name", GENERATORS)
def test_generators(name: str) -> None:
    method, labels, edges, size, options, expected = GENERATORS[name]
    network = generators.create(method, num_labels=labels, edges=edges, size=size, width=4, hidden=8, **options)
    refill_all(network)
    noise = waves(2, 6) if "z_dim" in options else None
    network.train()(cond(labels, edges, size), noise)  # moves batch statistics and spectral norms
    assert summary(network.eval()(cond(labels, edges, size), noise)) == pytest.approx(expected, abs=TOLERANCE)


@torch.no_grad()
def test_the_discriminator() -> None:
    network = MultiScaleDiscriminator(7 + 1 + 3, width=4)
    refill_all(network)
    network.train()(cond(7, True, (64, 128)), waves(2, 3, 64, 128))
    predictions = [scale[-1] for scale in network.eval()(cond(7, True, (64, 128)), waves(2, 3, 64, 128))]
    expected: list[list[float]] = [
        [-0.469095, 0.613965, -0.421204, -1.711201, -0.436828, -1.414169],
        [-0.204602, 0.469047, -1.144195, -0.588128, 0.44614, -0.289179],
    ]
    for prediction, numbers in zip(predictions, expected, strict=True):
        assert summary(prediction) == pytest.approx(numbers, abs=TOLERANCE)


@torch.no_grad()
def test_the_style_encoder() -> None:
    network = StyleEncoder(4, 6)
    refill_all(network)
    network.train()(waves(2, 3, 64, 128))
    mu, logvar = network.eval()(waves(2, 3, 64, 128))
    assert summary(mu) == pytest.approx([0.132626, 0.532264, -0.305682, 0.93038, 0.552186, 0.07117], abs=TOLERANCE)
    assert summary(logvar) == pytest.approx(
        [-0.11738, 0.688889, 0.854737, -0.793454, -0.934929, 0.038275], abs=TOLERANCE
    )
