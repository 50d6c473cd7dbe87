"""CRN: its network and losses by hand, its official files, sizes and names, and pinned outputs."""

from __future__ import annotations

import dataclasses
import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from lightning_fabric import Fabric
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional as F

import generators
from benchmarks.plain.crn import plain
from generators import GeneratorError
from generators._hindsight_objective import HindsightObjective
from generators.crn import COARSE, Crn
from generators.layers.normed_conv import NormedConv
from tests.generators.pinned import TOLERANCE, cond, summary
from tests.generators.tiny import Case, random_cond, random_image
from tests.golden._key_hash import refill_all

ONE = Case("crn", "quick")
NINE = Case("crn", "quick-diverse")
LAYOUT = torch.tensor([[[[1.0, 0.0], [0.0, 0.0]], [[0.0, 1.0], [1.0, 1.0]]]])
"""Two classes in 2x2 pixels: the first has the upper left one."""


def crn(case: Case = NINE, **changes: Any) -> Crn:
    network = dataclasses.replace(case, **changes).generator()
    assert isinstance(network, Crn)
    return network.eval()


def objective(images: int = 3, **weights: float) -> HindsightObjective:
    network = generators.create("crn", num_labels=2, edges=False, size=(4, 4), width=2, images=images)
    return HindsightObjective(network, dataclasses.replace(ONE.recipe, loss_weights=weights))


# The network


def test_the_norm_is_over_height_width_and_channels_of_a_sample() -> None:
    layer = NormedConv(2, 3)
    x = torch.randn(2, 2, 5, 4, generator=torch.Generator().manual_seed(0)) * 1e-5  # eps 1e-5 would all but erase it
    gain, shift = torch.tensor([1.0, 2.0, -1.0]), torch.tensor([0.0, 0.5, 1.0])
    layer.LayerNorm.load_state_dict({"weight": gain, "bias": shift})
    y = F.conv2d(x, layer.weight, padding=1)
    for sample, got in zip(y, layer(x), strict=True):
        normed = (sample - sample.mean()) / (sample.var(unbiased=False) + 1e-12).sqrt()
        expected = F.leaky_relu(normed * gain.view(3, 1, 1) + shift.view(3, 1, 1), 0.2)
        torch.testing.assert_close(got, expected, atol=1e-5, rtol=1e-4)


def test_every_module_sees_the_layout_at_its_own_size_by_area() -> None:
    network, seen = crn(size=(16, 32)), {}
    for rows in network.rows:
        name = f"g_{rows}_conv1"
        network.get_submodule(name).register_forward_pre_hook(lambda _, args, name=name: seen.update({name: args[0]}))
    layout = random_cond(6, False, (16, 32))
    network(layout)
    assert network.rows == [4, 8, 16]
    for rows in network.rows:
        expected = layout.unflatten(3, (2 * rows, -1)).unflatten(2, (rows, -1)).mean((3, 5))
        torch.testing.assert_close(seen[f"g_{rows}_conv1"][:, -6:], expected)


@pytest.mark.parametrize(
    ("size", "rows"),
    [
        ((256, 512), [4, 8, 16, 32, 64, 128, 256]),
        ((96, 192), [6, 12, 24, 48, 96]),
        ((4, 4), [4]),
        ((7, 3), [7]),
        ((128, 64), [4, 8, 16, 32, 64, 128]),
    ],
)
def test_sizes_it_can_make(size: tuple[int, int], rows: list[int]) -> None:
    network = generators.create("crn", num_labels=3, edges=False, size=size, width=2)
    assert isinstance(network, Crn)
    assert network.rows == rows
    assert network(torch.zeros(1, 3, *size)).shape[2:] == size


@pytest.mark.parametrize("size", [(62, 126), (3, 8), (250, 500), (256, 500), (8, 9)])
def test_sizes_it_cannot_make(size: tuple[int, int]) -> None:
    with pytest.raises(GeneratorError, match=f"cannot make images of {size[0]}x{size[1]}.*such as 256x512"):
        generators.create("crn", num_labels=3, edges=False, size=size, width=2)


def test_widths_are_one_a_module() -> None:
    with pytest.raises(GeneratorError, match="of 16x32 has 3 modules, of 4, 8, 16 rows; got 2 widths"):
        generators.create("crn", num_labels=3, edges=False, size=(16, 32), widths=[2, 3])


# Nine images


