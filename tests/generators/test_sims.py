"""SIMS: segments, retrieval, canvases, placing networks and losses by hand; official variables; pinned outputs."""

from __future__ import annotations

import copy
import math
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional as F

import generators
from benchmarks.plain.sims import synthesis
from generators import GeneratorError, _sims_bank
from generators._sims_bank import Bank, similarity
from generators._sims_canvas import compose, practise, rear_to_front
from generators._sims_networks import IDENTITY, SIDE, Ordering, Transformation, warped
from generators._sims_objective import SimsObjective, alignment_loss, ordering_loss, random_affine
from generators._sims_segments import OUTSIDE, borders, components, describe, enlarged, filled, find, sample, touching
from generators.sims import CITYSCAPES, Sims
from tests.generators.pinned import TOLERANCE, cond, summary, waves
from tests.generators.tiny import Case, random_image
from tests.golden._key_hash import refill_all

QUICK = Case("sims", "quick")
SIZE = (64, 128)


def blank(**options: Any) -> Sims:
    network = generators.create("sims", num_labels=5, edges=False, size=SIZE, width=4, **options)
    assert isinstance(network, Sims)
    return network.eval()


def as_retrieved(num_labels: int = 5) -> tuple[Transformation, Ordering]:
    """The placing networks as an official checkpoint leaves them."""
    network = generators.create("sims", num_labels=num_labels, edges=False, size=SIZE, width=1)
    assert isinstance(network, Sims)
    state = {key: value for key, value in network.state_dict().items() if key.startswith("g_")}
    generators.load_state(network, state, "a test")
    return network.transformation, network.ordering


# Segments


def test_components_are_8_connected_and_named_after_their_first_pixel() -> None:
    layout = torch.tensor([[1, 0, 0, 1, 2], [0, 1, 0, 1, 2], [3, 3, 1, 0, 1]])
    expected = [[0, 1, 1, 0, 4], [1, 0, 1, 0, 4], [10, 10, 0, 1, 0]]
    assert components(layout).tolist() == expected


def test_components_agree_with_scipy() -> None:
    from scipy import ndimage

    for seed in range(50):
        rng = torch.Generator().manual_seed(seed)
        size = torch.randint(1, 24, (2,), generator=rng).tolist()
        layout = torch.randint(0, 3, size, generator=rng)
        expected = torch.zeros_like(layout)
        for label in range(3):
            numbered, count = ndimage.label((layout == label).numpy(), [[1] * 3] * 3)
            for number in range(1, count + 1):
                mask = torch.from_numpy(numbered == number)
                expected[mask] = int(mask.flatten().nonzero()[0])
        assert torch.equal(components(layout), expected)


def street() -> Tensor:
    """16x16: sky (0), road (1), a car (2) of 6x8 pixels that stands in the road, and a lamp (3) of 5 pixels."""
    layout = torch.zeros(16, 16, dtype=torch.int64)
    layout[6:] = 1
    layout[7:13, 4:12] = 2
    layout[0:5, 1] = 3
    return layout


def test_segments_are_sorted_by_size_and_small_ones_left_out() -> None:
    segments = find(street())
    assert segments.labels.tolist() == [1, 0, 2]  # 112, 91, 48 pixels; the lamp has 5
    assert segments.boxes.tolist() == [[6, 0, 10, 16], [0, 0, 6, 16], [7, 4, 6, 8]]
    assert segments.numbers[0, 1] == -1
    assert [(segments.numbers == k).sum().item() for k in range(3)] == [112, 91, 48]


def test_a_layout_without_segments() -> None:
    layout = torch.arange(64).view(8, 8)
    assert len(find(layout)) == 0
    assert len(touching(find(layout))) == 0


def test_windows_read_the_centres_of_their_cells() -> None:
    plane = torch.arange(24).view(1, 4, 6)
    boxes = torch.tensor([[0, 0, 4, 6], [-2, 4, 4, 4], [1, 1, 1, 1]])
    found = sample(plane, torch.zeros(3, dtype=torch.int64), boxes, (2, 2), -1)
    assert found[0].tolist() == [[7, 10], [19, 22]]  # rows 1, 3 and columns 1, 4
    assert found[1].tolist() == [[-1, -1], [11, -1]]  # rows -1, 1 and columns 5, 7
    assert found[2].tolist() == [[7, 7], [7, 7]]


