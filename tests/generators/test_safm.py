"""What is SAFM's own: features of shape in both forms, the segmenter's losses, the label space, and its recipes."""

from __future__ import annotations

import copy
import dataclasses
import functools
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

import generators
from benchmarks.plain.safm import plain
from generators import GeneratorError
from generators._oasis_discriminator import OasisDiscriminator
from generators._safm_layers import ShapeNorm, ShapePyramid
from generators._safm_objective import SafmObjective, class_weights, segmentation_loss
from generators.layers.neighbourhoods import Neighbourhoods
from generators.layers.norms import CondPyramid
from generators.layers.sesame_discriminator import SesameDiscriminator
from generators.safm import Safm
from sisbench import datasets
from sisbench.encode import Encoding, condition
from tests.generators import pinned
from tests.generators.test_paper_sizes import layout
from tests.generators.tiny import LABELS, SIZE, Case, random_image
from tests.golden._key_hash import refill_all

QUICK = Case("safm", "quick", {"modulation_width": 5})
FORMS = ("once", "each-norm")


def network(**options: Any) -> Safm:
    """Build a network of settled batch norms, whose random vectors of spectral norm have found their layers."""
    return copy.deepcopy(_network(json.dumps(options)))


@functools.cache
@torch.no_grad()
def _network(options: str) -> Safm:
    built = dataclasses.replace(QUICK, options={"modulation_width": 5, **json.loads(options)}).generator()
    assert isinstance(built, Safm)
    for _ in range(5):
        built.train()(QUICK.cond())
    return built.eval()


def objective(built: Safm, **changes: Any) -> SafmObjective:
    recipe = dataclasses.replace(QUICK.recipe, **{"init_gain": 0.7, **changes})
    torch.manual_seed(1)
    trained = SafmObjective(built, recipe)
    with torch.no_grad():
        for _ in range(5):
            trained.segmenter.train()(random_image(1, SIZE))
    return trained.eval()


# The segmenter's losses


def test_a_class_weighs_as_many_times_more_as_it_has_fewer_pixels() -> None:
    labels = torch.tensor([[[0, 1, 1], [2, 2, 2]], [[1, 1, 2], [4, 2, 2]]])  # 12 pixels: 1, 4, 6, 0, 1
    fourth = 12 / 4  # of four classes
    assert class_weights(labels, 5, unknown=0).tolist() == pytest.approx([0, fourth / 4, fourth / 6, 0, fourth])
    assert class_weights(labels, 5, unknown=-1).tolist() == pytest.approx([fourth, fourth / 4, fourth / 6, 0, 0])
    assert class_weights(labels, 5, unknown=3).tolist() == pytest.approx([fourth, fourth / 4, fourth / 6, 0, fourth])


def test_a_lost_class_is_not_counted_among_those_present() -> None:
    labels = torch.tensor([[[0, 1, 1, 4]]])
    assert class_weights(labels, 5, unknown=0, lost=-1).tolist() == pytest.approx([0, 4 / (2 * 2), 0, 0, 0])
    assert class_weights(labels, 5, unknown=0).tolist() == pytest.approx([0, 4 / (3 * 2), 0, 0, 4 / 3])


def test_the_loss_is_a_weighted_mean_over_all_pixels() -> None:
    logits = torch.randn(1, 3, 2, 2, generator=torch.Generator().manual_seed(0), requires_grad=True)
    labels, weights = torch.tensor([[[0, 1], [1, 2]]]), torch.tensor([0.0, 2.0, 5.0])
    picked = -logits.log_softmax(1).gather(1, labels[:, None])[0, 0]
    expected = (2 * picked[0, 1] + 2 * picked[1, 0] + 5 * picked[1, 1]) / 4
    loss = segmentation_loss(logits, labels, weights)
    assert loss.item() == pytest.approx(expected.item())
    loss.backward()
    assert logits.grad is not None
    assert not logits.grad[0, :, 0, 0].any()


def test_terms_of_the_segmenter() -> None:
    built = network()
    trained, real, cond = objective(built, late_terms=()), random_image(2, SIZE), QUICK.cond()
    with torch.no_grad():
        stages = trained.stages(built, cond, real)
        terms = trained.generator_terms(cond, real, stages)
        labels = cond[:, :6].argmax(dim=1)
        weights = class_weights(labels, 6, unknown=-1)
        for name, image in (("segmentation_real", real), ("segmentation_fake", stages["image"])):
            logits = trained.segmenter(image)
            assert logits.shape == (2, 6, *SIZE)
            assert terms[name].item() == pytest.approx(segmentation_loss(logits, labels, weights).item(), rel=1e-5)
    assert set(terms) == set(trained.loss_weights)


