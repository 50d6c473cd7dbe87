"""VGG-19 with average pooling, from both files of weights: shrunk here to a few channels, its layers as they are."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.io
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generators import GeneratorError
from generators._hindsight_objective import HindsightObjective
from generators.crn import Crn
from generators.layers import vgg_features
from generators.layers.vgg_features import LAYERS_256P, LAYERS_512P, MATCONVNET, TORCHVISION, VGGFeatures
from tests.generators.tiny import Case, random_cond, random_image

NAMES = [f"conv{block}_{i}" for block, count in enumerate((2, 2, 4, 4, 4), start=1) for i in range(1, count + 1)]
TAPPED = {name for name, _ in LAYERS_256P}


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vgg_features, "_WIDTHS", (2, 3, 4, 5, 5))


def convolutions() -> dict[str, tuple[Tensor, Tensor]]:
    """Kernels (out, in, 3, 3) and biases of all layers."""
    rng, fin, found = torch.Generator().manual_seed(0), 3, {}
    for name in NAMES:
        width = (2, 3, 4, 5, 5)[int(name[4]) - 1]
        kernel = torch.randn(width, fin, 3, 3, generator=rng) * (2 / (9 * fin)) ** 0.5
        found[name] = (kernel, torch.randn(width, generator=rng))
        fin = width
    return found


def matconvnet(path: Path, old: bool = False) -> Path:
    """Write the file as MatConvNet has it: a row of layers, each a structure; `old` as its first releases."""
    layers: list[dict[str, Any]] = []
    for name, (kernel, bias) in convolutions().items():
        if name.endswith("_1") and name != "conv1_1":
            layers.append({"type": "pool", "name": f"pool{int(name[4]) - 1}", "method": "max"})
        arrays = np.empty(2, dtype=object)
        arrays[0], arrays[1] = kernel.permute(2, 3, 1, 0).numpy(), bias.numpy()[None]
        held = {"filters": arrays[0], "biases": arrays[1]} if old else {"weights": arrays}
        layers += [{"type": "conv", "name": name, **held}, {"type": "relu", "name": name.replace("conv", "relu")}]
    cells = np.empty(len(layers), dtype=object)
    cells[:] = layers
    scipy.io.savemat(path, {"layers": cells}, appendmat=False)
    return path


def torchvision(path: Path) -> Path:
    """Write the file as torchvision has it: modules by index, a classifier behind them."""
    state, index = {"classifier.0.weight": torch.zeros(1)}, 0
    for name, (kernel, bias) in convolutions().items():
        index += name.endswith("_1") and name != "conv1_1"
        state |= {f"features.{index}.weight": kernel, f"features.{index}.bias": bias}
        index += 2
    assert f"features.{index - 2}.bias" == "features.34.bias"  # conv5_4, as torchvision numbers it
    torch.save(state, path)
    return path


def expected(image: Tensor) -> dict[str, Tensor]:
    """What the layers make of an input that is prepared."""
    found, x = {}, image
    for name, (kernel, bias) in convolutions().items():
        if name.endswith("_1") and name != "conv1_1":
            x = nn.AvgPool2d(2, 2)(x)
        x = F.relu(F.conv2d(x, kernel, bias, padding=1))
        found[name] = x
    return {name: found[name] for name in TAPPED}


@pytest.mark.parametrize("old", [False, True])
def test_matconvnet_s_file_sees_rgb_to_255_less_the_mean(tmp_path: Path, old: bool) -> None:
    network, image = VGGFeatures(matconvnet(tmp_path / "vgg.mat", old), MATCONVNET), random_image(2, (32, 48))
    mean = torch.tensor([123.68, 116.779, 103.939]).view(3, 1, 1)
    for name, value in expected((image + 1) * 127.5 - mean).items():
        torch.testing.assert_close(network(image, TAPPED)[name], value, rtol=1e-4, atol=1e-3)


def test_torchvision_s_file_sees_normalised_images_and_keeps_the_unit(tmp_path: Path) -> None:
    network, image = VGGFeatures(torchvision(tmp_path / "vgg.pth"), TORCHVISION), random_image(2, (32, 48))
    mean, std = (torch.tensor(x).view(3, 1, 1) for x in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    for name, value in expected(((image + 1) / 2 - mean) / std).items():
        torch.testing.assert_close(network(image, TAPPED)[name], value * 57.63, rtol=1e-4, atol=1e-3)


def test_nothing_in_it_is_trained_and_later_layers_are_not_run(tmp_path: Path) -> None:
    network = VGGFeatures(matconvnet(tmp_path / "vgg.mat"), MATCONVNET)
    assert list(network.parameters()) == []
    assert set(network(random_image(1, (1, 1)), {"conv1_2"})) == {"conv1_2"}  # pooling one pixel would be an error


def test_the_layers_weights_are_those_of_the_official_scripts() -> None:
    assert [round(weight, 4) for _, weight in LAYERS_256P] == [0.625, 0.4348, 0.5556, 0.3571, 12.5]
    assert [round(weight, 4) for _, weight in LAYERS_512P] == [0.3846, 0.2083, 0.2703, 0.1786, 6.6667]
    assert [name for name, _ in LAYERS_256P] == ["conv1_2", "conv2_2", "conv3_2", "conv4_2", "conv5_2"]


def test_the_perceptual_term_by_hand(tmp_path: Path) -> None:
    """Layouts are resized by area; each layer's mean over channels counts with its weight; real is a constant."""
    case = Case("crn", "cityscapes", size=(32, 64))
    network = case.generator()
    assert isinstance(network, Crn)
    recipe = dataclasses.replace(case.recipe, loss_weights={"vgg": 2.0})
    judge = HindsightObjective(network, recipe, matconvnet(tmp_path / "vgg.mat"))
    layout, real = random_cond(20, False, (32, 64), 2), random_image(2, (32, 64)).requires_grad_()
    images = (random_image(6, (32, 64), 1) * 2).unflatten(0, (2, 3)).requires_grad_()
    term = judge.generator_terms(layout, real, {"image": images[:, 0], "images": images})["vgg"]
    vgg = judge.vgg[0]
    total = torch.zeros(2, 3, 20)
    for n in range(2):
        truth = vgg(real[n : n + 1], TAPPED)
        for u in range(3):
            made = vgg(images[n, u][None], TAPPED)
            for name, weight in LAYERS_256P:
                error = (made[name] - truth[name]).abs().mean(1)[0]
                height, width = error.shape
                masks = layout[n].unflatten(2, (width, -1)).unflatten(1, (height, -1)).mean((2, 4))
                total[n, u] += weight * (masks * error).mean((1, 2))
    by_sample = (0.999 * total.min(1).values + 0.001 * total.mean(1)).sum(1)
    assert term.item() == pytest.approx(by_sample.mean().item(), rel=1e-4)
    term.backward()
    assert images.grad is not None
    assert bool(images.grad.isfinite().all())
    assert real.grad is None


@pytest.mark.parametrize("origin", [MATCONVNET, TORCHVISION])
@pytest.mark.parametrize("what", ["missing", "damaged", "empty", "cut", "another", "wider"])
def test_other_files_are_refused(tmp_path: Path, origin: str, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "weights"
    write = matconvnet if origin == MATCONVNET else torchvision
    if what == "damaged":
        path.write_bytes(b"MATLAB 5.0 MAT-file" + bytes(range(256)) * 2)
    if what == "empty":
        path.write_bytes(b"")
    if what == "cut":
        path.write_bytes(write(tmp_path / "whole").read_bytes()[:-500])
    if what == "another":
        scipy.io.savemat(path, {"other": 1.0}, appendmat=False)
        if origin == TORCHVISION:
            torch.save(nn.Linear(2, 3).state_dict(), path)
    if what == "wider":
        write(path)
        monkeypatch.setattr(vgg_features, "_WIDTHS", (2, 3, 4, 6, 6))
    with pytest.raises(GeneratorError) as caught:
        VGGFeatures(path, origin)
    assert str(path) in str(caught.value)
    if what == "wider":
        assert "is no VGG-19: the kernel of conv4_1 has shape (5, 4, 3, 3), expected (6, 4, 3, 3)" in str(caught.value)
