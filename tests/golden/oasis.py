"""Fixtures of OASIS: generator with global and local noise, discriminator with its losses and LabelMix."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

import generators
from generators._oasis_discriminator import OasisDiscriminator
from generators._oasis_objective import class_weights, fake_loss, labelmix, labelmix_mask, segmentation_loss
from tests.golden._fixture import Comparison, compare, config_of, load, read, section

ATOL, RTOL = 5e-5, 1e-4  # images, logits; scalar losses are 1e-5 relative (the fixtures' own recommendation)
LOSS = 1e-7, 1e-5


def handles(metadata: dict[str, str]) -> bool:
    """Whether the file is one of OASIS'."""
    return config_of(metadata).get("method") == "oasis"


def replay(path: Path) -> list[Comparison]:
    """Rebuild the network from the options, load the state, compare every output."""
    config, tensors = read(path)
    parts = {"generator": _generator, "discriminator": _discriminator}
    inputs, outputs = section(tensors, "in/"), section(tensors, "out/")
    return parts[config["part"]](config, tensors, inputs, outputs)


def _one_hot(args: dict[str, Any], inputs: dict[str, Tensor]) -> Tensor:
    """Our layout of the stored label maps, which have the official code's shift of ids behind them."""
    from sisbench.encode import one_hot

    return one_hot(inputs["label"][:, 0].long(), args["semantic_nc"])


def _generator(
    config: dict[str, Any], tensors: dict[str, Tensor], inputs: dict[str, Tensor], outputs: dict[str, Tensor]
) -> list[Comparison]:
    args = config["args"]
    width = args["crop_size"]
    network = generators.create(
        "oasis",
        num_labels=args["semantic_nc"],
        edges=False,
        size=(round(width / args["aspect_ratio"]), width),
        width=args["channels_G"],
        hidden=tensors["state/body.0.norm_0.mlp_shared.0.bias"].shape[0],
        z_dim=0 if args["no_3dnoise"] else args["z_dim"],
    )
    load(network, tensors)
    cond, z = inputs["semantics"].float(), inputs.get("z")
    results = [
        compare("semantics", _one_hot(args, inputs), inputs["semantics"], 0.0),
        compare("image", network.eval()(cond, z), outputs["image"], ATOL, RTOL),
    ]
    if "image_local" in outputs:
        results.append(
            compare("image_local", network(cond, inputs["z_local"].float()), outputs["image_local"], ATOL, RTOL)
        )
    if "image_train" in outputs:
        results.append(compare("image_train", network.train()(cond, z), outputs["image_train"], ATOL, RTOL))
        state = network.state_dict()
        for key, expected in section(outputs, "after_train/").items():
            results.append(compare(f"after_train/{key}", state[key], expected, ATOL, RTOL))
    return results


def _discriminator(
    config: dict[str, Any], tensors: dict[str, Tensor], inputs: dict[str, Tensor], outputs: dict[str, Tensor]
) -> list[Comparison]:
    args = config["args"]
    classes, dont_care = args["semantic_nc"], args["contain_dontcare_label"]
    network = OasisDiscriminator(classes, widths=[*config["widths"][1:], config["last_width"]])
    load(network, tensors)
    network.eval()
    real, fake = inputs["real"], inputs["fake"]
    layout = _one_hot(args, inputs)
    labels = layout.argmax(dim=1)
    weights = torch.ones(classes) if args["no_balancing_inloss"] else class_weights(labels, classes, dont_care)
    of_real, of_fake = network(real), network(fake)
    losses = {
        "G_adv": segmentation_loss(of_fake, labels, weights),
        "D_fake": fake_loss(of_fake),
        "D_real": segmentation_loss(of_real, labels, weights),
    }
    results = [
        compare("semantics", layout, inputs["semantics"], 0.0),
        compare("logits_real", of_real, outputs["logits_real"], ATOL, RTOL),
        compare("logits_fake", of_fake, outputs["logits_fake"], ATOL, RTOL),
        compare("class_weight_map", weights[labels][:, None], outputs["class_weight_map"], 1e-7, 1e-5),
    ]
    for name, expected in section(outputs, "loss/").items():
        results.append(compare(f"loss/{name}", losses[name].reshape(1), expected, *LOSS))
    for name, expected in section(outputs, "labelmix/").items():
        if name.startswith("mask"):
            seed = re.fullmatch(r"mask_seed(\d+)", name)
            torch.manual_seed(int(seed[1]) if seed else config["labelmix_seed"])
            results.append(compare(f"labelmix/{name}", labelmix_mask(labels)[:, None], expected, 0.0))
    if "labelmix/logits_mixed" in outputs:
        torch.manual_seed(config["labelmix_seed"])
        mask = labelmix_mask(labels)
        of_mixed = network(labelmix(real, fake, mask))
        loss = F.mse_loss(of_mixed, labelmix(of_real, of_fake, mask)).reshape(1)
        results += [
            compare("labelmix/logits_mixed", of_mixed, outputs["labelmix/logits_mixed"], ATOL, RTOL),
            compare("labelmix/loss_unweighted", loss, outputs["labelmix/loss_unweighted"], *LOSS),
        ]
    return results
