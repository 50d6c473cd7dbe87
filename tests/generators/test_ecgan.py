"""What is ECGAN's own: three heads, edges of photos, a layout that is read back, and pixels across layouts."""

from __future__ import annotations

import dataclasses
import itertools
import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

import generators
from benchmarks.plain.ecgan import plain
from generators import GeneratorError, parameter_count
from generators._ecgan_contrast import PixelContrast, contrastive_loss
from generators._ecgan_edges import EdgeTargets
from generators._ecgan_labels import LabelGenerator, Pixels, draw_pixels, similarity_loss
from generators._ecgan_objective import EcganObjective
from generators.ecgan import Ecgan
from generators.layers.losses import feature_matching_loss, gan_loss
from generators.layers.texture import texture_energies, texture_loss
from sisbench import datasets
from sisbench.encode import Encoding, condition
from tests.generators import pinned
from tests.generators.test_paper_sizes import layout, paper_discriminator, paper_generator
from tests.generators.tiny import SIZE, Case, random_image
from tests.golden._key_hash import refill_all

QUICK, WHOLE = Case("ecgan", "quick"), Case("ecgan", "quick-contrastive")
RECIPES = generators.info("ecgan").recipes


def network(case: Case = QUICK, **options: Any) -> Ecgan:
    built = dataclasses.replace(case, options=options).generator()
    assert isinstance(built, Ecgan)
    return built


def objective(built: Ecgan, case: Case = QUICK, **changes: Any) -> EcganObjective:
    recipe = dataclasses.replace(case.recipe, **{"init_gain": 0.7, **changes})
    torch.manual_seed(1)
    return EcganObjective(built, recipe).eval()  # evaluation: judging does not move the spectral norms


# The generator


@torch.no_grad()
@pytest.mark.parametrize("options", [{}, {"upsampling": "most"}, {"unlabeled": 0}], ids=str)
@pytest.mark.parametrize("stripes", [True, False], ids=["by neighbourhood", "by pixel"])
def test_it_is_what_the_layer_list_says(options: dict[str, Any], stripes: bool) -> None:
    size = (128, 128) if "upsampling" in options else SIZE
    built = dataclasses.replace(QUICK, options={"width": 4, "hidden": 32, **options}, size=size).generator()
    cond = pinned.cond(6, True, size) if stripes else torch.rand(2, 7, *size) - 0.5
    built.train()(cond)
    image = built.eval()(cond)
    assert image.std() > 0.01
    torch.testing.assert_close(image, plain(built)(cond, None), atol=1e-5, rtol=0)


@torch.no_grad()
def test_class_maps_of_the_layout_are_looked_up_where_nothing_is_learned() -> None:
    built, cond = network(width=4, hidden=32).eval(), pinned.cond(6, True, SIZE)
    looked_up = built(cond)
    with torch.enable_grad():
        convolved = built(cond)
    assert convolved.requires_grad
    torch.testing.assert_close(looked_up, convolved.detach(), atol=1e-5, rtol=0)


@torch.no_grad()
def test_edges_are_an_attention_map_on_features_and_on_the_image() -> None:
    """With edge features so low that every sigmoid is 0 the image is as without them; with high ones it is doubled."""
    built, cond = network().eval(), QUICK.cond()
    for i in range(1, 5):
        built.get_submodule(f"conv_edge{i}").get_parameter("weight").zero_()
        built.get_submodule(f"conv_edge{i}").get_parameter("bias").fill_(-200.0)
    low = built.stages(cond)
    active = torch.randn(1, built.channels, 4, 4)
    x = active
    for i in range(1, 5):
        x = built.get_submodule(f"conv_img{i}")(F.leaky_relu(x, 0.2) if i > 1 else x)
    edge, first = built._edge_and_first(active)
    assert (edge == -1).all()
    torch.testing.assert_close(first, torch.tanh(x) * (1 + torch.sigmoid(torch.tensor(-1.0))))
    for i in range(1, 5):
        built.get_submodule(f"conv_edge{i}").get_parameter("bias").fill_(200.0)
    x = active
    for i in range(1, 5):
        x = built.get_submodule(f"conv_img{i}")(F.leaky_relu(x, 0.2) if i > 1 else x) * (2 if i < 4 else 1)
    edge, first = built._edge_and_first(active)
    assert (edge == 1).all()
    torch.testing.assert_close(first, torch.tanh(x) * (1 + torch.sigmoid(torch.tensor(1.0))))
    assert (low["edge"] == -1).all()


