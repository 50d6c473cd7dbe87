"""What X-Fork's family shares: BGR, how images are made, dropout as noise, losses and biases."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import torch
from lightning_fabric import Fabric
from torch import Tensor, nn

import generators
from generators import GeneratorError
from generators._torch7 import TEST_BATCH, Torch7Generator
from generators._torch7_objective import FAKE, REAL, Torch7Objective, reset_biases
from generators.layers.dropout import Dropout
from sisbench.contracts._method_cases import Case, random_image
from tests.golden._key_hash import refill_all

METHODS = ("pix2pix", "xso", "xfork", "xseq", "pix2pix_plus", "xfork_plus", "xseq_plus")
each_method = pytest.mark.parametrize("method", METHODS)


def network(method: str, **options: Any) -> Torch7Generator:
    built = Case(method, "quick", {"levels": None, **options}).generator()
    assert isinstance(built, Torch7Generator)
    return built.eval()


def cond(method: str, n: int = 2) -> Tensor:
    return Case(method, "quick").cond(n)


def swapped(cond: Tensor) -> Tensor:
    """A condition whose photo and map are BGR."""
    return torch.cat((cond[:, :3].flip(1), cond[:, 3:6].flip(1), cond[:, 6:]), dim=1)


def kept(built: Torch7Generator, n: int, seed: int = 0) -> Tensor:
    noise = built.sample_noise(n, torch.Generator().manual_seed(seed))
    assert noise is not None
    return noise


# Conventions


@torch.no_grad()
@each_method
def test_bgr_is_inside_of_the_network(method: str) -> None:
    plain, bgr = network(method), network(method, bgr=True)
    generators.load_state(bgr, plain.state_dict(), "it")
    expected = plain.stages(swapped(cond(method)))
    found = bgr.stages(cond(method))
    assert set(found) == set(expected)
    for name, image in expected.items():
        assert torch.equal(found[name], image.flip(1)), name
    assert not torch.equal(found["image"], expected["image"])


@torch.no_grad()
@each_method
def test_only_plus_methods_see_the_colour_map_and_none_the_layout(method: str) -> None:
    built, given = network(method), cond(method)
    other = given.clone()
    other[:, 6:] = 0
    assert torch.equal(built(given), built(other))
    other[:, 3:6] = 0
    assert torch.equal(built(given), built(other)) == (not method.endswith("_plus"))
    other[:, :3] = 0
    assert not torch.equal(built(given), built(other))
    assert built.input_channels == (6 if method.endswith("_plus") else 3)
    assert generators.info(method).conditions == (("source", "semantics") if method.endswith("_plus") else ("source",))


@torch.no_grad()
@each_method
def test_in_training_mode_images_are_those_of_a_training_with_the_same_dropout(method: str) -> None:
    built, given = network(method, test_mode="train"), cond(method, 3)
    noise = kept(built, 3)
    before = {key: value.clone() for key, value in built.state_dict().items()}
    image = built(given, noise)
    torch.testing.assert_close(built.state_dict(), before, rtol=0, atol=0)
    assert torch.equal(image, built.train().stages(given, noise)["image"])
    plain = network(method)
    generators.load_state(plain, before, "it")
    assert not torch.equal(image, plain(given))


@torch.no_grad()
def test_an_images_dropout_is_its_own() -> None:
    built, given = network("xfork", test_mode="train"), cond("xfork", 4)
    refill_all(built, gain=5.0)
    for layer in built.modules():  # without shared statistics nothing else connects the images
        layer.__dict__.pop("by_batch", None)
    noise = torch.cat([kept(built, 1, seed) for seed in range(4)])
    together = built(given, noise)
    alone = [built(given[i : i + 1], noise[i : i + 1]) for i in range(4)]
    torch.testing.assert_close(together, torch.cat(alone), rtol=0, atol=1e-5)
    other = built(given, torch.cat((kept(built, 1, 9), noise[1:])))
    changed = (other - together).abs().amax(dim=(1, 2, 3)) > 1e-5
    assert changed.tolist() == [True, False, False, False]


class Noted(Dropout):
    """Drops nothing, and counts what it might have dropped of an image."""

    values = 0

    def __call__(self, x: Tensor) -> Tensor:
        self.values += x[0].numel()
        return x


@each_method
def test_noise_has_a_number_for_every_value_that_dropout_meets(method: str) -> None:
    for network_name in ("encoder-decoder", "unet") if method == "pix2pix" else ("",):
        options = {"network": network_name} if network_name else {}
        built = network(method, test_mode="train", **options)
        noted = Noted(False)
        with torch.no_grad():
            built.translate(torch.zeros(1, built.input_channels, 64, 64), noted)
        assert noted.values == built.dropped_values > 0
        noise = kept(built, 2)
        assert noise.shape == (2, built.dropped_values)
        assert set(noise.unique().tolist()) == {0.0, 1.0}


def test_in_evaluation_there_is_no_noise_and_no_batch() -> None:
    built = network("pix2pix")
    assert built.sample_noise(2) is None
    assert built.images_together({}) == built.images_together({"test_mode": "eval"}) == 1
    assert built.images_together({"test_mode": "train"}) == TEST_BATCH == 10


def test_training_mode_needs_noise() -> None:
    built = network("xfork", test_mode="train")
    with pytest.raises(GeneratorError, match="sample_noise"):
        built(cond("xfork"))
    built.train().stages(cond("xfork"))  # a training draws by itself


@each_method
def test_unknown_choices_are_refused(method: str) -> None:
    with pytest.raises(GeneratorError, match=r"'training' is no test mode of .*; choose 'eval' or 'train'"):
        network(method, test_mode="training")
    with pytest.raises(GeneratorError, match="48x48 is not"):
        generators.create(method, num_labels=6, edges=False, size=(48, 48))
    with pytest.raises(GeneratorError, match="edges=False"):
        generators.create(method, num_labels=6, edges=True, size=(64, 64))


@each_method
def test_levels_go_by_the_size(method: str) -> None:
    for size, levels in (((256, 256), 8), ((64, 64), 6), ((64, 128), 6), ((96, 32), 5), ((512, 512), 8)):
        with torch.device("meta"):
            built = generators.create(method, num_labels=6, edges=False, size=size, width=1)
        encoders = [key for key in built.state_dict() if ".e" in key and key.endswith("conv.weight")]
        assert len(encoders) == levels * (2 if method.startswith("xseq") else 1)


def test_a_state_of_the_other_form_is_named() -> None:
    with pytest.raises(GeneratorError, match="sees 6 channels of photos and colour maps, this network 3"):
        generators.load_state(network("xfork"), network("xfork_plus").state_dict(), "G.pth")


def test_files_of_torch7_are_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "35_net_G.t7").write_bytes(b"\x04\x00\x00\x00")
    with pytest.raises(GeneratorError, match=r"35_net_G\.t7 is a serialised graph of Torch7.*not read"):
        generators.read_state(tmp_path / "35_net_G.t7")


# Losses


def objective_of(method: str, built: Torch7Generator, **changes: Any) -> Torch7Objective:
    recipe = dataclasses.replace(Case(method, "quick").recipe, init="xavier", init_gain=0.7, **changes)
    torch.manual_seed(1)
    trained = generators.info(method).objective(built, recipe)
    assert isinstance(trained, Torch7Objective)
    return trained.eval()


def cross_entropy(probability: Tensor, target: float) -> float:
    return -(target * probability.log() + (1 - target) * (1 - probability).log()).mean().item()


@torch.no_grad()
@pytest.mark.parametrize("method", ["pix2pix", "pix2pix_plus"])
def test_terms_are_cross_entropy_to_a_smoothed_label_and_l1(method: str) -> None:
    assert (REAL, FAKE) == (0.9, 0.0)
    built, given, real = network(method), cond(method), random_image(2, (64, 64))
    trained = objective_of(method, built, loss_weights={"gan": 1.0, "l1": 100.0})
    stages = trained.stages(built, given, real)
    judge = trained.discriminator_module()
    says = {
        name: judge(torch.cat((given[:, :3], image), dim=1)).sigmoid()
        for name, image in (("fake", stages["image"]), ("real", real))
    }
    terms = trained.generator_terms(given, real, stages)
    of_d = trained.discriminator_terms(given, real, stages)
    assert {name: term.item() for name, term in terms.items()} == pytest.approx(
        {"gan": cross_entropy(says["fake"], 0.9), "l1": (stages["image"] - real).abs().mean().item()}, rel=1e-5
    )
    assert {name: term.item() for name, term in of_d.items()} == pytest.approx(
        {"real": cross_entropy(says["real"], 0.9), "fake": cross_entropy(says["fake"], 0.0)}, rel=1e-5
    )
    assert (trained.weight("gan"), trained.weight("l1")) == (1.0, 100.0)


def test_biases_of_convolutions_begin_every_step_at_0_and_those_of_norms_stay() -> None:
    built, given, real = network("xseq"), cond("xseq"), random_image(2, (64, 64))
    trained = objective_of("xseq", built)

    def biases(module: nn.Module, kind: Any) -> list[float]:
        return [m.bias.abs().max().item() for m in module.modules() if isinstance(m, kind) and m.bias is not None]

    def fill() -> None:
        for module in (*built.modules(), *trained.modules()):
            if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.BatchNorm2d) and module.bias is not None:
                nn.init.constant_(module.bias, 3.0)

    convolutions = (nn.Conv2d, nn.ConvTranspose2d)
    fill()
    stages = trained.stages(built, given, real)
    assert set(biases(built, convolutions)) == {0.0}
    assert set(biases(built, nn.BatchNorm2d)) == {3.0}
    assert set(biases(trained, nn.Conv2d)) == {3.0}
    for terms in (trained.generator_terms, trained.discriminator_terms):
        fill()
        terms(given, real, stages)
        assert set(biases(trained, nn.Conv2d)) == {0.0}
        assert set(biases(trained, nn.BatchNorm2d)) == {3.0}
    reset_biases(nn.Conv2d(1, 1, 1, bias=False))


def test_a_training_of_single_images_goes_by_running_statistics_at_the_waist(tmp_path: Path) -> None:
    case = Case("xfork", "quick", {"levels": None})
    built = case.generator()
    recipe = dataclasses.replace(case.recipe, batch_size=1, steps=2, decay_steps=0)
    batches = [(case.cond(1, seed), random_image(1, case.size, seed)) for seed in range(3)]
    trained = generators.info("xfork").objective(built, recipe)
    generators.train(
        Fabric(accelerator="cpu", devices=1),
        built,
        trained,
        lambda step: iter(batches[step:]),
        recipe,
        tmp_path,
        seed=0,
    )
    state = built.state_dict()
    assert state["model.e6.bn.running_mean"].tolist() == [0.0] * 16
    assert state["model.e6.bn.num_batches_tracked"] == 0
    assert state["model.e5.bn.num_batches_tracked"] == 2
    of_convolutions = [value for key, value in state.items() if key.endswith("conv.bias")]
    assert max(value.abs().max().item() for value in of_convolutions) <= recipe.lr_g * 1.06  # one step of Adam


# Recipes


@pytest.mark.parametrize(
    ("method", "code_batch", "terms"),
    [
        ("pix2pix", 8, {"gan": 1, "l1": 100}),
        ("xso", 8, {"gan": 1, "l1": 100, "l1_semantics": 100}),
        ("xfork", 1, {"gan": 1, "l1": 100, "l1_semantics": 100}),
        ("xseq", 4, {"gan": 1, "l1": 100, "gan_semantics": 1, "l1_semantics": 100}),
    ],
)
def test_recipes(method: str, code_batch: int, terms: dict[str, float]) -> None:
    for name in (method, f"{method}_plus") if method != "xso" else (method,):
        found = generators.info(name).recipes
        for recipe, size, epochs, batch, load in (
            ("dayton", 256, 35, 4, (286, 286)),
            ("dayton-64", 64, 100, 16, None),
            ("cvusa", 256, 30, 4, (286, 286)),
        ):
            plain = found[recipe]
            assert (plain.size, plain.epochs, plain.decay_epochs, plain.batch_size) == ((size, size), epochs, 0, batch)
            assert (plain.lr_g, plain.lr_d, plain.betas) == (2e-4, 2e-4, (0.5, 0.999))
            assert (plain.load_size, plain.crop_from, plain.flip) == (load, 1 if load else 0, 0.5)
            assert plain.replacement
            assert (plain.discriminator_first, plain.fresh_fakes) == (True, False)
            assert (plain.init, plain.init_gain) == ("pix2pix", 0.02)
            assert plain.loss_weights == terms
            assert plain.model == {}
            assert found[f"{recipe}-code"].batch_size == code_batch
            assert found[f"{recipe}-train-mode"].model == {"test_mode": "train"}
            assert found[f"{recipe}-torch7"].model == {"test_mode": "train", "bgr": True}
            assert found[f"{recipe}-train-mode"].batch_size == batch
