"""What is LGGAN's own in cross-view translation: class images that add up, two discriminators, its losses."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

import generators
from benchmarks.plain.lggan_crossview import plain
from generators import GeneratorError
from generators.layers.losses import total_variation
from generators.layers.patchgan import bce
from generators.lggan_crossview import DiscriminatorPair, LGGANCrossView, LGGANCrossViewObjective, classes_of
from tests.generators import pinned
from tests.generators.tiny import Case, random_image
from tests.golden._key_hash import refill_all

QUICK = Case("lggan_crossview", "quick")
SIZE = QUICK.size


def network(**options: Any) -> LGGANCrossView:
    built = dataclasses.replace(QUICK, options=options).generator()
    assert isinstance(built, LGGANCrossView)
    return built.eval()


def objective(built: LGGANCrossView, **changes: Any) -> LGGANCrossViewObjective:
    return LGGANCrossViewObjective(built, dataclasses.replace(QUICK.recipe, **changes)).eval()


def with_holes(cond: Tensor) -> Tensor:
    """The condition with pixels of no class, and one class that is nowhere."""
    cond = cond.clone()
    cond[:, 6:, 5:20, 10:30] = 0
    cond[:, 8] = 0
    return cond


@torch.no_grad()
def test_it_is_what_the_layer_list_says() -> None:
    built, cond = network(width=3), with_holes(QUICK.cond())
    assert (built(cond) - plain(built)(cond, None)).abs().max() < 1e-5


@torch.no_grad()
def test_images_are_sums_and_weights_share() -> None:
    built, cond = network(), with_holes(QUICK.cond())
    stages = built.stages(cond)
    planes = torch.stack([torch.stack([p.dense(i) for i in range(6)]) for p in stages["class_planes"]])
    assert torch.allclose(stages["local"], planes.sum(1), atol=1e-6)
    assert torch.allclose(stages["weight_local"] + stages["weight_global"], torch.ones(2, 1, *SIZE))
    fused = stages["weight_local"] * stages["local"] + stages["weight_global"] * stages["global"]
    assert torch.equal(stages["fused"], fused)
    assert torch.equal(stages["image"], fused.clamp(-1, 1))


@torch.no_grad()
def test_pictures_are_those_of_the_classes_that_occur() -> None:
    built, cond = network(), with_holes(QUICK.cond())
    stages, pictures = built.stages(cond), built.pictures(cond)
    assert sorted(pictures["class"]) == [0, 1, 3, 4, 5]
    assert torch.equal(pictures["class"][5], torch.stack([p.dense(5) for p in stages["class_planes"]]))
    assert torch.equal(pictures["local"], stages["local"].clamp(-1, 1))


def test_classes_of_a_layout() -> None:
    layout = torch.tensor([[[[1.0, 0.0, 0.0]], [[0.0, 1.0, 0.0]]]])
    assert classes_of(layout).tolist() == [[[0, 1, 2]]]


@pytest.mark.parametrize("values", [(1.0, 1.0), (0.5, 0.5), (0.5, 0.0), (-1.0, 1.0), (2.0, 0.0)])
def test_a_layout_that_is_not_one_hot_is_refused(values: tuple[float, float]) -> None:
    with pytest.raises(GeneratorError, match="one-hot"):
        classes_of(torch.tensor(values).view(1, 2, 1, 1))


@torch.no_grad()
def test_terms_of_both_sides() -> None:
    built, cond, real = network(), with_holes(QUICK.cond()), random_image(2, SIZE, 3)
    weights = {"gan": 1.0, "l1": 100.0, "local_l1": 100.0, "tv": 1e-6}
    trained = objective(built, loss_weights=weights)
    stages = trained.stages(built, cond, real)
    terms, of_d = trained.generator_terms(cond, real, stages), trained.discriminator_terms(cond, real, stages)
    source, semantics, layout = built.parts(cond)
    fakes = [stages["fused"], stages["global"], stages["local"]]

    def judged(image: Tensor, target: float) -> float:
        pair = trained.discriminators
        by_d1 = bce(pair.D1(torch.cat((source, image), dim=1)), target)
        return (by_d1 + bce(pair.D2(torch.cat((semantics, image), dim=1)), target)).item()

    assert terms["gan"].item() == pytest.approx(sum(judged(fake, 1) for fake in fakes))
    assert terms["l1"].item() == pytest.approx(sum(F.l1_loss(fake, real).item() for fake in fakes))
    planes = torch.stack([torch.stack([p.dense(i) for i in range(6)]) for p in stages["class_planes"]])
    by_class = [(planes[:, i] - real * layout[:, i : i + 1]).abs().mean() for i in range(6)]
    assert terms["local_l1"].item() == pytest.approx(torch.stack(by_class).sum().item(), rel=1e-5)
    assert terms["tv"].item() == pytest.approx(sum(total_variation(fake).item() for fake in fakes), rel=1e-5)
    assert set(terms) == set(weights)
    assert of_d["fake"].item() == pytest.approx(sum(0.5 * judged(fake, 0) for fake in fakes))
    assert of_d["real"].item() == pytest.approx(3 * 0.5 * judged(real, 1))


def test_the_image_out_of_range_is_trained() -> None:
    built, cond, real = network(), QUICK.cond(), random_image(2, SIZE)
    trained = objective(built, loss_weights={"l1": 1.0})
    stages = dict(trained.stages(built, cond, real))
    stages["fused"] = torch.full_like(real, 1.5).requires_grad_()
    trained.generator_terms(cond, real, stages)["l1"].backward()
    assert bool((stages["fused"].grad > 0).all())


def test_missing_vgg_weights_are_told() -> None:
    with pytest.raises(GeneratorError, match="--without vgg"):
        objective(network(), loss_weights={"gan": 1.0, "vgg": 10.0})


@pytest.mark.parametrize("size", [(62, 64), (4, 64)])
def test_an_impossible_size_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(GeneratorError, match=f"{size[0]}x{size[1]} is not"):
        LGGANCrossView(6, False, size, width=1)


def test_the_spare_class_generator_follows_the_labels() -> None:
    assert network().unused_parameters == ("deconv5_7.",)
    assert LGGANCrossView(10, False, (64, 64), width=1).unused_parameters == ("deconv5_11.",)


def test_parameters() -> None:
    with torch.device("meta"):
        built = generators.create("lggan_crossview", num_labels=6, edges=False, size=(256, 256))
        pair = DiscriminatorPair(**generators.info("lggan_crossview").recipes["dayton"].discriminator)
    assert generators.parameter_count(built) == 12_191_258
    assert len(built.state_dict()) == 72
    assert [generators.parameter_count(judge) for judge in (pair.D1, pair.D2)] == [2_767_809] * 2


def test_recipes() -> None:
    recipes = generators.info("lggan_crossview").recipes
    for name, lengths, batch, load in (
        ("dayton", (20, 15), 4, 286),
        ("cvusa", (15, 15), 4, 286),
        ("dayton-64", (50, 50), 16, 72),
    ):
        recipe = recipes[name]
        assert (recipe.epochs, recipe.decay_epochs, recipe.batch_size) == (*lengths, batch), name
        assert (recipe.load_size, recipe.decay, recipe.discriminator_first) == ((load, load), "pix2pix", True), name
        assert recipe.loss_weights == {"gan": 1.0, "l1": 100.0, "local_l1": 100.0, "vgg": 10.0, "tv": 1e-6}, name


# Pinned outputs; see test_pinned


@torch.no_grad()
def test_the_pinned_generator() -> None:
    built = network()
    refill_all(built)
    cond = with_holes(torch.cat((pinned.waves(2, 6, *SIZE), pinned.cond(6, False, SIZE)), dim=1))
    stages = built.stages(cond)
    assert pinned.summary(stages["fused"]) == pytest.approx(PINNED_IMAGE, abs=pinned.TOLERANCE)
    assert pinned.summary(stages["local"]) == pytest.approx(PINNED_LOCAL, abs=pinned.TOLERANCE)


@torch.no_grad()
def test_the_pinned_discriminators() -> None:
    pair = DiscriminatorPair(width=2).eval()
    refill_all(pair)
    both = pair(pinned.waves(2, 12, *SIZE), pinned.waves(2, 3, *SIZE))
    for logits, expected in zip(both, PINNED_LOGITS, strict=True):
        assert pinned.summary(logits) == pytest.approx(expected, abs=pinned.TOLERANCE)


PINNED_IMAGE = [0.025222, 0.376708, -0.544793, 0.950089, -0.535103, 0.134551]
PINNED_LOCAL = [0.009879, 0.490862, -0.910108, 1.015264, -0.494109, -0.064537]
PINNED_LOGITS = [
    [0.152656, 0.397668, 0.165213, 0.398289, 0.953048, -0.295136],
    [-0.034337, 0.086616, -0.108687, 0.141059, 0.046554, -0.012713],
]