def test_masks_and_contexts() -> None:
    layout = street()
    segments = find(layout)
    masks, contexts = describe(layout, segments)
    assert masks[2].all()  # the car fills its box
    # the road's box is rows 6 to 15, all columns; the car is columns 4 to 11 of its rows 7 to 12
    assert masks[0, :, 0].all()
    assert masks[0, 5, 4:12].sum() == 0
    assert enlarged(segments.boxes)[0].tolist() == [5, -2, 12, 20]
    assert (contexts[0, :, 0] == OUTSIDE).all()  # two pixels beyond the left edge
    assert contexts[2].unique().tolist() == [1, 2]


def test_similarity_is_the_overlap_of_masks_and_of_contexts() -> None:
    mask, context = torch.tensor([1, 1, 0, 0], dtype=torch.uint8), torch.tensor([5, 6, 7, 8], dtype=torch.uint8)
    masks = torch.tensor([[1.0, 1, 0, 0], [1, 0, 1, 0], [0, 0, 1, 1]])
    contexts = torch.tensor([[5, 6, 7, 8], [5, 6, 7, 0], [0, 0, 0, 8]], dtype=torch.uint8)
    expected = [1 + 1, 1 / 3 + 3 / 5, 0 + 1 / 7]
    assert similarity(mask, context, masks, contexts).tolist() == pytest.approx(expected)


def test_borders_touching_and_filled() -> None:
    owners = torch.tensor([[0, 0, 0, 1], [0, 0, 0, 1]])
    assert borders(owners).tolist() == [[False, False, True, True]] * 2
    assert touching(find(street())).tolist() == [[0, 1], [0, 2]]
    notch = torch.tensor([[1, 0, 0, 1], [1, 0, 0, 0], [0, 0, 0, 0]])
    assert filled(notch).tolist() == [[True] * 4, [True, False, False, False], [False] * 4]


# The bank


class Streets:
    """Streets whose car is grey 10, 20, ...: photos differ, and layouts by the place of the car."""

    def __init__(self, n: int) -> None:
        self.n = n

    def __len__(self) -> int:
        return self.n

    def layout(self, index: int) -> Tensor:
        layout = street()
        return layout.roll(index % 4, 1) if index else layout

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        layout = self.layout(index)
        photo = torch.where(layout == 2, 10 * (index + 1), 100 + 50 * layout).clamp(max=255)
        return F.one_hot(layout, 5).permute(2, 0, 1).float(), photo.to(torch.uint8).expand(3, -1, -1).contiguous()

    def digest(self) -> str:
        return f"streets {self.n}"


def bank(folder: Path, n: int = 3) -> Bank:
    _sims_bank.build(folder, Streets(n), 5, (16, 16), lambda done, total: None)
    return _sims_bank.load(folder, 5, (16, 16))


def test_a_bank_of_several_shards_knows_its_photos(tmp_path: Path) -> None:
    found = bank(tmp_path / "b", 20)
    assert found.facts["samples"] == 20
    cars = (found.labels == 2).nonzero()[:, 0]
    assert found.photo_of[cars].unique().tolist() == list(range(20))
    for car in cars.tolist():
        photo = int(found.photo_of[car])
        mask = found.numbers[photo] == found.number_of[car]
        assert found.photos[photo][:, mask].unique().tolist() == [10 * (photo + 1)]
        assert mask.nonzero().amin(0).tolist() == found.boxes[car, :2].tolist()


def test_the_best_are_retrieved_in_order_and_of_equal_ones_the_first(tmp_path: Path) -> None:
    found, layout = bank(tmp_path / "b", 8), Streets(8).layout(0)
    segments = find(layout)
    masks, contexts = describe(layout, segments)
    road = segments.labels.tolist().index(1)
    best = found.retrieve(1, masks[road], contexts[road], 3)
    assert found.photo_of[best].tolist()[:1] == [0]
    fits = similarity(masks[road].flatten(), contexts[road].flatten(), *descriptors(found, best))
    assert fits[0] == 2
    assert fits.tolist() == sorted(fits.tolist(), reverse=True)
    # photos 0 and 4 have the same layout: the lower index comes first, and neither is another segment
    others = found.retrieve(1, masks[road], contexts[road], 3, below=1.9)
    assert not {0, 4} & set(found.photo_of[others].tolist())
    assert len(found.retrieve(4, masks[road], contexts[road], 3)) == 0


def descriptors(found: Bank, which: Tensor) -> tuple[Tensor, Tensor]:
    there, masks, contexts = found._of_label[1]
    rows = torch.tensor([int((there == k).nonzero()[0]) for k in which])
    return masks[rows], contexts[rows]


