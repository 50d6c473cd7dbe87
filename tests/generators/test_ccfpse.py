"""What is CC-FPSE's own: how its blocks read a layout, prepared layouts, the feature-pyramid discriminator, recipes."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

import generators
from benchmarks.plain.ccfpse import plain
from generators import GeneratorError
from generators import _ccfpse_block as block_module
from generators._ccfpse_condition import Condition, Layout
from generators._ccfpse_objective import CCFPSEObjective
from generators._fpse_discriminator import FPSEDiscriminator, matching_loss
from generators.ccfpse import BLOCKS, CCFPSE
from generators.layers.discriminators import Features, judge
from tests.generators import pinned
from tests.generators.test_paper_sizes import layout, paper_generator
from tests.generators.tiny import LABELS, SIZE, Case, random_cond, random_image
from tests.golden._key_hash import refill_all

QUICK = Case("ccfpse", "quick")
STYLE = Case("ccfpse", "quick-style", {"z_dim": 8})


def network(case: Case = QUICK, **options: Any) -> CCFPSE:
    built = dataclasses.replace(case, options={**case.options, **options}).generator()
    assert isinstance(built, CCFPSE)
    with torch.no_grad():  # running statistics that are not those of the start
        built.train()(case_cond(case), built.sample_noise(2, torch.Generator().manual_seed(9)))
    return built.eval()


def case_cond(case: Case) -> Tensor:
    return street(case) if case.size == SIZE else case.cond()


def street(case: Case = QUICK) -> Tensor:
    """Layouts of few labels in large regions, with edges between them, (2, 7, 64, 128)."""
    ids = torch.zeros(2, *SIZE, dtype=torch.long)
    ids[:, 30:], ids[0, 20:44, 10:50], ids[1, 35:50, 90:110] = 1, 2, 3
    edges = torch.zeros(2, 1, *SIZE)
    edges[:, :, 29:31] = edges[:, :, 20:44, 9:11] = 1
    return torch.cat((F.one_hot(ids, case.labels[0]).permute(0, 3, 1, 2).float(), edges), dim=1)


def style(n: int, seed: int = 0) -> Tensor:
    return torch.randn(n, 8, generator=torch.Generator().manual_seed(seed))


# How a layout is read


@torch.no_grad()
@pytest.mark.parametrize("kind", ["street", "noise", "soft"])
def test_first_convolutions_of_a_band_are_those_of_the_whole(kind: str) -> None:
    rng = torch.Generator().manual_seed(0)
    cond = {
        "street": street(),
        "noise": random_cond(6, True, SIZE),
        "soft": torch.rand(2, 7, *SIZE, generator=rng),
    }[kind]
    features = torch.randn(2, 5, 32, 64, generator=rng)
    torch.manual_seed(0)
    convs = [nn.Conv2d(12, 4, 3, padding=1) for _ in range(3)]
    condition = Condition(Layout(cond), features)
    assert (condition.numbers is None) == (kind == "soft")
    small = F.interpolate(cond, size=(32, 64), mode="nearest")
    assert torch.equal(condition.whole(), torch.cat((small, features), dim=1))
    read = condition.reader(convs)
    for top, bottom in ((0, 32), (0, 8), (8, 20), (20, 32)):
        for conv, part in zip(convs, read(top, bottom), strict=True):
            whole = F.pad(F.relu(conv(condition.whole())), (1, 1, 1, 1)).permute(0, 2, 3, 1)
            torch.testing.assert_close(part, whole[:, top : bottom + 2], atol=1e-6, rtol=0)


def test_small_maps_and_conditions_of_other_types_are_convolved_as_they_are() -> None:
    features = torch.zeros(1, 2, 16, 32)
    assert Condition(Layout(street()[:1]), features).numbers is None
    assert Condition(Layout(street()[:1].bfloat16()), torch.zeros(1, 2, *SIZE)).numbers is None


@torch.no_grad()
def test_a_layout_is_looked_up_where_it_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    heights: list[int] = []
    numbers = Layout.numbers
    monkeypatch.setattr(Layout, "numbers", lambda self, size: (heights.append(size[0]), numbers(self, size))[1])
    network()(street())
    assert sorted(heights) == [32, 64]


# The generator


@torch.no_grad()
@pytest.mark.parametrize("band", [2**14, 512])
@pytest.mark.parametrize(
    "options",
    [{}, {"z_dim": 8}, {"upsampling": "normal"}, {"upsampling": "normal", "z_dim": 8, "unknown_first": True}],
    ids=str,
)
def test_it_is_what_the_layer_list_says(options: dict[str, Any], band: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(block_module, "BAND", band)
    built, cond = network(**options), street()
    noise = built.sample_noise(2, torch.Generator().manual_seed(0))
    assert built.start_size == ((2, 4) if options.get("upsampling") == "normal" else (1, 2))
    torch.testing.assert_close(built(cond, noise), plain(built)(cond, noise), atol=1e-5, rtol=0)


@torch.no_grad()
def test_wide_blocks_go_by_tiles_and_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(block_module, "BAND", 1024)
    torch.manual_seed(0)
    built = block_module.CCBlock(128, 64, 9, hidden=64)
    generators.xavier_init(built, 0.7)
    rng = torch.Generator().manual_seed(0)
    condition = Condition(Layout(street()), torch.randn(2, 2, *SIZE, generator=rng))
    x = torch.randn(2, 128, *SIZE, generator=rng).contiguous(memory_format=torch.channels_last)
    built.train()(x, condition)
    with torch.enable_grad():
        learning = built.eval()(x, condition)
    assert learning.requires_grad
    torch.testing.assert_close(built(x, condition), learning.detach(), atol=2e-5, rtol=0)


def test_the_images_of_training_and_of_evaluation_are_one_function() -> None:
    built, cond = network(), street()
    with torch.no_grad():
        image = built(cond)
    torch.testing.assert_close(built(cond).detach(), image, atol=1e-5, rtol=0)


@torch.no_grad()
def test_what_the_released_ade20k_checkpoint_calls_channel_0_is_our_last() -> None:
    built, cond = network(upsampling="normal"), street()
    other = network(upsampling="normal", unknown_first=True)
    other.load_state_dict(built.state_dict())
    moved = torch.cat((cond[:, 1:6], cond[:, :1], cond[:, 6:]), dim=1)
    assert torch.equal(other(moved), built(cond))


@torch.no_grad()
def test_an_untrained_network_is_finite() -> None:
    case = dataclasses.replace(STYLE, recipe_name="cityscapes")
    image = case.generator().eval()(case.cond(), style(2))
    assert bool(image.isfinite().all())
    assert image.std() > 0.01


def test_gains_of_batch_norms_start_around_1() -> None:
    gains = torch.cat([m.weight for m in network().modules() if isinstance(m, nn.BatchNorm2d) and m.affine])
    assert gains.mean().item() == pytest.approx(1, abs=0.005)
    assert gains.std().item() == pytest.approx(0.02, rel=0.1)


@pytest.mark.parametrize(("size", "upsampling"), [((32, 64), "more"), ((96, 128), "more"), ((48, 64), "normal")])
def test_sizes_that_it_cannot_make_are_refused(size: tuple[int, int], upsampling: str) -> None:
    with pytest.raises(
        GeneratorError, match=f"multiples of {64 if upsampling == 'more' else 32}; got {size[0]}x{size[1]}"
    ):
        generators.create("ccfpse", num_labels=6, edges=True, size=size, upsampling=upsampling, width=2)
    with pytest.raises(GeneratorError, match="'most' is not one of normal, more"):
        generators.create("ccfpse", num_labels=6, edges=True, size=SIZE, upsampling="most")


# Styles, and layouts that are prepared once


@torch.no_grad()
def test_more_images_of_a_layout_compute_nothing_of_the_layout_again() -> None:
    built, cond = network(STYLE), street()
    expected = [built(cond, style(2, seed)) for seed in (1, 2)]
    made = built.of_layout(cond)
    for name, parameter in built.named_parameters():
        if name.startswith("label") or ".gen_" in name or ".mlp_" in name:
            parameter.fill_(torch.nan)
    assert not built(cond, style(2)).isfinite().any()
    for seed, image in zip((1, 2), expected, strict=True):
        torch.testing.assert_close(made(style(2, seed)), image, atol=1e-5, rtol=0)


@torch.no_grad()
def test_one_layout_serves_any_number_of_styles() -> None:
    built, cond = network(STYLE), street()[:1]
    prepared = built.prepare_layout(cond)
    images = built.paint(prepared, style(3))
    assert images.shape == (3, 3, *SIZE)
    for image, noise in zip(images, style(3), strict=True):
        torch.testing.assert_close(image[None], built(cond, noise[None]), atol=1e-5, rtol=0)
    assert (images[0] - images[1]).abs().max() > 0.01


def test_layouts_are_prepared_in_evaluation_for_networks_with_styles() -> None:
    built = network(STYLE)
    with pytest.raises(GeneratorError, match="prepared in evaluation"):
        built.train().prepare_layout(street())
    prepared = built.eval().prepare_layout(street())
    with pytest.raises(GeneratorError, match="2 prepared layouts and 3 styles"):
        built.paint(prepared, style(3))
    with pytest.raises(GeneratorError, match="built for"):
        built.prepare_layout(street()[:, 1:])
    with pytest.raises(ValueError, match="sample_noise"):
        built.of_layout(street())(None)
    with torch.no_grad():
        assert torch.equal(network().of_layout(street())(None), network()(street()))


def test_a_style_must_be_given() -> None:
    with pytest.raises(ValueError, match="sample_noise"):
        network(STYLE)(street())


# The discriminator and the losses


def discriminator() -> FPSEDiscriminator:
    torch.manual_seed(0)
    built = FPSEDiscriminator(7, width=2)
    generators.xavier_init(built, 0.7)
    with torch.no_grad():
        for _ in range(5):  # the random vectors of spectral norm find their layers
            built.train()(street(), random_image(2, SIZE))
    return built.eval()


@torch.no_grad()
def test_a_prediction_is_realism_plus_agreement_with_the_layout() -> None:
    built, cond, image = discriminator(), street(), random_image(2, SIZE)
    scales = built(cond, image)
    assert [tuple(scale[-1].shape) for scale in scales] == [(2, 1, 16, 32), (2, 1, 8, 16), (2, 1, 4, 8)]
    shapes = [tuple(features.shape[1:]) for features in scales[0][:-1]]
    assert shapes == [(4, 16, 32), (8, 8, 16), (16, 4, 8), (16, 2, 4)]
    e2, e3, e4, e5 = scales[0][:-1]
    up = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False)
    t4 = up(built.get_submodule("lat5")(e5)) + built.get_submodule("lat4")(e4)
    t3 = up(t4) + built.get_submodule("lat3")(e3)
    t2 = up(t3) + built.get_submodule("lat2")(e2)
    embedded = built.embedding(cond)  # at the full size, as the paper has it
    for i, (top, factor) in enumerate(((t2, 4), (t3, 8), (t4, 16))):
        f = built.get_submodule(f"final{i + 2}")(top)
        expected = built.tf(f) + (F.avg_pool2d(embedded, factor) * built.seg(f)).sum(1, keepdim=True)
        torch.testing.assert_close(scales[i][-1], expected, atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_images_are_judged_together_as_one_by_one() -> None:
    built, cond = discriminator(), street()
    images = [random_image(2, SIZE, seed) for seed in (0, 1)]
    for together, image in zip(judge(built, cond, images), images, strict=True):
        for ours, alone in zip(together, built(cond, image), strict=True):
            for a, b in zip(ours, alone, strict=True):
                torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-5)


def test_feature_matching_is_the_mean_over_four_layers() -> None:
    def features(*values: float) -> Features:
        layers = [torch.full((1, 2, 3, 3), value, requires_grad=True) for value in values]
        return [[*layers, torch.zeros(1, 1, 3, 3)], [torch.zeros(1, 1, 2, 2)], [torch.zeros(1, 1, 1, 1)]]

    fake, real = features(0.0, 1.0, 2.0, 3.0), features(1.0, 1.0, 4.0, 8.0)
    loss = matching_loss(fake, real)
    assert loss.item() == pytest.approx((1 + 0 + 2 + 5) / 4)
    loss.backward()
    assert fake[0][0].grad is not None
    assert real[0][0].grad is None


def test_adversarial_terms_are_hinges_averaged_over_three_predictions() -> None:
    built = network()
    objective = QUICK.objective(built).eval()
    assert isinstance(objective, CCFPSEObjective)
    cond, real = street(), random_image(2, SIZE)
    with torch.no_grad():
        stages = objective.stages(built, cond, real)
        of_g, of_d = objective.generator_terms(cond, real, stages), objective.discriminator_terms(cond, real, stages)
        fake, true = ([scale[-1] for scale in objective.discriminator(cond, x)] for x in (stages["image"], real))
    assert of_g["gan"].item() == pytest.approx(-sum(p.mean().item() for p in fake) / 3, abs=1e-5)
    assert of_d["fake"].item() == pytest.approx(sum(F.relu(1 + p).mean().item() for p in fake) / 3, abs=1e-5)
    assert of_d["real"].item() == pytest.approx(sum(F.relu(1 - p).mean().item() for p in true) / 3, abs=1e-5)


def test_training_starts_from_the_style_of_the_real_image() -> None:
    built, cond, real = network(STYLE), street(), random_image(2, SIZE)
    objective = STYLE.objective(built).eval()
    encoder = objective.encoder()
    assert encoder is not None
    with torch.no_grad():
        torch.manual_seed(5)
        stages = objective.stages(built, cond, real)
        torch.manual_seed(5)
        mu, logvar = encoder(real)
        z = mu + torch.randn(2, 8) * (logvar / 2).exp()
        assert torch.equal(stages["image"], built(cond, z))
        terms = objective.generator_terms(cond, real, stages)
    expected = 0.5 * (mu.square() + logvar.exp() - 1 - logvar).sum().item()
    assert terms["kl"].item() == pytest.approx(expected, rel=1e-5)
    assert QUICK.objective(network()).encoder() is None


def test_missing_vgg_weights_are_told() -> None:
    recipe = dataclasses.replace(QUICK.recipe, loss_weights={"gan": 1.0, "vgg": 10.0})
    with pytest.raises(GeneratorError, match="--without vgg"):
        CCFPSEObjective(network(), recipe)


def test_images_that_the_discriminator_cannot_halve_are_refused() -> None:
    for size in ((32, 32), (48, 64), (64, 100)):
        with pytest.raises(GeneratorError, match=f"got images of {size[0]}x{size[1]}"):
            FPSEDiscriminator.require(size)
    FPSEDiscriminator.require((32, 64))
    tiny = dataclasses.replace(QUICK, size=(32, 32), options={"upsampling": "normal"}).generator()
    with pytest.raises(GeneratorError, match="32x32"):
        CCFPSEObjective(tiny, QUICK.recipe)


# Checkpoints and sizes of the paper, recipes


@pytest.mark.parametrize(
    ("recipe", "with_style", "without", "of_d"),
    [
        ("cityscapes", 128_055_555, 119_966_979, 5_175_873),
        ("ade20k", 140_704_323, 125_254_211, 5_190_593),
        ("coco_stuff", 141_939_843, 126_793_859, 5_194_817),
    ],
)
def test_parameters(recipe: str, with_style: int, without: int, of_d: int) -> None:
    assert generators.parameter_count(paper_generator("ccfpse", recipe)) == with_style
    assert generators.parameter_count(paper_generator("ccfpse", recipe, z_dim=0)) == without
    assert generators.parameter_count(paper_discriminator(recipe)) == of_d


def paper_discriminator(recipe: str) -> FPSEDiscriminator:
    labels, edges = LABELS[recipe]
    with torch.device("meta"):
        return FPSEDiscriminator(labels + edges, **generators.info("ccfpse").recipes[recipe].discriminator)


@pytest.mark.golden
def test_keys_and_shapes_are_those_of_the_released_checkpoints(golden_folder: Path) -> None:
    for recipe, file in (("cityscapes", "cityscapes"), ("ade20k", "ade20k"), ("coco_stuff", "coco")):
        for part, built in (("G", paper_generator("ccfpse", recipe)), ("D", paper_discriminator(recipe))):
            state = json.loads((golden_folder / "keys" / f"ccfpse-{file}-{part}.json").read_text())["state"]
            assert layout(built) == {key: (tuple(shape), dtype) for key, (shape, dtype) in state.items()}


def test_a_checkpoint_with_prefixes_is_taken(tmp_path: Path) -> None:
    built, other = network(), QUICK.generator(seed=1).eval()
    torch.save({f"module.{key}": value for key, value in built.state_dict().items()}, tmp_path / "200_net_G.pth")
    generators.load_state(other, generators.read_state(tmp_path / "200_net_G.pth"), "200_net_G.pth")
    assert torch.equal(built(street()), other(street()))


@pytest.mark.parametrize("case", [QUICK, STYLE], ids=str)
def test_a_checkpoint_of_another_data_set_says_how_many_channels_it_holds(case: Case) -> None:
    other = CCFPSE(9, True, SIZE, width=2, hidden=4, upsampling="more", z_dim=case.options.get("z_dim", 0))
    with pytest.raises(GeneratorError, match="made for 10 condition channels, this network for 7"):
        generators.load_state(network(case), other.state_dict(), "200_net_G.pth")


def test_parameters_without_effect_are_known() -> None:
    names = {name for name, _ in network().named_parameters() if name.startswith(CCFPSE.unused_parameters)}
    assert len(names) == 2 * 3 * len(BLOCKS)


def test_recipes_hold_what_code_and_paper_say() -> None:
    recipes = generators.info("ccfpse").recipes
    for name, epochs in (("cityscapes", (100, 100)), ("ade20k", (100, 100)), ("coco_stuff", (100, 0))):
        recipe = recipes[name]
        assert (recipe.epochs, recipe.decay_epochs, recipe.batch_size) == (*epochs, 16)
        assert (recipe.lr_g, recipe.lr_d, recipe.betas, recipe.init_gain) == (1e-4, 4e-4, (0.0, 0.9), 0.02)
        assert recipe.loss_weights == {"gan": 1, "feature_matching": 20, "vgg": 10, "kl": 0.05}
        assert (recipe.model["z_dim"], recipe.ema_decay, recipe.gan_mode, recipe.flip) == (256, None, "hinge", 0.5)
        assert recipes[f"{name}-paper"].betas == (0.0, 0.999)
    assert recipes["coco_stuff-decay"].decay_epochs == 100
    for name in (*LABELS, "quick"):
        base = "quick-style" if name == "quick" else name
        assert recipes[f"{name}-posterior"] == dataclasses.replace(recipes[base], style="posterior")
        assert recipes[base].style == "prior"
    assert [recipes[name].model.get("unknown_first", False) for name in LABELS] == [False, True, False]


# Pinned outputs; see test_pinned


@torch.no_grad()
@pytest.mark.parametrize("name", ["with a style", "from the layout"])
def test_the_pinned_generator(name: str) -> None:
    styled = name == "with a style"
    options: dict[str, Any] = {"upsampling": "more", "z_dim": 6} if styled else {"upsampling": "normal"}
    built = generators.create("ccfpse", num_labels=7, edges=True, size=SIZE, width=4, hidden=8, **options)
    refill_all(built)
    cond, noise = pinned.cond(7, True, SIZE), pinned.waves(2, 6) if styled else None
    built.train()(cond, noise)
    assert pinned.summary(built.eval()(cond, noise)) == pytest.approx(PINNED_IMAGES[name], abs=pinned.TOLERANCE)


@torch.no_grad()
def test_the_pinned_discriminator() -> None:
    built = FPSEDiscriminator(8, width=4)
    refill_all(built)
    cond, images = pinned.cond(7, True, SIZE), pinned.waves(2, 3, *SIZE)
    built.train()(cond, images)
    for scale, numbers in zip(built.eval()(cond, images), PINNED_PREDICTIONS, strict=True):
        assert pinned.summary(scale[-1]) == pytest.approx(numbers, abs=pinned.TOLERANCE)


PINNED_IMAGES = {
    "with a style": [-0.005097, 0.379191, 0.161092, -0.401566, 0.657024, -0.071562],
    "from the layout": [-0.06811, 0.337046, 0.397278, -0.637971, 0.683976, -0.420487],
}
PINNED_PREDICTIONS = [
    [0.098827, 0.815042, -1.477117, 1.190077, 0.224038, 1.460209],
    [0.147108, 0.870821, -0.65165, 1.584374, 0.146758, 0.139556],
    [0.122339, 0.661833, 0.34088, 0.991469, -0.372966, -0.035063],
]
