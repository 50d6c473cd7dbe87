"""Variants of LGGAN: setups of the ablation, the text's network, the released code's slip, what can be looked at."""

from __future__ import annotations

import dataclasses
from typing import Any, get_args

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

import generators
from generators import GeneratorError
from generators._lggan_objective import LGGANObjective, local_l1_released
from generators._lggan_recipes import CITYSCAPES, Setup
from generators.layers.class_filter import ClassPlanes, local_l1
from generators.layers.losses import gan_loss
from generators.lggan import LGGAN
from tests.generators import pinned
from tests.generators.test_paper_sizes import paper_generator
from tests.generators.tiny import SIZE, Case, random_image
from tests.golden._key_hash import refill_all

SETUPS = get_args(Setup)


def case(setup: str, **options: Any) -> Case:
    return Case("lggan", f"quick-{setup.lower()}", options)


def network(setup: str, **options: Any) -> LGGAN:
    built = case(setup, **options).generator()
    assert isinstance(built, LGGAN)
    return built.eval()


def parts(built: nn.Module) -> set[str]:
    return {name.partition(".")[0] for name in built.state_dict()}


# What each setup has


def test_every_setup_adds_to_the_one_before() -> None:
    have = {setup: parts(network(setup)) for setup in SETUPS}
    heads = {f"deconv5_{i}" for i in range(6)} | {f"resnet_blocks{i}" for i in range(1, 10)}
    assert have["S2"] - have["S1"] == heads | {"deconv3_local", "deconv4_local"}
    assert have["S3"] - have["S2"] == {"deconv9"}
    assert have["S4"] - have["S3"] == {"fc2"}
    assert have["S5"] - have["S4"] == {"deconv3_attention", "deconv4_attention", "deconv5_attention"}
    assert have["S1"] < have["S2"] < have["S3"] < have["S4"] < have["S5"]


def test_recipes_are_that_of_the_whole_without_the_losses_of_what_is_not_there() -> None:
    recipes = generators.info("lggan").recipes
    for name in ("cityscapes", "ade20k", "quick"):
        whole = recipes[name]
        assert recipes[f"{name}-s5"] == whole
        for setup, without in (("S1", {"class", "local_l1"}), ("S2", {"class"}), ("S3", {"class"}), ("S4", set())):
            recipe = recipes[f"{name}-{setup.lower()}"]
            assert recipe.model == {**whole.model, "setup": setup}
            assert recipe.loss_weights == {k: v for k, v in whole.loss_weights.items() if k not in without}
            assert setup in recipe.source
            same = {"source": whole.source, "model": whole.model, "loss_weights": whole.loss_weights}
            assert dataclasses.replace(recipe, **same) == whole


@torch.no_grad()
def test_s1_is_the_global_image() -> None:
    built, cond = network("S1"), case("S1").cond()
    stages = built.stages(cond)
    assert set(stages) == {"image"}
    whole = network("S5")
    built.load_state_dict({key: value for key, value in whole.state_dict().items() if key in built.state_dict()})
    assert torch.equal(built(cond), whole.stages(cond)["global"])


@torch.no_grad()
@pytest.mark.parametrize("setup", ["S2", "S3", "S4"])
def test_local_and_global_image_by_halves(setup: str) -> None:
    built, cond = network(setup), case(setup).cond()
    stages = built.stages(cond)
    images = [torch.stack([planes.dense(i) for planes in stages["class_planes"]]) for i in range(6)]
    local = torch.stack(images).sum(0) if setup == "S2" else torch.tanh(built.deconv9(torch.cat(images, dim=1)))
    torch.testing.assert_close(stages["local"], local.clamp(-1, 1), atol=1e-5, rtol=0)
    assert stages["local"].std() > 0.01
    torch.testing.assert_close(stages["image"], (stages["local"] + stages["global"]) / 2)
    assert not {"weight_local", "weight_global"} & set(stages)
    quarter = network(setup, local_share=0.25)
    torch.testing.assert_close(quarter(cond), 0.25 * stages["local"] + 0.75 * stages["global"])


@torch.no_grad()
def test_a_sum_beyond_the_range_is_cut() -> None:
    built, cond = network("S2"), case("S2").cond()
    for i in range(6):
        built.get_submodule(f"deconv5_{i}").get_parameter("bias").fill_(9)
    stages = built.stages(cond)
    assert stages["local"].max() == 1
    torch.testing.assert_close(stages["image"], (1 + stages["global"]) / 2)