def test_fakes_are_read_late_and_move_generator_and_segmenter() -> None:
    built = network()
    trained = objective(built, loss_weights={"segmentation_fake": 2.0}, late_terms=(("segmentation_fake", 3),))
    real, cond = random_image(2, SIZE), QUICK.cond()
    for step in range(3):
        trained.step = step
        assert trained.weight("segmentation_fake") == 0
        assert trained.generator_terms(cond, real, trained.stages(built, cond, real)) == {}
    trained.step = 3
    assert trained.weight("segmentation_fake") == 2
    terms = trained.generator_terms(cond, real, trained.stages(built, cond, real))
    assert set(terms) == {"segmentation_fake"}
    terms["segmentation_fake"].backward()
    for moved in (built.conv_img.weight, built.pre_dis[0].weight, trained.segmenter.layer_up_last.weight):
        assert moved.grad is not None
        assert moved.grad.any()
    assert trained.encoder() is trained.segmenter


def test_the_training_loop_counts_steps_and_goes_on_counting(tmp_path: Path) -> None:
    from lightning_fabric import Fabric

    seen: list[tuple[int, bool]] = []

    class Watched(SafmObjective):
        def generator_terms(self, cond: Tensor, real: Tensor, stages: generators.Stages) -> dict[str, Tensor]:
            terms = super().generator_terms(cond, real, stages)
            seen.append((self.step, "segmentation_fake" in terms))
            return terms

    recipe = dataclasses.replace(QUICK.recipe, steps=2, decay_steps=0, late_terms=(("segmentation_fake", 1),))
    for steps in (2, 3):
        built = QUICK.generator()
        recipe = dataclasses.replace(recipe, steps=steps)
        (tmp_path / str(steps)).mkdir()
        generators.train(
            Fabric(accelerator="cpu", devices=1),
            built,
            Watched(built, recipe),
            lambda start: iter([(QUICK.cond(), random_image(2, SIZE))] * 3),
            recipe,
            tmp_path / str(steps),
            seed=0,
        )
    assert seen == [(0, False), (1, True), (0, False), (1, True), (2, True)]
    segmenter = generators.read_state(tmp_path / "3" / "encoder.pth")
    OasisDiscriminator(5, **{"width": QUICK.recipe.discriminator["segmenter_width"]}).load_state_dict(segmenter)


def test_neither_discriminator_nor_segmenter_sees_instance_ids() -> None:
    built = network()
    trained, real, cond = objective(built, late_terms=()), random_image(2, SIZE), QUICK.cond()
    other = cond.clone()
    other[:, -1] += 5000
    with torch.no_grad():
        stages = trained.stages(built, cond, real)
        assert trained.generator_terms(cond, real, stages) == trained.generator_terms(other, real, stages)
        assert trained.discriminator_terms(cond, real, stages) == trained.discriminator_terms(other, real, stages)
    first = trained.discriminator.get_parameter("discriminator_0.sem_sequence.0.0.weight")
    assert first.shape[1] == 7  # six labels, edges


def test_a_size_that_only_the_generator_makes_is_refused_before_the_training() -> None:
    built = dataclasses.replace(QUICK, size=(64, 192), options={"upsampling": "normal"}).generator()
    SafmObjective(built, QUICK.recipe)
    built = dataclasses.replace(QUICK, size=(32, 64), options={"upsampling": "normal"}).generator()
    with pytest.raises(GeneratorError, match="multiples of 64, got images of 32x64"):
        SafmObjective(built, QUICK.recipe)


def test_missing_vgg_weights_are_told() -> None:
    with pytest.raises(GeneratorError, match="--without vgg"):
        objective(network(), loss_weights={"gan": 1.0, "vgg": 10.0})


# The generator


@torch.no_grad()
@pytest.mark.parametrize("modulation", FORMS)
@pytest.mark.parametrize("hidden", [4, 32])
def test_it_is_what_the_layer_list_says(modulation: str, hidden: int) -> None:
    built, cond = network(modulation=modulation, hidden=hidden), QUICK.cond()
    cond[0, -1, :, :40] = 0
    image = built(cond)
    assert image.std() > 0.01
    assert (image - plain(built)(cond, None)).abs().max() < 1e-5
    with torch.enable_grad():  # by pixel
        assert (image - built(cond)).abs().max() < 1e-5


def test_a_layouts_share_goes_by_neighbourhoods_where_these_are_few(monkeypatch: pytest.MonkeyPatch) -> None:
    built, cond = network(), QUICK.cond(1)
    cond[:, :-1] = 0
    cond[:, 2] = 1  # one label
    cond[:, -1, 16:40, 20:70] = 26001
    taken: list[bool] = []
    decide = ShapeNorm._worthwhile

    def noted(self: ShapeNorm, x: Tensor, pyramid: CondPyramid) -> Neighbourhoods | None:
        found = decide(self, x, pyramid)
        taken.append(found is not None)
        return found

    monkeypatch.setattr(ShapeNorm, "_worthwhile", noted)
    with torch.no_grad():
        image = built(cond)
    assert any(taken)
    taken.clear()
    assert (image - built(cond)).abs().max() < 1e-5
    assert taken
    assert not any(taken)  # gradients follow


