"""Fixtures of pix2pix and X-Fork's family: U-Nets, encoder-decoders with and without a fork, discriminators.

Three layouts of files: that of the methods from layouts (`state/`, `in/`, `out/`), that of the cross-view methods in
PyTorch, and that in Torch7, whose names of parameters are the fixtures' own.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from safetensors import safe_open
from torch import Tensor, nn

import generators
from generators._encoder_decoder import EncoderDecoder
from generators.layers.patchgan import PatchGAN, PixelGAN
from generators.layers.unet import NormName, UNet
from tests.golden._fixture import Comparison, UnreadableFixtureError, compare, config_of, section

ATOL = 1e-5  # the cross-view fixtures' own tolerance
LAYOUT_ATOL, LAYOUT_RTOL = 5e-5, 1e-4  # that of the others
KINDS = (
    "pix2pix-unet",
    "patchgan",
    "pixel-discriminator",
    "xpix2pix-encoder-decoder",
    "xfork-generator",
    "xfork-patchgan",
)


class Wrapped(nn.Module):
    """A U-Net under the name that it has in official files."""

    def __init__(self, network: UNet) -> None:
        super().__init__()
        self.model = network


def handles(metadata: dict[str, str]) -> bool:
    """Whether the file is one of the family's."""
    config = config_of(metadata)
    return config.get("method") == "pix2pix" or config.get("kind") in KINDS


def replay(path: Path) -> list[Comparison]:
    """Rebuild the network, load the state, compare every output."""
    with safe_open(path, framework="pt") as file:
        config: dict[str, Any] = json.loads(file.metadata()["config"])
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a mapping)
    return _of_layouts(config, tensors) if "method" in config else _of_views(config, tensors)


def norm_of(config: dict[str, Any], state: dict[str, Tensor]) -> NormName:
    """Kind of the norms; old copies of the code keep running statistics of instance norms."""
    if config["norm"] == "batch":
        return "batch"
    return "instance-tracked" if any(key.endswith("running_mean") for key in state) else "instance"


def unet(config: dict[str, Any], state: dict[str, Tensor], dropout: bool = True) -> UNet:
    """Build a U-Net and load its state."""
    network = UNet(
        config["input_nc"],
        config["output_nc"],
        config["ngf"],
        config["num_downs"],
        norm_of(config, state),
        config.get("use_dropout", False) and dropout,
    )
    generators.load_state(Wrapped(network), state, "the fixture")
    return network.eval()


def _of_layouts(config: dict[str, Any], tensors: dict[str, Tensor]) -> list[Comparison]:
    args = config["args"]
    state, inputs, outputs = (section(tensors, prefix) for prefix in ("state/", "in/", "out/"))
    if config["part"] == "discriminator":
        judge = PatchGAN(args["input_nc"], args["ndf"], args["n_layers"], norm_of(args, state))
        generators.load_state(judge, state, "the fixture")
        found = {"pred": judge.eval()(inputs["x"])}
    else:
        found = {
            "image": unet(args, state)(inputs["image_a"])[1],
            "image_bn_train_no_dropout": unet(args, state, dropout=False).train()(inputs["image_a"])[1],
        }
    return [compare(name, found[name], expected, LAYOUT_ATOL, LAYOUT_RTOL) for name, expected in outputs.items()]


def _of_views(config: dict[str, Any], tensors: dict[str, Tensor]) -> list[Comparison]:
    kind, state = config["kind"], section(tensors, "state.")
    seen = _mapped(tensors["input"], config["input_mapping"])
    if kind == "pix2pix-unet":
        return [compare("image", unet(config, state)(seen)[1], tensors["image"], ATOL)]
    if kind in ("xpix2pix-encoder-decoder", "xfork-generator"):
        return _encoder_decoder(config, state, seen, tensors)
    network: nn.Module
    if kind == "patchgan":
        network = PatchGAN(seen.shape[1], config["ndf"], config["n_layers"], norm_of(config, state))
    elif kind == "pixel-discriminator":
        network = PixelGAN(seen.shape[1], config["ndf"], norm_of(config, state))
    else:  # Torch7's: positions in the container, a bias everywhere, a sigmoid at the end
        state = {f"model.{key.removeprefix('layer')}": value for key, value in state.items()}
        network = PatchGAN(seen.shape[1], config["ndf"], config["n_layers"], bias=True)
    generators.load_state(network, state, "the fixture")
    output = network.eval()(seen)
    output = output.sigmoid() if config.get("use_sigmoid", kind == "xfork-patchgan") else output
    return [compare("output", output, tensors["output"], ATOL)]


def _encoder_decoder(
    config: dict[str, Any], state: dict[str, Tensor], seen: Tensor, tensors: dict[str, Tensor]
) -> list[Comparison]:
    forked = config["kind"] == "xfork-generator"
    heads = {"_img": config["output_nc"], "_seg": config["output_nc_seg"]} if forked else {"": config["output_nc"]}
    network = EncoderDecoder(config["input_nc"], heads, config["ngf"], config["levels"])
    generators.load_state(network, state, "the fixture")
    image, *maps = network.eval()(seen)
    results = [compare("image", image, tensors["image"], ATOL)]
    for semantics in maps:
        stride = config.get("segmentation_stride", 1)
        results.append(compare("segmentation", semantics[..., ::stride, ::stride], tensors["segmentation"], ATOL))
    return results


def _mapped(values: Tensor, mapping: str) -> Tensor:
    """Bytes as the networks see them.

    Raises:
        UnreadableFixtureError: The fixture was made with another mapping.
    """
    unit = values.float() / 255
    if mapping.startswith("u8/255*2-1"):
        return unit * 2 - 1
    if mapping == "(u8/255-0.5)/0.5":
        return (unit - 0.5) / 0.5
    raise UnreadableFixtureError(f"the fixture's inputs are mapped by {mapping!r}, which is not known here")