@torch.no_grad()
def test_an_image_is_a_channel_of_each_colour_and_reached_by_its_number() -> None:
    network, layout = crn(), NINE.cond()
    raw: list[Tensor] = []
    network.get_submodule("g_64_conv100").register_forward_hook(lambda _, args, output: raw.append(output))
    images = network.stages(layout)["images"]
    assert images.shape == (2, 9, 3, 64, 128)
    for i in range(9):
        assert torch.equal(images[:, i], raw[0][:, [i, 9 + i, 18 + i]])
    for number in range(9):
        noise = network.noise_of(number, torch.Generator())
        assert noise is not None
        assert torch.equal(network(layout, noise.expand(2)), images[:, number].clamp(-1, 1))
    assert torch.equal(network(layout), images[:, 0].clamp(-1, 1))
    assert torch.equal(network(layout, torch.tensor([2, 7]))[1], images[1, 7].clamp(-1, 1))


def test_there_is_no_tenth_image() -> None:
    with pytest.raises(GeneratorError, match="has 9 images of a layout; there is no number 9"):
        crn().noise_of(9, torch.Generator())
    assert Crn.images_of_a_layout({"images": 9}) == 9
    assert Crn.images_of_a_layout({}) == 1


def test_images_are_drawn_at_random_where_nobody_says_which() -> None:
    drawn = crn().sample_noise(200, torch.Generator().manual_seed(0))
    assert drawn is not None
    assert sorted(set(drawn.tolist())) == list(range(9))
    assert crn(ONE).sample_noise(2) is None
    assert crn(ONE).noise_of(0, torch.Generator()) is None


# Losses


def test_a_difference_by_image_and_class() -> None:
    real = torch.zeros(1, 3, 2, 2)
    images = torch.zeros(1, 3, 3, 2, 2)
    images[0, 0, :, 0, 0] = torch.tensor([0.1, -0.2, 0.3])  # mean over channels 0.2, in the first class
    images[0, 1, 0, 1, 1] = 0.6  # mean over channels 0.2, in the second class
    images[0, 2] = 1.0
    table = objective(l1=1.0).by_image_and_class(LAYOUT, real, images)["l1"] / 127.5
    # means over all four pixels
    expected = torch.tensor([[[0.05, 0.0], [0.0, 0.05], [0.25, 0.75]]])
    torch.testing.assert_close(table, expected)


def test_the_best_image_of_each_class_and_a_little_of_the_mean() -> None:
    real = torch.zeros(1, 3, 2, 2)
    images = torch.zeros(1, 3, 3, 2, 2)
    for number, (first, second) in enumerate(((0.4, 0.2), (0.8, 0.1), (0.6, 0.6))):
        images[0, number] = first * LAYOUT[0, 0] + second * LAYOUT[0, 1]
    images.requires_grad_()
    term = objective(l1=1.0).generator_terms(LAYOUT, real, {"image": images[:, 0], "images": images})["l1"]
    # a quarter of the pixels, and three; the best are images 0 and 1
    best, mean = 0.4 / 4 + 0.1 * 3 / 4, 0.6 / 4 + 0.3 * 3 / 4
    assert term.item() / 127.5 == pytest.approx(0.999 * best + 0.001 * mean, rel=1e-6)
    term.backward()
    assert images.grad is not None
    strength = images.grad.sum(2)[0] * 4 / 127.5
    torch.testing.assert_close(strength[0, 0, 0].item(), 0.999 + 0.001 / 3)  # closest in the first class
    torch.testing.assert_close(strength[1, 0, 0].item(), 0.001 / 3)
    torch.testing.assert_close(strength[1, 1, 1].item(), 0.999 + 0.001 / 3)  # closest in the second
    torch.testing.assert_close(strength[0, 1, 1].item(), 0.001 / 3)


def test_the_weighted_sum_of_the_terms_says_which_image_is_best() -> None:
    layout, real = random_cond(2, False, (32, 32), 1), random_image(1, (32, 32))
    images = random_image(3, (32, 32), seed=5)[None]
    made = {"image": images[:, 0], "images": images}
    judge = objective(l1=1.0, texture=300.0)
    tables = judge.by_image_and_class(layout, real, images)
    total = tables["l1"] + 300 * tables["texture"]
    terms = judge.generator_terms(layout, real, made)
    expected = (0.999 * total.min(1).values + 0.001 * total.mean(1)).sum()
    assert (terms["l1"] + 300 * terms["texture"]).item() == pytest.approx(expected.item(), rel=1e-6)


def test_one_image_is_a_plain_mean_difference() -> None:
    layout, real, fake = random_cond(2, False, (32, 32)), random_image(2, (32, 32)), random_image(2, (32, 32), 3)
    terms = objective(images=1, l1=1.0).generator_terms(layout, real, {"image": fake})
    assert terms["l1"].item() == pytest.approx(127.5 * F.l1_loss(fake, real).item(), rel=1e-6)