@torch.no_grad()
@pytest.mark.parametrize("modulation", FORMS)
def test_instances_shape_the_image(modulation: str) -> None:
    built, cond = network(modulation=modulation), QUICK.cond(1)
    cond[:, -1] = 0
    none = built(cond)
    cond[:, -1, 16:48, 32:96] = 26001
    one = built(cond)
    assert (one - none).abs().max() > 1e-3
    cond[:, -1, 16:48, 64:96] = 26002
    assert (built(cond) - one).abs().max() > 1e-3
    cond[:, -1] = cond[:, -1].clamp(max=999)  # ids below the first are labels
    assert torch.equal(built(cond), none)


@torch.no_grad()
def test_the_descriptor_is_computed_once_for_a_layout() -> None:
    built, cond = network(), QUICK.cond()
    built(cond)
    before = built.descriptors.computed
    built(cond)
    built(cond[1:])
    assert built.descriptors.computed == before


@torch.no_grad()
def test_descriptors_are_kept_on_disk_when_asked_for(tmp_path: Path) -> None:
    cond = QUICK.cond()
    for expected in (2, 0):
        built = QUICK.generator().eval()
        built.cache_in(tmp_path / "descriptors")
        built(cond)
        assert isinstance(built, Safm)
        assert built.descriptors.computed == expected


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("modulation", "twice", "'twice' is not one of once, each-norm"),
        ("first_instance", 0, "'first_instance' is at least 1, got 0"),
        ("upsampling", "normal", "multiples of 32; got 62x126"),
    ],
)
def test_options_that_are_none_are_refused(option: str, value: object, message: str) -> None:
    with pytest.raises(GeneratorError, match=message):
        generators.create("safm", num_labels=6, edges=True, size=(62, 126), **{option: value})


def test_a_pyramid_keeps_its_parts_apart() -> None:
    layout, shape = QUICK.cond()[:, :7], torch.rand(2, 77, *SIZE)
    pyramid = ShapePyramid(layout, shape).channels_last()
    x = torch.zeros(2, 3, 16, 32)
    assert torch.equal(pyramid.at(x), F.interpolate(layout, size=(16, 32), mode="nearest"))
    assert torch.equal(pyramid.shape.at(x), F.interpolate(shape, size=(16, 32), mode="nearest"))
    assert pyramid.at(x).is_contiguous(memory_format=torch.channels_last)


# Conditions


def test_channels_are_the_values_of_label_maps() -> None:
    info = generators.info("safm")
    encoding = Encoding.of(info.conditions, info.generator.takes_instances({}))
    for name, value, channel, channels in (
        ("cityscapes", 7, 7, 37),
        ("ade20k", 0, 0, 152),
        ("ade20k", 150, 150, 152),
        ("coco_stuff", 255, 182, 185),
    ):
        card = datasets.get(name).card
        ids = torch.tensor([[[26001, 0]]])
        cond = condition(torch.tensor([[[value, 3]]]), ids, card, encoding)
        assert cond.shape[1] == channels, name
        assert cond[0, : card.layout_channels, 0, 0].argmax() == channel, name
        assert torch.equal(cond[:, -1], ids.float())


# Checkpoints and sizes of the paper


def paper_safm(recipe: str) -> Safm:
    chosen = generators.info("safm").recipes[recipe]
    labels, edges = LABELS[recipe]
    assert chosen.size is not None
    with torch.device("meta"):
        built = generators.create("safm", num_labels=labels, edges=edges, size=chosen.size, **dict(chosen.model))
    assert isinstance(built, Safm)
    return built


def paper_discriminator(recipe: str) -> SesameDiscriminator:
    labels, edges = LABELS[recipe]
    options = generators.info("safm").recipes[recipe].discriminator
    with torch.device("meta"):
        return SesameDiscriminator(labels + edges + 3, *(options[key] for key in ("width", "layers", "scales")))


@pytest.mark.parametrize(
    ("recipe", "of_g", "of_d", "of_segmenter"),
    [
        ("cityscapes", 96_220_251, 11_106_562, 22_251_299),
        ("ade20k", 104_911_947, 11_342_082, 22_258_839),
        ("coco_stuff", 106_092_819, 11_409_666, 22_260_919),
    ],
)
def test_parameters(recipe: str, of_g: int, of_d: int, of_segmenter: int) -> None:
    built = paper_safm(recipe)
    assert generators.parameter_count(built) == of_g
    assert generators.parameter_count(paper_discriminator(recipe)) == of_d
    with torch.device("meta"):
        trained = SafmObjective(built, without_vgg(generators.info("safm").recipes[recipe]))
    assert generators.parameter_count(trained.segmenter) == of_segmenter
    assert generators.parameter_count(trained.discriminator) == of_d