@torch.no_grad()
def test_the_image_before_the_layout_corrects_it_may_leave_the_range() -> None:
    built = network()
    built.get_submodule("conv_img4").get_parameter("bias").fill_(9.0)
    stages = built.eval().stages(QUICK.cond())
    assert stages["first"].max() > 1.2
    assert stages["image"].abs().max() <= 1
    assert "features" not in stages
    shown = built.pictures(QUICK.cond())
    assert shown.keys() == {"edge", "first"}
    assert torch.equal(shown["edge"], stages["edge"])
    assert torch.equal(shown["first"], stages["first"].clamp(-1, 1))
    assert built.train().stages(QUICK.cond())["features"].shape == (2, 2, *SIZE)


@torch.no_grad()
@pytest.mark.parametrize(
    ("labels", "edges", "size", "options", "expected"),
    [
        (
            7,
            True,
            (64, 128),
            {"upsampling": "more"},
            {
                "image": [0.59712, 0.214211, 0.66099, 0.126099, 0.608246, 0.652154],
                "edge": [-0.290535, 0.25804, -0.317909, -0.464316, 0.008873, -0.169707],
                "first": [-0.943148, 0.58781, -1.397809, 0.502277, -1.488073, -1.454558],
            },
        ),
        (
            10,
            False,
            (64, 64),
            {"unlabeled": 9},
            {
                "image": [0.155601, 0.248081, -0.056619, 0.2051, -0.081277, 0.130782],
                "edge": [-0.236113, 0.16497, -0.157673, -0.587456, -0.086875, -0.050365],
                "first": [-0.730744, 0.544417, -0.401938, 0.479125, -1.110734, -1.229594],
            },
        ),
    ],
    ids=["as on Cityscapes", "as on ADE20K"],
)
def test_pinned_outputs(
    labels: int, edges: bool, size: tuple[int, int], options: dict[str, Any], expected: dict[str, list[float]]
) -> None:
    built = generators.create("ecgan", num_labels=labels, edges=edges, size=size, width=4, hidden=8, **options)
    refill_all(built)
    cond = pinned.cond(labels, edges, size)
    built.train()(cond)
    stages = built.eval().stages(cond)
    for name in ("image", "edge", "first"):
        assert pinned.summary(stages[name]) == pytest.approx(expected[name], abs=pinned.TOLERANCE), name


def test_impossible_sizes_are_refused() -> None:
    with pytest.raises(GeneratorError, match="multiples of 64; got 96x96"):
        Ecgan(6, True, (96, 96), width=2, hidden=4, upsampling="more")


def test_a_channel_that_the_layout_has_not_is_refused() -> None:
    with pytest.raises(GeneratorError, match="the layout has channels 0 to 34"):
        Ecgan(35, True, (32, 32), width=2, hidden=4, unlabeled=182)


def test_layouts_have_a_channel_for_each_stored_value() -> None:
    encoding = Encoding.of(generators.info("ecgan").conditions)
    for name, values in (("ade20k", (0, 1, 150)), ("coco_stuff", (0, 181, 255)), ("cityscapes", (0, 26, 34))):
        card, unlabeled = datasets.get(name).card, RECIPES[name].model.get("unlabeled")
        ids = torch.tensor([[list(values)]])
        channels = condition(ids, ids, card, encoding)[0, : encoding.layout_channels(card), 0].argmax(dim=0).tolist()
        assert channels == [182 if value == 255 else value for value in values]
        assert (unlabeled is None) == (card.unlabeled_id is None)
        if unlabeled is not None:
            assert unlabeled in channels
            assert values[channels.index(unlabeled)] == card.unlabeled_id


def test_a_checkpoint_of_another_label_count_says_which() -> None:
    state = Ecgan(9, True, (32, 32), width=2, hidden=4).state_dict()
    with pytest.raises(GeneratorError, match="made for 10 condition channels, this network for 7"):
        generators.load_state(Ecgan(6, True, (32, 32), width=2, hidden=4), state, "old.pth")


