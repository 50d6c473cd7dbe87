"""Cross-view networks at the papers' sizes: numbers of parameters, every key and shape, statistics of their outputs.

Weights and inputs are functions of their names, so the file holds none.
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

import generators
from generators._selectiongan_module import SelectionModule
from generators.layers.patchgan import PatchGAN
from generators.layers.unet import UNet
from generators.lggan_crossview import LGGANCrossView
from generators.selectiongan import SelectionGAN
from tests.golden._fixture import Comparison, UnreadableFixtureError, compare, read_json

TOLERANCE = 1e-4  # the fixture's own: deep networks, other kernels of convolution


def handles(metadata: dict[str, str]) -> bool:
    """Whether the file is that of the full sizes."""
    return {"selectiongan.Gi", "lggan.G"} <= set(metadata)


def replay(path: Path) -> list[Comparison]:
    """Build every network, count, compare keys and shapes, fill it, and run it once."""
    results = []
    for name, expected in read_json(path).items():
        results += [(f"{name}: {what}", *numbers) for what, *numbers in _network(name, expected)]
    return results


def numbers(name: str, shape: tuple[int, ...]) -> Tensor:
    """Return the uniform numbers in [0, 1) that belong to a name."""
    with np.errstate(over="ignore"):
        z = np.arange(1, math.prod(shape) + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z += np.uint64(zlib.crc32(name.encode()) << 32)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return torch.from_numpy((z >> np.uint64(11)).astype(np.float64) / 2.0**53).view(shape)


def weight(key: str, shape: tuple[int, ...]) -> Tensor:
    """Return the tensor of an official key."""
    kind = key.rpartition(".")[2]
    if kind == "num_batches_tracked":
        return torch.tensor(1)
    u = numbers(key.replace("model.submodule.", "model.model.0.", 1), shape)
    if len(shape) > 1:
        return ((2 * u - 1) * math.sqrt(6 / math.prod(shape[1:]))).float()
    return (0.5 + u if kind in ("running_var", "weight") else (2 * u - 1) * 0.1).float()


class _Named(nn.Module):
    """A U-Net under the name that it has in official files, its image alone."""

    def __init__(self, network: UNet) -> None:
        super().__init__()
        self.model = network


def _network(name: str, expected: Mapping[str, Any]) -> list[Comparison]:
    """Compare one network; those of SelectionGAN are parts of a whole generator."""
    keys = {key: tuple(shape) for key, shape in expected["state_dict"].items()}
    state = {key: weight(key, shape) for key, shape in keys.items()}
    inputs = {key.rpartition(".")[2]: (key, shape) for key, shape in expected.get("inputs", {}).items()}
    if name.startswith("selectiongan.G"):
        part = name.partition(".")[2][:2]
        whole = SelectionGAN(0, False, (64, 64), levels=5) if "64px" in name else SelectionGAN(0, False, (256, 256))
        network: nn.Module = whole.get_submodule(part)
        written = whole.official_state()[part]
        others = {key: value for key, value in whole.state_dict().items() if not key.startswith(f"{part}.")}
        generators.load_state(whole, others | {f"{part}.{key}": value for key, value in state.items()}, "the fixture")
    else:
        network = {
            "selectiongan.D": lambda: PatchGAN(6),
            "lggan.G": lambda: LGGANCrossView(6, False, (256, 256)),
            "lggan.D1_D2": lambda: PatchGAN(6, norm="instance-tracked"),
            "pix2pix.G_unet256": lambda: _Named(UNet(3, 3)),
            "pix2pix.D_basic": lambda: PatchGAN(6),
        }[name]()
        written = network.state_dict()
        generators.load_state(network, state, "the fixture")
    results = [
        ("parameters", float(abs(generators.parameter_count(network) - expected["parameters"])), 0.0),
        ("keys and shapes", float({key: tuple(x.shape) for key, x in written.items()} != keys), 0.0),
    ]
    if not inputs:
        return results
    found = _outputs(name, network.eval(), {short: _input(*given) for short, given in inputs.items()})
    for output, wanted in expected["outputs"].items():
        x = found[output].double()
        if list(x.shape) != wanted["shape"]:
            results.append((f"{output}: shape", float("inf"), 0.0))
            continue
        statistics = torch.stack((x.mean(), x.std(unbiased=False), x.abs().mean()))
        known = torch.tensor([wanted[key] for key in ("mean", "std", "abs_mean")], dtype=torch.float64)
        values = x.flatten()[wanted["indices"]]
        results.append(compare(f"{output}: mean, deviation, mean size", statistics, known, TOLERANCE))
        sampled = torch.tensor(wanted["values"], dtype=torch.float64)
        results.append(compare(f"{output}: values", values, sampled, TOLERANCE))
    return results


def _input(name: str, shape: Any) -> Tensor:
    """Return an input; that of a mask, told in words, is of multiples of 10."""
    if isinstance(shape, str):
        sides = re.search(r"\d+(x\d+){3}", shape)
        if sides is None or not shape.startswith("floor(8*u)*10 on "):
            raise UnreadableFixtureError(f"an input is {shape!r}, which is not known here")
        return (numbers(name, tuple(map(int, sides[0].split("x")))) * 8).floor() * 10
    return (2 * numbers(name, tuple(shape)) - 1).float()


def _outputs(name: str, network: nn.Module, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
    if isinstance(network, UNet):
        feature, image = network(*inputs.values())
        return {"feature": feature, "image": image}
    if isinstance(network, _Named):
        return {"image": network.model(*inputs.values())[1]}
    if isinstance(network, SelectionModule):
        found = network(inputs["feature"], inputs["image"])
        uncertainty = found.uncertainty.expand(-1, 3, -1, -1)
        return {"attentions": found.attentions, "uncertainty": uncertainty, "image": found.image}
    if isinstance(network, LGGANCrossView):
        layout = torch.cat([inputs["mask"] == value for value in range(10, 70, 10)], dim=1).float()
        stages = network.stages(torch.cat((inputs["LG"], layout), dim=1))
        planes = stages["class_planes"][0]
        return {
            "local1": planes.dense(0)[None],
            "local6": planes.dense(5)[None],
            "result_local": stages["local"],
            "attention_local": stages["weight_local"],
            "result_global": stages["global"],
            "attention_global": stages["weight_global"],
            "image": stages["fused"],
        }
    judged = network(*inputs.values())
    return {"output": judged if name == "pix2pix.D_basic" else judged.sigmoid()}
