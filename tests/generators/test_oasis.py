"""What is OASIS' own: noise and layout together, N + 1 classes in balance, LabelMix, and its recipes."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

import generators
from benchmarks.plain.oasis import plain
from generators import GeneratorError
from generators._oasis_discriminator import OasisDiscriminator
from generators._oasis_objective import (
    OasisObjective,
    class_weights,
    fake_loss,
    labelmix,
    labelmix_mask,
    segmentation_loss,
)
from generators.layers.noise import resample_noise
from generators.oasis import Oasis
from sisbench import datasets
from sisbench.encode import Encoding, condition
from tests.generators import pinned
from tests.generators.test_paper_sizes import layout
from tests.generators.tiny import SIZE, Case, random_image
from tests.golden._key_hash import refill_all

QUICK = Case("oasis", "quick", {"z_dim": 8})


def network(**options: Any) -> Oasis:
    built = dataclasses.replace(QUICK, options={"z_dim": 8, **options}).generator()
    assert isinstance(built, Oasis)
    warm_up(built)
    return built.eval()


@torch.no_grad()
def warm_up(built: Oasis) -> None:
    """Let the random vectors of spectral norm find their layers."""
    for _ in range(5):
        built.train()(QUICK.cond(), built.sample_noise(2, torch.Generator().manual_seed(9)))


def objective(built: Oasis, **changes: Any) -> OasisObjective:
    recipe = dataclasses.replace(QUICK.recipe, **{"init_gain": 0.7, **changes})
    torch.manual_seed(1)
    trained = OasisObjective(built, recipe)
    with torch.no_grad():
        for _ in range(5):  # the random vectors of spectral norm find their layers
            trained.discriminator.train()(random_image(1, SIZE))
    return trained.eval()


# The balanced cross-entropy


def test_a_class_weighs_as_many_times_more_as_it_has_fewer_pixels() -> None:
    labels = torch.tensor([[[0, 1, 1], [2, 2, 2]], [[1, 1, 2], [4, 2, 2]]])  # 12 pixels: 1, 4, 6, 0, 1
    assert class_weights(labels, 5).tolist() == pytest.approx([0, 12 / (3 * 4), 12 / (3 * 6), 0, 12 / 3])
    assert class_weights(labels, 5, dont_care=False).tolist() == pytest.approx([12 / 4, 12 / 16, 12 / 24, 0, 12 / 4])


def test_a_batch_of_unlabelled_pixels_weighs_nothing() -> None:
    labels = torch.zeros(1, 2, 2, dtype=torch.int64)
    weights = class_weights(labels, 3)
    assert weights.tolist() == [0, 0, 0]
    logits = torch.randn(1, 4, 2, 2, requires_grad=True)
    loss = segmentation_loss(logits, labels, weights)
    loss.backward()
    assert loss.item() == 0
    assert logits.grad is not None
    assert not logits.grad.any()


def test_the_loss_is_the_mean_over_present_classes_of_each_ones_own_mean() -> None:
    rng = torch.Generator().manual_seed(0)
    labels = torch.tensor([[[0, 0, 1], [3, 3, 3]]])
    logits = torch.randn(1, 6, 2, 3, generator=rng)
    per_pixel = -logits.log_softmax(dim=1).gather(1, labels[:, None] + 1)[:, 0]
    expected = (per_pixel[labels == 1].mean() + per_pixel[labels == 3].mean()) / 2
    assert segmentation_loss(logits, labels, class_weights(labels, 5)).item() == pytest.approx(expected.item())
    expected = torch.stack([per_pixel[labels == label].mean() for label in (0, 1, 3)]).mean()
    weights = class_weights(labels, 5, dont_care=False)
    assert segmentation_loss(logits, labels, weights).item() == pytest.approx(expected.item())


def test_fakes_belong_to_class_0_at_every_pixel() -> None:
    logits = torch.zeros(1, 3, 1, 2)
    logits[0, 0, 0] = torch.tensor([0.0, 2.0])
    expected = (torch.tensor(3.0).log() + (torch.tensor(2.0).exp() + 2).log() - 2) / 2
    assert fake_loss(logits).item() == pytest.approx(expected.item())


# LabelMix


def bits_of(seed: int, count: int) -> list[bool]:
    torch.manual_seed(seed)
    return [bool(torch.randint(0, 2, (1,))) for _ in range(count)]


def mask_of(labels: Tensor, seed: int) -> Tensor:
    torch.manual_seed(seed)
    return labelmix_mask(labels)


@pytest.mark.parametrize("seed", range(8))
def test_each_present_class_draws_one_bit_for_the_whole_batch(seed: int) -> None:
    labels = torch.tensor([[[7, 2], [2, 5]], [[5, 5], [2, 7]]])
    bits = dict(zip((2, 5, 7), bits_of(seed, 3), strict=True))
    expected = [[[bits[label] for label in row] for row in image] for image in labels.tolist()]
    assert mask_of(labels, seed).tolist() == expected


@pytest.mark.parametrize("seed", range(8))
def test_class_0_that_drew_1_is_drawn_again_with_class_1(seed: int) -> None:
    def overwritten(labels: Tensor) -> Tensor:
        """The rule to the letter: bits are written over the labels that are still to be looked up."""
        torch.manual_seed(seed)
        target = labels.clone()
        for label in labels.unique().tolist():
            target[target == label] = torch.randint(0, 2, (1,))
        return target

    for labels in ([[0, 1, 2]], [[0, 2, 2]], [[1, 2, 3]], [[0, 0, 0]], [[1, 1, 0]]):
        given = torch.tensor([labels])
        assert mask_of(given, seed).int().tolist() == overwritten(given).tolist()


def test_class_0_beside_class_1_is_real_in_a_quarter_of_all_draws() -> None:
    labels = torch.tensor([[[0, 1, 2]]])
    masks = torch.stack([mask_of(labels, seed)[0, 0] for seed in range(400)]).float().mean(dim=0)
    assert masks.tolist() == pytest.approx([0.25, 0.5, 0.5], abs=0.06)


def test_the_mask_chooses_the_real_image() -> None:
    real, fake, mask = torch.ones(1, 3, 1, 2), torch.zeros(1, 3, 1, 2), torch.tensor([[[True, False]]])
    assert labelmix(real, fake, mask)[0, :, 0].tolist() == [[1, 0]] * 3


def test_consistency_sends_gradients_into_both_sides() -> None:
    built = network()
    trained, real, cond = objective(built), random_image(2, SIZE), QUICK.cond()
    discriminator = trained.discriminator
    with torch.no_grad():
        stages = trained.stages(built, cond, real)

    def gradient(loss: Tensor) -> Tensor:
        discriminator.zero_grad()
        loss.backward()
        grad = discriminator.layer_up_last.weight.grad
        assert grad is not None
        return grad.clone()

    torch.manual_seed(3)
    term = trained.discriminator_terms(cond, real, stages)["labelmix"]
    found = gradient(term)
    torch.manual_seed(3)
    mask, fake = labelmix_mask(cond.argmax(dim=1)), stages["image"]
    assert bool(mask.any()) and not bool(mask.all())
    mixed = discriminator(torch.where(mask[:, None], real, fake))
    whole = torch.where(mask[:, None], discriminator(real), discriminator(fake))
    weight = trained.weight("labelmix")
    assert weight > 1
    assert 0 < term.item() < float("inf")
    assert term.item() == pytest.approx(weight * (mixed - whole).square().mean().item(), rel=1e-5)
    torch.testing.assert_close(found, gradient(weight * (mixed - whole).square().mean()))
    one_sided = gradient(
        weight * (discriminator(torch.where(mask[:, None], real, fake)) - whole.detach()).square().mean()
    )
    assert (found - one_sided).abs().max() > 0.1 * found.abs().max()


# The objective


def test_terms_of_both_sides() -> None:
    built = network()
    trained, real, cond = objective(built), random_image(2, SIZE), QUICK.cond()
    with torch.no_grad():
        stages = trained.stages(built, cond, real)
        terms = trained.generator_terms(cond, real, stages)
        torch.manual_seed(0)
        of_d = trained.discriminator_terms(cond, real, stages)
        labels = cond.argmax(dim=1)
        weights = class_weights(labels, 6)
        of_fake, of_real = trained.discriminator(stages["image"]), trained.discriminator(real)
    assert terms["gan"].item() == pytest.approx(segmentation_loss(of_fake, labels, weights).item())
    assert of_d["fake"].item() == pytest.approx(F.cross_entropy(of_fake, torch.zeros_like(labels)).item())
    assert of_d["real"].item() == pytest.approx(segmentation_loss(of_real, labels, weights).item())
    assert set(of_d) == {"fake", "real", "labelmix"}


def test_labelmix_can_be_left_out() -> None:
    built = network()
    trained = objective(built, loss_weights={"gan": 1.0})
    real, cond = random_image(2, SIZE), QUICK.cond()
    assert set(trained.discriminator_terms(cond, real, trained.stages(built, cond, real))) == {"fake", "real"}


def test_balance_and_the_class_that_does_not_count_are_options_of_the_discriminator() -> None:
    built, labels = network(), torch.tensor([[[0, 1, 1, 2]]])
    for options, expected in (
        ({}, [0, 4 / (2 * 2), 4 / 2, 0, 0, 0]),
        ({"dont_care": False}, [4 / 3, 4 / (3 * 2), 4 / 3, 0, 0, 0]),
        ({"balanced": False}, [0, 1, 1, 1, 1, 1]),
        ({"balanced": False, "dont_care": False}, [1, 1, 1, 1, 1, 1]),
    ):
        trained = objective(built, discriminator={"width": 2, **options})
        assert trained.weights(labels).tolist() == pytest.approx(expected), options


def test_missing_vgg_weights_are_told() -> None:
    with pytest.raises(GeneratorError, match="--without vgg"):
        objective(network(), loss_weights={"gan": 1.0, "vgg": 10.0})


# The discriminator


@pytest.mark.parametrize("size", [(64, 96), (32, 64), (0, 64)])
def test_the_discriminator_takes_multiples_of_64(size: tuple[int, int]) -> None:
    with pytest.raises(GeneratorError, match=f"multiples of 64, got images of {size[0]}x{size[1]}"):
        OasisDiscriminator(3, width=1)(torch.zeros(1, 3, *size))


def test_a_size_that_only_the_generator_makes_is_refused_before_the_training() -> None:
    built = dataclasses.replace(QUICK, size=(32, 64)).generator()
    with pytest.raises(GeneratorError, match="multiples of 64, got images of 32x64"):
        OasisObjective(built, QUICK.recipe)


def test_the_discriminator_needs_seven_widths() -> None:
    with pytest.raises(GeneratorError, match="7 widths"):
        OasisDiscriminator(3, widths=[4, 4, 4])


# The generator


@torch.no_grad()
def test_a_vector_is_the_map_that_repeats_it() -> None:
    built, cond = network(), QUICK.cond()
    noise = built.sample_noise(2, torch.Generator().manual_seed(0))
    assert noise is not None
    assert noise.shape == (2, 8)
    image = built(cond, noise)
    assert torch.equal(image, built(cond, noise[:, :, None, None].expand(-1, -1, *SIZE)))
    other = built(cond, built.sample_noise(2, torch.Generator().manual_seed(1)))
    assert (image - other).abs().max() > 0.01


@torch.no_grad()
def test_what_is_drawn_anew_changes_there_most() -> None:
    built, cond = network(), QUICK.cond(1)
    noise = built.sample_noise(1, torch.Generator().manual_seed(0))
    assert noise is not None
    where = torch.zeros(SIZE, dtype=torch.bool)
    where[:, 96:] = True
    changed = resample_noise(noise, SIZE, torch.Generator().manual_seed(1), where)
    difference = (built(cond, noise) - built(cond, changed)).abs().mean(dim=(0, 1, 2))
    assert difference[96:].mean() > 3 * difference[:32].mean()


def test_noise_must_be_given_and_may_be_left_out_of_the_network() -> None:
    with pytest.raises(ValueError, match="sample_noise"):
        network()(QUICK.cond())
    silent = network(z_dim=0)
    assert silent.sample_noise(2) is None
    assert silent(QUICK.cond()).shape == (2, 3, *SIZE)


def test_edges_are_refused() -> None:
    with pytest.raises(GeneratorError, match="no instance edges"):
        generators.create("oasis", num_labels=6, edges=True, size=SIZE)


@torch.no_grad()
@pytest.mark.parametrize("options", [{}, {"z_dim": 0}], ids=["noise", "no noise"])
def test_it_is_what_the_layer_list_says(options: dict[str, Any]) -> None:
    built, cond = network(hidden=32, **options), pinned.cond(6, False, SIZE)
    noise = built.sample_noise(2, torch.Generator().manual_seed(0))
    image = built(cond, noise)
    assert (image - plain(built)(cond, noise)).abs().max() < 1e-5
    if noise is not None:
        by_pixel = resample_noise(noise, SIZE, torch.Generator().manual_seed(1), pixelwise=True)
        assert (built(cond, by_pixel) - plain(built)(cond, by_pixel)).abs().max() < 1e-5


def test_unlabelled_pixels_are_channel_0() -> None:
    encoding = Encoding.of(generators.info("oasis").conditions)
    for name, unlabelled, labelled, channel in (
        ("ade20k", 0, 7, 7),
        ("coco_stuff", 255, 7, 8),
        ("cityscapes", 0, 7, 7),
    ):
        card = datasets.get(name).card
        cond = condition(torch.tensor([[[unlabelled, labelled]]]), None, card, encoding)
        assert cond[0, :, 0].argmax(dim=0).tolist() == [0, channel], name
        assert not encoding.has_edges(card)


# Checkpoints and sizes of the paper

LABELS = {"cityscapes": 35, "ade20k": 151, "coco_stuff": 183}


def paper_discriminator(recipe: str) -> OasisDiscriminator:
    with torch.device("meta"):
        return OasisDiscriminator(LABELS[recipe], **generators.info("oasis").recipes[recipe].discriminator)


@pytest.mark.parametrize(
    ("recipe", "of_g", "silent", "of_d"),
    [
        ("cityscapes", 71_107_523, 69_338_051, 22_251_364),
        ("ade20k", 74_314_691, 72_545_219, 22_258_904),
        ("coco_stuff", 75_199_427, 73_429_955, 22_260_984),
    ],
)
def test_parameters(recipe: str, of_g: int, silent: int, of_d: int) -> None:
    built = {z_dim: paper_oasis(recipe, z_dim=z_dim) for z_dim in (64, 0)}
    assert [generators.parameter_count(built[z_dim]) for z_dim in (64, 0)] == [of_g, silent]
    assert generators.parameter_count(paper_discriminator(recipe)) == of_d


def paper_oasis(recipe: str, **options: Any) -> generators.Generator:
    chosen = generators.info("oasis").recipes[recipe]
    assert chosen.size is not None
    with torch.device("meta"):
        return generators.create("oasis", num_labels=LABELS[recipe], edges=False, size=chosen.size, **options)


@pytest.mark.golden
def test_keys_and_shapes_are_those_of_the_released_checkpoints(golden_folder: Path) -> None:
    for recipe, file in (("cityscapes", "cityscapes"), ("ade20k", "ade20k"), ("coco_stuff", "coco")):
        for part, built in (("G", paper_oasis(recipe)), ("D", paper_discriminator(recipe))):
            state = json.loads((golden_folder / "keys" / f"oasis-{file}-{part}.json").read_text())["state"]
            assert layout(built) == {key: (tuple(shape), dtype) for key, (shape, dtype) in state.items()}


def test_a_checkpoint_with_prefixes_is_taken(tmp_path: Path) -> None:
    built, other = network(), network()
    refill_all(built)
    torch.save({f"module.{key}": value for key, value in built.state_dict().items()}, tmp_path / "best_EMA.pth")
    generators.load_state(other, generators.read_state(tmp_path / "best_EMA.pth"), "best_EMA.pth")
    cond, noise = QUICK.cond(), built.sample_noise(2, torch.Generator().manual_seed(0))
    assert torch.equal(built(cond, noise), other(cond, noise))


def test_a_checkpoint_of_another_data_set_says_how_many_labels_it_holds() -> None:
    torch.manual_seed(0)
    other = Oasis(num_labels=9, edges=False, size=SIZE, width=2, hidden=4, z_dim=8)
    with pytest.raises(GeneratorError, match="made for 9 condition channels, this network for 6"):
        generators.load_state(network(), other.state_dict(), "best_EMA.pth")


def test_recipes_are_those_of_the_released_code_or_as_printed() -> None:
    recipes = generators.info("oasis").recipes
    for name, epochs, batch, lr_g, weight, decay in (
        ("ade20k", 200, 32, 1e-4, 10, 0.9999),
        ("cityscapes", 200, 20, 4e-4, 5, 0.999),
        ("coco_stuff", 100, 32, 1e-4, 10, 0.9999),
        ("ade20k-paper", 200, 32, 1e-4, 5, 0.9999),
        ("cityscapes-paper", 200, 20, 4e-4, 5, 0.9999),
    ):
        recipe = recipes[name]
        assert (recipe.epochs, recipe.decay_epochs, recipe.batch_size) == (epochs, 0, batch), name
        assert (recipe.lr_g, recipe.lr_d, recipe.betas) == (lr_g, 4e-4, (0.0, 0.999)), name
        assert recipe.loss_weights == {"gan": 1.0, "labelmix": weight}, name
        assert (recipe.ema_decay, recipe.ema_whole_state, recipe.ema_refresh) == (decay, True, 51), name
    for name in LABELS:
        vgg = recipes[f"{name}-vgg"]
        assert vgg == dataclasses.replace(recipes[name], loss_weights={**recipes[name].loss_weights, "vgg": 10.0})


# Pinned outputs; see test_pinned


@torch.no_grad()
def test_the_pinned_generator() -> None:
    built = network()
    refill_all(built)
    cond, noise = pinned.cond(6, False, SIZE), pinned.waves(2, 8)
    warm_up(built)
    image = built.eval()(cond, noise)
    assert pinned.summary(image) == pytest.approx(PINNED_IMAGE, abs=pinned.TOLERANCE)
    by_pixel = built(cond, pinned.waves(2, 8, *SIZE))
    assert pinned.summary(by_pixel) == pytest.approx(PINNED_BY_PIXEL, abs=pinned.TOLERANCE)


@torch.no_grad()
def test_the_pinned_discriminator() -> None:
    built = OasisDiscriminator(6, width=2)
    refill_all(built)
    built.train()(pinned.waves(2, 3, *SIZE))
    logits = built.eval()(pinned.waves(2, 3, *SIZE))
    assert pinned.summary(logits) == pytest.approx(PINNED_LOGITS, abs=pinned.TOLERANCE)


PINNED_IMAGE = [-0.093849, 0.504254, 0.642328, -0.108141, -0.890331, 0.720219]
PINNED_BY_PIXEL = [-0.036524, 0.428865, 0.818697, -0.074204, -0.823824, -0.197921]
PINNED_LOGITS = [-0.105366, 0.181684, -0.083524, -0.107819, 0.046439, -0.348398]