def test_a_checkpoint_with_the_prefix_of_data_parallel_training_is_taken(tmp_path: Path) -> None:
    built = Ecgan(6, True, (32, 32), width=2, hidden=4)
    torch.save({f"module.{name}": value for name, value in built.state_dict().items()}, tmp_path / "g.pth")
    other = Ecgan(6, True, (32, 32), width=2, hidden=4)
    generators.load_state(other, generators.read_state(tmp_path / "g.pth"), "g.pth")
    assert generators.state_digest(other.state_dict()) == generators.state_digest(built.state_dict())


# Edges of photos


def edges_of(grey: Tensor) -> Tensor:
    """Edges of a grey photo (H, W), by the recipe's numbers."""
    return EdgeTargets(1.4, 0.075, 0.175).compute(grey.expand(3, -1, -1))


def steps(heights: dict[int, float], rows: int = 24, columns: int = 96) -> Tensor:
    """A photo whose grey rises at some columns."""
    grey = torch.zeros(columns)
    for column, height in heights.items():
        grey[column:] += height
    return (grey - 1).expand(rows, -1)


def columns_of(edges: Tensor) -> set[int]:
    """Columns that are edges from top to bottom, the border left out; nothing else may be an edge."""
    inside = edges[1:-1]
    assert torch.equal(inside.any(dim=0), inside.all(dim=0))
    return set(inside.all(dim=0).nonzero().flatten().tolist())


def test_thresholds_are_shares_of_the_largest_gradient() -> None:
    """The gradient of a straight step is proportional to its height, whatever filter smooths it."""
    heights = {20: 1.0, 40: 0.17, 60: 0.18, 80: 0.05}
    for scale in (1.0, 0.1):
        found = columns_of(edges_of(steps({column: scale * height for column, height in heights.items()})))
        assert found <= {19, 20, 59, 60}
        assert {(column + 1) // 20 for column in found} == {1, 3}  # one side or both, whose gradients are the same


def test_weak_edges_are_kept_where_a_chain_joins_them_to_strong_ones() -> None:
    height = torch.linspace(1.0, 0.1, 48)[:, None]
    photo = torch.where(torch.arange(64) < 30, 0.0, height) - 1
    assert edges_of(photo)[2:-2, 28:32].any(dim=1).all()  # from strong to a tenth of it
    alone = torch.where(torch.arange(64) < 30, 0.0, torch.tensor(0.1)).expand(48, -1) - 1
    alone = torch.where(torch.arange(64) >= 50, alone + 0.8, alone)
    assert not edges_of(alone)[2:-2, 28:32].any()


def test_an_even_photo_has_no_edges() -> None:
    assert not edges_of(torch.full((16, 16), 0.3)).any()
    assert not edges_of(torch.full((16, 16), 0.3) + torch.rand(16, 16) * 1e-8).any()


def test_it_is_scikit_images_canny() -> None:
    from skimage import feature, filters

    grey = F.avg_pool2d(random_image(1, (64, 96)).mean(dim=1), 5, stride=1, padding=2)[0].double().numpy()
    smooth = filters.gaussian(grey, 1.4, mode="nearest", preserve_range=True)
    gradient = 4 * math.sqrt(2) * filters.sobel(smooth)  # which is a mean over taps and directions
    low, high = (share * gradient[1:-1, 1:-1].max() for share in (0.075, 0.175))
    expected = feature.canny(grey, 1.4, low, high, mode="nearest")
    assert 0.02 < expected.mean() < 0.5
    assert (edges_of(torch.from_numpy(grey)).numpy() == expected).all()


def test_edges_come_as_images_of_three_channels_and_are_computed_once() -> None:
    targets, photos = EdgeTargets(1.4, 0.075, 0.175), random_image(2, (32, 40))
    edges = targets.of(photos)
    assert edges.shape == (2, 3, 32, 40)
    assert set(edges.unique().tolist()) == {-1.0, 1.0}
    for photo, found in zip(photos, edges, strict=True):
        assert torch.equal(found, targets.compute(photo).float().expand(3, -1, -1) * 2 - 1)
    assert targets.computed == 2
    assert torch.equal(targets.of(photos.flip(0)), edges.flip(0))
    assert targets.computed == 2
    targets.of(photos.flip(-1))
    assert targets.computed == 4


def test_edges_are_kept_on_disk(tmp_path: Path) -> None:
    photos = random_image(3, (32, 40))

    def computed(**choices: float) -> int:
        targets = EdgeTargets(**{"sigma": 1.4, "low": 0.075, "high": 0.175, **choices})
        targets.folder = tmp_path / "edges"
        assert torch.equal(targets.of(photos), EdgeTargets(targets.sigma, targets.low, targets.high).of(photos))
        return targets.computed

    assert computed() == 3
    assert computed() == 0
    files = sorted((tmp_path / "edges").iterdir())
    assert len(files) == 3
    files[0].write_bytes(files[0].read_bytes()[:-1])
    damaged = bytearray(files[1].read_bytes())
    damaged[-1] ^= 1
    files[1].write_bytes(damaged)
    files[2].unlink()
    assert computed() == 3
    assert computed() == 0
    assert computed(low=0.1) == 3


def test_a_folder_that_cannot_be_written_is_told_and_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    targets, photos = EdgeTargets(1.4, 0.075, 0.175), random_image(2, (32, 40))
    targets.folder = tmp_path / "file" / "edges"
    with pytest.warns(UserWarning, match="edges of photos are not kept on disk"):
        edges = targets.of(photos)
    assert torch.equal(targets.of(photos), edges)
    assert targets.computed == 2


def test_memory_is_bounded() -> None:
    targets, photos = EdgeTargets(1.4, 0.075, 0.175, memory_bytes=200), random_image(2, (32, 40))  # 160 bytes each
    targets.of(photos)
    targets.of(photos)
    assert targets.computed == 3


@pytest.mark.parametrize("choices", [(0.0, 0.1, 0.2), (1.0, 0.3, 0.2), (1.0, 0.1, 1.5), (1.0, 0.0, 0.5)])
def test_impossible_thresholds_are_refused(choices: tuple[float, float, float]) -> None:
    with pytest.raises(GeneratorError, match="0 < low <= high <= 1; got "):
        EdgeTargets(*choices)


def test_without_scikit_image_the_training_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "skimage", None)
    with pytest.raises(GeneratorError, match="pip install scikit-image"):
        objective(network())
    assert network()(QUICK.cond()).shape == (2, 3, *SIZE)  # images need none


