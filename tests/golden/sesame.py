"""Fixtures of SESAME: its discriminator, of layouts and of edits, and its editing generator."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

import generators
from generators.layers.sesame_discriminator import SesameDiscriminator
from tests.golden._fixture import Comparison, compare, config_of, load, read, section

ATOL, RTOL = 1e-4, 1e-4
"""The fixtures' own recommendation; images are within `ATOL` alone."""


def handles(metadata: dict[str, str]) -> bool:
    """Whether the file is one of SESAME's."""
    return config_of(metadata).get("method") == "sesame"


def replay(path: Path) -> list[Comparison]:
    """Rebuild the network from the options, load the state, compare every output."""
    config, tensors = read(path)
    parts = {"discriminator": _discriminator, "editing-generator": _generator}
    inputs, outputs = section(tensors, "in/"), section(tensors, "out/")
    return parts[config["part"]](config, tensors, inputs, outputs)


def _discriminator(
    config: dict[str, Any], tensors: dict[str, Tensor], inputs: dict[str, Tensor], outputs: dict[str, Tensor]
) -> list[Comparison]:
    channels = config["label_nc"] + config["contain_dontcare_label"] + (not config["no_instance"])
    channels += not config["no_inpaint"]  # the region, where photos are edited
    network = SesameDiscriminator(channels + 3, config["ndf"], config["n_layers_D"], config["num_D"])
    load(network, tensors)
    seen = inputs["input"].float()
    cond, image = seen[:, :channels], seen[:, channels:]
    found = network.eval()(cond, image)
    layers = {f"d{i}_l{j}": layer for i, scale in enumerate(found) for j, layer in enumerate(scale)}
    return [compare(name, layers[name], expected, ATOL, RTOL) for name, expected in outputs.items()]


def _generator(
    config: dict[str, Any], tensors: dict[str, Tensor], inputs: dict[str, Tensor], outputs: dict[str, Tensor]
) -> list[Comparison]:
    network = generators.create(
        "sesame_edit",
        num_labels=config["label_nc"] + config["contain_dontcare_label"],
        edges=False,
        size=(config["height"], config["width"]),
        width=config["ngf"],
        hidden=tensors["state/spade_core.0.norm_0.mlp_shared.0.bias"].shape[0],
    )
    load(network, tensors)
    cond = torch.cat((inputs["semantics_and_hole"], inputs["masked_image"]), dim=1).float()
    return [compare("image", network.eval().stages(cond)["painted"], outputs["image"], ATOL)]