def test_a_bank_of_other_labels_or_size_is_refused(tmp_path: Path) -> None:
    bank(tmp_path / "b")
    with pytest.raises(GeneratorError, match="its labels is 5, expected 6"):
        _sims_bank.load(tmp_path / "b", 6, (16, 16))
    with pytest.raises(GeneratorError, match="up to 255 labels; the data set has 300"):
        _sims_bank.build(tmp_path / "c", Streets(2), 300, (16, 16), lambda done, total: None)


def test_without_a_bank_there_is_no_image(tmp_path: Path) -> None:
    with pytest.raises(GeneratorError, match="no memory bank yet"):
        blank()(cond(5, False, SIZE))
    with pytest.raises(GeneratorError, match="does not hold what sims prepares"):
        blank().use_prepared(tmp_path)


def test_an_averaged_copy_uses_the_same_bank(tmp_path: Path) -> None:
    network = QUICK.generator()
    assert isinstance(network, Sims)
    assert copy.deepcopy(network).bank is network.bank


# Canvases


def test_a_known_layout_gets_its_own_photo_back(tmp_path: Path) -> None:
    """Unmoved segments of the very same layout; borders stay blank."""
    found, streets = bank(tmp_path / "b"), Streets(3)
    layout, (_, photo) = streets.layout(1), streets[1]
    canvas = compose(layout, found, *as_retrieved(), "layout", rounded=False)
    segments = find(layout)
    inner = (segments.numbers >= 0) & ~borders(segments.numbers)
    painted = canvas.painted[0] > 0
    assert not (painted & ~inner).any()
    assert painted.sum() > 0.8 * inner.sum()  # windows are read at their own size; nothing else is lost
    wanted = torch.where(layout == 2, 10, photo.long())  # the car of photo 0 fits as well, and comes first
    assert torch.equal((canvas.photo * 255).round().long()[:, painted], wanted[:, painted])
    assert (canvas.photo[:, ~painted] == 0).all()
    assert torch.equal(canvas.layout, layout)


def test_segments_cut_to_the_layout_stay_in_it_and_uncut_ones_edit_it(tmp_path: Path) -> None:
    found, layout = bank(tmp_path / "b"), street()
    layout[7:13, 4:6] = 1  # the car is narrower than any in the bank
    transformation, ordering = as_retrieved()
    with torch.no_grad():
        transformation.head.bias.copy_(torch.tensor([0.5, 0.0, 0.0, 0.0, 0.5, 0.0]))  # twice as large
    cut = compose(layout, found, transformation, ordering, "layout", rounded=False)
    assert torch.equal(cut.layout, layout)
    car = cut.photo[0] * 255 < 60
    assert (layout[car & (cut.painted[0] > 0)] == 2).all()
    uncut = compose(layout, found, transformation, ordering, "segments", rounded=False)
    assert (uncut.layout == 2).sum() > (layout == 2).sum()


def test_rounded_parameters_leave_small_moves_out(tmp_path: Path) -> None:
    found, layout = bank(tmp_path / "b"), street()
    transformation, ordering = as_retrieved()
    unmoved = compose(layout, found, transformation, ordering, "layout", rounded=False)
    with torch.no_grad():
        transformation.head.bias.copy_(torch.tensor([1.3, 0.2, 0.3, -0.2, 0.8, -0.4]))
    moved = compose(layout, found, transformation, ordering, "layout", rounded=False)
    rounded = compose(layout, found, transformation, ordering, "layout", rounded=True)
    assert not torch.equal(moved.photo, unmoved.photo)
    assert torch.equal(rounded.photo, unmoved.photo)


def test_a_training_canvas_has_the_photo_through_the_mask_of_another_segment(tmp_path: Path) -> None:
    found, streets = bank(tmp_path / "b"), Streets(3)
    layout, (_, photo) = streets.layout(0), streets[0]
    canvas = practise(layout, photo.float() / 255, find(layout), found)
    painted = canvas.painted[0] > 0
    assert torch.equal(canvas.layout, layout)
    assert torch.equal((canvas.photo * 255).round()[:, painted], photo.float()[:, painted])
    # the road of this photo has its notch in columns 4 to 11; those of the others let only theirs through
    road_row = painted[14]
    assert road_row.any()
    assert not painted[layout == 3].any()


def test_a_training_canvas_is_blank_where_the_bank_has_nothing_else(tmp_path: Path) -> None:
    found, (_, photo) = bank(tmp_path / "b", 1), Streets(1)[0]
    canvas = practise(street(), photo.float() / 255, find(street()), found)
    assert not canvas.painted.any()  # the only segments are its own


