"""One-hot layout and instance edges against hand-computed values and a slow form."""

import dataclasses

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sisbench import datasets
from sisbench.card import Label
from sisbench.encode import (
    CRN,
    OASIS,
    SPADE,
    Encoding,
    channels_of,
    class_channels,
    condition,
    ids_outside,
    ids_present,
    instance_edges,
    one_hot,
)
from sisbench.errors import InputError

CARD = datasets.get("cityscapes").card


def test_one_hot_by_hand():
    layout = torch.tensor([[0, 2], [1, 0]])
    expected = torch.tensor([[[1, 0], [0, 1]], [[0, 0], [1, 0]], [[0, 1], [0, 0]]], dtype=torch.float32)
    assert torch.equal(one_hot(layout, 3), expected)
    assert torch.equal(one_hot(layout[None], 3), expected[None])


def test_unknown_pixels_are_the_channel_after_the_labels():
    layout = torch.tensor([[[255, 181]]])
    planes = one_hot(layout, 182, unknown=True)
    assert planes.shape == (1, 183, 1, 2)
    assert planes[0, 182].tolist() == [[1, 0]]
    assert planes[0, 181].tolist() == [[0, 1]]
    assert layout.tolist() == [[[255, 181]]]  # the input is left as it was


@pytest.mark.parametrize(("unknown", "bad"), [(False, "-1, 35, 255"), (True, "-1, 35")])
def test_ids_without_a_channel_are_named(unknown, bad):
    layout = torch.tensor([[0, 35, -1], [255, 34, 35]])
    with pytest.raises(InputError, match=f"label ids {bad} are outside the label space 0 to 34"):
        one_hot(layout, 35, unknown)
    assert ", ".join(map(str, ids_outside(layout, 35, unknown))) == bad


def test_ids_that_occur():
    assert ids_present(torch.tensor([[[26001, 0], [7, 7]]])) == [0, 7, 26001]


def test_both_sides_of_a_boundary_are_marked():
    instance = torch.tensor([[7, 7, 7, 7], [7, 26001, 7, 7], [7, 7, 7, 7], [7, 7, 7, 26002]])
    expected = [[0, 1, 0, 0], [1, 1, 1, 0], [0, 1, 0, 1], [0, 0, 1, 1]]
    assert instance_edges(instance).tolist() == [expected]
    assert instance_edges(instance[None]).shape == (1, 1, 4, 4)


def test_diagonal_neighbours_do_not_count():
    instance = torch.zeros(3, 3, dtype=torch.int64)
    instance[0, 0] = 1
    assert instance_edges(instance)[0].tolist() == [[1, 1, 0], [1, 0, 0], [0, 0, 0]]


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 7), st.integers(1, 7), st.integers(0, 2**31))
def test_edges_agree_with_a_loop(height, width, seed):
    instance = torch.randint(0, 3, (height, width), generator=torch.Generator().manual_seed(seed))
    edges = instance_edges(instance)[0]
    for y in range(height):
        for x in range(width):
            around = [(y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)]
            inside = [instance[v, u] for v, u in around if 0 <= v < height and 0 <= u < width]
            assert edges[y, x] == any(instance[y, x] != other for other in inside)


def test_condition_is_layout_then_edges():
    generator = torch.Generator().manual_seed(0)
    layout = torch.randint(0, 35, (2, 8, 16), generator=generator)
    instance = torch.randint(0, 4, (2, 8, 16), generator=generator)
    cond = condition(layout, instance, CARD)
    assert cond.shape == (2, 36, 8, 16)
    assert cond.dtype == torch.float32
    assert torch.equal(cond[:, :35], one_hot(layout, 35))
    assert torch.equal(cond[:, 35:], instance_edges(instance))
    assert torch.equal(condition(layout[1], instance[1], CARD), cond[1])
    assert torch.equal(condition(layout, instance.int(), CARD), cond)


def test_a_card_without_instances_has_no_edge_channel():
    card = dataclasses.replace(CARD, num_labels=150, unknown_label=True, instances=False)
    layout = torch.tensor([[[0, 149, 255]]])
    assert torch.equal(condition(layout, None, card), one_hot(layout, 150, unknown=True))


def test_a_method_without_edges_reads_no_instance_map():
    layout = torch.tensor([[[0, 7, 34]]])
    assert torch.equal(condition(layout, None, CARD, OASIS), one_hot(layout, 35))


VALUES = Encoding.of(("values", "edges"))
"""SPADE's descendants: ADE20K's values are channels as they are stored."""

# What the official checkpoints take: channels with edges, and where unlabelled pixels are.
OFFICIAL = [
    ("cityscapes", SPADE, 36, None),
    ("cityscapes", OASIS, 35, None),
    ("ade20k", SPADE, 151, (0, 150)),
    ("ade20k", OASIS, 151, (0, 0)),
    ("coco_stuff", SPADE, 184, (255, 182)),
    ("coco_stuff", OASIS, 183, (255, 0)),
    ("cityscapes", VALUES, 36, None),
    ("ade20k", VALUES, 151, (0, 0)),
    ("coco_stuff", VALUES, 184, (255, 182)),
]


