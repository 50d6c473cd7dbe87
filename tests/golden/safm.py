"""Fixtures of SAFM: position descriptor, both forms of the generator, segmenter."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

import generators
from generators._oasis_discriminator import OasisDiscriminator
from generators._safm_cache import Descriptors
from generators.safm import Safm
from tests.golden._fixture import Comparison, compare, config_of, load, read, section

ATOL, RTOL = 1e-4, 1e-4


def handles(metadata: dict[str, str]) -> bool:
    """Whether the file is one of SAFM's."""
    return config_of(metadata).get("method") == "safm"


def replay(path: Path) -> list[Comparison]:
    """Compute the descriptor, or rebuild a network from the options, and compare every output."""
    config, tensors = read(path)
    parts = {"shape-position-descriptor": _descriptor, "generator": _generator, "segnet": _segmenter}
    return parts[config["part"]](config, tensors, section(tensors, "in/"), section(tensors, "out/"))


def _first_instance(config: dict[str, Any]) -> int:
    """Smallest id that is an instance's; ids of Cityscapes below are labels."""
    return 1000 if config["dataset_mode"] == "cityscapes" else 1


def _descriptor(
    config: dict[str, Any], tensors: dict[str, Tensor], inputs: dict[str, Tensor], outputs: dict[str, Tensor]
) -> list[Comparison]:
    found = Descriptors(_first_instance(config)).of(inputs["instance"][:, 0])
    return [compare("descriptor", found, outputs["descriptor"], 0.0)]


def _generator(
    config: dict[str, Any], tensors: dict[str, Tensor], inputs: dict[str, Tensor], outputs: dict[str, Tensor]
) -> list[Comparison]:
    labels = config["label_nc"] + int(config["contain_dontcare_label"])
    network = generators.create(
        "safm",
        num_labels=labels,
        edges=not config["no_instance"],
        size=(config["height"], config["width"]),
        width=config["ngf"],
        upsampling=config["num_upsampling_layers"],
        hidden=config["spade_hidden"],
        modulation="once" if "state/pre_seg.0.weight" in tensors else "each-norm",
        modulation_width=config["modulation_width"],
        first_instance=_first_instance(config),
    )
    assert isinstance(network, Safm)
    load(network.eval(), tensors)
    layout, descriptor, ids = inputs["onehot_and_edge"].float(), inputs["descriptor"].float(), inputs["instance"]
    ours = network(torch.cat((layout, ids.float()), dim=1))
    rounded = torch.from_numpy(network.descriptors.of(ids[:, 0]).numpy().astype(np.float16))
    return [
        compare("descriptor", rounded.float(), descriptor, 0.0),
        compare("image", network.render(layout, descriptor), outputs["image"], ATOL, RTOL),
        # the descriptor was rounded to 16 bits before the official forward
        compare("image of the descriptor as it is", ours, outputs["image"], 1e-3),
    ]


def _segmenter(
    config: dict[str, Any], tensors: dict[str, Tensor], inputs: dict[str, Tensor], outputs: dict[str, Tensor]
) -> list[Comparison]:
    labels = config["label_nc"] + int(config["contain_dontcare_label"])
    network = OasisDiscriminator(labels - 1, widths=[*config["channels"][1:], config["last_width"]])
    load(network.eval(), tensors)
    return [compare("logits", network(inputs["image"]), outputs["logits"], ATOL, RTOL)]
