"""pix2pixHD: its losses and instance features by hand, its files, sizes and keys, and pinned outputs."""

from __future__ import annotations

import dataclasses
import itertools
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from lightning_fabric import Fabric
from torch import Tensor, nn

import generators
from benchmarks.plain.pix2pixhd import plain
from generators import GeneratorError
from generators._pix2pixhd_discriminator import PyramidDiscriminator, adversarial, matching
from generators._pix2pixhd_features import (
    FeatureEncoder,
    cluster_features,
    draw_features,
    number_regions,
    region_labels,
    region_means,
)
from generators.pix2pixhd import Pix2PixHD, Pix2PixHDObjective
from tests.generators.pinned import TOLERANCE, cond, summary, waves
from tests.generators.tiny import LABELS, SIZE, Case, random_cond, random_image
from tests.golden._key_hash import refill_all

GLOBAL = Case("pix2pixhd", "quick")
LOCAL = Case("pix2pixhd", "quick-local")
FEATURES = Case("pix2pixhd", "quick-features")


def network(case: Case) -> Pix2PixHD:
    built = case.generator()
    assert isinstance(built, Pix2PixHD)
    return built.eval()


def objective_of(case: Case) -> Pix2PixHDObjective:
    objective = case.objective(network(case))
    assert isinstance(objective, Pix2PixHDObjective)
    return objective


# Losses


def test_least_squares_are_summed_over_the_scales_and_those_of_d_count_half() -> None:
    features = [[torch.zeros(3), torch.tensor([0.0, 0.5])], [torch.tensor([3.0])]]
    assert adversarial(features, is_real=True, for_d=False).item() == pytest.approx((1 + 0.25) / 2 + 4)
    assert adversarial(features, is_real=False, for_d=True).item() == pytest.approx(0.5 * ((0 + 0.25) / 2 + 9))


def test_feature_matching_by_hand() -> None:
    fake = [
        [torch.tensor([1.0, 3.0]), torch.tensor([2.0]), torch.tensor([9.0])],
        [torch.ones(2), torch.zeros(1), torch.ones(1)],
    ]
    real = [
        [torch.tensor([1.0, 1.0]), torch.tensor([5.0]), torch.tensor([0.0])],
        [torch.zeros(2), torch.zeros(1), torch.ones(1)],
    ]
    # 4 / 2 outputs; scale 0: 1 + 3, scale 1: 1 + 0; the mean of two scales; predictions do not count
    assert matching(fake, real).item() == pytest.approx(2 * (1 + 3 + 1) / 2)


def test_feature_matching_takes_real_as_a_constant() -> None:
    fake, real = torch.ones(2, requires_grad=True), torch.zeros(2, requires_grad=True)
    matching([[fake, fake]], [[real, real]]).backward()
    assert fake.grad is not None and bool(fake.grad.all())
    assert real.grad is None


def test_the_discriminators_loss_is_half_of_fake_and_real() -> None:
    objective = objective_of(GLOBAL)
    layout, real, fake = GLOBAL.cond(), random_image(2, SIZE, 0), random_image(2, SIZE, 1)
    terms = objective.discriminator_terms(layout, real, {"image": fake})
    judge = objective.discriminator_module()
    torch.testing.assert_close(terms["fake"], adversarial(judge(layout, fake), is_real=False, for_d=True))
    torch.testing.assert_close(terms["real"], adversarial(judge(layout, real), is_real=True, for_d=True))
    g_terms = objective.generator_terms(layout, real, {"image": fake})
    torch.testing.assert_close(g_terms["gan"], adversarial(judge(layout, fake), is_real=True, for_d=False))
    torch.testing.assert_close(g_terms["feature_matching"], matching(judge(layout, fake), judge(layout, real)))