# Pixels, and the similarity of what is read off an image


def test_so_many_pixels_of_every_class_are_drawn() -> None:
    labels = torch.tensor([[[0, 0, 0, 0], [2, 2, 1, 3]], [[3, 3, 3, 3], [3, 3, 3, 3]]])
    pixels = draw_pixels(labels, 2, ignored=2)
    assert pixels.sample.tolist() == [0] * 4 + [1] * 2
    assert pixels.label.tolist() == [0, 0, 1, 3, 3, 3]
    assert torch.equal(labels.flatten(1)[pixels.sample, pixels.place], pixels.label)
    assert len(set(zip(pixels.sample.tolist(), pixels.place.tolist(), strict=True))) == 6
    maps = torch.arange(2 * 3 * 8).view(2, 3, 2, 4)
    assert pixels.of(maps)[2].tolist() == [6, 14, 22]


def test_each_pixel_of_a_class_is_drawn_alike() -> None:
    labels = torch.tensor([[[0, 1, 1, 1, 1]]])
    torch.manual_seed(0)
    counts = torch.zeros(5)
    for _ in range(400):
        counts[draw_pixels(labels, 1).place] += 1
    assert counts[0] == 400
    assert counts[1:].tolist() == pytest.approx([100] * 4, abs=35)


def test_similarities_are_compared_pair_by_pair() -> None:
    probabilities = torch.tensor([[0.7, 0.3], [0.6, 0.4], [0.2, 0.8]])
    logits = probabilities.log().T.view(1, 2, 1, 3)
    pixels = Pixels(torch.zeros(3, dtype=torch.int64), torch.arange(3), torch.tensor([0, 0, 1]))
    same = -math.log(0.7 * 0.6 + 0.3 * 0.4)
    different = -(math.log(1 - (0.7 * 0.2 + 0.3 * 0.8)) + math.log(1 - (0.6 * 0.2 + 0.4 * 0.8))) / 2
    assert similarity_loss(logits, pixels).item() == pytest.approx((same + different) / 2)


