"""Fixtures of SelectionGAN: a U-Net, the selection module, and all four networks with their losses and gradients."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from torch import Tensor

import generators
from generators._selectiongan_module import SelectionModule
from generators.selectiongan import DAYTON, SelectionGAN, SelectionGANObjective, our_name, uncertain_l1
from tests.golden._fixture import Comparison, compare, config_of, section

ATOL, RTOL = 1e-5, 1e-4  # images; losses and gradients are relative (the fixtures' own tolerances)
KINDS = ("selectiongan-unet", "selectiongan-ga", "selectiongan-pipeline")


def handles(metadata: dict[str, str]) -> bool:
    """Whether the file is one of SelectionGAN's."""
    return config_of(metadata).get("kind") in KINDS


def replay(path: Path) -> list[Comparison]:
    """Rebuild the networks, load their state, compare every output."""
    with safe_open(path, framework="pt") as file:
        config: dict[str, Any] = json.loads(file.metadata()["config"])
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a mapping)
    return {"selectiongan-unet": _unet, "selectiongan-ga": _module, "selectiongan-pipeline": _pipeline}[config["kind"]](
        config, tensors
    )


def photo(tensor: Tensor) -> Tensor:
    """Bytes as the networks see them."""
    return (tensor.float() / 255 - 0.5) / 0.5


def _unet(config: dict[str, Any], tensors: dict[str, Tensor]) -> list[Comparison]:
    """The coarse network alone: its state stands in that of a whole generator for the test's sake."""
    size = config["size"]
    network = SelectionGAN(
        0, False, (size, size), config["ngf"], hidden=1, semantic_width=1, levels=config["num_downs"]
    ).eval()
    rest = {key: value for key, value in network.state_dict().items() if not key.startswith("Gi.")}
    state = {f"Gi.{key}": value for key, value in section(tensors, "state.").items()}
    generators.load_state(network, state | rest, "the fixture")
    feature, image = network.Gi(photo(tensors["input"]))
    return [
        compare("image", image, tensors["image"], ATOL),
        compare("feature", feature, tensors["feature"], ATOL),
        *_exported(network, state, ("Gi",)),
    ]


def _exported(network: SelectionGAN, state: dict[str, Tensor], parts: tuple[str, ...]) -> list[Comparison]:
    """The official state that is written again, against the one that was read: same names, same values."""
    results = []
    written = network.official_state()
    for part in parts:
        expected = section(state, f"{part}.")
        if set(written[part]) != set(expected):
            return [(f"{part}: names of the official file", float("inf"), 0.0)]
        largest = max((written[part][key].double() - expected[key].double()).abs().max().item() for key in expected)
        results.append((f"{part}: the official file", largest, 0.0))
    return results


def _module(config: dict[str, Any], tensors: dict[str, Tensor]) -> list[Comparison]:
    network = SelectionModule(config["feature_in"], config["mid"], config["num_attention"]).eval()
    generators.load_state(network, section(tensors, "state."), "the fixture")
    found = network(tensors["feature"].float(), photo(tensors["image6"]))
    return [
        compare("attentions", found.attentions, tensors["attentions"], ATOL),
        compare("uncertainty", found.uncertainty.expand(-1, 3, -1, -1), tensors["uncertainty"], ATOL),
        compare("image", found.image, tensors["image"], ATOL),
    ]


def _pipeline(config: dict[str, Any], tensors: dict[str, Tensor]) -> list[Comparison]:
    size = config["size"]
    network = SelectionGAN(
        0,
        False,
        (size, size),
        config["ngf_image"],
        config["ngf_semantic"],
        config["attention_mid"],
        config["unet_levels"],
        config["num_attention"],
    ).eval()
    state = section(tensors, "state.")
    of_g = {key: value for key, value in state.items() if not key.startswith("D.")}
    generators.load_state(network, of_g, "the fixture")
    recipe = dataclasses.replace(
        DAYTON,
        discriminator={"width": config["ndf"]},
        loss_weights={
            "gan": 1.0,
            "pixel": config["lambda_L1"],
            "semantics": config["lambda_L1_seg"],
            "tv": config["tv"],
        },
    )
    objective = SelectionGANObjective(network, recipe).eval()
    generators.load_state(objective.discriminator, section(state, "D."), "the fixture")

    source, real, semantics = (photo(tensors[name]) for name in ("real_A", "real_B", "real_D"))
    cond = torch.cat((source, semantics), dim=1)
    with torch.enable_grad():
        stages = network.stages(cond)
        detached = {name: stage.detach() for name, stage in stages.items()}
        of_d = objective.discriminator_terms(cond, real, detached)
        torch.stack(list(of_d.values())).sum().backward()
        grads = {f"D.{name}": p.grad for name, p in objective.discriminator.named_parameters()}
        terms = objective.generator_terms(cond, real, stages)
        loss = torch.stack([objective.weight(name) * term for name, term in terms.items()]).sum()
        grads = {name: None if grad is None else grad.clone() for name, grad in grads.items()}
        loss.backward()
    grads |= {name: p.grad for name, p in network.named_parameters()}

    features = network.Gi(cond)[0], network.Gs(stages["coarse"])[0]
    found = {
        "Gi_feature": features[0],
        "fake_B": stages["coarse"],
        "Gs_feature": features[1],
        "fake_D": stages["coarse_semantics"],
        "I": stages["image"],
        "Is": stages["semantics"],
        "uncertainty": stages["uncertainty"].expand(-1, 3, -1, -1),
        "attentions": stages["attentions"],
        "images": stages["choices"],
    }
    results = [compare(name, value, tensors[name], ATOL) for name, value in found.items()]
    results += _exported(network, of_g, ("Gi", "Gs", "Ga"))

    def of_pair(fake: str, target: Tensor) -> Tensor:
        return uncertain_l1(stages[fake], target, stages["uncertainty"])

    against = objective._against
    pixel, semantic = config["lambda_L1"], config["lambda_L1_seg"]
    losses = {
        "pred_D_fake_AB": against(source, stages["coarse"], 0.0),
        "pred_D_fake_AI": 4 * against(source, stages["image"], 0.0),
        "D_fake": 2 * of_d["fake"],
        "pred_real_AB": against(source, real, 1.0),
        "D_real": 2 * of_d["real"],
        "D_D": of_d["fake"] + of_d["real"],
        "D_fake_AB": against(source, stages["coarse"], 1.0),
        "D_fake_AI": 4 * against(source, stages["image"], 1.0),
        "D_G": terms["gan"],
        "L1_1": pixel * of_pair("coarse", real),
        "L1_2": 2 * pixel * of_pair("image", real),
        "L1_3": semantic * of_pair("coarse_semantics", semantics),
        "L1_4": 2 * semantic * of_pair("semantics", semantics),
        "L1": pixel * terms["pixel"] + semantic * terms["semantics"],
        "reg": config["tv"] * terms["tv"],
        "G": loss,
    }
    for name, expected in zip(config["loss_names"], tensors["losses"], strict=True):
        results.append(compare(f"loss {name}", losses[name], expected, 0.0, RTOL))
    for name, expected in section(tensors, "grad.").items():
        grad = grads[our_name(name)]
        assert grad is not None
        results.append(compare(f"gradient of {name}", grad, expected, 0.0, RTOL))
    return results