@pytest.mark.parametrize(("name", "encoding", "channels", "unlabeled"), OFFICIAL)
def test_channels_are_those_of_the_official_checkpoints(name, encoding, channels, unlabeled):
    card = datasets.get(name).card
    values = [*range(card.num_labels), *([255] if card.unknown_label else [])]
    layout = torch.tensor([values])
    cond = condition(layout, torch.zeros_like(layout), card, encoding)
    assert cond.shape == (channels, 1, len(values))
    assert card.layout_channels + encoding.has_edges(card) == channels
    found = dict(zip(values, cond[: card.layout_channels].argmax(0)[0].tolist(), strict=True))
    assert sorted(found.values()) == list(range(card.layout_channels))  # a channel each
    assert [values[0] for values in sorted(found.items(), key=lambda pair: pair[1])] == list(
        channels_of(card, encoding.unlabeled)
    )
    if unlabeled is not None:
        assert found.pop(unlabeled[0]) == unlabeled[1]
    assert list(found.values()) == sorted(found.values())  # labels keep their order


@pytest.mark.parametrize(
    ("name", "classes"), [("cityscapes", 19), ("tinytown", 19), ("ade20k", 150), ("coco_stuff", 182)]
)
def test_a_layout_of_classes_has_a_channel_for_each_and_one_for_all_else(name, classes):
    card = datasets.get(name).card
    values = [*range(card.num_labels), *([255] if card.unknown_label else [])]
    cond = condition(torch.tensor([values]), None, card, CRN)
    assert cond.shape == (classes + 1, 1, len(values))
    assert CRN.layout_channels(card) == classes + 1
    assert torch.equal(cond.sum(0), torch.ones(1, len(values)))
    train = dict(enumerate(card.train_id_table()))
    for value, channel in zip(values, cond.argmax(0)[0].tolist(), strict=True):
        pole = name in ("cityscapes", "tinytown") and value == 18  # polegroup, in the colour of poles
        assert channel == (5 if pole else classes if train[value] == 255 else train[value]), value


def test_classes_of_one_colour_keep_their_channels():
    labels = (Label(0, "a", (1, 1, 1), 0), Label(1, "b", (1, 1, 1), 1), Label(2, "c", (9, 9, 9)))
    card = dataclasses.replace(CARD, labels=labels, num_labels=3, instances=False)
    assert class_channels(card)[:4] == (0, 1, 2, 2)


def test_ids_out_of_range_have_no_class_either():
    with pytest.raises(InputError, match="label ids 35, 255 are outside the label space 0 to 34"):
        condition(torch.tensor([[0, 35, 255]]), None, CARD, CRN)


def test_the_parts_of_a_condition_are_an_encoding():
    assert Encoding.of(("classes",)) == CRN
    assert Encoding.of(("layout", "edges")) == SPADE
    assert Encoding.of(("unlabeled", "layout")) == OASIS
    assert Encoding.of(("layout",)) == Encoding(edges=False, unlabeled="last")
    assert Encoding.of(("values", "edges")) == Encoding(unlabeled="value")
    assert Encoding.of(("values", "edges", "instances")) == Encoding(
        unlabeled="value", instances=True, needs_instances=True
    )


@pytest.mark.parametrize("name", ["cityscapes", "ade20k"])
def test_instance_ids_that_a_method_needs_are_not_replaced_by_labels(name):
    card, layout = datasets.get(name).card, torch.tensor([[[0, 7, 34]]])
    encoding = Encoding.of(("values", "edges", "instances"))
    assert encoding.reads_instances(card)
    cond = condition(layout, 10 * layout, card, encoding)
    assert cond.shape[1] == card.layout_channels + card.instances + 1
    assert cond[:, -1].tolist() == [[[0, 70, 340]]]
    with pytest.raises(InputError, match=f"{card.title} conditions on instance maps: .* got none"):
        condition(layout, None, card, encoding)


@pytest.mark.parametrize(("instance", "got"), [(None, "none"), (torch.zeros(1, 4, 5), r"shape \(1, 4, 5\)")])
def test_a_missing_or_unequal_instance_map(instance, got):
    with pytest.raises(InputError, match=rf"expected one of shape \(1, 4, 4\), got {got}"):
        condition(torch.zeros(1, 4, 4, dtype=torch.int64), instance, CARD)


def test_flipping_commutes_with_encoding():
    dataset = datasets.get("tinytown")
    generator = torch.Generator().manual_seed(1)
    layout = torch.randint(0, 35, (8, 16), generator=generator)
    instance = torch.randint(0, 4, (8, 16), generator=generator)
    flipped = condition(layout.flip(-1), instance.flip(-1), dataset.card)
    assert torch.equal(flipped, condition(layout, instance, dataset.card).flip(-1))