def test_absent_classes_are_part_of_the_sum() -> None:
    built, cond = network("S2").train(), case("S2").cond()
    cond[:, :6] = 0
    cond[:, 1] = 1
    stages = built.stages(cond)
    expected = sum((planes.dense(i) for i in range(6) for planes in stages["class_planes"][:1]), torch.zeros(3, *SIZE))
    torch.testing.assert_close(stages["local"][0], expected.clamp(-1, 1))
    stages["local"].sum().backward()
    grad = built.get_submodule("deconv5_4").get_parameter("bias").grad
    assert grad is not None
    assert grad.abs().min() > 0


def test_classes_are_learned_in_s4_and_s5_alone() -> None:
    for setup in SETUPS:
        built = network(setup).train()
        trained = case(setup).objective(built).train()
        cond, real = case(setup).cond(), random_image(2, SIZE)
        terms = trained.generator_terms(cond, real, trained.stages(built, cond, real))
        assert ("class" in terms) == (setup in ("S4", "S5")), setup
        assert ("local_l1" in terms) == (setup != "S1"), setup


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"setup": "S6"}, "setup 'S6' is not one of S1, S2, S3, S4, S5"),
        ({"setup": "s1"}, "setup 's1' is not one of"),
        ({"local_share": 1.5}, r"share is 1\.5; expected a number from 0 to 1"),
        ({"local_share": float("nan")}, "share is nan"),
    ],
)
def test_options_that_are_none(options: dict[str, Any], message: str) -> None:
    with pytest.raises(GeneratorError, match=message):
        Case("lggan", "quick", options).generator()


def test_weights_of_another_setup_are_refused() -> None:
    with pytest.raises(GeneratorError, match=r"another method or variant.*\n.*deconv9.weight: not part of it"):
        generators.load_state(network("S2"), network("S3").state_dict(), "g.pth")


@pytest.mark.parametrize(
    ("setup", "expected"),
    [("S1", 99_429_763), ("S2", 110_749_420), ("S3", 110_752_258), ("S4", 110_754_533), ("S5", 111_123_495)],
)
def test_parameters_at_paper_size(setup: str, expected: int) -> None:
    """S5 is the official number; the parts of the layer list are taken off it."""
    assert generators.parameter_count(paper_generator("lggan", "cityscapes", setup=setup)) == expected
    local = 9 * 2 * (256 * 256 * 9 + 256) + (256 * 128 + 128 * 64) * 9 + 128 + 64 + 35 * (64 * 49 * 3 + 3)
    fusion, classifier = 105 * 3 * 9 + 3, 64 * 35 + 35
    weights = (256 * 128 + 128 * 64) * 9 + 128 + 64 + 64 * 2 + 2
    less = {"S5": 0, "S4": weights, "S3": weights + classifier, "S2": weights + classifier + fusion}
    assert 111_123_495 - expected == less.get(setup, weights + classifier + fusion + local)


# The discriminator


@pytest.mark.parametrize(("setup", "judged"), [("S1", ["image"]), ("S4", ["image", "global", "local"])])
def test_one_discriminator_judges_every_image_beside_its_layout(setup: str, judged: list[str]) -> None:
    built = network(setup)
    trained = case(setup).objective(built).eval()
    assert isinstance(trained, LGGANObjective)
    assert list(trained.judged) == judged
    cond, real = case(setup).cond(), random_image(2, SIZE)
    with torch.no_grad():
        stages = trained.stages(built, cond, real)
        terms = trained.discriminator_terms(cond, real, stages)
        of_g = trained.generator_terms(cond, real, {**stages, **built.train().stages(cond)} | stages)
        alone = {name: trained.discriminator(cond, stages[name]) for name in judged}
        true = trained.discriminator(cond, real)
        other = trained.discriminator(cond.flip(0), stages["image"])
    fake = sum(float(gan_loss(alone[name], is_real=False, for_d=True)) for name in judged)
    assert terms["fake"].item() == pytest.approx(fake, rel=1e-4)
    expected = len(judged) * float(gan_loss(true, is_real=True, for_d=True))
    assert terms["real"].item() == pytest.approx(expected, rel=1e-4)
    hinge = sum(float(gan_loss(alone[name], is_real=True, for_d=False)) for name in judged)
    assert of_g["gan"].item() == pytest.approx(hinge, rel=1e-4)
    assert (alone["image"][0][-1] - other[0][-1]).abs().max() > 1e-3  # the layout is part of what is judged


