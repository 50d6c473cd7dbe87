"""Fixtures of CC-FPSE: generator with and without a style, feature-pyramid discriminator, style encoder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import Tensor

import generators
from generators._fpse_discriminator import FPSEDiscriminator
from generators.spade import StyleEncoder
from tests.golden._fixture import Comparison, compare, config_of, load, read, section

ATOL, RTOL = 1e-4, 1e-4  # the fixtures' own tolerance; relative for the discriminator alone, whose outputs are O(10)


def handles(metadata: dict[str, str]) -> bool:
    """Whether the file is one of CC-FPSE's."""
    return config_of(metadata).get("method") == "ccfpse"


def replay(path: Path) -> list[Comparison]:
    """Rebuild the network from the options, load the state, compare every output."""
    config, tensors = read(path)
    parts = {"generator": _generator, "fpse-discriminator": _discriminator, "encoder": _encoder}
    computed, rtol = parts[config["part"]](config, tensors, section(tensors, "in/"))
    return [compare(name, computed[name], out, ATOL, rtol) for name, out in section(tensors, "out/").items()]


def _generator(
    config: dict[str, Any], tensors: dict[str, Tensor], inputs: dict[str, Tensor]
) -> tuple[dict[str, Tensor], float]:
    network = generators.create(
        "ccfpse",
        num_labels=config["label_nc"] + config["contain_dontcare_label"],
        edges=not config["no_instance"],
        size=(config["height"], config["width"]),
        width=config["ngf"],
        upsampling=config["num_upsampling_layers"],
        hidden=config["hidden"],
        z_dim=tensors["state/fc.weight"].shape[1] if config["use_vae"] else 0,
    )
    load(network, tensors)
    return {"image": network.eval()(inputs["semantics"].float(), inputs.get("z"))}, 0.0


def _discriminator(
    config: dict[str, Any], tensors: dict[str, Tensor], inputs: dict[str, Tensor]
) -> tuple[dict[str, Tensor], float]:
    network = FPSEDiscriminator(config["semantic_nc"], config["ndf"])
    load(network, tensors)
    scales = network.eval()(inputs["semantics"].float(), inputs["image"])
    computed = {f"feat{i}": features for i, features in enumerate(scales[0][:-1])}
    return computed | {f"pred{i}": scale[-1] for i, scale in enumerate(scales)}, RTOL


def _encoder(
    config: dict[str, Any], tensors: dict[str, Tensor], inputs: dict[str, Tensor]
) -> tuple[dict[str, Tensor], float]:
    z_dim = tensors["state/fc_mu.bias"].shape[0]
    network = StyleEncoder(config["ngf"], z_dim, deep=config["crop_size"] >= 256)
    load(network, tensors)
    mu, logvar = network.eval()(inputs["image"])
    return {"mu": mu, "logvar": logvar}, 0.0