def test_a_class_that_is_absent_costs_nothing() -> None:
    layout = torch.stack((torch.ones(1, 32, 32), torch.zeros(1, 32, 32)), dim=1)
    tables = objective(l1=1.0, texture=1.0).by_image_and_class(
        layout, random_image(1, (32, 32)), random_image(3, (32, 32), 1)[None]
    )
    for table in tables.values():
        assert bool((table[..., 1] == 0).all())
        assert bool((table[..., 0] > 0).all())


def test_photos_are_constants_and_no_network_is_trained_against_it() -> None:
    real = random_image(1, (32, 32)).requires_grad_()
    images = random_image(3, (32, 32), 1)[None].requires_grad_()
    judge = objective(l1=1.0, texture=1.0)
    made = {"images": images, "image": images[:, 0]}
    terms = judge.generator_terms(random_cond(2, False, (32, 32), 1), real, made)
    torch.stack(list(terms.values())).sum().backward()
    assert images.grad is not None
    assert bool(images.grad.isfinite().all())
    assert real.grad is None
    assert judge.discriminator_module() is None
    assert list(judge.parameters()) == []


@pytest.mark.parametrize(
    ("recipe", "told"),
    [
        ("cityscapes", r"imagenet-vgg-verydeep-19\.mat.*fetch vgg19-matconvnet.*'-torchvision'.*--without vgg"),
        ("cityscapes-torchvision", r"torchvision's VGG-19.*fetch vgg19-imagenet.*--without vgg"),
    ],
)
def test_missing_vgg_weights_are_told(recipe: str, told: str) -> None:
    network = generators.create("crn", num_labels=20, edges=False, size=(64, 128), width=2, images=9)
    with pytest.raises(GeneratorError, match=told):
        HindsightObjective(network, generators.info("crn").recipes[recipe])


# Learning


def test_nine_images_come_apart_when_photos_of_a_layout_differ(tmp_path: Path) -> None:
    case = dataclasses.replace(NINE, options={"width": 8}, size=(16, 32))
    layout = random_cond(6, False, (16, 32), 1)
    photos = [torch.full((1, 3, 16, 32), value) for value in (-0.8, 0.0, 0.8)]
    recipe = dataclasses.replace(case.recipe, loss_weights={"l1": 1.0}, steps=150, decay_steps=0, flip=0.0)
    network = case.generator()
    generators.train(
        Fabric(accelerator="cpu", devices=1),
        network,
        HindsightObjective(network, recipe),
        lambda start: ((layout, photos[step % 3]) for step in itertools.count(start)),
        recipe,
        tmp_path,
        seed=0,
    )
    with torch.no_grad():
        images = network.eval().stages(layout)["images"][0]
    nearest = [min((image - photo).abs().mean().item() for image in images) for photo in photos]
    assert max(nearest) < 0.15  # for every photo there is an image
    assert images.mean((1, 2, 3)).std() > 0.2


# Files


def test_a_checkpoint_of_tensorflow_makes_the_same_network(tmp_path: Path) -> None:
    network, layout = crn(), NINE.cond()
    refill_all(network)
    variables = official(network)
    np.savez(tmp_path / "crn.npz", **variables)
    save_file({name: torch.from_numpy(value) for name, value in variables.items()}, tmp_path / "crn.safetensors")
    for file in ("crn.npz", "crn.safetensors"):
        other = crn()
        generators.load_state(other, generators.read_state(tmp_path / file), file)
        with torch.no_grad():
            assert torch.equal(other.stages(layout)["images"], network.stages(layout)["images"])


def official(network: Crn) -> dict[str, np.ndarray[Any, Any]]:
    """Write the variables of an official checkpoint by the facts' names and axis order, Adam's slots among them."""
    found: dict[str, np.ndarray[Any, Any]] = {"beta1_power": np.array(0.9), "beta2_power": np.array(0.999)}
    last = network.rows[-1]
    for rows in network.rows:
        for name in (f"g_{rows}_conv1", f"g_{rows}_conv2"):
            layer = network.get_submodule(name)
            assert isinstance(layer, NormedConv)
            found[f"{name}/weights"] = layer.weight.detach().permute(2, 3, 1, 0).contiguous().numpy()
            found[f"{name}/LayerNorm/gamma"] = layer.LayerNorm.weight.detach().numpy()
            found[f"{name}/LayerNorm/beta"] = layer.LayerNorm.bias.detach().numpy()
    head = network.get_submodule(f"g_{last}_conv100")
    assert isinstance(head, torch.nn.Conv2d) and head.bias is not None
    found[f"g_{last}_conv100/weights"] = head.weight.detach().permute(2, 3, 1, 0).contiguous().numpy()
    found[f"g_{last}_conv100/biases"] = head.bias.detach().numpy()
    slots = {f"{name}/{slot}": np.zeros_like(value) for name, value in found.items() for slot in ("Adam", "Adam_1")}
    return found | slots