def test_adversarial_gradients_reach_all_three_branches_and_the_discriminators_none() -> None:
    built = network("S5").train()
    trained = case("S5").objective(built)
    trained.loss_weights = {"gan": 1.0}
    cond, real = case("S5").cond(), random_image(2, SIZE)
    stages = trained.stages(built, cond, real)
    trained.generator_terms(cond, real, stages)["gan"].backward()
    layers = (built.conv_img, built.deconv9, built.deconv5_attention, built.conv1)
    assert all(layer.weight.grad is not None and layer.weight.grad.abs().max() > 0 for layer in layers)
    built.zero_grad()
    detached = {name: value.detach() for name, value in stages.items() if isinstance(value, Tensor)}
    sum(trained.discriminator_terms(cond, real, detached).values(), torch.zeros(())).backward()
    assert all(parameter.grad is None for parameter in built.parameters())


# The text's network and the code's slip


def test_as_printed_every_layer_has_spectral_norm() -> None:
    printed = Case("lggan", "cityscapes-paper")
    built = printed.generator()
    trained = printed.objective(built)
    assert isinstance(trained, LGGANObjective)
    for whole in (built, trained.discriminator):
        layers = {n: m for n, m in whole.named_modules() if isinstance(m, nn.Conv2d | nn.ConvTranspose2d | nn.Linear)}
        without = {name for name, layer in layers.items() if not hasattr(layer, "weight_orig")}
        assert without == {name for name in layers if ".mlp_" in name}  # inside of SPADE norms
    cond = printed.cond(1)
    with torch.no_grad():
        for _ in range(30):
            built.train().stages(cond)  # the vectors find their layers
        built.eval()(cond)
    for name in ("conv1", "deconv3_local", "deconv5_0", "deconv9", "deconv5_attention"):
        layer = built.get_submodule(name)
        weight = layer.weight
        assert isinstance(weight, Tensor)
        matrix = weight.transpose(0, 1) if isinstance(layer, nn.ConvTranspose2d) else weight
        assert torch.linalg.matrix_norm(matrix.flatten(1), 2).item() == pytest.approx(1, abs=0.05), name


@torch.no_grad()
def test_as_printed_the_weights_come_from_normed_maps() -> None:
    built = network("S5", printed=True)
    cond = case("S5").cond()
    seen: list[Tensor] = []
    built.deconv5_attention.register_forward_hook(lambda module, inputs, output: seen.append(output))
    stages = built.stages(cond)
    expected = torch.softmax(F.relu(F.instance_norm(seen[0])), dim=1)
    torch.testing.assert_close(torch.cat((stages["weight_local"], stages["weight_global"]), dim=1), expected)


def test_as_printed_every_class_of_ade20k_has_a_generator() -> None:
    recipes = generators.info("lggan").recipes
    printed = paper_generator("lggan", "ade20k", local_classes=None, local_rest=None, printed=True)
    assert isinstance(printed, LGGAN)
    assert (printed.local_classes, printed.branches) == (151, 151)
    assert recipes["ade20k-paper"].model == {"upsampling": "normal", "printed": True}
    assert recipes["cityscapes-paper"].betas == recipes["ade20k-paper"].betas == (0.0, 0.999)
    assert recipes["cityscapes"].betas == (0.0, 0.9)


def test_the_released_slip_gives_trucks_the_mask_of_cars() -> None:
    classes = torch.tensor([[26, 27], [0, 27]])
    real = torch.full((3, 2, 2), 0.5)
    planes = ClassPlanes(torch.tensor([0, 26, 27]), torch.zeros(3, 3, 2, 2), torch.zeros(35, 3))
    planes.planes[2] = 0.25  # the truck's image
    # right: |0.25 - 0.5| on two pixels of four and 0.25 on two; with the cars' mask on one and on three: all the same
    assert local_l1(planes, classes, real).item() == pytest.approx(0.5 / 4 + 0.5 / 4 + 0.25)
    planes.planes[2] = -0.25
    assert local_l1(planes, classes, real).item() == pytest.approx(0.25 + (2 * 0.75 + 2 * 0.25) / 4)
    assert local_l1_released(planes, classes, real).item() == pytest.approx(0.25 + (0.75 + 3 * 0.25) / 4)
    absent = ClassPlanes(torch.tensor([26]), torch.zeros(1, 3, 2, 2), torch.full((35, 3), 0.1))
    only_cars = torch.full((2, 2), 26)
    assert local_l1(absent, only_cars, real).item() == pytest.approx(0.5 + 34 * 0.1)
    assert local_l1_released(absent, only_cars, real).item() == pytest.approx(0.5 + 33 * 0.1 + 0.4)


