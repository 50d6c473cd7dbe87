"""X-Fork, X-Seq, X-SO and their '++' forms: what each makes and judges, plain forms, parameters, pinned outputs."""

from __future__ import annotations

import dataclasses
import importlib

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

import generators
from generators import Generator, Objective
from generators._encoder_decoder import EncoderDecoder
from generators.layers.patchgan import PatchGAN, bce
from generators.xseq import XSeq
from tests.generators.pinned import TOLERANCE, summary
from tests.generators.test_pix2pix import GAINS, SIZE, of_paper, views
from tests.generators.tiny import Case, random_image
from tests.golden._key_hash import refill_all

METHODS = ("xso", "xfork", "xseq", "xfork_plus", "xseq_plus")


def built(method: str) -> Generator:
    return Case(method, "quick", {"levels": None}).generator().eval()


def trained(method: str, network: Generator, **changes: object) -> Objective:
    recipe = dataclasses.replace(Case(method, "quick").recipe, init="xavier", init_gain=0.7, **changes)
    torch.manual_seed(1)
    return generators.info(method).objective(network, recipe).eval()


@torch.no_grad()
@pytest.mark.parametrize("method", METHODS)
def test_it_is_what_the_layer_list_says(method: str) -> None:
    network, given = built(method), Case(method, "quick").cond()
    network.train()(given)  # statistics that are not the initial ones
    plain = importlib.import_module(f"benchmarks.plain.{method}").plain(network.eval())
    assert (network(given) - plain(given, None)).abs().max() < 1e-5


@pytest.mark.parametrize(
    ("method", "of_g", "of_d"),
    [
        ("xso", 39_085_062, 2_775_745),
        ("xfork", 39_216_326, 2_769_601),
        ("xseq", 2 * 39_081_987, 2 * 2_769_601),
        ("xfork_plus", 39_219_398, 2_769_601),
        ("xseq_plus", 39_085_059 + 39_081_987, 2 * 2_769_601),
    ],
)
def test_parameters(method: str, of_g: int, of_d: int) -> None:
    network, info = of_paper(method), generators.info(method)
    with torch.device("meta"):
        discriminator = info.objective(network, info.recipes["dayton"]).discriminator_module()
    assert discriminator is not None
    assert (generators.parameter_count(network), generators.parameter_count(discriminator)) == (of_g, of_d)


@torch.no_grad()
@pytest.mark.parametrize("method", METHODS)
def test_it_makes_a_colour_map_beside_the_photo(method: str) -> None:
    stages = built(method).stages(Case(method, "quick").cond())
    assert set(stages) == {"image", "semantics"}
    assert stages["semantics"].shape == (2, 3, *SIZE)
    assert not torch.equal(stages["semantics"], stages["image"])


def test_the_two_ends_of_a_fork_share_all_but_their_last_two_blocks() -> None:
    keys = {key.partition(".")[0] for key in EncoderDecoder(3, {"_img": 3, "_seg": 3}, 1, 8).state_dict()}
    shared = {f"e{k}" for k in range(1, 9)} | {f"d{k}" for k in range(1, 7)}
    assert keys == shared | {"d7_img", "d8_img", "d7_seg", "d8_seg"}


@torch.no_grad()
@pytest.mark.parametrize("method", ["xfork", "xfork_plus"])
def test_x_forks_discriminator_sees_photos_alone(method: str) -> None:
    network, given, real = built(method), Case(method, "quick").cond(), random_image(2, SIZE)
    objective = trained(method, network)
    stages = objective.stages(network, given, real)
    terms = objective.generator_terms(given, real, stages)
    judge = objective.discriminator_module()
    assert isinstance(judge, PatchGAN)
    assert terms["gan"] == bce(judge(torch.cat((given[:, :3], stages["image"]), dim=1)), 0.9)
    assert terms["l1"] == F.l1_loss(stages["image"], real)
    assert terms["l1_semantics"] == F.l1_loss(stages["semantics"], given[:, 3:6])


@torch.no_grad()
def test_x_sos_discriminator_sees_the_stack_and_black_for_the_sources_semantics() -> None:
    network, given, real = built("xso"), Case("xso", "quick").cond(), random_image(2, SIZE)
    objective = trained("xso", network)
    stages = objective.stages(network, given, real)
    judge = objective.discriminator_module()
    assert judge is not None
    black = torch.full((2, 3, *SIZE), -1.0)
    fake = judge(torch.cat((given[:, :3], black, stages["image"], stages["semantics"]), dim=1))
    true = judge(torch.cat((given[:, :3], black, real, given[:, 3:6]), dim=1))
    of_d = objective.discriminator_terms(given, real, stages)
    assert objective.generator_terms(given, real, stages)["gan"] == bce(fake, 0.9)
    assert (of_d["fake"], of_d["real"]) == (bce(fake, 0.0), bce(true, 0.9))


# X-Seq