def test_a_checkpoint_of_other_labels_says_of_how_many(tmp_path: Path) -> None:
    np.savez(tmp_path / "crn.npz", **official(crn()))
    other = generators.create("crn", num_labels=151, edges=False, size=(64, 128), width=2, images=9)
    with pytest.raises(GeneratorError, match="made for 6 condition channels, this network for 151"):
        generators.load_state(other, generators.read_state(tmp_path / "crn.npz"), "crn.npz")


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
@pytest.mark.parametrize("what", ["missing", "damaged", "empty", "cut", "an array", "pickled"])
def test_other_files_are_refused(tmp_path: Path, suffix: str, what: str) -> None:
    path = tmp_path / f"crn{suffix}"
    if what == "damaged":
        path.write_bytes(b"PK\x03\x04" + bytes(100))
    if what == "empty":
        path.write_bytes(b"")
    if what == "cut":
        np.savez(tmp_path / "whole.npz", **official(crn()))
        save_file({"a": torch.zeros(100)}, tmp_path / "whole.safetensors")
        path.write_bytes((tmp_path / f"whole{suffix}").read_bytes()[:-90])
    if what == "an array":
        np.save(tmp_path / "array.npy", np.zeros(3))
        (tmp_path / "array.npy").rename(path)
    if what == "pickled":
        np.savez(tmp_path / "objects.npz", a=np.array([{}], dtype=object))
        (tmp_path / "objects.npz").rename(path)
    with pytest.raises(
        GeneratorError, match=r"does not exist|cannot be read as arrays by name.*docs/weights\.md"
    ) as caught:
        generators.read_state(path)
    assert str(path) in str(caught.value)


# Paper size


@pytest.mark.parametrize(
    ("recipe", "images", "expected"),
    [
        ("cityscapes", 9, 97_875_483),
        ("cityscapes", 1, 97_863_171),
        ("cityscapes-512p", 1, 98_622_851),
        ("cityscapes-1024p", 1, 98_674_531),
    ],
)
def test_parameters(recipe: str, images: int, expected: int) -> None:
    chosen = generators.info("crn").recipes[recipe]
    assert chosen.size is not None
    with torch.device("meta"):
        network = generators.create(
            "crn", num_labels=20, edges=False, size=chosen.size, **{**chosen.model, "images": images}
        )
    assert generators.parameter_count(network) == expected


def test_the_finer_networks_start_from_the_modules_of_the_coarse_one() -> None:
    recipes = generators.info("crn").recipes
    with torch.device("meta"):
        states = [
            generators.create("crn", num_labels=20, edges=False, size=recipes[name].size or (0, 0)).state_dict()
            for name in ("cityscapes", "cityscapes-512p", "cityscapes-1024p")
        ]
    shared = [{key: tuple(x.shape) for key, x in state.items() if key.startswith(COARSE)} for state in states]
    kept = {key: value for key, value in shared[0].items() if "conv100" not in key}
    assert kept == shared[1] == shared[2]
    assert len(kept) == 7 * 2 * 3


# Speed and pins


@torch.no_grad()
@pytest.mark.parametrize("case", [ONE, NINE], ids=str)
def test_the_plain_network_of_the_benchmark_is_the_same(case: Case) -> None:
    network = crn(case)
    refill_all(network)
    torch.testing.assert_close(plain(network)(case.cond(), None), network(case.cond()), atol=1e-5, rtol=0)
    number = network.noise_of(4, torch.Generator())
    torch.testing.assert_close(plain(network)(case.cond(1), number), network(case.cond(1), number), atol=1e-5, rtol=0)


@torch.no_grad()
def test_pinned_outputs() -> None:
    network = generators.create("crn", num_labels=7, edges=False, size=(32, 64), widths=[6, 5, 4, 3], images=3)
    refill_all(network)
    images = network.eval().stages(cond(7, False, (32, 64)))["images"]
    assert summary(images) == pytest.approx(
        [0.200626, 0.717384, -0.290784, -0.028533, 0.046005, -0.017103], abs=TOLERANCE
    )
