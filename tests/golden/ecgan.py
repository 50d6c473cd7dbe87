"""Fixtures of ECGAN's generator, the part of the method that was released."""

from __future__ import annotations

from pathlib import Path

import generators
from tests.golden._fixture import Comparison, compare, config_of, load, read, section

ATOL = 1e-4  # the fixtures' own tolerance for images


def handles(metadata: dict[str, str]) -> bool:
    """Whether the file is of ECGAN's generator."""
    config = config_of(metadata)
    return config.get("method") == "ecgan" and config.get("part") == "generator"


def replay(path: Path) -> list[Comparison]:
    """Rebuild the network, load the state, compare both images and the edge map."""
    config, tensors = read(path)
    network = generators.create(
        "ecgan",
        num_labels=config["label_nc"] + config["contain_dontcare_label"],
        edges=not config["no_instance"],
        size=(config["height"], config["width"]),
        width=config["ngf"],
        upsampling=config["num_upsampling_layers"],
        hidden=config["spade_hidden"],
        unlabeled=config["label_nc"] if config["contain_dontcare_label"] else None,
    ).eval()
    load(network, tensors)
    stages = network.stages(section(tensors, "in/")["semantics"].float())
    ours = {"image": "first", "image2": "image", "edge": "edge"}
    return [compare(name, stages[ours[name]], expected, ATOL) for name, expected in section(tensors, "out/").items()]