def test_an_ordering_that_knows_nothing_paints_large_segments_first() -> None:
    assert rear_to_front(find(street()), as_retrieved()[1]) == [0, 1, 2]


def test_an_ordering_is_obeyed() -> None:
    class Fixed(Ordering):
        def forward(self, masks: Tensor, labels: Tensor) -> Tensor:  # type: ignore[override]
            rank = torch.tensor([9.0, 1.0, 0.0, 0.0, 0.0])  # sky before road before car
            return rank[labels[:, 0]] - rank[labels[:, 1]]

    segments = find(street())  # road, sky, car
    assert rear_to_front(segments, Fixed(5)) == [2, 0, 1]


# The placing networks


def test_the_transformation_starts_at_the_identity() -> None:
    torch.manual_seed(0)
    network = Transformation()
    network.begin()
    windows = torch.rand(4, 4, SIDE, SIDE)
    found = network(windows[:, 3:], windows[:, 3:], windows[:, :3])
    assert found.shape == (4, 2, 3)
    assert (found - torch.tensor(IDENTITY).view(2, 3)).abs().max() < 2e-3
    unmoved = torch.tensor(IDENTITY).view(1, 2, 3).expand(4, -1, -1)
    assert (warped(windows, unmoved) - windows).abs().max() < 1e-5


def test_parameters_shift_by_half_sides() -> None:
    image = torch.zeros(1, 1, 4, 4)
    image[0, 0, 1, 2] = 1
    shifted = warped(
        image, torch.tensor([[[1.0, 0, 0.5], [0, 1, 0]]])
    )  # reads one pixel (half of half of 4) to the right
    assert shifted[0, 0].nonzero().tolist() == [[1, 1]]


def test_the_logit_of_a_pair_is_minus_that_of_its_reverse() -> None:
    torch.manual_seed(0)
    network, masks, labels = Ordering(5), torch.rand(3, 2, SIDE, SIDE), torch.tensor([[0, 1], [2, 2], [4, 3]])
    torch.testing.assert_close(network(masks, labels), -network(masks.flip(1), labels.flip(1)))


def test_what_moves_segments_back_has_no_loss() -> None:
    windows = torch.zeros(3, 4, SIDE, SIDE)
    windows[:, :, 10:22, 10:22] = 0.5

    class Perfect(Transformation):
        def forward(self, wanted: Tensor, mask: Tensor, photo: Tensor) -> Tensor:  # type: ignore[override]
            return inverse

    torch.manual_seed(3)
    moved = random_affine(3)
    whole = torch.cat((moved, torch.tensor([0.0, 0, 1]).expand(3, 1, 3)), dim=1)
    inverse = torch.linalg.inv(whole)[:, :2]
    network = Perfect()
    torch.manual_seed(3)
    perfect = alignment_loss(network, windows)
    inverse = torch.tensor(IDENTITY).view(1, 2, 3).repeat(3, 1, 1)
    torch.manual_seed(3)
    assert perfect < 0.3 * alignment_loss(network, windows)  # what is left is two bilinear readings


def test_the_random_moves_are_small() -> None:
    torch.manual_seed(0)
    drawn = random_affine(5000)
    scale = drawn[:, :, :2].det().sqrt()
    assert scale.log().abs().max() <= 0.25 + 1e-6
    assert drawn[:, :, 2].abs().max() <= 0.25
    assert torch.atan2(drawn[:, 1, 0], drawn[:, 0, 0]).abs().max() <= math.pi / 12 + 1e-6


def test_what_fills_a_notch_is_in_front() -> None:
    """A car in the road: where both would lie, if filled, the car lies."""
    masks = torch.zeros(2, 2, SIDE, SIDE)
    masks[0, 0, 10:], masks[0, 0, 12:24, 8:20] = 1, 0
    masks[0, 1, 12:24, 8:20] = 1
    masks[1] = masks[0].flip(0)

    class Sure(Ordering):
        def forward(self, masks: Tensor, labels: Tensor) -> Tensor:  # type: ignore[override]
            return torch.tensor([-20.0, 20.0])

    labels = torch.zeros(2, 2, dtype=torch.int64)
    assert ordering_loss(Sure(5), masks, labels) < 1e-6
    assert ordering_loss(Sure(5), masks.flip(1), labels) == pytest.approx(20, rel=1e-4)
    apart = torch.zeros(2, 2, SIDE, SIDE)
    apart[:, 0, :4], apart[:, 1, 8:] = 1, 1
    assert ordering_loss(Sure(5), apart, labels) == pytest.approx(10, rel=1e-4)  # undecided: half of 0 and half of 20


