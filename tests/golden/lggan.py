"""Fixtures of LGGAN's generator, both published configurations."""

from __future__ import annotations

from pathlib import Path

import torch

from generators._lggan_objective import class_loss
from generators.lggan import LGGAN
from tests.golden._fixture import Comparison, compare, config_of, load, read, section

ATOL = 1e-4  # the fixtures' own tolerance for images


def handles(metadata: dict[str, str]) -> bool:
    """Whether the file is LGGAN's generator of semantic image synthesis."""
    config = config_of(metadata)
    return config.get("method") == "lggan" and "n_local" in config


def replay(path: Path) -> list[Comparison]:
    """Rebuild the network, load the state, compare every output."""
    config, tensors = read(path)
    inputs, outputs = section(tensors, "in/"), section(tensors, "out/")
    if config["ngf"] != config["branch_width"]:
        raise ValueError("the official code ties all widths to one number; this file has two")
    network = LGGAN(
        num_labels=config["label_nc"] + config["contain_dontcare_label"],
        edges=not config["no_instance"],
        size=(config["height"], config["width"]),
        width=config["branch_width"],
        upsampling=config["num_upsampling_layers"],
        hidden=config["spade_hidden"],
        local_classes=config["local_classes"],
        local_rest=config["local_rest_class"],
    ).eval()
    load(network, tensors)

    cond = inputs["semantics"].float()
    stages = network.stages(cond)
    logits, present = network.classify(network.local_features(cond), stages["classes"])
    n, k, _ = logits.shape
    computed = {
        "final": stages["image"],
        "result_global": stages["global"],
        "result_local": stages["local"],
        "attention_global": stages["weight_global"].expand(-1, 3, -1, -1),
        "attention_local": stages["weight_local"].expand(-1, 3, -1, -1),
        "result_0": torch.stack([planes.dense(0) for planes in stages["class_planes"]]),
        "result_last": torch.stack([planes.dense(network.branches - 1) for planes in stages["class_planes"]]),
        "class_logits": logits.transpose(0, 1).flatten(0, 1),  # class-major rows
        "class_target": torch.arange(k).repeat_interleave(n),
        "class_valid": present.t().flatten(),
        "class_loss": class_loss(logits, present).reshape(1),
    }
    return [compare(name, computed[name], expected, ATOL) for name, expected in outputs.items()]
