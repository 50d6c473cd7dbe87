"""Fixture of LGGAN for cross-view translation: generator, both discriminators, losses and gradients."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from torch import Tensor

import generators
from generators.layers.patchgan import bce
from generators.lggan_crossview import DAYTON, LGGANCrossView, LGGANCrossViewObjective
from tests.golden._fixture import Comparison, compare, config_of, section
from tests.golden.selectiongan import photo

ATOL, RTOL = 1e-5, 1e-4  # images; losses and gradients are relative (the fixtures' own tolerances)
FAKES = {"global": "_global", "local": "_local", "fused": ""}


def handles(metadata: dict[str, str]) -> bool:
    """Whether the file is LGGAN's of cross-view translation."""
    return bool(config_of(metadata).get("kind") == "lggan-crossview")


def replay(path: Path) -> list[Comparison]:
    """Rebuild the networks, load their state, compare every output, loss and gradient."""
    with safe_open(path, framework="pt") as file:
        config: dict[str, Any] = json.loads(file.metadata()["config"])
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a mapping)
    size, values = config["size"], config["class_values"]
    network = LGGANCrossView(len(values), False, (size, size), config["width"]).eval()
    state = section(tensors, "state.")
    generators.load_state(network, section(state, "G."), "the fixture")
    weights = {"gan": 1.0, "l1": config["lambda_L1"], "local_l1": config["lambda_L1"], "tv": config["tv"]}
    recipe = dataclasses.replace(DAYTON, discriminator={"width": config["ndf"]}, loss_weights=weights)
    objective = LGGANCrossViewObjective(network, recipe).eval()
    for name in ("D1", "D2"):
        judge = objective.discriminators.get_submodule(name)
        generators.load_state(judge, section(state, f"{name}."), "the fixture")

    real = photo(tensors["real_B"])
    layout = torch.cat([tensors["label_F"][:, :1] == value for value in values], dim=1).float()
    cond = torch.cat((photo(tensors["real_A"]), photo(tensors["real_D"]), layout), dim=1)
    with torch.enable_grad():
        stages = network.stages(cond)
        detached = {name: stage.detach() for name, stage in stages.items() if isinstance(stage, Tensor)}
        of_d = objective.discriminator_terms(cond, real, detached)
        terms = objective.generator_terms(cond, real, stages)
        loss = torch.stack([objective.weight(name) * term for name, term in terms.items()]).sum()
        loss.backward()
    found = {
        "masks": layout,
        "locals": torch.stack([torch.cat([p.dense(i) for i in range(len(values))]) for p in stages["class_planes"]]),
        "fake_B_local": stages["local"],
        "attention_local": stages["weight_local"],
        "fake_B_global": stages["global"],
        "attention_global": stages["weight_global"],
        "fake_B": stages["fused"],
    }
    results = [compare(name, value, tensors[name], ATOL) for name, value in found.items()]

    losses: dict[str, Tensor] = {}
    for j in (0, 1):
        name = f"D{j + 1}"
        for fake, suffix in FAKES.items():
            losses[f"{name}_fake{suffix}"] = bce(objective.discriminators(cond, stages[fake])[j], 0.0)
        losses[f"{name}_real"] = bce(objective.discriminators(cond, real)[j], 1.0)
        judged = [objective.discriminators(cond, stages[fake])[j] for fake in FAKES]
        losses[f"G_GAN_{name}"] = torch.stack([bce(logits, 1.0) for logits in judged]).sum()
        fakes = torch.stack([losses[f"{name}_fake{suffix}"] for suffix in FAKES.values()]).sum()
        losses[name] = 0.5 * (fakes + 3 * losses[f"{name}_real"])
    losses["G_local_L1"] = weights["local_l1"] * terms["local_l1"]
    losses["G_global_L1"] = weights["l1"] * terms["l1"]
    losses["G_L1"] = losses["G_local_L1"] + losses["G_global_L1"]
    losses["G_TV"] = weights["tv"] * terms["tv"]
    losses["G"] = loss
    for name, expected in zip(config["loss_names"], tensors["losses"], strict=True):
        results.append(compare(f"loss {name}", losses[name], expected, 0.0, RTOL))
    both = of_d["fake"] + of_d["real"]
    expected = sum(tensors["losses"][config["loss_names"].index(name)] for name in ("D1", "D2"))
    results.append(compare("loss of both discriminators", both, expected, 0.0, RTOL))
    for name, expected in section(tensors, "grad.G.").items():
        layer, _, kind = name.rpartition(".")
        grad, of_weight = (network.get_parameter(f"{layer}.{each}").grad for each in (kind, "weight"))
        assert grad is not None and of_weight is not None
        # a bias before an instance norm has a gradient of rounding alone: of the size of its layer's
        atol = RTOL * of_weight.abs().max().item() if kind == "bias" else 0.0
        results.append(compare(f"gradient of {name}", grad, expected, atol, RTOL))
    return results