def without_vgg(recipe: generators.Recipe) -> generators.Recipe:
    weights = {name: weight for name, weight in recipe.loss_weights.items() if name != "vgg"}
    return dataclasses.replace(recipe, loss_weights=weights)


@pytest.mark.golden
def test_keys_and_shapes_are_those_of_the_released_checkpoints(golden_folder: Path) -> None:
    for recipe, file in (("cityscapes", "cityscapes"), ("ade20k", "ade20k"), ("coco_stuff", "coco")):
        for part, built in (("G", paper_safm(recipe)), ("D", paper_discriminator(recipe))):
            state = json.loads((golden_folder / "keys" / f"safm-{file}-{part}.json").read_text())["state"]
            assert layout(built) == {key: (tuple(shape), dtype) for key, (shape, dtype) in state.items()}


def test_a_checkpoint_with_prefixes_is_taken(tmp_path: Path) -> None:
    built, other = network(), network()
    refill_all(built)
    torch.save({f"module.{key}": value for key, value in built.state_dict().items()}, tmp_path / "best_net_G.pth")
    generators.load_state(other, generators.read_state(tmp_path / "best_net_G.pth"), "best_net_G.pth")
    assert torch.equal(built(QUICK.cond()), other(QUICK.cond()))


@pytest.mark.parametrize("modulation", FORMS)
def test_a_checkpoint_of_another_data_set_says_how_many_labels_it_holds(modulation: str) -> None:
    torch.manual_seed(0)
    options: dict[str, Any] = {"width": 2, "hidden": 4, "modulation_width": 5, "upsampling": "more"}
    other = Safm(9, True, SIZE, modulation=modulation, **options)  # type: ignore[arg-type]
    with pytest.raises(GeneratorError, match="made for 11 condition channels, this network for 8"):
        generators.load_state(network(modulation=modulation), other.state_dict(), "best_net_G.pth")


def test_a_checkpoint_of_the_other_form_is_told() -> None:
    with pytest.raises(GeneratorError, match="another method or variant"):
        generators.load_state(network(), network(modulation="each-norm").state_dict(), "best_net_G.pth")


def test_recipes_are_those_of_the_released_code() -> None:
    recipes = generators.info("safm").recipes
    for name, size, batch, late in (
        ("cityscapes", (256, 512), 16, 60),
        ("ade20k", (256, 256), 4, 100),
        ("coco_stuff", (256, 256), 4, 100),
        ("ade20k-all-classes", (256, 256), 4, 100),
    ):
        recipe = recipes[name]
        assert (recipe.size, recipe.batch_size) == (size, batch), name
        assert (recipe.epochs, recipe.decay_epochs, recipe.lr_g, recipe.lr_d) == (100, 100, 1e-4, 4e-4), name
        assert (recipe.betas, recipe.fresh_fakes, recipe.ema_decay) == ((0.0, 0.9), True, None), name
        assert recipe.late_terms == (("segmentation_fake", late),), name
        assert recipe.resolved(40).late_terms == (("segmentation_fake", late * (40 // batch)),)
        assert (recipe.loss_weights["feature_matching"], recipe.loss_weights["vgg"]) == (10, 10), name
    assert [recipes[name].discriminator["unknown"] for name in LABELS] == [-1, 0, -1]
    assert [recipes[name].discriminator.get("lost") for name in LABELS] == [None, -1, None]
    assert "lost" not in recipes["ade20k-all-classes"].discriminator


# Pinned outputs; see test_pinned


def pinned_cond() -> Tensor:
    cond = pinned.cond(6, True, SIZE)
    ids = 24000 + torch.arange(2)[:, None, None, None] + torch.arange(SIZE[1]).expand(2, 1, *SIZE) // 20
    ids = torch.where(torch.arange(SIZE[0])[:, None] < 40, ids, 7)  # the rest is a label
    return torch.cat((cond, ids.float()), dim=1)


@torch.no_grad()
@pytest.mark.parametrize("modulation", FORMS)
def test_the_pinned_generator(modulation: str) -> None:
    built = network(modulation=modulation)
    refill_all(built)
    for _ in range(5):
        built.train()(pinned_cond())
    image = built.eval()(pinned_cond())
    assert pinned.summary(image) == pytest.approx(PINNED[modulation], abs=pinned.TOLERANCE)


PINNED = {
    "once": [-0.063413, 0.147238, 0.026537, -0.219615, -0.001804, -0.072495],
    "each-norm": [-0.062623, 0.147761, 0.02848, -0.216166, -0.004598, -0.07301],
}