def test_the_papers_weights_ask_for_vgg() -> None:
    recipe = generators.info("pix2pixhd").recipes["cityscapes"]
    assert recipe.loss_weights == {"gan": 1.0, "feature_matching": 10.0, "vgg": 10.0}
    with pytest.raises(GeneratorError, match=r"vgg19-dcbb9e9d\.pth.*--without vgg"):
        Pix2PixHDObjective(network(GLOBAL), recipe)


# The discriminator


@torch.no_grad()
def test_the_last_scale_sees_the_full_resolution_and_comes_first() -> None:
    torch.manual_seed(0)
    judge, layout, image = (
        PyramidDiscriminator(7 + 3, width=2, scales=3),
        random_cond(6, True, SIZE),
        random_image(2, SIZE),
    )
    found = judge(layout, image)
    x = torch.cat((layout, image), dim=1)
    for i, scale in zip((2, 1, 0), found, strict=True):
        assert len(scale) == 5
        y = x
        for j, output in enumerate(scale):
            y = judge.get_submodule(f"scale{i}_layer{j}")(y)
            torch.testing.assert_close(output, y, atol=1e-5, rtol=1e-5)
        x = nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False)(x)


def test_the_discriminator_of_a_training_without_feature_matching_loads_too() -> None:
    torch.manual_seed(0)
    source, target = PyramidDiscriminator(5, width=2), PyramidDiscriminator(5, width=2)
    other = {}
    for key, value in source.state_dict().items():
        scale, layer, kind = key[5], int(key[12]), key.rpartition(".")[2]
        assert key == f"scale{scale}_layer{layer}.0.{kind}"
        other[f"layer{scale}.{(0, 2, 5, 8, 11)[layer]}.{kind}"] = value
    generators.load_state(target, other, "D.pth")
    assert generators.state_digest(target.state_dict()) == generators.state_digest(source.state_dict())


def test_widths_are_capped_at_512_whatever_the_first_is() -> None:
    with torch.device("meta"):
        deep = PyramidDiscriminator(5, width=256, layers=4, scales=1)
    widths = [deep.get_submodule(f"scale0_layer{j}.0").get_parameter("bias").numel() for j in range(6)]
    assert widths == [256, 512, 512, 512, 512, 1]


# Instance features


def test_regions_are_averaged_image_by_image() -> None:
    x = torch.tensor([[[[1.0, 3.0, 5.0]]], [[[7.0, 9.0, 2.0]]]])
    ids = torch.tensor([[[[4, 4, 26001]]], [[[4, 4, 4]]]])
    expected = torch.tensor([[[[2.0, 2.0, 5.0]]], [[[6.0, 6.0, 6.0]]]])
    torch.testing.assert_close(region_means(x, ids), expected)


def test_an_instance_sends_its_mean_gradient_to_each_of_its_pixels() -> None:
    x = torch.zeros(1, 1, 1, 3, requires_grad=True)
    (region_means(x, torch.tensor([[[[1, 1, 2]]]])) * torch.tensor([1.0, 3.0, 5.0])).sum().backward()
    assert x.grad is not None
    assert x.grad.flatten().tolist() == [2.0, 2.0, 5.0]


