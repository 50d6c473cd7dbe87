"""Fixtures of pix2pixHD: global and local generators, discriminator with losses, feature encoder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

import generators
from generators._pix2pixhd_discriminator import PyramidDiscriminator, adversarial, matching
from generators._pix2pixhd_features import FeatureEncoder
from generators.layers.discriminators import judge
from tests.golden._fixture import Comparison, compare, config_of, read, section

ATOL, RTOL = 5e-5, 1e-4  # images, features; scalar losses are 1e-5 relative (the fixtures' own recommendation)


def handles(metadata: dict[str, str]) -> bool:
    """Whether the file is one of pix2pixHD's."""
    return config_of(metadata).get("method") == "pix2pixhd"


def replay(path: Path) -> list[Comparison]:
    """Rebuild the network from the options, load the state, compare every output."""
    config, tensors = read(path)
    parts = {"generator": _generator, "discriminator": _discriminator, "encoder": _encoder}
    state, inputs, outputs = (section(tensors, prefix) for prefix in ("state/", "in/", "out/"))
    return parts[config["part"]](config["args"], state, inputs, outputs)


def _generator(
    args: dict[str, Any], state: dict[str, Tensor], inputs: dict[str, Tensor], outputs: dict[str, Tensor]
) -> list[Comparison]:
    cond = inputs["semantics"].float()
    network = generators.create(
        "pix2pixhd",
        num_labels=args["label_nc"],
        edges=args["input_nc"] > args["label_nc"],
        size=(cond.shape[2], cond.shape[3]),
        width=args["ngf"],
        downsamplings=args["n_downsample_global"],
        blocks=args["n_blocks_global"],
        enhancers=args.get("n_local_enhancers", 1) if args["netG"] == "local" else 0,
        local_blocks=args.get("n_blocks_local"),
    )
    generators.load_state(network, state, "the fixture")
    return [
        compare("image", network.eval()(cond), outputs["image"], ATOL, RTOL),
        *_semantics(args, inputs),
    ]


def _semantics(args: dict[str, Any], inputs: dict[str, Tensor]) -> list[Comparison]:
    """The official preprocessing of label and instance maps, against ours."""
    from sisbench.encode import instance_edges, one_hot

    if "label" not in inputs:
        return []
    parts = [one_hot(inputs["label"][:, 0].long(), args["label_nc"])]
    if inputs["semantics"].shape[1] > args["label_nc"]:
        parts.append(instance_edges(inputs["instance"][:, 0].long()))
    return [compare("semantics", torch.cat(parts, dim=1), inputs["semantics"], 0.0)]


def _discriminator(
    args: dict[str, Any], state: dict[str, Tensor], inputs: dict[str, Tensor], outputs: dict[str, Tensor]
) -> list[Comparison]:
    network = PyramidDiscriminator(args["input_nc"], args["ndf"], args["n_layers_D"], args["num_D"])
    generators.load_state(network, state, "the fixture")
    fake, real = judge(network.eval(), inputs["semantics"].float(), [inputs["fake"], inputs["real"]])
    results = _semantics(args, inputs)
    for side, features in (("fake", fake), ("real", real)):
        for i, scale in enumerate(features):
            named = {f"{side}/scale{i}/feat{j}": layer for j, layer in enumerate(scale)}
            named[f"{side}/scale{i}/pred"] = scale[-1]
            results += [compare(key, x, outputs[key], ATOL, RTOL) for key, x in named.items() if key in outputs]
    losses = {
        "G_GAN": adversarial(fake, is_real=True, for_d=False),
        "D_fake": 2 * adversarial(fake, is_real=False, for_d=True),
        "D_real": 2 * adversarial(real, is_real=True, for_d=True),
        "feature_matching": args.get("lambda_feat", 10.0) * matching(fake, real),
    }
    for name, expected in section(outputs, "loss/").items():
        results.append(compare(f"loss/{name}", losses[name].reshape(1), expected, 1e-7, 1e-5))
    return results


def _encoder(
    args: dict[str, Any], state: dict[str, Tensor], inputs: dict[str, Tensor], outputs: dict[str, Tensor]
) -> list[Comparison]:
    network = FeatureEncoder(args["feat_num"], args["nef"], args["n_downsample_E"])
    generators.load_state(network, state, "the fixture")
    return [
        compare("raw", network.eval().model(inputs["image"]), outputs["raw"], ATOL, RTOL),
        compare("feat", network(inputs["image"], inputs["instance"]), outputs["feat"], ATOL, RTOL),
    ]