def test_similarity_is_averaged_over_images_that_have_pairs() -> None:
    logits = torch.randn(3, 4, 1, 3)
    place, label = torch.arange(3), torch.tensor([0, 0, 1])
    first = Pixels(torch.zeros(3, dtype=torch.int64), place, label)
    second = Pixels(torch.full((3,), 2), place, torch.tensor([1, 2, 3]))
    alone = Pixels(torch.tensor([1]), torch.tensor([0]), torch.tensor([0]))
    parts = [similarity_loss(logits, part).item() for part in (first, second)]
    joined = Pixels(*(torch.cat(field) for field in zip(first, alone, second, strict=True)))
    assert similarity_loss(logits, joined).item() == pytest.approx(sum(parts) / 2)
    logits.requires_grad_()
    nothing = similarity_loss(logits, alone)
    nothing.backward()
    assert nothing.item() == 0
    assert logits.grad is not None
    assert not logits.grad.any()


def test_a_sure_reading_of_the_layout_has_no_loss_and_a_sure_wrong_one_a_finite_one() -> None:
    layout = torch.tensor([[[0, 0, 1, 2]]])
    pixels = draw_pixels(layout, 4)
    right = F.one_hot(layout, 3).permute(0, 3, 1, 2) * 100.0
    assert similarity_loss(right, pixels).item() == pytest.approx(0, abs=1e-5)
    wrong = torch.zeros_like(right)
    wrong[:, 0] = 100
    assert 1 < similarity_loss(wrong, pixels).item() < 20


def test_the_label_generator_reads_every_pixel() -> None:
    logits = LabelGenerator(5, 2, 1)(random_image(2, (32, 64)))
    assert logits.shape == (2, 5, 32, 64)


# Contrast across layouts


def by_hand(anchors: Tensor, labels: list[int], others: Tensor, other_labels: list[int], temperature: float) -> float:
    """The loss, pair by pair."""
    losses = []
    for i, label in enumerate(labels):
        similar = [float(anchors[i] @ other) / temperature for other in others]
        negatives = sum(math.exp(s) for s, other in zip(similar, other_labels, strict=True) if other != label)
        own = [s for j, (s, other) in enumerate(zip(similar, other_labels, strict=True)) if other == label and j != i]
        if own:
            losses.append(sum(-math.log(math.exp(s) / (math.exp(s) + negatives)) for s in own) / len(own))
    return sum(losses) / len(losses) if losses else 0.0


@pytest.mark.parametrize("labels", [[0, 0, 1, 1, 2], [0, 1, 2, 3, 4], [1, 1, 1, 1, 1]], ids=str)
@pytest.mark.parametrize("known", [[], [0, 0, 2, 5]], ids=str)
def test_the_contrastive_loss_by_hand(labels: list[int], known: list[int]) -> None:
    rng = torch.Generator().manual_seed(0)
    others = F.normalize(torch.randn(len(labels) + len(known), 6, generator=rng), dim=1)
    anchors = others[: len(labels)].clone().requires_grad_()
    loss = contrastive_loss(anchors, torch.tensor(labels), others, torch.tensor(labels + known), 0.5)
    assert loss.item() == pytest.approx(by_hand(anchors.detach(), labels, others, labels + known, 0.5), rel=1e-5)
    loss.backward()
    assert anchors.grad is not None
    assert anchors.grad.isfinite().all()


def test_it_draws_a_class_together_and_pushes_classes_apart() -> None:
    labels = torch.tensor([0, 0, 1, 1])
    near, far = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]])
    good, bad = torch.cat((near, near, far, far)), torch.cat((near, far, near, far))
    losses = [contrastive_loss(x, labels, x, labels, 0.1).item() for x in (good, bad)]
    assert losses[0] == pytest.approx(0, abs=1e-3)
    assert losses[1] > 5


def contrast(memory: int = 3) -> PixelContrast:
    torch.manual_seed(0)
    return PixelContrast(channels=2, classes=4, embedding=3, temperature=0.1, memory=memory)


def drawn(features: Tensor, labels: list[list[int]]) -> Pixels:
    return draw_pixels(torch.tensor(labels)[:, None], per_class=features.shape[-1])