def test_the_label_of_an_instance_is_that_of_its_id_on_cityscapes() -> None:
    ids = torch.tensor([7, 7, 26000, 26001, 26001, 33, 24012, 11])
    labels = torch.where(ids < 1000, ids, ids // 1000)
    region, count = number_regions(ids)
    layout = nn.functional.one_hot(labels, 35).T.float()[:, None]
    found = region_labels(layout, region, count)
    values = ids.unique()
    assert found.tolist() == torch.where(values < 1000, values, values // 1000).tolist()


def test_the_label_of_most_pixels_counts() -> None:
    layout = nn.functional.one_hot(torch.tensor([2, 1, 1, 0, 2]), 3).T.float()[:, None]
    assert region_labels(layout, torch.tensor([0, 0, 0, 1, 1]), 2).tolist() == [1, 0]


def test_draws_by_hand() -> None:
    layout = nn.functional.one_hot(torch.tensor([[[0, 0, 1, 1, 2]]]), 3).permute(0, 3, 1, 2).float()
    ids = torch.tensor([[[[5, 5, 8, 9, 3]]]])
    centers = torch.tensor([[[1.0], [2.0]], [[3.0], [4.0]], [[0.0], [0.0]]])
    counts = torch.tensor([2, 2, 0])
    noise = torch.tensor([[[[0.6, 0.1, 0.49, 0.999, 0.7]]]])
    # id 5 draws by its first pixel; label 2 has no centre
    assert draw_features(layout, ids, noise, centers, counts).flatten().tolist() == [2, 2, 3, 4, 0]


def test_draws_have_equal_chances() -> None:
    n = 3000
    layout, ids = torch.ones(1, 1, 1, n), torch.arange(n).view(1, 1, 1, n)
    centers, counts = torch.arange(4.0).view(1, 4, 1), torch.tensor([3])
    noise = torch.rand(1, 1, 1, n, generator=torch.Generator().manual_seed(0))
    drawn = torch.bincount(draw_features(layout, ids, noise, centers, counts).flatten().long(), minlength=4)
    assert drawn[3] == 0
    assert (drawn[:3] - n / 3).abs().max() < 100


class Bands:
    """A training set of two labels; label 0 has instances of three colours, label 1 one of a single colour."""

    def __len__(self) -> int:
        return 6

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        layout = torch.zeros(3, 8, 16)
        layout[0, :, :12], layout[1, :, 12:] = 1, 1
        ids = torch.arange(16).div(4, rounding_mode="floor").expand(1, 8, 16).float()
        photo = torch.tensor([10, 100, 200, 77]).repeat_interleave(4).expand(3, 8, 16)
        return torch.cat((layout, ids)), photo.to(torch.uint8)

    def digest(self) -> str:
        return "bands"


class Grey(FeatureEncoder):
    """Stands for a trained encoder: the features are the colours."""

    def __init__(self) -> None:
        super().__init__(3, 1, 1)
        self.model = nn.Sequential(nn.Conv2d(3, 3, 1, bias=False))
        nn.init.dirac_(self.model[0].weight)


def test_clusters_are_those_of_each_label() -> None:
    centers, counts = cluster_features(Grey(), Bands(), 3, 10, seed=1)
    assert counts.tolist() == [3, 1, 0]
    found = sorted(centers[0, :3, 0].tolist())
    assert found == pytest.approx([v / 127.5 - 1 for v in (10, 100, 200)], abs=1e-6)
    assert centers[1, 0].tolist() == pytest.approx([77 / 127.5 - 1] * 3, abs=1e-6)
    assert not centers[0, 3:].any() and not centers[1, 1:].any() and not centers[2].any()
    two, _ = cluster_features(Grey(), Bands(), 3, 2, seed=1)
    again, _ = cluster_features(Grey(), Bands(), 3, 2, seed=1)
    assert two.shape == (3, 2, 3)
    assert torch.equal(two, again)
    # the best two of three colours: 10 with 100, 200 alone
    assert sorted(two[0, :, 0].tolist()) == pytest.approx([55 / 127.5 - 1, 200 / 127.5 - 1], abs=1e-6)


@torch.no_grad()
def test_noise_changes_instances_as_a_whole() -> None:
    built, layout = network(FEATURES), FEATURES.cond()
    built.centers.copy_(torch.rand_like(built.centers) * 2 - 1)
    built.center_counts.fill_(10)
    first, second = (built.stages(layout, built.sample_noise(2, torch.Generator().manual_seed(s))) for s in (0, 1))
    assert (first["image"] - second["image"]).abs().max() > 0.01
    torch.testing.assert_close(region_means(first["features"], layout[:, -1:]), first["features"])


def test_features_need_noise_and_a_training_set() -> None:
    with pytest.raises(GeneratorError, match="sample_noise"):
        network(FEATURES)(FEATURES.cond())
    with pytest.raises(GeneratorError, match="training set"):
        objective_of(FEATURES).finish(network(FEATURES), None, 0)


def test_training_encodes_the_photo_and_d_does_not_see_ids() -> None:
    built = network(FEATURES)
    objective = FEATURES.objective(built)
    layout, real = FEATURES.cond(), random_image(2, SIZE)
    encoder = objective.encoder()
    assert encoder is not None
    stages = objective.stages(built, layout, real)
    features = encoder(real, layout[:, -1:])
    torch.testing.assert_close(stages["features"], features)
    torch.testing.assert_close(stages["image"], built.render(layout, features)["image"])
    other = layout.clone()
    other[:, -1] += 5
    for cond_ in (layout, other):
        assert (
            objective.generator_terms(cond_, real, stages)["gan"]
            == objective.generator_terms(layout, real, stages)["gan"]
        )


def test_a_training_with_features_ends_with_centres_also_when_it_was_killed_there(tmp_path: Path) -> None:
    class Drawn:
        def __len__(self) -> int:
            return 3

        def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
            return FEATURES.cond(1, index)[0], ((random_image(1, SIZE, index)[0] + 1) * 127).to(torch.uint8)

        def digest(self) -> str:
            return ""

    class Killed(Exception):
        pass

    class Cut(Drawn):
        def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
            if index == 2:
                raise Killed
            return super().__getitem__(index)

    def run(folder: Path, training_set: Drawn) -> dict[str, Tensor]:
        folder.mkdir(exist_ok=True)
        built = FEATURES.generator()
        recipe = dataclasses.replace(FEATURES.recipe, steps=2, decay_steps=0, batch_size=2)
        return generators.train(
            Fabric(accelerator="cpu", devices=1),
            built,
            FEATURES.objective(built),
            lambda start: ((FEATURES.cond(2, s), random_image(2, SIZE, s)) for s in itertools.count(start)),
            recipe,
            folder,
            seed=3,
            training_set=training_set,
        )

    state = run(tmp_path / "whole", Drawn())
    assert state["center_counts"].tolist() == [6] * 6  # two instances of each of six labels in three images
    with pytest.raises(Killed):
        run(tmp_path / "cut", Cut())
    assert not (tmp_path / "cut" / "generator.pth").exists()
    run(tmp_path / "cut", Drawn())
    for name in ("generator.pth", "encoder.pth", "discriminator.pth"):
        first, second = (generators.read_state(tmp_path / folder / name) for folder in ("whole", "cut"))
        assert generators.state_digest(first) == generators.state_digest(second)
    generators.load_state(FEATURES.generator(), generators.read_state(tmp_path / "cut" / "generator.pth"), "it")


# Files and sizes


def test_running_statistics_of_old_files_are_dropped_and_nothing_else() -> None:
    source, target = network(LOCAL), LOCAL.generator(seed=5)
    old = {f"module.{key}": value for key, value in source.state_dict().items()}
    old |= {"module.model.2.running_mean": torch.ones(4), "module.model.2.running_var": torch.ones(4)}
    state = {key.removeprefix("module."): value for key, value in old.items()}
    generators.load_state(target, state, "latest_net_G.pth")
    assert generators.state_digest(target.state_dict()) == generators.state_digest(source.state_dict())
    with pytest.raises(GeneratorError, match=r"model\.2\.weight: not part of it"):  # an affine norm does count
        generators.load_state(target, {**state, "model.2.weight": torch.ones(4)}, "batch_norm.pth")


def test_an_official_file_loads_from_disk(tmp_path: Path) -> None:
    source, target = network(GLOBAL), GLOBAL.generator(seed=5)
    torch.save({f"module.{key}": value for key, value in source.state_dict().items()}, tmp_path / "latest_net_G.pth")
    generators.load_state(target, generators.read_state(tmp_path / "latest_net_G.pth"), "it")
    with torch.no_grad():
        assert torch.equal(target.eval()(GLOBAL.cond()), source(GLOBAL.cond()))


@pytest.mark.parametrize("case", [GLOBAL, LOCAL, FEATURES], ids=str)
def test_a_file_of_another_label_count_says_which_it_holds(case: Case) -> None:
    other = generators.create("pix2pixhd", num_labels=9, edges=False, size=SIZE, **case.recipe.model)
    ids = int(case is FEATURES)
    with pytest.raises(GeneratorError, match=f"made for {9 + ids} condition channels, this network for {7 + ids}"):
        generators.load_state(network(case), other.state_dict(), "G.pth")


def test_a_file_of_the_other_generator_is_refused() -> None:
    with pytest.raises(GeneratorError, match="another method or variant"):
        generators.load_state(network(GLOBAL), network(LOCAL).state_dict(), "G.pth")


@pytest.mark.parametrize(
    ("size", "options", "multiple"),
    [((48, 60), {"downsamplings": 3}, 8), ((16, 64), {}, 16), ((48, 64), {"enhancers": 1}, 32)],
    ids=["no multiple", "too small", "no multiple with an enhancer"],
)
def test_sizes_that_it_cannot_make_are_refused(size: tuple[int, int], options: dict[str, Any], multiple: int) -> None:
    message = rf"multiples of {multiple}, at least {2 * multiple}; {size[0]}x{size[1]} is not"
    with pytest.raises(GeneratorError, match=message):
        generators.create("pix2pixhd", num_labels=3, edges=False, size=size, width=2, **options)


@torch.no_grad()
def test_the_smallest_size_works() -> None:
    built = generators.create("pix2pixhd", num_labels=3, edges=False, size=(32, 32), width=2)
    assert built(random_cond(3, False, (32, 32), 1)).shape == (1, 3, 32, 32)


def test_weights_begin_normal_and_biases_as_the_framework_has_them() -> None:
    torch.manual_seed(0)
    built = generators.create("pix2pixhd", num_labels=6, edges=True, size=SIZE, width=8)
    biases = {name: p.clone() for name, p in built.named_parameters() if name.endswith("bias")}
    recipe = generators.info("pix2pixhd").recipes["cityscapes"]
    generators.initialise(built, recipe)
    for name, parameter in built.named_parameters():
        if name in biases:
            assert torch.equal(parameter, biases[name])
        else:
            assert parameter.std().item() == pytest.approx(0.02, rel=0.1), name
            assert abs(parameter.mean().item()) < 0.003, name
    judge = Pix2PixHDObjective(built, dataclasses.replace(recipe, loss_weights={"gan": 1.0})).discriminator_module()
    assert judge.get_parameter("scale0_layer3.0.weight").std().item() == pytest.approx(0.02, rel=0.01)


# Equal to the plain form


@torch.no_grad()
@pytest.mark.parametrize(
    "options",
    [{}, {"downsamplings": 3, "blocks": 2}, {"downsamplings": 2, "blocks": 1, "enhancers": 2, "local_blocks": 1}],
    ids=["global", "shallow", "two enhancers"],
)
def test_it_equals_the_plain_form(options: dict[str, Any]) -> None:
    built = generators.create("pix2pixhd", num_labels=6, edges=True, size=SIZE, width=4, **options).eval()
    generators.xavier_init(built, 0.7)
    layout = random_cond(6, True, SIZE)
    torch.testing.assert_close(built(layout), plain(built)(layout, None), atol=1e-5, rtol=0)


# Paper sizes and pinned numbers


def paper(recipe: str) -> generators.Generator:
    chosen = generators.info("pix2pixhd").recipes[recipe]
    labels, edges = LABELS[recipe.partition("-")[0]]
    assert chosen.size is not None
    with torch.device("meta"):
        return generators.create("pix2pixhd", num_labels=labels, edges=edges, size=chosen.size, **chosen.model)


def paper_discriminator(recipe: str) -> nn.Module:
    labels, edges = LABELS[recipe.partition("-")[0]]
    with torch.device("meta"):
        return PyramidDiscriminator(labels + edges + 3, **generators.info("pix2pixhd").recipes[recipe].discriminator)


@pytest.mark.parametrize(
    ("recipe", "expected"),
    [
        ("cityscapes", 182_546_755),
        ("cityscapes-512p", 182_546_755),
        ("cityscapes-1024p", 182_857_059),
        ("ade20k", 182_907_395),
        ("coco_stuff", 183_010_883),
    ],
)
def test_parameters_of_the_generators(recipe: str, expected: int) -> None:
    assert generators.parameter_count(paper(recipe)) == expected


def test_parameters_of_discriminators_and_encoder() -> None:
    assert generators.parameter_count(paper_discriminator("cityscapes-512p")) == 5_603_202
    assert generators.parameter_count(paper_discriminator("cityscapes-1024p")) == 8_404_803
    with torch.device("meta"):
        assert generators.parameter_count(FeatureEncoder()) == 788_803


def layout_of(built: nn.Module) -> dict[str, tuple[tuple[int, ...], str]]:
    return {key: (tuple(x.shape), str(x.dtype).removeprefix("torch.")) for key, x in built.state_dict().items()}


@pytest.mark.golden
def test_keys_and_shapes_are_those_of_the_official_networks(golden_folder: Path) -> None:
    def official(name: str) -> dict[str, tuple[tuple[int, ...], str]]:
        state = json.loads((golden_folder / "keys" / f"pix2pixhd-{name}.json").read_text())["state"]
        return {key: (tuple(shape), dtype) for key, (shape, dtype) in state.items()}

    for size in ("512p", "1024p"):
        assert layout_of(paper(f"cityscapes-{size}")) == official(f"cityscapes-{size}-G")
        assert layout_of(paper_discriminator(f"cityscapes-{size}")) == official(f"cityscapes-{size}-D")
    with torch.device("meta"):
        assert layout_of(FeatureEncoder()) == official("E")


@torch.no_grad()
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [-0.031136, 0.560384, -0.426611, 0.140868, -0.991955, 0.30699]),
        (
            {"enhancers": 1, "downsamplings": 3, "blocks": 2},
            [-0.025628, 0.500781, -0.607609, 0.066073, -0.328787, -0.081065],
        ),
    ],
    ids=["global", "local"],
)
def test_pinned_generators(options: dict[str, Any], expected: list[float]) -> None:
    built = generators.create("pix2pixhd", num_labels=7, edges=True, size=SIZE, width=4, **options).eval()
    refill_all(built)
    assert summary(built(cond(7, True, SIZE))) == pytest.approx(expected, abs=TOLERANCE)


@torch.no_grad()
def test_pinned_discriminator() -> None:
    judge = PyramidDiscriminator(7 + 1 + 3, width=4)
    refill_all(judge)
    predictions = [scale[-1] for scale in judge(cond(7, True, SIZE), waves(2, 3, *SIZE))]
    expected: list[list[float]] = [
        [-0.150629, 0.670489, -0.311962, -0.358196, -0.121951, -1.189653],
        [-0.177281, 0.627305, 0.025981, -0.035263, -0.390358, -0.745672],
    ]
    for prediction, numbers in zip(predictions, expected, strict=True):
        assert summary(prediction) == pytest.approx(numbers, abs=TOLERANCE)


@torch.no_grad()
def test_pinned_feature_encoder() -> None:
    encoder = FeatureEncoder(3, width=4, downsamplings=3)
    refill_all(encoder)
    ids = cond(7, False, SIZE).argmax(dim=1, keepdim=True)
    assert summary(encoder(waves(2, 3, *SIZE), ids)) == pytest.approx(
        [0.045874, 0.267582, 0.419109, -0.223952, 0.39922, -0.079954], abs=TOLERANCE
    )