@torch.no_grad()
@pytest.mark.parametrize("method", ["xseq", "xseq_plus"])
def test_x_seqs_second_discriminator_sees_the_generated_photo_beside_either_map(method: str) -> None:
    network, given, real = built(method), Case(method, "quick").cond(), random_image(2, SIZE)
    objective = trained(method, network)
    stages = objective.stages(network, given, real)
    judges = objective.discriminator_module()
    assert judges is not None
    d1, d2 = (judges.get_submodule(name) for name in ("D1", "D2"))
    says = {
        "fake": d1(torch.cat((given[:, :3], stages["image"]), dim=1)),
        "real": d1(torch.cat((given[:, :3], real), dim=1)),
        "fake_semantics": d2(torch.cat((stages["image"], stages["semantics"]), dim=1)),
        "real_semantics": d2(torch.cat((stages["image"], given[:, 3:6]), dim=1)),
    }
    of_d = objective.discriminator_terms(given, real, stages)
    assert of_d == {name: bce(logits, 0.9 if "real" in name else 0.0) for name, logits in says.items()}
    terms = objective.generator_terms(given, real, stages)
    assert set(terms) == {*Case(method, "quick").recipe.loss_weights}
    assert (terms["gan"], terms["gan_semantics"]) == (bce(says["fake"], 0.9), bce(says["fake_semantics"], 0.9))


def test_a_tenth_of_the_second_loss_reaches_the_first_generator_through_the_seconds_input_alone() -> None:
    network, given, real = built("xseq"), Case("xseq", "quick").cond(), random_image(2, SIZE)
    assert isinstance(network, XSeq)
    objective = trained("xseq", network, loss_weights={"gan": 1, "l1": 100, "gan_semantics": 1, "l1_semantics": 100})

    def gradients(loss: Tensor) -> list[Tensor]:
        network.zero_grad()
        loss.backward()
        return [parameter.grad.clone() for parameter in network.parameters() if parameter.grad is not None]

    stages = objective.stages(network, given, real)
    terms = objective.generator_terms(given, real, stages)
    found = gradients(torch.stack([objective.weight(name) * term for name, term in terms.items()]).sum())

    # to the letter: G1's loss, with a tenth of G2's, whose discriminator takes the photo as a constant; G2's own
    judges = objective.discriminator_module()
    assert judges is not None
    (image,) = network.G1(given[:, :3])
    (through,), (own,) = network.G2(image), network.G2(image.detach())

    def second(semantics: Tensor) -> Tensor:
        judged = judges.get_submodule("D2")(torch.cat((image.detach(), semantics), dim=1))
        return bce(judged, 0.9) + 100 * F.l1_loss(semantics, given[:, 3:6])

    judged = judges.get_submodule("D1")(torch.cat((given[:, :3], image), dim=1))
    first = bce(judged, 0.9) + 100 * F.l1_loss(image, real) + 0.1 * second(through)
    of_g1 = torch.autograd.grad(first, list(network.G1.parameters()))
    of_g2 = torch.autograd.grad(second(own), list(network.G2.parameters()))
    assert len(found) == len(of_g1) + len(of_g2)
    for got, expected in zip(found, (*of_g1, *of_g2), strict=True):
        torch.testing.assert_close(got, expected, rtol=1e-4, atol=1e-5 * float(expected.abs().max()) + 1e-6)


# Pinned outputs; see test_pinned


@torch.no_grad()
@pytest.mark.parametrize("method", METHODS)
def test_the_pinned_generators(method: str) -> None:
    network = built(method)
    refill_all(network, gain=GAINS["encoder-decoder"])
    stages = network.stages(views())
    found = [summary(stages["image"]), summary(stages["semantics"])]
    assert found == [pytest.approx(values, abs=TOLERANCE) for values in PINNED[method]]


PINNED: dict[str, list[list[float]]] = {
    "xso": [
        [-0.095727, 0.23702, -0.076905, -0.082494, -0.013804, -0.345322],
        [-0.118782, 0.207515, -0.521647, -0.089165, 0.030401, -0.08668],
    ],
    "xfork": [
        [-0.041945, 0.203329, 0.176729, -0.151987, -0.110915, -0.058321],
        [0.047661, 0.173789, 0.042221, 0.012801, 0.162186, 0.301986],
    ],
    "xseq": [
        [-0.167387, 0.73942, -0.971529, -0.075571, 0.317392, -0.098932],
        [-0.232316, 0.537382, -0.208337, -0.09378, -0.707897, 0.088007],
    ],
    "xfork_plus": [
        [-0.045204, 0.301806, 0.120466, -0.151598, -0.006714, -0.137724],
        [0.065979, 0.30652, 0.10129, 0.012801, -0.051244, 0.375366],
    ],
    "xseq_plus": [
        [-0.167079, 0.666697, -0.737823, -0.071782, 0.384428, 0.360707],
        [-0.229933, 0.528765, -0.22789, -0.09378, -0.759051, 0.088007],
    ],
}