def test_the_released_training_differs_by_that_term_alone() -> None:
    recipe = generators.info("lggan").recipes["cityscapes-released"]
    weights = dict(recipe.loss_weights)
    weights["local_l1"] = weights.pop("local_l1_released")
    assert weights == dict(CITYSCAPES.loss_weights)
    assert dataclasses.replace(recipe, source=CITYSCAPES.source, loss_weights=CITYSCAPES.loss_weights) == CITYSCAPES


# What can be looked at


@torch.no_grad()
def test_pictures_of_the_whole_method() -> None:
    built, cond = network("S5"), case("S5").cond()
    cond[:, :6] = 0
    cond[:, 1, :, :40] = 1  # classes 1 and 4, in the first sample also 2
    cond[:, 4, :, 40:] = 1
    cond[0, 4, :8, 40:], cond[0, 2, :8, 40:] = 0, 1
    shown, stages, features = built.pictures(cond), built.stages(cond), built.local_features(cond)
    assert list(shown) == [
        *("local", "weight_local", "global", "weight_global", "class_images", "class", "features_1", "features_2")
    ]
    assert list(shown["class"]) == [1, 2, 4]
    for name in ("local", "weight_local", "global", "weight_global"):
        assert torch.equal(shown[name], stages[name])
    for index, image in shown["class"].items():
        assert torch.equal(image, torch.stack([planes.dense(index) for planes in stages["class_planes"]]))
        mask = cond[:, index : index + 1].expand(-1, 3, -1, -1).bool()
        assert torch.equal(shown["class_images"][mask], image[mask])
    for channel in (0, 1):
        x = features[:, channel : channel + 1]
        expected = x / x.flatten(1).amax(1).view(2, 1, 1, 1)
        torch.testing.assert_close(shown[f"features_{channel + 1}"], expected)


@torch.no_grad()
def test_pictures_of_other_setups() -> None:
    assert network("S1").pictures(case("S1").cond()) == {}
    assert list(network("S2").pictures(case("S2").cond()))[:4] == ["local", "global", "class_images", "class"]
    rest = network("S5", local_classes=4, local_rest=True)
    assert list(rest.pictures(case("S5").cond())["class"]) == [0, 1, 2, 3, "rest"]
    wide = LGGAN(num_labels=1, edges=False, size=(32, 64), width=64, hidden=4).eval()
    features = list(wide.pictures(torch.ones(1, 1, 32, 64)))
    assert features[-6:] == [f"features_{channel}" for channel in (30, 31, 32, 50, 51, 52)]


# Pinned outputs; see test_pinned

PINNED: dict[str, list[float]] = {
    "S1": [0.25554, 0.656846, 0.911863, 0.90769, 0.99929, -0.916058],
    "S2": [0.086154, 0.386769, 0.372036, 0.676922, 0.448798, -0.179855],
    "S3": [0.124716, 0.355682, 0.708116, 0.354743, 0.503864, -0.56713],
    "S4": [0.124716, 0.355682, 0.708116, 0.354743, 0.503864, -0.56713],
    "printed": [0.064629, 0.466265, 0.042253, -0.418732, 0.276315, 0.60976],
}


@torch.no_grad()
@pytest.mark.parametrize("setup", ["S1", "S2", "S3", "S4", "printed"])
def test_pinned(setup: str) -> None:
    options: dict[str, Any] = {"printed": True} if setup == "printed" else {"setup": setup}
    built = generators.create(
        "lggan", num_labels=7, edges=True, size=(64, 128), width=4, hidden=8, upsampling="more", **options
    )
    refill_all(built)
    cond = pinned.cond(7, True, (64, 128))
    built.train()(cond)
    assert pinned.summary(built.eval()(cond)) == pytest.approx(PINNED[setup], abs=pinned.TOLERANCE)