# Objective and recipes


def test_terms_by_hand() -> None:
    network = QUICK.generator().train()
    objective, real = QUICK.objective(network), random_image(2, SIZE)
    assert isinstance(objective, SimsObjective)
    torch.manual_seed(0)
    stages = objective.stages(network, QUICK.cond(), real)
    terms = objective.generator_terms(QUICK.cond(), real, stages)
    assert set(terms) == {"l1", "texture", "semantic", "transformation", "ordering"}
    plain = (stages["images"][:, 0] - real).abs().mean() * 127.5
    assert terms["l1"].item() == pytest.approx(plain.item(), rel=1e-5)
    logits, layout = stages["semantic"].log_softmax(1), QUICK.cond()[:, :6]
    assert terms["semantic"].item() == pytest.approx(-(logits * layout).sum(1).mean().item(), rel=1e-5)
    assert objective.discriminator_module() is None


def test_the_rates_of_the_recipe_are_the_official_rule() -> None:
    resolved = CITYSCAPES.resolved(10)
    for epoch in range(1, 801):
        expected = min(1e-6 * 1.1 ** (epoch - 1), 1e-3 if epoch <= 112 else 1e-4)
        assert resolved.lr_g * resolved.lr_factor(10 * (epoch - 1), 10) == pytest.approx(expected)


def test_layouts_without_neighbours_train_too() -> None:
    """A layout of a single segment has no pair to order."""
    network = QUICK.generator().train()
    objective, one = QUICK.objective(network), torch.zeros(1, 6, *SIZE)
    one[:, 2] = 1
    terms = objective.generator_terms(one, random_image(1, SIZE), objective.stages(network, one, random_image(1, SIZE)))
    total = torch.stack([objective.weight(name) * term for name, term in terms.items()]).sum()
    total.backward()
    assert total.isfinite()
    assert all(p.grad is not None for p in network.parameters())  # else data-parallel training would wait for ever


# The synthesis network


@torch.no_grad()
def test_pooling_counts_nothing_beyond_the_edge() -> None:
    from generators.sims import _pooled

    x = torch.arange(16.0).view(1, 1, 4, 4)
    assert _pooled(x)[0, 0].tolist() == [[5.0, 6.5], [11.0, 12.5]]  # means of 9, 6, 6 and 4 pixels


@torch.no_grad()
def test_it_equals_the_plain_form() -> None:
    network = blank()
    refill_all(network)
    inputs = (cond(5, False, SIZE), waves(2, 3, *SIZE), (waves(2, 1, *SIZE) > 0).float())
    for got, expected in zip(network.synthesise(*inputs), synthesis(network)(*inputs), strict=True):
        assert (got - expected).abs().max() < 1e-5


@torch.no_grad()
def test_blue_first_is_the_same_network_with_colours_turned() -> None:
    network = QUICK.generator().eval()
    assert isinstance(network, Sims)
    seen: list[Tensor] = []
    original = network.synthesise

    def noted(layout: Tensor, canvas: Tensor, painted: Tensor) -> tuple[Tensor, Tensor]:
        seen.append(canvas)
        return original(layout, canvas, painted)

    network.synthesise = noted  # type: ignore[method-assign]
    stages = network.stages(QUICK.cond(1))
    network.bgr = True
    network.stages(QUICK.cond(1))
    assert torch.equal(seen[1], seen[0].flip(1))
    torch.testing.assert_close(seen[0], (stages["canvas"] + 1) / 2)
    network.canvas = "undivided-at-test"
    network.stages(QUICK.cond(1))
    assert torch.equal(seen[2], seen[1] * 255)
    network.train().stages(QUICK.cond(1))
    assert torch.equal(seen[3], seen[1])


@torch.no_grad()
def test_the_512p_network_adds_two_convolutions_at_the_whole_size() -> None:
    network = generators.create("sims", num_labels=5, edges=False, size=(128, 256), width=4, halved=True).eval()
    assert isinstance(network, Sims)
    sizes: dict[str, tuple[int, ...]] = {}
    for name in ("g_encoder_conv1", "g_decoder_final", "g_decoder_128"):
        network.get_submodule(name).register_forward_pre_hook(
            lambda _, args, name=name: sizes.update({name: tuple(args[0].shape)})
        )
    image, semantic = network.synthesise(
        torch.zeros(1, 5, 128, 256), torch.zeros(1, 3, 128, 256), torch.zeros(1, 1, 128, 256)
    )
    assert image.shape == (1, 3, 128, 256)
    assert semantic.shape == (1, 5, 128, 256)
    assert sizes == {
        "g_encoder_conv1": (1, 9, 64, 128),
        "g_decoder_final": (1, 9 + 16, 64, 128),
        "g_decoder_128": (1, 9 + 16, 128, 256),
    }