def class_means(module: PixelContrast, features: Tensor, labels: list[list[int]], label: int) -> list[Tensor]:
    """By layout that has the class, the direction of the mean of its embeddings."""
    embedded = F.normalize(module.projection(features.flatten(2).transpose(1, 2)), dim=2)
    masks = [torch.tensor(row) == label for row in labels]
    return [F.normalize(own[mask].sum(0), dim=0) for own, mask in zip(embedded, masks, strict=True) if mask.any()]


@torch.no_grad()
def test_the_last_layouts_of_a_class_are_remembered() -> None:
    module = contrast()
    first, second = torch.randn(2, 2, 1, 4), torch.randn(3, 2, 1, 4)
    labels = [[0, 0, 1, 1], [1, 1, 1, 1]], [[1, 1, 1, 3], [0, 1, 1, 1], [1, 1, 1, 1]]
    module(first, drawn(first, labels[0]))
    assert module.seen.tolist() == [1, 2, 0, 0]
    torch.testing.assert_close(module.memory[1, :2], torch.stack(class_means(module, first, labels[0], 1)))
    module(second, drawn(second, labels[1]))
    assert module.seen.tolist() == [2, 5, 0, 1]
    ones = class_means(module, first, labels[0], 1) + class_means(module, second, labels[1], 1)
    torch.testing.assert_close(module.memory[1], torch.stack([ones[3], ones[4], ones[2]]))  # oldest written over
    assert not module.memory[2].any()


@torch.no_grad()
def test_of_more_layouts_than_fit_the_last_are_remembered() -> None:
    module, features, labels = contrast(memory=2), torch.randn(5, 2, 1, 3), [[1, 1, 1]] * 5
    module(features, drawn(features, labels))
    ones = class_means(module, features, labels, 1)
    torch.testing.assert_close(module.memory[1], torch.stack([ones[4], ones[3]]))
    assert module.seen.tolist() == [0, 5, 0, 0]


def test_what_is_remembered_is_compared_and_gets_no_gradient() -> None:
    module, features, labels = contrast(), torch.randn(1, 2, 1, 4), [[0, 0, 1, 1]]
    alone = module.eval()(features, drawn(features, labels))
    module.train()(features, drawn(features, labels))
    assert module.seen.tolist() == [1, 1, 0, 0]
    loss = module.eval()(features, drawn(features, labels))
    assert module.seen.tolist() == [1, 1, 0, 0]  # in evaluation nothing is remembered
    assert loss.item() != pytest.approx(alone.item())
    embedded = F.normalize(module.projection(features[0, :, 0].T), dim=1).detach()
    others = torch.cat((embedded, module.memory[0, :1], module.memory[1, :1]))
    assert loss.item() == pytest.approx(by_hand(embedded, [0, 0, 1, 1], others, [0, 0, 1, 1, 0, 1], 0.1), rel=1e-4)
    loss.backward()
    assert not module.memory.requires_grad


def test_layouts_without_a_class_that_counts_have_no_loss_but_reach_every_parameter() -> None:
    module, features = contrast(), torch.randn(1, 2, 1, 4, requires_grad=True)
    loss = module(features, draw_pixels(torch.full((1, 1, 4), 3), 2, ignored=3))
    loss.backward()
    assert loss.item() == 0
    assert all(parameter.grad is not None for parameter in module.parameters())


# The objective


@torch.no_grad()
def test_terms_are_those_of_first_image_edges_and_twice_the_final_image() -> None:
    built, cond, real = network().train(), QUICK.cond(), random_image(2, SIZE)
    trained = objective(built)
    stages = trained.stages(built, cond, real)
    edges = EdgeTargets(1.4, 0.075, 0.175).of(real)
    assert torch.equal(stages["edge_of_real"], edges)
    terms, of_d = trained.generator_terms(cond, real, stages), trained.discriminator_terms(cond, real, stages)
    judge = trained.discriminator_module()
    parts = [(1, stages["first"], real), (1, stages["edge"], edges), (2, stages["image"], real)]
    features = [(share, judge(cond, fake), judge(cond, target)) for share, fake, target in parts]
    expected = {
        "gan": sum(n * gan_loss(fake, is_real=True, for_d=False) for n, fake, _ in features),
        "feature_matching": sum(n * feature_matching_loss(fake, target) for n, fake, target in features),
        "l1": sum(n * F.l1_loss(fake, target) for n, fake, target in (parts[0], parts[2])),
        "texture": sum(n * texture_loss(texture_energies(a), texture_energies(b)) for n, a, b in parts),
    }
    assert {k: v.item() for k, v in terms.items()} == pytest.approx(
        {k: float(v) for k, v in expected.items()}, rel=1e-4
    )
    expected = {
        "fake": sum(n * gan_loss(fake, is_real=False, for_d=True) for n, fake, _ in features),
        "real": sum(n * gan_loss(target, is_real=True, for_d=True) for n, _, target in features),
    }
    assert {k: v.item() for k, v in of_d.items()} == pytest.approx({k: float(v) for k, v in expected.items()}, rel=1e-4)
    assert trained.encoder() is None


