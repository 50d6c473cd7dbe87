"""Fixtures of SIMS' synthesis network, in TensorFlow's conventions."""

from __future__ import annotations

from pathlib import Path

import torch

import generators
from generators.sims import Sims
from tests.golden._fixture import Comparison, compare, config_of, read, section

ATOL = 1e-2  # on a scale of 0 to 255, as the fixtures recommend; logits of order 1 get 5e-5 and 1e-4 of the largest


def handles(metadata: dict[str, str]) -> bool:
    """Whether the file is one of SIMS'."""
    return config_of(metadata).get("method") == "sims"


def replay(path: Path) -> list[Comparison]:
    """Rebuild the network from the options, load the variables, compare both heads."""
    config, tensors = read(path)
    args, inputs, outputs = config["args"], section(tensors, "in/"), section(tensors, "out/")
    label, canvas, mask = (inputs[name].float().permute(0, 3, 1, 2) for name in ("label", "proposal", "mask"))
    network = generators.create(
        "sims",
        num_labels=args["n_labels"],
        edges=False,
        size=(args["sp"], label.shape[3]),
        width=64 // args["width_divisor"],
    )
    assert isinstance(network, Sims)
    generators.load_state(network, section(tensors, "state/"), path.name)
    own = generators.parameter_count(network.transformation) + generators.parameter_count(network.ordering)
    with torch.no_grad():
        image, semantic = network.eval().synthesise(label, canvas, mask)
    return [
        compare("image", (image.permute(0, 2, 3, 1) + 1) / 2 * 255, outputs["image"], ATOL),
        compare("semantic_logits", semantic.permute(0, 2, 3, 1), outputs["semantic_logits"], 5e-5, 1e-4),
        ("number of parameters", float(abs(generators.parameter_count(network) - own - config["n_params"])), 0.0),
    ]
