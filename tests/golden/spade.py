"""Fixtures of SPADE: generator (with and without style), discriminator with losses, style encoder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

import generators
from generators.layers.discriminators import MultiScaleDiscriminator, judge
from generators.layers.losses import GanMode, feature_matching_loss, gan_loss, kl_loss
from generators.spade import StyleEncoder
from tests.golden._fixture import Comparison, compare, config_of, load, read, section

ATOL, RTOL = 5e-5, 1e-4  # images, features; scalar losses are 1e-5 relative (the fixtures' own recommendation)


def handles(metadata: dict[str, str]) -> bool:
    """Whether the file is one of SPADE's."""
    return config_of(metadata).get("method") == "spade"


def replay(path: Path) -> list[Comparison]:
    """Rebuild the network from the options, load the state, compare every output."""
    config, tensors = read(path)
    parts = {"generator": _generator, "discriminator": _discriminator, "encoder": _encoder}
    inputs, outputs = section(tensors, "in/"), section(tensors, "out/")
    return parts[config["part"]](config["args"], tensors, inputs, outputs)


def _generator(
    args: dict[str, Any], tensors: dict[str, Tensor], inputs: dict[str, Tensor], outputs: dict[str, Tensor]
) -> list[Comparison]:
    width = args["crop_size"]
    network = generators.create(
        "spade",
        num_labels=args["label_nc"] + args["contain_dontcare_label"],
        edges=not args["no_instance"],
        size=(round(width / args["aspect_ratio"]), width),
        width=args["ngf"],
        upsampling=args["num_upsampling_layers"],
        hidden=tensors["state/head_0.norm_0.mlp_shared.0.bias"].shape[0],
        z_dim=args["z_dim"] if args["use_vae"] else 0,
    )
    load(network, tensors)
    cond = inputs["semantics"].float()
    results = [compare("image", network.eval()(cond, inputs.get("z")), outputs["image"], ATOL, RTOL)]
    if "image_train" in outputs:
        image = network.train()(cond, inputs.get("z"))
        results.append(compare("image_train", image, outputs["image_train"], ATOL, RTOL))
        state = network.state_dict()
        for key, expected in section(outputs, "after_train/").items():
            results.append(compare(f"after_train/{key}", state[key], expected, ATOL, RTOL))
    results += _semantics(args, inputs)
    return results


def _semantics(args: dict[str, Any], inputs: dict[str, Tensor]) -> list[Comparison]:
    """The official preprocessing of label and instance maps, against ours."""
    from sisbench.encode import instance_edges, one_hot

    label = inputs["label"][:, 0].long()
    if args["contain_dontcare_label"]:  # the fixture has the official code's step from 255 to label_nc behind it
        label[label == args["label_nc"]] = 255
    parts = [one_hot(label, args["label_nc"], bool(args["contain_dontcare_label"]))]
    if not args["no_instance"]:
        parts.append(instance_edges(inputs["instance"][:, 0].long()))
    return [compare("semantics", torch.cat(parts, dim=1), inputs["semantics"], 0.0)]


def _discriminator(
    args: dict[str, Any], tensors: dict[str, Tensor], inputs: dict[str, Tensor], outputs: dict[str, Tensor]
) -> list[Comparison]:
    network = MultiScaleDiscriminator(args["semantic_nc"] + 3, args["ndf"], args["n_layers_D"], args["num_D"])
    load(network, tensors)
    fake, real = judge(network.eval(), inputs["semantics"].float(), [inputs["fake"], inputs["real"]])
    results = []
    for i, (fake_scale, real_scale) in enumerate(zip(fake, real, strict=True)):
        for j, pair in enumerate(zip(fake_scale, real_scale, strict=True)):
            results.append(compare(f"scale{i}/feat{j}", torch.cat(pair), outputs[f"scale{i}/feat{j}"], ATOL, RTOL))
    modes: tuple[GanMode, ...] = ("hinge", "ls", "original")
    losses = {"feature_matching": 10 * feature_matching_loss(fake, real)}
    for mode in modes:
        losses[f"{mode}/G"] = gan_loss(fake, is_real=True, for_d=False, mode=mode)
        losses[f"{mode}/D_fake"] = gan_loss(fake, is_real=False, for_d=True, mode=mode)
        losses[f"{mode}/D_real"] = gan_loss(real, is_real=True, for_d=True, mode=mode)
    for name, expected in section(outputs, "loss/").items():
        results.append(compare(f"loss/{name}", losses[name].reshape(1), expected, 1e-7, 1e-5))
    return results


def _encoder(
    args: dict[str, Any], tensors: dict[str, Tensor], inputs: dict[str, Tensor], outputs: dict[str, Tensor]
) -> list[Comparison]:
    network = StyleEncoder(args["ngf"], args["z_dim"], deep=args["crop_size"] >= 256)
    load(network, tensors)
    mu, logvar = network.eval()(inputs["image"])
    return [
        compare("mu", mu, outputs["mu"], ATOL, RTOL),
        compare("logvar", logvar, outputs["logvar"], ATOL, RTOL),
        compare("kld_unweighted", kl_loss(mu, logvar).reshape(1), outputs["kld_unweighted"], 1e-7, 1e-5),
    ]