@torch.no_grad()
def test_the_perceptual_loss_compares_edges_too() -> None:
    class Distance(torch.nn.Module):
        def forward(self, fake: Tensor, target: Tensor) -> Tensor:
            return (fake - target).square().mean()

    built, cond, real = network().train(), QUICK.cond(), random_image(2, SIZE)
    trained = objective(built, loss_weights={"l1": 1.0})
    trained.loss_weights["vgg"] = 10.0
    trained.vgg.append(Distance())  # type: ignore[arg-type]
    stages = trained.stages(built, cond, real)
    edges = EdgeTargets(1.4, 0.075, 0.175).of(real)
    parts = [(1, stages["first"], real), (1, stages["edge"], edges), (2, stages["image"], real)]
    expected = sum(n * F.mse_loss(fake, target) for n, fake, target in parts)
    assert trained.generator_terms(cond, real, stages)["vgg"].item() == pytest.approx(float(expected), rel=1e-5)


def test_what_the_paper_adds() -> None:
    built, cond, real = network(WHOLE).train(), WHOLE.cond(), random_image(2, SIZE)
    trained = objective(built, WHOLE)
    parts = trained.encoder()
    assert isinstance(parts, torch.nn.ModuleDict)
    labels, contrasted = parts["labels"], parts["contrast"]
    assert isinstance(contrasted, PixelContrast)
    stages = trained.stages(built, cond, real)
    torch.manual_seed(7)
    terms = trained.generator_terms(cond, real, stages)
    layouts = cond[:, :6].argmax(1)
    torch.manual_seed(7)
    pixels, anchors = draw_pixels(layouts, 32), draw_pixels(layouts, 8)
    assert terms["label"].item() == pytest.approx(F.cross_entropy(labels(real), layouts).item(), rel=1e-5)
    expected = similarity_loss(labels(stages["image"]), pixels)
    assert terms["similarity"].item() == pytest.approx(expected.item(), rel=1e-5)
    assert terms["contrastive"].item() == pytest.approx(contrasted(stages["features"], anchors).item(), rel=1e-5)
    for term in ("similarity", "contrastive"):  # both reach the generator
        built.zero_grad()
        terms[term].backward(retain_graph=True)
        gradient = built.up_3.conv_1.weight_orig.grad
        assert gradient is not None
        assert gradient.abs().max() > 0, term
    built.zero_grad()
    terms["label"].backward()
    assert built.up_3.conv_1.weight_orig.grad is None


@torch.no_grad()
def test_unlabelled_pixels_count_in_none_of_it() -> None:
    case = dataclasses.replace(WHOLE, options={"unlabeled": 0})
    built = case.generator().train()
    assert isinstance(built, Ecgan)
    cond, real = case.cond(), random_image(2, SIZE)
    trained = objective(built, case)
    parts = trained.encoder()
    assert isinstance(parts, torch.nn.ModuleDict)
    layouts = cond[:, :6].argmax(1)
    assert bool((layouts == 0).any())
    terms = trained.generator_terms(cond, real, trained.stages(built, cond, real))
    expected = F.cross_entropy(parts["labels"](real), layouts, ignore_index=0)
    assert terms["label"].item() == pytest.approx(expected.item(), rel=1e-5)
    everywhere = torch.zeros_like(cond)
    everywhere[:, 0] = 1
    terms = trained.generator_terms(everywhere, real, trained.stages(built, everywhere, real))
    assert [terms[name].item() for name in ("label", "similarity", "contrastive")] == [0, 0, 0]