@pytest.mark.parametrize(("size", "halved"), [((62, 126), False), ((64, 96), False), ((64, 128), True)])
def test_sizes_it_cannot_make(size: tuple[int, int], halved: bool) -> None:
    with pytest.raises(GeneratorError, match=f"multiples of {128 if halved else 64}; got {size[0]}x{size[1]}"):
        generators.create("sims", num_labels=5, edges=False, size=size, halved=halved)


def test_parameters_of_the_published_network() -> None:
    with torch.device("meta"):
        network = generators.create("sims", num_labels=20, edges=False, size=(256, 512))
    placing = (network.get_submodule("transformation"), network.get_submodule("ordering"))
    own = sum(map(generators.parameter_count, placing))
    assert generators.parameter_count(network) - own == 55_671_319


# Official variables


def variables(network: Sims) -> dict[str, Tensor]:
    """The synthesis network's state as TensorFlow names and lays it out."""
    found = {}
    for key, value in network.state_dict().items():
        if not key.startswith("g_"):
            continue
        name = key.replace(".LayerNorm.weight", ".LayerNorm.gamma").replace(".LayerNorm.bias", ".LayerNorm.beta")
        name = name.removesuffix(".weight") + "/weights" if name.endswith(".weight") else name
        name = name.removesuffix(".bias") + "/biases" if name.endswith(".bias") else name
        found[name.replace(".", "/")] = value.permute(2, 3, 1, 0).contiguous() if value.ndim == 4 else value
    return found


@torch.no_grad()
def test_an_official_file_loads_and_leaves_segments_in_place(tmp_path: Path) -> None:
    source = blank()
    refill_all(source)
    save_file(variables(source), tmp_path / "model.safetensors")
    network = blank()
    generators.load_state(network, generators.read_state(tmp_path / "model.safetensors"), "model.safetensors")
    inputs = (cond(5, False, SIZE), waves(2, 3, *SIZE), torch.ones(2, 1, *SIZE))
    assert torch.equal(network.synthesise(*inputs)[0], source.synthesise(*inputs)[0])
    windows = torch.rand(2, 4, SIDE, SIDE)
    parameters = network.transformation(windows[:, 3:], windows[:, 3:], windows[:, :3])
    assert parameters.flatten(1).tolist() == [list(IDENTITY)] * 2
    assert network.ordering(torch.rand(2, 2, SIDE, SIDE), torch.zeros(2, 2, dtype=torch.int64)).tolist() == [0, 0]


def test_a_file_of_ours_keeps_its_placing_networks() -> None:
    source = blank()
    refill_all(source)
    network = blank()
    generators.load_state(network, source.state_dict(), "ours")
    assert torch.equal(network.transformation.head.weight, source.transformation.head.weight)


def test_a_file_of_another_label_count_says_which(tmp_path: Path) -> None:
    other = generators.create("sims", num_labels=7, edges=False, size=SIZE, width=4)
    with pytest.raises(GeneratorError, match="made for 7 condition channels, this network for 5"):
        generators.load_state(blank(), other.state_dict(), "other.pth")


# Pinned


@torch.no_grad()
def test_pinned_outputs() -> None:
    network = blank()
    refill_all(network)
    image, semantic = network.synthesise(cond(5, False, SIZE), waves(2, 3, *SIZE), (waves(2, 1, *SIZE) > 0).float())
    assert summary(image) == pytest.approx(PINNED["image"], abs=TOLERANCE)
    assert summary(semantic) == pytest.approx(PINNED["semantic"], abs=TOLERANCE)


PINNED = {
    "image": [0.329831, 0.678362, 1.150871, 0.041781, 1.497656, -0.326889],
    "semantic": [-0.484835, 0.816713, 0.649926, -0.518503, -0.595193, -1.260487],
}


@pytest.mark.golden
def test_the_fixture_replays(golden_folder: Path) -> None:
    from tests.golden import sims

    for name, error, tolerance in sims.replay(golden_folder / "sims-synthesis-256p.safetensors"):
        assert error <= tolerance, name
