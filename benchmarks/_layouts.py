"""Inputs for benchmarks of generators: streets of tinytown as methods see them, and networks with random weights."""

from __future__ import annotations

import dataclasses
import tempfile
from pathlib import Path

import torch
from torch import Tensor

import generators
from sisbench import datasets, regions
from sisbench.data import Samples
from sisbench.encode import Encoding, condition
from sisbench.tinytown.job import render_worlds
from sisbench.tinytown.rendering import Rendering

SPACES = ("cityscapes", "ade20k", "coco_stuff")
"""Data sets in whose label spaces tinytown can be rendered."""


@dataclasses.dataclass(frozen=True)
class Maps:
    """Label and instance map of one layout, (H, W)."""

    layout: Tensor
    instance: Tensor | None


def streets(space: str, size: tuple[int, int], worlds: int) -> list[Maps]:
    """Render the first worlds of tinytown at a size (photos are rendered with them and thrown away)."""
    dataset = datasets.get(space)
    with tempfile.TemporaryDirectory() as folder:
        render_worlds(Path(folder), range(worlds), Rendering(*size, ("ground",), space))
        samples = Samples(dataset, datasets.locate(dataset, Path(folder)), "train", size)
        found = [samples[i] for i in range(len(samples))]
    return [Maps(sample.layout, sample.instance) for sample in found]


def noise(space: str, size: tuple[int, int]) -> Maps:
    """A label for every pixel by itself: no two neighbourhoods are equal."""
    card = datasets.get(space).card
    layout = torch.randint(0, card.num_labels, size, generator=torch.Generator().manual_seed(0))
    return Maps(layout, layout if card.instances else None)


def seen_by(method: str, recipe: str, space: str, maps: Maps) -> Tensor:
    """Return the condition of a method in one of its recipes, (1, C, H, W)."""
    info = generators.info(method)
    instances = info.generator.takes_instances(info.recipes[recipe].model)
    cond = condition(maps.layout, maps.instance, datasets.get(space).card, Encoding.of(info.conditions, instances))
    if info.generator.edits:
        hole = regions.of_sample(regions.OBJECTS, "benchmark", maps.layout, maps.instance, datasets.get(space).card)
        photo = torch.rand(3, *maps.layout.shape, generator=torch.Generator().manual_seed(0)) * 2 - 1
        cond = generators.edit_condition(cond, hole, photo)
    return cond[None]


def built(method: str, recipe: str, space: str, size: tuple[int, int]) -> generators.Generator:
    """Build the network of a recipe for a data set, with weights that keep signals alive.

    Xavier weights; the statistics of batch norm come from one street in training mode.
    """
    info = generators.info(method)
    model = info.recipes[recipe].model
    card, encoding = datasets.get(space).card, Encoding.of(info.conditions, info.generator.takes_instances(model))
    torch.manual_seed(0)
    network = generators.create(
        method,
        num_labels=encoding.layout_channels(card),
        edges=encoding.has_edges(card),
        size=size,
        **dict(model),
    )
    generators.xavier_init(network, 0.7)
    return network


def settle(network: generators.Generator, cond: Tensor) -> None:
    """Take the statistics of batch norm from one condition, and keep images off the ends of tanh.

    Where pixels saturate, differences would be hidden in some and blown up in others. Leaves the network in evaluation
    mode.
    """
    layers = [layer for layer in network.modules() if isinstance(layer, torch.nn.BatchNorm2d)]
    if layers:
        for layer in layers:
            layer.momentum = 1.0
        with torch.no_grad():
            network.train()(cond, network.sample_noise(len(cond), torch.Generator().manual_seed(0)))
        for layer in layers:
            layer.momentum = 0.1
    last = getattr(network, "conv_img", getattr(network, "conv_comb", None))
    if isinstance(last, torch.nn.Conv2d):
        seen: list[Tensor] = []
        hook = last.register_forward_hook(lambda module, inputs, output: seen.append(output))
        with torch.no_grad():
            network.eval()(cond, network.sample_noise(len(cond), torch.Generator().manual_seed(0)))
            last.weight.mul_(0.5 / seen[0].std())
        hook.remove()
    network.eval()
