"""What is SelectionGAN's own: the selection module by strips, uncertain losses, three networks in several files."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

import generators
from benchmarks.plain.selectiongan import plain, plain_module
from generators import GeneratorError, _selectiongan_module
from generators._base import Stages
from generators._selectiongan_module import SelectionModule, pooled_convolution
from generators.layers.losses import total_variation
from generators.layers.patchgan import PatchGAN, bce
from generators.selectiongan import SelectionGAN, SelectionGANObjective, uncertain_l1
from sisbench.errors import InputError
from sisbench.job import Overrides, plan
from sisbench.training import loaded
from tests.generators import pinned
from tests.generators.tiny import Case, random_image
from tests.golden._key_hash import refill_all

QUICK = Case("selectiongan", "quick")
SIZE = QUICK.size


def network(**options: Any) -> SelectionGAN:
    built = dataclasses.replace(QUICK, options=options).generator()
    assert isinstance(built, SelectionGAN)
    return built.eval()


def objective(built: SelectionGAN, **changes: Any) -> SelectionGANObjective:
    trained = SelectionGANObjective(built, dataclasses.replace(QUICK.recipe, **changes))
    assert isinstance(trained, SelectionGANObjective)
    return trained.eval()


# The selection module


def plainly(x: Tensor, conv: nn.Conv2d) -> Tensor:
    """The published form of the convolution."""
    pools = [F.avg_pool2d(x, size) for size in (1, 4, 9)]
    large = [F.interpolate(pool, x.shape[2:], mode="bilinear", align_corners=True) for pool in pools]
    return conv(torch.cat((*(x * pool for pool in large), x), dim=1))


@pytest.mark.parametrize("size", [(9, 9), (36, 20), (21, 47)])
@pytest.mark.parametrize("rows", [1, 5, 100], ids="of {} rows".format)
def test_strips_give_what_the_wide_map_gives(monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], rows: int) -> None:
    monkeypatch.setattr(_selectiongan_module, "STRIP_ELEMENTS", 2 * 4 * 3 * size[1] * rows)
    rng = torch.Generator().manual_seed(0)
    conv = nn.Conv2d(12, 5, 3, padding=1).double()
    values, upstream = (torch.randn(2, c, *size, generator=rng, dtype=torch.float64) for c in (3, 5))
    found = []
    for form in (pooled_convolution, plainly):
        x = values.clone().requires_grad_()
        conv.zero_grad()
        result = form(x, conv)
        (result * upstream).sum().backward()
        assert conv.weight.grad is not None and conv.bias is not None and conv.bias.grad is not None
        found.append((result, x.grad, conv.weight.grad.clone(), conv.bias.grad.clone()))
    for ours, theirs in zip(*found, strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-10, rtol=1e-10)


def test_the_module_is_what_the_layer_list_says() -> None:
    torch.manual_seed(0)
    module = SelectionModule(features=10, middle=7, choices=4).eval()
    features, images = pinned.waves(2, 10, 16, 24), pinned.waves(2, 6, 32, 48)
    ours, theirs = module(features, images), plain_module(module)(features, images)
    for a, b in zip((ours.image, ours.uncertainty, ours.attentions), theirs, strict=True):
        assert (a - b).abs().max() < 1e-6


def test_the_image_is_the_sum_of_the_choices_by_their_attentions() -> None:
    torch.manual_seed(0)
    found = SelectionModule(features=10, middle=7, choices=4).eval()(
        pinned.waves(1, 10, 16, 16), pinned.waves(1, 6, 32, 32)
    )
    assert found.attentions.shape == (1, 4, 32, 32)
    assert torch.allclose(found.attentions.sum(1), torch.ones(1, 32, 32))
    expected = sum(found.attentions[:, i : i + 1] * found.images[:, 3 * i : 3 * i + 3] for i in range(4))
    assert torch.allclose(found.image, expected, atol=1e-6)
    assert 0 < found.uncertainty.min() <= found.uncertainty.max() < 1


def test_the_module_drops_in_training_alone() -> None:
    torch.manual_seed(0)
    module = SelectionModule(features=10, middle=7, choices=4)
    given = pinned.waves(1, 10, 16, 16), pinned.waves(1, 6, 32, 32)
    assert not torch.equal(module(*given).image, module(*given).image)
    module.eval()
    assert torch.equal(module(*given).image, module(*given).image)


def test_it_runs_with_half_the_precision() -> None:
    torch.manual_seed(0)
    module = SelectionModule(features=10, middle=7, choices=4).eval()
    given = pinned.waves(1, 10, 16, 16).requires_grad_(), pinned.waves(1, 6, 32, 32)
    expected = module(*given).image
    with torch.autocast("cpu", dtype=torch.bfloat16):
        image = module(*given).image
    image.float().square().mean().backward()
    assert (image.float() - expected).abs().max() < 0.05
    assert module.conv440.weight.grad is not None
    assert bool(module.conv440.weight.grad.isfinite().all())


# The losses


def test_the_uncertain_loss() -> None:
    real, fake = torch.zeros(1, 3, 1, 2), torch.tensor([[[[0.5, -1.0]], [[0.0, 1.0]], [[0.25, 0.0]]]])
    uncertainty = torch.tensor([[[[0.5, 0.25]]]])
    over_u = (0.5 / 0.5 + 0.25 / 0.5 + 1 / 0.25 + 1 / 0.25) / 6
    expected = over_u + (math.log(0.5) + math.log(0.25)) / 2 + 2.75 / 6
    assert uncertain_l1(fake, real, uncertainty).item() == pytest.approx(expected)


def test_the_uncertainty_is_not_detached() -> None:
    uncertainty = torch.full((1, 1, 1, 1), 0.5, requires_grad=True)
    uncertain_l1(torch.full((1, 3, 1, 1), 0.2), torch.zeros(1, 3, 1, 1), uncertainty).backward()
    assert uncertainty.grad is not None
    assert uncertainty.grad.item() == pytest.approx(-0.2 / 0.25 + 1 / 0.5)


def test_total_variation_is_a_sum_over_the_batch() -> None:
    image = torch.tensor([[[[0.0, 1.0], [3.0, 3.0]]]])
    assert total_variation(image).item() == pytest.approx(1 + 0 + 3 + 2)
    assert total_variation(image.expand(2, 3, -1, -1)).item() == pytest.approx(36)


def of_step(built: SelectionGAN, trained: SelectionGANObjective) -> tuple[Tensor, Tensor, Stages]:
    cond, real = QUICK.cond(), random_image(2, SIZE, 3)
    return cond, real, trained.stages(built, cond, real)


@torch.no_grad()
def test_terms_of_both_sides() -> None:
    built = network()
    weights = {"gan": 1.0, "pixel": 100.0, "semantics": 1.0, "tv": 1e-6}
    trained = objective(built, loss_weights=weights)
    cond, real, stages = of_step(built, trained)
    source, semantics, _ = built.parts(cond)
    terms, of_d = trained.generator_terms(cond, real, stages), trained.discriminator_terms(cond, real, stages)

    def judged(image: Tensor, target: float) -> float:
        return bce(trained.discriminator(torch.cat((source, image), dim=1)), target).item()

    u, coarse, final = stages["uncertainty"], stages["coarse"], stages["image"]
    assert terms["gan"].item() == pytest.approx(judged(coarse, 1) + 4 * judged(final, 1))
    pixel = uncertain_l1(coarse, real, u) + 2 * uncertain_l1(final, real, u)
    assert terms["pixel"].item() == pytest.approx(pixel.item())
    of_maps = uncertain_l1(built.Gs(coarse)[1], semantics, u) + 2 * uncertain_l1(built.Gs(final)[1], semantics, u)
    assert terms["semantics"].item() == pytest.approx(of_maps.item())
    assert terms["tv"].item() == pytest.approx(total_variation(final).item())
    assert set(terms) == set(weights)
    assert of_d["fake"].item() == pytest.approx(0.5 * (judged(coarse, 0) + 4 * judged(final, 0)))
    assert of_d["real"].item() == pytest.approx(2.5 * judged(real, 1))
    assert set(of_d) == {"fake", "real"}


def test_an_image_is_made_without_the_map_that_training_reads_off_it() -> None:
    built = network()
    with torch.no_grad():
        assert torch.equal(built(QUICK.cond()), built.stages(QUICK.cond())["image"])


def test_pictures_are_the_stages_one_by_one() -> None:
    built = network(choices=3)
    with torch.no_grad():
        stages, pictures = built.stages(QUICK.cond()), built.pictures(QUICK.cond())
    assert torch.equal(pictures["choice_2"], stages["choices"][:, 6:])
    assert torch.equal(pictures["attention_1"], stages["attentions"][:, 1:2])
    assert set(pictures) == {"image", "coarse", "semantics", "coarse_semantics", "uncertainty"} | {
        f"{name}_{number}" for name in ("choice", "attention") for number in range(3)
    }


# The generator


@torch.no_grad()
def test_it_is_what_the_layer_list_says() -> None:
    built = network(width=4, semantic_width=2, hidden=6, choices=3)
    built.train()(QUICK.cond())  # running statistics that are not the initial ones
    image = built.eval()(QUICK.cond())
    assert (image - plain(built)(QUICK.cond(), None)).abs().max() < 1e-5


@pytest.mark.parametrize(("size", "levels"), [((256, 256), 8), ((128, 256), 7), ((96, 64), 5)])
def test_levels_follow_from_the_size(size: tuple[int, int], levels: int) -> None:
    built = SelectionGAN(6, False, size, width=1, semantic_width=1, hidden=1)
    assert (built.Gi.levels, built.Gs.levels) == (levels, levels)


@pytest.mark.parametrize(
    ("size", "levels", "multiple"), [((48, 64), None, 32), ((64, 64), 7, 128), ((100, 100), 5, 32)]
)
def test_a_size_with_too_few_halvings_is_refused(size: tuple[int, int], levels: int | None, multiple: int) -> None:
    with pytest.raises(GeneratorError, match=f"multiples of {multiple}; {size[0]}x{size[1]} is not"):
        SelectionGAN(6, False, size, levels=levels)


# Several files


def official(built: SelectionGAN, folder: Path, epoch: str = "latest") -> Path:
    generators.write_official(built, folder, epoch)
    torch.save({"model.0.weight": torch.ones(1)}, folder / f"{epoch}_net_D.pth")
    return folder


def filled(seed: int = 0) -> SelectionGAN:
    built = network()
    refill_all(built, seed)
    return built


def same(a: SelectionGAN, b: SelectionGAN) -> bool:
    return generators.state_digest(a.state_dict()) == generators.state_digest(b.state_dict())


def test_the_folder_of_a_checkpoint_is_read_and_written(tmp_path: Path) -> None:
    built, other = filled(), network()
    official(built, tmp_path / "it")
    names = {file.name for file in (tmp_path / "it").iterdir()}
    assert names == {f"latest_net_{part}.pth" for part in ("Gi", "Gs", "Ga", "D")}
    generators.load_state(other, generators.read_state(tmp_path / "it"), "it")
    assert same(built, other)
    generators.load_state(other, generators.read_state(tmp_path / "it/latest_net_Gs.pth"), "it")
    digests = {generators.weights_digest(tmp_path / "it" / name) for name in ("", "latest_net_Gi.pth")}
    assert len(digests) == 1


def test_official_files_hold_inner_tensors_under_both_names(tmp_path: Path) -> None:
    built = filled()
    official(built, tmp_path)
    state = torch.load(tmp_path / "latest_net_Gi.pth", weights_only=True)
    twice = [key for key in state if key.startswith("model.submodule.")]
    assert len(twice) == (len(state) - 3) / 2
    assert all(torch.equal(state[key], state[key.replace("submodule", "model.0", 1)]) for key in twice)
    assert {"model.down.0.weight", "model.up.0.weight", "model.up.0.bias"} < set(state)


@pytest.mark.parametrize("kept", ["model.submodule.", "model.model.0."])
def test_one_of_the_two_names_is_enough(kept: str) -> None:
    built, other = filled(), network()
    files = built.official_state()
    dropped = {"model.submodule.": "model.model.0.", "model.model.0.": "model.submodule."}[kept]
    state = {
        f"{part}.{key}": value
        for part, tensors in files.items()
        for key, value in tensors.items()
        if not key.startswith(dropped) and not key.endswith("num_batches_tracked")
    }
    generators.load_state(other, state, "an old file")
    assert torch.equal(built(QUICK.cond()), other(QUICK.cond()))


def test_two_names_with_two_tensors_are_refused() -> None:
    state = {
        f"{part}.{key}": value for part, tensors in filled().official_state().items() for key, value in tensors.items()
    }
    key = "Gs.model.submodule.model.1.weight"
    with pytest.raises(GeneratorError, match="differs from the other copy of the same tensor"):
        generators.load_state(network(), {**state, key: state[key] + 1}, "a file")


def test_one_network_of_three_is_told(tmp_path: Path) -> None:
    official(filled(), tmp_path)
    (tmp_path / "latest_net_Ga.pth").unlink()
    with pytest.raises(GeneratorError, match="Ga is missing"):
        generators.load_state(network(), generators.read_state(tmp_path), "it")
    (tmp_path / "latest_net_Gs.pth").unlink()
    with pytest.raises(GeneratorError, match="Give the folder that holds EPOCH_net_Gi"):
        generators.load_state(network(), generators.read_state(tmp_path / "latest_net_Gi.pth"), "it")


def test_of_several_epochs_one_is_named(tmp_path: Path) -> None:
    first, second = filled(1), filled(2)
    official(first, tmp_path, "10")
    official(second, tmp_path, "35")
    with pytest.raises(GeneratorError, match=r"several epochs \(10, 35\)") as error:
        generators.read_state(tmp_path)
    assert str(tmp_path / "35_net_G") in str(error.value)
    other = network()
    generators.load_state(other, generators.read_state(tmp_path / "35_net_Ga.pth"), "it")
    assert same(second, other)
    official(first, tmp_path)
    generators.load_state(other, generators.read_state(tmp_path), "it")
    assert same(first, other)


def test_a_run_takes_the_folder(tmp_path: Path) -> None:
    job = plan("selectiongan", "tinytown", direction="a2g", overrides=Overrides(width=2))
    built = job.generator()
    refill_all(built)
    generators.write_official(built, tmp_path / "it")
    given = dataclasses.replace(job, weights=tmp_path / "it")
    assert generators.state_digest(loaded(given, tmp_path).state_dict()) == generators.state_digest(built.state_dict())
    assert given.spec()["weights_sha256"] == generators.weights_digest(tmp_path / "it")
    with pytest.raises(InputError, match="nowhere does not exist"):
        plan("selectiongan", "tinytown", direction="a2g", weights_file=tmp_path / "nowhere")


@pytest.mark.parametrize("there", [True, False])
def test_a_folder_without_weights_is_told(tmp_path: Path, there: bool) -> None:
    message = "holds no files of weights" if there else "does not exist"
    with pytest.raises(GeneratorError, match=message):
        generators.read_state(tmp_path if there else tmp_path / "nowhere")


def test_a_checkpoint_of_another_method_is_not_taken_for_a_part() -> None:
    with pytest.raises(GeneratorError, match="the state of another method"):
        generators.load_state(network(), {"conv1.weight": torch.ones(1)}, "a file")


# Sizes and recipes of the paper


@pytest.mark.parametrize(
    ("recipe", "counts"), [("dayton", (54_417_027, 213_675, 850_051)), ("dayton-64", (16_662_147, 65_835, 850_051))]
)
def test_parameters(recipe: str, counts: tuple[int, ...]) -> None:
    chosen = generators.info("selectiongan").recipes[recipe]
    assert chosen.size is not None
    with torch.device("meta"):
        built = generators.create("selectiongan", num_labels=6, edges=False, size=chosen.size, **chosen.model)
        judge = PatchGAN(6, **chosen.discriminator)
    parts = [generators.parameter_count(built.get_submodule(part)) for part in ("Gi", "Gs", "Ga")]
    assert parts == list(counts)
    assert generators.parameter_count(judge) == 2_768_705


def test_recipes() -> None:
    recipes = generators.info("selectiongan").recipes
    for name, lengths, batch, load in (
        ("dayton", (20, 15), 4, 286),
        ("cvusa", (15, 15), 4, 286),
        ("dayton-64", (50, 50), 16, 72),
    ):
        recipe = recipes[name]
        assert (recipe.epochs, recipe.decay_epochs) == lengths, name
        assert (recipe.batch_size, recipe.load_size, recipe.crop_from) == (batch, (load, load), 0), name
        assert (recipe.lr_g, recipe.lr_d, recipe.betas, recipe.decay) == (2e-4, 2e-4, (0.5, 0.999), "pix2pix"), name
        assert recipe.loss_weights == {"gan": 1.0, "pixel": 100.0, "semantics": 1.0, "tv": 1e-6}, name
        assert (recipe.discriminator_first, recipe.fresh_fakes, recipe.flip) == (True, False, 0.0), name
        assert (recipe.init, recipe.init_gain) == ("pix2pix", 0.02), name


# Pinned outputs; see test_pinned


@torch.no_grad()
def test_the_pinned_generator() -> None:
    built = filled()
    cond = torch.cat((pinned.waves(2, 6, *SIZE), pinned.cond(6, False, SIZE)), dim=1)
    stages = built.stages(cond)
    assert pinned.summary(stages["image"]) == pytest.approx(PINNED_IMAGE, abs=pinned.TOLERANCE)
    assert pinned.summary(stages["uncertainty"]) == pytest.approx(PINNED_UNCERTAINTY, abs=pinned.TOLERANCE)


PINNED_IMAGE = [0.020901, 0.087562, -0.042344, 0.004826, -0.028117, -0.080105]
PINNED_UNCERTAINTY = [0.506609, 0.002575, 0.510771, 0.508821, 0.506899, 0.503647]
