"""Networks at the papers' settings: numbers of parameters, and every key and shape of the released checkpoints.

Built on the meta device: a hundred million parameters without their memory.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import generators
from generators.layers.discriminators import MultiScaleDiscriminator
from generators.spade import StyleEncoder
from tests.generators.tiny import LABELS

SPADE = ("cityscapes", "ade20k", "coco_stuff")


def paper_generator(method: str, recipe: str, **options: Any) -> generators.Generator:
    chosen = generators.info(method).recipes[recipe]
    assert chosen.size is not None
    labels, edges = LABELS[recipe]
    model = {**chosen.model, **options}
    with torch.device("meta"):
        return generators.create(method, num_labels=labels, edges=edges, size=chosen.size, **model)


def paper_discriminator(method: str, recipe: str) -> nn.Module:
    labels, edges = LABELS[recipe]
    with torch.device("meta"):
        return MultiScaleDiscriminator(labels + edges + 3, **generators.info(method).recipes[recipe].discriminator)


@pytest.mark.parametrize(
    ("method", "recipe", "options", "expected"),
    [
        ("lggan", "cityscapes", {}, 111_123_495),
        ("lggan", "ade20k", {}, 115_091_019),
        ("spade", "cityscapes", {}, 93_048_003),
        ("spade", "ade20k", {}, 96_492_483),
        ("spade", "coco_stuff", {}, 97_480_899),
        ("spade", "cityscapes", {"z_dim": 256}, 101_136_579),
        ("spade", "ade20k", {"z_dim": 256}, 111_942_595),
        ("spade", "coco_stuff", {"z_dim": 256}, 112_626_883),
    ],
)
def test_parameters_of_the_generators(method: str, recipe: str, options: dict[str, Any], expected: int) -> None:
    assert generators.parameter_count(paper_generator(method, recipe, **options)) == expected


@pytest.mark.parametrize(
    ("method", "recipe", "expected"),
    [
        ("lggan", "cityscapes", 5_601_410),
        ("lggan", "ade20k", 5_836_930),
        ("spade", "cityscapes", 5_601_410),
        ("spade", "ade20k", 5_836_930),
        ("spade", "coco_stuff", 5_904_514),
    ],
)
def test_parameters_of_the_discriminators(method: str, recipe: str, expected: int) -> None:
    assert generators.parameter_count(paper_discriminator(method, recipe)) == expected


def test_parameters_of_the_style_encoder() -> None:
    with torch.device("meta"):
        assert generators.parameter_count(StyleEncoder(64, 256)) == 10_463_424


def layout(network: nn.Module) -> dict[str, tuple[tuple[int, ...], str]]:
    return {key: (tuple(x.shape), str(x.dtype).removeprefix("torch.")) for key, x in network.state_dict().items()}


@pytest.mark.golden
def test_keys_and_shapes_are_those_of_the_released_checkpoints(golden_folder: Path) -> None:
    def official(name: str) -> dict[str, tuple[tuple[int, ...], str]]:
        """Keys, shapes and types of an official network, from the fixtures' lists."""
        state = json.loads((golden_folder / "keys" / f"{name}.json").read_text())["state"]
        return {key: (tuple(shape), dtype) for key, (shape, dtype) in state.items()}

    files = {"cityscapes": "cityscapes", "ade20k": "ade20k", "coco_stuff": "coco"}
    for recipe in ("cityscapes", "ade20k"):
        assert layout(paper_generator("lggan", recipe)) == official(f"lggan-{files[recipe]}-G")
        assert layout(paper_discriminator("lggan", recipe)) == official(f"lggan-{files[recipe]}-D")
    for recipe in SPADE:
        assert layout(paper_generator("spade", recipe)) == official(f"spade-{files[recipe]}-G")
        assert layout(paper_generator("spade", recipe, z_dim=256)) == official(f"spade-{files[recipe]}-G-vae")
        assert layout(paper_discriminator("spade", recipe)) == official(f"spade-{files[recipe]}-D")
    with torch.device("meta"):
        assert layout(StyleEncoder(64, 256)) == official("spade-E")
