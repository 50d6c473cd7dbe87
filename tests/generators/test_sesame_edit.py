"""SESAME's editing generator: what it sees, what it leaves alone, its losses, its keys."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

import generators
from benchmarks.plain.sesame_edit import plain
from generators import GeneratorError
from generators.layers.sesame_discriminator import SesameDiscriminator
from generators.sesame_edit import SesameEdit, SesameEditObjective
from tests.generators import pinned
from tests.generators.tiny import LABELS, SIZE, Case, random_cond, random_image
from tests.golden._fixture import replay
from tests.golden._key_hash import refill_all

QUICK = Case("sesame_edit", "quick")
RECIPES = generators.info("sesame_edit").recipes


def network(seed: int = 0) -> SesameEdit:
    built = QUICK.generator(seed)
    assert isinstance(built, SesameEdit)
    with torch.no_grad():
        for _ in range(5):  # the random vectors of spectral norm find their layers
            built.train()(QUICK.cond())
    return built.eval()


def hole() -> Tensor:
    region = torch.zeros(2, *SIZE, dtype=torch.bool)
    region[0, 10:40, 20:70] = True
    region[1, 0:20, 100:] = True
    return region


# The condition


def test_a_condition_is_layout_then_region_then_the_photo_around_it() -> None:
    layout, photo = random_cond(6, False, SIZE), random_image(2, SIZE)
    cond = generators.edit_condition(layout, hole(), photo)
    parts = SesameEdit.parts(cond)
    assert torch.equal(parts.semantics, layout)
    assert torch.equal(parts.hole[:, 0] > 0, hole())
    where = hole()[:, None].expand_as(photo)
    assert torch.equal(parts.photo[~where], photo[~where])
    assert not parts.photo[where].any()
    alone = generators.edit_condition(layout[0], hole()[0], photo[0])
    assert torch.equal(alone, cond[0])


@torch.no_grad()
def test_outside_of_the_region_the_image_is_the_photo_and_inside_it_is_painted() -> None:
    layout, photo, region = random_cond(6, False, SIZE), random_image(2, SIZE), hole()
    stages = network().stages(generators.edit_condition(layout, region, photo))
    where = region[:, None].expand_as(photo)
    assert torch.equal(stages["image"][~where], photo[~where])
    assert torch.equal(stages["image"][where], stages["painted"][where])
    assert not torch.equal(stages["painted"][~where], photo[~where])


@torch.no_grad()
def test_what_was_in_the_region_is_not_seen_but_what_is_around_it_and_the_layout_are() -> None:
    built, layout, region = network(), random_cond(6, False, SIZE), hole()
    photo = random_image(2, SIZE)
    inside, outside = photo.clone(), photo.clone()
    inside[region[:, None].expand_as(photo)] = 0.5
    outside[~region[:, None].expand_as(photo)] *= 0.5
    first, same, other = (built(generators.edit_condition(layout, region, p)) for p in (photo, inside, outside))
    where = region[:, None].expand_as(photo)
    assert torch.equal(first, same)
    assert (first - other)[where].abs().mean() > 1e-4
    relabelled = generators.edit_condition(layout.roll(1, dims=1), region, photo)
    assert (first - built(relabelled))[where].abs().mean() > 1e-3


# The losses


def test_losses_are_of_the_composed_image_and_d_sees_layout_and_region_only() -> None:
    built = network().train()
    objective = SesameEditObjective(built, dataclasses.replace(QUICK.recipe, init_gain=0.7))
    seen: list[Tensor] = []
    objective.discriminator.register_forward_hook(lambda module, inputs, output: seen.append(inputs[0]))
    real, region = random_image(2, SIZE), hole()
    cond = generators.edit_condition(random_cond(6, False, SIZE), region, real)
    stages = objective.stages(built, cond, real)
    terms = objective.generator_terms(cond, real, stages)
    objective.discriminator_terms(cond, real, {name: stage.detach() for name, stage in stages.items()})
    assert all(torch.equal(given, cond[:, :-3]) for given in seen)
    assert len(seen) == 2
    where = region[:, None].expand_as(real)
    inside = (stages["painted"] - real)[where].abs().sum() / real.numel()
    assert terms["l1"].item() == pytest.approx(inside.item(), rel=1e-5)


def test_outside_of_the_region_no_gradient_arises() -> None:
    built = network()
    cond = generators.edit_condition(random_cond(6, False, SIZE), hole(), random_image(2, SIZE))
    stages = built.stages(cond)
    stages["painted"].retain_grad()
    stages["image"].square().sum().backward()
    gradient = stages["painted"].grad
    where = hole()[:, None].expand_as(gradient)
    assert not gradient[~where].any()
    assert gradient[where].all()


@pytest.mark.parametrize("name", ["cityscapes", "ade20k"])
def test_recipes_are_those_of_the_editing_scripts(name: str) -> None:
    recipe = RECIPES[name]
    assert (recipe.batch_size, recipe.epochs, recipe.decay_epochs) == (4, 100, 100)
    assert (recipe.lr_g, recipe.lr_d, recipe.betas) == (1e-4, 4e-4, (0.0, 0.9))
    assert recipe.loss_weights == {"gan": 1.0, "feature_matching": 10.0, "vgg": 10.0}
    assert recipe.discriminator == {"width": 64, "layers": 4, "scales": 2}
    assert "regions are ours" in recipe.source


# Forms, checkpoints and sizes of the paper


@torch.no_grad()
def test_the_plain_form_agrees() -> None:
    built = network()
    assert (built(QUICK.cond()) - plain(built)(QUICK.cond(), None)).abs().max() < 1e-5


def paper(recipe: str) -> generators.Generator:
    size = RECIPES[recipe].size
    assert size is not None
    with torch.device("meta"):
        return generators.create("sesame_edit", num_labels=LABELS[recipe][0], edges=False, size=size)


@pytest.mark.parametrize(("recipe", "millions"), [("cityscapes", 20.49), ("ade20k", 22.99)])
def test_parameters(recipe: str, millions: float) -> None:
    assert generators.parameter_count(paper(recipe)) == pytest.approx(millions * 1e6, abs=5e3)


@pytest.mark.golden
def test_keys_are_those_of_the_official_generator(golden_folder: Path) -> None:
    with safe_open(golden_folder / "sesame-editing-generator.safetensors", framework="pt") as file:
        keys = {key.removeprefix("state/") for key in file.keys() if key.startswith("state/")}  # noqa: SIM118
    assert set(network().state_dict()) == keys


@torch.no_grad()
def test_fixtures_of_other_widths_sizes_and_inputs_are_replayed(tmp_path: Path) -> None:
    about = {"method": "sesame", "label_nc": 4, "contain_dontcare_label": True, "no_instance": True}
    built = SesameEdit(num_labels=5, edges=False, size=(32, 48), width=3, hidden=5)
    cond = generators.edit_condition(random_cond(5, False, (32, 48)), hole()[:, :32, :48], random_image(2, (32, 48)))
    config = {**about, "part": "editing-generator", "ngf": 3, "height": 32, "width": 48}
    inputs = {"semantics_and_hole": cond[:, :-3], "masked_image": cond[:, -3:]}
    refill_all(built)
    write_fixture(tmp_path / "g.safetensors", config, built, inputs, {"image": built.eval().stages(cond)["painted"]})

    judge = SesameDiscriminator(5 + 1 + 3, 2, 3, 1)  # of edits: the region is part of its condition
    refill_all(judge)
    layers = judge.eval()(cond[:, :-3], cond[:, -3:])[0]
    config = {**about, "part": "discriminator", "no_inpaint": False, "ndf": 2, "n_layers_D": 3, "num_D": 1}
    outputs = {f"d0_l{number}": layer for number, layer in enumerate(layers)}
    write_fixture(tmp_path / "d.safetensors", config, judge, {"input": cond}, outputs)
    for name in ("g", "d"):
        compared = replay(tmp_path / f"{name}.safetensors")
        assert compared
        assert all(error <= 1e-6 for _, error, _ in compared)


def write_fixture(
    path: Path, config: dict[str, Any], network: nn.Module, inputs: dict[str, Tensor], outputs: dict[str, Tensor]
) -> None:
    tensors = {f"state/{key}": value for key, value in network.state_dict().items()}
    tensors |= {f"in/{key}": value for key, value in inputs.items()}
    tensors |= {f"out/{key}": value for key, value in outputs.items()}
    contiguous = {key: value.clone().contiguous() for key, value in tensors.items()}
    save_file(contiguous, path, {"config": json.dumps(config)})


def test_a_checkpoint_with_prefixes_is_taken(tmp_path: Path) -> None:
    built, other = network(), network(seed=1)
    path = tmp_path / "latest_net_G.pth"
    torch.save({f"module.{key}": value for key, value in built.state_dict().items()}, path)
    generators.load_state(other, generators.read_state(path), path.name)
    with torch.no_grad():
        assert torch.equal(built(QUICK.cond()), other(QUICK.cond()))


def test_a_checkpoint_of_another_data_set_says_how_many_channels_it_holds() -> None:
    other = SesameEdit(num_labels=9, edges=False, size=SIZE, width=2, hidden=4)
    with pytest.raises(GeneratorError, match="made for 13 condition channels, this network for 10"):
        generators.load_state(network(), other.state_dict(), "latest_net_G.pth")


def test_a_layout_alone_is_refused() -> None:
    with pytest.raises(GeneratorError, match=r"6 labels, region and photo at 64x128"):
        network()(random_cond(6, False, SIZE))


@pytest.mark.parametrize("size", [(62, 128), (64, 130), (12, 64)])
def test_sizes_that_it_cannot_make_are_refused(size: tuple[int, int]) -> None:
    with pytest.raises(GeneratorError, match=f"multiples of 4, at least 16; got {size[0]}x{size[1]}"):
        SesameEdit(num_labels=6, edges=False, size=size, width=2, hidden=4)


def test_a_method_that_edits_says_so_when_it_registers() -> None:
    wrong: dict[str, Any] = {"title": "X", "paper": "X", "conditions": ("layout",), "recipes": {}}
    for task in ("layout", "cross-view"):
        with pytest.raises(TypeError, match=f"its task is '{task}', its network's is not"):
            generators.register("x", task=task, objective=SesameEditObjective, **wrong)(SesameEdit)


# Pinned outputs; see test_pinned


@torch.no_grad()
def test_the_pinned_generator() -> None:
    built = QUICK.generator()
    refill_all(built)
    layout, photo = pinned.cond(6, False, SIZE), pinned.waves(2, 3, *SIZE)
    cond = generators.edit_condition(layout, hole(), photo)
    for _ in range(5):
        built.train()(cond)
    painted = built.eval().stages(cond)["painted"]
    assert pinned.summary(painted) == pytest.approx(PINNED, abs=pinned.TOLERANCE)


PINNED = [-0.193389, 0.622428, -0.822854, -0.268561, -0.319969, 0.663262]