def test_a_recipe_without_a_choice_is_told_which() -> None:
    choices = tuple(pair for pair in WHOLE.recipe.objective if pair[0] != "temperature")
    with pytest.raises(GeneratorError, match="does not state 'temperature'"):
        objective(network(WHOLE), WHOLE, objective=choices)


def test_missing_vgg_weights_are_told() -> None:
    with pytest.raises(GeneratorError, match="--without vgg"):
        objective(network(), loss_weights={"gan": 1.0, "vgg": 10.0})


def test_an_interrupted_training_goes_on_with_what_it_remembered(tmp_path: Path) -> None:
    from lightning_fabric import Fabric

    recipe = dataclasses.replace(WHOLE.recipe, steps=2, decay_steps=0, batch_size=2)

    def run(folder: Path, killed_at: int | None = None) -> dict[str, Tensor]:
        def batches(start: int) -> Iterator[tuple[Tensor, Tensor]]:
            for step in itertools.count(start):
                if step == killed_at:
                    raise KeyboardInterrupt
                yield WHOLE.cond(2, step), random_image(2, SIZE, step)

        built = network(WHOLE)
        folder.mkdir(exist_ok=True)
        fabric = Fabric(accelerator="cpu", devices=1)
        trained = objective(built, WHOLE)
        generators.train(fabric, built, trained, batches, recipe, folder, seed=0, checkpoint_seconds=0.0)
        return trained.state_dict()

    whole = run(tmp_path / "whole")
    assert whole["parts.contrast.seen"].tolist() == [4] * 6
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "killed", killed_at=1)
    resumed = run(tmp_path / "killed")
    assert generators.state_digest(resumed) == generators.state_digest(whole)


# Recipes and sizes of the paper


def test_every_choice_beyond_the_released_code_is_stated_and_called_ours() -> None:
    released = {name for name in RECIPES if not name.endswith("-contrastive")}
    assert {f"{name}-contrastive" for name in released} | released == set(RECIPES)
    for name in released:
        code, whole = RECIPES[name], RECIPES[f"{name}-contrastive"]
        assert not {"label", "similarity", "contrastive"} & set(code.loss_weights)
        assert {"label", "similarity", "contrastive"} <= set(whole.loss_weights)
        assert whole.source.startswith("ours: label generator")
        assert dict(code.objective) == {"edge_sigma": 1.4, "edge_low": 0.075, "edge_high": 0.175}
        more = {"label_width", "label_blocks", "similarity_pixels", "embedding", "temperature", "anchors", "memory"}
        assert set(dict(whole.objective)) == more | set(dict(code.objective))
        assert json.loads(json.dumps(whole.stated()))["objective"] == [list(pair) for pair in whole.objective]


SIZES = {
    "cityscapes": (93_166_252, 5_601_410),
    "ade20k": (97_165_377, 5_836_930),
    "coco_stuff": (98_400_809, 5_904_514),
}


@pytest.mark.parametrize("recipe", SIZES)
def test_parameters_at_paper_size(recipe: str) -> None:
    both = paper_generator("ecgan", recipe), paper_discriminator("ecgan", recipe)
    assert tuple(map(parameter_count, both)) == SIZES[recipe]


@pytest.mark.golden
@pytest.mark.parametrize("recipe", SIZES)
def test_keys_and_shapes_are_those_of_the_released_code(recipe: str, golden_folder: Path) -> None:
    for part, built in (("G", paper_generator("ecgan", recipe)), ("D", paper_discriminator("ecgan", recipe))):
        name = f"ecgan-{recipe.removesuffix('_stuff')}-{part}.json"
        state = json.loads((golden_folder / "keys" / name).read_text())["state"]
        assert layout(built) == {key: (tuple(shape), dtype) for key, (shape, dtype) in state.items()}


def test_a_run_keeps_edges_in_the_folder_of_caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sisbench.job import Overrides, plan
    from sisbench.pipeline import make_fabric
    from sisbench.training import initialised, train

    monkeypatch.setenv("SISBENCH_CACHE", str(tmp_path / "cache"))
    job = plan("ecgan", "tinytown", overrides=Overrides(steps=2, width=2))
    train(job, initialised(job), tmp_path, make_fabric("cpu"))
    assert [path.suffix for path in (tmp_path / "cache" / "ecgan").iterdir()] == [".edges"] * 2
